"""What the books of chats, of the outbox and of alerts share: one database, asked and changed."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Delete, Executable, RowMapping, Table, Update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import Database, Work
from bot.model import Chat
from bot.tables import Insert, chats, insert_into, new_chat_row

T = TypeVar("T")

ROWS_AT_ONCE = 250  # SQLAlchemy prepares a batch of rows on the event loop: about 2 ms


class Rows:
    """One database; see bot.store.Store for what its calls promise.

    ``revision`` grows with each change of what ``audience`` returns.
    """

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock
        self._erased: dict[tuple[str, str], None] = {}  # platform and id, the latest last
        self.revision = 0

    def _insert(self, table: Table) -> Insert:
        return insert_into(table, self._database.dialect)

    async def _found(self, query: Executable, made_of: Callable[[RowMapping], T]) -> list[T]:
        async def work(connection: AsyncConnection) -> list[T]:
            found = await connection.execute(query)
            return [made_of(row) for row in found.mappings()]

        return await self._database.read(work)

    async def _change(self, statement: Update | Delete | Insert) -> int:
        return await self._database.write_steps(lambda one: one.execute(statement).rowcount)

    async def _change_audience(self, work: Work[T]) -> T:
        task = self._database.start(work, writes=True)
        # When it is done, not when the caller hears of it: the caller may be cancelled before.
        task.add_done_callback(self._audience_changed)
        return await self._database.outcome(task)

    def _audience_changed(self, _task: object) -> None:
        self.revision += 1

    async def _add_chat(self, connection: AsyncConnection, chat: Chat) -> None:
        row = new_chat_row(chat, self._clock())
        await connection.execute(self._insert(chats).values(row).on_conflict_do_nothing())


def batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, ROWS_AT_ONCE)):
        yield batch


def many(
    connection: Connection, statement: Insert | Update, rows: Iterable[dict[str, Any]]
) -> None:
    """Run the statement for each row, a batch at a time."""
    for batch in batches(rows):
        connection.execute(statement, batch)
