"""The shapes of Binance's messages, decoded as they stand on the wire. Pure.

Sources: binance-spot-api-docs web-socket-streams.md; USDⓈ-M frames have the same shapes with
additional fields. Fields that nobody here uses are left out. What the letters mean that decide
something stands in binance_frames.py.
"""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from pipeline.model import Quote, Ticker, Trade

Amount = Annotated[float, msgspec.Meta(ge=0, le=1e18)]  # refuses NaN and infinities as well
Stamp = Annotated[int, msgspec.Meta(ge=0, le=10**17)]
Positive = Annotated[float, msgspec.Meta(gt=0, le=1e18)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=10**14)]
Levels = tuple[tuple[Amount, Amount], ...]

USD_MARGINED = 1

MICROSECONDS = 10**14
"""A time above this is in microseconds (as milliseconds it would be the year 5138)."""


class AggTradeFrame(
    Trade,
    frozen=True,
    gc=False,
    rename={
        "symbol": "s",
        "id": "a",
        "price": "p",
        "quantity": "q",
        "at_ms": "T",
        "buyer_is_maker": "m",
        "first_id": "f",
        "last_id": "l",
    },
):
    """A Trade under aggTrade's wire names."""

    symbol: str
    id: int
    price: Amount
    quantity: Amount
    at_ms: Stamp
    buyer_is_maker: bool
    first_id: int = -1
    last_id: int = -1


class RunningTrade(AggTradeFrame, frozen=True, gc=False, tag_field="e", tag="aggTrade"):
    """The same, by milliseconds and of something: as nearly all are. Nothing else is read as one,
    which is quicker than looking at the stream's name first."""

    price: Positive
    quantity: Positive
    at_ms: Milliseconds


class TradeFrame(
    Trade,
    frozen=True,
    gc=False,
    rename={
        "symbol": "s",
        "id": "t",
        "price": "p",
        "quantity": "q",
        "at_ms": "T",
        "buyer_is_maker": "m",
    },
):
    """A Trade under trade's wire names."""

    symbol: str
    id: int
    price: Amount
    quantity: Amount
    at_ms: Stamp
    buyer_is_maker: bool


class QuoteFrame(
    Quote,
    frozen=True,
    gc=False,
    rename={
        "symbol": "s",
        "bid": "b",
        "bid_quantity": "B",
        "ask": "a",
        "ask_quantity": "A",
        "update_id": "u",
        "at_ms": "T",
    },
):
    """A Quote under bookTicker's wire names (``T`` exists on futures only)."""

    symbol: str
    bid: Amount
    bid_quantity: Amount
    ask: Amount
    ask_quantity: Amount
    update_id: int = 0
    at_ms: Stamp = 0


class TickerFrame(
    Ticker,
    frozen=True,
    gc=False,
    rename={
        "symbol": "s",
        "at_ms": "E",
        "last": "c",
        "open": "o",
        "high": "h",
        "low": "l",
        "volume": "v",
        "quote_volume": "q",
    },
):
    """A Ticker under the wire names that miniTicker and ticker share."""

    symbol: str
    at_ms: Stamp
    last: Amount
    open: Amount
    high: Amount
    low: Amount
    volume: Amount
    quote_volume: Amount


class BarFrame(msgspec.Struct, gc=False):
    t: Stamp
    T: Stamp
    i: str
    o: Amount
    c: Amount
    h: Amount
    l: Amount  # noqa: E741 (the wire's name)
    v: Amount
    n: int
    x: bool
    q: Amount
    V: Amount
    Q: Amount


class KlineFrame(msgspec.Struct, gc=False):
    E: Stamp
    s: str
    k: BarFrame


class MarkFrame(msgspec.Struct, gc=False):
    E: Stamp
    s: str
    p: Amount
    T: Stamp
    i: Amount = 0  # coin-margined ones have had none
    r: str = ""  # empty on contracts that expire
    st: int = 1


class OrderFrame(msgspec.Struct, gc=False):
    s: str
    S: str
    ap: Amount
    z: Amount
    T: Stamp


class ForcedFrame(msgspec.Struct, gc=False):
    o: OrderFrame
    st: int = 1


class WholeFrame(msgspec.Struct, gc=False):
    lastUpdateId: int
    bids: Levels
    asks: Levels
    E: Stamp = 0  # on futures
    T: Stamp = 0


class BestLevel(msgspec.Struct, array_like=True, gc=False):
    """A level's price; what follows it is passed over."""

    price: Amount


class BestOfSide(msgspec.Struct, array_like=True, gc=False):
    """Of a side the best level; those behind it are passed over."""

    best: BestLevel


class Best(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Of a partial book as spot streams it no more than its best prices. Others carry times."""

    lastUpdateId: int
    bids: BestOfSide
    asks: BestOfSide


class StreamedBest(msgspec.Struct, gc=False):
    """The same with its stream, which tells whose book it is."""

    stream: str
    data: Best


class DepthFrame(msgspec.Struct, gc=False):
    """Diff depth, and on futures the partial depth of the same shape."""

    E: Stamp
    s: str
    U: int
    u: int
    b: Levels
    a: Levels
    T: Stamp = 0
    pu: int = -1


class Envelope(msgspec.Struct):
    stream: str | None = None
    data: msgspec.Raw = msgspec.Raw()
    e: str | None = None


class Wrong(msgspec.Struct):
    code: int | None = None
    msg: str = ""


class Reply(msgspec.Struct):
    id: int | str | None = None
    code: int | None = None
    msg: str = ""
    error: Wrong | None = None


def _decoder(data: Any) -> Callable[[bytes], Any]:
    wrapper = msgspec.defstruct("wrapper", [("data", data)], gc=False)
    return msgspec.json.Decoder(wrapper, strict=False).decode


read_agg_trade = _decoder(AggTradeFrame)
read_running_trade = _decoder(RunningTrade)
read_trade = _decoder(TradeFrame)
read_quote = _decoder(QuoteFrame)
read_ticker = _decoder(TickerFrame)
read_rows = _decoder(list[msgspec.Raw])
read_ticker_row = msgspec.json.Decoder(TickerFrame, strict=False).decode
read_kline = _decoder(KlineFrame)
read_mark = _decoder(MarkFrame)
read_mark_row = msgspec.json.Decoder(MarkFrame, strict=False).decode
read_forced = _decoder(ForcedFrame | list[ForcedFrame])
read_whole = _decoder(WholeFrame)
read_best = msgspec.json.Decoder(StreamedBest, strict=False).decode
read_depth = _decoder(DepthFrame)
read_envelope = msgspec.json.Decoder(Envelope).decode
read_reply = msgspec.json.Decoder(Reply).decode
read_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
