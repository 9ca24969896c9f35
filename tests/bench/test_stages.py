"""Where the microseconds of a trade go beyond receiving it: each stage alone, then all together.

CPU time of one thread on frames that are already in memory, so no socket and little of the rest
of the machine is in the figures.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Collection

from made_frames import trades as made_trades
from measure import alternately, told

from pipeline.bus import LocalBus
from pipeline.detectors import KINDS
from pipeline.market import Market
from pipeline.model import Event, Feed, Trade
from pipeline.sources.binance import BinanceSource, Settings
from pipeline.sources.binance_frames import FrameParser
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.continuity import Continuity
from pipeline.sources.sockets import Socket
from pipeline.watch import Watch

SYMBOLS, FRAMES, ROUNDS = 400, 200_000, 5
CHUNK = 300
"""Frames that one read from a busy socket brings."""


class Memory:
    """A socket whose frames are there already; it pauses where a real one would read again."""

    def __init__(self, feed: list[bytes]) -> None:
        self._chunks = (feed[at : at + CHUNK] for at in range(0, len(feed), CHUNK))

    async def recv(self) -> list[bytes]:
        await asyncio.sleep(0)
        chunk = next(self._chunks, None)
        if chunk is None:
            await asyncio.Event().wait()
        assert chunk is not None
        return chunk

    async def send(self, text: str) -> None:
        """Nobody asks for more."""

    async def close(self) -> None:
        """Nothing to close."""

    def abort(self) -> None:
        """Nothing to drop."""


def spent(work: Callable[[], object]) -> float:
    """Microseconds of CPU time a frame."""
    gc.collect()
    began = time.thread_time()
    work()
    return (time.thread_time() - began) / FRAMES * 1e6


def parsing(feed: list[bytes]) -> Callable[[], float]:
    bad: list[Exception] = []

    def work() -> None:
        parse = FrameParser().parse_all
        for at in range(0, len(feed), CHUNK):
            for _ in parse(feed[at : at + CHUNK], 1.0, bad.append):
                pass
        assert not bad

    return lambda: spent(work)


def ordering(trades: list[Trade]) -> Callable[[], float]:
    async def measure() -> float:
        emitted: list[Event] = []
        async with BinanceRest("http://127.0.0.1:9") as rest:
            on = Continuity(rest, emitted.extend).on

            def work() -> None:
                for at in range(0, len(trades), CHUNK):
                    on(trades[at : at + CHUNK])

            return spent(work)

    return lambda: asyncio.run(measure())


def watching(trades: list[Trade], kinds: Collection[str] | None) -> Callable[[], float]:
    def measure() -> float:
        on = Watch(Market(), kinds=kinds).on

        def work() -> None:
            for trade in trades:
                on(trade)

        return spent(work)

    return measure


def everything(feed: list[bytes]) -> Callable[[], float]:
    async def measure() -> float:
        async def opened(_url: str) -> Socket:
            return Memory(feed)

        async with BinanceRest("http://127.0.0.1:9") as rest:
            source = BinanceSource(Settings(), rest, open_socket=opened)
            await source.follow([Feed("S000USDT", "trade")])
            watch, bus = Watch(Market()), LocalBus()
            gc.collect()
            began = time.thread_time()
            running = asyncio.create_task(watch.run(source, bus))
            while watch.trades < FRAMES:
                await asyncio.sleep(0)
            took = time.thread_time() - began
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            return took / FRAMES * 1e6

    return lambda: asyncio.run(measure())


def test_where_the_time_of_a_trade_goes() -> None:
    feed = [frame.encode() for frame in made_trades(SYMBOLS, FRAMES)]
    parse = FrameParser().parse
    trades = [trade for frame in feed if isinstance(trade := parse(frame, 1.0), Trade)]
    sides = {
        "bytes to Trade": parsing(feed),
        "order by id": ordering(trades),
        "watch, no detector": watching(trades, ()),
        **{f"watch, {kind}": watching(trades, (kind,)) for kind in KINDS},
        "watch, all detectors": watching(trades, None),
        "all beyond receiving": everything(feed),
    }
    measured = alternately(ROUNDS, sides)
    print(f"\nCPU microseconds a trade, {FRAMES:,} trades, {ROUNDS} rounds (median, range)")
    for side, values in measured.items():
        print(f"  {side:22} {told(values, '.2f')}")
