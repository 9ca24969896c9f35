"""``goraebot record``: the market as it is received, in files that ``goraebot replay`` reads.

No chat, no database. What detectors would learn from is asked for and recorded as well, so that a
replay raises what a running program would have raised.
"""

import asyncio
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryFile

import msgspec
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot import loops
from bot.errors import SettingsError
from bot.health_words import problem_text
from bot.ports import Health
from bot.recording_words import outcome, state, unlisted
from bot.settings import Settings
from bot.wiring.markets import Markets, live
from pipeline.baselines import Baselines
from pipeline.errors import EngineMissing
from pipeline.model import bare
from pipeline.sources import sockets

LOOK_S = 1.0
ALIKE = 0.5
"""Of a name's letters, for another to be told in its place."""


async def record(
    settings: Settings,
    *,
    contracts: Collection[str] = (),
    for_s: float | None = None,
    told: Callable[[str], None] = lambda line: None,
) -> bool:
    """Record until a signal, or for so long; whether the recording is whole.

    ``contracts`` are the futures whose trades are recorded besides what is known of all of them.
    ``told`` in Korean lines where it goes, when something fails, and what it came to. Raises
    SettingsError for what an operator must mend first.
    """
    try:
        sockets.chosen(settings.binance.engine)
    except EngineMissing as error:
        raise SettingsError(f"[binance] engine: {error}") from error
    _try(Path(settings.record.folder))
    stop = asyncio.Event()
    replace = msgspec.structs.replace
    settings = replace(
        settings,
        record=replace(settings.record, enabled=True),
        tardis=replace(settings.tardis, machine_url=""),  # what Binance itself sends
    )
    named = settings.market.symbols
    names = {*contracts, *(() if isinstance(named, str) else named)}
    async with AsyncExitStack() as stack:
        markets = await live(settings, stack, unreal=None, read={}, baselines=Baselines())
        loops.heed_signals(stop.set, stack)
        told(f"⏺️ 녹화를 시작합니다: {settings.record.folder}  (끝내려면 Ctrl+C)")
        work = [
            *markets.work(),
            ("look", _look(markets, contracts, markets.health(lambda: 0, None), told)),
            ("names", _check_names(markets, names, told)),
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
    told(outcome(*markets.recorders))
    return any(one.frames_written for one in markets.recorders) and not any(
        one.missed for one in markets.recorders
    )


def _try(folder: Path) -> None:
    """Make the folder and write into it. Raises SettingsError with what the system said."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder) as file:
            file.write(b"\n")
    except OSError as error:
        raise SettingsError(
            f"--folder({folder}): 여기에 녹화할 수 없습니다({error.strerror}). 쓸 수 있는 폴더를 "
            "정해 주세요."
        ) from error


async def _look(
    markets: Markets, contracts: Collection[str], health: Health, told: Callable[[str], None]
) -> None:
    """Have the books of the most traded pairs, and tell what fails."""
    known = "connecting"
    broken = [""] * len(markets.recorders)
    while True:
        markets.want(contracts, top=True)
        problem = health.feed().problem
        if problem not in (known, "connecting"):
            told(f"⚠️ {problem_text(problem)}" if problem else "✅ 시세가 들어옵니다.")
            known = problem
        for number, recorder in enumerate(markets.recorders):
            if recorder.problem != broken[number]:
                broken[number] = recorder.problem
                told(state(recorder))
        await asyncio.sleep(LOOK_S)


async def _check_names(markets: Markets, names: set[str], told: Callable[[str], None]) -> None:
    """Tell once of each name that the exchange does not list, when its listing is there."""
    unchecked = sorted(names)
    while unchecked:
        for symbol in list(unchecked):
            of_futures = symbol != bare(symbol)
            listed = markets.market.contracts if of_futures else markets.market.listing
            if listed:
                unchecked.remove(symbol)
                if symbol not in listed:
                    told(unlisted(symbol, _nearest(symbol, listed)))
        await asyncio.sleep(LOOK_S)


def _nearest(symbol: str, listed: Collection[str]) -> str:
    """The name that is written most alike, two letters in the wrong order being one mistake."""
    found = process.extractOne(
        bare(symbol),
        {name: bare(name) for name in listed},
        scorer=OSA.normalized_similarity,
        score_cutoff=ALIKE,
    )
    return str(found[2]) if found else ""
