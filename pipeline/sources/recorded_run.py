"""Recordings of a run, told again as the run itself was told: the same events in the same order,
with what was noted between them. Pure.

Frames come in the order of their arrival and are not sorted by time. Missed trades come where REST
brought them. What the watch noted is written when it happens, while events may have waited for the
watch: so the newest events are held back until it is certain what comes between them.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from pipeline.course import Began, Line, Lost, Missed, Noted, Unfollowed, line_of
from pipeline.errors import FrameError, RecordingError
from pipeline.model import ALL, Event, Gap, Trade
from pipeline.notes import Note
from pipeline.sources.binance_frames import Ahead, Answer, FrameParser, Shutdown
from pipeline.sources.continuity import Continuity
from pipeline.sources.newest import Newest

HELD_BACK: Final = 20_000
"""Events: far more than ever wait for the watch, which does nothing else."""


class _Nobody:
    """What REST said is in the recording."""

    async def agg_trades(self, symbol: str, from_id: int) -> list[Trade]:
        """Never asked: see continuity.Continuity.run, which nobody calls."""
        raise RuntimeError("a replay asks nobody")

    async def agg_trades_since(self, symbol: str, at_ms: int) -> list[Trade]:
        """Never asked either."""
        raise RuntimeError("a replay asks nobody")


class RecordedRun:
    """Frames of one recording, line by line, to events and notes."""

    def __init__(self) -> None:
        self._parser = FrameParser(ahead=Ahead())
        self._continuity = Continuity(_Nobody(), self._emit)
        self._newest = Newest()
        self._waiting: deque[Event] = deque()
        self._told = 0  # events, counted as the run counted those that it watched
        self._number = 0  # of the file

    def tell(self, frame: bytes, received_ms: float) -> Iterator[Event | Note]:
        """What is certain after this frame. Raises FrameError for one that cannot be read."""
        line = line_of(frame)
        if line is None:
            self._parse(frame, received_ms)
            while len(self._waiting) > HELD_BACK:
                yield self._next()
        elif isinstance(line, Noted):
            while self._told < line.at and self._waiting:
                yield self._next()
            yield line.note
        elif isinstance(line, Began | Missed):
            yield from self._go_on(line)
        elif isinstance(line, Lost):
            self._newest.count_afresh()
        else:
            if isinstance(line, Unfollowed):
                self._newest.forget(line.books)
            self._continuity.heed(line)

    def rest(self) -> Iterator[Event]:
        """The recording is over: nothing comes between what is left."""
        while self._waiting:
            yield self._next()

    def _go_on(self, line: Began | Missed) -> Iterator[Event]:
        """Another file of the run, or a hole in this one."""
        if isinstance(line, Began):
            follows = line.number == self._number + 1
            self._number = line.number
            if line.venue:
                self._parser.qualify(line.venue)
            if follows and (self._told + len(self._waiting) == line.emitted or line.number == 1):
                return
            hole = None  # files are missing before this one
        else:
            hole = Gap((ALL,), line.from_ms, line.to_ms, "not recorded")
        yield from self.rest()
        self._continuity.start_afresh()
        self._newest.count_afresh()
        self._told = line.emitted
        if hole is not None:
            self._told -= 1  # it is no event of the run
            self._emit((hole,))

    def _parse(self, frame: bytes, received_ms: float) -> None:
        """As BinanceSource does."""
        parsed = self._parser.parse(frame, received_ms)
        if parsed is None or isinstance(parsed, Answer | Shutdown):
            return
        for event in parsed if isinstance(parsed, list) else (parsed,):
            if isinstance(event, Trade):
                self._continuity.on((event,))
            elif self._newest.is_news(event):
                self._emit((event,))

    def _emit(self, events: Sequence[Event]) -> None:
        self._waiting.extend(events)

    def _next(self) -> Event:
        self._told += 1
        return self._waiting.popleft()


def began(frame: bytes) -> Began | None:
    """The head of a recording of a run; None for other recordings. Raises FrameError."""
    line: Line | None = line_of(frame)
    return line if isinstance(line, Began) else None


def told(
    lines: Iterable[tuple[bytes, float]], unreadable: Callable[[FrameError], None]
) -> Iterator[Event | Note]:
    """The events and notes of a run's lines (frame, received at ms), of all its files in turn."""
    run = RecordedRun()
    try:
        for frame, received_ms in lines:
            try:
                yield from run.tell(frame, received_ms)
            except FrameError as error:
                unreadable(error)
    except RecordingError:
        yield from run.rest()
        raise
    yield from run.rest()
