"""The market's newest state: what detectors look at and what commands read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.market import FLOWS, Flow, Market
from pipeline.model import Book, Candle, Gap, LargeTrade, Quote, SymbolInfo, Ticker, Trade
from pipeline.watch import Watch

START_MS = 1_760_000_000_000


def trade(at_ms: int, price: float, symbol="BTCUSDT") -> Trade:
    return Trade(symbol, -1, price, 1.0, START_MS + at_ms, False)


def day(last: float, symbol="BTCUSDT") -> Ticker:
    return Ticker(symbol, START_MS, last, 1.0, 2.0, 0.5, 10.0, 20.0)


def candle(at_ms: int, close: float, *, closed=True) -> Candle:
    close_ms = START_MS + at_ms
    bar = (close_ms - 59_999, close_ms, close, close, close, close, 1.0, close, 1, 0.5, close / 2)
    return Candle("BTCUSDT", "1m", *bar, closed, close_ms)


def fed(*events) -> Market:
    loop = Watch(Market(), kinds=())
    for event in events:
        loop.on(event)
    return loop.market


def test_the_newest_of_everything_is_kept():
    quote = Quote("BTCUSDT", 99.0, 1.0, 101.0, 1.0, 7, START_MS)
    book = Book("BTCUSDT", ((99.0, 1.0),), ((101.0, 1.0),), 8, START_MS)
    last = trade(5, 101.0)
    state = fed(trade(0, 100.0), quote, book, candle(1, 100.5), last, day(100.0))["BTCUSDT"]
    assert (state.trade, state.quote, state.book, state.day) == (last, quote, book, day(100.0))
    assert state.candle == candle(1, 100.5)
    assert state.price == 101.0
    assert state.book_known


def test_the_price_is_the_rolling_day_s_where_there_was_no_trade():
    assert fed(day(100.0))["BTCUSDT"].price == 100.0
    assert Market()["BTCUSDT"].price is None


def test_the_market_s_time_is_that_of_its_newest_trade_or_candle():
    assert fed(trade(5_000, 1.0), trade(4_000, 1.0)).newest_ms == START_MS + 5_000
    assert fed(candle(9_000, 1.0)).newest_ms == START_MS + 9_000


@given(
    st.lists(st.tuples(st.integers(0, 30_000), st.floats(1.0, 1e6)), min_size=1, max_size=60),
    st.sampled_from((10, 60, 300, 900, 3_600)),
)
def test_a_change_is_measured_over_the_window_s_steps(rows, window_s):
    at_ms, seen = 0, []
    for passed, price in rows:
        at_ms += passed
        seen.append((START_MS + at_ms, price))
    step_ms = 1_000 if window_s <= 300 else 60_000
    now_ms = seen[-1][0]
    then = now_ms // step_ms - window_s * 1_000 // step_ms
    before = next((p for ms, p in reversed(seen) if ms // step_ms <= then), None)
    change = fed(*(trade(ms - START_MS, price) for ms, price in seen))["BTCUSDT"].change_pct(
        window_s, now_ms
    )
    if before is None:
        assert change is None
    else:
        assert change == pytest.approx((seen[-1][1] / before - 1) * 100)


def test_a_change_is_unknown_where_the_window_begins_before_the_data():
    market = fed(*(trade(n * 1_000, 100.0) for n in range(60)))
    assert market["BTCUSDT"].change_pct(60, START_MS + 59_000) is None
    assert market["BTCUSDT"].change_pct(59, START_MS + 59_000) == 0.0
    assert market["ETHUSDT"].change_pct(60, START_MS) is None


def test_nothing_is_known_across_a_gap():
    gap = Gap(("BTCUSDT",), START_MS + 60_000, START_MS + 90_000, "test")
    quote = Quote("BTCUSDT", 99.0, 1.0, 101.0, 1.0)
    before = [*(trade(n * 1_000, 100.0) for n in range(-1_200, 60)), quote]
    other = [trade(n * 1_000, 100.0, "ETHUSDT") for n in range(-1_200, 91)]
    market = fed(*before, *other, gap, trade(90_000, 50.0))
    state = market["BTCUSDT"]
    assert state.change_pct(60, START_MS + 90_000) is None
    assert state.change_pct(600, START_MS + 90_000) is None
    assert (state.quote, state.book, state.book_known) == (None, None, False)
    assert market["ETHUSDT"].change_pct(60, START_MS + 90_000) == 0.0
    assert market["ETHUSDT"].change_pct(600, START_MS + 90_000) == 0.0


def test_a_gap_of_all_symbols_concerns_each():
    gap = Gap(("*",), START_MS + 60_000, START_MS + 90_000, "test")
    before = [trade(n * 1_000, 100.0, s) for n in range(61) for s in ("BTCUSDT", "ETHUSDT")]
    market = fed(*before, gap)
    for symbol in ("BTCUSDT", "ETHUSDT"):
        assert market[symbol].change_pct(60, START_MS + 60_000) is None


def test_closed_candles_stand_in_for_trades():
    state = fed(candle(0, 100.0), candle(60_000, 110.0))["BTCUSDT"]
    assert state.change_pct(60, START_MS + 60_000) == pytest.approx(10.0)
    state = fed(candle(0, 100.0), candle(60_000, 110.0, closed=False))["BTCUSDT"]
    assert state.change_pct(60, START_MS + 60_000) == 0.0
    state = fed(trade(0, 100.0), candle(60_000, 110.0))["BTCUSDT"]
    assert state.change_pct(60, START_MS + 60_000) == 0.0, "trades are better"


# --- the usual spread ----------------------------------------------------------------------------


def quotes(*rows) -> list[Quote]:
    """(seconds, basis points)"""
    return [
        Quote("BTCUSDT", 100 - bp / 200, 1.0, 100 + bp / 200, 1.0, 0, START_MS + round(s * 1_000))
        for s, bp in rows
    ]


def test_the_usual_spread_is_that_of_the_quotes_for_as_long_as_they_stood():
    blinking = [row for n in range(100) for row in ((5 * n, 40.0), (5 * n + 0.01, 2.0))]
    usual = fed(*quotes(*blinking))["BTCUSDT"].usual_spread
    assert usual.scale == pytest.approx(2.0, rel=0.02)
    assert usual.seen_s == pytest.approx(495, abs=5)


def test_crossed_and_one_sided_quotes_teach_no_spread():
    odd = [
        Quote("BTCUSDT", 101.0, 1.0, 99.0, 1.0, 0, START_MS + 10_000),
        Quote("BTCUSDT", 0.0, 0.0, 99.0, 1.0, 0, START_MS + 12_000),
        Book("BTCUSDT", (), ((100.0, 1.0),), 0, START_MS + 14_000),
    ]
    assert fed(*odd, *odd)["BTCUSDT"].usual_spread.seen_s == 0.0


def test_a_spread_does_not_stand_through_a_gap():
    gap = Gap(("BTCUSDT",), START_MS, START_MS + 1_000_000, "test")
    before, after = quotes((0, 2.0), (10, 2.0)), quotes((1_000, 9.0), (1_002, 9.0))
    assert fed(*before, gap, *after)["BTCUSDT"].usual_spread.seen_s == 5.0 + 2.0


# --- symbols and rates ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "base", "quote"),
    [
        ("BTCUSDT", "BTC", "USDT"),
        ("ETHBTC", "ETH", "BTC"),
        ("BTCFDUSD", "BTC", "FDUSD"),
        ("USDTTRY", "USDT", "TRY"),
        ("BTCJPY", "BTC", "JPY"),
        ("USDTARS", "USDT", "ARS"),
        ("binance-futures:BTCUSDT", "BTC", "USDT"),
        ("upbit:KRW-BTC", "BTC", "KRW"),
        ("deribit:BTC-PERPETUAL", "BTC", "USD"),
        ("XYZ", "XYZ", ""),
        ("USDT", "USDT", ""),
    ],
)
def test_an_unlisted_symbol_is_read_by_its_name(symbol, base, quote):
    assert Market().info(symbol) == SymbolInfo(symbol, base, quote)


def test_the_listing_knows_better_than_the_name():
    market = Market()
    market.info("ABTC")
    market.listing["ABTC"] = SymbolInfo("ABTC", "ABT", "C")
    assert market.info("ABTC").quote == "C"


def test_dollar_rates_come_from_the_market():
    market = fed(trade(0, 100_000.0), trade(0, 40.0, "USDTTRY"))
    assert market.dollars("USDT") == market.dollars("USDC") == 1.0
    assert market.dollars("BTC") == 100_000.0
    assert market.dollars("TRY") == pytest.approx(0.025)
    assert market.dollars("EUR") is None
    assert fed(trade(0, 1_400.0, "upbit:KRW-USDT")).dollars("KRW") == pytest.approx(1 / 1_400)
    assert fed(day(0.0, "USDTBRL")).dollars("BRL") is None
    minute = START_MS, START_MS + 59_999
    bar = Candle(
        "BTCUSDT", "1m", *minute, 9e4, 9e4, 9e4, 9e4, 1.0, 9e4, 1, 1.0, 9e4,
        closed=True, at_ms=minute[1],
    )  # fmt: skip
    assert fed(bar).dollars("BTC") == 90_000.0
    assert fed(bar, trade(0, 100_000.0)).dollars("BTC") == 100_000.0


def test_a_symbol_forgotten_starts_afresh():
    market = fed(trade(0, 100.0))
    market.forget("BTCUSDT")
    market.forget("NEVERUSDT")
    assert market["BTCUSDT"].trade is None


def large(market: Market, minute: int, side: str, notional: float, symbol="BTCUSDT") -> None:
    market.large_trade(
        LargeTrade(
            id=f"{minute}{side}", symbol=symbol, at_ms=START_MS + minute * 60_000, excess=1.0,
            side=side, quantity=1.0, price=notional, notional=notional, fills=1, first_ms=0,
            last_ms=0, slippage_bp=None, percentile=None, per_day=None, change_1m_pct=None,
            rare=False,
        )
    )  # fmt: skip


def test_large_trades_are_added_up_by_side_in_dollars():
    market = fed(day(2.0, "ETHUSDT"))
    large(market, 0, "buy", 100.0)
    large(market, 30, "sell", 40.0)
    large(market, 31, "buy", 5.0, "SOLETH")
    large(market, 32, "buy", 7.0, "SOLTRY")
    large(market, 32, "buy", 9.0, "okex:BTC-USDT")  # on Binance, that is
    assert market.flow(START_MS) == Flow(bought=110.0, sold=40.0, count=4, unpriced=1)
    assert market.flow(START_MS + 1_800_000) == Flow(bought=10.0, sold=40.0, count=3, unpriced=1)


def test_the_flow_of_large_trades_is_remembered_for_a_day():
    market = Market()
    for hour in range(48):
        large(market, hour * 60, "buy", 1.0)
    assert market.flow(0).count == 25
    market = Market()
    for minute in range(0, 60 * 48, 10):
        large(market, minute, "buy", 1.0)
    assert market.flow(0).count == FLOWS
