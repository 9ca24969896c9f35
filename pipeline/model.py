"""The words every stage of the flow shares: market events, sweeps and alerts.

All are msgspec structs: decoded straight from frames, compared by value, serialised as they are.
Prices are in the quote currency, quantities in the base currency, times in milliseconds since the
epoch by the exchange's clock. Floats keep every digit the exchange sends (it sends at most 15
significant ones), so what people see is formatted from the same numbers.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal, get_args

import msgspec

Side = Literal["buy", "sell"]
BookSide = Literal["bid", "ask"]
Channel = Literal["trade", "quote", "book", "ticker", "candle", "mark", "liquidation"]
Position = Literal["long", "short"]
Levels = Sequence[tuple[float, float]]
Severity = Literal["notice", "warning", "critical"]
Direction = Literal["up", "down"]
Stage = Literal["opened", "grew", "escalated", "closed"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

ALL = "*"
"""The symbol of a feed or a gap that concerns every symbol."""


FUTURES = "binance-futures"
"""What qualifies symbols of Binance's USDⓈ-M futures: ``binance-futures:BTCUSDT``."""


def bare(symbol: str) -> str:
    """The symbol without the market in front: ``BTCUSDT``."""
    return symbol.rpartition(":")[2]


class Feed(msgspec.Struct, frozen=True, order=True):
    """One channel of one symbol that a source is asked to deliver (``symbol`` may be ``ALL``)."""

    symbol: str
    channel: Channel


class SymbolInfo(msgspec.Struct, frozen=True):
    """One listed pair. ``tick`` and ``step`` are the smallest price and quantity increments."""

    symbol: str
    base: str
    quote: str
    trading: bool = True
    tick: float = 0.0
    step: float = 0.0


# --- market events ---------------------------------------------------------------------------


class Trade(msgspec.Struct, frozen=True, gc=False):
    """One print: a single match, or an aggregate of matches of one order at one price.

    ``buyer_is_maker`` is Binance's ``m``: true means that the taker *sold*. ``micros`` is the part
    of the trade time below a millisecond (0-999), where the source has one. ``first_id`` and
    ``last_id`` are the single matches behind an aggregate; -1 on single matches. ``recovered``
    marks trades fetched after a gap instead of received live.
    """

    symbol: str
    id: int
    price: float
    quantity: float
    at_ms: int
    buyer_is_maker: bool
    micros: int = 0
    first_id: int = -1
    last_id: int = -1
    recovered: bool = False

    @property
    def side(self) -> Side:
        """The taker's side."""
        return "sell" if self.buyer_is_maker else "buy"

    @property
    def fills(self) -> int:
        """How many matches this print stands for (at least 1)."""
        matches = self.last_id - self.first_id + 1
        return matches if matches > 1 else 1


class Quote(msgspec.Struct, frozen=True, gc=False):
    """Best bid and ask."""

    symbol: str
    bid: float
    bid_quantity: float
    ask: float
    ask_quantity: float
    update_id: int = 0
    at_ms: int = 0


class Book(msgspec.Struct, frozen=True, gc=False):
    """The best levels of both sides, best first, as (price, quantity)."""

    symbol: str
    bids: Levels
    asks: Levels
    update_id: int = 0
    at_ms: int = 0

    @property
    def bid(self) -> float:
        """The best bid, 0 when there is none."""
        return self.bids[0][0] if self.bids else 0.0

    @property
    def ask(self) -> float:
        """The best ask, 0 when there is none."""
        return self.asks[0][0] if self.asks else 0.0


class Snapshot(Book, frozen=True, gc=False):
    """A book as it was asked for, deep enough for differences (BookDelta) to continue it."""


class BookDelta(msgspec.Struct, frozen=True):
    """Levels that changed between two update ids; quantity 0 removes a level.

    ``previous_id`` is the last id of the difference before it, -1 where the exchange does not say
    so (spot, where ids have no holes).
    """

    symbol: str
    first_id: int
    last_id: int
    bids: Levels
    asks: Levels
    at_ms: int
    previous_id: int = -1


class Ticker(msgspec.Struct, frozen=True, gc=False):
    """The rolling 24 hours of one symbol."""

    symbol: str
    at_ms: int
    last: float
    open: float
    high: float
    low: float
    volume: float
    quote_volume: float


class Candle(msgspec.Struct, frozen=True, gc=False):
    """One bar; ``at_ms`` is the time of the update, ``closed`` that no further one comes."""

    symbol: str
    interval: str
    open_ms: int
    close_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    quote_volume: float
    trades: int
    taker_buy_volume: float
    taker_buy_quote_volume: float
    closed: bool
    at_ms: int


