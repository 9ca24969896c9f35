"""The sides of the speed benches: a bare loop, and the whole pipeline on either engine."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import PIPE
from typing import Any

from measure import Cost
from websockets.asyncio.client import connect

from bot import loops
from pipeline import watch
from pipeline.bus import LocalBus
from pipeline.market import Market
from pipeline.model import Feed
from pipeline.sources.binance import BinanceSource, Settings
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.sockets import Engine
from pipeline.watch import Watch

HERE = Path(__file__).parent
CORES = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set[int]()
FILLS = 13 / 6
"""Trades an order in the firehose's feed, on average."""


class Clock:
    """Both clocks, from now on."""

    def __init__(self) -> None:
        self._wall_s, self._cpu_s = time.perf_counter(), time.thread_time()

    def cost(self, frames: int) -> Cost:
        return Cost(frames, time.perf_counter() - self._wall_s, time.thread_time() - self._cpu_s)


@contextmanager
def serving(kind: str, *numbers: float, apart: bool = True) -> Iterator[int]:
    """A firehose in a process of its own; its port. ``apart``: on a core of its own, where there
    are two, as the scheduler may put who waits for a frame on the core of who sends it."""
    command = [sys.executable, str(HERE / "firehose.py"), kind, *map(str, numbers)]
    with subprocess.Popen(command, stdout=PIPE, text=True) as server, ExitStack() as stack:
        stack.callback(server.terminate)
        assert server.stdout is not None
        port = int(server.stdout.readline())
        if apart and len(CORES) > 1:
            stack.callback(os.sched_setaffinity, 0, os.sched_getaffinity(0))
            os.sched_setaffinity(server.pid, {max(CORES)})
            os.sched_setaffinity(0, CORES - {max(CORES)})
        yield port


def on_loop(work: Coroutine[Any, Any, Cost], engine: Engine) -> Cost:
    """Run on the event loop that belongs to an engine."""
    costs: list[Cost] = []

    async def keep() -> None:
        loops.settle()
        costs.append(await work)

    loops.run(keep(), engine)
    return costs[0]


def bare(port: int, frames: int) -> Cost:
    """websockets on Python's own event loop: receive and throw away."""

    async def receive() -> Cost:
        url = f"ws://127.0.0.1:{port}/stream"
        async with connect(url, compression=None, max_queue=(4096, 1024), proxy=None) as socket:
            clock = Clock()
            for _ in range(frames):
                await socket.recv(decode=False)
            return clock.cost(frames)

    return on_loop(receive(), "websockets")


def whole(
    port: int,
    frames: int,
    engine: Engine,
    *,
    warm: int = 1,
    detectors: Mapping[str, Any] | None = None,
    check: Callable[[Watch], None] = lambda watch: None,
) -> Cost:
    """Receive, decode, order by id, market, sweeps, all detectors, gate, metrics; the first
    ``warm`` frames are not counted."""

    async def run() -> Cost:
        url = f"ws://127.0.0.1:{port}"
        settings = Settings(url, backoff_floor_s=600, backoff_cap_s=600, engine=engine)
        watching = watch.Settings() if detectors is None else watch.Settings(detectors=detectors)
        async with BinanceRest("http://127.0.0.1:9") as rest:
            source = BinanceSource(settings, rest)
            await source.follow([Feed("S000USDT", "trade")])
            loop = Watch(Market(), watching)
            running = asyncio.create_task(loop.run(source, LocalBus()))
            while loop.events < warm:
                await asyncio.sleep(0)
            clock, before = Clock(), loop.events
            while loop.events < frames:
                await asyncio.sleep(0.005)
            cost = clock.cost(frames - before)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            assert loop.events == frames, "every frame must have been watched, once"
            assert loop.failed == 0
            check(loop)
            return cost

    return on_loop(run(), engine)
