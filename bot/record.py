"""``goraebot record``: the market as it is received, in files that ``goraebot replay`` reads.

No chat, no database. What detectors would learn from is asked for and recorded as well, so that a
replay raises what a running program would have raised.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

import msgspec

from bot.errors import SettingsError
from bot.health import LiveHealth
from bot.health_words import problem_text
from bot.settings import Settings
from pipeline.bus import LocalBus
from pipeline.errors import EngineMissing
from pipeline.market import Market
from pipeline.model import ALL, Feed
from pipeline.notes import Note, by_market
from pipeline.ports import Bus
from pipeline.sources import rest_api, sockets
from pipeline.sources.binance import FUTURES, BinanceSource
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.recorder import Recorder
from pipeline.universe import Universe
from pipeline.warmup import Warmup
from pipeline.watch import Watch

LOOK_S = 1.0


async def record(
    settings: Settings,
    *,
    for_s: float | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> bool:
    """Record until a signal, or for so long; whether the recording is whole.

    ``told`` in Korean lines where it goes, when something fails, and what it came to. Raises
    SettingsError for what an operator must mend first.
    """
    try:
        sockets.chosen(settings.binance.engine)
    except EngineMissing as error:
        raise SettingsError(f"[binance] engine: {error}") from error
    stop = asyncio.Event()
    recorder = Recorder(settings.record)
    async with AsyncExitStack() as stack:
        rest = await stack.enter_async_context(BinanceRest(settings.binance.rest_url))
        source = BinanceSource(settings.binance, rest, tap=recorder)
        futures_recorder = Recorder(settings.record, venue=FUTURES.name)
        futures = await stack.enter_async_context(_futures(settings, futures_recorder))

        def note(note: Note) -> None:
            for of_futures, one in by_market(note):
                (futures if of_futures else source).note(one)

        watch = Watch(Market(), settings.watch, noted=note)
        universe = Universe(settings.market, rest, source, watch)
        warmup = Warmup(rest, watch, lambda: universe.watched)
        health = LiveHealth(source, universe, lambda: 0, unreal=None)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
            stack.callback(loop.remove_signal_handler, number)
        told(f"⏺️ 녹화를 시작합니다: {recorder.folder}  (끝내려면 Ctrl+C)")
        bus = LocalBus()
        work = [
            ("record", recorder.run()),
            ("watch", watch.run(source, bus)),
            ("universe", universe.run()),
            ("warmup", warmup.run()),
            ("look", _look(universe, health, (recorder, futures_recorder), told)),
        ]
        if settings.binance_futures.enabled:
            work += [
                ("record futures", futures_recorder.run()),
                ("futures", _watch_futures(futures, watch, bus)),
            ]
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(coroutine, name=name) for name, coroutine in work]
            try:
                async with asyncio.timeout(for_s):
                    await stop.wait()
            except TimeoutError:
                pass  # as long as was asked for
            for task in running:
                task.cancel()
    told(_outcome(recorder, futures_recorder))
    return recorder.frames_written > 0 and not recorder.missed and not futures_recorder.missed


@asynccontextmanager
async def _futures(settings: Settings, recorder: Recorder) -> AsyncIterator[BinanceSource]:
    """Futures' valuations and liquidations: which contracts' trades are wanted, chats say."""
    urls = settings.binance_futures
    async with BinanceRest(urls.rest_url, api=rest_api.FUTURES) as rest:
        plain = msgspec.structs.replace(settings.binance, ws_url=urls.ws_url)
        source = BinanceSource(plain, rest, tap=recorder, venue=FUTURES)
        await source.follow({Feed(ALL, "liquidation")})
        yield source


async def _watch_futures(source: BinanceSource, watch: Watch, bus: Bus) -> None:
    async with aclosing(source.stream()) as events:  # type: ignore[type-var]
        async for event in events:
            watch.tell(event, bus, FUTURES.name)


async def _look(
    universe: Universe,
    health: LiveHealth,
    recorders: Sequence[Recorder],
    told: Callable[[str], None],
) -> None:
    """Have the books of the most traded pairs, and tell what fails."""
    known = "connecting"
    broken = [""] * len(recorders)
    while True:
        universe.want((), top=True)
        problem = health.feed().problem
        if problem not in (known, "connecting"):
            told(f"⚠️ {problem_text(problem)}" if problem else "✅ 시세가 들어옵니다.")
            known = problem
        for number, recorder in enumerate(recorders):
            if recorder.problem != broken[number]:
                broken[number] = recorder.problem
                told(trouble(recorder))
        await asyncio.sleep(LOOK_S)


def trouble(recorder: Recorder) -> str:
    """That the recording cannot be written, or can again."""
    if recorder.problem:
        return f"⚠️ 녹화를 쓰지 못하고 있습니다({recorder.problem}). 디스크를 확인해 주세요."
    return f"✅ 녹화를 다시 씁니다. 빠진 프레임은 {recorder.missed:,}건입니다."


def _outcome(*recorders: Recorder) -> str:
    written = [one for one in recorders if one.frames_written]
    if not written:
        return "받은 시세가 없어 녹화한 것이 없습니다."
    lost = sum(one.missed for one in recorders)
    missed = f" 빠진 프레임이 {lost:,}건 있습니다." if lost else ""
    frames, files = sum(one.frames_written for one in written), sum(one.files for one in written)
    where = " ".join(f"{one.folder}/*{one.run_id}*" for one in written)
    return (
        f"프레임 {frames:,}건을 파일 {files:,}개에 썼습니다.{missed} "
        f"다시 보려면: goraebot replay {where}"
    )
