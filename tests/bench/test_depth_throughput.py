"""How many depth20 frames one core holds with both detectors of books, beside a bare loop.

Both sides take the same feed in the same run, alternately; the ratio is what counts, absolute
numbers belong to the machine. Event time goes on by 100 ms from book to book of a symbol, as live,
whatever the speed: what detectors do once a second is done once in ten books. `make bench` prints
the table.
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

from pipeline import watch
from pipeline.bus import LocalBus
from pipeline.detectors import KINDS, book_imbalance, spread
from pipeline.market import Market
from pipeline.model import Feed
from pipeline.sources.binance import BinanceSource, Settings
from pipeline.sources.binance_rest import BinanceRest
from pipeline.watch import Watch

SYMBOLS, BOOKS_EACH, ROUNDS = 50, 1_000, 7
FRAMES = (SYMBOLS + 1) * BOOKS_EACH
WARM_S = 10.0
"""Of the hundred seconds; after that the detectors judge."""


@pytest.fixture
def port() -> Iterator[int]:
    script = Path(__file__).with_name("depth_firehose.py")
    with subprocess.Popen(
        [sys.executable, str(script), str(SYMBOLS), str(BOOKS_EACH)],
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.terminate()


async def bare(port: int) -> tuple[float, float]:
    """Receive and throw away: seconds by the clock and of this core."""
    url = f"ws://127.0.0.1:{port}/stream"
    async with connect(url, compression=None, max_queue=(4096, 1024), proxy=None) as socket:
        began, began_cpu = time.perf_counter(), time.thread_time()
        for _ in range(FRAMES):
            await socket.recv(decode=False)
        return time.perf_counter() - began, time.thread_time() - began_cpu


async def whole(port: int) -> tuple[float, float]:
    """Receive, decode, market, every detector."""
    settings = Settings(ws_url=f"ws://127.0.0.1:{port}", backoff_floor_s=600, backoff_cap_s=600)
    detectors = {kind: entry.settings() for kind, entry in KINDS.items()}
    detectors["spread"] = spread.Settings(warmup_s=WARM_S)
    detectors["book_imbalance"] = book_imbalance.Settings(warmup_s=WARM_S)
    async with BinanceRest("http://127.0.0.1:9") as rest:
        source = BinanceSource(settings, rest)
        await source.follow([Feed("S000USDT", "book")])
        loop = Watch(Market(), watch.Settings(detectors=detectors))
        running = asyncio.create_task(loop.run(source, LocalBus()))
        while source.status().frames == 0:
            await asyncio.sleep(0)
        began, began_cpu = time.perf_counter(), time.thread_time()
        while loop.events < FRAMES:
            await asyncio.sleep(0.001)
        took, took_cpu = time.perf_counter() - began, time.thread_time() - began_cpu
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert loop.failed == 0
        assert all(len(state.book.bids) == 20 for state in loop.market.symbols.values())
        return took, took_cpu


def test_books_with_both_detectors_beside_a_bare_loop(port: int) -> None:
    sides = {"bare": bare, "whole": whole}
    measured: dict[str, list[tuple[float, float]]] = {side: [] for side in sides}
    for _ in range(ROUNDS):
        for side, measure in sides.items():
            measured[side].append(asyncio.run(measure(port)))
    print(f"\n{SYMBOLS} symbols, {FRAMES:,} frames of depth20, {ROUNDS} rounds (median, range)")
    for side, times in measured.items():
        rates = [FRAMES / by_clock for by_clock, _ in times]
        cpu = statistics.median(cpu for _, cpu in times) / FRAMES * 1e6
        told = f"{statistics.median(rates):>9,.0f}/s  ({min(rates):,.0f} to {max(rates):,.0f})"
        print(f"  {side:6} {told}   {cpu:5.1f} us of this core a frame")
    pairs = list(zip(measured["bare"], measured["whole"], strict=True))
    for name, place in (("by the clock", 0), ("of this core", 1)):
        ratios = [plain[place] / full[place] for plain, full in pairs]
        told = f"{statistics.median(ratios):.2f}  ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"  ratio  {told}  {name}")
    assert statistics.median(plain[1] / full[1] for plain, full in pairs) > 0.12
