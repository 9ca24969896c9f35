"""Upbit, live, against a server that speaks its protocol, whatever the network does."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from pipeline.errors import Refused
from pipeline.model import Feed, WonTicker
from pipeline.sources import sockets, upbit
from pipeline.sources.simulated.upbit import UpbitServer
from pipeline.sources.upbit import Settings, UpbitSource

AT = 1_768_176_201_000
DEADLINE_S = 15.0
FEEDS = [Feed(f"upbit:KRW-{base}", "ticker") for base in ("BTC", "ETH", "USDT")]


class Rig:
    """A source that streams from the server, which sends only when told to."""

    def __init__(self, server: UpbitServer, source: UpbitSource) -> None:
        self.server = server
        self.source = source
        self.events: list[WonTicker] = []

    async def run(self) -> None:
        async with aclosing(self.source.stream()) as stream:  # type: ignore[type-var]
            async for event in stream:
                assert isinstance(event, WonTicker)
                self.events.append(event)

    async def until(self, true: Callable[[], bool], *, ticking: bool = True) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not true():
                if ticking:
                    await self.server.tick()
                await asyncio.sleep(0.005)

    async def fresh(self) -> None:
        """Wait for prices that are sent from now on."""
        self.events.clear()
        await self.until(lambda: len(self.events) >= 3)


@asynccontextmanager
async def rig(**changes: float) -> AsyncIterator[Rig]:
    prices = {"BTC": 100_000.0, "ETH": 3_500.0}
    async with UpbitServer(lambda: prices, lambda: AT, manual=True) as server:
        limits = {"backoff_floor_s": 0.22, "backoff_cap_s": 0.25, "silence_s": 5.0, **changes}
        settings = Settings(ws_url=server.ws_url, rest_url=server.rest_url, **limits)  # type: ignore[arg-type]
        source = UpbitSource(settings)
        await source.follow([*FEEDS, Feed("BTCUSDT", "trade")])
        it = Rig(server, source)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(it.run())
            yield it
            running.cancel()


@pytest.mark.usefixtures("engine")
async def test_the_newest_price_of_each_coin_comes_at_once_and_then_what_changes() -> None:
    async with rig() as it:
        await it.until(lambda: len(it.events) == 3, ticking=False)
        assert {event.base for event in it.events} == {"BTC", "ETH", "USDT"}
        assert all(event.told_ms == AT and not event.halted for event in it.events)
        await it.fresh()
        ((_, asked, _),) = it.server.requests
        assert asked["codes"] == ["KRW-BTC", "KRW-ETH", "KRW-USDT"]
        assert it.source.status().problem == ""


@pytest.mark.usefixtures("engine")
async def test_a_cut_connection_is_opened_again() -> None:
    async with rig() as it:
        await it.fresh()
        it.server.refuse(503)
        it.server.cut()
        await it.until(lambda: it.source.status().problem == "refused")
        await it.until(lambda: len(it.server.requests) == 2)
        await it.fresh()
        assert (it.source.status().problem, it.source.status().reconnects) == ("", 1)


async def test_other_coins_are_asked_for_on_the_same_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upbit, "PACE_S", 0.1)
    async with rig() as it:
        await it.fresh()
        await it.source.follow(FEEDS[:1])
        await it.until(lambda: len(it.server.requests) == 2)
        await it.fresh()
        assert {event.base for event in it.events[-2:]} == {"BTC"}
        assert it.server.connections == 1


async def test_a_server_that_sends_no_price_is_left_though_it_answers() -> None:
    async with rig(silence_s=0.2) as it:
        await it.fresh()
        it.server.silent = True
        await it.until(lambda: it.source.status().problem == "silent")
        it.server.silent = False
        await it.fresh()
        assert it.source.status().problem == ""


async def test_a_line_that_is_open_at_one_end_only_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing answers pings there, and nothing would come for as long as TCP likes to wait."""
    monkeypatch.setattr(sockets, "PING_S", 0.3)  # also the deadline of an answer
    async with rig(silence_s=60.0) as it:
        await it.fresh()
        it.server.deaf = True
        await it.until(lambda: it.source.status().reconnects == 1)
        it.server.deaf = False
        await it.fresh()


