"""The whole way while everything else happens as well, at 5,000 frames a second.

Alerts fan out to a thousand chats through store, outbox and deliverer while the database commits;
and planted orders reach a Bot API server on loopback, timed by part of the way.
"""

import asyncio
import json
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from arrivals import Arrivals, Key, TimedBus, planted_only
from sides import HERE, serving

from bot import loops
from bot.announce import Announcer
from bot.answer import catalog
from bot.deliver import Deliverer
from bot.explain.template import TemplateExplainer
from bot.lobby import StoreLobby
from bot.model import Chat, Limits, Message, Request, Sent
from bot.platforms.telegram import TelegramPlatform
from bot.ports import Answer, Platform
from bot.store import Store, open_store
from bot.symbols import read_symbol
from bot.typed import is_command
from bot.unrecorded import Unrecorded
from pipeline.market import Market
from pipeline.model import ALL, Feed
from pipeline.sources.binance import BinanceSource, Settings
from pipeline.sources.binance_rest import BinanceRest
from pipeline.watch import Watch

SYMBOLS, RATE = 400, 5_000
FAN_S, FAN_EVERY_S, CHATS, FOLLOWED = 32, 0.02, 1_000, ("S000USDT", "S200USDT")
P99_MS = 50.0
SEND_S, SEND_EVERY_S, RECEIVERS = 40, 0.1, 20
PATIENCE_S = 60.0
SYMBOL = re.compile(r"S\d{3}")


class Wall:
    """A platform that takes everything at once and counts what each chat got."""

    name = "wall"
    limits = Limits()

    def __init__(self) -> None:
        self.got: Counter[tuple[Chat, str]] = Counter()
        self.edits = 0

    async def listen(self, answer: Answer) -> None:
        """Nobody types here."""

    def is_group(self, chat: Chat) -> bool:
        return False

    async def send(self, chat: Chat, message: Message) -> Sent:
        self.got[chat, message.key] += 1
        return Sent(chat, message.key)

    async def edit(self, sent: Sent, message: Message) -> None:
        self.edits += 1