class Mark(msgspec.Struct, frozen=True, gc=False):
    """What a perpetual future is valued at. ``index`` is the price of what it follows,
    ``rate`` what is paid at ``next_ms`` if nothing changes: a share of the position, which longs
    pay to shorts where it is positive."""

    symbol: str
    price: float
    index: float
    rate: float
    next_ms: int
    at_ms: int

    @property
    def premium_pct(self) -> float | None:
        """How far the future is above what it follows, in percent; None without an index."""
        return (self.price / self.index - 1) * 100 if self.index > 0 else None


class Liquidation(msgspec.Struct, frozen=True, gc=False):
    """A position in a future that the exchange closed by force; ``position`` is which side it was.

    ``price`` is the average and ``quantity`` what was really filled. The exchange tells of at most
    one a second and symbol, so what is added up of them is a lower bound.
    """

    symbol: str
    position: Position
    price: float
    quantity: float
    at_ms: int

    @property
    def notional(self) -> float:
        """What it was worth, in the quote currency."""
        return self.price * self.quantity


class WonTicker(msgspec.Struct, frozen=True, gc=False):
    """What a coin costs in Korean won, on Upbit: ``symbol`` is ``upbit:KRW-BTC``.

    ``at_ms`` is when it was traded at this ``price``, ``told_ms`` when the exchange said so.
    ``change_pct``: since 09:00 in Korea (00:00 UTC). ``turnover``: won traded in 24 hours.
    """

    symbol: str
    price: float
    at_ms: int
    told_ms: int
    change_pct: float = 0.0
    turnover: float = 0.0
    halted: bool = False

    @property
    def base(self) -> str:
        """The coin: ``BTC``."""
        return self.symbol.rpartition("-")[2]


class Premium(msgspec.Struct, frozen=True, gc=False):
    """A coin's price in won beside its price in dollars (``symbol`` is the pair) at one moment.

    ``tether`` is what one USDT costs in won on Upbit, ``rate`` what a US dollar costs at the banks,
    each None where it is not known or no longer true.
    """

    symbol: str
    at_ms: int
    won: float
    price: float
    tether: float | None = None
    rate: float | None = None

    @property
    def bank_pct(self) -> float | None:
        """The kimchi premium by the banks' rate in percent; negative is a reverse one."""
        return self._over(self.rate)

    @property
    def tether_pct(self) -> float | None:
        """The same by what USDT costs in won: how far the coin is above the market's premium."""
        return self._over(self.tether)

    def _over(self, won_per_dollar: float | None) -> float | None:
        if not won_per_dollar or self.price <= 0:
            return None
        return (self.won / (self.price * won_per_dollar) - 1) * 100


class Gap(msgspec.Struct, frozen=True):
    """Events of these symbols between the two times are missing and could not be recovered."""

    symbols: tuple[str, ...]
    from_ms: int
    to_ms: int
    reason: str

    @property
    def at_ms(self) -> int:
        """The end of the hole."""
        return self.to_ms


Event = (
    Trade
    | Quote
    | Book
    | BookDelta
    | Ticker
    | Candle
    | Mark
    | Liquidation
    | WonTicker
    | Premium
    | Gap
)


class Sweep(msgspec.Struct, frozen=True, gc=False):
    """Every fill of one symbol with the same taker side and the same trade time: one order.

    ``price`` is the average, ``first_price`` the price of the first fill, ``levels`` at how many
    prices it was filled. ``book_known`` says whether a quote or book of the symbol had been seen
    before it.
    """

    symbol: str
    side: Side
    at_ms: int
    micros: int
    price: float
    quantity: float
    notional: float
    fills: int
    first_price: float
    last_price: float
    book_known: bool
    recovered: bool
    levels: int = 1


# --- alerts ----------------------------------------------------------------------------------


def severity_of(excess: float) -> Severity:
    """How many times the threshold: 1-2 is a notice, 2-5 a warning, 5 and more critical."""
    if excess >= 5:
        return "critical"
    return "warning" if excess >= 2 else "notice"


