"""Liquidations that follow one another, as one thing: a fall takes many positions with it. Pure."""

from typing import Final

import msgspec

from pipeline.model import Liquidation, Position

TOGETHER_MS: Final = 60_000
"""A liquidation so soon after the last one belongs to the same burst, ..."""
LONGEST_MS: Final = 600_000
"""... which lasts no longer than this."""


class Burst(msgspec.Struct):
    """Liquidations of one side of one contract that followed one another.

    ``notional`` and ``largest`` (quote currency), ``quantity`` (base currency) and ``count`` are
    lower bounds: the exchange tells of one a second and symbol at most.
    """

    symbol: str
    position: Position
    from_ms: int
    to_ms: int
    notional: float = 0.0
    count: int = 0
    quantity: float = 0.0
    largest: float = 0.0

    def goes_on(self, event: Liquidation) -> bool:
        """Whether a liquidation of the same side belongs to it."""
        soon = 0 <= event.at_ms - self.to_ms <= TOGETHER_MS
        return soon and event.at_ms - self.from_ms <= LONGEST_MS

    def add(self, event: Liquidation) -> None:
        """One more."""
        self.to_ms = event.at_ms
        self.notional += event.notional
        self.quantity += event.quantity
        self.largest = max(self.largest, event.notional)
        self.count += 1
