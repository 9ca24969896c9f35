"""The WebSocket side of the simulated exchange: connections, their limits, and who gets what.

Frames are put into a connection's outbox and leave at the next ``flush``, all in one write. What
the kernel does not take at once waits in the transport; a client that lets more than
``outbox_bytes`` wait there is disconnected, as the exchange disconnects slow readers.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus

import msgspec
from aiohttp import WSMsgType, web

from pipeline.sources.simulated.limits import Attempts, Refusal
from pipeline.sources.simulated.session import STREAMS_MAX, Session
from pipeline.sources.simulated.wire import Topic, periodic, server_shutdown, wrapped

MESSAGES_PER_S = 5
PING_MS = 20_000
PONG_MS = 60_000
RECENT = 200

Render = Callable[[bool], str]
"""Makes a raw payload, with times in microseconds or not."""

_TEXT, _BINARY, _CLOSE, _PING, _PONG = 0x1, 0x2, 0x8, 0x9, 0xA


def _frame(opcode: int, payload: bytes) -> bytes:
    """One unfragmented, unmasked WebSocket frame (RFC 6455), built once for all its receivers."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 65_536:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big") + payload


class Connection:
    """One client's socket and what the limits need to know of it."""

    def __init__(
        self, transport: asyncio.Transport, session: Session, micros: bool, now_ms: float
    ) -> None:
        self.session = session
        self.micros = micros
        self.opened_ms = now_ms
        self.open = True
        self.outbox: list[bytes] = []
        self.ends_ms: float | None = None
        self._transport = transport
        self._pinged_ms = now_ms
        self._pings: deque[tuple[bytes, float]] = deque()
        self._messages: deque[float] = deque(maxlen=MESSAGES_PER_S)

    def flush(self, outbox_bytes: int) -> None:
        """Write what waits; a client that does not read is cut off."""
        if not self.outbox:
            return
        if self.open and not self._transport.is_closing():
            self._transport.write(b"".join(self.outbox))
            if self._transport.get_write_buffer_size() > outbox_bytes:
                self.cut()
        self.outbox.clear()

    def say(self, text: str) -> None:
        """Send a text that is not wrapped."""
        self.outbox.append(_frame(_TEXT, text.encode()))

    def tell(self, stream: str, render: Render) -> None:
        """Send a payload in the form this client wants."""
        payload = render(self.micros)
        self.say(wrapped(stream, payload) if self.session.combined else payload)

    def noise(self, data: bytes) -> None:
        """Send a binary frame."""
        self.outbox.append(_frame(_BINARY, data))

    def pong(self, payload: bytes) -> None:
        """Answer a ping."""
        self.outbox.append(_frame(_PONG, payload))

    def close(self, code: int, reason: str) -> None:
        """Say goodbye and hang up once everything written has left."""
        if self.open:
            self.open = False
            self.outbox.append(_frame(_CLOSE, code.to_bytes(2, "big") + reason.encode()))
            self._transport.write(b"".join(self.outbox))
            self.outbox.clear()
            self._transport.close()

    def cut(self) -> None:
        """Break the connection without a word, as a failing network does."""
        self.open = False
        self._transport.abort()

    def heard(self, now_ms: float) -> bool:
        """Count an incoming message; false if it is one too many for this second."""
        full = len(self._messages) == MESSAGES_PER_S and now_ms - self._messages[0] < 1000
        self._messages.append(now_ms)
        return not full

    def ponged(self, payload: bytes) -> None:
        """A pong answers the ping whose payload it has, and those before; others answer none."""
        if any(payload == sent for sent, _ in self._pings):
            while self._pings.popleft()[0] != payload:
                pass

    def keep_alive(self, now_ms: float, life_ms: float) -> None:
        """Ping when it is time; hang up on the dead and on the old."""
        if self._pings and now_ms - self._pings[0][1] >= PONG_MS:
            self.close(1008, "Pong timeout")
        elif now_ms - self.opened_ms >= life_ms:
            self.close(1001, "Connection is too old")
        elif self.ends_ms is not None and now_ms >= self.ends_ms:
            self.close(1001, "Server shutdown")
        elif now_ms - self._pinged_ms >= PING_MS:
            self._pinged_ms = now_ms
            payload = str(int(now_ms)).encode()
            self._pings.append((payload, now_ms))
            self.outbox.append(_frame(_PING, payload))


