"""What is usual at this time of day, against the straightforward computation it stands for."""

import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.detectors.time_of_day import SLOT_MS, SLOTS, TimeOfDay

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
START_MS = 1_760_054_400_000  # a midnight


class SlowTimeOfDay:
    """Keeps every half hour ever seen and weighs each by its age."""

    def __init__(self) -> None:
        self.learnt: list[tuple[int, float, float]] = []  # half hour, rate per second, share seen
        self.seen_s = 0.0
        self.slot, self.amount, self.covered_ms = -1, 0.0, 0

    def add(self, from_ms: int, to_ms: int, amount: float) -> None:
        for slot in range(from_ms // SLOT_MS, (to_ms - 1) // SLOT_MS + 1):
            here = min(to_ms, (slot + 1) * SLOT_MS) - max(from_ms, slot * SLOT_MS)
            if slot != self.slot:
                self.end()
                self.slot = slot
            self.amount += amount * here / (to_ms - from_ms)
            self.covered_ms += here

    def add_past(self, from_ms: int, to_ms: int, amount: float) -> None:
        kept = self.slot, self.amount, self.covered_ms
        self.slot, self.amount, self.covered_ms = -1, 0.0, 0
        self.add(from_ms, to_ms, amount)
        self.end()
        self.slot, self.amount, self.covered_ms = kept

    def end(self) -> None:
        if self.covered_ms:
            rate = self.amount * 1000 / self.covered_ms
            usual = max(self.usual(self.slot * SLOT_MS), self.recent)
            if self.seen_s >= 6 * 3_600 and usual > 0:
                rate = min(rate, 3 * usual)
            self.learnt.append((self.slot, rate, min(1.0, self.covered_ms / SLOT_MS)))
            self.seen_s += self.covered_ms / 1000
        self.amount, self.covered_ms = 0.0, 0

    @property
    def recent(self) -> float:
        newest = max((slot for slot, _, _ in self.learnt), default=0)
        return mean([(r, w * 0.5 ** ((newest - s) / 24)) for s, r, w in self.learnt])

    def usual(self, at_ms: int) -> float:
        asked = at_ms // SLOT_MS
        same = [(s // SLOTS, r, w) for s, r, w in self.learnt if s % SLOTS == asked % SLOTS]
        last = max((day for day, _, _ in same), default=0)
        aged = [(r, w * 0.5 ** ((last - day) / 7)) for day, r, w in same]
        days = sum(w for _, w in aged) * 0.5 ** (max(0, asked // SLOTS - last) / 7)
        return (days * mean(aged) + 2 * self.recent) / (days + 2)

    @property
    def day(self) -> float:
        total = 0.0
        for which in range(SLOTS):
            same = [(s // SLOTS, r, w) for s, r, w in self.learnt if s % SLOTS == which]
            last = max((day for day, _, _ in same), default=0)
            aged = [(r, w * 0.5 ** ((last - day) / 7)) for day, r, w in same]
            total += (mean(aged) if aged else self.recent) * SLOT_MS / 1000
        return total


def mean(weighed: list[tuple[float, float]]) -> float:
    total = sum(weight for _, weight in weighed)
    return sum(value * weight for value, weight in weighed) / total if total else 0.0


waits_ms = st.one_of(st.just(0), st.integers(0, 2 * HOUR_MS), st.integers(0, 20 * DAY_MS))
lengths_ms = st.one_of(st.just(60_000), st.just(SLOT_MS), st.integers(1, 3 * HOUR_MS))
amounts = st.one_of(st.just(0.0), st.floats(1.0, 100.0), st.floats(1e-6, 1e12))
stretches = st.lists(st.tuples(waits_ms, lengths_ms, amounts, st.booleans()), max_size=25)


@given(stretches, st.integers(0, DAY_MS))
def test_the_usual_is_the_mean_of_the_same_half_hours_weighed_by_age(rows, later_ms):
    known, slow = TimeOfDay(), SlowTimeOfDay()
    at_ms = START_MS
    for wait_ms, length_ms, amount, past in rows:
        if past:  # anything long ago, in between
            for one in (known, slow):
                one.add_past(at_ms - wait_ms - 2 * DAY_MS, at_ms - wait_ms - DAY_MS, amount)
            continue
        at_ms += wait_ms
        for one in (known, slow):
            one.add(at_ms, at_ms + length_ms, amount)
        at_ms += length_ms
        for asked_ms in (at_ms, at_ms + later_ms, at_ms - later_ms):
            assert known.usual(asked_ms) == pytest.approx(slow.usual(asked_ms), rel=1e-9, abs=1e-12)
        assert known.recent == pytest.approx(slow.recent, rel=1e-9, abs=1e-12)
        assert known.seen_s == pytest.approx(slow.seen_s)
        assert known.until_ms == at_ms
    assert known.day == pytest.approx(slow.day, rel=1e-9, abs=1e-9)


def test_it_stays_exact_over_weeks_of_minutes():
    known, slow = TimeOfDay(), SlowTimeOfDay()
    for minute in range(6 * 7 * 1_440):
        at_ms = START_MS + minute * 60_000
        amount = 1_000.0 * (1.5 + math.sin(minute / 229)) * (1 + minute % 7) / 3
        known.add(at_ms, at_ms + 60_000, amount)
        slow.add(at_ms, at_ms + 60_000, amount)
        if minute % 9_973 == 0:
            assert known.usual(at_ms) == pytest.approx(slow.usual(at_ms), rel=1e-9)
    assert known.day == pytest.approx(slow.day, rel=1e-9)


def days_of(amount_by_hour: dict[int, float], days: int, otherwise: float = 60.0) -> TimeOfDay:
    known = TimeOfDay()
    for hour in range(24 * days):
        at_ms = START_MS + hour * HOUR_MS
        known.add(at_ms, at_ms + HOUR_MS, amount_by_hour.get(hour % 24, otherwise))
    return known


def test_every_half_hour_of_the_day_has_its_own_usual():
    known = days_of({14: 480.0}, 14)
    now_ms = START_MS + 14 * DAY_MS
    at_night = known.usual(now_ms + 4 * HOUR_MS)
    in_the_afternoon = known.usual(now_ms + 14 * HOUR_MS)
    assert at_night == pytest.approx(60 / 3_600, rel=0.15)
    assert in_the_afternoon == pytest.approx(480 / 3_600, rel=0.25)
    assert known.day == pytest.approx(480 + 23 * 60, rel=0.05)


def test_until_a_half_hour_was_seen_the_last_hours_stand_for_it():
    known = TimeOfDay()
    known.add(START_MS, START_MS + 6 * HOUR_MS + 1, 6 * 60.0)
    assert known.usual(START_MS + 20 * HOUR_MS) == pytest.approx(60 / 3_600)


def test_one_day_of_a_half_hour_counts_about_a_third():
    known = days_of({14: 120.0}, 1)
    now_ms = START_MS + DAY_MS
    expected = (120 / 3_600 + 2 * known.recent) / 3
    assert known.usual(now_ms + 14 * HOUR_MS) == pytest.approx(expected, rel=0.03)


def test_a_livelier_day_is_known_at_once_and_becomes_usual_slowly():
    known = days_of({}, 14)
    now_ms = START_MS + 14 * DAY_MS
    recent, usual = known.recent, known.usual(now_ms)
    for half_hour in range(48):
        at_ms = now_ms + half_hour * SLOT_MS
        known.add(at_ms, at_ms + SLOT_MS, 5 * 30.0)
    assert known.recent > 3 * recent
    assert usual * 1.2 < known.usual(now_ms + DAY_MS) < usual * 2


def test_one_wild_half_hour_does_not_become_the_measure():
    known = days_of({}, 14)
    now_ms = START_MS + 14 * DAY_MS
    before = known.usual(now_ms + DAY_MS)
    known.add(now_ms, now_ms + SLOT_MS, 1e12)
    known.add(now_ms + SLOT_MS, now_ms + SLOT_MS + 1, 0.0)
    assert known.usual(now_ms + DAY_MS) < 1.25 * before


def test_what_was_hardly_seen_hardly_counts():
    known = days_of({}, 7)
    now_ms = START_MS + 7 * DAY_MS
    before = known.usual(now_ms + DAY_MS)
    known.add(now_ms, now_ms + 10_000, 2.5 * 10_000 / 60_000)
    known.add(now_ms + SLOT_MS, now_ms + SLOT_MS + 1, 0.0)
    assert known.usual(now_ms + DAY_MS) == pytest.approx(before, rel=0.01)


def test_before_the_first_half_hour_nothing_is_known():
    known = TimeOfDay()
    known.add(START_MS, START_MS + SLOT_MS - 1, 1.0)
    assert (known.usual(START_MS), known.day, known.seen_s) == (0.0, 0.0, 0.0)


@given(stretches, stretches)
def test_what_is_restored_goes_on_as_if_nothing_had_happened(before, after):
    known = TimeOfDay()
    at_ms = START_MS
    for wait_ms, length_ms, amount, _ in before:
        known.add(at_ms + wait_ms, at_ms + wait_ms + length_ms, amount)
        at_ms += wait_ms + length_ms
    again = TimeOfDay()
    again.add(START_MS, START_MS + HOUR_MS, 7.0)  # restoring replaces everything
    again.restore(known.state())
    for wait_ms, length_ms, amount, _ in after:
        for one in (known, again):
            one.add(at_ms + wait_ms, at_ms + wait_ms + length_ms, amount)
        at_ms += wait_ms + length_ms
    assert again.state() == known.state()
    assert again.day == known.day
    assert again.usual(at_ms) == known.usual(at_ms)


FIELDS = msgspec.msgpack.decode(TimeOfDay().state())


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"\xff\x00",
        msgspec.msgpack.encode({"version": 1}),
        msgspec.msgpack.encode([99, *FIELDS[1:]]),
        msgspec.msgpack.encode([FIELDS[0], [0.0] * 47, *FIELDS[2:]]),
        msgspec.msgpack.encode([FIELDS[0], [math.nan] * 48, *FIELDS[2:]]),
        msgspec.msgpack.encode([FIELDS[0], [-1.0] * 48, *FIELDS[2:]]),
        msgspec.msgpack.encode([*FIELDS[:3], [2**64 - 1] * 48, *FIELDS[4:]]),
        TimeOfDay().state()[:-3],
    ],
)
def test_a_state_that_cannot_be_one_is_refused_and_changes_nothing(state):
    known = days_of({}, 1)
    before = known.state()
    with pytest.raises(ValueError):
        known.restore(state)
    assert known.state() == before


def test_a_state_is_small():
    assert len(days_of({3: 17.0}, 20).state()) < 1_200
