"""What exchanges and clocks do at their worst: no kind of alert fails, and none says nonsense."""

import itertools
import math
import random
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_every_detector import TAPES, Tape, every_kind, every_tape, watching, well_formed

from pipeline.detectors import KINDS
from pipeline.model import (
    Alert,
    Book,
    BookImbalance,
    Candle,
    Event,
    Funding,
    Gap,
    Kimchi,
    LargeTrade,
    Liquidated,
    Liquidation,
    Mark,
    Position,
    Premium,
    PriceJump,
    Pump,
    Quote,
    Spread,
    Ticker,
    Trade,
    VolumeSurge,
)
from pipeline.sources.recording import Tally, read
from pipeline.watch import Watch

START_MS = 1_760_000_000_000
DAY_MS = 86_400_000
SLACK = 1e-6

EAGER = {
    "price_jump": {"warmup_s": 0.0, "confirm_trades": 1, "confirm_s": 0.0, "threshold": 1e-6},
    "price_jump.classic": {"method": "classic", "classic_cooldown_s": 0.0},
    "large_trade": {"min_notional": 1e-12},
    "pump": {"warmup_s": 0.0, "threshold": 0.05, "min_percent": 0.01},
    "spread": {"warmup_s": 0.0, "hold_s": 0.0, "times_usual": 0.1, "min_bp": 0.01},
    "volume_surge": {
        "warmup_s": 0.0, "times_usual": 0.1, "day_percent": 0.0, "min_notional": 1e-12,
        "min_trades": 1,
    },
    "book_imbalance": {
        "warmup_s": 0.0, "share_hold_s": 0.0, "wall_hold_s": 0.0, "wall_times": 0.1,
        "min_notional": 1e-12, "share_pct": 51.0, "above_usual_pct": 0.0,
    },
    "liquidation": {"min_notional": 1e-12},
    "funding": {
        "min_percent": 1e-6, "times_usual": 0.1, "always_percent": 1e-6, "hold_s": 0.0,
        "turn_percent": 1e-6, "turn_hold_s": 0.0, "turn_after_s": 0.0,
    },
    "kimchi": {
        "warmup_s": 0.0, "hold_s": 0.0, "coin_percent": 0.01, "coin_change_points": 0.01,
        "times_usual": 0.1,
    },
}  # fmt: skip
"""Settings under which almost anything is said, so that there is something to be wrong."""

every_variant = pytest.mark.parametrize("variant", EAGER)


def test_every_kind_is_tried():
    assert {name.split(".")[0] for name in EAGER} == KINDS.keys()


def watch_of(variant: str) -> Watch:
    return watching(variant.split(".")[0], **EAGER[variant])


def sensible(alert: Alert) -> None:
    """Well-formed, and nothing that cannot be."""
    well_formed(alert)
    facts = alert.facts()
    for name in ("price", "from_price", "quantity", "bid", "ask"):
        assert facts.get(name) is None or facts[name] > 0, name
    for name in ("notional", "usual", "times_usual", "usual_bp", "usual_pct", "held_s", "per_day"):
        assert facts.get(name) is None or facts[name] >= 0, name
    for name in ("percentile", "share_pct", "buy_share_pct"):
        assert facts.get(name) is None or -SLACK <= facts[name] <= 100 + SLACK, name
    for name in ("change_pct", "change_1m_pct"):
        assert facts.get(name) is None or facts[name] > -100, name
    match alert:
        case PriceJump():
            assert (alert.change_pct > 0) is (alert.direction == "up")
            assert alert.change_pct == pytest.approx((alert.price / alert.from_price - 1) * 100)
            assert 0 <= alert.window_s <= 1_000_000
        case LargeTrade():
            assert alert.fills >= 1
            assert alert.first_ms <= alert.last_ms == alert.at_ms
            assert alert.slippage_bp is None or math.isfinite(alert.slippage_bp)
        case Liquidated():
            assert alert.count >= 1
            assert alert.first_ms <= alert.last_ms == alert.at_ms
            assert alert.largest <= alert.notional * (1 + SLACK)
            assert alert.price * alert.quantity == pytest.approx(alert.notional)
        case Funding():
            assert (alert.rate_pct > 0) is (alert.payer == "long")
            assert (alert.before_pct is None) is (alert.what == "extreme")
            assert alert.before_pct is None or alert.before_pct * alert.rate_pct < 0
        case Pump():
            assert alert.price > alert.from_price
            assert alert.buys >= alert.rush_orders >= 0
            assert alert.usual_buys > 0
        case VolumeSurge():
            assert 1 <= alert.window_s <= 300
            assert alert.trades >= 1
        case Spread():
            assert alert.ask > alert.bid
            assert alert.spread_bp > 0
        case BookImbalance():
            assert alert.distance_bp >= 0
        case Kimchi():
            assert (alert.change_points is None) is (alert.window_s is None)
            assert alert.premium_pct == getattr(alert, f"{alert.basis}_pct") > -100


