"""Fills of one aggressive order become one Sweep. Pure.

A sweep is every fill of one symbol with the same taker side and the same trade time: the matching
engine stamps all fills of an order with one time. Measured on the recordings, single prints reach
50,000 USDT a tenth as often as the orders behind them. Ids need not be contiguous, both sides may
trade within one time, and different times are never joined.
"""

from collections.abc import Sequence

from pipeline.model import Side, Sweep, Trade
from pipeline.seconds import Second

MOST = 10_000
"""Fills of a sweep: what comes at the same time beyond that is another one."""

KEPT = 300
"""Orders of one symbol that may wait (see lanes.py)."""


class Sweeps:
    """Collects the fills of one symbol at its newest time: at most one open sweep a side.

    ``fills`` are those that wait for the end of their sweep, and ``micros`` belongs to their time.
    ``notional`` is what they pay, of both sides together, ``lowest`` and ``highest`` are their
    prices; these three are not kept while trades wait, and right again once ``take`` was called.

    Of trades that wait (see lanes.py) an order is counted in its Second as soon as it has ended:
    what is held in memory meanwhile, of hundreds of symbols, is what makes all else slow.
    """

    __slots__ = (
        "_at_ms",
        "_book_known",
        "_kept",
        "_next_ms",
        "_second",
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
        self._second = Second(0)  # theirs: of its orders those that have ended are kept
        self._next_ms = 1_000  # its end
        self._seconds: list[Second] = []  # those before it, and how many orders are in them
        self._kept = 0
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
            if not self._next_ms - 1_000 <= at_ms < self._next_ms:
                self._begin_second(at_ms)
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
        at_ms = fill.at_ms
        self._second.add(self._at_ms, self.micros, self.fills)
        if at_ms >= self._next_ms:
            self._kept += len(self._second.sizes)
            self._end_second()
            self._begin_second(at_ms)
        self.fills, self._at_ms, self.micros = [fill], at_ms, fill.micros
        return self._kept + len(self._second.sizes) >= KEPT

    def take(self, book_known: bool, *, over: bool = False) -> list[Second]:
        """What was kept: the seconds that it and the open fills (there are some) are of, with the
        orders that have ended. ``over``: so has the newest."""
        fills = self.fills
        prices = [fill.price for fill in fills]
        self.lowest, self.highest = min(prices), max(prices)
        if self._seconds or self._second.sizes:  # the open fills came meanwhile
            self._book_known = book_known
        self._end_second()
        if over:
            self._second.add(self._at_ms, self.micros, fills)
            self.fills = []
        self.notional = self.paid()
        seconds, self._seconds, self._kept = self._seconds, [], 0
        self._second = Second(self._second.at_s)
        return seconds

    def paid(self) -> float:
        """What the open fills pay, of both sides together."""
        total = 0.0  # in their order, as ``add`` does
        for fill in self.fills:
            total += fill.price * fill.quantity
        return total

    def _begin_second(self, at_ms: int) -> None:
        at_s = at_ms // 1_000
        self._second = Second(at_s)
        self._next_ms = (at_s + 1) * 1_000

    def _end_second(self) -> None:
        self._second.close = self.fills[-1].price
        self._seconds.append(self._second)

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
        if levels > 2:  # prices of one time may come back: then it was no further level
            levels = len({fill.price for fill in fills})
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
