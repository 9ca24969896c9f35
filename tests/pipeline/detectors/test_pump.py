"""Pumps: a crowd that buys a symbol up is told at once; whatever only looks like one is not."""

import gc
import itertools
import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import watch
from pipeline.detectors.pump import Settings
from pipeline.gate import Settings as GateSettings
from pipeline.market import Market
from pipeline.model import Gap, Pump, Trade
from pipeline.seconds import Second
from pipeline.sources.recording import Tally, read
from pipeline.sweeps import Sweeps
from pipeline.watch import Watch

START_S = 1_760_000_400  # a block of five minutes begins
HOUR_S = 3_600
PRICE = 100.0


def watching(*, raw=True, **values) -> Watch:
    detectors = {kind: entry.settings() for kind, entry in watch.KINDS.items()}
    detectors["pump"] = Settings(**values)
    return Watch(Market(), watch.Settings(detectors=detectors), kinds={"pump"}, raw=raw)


def said(events, loop: Watch | None = None, **values) -> list[Pump]:
    loop = loop or watching(**values)
    return [alert for event in events for alert in loop.on(event)] + loop.finish()


def order(at_s, price, quantity=1.0, *, sold=False, fills=1, step=0.0) -> list[Trade]:
    """One order: ``fills`` of the same millisecond, each ``step`` above the one before."""
    at_ms = round((START_S + at_s) * 1_000)
    part = quantity / fills
    return [Trade("NEWBTC", -1, price + n * step, part, at_ms, sold) for n in range(fills)]


def bustle(from_s, to_s, price=PRICE, every_s=20.0) -> list[Trade]:
    """A thin coin on an ordinary day: now and then a small order on either side of the spread."""
    trades = []
    for n in range(int((to_s - from_s) / every_s)):
        sold = n % 3 == 0
        trades += order(from_s + n * every_s, price * (0.999 if sold else 1.001), sold=sold)
    return trades


def crowd(at_s, orders, seconds, rise_pct, price=PRICE, fills=2) -> list[Trade]:
    """So many buy orders one after the other, the last of them so many percent up."""
    trades = []
    for n in range(1, orders + 1):
        now = price * (1 + rise_pct / 100 * n / orders)
        trades += order(at_s + seconds * (n - 1) / orders, now, fills=fills if n % 2 else 1)
    return trades


QUIET = bustle(0, 2 * HOUR_S)
PUMPED_S = 2 * HOUR_S


# --- what is told --------------------------------------------------------------------------------


def test_a_crowd_that_buys_the_price_up_is_told_within_seconds_with_what_was_measured():
    rush = crowd(PUMPED_S, orders=60, seconds=6, rise_pct=12)
    first, *more = said([*QUIET, *rush])
    assert first.at_ms - 1_000 * (START_S + PUMPED_S) < 3_000, "not when all is over"
    for alert in (first, *more):
        window_ms = 1_000 * alert.window_s
        before = [t for t in [*QUIET, *rush] if t.at_ms <= alert.at_ms]
        # Windows begin with whole seconds: the current one and those before it.
        began_ms = alert.at_ms // 1_000 * 1_000 - window_ms + 1_000
        buys = [t for t in before if t.at_ms >= began_ms and not t.buyer_is_maker]
        times = [t.at_ms for t in buys]
        assert alert.buys == len(set(times))
        assert alert.rush_orders == sum(times.count(at) > 1 for at in set(times))
        assert alert.notional == pytest.approx(sum(t.price * t.quantity for t in buys))
        assert alert.price == before[-1].price
        assert alert.from_price == next(t for t in reversed(before) if t.at_ms < began_ms).price
        assert alert.change_pct == pytest.approx((alert.price / alert.from_price - 1) * 100)
        assert alert.times_usual == pytest.approx(alert.buys / alert.usual_buys)
        usual = alert.window_s / 30  # bustle is a buy every thirty seconds
        assert alert.usual_buys == pytest.approx(usual, rel=0.01)
        assert alert.id == f"pump:NEWBTC:{alert.at_ms}"


