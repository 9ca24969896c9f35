"""Futures, live: the routed address, and the trap of the old one, on which nothing ever comes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import pytest
from contracts.futures_server import futures_rest, futures_server, liquidated, traded

from pipeline.futures import Futures
from pipeline.model import ALL, Event, Feed, Trade
from pipeline.silence import SILENT_MS, Watchdog
from pipeline.sources import rest_api
from pipeline.sources.binance import FUTURES, BinanceSource, Settings, Venue
from pipeline.sources.binance_rest import BinanceRest

AT = 1_760_000_000_000
DEADLINE_S = 15.0

pytestmark = pytest.mark.usefixtures("engine")


@asynccontextmanager
async def following(
    url: str, venue: Venue = FUTURES
) -> AsyncIterator[tuple[BinanceSource, Futures]]:
    settings = Settings(ws_url=url, backoff_floor_s=0.01, backoff_cap_s=0.05, silence_s=0.3)
    source = BinanceSource(settings, BinanceRest(url), venue=venue)
    futures = Futures()

    async def follow() -> None:
        await source.follow([Feed(ALL, "liquidation")])
        async with aclosing(source.stream()) as events:  # type: ignore[type-var]
            async for event in events:
                futures.on(event)

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(follow())
        yield source, futures
        running.cancel()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not true():
            await asyncio.sleep(0.005)


async def test_valuations_and_liquidations_come_over_the_routed_address() -> None:
    async with futures_server(lambda: AT) as (server, url), following(url) as (source, futures):
        await until(lambda: futures.mark("ETHUSDT") is not None)
        server.orders.append(liquidated("SELL", AT))
        await until(lambda: futures.closed(AT).longs == 1)
        assert futures.closed(AT).long == pytest.approx(128_020)
        assert server.asked == ["/market/stream?streams=!markPrice@arr/!forceOrder@arr"]
        assert source.status().problem == ""


async def test_a_lost_connection_is_opened_again() -> None:
    async with futures_server(lambda: AT) as (server, url), following(url) as (source, futures):
        await until(lambda: futures.mark("BTCUSDT") is not None)
        for connection in list(server.open):
            connection.transport.abort()
        await until(lambda: len(server.asked) == 2)
        before_ms = futures.newest_ms
        await until(lambda: futures.newest_ms > before_ms)
        assert source.status().reconnects == 1


async def test_on_the_address_without_a_group_silence_is_told_and_never_taken_for_data() -> None:
    """Subscribing succeeds there, so an answer must not count as data."""
    old = Venue("binance-futures", "/stream", FUTURES.heartbeat)
    problems = set()
    async with (
        futures_server(lambda: AT) as (server, url),
        following(url, old) as (source, futures),
    ):
        await until(lambda: len(server.asked) >= 1)
        await source.follow([Feed(ALL, "liquidation"), Feed("BTCUSDT", "mark")])  # by SUBSCRIBE

        def reopened() -> bool:
            problems.add(source.status().problem)
            return len(server.asked) >= 4

        await until(reopened)
        assert futures.newest_ms == 0
    assert "silent" in problems
    assert "" not in problems


# --- trades --------------------------------------------------------------------------------------

BTC = "binance-futures:BTCUSDT"


@asynccontextmanager
async def trading(
    url: str, rest_url: str
) -> AsyncIterator[tuple[BinanceSource, BinanceRest, Futures, list[Trade]]]:
    """A source that follows one contract's trades besides; what came of them."""
    settings = Settings(ws_url=url, backoff_floor_s=0.01, backoff_cap_s=0.05, silence_s=5.0)
    futures, trades = Futures(), list[Trade]()

    async def follow(source: BinanceSource) -> None:
        await source.follow([Feed(ALL, "liquidation"), Feed(BTC, "trade")])
        async with aclosing(source.stream()) as events:  # type: ignore[type-var]
            event: Event
            async for event in events:
                futures.on(event)
                if isinstance(event, Trade):
                    trades.append(event)

    async with (
        BinanceRest(rest_url, api=rest_api.FUTURES) as rest,
        asyncio.TaskGroup() as tasks,
    ):
        source = BinanceSource(settings, rest, venue=FUTURES)
        running = tasks.create_task(follow(source))
        yield source, rest, futures, trades
        running.cancel()


