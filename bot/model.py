"""The words of the bot layer: chats, messages, requests, subscriptions, decisions, deliveries."""

import hashlib
from collections.abc import Awaitable, Callable, Collection
from functools import lru_cache
from typing import Final, Literal

import msgspec

from pipeline.model import ALL, AnyAlert, Direction, Nearest, Severity, bare
from pipeline.venues import foreign

Tone = Literal["up", "down", "plain", "error"]
Colours = Literal["korean", "global"]
"""Which colour a rise has: red with a blue fall, or green with a red one."""

BY_NAME: Final = frozenset({"book_imbalance", "funding", "kimchi"})
"""Kinds that "all kinds" leaves out. Walls come and go in every book, and what the sides of a
future pay each other is no event of the market: news to those who watch, noise to all others.
Premiums matter to those who trade in won."""

OF_CONTRACTS: Final = frozenset({"liquidation", "funding"})
"""Kinds that there are of futures alone: whoever names a coin's pair means them as well, and "all
symbols" are the contracts of these kinds too. Of all other kinds a contract has to be named."""


def includes(kinds: Collection[str], kind: str) -> bool:
    """Whether the kinds, of which ALL stands for all but those asked for BY_NAME, have this one."""
    return kind in kinds or (ALL in kinds and kind not in BY_NAME)


@lru_cache(maxsize=4_096)
def named_as(symbol: str, kind: str) -> frozenset[str]:
    """How alerts of this symbol and kind may be named: the symbol, ALL, or its coin's pair. Kept,
    as every subscription of every chat is held against it."""
    if foreign(symbol):
        return frozenset({symbol})
    if kind in OF_CONTRACTS:
        return frozenset({symbol, bare(symbol), ALL})
    return frozenset({symbol, ALL} if bare(symbol) == symbol else {symbol})


def short_ref(alert_id: str) -> str:
    """A short name of an alert, for commands of buttons: 16 hexadecimal digits of its id."""
    return hashlib.blake2b(alert_id.encode(), digest_size=8).hexdigest()


class Chat(msgspec.Struct, frozen=True, order=True):
    """Where messages go. ``topic`` is a forum topic or thread within the chat, "" for none."""

    platform: str
    id: str
    topic: str = ""

    def __str__(self) -> str:
        return f"{self.platform}:{self.id}" + (f"/{self.topic}" if self.topic else "")


