"""Trades in the order of their ids: repeats are dropped, holes are filled over REST.

Aggregate ids are consecutive per symbol (FACTS A.8), so a hole is seen at the next trade whatever
caused it. While a hole is being filled, later trades of that symbol wait; what cannot be filled
within the limits below becomes a Gap. After an outage, symbols that have not traded since are
asked for as well, so that a trade missed in a quiet symbol is not found hours later. Where only the
time of a symbol's last trade is known, there is a hole until REST has told from which id on.

As many questions are under way as the weight budget has use for; fewer while they fail, so that a
REST that is slow because it is asked too much gets room.
"""

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Protocol

import msgspec

from pipeline.course import Filled, GaveUp, Outcome, Resumed, Rows, Unfollowed
from pipeline.errors import FrameError, Refused, TooFast, Unreachable
from pipeline.model import Event, Gap, Trade

log = logging.getLogger("goraebot.binance")

PAGES = 20
"""Pages of 1,000 trades fetched for one hole."""
PATIENCE_S = 60.0
"""How long later trades of a symbol wait while others come and nothing is answered,"""
LONGEST_S = 300.0
"""and at most, not counting the time in which no trades come at all."""
HELD = 100_000
"""How many of all symbols may wait: some 30 MB."""
AT_ONCE = 4
"""Questions under way in the beginning and at most by default."""
NO_ID = -1
"""Of a last trade of which only the time is known."""
RETRY_S = 1.0
LOOK_S = 1.0
"""Between two looks at who has waited for too long."""


async def _no_wait() -> None:
    """There is room."""


def _always() -> bool:
    """Trades come."""
    return True


class Past(Protocol):
    """Where missed trades are asked for: see binance_rest.BinanceRest."""

    async def agg_trades(self, symbol: str, from_id: int) -> list[Trade]:
        """The next ones from an id on."""
        ...

    async def agg_trades_since(self, symbol: str, at_ms: int) -> list[Trade]:
        """The first ones from a time on."""
        ...


class _Hold:
    """Trades of one symbol (at least one) that wait for the ones before them."""

    __slots__ = ("empty", "failing_s", "pages", "problem", "since_s", "trades")

    def __init__(self, since_s: float, trades: list[Trade]) -> None:
        self.trades = trades
        self.since_s = since_s
        self.pages = self.empty = 0
        self.failing_s = math.inf  # since when questions for it fail
        self.problem = ""


