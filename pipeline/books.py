"""An order book kept locally: a snapshot and the differences after it. Pure.

Sources: binance-spot-api-docs web-socket-streams.md, "How to manage a local order book correctly"
(as corrected on 2025-11-12); USDⓈ-M differences name the one before them (``pu``).
"""

from bisect import bisect_left
from collections import deque
from itertools import islice

from pipeline.model import Book, BookDelta, Levels, Snapshot

LEVELS = 20
"""Levels a side of the books given, as in the exchange's depth20."""

PACE_MS = 90
"""Books are given no faster than depth20@100ms comes (its frames are 100 ms apart, give or take a
few); differences in between are applied all the same."""

KEPT = 5_000
"""Levels kept a side, as many as a snapshot has at most. When there are more, the farthest go."""

HELD = 500
"""Differences that wait for a snapshot. When there are more, the oldest go: a snapshot so old
could not be continued anyway."""

RENUMBERED_MS = 60_000
"""An old id so long after the newest is not late: the exchange counts afresh."""


class _Side:
    """One side, best first: sorted keys (prices, negated for bids) and the quantity of each."""

    __slots__ = ("_keys", "_quantities", "_sign")

    def __init__(self, sign: float) -> None:
        self._sign = sign
        self._keys: list[float] = []
        self._quantities: dict[float, float] = {}

    def load(self, levels: Levels) -> None:
        """Start from a snapshot's side."""
        self._keys.clear()
        self._quantities.clear()
        self.change(levels)

    def change(self, levels: Levels) -> None:
        """Set quantities; 0 removes a level, and one that is not there needs no removing."""
        sign, keys, quantities = self._sign, self._keys, self._quantities
        for price, quantity in levels:
            key = sign * price
            if quantity > 0:
                if key not in quantities:
                    keys.insert(bisect_left(keys, key), key)
                quantities[key] = quantity
            elif quantities.pop(key, None) is not None:
                del keys[bisect_left(keys, key)]
        while len(keys) > KEPT:
            del quantities[keys.pop()]

    def best(self, count: int) -> Levels:
        sign, quantities = self._sign, self._quantities
        return tuple([(sign * key, quantities[key]) for key in islice(self._keys, count)])


class LocalBook:
    """The book of one symbol. It is known from a snapshot on for as long as every difference
    continues the one before; a break makes it unknown until the next snapshot.

    Differences may come before their snapshot, twice, late, or overlap it. Levels farther out than
    the snapshot reached are unknown until they change. ``breaks`` counts.
    """

    __slots__ = (
        "_asks",
        "_bids",
        "_given_ms",
        "_held",
        "_last_id",
        "_newest_ms",
        "_symbol",
        "breaks",
    )

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._bids = _Side(-1.0)
        self._asks = _Side(1.0)
        self._last_id = -1  # of the last change applied; -1: the book is not known
        self._newest_ms = 0
        self._given_ms = 0
        self._held: deque[BookDelta] = deque(maxlen=HELD)
        self.breaks = 0

    @property
    def known(self) -> bool:
        """Whether the book is known now."""
        return self._last_id >= 0

    def snapshot(self, book: Snapshot) -> Book | None:
        """Start from a snapshot and apply what came after it; the best levels if that is known.

        A snapshot older than a known book changes nothing.
        """
        if book.update_id <= self._last_id:
            return None
        self._bids.load(book.bids)
        self._asks.load(book.asks)
        self._last_id = book.update_id
        self._newest_ms = book.at_ms
        newer = [delta for delta in self._held if delta.last_id > book.update_id]
        self._held.clear()
        for delta in newer:
            self._apply(delta)
        return self._given() if self.known else None

    def delta(self, delta: BookDelta) -> Book | None:
        """Apply a difference; the best levels, unless they are not known, nothing changed, or they
        were given less than ``PACE_MS`` ago."""
        if not self._apply(delta) or self._newest_ms - self._given_ms < PACE_MS:
            return None
        return self._given()

    def _apply(self, delta: BookDelta) -> bool:
        """Whether the difference changed the book."""
        if self._last_id < 0:
            self._held.append(delta)
            return False
        old = delta.last_id <= self._last_id
        if old and delta.at_ms <= self._newest_ms + RENUMBERED_MS:
            return False  # repeated or late
        # Spot numbers the changes of a symbol without holes; on USDⓈ-M all symbols share ids.
        before = delta.previous_id if delta.previous_id >= 0 else delta.first_id - 1
        if old or before > self._last_id:
            self._break()
            self._held.append(delta)
            return False
        self._last_id = delta.last_id
        self._newest_ms = max(self._newest_ms, delta.at_ms)
        self._bids.change(delta.bids)
        self._asks.change(delta.asks)
        return True

    def _given(self) -> Book | None:
        bids, asks = self._bids.best(LEVELS), self._asks.best(LEVELS)
        if bids and asks and bids[0][0] >= asks[0][0]:
            self._break()  # the exchange's own book is never crossed
            return None
        self._given_ms = self._newest_ms
        return Book(self._symbol, bids, asks, self._last_id, self._newest_ms)

    def _break(self) -> None:
        self.breaks += 1
        self._last_id = -1
