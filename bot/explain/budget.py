"""What the explanations of a day may cost, kept under a hard ceiling and written down."""

import logging
from collections import deque
from typing import Final

from bot.errors import StoreError
from bot.explain.pricing import NANO
from bot.ports import Ledger, Spend

log = logging.getLogger("goraebot.explain")

_DAY_MS: Final = 86_400_000
_KST_MS: Final = 9 * 3_600_000
MOST_UNSAVED: Final = 1_000


def korean_day(at_ms: int) -> int:
    """The days since 1970 by the Korean calendar."""
    return (at_ms + _KST_MS) // _DAY_MS


def day_start_ms(day: int) -> int:
    """Midnight in Korea at which the day begins."""
    return day * _DAY_MS - _KST_MS


class Budget:
    """The spending of the current Korean day against ``daily_usd``.

    A call first reserves the most that it can cost, so that calls side by side cannot exceed the
    budget together. Spendings that the ledger does not take are kept (at most ``MOST_UNSAVED``;
    beyond that the oldest is told in the log and only counts for today) and offered again.
    """

    def __init__(self, ledger: Ledger, daily_usd: float) -> None:
        self._ledger = ledger
        self.limit = round(daily_usd * NANO)
        self._day = 0
        self._spent = 0
        self._reserved = 0
        self._unsaved: deque[Spend] = deque()
        self._told = False

    async def restore(self, now_ms: int) -> None:
        """Count what was spent today before this start. Raises StoreError."""
        self._day = korean_day(now_ms)
        start = day_start_ms(self._day)
        sums = await self._ledger.spent(start, start + _DAY_MS)
        self._spent = sum(round(one.usd * NANO) for one in sums)

    def spent(self, now_ms: int) -> int:
        """Nanodollars of today."""
        self._turn(now_ms)
        return self._spent

    def used(self, now_ms: int) -> float:
        """The share of today's budget that is spent or reserved; 1 if there is none."""
        self._turn(now_ms)
        return (self._spent + self._reserved) / self.limit if self.limit else 1.0

    def reserve(self, nanodollars: int, now_ms: int) -> bool:
        """Set the amount aside, if it still fits."""
        self._turn(now_ms)
        if self._spent + self._reserved + nanodollars > self.limit:
            if not self._told:
                self._told = True
                log.warning(
                    "the AI budget of today (%.2f USD) is used up: templates until midnight KST",
                    self.limit / NANO,
                )
            return False
        self._reserved += nanodollars
        return True

    def release(self, nanodollars: int) -> None:
        """Give back what was reserved."""
        self._reserved -= nanodollars

    def count(self, entry: Spend) -> None:
        """Count what a call really cost, and keep it until ``flush`` has written it down."""
        self._turn(entry.at_ms)
        if korean_day(entry.at_ms) == self._day:
            self._spent += round(entry.usd * NANO)
        self._unsaved.append(entry)
        if len(self._unsaved) > MOST_UNSAVED:
            lost = self._unsaved.popleft()
            log.error("an AI spending is not written down: %s %.6f USD", lost.model, lost.usd)

    async def flush(self) -> None:
        """Write down what has not been; what the ledger does not take is offered again later."""
        while self._unsaved:
            first = self._unsaved[0]
            try:
                await self._ledger.spend(first)
            except StoreError as error:
                log.warning("%d AI spendings wait for the database: %s", len(self._unsaved), error)
                return
            # Another flush may have written it meanwhile: the ledger takes each once.
            if self._unsaved and self._unsaved[0] is first:
                self._unsaved.popleft()

    def _turn(self, now_ms: int) -> None:
        """A new day begins with nothing spent; the clock going back changes nothing."""
        day = korean_day(now_ms)
        if day > self._day:
            self._day, self._spent, self._told = day, 0, False
