"""The loop: every event updates the market, ends sweeps, asks the detectors, passes the gate."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, cast

import msgspec

from pipeline.detectors import KINDS
from pipeline.gate import Gate
from pipeline.gate import Settings as GateSettings
from pipeline.lanes import Lane
from pipeline.levels import Levels
from pipeline.market import Market
from pipeline.model import (
    ALL,
    Alert,
    Book,
    BookDelta,
    Candle,
    Event,
    Gap,
    LargeTrade,
    Liquidation,
    Mark,
    Move,
    Premium,
    Quote,
    Snapshot,
    Sweep,
    Ticker,
    Trade,
)
from pipeline.moves import LEADER, Moves, alone
from pipeline.notes import Dropped, Halted, Lull, Note, Past
from pipeline.panel import Panel
from pipeline.ports import Buffered, Bus, Detector, Patient, Prompt, Source, Warmable
from pipeline.sweeps import MOST
from pipeline.venues import coin_of, foreign

log = logging.getLogger("goraebot.watch")

MOVES_TICKS = 40
"""Moves, and what waits, are looked at once in so many ticks: about once a second."""

SWEEP_TICK_S = 0.025
"""Live, an open sweep of which an alert could come is ended by the symbol's next time of trade or
after two of these."""

OVER_MS = 60_000
"""No more fills of an order come so long after its symbol's last one."""


Tell = Callable[[Sequence[Alert]], object]
"""Who is told of alerts that passed, as soon as they are known."""


class Settings(msgspec.Struct, frozen=True):
    """What the loop needs: the gate's settings and those of each detector, by kind."""

    gate: GateSettings = GateSettings()
    detectors: Mapping[str, Any] = msgspec.field(
        default_factory=lambda: {kind: entry.settings() for kind, entry in KINDS.items()}
    )


