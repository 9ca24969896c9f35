"""A bot, a store and a market for the web chat's tests: small, but they behave."""

import asyncio
import contextlib
import gc
import logging
from collections.abc import AsyncIterator, Sequence

import pytest
from drafts import Commented
from pictures import png

from bot.alarm import Trouble
from bot.album import Album
from bot.errors import BotError, UserError
from bot.model import Button, Chat, Message, Request, Sent
from bot.platforms.web import CommandInfo, WebPlatform
from bot.ports import FeedHealth
from bot.unreal import SIMULATED
from pipeline.model import SymbolInfo

DEADLINE_S = 10.0
NAMES = {"BTC": "비트코인", "ETH": "이더리움", "SOL": "솔라나"}
SYMBOLS = [SymbolInfo(f"{base}USDT", base, "USDT") for base in NAMES]
COMMANDS = (
    CommandInfo("start", "시작", "고래봇을 소개합니다", "/start"),
    CommandInfo("spread", "스프레드", "매수·매도 호가 차이를 봅니다", "/spread btc", ("symbol",)),
    CommandInfo(
        "subscribe", "구독", "알림을 받습니다", "/subscribe btc spread", ("symbols", "kinds")
    ),
    CommandInfo("mute", "음소거", "알림을 잠시 끕니다", "/mute 1시간", ("duration",)),
    CommandInfo("movers", "급등락", "많이 움직인 종목", "/movers"),
    CommandInfo("help", "도움말", "명령의 사용법", "/help spread", ("command",)),
    CommandInfo("slow", "느림", "기다려야 오는 답", "/slow"),
)


def alert(name: str, note: str = "자동 설명입니다.") -> Message:
    """An alert's message, with its name as key and in its head."""
    return Message(
        head=f"🐳 {name} 대량 매수 체결",
        lines=("118.2 BTC · 평균 104,402달러",),
        note=note,
        foot="※ 정보 제공용이며 투자 조언이 아닙니다.",
        tone="up",
        key=name,
    )


class Market:
    """Health and Directory."""

    def __init__(self) -> None:
        self.ok = True
        self.problem = ""
        self.delay_ms = 87

    def feed(self) -> FeedHealth:
        """The health as set."""
        return FeedHealth(
            ok=self.ok,
            unreal=SIMULATED,
            age_ms=412,
            delay_ms=self.delay_ms,
            symbols=36,
            connections=2,
            reconnects=1,
            gaps=0,
            recovered_trades=12,
            bad_frames=0,
            problem=self.problem,
        )

    def queued(self) -> int:
        """An empty outbox."""
        return 0

    def find(self, text: str) -> SymbolInfo:
        """The first suggestion."""
        found = self.suggest(text, 1)
        if not found:
            raise UserError(f"{text}: 찾을 수 없습니다. 예: /spread btcusdt")
        return found[0]

    def suggest(self, prefix: str, limit: int = 25) -> Sequence[SymbolInfo]:
        """By ticker or Korean name."""
        return [
            info
            for info in SYMBOLS
            if info.symbol.startswith(prefix.upper()) or NAMES[info.base].startswith(prefix)
        ][:limit]


class Bot:
    """Answers commands; counts how often each text was worked on."""

    def __init__(self, market: Market, album: Album) -> None:
        self.market = market
        self.album = album
        self.requests: list[Request] = []
        self.go = asyncio.Event()
        """Lets /slow answer."""
        self.started = asyncio.Event()
        """Set when /slow was asked."""
        self.commented: Commented | None = None
        """Who answers instead, if anybody."""

    async def __call__(self, request: Request) -> Message:
        """The answer of the registry's stand-in."""
        self.requests.append(request)
        if self.commented is not None:
            return await self.commented(request)
        command, *words = request.text.lstrip("/").split() or [""]
        count = sum(other.text == request.text for other in self.requests)
        if command == "start":
            again = ((Button("급등·급락", "/movers"),),)
            return Message("안녕하세요, 고래봇입니다", buttons=again)
        if command in ("spread", "스프레드"):
            info = self.market.find(words[0] if words else "")
            return Message(f"{info.symbol} 스프레드 1.5bp", note="좁은 편입니다.")
        if command == "movers":
            refresh = ((Button("새로고침", "/movers"),),)
            return Message(f"급등·급락 {count}판", buttons=refresh, key="movers")
        if command == "picture":
            picture = self.album.add(png(), "비트코인 차트 그림")
            return Message("그림이 있는 답", lines=("줄",), picture=picture)
        if command == "slow":
            self.started.set()
            await self.go.wait()
            return Message("오래 걸린 답")
        if command == "crash":
            raise RuntimeError("secret detail")
        raise UserError(f"{command}은(는) 없는 명령입니다. 예: /spread btcusdt")

    def times(self, text: str) -> int:
        """How often this text was worked on."""
        return sum(request.text == text for request in self.requests)


