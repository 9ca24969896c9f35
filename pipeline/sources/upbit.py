"""Upbit, live: one connection, kept; its tickers in won, each coin's newest price first.

Facts (FACTS E.1): a request replaces the one before it, 5 messages a second and 100 a minute, 5
connections a second; idle for about 120 s a connection is closed, which the pings of every engine
prevent (sockets.PING_S). 429 and 418 mean to stay away.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import Annotated

import msgspec

from pipeline.addresses import HttpUrl, WsUrl
from pipeline.errors import FrameError, SourceError, TooFast
from pipeline.model import Event, Feed
from pipeline.sources import sockets
from pipeline.sources.sockets import Socket, SocketClosed
from pipeline.sources.upbit_frames import VENUE, Alive, Refusal, parse, request

log = logging.getLogger("goraebot.upbit")

Positive = Annotated[float, msgspec.Meta(gt=0)]

PACE_S = 1.0
"""Between two requests on one connection."""
STEADY_S = 60.0
"""A connection that lasted so long was no failure."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[upbit]``"""

    enabled: bool = True
    ws_url: WsUrl = "wss://api.upbit.com/websocket/v1"
    rest_url: HttpUrl = "https://api.upbit.com/v1"
    silence_s: Positive = 60.0
    backoff_floor_s: Positive = 1.0
    backoff_cap_s: Positive = 60.0


class Status(msgspec.Struct, frozen=True):
    """How the source is doing: ``problem`` as in sources.binance.Status, ``detail`` the exact text
    for operators."""

    problem: str
    detail: str
    frames: int
    bad_frames: int
    reconnects: int


class UpbitSource:
    """A Source of the tickers that are followed (``upbit:KRW-BTC``). It has no buffer of its own:
    what is not taken waits in the socket, which is bounded (see sockets.WAITING)."""

    def __init__(
        self,
        settings: Settings,
        *,
        open_socket: Callable[[str], Awaitable[Socket]] = sockets.open_socket,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._open_socket = open_socket
        self._monotonic = monotonic
        self._codes: frozenset[str] = frozenset()
        self._changed = asyncio.Event()
        self._failures = 0
        self._blocked_until_s = 0.0
        self._opened_s = float("-inf")
        self._problem, self._detail = "connecting", ""
        self._lost = ""
        self._frames = self._bad = self._reconnects = 0

    async def follow(self, wanted: Collection[Feed]) -> None:
        """See pipeline.ports.Source. Feeds of other exchanges are left out."""
        codes = frozenset(
            feed.symbol.partition(":")[2] for feed in wanted if feed.symbol.startswith(f"{VENUE}:")
        )
        if codes != self._codes:
            self._codes = codes
            self._changed.set()

    def status(self) -> Status:
        """How it is going."""
        return Status(self._problem, self._detail, self._frames, self._bad, self._reconnects)

    async def stream(self) -> AsyncIterator[Event]:
        """See pipeline.ports.Source. Never ends by itself."""
        while True:
            while not self._codes:
                self._changed.clear()
                await self._changed.wait()
            socket = await self._open()
            try:
                async with contextlib.aclosing(self._read(socket)) as events:
                    async for event in events:
                        yield event
            except (SocketClosed, TimeoutError) as error:
                self._lose(str(error) or "a request could not be sent")
            finally:
                await sockets.leave(socket)

    async def _open(self) -> Socket:
        """Open a connection, however long it takes."""
        while True:
            await asyncio.sleep(self._pause_s())
            self._opened_s = self._monotonic()
            self._failures += 1  # taken back once the connection has proved itself
            try:
                return await self._open_socket(self._settings.ws_url)
            except SourceError as error:
                self._failed(error)

    def _pause_s(self) -> float:
        """Doubling, capped, with jitter; two attempts are never closer than the floor."""
        settings, now_s = self._settings, self._monotonic()
        floor_s = settings.backoff_floor_s
        most_s = min(settings.backoff_cap_s, floor_s * 2 ** min(self._failures, 10))
        wait_s = random.uniform(floor_s, max(floor_s, most_s)) if self._failures else 0.0
        return max(0.0, wait_s, self._opened_s + floor_s - now_s, self._blocked_until_s - now_s)

    def _failed(self, error: SourceError) -> None:
        problem = sockets.problem_of(error)
        if isinstance(error, TooFast):
            self._blocked_until_s = self._monotonic() + error.retry_after_s
        if problem != self._problem or self._failures in (10, 100):
            log.warning("Upbit cannot be reached: %s", error)
        self._problem, self._detail = problem, str(error)

    def _lose(self, reason: str) -> None:
        self._reconnects += 1
        if reason != self._lost:  # a request that is refused is refused again
            log.warning("Upbit connection lost: %s; reconnecting", reason)
        self._lost = reason
        self._problem = self._problem or "unreachable"
        self._detail = self._detail or reason

    async def _read(self, socket: Socket) -> AsyncGenerator[Event]:
        """Events of one connection. Raises SocketClosed, also for one that says nothing, and
        TimeoutError for one that takes no request."""
        heard_s = asked_s = self._monotonic()
        await self._ask(socket)
        silence_s = self._settings.silence_s
        pending: asyncio.Future[Sequence[bytes]] | None = None
        try:
            while True:
                if self._changed.is_set() and self._monotonic() - asked_s >= PACE_S:
                    asked_s = self._monotonic()
                    await self._ask(socket)
                pending = pending or asyncio.ensure_future(socket.recv())
                left_s = min(PACE_S, silence_s / 4)
                await asyncio.wait((pending,), timeout=left_s)
                now_s = self._monotonic()
                if pending.done():
                    frames, pending = pending.result(), None
                    for event in self._events(frames):
                        heard_s = now_s
                        yield event
                if now_s - heard_s > silence_s:
                    self._problem, self._detail = "silent", f"no price for {silence_s:g} s"
                    raise SocketClosed(f"silent for {silence_s:g} s")
        finally:
            if pending is not None:
                pending.cancel()
                with contextlib.suppress(asyncio.CancelledError, SocketClosed):
                    await pending

    async def _ask(self, socket: Socket) -> None:
        self._changed.clear()
        async with asyncio.timeout(self._settings.silence_s):
            await socket.send(request(self._codes))

    def _events(self, frames: Sequence[bytes]) -> list[Event]:
        found: list[Event] = []
        for frame in frames:
            self._frames += 1
            try:
                parsed = parse(frame)
            except FrameError as error:
                self._bad += 1
                if self._bad in (1, 10, 100) or self._bad % 1_000 == 0:
                    log.warning("Upbit: %d frames unreadable so far: %s", self._bad, error)
                continue
            for one in parsed:
                if isinstance(one, Refusal):
                    self._refused(one)
                elif not isinstance(one, Alive):
                    found.append(one)
        if found:
            self._flows()
        return found

    def _refused(self, refusal: Refusal) -> None:
        self._problem, self._detail = "refused", f"{refusal.name}: {refusal.message[:120]}"
        raise SocketClosed(f"refused: {self._detail}")

    def _flows(self) -> None:
        if self._problem:
            log.info("Upbit: prices are coming in")
        self._problem = self._detail = self._lost = ""
        if self._monotonic() - self._opened_s > STEADY_S:
            self._failures = 0
