"""Puts everything together and keeps it running; the only place that knows implementations."""

import asyncio
import itertools
import json
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
from bot.late_targets import LateTargets
from bot.lobby import StoreLobby
from bot.model import Chat, Colours, Draft, Edition
from bot.occasions import Occasion
from bot.outage import OutageWatch
from bot.pace import Pace
from bot.platforms.web import CommandInfo, WebPlatform
from bot.ports import Platform
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
from pipeline.errors import EngineMissing
from pipeline.futures import Futures
from pipeline.market import Market
from pipeline.model import ALL, AnyAlert, Candle, Feed
from pipeline.notes import Told
from pipeline.sources import sockets, tardis_machine
from pipeline.sources.binance import FUTURES, BinanceSource
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.handover import Handover
from pipeline.sources.recorder import Recorder
from pipeline.sources.tardis_listing import Listing
from pipeline.sources.tardis_machine import MachineSource
from pipeline.universe import Universe
from pipeline.venues import foreign, pair_of
from pipeline.warmup import Warmup
from pipeline.watch import Watch

if TYPE_CHECKING:
    from bot.explain.ai import AiExplainer
    from bot.explain.comment import Commentator
    from bot.explain.news_reader import NewsReader

log = logging.getLogger("goraebot")

POSITIONS = "positions:binance"
NO_ID = -1
"""Of trades that came through tardis-machine only the time is known."""
SAVE_S = 1.0
RESUME_WITHIN_MS = 10 * 60_000
"""After a longer stop back-filling every symbol would take more than it is worth: old trades are
no news, and baselines come back by themselves."""
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
        store = await stack.enter_async_context(open_store(settings.database.url, alone=True))
        rest = await stack.enter_async_context(BinanceRest(settings.binance.rest_url))
        scheduler = await stack.enter_async_context(
            scheduled(store, keep_days=settings.delivery.keep_days, now_ms=wall_ms)
        )
        positions, since, seen = await _positions(store)
        baselines = Baselines(await learnt.load(store.learnt, wall_ms()))
        parts = _Parts(
            settings, store, rest, scheduler, simulated, positions, since, seen, baselines
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
        scheduler: Scheduler,
        simulated: bool,
        resume: Mapping[str, tuple[int, int]],
        since: Mapping[str, int],
        seen: Mapping[str, int],
        baselines: Baselines,
    ) -> None:
        self.store = store
        self._rest = rest
        self.bus = LocalBus()
        self.market = Market()
        self.listing = None
        if settings.tardis.machine_url and not simulated:
            self.listing = Listing(settings.tardis.api_url, settings.tardis.sizes)
        self.symbols = Symbols(elsewhere=self.listing)
        self.baselines = baselines
        self.recorder = Recorder(settings.record) if settings.record.enabled else None
        self.source = BinanceSource(settings.binance, rest, resume=resume, tap=self.recorder)
        self.watch = Watch(
            self.market, settings.watch, made=baselines.restore, noted=self.source.note
        )
        if self.recorder is not None:
            for baseline in baselines.kept:
                self.source.note(baseline)
        self.futures = None if simulated or not settings.binance_futures.enabled else Futures()
        self.futures_source = BinanceSource(
            msgspec.structs.replace(settings.binance, ws_url=settings.binance_futures.ws_url),
            # Nothing is asked of it: it keeps the limits of another server than the spot one's.
            BinanceRest(settings.binance.rest_url),
            venue=FUTURES,
        )
        self.machine, self.handover = self._tardis(settings, since, simulated)
        self.universe = Universe(
            settings.market,
            rest,
            self.handover or self.source,
            self.watch,
            changed=self.refresh_symbols,
        )
        self.warmup = Warmup(rest, self.watch, lambda: self.universe.watched)
        self.aftermath = Aftermath(
            store.scorebook,
            self._minutes,
            keep_days=settings.delivery.keep_candle_days,
            now_ms=wall_ms,
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
            rest,
            self.universe.ask_book,
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
        self.context = Context(
            market=self.market,
            directory=self.symbols,
            subscriptions=store,
            schedules=store.timetable,
            preferences=store.preferences,
            targets=self.targets,
            casebook=store.casebook,
            insight=LiveInsight(self.watch, lambda: self.universe.watched),
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
            summary_times=settings.schedule.times,
            zone=settings.schedule.zone,
            ledger=store if settings.ai_key else None,
            daily_budget_usd=settings.ai.daily_budget_usd if settings.ai_key else None,
            monthly_budget_usd=settings.ai.monthly_budget_usd if settings.ai_key else None,
            ai_problem=lambda: self.ai.state().problem if self.ai is not None else "",
            kinds=tuple(settings.detectors),
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
            kinds=[(kind, KIND_NAMES[kind]) for kind in settings.detectors],
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
        )
        self.elaborator = (
            Elaborator(
                store,
                self.ai,
                now_ms=wall_ms,
                wake=self.deliverer.wake,
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
        self.troubles = Troubles(
            database=lambda: store.trouble,
            recording=self._unwritten,
            feed=self.health.feed,
            lost=lambda: self.announcer.lost + self.bus.lost,
            platforms=self.platforms,
            senders=self.deliverer.senders,
            ai=None if self.ai is None else self.ai.state,
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
            ("positions", self._keep_positions()),
            ("warmup", self.warmup.run()),
            ("learnt", self._keep_learnt()),
            ("aftermath", self.aftermath.run()),
            ("easel", self.easel.run()),
        ]
        work += [(platform.name, self._listen(platform, told)) for platform in self.platforms]
        if self.elaborator is not None:
            work.append(("elaborate", self.elaborator.run()))
        if self.futures is not None:
            work.append(("futures", self._follow_futures(self.futures)))
        if self.machine is not None and self.handover is not None:
            work.append(("tardis-machine", self.watch.beside(self.machine, self.bus)))
            work.append(("handover", self.handover.run()))
        if self.listing is not None:
            work.append(("listing elsewhere", self.listing.run()))
        if self.recorder is not None:
            work.append(("record", self.recorder.run()))
            work.append(("recording", self._tell_recording(self.recorder, told)))
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
                    kinds=[(kind, KIND_NAMES[kind]) for kind in settings.detectors],
                    name_of=display_name,
                )
            )
        return found

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
        """Candles of a minute from then on, within what is left of the request weight; none of
        other exchanges' pairs."""
        if foreign(symbol):
            return ()
        return await self._rest.candles(symbol, "1m", limit, since_ms=since_ms, budget="warm")

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
            self.source.note(Told(stored.alert))

    def refresh_symbols(self) -> None:
        """The listing or the turnovers have changed."""
        days = self.market.symbols.items()
        volumes = {symbol: state.day.quote_volume for symbol, state in days if state.day}
        self.symbols.update(self.market.listing, volumes)

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
        """Keep what commands tell of futures. The source keeps trying whatever happens to it, and
        says so in the log; the commands tell how old their figures are."""
        await self.futures_source.follow([Feed(ALL, "liquidation")])
        async with aclosing(self.futures_source.stream()) as events:  # type: ignore[type-var]
            async for event in events:
                futures.on(event)

    def _unwritten(self) -> str:
        recorder = self.recorder
        return trouble(recorder) if recorder is not None and recorder.problem else ""

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
            self.universe.want({s for s in wanted if not foreign(s)}, top=ALL in named)
            if self.handover is not None:
                self.handover.want(wanted)
            await asyncio.sleep(1.0)

    async def _keep_learnt(self) -> None:
        await learnt.keep(self.store.learnt, lambda: self.baselines.collect(self.watch), wall_ms)

    async def _keep_positions(self) -> None:
        """Write down how far each symbol was read: a restart goes on from there.

        Never further than the alerts that have been recorded: a snapshot waits until its trades
        have been watched and the orders they belong to are over (one round), what they raised has
        left the bus, nothing is owed to the database, and the targets that they reached are
        settled.
        """
        snapshot: dict[str, tuple[int, int]] = {}
        raised: int | None = None
        to_watch = crossed = 0
        while True:
            await asyncio.sleep(SAVE_S)
            if not snapshot:
                read = self.source.continuity.positions
                snapshot = {symbol: (trade.id, trade.at_ms) for symbol, trade in read.items()}
                to_watch = self.watch.events + self.source.status().waiting
                if self.machine is not None and self.handover is not None:
                    snapshot |= {s: (NO_ID, at_ms) for s, at_ms in self.handover.carried.items()}
                    to_watch += len(self.machine.waiting)
                raised = None
            elif raised is None and self.watch.events >= to_watch:
                raised, crossed = self.bus.published, self.targets.crossed
            if raised is None or self.announcer.done + self.bus.lost < raised:
                continue
            if self.unrecorded.owed:
                continue
            if self.targets.settled < crossed:
                continue
            try:
                await self.store.set_meta(POSITIONS, json.dumps(snapshot))
            except StoreError as error:
                log.warning("positions are not saved: %s", error)
            snapshot = {}


async def _positions(
    store: Store,
) -> tuple[dict[str, tuple[int, int]], dict[str, int], dict[str, int]]:
    """Where to go on, by id and by time alone; or until when each symbol (ALL: any) had been seen
    when the program has been away for too long to do so."""
    kept = await store.get_meta(POSITIONS)
    if not kept:
        return {}, {}, {}
    try:
        positions = msgspec.json.decode(kept, type=dict[str, tuple[int, int]])
    except msgspec.MsgspecError as error:
        log.warning("positions of the last run are unreadable and left alone: %s", error)
        return {}, {}, {}
    seen = {symbol: at_ms for symbol, (_, at_ms) in positions.items()}
    newest_ms = max(seen.values(), default=0)
    if wall_ms() - newest_ms > RESUME_WITHIN_MS:
        log.info("the last run is too long ago to go on from")
        return {}, {}, {**seen, ALL: newest_ms}
    by_time = {symbol: at_ms for symbol, (number, at_ms) in positions.items() if number == NO_ID}
    by_id = {symbol: last for symbol, last in positions.items() if symbol not in by_time}
    return by_id, by_time, {}


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
