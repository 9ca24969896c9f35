"""A TCP connection that fails as networks do: a proxy on loopback."""

import asyncio
import contextlib
import socket
import struct
from types import TracebackType
from typing import Literal, Self

Mood = Literal["well", "refusing", "resetting", "deaf", "late", "trickling", "babbling"]
LATE_S = 10.0
CHUNK = 65_536
GARBAGE = b"\x16\x03\x01\x02\x00 this is not HTTP \x00\xff\r\n\r\n"


class Wire:
    """Forwards to a port of loopback. ``mood`` is how it treats connections, ``cut`` and ``stall``
    what happens to those that are open.

    "refusing" hangs up on new ones, "resetting" with a reset, "deaf" accepts and forwards nothing,
    "late" holds every byte back ``LATE_S``, "trickling" lets one byte a second through, "babbling"
    answers with what is no HTTP.
    """

    def __init__(self, to_port: int) -> None:
        self.mood: Mood = "well"
        self.port = 0
        self._to_port = to_port
        self._open: set[asyncio.StreamWriter] = set()
        self._stalled: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=CHUNK)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self, *, reset: bool = False) -> None:
        """End what is open, with a reset or without."""
        for writer in self._open:
            self._drop(writer, reset)

    def stall(self) -> None:
        """What is open stays open and carries nothing any more, in neither direction."""
        self._stalled |= self._open

    def _drop(self, writer: asyncio.StreamWriter, reset: bool) -> None:
        if reset and (held := writer.get_extra_info("socket")) is not None:
            with contextlib.suppress(OSError):
                held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mood in ("refusing", "resetting"):
            self._drop(writer, self.mood == "resetting")
            return
        if self.mood == "babbling":
            writer.write(GARBAGE)
            writer.close()
            return
        there, to = await asyncio.open_connection("127.0.0.1", self._to_port, limit=CHUNK)
        if self.mood == "deaf":
            self._stalled |= {writer, to}
        self._open |= {writer, to}
        pumps = [
            asyncio.create_task(self._pump(reader, to)),
            asyncio.create_task(self._pump(there, writer)),
        ]
        self._tasks.update(pumps)
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            for end in (writer, to):
                self._open.discard(end)
                self._stalled.discard(end)
                end.transport.abort()
            self._tasks.difference_update(pumps)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def read() -> None:
            data = b"?"
            while data:
                try:
                    data = await reader.read(CHUNK)
                except OSError:
                    data = b""
                late_s = LATE_S if self.mood == "late" else 0.0
                waiting.put_nowait((loop.time() + late_s, data))

        reading = asyncio.create_task(read())
        self._tasks.add(reading)
        try:
            while (held := await waiting.get())[1]:
                await asyncio.sleep(max(0.0, held[0] - loop.time()))
                await self._hand_on(writer, held[1])
        except OSError:
            return  # the other side is gone
        finally:
            reading.cancel()
            self._tasks.discard(reading)

    async def _hand_on(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        while writer in self._stalled:
            await asyncio.sleep(1.0)
        at = 0
        while self.mood == "trickling" and at < len(data):
            writer.write(data[at : at + 1])
            at += 1
            await asyncio.sleep(1.0)
        if at < len(data):
            writer.write(data[at:])
            await writer.drain()
