"""What each chat asked for: subscriptions, mutes and limits, and that a chat is there at all."""

from collections.abc import Collection

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import moving
from bot.kept_settings import settings_from
from bot.model import Chat, ChatState, Subscription
from bot.rows import Rows, batches, many
from bot.tables import (
    GONE,
    OF_CHATS,
    bodies,
    chat_from,
    chat_keys,
    chat_row,
    chats,
    is_pending,
    is_unused,
    meta,
    mutes,
    of,
    of_id,
    outbox,
    subscriptions,
)

ERASED_REMEMBERED = 1_000
"""Chats erased in this run; what is on its way to one of before that has long been written."""


class Chatbook(Rows):
    """Part of bot.store.Store."""

    async def chat(self, chat: Chat) -> ChatState:
        """Everything stored about the chat (empty if nothing is)."""

        async def work(connection: AsyncConnection) -> ChatState:
            found = await _states(connection, chat)
            return found[0] if found else ChatState(chat, new=True)

        return await self._database.read(work)

    async def audience(self) -> list[ChatState]:
        """Every active chat; read ``revision`` before, to know when this is out of date."""
        return await self._database.read(_states)

    async def paused(self, platform: str) -> list[Chat]:
        """Every chat of the platform that is not active."""
        wanted = chats.c.platform == platform, chats.c.active.is_(False)
        order = chats.c.chat_id, chats.c.topic
        return await self._found(select(chats).where(*wanted).order_by(*order), chat_from)

    async def active_topics(self, chat: Chat) -> list[str]:
        """The topics of the chat's id that are active."""
        query = select(chats.c.topic).where(of_id(chats, chat), chats.c.active)
        return await self._found(query.order_by(chats.c.topic), lambda row: str(row["topic"]))

    async def subscribe(self, chat: Chat, symbols: Collection[str], kinds: Collection[str]) -> None:
        """Add every pairing of the symbols and kinds (``ALL`` for all) and activate the chat."""
        rows = [
            {**chat_row(chat), "symbol": symbol, "kind": kind}
            for symbol in symbols
            for kind in kinds
        ]

        async def work(connection: AsyncConnection) -> None:
            await self._add_chat(connection, chat)
            await connection.execute(update(chats).where(of(chats, chat)).values(active=True))
            insert = self._insert(subscriptions).on_conflict_do_nothing()
            await connection.run_sync(many, insert, rows)

        await self._change_audience(work)

    async def keep(self, chat: Chat, wishes: Collection[tuple[str, str]]) -> None:
        """Let exactly these (symbol, kind) subscriptions of the chat remain, all at once."""
        rows = [{**chat_row(chat), "symbol": symbol, "kind": kind} for symbol, kind in wishes]

        async def work(connection: AsyncConnection) -> None:
            await self._add_chat(connection, chat)
            await connection.execute(delete(subscriptions).where(of(subscriptions, chat)))
            insert = self._insert(subscriptions).on_conflict_do_nothing()
            await connection.run_sync(many, insert, rows)

        await self._change_audience(work)

    async def mute(self, chat: Chat, symbol: str, until_ms: int) -> None:
        """No alerts of the symbol (or ALL) before ``until_ms``; 0 ends the mute."""

        async def work(connection: AsyncConnection) -> None:
            if until_ms == 0:
                ended = delete(mutes).where(of(mutes, chat), mutes.c.symbol == symbol)
                await connection.execute(ended)
                return
            await self._add_chat(connection, chat)
            row = {**chat_row(chat), "symbol": symbol, "until_ms": until_ms}
            await connection.execute(
                self._insert(mutes)
                .values(row)
                .on_conflict_do_update(
                    index_elements=list(mutes.primary_key), set_={"until_ms": until_ms}
                )
            )

        await self._change_audience(work)

    async def limit(self, chat: Chat, per_day: int) -> None:
        """About so many alerts a day, the largest; 0 for no limit."""

        async def work(connection: AsyncConnection) -> None:
            await self._add_chat(connection, chat)
            await connection.execute(
                update(chats).where(of(chats, chat)).values(daily_limit=per_day)
            )

        await self._change_audience(work)

    async def gone(self, chat: Chat) -> None:
        """The chat cannot be reached: its subscriptions pause, what it was to get is dropped."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(update(chats).where(of(chats, chat)).values(active=False))
            await connection.execute(
                update(outbox).where(of(outbox, chat), is_pending).values(state=GONE)
            )

        await self._change_audience(work)

    async def resume(self, chat: Chat) -> None:
        """The chat can be reached again: its subscriptions count from now on."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(update(chats).where(of(chats, chat)).values(active=True))

        await self._change_audience(work)

    async def visited(self, chat: Chat) -> bool:
        """The chat's page is open. Whether it had been paused: its subscriptions count again."""
        seen = update(chats).where(of(chats, chat)).values(seen_ms=self._clock())
        if not await self._change(seen) or (await self.chat(chat)).active:
            return False
        await self.resume(chat)
        return True

    async def rest(self, platform: str, before_ms: int) -> int:
        """Pause the chats whose page was last open before that; returns how many."""
        last_ms = func.coalesce(chats.c.seen_ms, chats.c.created_ms)
        wanted = chats.c.platform == platform, chats.c.active, last_ms < before_ms
        unseen = await self._found(select(chats).where(*wanted), chat_from)
        for chat in unseen:
            await self.gone(chat)
        return len(unseen)

    async def move(self, chat: Chat, new_id: str) -> None:
        """Everything stored about the chat's id, all its topics, belongs to another id from now on.

        What both had is merged: either one's being active counts, the later end of a mute, and one
        message per key. Messages sent before stay where they were and are not edited any more,
        since the new id numbers its messages anew; what a move has become is told there by a new
        message, without a sound, which is edited from then on (see ``amend``).
        """
        if new_id == chat.id:
            return

        async def work(connection: AsyncConnection) -> None:
            await moving.move(connection, self._insert, chat, new_id)

        await self._change_audience(work)

    async def held(self, chat: Chat) -> dict[str, int]:
        """How many rows of each table are about the chat's id, all its topics; what is remembered
        of it besides counts as "meta"."""

        async def work(connection: AsyncConnection) -> dict[str, int]:
            found = {}
            for table in OF_CHATS:
                counted = select(func.count()).select_from(table).where(of_id(table, chat))
                found[table.name] = int(await connection.scalar(counted) or 0)
            keys = await _meta_keys(connection, chat)
            met = select(func.count()).select_from(meta).where(meta.c.key.in_(keys))
            found[meta.name] = int(await connection.scalar(met) or 0)
            return {name: count for name, count in found.items() if count}

        return await self._database.read(work)

    async def erase(self, chat: Chat) -> dict[str, int]:
        """Remove everything stored about the chat's id, all its topics, and the messages that only
        it got; returns how many rows of each table went, as ``held`` does."""

        async def work(connection: AsyncConnection) -> dict[str, int]:
            found = await connection.scalars(
                select(outbox.c.body_hash).where(of_id(outbox, chat)).distinct()
            )
            hashes = found.all()
            keys = await _meta_keys(connection, chat)
            gone = {}
            for table in reversed(OF_CHATS):  # what refers to another table goes before it
                removed = await connection.execute(delete(table).where(of_id(table, chat)))
                gone[table.name] = removed.rowcount
            for some in batches(hashes):
                await connection.execute(delete(bodies).where(bodies.c.hash.in_(some), is_unused))
            met = await connection.execute(delete(meta).where(meta.c.key.in_(keys)))
            gone[meta.name] = met.rowcount
            # Before the commit: whoever writes next has to know.
            self._erased[chat.platform, chat.id] = None
            while len(self._erased) > ERASED_REMEMBERED:
                del self._erased[next(iter(self._erased))]
            return {name: count for name, count in gone.items() if count}

        return await self._change_audience(work)


