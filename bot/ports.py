"""The interfaces of the bot layer; implementations are chosen in bot/app.py alone."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Protocol

import msgspec

from bot.model import (
    Chat,
    ChatState,
    Limits,
    Message,
    Request,
    Schedule,
    Sent,
    StoredAlert,
    Task,
)
from bot.readings import SpreadReading, Survey
from pipeline.model import AnyAlert, Book, Candle, SymbolInfo, Ticker

Answer = Callable[[Request], Awaitable[Message]]
"""What a person is told; a Draft may be followed by one more edition of it."""


class Platform(Protocol):
    """A place where people read and type: Telegram, Discord, the web page."""

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

    async def comment(self, reading: SpreadReading | Survey) -> str:
        """One to four sentences. Raises ExplainError if there are none this time."""
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


class Exchange(Protocol):
    """What only the exchange knows: books and bars of any pair, watched or not.

    Every call raises UserError when the exchange does not answer within a moment.
    """

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
    simulated: bool
    age_ms: int | None
    delay_ms: int | None
    symbols: int
    connections: int
    reconnects: int
    gaps: int
    recovered_trades: int
    bad_frames: int
    problem: str = ""


class Health(Protocol):
    """What /status, /healthz and the page say."""

    def feed(self) -> FeedHealth:
        """The market data."""
        ...

    def queued(self) -> int:
        """Messages waiting to be delivered."""
        ...
