"""Price jumps: moves far outside the usual ones, reported once, with the right sign."""

import itertools
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import watch
from pipeline.detectors import price_jump
from pipeline.detectors.price_jump import PriceJumps, Settings
from pipeline.market import Market
from pipeline.model import Candle, Gap, PriceJump, Trade
from pipeline.sources.recording import Tally, read
from pipeline.watch import Watch

START_MS = 1_760_000_000_000
FLOORS_ONLY = {"threshold": 1e-6}  # the usual size of moves does not matter
AT_ONCE = {"confirm_trades": 1, "confirm_s": 0.0}


def watching(**settings) -> Watch:
    detectors = {kind: entry.settings() for kind, entry in watch.KINDS.items()}
    detectors["price_jump"] = Settings(**settings)
    return Watch(Market(), watch.Settings(detectors=detectors), kinds={"price_jump"}, raw=True)


def said(events, **settings) -> list[PriceJump]:
    loop = watching(**settings)
    return [alert for event in events for alert in loop.on(event)]


def trades(prices, start_s=0, every_ms=1_000) -> list[Trade]:
    """One trade a second."""
    began_ms = START_MS + start_s * 1_000
    return [
        Trade("BTCUSDT", began_ms // 1_000 + n, price, 1.0, began_ms + n * every_ms, False)
        for n, price in enumerate(prices)
    ]


def calm(seconds: int, price=100.0) -> list[float]:
    """A little up and down, as any market does: 0.02 % within ten seconds."""
    steps = (0.0, 0.01, 0.02, 0.01, -0.01, 0.0, -0.02)
    return [price * (1 + steps[n % 7] / 100) for n in range(seconds)]


def ramp(before: float, after: float, seconds: int) -> list[float]:
    return [before + (after - before) * n / seconds for n in range(1, seconds + 1)]


# --- the robust method ---------------------------------------------------------------------------


def test_a_calm_market_is_silent():
    assert said(trades(calm(7_200))) == []


def test_a_slow_drift_is_silent():
    """Ten percent within an hour is no jump."""
    prices = calm(1_200) + [p * w for p, w in zip(calm(3_600), ramp(1, 1.1, 3_600), strict=True)]
    assert said(trades(prices)) == []


@pytest.mark.parametrize(("percent", "direction"), [(-5, "down"), (5, "up")])
def test_five_percent_within_two_minutes_are_told_with_their_sign(percent, direction):
    prices = calm(1_200) + ramp(100, 100 + percent, 120) + calm(600, 100 + percent)
    alerts = said(trades(prices))
    assert alerts
    assert {alert.direction for alert in alerts} == {direction}
    for alert in alerts:
        assert (alert.change_pct > 0) == (alert.zscore > 0) == (direction == "up")
        assert alert.change_pct == pytest.approx((alert.price / alert.from_price - 1) * 100)
        assert alert.zscore == pytest.approx(alert.change_pct / alert.usual_pct)
        assert abs(alert.zscore) >= 7
        assert alert.window_s in (10, 60, 300)
        assert START_MS + 1_200_000 < alert.at_ms <= START_MS + 1_325_000
    assert alerts[0].at_ms <= START_MS + 1_265_000, "half of the fall is enough"
    assert len(alerts) <= 3, "one move is not a dozen alerts"


def test_the_change_is_measured_against_the_price_before():
    """A price that halves fell by 50 %, not by 100 %."""
    (first, *_) = said(trades([*calm(1_200, 100.0), *[50.0] * 5]))
    assert first.change_pct == pytest.approx(-50, abs=0.1)


@pytest.mark.parametrize("warmup_s", [60.0, 600.0])
def test_nothing_is_reported_before_the_warm_up(warmup_s):
    """The first change of a window can be known only after that window."""
    jump = [*calm(int(warmup_s) - 5), 50.0, 150.0, 50.0]
    assert said(trades(jump), **AT_ONCE, warmup_s=warmup_s) == []
    assert said(trades([*calm(int(warmup_s) + 15), 50.0]), **AT_ONCE, warmup_s=warmup_s)


def test_a_move_usual_for_the_symbol_is_silent():
    """A market that swings by 3 % all the time has other jumps than a calm one."""
    swing = list(itertools.islice(itertools.cycle(ramp(100, 103, 10) + ramp(103, 100, 10)), 2_400))
    assert said(trades(swing)) == []
    assert said(trades([*calm(2_400), *ramp(100, 103, 10)]))


def test_a_detector_does_not_learn_from_its_own_outlier():
    """The second fall of the same size is reported like the first."""
    prices = [
        *calm(3_600),
        *ramp(100, 95, 60),
        *calm(900, 95),
        *ramp(95, 90.25, 60),
        *calm(60, 90.25),
    ]
    alerts = said(trades(prices))
    first = [a for a in alerts if a.at_ms < START_MS + 3_700_000]
    second = [a for a in alerts if a.at_ms > START_MS + 4_500_000]
    assert first
    assert second
    usual = {(a.window_s): a.usual_pct for a in first}
    for alert in second:
        assert alert.usual_pct < 2 * usual.get(alert.window_s, 1.0)


def test_a_price_that_hovers_at_the_threshold_is_reported_once():
    """2 % a minute, a little less and a little more, for ten minutes."""
    climbing = [100 * 1.02 ** (n / 60) * (1.0005 if n // 7 % 2 else 0.9995) for n in range(600)]
    alerts = said(trades(calm(900) + climbing), **FLOORS_ONLY, min_percent=(90.0, 2.0, 90.0))
    assert len(alerts) == 1


def test_a_jump_is_reported_again_each_time_it_has_grown_by_half():
    levels = (102.1, 103.0, 103.3, 104.5, 104.8, 105.2)
    prices = [*calm(900), *(level for level in levels for _ in range(10))]
    alerts = said(trades(prices), **FLOORS_ONLY, min_percent=(90.0, 2.0, 90.0))
    assert [alert.price for alert in alerts] == [102.1, 103.3, 105.2]


def test_a_second_jump_is_reported_once_the_first_has_died_down():
    once = [*calm(900), *calm(70, 102.5)]
    settings = {**FLOORS_ONLY, "min_percent": (90.0, 2.0, 90.0)}
    assert len(said(trades([*once, *calm(70, 105.1)]), **settings)) == 2
    # Within the first minute the move has not died down: half as much again is nothing new.
    soon = [*calm(900), *calm(30, 102.5), *calm(29, 103.0)]
    assert len(said(trades(soon), **settings)) == 1


def test_a_rebound_is_a_jump_of_its_own():
    prices = [*calm(900), *calm(20, 97.0), *calm(20, 100.0)]
    alerts = said(trades(prices), **FLOORS_ONLY, min_percent=(2.0, 90.0, 90.0))
    assert [alert.direction for alert in alerts] == ["down", "up"]


def test_no_percentage_is_computed_across_a_gap():
    gap = Gap(("BTCUSDT",), START_MS + 1_200_000, START_MS + 1_260_000, "test")
    before, after = trades(calm(1_200)), trades(calm(290, 50.0), start_s=1_260)
    assert said([*before, gap, *after]) == []
    assert said([*before, *after]), "without the gap it is a crash"


def test_the_usual_moves_survive_a_gap():
    """A fall within the new data is told at once, without another warm-up."""
    gap = Gap(("*",), START_MS + 1_200_000, START_MS + 1_260_000, "test")
    after = trades([*calm(30, 50.0), *calm(5, 47.5)], start_s=1_260)
    alerts = said([*trades(calm(1_200)), gap, *after])
    assert [(a.direction, a.window_s) for a in alerts] == [("down", 10)]


def test_a_jump_among_recovered_trades_is_marked_as_recovered():
    late = [Trade("BTCUSDT", 9_000_000_000, 90.0, 1.0, START_MS + 1_200_000, True, recovered=True)]
    assert [a.recovered for a in said(trades(calm(1_200)) + late, **AT_ONCE)] == [True]


def test_fills_of_one_millisecond_never_share_an_id():
    """An order that sweeps a thin book: each fill is half as far away again."""
    sweep = [
        Trade("BTCUSDT", 10_000_000_000 + n, price, 1.0, START_MS + 1_200_000 + n // 3, True)
        for n, price in enumerate([95.0, 90.0, 80.0, 60.0, 30.0, 10.0])
    ]
    alerts = said(trades(calm(1_200)) + sweep, **AT_ONCE)
    assert len({alert.id for alert in alerts}) == len(alerts) == 2
    assert alerts[-1].price == 60.0, "the next millisecond tells how far it went"


@pytest.mark.parametrize(
    ("beyond", "told"),
    [
        ([(0, 95.0)], False),
        ([(0, 95.0), (250, 95.0), (500, 95.0), (999, 95.0)], False),
        ([(0, 95.0), (250, 95.0), (500, 95.0), (750, 95.0), (1_000, 95.0)], True),
        ([(0, 95.0), (250, 95.0), (500, 95.0), (750, 95.0), (999, 95.0)], False),  # not a second
        ([(0, 95.0), (500, 95.0), (500, 95.0), (500, 95.0), (1_500, 95.0)], False),  # one order
        ([(0, 95.0), (500, 95.0), (600, 100.0), (700, 95.0), (1_500, 95.0)], False),  # came back
        ([(0, 95.0), (400, 105.0), (800, 95.0), (1_200, 105.0), (1_600, 95.0)], False),  # bid, ask
    ],
)
def test_a_jump_is_told_when_five_trade_times_in_a_row_and_a_second_lie_out_there(beyond, told):
    """On thin markets single prints jump between a wide bid and ask all day."""
    late = [
        Trade("BTCUSDT", 9_000_000_000 + n, price, 1.0, START_MS + 1_200_000 + ms, True)
        for n, (ms, price) in enumerate(beyond)
    ]
    assert bool(said(trades(calm(1_200)) + late)) == told


def test_trades_before_a_gap_confirm_nothing_after_it():
    gap = Gap(("BTCUSDT",), START_MS + 1_203_500, START_MS + 1_204_000, "test")
    settings = {**FLOORS_ONLY, "min_percent": (90.0, 2.0, 90.0), "confirm_trades": 5}
    before = trades([*calm(1_200), *[95.0] * 4])
    after = trades([*calm(61, 50.0), *[47.0] * 5], start_s=1_204)
    assert said([*before, gap, *after[:-1]], **settings) == []
    assert len(said([*before, gap, *after], **settings)) == 1


class Unhurried(PriceJumps):
    """Judges every price, instead of those outside this second's bounds only."""

    __slots__ = ()

    def _learn(self, at_ms, horizons):
        super()._learn(at_ms, horizons)
        self._high = 0.0


@given(
    st.lists(st.tuples(st.integers(0, 2_500), st.floats(-0.02, 0.02)), min_size=30, max_size=150),
    st.integers(0, 999),
)
def test_leaving_out_prices_that_cannot_be_a_jump_changes_nothing(steps, offset_ms):
    settings = Settings(warmup_s=5.0, min_percent=(1.0, 2.0, 3.0), threshold=1.5, **AT_ONCE)
    alerts = []
    for kind in (PriceJumps, Unhurried):
        market = Market()
        state = market["BTCUSDT"]
        detector = kind("BTCUSDT", settings, state)
        price, at_ms = 100.0, START_MS + offset_ms
        told = []
        for number, (passed, step) in enumerate(steps):
            at_ms += passed
            price *= 1 + step
            trade = Trade("BTCUSDT", number, price, 1.0, at_ms, False)
            market.trade(state, trade)
            told += detector.on(trade)
        alerts.append(told)
    assert alerts[0] == alerts[1]


# --- candles instead of trades -------------------------------------------------------------------


def candle(minute: int, close: float, *, closed=True) -> Candle:
    open_ms = START_MS // 60_000 * 60_000 + minute * 60_000
    return Candle(
        symbol="BTCUSDT",
        interval="1m",
        open_ms=open_ms,
        close_ms=open_ms + 59_999,
        open=close,
        high=close,
        low=close,
        close=close,
        volume=1.0,
        quote_volume=close,
        trades=1,
        taker_buy_volume=0.5,
        taker_buy_quote_volume=0.5 * close,
        closed=closed,
        at_ms=open_ms + 59_999,
    )


def test_candles_are_judged_by_their_closes():
    rows = [candle(n, price) for n, price in enumerate(calm(60))]
    assert said(rows) == []
    (alert,) = said([*rows, candle(60, 95.0)])
    assert (alert.direction, alert.window_s in (60, 300)) == ("down", True)
    assert alert.at_ms == rows[-1].close_ms + 60_000
    assert said([*rows, candle(60, 95.0, closed=False)]) == []


def test_a_candle_that_comes_twice_or_late_teaches_nothing_and_says_nothing():
    rows = [candle(n, price) for n, price in enumerate(calm(60))]
    twice = [again for row in rows for again in (row, row, rows[max(0, rows.index(row) - 3)])]
    fall = candle(60, 95.0)
    assert said([*twice, fall, fall, rows[0]]) == said([*rows, fall])


def test_candles_say_nothing_where_there_are_trades():
    rows = [candle(n, price) for n, price in enumerate(calm(60))]
    assert said([*rows, *trades([100.0], start_s=3_601), candle(62, 50.0)]) == []


def test_four_symbols_that_crashed_together_are_each_reported_within_the_minutes(recordings):
    """DATA.md: 2025-02-03 01:55 UTC, 10 to 14 % within five minutes."""
    began_ms = 1_738_547_700_000
    for name in ("ALGO", "AVAX", "FIL", "NEAR"):
        path = recordings / "klines" / f"{name}USDT-1m-2025-02.csv.gz"
        rows = itertools.islice(read([path], Tally()), 3 * 1_440)
        alerts = said(rows)
        near = [a for a in alerts if began_ms - 300_000 <= a.at_ms <= began_ms + 600_000]
        assert any(a.direction == "down" and a.change_pct < -3 for a in near), name


def test_a_calm_month_has_few_alerts(recordings):
    path = recordings / "klines" / "NEARUSDT-1m-2025-06.csv.gz"
    alerts = said(read([path], Tally()))
    assert len(alerts) / 30 < 0.5


# --- the classic rule ----------------------------------------------------------------------------


def textbook(events, window=20, least=5, deviations=2.5, cooldown_s=30.0) -> list[int]:
    """When the tutorial's rule fires, straight from its description."""
    fired: list[int] = []
    for number, event in enumerate(events):
        prices = [e.price for e in events[max(0, number + 1 - window) : number + 1]]
        deviation = statistics.pstdev(prices)
        if len(prices) < least or deviation <= 1e-12 * statistics.fmean(prices):
            continue
        if fired and event.at_ms - fired[-1] < cooldown_s * 1_000:
            continue
        if abs(event.price - statistics.fmean(prices)) > deviations * deviation:
            fired.append(event.at_ms)
    return fired


@given(st.lists(st.sampled_from((99.0, 100.0, 100.0, 100.0, 101.0, 120.0)), max_size=80))
def test_the_classic_rule_fires_as_its_description_says(prices):
    events = trades(prices)
    assert [a.at_ms for a in said(events, method="classic")] == textbook(events)


def test_the_classic_rule_follows_its_settings():
    prices = [100.0, 101.0] * 6 + [110.0] + [100.0, 101.0] * 10 + [110.0]
    events = trades(prices)
    settings = {
        "method": "classic",
        "classic_window": 8,
        "classic_min_samples": 3,
        "classic_deviations": 1.4,
        "classic_cooldown_s": 5.0,
    }
    expected = textbook(events, 8, 3, 1.4, 5.0)
    assert len(expected) >= 2
    alerts = said(events, **settings)
    assert [a.at_ms for a in alerts] == expected
    assert all(a.excess == pytest.approx(abs(a.zscore) / 1.4) for a in alerts)


def test_the_classic_rule_says_how_far_and_since_when():
    events = trades([100.0, 101.0] * 9 + [100.0, 110.0])
    (alert,) = said(events, method="classic")
    assert (alert.direction, alert.from_price, alert.price) == ("up", 100.0, 110.0)
    assert alert.change_pct == pytest.approx(10.0)
    assert alert.window_s == 19


def test_equal_prices_never_fire_the_classic_rule():
    assert said(trades([0.1] * 100), method="classic", classic_deviations=0.1) == []


def test_the_classic_rule_needs_new_trades_after_a_gap():
    gap = Gap(("BTCUSDT",), START_MS, START_MS + 20_000, "test")
    before, after = trades([100.0, 101.0] * 10), trades([110.0], start_s=20)
    assert said([*before, *after], method="classic")
    assert said([*before, gap, *after], method="classic") == []


def test_without_a_cooldown_the_classic_rule_still_fires_once_a_millisecond():
    events = trades([100.0, 101.0] * 10)
    events += trades([150.0, 300.0, 600.0, 1_200.0], start_s=20, every_ms=0)
    alerts = said(events, method="classic", classic_cooldown_s=0.0)
    assert len({a.id for a in alerts}) == len(alerts) == 1


def test_each_method_is_made_by_its_name():
    state = Market()["BTCUSDT"]
    assert isinstance(price_jump.make("BTCUSDT", Settings(), state), PriceJumps)
    classic = price_jump.make("BTCUSDT", Settings(method="classic"), state)
    assert isinstance(classic, price_jump.ClassicJump)
