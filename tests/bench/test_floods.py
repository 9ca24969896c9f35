"""A thousand Telegram chats and two hundred Discord channels, and more alerts than they may get.

Announcer, store on a file, deliverer and the real client libraries; the platforms are another
process that keeps their limits and counts (flooded.py). Among the chats are some that are flooded,
gone or never answer. Tenfold: the platforms' seconds are a tenth as long, and so are ours.
"""

import asyncio
import contextlib
import json
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from test_delivery_latency import alert

from bot import loops
from bot.announce import Announcer
from bot.answer import catalog
from bot.deliver import Deliverer
from bot.explain.template import TemplateExplainer
from bot.lag import Lag
from bot.lobby import StoreLobby
from bot.model import Chat, Limits, Message, Request
from bot.platforms import discord_pace, telegram_pace
from bot.platforms.discord import DiscordPlatform
from bot.platforms.telegram import TelegramPlatform
from bot.ports import Platform
from bot.store import Store, open_store
from bot.symbols import Symbols, read_symbol
from bot.typed import is_command
from bot.unrecorded import Unrecorded
from pipeline.bus import LocalBus
from pipeline.model import ALL
from pipeline.moves import alone

CHATS, CHANNELS = 1_000, 200
PER_SECOND = {"telegram": 30, "discord": 50}
FIRST, URGENT = 1_001, 9_999
EXPIRES_S = 1_800
LATE, USED = 1.05, 0.95
CALM_S = 900.0


class Platforms:
    """The other process."""

    @asynccontextmanager
    async def running(self, second_s: float) -> AsyncIterator["Platforms"]:
        script = str(Path(__file__).with_name("flooded.py"))
        pipe = asyncio.subprocess.PIPE
        arguments = [script, str(CHATS), str(CHANNELS), str(second_s)]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdin=pipe, stdout=pipe, limit=64 * 1024 * 1024
        )
        assert self._process.stdout is not None
        self.told: dict[str, Any] = json.loads(await self._process.stdout.readline())
        try:
            yield self
        finally:
            self._process.kill()
            await self._process.wait()

    async def counted(self, what: str) -> dict[str, Any]:
        """ "how many" messages arrived by platform, or "all" that was seen."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{what}\n".encode())
        counted: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return counted


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def made(name: str, told: Sequence[Any], store: Store, second_s: float) -> Platform:
    """The platform as the program makes it, in seconds of the platform's."""
    token, url, *_ = told
    lobby, platform = StoreLobby(store, Message("안녕하세요")), None
    if name == "telegram":
        pacing = telegram_pace.Pacing()
        pacing = msgspec.structs.replace(
            pacing,
            second_s=pacing.second_s * second_s,
            chat_gap_s=pacing.chat_gap_s * second_s,
            minute_s=pacing.minute_s * second_s,
        )
        platform = TelegramPlatform(
            token,
            catalog=catalog(),
            is_command=is_command,
            lobby=lobby,
            api_url=url,
            pace=telegram_pace.Pace(pacing),
            poll_s=1.0,
        )
    else:
        platform = DiscordPlatform(
            token,
            catalog=catalog(),
            directory=Symbols(),
            lobby=lobby,
            get_meta=store.get_meta,
            set_meta=store.set_meta,
            api_url=url,
            pace=discord_pace.Pace(discord_pace.SECOND_S * second_s),
        )
    limits = platform.limits
    platform.limits = Limits(  # type: ignore[misc]
        per_second=limits.per_second / second_s,
        per_chat_s=limits.per_chat_s * second_s,
        per_group_minute=limits.per_group_minute,
    )
    return platform


async def answer(_request: Request) -> Message:
    return Message("안녕하세요")


@pytest.mark.parametrize(
    ("names", "alerts", "second_s"),
    [
        (("telegram", "discord"), 5, 1.0),
        (("telegram",), 60, 0.1),
        (("discord",), 60, 0.1),
    ],
)
def test_flood(tmp_path: Path, names: Sequence[str], alerts: int, second_s: float) -> None:
    loops.run(flood(tmp_path, names, alerts, second_s), "auto")  # as the program does


