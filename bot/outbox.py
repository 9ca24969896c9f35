"""Messages on their way: what is due, what each chat has, what was given up."""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    RowMapping,
    bindparam,
    case,
    delete,
    exists,
    func,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import moving
from bot.database import Database
from bot.model import Chat, Delivery, Message
from bot.packed import insert_packed, packed, packed_rows, unpacked
from bot.rows import Rows, batches, many
from bot.tables import (
    EXPIRED,
    MOVED,
    OUTBOX_COLUMNS,
    PENDING,
    REFUSED,
    SENT,
    alerts,
    bodies,
    body_from,
    body_row,
    chat_from,
    chats,
    delivery_from,
    is_pending,
    of,
    outbox,
    outbox_row,
    rank_of,
    targets,
)
from pipeline.model import Severity


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


Which: TypeAlias = Sequence[ColumnElement[bool]]
"""Conditions that rows of the outbox have to meet, all of them."""

_NEWEST: Final = select(func.max(outbox.c.id))
_version: Final = bindparam("of_version", type_=Integer)
_MARK: Final = (
    update(outbox)
    .where(outbox.c.id == bindparam("of_id"), outbox.c.sent_version < _version)
    .values(
        sent_version=_version,
        ref=bindparam("its_ref"),
        sent_ms=bindparam("at_ms"),
        first_ms=func.coalesce(outbox.c.first_ms, bindparam("at_ms")),
        attempts=0,
        state=case((is_pending & (outbox.c.version > _version), PENDING), else_=SENT),
    )
)


MARKS_S: Final = 0.02
"""Between the beginnings of two transactions that mark: in a flood each one would have a message or
two, and cost as much as sending them. A kill meanwhile repeats what is not marked."""


class _Marks:
    """Marks that wait for their turn to write together and share one transaction."""

    def __init__(self, database: Database, rest_s: float) -> None:
        self._waiting: list[Mark] = []
        self._taken = False
        self._taking = threading.Lock()  # they are written by another thread
        self.task = database.start_steps(self._write, rest_s)

    def join(self, mark: Mark) -> bool:
        """Write this one as well, unless it is too late for that."""
        with self._taking:
            if self._taken or self.task.done():  # which may have failed before it took any
                return False
            self._waiting.append(mark)
            return True

    def _write(self, connection: Connection) -> None:
        with self._taking:
            self._taken = True
        _mark(connection, self._waiting)


