"""Futures, live: the routed address, and the trap of the old one, on which nothing ever comes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import pytest
from contracts.futures_server import futures_server, liquidated

from pipeline.futures import Futures
from pipeline.model import ALL, Feed
from pipeline.sources import sockets
from pipeline.sources.binance import FUTURES, BinanceSource, Settings, Venue
from pipeline.sources.binance_rest import BinanceRest

AT = 1_760_000_000_000
DEADLINE_S = 15.0


@pytest.fixture(params=["websockets", "picows"], autouse=True)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever library the sockets are made by."""
    monkeypatch.setattr(sockets, "chosen", lambda engine: request.param)


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
