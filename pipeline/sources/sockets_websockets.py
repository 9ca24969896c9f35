"""Sockets over the websockets library: in Python throughout, and always there."""

from typing import Any, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.frames import Frame, Opcode
from websockets.protocol import Event

from pipeline.errors import Unreachable
from pipeline.proxy import proxy_of
from pipeline.sources import sockets
from pipeline.sources.sockets import SocketClosed

MESSAGES = (Opcode.TEXT, Opcode.BINARY)
FULL, _ = sockets.WAITING


class _Connection(ClientConnection):
    """Lets everything that has arrived be taken at once.

    The library hands over one message per await, which takes a third of its receive path. Here
    only the first of the messages that wait goes that way; those behind it are kept aside. A
    server that sends messages in fragments is left to the library from then on.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._behind: list[bytes] = []
        self._first_waits = False
        self._fragments = False
        self._paused = False

    def process_event(self, event: Event) -> None:
        """Overrides what takes the library's parsed frames."""
        if isinstance(event, Frame) and event.opcode in MESSAGES and event.fin:
            if self._first_waits:
                behind = self._behind
                behind.append(bytes(event.data))
                if len(behind) == FULL:
                    self._paused = True
                    self.transport.pause_reading()
                return
            self._first_waits = not self._fragments
        elif isinstance(event, Frame) and event.opcode in (Opcode.CONT, *MESSAGES):
            self._fragments = True
            self._first_waits = False
        super().process_event(event)

    async def take(self) -> list[bytes]:
        """The messages that wait, at least one. Raises ConnectionClosed."""
        first = await self.recv(decode=False)
        self._first_waits = False
        behind, self._behind = self._behind, []
        if self._paused:
            self._paused = False
            self.transport.resume_reading()
        return [first, *behind]


class WebSocket:
    """See pipeline.sources.sockets.Socket."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def recv(self) -> list[bytes]:
        """See Socket."""
        try:
            return await self._connection.take()
        except ConnectionClosed as error:
            raise SocketClosed(str(error)) from error

    async def send(self, text: str) -> None:
        """See Socket."""
        try:
            await self._connection.send(text)
        except ConnectionClosed as error:
            raise SocketClosed(str(error)) from error

    async def close(self) -> None:
        """See Socket."""
        await self._connection.close()

    def abort(self) -> None:
        """See Socket."""
        self._connection.transport.abort()


async def open_socket(url: str) -> WebSocket:
    """Open a connection. Raises Unreachable, Refused or TooFast."""
    try:
        # A plain await does not retry; only "async for" over connect() does.
        connection = await connect(
            url,
            create_connection=_Connection,
            compression=None,
            max_queue=sockets.WAITING,
            max_size=sockets.MESSAGE_BYTES,
            open_timeout=sockets.OPEN_S,
            close_timeout=sockets.CLOSE_S,
            ping_interval=sockets.PING_S,
            ping_timeout=sockets.PING_S,
            proxy=proxy_of(url, socks=True),
            user_agent_header=sockets.USER_AGENT,
        )
    except InvalidStatus as error:
        response = error.response
        raise sockets.refusal(
            response.status_code,
            response.headers.get("Retry-After"),
            response.body or b"",
            response.reason_phrase,
        ) from error
    except InvalidURI as error:
        raise Unreachable(str(error)) from error
    except (OSError, TimeoutError, EOFError, InvalidHandshake, ValueError) as error:
        text = str(error) or f"no answer within {sockets.OPEN_S:g} s"
        raise Unreachable(f"{type(error).__name__}: {text}") from error
    return WebSocket(cast(_Connection, connection))
