"""Binance spot, live: sockets opened, kept, rotated before 24 h, reopened no faster than allowed.

Facts (FACTS A.1-A.3): at most 1,024 streams and 5 client messages a second per connection, 300
connection attempts per 5 minutes and address, 24 h of life, and ``serverShutdown`` without a
promised lead time. So: streams are spread over connections, control messages are batched and
spaced, a successor is opened before a connection is left, and ids tell what arrived twice or not.
"""

import asyncio
import contextlib
import itertools
import json
import logging
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping
from typing import Annotated
from urllib.parse import quote

import msgspec
from aiolimiter import AsyncLimiter

from pipeline.errors import FrameError, Refused, SourceError, TooFast
from pipeline.model import Book, Event, Feed, Ticker, Trade
from pipeline.sources.binance_frames import (
    AggTradeFrame,
    Answer,
    FrameParser,
    Shutdown,
    stream_name,
)
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.continuity import Continuity
from pipeline.sources.sockets import Socket, SocketClosed, open_socket

log = logging.getLogger("goraebot.binance")

Positive = Annotated[float, msgspec.Meta(gt=0)]

BUFFER = 50_000
"""Events between the sockets and the watch loop. Full: reading stops, the exchange cuts the slow
connection, and what was missed is back-filled after the reconnect."""

URL_STREAMS = 50
"""Streams named in the URL; the rest follow in SUBSCRIBE messages, URLs have a limit too."""
BATCH = 150
"""Streams per SUBSCRIBE message."""
PACE_S = 0.3
"""Between two control messages: 3.3/s, pings and pongs on top stay below 5/s."""
ATTEMPTS = 140
"""Connection attempts per 5 minutes; a leaky bucket may pass twice that, Binance allows 300."""
HEARTBEAT = Feed("BTCUSDT", "ticker")
"""Followed on every connection: it ticks every second, so that silence means failure."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[binance]``"""

    ws_url: str = "wss://data-stream.binance.vision"
    rest_url: str = "https://data-api.binance.vision"
    streams_per_connection: Annotated[int, msgspec.Meta(ge=2, le=1_024)] = 250
    silence_s: Positive = 15.0
    rotate_s: Annotated[float, msgspec.Meta(gt=0, lt=86_400)] = 85_800.0
    backoff_floor_s: Positive = 1.0
    backoff_cap_s: Positive = 60.0


class Status(msgspec.Struct, frozen=True):
    """How the source is doing. ``problem``: "" when data flows, else "connecting",
    "unreachable", "region" (451), "refused", "limited" (429/418) or "silent"; ``detail`` is the
    exact text for operators. ``heard_s`` is how long ago the last frame came."""

    problem: str
    detail: str
    connections: int
    streams: int
    heard_s: float | None
    delay_ms: float | None
    frames: int
    bad_frames: int
    ignored_frames: int
    reconnects: int
    rotations: int
    repeated: int
    recovered: int
    gaps: int
    waiting: int


class _Link:
    """One open socket and what has been asked of it."""

    def __init__(self, socket: Socket, streams: Iterable[str], now_s: float) -> None:
        self.socket = socket
        self.streams = set(streams)
        self.opened_s = self.heard_s = now_s
        self.heard = asyncio.Event()
        self.leaving = False
        self.unanswered: dict[int, list[str]] = {}
        self.answered = asyncio.Event()
        self.reader: asyncio.Task[str]  # started as soon as the link exists


class _Shard:
    """The streams of one connection, whatever socket carries them at the moment."""

    def __init__(self, number: int) -> None:
        self.name = f"connection {number}"
        self.streams: set[str] = set()
        self.changed = asyncio.Event()
        self.link: _Link | None = None
        self.failures = 0
        self.was_lost = False


