"""An HTTP proxy on loopback, for names that nothing resolves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

USER, PASSWORD = "user", "proxy-password-of-the-test"
DENIED = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"


class ForwardProxy:
    """Carries what is asked for any host to ``port`` here, tunnels as well; 407 while that is 0.

    ``asked``: the first words of what came, "GET name:port" or "CONNECT name:port". ``logins``: how
    they signed in.
    """

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.url = ""
        self.asked: list[str] = []
        self.logins: set[str] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["ForwardProxy"]:
        """Serve; the address has a password in it."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://{USER}:{PASSWORD}@127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await self._carry(reader, writer)
        finally:
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *headers = head.decode().split("\r\n")
        method, target, _ = first.split(" ")
        self.asked.append(f"{method} {urlsplit(target).netloc or target}")
        self.logins |= {
            value for name, _, value in (line.partition(": ") for line in headers)
            if name.lower() == "proxy-authorization"
        }  # fmt: skip
        if not self.port:
            writer.write(DENIED)
            return
        there, out = await asyncio.open_connection("127.0.0.1", self.port)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            out.write(head)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_pipe(reader, out))
                tasks.create_task(_pipe(there, writer))
        finally:
            out.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
        writer.close()
