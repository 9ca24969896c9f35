"""Stand-ins that behave: ports of the bot layer in memory, and a small market to ask about."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec

from bot.answer import Answerer
from bot.command import Command, Context
from bot.commands import COMMANDS
from bot.deliver import Deliverer
from bot.errors import UserError
from bot.hindsight import Standing
from bot.model import (
    Chat,
    ChatSettings,
    ChatState,
    Decision,
    Handover,
    Message,
    Minute,
    Near,
    Request,
    Schedule,
    StoredAlert,
    Subscription,
    Target,
    Task,
    short_ref,
)
from bot.ports import Charts, Commentator, Directory, FeedHealth, NewsReader
from bot.store import Store
from bot.surveyor import MarketSurveyor
from bot.symbols import Symbols
from bot.unreal import SIMULATED
from bot.unrecorded import Unrecorded
from pipeline.futures import Futures
from pipeline.gate import Turned
from pipeline.market import Market
from pipeline.model import ALL, Book, Candle, LargeTrade, Side, SymbolInfo, Ticker, Trade
from pipeline.won import Won

NOW_MS = 1_768_176_201_000
"""1월 12일(월) 09:03:21 KST (2026)."""

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

KINDS = ("large_trade", "price_jump", "spread")
CHAT = Chat("web", "visitor")
OPERATORS = ("web:visitor",)

DOWN = "바이낸스가 응답하지 않아 조회하지 못했습니다. 잠시 뒤 다시 시도하세요."

LISTING: Mapping[str, SymbolInfo] = {
    info.symbol: info
    for info in (
        SymbolInfo("BTCUSDT", "BTC", "USDT", tick=0.01, step=0.00001),
        SymbolInfo("ETHUSDT", "ETH", "USDT", tick=0.01, step=0.0001),
        SymbolInfo("XRPUSDT", "XRP", "USDT", tick=0.0001, step=0.1),
        SymbolInfo("SOLUSDT", "SOL", "USDT", tick=0.01, step=0.001),
        SymbolInfo("DOGEUSDT", "DOGE", "USDT", tick=0.00001, step=1),
        SymbolInfo("PEPEUSDT", "PEPE", "USDT", tick=0.00000001, step=1),
        SymbolInfo("ADAUSDT", "ADA", "USDT", tick=0.0001, step=0.1),
        SymbolInfo("ETHBTC", "ETH", "BTC", tick=0.00001, step=0.0001),
        SymbolInfo("SOLTRY", "SOL", "TRY", tick=0.1, step=0.001),
        SymbolInfo("LUNAUSDT", "LUNA", "USDT", trading=False),
    )
}


class FakeSubscriptions:
    """Implements bot.ports.Subscriptions and Preferences as the store does, without a database."""

    def __init__(self) -> None:
        self._active: dict[Chat, bool] = {}
        self._wishes: dict[Chat, set[tuple[str, str]]] = {}
        self._muted: dict[Chat, dict[str, int]] = {}
        self._limits: dict[Chat, int] = {}
        self._settings: dict[Chat, ChatSettings] = {}
        self._kept = (self._active, self._wishes, self._muted, self._limits, self._settings)

    async def chat(self, chat: Chat) -> ChatState:
        """Everything stored about the chat (empty if nothing is)."""
        wishes = sorted(self._wishes.get(chat, ()))
        return ChatState(
            chat,
            self._active.get(chat, True),
            tuple(Subscription(chat, symbol, kind) for symbol, kind in wishes),
            dict(self._muted.get(chat, {})),
            self._limits.get(chat, 0),
            self._settings.get(chat, ChatSettings()),
            new=not any(chat in kept for kept in self._kept),
        )

    async def subscribe(self, chat: Chat, symbols: Collection[str], kinds: Collection[str]) -> None:
        """Add every pairing and activate the chat."""
        self._active[chat] = True
        pairings = {(symbol, kind) for symbol in symbols for kind in kinds}
        self._wishes.setdefault(chat, set()).update(pairings)

    async def keep(self, chat: Chat, wishes: Collection[tuple[str, str]]) -> None:
        """Let exactly these (symbol, kind) subscriptions of the chat remain."""
        self._wishes[chat] = set(wishes)

    async def mute(self, chat: Chat, symbol: str, until_ms: int) -> None:
        """No alerts of the symbol (or ALL) before ``until_ms``; 0 ends the mute."""
        if until_ms:
            self._muted.setdefault(chat, {})[symbol] = until_ms
        else:
            self._muted.get(chat, {}).pop(symbol, None)

    async def limit(self, chat: Chat, per_day: int) -> None:
        """About so many alerts a day, the largest; 0 for no limit."""
        self._limits[chat] = per_day

    async def change(
        self, chat: Chat, change: Callable[[ChatSettings], ChatSettings]
    ) -> ChatSettings:
        """Change what is stored; as bot.ports.Preferences has it."""
        self._settings[chat] = change(self._settings.get(chat, ChatSettings()))
        return self._settings[chat]

    def pause(self, chat: Chat) -> None:
        """The chat could not be reached."""
        self._active[chat] = False


class FakeSchedules:
    """Implements bot.ports.Schedules as the store does, without a database."""

    def __init__(self) -> None:
        self._wanted: list[Schedule] = []

    async def schedules(self, chat: Chat) -> list[Schedule]:
        """What the chat wants, in a steady order."""
        return sorted(one for one in self._wanted if one.chat == chat)

    async def schedule(
        self, chat: Chat, task: Task, symbol: str | None, wanted: Sequence[Schedule]
    ) -> None:
        """Let the chat have exactly these of the task (and the symbol, if one is named)."""
        self._wanted = [
            one
            for one in self._wanted
            if (one.chat, one.task) != (chat, task) or symbol not in (None, one.symbol)
        ]
        self._wanted += wanted


class FakeTargets:
    """Implements bot.ports.Targets as the program does, without a database."""

    def __init__(self) -> None:
        self._kept: dict[int, Target] = {}
        self._last = 0

    async def targets(self, chat: Chat) -> list[Target]:
        """What the chat waits for, in a steady order."""
        return [target for target in self._kept.values() if target.chat == chat]

    async def add(self, target: Target, instead: int | None = None) -> Target:
        """Wait for it from now on."""
        if instead is not None:
            del self._kept[instead]
        self._last += 1
        kept = self._kept[self._last] = msgspec.structs.replace(target, id=self._last)
        return kept

    async def remove(self, chat: Chat, number: int) -> Target | None:
        """Wait for the chat's target of this number no more."""
        found = self._kept.get(number)
        return self._kept.pop(number) if found is not None and found.chat == chat else None


