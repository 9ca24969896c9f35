"""The detectors of one symbol, and which of them are asked about which events. Pure.

A symbol whose trades are watched has a lane, which is a panel and more (see lanes.py). There are
hundreds of contracts of which only valuations and liquidations are told: they take no lane.
"""

from collections.abc import Callable, Iterable

from pipeline.model import Alert, Event, Sweep
from pipeline.ports import Detector, Patient

Ask = Callable[[Event | Sweep], Iterable[Alert]]
"""What a detector is asked with."""


class Panel:
    """``asked`` has by type of event the detectors that want it, as their ``on``."""

    __slots__ = ("asked", "detectors", "symbol")

    def __init__(self, symbol: str, detectors: tuple[Detector, ...]) -> None:
        self.symbol = symbol
        self.detectors = detectors
        self.asked: dict[type, tuple[Ask, ...]] = {}

    def ask_of(self, kind: type) -> tuple[Ask, ...]:
        """Who wants events of this type; remembered in ``asked``."""
        found = tuple(d.on for d in self.detectors if wants(d, kind))
        self.asked[kind] = found
        return found

    def who_has(self, ask: Ask) -> Detector | None:
        """The detector behind this; None if it has been left out already."""
        return next((d for d in self.detectors if d.on == ask), None)

    def leave_out(self, failed: Detector | Patient | None) -> None:
        """Ask it no more."""
        self.detectors = tuple(d for d in self.detectors if d is not failed)
        self.asked.clear()


def wants(detector: Detector | Patient, kind: type) -> bool:
    """Whether it is asked about events of this type."""
    return issubclass(kind, getattr(detector, "WANTS", object))
