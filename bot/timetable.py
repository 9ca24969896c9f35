"""What chats want by the clock, kept in the store's database."""

from collections.abc import Callable, Sequence

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import Database
from bot.model import Chat, Schedule, Task
from bot.tables import (
    chats,
    insert_into,
    new_chat_row,
    of,
    schedule_from,
    schedule_row,
    schedules,
)


class Timetable:
    """Implements ports.Schedules; see bot.store.Store for what its calls promise.

    ``activated`` is told when a chat may have become active.
    """

    def __init__(
        self, database: Database, clock: Callable[[], int], activated: Callable[[], None]
    ) -> None:
        self._database = database
        self._activated = activated
        self._clock = clock
        self.revision = 0
        """Grows with each change made here."""

    async def schedules(self, chat: Chat) -> list[Schedule]:
        """What the chat wants, in a steady order."""
        return await self._found(of(schedules, chat))

    async def all(self) -> list[Schedule]:
        """What every active chat wants, in a steady order."""
        return await self._found(chats.c.active)

    async def schedule(
        self, chat: Chat, task: Task, symbol: str | None, wanted: Sequence[Schedule]
    ) -> None:
        """Let the chat have exactly these of the task (and the symbol, if one is named)."""
        replaced = [of(schedules, chat), schedules.c.task == task]
        if symbol is not None:
            replaced.append(schedules.c.symbol == symbol)

        async def work(connection: AsyncConnection) -> None:
            insert = insert_into(chats, self._database.dialect)
            row = new_chat_row(chat, self._clock())
            await connection.execute(insert.values(row).on_conflict_do_nothing())
            if wanted:  # whoever asks for something can be reached
                await connection.execute(update(chats).where(of(chats, chat)).values(active=True))
            await connection.execute(delete(schedules).where(*replaced))
            if wanted:
                await connection.execute(
                    insert_into(schedules, self._database.dialect).on_conflict_do_nothing(),
                    [schedule_row(one) for one in wanted],
                )

        try:
            await self._database.write(work)
        finally:  # a call that was cancelled or failed may have happened all the same
            self.revision += 1
            self._activated()

    async def _found(self, wanted: ColumnElement[bool]) -> list[Schedule]:
        order = list(schedules.primary_key)
        query = select(schedules).join_from(schedules, chats).where(wanted).order_by(*order)

        async def work(connection: AsyncConnection) -> list[Schedule]:
            found = await connection.execute(query)
            return [schedule_from(row) for row in found.mappings()]

        return await self._database.read(work)
