"""A streamed book of which as much is read as somebody looks at. Pure.

depth20 comes ten times a second with forty levels, of which most are looked at once a second, if at
all: making eighty numbers of each frame costs more than everything else that is done with it.
"""

from collections.abc import Callable

import msgspec

from pipeline.errors import UNREADABLE
from pipeline.model import Book, Levels
from pipeline.sources.binance_wire import WholeFrame, read_whole

Sides = tuple[Levels, Levels]


class LevelReader:
    """Reads both sides of a connection's books; ``bad`` counts those that cannot be read."""

    __slots__ = ("bad",)

    def __init__(self) -> None:
        self.bad = 0

    def __call__(self, frame: bytes) -> Sides:
        """None of either side if one cannot be read."""
        try:
            whole: WholeFrame = read_whole(frame).data
        except UNREADABLE:
            self.bad += 1
            return (), ()
        return whole.bids, whole.asks


class StreamedBook(Book, frozen=True, gc=False, eq=False):
    """A Book of which only the best prices have been read. Its levels are when they are looked at,
    both sides at once: ``read`` makes them of the ``frame``, and none if they cannot be read.

    It equals itself alone; what is given for ``bids`` and ``asks`` is of no account.
    """

    bid: float = 0.0
    ask: float = 0.0
    frame: bytes = b""
    read: Callable[[bytes], Sides] = lambda frame: ((), ())
    sides: Sides | None = None

    @property  # type: ignore[misc]  # mypy: only by an attribute; the class is frozen in any case
    def bids(self) -> Levels:
        """See Book."""
        return (self.sides or self._look())[0]

    @property  # type: ignore[misc]
    def asks(self) -> Levels:
        """See Book."""
        return (self.sides or self._look())[1]

    def _look(self) -> Sides:
        sides = self.read(self.frame)
        msgspec.structs.force_setattr(self, "sides", sides)
        msgspec.structs.force_setattr(self, "frame", b"")
        return sides
