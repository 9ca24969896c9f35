"""The words of the bot layer: chats, messages, requests, subscriptions, decisions, deliveries."""

from collections.abc import Awaitable, Callable, Collection
from typing import Final, Literal

import msgspec

from pipeline.model import ALL, AnyAlert, Severity

Tone = Literal["up", "down", "plain", "error"]

BY_NAME: Final = frozenset({"book_imbalance"})
"""Kinds that "all kinds" leaves out. Walls come and go in every book, which is news to those who
watch order books and noise to everybody else."""


def includes(kinds: Collection[str], kind: str) -> bool:
    """Whether the kinds, of which ALL stands for all but those asked for BY_NAME, have this one."""
    return kind in kinds or (ALL in kinds and kind not in BY_NAME)


class Chat(msgspec.Struct, frozen=True, order=True):
    """Where messages go. ``topic`` is a forum topic or thread within the chat, "" for none."""

    platform: str
    id: str
    topic: str = ""

    def __str__(self) -> str:
        return f"{self.platform}:{self.id}" + (f"/{self.topic}" if self.topic else "")


class Button(msgspec.Struct, frozen=True):
    """A button that acts as if ``command`` had been typed (at most 60 bytes of UTF-8)."""

    label: str
    command: str


class Picture(msgspec.Struct, frozen=True):
    """A picture by its name, which nobody can guess; the PNG is in bot.album.

    ``alt`` says in Korean what it shows, for those who do not see it. Sizes are in dots.
    """

    name: str
    alt: str
    width: int
    height: int


class Message(msgspec.Struct, frozen=True):
    """What a person reads, without markup: each platform dresses it in its own way.

    ``head`` is the first line, what a lock screen shows. ``progress`` is what has become of it
    since, ``lines`` are the facts, ``note`` the explaining sentence(s), ``foot`` the small print.
    ``tone`` colours it: a rise, a fall, neither, or an answer to bad input. ``key`` is the same for
    every edition of one message; a platform that can, replaces the former edition. ``private`` is
    for the asker's eyes only. ``picture`` adds to the words and never replaces them: where it
    cannot be shown, the message goes without it.
    """

    head: str
    lines: tuple[str, ...] = ()
    note: str = ""
    foot: str = ""
    buttons: tuple[tuple[Button, ...], ...] = ()
    tone: Tone = "plain"
    key: str = ""
    silent: bool = False
    private: bool = False
    progress: tuple[str, ...] = ()
    picture: Picture | None = None

    @property
    def body(self) -> tuple[str, ...]:
        """What stands between the head and the note."""
        return (*self.progress, *self.lines)


class Draft(Message, frozen=True, kw_only=True):
    """An answer that stands as it is, and of which ``later`` may bring a better edition: the same
    message with a comment that took its time. None: it stays.

    ``later`` is called at most once; what bot.answer hands out never raises and ends in time.
    """

    later: Callable[[], Awaitable[Message | None]]

    @property
    def first(self) -> Message:
        """The edition at hand, as a message like any other."""
        return Message(**{name: getattr(self, name) for name in Message.__struct_fields__})


class Sent(msgspec.Struct, frozen=True):
    """A message that a platform accepted; ``ref`` is the platform's own id of it."""

    chat: Chat
    ref: str


class Request(msgspec.Struct, frozen=True):
    """What a person typed or pressed. ``admin``: may change the chat's settings right now."""

    chat: Chat
    user: str
    text: str
    admin: bool
    private: bool


class Subscription(msgspec.Struct, frozen=True):
    """A chat's wish: alerts of this symbol (or ALL) and kind (or ALL)."""

    chat: Chat
    symbol: str = ALL
    kind: str = ALL

    def wants(self, symbol: str, kind: str) -> bool:
        """Whether alerts of this symbol and kind are meant."""
        return self.symbol in (ALL, symbol) and includes((self.kind,), kind)


Task = Literal["summary", "spread"]


class Schedule(msgspec.Struct, frozen=True, order=True):
    """Something a chat wants by the clock: a summary ``at`` "HH:MM", or the spread of ``symbol``
    every ``every_s`` seconds, counted from midnight in ``zone``.

    ``days`` are the weekdays of the summary, 0 is Monday. ``since_ms`` is when it was asked for.
    """

    chat: Chat
    task: Task
    symbol: str = ""
    at: str = ""
    every_s: int = 0
    days: tuple[int, ...] = tuple(range(7))
    zone: str = "Asia/Seoul"
    since_ms: int = 0


class ChatState(msgspec.Struct, frozen=True):
    """What routing knows of a chat. ``muted`` maps a symbol (or ALL) to the end of its mute.

    ``daily_limit``: about so many alerts a day, the largest; 0 for no limit.
    """

    chat: Chat
    active: bool = True
    subscriptions: tuple[Subscription, ...] = ()
    muted: dict[str, int] = {}
    daily_limit: int = 0


class Decision(msgspec.Struct, frozen=True):
    """Whether an alert goes to a chat, and why (a stage's name: see route.py)."""

    alert_id: str
    chat: Chat
    send: bool
    reason: str


class Weighed(msgspec.Struct, frozen=True):
    """What was decided for a chat about an alert of this excess over its threshold."""

    recorded_ms: int
    excess: float
    send: bool
    reason: str


class StoredAlert(msgspec.Struct, frozen=True):
    """An alert as recorded, with the time it was recorded."""

    alert: AnyAlert
    recorded_ms: int


class Minute(msgspec.Struct, frozen=True, gc=False):
    """One minute of a symbol, kept to judge alerts by.

    ``quote_volume`` is in the quote currency; ``buy_share`` (0 to 1) is the takers' buys in it,
    None if nothing was traded.
    """

    symbol: str
    open_ms: int
    open: float
    high: float
    low: float
    close: float
    quote_volume: float
    buy_share: float | None


class Delivery(msgspec.Struct, frozen=True):
    """One row of the outbox: a message on its way to one chat.

    ``version`` counts editions of the message, ``sent_version`` the one the chat has (0: none).
    ``key`` is unique per chat: the alert's id, or a notice's name.
    """

    id: int
    chat: Chat
    key: str
    message: Message
    severity: Severity
    created_ms: int
    expires_ms: int
    attempts: int = 0
    version: int = 1
    sent_version: int = 0
    ref: str = ""


class Limits(msgspec.Struct, frozen=True):
    """How fast a platform takes messages; 0 means no such limit.

    ``per_second`` over all chats, ``per_chat_s`` seconds between two to one chat,
    ``per_group_minute`` messages per minute to one group.
    """

    per_second: float = 0.0
    per_chat_s: float = 0.0
    per_group_minute: int = 0
