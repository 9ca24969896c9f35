"""Remembers subscriptions, alerts, decisions and messages on their way, across restarts.

The same statements run on SQLite (the default) and PostgreSQL; bot/tables.py has the tables.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from types import MappingProxyType

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    case,
    delete,
    exists,
    false,
    func,
    make_url,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.casebook import Casebook
from bot.chatbook import Chatbook
from bot.claim import Claimed, claimed
from bot.database import BUSY_MS, Database, connect, identity, probe_sqlite, removed
from bot.errors import SettingsError, StoreError
from bot.learnt import Learnt
from bot.migrations.upgrade import upgrade
from bot.model import Chat, Decision, Delivery, Message, StoredAlert, Weighed
from bot.outbox import Mark, Notice, Outbox
from bot.outcomebook import Outcomebook, note
from bot.packed import insert_packed, packed, packed_rows
from bot.picturebook import Picturebook
from bot.ports import Spend, SpendSum
from bot.preferences import OLDEST_MS, Preferences
from bot.scorebook import Scorebook
from bot.tables import (
    DECISION_COLUMNS,
    PENDING,
    SENT,
    alert_from,
    alert_row,
    alerts,
    bodies,
    chat_from,
    chats,
    decision_from,
    decision_row,
    decisions,
    is_pending,
    is_unused,
    meta,
    mutes,
    of,
    outbox,
    pictures,
    spend_sum_from,
    spending_row,
    spendings,
    subscriptions,
    weighed_from,
)
from bot.targetbook import Targetbook
from bot.timetable import Timetable
from pipeline.model import ALL, AnyAlert

__all__ = ["Counts", "Kept", "Mark", "Notice", "Recorded", "Store", "open_store"]

PRUNED_AT_ONCE = 1000
SPENDINGS_KEPT_MS = 62 * 86_400_000
ALERTS_PRUNED_AT_ONCE = 10  # each takes its decisions along, one per chat


class Recorded(msgspec.Struct, frozen=True):
    """An alert, what was decided about it, and its messages as (chat, message, expires_ms).

    ``key`` is the messages' in the outbox, the alert's id if it is "". ``price`` is the last one
    known when it is told (``told_ms``, the exchange's time), None if what follows does not count.
    """

    alert: AnyAlert
    decisions: Sequence[Decision] = ()
    messages: Sequence[tuple[Chat, Message, int]] = ()
    key: str = ""
    told_ms: int = 0
    price: float | None = None


class Kept(msgspec.Struct, frozen=True):
    """What recording added: the ids of new alerts, and their messages as they stand in the outbox,
    so that nobody has to read them back."""

    new: frozenset[str] = frozenset()
    due: tuple[Delivery, ...] = ()


class Counts(msgspec.Struct, frozen=True):
    """How much is stored. ``pending`` is by platform and includes edits; chats are active ones."""

    pending: dict[str, int]
    chats: int
    subscriptions: int
    alerts: int


class Store(Chatbook, Outbox):
    """The memory of the bot; implements ports.Subscriptions, ports.Journal and ports.Ledger.

    Every method raises StoreError. A change is kept, on disk, once its call returned; a call that
    is cancelled meanwhile may or may not have happened, and every change may be repeated without
    harm. ``revision`` grows with each change of what ``audience`` returns.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], int],
        file: Path | None = None,
        place: str = "",
    ) -> None:
        super().__init__(database, clock)
        self._new_alert = self._insert(alerts).on_conflict_do_nothing().returning(alerts.c.id)
        self._new_decisions = insert_packed(
            self._insert(decisions), DECISION_COLUMNS, database.dialect
        )
        put = self._insert(meta)
        self._put_meta = put.on_conflict_do_update(
            index_elements=[meta.c.key], set_={"value": put.excluded.value}
        )
        self.place = place
        """Where it is, for messages."""
        self._file = file
        self._identity = identity(file) if file is not None else None
        self.timetable = Timetable(database, clock, lambda: self._audience_changed(None))
        self.preferences = Preferences(database, clock, lambda: self._audience_changed(None))
        self.targetbook = Targetbook(database, clock, lambda: self._audience_changed(None))
        self.casebook = Casebook(database)
        self.learnt = Learnt(database)
        self.scorebook = Scorebook(database)
        self.outcomebook = Outcomebook(database)
        self.picturebook = Picturebook(database)

    @property
    def trouble(self) -> str:
        """What the database said when it last refused a change, "" once it has taken one since; or
        that it has not answered one for seconds."""
        return self._database.trouble

    @property
    def lasting(self) -> bool:
        """Whether what it holds is still there after the program's end."""
        return not self._database.in_memory

    def removed(self) -> str:
        """Whether its files are gone while it is open, in words, which it does not notice; else "".
        Changes are refused from then on, and until they are back."""
        if self._file is not None:
            self._database.lost = removed(self._file, self._identity)
        return self._database.lost

    # --- alerts and what was decided about them ------------------------------------------------

    async def record(
        self,
        entries: Iterable[Recorded],
        now_ms: int,
        sent: Mapping[tuple[Chat, str], tuple[str, int]] = MappingProxyType({}),
        besides: Mapping[str, str] = MappingProxyType({}),
    ) -> Kept:
        """Keep alerts, decisions and messages, all or none.

        An alert recorded before is left as it is: nothing of its entry is added. Of a chat that was
        erased since it was decided about nothing is kept. ``sent`` has the platform's reference and
        the time of messages that were handed over before, by chat and key: they are not due any
        more. ``besides``: small pieces of state that are kept with them, as by ``set_meta``.
        """
        first: dict[str, Recorded] = {}
        for entry in entries:
            first.setdefault(entry.alert.id, entry)
        if not first:
            return Kept()

        def work(connection: Connection) -> Kept:
            added = connection.scalars(
                self._new_alert, [alert_row(entry.alert, now_ms) for entry in first.values()]
            )
            new = frozenset(added.all())
            fresh = [entry for id, entry in first.items() if id in new]
            decided = [decision for entry in fresh for decision in entry.decisions]
            for entry in fresh:
                if entry.price is not None:
                    note(connection, entry.alert, entry.told_ms, entry.price)
            gone = self._forgotten(connection, (decision.chat for decision in decided))
            rows = (decision_row(decision) for decision in decided if decision.chat not in gone)
            connection.execute(self._new_decisions, packed_rows(rows))
            due = self._enqueue(
                connection,
                (
                    Notice(
                        chat,
                        entry.key or entry.alert.id,
                        message,
                        entry.alert.severity,
                        now_ms,
                        expires_ms,
                    )
                    for entry in fresh
                    for chat, message, expires_ms in entry.messages
                ),
            )
            if sent:
                self._mark_sent_before(connection, sent)
            for key, value in besides.items():
                connection.execute(self._put_meta, {"key": key, "value": value})
            return Kept(new, tuple(due))

        return await self._database.write_steps(work)

    async def rehearse(self) -> None:
        """Put the statements of ``record`` together, for which the first alert would wait 10 ms."""

        def work(connection: Connection) -> None:
            connection.execute(self._new_decisions, packed_rows(()))
            self._enqueue_nothing(connection)

        await self._database.write_steps(work)

    async def recent(
        self, kind: str, symbol: str | None, since_ms: int, limit: int
    ) -> list[StoredAlert]:
        """Alerts of the kind (or ALL) at or after ``since_ms`` of exchange time, newest first."""
        wanted = [alerts.c.at_ms >= since_ms]
        if kind != ALL:
            wanted.append(alerts.c.kind == kind)
        if symbol is not None:
            wanted.append(alerts.c.symbol == symbol)
        columns = alerts.c.body, alerts.c.recorded_ms
        rows = select(*columns).where(*wanted).order_by(alerts.c.at_ms.desc(), alerts.c.id)
        limited = rows.limit(limit).subquery()
        query = select(*(packed(column, self._database.dialect) for column in limited.c))

        async def work(connection: AsyncConnection) -> tuple[str, str]:
            bodies, recorded = (await connection.execute(query)).one()
            return bodies or "[]", recorded or "[]"

        bodies, recorded = await self._database.read(work)
        try:
            # Beside the event loop: there may be twenty thousand, and alerts do not wait for them.
            return await asyncio.to_thread(_unpacked, bodies, recorded)
        except msgspec.MsgspecError as error:
            raise StoreError(f"the database holds something unreadable: {error}") from error

    async def unexplained(self, since_ms: int, limit: int) -> list[StoredAlert]:
        """Alerts with messages, recorded since then, that ``mark_explained`` was not called for;
        newest first."""
        told = exists().where(outbox.c.key == alerts.c.id, outbox.c.state.in_([PENDING, SENT]))
        return await self._found(
            select(alerts)
            .where(*_recorded_since(since_ms), alerts.c.explained.is_(False), told)
            .order_by(alerts.c.recorded_ms.desc(), alerts.c.id)
            .limit(limit),
            alert_from,
        )

    async def mark_explained(self, alert_id: str) -> None:
        """The alert has its explanation, or will not get any."""
        await self._change(update(alerts).where(alerts.c.id == alert_id).values(explained=True))

    async def decisions(self, alert_id: str) -> list[Decision]:
        """What was decided about the alert, by chat."""
        query = (
            select(decisions)
            .where(decisions.c.alert_id == alert_id)
            .order_by(decisions.c.platform, decisions.c.chat_id, decisions.c.topic)
        )
        return await self._found(query, decision_from)

    async def decisions_for(
        self, chat: Chat, symbol: str | None, since_ms: int, limit: int
    ) -> list[tuple[StoredAlert, Decision]]:
        """The alerts (of the symbol) that were weighed for the chat, newest first."""
        wanted = [alerts.c.at_ms >= since_ms, of(decisions, chat)]
        if symbol is not None:
            wanted.append(alerts.c.symbol == symbol)
        query = (
            select(alerts, decisions)
            .join_from(alerts, decisions)
            .where(*wanted)
            .order_by(alerts.c.at_ms.desc(), alerts.c.id)
            .limit(limit)
        )
        return await self._found(query, lambda row: (alert_from(row), decision_from(row)))

    async def too_late(self, since_ms: int) -> dict[Chat, int]:
        """How many alerts of the time since then were no news any more when they were found, by
        the chats that would have had them."""
        who = decisions.c.platform, decisions.c.chat_id, decisions.c.topic
        query = (
            select(*who, func.count().label("number"))
            .join_from(alerts, decisions)
            .where(alerts.c.at_ms >= since_ms, decisions.c.reason == "stale")
            .group_by(*who)
        )
        return dict(await self._found(query, lambda row: (chat_from(row), int(row["number"]))))

    async def weighed(self, chat: Chat, since_ms: int, limit: int) -> list[Weighed]:
        """What was decided for the chat about alerts recorded since then, newest first."""
        query = (
            select(alerts.c.recorded_ms, alerts.c.body, decisions.c.send, decisions.c.reason)
            .join_from(alerts, decisions)
            .where(*_recorded_since(since_ms), of(decisions, chat))
            .order_by(alerts.c.recorded_ms.desc(), alerts.c.id)
            .limit(limit)
        )
        return await self._found(query, weighed_from)

    # --- what explanations cost ----------------------------------------------------------------

    async def spend(self, entry: Spend) -> None:
        """Write down what one call of an AI model cost; the same ``id`` again changes nothing."""
        await self._change(
            self._insert(spendings).values(spending_row(entry)).on_conflict_do_nothing()
        )

    async def spent(self, since_ms: int, before_ms: int) -> list[SpendSum]:
        """Sums by Korean day, task and model, in this order, over the calls of this time."""
        by = spendings.c.day_ms, spendings.c.task, spendings.c.model
        query = (
            select(
                *by,
                func.count().label("calls"),
                func.sum(case((spendings.c.outcome == "shown", 1), else_=0)).label("shown"),
                func.sum(case((spendings.c.estimated, 1), else_=0)).label("estimates"),
                *(
                    func.sum(column).label(column.name)
                    for column in (
                        spendings.c.tokens_in,
                        spendings.c.tokens_out,
                        spendings.c.nanodollars,
                    )
                ),
            )
            .where(spendings.c.at_ms >= since_ms, spendings.c.at_ms < before_ms)
            .group_by(*by)
            .order_by(*by)
        )
        return await self._found(query, spend_sum_from)

    # --- housekeeping --------------------------------------------------------------------------

    async def prune(self, before_ms: int) -> int:
        """Delete alerts, finished messages, pictures and mutes older than ``before_ms``; says how
        many rows.

        Spendings stay ``SPENDINGS_KEPT_MS`` longer, for the sums of this month and the last. Small
        steps, so that nobody waits long for the database meanwhile.
        """
        pruned = await self._change(delete(mutes).where(mutes.c.until_ms < before_ms))
        old_alerts = select(alerts.c.id).where(alerts.c.at_ms < before_ms)
        old_spendings = select(spendings.c.id).where(
            spendings.c.at_ms < before_ms - SPENDINGS_KEPT_MS
        )
        old_pictures = select(pictures.c.name).where(pictures.c.at_ms < before_ms)
        old_messages = select(outbox.c.id).where(outbox.c.created_ms < before_ms, ~is_pending)
        for table, column, old, at_once in (
            (alerts, alerts.c.id, old_alerts, ALERTS_PRUNED_AT_ONCE),
            (outbox, outbox.c.id, old_messages, PRUNED_AT_ONCE),
            (bodies, bodies.c.hash, select(bodies.c.hash).where(is_unused), PRUNED_AT_ONCE),
            (spendings, spendings.c.id, old_spendings, PRUNED_AT_ONCE),
            (pictures, pictures.c.name, old_pictures, PRUNED_AT_ONCE),
        ):
            some = delete(table).where(column.in_(old.limit(at_once)))
            while (removed := await self._change(some)) > 0:
                pruned += removed
        return pruned

    async def counts(self) -> Counts:
        """How much is stored and waiting."""
        waiting = (
            select(outbox.c.platform, func.count().label("rows"))
            .where(is_pending)
            .group_by(outbox.c.platform)
            .order_by(outbox.c.platform)
        )
        totals = select(
            select(func.count()).select_from(chats).where(chats.c.active).scalar_subquery(),
            select(func.count()).select_from(subscriptions).scalar_subquery(),
            select(func.count()).select_from(alerts).scalar_subquery(),
        )

        async def work(connection: AsyncConnection) -> Counts:
            rows = (await connection.execute(waiting)).mappings().all()
            return Counts(
                {row["platform"]: row["rows"] for row in rows},
                *(await connection.execute(totals)).one(),
            )

        return await self._database.read(work)

    async def get_meta(self, key: str) -> str | None:
        """A small piece of state kept with ``set_meta``; None if there is none."""
        query = select(meta.c.value).where(meta.c.key == key)
        values = await self._found(query, lambda row: str(row["value"]))
        return values[0] if values else None

    async def set_meta(self, key: str, value: str) -> None:
        """Keep a small piece of state, such as how far a source has read."""
        row = {"key": key, "value": value}
        await self._database.write_steps(lambda connection: connection.execute(self._put_meta, row))


