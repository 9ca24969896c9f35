"""``goraebot record``: the market as it is received, in files that ``goraebot replay`` reads.

No chat, no database. What detectors would learn from is asked for and recorded as well, so that a
replay raises what a running program would have raised.
"""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AsyncExitStack

from bot.errors import SettingsError
from bot.health import LiveHealth
from bot.health_words import problem_text
from bot.settings import Settings
from pipeline.bus import LocalBus
from pipeline.errors import EngineMissing
from pipeline.market import Market
from pipeline.sources import sockets
from pipeline.sources.binance import BinanceSource
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
        watch = Watch(Market(), settings.watch, noted=source.note)
        universe = Universe(settings.market, rest, source, watch)
        warmup = Warmup(rest, watch, lambda: universe.watched)
        health = LiveHealth(source, universe, lambda: 0, simulated=False)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
            stack.callback(loop.remove_signal_handler, number)
        told(f"⏺️ 녹화를 시작합니다: {recorder.folder}  (끝내려면 Ctrl+C)")
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(work, name=name)
                for name, work in (
                    ("record", recorder.run()),
                    ("watch", watch.run(source, LocalBus())),
                    ("universe", universe.run()),
                    ("warmup", warmup.run()),
                    ("look", _look(universe, health, recorder, told)),
                )
            ]
            try:
                async with asyncio.timeout(for_s):
                    await stop.wait()
            except TimeoutError:
                pass  # as long as was asked for
            for task in running:
                task.cancel()
    told(_outcome(recorder))
    return recorder.frames_written > 0 and not recorder.missed


async def _look(
    universe: Universe, health: LiveHealth, recorder: Recorder, told: Callable[[str], None]
) -> None:
    """Have the books of the most traded pairs, and tell what fails."""
    known, broken = "connecting", ""
    while True:
        universe.want((), top=True)
        problem = health.feed().problem
        if problem not in (known, "connecting"):
            told(f"⚠️ {problem_text(problem)}" if problem else "✅ 시세가 들어옵니다.")
            known = problem
        if recorder.problem != broken:
            broken = recorder.problem
            told(trouble(recorder))
        await asyncio.sleep(LOOK_S)


def trouble(recorder: Recorder) -> str:
    """That the recording cannot be written, or can again."""
    if recorder.problem:
        return f"⚠️ 녹화를 쓰지 못하고 있습니다({recorder.problem}). 디스크를 확인해 주세요."
    return f"✅ 녹화를 다시 씁니다. 빠진 프레임은 {recorder.missed:,}건입니다."


def _outcome(recorder: Recorder) -> str:
    if not recorder.frames_written:
        return "받은 시세가 없어 녹화한 것이 없습니다."
    missed = f" 빠진 프레임이 {recorder.missed:,}건 있습니다." if recorder.missed else ""
    return (
        f"프레임 {recorder.frames_written:,}건을 파일 {recorder.files:,}개에 썼습니다.{missed} "
        f"다시 보려면: goraebot replay {recorder.folder}/*{recorder.run_id}*"
    )