class Alert(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What a detector noticed: the common part of all kinds.

    ``id`` is a pure function of the events, so replays, restarts and two pipelines side by side
    cannot alert twice. ``at_ms`` is the exchange time of the triggering event. ``excess`` is the
    measured value over the default threshold.
    """

    NOT_FACTS: ClassVar[frozenset[str]] = frozenset()

    id: str
    symbol: str
    at_ms: int
    excess: float
    recovered: bool = False

    @property
    def kind(self) -> str:
        """The name of the alert's kind, as in settings and commands."""
        return str(self.__struct_config__.tag)

    @property
    def severity(self) -> Severity:
        """Severity against the default threshold."""
        return severity_of(self.excess)

    @property
    def notable(self) -> bool:
        """Whether it deserves a message by default; ``False`` only adds to raw output."""
        return True

    @property
    def way(self) -> Direction | None:
        """Which way the price is pushed or goes; None for what says nothing of it."""
        return None

    @property
    def aspect(self) -> str:
        """What it is about within its kind: other aspects do not repeat each other."""
        return ""

    def facts(self) -> dict[str, object]:
        """What was measured, as JSON numbers and strings."""
        return {
            name: getattr(self, name)
            for name in self.__struct_fields__
            if name not in Alert.__struct_fields__ and name not in self.NOT_FACTS
        }


class LargeTrade(Alert, frozen=True, kw_only=True, tag="large_trade"):
    """One aggressive order (sweep) of at least the threshold's notional.

    ``slippage_bp``: average price against the best price before it, null without a book.
    ``levels``: price levels of the book that it ate, null without a book. ``day_share_pct``: its
    part of what was traded in the 24 hours before, in percent, null if that is not known.
    ``percentile``: share (0-100) of the symbol's own sweeps that were smaller, null in the first
    ``100``. ``per_day``: how often a sweep of this size came per day so far, null likewise.
    ``watched_s``: over how many seconds those came, null where that was not noted; people are told
    ``rank`` and ``daily``. ``change_1m_pct``: price change over the minute up to the order, whose
    own fills are not part of it, in percent.
    """

    RANKED_S: ClassVar[float] = 3_600.0
    """A busy pair has a hundred sweeps within seconds: what people are told of as its recent orders
    is at least an hour's, ..."""
    DAILY_S: ClassVar[float] = 6 * 3_600.0
    """... and a count per day at least a quarter of one's: less is one mood of the market."""

    side: Side
    quantity: float
    price: float
    notional: float
    fills: int
    first_ms: int
    last_ms: int
    slippage_bp: float | None
    percentile: float | None
    per_day: float | None
    change_1m_pct: float | None
    levels: int | None = None
    day_share_pct: float | None = None
    watched_s: float | None = None
    rare: bool

    NOT_FACTS: ClassVar[frozenset[str]] = frozenset({"rare", "watched_s"})

    @property
    def notable(self) -> bool:
        """Large in money and rare for its symbol."""
        return self.rare

    @property
    def rank(self) -> float | None:
        """The percentile, if the data behind it span long enough to be told."""
        return self.percentile if self._spans(self.RANKED_S) else None

    @property
    def daily(self) -> float | None:
        """How often one of its size comes per day, if that can be told."""
        return self.per_day if self._spans(self.DAILY_S) else None

    def _spans(self, least_s: float) -> bool:
        return self.watched_s is None or self.watched_s >= least_s

    @property
    def way(self) -> Direction:
        """Up for bought, down for sold."""
        return "up" if self.side == "buy" else "down"


class PriceJump(Alert, frozen=True, kw_only=True, tag="price_jump"):
    """A move within ``window_s`` seconds far outside the symbol's usual ones, and confirmed.

    ``change_pct`` is of ``from_price``, signed. ``usual_pct`` is the usual size of the largest move
    over such a window in five minutes, 0 while unknown; ``zscore`` is the change over it.
    """

    direction: Literal["up", "down"]
    change_pct: float
    window_s: int
    price: float
    from_price: float
    zscore: float
    usual_pct: float

    @property
    def way(self) -> Direction:
        """As the price went."""
        return self.direction

    @property
    def aspect(self) -> str:
        """A rebound is another move than the fall before it."""
        return self.direction


class Pump(Alert, frozen=True, kw_only=True, tag="pump"):
    """Many market buys within ``window_s`` seconds drive the price up.

    ``buys``: market-buy orders (sweeps); ``rush_orders``: those of them that took several resting
    orders at once; ``notional``: what they paid, quote currency. ``times_usual``: ``buys`` over
    ``usual_buys``, the average of the last twelve hours. ``change_pct``: from the price before the
    window, ``from_price``.
    """

    window_s: int
    buys: int
    usual_buys: float
    times_usual: float
    rush_orders: int
    notional: float
    change_pct: float
    from_price: float
    price: float

    @property
    def way(self) -> Direction:
        """Up: a pump is what buyers do."""
        return "up"


class Spread(Alert, frozen=True, kw_only=True, tag="spread"):
    """Best bid and ask unusually far apart, in basis points of their middle."""

    spread_bp: float
    usual_bp: float
    times_usual: float
    bid: float
    ask: float


CLEAR_PCT = 0.3
"""A smaller change of the price, in percent, says nothing of the way it goes."""


class VolumeSurge(Alert, frozen=True, kw_only=True, tag="volume_surge"):
    """Far more traded within ``window_s`` seconds than the symbol usually does at this time of day.

    ``notional``: what was traded, ``usual``: what usually is in as long, both in the quote
    currency. ``buy_share_pct``: the takers' buys in it, 0-100. ``change_pct``: price change over
    these seconds in percent, null if not known. ``trades``: how many matches.
    """

    window_s: int
    notional: float
    usual: float
    times_usual: float
    buy_share_pct: float
    change_pct: float | None
    trades: int

    @property
    def way(self) -> Direction | None:
        """As the price clearly went."""
        if self.change_pct is None or abs(self.change_pct) < CLEAR_PCT:
            return None
        return "up" if self.change_pct > 0 else "down"


class BookImbalance(Alert, frozen=True, kw_only=True, tag="book_imbalance"):
    """An order book out of its usual balance, ``side`` being the heavier one; ``what`` tells which
    of two things was seen.

    A wall (``wall_appeared``, ``wall_vanished``) is one level: ``price``, ``notional`` (quote
    currency), ``times_usual`` a usual level of its side, ``share_pct`` of what its side showed, as
    last seen whole; ``held_s`` is how long it stood and ``distance_bp`` how far from the middle.

    An ``imbalance`` is of everything within ``distance_bp`` of the middle: ``notional`` on the
    heavier side, ``share_pct`` of what stands on both, ``times_usual`` that side's usual share, for
    ``held_s`` so far; ``price`` is the side's best.
    """

    what: Literal["wall_appeared", "wall_vanished", "imbalance"]
    side: BookSide
    price: float
    notional: float
    times_usual: float
    share_pct: float
    held_s: float
    distance_bp: float

    @property
    def usual_pct(self) -> float | None:
        """Of an imbalance: the side's usual share, percent; None when it is not known."""
        if self.what != "imbalance" or self.times_usual <= 0:
            return None
        return self.share_pct / self.times_usual

    @property
    def aspect(self) -> str:
        """See Alert."""
        return f"{self.what}:{self.side}"


class Kimchi(Alert, frozen=True, kw_only=True, tag="kimchi"):
    """A coin's price in won far from its price in dollars (``level``), or fast away from where it
    was (``change``). All percentages are premiums, negative where Korea pays less.

    ``basis`` is what is judged by: the banks' exchange rate (``bank``: Bitcoin, for the whole
    market) or USDT in won (``tether``: other coins, beyond the market's premium, and Bitcoin while
    no rate is known). ``premium_pct`` is by that, ``bank_pct`` and ``tether_pct`` by either, null
    if not known. ``change_points``: of a change, percentage points within ``window_s`` seconds, at
    one and the same rate; both null of a level. ``won`` and ``price`` are the two prices, ``rate``
    and ``tether`` won per US dollar and per USDT. ``step``: a level that has grown since it was
    told, but not to twice as much: news for whoever waits for just this level.
    """

    what: Literal["level", "change"]
    basis: Literal["bank", "tether"]
    premium_pct: float
    bank_pct: float | None
    tether_pct: float | None
    change_points: float | None
    window_s: int | None
    won: float
    price: float
    rate: float | None
    tether: float | None
    step: bool = False

    NOT_FACTS: ClassVar[frozenset[str]] = frozenset({"step"})

    @property
    def notable(self) -> bool:
        """News to everybody who asked for premiums."""
        return not self.step

    @property
    def aspect(self) -> str:
        """See Alert."""
        turned = self.premium_pct if self.change_points is None else self.change_points
        return f"{self.what}:{'up' if turned >= 0 else 'down'}"


class Liquidated(Alert, frozen=True, kw_only=True, tag="liquidation"):
    """Positions of one side in a future, ``position``, that the exchange closed by force one after
    the other within ``window_s`` seconds.

    All sums are lower bounds, because the exchange tells of at most one a second and symbol:
    ``notional`` and ``largest`` (quote currency), ``quantity`` (base currency) and ``count``.
    ``price`` is the average. ``per_day``: how often at least as much came per day lately, null
    before the first of them was over.
    """

    position: Position
    notional: float
    quantity: float
    price: float
    count: int
    largest: float
    window_s: int
    first_ms: int
    last_ms: int
    per_day: float | None
    rare: bool

    NOT_FACTS: ClassVar[frozenset[str]] = frozenset({"rare"})

    @property
    def notable(self) -> bool:
        """Large in money and rare for its contract."""
        return self.rare

    @property
    def way(self) -> Direction:
        """Longs are sold, shorts are bought back."""
        return "down" if self.position == "long" else "up"

    @property
    def aspect(self) -> str:
        """The other side's is another thing."""
        return self.position


class Funding(Alert, frozen=True, kw_only=True, tag="funding"):
    """What one side of a future pays the other at the next settlement is far more than usual
    (``extreme``), or it is the other side now that pays (``turned``).

    ``rate_pct``: percent of the position a settlement, positive where longs pay, as does ``payer``;
    ``usual_pct`` its usual size over as many hours, null before enough settlements were seen or if
    the hours are not known, and ``times_usual`` the rate over it (0 then). ``before_pct``: of a
    turn, the highest rate of the side that paid before. ``next_ms``: the settlement, ``interval_h``
    hours after the last one (null if not known). ``premium_pct``: how far the future is above what
    it follows, null without an index.
    """

    what: Literal["extreme", "turned"]
    rate_pct: float
    payer: Position
    usual_pct: float | None
    times_usual: float
    before_pct: float | None
    next_ms: int
    interval_h: float | None
    price: float
    premium_pct: float | None

    @property
    def aspect(self) -> str:
        """See Alert."""
        return f"{self.what}:{self.payer}"


AnyAlert = (
    LargeTrade
    | PriceJump
    | Pump
    | Spread
    | VolumeSurge
    | BookImbalance
    | Kimchi
    | Liquidated
    | Funding
)
"""Decodes any stored alert: the field ``kind`` tells which."""


class Part(msgspec.Struct, frozen=True):
    """One symbol of a move: since when, and how far its price is and was at most from where it
    began, in percent; None: its price has not been said to move. ``excess``: its largest jump's."""

    symbol: str
    at_ms: int
    change_pct: float | None
    extreme_pct: float | None
    excess: float = 0.0


class Nearest(msgspec.Struct, frozen=True):
    """How near alerts of a ``kind`` of late: what was ``measured`` at most, against what is
    ``needed`` now, in the same unit (see each detector's ``nearest``); None: not known.

    ``wait_s``: before so many more seconds of data nothing is told whatever is measured.
    """

    kind: str
    measured: float | None = None
    needed: float | None = None
    wait_s: float = 0.0


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs together: alerts of one symbol and direction, or (``symbol`` is ALL) of many.

    ``stage`` says what has just become of it, ``alert`` what made it so (None: its price, or the
    time). ``parts`` are the strongest of its ``symbols``, ``counts`` its alerts by kind. ``led``:
    Bitcoin went first. ``edit``: tell it now; else soon, with what else happens. ``absorbed`` are
    the ids of moves that go on as part of this one. ``leader_pct`` is Bitcoin's change over the
    five minutes before ``alert`` in percent, None if that is not known or it is Bitcoin's own.
    ``starts``: how far its price had gone when each of its alerts was worth a message, in percent
    by the alert's id. ``held_pct``: of the order that its newest message is about, the price half a
    minute later against its average price, in percent; None before that. ``excess`` is the largest
    that its alerts were told with. Of many symbols, 0 of one: ``joined_ms`` is when the last of
    them joined, ``moved_ms`` when a price of theirs last went farther; ``apart``: ``alert`` is no
    price jump, and worth a message to somebody who takes none of these.
    """

    id: str
    symbol: str
    direction: Direction | None
    stage: Stage
    opened_ms: int
    at_ms: int
    severity: Severity
    parts: tuple[Part, ...]
    symbols: int
    counts: dict[str, int]
    led: bool = False
    edit: bool = True
    alert: AnyAlert | None = None
    absorbed: tuple[str, ...] = ()
    leader_pct: float | None = None
    held_pct: float | None = None
    starts: dict[str, float] = {}
    excess: float = 0.0
    joined_ms: int = 0
    moved_ms: int = 0
    apart: bool = False
