"""Which alert a message in a chat tells of: found by the platform's id of the message."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import Database
from bot.model import Chat
from bot.tables import alert_from, alerts, outbox
from pipeline.model import AnyAlert


class Replies:
    """Implements ports.Replies; see bot.store.Store for what its calls promise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def alert_of(self, chat: Chat, ref: str) -> AnyAlert | None:
        """The alert that the message tells of, None if it tells of none, or is not known any more.

        A forum's topic may be missing in what people reply from, so the chat's other topics count.
        """
        query = (
            select(alerts)
            .join_from(outbox, alerts, outbox.c.key == alerts.c.id)
            .where(
                outbox.c.platform == chat.platform,
                outbox.c.chat_id == chat.id,
                outbox.c.ref == ref,
            )
            .order_by(outbox.c.id.desc())
            .limit(1)
        )

        async def work(connection: AsyncConnection) -> AnyAlert | None:
            found = (await connection.execute(query)).mappings().first()
            return alert_from(found).alert if found is not None else None

        return await self._database.read(work) if ref else None
