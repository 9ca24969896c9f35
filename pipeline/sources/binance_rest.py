"""Binance's REST market data: one client, one weight budget, deadlines on everything.

Facts (binance-spot-api-docs rest-api.md): 6,000 request weight a minute per IP; 429 means slow
down, continuing leads to 418, a ban of minutes to days; both carry Retry-After in seconds. 5xx says
nothing about the outcome, which is harmless for reads.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Literal, Self

import aiohttp
import msgspec
from aiolimiter import AsyncLimiter

from pipeline.errors import FrameError, Refused, SourceError, TooFast, Unreachable
from pipeline.model import Book, Candle, SymbolInfo, Ticker, Trade
from pipeline.sources.binance_frames import Amount, Levels, Stamp
from pipeline.sources.sockets import retry_after_s

Budget = Literal["ask", "backfill", "warm"]

WEIGHT_PER_MINUTE: dict[Budget, int] = {"ask": 1_200, "backfill": 1_500, "warm": 300}
"""Half of Binance's 6,000 in all: a leaky bucket may pass twice its rate in the first minute."""

DEADLINE_S = 10.0
MAX_BODY = 64 * 1024 * 1024
_UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)


class _Filter(msgspec.Struct):
    filterType: str
    tickSize: Amount = 0.0
    stepSize: Amount = 0.0


class _Symbol(msgspec.Struct):
    symbol: str
    status: str
    baseAsset: str
    quoteAsset: str
    filters: list[_Filter] = []


class _ExchangeInfo(msgspec.Struct):
    symbols: list[msgspec.Raw]


class _AggTrade(msgspec.Struct):
    a: int
    p: Amount
    q: Amount
    T: Stamp
    m: bool
    f: int = -1
    l: int = -1  # noqa: E741 (the wire's name)


class _Depth(msgspec.Struct):
    lastUpdateId: int
    bids: Levels
    asks: Levels


class _Day(msgspec.Struct):
    symbol: str
    lastPrice: Amount
    openPrice: Amount
    highPrice: Amount
    lowPrice: Amount
    volume: Amount
    quoteVolume: Amount
    closeTime: Stamp


class _Time(msgspec.Struct):
    serverTime: Stamp


class _Error(msgspec.Struct):
    code: int = 0
    msg: str = ""


