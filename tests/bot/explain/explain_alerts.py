"""The alerts that the labelled sentences speak about, by name."""

from bot.explain.facts import facts_of
from bot.explain.grounding import objections
from pipeline.model import (
    AnyAlert,
    BookImbalance,
    Funding,
    Kimchi,
    LargeTrade,
    Liquidated,
    PriceJump,
    Pump,
    Spread,
    SymbolInfo,
    VolumeSurge,
)

AT = 1_768_176_201_000
"""1월 12일(월) 09:03:21 KST (2026)."""

PAIRS = {
    info.symbol: info
    for info in (
        SymbolInfo("BTCUSDT", "BTC", "USDT", tick=0.01, step=0.00001),
        SymbolInfo("ETHUSDT", "ETH", "USDT", tick=0.01, step=0.0001),
        SymbolInfo("PEPEUSDT", "PEPE", "USDT", tick=1e-8, step=1.0),
        SymbolInfo("ETHBTC", "ETH", "BTC", tick=0.00001, step=0.0001),
        SymbolInfo("SOLUSDT", "SOL", "USDT", tick=0.01, step=0.001),
        SymbolInfo("DOGEUSDT", "DOGE", "USDT", tick=0.00001, step=1.0),
        SymbolInfo("XRPUSDT", "XRP", "USDT", tick=0.0001, step=0.1),
        SymbolInfo("NEARUSDT", "NEAR", "USDT", tick=0.001, step=0.1),
        SymbolInfo("MDABTC", "MDA", "BTC", tick=1e-8, step=1.0),
        SymbolInfo("1INCHUSDT", "1INCH", "USDT", tick=0.0001, step=0.1),
        SymbolInfo("binance-futures:BTCUSDT", "BTC", "USDT", tick=0.1, step=0.001),
        SymbolInfo("binance-futures:SOLUSDT", "SOL", "USDT", tick=0.01, step=0.1),
    )
}


def large_trade(symbol: str = "BTCUSDT", **facts: object) -> LargeTrade:
    """A buy of 1,234만 달러 in 37 fills, three times the threshold, unless told otherwise."""
    known: dict[str, object] = {
        "id": "1", "symbol": symbol, "at_ms": AT, "excess": 3.0, "side": "buy", "quantity": 118.2,
        "price": 104_402.0, "notional": 12_340_316.4, "fills": 37, "first_ms": AT, "last_ms": AT,
        "slippage_bp": 3.1, "percentile": 99.98, "per_day": 3.2, "change_1m_pct": 0.41,
        "rare": True,
    }  # fmt: skip
    return LargeTrade(**(known | facts))  # type: ignore[arg-type]


def price_jump(symbol: str = "BTCUSDT", **facts: object) -> PriceJump:
    """A fall of 4.2 % in five minutes, unless told otherwise."""
    known: dict[str, object] = {
        "id": "2", "symbol": symbol, "at_ms": AT, "excess": 2.5, "direction": "down",
        "change_pct": -4.2, "window_s": 300, "price": 100_000.5, "from_price": 104_384.66,
        "zscore": -13.5, "usual_pct": 0.31,
    }  # fmt: skip
    return PriceJump(**(known | facts))  # type: ignore[arg-type]


def pump(symbol: str = "MDABTC", **facts: object) -> Pump:
    """A rise of 21.3 % in 25 s with 1,240 buys, 38 times the usual, unless told otherwise."""
    known: dict[str, object] = {
        "id": "4", "symbol": symbol, "at_ms": AT, "excess": 4.2, "window_s": 25, "buys": 1_240,
        "usual_buys": 32.6, "times_usual": 38.04, "rush_orders": 310, "notional": 12.8417,
        "change_pct": 21.3, "from_price": 0.0000161, "price": 0.00001953,
    }  # fmt: skip
    return Pump(**(known | facts))  # type: ignore[arg-type]


