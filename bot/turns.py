"""Whose turn it is: what waits for one platform's chats in memory, by urgency and pace.

Pure: the time is given. Each chat has a lane with a pace of its own, so that a flooded or dead one
delays no other. Urgent messages go first, and first editions before edits.
"""

import heapq
from collections import deque
from collections.abc import Callable
from itertools import count
from typing import Final, NamedTuple

from bot.model import Chat, Delivery, Limits
from pipeline.model import SEVERITIES

LANE: Final = 20
"""Messages of a chat held in memory."""
SHUT: Final = 2
"""Those of a chat that cannot be reached now: such chats must not fill the memory."""
AHEAD, AHEAD_S = 4, 0.25
"""Messages that may go before their evenly spaced turn, or what goes in so many seconds if that is
more: so long the program may be busy with something else without losing any of the pace."""
LONGEST_S: Final = 5.0
"""Nothing is waited for longer without looking at what has expired meanwhile."""
_MINUTE_S: Final = 60.0

DEAD: Final = 2
"""A chat that has not answered so often goes behind others: its tries use up everybody's pace."""

Urgency = tuple[bool, int, int]
Rank = tuple[bool, int, bool, int]


def urgency(delivery: Delivery) -> Urgency:
    """Orders what waits for one platform; the least goes first."""
    return bool(delivery.ref), -SEVERITIES.index(delivery.severity), delivery.id


def place(delivery: Delivery) -> tuple[int, int]:
    """Where the outbox has it: most severe first, then oldest."""
    return -SEVERITIES.index(delivery.severity), delivery.id


class Lane:
    """What one chat is to get, and when it may get the next. ``cut``: it had no room for all;
    ``silent`` counts the messages in a row that had no answer, ``out`` is the one under way."""

    __slots__ = ("chat", "cut", "minute", "out", "queue", "ready_s", "silent")

    def __init__(self, chat: Chat, per_minute: int) -> None:
        self.chat = chat
        self.minute: deque[float] | None = deque(maxlen=per_minute) if per_minute else None
        """When the last messages went to a group whose minutes are limited."""
        self.queue: list[tuple[Urgency, Delivery]] = []
        self.ready_s = 0.0
        self.out: Delivery | None = None
        self.cut = False
        self.silent = 0

    @property
    def busy(self) -> bool:
        """Whether a message is under way."""
        return self.out is not None

    @property
    def recorded(self) -> list[tuple[Urgency, Delivery]]:
        """What of it the outbox has, and may be left to it. Whatever else waits (nothing but edits
        for minutes, after the database was away) takes no room from that."""
        return [item for item in self.queue if item[1].id > 0]

    @property
    def has_room(self) -> bool:
        """Whether what was left out should come now."""
        return self.cut and len(self.recorded) <= LANE // 2

    @property
    def rank(self) -> Rank:
        """When it gets its turn, among lanes: a dead one after its equals."""
        edit, severity, id = self.queue[0][0]
        return edit, severity, self.silent >= DEAD, id

    def is_idle(self, now_s: float) -> bool:
        """Whether it may be forgotten."""
        rested = not self.minute or self.minute[-1] + _MINUTE_S <= now_s
        return not self.queue and not self.busy and self.ready_s <= now_s and rested


class Turn(NamedTuple):
    """One message that goes now; ``Turns.over`` ends it."""

    lane: Lane
    delivery: Delivery