magnitudes = st.integers(-12, 11)
ticks = st.sampled_from((0.0, 1e-4, 0.01, 0.3, 1.0))
paces_ms = st.sampled_from((0, 50, 1_000, 60_000, 400_000))
clocks_ms = st.sampled_from((0, 0, 0, 0, -3_000, -1_272, 1_272, -90_000, -DAY_MS, DAY_MS))


class Exchange:
    """One that misbehaves: late, twice, with a wrong clock; in coarse ticks, seldom, listed anew;
    prices and sizes are around powers of ten."""

    def __init__(self, seed: int, price: int, size: int, tick: float, pace_ms: int) -> None:
        self.rng = random.Random(seed)
        self.price, self.size = 10.0**price, 10.0**size
        self.tick, self.pace_ms = tick, pace_ms
        self.at_ms, self.id = START_MS, 0
        self.level = 1.0

    def events(self, clocks: Iterable[int]) -> list[Event]:
        return [event for skew in clocks for event in self.some(skew)]

    def some(self, skew_ms: int) -> list[Event]:
        rng = self.rng
        self.at_ms += rng.randint(0, 2 * self.pace_ms)
        self.id += 1
        self.level *= math.exp(rng.gauss(0, 0.02) * (20 if rng.random() < 0.05 else 1))
        self.level = min(max(self.level, 1e-3), 1e3)
        steps = self.level / self.tick if self.tick else 0.0
        level = max(1, round(steps)) * self.tick if self.tick else self.level
        price, at_ms = self.price * level, self.at_ms + skew_ms
        size = self.size * rng.lognormvariate(0, 3)
        what = rng.random()
        if what < 0.6:
            made: list[Event] = [
                Trade("XUSDT", self.id, price * (1 + 0.001 * n), size, at_ms, rng.random() < 0.5)
                for n in range(rng.choice((1, 1, 1, 4)))
            ]
            for n, trade in enumerate(made):
                made[n] = msgspec.structs.replace(trade, id=self.id + n)
            self.id += len(made)
        elif what < 0.75:
            gap = price * rng.choice((0.0, 1e-6, 1e-3, 0.5))
            made = [Quote("XUSDT", price, size, price + gap, size, self.id, at_ms)]
        elif what < 0.9:
            made = [self.book(price, at_ms)]
        elif what < 0.93:
            made = [self.candle(price, size, at_ms)]
        elif what < 0.94:
            made = [self.mark(price, at_ms)]
        elif what < 0.95:
            side: Position = "long" if rng.random() < 0.7 else "short"
            made = [Liquidation("XUSDT", side, price, size, at_ms)]
        elif what < 0.97:
            made = [Gap(("XUSDT",), at_ms - 10, at_ms, "lost")]
        elif what < 0.985:
            made = [Premium("XUSDT", at_ms, price * 1_400 * rng.gauss(1, 0.1), price, 1_400, 1_390)]
        else:
            made = [Ticker("XUSDT", at_ms, price, price, price, price, size, size * price)]
        return made * rng.choice((1, 1, 1, 2))

    def book(self, price: float, at_ms: int) -> Book:
        rng = self.rng
        far = [1e-4 * n * (1 + rng.random()) for n in range(1, 1 + rng.choice((1, 2, 20)))]
        bids = sorted({price * (1 - one) for one in far}, reverse=True)
        asks = sorted({price * (1 + one) for one in far})
        sizes = [self.size * rng.lognormvariate(0, 3) * (rng.random() > 0.1) for _ in range(40)]
        sides = tuple(zip(bids, sizes, strict=False)), tuple(zip(asks, sizes[20:], strict=False))
        return Book("XUSDT", sides[0], sides[1], self.id, at_ms)

    def mark(self, price: float, at_ms: int) -> Mark:
        index = price * self.rng.choice((0.0, 1.0, 1.01))
        rate = self.rng.gauss(0, 0.01)
        return Mark("XUSDT", price, index, rate, at_ms + self.rng.randint(0, 8 * 3_600_000), at_ms)

    def candle(self, price: float, size: float, at_ms: int) -> Candle:
        empty = self.rng.random() < 0.3
        size = 0.0 if empty else size
        return Candle(
            "XUSDT", "1m", at_ms - 59_999, at_ms, price, price * 1.01, price / 1.01, price, size,
            size * price, 0 if empty else 3, size / 2, size * price / 2, True, at_ms,
        )  # fmt: skip


