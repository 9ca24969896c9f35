"""Volume surges: far more than usual at this time of day, told once, and nothing told of little."""

import math
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import watch
from pipeline.detectors.time_of_day import TimeOfDay
from pipeline.detectors.volume_surge import Settings, VolumeSurges
from pipeline.market import Market
from pipeline.model import Candle, Event, Gap, Sweep, Trade, VolumeSurge
from pipeline.watch import Watch

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
START_MS = 1_760_054_400_000  # a midnight
CALM = 60_000.0
"""Dollars a minute: 300,000 in five minutes, 86.4 million a day, of which 4 % are 3,456,000."""


def loop_with(**values) -> Watch:
    detectors = {kind: entry.settings() for kind, entry in watch.KINDS.items()}
    detectors["volume_surge"] = Settings(**values)
    return Watch(Market(), watch.Settings(detectors=detectors), kinds={"volume_surge"}, raw=True)


def said(events: Iterable[Event], loop: Watch | None = None, **values) -> list[VolumeSurge]:
    loop = loop or loop_with(**values)
    alerts = [alert for event in events for alert in loop.on(event)]
    assert loop.failed == 0
    return alerts  # type: ignore[return-value]


def candle(at_ms: int, value: float, *, price: float = 100.0, trades: int = 100, **more) -> Candle:
    facts = {
        "symbol": "XYZUSDT", "interval": "1m", "open_ms": at_ms, "close_ms": at_ms + 59_999,
        "open": price, "high": price, "low": price, "close": price, "volume": value / price,
        "quote_volume": value, "trades": trades, "taker_buy_volume": 0.6 * value / price,
        "taker_buy_quote_volume": 0.6 * value, "closed": True, "at_ms": at_ms + 59_999,
    }  # fmt: skip
    return Candle(**{**facts, **more})


def candles(values: Iterable[float], from_ms: int = START_MS, **more) -> list[Candle]:
    return [candle(from_ms + n * MINUTE_MS, value, **more) for n, value in enumerate(values)]


def trades(
    value_per_s: float, from_ms: int, seconds: int, *, price: float = 100.0, per_s: int = 1, **more
) -> Iterator[Trade]:
    for n in range(seconds * per_s):
        at_ms = from_ms + n * 1000 // per_s
        yield Trade("XYZUSDT", -1, price, value_per_s / per_s / price, at_ms, n % 4 == 0, **more)


A_DAY = candles([CALM] * 1_440)
NEXT = START_MS + DAY_MS


# --- what is reported ----------------------------------------------------------------------------


def test_ten_times_the_usual_in_five_minutes_is_reported_with_its_facts():
    (alert,) = said([*A_DAY, *candles([CALM, CALM, 2e6, 2e6], NEXT, price=101.0)])
    assert alert.at_ms == NEXT + 4 * MINUTE_MS - 1
    assert alert.id == f"volume_surge:XYZUSDT:{alert.at_ms}"
    assert alert.window_s == 300
    assert alert.notional == pytest.approx(3 * CALM + 4e6)
    assert alert.usual == pytest.approx(5 * CALM)
    assert alert.times_usual == pytest.approx((3 * CALM + 4e6) / (5 * CALM))
    assert alert.buy_share_pct == pytest.approx(60)
    assert alert.trades == 500
    assert alert.change_pct == pytest.approx(1.0)
    assert alert.way == "up"
    assert alert.excess == pytest.approx((3 * CALM + 4e6) / 3_456_000), "4 % of a day is the most"
    assert not alert.recovered


def test_live_trades_and_the_candles_made_of_them_tell_the_same():
    calm = [t for n in range(7 * 60) for t in trades(1_000, START_MS + n * MINUTE_MS, 60)]
    wild = [*trades(40_000, START_MS + 7 * HOUR_MS, 120, per_s=5)]
    loop = loop_with()
    live = said([*calm, *wild], loop)
    bars = said([*candles([CALM] * 420), *candles([2.4e6, 2.4e6], START_MS + 7 * HOUR_MS)])
    assert [a.window_s for a in (*live, *bars)] == [300, 300]
    assert live[0].usual == pytest.approx(bars[0].usual, rel=0.01)
    assert live[0].at_ms < bars[0].at_ms, "in the second in which it has become so much"
    assert live[0].notional == pytest.approx(3_456_000, rel=0.02)