class Button(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button that acts as if ``command`` had been typed (at most 60 bytes of UTF-8); one with a
    ``url`` opens that instead, on platforms that gave it."""

    label: str
    command: str
    url: str = ""


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
    for the asker's eyes only. ``colours`` are those it is written in; ``own_words``: no model's
    text may be edited into this copy. ``view`` is what of its move its chat reads, None for what
    most do. ``picture`` adds to the words and never replaces them: where
    it cannot be shown, the message goes without it. ``moments``, in ms, are times that the body
    tells in Korea's zone, for platforms that can show each reader their own.
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
    colours: Colours = "korean"
    own_words: bool = False
    picture: Picture | None = None
    view: "View | None" = None
    moments: tuple[int, ...] = ()

    @property
    def body(self) -> tuple[str, ...]:
        """What stands between the head and the note."""
        return (*self.progress, *self.lines)


class Unreal(msgspec.Struct, frozen=True):
    """What is shown in place of the market of this moment, and may never be taken for it.

    ``name`` and ``warning``: "모의 시장", "실제 시세가 아닙니다."; ``past``: it was the market of
    another moment.
    """

    sign: str
    name: str
    warning: str
    past: bool = False

    @property
    def lead(self) -> str:
        """What begins the first line of what comes unasked, which a lock screen shows alone."""
        return f"{self.sign} 재생 · " if self.past else ""

    @property
    def sentence(self) -> str:
        """What it is, and what it is not."""
        return f"{self.sign} {self.name}입니다. {self.warning}"

    @property
    def brief(self) -> str:
        """For the small print."""
        return f"{self.sign} {self.name}"


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


class Edition(msgspec.Struct, frozen=True):
    """A message for many chats: one for each of their colours, which differ in their pictures, and
    what may bring a better one (see Draft), None if nothing does. All words are in Korean
    colours still."""

    copies: dict[Colours, Message]
    later: Callable[[], Awaitable[Message | None]] | None = None


class Sent(msgspec.Struct, frozen=True):
    """A message that a platform accepted; ``ref`` is the platform's own id of it."""

    chat: Chat
    ref: str


class Request(msgspec.Struct, frozen=True):
    """What a person typed or pressed. ``admin``: may change the chat's settings right now.

    ``reply_to`` is the platform's id of the message that it is about: the one replied to, or the
    one whose button was pressed; "" for none. ``invite`` is the address that adds the bot to a
    group, "" where there is none or nobody is alone with the bot.
    """

    chat: Chat
    user: str
    text: str
    admin: bool
    private: bool
    reply_to: str = ""
    invite: str = ""


class Subscription(msgspec.Struct, frozen=True):
    """A chat's wish: alerts of this symbol (or ALL) and kind (or ALL). All symbols are Binance's;
    one of another exchange (``okex:BTC-USDT``) moves with its namesake there, and is meant only
    where it is named."""

    chat: Chat
    symbol: str = ALL
    kind: str = ALL

    def wants(self, symbol: str, kind: str) -> bool:
        """Whether alerts of this symbol and kind are meant."""
        return self.symbol in named_as(symbol, kind) and includes((self.kind,), kind)


class View(msgspec.Struct, frozen=True):
    """What of a move a chat reads: these ``kinds``, and price jumps that reach ``least``."""

    kinds: tuple[str, ...]
    least: "Threshold | None" = None


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


class Threshold(msgspec.Struct, frozen=True):
    """What an alert of a kind must reach: so many times the standard threshold, or so much of what
    its kind measures (the change of the price in percent, a spread in basis points).

    "size" is a sum of money that somebody named, as so many times the least that is detected: also
    what is usual for its symbol. So are 0 times: everything that is detected.
    """

    value: float
    unit: Literal["times", "percent", "bp", "size"] = "times"

    @property
    def usual(self) -> bool:
        """Whether it lets through what is large but usual for its symbol."""
        return self.unit == "size" or (self.unit == "times" and self.value <= 0)


class Quiet(msgspec.Struct, frozen=True):
    """Hours without a sound, "HH:MM" each, in ``zone``; an end before the start is the next day's.

    ``days`` are the weekdays on which they begin, 0 is Monday. What is critical comes all the same,
    with a sound only if it is ``loud``; everything else waits for a digest.
    """

    start: str
    end: str
    days: tuple[int, ...] = tuple(range(7))
    zone: str = "Asia/Seoul"
    loud: bool = False


class ChatSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a chat wants what it subscribed to.

    ``off`` are kinds that do not come, ``thresholds`` those of kinds that have their own.
    ``cooldown_s``: alerts of one symbol and kind at most so often, 0 for no limit of the chat's.
    ``ai``: whether a model may explain. ``woken_ms``: when quiet hours were last ended before their
    time (0: never), which is when their digest is due. ``version`` grows when a field changes its
    meaning.
    """

    version: int = 1
    off: tuple[str, ...] = ()
    thresholds: dict[str, Threshold] = {}
    cooldown_s: int = 0
    quiet: Quiet | None = None
    colours: Colours = "korean"
    ai: bool = True
    woken_ms: int = 0


class Target(msgspec.Struct, frozen=True):
    """A price that a chat waits for, reached from below ("up") or from above ("down").

    ``price`` is in the quote currency; trades from ``since_ms`` on and before ``until_ms`` count.
    ``id`` is the store's number of it, 0 before it has one.
    """

    chat: Chat
    symbol: str
    price: float
    way: Direction
    since_ms: int
    until_ms: int
    id: int = 0

    @property
    def key(self) -> str:
        """Of its message in the outbox: a chat gets one, however often the price is seen."""
        return f"price_target:{self.id}"


class Handover(msgspec.Struct, frozen=True):
    """How a message fares: its state in the outbox (see tables.py), when its newest edition was
    sent and when its first one was; None: not yet, or not known."""

    state: str
    created_ms: int
    sent_ms: int | None
    attempts: int
    first_ms: int | None = None


class Near(msgspec.Struct, frozen=True):
    """What was measured of a symbol lately, against what an alert takes; None: not known.

    ``order`` is the largest order and ``order_floor`` the least that counts, in dollars;
    ``move_pct`` the largest change over five minutes (by the minute), ``move_needed_pct`` what a
    jump takes now; ``others`` is the same of further kinds; ``last_ms``
    when it was traded last.
    """

    watched: bool
    last_ms: int | None = None
    order: float | None = None
    order_floor: float | None = None
    move_pct: float | None = None
    move_needed_pct: float | None = None
    others: tuple[Nearest, ...] = ()


class ChatState(msgspec.Struct, frozen=True):
    """What routing knows of a chat. ``muted`` maps a symbol (or ALL) to the end of its mute.

    ``daily_limit``: about so many alerts a day, the largest; 0 for no limit. ``new``: nothing is
    stored about the chat, and never was since it was last erased.
    """

    chat: Chat
    active: bool = True
    subscriptions: tuple[Subscription, ...] = ()
    muted: dict[str, int] = {}
    daily_limit: int = 0
    settings: ChatSettings = ChatSettings()
    new: bool = False


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
    ``key`` is unique per chat: the alert's id, or a notice's name. ``first_ms`` is when the chat
    got its first edition, 0 before.
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
    first_ms: int = 0


class Limits(msgspec.Struct, frozen=True):
    """How fast a platform takes messages; 0 means no such limit.

    ``per_second`` over all chats, ``per_chat_s`` seconds between two to one chat,
    ``per_group_minute`` messages per minute to one group.
    """

    per_second: float = 0.0
    per_chat_s: float = 0.0
    per_group_minute: int = 0
