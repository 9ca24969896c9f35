"""Keeps Discord's limit over all requests, which discord.py learns of only by breaking it.

The limits of single channels are discord.py's business: it reads them from every answer.
"""

import asyncio
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Final

import aiohttp

from bot.platforms.windows import Way, Window

PER_SECOND: Final = 50
"""https://discord.com/developers/docs/topics/rate-limits#global-rate-limit"""
SECOND_S: Final = 1.002
"""With a little air for clocks that differ."""
_UNCOUNTED: Final = ("/interactions/", "/webhooks/")
"""Answers to interactions have no part in it, says the same page."""


class Pace:
    """Holds requests back until they may go, in the order they came; ``trace`` is for the client's
    HTTP session. ``second_s`` is how long Discord's second lasts."""

    def __init__(self, second_s: float = SECOND_S) -> None:
        self._way = Way()
        self._window = Window(PER_SECOND, second_s, self._way)
        self._turn = asyncio.Lock()
        self._through = asyncio.Event()
        self.waiting = 0
        """Requests that wait for their turn."""
        self.trace = aiohttp.TraceConfig()
        self.trace.on_request_start.append(self._begin)
        self.trace.on_request_end.append(self._answered)
        self.trace.on_request_exception.append(self._failed)

    async def _begin(
        self,
        _session: aiohttp.ClientSession,
        request: SimpleNamespace,
        about: aiohttp.TraceRequestStartParams,
    ) -> None:
        request.ticket = None
        if any(part in about.url.path for part in _UNCOUNTED):
            return
        self.waiting += 1
        try:
            async with self._turn:
                while wait_s := self._window.wait_s(time.monotonic()):
                    self._through.clear()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(wait_s):
                            await self._through.wait()
                request.left_s = time.monotonic()
                request.ticket = self._window.begin(request.left_s)
        finally:
            self.waiting -= 1

    async def _answered(
        self, _session: aiohttp.ClientSession, request: SimpleNamespace, _about: object
    ) -> None:
        if request.ticket is not None:
            self._way.answered(time.monotonic() - request.left_s)
            self._end(request, answered=True)

    async def _failed(
        self, _session: aiohttp.ClientSession, request: SimpleNamespace, _about: object
    ) -> None:
        if request.ticket is not None:
            self._end(request, answered=False)

    def _end(self, request: SimpleNamespace, *, answered: bool) -> None:
        self._window.end(request.ticket, time.monotonic(), answered=answered)
        request.ticket = None
        self._through.set()


class LimitOver(asyncio.Event):
    """Is set but for the time of Discord's limit over all requests, in place of discord.py's.

    There the request that met the limit sets it after its pause. One that is cancelled meanwhile
    never does, and no other would ever go: here it is set after ``longest_s`` at the latest.
    """

    def __init__(self, longest_s: float) -> None:
        super().__init__()
        self._longest_s = longest_s
        self._end: asyncio.TimerHandle | None = None
        self.set()

    def clear(self) -> None:
        """The limit is met."""
        self._forget_end()
        super().clear()
        self._end = asyncio.get_running_loop().call_later(self._longest_s, self.set)

    def set(self) -> None:
        """It is over."""
        self._forget_end()
        super().set()

    def _forget_end(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None
