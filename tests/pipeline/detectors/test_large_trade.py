"""Large trades: facts of an order, its place among the symbol's own, its worth in dollars."""

import msgspec
import pytest

from pipeline import watch
from pipeline.detectors.large_trade import DAY_FRESH_MS, ENOUGH, Settings
from pipeline.market import Market
from pipeline.model import Candle, Gap, LargeTrade, Quote, SymbolInfo, Ticker, Trade
from pipeline.watch import Watch

START_MS = 1_760_000_000_000


def watching(market: Market | None = None, *, raw=True, **settings) -> Watch:
    detectors = {kind: entry.settings() for kind, entry in watch.KINDS.items()}
    detectors["large_trade"] = Settings(**settings)
    loop_settings = watch.Settings(detectors=detectors)
    return Watch(market or Market(), loop_settings, kinds={"large_trade"}, raw=raw)


def said(events, loop: Watch | None = None, **settings) -> list[LargeTrade]:
    loop = loop or watching(**settings)
    return [alert for event in events for alert in loop.on(event)] + loop.finish()


def fill(number, at_ms, price, quantity, *, sold=False, symbol="BTCUSDT", **more) -> Trade:
    return Trade(symbol, number, price, quantity, START_MS + at_ms, sold, **more)


def quote(at_ms=0, symbol="BTCUSDT") -> Quote:
    return Quote(symbol, 99.0, 1.0, 101.0, 1.0, 0, START_MS + at_ms)


def small(count: int, every_ms=1_000, notional=100.0, start_ms=0) -> list[Trade]:
    return [
        fill(start_ms + n + 1, start_ms + n * every_ms, 100.0, notional / 100.0)
        for n in range(count)
    ]


def test_the_facts_of_an_order_are_the_sums_over_its_fills():
    fills = [
        fill(1, 0, 100.0, 300.0),
        fill(2, 0, 100.5, 200.0),
        fill(4, 0, 101.0, 100.0),
        fill(5, 0, 99.0, 1.0, sold=True),
    ]
    (alert,) = said([quote(), *fills])
    average = (30_000 + 20_100 + 10_100) / 600
    assert alert.facts() == {
        "side": "buy",
        "quantity": 600.0,
        "price": pytest.approx(average),
        "notional": 60_200.0,
        "fills": 3,
        "first_ms": START_MS,
        "last_ms": START_MS,
        "slippage_bp": pytest.approx((average / 100.0 - 1) * 10_000, abs=1e-4),
        "percentile": None,
        "per_day": None,
        "change_1m_pct": None,
        "levels": 3,
        "day_share_pct": None,
    }
    assert (alert.symbol, alert.at_ms, alert.recovered) == ("BTCUSDT", START_MS, False)
    assert alert.excess == pytest.approx(60_200 / 50_000)
    assert alert.id == f"large_trade:BTCUSDT:{START_MS}:buy"


def test_the_very_first_order_is_reported_raw():
    """There is no warm-up."""
    assert len(said([fill(1, 0, 50_000.0, 1.0)])) == 1


def test_the_threshold_is_at_least():
    assert len(said([fill(1, 0, 50_000.0, 1.0)])) == 1
    assert said([fill(1, 0, 49_999.99, 1.0)]) == []


def test_sums_of_decimals_are_told_without_the_noise_of_binary_fractions():
    (alert,) = said([fill(n, 0, 100_000.1, 0.1) for n in range(1, 11)])
    assert alert.quantity == 1.0
    assert alert.notional == 100_000.1


@pytest.mark.parametrize(
    ("sold", "prices", "slippage_bp"),
    [
        (False, (100.0, 102.0), 100.0),
        (True, (100.0, 98.0), 100.0),
        (False, (100.0, 100.0), 0.0),
        (True, (100.0, 102.0), -100.0),
    ],
)
def test_slippage_is_how_much_worse_than_the_first_fill_the_average_was(sold, prices, slippage_bp):
    fills = [fill(n, 0, price, 1_000.0, sold=sold) for n, price in enumerate(prices, 1)]
    assert said([quote(), *fills])[0].slippage_bp == pytest.approx(slippage_bp)
    assert said(fills)[0].slippage_bp is None, "without a book nobody can tell"


