"""Watched symbols that the exchange does not list as trading at the moment. Pure."""

from collections.abc import Collection, Set
from typing import Final

PATIENCE_S: Final = 86_400.0
"""For so long a symbol may be away. Maintenance halts every pair for hours, and one short answer
names hardly any: what has been learnt of them, and the ids that tell of missing trades, outlast
that. A pair that is gone for good costs no more than its memory meanwhile."""


class Absent:
    """Since when which symbols are away; times are of a steady clock, in seconds."""

    def __init__(self) -> None:
        self._since_s: dict[str, float] = {}

    @property
    def symbols(self) -> Set[str]:
        """Those that may be back."""
        return self._since_s.keys()

    def note(self, watched: Collection[str], trading: Collection[str], now_s: float) -> Set[str]:
        """Of what was watched only these trade now; who has just gone missing."""
        missing = set(watched) - set(trading)
        new = missing - self._since_s.keys()
        since_s = {symbol: self._since_s.get(symbol, now_s) for symbol in missing}
        self._since_s = {s: at_s for s, at_s in since_s.items() if now_s - at_s < PATIENCE_S}
        return new
