"""Prices that somebody waits for: told levels, tells when a trade reaches one. Pure."""

from bisect import insort
from collections.abc import Callable, Iterable
from math import inf
from typing import Literal

import msgspec

from pipeline.model import Trade

Way = Literal["up", "down"]


class Level(msgspec.Struct, frozen=True):
    """A price to reach from below ("up") or from above ("down"), by trades from ``since_ms`` on and
    before ``until_ms`` of the exchange's time. ``id`` is unique among all levels."""

    id: int
    symbol: str
    price: float
    way: Way
    since_ms: int
    until_ms: int


class Crossing(msgspec.Struct, frozen=True):
    """A level and the trade that reached it, or went past it.

    ``minute``: known from a candle alone; the price is the farthest of the minute from ``at_ms``.
    """

    level: Level
    price: float
    at_ms: int
    recovered: bool
    minute: bool = False


class _Bounds:
    """The levels of one symbol, the nearest first; no price between low and high matters."""

    __slots__ = ("down", "high", "low", "up")

    def __init__(self) -> None:
        self.up: list[tuple[float, int, Level]] = []  # by price
        self.down: list[tuple[float, int, Level]] = []  # by price, highest first
        self.high = inf
        self.low = -inf

    def set(self) -> None:
        self.high = self.up[0][0] if self.up else inf
        self.low = -self.down[0][0] if self.down else -inf


class Levels:
    """Every level waited for. A trade between the nearest two of its symbol costs two comparisons,
    one of a symbol without levels a look into a dictionary.

    A level is reached once: it is told to ``reached`` and no longer waited for. Their number is
    bounded by whoever sets them. ``changed`` is told of
    each symbol whose levels are others, ``missed`` of each with levels whose trades are missing.
    """

    def __init__(self, changed: Callable[[str], None] = lambda symbol: None) -> None:
        self.reached: Callable[[Crossing], None] = lambda crossing: None
        self.missed: Callable[[str, int, int], None] = lambda symbol, from_ms, to_ms: None
        self._changed = changed
        self._bounds: dict[str, _Bounds] = {}
        self._known: dict[int, Level] = {}

    def __len__(self) -> int:
        return len(self._known)

    def put(self, level: Level) -> None:
        """Wait for a level; one with the same id is replaced."""
        self.drop(level.id)
        self._known[level.id] = level
        bounds = self._bounds.get(level.symbol)
        if bounds is None:
            bounds = self._bounds[level.symbol] = _Bounds()
        if level.way == "up":
            insort(bounds.up, (level.price, level.id, level))
        else:
            insort(bounds.down, (-level.price, level.id, level))
        bounds.set()
        self._changed(level.symbol)

    def drop(self, level_id: int) -> None:
        """Wait for it no more."""
        level = self._known.pop(level_id, None)
        if level is None:
            return
        bounds = self._bounds[level.symbol]
        if level.way == "up":
            bounds.up.remove((level.price, level.id, level))
        else:
            bounds.down.remove((-level.price, level.id, level))
        bounds.set()
        if not bounds.up and not bounds.down:
            del self._bounds[level.symbol]
        self._changed(level.symbol)

    def keep(self, levels: Iterable[Level]) -> None:
        """Wait for exactly these."""
        wanted = {level.id: level for level in levels}
        for level_id in self._known.keys() - wanted.keys():
            self.drop(level_id)
        for level_id, level in wanted.items():
            if self._known.get(level_id) != level:
                self.put(level)

    def between(self, symbol: str) -> tuple[float, float]:
        """The nearest levels: no price between them reaches one."""
        bounds = self._bounds.get(symbol)
        return (-inf, inf) if bounds is None else (bounds.low, bounds.high)

    def gap(self, symbol: str, from_ms: int, to_ms: int) -> None:
        """Trades between the two times are missing: one of them may have reached a level."""
        if symbol in self._bounds:
            self.missed(symbol, from_ms, to_ms)

    def trade(self, trade: Trade) -> None:
        """Tell the levels that the trade reaches, the nearest first."""
        bounds = self._bounds.get(trade.symbol)
        if bounds is None or bounds.low < trade.price < bounds.high:
            return
        passed = [entry[2] for entry in bounds.up if entry[0] <= trade.price]
        passed += [entry[2] for entry in bounds.down if -entry[0] >= trade.price]
        for level in passed:
            if level.since_ms <= trade.at_ms < level.until_ms:
                self.drop(level.id)
                self.reached(Crossing(level, trade.price, trade.at_ms, trade.recovered))
