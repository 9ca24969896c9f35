"""The market buys of the last seconds: how many, how many of them in a rush, and what they paid."""

from array import array
from collections.abc import Sequence

from pipeline.model import Sweep


class RecentBuys:
    """Counts over windows of whole seconds that end with the current one; constant cost a buy.

    A *rush order* is a buy that took several resting orders at once. ``windows_s`` are the lengths
    in seconds, shortest first; times never go back.
    """

    __slots__ = (
        "_at_s",
        "_buys",
        "_buys_by_s",
        "_buys_sum",
        "_largest",
        "_largest_by_s",
        "_paid",
        "_paid_by_s",
        "_rush",
        "_rush_by_s",
        "_rush_sum",
        "_windows_s",
        "highest",
    )

    def __init__(self, windows_s: Sequence[int]) -> None:
        self._windows_s = tuple(windows_s)
        longest = self._windows_s[-1]
        # By second, modulo the longest window, and summed over each window: the seconds that are
        # over. The current one stands apart.
        self._buys_by_s = array("q", bytes(8 * longest))
        self._rush_by_s = array("q", bytes(8 * longest))
        self._paid_by_s = array("d", bytes(8 * longest))
        self._largest_by_s = array("d", bytes(8 * longest))
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

    def counts(self, window: int) -> tuple[int, int]:
        """Buys and rush orders within the window of this number."""
        return self._buys_sum[window] + self._buys, self._rush_sum[window] + self._rush

    def money(self, window: int) -> tuple[float, float]:
        """What all buys of the window paid, and the largest of them, in the quote currency."""
        longest = self._windows_s[-1]
        slots = [(self._at_s - ago) % longest for ago in range(1, self._windows_s[window])]
        paid = self._paid + sum(self._paid_by_s[slot] for slot in slots)
        return paid, max(self._largest, *(self._largest_by_s[slot] for slot in slots))

    def turn(self, second: int) -> None:
        """A later second begins: the current one becomes part of the windows, old ones leave."""
        longest = self._windows_s[-1]
        slot = self._at_s % longest
        if self._buys:
            self._buys_by_s[slot] = self._buys
            self._rush_by_s[slot] = self._rush
            self._paid_by_s[slot] = self._paid
            self._largest_by_s[slot] = self._largest
            for window in range(len(self._windows_s)):
                self._buys_sum[window] += self._buys
                self._rush_sum[window] += self._rush
            self._buys = self._rush = 0
            self._paid = self._largest = self.highest = 0.0
        if second - self._at_s >= longest:
            self._leave_all()
        elif self._buys_sum[-1]:  # or there is nothing to leave
            for later in range(self._at_s + 1, min(second, self._at_s + longest) + 1):
                for window, length in enumerate(self._windows_s):
                    gone = (later - length) % longest
                    self._buys_sum[window] -= self._buys_by_s[gone]
                    self._rush_sum[window] -= self._rush_by_s[gone]
                slot = later % longest
                self._buys_by_s[slot] = self._rush_by_s[slot] = 0
                self._paid_by_s[slot] = self._largest_by_s[slot] = 0.0
        self._at_s = second

    def _leave_all(self) -> None:
        """Nothing of what was counted is within a window any more."""
        if not self._buys_sum[-1]:
            return
        for counts in (self._buys_by_s, self._rush_by_s):
            counts[:] = array("q", bytes(8 * len(counts)))
        for sums in (self._paid_by_s, self._largest_by_s):
            sums[:] = array("d", bytes(8 * len(sums)))
        self._buys_sum = [0] * len(self._windows_s)
        self._rush_sum = [0] * len(self._windows_s)