class FakeEraser:
    """Implements bot.ports.Eraser over what it is told that there is."""

    def __init__(self) -> None:
        self.stored: dict[Chat, dict[str, int]] = {}

    def code(self, chat: Chat, user: str) -> str:
        """As long as it is known to be the same for the same asker."""
        return f"{sum(map(ord, f'{chat}{user}')) % 1_000_000:06d}"

    def confirms(self, chat: Chat, user: str, code: str) -> bool:
        """Whether it is this asker's."""
        return code == self.code(chat, user)

    async def held(self, chat: Chat) -> Mapping[str, int]:
        """How many rows there are, by table."""
        return self.stored.get(chat, {})

    async def erase(self, chat: Chat) -> Mapping[str, int]:
        """Remove all of it."""
        return self.stored.pop(chat, {})


class FakeCasebook:
    """Implements bot.ports.Casebook over a journal and lists of what became of its alerts."""

    def __init__(self, journal: "FakeJournal") -> None:
        self._journal = journal
        self.decisions: list[Decision] = []
        self.handovers: dict[tuple[Chat, str], Handover] = {}
        self.messages: dict[tuple[Chat, str], str] = {}

    async def alert(self, ref: str) -> StoredAlert | None:
        """The alert of a short name."""
        return next((r for r in self._journal.stored if short_ref(r.alert.id) == ref), None)

    async def decided(
        self, chat: Chat, symbol: str | None, since_ms: int, limit: int
    ) -> list[tuple[StoredAlert, Decision]]:
        """Newest first."""
        known = {d.alert_id: d for d in self.decisions if d.chat == chat}
        rows = await self._journal.recent(ALL, symbol, since_ms, len(self._journal.stored))
        return [(row, known[row.alert.id]) for row in rows if row.alert.id in known][:limit]

    async def decision(self, chat: Chat, alert_id: str) -> Decision | None:
        """What was decided for the chat."""
        its = (d for d in self.decisions if (d.chat, d.alert_id) == (chat, alert_id))
        return next(its, None)

    async def handover(self, chat: Chat, alert_id: str) -> Handover | None:
        """How the alert's message fares."""
        return self.handovers.get((chat, alert_id))

    async def told_by(self, chat: Chat, message_ref: str) -> StoredAlert | None:
        """The alert that a message tells."""
        return await self.alert(self.messages.get((chat, message_ref), ""))


class FakeHindsight:
    """Implements ports.Hindsight with what a test puts into it."""

    def __init__(self) -> None:
        self.known: dict[str | None, list[Standing]] = {}
        self.since_ms: int | None = None

    async def standings(self, symbol: str | None = None) -> list[Standing]:
        """What is known of the symbol, or of all."""
        return self.known.get(symbol, [])

    async def since(self) -> int | None:
        """When it began."""
        return self.since_ms


