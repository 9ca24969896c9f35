"""What is known of prices in won: Upbit's, and what a dollar costs at the banks. Pure.

Both are told with their age, and a rate that may no longer be true takes no part in anything.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from pipeline.model import Premium, WonTicker

TETHER: Final = "USDT"
HEARD_MS: Final = 60_000
"""Upbit sends several prices a second: after so long without one, none of them is current."""
PRICE_MS: Final = 60_000
"""Prices of two exchanges that are compared are no farther apart than this."""
RATE_MS: Final = 36 * 3_600_000
WEEKEND_RATE_MS: Final = 72 * 3_600_000
"""How old a daily rate may be, and with a Saturday or Sunday in between."""
EVERY_MS: Final = 1_000
"""How often a coin is compared."""

_DAY: Final = timedelta(days=1)


class Rate(msgspec.Struct, frozen=True):
    """What a US dollar costs at the banks in won: since ``at_ms``, as ``source`` says."""

    won: float
    at_ms: int
    source: str

    def fresh(self, now_ms: int) -> bool:
        """Whether it may still be true."""
        most_ms = WEEKEND_RATE_MS if _weekend_between(self.at_ms, now_ms) else RATE_MS
        return now_ms - self.at_ms <= most_ms


def _weekend_between(from_ms: int, to_ms: int) -> bool:
    if to_ms - from_ms > WEEKEND_RATE_MS:
        return True
    day = datetime.fromtimestamp(from_ms / 1000, UTC).date()
    last = datetime.fromtimestamp(max(from_ms, to_ms) / 1000, UTC).date()
    while day <= last:
        if day.weekday() >= 5:
            return True
        day += _DAY
    return False


class Won:
    """``rate`` is the newest one, however old; ``heard_ms`` when the exchange spoke last (0: never)
    by its own clock. ``markets`` are the coins that are traded in won."""

    def __init__(self) -> None:
        self.rate: Rate | None = None
        self.heard_ms = 0
        self.markets: Collection[str] = ()
        self._tickers: dict[str, WonTicker] = {}
        self._compared: dict[str, int] = {}

    def on(self, ticker: WonTicker) -> None:
        """Note a price; an older one than is known is left out."""
        known = self._tickers.get(ticker.base)
        if known is None or known.told_ms <= ticker.told_ms:
            self._tickers[ticker.base] = ticker
            self.heard_ms = max(self.heard_ms, ticker.told_ms)

    def list(self, bases: Collection[str]) -> None:
        """These coins are traded in won, and no others."""
        self.markets = frozenset(bases)
        for known in (self._tickers, self._compared):
            for base in known.keys() - self.markets:
                del known[base]

    def ticker(self, base: str) -> WonTicker | None:
        """The coin's newest price, however old."""
        return self._tickers.get(base)

    def tickers(self) -> Collection[WonTicker]:
        """All of them."""
        return self._tickers.values()

    def current(self, now_ms: int) -> bool:
        """Whether prices come in."""
        return now_ms - self.heard_ms <= HEARD_MS

    def tether(self, now_ms: int) -> float | None:
        """What one USDT costs; None unless somebody paid it a moment ago."""
        ticker = self._tickers.get(TETHER)
        return ticker.price if ticker and now_ms - ticker.at_ms <= PRICE_MS else None

    def per_dollar(self, now_ms: int) -> float | None:
        """What a US dollar costs at the banks; None unless that is fresh."""
        return self.rate.won if self.rate is not None and self.rate.fresh(now_ms) else None

    def premium(self, symbol: str, base: str, price: float, now_ms: int) -> Premium | None:
        """The coin's price in won beside the one in dollars; None where there is none in won."""
        ticker = self._tickers.get(base)
        if ticker is None or price <= 0:
            return None
        return Premium(
            symbol,
            ticker.at_ms,
            ticker.price,
            price,
            None if base == TETHER else self.tether(now_ms),
            self.per_dollar(now_ms),
        )

    def due(self, ticker: WonTicker) -> bool:
        """Whether the coin is to be compared again; it has been then."""
        if 0 <= ticker.at_ms - self._compared.get(ticker.base, -EVERY_MS) < EVERY_MS:
            return False
        self._compared[ticker.base] = ticker.at_ms
        return True
