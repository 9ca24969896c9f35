"""WebSocket connections: the one seam between the source and the libraries behind it.

Two engines open them and keep the same promises (``tests/pipeline/sources/test_sockets.py`` runs on
both): ``websockets``, always there, and ``picows``, whose receive path is compiled, where the extra
``fast`` is installed. What both are told: no compression (accepted deflate halves what one core can
read), no reconnecting of their own, no proxy on loopback, and:

- pings are answered; our own go out every ``PING_S``, and who does not answer them is gone;
- messages above ``MESSAGE_BYTES``, or in more than ``FRAGMENTS`` pieces, end the connection;
- reading stops while ``WAITING`` messages have not been taken. Then data waits in the kernel, the
  exchange cuts the slow reader off, and what was missed is back-filled after that.
"""

import asyncio
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Literal, Protocol

from pipeline.errors import EngineMissing, PipelineError, Refused, SourceError, TooFast

Problem = Literal["limited", "region", "refused", "unreachable"]
Engine = Literal["auto", "websockets", "picows"]

OPEN_S = 10.0
"""Deadline for the whole opening: name, TCP, TLS, handshake."""
CLOSE_S = 2.0
"""Deadline for the other side's part in closing."""
LEAVE_S = 1.0
PING_S = 20.0
"""Between two pings, and until a ping must have been answered."""
MESSAGE_BYTES = 16 * 1024 * 1024
FRAGMENTS = 4096
"""As many as the websockets library puts together."""
WAITING = (4096, 1024)
"""Messages not taken: reading stops at the first number, and goes on at the second. What one read
has brought is kept all the same."""
USER_AGENT = "goraebot"
LONGEST_BAN_S = 3 * 86_400


class SocketClosed(PipelineError):
    """The connection is over; the text says how."""


class Socket(Protocol):
    """An open connection."""

    async def recv(self) -> Sequence[bytes]:
        """The next messages, at least one, in their order. Raises SocketClosed."""
        ...

    async def send(self, text: str) -> None:
        """Waits while the other side does not read. Raises SocketClosed."""
        ...

    async def close(self) -> None:
        """Take leave; waits a little for the other side, never raises."""
        ...

    def abort(self) -> None:
        """Drop the connection without a word."""
        ...


def chosen(engine: Engine) -> Literal["websockets", "picows"]:
    """The engine that a setting means on this machine. Raises EngineMissing."""
    if engine == "websockets":
        return "websockets"
    if find_spec("picows") is not None:
        return "picows"
    if engine == "picows":
        raise EngineMissing("picows is not installed: pip install 'goraebot[fast]'")
    return "websockets"


async def open_socket(url: str, engine: Engine = "auto") -> Socket:
    """Open a connection. Raises Unreachable, Refused, TooFast or EngineMissing."""
    if chosen(engine) == "picows":
        from pipeline.sources import sockets_picows

        return await sockets_picows.open_socket(url)
    from pipeline.sources import sockets_websockets

    return await sockets_websockets.open_socket(url)


async def leave(socket: Socket) -> None:
    """Close a connection; one that does not take its leave within a second, or whose owner is
    cancelled meanwhile, is dropped."""
    try:
        async with asyncio.timeout(LEAVE_S):
            await socket.close()
    except TimeoutError:
        socket.abort()
    except asyncio.CancelledError:
        socket.abort()
        raise


def problem_of(error: Exception) -> Problem:
    """What an error means for whoever asks how a source is doing (see status.Status)."""
    if isinstance(error, TooFast):
        return "limited"
    if isinstance(error, Refused):
        return "region" if error.status == 451 else "refused"
    return "unreachable"


def refusal(
    status: int, retry_after: str | None, body: bytes | bytearray, reason: str
) -> SourceError:
    """What a handshake that was answered with another status than 101 means."""
    if status in (418, 429):
        return TooFast(status, retry_after_s(status, retry_after))
    return Refused(status, bytes(body[:120]).decode("utf-8", "replace") or reason)


def retry_after_s(status: int, stated: str | None) -> float:
    """How long to stay away: Binance states whole seconds; the least that is documented (a ban,
    418, is for two minutes or more) where the header is missing or something else."""
    if stated and stated.isascii() and stated.isdigit():
        return float(min(int(stated[:9]), LONGEST_BAN_S))
    return 120.0 if status == 418 else 60.0
