"""What the trades of one symbol and second come to, for those who are told of them late. Pure."""

import math
from collections.abc import Sequence

from pipeline.model import Trade


class Second:
    """A second since the epoch, or a part of one, and what its orders come to that waited and have
    ended (there may be none): as much as detectors want to know of orders of which nothing comes.

    ``close`` is the last price in it, of all trades. In the order in which they came: ``sizes`` is
    what each paid in the quote currency, ``buys`` what each of those paid whose taker bought.
    ``fills`` counts the matches of all, ``rush`` the buys of more than one. ``highest`` is the
    highest last price of a buy, 0 without one, and ``step`` the least by which the last prices of
    two orders in a row differ, infinity if none do. The first order ended at the price ``first``;
    the newest was at ``last_ms`` and ``micros``, and ended at ``last``. ``before`` is the last
    price at the time before that one, 0 if there was none.

    Few numbers and two plain lists, since there is one for each of hundreds of symbols, and memory
    is what their trades wait for.
    """

    __slots__ = (
        "at_s",
        "before",
        "buys",
        "close",
        "fills",
        "first",
        "highest",
        "last",
        "last_ms",
        "micros",
        "rush",
        "sizes",
        "step",
    )

    def __init__(self, at_s: int) -> None:
        self.at_s = at_s
        self.close = 0.0
        self.sizes: list[float] = []
        self.buys: list[float] = []
        self.fills = self.rush = 0
        self.highest, self.step = 0.0, math.inf
        self.last_ms = self.micros = -1
        self.first = self.last = self.before = 0.0

    def add(self, at_ms: int, micros: int, fills: Sequence[Trade]) -> None:
        """Count what is behind fills of one time, not before the others: an order, or one of each
        side, the buy first."""
        sold = fills[0].buyer_is_maker
        paid, count, price = 0.0, 0, 0.0
        for fill in fills:
            if fill.buyer_is_maker is not sold:
                self.add(at_ms, micros, [one for one in fills if not one.buyer_is_maker])
                self.add(at_ms, micros, [one for one in fills if one.buyer_is_maker])
                return
            price = fill.price
            paid += price * fill.quantity
            more = fill.last_id - fill.first_id
            count += more + 1 if more > 0 else 1
        sizes = self.sizes
        if sizes:
            last = self.last
            if at_ms != self.last_ms or micros != self.micros:
                self.before = last
            if price != last:
                step = price - last if price > last else last - price
                if step < self.step:
                    self.step = step
        else:
            self.first = price
        self.last_ms, self.micros, self.last = at_ms, micros, price
        sizes.append(paid)
        self.fills += count
        if not sold:
            self.buys.append(paid)
            if count > 1:
                self.rush += 1
            if price > self.highest:
                self.highest = price