def test_a_crowd_that_gathers_over_half_a_minute_is_told():
    (first, *_) = said([*QUIET, *crowd(PUMPED_S, orders=150, seconds=24, rise_pct=4)])
    assert first.window_s == 25
    assert first.at_ms < 1_000 * (START_S + PUMPED_S + 25)


def test_one_pump_is_told_once_and_half_a_minute_later_again_if_it_is_twice_as_strong():
    wave = crowd(PUMPED_S, orders=400, seconds=20, rise_pct=80)
    (first,) = said([*QUIET, *wave])
    same = crowd(PUMPED_S + 60, orders=10, seconds=2, rise_pct=4, price=PRICE * 1.8)
    assert said([*QUIET, *wave, *same]) == [first]
    larger = crowd(PUMPED_S + 60, orders=400, seconds=5, rise_pct=80, price=PRICE * 1.8)
    alerts = said([*QUIET, *wave, *larger])
    assert alerts[0] == first
    for before, after in itertools.pairwise(alerts):
        assert after.excess >= 2 * before.excess
        assert after.at_ms - before.at_ms >= 30_000
    assert len(alerts) == 2


def test_a_second_pump_after_a_quarter_of_an_hour_is_told_afresh():
    rush = dict(orders=60, seconds=6, rise_pct=12)
    once = [*QUIET, *crowd(PUMPED_S, **rush)]
    soon = said([*once, *bustle(PUMPED_S + 60, PUMPED_S + 600), *crowd(PUMPED_S + 600, **rush)])
    later_s = PUMPED_S + 1_800
    later = said([*once, *bustle(PUMPED_S + 60, later_s), *crowd(later_s, **rush)])
    assert len(soon) == len(said(once))
    assert len(later) > len(soon)


def test_the_gate_passes_one_message_a_pump_and_half_an_hour():
    rush = dict(orders=60, seconds=6, rise_pct=12)
    again_s = PUMPED_S + 1_500
    once = [*QUIET, *crowd(PUMPED_S, **rush)]
    twice = [*once, *bustle(PUMPED_S + 60, again_s), *crowd(again_s, **rush)]
    assert len(said(twice)) > len(said(once))
    assert said(twice, watching(raw=False)) == said(once, watching(raw=False))
    assert GateSettings().cooldown_by_kind["pump"] == 1_800


@pytest.mark.parametrize("scale", [1e-8, 1e4])
def test_the_currency_of_the_price_does_not_matter(scale):
    """Satoshi or dollars, a million coins or a thousandth: the same pump."""
    events = [*QUIET, *crowd(PUMPED_S, orders=60, seconds=6, rise_pct=12)]
    scaled = [
        Trade(t.symbol, -1, t.price * scale, t.quantity / scale**2, t.at_ms, t.buyer_is_maker)
        for t in events
    ]
    alerts, others = said(events), said(scaled)
    assert [a.id for a in others] == [a.id for a in alerts] != []
    for alert, other in zip(alerts, others, strict=True):
        assert (other.buys, other.window_s) == (alert.buys, alert.window_s)
        assert other.excess == pytest.approx(alert.excess)


# --- what is not ---------------------------------------------------------------------------------


def test_one_large_order_in_a_thin_book_is_silent():
    """Forty resting orders and eleven percent: one buyer."""
    sweep = order(PUMPED_S, PRICE, 5_000.0, fills=40, step=0.28)
    assert said([*QUIET, *sweep, *bustle(PUMPED_S + 1, PUMPED_S + 60, PRICE * 1.11, 2.0)]) == []


def test_a_large_order_with_a_few_small_ones_behind_it_is_silent():
    """Nor do some that follow make it a crowd: it paid nearly all of the money."""
    sweep = order(PUMPED_S, PRICE, 5_000.0, fills=40, step=0.28)
    followers = crowd(PUMPED_S + 1, orders=30, seconds=4, rise_pct=0.5, price=PRICE * 1.11)
    assert said([*QUIET, *sweep, *followers]) == []
    assert said([*QUIET, *sweep, *followers], one_order_share=1.0)


def test_many_buys_that_hardly_move_the_price_are_silent():
    assert said([*QUIET, *crowd(PUMPED_S, orders=200, seconds=20, rise_pct=2.5)]) == []


