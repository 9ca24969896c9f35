"""What a run does with the frames it receives, as lines between them: a replay follows the course.

A recording made here is a frame recording, ``<receive time in ns> <frame>`` a line, of which some
frames are the recorder's own: their stream is ``!goraebot``, which everybody else ignores. They say
what is not in the exchange's frames: that a connection was lost, what REST answered about missed
trades, and what the watch noted (pipeline/notes.py). ``at`` is how many events had been watched,
``emitted`` how many the source had delivered.
"""

import base64
from collections.abc import Mapping, Sequence

import msgspec

from pipeline.errors import FrameError
from pipeline.model import Trade
from pipeline.notes import Note

VERSION = 1
PREFIX = b'{"stream":"!goraebot"'


class Began(msgspec.Struct, frozen=True, tag_field="what", tag="began"):
    """The first line of a file: number ``number`` (from 1) of the recording ``run``."""

    version: int
    run: str
    number: int
    emitted: int
    venue: str = ""


class Resumed(msgspec.Struct, frozen=True, tag_field="what", tag="resumed"):
    """The run went on where an earlier one stopped: symbol → (last id, its time)."""

    positions: Mapping[str, tuple[int, int]]


class Unfollowed(msgspec.Struct, frozen=True, tag_field="what", tag="unfollowed"):
    """Trades of ``symbols`` and books of ``books`` are no longer asked for."""

    symbols: tuple[str, ...]
    books: tuple[str, ...] = ()


class Lost(msgspec.Struct, frozen=True, tag_field="what", tag="lost"):
    """A connection is over, so that books may be counted afresh."""


class Rows(msgspec.Struct, frozen=True, tag_field="what", tag="rows"):
    """REST answered with these trades, which may be the ones that were missed."""

    symbol: str
    trades: Sequence[Trade]


class GaveUp(msgspec.Struct, frozen=True, tag_field="what", tag="gave_up"):
    """What is missing of a symbol cannot be had any more."""

    symbol: str
    problem: str


class Filled(msgspec.Struct, frozen=True, tag_field="what", tag="filled"):
    """What was missing of a symbol is there; what waited behind it comes."""

    symbol: str


class Missed(msgspec.Struct, frozen=True, tag_field="what", tag="missed"):
    """So many frames between two times (ms) are not in the recording: it could not be written fast
    enough, or not at all."""

    frames: int
    from_ms: int
    to_ms: int
    emitted: int


class Noted(msgspec.Struct, frozen=True, tag_field="what", tag="noted"):
    """The watch noted this when it had been given ``at`` events."""

    at: int
    note: Note


Outcome = Resumed | Unfollowed | Rows | GaveUp | Filled
"""What becomes of missing trades."""

Line = Began | Outcome | Lost | Missed | Noted


class _Wrapped(msgspec.Struct, frozen=True):
    stream: str
    data: Line


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(_Wrapped).decode


def written(line: Line) -> bytes:
    """A line's frame."""
    return _ENCODE(_Wrapped("!goraebot", line))


def line_of(frame: bytes) -> Line | None:
    """What the recorder says by a frame; None for frames of the exchange.

    Raises FrameError for what no recorder of this version writes.
    """
    if not frame.startswith(PREFIX):
        return None
    try:
        line = _DECODE(frame).data
    except msgspec.MsgspecError as error:
        raise FrameError(f"{error}: {frame[:120]!r}") from error
    if isinstance(line, Began) and line.version != VERSION:
        raise FrameError(f"a recording of version {line.version}, not {VERSION}")
    return line


def packed(frame: bytes) -> bytes:
    """A frame as it stands in a line: as it is, unless it would break the line."""
    if b"\n" in frame or not frame or frame[:1].isspace() or frame[:1] == b"=":
        return b"=" + base64.b64encode(frame)
    return frame


def unpacked(text: bytes) -> bytes:
    """The frame that stands in a line."""
    return base64.b64decode(text[1:]) if text.startswith(b"=") else text
