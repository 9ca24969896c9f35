"""A simulated Upbit, and a bank's exchange rate, on loopback, for the demo and for tests.

    async with UpbitServer(prices, now_ms) as upbit:
        source = UpbitSource(Settings(ws_url=upbit.ws_url, ...))

It speaks Upbit's protocol (FACTS E): request arrays that replace one another, answers in binary
messages and four formats, error frames, PING and ``{"status":"UP"}``, idle connections closed after
120 s, limits on connections and messages. Prices follow those of the dollar market at a premium.
"""

import asyncio
import contextlib
import json
import math
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import WSMsgType, web

DAY_MS: Final = 86_400_000
IDLE_S: Final = 120.0
UP_S: Final = 10.0
EVERY_S: Final = 0.5
"""How often the running market sends prices."""
CONNECTIONS_PER_S: Final = 5
MESSAGES: Final = ((1.0, 5), (60.0, 100))
ORIGIN_S: Final = 10.0
"""A browser may connect this seldom."""
RALLY_MS: Final = (90_000, 300_000)
"""When the first rally begins, and how long after it the next one."""
RALLY_RISE_MS, RALLY_STAY_MS, RALLY_POINTS = 20_000, 60_000, 4.0
FORMATS: Final = ("DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST")
TYPES: Final = ("ticker", "trade", "orderbook")

_SHORT: Final = {
    "type": "ty", "code": "cd", "opening_price": "op", "high_price": "hp", "low_price": "lp",
    "trade_price": "tp", "prev_closing_price": "pcp", "change": "c", "change_price": "cp",
    "signed_change_price": "scp", "change_rate": "cr", "signed_change_rate": "scr",
    "trade_volume": "tv", "acc_trade_volume": "atv", "acc_trade_volume_24h": "atv24h",
    "acc_trade_price": "atp", "acc_trade_price_24h": "atp24h", "trade_date": "tdt",
    "trade_time": "ttm", "trade_timestamp": "ttms", "ask_bid": "ab", "acc_ask_volume": "aav",
    "acc_bid_volume": "abv", "highest_52_week_price": "h52wp", "highest_52_week_date": "h52wdt",
    "lowest_52_week_price": "l52wp", "lowest_52_week_date": "l52wdt", "market_state": "ms",
    "is_trading_suspended": "its", "delisting_date": "dd", "market_warning": "mw",
    "timestamp": "tms", "stream_type": "st",
}  # fmt: skip

_GARBAGE: Final = (
    b'{"type":"ticker","code":"KRW-BTC","trade_price":9100',
    b'{"type":"ticker","code":"KRW-BTC","trade_price":"dear","trade_timestamp":1,"timestamp":1}',
    b'{"type":"ticker","code":"KRW-BTC","trade_price":-1,"trade_timestamp":1,"timestamp":1}',
    b'{"type":"ticker","code":"BTC","trade_price":1,"trade_timestamp":1,"timestamp":1}',
    b'{"type":"whale","code":"KRW-BTC"}',
    b"[]]", b"null", b"", b"\xff\xfe\x00",
)  # fmt: skip


