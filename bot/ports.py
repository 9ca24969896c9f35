"""The interfaces of the bot layer; implementations are chosen in bot/wiring alone."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from bot.drawings import Drawing
from bot.hindsight import Standing
from bot.model import (
    Chat,
    ChatSettings,
    ChatState,
    Decision,
    Handover,
    Limits,
    Message,
    Minute,
    Near,
    Picture,
    Request,
    Schedule,
    Sent,
    StoredAlert,
    Target,
    Task,
    Unreal,
)
from bot.readings import MoodWord, SpreadReading, Survey
from bot.situation import Situation
from pipeline.gate import Turned
from pipeline.model import AnyAlert, Book, Candle, SymbolInfo, Ticker

Answer = Callable[[Request], Awaitable[Message]]
"""What a person is told; a Draft may be followed by one more edition of it."""


class Platform(Protocol):
    """A place where people read and type: Telegram, Discord, the web page.

    One that keeps a pace of its own may say as ``waiting`` how many messages that were handed to it
    wait for their turn: its sender then keeps the next ones, so that urgent ones can still pass.
    """

    name: str
    limits: Limits

    async def listen(self, answer: Answer) -> None:
        """Receive requests until cancelled; every request is answered, errors included."""
        ...

    def is_group(self, chat: Chat) -> bool:
        """Whether the limits of groups count for the chat (see Limits)."""
        ...

    async def send(self, chat: Chat, message: Message) -> Sent:
        """Hand one message over. Raises RetryLater, MessageRefused, ChatMoved or ChatGone."""
        ...

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace a message sent before. Raises what ``send`` does."""
        ...


class Editor(Protocol):
    """Sends and edits, whether the database takes it or not; see bot/unrecorded.py."""

    async def taken(self, change: Callable[[], Awaitable[object]], what: str) -> bool:
        """Whether the database has made a change that lets ``what`` go out; if not, it may make
        it later."""
        ...

    def later(self, change: Callable[[], Awaitable[object]]) -> None:
        """Make the change once the database takes some."""
        ...

    async def amend(
        self,
        keys: Collection[str],
        change: Callable[[Message], Message],
        edit_until_ms: int,
        besides: Collection[Chat] = (),
    ) -> None:
        """Edit what was sent, as Store.amend does."""
        ...


class Lobby(Protocol):
    """What platforms tell of the chats that the bot is in."""

    async def joined(self, chat: Chat) -> Message | None:
        """The bot was added, or is back: what had been paused goes on. What to post there: the
        greeting, once ever, and later on that alerts come again, if any had been paused."""
        ...

    async def reachable(self, chat: Chat) -> Message | None:
        """The bot has just written there: what had been paused goes on. What to post then."""
        ...

    async def paused(self, platform: str) -> Sequence[Chat]:
        """The platform's chats that are paused, topics and all."""
        ...

    async def lost_topic(self, chat: Chat) -> bool:
        """The topic takes no messages any more, the chat does. Whether that is news."""
        ...

    async def found_topic(self, chat: Chat) -> None:
        """The topic takes messages (again)."""
        ...

    async def left(self, chat: Chat) -> None:
        """The bot was removed, blocked or lost the right to write: pause the chat."""
        ...

    async def moved(self, chat: Chat, new_id: str) -> None:
        """The chat has another id now; everything stored goes along."""
        ...


class Explainer(Protocol):
    """Turns a measured alert into Korean prose; never invents a number."""

    async def explain(self, alert: AnyAlert) -> str:
        """One to three sentences. Raises ExplainError if there are none this time."""
        ...


class Commentator(Protocol):
    """Puts what a command measured into Korean prose; never invents a number."""

    async def comment(self, reading: SpreadReading | Survey | Situation) -> str:
        """One to four sentences. Raises ExplainError if there are none this time."""
        ...


class News(msgspec.Struct, frozen=True):
    """A news text in three lines: what it tells, a detail of it, and the reason of the ``mood``.

    Lines are Korean without markup; what they say stands in the text. The second and the third are
    blank where that could not be made sure of.
    """

    mood: MoodWord
    what: str
    detail: str
    reason: str


class NewsReader(Protocol):
    """Reads a news text that somebody pasted, and trusts nothing in it."""

    async def read(self, text: str) -> News:
        """The text in three lines. Raises ExplainError if it cannot be told reliably."""
        ...


# --- what commands are given -------------------------------------------------------------------


