"""Pumps: many buyers at once drive a symbol's price up within seconds.

Announced pumps begin with market buys of many people in the same moment. What tells them from the
everyday jumps of small coins is the number of orders: one large order in a thin book moves the
price as far, and takes as many resting orders, but it is one.
"""

import math
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Annotated, Final

import msgspec

from pipeline.detectors.peaks import BLOCK_S, UsualPeaks
from pipeline.detectors.recent_buys import RecentBuys
from pipeline.detectors.rolling import HourHighest
from pipeline.model import Event, Gap, Nearest, Pump, Sweep
from pipeline.ports import RESTLESS, Calm, SymbolView
from pipeline.seconds import Second

WINDOWS_S = (5, 25)
"""The first seconds of a sudden pump, and one that takes half a minute to gather."""

LONGEST_FIRST = tuple(reversed(tuple(enumerate(WINDOWS_S))))

LEAST_BUYS = 4.0
LEAST_RUSH = 1.0
LEAST_RISE = 0.01
"""What a burst is held against where less is usual: a few orders are no crowd, however quiet the
symbol was."""

HIGH_STEP_S = 15
HIGH_STEPS = 60
"""A rise is measured from the highest close of the last quarter of an hour, so that the rebound in
a crash and the swings of a lively market are none."""

AGAIN_MS = 30_000
"""A pump is not told again within so long: it can double several times in its first second."""

ROUNDING = 1e-9

SAME_MS = 900_000
"""After so long without anything a pump is a new one."""

Positive = Annotated[float, msgspec.Meta(gt=0)]