def test_a_surge_is_told_in_the_moment_in_which_it_is_one():
    calm = candles([CALM] * 1_440)
    loop = loop_with()
    loop._lane("XYZUSDT").detectors[0].warm(calm)  # type: ignore[attr-defined]
    (alert,) = said(trades(100_000, NEXT, 40, per_s=10), loop)
    assert alert.at_ms == NEXT + 34_500
    assert alert.window_s == 34, "nothing before was seen"
    assert alert.usual == pytest.approx(34 * 1_000)
    assert alert.times_usual == pytest.approx(3_456_000 / 34_000, rel=0.02)
    assert alert.excess == pytest.approx(1, rel=0.01)


def test_the_usual_is_that_of_the_time_of_day():
    """Ten times what is usual at night is nothing in the afternoon."""
    day = [3e6 if 14 * 60 <= n < 15 * 60 else CALM for n in range(1_440)]
    known = candles(day * 14)
    start_ms = START_MS + 14 * DAY_MS
    burst = [3e6] * 5
    morning = candles(day[: 14 * 60], start_ms)
    at_night = said([*known, *candles(burst, start_ms)], day_percent=1.0)
    at_two = said([*known, *morning, *candles(burst, start_ms + 14 * HOUR_MS)], day_percent=1.0)
    assert [alert.at_ms >= start_ms for alert in at_night].count(True) == 1
    assert [alert.at_ms >= start_ms for alert in at_two].count(True) == 0


def test_a_busy_day_needs_more_before_anything_is_a_surge():
    busy = candles([5 * CALM] * 1_440, NEXT)
    burst = [10.5 * CALM] * 6
    later_ms = NEXT + DAY_MS
    assert said([*A_DAY, *busy, *candles(burst, later_ms)], day_percent=0.0) == []
    assert len(said([*A_DAY, *candles(burst, NEXT)], day_percent=0.0)) == 1


@pytest.mark.parametrize(
    ("change", "way"), [(0.31, "up"), (-0.31, "down"), (0.29, None), (0.0, None)]
)
def test_the_way_is_that_of_a_clear_change_of_the_price(change: float, way: str | None):
    price = 100 * (1 + change / 100)
    (alert,) = said([*A_DAY, *candles([4e6], NEXT, price=price)])
    assert (alert.change_pct, alert.way) == (pytest.approx(change), way)


# --- what is not ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values",
    [
        {"times_usual": 50.0},
        {"day_percent": 6.0},
        {"min_notional": 6e6},
        {"min_trades": 10_000},
        {"warmup_s": 2 * 86_400.0},
        {"window_s": 60},
    ],
)
def test_each_threshold_alone_holds_it_back(values: dict):
    surge = candles([1e6] * 5, NEXT)
    assert len(said([*A_DAY, *surge])) == 1
    assert said([*A_DAY, *surge], **values) == []


@pytest.mark.parametrize("value", [0.0, 0.01, 1.0, 30.0])
def test_a_symbol_that_hardly_trades_says_nothing_when_somebody_does(value: float):
    quiet = candles([value] * 1_440, trades=1 if value else 0)
    order = candles([90_000.0], NEXT, trades=400)
    assert said([*quiet, *order]) == []


def test_one_large_order_is_no_surge():
    one = candles([5e6], NEXT, trades=1)
    assert said([*A_DAY[:-5], *candles([CALM] * 5, NEXT - 5 * MINUTE_MS, trades=1), *one]) == []


def test_without_a_dollar_rate_nothing_is_reported():
    events = [*A_DAY, *candles([5e6], NEXT)]
    renamed = [
        Candle(**{name: getattr(e, name) for name in e.__struct_fields__} | {"symbol": "XYZEUR"})
        for e in events
    ]
    assert said(renamed) == []
    assert len(said([Trade("EURUSDT", 1, 1.1, 1.0, START_MS, False), *renamed])) == 1


def test_the_first_minutes_say_nothing_whatever_comes():
    assert said(candles([1e9] * 29), warmup_s=0.0) == []
    assert said(trades(1e6, START_MS, 600), warmup_s=0.0) == []


def test_the_last_trades_before_a_delisting_and_silence_afterwards_say_nothing():
    calm = [t for n in range(7 * 60) for t in trades(1_000, START_MS + n * MINUTE_MS, 60)]
    later = trades(1_000, START_MS + 30 * DAY_MS, 30)
    assert said([*calm, *later]) == []


# --- once, again, afresh -------------------------------------------------------------------------