class TimedTelegram(TelegramPlatform):
    """Notes when it was asked to send each alert."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.asked_ns: dict[str, int] = {}

    async def send(self, chat: Chat, message: Message) -> Sent:
        if found := SYMBOL.search(message.key):
            self.asked_ns.setdefault(found[0], time.monotonic_ns())
        return await super().send(chat, message)


class Rig:
    """Source, watch, announcer and deliverer as the program wires them."""

    def __init__(self, port: int, store: Store, rest: BinanceRest, platform: Platform) -> None:
        self.arrivals, self.bus = Arrivals(), TimedBus()
        settings = Settings(f"ws://127.0.0.1:{port}", backoff_floor_s=600, backoff_cap_s=600)
        self.source = BinanceSource(settings, rest, open_socket=self.arrivals.open)
        self.watch = Watch(Market(), planted_only())
        self.deliverer = Deliverer(store, [platform], now_ms=wall_ms)
        self.announcer = Announcer(
            store,
            TemplateExplainer(read_symbol),
            lookup=read_symbol,
            platforms=[platform.name],
            expires_s=600,
            now_ms=wall_ms,
            newest_ms=lambda: self.watch.market.newest_ms,
            wake=self.deliverer.wake,
            unrecorded=Unrecorded(store, self.deliverer, now_ms=wall_ms),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        await self.source.follow([Feed("S000USDT", "trade")])
        loops.settle()
        async with asyncio.TaskGroup() as tasks:
            began = [
                tasks.create_task(work)
                for work in (
                    self.announcer.run(self.bus),
                    self.deliverer.run(),
                    self.watch.run(self.source, self.bus),
                )
            ]
            yield
            for task in began:
                task.cancel()

    def all_came(self, frames: int) -> None:
        """Every frame was watched, every planted order told, and nothing else."""
        status = self.source.status()
        assert (self.watch.trades, status.gaps, status.repeated) == (frames, 0, 0)
        assert self.bus.at_ns.keys() == self.arrivals.sent.keys()
        assert (self.bus.times, self.bus.lost) == (len(self.bus.at_ns), 0)

    def to_bus_ms(self) -> dict[Key, float]:
        return {key: (self.bus.at_ns[key] - at) / 1e6 for key, at in self.arrivals.sent.items()}


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.05)


def shares(values: Sequence[float]) -> str:
    ordered = sorted(values)
    p50, p99 = (ordered[int(len(ordered) * share)] for share in (0.5, 0.99))
    return f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, max {ordered[-1]:.1f} ms"


def test_alerts_fan_out_to_a_thousand_chats_beside_the_feed(tmp_path: Path) -> None:
    with serving("paced", SYMBOLS, RATE, FAN_S, FAN_EVERY_S, apart=False) as port:
        loops.run(fan_out(port, tmp_path), "picows")


async def fan_out(port: int, folder: Path) -> None:
    wall = Wall()
    async with (
        open_store(f"sqlite+aiosqlite:///{folder / 'bench.db'}") as store,
        BinanceRest("http://127.0.0.1:9") as rest,
    ):
        for number in range(CHATS):
            await store.subscribe(Chat("wall", str(number)), FOLLOWED, [ALL])
        rig = Rig(port, store, rest, wall)
        async with rig.running():
            async with asyncio.timeout(FAN_S + PATIENCE_S):
                while rig.watch.trades < RATE * FAN_S:
                    await asyncio.sleep(0.05)
            after_s = time.monotonic()
            # A move that goes on is edited; another message is sent only where it becomes graver.
            opened = sum(symbol in FOLLOWED for symbol in rig.bus.opened)
            await until(
                lambda: (
                    wall.got.total() >= CHATS * opened
                    and rig.announcer.done == rig.bus.published
                    and rig.deliverer.queued == 0
                )
            )
            after_s = time.monotonic() - after_s
        rig.all_came(RATE * FAN_S)
        told = Counter(key for _chat, key in wall.got)
        assert set(wall.got.values()) == {1}, "nobody got a message twice"
        assert set(told.values()) == {CHATS}, "each message went to everybody"
        assert len(told) >= opened
    took_ms, messages = list(rig.to_bus_ms().values()), wall.got.total()
    print(f"\n{RATE:,} frames/s, {len(took_ms):,} alerts, {messages:,} messages to {CHATS:,} chats")
    print(f"  frame sent to alert on the bus: {shares(took_ms)} (p99 at most {P99_MS:g})")
    print(f"  {wall.edits:,} edits; all was delivered {after_s:.1f} s after the last frame")


def test_a_planted_order_reaches_telegrams_server(tmp_path: Path) -> None:
    with serving("paced", SYMBOLS, RATE, SEND_S, SEND_EVERY_S, apart=False) as port:
        loops.run(to_telegram(port, tmp_path), "picows")


async def to_telegram(port: int, folder: Path) -> None:
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, str(HERE / "telegram_receiver.py"), str(RECEIVERS)]
    server = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    try:
        await _to_telegram(server, port, folder)
    finally:
        with suppress(ProcessLookupError):
            server.kill()
        await server.wait()  # uvloop does not close while it runs


async def _to_telegram(server: asyncio.subprocess.Process, port: int, folder: Path) -> None:
    assert server.stdin is not None
    assert server.stdout is not None
    token, url = json.loads(await server.stdout.readline())
    received: dict[str, int] = {}
    twice: list[str] = []
    floods: list[int] = []

    async def read() -> None:
        assert server.stdout is not None
        async for line in server.stdout:
            told = json.loads(line)
            if isinstance(told, int):
                floods.append(told)
                continue
            chat, text, at_ns = told
            found = SYMBOL.search(text)
            if (
                found is None
                or found[0] in received
                or int(found[0][1:]) % RECEIVERS != int(chat) - 1
            ):
                twice.append(text)
            else:
                received[found[0]] = at_ns

    async def answer(_request: Request) -> Message:
        return Message("안녕하세요")

    reading = asyncio.create_task(read())
    async with (
        open_store(f"sqlite+aiosqlite:///{folder / 'bench.db'}") as store,
        BinanceRest("http://127.0.0.1:9") as rest,
    ):
        telegram = TimedTelegram(
            token,
            catalog=catalog(),
            is_command=is_command,
            lobby=StoreLobby(store, Message("안녕하세요")),
            api_url=url,
            poll_s=1.0,
        )
        for number in range(RECEIVERS):
            symbols = [f"S{n:03}USDT" for n in range(number, SYMBOLS, RECEIVERS)]
            await store.subscribe(Chat("telegram", str(1 + number)), symbols, [ALL])
        rig = Rig(port, store, rest, telegram)
        listening = asyncio.create_task(telegram.listen(answer))
        await telegram.ready.wait()
        async with rig.running():
            async with asyncio.timeout(SEND_S + PATIENCE_S):
                while rig.watch.trades < RATE * SEND_S:
                    await asyncio.sleep(0.05)
            await until(lambda: len(received) >= len(rig.bus.at_ns))
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
    server.stdin.write(b"\n")
    await server.wait()
    await reading
    rig.all_came(RATE * SEND_S)
    assert received.keys() == {symbol.removesuffix("USDT") for symbol, _ in rig.bus.at_ns}
    assert (twice, floods) == ([], [0]), "none extra, no limit broken"
    bus_ns = {symbol.removesuffix("USDT"): at for (symbol, _), at in rig.bus.at_ns.items()}
    asked_ns = telegram.asked_ns
    to_send_ms = [(asked_ns[name] - at) / 1e6 for name, at in bus_ns.items()]
    onward_ms = [(received[name] - at) / 1e6 for name, at in asked_ns.items()]
    whole_ms = [(received[name] - at) / 1e6 for name, at in bus_ns.items()]
    print(f"\n{RATE:,} frames/s: {len(received)} planted orders at Telegram's server, none extra")
    print(f"  frame sent to alert on the bus:        {shares(list(rig.to_bus_ms().values()))}")
    print(f"  alert on the bus to the send call:     {shares(to_send_ms)}")
    print(f"  send call to request received:         {shares(onward_ms)}")
    print(f"  alert on the bus to request received:  {shares(whole_ms)}")
