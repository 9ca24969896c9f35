"""What must not become a price jump: spikes, ticks, thin trading, wrong times, missing data."""

import random

import pytest
from jumps import START_MS, calm, candle, nameless, ramp, said, trades
from msgspec.structs import replace

from pipeline.model import Candle, Trade


@pytest.mark.parametrize("every_s", [1, 20, 60])
@pytest.mark.parametrize("spike", [60.0, 94.0, 106.0, 200.0])
@pytest.mark.parametrize("after_s", [300, 1_800])
def test_a_single_print_that_is_taken_back_is_no_jump_nor_is_the_way_back(every_s, spike, after_s):
    """In the warm-up (whose prices others are compared with) and after it."""
    path = [(s, p) for s, p in enumerate(calm(3_600)) if s % every_s == 0]
    prints = [(s, spike if s == after_s else p) for s, p in path]
    assert said(nameless(prints)) == []


def test_a_hundred_fills_of_one_order_far_away_are_one_print():
    sweep = [(1_800.5, 100 - n / 10) for n in range(100)]
    path = sorted([*enumerate(calm(3_600)), *sweep], key=lambda at: at[0])
    assert said(nameless(path)) == []


@pytest.mark.parametrize("every_s", [0.5, 6, 60])
@pytest.mark.parametrize("prices", [(95.0, 100.0), (1.0e-8, 1.1e-8, 1.2e-8)])
def test_prices_a_large_tick_apart_are_no_jumps(every_s, prices):
    """The spread between bid and ask is one tick, and trades come at either."""
    rng = random.Random(1)
    path = [(n * every_s, rng.choice(prices)) for n in range(3_000)]
    alerts = said(nameless(path))
    assert len(alerts) <= 3, "until the tick is known"
    assert all(a.at_ms < START_MS + 900_000 for a in alerts)