class Store:
    """What was recorded as delivered, for any number of platforms one after the other."""

    def __init__(self) -> None:
        self.delivered: dict[Chat, dict[str, Message]] = {}
        self.broken = False
        self.visits: list[Chat] = []
        self.resting: set[Chat] = set()

    async def visited(self, chat: Chat) -> bool:
        """Whether it was resting, which is over now."""
        if self.broken:
            raise BotError("database is locked")
        self.visits.append(chat)
        rested = chat in self.resting
        self.resting.discard(chat)
        return rested

    async def history(self, chat: Chat) -> list[tuple[str, Message]]:
        """Oldest first."""
        if self.broken:
            raise BotError("database is locked")
        return list(self.delivered.get(chat, {}).items())

    async def deliver(self, platform: WebPlatform, chat: Chat, message: Message) -> Sent:
        """Send, then record, as the outbox does."""
        sent = await platform.send(chat, message)
        self.delivered.setdefault(chat, {})[sent.ref] = message
        return sent

    async def revise(self, platform: WebPlatform, sent: Sent, message: Message) -> None:
        """Edit, then record."""
        await platform.edit(sent, message)
        self.delivered.setdefault(sent.chat, {})[sent.ref] = message


class Clock:
    """Wall clock and monotonic clock in one, moved by hand."""

    def __init__(self, start_s: float = 1_750_000_000.0) -> None:
        self.now_s = start_s

    def us(self) -> int:
        """Microseconds."""
        return int(self.now_s * 1_000_000)

    def s(self) -> float:
        """Seconds."""
        return self.now_s


class World:
    """One store, bot and market, and web platforms that come and go before them."""

    def __init__(self) -> None:
        self.market = Market()
        self.album = Album(now_ms=lambda: 0)
        self.bot = Bot(self.market, self.album)
        self.store = Store()
        self.clock = Clock()
        self.watching: list[str] = []
        self.troubles: dict[str, Trouble] = {}

    def platform(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        password: str | None = None,
        health_every_s: float = 3600.0,
        version: str = "1.2.3",
        run: str = "",
    ) -> WebPlatform:
        """A platform that is not serving yet."""

        async def watching(chat: Chat) -> Sequence[str]:
            return self.watching

        return WebPlatform(
            host=host,
            port=port,
            password=password,
            unreal=SIMULATED,
            commands=COMMANDS,
            directory=self.market,
            health=self.market,
            metrics=lambda: b"goraebot_alerts_total 7\n",
            version=version,
            run=run,
            history=self.store.history,
            visited=self.store.visited,
            kinds=(("large_trade", "대량 체결"), ("spread", "스프레드 확대")),
            name_of=lambda info: f"{NAMES[info.base]}({info.symbol})",
            watching=watching,
            album=self.album,
            now_us=self.clock.us,
            monotonic=self.clock.s,
            health_every_s=health_every_s,
            troubles=lambda: self.troubles,
        )

    @contextlib.asynccontextmanager
    async def serving(self, platform: WebPlatform) -> AsyncIterator[WebPlatform]:
        """The platform, listening until the end of the block."""
        listening = asyncio.create_task(platform.listen(self.bot))
        ready = asyncio.create_task(platform.ready.wait())
        await asyncio.wait({listening, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if listening.done():
            await listening
        try:
            yield platform
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged as a warning or worse, by whomever."""
    gc.collect()  # asyncio tells of a task that failed unnoticed when it is collected
    return [
        f"{record.name}: {record.getMessage()}"
        for record in caplog.records
        if record.levelno >= logging.WARNING
    ]
