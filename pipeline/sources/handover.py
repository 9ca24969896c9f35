"""Which way Binance's spot trades come: through tardis-machine, or from Binance itself.

The direct connection is there all the time, for rolling days and books, and begins with the trades
as well. Once tardis-machine has delivered for ``return_s`` it carries them; when it fails or falls
silent the direct connection does again, at once. Its trades of a symbol wait until its aggregates
have been asked for from the time of the last trade on that came the other way, so that nothing
between is missing (continuity.py); the ids of the matches behind them tell what has been counted
already (match_ids.py).
"""

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

import msgspec

from pipeline.model import Feed
from pipeline.sources.binance import BinanceSource
from pipeline.sources.continuity import NO_ID
from pipeline.sources.tardis_frames import unusable
from pipeline.sources.tardis_machine import MachineSource, Status
from pipeline.venues import SPOT, WON, foreign

log = logging.getLogger("goraebot.tardis")

LOOK_S: Final = 1.0
OVERLAP_S: Final = 10.0
"""Both deliver for so long before the direct connection leaves the trades to tardis-machine."""
TRADE: Final = "trade"
ASKED: Final = 40
"""Pairs of other exchanges followed because somebody asked lately; the least recent one goes."""


class State(msgspec.Struct, frozen=True):
    """For /status. ``by_machine``: tardis-machine carries Binance's trades; None if it is not to.
    ``since_ms`` is when that changed last, 0 if it never did. ``bad`` messages and ``gaps``."""

    by_machine: bool | None
    since_ms: int
    exchanges: tuple[Status, ...]
    bad: int = 0
    gaps: int = 0


class Handover:
    """Gives both sources what they are to follow. ``spot``: whether tardis-machine is to carry
    Binance's trades at all. ``always``: pairs of other exchanges followed whatever is wanted.

    ``since`` are the times of the last trades by symbol that an earlier run got from it.
    """

    def __init__(
        self,
        direct: BinanceSource,
        machine: MachineSource,
        *,
        spot: bool = True,
        always: Iterable[str] = (),
        since: Mapping[str, int] | None = None,
        return_s: float = 60.0,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._direct = direct
        self._machine = machine
        self._spot = spot
        self._always = frozenset(always)
        self._named: frozenset[str] = frozenset()
        self._asked: dict[str, None] = {}
        self._since = dict(since or {})
        self._return_s = return_s
        self._now_ms = now_ms
        self._feeds: frozenset[Feed] = frozenset()
        self._changed = asyncio.Event()
        self._by_machine = False
        self._left = False  # the direct connection has left the trades to tardis-machine
        self._since_ms = 0
        self._spot_since: dict[str, int] = {}  # when the machine was first asked for each pair
        machine.spot = False

    def state(self) -> State:
        """See State."""
        machine = self._machine
        by_machine = self._by_machine if self._spot else None
        status = tuple(machine.status())
        return State(by_machine, self._since_ms, status, machine.bad, machine.gaps)

    @property
    def carried(self) -> Mapping[str, int]:
        """The times of the last trades of Binance that came through tardis-machine, or of when it
        began with them, while it is the one who carries them."""
        if not self._by_machine:
            return {}
        newest, began_ms = self._machine.newest, self._since_ms
        return {s: newest.get(s, max(began_ms, at_ms)) for s, at_ms in self._spot_since.items()}

    @property
    def pairs(self) -> Collection[str]:
        """The pairs of other exchanges that are followed."""
        return self._always | self._named | self._asked.keys()

    async def follow(self, wanted: Collection[Feed]) -> None:
        """What the universe wants of Binance: see pipeline.ports.Source."""
        self._feeds = frozenset(wanted)
        self._changed.set()
        if not self._by_machine and not self._since:
            await self._direct.follow(self._feeds)  # the usual case need not wait

    def want(self, symbols: Collection[str]) -> None:
        """The pairs of other exchanges that chats want."""
        named = frozenset(filter(foreign, symbols))
        if named != self._named:
            self._named = named
            self._changed.set()

    def ask(self, symbol: str) -> bool:
        """Somebody asked for a pair of another exchange: follow it for a while. Whether data of
        that exchange arrive."""
        if symbol not in self._asked:
            self._changed.set()
        self._asked.pop(symbol, None)
        self._asked[symbol] = None
        for oldest in list(itertools.islice(self._asked, max(0, len(self._asked) - ASKED))):
            del self._asked[oldest]
        return self._machine.well_s(symbol.partition(":")[0]) > 0

    async def run(self) -> None:
        """Hand over until cancelled."""
        while True:
            if self._changed.is_set():
                self._changed.clear()
                await self._follow()
            well_s = self._machine.well_s(SPOT) if self._spot else 0.0
            if self._by_machine and not well_s:
                await self._to_direct()
            elif not self._by_machine and well_s >= self._return_s and self._trades():
                await self._to_machine()
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._changed.wait()
            except TimeoutError:
                pass

    def _trades(self) -> set[str]:
        return {feed.symbol for feed in self._feeds if feed.channel == TRADE}

    async def _follow(self) -> None:
        pairs = self.pairs
        others = {Feed(symbol, "trade") for symbol in pairs}
        if any(symbol.startswith("upbit:KRW-") for symbol in pairs):
            others.add(Feed(WON, "trade"))  # what is paid there is told in dollars
        spot = {
            feed
            for feed in self._feeds
            if self._spot and feed.channel == TRADE and not unusable(feed.symbol, {})
        }
        since, now_ms = self._spot_since, self._now_ms()
        self._spot_since = {feed.symbol: since.get(feed.symbol, now_ms) for feed in spot}
        await self._machine.follow(others | spot)
        if self._by_machine:
            self._left = True
            await self._direct.follow(self._feeds - spot)
            return
        last: dict[str, int] = {}
        if trades := self._trades():
            last = {s: at_ms for s, at_ms in self._since.items() if s in trades}
            self._since = {}
        await self._take_over(last)

    async def _to_machine(self) -> None:
        log.info("Binance's trades come through tardis-machine from now on")
        self._direct.settle(self._now_ms())
        self._machine.spot = True
        self._by_machine, self._since_ms = True, self._now_ms()
        await asyncio.sleep(OVERLAP_S)
        self._changed.set()

    async def _to_direct(self) -> None:
        last: dict[str, int] = {}
        if self._left:
            last = {s: ms for s, ms in self.carried.items() if s in self._trades()}
        log.warning("tardis-machine fails: Binance's trades are received directly")
        self._machine.spot = False
        self._by_machine, self._since_ms = False, self._now_ms()
        self._left = False
        await self._take_over(last)

    async def _take_over(self, last: Mapping[str, int]) -> None:
        """Have the direct connection begin each symbol where the other one ended."""
        continuity = self._direct.continuity
        continuity.forget(last)  # what came after it was told to leave
        continuity.resume({symbol: (NO_ID, at_ms) for symbol, at_ms in last.items()})
        await self._direct.follow(self._feeds)  # and asks what is missing, once it carries them
