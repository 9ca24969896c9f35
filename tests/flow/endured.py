"""What faults of networks and of the exchange do to the way from the exchange to chats, measured.

The clock jumps (see skipping.py), so that minutes pass in a moment, with the settings that the
program has by default, and the same comes out on any machine.
"""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress

import aiohttp
import msgspec
from skipping import SkippingLoop
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from wire import Wire

from bot.announce import Announcer
from bot.deliver import Deliverer
from bot.explain.template import TemplateExplainer
from bot.health import LiveHealth
from bot.model import Chat, Limits, Message, Sent
from bot.outage import OutageWatch
from bot.ports import Answer
from bot.settings import load
from bot.store import Store, open_store
from bot.symbols import read_symbol
from bot.tables import metadata
from bot.unreal import SIMULATED
from bot.unrecorded import Unrecorded
from pipeline import gate, watch
from pipeline.bus import LocalBus
from pipeline.detectors import large_trade
from pipeline.market import Market
from pipeline.model import ALL, Event, Feed, Gap, Trade
from pipeline.sources import sockets_websockets
from pipeline.sources.binance import BinanceSource, Settings, Status
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.simulated.pairs import PAIRS
from pipeline.sources.simulator import Simulator
from pipeline.sources.sockets import Socket
from pipeline.universe import Universe
from pipeline.watch import Watch

START_MS = 1_760_000_000_000
SYMBOLS = ("LINKUSDT", "AVAXUSDT", "DOTUSDT", "UNIUSDT")
PEOPLE = 3
ENDLESS_S = 900.0
LOGIN = "reader:exchange-password-of-the-test"
"""In the exchange's address, as a proxy of somebody's own might want it."""


class Seen(msgspec.Struct):
    """What came of one fault: what /status named and chats were ``told``, after how many seconds
    all was there again, trades ``fetched`` and ``lost``, messages of large orders ``missing`` and
    ``doubled``, how many orders were ``marked`` as found late, what the source counted, and all
    that chats and the database have of it, as text."""

    problems: list[str]
    told: list[str]
    back_s: float
    fetched: int
    lost: int
    alerts: int
    marked: int
    missing: int
    doubled: int
    after: Status
    before: Status
    kept: str


class Crowd:
    """A platform that keeps what each chat was told."""

    name = "crowd"
    limits = Limits()

    def __init__(self) -> None:
        self.told: dict[Chat, list[Message]] = defaultdict(list)

    async def listen(self, answer: Answer) -> None:
        """Nobody types here."""

    def is_group(self, chat: Chat) -> bool:
        """None is."""
        return False

    async def send(self, chat: Chat, message: Message) -> Sent:
        """It arrives."""
        self.told[chat].append(message)
        return Sent(chat, str(len(self.told[chat])))

    async def edit(self, sent: Sent, message: Message) -> None:
        """The last edition is kept."""
        self.told[sent.chat][int(sent.ref) - 1] = message


class Shuffled:
    """A socket that delivers messages in another order, and every fifth twice."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._random = random.Random(5)
        self._held: list[bytes] = []

    async def recv(self) -> Sequence[bytes]:
        """Of eight messages that wait, or what a second has brought, in any order."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                while len(self._held) < 8:
                    self._held += await self._socket.recv()
        if not self._held:
            self._held += await self._socket.recv()
        self._held += [m for m in self._held if self._random.random() < 0.2]
        self._random.shuffle(self._held)
        out, self._held = self._held, []
        return out

    async def send(self, text: str) -> None:
        """As it is."""
        await self._socket.send(text)

    async def close(self) -> None:
        """As it is."""
        await self._socket.close()

    def abort(self) -> None:
        """As it is."""
        self._socket.abort()


