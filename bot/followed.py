"""How the price changed in the hour after an alert, by the minutes around it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from pipeline.model import AnyAlert, LargeTrade, PriceJump, Pump

MINUTE_MS: Final = 60_000
AFTER_MS: Final = 60 * MINUTE_MS
"""What happened after an alert is told by its price so much later."""


class Bar(Protocol):
    """A closed minute."""

    @property
    def open_ms(self) -> int:
        """When it began."""
        ...

    @property
    def close(self) -> float:
        """Its last price."""
        ...


def needed(alert: AnyAlert) -> tuple[int, int]:
    """The first minute that is needed (its opening, ms) and the end of the last one."""
    first_ms = alert.at_ms // MINUTE_MS * MINUTE_MS
    return first_ms, first_ms + AFTER_MS + MINUTE_MS


def price_of(alert: AnyAlert) -> float | None:
    """The price that the alert itself tells, None for a kind that is about no price."""
    if isinstance(alert, LargeTrade | PriceJump | Pump) and alert.price > 0:
        return alert.price
    return None


def hour_after(alert: AnyAlert, minutes: Sequence[Bar]) -> float | None:
    """The change in percent from the alert's price, or that at the end of its minute, until the
    minute an hour later; None while that minute is not among those given."""
    first_ms, end_ms = needed(alert)
    closes: Mapping[int, float] = {minute.open_ms: minute.close for minute in minutes}
    before = price_of(alert) or closes.get(first_ms)
    later = closes.get(end_ms - MINUTE_MS)
    if not before or before <= 0 or later is None or later <= 0:
        return None
    return (later / before - 1) * 100
