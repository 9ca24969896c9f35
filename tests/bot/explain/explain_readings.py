"""The readings that the labelled sentences speak about, by name."""

from explain_alerts import AT, PAIRS

from bot.readings import Band, SpreadReading

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
