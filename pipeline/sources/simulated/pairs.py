"""The pairs that the simulated exchange lists: real names, plausible prices and increments."""

import math
from typing import Literal

import msgspec

Status = Literal["TRADING", "BREAK", "HALT"]

ORDER_SPREAD = 2.0
"""Sigma of the log-normal order size; recorded BTCUSDT has 2.2 to 2.5, with a shorter tail."""


class Pair(msgspec.Struct, frozen=True):
    """One listed pair and how lively it is.

    ``price`` is where it starts. Prices count in ticks of ``10 ** -price_decimals``, quantities in
    lots of ``10 ** -quantity_decimals``. ``size`` is the usual day's turnover in millions of
    dollars: activity, depth and spread follow from it. ``volatility`` is the pair's own, in basis
    points per square root of a second; ``beta`` and ``lag_s`` say how it follows BTCUSDT.
    ``quote_dollars`` is what one unit of the quote currency is worth.
    """

    base: str
    quote: str
    price: float
    price_decimals: int
    quantity_decimals: int
    size: float
    volatility: float = 1.0
    beta: float = 1.2
    lag_s: float = 3.0
    quote_dollars: float = 1.0
    status: Status = "TRADING"

    @property
    def symbol(self) -> str:
        """Binance's upper-case name."""
        return self.base + self.quote

    @property
    def orders_per_s(self) -> float:
        """Aggressive orders per second in calm times."""
        return 0.2 * math.pow(self.size, 0.62)

    @property
    def median_order(self) -> float:
        """The median aggressive order, in the quote currency."""
        return 40.0 * math.pow(self.size, 0.2) / self.quote_dollars

    @property
    def mean_order(self) -> float:
        """The mean aggressive order, in the quote currency."""
        return self.median_order * math.exp(ORDER_SPREAD**2 / 2)

    @property
    def depth(self) -> float:
        """What the best twenty levels of one side usually hold, in the quote currency."""
        return (6000.0 + 1500.0 * math.pow(self.size, 0.75)) / self.quote_dollars

    @property
    def gap_bp(self) -> float:
        """The mean distance between two levels of the book, basis points."""
        return 3.0 * math.pow(self.size, -0.5)

    @property
    def half_spread_bp(self) -> float:
        """Half of the usual spread, basis points; a tick is the least."""
        return 1.2 * math.pow(self.size, -0.6)

    @property
    def price_unit(self) -> int:
        """One tick in units of 1e-8."""
        return int(10 ** (8 - self.price_decimals))

    @property
    def lot_unit(self) -> int:
        """One lot in units of 1e-8."""
        return int(10 ** (8 - self.quantity_decimals))

    @property
    def tick(self) -> float:
        """The smallest price increment."""
        return float(10.0**-self.price_decimals)

    @property
    def step(self) -> float:
        """The smallest quantity increment."""
        return float(10.0**-self.quantity_decimals)

    def price_of(self, ticks: int) -> float:
        """A price in the quote currency: the float nearest to the exact decimal."""
        return float(ticks / 10**self.price_decimals)

    def quantity_of(self, lots: int) -> float:
        """A quantity in the base currency."""
        return float(lots / 10**self.quantity_decimals)


def _usdt(
    base: str,
    price: float,
    price_decimals: int,
    quantity_decimals: int,
    size: float,
    volatility: float = 1.0,
    beta: float = 1.2,
    lag_s: float = 3.0,
    status: Status = "TRADING",
) -> Pair:
    return Pair(
        base,
        "USDT",
        price,
        price_decimals,
        quantity_decimals,
        size,
        volatility,
        beta,
        lag_s,
        status=status,
    )


BITCOIN = 97_250.0

