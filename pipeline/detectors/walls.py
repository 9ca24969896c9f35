"""Walls: single levels of one side of a book far larger than its usual ones, from look to look."""

from collections.abc import Sequence
from typing import Literal

from pipeline.model import Levels

MOST = 20
"""Walls followed a side, as many as a book shows levels; further ones are not. As many prices are
remembered where one has been; the one of longest ago goes."""

KEPT_SHARE = 0.5
"""A wall stands while it has this share of what made it one: a size around the threshold makes no
wall after wall."""

GONE_SHARE = 0.25
"""One that has more of its size left has shrunk, not gone."""

AGAIN_MS = 600_000
"""For so long one price is told of once."""

Change = Literal["wall_appeared", "wall_vanished"]


class Wall:
    """One wall; ``notional`` (quote currency) and ``share_pct`` of what its side showed are of
    ``seen_ms``, when it was last seen whole."""

    __slots__ = (
        "least",
        "missing",
        "notional",
        "price",
        "seen_ms",
        "share_pct",
        "since_ms",
        "told",
    )

    def __init__(self, price: float, at_ms: int, least: float, *, told: bool) -> None:
        self.price = price
        self.since_ms = self.seen_ms = at_ms
        self.missing = False
        self.least = least
        self.told = told
        self.notional = self.share_pct = 0.0

    def seen(self, at_ms: int, size: float, total: float) -> None:
        """It stands."""
        self.seen_ms = at_ms
        self.missing = False
        self.notional = size
        self.share_pct = size / total * 100


class Walls:
    """The walls of one side.

    One has appeared when it has stood for ``hold_ms``. One that stood so long has vanished when it
    is gone at two looks in a row though neither a trade nor the best price of its side has come to
    it. What came into sight with the price has not appeared, and what went out of sight has not
    vanished. When another wall comes as one goes, it is the same, moved. A price is told of once in
    ten minutes.

    ``sign`` is -1 for bids and 1 for asks: times a price it is a key that grows with the distance
    from the middle. ``standing`` says whether there is any.
    """

    __slots__ = ("_been", "_farthest", "_hold_ms", "_reached", "_sign", "_walls", "standing")

    def __init__(self, sign: float, hold_ms: float) -> None:
        self._sign = sign
        self._hold_ms = hold_ms
        self._been: dict[float, tuple[int, bool]] = {}  # price → when a wall ended, and vanished
        self.forget()

    def forget(self) -> None:
        """Nothing stands across missing data."""
        self.standing = False
        self._walls: dict[float, Wall] = {}
        self._farthest: float | None = None  # key of the last level in sight at the last look
        self._reached = float("-inf")  # key that the price has come to since then

    @property
    def nearest(self) -> float | None:
        """The price of the wall that is nearest to the middle, None if there is none."""
        return min(self._walls, key=lambda price: self._sign * price) if self.standing else None

    def touch(self, price: float) -> None:
        """A trade, or the best price of this side, is here."""
        key = self._sign * price
        if key > self._reached:
            self._reached = key

    def pass_over(self, levels: Levels) -> None:
        """A look at a side on which nothing stands and nothing is large enough to."""
        self._farthest = self._sign * levels[-1][0]
        self._reached = float("-inf")

    def look(
        self, at_ms: int, levels: Levels, sizes: Sequence[float], needed: float
    ) -> list[tuple[Change, Wall]]:
        """What is to be told of the side as it is now: its levels, best first, and their sizes in
        the quote currency, of which ``needed`` make a wall."""
        changes: list[tuple[Change, Wall]] = []
        if self._walls:
            farthest = self._sign * levels[-1][0]
            total = sum(sizes)
            quantity_at = dict(levels)
            for wall in list(self._walls.values()):
                size = wall.price * quantity_at.get(wall.price, 0.0)
                if size >= wall.least:
                    wall.seen(at_ms, size, total)
                    if not wall.told and at_ms - wall.since_ms >= self._hold_ms:
                        wall.told = True
                        changes.append(("wall_appeared", wall))
                elif self._vanished(wall, at_ms, size, farthest):
                    changes.append(("wall_vanished", wall))
        if max(sizes[1:], default=0.0) >= needed:
            self._find(at_ms, levels, sizes, needed)
        self.pass_over(levels)
        self.standing = bool(self._walls)
        return changes

    def _vanished(self, wall: Wall, at_ms: int, size: float, farthest: float) -> bool:
        """Whether a wall that is not whole has gone by itself; what is over is forgotten."""
        key = self._sign * wall.price
        stood = wall.told and wall.seen_ms - wall.since_ms >= self._hold_ms
        hidden, traded = key > farthest, key <= self._reached
        if hidden or traded or not stood or size > GONE_SHARE * wall.notional:
            self._end(wall, at_ms, vanished=False)
            return False
        if not wall.missing:  # back at the next look, it was never gone
            wall.missing = True
            return False
        self._end(wall, at_ms, vanished=True)
        for other in self._walls.values():
            if other.since_ms > wall.seen_ms and not other.missing:
                other.told = True  # the same order at another price
                return False
        return True

    def _find(self, at_ms: int, levels: Levels, sizes: Sequence[float], needed: float) -> None:
        total = sum(sizes)
        # The best price gathers orders by nature; a wall is what stands behind it.
        for place, size in enumerate(sizes[1:], 1):
            if size < needed:
                continue
            price = levels[place][0]
            if price in self._walls or len(self._walls) >= MOST:
                continue
            ended_ms, vanished = self._been.get(price, (at_ms - AGAIN_MS, False))
            again = at_ms - ended_ms < AGAIN_MS
            if again and vanished:
                continue
            in_sight = self._farthest is not None and self._sign * price <= self._farthest
            wall = Wall(price, at_ms, KEPT_SHARE * needed, told=again or not in_sight)
            wall.seen(at_ms, size, total)
            self._walls[price] = wall

    def _end(self, wall: Wall, at_ms: int, *, vanished: bool) -> None:
        del self._walls[wall.price]
        if wall.told:
            self._been.pop(wall.price, None)
            self._been[wall.price] = at_ms, vanished
            if len(self._been) > MOST:
                del self._been[next(iter(self._been))]
