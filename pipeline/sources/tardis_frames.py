"""Pure: messages of tardis-machine's ``/ws-stream-normalized`` → events, and what to ask it for.

Messages are of one form for every exchange (tardis-machine 18.2.0): numbers are JSON floats, times
ISO 8601 with three or six decimals, ``side`` is the taker's, and "sell" of a liquidation means that
a long was closed.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote

import msgspec

from pipeline.errors import FrameError
from pipeline.model import Book, Event, Levels, Liquidation, Mark, Quote, Trade
from pipeline.venues import HEARTBEATS, SPOT, Pair, pair_of

PATH: Final = "/ws-stream-normalized"
BOOKS: Final = "book_snapshot_20_100ms"
_FUTURES: Final = ("trade", BOOKS, "derivative_ticker", "liquidation")
_SPOT: Final = ("trade", BOOKS)
TYPES: Final = {
    # Books begin with a REST address that Binance no longer has (18.2.0), and quotes of every pair
    # would be more than all else together: both come directly.
    "binance": ("trade",),
    "bybit": _FUTURES,
    "okex": _SPOT,
    "okex-swap": _FUTURES,
    "deribit": _FUTURES,
    "huobi": _SPOT,
    "upbit": _SPOT,
}
PAIRS: Final = 10_000
"""Remembered by their names."""
UPSTREAM_SILENCE_MS: Final = 10_000
"""After so long without a message tardis-machine connects to the exchange anew."""


class _Level(msgspec.Struct):
    price: float | None = None
    amount: float | None = None


class _Message(msgspec.Struct):
    """Every type's fields; those that a type needs are looked for when it is read."""

    type: str
    exchange: str = ""
    symbol: str = ""
    timestamp: str | None = None
    id: str | None = None
    price: float | None = None
    amount: float | None = None
    side: str | None = None
    bids: Sequence[_Level] = ()
    asks: Sequence[_Level] = ()
    bid_price: float | None = msgspec.field(default=None, name="bidPrice")
    bid_amount: float | None = msgspec.field(default=None, name="bidAmount")
    ask_price: float | None = msgspec.field(default=None, name="askPrice")
    ask_amount: float | None = msgspec.field(default=None, name="askAmount")
    mark_price: float | None = msgspec.field(default=None, name="markPrice")
    index_price: float | None = msgspec.field(default=None, name="indexPrice")
    funding_rate: float | None = msgspec.field(default=None, name="fundingRate")
    funding_time: str | None = msgspec.field(default=None, name="fundingTimestamp")
    details: str | None = None


class Disconnected(msgspec.Struct, frozen=True):
    """tardis-machine has lost the exchange and connects anew."""

    exchange: str


class Failed(msgspec.Struct, frozen=True):
    """tardis-machine tells of an error; the connection goes on."""

    exchange: str
    details: str


Heard = tuple[Event, str | None] | Disconnected | Failed | None
"""An event with the trade's id as the exchange wrote it; None for what nobody uses."""


def address(base: str, exchange: str, names: Sequence[str]) -> str:
    """Where to connect for these pairs, and the one that is never quiet, of an exchange."""
    options = {
        "exchange": exchange,
        "symbols": sorted({*names, HEARTBEATS[exchange]}),
        "dataTypes": TYPES[exchange],
        "withDisconnectMessages": True,
        "withErrorMessages": True,
        "timeoutIntervalMS": UPSTREAM_SILENCE_MS,
    }
    text = quote(json.dumps(options, separators=(",", ":")), safe="")
    return f"{base.rstrip('/')}{PATH}?options={text}"


