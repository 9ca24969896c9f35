"""From what happens in the simulated market to the frames of those who subscribed to it.

Nothing is built that nobody wants, and what is lost on purpose is not sent at all.
"""

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from pipeline.model import ALL
from pipeline.sources.simulated import wire
from pipeline.sources.simulated.history import MINUTE_MS
from pipeline.sources.simulated.listing import Listing
from pipeline.sources.simulated.market import Market, Order, Touch
from pipeline.sources.simulated.sockets import Render, Sockets


class _Names(NamedTuple):
    """The real-time streams of a pair."""

    trade: str
    agg_trade: str
    quote: str


class Broadcast:
    """Sends one market through its sockets."""

    def __init__(self, market: Market, sockets: Sockets) -> None:
        self._market = market
        self._sockets = sockets
        self._names: dict[str, _Names] = {}
        self._lost_until_ms: dict[str, int] = {}
        self._told_books: dict[str, int] = {}
        self._told_days: dict[str, tuple[int, int]] = {}

    def lose(self, symbol: str, until_ms: int) -> None:
        """Send nothing of a symbol (or of ALL) that happens before a time."""
        self._lost_until_ms[symbol] = until_ms

    def _lost(self, symbol: str, at_ms: int) -> bool:
        until_ms = self._lost_until_ms
        return bool(until_ms) and at_ms < max(until_ms.get(symbol, 0), until_ms.get(ALL, 0))

    def _names_of(self, symbol: str) -> _Names:
        names = self._names.get(symbol)
        if names is None:
            low = symbol.lower()
            names = _Names(f"{low}@trade", f"{low}@aggTrade", f"{low}@bookTicker")
            self._names[symbol] = names
        return names

    def send(self, events: Iterable[Order | Touch]) -> None:
        """Put the frames of events into the outboxes, in their order."""
        sockets = self._sockets
        for event in events:
            names = self._names_of(event.pair.symbol)
            if self._lost(event.pair.symbol, event.at_ms):
                continue
            if isinstance(event, Touch):
                if sockets.wanted(names.quote):
                    sockets.deliver(names.quote, partial(wire.book_ticker, event))
                continue
            if sockets.wanted(names.agg_trade):
                for fill in event.fills:
                    render = partial(wire.agg_trade, event, fill)
                    sockets.deliver(names.agg_trade, render, repeatable=True)
            if sockets.wanted(names.trade):
                for fill in event.fills:
                    for number in range(len(fill.parts)):
                        render = partial(wire.trade, event, fill, number)
                        sockets.deliver(names.trade, render, repeatable=True)

    def send_periodic(self, now_ms: int) -> None:
        """Put the frames of periodic streams whose time has come into the outboxes."""
        for stream, topic in list(self._sockets.topics.items()):
            if now_ms % topic.every_ms or self._lost(topic.symbol, now_ms):
                continue
            if not self._sockets.wanted(stream):
                continue
            if topic.kind == "miniTickers":
                self._send_days(stream, now_ms)
                continue
            listing = self._market.listings.get(topic.symbol)
            if listing is None or not listing.trading:
                continue
            if topic.kind == "miniTicker":
                self._sockets.deliver(stream, partial(wire.mini_ticker, listing, now_ms))
            elif topic.kind == "kline":
                self._send_bar(stream, listing, topic.argument, now_ms)
            elif now_ms % 1000 == 0 or self._told_books.get(stream) != listing.book.update_id:
                # An unchanged book is repeated once a second at most.
                self._told_books[stream] = listing.book.update_id
                self._sockets.deliver(stream, _same(wire.depth(listing, topic.argument)))

    def _send_days(self, stream: str, now_ms: int) -> None:
        """The rolling days of all pairs that traded since the last time, or in a new minute."""
        changed = []
        for symbol, listing in self._market.listings.items():
            state = (listing.tape.next_id, now_ms // MINUTE_MS)
            if listing.trading and self._told_days.get(symbol) != state:
                self._told_days[symbol] = state
                if not self._lost(symbol, now_ms):
                    changed.append(listing)
        if changed:

            def render(micros: bool) -> str:
                days = (wire.mini_ticker(listing, now_ms, micros) for listing in changed)
                return f"[{','.join(days)}]"

            self._sockets.deliver(stream, render)

    def _send_bar(self, stream: str, listing: Listing, minutes: int, now_ms: int) -> None:
        """The running bar; when one has just ended, that one first and for the last time."""
        interval = stream.partition("@kline_")[2]
        recent = listing.bars.newest(2) if minutes == 1 else listing.bars.grouped(minutes)[-2:]
        if recent[-1].open_ms == now_ms and len(recent) == 2:
            ended = recent[0]
            self._sockets.deliver(
                stream,
                lambda micros: wire.kline(listing.pair, interval, ended, now_ms, True, micros),
            )
        running = recent[-1]
        self._sockets.deliver(
            stream,
            lambda micros: wire.kline(listing.pair, interval, running, now_ms, False, micros),
        )


def _same(text: str) -> Render:
    """A payload without times."""
    return lambda _micros: text
