"""Another tool's loop over the firehose's trades, with a callback that does nothing but count.

``python others.py TOOL PORT SYMBOLS FRAMES`` in the environment of others-requirements.txt prints
frames, seconds by the clock and seconds of CPU of the whole process, from the first frame to the
last. Only where the tools connect to, and what they ask over REST before, is changed.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

TOOL, (PORT, SYMBOLS, FRAMES) = sys.argv[1], map(int, sys.argv[2:5])
NAMES = [f"S{n:03}" for n in range(SYMBOLS)]


class Count:
    """Ends the process at the last frame."""

    def __init__(self) -> None:
        self.frames = 0

    def one(self) -> None:
        self.frames += 1
        if self.frames == 1:
            self.wall_s, self.cpu_s = time.perf_counter(), time.process_time()
        elif self.frames == FRAMES:
            took = (time.perf_counter() - self.wall_s, time.process_time() - self.cpu_s)
            print(json.dumps([FRAMES - 1, *took]), flush=True)
            os._exit(0)


count = Count()


def cryptofeed() -> None:
    """Its Binance feed of trades; it takes only wss, so the address is changed below it."""
    from cryptofeed import FeedHandler, connection
    from cryptofeed.defines import BINANCE, TRADES
    from cryptofeed.exchanges import Binance
    from cryptofeed.symbols import Symbols

    inner = connection.connect
    connection.connect = lambda _address, **options: inner(
        f"ws://127.0.0.1:{PORT}/stream", **options
    )
    Symbols.set(BINANCE, {f"{name}-USDT": f"{name}USDT" for name in NAMES}, {"instrument_type": {}})

    async def on_trade(_trade: Any, _receipt_s: float) -> None:
        count.one()

    handler = FeedHandler(config={"uvloop": True, "log": {"disabled": True}})
    asyncio.set_event_loop(asyncio.new_event_loop())  # of the policy that the handler has just set
    # One symbol is asked for, so that there is one connection; the firehose sends all of them.
    handler.add_feed(
        Binance(symbols=["S000-USDT"], channels=[TRADES], callbacks={TRADES: on_trade})
    )
    handler.run(install_signal_handlers=False)


def unicorn(library: str) -> None:
    """unicorn-binance-websocket-api, frames as they come, on one of its engines."""
    from unicorn_binance_websocket_api import BinanceWebSocketApiManager

    def on_frame(_frame: str) -> None:
        count.one()

    manager = BinanceWebSocketApiManager(
        exchange="binance.com",
        websocket_base_uri=f"ws://127.0.0.1:{PORT}/",
        websocket_library=library,
        warn_on_update=False,
        disable_colorama=True,
    )
    manager.create_stream("aggTrade", "s000usdt", process_stream_data=on_frame)
    time.sleep(600)


if TOOL == "cryptofeed":
    cryptofeed()
else:
    unicorn({"unicorn": "websockets", "unicorn, picows": "picows"}[TOOL])
