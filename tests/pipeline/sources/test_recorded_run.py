"""A recording of a run is told again exactly as the run was told, whatever the network did."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from pipeline.baselines import Baselines
from pipeline.course import Unfollowed, written
from pipeline.market import Market
from pipeline.model import Alert, Book, Candle, Event, Feed, Gap, Trade
from pipeline.notes import NOTES, Baseline, Dropped, Lull, Past
from pipeline.sources.binance import BinanceSource
from pipeline.sources.binance import Settings as BinanceSettings
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.recorded_run import RecordedRun
from pipeline.sources.recorder import Recorder, Settings
from pipeline.sources.recording import Tally, read
from pipeline.sources.simulator import Simulator
from pipeline.watch import Watch

SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
START_MS = 1_760_000_000_000
DEADLINE_S = 15.0
FEEDS = [
    *(Feed(symbol, "trade") for symbol in SYMBOLS),
    Feed("BTCUSDT", "book"),
    Feed("*", "ticker"),
]

pytestmark = pytest.mark.usefixtures("engine")


class Run:
    """A watched and recorded source, and all that the watch was told."""

    def __init__(self, source: BinanceSource, recorder: Recorder, baselines: Baselines) -> None:
        self.source, self.recorder = source, recorder
        self.watch = Watch(Market(), raw=True, made=baselines.restore, noted=source.note)
        self.events: list[Event] = []
        self.alerts: list[Alert] = []

    async def run(self) -> None:
        async with aclosing(self.source.stream()) as stream:  # type: ignore[type-var]
            async for event in stream:
                self.events.append(event)
                self.alerts += self.watch.on(event)

    def tick(self) -> None:
        self.alerts += self.watch.tick()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not true():
                await asyncio.sleep(0.005)

    async def traded(self, symbol: str, after: int) -> None:
        """Until there are so many trades of a symbol and nothing is being filled."""
        await self.until(
            lambda: (
                not self.source.continuity.busy
                and sum(isinstance(e, Trade) and e.symbol == symbol for e in self.events) > after
            )
        )


@asynccontextmanager
async def running(
    sim: Simulator, folder: Path, learnt: Sequence[Baseline] = (), **changes: float
) -> AsyncIterator[Run]:
    settings = BinanceSettings(
        ws_url=sim.ws_url,
        rest_url=sim.rest_url,
        **{"backoff_floor_s": 0.01, "backoff_cap_s": 0.05, "silence_s": 5.0, **changes},  # type: ignore[arg-type]
    )
    recorder = Recorder(Settings(folder=str(folder), file_mb=0.01))
    async with BinanceRest(sim.rest_url) as rest:
        source = BinanceSource(settings, rest, tap=recorder)
        await source.follow(FEEDS)
        run = Run(source, recorder, Baselines(learnt))
        for baseline in learnt:
            source.note(baseline)
        async with asyncio.TaskGroup() as tasks:
            streaming = tasks.create_task(run.run())
            await sim.until(lambda: {"btcusdt@aggTrade", "solusdt@aggTrade"} <= sim.streams)
            yield run
            streaming.cancel()
    recorder.close()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=7, manual=True, start_ms=START_MS) as market:
        yield market


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.gz"))


def again(folder: Path, *, learnt: bool = True) -> tuple[list[Event], list[Alert]]:
    """Events and alerts of a replay; one without what was ``learnt`` before."""
    tally = Tally()
    baselines = Baselines()
    watch = Watch(Market(), raw=True, made=baselines.restore)
    events: list[Event] = []
    alerts: list[Alert] = []
    for event in read(files(folder), tally):
        if isinstance(event, Baseline):
            if learnt:
                baselines.keep(event)
        elif isinstance(event, NOTES):
            alerts += watch.heed(event)
        else:
            events.append(event)
            alerts += watch.on(event)
    assert not tally.unreadable, tally.samples
    return events, alerts


def fields(event: Event) -> tuple[object, ...]:
    """What an event says, however it was read."""
    if isinstance(event, Book):
        return (event.symbol, event.update_id, event.at_ms, tuple(event.bids), tuple(event.asks))
    return tuple(getattr(event, name) for name in event.__struct_fields__)


def same(events: list[Event], told: list[Event]) -> None:
    """A run that is stopped has received a little more than it has watched."""
    assert len(told) >= len(events) > 100
    for live, replayed in zip(events, told, strict=False):
        assert fields(live) == fields(replayed)


async def test_cuts_and_holes_are_told_again_in_the_order_they_were_filled(
    tmp_path: Path, sim: Simulator
) -> None:
    async with running(sim, tmp_path) as run:
        await sim.advance(3_000)
        await run.traded("BTCUSDT", 5)
        for _ in range(2):
            sim.cut()
            await sim.advance(2_000)
            await sim.until(lambda: {"btcusdt@aggTrade", "solusdt@aggTrade"} <= sim.streams)
            await sim.advance(1_000)
            await run.traded("BTCUSDT", 5)
        sim.lose(1_000, "ETHUSDT")
        await sim.advance(3_000)
        await run.traded("ETHUSDT", 5)
        sim.repeat_last()
        await sim.sweep("BTCUSDT", "buy", 4_000_000)
        run.tick()
        run.tick()
        run.tick()
        await sim.advance(1_000)
        await run.traded("BTCUSDT", 20)
        await run.recorder.flush()
    recovered = [e for e in run.events if isinstance(e, Trade) and e.recovered]
    assert recovered
    assert any(isinstance(e, Book) for e in run.events)
    told, alerts = again(tmp_path)
    same(run.events, told)
    assert run.alerts
    assert alerts[: len(run.alerts)] == run.alerts
    assert run.recorder.files > 1
    assert again(tmp_path)[1] == alerts


async def test_what_could_not_be_filled_is_the_same_gap(tmp_path: Path, sim: Simulator) -> None:
    async with running(sim, tmp_path) as run:
        await sim.advance(3_000)
        await run.traded("BTCUSDT", 5)
        sim.lose(1_000)
        await sim.advance(1_000)
        sim.forget()
        await sim.advance(4_000)
        await run.until(lambda: any(isinstance(e, Gap) for e in run.events))
        await run.traded("BTCUSDT", 5)
    told, _ = again(tmp_path)
    same(run.events, told)
    assert any(isinstance(event, Gap) for event in told)


async def test_a_rotation_gives_each_state_once(tmp_path: Path, sim: Simulator) -> None:
    async with running(sim, tmp_path) as run:
        await sim.advance(2_000)
        sim.announce_shutdown()
        async with asyncio.timeout(DEADLINE_S):
            while not run.source.status().rotations:  # the successor has to hear something
                await sim.advance(50)
        await sim.advance(2_000)
        await run.traded("BTCUSDT", 5)
    told, _ = again(tmp_path)
    same(run.events, told)


def test_a_book_that_was_followed_again_counts_afresh_where_it_did_so_in_the_run() -> None:
    def book(update_id: int) -> bytes:
        return (
            b'{"stream":"btcusdt@depth20@100ms","data":{"lastUpdateId":%d,"bids":[["1","2"]],'
            b'"asks":[["1.1","2"]]}}' % update_id
        )

    run = RecordedRun()
    unfollowed = written(Unfollowed((), ("BTCUSDT",)))
    for at_ms, frame in enumerate([book(900), book(1), unfollowed, book(2), book(1)], START_MS):
        assert list(run.tell(frame, at_ms)) == []
    assert [event.update_id for event in run.rest() if isinstance(event, Book)] == [900, 2]


def known(watch: Watch) -> list[Baseline]:
    """What all detectors have learnt."""
    return sorted(Baselines().collect(watch), key=lambda one: (one.detector, one.symbol))


async def test_what_an_earlier_run_had_learnt_is_known_again(
    tmp_path: Path, sim: Simulator
) -> None:
    async with running(sim, tmp_path / "first") as run:
        await sim.advance(5_000)
        await run.traded("BTCUSDT", 20)
        learnt = known(run.watch)
    assert learnt
    async with running(sim, tmp_path / "second", learnt) as run:
        await sim.advance(1_000)
        await run.traded("BTCUSDT", 2)
        await sim.sweep("BTCUSDT", "buy", 4_000_000)
        await sim.advance(1_000)
        await run.until(lambda: bool(run.alerts))
        (alert,) = [a for a in run.alerts if a.kind == "large_trade"][:1]
    assert alert in again(tmp_path / "second")[1]
    assert alert not in again(tmp_path / "second", learnt=False)[1]


def candle(open_ms: int) -> Candle:
    return Candle(
        "BTCUSDT", "30m", open_ms, open_ms + 1_799_999, 1.0, 1.1, 0.9, 1.0, 5.0, 5.0, 9, 2.0, 2.0,
        True, open_ms + 1_799_999,
    )  # fmt: skip


async def test_what_was_learnt_and_dropped_is_learnt_and_dropped_again(
    tmp_path: Path, sim: Simulator
) -> None:
    past = [candle(START_MS - 1_800_000 * number) for number in range(480, 0, -1)]
    unreadable = Baseline("LargeTrades", "BTCUSDT", b"unreadable")
    async with running(sim, tmp_path) as run:
        run.source.note(unreadable)
        await sim.advance(2_000)
        await run.traded("BTCUSDT", 2)
        run.watch.warm("BTCUSDT", "30m", past)
        run.watch.forget("SOLUSDT")
        await sim.advance(1_000)
        await run.traded("BTCUSDT", 4)
        lacks = run.watch.lacks("BTCUSDT")
    watch = Watch(Market(), raw=True)
    notes = []
    for event in read(files(tmp_path), Tally()):
        if not isinstance(event, NOTES):
            watch.on(event)
        else:
            notes.append(event)
            watch.heed(event)
    assert [type(note) for note in notes if not isinstance(note, Lull)] == [
        Baseline,
        Past,
        Dropped,
    ]
    assert notes[0] == unreadable
    assert watch.lacks("BTCUSDT") == lacks
    assert "30m" not in lacks
