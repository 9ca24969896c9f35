"""Which symbols are watched: the exchange's listing, followed as it changes.

New listings are picked up every ``refresh_s``, and at once (well, within half a minute) when the
array of rolling days names a pair that the listing does not have. A pair that is listed no more, or
does not trade, is watched for a day more: see absent.py.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Annotated

import msgspec

from pipeline.absent import Absent
from pipeline.errors import FrameError, SourceError, TooFast
from pipeline.model import ALL, Feed
from pipeline.ports import Follower
from pipeline.sources import sockets
from pipeline.sources.binance_rest import BinanceRest
from pipeline.watch import Watch

log = logging.getLogger("goraebot.universe")

ALL_USDT = "all-usdt"
UNLISTED = "unlisted"
"""The problem of settings that name nothing which the exchange lists."""
ASKED_BOOKS = 40
"""Books kept streaming because somebody asked for the symbol lately; the least recent one goes."""
LOOK_S = 30.0
RETRY_S = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[market]``"""

    symbols: str | tuple[str, ...] = ALL_USDT
    refresh_s: Annotated[float, msgspec.Meta(ge=60)] = 600.0
    top_books: Annotated[int, msgspec.Meta(ge=0, le=500)] = 30


class Universe:
    """Keeps the market's listing fresh and tells the source what to deliver.

    ``problem`` and ``detail`` say why the listing cannot be had ("" when it can), or that nothing
    is watched because it has none of the settings' names.
    """

    def __init__(
        self,
        settings: Settings,
        rest: BinanceRest,
        source: Follower,
        watch: Watch,
        *,
        changed: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._rest = rest
        self._source = source
        self._watch = watch
        self._changed = changed
        self._clock = clock
        self._absent = Absent()
        self._named: frozenset[str] = frozenset()
        self._subscribed: frozenset[str] = frozenset()
        self._odd: frozenset[str] = frozenset()  # seen trading, but not in the last listing
        self._asked: OrderedDict[str, None] = OrderedDict()
        self._watched: set[str] = set()
        self._unknown: set[str] = set()  # of the settings' names, in the last listing
        self._following: set[Feed] = set()
        self._wake = asyncio.Event()
        self.problem = ""
        self.detail = ""

    @property
    def watched(self) -> Collection[str]:
        """The symbols whose trades are watched."""
        return self._watched

    async def run(self) -> None:
        """Follow the listing until cancelled."""
        if self._settings.symbols != ALL_USDT:  # need not wait for the listing
            await self._follow()
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            pause_s = self._settings.refresh_s
            try:
                await self._refresh()
                failures = 0
            except (SourceError, FrameError) as error:
                self._failed(error)
                pause_s = RETRY_S[min(failures, len(RETRY_S) - 1)]
                if isinstance(error, TooFast):
                    pause_s = max(pause_s, error.retry_after_s)
                failures += 1
            until_s = loop.time() + pause_s
            while (left_s := until_s - loop.time()) > 0:
                try:
                    async with asyncio.timeout(min(left_s, LOOK_S)):
                        await self._wake.wait()
                    self._wake.clear()
                    await self._follow()
                except TimeoutError:
                    if not failures and self._unlisted() - self._odd:
                        break

    def want(self, symbols: Collection[str], *, top: bool = False) -> None:
        """The symbols that subscriptions name: their trades and books are delivered, whatever is
        watched besides. ``top`` adds the books of the most traded pairs, for those who subscribe
        to all (every book of every pair would cost more than all trades together).
        """
        named = frozenset(symbols)
        books = named | (self._most_traded() if top else frozenset())
        if named != self._named or books != self._subscribed:
            self._named, self._subscribed = named, books
            self._wake.set()

    def _most_traded(self) -> frozenset[str]:
        """Kept from call to call while a symbol stays near the top, so that books are not
        subscribed to and dropped all the time."""
        states = self._watch.market.symbols
        turnover = {
            s: d.quote_volume for s in self._watched if s in states and (d := states[s].day)
        }
        ranked = sorted(turnover, key=lambda s: -turnover[s])
        count = self._settings.top_books
        near = [s for s in ranked[: count * 3 // 2] if s in self._subscribed]
        return frozenset(list(dict.fromkeys((*near, *ranked)))[:count])

    def ask_book(self, symbol: str) -> None:
        """Somebody asked for this symbol's book: stream it for a while."""
        if symbol not in self._asked:
            self._wake.set()
        self._asked[symbol] = None
        self._asked.move_to_end(symbol)
        while len(self._asked) > ASKED_BOOKS:
            self._asked.popitem(last=False)

    def _unlisted(self) -> frozenset[str]:
        """Pairs that trade without being listed."""
        market = self._watch.market
        return frozenset(s for s in market.symbols if s not in market.listing and ":" not in s)

    async def _refresh(self) -> None:
        market = self._watch.market
        listing = await self._rest.symbols()
        # Before the first trade this is the only thing that tells the age of recovered ones.
        market.saw(await self._rest.server_ms())
        before = self._watched
        traded = {s for s in before if (info := market.listing.get(s)) is not None and info.trading}
        market.listing = listing
        if self.problem not in ("", UNLISTED):
            log.info("the listing is available again")
        self.problem = self.detail = ""
        trading = {info.symbol for info in listing.values() if info.trading}
        # What no listing has had, a mistake in the settings for instance, is not away.
        missing = self._absent.note(traded | self._absent.symbols, trading, self._clock())
        for symbol in missing & listing.keys():  # an answer that leaves it out says nothing of that
            self._watch.halt(symbol)
        self._odd = self._unlisted()  # asking again at once would not help
        for symbol in self._odd - self._absent.symbols:
            self._watch.forget(symbol)
        await self._follow()
        new, gone = self._watched - before, before - self._watched
        if before and (new or missing):
            log.info("listed: %s; not trading: %s", sorted(new) or "-", sorted(missing) or "-")
        elif not before:
            log.info("watching %d symbols", len(self._watched))
        for symbol in gone:
            self._watch.forget(symbol)
        self._changed()

    def _failed(self, error: Exception) -> None:
        problem = sockets.problem_of(error)
        if problem != self.problem:
            log.warning("the listing cannot be read: %s", error)
        self.problem, self.detail = problem, str(error)

    async def _follow(self) -> None:
        listing = self._watch.market.listing
        wanted = self._settings.symbols
        if wanted == ALL_USDT:
            watched = {i.symbol for i in listing.values() if i.trading and i.quote == "USDT"}
        else:
            names = {s.upper() for s in ((wanted,) if isinstance(wanted, str) else wanted)}
            unknown = {s for s in names if listing and s not in listing}
            if listing and unknown != self._unknown:
                self._unknown = unknown
                if unknown:
                    log.warning("[market] symbols: not listed: %s", ", ".join(sorted(unknown)))
            watched = {s for s in names - unknown if s not in listing or listing[s].trading}
        watched |= {s for s in self._named if s in listing and listing[s].trading}
        watched |= self._absent.symbols
        self._watched = watched
        if self.problem in ("", UNLISTED):
            nothing = bool(listing and self._unknown and not watched)
            self.problem = UNLISTED if nothing else ""
        known = listing.keys() | self._absent.symbols
        books = {s for s in (*self._subscribed, *self._asked) if not listing or s in known}
        feeds = {Feed(ALL, "ticker")}
        feeds |= {Feed(symbol, "trade") for symbol in watched}
        feeds |= {Feed(symbol, "book") for symbol in books}
        if feeds != self._following and (watched or books):
            self._following = feeds
            await self._source.follow(feeds)