class BinanceRest:
    """``async with BinanceRest(base_url) as rest``. Every call raises Unreachable, Refused or
    TooFast; a body that is not what the documentation says raises FrameError.

    ``used_weight`` is what Binance last reported, ``requests`` counts.
    """

    def __init__(
        self,
        base_url: str,
        *,
        deadline_s: float = DEADLINE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._deadline_s = deadline_s
        self._monotonic = monotonic
        self._session: aiohttp.ClientSession | None = None
        self._blocked_until = 0.0
        self._budgets: dict[Budget, AsyncLimiter] = {}
        self.used_weight = 0
        self.requests = 0

    async def __aenter__(self) -> Self:
        # aiohttp honours proxy variables only when told; loopback servers have none.
        loopback = "//127." in self._base or "//localhost" in self._base
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._deadline_s),
            trust_env=not loopback,
        )
        self._budgets = {
            budget: AsyncLimiter(weight, 60) for budget, weight in WEIGHT_PER_MINUTE.items()
        }
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def blocked_s(self) -> float:
        """Seconds until Binance wants to hear from us again; 0 when it is not blocking."""
        return max(0.0, self._blocked_until - self._monotonic())

    def block(self, seconds: float) -> None:
        """Send nothing for a while: the same address was refused elsewhere."""
        self._blocked_until = max(self._blocked_until, self._monotonic() + seconds)

    async def symbols(self) -> dict[str, SymbolInfo]:
        """Every listed pair by name. Weight 20. Odd rows are left out, not fatal."""
        info = await self._get("exchangeInfo", {}, 20, _ExchangeInfo)
        listed = {}
        for row in info.symbols:
            try:
                symbol = msgspec.json.decode(row, type=_Symbol, strict=False)
            except _UNREADABLE:
                continue  # a filter or field of a kind yet unknown; the other pairs matter
            tick = next((f.tickSize for f in symbol.filters if f.filterType == "PRICE_FILTER"), 0.0)
            step = next((f.stepSize for f in symbol.filters if f.filterType == "LOT_SIZE"), 0.0)
            listed[symbol.symbol] = SymbolInfo(
                symbol=symbol.symbol,
                base=symbol.baseAsset,
                quote=symbol.quoteAsset,
                trading=symbol.status == "TRADING",
                tick=tick,
                step=step,
            )
        if not listed:
            raise FrameError("exchangeInfo without a readable symbol")
        return listed

    async def agg_trades(self, symbol: str, from_id: int, limit: int = 1_000) -> list[Trade]:
        """Aggregate trades from an id on (inclusive), oldest first. Weight 4.

        Ids without a trade (price 0) are among them: they are no hole.
        """
        return await self._agg_trades(symbol, {"fromId": str(from_id), "limit": str(limit)})

    async def agg_trade_at(self, symbol: str, at_ms: int) -> Trade | None:
        """The first aggregate trade from a time on, None if there has been none. Weight 4."""
        rows = await self._agg_trades(symbol, {"startTime": str(at_ms), "limit": "1"})
        return rows[0] if rows else None

    async def _agg_trades(self, symbol: str, which: Mapping[str, str]) -> list[Trade]:
        parameters = {"symbol": symbol, **which}
        rows = await self._get("aggTrades", parameters, 4, list[_AggTrade], budget="backfill")
        return [Trade(symbol, r.a, r.p, r.q, r.T, r.m, 0, r.f, r.l, recovered=True) for r in rows]

    async def book(self, symbol: str, limit: int = 100) -> Book:
        """The best levels. Weight 5 for up to 100."""
        weight = 5 if limit <= 100 else 25 if limit <= 500 else 50 if limit <= 1_000 else 250
        depth = await self._get("depth", {"symbol": symbol, "limit": str(limit)}, weight, _Depth)
        return Book(symbol, depth.bids, depth.asks, depth.lastUpdateId)

    async def day(self, symbol: str) -> Ticker:
        """The rolling 24 hours. Weight 2."""
        row = await self._get("ticker/24hr", {"symbol": symbol}, 2, _Day)
        return _ticker(row)

    async def days(self) -> list[Ticker]:
        """The rolling 24 hours of every pair. Weight 80."""
        return [_ticker(row) for row in await self._get("ticker/24hr", {}, 80, list[_Day])]

    async def candles(
        self,
        symbol: str,
        interval: str,
        limit: int = 500,
        *,
        since_ms: int | None = None,
        budget: Budget = "ask",
    ) -> list[Candle]:
        """The newest bars, oldest first, the last one still open. Weight 2.

        With ``since_ms`` those that open from then on; the last one of these may be open as well.
        """
        parameters = {"symbol": symbol, "interval": interval, "limit": str(limit)}
        if since_ms is not None:
            parameters["startTime"] = str(since_ms)
        rows = await self._get("klines", parameters, 2, list[tuple[Any, ...]], budget=budget)
        try:
            return [
                _candle(symbol, interval, row, closed=number < len(rows))
                for number, row in enumerate(rows, 1)
            ]
        except (ValueError, IndexError, TypeError, OverflowError) as error:
            raise FrameError(f"klines of {symbol}: {error}") from error

    async def server_ms(self) -> int:
        """The exchange's clock. Weight 1."""
        answer: _Time = await self._get("time", {}, 1, _Time)
        return answer.serverTime

    async def _get(
        self,
        path: str,
        parameters: dict[str, str],
        weight: int,
        shape: Any,
        *,
        budget: Budget = "ask",
    ) -> Any:
        if self._session is None:
            raise RuntimeError("use 'async with BinanceRest(...)'")
        self._refuse_while_blocked()
        try:
            async with asyncio.timeout(self._deadline_s + 60):
                await self._budgets[budget].acquire(weight)
        except TimeoutError as error:
            raise TooFast(429, 60.0) from error  # our own budget is spent
        self._refuse_while_blocked()  # another call may have been told off while this one waited
        self.requests += 1
        url = f"{self._base}/api/v3/{path}"
        try:
            async with self._session.get(url, params=parameters) as response:
                self._note_limits(response)
                body = await _read(response)
                if response.status != 200:
                    raise self._refusal(response, body)
        except TimeoutError as error:
            raise Unreachable(f"{path}: no answer within {self._deadline_s:g} s") from error
        except aiohttp.ClientError as error:
            raise Unreachable(f"{path}: {type(error).__name__}: {error}") from error
        try:
            return msgspec.json.decode(body, type=shape, strict=False)
        except _UNREADABLE as error:
            raise FrameError(f"{path}: {error}: {body[:120]!r}") from error

    def _refuse_while_blocked(self) -> None:
        if self.blocked_s > 0:
            raise TooFast(429, self.blocked_s)

    def _note_limits(self, response: aiohttp.ClientResponse) -> None:
        used = response.headers.get("X-MBX-USED-WEIGHT-1M", "")
        if used.isdigit():
            self.used_weight = int(used)

    def _refusal(self, response: aiohttp.ClientResponse, body: bytes) -> SourceError:
        if response.status in (418, 429):
            wait_s = retry_after_s(response.status, response.headers.get("Retry-After"))
            self._blocked_until = self._monotonic() + wait_s
            return TooFast(response.status, wait_s)
        try:
            text = msgspec.json.decode(body, type=_Error).msg
        except _UNREADABLE:
            text = body[:120].decode("utf-8", "replace")
        return Refused(response.status, text)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > MAX_BODY:
            raise FrameError(f"{response.url.path}: an answer of more than {MAX_BODY} bytes")
    return bytes(body)


def _ticker(row: _Day) -> Ticker:
    return Ticker(
        symbol=row.symbol,
        at_ms=row.closeTime,
        last=row.lastPrice,
        open=row.openPrice,
        high=row.highPrice,
        low=row.lowPrice,
        volume=row.volume,
        quote_volume=row.quoteVolume,
    )


def _candle(symbol: str, interval: str, row: tuple[Any, ...], *, closed: bool) -> Candle:
    return Candle(
        symbol=symbol,
        interval=interval,
        open_ms=int(row[0]),
        close_ms=int(row[6]),
        open=float(row[1]),
        high=float(row[2]),
        low=float(row[3]),
        close=float(row[4]),
        volume=float(row[5]),
        quote_volume=float(row[7]),
        trades=int(row[8]),
        taker_buy_volume=float(row[9]),
        taker_buy_quote_volume=float(row[10]),
        closed=closed,
        at_ms=int(row[6]),
    )
