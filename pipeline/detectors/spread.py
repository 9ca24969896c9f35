"""Spread: best bid and ask unusually far apart."""

from collections.abc import Iterable
from typing import Annotated

import msgspec

from pipeline.detectors.rolling import RobustScale
from pipeline.model import Book, Event, Gap, Quote, Spread, Sweep
from pipeline.ports import SymbolView

Positive = Annotated[float, msgspec.Meta(gt=0)]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[spread]``"""

    enabled: bool = True
    min_bp: Positive = 10.0
    times_usual: Positive = 5.0
    hold_s: Annotated[float, msgspec.Meta(ge=0)] = 3.0
    warmup_s: Annotated[float, msgspec.Meta(ge=0)] = 300.0


class SpreadWatch:
    """The spread, (ask - bid) over their middle in basis points, stays for ``hold_s`` seconds at or
    above both ``min_bp`` and ``times_usual`` times its usual size of the last hour.

    Reported once, again when it has doubled, and afresh after it fell below half the threshold.
    Nothing is reported before ``warmup_s`` of quotes. Crossed and one-sided books are passed over.
    """

    WANTS = (Quote, Book, Gap)

    __slots__ = (
        "_at_ms",
        "_newest_id",
        "_reported",
        "_settings",
        "_since_ms",
        "_standing_bp",
        "_symbol",
        "_usual",
    )

    def __init__(self, symbol: str, settings: Settings, view: SymbolView) -> None:
        self._symbol = symbol
        self._settings = settings
        self._usual = RobustScale(3_600.0)
        self._at_ms = 0
        self._standing_bp = 0.0  # the spread of the newest quote
        self._newest_id = ""
        self._since_ms = 0  # since when the spread has been wide
        self._reported = 0.0  # excess at the last report, 0 when armed

    def on(self, event: Event | Sweep) -> Iterable[Spread]:
        """See pipeline.ports.Detector."""
        if isinstance(event, Quote):
            bid, ask = event.bid, event.ask
        elif isinstance(event, Book):
            if not event.bids or not event.asks:
                return ()
            bid, ask = event.bids[0][0], event.asks[0][0]
        else:
            if isinstance(event, Gap):
                self._at_ms = self._since_ms = 0
                self._reported = 0.0
            return ()
        if not 0 < bid < ask:
            return ()
        return self._judge(bid, ask, event.at_ms, event.update_id)

    def _judge(self, bid: float, ask: float, at_ms: int, update_id: int) -> tuple[Spread, ...]:
        spread_bp = (ask - bid) / ((ask + bid) / 2) * 10_000
        usual_bp = self._usual.scale
        needed = max(self._settings.min_bp, self._settings.times_usual * usual_bp)
        warm = self._usual.seen_s >= self._settings.warmup_s
        # A quote stands until the next one; a silence of minutes says nothing about the spread.
        passed_s = (at_ms - self._at_ms) / 1000 if self._at_ms else 0.0
        if passed_s >= 0.2 or not self._at_ms:
            if self._at_ms:
                self._usual.add(self._standing_bp, min(passed_s, 5.0))
            self._at_ms = at_ms
        self._standing_bp = spread_bp
        if not warm or spread_bp < needed:
            self._since_ms = 0
            if spread_bp < needed / 2:
                self._reported = 0.0
            return ()
        self._since_ms = self._since_ms or at_ms
        excess = spread_bp / needed
        if at_ms - self._since_ms < self._settings.hold_s * 1000 or excess < 2 * self._reported:
            return ()
        # Spot quotes and books carry no time, so theirs depends on who received them.
        alert_id = f"spread:{self._symbol}:{update_id or at_ms}"
        if alert_id == self._newest_id:
            return ()  # quotes of one millisecond: the next one tells how far it went
        self._newest_id = alert_id
        self._reported = excess
        return (
            Spread(
                id=alert_id,
                symbol=self._symbol,
                at_ms=at_ms,
                excess=excess,
                spread_bp=spread_bp,
                usual_bp=usual_bp,
                times_usual=spread_bp / usual_bp if usual_bp > 0 else 0.0,
                bid=bid,
                ask=ask,
            ),
        )