class Sockets:
    """All connections. ``clock_ms`` is the limits' clock; ``changed`` is called on any change."""

    def __init__(
        self,
        *,
        clock_ms: Callable[[], float],
        changed: Callable[[], None],
        life_ms: float,
        outbox_bytes: int,
    ) -> None:
        self.connections: list[Connection] = []
        self.silent = False
        self.topics: dict[str, Topic] = {}
        self._listeners: dict[str, dict[Connection, None]] = {}
        self._recent: deque[tuple[str, Render]] = deque(maxlen=RECENT)
        self._attempts = Attempts()
        self._clock_ms = clock_ms
        self._changed = changed
        self._life_ms = life_ms
        self._outbox_bytes = outbox_bytes

    @property
    def streams(self) -> frozenset[str]:
        """Every stream that somebody has subscribed to."""
        return frozenset(self._listeners)

    # --- sending -----------------------------------------------------------------------------

    def wanted(self, stream: str) -> bool:
        """Whether a frame of this stream would go to anybody."""
        return stream in self._listeners and not self.silent

    def deliver(self, stream: str, render: Render, *, repeatable: bool = False) -> None:
        """Send a payload to everybody who subscribed, encoded once for each form."""
        if self.silent:
            return
        if repeatable:
            self._recent.append((stream, render))
        frames: dict[tuple[bool, bool], bytes] = {}
        for connection in self._listeners.get(stream, ()):
            form = (connection.session.combined, connection.micros)
            frame = frames.get(form)
            if frame is None:
                payload = render(connection.micros)
                text = wrapped(stream, payload) if connection.session.combined else payload
                frame = frames[form] = _frame(_TEXT, text.encode())
            connection.outbox.append(frame)

    def repeat(self, count: int) -> int:
        """Send the newest repeatable frames again, in their order; returns how many."""
        again = list(self._recent)[-count:] if count > 0 else []
        for stream, render in again:
            self.deliver(stream, render)
        return len(again)

    def flush(self) -> None:
        """Let everything in the outboxes go."""
        for connection in self.connections:
            connection.flush(self._outbox_bytes)

    def keep_alive(self) -> None:
        """Ping, and hang up on connections whose time has come."""
        now_ms = self._clock_ms()
        for connection in self.connections:
            if connection.open:
                connection.keep_alive(now_ms, self._life_ms)

    def announce_shutdown(self, now_ms: int, close_after_ms: float | None) -> int:
        """Tell everybody connected now, and hang up on them later; returns how many they are."""
        for connection in self.connections:
            connection.tell("!serverShutdown", partial(server_shutdown, now_ms))
            if close_after_ms is not None:
                connection.ends_ms = self._clock_ms() + close_after_ms
        return len(self.connections)

    # --- receiving ---------------------------------------------------------------------------

    async def accept(
        self, request: web.Request, streams: tuple[str, ...], *, combined: bool
    ) -> web.StreamResponse:
        """Serve one client from its handshake until it has gone."""
        refusal = self._attempts.try_one(self._clock_ms())
        if refusal is not None:
            return refused(refusal)
        unit = request.query.get("timeUnit", "MILLISECOND").upper()
        if len(streams) > STREAMS_MAX or unit not in ("MILLISECOND", "MICROSECOND"):
            return web.Response(status=400, text="Bad request")
        socket = web.WebSocketResponse(autoping=False, compress=False, max_msg_size=1 << 20)
        if not socket.can_prepare(request):
            return web.Response(status=400, text="This is a WebSocket endpoint")
        try:
            await socket.prepare(request)
        except ConnectionResetError:
            return web.Response()  # to nobody: the client has gone during the handshake
        transport = request.transport
        if transport is None:
            return socket
        session = Session(streams, combined)
        connection = Connection(transport, session, unit == "MICROSECOND", self._clock_ms())
        self.connections.append(connection)
        self._listen(connection, session.streams)
        try:
            async for message in socket:
                if not connection.heard(self._clock_ms()):
                    connection.close(1008, "Too many requests")
                    break
                self._on_message(connection, message.type, message.data)
                connection.flush(self._outbox_bytes)
        finally:
            connection.open = False
            self.connections.remove(connection)
            self._leave(connection, session.streams)
        return socket

    def _on_message(self, connection: Connection, kind: WSMsgType, data: object) -> None:
        if kind is WSMsgType.TEXT and isinstance(data, str):
            reply = connection.session.handle(data)
            connection.say(reply.text)
            self._listen(connection, reply.added)
            self._leave(connection, reply.removed)
        elif kind is WSMsgType.PING and isinstance(data, bytes | bytearray):
            connection.pong(bytes(data))
        elif kind is WSMsgType.PONG and isinstance(data, bytes | bytearray):
            connection.ponged(bytes(data))
        elif kind is WSMsgType.BINARY:
            connection.say('{"code":3,"msg":"Invalid JSON: expected value at line 1 column 1"}')

    def _listen(self, connection: Connection, streams: Iterable[str]) -> None:
        for stream in streams:
            listeners = self._listeners.setdefault(stream, {})
            listeners[connection] = None
            topic = periodic(stream)
            if topic is not None:
                self.topics[stream] = topic
        self._changed()

    def _leave(self, connection: Connection, streams: Iterable[str]) -> None:
        for stream in streams:
            listeners = self._listeners.get(stream, {})
            listeners.pop(connection, None)
            if not listeners:
                self._listeners.pop(stream, None)
                self.topics.pop(stream, None)
        self._changed()


def refused(refusal: Refusal) -> web.Response:
    """The HTTP answer of a refusal, with Binance's body and ``Retry-After`` in seconds."""
    headers = {}
    if refusal.retry_after_s is not None:
        headers["Retry-After"] = str(refusal.retry_after_s)
    return web.Response(
        status=refusal.status,
        reason=HTTPStatus(refusal.status).phrase,
        headers=headers,
        body=msgspec.json.encode({"code": -1003, "msg": refusal.message}),
        content_type="application/json",
    )
