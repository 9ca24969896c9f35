"""A chat that wants to be forgotten is forgotten, in every table that there is or will be."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import BigInteger, Boolean, Double, Integer, SmallInteger, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.erase import CODE_MS, ChatEraser
from bot.lobby import StoreLobby
from bot.model import Chat, Message
from bot.platforms.discord_posts import _told_key
from bot.store import Notice, Store, open_store
from bot.tables import metadata

NOW = 1_768_176_201_000
GROUP = Chat("telegram", "-5")
TOPIC = Chat("telegram", "-5", "7")
OTHER = Chat("telegram", "-6")


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite://", clock=lambda: NOW) as opened:
        yield opened


async def fill(store: Store, chat: Chat) -> set[str]:
    """Put a row about the chat into every table with a column for one; which tables these are."""
    tables = [table for table in metadata.sorted_tables if "chat_id" in table.c]

    async def work(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for table in tables:
            row: dict[str, object] = {
                "platform": chat.platform,
                "chat_id": chat.id,
                "topic": chat.topic,
            }
            for column in table.c:
                if column.name in row or column.name == "id" or column.nullable:
                    continue
                number = isinstance(column.type, BigInteger | Integer | SmallInteger | Double)
                row[column.name] = (
                    True if isinstance(column.type, Boolean) else 1 if number else "x"
                )
            if "alert_id" in table.c:
                row["alert_id"] = "an alert"
            await connection.execute(insert(table).values(row))

    # Rows of one table refer to rows of others, which this is not about.
    async def loose(connection: AsyncConnection) -> None:
        await connection.exec_driver_sql(
            "INSERT OR IGNORE INTO alerts(id, kind, symbol, at_ms, recorded_ms, rank, recovered,"
            " body) VALUES ('an alert', 'pump', 'BTCUSDT', 1, 1, 1, 0, '{}')"
        )
        await connection.exec_driver_sql("INSERT OR IGNORE INTO bodies VALUES ('x', '{}')")

    await store._database.write(loose)
    await store._database.write(work)
    return {table.name for table in tables}


async def test_every_table_with_a_chat_column_is_emptied_of_the_chat_and_of_nobody_else(
    store: Store,
) -> None:
    for chat in (GROUP, TOPIC, OTHER):
        tables = await fill(store, chat)
    assert {"chats", "subscriptions", "mutes", "targets", "schedules", "decisions", "outbox"} <= (
        tables
    )
    assert await store.held(GROUP) == dict.fromkeys(tables, 2)
    assert await store.erase(TOPIC) == dict.fromkeys(tables, 2)
    assert await store.held(GROUP) == {}
    assert await store.held(OTHER) == dict.fromkeys(tables, 1)


async def test_nothing_in_the_whole_database_names_the_chat_any_more(store: Store) -> None:
    chat = Chat("telegram", "-987654321", "7")
    await store.subscribe(chat, ["BTCUSDT"], ["*"])
    await store.mute(chat, "ETHUSDT", NOW + 60_000)
    await StoreLobby(store, Message("안녕하세요")).joined(chat)
    notice = Notice(chat, f"held:{chat}:1", Message("못 전한 알림"), "notice", NOW, NOW + 1)
    await store.enqueue([notice])
    await store.erase(chat)

    async def everything(connection: AsyncConnection) -> str:
        rows = [(await connection.execute(select(table))).all() for table in metadata.sorted_tables]
        return repr(rows)

    assert "987654321" not in await store._database.read(everything)
    assert "못 전한 알림" not in await store._database.read(everything)


async def test_what_discord_was_told_of_missing_rights_goes_with_the_channel(store: Store) -> None:
    channel, thread = Chat("discord", "987"), Chat("discord", "987", "654")
    await store.subscribe(thread, ["BTCUSDT"], ["*"])
    for number in (987, 654, 321):
        await store.set_meta(_told_key(number), "1")
    assert (await store.held(channel))["meta"] == 2
    assert (await store.erase(channel))["meta"] == 2
    kept = [await store.get_meta(_told_key(number)) for number in (987, 654, 321)]
    assert kept == [None, None, "1"]


async def test_a_code_is_for_one_asker_in_one_chat_and_for_some_minutes(store: Store) -> None:
    now_ms = NOW
    forgotten: list[Chat] = []
    eraser = ChatEraser(store, [forgotten.append], now_ms=lambda: now_ms)
    code = eraser.code(GROUP, "ann")
    assert len(code) == 6
    assert eraser.confirms(GROUP, "ann", code)
    assert not eraser.confirms(GROUP, "bob", code)
    assert not eraser.confirms(TOPIC, "ann", code)
    assert not eraser.confirms(GROUP, "ann", "숫자")
    now_ms += CODE_MS
    assert eraser.confirms(GROUP, "ann", code)
    now_ms += CODE_MS
    assert not eraser.confirms(GROUP, "ann", code)
    await eraser.erase(GROUP)
    assert forgotten == [GROUP]