VERSION: Final = 1


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """What outlives the program; ``peaks`` is in words of UsualPeaks."""

    version: int
    seen_s: int
    step: float | None
    peaks: bytes


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[pump]``"""

    enabled: bool = True
    threshold: Positive = 6.5
    min_percent: Positive = 3.0
    one_order_share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.8
    warmup_s: Annotated[float, msgspec.Meta(ge=0)] = 3_600.0


class Pumps:
    """Within 5 or 25 seconds the price rises by at least ``min_percent``, and the number of market
    buys, that of rush orders (buys that took several resting orders at once) and the rise are each
    above, and in the geometric mean ``threshold`` times, what the symbol's busiest such window of
    five minutes usually has (see peaks.UsualPeaks). The short window needs √(5/25) of that: what
    has happened in less time is less likely to have gathered by chance.

    One order that pays more than ``one_order_share`` of the money is no crowd, and one step of the
    price no rise, however coarse its ticks. Nothing is reported before ``warmup_s`` of data and one
    whole block of five minutes, a predecessor's among them; candles of the past would not do, since
    they tell neither orders nor bursts of seconds. One pump is reported once, again when it has
    become twice as strong and half a minute has passed, and afresh after a quarter of an hour
    without one.
    """

    WANTS = (Sweep, Gap)

    __slots__ = (
        "_at_s",
        "_before",
        "_buys",
        "_closes",
        "_from",
        "_highest",
        "_last",
        "_needed",
        "_peaks",
        "_reported",
        "_reported_ms",
        "_rises",
        "_seen_ms",
        "_seen_s",
        "_settings",
        "_step",
        "_symbol",
        "_view",
    )

    def __init__(self, symbol: str, settings: Settings, view: SymbolView) -> None:
        self._symbol = symbol
        self._settings = settings
        self._view = view
        self._peaks = UsualPeaks(3 * len(WINDOWS_S))  # by window: buys, rush orders, rise
        self._seen_s = 0
        self._step = math.inf  # the smallest between two prices: one tick, once it has been seen
        self._reported = 0.0  # excess at the last report, 0 when armed
        self._reported_ms = 0  # and when that was
        self._seen_ms = 0  # when there last was one, reported or not
        self._rises = HourHighest()  # within a window
        self._begin()

    def _begin(self) -> None:
        """No window may reach back beyond this moment."""
        self._at_s = -1
        self._last = 0.0
        self._buys = RecentBuys(WINDOWS_S)
        self._closes: deque[float] = deque(maxlen=HIGH_STEPS)
        self._highest = [0.0] * (WINDOWS_S[-1] // HIGH_STEP_S + 2)  # without the last so many
        # By window, None where not known: the price before it, and the one to rise from.
        self._before: list[float | None] = [None] * len(WINDOWS_S)
        self._from: list[float | None] = [None] * len(WINDOWS_S)
        self._needed = math.inf  # no lower price can be a pump in this second

    def on(self, event: Event | Sweep) -> Iterable[Pump]:
        """See pipeline.ports.Detector."""
        if type(event) is not Sweep:
            if isinstance(event, Gap):
                self._peaks.lose()
                self._begin()
                self._reported = 0.0
            return ()
        second = event.at_ms // 1000
        if second != self._at_s:
            if second < self._at_s:
                return ()  # late: its second is over
            self._turn(second, event.at_ms)
        price, last = event.last_price, self._last
        if price != last:
            step = price - last if price > last else last - price
            if step < self._step:
                self._step = step
            self._last = price
        if event.side == "sell":
            return ()
        self._buys.add(event)
        self._peaks.orders += 1
        if price < self._needed:
            return ()
        return self._judge(event)

    def calm(self, at_ms: int) -> Calm:
        """See pipeline.ports.Patient."""
        second = at_ms // 1000
        if second != self._at_s:
            if second < self._at_s:
                return RESTLESS
            self._turn(second, at_ms)
        rise = 1 + self._settings.min_percent / 100 * (1 - ROUNDING)
        # What a window may rise from: prices up to now, and those to come in half of the band.
        low = least = self._last / math.sqrt(rise)
        before = self._view.seconds.extremes(second - WINDOWS_S[-1], second)
        if before is not None and before[0] < least:
            least = before[0]
        return Calm(low, least * rise)

    def catch_up(self, seconds: Sequence[Second]) -> None:
        """See pipeline.ports.Patient."""
        for second in seconds:
            if not second.sizes:
                continue
            if second.at_s != self._at_s:
                self._turn(second.at_s, second.at_s * 1000)
            apart = abs(second.first - self._last) or math.inf
            self._step = min(self._step, apart, second.step)
            self._last = second.last
            if second.buys:
                self._buys.add_all(second)
                self._peaks.orders += len(second.buys)

    def _turn(self, second: int, at_ms: int) -> None:
        """A later second begins."""
        if self._at_s >= 0:
            self._note_peaks()
            self._seen_s += second - self._at_s
            ended = second // HIGH_STEP_S - self._at_s // HIGH_STEP_S
            if ended:
                self._close(min(ended, HIGH_STEPS))
        self._buys.turn(second)
        self._peaks.turn(second)
        self._at_s = second
        self._measure_from(second, at_ms)

    def _close(self, steps: int) -> None:
        """So many steps are over, with the last price."""
        self._closes.extend([self._last] * steps)
        closes = list(self._closes)
        for left_out in range(len(self._highest)):
            self._highest[left_out] = max(closes[: len(closes) - left_out], default=0.0)

    def _note_peaks(self) -> None:
        """What the windows reached in the second that is over; only buys can have raised it."""
        highest = self._buys.highest
        if not highest:
            return
        reached: list[float] = []
        for window, start in enumerate(self._from):
            buys, rush = self._buys.counts(window)
            rise = 0.0
            if start is not None:
                rise = highest / start - 1
                self._rises.note(self._at_s * 1000, rise)
            reached += (buys, rush, rise)
        self._peaks.note(reached)

    def _measure_from(self, second: int, at_ms: int) -> None:
        """From which price on each window's rise is measured, and where one could be a pump."""
        highest, least = 0.0, math.inf
        back, step = self._view.seconds.back, second // HIGH_STEP_S
        for window, length in LONGEST_FIRST:
            before = self._before[window] = back(length, at_ms)
            if before is None:
                self._from[window] = None
                continue
            # Only closes of steps that were over when the window began. What the longer window
            # began above, the shorter one has seen as well.
            closed = self._highest[step - (second + 1 - length) // HIGH_STEP_S]
            if closed > highest:
                highest = closed
            if before > highest:
                highest = before
            self._from[window] = highest
            least = highest if highest < least else least
        self._needed = least * (1 + self._settings.min_percent / 100)

    def _judge(self, sweep: Sweep) -> tuple[Pump, ...]:
        """Whether this buy completes a pump."""
        if self._seen_s < self._settings.warmup_s or not self._peaks.known:
            return ()
        found = (self._pump(sweep, window) for window in range(len(WINDOWS_S)))
        pump = max((p for p in found if p is not None), key=lambda p: p.excess, default=None)
        if pump is None:
            return ()
        if sweep.at_ms - self._seen_ms > SAME_MS:
            self._reported = 0.0
        self._seen_ms = sweep.at_ms
        if self._reported and (
            pump.excess < 2 * self._reported or sweep.at_ms - self._reported_ms < AGAIN_MS
        ):
            return ()
        self._reported = pump.excess
        self._reported_ms = sweep.at_ms
        return (pump,)

    def _pump(self, sweep: Sweep, window: int) -> Pump | None:
        """The pump that a window shows now, if it does."""
        settings = self._settings
        before, start = self._before[window], self._from[window]
        if before is None or start is None:
            return None
        price, length = sweep.last_price, WINDOWS_S[window]
        rise = price / start - 1
        if rise * 100 < settings.min_percent or price - start < 1.5 * self._step:
            return None
        buys, rush = self._buys.counts(window)
        peak_buys, peak_rush, peak_rise = self._peaks.usual[3 * window : 3 * window + 3]
        times = (
            buys / max(peak_buys, LEAST_BUYS),
            rush / max(peak_rush, LEAST_RUSH),
            rise / max(peak_rise, LEAST_RISE),
        )
        excess = math.cbrt(math.prod(times)) * math.sqrt(WINDOWS_S[-1] / length)
        excess /= settings.threshold
        if excess < 1 or min(times) < 1:
            return None
        paid, largest = self._buys.money(window)
        if largest > settings.one_order_share * paid:
            return None
        average = self._peaks.orders_within(length)
        stamp = f"{sweep.at_ms}" + (f".{sweep.micros:03}" if sweep.micros else "")
        return Pump(
            id=f"pump:{self._symbol}:{stamp}",
            symbol=self._symbol,
            at_ms=sweep.at_ms,
            excess=excess,
            recovered=sweep.recovered,
            window_s=length,
            buys=buys,
            usual_buys=average,
            times_usual=buys / average,
            rush_orders=rush,
            notional=float(f"{paid:.12g}"),  # without the noise of binary fractions
            change_pct=(price / before - 1) * 100,
            from_price=before,
            price=price,
        )

    def nearest(self, since_ms: int) -> Nearest:
        """See pipeline.ports.Measuring: the rise in percent, which alone makes no pump."""
        rise = self._rises.since(since_ms)
        wait_s = max(0.0, self._settings.warmup_s - self._seen_s)
        if not wait_s and not self._peaks.known:
            wait_s = BLOCK_S
        measured = None if rise is None else rise * 100
        return Nearest("pump", measured, self._settings.min_percent, wait_s)

    # --- what outlives the program: see pipeline.ports ----------------------------------------

    def state(self) -> bytes:
        """See pipeline.ports.Lasting."""
        step = None if math.isinf(self._step) else self._step
        return msgspec.msgpack.encode(_Kept(VERSION, self._seen_s, step, self._peaks.state()))

    def restore(self, state: bytes) -> None:
        """See pipeline.ports.Lasting. What was missed is unknown, as after a gap."""
        try:
            kept = msgspec.msgpack.decode(state, type=_Kept)
        except msgspec.MsgspecError as error:
            raise ValueError(f"no state of pumps: {error}") from error
        possible = kept.step is None or 0 < kept.step < math.inf
        if kept.version != VERSION or kept.seen_s < 0 or not possible:
            raise ValueError(f"the state of pumps in version {kept.version}")
        self._peaks.restore(kept.peaks)
        self._seen_s = kept.seen_s
        self._step = math.inf if kept.step is None else kept.step
