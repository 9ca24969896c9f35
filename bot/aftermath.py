"""Fetches the minutes before and after each alert: alerts can be judged by what followed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bot.errors import StoreError
from bot.scorebook import Pursued, Scorebook
from pipeline.errors import FrameError, Refused, SourceError
from pipeline.model import Candle

log = logging.getLogger("goraebot.aftermath")

Fetch = Callable[[str, int, int], Awaitable[Sequence[Candle]]]
"""Candles of a minute: symbol, the first opening (ms), and how many at most (≤ 1,000)."""

MINUTE_MS: Final = 60_000
BEFORE_MS: Final = 30 * MINUTE_MS
AFTER_MS: Final = 24 * 60 * MINUTE_MS
LATE_MS: Final = 6 * 60 * MINUTE_MS
"""The end of a day after an alert is fetched up to so much later: the program may be down."""

SYMBOLS: Final = 150
"""Followed at a time; beyond that those that alerted longest ago are left out."""

LOOK_S: Final = 600.0
STEP: Final = 60
"""Minutes that are worth a request."""

MOST: Final = 1_000
"""Minutes of one request."""


class Aftermath:
    """Keeps the minutes from half an hour before to a day after each alert, for ``keep_days``.

    What is due follows from the database alone, so a restart goes on where the last run was.
    """

    def __init__(
        self, book: Scorebook, fetch: Fetch, *, keep_days: float, now_ms: Callable[[], int]
    ) -> None:
        self._book = book
        self._fetch = fetch
        self._keep_ms = int(keep_days * 86_400_000)
        self._now_ms = now_ms
        self._left_out = 0

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.look()
            except (StoreError, SourceError, FrameError) as error:
                log.warning("minutes after alerts are fetched later: %s", error)

    async def look(self) -> None:
        """Fetch what is due now. Raises StoreError, SourceError and FrameError."""
        now_ms = self._now_ms()
        await self._book.prune(now_ms - self._keep_ms)
        found = await self._book.pursued(now_ms - AFTER_MS - LATE_MS)
        left_out = max(0, len(found) - SYMBOLS)
        if left_out > self._left_out:
            log.warning("too many symbols alerted: the minutes of %d are not kept", left_out)
        self._left_out = left_out
        for one in found[:SYMBOLS]:
            try:
                await self._follow(one, now_ms)
            except Refused as error:
                if error.status != 400:
                    raise
                log.info("no minutes of %s: %s", one.symbol, error)

    async def _follow(self, one: Pursued, now_ms: int) -> None:
        until_ms = one.last_ms + AFTER_MS
        since_ms = one.first_ms - BEFORE_MS
        if one.newest_ms is not None:
            since_ms = max(since_ms, one.newest_ms + MINUTE_MS)
        while True:
            missing = (min(now_ms, until_ms) - since_ms) // MINUTE_MS
            if missing < (STEP if now_ms < until_ms else 1):
                return
            minutes = await self._fetch(one.symbol, since_ms, min(MOST, missing + 1))
            kept = [m for m in minutes if m.closed and since_ms <= m.open_ms < until_ms]
            if not kept:
                return
            await self._book.keep(kept)
            since_ms = kept[-1].open_ms + MINUTE_MS
