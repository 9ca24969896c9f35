"""Binance, live: sockets opened, kept, rotated before 24 h, reopened no faster than allowed.

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
import math
import random
import time
from collections import deque
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Mapping,
    Sequence,
)
from functools import partial
from typing import Annotated
from urllib.parse import quote

import msgspec
from aiolimiter import AsyncLimiter

from pipeline.addresses import HttpUrl, WsUrl
from pipeline.course import Line, Lost, Noted, Outcome, Unfollowed
from pipeline.errors import FrameError, SourceError, TooFast
from pipeline.model import ALL, Channel, Event, Feed, Trade
from pipeline.notes import Note
from pipeline.ports import Tap
from pipeline.sources import sockets
from pipeline.sources.binance_frames import (
    Ahead,
    Answer,
    Books,
    FrameParser,
    Run,
    Shutdown,
    stream_name,
)
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.continuity import NO_ID, Continuity
from pipeline.sources.newest import Newest
from pipeline.sources.sockets import Engine, Socket, SocketClosed
from pipeline.sources.status import Status
from pipeline.sources.subscriptions import Subscriptions

log = logging.getLogger("goraebot.binance")

Positive = Annotated[float, msgspec.Meta(gt=0)]

BUFFER = 50_000
"""Events between the sockets and the watch loop. Full: reading stops, the exchange cuts the slow
connection, and what was missed is back-filled after the reconnect."""

FEW = 256
"""So many events are taken as they arrive (see ports.Prompt): a millisecond's work at most."""

URL_STREAMS = 50
"""Streams named in the URL; the rest follow in SUBSCRIBE messages, URLs have a limit too."""
PACE_S = 0.3
"""Between two control messages: 3.3/s, pings and pongs on top stay below 5/s."""
ATTEMPTS = 140
"""Connection attempts per 5 minutes; a leaky bucket may pass twice that, Binance allows 300."""
BANNED_S = 60.0
"""Between two connection attempts while REST may not be asked: whether sockets are banned with it
is not documented (FACTS A.2), and if they are, many attempts would prolong it."""
OVERLAP_S = 5.0
"""A connection is left after its successor carries everything and it has delivered once more, or
after so long: it ticks every 3 s at least (see Venue.heartbeat)."""
GRACE_S = 5.0
"""A connection that is back within so long was no problem worth telling."""
HEARTBEAT = Feed("BTCUSDT", "ticker")
"""Followed on every connection: it ticks every second, so that silence means failure."""


class Venue(msgspec.Struct, frozen=True):
    """A market of Binance: what its symbols are qualified with, the path of its streams, and what
    is followed on every connection, so that silence means failure."""

    name: str = ""
    path: str = "/stream"
    heartbeat: Feed = HEARTBEAT


SPOT = Venue()
FUTURES = Venue("binance-futures", "/market/stream", Feed(ALL, "mark"))
"""USDⓈ-M. Of its two groups of streams, each on connections of its own, the one with prices and
liquidations. On the path without a group, switched off 2026-04-23, subscribing succeeds and nothing
ever comes; of the heartbeat something does every 3 s."""
FUTURES_BOOKS = Venue(FUTURES.name, "/public/stream", Feed("BTCUSDT", "book"))
"""The other group: books, of which the heartbeat's never stands still."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[binance]``"""

    ws_url: WsUrl = "wss://data-stream.binance.vision"
    rest_url: HttpUrl = "https://data-api.binance.vision"
    streams_per_connection: Annotated[int, msgspec.Meta(ge=2, le=1_024)] = 250
    silence_s: Positive = 15.0
    rotate_s: Annotated[float, msgspec.Meta(gt=0, lt=86_400)] = 85_800.0
    backoff_floor_s: Positive = 1.0
    backoff_cap_s: Positive = 60.0
    engine: Engine = "auto"


