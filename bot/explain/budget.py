"""What explanations may cost in a day and a month: a hard ceiling, and every call written down."""

import asyncio
import logging
from collections import Counter, deque
from typing import Final, Literal

from bot.errors import StoreError
from bot.explain.pricing import NANO
from bot.korean import month_of
from bot.ports import Ledger, Spend

log = logging.getLogger("goraebot.explain")

_DAY_MS: Final = 86_400_000
_KST_MS: Final = 9 * 3_600_000
MOST_UNSAVED: Final = 1_000
FLUSH_S: Final = 1.0
"""A slow database does not hold a text up: what is unsaved is written down later."""
KEPT_DAYS: Final = 400


def korean_day(at_ms: int) -> int:
    """The days since 1970 by the Korean calendar."""
    return (at_ms + _KST_MS) // _DAY_MS


def day_start_ms(day: int) -> int:
    """Midnight in Korea at which the day begins."""
    return day * _DAY_MS - _KST_MS


class Budget:
    """The spending of the current Korean day against ``daily_usd``, and of the current Korean month
    against ``monthly_usd`` (0: no such limit).

    Days are remembered apart (``KEPT_DAYS`` of them), so that a clock that was ahead for a while
    neither frees a day that had begun nor counts against another one.

    A call first reserves the most that it can cost, so that calls side by side cannot exceed the
    budget together. Spendings that the ledger does not take are kept (at most ``MOST_UNSAVED``;
    beyond that the oldest is told in the log and only counts until a restart) and offered again.
    """

    def __init__(self, ledger: Ledger, daily_usd: float, monthly_usd: float = 0.0) -> None:
        self._ledger = ledger
        self.limit = round(daily_usd * NANO)
        self.month_limit = round(monthly_usd * NANO)
        self._day = 0  # the one that was asked about last
        self._by_day: Counter[int] = Counter()  # nanodollars
        self._by_month: Counter[int] = Counter()  # by the moment at which it begins
        self._reserved = 0
        self._unsaved: deque[Spend] = deque()
        self._lacking: Literal["", "day", "month"] = ""
        self._told = ""

    async def restore(self, now_ms: int) -> None:
        """Count what was spent this month and the one before ahead of this start, as the clock may
        be put back. Raises StoreError."""
        first_ms, next_ms = month_of(now_ms)
        before_ms, _ = month_of(first_ms - 1)
        self._by_day.clear()
        self._by_month.clear()
        for one in await self._ledger.spent(before_ms, next_ms):
            self._add(one.day_ms, one.usd)

    def spent(self, now_ms: int) -> int:
        """Nanodollars of today."""
        return self._by_day[korean_day(now_ms)]

    def spent_this_month(self, now_ms: int) -> int:
        """Nanodollars of this month."""
        return self._by_month[month_of(now_ms)[0]]

    def used_up(self, now_ms: int) -> Literal["", "day", "month"]:
        """Which budget did not suffice for the call that was wanted last, "" if they did: what is
        too dear for one model may do for another."""
        self._turn(now_ms)
        return self._lacking

    def used(self, now_ms: int) -> float:
        """The share that is spent or reserved, of today's budget or this month's, whichever is
        used more; 1 if there is none."""
        today = (self.spent(now_ms) + self._reserved) / self.limit if self.limit else 1.0
        if not self.month_limit:
            return today
        return max(today, (self.spent_this_month(now_ms) + self._reserved) / self.month_limit)

    def reserve(self, nanodollars: int, now_ms: int) -> bool:
        """Set the amount aside, if it still fits."""
        self._turn(now_ms)
        wanted = self._reserved + nanodollars
        if self.month_limit and self.spent_this_month(now_ms) + wanted > self.month_limit:
            self._tell("month", self.month_limit, "the month ends")
            return False
        if self.spent(now_ms) + wanted > self.limit:
            self._tell("day", self.limit, "midnight")
            return False
        self._reserved += nanodollars
        self._lacking = ""
        return True

    def _tell(self, span: Literal["day", "month"], limit: int, until: str) -> None:
        """Note that a budget does not suffice, and log it once."""
        self._lacking = span
        if self._told != span:
            self._told = span
            log.warning(
                "the AI budget of this %s (%g USD) does not suffice for the model that was wanted: "
                "cheaper ones or templates until %s in Korea",
                span,
                limit / NANO,
                until,
            )

    def release(self, nanodollars: int) -> None:
        """Give back what was reserved."""
        self._reserved -= nanodollars

    def count(self, entry: Spend) -> None:
        """Count what a call really cost, and keep it until ``flush`` has written it down."""
        self._add(entry.at_ms, entry.usd)
        self._unsaved.append(entry)
        if len(self._unsaved) > MOST_UNSAVED:
            lost = self._unsaved.popleft()
            log.error("an AI spending is not written down: %s %.6f USD", lost.model, lost.usd)

    async def flush(self) -> None:
        """Write down what has not been; what the ledger does not take within ``FLUSH_S`` is offered
        again later."""
        try:
            async with asyncio.timeout(FLUSH_S):
                await self._write()
        except (StoreError, TimeoutError) as error:
            why = str(error) or f"no answer within {FLUSH_S:g} s"
            log.warning("AI spendings wait for the database: %s", why)

    async def _write(self) -> None:
        while self._unsaved:
            first = self._unsaved[0]
            await self._ledger.spend(first)
            # Another flush may have written it meanwhile: the ledger takes each once.
            if self._unsaved and self._unsaved[0] is first:
                self._unsaved.popleft()

    def _add(self, at_ms: int, usd: float) -> None:
        self._by_day[korean_day(at_ms)] += round(usd * NANO)
        self._by_month[month_of(at_ms)[0]] += round(usd * NANO)
        for sums in (self._by_day, self._by_month):
            if len(sums) > KEPT_DAYS:
                del sums[min(sums)]

    def _turn(self, now_ms: int) -> None:
        """On another day what was lacking is to be found anew, and told again."""
        day = korean_day(now_ms)
        if day != self._day:
            self._day, self._told, self._lacking = day, "", ""