exchanges = st.builds(Exchange, st.integers(0, 2**32), magnitudes, magnitudes, ticks, paces_ms)


@every_variant
@settings(max_examples=60)
@given(exchanges, st.lists(clocks_ms, min_size=1, max_size=120), st.integers(0, 200))
def test_whatever_exchange_and_clock_do_what_is_said_makes_sense(variant, exchange, clocks, gone):
    loop = watch_of(variant)
    said: list[Alert] = []
    for number, event in enumerate(exchange.events(clocks)):
        if number == gone:  # delisted, and listed again with ids that start afresh
            loop.forget("XUSDT")
            exchange.id = 0
        said += loop.on(event)
    said += loop.finish()
    assert loop.failed == 0, "no detector was left out"
    for alert in said:
        sensible(alert)


@every_variant
def test_so_there_is_something_to_be_wrong(variant):
    """The exchange above makes each of them speak."""
    said = 0
    for seed in range(20):
        loop = watch_of(variant)
        events = Exchange(seed, 0, 2, 0.0, (1_000, 60_000)[seed % 2]).events([0] * 120)
        said += sum(len(list(loop.on(event))) for event in events) + len(loop.finish())
    assert said > 0


# --- repeated, late, skewed ----------------------------------------------------------------------


@every_tape
def test_what_comes_twice_is_told_once(path: Path):
    tape = Tape(path)
    twice = [event for event in tape.events for _ in range(2)]
    assert tape.played(twice) == tape.played()


@every_tape
def test_what_comes_late_and_again_changes_nothing_that_was_said(path: Path):
    """Each event once more, half a dozen later."""
    tape = Tape(path)
    late: list[Event] = []
    for number, event in enumerate(tape.events):
        late.append(event)
        old = tape.events[number - 6] if number >= 6 else None
        nameless = isinstance(old, Trade) and old.id < 0  # nobody would know it again
        if old is not None and not isinstance(old, Gap) and not nameless:
            late.append(old)
    assert [a.id for a in tape.played(late)] == [a.id for a in tape.played()]


SKEWS = [
    (path, skew_ms)
    for path in TAPES
    for skew_ms in (-1_272, 1_272, 365 * DAY_MS)
    # What is usual goes by whole minutes; for the size of an order the time does not matter.
    if skew_ms % DAY_MS == 0 or path.stem == "large_trade"
]


