"""Large trades: one aggressive order worth at least ``min_notional`` US dollars.

The floor alone is noise on BTC and silence on small coins, so every sweep is also ranked among the
symbol's own: an alert is notable when orders of its size come at most ``per_day`` times a day.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Annotated

import msgspec

from pipeline.detectors.rolling import SizeHistogram
from pipeline.model import Event, LargeTrade, Side, Sweep
from pipeline.ports import RESTLESS, Calm, SymbolView
from pipeline.seconds import Second

ENOUGH = 100
"""Sweeps after which a percentile means something."""

DAY_FRESH_MS = 600_000
"""A rolling day that is older says nothing of the 24 hours before a trade."""


BLOCK_MS = 300_000
"""The largest order is kept of each so many milliseconds, for an hour."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[large_trade]``"""

    enabled: bool = True
    min_notional: Annotated[float, msgspec.Meta(gt=0)] = 50_000.0
    per_day: Annotated[float, msgspec.Meta(gt=0)] = 24.0
    min_quantity: dict[str, Annotated[float, msgspec.Meta(gt=0)]] = {}


class LargeTrades:
    """A sweep of at least ``min_notional`` US dollars, or of a fixed quantity set for the symbol.

    Raw output has every one of them from the first event on. ``excess`` is the notional in dollars
    over ``min_notional``. Where the quote currency has no known dollar rate nothing is reported.
    """

    WANTS = (Sweep,)

    __slots__ = (
        "_at_ms",
        "_before",
        "_block",
        "_largest",
        "_last",
        "_least",
        "_micros",
        "_min_quantity",
        "_newest",
        "_settings",
        "_sizes",
        "_small",
        "_symbol",
        "_view",
    )

    def __init__(self, symbol: str, settings: Settings, view: SymbolView) -> None:
        self._symbol = symbol
        self._settings = settings
        self._least = settings.min_notional
        self._small = Calm(order=self._least)
        self._view = view
        self._sizes = SizeHistogram()
        self._block = -1
        self._largest: deque[tuple[int, float]] = deque(maxlen=13)  # block → quote currency
        self._newest: dict[Side, tuple[str, int]] = {}  # the last id of each side and its parts
        self._at_ms = self._micros = 0  # the newest time, at which both sides may trade: its last
        self._last = self._before = 0.0  # price, and that of the time before it; 0 if not known
        quantities = {name.upper(): least for name, least in settings.min_quantity.items()}
        self._min_quantity = quantities.get(symbol, math.inf)

    def on(self, event: Event | Sweep) -> Iterable[LargeTrade]:
        """See pipeline.ports.Detector."""
        if not isinstance(event, Sweep):
            return ()  # a hole in the data leaves the size statistics valid
        if event.at_ms != self._at_ms or event.micros != self._micros:
            self._at_ms, self._micros = event.at_ms, event.micros
            self._before = self._last
        self._last = event.last_price
        rate, notional = self._view.dollars, event.notional
        excess = notional * rate / self._least if rate is not None else 0.0
        fixed = event.quantity >= self._min_quantity
        alerts: tuple[LargeTrade, ...] = ()
        if excess >= 1 or fixed:
            alerts = (self._alert(event, max(excess, 1.0), fixed),)
        self._sizes.add(notional, event.at_ms)
        self._note_largest(notional, event.at_ms)
        return alerts

    def _note_largest(self, notional: float, at_ms: int) -> None:
        block = at_ms // BLOCK_MS
        if block > self._block:
            self._block = block
            self._largest.append((block, notional))
        elif notional > self._largest[-1][1]:
            self._largest[-1] = (self._block, notional)

    def calm(self, _at_ms: int) -> Calm:
        """See pipeline.ports.Patient."""
        if self._min_quantity < math.inf:
            return RESTLESS
        rate = self._view.dollars
        if rate == 1.0:
            return self._small
        if not rate:
            return RESTLESS  # it may become known at any time
        # A rate that is a price may change while trades wait; in seconds it does not double.
        return Calm(order=self._least / rate / 2)

    def catch_up(self, seconds: Sequence[Second]) -> None:
        """See pipeline.ports.Patient."""
        for second in seconds:
            if second.sizes:
                self._sizes.add_all(second.sizes, second.at_s)
                self._note_largest(max(second.sizes), second.at_s * 1_000)
                self._note_prices(second)

    def _note_prices(self, second: Second) -> None:
        """The last price of the newest time, and of the time before it."""
        if second.before:
            self._before = second.before
        elif (self._at_ms, self._micros) != (second.last_ms, second.micros):
            self._before = self._last
        self._at_ms, self._micros, self._last = second.last_ms, second.micros, second.last

    @property
    def floor(self) -> float:
        """The least order that counts, in dollars."""
        return self._least

    def largest(self, since_ms: int) -> float | None:
        """The largest order of about the time since then (at most an hour), in dollars."""
        rate = self._view.dollars
        lately = [size for block, size in self._largest if block >= since_ms // BLOCK_MS]
        return max(lately) * rate if lately and rate is not None else None

    def _alert(self, sweep: Sweep, excess: float, fixed: bool) -> LargeTrade:
        percentile, per_day = self._sizes.standing(sweep.notional, sweep.at_ms)
        known = self._sizes.seen >= ENOUGH
        return LargeTrade(
            id=self._id(sweep),
            symbol=self._symbol,
            at_ms=sweep.at_ms,
            excess=excess,
            recovered=sweep.recovered,
            side=sweep.side,
            quantity=_told(sweep.quantity),
            price=_told(sweep.price),
            notional=_told(sweep.notional),
            fills=sweep.fills,
            first_ms=sweep.at_ms,
            last_ms=sweep.at_ms,
            slippage_bp=_slippage_bp(sweep) if sweep.book_known else None,
            percentile=percentile if known else None,
            per_day=per_day if known else None,
            watched_s=self._sizes.watched_s if known else None,
            change_1m_pct=self._change_1m_pct(sweep.at_ms),
            levels=sweep.levels if sweep.book_known else None,
            day_share_pct=self._day_share_pct(sweep),
            rare=fixed or per_day is None or per_day <= self._settings.per_day,
        )

    def _change_1m_pct(self, at_ms: int) -> float | None:
        """From the price a minute ago to the last one before the order: what the order itself did
        to the price is its slippage, and no part of this."""
        old = self._view.seconds.back(60, at_ms)
        if not old or not self._before:
            return None
        return (self._before / old - 1.0) * 100.0

    def _day_share_pct(self, sweep: Sweep) -> float | None:
        day = self._view.day
        if day is None or day.quote_volume <= 0 or abs(sweep.at_ms - day.at_ms) > DAY_FRESH_MS:
            return None
        return sweep.notional / day.quote_volume * 100

    def _id(self, sweep: Sweep) -> str:
        """Time and side; the parts of an order whose last fills came late are numbered."""
        stamp = f"{sweep.at_ms}" + (f".{sweep.micros:03}" if sweep.micros else "")
        name = f"large_trade:{self._symbol}:{stamp}:{sweep.side}"
        before, part = self._newest.get(sweep.side, ("", 0))
        part = part + 1 if name == before else 1
        self._newest[sweep.side] = (name, part)
        return name if part == 1 else f"{name}:{part}"

    def state(self) -> bytes:
        """See pipeline.ports.Lasting."""
        return self._sizes.state()

    def restore(self, state: bytes) -> None:
        """See pipeline.ports.Lasting."""
        self._sizes.restore(state)


def _slippage_bp(sweep: Sweep) -> float:
    """Average price against the best price before the order, in basis points, ≥ 0 when worse.

    The best price before an order is by definition that of its first fill. The newest bookTicker
    is no substitute: on the recordings it runs ahead of the trades and shows the other side of
    the move in one sweep of five.
    """
    worse = _told(sweep.price) - sweep.first_price
    return round((worse if sweep.side == "buy" else -worse) / sweep.first_price * 10_000, 4) + 0.0


def _told(total: float) -> float:
    """A sum of decimals without the noise of binary fractions: 12 significant digits."""
    return float(f"{total:.12g}")
