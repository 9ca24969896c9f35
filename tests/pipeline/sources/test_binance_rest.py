"""The REST client against a server on loopback: answers, refusals, and its own restraint."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from pipeline.errors import FrameError, Refused, TooFast, Unreachable
from pipeline.model import Book, Candle, SymbolInfo, Ticker, Trade
from pipeline.sources import binance_rest
from pipeline.sources.binance_rest import MAX_BODY, BinanceRest
from pipeline.sources.rest_api import SPOT

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SYMBOL = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDT",
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.01", "tickSize": "0.01000000"},
        {"filterType": "LOT_SIZE", "stepSize": "0.00001000"},
        {"filterType": "SOMETHING_NEW", "limit": 7},
    ],
}
AGG = {"a": 7, "p": "65000.10", "q": "0.5", "f": 70, "l": 73, "T": 1760000000122, "m": True}
DAY = {
    "symbol": "BTCUSDT",
    "priceChange": "1",
    "lastPrice": "65000",
    "openPrice": "64000",
    "highPrice": "66000",
    "lowPrice": "63000",
    "volume": "1000",
    "quoteVolume": "65000000",
    "closeTime": 1760000000123,
}
KLINE = [1, "1.0", "4.0", "0.5", "2.0", "10", 60_000, "20", 3, "5", "11", "0"]
ANSWERS: dict[str, Any] = {
    "exchangeInfo": {"timezone": "UTC", "symbols": [SYMBOL]},
    "aggTrades": [AGG],
    "depth": {"lastUpdateId": 160, "bids": [["64999.9", "1.0"]], "asks": [["65000.0", "2.0"]]},
    "ticker/24hr": DAY,
    "klines": [KLINE, KLINE],
    "time": {"serverTime": 1760000000123},
}


class Exchange:
    """Answers like Binance; ``answer`` replaces that, ``asked`` are the questions."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Handler | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        if self.answer is not None:
            return await self.answer(request)
        content = ANSWERS[request.path.removeprefix("/api/v3/")]
        if request.path.endswith("24hr") and "symbol" not in request.query:
            content = [content]
        return web.json_response(content, headers={"X-MBX-USED-WEIGHT-1M": "42"})


class Rig:
    def __init__(self, exchange: Exchange, rest: BinanceRest) -> None:
        self.exchange = exchange
        self.rest = rest
        self.now_s = 1_000.0


