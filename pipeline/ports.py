"""The interfaces of the pipeline; implementations are chosen in bot/app.py alone."""

from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

from pipeline.model import Alert, Event, Feed, Move, Sweep, Ticker

if TYPE_CHECKING:  # the registry in pipeline.detectors imports this file
    from pipeline.detectors.rolling import PriceGrid, RobustScale


class Source(Protocol):
    """Where events come from: live, replayed, simulated or fake, the same events."""

    def stream(self) -> AsyncIterator[Event]:
        """Events in the order of arrival, until the source ends or is cancelled."""
        ...

    async def follow(self, wanted: Collection[Feed]) -> None:
        """Deliver exactly these feeds from now on; may be called while streaming."""
        ...


class SymbolView(Protocol):
    """What a detector may know of its symbol besides the events: see market.SymbolState."""

    @property
    def day(self) -> Ticker | None:
        """The rolling 24 hours."""
        ...

    @property
    def seconds(self) -> "PriceGrid":
        """Prices of the last five minutes by the second."""
        ...

    @property
    def dollars(self) -> float | None:
        """US dollars per unit of the quote currency; None when no rate is known."""
        ...

    @property
    def usual_spread(self) -> "RobustScale":
        """The usual spread in basis points, of quotes before the one that is asked about."""
        ...

    def change_pct(self, window_s: int, at_ms: int) -> float | None:
        """Price change over the last ``window_s`` seconds (≤ 300), percent; None if unknown."""
        ...


class Detector(Protocol):
    """What is worth noticing in one symbol: pure, no clock, no I/O; rebuilt after a Gap.

    A class attribute ``WANTS``, a tuple of event types, says what it is asked about: it is not
    called for the rest. Without one it is asked about everything.
    """

    def on(self, event: Event | Sweep) -> Iterable[Alert]:
        """Alerts that this event raises, usually none."""
        ...


class Bus(Protocol):
    """Moves to listeners; the seam where a message broker fits."""

    def publish(self, move: Move) -> None:
        """Hand over without ever waiting."""
        ...

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[Move]]:
        """Moves published from now on."""
        ...
