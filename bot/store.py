"""Remembers subscriptions, alerts, decisions and messages on their way, across restarts.

The same statements run on SQLite (the default) and PostgreSQL; bot/tables.py has the tables.
"""

import asyncio
import time
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import islice
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    ColumnElement,
    Delete,
    Executable,
    Integer,
    RowMapping,
    Table,
    Update,
    bindparam,
    case,
    delete,
    exists,
    false,
    func,
    make_url,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import moving
from bot.casebook import Casebook
from bot.claim import Claimed, claimed
from bot.database import BUSY_MS, Database, Work, connect, probe_sqlite
from bot.errors import SettingsError, StoreError
from bot.learnt import Learnt
from bot.migrations.upgrade import upgrade
from bot.model import (
    Chat,
    ChatState,
    Decision,
    Delivery,
    Message,
    StoredAlert,
    Subscription,
    Weighed,
)
from bot.outcomebook import Outcomebook, note
from bot.picturebook import Picturebook
from bot.ports import Spend, SpendSum
from bot.preferences import Preferences
from bot.scorebook import Scorebook, packed
from bot.tables import (
    EXPIRED,
    GONE,
    MOVED,
    OF_CHATS,
    PENDING,
    REFUSED,
    SENT,
    Insert,
    alert_from,
    alert_row,
    alerts,
    bodies,
    body_from,
    body_row,
    chat_from,
    chat_keys,
    chat_row,
    chats,
    decision_from,
    decision_row,
    decisions,
    delivery_from,
    insert_into,
    is_pending,
    is_unused,
    meta,
    mutes,
    new_chat_row,
    of,
    of_id,
    outbox,
    outbox_row,
    pictures,
    rank_of,
    settings_from,
    spend_sum_from,
    spending_row,
    spendings,
    subscriptions,
    targets,
    weighed_from,
)
from bot.targetbook import Targetbook
from bot.timetable import Timetable
from pipeline.model import ALL, AnyAlert, Severity

T = TypeVar("T")

ROWS_AT_ONCE = 250  # SQLAlchemy prepares a batch of rows on the event loop: about 2 ms
PRUNED_AT_ONCE = 1000
SPENDINGS_KEPT_MS = 62 * 86_400_000
ERASED_REMEMBERED = 1_000
"""Chats erased in this run; what is on its way to one of before that has long been written."""
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


class Notice(msgspec.Struct, frozen=True):
    """A message to put into the outbox; a chat gets one per ``key``, however often it is put."""

    chat: Chat
    key: str
    message: Message
    severity: Severity
    created_ms: int
    expires_ms: int


class Mark(msgspec.Struct, frozen=True):
    """That a delivery's edition ``version`` reached its chat, as the platform's message ``ref``."""

    delivery_id: int
    version: int
    ref: str
    at_ms: int


class Counts(msgspec.Struct, frozen=True):
    """How much is stored. ``pending`` is by platform and includes edits; chats are active ones."""

    pending: dict[str, int]
    oldest_pending_ms: int | None
    chats: int
    subscriptions: int
    alerts: int


class _Marks:
    """Marks that wait for their turn to write together and share one transaction."""

    def __init__(self, database: "Database") -> None:
        self.waiting: list[Mark] = []
        self.task = database.start(self._write, writes=True)
        self._taken = False

    @property
    def open(self) -> bool:
        """Whether another mark may still join (a task that failed early never took any)."""
        return not self._taken and not self.task.done()

    async def _write(self, connection: AsyncConnection) -> None:
        self._taken = True
        await _mark(connection, self.waiting)


