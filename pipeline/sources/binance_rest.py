"""Binance's REST market data: one client, one weight budget, deadlines on everything.

Facts (binance-spot-api-docs rest-api.md): request weight a minute is limited per IP (see
rest_api.py); 429 means slow down, continuing leads to 418, a ban of minutes to days; both carry
Retry-After in seconds. 5xx says nothing about the outcome, which is harmless for reads.
"""

import asyncio
import math
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec
from aiolimiter import AsyncLimiter

from pipeline.errors import UNREADABLE, FrameError, Refused, SourceError, TooFast, Unreachable
from pipeline.model import Book, Candle, SymbolInfo, Ticker, Trade, bare
from pipeline.proxy import proxy_of
from pipeline.sources.binance_wire import Amount, Levels, Stamp
from pipeline.sources.rest_api import SPOT, Api, Budget, weight
from pipeline.sources.sockets import retry_after_s

LEAST_WEIGHT = 100
"""What is left of a budget at least, however little is allowed: more than any request weighs."""

DEADLINE_S = 10.0
MAX_BODY = 64 * 1024 * 1024


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
    contractType: str = "PERPETUAL"  # spot has none


class _RateLimit(msgspec.Struct):
    rateLimitType: str = ""
    interval: str = ""
    intervalNum: int = 1
    limit: int = 0