@asynccontextmanager
async def rigged(deadline_s=5.0) -> AsyncIterator[Rig]:
    exchange = Exchange()
    app = web.Application()
    app.router.add_get("/api/v3/{path:.*}", exchange.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        rest = BinanceRest(
            str(server.make_url("/")), deadline_s=deadline_s, monotonic=lambda: rig.now_s
        )
        rig = Rig(exchange, rest)
        async with rest:
            yield rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    async with rigged() as one:
        yield one


def answering(status: int, body: str | bytes = b"", **headers: str) -> Handler:
    async def answer(_request: web.Request) -> web.StreamResponse:
        data = body.encode() if isinstance(body, str) else body
        return web.Response(status=status, body=data, headers=headers)

    return answer


# --- what is asked and what it becomes -----------------------------------------------------------


async def test_every_listed_pair_is_known_by_its_name(rig):
    assert await rig.rest.symbols() == {
        "BTCUSDT": SymbolInfo("BTCUSDT", "BTC", "USDT", True, 0.01, 0.00001)
    }
    assert rig.exchange.asked == ["/api/v3/exchangeInfo"]


async def test_odd_rows_of_the_listing_are_left_out(rig):
    rows = [
        SYMBOL,
        {**SYMBOL, "symbol": "HALTUSDT", "status": "CANCEL_ONLY"},
        {**SYMBOL, "symbol": "NEWUSDT", "filters": [], "permissionSets": [["SPOT"]]},
        {**SYMBOL, "symbol": "币安人生USDT"},
        {**SYMBOL, "symbol": 7},
        {"symbol": "ODDUSDT"},
        {**SYMBOL, "symbol": "BADUSDT", "filters": [{"filterType": "LOT_SIZE", "stepSize": "x"}]},
        None,
        [],
    ]
    body = msgspec.json.encode({"symbols": rows}).replace(b'{"symbol":"ODD', b'{"symbol":"\xff')
    rig.exchange.answer = answering(200, body)
    listed = await rig.rest.symbols()
    assert listed.keys() == {"BTCUSDT", "HALTUSDT", "NEWUSDT", "币安人生USDT"}
    assert [info.trading for info in listed.values()] == [True, False, True, True]
    assert (listed["NEWUSDT"].tick, listed["NEWUSDT"].step) == (0.0, 0.0)


async def test_a_listing_without_a_readable_pair_is_an_error(rig):
    for body in ('{"symbols":[]}', '{"symbols":[{}]}'):
        rig.exchange.answer = answering(200, body)
        with pytest.raises(FrameError):
            await rig.rest.symbols()


async def test_trades_fetched_later_are_marked_as_recovered(rig):
    (trade,) = await rig.rest.agg_trades("BTCUSDT", 7)
    expected = Trade("BTCUSDT", 7, 65000.1, 0.5, 1760000000122, True, 0, 70, 73, recovered=True)
    assert trade == expected
    assert rig.exchange.asked == ["/api/v3/aggTrades?symbol=BTCUSDT&fromId=7&limit=1000"]


async def test_trades_are_asked_for_from_a_time_on(rig):
    (trade,) = await rig.rest.agg_trades_since("BTCUSDT", 1760000000122)
    assert (trade.id, trade.recovered) == (7, True)
    (asked,) = rig.exchange.asked
    assert asked == "/api/v3/aggTrades?symbol=BTCUSDT&startTime=1760000000122&limit=1000"


async def test_ids_that_the_exchange_took_back_are_told_so_that_they_are_no_hole(rig):
    void = {**AGG, "a": 8, "p": "0.00000000", "q": "0.00000000", "f": -1, "l": -1}
    rig.exchange.answer = answering(200, msgspec.json.encode([AGG, void, {**AGG, "a": 9}]))
    assert [t.id for t in await rig.rest.agg_trades("BTCUSDT", 7)] == [7, 8, 9]


async def test_a_book_a_day_and_the_clock_are_what_was_sent(rig):
    assert await rig.rest.book("BTCUSDT") == Book(
        "BTCUSDT", ((64999.9, 1.0),), ((65000.0, 2.0),), 160
    )
    day = Ticker("BTCUSDT", 1760000000123, 65000, 64000, 66000, 63000, 1000, 65_000_000)
    assert await rig.rest.day("BTCUSDT") == day
    assert await rig.rest.days() == [day]
    assert await rig.rest.server_ms() == 1760000000123


async def test_the_last_candle_is_still_open(rig):
    first, last = await rig.rest.candles("BTCUSDT", "1m", 2)
    assert first == Candle(
        symbol="BTCUSDT",
        interval="1m",
        open_ms=1,
        close_ms=60_000,
        open=1.0,
        high=4.0,
        low=0.5,
        close=2.0,
        volume=10.0,
        quote_volume=20.0,
        trades=3,
        taker_buy_volume=5.0,
        taker_buy_quote_volume=11.0,
        closed=True,
        at_ms=60_000,
    )
    assert not last.closed


async def test_the_weight_that_binance_reports_is_kept(rig):
    await rig.rest.server_ms()
    assert (rig.rest.used_weight, rig.rest.requests) == (42, 1)
    rig.exchange.answer = answering(200, '{"serverTime":1}', **{"X-MBX-USED-WEIGHT-1M": "?"})
    await rig.rest.server_ms()
    assert (rig.rest.used_weight, rig.rest.requests) == (42, 2)


async def test_a_base_address_may_end_with_a_slash(rig):
    await rig.rest.server_ms()
    assert rig.exchange.asked == ["/api/v3/time"]


async def test_a_client_that_is_not_open_says_so():
    with pytest.raises(RuntimeError):
        await BinanceRest("http://127.0.0.1:1").server_ms()


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (400, '{"code":-1121,"msg":"Invalid symbol."}', "Invalid symbol."),
        (403, "<html>WAF</html>", "<html>WAF</html>"),
        (451, '{"code":0,"msg":"Service unavailable from a restricted location"}', "restricted"),
        (500, "", "500"),
        (502, "<html>Bad Gateway</html>", "Bad Gateway"),
        (503, b"\xff\xfe", "503"),
        (503, b"[" * 100_000, "503"),
    ],
)
async def test_a_refusal_carries_its_status_and_words(rig, status, body, text):
    rig.exchange.answer = answering(status, body)
    with pytest.raises(Refused, match=text) as caught:
        await rig.rest.book("XYZ")
    assert caught.value.status == status
    assert rig.rest.blocked_s == 0


