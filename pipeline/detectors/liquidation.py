"""Liquidations: positions of one side in a future, closed by force one after the other.

The exchange tells of at most one a second and symbol (the latest), so every sum is a lower bound,
and a burst may have been several times as large. It closes a long by selling, a short by buying.
"""

from collections.abc import Iterable
from typing import Annotated, Final

import msgspec

from pipeline.bursts import Burst
from pipeline.detectors.rolling import HourHighest, SizeHistogram
from pipeline.model import Event, Gap, Liquidated, Liquidation, Nearest, Position, Sweep
from pipeline.ports import SymbolView

DAY_S: Final = 86_400.0
MEMORY_S: Final = 7 * DAY_S
CLOCK_BACK_MS: Final = 24 * 3_600_000
"""What is older than the newest by more is not late: the clock was put back."""
GREW: Final = 2.0
"""A burst is told again at so many times what was told of it."""

Positive = Annotated[float, msgspec.Meta(gt=0)]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[liquidation]``"""

    enabled: bool = True
    min_notional: Positive = 1_000_000.0
    per_day: Positive = 6.0


class Liquidations:
    """Liquidations of one side that follow one another within 60 s (for 10 minutes at most) and
    come to at least ``min_notional`` US dollars together, told again each time the sum has doubled.

    No warm-up: nothing has to be learnt for that. Notable are those of which at least as large ones
    came at most ``per_day`` times a day over about a week. A sum only grows, so that none hovers
    at the threshold. ``excess`` is the sum in dollars over ``min_notional``. Where the quote
    currency has no known dollar rate nothing is reported.
    """

    WANTS = (Liquidation, Gap)

    __slots__ = (
        "_lately",
        "_named",
        "_newest",
        "_open",
        "_settings",
        "_sizes",
        "_symbol",
        "_told",
        "_view",
    )

    def __init__(self, symbol: str, settings: Settings, view: SymbolView) -> None:
        self._symbol = symbol
        self._settings = settings
        self._view = view
        self._open: dict[Position, Burst] = {}
        self._told: dict[Position, float] = {}  # the excess that was told of the open burst
        self._named: dict[Position, tuple[int, int]] = {}  # a burst's beginning, times told
        self._newest: dict[Position, int] = {}
        self._sizes = SizeHistogram(MEMORY_S)  # of bursts that are over, quote currency
        self._lately = HourHighest()

    def on(self, event: Event | Sweep) -> Iterable[Liquidated]:
        """See pipeline.ports.Detector."""
        if isinstance(event, Gap):
            for position in tuple(self._open):
                self._end(position)
            return ()
        if not isinstance(event, Liquidation):
            return ()
        position = event.position
        burst = self._open.get(position)
        newest_ms = self._newest.get(position, 0)
        if newest_ms - CLOCK_BACK_MS < event.at_ms <= newest_ms:
            return ()  # late, or again: there is one a second at most
        self._newest[position] = event.at_ms
        if burst is None or not burst.goes_on(event):
            self._end(position)
            burst = Burst(self._symbol, position, event.at_ms, event.at_ms)
            self._open[position] = burst
        burst.add(event)
        self._lately.note(event.at_ms, burst.notional)
        rate = self._view.dollars
        excess = burst.notional * rate / self._settings.min_notional if rate is not None else 0.0
        if excess < max(1.0, GREW * self._told.get(position, 0.0)):
            return ()
        self._told[position] = excess
        return (self._alert(burst, excess),)

    def _end(self, position: Position) -> None:
        burst = self._open.pop(position, None)
        self._told.pop(position, None)
        if burst is not None:
            self._sizes.add(burst.notional, burst.to_ms)

    def _alert(self, burst: Burst, excess: float) -> Liquidated:
        # Within the first day nobody knows how many more there will be of it.
        per_day = self._sizes.per_day(burst.notional, burst.to_ms, DAY_S)
        began, number = self._named.get(burst.position, (-1, 0))
        number = number + 1 if began == burst.from_ms else 1
        self._named[burst.position] = burst.from_ms, number
        return Liquidated(
            id=f"liquidation:{self._symbol}:{burst.from_ms}:{burst.position}:{number}",
            symbol=self._symbol,
            at_ms=burst.to_ms,
            excess=excess,
            position=burst.position,
            notional=_plain(burst.notional),
            quantity=_plain(burst.quantity),
            price=_plain(burst.notional / burst.quantity),
            count=burst.count,
            largest=_plain(burst.largest),
            window_s=max(1, round((burst.to_ms - burst.from_ms) / 1000)),
            first_ms=burst.from_ms,
            last_ms=burst.to_ms,
            per_day=per_day,
            rare=per_day is None or per_day <= self._settings.per_day,
        )

    def nearest(self, since_ms: int) -> Nearest:
        """See pipeline.ports.Measuring: US dollars of a burst."""
        rate, highest = self._view.dollars, self._lately.since(since_ms)
        measured = (highest or 0.0) * rate if rate is not None else None
        return Nearest("liquidation", measured, self._settings.min_notional)

    def state(self) -> bytes:
        """See pipeline.ports.Lasting."""
        return self._sizes.state()

    def restore(self, state: bytes) -> None:
        """See pipeline.ports.Lasting."""
        self._sizes.restore(state)


def _plain(total: float) -> float:
    """A sum of decimals without the noise of binary fractions: 12 significant digits."""
    return float(f"{total:.12g}")
