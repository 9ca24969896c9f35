"""The detectors of contracts, which are told of valuations and liquidations alone. Pure.

There are hundreds of contracts whose trades nobody watches: they take no lane (see lanes.py).
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from pipeline.model import ALL, Alert, Gap, Liquidation, Mark
from pipeline.ports import Detector

Make = Callable[[str], Sequence[Detector]]
Failed = Callable[[str, Detector], None]


class Contracts:
    """By symbol what ``make`` made. ``failed`` is told of a detector that broke, which is left out
    from then on: a mistake in one rule must not end the watch over all."""

    def __init__(self, make: Make, failed: Failed) -> None:
        self._make = make
        self._failed = failed
        self._known: dict[str, tuple[Detector, ...]] = {}

    @property
    def symbols(self) -> Collection[str]:
        """Those that detectors have been made for."""
        return self._known.keys()

    def known(self, symbol: str) -> Sequence[Detector]:
        """Those of a symbol, none before its first event."""
        return self._known.get(symbol, ())

    def made(self, symbol: str) -> Sequence[Detector]:
        """Those of a symbol, made now if there are none yet."""
        detectors = self._known.get(symbol)
        if detectors is None:
            detectors = self._known[symbol] = tuple(self._make(symbol))
        return detectors

    def on(self, event: Mark | Liquidation) -> list[Alert]:
        """What they make of it."""
        return self._ask(event.symbol, self.made(event.symbol), event)

    def gap(self, gap: Gap) -> list[Alert]:
        """Events are missing."""
        symbols = tuple(self._known) if ALL in gap.symbols else gap.symbols
        alerts: list[Alert] = []
        for symbol in symbols:
            alerts += self._ask(symbol, self._known.get(symbol, ()), gap)
        return alerts

    def _ask(self, symbol: str, detectors: Iterable[Detector], event: Any) -> list[Alert]:
        alerts: list[Alert] = []
        kind = type(event)
        for detector in detectors:
            if not issubclass(kind, getattr(detector, "WANTS", object)):
                continue
            try:
                alerts += detector.on(event)
            except Exception:
                self._known[symbol] = tuple(d for d in self._known[symbol] if d is not detector)
                self._failed(symbol, detector)
        return alerts
