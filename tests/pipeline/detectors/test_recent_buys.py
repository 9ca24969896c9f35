"""The market buys of the last seconds, counted one by one for comparison."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.detectors.recent_buys import RecentBuys
from pipeline.model import Sweep, Trade
from pipeline.seconds import Second

WINDOWS_S = (3, 10)


def buy(price: float, paid: float, fills: int) -> Sweep:
    return Sweep(
        "X", "buy", 0, 0, price, paid / price, paid, fills, price, price, False, False
    )  # fmt: skip


@given(
    st.lists(
        st.tuples(
            st.one_of(st.just(0), st.integers(0, 4), st.integers(0, 40)),
            st.floats(0.5, 2.0),
            st.floats(0.1, 1e6),
            st.integers(1, 3),
        ),
        max_size=60,
    )
)
def test_every_count_and_sum_is_that_of_the_buys_within_the_window(steps):
    recent = RecentBuys(WINDOWS_S)
    second, buys = 1_000, []
    recent.turn(second)
    for wait_s, price, paid, fills in steps:
        if wait_s:
            second += wait_s
            recent.turn(second)
        recent.add(buy(price, paid, fills))
        buys.append((second, price, paid, fills))
        assert recent.highest == max(b[1] for b in buys if b[0] == second)
        for window, length in enumerate(WINDOWS_S):
            within = [b for b in buys if b[0] > second - length]
            assert recent.counts(window) == (len(within), sum(b[3] > 1 for b in within))
            total, largest = recent.money(window)
            assert total == pytest.approx(sum(b[2] for b in within))
            assert largest == max(b[2] for b in within)


@given(
    st.lists(
        st.lists(
            st.tuples(st.floats(0.5, 2.0), st.floats(0.1, 1e6), st.integers(1, 3)), min_size=1
        ),
        max_size=4,
    )
)
def test_buys_of_a_second_that_are_told_late_count_as_if_they_were_not(parts):
    at_once, late = RecentBuys(WINDOWS_S), RecentBuys(WINDOWS_S)
    for recent in (at_once, late):
        recent.turn(1_000)
        recent.add(buy(1.0, 100.0, 2))
    for part in parts:
        second = Second(1_000)
        for price, paid, fills in part:
            trade = Trade("X", 1, price, paid / price, 1_000_000, False, 0, 1, fills)
            at_once.add(buy(price, price * trade.quantity, fills))
            second.add(trade.at_ms, 0, [trade])
        late.add_all(second)
    assert late.highest == at_once.highest
    for window in range(len(WINDOWS_S)):
        assert late.counts(window) == at_once.counts(window)
        assert late.money(window) == at_once.money(window), "to the last digit"


def test_after_a_silence_nothing_is_left():
    recent = RecentBuys(WINDOWS_S)
    recent.turn(1)
    recent.add(buy(1.0, 5.0, 2))
    recent.turn(500)
    assert [recent.counts(window) for window in (0, 1)] == [(0, 0), (0, 0)]
    assert [recent.money(window) for window in (0, 1)] == [(0.0, 0.0), (0.0, 0.0)]
    assert recent.highest == 0.0
