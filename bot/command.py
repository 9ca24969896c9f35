"""What a command is: its names, its parameters, who may use it, and what it does."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from bot.model import Chat, Message, Request, Unreal
from bot.ports import (
    Casebook,
    Charts,
    Commentator,
    Directory,
    Eraser,
    Exchange,
    Health,
    Hindsight,
    Insight,
    Journal,
    Ledger,
    NewsReader,
    Preferences,
    Schedules,
    Subscriptions,
    Surveyor,
    Targets,
)
from pipeline.futures import Futures
from pipeline.market import Market
from pipeline.won import Won

ParameterKind = Literal[
    "symbol",
    "symbols",
    "kinds",
    "duration",
    "command",
    "schedule",
    "setting",
    "price",
    "code",
    "interval",
    "text",
]
Who = Literal["all", "admins", "operators"]

MAX_TYPED: Final = 500
"""Characters of a request, where its command takes no longer ones; subscribing to fifty symbols
takes fewer."""


class Parameter(msgspec.Struct, frozen=True):
    """One parameter; its kind decides how it is completed."""

    name: str
    korean: str
    description: str
    kind: ParameterKind
    required: bool = False


class Context(msgspec.Struct, frozen=True):
    """What commands work with. ``kinds`` are the alert kinds there are, ``now_ms`` the time.

    ``ledger``, both budgets, ``commentator`` and ``news`` are None while there are no AI
    explanations, ``charts`` where nothing can be drawn, ``futures`` and ``won`` (prices in won)
    where none are followed.
    ``ai_problem`` is what keeps models from explaining now: the gateway refuses its key or balance,
    the month's budget is used up, or it keeps failing.
    ``troubles`` are what operators have been told to be wrong, for a chat that is told; ``away``
    are the platforms among it, by name, and since when, for everybody.
    ``summary_times`` ("HH:MM") and ``zone`` are what a chat gets that names none.
    ``floors`` are what alerts of a kind reach at least: US dollars of a large trade, percent of a
    price jump or a pump, basis points of a spread. ``began_ms`` is when this run began to watch.
    """

    market: Market
    directory: Directory
    subscriptions: Subscriptions
    journal: Journal
    exchange: Exchange
    health: Health
    surveyor: Surveyor
    schedules: Schedules
    preferences: Preferences
    targets: Targets
    eraser: Eraser
    casebook: Casebook
    insight: Insight
    hindsight: Hindsight
    kinds: Sequence[str]
    now_ms: Callable[[], int]
    unreal: Unreal | None
    version: str
    commands: Callable[[], Sequence["Command"]]
    ledger: Ledger | None = None
    daily_budget_usd: float | None = None
    monthly_budget_usd: float | None = None
    ai_problem: Callable[[], Literal["", "account", "month", "failing"]] = lambda: ""
    commentator: Commentator | None = None
    charts: Charts | None = None
    news: NewsReader | None = None
    futures: Futures | None = None
    won: Won | None = None
    summary_times: tuple[str, ...] = ("09:00", "21:00")
    zone: str = "Asia/Seoul"
    floors: Mapping[str, float] = {}
    began_ms: int = 0
    troubles: Callable[[Chat], Sequence[str]] = lambda chat: ()
    away: Callable[[], Mapping[str, int]] = dict


Run = Callable[[Context, Request, list[str]], Awaitable[Message]]


class Command(msgspec.Struct, frozen=True):
    """One command, defined once for every platform.

    ``run`` gets the words typed after the name and raises UserError for bad input. ``korean`` is
    the Korean name, ``aliases`` further words that call it, ``example`` one that works.
    ``private``: everybody may use it, but its answer is the asker's alone, where that can be.
    ``details`` are further lines of /help on it.
    ``longest`` is how many characters may be typed for it. ``asks_ai``: the better edition of its
    answer (bot.model.Draft) counts against the limits of AI requests; bad input has none.
    """

    name: str
    korean: str
    description: str
    example: str
    run: Run
    parameters: tuple[Parameter, ...] = ()
    aliases: tuple[str, ...] = ()
    who: Who = "all"
    private: bool = False
    details: tuple[str, ...] = ()
    longest: int = MAX_TYPED
    asks_ai: bool = False
