"""Gives what is stored about a chat to its new id, such as a group's that became a supergroup."""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import Table, case, delete, exists, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Chat, Message
from bot.tables import (
    MOVED,
    PENDING,
    Insert,
    bodies,
    body_from,
    body_row,
    chats,
    decisions,
    is_pending,
    mutes,
    outbox,
    schedules,
    subscriptions,
    targets,
)


async def move(
    connection: AsyncConnection, insert: Callable[[Table], Insert], chat: Chat, new_id: str
) -> None:
    """Everything of the chat's id, all its topics, belongs to ``new_id``; see Store.move.

    ``insert`` makes an INSERT of the database's dialect.
    """
    # Chats first: subscriptions and mutes refer to them, and go with them in the end.
    for table in (chats, subscriptions, mutes, schedules, decisions):
        await _merge(connection, table, insert(table), chat, new_id)
    await connection.execute(
        update(targets)
        .where(targets.c.platform == chat.platform, targets.c.chat_id == chat.id)
        .values(chat_id=new_id)
    )
    await _move_messages(connection, insert, chat, new_id)
    for table in (decisions, subscriptions, mutes, schedules, chats):
        await connection.execute(
            delete(table).where(table.c.platform == chat.platform, table.c.chat_id == chat.id)
        )


async def _merge(
    connection: AsyncConnection, table: Table, adding: Insert, chat: Chat, new_id: str
) -> None:
    columns = [
        literal(new_id).label("chat_id") if column.name == "chat_id" else column
        for column in table.c
    ]
    old = table.c.platform == chat.platform, table.c.chat_id == chat.id
    adding = adding.from_select(list(table.c), select(*columns).where(*old))
    merged = _merged(table, adding)
    await connection.execute(
        adding.on_conflict_do_update(index_elements=list(table.primary_key), set_=merged)
        if merged
        else adding.on_conflict_do_nothing()
    )


async def _move_messages(
    connection: AsyncConnection, insert: Callable[[Table], Insert], chat: Chat, new_id: str
) -> None:
    twin = outbox.alias()
    old = outbox.c.platform == chat.platform, outbox.c.chat_id == chat.id
    known = exists().where(
        twin.c.key == outbox.c.key,
        twin.c.platform == outbox.c.platform,
        twin.c.chat_id == new_id,
        twin.c.topic == outbox.c.topic,
    )
    await connection.execute(delete(outbox).where(*old, known))
    sent = *old, outbox.c.sent_version > 0
    edited = await connection.execute(
        select(outbox.c.id, bodies.c.body).join_from(outbox, bodies).where(*sent, is_pending)
    )
    living = [(row["id"], body_from(row)) for row in edited.mappings()]
    await connection.execute(update(outbox).where(*sent).values(state=MOVED, ref=""))
    for row_id, message in living:
        if message.progress:
            row = body_row(once_more(message))
            new_body = insert(bodies).on_conflict_do_nothing()
            await connection.execute(new_body.values(row))
            anew = {**SENT_ANEW, "body_hash": row["hash"]}
            await connection.execute(update(outbox).where(outbox.c.id == row_id).values(anew))
    # As new rows: a mark still on its way of what the former id got is none of the new id's.
    kept = [column for column in outbox.c if column is not outbox.c.id]
    columns = [
        literal(new_id).label("chat_id") if column.name == "chat_id" else column for column in kept
    ]
    moved = select(*columns).where(*old).order_by(outbox.c.id)
    await connection.execute(insert(outbox).from_select(kept, moved))
    await connection.execute(delete(outbox).where(*old))


SENT_ANEW: dict[str, Any] = {
    "state": PENDING,
    "version": outbox.c.version + 1,
    "sent_version": 0,
    "attempts": 0,
}
"""What becomes of a row whose message is to be sent under the new id."""


def once_more(message: Message) -> Message:
    """The message as it is sent under the new id: an edit would have made no sound either."""
    return msgspec.structs.replace(message, silent=True)


def _merged(table: Table, adding: Insert) -> dict[str, Any]:
    """What becomes of a row that a moved chat finds under its new id."""
    if table is chats:
        had, has = chats.c.daily_limit, adding.excluded.daily_limit
        chose, brings = chats.c.settings, adding.excluded.settings
        return {
            "active": chats.c.active | adding.excluded.active,
            "daily_limit": case((had > 0, had), else_=has),
            "settings": case((chose != "", chose), else_=brings),
        }
    if table is mutes:
        later = adding.excluded.until_ms > mutes.c.until_ms
        return {"until_ms": case((later, adding.excluded.until_ms), else_=mutes.c.until_ms)}
    return {}
