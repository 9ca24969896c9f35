"""Upbit's frames: the request that subscribes, and bytes → events. Pure.

Frames (docs.upbit.com, FACTS E.1) are JSON, mostly in binary messages. In the format ``DEFAULT``
keys have their whole names, in ``SIMPLE`` short ones; ``JSON_LIST`` and ``SIMPLE_LIST`` put them
into an array. ``ask_bid`` is the taker's side. A request replaces the one before it.
"""

import json
import math
import uuid
from collections.abc import Collection
from typing import Any, Final

import msgspec

from pipeline.errors import UNREADABLE, FrameError
from pipeline.model import Book, Trade, WonTicker

VENUE: Final = "upbit"
"""What qualifies its symbols: ``upbit:KRW-BTC``."""
PING: Final = "PING"


class Refusal(msgspec.Struct, frozen=True):
    """The exchange did not understand a request: a name such as NO_CODES, and its words."""

    name: str
    message: str


class Alive(msgspec.Struct, frozen=True):
    """Its answer to PING, which is no data."""


class _Ticker(msgspec.Struct, tag_field="type", tag="ticker"):
    code: str
    trade_price: float
    trade_timestamp: int
    timestamp: int
    signed_change_rate: float = 0.0
    acc_trade_price_24h: float = 0.0
    market_state: str = "ACTIVE"
    is_trading_suspended: bool = False


class _Trade(msgspec.Struct, tag_field="type", tag="trade"):
    code: str
    trade_price: float
    trade_volume: float
    trade_timestamp: int
    ask_bid: str
    sequential_id: int


class _Unit(msgspec.Struct):
    ask_price: float
    bid_price: float
    ask_size: float
    bid_size: float


class _Orderbook(msgspec.Struct, tag_field="type", tag="orderbook"):
    code: str
    timestamp: int
    orderbook_units: list[_Unit]


_NAMES: Final = {
    "code": "cd", "trade_price": "tp", "trade_volume": "tv", "trade_timestamp": "ttms",
    "timestamp": "tms", "signed_change_rate": "scr", "acc_trade_price_24h": "atp24h",
    "market_state": "ms", "is_trading_suspended": "its", "ask_bid": "ab", "sequential_id": "sid",
    "orderbook_units": "obu", "ask_price": "ap", "bid_price": "bp", "ask_size": "as",
    "bid_size": "bs",
}  # fmt: skip


def _in_short(whole: type[msgspec.Struct], **changed: Any) -> Any:
    """The same shape under short names; msgspec renames the fields that a class itself has."""
    fields = [
        (field.name, changed.get(field.name, field.type))
        if field.required
        else (field.name, field.type, field.default)
        for field in msgspec.structs.fields(whole)
    ]
    tag = whole.__struct_config__.tag
    return msgspec.defstruct(
        f"{whole.__name__}InShort",
        fields,
        bases=(whole,),
        tag_field="ty" if tag else None,
        tag=tag,
        rename=_NAMES,
    )


class _Control(msgspec.Struct):
    error: Refusal | None = None
    status: str = ""


Parsed = WonTicker | Trade | Book | Refusal | Alive
_WHOLE: Final[Any] = _Ticker | _Trade | _Orderbook
_SHORT: Final[Any] = (
    _in_short(_Ticker)
    | _in_short(_Trade)
    | _in_short(_Orderbook, orderbook_units=list[_in_short(_Unit)])  # type: ignore[misc]
)
_ONE: Final = tuple(msgspec.json.Decoder(shape) for shape in (_WHOLE, _SHORT))
_LIST: Final = tuple(msgspec.json.Decoder(list[shape]) for shape in (_WHOLE, _SHORT))  # type: ignore[valid-type]
_CONTROL: Final = msgspec.json.Decoder(_Control)


def request(codes: Collection[str]) -> str:
    """What subscribes to the tickers of these codes (``KRW-BTC``), each with its newest price
    first."""
    asked = {"type": "ticker", "codes": sorted(codes)}
    return json.dumps([{"ticket": str(uuid.uuid4())}, asked, {"format": "DEFAULT"}])


def parse(frame: bytes) -> list[Parsed]:
    """What a frame says. Raises FrameError for what the protocol does not have."""
    whole, short = _LIST if frame.lstrip()[:1] == b"[" else _ONE
    rows: Any
    try:
        rows = whole.decode(frame)
    except UNREADABLE as error:
        try:
            rows = short.decode(frame)
        except UNREADABLE:
            return [_control(frame, error)]
    return [_event(row) for row in (rows if isinstance(rows, list) else (rows,))]


def _control(frame: bytes, error: Exception) -> Refusal | Alive:
    try:
        control = _CONTROL.decode(frame)
    except UNREADABLE:
        control = _Control()
    if control.error is not None:
        return control.error
    if control.status == "UP":
        return Alive()
    raise FrameError(f"{error}: {frame[:120]!r}") from error


def _event(row: Any) -> WonTicker | Trade | Book:
    quote, _, base = row.code.partition("-")
    if not (quote and base) or "-" in base:
        raise FrameError(f"{row.code!r} is no code")
    symbol = f"{VENUE}:{row.code}"
    match row:
        case _Ticker():
            change_pct, day = row.signed_change_rate * 100, row.acc_trade_price_24h
            _positive(row.code, row.trade_price)
            if not (math.isfinite(change_pct) and math.isfinite(day)):
                raise FrameError(f"{row.code}: {change_pct} %, {day} won a day")
            return WonTicker(
                symbol,
                row.trade_price,
                row.trade_timestamp,
                row.timestamp,
                change_pct,
                day,
                row.is_trading_suspended or row.market_state != "ACTIVE",
            )
        case _Trade():
            _positive(row.code, row.trade_price, row.trade_volume)
            if row.ask_bid not in ("ASK", "BID"):
                raise FrameError(f"{row.code}: {row.ask_bid!r} is no side")
            return Trade(
                symbol,
                row.sequential_id,
                row.trade_price,
                row.trade_volume,
                row.trade_timestamp,
                row.ask_bid == "ASK",
            )
        case _:
            units = row.orderbook_units
            return Book(
                symbol,
                tuple((unit.bid_price, unit.bid_size) for unit in units),
                tuple((unit.ask_price, unit.ask_size) for unit in units),
                at_ms=row.timestamp,
            )


def _positive(code: str, *values: float) -> None:
    if not all(math.isfinite(value) and value > 0 for value in values):
        raise FrameError(f"{code}: {values}")