def spread(symbol: str = "BTCUSDT", **facts: object) -> Spread:
    """A spread of 42 bp, eight times the usual one, unless told otherwise."""
    known: dict[str, object] = {
        "id": "3", "symbol": symbol, "at_ms": AT, "excess": 1.6, "spread_bp": 42.03,
        "usual_bp": 5.1, "times_usual": 8.24, "bid": 104_402.0, "ask": 104_841.73,
    }  # fmt: skip
    return Spread(**(known | facts))  # type: ignore[arg-type]


def volume_surge(symbol: str = "NEARUSDT", **facts: object) -> VolumeSurge:
    """11.17 million dollars in five minutes, 13 times the usual, in a fall of 3.09 %."""
    known: dict[str, object] = {
        "id": "4", "symbol": symbol, "at_ms": AT, "excess": 1.3, "window_s": 300,
        "notional": 11_173_271.0, "usual": 862_727.0, "times_usual": 12.951, "buy_share_pct": 49.2,
        "change_pct": -3.0901, "trades": 21_618,
    }  # fmt: skip
    return VolumeSurge(**(known | facts))  # type: ignore[arg-type]


def book_imbalance(symbol: str = "BTCUSDT", **facts: object) -> BookImbalance:
    """A wall of bids that stands for twelve seconds, unless told otherwise."""
    known: dict[str, object] = {
        "id": "4", "symbol": symbol, "at_ms": AT, "excess": 2.3, "what": "wall_appeared",
        "side": "bid", "price": 104_350.0, "notional": 4_570_264.5, "times_usual": 45.5,
        "share_pct": 66.7, "held_s": 12.3, "distance_bp": 0.62,
    }  # fmt: skip
    return BookImbalance(**(known | facts))  # type: ignore[arg-type]


def liquidated(symbol: str = "binance-futures:BTCUSDT", **facts: object) -> Liquidated:
    """Longs of at least 2.35 million dollars in 48 seconds, unless told otherwise."""
    known: dict[str, object] = {
        "id": "5", "symbol": symbol, "at_ms": AT, "excess": 2.35, "position": "long",
        "notional": 2_351_204.75, "quantity": 22.52, "price": 104_405.2, "count": 37,
        "largest": 412_300.5, "window_s": 48, "first_ms": AT - 48_000, "last_ms": AT,
        "per_day": 2.1, "rare": True,
    }  # fmt: skip
    return Liquidated(**(known | facts))  # type: ignore[arg-type]


def funding(symbol: str = "binance-futures:BTCUSDT", **facts: object) -> Funding:
    """Longs pay 0.12 %, twelve times the usual, unless told otherwise."""
    known: dict[str, object] = {
        "id": "6", "symbol": symbol, "at_ms": AT, "excess": 2.4, "what": "extreme",
        "rate_pct": 0.12, "payer": "long", "usual_pct": 0.01, "times_usual": 12.0,
        "before_pct": None, "next_ms": AT + 3_600_000, "interval_h": 8.0, "price": 104_400.0,
        "premium_pct": 0.083,
    }  # fmt: skip
    return Funding(**(known | facts))  # type: ignore[arg-type]


def kimchi(symbol: str = "BTCUSDT", **facts: object) -> Kimchi:
    """Bitcoin's premium rose to 3.3 % by 1.3 points in a minute, unless told otherwise."""
    known: dict[str, object] = {
        "id": "5", "symbol": symbol, "at_ms": AT, "excess": 1.3, "what": "change",
        "basis": "bank", "premium_pct": 3.3012, "bank_pct": 3.3012, "tether_pct": 1.6,
        "change_points": 1.3004, "window_s": 60, "won": 149_400_000.0, "price": 104_402.0,
        "rate": 1_385.2, "tether": 1_408.0,
    }  # fmt: skip
    return Kimchi(**(known | facts))  # type: ignore[arg-type]


