"""The registry of detectors: one line a kind.

A detector is a file here with a frozen settings struct (its section in goraebot.toml, named after
the kind) and a factory ``(symbol, settings, view) -> Detector``. It is pure: no clock, no I/O.
"""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from pipeline.detectors import (
    book_imbalance,
    funding,
    kimchi,
    large_trade,
    liquidation,
    price_jump,
    pump,
    spread,
    volume_surge,
)
from pipeline.ports import Detector, SymbolView


class Kind(msgspec.Struct, frozen=True):
    """One kind of alert: its settings and how a detector for a symbol is made.

    ``of``: whether it is about what is traded, or about contracts (futures), whether or not their
    trades are watched; such a detector is told of ``Mark``, ``Liquidation`` and ``Gap`` alone.
    """

    settings: type[msgspec.Struct]
    make: Callable[[str, Any, SymbolView], Detector]
    of: Literal["trades", "contracts"] = "trades"


KINDS: dict[str, Kind] = {
    "large_trade": Kind(large_trade.Settings, large_trade.LargeTrades),
    "price_jump": Kind(price_jump.Settings, price_jump.make),
    "pump": Kind(pump.Settings, pump.Pumps),
    "spread": Kind(spread.Settings, spread.SpreadWatch),
    "volume_surge": Kind(volume_surge.Settings, volume_surge.VolumeSurges),
    "book_imbalance": Kind(book_imbalance.Settings, book_imbalance.BookWatch),
    "kimchi": Kind(kimchi.Settings, kimchi.KimchiWatch),
    "liquidation": Kind(liquidation.Settings, liquidation.Liquidations, of="contracts"),
    "funding": Kind(funding.Settings, funding.FundingWatch, of="contracts"),
}
