"""Trades in the order of their ids: repeats are dropped, holes are filled over REST.

Aggregate ids are consecutive per symbol (FACTS A.8), so a hole is seen at the next trade whatever
caused it. While a hole is being filled, later trades of that symbol wait; what cannot be filled
within the limits below becomes a Gap. After an outage, symbols that have not traded since are
asked for as well, so that a trade missed in a quiet symbol is not found hours later.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
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
"""How long later trades of a symbol wait for a hole to be filled."""
HELD = 5_000
"""How many of them may wait."""
WORKERS = 4
RETRY_S = 1.0


class Past(Protocol):
    """Where missed trades are asked for: see binance_rest.BinanceRest."""

    async def agg_trades(self, symbol: str, from_id: int) -> list[Trade]:
        """The next ones from an id on."""
        ...


class _Hold:
    """Trades of one symbol (at least one) that wait for the ones before them."""

    __slots__ = ("since_s", "trades")

    def __init__(self, since_s: float, trades: list[Trade]) -> None:
        self.trades = trades
        self.since_s = since_s


class Continuity:
    """``on`` takes live trades, ``emit`` receives runs of them in order, recovered ones in between.

    ``repeated``, ``recovered`` and ``gaps`` count. ``positions`` are the last trades emitted.
    ``noted`` is told of all that does not follow from the trades themselves: who makes the same
    calls of ``on`` and ``heed`` in the same order emits the same.
    """

    def __init__(
        self,
        rest: Past,
        emit: Callable[[Sequence[Event]], None],
        *,
        noted: Callable[[Outcome], None] = lambda outcome: None,
        retry_s: float = RETRY_S,
        patience_s: float = PATIENCE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rest = rest
        self._emit = emit
        self._noted = noted
        self._retry_s = retry_s
        self._patience_s = patience_s
        self._monotonic = monotonic
        self.positions: dict[str, Trade] = {}
        self._holds: dict[str, _Hold] = {}
        self._holes: deque[str] = deque()  # symbols with a known hole come first
        self._checks: dict[str, None] = {}  # symbols to ask for after an outage, in order
        self._checking = 0
        self._work = asyncio.Event()
        self.repeated = 0
        self.recovered = 0
        self.gaps = 0

    @property
    def busy(self) -> bool:
        """Whether anything is still to be asked for or filled."""
        return bool(self._holds or self._checks or self._checking)

    def resume(self, positions: Mapping[str, tuple[int, int]]) -> None:
        """Go on where an earlier run stopped: symbol → (last id, its time in ms)."""
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
            self._holds.pop(symbol, None)

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

    def start_afresh(self) -> None:
        """What comes next may be anything."""
        self.positions.clear()
        self._holds.clear()
        self._checks.clear()
        self._holes.clear()

    def check(self, symbols: Iterable[str]) -> None:
        """Ask for what these symbols traded during an outage."""
        self._checks.update(dict.fromkeys(s for s in symbols if s in self.positions))
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
            self._holds[symbol] = _Hold(self._monotonic(), [trade])
            self._checks.pop(symbol, None)
            self._holes.append(symbol)
            self._work.set()

    def _wait(self, symbol: str, trade: Trade) -> None:
        hold = self._holds[symbol]
        if trade.id <= hold.trades[-1].id:
            self.repeated += 1
            return
        hold.trades.append(trade)
        if len(hold.trades) > HELD:
            self._give_up(symbol, "too many trades while back-filling")

    async def run(self) -> None:
        """Fill holes until cancelled."""
        async with asyncio.TaskGroup() as workers:
            for number in range(WORKERS):
                workers.create_task(self._fill_holes(), name=f"backfill-{number}")

    async def _fill_holes(self) -> None:
        while True:
            if self._holes:
                symbol = self._holes.popleft()
            elif self._checks:
                symbol = next(iter(self._checks))
                del self._checks[symbol]
                self._checking += 1
                try:
                    await self._check(symbol)
                finally:
                    self._checking -= 1
                continue
            else:
                self._work.clear()
                await self._work.wait()
                continue
            if symbol in self._holds:
                await self._fill(symbol, self._holds[symbol])

    async def _check(self, symbol: str) -> None:
        """Ask what a symbol traded since its last trade; later trades do not wait for that, for
        perhaps nothing is missing. A check that cannot be made now is made later.
        """
        last = self.positions.get(symbol)
        if last is None or symbol in self._holds:
            return
        try:
            rows = await self._rest.agg_trades(symbol, last.id + 1)
        except TooFast as error:
            self._checks[symbol] = None
            await asyncio.sleep(max(error.retry_after_s, self._retry_s))
            return
        except Unreachable:
            self._checks[symbol] = None
            await asyncio.sleep(self._retry_s)
            return
        except (Refused, FrameError) as error:
            if isinstance(error, Refused) and error.status >= 500:
                self._checks[symbol] = None
                await asyncio.sleep(self._retry_s)
            else:
                log.warning(
                    "trades of %s since id %d cannot be asked for: %s", symbol, last.id, error
                )
            return
        if symbol in self._holds or symbol not in self.positions:
            return  # a hole has been found meanwhile, or nobody follows the symbol any more
        self._note_rows(symbol, rows)
        if len(rows) >= 1_000:
            self._checks[symbol] = None

    async def _fill(self, symbol: str, hold: _Hold) -> None:
        """Emit what is missing before the held trades, then those."""
        problem = ""
        pages = empty = 0
        deadline_s = hold.since_s + self._patience_s
        while self._holds.get(symbol) is hold:
            next_id = self.positions[symbol].id + 1
            if next_id >= hold.trades[0].id:
                break
            if pages >= PAGES:
                problem = f"more than {PAGES} pages missing"
                break
            pause_s = self._retry_s
            try:
                rows = await self._rest.agg_trades(symbol, next_id)
            except TooFast as error:
                rows, problem, pause_s = None, str(error), max(error.retry_after_s, self._retry_s)
            except Unreachable as error:
                rows, problem = None, str(error)
            except (Refused, FrameError) as error:
                problem = str(error)
                if not isinstance(error, Refused) or error.status < 500:
                    break
                rows = None  # 5xx: the exchange is in trouble, not the question wrong
            if self._holds.get(symbol) is not hold:
                return  # given up meanwhile
            if rows is None:
                if self._monotonic() + pause_s > deadline_s:
                    break
                await asyncio.sleep(pause_s)
                continue
            pages += 1
            problem = ""
            self._note_rows(symbol, rows)
            if rows and rows[0].id >= hold.trades[0].id:
                problem = "the exchange no longer has them"  # it answers with the next it has
                break
            if not rows:
                empty += 1
                if empty == 3:  # REST may be a moment behind the stream, not longer
                    problem = "the exchange no longer has them"
                    break
                await asyncio.sleep(pause_s)
        if self._holds.get(symbol) is hold:
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

    def _give_up(self, symbol: str, problem: str) -> None:
        hold = self._holds[symbol]
        last = self.positions[symbol]
        log.warning("trades of %s after id %d are missing: %s", symbol, last.id, problem)
        first = hold.trades[0]
        self._gap(symbol, last.at_ms, first.at_ms, problem)
        self.positions[symbol] = msgspec.structs.replace(last, id=first.id - 1)
        self._release(symbol)

    def _gap(self, symbol: str, from_ms: int, to_ms: int, reason: str) -> None:
        self.gaps += 1
        self._emit((Gap((symbol,), from_ms, to_ms, reason),))

    def _release(self, symbol: str) -> None:
        """Emit the held trades; a further hole among them is filled in its turn."""
        waiting = self._holds.pop(symbol).trades
        for number, trade in enumerate(waiting):
            if trade.id > self.positions[symbol].id + 1:
                self._holds[symbol] = _Hold(self._monotonic(), waiting[number:])
                self._holes.append(symbol)
                self._work.set()
                return
            self.positions[symbol] = trade
            self._emit((trade,))
