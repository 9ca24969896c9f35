"""WebSocket connections: the one place that knows the library behind them.

websockets 17, with what its defaults would cost us turned off: compression (accepted deflate halves
what one core can read), its reconnect loop (no pause after a connection that opened and dropped),
and proxies on loopback.
"""

import ssl
from typing import Protocol

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from pipeline.errors import PipelineError, Refused, SourceError, TooFast, Unreachable

OPEN_S = 10.0
"""Deadline for the whole opening: name, TCP, TLS, handshake."""


class SocketClosed(PipelineError):
    """The connection is over; the text says how."""


class Socket(Protocol):
    """An open connection."""

    async def recv(self) -> bytes:
        """The next message. Raises SocketClosed."""
        ...

    async def send(self, text: str) -> None:
        """Raises SocketClosed."""
        ...

    async def close(self) -> None:
        """Take leave; waits a little for the other side, never raises."""
        ...

    def abort(self) -> None:
        """Drop the connection without a word."""
        ...


class WebSocket:
    """A Socket over the websockets library."""

    def __init__(self, url: str) -> None:
        loopback = "//127." in url or "//localhost" in url
        self._connect = connect(
            url,
            compression=None,
            max_queue=(4096, 1024),
            max_size=16 * 1024 * 1024,
            open_timeout=OPEN_S,
            close_timeout=2,
            ping_interval=20,
            ping_timeout=20,
            proxy=None if loopback else True,
            user_agent_header="goraebot",
        )

    async def open(self) -> None:
        """Raises Unreachable, Refused or TooFast."""
        try:
            # A plain await does not retry; only "async for" over connect() does.
            self._socket = await self._connect
        except InvalidStatus as error:
            raise _refusal(error) from error
        except InvalidURI as error:
            raise Unreachable(str(error)) from error
        except (OSError, TimeoutError, EOFError, InvalidHandshake, ssl.SSLError) as error:
            text = str(error) or f"no answer within {OPEN_S:g} s"
            raise Unreachable(f"{type(error).__name__}: {text}") from error

    async def recv(self) -> bytes:
        """See Socket."""
        try:
            return await self._socket.recv(decode=False)
        except ConnectionClosed as error:
            raise SocketClosed(str(error)) from error

    async def send(self, text: str) -> None:
        """See Socket."""
        try:
            await self._socket.send(text)
        except ConnectionClosed as error:
            raise SocketClosed(str(error)) from error

    async def close(self) -> None:
        """See Socket."""
        await self._socket.close()

    def abort(self) -> None:
        """See Socket."""
        self._socket.transport.abort()


async def open_socket(url: str) -> Socket:
    """Open a connection. Raises Unreachable, Refused or TooFast."""
    socket = WebSocket(url)
    await socket.open()
    return socket


def _refusal(error: InvalidStatus) -> SourceError:
    response = error.response
    if response.status_code in (418, 429):
        return TooFast(response.status_code, _retry_after_s(response.headers.get("Retry-After")))
    body = (response.body or b"")[:120].decode("utf-8", "replace")
    return Refused(response.status_code, body or response.reason_phrase)


def _retry_after_s(value: str | None) -> float:
    """Binance sends seconds; a minute where the header is missing or something else."""
    try:
        return max(0.0, float(value or ""))
    except ValueError:
        return 60.0