class NormalisedParser:
    """Messages of one exchange. ``sizes`` are contracts in coins, by symbol; see venues.Pair."""

    def __init__(self, sizes: Mapping[str, float]) -> None:
        self._sizes = sizes
        self._decode = msgspec.json.Decoder(_Message).decode
        self._pairs: dict[tuple[str, str], Pair] = {}

    def parse(self, frame: bytes) -> Heard:
        """Raises FrameError for a message that is not of that form."""
        try:
            message = self._decode(frame)
            if message.type == "disconnect":
                return Disconnected(message.exchange)
            if message.type == "error":
                return Failed(message.exchange, (message.details or "")[:300])
            return self._event(message)
        except (
            msgspec.MsgspecError,
            ValueError,
            TypeError,
            KeyError,
            ArithmeticError,
            RecursionError,
        ) as error:
            raise FrameError(f"{type(error).__name__} {error}: {frame[:160]!r}") from error

    def _event(self, message: _Message) -> Heard:
        kind = message.type
        if kind not in (
            "trade",
            "book_snapshot",
            "book_ticker",
            "derivative_ticker",
            "liquidation",
        ):
            return None
        key = message.exchange, message.symbol
        pair = self._pairs.get(key)
        if pair is None:
            if len(self._pairs) >= PAIRS:
                self._pairs.clear()
            pair = self._pairs[key] = pair_of(f"{message.exchange}:{message.symbol}")
        if pair.amount == "contracts" and pair.info.symbol not in self._sizes:
            return None  # nobody follows it: see unusable
        at_ms, micros = _time(message.timestamp)
        symbol = pair.info.symbol
        if kind == "trade":
            return self._trade(pair, message, at_ms, micros), message.id
        if kind == "book_snapshot":
            bids, asks = self._levels(pair, message.bids), self._levels(pair, message.asks)
            return Book(symbol, bids, asks, at_ms=at_ms), None
        if kind == "book_ticker":
            bid, ask = message.bid_price, message.ask_price
            if not bid or not ask:
                return None  # a side that nobody offers
            bid_quantity = pair.quantity(message.bid_amount or 0.0, bid, self._sizes)
            ask_quantity = pair.quantity(message.ask_amount or 0.0, ask, self._sizes)
            return Quote(symbol, bid, bid_quantity, ask, ask_quantity, at_ms=at_ms), None
        if kind == "liquidation":
            price = _positive(message.price)
            quantity = pair.quantity(_positive(message.amount), price, self._sizes)
            closed = {"sell": "long", "buy": "short"}[message.side or ""]
            return Liquidation(symbol, closed, price, quantity, at_ms), None  # type: ignore[arg-type]
        if message.mark_price is None or message.funding_rate is None:
            return None  # not known yet, or a future without funding
        next_ms = _time(message.funding_time)[0] if message.funding_time else 0
        index = message.index_price or 0.0
        return Mark(symbol, message.mark_price, index, message.funding_rate, next_ms, at_ms), None

    def _trade(self, pair: Pair, message: _Message, at_ms: int, micros: int) -> Trade:
        price = _positive(message.price)
        quantity = pair.quantity(_positive(message.amount), price, self._sizes)
        sold = {"sell": True, "buy": False}[message.side or ""]
        # Of Binance it is the id of the match, by which the same trade is known on every way.
        of_binance = pair.exchange == SPOT and message.id is not None and message.id.isdigit()
        number = int(message.id) if of_binance and message.id else -1
        return Trade(pair.info.symbol, number, price, quantity, at_ms, sold, micros)

    def _levels(self, pair: Pair, levels: Sequence[_Level]) -> Levels:
        return [
            (level.price, pair.quantity(level.amount, level.price, self._sizes))
            for level in levels
            if level.price and level.amount and level.price > 0 and level.amount > 0
        ]


def unusable(symbol: str, sizes: Mapping[str, float]) -> str:
    """Why a symbol cannot be followed; "" if it can."""
    try:
        pair = pair_of(symbol)
    except ValueError as error:
        return str(error)
    if pair.exchange not in TYPES:
        return f"{symbol}: futures of Binance come from Binance itself, see [binance_futures]"
    if pair.amount == "contracts" and symbol not in sizes:
        return f"{symbol}: [tardis.contract_sizes] does not say what a contract of it is"
    return ""


def _positive(number: float | None) -> float:
    if number is None or not 0 < number < 1e18:
        raise ValueError(f"not a price or an amount: {number}")
    return number


def _time(text: str | None) -> tuple[int, int]:
    """Milliseconds since the epoch, and the microseconds below."""
    if text is None:
        raise ValueError("no timestamp")
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"a time without a zone: {text}")
    micros = at.microsecond
    return int(at.timestamp()) * 1000 + micros // 1000, micros % 1000
