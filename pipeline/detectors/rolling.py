"""Statistics over event time: constant cost per observation, no drift, bounded memory."""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import mul
from typing import Final

import msgspec

from pipeline.model import Candle

DAY_S = 86_400.0


class PriceGrid:
    """The last price at the end of each time step, for the newest ``size`` steps.

    A step without a trade repeats the price before it. Prices from before a reset are forgotten,
    so no change is ever computed across a hole in the data.
    """

    __slots__ = ("_closes", "_first", "_size", "last", "newest", "step_ms")

    def __init__(self, step_ms: int, size: int) -> None:
        self.step_ms = step_ms
        self.newest: float | None = None
        """The newest price."""
        self._size = size
        self._closes = array("d", bytes(8 * size))  # of the steps that are over
        self._first = -1  # slot of the oldest price known
        self.last = -1
        """The newest step, in steps since the epoch; -1 without a price."""

    def add(self, at_ms: int, price: float) -> bool:
        """Note a price; True when it opens a new step. One older than the newest step is late and
        changes nothing."""
        slot = at_ms // self.step_ms
        last = self.last
        if slot == last:
            self.newest = price
            return False
        if slot < last:
            return False
        if self.newest is None:
            self._first = slot
        elif slot == last + 1:
            self._closes[last % self._size] = self.newest
        else:
            self._fill(max(last, slot - self._size + 1), slot)
        self.last = slot
        self.newest = price
        return True

    def _fill(self, first: int, end: int) -> None:
        """The newest price stood in these steps, at most all there are."""
        place, count = first % self._size, end - first
        until_wrap = min(count, self._size - place)
        stood = array("d", (self.newest or 0.0,))
        self._closes[place : place + until_wrap] = stood * until_wrap
        self._closes[: count - until_wrap] = stood * (count - until_wrap)

    @property
    def first(self) -> int:
        """The oldest step known, in steps since the epoch; -1 without a price."""
        return max(self._first, self.last - self._size + 1) if self.last >= 0 else -1

    def precede(self, candles: Iterable[Candle], before: int) -> None:
        """Note the closes of candles as long as a step, contiguous and oldest first, that are over
        and lie before a step: that of the first price known, or of the next one where none is."""
        closes = {c.open_ms // self.step_ms: c.close for c in candles if c.closed and c.close > 0}
        closes = {slot: price for slot, price in closes.items() if slot < before}
        if self.last < 0:
            for slot, price in closes.items():
                self.add(slot * self.step_ms, price)
        elif closes:
            oldest = max(min(closes), self.last - self._size + 1)
            price = closes[min(closes)]
            for slot in range(min(closes), before):
                price = closes.get(slot, price)
                if slot >= oldest:
                    self._closes[slot % self._size] = price
            self._first = min(self._first, oldest)

    def back(self, steps: int, at_ms: int) -> float | None:
        """The price ``steps`` steps before ``at_ms``; None when it is not known."""
        slot = at_ms // self.step_ms - steps
        last = self.last
        if slot < self._first or slot <= last - self._size:
            return None
        return self.newest if slot >= last else self._closes[slot % self._size]

    def ago(self, now: int, steps: Iterable[int]) -> tuple[float | None, ...]:
        """As ``back``, by each of these, from the step ``now`` (since the epoch)."""
        first, last, size, closes = self._first, self.last, self._size, self._closes
        oldest = last - size
        found: list[float | None] = []
        for back in steps:
            slot = now - back
            if slot >= last:
                found.append(self.newest if slot >= first else None)
            else:
                found.append(closes[slot % size] if slot >= first and slot > oldest else None)
        return tuple(found)

    def extremes(self, first: int, end: int) -> tuple[float, float] | None:
        """The lowest and the highest price of the steps from ``first`` up to before ``end`` (both
        since the epoch); None where none is known."""
        newest, last, size = self.newest, self.last, self._size
        first = max(first, self._first, last - size + 1)
        if newest is None or first >= end:
            return None
        if first >= last:
            return newest, newest
        start, stop = first % size, (end if end < last else last) % size
        over = self._closes[start:stop]
        if stop <= start:
            over = self._closes[start:] + self._closes[:stop]
        if end > last:
            over.append(newest)
        return min(over), max(over)

    def reset(self) -> None:
        """Forget everything: data is missing from here on."""
        self._first = self.last = -1
        self.newest = None


KnownScale = tuple[float, float]
"""What a RobustScale knows: the mean square, and the seconds of data behind it."""


def possible(scales: Iterable[KnownScale]) -> bool:
    """Whether scales can have known this."""
    return all(math.isfinite(x) and x >= 0 for scale in scales for x in scale)


class HourHighest:
    """The highest value of about the last hour, by blocks of five minutes of the given times."""

    __slots__ = ("_block", "_values")

    BLOCK_MS = 300_000
    BLOCKS = 13  # the hour's, and the one under way

    def __init__(self) -> None:
        self._values = array("d", [-math.inf] * self.BLOCKS)
        self._block = -self.BLOCKS

    def note(self, at_ms: int, value: float) -> None:
        """It was so high; what is older than the newest counts with that."""
        block = at_ms // self.BLOCK_MS
        if block > self._block:
            for passed in range(max(self._block + 1, block - self.BLOCKS + 1), block + 1):
                self._values[passed % self.BLOCKS] = -math.inf
            self._block = block
        place = self._block % self.BLOCKS
        if value > self._values[place]:
            self._values[place] = value

    def since(self, since_ms: int) -> float | None:
        """The highest since then, to the block; None if nothing was noted since."""
        first = max(since_ms // self.BLOCK_MS, self._block - self.BLOCKS + 1)
        highest = max(
            (self._values[block % self.BLOCKS] for block in range(first, self._block + 1)),
            default=-math.inf,
        )
        return highest if highest > -math.inf else None


_CLIP_SQUARED: Final = 3.0**2


class RobustScale:
    """The usual size of a value: the root of a decaying mean of its squares, where one
    observation counts at most three times the usual size.

    So a shock raises the scale only slowly, and an alert's own cause does not become its measure.
    ``halflife_s`` is the time after which an observation counts half. ``assumed`` is taken for the
    usual size as if it had been seen for ``assumed_s`` seconds.
    """

    __slots__ = ("_rate", "_square", "seen_s")

    def __init__(self, halflife_s: float, *, assumed: float = 0.0, assumed_s: float = 0.0) -> None:
        self._rate = math.log(2) / halflife_s
        self._square = assumed * assumed
        self.seen_s = assumed_s
        """How many seconds of data stand behind the scale."""

    def add(self, value: float, seconds: float) -> None:
        """Learn from a value that stands for ``seconds`` of data."""
        square, most = value * value, _CLIP_SQUARED * self._square
        if square > most > 0 and self.seen_s > 0:
            square = most
        # The plain mean at first, so that the start counts no more than what follows.
        faded, mean = 1 - math.exp(-self._rate * seconds), seconds / (self.seen_s + seconds)
        weight = faded if faded > mean else mean
        self._square += weight * (square - self._square)
        self.seen_s += seconds

    @property
    def scale(self) -> float:
        """The usual size; 0 before the first value."""
        return math.sqrt(self._square)

    def assume(self, scale: float, seconds: float) -> None:
        """Take this for the usual size as if it had been seen for ``seconds``, beside what was."""
        total = self.seen_s + seconds
        self._square += (scale * scale - self._square) * seconds / total
        self.seen_s = total

    @property
    def kept(self) -> KnownScale:
        """What is known. May be set to what was known."""
        return self._square, self.seen_s

    @kept.setter
    def kept(self, known: KnownScale) -> None:
        self._square, self.seen_s = known


class _KeptSizes(msgspec.Struct, array_like=True, frozen=True):
    """A SizeHistogram that outlives the program."""

    version: int
    memory_s: float
    counts: dict[int, float]
    epoch_s: float
    began_s: float | None
    seen: int
    watched_s: float = 0.0


QUIET_S: Final = 600.0
"""Longer without a size is a hole, or looks like one: no more of it was surely watched."""

BINS: Final = 5
"""Bins of sizes per doubling."""

SMALLEST: Final = 2.0**-40
LOWEST: Final = -40 * BINS
"""The bin of everything up to SMALLEST, below a satoshi."""


FEW: Final = 12
"""So many sizes are counted one by one more quickly than in C."""


def _bin(size: float) -> int:
    return math.floor(math.log2(size) * BINS) if size > SMALLEST else LOWEST


class SizeHistogram:
    """How often sizes of at least x come, over a decaying memory.

    Sizes fall into geometric bins a fifth of a doubling wide (±7 %). ``memory_s`` is the decay's
    time constant; sizes of one minute are equally old. ``watched_s``: over how many seconds they
    came, without the time between two runs and but ``QUIET_S`` of any without a size.
    """

    VERSION: Final = 1

    __slots__ = (
        "_began_s",
        "_counts",
        "_epoch_s",
        "_memory_s",
        "_minute",
        "_new",
        "_total",
        "_weight",
        "seen",
        "watched_s",
    )

    def __init__(self, memory_s: float = DAY_S) -> None:
        self._memory_s = memory_s
        self._counts: dict[int, float] = {}
        self._total = 0.0
        self._epoch_s = 0.0  # weights are relative to this time
        self._began_s: float | None = None
        self._minute, self._weight = -1, 1.0  # what a size of this minute counts
        self._new: Counter[int] = Counter()  # of this minute: few, and no weight for each
        self.seen = 0
        self.watched_s = 0.0

    def add(self, size: float, at_ms: int) -> None:
        """Count one size."""
        self.add_all((size,), at_ms // 1_000)

    def add_all(self, sizes: Sequence[float], second: int) -> None:
        """Count sizes of a second since the epoch, at least one."""
        if second // 60 != self._minute:
            self._weigh(second)
        new = self._new
        if len(sizes) > FEW and min(sizes) > SMALLEST:
            new.update(map(math.floor, map(mul, map(math.log2, sizes), repeat(BINS))))
        else:
            for size in sizes:
                index = _bin(size)
                new[index] = new.get(index, 0) + 1
        self.seen += len(sizes)

    def _weigh(self, second: int) -> None:
        """What a size of this minute counts: more than any before it, as if those had faded."""
        self._fold()
        at_s = float(second - second % 60)
        if self._began_s is None:
            self._began_s, self._epoch_s = float(second), at_s
        if self._minute >= 0:
            self.watched_s += min(max(0.0, at_s - self._minute * 60.0), QUIET_S)
        age = (at_s - self._epoch_s) / self._memory_s
        weight = math.exp(age if age < 50.0 else 50.0)
        if weight > 1e9:  # long before floats lose anything
            self._counts = {b: c / weight for b, c in self._counts.items() if c / weight > 1e-6}
            self._total = sum(self._counts.values())
            self._epoch_s = at_s
            weight = 1.0
        self._minute, self._weight = second // 60, weight

    def _fold(self) -> None:
        self._total += self._new.total() * self._weight
        self._counts = self._merged()
        self._new.clear()

    def _merged(self) -> dict[int, float]:
        """All counts, those of this minute among them."""
        counts, weight = self._counts.copy(), self._weight
        for index, count in self._new.items():
            counts[index] = counts.get(index, 0.0) + count * weight
        return counts

    def percentile(self, size: float) -> float | None:
        """Share (0-100) of sizes below this one's bin; None before the first size."""
        return self._share_below(self._tail(size))

    def per_day(self, size: float, at_ms: int, least_s: float = 1.0) -> float | None:
        """How many of at least (about) this size came per day, as if for ``least_s`` seconds at
        least; None before the first size."""
        return self._daily(self._tail(size), at_ms, least_s)

    def standing(self, size: float, at_ms: int) -> tuple[float | None, float | None]:
        """``percentile`` and ``per_day`` of a size: what takes most of their time they share."""
        tail = self._tail(size)
        return self._share_below(tail), self._daily(tail, at_ms, 1.0)

    def _share_below(self, tail: float) -> float | None:
        total = self._total + self._new.total() * self._weight
        if total <= 0:
            return None
        return max(0.0, 100.0 * (1.0 - tail / total))  # sums round

    def _daily(self, tail: float, at_ms: int, least_s: float) -> float | None:
        if self._began_s is None:
            return None
        at_s = max(at_ms / 1000, self._epoch_s)  # a time long past would be an overflow
        tail *= math.exp(-(at_s - self._epoch_s) / self._memory_s)
        elapsed = max(at_s - self._began_s, least_s)
        effective_s = self._memory_s * (1.0 - math.exp(-elapsed / self._memory_s))
        return tail * DAY_S / effective_s

    def _tail(self, size: float) -> float:
        index, counts, new = _bin(size), self._counts, self._new
        tail = sum([counts[b] for b in counts if b >= index])  # few, of a large one
        return tail + sum([new[b] for b in new if b >= index]) * self._weight

    def state(self) -> bytes:
        """What is known, for ``restore``."""
        kept = _KeptSizes(
            self.VERSION,
            self._memory_s,
            self._merged(),
            self._epoch_s,
            self._began_s,
            self.seen,
            self.watched_s,
        )
        return msgspec.msgpack.encode(kept)

    def restore(self, state: bytes) -> None:
        """Know what was known then, and nothing else. Raises ValueError for what is no state of a
        histogram with this memory."""
        try:
            kept = msgspec.msgpack.decode(state, type=_KeptSizes)
        except msgspec.MsgspecError as error:
            raise ValueError(f"no state of a histogram: {error}") from error
        if (kept.version, kept.memory_s) != (self.VERSION, self._memory_s):
            raise ValueError(f"the state of a histogram in version {kept.version}")
        times = (kept.epoch_s, kept.began_s or 0.0, kept.watched_s)
        if not all(math.isfinite(x) and x >= 0 for x in (*kept.counts.values(), *times)):
            raise ValueError("the state of a histogram with impossible numbers")
        self._counts = kept.counts
        self._total = sum(kept.counts.values())
        self._epoch_s, self._began_s, self.seen = kept.epoch_s, kept.began_s, kept.seen
        self.watched_s = kept.watched_s
        self._new.clear()
        self._minute = -1