class Watch:
    """Turns events into alerts. ``on`` is pure but for its own state: the same events give the
    same alerts, live or replayed.

    ``kinds`` limits the detectors (all enabled ones by default) and leaves only the cooldown of
    the gate; ``raw`` leaves out the gate.
    ``levels`` are the prices that somebody waits for: every new trade is held against them.
    ``made`` is told of the detectors made for a symbol, before its first event, ``noted`` of
    what happened besides events: a replay heeds it.
    ``events``, ``trades``, ``repeated`` ones and ``failed`` detectors are counted, events once
    ``on_all`` has done with all that it was given, and of them those that were told ``beside`` the
    source of ``run``, by their own source.
    """

    def __init__(
        self,
        market: Market,
        settings: Settings | None = None,
        *,
        kinds: Collection[str] | None = None,
        raw: bool = False,
        made: Callable[[str, Sequence[Detector]], None] = lambda symbol, detectors: None,
        noted: Callable[[Note], None] = lambda note: None,
    ) -> None:
        settings = settings or Settings()
        self.market = market
        self.gate = Gate(settings.gate, everything=kinds is not None)
        self.moves = Moves()
        self.levels = Levels(self._levels_changed)
        self._raw = raw
        self._made = made
        self._noted = noted
        wanted = {
            kind: entry
            for kind, entry in KINDS.items()
            if (kind in kinds if kinds is not None else settings.detectors[kind].enabled)
        }
        self._makers = [
            (entry.make, settings.detectors[kind])
            for kind, entry in wanted.items()
            if entry.of == "trades"
        ]
        self._contract_makers = [
            (entry.make, settings.detectors[kind])
            for kind, entry in wanted.items()
            if entry.of == "contracts"
        ]
        self._contracts: dict[str, Panel] = {}
        self._lanes: dict[str, Lane] = {}
        self._open: dict[str, int] = {}  # symbols with open sweeps → tick of their first fill
        self._tick = 0
        self._ended: list[Alert] = []  # raised by a halt
        self._counted = 0  # trades
        self._handlers: dict[type, Callable[[Any, Tell], None]] = {}
        self._others = 0  # events but trades
        self.repeated = 0
        self.failed = 0
        self.beside: Counter[str] = Counter()

    def on(self, event: Event) -> list[Alert]:
        """The alerts that an event raises, usually none."""
        raised: list[Alert] = []
        self.on_all((event,), raised.extend)
        return raised

    def on_all(self, events: Sequence[Event], tell: Tell) -> None:
        """Tell of the alerts that events raise, in their order: of each before anything is done
        that can wait for that."""
        lanes, usual, handlers = self._lanes, Trade, self._handlers
        others = repeated = 0
        for event in cast(Iterable[Any], events):
            kind = type(event)
            if kind is not usual and (handler := handlers.get(kind) or self._handler(event)):
                others += 1
                handler(event, tell)
                continue
            usual = kind  # trades of one source are all of one type
            lane = lanes.get(event.symbol) or self._lane(event.symbol)
            at_ms, price = event.at_ms, event.price
            if (
                lane.from_ms <= at_ms < lane.until_ms
                and lane.low < price < lane.high
                and event.first_id == lane.next_id <= event.last_id
                and ((pays := price * event.quantity) < lane.room or lane.refill(event, pays))
            ):
                lane.room -= pays
                lane.next_id = event.last_id + 1
                lane.state.trade = event
                sweeps = lane.sweeps
                if (
                    at_ms == lane.from_ms
                    and event.micros == sweeps.micros
                    and len(sweeps.fills) < MOST
                ):
                    sweeps.fills.append(event)
                    continue
                lane.from_ms = at_ms
                if sweeps.keep(event):
                    self._catch_up(lane)
                continue
            self._end_calm(lane, event)
            if lane.ids.new(event):
                lane.next_id = lane.ids.next
                self._at_once(lane, event, tell)
                self._let_wait(lane, event)
            else:
                repeated += 1
        self._others += others
        self.repeated += repeated
        self._counted += len(events) - others - repeated

    def _handler(self, event: Event) -> Callable[[Any, Tell], None] | None:
        """Who takes events of this type, from now on; None of trades."""
        if isinstance(event, Trade):
            return None
        handler = self._handlers[type(event)] = self._handler_of(event)
        return handler

    @property
    def events(self) -> int:
        """How many there were, of all types."""
        return self._others + self.trades + self.repeated

    @property
    def trades(self) -> int:
        """How many have been counted."""
        return self._counted

    def detectors(self, symbol: str) -> Sequence[Detector]:
        """Those of a symbol, told all that has happened; made now if there are none yet."""
        if not self._makers:
            return self._contract(symbol).detectors
        known = self._contracts.get(symbol)
        of_contract = () if known is None else known.detectors
        if of_contract and symbol not in self._lanes:
            return of_contract  # its trades are not watched
        lane = self._lane(symbol)
        self._end_calm(lane)
        return (*lane.detectors, *of_contract)

    @property
    def symbols(self) -> Collection[str]:
        """Those that detectors have been made for, at any time."""
        return dict.fromkeys((*self._lanes, *self._contracts)).keys()

    def unfinished(self) -> dict[str, Trade]:
        """The first fill, by symbol, of orders that may still go on. One whose symbol has been
        quiet for a minute of the exchange's time is over."""
        since_ms = self.market.newest_ms - OVER_MS
        return {
            symbol: first
            for symbol, lane in self._lanes.items()
            if (first := lane.first_fill) is not None and first.at_ms >= since_ms
        }

    def finish(self) -> list[Alert]:
        """The end of the input ends what is open."""
        alerts, self._ended = self._ended, []
        for lane in self._lanes.values():
            self._end_sweeps(lane, alerts.extend)
        self._open.clear()
        return alerts

    def heed(self, note: Note) -> Iterable[Alert]:
        """What was noted happens again; the alerts that it raises."""
        match note:
            case Lull(symbols):
                alerts: list[Alert] = []
                for symbol in symbols:
                    if symbol in self._lanes:
                        self._end_sweeps(self._lanes[symbol], alerts.extend)
                        self._open.pop(symbol, None)
                return alerts
            case Past(symbol, interval, at_ms, candles):
                self.warm(symbol, interval, candles, at_ms)
            case Dropped(symbol):
                self.forget(symbol)
            case Halted(symbol):
                return self._halted(symbol)
            case _:  # of earlier runs: whoever made this watch has to do with it
                pass
        return ()

    def lacks(self, symbol: str) -> dict[str, int]:
        """What the detectors of a symbol could learn from: see Warmable."""
        wanted: dict[str, int] = {}
        lane = self._lane(symbol)
        self._end_calm(lane)
        for detector in lane.detectors:
            if isinstance(detector, Warmable):
                for interval, bars in detector.lacks(self.market.newest_ms).items():
                    wanted[interval] = max(wanted.get(interval, 0), bars)
        return wanted

    def warm(
        self, symbol: str, interval: str, candles: Sequence[Candle], now_ms: int | None = None
    ) -> None:
        """Let the detectors of a symbol learn from bars of the past."""
        at_ms = self.market.newest_ms if now_ms is None else now_ms
        self._noted(Past(symbol, interval, at_ms, candles))
        for detector in self.detectors(symbol):
            if isinstance(detector, Warmable) and interval in detector.lacks(at_ms):
                try:
                    detector.warm(candles)
                except Exception:  # a mistake in one rule must not keep others from learning
                    log.exception("%s of %s is not warmed", type(detector).__name__, symbol)
        if interval == "1s":
            self.market[symbol].precede(candles)

    def halt(self, symbol: str) -> None:
        """A symbol does not trade for now: nothing is measured across that, but what has been
        learnt stays. What its last trades raise is told with the next ``tick``."""
        self._noted(Halted(symbol))
        self._ended += self._halted(symbol)

    def _halted(self, symbol: str) -> list[Alert]:
        alerts: list[Alert] = []
        lane = self._lanes.get(symbol)
        if lane is not None:
            at_ms = self.market.newest_ms
            gap = Gap((symbol,), min(lane.from_ms, at_ms), at_ms, "it does not trade")
            self._break_off(lane, gap, alerts.extend)
        return alerts

    def forget(self, symbol: str) -> None:
        """Drop a symbol that is no longer listed."""
        self._noted(Dropped(symbol))
        lane = self._lanes.pop(symbol, None)
        if lane is not None:
            self.market.saw(lane.from_ms)
        self._open.pop(symbol, None)
        self.market.forget(symbol)
        self.gate.forget(symbol)
        self.moves.forget(symbol)

    async def run(self, source: Source, bus: Bus) -> None:
        """Watch until the source ends."""
        tell = partial(self._publish, bus=bus)
        waiting: deque[Event] = source.waiting if isinstance(source, Buffered) else deque()

        def take(*first: Event) -> None:
            arrived = (*first, *waiting)
            waiting.clear()
            self.on_all(arrived, tell)

        if isinstance(source, Prompt):
            source.call(take)
        async with asyncio.TaskGroup() as tasks:
            ticking = tasks.create_task(self._end_idle_sweeps(bus), name="sweeps")
            async with aclosing(source.stream()) as events:  # type: ignore[type-var]
                async for event in events:
                    take(event)
            ticking.cancel()
        self._publish(self.finish(), bus)

    async def follow_beside(self, source: Source, bus: Bus, name: str) -> None:
        """Watch a further source until it ends, while ``run`` watches the first one."""
        async with aclosing(source.stream()) as events:  # type: ignore[type-var]
            async for event in events:
                self.tell(event, bus, name)

    def tell(self, event: Event, bus: Bus, source: str) -> None:
        """Watch an event of a source besides the one that ``run`` follows."""
        self.beside[source] += 1
        self.on_all((event,), partial(self._publish, bus=bus))

    def compare(self, premium: Premium, bus: Bus) -> None:
        """Watch a premium, which no source delivers. It is not counted among the ``events``, by
        which a restart knows how far a source was read."""
        self._on_premium(premium, partial(self._publish, bus=bus))

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
                if context_pct is not None:
                    move = msgspec.structs.replace(move, leader_pct=context_pct)
                yield move

    def _leader_pct(self, alert: Alert) -> float | None:
        """How Bitcoin's price changed in the five minutes before, for alerts of other symbols."""
        leader = self.market.symbols.get(LEADER)
        if leader is None or coin_of(alert.symbol) == LEADER:
            return None
        return leader.change_pct(300, alert.at_ms)

    async def _end_idle_sweeps(self, bus: Bus) -> None:
        while True:
            await asyncio.sleep(SWEEP_TICK_S)
            self._publish(self.tick(), bus)
            for symbol in self.waiting():
                self.tell_what_waits(symbol)
                await asyncio.sleep(0)  # the next event waits for one symbol's at most
            if self._tick % MOVES_TICKS == 0:
                for move in self.moves.tick(self.market.newest_ms, self.market.price):
                    bus.publish(move)

    def tick(self) -> list[Alert]:
        """End the sweeps that have been open for two ticks; the live loop calls it by the clock."""
        alerts, self._ended = self._ended, []
        self._tick += 1
        idle = [s for s, opened in self._open.items() if opened <= self._tick - 2]
        if idle:
            self._noted(Lull(tuple(idle)))
        for symbol in idle:
            self._end_sweeps(self._lanes[symbol], alerts.extend)
            del self._open[symbol]
        return alerts

    def waiting(self) -> list[str]:
        """The symbols whose turn it is to have told what waits: each once in ``MOVES_TICKS``."""
        turn = list(self._lanes.items())[self._tick % MOVES_TICKS :: MOVES_TICKS]
        return [symbol for symbol, lane in turn if lane.held]

    def tell_what_waits(self, symbol: str) -> None:
        """Of trades that wait nothing comes, but others look at what they have made of prices."""
        lane = self._lanes.get(symbol)
        if lane is not None:
            self._catch_up(lane)
            lane.renew(self.levels)

    def _handler_of(self, event: Event) -> Callable[[Any, Tell], None]:
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
        if isinstance(event, Premium):
            return self._on_premium
        if isinstance(event, Mark | Liquidation):
            return self._on_contract
        raise TypeError(f"not an event: {event!r}")

    def _lane(self, symbol: str) -> Lane:
        lane = self._lanes.get(symbol)
        if lane is None:
            state = self.market[symbol]
            detectors = tuple(make(symbol, settings, state) for make, settings in self._makers)
            lane = self._lanes[symbol] = Lane(state, detectors, self._leave_out)
            self._made(symbol, detectors)
        return lane

    def _at_once(self, lane: Lane, trade: Trade, tell: Tell) -> None:
        """Tell everybody a new trade; all before it have been told."""
        for sweep in lane.sweeps.add(trade, lane.state.book_known):
            self._consult(lane, sweep, tell)
        self.market.trade(lane.state, trade)
        self.levels.trade(trade)
        self._consult(lane, trade, tell)

    def _let_wait(self, lane: Lane, trade: Trade) -> None:
        """Set the bounds anew after a trade that everybody has been told. Where there are none, the
        clock ends its sweep."""
        symbol = trade.symbol
        if lane.may_wait(trade, self.levels):
            self._open.pop(symbol, None)
        elif lane.sweeps.first_fill is trade or symbol not in self._open:
            self._open[symbol] = self._tick

    def _end_calm(self, lane: Lane, trade: Trade | None = None) -> None:
        """No trade waits until the bounds are set anew, because of a trade or of something else."""
        lane.until_ms = 0
        self._catch_up(lane, trade)

    def _catch_up(self, lane: Lane, trade: Trade | None = None) -> None:
        """Tell the detectors the trades that waited: nothing comes of them (see ports.Patient), nor
        of their last order, which ``trade`` ends if it is a new one of another millisecond."""
        last = lane.state.trade
        if last is None or not lane.held:
            return
        over = trade is not None and trade.first_id >= lane.next_id and trade.at_ms != last.at_ms
        lane.ids.follow(last)
        seconds = lane.sweeps.take(lane.state.book_known, over=over)
        lane.state.catch_up(seconds)
        self.market.saw(lane.from_ms)
        for detector in lane.patient or ():
            try:
                detector.catch_up(seconds)
            except Exception:
                self._leave_out(lane, detector)

    def _levels_changed(self, symbol: str) -> None:
        lane = self._lanes.get(symbol)
        if lane is not None:
            lane.until_ms = 0

    def _on_quote(self, quote: Quote, tell: Tell) -> None:
        symbol = quote.symbol
        lane = self._lanes.get(symbol) or self._lane(symbol)
        state = lane.state
        if not state.book_known:
            self._know_book(lane)
        state.note_spread(quote.bid, quote.ask, quote.at_ms)
        state.quote = quote
        self._consult(lane, quote, tell)
        if lane.until_ms:
            lane.narrow(Quote)

    def _on_book(self, book: Book, tell: Tell) -> None:
        symbol = book.symbol
        lane = self._lanes.get(symbol) or self._lane(symbol)
        state = lane.state
        if not state.book_known:
            self._know_book(lane)
        state.note_spread(book.bid, book.ask, book.at_ms)
        state.book = book
        self._consult(lane, book, tell)
        if lane.until_ms:
            lane.narrow(Book)

    def _on_snapshot(self, book: Snapshot, tell: Tell) -> None:
        lane = self._lane(book.symbol)
        known = lane.local_book().snapshot(book)
        if known is not None:
            self._on_book(known, tell)

    def _on_delta(self, delta: BookDelta, tell: Tell) -> None:
        lane = self._lane(delta.symbol)
        local = lane.local_book()
        was_known = local.known
        book = local.delta(delta)
        if book is not None:
            self._on_book(book, tell)
        elif was_known and not local.known:
            self._end_calm(lane)
            lane.state.book = None
            lane.state.book_known = lane.state.quote is not None

    def _know_book(self, lane: Lane) -> None:
        self._end_calm(lane)  # those trades came before
        lane.state.book_known = True

    def _on_ticker(self, ticker: Ticker, _tell: Tell) -> None:
        # The array of tickers names every symbol there is, watched or not.
        self.market[ticker.symbol].day = ticker

    def _on_candle(self, candle: Candle, tell: Tell) -> None:
        lane = self._lane(candle.symbol)
        self._end_calm(lane)
        self.market.candle(lane.state, candle)
        self._consult(lane, candle, tell)

    def _on_premium(self, premium: Premium, tell: Tell) -> None:
        self._consult(self._lane(premium.symbol), premium, tell)

    def _contract(self, symbol: str) -> Panel:
        panel = self._contracts.get(symbol)
        if panel is None:
            state, makers = self.market[symbol], self._contract_makers
            detectors = tuple(make(symbol, settings, state) for make, settings in makers)
            panel = self._contracts[symbol] = Panel(symbol, detectors)
            self._made(symbol, detectors)
        return panel

    def _on_contract(self, event: Mark | Liquidation, tell: Tell) -> None:
        if not foreign(event.symbol):  # what the detectors go by is how Binance tells of them
            self._consult(self._contract(event.symbol), event, tell)

    def _on_gap(self, gap: Gap, tell: Tell) -> None:
        for symbol in tuple(self._contracts) if ALL in gap.symbols else gap.symbols:
            if (contract := self._contracts.get(symbol)) is not None:
                self._consult(contract, gap, tell)
        symbols = list(self._lanes) if ALL in gap.symbols else gap.symbols
        for symbol in symbols:
            self._break_off(self._lane(symbol), gap, tell)
            self.levels.gap(symbol, gap.from_ms, gap.to_ms)

    def _break_off(self, lane: Lane, gap: Gap, tell: Tell) -> None:
        """Nothing goes on across a gap."""
        self._end_sweeps(lane, tell)
        self._open.pop(lane.symbol, None)
        self.market.gap(lane.state, gap)
        self._consult(lane, gap, tell)

    def _consult(self, panel: Panel, event: Event | Sweep, tell: Tell) -> None:
        """Ask the symbol's detectors. One that fails is left out from then on: a mistake in one
        rule for one symbol must not end the watch over all."""
        asked = panel.asked.get(type(event))
        if asked is None:
            asked = panel.ask_of(type(event))
        for ask in asked:
            try:
                raised = ask(event)
                alerts = tuple(raised) if raised else ()
            except Exception:
                self._leave_out(panel, panel.who_has(ask))
                continue
            if alerts:
                self._pass(alerts, tell)

    def _leave_out(self, panel: Panel, failed: Detector | Patient | None) -> None:
        self.failed += 1
        panel.leave_out(failed)
        log.exception("%s of %s left out", type(failed).__name__, panel.symbol)

    def _end_sweeps(self, lane: Lane, tell: Tell) -> None:
        self._end_calm(lane)
        for sweep in lane.sweeps.close():
            self._consult(lane, sweep, tell)

    def _pass(self, raised: Sequence[Alert], tell: Tell) -> None:
        """Tell of those that the gate lets pass, then note those that are noted in any case."""
        judge = self.gate.judge
        passed = raised if self._raw else [a for a in raised if judge(a) in ("pass", "escalated")]
        if passed:
            tell(passed)
        for alert in raised:
            if isinstance(alert, LargeTrade):
                self.market.large_trade(alert)
