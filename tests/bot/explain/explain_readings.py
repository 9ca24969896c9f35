"""The readings that the labelled sentences speak about, by name."""

from explain_alerts import AT, PAIRS, large_trade, price_jump

from bot.readings import After, Band, Coin, Mood, SpreadReading, Survey, WhaleFlow
from pipeline.model import SymbolInfo

SPREADS: dict[str, SpreadReading] = {
    # as usual; more bids; the book ends before 1 %
    "btc": SpreadReading(
        info=PAIRS["BTCUSDT"],
        bid=104_402.0,
        ask=104_402.01,
        spread=0.01,
        spread_bp=0.0009578,
        usual_bp=0.0009581,
        usual_s=1_530.0,
        bands=(
            Band(0.1, 8_123_456.0, 5_012_345.0, False, False),
            Band(0.5, 31_204_000.0, 18_330_000.0, False, False),
            Band(1.0, 52_100_000.0, 40_250_000.0, True, True),
        ),
        bid_share=63.0,
        near_pct=0.5,
        at_ms=AT,
    ),
    # twice the usual; more asks; a book of 0.37 %
    "pepe": SpreadReading(
        info=PAIRS["PEPEUSDT"],
        bid=0.00000921,
        ask=0.00000923,
        spread=0.00000002,
        spread_bp=21.692,
        usual_bp=10.9,
        usual_s=2_430.0,
        bands=(
            Band(0.1, 0.0, 0.0, False, False),
            Band(0.5, 410_000.0, 668_950.0, True, True),
        ),
        bid_share=38.0,
        near_pct=0.37,
        at_ms=AT,
    ),
    # nothing is known to be usual; both sides even
    "xrp": SpreadReading(
        info=PAIRS["XRPUSDT"],
        bid=2.4970,
        ask=2.4971,
        spread=0.0001,
        spread_bp=0.40048,
        usual_bp=None,
        usual_s=120.0,
        bands=(
            Band(0.1, 2_012_000.0, 1_998_000.0, False, False),
            Band(0.5, 7_100_000.0, 6_990_000.0, False, False),
            Band(1.0, 12_000_000.0, 12_400_000.0, False, False),
        ),
        bid_share=50.4,
        near_pct=0.5,
        at_ms=AT,
    ),
    # half the usual; more bids; only the asks end before 1 %
    "sol": SpreadReading(
        info=PAIRS["SOLUSDT"],
        bid=198.40,
        ask=198.41,
        spread=0.01,
        spread_bp=0.50402,
        usual_bp=1.02,
        usual_s=5_000.0,
        bands=(
            Band(0.1, 3_000_000.0, 2_200_000.0, False, False),
            Band(0.5, 9_100_000.0, 6_860_000.0, False, False),
            Band(1.0, 15_500_000.0, 14_200_000.0, False, True),
        ),
        bid_share=57.0,
        near_pct=0.5,
        at_ms=AT,
    ),
    # quoted in bitcoin; as usual; more asks
    "ethbtc": SpreadReading(
        info=PAIRS["ETHBTC"],
        bid=0.03338,
        ask=0.03339,
        spread=0.00001,
        spread_bp=2.9954,
        usual_bp=3.01,
        usual_s=3_600.0,
        bands=(
            Band(0.1, 12.5, 16.1, False, False),
            Band(0.5, 40.2, 51.3, False, False),
            Band(1.0, 66.0, 80.5, False, False),
        ),
        bid_share=43.9,
        near_pct=0.5,
        at_ms=AT,
    ),
}


def coin(base: str, price: float, open_pct: float | None, day_pct: float, tick: float) -> Coin:
    """A pair against USDT."""
    info = SymbolInfo(f"{base}USDT", base, "USDT", tick=tick, step=0.001)
    return Coin(info, price, open_pct, day_pct)


SURVEYS: dict[str, Survey] = {
    "mixed": Survey(
        at_ms=AT,
        open_ms=AT - 201_000,
        majors=(
            coin("BTC", 104_402.0, 1.23, -0.52, 0.01),
            coin("ETH", 3_437.82, 0.45, 2.31, 0.01),
            coin("XRP", 2.497, -0.8, -1.94, 0.001),
            coin("SOL", 198.4, 0.0, 3.05, 0.01),
        ),
        risers=(
            coin("PEPE", 0.00000921, 9.9, 12.34, 1e-8),
            coin("SUI", 3.912, 4.2, 8.1, 0.001),
            coin("WIF", 1.83, 2.5, 7.05, 0.01),
        ),
        fallers=(
            coin("DOGE", 0.18213, -3.1, -6.84, 1e-5),
            coin("ADA", 0.912, -2.2, -5.2, 0.001),
            coin("TRX", 0.2411, -0.4, -3.3, 0.0001),
        ),
        whales=WhaleFlow(hours=1, count=37, bought=21_500_000.0, sold=9_200_000.0),
        mood=Mood(buy_share=54.2, bid_share=51.0, rising=260 / 412 * 100, pairs=412),
        alerts=(
            large_trade(notional=18_400_000.0),
            price_jump("DOGEUSDT", change_pct=-2.1),
        ),
        alert_hours=12,
        after=(After(1, 0.37), After(0, 0.64)),
    ),
    "down": Survey(
        at_ms=AT,
        open_ms=AT - 201_000,
        majors=(
            coin("BTC", 96_210.5, -2.4, -4.1, 0.01),
            coin("ETH", 3_105.2, -3.3, -5.6, 0.01),
            coin("BNB", 640.1, -1.05, -2.2, 0.1),
        ),
        risers=(coin("HBAR", 0.21, -0.2, 3.4, 0.0001),),
        fallers=(
            coin("PEPE", 0.0000081, -8.0, -15.2, 1e-8),
            coin("SUI", 3.1, -6.0, -11.9, 0.001),
            coin("DOGE", 0.15, -5.0, -9.8, 1e-5),
        ),
        whales=WhaleFlow(hours=12, count=214, bought=30_200_000.0, sold=71_700_000.0),
        mood=Mood(buy_share=44.8, bid_share=43.5, rising=12.5, pairs=400),
        alerts=(
            price_jump(change_pct=-3.2),
            large_trade("ETHUSDT", side="sell", notional=9_800_000.0),
        ),
        alert_hours=12,
        after=(After(1, -0.88), After(1, 1.52)),
    ),
    # shortly after the start: nothing is known since 09:00, no large trade, one measure
    "quiet": Survey(
        at_ms=AT,
        open_ms=AT - 201_000,
        majors=(
            coin("BTC", 100_000.0, None, 0.12, 0.01),
            coin("ETH", 3_300.0, None, -0.08, 0.01),
        ),
        risers=(),
        fallers=(coin("TRX", 0.24, None, -1.2, 0.0001),),
        whales=WhaleFlow(hours=1, count=0, bought=0.0, sold=0.0),
        mood=Mood(buy_share=None, bid_share=None, rising=48.0, pairs=100),
        alerts=(),
        alert_hours=12,
    ),
}
