"""The past is learnt in the background: most traded first, within its budget, never in the way."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import pytest

import pipeline.warmup
from pipeline import watch
from pipeline.detectors import KINDS, Kind
from pipeline.errors import FrameError, Refused, TooFast, Unreachable
from pipeline.market import Market
from pipeline.model import Alert, Candle, Event, Gap, Sweep, Ticker, Trade
from pipeline.ports import Warmable
from pipeline.sources.binance_rest import BinanceRest, _candle
from pipeline.sources.rest_api import SPOT
from pipeline.sources.simulated.market import Market as SimulatedMarket
from pipeline.sources.simulated.market import Order
from pipeline.sources.simulated.pairs import PAIRS
from pipeline.sources.simulated.rest import Rest
from pipeline.sources.simulator import Simulator
from pipeline.warmup import AGAIN_S, BUSY_S, BUSY_WEIGHT, FIRST_S, Warmup
from pipeline.watch import Watch

START_MS = 1_760_054_400_000
SLOT_MS = 1_800_000


class FakeRest:
    """An exchange with half hours of a thousand dollars; what it answers can be changed."""

    def __init__(self) -> None:
        self.used_weight = 0
        self.asked: list[tuple[float, str, str, int]] = []  # when, symbol, interval, bars
        self.refusals: dict[str, Exception] = {}
        self.failures: list[Exception] = []

    async def candles(
        self, symbol: str, interval: str, limit: int = 500, *, budget: str = "ask"
    ) -> list[Candle]:
        assert budget == "warm"
        assert 0 < limit <= 1_000
        self.asked.append((asyncio.get_running_loop().time(), symbol, interval, limit))
        await asyncio.sleep(0.1)
        if symbol in self.refusals:
            raise self.refusals[symbol]
        if self.failures:
            raise self.failures.pop(0)
        return bars(symbol, interval, limit)

    @property
    def symbols(self) -> list[str]:
        return [symbol for _, symbol, _, _ in self.asked]


def bars(symbol: str, interval: str, count: int) -> list[Candle]:
    length_ms = {"30m": SLOT_MS, "5m": 300_000, "1m": 60_000}[interval]
    first_ms = START_MS - START_MS % length_ms - (count - 1) * length_ms
    return [
        Candle(
            symbol, interval, open_ms, open_ms + length_ms - 1, 1.0, 1.0, 1.0, 1.0, 1e3, 1e3, 9,
            5e2, 5e2, n < count - 1, open_ms + length_ms - 1,
        )
        for n in range(count)
        for open_ms in (first_ms + n * length_ms,)
    ]  # fmt: skip


def watching(turnovers: Mapping[str, float]) -> Watch:
    market = Market()
    market.saw(START_MS)
    for symbol, turnover in turnovers.items():
        market[symbol].day = Ticker(symbol, START_MS, 1, 1, 1, 1, 1, turnover)
    return Watch(market, kinds={"volume_surge"})


def known_s(loop: Watch, symbol: str) -> float:
    """How many seconds of the symbol's past its detector knows."""
    return loop.detectors(symbol)[0]._usual.seen_s  # type: ignore[attr-defined]


async def run_for(warmup: Warmup, seconds: float) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(seconds):
            await warmup.run()


ALL_DAYS = 479 * 1_800.0


def test_the_most_traded_symbols_come_first_and_each_once(instantly: Callable) -> None:
    loop, rest = watching({"A": 1.0, "BUSDT": 30.0, "CUSDT": 2e9, "DUSDT": 4e6}), FakeRest()
    warmup = Warmup(rest, loop, lambda: ["BUSDT", "CUSDT", "DUSDT", "EUSDT"])  # type: ignore[arg-type]
    instantly(run_for(warmup, 3_600))
    assert rest.symbols == ["CUSDT", "DUSDT", "BUSDT", "EUSDT"]
    assert rest.asked[0][0] == FIRST_S
    assert {(interval, count) for _, _, interval, count in rest.asked} == {("30m", 480)}
    assert known_s(loop, "CUSDT") == known_s(loop, "EUSDT") == ALL_DAYS
    assert warmup.warmed == 4