class Directory(Protocol):
    """Every pair that trades, found by whatever people call it."""

    def find(self, text: str) -> SymbolInfo:
        """``btcusdt``, ``BTC``, ``btc-usdt``, ``KRW-BTC``, ``비트``, … → the pair.

        Raises UserError with suggestions."""
        ...

    def suggest(self, prefix: str, limit: int = 25) -> Sequence[SymbolInfo]:
        """Pairs for autocompletion, most traded first."""
        ...


class Subscriptions(Protocol):
    """What each chat asked for."""

    async def chat(self, chat: Chat) -> ChatState:
        """Everything stored about the chat (empty if nothing is)."""
        ...

    async def subscribe(self, chat: Chat, symbols: Collection[str], kinds: Collection[str]) -> None:
        """Add every pairing of the symbols and kinds (``ALL`` for all) and activate the chat."""
        ...

    async def keep(self, chat: Chat, wishes: Collection[tuple[str, str]]) -> None:
        """Let exactly these (symbol, kind) subscriptions of the chat remain, all at once."""
        ...

    async def limit(self, chat: Chat, per_day: int) -> None:
        """About so many alerts a day, the largest; 0 for no limit."""
        ...

    async def mute(self, chat: Chat, symbol: str, until_ms: int) -> None:
        """No alerts of the symbol (or ALL) before ``until_ms``; 0 ends the mute."""
        ...


class Preferences(Protocol):
    """How each chat wants its alerts; ``Subscriptions.chat`` reads it."""

    async def change(
        self, chat: Chat, change: Callable[[ChatSettings], ChatSettings]
    ) -> ChatSettings:
        """Change what is stored in one step; returns what is stored now."""
        ...


class Schedules(Protocol):
    """What each chat wants by the clock."""

    async def schedules(self, chat: Chat) -> Sequence[Schedule]:
        """What the chat wants, in a steady order."""
        ...

    async def schedule(
        self, chat: Chat, task: Task, symbol: str | None, wanted: Sequence[Schedule]
    ) -> None:
        """Let the chat have exactly these of the task (and the symbol, if one is named)."""
        ...


class Targets(Protocol):
    """The prices that each chat waits for."""

    async def targets(self, chat: Chat) -> Sequence[Target]:
        """What the chat waits for, in a steady order."""
        ...

    async def add(self, target: Target, instead: int | None = None) -> Target:
        """Wait for it from now on, in place of the chat's target of the number ``instead``; it
        comes back with its own number. Raises UserError when there are too many."""
        ...

    async def remove(self, chat: Chat, number: int) -> Target | None:
        """Wait for the chat's target of this number no more; None if it has no such."""
        ...


class Eraser(Protocol):
    """What is stored about a chat's id (all its topics), and how all of it goes."""

    def code(self, chat: Chat, user: str) -> str:
        """What the user has to say in this chat, within some minutes, to confirm."""
        ...

    def confirms(self, chat: Chat, user: str, code: str) -> bool:
        """Whether that was just given to this user in this chat."""
        ...

    async def held(self, chat: Chat) -> Mapping[str, int]:
        """How many rows there are, by table."""
        ...

    async def erase(self, chat: Chat) -> Mapping[str, int]:
        """Remove all of it; how many rows went, by table."""
        ...


class Surveyor(Protocol):
    """Looks at the whole market."""

    async def survey(self) -> Survey:
        """The market now, or as it was a moment ago. Raises UserError when too little is known."""
        ...


class Journal(Protocol):
    """The alerts of the past."""

    async def recent(
        self, kind: str, symbol: str | None, since_ms: int, limit: int
    ) -> Sequence[StoredAlert]:
        """Newest first."""
        ...


class History(Protocol):
    """The minutes of the past."""

    async def candles(self, symbol: str, since_ms: int, until_ms: int) -> Sequence[Minute]:
        """Those kept that open from ``since_ms`` on and before ``until_ms``, oldest first."""
        ...


class Hindsight(Protocol):
    """What prices did after alerts; see bot.hindsight for how it is counted."""

    async def standings(self, symbol: str | None = None) -> Sequence[Standing]:
        """Every group of alerts of which something is known (of the symbol), at each horizon; of
        all symbols as it was a moment ago."""
        ...

    async def since(self) -> int | None:
        """When the first alert that counts was told; None if there is none."""
        ...


