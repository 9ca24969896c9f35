"""Volume surges: far more is traded than this symbol usually trades at this time of day."""

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import repeat
from operator import add
from typing import Annotated, Final

import msgspec

from pipeline.detectors.rolling import HourHighest
from pipeline.detectors.time_of_day import SLOT_MS, TimeOfDay
from pipeline.model import Candle, Event, Gap, Nearest, Sweep, VolumeSurge
from pipeline.ports import RESTLESS, Calm, SymbolView
from pipeline.seconds import Second

Positive = Annotated[float, msgspec.Meta(gt=0)]

BUCKET_MS: Final = 10_000
SILENCE_MS: Final = 1_800_000
"""After so long without a trade nobody knows whether there was none or data are missing."""

LATE_MS: Final = 60_000
"""Trades so far behind are not merely out of order: ..."""

BEHIND: Final = 5
"""... after so many of them in a row the newest time seen was wrong."""

PAST_BARS: Final = 480
"""Half hours of the past to learn from: ten days."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[volume_surge]``"""

    enabled: bool = True
    window_s: Annotated[int, msgspec.Meta(ge=60, le=1_800)] = 300
    times_usual: Positive = 10.0
    day_percent: Annotated[float, msgspec.Meta(ge=0)] = 4.0
    min_notional: Positive = 100_000.0
    min_trades: Annotated[int, msgspec.Meta(ge=1)] = 30
    warmup_s: Annotated[float, msgspec.Meta(ge=0)] = 21_600.0


