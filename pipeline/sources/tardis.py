"""Tardis replay: what an exchange sent in the past, as it was received, from api.tardis.dev.

The library ``tardis-dev`` (extra ``tardis``) downloads a file a minute, all of what it is asked for
as fast as it comes, and retries for most of an hour (tardis_dev/replay.py, _http.py, 5.0.4). So it
is asked for ``WINDOW`` at a time, which bounds what lies on the disk, and is given up when nothing
comes for ``STALL_S``. Messages are in the exchange's own shape and go through the parser of live
frames. Tardis marks where its own connection was lost; that becomes a Gap.
"""

import asyncio
import contextlib
import difflib
import json
import logging
import tempfile
import time
import urllib.error
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pipeline.errors import EngineMissing, FrameError, PipelineError
from pipeline.model import ALL, Event, Feed, Gap
from pipeline.sources.binance_frames import Answer, FrameParser, Shutdown
from pipeline.sources.recording import InOrder, Tally, bare
from pipeline.sources.status import Status
from pipeline.sources.tardis_cache import tidy
from pipeline.sources.tardis_wanted import CHANNELS, TardisError, Wanted, minute

if TYPE_CHECKING:
    from tardis_dev import Channel

log = logging.getLogger("goraebot.tardis")

WINDOW: Final = timedelta(minutes=30)
STALL_S: Final = 330.0
"""Tardis may ask for a pause of five minutes (Retry-After), which the library keeps to."""
ASK_S: Final = 20
SHORTEST_WAIT_S: Final = 0.001
CHUNK: Final = 500
"""Lines taken at a time."""
_STAMP: Final = 26
"""Characters of ``2024-03-01T00:00:00.1234567Z`` up to the microsecond."""
_SHOWN: Final = 300


class Access(msgspec.Struct, frozen=True):
    """Where Tardis is. Without a ``key`` it gives the first day of each month. Files downloaded
    stay in ``folder`` for the next time, of all of them the newest ``cache_mb``."""

    url: str
    folder: Path
    key: str = msgspec.field(default="")
    cache_mb: float = 2_000.0

    def __repr__(self) -> str:
        return f"Access(url={self.url!r}, folder={str(self.folder)!r})"


# --- lines -----------------------------------------------------------------------------------

Line = tuple[bytes, bytes] | None
"""Received at, and the message; None where Tardis lost its connection."""


async def chunks(asked: Wanted, access: Access) -> AsyncGenerator[list[Line], None]:
    """The lines, some at a time. Raises TardisError, or EngineMissing without the library."""
    try:
        import tardis_dev
    except ImportError as error:
        raise EngineMissing(
            "tardis-dev is not installed: pip install 'goraebot[tardis]'"
        ) from error

    filters = [tardis_dev.Channel(channel, list(asked.symbols)) for channel in asked.channels]
    try:  # the library would try again for long
        access.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=access.folder):
            pass
    except OSError as error:
        raise TardisError("folder", str(error), given=str(access.folder)) from error
    with _Failures() as failures:
        await _look_up(asked, access)
        tidy(access.folder, access.cache_mb)
        if asked.end - asked.begin > WINDOW:  # what is not covered is told now, not in hours
            last = asked.end - timedelta(minutes=1)
            async for _ in _window(asked, access, filters, last, asked.end, failures):
                pass
        begin = asked.begin
        while begin < asked.end:
            end = min(begin + WINDOW, asked.end)
            async with aclosing(_window(asked, access, filters, begin, end, failures)) as lines:
                async for chunk in lines:
                    yield chunk
            tidy(access.folder, access.cache_mb)
            begin = end


async def _window(
    asked: Wanted,
    access: Access,
    filters: "Sequence[Channel]",
    begin: datetime,
    end: datetime,
    failures: "_Failures",
) -> AsyncGenerator[list[Line], None]:
    import tardis_dev

    answers: Any = tardis_dev.replay(
        asked.exchange,
        begin,
        end,
        list(filters),
        api_key=access.key,
        cache_dir=str(access.folder),
        endpoint=access.url.rstrip("/"),
        timeout=60,
        decode_response=False,
        with_disconnects=True,
    )
    async with aclosing(answers):
        while True:
            chunk: list[Line] = []
            over = False
            try:
                async with asyncio.timeout(STALL_S):
                    while len(chunk) < CHUNK:
                        answer = await anext(answers)
                        chunk.append(None if answer is None else tuple(answer))
            except StopAsyncIteration:
                over = True
            except TimeoutError as error:
                why = failures.last or "no answer"
                raise TardisError("unreachable", f"nothing for {STALL_S:g} s: {why}") from error
            except Exception as error:
                raise _translated(error, asked, bool(access.key)) from error
            if chunk:
                yield chunk
            if over:
                return


