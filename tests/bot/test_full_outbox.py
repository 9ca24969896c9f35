"""A start after a crash in a flood does not take longer the more the outbox holds."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine, event
from test_deliver import ALERT, FAR, NOW, Room, chat, delivering

from bot.model import Message
from bot.store import Mark, Recorded, Store, open_store
from pipeline.model import ALL

STEP = 10
"""Instructions of SQLite's machine between two calls of what counts them."""


async def flood(store: Store, chats: int) -> None:
    """Six alerts for each chat, of which two were sent, and nothing is written of the rest."""
    for number in range(6):
        alert = msgspec.structs.replace(ALERT, id=f"spread:{number}")
        words = Message(f"알림 {number}", key=alert.id)
        entry = Recorded(alert, (), [(chat(n), words, FAR) for n in range(chats)])
        kept = await store.record([entry], NOW)
        if number < 2:
            await store.mark_many([Mark(due.id, 1, "m", NOW) for due in kept.due])


async def work_of_a_start(folder: Path, chats: int) -> int:
    """What SQLite has to do, in its own instructions, until the first message is handed over."""
    url = f"sqlite+aiosqlite:///{folder / f'{chats}.db'}"
    async with open_store(url, clock=lambda: NOW) as store:
        await flood(store, chats)
    counted = [0]

    def count() -> None:
        counted[0] += STEP

    def attach(connection: Any, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_progress_handler(count, STEP)
        else:  # aiosqlite's
            connection.run_async(lambda real: real.set_progress_handler(count, STEP))

    event.listen(Engine, "connect", attach)
    try:
        room = Room()
        async with open_store(url, clock=lambda: NOW) as store:
            await store.get_meta("positions:binance")
            await store.recent(ALL, None, NOW - 3_600_000, 5_000)
            await store.unexplained(NOW - 3_600_000, 100)
            await store.expire(NOW)
            for number in range(chats):
                room.holding[chat(number)] = asyncio.Event()  # the first sends are under way
            async with delivering(store, room) as deliverer:
                sender = deliverer.senders["room"]
                async with asyncio.timeout(10.0):
                    while not sender._sending:
                        await asyncio.sleep(0)
                work = counted[0]
                for held in room.holding.values():
                    held.set()
            return work
    finally:
        event.remove(Engine, "connect", attach)


async def test_ten_times_the_outbox_is_not_twice_the_work_of_a_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sender.WINDOW", 200)
    few, many = [await work_of_a_start(tmp_path, chats) for chats in (150, 1_500)]
    assert few > 1_000
    assert many < 2 * few