def test_a_gap_makes_the_book_unknown_again():
    gap = Gap(("BTCUSDT",), START_MS + 1, START_MS + 2, "test")
    assert said([quote(), gap, fill(1, 3, 50_000.0, 1.0)])[0].slippage_bp is None
    assert said([quote(), fill(1, 3, 50_000.0, 1.0)])[0].slippage_bp == 0.0


def test_the_percentile_is_told_once_a_hundred_orders_have_been_seen():
    for count, known in ((ENOUGH - 1, False), (ENOUGH, True)):
        events = small(count, every_ms=300_000)
        alert = said([*events, fill(999_999, 9 * 3_600_000, 100.0, 1_000.0)])[-1]
        assert (alert.percentile is not None) == known
        assert (alert.per_day is not None) == known
    assert alert.percentile == pytest.approx(100.0)


def test_seconds_of_a_busy_pair_are_neither_its_recent_orders_nor_its_day():
    """It has a hundred orders at once; how rare this one is decides as ever whether it is told."""
    minute_s, ranked_s, daily_s = 60, LargeTrade.RANKED_S, LargeTrade.DAILY_S
    for watched_s, ranked, counted in (
        (100, False, False),
        (ranked_s - minute_s, False, False),
        (ranked_s + minute_s, True, False),
        (daily_s - minute_s, True, False),
        (daily_s + minute_s, True, True),
    ):
        events = small(int(watched_s))
        alert = said([*events, fill(999_999, int(watched_s) * 1_000, 100.0, 1_000.0)])[-1]
        assert (alert.rank is not None) == ranked
        assert (alert.daily is not None) == counted
        assert alert.notable
        assert alert.percentile == pytest.approx(100.0), "replays and machines have it at once"


def test_neither_silence_nor_the_time_between_two_runs_makes_a_percentile_known():
    first = watching()
    said(small(ENOUGH), first)
    (kept,) = [one.state() for one in first.detectors("BTCUSDT")]
    again = watching()
    (detector,) = again.detectors("BTCUSDT")
    detector.restore(kept)
    day_ms = 86_400_000
    events = [*small(2, start_ms=day_ms), fill(2 * day_ms, 2 * day_ms, 100.0, 1_000.0)]
    assert said(events, again)[-1].rank is None


def test_what_an_earlier_run_has_learnt_counts():
    first = watching()
    said(small(int(LargeTrade.RANKED_S) + 60), first)
    (kept,) = [one.state() for one in first.detectors("BTCUSDT")]
    again = watching()
    (detector,) = again.detectors("BTCUSDT")
    detector.restore(kept)
    order = fill(999_999, 86_400_000, 100.0, 1_000.0)
    assert said([order], again)[-1].rank == pytest.approx(100.0)


def test_the_percentile_is_the_share_of_smaller_orders():
    sizes = [2_000.0 if n % 5 == 4 else 1.0 for n in range(5_000)]
    events = [fill(n, n * 1_000, 100.0, size) for n, size in enumerate(sizes, 1)]
    alert = said([*events, fill(9_999_999, 5_001_000, 100.0, 2_000.0)])[-1]
    assert alert.percentile == pytest.approx(80.0, abs=0.1)


def test_how_often_orders_of_its_size_come_is_told_per_day():
    hourly = [fill(n + 1, n * 3_600_000, 100.0, 1_000.0) for n in range(24 * 10)]
    assert said(hourly)[-1].per_day == pytest.approx(24.0, rel=0.05)


def test_an_order_is_notable_when_its_size_is_rare_for_the_symbol():
    minutely = [fill(n + 1, n * 60_000, 100.0, 1_000.0) for n in range(300)]
    alerts = said([*minutely, fill(999, 300 * 60_000, 100.0, 100_000.0)])
    assert len(alerts) == 301, "raw output has them all"
    assert not any(alert.notable for alert in alerts[200:300])
    assert alerts[300].notable
    assert all(alert.notable for alert in said(minutely, per_day=1e9))


def test_without_raw_and_alone_only_the_cooldown_holds_orders_back():
    minutely = [fill(n + 1, n * 60_000, 100.0, 1_000.0) for n in range(300)]
    assert len(said(minutely, watching(raw=False))) == 300
    often = [fill(n + 1, n * 20_000, 100.0, 1_000.0) for n in range(300)]
    assert len(said(often, watching(raw=False))) == 100


