"""Where market events come from, wired: Binance spot and futures, tardis-machine, Upbit."""

import time
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from functools import partial
from typing import Any, Final

import msgspec

from bot.exchange import LiveExchange
from bot.health import LiveHealth
from bot.model import Unreal
from bot.positions import Read, by_time
from bot.settings import Settings
from bot.symbols import Symbols
from bot.won_health import WonState
from pipeline.baselines import Baselines
from pipeline.bus import LocalBus
from pipeline.futures import Futures
from pipeline.futures_universe import FuturesUniverse
from pipeline.korea import Korea
from pipeline.market import Market
from pipeline.model import AnyAlert, Candle, Premium, bare
from pipeline.notes import Compared, Note, Told, by_market
from pipeline.silence import Watchdog
from pipeline.sources import rest_api, sockets, tardis_machine
from pipeline.sources.binance import FUTURES, FUTURES_BOOKS, BinanceSource
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.exchange_rate import exchange_rate
from pipeline.sources.handover import Handover
from pipeline.sources.recorder import Recorder
from pipeline.sources.tardis_listing import Listing
from pipeline.sources.tardis_machine import MachineSource
from pipeline.sources.upbit import UpbitSource
from pipeline.sources.upbit_rest import won_markets
from pipeline.universe import Universe
from pipeline.venues import foreign, pair_of
from pipeline.warmup import Warmup
from pipeline.watch import Watch
from pipeline.won import Rate, Won

MACHINE, BOOKS = "tardis-machine", "futures books"
"""As the watch counts their events, beside those of ``FUTURES.name``."""

Work = list[tuple[str, Coroutine[Any, Any, None]]]
"""What runs side by side, by name."""


def wall_ms() -> int:
    """The wall clock in milliseconds."""
    return time.time_ns() // 1_000_000


async def live(
    settings: Settings,
    stack: AsyncExitStack,
    *,
    unreal: Unreal | None,
    read: Read,
    baselines: Baselines,
) -> "Markets":
    """The markets of this moment; ``stack`` ends what they ask with."""
    rest = await stack.enter_async_context(BinanceRest(settings.binance.rest_url))
    futures_rest = await stack.enter_async_context(
        BinanceRest(settings.binance_futures.rest_url, api=rest_api.FUTURES)
    )
    return Markets(settings, rest, futures_rest, unreal=unreal, read=read, baselines=baselines)