def _translated(error: Exception, asked: Wanted, has_key: bool) -> PipelineError:
    """What the library raises, in our words."""
    if isinstance(error, urllib.error.HTTPError):
        text = f"HTTP {error.code}: {_message(error.msg)}"
        if error.code == 401:
            return TardisError("key", text, given="key" if has_key else "")
        if error.code == 403:
            return TardisError("plan", text)
        if error.code == 429:
            return TardisError("limited", text)
        if error.code in (400, 404):
            return TardisError("refused", text, choices=CHANNELS[asked.exchange])
        return TardisError("unreachable", text)
    if isinstance(error, KeyError):  # x-slice-size is always there
        return TardisError("unreachable", f"an answer without {error}: not a Tardis server")
    if isinstance(error, FileNotFoundError | EOFError) or "zst" in type(error).__name__.lower():
        return TardisError("cache", f"{type(error).__name__}: {error}")
    if type(error).__name__ == "BadGzipFile":
        return TardisError("cache", str(error))
    if isinstance(error, OSError | TimeoutError):
        return TardisError("unreachable", f"{type(error).__name__}: {error}")
    raise error


def _message(body: str) -> str:
    """What an error's body says: JSON with ``message``, or text."""
    with contextlib.suppress(ValueError, AttributeError):
        body = str(json.loads(body).get("message", body))
    return " ".join(body.split())[:_SHOWN]


