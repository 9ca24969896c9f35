"""From an alert handed to the bus to the request that each platform's server received.

Store on a SQLite file, announcer, deliverer and the real platform libraries; the servers and the
browser are another process. Alerts come at a calm pace, so that no platform's limit counts.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.announce import Announcer
from bot.answer import catalog
from bot.deliver import Deliverer
from bot.elaborate import Elaborator
from bot.explain.ai import AiExplainer
from bot.explain.gateway import Gateway
from bot.explain.pricing import Settings as AiSettings
from bot.explain.prompts import load_prompts
from bot.explain.template import TemplateExplainer
from bot.lobby import StoreLobby
from bot.model import Chat, Message, Request
from bot.platforms.discord import DiscordPlatform
from bot.platforms.telegram import TelegramPlatform
from bot.platforms.web import WebPlatform
from bot.ports import FeedHealth
from bot.store import open_store
from bot.symbols import Symbols, read_symbol
from bot.typed import is_command
from bot.unreal import SIMULATED
from bot.unrecorded import Unrecorded
from pipeline.bus import LocalBus
from pipeline.model import ALL, AnyAlert, LargeTrade
from pipeline.moves import alone

CHATS, WARM_UP, MEASURED, ROUNDS = 24, 10, 70, 3
GAP_S = (0.05, 0.25)
DEADLINE_S = 20.0
PLATFORMS = ("telegram", "discord", "web")


class Well:
    """Health of a feed that is never asked for anything."""

    def feed(self) -> FeedHealth:
        return FeedHealth(True, True, 0, 0, CHATS, 1, 0, 0, 0, 0)

    def queued(self) -> int:
        return 0


class Receivers:
    """The other process; ``got`` maps (platform, what, number) to when it came."""

    def __init__(self) -> None:
        self.got: dict[tuple[str, str, int], float] = {}
        self.limited = -1
        self.noise_ms = (0.0, 0.0)
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Receivers"]:
        script = str(Path(__file__).with_name("receivers.py"))
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, script, str(CHATS), stdin=pipe, stdout=pipe
        )
        assert self._process.stdout is not None
        self.addresses: dict[str, Any] = json.loads(await self._process.stdout.readline())
        reading = asyncio.create_task(self._read())
        try:
            yield self
            self.write("")
            await self._process.wait()
            await reading
        finally:
            if self._process.returncode is None:
                self._process.kill()
                await self._process.wait()
            reading.cancel()

    def write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            if len(told) == 2:
                self.limited, self.noise_ms = told
            else:
                platform, what, number, at_s = told
                self.got.setdefault((platform, what, number), at_s)
            self._changed.set()

    async def until(self, what: str, number: int) -> None:
        """All platforms have got this."""
        wanted = {(platform, what, number) for platform in PLATFORMS}
        try:
            async with asyncio.timeout(DEADLINE_S):
                while not wanted <= self.got.keys():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pytest.fail(f"did not arrive: {wanted - self.got.keys()}")


def alert(number: int) -> LargeTrade:
    """One that only the chats of its symbol get; ``number`` fills name it in every text."""
    now_ms = wall_ms()
    return LargeTrade(
        id=f"bench:{number}",
        symbol=f"S{number % CHATS:03}USDT",
        at_ms=now_ms,
        excess=3.0,
        side="buy",
        quantity=1_000.0,
        price=150.0,
        notional=150_000.0,
        fills=number,
        first_ms=now_ms,
        last_ms=now_ms,
        slippage_bp=1.5,
        percentile=99.5,
        per_day=2.0,
        change_1m_pct=0.25,
        rare=True,
    )


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def test_alert_raised_to_request_received(tmp_path: Path) -> None:
    asyncio.run(measure(tmp_path))


async def measure(folder: Path) -> None:
    raised: dict[int, float] = {}
    rounds: dict[bool, list[range]] = {False: [], True: []}
    receivers = Receivers()
    rng = random.Random(1)
    explaining = False
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(receivers.running())
        store = await stack.enter_async_context(
            open_store(f"sqlite+aiosqlite:///{folder / 'bench.db'}")
        )
        lobby, symbols, bus = StoreLobby(store, Message("안녕하세요")), Symbols(), LocalBus()
        visitors: asyncio.Queue[Chat] = asyncio.Queue()

        async def answer(request: Request) -> Message:
            visitors.put_nowait(request.chat)
            return Message("안녕하세요")

        token, url = receivers.addresses["telegram"]
        telegram = TelegramPlatform(
            token,
            catalog=catalog(),
            is_command=is_command,
            lobby=lobby,
            api_url=url,
            poll_s=1.0,  # it is ready when its first poll is over
        )
        token, url = receivers.addresses["discord"]
        discord = DiscordPlatform(
            token,
            catalog=catalog(),
            directory=symbols,
            lobby=lobby,
            get_meta=store.get_meta,
            set_meta=store.set_meta,
            api_url=url,
        )
        web = WebPlatform(
            host="127.0.0.1",
            port=0,
            password=None,
            unreal=SIMULATED,
            commands=(),
            directory=symbols,
            health=Well(),
            metrics=lambda: b"",
            version="bench",
            history=lambda chat: store.delivered(chat, 100),
            visited=store.visited,
        )
        key, url = receivers.addresses["ai"]
        ai = AiExplainer(
            msgspec.structs.replace(
                AiSettings(), requests_per_minute=6_000, tokens_per_minute=10_000_000, share_s=0.001
            ),
            Gateway(url, key),
            prompts=load_prompts(),
            ledger=store,
            lookup=read_symbol,
            now_ms=wall_ms,
        )
        stack.push_async_callback(ai.close)
        await ai.start()
        deliverer = Deliverer(store, [telegram, discord, web], now_ms=wall_ms)
        unrecorded = Unrecorded(store, deliverer, now_ms=wall_ms)
        elaborator = Elaborator(
            store, ai, now_ms=wall_ms, wake=deliverer.wake, unrecorded=unrecorded
        )

        def elaborate(one: AnyAlert) -> None:
            if explaining:
                elaborator.put(one)

        announcer = Announcer(
            store,
            TemplateExplainer(read_symbol),
            lookup=read_symbol,
            platforms=PLATFORMS,
            expires_s=600,
            now_ms=wall_ms,
            newest_ms=wall_ms,
            wake=deliverer.wake,
            unrecorded=unrecorded,
            elaborate=elaborate,
        )
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(work)
                for work in (
                    announcer.run(bus),
                    deliverer.run(),
                    elaborator.run(),
                    telegram.listen(answer),
                    discord.listen(answer),
                    web.listen(answer),
                )
            ]
            async with asyncio.timeout(DEADLINE_S):
                await web.ready.wait()
                receivers.write(web.url)
                await telegram.ready.wait()
                await discord.ready.wait()
                await store.subscribe(await visitors.get(), [ALL], [ALL])
            for n, channel in enumerate(receivers.addresses["channels"]):
                for chat in (Chat("telegram", str(1 + n)), Chat("discord", str(channel))):
                    await store.subscribe(chat, [f"S{n:03}USDT"], [ALL])
            next_number = 1_000
            for _ in range(ROUNDS):
                for explaining in (False, True):
                    numbers = range(next_number, next_number + WARM_UP + MEASURED)
                    next_number = numbers.stop
                    for number in numbers:
                        raised[number] = time.monotonic()
                        bus.publish(alone(alert(number)))
                        await asyncio.sleep(rng.uniform(*GAP_S))
                    await receivers.until("explanation" if explaining else "alert", numbers[-1])
                    rounds[explaining].append(numbers[WARM_UP:])
            for task in running:
                task.cancel()
    assert receivers.limited == 0, "the platforms' limits must not count"
    report(raised, receivers.got, rounds)
    p50, p99 = receivers.noise_ms
    print(
        f"  the machine: a timer in the servers' process is late by {p50:.1f} ms, p99 {p99:.1f} ms"
    )


def report(
    raised: dict[int, float],
    got: dict[tuple[str, str, int], float],
    rounds: dict[bool, list[range]],
) -> None:
    def took_ms(platform: str, what: str, numbers: range) -> list[float]:
        return sorted((got[platform, what, n] - raised[n]) * 1000 for n in numbers)

    def row(platform: str, what: str, explaining: bool) -> str:
        samples = [took_ms(platform, what, numbers) for numbers in rounds[explaining]]
        pooled = sorted(t for sample in samples for t in sample)
        assert len(pooled) >= 200
        cells = []
        for share in (0.5, 0.99):
            each = [sample[int(len(sample) * share)] for sample in samples]
            whole = pooled[int(len(pooled) * share)]
            cells.append(f"{whole:8.1f} ({min(each):.1f} to {max(each):.1f})")
        return f"  {platform:9}" + "".join(f"{cell:>32}" for cell in cells)

    count = ROUNDS * MEASURED
    print(f"\nalert raised to request received, ms, {count} alerts, {ROUNDS} rounds (range)")
    for explaining in (False, True):
        title = "explanations flowing" if explaining else "no explanations"
        print(f"  {title:22}{'p50':>16}{'p99':>32}")
        for platform in PLATFORMS:
            print(row(platform, "alert", explaining))
    print(f"  {'the explanation, edited in':26}")
    for platform in PLATFORMS:
        print(row(platform, "explanation", True))
