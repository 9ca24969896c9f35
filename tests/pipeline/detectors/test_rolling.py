"""Statistics of constant cost against the straightforward computations they stand for."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.detectors.rolling import (
    BINS,
    DAY_S,
    QUIET_S,
    HourHighest,
    PriceGrid,
    RobustScale,
    SizeHistogram,
)
from pipeline.model import Candle

START_MS = 1_760_000_000_000

prices = st.floats(1e-12, 1e12)
waits_ms = st.one_of(st.integers(0, 3_000), st.integers(0, 400_000), st.just(10 * 86_400_000))


# --- PriceGrid -----------------------------------------------------------------------------------


class SlowGrid:
    """Keeps every price and looks for the one that stood at the end of a step."""

    def __init__(self, step_ms: int, size: int) -> None:
        self.step_ms, self.size = step_ms, size
        self.seen: list[tuple[int, float]] = []

    def add(self, at_ms: int, price: float) -> None:
        slot = at_ms // self.step_ms
        if not self.seen or slot >= self.seen[-1][0]:
            self.seen.append((slot, price))

    def back(self, steps: int, at_ms: int) -> float | None:
        slot = at_ms // self.step_ms - steps
        if not self.seen or slot <= self.seen[-1][0] - self.size:
            return None
        return next((price for s, price in reversed(self.seen) if s <= slot), None)


@given(
    st.lists(st.tuples(waits_ms, prices, st.booleans()), max_size=60),
    st.sampled_from((1_000, 60_000)),
    st.integers(1, 20),
    st.data(),
)
def test_the_price_some_steps_back_is_the_last_one_of_that_step(rows, step_ms, size, data):
    grid, slow = PriceGrid(step_ms, size), SlowGrid(step_ms, size)
    at_ms = START_MS
    for passed, price, late in rows:
        at_ms += passed
        grid.add(at_ms - 5_000 * late, price)
        slow.add(at_ms - 5_000 * late, price)
        steps = data.draw(st.integers(0, size + 2))
        asked_ms = at_ms + data.draw(st.sampled_from((0, 0, 1, 999, 61_000)))
        assert grid.back(steps, asked_ms) == slow.back(steps, asked_ms)
        assert grid.newest == slow.seen[-1][1]


@given(
    st.lists(st.tuples(st.integers(0, 4_000), prices), min_size=1, max_size=40),
    st.integers(1, 20),
    st.integers(0, 40),
)
def test_what_is_learnt_of_before_stands_as_if_it_had_been_seen(rows, size, heard):
    whole, late = PriceGrid(1_000, size), PriceGrid(1_000, size)
    at_ms, seen = START_MS, []
    for passed, price in rows:
        at_ms += passed
        seen.append((at_ms // 1_000, price))
        whole.add(at_ms, price)
    own = seen[len(seen) - min(heard, len(seen)) :]
    own = [row for row in own if len(own) == len(seen) or row[0] > seen[-len(own) - 1][0]]
    for slot, price in own:
        late.add(slot * 1_000, price)
    first = own[0][0] if own else seen[-1][0] + 1
    assert late.first == (max(first, seen[-1][0] - size + 1) if own else -1)
    late.precede([closed(slot, price) for slot, price in seen], first)
    for steps in range(size + 3):
        assert late.back(steps, at_ms) == whole.back(steps, at_ms)
    late.precede([closed(slot, 1e13) for slot, _ in seen], late.first)
    assert late.newest == whole.newest == rows[-1][1], "what is known is known"
    assert late.back(0, at_ms) == whole.back(0, at_ms)


def closed(slot: int, price: float) -> Candle:
    return Candle(
        "A", "1s", slot * 1_000, slot * 1_000 + 999, price, price, price, price,
        1.0, price, 1, 0.5, price / 2, True, slot * 1_000,
    )  # fmt: skip


def test_a_price_opens_a_step_once():
    grid = PriceGrid(1_000, 10)
    assert [grid.add(ms, 1.0) for ms in (0, 999, 1_000, 5_500, 5_600)] == [1, 0, 1, 1, 0]


def test_a_late_price_changes_nothing():
    grid = PriceGrid(1_000, 10)
    grid.add(5_000, 1.0)
    assert not grid.add(4_999, 2.0)
    assert (grid.newest, grid.back(1, 5_000)) == (1.0, None)


def test_nothing_from_before_a_reset_is_remembered():
    grid = PriceGrid(1_000, 10)
    for second in range(8):
        grid.add(second * 1_000, 1.0 + second)
    grid.reset()
    assert grid.newest is None
    assert grid.back(0, 8_000) is None
    grid.add(8_000, 50.0)
    assert grid.back(1, 8_000) is None
    assert grid.back(0, 8_000) == 50.0


# --- RobustScale ---------------------------------------------------------------------------------


def slow_scale(rows, halflife_s: float, clip: float) -> float:
    """The definition: a mean of clipped squares whose weights halve every ``halflife_s``, or the
    plain mean over time as long as that gives the newest value more weight."""
    square = seen_s = 0.0
    for value, seconds in rows:
        newest = value * value
        if seen_s and square:
            newest = min(newest, clip * clip * square)
        weight = max(1 - 0.5 ** (seconds / halflife_s), seconds / (seen_s + seconds))
        square = (1 - weight) * square + weight * newest
        seen_s += seconds
    return math.sqrt(square)


values = st.one_of(st.floats(0.01, 10), st.floats(-1e4, -0.01), st.just(0.0))
seconds = st.one_of(st.floats(0.01, 10), st.floats(0.01, 1e7))


@given(st.lists(st.tuples(values, seconds), max_size=40), st.sampled_from((60.0, 3_600.0)))
def test_the_scale_is_the_root_of_the_decaying_mean_of_clipped_squares(rows, halflife_s):
    scale = RobustScale(halflife_s)
    for value, passed_s in rows:
        scale.add(value, passed_s)
    # Where a mean has decayed by 16 digits, what is left is rounding.
    rounding = 1e-6 * max((abs(value) for value, _ in rows), default=0.0)
    assert scale.scale == pytest.approx(slow_scale(rows, halflife_s, 3.0), rel=1e-6, abs=rounding)
    assert scale.seen_s == pytest.approx(sum(passed_s for _, passed_s in rows))


@given(st.lists(st.tuples(values, seconds), max_size=40), st.integers(-300, 300))
def test_the_unit_of_the_values_does_not_matter(rows, exponent):
    """Nothing overflows or vanishes between 10^-90 and 10^90; a power of two rounds nothing."""
    unit = 2.0**exponent
    one, other = RobustScale(60.0), RobustScale(60.0)
    for value, passed_s in rows:
        one.add(value, passed_s)
        other.add(value * unit, passed_s)
    assert other.scale == pytest.approx(one.scale * unit, rel=1e-12)


@given(st.floats(1e-9, 1e9), st.integers(2, 300))
def test_the_scale_of_a_constant_is_that_constant(value, count):
    scale = RobustScale(60.0)
    for number in range(count):
        scale.add(-value if number % 2 else value, 1.0)
    assert scale.scale == pytest.approx(value)


@pytest.mark.parametrize("shock", [3.0, -3.0, 1e3, 1e50, -1e150])
def test_one_shock_of_any_size_raises_the_scale_no_more_than_a_small_one(shock):
    scale = RobustScale(3_600.0)
    for _ in range(3_600):
        scale.add(1.0, 1.0)
    scale.add(shock, 1.0)
    assert 1.001 < scale.scale < 1.0012


def test_old_values_count_half_after_the_half_life():
    scale = RobustScale(100.0)
    scale.add(1.0, 1e6)
    for _ in range(100):
        scale.add(0.0, 1.0)
    assert scale.scale**2 == pytest.approx(0.5)


def test_the_scale_does_not_drift_over_years_of_seconds():
    scale = RobustScale(3_600.0)
    for number in range(60_000):
        scale.add(1.0 + number % 3, 600.0)
    assert scale.scale == pytest.approx(
        slow_scale(((1.0 + n % 3, 600.0) for n in range(600)), 3_600, 3), rel=1e-9
    )


def test_an_assumed_size_counts_like_data_of_so_many_seconds():
    scale = RobustScale(1e12, assumed=1.0, assumed_s=3_600.0)
    assert (scale.scale, scale.seen_s) == (1.0, 3_600.0)
    scale.add(2.0, 3_600.0)
    assert scale.scale == pytest.approx(math.sqrt((1 + 4) / 2))
    assert scale.seen_s == 7_200.0


def test_against_an_assumed_size_even_the_first_value_is_clipped():
    scale = RobustScale(1e12, assumed=1.0, assumed_s=1.0)
    scale.add(1_000.0, 299.0)
    assert scale.scale == pytest.approx(math.sqrt((1 + 299 * 9) / 300))


# --- SizeHistogram -------------------------------------------------------------------------------


class SlowHistogram:
    """Keeps every size and weighs each by its age, which is told by the minute."""

    def __init__(self, memory_s: float) -> None:
        self.memory_s = memory_s
        self.began_s = 0
        self.seen: list[tuple[float, float]] = []

    def add(self, size: float, at_ms: int) -> None:
        self.began_s = self.began_s or at_ms // 1_000
        self.seen.append((size, at_ms // 60_000 * 60))

    def tail(self, size: float, at_s: float) -> float:
        return sum(
            math.exp((then_s - at_s) / self.memory_s)
            for other, then_s in self.seen
            if self.bin(other) >= self.bin(size)
        )

    @staticmethod
    def bin(size: float) -> int:
        return max(-200, math.floor(math.log2(size) * 5)) if size > 0 else -200

    def percentile(self, size: float) -> float:
        at_s = self.seen[-1][1]
        return 100 * (1 - self.tail(size, at_s) / self.tail(0.0, at_s))

    def per_day(self, size: float, at_ms: int) -> float:
        elapsed = max(at_ms / 1000 - self.began_s, 1.0)
        window_s = self.memory_s * (1 - math.exp(-elapsed / self.memory_s))
        return self.tail(size, at_ms / 1000) * DAY_S / window_s


sizes = st.one_of(st.floats(1.0, 1e6), st.floats(0.0, 1e36), st.just(0.0))


@given(st.lists(st.tuples(waits_ms, sizes), min_size=1, max_size=50), sizes, waits_ms)
def test_frequencies_are_those_of_the_sizes_weighed_by_age(rows, asked, later_ms):
    histogram, slow = SizeHistogram(), SlowHistogram(DAY_S)
    at_ms = START_MS
    for passed, size in rows:
        at_ms += passed
        histogram.add(size, at_ms)
        slow.add(size, at_ms)
    at_ms += later_ms
    # What has decayed to a billionth may be forgotten.
    assert histogram.percentile(asked) == pytest.approx(slow.percentile(asked), abs=1e-3)
    assert histogram.per_day(asked, at_ms) == pytest.approx(
        slow.per_day(asked, at_ms), rel=1e-6, abs=1e-3
    )
    assert histogram.seen == len(rows)


def test_before_the_first_size_nothing_is_known():
    histogram = SizeHistogram()
    assert histogram.percentile(1.0) is None
    assert histogram.per_day(1.0, START_MS) is None


def test_one_size_an_hour_is_twenty_four_a_day():
    histogram = SizeHistogram()
    for hour in range(1, 24 * 30):
        histogram.add(1_000.0, START_MS + hour * 3_600_000)
    now_ms = START_MS + 24 * 30 * 3_600_000
    assert histogram.per_day(1_000.0, now_ms) == pytest.approx(24, rel=0.05)
    assert histogram.per_day(2_000.0, now_ms) == 0.0


def test_a_size_is_told_from_one_a_fifth_of_a_doubling_away():
    histogram = SizeHistogram()
    for number in range(50):
        histogram.add(100.0, START_MS + number)
        histogram.add(100.0 * 2 ** (1 / 5), START_MS + number)
    assert histogram.percentile(100.0) == pytest.approx(0.0, abs=1e-4)
    assert histogram.percentile(100.0 * 2 ** (1 / 5)) == pytest.approx(50.0, abs=1e-4)
    assert histogram.percentile(1_000.0) == pytest.approx(100.0)


@given(st.lists(st.tuples(waits_ms, sizes), max_size=40), sizes, waits_ms)
def test_a_histogram_restored_goes_on_as_if_nothing_had_happened(rows, asked, later_ms):
    known, again = SizeHistogram(), SizeHistogram()
    again.add(5.0, START_MS)  # restoring replaces everything
    at_ms = START_MS
    for passed, size in rows:
        at_ms += passed
        known.add(size, at_ms)
    again.restore(known.state())
    assert again.percentile(asked) == pytest.approx(known.percentile(asked))
    for one in (known, again):
        one.add(asked, at_ms + later_ms)
    assert again.per_day(asked, at_ms + later_ms) == pytest.approx(
        known.per_day(asked, at_ms + later_ms)
    )
    assert again.seen == known.seen


def test_a_histogram_says_how_long_it_has_watched():
    """Neither a long silence nor the time between two runs is part of it."""
    known, again = SizeHistogram(), SizeHistogram()
    start_ms = START_MS // 60_000 * 60_000
    for minute in range(31):
        known.add(1.0, start_ms + minute * 60_000)
    assert known.watched_s == 1_800
    known.add(1.0, start_ms + 7_200_000)
    assert known.watched_s == 1_800 + QUIET_S
    again.restore(known.state())
    again.add(1.0, start_ms + 86_400_000)
    assert again.watched_s == known.watched_s
    again.add(1.0, start_ms + 86_460_000)
    assert again.watched_s == known.watched_s + 60


def test_a_histogram_of_another_memory_or_of_impossible_numbers_is_refused():
    known = SizeHistogram()
    known.add(5.0, START_MS)
    before = known.state()
    fields = msgspec.msgpack.decode(before)
    for state in (
        SizeHistogram(DAY_S / 2).state(),
        msgspec.msgpack.encode([fields[0], fields[1], {1: math.nan}, *fields[3:]]),
        msgspec.msgpack.encode([fields[0], fields[1], {1: -1.0}, *fields[3:]]),
        msgspec.msgpack.encode([2, *fields[1:]]),
        before[:-2],
    ):
        with pytest.raises(ValueError):
            known.restore(state)
        assert known.state() == before


@given(st.lists(st.tuples(st.integers(0, 10**14), sizes), max_size=40), st.integers(0, 10**14))
def test_times_in_any_order_are_survived(rows, asked_ms):
    histogram = SizeHistogram()
    for at_ms, size in rows:
        histogram.add(size, at_ms)
        for asked in (0.0, 1.0, 1e36):
            percentile = histogram.percentile(asked)
            per_day = histogram.per_day(asked, asked_ms)
            assert percentile is None or 0 <= percentile <= 100
            assert per_day is None or (per_day >= 0 and math.isfinite(per_day))


def test_its_memory_is_bounded_by_the_range_of_sizes():
    histogram = SizeHistogram()
    for number in range(20_000):
        histogram.add(2.0 ** (number % 400 / 10), START_MS + number * 100_000)
    assert len(histogram._counts) <= 40 * BINS


def test_the_highest_of_the_hour_forgets_what_is_older_and_skips_what_was_not_noted() -> None:
    highest = HourHighest()
    assert highest.since(0) is None
    minute = 60_000
    highest.note(0, 5.0)
    highest.note(4 * minute, 3.0)
    highest.note(30 * minute, -2.0)
    highest.note(29 * minute, -3.0)  # late
    assert highest.since(0) == 5.0
    assert highest.since(10 * minute) == -2.0
    assert highest.since(40 * minute) is None
    highest.note(66 * minute, -7.0)
    assert highest.since(0) == -2.0
    highest.note(10_000 * minute, 0.0)
    assert highest.since(0) == 0.0
