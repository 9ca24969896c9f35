"""Sockets over picows: a compiled receive path that calls us frame by frame."""

import asyncio
import re
from collections.abc import Sequence

from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSError,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSProtocolError,
    WSTransport,
    ws_connect,
)
from python_socks import ProxyError

from pipeline.errors import SourceError, Unreachable
from pipeline.proxy import proxy_of
from pipeline.sources import sockets
from pipeline.sources.sockets import SocketClosed

TURN = 1024
"""Messages handed over at once; then everybody else gets a turn. One read may bring many more."""
STATUS_LINE = re.compile(rb"HTTP/\d\.\d (\d{3}) ?([^\r\n]*)")
MESSAGE = (WSMsgType.TEXT, WSMsgType.BINARY)
CONTROL_BYTES = 125
"""A control frame has no more (RFC 6455, 5.5)."""


class PicowsSocket(WSListener):
    """See pipeline.sources.sockets.Socket. Keeps what arrives until it is taken."""

    def __init__(self) -> None:
        self._transport: WSTransport | None = None
        self._arrived: list[bytes] = []
        self._parts: list[bytes] = []  # of a message that is not whole yet
        self._parts_bytes = 0
        self._receiver: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._left_over = False
        self._paused = False
        self._unwanted = False
        self._over = ""

    @property
    def connected(self) -> bool:
        """Whether the handshake has succeeded, and the connection may not be over."""
        return self._transport is not None

    # --- the Socket -----------------------------------------------------------------------------

    async def recv(self) -> Sequence[bytes]:
        """See Socket."""
        if self._left_over:
            await asyncio.sleep(0)
        while not self._arrived:
            if self._over:
                raise SocketClosed(self._over)
            self._receiver = asyncio.get_running_loop().create_future()
            try:
                await self._receiver
            finally:
                self._receiver = None
        arrived = self._arrived
        self._left_over = len(arrived) > TURN
        if self._left_over:
            arrived = arrived[:TURN]
            del self._arrived[:TURN]
        else:
            self._arrived = []
        if self._paused and len(self._arrived) <= sockets.WAITING[1]:
            self._read_on()
        return arrived

    async def send(self, text: str) -> None:
        """See Socket."""
        transport = self._open_transport()
        if self._over or transport.is_close_frame_sent:
            raise SocketClosed(self._over or "closing")
        transport.send(WSMsgType.TEXT, text)
        await self._writable.wait()
        if self._over:
            raise SocketClosed(self._over)

    async def close(self) -> None:
        """See Socket."""
        transport = self._open_transport()
        transport.send_close(WSCloseCode.OK)
        self._arrived.clear()
        if self._paused:
            self._read_on()  # the other side's farewell may be behind what nobody took
        try:
            async with asyncio.timeout(sockets.CLOSE_S):
                await transport.wait_disconnected()
        except TimeoutError:
            transport.disconnect(False)
        except WSError:
            return  # over already, and why is what recv raised

    def abort(self) -> None:
        """See Socket; a connection that is still being opened is dropped as soon as it is."""
        self._unwanted = True
        if self._transport is not None:
            self._transport.disconnect(False)

    def _open_transport(self) -> WSTransport:
        if self._transport is None:
            raise RuntimeError("nobody is given a socket before it is open")
        return self._transport

    def _read_on(self) -> None:
        self._paused = False
        if not self._over:
            self._open_transport().underlying_transport.resume_reading()

    # --- what picows calls ----------------------------------------------------------------------

    def on_ws_connected(self, transport: WSTransport) -> None:
        """The handshake has succeeded."""
        self._transport = transport
        if self._unwanted:
            transport.disconnect(False)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """A frame has arrived; it is valid only until this returns."""
        message = frame.get_payload_as_bytes()
        # What a frame is costs more to ask than all else here. One of this length is no control
        # frame, and the end of a message of which nothing came before is the whole of it.
        if len(message) <= CONTROL_BYTES or self._parts or not frame.fin:
            ended = self._ended_by(transport, frame, message)
            if ended is None:
                return
            message = ended
        elif transport.is_close_frame_sent:
            return
        arrived = self._arrived
        arrived.append(message)
        waiting = len(arrived)
        if waiting == 1:  # which somebody may be waiting for
            self._wake()
        elif waiting >= sockets.WAITING[0] and not self._paused:
            self._paused = True
            transport.underlying_transport.pause_reading()

    def _wake(self) -> None:
        if self._receiver is not None and not self._receiver.done():
            self._receiver.set_result(None)

    def _ended_by(self, transport: WSTransport, frame: WSFrame, payload: bytes) -> bytes | None:
        """The message that a frame of any kind is the end of, if it is."""
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            code = frame.get_close_code()  # NO_INFO is picows' word for none, not to be sent
            transport.send_close(WSCloseCode.OK if code == WSCloseCode.NO_INFO else code)
            transport.disconnect()
        elif transport.is_close_frame_sent:
            pass  # nothing counts after a farewell, least of all the message it was sent for
        elif kind in MESSAGE and frame.fin and not self._parts:
            return payload
        elif kind in MESSAGE or kind == WSMsgType.CONTINUATION:
            return self._with_fragment(kind, frame, payload)
        return None

    def _with_fragment(self, kind: WSMsgType, frame: WSFrame, payload: bytes) -> bytes | None:
        if (kind == WSMsgType.CONTINUATION) != bool(self._parts):
            raise WSProtocolError(WSCloseCode.PROTOCOL_ERROR, "fragments out of order")
        self._parts.append(payload)
        self._parts_bytes += len(payload)
        if self._parts_bytes > sockets.MESSAGE_BYTES or len(self._parts) > sockets.FRAGMENTS:
            raise WSProtocolError(WSCloseCode.MESSAGE_TOO_BIG, "fragments of too large a message")
        if not frame.fin:
            return None
        whole = b"".join(self._parts)
        self._parts.clear()
        self._parts_bytes = 0
        return whole

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """The connection is over; what has arrived may still be taken."""
        handshake = transport.close_handshake
        told = [
            f"{verb} {info.code:d} {info.reason or ''}".rstrip()
            for verb, info in (
                ("received", handshake.recv if handshake else None),
                ("sent", handshake.sent if handshake else None),
            )
            if info is not None
        ]
        self._over = ", ".join(told) or "no close frame received or sent"
        self._writable.set()
        self._wake()

    def pause_writing(self) -> None:
        """What is sent has begun to wait."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It no longer does."""
        self._writable.set()


