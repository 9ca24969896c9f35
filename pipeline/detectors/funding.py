"""Funding: what one side of a future pays the other is far more than usual, or changes hands.

The rate is what would be paid at the next settlement if nothing changed, and settlements are 1, 4
or 8 hours apart, so a contract is compared with its own settlements, never with other contracts.
The exchange changes how far apart they are, so what is usual is known an hour.
"""

import math
import statistics
from collections import deque
from collections.abc import Iterable
from typing import Annotated, Final, Literal

import msgspec

from pipeline.detectors.rolling import HourHighest
from pipeline.model import Event, Funding, Gap, Mark, Nearest, Position, Sweep
from pipeline.ports import SymbolView

SETTLEMENTS: Final = 21
"""A week of those eight hours apart."""
ENOUGH: Final = 6
"""Settlements after which it is known what is usual."""
GREW: Final = 2.0
"""What is extreme is told again at so many times what was told."""
CALM: Final = 0.5
"""It is over at so much of what was told."""
UNKNOWN_TURN_PCT: Final = 0.05
"""What both sides of a turn must reach while it is not known what is usual."""
HOUR_MS: Final = 3_600_000
"""Settlements are no nearer to each other, so in less at most one lies behind."""
LONGEST_MS: Final = 24 * HOUR_MS
"""Settlements are no farther apart, and what is older than the newest by more is not late: the
clock was put back."""
Positive = Annotated[float, msgspec.Meta(gt=0)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]
Finite = Annotated[float, msgspec.Meta(ge=-100.0, le=100.0)]  # percent: a whole position
Apart = Annotated[int, msgspec.Meta(ge=0, le=LONGEST_MS)]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[funding]``"""

    enabled: bool = True
    min_percent: Positive = 0.05
    times_usual: Positive = 5.0
    always_percent: Positive = 0.5
    hold_s: Seconds = 60.0
    turn_percent: Positive = 0.01
    turn_hold_s: Seconds = 600.0
    turn_after_s: Seconds = 28_800.0


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """What outlives the program."""

    version: int
    settled: list[Finite]
    rate_pct: Finite
    seen_ms: int
    next_ms: int
    interval_ms: Apart
    told_pct: Finite
    side: Literal["", "long", "short"]
    side_ms: int
    peak_pct: Finite


class FundingWatch:
    """``extreme``: the rate is at least ``min_percent`` percent of the position a settlement and
    ``times_usual`` times the contract's usual one (the median size of its last 21 settlements an
    hour, over as many hours as they are apart now), or ``always_percent`` before 6 of them were
    seen and while it is not known how far apart they are, for ``hold_s`` seconds.

    ``turned``: after ``turn_after_s`` seconds in which one side paid, the other one does, for
    ``turn_hold_s`` seconds; either at least ``turn_percent`` percent and what is usual (0.05 while
    that is not known). No warm-up besides these seconds. Hysteresis: what is extreme is told again
    when it has doubled, or once it had calmed down to half of what was told; between the two sides
    of a turn lies twice what either must reach. ``excess`` is the rate over what an extreme needs;
    a turn is a notice.

    How far settlements are apart is seen when one lies behind, or the next one is moved nearer. The
    first one that is seen is taken to be as far from the one before it as from the one after it.
    After an hour without a rate they are taken to be as far apart as before, if that fits; if not,
    what is usual is unknown until one more lies behind.
    """

    VERSION: Final = 2
    WANTS = (Mark, Gap)

    __slots__ = (
        "_at_ms",
        "_extreme_ms",
        "_interval_ms",
        "_lately",
        "_next_ms",
        "_peak_pct",
        "_rate_pct",
        "_seen_ms",
        "_settings",
        "_settled",
        "_side",
        "_side_ms",
        "_symbol",
        "_told_pct",
        "_turn_ms",
        "_usual_hourly",
    )

    def __init__(self, symbol: str, settings: Settings, view: SymbolView) -> None:
        self._symbol = symbol
        self._settings = settings
        self._settled: deque[float] = deque(maxlen=SETTLEMENTS)  # percent an hour, signed
        self._usual_hourly: float | None = None  # percent
        self._at_ms = self._next_ms = self._interval_ms = 0
        self._rate_pct, self._seen_ms = 0.0, 0  # the newest rate, by a program before as well
        self._extreme_ms: int | None = None  # since when it is
        self._told_pct = 0.0  # what was told and has not calmed down, signed
        self._side: Position | None = None  # who pays, clearly
        self._side_ms = 0  # since when
        self._peak_pct = 0.0  # the most it paid, signed
        self._turn_ms: int | None = None  # since when the other side pays
        self._lately = HourHighest()

    def on(self, event: Event | Sweep) -> Iterable[Funding]:
        """See pipeline.ports.Detector."""
        if isinstance(event, Gap):
            self._extreme_ms = self._turn_ms = None
            return ()
        if not isinstance(event, Mark) or not self._is_next(event):
            return ()
        self._settle(event)
        self._seen_ms, self._rate_pct = event.at_ms, event.rate * 100
        self._lately.note(event.at_ms, abs(self._rate_pct))
        found = (self._extreme(event), self._turn(event))
        return [alert for alert in found if alert is not None]

    def _is_next(self, mark: Mark) -> bool:
        if self._at_ms - LONGEST_MS < mark.at_ms <= self._at_ms:
            return False
        if mark.at_ms <= self._at_ms:
            self._extreme_ms = self._turn_ms = None
            self._side_ms = min(self._side_ms, mark.at_ms)
            self._next_ms = 0
        self._at_ms = mark.at_ms
        return True

    def _settle(self, mark: Mark) -> None:
        """A settlement lies behind when a later one is the next. If an earlier one is, it was
        moved."""
        due_ms, before_ms = self._next_ms, self._interval_ms
        later_ms = mark.next_ms - due_ms
        if before_ms and before_ms + later_ms < HOUR_MS:
            return  # a late word of one that lies behind already
        self._next_ms = mark.next_ms
        if not due_ms or not later_ms:
            return
        self._interval_ms = self._apart(later_ms, missed=mark.at_ms - self._seen_ms >= HOUR_MS)
        known_ms = before_ms or self._interval_ms
        if later_ms > 0 and known_ms:
            self._settled.append(self._rate_pct / (known_ms / HOUR_MS))
            self._know_the_usual()
        if before_ms and self._interval_ms:
            self._told_pct *= self._interval_ms / before_ms

    def _apart(self, later_ms: int, *, missed: bool) -> int:
        """How far the next settlement is from the one before it; 0: not known."""
        known_ms = self._interval_ms
        if later_ms < 0:  # the one before it stays
            apart_ms = known_ms + later_ms
        elif missed:  # others may lie behind as well
            apart_ms = known_ms if known_ms and not later_ms % known_ms else 0
        else:
            apart_ms = later_ms
        return apart_ms if HOUR_MS <= apart_ms <= LONGEST_MS else 0

    def _know_the_usual(self) -> None:
        sizes = [abs(rate) for rate in self._settled]
        self._usual_hourly = statistics.median(sizes) if len(sizes) >= ENOUGH else None

    @property
    def _usual_pct(self) -> float | None:
        """What is usual over as long as settlements are apart now."""
        if self._usual_hourly is None or not self._interval_ms:
            return None
        return self._usual_hourly * (self._interval_ms / HOUR_MS)

    @property
    def needed_pct(self) -> float:
        """What an extreme must reach."""
        usual_pct, settings = self._usual_pct, self._settings
        if usual_pct is None:
            return max(settings.min_percent, settings.always_percent)
        return max(settings.min_percent, settings.times_usual * usual_pct)

    def _extreme(self, mark: Mark) -> Funding | None:
        rate_pct, needed_pct = self._rate_pct, self.needed_pct
        size, told = abs(rate_pct), self._told_pct
        if told and (size < CALM * abs(told) or (rate_pct > 0) != (told > 0)):
            told = self._told_pct = 0.0
        if size < max(needed_pct, GREW * abs(told)):
            self._extreme_ms = None
            return None
        if self._extreme_ms is None:
            self._extreme_ms = mark.at_ms
        if mark.at_ms - self._extreme_ms < self._settings.hold_s * 1000:
            return None
        self._extreme_ms, self._told_pct = None, rate_pct
        return self._alert(mark, "extreme", size / needed_pct, None)

    def _turn(self, mark: Mark) -> Funding | None:
        rate_pct, settings = self._rate_pct, self._settings
        usual_pct = self._usual_pct
        if usual_pct is None:
            usual_pct = UNKNOWN_TURN_PCT
        if abs(rate_pct) < max(settings.turn_percent, usual_pct):
            self._turn_ms = None  # neither side clearly
            return None
        side: Position = "long" if rate_pct > 0 else "short"
        if side == self._side:
            self._turn_ms = None
            self._peak_pct = max(self._peak_pct, rate_pct, key=abs)
            return None
        if self._turn_ms is None:
            self._turn_ms = mark.at_ms
        if mark.at_ms - self._turn_ms < settings.turn_hold_s * 1000:
            return None
        lasted_ms = self._turn_ms - self._side_ms
        turned = self._side is not None and lasted_ms >= settings.turn_after_s * 1000
        before_pct = self._peak_pct
        self._side, self._side_ms, self._peak_pct = side, self._turn_ms, rate_pct
        self._turn_ms = None
        return self._alert(mark, "turned", 1.0, before_pct) if turned else None

    def _alert(
        self,
        mark: Mark,
        what: Literal["extreme", "turned"],
        excess: float,
        before_pct: float | None,
    ) -> Funding:
        usual_pct = self._usual_pct
        return Funding(
            id=f"funding:{self._symbol}:{mark.at_ms}:{what}",
            symbol=self._symbol,
            at_ms=mark.at_ms,
            excess=excess,
            what=what,
            rate_pct=_plain(self._rate_pct),
            payer="long" if self._rate_pct > 0 else "short",
            usual_pct=None if usual_pct is None else _plain(usual_pct),
            times_usual=abs(self._rate_pct) / usual_pct if usual_pct else 0.0,
            before_pct=None if before_pct is None else _plain(before_pct),
            next_ms=mark.next_ms,
            interval_h=self._interval_ms / HOUR_MS if self._interval_ms else None,
            price=mark.price,
            premium_pct=mark.premium_pct,
        )

    def nearest(self, since_ms: int) -> Nearest:
        """See pipeline.ports.Measuring: percent a settlement."""
        return Nearest("funding", self._lately.since(since_ms), self.needed_pct)

    def state(self) -> bytes:
        """See pipeline.ports.Lasting."""
        side: Literal["", "long", "short"] = self._side or ""
        kept = _Kept(
            self.VERSION, list(self._settled), self._rate_pct, self._seen_ms, self._next_ms,
            self._interval_ms, self._told_pct, side, self._side_ms, self._peak_pct,
        )  # fmt: skip
        return msgspec.msgpack.encode(kept)

    def restore(self, state: bytes) -> None:
        """See pipeline.ports.Lasting."""
        try:
            kept = msgspec.msgpack.decode(state, type=_Kept)
        except msgspec.MsgspecError as error:
            raise ValueError(f"no state of a funding rate: {error}") from error
        if kept.version != self.VERSION:
            raise ValueError(f"the state of a funding rate in version {kept.version}")
        percents = (*kept.settled, kept.rate_pct, kept.told_pct, kept.peak_pct)
        if not all(map(math.isfinite, percents)):
            raise ValueError("the state of a funding rate with impossible numbers")
        self._settled = deque(kept.settled, maxlen=SETTLEMENTS)
        self._rate_pct, self._seen_ms = kept.rate_pct, kept.seen_ms
        self._next_ms, self._interval_ms = kept.next_ms, kept.interval_ms
        self._told_pct, self._side = kept.told_pct, kept.side or None
        self._side_ms, self._peak_pct = kept.side_ms, kept.peak_pct
        self._know_the_usual()


def _plain(percent: float) -> float:
    """A product without the noise of binary fractions: 12 significant digits."""
    return float(f"{percent:.12g}")
