"""The whole program, killed again and again while alerts flow to many chats."""

import asyncio
import contextlib
import json
import os
import re
import signal
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

from aiohttp import web
from contracts.ai_server import AiServer, completion
from contracts.telegram_server import FakeChat, TelegramServer
from contracts.telegram_spec import load_spec
from leaking import GIVEN, files_in, leaks, secrets_in

from bot.model import Chat, Schedule, short_ref
from bot.store import open_store
from pipeline.sources.simulated.pairs import PAIRS
from pipeline.sources.simulator import Simulator

DEADLINE_S = 120.0
"""The exchange may answer that so many starts within a minute have used that up (429): the last
run waits for the next minute, and then has all that was missed to fetch, send and explain."""
EVERY_S = 1


class Crashes:
    """A program that dies at seeded points, and what its chats were told meanwhile."""

    def __init__(
        self, folder: Path, seed: int, sim: Simulator, telegram: TelegramServer, ai: AiServer
    ) -> None:
        self.database = folder / "crashes.db"
        self.log = folder / "crashes.log"
        self.kills = 0
        self.alerts: list[str] = []
        self._seen: dict[int, int] = {}  # messages of each chat at the last kill
        self._cut: Counter[tuple[int, str]] = Counter()  # a kill came after it, it may come again
        self._random = Random(seed)
        self._sim, self._telegram = sim, telegram
        # The larger ones: of the others no order of a million finds enough in the book, nor does
        # USDCUSDT's second one, which has to be twice the size to break the cooldown.
        self._symbols = [
            pair.symbol
            for pair in PAIRS
            if pair.quote == "USDT" and pair.status == "TRADING" and pair.symbol.isascii()
            and pair.base != "USDC"
        ][:40]  # fmt: skip
        self._environment = {
            **GIVEN,
            "GORAEBOT_BINANCE_WS_URL": sim.ws_url,
            "GORAEBOT_BINANCE_REST_URL": sim.rest_url,
            "GORAEBOT_BINANCE_FUTURES_ENABLED": "false",
            "GORAEBOT_UPBIT_ENABLED": "false",
            "GORAEBOT_DATABASE_URL": f"sqlite+aiosqlite:///{self.database}",
            "GORAEBOT_WEB_PORT": "0",
            "GORAEBOT_AI_BASE_URL": ai.base_url,
            "GORAEBOT_AI_REQUESTS_PER_MINUTE": "10000",
            "GORAEBOT_AI_SHARE_S": "0",
            "GORAEBOT_TELEGRAM_API_URL": telegram.url,
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "HOLYSHEEP_API_KEY": ai.key,
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Crashes"]:
        """The process that forks the others."""
        self._zygote = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("zygote.py")),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={k: v for k, v in os.environ.items() if not k.startswith("GORAEBOT_")},
            cwd=self.database.parent,
            start_new_session=True,
        )
        try:
            yield self
        finally:
            os.killpg(self._zygote.pid, signal.SIGKILL)
            await self._zygote.wait()

    async def prepare(self, people: int) -> None:
        """Chats that want everything large, the first one a spread by the clock as well."""
        async with open_store(f"sqlite+aiosqlite:///{self.database}") as store:
            for number in range(1, people + 1):
                self._telegram.chat(number)
                await store.subscribe(Chat("telegram", str(number)), ["*"], ["large_trade"])
            first = Chat("telegram", "1")
            wish = Schedule(first, "spread", "BTCUSDT", every_s=EVERY_S)
            await store.timetable.schedule(first, "spread", "BTCUSDT", [wish])

    async def start(self, at: str = "", step: int = 0) -> int:
        """Begin a run that dies at the step; its process."""
        assert self._zygote.stdin is not None and self._zygote.stdout is not None
        order = {
            "environment": self._environment, "log": str(self.log), "at": at, "step": step,
        }  # fmt: skip
        self._zygote.stdin.write(json.dumps(order).encode() + b"\n")
        return int(await self._zygote.stdout.readline())

    async def ended(self) -> int:
        """Wait for the end of the run; its exit code."""
        assert self._zygote.stdout is not None
        return int(await self._zygote.stdout.readline())

    async def plant(self) -> None:
        """A large order, of a symbol of its own."""
        rounds, number = divmod(len(self.alerts), len(self._symbols))
        symbol, side = self._symbols[number], "sell" if rounds % 2 else "buy"
        size = 1_000_000 * 2.4**rounds  # twice the size breaks the cooldown
        planted = await self._sim.sweep(symbol, side, size)  # type: ignore[arg-type]
        assert planted.notional > 0.99 * size, symbol
        self.alerts.append(f"large_trade:{symbol}:{planted.at_ms}:{side}")

    async def crash(self) -> None:
        """One run: an order from before it, one while it runs, and a kill in between or after."""
        at = self._random.choice(("sql", "http"))
        step = self._random.randint(1, 250 if at == "sql" else 40)
        await self.plant()
        process = await self.start(at, step)
        ending = asyncio.create_task(self.ended())
        try:
            async with asyncio.timeout(0.6):
                await asyncio.shield(ending)
        except TimeoutError:
            await self.plant()
            try:
                async with asyncio.timeout(0.6):
                    await asyncio.shield(ending)
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):  # it has just died by itself
                    os.kill(process, signal.SIGKILL)
        assert await ending == -9, self.log.read_text()
        await self._killed()
        assert self.look("PRAGMA integrity_check") == [("ok",)]
        assert self.look("PRAGMA foreign_key_check") == []

    async def finish(self) -> None:
        """A run that is not killed, until everything has arrived and been explained."""
        process = await self.start()
        began_ms = self._sim.now_ms
        for alert in self.alerts:
            await self.until("select count(*) from alerts where explained and id = ?", alert)
        await self.until(
            "select count(*) from outbox where key like 'due:%' and sent_ms > ?", began_ms
        )
        await self.until("select count(*) = 0 from outbox where state = 'pending'")
        os.kill(process, signal.SIGTERM)
        assert await self.ended() == 0, self.log.read_text()
        self._compare()
        told = [json.dumps(chat.shown()) for chat in self.chats]
        secrets = secrets_in(self._environment)  # the log is one of the files
        found = leaks(secrets, *told, *files_in(self.database.parent))
        assert not found, found

    async def _killed(self) -> None:
        """Note what may have been in flight to each chat: the last message that it got, if any."""
        await self._telegram.left()
        self._compare()
        self.kills += 1
        names = self._names
        for chat in self.chats:
            shown = chat.shown()
            if len(shown) > self._seen.get(chat.id, 0):
                self._cut.update((chat.id, alert) for alert in _told_of(shown[-1], names))
            self._seen[chat.id] = len(shown)

    def _compare(self) -> None:
        """A message comes again only as often as it was the one that a kill cut off."""
        for chat in self.chats:
            for alert, copies in self.told(chat).items():
                assert len(copies) - 1 <= self._cut[chat.id, alert], (chat.id, alert, copies)

    async def survive(self, kills: int, people: int) -> None:
        """A first run that learns where the market stands, so many that die, and a last one."""
        await self.prepare(people)
        process = await self.start()
        await self._sim.until(lambda: len(self._sim.streams) > len(self._symbols))
        for symbol in self._symbols:
            await self._sim.sweep(symbol, "sell", 100)
        asked = "select count(*) from meta where key = 'positions:binance'"
        every = " and ".join(f"value like '%\"{symbol}\"%'" for symbol in self._symbols)
        await self.until(f"{asked} and {every}")
        await self.plant()
        await self.until("select count(*) from alerts")
        os.kill(process, signal.SIGKILL)
        await self.ended()
        await self._killed()
        while self.kills <= kills:
            await self.crash()
        await self.finish()

    def look(self, query: str, *values: object) -> list[Any]:
        """Rows of the database."""
        with contextlib.closing(sqlite3.connect(self.database)) as db:
            return db.execute(query, values).fetchall()

    def told(self, chat: FakeChat) -> dict[str, list[str]]:
        """The texts of the chat's messages of each alert."""
        found: dict[str, list[str]] = {alert: [] for alert in self.alerts}
        names = self._names
        for message in chat.shown():
            for alert in _told_of(message, names):
                found[alert].append(message["text"])
        return found

    @property
    def _names(self) -> dict[str, str]:
        """The alerts by what buttons call them."""
        return {f"#{short_ref(alert)}": alert for alert in self.alerts}

    @property
    def chats(self) -> Sequence[FakeChat]:
        """Everybody who wants alerts."""
        return list(self._telegram.chats.values())

    async def until(self, query: str, *values: object) -> None:
        """Wait until a query counts something."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not self.look(query, *values)[0][0]:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"never: {query} {values}") from None


def _told_of(message: dict[str, Any], names: dict[str, str]) -> list[str]:
    """The alerts that the message's buttons are for."""
    keyboard = message.get("reply_markup", {}).get("inline_keyboard", ())
    pressed = [button.get("callback_data", "") for row in keyboard for button in row]
    return [names[n] for n in {word for text in pressed for word in text.split()} & names.keys()]


@asynccontextmanager
async def crashes(folder: Path, seed: int) -> AsyncIterator[Crashes]:
    """Everything around the program, and the process that forks it."""
    ai = AiServer()
    ai.answers = dict.fromkeys(ai.models, explains)
    async with (
        Simulator(seed=3, plan=()) as sim,
        TelegramServer(load_spec(), second_s=0.0001) as telegram,
        ai.running(),
        Crashes(folder, seed, sim, telegram, ai).running() as made,
    ):
        yield made


async def explains(request: web.Request) -> web.StreamResponse:
    """A model that says what it was told."""
    question = (await request.json())["messages"][-1]["content"]
    name = re.search(r'"종목": ?"([^"]+)"', question)
    side = "매도가" if '"시장가 매도"' in question else "매수가"
    text = (
        f"{name[1] if name else ''}에서 대량 시장가 {side} 한꺼번에 체결되었습니다. "
        "배경은 확인되지 않았습니다.\n위험도 높음: 기준을 크게 넘는 규모입니다."
    )
    return completion(text, usage={"prompt_tokens": 500, "completion_tokens": 30})
