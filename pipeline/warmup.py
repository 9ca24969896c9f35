"""Teaches detectors the past of their symbols from REST, in the background.

The most traded symbols come first. It takes a tenth of the weight that Binance allows and steps
back while others need much of it, so nothing waits for it; what fails is tried again later.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Final

from pipeline.errors import FrameError, Refused, SourceError, TooFast
from pipeline.sources.binance_rest import BinanceRest
from pipeline.watch import Watch

log = logging.getLogger("goraebot.warmup")

FIRST_S: Final = 3.0
"""After the start the array of rolling days tells which symbols are the most traded."""

LOOK_S: Final = 5.0
"""How often new symbols are looked for."""

BUSY_WEIGHT: Final = 3_000
"""So much of the minute's weight used by anybody: ..."""

BUSY_S: Final = 20.0
"""... then a pause of so long before each request."""

RETRY_S: Final = (2.0, 10.0, 60.0, 300.0)
AGAIN_S: Final = 3_600.0
"""A symbol that is refused is tried again after so long."""


class Warmup:
    """Warms every watched symbol once: those watched at the start and those listed later.

    ``watched`` gives the symbols. ``warmed`` counts.
    """

    def __init__(
        self, rest: BinanceRest, watch: Watch, watched: Callable[[], Collection[str]]
    ) -> None:
        self._rest = rest
        self._watch = watch
        self._watched = watched
        self._done: set[str] = set()
        self._not_before: dict[str, float] = {}
        self.warmed = 0

    async def run(self) -> None:
        """Warm until cancelled."""
        await asyncio.sleep(FIRST_S)
        failures = told = 0
        while True:
            symbol = self._next()
            if symbol is None:
                if self.warmed > told:
                    log.info("learnt the past of %d symbols", self.warmed - told)
                    told = self.warmed
                await asyncio.sleep(LOOK_S)
                continue
            try:
                await self._warm(symbol)
                failures = 0
                await asyncio.sleep(0)  # a symbol that lacks nothing waits for nothing
            except (SourceError, FrameError) as error:
                now_s = asyncio.get_running_loop().time()
                if isinstance(error, Refused) and error.status == 400:
                    log.info("the past of %s is not known: %s", symbol, error)
                    self._not_before[symbol] = now_s + AGAIN_S
                    continue
                pause_s = RETRY_S[min(failures, len(RETRY_S) - 1)]
                if isinstance(error, TooFast):
                    pause_s = max(pause_s, error.retry_after_s)
                failures += 1
                log.warning("the past is learnt later, in %.0f s or more: %s", pause_s, error)
                self._not_before[symbol] = now_s + 2 * pause_s  # maybe it is this symbol alone
                await asyncio.sleep(pause_s)

    def _next(self) -> str | None:
        """The most traded symbol that is not warmed yet."""
        watched = set(self._watched())
        self._done &= watched  # one that is listed again has a past again
        if not self._watch.market.newest_ms:
            return None  # nobody knows the time yet
        self._not_before = {s: t for s, t in self._not_before.items() if s in watched}
        now_s = asyncio.get_running_loop().time()
        waiting = [s for s in watched - self._done if self._not_before.get(s, 0.0) <= now_s]
        return min(waiting, key=lambda symbol: (-self._turnover(symbol), symbol), default=None)

    def _turnover(self, symbol: str) -> float:
        """US dollars in the rolling day, 0 if that is not known."""
        state = self._watch.market.symbols.get(symbol)
        if state is None or state.day is None:
            return 0.0
        return state.day.quote_volume * (state.dollars or 0.0)

    async def _warm(self, symbol: str) -> None:
        """Raises SourceError and FrameError; what was learnt until then is kept."""
        wanted = self._watch.lacks(symbol)
        if "1s" in wanted and self._watch.market[symbol].trade is None:
            # They go before its first trade, which a back-fill may keep waiting.
            self._not_before[symbol] = asyncio.get_running_loop().time() + LOOK_S
            return
        for interval, bars in wanted.items():
            if self._rest.used_weight >= BUSY_WEIGHT:
                await asyncio.sleep(BUSY_S)
            candles = await self._rest.candles(symbol, interval, bars, budget="warm")
            self._watch.warm(symbol, interval, candles)
        self._done.add(symbol)
        self.warmed += bool(wanted)
