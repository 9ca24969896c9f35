"""Book imbalance: walls that appear and vanish among the best 20 levels, and books that lean to
one side and stay so."""

import math
from collections.abc import Iterable, Sequence
from typing import Annotated, Final

import msgspec

from pipeline.detectors.lean import MOST_PCT, Lean, near_asks, near_bids, odds, reach
from pipeline.detectors.rolling import HourHighest, KnownScale, RobustScale, possible
from pipeline.detectors.walls import Walls
from pipeline.model import Book, BookImbalance, BookSide, Event, Gap, Levels, Nearest, Sweep, Trade
from pipeline.ports import ANYTHING, Calm, SymbolView
from pipeline.seconds import Second

Positive = Annotated[float, msgspec.Meta(gt=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]

LOOK_MS = 1_000
"""The whole book is looked at so often, by the exchange's clock; its best prices always."""

SILENCE_MS = 10_000
"""After so long without a book nothing is known to have stood."""

LATE_MS = 60_000
"""What is older than the newest by less is late, by more a clock that was put back."""

USUAL_S = 3_600.0
"""Halflife of what a level usually has."""


VERSION: Final = 1


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """What outlives the program."""

    version: int
    usual_bid: KnownScale
    usual_ask: KnownScale
    lean: tuple[float, float]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[book_imbalance]``"""

    enabled: bool = True
    min_notional: Positive = 200_000.0
    wall_times: Positive = 10.0
    wall_hold_s: Seconds = 10.0
    share_pct: Annotated[float, msgspec.Meta(gt=50, le=MOST_PCT)] = 80.0
    above_usual_pct: Annotated[float, msgspec.Meta(ge=0, le=50)] = 20.0
    within_pct: Positive = 0.5
    share_hold_s: Seconds = 30.0
    warmup_s: Seconds = 300.0


class BookWatch:
    """Two rules on the best 20 levels, which are looked at once a second.

    Wall: a level behind the best price has at least ``min_notional`` US dollars and ``wall_times``
    times what a level of its side usually has (the mean without the largest, over the last hour)
    and now has (the median), and stands for ``wall_hold_s`` seconds; or, having stood so long, it
    goes, and neither a trade nor the best price has come to it (see walls.Walls).

    Imbalance: of what stands within ``within_pct`` percent of the middle, or as far as both sides
    are known, one side has, smoothed over five seconds, at least ``share_pct`` percent and
    ``above_usual_pct`` points more than usual, and ``min_notional`` US dollars, for
    ``share_hold_s`` seconds. Reported once, and afresh after the share fell ten points below what
    was needed.

    Nothing is reported before ``warmup_s`` of books (a predecessor's among them), nor where the
    quote currency has no known dollar rate. Nothing stands across a gap or ten seconds without a
    book. Crossed, one-sided and late books are passed over.
    """

    WANTS = (Book, Trade, Gap)

    __slots__ = (
        "_asks",
        "_bids",
        "_highest",
        "_late_ms",
        "_lean",
        "_next_ms",
        "_seen_ms",
        "_settings",
        "_symbol",
        "_usual_ask",
        "_usual_bid",
        "_view",
    )

    def __init__(self, symbol: str, settings: Settings, view: SymbolView) -> None:
        self._symbol = symbol
        self._settings = settings
        self._view = view
        self._bids = Walls(-1.0, settings.wall_hold_s * 1000)
        self._asks = Walls(1.0, settings.wall_hold_s * 1000)
        self._usual_bid = RobustScale(USUAL_S)
        self._usual_ask = RobustScale(USUAL_S)
        self._highest = HourHighest()  # share of the heavier side, smoothed
        self._lean = Lean(settings.share_pct, settings.above_usual_pct)
        self._seen_ms = 0  # the last look
        self._next_ms = 0  # the next one
        self._late_ms = 0

    def on(self, event: Event | Sweep) -> Iterable[BookImbalance]:
        """See pipeline.ports.Detector."""
        if isinstance(event, Book):
            bid, ask = event.bid, event.ask
            if not 0 < bid < ask:
                return ()
            if self._bids.standing:
                self._bids.touch(bid)
            if self._asks.standing:
                self._asks.touch(ask)
            if self._late_ms < event.at_ms < self._next_ms:
                return ()
            return self._look(event, bid, ask)
        if isinstance(event, Trade):
            if self._bids.standing:
                self._bids.touch(event.price)
            if self._asks.standing:
                self._asks.touch(event.price)
        elif isinstance(event, Gap):
            self._forget()
        return ()

    def calm(self, _at_ms: int) -> Calm:
        """See pipeline.ports.Patient."""
        if not self._bids.standing and not self._asks.standing:
            return ANYTHING
        return Calm(self._bids.nearest or -math.inf, self._asks.nearest or math.inf)

    def catch_up(self, _seconds: Sequence[Second]) -> None:
        """See pipeline.ports.Patient: no trade that waited came to a wall."""

    def _look(self, book: Book, bid: float, ask: float) -> Sequence[BookImbalance]:
        bids, asks = book.bids[:], book.asks[:]
        if not bids or not asks:
            return ()  # what was sent cannot be read
        at_ms = book.at_ms
        passed_ms = at_ms - self._seen_ms
        if not 0 < passed_ms <= SILENCE_MS:
            self._forget()
            passed_ms = 0
        passed_s = passed_ms / 1000
        self._seen_ms = at_ms
        # By the clock, so that it does not matter when the watch began.
        self._next_ms = (at_ms // LOOK_MS + 1) * LOOK_MS
        self._late_ms = at_ms - LATE_MS
        bid_sizes = [price * quantity for price, quantity in bids]
        ask_sizes = [price * quantity for price, quantity in asks]
        bid_total, ask_total = sum(bid_sizes), sum(ask_sizes)
        middle = (bid + ask) / 2
        distance = reach(bids, asks, self._settings.within_pct)
        count = near_bids(bids, middle - distance)
        bid_near = bid_total if count == len(bids) else sum(bid_sizes[:count])
        count = near_asks(asks, middle + distance)
        ask_near = ask_total if count == len(asks) else sum(ask_sizes[:count])
        if bid_near + ask_near <= 0:
            return ()
        lean = self._lean
        lean.look(bid_near / (bid_near + ask_near) * 100, at_ms, passed_s)
        self._highest.note(at_ms, lean.heavier_pct)
        largest_bid, largest_ask = max(bid_sizes), max(ask_sizes)
        alerts: list[BookImbalance] = []
        rate = self._view.dollars
        if rate is not None and self._usual_bid.seen_s >= self._settings.warmup_s:
            floor = self._settings.min_notional / rate
            if self._bids.standing or largest_bid >= floor:
                alerts += self._walls("bid", book, bids, bid_sizes, floor)
            else:  # nothing stands, and nothing could
                self._bids.pass_over(bids)
            if self._asks.standing or largest_ask >= floor:
                alerts += self._walls("ask", book, asks, ask_sizes, floor)
            else:
                self._asks.pass_over(asks)
            if lean.side is not None and not lean.told:
                notional = bid_near if lean.side == "bid" else ask_near
                if notional >= floor:
                    alerts += self._leaning(lean.side, book, notional, distance / middle)
        if passed_ms:
            self._usual_bid.add(_usual(bid_sizes, bid_total, largest_bid), passed_s)
            self._usual_ask.add(_usual(ask_sizes, ask_total, largest_ask), passed_s)
        return alerts

    def _walls(
        self, side: BookSide, book: Book, levels: Levels, sizes: list[float], floor: float
    ) -> Sequence[BookImbalance]:
        if side == "bid":
            walls, usual = self._bids, self._usual_bid.scale
        else:
            walls, usual = self._asks, self._usual_ask.scale
        needed = max(floor, self._settings.wall_times * usual)
        # The best price is no wall however large.
        if not walls.standing and max(sizes[1:], default=0.0) < needed:
            walls.pass_over(levels)
            return ()
        # Where all levels have become large none stands out.
        needed = max(needed, self._settings.wall_times * sorted(sizes)[len(sizes) // 2])
        return [
            BookImbalance(
                id=f"{self._id(what, side, book)}:{wall.price:.15g}",
                symbol=self._symbol,
                at_ms=book.at_ms,
                excess=max(1.0, wall.notional / needed),
                what=what,
                side=side,
                price=wall.price,
                notional=wall.notional,
                times_usual=wall.notional / usual if usual > 0 else 0.0,
                share_pct=wall.share_pct,
                held_s=(wall.seen_ms - wall.since_ms) / 1000,
                distance_bp=_distance_bp(wall.price, book),
            )
            for what, wall in walls.look(book.at_ms, levels, sizes, needed)
        ]

    def _leaning(
        self, side: BookSide, book: Book, notional: float, distance: float
    ) -> list[BookImbalance]:
        lean = self._lean
        held_s = (book.at_ms - lean.since_ms) / 1000
        share_pct, usual_pct = lean.of(side)
        needed_pct = lean.needed_pct(side)
        if held_s < self._settings.share_hold_s or share_pct < needed_pct:
            return []
        lean.told = True
        return [
            BookImbalance(
                id=self._id("imbalance", side, book),
                symbol=self._symbol,
                at_ms=book.at_ms,
                excess=odds(share_pct) / odds(needed_pct),
                what="imbalance",
                side=side,
                price=book.bid if side == "bid" else book.ask,
                notional=notional,
                times_usual=share_pct / usual_pct if usual_pct > 0 else 0.0,
                share_pct=share_pct,
                held_s=held_s,
                distance_bp=distance * 10_000,
            )
        ]

    def _id(self, what: str, side: BookSide, book: Book) -> str:
        # Spot books carry no time, so theirs depends on who received them.
        return f"book_imbalance:{self._symbol}:{what}:{side}:{book.update_id or book.at_ms}"

    def _forget(self) -> None:
        """Nothing stands across missing data; what is usual stays."""
        self._bids.forget()
        self._asks.forget()
        self._lean.forget()
        self._seen_ms = self._next_ms = self._late_ms = 0

    def nearest(self, since_ms: int) -> Nearest:
        """See pipeline.ports.Measuring: the heavier side's share of the book in percent, smoothed;
        needed is what the side takes that is the heavier one now."""
        side: BookSide = "bid" if self._lean.of("bid")[0] >= 50 else "ask"
        wait_s = max(0.0, self._settings.warmup_s - self._usual_bid.seen_s)
        needed_pct = self._lean.needed_pct(side)
        return Nearest("book_imbalance", self._highest.since(since_ms), needed_pct, wait_s)

    # --- what outlives the program: see pipeline.ports ----------------------------------------

    def state(self) -> bytes:
        """See pipeline.ports.Lasting."""
        kept = _Kept(VERSION, self._usual_bid.kept, self._usual_ask.kept, self._lean.kept)
        return msgspec.msgpack.encode(kept)

    def restore(self, state: bytes) -> None:
        """See pipeline.ports.Lasting."""
        try:
            kept = msgspec.msgpack.decode(state, type=_Kept)
        except msgspec.MsgspecError as error:
            raise ValueError(f"no state of a book: {error}") from error
        known = kept.usual_bid, kept.usual_ask, kept.lean
        if kept.version != VERSION or not possible(known) or kept.lean[0] > 100:
            raise ValueError(f"the state of a book in version {kept.version}")
        self._usual_bid.kept, self._usual_ask.kept = kept.usual_bid, kept.usual_ask
        self._lean.kept = kept.lean


def _usual(sizes: list[float], total: float, largest: float) -> float:
    """The mean size of a level, the largest left out: a wall is not its own measure."""
    return (total - largest) / (len(sizes) - 1) if len(sizes) > 1 else total


def _distance_bp(price: float, book: Book) -> float:
    """How far from the middle."""
    middle = (book.bid + book.ask) / 2
    return abs(price - middle) / middle * 10_000
