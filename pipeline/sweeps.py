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


class Sweeps:
    """Collects the fills of one symbol at its newest time: at most one open sweep a side.

    ``notional`` is what they pay so far, of both sides together.
    """

    __slots__ = ("_at_ms", "_book_known", "_fills", "_micros", "_symbol", "notional")

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._at_ms = -1
        self._micros = 0
        self._book_known = False
        self._fills: list[Trade] = []
        self.notional = 0.0

    @property
    def open(self) -> bool:
        """Whether fills are waiting for the end of their sweep."""
        return bool(self._fills)

    @property
    def first_fill(self) -> Trade | None:
        """The first of those that wait for the end of their sweep."""
        return self._fills[0] if self._fills else None

    def add(self, trade: Trade, book_known: bool) -> Sequence[Sweep]:
        """Take a fill; returns the sweeps that it ends."""
        ended: Sequence[Sweep] = ()
        at_ms = trade.at_ms
        if at_ms != self._at_ms or trade.micros != self._micros or len(self._fills) >= MOST:
            ended = self.close()
            self._at_ms = at_ms
            self._micros = trade.micros
            self._book_known = book_known
        self._fills.append(trade)
        self.notional += trade.price * trade.quantity
        return ended

    def add_all(
        self, trades: Sequence[Trade], book_known: bool, *, over: bool = False
    ) -> list[Second]:
        """Take fills, at least one, in the order of their times; returns the seconds that they and
        the open fills are of, with the orders that have ended. ``over``: so has the newest."""
        fills = [*self._fills, *trades]
        at_ms, micros = fills[0].at_ms, fills[0].micros
        begin, second = 0, at_ms // 1000
        seconds: list[Second] = []
        orders: list[Order] = []
        sold, mixed = fills[0].buyer_is_maker, False
        paid, matches, price = 0.0, 0, 0.0
        for number, fill in enumerate(fills):
            if fill.at_ms != at_ms or fill.micros != micros or number - begin >= MOST:
                if mixed:
                    orders += _orders(at_ms, micros, fills[begin:number])
                else:
                    orders.append((at_ms, micros, sold, paid, matches, price))
                begin, at_ms, micros = number, fill.at_ms, fill.micros
                if at_ms // 1000 != second:
                    seconds.append((second, price, orders))
                    orders, second = [], at_ms // 1000
                sold, mixed = fill.buyer_is_maker, False
                paid, matches = 0.0, 0
            elif fill.buyer_is_maker != sold:
                mixed = True
            price = fill.price
            paid += price * fill.quantity
            count = fill.last_id - fill.first_id
            matches += count + 1 if count > 0 else 1
        seconds.append((second, price, orders))
        if begin or not self._fills:
            self._book_known = book_known
        self._fills, self._at_ms, self._micros = fills[begin:], at_ms, micros
        self.notional = paid
        if over:
            self._fills, self.notional = [], 0.0
            if mixed:
                orders += _orders(at_ms, micros, fills[begin:])
            else:
                orders.append((at_ms, micros, sold, paid, matches, price))
        return seconds

    def close(self) -> Sequence[Sweep]:
        """End what is open: the symbol went quiet, or the input is over."""
        fills, self._fills = self._fills, []
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
            self._micros,
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


def _orders(at_ms: int, micros: int, fills: Sequence[Trade]) -> list[Order]:
    """Those behind fills of both sides at one time."""
    orders: list[Order] = []
    for sold in (False, True):
        own = [fill for fill in fills if fill.buyer_is_maker == sold]
        notional = 0.0
        for fill in own:  # in the order that close adds them
            notional += fill.price * fill.quantity
        matches = sum(fill.fills for fill in own)
        orders.append((at_ms, micros, sold, notional, matches, own[-1].price))
    return orders
