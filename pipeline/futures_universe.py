"""Which contracts' trades are watched: those that somebody named.

Every contract's valuations and liquidations are followed whatever is named; trades of hundreds of
contracts would cost as much as the whole spot market.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from typing import Final

from pipeline.absent import Absent
from pipeline.errors import FrameError, SourceError, TooFast
from pipeline.model import ALL, Feed
from pipeline.ports import Follower, Source
from pipeline.sources.binance_rest import BinanceRest
from pipeline.watch import Watch

log = logging.getLogger("goraebot.universe")

REFRESH_S: Final = 600.0
RETRY_S: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class FuturesUniverse:
    """Keeps the market's contracts fresh and tells the futures' source what to deliver.

    ``rest`` and ``source`` are those of futures, ``books`` delivers the books of those whose trades
    are watched; symbols are qualified. A contract that nobody wants any more is forgotten, so that
    nothing is computed over the time it was not watched, and one that does not trade a day later
    (absent.py).
    """

    def __init__(
        self,
        rest: BinanceRest,
        source: Source,
        watch: Watch,
        *,
        books: Follower | None = None,
        changed: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rest = rest
        self._source = source
        self._watch = watch
        self._books = books
        self._changed = changed
        self._clock = clock
        self._absent = Absent()
        self._wanted: frozenset[str] = frozenset()
        self._watched: frozenset[str] = frozenset()
        self._wake = asyncio.Event()

    @property
    def watched(self) -> Collection[str]:
        """The contracts whose trades are watched."""
        return self._watched

    def want(self, symbols: Collection[str]) -> None:
        """The contracts that subscriptions and targets name."""
        if self._wanted != (wanted := frozenset(symbols)):
            self._wanted = wanted
            self._wake.set()

    async def run(self) -> None:
        """Follow the listing and what is wanted until cancelled."""
        await self._source.follow({Feed(ALL, "liquidation")})
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            pause_s = REFRESH_S
            try:
                await self._refresh()
                failures = 0
            except (SourceError, FrameError) as error:
                pause_s = RETRY_S[min(failures, len(RETRY_S) - 1)]
                if isinstance(error, TooFast):
                    pause_s = max(pause_s, error.retry_after_s)
                if not failures:
                    log.warning("the listing of futures cannot be read: %s", error)
                failures += 1
            until_s = loop.time() + pause_s
            while (left_s := until_s - loop.time()) > 0:
                try:
                    async with asyncio.timeout(left_s):
                        await self._wake.wait()
                except TimeoutError:
                    break
                self._wake.clear()
                await self._follow()

    async def _refresh(self) -> None:
        listed = self._watch.market.contracts = await self._rest.symbols()
        trading = {info.symbol for info in listed.values() if info.trading}
        missing = self._absent.note(self._watched, trading, self._clock())
        for symbol in missing & listed.keys():  # an answer that leaves it out says nothing of that
            self._watch.halt(symbol)
        await self._follow()
        self._changed()

    async def _follow(self) -> None:
        listed = self._watch.market.contracts
        if not listed:
            return  # a contract that does not exist would be subscribed to and stay silent
        trading = {s for s in self._wanted if s in listed and listed[s].trading}
        watched = frozenset(trading | (self._absent.symbols & self._wanted))
        if watched == self._watched:
            return
        for symbol in self._watched - watched:
            self._watch.forget(symbol)
        self._watched = watched
        feeds = {Feed(symbol, "trade") for symbol in watched}
        await self._source.follow({Feed(ALL, "liquidation"), *feeds})
        if self._books is not None:
            await self._books.follow({Feed(symbol, "book") for symbol in watched})
