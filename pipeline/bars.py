"""Candles made of trades as they come, for a market whose exchange cannot be asked."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from pipeline.model import Candle, Trade

MINUTE_MS: Final = 60_000
KEPT: Final = 1_500
"""Minutes of each symbol; the oldest go."""
MINUTES: Final = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "1d": 1440}
"""Of each interval, by the exchange's name of it."""


class _Minute:
    __slots__ = (
        "bought", "bought_quote", "close", "high", "low", "open", "open_ms", "quote", "trades",
        "volume",
    )  # fmt: skip

    def __init__(self, open_ms: int, price: float) -> None:
        self.open_ms = open_ms
        self.open = self.high = self.low = self.close = price
        self.volume = self.quote = self.bought = self.bought_quote = 0.0
        self.trades = 0

    def add(self, trade: Trade) -> None:
        price, quantity = trade.price, trade.quantity
        self.high, self.low, self.close = max(self.high, price), min(self.low, price), price
        self.volume += quantity
        self.quote += price * quantity
        self.trades += 1
        if not trade.buyer_is_maker:
            self.bought += quantity
            self.bought_quote += price * quantity


class Bars:
    """Minutes of every symbol. Those without a trade are flat, as the exchange has them."""

    def __init__(self) -> None:
        self._minutes: dict[str, deque[_Minute]] = {}

    def add(self, trade: Trade) -> None:
        """Count a trade; one that is older than the running minute is left out."""
        open_ms = trade.at_ms - trade.at_ms % MINUTE_MS
        minutes = self._minutes.get(trade.symbol)
        if minutes is None:
            minutes = self._minutes[trade.symbol] = deque(maxlen=KEPT)
        if not minutes or open_ms - minutes[-1].open_ms > KEPT * MINUTE_MS:
            minutes.clear()
            minutes.append(_Minute(open_ms, trade.price))
        while (last := minutes[-1]).open_ms < open_ms:
            later_ms = last.open_ms + MINUTE_MS
            minutes.append(_Minute(later_ms, trade.price if later_ms == open_ms else last.close))
        if last.open_ms == open_ms:
            last.add(trade)

    def candles(
        self, symbol: str, interval: str, limit: int, since_ms: int | None = None
    ) -> Sequence[Candle]:
        """The newest bars, or those that open from ``since_ms`` on; oldest first, the last one
        open. None of an interval that is not in ``MINUTES``."""
        minutes = self._minutes.get(symbol)
        if not minutes or interval not in MINUTES:
            return ()
        size_ms = MINUTES[interval] * MINUTE_MS
        bars: dict[int, list[_Minute]] = {}
        for minute in minutes:
            open_ms = minute.open_ms - minute.open_ms % size_ms
            if since_ms is None or open_ms >= since_ms:
                bars.setdefault(open_ms, []).append(minute)
        found = list(bars.items())
        chosen = found[:limit] if since_ms is not None else found[-limit:]
        newest_ms = minutes[-1].open_ms
        return [_candle(symbol, interval, o, size_ms, some, newest_ms) for o, some in chosen]


def _candle(
    symbol: str, interval: str, open_ms: int, size_ms: int, some: Sequence[_Minute], newest_ms: int
) -> Candle:
    return Candle(
        symbol=symbol,
        interval=interval,
        open_ms=open_ms,
        close_ms=open_ms + size_ms - 1,
        open=some[0].open,
        high=max(minute.high for minute in some),
        low=min(minute.low for minute in some),
        close=some[-1].close,
        volume=sum(minute.volume for minute in some),
        quote_volume=sum(minute.quote for minute in some),
        trades=sum(minute.trades for minute in some),
        taker_buy_volume=sum(minute.bought for minute in some),
        taker_buy_quote_volume=sum(minute.bought_quote for minute in some),
        closed=open_ms + size_ms <= newest_ms,
        at_ms=min(open_ms + size_ms, newest_ms + MINUTE_MS),
    )