def test_a_tick_that_the_price_seldom_moves_by_is_no_jump_once_it_is_known():
    """Half an hour at five, half an hour at six."""
    path = [(s, 5e-8 if s // 1_800 % 2 else 6e-8) for s in range(0, 86_400, 5)]
    alerts = said(nameless(path))
    assert len(alerts) <= 5
    assert all(a.at_ms < START_MS + 6 * 1_800_000 for a in alerts)


def test_one_trade_a_minute_between_a_wide_bid_and_ask_is_silent():
    rng = random.Random(2)
    path = [(n * 60 + rng.random() * 50, 100 + rng.gauss(0, 1.2)) for n in range(4 * 1_440)]
    assert said(nameless(path)) == []


def test_one_trade_a_minute_tells_a_fall_at_the_second_print_out_there():
    falling = [100.0] * 60 + [93.0, 92.5, 92.4, 92.6]
    (first, *_) = said(nameless((n * 60, p) for n, p in enumerate(falling)))
    assert (first.direction, first.from_price) == ("down", 100.0)
    assert first.at_ms == START_MS + 61 * 60_000
    assert first.change_pct == pytest.approx(-7.5)
    assert first.window_s <= 300


def test_two_prints_minutes_apart_are_told_with_the_time_between_them():
    """The windows alone no longer reach back to the old price."""
    path = [*((s, p) for s, p in enumerate(calm(3_600))), (3_600, 90.0), (3_800, 90.0)]
    before = [(s - 3_600, 99.0 + s % 2) for s in range(0, 3_400, 100)]
    (alert,) = said(nameless([*before, *path]), thin_per_minute=0.0)
    assert (alert.direction, alert.at_ms) == ("down", START_MS + 3_800_000)
    assert alert.window_s == 300, "five minutes ago the old price stood"


def test_prints_too_far_apart_confirm_nothing():
    """One trade at a new price, nobody for six minutes, then others there: it had stood."""
    path = [*enumerate(calm(3_600)), (3_600, 90.0), (3_960, 90.0), (3_990, 90.0), (4_030, 90.0)]
    assert said(nameless(path), thin_per_minute=0.0) == []


def test_a_price_of_an_hour_ago_is_no_measure():
    """Nobody knows when in between it changed."""
    path = [*enumerate(calm(1_200)), *((5_000 + s, p) for s, p in enumerate(calm(600, 80.0)))]
    assert said(nameless(path)) == []


def test_trades_out_of_order_change_nothing():
    """Late ones carry the price from before the fall: no rebound."""
    prices = [*calm(1_200), *ramp(100, 94, 60), *calm(300, 94)]
    rows = nameless(enumerate(prices))
    mixed = [late for n, row in enumerate(rows) for late in (row, rows[max(0, n - 40)])]
    assert said(mixed) == said(rows) != []


def test_trades_that_come_twice_change_nothing():
    rows = nameless(enumerate([*calm(1_200), *ramp(100, 94, 60), *calm(300, 94)]))
    assert said([again for row in rows for again in (row, row)]) == said(rows) != []


def test_a_time_far_in_the_future_blinds_for_a_few_trades_only():
    """Five trades from long before it show that it was wrong."""
    wrong = [Trade("BTCUSDT", -1, 100.0, 1.0, START_MS + 86_400_000, False)]
    before = nameless(enumerate(calm(1_200)))
    after = nameless((1_200 + s, p) for s, p in enumerate([*calm(360), *ramp(100, 94, 60)]))
    assert {a.direction for a in said([*before, *wrong, *after])} == {"down"}


# --- candles instead of trades -------------------------------------------------------------------


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
    assert said([*twice, fall, fall, rows[0]]) == said([*rows, fall]) != []


def test_candles_say_nothing_where_there_are_trades():
    rows = [candle(n, price) for n, price in enumerate(calm(60))]
    assert said([*rows, *trades([100.0], start_s=3_601), candle(62, 50.0)]) == []


def test_trades_after_candles_are_watched_over_every_window():
    rows = [candle(n, price) for n, price in enumerate(calm(20))]
    alerts = said([*rows, *trades([*calm(60), *ramp(100, 98.2, 6), *calm(4, 98.2)], start_s=1_201)])
    assert [(a.direction, a.window_s) for a in alerts] == [("down", 10)]


def test_no_percentage_is_computed_across_missing_candles():
    """Two months in one replay, an exchange that stood still for three minutes."""
    first = [candle(n, price) for n, price in enumerate(calm(60))]
    for missing in (3, 40_000):
        later = [candle(60 + missing + n, price) for n, price in enumerate(calm(60, 60.0))]
        assert said([*first, *later]) == []
    assert said([*first, *(candle(60 + n, 60.0) for n in range(3))])


def test_a_candle_of_a_single_trade_needs_the_next_to_confirm_it():
    rows = [candle(n, price) for n, price in enumerate(calm(60))]
    once, empty, back = candle(60, 90.0, prints=1), candle(61, 90.0, prints=0), candle(61, 100.0)
    assert said([*rows, once, back, *(candle(62 + n, 100.0) for n in range(10))]) == []
    assert said([*rows, once, empty]) == []
    assert len(said([*rows, once, candle(61, 90.0, prints=1)])) == 1


def test_a_candle_of_a_second_needs_the_next_to_confirm_it():
    """Its trades may all be the fills of one order, whose price is taken back at once."""

    def second(n: int, close: float) -> Candle:
        open_ms = START_MS + n * 1_000
        bar = candle(0, close)
        return replace(bar, interval="1s", open_ms=open_ms, close_ms=open_ms + 999)

    quiet = [second(n, price) for n, price in enumerate(calm(600))]
    once, back = second(600, 90.0), [second(n, 100.0) for n in range(601, 620)]
    assert said([*quiet, once, *back]) == []
    (alert,) = said([*quiet, once, second(601, 90.0)])
    assert (alert.direction, alert.at_ms) == ("down", START_MS + 601_999)


def test_candles_without_trades_are_silent():
    assert said([candle(n, 100.0, prints=0) for n in range(300)]) == []


def test_five_minute_candles_are_compared_over_five_minutes():
    rows = [candle(5 * n, price, minutes=5) for n, price in enumerate(calm(60))]
    (alert,) = said([*rows, candle(300, 96.0, minutes=5)])
    assert (alert.direction, alert.window_s) == ("down", 300)
    hours = [candle(60 * n, 100.0 + 9 * (n % 2), minutes=60) for n in range(60)]
    assert said(hours) == [], "an hour is longer than any window"


def test_trades_and_candles_of_the_same_prices_are_told_alike():
    prices = [*calm(3_600), *ramp(100, 93, 180), *calm(420, 93), *ramp(93, 98, 120), *calm(60, 98)]
    by_trades = said(trades(prices))
    by_candles = said(candle(n, prices[60 * n + 59]) for n in range(len(prices) // 60))
    for direction in ("down", "up"):
        (first, *_), (other, *_) = (
            [a for a in alerts if a.direction == direction] for alerts in (by_trades, by_candles)
        )
        assert 0 <= other.at_ms - first.at_ms <= 120_000
