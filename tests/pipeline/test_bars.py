"""Candles made of trades, as the exchange would tell them."""

from pipeline.bars import KEPT, MINUTE_MS, Bars
from pipeline.model import Trade

BEGIN_MS = 1_709_251_200_000  # 2024-03-01 00:00 UTC


def trade(minute: float, price: float, quantity: float = 1.0, sold: bool = False) -> Trade:
    return Trade("BTCUSDT", 1, price, quantity, BEGIN_MS + round(minute * MINUTE_MS), sold)


def test_trades_become_minutes_and_those_without_one_are_flat() -> None:
    bars = Bars()
    for one in (trade(0.1, 10), trade(0.5, 12, 2), trade(0.9, 9, sold=True), trade(3.2, 11)):
        bars.add(one)
    bars.add(trade(1.0, 99))  # older than the running minute
    first, *flat, last = bars.candles("BTCUSDT", "1m", 10)
    assert (first.open, first.high, first.low, first.close) == (10, 12, 9, 9)
    assert (first.volume, first.quote_volume, first.trades) == (4, 43, 3)
    assert (first.taker_buy_volume, first.taker_buy_quote_volume) == (3, 34)
    assert [(bar.open, bar.close, bar.trades) for bar in flat] == [(9, 9, 0), (9, 9, 0)]
    assert (last.open, last.open_ms, last.closed) == (11, BEGIN_MS + 3 * MINUTE_MS, False)
    assert first.closed
    assert bars.candles("BTCUSDT", "1m", 1) == [last]
    assert bars.candles("BTCUSDT", "1m", 1, BEGIN_MS + MINUTE_MS) == flat[:1]
    assert bars.candles("ETHUSDT", "1m", 10) == ()


def test_longer_bars_begin_where_the_exchange_begins_them_and_old_minutes_go() -> None:
    bars = Bars()
    for minute in range(KEPT + 30):
        bars.add(trade(minute, 100 + minute % 60))
    hours = bars.candles("BTCUSDT", "1h", 100)
    assert hours[-1].open_ms == BEGIN_MS + (KEPT + 30) // 60 * 60 * MINUTE_MS
    assert (hours[-2].open, hours[-2].high, hours[-2].close) == (100, 159, 159)
    assert sum(bar.trades for bar in hours) == KEPT
    bars.add(trade(9 * KEPT, 1))
    assert len(bars.candles("BTCUSDT", "1m", KEPT)) == 1
