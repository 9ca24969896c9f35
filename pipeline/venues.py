"""Pairs of other exchanges: how they are written, and what an amount of theirs is. Pure.

A symbol of one is qualified by Tardis' name of the exchange and written as the exchange does, in
capitals: ``okex:BTC-USDT``, ``upbit:KRW-BTC``, ``deribit:BTC-PERPETUAL``. Tardis hands on amounts
as the exchange states them (tardis-node src/mappers): coins on spot markets, but contracts on OKX's
swaps and dollars on inverse futures, which must not be taken for coins.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from pipeline.model import FUTURES, SymbolInfo, bare

DOLLARS: Final = frozenset({"USDT", "USDC", "FDUSD", "TUSD", "BUSD", "USDP", "DAI", "USD1", "USD"})
"""Quote assets counted as one US dollar each."""

QUOTES: Final = (
    *sorted(DOLLARS, key=len, reverse=True), "BTC", "ETH", "BNB", "TRY", "EUR", "BRL", "JPY", "MXN",
    "ARS", "COP", "CZK", "PLN", "RON", "ZAR", "UAH", "IDR", "GBP", "AUD",
)  # fmt: skip
"""Quote assets recognised in a symbol that no listing explains."""

Amount = Literal["coins", "dollars", "contracts"]

SPOT: Final = "binance"
HEARTBEATS: Final = {
    "binance": "BTCUSDT",
    "binance-futures": "BTCUSDT",
    "bybit": "BTCUSDT",
    "okex": "BTC-USDT",
    "okex-swap": "BTC-USDT-SWAP",
    "deribit": "BTC-PERPETUAL",
    "huobi": "BTCUSDT",
    "upbit": "KRW-BTC",
}
"""The exchanges, and of each a pair that is never quiet for long."""
ALIASES: Final = {
    "okx": "okex",
    "okx-swap": "okex-swap",
    "htx": "huobi",
    "binance-usdm": "binance-futures",
    "오케이엑스": "okex",
    "업비트": "upbit",
    "바이비트": "bybit",
    "후오비": "huobi",
    "데리비트": "deribit",
}
_NAME: Final = re.compile(r"\w[\w-]{1,39}")  # some are not ASCII
_DATED: Final = re.compile(r"[A-Z0-9]+-\d{1,2}[A-Z]{3}\d{2}")
WON: Final = "upbit:KRW-USDT"
"""Tells what a won is in dollars."""


class Pair(msgspec.Struct, frozen=True):
    """One pair of an exchange: ``name`` as the exchange writes it, ``amount`` what it counts."""

    exchange: str
    name: str
    info: SymbolInfo
    amount: Amount = "coins"

    def quantity(self, amount: float, price: float, sizes: Mapping[str, float]) -> float:
        """An amount in coins. ``sizes``: a contract in coins, of inverse ones in dollars."""
        if self.amount == "contracts":
            amount *= sizes[self.info.symbol]
        inverse = self.amount == "dollars" or (
            self.amount == "contracts" and self.info.quote == "USD"
        )
        return amount / price if inverse else amount


def exchange_of(text: str) -> str | None:
    """Tardis' name of an exchange that somebody wrote (``OKX`` → ``okex``), None for others."""
    name = text.strip().lower().replace("_", "-")
    name = ALIASES.get(name, name)
    return name if name in HEARTBEATS else None


def foreign(symbol: str) -> bool:
    """Whether a symbol is of another exchange than Binance."""
    return ":" in symbol and not symbol.startswith(f"{FUTURES}:")


def coin_of(symbol: str) -> str:
    """What moves as one: Binance's pair and its future; a pair of another exchange is alone."""
    return symbol if foreign(symbol) else bare(symbol)


def pair_of(text: str) -> Pair:
    """``okex:btc-usdt`` → the pair; without an exchange one of Binance's spot market.

    Raises ValueError for an exchange or a form that is none of those above.
    """
    venue, colon, written = text.strip().partition(":")
    if not colon:
        venue, written = SPOT, text.strip()
    exchange = exchange_of(venue)
    name = written.strip().upper().replace("/", "-")
    if exchange is None:
        raise ValueError(f"{text!r}: no exchange of {', '.join(HEARTBEATS)}")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{text!r}: not a symbol such as {exchange}:{HEARTBEATS[exchange]}")
    base, quote, amount = _parts(exchange, name)
    if not base or not quote:
        raise ValueError(f"{text!r}: not a symbol such as {exchange}:{HEARTBEATS[exchange]}")
    symbol = name if exchange == SPOT else f"{exchange}:{name}"
    return Pair(exchange, name, SymbolInfo(symbol, base, quote), amount)


def _parts(exchange: str, name: str) -> tuple[str, str, Amount]:
    """Base and quote, "" where the name is not of the exchange's form, and what amounts are."""
    parts = name.split("-")
    match exchange:
        case "upbit":
            return (parts[1], parts[0], "coins") if len(parts) == 2 else ("", "", "coins")
        case "okex":
            return (parts[0], parts[1], "coins") if len(parts) == 2 else ("", "", "coins")
        case "okex-swap":
            swap = len(parts) == 3 and parts[2] == "SWAP"
            return (parts[0], parts[1], "contracts") if swap else ("", "", "contracts")
        case "deribit":
            if not _DATED.fullmatch(name) and not (len(parts) == 2 and parts[1] == "PERPETUAL"):
                return "", "", "dollars"  # options are priced in coins
            base, _, quote = parts[0].partition("_")
            return (base, quote, "coins") if quote else (base, "USD", "dollars")
        case "bybit":
            if name.endswith("PERP"):
                return name.removesuffix("PERP"), "USDC", "coins"
            if name.endswith("USD"):
                return name.removesuffix("USD"), "USD", "dollars"
    found = next((q for q in (*QUOTES, "KRW") if name.endswith(q) and name != q), "")
    return name.removesuffix(found), found, "coins"
