"""Puts everything together and keeps it running; the only place that knows implementations."""

import asyncio
import itertools
import logging
import signal
import time
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec

from bot import learnt, loops
from bot.aftermath import Aftermath
from bot.alarm import Alarm
from bot.album import Album
from bot.announce import Announcer
from bot.answer import Answerer, catalog, is_command
from bot.claim import claimed_bot
from bot.command import Context
from bot.commands import COMMANDS, spread, summary
from bot.compose import group_greeting
from bot.deliver import Deliverer
from bot.digest import Digests
from bot.easel import Easel
from bot.elaborate import Elaborator
from bot.erase import ChatEraser
from bot.errors import SettingsError, StoreError
from bot.exchange import LiveExchange
from bot.explain.template import TemplateExplainer
from bot.health import LiveHealth, Operation, metrics_of
from bot.health_words import problem_text
from bot.insight import LiveInsight
from bot.korean import KIND_NAMES, display_name
from bot.lag import Lag
from bot.late_targets import LateTargets
from bot.lobby import StoreLobby
from bot.model import Chat, Colours, Draft, Edition
from bot.occasions import Occasion
from bot.outage import OutageWatch
from bot.pace import Pace
from bot.platforms.web import CommandInfo, WebPlatform
from bot.ports import Platform
from bot.positions import Positions, Read, by_time, last_run
from bot.reckoner import Reckoner
from bot.record import trouble
from bot.schedule import Agenda, Scheduler, scheduled
from bot.settings import Settings
from bot.store import Store, open_store
from bot.surveyor import MarketSurveyor
from bot.symbols import Symbols
from bot.targets import TargetWatch
from bot.thresholds import own_bars, usual_wanted
from bot.troubles import Troubles
from bot.unrecorded import Unrecorded
from pipeline.baselines import Baselines
from pipeline.bus import LocalBus
from pipeline.detectors import KINDS
from pipeline.errors import EngineMissing
from pipeline.futures import Futures
from pipeline.futures_universe import FuturesUniverse
from pipeline.korea import Korea
from pipeline.market import Market
from pipeline.model import ALL, AnyAlert, Candle, bare
from pipeline.notes import Note, Told, by_market
from pipeline.silence import Watchdog
from pipeline.sources import rest_api, sockets, tardis_machine
from pipeline.sources.binance import FUTURES, BinanceSource
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
from pipeline.won import Won

if TYPE_CHECKING:
    from bot.explain.ai import AiExplainer
    from bot.explain.comment import Commentator
    from bot.explain.news_reader import NewsReader

log = logging.getLogger("goraebot")

MACHINE = "tardis-machine"
"""As the watch counts its events, beside those of ``FUTURES.name``."""
REMEMBER_MS = 3_600_000

_INSTEAD = {"unreachable": " 네트워크 없이 보려면: make demo"}


def wall_ms() -> int:
    """The wall clock in milliseconds."""
    return time.time_ns() // 1_000_000


async def serve(
    settings: Settings,
    *,
    simulated: bool = False,
    opened: Callable[[str], None] = lambda url: None,
    told: Callable[[str], None] = lambda line: None,
    stop: asyncio.Event | None = None,
) -> None:
    """Run until a signal or ``stop``. ``opened`` is told the web chat's address once it is open,
    ``told`` in one Korean line when market data fails and when it is back.

    Raises SettingsError for what an operator must mend first, StoreError for an unusable database.
    """
    stop = stop or asyncio.Event()
    try:
        engine = sockets.chosen(settings.binance.engine)
    except EngineMissing as error:
        raise SettingsError(f"[binance] engine: {error}") from error
    log.info("market data over %s %s, on %s", engine, version(engine), loops.name())
    async with AsyncExitStack() as stack:
        for platform, token, api_url in (
            ("telegram", settings.telegram_token, settings.telegram.api_url),
            ("discord", settings.discord_token, settings.discord.api_url),
        ):
            if token:
                stack.enter_context(claimed_bot(platform, token, api_url))
        store = await stack.enter_async_context(open_store(settings.database.url, alone=True))
        rest = await stack.enter_async_context(BinanceRest(settings.binance.rest_url))
        futures_rest = await stack.enter_async_context(
            BinanceRest(settings.binance_futures.rest_url, api=rest_api.FUTURES)
        )
        scheduler = await stack.enter_async_context(
            scheduled(store, keep_days=settings.delivery.keep_days, now_ms=wall_ms)
        )
        positions, seen = await last_run(store, wall_ms())
        baselines = Baselines(await learnt.load(store.learnt, wall_ms()))
        parts = _Parts(
            settings, store, rest, futures_rest, scheduler, simulated, positions, seen, baselines
        )
        await parts.remember_sent()
        loop = asyncio.get_running_loop()
        await parts.start(stack)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
            stack.callback(loop.remove_signal_handler, number)
        loops.settle()
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(work, name=name) for name, work in parts.work(opened, told)
            ]
            await stop.wait()
            log.info("stopping")
            for task in running:
                task.cancel()


