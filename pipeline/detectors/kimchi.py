"""Kimchi premium: prices in won far from those in dollars, or fast away from where they were."""

import math
from collections import deque
from collections.abc import Iterable
from typing import Annotated, Final, Literal

import msgspec

from pipeline.detectors.rolling import HourHighest, KnownScale, RobustScale, possible
from pipeline.model import Event, Gap, Kimchi, Nearest, Premium, Sweep
from pipeline.ports import SymbolView

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]

LEADER: Final = "BTCUSDT"
"""Whose premium is the market's; of other coins only what goes beyond it is news."""

LATE_MS: Final = 60_000
"""What is older than the newest by less is late, by more a clock that was put back."""
HOLE_MS: Final = 60_000
"""Nothing is called fast across so long a time without both prices."""
BLOCK_S: Final = 300
"""How often what is usual is learnt from."""
DAY_S: Final = 86_400.0
LEVEL_CALM: Final = 0.8
CHANGE_CALM: Final = 0.5
"""Below so much of what is needed it may be reported afresh."""
STEP: Final = 1.02
"""So many times what was last told of a level is told again, for those with an own threshold."""

VERSION: Final = 1


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[kimchi]``"""

    enabled: bool = True
    high_percent: Positive = 5.0
    low_percent: Positive = 2.0
    coin_percent: Positive = 5.0
    change_points: Positive = 1.0
    coin_change_points: Positive = 3.0
    times_usual: Positive = 5.0
    window_s: Annotated[int, msgspec.Meta(ge=60, le=3_600)] = 300
    hold_s: NotNegative = 10.0
    warmup_s: NotNegative = 300.0


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """What outlives the program: what is usual, and which levels have been reported."""

    version: int
    usual: KnownScale
    high: float
    low: float


class _Latch:
    """Says once that something has stayed at or above what is needed (excess 1) for ``hold_ms``,
    again at twice what was said, and afresh after it has stayed below ``calm`` for as long.
    ``steps``: between these it says whenever it has grown by ``STEP``, or does so once more after
    it had shrunk below ``calm``."""

    __slots__ = ("_calm", "_calm_ms", "_hold_ms", "_since_ms", "_step", "_steps", "said")

    def __init__(self, hold_s: float, calm: float, *, steps: bool = False) -> None:
        self._hold_ms = hold_s * 1000
        self._steps = steps
        self._step = 0.0  # excess of the last step
        self._calm = calm
        self._since_ms = self._calm_ms = 0
        self.said = 0.0  # excess when it was said last, 0 when armed

    def says(self, excess: float, at_ms: int) -> bool:
        if excess < 1:
            self._since_ms = 0
            if self.said:
                self._rest(excess, at_ms)
            return False
        self._calm_ms = 0
        if excess < self._calm * self._step:
            self._step = excess
        if excess < (STEP * self._step if self._steps else 2 * self.said):
            self._since_ms = 0
            return False
        self._since_ms = self._since_ms or at_ms
        if at_ms - self._since_ms < self._hold_ms:
            return False
        self._step, self._since_ms = excess, 0
        return True

    def takes(self, excess: float) -> bool:
        """Whether what it says now is news to everybody, and no step between; noted if it is."""
        if excess < 2 * self.said:
            return False
        self.said = excess
        return True

    def _rest(self, excess: float, at_ms: int) -> None:
        if excess >= self._calm:
            self._calm_ms = 0
            return
        self._calm_ms = self._calm_ms or at_ms
        if at_ms - self._calm_ms >= self._hold_ms:
            self.said = self._step = 0.0

    def know(self, excess: float) -> None:
        """It was so before anybody looked."""
        if excess >= 1:
            self.said = max(self.said, excess)
            self._step = max(self._step, excess)

    def pause(self) -> None:
        """Nothing holds across missing data."""
        self._since_ms = self._calm_ms = 0


class _Extremes:
    """The lowest and the highest value of the last ``window_s``, one a second. Each is the middle
    of three: one odd print is nothing to measure from."""

    __slots__ = ("_highs", "_lows", "_newest", "_second", "_window_ms")

    def __init__(self, window_s: int) -> None:
        self._window_ms = window_s * 1000
        self._lows: deque[tuple[int, float]] = deque()
        self._highs: deque[tuple[int, float]] = deque()
        self._newest: deque[float] = deque(maxlen=3)
        self._second = -1

    def add(self, at_ms: int, value: float) -> None:
        if at_ms // 1000 == self._second:
            return
        self._second = at_ms // 1000
        self._newest.append(value)
        value = sorted(self._newest)[(len(self._newest) - 1) // 2]
        for kept, sign in ((self._lows, 1), (self._highs, -1)):
            while kept and sign * kept[-1][1] >= sign * value:
                kept.pop()
            kept.append((at_ms, value))

    def of(self, at_ms: int) -> tuple[tuple[int, float], tuple[int, float]] | None:
        """When and how low and high it was, within the window before this time."""
        for kept in (self._lows, self._highs):
            while kept and kept[0][0] < at_ms - self._window_ms:
                kept.popleft()
        return (self._lows[0], self._highs[0]) if self._lows else None

    def clear(self) -> None:
        self._lows.clear()
        self._highs.clear()
        self._newest.clear()
        self._second = -1


class KimchiWatch:
    """A premium is reported when it has stayed for ``hold_s`` seconds

    - (``level``) at ``high_percent`` or more, or at ``low_percent`` or more below zero: Bitcoin's,
      by the banks' exchange rate, while that is fresh. Of other coins it is what goes beyond the
      market's premium, measured against USDT in won: ``coin_percent`` either way, so that a rise of
      all is one alert;
    - (``change``) ``change_points`` percentage points (``coin_change_points`` of other coins) away
      from its lowest or highest of the last ``window_s`` seconds, and ``times_usual`` times the
      usual largest such distance of five minutes. It is measured at one exchange rate: a new rate
      is no change.

    Where both are at one moment, it is the change, which tells the level as well. Each is reported
    once, again at twice what was reported, and afresh after it has stayed for ``hold_s`` below 0.8
    (a change: half) of what is needed. What a level reaches between is told by steps that are not
    notable (see Alert.notable), for chats with a threshold of their own. What was so already when
    watching began is no news. Nothing is reported before ``warmup_s`` of data, a predecessor's
    among them, and no change is measured across a gap or a minute without prices.
    """

    WANTS = (Premium, Gap)

    __slots__ = (
        "_block", "_block_ms", "_down", "_extremes", "_high", "_highest", "_low", "_newest_ms",
        "_settings", "_swing", "_symbol", "_up", "_usual", "_whole",
    )  # fmt: skip

    def __init__(self, symbol: str, settings: Settings, view: SymbolView) -> None:
        self._symbol = symbol
        self._settings = settings
        self._whole = symbol == LEADER
        self._usual = RobustScale(DAY_S)
        self._extremes = _Extremes(settings.window_s)
        self._high, self._low = (_Latch(settings.hold_s, LEVEL_CALM, steps=True) for _ in range(2))
        self._up, self._down = (_Latch(settings.hold_s, CHANGE_CALM) for _ in range(2))
        self._highest: HourHighest | None = None  # made with the first price in won
        self._newest_ms = 0
        self._block = -1
        self._block_ms = 0  # when the data of this block began
        self._swing = 0.0  # the largest of this block

    def on(self, event: Event | Sweep) -> Iterable[Kimchi]:
        """See pipeline.ports.Detector."""
        if not isinstance(event, Premium):
            if isinstance(event, Gap):
                self._forget()
            return ()
        at_ms = event.at_ms
        if at_ms <= self._newest_ms:
            if at_ms > self._newest_ms - LATE_MS:
                return ()
            self._forget()
        elif at_ms - self._newest_ms > HOLE_MS:
            self._measure_afresh()
        rate = (event.rate if self._whole else None) or event.tether
        measured = (event.won, event.price, rate or 0.0)
        if not all(math.isfinite(x) and x > 0 for x in measured):
            return ()
        self._newest_ms = at_ms
        # Bitcoin's at whatever rate there is now, others' beyond what the whole market does.
        value = event.won / event.price / (1.0 if self._whole else measured[2])
        scale = measured[2] if self._whole else 1.0
        self._learn(at_ms)
        self._extremes.add(at_ms, value)
        (low_ms, low), (high_ms, high) = self._extremes.of(at_ms) or ((at_ms, value),) * 2
        up, down = max(0.0, (value - low) / scale * 100), max(0.0, (high - value) / scale * 100)
        self._swing = max(self._swing, up, down)
        if self._highest is None:
            self._highest = HourHighest()
        self._highest.note(at_ms, max(up, down))
        return self._judge(event, up, at_ms - low_ms, down, at_ms - high_ms)

    def _judge(
        self, event: Premium, up: float, up_ms: int, down: float, down_ms: int
    ) -> list[Kimchi]:
        settings, at_ms = self._settings, event.at_ms
        warm = self._seen_s >= settings.warmup_s
        alerts: list[Kimchi] = []
        highest = 0.0
        level = event.bank_pct if self._whole else event.tether_pct
        if level is not None:
            above = settings.high_percent if self._whole else settings.coin_percent
            below = settings.low_percent if self._whole else settings.coin_percent
            for latch, excess in ((self._high, level / above), (self._low, -level / below)):
                if not warm:
                    latch.know(excess)
                elif latch.says(excess, at_ms):
                    step = not latch.takes(excess)
                    alerts.append(self._alert(event, "level", excess, step=step))
                    highest = excess
        if warm:
            needed = self._needed
            # A change at the same moment tells the level as well: one alert.
            if self._up.says(up / needed, at_ms) and self._up.takes(up / needed):
                return [self._alert(event, "change", max(highest, up / needed), up, up_ms)]
            if self._down.says(down / needed, at_ms) and self._down.takes(down / needed):
                return [self._alert(event, "change", max(highest, down / needed), -down, down_ms)]
        return alerts

    @property
    def _needed(self) -> float:
        """Percentage points of a change."""
        settings = self._settings
        least = settings.change_points if self._whole else settings.coin_change_points
        return max(least, settings.times_usual * self._usual.scale)

    @property
    def _seen_s(self) -> float:
        under_way = (self._newest_ms - self._block_ms) / 1000 if self._block >= 0 else 0.0
        return self._usual.seen_s + under_way

    def _learn(self, at_ms: int) -> None:
        block = at_ms // (BLOCK_S * 1000)
        if block == self._block:
            return
        if self._block >= 0:
            covered_s = (min(at_ms, (self._block + 1) * BLOCK_S * 1000) - self._block_ms) / 1000
            if covered_s >= 1:
                self._usual.add(self._swing, covered_s)
        self._block, self._block_ms, self._swing = block, at_ms, 0.0

    def _measure_afresh(self) -> None:
        self._extremes.clear()
        self._up.pause()
        self._down.pause()
        self._block, self._swing = -1, 0.0

    def _forget(self) -> None:
        """Nothing holds across missing data."""
        self._measure_afresh()
        self._high.pause()
        self._low.pause()

    def _alert(
        self,
        event: Premium,
        what: Literal["level", "change"],
        excess: float,
        points: float | None = None,
        took_ms: int = 0,
        *,
        step: bool = False,
    ) -> Kimchi:
        by_bank = self._whole and event.bank_pct is not None
        premium_pct = event.bank_pct if by_bank else event.tether_pct
        return Kimchi(
            id=f"kimchi:{self._symbol}:{what}:{event.at_ms}",
            symbol=self._symbol,
            at_ms=event.at_ms,
            excess=excess,
            what=what,
            basis="bank" if by_bank else "tether",
            premium_pct=premium_pct or 0.0,
            bank_pct=event.bank_pct,
            tether_pct=event.tether_pct,
            change_points=points,
            window_s=None if points is None else max(1, round(took_ms / 1000)),
            won=event.won,
            price=event.price,
            rate=event.rate,
            tether=event.tether,
            step=step,
        )

    def nearest(self, since_ms: int) -> Nearest:
        """See pipeline.ports.Measuring: the largest change in percentage points."""
        if self._highest is None:  # not traded in won, or no prices in won
            return Nearest("kimchi", needed=self._needed)
        wait_s = max(0.0, self._settings.warmup_s - self._seen_s)
        return Nearest("kimchi", self._highest.since(since_ms), self._needed, wait_s)

    # --- what outlives the program: see pipeline.ports ----------------------------------------

    def state(self) -> bytes:
        """See pipeline.ports.Lasting."""
        kept = _Kept(VERSION, self._usual.kept, self._high.said, self._low.said)
        return msgspec.msgpack.encode(kept)

    def restore(self, state: bytes) -> None:
        """See pipeline.ports.Lasting."""
        try:
            kept = msgspec.msgpack.decode(state, type=_Kept)
        except msgspec.MsgspecError as error:
            raise ValueError(f"no state of a premium: {error}") from error
        if kept.version != VERSION or not possible([kept.usual, (kept.high, kept.low)]):
            raise ValueError(f"the state of a premium in version {kept.version}")
        self._usual.kept = kept.usual
        self._high.know(kept.high)
        self._low.know(kept.low)