class Markets:
    """The sources, the watch over them, and what keeps both at what is wanted.

    ``read`` and ``baselines`` are an earlier run's: where to go on, and what it had learnt.
    """

    live: Final = True
    now_ms = staticmethod(wall_ms)

    def __init__(
        self,
        settings: Settings,
        rest: BinanceRest,
        futures_rest: BinanceRest,
        *,
        unreal: Unreal | None,
        read: Read,
        baselines: Baselines,
    ) -> None:
        self._speed = settings.demo.speed
        self._rest = rest
        self._futures_rest = futures_rest
        self.bus = LocalBus()
        self.market = Market()
        self.listing = None
        if settings.tardis.machine_url and unreal is None:
            self.listing = Listing(settings.tardis.api_url, settings.tardis.sizes)
        self.symbols = Symbols(elsewhere=self.listing)
        self.baselines = baselines
        self.futures = Futures() if settings.binance_futures.enabled else None
        self.recorder = self._futures_recorder = self._books_recorder = None
        if settings.record.enabled:
            self.recorder = Recorder(settings.record)
        if settings.record.enabled and self.futures is not None:
            self._futures_recorder = Recorder(settings.record, venue=FUTURES.name)
            self._books_recorder = Recorder(settings.record, venue=FUTURES.name, part="b")
        self.source = BinanceSource(
            settings.binance,
            rest,
            resume={s: last for s, last in read.items() if s == bare(s)},
            tap=self.recorder,
        )
        self.watch = Watch(self.market, settings.watch, made=baselines.restore, noted=self._note)
        futures = msgspec.structs.replace(settings.binance, ws_url=settings.binance_futures.ws_url)
        self.futures_source = BinanceSource(
            futures,
            futures_rest,
            resume={s: last for s, last in read.items() if s != bare(s)},
            venue=FUTURES,
            tap=self._futures_recorder,
        )
        self._books_source = BinanceSource(
            futures, futures_rest, venue=FUTURES_BOOKS, tap=self._books_recorder
        )
        if self.recorder is not None:
            for baseline in baselines.kept:
                self._note(baseline)
        self.futures_universe = FuturesUniverse(
            futures_rest,
            self.futures_source,
            self.watch,
            books=self._books_source,
            changed=self.refresh_symbols,
        )
        self._watchdog = Watchdog(
            futures_rest,
            self.futures_source,
            self.futures or Futures(),
            lambda: self.futures_universe.watched,
        )
        self._machine, self.handover = self._tardis(settings, by_time(read), unreal)
        self.universe = Universe(
            settings.market,
            rest,
            self.handover or self.source,
            self.watch,
            changed=self.refresh_symbols,
        )
        self.won = self._korea = None
        if settings.upbit.enabled:
            self.won = Won()
            self._upbit = UpbitSource(
                settings.upbit,
                open_socket=partial(sockets.open_socket, engine=settings.binance.engine),
            )
            self._korea = self._followed(settings, self.won, self._upbit)
        self._warmup = Warmup(rest, self.watch, lambda: self.universe.watched)
        self._futures_warmup = Warmup(
            futures_rest, self.watch, lambda: self.futures_universe.watched
        )

    def _tardis(
        self, settings: Settings, since: Mapping[str, int], unreal: Unreal | None
    ) -> tuple[MachineSource | None, Handover | None]:
        """tardis-machine, where there is one. What is recorded is what Binance itself sends, so
        then it does not carry Binance's trades."""
        of = settings.tardis
        if not of.machine_url or unreal is not None:
            return None, None
        machine = MachineSource(
            tardis_machine.Settings(of.machine_url, of.silence_s, of.sizes),
            open_socket=partial(sockets.open_socket, engine=settings.binance.engine),
        )
        handover = Handover(
            self.source,
            machine,
            spot=of.binance and self.recorder is None,
            always=[pair_of(symbol).info.symbol for symbol in of.symbols],
            since=since,
            return_s=of.return_s,
            now_ms=wall_ms,
        )
        return machine, handover

    def _followed(self, settings: Settings, won: Won, upbit: UpbitSource) -> Korea:
        """What keeps prices in won, and tells the watch of premiums."""
        return Korea(
            won,
            upbit,
            markets=lambda: won_markets(settings.upbit.rest_url),
            rate=lambda: exchange_rate(settings.fx.url, wall_ms()),
            refresh_s=settings.fx.refresh_s,
            market=self.market,
            watched=lambda: self.universe.watched,
            tell=self._compare,
        )

    def _compare(self, premium: Premium) -> None:
        self._note(Compared(premium))
        self.watch.compare(premium, self.bus)

    def work(self) -> Work:
        """What runs side by side."""
        work: Work = [
            ("watch", self.watch.run(self.source, self.bus)),
            ("universe", self.universe.run()),
            ("warmup", self._warmup.run()),
        ]
        if self.futures is not None:
            work += [
                ("futures", self._follow_futures(self.futures)),
                ("futures books", self.watch.follow_beside(self._books_source, self.bus, BOOKS)),
                ("futures universe", self.futures_universe.run()),
                ("futures silence", self._watchdog.run()),
                ("futures warmup", self._futures_warmup.run()),
            ]
        if self._machine is not None and self.handover is not None:
            machine = self.watch.follow_beside(self._machine, self.bus, MACHINE)
            work += [("tardis-machine", machine), ("handover", self.handover.run())]
        if self.listing is not None:
            work.append(("listing elsewhere", self.listing.run()))
        if self._korea is not None:
            work.append(("korea", self._korea.run()))
        work += [("record", recorder.run()) for recorder in self.recorders]
        return work

    async def _follow_futures(self, futures: Futures) -> None:
        """Watch futures, and keep what commands tell of them. The source keeps trying whatever
        happens to it, and says so in the log; the commands tell how old their figures are."""
        async with aclosing(self.futures_source.stream()) as events:  # type: ignore[type-var]
            async for event in events:
                futures.on(event)
                self.watch.tell(event, self.bus, FUTURES.name)

    # --- what is wanted of it ----------------------------------------------------------------

    def want(self, symbols: Collection[str], *, top: bool) -> None:
        """See Universe.want, of any market."""
        ours = {symbol for symbol in symbols if not foreign(symbol)}
        self.universe.want({s for s in ours if s == bare(s)}, top=top)
        self.futures_universe.want({s for s in ours if s != bare(s)})
        if self.handover is not None:
            self.handover.want(symbols)

    def exchange(self, flowing: Callable[[], bool]) -> LiveExchange:
        """Whom commands ask."""
        return LiveExchange(
            self.market,
            self._rest_of,
            self._ask_book,
            flowing=flowing,
            follow=None if self.handover is None else self.handover.ask,
        )

    def health(self, queued: Callable[[], int], unreal: Unreal | None) -> LiveHealth:
        """What commands and the page say of the data."""
        return LiveHealth(
            self.source,
            self.universe,
            queued,
            unreal=unreal,
            handover=self.handover,
            paced=unreal is None or self._speed == 1,
        )

    def _ask_book(self, symbol: str) -> None:
        """See Universe.ask_book. Books of contracts are streamed while somebody names them."""
        if symbol == bare(symbol):
            self.universe.ask_book(symbol)

    def _rest_of(self, symbol: str) -> BinanceRest:
        """Whom to ask about a symbol of Binance's."""
        return self._rest if symbol == bare(symbol) else self._futures_rest

    async def candles(
        self, symbol: str, interval: str, since_ms: int, limit: int
    ) -> Sequence[Candle]:
        """Candles from then on, within what is left of the request weight; none of other exchanges'
        pairs."""
        if foreign(symbol):
            return ()
        rest = self._rest_of(symbol)
        return await rest.candles(symbol, interval, limit, since_ms=since_ms, budget="warm")

    async def minutes(self, symbol: str, since_ms: int, limit: int) -> Sequence[Candle]:
        """As ``candles``, of a minute each."""
        return await self.candles(symbol, "1m", since_ms, limit)

    def refresh_symbols(self) -> None:
        """The listing or the turnovers have changed."""
        days = self.market.symbols.items()
        volumes = {symbol: state.day.quote_volume for symbol, state in days if state.day}
        self.symbols.update(self.market.listing, volumes, self.market.contracts)

    def remember(self, alert: AnyAlert) -> None:
        """Cooldowns outlast a restart."""
        self.watch.gate.remember(alert)
        self._note(Told(alert))

    def _note(self, note: Note) -> None:
        """Into the recording of the market that it is about."""
        for of_futures, one in by_market(note):
            (self.futures_source if of_futures else self.source).note(one)

    # --- what is told of it ------------------------------------------------------------------

    def price(self, symbol: str) -> float | None:
        """None for other exchanges' pairs: nobody could tell what became of it."""
        if foreign(symbol):
            return None
        return self.market.price(symbol)

    def rate(self) -> Rate | None:
        """What people are told sums in won by; None when it is not fresh."""
        rate = None if self.won is None else self.won.rate
        return rate if rate is not None and rate.fresh(wall_ms()) else None

    def won_state(self) -> WonState | None:
        """How prices in won are; None where they are not followed."""
        won, now_ms = self.won, wall_ms()
        if won is None or self._korea is None:
            return None
        status = self._upbit.status()
        problem = status.problem
        if problem == "connecting":  # which nothing does without a listing
            problem = self._korea.problem or problem
        return WonState(
            problem,
            max(0.0, (now_ms - won.heard_ms) / 1000) if won.heard_ms else None,
            None if won.rate is None else max(0.0, (now_ms - won.rate.at_ms) / 1000),
            won.rate is not None and won.rate.fresh(now_ms),
            status.frames,
            status.bad_frames,
            status.reconnects,
        )

    @property
    def recorders(self) -> list[Recorder]:
        """Those that write."""
        return [
            one
            for one in (self.recorder, self._futures_recorder, self._books_recorder)
            if one is not None
        ]

    def watched(self) -> set[str]:
        """The symbols of every market whose trades are watched."""
        elsewhere = self.handover.pairs if self.handover is not None else ()
        return {*self.universe.watched, *self.futures_universe.watched, *elsewhere}

    def positions(self) -> dict[str, Any]:
        """The last trade read of each of Binance's symbols."""
        return {
            **self.source.continuity.positions,
            **self.futures_source.continuity.positions,
        }

    def carried(self) -> Mapping[str, int]:
        """Until when symbols were read whose trades have no ids of aggregates."""
        return {} if self.handover is None else self.handover.carried

    def watched_by_source(self) -> tuple[int, int, int]:
        """Events of Binance's spot market, of its futures, and through tardis-machine."""
        beside = self.watch.beside
        return self.watch.events - beside.total(), beside[FUTURES.name], beside[MACHINE]

    def waiting_by_source(self) -> tuple[int, int, int]:
        """Events that have arrived and are not watched yet, likewise."""
        return (
            len(self.source.waiting),
            len(self.futures_source.waiting),
            0 if self._machine is None else len(self._machine.waiting),
        )

    def futures_problem(self) -> str:
        """As FeedHealth's, of the futures."""
        return self.futures_source.status().problem if self.futures is not None else ""
