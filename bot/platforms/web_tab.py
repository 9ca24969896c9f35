"""One open page's socket: frames out through a bounded queue, checked frames in."""

import asyncio
from collections.abc import Callable

import msgspec
from aiohttp import ClientConnectionResetError, WSCloseCode, WSMsgType, web

from bot.platforms import web_frames
from bot.platforms.web_sessions import Bucket

QUEUE = 256
"""Frames that wait for a slow reader; when full, its connection is cut: the page reconnects and
catches up from the log."""

_SEND_S = 20.0
_CLOSE_S = 3.0
_FRAMES_AT_ONCE = 60
_FRAMES_PER_S = 20.0


class Tab:
    """A connected page. ``monotonic`` is a clock in seconds that never goes back."""

    def __init__(
        self,
        ws: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        monotonic: Callable[[], float],
    ) -> None:
        self._ws = ws
        self._transport = transport
        self._monotonic = monotonic
        self._frames: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        self._bucket = Bucket(_FRAMES_AT_ONCE, _FRAMES_PER_S)

    def offer(self, frame: str) -> None:
        """Send the frame soon; never waits."""
        try:
            self._frames.put_nowait(frame)
        except asyncio.QueueFull:
            self._cut()

    async def write(self) -> None:
        """Send what is offered until the connection ends."""
        try:
            while True:
                frame = await self._frames.get()
                async with asyncio.timeout(_SEND_S):
                    await self._ws.send_str(frame)
        except (ClientConnectionResetError, ConnectionError, TimeoutError):
            self._cut()  # the reader sees the end, and the page comes back for the rest

    async def read(self) -> web_frames.FromPage | None:
        """The next frame; None at the end, which a page that breaks the rules brings about."""
        message = await self._ws.receive()
        if message.type is not WSMsgType.TEXT:
            if message.type is WSMsgType.BINARY:
                await self.close(WSCloseCode.UNSUPPORTED_DATA)
            return None
        if self._bucket.wait_s(self._monotonic()):
            await self.close(WSCloseCode.POLICY_VIOLATION)
            return None
        try:
            return web_frames.decode(message.data)
        except msgspec.DecodeError:
            await self.close(WSCloseCode.INVALID_TEXT)
            return None

    async def close(self, code: WSCloseCode) -> None:
        """Say goodbye with this code; a page that takes too long to hear it is cut."""
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self._ws.close(code=code)
        except (ConnectionError, TimeoutError):
            self._cut()

    def _cut(self) -> None:
        if self._transport is not None:
            self._transport.abort()