class Store:
    """The memory of the bot; implements ports.Subscriptions, ports.Journal and ports.Ledger.

    Every method raises StoreError. A change is kept, on disk, once its call returned; a call that
    is cancelled meanwhile may or may not have happened, and every change may be repeated without
    harm. ``revision`` grows with each change of what ``audience`` returns.
    """

    def __init__(self, database: "Database", clock: Callable[[], int]) -> None:
        self._database = database
        self._clock = clock
        self._marks: _Marks | None = None
        self._erased: dict[tuple[str, str], None] = {}  # platform and id, the latest last
        self.revision = 0
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
        """What the database said when it last refused a change, "" once it has taken one since."""
        return self._database.trouble

    # --- what each chat asked for --------------------------------------------------------------

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
            await _many(connection, self._insert(subscriptions).on_conflict_do_nothing(), rows)

        await self._change_audience(work)

    async def keep(self, chat: Chat, wishes: Collection[tuple[str, str]]) -> None:
        """Let exactly these (symbol, kind) subscriptions of the chat remain, all at once."""
        rows = [{**chat_row(chat), "symbol": symbol, "kind": kind} for symbol, kind in wishes]

        async def work(connection: AsyncConnection) -> None:
            await self._add_chat(connection, chat)
            await connection.execute(delete(subscriptions).where(of(subscriptions, chat)))
            await _many(connection, self._insert(subscriptions).on_conflict_do_nothing(), rows)

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

    async def delete_chat(self, chat: Chat) -> None:
        """Remove everything stored about the chat, and the messages that only it got."""

        async def work(connection: AsyncConnection) -> None:
            found = await connection.scalars(
                select(outbox.c.body_hash).where(of(outbox, chat)).distinct()
            )
            for table in reversed(OF_CHATS):
                await connection.execute(delete(table).where(of(table, chat)))
            for some in _batches(found.all()):
                await connection.execute(delete(bodies).where(bodies.c.hash.in_(some), is_unused))

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
            for some in _batches(hashes):
                await connection.execute(delete(bodies).where(bodies.c.hash.in_(some), is_unused))
            met = await connection.execute(delete(meta).where(meta.c.key.in_(keys)))
            gone[meta.name] = met.rowcount
            # Before the commit: whoever writes next has to know.
            self._erased[chat.platform, chat.id] = None
            while len(self._erased) > ERASED_REMEMBERED:
                del self._erased[next(iter(self._erased))]
            return {name: count for name, count in gone.items() if count}

        return await self._change_audience(work)

    # --- alerts and what was decided about them ------------------------------------------------

    async def record(
        self,
        entries: Iterable[Recorded],
        now_ms: int,
        sent: Mapping[tuple[Chat, str], tuple[str, int]] = MappingProxyType({}),
    ) -> Kept:
        """Keep alerts, decisions and messages, all or none.

        An alert recorded before is left as it is: nothing of its entry is added. Of a chat that was
        erased since it was decided about nothing is kept. ``sent`` has the platform's reference and
        the time of messages that were handed over before, by chat and key: they are not due any
        more.
        """
        first: dict[str, Recorded] = {}
        for entry in entries:
            first.setdefault(entry.alert.id, entry)
        if not first:
            return Kept()

        async def work(connection: AsyncConnection) -> Kept:
            added = await connection.scalars(
                self._insert(alerts).on_conflict_do_nothing().returning(alerts.c.id),
                [alert_row(entry.alert, now_ms) for entry in first.values()],
            )
            new = frozenset(added.all())
            fresh = [entry for id, entry in first.items() if id in new]
            decided = [decision for entry in fresh for decision in entry.decisions]
            for entry in fresh:
                if entry.price is not None:
                    await note(connection, entry.alert, entry.told_ms, entry.price)
            gone = await self._forgotten(connection, (decision.chat for decision in decided))
            await _many(
                connection,
                self._insert(decisions).on_conflict_do_nothing(),
                (decision_row(decision) for decision in decided if decision.chat not in gone),
            )
            due = await self._enqueue(
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
                await self._mark_sent_before(connection, sent)
            return Kept(new, tuple(due))

        return await self._database.write(work)

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
            .where(alerts.c.recorded_ms >= since_ms, alerts.c.explained.is_(False), told)
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

    async def weighed(self, chat: Chat, since_ms: int, limit: int) -> list[Weighed]:
        """What was decided for the chat about alerts recorded since then, newest first."""
        query = (
            select(alerts.c.recorded_ms, alerts.c.body, decisions.c.send, decisions.c.reason)
            .join_from(alerts, decisions)
            .where(alerts.c.recorded_ms >= since_ms, of(decisions, chat))
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

    # --- messages on their way -----------------------------------------------------------------

    async def enqueue(self, notices: Sequence[Notice]) -> None:
        """Put messages into the outbox; a chat that had one of the same key gets no second."""
        await self._database.write(lambda connection: self._enqueue(connection, notices))

    async def revise(self, key: str, message: Message, edit_until_ms: int) -> int:
        """``amend`` with the same words for every copy."""
        return await self.amend([key], lambda _: message, edit_until_ms)

    async def amend(
        self,
        keys: Collection[str],
        change: Callable[[Message], Message],
        edit_until_ms: int,
        besides: Collection[Chat] = (),
    ) -> int:
        """Give every copy of the keys a new edition, but for those in the chats of ``besides``;
        returns how many copies change.

        Copies not yet sent just carry the new words. Copies sent before are due again as edits,
        until ``edit_until_ms``. Chats out of reach, and the same words again, change nothing.
        Where a chat's id has changed since, new progress is sent anew, without a sound, and other
        changes are left.
        """
        unreachable = exists().where(
            chats.c.platform == outbox.c.platform,
            chats.c.chat_id == outbox.c.chat_id,
            chats.c.topic == outbox.c.topic,
            chats.c.active.is_(False),
        )
        place = tuple_(outbox.c.platform, outbox.c.chat_id, outbox.c.topic)
        others = [(chat.platform, chat.id, chat.topic) for chat in besides]
        mine = outbox.c.key.in_(keys), ~unreachable, *([place.not_in(others)] if others else [])
        copies = *mine, outbox.c.state.in_([PENDING, SENT])
        moved = *mine, outbox.c.state == MOVED
        new_body = self._insert(bodies).on_conflict_do_nothing()

        async def work(connection: AsyncConnection) -> int:
            found = await connection.scalars(select(outbox.c.body_hash).where(*copies).distinct())
            messages = await _messages(connection, set(found))
            # Computed from what stood before any of them changed.
            rows = {before: body_row(change(message)) for before, message in messages.items()}
            stayed = await connection.scalars(select(outbox.c.body_hash).where(*moved).distinct())
            left = await _messages(connection, set(stayed))
            changed = 0
            for before, row in rows.items():
                if row["hash"] == before:
                    continue
                await connection.execute(new_body.values(row))
                revised = (
                    update(outbox)
                    .where(*copies, outbox.c.body_hash == before)
                    .values(
                        body_hash=row["hash"],
                        version=outbox.c.version + 1,
                        state=PENDING,
                        expires_ms=case(
                            (outbox.c.sent_version > 0, edit_until_ms), else_=outbox.c.expires_ms
                        ),
                    )
                )
                changed += (await connection.execute(revised)).rowcount
            for before, message in left.items():
                after = change(message)
                if after.progress == message.progress:
                    continue
                row = body_row(moving.once_more(after))
                await connection.execute(new_body.values(row))
                anew = {**moving.SENT_ANEW, "body_hash": row["hash"], "expires_ms": edit_until_ms}
                again = update(outbox).where(*moved, outbox.c.body_hash == before).values(anew)
                changed += (await connection.execute(again)).rowcount
            return changed

        return await self._database.write(work)

    async def settle(self, notices: Mapping[int, Notice]) -> set[int]:
        """Targets, by number, are over: each goes, and its notice into the outbox, all or nothing;
        returns which of them there were. One that is there no more is told nobody."""

        async def work(connection: AsyncConnection) -> set[int]:
            gone = delete(targets).where(targets.c.id.in_(list(notices))).returning(targets.c.id)
            known = set((await connection.scalars(gone)).all())
            await self._enqueue(connection, [notices[number] for number in sorted(known)])
            return known

        return await self._database.write(work)

    async def having(self, keys: Collection[str]) -> set[Chat]:
        """The chats that a message of one of the keys went to, or will."""
        query = select(outbox.c.platform, outbox.c.chat_id, outbox.c.topic).where(
            outbox.c.key.in_(keys)
        )
        return set(await self._found(query, chat_from))

    async def copies(self, keys: Collection[str]) -> list[Delivery]:
        """What chats have of these keys (those with a ``ref``, as the outbox knows) or will get."""
        query = select(outbox).where(outbox.c.key.in_(keys), outbox.c.state.in_([PENDING, SENT]))

        async def work(connection: AsyncConnection) -> list[Delivery]:
            rows = (await connection.execute(query)).mappings().all()
            messages = await _messages(connection, {row["body_hash"] for row in rows})
            return [delivery_from(row, messages[row["body_hash"]]) for row in rows]

        return await self._database.read(work)

    async def pending(
        self, platform: str, limit: int, after: Delivery | None = None
    ) -> list[Delivery]:
        """What is due on the platform, most severe first, then oldest; edits have a ``ref``.

        ``after`` is the last delivery of the page before. Rows past their expiry are among them
        until ``expire`` has run.
        """
        due = outbox.c.platform == platform, is_pending
        rank, id = outbox.c.rank, outbox.c.id
        # Two questions that the index answers at once, where one with OR would walk all before.
        parts: list[tuple[ColumnElement[bool], ...]] = [due]
        if after is not None:
            reached = rank_of(after.severity)
            parts = [(*due, rank == reached, id > after.id), (*due, rank > reached)]

        async def work(connection: AsyncConnection) -> list[Delivery]:
            rows: list[RowMapping] = []
            for part in parts:
                page = select(outbox).where(*part).order_by(rank, id).limit(limit - len(rows))
                rows += (await connection.execute(page)).mappings().all()
            messages = await _messages(connection, {row["body_hash"] for row in rows})
            return [delivery_from(row, messages[row["body_hash"]]) for row in rows]

        return await self._database.read(work)

    async def mark_sent(self, delivery_id: int, version: int, ref: str, at_ms: int) -> None:
        """Write down that a chat has this edition; marks made meanwhile share the disk's work."""
        marks = self._marks
        if marks is None or not marks.open:
            marks = self._marks = _Marks(self._database)
        marks.waiting.append(Mark(delivery_id, version, ref, at_ms))
        await self._database.outcome(marks.task)

    async def mark_many(self, marks: Sequence[Mark]) -> None:
        """``mark_sent`` for many at once, all or none."""
        await self._database.write(lambda connection: _mark(connection, marks))

    async def mark_reached(self, sent: Mapping[tuple[Chat, str], tuple[str, int]]) -> None:
        """Mark first editions as sent, where the outbox has them; see ``sent`` of ``record``."""
        await self._database.write(lambda connection: self._mark_sent_before(connection, sent))

    async def mark_attempt(self, delivery_id: int) -> None:
        """Count one more try that failed; reaching the chat starts the count anew."""
        await self._change(
            update(outbox).where(outbox.c.id == delivery_id).values(attempts=outbox.c.attempts + 1)
        )

    async def give_up(self, delivery_id: int, version: int) -> None:
        """No further try to hand over this edition; a chat that has an earlier one keeps it."""
        await self._change(
            update(outbox)
            .where(outbox.c.id == delivery_id, outbox.c.version == version, is_pending)
            .values(state=case((outbox.c.sent_version > 0, SENT), else_=REFUSED))
        )

    async def expire(
        self, now_ms: int, tell: Callable[[Chat, int], Notice | None] | None = None
    ) -> dict[Chat, int]:
        """Give up what is no longer news; returns how many alerts each chat thereby missed.

        What ``tell`` makes of a chat and its count is enqueued in the same transaction, so that a
        crash cannot lose the word about what was missed. Edits given up and notices that expire
        are not counted.
        """
        late = is_pending, outbox.c.expires_ms <= now_ms
        # Chosen first (that is what the limit, never reached, is for), then counted: SQLite would
        # otherwise walk the whole outbox in the order of the chats.
        unread = (
            select(outbox.c.platform, outbox.c.chat_id, outbox.c.topic)
            .where(
                *late,
                outbox.c.sent_version == 0,
                exists().where(alerts.c.id == outbox.c.key)
                | outbox.c.key.startswith("market:")
                | outbox.c.key.startswith("price_target:"),
            )
            .limit(2**31 - 1)
            .subquery()
        )
        address = unread.c.platform, unread.c.chat_id, unread.c.topic
        lost = select(*address, func.count().label("lost")).group_by(*address).order_by(*address)

        async def work(connection: AsyncConnection) -> dict[Chat, int]:
            rows = (await connection.execute(lost)).mappings().all()
            missed = {chat_from(row): int(row["lost"]) for row in rows}
            await connection.execute(
                update(outbox)
                .where(*late)
                .values(state=case((outbox.c.sent_version > 0, SENT), else_=EXPIRED))
            )
            if tell is not None:
                told = [tell(chat, count) for chat, count in missed.items()]
                await self._enqueue(connection, [notice for notice in told if notice])
            return missed

        return await self._database.write(work)

    async def delivered(self, chat: Chat, limit: int) -> list[tuple[str, Message]]:
        """The newest ``limit`` messages that the chat got, as (ref, message), oldest first."""
        newest = (
            select(outbox.c.ref, outbox.c.body_hash)
            .where(of(outbox, chat), outbox.c.sent_version > 0)
            .order_by(outbox.c.id.desc())
            .limit(limit)
        )

        async def work(connection: AsyncConnection) -> list[tuple[str, Message]]:
            rows = (await connection.execute(newest)).mappings().all()
            messages = await _messages(connection, {row["body_hash"] for row in rows})
            return [(row["ref"], messages[row["body_hash"]]) for row in reversed(rows)]

        return await self._database.read(work)

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
            .add_columns(func.min(outbox.c.created_ms).label("oldest_ms"))
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
                min((row["oldest_ms"] for row in rows), default=None),
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
        await self._change(
            self._insert(meta)
            .values(key=key, value=value)
            .on_conflict_do_update(index_elements=[meta.c.key], set_={"value": value})
        )

    # --- parts of the above --------------------------------------------------------------------

    def _insert(self, table: Table) -> Insert:
        return insert_into(table, self._database.dialect)

    async def _found(self, query: Executable, made_of: Callable[[RowMapping], T]) -> list[T]:
        async def work(connection: AsyncConnection) -> list[T]:
            found = await connection.execute(query)
            return [made_of(row) for row in found.mappings()]

        return await self._database.read(work)

    async def _change(self, statement: Update | Delete | Insert) -> int:
        async def work(connection: AsyncConnection) -> int:
            return (await connection.execute(statement)).rowcount

        return await self._database.write(work)

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

    async def _mark_sent_before(
        self, connection: AsyncConnection, sent: Mapping[tuple[Chat, str], tuple[str, int]]
    ) -> None:
        """Find these messages in the outbox, whichever transaction put them there."""
        for keys in _batches({key for _, key in sent}):
            place = outbox.c.platform, outbox.c.chat_id, outbox.c.topic
            found = await connection.execute(
                select(outbox.c.id, outbox.c.key, *place).where(outbox.c.key.in_(keys))
            )
            reached = [
                (row["id"], sent[chat_from(row), row["key"]])
                for row in found.mappings()
                if (chat_from(row), row["key"]) in sent
            ]
            await _mark(connection, [Mark(id, 1, ref, at_ms) for id, (ref, at_ms) in reached])

    async def _forgotten(
        self, connection: AsyncConnection, among: Iterable[Chat]
    ) -> frozenset[Chat]:
        """Those that were erased, and have not been back since."""
        if not self._erased:
            return frozenset()
        erased = {chat for chat in among if (chat.platform, chat.id) in self._erased}
        back: set[Chat] = set()
        for platform, id in {(chat.platform, chat.id) for chat in erased}:
            found = await connection.execute(
                select(chats).where(chats.c.platform == platform, chats.c.chat_id == id)
            )
            back |= {chat_from(row) for row in found.mappings()}
        return frozenset(erased - back)

    async def _enqueue(
        self, connection: AsyncConnection, notices: Iterable[Notice]
    ) -> list[Delivery]:
        """Those that were not there yet; none to a chat that was erased meanwhile."""
        notices = list(notices)
        gone = await self._forgotten(connection, (notice.chat for notice in notices))
        if gone:
            notices = [notice for notice in notices if notice.chat not in gone]
        new_body = self._insert(bodies).on_conflict_do_nothing()
        place = outbox.c.platform, outbox.c.chat_id, outbox.c.topic, outbox.c.key
        new_row = self._insert(outbox).on_conflict_do_nothing().returning(outbox.c.id, *place)
        due: list[Delivery] = []
        hashes: dict[Message, str] = {}
        for batch in _batches(notices):
            unseen = list({one.message for one in batch} - hashes.keys())
            if unseen:
                rows = [body_row(message) for message in unseen]
                await connection.execute(new_body, rows)
                hashes.update((m, row["hash"]) for m, row in zip(unseen, rows, strict=True))
            added = await connection.execute(
                new_row,
                [
                    outbox_row(
                        one.chat,
                        one.key,
                        hashes[one.message],
                        one.severity,
                        one.created_ms,
                        one.expires_ms,
                    )
                    for one in batch
                ],
            )
            ids = {tuple(place): number for number, *place in added}
            for one in batch:
                number = ids.pop((one.chat.platform, one.chat.id, one.chat.topic, one.key), None)
                if number is not None:
                    due.append(
                        Delivery(
                            number,
                            one.chat,
                            one.key,
                            one.message,
                            one.severity,
                            one.created_ms,
                            one.expires_ms,
                        )
                    )
        return due


def _unpacked(bodies: str, recorded: str) -> list[StoredAlert]:
    decode = msgspec.json.Decoder(AnyAlert).decode
    rows = msgspec.json.decode(bodies, type=list[str]), msgspec.json.decode(recorded)
    return [StoredAlert(decode(body), at_ms) for body, at_ms in zip(*rows, strict=True)]


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, ROWS_AT_ONCE)):
        yield batch


