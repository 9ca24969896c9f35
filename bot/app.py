"""Puts everything together and keeps it running; with bot/wiring the only place that knows
implementations."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from importlib.metadata import version

from bot import learnt, loops
from bot.aftermath import Aftermath
from bot.album import Album
from bot.announce import Announcer
from bot.answer import Answerer
from bot.claim import claimed_bot
from bot.command import Context
from bot.commands import COMMANDS
from bot.compose_welcome import group_greeting
from bot.deliver import Deliverer
from bot.digest import Digests
from bot.easel import Easel
from bot.elaborate import Elaborator
from bot.ending import Ending
from bot.erase import ChatEraser
from bot.errors import SettingsError
from bot.explain.template import TemplateExplainer
from bot.insight import LiveInsight
from bot.korean import KIND_NAMES, display_name
from bot.late_targets import LateTargets
from bot.lobby import StoreLobby
from bot.model import Unreal
from bot.outage import OutageWatch
from bot.pace import Pace
from bot.platforms.web import WebPlatform
from bot.ports import Platform
from bot.positions import Positions, last_run
from bot.reckoner import Reckoner
from bot.schedule import Agenda, Scheduler, scheduled
from bot.settings import Settings
from bot.store import Store, open_store, using
from bot.surveyor import MarketSurveyor
from bot.targets import TargetWatch
from bot.unreal import marked
from bot.unrecorded import Unrecorded
from bot.wiring.markets import Markets, Work, live, wall_ms
from bot.wiring.models import commentator, explainer, news_reader
from bot.wiring.past import PastMarkets
from bot.wiring.platforms import history, menu, messengers, watching
from bot.wiring.supervision import Supervision, Tell
from bot.wiring.wants import edition_of, follow_subscriptions
from pipeline.baselines import Baselines
from pipeline.detectors import KINDS
from pipeline.errors import EngineMissing
from pipeline.model import ALL, AnyAlert
from pipeline.sources import sockets
from pipeline.sources.tardis import TardisReplaySource

log = logging.getLogger("goraebot")

REMEMBER_MS = 3_600_000


async def serve(
    settings: Settings,
    *,
    unreal: Unreal | None = None,
    past: TardisReplaySource | None = None,
    opened: Callable[[str], None] = lambda url: None,
    told: Callable[[str], None] = lambda line: None,
    stop: asyncio.Event | None = None,
) -> None:
    """Run until a signal or ``stop``. ``opened`` is told the web chat's address once it is open,
    ``told`` in one Korean line when market data fails and when it is back. ``unreal`` is the market
    where it is not the one of this moment, ``past`` what is replayed in its place.

    Raises SettingsError for what an operator must mend first, StoreError for an unusable database.
    """
    stop = stop or asyncio.Event()
    try:
        engine = sockets.chosen(settings.binance.engine)
    except EngineMissing as error:
        raise SettingsError(f"[binance] engine: {error}") from error
    log.info("market data over %s %s, on %s", engine, version(engine), loops.name())
    async with AsyncExitStack() as stack:
        guard = await stack.enter_async_context(loops.Guard())
        for platform, token, api_url in (
            ("telegram", settings.telegram_token, settings.telegram.api_url),
            ("discord", settings.discord_token, settings.discord.api_url),
        ):
            if token:
                stack.enter_context(claimed_bot(platform, token, api_url))
        store = await stack.enter_async_context(open_store(settings.database.url, alone=True))
        ending = await stack.enter_async_context(Ending(store))
        markets: Markets | PastMarkets
        seen: Mapping[str, int] = {}
        with using(store.place):
            if past is not None:
                markets = PastMarkets(settings, past)
            else:
                read, seen = await last_run(store, wall_ms())
                baselines = Baselines(await learnt.load(store.learnt, wall_ms()))
                markets = await live(settings, stack, unreal=unreal, read=read, baselines=baselines)
            scheduler = await stack.enter_async_context(
                scheduled(store, keep_days=settings.delivery.keep_days, now_ms=markets.now_ms)
            )
            parts = _Parts(settings, store, markets, scheduler, unreal, seen, ending)
            await parts.remember_sent()
            await parts.start(stack)
        loops.heed_signals(stop.set, stack)
        loops.settle()

        def ends(task: asyncio.Task[None]) -> None:
            if task.cancelled() or task.exception() is not None:  # and so do all others
                guard.last()

        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(work, name=name) for name, work in parts.work(opened, told)
            ]
            for task in running:
                task.add_done_callback(ends)
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
        markets: Markets | PastMarkets,
        scheduler: Scheduler,
        unreal: Unreal | None,
        seen: Mapping[str, int],
        ending: Ending,
    ) -> None:
        now_ms = markets.now_ms
        self.store = store
        self.markets = markets
        self.market, self.watch, self.symbols = markets.market, markets.watch, markets.symbols
        self.aftermath = Aftermath(
            store.scorebook,
            markets.minutes,
            keep_days=settings.delivery.keep_candle_days,
            now_ms=now_ms,
        )
        self.reckoner = Reckoner(
            store.outcomebook,
            markets.candles,
            keep_days=settings.delivery.keep_record_days,
            # A simulated market's time may run faster or slower than ours.
            now_ms=lambda: (
                min(self.market.newest_ms, now_ms()) if unreal is None else self.market.newest_ms
            ),
        )
        self.health = markets.health(lambda: self.deliverer.queued, unreal)
        self.lobby = StoreLobby(store, group_greeting(unreal))
        self.ai = explainer(settings, store, self.symbols, past=self.reckoner.before, now_ms=now_ms)
        self.album = Album(store.picturebook, now_ms=now_ms)
        self.easel = Easel(self.album)
        self.targets = TargetWatch(
            store,
            self.watch.levels,
            lookup=self.symbols.get,
            now_ms=now_ms,
            newest_ms=lambda: self.market.newest_ms,
            wake=lambda: self.deliverer.wake(),
        )
        self._seen = seen
        self.late_targets = LateTargets(
            store,
            self.targets,
            markets.minutes,
            now_ms=now_ms,
            wake=lambda: self.deliverer.wake(),
        )
        kinds = tuple(
            kind
            for kind in settings.detectors
            if (KINDS[kind].of == "trades" or markets.futures is not None)
            and (kind != "kimchi" or markets.won is not None)
        )
        self.context = self._context(settings, kinds, unreal)
        self.answer = Answerer(
            self.context, operators=settings.bot.operators, pace=Pace(settings.pace)
        )
        self.web = self._web_chat(settings, kinds, unreal)
        self.platforms: list[Platform] = [self.web] if settings.web.enabled else []
        self.platforms += messengers(
            settings,
            store,
            symbols=self.symbols,
            lobby=self.lobby,
            album=self.album,
            kinds=kinds,
            unreal=unreal,
        )
        if not self.platforms:
            raise SettingsError(
                "no platform: set TELEGRAM_BOT_TOKEN, DISCORD_BOT_TOKEN or [web] enabled"
            )
        self.deliverer = Deliverer(
            store, self.platforms, now_ms=now_ms, marked=partial(marked, unreal=unreal)
        )
        self.unrecorded = Unrecorded(store, self.deliverer, now_ms=now_ms)
        self.announcer = Announcer(
            store,
            TemplateExplainer(self.symbols.get),
            lookup=self.symbols.get,
            platforms=[platform.name for platform in self.platforms],
            expires_s=settings.delivery.expires_s,
            now_ms=now_ms,
            newest_ms=lambda: self.market.newest_ms,
            wake=self.deliverer.wake,
            unrecorded=self.unrecorded,
            elaborate=self._elaborate,
            price_of=markets.price,
            past=self.reckoner.before,
            rate=markets.rate,
        )
        self.elaborator = None
        if self.ai is not None:
            self.elaborator = Elaborator(
                store,
                self.ai,
                now_ms=now_ms,
                wake=self.deliverer.wake,
                unrecorded=self.unrecorded,
            )
        self.digests = Digests(
            store,
            lookup=self.symbols.get,
            now_ms=now_ms,
            wake=self.deliverer.wake,
            fetch=markets.minutes,
        )
        self._begin_lasting: Callable[[], Work] = list
        if isinstance(markets, Markets):
            self._begin_lasting = partial(self._lasting, settings, markets, scheduler, seen)
        self.supervision = Supervision(
            settings,
            store,
            markets,
            self.health,
            self.platforms,
            self.announcer,
            self.deliverer,
            self.unrecorded,
            self.ai,
            broke_off=ending.broke_off,
            version=self.context.version,
            now_ms=now_ms,
        )

    def _context(self, settings: Settings, kinds: Sequence[str], unreal: Unreal | None) -> Context:
        """What commands see."""
        now_ms = self.markets.now_ms
        exchange = self.markets.exchange(lambda: self.health.feed().ok)
        return Context(
            market=self.market,
            directory=self.symbols,
            subscriptions=self.store,
            schedules=self.store.timetable,
            preferences=self.store.preferences,
            targets=self.targets,
            casebook=self.store.casebook,
            insight=LiveInsight(self.watch, self.markets.watched),
            hindsight=self.reckoner,
            eraser=ChatEraser(
                self.store,
                (
                    self.targets.forget,
                    lambda chat: self.unrecorded.forget(chat),
                    lambda chat: self.deliverer.forget(chat),
                    lambda chat: self.announcer.forget(chat),
                    lambda chat: self.web.forget(chat) if chat.platform == self.web.name else None,
                ),
                now_ms=now_ms,
            ),
            journal=self.store,
            exchange=exchange,
            health=self.health,
            surveyor=MarketSurveyor(
                self.market,
                self.symbols,
                exchange,
                self.store,
                self.store.scorebook,
                age_ms=lambda: self.health.feed().age_ms,
                now_ms=now_ms,
                clock=time.monotonic,
            ),
            commentator=commentator(self.ai),
            charts=self.easel,
            news=news_reader(self.ai),
            futures=self.markets.futures,
            won=self.markets.won,
            summary_times=settings.schedule.times,
            zone=settings.schedule.zone,
            ledger=self.store if settings.ai_key else None,
            daily_budget_usd=settings.ai.daily_budget_usd if settings.ai_key else None,
            monthly_budget_usd=settings.ai.monthly_budget_usd if settings.ai_key else None,
            ai_problem=lambda: self.ai.state().problem if self.ai is not None else "",
            kinds=kinds,
            floors=settings.floors,
            troubles=lambda chat: self.supervision.alarm.told(chat),
            away=lambda: self.supervision.away(),
            now_ms=now_ms,
            began_ms=now_ms(),
            unreal=unreal,
            version=version("goraebot"),
            commands=lambda: tuple(COMMANDS.values()),
        )

    def _web_chat(
        self, settings: Settings, kinds: Sequence[str], unreal: Unreal | None
    ) -> WebPlatform:
        return WebPlatform(
            host=settings.web.host,
            port=settings.web.port,
            password=settings.web_password,
            unreal=unreal,
            commands=menu(),
            directory=self.symbols,
            health=self.health,
            metrics=lambda: self.supervision.metrics(),
            troubles=lambda: self.supervision.alarm.standing,
            version=self.context.version,
            run="" if self.store.lasting else secrets.token_hex(8),
            history=partial(history, self.store, unreal),
            visited=self.store.visited,
            kinds=[(kind, KIND_NAMES[kind]) for kind in kinds],
            name_of=display_name,
            watching=partial(watching, self.context),
            album=self.album,
        )

    def _lasting(
        self, settings: Settings, markets: Markets, scheduler: Scheduler, seen: Mapping[str, int]
    ) -> Work:
        """What goes by the clock on the wall, or is for the run after this one."""
        now_ms, wake = markets.now_ms, self.deliverer.wake
        agenda = Agenda(
            self.store,
            scheduler,
            partial(edition_of, self.context),
            now_ms=now_ms,
            wake=wake,
            keep=self.album.keep,
        )
        outage = OutageWatch(
            self.store,
            self.health.feed,
            stale_s=settings.delivery.stale_s,
            now_ms=now_ms,
            wake=wake,
            unrecorded=self.unrecorded,
            catching_up=lambda: markets.source.continuity.busy,
            resumed_ms=max(
                (t.at_ms for t in markets.source.continuity.positions.values()), default=0
            ),
            absent_since_ms=seen.get(ALL),
        )
        positions = Positions(
            self.store,
            self.watch,
            read=markets.positions,
            carried=markets.carried,
            watched=markets.watched_by_source,
            waiting=markets.waiting_by_source,
            raised=lambda: markets.bus.published,
            settled=lambda: self.announcer.done + markets.bus.lost,
            owed=lambda: self.unrecorded.behind,
            crossed=lambda: self.targets.crossed,
            told=lambda: self.targets.settled,
        )
        known = markets.baselines
        return [
            ("outage", outage.run()),
            ("agenda", agenda.run()),
            ("positions", positions.run()),
            (
                "learnt",
                learnt.keep(self.store.learnt, lambda: known.collect(self.watch), now_ms),
            ),
        ]

    def work(self, opened: Callable[[str], None], told: Tell) -> Work:
        """What runs side by side, by name."""
        work: Work = [
            ("announce", self.announcer.run(self.markets.bus)),
            ("limits", self.announcer.keep_limits()),
            ("deliver", self.deliverer.run()),
            ("unrecorded", self.unrecorded.run()),
            *self.markets.work(),
            ("targets", self.targets.run()),
            ("late targets", self.late_targets.run()),
            *self._begin_lasting(),
            ("digests", self.digests.run()),
            *self.supervision.work(told),
            ("subscribed books", follow_subscriptions(self.store, self.targets, self.markets)),
            ("aftermath", self.aftermath.run()),
            ("reckoner", self.reckoner.run()),
            ("easel", self.easel.run()),
        ]
        work += [(platform.name, self._listen(platform, told)) for platform in self.platforms]
        if self.elaborator is not None:
            work.append(("elaborate", self.elaborator.run()))
        if self.web in self.platforms:
            work.append(("address", self._tell_address(opened)))
        return work

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

    async def _listen(self, platform: Platform, told: Tell) -> None:
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
        since_ms = self.markets.now_ms() - REMEMBER_MS
        for stored in await self.store.recent(ALL, None, since_ms, 5_000):
            self.markets.remember(stored.alert)

    async def _tell_address(self, opened: Callable[[str], None]) -> None:
        await self.web.ready.wait()
        opened(self.web.url)