class FakeInsight:
    """Implements bot.ports.Insight with what it is told."""

    def __init__(self) -> None:
        self.turned: dict[str, list[Turned]] = {}
        self.measured: dict[str, Near] = {}

    def turned_away(self, symbol: str, since_ms: int) -> list[Turned]:
        """What the gate did not let pass."""
        return [t for t in self.turned.get(symbol, []) if t.alert.at_ms >= since_ms]

    def near(self, symbol: str, since_ms: int) -> Near:
        """The largest since then; nothing is watched that it was not told of."""
        return self.measured.get(symbol, Near(watched=False))


class FakeJournal:
    """Implements bot.ports.Journal over a list."""

    def __init__(self, stored: Sequence[StoredAlert] = ()) -> None:
        self.stored = list(stored)

    async def recent(
        self, kind: str, symbol: str | None, since_ms: int, limit: int
    ) -> Sequence[StoredAlert]:
        """Newest first."""
        found = [
            row
            for row in self.stored
            if kind in (ALL, row.alert.kind)
            and symbol in (None, row.alert.symbol)
            and row.alert.at_ms >= since_ms
        ]
        return sorted(found, key=lambda row: (-row.alert.at_ms, row.alert.id))[:limit]


class FakeHistory:
    """Implements bot.ports.History over a list."""

    def __init__(self) -> None:
        self.kept: list[Minute] = []

    async def candles(self, symbol: str, since_ms: int, until_ms: int) -> list[Minute]:
        """Oldest first."""
        found = (m for m in self.kept if m.symbol == symbol and since_ms <= m.open_ms < until_ms)
        return sorted(found, key=lambda minute: minute.open_ms)


class FakeExchange:
    """Implements bot.ports.Exchange over what it was given; ``down`` answers nothing."""

    def __init__(self) -> None:
        self.books: dict[str, Book] = {}
        self.bars: dict[str, Sequence[Candle]] = {}
        self.days: dict[str, Ticker] = {}
        self.down = False

    async def ready(self, symbol: str) -> None:
        """Everything it was given is there."""

    async def book(self, symbol: str, levels: int = 20) -> Book:
        """At most ``levels`` levels a side."""
        self._reach()
        book = self.books.get(symbol, Book(symbol, (), ()))
        return msgspec.structs.replace(book, bids=book.bids[:levels], asks=book.asks[:levels])

    async def candles(self, symbol: str, interval: str, limit: int) -> Sequence[Candle]:
        """The newest bars, oldest first."""
        self._reach()
        bars = [bar for bar in self.bars.get(symbol, ()) if bar.interval == interval]
        return bars[-limit:]

    async def day(self, symbol: str) -> Ticker:
        """The rolling 24 hours; zeros for a pair that was never traded, as Binance has it."""
        self._reach()
        return self.days.get(symbol) or Ticker(symbol, NOW_MS, 0, 0, 0, 0, 0, 0)

    def _reach(self) -> None:
        if self.down:
            raise UserError(DOWN)


class FakeHealth:
    """Implements bot.ports.Health with what it is told."""

    def __init__(self, feed: FeedHealth, queued: int = 0) -> None:
        self._feed = feed
        self._queued = queued

    def feed(self) -> FeedHealth:
        """The market data."""
        return self._feed

    def queued(self) -> int:
        """Messages waiting to be delivered."""
        return self._queued


FLOORS = {"large_trade": 50_000.0, "price_jump": 1.5, "spread": 10.0, "pump": 3.0, "kimchi": 5.0}


