"""How late the event loop is: whatever keeps it busy keeps frames, alerts and answers waiting."""

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from typing import Final

EVERY_S: Final = 0.05
BOUNDS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the classes that latenesses are counted in; the last class has none."""
SLOW_S: Final = 0.5
SLOW_SHARE: Final = 0.01
"""Of a minute's wakings, later than ``SLOW_S``: twelve or so, which no single chart or collection
of garbage comes to."""
_MINUTE_S, _SLICE_S = 60.0, 10.0


class Lag:
    """Asks to be woken ``EVERY_S`` seconds later, again and again, and counts how late it was."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS_S) + 1)
        self._sum_s = 0.0
        # Slices of the last minute: seconds, wakings, and how many of those were slow.
        self._minute: deque[tuple[float, int, int]] = deque()
        self._span_s, self._wakings, self._slow = 0.0, 0, 0

    @property
    def slow(self) -> bool:
        """Whether the loop was late again and again in the last minute."""
        if not self._minute:
            return False
        span_s, wakings, slow = map(sum, zip(*self._minute, strict=True))
        return span_s >= _MINUTE_S and slow > SLOW_SHARE * wakings

    async def run(self) -> None:
        """Measure until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self.note(loop.time() - due_s)

    def note(self, late_s: float) -> None:
        """Count one lateness, in seconds."""
        late_s = max(0.0, late_s)
        self._counts[bisect_left(BOUNDS_S, late_s)] += 1
        self._sum_s += late_s
        self._span_s += EVERY_S + late_s
        self._wakings += 1
        self._slow += late_s > SLOW_S
        if self._span_s >= _SLICE_S:
            self._minute.append((self._span_s, self._wakings, self._slow))
            self._span_s, self._wakings, self._slow = 0.0, 0, 0
            while sum(span_s for span_s, *_ in self._minute) - self._minute[0][0] >= _MINUTE_S:
                self._minute.popleft()

    def histogram(self) -> tuple[Sequence[tuple[str, float]], float]:
        """Buckets of Prometheus (upper bound, how many were at most so late), and the sum in s."""
        total, buckets = 0, []
        for bound, count in zip((*map(str, BOUNDS_S), "+Inf"), self._counts, strict=True):
            total += count
            buckets.append((bound, float(total)))
        return buckets, self._sum_s