PAIRS: tuple[Pair, ...] = (
    _usdt("BTC", BITCOIN, 2, 5, 2400, 0.7, 1.0, 0.0),
    _usdt("ETH", 3_380, 2, 4, 1500, 0.5, 1.1, 0.6),
    _usdt("SOL", 186, 2, 3, 620, 0.7, 1.2, 0.9),
    _usdt("XRP", 2.31, 4, 1, 560, 0.7, 1.0, 1.1),
    _usdt("DOGE", 0.17352, 5, 0, 310, 0.8, 1.3, 1.3),
    _usdt("BNB", 905, 2, 3, 260, 0.4, 0.8, 1.2),
    _usdt("PEPE", 0.00000612, 8, 0, 160, 1.2, 1.5, 1.6),
    _usdt("SUI", 2.05, 4, 1, 150, 0.9, 1.4, 1.6),
    _usdt("USDC", 0.9998, 5, 0, 140, 0.1, 0.0, 9.0),
    _usdt("ADA", 0.572, 4, 1, 120, 0.8, 1.2, 1.8),
    _usdt("LINK", 15.42, 2, 2, 95, 0.8, 1.3, 1.9),
    _usdt("TRX", 0.2924, 4, 1, 90, 0.4, 0.5, 2.5),
    _usdt("AVAX", 17.11, 2, 2, 85, 0.9, 1.3, 2.0),
    _usdt("LTC", 99.8, 2, 3, 70, 0.7, 1.0, 2.0),
    _usdt("BCH", 502.3, 1, 3, 70, 0.8, 1.0, 2.2),
    _usdt("ENA", 0.3314, 4, 2, 70, 1.3, 1.5, 2.2),
    _usdt("SHIB", 0.00000921, 8, 0, 60, 1.0, 1.3, 2.2),
    _usdt("NEAR", 2.614, 3, 1, 60, 1.0, 1.3, 2.4),
    _usdt("UNI", 7.902, 3, 2, 55, 0.9, 1.3, 2.4),
    _usdt("DOT", 2.951, 3, 2, 55, 0.9, 1.2, 2.5),
    _usdt("BONK", 0.00001203, 8, 0, 55, 1.3, 1.5, 2.5),
    _usdt("WLD", 0.7912, 4, 1, 50, 1.2, 1.4, 2.6),
    _usdt("HBAR", 0.17642, 5, 0, 45, 1.0, 1.2, 2.6),
    _usdt("XLM", 0.2823, 4, 0, 45, 0.8, 1.0, 2.7),
    _usdt("AAVE", 203.4, 2, 3, 45, 0.9, 1.3, 2.7),
    _usdt("FIL", 2.021, 3, 2, 45, 0.9, 1.2, 2.8),
    _usdt("ARB", 0.2712, 4, 1, 40, 1.1, 1.4, 2.8),
    _usdt("ICP", 5.413, 3, 2, 40, 1.0, 1.2, 3.0),
    _usdt("SEI", 0.1721, 4, 1, 35, 1.1, 1.4, 3.0),
    _usdt("ETC", 16.21, 2, 2, 35, 0.8, 1.1, 3.0),
    _usdt("APT", 3.204, 3, 2, 35, 1.0, 1.3, 3.1),
    _usdt("OP", 0.4021, 4, 2, 32, 1.1, 1.4, 3.1),
    _usdt("ATOM", 2.984, 3, 2, 30, 0.9, 1.2, 3.2),
    _usdt("TIA", 1.0214, 4, 2, 30, 1.2, 1.4, 3.2),
    _usdt("WIF", 0.5123, 4, 2, 30, 1.4, 1.5, 3.3),
    _usdt("INJ", 7.812, 3, 1, 28, 1.1, 1.3, 3.3),
    _usdt("FLOKI", 0.00005521, 8, 0, 25, 1.3, 1.4, 3.5),
    # Pairs need not be ASCII since late 2025; whoever validates with [A-Z0-9]+ fails here.
    _usdt("币安人生", 0.1523, 4, 1, 20, 1.6, 1.2, 3.5),
    _usdt("ALGO", 0.1712, 4, 0, 18, 0.9, 1.2, 3.6),
    _usdt("SAND", 0.2103, 4, 0, 15, 1.0, 1.2, 3.8),
    _usdt("GALA", 0.00983, 5, 0, 15, 1.1, 1.2, 3.8),
    _usdt("CHZ", 0.03142, 5, 0, 10, 1.0, 1.1, 4.0),
    _usdt("NKN", 0.02441, 5, 0, 3, 1.2, 1.0, 4.5),
    _usdt("ONG", 0.1284, 4, 0, 2.5, 1.2, 1.0, 4.5),
    _usdt("BEL", 0.2312, 4, 1, 2.5, 1.3, 1.0, 5.0),
    _usdt("DEGO", 0.7124, 4, 2, 2, 1.3, 0.9, 5.0),
    _usdt("QUICK", 0.02013, 5, 1, 2, 1.3, 0.9, 5.5),
    _usdt("WAVES", 0.8821, 4, 2, 5, status="BREAK"),
    Pair("ETH", "BTC", 3_380 / BITCOIN, 5, 4, 60, 0.6, 1.1, quote_dollars=BITCOIN),
    Pair("SOL", "BTC", 186 / BITCOIN, 7, 3, 15, 0.8, quote_dollars=BITCOIN),
    Pair("BNB", "BTC", 905 / BITCOIN, 6, 3, 12, 0.5, 0.8, quote_dollars=BITCOIN),
)