async def _meta_keys(connection: AsyncConnection, chat: Chat) -> list[str]:
    topics = await connection.scalars(select(chats.c.topic).where(of_id(chats, chat)))
    return chat_keys(chat, topics.all())


async def _many(
    connection: AsyncConnection, statement: Insert | Update, rows: Iterable[dict[str, Any]]
) -> None:
    """Run the statement for each row, a batch at a time."""
    for batch in _batches(rows):
        await connection.execute(statement, batch)


async def _mark(connection: AsyncConnection, marks: Iterable[Mark]) -> None:
    """A row whose message was revised after ``version`` stays due; older marks change nothing."""
    version = bindparam("of_version", type_=Integer)
    statement = (
        update(outbox)
        .where(outbox.c.id == bindparam("of_id"), outbox.c.sent_version < version)
        .values(
            sent_version=version,
            ref=bindparam("its_ref"),
            sent_ms=bindparam("at_ms"),
            first_ms=func.coalesce(outbox.c.first_ms, bindparam("at_ms")),
            attempts=0,
            state=case((is_pending & (outbox.c.version > version), PENDING), else_=SENT),
        )
    )
    await _many(
        connection,
        statement,
        (
            {
                "of_id": mark.delivery_id,
                "of_version": mark.version,
                "its_ref": mark.ref,
                "at_ms": mark.at_ms,
            }
            for mark in marks
        ),
    )