class _ExchangeInfo(msgspec.Struct):
    symbols: list[msgspec.Raw]
    rateLimits: list[_RateLimit] = []


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
    TooFast; a body that is not what the documentation says raises FrameError. ``api`` is the
    market's, whose symbols go by their qualified names here.

    ``used_weight`` is what Binance last reported, ``requests`` counts.
    """

    def __init__(
        self,
        base_url: str,
        *,
        api: Api = SPOT,
        deadline_s: float = DEADLINE_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._api = api
        self._prefix = f"{api.venue}:" if api.venue else ""
        self._deadline_s = deadline_s
        self._monotonic = monotonic
        self._session: aiohttp.ClientSession | None = None
        self._blocked_until = 0.0
        self._share = 1.0  # of what was thought to be allowed
        self._budgets: dict[Budget, AsyncLimiter] = {}
        self.used_weight = 0
        self.requests = 0

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._deadline_s),
            proxy=proxy_of(self._base),
        )
        self._budgets = {
            budget: AsyncLimiter(weight, 60) for budget, weight in self._api.budgets.items()
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

    @property
    def backfills(self) -> int:
        """Questions for missed trades that may be under way: more would only wait for the budget,
        even if each answer took all the time it has."""
        per_s = self._api.budgets["backfill"] / self._api.agg_trades / 60
        return max(1, math.ceil(per_s * self._deadline_s))

    async def symbols(self) -> dict[str, SymbolInfo]:
        """Every listed pair by name, of futures those that do not expire. Odd rows are left out,
        not fatal."""
        info = await self._get("exchangeInfo", {}, self._api.listing, _ExchangeInfo)
        self._heed_limits(info.rateLimits)
        listed = {}
        for row in info.symbols:
            try:
                symbol = msgspec.json.decode(row, type=_Symbol, strict=False)
            except UNREADABLE:
                continue  # a filter or field of a kind yet unknown; the other pairs matter
            if not symbol.contractType.endswith("PERPETUAL"):
                continue
            name = self._prefix + symbol.symbol
            tick = next((f.tickSize for f in symbol.filters if f.filterType == "PRICE_FILTER"), 0.0)
            step = next((f.stepSize for f in symbol.filters if f.filterType == "LOT_SIZE"), 0.0)
            listed[name] = SymbolInfo(
                symbol=name,
                base=symbol.baseAsset,
                quote=symbol.quoteAsset,
                trading=symbol.status == "TRADING",
                tick=tick,
                step=step,
            )
        if not listed:
            raise FrameError("exchangeInfo without a readable symbol")
        return listed

    async def agg_trades(self, symbol: str, from_id: int) -> list[Trade]:
        """The first thousand aggregate trades from an id on (inclusive), oldest first.

        Ids without a trade (price 0) are among them: they are no hole.
        """
        return await self._agg_trades(symbol, {"fromId": str(from_id), "limit": "1000"})

    async def agg_trades_since(self, symbol: str, at_ms: int) -> list[Trade]:
        """The first thousand aggregate trades from a time on, oldest first."""
        return await self._agg_trades(symbol, {"startTime": str(at_ms), "limit": "1000"})

    async def _agg_trades(self, symbol: str, which: Mapping[str, str]) -> list[Trade]:
        parameters = {"symbol": bare(symbol), **which}
        cost = self._api.agg_trades
        rows = await self._get("aggTrades", parameters, cost, list[_AggTrade], budget="backfill")
        return [Trade(symbol, r.a, r.p, r.q, r.T, r.m, 0, r.f, r.l, recovered=True) for r in rows]

    async def newest_trade(self, symbol: str) -> Trade | None:
        """The last aggregate trade, None if there never was any."""
        parameters = {"symbol": bare(symbol), "limit": "1"}
        cost = self._api.agg_trades
        rows = await self._get("aggTrades", parameters, cost, list[_AggTrade], budget="warm")
        trades = [Trade(symbol, r.a, r.p, r.q, r.T, r.m, 0, r.f, r.l, recovered=True) for r in rows]
        return trades[-1] if trades else None

    async def book(self, symbol: str, limit: int = 100) -> Book:
        """The best levels."""
        levels = self._api.levels(limit)
        parameters = {"symbol": bare(symbol), "limit": str(levels)}
        depth = await self._get("depth", parameters, weight(self._api.book, levels), _Depth)
        return Book(symbol, depth.bids, depth.asks, depth.lastUpdateId)

    async def day(self, symbol: str) -> Ticker:
        """The rolling 24 hours."""
        row = await self._get("ticker/24hr", {"symbol": bare(symbol)}, self._api.day, _Day)
        return _ticker(row, self._prefix)

    async def days(self) -> list[Ticker]:
        """The rolling 24 hours of every pair."""
        rows = await self._get("ticker/24hr", {}, self._api.days, list[_Day])
        return [_ticker(row, self._prefix) for row in rows]

    async def candles(
        self,
        symbol: str,
        interval: str,
        limit: int = 500,
        *,
        since_ms: int | None = None,
        budget: Budget = "ask",
    ) -> list[Candle]:
        """The newest bars, oldest first, the last one still open.

        With ``since_ms`` those that open from then on; the last one of these may be open as well.
        """
        parameters = {"symbol": bare(symbol), "interval": interval, "limit": str(limit)}
        if since_ms is not None:
            parameters["startTime"] = str(since_ms)
        cost = weight(self._api.candles, limit)
        rows = await self._get("klines", parameters, cost, list[tuple[Any, ...]], budget=budget)
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
        url = f"{self._base}/{self._api.path}/{path}"
        try:
            async with self._session.get(url, params=parameters) as response:
                self._note_limits(response)
                body = await _read(response)
                if response.status != 200:
                    raise self._refusal(response, body)
        except TimeoutError as error:
            raise Unreachable(f"{path}: no answer within {self._deadline_s:g} s") from error
        except aiohttp.ClientHttpProxyError as error:  # it names the proxy, password and all
            raise Unreachable(f"{path}: the proxy answers {error.status}") from None
        except aiohttp.ClientError as error:
            raise Unreachable(f"{path}: {type(error).__name__}: {error}") from error
        try:
            return msgspec.json.decode(body, type=shape, strict=False)
        except UNREADABLE as error:
            raise FrameError(f"{path}: {error}: {body[:120]!r}") from error

    def _refuse_while_blocked(self) -> None:
        if self.blocked_s > 0:
            raise TooFast(429, self.blocked_s)

    def _heed_limits(self, limits: Sequence[_RateLimit]) -> None:
        """Spend less where less is allowed than was known."""
        allowed = [
            one.limit / max(1, one.intervalNum)
            for one in limits
            if (one.rateLimitType, one.interval) == ("REQUEST_WEIGHT", "MINUTE") and one.limit > 0
        ]
        share = min(1.0, min(allowed, default=math.inf) / self._api.allowed)
        if share == self._share:
            return
        self._share = share
        for budget, spent in self._api.budgets.items():
            self._budgets[budget] = AsyncLimiter(max(LEAST_WEIGHT, spent * share), 60)

    def _note_limits(self, response: aiohttp.ClientResponse) -> None:
        used = response.headers.get("X-MBX-USED-WEIGHT-1M", "")
        if used.isdigit():
            self.used_weight = int(used)

    def _refusal(self, response: aiohttp.ClientResponse, body: bytes) -> SourceError:
        if response.status in (418, 429):
            wait_s = retry_after_s(response.status, response.headers.get("Retry-After"))
            self.block(wait_s)  # a ban may be running: another call's answer was that
            return TooFast(response.status, wait_s)
        try:
            text = msgspec.json.decode(body, type=_Error).msg
        except UNREADABLE:
            text = body[:120].decode("utf-8", "replace")
        return Refused(response.status, text)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > MAX_BODY:
            raise FrameError(f"{response.url.path}: an answer of more than {MAX_BODY} bytes")
    return bytes(body)


def _ticker(row: _Day, prefix: str) -> Ticker:
    return Ticker(
        symbol=prefix + row.symbol,
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