NEEDED = 3_456_000.0


def test_a_value_that_hovers_at_the_threshold_is_reported_once():
    hovering = [NEEDED * (1 + 0.2 * math.sin(n)) / 5 for n in range(25)]
    assert len(said([*A_DAY, *candles(hovering, NEXT)])) == 1


def test_it_is_reported_again_when_it_has_doubled():
    growing = [NEEDED / 5 * 1.02**n for n in range(60)]
    alerts = said([*A_DAY, *candles(growing, NEXT)])
    assert len(alerts) == 2
    assert alerts[1].excess >= 2 * alerts[0].excess


def test_it_is_reported_afresh_after_it_fell_below_half():
    again = [NEEDED, *[CALM] * 5, NEEDED, *[CALM] * 5]
    assert len(said([*A_DAY, *candles(again, NEXT)])) == 2
    still = [NEEDED, *[NEEDED * 0.11] * 5, NEEDED, *[CALM] * 5]
    assert len(said([*A_DAY, *candles(still, NEXT)])) == 1


def test_orders_of_one_time_never_share_an_id():
    loop = loop_with()
    loop._lane("XYZUSDT").detectors[0].warm(A_DAY)  # type: ignore[attr-defined]
    burst = [
        Trade("XYZUSDT", -1, 100.0, 40_000.0 * 2**n, NEXT + 500 * (n // 4), n % 2 == 0, n // 2)
        for n in range(40)
    ]
    alerts = said(burst, loop, min_trades=1)
    assert len({a.id for a in alerts}) == len(alerts)


# --- holes and disorder --------------------------------------------------------------------------


def test_after_a_gap_the_window_begins_afresh_and_the_usual_stays():
    loop = loop_with()
    detector: VolumeSurges = loop._lane("XYZUSDT").detectors[0]  # type: ignore[assignment]
    detector.warm(A_DAY)
    assert said(trades(11_000, NEXT, 280), loop) == []
    gap = Gap(("XYZUSDT",), NEXT + 280_000, NEXT + 285_000, "test")
    assert said([gap, *trades(11_000, NEXT + 285_000, 280)], loop) == []
    (alert,) = said(trades(13_000, NEXT + 565_000, 100), loop)
    assert alert.window_s == 300
    assert alert.usual == pytest.approx(300_000)


def test_a_surge_reported_before_a_gap_is_not_reported_again_after_it():
    loop = loop_with()
    loop._lane("XYZUSDT").detectors[0].warm(A_DAY)  # type: ignore[attr-defined]
    assert len(said(trades(20_000, NEXT, 300), loop)) == 1
    gap = Gap(("*",), NEXT + 300_000, NEXT + 301_000, "test")
    # In the first seconds nothing is known of the window before: it counts as over.
    again = said([gap, *trades(20_000, NEXT + 301_000, 300)], loop)
    assert [a.window_s < 300 for a in again] == [True] * len(again)


def test_a_missing_candle_begins_the_window_afresh():
    half = [NEEDED * 0.6]
    together = [*A_DAY, *candles([*half, CALM, *half], NEXT)]
    assert len(said(together)) == 1
    apart = [e for e in together if e.open_ms != NEXT + MINUTE_MS]
    assert said(apart) == []


def test_repeated_and_late_candles_count_once():
    events = [*A_DAY, *candles([NEEDED * 0.4], NEXT)]
    assert said([*events, *events[-3:], events[-1], events[-1]]) == []


def test_candles_beside_trades_do_not_count():
    calm = [*candles([CALM] * 1_440)]
    live = trades(1_000, NEXT, 60)
    assert said([*calm, *live, *candles([1e9], NEXT)]) == []


def test_long_candles_teach_but_do_not_judge():
    hours = [
        candle(START_MS + n * HOUR_MS, 60 * CALM, close_ms=START_MS + (n + 1) * HOUR_MS - 1)
        for n in range(48)
    ]
    wild = candle(START_MS + 2 * DAY_MS, 1e9, close_ms=START_MS + 2 * DAY_MS + HOUR_MS - 1)
    assert said([*hours, wild]) == []
    assert len(said([*hours, *candles([4e6], START_MS + 2 * DAY_MS)])) == 1


def test_candles_of_a_second_are_told_once_too():
    seconds = [candle(NEXT + n * 1000, 50_000.0, close_ms=NEXT + n * 1000 + 999) for n in range(99)]
    assert len(said([*A_DAY, *seconds])) == 1


def test_trades_a_little_late_count_as_if_they_came_now():
    loop = loop_with()
    loop._lane("XYZUSDT").detectors[0].warm(A_DAY)  # type: ignore[attr-defined]
    on_time = trades(6_000, NEXT, 299)
    late = trades(60_000, NEXT + 250_000, 40)
    (alert,) = said([*on_time, *late], loop)
    assert alert.at_ms < NEXT + 299_000


def test_a_time_far_ahead_does_not_collect_everything_after_it():
    """A trade with a time of tomorrow is not the last one for a day."""
    loop = loop_with()
    loop._lane("XYZUSDT").detectors[0].warm(A_DAY)  # type: ignore[attr-defined]
    wrong = Trade("XYZUSDT", -1, 100.0, 1.0, NEXT + DAY_MS, False)
    assert said([*trades(1_000, NEXT, 60), wrong], loop) == []
    assert said(trades(1_000, NEXT + 60_000, 4 * 3_600), loop) == []


# --- before the program, and after it ------------------------------------------------------------


def half_hours(count: int, until_ms: int = NEXT, value: float = 30 * CALM) -> list[Candle]:
    first_ms = until_ms - count * 1_800_000
    return [
        candle(
            first_ms + n * 1_800_000,
            value,
            interval="30m",
            close_ms=first_ms + (n + 1) * 1_800_000 - 1,
        )
        for n in range(count)
    ]


def fresh() -> VolumeSurges:
    return VolumeSurges("XYZUSDT", Settings(), Market()["XYZUSDT"])


def sweep(at_ms: int, value: float) -> Sweep:
    return Sweep(
        "XYZUSDT", "buy", at_ms, 0, 100.0, value / 100, value, 50, 100.0, 100.0, False, False
    )


def test_what_the_past_teaches_is_what_watching_it_would_have():
    warmed, watched = fresh(), fresh()
    warmed.warm(half_hours(96))
    for bar in half_hours(96):
        watched.on(bar)
    for one in (warmed, watched):
        one.on(sweep(NEXT + 1, 1.0))
    assert warmed._usual.usual(NEXT) == pytest.approx(watched._usual.usual(NEXT))
    assert warmed._usual.day == pytest.approx(watched._usual.day)
    assert list(warmed.on(sweep(NEXT + 2, 4e6)))


def test_warming_says_nothing_and_asks_for_no_more_than_it_can_use():
    one = fresh()
    assert one.lacks(NEXT) == {"30m": 480}
    one.warm([*half_hours(480), *half_hours(1, NEXT + 1_800_000)[:0]])
    assert one.lacks(NEXT + 60_000) == {}
    assert one.lacks(NEXT + 2 * HOUR_MS) == {"30m": 5}


def test_the_bar_under_way_and_what_was_watched_live_are_not_learnt_twice():
    one = fresh()
    one.on(sweep(NEXT - HOUR_MS, 1_000.0))
    open_bar = candle(NEXT - 1_800_000, 1e12, close_ms=NEXT - 1, closed=False)
    one.warm([*half_hours(48), open_bar])
    assert one._usual.seen_s == 46 * 1_800
    one.warm(half_hours(48))
    assert one._usual.seen_s == 46 * 1_800
    assert one.lacks(NEXT) == {}


def test_after_a_restart_it_goes_on_where_it_stopped():
    before, after = fresh(), fresh()
    before.warm(half_hours(96))
    before.on(sweep(NEXT + 1, 1.0))
    before.on(sweep(NEXT + 20_000, 1.0))
    after.restore(before.state())
    assert after.lacks(NEXT + 60_000) == {}, "away for less than half an hour"
    assert after.lacks(NEXT + HOUR_MS) == {"30m": 2}
    assert list(after.on(sweep(NEXT + 120_000, 4e6)))
    with pytest.raises(ValueError):
        after.restore(b"nonsense")


# --- against the straightforward computation -----------------------------------------------------


class SlowSurges:
    """Keeps every trade since the last hole and adds up the window each time."""

    def __init__(self, values: Settings) -> None:
        self.settings = values
        self.size = values.window_s // 10
        self.usual = TimeOfDay()  # held against its own definition in test_time_of_day.py
        self.kept: list[tuple[int, Sweep]] = []  # the ten seconds it counts for
        self.began_ms = 0
        self.bar = 1.0
        self.needed = math.inf

    def on(self, event: Sweep | Gap) -> tuple[int, float, int, int] | None:
        if isinstance(event, Gap):
            self.kept = []
            return None
        bucket = event.at_ms // 10_000
        if self.kept and bucket > self.kept[-1][0]:
            self.learn(event.at_ms)
        if not self.kept:
            self.began_ms = event.at_ms
        if not self.kept or bucket > self.kept[-1][0]:
            self.set_needed(event.at_ms, bucket)
        self.kept.append((bucket, event))
        total = self.window(bucket)
        fills = sum(s.fills for b, s in self.kept if b > bucket - self.size)
        if total < self.needed * self.bar * (1 - 1e-12) or fills < self.settings.min_trades:
            return None
        self.bar = 2 * total / self.needed
        seconds = max(1, (event.at_ms + 1 - self.began_ms) // 1000)
        return event.at_ms, total, fills, min(self.settings.window_s, seconds)

    def window(self, bucket: int) -> float:
        return math.fsum(s.notional for b, s in self.kept if bucket - self.size < b <= bucket)

    def learn(self, at_ms: int) -> None:
        last = self.kept[-1][0]
        value = sum(s.notional for b, s in self.kept if b == last)
        from_ms = max(last * 10_000, self.began_ms)
        self.usual.add(from_ms, (last + 1) * 10_000, value)
        if at_ms - (last + 1) * 10_000 > 1_800_000:
            self.kept = []
        else:
            self.usual.add((last + 1) * 10_000, at_ms // 10_000 * 10_000, 0.0)

    def set_needed(self, at_ms: int, bucket: int) -> None:
        own = self.settings
        ends = self.usual.usual(at_ms), self.usual.usual(at_ms - own.window_s * 1000)
        self.needed = math.inf
        if self.usual.seen_s >= own.warmup_s and max(ends) > 0:
            self.needed = max(
                own.times_usual * max(*ends, self.usual.recent) * own.window_s,
                own.day_percent / 100 * self.usual.day,
                own.min_notional,
            )
        if self.window(bucket - 1) < self.needed / 2:
            self.bar = 1.0


waits_ms = st.one_of(
    st.integers(1, 3_000), st.integers(1, 200_000), st.integers(1, 4_000_000), st.just(10_000)
)
values = st.sampled_from((10.0, 77.7, 500.0, 3e3, 2e4, 3e5))
steps = st.lists(st.tuples(waits_ms, values, st.integers(0, 60)), max_size=80)
HOURS_BEFORE = [(30_000, 40.0 + n % 7, 1) for n in range(300)]


@settings(max_examples=60)
@given(steps, st.sampled_from((60, 300)))
def test_alerts_are_those_of_the_straightforward_computation(rows, window_s):
    chosen = Settings(
        window_s=window_s, warmup_s=0.0, min_trades=60, min_notional=1_000.0, times_usual=3.0
    )
    fast, slow = VolumeSurges("XYZUSDT", chosen, Market()["XYZUSDT"]), SlowSurges(chosen)
    at_ms = START_MS
    for wait_ms, value, gap in [*HOURS_BEFORE, *rows]:
        at_ms += wait_ms
        event: Sweep | Gap = sweep(at_ms, value)
        if gap == 0:
            event = Gap(("XYZUSDT",), at_ms - 1, at_ms, "test")
        expected = slow.on(event)
        alerts = list(fast.on(event))
        assert [(a.at_ms, a.trades, a.window_s) for a in alerts] == (
            [] if expected is None else [(expected[0], expected[2], expected[3])]
        )
        if expected:
            assert alerts[0].notional == pytest.approx(expected[1], rel=1e-12)


def test_it_stays_exact_over_weeks_of_trades():
    """Three weeks of a trade every 20 seconds, of wildly different sizes."""
    fast, slow = fresh(), SlowSurges(Settings())
    found = 0
    for n in range(3 * 7 * 4_320):
        size = 10 ** (1 + n * n % 37 / 12) * (60 if n % 9_001 < 12 else 1)
        event = sweep(START_MS + n * 20_000 + n % 7_000, size)
        slow.kept = slow.kept[-60:]
        expected = slow.on(event)
        alerts = list(fast.on(event))
        assert len(alerts) == (expected is not None)
        if expected:
            found += 1
            assert alerts[0].notional == pytest.approx(expected[1], rel=1e-12)
    assert found >= 3