def test_a_rise_on_a_few_orders_is_silent():
    """A thin coin jumps ten percent on three buys now and then."""
    assert said([*QUIET, *crowd(PUMPED_S, orders=3, seconds=2, rise_pct=10)]) == []


def test_a_crowd_that_sells_is_silent():
    sales = [
        Trade(t.symbol, -1, 2 * PRICE - t.price, t.quantity, t.at_ms, True)
        for t in crowd(PUMPED_S, orders=60, seconds=6, rise_pct=12)
    ]
    assert said([*QUIET, *sales]) == []


def test_what_a_symbol_does_all_the_time_is_silent():
    """Crowds of the same size every two minutes: this is how the symbol trades."""
    lively = []
    for n in range(60):
        lively += bustle(n * 120, n * 120 + 100)
        lively += crowd(n * 120 + 100, orders=60, seconds=6, rise_pct=12)
    after_an_hour = [a for a in said(lively) if a.at_ms > 1_000 * (START_S + HOUR_S + 600)]
    assert after_an_hour == []


def test_a_liquid_pair_that_moves_by_two_percent_in_ten_seconds_is_silent():
    """Ten times the usual orders included."""
    rng = random.Random(3)
    trades, price = [], PRICE
    for n in range(60_000):
        at_s = n * 0.1
        price *= 1 + rng.gauss(0, 4e-5)
        trades += order(at_s, price, rng.expovariate(1), sold=rng.random() < 0.5, fills=1 + n % 3)
    burst = crowd(6_000, orders=1_000, seconds=10, rise_pct=2, price=price, fills=3)
    assert said([*trades, *burst]) == []


def test_the_rebound_of_a_flash_crash_is_silent():
    """Down a third within a minute and up again by a crowd: only what it was worth before."""
    crash = []
    for n in range(60):
        crash += order(PUMPED_S + n, PRICE * (1 - n / 180), sold=True, fills=3)
    low = PRICE * 2 / 3
    rebound = crowd(PUMPED_S + 70, orders=150, seconds=15, rise_pct=45, price=low)
    assert said([*QUIET, *crash, *rebound]) == []
    fresh = crowd(PUMPED_S, orders=150, seconds=15, rise_pct=45)
    assert said([*QUIET, *fresh])


def test_what_a_symbol_was_worth_twenty_minutes_ago_does_not_matter():
    """Not even if nothing was traded since."""
    fallen = [*order(PUMPED_S, PRICE * 0.7, sold=True), *order(PUMPED_S + 1_200, PRICE * 0.7)]
    rush = crowd(PUMPED_S + 1_230, orders=60, seconds=6, rise_pct=12, price=PRICE * 0.7)
    assert said([*QUIET, *fallen, *rush])