def test_severity_grows_with_the_multiple_of_the_threshold():
    severities = [
        said([fill(1, 0, dollars, 1.0)])[0].severity
        for dollars in (50_000, 99_999, 100_000, 249_999, 250_000)
    ]
    assert severities == ["notice", "notice", "warning", "warning", "critical"]


@pytest.mark.parametrize("sold", [False, True])
def test_the_change_of_the_minute_before_is_told_without_what_the_order_did_itself(sold):
    """However far its fills went: that is its slippage."""
    events = [fill(n + 1, n * 1_000, 100.0 + n, 0.1) for n in range(61)]
    price = 50.0 if sold else 200.0
    fills = [fill(900 + n, 61_000, price + n, 2_000.0, sold=sold) for n in range(3)]
    alert = said([*events, *fills])[0]
    assert alert.change_1m_pct == pytest.approx((160 / 101 - 1) * 100)


def test_orders_of_both_sides_at_one_time_share_the_minute_before():
    events = [fill(n + 1, n * 1_000, 100.0 + n, 0.1) for n in range(61)]
    both = [fill(900, 61_000, 200.0, 1_000.0), fill(901, 61_000, 100.0, 1_000.0, sold=True)]
    late_part = fill(902, 61_000, 300.0, 1_000.0)
    told = said([*events, *both, fill(903, 61_500, 150.0, 1.0), late_part])
    assert [alert.side for alert in told] == ["buy", "sell", "buy"]
    assert [a.change_1m_pct for a in told[:2]] == [pytest.approx((160 / 101 - 1) * 100)] * 2


def test_the_minute_before_the_first_order_is_not_known():
    first = fill(1, 0, 100.0, 1_000.0)
    assert said([first, fill(2, 30_000, 110.0, 1_000.0)])[1].change_1m_pct is None
    assert said([first, fill(2, 90_000, 110.0, 1_000.0)])[1].change_1m_pct == 0.0


def test_the_change_of_the_minute_is_unknown_after_a_gap():
    events = [fill(n + 1, n * 1_000, 100.0 + n, 0.1) for n in range(61)]
    gap = Gap(("BTCUSDT",), START_MS + 60_000, START_MS + 61_000, "test")
    assert said([*events, gap, fill(999, 61_500, 50.0, 2_000.0)])[0].change_1m_pct is None


def test_a_gap_leaves_the_statistics_of_sizes_valid():
    gap = Gap(("BTCUSDT",), START_MS + 4_000_000, START_MS + 4_100_000, "test")
    order = fill(9_999_999, 4_200_000, 100.0, 1_000.0)
    assert said([*small(4_000), gap, order])[0].percentile is not None


def test_an_order_with_recovered_fills_is_reported_as_recovered():
    assert said([fill(1, 0, 50_000.0, 1.0, recovered=True)])[0].recovered


def test_orders_within_one_millisecond_have_their_own_ids_where_microseconds_are_known():
    fills = [fill(n, 0, 50_000.0, 1.0, micros=n) for n in (0, 7, 512)]
    assert [a.id.split(":")[2] for a in said(fills)] == [
        f"{START_MS}",
        f"{START_MS}.007",
        f"{START_MS}.512",
    ]


def test_the_late_part_of_an_order_has_an_id_of_its_own():
    """Its sweep was ended by a gap, or by waiting too long, and then it went on."""
    gap = Gap(("BTCUSDT",), START_MS - 1, START_MS, "test")
    parts = [fill(1, 0, 50_000.0, 1.0), gap, fill(2, 0, 50_000.0, 2.0)]
    ids = [alert.id for alert in said(parts)]
    assert ids == [f"large_trade:BTCUSDT:{START_MS}:buy", f"large_trade:BTCUSDT:{START_MS}:buy:2"]


# --- other quote currencies ----------------------------------------------------------------------


def test_where_no_dollar_rate_is_known_nothing_is_reported():
    assert said([fill(1, 0, 0.04, 1_000_000.0, symbol="ETHBTC")]) == []


