"""What a symbol's busiest moments usually reach."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.detectors.peaks import BLOCK_S, BLOCKS, UsualPeaks


def peaks_of(values: list[float]) -> UsualPeaks:
    """One block a value."""
    peaks = UsualPeaks(1)
    for n, value in enumerate(values):
        peaks.turn(n * BLOCK_S)
        peaks.note([value])
    peaks.turn(len(values) * BLOCK_S)
    return peaks


def test_nothing_is_known_before_a_block_has_ended():
    peaks = UsualPeaks(2)
    peaks.turn(10)
    peaks.note([5.0, 0.0])
    assert not peaks.known
    assert peaks.usual == [0.0, 0.0]
    peaks.turn(BLOCK_S)
    assert peaks.known
    assert peaks.usual == [5.0, 0.0]


@given(st.lists(st.integers(0, 1_000), min_size=2, max_size=2 * BLOCKS))
def test_the_usual_peak_is_the_one_that_95_in_100_blocks_do_not_exceed(values):
    found = peaks_of([float(v) for v in values]).usual[0]
    newest = values[-BLOCKS:]
    expected = statistics.quantiles(newest, n=20, method="inclusive")[-1] if newest[1:] else None
    assert found == pytest.approx(expected)


def test_only_the_highest_value_of_a_block_counts():
    peaks = UsualPeaks(1)
    peaks.turn(0)
    for value in (1.0, 7.0, 3.0):
        peaks.note([value])
    peaks.turn(BLOCK_S)
    assert peaks.usual == [7.0]


def test_a_few_wild_blocks_do_not_move_it_and_many_do():
    assert peaks_of([1.0] * 137 + [900.0] * 7).usual[0] < 2
    assert peaks_of([1.0] * 130 + [900.0] * 14).usual[0] == 900


def test_blocks_in_which_nothing_happened_count_with_zero():
    peaks = UsualPeaks(1)
    peaks.turn(0)
    peaks.note([6.0])
    peaks.turn(60 * BLOCK_S)
    assert peaks.usual[0] == 0.0


def test_a_gap_is_not_quiet_time():
    peaks = UsualPeaks(1)
    peaks.turn(0)
    peaks.note([6.0])
    peaks.lose()
    assert peaks.usual == [6.0]
    peaks.turn(60 * BLOCK_S)
    peaks.turn(61 * BLOCK_S)
    assert peaks.usual[0] == pytest.approx(6.0 * 0.95), "one block of six, one of nothing"


def test_the_average_number_of_orders_is_one_more_than_seen():
    peaks = UsualPeaks(1)
    assert peaks.orders_within(BLOCK_S) == 1, "nothing is known"
    for n in range(2 * BLOCKS):
        peaks.turn(n * BLOCK_S)
        peaks.orders += 3 if n < BLOCKS else 10
        if n == 4:
            assert peaks.orders_within(BLOCK_S) == pytest.approx(3 + 1 / 4)
    peaks.turn(2 * BLOCKS * BLOCK_S)
    assert peaks.orders_within(BLOCK_S) == pytest.approx(10 + 1 / BLOCKS)
    assert peaks.orders_within(1.0) == pytest.approx((10 + 1 / BLOCKS) / BLOCK_S)


def test_after_twelve_hours_a_block_is_forgotten():
    assert peaks_of([50.0] * BLOCKS + [1.0] * BLOCKS).usual[0] == 1.0