@pytest.mark.parametrize(
    ("status", "headers", "wait_s"),
    [
        (429, {"Retry-After": "30"}, 30.0),
        (418, {"Retry-After": "3600"}, 3_600.0),
        (429, {}, 60.0),
        (418, {}, 120.0),
        (429, {"Retry-After": "soon"}, 60.0),
        (429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 60.0),
        (429, {"Retry-After": "nan"}, 60.0),
        (429, {"Retry-After": "-5"}, 60.0),
        (418, {"Retry-After": "9" * 5_000}, 3 * 86_400.0),
    ],
)
async def test_a_limit_blocks_every_further_call_without_touching_the_network(
    rig, status, headers, wait_s
):
    rig.exchange.answer = answering(status, "", **headers)
    with pytest.raises(TooFast) as caught:
        await rig.rest.server_ms()
    assert (caught.value.status, caught.value.retry_after_s) == (status, wait_s)

    rig.exchange.answer = None
    rig.now_s += wait_s - 1
    for call in (rig.rest.server_ms(), rig.rest.agg_trades("BTCUSDT", 1), rig.rest.symbols()):
        with pytest.raises(TooFast) as caught:
            await call
        assert caught.value.retry_after_s == pytest.approx(1.0)
    assert len(rig.exchange.asked) == 1
    assert rig.rest.blocked_s == pytest.approx(1.0)

    rig.now_s += 1
    await rig.rest.server_ms()
    assert len(rig.exchange.asked) == 2


async def test_a_ban_is_not_shortened_by_the_answer_to_a_call_that_was_under_way(rig):
    banned = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.query["symbol"] == "BTCUSDT":
            return web.Response(status=418, headers={"Retry-After": "3600"})
        await banned.wait()
        return web.Response(status=429, headers={"Retry-After": "1"})

    rig.exchange.answer = answer
    under_way = asyncio.create_task(rig.rest.agg_trades("ETHUSDT", 1))
    async with asyncio.timeout(5):
        while not rig.exchange.asked:
            await asyncio.sleep(0)
    with pytest.raises(TooFast):
        await rig.rest.agg_trades("BTCUSDT", 1)
    banned.set()
    with pytest.raises(TooFast) as caught:
        await under_way
    assert caught.value.retry_after_s == 1.0
    assert rig.rest.blocked_s == 3_600.0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Maintenance</html>",
        b'{"serverTime":',
        b'{"serverTime":"soon"}',
        b'{"serverTime":null}',
        b"[]",
        b'{"serverTime":"\xff"}',
        b'{"x":' + b"[" * 100_000,
    ],
)
async def test_an_answer_that_is_not_what_the_documentation_says_is_a_frame_error(rig, body):
    rig.exchange.answer = answering(200, body)
    with pytest.raises(FrameError):
        await rig.rest.server_ms()


@pytest.mark.parametrize(
    "row", [[], [1], ["x"] * 12, [None] * 12, [1, "1", "1", "1", "1", "1", {}, "1", 1, "1", "1"]]
)
async def test_a_kline_that_is_none_is_a_frame_error(rig, row):
    rig.exchange.answer = answering(200, msgspec.json.encode([row]))
    with pytest.raises(FrameError):
        await rig.rest.candles("BTCUSDT", "1m")


async def test_an_endless_answer_is_given_up(rig, monkeypatch):
    monkeypatch.setattr(binance_rest, "MAX_BODY", 200_000)
    assert MAX_BODY == 64 * 1024 * 1024

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(b" " * 65_536)
        except ConnectionError:
            return response

    rig.exchange.answer = endless
    with pytest.raises(FrameError, match="more than"):
        await rig.rest.server_ms()


async def test_an_answer_that_does_not_come_in_time_is_unreachable():
    never = asyncio.Event()

    async def silent(_request: web.Request) -> web.StreamResponse:
        await never.wait()
        return web.Response()

    async with rigged(deadline_s=0.05) as rig:
        rig.exchange.answer = silent
        with pytest.raises(Unreachable, match=r"0\.05 s"):
            await rig.rest.server_ms()
        never.set()


async def test_an_answer_that_trickles_is_unreachable_too():
    done = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b'{"serverTime":')
        await done.wait()
        return response

    async with rigged(deadline_s=0.05) as rig:
        rig.exchange.answer = slow
        with pytest.raises(Unreachable):
            await rig.rest.server_ms()
        done.set()


