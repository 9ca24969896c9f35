"""Keeps Telegram's limits: messages a second in all, to one chat, and to one group a minute.

A message counts from the moment it leaves until a whole window after Telegram confirmed it: when
Telegram itself counted it lies between the two, so no window of its clock ever holds too many.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from bot.errors import RetryLater

MAX_IDLE_LANES: Final = 1_000
"""Chats remembered at least; beyond twice the busy ones those without recent messages go."""


class Pacing(msgspec.Struct, frozen=True):
    """Telegram's limits, with a little air for clocks that differ.

    ``spare`` and ``group_spare`` are the places that pushed messages leave free, so that whoever
    asks something is answered while alerts pour out. Times are in seconds.
    """

    per_second: int = 30
    second_s: float = 1.02
    spare: int = 4
    chat_gap_s: float = 1.02
    per_group_minute: int = 20
    minute_s: float = 60.5
    group_spare: int = 4


class Window:
    """At most ``limit`` messages within ``length_s`` seconds."""

    def __init__(self, limit: int, length_s: float) -> None:
        self._limit = limit
        self._length_s = length_s
        self._under_way = 0
        self._done: deque[float] = deque()

    def wait_s(self, now_s: float, spare: int = 0) -> float | None:
        """How long until one more may go while ``spare`` places stay free; 0 for now.

        None: not before a message under way is through.
        """
        self._forget(now_s)
        too_many = self._under_way + len(self._done) - (self._limit - spare) + 1
        if too_many <= 0:
            return 0.0
        if too_many > len(self._done):
            return None
        return self._done[too_many - 1] + self._length_s - now_s

    def begin(self) -> None:
        """A message leaves."""
        self._under_way += 1

    def end(self, now_s: float) -> None:
        """A message that left is through, whether it was accepted or not."""
        self._under_way -= 1
        self._done.append(now_s)

    def is_idle(self, now_s: float) -> bool:
        """Whether nothing counts any more."""
        self._forget(now_s)
        return not self._under_way and not self._done

    def _forget(self, now_s: float) -> None:
        while self._done and self._done[0] + self._length_s <= now_s:
            self._done.popleft()


class _Lane:
    """One chat: its windows, and a lock whose waiters go in the order they came."""

    def __init__(self, pacing: Pacing, group: bool) -> None:
        self.gap = Window(1, pacing.chat_gap_s)
        self.minute = Window(pacing.per_group_minute, pacing.minute_s) if group else None
        self.lock = asyncio.Lock()
        self.users = 0
        self.flooded_until_s = 0.0

    def is_idle(self, now_s: float) -> bool:
        """Whether the lane may be forgotten."""
        return (
            not self.users
            and self.flooded_until_s <= now_s
            and self.gap.is_idle(now_s)
            and (self.minute is None or self.minute.is_idle(now_s))
        )


class Pace:
    """Says when the next message may go to a chat. ``clock`` gives seconds and never goes back."""

    def __init__(
        self, pacing: Pacing | None = None, clock: Callable[[], float] | None = None
    ) -> None:
        self._pacing = pacing or Pacing()
        self._clock = clock
        self._all = Window(self._pacing.per_second, self._pacing.second_s)
        self._lanes: dict[str, _Lane] = {}
        self._tidy_at = MAX_IDLE_LANES
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def turn(
        self, chat_id: str, *, group: bool, push: bool, patience_s: float
    ) -> AsyncIterator[None]:
        """The time of the block is this chat's turn to get one message.

        Raises RetryLater with the seconds to wait if the turn does not come within ``patience_s``.
        """
        lane = self._lane(chat_id, group)
        lane.users += 1
        try:
            try:
                async with asyncio.timeout(patience_s):
                    await lane.lock.acquire()
                    try:
                        await self._begin(lane, push)
                    except BaseException:
                        lane.lock.release()
                        raise
            except TimeoutError:
                wait_s = self._wait_s(lane, push)
                raise RetryLater(wait_s or self._pacing.chat_gap_s, "the chat's turn") from None
            try:
                yield
            finally:
                for window, _ in self._windows(lane, push):
                    window.end(self._now_s())
                lane.lock.release()
                self._wake()
        finally:
            lane.users -= 1

    def flooded(self, chat_id: str, after_s: float) -> None:
        """Telegram itself asked to leave the chat alone for ``after_s`` seconds."""
        lane = self._lanes.get(chat_id)
        if lane is not None:
            lane.flooded_until_s = max(lane.flooded_until_s, self._now_s() + after_s)

    # --- parts of the above --------------------------------------------------------------------

    async def _begin(self, lane: _Lane, push: bool) -> None:
        while True:
            changed = self._changed
            wait_s = self._wait_s(lane, push)
            if wait_s == 0.0:
                for window, _ in self._windows(lane, push):
                    window.begin()
                return
            try:
                async with asyncio.timeout(wait_s):
                    await changed.wait()
            except TimeoutError:
                continue

    def _wait_s(self, lane: _Lane, push: bool) -> float | None:
        now_s = self._now_s()
        waits = [window.wait_s(now_s, spare) for window, spare in self._windows(lane, push)]
        known = [wait for wait in waits if wait is not None]
        longest = max([*known, lane.flooded_until_s - now_s, 0.0])
        return None if len(known) < len(waits) and longest == 0.0 else longest

    def _windows(self, lane: _Lane, push: bool) -> list[tuple[Window, int]]:
        windows = [(self._all, self._pacing.spare if push else 0), (lane.gap, 0)]
        if lane.minute is not None:
            windows.append((lane.minute, self._pacing.group_spare if push else 0))
        return windows

    def _lane(self, chat_id: str, group: bool) -> _Lane:
        lane = self._lanes.get(chat_id)
        if lane is None:
            if len(self._lanes) >= self._tidy_at:
                now_s = self._now_s()
                self._lanes = {i: ln for i, ln in self._lanes.items() if not ln.is_idle(now_s)}
                self._tidy_at = max(MAX_IDLE_LANES, 2 * len(self._lanes))
            lane = self._lanes[chat_id] = _Lane(self._pacing, group)
        return lane

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _now_s(self) -> float:
        return self._clock() if self._clock else asyncio.get_running_loop().time()
