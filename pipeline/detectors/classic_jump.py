"""The textbook rule for price jumps: a z-score over the last trades."""

import math
from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from pipeline.model import Event, Gap, PriceJump, Sweep, Trade

if TYPE_CHECKING:
    from pipeline.detectors.price_jump import Settings


LATE_MS = 60_000
"""What is older than the newest by less is late, by more a clock that was put back."""


class ClassicJump:
    """The newest of the last ``classic_window`` trade prices lies more than ``classic_deviations``
    population standard deviations from their mean, with at least ``classic_min_samples`` of them;
    then nothing for ``classic_cooldown_s``. Late trades are passed over.

    Known for firing constantly on calm markets; kept for comparison and for those who ask for it.
    """

    __slots__ = ("_prices", "_quiet_until_ms", "_settings", "_symbol")

    def __init__(self, symbol: str, settings: "Settings") -> None:
        self._symbol = symbol
        self._settings = settings
        self._prices: deque[tuple[int, float]] = deque(maxlen=settings.classic_window)
        self._quiet_until_ms = 0.0

    def on(self, event: Event | Sweep) -> Iterable[PriceJump]:
        """See pipeline.ports.Detector."""
        if isinstance(event, Gap):
            self._prices.clear()
        if not isinstance(event, Trade):
            return ()
        prices = self._prices
        if prices and event.at_ms < prices[-1][0]:
            if event.at_ms > prices[-1][0] - LATE_MS:
                return ()
            prices.clear()
            self._quiet_until_ms = 0.0
        prices.append((event.at_ms, event.price))
        n = len(prices)
        if n < self._settings.classic_min_samples or event.at_ms < self._quiet_until_ms:
            return ()
        mean = math.fsum(p for _, p in prices) / n
        deviation = math.sqrt(math.fsum((p - mean) ** 2 for _, p in prices) / n)
        if deviation <= mean * 1e-12:  # equal prices: what is left is rounding
            return ()
        zscore = (event.price - mean) / deviation
        if abs(zscore) <= self._settings.classic_deviations:
            return ()
        # At least a millisecond: the fills of one order share a time, and so would their alerts.
        self._quiet_until_ms = event.at_ms + max(self._settings.classic_cooldown_s * 1000, 1.0)
        # From the oldest price that it went that way from; there is one, or the mean were not so.
        sign = 1 if zscore > 0 else -1
        first_ms, first = next((t, p) for t, p in prices if sign * (event.price - p) > 0)
        direction: Literal["up", "down"] = "up" if zscore > 0 else "down"
        return (
            PriceJump(
                id=f"price_jump:{self._symbol}:{event.at_ms}:classic:{direction}",
                symbol=self._symbol,
                at_ms=event.at_ms,
                excess=abs(zscore) / self._settings.classic_deviations,
                recovered=event.recovered,
                direction=direction,
                change_pct=(event.price / first - 1) * 100,
                window_s=(event.at_ms - first_ms) // 1000,
                price=event.price,
                from_price=first,
                zscore=zscore,
                usual_pct=deviation / mean * 100,
            ),
        )
