"""Price jumps: a move within seconds or minutes far outside the symbol's usual ones.

Two methods, chosen by ``method``: "robust" (default) and "classic", the 20-trade z-score that many
bots use, for those who want exactly that.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Literal

import msgspec

from pipeline.detectors.classic_jump import ClassicJump
from pipeline.detectors.rolling import PriceGrid
from pipeline.detectors.usual_moves import WINDOWS_S, Prices, UsualMoves
from pipeline.model import Candle, Event, Gap, PriceJump, Sweep, Trade, bare
from pipeline.ports import RESTLESS, Calm, Detector, SymbolView
from pipeline.seconds import Second

Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]

ALL_WINDOWS = tuple(range(len(WINDOWS_S)))
UNKNOWN: Prices = (None,) * len(WINDOWS_S)

FRESH = [1.0, 1.0]

STALE_S = 3_600
"""A price that nobody has traded at for an hour says nothing about a move within minutes."""

LAPSE_MS = 300_000
"""Two trades further apart do not confirm each other."""

ROUNDING = 1e-9

SPARE_S = 20
"""So many seconds more are asked for, which pass meanwhile."""

BEHIND_S = 60
"""Trades so far behind are not merely out of order: the newest time seen was wrong."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[price_jump]``"""

    enabled: bool = True
    method: Literal["robust", "classic"] = "robust"
    threshold: Positive = 3.6
    min_percent: tuple[Positive, Positive, Positive] = (1.5, 2.0, 3.0)
    always_percent: Positive = 5.0
    thin_per_minute: NotNegative = 3.5
    confirm_trades: Annotated[int, msgspec.Meta(ge=1)] = 5
    confirm_s: NotNegative = 1.0
    confirm_stay_s: NotNegative = 30.0
    warmup_s: NotNegative = 300.0
    halflife_s: Positive = 86_400.0
    classic_window: Annotated[int, msgspec.Meta(ge=2, le=10_000)] = 20
    classic_min_samples: Annotated[int, msgspec.Meta(ge=2)] = 5
    classic_deviations: Positive = 2.5
    classic_cooldown_s: NotNegative = 30.0


def make(symbol: str, settings: Settings, _view: SymbolView) -> Detector:
    """The detector of the chosen method."""
    if settings.method == "classic":
        return ClassicJump(symbol, settings)
    return PriceJumps(symbol, settings)


