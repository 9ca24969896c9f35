"""The textbook rule fires as tutorials describe it."""

import statistics

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jumps import START_MS, said, trades

from pipeline.model import Gap


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


def test_a_late_trade_is_passed_over_and_after_a_clock_put_back_it_begins_afresh():
    path = trades([*[100.0, 101.0] * 10, 110.0])
    assert [a.window_s for a in said(path, method="classic")] == [19]
    late = msgspec.structs.replace(path[-1], at_ms=path[-1].at_ms - 15_000, id=-1)
    assert said([*path[:-1], late], method="classic") == []
    ahead = [msgspec.structs.replace(t, at_ms=t.at_ms + 86_400_000, id=-1) for t in path]
    again = [msgspec.structs.replace(t, id=-1) for t in path]
    told = said([*ahead, *again], method="classic")
    assert [a.at_ms for a in told] == [ahead[-1].at_ms, again[-1].at_ms]
