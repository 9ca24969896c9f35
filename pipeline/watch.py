"""The loop: every event updates the market, ends sweeps, asks the detectors, passes the gate."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import msgspec

from pipeline.books import LocalBook
from pipeline.detectors import KINDS
from pipeline.gate import Gate
from pipeline.gate import Settings as GateSettings
from pipeline.levels import Levels
from pipeline.market import Market, SymbolState
from pipeline.model import (
    ALL,
    Alert,
    Book,
    BookDelta,
    Candle,
    Event,
    Gap,
    LargeTrade,
    Move,
    Quote,
    Snapshot,
    Sweep,
    Ticker,
    Trade,
)
from pipeline.moves import LEADER, Moves, alone
from pipeline.ports import Bus, Detector, Source
from pipeline.sweeps import Sweeps

log = logging.getLogger("goraebot.watch")

MOVES_TICKS = 40
"""Moves are looked at once in so many ticks: about once a second."""

SWEEP_TICK_S = 0.025
"""Live, an open sweep is ended by the symbol's next time of trade or after two of these."""


class Settings(msgspec.Struct, frozen=True):
    """What the loop needs: the gate's settings and those of each detector, by kind."""

    gate: GateSettings = GateSettings()
    detectors: Mapping[str, Any] = msgspec.field(
        default_factory=lambda: {kind: entry.settings() for kind, entry in KINDS.items()}
    )


Ask = Callable[[Event | Sweep], Iterable[Alert]]
"""What a detector is asked with."""


class _Ids:
    """Which matches of a symbol have been counted, in the space of single match ids.

    Repeated frames, overlapping files, and trade beside aggTrade of the same matches count once;
    frames out of order count. At most ``HOLES`` skipped ids are remembered: beyond that the oldest
    are taken as never coming.
    """

    HOLES = 256
    BEFORE = 64
    """Ids before the first one seen that may still come."""

    __slots__ = ("_holes", "_newest_ms", "_next")

    def __init__(self) -> None:
        self._next = -1
        self._newest_ms = 0
        self._holes: dict[int, None] = {}

    def new(self, trade: Trade) -> bool:
        first, last = trade.first_id, trade.last_id
        if first < 0:
            first = trade.id
            if first < 0:  # the source has no ids
                return True
        if last < first:
            last = first
        at_ms = trade.at_ms
        if first != self._next:
            if self._next < 0:
                self._next = max(0, first - self.BEFORE)
            if first < self._next:
                # A time well past the newest with an old id: the exchange counts afresh.
                if at_ms <= self._newest_ms + 60_000:
                    return self._fills_holes(first, last)
                self._holes.clear()
            else:
                self._skip_to(first)
        self._next = last + 1
        if at_ms > self._newest_ms:
            self._newest_ms = at_ms
        return True

    def _fills_holes(self, first: int, last: int) -> bool:
        if not all(i in self._holes for i in range(first, last + 1)):
            return False
        for i in range(first, last + 1):
            del self._holes[i]
        return True

    def _skip_to(self, first: int) -> None:
        for skipped in range(max(self._next, first - self.HOLES), first):
            self._holes[skipped] = None
        while len(self._holes) > self.HOLES:
            del self._holes[next(iter(self._holes))]


class _Lane:
    """Everything of one symbol: its state, ids, open sweeps, local book and detectors.

    ``asked`` has by type of event the detectors that want it, as their ``on``.
    """

    __slots__ = ("asked", "book", "detectors", "ids", "state", "sweeps")

    def __init__(self, state: SymbolState, detectors: tuple[Detector, ...]) -> None:
        self.state = state
        self.ids = _Ids()
        self.sweeps = Sweeps(state.symbol)
        self.book: LocalBook | None = None  # where differences come instead of whole books
        self.detectors = detectors
        self.asked: dict[type, tuple[Ask, ...]] = {}

    def ask_of(self, kind: type) -> tuple[Ask, ...]:
        """Who wants events of this type; remembered in ``asked``."""
        found = tuple(d.on for d in self.detectors if issubclass(kind, getattr(d, "WANTS", object)))
        self.asked[kind] = found
        return found

    def leave_out(self, ask: Ask) -> Detector | None:
        """Ask the detector behind this no more; which it was, None if it is out already."""
        failed = next((d for d in self.detectors if d.on == ask), None)
        self.detectors = tuple(d for d in self.detectors if d is not failed)
        self.asked.clear()
        return failed

    def local_book(self) -> LocalBook:
        """The book that differences are applied to."""
        if self.book is None:
            self.book = LocalBook(self.state.symbol)
        return self.book


