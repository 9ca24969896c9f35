"""One side of a streamed book, turned into numbers as far as somebody looks. Pure.

depth20 comes ten times a second with forty levels, of which most are looked at once a second, if at
all: making eighty numbers of each frame costs more than everything else that is done with it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import overload

Level = tuple[float, float]


class RawLevels(Sequence[Level]):
    """Levels, best first, as (price, quantity).

    ``raw`` is the JSON array as sent, ``read`` makes levels of it, none if it cannot be read: they
    are checked when they are looked at.
    """

    __slots__ = ("_levels", "_raw", "_read")

    def __init__(self, raw: bytes, read: Callable[[bytes], tuple[Level, ...]]) -> None:
        self._raw = raw
        self._read = read
        self._levels: tuple[Level, ...] | None = None

    def _all(self) -> tuple[Level, ...]:
        levels = self._levels
        if levels is None:
            levels = self._levels = self._read(self._raw)
            self._raw = b""
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
