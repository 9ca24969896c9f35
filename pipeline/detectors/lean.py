"""Which side of a book is heavier, for how long, and whether it is so usually."""

from bisect import bisect_left, bisect_right
from math import inf

from pipeline.model import BookSide, Levels

SMOOTH_S = 5.0
"""Halflife of the share that is judged: books of busy pairs tilt to and fro within a second."""

USUAL_S = 3_600.0
"""Halflife of the usual share."""

RELEASE_PCT = 10.0
"""A lean ends when the share is so many points below what began it."""

MOST_PCT = 97.0
"""More is never needed, however one-sided a book usually is."""

_SLACK = 1 + 1e-9  # a level exactly at the edge is inside whatever floats make of it


class Lean:
    """The bids' share of a book, percent, and the side that it leans to.

    ``share_pct`` is what makes a lean, together with ``above_pct`` points more than usual.
    """

    __slots__ = (
        "_above_pct",
        "_release_pct",
        "_seen_s",
        "_share_pct",
        "bids_pct",
        "side",
        "since_ms",
        "told",
        "usual_bids_pct",
    )

    def __init__(self, share_pct: float, above_pct: float) -> None:
        self._share_pct = share_pct
        self._above_pct = above_pct
        self.usual_bids_pct = 50.0
        self._seen_s = 0.0
        self.forget()

    def forget(self) -> None:
        """Nothing lasts across missing data; what is usual stays."""
        self.bids_pct: float | None = None  # smoothed
        self.side: BookSide | None = None
        self.since_ms = 0
        self.told = False
        self._release_pct = 0.0

    def of(self, side: BookSide) -> tuple[float, float]:
        """The side's share and its usual one, percent."""
        bids_pct = 50.0 if self.bids_pct is None else self.bids_pct
        if side == "bid":
            return bids_pct, self.usual_bids_pct
        return 100.0 - bids_pct, 100.0 - self.usual_bids_pct

    @property
    def heavier_pct(self) -> float:
        """The share of the heavier side, percent."""
        bids_pct = 50.0 if self.bids_pct is None else self.bids_pct
        return bids_pct if bids_pct > 50.0 else 100.0 - bids_pct

    def needed_pct(self, side: BookSide) -> float:
        """The share that makes a lean to the side."""
        usual_pct = self.usual_bids_pct if side == "bid" else 100.0 - self.usual_bids_pct
        return min(MOST_PCT, max(self._share_pct, usual_pct + self._above_pct))

    def look(self, bids_pct: float, at_ms: int, passed_s: float) -> None:
        """Take the bids' share as it is now, ``passed_s`` after the one before (0: the first).

        It is held against what was usual before it.
        """
        if self.bids_pct is None:
            self.bids_pct = bids_pct
        else:
            self.bids_pct += (1 - 0.5 ** (passed_s / SMOOTH_S)) * (bids_pct - self.bids_pct)
        if self.side is not None and self.of(self.side)[0] < self._release_pct:
            self.side = None
        if self.side is None and self.heavier_pct >= self._share_pct:  # less is never enough
            for side in ("bid", "ask"):
                needed_pct = self.needed_pct(side)
                if self.of(side)[0] >= needed_pct:
                    self.side, self.since_ms, self.told = side, at_ms, False
                    self._release_pct = needed_pct - RELEASE_PCT
        if passed_s > 0:
            self._seen_s += passed_s
            # The plain mean at first, so that the start counts no more than what follows.
            weight = max(1 - 0.5 ** (passed_s / USUAL_S), passed_s / self._seen_s)
            self.usual_bids_pct += weight * (bids_pct - self.usual_bids_pct)

    @property
    def kept(self) -> tuple[float, float]:
        """The usual share of the bids, and the seconds behind it. May be set to what was known."""
        return self.usual_bids_pct, self._seen_s

    @kept.setter
    def kept(self, known: tuple[float, float]) -> None:
        self.usual_bids_pct, self._seen_s = known


def odds(share_pct: float) -> float:
    """How many times as much one side has as the other."""
    return share_pct / max(100.0 - share_pct, 0.1)


def reach(bids: Levels, asks: Levels, within_pct: float) -> float:
    """How far from the middle both sides are compared, in the quote currency: ``within_pct``
    percent, or as far as both are known; as far as the best prices in any case."""
    best = asks[0][0]
    middle = (bids[0][0] + best) / 2
    farthest = min(middle - bids[-1][0], asks[-1][0] - middle)
    return max(best - middle, min(middle * within_pct / 100, farthest)) * _SLACK


def near_bids(bids: Levels, lowest: float) -> int:
    """How many bids are at this price or above."""
    if bids[-1][0] >= lowest:
        return len(bids)
    return len(bids) - bisect_left(bids[::-1], (lowest,))


def near_asks(asks: Levels, highest: float) -> int:
    """How many asks are at this price or below."""
    if asks[-1][0] <= highest:
        return len(asks)
    return bisect_right(asks, (highest, inf))
