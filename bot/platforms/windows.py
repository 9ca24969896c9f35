"""Counts messages as a platform with limits does, though nobody knows when it counted each.

Times are of time.monotonic(), not the event loop's: uvloop's counts milliseconds, and stands still
while one of its rounds lasts.
"""

from collections import deque
from typing import Final

LEARN: Final = 50
"""Answers that are looked at together."""
KEPT: Final = 10
"""What is known of the way to the platform comes from so many times as many: what is busy is not
the way, and what was slow may be slow again."""
QUICKEST_KEPT: Final = 100
"""The least that answers take comes from more: when a time ends in which all of them were slow, two
messages must not be counted closer to each other than they are."""
UNKNOWN_S: Final = 5.0


class Way:
    """How long answers take: ``quickest_s`` at the least, ``slowest_s`` at the most, lately.

    The platform counts a message at some moment between its leaving and its answer. What all of
    them need anyway shifts those moments alike; only what one takes beyond that can crowd them.
    """

    def __init__(self) -> None:
        self.quickest_s = 0.0
        self.slowest_s = UNKNOWN_S
        self._took_s: list[float] = []
        self._least_s: deque[float] = deque(maxlen=QUICKEST_KEPT)
        self._most_s: deque[float] = deque(maxlen=KEPT)

    @property
    def spread_s(self) -> float:
        """How much later than others a message may be counted."""
        return self.slowest_s - self.quickest_s

    def answered(self, took_s: float) -> None:
        """A message took so long from leaving to its answer."""
        self._took_s.append(took_s)
        self.quickest_s = min(self.quickest_s, took_s)
        self.slowest_s = max(self.slowest_s, took_s)
        if len(self._took_s) >= LEARN:
            self._least_s.append(min(self._took_s))
            self._most_s.append(max(self._took_s))
            known = len(self._least_s) >= KEPT
            self.quickest_s = min(self._least_s) if known else 0.0
            self.slowest_s = max(self._most_s)
            self._took_s.clear()


class Window:
    """At most ``limit`` messages within ``length_s`` seconds of the platform's clock.

    One that is under way for longer than others take has been counted long ago, if it ever will
    be, once one that left after it is answered: whoever does not answer must not use up everybody's
    places. Until then it may be that nothing is read at all, and it keeps its place for a window
    longer.
    """

    def __init__(self, limit: int, length_s: float, way: Way) -> None:
        self._limit = limit
        self._length_s = length_s
        self._way = way
        self._under_way: dict[int, float] = {}  # ticket → when it left
        self._passed: dict[int, float] = {}  # of those, when a later one was answered first
        self._counted: deque[float] = deque()  # when at the latest
        self._tickets = 0

    def wait_s(self, now_s: float, spare: int = 0) -> float:
        """How long until one more may go while ``spare`` places stay free; 0 for now.

        Less if a message under way is through before.
        """
        self._forget(now_s)
        since_s = now_s - self._length_s
        spread_s = self._way.spread_s
        late_s = max(spread_s, self._length_s)
        counting = [
            max(left_s + spread_s, self._passed.get(ticket, left_s + late_s))
            for ticket, left_s in self._under_way.items()
        ]
        counting = [at_s for at_s in counting if at_s > since_s]
        counting += self._counted
        too_many = len(counting) - (self._limit - spare) + 1
        if too_many <= 0:
            return 0.0
        if not counting:  # all places are spared
            return self._length_s
        return sorted(counting)[min(too_many, len(counting)) - 1] - since_s

    def begin(self, now_s: float) -> int:
        """A message leaves; the ticket to ``end`` it with."""
        self._tickets += 1
        self._under_way[self._tickets] = now_s
        return self._tickets

    def end(self, ticket: int, now_s: float, *, answered: bool = True) -> None:
        """It is through, accepted or not, or given up without an answer."""
        del self._under_way[ticket]
        self._passed.pop(ticket, None)
        counted_s = now_s - self._way.quickest_s
        if answered:
            for earlier in self._under_way:
                if earlier > ticket:
                    break
                self._passed.setdefault(earlier, counted_s)
        self._counted.append(max(counted_s, self._counted[-1]) if self._counted else counted_s)

    def is_idle(self, now_s: float) -> bool:
        """Whether nothing counts any more."""
        self._forget(now_s)
        return not self._under_way and not self._counted

    def _forget(self, now_s: float) -> None:
        while self._counted and self._counted[0] + self._length_s <= now_s:
            self._counted.popleft()
