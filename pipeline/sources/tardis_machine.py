"""Other exchanges, and Binance, live through a tardis-machine that the operator runs.

It is no relay with a memory: what it does not hand on is lost, and each of its connections carries
what was asked for when it was opened. So a change of pairs opens a successor and waits for its
first message before the old connection is left, a trade counts once by the exchange's own id, and a
loss is a Gap. On every connection a pair is followed that is never quiet, so that silence means
failure.
"""

import asyncio
import contextlib
import logging
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final, Literal

import msgspec

from pipeline.errors import FrameError, SourceError
from pipeline.model import Event, Feed, Gap, Trade
from pipeline.sources import sockets
from pipeline.sources.sockets import Socket, SocketClosed
from pipeline.sources.tardis_frames import (
    Disconnected,
    Failed,
    NormalisedParser,
    address,
    unusable,
)
from pipeline.venues import foreign, pair_of

log = logging.getLogger("goraebot.tardis")

BUFFER: Final = 50_000
"""Events that wait. Full: reading stops, tardis-machine cuts the slow connection, and that is a
Gap."""
PAIRS: Final = 100
"""On one connection: they are named in its address."""
FLOOR_S: Final = 1.0
CAP_S: Final = 60.0
HEALTHY_S: Final = 60.0
"""After so long the next pause is a short one again."""
AHEAD_MS: Final = 120_000
"""A time so far in the future is a mistake, and would make all else seem old. The newest one that
was taken goes on as well: a clock that is set back makes no future of the present."""
IDS: Final = 2_000
"""Ids of trades kept of each pair: two connections may tell the same."""
LOOK_S: Final = 1.0

Problem = Literal["", "connecting", "unreachable", "silent", "ahead", "exchange"]


class Settings(msgspec.Struct, frozen=True):
    """``url`` of tardis-machine's WebSocket port; ``sizes`` see venues.Pair."""

    url: str
    silence_s: float = 15.0
    sizes: Mapping[str, float] = {}


class Status(msgspec.Struct, frozen=True):
    """How one exchange's data are. ``problem`` "" when they flow; "exchange": tardis-machine has no
    connection to it; "ahead": all times are far in the future, by this machine's clock.
    ``well_s``: for how long they have flowed; ``mute``: pairs never heard of."""

    exchange: str
    problem: Problem
    detail: str
    well_s: float
    pairs: int
    mute: tuple[str, ...]


class _Group:
    """The pairs of one connection."""

    def __init__(self, exchange: str, number: int) -> None:
        self.exchange = exchange
        self.name = f"{exchange} {number}"
        self.names: set[str] = set()
        self.changed = asyncio.Event()
        self.problem: Problem = "connecting"
        self.detail = ""
        self.heard_s: float | None = None  # since it was opened
        self.ahead = False  # what came last was refused for its time
        self.well_since_s: float | None = None
        self.since_s = 0.0
        self.newest_ms = 0
        self.lost_ms: int | None = None  # since when events are missing
        self.task: asyncio.Task[None] | None = None

    @property
    def symbols(self) -> tuple[str, ...]:
        """The pairs as events have them."""
        return tuple(pair_of(f"{self.exchange}:{name}").info.symbol for name in self.names)