async def test_a_connection_cut_in_the_middle_is_unreachable(rig):
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b'{"serverTime":')
        assert request.transport is not None
        request.transport.abort()
        return response

    rig.exchange.answer = cut
    with pytest.raises(Unreachable):
        await rig.rest.server_ms()


@pytest.mark.parametrize("base", ["http://127.0.0.1:{port}", "not an address", "http://"])
async def test_where_nobody_listens_is_unreachable(base):
    async with BinanceRest(base.format(port=unused_port())) as rest:
        with pytest.raises(Unreachable):
            await rest.server_ms()


# --- weight --------------------------------------------------------------------------------------


class Bucket:
    """A limiter that never leaks: what has been taken is gone."""

    def __init__(self, weight: float, period_s: float) -> None:
        self.left = weight
        self.period_s = period_s

    async def acquire(self, weight: float) -> None:
        if weight > self.left:
            await asyncio.Event().wait()
        self.left -= weight


@pytest.fixture
def buckets(monkeypatch) -> list[Bucket]:
    made: list[Bucket] = []

    def make(weight: float, period_s: float) -> Bucket:
        made.append(Bucket(weight, period_s))
        return made[-1]

    monkeypatch.setattr(binance_rest, "AsyncLimiter", make)
    return made


@pytest.mark.parametrize(
    ("call", "weight"),
    [
        (lambda rest: rest.symbols(), 20),
        (lambda rest: rest.book("BTCUSDT"), 5),
        (lambda rest: rest.book("BTCUSDT", 101), 25),
        (lambda rest: rest.book("BTCUSDT", 1_000), 50),
        (lambda rest: rest.book("BTCUSDT", 5_000), 250),
        (lambda rest: rest.day("BTCUSDT"), 2),
        (lambda rest: rest.days(), 80),
        (lambda rest: rest.candles("BTCUSDT", "1m"), 2),
        (lambda rest: rest.server_ms(), 1),
    ],
)
async def test_a_call_costs_the_weight_that_the_documentation_gives(buckets, call, weight):
    async with rigged() as rig:
        await call(rig.rest)
        asked, *others = (b.left for b in buckets)
    assert asked == SPOT.budgets["ask"] - weight
    assert others == [SPOT.budgets["backfill"], SPOT.budgets["warm"]]
    assert {b.period_s for b in buckets} == {60}


async def test_back_filling_and_warming_have_budgets_of_their_own(buckets):
    async with rigged() as rig:
        await rig.rest.agg_trades("BTCUSDT", 1)
        await rig.rest.candles("BTCUSDT", "30m", 480, budget="warm")
        assert [b.left for b in buckets] == [1_200, 1_500 - 4, 300 - 2]
        for spent in buckets[1:]:  # questions of people are still answered
            spent.left = 0
        assert await rig.rest.server_ms()


async def test_bars_can_be_asked_for_from_a_time_on(rig):
    await rig.rest.candles("BTCUSDT", "1m", 7, since_ms=1_760_000_000_000)
    assert rig.exchange.asked == [
        "/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=7&startTime=1760000000000"
    ]


def test_half_of_what_binance_allows_is_the_most_that_is_used():
    """A leaky bucket may pass twice its rate in the first minute."""
    assert 2 * sum(SPOT.budgets.values()) <= 6_000


def test_a_budget_that_stays_spent_is_too_fast_after_a_while(buckets, instantly):
    async def main() -> float:
        async with BinanceRest("http://127.0.0.1:1", deadline_s=10) as rest:
            buckets[0].left = 0
            with pytest.raises(TooFast):
                await rest.server_ms()
            assert rest.requests == 0
            return asyncio.get_running_loop().time()

    assert instantly(main()) == pytest.approx(70)


async def test_a_call_that_waited_for_its_budget_heeds_a_limit_met_meanwhile(monkeypatch):
    gate = asyncio.Event()

    class Closed(Bucket):
        async def acquire(self, weight: float) -> None:
            if weight == 20:
                await gate.wait()

    monkeypatch.setattr(binance_rest, "AsyncLimiter", Closed)
    async with rigged() as rig, asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(refused(rig.rest.symbols()))
        await asyncio.sleep(0)
        rig.exchange.answer = answering(429, "", **{"Retry-After": "30"})
        with pytest.raises(TooFast):
            await rig.rest.server_ms()
        gate.set()
        assert isinstance(await waiting, TooFast)
        assert rig.exchange.asked == ["/api/v3/time"]


async def refused(call: Awaitable[Any]) -> Exception | None:
    try:
        await call
    except Exception as error:
        return error
    return None
