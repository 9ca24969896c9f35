"""Price jumps: a move within seconds or minutes far outside the symbol's usual ones.

Two methods, chosen by ``method``: "robust" (default) and "classic", the 20-trade z-score that many
bots use, for those who want exactly that.
"""

import math
from collections import deque
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec

from pipeline.detectors.rolling import PriceGrid, RobustScale
from pipeline.model import Candle, Event, Gap, PriceJump, Sweep, Trade
from pipeline.ports import Detector, SymbolView

Positive = Annotated[float, msgspec.Meta(gt=0)]

HORIZONS_S = (10, 60, 300)


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[price_jump]``"""

    enabled: bool = True
    method: Literal["robust", "classic"] = "robust"
    threshold: Positive = 7.0
    min_percent: tuple[Positive, Positive, Positive] = (1.5, 2.0, 3.0)
    confirm_trades: Annotated[int, msgspec.Meta(ge=1)] = 5
    confirm_s: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    confirm_stay_s: Annotated[float, msgspec.Meta(ge=0)] = 30.0
    warmup_s: Annotated[float, msgspec.Meta(ge=0)] = 600.0
    halflife_s: Positive = 3_600.0
    classic_window: Annotated[int, msgspec.Meta(ge=2, le=10_000)] = 20
    classic_min_samples: Annotated[int, msgspec.Meta(ge=2)] = 5
    classic_deviations: Positive = 2.5
    classic_cooldown_s: Annotated[float, msgspec.Meta(ge=0)] = 30.0


def make(symbol: str, settings: Settings, view: SymbolView) -> Detector:
    """The detector of the chosen method."""
    if settings.method == "classic":
        return ClassicJump(symbol, settings)
    return PriceJumps(symbol, settings, view)


class PriceJumps:
    """The price moved over 10, 60 or 300 s by at least ``min_percent`` of that horizon and by at
    least ``threshold`` times the usual size of such moves (a robust, decaying root mean square).

    ``confirm_trades`` trades (by trade time) in a row, over at least ``confirm_s`` seconds, must
    lie out there on the same side: on thin markets single prints jump between a wide bid and ask
    all day.

    Nothing is reported before ``warmup_s`` of data. The usual size learns from a move only up to
    three times itself, so a jump does not hide its own continuation. One jump is reported once;
    again when it has grown by half, and afresh when the move has fallen below half the threshold
    on every horizon. Candles without trades are judged by their closes on 60 and 300 s.
    """

    __slots__ = (
        "_beyond",
        "_beyond_ms",
        "_beyond_up",
        "_counted_ms",
        "_grid",
        "_high",
        "_low",
        "_newest_id",
        "_reported",
        "_scales",
        "_settings",
        "_symbol",
        "_traded",
        "_updated_ms",
        "_view",
    )

    def __init__(self, symbol: str, settings: Settings, view: SymbolView) -> None:
        self._symbol = symbol
        self._settings = settings
        self._view = view
        self._grid: PriceGrid = view.seconds
        self._scales = tuple(RobustScale(settings.halflife_s) for _ in HORIZONS_S)
        self._updated_ms = 0
        self._high = math.inf  # prices within (low, high) cannot be a jump during this second
        self._low = 0.0
        self._reported: dict[str, float] = {}  # direction → excess at its last report
        self._newest_id = ""
        self._traded = False
        self._beyond = 0  # trade times in a row at prices that would be a jump
        self._beyond_up = False  # and whether those are up
        self._beyond_ms = self._counted_ms = 0

    def on(self, event: Event | Sweep) -> Iterable[PriceJump]:
        """See pipeline.ports.Detector."""
        if isinstance(event, Trade):
            self._traded = True
            if event.at_ms // 1000 > self._updated_ms // 1000:
                self._learn(event.at_ms, HORIZONS_S)
            if self._low < event.price < self._high:
                self._beyond = 0
                return ()
            return self._confirmed(event)
        if isinstance(event, Candle) and event.closed and not self._traded:
            if event.close_ms <= self._updated_ms:
                return ()  # repeated or late
            length_s = max(60, (event.close_ms - event.open_ms) // 1000)
            horizons = tuple(h for h in HORIZONS_S if h >= length_s)
            self._learn(event.close_ms, horizons)
            return self._judge(event.close, event.close_ms, False, horizons)
        if isinstance(event, Gap):
            self._reported.clear()
            self._updated_ms = self._beyond = 0
            self._high, self._low = math.inf, 0.0
        return ()

    def _confirmed(self, trade: Trade) -> tuple[PriceJump, ...]:
        """One print between a wide bid and ask is no jump: further trades must stay there."""
        up = trade.price >= self._high
        if self._beyond == 0 or up != self._beyond_up:
            self._beyond_ms = self._counted_ms = trade.at_ms
            self._beyond = 1
            self._beyond_up = up
        elif trade.at_ms > self._counted_ms:  # the fills of one order count once
            self._counted_ms = trade.at_ms
            self._beyond += 1
        stayed_s = (trade.at_ms - self._beyond_ms) / 1000
        settings = self._settings
        enough = self._beyond >= settings.confirm_trades and stayed_s >= settings.confirm_s
        if not enough and stayed_s < settings.confirm_stay_s:
            return ()
        return self._judge(trade.price, trade.at_ms, trade.recovered, HORIZONS_S)

    def _learn(self, at_ms: int, horizons: tuple[int, ...]) -> None:
        """Once a second: learn the usual moves, then set the prices that would be a jump."""
        passed_s = (at_ms - self._updated_ms) / 1000 if self._updated_ms else 0.0
        self._updated_ms = at_ms
        high, low = math.inf, 0.0
        widest = 0.0
        for horizon, scale, floor in zip(
            HORIZONS_S, self._scales, self._settings.min_percent, strict=True
        ):
            if horizon not in horizons:
                continue
            # The second that is over: the current one has just begun.
            then, last = self._grid.back(horizon + 1, at_ms), self._grid.back(1, at_ms)
            if then and last and passed_s:
                move = (last / then - 1) * 100
                scale.add(move, min(passed_s, horizon))
            before = self._grid.back(horizon, at_ms)
            if not before:
                continue
            needed = self._needed(scale, floor)
            if needed is None:
                continue
            now = self._grid.newest or before
            widest = max(widest, abs(now / before - 1) * 100 / needed)
            high = min(high, before * (1 + needed / 100))
            low = max(low, before * (1 - needed / 100))
        if widest < 0.5:
            self._reported.clear()
        self._high, self._low = high, low

    def _needed(self, scale: RobustScale, floor: float) -> float | None:
        """The move in percent that is a jump; None while warming up."""
        if scale.seen_s < self._settings.warmup_s:
            return None
        return max(floor, self._settings.threshold * scale.scale)

    def _judge(
        self, price: float, at_ms: int, recovered: bool, horizons: tuple[int, ...]
    ) -> tuple[PriceJump, ...]:
        best: PriceJump | None = None
        for horizon, scale, floor in zip(
            HORIZONS_S, self._scales, self._settings.min_percent, strict=True
        ):
            if horizon not in horizons:
                continue
            before = self._grid.back(horizon, at_ms)
            needed = self._needed(scale, floor)
            if not before or needed is None:
                continue
            change = (price / before - 1) * 100
            excess = abs(change) / needed
            if excess >= 1 and (best is None or excess > best.excess):
                direction: Literal["up", "down"] = "up" if change > 0 else "down"
                best = PriceJump(
                    id=f"price_jump:{self._symbol}:{at_ms}:{horizon}:{direction}",
                    symbol=self._symbol,
                    at_ms=at_ms,
                    excess=excess,
                    recovered=recovered,
                    direction=direction,
                    change_pct=change,
                    window_s=horizon,
                    price=price,
                    from_price=before,
                    zscore=change / scale.scale if scale.scale > 0 else 0.0,
                    usual_pct=scale.scale,
                )
        if best is None or best.excess < 1.5 * self._reported.get(best.direction, 0.0):
            return ()
        if best.id == self._newest_id:
            return ()  # the fills of one order share a time: the next trade tells how far it went
        self._newest_id = best.id
        self._reported[best.direction] = best.excess
        return (best,)


class ClassicJump:
    """The newest of the last ``classic_window`` trade prices lies more than ``classic_deviations``
    population standard deviations from their mean, with at least ``classic_min_samples`` of them;
    then nothing for ``classic_cooldown_s``.

    Known for firing constantly on calm markets; kept for comparison and for those who ask for it.
    """

    __slots__ = ("_prices", "_quiet_until_ms", "_settings", "_symbol")

    def __init__(self, symbol: str, settings: Settings) -> None:
        self._symbol = symbol
        self._settings = settings
        self._prices: deque[tuple[int, float]] = deque(maxlen=settings.classic_window)
        self._quiet_until_ms = 0.0

    def on(self, event: Event | Sweep) -> Iterable[PriceJump]:
        """See pipeline.ports.Detector."""
        if isinstance(event, Gap):
            self._prices.clear()
        if not isinstance(event, Trade):
            return ()
        prices = self._prices
        prices.append((event.at_ms, event.price))
        n = len(prices)
        if n < self._settings.classic_min_samples or event.at_ms < self._quiet_until_ms:
            return ()
        mean = math.fsum(p for _, p in prices) / n
        deviation = math.sqrt(math.fsum((p - mean) ** 2 for _, p in prices) / n)
        if deviation <= mean * 1e-12:  # equal prices: what is left is rounding
            return ()
        zscore = (event.price - mean) / deviation
        if abs(zscore) <= self._settings.classic_deviations:
            return ()
        # At least a millisecond: the fills of one order share a time, and so would their alerts.
        self._quiet_until_ms = event.at_ms + max(self._settings.classic_cooldown_s * 1000, 1.0)
        first_ms, first = prices[0]
        direction: Literal["up", "down"] = "up" if zscore > 0 else "down"
        return (
            PriceJump(
                id=f"price_jump:{self._symbol}:{event.at_ms}:classic:{direction}",
                symbol=self._symbol,
                at_ms=event.at_ms,
                excess=abs(zscore) / self._settings.classic_deviations,
                recovered=event.recovered,
                direction=direction,
                change_pct=(event.price / first - 1) * 100,
                window_s=(event.at_ms - first_ms) // 1000,
                price=event.price,
                from_price=first,
                zscore=zscore,
                usual_pct=deviation / mean * 100,
            ),
        )