class BinanceSource:
    """A Source. ``resume`` continues where an earlier run stopped (see Continuity.resume)."""

    def __init__(
        self,
        settings: Settings,
        rest: BinanceRest,
        *,
        resume: Mapping[str, tuple[int, int]] | None = None,
        open_socket: Callable[[str], Awaitable[Socket]] = open_socket,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._url = settings.ws_url.rstrip("/") + "/stream"
        self._open_socket = open_socket
        self._monotonic = monotonic
        self.continuity = Continuity(rest, self._emit, monotonic=monotonic)
        self._resumed = dict(resume or {})
        self.continuity.resume(self._resumed)
        self._shards: list[_Shard] = []
        self._assigned: dict[str, _Shard] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._attempts = AsyncLimiter(ATTEMPTS, 300)
        self._buffer: deque[Event] = deque()
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._parsers: list[FrameParser] = []
        self._book_ids: dict[str, int] = {}
        self._ticker_ms: dict[str, int] = {}
        self._ids = itertools.count(1)
        self._problem = "connecting"
        self._detail = ""
        self._delay_ms: float | None = None
        self._frames = 0
        self._bad = 0
        self._reconnects = 0
        self._rotations = 0

    # --- the Source -----------------------------------------------------------------------------

    async def stream(self) -> AsyncIterator[Event]:
        """See pipeline.ports.Source. Never ends by itself."""
        buffer = self._buffer
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            workers = [tasks.create_task(self.continuity.run(), name="backfill")]
            for shard in self._shards:
                tasks.create_task(self._keep(shard), name=shard.name)
            try:
                while True:
                    await self._filled.wait()
                    while buffer:
                        yield buffer.popleft()
                    self._filled.clear()
                    self._room.set()
            finally:
                self._tasks = None
                for worker in workers:
                    worker.cancel()

    async def follow(self, wanted: Collection[Feed]) -> None:
        """See pipeline.ports.Source."""
        names = {stream_name(feed): feed for feed in wanted}
        changed = set()
        gone = [name for name in self._assigned if name not in names]
        for name in gone:
            shard = self._assigned.pop(name)
            shard.streams.discard(name)
            changed.add(shard)
        self.continuity.forget(n.partition("@")[0].upper() for n in gone if n.endswith("@aggTrade"))
        room = self._settings.streams_per_connection - 1  # one is the heartbeat
        for name in sorted(names.keys() - self._assigned.keys()):
            found = next((s for s in self._shards if len(s.streams) < room), None)
            shard = found or self._new_shard()
            shard.streams.add(name)
            self._assigned[name] = shard
            changed.add(shard)
        for shard in changed:
            shard.changed.set()

    def status(self) -> Status:
        """How it is going, for /status, /healthz and the page."""
        now_s = self._monotonic()
        links = [s.link for s in self._shards if s.link is not None]
        heard = [now_s - link.heard_s for link in links if link.heard.is_set()]
        return Status(
            problem="" if heard and not self._all_lost() else self._problem,
            detail=self._detail,
            connections=len(links),
            streams=len(self._assigned),
            heard_s=min(heard, default=None),
            delay_ms=self._delay_ms,
            frames=self._frames,
            bad_frames=self._bad + sum(parser.bad for parser in self._parsers),
            ignored_frames=sum(parser.ignored for parser in self._parsers),
            reconnects=self._reconnects,
            rotations=self._rotations,
            repeated=self.continuity.repeated,
            recovered=self.continuity.recovered,
            gaps=self.continuity.gaps,
            waiting=len(self._buffer),
        )

    def _all_lost(self) -> bool:
        return all(shard.link is None for shard in self._shards)

    def _new_shard(self) -> _Shard:
        shard = _Shard(len(self._shards) + 1)
        self._shards.append(shard)
        if self._tasks is not None:
            self._tasks.create_task(self._keep(shard), name=shard.name)
        return shard

    def _emit(self, event: Event) -> None:
        self._buffer.append(event)
        if not self._filled.is_set():
            self._filled.set()

    # --- one connection -------------------------------------------------------------------------

    async def _keep(self, shard: _Shard) -> None:
        """Keep a connection for the shard's streams, for ever."""
        while True:
            link = await self._open(shard)
            shard.link = link
            if shard.was_lost or self._resumed:
                shard.was_lost = False
                self.continuity.check(
                    n.partition("@")[0].upper() for n in shard.streams if n.endswith("@aggTrade")
                )
            reason = await self._serve(shard, link)
            shard.link = None
            shard.was_lost = True
            self._reconnects += 1
            self._book_ids.clear()  # the exchange may count afresh after an outage
            log.warning("%s lost: %s; reconnecting", shard.name, reason)

    async def _open(self, shard: _Shard) -> _Link:
        """Open a socket for the shard's streams, however long it takes."""
        while True:
            if shard.failures:
                await asyncio.sleep(self._pause_s(shard.failures))
            await self._attempts.acquire()
            streams = sorted(shard.streams)[:URL_STREAMS]
            named = [stream_name(HEARTBEAT), *streams]
            shard.failures += 1  # taken back once the connection has proved itself
            try:
                # Some symbols are not ASCII (FACTS A.1).
                streams_text = quote("/".join(named), safe="/@!")
                socket = await self._open_socket(f"{self._url}?streams={streams_text}")
            except SourceError as error:
                self._failed(shard, error)
                if isinstance(error, TooFast):
                    await asyncio.sleep(error.retry_after_s)
                continue
            link = _Link(socket, named, self._monotonic())
            if self._tasks is None:
                raise RuntimeError("connections are opened while streaming only")
            link.reader = self._tasks.create_task(
                self._read(shard, link), name=f"{shard.name} reader"
            )
            return link

    def _pause_s(self, failures: int) -> float:
        """Doubling, capped, with jitter, and never below the floor."""
        settings = self._settings
        most = min(settings.backoff_cap_s, settings.backoff_floor_s * 2 ** min(failures, 10))
        return random.uniform(settings.backoff_floor_s, max(settings.backoff_floor_s, most))

    def _failed(self, shard: _Shard, error: SourceError) -> None:
        if isinstance(error, TooFast):
            problem = "limited"
        elif isinstance(error, Refused):
            problem = "region" if error.status == 451 else "refused"
        else:
            problem = "unreachable"
        if problem != self._problem or shard.failures in (1, 10, 100):
            log.warning("%s cannot be opened: %s", shard.name, error)
        self._problem, self._detail = problem, str(error)

    async def _serve(self, shard: _Shard, link: _Link) -> str:
        """Subscribe, watch for silence, rotate; returns why the connection is over."""
        settings = self._settings
        try:
            while True:
                if link.reader.done():
                    return link.reader.result()
                now_s = self._monotonic()
                if now_s - link.heard_s > settings.silence_s:
                    self._problem, self._detail = "silent", f"no frame for {settings.silence_s:g} s"
                    return f"silent for {settings.silence_s:g} s"
                if now_s - link.opened_s > settings.backoff_cap_s and link.heard.is_set():
                    shard.failures = 0
                if link.leaving or now_s - link.opened_s > settings.rotate_s:
                    link = await self._rotate(shard, link)
                try:
                    await self._subscribe(shard, link)
                except SocketClosed as error:
                    return str(error)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(1.0, settings.silence_s / 4)):
                        await shard.changed.wait()
                    shard.changed.clear()
        finally:
            await self._leave(link)

    async def _rotate(self, shard: _Shard, old: _Link) -> _Link:
        """Open a successor and wait until it delivers before leaving the old connection."""
        shard.failures = 0
        link = await self._open(shard)
        with contextlib.suppress(TimeoutError, SocketClosed):
            async with asyncio.timeout(self._settings.silence_s):
                await self._subscribe(shard, link)
                await link.heard.wait()
                while link.unanswered:
                    link.answered.clear()
                    await link.answered.wait()
        shard.link = link
        await self._leave(old)
        self._rotations += 1
        log.info("%s rotated", shard.name)
        return link

    async def _leave(self, link: _Link) -> None:
        if not link.reader.done():
            link.reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await link.reader
        try:
            async with asyncio.timeout(1.0):
                await link.socket.close()
        except TimeoutError:
            link.socket.abort()

    async def _subscribe(self, shard: _Shard, link: _Link) -> None:
        """Bring the connection's subscriptions in line with the shard's streams."""
        wanted = shard.streams | {stream_name(HEARTBEAT)}
        for method, names in (
            ("SUBSCRIBE", sorted(wanted - link.streams)),
            ("UNSUBSCRIBE", sorted(link.streams - wanted)),
        ):
            for at in range(0, len(names), BATCH):
                batch = names[at : at + BATCH]
                number = next(self._ids)
                link.unanswered[number] = batch
                async with asyncio.timeout(self._settings.silence_s):
                    await link.socket.send(
                        json.dumps({"method": method, "params": batch, "id": number})
                    )
                if method == "SUBSCRIBE":
                    link.streams.update(batch)
                else:
                    link.streams.difference_update(batch)
                await asyncio.sleep(PACE_S)

    async def _read(self, shard: _Shard, link: _Link) -> str:
        """Stamp, decode, hand on: nothing here waits for anything but the socket."""
        parser = FrameParser()
        self._parsers.append(parser)
        parse, recv, monotonic = parser.parse, link.socket.recv, self._monotonic
        buffer = self._buffer
        try:
            while True:
                frame = await recv()
                received_ms = time.time() * 1000
                link.heard_s = monotonic()
                self._frames += 1
                try:
                    event = parse(frame, received_ms)
                except FrameError as error:
                    self._skip(error)
                    continue
                if not link.heard.is_set():
                    self._began(link)
                if type(event) is AggTradeFrame:
                    delay_ms = received_ms - event.at_ms
                    known_ms = self._delay_ms
                    self._delay_ms = (
                        delay_ms if known_ms is None else known_ms + 0.02 * (delay_ms - known_ms)
                    )
                    self.continuity.on(event)
                elif event is not None:
                    self._other(shard, link, event)
                if len(buffer) >= BUFFER:
                    self._room.clear()
                    await self._room.wait()
        except SocketClosed as error:
            return str(error)
        finally:
            self._retire(parser)
            shard.changed.set()

    def _began(self, link: _Link) -> None:
        link.heard.set()
        if self._problem:
            log.info("market data is flowing")
        self._problem = self._detail = ""

    def _retire(self, parser: FrameParser) -> None:
        """Keep what a connection counted when it is over."""
        self._parsers.remove(parser)
        self._bad += parser.bad

    def _skip(self, error: FrameError) -> None:
        self._bad += 1
        if self._bad in (1, 10, 100) or self._bad % 1_000 == 0:  # sampled: garbage may come fast
            log.warning(
                "frame %d skipped, %d so far unreadable: %s", self._frames, self._bad, error
            )

    def _other(
        self, shard: _Shard, link: _Link, parsed: Event | list[Event] | Answer | Shutdown
    ) -> None:
        if isinstance(parsed, list):
            for event in parsed:
                self._newest(event)
        elif isinstance(parsed, Answer):
            names = link.unanswered.pop(parsed.id, []) if isinstance(parsed.id, int) else []
            link.answered.set()
            if parsed.code is not None:
                self._bad += 1
                log.error("refused (%s %s): %s", parsed.code, parsed.msg, ", ".join(names[:5]))
        elif isinstance(parsed, Shutdown):
            log.info("%s: the server is shutting down", shard.name)
            link.leaving = True
            shard.changed.set()
        else:
            self._newest(parsed)

    def _newest(self, event: Event) -> None:
        """Two connections may carry a stream while they overlap: older states are dropped."""
        if isinstance(event, Book):
            if event.update_id < self._book_ids.get(event.symbol, 0):
                return
            self._book_ids[event.symbol] = event.update_id
        elif isinstance(event, Ticker):
            if event.at_ms < self._ticker_ms.get(event.symbol, 0):
                return
            self._ticker_ms[event.symbol] = event.at_ms
        elif isinstance(event, Trade):
            self.continuity.on(event)
            return
        self._emit(event)
