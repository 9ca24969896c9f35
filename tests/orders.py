"""A large order, as the detector tells it, for tests of what comes after it."""

from pipeline.model import LargeTrade


def order(at_ms: int, **facts: object) -> LargeTrade:
    """150,000 dollars of Bitcoin bought in twelve fills, three times the threshold and of which
    nothing else is known, unless told otherwise."""
    known: dict[str, object] = {
        "id": f"large_trade:BTCUSDT:{at_ms}:{facts.get('side', 'buy')}", "symbol": "BTCUSDT",
        "at_ms": at_ms, "excess": 3.0, "side": "buy", "quantity": 1.5, "price": 100_000.0,
        "notional": 150_000.0, "fills": 12, "first_ms": at_ms, "last_ms": at_ms,
        "slippage_bp": None, "percentile": None, "per_day": None, "change_1m_pct": None,
        "rare": True,
    }  # fmt: skip
    return LargeTrade(**(known | facts))  # type: ignore[arg-type]
