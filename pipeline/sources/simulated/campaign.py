"""Planted events that last: the phases of a pump, a crash or a spread, and their measurement."""

import math

import msgspec

from pipeline.sources.simulated.pairs import Pair
from pipeline.sources.simulated.plan import Planted, PlantedKind


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of an event.

    ``change`` is where the log price stands at its end against the event's beginning; None leaves
    the price alone. ``orders_per_s`` market orders of about ``notional`` (quote currency) drive
    it. ``flow`` and ``spread`` multiply the usual ones.
    """

    ms: int
    change: float | None = None
    buy: bool = True
    orders_per_s: float = 0.0
    notional: float = 0.0
    flow: float = 1.0
    spread: float = 1.0


def pump(pair: Pair, rise_pct: float, rush_ms: int) -> list[Phase]:
    """Buyers rush in, the pumpers sell to them, three quarters of the rise are lost again."""
    top = math.log1p(rise_pct / 100)
    rush = Phase(
        ms=rush_ms, change=top, buy=True, orders_per_s=6, notional=0.15 * pair.depth, flow=4
    )
    dump = Phase(
        ms=rush_ms * 3 // 4,
        change=math.log1p(rise_pct / 400),
        buy=False,
        orders_per_s=5,
        notional=0.12 * pair.depth,
        flow=3,
    )
    return [rush, dump]


def crash(pair: Pair, fall_pct: float, over_ms: int) -> list[Phase]:
    """Sellers push the leader down; a third of the fall is regained."""
    low = math.log1p(-fall_pct / 100)
    fall = Phase(
        ms=over_ms, change=low, buy=False, orders_per_s=7, notional=0.025 * pair.depth, flow=3
    )
    rebound = Phase(
        ms=over_ms, change=low * 2 / 3, orders_per_s=2, notional=0.01 * pair.depth, flow=1.5
    )
    return [fall, rebound]


def widen(times: float, for_ms: int) -> list[Phase]:
    """Quotes are pulled and few trade."""
    return [Phase(ms=for_ms, spread=times, flow=0.3)]


class Campaign:
    """A planted event that is going on in one pair."""

    def __init__(self, record: Planted, pair: Pair, start_log: float, phases: list[Phase]) -> None:
        self.announced = record
        self.record = record
        self.began_ms = record.at_ms
        self.spread_seen = 0
        self._pair = pair
        self._start_log = start_log
        self._phases = phases
        self._spread_before = 1
        self._high = self._low = 0

    @classmethod
    def begin(
        cls,
        kind: PlantedKind,
        pair: Pair,
        now_ms: int,
        start_log: float,
        phases: list[Phase],
        price: int,
        spread: int,
    ) -> "Campaign":
        """Start now, at the last ``price`` and the ``spread`` (ticks) there is."""
        record = Planted(
            kind=kind,
            symbol=pair.symbol,
            at_ms=now_ms,
            until_ms=now_ms + sum(phase.ms for phase in phases),
            done=False,
            side=None if kind == "spread" else ("buy" if phases[0].buy else "sell"),
            first_price=pair.price_of(price),
        )
        campaign = cls(record, pair, start_log, phases)
        campaign._spread_before = max(1, spread)
        campaign._high = campaign._low = price
        return campaign

    def aim(self, at_ms: int) -> tuple[Phase | None, float | None]:
        """The phase at a time and the log price it steers to just then."""
        passed = at_ms - self.began_ms
        before = 0.0
        for phase in self._phases:
            if passed < phase.ms:
                if phase.change is None:
                    return phase, None
                share = max(0.0, passed / phase.ms)
                return phase, self._start_log + before + (phase.change - before) * share
            passed -= phase.ms
            before = phase.change or 0.0
        return None, None

    def flow(self, at_ms: int) -> float:
        """How many ordinary orders come, against the usual number."""
        phase, _ = self.aim(at_ms)
        return 1.0 if phase is None else phase.flow

    def see(self, price: int) -> None:
        """Count a traded price (ticks)."""
        self._high = max(self._high, price)
        self._low = min(self._low, price)

    def measured(self, at_ms: int, price: int) -> Planted:
        """The event as it really was, now that it is over at the last ``price``."""
        first = self.record.first_price
        furthest = self._low if self.record.kind == "crash" else self._high
        moved = 0.0
        if self.record.kind != "spread":
            moved = (self._pair.price_of(furthest) / first - 1) * 100
        return msgspec.structs.replace(
            self.record,
            until_ms=at_ms,
            done=True,
            last_price=self._pair.price_of(price),
            change_pct=moved,
            times=self.spread_seen / self._spread_before if self.record.kind == "spread" else 0.0,
        )