def ids(trades: list[Trade]) -> list[tuple[int, bool]]:
    return [(trade.id, trade.recovered) for trade in trades]


async def test_trades_missed_while_reconnecting_are_fetched_from_the_futures_own_rest() -> None:
    async with (
        futures_server(lambda: AT) as (server, url),
        futures_rest(server) as rest_url,
        trading(url, rest_url) as (_, rest, futures, trades),
    ):
        await until(lambda: futures.newest_ms > 0)
        server.trades.append(traded(1, AT, 0.5))
        await until(lambda: len(trades) == 1)
        assert trades[0].symbol == BTC
        for connection in list(server.open):
            connection.transport.abort()
        server.trades += [traded(2, AT, 1.0), traded(3, AT + 1, 2.0)]
        await until(lambda: len(trades) == 3)
        server.trades.append(traded(4, AT + 2, 0.1))
        await until(lambda: len(trades) == 4)
        assert ids(trades)[3] == (4, False)
        assert [trade.id for trade in trades] == [1, 2, 3, 4]
        assert {trade.symbol for trade in trades} == {BTC}
        assert server.weight == 20 * server.requests.count("aggTrades") == rest.used_weight


async def test_a_subscription_that_stays_silent_is_found_out_and_what_was_missed_is_fetched() -> (
    None
):
    clock = [AT]
    async with (
        futures_server(lambda: clock[0]) as (server, url),
        futures_rest(server) as rest_url,
        trading(url, rest_url) as (source, rest, futures, trades),
    ):
        watchdog = Watchdog(rest, source, futures, lambda: [BTC])
        await until(lambda: futures.newest_ms > 0)
        server.trades.append(traded(1, AT, 0.5))
        await until(lambda: len(trades) == 1)
        await watchdog.look()
        clock[0] += SILENT_MS + 5_000
        await until(lambda: futures.newest_ms > clock[0])
        await watchdog.look()
        assert (watchdog.reopened, set(futures.mute)) == (0, set()), "nobody traded"
        server.mute = 2
        checked = server.requests.count("aggTrades") + 1
        for connection in list(server.open):
            connection.transport.abort()
        await until(lambda: len(server.asked) == 2)
        await until(lambda: server.requests.count("aggTrades") == checked)
        await until(lambda: source.status().problem == "" and not source.continuity.busy)
        server.trades += [traded(2, clock[0], 1.0), traded(3, clock[0] + 1, 2.0)]
        server.mute = 0
        clock[0] += SILENT_MS + 5_000
        await until(lambda: futures.newest_ms > clock[0])
        await watchdog.look()
        assert (watchdog.reopened, set(futures.mute)) == (1, {BTC})
        await until(lambda: len(trades) == 3)
        assert ids(trades)[1:] == [(2, True), (3, True)]
        await until(lambda: source.status().rotations == 1)
        server.trades.append(traded(4, clock[0], 0.1))
        await until(lambda: len(trades) == 4)
        await watchdog.look()
        assert not futures.mute


async def test_what_is_listed_and_what_may_be_spent_are_those_of_futures() -> None:
    async with (
        futures_server(lambda: AT) as (server, _),
        futures_rest(server) as rest_url,
        BinanceRest(rest_url, api=rest_api.FUTURES) as rest,
    ):
        listing = await rest.symbols()
        assert sorted(listing) == [
            "binance-futures:1000PEPEUSDT", BTC, "binance-futures:ETHUSDT"
        ], "what expires is left out"  # fmt: skip
        assert (listing[BTC].base, listing[BTC].tick) == ("BTC", 0.1)
        assert (await rest.day(BTC)).symbol == BTC
        assert await rest.newest_trade(BTC) is None
        assert 2 * sum(rest_api.FUTURES.budgets.values()) <= rest_api.FUTURES.allowed
        assert rest._budgets["backfill"].max_rate == 600
        server.allowed = 1_200
        await rest.symbols()
        assert rest._budgets["backfill"].max_rate == 300, "half of what was thought to be allowed"
