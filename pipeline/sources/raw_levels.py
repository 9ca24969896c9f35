"""One side of a streamed book, turned into numbers as far as somebody looks. Pure.

depth20 comes ten times a second with forty levels, of which most are looked at once a second, if at
all: making eighty numbers of each frame costs more than everything else that is done with it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import overload

import msgspec

Level = tuple[float, float]

_FIRST = re.compile(rb'\[\["([0-9]{1,18}(?:\.[0-9]*)?)","[0-9.]+"\][],]').match
"""The first level as Binance writes it; 18 digits are more than any price has."""


class RawLevels(Sequence[Level]):
    """Levels, best first, as (price, quantity). ``best`` is the best price, 0 without levels.

    ``raw`` is the JSON array as sent, ``decode`` makes levels of it. What lies behind the best
    price is checked when it is looked at: a side that cannot be read has no levels then, and
    ``refused`` is called. Raises what ``decode`` raises when not even the best level can be read.
    """

    __slots__ = ("_decode", "_levels", "_raw", "_refused", "best")

    def __init__(
        self,
        raw: bytes,
        decode: Callable[[bytes], tuple[Level, ...]],
        refused: Callable[[], None],
    ) -> None:
        self._raw = raw
        self._decode = decode
        self._refused = refused
        self._levels: tuple[Level, ...] | None = None
        first = _FIRST(raw)
        if first is None:  # no levels, or written in another way
            self._levels = decode(raw)
            self.best = self._levels[0][0] if self._levels else 0.0
        else:
            self.best = float(first[1])

    def _all(self) -> tuple[Level, ...]:
        levels = self._levels
        if levels is None:
            try:
                levels = self._decode(self._raw)
            except (msgspec.MsgspecError, ValueError):
                levels = ()
                self._refused()
            self._levels = levels
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
