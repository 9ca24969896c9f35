"""Keeps Telegram's limits: messages a second in all, to one chat, and to one group a minute.

A message counts from the moment it leaves until a whole window after Telegram counted it at the
latest: see windows.py.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

import msgspec

from bot.errors import RetryLater
from bot.platforms.windows import Way, Window

MAX_IDLE_LANES: Final = 1_000
"""Chats remembered at least; beyond twice the busy ones those without recent messages go."""
MOST_SPARE: Final = 4
"""Places that pushed messages leave to answers that wait, however many do."""


class Pacing(msgspec.Struct, frozen=True):
    """Telegram's limits, with a little air for clocks that differ.

    Pushed messages leave ``group_spare`` places of a group's minute free, so that whoever asks
    something there is answered while alerts pour out: ``asked_spare`` for ``asked_s`` after an
    answer. Of the second in all they leave as many as answers wait for. Times are in seconds.
    """

    per_second: int = 30
    second_s: float = 1.002
    chat_gap_s: float = 1.01
    per_group_minute: int = 20
    minute_s: float = 60.5
    group_spare: int = 1
    asked_spare: int = 4
    asked_s: float = 600.0


class _Lane:
    """One chat: its windows, and a lock whose waiters go in the order they came."""

    def __init__(self, pacing: Pacing, group: bool, way: Way) -> None:
        self.gap = Window(1, pacing.chat_gap_s, way)
        self.minute = Window(pacing.per_group_minute, pacing.minute_s, way) if group else None
        self.lock = asyncio.Lock()
        self.users = 0
        self.flooded_until_s = 0.0
        self.asked_until_s = 0.0

    def is_idle(self, now_s: float) -> bool:
        """Whether the lane may be forgotten."""
        return (
            not self.users
            and max(self.flooded_until_s, self.asked_until_s) <= now_s
            and self.gap.is_idle(now_s)
            and (self.minute is None or self.minute.is_idle(now_s))
        )


class Pace:
    """Says when the next message may go to a chat. ``clock`` gives seconds and never goes back."""

    def __init__(
        self, pacing: Pacing | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._pacing = pacing or Pacing()
        self._now_s = clock
        self._way = Way()
        self._all = Window(self._pacing.per_second, self._pacing.second_s, self._way)
        self._lanes: dict[str, _Lane] = {}
        self._pushes, self._answers = asyncio.Lock(), asyncio.Lock()
        self._asking = 0  # answers that wait for their turn
        self.waiting = 0
        """Pushes that wait for the turn of all; more need not come yet."""
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
            if lane.minute is not None and not push:
                lane.asked_until_s = self._now_s() + self._pacing.asked_s
            try:
                async with asyncio.timeout(patience_s):
                    await lane.lock.acquire()
                    try:
                        tickets = await self._begin(lane, push)
                    except BaseException:
                        lane.lock.release()
                        raise
            except TimeoutError:
                wait_s = self._wait_s(lane, push)
                raise RetryLater(wait_s or self._pacing.chat_gap_s, "the chat's turn") from None
            left_s = self._now_s()
            answered = False
            try:
                yield
                answered = True
                self._way.answered(self._now_s() - left_s)
            finally:
                for window, ticket in tickets:
                    window.end(ticket, self._now_s(), answered=answered)
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

    async def _begin(self, lane: _Lane, push: bool) -> list[tuple[Window, int]]:
        """Wait for the turn; the windows that the message is in, with its tickets."""
        while wait_s := self._lane_wait_s(lane, push):
            await self._pause(wait_s)
        self._asking += not push
        self.waiting += push
        try:
            async with self._pushes if push else self._answers:  # in the order they came
                while wait_s := self._wait_s(lane, push):
                    await self._pause(wait_s)
                now_s = self._now_s()
                windows = [self._all, *(window for window, _ in self._windows(lane, push))]
                return [(window, window.begin(now_s)) for window in windows]
        finally:
            self._asking -= not push
            self.waiting -= push

    async def _pause(self, wait_s: float) -> None:
        """Until then, or until a message is through."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._changed.wait()

    def _wait_s(self, lane: _Lane, push: bool) -> float:
        spare = min(self._asking, MOST_SPARE) if push else 0
        return max(self._all.wait_s(self._now_s(), spare), self._lane_wait_s(lane, push))

    def _lane_wait_s(self, lane: _Lane, push: bool) -> float:
        now_s = self._now_s()
        waits = [window.wait_s(now_s, spare) for window, spare in self._windows(lane, push)]
        return max(*waits, lane.flooded_until_s - now_s, 0.0)

    def _windows(self, lane: _Lane, push: bool) -> list[tuple[Window, int]]:
        """Those of the chat, and how many places stay free in each."""
        windows = [(lane.gap, 0)]
        if lane.minute is not None:
            asked = lane.asked_until_s > self._now_s()
            spare = self._pacing.asked_spare if asked else self._pacing.group_spare
            windows.append((lane.minute, spare if push else 0))
        return windows

    def _lane(self, chat_id: str, group: bool) -> _Lane:
        lane = self._lanes.get(chat_id)
        if lane is None:
            if len(self._lanes) >= self._tidy_at:
                now_s = self._now_s()
                self._lanes = {i: ln for i, ln in self._lanes.items() if not ln.is_idle(now_s)}
                self._tidy_at = max(MAX_IDLE_LANES, 2 * len(self._lanes))
            lane = self._lanes[chat_id] = _Lane(self._pacing, group, self._way)
        return lane

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