class _Client:
    """A connection: what it asked for, and when it was heard."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.WriteTransport | None,
        now_s: float,
    ) -> None:
        self.socket = socket
        self.transport = transport
        self.codes: tuple[str, ...] = ()
        self.format = "DEFAULT"
        self.snapshot = True
        self.heard_s = now_s
        self.up_s = math.inf  # when the next status is due
        self.messages: deque[float] = deque(maxlen=MESSAGES[-1][1])


class UpbitServer:
    """``prices`` are dollars by coin; a coin's premium over ``rate`` won per dollar is in
    ``premiums``, else about ``premium_pct`` with a slow swing and a little of the coin's own. With
    ``rallies`` all of Korea pays ``RALLY_POINTS`` more for a minute, every five minutes.

    With ``manual`` prices go out only in ``tick``. ``deaf`` answers no ping and sends nothing, as
    behind a broken line; ``silent`` sends no prices. ``requests`` are the arrays received.
    """

    def __init__(
        self,
        prices: Callable[[], Mapping[str, float]],
        now_ms: Callable[[], int],
        *,
        rate: float = 1_390.0,
        premium_pct: float = 1.8,
        rallies: bool = False,
        manual: bool = False,
        idle_s: float = IDLE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._prices = prices
        self._now_ms = now_ms
        self._manual = manual
        self._rallies_ms = now_ms() + RALLY_MS[0] if rallies else None
        self._idle_s = idle_s
        self._clock = clock
        self._clients: list[_Client] = []
        self._opened: deque[float] = deque(maxlen=CONNECTIONS_PER_S)
        self._origin_s = -math.inf
        self._refusals: deque[tuple[int, dict[str, str]]] = deque()
        self._runner: web.AppRunner | None = None
        self._running: asyncio.Task[None] | None = None
        self._port = 0
        self.rate = rate
        self.rate_ms: int | None = None
        """When the exchange rate is from; None: of this midnight (UTC)."""
        self.premium_pct = premium_pct
        self.premiums: dict[str, float] = {}
        self.requests: list[Any] = []
        self.silent = self.deaf = False

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/websocket/v1", self._on_socket)
        app.router.add_get("/v1/market/all", self._on_markets)
        app.router.add_get("/v6/latest/USD", self._on_rate)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self._port = self._runner.addresses[0][1]
        if not self._manual:
            self._running = asyncio.create_task(self._run(), name="simulated Upbit")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running
        self.cut()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def ws_url(self) -> str:
        """Where prices come from."""
        return f"ws://127.0.0.1:{self._port}/websocket/v1"

    @property
    def rest_url(self) -> str:
        """The base of REST addresses."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def fx_url(self) -> str:
        """The bank's exchange rate, in the form of open.er-api.com."""
        return f"http://127.0.0.1:{self._port}/v6/latest/USD"

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    # --- faults ------------------------------------------------------------------------------

    def cut(self) -> None:
        """Break all connections without a word."""
        for client in list(self._clients):
            if client.transport is not None:
                client.transport.abort()

    async def send_garbage(self) -> int:
        """Send everybody frames that say nothing; returns how many each gets."""
        for client in list(self._clients):
            for frame in _GARBAGE:
                await client.socket.send_bytes(frame)
        return len(_GARBAGE)

    def refuse(self, status: int, times: int = 1, retry_after: int | None = None) -> None:
        """Answer the next connections with an HTTP error."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        self._refusals.extend([(status, headers)] * times)

    # --- the market --------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await self.tick()

    async def tick(self) -> None:
        """Send everybody the prices they asked for; see to idle connections."""
        now_s = self._clock()
        for client in list(self._clients):
            if self.deaf:
                continue
            if now_s - client.heard_s >= self._idle_s:
                await client.socket.close(code=1000)
                continue
            with contextlib.suppress(ConnectionError):
                if now_s >= client.up_s:
                    client.up_s = now_s + UP_S
                    await client.socket.send_str('{"status":"UP"}')
                if not self.silent:
                    await self._send(client, "REALTIME")

    async def _send(self, client: _Client, stream: str) -> None:
        prices = self._prices()
        rows = [row for code in client.codes if (row := self._ticker(code, prices, stream))]
        if client.format.startswith("SIMPLE"):
            rows = [{_SHORT[name]: value for name, value in row.items()} for row in rows]
        frames: Iterable[Any] = [rows] if client.format.endswith("LIST") and rows else rows
        for frame in frames:
            await client.socket.send_bytes(json.dumps(frame, separators=(",", ":")).encode())

    def won(self, base: str, prices: Mapping[str, float]) -> float | None:
        """What a coin costs."""
        dollars = 1.0 if base == "USDT" else prices.get(base)
        if dollars is None:
            return None
        pct = self.premiums.get(base)
        if pct is None:
            swing = 0.4 * math.sin(self._now_ms() / 120_000)
            own = (zlib.crc32(base.encode()) % 100 - 50) / 100 * (base not in ("BTC", "USDT"))
            pct = self.premium_pct + swing + 0.6 * own - 0.2 * (base == "USDT") + self._rally()
        return float(f"{dollars * self.rate * (1 + pct / 100):.6g}")

    def _rally(self) -> float:
        """Percentage points."""
        passed_ms = -1 if self._rallies_ms is None else self._now_ms() - self._rallies_ms
        if passed_ms < 0:
            return 0.0
        within_ms = passed_ms % RALLY_MS[1]
        falls_ms = within_ms - RALLY_RISE_MS - RALLY_STAY_MS
        share = min(within_ms / RALLY_RISE_MS, 1.0) - max(0.0, falls_ms / RALLY_RISE_MS)
        return RALLY_POINTS * max(0.0, share)

    def _ticker(
        self, code: str, prices: Mapping[str, float], stream: str
    ) -> dict[str, object] | None:
        price = self.won(code.partition("-")[2], prices)
        if price is None or not code.startswith("KRW-"):
            return None
        at_ms = self._now_ms()
        clock = time.gmtime(at_ms / 1000)
        before = float(f"{price / 1.01:.6g}")
        return {
            "type": "ticker", "code": code, "opening_price": before, "high_price": price,
            "low_price": before, "trade_price": price, "prev_closing_price": before,
            "change": "RISE", "change_price": price - before,
            "signed_change_price": price - before, "change_rate": price / before - 1,
            "signed_change_rate": price / before - 1, "trade_volume": 0.01,
            "acc_trade_volume": 10.0, "acc_trade_volume_24h": 20.0,
            "acc_trade_price": price * 10, "acc_trade_price_24h": price * 20,
            "trade_date": time.strftime("%Y%m%d", clock),
            "trade_time": time.strftime("%H%M%S", clock), "trade_timestamp": at_ms,
            "ask_bid": "BID", "acc_ask_volume": 5.0, "acc_bid_volume": 5.0,
            "highest_52_week_price": price, "highest_52_week_date": "2026-01-01",
            "lowest_52_week_price": before, "lowest_52_week_date": "2026-01-01",
            "market_state": "ACTIVE", "is_trading_suspended": False, "delisting_date": None,
            "market_warning": "NONE", "timestamp": at_ms, "stream_type": stream,
        }  # fmt: skip

    # --- doors -------------------------------------------------------------------------------

    async def _on_markets(self, request: web.Request) -> web.Response:
        bases = ["USDT", *self._prices()]
        rows = [{"market": f"KRW-{b}", "korean_name": b, "english_name": b} for b in bases]
        rows += [{"market": "BTC-ETH", "korean_name": "이더리움", "english_name": "Ethereum"}]
        limits = {"Remaining-Req": "group=market; min=600; sec=9"}
        return web.json_response(rows, headers=limits)

    async def _on_rate(self, request: web.Request) -> web.Response:
        at_ms = self._now_ms()
        at_ms = at_ms - at_ms % DAY_MS if self.rate_ms is None else self.rate_ms
        return web.json_response(
            {
                "result": "success",
                "time_last_update_unix": at_ms // 1000,
                "time_next_update_unix": (at_ms + DAY_MS) // 1000,
                "base_code": "USD",
                "rates": {"USD": 1, "KRW": self.rate},
            }
        )

    def _too_fast(self, request: web.Request) -> bool:
        now_s = self._clock()
        if "Origin" in request.headers:
            early = now_s - self._origin_s < ORIGIN_S
            self._origin_s = now_s
            return early
        full = len(self._opened) == CONNECTIONS_PER_S and now_s - self._opened[0] < 1
        self._opened.append(now_s)
        return full

    async def _on_socket(self, request: web.Request) -> web.StreamResponse:
        if self._refusals:
            status, headers = self._refusals.popleft()
            return web.Response(status=status, headers=headers)
        if self._too_fast(request):
            return web.Response(status=429)
        socket = web.WebSocketResponse(autoping=False)
        try:
            await socket.prepare(request)
        except ConnectionResetError:
            return web.Response()  # to nobody: the client has gone during the handshake
        client = _Client(socket, request.transport, self._clock())
        self._clients.append(client)
        try:
            async for message in socket:
                if self.deaf:
                    continue
                client.heard_s = self._clock()
                if message.type is WSMsgType.PING:
                    await socket.pong(message.data)
                elif message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    if not self._heard(client):
                        await socket.close(code=1008, message=b"too many requests")
                        break
                    await self._answer(client, message.data)
        finally:
            self._clients.remove(client)
        return socket

    def _heard(self, client: _Client) -> bool:
        now_s = self._clock()
        client.messages.append(now_s)
        return all(
            sum(now_s - at_s < within_s for at_s in client.messages) <= most
            for within_s, most in MESSAGES
        )

    async def _answer(self, client: _Client, data: str | bytes) -> None:
        if data in ("PING", b"PING"):
            client.up_s = self._clock() + UP_S
            await client.socket.send_str('{"status":"UP"}')
            return
        error = self._understand(client, data)
        if error is not None:
            said = {"error": {"name": error, "message": f"{error} on purpose"}}
            await client.socket.send_bytes(json.dumps(said).encode())
        elif client.snapshot and not self.silent:
            await self._send(client, "SNAPSHOT")

    def _understand(self, client: _Client, data: str | bytes) -> str | None:
        """Take a request, or say what is wrong with it."""
        try:
            asked = json.loads(data)
        except ValueError:
            return "WRONG_FORMAT"
        if not isinstance(asked, list) or not all(isinstance(part, dict) for part in asked):
            return "WRONG_FORMAT"
        self.requests.append(asked)
        if not any("ticket" in part for part in asked):
            return "NO_TICKET"
        wanted = [part for part in asked if "type" in part]
        if not wanted:
            return "NO_TYPE"
        named = [str(part["format"]) for part in asked if "format" in part] or ["DEFAULT"]
        if named[-1] not in FORMATS or any(part["type"] not in TYPES for part in wanted):
            return "INVALID_PARAM"
        codes = [code for part in wanted for code in part.get("codes", ())]
        if not codes:
            return "NO_CODES"
        if not all(isinstance(code, str) and code == code.upper() for code in codes):
            return "INVALID_PARAM"
        client.codes, client.format = tuple(codes), named[-1]
        client.snapshot = not any(part.get("is_only_realtime") for part in wanted)
        return None