async def open_socket(url: str) -> PicowsSocket:
    """Open a connection. Raises Unreachable, Refused or TooFast."""
    socket = PicowsSocket()
    try:
        async with asyncio.timeout(sockets.OPEN_S):
            await ws_connect(
                lambda request, response: socket,
                url,
                # Ends an opening that was cancelled and never answered.
                websocket_handshake_timeout=sockets.OPEN_S,
                enable_auto_ping=True,
                # Also while data come: Upbit hangs up on who has said nothing for two minutes.
                auto_ping_strategy=WSAutoPingStrategy.PING_PERIODICALLY,
                auto_ping_idle_timeout=sockets.PING_S,
                auto_ping_reply_timeout=sockets.PING_S,
                max_frame_size=sockets.MESSAGE_BYTES,
                extra_headers={"User-Agent": sockets.USER_AGENT},
                proxy=proxy_of(url, socks=True),
            )
    except WSHandshakeError as error:
        raise _failure(error) from error
    except (OSError, TimeoutError, EOFError, ValueError, WSError, ProxyError) as error:
        text = str(error) or f"no answer within {sockets.OPEN_S:g} s"
        raise Unreachable(f"{type(error).__name__}: {text}") from error
    finally:
        if not socket.connected:
            socket.abort()  # picows goes on with a handshake that nobody waits for
    if not socket.connected:
        raise Unreachable("hung up without an answer")
    return socket


def _failure(error: WSHandshakeError) -> SourceError:
    """What a handshake came to. Of a refusal's body as much is there as came with its headers;
    codes that Python has no name for, and HTTP/1.0, are no answers to picows."""
    status = STATUS_LINE.match(error.raw_header or b"")
    if status is None or status[1] == b"101":
        return Unreachable(f"{type(error).__name__}: {error}")
    retry_after = error.response.headers.get("Retry-After") if error.response else None
    reason = status[2].decode("latin-1")
    return sockets.refusal(int(status[1]), retry_after, error.raw_body or b"", reason)