class Rig:
    """The way from a simulated exchange over a wire to chats, all of it real but the clock."""

    def __init__(
        self, sim: Simulator, wire: Wire, rest: BinanceRest, store: Store, changes: "Changes"
    ) -> None:
        loop = asyncio.get_running_loop()
        self.sim, self.wire, self.store = sim, wire, store
        self.clock = loop.time
        self.shuffling = False
        self.scheme, self.host = "ws", "127.0.0.1"
        self.rest = rest
        self.source = BinanceSource(
            msgspec.structs.replace(
                Settings(ws_url="ws://exchange", rest_url="http://exchange"), **changes.settings
            ),
            rest,
            open_socket=self._open,
            monotonic=loop.time,
        )
        self.seen: dict[str, list[int]] = defaultdict(list)
        self.gaps: list[Gap] = []
        self.problems: dict[str, None] = {}
        detectors = {"large_trade": large_trade.Settings(min_notional=1_000_000)}
        self.watch = Watch(
            Market(),
            watch.Settings(
                gate=gate.Settings(cooldown_s=0, cooldown_by_kind={}), detectors=detectors
            ),
            kinds=list(detectors),
        )
        self.bus = LocalBus()
        self.crowd = Crowd()
        self.deliverer = Deliverer(store, [self.crowd], now_ms=self.now_ms)
        unrecorded = Unrecorded(store, self.deliverer, now_ms=self.now_ms)
        self.announcer = Announcer(
            store,
            TemplateExplainer(read_symbol),
            lookup=read_symbol,
            platforms=["crowd"],
            expires_s=600,
            now_ms=self.now_ms,
            newest_ms=lambda: self.watch.market.newest_ms,
            wake=self.deliverer.wake,
            unrecorded=unrecorded,
        )
        universe = Universe(load(environ={}).market, rest, self.source, self.watch)
        self.health = LiveHealth(self.source, universe, lambda: 0, unreal=SIMULATED)
        self.outage = OutageWatch(
            store,
            self.health.feed,
            stale_s=load(environ={}).delivery.stale_s,
            now_ms=self.now_ms,
            wake=self.deliverer.wake,
            unrecorded=unrecorded,
            catching_up=lambda: self.source.continuity.busy,
        )
        self.planted: list[str] = []
        self.under_way: asyncio.Task[None] | None = None

    def now_ms(self) -> int:
        """Our own clock, whatever the exchange's says."""
        return START_MS + int(self.clock() * 1000)

    async def _open(self, url: str) -> Socket:
        path = url.partition("exchange")[2]
        address = f"{self.scheme}://{LOGIN}@{self.host}:{self.wire.port}{path}"
        socket: Socket = await sockets_websockets.open_socket(address)
        return Shuffled(socket) if self.shuffling else socket

    async def stream(self) -> AsyncIterator[Event]:
        """What the source delivers, looked at on the way."""
        async for event in self.source.stream():
            if isinstance(event, Trade):
                self.seen[event.symbol].append(event.id)
            elif isinstance(event, Gap):
                self.gaps.append(event)
            yield event

    async def follow(self, wanted: Collection[Feed]) -> None:
        """A Source, too."""
        await self.source.follow(wanted)

    async def look(self) -> None:
        """Note what /status would say, for ever."""
        while True:
            if problem := self.health.feed().problem:
                self.problems[problem] = None
            await asyncio.sleep(0.25)

    async def plant(self) -> None:
        """A large order of the next symbol, so that each is a move of its own."""
        number = len(self.planted)
        side = "buy" if number < len(SYMBOLS) else "sell"
        symbol = SYMBOLS[number % len(SYMBOLS)]
        planted = await self.sim.sweep(symbol, side, 5_000_000)  # type: ignore[arg-type]
        self.planted.append(f"large_trade:{symbol}:{planted.at_ms}:{side}")

    async def caught_up(self) -> None:
        """Data flows, and everything that the exchange has traded so far is here."""
        newest = await self.newest()
        while True:
            at = {symbol: ids[-1] for symbol, ids in self.seen.items()}
            here = all(at.get(symbol, 0) >= id for symbol, id in newest.items())
            if here and not self.source.status().problem and not self.source.continuity.busy:
                return
            await asyncio.sleep(0.1)

    async def back_since(self, began_s: float) -> float:
        """How long after that everything is there, a second of news included."""
        await asyncio.sleep(1.0)
        await self.caught_up()
        return self.clock() - began_s

    async def newest(self) -> dict[str, int]:
        """The last trade of each symbol, asked for past the wire."""
        found = {}
        async with aiohttp.ClientSession() as session:
            for symbol in SYMBOLS:
                url = f"{self.sim.rest_url}/api/v3/aggTrades?symbol={symbol}&limit=1"
                async with session.get(url) as response:
                    rows = await response.json()
                    found[symbol] = int(rows[-1]["a"]) if rows else 0
        return found


class Changes(msgspec.Struct, frozen=True):
    """What is different from the start on: the source's settings, and the exchange's clock."""

    settings: dict[str, float] = {}
    exchange_ms: int = 0


