"""What moves are usual for a symbol, and so how far it must move for a price jump."""

import math
from typing import TYPE_CHECKING

from pipeline.detectors.rolling import RobustScale

if TYPE_CHECKING:
    from pipeline.detectors.price_jump import Settings

BLOCK_S = 300
"""Moves are learnt from by the largest of each five minutes with trades: thin symbols stand still
most of the time, and an average over all of it would call any of their moves unusual."""

ASSUMED_S = 3_600
"""For so long a calm symbol is assumed to have been seen before, so that a jump in the first
minutes does not become the measure of the next."""

LEAST = 2.0
"""However many percent it was, a move of less than twice the usual one is no jump."""

TICKS = 2.5
"""A step of bid and ask by one tick moves trades by up to two."""

TICK_SEEN = 5
"""How often the smallest step must have been seen to be taken for the symbol's tick."""

Prices = tuple[float | None, ...]


class UsualMoves:
    """Learns once a second with a trade, from the newest price and those of each window ago.

    ``needed`` is the move in percent that is a jump, per window; ``step`` the least difference of
    prices that is more than two ticks, 0 while the tick is unknown.
    """

    __slots__ = (
        "_activity",
        "_block",
        "_blocks",
        "_largest",
        "_seconds",
        "_settings",
        "_size",
        "_tick",
        "_tick_seen",
        "_usual",
        "needed",
        "step",
    )

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings
        windows = len(settings.min_percent)
        calm = min(settings.min_percent) / max(settings.threshold, LEAST)
        self._size = RobustScale(settings.halflife_s, assumed=calm, assumed_s=ASSUMED_S)
        self._usual = tuple(  # what is told is measured; the assumption only clips a first jump
            RobustScale(settings.halflife_s, assumed=calm, assumed_s=1.0) for _ in range(windows)
        )
        self._activity = math.inf  # seconds with a trade in five minutes
        self._blocks = 0
        self._tick = 0.0  # the smallest step seen
        self._tick_seen = 0
        self.needed = settings.min_percent
        self.step = 0.0
        self._block = -1  # the five minutes under way,
        self._seconds = 0  # with a trade in them,
        self._largest = [-1.0] * windows  # and their largest moves, as a share of the price

    def usual(self, window: int) -> float:
        """The usual size, percent, of the largest move over a window in five minutes; 0 if not
        known."""
        scale = self._usual[window]
        return scale.scale if scale.seen_s > BLOCK_S else 0.0

    def forget_block(self) -> None:
        """Data is missing: the five minutes under way teach nothing."""
        self._block = -1
        self._seconds = 0
        self._largest = [-1.0] * len(self._largest)

    def learn(
        self, second: int, active_s: int, price: float, stood: float | None, ago: Prices
    ) -> None:
        """The price at the end of a second, the one that stood before it, and those of each window
        ago; ``active_s`` seconds with a trade are behind it (a candle has more than one)."""
        block = second // BLOCK_S
        if block != self._block:
            if self._block >= 0:
                self._end_block()
            self._block = block
        self._seconds += active_s
        largest = self._largest
        for i, old in enumerate(ago):
            if old:
                move = price / old - 1
                if move > largest[i]:
                    largest[i] = move
                elif -move > largest[i]:
                    largest[i] = -move
        if stood and price != stood:
            self._learn_tick(abs(price - stood))

    def _learn_tick(self, step: float) -> None:
        if step < 0.9 * self._tick or not self._tick:
            self._tick, self._tick_seen = step, 1
        elif step < 1.1 * self._tick:
            self._tick_seen += 1
        self.step = TICKS * self._tick if self._tick_seen >= TICK_SEEN else 0.0

    def _end_block(self) -> None:
        settings = self._settings
        largest = max(self._largest)
        if largest >= 0:
            self._size.add(largest * 100, BLOCK_S)
        for i, move in enumerate(self._largest):
            if move >= 0:
                self._usual[i].add(move * 100, BLOCK_S)
            self._largest[i] = -1.0
        self._blocks += 1
        weight = max(1 / self._blocks, math.log(2) * BLOCK_S / settings.halflife_s)
        known = self._activity if self._blocks > 1 else 0.0
        self._activity = known + weight * (self._seconds - known)
        self._seconds = 0
        usual = self._size.scale
        far = settings.threshold * usual
        if self._activity < settings.thin_per_minute * BLOCK_S / 60:
            needed = max(settings.always_percent, far)
        else:
            needed = max(min(settings.always_percent, far), LEAST * usual)
        first, second, third = settings.min_percent
        self.needed = max(first, needed), max(second, needed), max(third, needed)