class Turns:
    """Times are of one clock in seconds (``now_s``), but for expiry (``now_ms``).

    ``known`` are deliveries that wait or are under way, with their versions; ``expired`` is told of
    those that have waited too long. ``cut`` says that a lane has room again for what was left out.
    """

    def __init__(
        self,
        limits: Limits,
        is_group: Callable[[Chat], bool],
        expired: Callable[[Delivery], None],
    ) -> None:
        self.known: dict[int, int] = {}
        self.cut = False
        self._limits = limits
        self._is_group = is_group
        self._expired = expired
        self._lanes: dict[Chat, Lane] = {}
        # Lanes with something to send, as (its rank, …) or (when they may, …). Entries are not
        # taken out but passed over when they are not true any more.
        self._ready: list[tuple[Rank, int, Lane]] = []
        self._resting: list[tuple[float, int, Lane]] = []
        self._entries = count()
        self._slot_s = 0.0
        self._swept_s = 0.0

    def hold(self, row: Delivery, now_s: float, *, newest: bool = False) -> None:
        """Have it wait for its turn, in place of an older edition.

        ``newest``: nothing in the outbox is newer, while older ones may have been left out.
        """
        lane = self._lanes.get(row.chat)
        if lane is None:
            group = self._is_group(row.chat)
            lane = Lane(row.chat, self._limits.per_group_minute if group else 0)
            self._lanes[row.chat] = lane
        if row.id in self.known:
            self.drop(row.id, row.chat)
        rank = urgency(row)
        if newest and lane.cut and (recorded := lane.recorded) and max(recorded)[0] < rank:
            return
        self.known[row.id] = row.version
        heapq.heappush(lane.queue, (rank, row))
        self._trim(lane, now_s)
        if lane.queue and lane.queue[0][1] is row:
            self._line_up(lane, now_s)

    def drop(self, id: int, chat: Chat) -> None:
        """It waits no longer, if it did."""
        self.known.pop(id, None)
        lane = self._lanes.get(chat)
        if lane is not None and any(row.id == id for _, row in lane.queue):
            lane.queue = [item for item in lane.queue if item[1].id != id]
            heapq.heapify(lane.queue)

    def clear(self, lane: Lane) -> list[Delivery]:
        """Nothing that waits goes to the chat; what that was."""
        dropped = [row for _, row in lane.queue]
        lane.queue.clear()
        lane.cut = False
        for row in dropped:
            self.known.pop(row.id, None)
        return dropped

    def forget(self, chat_id: str) -> None:
        """Nothing that waits goes to the chat, in any topic, nor what is under way once more."""
        for chat, lane in self._lanes.items():
            if chat.id == chat_id:
                self.clear(lane)
                if lane.out is not None:
                    self.known.pop(lane.out.id, None)

    def shed(self, keep: int) -> Delivery | None:
        """Let go of all but the most severe and oldest of what the outbox has; the last kept."""
        waiting = [row for lane in self._lanes.values() for _, row in lane.queue if row.id > 0]
        waiting.sort(key=place)
        for row in waiting[keep:]:
            self.drop(row.id, row.chat)
        return waiting[:keep][-1] if waiting[:keep] else None

    def read_anew(self) -> None:
        """The outbox is about to be read from its top: what lanes had no room for comes again."""
        self.cut = False
        for lane in self._lanes.values():
            lane.cut = False

    def next(self, now_s: float, now_ms: int) -> Turn | float:
        """The most urgent delivery that may go now, or for how many seconds nothing may."""
        if now_s - self._swept_s >= LONGEST_S:
            self._sweep(now_s, now_ms)
        while self._resting and self._resting[0][0] <= now_s:
            self._line_up(heapq.heappop(self._resting)[2], now_s)
        while self._ready:
            rank, _, lane = self._ready[0]
            self._expire(lane, now_ms)
            ready = not lane.busy and lane.ready_s <= now_s
            if ready and lane.queue and lane.rank == rank:
                early_s = self._early_s(now_s)
                if early_s > 0:
                    return min(early_s, LONGEST_S)
                heapq.heappop(self._ready)
                return self._begin(lane, now_s)
            heapq.heappop(self._ready)
            self._line_up(lane, now_s)
        return min(self._resting[0][0] - now_s, LONGEST_S) if self._resting else LONGEST_S

    def over(self, lane: Lane, now_s: float, ready_s: float, *, silent: bool = False) -> None:
        """The lane's message is through; it may get the next at ``ready_s``. ``silent``: nobody
        has answered."""
        lane.out = None
        lane.silent = lane.silent + 1 if silent else 0
        lane.ready_s = ready_s
        if lane.minute is not None:
            lane.minute.append(now_s)
            if len(lane.minute) == lane.minute.maxlen:
                lane.ready_s = max(ready_s, lane.minute[0] + _MINUTE_S)
        self._trim(lane, now_s)
        self._line_up(lane, now_s)

    # --- parts of the above ----------------------------------------------------------------------

    def _begin(self, lane: Lane, now_s: float) -> Turn:
        if self._limits.per_second:
            self._slot_s = max(now_s, self._slot_s) + 1 / self._limits.per_second
        _, delivery = heapq.heappop(lane.queue)
        lane.out = delivery
        self.cut |= lane.has_room
        return Turn(lane, delivery)

    def _early_s(self, now_s: float) -> float:
        """How long until the evenly spaced turns, but for a few, have come to the next one."""
        per_second = self._limits.per_second
        if not per_second:
            return 0.0
        return self._slot_s - now_s - max(AHEAD / per_second, AHEAD_S)

    def _trim(self, lane: Lane, now_s: float) -> None:
        """Leave to the outbox what the lane has no room for."""
        room = SHUT if lane.silent or lane.ready_s > now_s + LONGEST_S else LANE
        if len(lane.queue) <= room:
            return
        for _, row in sorted(lane.recorded)[room:]:
            lane.cut = True
            self.drop(row.id, lane.chat)

    def _line_up(self, lane: Lane, now_s: float) -> None:
        if lane.busy or not lane.queue:
            return
        if lane.ready_s > now_s:
            heapq.heappush(self._resting, (lane.ready_s, next(self._entries), lane))
        else:
            heapq.heappush(self._ready, (lane.rank, next(self._entries), lane))

    def _expire(self, lane: Lane, now_ms: int) -> None:
        while lane.queue and lane.queue[0][1].expires_ms <= now_ms:
            late = heapq.heappop(lane.queue)[1]
            self.known.pop(late.id, None)
            self.cut |= lane.has_room
            self._expired(late)

    def _sweep(self, now_s: float, now_ms: int) -> None:
        """Let go of what has expired where nothing goes, and of lanes without a use."""
        self._swept_s = now_s
        for lane in self._lanes.values():
            before = lane.queue[0][0] if lane.queue else None
            self._expire(lane, now_ms)
            if lane.queue and lane.queue[0][0] != before:
                self._line_up(lane, now_s)
        self._lanes = {c: lane for c, lane in self._lanes.items() if not lane.is_idle(now_s)}