ALERTS: dict[str, AnyAlert] = {
    "btc_buy": large_trade(),
    "eth_sell": large_trade(
        "ETHUSDT", side="sell", notional=1_418_100.75, quantity=412.5, price=3_437.82, fills=1,
        slippage_bp=None, percentile=98.7, per_day=12.1, change_1m_pct=-0.83, excess=28.36,
    ),
    "pepe_buy": large_trade(
        "PEPEUSDT", notional=50_021.7, quantity=5_428_880_000.0, price=0.00000921, fills=4,
        slippage_bp=None, percentile=None, per_day=None, change_1m_pct=None, excess=1.0004,
    ),
    "ethbtc_sell": large_trade(
        "ETHBTC", side="sell", notional=12.3502, quantity=370.0, price=0.0333789, excess=4.1,
        change_1m_pct=-0.2,
    ),
    "sol_flat": large_trade(
        "SOLUSDT", notional=248_000.0, quantity=1_250.0, price=198.4, fills=12, excess=4.96,
        change_1m_pct=0.001,
    ),
    "btc_down": price_jump(),
    "doge_up": price_jump(
        "DOGEUSDT", direction="up", change_pct=6.8412, window_s=60, price=0.19459,
        from_price=0.18213, zscore=16.3, usual_pct=0.42, excess=5.8,
    ),
    "mda_pump": pump(),
    "pepe_pump": pump(
        "PEPEUSDT", window_s=5, buys=84, usual_buys=0.21, times_usual=400.0, rush_orders=1,
        notional=84_210.5, change_pct=4.07, from_price=0.00000885, price=0.00000921, excess=1.3,
    ),
    "btc_spread": spread(),
    "xrp_spread": spread(
        "XRPUSDT", spread_bp=12.0, usual_bp=0.0, times_usual=0.0, bid=2.497, ask=2.5, excess=1.2
    ),
    "near_volume": volume_surge(),
    "sol_volume": volume_surge(
        "SOLUSDT", notional=48_240_000.0, usual=2_010_000.0, times_usual=24.0, change_pct=0.002,
        trades=90_417, excess=2.4,
    ),
    "btc_kimchi": kimchi(),
    "btc_reverse": kimchi(
        what="level", premium_pct=-2.1, bank_pct=-2.1, tether_pct=0.4, change_points=None,
        window_s=None, won=141_580_000.0, excess=1.05, rate=1_385.2, tether=1_351.0,
    ),
    "sol_kimchi": kimchi(
        "SOLUSDT", what="level", basis="tether", premium_pct=11.2, bank_pct=None, tether_pct=11.2,
        change_points=None, window_s=None, won=310_600.0, price=198.4, rate=None, excess=2.24,
    ),
    "btc_wall": book_imbalance(),
    "eth_wall_gone": book_imbalance(
        "ETHUSDT", what="wall_vanished", side="ask", price=3_450.5, notional=812_300.0,
        times_usual=14.2, share_pct=31.4, held_s=95.0, distance_bp=12.5, excess=1.4,
    ),
    "sol_lean": book_imbalance(
        "SOLUSDT", what="imbalance", side="ask", price=198.41, notional=1_240_000.0,
        times_usual=1.75, share_pct=87.5, held_s=31.0, distance_bp=10.1, excess=5.5,
    ),
    "btc_longs": liquidated(),
    "sol_short": liquidated(
        "binance-futures:SOLUSDT", position="short", notional=1_004_000.0, quantity=5_000.0,
        price=200.8, count=1, largest=1_004_000.0, window_s=1, per_day=None, excess=1.004,
    ),
    "btc_funding": funding(),
    "sol_turn": funding(
        "binance-futures:SOLUSDT", what="turned", rate_pct=-0.0213, payer="short", excess=1.0,
        usual_pct=0.0104, times_usual=2.048, before_pct=0.0312, interval_h=None, premium_pct=None,
    ),
}  # fmt: skip

FACTS = {name: facts_of(alert, PAIRS.get(alert.symbol)) for name, alert in ALERTS.items()}


def passes(text: str, name: str) -> bool:
    """Whether nothing is objected to a text about the alert; the first objection is enough."""
    return next(objections(text, FACTS[name]), None) is None
