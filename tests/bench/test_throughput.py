"""How many frames a second one core holds: the whole pipeline beside a bare websockets loop.

Both sides take the same feed in the same run, alternately; the ratio is what counts, absolute
numbers belong to the machine. `make bench` prints the table.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from pipeline.bus import LocalBus
from pipeline.market import Market
from pipeline.model import Feed
from pipeline.sources.binance import BinanceSource, Settings
from pipeline.sources.binance_rest import BinanceRest
from pipeline.watch import Watch

SYMBOLS, FRAMES, ROUNDS = 400, 200_000, 5


@pytest.fixture
def port() -> Iterator[int]:
    script = Path(__file__).with_name("firehose.py")
    with subprocess.Popen(
        [sys.executable, str(script), str(SYMBOLS), str(FRAMES)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.terminate()


async def bare(port: int) -> float:
    """Receive and throw away; frames a second."""
    url = f"ws://127.0.0.1:{port}/stream"
    async with connect(url, compression=None, max_queue=(4096, 1024), proxy=None) as socket:
        began = time.perf_counter()
        count = 0
        try:
            while True:
                await socket.recv(decode=False)
                count += 1
        except ConnectionClosed:
            return count / (time.perf_counter() - began)


async def whole(port: int) -> tuple[float, int]:
    """Receive, decode, order, market, sweeps, all detectors, gate; frames a second, alerts."""
    settings = Settings(ws_url=f"ws://127.0.0.1:{port}", backoff_floor_s=600, backoff_cap_s=600)
    async with BinanceRest("http://127.0.0.1:9") as rest:
        source = BinanceSource(settings, rest)
        await source.follow([Feed("S000USDT", "trade")])
        watch, bus = Watch(Market()), LocalBus()
        running = asyncio.create_task(watch.run(source, bus))
        while source.status().frames == 0:
            await asyncio.sleep(0)
        began = time.perf_counter()
        while source.status().frames < FRAMES or source.status().waiting:
            await asyncio.sleep(0.001)
        took = time.perf_counter() - began
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert watch.trades == FRAMES, "every frame must have been watched"
        return FRAMES / took, bus.published


def test_the_whole_pipeline_beside_a_bare_loop(port: int) -> None:
    rates: dict[str, list[float]] = {"bare": [], "whole": []}
    alerts = 0
    for _ in range(ROUNDS):
        rates["bare"].append(asyncio.run(bare(port)))
        rate, alerts = asyncio.run(whole(port))
        rates["whole"].append(rate)
    bare_rate, whole_rate = (statistics.median(rates[side]) for side in ("bare", "whole"))
    print(f"\n{SYMBOLS} symbols, {FRAMES:,} aggTrade frames, {ROUNDS} rounds (median, range)")
    for side, measured in rates.items():
        low, high = min(measured), max(measured)
        print(f"  {side:6} {statistics.median(measured):>9,.0f}/s  ({low:,.0f} to {high:,.0f})")
    print(f"  ratio  {whole_rate / bare_rate:.2f}   alerts passed: {alerts}")
    assert whole_rate > 0.3 * bare_rate