class _Parts:
    """Every part of the running program, wired."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        rest: BinanceRest,
        futures_rest: BinanceRest,
        scheduler: Scheduler,
        simulated: bool,
        read: Read,
        seen: Mapping[str, int],
        baselines: Baselines,
    ) -> None:
        self.store = store
        since = by_time(read)
        resume = {symbol: last for symbol, last in read.items() if symbol not in since}
        self._rest = rest
        self._futures_rest = futures_rest
        self.bus = LocalBus()
        self.market = Market()
        self.listing = None
        if settings.tardis.machine_url and not simulated:
            self.listing = Listing(settings.tardis.api_url, settings.tardis.sizes)
        self.symbols = Symbols(elsewhere=self.listing)
        self.baselines = baselines
        self.futures = Futures() if settings.binance_futures.enabled else None
        self.recorder = self.futures_recorder = None
        if settings.record.enabled:
            self.recorder = Recorder(settings.record)
        if settings.record.enabled and self.futures is not None:
            self.futures_recorder = Recorder(settings.record, venue=FUTURES.name)
        self.source = BinanceSource(
            settings.binance,
            rest,
            resume={s: at for s, at in resume.items() if s == bare(s)},
            tap=self.recorder,
        )
        self.watch = Watch(self.market, settings.watch, made=baselines.restore, noted=self._note)
        self.futures_source = BinanceSource(
            msgspec.structs.replace(settings.binance, ws_url=settings.binance_futures.ws_url),
            futures_rest,
            resume={s: at for s, at in resume.items() if s != bare(s)},
            venue=FUTURES,
            tap=self.futures_recorder,
        )
        if self.recorder is not None:
            for baseline in baselines.kept:
                self._note(baseline)
        self.futures_universe = FuturesUniverse(
            futures_rest, self.futures_source, self.watch, changed=self.refresh_symbols
        )
        self.watchdog = Watchdog(
            futures_rest,
            self.futures_source,
            self.futures or Futures(),
            lambda: self.futures_universe.watched,
        )
        self.machine, self.handover = self._tardis(settings, since, simulated)
        self.universe = Universe(
            settings.market,
            rest,
            self.handover or self.source,
            self.watch,
            changed=self.refresh_symbols,
        )
        self.won = Won() if settings.upbit.enabled else None
        self.korea = None if self.won is None else self._korea(settings, self.won)
        self.warmup = Warmup(rest, self.watch, lambda: self.universe.watched)
        self.futures_warmup = Warmup(
            futures_rest, self.watch, lambda: self.futures_universe.watched
        )
        self.aftermath = Aftermath(
            store.scorebook,
            self._minutes,
            keep_days=settings.delivery.keep_candle_days,
            now_ms=wall_ms,
        )
        self.reckoner = Reckoner(
            store.outcomebook,
            self._candles,
            keep_days=settings.delivery.keep_record_days,
            # A simulated market's time may run faster or slower than ours.
            now_ms=lambda: (
                self.market.newest_ms if simulated else min(self.market.newest_ms, wall_ms())
            ),
        )
        self.health = LiveHealth(
            self.source,
            self.universe,
            lambda: self.deliverer.queued,
            simulated=simulated,
            handover=self.handover,
        )
        self.lobby = StoreLobby(store, group_greeting(simulated))
        self.ai = self._ai(settings)
        self.album = Album(store.picturebook, now_ms=wall_ms)
        self.easel = Easel(self.album)
        exchange = LiveExchange(
            self.market,
            self._rest_of,
            lambda symbol: self.universe.ask_book(symbol) if symbol == bare(symbol) else None,
            flowing=lambda: self.health.feed().ok,
            follow=None if self.handover is None else self.handover.ask,
        )
        self.targets = TargetWatch(
            store,
            self.watch.levels,
            lookup=self.symbols.get,
            now_ms=wall_ms,
            newest_ms=lambda: self.market.newest_ms,
            wake=lambda: self.deliverer.wake(),
        )
        self._seen = seen
        self.late_targets = LateTargets(
            store,
            self.targets,
            self._minutes,
            now_ms=wall_ms,
            wake=lambda: self.deliverer.wake(),
        )
        kinds = tuple(
            kind
            for kind in settings.detectors
            if KINDS[kind].of == "trades" or self.futures is not None
        )
        self.context = Context(
            market=self.market,
            directory=self.symbols,
            subscriptions=store,
            schedules=store.timetable,
            preferences=store.preferences,
            targets=self.targets,
            casebook=store.casebook,
            insight=LiveInsight(
                self.watch,
                lambda: {
                    *self.universe.watched,
                    *self.futures_universe.watched,
                    *(self.handover.pairs if self.handover is not None else ()),
                },
            ),
            hindsight=self.reckoner,
            eraser=ChatEraser(
                store,
                (
                    self.targets.forget,
                    lambda chat: self.unrecorded.forget(chat),
                    lambda chat: self.deliverer.forget(chat),
                    lambda chat: self.web.forget(chat) if chat.platform == self.web.name else None,
                ),
                now_ms=wall_ms,
            ),
            journal=store,
            exchange=exchange,
            health=self.health,
            surveyor=MarketSurveyor(
                self.market,
                self.symbols,
                exchange,
                store,
                store.scorebook,
                now_ms=wall_ms,
                clock=time.monotonic,
            ),
            commentator=self._commentator(),
            charts=self.easel,
            news=self._news(),
            futures=self.futures,
            won=self.won,
            summary_times=settings.schedule.times,
            zone=settings.schedule.zone,
            ledger=store if settings.ai_key else None,
            daily_budget_usd=settings.ai.daily_budget_usd if settings.ai_key else None,
            monthly_budget_usd=settings.ai.monthly_budget_usd if settings.ai_key else None,
            ai_problem=lambda: self.ai.state().problem if self.ai is not None else "",
            kinds=kinds,
            floors=settings.floors,
            now_ms=wall_ms,
            simulated=simulated,
            version=version("goraebot"),
            commands=lambda: tuple(COMMANDS.values()),
        )
        self.answer = Answerer(
            self.context, operators=settings.bot.operators, pace=Pace(settings.pace)
        )
        self.web = WebPlatform(
            host=settings.web.host,
            port=settings.web.port,
            password=settings.web_password,
            simulated=simulated,
            commands=_menu(),
            directory=self.symbols,
            health=self.health,
            metrics=lambda: self.metrics(),
            troubles=lambda: self.alarm.standing,
            version=self.context.version,
            history=lambda chat: store.delivered(chat, 100),
            kinds=[(kind, KIND_NAMES[kind]) for kind in kinds],
            name_of=display_name,
            watching=self._watching,
            album=self.album,
        )
        self.platforms: list[Platform] = [self.web] if settings.web.enabled else []
        self.platforms += self._messengers(settings)
        if not self.platforms:
            raise SettingsError(
                "no platform: set TELEGRAM_BOT_TOKEN, DISCORD_BOT_TOKEN or [web] enabled"
            )
        self.deliverer = Deliverer(store, self.platforms, now_ms=wall_ms)
        self.unrecorded = Unrecorded(store, self.deliverer, now_ms=wall_ms)
        self.announcer = Announcer(
            store,
            TemplateExplainer(self.symbols.get),
            lookup=self.symbols.get,
            platforms=[platform.name for platform in self.platforms],
            expires_s=settings.delivery.expires_s,
            now_ms=wall_ms,
            newest_ms=lambda: self.market.newest_ms,
            wake=self.deliverer.wake,
            unrecorded=self.unrecorded,
            elaborate=self._elaborate,
            price_of=self._price,
            past=self.reckoner.before,
            won_per_dollar=lambda: None if self.won is None else self.won.per_dollar(wall_ms()),
        )
        self.elaborator = (
            Elaborator(
                store,
                self.ai,
                now_ms=wall_ms,
                wake=self.deliverer.wake,
                unrecorded=self.unrecorded,
            )
            if self.ai is not None
            else None
        )
        self.agenda = Agenda(
            store,
            scheduler,
            self._occasion,
            now_ms=wall_ms,
            wake=self.deliverer.wake,
            keep=self.album.keep,
        )
        self.digests = Digests(
            store,
            lookup=self.symbols.get,
            now_ms=wall_ms,
            wake=self.deliverer.wake,
            fetch=self._minutes,
        )
        self.outage = OutageWatch(
            store,
            self.health.feed,
            stale_s=settings.delivery.stale_s,
            now_ms=wall_ms,
            wake=self.deliverer.wake,
            catching_up=lambda: self.source.continuity.busy,
            absent_since_ms=seen.get(ALL),
        )
        self.positions = Positions(
            store,
            self.watch,
            read=lambda: {
                **self.source.continuity.positions,
                **self.futures_source.continuity.positions,
            },
            carried=lambda: {} if self.handover is None else self.handover.carried,
            watched=self._watched_by_source,
            waiting=lambda: (
                len(self.source.waiting),
                len(self.futures_source.waiting),
                0 if self.machine is None else len(self.machine.waiting),
            ),
            raised=lambda: self.bus.published,
            settled=lambda: self.announcer.done + self.bus.lost,
            owed=lambda: self.unrecorded.behind,
            crossed=lambda: self.targets.crossed,
            told=lambda: self.targets.settled,
        )
        self.troubles = Troubles(
            database=lambda: store.trouble,
            recording=self._unwritten,
            feed=self.health.feed,
            lost=lambda: self.announcer.lost + self.bus.lost + self.deliverer.dropped,
            platforms=self.platforms,
            senders=self.deliverer.senders,
            ai=None if self.ai is None else self.ai.state,
            futures=lambda: (
                self.futures_source.status().problem if self.futures is not None else ""
            ),
            stale_s=settings.delivery.stale_s,
            folder=settings.database.folder,
            low_disk_bytes=settings.database.low_disk_mb * 1e6,
            now_ms=wall_ms,
        )
        self.alarm = Alarm(
            self.troubles.now,
            self.platforms,
            [Chat(*name.split(":", 2)) for name in settings.bot.told],
            now_ms=wall_ms,
        )
        self.lag = Lag()
        self.metrics = metrics_of(
            self.source,
            self.watch,
            self.bus,
            self.announcer,
            self.deliverer,
            Operation(
                self.platforms,
                self.troubles,
                standing=lambda: self.alarm.standing,
                unrecorded=lambda: self.unrecorded.owed,
                ai=None if self.ai is None else self.ai.state,
                lag=self.lag,
                version=self.context.version,
            ),
            self.recorder,
        )

    def work(
        self, opened: Callable[[str], None], told: Callable[[str], None]
    ) -> list[tuple[str, Coroutine[Any, Any, None]]]:
        """What runs side by side, by name."""
        work: list[tuple[str, Coroutine[Any, Any, None]]] = [
            ("announce", self.announcer.run(self.bus)),
            ("deliver", self.deliverer.run()),
            ("unrecorded", self.unrecorded.run()),
            ("watch", self.watch.run(self.source, self.bus)),
            ("targets", self.targets.run()),
            ("late targets", self.late_targets.run()),
            ("universe", self.universe.run()),
            ("outage", self.outage.run()),
            ("agenda", self.agenda.run()),
            ("digests", self.digests.run()),
            ("problems", self._tell_problems(told)),
            ("alarm", self.alarm.run()),
            ("subscribed books", self._follow_subscriptions()),
            ("positions", self.positions.run()),
            ("warmup", self.warmup.run()),
            ("learnt", self._keep_learnt()),
            ("aftermath", self.aftermath.run()),
            ("reckoner", self.reckoner.run()),
            ("easel", self.easel.run()),
            ("lag", self.lag.run()),
        ]
        work += [(platform.name, self._listen(platform, told)) for platform in self.platforms]
        if self.elaborator is not None:
            work.append(("elaborate", self.elaborator.run()))
        if self.futures is not None:
            work.append(("futures", self._follow_futures(self.futures)))
            work.append(("futures universe", self.futures_universe.run()))
            work.append(("futures silence", self.watchdog.run()))
            work.append(("futures warmup", self.futures_warmup.run()))
        if self.machine is not None and self.handover is not None:
            machine = self.watch.follow_beside(self.machine, self.bus, MACHINE)
            work.append(("tardis-machine", machine))
            work.append(("handover", self.handover.run()))
        if self.listing is not None:
            work.append(("listing elsewhere", self.listing.run()))
        if self.korea is not None:
            work.append(("korea", self.korea.run()))
        for recorder in self._recorders:
            work.append(("record", recorder.run()))
            work.append(("recording", self._tell_recording(recorder, told)))
        if self.web in self.platforms:
            work.append(("address", self._tell_address(opened)))
        return work

    def _tardis(
        self, settings: Settings, since: Mapping[str, int], simulated: bool
    ) -> tuple[MachineSource | None, Handover | None]:
        """tardis-machine, where there is one. What is recorded is what Binance itself sends, so
        then it does not carry Binance's trades."""
        of = settings.tardis
        if not of.machine_url or simulated:
            return None, None
        machine = MachineSource(
            tardis_machine.Settings(of.machine_url, of.silence_s, of.sizes),
            open_socket=partial(sockets.open_socket, engine=settings.binance.engine),
        )
        handover = Handover(
            self.source,
            machine,
            self._rest,
            spot=of.binance and self.recorder is None,
            always=[pair_of(symbol).info.symbol for symbol in of.symbols],
            since=since,
            return_s=of.return_s,
            now_ms=wall_ms,
        )
        return machine, handover

    def _messengers(self, settings: Settings) -> list[Platform]:
        """The platforms whose tokens are there; their libraries are loaded for nobody else."""
        found: list[Platform] = []
        if settings.telegram_token:
            from bot.platforms.telegram import TelegramPlatform

            found.append(
                TelegramPlatform(
                    settings.telegram_token,
                    catalog=catalog(),
                    is_command=is_command,
                    lobby=self.lobby,
                    album=self.album,
                    api_url=settings.telegram.api_url,
                )
            )
        if settings.discord_token:
            from bot.platforms.discord import DiscordPlatform

            found.append(
                DiscordPlatform(
                    settings.discord_token,
                    catalog=catalog(),
                    directory=self.symbols,
                    lobby=self.lobby,
                    album=self.album,
                    get_meta=self.store.get_meta,
                    set_meta=self.store.set_meta,
                    api_url=settings.discord.api_url,
                    kinds=[(kind, KIND_NAMES[kind]) for kind in self.context.kinds],
                    name_of=display_name,
                )
            )
        return found

    def _korea(self, settings: Settings, won: Won) -> Korea:
        """What keeps prices in won, and tells the watch of premiums."""
        return Korea(
            won,
            UpbitSource(
                settings.upbit,
                open_socket=partial(sockets.open_socket, engine=settings.binance.engine),
            ),
            markets=lambda: won_markets(settings.upbit.rest_url),
            rate=lambda: exchange_rate(settings.fx.url, wall_ms()),
            refresh_s=settings.fx.refresh_s,
            market=self.market,
            watched=lambda: self.universe.watched,
            tell=lambda premium: self.watch.compare(premium, self.bus),
        )

    def _ai(self, settings: Settings) -> "AiExplainer | None":
        """The explainer, if there is a key."""
        if not settings.ai_key or not settings.ai.enabled:
            return None
        from bot.explain.ai import AiExplainer
        from bot.explain.gateway import Gateway
        from bot.explain.prompts import load_prompts

        return AiExplainer(
            settings.ai,
            Gateway(settings.ai.base_url, settings.ai_key),
            prompts=load_prompts(),
            ledger=self.store,
            lookup=self.symbols.get,
            now_ms=wall_ms,
            past=self.reckoner.before,
        )

    def _commentator(self) -> "Commentator | None":
        """Who comments on answers, if there is a model to ask."""
        if self.ai is None:
            return None
        from bot.explain.comment import Commentator

        return Commentator(self.ai)

    def _news(self) -> "NewsReader | None":
        """Who reads pasted news, if there is a model to ask."""
        if self.ai is None:
            return None
        from bot.explain.news_reader import NewsReader

        return NewsReader(self.ai)

    async def _occasion(self, occasion: Occasion, colours: Collection[Colours]) -> Edition:
        """What is due by the clock, for chats of these colours. Raises UserError while it cannot
        be made."""
        if occasion.task == "summary":
            survey = await self.context.surveyor.survey()
            return await summary.edition(self.context, survey, occasion.at, colours)
        info = self.symbols.find(occasion.symbol)
        book = await self.context.exchange.book(info.symbol, spread.LEVELS)
        answer = spread.answer(self.context, info, book)
        draft = answer if isinstance(answer, Draft) else None
        plain = msgspec.structs.replace(draft.first if draft else answer, silent=True)
        return Edition(dict.fromkeys(colours, plain), draft.later if draft else None)

    def _elaborate(self, alert: AnyAlert) -> None:
        if self.elaborator is not None:
            self.elaborator.put(alert)

    async def start(self, stack: AsyncExitStack) -> None:
        """Begin what must not wait for the first alert, or the first trade."""
        await self.targets.follow()
        await self.late_targets.begin(self._seen)
        if self.ai is not None:
            stack.push_async_callback(self.ai.close)
            await self.ai.start()

    async def _minutes(self, symbol: str, since_ms: int, limit: int) -> Sequence[Candle]:
        """Candles of a minute from then on, within what is left of the request weight."""
        return await self._candles(symbol, "1m", since_ms, limit)

    async def _candles(
        self, symbol: str, interval: str, since_ms: int, limit: int
    ) -> Sequence[Candle]:
        """As ``_minutes``, of any length; none of other exchanges' pairs."""
        if foreign(symbol):
            return ()
        rest = self._rest_of(symbol)
        return await rest.candles(symbol, interval, limit, since_ms=since_ms, budget="warm")

    def _rest_of(self, symbol: str) -> BinanceRest:
        """Whom to ask about a symbol of Binance's."""
        return self._rest if symbol == bare(symbol) else self._futures_rest

    def _price(self, symbol: str) -> float | None:
        """None for other exchanges' pairs: nobody could tell what became of it."""
        if foreign(symbol):
            return None
        state = self.market.symbols.get(symbol)
        return state.price if state is not None else None

    async def _listen(self, platform: Platform, told: Callable[[str], None]) -> None:
        """Listen on a platform. A refused token is told loudly, and the others go on."""
        try:
            await platform.listen(self.answer)
        except* SettingsError as errors:
            if len(self.platforms) == 1 or platform is self.web:
                raise
            for error in errors.exceptions:
                log.error("%s is off: %s", platform.name, error)
                told(f"❌ {platform.name}: {error}")

    async def remember_sent(self) -> None:
        """Cooldowns outlast a restart."""
        since_ms = wall_ms() - REMEMBER_MS
        for stored in await self.store.recent(ALL, None, since_ms, 5_000):
            self.watch.gate.remember(stored.alert)
            self._note(Told(stored.alert))

    def refresh_symbols(self) -> None:
        """The listing or the turnovers have changed."""
        days = self.market.symbols.items()
        volumes = {symbol: state.day.quote_volume for symbol, state in days if state.day}
        self.symbols.update(self.market.listing, volumes, self.market.contracts)

    async def _tell_address(self, opened: Callable[[str], None]) -> None:
        await self.web.ready.wait()
        opened(self.web.url)

    async def _tell_problems(self, told: Callable[[str], None]) -> None:
        """One line when the market data's state changes, for whoever started the program."""
        known = "connecting"
        while True:
            problem = self.health.feed().problem
            if problem != known and problem != "connecting":
                if problem:
                    told(f"⚠️ {problem_text(problem)}{_INSTEAD.get(problem, '')}")
                elif known != "connecting":
                    told("✅ 시세가 다시 들어옵니다.")
                known = problem
            await asyncio.sleep(1.0)

    async def _follow_futures(self, futures: Futures) -> None:
        """Watch futures, and keep what commands tell of them. The source keeps trying whatever
        happens to it, and says so in the log; the commands tell how old their figures are."""
        async with aclosing(self.futures_source.stream()) as events:  # type: ignore[type-var]
            async for event in events:
                futures.on(event)
                self.watch.tell(event, self.bus, FUTURES.name)

    def _watched_by_source(self) -> tuple[int, int, int]:
        """Events of Binance's spot market, of its futures, and through tardis-machine."""
        beside = self.watch.beside
        return self.watch.events - beside.total(), beside[FUTURES.name], beside[MACHINE]

    def _unwritten(self) -> str:
        return next((trouble(one) for one in self._recorders if one.problem), "")

    @property
    def _recorders(self) -> list[Recorder]:
        return [one for one in (self.recorder, self.futures_recorder) if one is not None]

    def _note(self, note: Note) -> None:
        """Into the recording of the market that it is about."""
        for of_futures, one in by_market(note):
            (self.futures_source if of_futures else self.source).note(one)

    async def _tell_recording(self, recorder: Recorder, told: Callable[[str], None]) -> None:
        """One line when the recording cannot be written, and one when it can again."""
        known = ""
        while True:
            if recorder.problem != known:
                known = recorder.problem
                told(trouble(recorder))
            await asyncio.sleep(1.0)

    async def _watching(self, chat: Chat) -> list[str]:
        state = await self.store.chat(chat)
        lines = []
        for subscription in state.subscriptions:
            info = self.symbols.get(subscription.symbol)
            what = "모든 종목" if subscription.symbol == ALL else subscription.symbol
            kind = "모든 알림" if subscription.kind == ALL else KIND_NAMES[subscription.kind]
            lines.append(f"{display_name(info) if info else what} · {kind}")
        return lines

    async def _follow_subscriptions(self) -> None:
        """Watch what subscriptions and targets need, with books where they do, let through what a
        chat wants though it is usual, and keep search ranked by turnover."""
        revision = -1
        named: set[str] = set()
        for second in itertools.count():
            if self.store.revision != revision:
                revision = self.store.revision
                try:
                    chats = await self.store.audience()
                    named = {s.symbol for state in chats for s in state.subscriptions}
                    self.watch.gate.wanted = usual_wanted(s.settings for s in chats)
                    self.watch.gate.bars = own_bars(s.settings for s in chats)
                except StoreError as error:
                    log.warning("subscriptions cannot be read: %s", error)
                    revision = -1
            # Turnovers are known a few seconds after the start, and change slowly.
            if second % 30 == 5 and self.market.listing:
                self.refresh_symbols()
            wanted = (named - {ALL}) | self.targets.symbols
            ours = {symbol for symbol in wanted if not foreign(symbol)}
            self.universe.want({s for s in ours if s == bare(s)}, top=ALL in named)
            self.futures_universe.want({s for s in ours if s != bare(s)})
            if self.handover is not None:
                self.handover.want(wanted)
            await asyncio.sleep(1.0)

    async def _keep_learnt(self) -> None:
        await learnt.keep(self.store.learnt, lambda: self.baselines.collect(self.watch), wall_ms)


def _menu() -> list[CommandInfo]:
    """What the page offers; as on Telegram, commands of operators are listed nowhere."""
    return [
        CommandInfo(
            name=command.name,
            korean=command.korean,
            description=command.description,
            example=command.example,
            parameters=tuple(parameter.kind for parameter in command.parameters),
        )
        for command in COMMANDS.values()
        if command.who != "operators"
    ]