class Continuity:
    """``on`` takes live trades, ``emit`` receives runs of them in order, recovered ones in between.

    ``repeated``, ``recovered`` and ``gaps`` count. ``positions`` are the last trades emitted.
    ``noted`` is told of all that does not follow from the trades themselves: who makes the same
    calls of ``on`` and ``heed`` in the same order emits the same. ``room`` returns when more may be
    emitted; at most ``at_once`` questions are under way. ``connected`` says whether trades come at
    all: a network that is away takes no patience, as nothing newer waits meanwhile.
    """

    def __init__(
        self,
        rest: Past,
        emit: Callable[[Sequence[Event]], None],
        *,
        noted: Callable[[Outcome], None] = lambda outcome: None,
        room: Callable[[], Awaitable[None]] = _no_wait,
        at_once: int = AT_ONCE,
        held: int = HELD,
        retry_s: float = RETRY_S,
        patience_s: float = PATIENCE_S,
        connected: Callable[[], bool] = _always,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rest = rest
        self._emit = emit
        self._noted = noted
        self._room = room
        self._most_at_once = at_once
        self._most_held = held
        self._retry_s = retry_s
        self._patience_s = patience_s
        self._connected = connected
        self._away_s = -math.inf  # when trades last did not come
        self._looked_s = -math.inf
        self._monotonic = monotonic
        self.positions: dict[str, Trade] = {}
        self._holds: dict[str, _Hold] = {}
        self._held = 0  # trades in them
        self._holes: dict[str, None] = {}  # those of them that no question is under way for
        self._checks: dict[str, int] = {}  # symbols to ask for after an outage → last id then
        self._at_once = min(AT_ONCE, at_once)
        self._asking: list[str] = []  # whom questions are under way for
        self._answered_s = self._again_s = -math.inf
        self._trouble = ""  # of the last question, if it failed
        self._work = asyncio.Event()
        self.repeated = 0
        self.recovered = 0
        self.gaps = 0

    @property
    def busy(self) -> bool:
        """Whether anything is still to be asked for or filled."""
        return bool(self._holds or self._checks or self._asking)

    def resume(self, positions: Mapping[str, tuple[int, int]]) -> None:
        """Go on where an earlier run, or another source, stopped: symbol → (last id or NO_ID, its
        time in ms)."""
        if positions:
            self._noted(Resumed(positions))
        for symbol, (last_id, at_ms) in positions.items():
            self.positions[symbol] = Trade(symbol, last_id, 0.0, 0.0, at_ms, False)

    def forget(self, symbols: Iterable[str]) -> None:
        """Symbols no longer followed: their next trade, if ever, starts afresh."""
        gone = tuple(symbols)
        if gone:
            self._noted(Unfollowed(gone))
        for symbol in gone:
            self.positions.pop(symbol, None)
            self._checks.pop(symbol, None)
            self._let_go(symbol)

    def heed(self, outcome: Outcome) -> None:
        """What was noted happens again."""
        match outcome:
            case Resumed(positions):
                self.resume(positions)
            case Unfollowed(symbols):
                self.forget(symbols)
            case Rows(symbol, trades):
                if symbol in self.positions:
                    self._emit_rows(symbol, trades)
            case GaveUp(symbol, problem):
                if symbol in self._holds:
                    self._give_up(symbol, problem)
            case Filled(symbol):
                if symbol in self._holds:
                    self._release(symbol)

    def settle(self, now_ms: int) -> None:
        """Another source goes on: nothing waits any longer, and what is missing is a gap, or may be
        as far as nobody has answered yet."""
        problem = "not fetched before another source went on"
        checked = self._checks.keys() | (set(self._asking) - self._holds.keys())
        while self._holds:
            self._end(next(iter(self._holds)), problem)
        unknown = [self.positions[symbol] for symbol in sorted(checked & self.positions.keys())]
        by_time = [last.symbol for last in self.positions.values() if last.id == NO_ID]
        self.forget(checked.union(by_time) & self.positions.keys())
        for last in unknown:
            self._gap(last.symbol, last.at_ms, max(last.at_ms, now_ms), problem)

    def start_afresh(self) -> None:
        """What comes next may be anything."""
        self.positions.clear()
        self._holds.clear()
        self._checks.clear()
        self._holes.clear()
        self._held = 0

    def check(self, symbols: Iterable[str]) -> None:
        """Ask for what these symbols traded during an outage, unless their next trade is here
        before and shows that it was nothing."""
        self._checks.update((s, self.positions[s].id) for s in symbols if s in self.positions)
        self._work.set()

    def on(self, trades: Sequence[Trade]) -> None:
        """Take live trades."""
        at = 0
        while at < len(trades):
            end = at if self._holds else self._follow(trades, at)
            if end > at:
                self._emit(trades[at:end])
            if end < len(trades):
                self._take(trades[end], self.positions.get(trades[end].symbol))
            at = end + 1

    def _follow(self, trades: Sequence[Trade], at: int) -> int:
        """Up to which one, from there on, each is the next of its symbol."""
        positions = self.positions
        for number, trade in enumerate(islice(trades, at, None), at):
            symbol = trade.symbol
            last = positions.get(symbol)
            if last is None or trade.id != last.id + 1:
                return number
            positions[symbol] = trade
        return len(trades)

    def _take(self, trade: Trade, last: Trade | None) -> None:
        symbol = trade.symbol
        if self._holds and symbol in self._holds:
            self._wait(symbol, trade)
        elif last is None or trade.id == last.id + 1:
            self.positions[symbol] = trade
            self._emit((trade,))
        elif trade.id <= last.id:
            if trade.at_ms > last.at_ms + 60_000:  # relisted: ids start afresh
                self.positions[symbol] = trade
                self._emit((trade,))
            else:
                self.repeated += 1
        else:
            self._checks.pop(symbol, None)
            self._hold(symbol, [trade])

    def _wait(self, symbol: str, trade: Trade) -> None:
        hold = self._holds[symbol]
        if trade.id <= hold.trades[-1].id:
            self.repeated += 1
            return
        self._checks.pop(symbol, None)
        hold.trades.append(trade)
        self._held += 1
        if self._held > self._most_held:
            longest = max(self._holds, key=lambda one: len(self._holds[one].trades))
            self._give_up(longest, "too many trades while back-filling")

    def _hold(self, symbol: str, trades: list[Trade]) -> None:
        self._holds[symbol] = hold = _Hold(self._monotonic(), trades)
        self._held += len(trades)
        self._line_up(symbol, hold)

    def _let_go(self, symbol: str) -> Sequence[Trade]:
        """Of a symbol nothing waits any more; what did."""
        hold = self._holds.pop(symbol, None)
        self._holes.pop(symbol, None)
        if hold is None:
            return ()
        self._held -= len(hold.trades)
        return hold.trades

    def _line_up(self, symbol: str, hold: _Hold) -> None:
        """Its turn to be asked for comes, unless it is over."""
        if self._holds.get(symbol) is hold:
            self._holes[symbol] = None
            self._work.set()

    # --- asking ---------------------------------------------------------------------------------

    async def run(self) -> None:
        """Fill holes until cancelled."""
        self._asking.clear()
        async with asyncio.TaskGroup() as questions:
            while True:
                self._work.clear()
                await self._room()
                now_s = self._monotonic()
                self._look(now_s)
                while self._again_s <= now_s and len(self._asking) < self._at_once:
                    symbol = self._next()
                    if symbol is None:
                        break
                    self._asking.append(symbol)
                    question = self._ask(symbol, self.positions[symbol], self._holds.get(symbol))
                    questions.create_task(question, name=f"backfill {symbol}")
                waits = [self._again_s - now_s] if self._again_s > now_s else []
                waits += [LOOK_S] if self._holds else []
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(waits, default=None)):
                        await self._work.wait()

    def _next(self) -> str | None:
        """Whom to ask for: those that do not fail, then those begun, then the longest hole, behind
        which most wait; symbols that may miss nothing come last."""
        if self._holes:
            symbol = max(self._holes, key=self._rank)
            del self._holes[symbol]
            return symbol
        # What is held may have come before the outage: its hole first.
        for symbol in [one for one in self._checks if one not in self._holds]:
            if self.positions[symbol].id == self._checks.pop(symbol):
                return symbol
        return None

    def _rank(self, symbol: str) -> tuple[bool, bool, int]:
        hold = self._holds[symbol]
        missing = hold.trades[0].id - self.positions[symbol].id
        return hold.failing_s == math.inf, hold.pages > 0, missing

    async def _ask(self, symbol: str, last: Trade, hold: _Hold | None) -> None:
        """One question, and what follows from its answer. Without a hold perhaps nothing is
        missing, and nothing waits."""
        rows: list[Trade] = []
        refused = trouble = ""
        pause_s = self._retry_s
        try:
            if last.id == NO_ID:
                rows = await self._rest.agg_trades_since(symbol, last.at_ms)
            else:
                rows = await self._rest.agg_trades(symbol, last.id + 1)
        except TooFast as error:
            trouble, pause_s = str(error), max(error.retry_after_s, pause_s)
        except Unreachable as error:
            trouble = str(error)
        except (Refused, FrameError) as error:
            # The exchange is in trouble, or its firewall (403) in the way: the question is right.
            if isinstance(error, Refused) and (error.status >= 500 or error.status == 403):
                trouble = str(error)
            else:
                refused = str(error)
        finally:
            self._asking.remove(symbol)
            self._work.set()
        now_s = self._monotonic()
        self._trouble = trouble
        if trouble:
            self._again_s = max(self._again_s, now_s + pause_s)
            self._at_once = max(1, self._at_once // 2)
        else:
            self._answered_s = now_s
            self._at_once = min(self._at_once + 1, self._most_at_once)
        if symbol not in self.positions or self._holds.get(symbol) is not hold:
            return  # forgotten, given up, or a hole has been found meanwhile
        if rows and self.positions[symbol].id == NO_ID:
            self.resume({symbol: (rows[0].id - 1, last.at_ms)})
            if symbol in self._checks:
                self._checks[symbol] = rows[0].id - 1
        if hold is None:
            self._checked(symbol, last.id, rows, refused, trouble)
        elif trouble:
            hold.failing_s, hold.problem = min(hold.failing_s, now_s), trouble
            self._line_up(symbol, hold)
        elif refused:
            self._end(symbol, refused)
        else:
            await self._fill(symbol, hold, rows)

    def _checked(
        self, symbol: str, last_id: int, rows: Sequence[Trade], refused: str, trouble: str
    ) -> None:
        """Later trades have not waited; what could not be asked now is asked later."""
        if refused:
            log.warning(
                "trades of %s since id %d cannot be asked for: %s", symbol, last_id, refused
            )
            return
        self._note_rows(symbol, rows)
        if trouble or len(rows) >= 1_000:
            self._checks[symbol] = self.positions[symbol].id

    async def _fill(self, symbol: str, hold: _Hold, rows: Sequence[Trade]) -> None:
        """Emit what was missing before the held trades and, if that was all, those."""
        hold.failing_s, hold.problem = math.inf, ""
        hold.pages += 1
        self._note_rows(symbol, rows)
        first_id = hold.trades[0].id
        if self.positions[symbol].id + 1 >= first_id:
            self._end(symbol)
        elif rows and rows[0].id >= first_id:  # it answers with the next it has
            self._end(symbol, "the exchange no longer has them")
        elif hold.pages >= PAGES:
            self._end(symbol, f"more than {PAGES} pages missing")
        elif rows:
            self._line_up(symbol, hold)
        else:
            hold.empty += 1
            if hold.empty == 3:  # REST may be a moment behind the stream, not longer
                self._end(symbol, "the exchange no longer has them")
                return
            await asyncio.sleep(self._retry_s)
            self._line_up(symbol, hold)

    def _look(self, now_s: float) -> None:
        """Give up what has waited for too long, or will have when something may be asked again."""
        if not self._connected():
            for hold in self._holds.values():
                hold.since_s += min(now_s - max(hold.since_s, self._looked_s), 2 * LOOK_S)
            self._away_s = now_s
        self._looked_s = now_s
        for symbol, hold in list(self._holds.items()):
            well_s = min(max(hold.since_s, self._answered_s), hold.failing_s)
            well_s = max(well_s, self._away_s)
            until_s = min(well_s + self._patience_s, hold.since_s + LONGEST_S)
            if max(now_s, self._again_s) > until_s:
                self._end(symbol, hold.problem or self._trouble or "the answers take too long")

    def _end(self, symbol: str, problem: str = "") -> None:
        """A hole is filled, or is not going to be."""
        if problem:
            self._noted(GaveUp(symbol, problem))
            self._give_up(symbol, problem)
        else:
            self._noted(Filled(symbol))
            self._release(symbol)

    def _note_rows(self, symbol: str, rows: Sequence[Trade]) -> None:
        if rows:
            self._noted(Rows(symbol, rows))
            self._emit_rows(symbol, rows)

    def _emit_rows(self, symbol: str, rows: Sequence[Trade]) -> None:
        hold = self._holds.get(symbol)
        unchecked = self._checks.get(symbol) == self.positions[symbol].id
        for row in rows:
            last = self.positions[symbol]
            if hold is not None and row.id >= hold.trades[0].id:
                break
            if row.id <= last.id:
                continue
            if row.id > last.id + 1:
                self._gap(symbol, last.at_ms, row.at_ms, "the exchange no longer has them")
            self.positions[symbol] = row
            if row.price > 0 and row.quantity > 0:
                self.recovered += 1
                self._emit((row,))
        if unchecked:  # these may have been asked for before the outage that it is about
            self._checks[symbol] = self.positions[symbol].id

    def _give_up(self, symbol: str, problem: str) -> None:
        hold = self._holds[symbol]
        last = self.positions[symbol]
        first = hold.trades[0]
        log.warning("trades of %s before id %d are missing: %s", symbol, first.id, problem)
        self._gap(symbol, last.at_ms, first.at_ms, problem)
        self.positions[symbol] = msgspec.structs.replace(last, id=first.id - 1)
        self._release(symbol)

    def _gap(self, symbol: str, from_ms: int, to_ms: int, reason: str) -> None:
        self.gaps += 1
        self._emit((Gap((symbol,), from_ms, to_ms, reason),))

    def _release(self, symbol: str) -> None:
        """Emit the held trades; a further hole among them is filled in its turn."""
        waiting = self._let_go(symbol)
        for number, trade in enumerate(waiting):
            if trade.id > self.positions[symbol].id + 1:
                self._hold(symbol, list(waiting[number:]))
                break
            self.positions[symbol] = trade
            self._emit((trade,))
        if symbol in self._checks:  # since when nothing more has come
            self._checks[symbol] = self.positions[symbol].id
            self._work.set()