def test_nothing_is_asked_before_anything_is_watched(instantly: Callable) -> None:
    loop, rest = watching({}), FakeRest()
    watched: list[str] = []
    warmup = Warmup(rest, loop, lambda: watched)  # type: ignore[arg-type]

    async def scenario() -> None:
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(warmup.run())
            await asyncio.sleep(600)
            assert rest.asked == []
            watched.append("NEWUSDT")
            await asyncio.sleep(10)
            assert rest.symbols == ["NEWUSDT"], "a listing while running"
            watched.clear()
            loop.forget("NEWUSDT")
            await asyncio.sleep(10)
            watched.append("NEWUSDT")
            await asyncio.sleep(10)
            assert rest.symbols == ["NEWUSDT"] * 2, "and one that is back"
            task.cancel()

    instantly(scenario())
    assert known_s(loop, "NEWUSDT") == ALL_DAYS


def test_what_a_detector_knows_already_is_not_asked_for(instantly: Callable) -> None:
    loop, rest = watching({"AUSDT": 2.0, "BUSDT": 1.0}), FakeRest()
    loop.detectors("AUSDT")[0].warm(bars("AUSDT", "30m", 480))  # type: ignore[attr-defined]
    loop.market.saw(START_MS + SLOT_MS // 2)
    warmup = Warmup(rest, loop, lambda: ["AUSDT", "BUSDT"])  # type: ignore[arg-type]
    instantly(run_for(warmup, 60))
    assert rest.symbols == ["BUSDT"]


@pytest.mark.parametrize(
    "error", [Unreachable("no route"), Refused(451, "no"), FrameError("<html>"), TooFast(429, 77.0)]
)
def test_when_the_exchange_does_not_answer_it_is_tried_again_later(
    instantly: Callable, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    loop, rest = watching({"AUSDT": 2.0, "BUSDT": 1.0}), FakeRest()
    rest.failures = [error] * 3
    warmup = Warmup(rest, loop, lambda: ["AUSDT", "BUSDT"])  # type: ignore[arg-type]
    instantly(run_for(warmup, 1_200))
    assert known_s(loop, "AUSDT") == known_s(loop, "BUSDT") == ALL_DAYS
    times = [at_s for at_s, _, _, _ in rest.asked]
    pauses = [b - a for a, b in itertools.pairwise(times)]
    assert min(pauses[:3]) >= (77 if isinstance(error, TooFast) else 2)
    assert pauses[0] <= pauses[1] <= pauses[2]
    told = [r for r in caplog.records if r.levelno == logging.WARNING]
    assert len(told) == 3


def test_one_symbol_that_is_refused_does_not_keep_the_others_waiting(instantly: Callable) -> None:
    loop, rest = watching({"AUSDT": 2.0, "BUSDT": 1.0}), FakeRest()
    rest.refusals["AUSDT"] = Refused(400, "Invalid symbol.")
    warmup = Warmup(rest, loop, lambda: ["AUSDT", "BUSDT"])  # type: ignore[arg-type]
    instantly(run_for(warmup, AGAIN_S * 1.5))
    assert rest.symbols == ["AUSDT", "BUSDT", "AUSDT"]
    assert rest.asked[1][0] - rest.asked[0][0] < 1.0


def test_while_others_need_much_of_the_weight_it_steps_back(instantly: Callable) -> None:
    loop, rest = watching({}), FakeRest()
    rest.used_weight = BUSY_WEIGHT
    warmup = Warmup(rest, loop, lambda: [f"{n}USDT" for n in range(100)])  # type: ignore[arg-type]
    instantly(run_for(warmup, 200))
    assert len(rest.asked) == pytest.approx(200 / BUSY_S, abs=1.5)


class Minutes:
    """A detector that wants minutes as well, fails in one of two ways, or wants nothing."""

    def __init__(self, symbol: str, settings: object, view: object) -> None:
        self.learnt: list[Candle] = []
        self.fails = symbol.startswith("BAD")

    def on(self, event: Event | Sweep) -> Iterable[Alert]:
        return ()

    def lacks(self, now_ms: int) -> Mapping[str, int]:
        return {} if self.learnt else {"1m": 300, "30m": 20}

    def warm(self, candles: Sequence[Candle]) -> None:
        if self.fails:
            raise RuntimeError("a mistake")
        self.learnt += candles


@pytest.fixture
def minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = KINDS["volume_surge"].settings
    monkeypatch.setitem(KINDS, "minutes", Kind(settings, Minutes))  # type: ignore[arg-type]


def test_each_interval_is_asked_for_once_for_all_detectors(
    instantly: Callable, minutes: None
) -> None:
    rest, loop = FakeRest(), Watch(Market(), watch.Settings(), kinds={"volume_surge", "minutes"})
    loop.market.saw(START_MS)
    warmup = Warmup(rest, loop, lambda: ["AUSDT", "BADUSDT"])  # type: ignore[arg-type]
    instantly(run_for(warmup, 60))
    assert [(s, i, n) for _, s, i, n in rest.asked] == [
        (symbol, interval, count)
        for symbol in ("AUSDT", "BADUSDT")
        for interval, count in (("30m", 480), ("1m", 300))
    ]
    assert known_s(loop, "BADUSDT") == ALL_DAYS, "another detector's mistake is its own"


def test_all_detectors_of_a_symbol_learn_from_two_requests(instantly: Callable) -> None:
    """Of weight 2 each: 450 symbols are learnt within six minutes of the budget."""
    rest, loop = FakeRest(), Watch(Market())
    loop.market.saw(START_MS)
    instantly(run_for(Warmup(rest, loop, lambda: ["AUSDT"]), 60))  # type: ignore[arg-type]
    assert sorted((i, n) for _, _, i, n in rest.asked) == [("30m", 480), ("5m", 1_000)]
    assert 450 * 2 * len(rest.asked) / SPOT.budgets["warm"] <= 6
    lacking = [d.lacks(START_MS) for d in loop.detectors("AUSDT") if isinstance(d, Warmable)]
    assert sorted(lacking, key=len) == [{}, {"1s": 320}], "its windows fill by themselves meanwhile"


def test_nothing_is_said_while_warming_and_what_is_learnt_counts_at_once(
    instantly: Callable,
) -> None:
    loop, rest = watching({"AUSDT": 1.0}), FakeRest()
    wild = [Trade("AUSDT", -1, 1.0, 9e3, START_MS + n * 1_000, False, n) for n in range(99)]
    assert [a for event in wild for a in loop.on(event)] == []
    instantly(run_for(Warmup(rest, loop, lambda: ["AUSDT"]), 60))  # type: ignore[arg-type]
    later = [Trade("AUSDT", -1, 1.0, 9e3, START_MS + n * 1_000, False, n) for n in range(99, 130)]
    (alert,) = [a for event in [*later, Gap(("*",), 1, 2, "x")] for a in loop.on(event)]
    assert alert.kind == "volume_surge"


# --- with the real client ------------------------------------------------------------------------


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=1, manual=True, start_ms=START_MS) as market:
        yield market


async def test_a_simulated_day_is_learnt_within_a_tenth_of_the_weight(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline.warmup, "FIRST_S", 0.0)
    loop = watching({})
    async with BinanceRest(sim.rest_url) as rest:
        symbols = [s for s in await rest.symbols() if s.endswith("USDT")][:8]
        warmup = Warmup(rest, loop, lambda: symbols)
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            task = tasks.create_task(warmup.run())
            while warmup.warmed < len(symbols):
                await asyncio.sleep(0)
            task.cancel()
        assert rest.used_weight == 20 + 2 * len(symbols)
    assert all(known_s(loop, symbol) >= 86_400 - 1_800 for symbol in symbols)
    assert 2 * SPOT.budgets["warm"] <= 0.2 * 6_000
    assert 2 * sum(SPOT.budgets.values()) <= 6_000


def test_the_simulated_market_is_as_lively_as_its_past() -> None:
    """So that nothing but what is planted into a demo is a surge."""
    pairs = [pair for pair in PAIRS if pair.symbol in ("BTCUSDT", "XRPUSDT", "PEPEUSDT")]
    exchange = SimulatedMarket(seed=4, start_ms=START_MS, pairs=pairs)
    loop = watching({})
    for pair in pairs:
        body = Rest(exchange).answer("klines", {"symbol": pair.symbol, "interval": "30m"}, False)
        rows = msgspec.json.decode(body, type=list[tuple[Any, ...]])
        past = [_candle(pair.symbol, "30m", row, closed=True) for row in rows[:-1]]
        loop.detectors(pair.symbol)[0].warm(past)  # type: ignore[attr-defined]
    said: list[Alert] = []
    for order in exchange.advance(START_MS + 400_000):
        if isinstance(order, Order):
            for fill in order.fills:
                price, lots = order.pair.price_of(fill.price), sum(fill.parts)
                quantity = order.pair.quantity_of(lots)
                sold, name = order.buyer_is_maker, order.pair.symbol
                said += loop.on(Trade(name, -1, price, quantity, order.at_ms, sold))
    assert said == []
    for symbol in loop.symbols:
        (detector,) = loop.detectors(symbol)
        five_minutes = detector._base + detector._value  # type: ignore[attr-defined]
        usual = 300 * detector._rate  # type: ignore[attr-defined]
        assert usual / 5 < five_minutes < usual * 5
