"""USDⓈ-M futures on loopback: data on the routed path, and silence on the one without a group."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed


class FuturesServer:
    """The futures' server: data on its routed paths, and silence on the path without a group,
    where subscribing is answered all the same."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self.asked: list[str] = []
        self.orders: list[dict[str, object]] = []
        self.open: set[ServerConnection] = set()

    async def __call__(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.asked.append(connection.request.path)
        address = urlsplit(connection.request.path)
        streams = set(parse_qs(address.query).get("streams", [""])[0].split("/"))
        self.open.add(connection)
        try:
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(self._send(connection, address.path, streams))
                async for text in connection:
                    asked = json.loads(text)
                    streams |= set(asked["params"])
                    await connection.send(json.dumps({"result": None, "id": asked["id"]}))
                sending.cancel()
        finally:
            self.open.discard(connection)

    async def _send(self, connection: ServerConnection, path: str, streams: set[str]) -> None:
        told, number = 0, 0
        try:
            while True:
                await asyncio.sleep(0.01)
                if path != "/market/stream":
                    continue
                number += 1
                if "!markPrice@arr" in streams:
                    at_ms = self._now_ms() + number
                    rows = [valued(symbol, at_ms) for symbol in ("BTCUSDT", "ETHUSDT")]
                    await connection.send(json.dumps({"stream": "!markPrice@arr", "data": rows}))
                if "!forceOrder@arr" in streams:
                    for order in self.orders[told:]:
                        frame = {"stream": "!forceOrder@arr", "data": {"E": order["T"], "o": order}}
                        await connection.send(json.dumps(frame))
                    told = len(self.orders)
        except ConnectionClosed:
            return


@asynccontextmanager
async def futures_server(
    now_ms: Callable[[], int],
) -> AsyncIterator[tuple[FuturesServer, str]]:
    """The server, and its base address."""
    it = FuturesServer(now_ms)
    server: Server
    async with serve(it, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield it, f"ws://127.0.0.1:{port}"


def valued(symbol: str, at_ms: int) -> dict[str, object]:
    """A row of !markPrice@arr."""
    return {
        "e": "markPriceUpdate", "E": at_ms, "s": symbol, "p": "65065", "ap": "65060", "P": "65001",
        "i": "65000", "r": "0.00010000", "T": at_ms + 3_600_000, "st": 1,
    }  # fmt: skip


def liquidated(side: str, at_ms: int) -> dict[str, object]:
    """The order of a forceOrder frame: 128,020 dollars."""
    return {
        "s": "BTCUSDT", "S": side, "o": "LIMIT", "f": "IOC", "q": "3", "p": "64000", "ap": "64010",
        "X": "FILLED", "l": "1", "z": "2", "T": at_ms,
    }  # fmt: skip
