"""A simulated exchange on loopback that speaks Binance's own protocol, for the demo and for tests.

    async with Simulator() as sim:
        source = ...(sim.ws_url, sim.rest_url)

The market runs by itself, or, with ``manual=True``, only while ``advance`` is awaited. What is
planted in it, and what really came of it, is in ``planted``. Faults of networks and exchanges
happen on demand (those of connections to the spot market alone). Futures are on the routed address
of the same port: see simulated/futures.py. Limits are Binance's: see simulated/limits.py,
sockets.py and session.py; how far back REST remembers is in simulated/history.py.
"""

import asyncio
import time
from collections.abc import Callable, Iterable
from random import Random
from types import TracebackType
from typing import Literal, Self

import msgspec

from pipeline.model import ALL, Side
from pipeline.sources.simulated.broadcast import Broadcast
from pipeline.sources.simulated.futures import Futures
from pipeline.sources.simulated.limits import Refusal
from pipeline.sources.simulated.market import Market, Order, Touch
from pipeline.sources.simulated.pairs import PAIRS, Pair
from pipeline.sources.simulated.plan import Planted, Step, demo_plan
from pipeline.sources.simulated.rest import Rest
from pipeline.sources.simulated.server import Door, Server
from pipeline.sources.simulated.sockets import Sockets

GRID_MS = 100
"""Periodic streams are sent at multiples of this."""
TICK_S = 0.025
"""How often the running market catches up with the clock."""
SLEPT_S = 5.0
"""Being behind by more than this is a machine that slept: nothing traded meanwhile."""
SHUTDOWN_MS = 5_000
OUTBOX_BYTES = 8 * 1024 * 1024
DAY_S = 86_400.0

_GARBAGE = (
    '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1760000000123,"s":"BTCU',
    '{"e":"aggTrade","E":"soon","s":"BTCUSDT","a":null,"p":[],"q":"x","T":"T","m":1}',
    '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","s":"BTCUSDT"}}',
    '{"stream":"btcusdt@whale","data":{"e":"whale","E":1760000000123,"s":"BTCUSDT"}}',
    '{"code":2,"msg":"Invalid request: property name must be a string"}',
    '{"stream":42,"data":"no"}',
    "[]",
    "null",
    "",
)