@asynccontextmanager
async def rig(changes: Changes) -> AsyncIterator[Rig]:
    """A program that runs, and its exchange."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SkippingLoop)
    loop.busy_while(lambda: True)  # while the database opens and closes, nothing else happens
    async with open_store("sqlite+aiosqlite://", clock=lambda: START_MS) as store:
        for number in range(PEOPLE):
            await store.subscribe(Chat("crowd", str(number)), [ALL], [ALL])
        loop.busy_while(lambda: store._database.working)
        try:
            async with _running(loop, store, changes) as it:
                yield it
        finally:
            loop.busy_while(lambda: True)
    loop.busy_while(lambda: False)


@asynccontextmanager
async def _running(loop: SkippingLoop, store: Store, changes: Changes) -> AsyncIterator[Rig]:
    pairs = [pair for pair in PAIRS if pair.symbol in ("BTCUSDT", *SYMBOLS)]
    start_ms = START_MS + changes.exchange_ms
    async with (
        Simulator(seed=7, pairs=pairs, plan=(), start_ms=start_ms, clock=loop.time) as sim,
        Wire(int(sim.rest_url.rpartition(":")[2])) as wire,
        BinanceRest(f"http://{LOGIN}@127.0.0.1:{wire.port}", monotonic=loop.time) as rest,
    ):
        it = Rig(sim, wire, rest, store, changes)
        await it.follow([Feed(symbol, "trade") for symbol in SYMBOLS])
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(work)
                for work in (
                    it.announcer.run(it.bus),
                    it.deliverer.run(),
                    it.watch.run(it, it.bus),
                    it.outage.run(),
                    it.look(),
                )
            ]
            yield it
            for task in running:
                task.cancel()


Happening = Callable[[Rig], Awaitable[None]]


class Fault(msgspec.Struct, frozen=True):
    """Begins, lasts and ends, while two large orders are made. ``back_s``: within so many seconds
    everything is there again, counted from the end, or from the beginning of what has no end;
    ``counted`` is what the source's status must have counted, if it did happen."""

    name: str
    begin: Happening
    back_s: float
    end: Happening | None = None
    lasts_s: float = 20.0
    seen: tuple[str, ...] = ()
    changes: Changes = Changes()
    told: int = 0
    loses: bool = False
    counted: str = ""


async def measure(fault: Fault) -> Seen:
    """Let it happen to a program that is well, and see what becomes of it."""
    random.seed(1)  # of the pauses between two attempts
    async with rig(fault.changes) as it, asyncio.timeout(ENDLESS_S):
        while it.source.status().frames == 0:
            await asyncio.sleep(0.1)
        await asyncio.sleep(5.0)
        await it.plant()
        await asyncio.sleep(2.0)
        await it.caught_up()
        it.problems.clear()
        before = it.source.status()
        began_s = it.clock()
        await fault.begin(it)
        back = asyncio.create_task(it.back_since(began_s)) if fault.end is None else None
        for _ in range(2):
            await asyncio.sleep(fault.lasts_s / 3)
            await it.plant()
        await asyncio.sleep(fault.lasts_s / 3)
        if fault.end is not None:
            await fault.end(it)
            back = asyncio.create_task(it.back_since(it.clock()))
        assert back is not None
        back_s = await back
        await it.plant()
        await asyncio.sleep(15.0)  # what is to be told of it has been told by now
        await it.caught_up()
        kept = f"{dict(it.crowd.told)} {await it.store._database.read(_rows)}"
        return _seen(it, back_s, before, kept)


async def _rows(connection: AsyncConnection) -> list[str]:
    tables = metadata.sorted_tables
    return [repr(row) for table in tables for row in await connection.execute(select(table))]


def _seen(it: Rig, back_s: float, before: Status, kept: str) -> Seen:
    after = it.source.status()
    messages = list(it.crowd.told.values())
    copies = [Counter(m.key for m in mine) for mine in messages]
    return Seen(
        problems=list(it.problems),
        told=[m.head for m in messages[0] if not m.key.startswith("large_trade:")],
        back_s=back_s,
        fetched=after.recovered - before.recovered,
        lost=sum(ids[-1] - ids[0] + 1 - len(set(ids)) for ids in it.seen.values()),
        alerts=len(it.planted),
        marked=sum("복구" in " ".join(m.lines) for m in messages[0] if m.key in it.planted),
        missing=sum(not mine[key] for mine in copies for key in it.planted),
        doubled=sum(count - 1 for mine in copies for count in mine.values()),
        after=after,
        before=before,
        kept=kept,
    )
