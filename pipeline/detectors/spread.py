"""Spread: best bid and ask unusually far apart."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from pipeline.detectors.rolling import HourHighest, KnownScale, possible
from pipeline.model import Book, Event, Gap, Nearest, Quote, Spread, Sweep
from pipeline.ports import SymbolView

Positive = Annotated[float, msgspec.Meta(gt=0)]

LATE_MS = 60_000
"""What is older than the newest by less is late, by more a clock that was put back."""


VERSION: Final = 1


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """What outlives the program."""

    version: int
    usual: KnownScale


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

    Reported once, again when it has stayed at twice what was reported, and afresh after it has
    stayed below half of what is needed, each for ``hold_s`` as well: one message is a blink,
    whatever it says. Nothing is reported before ``warmup_s`` of quotes, a predecessor's among them.
    What is usual has been learnt before the quote that is judged by it
    (market.SymbolState.note_spread). Since no usual spread is below one tick, on a coarse tick an
    alert takes ``times_usual`` ticks. Crossed, one-sided and late quotes are passed over.
    """

    WANTS = (Quote, Book, Gap)

    __slots__ = (
        "_calm_ms",
        "_highest",
        "_hold_ms",
        "_learnt_s",
        "_needed",
        "_newest_id",
        "_newest_ms",
        "_reported",
        "_settings",
        "_since_ms",
        "_symbol",
        "_usual",
    )

    def __init__(self, symbol: str, settings: Settings, view: SymbolView) -> None:
        self._symbol = symbol
        self._settings = settings
        self._hold_ms = settings.hold_s * 1000
        self._usual = view.usual_spread
        self._highest = HourHighest()  # basis points, looked at once a second
        self._needed = settings.min_bp
        self._learnt_s = 0.0  # how much ``_needed`` has been learnt from
        self._newest_ms = 0
        self._newest_id = ""
        self._since_ms = 0  # since when the spread has been wide enough to report
        self._calm_ms = 0  # since when it has been below half of what is needed
        self._reported = 0.0  # excess at the last report, 0 when armed

    def on(self, event: Event | Sweep) -> Iterable[Spread]:
        """See pipeline.ports.Detector."""
        if type(event) is Gap:
            self._forget()
            return ()
        if TYPE_CHECKING:  # asking costs as much as all the rest
            assert isinstance(event, Book | Quote)
        bid, ask = event.bid, event.ask
        if not 0 < bid < ask:
            return ()
        at_ms = event.at_ms
        if at_ms < self._newest_ms:
            if at_ms > self._newest_ms - LATE_MS:
                return ()
            self._forget()
        self._newest_ms = at_ms
        seen_s = self._usual.seen_s
        if seen_s != self._learnt_s:  # once a second
            self._learnt_s = seen_s
            self._highest.note(at_ms, (ask - bid) / (ask + bid) * 20_000)
            usual_bp = self._usual.scale
            self._needed = max(self._settings.min_bp, self._settings.times_usual * usual_bp)
        excess = (ask - bid) / (ask + bid) * 20_000 / self._needed
        if excess < 1.0:
            self._since_ms = 0
            if self._reported:
                self._calm(excess, at_ms)
            return ()
        self._calm_ms = 0
        if excess < 2 * self._reported or seen_s < self._settings.warmup_s:
            self._since_ms = 0
            return ()
        self._since_ms = self._since_ms or at_ms
        if at_ms - self._since_ms < self._hold_ms:
            return ()
        return self._report(bid, ask, at_ms, event.update_id, excess)

    def _calm(self, excess: float, at_ms: int) -> None:
        if excess >= 0.5:
            self._calm_ms = 0
            return
        self._calm_ms = self._calm_ms or at_ms
        if at_ms - self._calm_ms >= self._hold_ms:
            self._reported = 0.0

    def _forget(self) -> None:
        """Nothing holds across missing data."""
        self._newest_ms = self._since_ms = self._calm_ms = 0
        self._reported = 0.0

    def _report(
        self, bid: float, ask: float, at_ms: int, update_id: int, excess: float
    ) -> tuple[Spread, ...]:
        # Spot quotes and books carry no time, so theirs depends on who received them.
        alert_id = f"spread:{self._symbol}:{update_id or at_ms}"
        if alert_id == self._newest_id:
            return ()  # quotes of one millisecond: the next one tells how far it went
        self._newest_id = alert_id
        self._reported = excess
        self._since_ms = 0
        spread_bp = (ask - bid) / (ask + bid) * 20_000
        usual_bp = self._usual.scale
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

    def nearest(self, since_ms: int) -> Nearest:
        """See pipeline.ports.Measuring: the spread in basis points, of one quote a second."""
        wait_s = max(0.0, self._settings.warmup_s - self._usual.seen_s)
        return Nearest("spread", self._highest.since(since_ms), self._needed, wait_s)

    # --- what outlives the program: see pipeline.ports ----------------------------------------

    def state(self) -> bytes:
        """See pipeline.ports.Lasting. The usual spread is the market's, which keeps nothing."""
        return msgspec.msgpack.encode(_Kept(VERSION, self._usual.kept))

    def restore(self, state: bytes) -> None:
        """See pipeline.ports.Lasting."""
        try:
            kept = msgspec.msgpack.decode(state, type=_Kept)
        except msgspec.MsgspecError as error:
            raise ValueError(f"no state of a spread: {error}") from error
        if kept.version != VERSION or not possible([kept.usual]):
            raise ValueError(f"the state of a spread in version {kept.version}")
        self._usual.kept = kept.usual
