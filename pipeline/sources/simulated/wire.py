"""The simulated market in Binance's own words: stream names, stream payloads, decimal strings.

Payloads are the raw ones; ``wrapped`` puts one into the combined form. All prices and quantities
have eight decimals, as in the exchange's frames. Where a payload carries times, ``micros`` asks
for microseconds.
"""

from typing import NamedTuple

from pipeline.sources.simulated.book import Level
from pipeline.sources.simulated.history import Bar
from pipeline.sources.simulated.listing import Listing
from pipeline.sources.simulated.market import Fill, Order, Touch
from pipeline.sources.simulated.pairs import Pair

INTERVALS = {
    "1m": 1,
    "3m": 3,
    "5m": 5,
    "15m": 15,
    "30m": 30,
    "1h": 60,
    "2h": 120,
    "4h": 240,
    "6h": 360,
    "8h": 480,
    "12h": 720,
    "1d": 1440,
}
"""Bars that can be made of one day of minutes, with their minutes."""

ALL_MINI_TICKERS = "!miniTicker@arr"
SEND_DELAY_MS = 1
"""What lies between the match (T) and sending (E); 1 ms is the usual value in recorded frames."""


class Topic(NamedTuple):
    """A stream that is sent periodically: its kind, its symbol ("" for all) and how often."""

    kind: str
    symbol: str
    every_ms: int
    argument: int = 0


def periodic(stream: str) -> Topic | None:
    """What a stream name of a periodic stream means; None for real-time and unknown ones."""
    if stream == ALL_MINI_TICKERS:
        return Topic("miniTickers", "", 1000)
    symbol, _, rest = stream.partition("@")
    if symbol != symbol.lower():
        return None
    symbol = symbol.upper()
    if rest == "miniTicker":
        return Topic("miniTicker", symbol, 1000)
    if rest.startswith("kline_") and rest[6:] in INTERVALS:
        return Topic("kline", symbol, 2000, INTERVALS[rest[6:]])
    levels, _, speed = rest.removeprefix("depth").partition("@")
    if rest.startswith("depth") and levels in ("5", "10", "20") and speed in ("", "100ms"):
        return Topic("depth", symbol, 100 if speed else 1000, int(levels))
    return None


def _decimal(units: int) -> str:
    """A number of 1e-8 units as the exchange writes it."""
    return f"{units // 100_000_000}.{units % 100_000_000:08d}"


def price(pair: Pair, ticks: int) -> str:
    """A price."""
    return _decimal(ticks * pair.price_unit)


def quantity(pair: Pair, lots: int) -> str:
    """A quantity in the base currency."""
    return _decimal(lots * pair.lot_unit)


