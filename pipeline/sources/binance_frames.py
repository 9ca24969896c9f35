"""Binance's frames: feeds to stream names, bytes to events. Pure: no socket, no clock.

Sources: binance-spot-api-docs web-socket-streams.md; USDⓈ-M frames have the same shapes with
additional fields. Facts that decide the code:

- ``m`` means that the *buyer* was the maker, so the taker sold.
- Spot ``bookTicker`` and ``depth20`` carry neither event type nor time, and ``depth20`` not even
  the symbol: the stream name decides what a frame is.
- Times are milliseconds, or microseconds where asked for; a value above 10^14 is microseconds.
- Since 2026-06-30 the futures' arrays carry coin-margined contracts as well: ``st`` is 2 on those.
- ``o.S`` of a ``forceOrder`` is the side of the closing order: SELL closed a long. ``z`` at ``ap``
  is what was filled of it; ``q`` at ``p`` is more.
- Futures announce trades outside the market (insurance fund, ADL) with price or quantity 0.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from pipeline.errors import UNREADABLE, FrameError
from pipeline.model import (
    ALL,
    Book,
    BookDelta,
    Candle,
    Event,
    Feed,
    Gap,
    Liquidation,
    Mark,
    Position,
    Quote,
    Snapshot,
    Ticker,
    Trade,
    bare,
)
from pipeline.sources.binance_wire import (
    MICROSECONDS,
    USD_MARGINED,
    DepthFrame,
    ForcedFrame,
    KlineFrame,
    MarkFrame,
    WholeFrame,
    read_agg_trade,
    read_best,
    read_depth,
    read_envelope,
    read_fields,
    read_forced,
    read_kline,
    read_mark,
    read_mark_row,
    read_quote,
    read_reply,
    read_rows,
    read_running_trade,
    read_ticker,
    read_ticker_row,
    read_trade,
    read_whole,
)
from pipeline.sources.streamed_book import LevelReader, StreamedBook


def stream_name(feed: Feed) -> str:
    """The stream that carries a feed, for instance ``btcusdt@aggTrade``.

    aggTrade rather than trade: its ids are consecutive per symbol too, it is several times fewer
    frames, it names the matches behind it (f..l), and a gap costs weight 4 per 1,000 instead of 25.
    """
    suffix = {
        "trade": "aggTrade",
        "quote": "bookTicker",
        "book": "depth20@100ms",
        "ticker": "miniTicker",
        "candle": "kline_1m",
        "mark": "markPrice",
        "liquidation": "forceOrder",
    }[feed.channel]
    if feed.symbol == ALL:
        return f"!{suffix}@arr"
    return f"{bare(feed.symbol).lower()}@{suffix}"


class Answer(msgspec.Struct, frozen=True):
    """The exchange's answer to a control message; ``code`` and ``msg`` when it refused."""

    id: int | str | None = None
    code: int | None = None
    msg: str = ""


class Shutdown(msgspec.Struct, frozen=True):
    """The server is about to close this connection: open another one now."""


class Run(NamedTuple):
    """Trades that came one behind the other, at least one."""

    trades: Sequence[Trade]


class Books(NamedTuple):
    """Partial books that came one behind the other, at least one."""

    books: Sequence[StreamedBook]


_PARTIAL = re.compile(r"([^@!]{1,60})@depth(?:5|10|20)(?:@[0-9]{1,9}ms)?").fullmatch
"""The stream of a partial book, as the exchange names it."""

_PREFIX = b'{"stream":"'
_IS_AGG_TRADE = b'@aggTrade"'
_TRADE_BYTES = 512
"""More than a trade has, and less than a book."""

Parsed = Event | list[Event] | Answer | Shutdown | None
Handler = Callable[[bytes, str, float], Parsed]
"""Frame, symbol by the stream's name, receiver's clock in ms → what it says."""

ROUTES, ROUTE_BYTES = 2_048, 128
"""How many stream names are remembered per connection (Binance allows 1,024 streams) and how long
they may be; all others are read anew each time."""


def _milliseconds(stamp: int) -> int:
    return stamp // 1000 if stamp > MICROSECONDS else stamp


def _symbol(name: bytes) -> str:
    """Whose stream one of this name is, "" if that cannot be read."""
    try:
        return name.decode().upper()
    except UnicodeDecodeError:
        return ""


class Ahead:
    """How far the exchange's clock is ahead of the receiver's, latency included."""

    __slots__ = ("ms",)

    def __init__(self) -> None:
        self.ms = 0.0


