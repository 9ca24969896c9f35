"""USDⓈ-M futures on loopback: data on the routed path, and silence on the one without a group; the
REST interface beside it, with its weights."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed


class FuturesServer:
    """The futures' server: data on its routed paths, and silence on the path without a group,
    where subscribing is answered all the same."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self.asked: list[str] = []
        self.orders: list[dict[str, object]] = []
        self.trades: list[dict[str, Any]] = []
        self.mute = (
            0  # so many connections are told that they are subscribed to trades, and get none
        )
        self.subscribed: set[str] = set()
        self.weight, self.allowed = 0, 2_400
        self.requests: list[str] = []
        self.open: set[ServerConnection] = set()

    async def __call__(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.asked.append(connection.request.path)
        address = urlsplit(connection.request.path)
        streams = set(parse_qs(address.query).get("streams", [""])[0].split("/"))
        self.open.add(connection)
        self.subscribed |= streams
        try:
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(self._send(connection, address.path, streams))
                async for text in connection:
                    asked = json.loads(text)
                    streams |= set(asked["params"])
                    self.subscribed |= streams
                    await connection.send(json.dumps({"result": None, "id": asked["id"]}))
                sending.cancel()
        finally:
            self.open.discard(connection)

    async def _send(self, connection: ServerConnection, path: str, streams: set[str]) -> None:
        told, number, traded = 0, 0, len(self.trades)
        mute, self.mute = self.mute > 0, max(0, self.mute - 1)
        try:
            while True:
                await asyncio.sleep(0.01)
                number += 1
                if path == "/public/stream":
                    for stream in streams & {f"{s.lower()}@depth20@100ms" for s in LISTED}:
                        book = offered(stream.partition("@")[0].upper(), self._now_ms(), number)
                        await connection.send(json.dumps({"stream": stream, "data": book}))
                if path != "/market/stream":
                    continue
                if "!markPrice@arr" in streams:
                    at_ms = self._now_ms() + number
                    rows = [valued(symbol, at_ms) for symbol in ("BTCUSDT", "ETHUSDT")]
                    await connection.send(json.dumps({"stream": "!markPrice@arr", "data": rows}))
                if "!forceOrder@arr" in streams:
                    for order in self.orders[told:]:
                        frame = {"stream": "!forceOrder@arr", "data": {"E": order["T"], "o": order}}
                        await connection.send(json.dumps(frame))
                    told = len(self.orders)
                for trade in self.trades[traded:]:
                    stream = f"{trade['s'].lower()}@aggTrade"
                    if stream in streams and not mute:
                        await connection.send(json.dumps({"stream": stream, "data": trade}))
                traded = len(self.trades)
        except ConnectionClosed:
            return

    async def answer(self, request: web.Request) -> web.Response:
        """REST: what the documentation says each request weighs, counted."""
        path = request.path.removeprefix("/fapi/v1/")
        self.requests.append(path)
        self.weight += {"aggTrades": 20, "ticker/24hr": 1, "klines": 5, "depth": 2}.get(path, 1)
        headers = {"X-MBX-USED-WEIGHT-1M": str(self.weight)}
        asked = request.query
        if path in ("aggTrades", "klines") and asked["symbol"] not in LISTED:
            wrong = {"code": -1121, "msg": "Invalid symbol."}
            return web.json_response(wrong, status=400, headers=headers)
        if path == "exchangeInfo":
            limits = [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1,
                       "limit": self.allowed}]  # fmt: skip
            return web.json_response(
                {"rateLimits": limits, "symbols": [listed(s) for s in LISTED]}, headers=headers
            )
        if path == "aggTrades":
            rows = [t for t in self.trades if t["s"] == asked["symbol"]]
            limit = int(asked.get("limit", "500"))
            first = int(asked["fromId"]) if "fromId" in asked else rows[-limit]["a"] if rows else 0
            found = [{k: t[k] for k in "apqflTm"} for t in rows if t["a"] >= first][:limit]
            return web.json_response(found, headers=headers)
        if path == "klines":
            return web.json_response([], headers=headers)
        if path == "time":
            return web.json_response({"serverTime": self._now_ms()}, headers=headers)
        if path == "ticker/24hr":
            day = {"symbol": asked["symbol"], "lastPrice": "65065", "openPrice": "64000",
                   "highPrice": "66000", "lowPrice": "63000", "volume": "1000",
                   "quoteVolume": "65000000", "closeTime": self._now_ms()}  # fmt: skip
            return web.json_response(day, headers=headers)
        return web.json_response({"code": -5000, "msg": "Path invalid"}, status=404)


LISTED = ("BTCUSDT", "ETHUSDT", "1000PEPEUSDT", "BTCUSDT_270326")


def listed(symbol: str) -> dict[str, object]:
    """A row of exchangeInfo."""
    return {
        "symbol": symbol, "pair": symbol.partition("_")[0], "status": "TRADING",
        "contractType": "CURRENT_QUARTER" if "_" in symbol else "PERPETUAL",
        "baseAsset": symbol.partition("_")[0].removesuffix("USDT"), "quoteAsset": "USDT",
        "filters": [{"filterType": "PRICE_FILTER", "tickSize": "0.10"},
                    {"filterType": "LOT_SIZE", "stepSize": "0.001"}],
    }  # fmt: skip


@asynccontextmanager
async def futures_rest(it: FuturesServer) -> AsyncIterator[str]:
    """Its REST interface's base address."""
    app = web.Application()
    app.router.add_get("/fapi/v1/{path:.*}", it.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


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


def offered(symbol: str, at_ms: int, number: int) -> dict[str, object]:
    """A depth20 frame: five dollars between the best bid and the best ask, at 65,000."""
    bids = [[f"{64_995 - n}.00", "1.5"] for n in range(20)]
    asks = [[f"{65_000 + n}.00", "1.5"] for n in range(20)]
    return {
        "e": "depthUpdate", "E": at_ms, "T": at_ms, "s": symbol, "ps": symbol, "U": number,
        "u": number, "pu": number - 1, "b": bids, "a": asks, "st": 1,
    }  # fmt: skip


def liquidated(side: str, at_ms: int) -> dict[str, object]:
    """The order of a forceOrder frame: 128,020 dollars."""
    return {
        "s": "BTCUSDT", "S": side, "o": "LIMIT", "f": "IOC", "q": "3", "p": "64000", "ap": "64010",
        "X": "FILLED", "l": "1", "z": "2", "T": at_ms,
    }  # fmt: skip


def traded(number: int, at_ms: int, quantity: float, symbol: str = "BTCUSDT") -> dict[str, Any]:
    """An aggTrade: somebody buys at 65,000 dollars."""
    return {
        "e": "aggTrade", "E": at_ms, "s": symbol, "a": number, "p": "65000.00", "q": str(quantity),
        "nq": str(quantity), "f": number, "l": number, "T": at_ms, "m": False, "st": 1,
    }  # fmt: skip
