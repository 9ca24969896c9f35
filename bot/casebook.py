"""Looks up what became of an alert in a chat, in the store's database."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import Database
from bot.model import Chat, Decision, Handover, StoredAlert
from bot.tables import (
    alert_from,
    alerts,
    bodies,
    body_from,
    decision_from,
    decisions,
    of,
    outbox,
)

WHY = "/why #"


class Casebook:
    """Implements ports.Casebook; see bot.store.Store for what its calls promise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def alert(self, ref: str) -> StoredAlert | None:
        """The alert of a short name (bot.model.short_ref)."""

        async def work(connection: AsyncConnection) -> StoredAlert | None:
            query = select(alerts).where(alerts.c.ref == ref, alerts.c.ref != "").limit(1)
            row = (await connection.execute(query)).mappings().first()
            return alert_from(row) if row is not None else None

        return await self._database.read(work)

    async def decided(
        self, chat: Chat, symbol: str | None, since_ms: int, limit: int
    ) -> Sequence[tuple[StoredAlert, Decision]]:
        """Alerts (of the symbol) that were weighed for the chat, newest first."""
        wanted = [alerts.c.at_ms >= since_ms, of(decisions, chat)]
        if symbol is not None:
            wanted.append(alerts.c.symbol == symbol)
        query = select(alerts, decisions).join_from(alerts, decisions).where(*wanted)
        query = query.order_by(alerts.c.at_ms.desc(), alerts.c.id).limit(limit)

        async def work(connection: AsyncConnection) -> list[tuple[StoredAlert, Decision]]:
            found = await connection.execute(query)
            return [(alert_from(row), decision_from(row)) for row in found.mappings()]

        return await self._database.read(work)

    async def decision(self, chat: Chat, alert_id: str) -> Decision | None:
        """What was decided for the chat; None if it did not ask for such alerts then."""

        async def work(connection: AsyncConnection) -> Decision | None:
            query = select(decisions).where(of(decisions, chat), decisions.c.alert_id == alert_id)
            row = (await connection.execute(query)).mappings().first()
            return decision_from(row) if row is not None else None

        return await self._database.read(work)

    async def handover(self, chat: Chat, alert_id: str) -> Handover | None:
        """How the alert's own message fares; None if it has none in the chat."""

        async def work(connection: AsyncConnection) -> Handover | None:
            query = select(outbox).where(of(outbox, chat), outbox.c.key == alert_id)
            row = (await connection.execute(query)).mappings().first()
            if row is None:
                return None
            return Handover(
                row["state"],
                row["created_ms"],
                row["sent_ms"],
                row["attempts"],
                row["first_ms"],
            )

        return await self._database.read(work)

    async def told_by(self, chat: Chat, message_ref: str) -> StoredAlert | None:
        """The alert that a message of the chat tells of, None if it tells of none, or it is gone.

        A message of a whole market's move is about the alert that its button names. A forum's topic
        may be missing in what people reply from, so the chat's other topics count.
        """
        here = outbox.c.platform == chat.platform, outbox.c.chat_id == chat.id
        sent = select(outbox.c.key, bodies.c.body).join_from(outbox, bodies)
        sent = sent.where(*here, outbox.c.ref == message_ref, outbox.c.ref != "")

        async def work(connection: AsyncConnection) -> StoredAlert | None:
            row = (
                (await connection.execute(sent.order_by(outbox.c.id.desc()).limit(1)))
                .mappings()
                .first()
            )
            if row is None:
                return None
            commands = (b.command for line in body_from(row).buttons for b in line)
            named = next((c.removeprefix(WHY) for c in commands if c.startswith(WHY)), "")
            its = alerts.c.id == row["key"]
            if named:
                its |= alerts.c.ref == named
            query = select(alerts).where(its).order_by(alerts.c.id != row["key"]).limit(1)
            found = (await connection.execute(query)).mappings().first()
            return alert_from(found) if found is not None else None

        return await self._database.read(work) if message_ref else None
