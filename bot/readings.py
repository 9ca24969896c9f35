"""What commands measured: the figures that are shown, and that a comment may speak of.

A comment by a model is held against the same reading that the answer was made from. Pure.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from pipeline.model import AnyAlert, Move, SymbolInfo

MoodWord = Literal["긍정", "중립", "부정"]

BUY_SHARE: Final = 47.0, 53.0
BID_SHARE: Final = 45.0, 55.0
RISING: Final = 40.0, 60.0
"""Percentages below and above which a measure of the mood counts as negative and positive."""

AGREED: Final = 2
"""So many measures more on one side than on the other make a mood."""

AS_USUAL: Final = 0.67, 1.5
"""Multiples of the usual spread below and above which it counts as narrow and wide."""

EVEN: Final = 45.0, 55.0
"""Percentages of bids between which both sides count as even."""


class Band(msgspec.Struct, frozen=True):
    """What stands within ``within_pct`` percent of the middle price, in the quote currency.

    ``more_bids`` and ``more_asks``: the book that was read ends before the band does.
    """

    within_pct: float
    bids: float
    asks: float
    more_bids: bool
    more_asks: bool


class SpreadReading(msgspec.Struct, frozen=True):
    """Best bid and ask of one pair and what stands around them.

    ``spread`` is in the quote currency, ``spread_bp`` in basis points of the middle price.
    ``usual_bp`` is the median over the last ``usual_s`` seconds, None while too little is known.
    ``bid_share`` is the bids' percentage of what stands within ``near_pct`` percent.
    """

    info: SymbolInfo
    bid: float
    ask: float
    spread: float
    spread_bp: float
    usual_bp: float | None
    usual_s: float
    bands: tuple[Band, ...]
    bid_share: float
    near_pct: float
    at_ms: int

    @property
    def times_usual(self) -> float | None:
        """The spread as a multiple of the usual one."""
        return self.spread_bp / self.usual_bp if self.usual_bp else None

    @property
    def usual_over_s(self) -> int:
        """The time of the usual spread as it is told: whole minutes in seconds, an hour at most."""
        return min(3_600, int(self.usual_s) // 60 * 60)

    @property
    def width(self) -> Literal["narrow", "usual", "wide"] | None:
        """The spread compared with the usual one; None while that is not known."""
        if self.times_usual is None:
            return None
        narrow, wide = AS_USUAL
        if self.times_usual < narrow:
            return "narrow"
        return "usual" if self.times_usual <= wide else "wide"

    @property
    def more(self) -> Literal["bids", "asks", "even"]:
        """Which side has more standing near the price."""
        low, high = EVEN
        if low <= self.bid_share <= high:
            return "even"
        return "bids" if self.bid_share > high else "asks"


class Coin(msgspec.Struct, frozen=True):
    """A pair's price now and its change in percent: since 09:00 in Korea (``open_pct``, None when
    that is not known) and against the price 24 hours ago."""

    info: SymbolInfo
    price: float
    open_pct: float | None
    day_pct: float


class WhaleFlow(msgspec.Struct, frozen=True):
    """Large trades of the last ``hours`` in dollars as they are told, by the taker's side;
    ``since_ms`` is when counting them began if that is not so long ago, 0 if it is."""

    hours: int
    count: int
    bought: float
    sold: float
    since_ms: int = 0

    @property
    def net(self) -> float:
        """Bought less sold."""
        return self.bought - self.sold


class Mood(msgspec.Struct, frozen=True):
    """Three measures of what the market is inclined to, in percent; None: not known.

    ``buy_share``: takers' buys of the majors' turnover in the last hour. ``bid_share``: bids of
    what stands near the majors' prices. ``rising``: pairs above their price 24 hours ago, of
    ``pairs`` that are really traded.
    """

    buy_share: float | None
    bid_share: float | None
    rising: float
    pairs: int

    @property
    def score(self) -> int:
        """Measures on the positive side less those on the negative one, -3 to 3."""
        measured = (
            (self.buy_share, BUY_SHARE),
            (self.bid_share, BID_SHARE),
            (self.rising, RISING),
        )
        return sum(
            (value >= high) - (value <= low) for value, (low, high) in measured if value is not None
        )

    @property
    def word(self) -> MoodWord:
        """What the measures say together."""
        if self.score >= AGREED:
            return "긍정"
        return "부정" if self.score <= -AGREED else "중립"


class After(msgspec.Struct, frozen=True):
    """How the price changed after an alert, in percent: in the first hour (``hours`` 1), or until
    now (``hours`` 0)."""

    hours: int
    pct: float


class Survey(msgspec.Struct, frozen=True):
    """The market at one time: what a summary tells.

    ``open_ms`` is the last 09:00 in Korea, when the exchange's day began. ``alerts`` are the most
    notable ones of the last ``alert_hours``, the most notable first; ``after`` tells what followed
    each of them, None where that is not known. ``together`` is what most symbols did together in
    that time, None if nothing; their jumps are among ``alerts`` only where nothing else is.
    """

    at_ms: int
    open_ms: int
    majors: tuple[Coin, ...]
    risers: tuple[Coin, ...]
    fallers: tuple[Coin, ...]
    whales: WhaleFlow
    mood: Mood
    alerts: tuple[AnyAlert, ...]
    alert_hours: int
    after: tuple[After | None, ...] = ()
    together: Move | None = None

    @property
    def followed(self) -> Sequence[tuple[AnyAlert, After | None]]:
        """The alerts, each with what followed it."""
        known = self.after or (None,) * len(self.alerts)
        return tuple(zip(self.alerts, known, strict=True))