async def _meta_keys(connection: AsyncConnection, chat: Chat) -> list[str]:
    topics = await connection.scalars(select(chats.c.topic).where(of_id(chats, chat)))
    return chat_keys(chat, topics.all())


async def _states(connection: AsyncConnection, chat: Chat | None = None) -> list[ChatState]:
    """This chat, active or not, or every active one."""
    wanted = chats.c.active if chat is None else of(chats, chat)
    order = chats.c.platform, chats.c.chat_id, chats.c.topic
    found = await connection.execute(select(chats).where(wanted).order_by(*order))
    kept = {
        chat_from(row): (bool(row["active"]), row["daily_limit"], settings_from(row["settings"]))
        for row in found.mappings()
    }
    wishes: dict[Chat, list[Subscription]] = {one: [] for one in kept}
    muted: dict[Chat, dict[str, int]] = {one: {} for one in kept}
    found = await connection.execute(
        select(subscriptions)
        .join_from(subscriptions, chats)
        .where(wanted)
        .order_by(subscriptions.c.symbol, subscriptions.c.kind)
    )
    for row in found.mappings():
        wisher = chat_from(row)
        wishes[wisher].append(Subscription(wisher, row["symbol"], row["kind"]))
    found = await connection.execute(select(mutes).join_from(mutes, chats).where(wanted))
    for row in found.mappings():
        muted[chat_from(row)][row["symbol"]] = row["until_ms"]
    return [
        ChatState(one, active, tuple(wishes[one]), muted[one], limit, settings)
        for one, (active, limit, settings) in kept.items()
    ]