class Bot:
    """Everything a command works with; what a test changes is an attribute."""

    def __init__(self, *, simulated: bool = False) -> None:
        self.now_ms = NOW_MS
        self.simulated = simulated
        self.market = Market()
        self.market.listing = dict(LISTING)
        self.market.saw(NOW_MS)
        self.directory: Directory = Symbols(LISTING)
        self.subscriptions = FakeSubscriptions()
        self.schedules = FakeSchedules()
        self.targets = FakeTargets()
        self.eraser = FakeEraser()
        self.commentator: Commentator | None = None
        self.charts: Charts | None = None
        self.news: NewsReader | None = None
        self.futures: Futures | None = None
        self.won: Won | None = None
        self.journal = FakeJournal()
        self.history = FakeHistory()
        self.casebook = FakeCasebook(self.journal)
        self.insight = FakeInsight()
        self.hindsight = FakeHindsight()
        self.exchange = FakeExchange()
        self.health = FakeHealth(healthy(simulated=simulated))
        self.troubles: list[str] = []
        self.away: dict[str, int] = {}
        self.began_ms = 0
        self.kinds: tuple[str, ...] = KINDS
        self.commands: dict[str, Command] = dict(COMMANDS)

    @property
    def context(self) -> Context:
        """What commands are given."""
        return Context(
            market=self.market,
            directory=self.directory,
            subscriptions=self.subscriptions,
            schedules=self.schedules,
            preferences=self.subscriptions,
            targets=self.targets,
            eraser=self.eraser,
            casebook=self.casebook,
            insight=self.insight,
            hindsight=self.hindsight,
            surveyor=MarketSurveyor(
                self.market,
                self.directory,
                self.exchange,
                self.journal,
                self.history,
                age_ms=lambda: self.health.feed().age_ms,
                now_ms=lambda: self.now_ms,
                clock=lambda: self.now_ms / 1000,
            ),
            commentator=self.commentator,
            charts=self.charts,
            news=self.news,
            futures=self.futures,
            won=self.won,
            journal=self.journal,
            exchange=self.exchange,
            health=self.health,
            kinds=self.kinds,
            now_ms=lambda: self.now_ms,
            unreal=SIMULATED if self.simulated else None,
            version="0.1.0",
            floors=FLOORS,
            began_ms=self.began_ms,
            troubles=lambda chat: self.troubles,
            away=lambda: self.away,
            commands=lambda: tuple(self.commands.values()),
        )

    def list_also(self, *pairs: SymbolInfo) -> None:
        """More pairs are listed."""
        self.market.listing |= {info.symbol: info for info in pairs}
        self.directory = Symbols(self.market.listing)

    def tick(self, symbol: str, price: float, at_ms: int, quantity: float = 1.0) -> None:
        """A trade happens."""
        self.market.trade(
            self.market[symbol], Trade(symbol, at_ms, price, quantity, at_ms, buyer_is_maker=False)
        )

    async def ask(self, text: str, **who: Any) -> Message:
        """The answer to a text as the bot gives it; ``who`` as for ``request``."""
        return await Answerer(self.context, self.commands, operators=OPERATORS)(
            request(text, **who)
        )


def request(
    text: str,
    *,
    admin: bool = True,
    private: bool = True,
    user: str = "visitor",
    chat: Chat = CHAT,
    reply_to: str = "",
) -> Request:
    """What a person typed."""
    return Request(chat=chat, user=user, text=text, admin=admin, private=private, reply_to=reply_to)


def healthy(*, simulated: bool = False) -> FeedHealth:
    """A feed without any trouble."""
    return FeedHealth(
        ok=True,
        unreal=SIMULATED if simulated else None,
        age_ms=300,
        delay_ms=85,
        symbols=432,
        connections=3,
        reconnects=1,
        gaps=0,
        recovered_trades=12,
        bad_frames=0,
    )


def large_trade(
    symbol: str, side: Side, notional: float, at_ms: int, *, price: float = 100.0
) -> StoredAlert:
    """A large trade as the journal keeps it."""
    alert = LargeTrade(
        id=f"large_trade:{symbol}:{side}:{at_ms}",
        symbol=symbol,
        at_ms=at_ms,
        excess=notional / 50_000,
        side=side,
        quantity=notional / price,
        price=price,
        notional=notional,
        fills=3,
        first_ms=at_ms,
        last_ms=at_ms,
        slippage_bp=None,
        percentile=None,
        per_day=None,
        change_1m_pct=None,
        rare=True,
    )
    return StoredAlert(alert, at_ms)


def ashore(store: Store) -> Unrecorded:
    """What sends unrecorded alerts, to no platform at all."""
    return Unrecorded(store, Deliverer(store, [], now_ms=lambda: NOW_MS), now_ms=lambda: NOW_MS)


def minute_bars(
    symbol: str, opens: Sequence[float], last_open_ms: int, interval: str = "1m"
) -> list[Candle]:
    """Bars by their opening prices, the last of which opens at ``last_open_ms``; of a minute, or
    with Binance's name of an ``interval``."""
    return list(_minute_bars(symbol, tuple(opens), last_open_ms, interval))


@lru_cache(1_000)
def _minute_bars(
    symbol: str, opens: Sequence[float], last_open_ms: int, interval: str
) -> tuple[Candle, ...]:
    step_ms = int(interval[:-1]) * {"m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}[interval[-1]]
    first_ms = last_open_ms - (len(opens) - 1) * step_ms
    closes = [*opens[1:], opens[-1]]
    return tuple(
        Candle(
            symbol=symbol,
            interval=interval,
            open_ms=first_ms + i * step_ms,
            close_ms=first_ms + (i + 1) * step_ms - 1,
            open=opened,
            high=max(opened, closed),
            low=min(opened, closed),
            close=closed,
            volume=1.0,
            quote_volume=opened,
            trades=1,
            taker_buy_volume=0.5,
            taker_buy_quote_volume=opened / 2,
            closed=i < len(opens) - 1,
            at_ms=first_ms + (i + 1) * step_ms - 1,
        )
        for i, (opened, closed) in enumerate(zip(opens, closes, strict=True))
    )


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2
