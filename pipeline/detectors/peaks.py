"""What a symbol usually does, and does in its busiest moments: what a burst is held against."""

import math
import sys
from array import array
from collections.abc import Sequence
from typing import Final

import msgspec

BLOCK_S = 300
BLOCKS = 144
SHARE = 0.95
VERSION: Final = 1


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """What outlives the program: of each block that has ended the orders, and for each measure its
    peaks as little-endian floats of four bytes."""

    version: int
    ended: int
    peaks: list[bytes]
    orders: list[int]


class UsualPeaks:
    """Of several measures, the highest value in each block of five minutes, over the last twelve
    hours, and the one that 95 % of those blocks did not exceed. And how many orders there were.

    A quantile of peaks needs no assumption about how a measure is distributed, knows how busy
    *this* symbol gets without anything being up, and a few wild blocks do not move it: the eighth
    wildest of twelve hours counts. Values are kept to seven digits.
    """

    __slots__ = ("_block", "_blocks", "_now", "_orders", "_peaks", "_usual", "orders")

    def __init__(self, measures: int) -> None:
        self._peaks = tuple(array("f", bytes(4 * BLOCKS)) for _ in range(measures))
        self._orders = array("q", bytes(8 * BLOCKS))
        self._now = [0.0] * measures  # of the block that is under way
        self.orders = 0
        """So far in the block that is under way; whoever sees one counts it."""
        self._block = -1
        self._blocks = 0  # ended so far
        self._usual: list[float] | None = None

    @property
    def known(self) -> bool:
        """Whether a block has ended at all."""
        return self._blocks > 0

    @property
    def usual(self) -> list[float]:
        """By measure; 0 while nothing is known."""
        if self._usual is None:  # worked out when it is asked for: most blocks nobody does
            known = min(self._blocks, BLOCKS)
            self._usual = [_quantile(peaks[:known]) for peaks in self._peaks]
        return self._usual

    def orders_within(self, seconds: float) -> float:
        """How many there are on average; one more than seen, since never is hard to know."""
        known = min(self._blocks, BLOCKS)
        return (sum(self._orders[:known]) + 1) / max(1, known) / BLOCK_S * seconds

    def turn(self, at_s: int) -> None:
        """The time has come to ``at_s``; blocks without a value count with zero."""
        block = at_s // BLOCK_S
        if block == self._block:
            return
        if self._block >= 0:
            self._end(min(block - self._block, BLOCKS + 1))
        self._block = block

    def note(self, values: Sequence[float]) -> None:
        """The measures have reached these values in the current block."""
        self._now = [b if b > a else a for a, b in zip(self._now, values, strict=True)]

    def lose(self) -> None:
        """Data is missing from here on: the blocks until it is back count for nothing."""
        if self._block >= 0:
            self._end(1)
        self._block = -1

    def state(self) -> bytes:
        """What is known, for ``restore``; the block under way apart."""
        known = min(self._blocks, BLOCKS)
        peaks = [_swapped(peaks[:known]).tobytes() for peaks in self._peaks]
        kept = _Kept(VERSION, self._blocks, peaks, self._orders[:known].tolist())
        return msgspec.msgpack.encode(kept)

    def restore(self, state: bytes) -> None:
        """Know what was known then, and nothing else; what was missed since counts for nothing.
        Raises ValueError for what is no state of so many measures."""
        try:
            kept = msgspec.msgpack.decode(state, type=_Kept)
        except msgspec.MsgspecError as error:
            raise ValueError(f"no state of peaks: {error}") from error
        known = min(kept.ended, BLOCKS)
        sizes = {len(peaks) for peaks in kept.peaks}
        if kept.version != VERSION or known < 0 or len(kept.peaks) != len(self._peaks):
            raise ValueError(f"the state of peaks in version {kept.version}")
        if sizes != {4 * known} or len(kept.orders) != known:
            raise ValueError("the state of peaks of other blocks")
        tables = [_swapped(array("f", peaks)) for peaks in kept.peaks]
        if not all(math.isfinite(peak) and peak >= 0 for table in tables for peak in table):
            raise ValueError("the state of peaks with impossible numbers")
        if not all(0 <= orders < 2**53 for orders in kept.orders):
            raise ValueError("the state of peaks with impossible orders")
        for peaks, table in zip(self._peaks, tables, strict=True):
            peaks[:known] = table
        self._orders[:known] = array("q", kept.orders)
        self._blocks = kept.ended
        self._block = -1
        self._now = [0.0] * len(self._now)
        self.orders = 0
        self._usual = None

    def _end(self, passed: int) -> None:
        """The current block is over, and ``passed`` - 1 more in which nothing happened."""
        for idle in range(passed):
            slot = self._blocks % BLOCKS
            self._blocks += 1
            for peaks, now in zip(self._peaks, self._now, strict=True):
                peaks[slot] = 0.0 if idle else now
            self._orders[slot] = 0 if idle else self.orders
        self._now = [0.0] * len(self._now)
        self.orders = 0
        self._usual = None


def _quantile(values: Sequence[float]) -> float:
    """The value that the share SHARE does not exceed, between the two nearest; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    rank = SHARE * (len(ordered) - 1)
    low = int(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (rank - low) * (ordered[high] - ordered[low])


def _swapped(values: "array[float]") -> "array[float]":
    """Between this machine's order of bytes and the little-endian one."""
    if sys.byteorder == "big":
        values.byteswap()
    return values