async def test_garbage_is_counted_and_ends_nothing() -> None:
    async with rig() as it:
        await it.fresh()
        sent = await it.server.send_garbage()
        await it.until(lambda: it.source.status().bad_frames == sent)
        await it.fresh()
        assert it.source.status().reconnects == 0


async def test_a_refused_request_is_told_and_asked_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upbit, "PACE_S", 0.1)
    async with rig() as it:
        await it.fresh()
        await it.source.follow([Feed("upbit:krw-btc", "ticker")])
        await it.until(lambda: it.source.status().detail.startswith("INVALID_PARAM"))
        await it.source.follow(FEEDS)
        await it.until(lambda: it.source.status().problem == "")
        await it.fresh()


async def test_too_many_attempts_wait_as_long_as_the_exchange_says() -> None:
    now_s = 0.0
    async with UpbitServer(dict, lambda: AT, manual=True) as server:
        server.refuse(429, retry_after=30)
        settings = Settings(ws_url=server.ws_url, backoff_floor_s=0.01, backoff_cap_s=0.02)
        source = UpbitSource(settings, monotonic=lambda: now_s)
        source._failed(await refusal(server.ws_url))
        assert source.status().problem == "limited"
        assert source._pause_s() == pytest.approx(30.0)
        now_s = 40.0
        assert source._pause_s() < 1


async def refusal(url: str) -> sockets.SourceError:
    with pytest.raises(sockets.SourceError) as raised:
        await sockets.open_socket(url)
    assert not isinstance(raised.value, Refused)
    return raised.value


# --- the server itself ----------------------------------------------------------------------------


async def test_the_server_keeps_upbit_s_protocol() -> None:
    now_s = 0.0
    async with UpbitServer(
        lambda: {"BTC": 1e5}, lambda: AT, manual=True, clock=lambda: now_s
    ) as server:
        url = server.ws_url
        async with connect(url, proxy=None) as client:
            for asked, error in (
                ("hello", "WRONG_FORMAT"),
                ("{}", "WRONG_FORMAT"),
                ('[{"type":"ticker","codes":["KRW-BTC"]}]', "NO_TICKET"),
                ('[{"ticket":"a"}]', "NO_TYPE"),
                ('[{"ticket":"a"},{"type":"ticker"}]', "NO_CODES"),
                ('[{"ticket":"a"},{"type":"whale","codes":["KRW-BTC"]}]', "INVALID_PARAM"),
            ):
                await client.send(asked)
                assert json.loads(await client.recv())["error"]["name"] == error
                now_s += 1
            await client.send("PING")
            assert await client.recv() == '{"status":"UP"}'
            await client.send(
                '[{"ticket":"a"},{"type":"ticker","codes":["KRW-BTC"],"is_only_realtime":true},'
                '{"format":"SIMPLE_LIST"}]'
            )
            await client.send("PING")
            assert await client.recv() == '{"status":"UP"}', "no snapshot"
            await server.tick()
            frame = await client.recv()
            assert isinstance(frame, bytes)
            assert json.loads(frame)[0]["st"] == "REALTIME"
            now_s += 10
            await server.tick()
            assert await client.recv() == '{"status":"UP"}'
            now_s += 120
            await server.tick()
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(drained(client), 5)
        browser = {"Origin": "https://example.org"}
        async with connect(url, proxy=None, additional_headers=browser):
            with pytest.raises(InvalidStatus):
                await connect(url, proxy=None, additional_headers=browser)
        now_s += 10
        async with connect(url, proxy=None) as client:
            with pytest.raises(ConnectionClosed):
                for _ in range(20):
                    await client.send("PING")
                await asyncio.wait_for(drained(client), 5)


async def drained(client: object) -> None:
    while True:
        await client.recv()  # type: ignore[attr-defined]
