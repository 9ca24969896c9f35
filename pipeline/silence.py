"""The silent-subscribe trap: a subscription that is accepted, and of which nothing ever comes.

Futures' streams have shown it (FACTS B.1): the connection lives, its valuations come, only one
group of streams is mute. What a mute stream lacks cannot be seen in what comes; trades can be asked
for over REST. A contract that did trade meanwhile has a mute stream: it is asked for on a new
connection, and what was missed is fetched.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from typing import Final, Protocol

from pipeline.errors import FrameError, SourceError, TooFast
from pipeline.futures import Futures
from pipeline.model import ALL, Feed, Trade

log = logging.getLogger("goraebot.silence")

LOOK_S: Final = 5.0
SILENT_MS: Final = 60_000
"""A contract without a trade for so long is asked for over REST, again after as long."""
LATE_MS: Final = 10_000
"""What was traded so lately may still come."""
NO_LIQUIDATION_MS: Final = 15 * 60_000
"""No contract at all was liquidated for so long: it happens, and a new connection costs little."""
RETRY_S: Final = 60.0


class Past(Protocol):
    """Who can be asked what was traded: see binance_rest.BinanceRest."""

    async def newest_trade(self, symbol: str) -> Trade | None:
        """The last one, None if there never was any."""
        ...


class Reopening(Protocol):
    """A Source whose connections can be left one by one: see binance.BinanceSource."""

    def last_trade(self, symbol: str) -> Trade | None:
        """The newest one that came, None if none did since it is followed."""
        ...

    def reopen(self, feed: Feed) -> None:
        """Deliver a feed by a new connection, and what was missed of it."""
        ...


class Watchdog:
    """Looks after the followed contracts' trades, and after liquidations.

    Time is the exchange's, by ``futures``; ``watched`` gives the contracts. ``mute`` (the
    futures' own) are those that traded and did not come when last looked at; ``reopened`` counts.
    """

    def __init__(
        self,
        rest: Past,
        source: Reopening,
        futures: Futures,
        watched: Callable[[], Collection[str]],
    ) -> None:
        self._rest = rest
        self._source = source
        self._futures = futures
        self._watched = watched
        self._since: dict[str, int] = {}  # followed contracts → when first seen to be
        self._asked: dict[str, int] = {}
        self._reopened_ms = 0
        self.mute = futures.mute
        self.reopened = 0

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await self.look()
            except (SourceError, FrameError) as error:
                log.warning("whether a stream is silent cannot be asked: %s", error)
                wait_s = error.retry_after_s if isinstance(error, TooFast) else RETRY_S
                await asyncio.sleep(wait_s)

    async def look(self) -> None:
        """Ask for the contract that has been silent for longest, if one has been for too long.
        Raises SourceError and FrameError."""
        now_ms = self._futures.newest_ms
        if not now_ms:
            return  # nothing comes at all, which the source itself sees to
        self._look_for_liquidations(now_ms)
        watched = set(self._watched())
        self.mute &= watched
        self._since = {s: self._since.get(s, now_ms) for s in watched}
        self._asked = {s: at_ms for s, at_ms in self._asked.items() if s in watched}
        silent = {s: self._heard_ms(s) for s in watched}
        due = [
            s
            for s, heard_ms in silent.items()
            if now_ms - max(heard_ms, self._asked.get(s, 0)) >= SILENT_MS
        ]
        self.mute -= {s for s, heard_ms in silent.items() if now_ms - heard_ms < SILENT_MS}
        if not due:
            return
        symbol = min(due, key=lambda s: (silent[s], s))
        self._asked[symbol] = now_ms
        newest = await self._rest.newest_trade(symbol)
        last = self._source.last_trade(symbol)
        heard_ms = self._heard_ms(symbol)
        if newest is None or not heard_ms < newest.at_ms <= now_ms - LATE_MS:
            self.mute.discard(symbol)  # it is as quiet as its stream
        elif last is None or newest.id > last.id:
            self.mute.add(symbol)
            log.warning(
                "%s traded and nothing came for %.0f s: a silent subscription, opened anew",
                symbol,
                (now_ms - heard_ms) / 1000,
            )
            self._reopen(Feed(symbol, "trade"))

    def _heard_ms(self, symbol: str) -> int:
        last = self._source.last_trade(symbol)
        return max(self._since[symbol], last.at_ms if last is not None else 0)

    def _look_for_liquidations(self, now_ms: int) -> None:
        known = self._futures
        heard_ms = max(known.since_ms, known.liquidated_ms, self._reopened_ms)
        if now_ms - heard_ms >= NO_LIQUIDATION_MS:
            self._reopened_ms = now_ms
            log.warning("no liquidation for %d minutes: opened anew", NO_LIQUIDATION_MS // 60_000)
            self._reopen(Feed(ALL, "liquidation"))

    def _reopen(self, feed: Feed) -> None:
        self.reopened += 1
        self._source.reopen(feed)
