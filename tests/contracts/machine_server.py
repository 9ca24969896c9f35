"""tardis-machine's ``/ws-stream-normalized`` on loopback: options in the address, a message a
frame.

Held to its source (src/ws/streamnormalized.ts): options are JSON; bad ones close with 1011, another
path with 1008; only the asked data types are sent, disconnects to everybody.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

EXCHANGES = (
    "binance",
    "binance-futures",
    "bybit",
    "okex",
    "okex-swap",
    "deribit",
    "huobi",
    "upbit",
)


class MachineServer:
    """``asked`` are the options of every connection so far, in their order."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self._open: dict[ServerConnection, dict[str, Any]] = {}
        self._opened = asyncio.Event()
        self.url = ""

    async def __call__(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        address = urlsplit(connection.request.path)
        if address.path != "/ws-stream-normalized":
            await connection.close(1008, "unknown route")
            return
        try:
            options = json.loads(parse_qs(address.query)["options"][0])
            if options["exchange"] not in EXCHANGES:
                raise ValueError(f"{options['exchange']} not supported")
        except (KeyError, ValueError) as error:
            await connection.close(1011, str(error))
            return
        self.asked.append(options)
        self._open[connection] = options
        self._opened.set()
        try:
            await connection.wait_closed()
        finally:
            del self._open[connection]

    async def until_asked(self, symbol: str) -> None:
        """Wait until somebody is connected who asked for the pair (``okex:BTC-USDT``)."""
        exchange, _, name = symbol.partition(":")
        while not any(
            options["exchange"] == exchange and name in (s.upper() for s in options["symbols"])
            for options in self._open.values()
        ):
            self._opened.clear()
            await self._opened.wait()

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._open)

    async def say(self, message: dict[str, Any]) -> int:
        """A message to whoever asked for it; to how many."""
        told = 0
        for connection, options in list(self._open.items()):
            if message["exchange"] != options["exchange"]:
                continue
            types = {t.partition("_snapshot")[0] for t in options["dataTypes"]}
            symbols = {symbol.upper() for symbol in options["symbols"]}
            if "symbol" in message and (
                message["symbol"] not in symbols
                or message["type"].partition("_snapshot")[0] not in types
            ):
                continue
            try:
                await connection.send(json.dumps(message))
            except ConnectionClosed:
                continue
            told += 1
        return told

    async def hang_up(self) -> None:
        """Close every connection as a machine that is stopped does."""
        for connection in list(self._open):
            await connection.close(1001)


@asynccontextmanager
async def machine_server() -> AsyncIterator[MachineServer]:
    """The server; its ``url`` is what GORAEBOT_TARDIS_MACHINE_URL would be."""
    it = MachineServer()
    async with serve(it, "127.0.0.1", 0, compression=None) as server:
        it.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield it


def said(kind: str, symbol: str, *, at: str, **more: Any) -> dict[str, Any]:
    """A message of an exchange's pair (``okex:BTC-USDT``)."""
    exchange, _, name = symbol.partition(":")
    return {
        "type": kind, "symbol": name, "exchange": exchange, **more,
        "timestamp": at, "localTimestamp": at,
    }  # fmt: skip


def trade(symbol: str, id_: str, at: str, **more: Any) -> dict[str, Any]:
    """A trade of half a coin at 65,000, bought."""
    facts = {"id": id_, "price": 65_000, "amount": 0.5, "side": "buy", **more}
    return said("trade", symbol, at=at, **facts)