class PriceJumps:
    """Within 10, 60 or 300 s the price moved by at least ``min_percent`` of that window and
    ``threshold`` times the symbol's usual move, or by ``always_percent``, and stays there.

    Percentages are of the old price. The usual move is the root mean square of the largest ones of
    each five minutes with trades (half-life ``halflife_s``), one of which counts at most three
    times the usual, so that a jump does not become its own measure. Symbols that trade in fewer
    than ``thin_per_minute`` seconds of a minute must move by ``always_percent`` *and* ``threshold``
    times the usual. Nothing below twice the usual move is a jump, nor one or two ticks.

    To stay is: ``confirm_trades`` trades (by trade time) in a row over ``confirm_s`` seconds, or
    two over ``confirm_stay_s``, lie out there. Until then the old price stands, so that neither a
    print that is taken back nor the way back from it is a jump. ``window_s`` includes the wait
    where the window alone no longer shows the move. One jump is reported once, again when it has
    grown by half, and afresh when the move in its direction has fallen below half of what is needed
    on every window.

    Nothing is reported in the first ``warmup_s`` seconds, among which count those that were learnt
    from candles of the past (see usual_moves.UsualMoves) or by a predecessor. Where there are no
    trades, candles are judged by their closes, over windows not shorter than they are; one of fewer
    than ``confirm_trades`` trades, or not longer than ``confirm_s``, needs the next to confirm it.
    """

    WANTS = (Trade, Candle, Gap)

    __slots__ = (
        "_active_s",
        "_ago",
        "_bars",
        "_began_s",
        "_behind",
        "_beyond",
        "_bound",
        "_candle_ms",
        "_counted_ms",
        "_first",
        "_first_ago",
        "_grid",
        "_high",
        "_last_s",
        "_low",
        "_moves",
        "_newest_id",
        "_price",
        "_second",
        "_settings",
        "_since_ms",
        "_symbol",
        "_traded",
        "_up",
        "_windows",
    )

    def __init__(self, symbol: str, settings: Settings) -> None:
        self._symbol = symbol
        self._settings = settings
        self._moves = UsualMoves(settings)
        self._grid = PriceGrid(1_000, max(WINDOWS_S) + 20)  # prices that stood, by the second
        self._windows = ALL_WINDOWS  # those looked at
        self._began_s = -1
        self._second = self._last_s = -1
        self._newest_id = ""
        self._traded = False
        self._active_s = 1
        self._candle_ms = 0
        self._behind = 0  # trades in a row from long before the newest time
        self._forget()

    @property
    def needed_pct(self) -> float:
        """The move over the longest window that would be a jump now, in percent."""
        return self._moves.needed[-1]

    def _forget(self) -> None:
        """Windows begin afresh; what is usual for the symbol stays known."""
        self._moves.forget_block()
        self._grid.reset()
        self._last_s, self._second = max(self._last_s, self._second), -1
        self._price = 0.0  # the newest one
        self._ago = UNKNOWN  # the price that stood each window ago
        self._high, self._low = math.inf, 0.0  # prices between these cannot be a jump
        self._bars = list(FRESH)  # excess that is (again) worth an alert: down, up
        # A price out there, not confirmed yet: in how many trades, beyond what, and since when.
        self._beyond = 0
        self._up = False
        self._bound = self._first = 0.0
        self._first_ago = UNKNOWN
        self._since_ms = self._counted_ms = 0

    def on(self, event: Event | Sweep) -> Iterable[PriceJump]:
        """See pipeline.ports.Detector."""
        if isinstance(event, Trade):
            second = event.at_ms // 1000
            if second != self._second:
                if second < self._second:
                    return self._late(second)
                if not self._traded:
                    self._traded = True
                    self._windows, self._active_s = ALL_WINDOWS, 1
                self._turn(second)
            price = self._price = event.price
            if self._low < price < self._high:
                return ()
            return self._outside(price, event.at_ms, 1, event.recovered)
        if isinstance(event, Candle) and event.closed and not self._traded:
            return self._on_candle(event)
        if isinstance(event, Gap):
            self._forget()
        return ()

    def calm(self, at_ms: int) -> Calm:
        """See pipeline.ports.Patient."""
        second = at_ms // 1000
        if second != self._second or self._beyond or self._bars != FRESH:
            return RESTLESS
        # The prices of each window ago are known as far ahead as the shortest one reaches.
        until_s = min(second + WINDOWS_S[0], self._moves.stands_until(second))
        low, high = self._low, self._high  # which may have come to stand apart from the newest
        needed, extremes = self._moves.needed, self._grid.extremes
        for i in self._windows:
            ago = extremes(second - WINDOWS_S[i], until_s - WINDOWS_S[i])
            if ago is not None:
                far = needed[i] / 100 * (1 - ROUNDING)
                above, below = ago[0] * (1 + far), ago[1] * (1 - far)
                high = above if above < high else high
                low = below if below > low else low
        return Calm(low, high, math.inf, until_s)

    def catch_up(self, seconds: Sequence[Second]) -> None:
        """See pipeline.ports.Patient."""
        for second in seconds:
            if second.at_s != self._second:
                self._pass_to(second.at_s)
            self._price = second.close
        self._set_bounds()

    def _on_candle(self, candle: Candle) -> Iterable[PriceJump]:
        second = candle.close_ms // 1000
        if second <= self._second:
            return ()  # repeated or late
        if self._second >= 0 and candle.open_ms > self._candle_ms + 1:
            self._forget()  # candles are missing
        self._candle_ms = candle.close_ms
        length_s = (candle.close_ms + 1 - candle.open_ms) // 1000
        self._windows = tuple(i for i, window_s in enumerate(WINDOWS_S) if window_s >= length_s)
        self._turn(second)
        self._price = candle.close
        prints = candle.trades
        if not prints and candle.volume:  # a file may leave out the count
            prints = length_s
        self._active_s = min(prints, length_s)
        if not prints or self._low < candle.close < self._high:
            return ()  # an empty candle is no news
        return self._outside(candle.close, candle.close_ms, prints, False, length_s)

    def _late(self, second: int) -> tuple[PriceJump, ...]:
        """A trade out of order changes nothing; many from long ago mean that the time was wrong."""
        if self._second - second > BEHIND_S:
            self._behind += 1
            if self._behind >= self._settings.confirm_trades:
                self._behind = 0
                self._forget()
        return ()

    def _turn(self, second: int) -> None:
        """A new second: learn from the one before, then set the prices that would be a jump."""
        before = self._second
        if before >= 0 and second - before > STALE_S:
            self._forget()
        elif before >= 0:
            self._moves.learn(before, self._active_s, self._price, self._grid.newest, self._ago)
            if not self._beyond:
                self._grid.add(before * 1000, self._price)
        if self._began_s < 0 or second < self._began_s:  # unless the first times were wrong
            self._began_s = second
        self._second = second
        self._behind = 0
        self._ago = self._grid.ago(second, WINDOWS_S)
        if not self._beyond:
            if self._bars != FRESH:
                self._rearm()
            self._set_bounds()

    def _pass_to(self, second: int) -> None:
        """As _turn, in a time so calm that no bounds are needed."""
        before = self._second
        self._moves.learn(before, self._active_s, self._price, self._grid.newest, self._ago)
        self._grid.add(before * 1000, self._price)
        self._second = second
        self._behind = 0
        self._ago = self._grid.ago(second, WINDOWS_S)

    def _set_bounds(self) -> None:
        """The prices that would be a jump, or that it has grown by half."""
        needed, step, ago = self._moves.needed, self._moves.step, self._ago
        down, up = self._bars
        high, low = math.inf, 0.0
        for i in self._windows:
            old = ago[i]
            if old:
                far = old * needed[i] / 100
                rise, fall = far * up, far * down
                above = old + (rise if rise > step else step)
                below = old - (fall if fall > step else step)
                if above < high:
                    high = above
                if below > low:
                    low = below
        self._high, self._low = high, low

    def _rearm(self) -> None:
        """A direction in which little is left of the move may be told afresh."""
        stood = self._grid.newest
        if stood is None or self._ago[-1] is None:
            return  # the longest window may still show all of it
        for up, sign in ((False, -1), (True, 1)):
            left = [
                sign * (stood / old - 1) * 100 / self._moves.needed[i]
                for i in self._windows
                if (old := self._ago[i])
            ]
            if max(left, default=0.0) < 0.5:
                self._bars[up] = 1.0

    def _outside(
        self, price: float, at_ms: int, prints: int, recovered: bool, length_s: int = 0
    ) -> tuple[PriceJump, ...]:
        """A price that would be a jump: others must confirm that it stays there. Those of a candle
        lie within ``length_s``."""
        if self._beyond:
            stays = price >= self._bound if self._up else price <= self._bound
            if at_ms - self._counted_ms > LAPSE_MS:
                self._grid.add(self._since_ms, self._first)  # it stood there all the time
                self._ago = self._grid.ago(at_ms // 1000, WINDOWS_S)
                stays = False
            if not stays:
                self._beyond = 0
                self._set_bounds()
                if self._low < price < self._high:
                    return ()
        if not self._beyond:
            self._up = price >= self._high
            if self._up and price <= self._low:  # a bounce within a fall: the larger one is told
                rise = self._farthest(price, self._ago)[0]
                self._up = False
                self._up = rise >= self._farthest(price, self._ago)[0]
            self._bound = self._high if self._up else self._low
            self._high, self._low = -math.inf, math.inf  # until it is settled every trade matters
            self._first, self._first_ago = price, self._ago
            self._since_ms = self._counted_ms = at_ms
            self._beyond = prints
        elif at_ms > self._counted_ms:  # the fills of one order count once
            self._counted_ms = at_ms
            self._beyond += prints
        settings = self._settings
        stayed_s = (at_ms - self._since_ms) / 1000
        enough = self._beyond >= settings.confirm_trades
        if enough and (length_s > settings.confirm_s or stayed_s >= settings.confirm_s):
            return self._confirmed(price, at_ms, stayed_s, recovered)
        if stayed_s >= settings.confirm_stay_s:
            return self._confirmed(price, at_ms, stayed_s, recovered)
        return ()

    def _confirmed(
        self, price: float, at_ms: int, stayed_s: float, recovered: bool
    ) -> tuple[PriceJump, ...]:
        bar = self._bars[self._up]
        # Over shorter windows than it stayed out there the old price was no longer the price.
        excess, i, old = self._farthest(price, self._ago, stayed_s)
        window_s = WINDOWS_S[i]
        if excess < bar:  # the windows have moved on meanwhile
            excess, i, old = self._farthest(price, self._first_ago)
            window_s = WINDOWS_S[i] + math.ceil(stayed_s)
        direction: Literal["up", "down"] = "up" if self._up else "down"
        name = f"price_jump:{self._symbol}:{at_ms}:{window_s}:{direction}"
        if name == self._newest_id:
            return ()  # the fills of one order share a time: the next trade tells how far it went
        self._newest_id = name
        self._beyond = 0
        self._grid.add(self._since_ms, self._first)
        # It may be less than more that has become usual meanwhile.
        seen_s = self._second - self._began_s + self._moves.past_s
        told = excess >= bar and seen_s >= self._settings.warmup_s
        if told:
            self._bars[self._up] = 1.5 * excess
        self._set_bounds()
        if not told:
            return ()
        change, usual = (price / old - 1) * 100, self._moves.usual(i)
        return (
            PriceJump(
                id=name,
                symbol=self._symbol,
                at_ms=at_ms,
                excess=excess,
                recovered=recovered,
                direction=direction,
                change_pct=change,
                window_s=window_s,
                price=price,
                from_price=old,
                zscore=change / usual if usual > 0 else 0.0,
                usual_pct=usual,
            ),
        )

    def _farthest(
        self, price: float, ago: Prices, least_s: float = 0.0
    ) -> tuple[float, int, float]:
        """The window (of at least ``least_s``) over which the move is largest against what is
        needed: excess, which, from."""
        best = (-math.inf, 0, price)
        for i in self._windows:
            old = ago[i]
            if old and WINDOWS_S[i] >= least_s:
                excess = (price / old - 1) * 100 / self._moves.needed[i]
                best = max(best, (excess if self._up else -excess, i, old))
        return best

    # --- what outlives the program, or was before it: see pipeline.ports ----------------------

    def lacks(self, now_ms: int) -> Mapping[str, int]:
        """See pipeline.ports.Warmable."""
        from_ms = now_ms if self._began_s < 0 else min(now_ms, self._began_s * 1000)
        if bars := self._moves.lacks(from_ms, now_ms):
            return {"5m": bars}
        # What is usual is known, as after a restart: then the windows are worth a request as well.
        known_s = max(0, now_ms // 1000 - self._known_s) if self._known_s >= 0 else 0
        if known_s >= WINDOWS_S[-1] or bare(self._symbol) != self._symbol:
            return {}
        return {"1s": known_s + WINDOWS_S[-1] + SPARE_S}

    def warm(self, candles: Sequence[Candle]) -> None:
        """See pipeline.ports.Warmable. Of seconds the prices are learnt that stood in the windows
        of the start: a restart in the middle of a move is no reason to be late for it."""
        if candles and candles[0].interval == "1s":
            if self._second < 0:
                return  # recovered trades, which are older than these candles, may come first
            self._grid.precede(candles, self._known_s)
            if not self._beyond:
                self._ago = self._grid.ago(self._second, WINDOWS_S)
        else:
            from_ms = math.inf if self._began_s < 0 else self._began_s * 1000
            self._moves.learn_past([c for c in candles if c.closed and c.close_ms < from_ms])
        if not self._beyond:
            self._set_bounds()

    @property
    def _known_s(self) -> int:
        """The first second of which a price is known, -1 without any."""
        return self._grid.first if self._grid.last >= 0 else self._second

    def state(self) -> bytes:
        """See pipeline.ports.Lasting."""
        last_s = max(self._second, self._last_s)
        return self._moves.state(max(0, last_s - self._began_s), (last_s + 1) * 1000)

    def restore(self, state: bytes) -> None:
        """See pipeline.ports.Lasting."""
        self._moves.restore(state)
