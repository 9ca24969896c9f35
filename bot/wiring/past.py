"""Market events of the past in place of those of this moment, wired: a replay of the whole program.

Nobody is asked about now: no REST, no prices in won, no other exchanges. The clock of all parts is
the recording's, so that ages, quiet hours and expiries are what they would have been.
"""

import logging
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import aclosing
from typing import Final

from bot.errors import BotError, SettingsError
from bot.korean import kst
from bot.model import Unreal
from bot.past_exchange import PastExchange
from bot.ports import FeedHealth
from bot.settings import Settings
from bot.symbols import Symbols, read_symbol
from bot.tardis_words import OPERATORS, replay_trouble
from bot.wiring.markets import Work
from pipeline.bars import Bars
from pipeline.baselines import Baselines
from pipeline.bus import LocalBus
from pipeline.errors import EngineMissing
from pipeline.futures import Futures
from pipeline.market import Market
from pipeline.model import AnyAlert, Candle, Event, Feed, Trade, bare
from pipeline.sources.recorder import Recorder
from pipeline.sources.tardis import TardisReplaySource
from pipeline.sources.tardis_wanted import TardisError
from pipeline.watch import Watch

log = logging.getLogger("goraebot")


class PastMarkets:
    """What Markets is to the other parts, of the past. ``source`` says what is replayed."""

    live: Final = False
    handover: Final = None
    won: Final = None
    recorder: Final = None
    recorders: Final[Sequence[Recorder]] = ()

    def __init__(self, settings: Settings, source: TardisReplaySource) -> None:
        self.source = source
        self.now_ms = source.now_ms
        self.bus = LocalBus()
        self.market = Market()
        self.symbols = Symbols()
        self.baselines = Baselines()
        self.watch = Watch(self.market, settings.watch, made=self.baselines.restore)
        self._bars = Bars()
        self._names = source.symbols
        self.futures: Futures | None = None
        if any(name != bare(name) for name in self._names):
            self.futures = Futures()
        for name in self._names:
            if name != bare(name):
                self.market.contracts[name] = read_symbol(name)
            self.market.listing[bare(name)] = read_symbol(bare(name))  # what people call it
        self.refresh_symbols()

    def work(self) -> Work:
        """What runs side by side."""
        return [("watch", self._replay())]

    async def _replay(self) -> None:
        """Watch what is replayed; the program stays for those who read what came of it."""
        await self.watch.run(_Tapped(self.source, self._note), self.bus)
        log.info("the replay is over: %d events", self.watch.events)

    def _note(self, event: Event) -> None:
        if isinstance(event, Trade):
            self._bars.add(event)
        if self.futures is not None:
            self.futures.on(event)

    # --- what is wanted of it ----------------------------------------------------------------

    def want(self, symbols: Collection[str], *, top: bool) -> None:
        """What is replayed was said when it was started."""

    def exchange(self, flowing: Callable[[], bool]) -> PastExchange:
        """Whom commands ask."""
        return PastExchange(self.market, self._bars)

    def health(self, queued: Callable[[], int], unreal: Unreal | None) -> "PastHealth":
        """What commands and the page say of it."""
        return PastHealth(self.source, self._names, queued, unreal)

    async def candles(
        self, symbol: str, interval: str, since_ms: int, limit: int
    ) -> Sequence[Candle]:
        """See Markets.candles."""
        return self._bars.candles(symbol, interval, limit, since_ms)

    async def minutes(self, symbol: str, since_ms: int, limit: int) -> Sequence[Candle]:
        """See Markets.minutes."""
        return self._bars.candles(symbol, "1m", limit, since_ms)

    def refresh_symbols(self) -> None:
        """See Markets.refresh_symbols."""
        self.symbols.update(self.market.listing, {}, self.market.contracts)

    def remember(self, alert: AnyAlert) -> None:
        """There is no earlier run."""

    # --- what is told of it ------------------------------------------------------------------

    def price(self, symbol: str) -> float | None:
        """See Markets.price."""
        return self.market.price(symbol)

    def rate(self) -> None:
        """Not known of the past."""
        return None

    def won_state(self) -> None:
        """There are no prices in won."""

    def watched(self) -> Collection[str]:
        """See Markets.watched."""
        return self._names

    def futures_problem(self) -> str:
        """Futures come by the one source there is."""
        return ""


class PastHealth:
    """Implements ports.Health over a replay."""

    def __init__(
        self,
        source: TardisReplaySource,
        symbols: Collection[str],
        queued: Callable[[], int],
        unreal: Unreal | None,
    ) -> None:
        self._source = source
        self._symbols = symbols
        self._queued = queued
        self._unreal = unreal

    def feed(self) -> FeedHealth:
        """See ports.Health."""
        status = self._source.status()
        now_ms = self._source.now_ms()
        return FeedHealth(
            ok=not status.problem,
            unreal=self._unreal,
            age_ms=None if status.heard_s is None else round(status.heard_s * 1000),
            delay_ms=None,
            symbols=len(self._symbols),
            connections=status.connections,
            reconnects=status.reconnects,
            gaps=status.gaps,
            recovered_trades=0,
            bad_frames=status.bad_frames,
            problem=status.problem,
            others=(f"재생 시각 {kst(now_ms)} · {kst(self._source.end_ms)}까지 재생합니다.",),
        )

    def queued(self) -> int:
        """See ports.Health."""
        return self._queued()


class _Tapped:
    """A source whose events are noted before they are watched. What cannot be had is raised as
    SettingsError or BotError."""

    def __init__(self, source: TardisReplaySource, note: Callable[[Event], None]) -> None:
        self._source = source
        self._note = note

    async def follow(self, wanted: Collection[Feed]) -> None:
        await self._source.follow(wanted)

    async def stream(self) -> AsyncIterator[Event]:
        try:
            async with aclosing(self._source.stream()) as events:  # type: ignore[type-var]
                async for event in events:
                    self._note(event)
                    yield event
        except EngineMissing as error:
            raise SettingsError(replay_trouble(error)) from error
        except TardisError as error:
            kind = BotError if error.code in OPERATORS else SettingsError
            raise kind(replay_trouble(error)) from error