@pytest.mark.parametrize(("path", "skew_ms"), SKEWS, ids=lambda one: getattr(one, "stem", one))
def test_the_exchange_s_clock_may_go_wrong_by_as_much_as_it_likes(path: Path, skew_ms: int):
    """Times are only compared with each other: all of them later, the same is said later."""
    tape = Tape(path)

    def moved(event: Event) -> Event:
        if isinstance(event, Gap):
            return Gap(event.symbols, event.from_ms + skew_ms, event.to_ms + skew_ms, event.reason)
        if isinstance(event, Candle):
            return msgspec.structs.replace(
                event,
                at_ms=event.at_ms + skew_ms,
                open_ms=event.open_ms + skew_ms,
                close_ms=event.close_ms + skew_ms,
            )
        return msgspec.structs.replace(event, at_ms=event.at_ms + skew_ms)

    said = tape.played([moved(event) for event in tape.events])
    assert [a.at_ms - skew_ms for a in said] == [a.at_ms for a in tape.played()]


@pytest.mark.parametrize("name", ["spot_ethusdt_20240808"])
@every_kind
def test_recorded_quiet_minutes_are_as_quiet_with_times_out_of_order(recordings, name, kind):
    """Of a clock 1.27 s behind, and every tenth event up to three seconds late."""
    rng = random.Random(3)
    path = recordings / "frames" / f"{name}.ndjson.gz"
    events = list(itertools.islice(read([path], Tally()), 30_000))
    shuffled = sorted(
        enumerate(events), key=lambda e: e[0] + (rng.randint(0, 300) if e[0] % 10 == 0 else 0)
    )
    loop = watching(kind)
    calm = [a for _, event in shuffled for a in loop.on(event)] + loop.finish()
    assert loop.failed == 0
    for alert in calm:
        sensible(alert)
    if kind in ("price_jump", "pump"):
        assert calm == []


# --- the first minutes, and thin markets ----------------------------------------------------------


@every_kind
@pytest.mark.parametrize("magnitude", [-12, -8, 0, 8, 12])
def test_the_first_minutes_of_a_symbol_say_nothing_but_large_orders(kind: str, magnitude: int):
    """Of one that rises tenfold, as new listings do."""
    price, loop = 10.0**magnitude, watching(kind)
    said: list[Alert] = []
    for n in range(290):
        at_ms, now = START_MS + n * 1_000, price * 10 ** (n / 290)
        said += loop.on(Quote("NEWUSDT", now * 0.98, 1 / now, now * 1.02, 1 / now, n, at_ms))
        said += loop.on(Trade("NEWUSDT", n, now, 100 / now, at_ms, n % 2 == 0))
    assert said + loop.finish() == []


@every_kind
@pytest.mark.parametrize("tick", [0.0, 0.01, 0.2])
def test_a_coin_of_one_trade_a_minute_is_silent_for_a_day(kind: str, tick: float):
    """Between a bid and an ask, whatever the tick between them."""
    rng, loop = random.Random(5), watching(kind)
    said: list[Alert] = []
    for n in range(1_440):
        at_ms = START_MS + n * 60_000 + rng.randint(0, 50_000)
        price = 1.0 + rng.choice((0, 1)) * tick if tick else 1.0 + rng.gauss(0, 0.002)
        said += loop.on(Trade("THINUSDT", n, price, rng.lognormvariate(3, 1), at_ms, n % 2 == 0))
    said += loop.finish()
    early = [a for a in said if a.at_ms < START_MS + 3 * 3_600_000]
    assert said == early, "once its tick is known"
    assert len(said) <= (3 if tick > 0.1 and kind == "price_jump" else 0)


@every_kind
def test_candles_without_volume_say_nothing(kind: str):
    loop = watching(kind)
    said: list[Alert] = []
    for n in range(2_000):
        open_ms = START_MS + n * 60_000
        price = 1.0 + n % 7
        said += loop.on(
            Candle(
                "DEADUSDT", "1m", open_ms, open_ms + 59_999, price, price, price, price, 0.0, 0.0,
                0, 0.0, 0.0, True, open_ms + 59_999,
            )
        )  # fmt: skip
    assert said == []


def test_fills_of_no_quantity_end_no_watch():
    """A file may have them."""
    loop = watching("large_trade")
    for number, price in enumerate((1.0, 2.0, 1.0)):
        loop.on(Trade("AUSDT", number, price, 0.0, START_MS, False))
    assert loop.finish() == []
    assert loop.failed == 0