class Simulator:
    """The exchange. No argument is required.

    ``seed`` and ``start_ms`` (default: now) determine the market. ``speed`` is how many times
    faster than real it runs. ``port`` 0 takes any free one; a busy one raises OSError when the
    exchange opens. ``plan`` is what is planted: by default the demo's, with ``manual`` nothing.
    Limits and connection lives run on ``clock`` (seconds), and with ``manual`` on ``advance``
    besides. ``life_s`` is the longest life of a connection, ``outbox_bytes`` what may wait for a
    client that does not read.
    """

    def __init__(
        self,
        *,
        seed: int = 1,
        speed: float = 1.0,
        manual: bool = False,
        port: int = 0,
        start_ms: int | None = None,
        pairs: Iterable[Pair] = PAIRS,
        plan: Iterable[Step] | None = None,
        life_s: float = DAY_S,
        outbox_bytes: int = OUTBOX_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._opened_s = clock()
        self._start_ms = int(time.time() * 1000) if start_ms is None else start_ms
        self._advanced_ms = 0
        self._speed = speed
        self._manual = manual
        self._port = port
        self._market = Market(seed=seed, start_ms=self._start_ms, pairs=pairs)
        self._changed = asyncio.Event()
        self._sockets = Sockets(
            clock_ms=self._limits_ms,
            changed=self._changed.set,
            life_ms=life_s * 1000,
            outbox_bytes=outbox_bytes,
        )
        self._futures_sockets, self._books_sockets = (
            Sockets(
                clock_ms=self._limits_ms,
                changed=self._changed.set,
                life_ms=life_s * 1000,
                outbox_bytes=outbox_bytes,
            )
            for _ in range(2)
        )
        self._broadcast = Broadcast(self._market, self._sockets)
        rest = Rest(self._market)
        self._futures = Futures(
            self._market, self._futures_sockets, self._books_sockets, rest, seed
        )
        self._server = Server(
            rest,
            self._sockets,
            self._futures,
            self._futures_sockets,
            self._books_sockets,
            self._limits_ms,
        )
        if plan is None:
            plan = () if manual else demo_plan(seed, self._market.listings)
        self._plan = iter(plan)
        self._due: tuple[int, Step] | None = None
        self._next_step(self._start_ms)
        self._noise = Random(f"{seed}:noise")
        self._tasks: asyncio.TaskGroup | None = None
        self._running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._server.open(self._port)
        if not self._manual:
            self._tasks = await asyncio.TaskGroup().__aenter__()
            self._running = self._tasks.create_task(self._run(), name="simulated market")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._running is not None and self._tasks is not None:
                self._running.cancel()
                # A failure of the market reaches the caller as a cancellation, which the group
                # turns into that failure; the caller's own errors are not the group's business.
                if isinstance(error, asyncio.CancelledError):
                    await self._tasks.__aexit__(kind, error, trace)
                else:
                    await self._tasks.__aexit__(None, None, None)
        finally:
            for sockets in (self._sockets, self._futures_sockets, self._books_sockets):
                for connection in list(sockets.connections):
                    connection.cut()
            await self._server.close()

    # --- looking -----------------------------------------------------------------------------

    @property
    def ws_url(self) -> str:
        """The base of WebSocket addresses; ``/stream`` or ``/ws`` is appended."""
        return f"ws://127.0.0.1:{self._server.port}"

    @property
    def rest_url(self) -> str:
        """The base of REST addresses; ``/api/v3/…`` is appended."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def now_ms(self) -> int:
        """The exchange's time."""
        return self._market.now_ms

    @property
    def planted(self) -> tuple[Planted, ...]:
        """The newest thousand planted events, oldest first, as they really happened."""
        return tuple(self._market.planted)

    def prices(self) -> dict[str, float]:
        """What coins that trade against dollars are worth."""
        return {
            listing.pair.base: listing.fair * listing.pair.tick
            for listing in self._market.listings.values()
            if listing.trading and listing.pair.quote == "USDT"
        }

    @property
    def connections(self) -> int:
        """How many WebSocket clients are connected."""
        return sum(connection.open for connection in self._sockets.connections)

    @property
    def streams(self) -> frozenset[str]:
        """Every stream that somebody has subscribed to."""
        return self._sockets.streams

    @property
    def futures_streams(self) -> frozenset[str]:
        """Every stream of futures that somebody has subscribed to."""
        return self._futures_sockets.streams | self._books_sockets.streams

    @property
    def used_weight(self) -> int:
        """The request weight used in the running minute."""
        return self._server.weights.used

    async def until(self, true: Callable[[], bool], deadline_s: float = 10.0) -> None:
        """Wait until a condition on connections or streams holds; raises TimeoutError."""
        async with asyncio.timeout(deadline_s):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    # --- time --------------------------------------------------------------------------------

    async def advance(self, ms: int) -> None:
        """Let ``ms`` milliseconds of market happen and be sent (only with ``manual``)."""
        if not self._manual:
            raise RuntimeError("the market runs by itself; advance() needs manual=True")
        end_ms = self.now_ms + ms
        while self.now_ms < end_ms:
            before_ms = self.now_ms
            to_ms = min(end_ms, before_ms - before_ms % GRID_MS + GRID_MS)
            self._advanced_ms += to_ms - before_ms
            self._live(to_ms)
            await asyncio.sleep(0)  # clients in the same loop read and answer meanwhile

    async def _run(self) -> None:
        """Keep the market at the clock's time."""
        while True:
            await asyncio.sleep(TICK_S)
            passed_s = (self._clock() - self._opened_s) * self._speed
            target_ms = self._start_ms + int(passed_s * 1000)
            slept_ms = target_ms - self.now_ms
            if slept_ms > SLEPT_S * 1000 * max(1.0, self._speed):
                self._market.skip(slept_ms)
                if self._due is not None:
                    self._due = (self._due[0] + slept_ms, self._due[1])
            while self.now_ms < target_ms:
                self._live(min(target_ms, self.now_ms - self.now_ms % GRID_MS + GRID_MS))
                await asyncio.sleep(0)

    def _live(self, to_ms: int) -> None:
        """Let the market live until ``to_ms``, at most to the next point of the grid."""
        while self._due is not None and self._due[0] <= to_ms:
            at_ms, step = self._due
            self._send(self._market.advance(at_ms))
            self._plant(step)
            self._next_step(at_ms)
        self._send(self._market.advance(to_ms))
        if to_ms % GRID_MS == 0:
            self._broadcast.send_periodic(to_ms)
            self._futures.send_periodic(to_ms)
        for sockets in (self._sockets, self._futures_sockets, self._books_sockets):
            sockets.keep_alive()
            sockets.flush()

    def _send(self, events: list[Order | Touch]) -> None:
        self._broadcast.send(events)
        self._futures.send(events)

    def _limits_ms(self) -> float:
        """The time by which limits are kept: clients live in real time whatever the speed."""
        return self._start_ms + (self._clock() - self._opened_s) * 1000 + self._advanced_ms

    # --- planting ----------------------------------------------------------------------------

    def _next_step(self, from_ms: int) -> None:
        step = next(self._plan, None)
        self._due = None if step is None else (from_ms + step.after_ms, step)

    def _plant(self, step: Step) -> None:
        match step.kind:
            case "sweep":
                self._market.sweep(step.symbol, step.side, step.size)
            case "pump":
                self._market.pump(step.symbol, step.size)
            case "crash":
                self._market.crash(step.size)
            case "spread":
                self._market.widen(step.symbol, step.size)
            case "disconnect":
                self._record("disconnect", self.cut(), self.now_ms)
            case "shutdown":
                self.announce_shutdown(SHUTDOWN_MS)

    def _record(
        self, kind: Literal["disconnect", "shutdown"], count: int, until_ms: int
    ) -> Planted:
        record = Planted(
            kind=kind, symbol=ALL, at_ms=self.now_ms, until_ms=until_ms, connections=count
        )
        self._market.planted.append(record)
        return record

    async def _sent(self, record: Planted) -> Planted:
        """Send at once what has just been planted."""
        self._send(self._market.advance(self.now_ms))
        self._sockets.flush()
        self._futures_sockets.flush()
        await asyncio.sleep(0)
        return record

    async def sweep(self, symbol: str, side: Side, notional: float) -> Planted:
        """One order of at least ``notional`` (quote currency) through the book, at once."""
        return await self._sent(self._market.sweep(symbol, side, notional))

    async def pump(self, symbol: str, rise_pct: float, rush_ms: int = 60_000) -> Planted:
        """Begin a pump and dump: ``rush_ms`` up by ``rise_pct`` percent, then down again."""
        return await self._sent(self._market.pump(symbol, rise_pct, rush_ms))

    async def crash(self, fall_pct: float = 3.0, over_ms: int = 110_000) -> Planted:
        """Begin a fall of BTCUSDT, which the others follow."""
        return await self._sent(self._market.crash(fall_pct, over_ms))

    async def spread(self, symbol: str, times: float = 20.0, for_ms: int = 30_000) -> Planted:
        """Begin to quote with ``times`` the usual spread."""
        return await self._sent(self._market.widen(symbol, times, for_ms))

    # --- faults ------------------------------------------------------------------------------

    def cut(self, nth: int | None = None) -> int:
        """Break all connections, or only the ``nth`` (from 0), without a close frame."""
        chosen = [connection for connection in self._sockets.connections if connection.open]
        if nth is not None:
            chosen = chosen[nth : nth + 1]
        for connection in chosen:
            connection.cut()
        self._changed.set()
        return len(chosen)

    def go_silent(self, on: bool = True) -> None:
        """Send no data any more, though connections stay open and are pinged and answered."""
        self._sockets.silent = on

    def send_garbage(self) -> int:
        """Send everybody frames that are no market data; returns how many each gets."""
        for connection in self._sockets.connections:
            for text in _GARBAGE:
                connection.say(text)
            connection.noise(self._noise.randbytes(64))
        self._sockets.flush()
        return len(_GARBAGE) + 1

    def announce_shutdown(self, close_after_ms: int | None = None) -> Planted:
        """Send ``serverShutdown`` to everybody connected; hang up on them after a while, if at all.

        Connections opened afterwards live on, as on the exchange's other servers.
        """
        count = self._sockets.announce_shutdown(self.now_ms, close_after_ms)
        self._sockets.flush()
        return self._record("shutdown", count, self.now_ms + (close_after_ms or 0))

    def repeat_last(self, count: int = 20) -> int:
        """Send the last trade frames (at most 200) once more; returns how many."""
        repeated = self._sockets.repeat(count)
        self._sockets.flush()
        return repeated

    def lose(self, ms: int, symbol: str = ALL) -> None:
        """Send nothing of the next ``ms`` milliseconds of market; REST remembers it."""
        self._broadcast.lose(symbol, self.now_ms + ms)

    def forget(self) -> None:
        """Make REST forget every trade so far, so that nothing lost can be recovered."""
        for listing in self._market.listings.values():
            listing.tape.forget()

    def refuse(
        self,
        status: int,
        *,
        times: int = 1,
        retry_after: int | None = None,
        doors: Iterable[Door] = ("handshakes", "rest"),
    ) -> None:
        """Answer the next ``times`` requests at each door with an HTTP error and nothing else."""
        self._server.refuse(Refusal(status, retry_after, "Refused on purpose."), times, doors)

    def list_symbol(self, symbol: str, price: float = 1.0) -> None:
        """Start trading a pair: a known one again, a new one at ``price``."""
        quote = "BTC" if symbol.endswith("BTC") else "USDT"
        base = symbol.removesuffix(quote)
        if not base or base + quote != symbol:
            raise ValueError(f"{symbol} must end with USDT or BTC")
        new = Pair(base, quote, price, 4, 1, 20.0)
        pair = next((pair for pair in PAIRS if pair.symbol == symbol), new)
        self._market.list_pair(msgspec.structs.replace(pair, status="TRADING"))

    def delist_symbol(self, symbol: str) -> None:
        """Stop trading a pair: its status becomes BREAK and its streams fall silent."""
        self._market.halt(symbol)
