"""Binance's trades through tardis-machine, lost and back: none missing, none twice.

The machine is machine.cjs around npm's tardis-dev, which does all of its work, and gets its data
from the simulated exchange. Needs Node and ``npm install tardis-dev@13.35.3 ws`` in a folder that
NODE_PATH names; without them it is skipped.
"""

import asyncio
import os
import shutil
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from pipeline.match_ids import MatchIds
from pipeline.model import ALL, Feed, Gap, Trade
from pipeline.ports import Source
from pipeline.sources import binance, tardis_machine
from pipeline.sources.binance import BinanceSource
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.handover import Handover
from pipeline.sources.simulator import Simulator
from pipeline.sources.tardis_machine import MachineSource

MACHINE = Path(__file__).with_name("machine.cjs")
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")


@asynccontextmanager
async def machine(sim: Simulator, port: int) -> AsyncIterator[int]:
    """A machine on a port (0: any), killed at the end of the block."""
    environment = {**os.environ, "WSS_URL_BINANCE": f"{sim.ws_url}/stream"}
    process = await asyncio.create_subprocess_exec(
        "node", str(MACHINE), str(port), env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            line = await process.stdout.readline()
        yield int(line.split()[1])
    finally:
        process.kill()
        await process.wait()


class Counted:
    """What has been counted: by symbol the quantity, and the matches it was of."""

    def __init__(self) -> None:
        self.ids: dict[str, MatchIds] = defaultdict(MatchIds)
        self.quantity: dict[str, float] = defaultdict(float)
        self.first: dict[str, int] = {}
        self.last: dict[str, int] = {}
        self.gaps: list[Gap] = []
        self.silence_s = 0.0
        self._seen_s: float | None = None

    async def take(self, source: Source) -> None:
        async for event in source.stream():
            if isinstance(event, Gap):
                self.gaps.append(event)
            if not isinstance(event, Trade) or not self.ids[event.symbol].new(event):
                continue
            now_s = time.monotonic()
            if self._seen_s is not None:
                self.silence_s = max(self.silence_s, now_s - self._seen_s)
            self._seen_s = now_s
            first = event.id if event.first_id < 0 else event.first_id
            self.first.setdefault(event.symbol, first)
            self.last[event.symbol] = max(first, event.last_id)
            self.quantity[event.symbol] += event.quantity


async def until(true: Callable[[], bool], within_s: float) -> float:
    """How long it took to be so."""
    began_s = time.monotonic()
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.02)
    return time.monotonic() - began_s


async def test_a_machine_that_dies_costs_no_trade(capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(os.environ.get("NODE_PATH", "/nowhere"))
    if shutil.which("node") is None or not (folder / "tardis-dev").is_dir():
        pytest.skip("needs Node, and tardis-dev and ws from npm in NODE_PATH")
    async with AsyncExitStack() as stack:
        sim = await stack.enter_async_context(Simulator(seed=3, plan=()))
        rest = await stack.enter_async_context(BinanceRest(sim.rest_url))
        direct = BinanceSource(binance.Settings(ws_url=sim.ws_url, rest_url=sim.rest_url), rest)
        first = await stack.enter_async_context(AsyncExitStack())
        port = await first.enter_async_context(machine(sim, 0))
        other = MachineSource(tardis_machine.Settings(f"ws://127.0.0.1:{port}", 6.0))
        handover = Handover(direct, other, return_s=3.0)
        counted = Counted()
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(work)
                for work in (counted.take(direct), counted.take(other), handover.run())
            ]
            feeds = {Feed(ALL, "ticker"), *(Feed(symbol, "trade") for symbol in SYMBOLS)}
            await handover.follow(feeds)
            over_s = await until(lambda: bool(handover.carried), 30)
            await until(lambda: direct.status().streams == 1, 20)
            await asyncio.sleep(2)
            await first.aclose()  # killed
            back_s = await until(lambda: not handover.carried, 10)
            fetched_s = await until(lambda: direct.status().streams == 4, 10)
            await asyncio.sleep(2)
            async with machine(sim, port):
                return_s = await until(lambda: bool(handover.carried), 90)
                await until(lambda: direct.status().streams == 1, 20)
                await asyncio.sleep(2)
                for task in running:
                    task.cancel()
        truth = dict.fromkeys(SYMBOLS, 0.0)
        for symbol in SYMBOLS:
            from_id = (await rest.agg_trades(symbol, 0, limit=1))[0].id
            while rows := await rest.agg_trades(symbol, from_id):
                truth[symbol] += sum(
                    row.quantity
                    for row in rows
                    if counted.first[symbol] <= row.first_id and row.last_id <= counted.last[symbol]
                )
                from_id = rows[-1].id + 1
    with capsys.disabled():
        print(
            f"\nto the machine after {over_s:.1f} s; killed: noticed after {back_s:.2f} s, direct "
            f"and caught up {fetched_s:.2f} s later; back after {return_s:.1f} s; longest without "
            f"a trade {counted.silence_s:.2f} s"
        )
    assert not counted.gaps
    for symbol in SYMBOLS:
        assert counted.quantity[symbol] == pytest.approx(truth[symbol], abs=1e-9), symbol