def value(pair: Pair, units: int) -> str:
    """A value in the quote currency, of units of ticks times lots; digits past the eighth go."""
    return _decimal(units * pair.price_unit * pair.lot_unit // 100_000_000)


def average(pair: Pair, units: int, lots: int) -> str:
    """The average price of ``lots`` that were worth ``units`` (ticks times lots)."""
    return _decimal(units * pair.price_unit // max(1, lots))


def stamp(at_ms: int, micros: bool) -> int:
    """A time without a finer part."""
    return at_ms * 1000 if micros else at_ms


def trade_stamp(at_ms: int, micros: bool) -> int:
    """A trade time; its microseconds follow from it, the same for every fill of an order."""
    return at_ms * 1000 + at_ms * 617 % 1000 if micros else at_ms


def wrapped(stream: str, payload: str) -> str:
    """The combined form."""
    return f'{{"stream":"{stream}","data":{payload}}}'


def _flag(yes: bool) -> str:
    return "true" if yes else "false"


def agg_trade(order: Order, fill: Fill, micros: bool) -> str:
    """``<symbol>@aggTrade``: one price of an order."""
    pair = order.pair
    return (
        f'{{"e":"aggTrade","E":{stamp(order.at_ms + SEND_DELAY_MS, micros)},"s":"{pair.symbol}",'
        f'"a":{fill.id},"p":"{price(pair, fill.price)}",'
        f'"q":"{quantity(pair, sum(fill.parts))}","f":{fill.first},'
        f'"l":{fill.first + len(fill.parts) - 1},"T":{trade_stamp(order.at_ms, micros)},'
        f'"m":{_flag(order.buyer_is_maker)},"M":true}}'
    )


def trade(order: Order, fill: Fill, number: int, micros: bool) -> str:
    """``<symbol>@trade``: one match of an order; ``number`` counts within the fill."""
    pair = order.pair
    return (
        f'{{"e":"trade","E":{stamp(order.at_ms + SEND_DELAY_MS, micros)},"s":"{pair.symbol}",'
        f'"t":{fill.first + number},"p":"{price(pair, fill.price)}",'
        f'"q":"{quantity(pair, fill.parts[number])}","T":{trade_stamp(order.at_ms, micros)},'
        f'"m":{_flag(order.buyer_is_maker)},"M":true}}'
    )


def book_ticker(touch: Touch, micros: bool) -> str:
    """``<symbol>@bookTicker``: no event type and no time."""
    pair = touch.pair
    return (
        f'{{"u":{touch.update_id},"s":"{pair.symbol}","b":"{price(pair, touch.bid)}",'
        f'"B":"{quantity(pair, touch.bid_lots)}","a":"{price(pair, touch.ask)}",'
        f'"A":"{quantity(pair, touch.ask_lots)}"}}'
    )


def _rows(pair: Pair, levels: list[Level]) -> str:
    return ",".join(f'["{price(pair, p)}","{quantity(pair, lots)}"]' for p, lots in levels)


def depth(listing: Listing, levels: int) -> str:
    """``<symbol>@depth<levels>``, and the answer of ``/api/v3/depth``: no symbol, no time."""
    pair, book = listing.pair, listing.book
    return (
        f'{{"lastUpdateId":{book.update_id},"bids":[{_rows(pair, book.bids.levels(levels))}],'
        f'"asks":[{_rows(pair, book.asks.levels(levels))}]}}'
    )


def futures_depth(listing: Listing, levels: int, now_ms: int) -> str:
    """``<symbol>@depth<levels>`` of a contract: the shape of a difference, with all of it."""
    pair, book = listing.pair, listing.book
    return (
        f'{{"e":"depthUpdate","E":{now_ms},"T":{now_ms},"s":"{pair.symbol}","ps":"{pair.symbol}",'
        f'"U":{book.update_id},"u":{book.update_id},"pu":{book.update_id - 1},'
        f'"b":[{_rows(pair, book.bids.levels(levels))}],'
        f'"a":[{_rows(pair, book.asks.levels(levels))}],"st":1}}'
    )


def mini_ticker(listing: Listing, now_ms: int, micros: bool) -> str:
    """``<symbol>@miniTicker``: the rolling day."""
    pair, day = listing.pair, listing.bars.day()
    return (
        f'{{"e":"24hrMiniTicker","E":{stamp(now_ms, micros)},"s":"{pair.symbol}",'
        f'"c":"{price(pair, day.close)}","o":"{price(pair, day.open)}",'
        f'"h":"{price(pair, day.high)}","l":"{price(pair, day.low)}",'
        f'"v":"{quantity(pair, day.lots)}","q":"{value(pair, day.value)}"}}'
    )


def kline(pair: Pair, interval: str, bar: Bar, now_ms: int, closed: bool, micros: bool) -> str:
    """``<symbol>@kline_<interval>``; without trades the ids are -1."""
    end = stamp(bar.open_ms + INTERVALS[interval] * 60_000, micros) - 1
    first, last = -1, -1
    if bar.matches:
        first, last = bar.first_id, bar.first_id + bar.matches - 1
    return (
        f'{{"e":"kline","E":{stamp(now_ms, micros)},"s":"{pair.symbol}","k":{{'
        f'"t":{stamp(bar.open_ms, micros)},"T":{end},'
        f'"s":"{pair.symbol}","i":"{interval}","f":{first},"L":{last},'
        f'"o":"{price(pair, bar.open)}","c":"{price(pair, bar.close)}",'
        f'"h":"{price(pair, bar.high)}","l":"{price(pair, bar.low)}",'
        f'"v":"{quantity(pair, bar.lots)}","n":{bar.matches},"x":{_flag(closed)},'
        f'"q":"{value(pair, bar.value)}","V":"{quantity(pair, bar.taker_lots)}",'
        f'"Q":"{value(pair, bar.taker_value)}","B":"0"}}}}'
    )


def server_shutdown(now_ms: int, micros: bool) -> str:
    """``serverShutdown``, announced on the stream ``!serverShutdown``."""
    return f'{{"e":"serverShutdown","E":{stamp(now_ms, micros)}}}'