class Casebook(Protocol):
    """What became of alerts in a chat."""

    async def alert(self, ref: str) -> StoredAlert | None:
        """The alert of a short name (bot.model.short_ref)."""
        ...

    async def decided(
        self, chat: Chat, symbol: str | None, since_ms: int, limit: int
    ) -> Sequence[tuple[StoredAlert, Decision]]:
        """Alerts (of the symbol) that were weighed for the chat, newest first."""
        ...

    async def decision(self, chat: Chat, alert_id: str) -> Decision | None:
        """What was decided for the chat; None if it did not ask for such alerts then."""
        ...

    async def handover(self, chat: Chat, alert_id: str) -> Handover | None:
        """How the alert's own message fares; None if it has none in the chat."""
        ...

    async def told_by(self, chat: Chat, message_ref: str) -> StoredAlert | None:
        """The alert that a message of the chat tells of, by the platform's id of the message; None
        if it tells of none, or of one that is no longer kept."""
        ...


class Insight(Protocol):
    """What the pipeline measured of a symbol in the last hour."""

    def turned_away(self, symbol: str, since_ms: int) -> Sequence[Turned]:
        """What the gate did not let pass since then, oldest first."""
        ...

    def near(self, symbol: str, since_ms: int) -> Near:
        """The largest since then, against what an alert takes."""
        ...


class Exchange(Protocol):
    """What only the exchange knows: books and bars of any pair, watched or not.

    Every call raises UserError when the exchange does not answer within a moment. Of pairs of other
    exchanges it knows what is streamed.
    """

    async def ready(self, symbol: str) -> None:
        """Have a pair of another exchange followed, and wait a moment for the first of it."""
        ...

    async def book(self, symbol: str, levels: int = 20) -> Book:
        """A book of at least ``levels`` levels a side (fewer if there are no more): the streamed
        one when it is fresh and deep enough, else from REST (≤ 1000 levels)."""
        ...

    async def candles(self, symbol: str, interval: str, limit: int) -> Sequence[Candle]:
        """The newest bars, oldest first, the last one still open."""
        ...

    async def day(self, symbol: str) -> Ticker:
        """The rolling 24 hours."""
        ...


class Charts(Protocol):
    """Draws pictures."""

    async def draw(self, drawing: Drawing, alt: str) -> Picture:
        """The picture; one of the same question drawn a moment ago does as well.

        ``alt`` says in Korean what it shows. Raises DrawError if there is none within seconds."""
        ...


class Album(Protocol):
    """The PNGs of pictures."""

    async def png(self, name: str) -> bytes | None:
        """The picture of this name, None if it is not kept (any more)."""
        ...


class Spend(msgspec.Struct, frozen=True):
    """What one call of an AI model cost.

    ``id`` is unique per call, ``day_ms`` the midnight in Korea that its day began with.
    ``subject`` is what it was about: an alert's id, or the name of a reading. ``outcome``: "shown",
    "refused" (the text did not match the facts) or "cut" (no whole answer in time, but perhaps
    billed). ``estimated``: the gateway did not say how many tokens.
    """

    id: str
    at_ms: int
    day_ms: int
    task: str
    model: str
    subject: str
    outcome: str
    tokens_in: int
    tokens_out: int
    usd: float
    estimated: bool


class SpendSum(msgspec.Struct, frozen=True):
    """The spending of one task on one model in one Korean day (``day_ms``: its midnight)."""

    day_ms: int
    task: str
    model: str
    calls: int
    shown: int
    estimated: int
    tokens_in: int
    tokens_out: int
    usd: float


class Ledger(Protocol):
    """What the AI explanations cost."""

    async def spend(self, entry: Spend) -> None:
        """Write one call down; the same ``id`` again changes nothing."""
        ...

    async def spent(self, since_ms: int, before_ms: int) -> Sequence[SpendSum]:
        """Sums by Korean day, task and model, in this order, over the calls of this time."""
        ...


class FeedHealth(msgspec.Struct, frozen=True):
    """How the market data is doing. ``problem`` is a code: see watch of pipeline.sources."""

    ok: bool
    unreal: Unreal | None
    age_ms: int | None
    delay_ms: int | None
    symbols: int
    connections: int
    reconnects: int
    gaps: int
    recovered_trades: int
    bad_frames: int
    problem: str = ""
    others: tuple[str, ...] = ()
    """What else there is to say of where data come from, in whole Korean lines."""


class Health(Protocol):
    """What /status, /healthz and the page say."""

    def feed(self) -> FeedHealth:
        """The market data."""
        ...

    def queued(self) -> int:
        """Messages waiting to be delivered."""
        ...
