"""The market buys of the last seconds: how many, how many of them in a rush, and what they paid."""

from collections import deque
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import NamedTuple

from pipeline.model import Sweep
from pipeline.seconds import Second


class _Second(NamedTuple):
    """The buys of one second."""

    at_s: int
    buys: int
    rush: int
    paid: float
    largest: float


class RecentBuys:
    """Counts over windows of whole seconds that end with the current one; constant cost a buy.

    A *rush order* is a buy that took several resting orders at once. ``windows_s`` are the lengths
    in seconds; times never go back.
    """

    __slots__ = (
        "_at_s",
        "_buys",
        "_buys_sum",
        "_largest",
        "_paid",
        "_rush",
        "_rush_sum",
        "_windows_s",
        "_within",
        "highest",
    )

    def __init__(self, windows_s: Sequence[int]) -> None:
        self._windows_s = tuple(windows_s)
        # The seconds with a buy within each window, and their sums; the current one stands apart.
        self._within: tuple[deque[_Second], ...] = tuple(deque() for _ in self._windows_s)
        self._buys_sum = [0] * len(self._windows_s)
        self._rush_sum = [0] * len(self._windows_s)
        self._at_s = -1
        self._buys = self._rush = 0
        self._paid = self._largest = 0.0
        self.highest = 0.0
        """The highest price that a buy of the current second ended at; 0 without one."""

    def add(self, buy: Sweep) -> None:
        """Count a buy of the current second."""
        self._buys += 1
        if buy.fills > 1:
            self._rush += 1
        paid = buy.notional
        self._paid += paid
        if paid > self._largest:
            self._largest = paid
        if buy.last_price > self.highest:
            self.highest = buy.last_price

    def add_all(self, second: Second) -> None:
        """Count the buys of the current second, at least one."""
        buys = second.buys
        self._buys += len(buys)
        self._rush += second.rush
        self._paid = reduce(add, buys, self._paid)  # in their order, as ``add`` does
        self._largest = max(self._largest, max(buys))
        self.highest = max(self.highest, second.highest)

    def counts(self, window: int) -> tuple[int, int]:
        """Buys and rush orders within the window of this number."""
        return self._buys_sum[window] + self._buys, self._rush_sum[window] + self._rush

    def money(self, window: int) -> tuple[float, float]:
        """What all buys of the window paid, and the largest of them, in the quote currency."""
        seconds = self._within[window]
        paid = self._paid + sum(second.paid for second in seconds)
        return paid, max(self._largest, max((second.largest for second in seconds), default=0.0))

    def turn(self, second: int) -> None:
        """A later second begins: the current one becomes part of the windows, old ones leave."""
        buys, rush = self._buys, self._rush
        if buys:
            over = _Second(self._at_s, buys, rush, self._paid, self._largest)
            self._buys = self._rush = 0
            self._paid = self._largest = self.highest = 0.0
        self._at_s = second
        buys_sum, rush_sum = self._buys_sum, self._rush_sum
        for window, seconds in enumerate(self._within):
            if buys:
                seconds.append(over)
                buys_sum[window] += buys
                rush_sum[window] += rush
            left_s = second - self._windows_s[window]
            while seconds and seconds[0][0] <= left_s:
                gone = seconds.popleft()
                buys_sum[window] -= gone[1]
                rush_sum[window] -= gone[2]