class _Failures(logging.Handler):
    """Keeps what the library says of a failed attempt: it tells nobody else while it retries."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.last = ""
        self._logger = logging.getLogger("tardis_dev._http")

    def emit(self, record: logging.LogRecord) -> None:
        error = record.args[-1] if isinstance(record.args, tuple) and record.args else ""
        status = f"HTTP {error.code}: " if isinstance(error, urllib.error.HTTPError) else ""
        self.last = f"{status}{_message(str(getattr(error, 'msg', '') or error))}"
        log.debug("a download failed and is tried again: %s", self.last)

    def __enter__(self) -> "_Failures":
        self._before = self._logger.level, self._logger.propagate
        self._logger.setLevel(logging.DEBUG)
        self._logger.propagate = False
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.level, self._logger.propagate = self._before


async def _look_up(asked: Wanted, access: Access) -> None:
    """Hold what is asked for against what Tardis says it has. Raises TardisError; an exchange page
    that cannot be read is left to the answers of the replay itself."""
    import tardis_dev

    try:
        async with asyncio.timeout(ASK_S * 2):
            page: Any = await tardis_dev.get_exchange_details_async(
                asked.exchange, endpoint=access.url.rstrip("/"), timeout=ASK_S
            )
        channels = {str(channel) for channel in page["availableChannels"]}
        symbols = {bare(row["id"]).lower(): row for row in page["availableSymbols"]}
    except (urllib.error.HTTPError, KeyError, TypeError, AttributeError, ValueError) as error:
        log.warning("what Tardis has of %s is not known: %s", asked.exchange, error)
        return
    except (OSError, TimeoutError) as error:
        raise TardisError("unreachable", f"{type(error).__name__}: {error}") from error
    if missing := [channel for channel in asked.channels if channel not in channels]:
        raise TardisError(
            "channels",
            "Tardis has none of it",
            given=", ".join(missing),
            choices=sorted(channels & set(CHANNELS[asked.exchange])),
        )
    for symbol in asked.symbols:
        if symbol not in symbols:
            near = difflib.get_close_matches(symbol, symbols, 3)
            raise TardisError(
                "symbols",
                "Tardis has none of it",
                given=symbol.upper(),
                choices=[name.upper() for name in near],
            )
        since, until = (_time(symbols[symbol].get(k)) for k in ("availableSince", "availableTo"))
        if (since and asked.end <= since) or (until and asked.begin >= until):
            span = f"{since:%Y-%m-%d} ~" if since else "~"
            span += f" {until:%Y-%m-%d}" if until else ""
            raise TardisError("no_data", "no data then", given=symbol.upper(), choices=[span])


def _time(text: object) -> datetime | None:
    try:
        return minute(datetime.fromisoformat(str(text)))
    except ValueError:
        return None


# --- events ----------------------------------------------------------------------------------


class Told:
    """Lines to events, in the order of their times as far as that can be had between two gaps."""

    def __init__(self, asked: Wanted, tally: Tally) -> None:
        venue = "" if asked.exchange == "binance" else asked.exchange
        only = asked.symbols[0].upper() if len(asked.symbols) == 1 else ""
        self._parser = FrameParser(only, venue)
        self._tally = tally
        self._order = InOrder()
        self._received_ms = asked.begin.timestamp() * 1000
        self._lost_ms: float | None = None

    def tell(self, line: Line) -> Iterator[Event]:
        """What is certain after this line."""
        if line is None:
            if self._lost_ms is None:
                self._lost_ms = self._received_ms
            return
        stamp, message = line
        self._tally.lines += 1
        try:
            at = datetime.fromisoformat(stamp[:_STAMP].decode("ascii")).replace(tzinfo=UTC)
            self._received_ms = at.timestamp() * 1000
            parsed = self._parser.parse(message.rstrip(), self._received_ms)
        except (FrameError, ValueError) as error:
            self._tally.skip(stamp.decode("ascii", "replace"), error)
            return
        if self._lost_ms is not None:
            yield from self._order.rest()
            yield Gap((ALL,), int(self._lost_ms), int(self._received_ms), "Tardis was disconnected")
            self._lost_ms = None
        if parsed is None or isinstance(parsed, Answer | Shutdown):
            return
        for event in parsed if isinstance(parsed, list) else (parsed,):
            if (certain := self._order.add(event)) is not None:
                yield certain

    def rest(self) -> Iterator[Event]:
        """There is no further line."""
        yield from self._order.rest()


def read(asked: Wanted, access: Access, tally: Tally) -> Iterator[Event]:
    """The events, for who has no event loop. Raises as ``chunks`` does."""
    told = Told(asked, tally)
    lines = chunks(asked, access)
    with asyncio.Runner() as runner:

        async def following() -> list[Line] | None:
            return await anext(lines, None)

        try:
            while (chunk := runner.run(following())) is not None:
                for line in chunk:
                    yield from told.tell(line)
            yield from told.rest()
        finally:
            runner.run(lines.aclose())


class TardisReplaySource:
    """A Source that replays; ``speed`` 1.0 is as it happened, None as fast as it goes.

    ``symbols`` are those replayed, ``end_ms`` when the replay ends.
    """

    def __init__(self, asked: Wanted, access: Access, speed: float | None = 1.0) -> None:
        self.tally = Tally()
        venue = "" if asked.exchange == "binance" else f"{asked.exchange}:"
        self.symbols = tuple(f"{venue}{symbol.upper()}" for symbol in asked.symbols)
        self.begin_ms = round(asked.begin.timestamp() * 1000)
        self.end_ms = round(asked.end.timestamp() * 1000)
        self._asked = asked
        self._access = access
        self._speed = speed
        self._began_s = self._heard_s = 0.0  # by the monotonic clock; 0: not yet
        self._first_ms = self.begin_ms
        self._gaps = 0
        self._over = False

    def now_ms(self) -> int:
        """The recording's time: its beginning until the first event, and then as it goes by."""
        passed_s = time.monotonic() - self._began_s if self._began_s else 0.0
        return self._first_ms + int(passed_s * 1000 * (self._speed or 1.0))

    def status(self) -> Status:
        """How it is doing."""
        begun = self._began_s > 0
        return Status(
            problem="over" if self._over else "" if begun else "connecting",
            detail="",
            connections=int(begun and not self._over),
            streams=len(self._asked.symbols) * len(self._asked.channels),
            heard_s=time.monotonic() - self._heard_s if begun else None,
            delay_ms=None,
            frames=self.tally.lines,
            bad_frames=self.tally.unreadable,
            ignored_frames=0,
            reconnects=0,
            rotations=0,
            repeated=0,
            recovered=0,
            gaps=self._gaps,
            waiting=0,
        )

    async def follow(self, wanted: Collection[Feed]) -> None:
        """What is replayed was said when it was made."""

    async def stream(self) -> AsyncIterator[Event]:
        """See pipeline.ports.Source. Raises as ``chunks`` does."""
        told = Told(self._asked, self.tally)
        async with aclosing(chunks(self._asked, self._access)) as lines:
            async for chunk in lines:
                for event in [event for line in chunk for event in told.tell(line)]:
                    await self._wait_for(event)
                    yield event
                await asyncio.sleep(0)  # others run too
        for event in told.rest():
            await self._wait_for(event)
            yield event
        self._over = True

    async def _wait_for(self, event: Event) -> None:
        """Until it is the event's time."""
        now_s = time.monotonic()
        if not self._began_s:
            self._began_s, self._first_ms = now_s, event.at_ms
        if self._speed:
            due_s = self._began_s + (event.at_ms - self._first_ms) / 1000 / self._speed
            if due_s - now_s > SHORTEST_WAIT_S:
                await asyncio.sleep(due_s - now_s)
        self._heard_s = time.monotonic()
        self._gaps += isinstance(event, Gap)
