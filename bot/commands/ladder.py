"""An order book measured: spread, money within a distance of the middle, balance. Pure."""

from decimal import Decimal
from typing import Literal

import msgspec

from pipeline.model import Book, Levels

Condition = Literal["fine", "empty", "no_bids", "no_asks", "crossed"]

_SLACK = 1 + 1e-9  # a level exactly at the edge is inside whatever floats make of it


class Depth(msgspec.Struct, frozen=True):
    """Money (quote currency) within ``within_pct`` of the middle, on each side.

    ``more_bids`` and ``more_asks``: the book ends inside, so there may be more.
    """

    within_pct: float
    bids: float
    asks: float
    more_bids: bool
    more_asks: bool

    @property
    def bid_share(self) -> float:
        """The bids' part of the money in percent; half when there is none."""
        both = self.bids + self.asks
        return self.bids / both * 100 if both > 0 else 50.0


def condition(book: Book) -> Condition:
    """Whether there is a spread, or why not."""
    if not book.bids and not book.asks:
        return "empty"
    if not book.bids:
        return "no_bids"
    if not book.asks:
        return "no_asks"
    return "fine" if book.bids[0][0] < book.asks[0][0] else "crossed"


def spread(book: Book) -> float:
    """Best ask minus best bid in the quote currency, exact in the exchange's decimals."""
    return float(Decimal(repr(book.asks[0][0])) - Decimal(repr(book.bids[0][0])))


def spread_bp(book: Book) -> float:
    """The spread in basis points of the middle price."""
    bid, ask = book.bids[0][0], book.asks[0][0]
    return (ask - bid) / (ask + bid) * 20_000


def depth(book: Book, within_pct: float) -> Depth:
    """Money within the distance of the middle price; both sides must have levels."""
    middle = _middle(book)
    reach = within_pct / 100 * middle * _SLACK
    return Depth(
        within_pct=within_pct,
        bids=_money(book.bids, middle, reach),
        asks=_money(book.asks, middle, reach),
        more_bids=_farthest(book.bids, middle) <= reach,
        more_asks=_farthest(book.asks, middle) <= reach,
    )


def balance(book: Book, within_pct: float) -> Depth:
    """Depth within the distance, or as far as both sides reach: the same length on each side."""
    middle = _middle(book)
    reach = min(_farthest(book.bids, middle), _farthest(book.asks, middle)) / middle * 100
    return depth(book, min(within_pct, reach))


def _middle(book: Book) -> float:
    return (book.bids[0][0] + book.asks[0][0]) / 2


def _money(levels: Levels, middle: float, reach: float) -> float:
    return sum(price * quantity for price, quantity in levels if abs(price - middle) <= reach)


def _farthest(levels: Levels, middle: float) -> float:
    return abs(levels[-1][0] - middle)
