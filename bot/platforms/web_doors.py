"""How many connections the web page holds open, and how long one may hold its tongue.

aiohttp waits for ever for the end of a request's headers, and for an hour for a next request: a
stranger with a few hundred sockets would take every file handle of the process, and with them the
market's connections and the database.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

MOST: Final = 600
"""Connections at once. A newcomer takes the place of the one that has been waited for longest."""

IDLE_S: Final = 60.0
"""How long a connection is kept that sends no whole request, or reads no answer."""


class Doors:
    """Makes the connections of one server.

    ``most`` and ``idle_s`` as MOST and IDLE_S; ``monotonic`` gives seconds.
    """

    def __init__(
        self, monotonic: Callable[[], float], most: int = MOST, idle_s: float = IDLE_S
    ) -> None:
        self._monotonic = monotonic
        self._most = most
        self._idle_s = idle_s
        self._idle: dict[web.RequestHandler, float] = {}  # since when, oldest first
        self._busy: set[web.RequestHandler] = set()

    @web.middleware
    async def count(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Knows of a connection that it waits for us, not we for it."""
        connection = request.protocol
        self._idle.pop(connection, None)
        self._busy.add(connection)
        try:
            return await handler(request)
        finally:
            self._busy.discard(connection)
            if connection.transport is not None:  # else it is closed, and would be kept with all
                self._idle[connection] = self._monotonic()  # that it has read, to the next sweep

    async def open(self, server: web.Server, host: str, port: int) -> asyncio.Server:
        """Listens. Raises OSError."""

        def admit() -> asyncio.BaseProtocol:
            if len(self._idle) + len(self._busy) >= self._most:
                if not self._idle:
                    return _Refused()
                self._close(next(iter(self._idle)))
            connection = server()
            self._idle[connection] = self._monotonic()
            return connection

        return await asyncio.get_running_loop().create_server(admit, host, port)

    def sweep(self, server: web.Server) -> None:
        """Closes what has been waited for too long; to be called now and then."""
        there = set(server.connections)
        now = self._monotonic()
        for connection in there - self._busy:  # closed before it was made
            self._idle.setdefault(connection, now)
        for connection, since in list(self._idle.items()):
            if connection not in there:
                del self._idle[connection]
            elif now - since >= self._idle_s:
                self._close(connection)

    def _close(self, connection: web.RequestHandler) -> None:
        del self._idle[connection]
        if isinstance(connection.transport, asyncio.Transport):
            connection.transport.abort()  # closing waits for a reader that may never read
        connection.force_close()


class _Refused(asyncio.Protocol):
    """A connection for which there is no place."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ends it at once."""
        if isinstance(transport, asyncio.Transport):
            transport.abort()
