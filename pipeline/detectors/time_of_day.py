"""How much usually happens at this time of day: learnt half hour by half hour, over days."""

import math
from array import array
from itertools import repeat
from typing import Final

import msgspec

SLOT_MS: Final = 1_800_000
SLOTS: Final = 48
"""Half hours of a UTC day: markets open and funding falls due at such times."""

HALFLIFE_DAYS: Final = 7.0
"""After a week a day counts half."""

RECENT_HALFLIFE: Final = 24
"""Half hours after which one counts half in the mean of the last hours."""

PRIOR_DAYS: Final = 2.0
"""The mean of the last hours counts like so many days of the half hour, so that one odd day does
not make its hours unusual."""

CLIP: Final = 3.0
"""A half hour teaches at most so many times the usual: an outlier does not become the measure."""

CLIP_AFTER_S: Final = 21_600.0
"""Before so much has been seen nothing is known to be an outlier."""

VERSION: Final = 1


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """What outlives the program."""

    version: int
    means: list[float]
    weights: list[float]
    days: list[int]
    recent: float
    recent_weight: float
    recent_slot: int
    seen_s: float
    slot: int
    amount: float
    covered_ms: int
    until_ms: int


class TimeOfDay:
    """The usual amount per second of something that adds up, such as traded value.

    For each half hour of the day a mean over days, weighted by age (half-life a week) and by how
    much of the half hour was seen, and pulled towards the mean of the last hours as long as few
    days are known. Constant cost and memory; times may come in any order.
    """

    __slots__ = (
        "_amount",
        "_covered_ms",
        "_day",
        "_days",
        "_means",
        "_recent_slot",
        "_recent_weight",
        "_slot",
        "_weights",
        "recent",
        "seen_s",
        "until_ms",
    )

    def __init__(self) -> None:
        self._means = array("d", repeat(0.0, SLOTS))  # by half hour of the day: per second,
        self._weights = array("d", repeat(0.0, SLOTS))  # in days as of the day
        self._days = array("q", repeat(0, SLOTS))  # that was learnt last
        self.recent = 0.0
        """Per second in the last hours: a mean with a half-life of twelve hours."""
        self._recent_weight = 0.0
        self._recent_slot = 0
        self._day: float | None = None
        self._slot = -1  # the half hour under way, since the epoch
        self._amount = 0.0
        self._covered_ms = 0
        self.seen_s = 0.0
        """How many seconds of data stand behind the usual, the half hour under way apart."""
        self.until_ms = 0
        """The end of the newest data."""

    def add(self, from_ms: int, to_ms: int, amount: float) -> None:
        """So much happened between these times, evenly. Learnt when another half hour begins."""
        if to_ms > self.until_ms:
            self.until_ms = to_ms
        while from_ms < to_ms:
            slot = from_ms // SLOT_MS
            if slot != self._slot:
                self._end_slot()
                self._slot = slot
            end_ms = min(to_ms, (slot + 1) * SLOT_MS)
            part = amount * ((end_ms - from_ms) / (to_ms - from_ms))
            self._amount += part
            self._covered_ms += end_ms - from_ms
            amount -= part
            from_ms = end_ms

    def add_past(self, from_ms: int, to_ms: int, amount: float) -> None:
        """``add`` for what lies before everything that is under way; learnt at once."""
        under_way = self._slot, self._amount, self._covered_ms
        self._slot, self._amount, self._covered_ms = -1, 0.0, 0
        self.add(from_ms, to_ms, amount)
        self._end_slot()
        self._slot, self._amount, self._covered_ms = under_way

    def usual(self, at_ms: int) -> float:
        """The usual amount per second at a time; 0 before the first half hour was seen."""
        slot = at_ms // SLOT_MS
        which = slot % SLOTS
        age = slot // SLOTS - self._days[which]
        weight = self._weights[which] * (0.5 ** (age / HALFLIFE_DAYS) if age > 0 else 1.0)
        return (weight * self._means[which] + PRIOR_DAYS * self.recent) / (weight + PRIOR_DAYS)

    def stands_until(self, at_ms: int) -> int:
        """Until when the usual at this time does not change: a half hour is learnt with the first
        data behind it."""
        slot = at_ms // SLOT_MS
        learnt = slot == self._slot or not self._covered_ms
        return (slot + 1) * SLOT_MS if learnt else at_ms

    @property
    def day(self) -> float:
        """The usual amount of a whole day; half hours never seen count like the last hours."""
        if self._day is None:
            known = zip(self._means, self._weights, strict=True)
            self._day = math.fsum(m if w > 0 else self.recent for m, w in known) * SLOT_MS / 1000
        return self._day

    def _end_slot(self) -> None:
        if self._covered_ms > 0:
            self._learn(self._slot, self._amount * 1000 / self._covered_ms, self._covered_ms)
        self._amount = 0.0
        self._covered_ms = 0

    def _learn(self, slot: int, rate: float, covered_ms: int) -> None:
        usual = max(self.usual(slot * SLOT_MS), self.recent)
        if self.seen_s >= CLIP_AFTER_S and usual > 0:
            rate = min(rate, CLIP * usual)
        share = min(1.0, covered_ms / SLOT_MS)
        which, day = slot % SLOTS, slot // SLOTS
        self._means[which], self._weights[which] = _mean(
            self._means[which],
            self._weights[which],
            (day - self._days[which]) / HALFLIFE_DAYS,
            rate,
            share,
        )
        self._days[which] = max(self._days[which], day)
        self.recent, self._recent_weight = _mean(
            self.recent,
            self._recent_weight,
            (slot - self._recent_slot) / RECENT_HALFLIFE,
            rate,
            share,
        )
        self._recent_slot = max(self._recent_slot, slot)
        self.seen_s += covered_ms / 1000
        self._day = None

    def state(self) -> bytes:
        """What is known, for ``restore``."""
        return msgspec.msgpack.encode(
            _Kept(
                VERSION,
                self._means.tolist(),
                self._weights.tolist(),
                self._days.tolist(),
                self.recent,
                self._recent_weight,
                self._recent_slot,
                self.seen_s,
                self._slot,
                self._amount,
                self._covered_ms,
                self.until_ms,
            )
        )

    def restore(self, state: bytes) -> None:
        """Know what was known then, and nothing else. Raises ValueError for what is no state."""
        try:
            kept = msgspec.msgpack.decode(state, type=_Kept)
        except msgspec.MsgspecError as error:
            raise ValueError(f"no state of a time of day: {error}") from error
        tables = kept.means, kept.weights, kept.days
        if kept.version != VERSION or {len(table) for table in tables} != {SLOTS}:
            raise ValueError(f"the state of a time of day in version {kept.version}")
        numbers = *kept.means, *kept.weights, kept.recent, kept.recent_weight, kept.amount
        if not all(math.isfinite(number) and number >= 0 for number in numbers):
            raise ValueError("the state of a time of day with impossible numbers")
        try:
            self._days = array("q", kept.days)
        except OverflowError as error:
            raise ValueError("the state of a time of day with impossible days") from error
        self._means = array("d", kept.means)
        self._weights = array("d", kept.weights)
        self.recent, self._recent_weight = kept.recent, kept.recent_weight
        self._recent_slot = kept.recent_slot
        self.seen_s = kept.seen_s
        self._slot, self._amount, self._covered_ms = kept.slot, kept.amount, kept.covered_ms
        self.until_ms = kept.until_ms
        self._day = None


def _mean(
    mean: float, weight: float, newer: float, value: float, share: float
) -> tuple[float, float]:
    """A mean and its weight with one more value, which is ``newer`` half-lives newer than the
    newest one behind it (or older, if negative)."""
    if newer > 0:
        weight *= 0.5**newer
    else:
        share *= 0.5**-newer
    total = weight + share
    return (mean + (value - mean) * share / total, total) if total > 0 else (value, 0.0)