class VolumeSurges:
    """The value traded in the last ``window_s`` seconds, in at least ``min_trades`` trades, is at
    least ``times_usual`` times what the symbol usually trades in as long at this time of day (and
    traded on average in the last hours), ``day_percent`` percent of what it trades in a usual day,
    and ``min_notional`` US dollars.

    What is usual is learnt half hour by half hour over days (see time_of_day.TimeOfDay), of the
    half hours at both ends of the window the larger one. Nothing is reported before ``warmup_s``
    seconds of data, of a symbol that usually trades nothing, or where the quote currency has no
    known dollar rate. The window moves in steps of ten seconds, so up to ten less are in it.

    Reported once, again when it has doubled, and afresh after it fell below half the threshold.
    ``excess`` is the value over the largest of the three thresholds. After a gap, or half an hour
    without a trade, the window begins afresh: an alert then tells of the seconds since. Where there
    are no trades, closed candles not longer than the window count at their close.
    """

    WANTS = (Sweep, Candle, Gap)

    __slots__ = (
        "_bar",
        "_bars_to_ms",
        "_base",
        "_began_ms",
        "_behind",
        "_bought",
        "_bought_by",
        "_bucket",
        "_enough",
        "_from_ms",
        "_highest",
        "_known_to_ms",
        "_live_from_ms",
        "_needed",
        "_newest_id",
        "_rate",
        "_settings",
        "_size",
        "_symbol",
        "_traded",
        "_trades",
        "_trades_by",
        "_until_ms",
        "_usual",
        "_value",
        "_value_by",
        "_view",
    )

    def __init__(self, symbol: str, settings: Settings, view: SymbolView) -> None:
        self._symbol = symbol
        self._settings = settings
        self._view = view
        self._usual = TimeOfDay()
        self._highest = HourHighest()  # value of a whole window
        self._size = -(-settings.window_s * 1000 // BUCKET_MS)
        self._bar = 1.0  # excess that is (again) worth an alert
        self._newest_id = ""
        self._traded = False
        self._bars_to_ms = 0  # the end of the newest candle
        self._known_to_ms = 0  # the past is known up to here,
        self._live_from_ms: int | None = None  # and watched from here on
        self._forget()

    def _forget(self) -> None:
        """No window may reach back beyond this moment; what is usual stays known."""
        self._bucket = -1
        self._began_ms = 0  # when the window's data begin
        self._from_ms = self._until_ms = 0  # what counts into the bucket under way,
        self._value = self._bought = 0.0  # and what did
        self._trades = 0
        self._behind = 0
        self._value_by = array("d", repeat(0.0, self._size))  # the buckets before, by number
        self._bought_by = array("d", repeat(0.0, self._size))
        self._trades_by = array("q", repeat(0, self._size))
        self._base = 0.0  # their value
        self._rate = 0.0  # usual value per second
        self._needed = self._enough = math.inf  # of the window, and of the bucket under way

    def on(self, event: Event | Sweep) -> Iterable[VolumeSurge]:
        """See pipeline.ports.Detector."""
        if type(event) is Sweep:
            at_ms = event.at_ms
            if at_ms >= self._until_ms:
                self._turn(at_ms)
            elif at_ms >= self._from_ms:
                self._behind = 0
            elif self._is_behind(at_ms):
                return ()
            notional = event.notional
            self._value += notional
            self._trades += event.fills
            if event.side == "buy":
                self._bought += notional
            if self._value < self._enough:
                return ()
            return self._judge(at_ms, event.recovered)
        if isinstance(event, Candle):
            return self._on_candle(event) if event.closed and not self._traded else ()
        if isinstance(event, Gap):
            self._forget()
            self._bars_to_ms = max(self._bars_to_ms, event.to_ms)  # a candle with a hole in it
        return ()

    def calm(self, at_ms: int) -> Calm:
        """See pipeline.ports.Patient."""
        if not self._traded or at_ms < self._from_ms:
            return RESTLESS
        if at_ms >= self._until_ms:
            if self._view.dollars != 1.0:
                return RESTLESS  # what is needed is set by the rate when the order has ended
            self._turn(at_ms)
        room = self._enough - self._value
        return Calm(notional=room, until_s=self._stands_until(at_ms) // 1000)

    def _stands_until(self, at_ms: int) -> int:
        """Until when ``room`` is not too much: of the buckets to come none needs less before
        another half hour is learnt, or begins at either end of the window."""
        if self._bar > 1.0 or self._view.dollars != 1.0:
            return self._until_ms
        window_ms = self._settings.window_s * 1000
        begins_ms = (at_ms - window_ms) // SLOT_MS * SLOT_MS + SLOT_MS + window_ms
        ends_ms = min(self._usual.stands_until(at_ms), begins_ms)
        return max(self._until_ms, ends_ms // BUCKET_MS * BUCKET_MS)

    def catch_up(self, seconds: Sequence[Second]) -> None:
        """See pipeline.ports.Patient."""
        self._behind = 0
        for second in seconds:
            if not second.sizes:
                continue
            at_ms = second.at_s * 1000
            if at_ms >= self._until_ms:  # buckets begin with seconds
                self._turn(at_ms)
            self._value = reduce(add, second.sizes, self._value)  # in their order, as ``on`` does
            self._bought = reduce(add, second.buys, self._bought)
            self._trades += second.fills

    def _on_candle(self, candle: Candle) -> Iterable[VolumeSurge]:
        if candle.open_ms < self._bars_to_ms:
            return ()  # repeated or late
        if candle.open_ms > self._bars_to_ms:
            self._forget()  # the first one, or some are missing
        end_ms = self._bars_to_ms = candle.close_ms + 1
        if self._live_from_ms is None:
            self._live_from_ms = candle.open_ms
        self._usual.add(candle.open_ms, end_ms, candle.quote_volume)
        if end_ms - candle.open_ms > self._settings.window_s * 1000:
            return ()
        self._begin_bucket(candle.close_ms, candle.open_ms)
        self._until_ms = 0  # a trade after a candle begins afresh
        self._value += candle.quote_volume
        self._bought += candle.taker_buy_quote_volume
        self._trades += candle.trades
        if not candle.trades and candle.quote_volume > 0:  # a file may leave out the count
            self._trades += self._settings.min_trades
        if self._value < self._enough:
            return ()
        return self._judge(candle.close_ms, False)

    def _is_behind(self, at_ms: int) -> bool:
        """Whether a late trade is too late to count; a little late it counts as if it came now."""
        if at_ms >= self._from_ms - LATE_MS:
            self._behind = 0
            return False
        self._behind += 1
        if self._behind < BEHIND:
            return True
        self._forget()
        self._turn(at_ms)
        return False

    def _turn(self, at_ms: int) -> None:
        """A trade behind the bucket under way: learn from that, and begin another."""
        if not self._traded:
            self._traded = True
            if self._live_from_ms is None:
                self._live_from_ms = at_ms
            self._forget()  # candles
        if self._bucket >= 0:
            self._usual.add(self._from_ms, self._until_ms, self._value)
            if at_ms - self._until_ms > SILENCE_MS:
                self._forget()
            else:
                self._usual.add(self._until_ms, at_ms - at_ms % BUCKET_MS, 0.0)
        self._begin_bucket(at_ms, at_ms)

    def _begin_bucket(self, at_ms: int, began_ms: int) -> None:
        """Move the window so that its last bucket is the one of ``at_ms``; data begin at
        ``began_ms`` where there is no window yet."""
        bucket, size = at_ms // BUCKET_MS, self._size
        if bucket == self._bucket:
            return
        before = 0.0
        if self._bucket < 0:
            self._began_ms = self._from_ms = began_ms
        else:
            self._keep(self._bucket % size, self._value, self._bought, self._trades)
            for idle in range(max(self._bucket + 1, bucket - size), bucket):
                self._keep(idle % size, 0.0, 0.0, 0)
            before = math.fsum(self._value_by)
            self._highest.note(self._until_ms or at_ms, before)
            self._keep(bucket % size, 0.0, 0.0, 0)
            self._value = self._bought = 0.0
            self._trades = 0
            self._from_ms = bucket * BUCKET_MS
        self._bucket = bucket
        self._until_ms = (bucket + 1) * BUCKET_MS
        self._behind = 0
        self._base = math.fsum(self._value_by)
        self._set_needed(at_ms, before)

    def _keep(self, place: int, value: float, bought: float, trades: int) -> None:
        self._value_by[place] = value
        self._bought_by[place] = bought
        self._trades_by[place] = trades

    def _set_needed(self, at_ms: int, before: float) -> None:
        """What the window and the bucket under way must reach for an alert; ``before`` is what the
        window before this one had."""
        settings, usual = self._settings, self._usual
        self._needed = math.inf
        self._rate = max(usual.usual(at_ms), usual.usual(at_ms - settings.window_s * 1000))
        dollars = self._view.dollars
        if usual.seen_s >= settings.warmup_s and self._rate > 0 and dollars:
            self._needed = max(
                settings.times_usual * max(self._rate, usual.recent) * settings.window_s,
                settings.day_percent / 100 * usual.day,
                settings.min_notional / dollars,
            )
        if before < self._needed / 2:
            self._bar = 1.0
        self._enough = self._needed * self._bar - self._base

    def _judge(self, at_ms: int, recovered: bool) -> tuple[VolumeSurge, ...]:
        trades = sum(self._trades_by) + self._trades
        name = f"volume_surge:{self._symbol}:{at_ms}"
        if trades < self._settings.min_trades or name == self._newest_id:
            return ()  # orders of one time share an id: the next one tells how much it became
        self._newest_id = name
        notional = self._base + self._value
        excess = notional / self._needed
        self._bar = 2 * excess
        self._enough = self._needed * self._bar - self._base
        window_s = min(self._settings.window_s, max(1, (at_ms + 1 - self._began_ms) // 1000))
        bought = math.fsum(self._bought_by) + self._bought
        return (
            VolumeSurge(
                id=name,
                symbol=self._symbol,
                at_ms=at_ms,
                excess=excess,
                recovered=recovered,
                window_s=window_s,
                notional=notional,
                usual=self._rate * window_s,
                times_usual=notional / (self._rate * window_s),
                buy_share_pct=min(100.0, bought / notional * 100),
                change_pct=self._view.change_pct(window_s, at_ms),
                trades=trades,
            ),
        )

    def nearest(self, since_ms: int) -> Nearest:
        """See pipeline.ports.Measuring: the value of a window, in US dollars."""
        dollars = self._view.dollars
        value = self._highest.since(since_ms)
        wait_s = max(0.0, self._settings.warmup_s - self._usual.seen_s)
        if dollars is None:
            return Nearest("volume_surge", wait_s=wait_s)
        return Nearest(
            "volume_surge",
            None if value is None else value * dollars,
            self._needed * dollars if math.isfinite(self._needed) else None,
            wait_s,
        )

    # --- what outlives the program, or was before it: see pipeline.ports ----------------------

    def lacks(self, now_ms: int) -> Mapping[str, int]:
        """See pipeline.ports.Warmable."""
        from_ms = now_ms if self._live_from_ms is None else min(now_ms, self._live_from_ms)
        if from_ms - self._known_to_ms < SLOT_MS:
            return {}
        return {"30m": min(PAST_BARS, (now_ms - self._known_to_ms) // SLOT_MS + 1)}

    def warm(self, candles: Sequence[Candle]) -> None:
        """See pipeline.ports.Warmable."""
        for candle in candles:
            live = self._live_from_ms is not None and candle.close_ms >= self._live_from_ms
            if candle.closed and candle.open_ms >= self._known_to_ms and not live:
                self._usual.add_past(candle.open_ms, candle.close_ms + 1, candle.quote_volume)
                self._known_to_ms = candle.close_ms + 1

    def state(self) -> bytes:
        """See pipeline.ports.Lasting."""
        return self._usual.state()

    def restore(self, state: bytes) -> None:
        """See pipeline.ports.Lasting."""
        self._usual.restore(state)
        self._known_to_ms = self._usual.until_ms
