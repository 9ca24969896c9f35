"""The whole program for a long time among faults, people and large orders, and what it holds on to.

The exchange is the simulator behind a wire that fails (see tests/flow), Telegram, Discord and the
AI gateway are the loopback ones; they refuse, limit and fall silent as well, and the database is
locked now and then. Nothing that the program does can tell it from the real thing.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import faults
import msgspec
from contracts.ai_server import AiServer
from contracts.discord_server import FakeDiscord
from contracts.discord_things import CHANNEL, GUILD, channel, guild
from contracts.discord_things import Refusal as DiscordRefusal
from contracts.discord_things import limited as discord_limited
from contracts.telegram_server import Refusal, TelegramServer
from crashes import explains
from endured import Rig
from program import Program, Visitor
from test_memory import pairs
from wire import Wire

from bot.model import Chat, short_ref
from bot.store import open_store
from pipeline.sources.simulated.pairs import PAIRS
from pipeline.sources.simulator import Simulator

PEOPLE, CHANNELS, WEB = 5, 3, 1
ASKER = 999
NOTIONAL = 1_000_000
PLANT_EVERY_S, ASK_EVERY_S, LOOK_EVERY_S = 8.0, 20.0, 10.0
LOCKED_S = 8.0
SHARED = ("HTTP", "cut", "half-open", "every byte", "1 byte", "resets", "no HTTP", "truncated",
          "`serverShutdown`", "10 s of", "50 times")  # fmt: skip
"""Beginnings of the names of those faults of tests/flow that need no other settings."""
ASKED = ("/spread btcusdt", "/chart ethusdt", "/top", "/status", "/price 솔라나", "/recent")


class Look(msgspec.Struct):
    """The process at one moment: memory and CPU of itself (``kids`` count the processes that draw
    its pictures), open files, tasks, and the loop's latenesses so far. ``calm``: no fault now."""

    at_s: float
    calm: bool
    rss_mb: float
    cpu_s: float
    files: int
    tasks: int
    kids: int
    lag: dict[float, float]
    frames: float


