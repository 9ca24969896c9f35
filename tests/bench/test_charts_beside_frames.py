"""What drawing twenty charts costs the frames that arrive meanwhile, at the demo's load.

Three times the same stretch: nothing is drawn, twenty charts are drawn as the program does it, and
twenty charts are drawn within the event loop, as a comparison. The simulated exchange shares the
event loop, so its own work is in every figure alike.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable

from bot.album import Album
from bot.charts import paint
from bot.drawings import CandleChart, Drawing
from bot.easel import Easel
from pipeline.bus import LocalBus
from pipeline.market import Market, SymbolState
from pipeline.model import Trade
from pipeline.sources.binance import BinanceSource, Settings
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.simulator import Simulator
from pipeline.sources.sockets import Socket, open_socket
from pipeline.universe import Settings as UniverseSettings
from pipeline.universe import Universe
from pipeline.watch import Settings as WatchSettings
from pipeline.watch import Watch

CHARTS = 20
STRETCH_S = 8.0
TICK_S = 0.005
NOW_MS = 1_768_176_201_000


def chart(number: int) -> Drawing:
    """Another coin each time, so that nothing comes out of a cache."""
    bars = tuple(
        (
            NOW_MS - (97 - i) * 900_000,
            100 + math.sin(i / 5),
            102.0,
            98.0,
            100 + math.sin((i + 1) / 5),
            1e6,
        )
        for i in range(97)
    )
    return CandleChart(
        symbol=f"COIN{number}USDT",
        title=f"코인{number}(COIN{number}USDT)",
        interval="15분",
        span="18시간",
        unit="달러",
        tick=0.01,
        bars=bars,
        shown=72,
        marks=(),
        source="바이낸스 현물",
        at_ms=NOW_MS,
    )


class Stopwatch:
    """How late the event loop is, and how long each trade waits from the socket to the market."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self.handled_ms: list[float] = []
        self._arrived_s = 0.0

    async def open(self, url: str) -> Socket:
        """A socket that notes when its frames came."""
        socket = await open_socket(url)
        inner = socket.recv

        async def recv() -> bytes:
            frame = await inner()
            self._arrived_s = time.perf_counter()
            return frame

        socket.recv = recv  # type: ignore[method-assign]
        return socket

    def watch(self, market: Market) -> None:
        """Note when trades reach the market."""
        inner = market.trade

        def trade(state: SymbolState, event: Trade) -> None:
            inner(state, event)
            self.handled_ms.append((time.perf_counter() - self._arrived_s) * 1000)

        market.trade = trade  # type: ignore[method-assign]

    async def run(self) -> None:
        """Ask to be woken every 5 ms; note by how much later it was."""
        while True:
            begun_s = time.perf_counter()
            await asyncio.sleep(TICK_S)
            self.late_ms.append((time.perf_counter() - begun_s - TICK_S) * 1000)

    def told(self, name: str) -> str:
        """One line; begins anew."""
        late, handled = sorted(self.late_ms), sorted(self.handled_ms)
        self.late_ms, self.handled_ms = [], []
        return (
            f"  {name:34} frame to market p99 {_p99(handled):6.1f} ms ({len(handled):,} trades) · "
            f"loop late p99 {_p99(late):6.1f} ms, most {late[-1]:6.1f} ms"
        )


def _p99(values: list[float]) -> float:
    return values[int(len(values) * 0.99)]


def test_frames_while_twenty_charts_are_drawn() -> None:
    quiet, beside, within = asyncio.run(measure())
    assert beside < within / 3, "drawing beside the loop must not hold it as drawing within does"
    assert quiet < within


async def measure() -> list[float]:
    stopwatch, album = Stopwatch(), Album(now_ms=lambda: NOW_MS)
    easel = Easel(album, wait_s=60.0)
    late: list[float] = []
    async with Simulator(seed=5, plan=()) as sim, BinanceRest(sim.rest_url) as rest:
        market = Market()
        watch = Watch(market, WatchSettings())
        stopwatch.watch(market)
        settings = Settings(ws_url=sim.ws_url, rest_url=sim.rest_url)
        source = BinanceSource(settings, rest, open_socket=stopwatch.open)
        universe = Universe(UniverseSettings(), rest, source, watch)

        async def nothing() -> None:
            """The stretch alone."""

        async def beside() -> None:
            await asyncio.gather(*(easel.draw(chart(n), "") for n in range(CHARTS)))

        async def within() -> None:
            for number in range(CHARTS):
                paint(chart(number))
                await asyncio.sleep(0.1)

        phases: dict[str, Callable[[], Awaitable[None]]] = {
            "nothing drawn": nothing,
            "20 charts, in a process of their own": beside,
            "20 charts, within the loop": within,
        }
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(work)
                for work in (watch.run(source, LocalBus()), universe.run(), easel.run())
            ]
            await sim.until(lambda: "btcusdt@aggTrade" in sim.streams)
            paint(chart(99))  # loaded here, too, before anything is measured
            await asyncio.sleep(3.0)
            running.append(tasks.create_task(stopwatch.run()))
            print(f"\n{CHARTS} charts drawn while the demo's market arrives, {STRETCH_S:g} s each")
            for name, draw in phases.items():
                stopwatch.late_ms, stopwatch.handled_ms = [], []
                begun_s = time.perf_counter()
                await draw()
                took_s = time.perf_counter() - begun_s
                await asyncio.sleep(max(0.0, STRETCH_S - took_s))
                late.append(_p99(sorted(stopwatch.late_ms)))
                drawn = f" · drawn in {took_s:.1f} s" if draw is not nothing else ""
                print(stopwatch.told(name) + drawn)
            for task in running:
                task.cancel()
    assert easel.drawn == CHARTS
    return late
