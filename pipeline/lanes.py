"""What is kept of one symbol while it is watched, and which of its trades can wait. Pure.

Nearly every trade raises nothing, and could not have: the price is where it was, the order small.
Detectors say beforehand within which bounds that is so, for some seconds (ports.Patient). Of trades
within the bounds of all only what the orders of each second come to is kept (seconds.py), and told
when one no longer fits. The alerts are the same, each at the same trade.
"""

from collections.abc import Callable
from math import inf
from typing import cast

from pipeline.books import LocalBook
from pipeline.levels import Levels
from pipeline.market import SymbolState
from pipeline.match_ids import MatchIds
from pipeline.model import Book, Quote, Sweep, Trade
from pipeline.panel import Panel, wants
from pipeline.ports import ANYTHING, RESTLESS, Calm, Detector, Patient
from pipeline.sweeps import Sweeps

WAIT_S = 15
"""No trade waits for a later one than that."""

RENEW_MS = 3_000
"""Bounds that end so soon are set anew when a symbol's turn comes, about once a second: those of
all symbols end with the same second, and set by the first trades behind it they hold up each."""

ROUNDING = 1e-9
"""Sums in another order differ by less."""


class Lane(Panel):
    """Everything of one symbol: its state, ids, open sweeps, local book and detectors.

    ``failed`` is told of a detector that broke when it was asked for bounds, and leaves it out.

    A trade can wait (in ``sweeps``) if it is not before ``from_ms``, the one before it, and before
    ``until_ms``, its price lies between ``low`` and ``high``, its ids follow, and what it pays
    leaves something of ``room``, or of what ``refill`` makes of it. ``until_ms`` is 0 while none
    can.
    """

    __slots__ = (
        "_failed",
        "_given",
        "_order",
        "_together",
        "_watchful",
        "book",
        "from_ms",
        "high",
        "ids",
        "low",
        "next_id",
        "patient",
        "room",
        "state",
        "sweeps",
        "until_ms",
    )

    def __init__(
        self,
        state: SymbolState,
        detectors: tuple[Detector, ...],
        failed: Callable[["Lane", Patient], None],
    ) -> None:
        super().__init__(state.symbol, detectors)
        self.state = state
        self._failed = failed
        self.ids = MatchIds()
        self.sweeps = Sweeps(state.symbol)
        self.book: LocalBook | None = None  # where differences come instead of whole books
        self.from_ms, self.until_ms = 0, 0.0
        self.low, self.high, self.room = inf, -inf, 0.0
        # What a single order may pay, and all that wait together; how large ``room`` was then.
        self._order = self._together = self._given = 0.0
        self.next_id = -1
        self.patient: tuple[Patient, ...] | None
        self._know_the_patient()

    def leave_out(self, failed: Detector | Patient | None) -> None:
        """Ask it no more."""
        super().leave_out(failed)
        self._know_the_patient()

    def _know_the_patient(self) -> None:
        """Who is told of trades, and of these who sees books as well; None if one of them cannot
        wait, for then no trade can."""
        told = [d for d in self.detectors if wants(d, Trade) or wants(d, Sweep)]
        patient = [cast(Patient, d) for d in told if hasattr(d, "calm")]
        self.patient = tuple(patient) if len(patient) == len(told) else None
        self._watchful: dict[type, list[Patient]] = {
            kind: [p for p in patient if wants(p, kind)] for kind in (Book, Quote)
        }
        self.until_ms = 0

    @property
    def held(self) -> bool:
        """Whether trades wait: ``ids`` are told of them later."""
        return self.next_id != self.ids.next

    @property
    def first_fill(self) -> Trade | None:
        """The first fill of the newest order, if that has not been ended."""
        return self.sweeps.first_fill

    def local_book(self) -> LocalBook:
        """The book that differences are applied to."""
        if self.book is None:
            self.book = LocalBook(self.state.symbol)
        return self.book

    def may_wait(self, trade: Trade, levels: Levels) -> bool:
        """Set the bounds anew after this trade, which everybody has been told; whether there are
        any, the fills that are still open among them."""
        if trade.first_id < 0 or self.patient is None:
            return False
        at_ms = trade.at_ms
        low, high = levels.between(self.state.symbol)
        order = together = inf
        until_s: float = at_ms // 1000 + WAIT_S
        paid = self.sweeps.notional
        for detector in self.patient:
            calm = self._asked(detector, at_ms)
            low = calm.low if calm.low > low else low
            high = calm.high if calm.high < high else high
            order = calm.order if calm.order < order else order
            together = calm.notional if calm.notional < together else together
            until_s = calm.until_s if calm.until_s < until_s else until_s
            if until_s * 1000 <= at_ms or order <= paid or together <= paid:
                return False
        # All the open fills: a sweep that is to be judged must not end among what waits.
        if not (low < self.sweeps.lowest and self.sweeps.highest < high):
            return False
        self._order, self._together = order * (1 - ROUNDING), together * (1 - ROUNDING) - paid
        self._give_room(paid)
        self.low, self.high = low, high
        self.next_id = self.ids.next
        self.from_ms, self.until_ms = at_ms, int(until_s * 1000)
        return True

    def refill(self, trade: Trade, pays: float) -> bool:
        """Make room for a trade that pays so much, if there can be: from what a single order may
        pay, all that waits was taken."""
        self._together -= self._given - self.room  # what has been paid since room was given
        goes_on = trade.at_ms == self.from_ms and trade.micros == self.sweeps.micros
        self._give_room(self.sweeps.paid() if goes_on else 0.0)
        return self.room > pays

    def _give_room(self, open_order: float) -> None:
        room = self._order - open_order
        self.room = self._given = room if room < self._together else self._together

    def renew(self, levels: Levels) -> None:
        """Bounds that end soon are set further, now that everybody has been told everything."""
        newest = self.state.trade
        if newest is not None and 0 < self.until_ms < newest.at_ms + RENEW_MS:
            self.may_wait(newest, levels)

    def narrow(self, kind: type) -> None:
        """A quote or a book was told: what it made matter does not wait any more."""
        for detector in self._watchful[kind]:
            calm = self._asked(detector, self.from_ms)
            if calm is ANYTHING:
                continue
            self.low = max(self.low, calm.low)
            self.high = min(self.high, calm.high)
            self.until_ms = min(self.until_ms, calm.until_s * 1000)
            if calm.notional < inf or calm.order < inf:
                self.until_ms = 0  # how much of it has been paid is not known here

    def _asked(self, detector: Patient, at_ms: int) -> Calm:
        try:
            return detector.calm(at_ms)
        except Exception:
            self._failed(self, detector)
            return RESTLESS