class Outbox(Rows):
    """Part of bot.store.Store; implements ports.Ledger."""

    def __init__(self, database: Database, clock: Callable[[], int]) -> None:
        super().__init__(database, clock)
        self._marks: _Marks | None = None
        self._marks_s = 0.0  # when the next ones may begin, by the event loop's clock
        # Made once: to put them together takes as long as to run them.
        self._new_body = self._insert(bodies).on_conflict_do_nothing()
        self._new_copies = insert_packed(self._insert(outbox), OUTBOX_COLUMNS, database.dialect)
        place = outbox.c.platform, outbox.c.chat_id, outbox.c.topic, outbox.c.key
        self._added = select(
            *(packed(column, database.dialect) for column in (outbox.c.id, *place))
        ).where(outbox.c.id > bindparam("before"))

    async def enqueue(self, notices: Sequence[Notice]) -> None:
        """Put messages into the outbox; a chat that had one of the same key gets no second."""
        await self._database.write_steps(lambda connection: self._enqueue(connection, notices))

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
        copies: Which = (*mine, outbox.c.state.in_([PENDING, SENT]))
        moved: Which = (*mine, outbox.c.state == MOVED)

        async def work(connection: AsyncConnection) -> int:
            # Both are read before any of them changes.
            had = await _standing(connection, copies)
            left = await _standing(connection, moved)
            changed = 0
            for before, message in had.items():
                row = body_row(change(message))
                if row["hash"] == before:
                    continue
                revised = {
                    "body_hash": row["hash"],
                    "version": outbox.c.version + 1,
                    "state": PENDING,
                    "expires_ms": case(
                        (outbox.c.sent_version > 0, edit_until_ms), else_=outbox.c.expires_ms
                    ),
                }
                changed += await self._reword(connection, copies, before, row, revised)
            for before, message in left.items():
                after = change(message)
                if after.progress == message.progress:
                    continue
                row = body_row(moving.once_more(after))
                anew = {**moving.SENT_ANEW, "body_hash": row["hash"], "expires_ms": edit_until_ms}
                changed += await self._reword(connection, moved, before, row, anew)
            return changed

        return await self._database.write(work)

    async def _reword(
        self,
        connection: AsyncConnection,
        which: Which,
        before: str,
        body: Mapping[str, str],
        values: Mapping[str, Any],
    ) -> int:
        """Those of the rows whose body was ``before`` get this one; returns how many they are."""
        await connection.execute(self._new_body, body)
        changed = update(outbox).where(*which, outbox.c.body_hash == before).values(values)
        return (await connection.execute(changed)).rowcount

    async def settle(self, notices: Mapping[int, Notice]) -> set[int]:
        """Targets, by number, are over: each goes, and its notice into the outbox, all or nothing;
        returns which of them there were. One that is there no more is told nobody."""

        def work(connection: Connection) -> set[int]:
            gone = delete(targets).where(targets.c.id.in_(list(notices))).returning(targets.c.id)
            known = set(connection.scalars(gone).all())
            self._enqueue(connection, [notices[number] for number in sorted(known)])
            return known

        return await self._database.write_steps(work)

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
        mark, marks = Mark(delivery_id, version, ref, at_ms), self._marks
        if marks is None or not marks.join(mark):
            now_s = asyncio.get_running_loop().time()
            rest_s = max(0.0, self._marks_s - now_s)
            self._marks_s = now_s + rest_s + MARKS_S
            marks = self._marks = _Marks(self._database, rest_s)
            marks.join(mark)  # its task has not begun
        await self._database.outcome(marks.task)

    async def mark_many(self, marks: Sequence[Mark]) -> None:
        """``mark_sent`` for many at once, all or none."""
        await self._database.write_steps(lambda connection: _mark(connection, marks))

    async def mark_reached(self, sent: Mapping[tuple[Chat, str], tuple[str, int]]) -> None:
        """Mark first editions as sent, where the outbox has them; see ``sent`` of ``record``."""
        reached = dict(sent)  # as it is now
        await self._database.write_steps(
            lambda connection: self._mark_sent_before(connection, reached)
        )

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
        self,
        now_ms: int,
        tell: Callable[[Chat, int], Notice | None] | None = None,
        under_way: Collection[int] = (),
    ) -> dict[Chat, int]:
        """Give up what is no longer news, but for the deliveries ``under_way``; returns how many
        alerts each chat thereby missed.

        What ``tell`` makes of a chat and its count is enqueued in the same transaction, so that a
        crash cannot lose the word about what was missed. Edits given up and notices that expire
        are not counted.
        """
        others = [outbox.c.id.not_in(under_way)] if under_way else []
        late = is_pending, outbox.c.expires_ms <= now_ms, *others
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
                notices = [notice for notice in told if notice]
                await connection.run_sync(self._enqueue, notices)
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

    # --- parts of the above, and of recording alerts --------------------------------------------

    def _mark_sent_before(
        self, connection: Connection, sent: Mapping[tuple[Chat, str], tuple[str, int]]
    ) -> None:
        """Find these messages in the outbox, whichever transaction put them there."""
        for keys in batches({key for _, key in sent}):
            place = outbox.c.platform, outbox.c.chat_id, outbox.c.topic
            found = connection.execute(
                select(outbox.c.id, outbox.c.key, *place).where(outbox.c.key.in_(keys))
            )
            reached = [
                (row["id"], sent[chat_from(row), row["key"]])
                for row in found.mappings()
                if (chat_from(row), row["key"]) in sent
            ]
            _mark(connection, [Mark(id, 1, ref, at_ms) for id, (ref, at_ms) in reached])

    def _forgotten(self, connection: Connection, among: Iterable[Chat]) -> frozenset[Chat]:
        """Those that were erased, and have not been back since."""
        if not self._erased:
            return frozenset()
        erased = {chat for chat in among if (chat.platform, chat.id) in self._erased}
        back: set[Chat] = set()
        for platform, id in {(chat.platform, chat.id) for chat in erased}:
            found = connection.execute(
                select(chats).where(chats.c.platform == platform, chats.c.chat_id == id)
            )
            back |= {chat_from(row) for row in found.mappings()}
        return frozenset(erased - back)

    def _enqueue(self, connection: Connection, notices: Iterable[Notice]) -> list[Delivery]:
        """Those that were not there yet; none to a chat that was erased meanwhile."""
        notices = list(notices)
        gone = self._forgotten(connection, (notice.chat for notice in notices))
        if gone:
            notices = [notice for notice in notices if notice.chat not in gone]
        if not notices:
            return []
        messages = list({notice.message for notice in notices})
        bodies_of = [body_row(message) for message in messages]
        connection.execute(self._new_body, bodies_of)
        hashes = {m: row["hash"] for m, row in zip(messages, bodies_of, strict=True)}
        before = connection.scalar(_NEWEST) or 0
        rows = (
            outbox_row(
                one.chat,
                one.key,
                hashes[one.message],
                one.severity,
                one.created_ms,
                one.expires_ms,
            )
            for one in notices
        )
        connection.execute(self._new_copies, packed_rows(rows))
        added = unpacked(connection.execute(self._added, {"before": before}).one())
        ids = {tuple(place): number for number, *place in added}
        due: list[Delivery] = []
        for one in notices:
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

    def _enqueue_nothing(self, connection: Connection) -> None:
        """Its statements are put together by it."""
        connection.execute(self._new_copies, packed_rows(()))
        connection.execute(self._added, {"before": connection.scalar(_NEWEST) or 0}).one()


def _mark(connection: Connection, marks: Iterable[Mark]) -> None:
    """A row whose message was revised after ``version`` stays due; older marks change nothing."""
    many(
        connection,
        _MARK,
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


async def _standing(connection: AsyncConnection, which: Which) -> dict[str, Message]:
    """What stands in the rows, by its body's hash."""
    hashes = await connection.scalars(select(outbox.c.body_hash).where(*which).distinct())
    return await _messages(connection, set(hashes))


async def _messages(connection: AsyncConnection, hashes: Collection[str]) -> dict[str, Message]:
    """The bodies of these hashes; rows that share a body share one Message."""
    found: dict[str, Message] = {}
    for some in batches(hashes):
        rows = await connection.execute(select(bodies).where(bodies.c.hash.in_(some)))
        found.update((row["hash"], body_from(row)) for row in rows.mappings())
    return found
