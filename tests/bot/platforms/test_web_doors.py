"""Strangers who hold connections open take nothing from anybody else."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from web_fakes import DEADLINE_S, Clock, World

from bot.platforms.web_doors import IDLE_S, MOST, Doors
from bot.platforms.web_frames import MAX_FRAME

HALF = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
WHOLE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
SOCKET = (
    b"GET /socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n"
)

Stranger = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class House:
    """A server of one page behind doors, with room for three."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.doors = Doors(self.clock.s, most=3, idle_s=10.0)
        self.held = asyncio.Event()
        self.asked = asyncio.Semaphore(0)
        self._strangers: list[asyncio.StreamWriter] = []

    async def _page(self, request: web.Request) -> web.StreamResponse:
        self.asked.release()
        if request.path == "/held":
            await self.held.wait()
        if request.path == "/socket":
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await socket.receive()
            return socket
        return web.Response(text="here")

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator["House"]:
        app = web.Application(middlewares=[self.doors.count])
        app.router.add_get("/{any:.*}", self._page)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        assert runner.server is not None
        self.server = runner.server
        listening = await self.doors.open(self.server, "127.0.0.1", 0)
        self.port = listening.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            for writer in self._strangers:
                writer.transport.abort()
            listening.close()
            await runner.cleanup()

    async def stranger(self, says: bytes) -> Stranger:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._strangers.append(writer)
        writer.write(says)
        await writer.drain()
        return reader, writer

    async def admitted(self, count: int) -> None:
        """Wait until the server has so many connections."""
        async with asyncio.timeout(DEADLINE_S):
            while len(self.server.connections) != count:
                await asyncio.sleep(0)

    async def answered(self) -> bool:
        reader, _ = await self.stranger(WHOLE)
        return b"here" in await ended(reader, b"here")


async def ended(reader: asyncio.StreamReader, until: bytes = b"\0") -> bytes:
    """What is read until these bytes, or until the server ends the connection."""
    read = b""
    async with asyncio.timeout(DEADLINE_S):
        with contextlib.suppress(ConnectionError):
            while until not in read and (more := await reader.read(4096)):
                read += more
    return read


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with House().open() as opened:
        yield opened


@pytest.mark.parametrize("says", [b"", HALF, WHOLE])
async def test_who_sends_no_whole_request_in_time_is_shown_out(house: House, says: bytes) -> None:
    reader, _ = await house.stranger(says)
    if says == WHOLE:
        await ended(reader, b"here")
    await house.admitted(1)
    house.clock.now_s += 9.0
    house.doors.sweep(house.server)
    assert len(house.server.connections) == 1
    house.clock.now_s += 1.0
    house.doors.sweep(house.server)
    assert await ended(reader) == b""
    await house.admitted(0)


async def test_who_waits_for_an_answer_of_ours_is_not_shown_out(house: House) -> None:
    reader, _ = await house.stranger(WHOLE.replace(b"/ ", b"/held "))
    await house.asked.acquire()
    house.clock.now_s += 1_000.0
    house.doors.sweep(house.server)
    house.held.set()
    assert b"here" in await ended(reader, b"here")


async def test_a_page_whose_network_is_cut_leaves_nothing_behind(house: House) -> None:
    before = connections()
    _, writer = await house.stranger(SOCKET)
    await house.asked.acquire()
    assert connections() > before
    writer.transport.abort()
    async with asyncio.timeout(DEADLINE_S):
        while connections() > before:
            await asyncio.sleep(0)


def connections() -> int:
    """What there is of connections in memory, open or not."""
    gc.collect()
    return sum(isinstance(thing, web.RequestHandler) for thing in gc.get_objects())


async def test_a_newcomer_takes_the_place_of_whoever_was_waited_for_longest(house: House) -> None:
    first, _ = await house.stranger(HALF)
    await house.admitted(1)
    for count in (2, 3):
        await house.stranger(HALF)
        await house.admitted(count)
    assert await house.answered()
    assert await ended(first) == b""
    for _ in range(20):
        assert await house.answered()
    assert len(house.server.connections) <= 3


async def test_nobody_who_is_being_served_loses_a_place(house: House) -> None:
    served = [await house.stranger(WHOLE.replace(b"/ ", b"/held ")) for _ in range(3)]
    for _ in served:
        await house.asked.acquire()
    assert not await house.answered()
    house.held.set()
    for reader, _ in served:
        assert b"here" in await ended(reader, b"here")
    assert await house.answered()


async def test_the_page_itself_shows_out_who_never_ends_a_request() -> None:
    world = World()
    async with world.serving(world.platform(health_every_s=0.01)) as platform:
        port = int(platform.url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HALF)
        other, asking = await asyncio.open_connection("127.0.0.1", port)
        asking.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"200 OK" in await ended(other, b"200 OK")
        world.clock.now_s += IDLE_S
        assert await ended(reader) == b""
        for one in (writer, asking):
            one.close()


def test_strangers_cannot_take_all_files_that_a_process_may_open() -> None:
    assert MOST + 200 < 1_024
    assert MAX_FRAME * MOST < 64 << 20