class MachineSource:
    """A Source. Symbols are as in pipeline.venues; of each pair everything is delivered that is of
    use (tardis_frames.TYPES), whatever channel was asked for.

    ``newest`` are the times of the last trades by symbol. ``bad`` messages, ``gaps`` and
    ``repeated`` trades are counted. ``spot``: whether Binance's own pairs are handed on.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        open_socket: Callable[[str], Awaitable[Socket]] = sockets.open_socket,
        monotonic: Callable[[], float] = time.monotonic,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._now_ms = now_ms
        self._settings = settings
        self._open_socket = open_socket
        self._monotonic = monotonic
        self._parser = NormalisedParser(settings.sizes)
        self._groups: dict[str, list[_Group]] = {}
        self._wanted: frozenset[str] = frozenset()
        self._refused: set[str] = set()
        self._heard: dict[str, int] = {}  # symbol → time of its newest event
        self._away: dict[str, int] = {}  # the same of those that were followed before
        self._ids: dict[str, tuple[set[str], deque[str]]] = {}
        self._newest_ms, self._newest_s = 0, 0.0  # the newest time taken, and when it was
        self._buffer: deque[Event] = deque()
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self._told_s = -3_600.0
        self.newest: dict[str, int] = {}
        self.spot = True
        self.bad = 0
        self.gaps = 0
        self.repeated = 0

    # --- the Source -----------------------------------------------------------------------------

    async def stream(self) -> AsyncIterator[Event]:
        """See pipeline.ports.Source. Never ends by itself."""
        buffer = self._buffer
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for groups in self._groups.values():
                for group in groups:
                    self._start(group)
            try:
                while True:
                    await self._filled.wait()
                    while buffer:
                        yield buffer.popleft()
                    self._filled.clear()
                    self._room.set()
            finally:
                self._tasks = None
                for group in [group for groups in self._groups.values() for group in groups]:
                    if group.task is not None:
                        group.task.cancel()

    @property
    def waiting(self) -> deque[Event]:
        """See pipeline.ports.Buffered."""
        return self._buffer

    async def follow(self, wanted: Collection[Feed]) -> None:
        """See pipeline.ports.Source. What cannot be followed is left out and named in the log."""
        symbols = set()
        for symbol in {feed.symbol for feed in wanted}:
            why = unusable(symbol, self._settings.sizes)
            if not why:
                symbols.add(symbol)
            elif symbol not in self._refused:
                self._refused.add(symbol)
                log.error("not followed: %s", why)
        gone, new = self._wanted - symbols, symbols - self._wanted
        self._wanted = frozenset(symbols)
        for symbol in gone:
            pair = pair_of(symbol)
            for group in self._groups.get(pair.exchange, ()):
                if pair.name in group.names:
                    group.names.discard(pair.name)
                    group.changed.set()
            if symbol in self._heard:
                self._away[symbol] = self._heard.pop(symbol)
            self.newest.pop(symbol, None)
            self._ids.pop(symbol, None)
        for symbol in sorted(new):
            pair = pair_of(symbol)
            groups = self._groups.setdefault(pair.exchange, [])
            group = next((g for g in groups if len(g.names) < PAIRS), None) or self._add(
                pair.exchange, groups
            )
            group.names.add(pair.name)
            group.changed.set()
        for exchange in list(self._groups):
            groups = self._groups[exchange]
            for group in [g for g in groups if not g.names]:
                groups.remove(group)
                if group.task is not None:
                    group.task.cancel()
            if not groups:
                del self._groups[exchange]

    def _add(self, exchange: str, groups: list[_Group]) -> _Group:
        group = _Group(exchange, len(groups) + 1)
        group.since_s = self._monotonic()
        groups.append(group)
        self._start(group)
        return group

    def _emit(self, event: Event) -> None:
        self._buffer.append(event)
        self._filled.set()

    def status(self) -> list[Status]:
        """How each exchange is, for /status."""
        now_s = self._monotonic()
        found = []
        for exchange, groups in self._groups.items():
            worst = next((g for g in groups if g.problem), groups[0])
            well = [0.0 if g.well_since_s is None else now_s - g.well_since_s for g in groups]
            names = {symbol for group in groups for symbol in group.symbols}
            long_enough = all(now_s - g.since_s > HEALTHY_S for g in groups)
            mute = sorted(names - self._heard.keys()) if long_enough and not worst.problem else []
            found.append(
                Status(exchange, worst.problem, worst.detail, min(well), len(names), tuple(mute))
            )
        return found

    def well_s(self, exchange: str) -> float:
        """For how long an exchange's data have flowed; 0 while they do not."""
        since = [group.well_since_s for group in self._groups.get(exchange, ())]
        known = [at_s for at_s in since if at_s is not None]
        return self._monotonic() - max(known) if known and len(known) == len(since) else 0.0

    # --- one connection -------------------------------------------------------------------------

    def _start(self, group: _Group) -> None:
        if self._tasks is not None:
            group.task = self._tasks.create_task(self._keep(group), name=f"tardis {group.name}")

    async def _keep(self, group: _Group) -> None:
        """Keep a connection for the group's pairs, for ever."""
        failures = 0
        while True:
            opened_s = self._monotonic()
            try:
                why, problem = await self._serve(group), group.problem
            except SourceError as error:
                why, problem = str(error), "unreachable"
            if group.heard_s is not None and self._monotonic() - opened_s > HEALTHY_S:
                failures = 0
            if failures in (0, 5, 50):
                log.warning("tardis-machine, %s: %s; connecting again", group.name, why)
            self._lose(group, problem or "unreachable", why)
            failures += 1
            await asyncio.sleep(random.uniform(FLOOR_S, min(CAP_S, FLOOR_S * 2**failures)))

    def _lose(self, group: _Group, problem: Problem, detail: str) -> None:
        group.problem, group.detail = problem, detail
        group.well_since_s = None
        if group.lost_ms is None and group.newest_ms:
            group.lost_ms = group.newest_ms

    async def _open(self, group: _Group) -> tuple[Socket, frozenset[str]]:
        group.changed.clear()
        names = frozenset(group.names)
        url = address(self._settings.url, group.exchange, sorted(names))
        return await self._open_socket(url), names

    async def _serve(self, group: _Group) -> str:
        """Read one connection after the other while pairs change; returns why the last is over."""
        socket, names = await self._open(group)
        group.heard_s, group.ahead = None, False
        reading = asyncio.create_task(self._read(group, socket), name=f"tardis {group.name} reader")
        try:
            began_s = self._monotonic()
            while True:
                await asyncio.wait([reading], timeout=min(LOOK_S, self._settings.silence_s / 4))
                if reading.done():
                    return reading.result()
                heard_s = began_s if group.heard_s is None else group.heard_s
                if self._monotonic() - heard_s > self._settings.silence_s:
                    if group.ahead:
                        group.problem = "ahead"
                        return "all times are far ahead of this machine's clock"
                    group.problem = "silent"
                    return f"no message for {self._settings.silence_s:g} s"
                if group.changed.is_set() and names != group.names:
                    try:
                        new, names = await self._open(group)
                    except SourceError as error:
                        self._tell(f"tardis-machine, {group.name}: no successor: {error}")
                        group.changed.set()
                        continue
                    try:
                        await self._hear(group, new)
                    except BaseException:
                        new.abort()
                        raise
                    await self._leave(reading, socket)
                    socket, began_s = new, self._monotonic()
                    reading = asyncio.create_task(
                        self._read(group, socket), name=f"tardis {group.name} reader"
                    )
        finally:
            await self._leave(reading, socket)

    async def _hear(self, group: _Group, socket: Socket) -> None:
        """Wait for a successor's first message; one that is mute is left to who reads on."""
        with contextlib.suppress(SocketClosed, TimeoutError):
            async with asyncio.timeout(self._settings.silence_s):
                frames = await socket.recv()
            await self._take(group, frames)

    async def _leave(self, reading: "asyncio.Task[str]", socket: Socket) -> None:
        reading.cancel()
        try:
            await asyncio.wait([reading])  # unlike awaiting it, this keeps nobody from ending us
        except asyncio.CancelledError:
            socket.abort()
            raise
        await sockets.leave(socket)

    async def _read(self, group: _Group, socket: Socket) -> str:
        try:
            while True:
                await self._take(group, await socket.recv())
        except SocketClosed as error:
            return str(error)

    async def _take(self, group: _Group, frames: Sequence[bytes]) -> None:
        now_s = self._monotonic()
        for frame in frames:
            try:
                heard = self._parser.parse(frame)
            except FrameError as error:
                self.bad += 1
                self._tell(f"message skipped, {self.bad} so far unreadable: {error}")
                continue
            if isinstance(heard, Disconnected):
                log.warning("tardis-machine has lost %s", group.exchange)
                self._lose(group, "exchange", "tardis-machine has no connection to the exchange")
            elif isinstance(heard, Failed):
                group.detail = heard.details
                self._tell(f"tardis-machine, {heard.exchange}: {heard.details}")
            elif heard is not None:
                self._note(group, *heard, now_s)
        if len(self._buffer) >= BUFFER:
            self._room.clear()
            await self._room.wait()

    def _note(self, group: _Group, event: Event, id_: str | None, now_s: float) -> None:
        known_ms = max(self._now_ms(), self._newest_ms + (now_s - self._newest_s) * 1000)
        if event.at_ms > known_ms + AHEAD_MS:
            group.ahead = True  # and not heard: nothing but such times is as bad as silence
            self.bad += 1
            self._tell(f"{group.name}: a time in the future: {event!r:.160}")
            return
        group.heard_s, group.ahead = now_s, False
        if event.at_ms > self._newest_ms:
            self._newest_ms, self._newest_s = event.at_ms, now_s
        if group.problem or group.well_since_s is None:
            log.info("tardis-machine, %s: data are flowing", group.name)
            group.problem, group.detail, group.well_since_s = "", "", now_s
            if group.lost_ms is not None:
                self._gap(group.symbols, group.lost_ms, event.at_ms)
                group.lost_ms = None
        group.newest_ms = max(group.newest_ms, event.at_ms)
        if isinstance(event, Gap) or event.symbol not in self._wanted:
            return  # followed to hear whether there is anything to hear
        symbol = event.symbol
        if symbol in self._away:
            self._gap((symbol,), self._away.pop(symbol), event.at_ms)
        self._heard[symbol] = event.at_ms
        if isinstance(event, Trade):
            if id_ and not self._is_new(symbol, id_):
                self.repeated += 1
                return
            self.newest[symbol] = event.at_ms
        if self.spot or foreign(symbol):
            self._emit(event)

    def _gap(self, symbols: tuple[str, ...], from_ms: int, to_ms: int) -> None:
        """What was missed of Binance is fetched by who hands over (handover.py)."""
        if foreign(symbols[0]):
            self.gaps += 1
            self._emit(Gap(symbols, from_ms, max(from_ms, to_ms), "tardis-machine had no data"))

    def _is_new(self, symbol: str, id_: str) -> bool:
        known, order = self._ids.setdefault(symbol, (set(), deque()))
        if id_ in known:
            return False
        known.add(id_)
        order.append(id_)
        if len(order) > IDS:
            known.discard(order.popleft())
        return True

    def _tell(self, text: str) -> None:
        """Sampled: garbage may come fast."""
        now_s = self._monotonic()
        if now_s - self._told_s >= 10:
            self._told_s = now_s
            log.warning("%s", text)
