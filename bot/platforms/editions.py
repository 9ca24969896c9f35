"""Which edition of a message is its newest: a slow one must never replace a newer one. No I/O."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

MOST: Final = 1_000
"""Messages remembered; an edition of one forgotten since counts as outdated."""


class Editions:
    """Counts the editions of messages, each known by any hashable name."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._count = 0
        self._newest: OrderedDict[Hashable, int] = OrderedDict()

    def new(self, name: Hashable) -> Callable[[], bool]:
        """The message has a new edition; the result tells whether it still is the newest."""
        self._count += 1
        number = self._count
        self._newest[name] = number
        self._newest.move_to_end(name)
        while len(self._newest) > self._most:
            self._newest.popitem(last=False)
        return lambda: self._newest.get(name) == number
