"""One side of a streamed book, turned into numbers as far as somebody looks. Pure.

depth20 comes ten times a second with forty levels, of which most are looked at once a second, if at
all: making eighty numbers of each frame costs more than everything else that is done with it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import cast, overload

import msgspec

Level = tuple[float, float]


Read = Callable[[bytes, int], tuple[Level, ...]]


class RawLevels(msgspec.Struct, eq=False, gc=False):
    """Levels, best first, as (price, quantity); a Sequence.

    ``frame`` is what was sent, ``middle`` where its asks begin. ``read`` makes levels of them, none
    if they cannot be read: they are checked when they are looked at.
    """

    frame: bytes
    middle: int
    read: Read
    levels: tuple[Level, ...] | None = None

    def _all(self) -> tuple[Level, ...]:
        levels = self.levels
        if levels is None:
            levels = self.levels = self.read(self.frame, self.middle)
            self.frame = b""
        return levels

    @overload
    def __getitem__(self, index: int) -> Level: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Level, ...]: ...

    def __getitem__(self, index: int | slice) -> Level | tuple[Level, ...]:
        return self._all()[index]

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[Level]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return repr(self._all())


Sequence.register(RawLevels)
raw_levels = cast(Callable[[bytes, int, Read], Sequence[Level]], RawLevels)
"""Makes them, in C, which a subclass of Sequence would not be."""