class FrameParser:
    """Turns the frames of one connection or recording into events.

    Frames without a time (spot quotes and partial books) are stamped with the newest exchange time
    plus what has passed since by the receiver's clock, so a receiver with a wrong clock does not
    matter. ``ignored`` counts valid frames of streams nobody here uses.

    ``only_symbol`` is whose book a bare REST snapshot is (recordings contain them). ``venue``
    qualifies symbols of other markets than Binance spot (``binance-futures:BTCUSDT``). ``ahead``
    is shared by the connections of one receiver, so that a recording of all gives the same times.
    """

    def __init__(self, only_symbol: str = "", venue: str = "", ahead: Ahead | None = None) -> None:
        self.only_symbol = only_symbol
        self.qualify(venue)
        self.ignored = 0
        self._bad = 0
        self._ahead = ahead or Ahead()
        self._levels = LevelReader()  # apart, as a book that nobody looks at keeps it
        self._routes: dict[bytes, tuple[Handler, str]] = {}
        self._names: dict[str, str] = {}  # whose partial books a stream carries
        self._by_channel: dict[bytes, Handler] = {
            b"aggTrade": self._prints(read_agg_trade),
            b"trade": self._prints(read_trade),
            b"bookTicker": self._quote,
            b"miniTicker": self._ticker,
            b"ticker": self._ticker,
            b"!miniTicker": self._tickers,
            b"!ticker": self._tickers,
            b"!bookTicker": self._quote,  # futures
            b"depth": self._delta,
            b"depth5": self._book,
            b"depth10": self._book,
            b"depth20": self._book,
            b"depthSnapshot": self._snapshot,  # Tardis and others record REST answers so
            b"markPrice": self._mark,
            b"!markPrice": self._marks,
            b"forceOrder": self._forced,
            b"!forceOrder": self._forced,
            b"!serverShutdown": self._shutdown,
        }

    @property
    def bad(self) -> int:
        """Rows skipped inside an array frame, and books whose levels cannot be read."""
        return self._bad + self._levels.bad

    def qualify(self, venue: str) -> None:
        """From now on symbols are of this market."""
        self._prefix = f"{venue}:" if venue else ""
        self._likely = False

    def parse(self, frame: bytes, received_ms: float) -> Parsed:
        """The event(s) of a frame, an Answer, a Shutdown, or None for streams nobody uses.

        Raises FrameError when the frame is not what the protocol says.
        """
        try:
            head = frame[: frame.find(b'"', 11) + 1]  # {"stream":"btcusdt@aggTrade"
            handler, symbol = self._routes.get(head) or self._remember(head)
            parsed = handler(frame, symbol, received_ms)
            return self._qualified(parsed) if self._prefix else parsed
        except UNREADABLE as error:
            raise FrameError(f"{error}: {frame[:120]!r}") from error

    def parse_all(
        self, frames: Iterable[bytes], received_ms: float, bad: Callable[[FrameError], None]
    ) -> Iterator[Run | Books | Event | list[Event] | Answer | Shutdown]:
        """What frames that were received together say, in their order: trades and partial books in
        runs, all else by itself. ``bad`` is told of those that are not what the protocol says."""
        trades: list[Trade] = []
        books: list[StreamedBook] = []
        likely, read = self._likely, read_running_trade
        at_ms = 0
        for frame in frames:
            # Nearly every short frame of a live connection is a trade, and follows on one.
            if len(frame) < _TRADE_BYTES and (
                likely or (not self._prefix and frame.find(_IS_AGG_TRADE, 11, 48) > 0)
            ):
                try:
                    trade = read(frame).data
                except UNREADABLE:
                    likely = False  # it may still be one in microseconds, or of nothing
                else:
                    if books:
                        yield Books(books)
                        books = []
                    trades.append(trade)
                    likely = True
                    continue
            if trades:
                yield self._run(trades, received_ms)
                trades = []
            if len(frame) >= _TRADE_BYTES and not self._prefix:
                if not books:  # nothing but times that are told makes another of it
                    at_ms = self._stamp(0, received_ms)
                book = self._streamed(frame, at_ms)
                if book is not None:
                    books.append(book)
                    continue
            try:
                parsed = self.parse(frame, received_ms)
            except FrameError as error:
                bad(error)
                continue
            if type(parsed) is StreamedBook:
                books.append(parsed)
                continue
            if books:
                yield Books(books)
                books = []
            if parsed is not None:
                yield parsed
        self._likely = likely
        if trades:
            yield self._run(trades, received_ms)
        if books:
            yield Books(books)

    def _run(self, trades: list[Trade], received_ms: float) -> Run:
        self._ahead.ms = trades[-1].at_ms - received_ms
        return Run(trades)

    def _qualified(self, parsed: Parsed) -> Parsed:
        for event in parsed if isinstance(parsed, list) else (parsed,):
            if event is not None and not isinstance(event, Answer | Shutdown | Gap):
                msgspec.structs.force_setattr(event, "symbol", self._prefix + event.symbol)
        return parsed

    def _remember(self, head: bytes) -> tuple[Handler, str]:
        """How to read frames that begin so; found once for each stream of the connection."""
        if not head.startswith(_PREFIX) or b"\\" in head:  # or a name with JSON escapes
            return self._unwrapped, ""
        route = self._route(head[len(_PREFIX) : -1])
        if len(self._routes) < ROUTES and len(head) <= ROUTE_BYTES:
            self._routes[head] = route
        return route

    def _name(self, stream: str) -> str:
        """Whose partial books a stream of this name carries, "" if none."""
        partial = _PARTIAL(stream)
        symbol = partial[1].upper() if partial else ""
        if symbol and len(self._names) < ROUTES:
            self._names[stream] = symbol
        return symbol

    def _route(self, stream: bytes) -> tuple[Handler, str]:
        """Who reads the frames of a stream, and whose it is."""
        symbol, _, channel = stream.partition(b"@")
        if symbol.startswith(b"!"):
            handler = self._by_channel.get(symbol)
        elif channel.startswith(b"kline_"):
            handler = self._candle
        else:
            handler = self._by_channel.get(channel.partition(b"@")[0])  # depth20@100ms
        name = _symbol(symbol)  # trades and others name their symbol themselves
        if not name and handler in (self._book, self._snapshot):
            handler = self._nobodys
        return handler or self._ignore, name

    def _ignore(self, _frame: bytes, _symbol: str, _received_ms: float) -> Parsed:
        self.ignored += 1
        return None

    def _nobodys(self, frame: bytes, _symbol: str, _received_ms: float) -> Parsed:
        raise FrameError(f"a book without a symbol: {frame[:120]!r}")

    def _unwrapped(self, frame: bytes, _symbol: str, received_ms: float) -> Parsed:
        envelope = read_envelope(frame)
        if envelope.stream is not None and envelope.data:  # keys in another order, or spaces
            handler, symbol = self._route(envelope.stream.encode())
            return handler(frame, symbol, received_ms)
        wrapped = b'{"data":' + frame + b"}"
        if envelope.e is not None:
            if envelope.e == "serverShutdown":
                return Shutdown()
            channel = {
                "24hrMiniTicker": b"miniTicker",
                "24hrTicker": b"ticker",
                "depthUpdate": b"depth",
                "kline": b"kline_",
                "markPriceUpdate": b"markPrice",
            }.get(envelope.e, envelope.e.encode())
            handler, symbol = self._route(b"@" + channel)
            return handler(wrapped, symbol, received_ms)
        fields = read_fields(frame)
        if "lastUpdateId" in fields:
            if not self.only_symbol:
                raise FrameError(f"a book without a symbol: {frame[:120]!r}")
            return self._snapshot(wrapped, self.only_symbol, received_ms)
        if fields.keys() >= {"u", "s", "b", "a"}:
            return self._quote(wrapped, "", received_ms)
        if "id" in fields or "code" in fields or "error" in fields:
            reply = read_reply(frame)
            wrong = reply.error or reply
            return Answer(reply.id, wrong.code, wrong.msg)
        raise FrameError(f"neither an event nor an answer: {frame[:120]!r}")

    def _prints(self, decode: Callable[[bytes], Any]) -> Handler:
        """The handler of trades in one of their two wire shapes."""

        def handle(frame: bytes, _symbol: str, received_ms: float) -> Parsed:
            trade: Trade = decode(frame).data
            at_ms = trade.at_ms
            if at_ms > MICROSECONDS:
                at_ms = at_ms // 1000
                trade = msgspec.structs.replace(trade, at_ms=at_ms, micros=trade.at_ms % 1000)
            self._ahead.ms = at_ms - received_ms
            if trade.price and trade.quantity:
                return trade
            self.ignored += 1
            return None

        return handle

    def _quote(self, frame: bytes, _symbol: str, received_ms: float) -> Parsed:
        quote: Quote = read_quote(frame).data
        msgspec.structs.force_setattr(quote, "at_ms", self._stamp(quote.at_ms, received_ms))
        return quote

    def _streamed(self, frame: bytes, at_ms: int) -> StreamedBook | None:
        """A partial book as spot streams write it, None of all else."""
        try:
            streamed = read_best(frame)
        except UNREADABLE:
            return None
        best, stream = streamed.data, streamed.stream
        symbol = self._names.get(stream) or self._name(stream)
        if not symbol:
            return None
        return StreamedBook(
            symbol,
            (),
            (),
            best.lastUpdateId,
            at_ms,
            best.bids.best.price,
            best.asks.best.price,
            frame,
            self._levels,
        )

    def _book(self, frame: bytes, symbol: str, received_ms: float) -> Parsed:
        streamed = self._streamed(frame, self._stamp(0, received_ms))
        return streamed or self._other_book(frame, symbol, received_ms)

    def _other_book(self, frame: bytes, symbol: str, received_ms: float) -> Parsed:
        if b'"lastUpdateId"' not in frame:  # futures: partial depth looks like a difference
            depth: DepthFrame = read_depth(frame).data
            at_ms = self._stamp(depth.T or depth.E, received_ms)
            return Book(depth.s, depth.b, depth.a, depth.u, at_ms)
        book: WholeFrame = read_whole(frame).data
        at_ms = self._stamp(book.T or book.E, received_ms)
        return Book(symbol, book.bids, book.asks, book.lastUpdateId, at_ms)

    def _snapshot(self, frame: bytes, symbol: str, received_ms: float) -> Parsed:
        book: WholeFrame = read_whole(frame).data
        at_ms = self._stamp(book.T or book.E, received_ms)
        return Snapshot(symbol, book.bids, book.asks, book.lastUpdateId, at_ms)

    def _delta(self, frame: bytes, _symbol: str, received_ms: float) -> Parsed:
        depth: DepthFrame = read_depth(frame).data
        at_ms = self._stamp(depth.T or depth.E, received_ms)
        return BookDelta(depth.s, depth.U, depth.u, depth.b, depth.a, at_ms, depth.pu)

    def _ticker(self, frame: bytes, _symbol: str, received_ms: float) -> Parsed:
        ticker: Ticker = read_ticker(frame).data
        msgspec.structs.force_setattr(ticker, "at_ms", self._stamp(ticker.at_ms, received_ms))
        return ticker

    def _tickers(self, frame: bytes, _symbol: str, received_ms: float) -> Parsed:
        events: list[Event] = []
        for row in read_rows(frame).data:
            try:
                ticker: Ticker = read_ticker_row(row)
            except UNREADABLE:
                self._bad += 1  # one odd symbol must not cost the other rows
                continue
            msgspec.structs.force_setattr(ticker, "at_ms", self._stamp(ticker.at_ms, received_ms))
            events.append(ticker)
        return events

    def _candle(self, frame: bytes, _symbol: str, received_ms: float) -> Parsed:
        kline: KlineFrame = read_kline(frame).data
        bar = kline.k
        return Candle(
            symbol=kline.s,
            interval=bar.i,
            open_ms=_milliseconds(bar.t),
            close_ms=_milliseconds(bar.T),
            open=bar.o,
            high=bar.h,
            low=bar.l,
            close=bar.c,
            volume=bar.v,
            quote_volume=bar.q,
            trades=bar.n,
            taker_buy_volume=bar.V,
            taker_buy_quote_volume=bar.Q,
            closed=bar.x,
            at_ms=self._stamp(kline.E, received_ms),
        )

    def _mark(self, frame: bytes, _symbol: str, received_ms: float) -> Parsed:
        return self._mark_of(read_mark(frame).data, received_ms)

    def _marks(self, frame: bytes, _symbol: str, received_ms: float) -> Parsed:
        events: list[Event] = []
        for row in read_rows(frame).data:
            try:
                mark = self._mark_of(read_mark_row(row), received_ms)
            except (FrameError, *UNREADABLE):
                self._bad += 1  # one odd contract must not cost the other rows
                continue
            if mark is not None:
                events.append(mark)
        return events

    def _mark_of(self, mark: MarkFrame, received_ms: float) -> Mark | None:
        # Coin-margined ones were BTCUSD_PERP before they had the field; those that expire have a
        # date behind the sign.
        if mark.st != USD_MARGINED or not mark.r or "_" in mark.s:
            self.ignored += 1
            return None
        rate = float(mark.r)
        if not -1 < rate < 1:
            raise FrameError(f"a funding rate of {mark.r!r}")
        at_ms = self._stamp(mark.E, received_ms)
        return Mark(mark.s, mark.p, mark.i, rate, _milliseconds(mark.T), at_ms)

    def _forced(self, frame: bytes, _symbol: str, received_ms: float) -> Parsed:
        found: ForcedFrame | list[ForcedFrame] = read_forced(frame).data
        events: list[Event] = []
        for forced in found if isinstance(found, list) else [found]:
            order = forced.o
            if forced.st != USD_MARGINED or "_" in order.s or not order.z or not order.ap:
                self.ignored += 1
            elif order.S in ("BUY", "SELL"):
                position: Position = "long" if order.S == "SELL" else "short"
                at_ms = self._stamp(order.T, received_ms)
                events.append(Liquidation(order.s, position, order.ap, order.z, at_ms))
            else:
                self._bad += 1
        return events

    def _shutdown(self, _frame: bytes, _symbol: str, _received_ms: float) -> Parsed:
        return Shutdown()

    def _stamp(self, exchange_time: int, received_ms: float) -> int:
        if exchange_time:
            at_ms = _milliseconds(exchange_time)
            self._ahead.ms = at_ms - received_ms
            return at_ms
        return int(received_ms + self._ahead.ms)