async def _messages(connection: AsyncConnection, hashes: Collection[str]) -> dict[str, Message]:
    """The bodies of these hashes; rows that share a body share one Message."""
    found: dict[str, Message] = {}
    for some in _batches(hashes):
        rows = await connection.execute(select(bodies).where(bodies.c.hash.in_(some)))
        found.update((row["hash"], body_from(row)) for row in rows.mappings())
    return found


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


# --- opening it ---------------------------------------------------------------------------------


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@asynccontextmanager
async def open_store(
    url: str, *, clock: Callable[[], int] = _now_ms, busy_ms: int = BUSY_MS, alone: bool = False
) -> AsyncIterator[Store]:
    """The store at a SQLAlchemy async URL, migrated to this program's version.

    ``busy_ms``: how long to wait for another process that writes (SQLite). ``alone``: no other
    program may send what this database has. Raises SettingsError if the URL is wrong or a newer
    version wrote the database, StoreError if it cannot be used or another program has claimed it.
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
        try:
            if database.dialect == "sqlite":
                file = probe_sqlite(place)
                if alone and file is not None:
                    stack.enter_context(claimed(file))
                    stack.push_async_callback(database.close)  # before the claim is given up
            elif alone:
                await stack.enter_async_context(database.claimed(shown))
            await database.write(lambda connection: connection.run_sync(upgrade))
            # Deletes nothing, but a database that only lets itself be read refuses it.
            await database.write(lambda connection: connection.execute(delete(meta).where(false())))
        except Claimed:
            raise
        except StoreError as error:
            raise StoreError(f"the database {shown} cannot be used: {error}") from error
        yield Store(database, clock)