class Watch:
    """Turns events into alerts. ``on`` is pure but for its own state: the same events give the
    same alerts, live or replayed.

    ``kinds`` limits the detectors (all enabled ones by default) and leaves only the cooldown of
    the gate; ``raw`` leaves out the gate.
    ``levels`` are the prices that somebody waits for: every new trade is held against them.
    ``made`` is told of the detectors made for a symbol, before its first event.
    ``events``, ``trades``, ``repeated`` ones and ``failed`` detectors are counted.
    """

    def __init__(
        self,
        market: Market,
        settings: Settings | None = None,
        *,
        kinds: Collection[str] | None = None,
        raw: bool = False,
        made: Callable[[str, Sequence[Detector]], None] = lambda symbol, detectors: None,
    ) -> None:
        settings = settings or Settings()
        self.market = market
        self.gate = Gate(settings.gate, everything=kinds is not None)
        self.moves = Moves()
        self.levels = Levels()
        self._raw = raw
        self._made = made
        self._makers = [
            (entry.make, settings.detectors[kind])
            for kind, entry in KINDS.items()
            if (kind in kinds if kinds is not None else settings.detectors[kind].enabled)
        ]
        self._lanes: dict[str, _Lane] = {}
        self._open: dict[str, int] = {}  # symbols with open sweeps → tick of their first fill
        self._tick = 0
        self._handlers: dict[type, Callable[[Any], Iterable[Alert]]] = {}
        self.events = 0
        self.trades = 0
        self.repeated = 0
        self.failed = 0

    def on(self, event: Event) -> Iterable[Alert]:
        """The alerts that an event raises, usually none."""
        self.events += 1
        handler = self._handlers.get(type(event))
        if handler is None:
            handler = self._handlers[type(event)] = self._handler_of(event)
        return handler(event)

    def detectors(self, symbol: str) -> Sequence[Detector]:
        """Those of a symbol, made now if there are none yet."""
        return self._lane(symbol).detectors

    @property
    def symbols(self) -> Collection[str]:
        """Those that detectors have been made for, at any time."""
        return self._lanes.keys()

    def finish(self) -> list[Alert]:
        """The end of the input ends what is open."""
        alerts: list[Alert] = []
        for symbol in list(self._open):
            alerts += self._end_sweeps(self._lanes[symbol])
        self._open.clear()
        return alerts

    def forget(self, symbol: str) -> None:
        """Drop a symbol that is no longer listed."""
        self._lanes.pop(symbol, None)
        self._open.pop(symbol, None)
        self.market.forget(symbol)
        self.gate.forget(symbol)
        self.moves.forget(symbol)

    async def run(self, source: Source, bus: Bus) -> None:
        """Watch until the source ends."""
        async with asyncio.TaskGroup() as tasks:
            ticking = tasks.create_task(self._end_idle_sweeps(bus), name="sweeps")
            async with aclosing(source.stream()) as events:  # type: ignore[type-var]
                async for event in events:
                    if alerts := self.on(event):
                        self._publish(alerts, bus)
            ticking.cancel()
        self._publish(self.finish(), bus)

    def _publish(self, alerts: Iterable[Alert], bus: Bus) -> None:
        for move in self.grouped(alerts):
            bus.publish(move)

    def grouped(self, alerts: Iterable[Alert]) -> Iterator[Move]:
        """What becomes of moves by alerts that passed, in their order."""
        for alert in alerts:
            context_pct = self._leader_pct(alert)
            # What is too usual to be notable joins no move that others are told of.
            usual = not alert.notable and alert.kind in self.gate.wanted
            for move in (alone(alert),) if usual else self.moves.take(alert):  # type: ignore[arg-type]
                yield msgspec.structs.replace(move, leader_pct=context_pct)

    def _leader_pct(self, alert: Alert) -> float | None:
        """How Bitcoin's price changed in the five minutes before, for alerts of other symbols."""
        leader = self.market.symbols.get(LEADER)
        if leader is None or alert.symbol == LEADER:
            return None
        return leader.change_pct(300, alert.at_ms)

    def _price(self, symbol: str) -> float | None:
        state = self.market.symbols.get(symbol)
        return state.price if state is not None else None

    async def _end_idle_sweeps(self, bus: Bus) -> None:
        while True:
            await asyncio.sleep(SWEEP_TICK_S)
            self._publish(self.tick(), bus)
            if self._tick % MOVES_TICKS == 0:
                for move in self.moves.tick(self.market.newest_ms, self._price):
                    bus.publish(move)

    def tick(self) -> list[Alert]:
        """End the sweeps that have been open for two ticks; the live loop calls it by the clock."""
        alerts: list[Alert] = []
        self._tick += 1
        for symbol in [s for s, opened in self._open.items() if opened <= self._tick - 2]:
            alerts += self._end_sweeps(self._lanes[symbol])
            del self._open[symbol]
        return alerts

    def _handler_of(self, event: Event) -> Callable[[Any], Iterable[Alert]]:
        if isinstance(event, Trade):
            return self._on_trade
        if isinstance(event, Gap):
            return self._on_gap
        if isinstance(event, Quote):
            return self._on_quote
        if isinstance(event, Snapshot):
            return self._on_snapshot
        if isinstance(event, Book):
            return self._on_book
        if isinstance(event, Ticker):
            return self._on_ticker
        if isinstance(event, Candle):
            return self._on_candle
        if isinstance(event, BookDelta):
            return self._on_delta
        raise TypeError(f"not an event: {event!r}")

    def _lane(self, symbol: str) -> _Lane:
        lane = self._lanes.get(symbol)
        if lane is None:
            state = self.market[symbol]
            detectors = tuple(make(symbol, settings, state) for make, settings in self._makers)
            lane = self._lanes[symbol] = _Lane(state, detectors)
            self._made(symbol, detectors)
        return lane

    def _on_trade(self, trade: Trade) -> Iterable[Alert]:
        symbol = trade.symbol
        lane = self._lanes.get(symbol) or self._lane(symbol)
        if not lane.ids.new(trade):
            self.repeated += 1
            return ()
        self.trades += 1
        alerts: list[Alert] = []
        ended = lane.sweeps.add(trade, lane.state.book_known)
        for sweep in ended:
            self._consult(lane, sweep, alerts)
        if ended or symbol not in self._open:
            self._open[symbol] = self._tick
        self.market.trade(lane.state, trade)
        self.levels.trade(trade)
        self._consult(lane, trade, alerts)
        return self._passed(alerts) if alerts else alerts

    def _on_quote(self, quote: Quote) -> Iterable[Alert]:
        symbol = quote.symbol
        lane = self._lanes.get(symbol) or self._lane(symbol)
        state = lane.state
        state.quote = quote
        state.book_known = True
        state.note_spread(quote.bid, quote.ask, quote.at_ms)
        return self._ask(lane, quote)

    def _on_book(self, book: Book) -> Iterable[Alert]:
        symbol = book.symbol
        return self._see(self._lanes.get(symbol) or self._lane(symbol), book)

    def _on_snapshot(self, book: Snapshot) -> Iterable[Alert]:
        lane = self._lane(book.symbol)
        known = lane.local_book().snapshot(book)
        return self._see(lane, known) if known is not None else ()

    def _on_delta(self, delta: BookDelta) -> Iterable[Alert]:
        lane = self._lane(delta.symbol)
        local = lane.local_book()
        was_known = local.known
        book = local.delta(delta)
        if book is not None:
            return self._see(lane, book)
        if was_known and not local.known:
            lane.state.book = None
            lane.state.book_known = lane.state.quote is not None
        return ()

    def _see(self, lane: _Lane, book: Book) -> Iterable[Alert]:
        state = lane.state
        state.book = book
        state.book_known = True
        state.note_spread(book.bid, book.ask, book.at_ms)
        return self._ask(lane, book)

    def _on_ticker(self, ticker: Ticker) -> Iterable[Alert]:
        # The array of tickers names every symbol there is, watched or not.
        self.market[ticker.symbol].day = ticker
        return ()

    def _on_candle(self, candle: Candle) -> Iterable[Alert]:
        lane = self._lane(candle.symbol)
        self.market.candle(lane.state, candle)
        return self._ask(lane, candle)

    def _on_gap(self, gap: Gap) -> Iterable[Alert]:
        symbols = list(self._lanes) if ALL in gap.symbols else gap.symbols
        alerts: list[Alert] = []
        for symbol in symbols:
            lane = self._lane(symbol)
            alerts += self._end_sweeps(lane)
            self._open.pop(symbol, None)
            self.market.gap(lane.state, gap)
            raised: list[Alert] = []
            self._consult(lane, gap, raised)
            alerts += self._passed(raised)
        return alerts

    def _consult(self, lane: _Lane, event: Event | Sweep, alerts: list[Alert]) -> None:
        """Ask the symbol's detectors. One that fails is left out from then on: a mistake in one
        rule for one symbol must not end the watch over all."""
        asked = lane.asked.get(type(event))
        if asked is None:
            asked = lane.ask_of(type(event))
        for ask in asked:
            try:
                raised = ask(event)
                if raised:
                    alerts += raised
            except Exception:
                self.failed += 1
                failed = lane.leave_out(ask)
                log.exception("%s of %s left out", type(failed).__name__, lane.state.symbol)

    def _ask(self, lane: _Lane, event: Event) -> Iterable[Alert]:
        alerts: list[Alert] = []
        self._consult(lane, event, alerts)
        return self._passed(alerts) if alerts else alerts

    def _end_sweeps(self, lane: _Lane) -> list[Alert]:
        alerts: list[Alert] = []
        for sweep in lane.sweeps.close():
            self._consult(lane, sweep, alerts)
        return self._passed(alerts)

    def _passed(self, alerts: Iterable[Alert]) -> list[Alert]:
        alerts = list(alerts)
        for alert in alerts:
            if isinstance(alert, LargeTrade):
                self.market.large_trade(alert)
        if self._raw:
            return alerts
        return [alert for alert in alerts if self.gate.judge(alert) in ("pass", "escalated")]
