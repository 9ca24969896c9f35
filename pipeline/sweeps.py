"""Fills of one aggressive order become one Sweep. Pure.

A sweep is every fill of one symbol with the same taker side and the same trade time: the matching
engine stamps all fills of an order with one time. Measured on the recordings, single prints reach
50,000 USDT a tenth as often as the orders behind them. Ids need not be contiguous, both sides may
trade within one time, and different times are never joined.
"""

from collections.abc import Sequence

from pipeline.model import Side, Sweep, Trade
from pipeline.ports import Order, Second

MOST = 10_000
"""Fills of a sweep: what comes at the same time beyond that is another one."""

KEPT = 100
"""Orders of a symbol that may wait (see lanes.py)."""


class Sweeps:
    """Collects the fills of one symbol at its newest time: at most one open sweep a side.

    ``fills`` are those that wait for the end of their sweep, and ``micros`` belongs to their time.
    ``notional`` is what they pay, of both sides together, ``lowest`` and ``highest`` are their
    prices; these three are not kept while trades wait, and right again once ``take`` was called.

    Of trades that wait (see lanes.py) an order is kept in short as soon as it has ended: what is
    held in memory for a second, of hundreds of symbols, is what makes all else slow.
    """

    __slots__ = (
        "_at_ms",
        "_book_known",
        "_kept",
        "_next_ms",
        "_orders",
        "_seconds",
        "_symbol",
        "fills",
        "highest",
        "lowest",
        "micros",
        "notional",
    )

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._at_ms = -1
        self.micros = 0
        self._book_known = False
        self.fills: list[Trade] = []
        self._next_ms = 0  # the end of their second
        self._orders: list[Order] = []  # kept, of that second
        self._seconds: list[Second] = []  # kept, before it
        self._kept = 0  # orders in them
        self.notional = self.lowest = self.highest = 0.0

    @property
    def open(self) -> bool:
        """Whether fills are waiting for the end of their sweep."""
        return bool(self.fills)

    @property
    def first_fill(self) -> Trade | None:
        """The first of those that wait for the end of their sweep."""
        return self.fills[0] if self.fills else None

    def add(self, trade: Trade, book_known: bool) -> Sequence[Sweep]:
        """Take a fill; returns the sweeps that it ends."""
        ended: Sequence[Sweep] = ()
        at_ms, price = trade.at_ms, trade.price
        if at_ms != self._at_ms or trade.micros != self.micros or len(self.fills) >= MOST:
            ended = self.close()
            self._at_ms = at_ms
            self.micros = trade.micros
            self._next_ms = _next_second(at_ms)
            self._book_known = book_known
            self.lowest = self.highest = price
        elif price < self.lowest:
            self.lowest = price
        elif price > self.highest:
            self.highest = price
        self.fills.append(trade)
        self.notional += price * trade.quantity
        return ended

    def keep(self, fill: Trade) -> bool:
        """Take a fill that nothing can come of, of a later order than the open fills, of which
        there are some: theirs is kept. Whether so many are that they should be taken."""
        fills, at_ms = self.fills, fill.at_ms
        if len(fills) == 1:  # as most are
            self._orders.append(_order(self._at_ms, self.micros, fills))
        else:
            self._orders += _orders(self._at_ms, self.micros, fills)
        if at_ms >= self._next_ms:
            self._end_second(fills[-1].price)
            self._next_ms = _next_second(at_ms)
        self.fills, self._at_ms, self.micros = [fill], at_ms, fill.micros
        self._kept += 1
        return self._kept >= KEPT

    def take(self, book_known: bool, *, over: bool = False) -> list[Second]:
        """What was kept: the seconds that it and the open fills (there are some) are of, with the
        orders that have ended. ``over``: so has the newest."""
        fills = self.fills
        prices = [fill.price for fill in fills]
        self.lowest, self.highest = min(prices), max(prices)
        if self._kept:  # the open fills came meanwhile
            self._book_known = book_known
            self._kept = 0
        if over:
            self._orders += _orders(self._at_ms, self.micros, fills)
            self.fills = []
        self.notional = self.paid()
        self._end_second(prices[-1])
        seconds, self._seconds = self._seconds, []
        return seconds

    def paid(self) -> float:
        """What the open fills pay, of both sides together."""
        total = 0.0  # in their order, as ``add`` does
        for fill in self.fills:
            total += fill.price * fill.quantity
        return total

    def _end_second(self, price: float) -> None:
        self._seconds.append((self._next_ms // 1_000 - 1, price, self._orders))
        self._orders = []

    def close(self) -> Sequence[Sweep]:
        """End what is open: the symbol went quiet, or the input is over."""
        fills, self.fills = self.fills, []
        self.notional = 0.0
        return self._ended(fills)

    def _ended(self, fills: list[Trade]) -> Sequence[Sweep]:
        if len(fills) == 1:  # as most are
            return (self._sweep("sell" if fills[0].buyer_is_maker else "buy", fills),)
        bought = [fill for fill in fills if not fill.buyer_is_maker]
        if len(bought) == len(fills):
            return (self._sweep("buy", fills),) if fills else ()
        sell = self._sweep("sell", [fill for fill in fills if fill.buyer_is_maker])
        return (self._sweep("buy", bought), sell) if bought else (sell,)

    def _sweep(self, side: Side, fills: list[Trade]) -> Sweep:
        """All fills of one side; an order eats one level after the other."""
        first_price = last_price = fills[0].price
        quantity = notional = 0.0
        matches, levels = 0, 1
        recovered = False
        for fill in fills:
            price = fill.price
            if price != last_price:
                levels += 1
                last_price = price
            quantity += fill.quantity
            notional += price * fill.quantity
            count = fill.last_id - fill.first_id + 1
            matches += count if count > 1 else 1
            recovered = recovered or fill.recovered
        average = first_price
        if len(fills) > 1:
            average = notional / quantity if quantity > 0 else last_price
        return Sweep(
            self._symbol,
            side,
            self._at_ms,
            self.micros,
            average,
            quantity,
            notional,
            matches,
            first_price,
            last_price,
            self._book_known,
            recovered,
            levels,
        )


def _next_second(at_ms: int) -> int:
    return at_ms - at_ms % 1_000 + 1_000


def _orders(at_ms: int, micros: int, fills: Sequence[Trade]) -> list[Order]:
    """Those behind fills of one time, at least one: the order, or one of each side."""
    sides = [fill.buyer_is_maker for fill in fills]
    if all(sides) or not any(sides):
        return [_order(at_ms, micros, fills)]
    bought = [fill for fill in fills if not fill.buyer_is_maker]
    sold = [fill for fill in fills if fill.buyer_is_maker]
    return [_order(at_ms, micros, bought), _order(at_ms, micros, sold)]


def _order(at_ms: int, micros: int, fills: Sequence[Trade]) -> Order:
    """The order behind fills of one time and side."""
    paid, matches, price = 0.0, 0, 0.0
    for fill in fills:
        price = fill.price
        paid += price * fill.quantity
        more = fill.last_id - fill.first_id
        matches += more + 1 if more > 0 else 1
    return at_ms, micros, fills[0].buyer_is_maker, paid, matches, price