class _Link:
    """One open socket and what has been asked of it."""

    def __init__(self, socket: Socket, asked: Subscriptions, now_s: float) -> None:
        self.socket = socket
        self.asked = asked
        self.opened_s = self.heard_s = now_s
        self.heard = asyncio.Event()
        self.leaving = False
        self.answered = asyncio.Event()
        self.reader: asyncio.Task[str]  # started as soon as the link exists


class _Shard:
    """The streams of one connection, whatever socket carries them at the moment."""

    def __init__(self, number: int, venue: str = "") -> None:
        self.name = f"{venue} connection {number}".lstrip()
        self.streams: set[str] = set()
        self.refused: set[str] = set()  # see Subscriptions
        self.changed = asyncio.Event()
        self.link: _Link | None = None
        self.failures = 0
        self.opened_s = -math.inf
        self.lost_s: float | None = None  # since when nothing is delivered, None while it is
        self.to_check = False  # trades may have been missed
        self.problem = "connecting"
        self.detail = ""

    @property
    def alive(self) -> bool:
        """Whether a socket is open."""
        return self.link is not None and not self.link.reader.done()

    @property
    def delivers(self) -> bool:
        """Whether a socket is open that has brought data."""
        return self.alive and self.link is not None and self.link.heard.is_set()


class BinanceSource:
    """A Source. ``resume`` continues where an earlier run stopped (see Continuity.resume);
    ``tap`` is given all that a recording needs to tell the same again."""

    def __init__(
        self,
        settings: Settings,
        rest: BinanceRest,
        *,
        resume: Mapping[str, tuple[int, int]] | None = None,
        tap: Tap | None = None,
        venue: Venue = SPOT,
        open_socket: Callable[[str], Awaitable[Socket]] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._venue = venue
        self._heartbeat = stream_name(venue.heartbeat)
        self._url = settings.ws_url.rstrip("/") + venue.path
        self._open_socket = open_socket or partial(sockets.open_socket, engine=settings.engine)
        self._monotonic = monotonic
        self._rest = rest
        self._tap = tap
        self._emitted = 0
        self._buffer: deque[Event] = deque()
        self._take: Callable[[], None] | None = None
        self._reading = False  # more may be emitted before anybody should take it
        self.continuity = Continuity(
            rest,
            self._emit,
            noted=self._note_outcome,
            room=self._has_room,
            at_once=rest.backfills,
            connected=lambda: any(shard.alive for shard in self._shards),
            monotonic=monotonic,
        )
        self.continuity.resume(resume or {})
        self._shards: list[_Shard] = []
        self._assigned: dict[str, _Shard] = {}
        self._followed_s: dict[str, float] = {}  # since when, by stream
        self._tasks: asyncio.TaskGroup | None = None
        self._attempts = AsyncLimiter(ATTEMPTS, 300)
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._blocked_until_s = 0.0  # as sockets were told
        self._tried_s = -math.inf  # when a socket was last tried while REST was blocked
        self._parsers: list[FrameParser] = []
        self._news = Newest()
        self._ahead = Ahead()
        self._ids = itertools.count(1)
        self._ever_heard = False
        self._delay_ms: float | None = None
        self._frames = 0
        self._bad = 0
        self._ignored = 0
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

    @property
    def waiting(self) -> deque[Event]:
        """See pipeline.ports.Buffered."""
        return self._buffer

    def call(self, take: Callable[[], None]) -> None:
        """See pipeline.ports.Prompt."""
        self._take = take

    async def follow(self, wanted: Collection[Feed]) -> None:
        """See pipeline.ports.Source."""
        names = {stream_name(feed): feed for feed in wanted}
        changed = set()
        gone = [name for name in self._assigned if name not in names]
        for name in gone:
            shard = self._assigned.pop(name)
            del self._followed_s[name]
            shard.streams.discard(name)
            shard.refused.discard(name)
            changed.add(shard)
        self.continuity.forget(self._symbols(gone, "trade"))
        if books := self._symbols(gone, "book"):
            self._news.forget(books)
            self._write(Unfollowed((), tuple(books)))
        room = self._settings.streams_per_connection - 1  # one is the heartbeat
        for name in sorted(names.keys() - self._assigned.keys()):
            found = next((s for s in self._shards if len(s.streams) < room), None)
            shard = found or self._new_shard()
            shard.streams.add(name)
            self._assigned[name] = shard
            self._followed_s[name] = self._monotonic()
            changed.add(shard)
            if self.continuity.positions.keys() & self._symbols((name,), "trade"):
                shard.to_check = True  # it goes on where an earlier run, or another source, stopped
        for shard in changed:
            shard.changed.set()

    def status(self) -> Status:
        """How it is going, for /status, /healthz and the page.

        The oldest connection counts: half the symbols without data is not well.
        """
        now_s = self._monotonic()
        shards = [shard for shard in self._shards if shard.streams]
        ages = [now_s - s.link.heard_s for s in shards if s.link and s.link.heard.is_set()]
        ages += [now_s - s.lost_s for s in shards if s.lost_s is not None and self._ever_heard]
        # A link that has just opened and not spoken yet is no news; one that stays mute is.
        down = [s for s in shards if not s.delivers and (not ages or max(ages) > GRACE_S)]
        problem, detail = "", ""
        if down or not ages:
            worst = (down or shards or [_Shard(0)])[0]
            problem, detail = worst.problem or "connecting", worst.detail
            if down and len(down) < len(shards):
                detail = f"{len(down)} of {len(shards)} connections are down: {detail}"
        return Status(
            problem=problem,
            detail=detail,
            connections=sum(shard.link is not None for shard in self._shards),
            streams=len(self._assigned),
            refused=sum(len(shard.refused & shard.streams) for shard in self._shards),
            heard_s=max(ages, default=None),
            delay_ms=self._delay_ms,
            frames=self._frames,
            bad_frames=self._bad + sum(parser.bad for parser in self._parsers),
            ignored_frames=self._ignored + sum(parser.ignored for parser in self._parsers),
            reconnects=self._reconnects,
            rotations=self._rotations,
            repeated=self.continuity.repeated,
            recovered=self.continuity.recovered,
            gaps=self.continuity.gaps,
            waiting=len(self._buffer),
        )

    def last_trade(self, symbol: str) -> Trade | None:
        """The newest trade of a symbol that came, None if none did since it is followed."""
        return self.continuity.positions.get(symbol)

    def reopen(self, feed: Feed) -> None:
        """Deliver a feed by a new connection, and what was missed of it."""
        shard = self._assigned.get(stream_name(feed))
        if shard is not None and shard.link is not None:
            self._may_lack(shard, shard.link)
            shard.link.leaving = True
            shard.changed.set()

    def settle(self, now_ms: int) -> None:
        """Another source goes on with trades: see Continuity.settle."""
        for shard in self._shards:
            if shard.to_check:
                self.continuity.check(self._symbols(shard.streams, "trade"))
        self.continuity.settle(now_ms)

    def _symbols(self, streams: Iterable[str], channel: Channel) -> list[str]:
        """The symbols whose trades, or books, these streams carry."""
        market = f"{self._venue.name}:" if self._venue.name else ""
        suffix = stream_name(Feed("", channel))
        carried = (name for name in streams if name.endswith(suffix))
        return [market + name.partition("@")[0].upper() for name in carried]

    def _new_shard(self) -> _Shard:
        shard = _Shard(len(self._shards) + 1, self._venue.name)
        self._shards.append(shard)
        if self._tasks is not None:
            self._tasks.create_task(self._keep(shard), name=shard.name)
        return shard

    def _emit(self, events: Sequence[Event]) -> None:
        self._buffer.extend(events)
        self._emitted += len(events)
        if not self._reading:
            self._filled.set()

    def _hand_over(self) -> None:
        """Everything that was received together has been emitted."""
        if self._take is not None and len(self._buffer) <= FEW:
            self._take()
        elif self._buffer:
            self._filled.set()

    async def _has_room(self) -> None:
        if len(self._buffer) >= BUFFER:
            self._room.clear()
            await self._room.wait()

    # --- what a recording needs -----------------------------------------------------------------

    def note(self, note: Note) -> None:
        """Write down what the watch noted, with how many events it has been given."""
        self._write(Noted(self._emitted - len(self._buffer), note))

    def _note_outcome(self, outcome: Outcome) -> None:
        self._write(outcome)

    def _write(self, line: Line) -> None:
        if self._tap is not None:
            self._tap.line(line, self._emitted)

    # --- one connection -------------------------------------------------------------------------

    async def _keep(self, shard: _Shard) -> None:
        """Keep a connection for the shard's streams, for ever."""
        shard.lost_s = self._monotonic()
        while True:
            link = shard.link = await self._open(shard)
            reason, link = await self._serve(shard, link)
            self._lose(shard, link)
            log.warning("%s lost: %s; reconnecting", shard.name, reason)

    def _lose(self, shard: _Shard, link: _Link) -> None:
        self._may_lack(shard, link)
        shard.link = None
        if link.heard.is_set():  # one that stayed mute changes nothing about since when
            shard.lost_s = link.heard_s
        self._reconnects += 1
        shard.problem = shard.problem or "unreachable"
        self._news.count_afresh()
        self._write(Lost())

    def _may_lack(self, shard: _Shard, link: _Link) -> None:
        """A link may not have delivered all. Of symbols that nothing has come of there is no id to
        go on from, but the time since when they are followed, or the link is open."""
        shard.to_check = True
        if not self._ever_heard:
            return  # nor is the exchange's time known
        now_s, now_ms = self._monotonic(), time.time_ns() / 1e6 + self._ahead.ms
        mute: dict[str, tuple[int, int]] = {}
        for name in shard.streams:
            age_s = now_s - max(link.opened_s, self._followed_s[name])
            for symbol in self._symbols((name,), "trade"):
                if symbol not in self.continuity.positions:
                    mute[symbol] = NO_ID, int(now_ms - age_s * 1000)
        self.continuity.resume(mute)

    async def _open(self, shard: _Shard) -> _Link:
        """Open a socket for the shard's streams, however long it takes."""
        while True:
            await self._turn(shard)
            shard.opened_s = self._monotonic()
            streams = sorted(shard.streams - shard.refused)[:URL_STREAMS]
            named = [self._heartbeat, *streams]
            shard.failures += 1  # taken back once the connection has proved itself
            try:
                # Some symbols are not ASCII (FACTS A.1).
                streams_text = quote("/".join(named), safe="/@!")
                socket = await self._open_socket(f"{self._url}?streams={streams_text}")
            except SourceError as error:
                self._failed(shard, error)
                continue
            asked = Subscriptions(named, self._heartbeat, shard.refused)
            link = _Link(socket, asked, self._monotonic())
            if self._tasks is None:
                raise RuntimeError("connections are opened while streaming only")
            link.reader = self._tasks.create_task(
                self._read(shard, link), name=f"{shard.name} reader"
            )
            return link

    async def _turn(self, shard: _Shard) -> None:
        """Wait until a connection may be tried, which is then this one's turn."""
        await asyncio.sleep(self._pause_s(shard))
        while True:
            wait_s, why = self._blocked()
            if wait_s <= 0:
                break
            if shard.problem != "limited":
                log.warning("%s cannot be opened yet: %s", shard.name, why)
            shard.problem, shard.detail = "limited", why
            await asyncio.sleep(wait_s)
        if self._rest.blocked_s > 0:
            self._tried_s = self._monotonic()
        await self._attempts.acquire()

    def _blocked(self) -> tuple[float, str]:
        """For how long no connection may be tried, and why. Limits are per address: a refusal of
        one is for all, while one of REST makes attempts rare."""
        now_s, banned_s = self._monotonic(), self._rest.blocked_s
        if now_s < self._blocked_until_s:
            wait_s = self._blocked_until_s - now_s
            return wait_s, f"connections are refused for {wait_s:.0f} s"
        wait_s = min(banned_s, self._tried_s + BANNED_S - now_s)
        return wait_s, f"REST is blocked for {banned_s:.0f} s, and connections are tried rarely"

    def _pause_s(self, shard: _Shard) -> float:
        """Doubling, capped, with jitter; two attempts are never closer than the floor."""
        settings = self._settings
        floor_s = settings.backoff_floor_s
        since_s = self._monotonic() - shard.opened_s
        if shard.failures == 0:
            return max(0.0, floor_s - since_s)
        most_s = min(settings.backoff_cap_s, floor_s * 2 ** min(shard.failures, 10))
        return max(random.uniform(floor_s, max(floor_s, most_s)), floor_s - since_s)

    def _failed(self, shard: _Shard, error: SourceError) -> None:
        problem = sockets.problem_of(error)
        if isinstance(error, TooFast):
            until_s = self._monotonic() + error.retry_after_s
            self._blocked_until_s = max(self._blocked_until_s, until_s)
            self._rest.block(error.retry_after_s)
        if problem != shard.problem or shard.failures in (10, 100):
            log.warning("%s cannot be opened: %s", shard.name, error)
        shard.problem, shard.detail = problem, str(error)

    async def _serve(self, shard: _Shard, link: _Link) -> tuple[str, _Link]:
        """Subscribe, watch for silence, rotate; returns why the connection is over, and the last
        one."""
        settings = self._settings
        try:
            while True:
                if link.reader.done():
                    return link.reader.result(), link
                now_s = self._monotonic()
                if now_s - link.heard_s > settings.silence_s:
                    shard.problem, shard.detail = "silent", f"no frame for {settings.silence_s:g} s"
                    return f"silent for {settings.silence_s:g} s", link
                unanswered = link.asked.unanswered.values()
                if any(now_s - asked.at_s > settings.silence_s for asked in unanswered):
                    return f"no answer to SUBSCRIBE for {settings.silence_s:g} s", link
                if now_s - link.opened_s > settings.backoff_cap_s and link.heard.is_set():
                    shard.failures = 0
                if link.leaving or now_s - link.opened_s > settings.rotate_s:
                    link = await self._rotate(shard, link)
                try:
                    complete = await self._subscribe(shard, link)
                except (SocketClosed, TimeoutError) as error:
                    return str(error) or "a message could not be sent", link
                if complete and shard.to_check:
                    # Not before: a trade between the check and the subscription would be missed.
                    shard.to_check = False
                    self.continuity.check(self._symbols(shard.streams, "trade"))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(1.0, settings.silence_s / 4)):
                        await shard.changed.wait()
                    shard.changed.clear()
        finally:
            await self._leave(link)

    async def _rotate(self, shard: _Shard, old: _Link) -> _Link:
        """Open a successor and wait until it delivers before leaving the old connection."""
        if self._monotonic() - old.opened_s > self._settings.backoff_cap_s:
            shard.failures = 0
        link = await self._open(shard)
        overlapped = False
        with contextlib.suppress(TimeoutError, SocketClosed):
            async with asyncio.timeout(self._settings.silence_s):
                await self._subscribe(shard, link)
                await link.heard.wait()
                while link.asked.unanswered:
                    link.answered.clear()
                    await link.answered.wait()
            overlapped = await self._goes_on(old)
        if not overlapped or shard.streams - link.asked.carried - shard.refused:
            self._may_lack(shard, old)
        if old.reader.done():  # it did not last that long
            self._lose(shard, old)
        else:
            self._rotations += 1
            log.info("%s rotated", shard.name)
        shard.link, shard.lost_s = link, None if link.heard.is_set() else old.heard_s
        await self._leave(old)
        return link

    async def _goes_on(self, link: _Link) -> bool:
        """Whether a link delivers although its successor carries everything: then it has delivered
        all before that. One that fell silent or ended may not have."""
        carried_s = self._monotonic()
        for _ in range(25):
            if link.heard_s > carried_s or link.reader.done():
                break
            await asyncio.sleep(OVERLAP_S / 25)
        return link.heard_s > carried_s

    async def _leave(self, link: _Link) -> None:
        if not link.reader.done():
            link.reader.cancel()
            await asyncio.wait([link.reader])  # awaited itself, it would swallow our own end
        await sockets.leave(link.socket)

    async def _subscribe(self, shard: _Shard, link: _Link) -> bool:
        """Bring the connection's subscriptions in line with the shard's streams; whether they
        are (see Subscriptions.complete)."""
        asked, wanted = link.asked, shard.streams | {self._heartbeat}
        for method, names in asked.due(wanted, self._monotonic()):
            number = next(self._ids)
            asked.ask(number, method, names, self._monotonic())
            text = json.dumps({"method": method, "params": names, "id": number})
            async with asyncio.timeout(self._settings.silence_s):
                await link.socket.send(text)
            await asyncio.sleep(PACE_S)
        return asked.complete(shard.streams | {self._heartbeat})

    async def _read(self, shard: _Shard, link: _Link) -> str:
        """Stamp, decode, hand on: nothing here waits for anything but the socket."""
        parser = FrameParser(venue=self._venue.name, ahead=self._ahead)
        self._parsers.append(parser)
        parse, recv, trades = parser.parse_all, link.socket.recv, self.continuity.on
        now_ns, monotonic_s, buffer, tap = time.time_ns, self._monotonic, self._buffer, self._tap
        heard = False
        try:
            while True:
                frames = await recv()
                received_ns = now_ns()
                received_ms = received_ns / 1e6
                if tap is not None:
                    tap.frames(frames, received_ns, self._emitted)
                link.heard_s = monotonic_s()
                self._frames += len(frames)
                bad, answers = self._bad, 0
                self._reading = True
                for parsed in parse(frames, received_ms, self._skip):
                    if isinstance(parsed, Run):
                        trades(parsed.trades)
                        self._note_delay(received_ms - parsed.trades[-1].at_ms)
                    elif isinstance(parsed, Books):
                        self._emit(self._news.newer(parsed.books))
                    else:
                        answers += isinstance(parsed, Answer)  # which is no data
                        self._other(shard, link, parsed)
                self._reading = False
                self._hand_over()
                if not heard and self._bad - bad + answers < len(frames):
                    heard = True
                    self._began(shard, link)
                if len(buffer) >= BUFFER:
                    await self._has_room()
        except SocketClosed as error:
            return str(error)
        finally:
            self._retire(parser)
            shard.changed.set()

    def _note_delay(self, delay_ms: float) -> None:
        known_ms = self._delay_ms
        self._delay_ms = delay_ms if known_ms is None else known_ms + 0.02 * (delay_ms - known_ms)

    def _began(self, shard: _Shard, link: _Link) -> None:
        link.heard.set()
        if shard.problem:
            log.info("%s: market data is flowing", shard.name)
        shard.problem = shard.detail = ""
        shard.lost_s = None
        self._ever_heard = True

    def _retire(self, parser: FrameParser) -> None:
        """Keep what a connection counted when it is over."""
        self._parsers.remove(parser)
        self._bad += parser.bad
        self._ignored += parser.ignored

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
            self._answered(shard, link, parsed)
        elif isinstance(parsed, Shutdown):
            log.info("%s: the server is shutting down", shard.name)
            link.leaving = True
            shard.changed.set()
        else:
            self._newest(parsed)

    def _answered(self, shard: _Shard, link: _Link, answer: Answer) -> None:
        refusal = "" if answer.code is None else f"{answer.code} {answer.msg}"
        self._bad += bool(refusal)
        link.asked.heed(answer.id, refusal, self._monotonic())
        link.answered.set()
        shard.changed.set()

    def _newest(self, event: Event) -> None:
        """Two connections may carry a stream while they overlap: older states are dropped."""
        if isinstance(event, Trade):
            self.continuity.on((event,))
        elif self._news.is_news(event):
            self._emit((event,))
