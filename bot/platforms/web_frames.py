"""What the web page and the server say to each other: JSON frames, each with a ``type``."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from bot.health_words import feed_text
from bot.model import Message, Unreal
from bot.platforms.unbroken import unbroken
from bot.ports import FeedHealth, Health

MAX_TEXT = 4096
"""Characters a person may type at once; the page's input has the same limit."""

MAX_FRAME = 12 * MAX_TEXT + 1024
"""Bytes of a frame from the page; JSON may write one character as two escapes of six bytes."""

_Id = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class CommandInfo(msgspec.Struct, frozen=True):
    """A command as the page completes it.

    ``name`` and ``korean`` are without a slash, ``example`` is a whole line that works.
    ``parameters`` are kinds in order: "symbol", "symbols" and "kinds" (any number of them),
    "duration", "command", "schedule", "setting", "interval"; "price", "code" and "text" are typed.
    """

    name: str
    korean: str
    description: str
    example: str
    parameters: tuple[str, ...] = ()


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One bubble of a chat.

    ``ref`` orders bubbles and is the time it was added in microseconds; ``seq`` is the number of
    its last change, from the same counter. ``who`` is "you" for what the visitor typed (``text``)
    or "bot" (``message``). ``id`` is the page's own id of what was typed, on the answer too.
    ``pushed`` tells messages that nobody asked for from answers.
    """

    ref: int
    seq: int
    who: Literal["you", "bot"]
    id: str = ""
    text: str = ""
    message: Message | None = None
    pushed: bool = False


# --- from the page ------------------------------------------------------------------------------


class Hello(msgspec.Struct, frozen=True, tag_field="type", tag="hello"):
    """The first frame: ``since`` is the last ``seq`` seen of the log that is called ``epoch``, in
    the program's ``run``."""

    epoch: Annotated[str, msgspec.Meta(max_length=40)] = ""
    since: int = 0
    run: Annotated[str, msgspec.Meta(max_length=40)] = ""


class Say(msgspec.Struct, frozen=True, tag_field="type", tag="say"):
    """Something to answer. Sent again after a lost connection, with the same ``id``.

    ``how``: "typed"; "pressed" (a button called ``label``); "quiet" (shows only the answer).
    """

    id: _Id
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]
    how: Literal["typed", "pressed", "quiet"] = "typed"
    label: Annotated[str, msgspec.Meta(max_length=100)] = ""


class Suggest(msgspec.Struct, frozen=True, tag_field="type", tag="suggest"):
    """Which symbols start like ``text``?"""

    id: int
    text: Annotated[str, msgspec.Meta(max_length=40)]


FromPage = Hello | Say | Suggest


# --- to the page --------------------------------------------------------------------------------


class FeedNow(msgspec.Struct, frozen=True):
    """The market data's health with its problem in Korean words, and the outbox's length."""

    feed: FeedHealth
    text: str
    queued: int


class Welcome(msgspec.Struct, frozen=True, tag_field="type", tag="hello"):
    """The answer to Hello: everything the page shows, and the bubbles it does not have yet.

    ``kinds`` are (name, Korean) of alert kinds, ``watching`` Korean lines on what this chat is
    subscribed to (None: not known here), ``locked`` whether there is a password to log out from.
    ``run`` names this run of a program that keeps nothing of it, "" of one that does.
    """

    epoch: str
    seq: int
    run: str
    entries: list[Entry]
    typing: bool
    health: FeedNow
    watching: Sequence[str] | None
    commands: tuple[CommandInfo, ...]
    kinds: tuple[tuple[str, str], ...]
    unreal: Unreal | None
    locked: bool
    version: str


class Shown(msgspec.Struct, frozen=True, tag_field="type", tag="entry"):
    """A bubble that is new or has changed. ``known``: only to be shown where it already stands."""

    seq: int
    entry: Entry
    known: bool = False


class Typing(msgspec.Struct, frozen=True, tag_field="type", tag="typing"):
    """Whether an answer is being worked on."""

    on: bool


class HealthNow(msgspec.Struct, frozen=True, tag_field="type", tag="health"):
    """Sent every few seconds, so that a page notices a dead connection by its absence."""

    health: FeedNow


class Watching(msgspec.Struct, frozen=True, tag_field="type", tag="watching"):
    """What the chat is subscribed to has changed."""

    lines: Sequence[str]


class Goodbye(msgspec.Struct, frozen=True, tag_field="type", tag="goodbye"):
    """The visitor is forgotten: the page has to come back as a new one."""


class Suggestion(msgspec.Struct, frozen=True):
    """One symbol and what people call it."""

    symbol: str
    name: str


class Suggestions(msgspec.Struct, frozen=True, tag_field="type", tag="suggest"):
    """The answer to Suggest with the same ``id``."""

    id: int
    symbols: list[Suggestion]


class Refused(msgspec.Struct, frozen=True, tag_field="type", tag="refused"):
    """What was said with this ``id`` is not worked on; ``text`` says why, in Korean."""

    id: str
    text: str


class Answered(msgspec.Struct, frozen=True, tag_field="type", tag="answered"):
    """What was said again with this ``id`` was answered before, and is waited for no more."""

    id: str


ToPage = (
    Welcome | Shown | Typing | HealthNow | Watching | Suggestions | Refused | Answered | Goodbye
)


def feed_now(health: Health) -> FeedNow:
    """The health of this moment in words."""
    feed = health.feed()
    return FeedNow(feed, feed_text(feed), health.queued())


_decoder: msgspec.json.Decoder[FromPage] = msgspec.json.Decoder(FromPage)
_encoder = msgspec.json.Encoder()


def decode(text: str | bytes) -> FromPage:
    """One frame from the page. Raises msgspec.DecodeError (ValidationError included)."""
    try:
        return _decoder.decode(text)
    except (UnicodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from error


def encode(frame: ToPage) -> str:
    """One frame as JSON text; in bubbles what is read as one stays on one line."""
    if isinstance(frame, Welcome):
        frame = msgspec.structs.replace(frame, entries=[_unbroken(e) for e in frame.entries])
    elif isinstance(frame, Shown):
        frame = msgspec.structs.replace(frame, entry=_unbroken(frame.entry))
    return _encoder.encode(frame).decode()


def _unbroken(entry: Entry) -> Entry:
    if (message := entry.message) is None:
        return entry
    shown = msgspec.structs.replace(
        message,
        head=unbroken(message.head),
        progress=tuple(map(unbroken, message.progress)),
        lines=tuple(map(unbroken, message.lines)),
        note=unbroken(message.note),
        foot=unbroken(message.foot),
    )
    return msgspec.structs.replace(entry, message=shown)
