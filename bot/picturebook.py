"""Pictures of messages in the outbox, kept in the store's database for as long as those."""

from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import Database
from bot.tables import insert_into, pictures

MAX_KEPT: Final = 500
"""About fifty megabytes; the oldest goes. Summaries at two times a day fill it in eight months."""


class Picturebook:
    """Pictures by name; see bot.store.Store for what its calls promise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, name: str, png: bytes, at_ms: int) -> None:
        """Keep the picture; one that is kept already stays as it is."""
        newest = select(pictures.c.name).order_by(pictures.c.at_ms.desc(), pictures.c.name)

        async def work(connection: AsyncConnection) -> None:
            insert = insert_into(pictures, self._database.dialect).on_conflict_do_nothing()
            await connection.execute(insert, [{"name": name, "at_ms": at_ms, "png": png}])
            too_many = newest.offset(MAX_KEPT).limit(100)
            await connection.execute(delete(pictures).where(pictures.c.name.in_(too_many)))

        await self._database.write(work)

    async def find(self, name: str) -> bytes | None:
        """The picture, if it is still kept."""

        async def work(connection: AsyncConnection) -> bytes | None:
            found = await connection.execute(select(pictures.c.png).where(pictures.c.name == name))
            return found.scalar_one_or_none()

        return await self._database.read(work)
