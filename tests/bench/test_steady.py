"""At a steady rate: how long from a frame's arrival to its handler in a bare loop, and to the alert
on the bus in the whole pipeline; and that nothing is left behind.

A sweep is ended by the symbol's next trade, which follows each planted order at once. The server
stamps when it sent that trade; the clock is the machine's, the same for both processes. What is
measured thus begins before the socket on all sides.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from arrivals import MARKED, Arrivals, TimedBus, planted_only
from measure import Cost, alternately, ratios, told
from sides import Clock, serving
from websockets.asyncio.client import connect

from bot import loops
from pipeline.market import Market
from pipeline.model import Feed
from pipeline.sources.binance import BinanceSource, Settings
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.sockets import Engine
from pipeline.watch import Watch

SYMBOLS, RATES, SECONDS, EVERY_S, ROUNDS = 400, (5_000, 20_000), 10, 0.02, 5
LONG_RATE, LONG_S = 20_000, 60
BEGUN = round(1 / EVERY_S)
"""Orders of the first second: that 400 symbols are made and first looked at is no part of it."""
BACKLOG = 2_000
"""Frames that may wait at any moment: a tenth of a second's."""


class Run(NamedTuple):
    """Latencies of planted orders in milliseconds, sorted; what they were part of."""

    took_ms: list[float]
    cost: Cost
    waiting: int = 0

    def at(self, share: float) -> float:
        return self.took_ms[int(len(self.took_ms) * share)]


def bare(port: int, frames: int) -> Run:
    """websockets on Python's own event loop: arrival to handler."""
    runs: list[Run] = []

    async def receive() -> None:
        loops.settle()
        arrivals = Arrivals()
        url = f"ws://127.0.0.1:{port}/stream"
        async with connect(url, compression=None, max_queue=(4096, 1024), proxy=None) as socket:
            clock = Clock()
            for _ in range(frames):
                frame = await socket.recv(decode=False)
                if MARKED in frame:
                    arrivals.see(frame)
            runs.append(Run(sorted(arrivals.took_ms[BEGUN:]), clock.cost(frames)))

    loops.run(receive(), "websockets")
    return runs[0]


def whole(port: int, frames: int, engine: Engine) -> Run:
    """The pipeline: arrival to the alert on the bus. All are found, none extra, nothing dropped."""
    runs: list[Run] = []

    async def watch() -> None:
        loops.settle()
        arrivals, bus = Arrivals(engine), TimedBus()
        settings = Settings(f"ws://127.0.0.1:{port}", backoff_floor_s=600, backoff_cap_s=600)
        async with BinanceRest("http://127.0.0.1:9") as rest:
            source = BinanceSource(settings, rest, open_socket=arrivals.open)
            await source.follow([Feed("S000USDT", "trade")])
            loop = Watch(Market(), planted_only())
            running = asyncio.create_task(loop.run(source, bus))
            while loop.events == 0:
                await asyncio.sleep(0.001)
            clock, before, waiting = Clock(), loop.events, 0
            while loop.events < frames:
                waiting = max(waiting, source.status().waiting)
                await asyncio.sleep(0.05)
            cost = clock.cost(frames - before)
            status = source.status()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert (loop.trades, loop.failed, status.gaps, status.repeated) == (frames, 0, 0, 0)
        assert bus.at_ns.keys() == arrivals.sent.keys()
        assert bus.times == len(bus.at_ns)
        took_ms = [(bus.at_ns[key] - sent) / 1e6 for key, sent in arrivals.sent.items()]
        runs.append(Run(sorted(took_ms[BEGUN:]), cost, waiting))

    loops.run(watch(), engine)
    return runs[0]


def test_arrival_to_alert_beside_arrival_to_handler() -> None:
    for rate in RATES:
        frames = rate * SECONDS
        with serving("paced", SYMBOLS, rate, SECONDS, EVERY_S) as port:
            sides: dict[str, Callable[[], Run]] = {
                "bare websockets": partial(bare, port, frames),
                "pipeline, websockets": partial(whole, port, frames, "websockets"),
                "pipeline, picows + uvloop": partial(whole, port, frames, "picows"),
            }
            measured = alternately(ROUNDS, sides)
        plain = measured["bare websockets"]
        count = len(plain[0].took_ms)
        print(f"\n{rate:,} frames/s for {SECONDS} s, {count} planted orders, {ROUNDS} rounds, ms")
        heads = ("p50", "p99", "p50 of the first", "p99 of the first", "CPU us a frame")
        print(" " * 28 + "".join(f"{head:>26}" for head in heads))
        for side, runs in measured.items():
            cells = [told([run.at(share) for run in runs], ".3f") for share in (0.5, 0.99)]
            cells += [
                told(ratios([r.at(share) for r in runs], [r.at(share) for r in plain]), ".2f")
                for share in (0.5, 0.99)
            ]
            cells.append(told([run.cost.cpu_us for run in runs], ".1f"))
            print(f"  {side:26}" + "".join(f"{cell:>26}" for cell in cells))


def test_a_steady_rate_leaves_no_backlog_and_drops_nothing() -> None:
    with serving("paced", SYMBOLS, LONG_RATE, LONG_S, EVERY_S) as port:
        run = whole(port, LONG_RATE * LONG_S, "picows")
    print(
        f"\n{LONG_RATE:,} frames/s for {LONG_S} s: all {len(run.took_ms):,} orders told, none lost"
    )
    print(f"  p50 {run.at(0.5):.3f} ms, p99 {run.at(0.99):.3f} ms, max {run.took_ms[-1]:.1f} ms")
    busy = run.cost.cpu_s / run.cost.wall_s
    print(f"  at most {run.waiting:,} events waiting; the core was busy {busy:.0%} of the time")
    assert run.waiting < BACKLOG
