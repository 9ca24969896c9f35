"""From a trade frame's arrival at the socket to the platform's send call, at the demo's load."""

import asyncio
import re
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from bot.announce import Announcer
from bot.deliver import Deliverer
from bot.explain.template import TemplateExplainer
from bot.model import Chat, Limits, Message, Sent
from bot.ports import Answer
from bot.store import open_store
from bot.symbols import read_symbol
from bot.unrecorded import Unrecorded
from pipeline.bus import LocalBus
from pipeline.detectors.large_trade import Settings as LargeTradeSettings
from pipeline.gate import Settings as GateSettings
from pipeline.market import Market
from pipeline.model import ALL
from pipeline.sources.binance import BinanceSource, Settings
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.simulator import Simulator
from pipeline.sources.sockets import Socket, open_socket
from pipeline.universe import Settings as UniverseSettings
from pipeline.universe import Universe
from pipeline.watch import Settings as WatchSettings
from pipeline.watch import Watch

SWEEPS = 80
TRADE_TIME = re.compile(rb'"s":"BTCUSDT".*"T":(\d+)')


class Stopwatch:
    """Notes when the frames of each trade time came in, and when each alert went out."""

    def __init__(self) -> None:
        self.arrived: dict[int, float] = {}
        self.sent: dict[int, float] = {}

    async def open(self, url: str) -> Socket:
        socket = await open_socket(url)
        inner = socket.recv

        async def recv() -> Sequence[bytes]:
            frames = await inner()
            for frame in frames:
                if b"btcusdt@aggTrade" in frame and (found := TRADE_TIME.search(frame)):
                    self.arrived[int(found.group(1))] = time.perf_counter()  # the last fill's
            return frames

        socket.recv = recv  # type: ignore[method-assign]
        return socket


class Wall:
    """A platform that only notes when it was asked to send."""

    name = "wall"
    limits = Limits()

    def __init__(self, stopwatch: Stopwatch) -> None:
        self._stopwatch = stopwatch

    async def listen(self, answer: Answer) -> None:
        """Nobody types here."""

    def is_group(self, chat: Chat) -> bool:
        return chat.id.startswith("-")

    async def send(self, chat: Chat, message: Message) -> Sent:
        now = time.perf_counter()
        if message.key.startswith("large_trade:BTCUSDT:"):
            self._stopwatch.sent.setdefault(int(message.key.split(":")[2]), now)
        return Sent(chat, message.key)

    async def edit(self, sent: Sent, message: Message) -> None:
        """Nothing is edited in this bench."""


def test_frame_to_send(tmp_path: Path) -> None:
    stopwatch = Stopwatch()
    asyncio.run(measure(tmp_path, stopwatch))
    took_ms = sorted(
        (stopwatch.sent[at] - stopwatch.arrived[at]) * 1000
        for at in stopwatch.sent
        if at in stopwatch.arrived
    )
    assert len(took_ms) >= SWEEPS
    p99 = took_ms[int(len(took_ms) * 0.99)]
    print(f"\nlast fill received to send call, {len(took_ms)} planted BTCUSDT orders, demo load")
    print(f"  p50 {statistics.median(took_ms):.1f} ms, p99 {p99:.1f} ms, max {took_ms[-1]:.1f} ms")


async def measure(folder: Path, stopwatch: Stopwatch) -> None:
    async with (
        Simulator(seed=5, plan=()) as sim,
        BinanceRest(sim.rest_url) as rest,
        open_store(f"sqlite+aiosqlite:///{folder / 'bench.db'}") as store,
    ):
        await store.subscribe(Chat("wall", "1"), [ALL], [ALL])
        market, bus = Market(), LocalBus()
        detectors = dict(WatchSettings().detectors)
        detectors["large_trade"] = LargeTradeSettings(min_notional=500_000, per_day=1e9)
        watch = Watch(market, WatchSettings(gate=GateSettings(0.0, {}), detectors=detectors))
        settings = Settings(ws_url=sim.ws_url, rest_url=sim.rest_url)
        source = BinanceSource(settings, rest, open_socket=stopwatch.open)
        universe = Universe(UniverseSettings(), rest, source, watch)
        deliverer = Deliverer(store, [Wall(stopwatch)], now_ms=lambda: int(time.time() * 1000))
        announcer = Announcer(
            store,
            TemplateExplainer(read_symbol),
            lookup=read_symbol,
            platforms=["wall"],
            expires_s=600,
            now_ms=lambda: int(time.time() * 1000),
            newest_ms=lambda: market.newest_ms,
            wake=deliverer.wake,
            unrecorded=Unrecorded(store, deliverer, now_ms=lambda: int(time.time() * 1000)),
        )
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(work)
                for work in (
                    watch.run(source, bus),
                    universe.run(),
                    announcer.run(bus),
                    deliverer.run(),
                )
            ]
            await sim.until(lambda: "btcusdt@aggTrade" in sim.streams)
            for number in range(SWEEPS):
                await sim.sweep("BTCUSDT", "sell" if number % 2 else "buy", 1_000_000)
                await asyncio.sleep(0.2)
            await asyncio.sleep(1.0)
            for task in running:
                task.cancel()