def test_a_crowd_that_moves_the_price_by_one_tick_only_is_silent():
    """Where a tick is five percent, one is the spread and two are a rise."""
    trades = [
        trade
        for n in range(2 * HOUR_S // 20)
        for trade in order(n * 20, 20.0 if n % 2 or n > 300 else 19.0, sold=n % 2 == 0)
    ]

    def rush(to: float) -> list[Trade]:
        return [t for n in range(40) for t in order(PUMPED_S + n / 10, to, fills=2)]

    assert said([*trades, *rush(21.0)]) == []
    assert said([*trades, *rush(22.0)])


def test_one_step_of_a_price_with_few_digits_is_silent():
    """Where a tick is four percent, a dozen buys at the next one are an ordinary minute."""
    trades = []
    for n in range(12):
        trades += bustle(n * 1_200, n * 1_200 + 1_190, price=25.0)
        trades += order(n * 1_200 + 1_195, 26.0)
    trades += bustle(14_400, 15_600, price=25.0)
    ticked = [t for n in range(12) for t in order(15_601 + n / 3, 26.0, fills=2 - n % 2)]
    assert said([*trades, *ticked]) == []
    finer = [t for t in trades if t.price < 25.5]
    assert said([*finer, *ticked]), "where that is unusual it is one"


def test_fewer_buys_than_usual_are_no_crowd_whatever_the_price_does():
    """A symbol where sixty small orders at once are nothing."""
    busy = []
    for n in range(120):
        busy += crowd(n * 60, orders=60, seconds=4, rise_pct=0.0, fills=1)
    jump = crowd(PUMPED_S, orders=30, seconds=4, rise_pct=60, fills=4)
    assert said([*busy, *jump]) == []
    assert said([*busy, *crowd(PUMPED_S, orders=90, seconds=4, rise_pct=60, fills=4)])


def test_a_symbol_s_first_hour_is_silent():
    young = bustle(0, 1_800)
    rush = crowd(1_800, orders=60, seconds=6, rise_pct=12)
    assert said([*young, *rush]) == []
    assert said([*young, *rush], warmup_s=1_200.0)


def test_without_a_whole_block_of_five_minutes_nothing_is_usual_yet():
    rush = crowd(200, orders=60, seconds=6, rise_pct=12)
    assert said([*bustle(0, 200), *rush], warmup_s=0.0) == []


# --- holes, disorder, repetition ----------------------------------------------------------------


def gap(at_s, length_s=30.0) -> Gap:
    at_ms = round(1_000 * (START_S + at_s))
    return Gap(("*",), at_ms - round(1_000 * length_s), at_ms, "test")


def test_a_price_that_moved_during_a_gap_is_no_rise():
    buys = crowd(PUMPED_S + 0.1, orders=60, seconds=4, rise_pct=0.5, price=PRICE * 1.3)
    assert said([*QUIET, *buys]), "without the gap it is one"
    assert said([*QUIET, gap(PUMPED_S), *buys]) == []


def test_a_price_from_before_a_gap_does_not_hide_a_rise_behind_it():
    """The coin fell by half where nobody saw it; what rises from there is measured from there."""
    calm = bustle(PUMPED_S, PUMPED_S + 60, price=PRICE / 2, every_s=5.0)
    rush = crowd(PUMPED_S + 60, orders=60, seconds=6, rise_pct=12, price=PRICE / 2)
    assert said([*QUIET, *calm, *rush]) == [], "without the gap it is a rebound"
    assert said([*QUIET, gap(PUMPED_S), *calm, *rush])


def test_after_a_gap_what_is_usual_is_still_known():
    rush = crowd(PUMPED_S + 60, orders=60, seconds=6, rise_pct=12)
    calm = bustle(PUMPED_S, PUMPED_S + 60, every_s=5.0)
    (first, *_) = said([*QUIET, gap(PUMPED_S, 7_000), *calm, *rush])
    assert first.window_s * 1_000 <= first.at_ms - 1_000 * (START_S + PUMPED_S)


def test_a_long_gap_is_no_quiet_time():
    """Nothing seen is not nothing happened: the blocks of a gap do not count as silent ones."""
    lively = []
    for n in range(30):
        lively += bustle(n * 120, n * 120 + 100)
        lively += crowd(n * 120 + 100, orders=60, seconds=6, rise_pct=12)
    back_s = 14 * HOUR_S
    rush = crowd(back_s + 60, orders=60, seconds=6, rise_pct=12)
    calm = bustle(back_s, back_s + 60, every_s=5.0)
    seen = said([*lively, gap(back_s, 13 * HOUR_S), *calm, *rush])
    assert all(alert.at_ms < 1_000 * (START_S + back_s) for alert in seen)
    idle = bustle(HOUR_S, back_s, every_s=300.0)
    (*_, last) = said([*lively, *idle, *calm, *rush])
    assert last.at_ms > 1_000 * (START_S + back_s), "but silence is"


def test_late_trades_change_nothing():
    """A trade of an earlier second than the newest has no place any more."""
    events = [*QUIET, *crowd(PUMPED_S, orders=60, seconds=6, rise_pct=12)]
    mixed = []
    for n, trade in enumerate(events):
        mixed.append(trade)
        if n % 7 == 0 and n > 10:
            mixed.append(Trade("NEWBTC", -1, PRICE * 3, 50.0, trade.at_ms - 90_000, False))
    assert [a.id for a in said(mixed)] == [a.id for a in said(events)]


@given(st.lists(st.sampled_from((99.0, 99.9, 100.0, 100.2, 101.0)), min_size=1, max_size=9))
def test_the_smallest_step_of_the_price_is_known_of_orders_told_late(prices):
    at_once, late = watching().detectors("NEWBTC")[0], watching().detectors("NEWBTC")[0]
    sweeps, second = Sweeps("NEWBTC"), Second(START_S)
    for n, price in enumerate([*prices, PRICE]):
        fills = order(n / 1_000, price)
        for sweep in sweeps.add(fills[0], False):
            at_once.on(sweep)
            if n == 1:
                late.on(sweep)  # the first one at once
            else:
                second.add(sweep.at_ms, 0, order((n - 1) / 1_000, sweep.last_price))
    late.catch_up([Second(START_S), second])  # of the first part no order had ended
    assert late.state() == at_once.state()


def test_repeated_trades_count_once():
    events = [*QUIET, *crowd(PUMPED_S, orders=60, seconds=6, rise_pct=12)]
    numbered = [
        Trade(t.symbol, n, t.price, t.quantity, t.at_ms, t.buyer_is_maker)
        for n, t in enumerate(events, 1)
    ]
    twice = [t for trade in numbered for t in (trade, trade)]
    assert said(twice) == said(numbered) != []


def test_a_recovered_pump_says_so():
    rush = crowd(PUMPED_S, orders=60, seconds=6, rise_pct=12)
    found = [
        Trade(t.symbol, -1, t.price, t.quantity, t.at_ms, t.buyer_is_maker, recovered=True)
        for t in rush
    ]
    assert all(alert.recovered for alert in said([*QUIET, *found]))
    assert not any(alert.recovered for alert in said([*QUIET, *rush]))


@settings(max_examples=30)
@given(st.integers(0, 10**9))
def test_random_bustle_is_silent(seed):
    """Two hours of orders at random times, sizes and sides around a wandering price."""
    rng = random.Random(seed)
    trades, at_s, price = [], 0.0, PRICE
    while at_s < 2 * HOUR_S:
        at_s += rng.expovariate(1 / 10)
        price *= 1 + rng.gauss(0, 0.002)
        trades += order(
            at_s,
            price,
            rng.paretovariate(1.2),
            sold=rng.random() < 0.5,
            fills=rng.choice((1, 1, 3)),
        )
    assert said(trades) == []


def test_a_detector_is_small():
    """Six hundred symbols are a few megabytes, however much they traded."""
    loop = watching()
    said([*QUIET, *crowd(PUMPED_S, orders=400, seconds=20, rise_pct=80)], loop)
    waiting, seen, size = [loop._lanes["NEWBTC"].detectors[0]], set(), 0
    while waiting:
        one = waiting.pop()
        shared = isinstance(one, Market | Settings | type) or hasattr(one, "seconds")
        if shared or id(one) in seen:
            continue
        seen.add(id(one))
        size += sys.getsizeof(one)
        waiting += gc.get_referents(one)
    assert size < 16_000


# --- recorded ones ------------------------------------------------------------------------------

RECORDED = {
    "NAS_2022-02-01_1500": 1_643_727_600_000,
    "APPC_2020-11-18_1800": 1_605_722_400_000,
    "NULS_2020-01-30_1700": 1_580_403_575_000,
}
"""Three small recordings and when their pumps began, as labelled; `make bench` judges them all."""


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_pump_is_told_at_once_and_nothing_else_in_four_days(recordings, name):
    events = read([recordings / "pumps" / f"{name}.csv.gz"], Tally())
    alerts = said(events, watching(raw=False))
    late_s = [(alert.at_ms - RECORDED[name]) / 1_000 for alert in alerts]
    assert -60 <= late_s[0] <= 30
    assert late_s[-1] <= 3_600


def test_a_liquid_pair_on_a_lively_evening_is_silent(recordings):
    names = ("spot_btcusdt_20240808", "spot_btcusdt_20240809")
    files = [recordings / "frames" / f"{name}.ndjson.gz" for name in names]
    trades = [event for event in read(files, Tally()) if isinstance(event, Trade)]
    assert said(trades, warmup_s=0.0) == []