def _recorded_since(since_ms: int) -> tuple[ColumnElement[bool], ...]:
    """There is an index of the exchange's times alone: without one SQLite walks through all that
    was ever decided, which may be a million rows while an alert waits."""
    return alerts.c.recorded_ms >= since_ms, alerts.c.at_ms >= since_ms - OLDEST_MS


def _unpacked(bodies: str, recorded: str) -> list[StoredAlert]:
    decode = msgspec.json.Decoder(AnyAlert).decode
    rows = msgspec.json.decode(bodies, type=list[str]), msgspec.json.decode(recorded)
    return [StoredAlert(decode(body), at_ms) for body, at_ms in zip(*rows, strict=True)]


# --- opening it ---------------------------------------------------------------------------------


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def using(place: str) -> Iterator[None]:
    """What a database says when it cannot be used names it: also one that could be opened, and is
    damaged."""
    try:
        yield
    except Claimed:
        raise
    except StoreError as error:
        raise StoreError(f"the database {place} cannot be used: {error}") from error


@asynccontextmanager
async def open_store(
    url: str, *, clock: Callable[[], int] = _now_ms, busy_ms: int = BUSY_MS, alone: bool = False
) -> AsyncIterator[Store]:
    """The store at a SQLAlchemy async URL, migrated to this program's version.

    ``busy_ms``: how long to wait for another process that writes (SQLite). ``alone``: no other
    program may send what this database has. Raises SettingsError if the URL is wrong, or
    a newer version or a stranger wrote the database, StoreError if it cannot be used or another
    program has claimed it.
    """
    try:
        place = make_url(url)
        database = connect(place, busy_ms)
    except (SQLAlchemyError, ImportError) as error:
        raise SettingsError(
            f"GORAEBOT_DATABASE_URL: {error}; the default is sqlite+aiosqlite:///goraebot.db"
        ) from error
    shown = place.render_as_string(hide_password=True)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        file = None
        with using(shown):
            if database.dialect == "sqlite":
                file = probe_sqlite(place)
                if alone and file is not None:
                    stack.enter_context(claimed(file))
                    stack.push_async_callback(database.close)  # before the claim is given up
            elif alone:
                await stack.enter_async_context(database.claimed(shown))
            await database.write(lambda connection: connection.run_sync(upgrade))
            # Deletes nothing, but a database that only lets itself be read refuses it.
            await database.write_steps(lambda one: one.execute(delete(meta).where(false())))
        yield Store(database, clock, file, shown)