class Soak:
    """Everything around the program, as the faults of tests/flow want it (see endured.Rig)."""

    newest = Rig.newest

    def __init__(
        self,
        folder: Path,
        sim: Simulator,
        wire: Wire,
        telegram: TelegramServer,
        discord: FakeDiscord,
        ai: AiServer,
    ) -> None:
        self.sim, self.wire = sim, wire
        self.telegram, self.discord, self.ai = telegram, discord, ai
        self.scheme, self.host, self.rest = "ws", "127.0.0.1", SimpleNamespace()
        self.under_way: asyncio.Task[None] | None = None
        self.program = Program(
            folder,
            sim,
            GORAEBOT_BINANCE_WS_URL=f"ws://127.0.0.1:{wire.port}",
            GORAEBOT_BINANCE_REST_URL=f"http://127.0.0.1:{wire.port}",
            GORAEBOT_BINANCE_ROTATE_S="900",
            GORAEBOT_LARGE_TRADE_MIN_NOTIONAL=str(NOTIONAL * 0.9),
            GORAEBOT_LARGE_TRADE_PER_DAY="100000",
            GORAEBOT_AI_BASE_URL=ai.base_url,
            GORAEBOT_AI_REQUESTS_PER_MINUTE="600",
            GORAEBOT_TELEGRAM_API_URL=telegram.url,
            GORAEBOT_DISCORD_API_URL=discord.url,
            TELEGRAM_BOT_TOKEN=telegram.token,
            DISCORD_BOT_TOKEN=discord.token,
            HOLYSHEEP_API_KEY=ai.key,
        )
        self.symbols = [
            pair.symbol
            for pair in PAIRS
            if pair.quote == "USDT" and pair.status == "TRADING" and pair.symbol.isascii()
            and pair.base != "USDC"
        ][:40]  # fmt: skip
        self.diary = folder / "planted.txt"
        self.planted: list[str] = []
        self.small: list[str] = []
        self.looks: list[Look] = []
        self.happened: list[str] = []
        self.answered: dict[str, int] = {"telegram": 0, "web": 0, "discord": 0}
        self.unanswered: list[str] = []
        self.now_s = time.monotonic
        self.calm = True

    async def subscribe(self) -> None:
        """Everybody wants large orders and nothing else, so that every message is accounted for."""
        for number in range(1, PEOPLE + 1):
            self.telegram.chat(number)
        self.telegram.chat(ASKER)
        wanted = [Chat("telegram", str(n)) for n in range(1, PEOPLE + 1)]
        wanted += [Chat("discord", str(CHANNEL + n)) for n in range(CHANNELS)]
        async with open_store(f"sqlite+aiosqlite:///{self.program.database}") as store:
            for chat in wanted:
                await store.subscribe(chat, ["*"], ["large_trade"])

    # --- what happens to it ----------------------------------------------------------------------

    async def plant(self) -> None:
        """Large orders, one symbol after the other, for ever; each round on the other side."""
        while True:
            rounds, number = divmod(len(self.planted) + len(self.small), len(self.symbols))
            symbol, side = self.symbols[number], "sell" if rounds % 2 else "buy"
            made = await self.sim.sweep(symbol, side, NOTIONAL)  # type: ignore[arg-type]
            alert = f"large_trade:{symbol}:{made.at_ms}:{side}"
            (self.planted if made.notional >= NOTIONAL else self.small).append(alert)
            with self.diary.open("a") as diary:
                diary.write(f"{time.strftime('%X')} {alert} {made.notional:.0f}\n")
            await asyncio.sleep(PLANT_EVERY_S)

    async def ask(self) -> None:
        """People type commands on every platform and open the page, for ever."""
        number = 0
        while True:
            await asyncio.sleep(ASK_EVERY_S)
            text = ASKED[number % len(ASKED)]
            number += 1
            try:
                await self._ask(text)
            except TimeoutError:
                self.unanswered.append(f"{text} {self.happened[-1:]}")

    async def _ask(self, text: str) -> None:
        room = self.telegram.chats[ASKER]
        before = len(room.shown())
        self.telegram.say(room, text)
        visitor = Visitor()
        try:
            async with visitor.open(self.program):
                await visitor.say(text)
            self.answered["web"] += 1
        finally:
            await visitor.aclose()
        interaction = await self.discord.slash("status")
        await self.discord.until(lambda: interaction.acknowledged and not interaction.waiting, 45)
        self.answered["discord"] += 1
        async with asyncio.timeout(90):
            while len(room.shown()) == before:
                await asyncio.sleep(0.2)
        self.answered["telegram"] += 1

    async def suffer(self, calm_s: float) -> None:
        """One fault after the other, for ever, with calm times between them."""
        while True:
            for name, begin, lasts_s, end in self._faults():
                await asyncio.sleep(calm_s)
                self.calm = False
                self.happened.append(name)
                print(f"  {len(self.happened):3} {name}", flush=True)
                await begin(self)
                await asyncio.sleep(lasts_s)
                if end is not None:
                    await end(self)
                await asyncio.sleep(15.0)
                self.calm = True

    def _faults(self) -> list[tuple[str, Any, float, Any]]:
        shared = [
            (f.name, f.begin, f.lasts_s if f.end else 5.0, f.end)
            for f in faults.FAULTS
            if f.name.startswith(SHARED)
        ]
        own: list[tuple[str, Callable[[Soak], Awaitable[None]], float, Any]] = [
            ("Telegram answers 500", telegram_fails, 20.0, None),
            ("Telegram floods", telegram_floods, 20.0, None),
            ("Discord answers 503", discord_fails, 20.0, None),
            ("Discord limits", discord_limits, 20.0, None),
            ("the gateway falls silent", ai_hangs, 40.0, ai_is_well),
            ("the gateway answers 503", ai_fails, 30.0, ai_is_well),
            ("the database is locked", lock, 10.0, None),
        ]
        mixed: list[tuple[str, Any, float, Any]] = []
        for number, fault in enumerate(shared):
            mixed.append(fault)
            if number % 2:
                mixed.append(own[number // 2 % len(own)])
        return mixed

    async def last(self) -> None:
        """Fails if the program ends."""
        code = await self.program._process.wait()
        await self.program._reading
        tail = "\n".join(self.program.log[-30:])
        raise AssertionError(f"the program ended with {code}:\n{tail}")

    # --- what is seen of it ----------------------------------------------------------------------

    async def look(self) -> None:
        """Note how the process is doing, for ever."""
        while True:
            self.looks.append(await self._look())
            await asyncio.sleep(LOOK_EVERY_S)

    async def _look(self) -> Look:
        pid = self.program._process.pid
        url = f"{self.program.url}/metrics"
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            text = await response.text()
        read: dict[str, float] = {}
        for row in text.splitlines():
            if not row.startswith("#"):
                name, _, value = row.rpartition(" ")
                read[name] = float(value)
        children = Path(f"/proc/{pid}/task/{pid}/children")
        bucket = 'goraebot_loop_lag_seconds_bucket{le="'
        return Look(
            at_s=self.now_s(),
            calm=self.calm,
            rss_mb=read["process_resident_memory_bytes"] / 2**20,
            cpu_s=read["process_cpu_seconds_total"],
            files=int(read["process_open_fds"]),
            tasks=int(read["goraebot_tasks"]),
            kids=len((await asyncio.to_thread(children.read_text)).split()),
            lag={
                float(name.removeprefix(bucket).removesuffix('"}')): value
                for name, value in read.items()
                if name.startswith(bucket)
            },
            frames=read["goraebot_frames_total"],
        )

    def copies(self) -> dict[str, dict[str, int]]:
        """How many messages each chat has of each planted order."""
        names = {f"#{short_ref(alert)}": alert for alert in self.planted}
        found: dict[str, dict[str, int]] = {}
        for chat in self.telegram.chats.values():
            if chat.id != ASKER:
                rows = [m.get("reply_markup", {}).get("inline_keyboard", ()) for m in chat.shown()]
                pressed = [[b.get("callback_data", "") for r in row for b in r] for row in rows]
                found[f"telegram:{chat.id}"] = self._count(names, pressed)
        for number in range(CHANNELS):
            posts = self.discord.in_channel(CHANNEL + number)
            pressed = [
                [b.get("custom_id", "") for row in m["components"] for b in row["components"]]
                for m in posts
            ]
            found[f"discord:{CHANNEL + number}"] = self._count(names, pressed)
        return found

    def _count(self, names: dict[str, str], pressed: Sequence[list[str]]) -> dict[str, int]:
        count = dict.fromkeys(self.planted, 0)
        for buttons in pressed:
            for name in {word for text in buttons for word in text.split()} & names.keys():
                count[names[name]] += 1
        return count

    def rows(self, query: str) -> list[Any]:
        """Rows of the program's database."""
        with contextlib.closing(sqlite3.connect(self.program.database, timeout=30)) as db:
            return db.execute(query).fetchall()


async def telegram_fails(soak: Soak) -> None:
    """Bad gateway, a few times, then a page that is no JSON."""
    refusals = [Refusal(502, "Bad Gateway") for _ in range(6)]
    soak.telegram.trouble["sendMessage"] += refusals
    soak.telegram.trouble["getUpdates"] += refusals[:3]


async def telegram_floods(soak: Soak) -> None:
    """Some chats are to be left alone for a while."""
    after = [Refusal(429, "Too Many Requests: retry after 3", retry_after=3) for _ in range(4)]
    soak.telegram.trouble["sendMessage"] += after


async def discord_fails(soak: Soak) -> None:
    """Service unavailable, a few times more often than discord.py tries by itself."""
    for _ in range(8):
        soak.discord.refuse("POST", "/channels/", DiscordRefusal(503, 0, "Unavailable"))


async def discord_limits(soak: Soak) -> None:
    """Rate limits, and the gateway asks to connect again."""
    for _ in range(3):
        soak.discord.refuse("POST", "/channels/", discord_limited(3.0))
    await soak.discord.gateway.close(4000)


async def ai_hangs(soak: Soak) -> None:
    """Questions are answered by nobody."""

    async def silence(request: Any) -> Any:
        await asyncio.sleep(120)
        raise ConnectionError

    soak.ai.answers = dict.fromkeys(soak.ai.models, silence)


async def ai_fails(soak: Soak) -> None:
    """Questions are refused."""
    from aiohttp import web

    async def refuse(request: Any) -> web.Response:
        return web.Response(status=503, text="unavailable")

    soak.ai.answers = dict.fromkeys(soak.ai.models, refuse)


async def ai_is_well(soak: Soak) -> None:
    """Questions are answered."""
    soak.ai.answers = dict.fromkeys(soak.ai.models, explains)


async def lock(soak: Soak) -> None:
    """Another program holds the database."""

    def hold() -> None:
        with contextlib.closing(sqlite3.connect(soak.program.database, timeout=30)) as db:
            db.execute("BEGIN EXCLUSIVE")
            time.sleep(LOCKED_S)
            db.rollback()

    await asyncio.to_thread(hold)


@asynccontextmanager
async def soaking(folder: Path) -> AsyncIterator[Soak]:
    """The program and its world."""
    ai, discord = AiServer(), FakeDiscord()
    ai.answers = dict.fromkeys(ai.models, explains)
    discord.guilds[GUILD] = guild(GUILD, [channel(CHANNEL + n) for n in range(CHANNELS)])
    async with (
        Simulator(seed=3, plan=(), pairs=pairs()) as sim,
        Wire(int(sim.rest_url.rpartition(":")[2])) as wire,
        TelegramServer(None) as telegram,
        discord.running(),
        ai.running(),
    ):
        soak = Soak(folder, sim, wire, telegram, discord, ai)
        await soak.subscribe()
        async with soak.program:
            yield soak
