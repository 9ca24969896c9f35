"""Prices that chats wait for, kept in the store's database."""

from collections.abc import Callable, Collection

import msgspec
from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import Database
from bot.errors import UserError
from bot.kept_settings import settings_from
from bot.model import Chat, ChatSettings, Target
from bot.tables import (
    chats,
    insert_into,
    new_chat_row,
    of,
    target_from,
    target_row,
    targets,
)

MAX_PER_CHAT = 50
MAX_IN_ALL = 20_000


class Targetbook:
    """Reads and writes targets; see bot.store.Store for what its calls promise.

    ``activated`` is told when a chat may have become active.
    """

    def __init__(
        self, database: Database, clock: Callable[[], int], activated: Callable[[], None]
    ) -> None:
        self._database = database
        self._clock = clock
        self._activated = activated

    async def targets(self, chat: Chat) -> list[Target]:
        """What the chat waits for, in the order of asking."""

        async def work(connection: AsyncConnection) -> list[Target]:
            query = select(targets).where(of(targets, chat)).order_by(targets.c.id)
            return [target_from(row) for row in (await connection.execute(query)).mappings()]

        return await self._database.read(work)

    async def active(self) -> list[Target]:
        """What every active chat waits for."""

        async def work(connection: AsyncConnection) -> list[Target]:
            query = select(targets).join_from(targets, chats).where(chats.c.active)
            found = await connection.execute(query.order_by(targets.c.id))
            return [target_from(row) for row in found.mappings()]

        return await self._database.read(work)

    async def settings(self, numbers: Collection[int]) -> dict[int, ChatSettings]:
        """How the chats of these targets, active or not, want their messages, by the target's
        number; one that is there no more has none."""
        query = select(targets.c.id, chats.c.settings).join_from(targets, chats)

        async def work(connection: AsyncConnection) -> dict[int, ChatSettings]:
            found = await connection.execute(query.where(targets.c.id.in_(numbers)))
            return {row.id: settings_from(row.settings) for row in found}

        return await self._database.read(work)

    async def add(self, target: Target, instead: int | None = None) -> Target:
        """Keep it, in place of the chat's target of the number ``instead``; it comes back with its
        own number. Raises UserError when there are too many, or that one is no longer there."""

        async def work(connection: AsyncConnection) -> int:
            if instead is not None:
                gone = delete(targets).where(of(targets, target.chat), targets.c.id == instead)
                if not (await connection.execute(gone)).rowcount:
                    raise UserError("그 목표가는 이미 없습니다. 남은 목록: /alerts")
            had = select(func.count()).select_from(targets)
            if (await connection.scalar(had.where(of(targets, target.chat))) or 0) >= MAX_PER_CHAT:
                raise UserError(
                    f"목표가는 한 채팅에서 {MAX_PER_CHAT}개까지입니다. 지우려면: /alerts"
                )
            if (await connection.scalar(had) or 0) >= MAX_IN_ALL:
                raise UserError("지금은 목표가를 더 받을 수 없습니다. 나중에 다시 시도해 주세요.")
            insert = insert_into(chats, self._database.dialect).on_conflict_do_nothing()
            await connection.execute(insert.values(new_chat_row(target.chat, self._clock())))
            await connection.execute(
                update(chats).where(of(chats, target.chat)).values(active=True)
            )
            adding = insert_into(targets, self._database.dialect).values(target_row(target))
            return int((await connection.scalars(adding.returning(targets.c.id))).one())

        try:
            number = await self._database.write(work)
        finally:  # a call that was cancelled or failed may have happened all the same
            self._activated()
        return msgspec.structs.replace(target, id=number)

    async def remove(self, chat: Chat, number: int) -> Target | None:
        """Take the chat's target of this number away; None if it has no such."""

        async def work(connection: AsyncConnection) -> Target | None:
            its = of(targets, chat), targets.c.id == number
            row = (await connection.execute(select(targets).where(*its))).mappings().first()
            await connection.execute(delete(targets).where(*its))
            return target_from(row) if row is not None else None

        return await self._database.write(work)

    async def ended(self, before_ms: int, limit: int) -> list[Target]:
        """Targets whose time was over by then, the oldest first."""

        async def work(connection: AsyncConnection) -> list[Target]:
            query = select(targets).where(targets.c.until_ms <= before_ms)
            found = await connection.execute(query.order_by(targets.c.until_ms).limit(limit))
            return [target_from(row) for row in found.mappings()]

        return await self._database.read(work)