async def flood(folder: Path, names: Sequence[str], alerts: int, second_s: float) -> None:
    async with AsyncExitStack() as stack:
        others = await stack.enter_async_context(Platforms().running(second_s))
        store = await stack.enter_async_context(
            open_store(f"sqlite+aiosqlite:///{folder / 'bench.db'}")
        )
        platforms = [made(name, others.told[name], store, second_s) for name in names]
        for name in names:
            first, *others_ids = [str(id) for id in others.told[name][2]]
            await store.subscribe(Chat(name, first), [ALL], [ALL])
            await asyncio.to_thread(_copy, folder / "bench.db", name, first, others_ids)
        deliverer, bus, lag = Deliverer(store, platforms, now_ms=wall_ms), LocalBus(), Lag()
        announcer = Announcer(
            store,
            TemplateExplainer(read_symbol),
            lookup=read_symbol,
            platforms=names,
            expires_s=EXPIRES_S,
            now_ms=wall_ms,
            newest_ms=wall_ms,
            wake=deliverer.wake,
            unrecorded=Unrecorded(store, deliverer, now_ms=wall_ms),
        )
        async with asyncio.TaskGroup() as tasks:
            works = [announcer.run(bus), deliverer.run(), lag.run()]
            works += [platform.listen(answer) for platform in platforms]
            running = [tasks.create_task(work) for work in works]
            for platform in platforms:
                await platform.ready.wait()  # type: ignore[attr-defined]
            loops.settle()  # as the program does when it has started
            await asyncio.sleep(2.0)
            began_s, cpu_s = time.monotonic(), time.process_time()
            for number in range(FIRST, FIRST + alerts):
                bus.publish(alone(alert(number)))
            # Half of the flood is through for the faster one.
            await asyncio.sleep(second_s * CHANNELS * alerts / PER_SECOND["discord"] / 2)
            urgent_s = time.monotonic()
            urgent = msgspec.structs.replace(alert(URGENT), excess=20.0)
            bus.publish(alone(urgent))
            wanted = {name: len(others.told[name][3]) * (alerts + 1) for name in names}
            through_s: dict[str, float] = {}
            async with asyncio.timeout(CALM_S):
                while len(through_s) < len(names):
                    await asyncio.sleep(1.0)
                    arrived = await others.counted("how many")
                    for name in names:
                        if arrived[name] >= wanted[name]:
                            through_s.setdefault(name, time.process_time() - cpu_s)
            counted = await others.counted("all")
            messages = sum(len(counted[name][0]) for name in names)
            cpu_ms = (time.process_time() - cpu_s) / messages * 1000
            for task in running:
                task.cancel()
        print(f"\n{alerts} alerts, the platforms' second lasts {second_s:g} s")
        print(f"  CPU {cpu_ms:.2f} ms a message; the loop's latenesses: {_late(lag)}")
        failed = [
            text
            for name in names
            for text in _judge(
                name, counted[name], others.told[name], (second_s, began_s, urgent_s)
            )
        ]
        assert not failed, failed


def _copy(database: Path, name: str, first: str, others: Sequence[str]) -> None:
    """All others want what the first one does; a thousand commands would take minutes."""
    with contextlib.closing(sqlite3.connect(database)) as db:
        for table in ("chats", "subscriptions"):
            columns = [row[1] for row in db.execute(f"PRAGMA table_info({table})")]
            shown = ", ".join("?" if column == "chat_id" else column for column in columns)
            db.executemany(
                f"INSERT INTO {table} SELECT {shown} FROM {table} "
                "WHERE platform = ? AND chat_id = ?",
                [(id, name, first) for id in others],
            )
        db.commit()


def _late(lag: Lag) -> str:
    buckets, _ = lag.histogram()
    total = buckets[-1][1]
    return ", ".join(f"{count / total:.1%} <= {bound} s" for bound, count in buckets[2:7])


def _judge(
    name: str, counted: Sequence[Any], told: Sequence[Any], run: tuple[float, float, float]
) -> list[str]:
    """Print what came of the platform's flood; what of it is not as it must be."""
    got, asked, broken = counted
    second_s, began_s, urgent_s = run
    limit = PER_SECOND[name] / second_s
    well, everybody = {str(id) for id in told[3]}, len(told[2])
    times: dict[int, dict[str, float]] = {}
    doubled = 0
    for chat, number, at_s in got:
        doubled += chat in times.setdefault(number, {})
        times[number].setdefault(chat, at_s)
    missing = sum(len(well - times[number].keys()) for number in times)
    end_s = max(at_s for _, _, at_s in got)
    within = [at_s for at_s in asked if began_s <= at_s <= end_s]
    took_s = end_s - within[0]
    used = len(within) / took_s / limit
    urgent = max(times[URGENT].values()) - urgent_s
    first = max(times[FIRST].values()) - began_s
    # Whoever has not got the first one by then lets the urgent one pass.
    passed = everybody if began_s + first > urgent_s else 0
    allowed_first, allowed_urgent = (everybody + passed) / limit, everybody / limit
    print(f"  {name}: {len(got):,} messages to {len(well):,} chats", end="")
    print(f" and tries at {everybody - len(well)} bad ones")
    print(f"    limits broken {broken}, missing {missing}, doubled {doubled}")
    print(f"    {used:.1%} of the allowed rate: {len(within):,} requests in {took_s:.1f} s")
    print(f"    first one in the last chat: {first:.2f} s (the limit: {allowed_first:.2f})")
    print(f"    urgent one in the last chat: {urgent:.2f} s (the limit: {allowed_urgent:.2f})")
    failed = []
    if broken or missing or doubled:
        failed.append(f"{name}: broken {broken}, missing {missing}, doubled {doubled}")
    if used < USED:
        failed.append(f"{name}: only {used:.1%} used")
    if first > allowed_first * LATE or urgent > allowed_urgent * LATE:
        failed.append(f"{name}: first after {first:.2f}, urgent after {urgent:.2f} s")
    return failed
