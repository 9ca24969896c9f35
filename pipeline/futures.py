"""What is known of futures: how each is valued now, and which positions were closed by force. Pure.

Liquidations of one side of one contract that follow one another are one burst: a fall takes many
positions with it, and what matters is the fall.
"""

from collections import deque
from collections.abc import Iterator
from typing import Final

import msgspec

from pipeline.bursts import Burst
from pipeline.market import DOLLARS
from pipeline.model import Event, Liquidation, Mark, Position

BURSTS: Final = 20_000
"""Remembered; the oldest goes."""
KEPT_MS: Final = 24 * 3_600_000
CURRENT_MS: Final = 60_000
"""A contract that is valued no longer is no longer traded."""

_QUOTES: Final = tuple(DOLLARS)


class Closed(msgspec.Struct):
    """What was closed by force of both sides, at least: US dollars and how many."""

    long: float = 0.0
    short: float = 0.0
    longs: int = 0
    shorts: int = 0


class Futures:
    """All contracts that are paid in dollars. Symbols are as the exchange writes them, without the
    market in front. ``since_ms`` is when the first event came, 0 before it; ``newest_ms`` when the
    newest valuation did, ``liquidated_ms`` when anything was last closed by force. ``mute`` are
    contracts whose trades do not come though there are some (see silence.py)."""

    def __init__(self) -> None:
        self._marks: dict[str, Mark] = {}
        self._bursts: deque[Burst] = deque(maxlen=BURSTS)
        self._open: dict[tuple[str, Position], Burst] = {}
        self._last: dict[tuple[str, Position], Liquidation] = {}
        self.since_ms = 0
        self.newest_ms = 0
        self.liquidated_ms = 0
        self.mute: set[str] = set()

    def on(self, event: Event) -> None:
        """Note what concerns futures."""
        if not isinstance(event, Mark | Liquidation):
            return
        symbol = event.symbol.rpartition(":")[2]
        if not symbol.endswith(_QUOTES):
            return
        if not self.since_ms:
            self.since_ms = event.at_ms
        if isinstance(event, Liquidation):
            self.liquidated_ms = max(self.liquidated_ms, event.at_ms)
            self._note(symbol, event)
            return
        before = self._marks.get(symbol)
        if before is None or before.at_ms <= event.at_ms:
            self._marks[symbol] = msgspec.structs.replace(event, symbol=symbol)
            self.newest_ms = max(self.newest_ms, event.at_ms)

    def _note(self, symbol: str, event: Liquidation) -> None:
        key = symbol, event.position
        if self._last.get(key) == event:
            return  # two connections tell it while they overlap
        self._last[key] = event
        burst = self._open.get(key)
        if burst is None or not burst.goes_on(event):
            burst = self._open[key] = Burst(symbol, event.position, event.at_ms, event.at_ms)
            self._bursts.append(burst)
            while self._bursts[0].to_ms < event.at_ms - KEPT_MS:
                self._bursts.popleft()
        burst.add(event)

    def mark(self, symbol: str) -> Mark | None:
        """How a contract is valued; None for one that is not, or no longer."""
        mark = self._marks.get(symbol)
        return mark if mark is not None and self._is_current(mark) else None

    def marks(self) -> list[Mark]:
        """How all are valued, the highest rate first."""
        current = [mark for mark in self._marks.values() if self._is_current(mark)]
        return sorted(current, key=lambda mark: (-mark.rate, mark.symbol))

    def _is_current(self, mark: Mark) -> bool:
        return self.newest_ms - mark.at_ms <= CURRENT_MS

    def bursts(self, since_ms: int, symbol: str | None = None) -> Iterator[Burst]:
        """Those that were not over by then (at most a day ago), oldest first."""
        for burst in self._bursts:
            if burst.to_ms >= since_ms and symbol in (None, burst.symbol):
                yield burst

    def closed(self, since_ms: int, symbol: str | None = None) -> Closed:
        """All of these bursts together."""
        total = Closed()
        for burst in self.bursts(since_ms, symbol):
            if burst.position == "long":
                total.long += burst.notional
                total.longs += burst.count
            else:
                total.short += burst.notional
                total.shorts += burst.count
        return total
