"""The interfaces of the pipeline; implementations are chosen in bot/wiring alone."""

import math
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from pipeline.model import Alert, Candle, Event, Feed, Move, Nearest, Sweep, Ticker
from pipeline.seconds import Second

if TYPE_CHECKING:  # the registry in pipeline.detectors imports this file
    from pipeline.course import Line
    from pipeline.detectors.rolling import PriceGrid, RobustScale


class Follower(Protocol):
    """Who is told what is to be delivered."""

    async def follow(self, wanted: Collection[Feed]) -> None:
        """Deliver exactly these feeds from now on; may be called while streaming."""
        ...


class Source(Follower, Protocol):
    """Where events come from: live, replayed, simulated or fake, the same events."""

    def stream(self) -> AsyncIterator[Event]:
        """Events in the order of arrival, until the source ends or is cancelled."""
        ...


class Tap(Protocol):
    """Who writes down what a source receives; neither call waits. ``emitted`` is how many events
    the source has delivered until then."""

    def frames(self, frames: Sequence[bytes], received_ns: int, emitted: int) -> None:
        """Frames that were received together, before anything is made of them."""
        ...

    def line(self, line: "Line", emitted: int) -> None:
        """What the source did, or was told, between two frames."""
        ...


@runtime_checkable
class Buffered(Protocol):
    """A Source with a place where events that have arrived wait."""

    @property
    def waiting(self) -> deque[Event]:
        """They may be taken from its left side between two of ``stream``, which saves the await of
        each."""
        ...


@runtime_checkable
class Prompt(Buffered, Protocol):
    """One that need not wait for the turn of whoever takes its events."""

    def call(self, take: Callable[[], None]) -> None:
        """Call this from now on when a few events wait: it takes them. More wait for ``stream``,
        so that everybody else gets a turn."""
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


class Calm(NamedTuple):
    """Trades of which nothing can come: at prices above ``low`` and below ``high``, before
    ``until_s`` (seconds since the epoch), as long as together they pay less than ``notional`` in
    the quote currency, and none of their orders as much as ``order``."""

    low: float = -math.inf
    high: float = math.inf
    notional: float = math.inf
    until_s: float = math.inf
    order: float = math.inf


ANYTHING = Calm()
RESTLESS = Calm(until_s=0)
"""No trade at all."""


@runtime_checkable
class Patient(Protocol):
    """A Detector that can say which trades it need not be told at once."""

    def calm(self, at_ms: int) -> Calm:
        """Which trades from ``at_ms`` on may be told late, because nothing can come of them.

        Asked with the time of the newest trade, when that trade and every sweep before it have been
        told; so a detector may begin the second. Asked again after a Quote or a Book, if it wants
        those."""
        ...

    def catch_up(self, seconds: Sequence[Second]) -> None:
        """Note what waited, as if it had been told when it came: by the seconds with a trade, in
        their order, of which one may come in parts. Called before ``on`` is asked about anything
        but a Quote or a Book."""
        ...


@runtime_checkable
class Warmable(Protocol):
    """A Detector that can also learn what is usual from bars of the past. Nothing is reported
    while it does, and nothing that it has watched itself is learnt twice."""

    def lacks(self, now_ms: int) -> Mapping[str, int]:
        """What it could learn from: interval (such as "30m") → how many of the newest bars, at most
        1,000; nothing once it knows the past."""
        ...

    def warm(self, candles: Sequence[Candle]) -> None:
        """Learn from bars of one interval, oldest first; the one under way is among them. Called
        when everything before has been told (see watch.Watch.detectors)."""
        ...


@runtime_checkable
class Lasting(Protocol):
    """A Detector whose knowledge of what is usual outlives the program."""

    def state(self) -> bytes:
        """What it knows: a few kilobytes that say their version. Asking changes nothing."""
        ...

    def restore(self, state: bytes) -> None:
        """Know what it knew then; called before the first event. Raises ValueError, and changes
        nothing, if that cannot be read."""
        ...


@runtime_checkable
class Measuring(Protocol):
    """A Detector that can tell how near to an alert it came, for those who ask why none came."""

    def nearest(self, since_ms: int) -> Nearest:
        """The largest it measured since then, of the last hour at most."""
        ...


class Bus(Protocol):
    """Moves to listeners; the seam where a message broker fits."""

    def publish(self, move: Move) -> None:
        """Hand over without ever waiting."""
        ...

    def subscribe(self) -> AbstractAsyncContextManager[AsyncIterator[Move]]:
        """Moves published from now on."""
        ...