def test_an_order_in_bitcoin_is_judged_by_its_dollars_and_told_in_bitcoin():
    price = fill(1, 0, 100_000.0, 0.001)
    below, above = 12.4, 12.6  # ETH at 0.04 BTC
    (alert,) = said(
        [
            price,
            fill(1, 1, 0.04, below, symbol="ETHBTC"),
            fill(2, 2, 0.04, above, symbol="ETHBTC"),
        ]
    )
    assert (alert.symbol, alert.quantity) == ("ETHBTC", above)
    assert alert.notional == pytest.approx(0.504)
    assert alert.excess == pytest.approx(50_400 / 50_000)


def test_the_rolling_day_is_rate_enough():
    day = Ticker("BTCUSDT", START_MS, 100_000.0, 1.0, 1.0, 1.0, 1.0, 1.0)
    assert len(said([day, fill(1, 0, 0.04, 12.6, symbol="ETHBTC")])) == 1


def test_a_currency_that_dollars_are_priced_in_has_a_rate_too():
    """USDTTRY is liras per dollar; there is no TRYUSDT."""
    rate = fill(1, 0, 40.0, 1.0, symbol="USDTTRY")
    order = fill(1, 1, 4_000_000.0, 0.51, symbol="BTCTRY")
    (alert,) = said([rate, order])
    assert alert.excess == pytest.approx(51_000 / 50_000)


def test_the_listing_says_what_the_quote_currency_is():
    market = Market()
    market.listing["ABTC"] = SymbolInfo("ABTC", "A", "BTC")
    market.listing["XYZEURI"] = SymbolInfo("XYZEURI", "XYZ", "EURI")
    loop = watching(market)
    rate = fill(1, 0, 1.2, 1.0, symbol="EURIUSDT")
    assert len(said([rate, fill(1, 0, 1.0, 45_000.0, symbol="XYZEURI")], loop)) == 1


@pytest.mark.parametrize("symbol", ["BTCUSDC", "BTCFDUSD", "binance-futures:BTCUSDT"])
def test_dollar_coins_are_a_dollar_each(symbol):
    assert len(said([fill(1, 0, 50_000.0, 1.0, symbol=symbol)])) == 1


# --- a fixed quantity ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["BTCUSDT", "btcusdt"])
def test_a_fixed_quantity_is_reported_whatever_it_is_worth(name):
    orders = [fill(1, 0, 100.0, 9.99), fill(2, 1, 100.0, 10.0)]
    (alert,) = said(orders, min_quantity={name: 10.0})
    assert (alert.quantity, alert.excess, alert.notable) == (10.0, 1.0, True)


def test_a_fixed_quantity_needs_no_dollar_rate():
    order = fill(1, 0, 0.04, 10.0, symbol="ETHBTC")
    (alert,) = said([order], min_quantity={"ETHBTC": 10.0})
    assert alert.notional == pytest.approx(0.4)


def test_a_fixed_quantity_of_another_symbol_changes_nothing():
    assert said([fill(1, 0, 100.0, 10.0)], min_quantity={"ETHUSDT": 10.0}) == []


def test_candles_and_quotes_are_no_orders():
    bar = Candle(
        symbol="BTCUSDT",
        interval="1m",
        open_ms=START_MS,
        close_ms=START_MS + 59_999,
        open=1e9,
        high=1e9,
        low=1e9,
        close=1e9,
        volume=1e9,
        quote_volume=1e9,
        trades=1,
        taker_buy_volume=1.0,
        taker_buy_quote_volume=1.0,
        closed=True,
        at_ms=START_MS,
    )
    assert said([quote(), bar]) == []


def test_its_part_of_the_day_is_told_while_the_day_is_current():
    day = Ticker("BTCUSDT", START_MS - 1_000, 100.0, 90.0, 110.0, 80.0, 1.0, 6_020_000.0)
    (alert,) = said([day, fill(1, 0, 100.0, 602.0)])
    assert alert.day_share_pct == pytest.approx(1.0)
    old = msgspec.structs.replace(day, at_ms=START_MS - DAY_FRESH_MS - 1)
    (alert,) = said([old, fill(1, 0, 100.0, 602.0)])
    assert alert.day_share_pct is None
