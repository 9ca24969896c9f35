"""How each chat wants its alerts, and what was held back from it, in the store's database."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import RowMapping, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import Database
from bot.jumped_together import SEVERAL, Together, all_together
from bot.kept_settings import settings_from, settings_text
from bot.model import Chat, ChatSettings, StoredAlert
from bot.quiet import woken
from bot.tables import (
    alert_from,
    alerts,
    chats,
    decisions,
    insert_into,
    new_chat_row,
    of,
    outbox,
)
from pipeline.model import Move

log = logging.getLogger("goraebot.preferences")

LARGEST = 5
OLDEST_MS = 3_600_000
MOST = 5_000
"""Alerts of a chat that are counted at most."""

MOVE_MS = 300_000
"""Alerts of a symbol and kind no farther apart than this would have been one message."""


QUOTED = frozenset({"spread", "book_imbalance", "kimchi"})
"""Kinds of which no trade and no move of the price is told. They come last."""


JUMPS: Final = frozenset({"price_jump", "pump"})
MARKETS: Final = 3
"""Moves of many symbols that are told of as such; jumps of further ones count as themselves."""

MARKET: Final = "market"
"""What moves of many symbols are counted as, beside the kinds of alerts."""


class Held(msgspec.Struct, frozen=True):
    """What a chat did not get, each move counted once: how many by reason and kind, when the first
    was recorded (0 without any), and the largest that can be read, offers last. ``together`` are
    moves of many symbols, whose jumps are not counted besides."""

    counts: dict[tuple[str, str], int]
    first_ms: int = 0
    largest: Sequence[StoredAlert] = ()
    together: Sequence[Move] = ()

    def by_kind(self, reason: str) -> dict[str, int]:
        """Those with this reason: moves of many symbols, the most frequent kind, offers last."""
        found = {kind: count for (why, kind), count in self.counts.items() if why == reason}
        return dict(
            sorted(
                found.items(),
                key=lambda entry: (entry[0] != MARKET, entry[0] in QUOTED, -entry[1], entry[0]),
            )
        )


class Preferences:
    """Implements ports.Preferences; see bot.store.Store for what its calls promise.

    ``changed`` is told when something of a chat may have changed.
    """

    def __init__(
        self, database: Database, clock: Callable[[], int], changed: Callable[[], None]
    ) -> None:
        self._database = database
        self._clock = clock
        self._changed = changed

    async def change(
        self, chat: Chat, change: Callable[[ChatSettings], ChatSettings]
    ) -> ChatSettings:
        """Change what is stored in one step; returns what is stored now."""

        async def work(connection: AsyncConnection) -> ChatSettings:
            insert = insert_into(chats, self._database.dialect)
            row = new_chat_row(chat, self._clock())
            await connection.execute(insert.values(row).on_conflict_do_nothing())
            stored = await connection.scalar(select(chats.c.settings).where(of(chats, chat)))
            before = settings_from(stored or "")
            settings = change(before)
            if woken(before.quiet, settings.quiet, now_ms := self._clock()):
                # With the change itself: a crash right behind it must not lose the digest.
                settings = msgspec.structs.replace(settings, woken_ms=now_ms)
            await connection.execute(
                update(chats).where(of(chats, chat)).values(settings=settings_text(settings))
            )
            return settings

        try:
            return await self._database.write(work)
        finally:  # a call that was cancelled or failed may have happened all the same
            self._changed()

    async def held(self, chat: Chat, reasons: Sequence[str], since_ms: int, until_ms: int) -> Held:
        """What was held back for these reasons, recorded from ``since_ms`` until ``until_ms``."""
        which = (
            of(decisions, chat),
            decisions.c.reason.in_(reasons),
            alerts.c.recorded_ms >= since_ms,
            alerts.c.recorded_ms < until_ms,
            # There is an index of the exchange's times, and what is much older is not held back.
            alerts.c.at_ms >= since_ms - OLDEST_MS,
        )
        columns = decisions.c.reason, alerts.c.kind, alerts.c.symbol, alerts.c.at_ms
        query = (
            select(*columns, alerts.c.recorded_ms, alerts.c.score, alerts.c.id)
            .join_from(alerts, decisions)
            .where(*which)
            .order_by(alerts.c.at_ms, alerts.c.id)
            .limit(MOST)
        )

        async def work(connection: AsyncConnection) -> Held:
            rows = (await connection.execute(query)).all()
            if not rows:
                return Held({})
            together = await self._together(connection, rows)
            reasons = {row.id: row.reason for row in rows}
            within = {id for one in together for id in one.ids}
            moves = _moves(row for row in rows if row.id not in within)
            moves.sort(key=lambda row: (row.kind in QUOTED, -row.score, row.id))
            largest = [row.id for row in moves[:LARGEST]]
            found = await connection.execute(select(alerts).where(alerts.c.id.in_(largest)))
            stored = dict(_readable(found.mappings()))
            counts = Counter((row.reason, row.kind) for row in moves)
            counts.update((reasons[min(one.ids)], MARKET) for one in together)
            return Held(
                dict(counts),
                min(row.recorded_ms for row in rows),
                [stored[id] for id in largest if id in stored],
                [one.move for one in together],
            )

        return await self._database.read(work)

    async def _together(
        self, connection: AsyncConnection, rows: Sequence[Any]
    ) -> Sequence[Together]:
        """What many symbols did together among these alerts; the largest such move first."""
        jumps = [row.id for row in rows if row.kind in JUMPS]
        if len({row.symbol for row in rows if row.kind in JUMPS}) < SEVERAL:
            return ()
        found = await connection.execute(select(alerts).where(alerts.c.id.in_(jumps)))
        read = [one.alert for _, one in _readable(found.mappings())]
        # A crash is hundreds of alerts: other work goes on meanwhile.
        together = await asyncio.to_thread(all_together, read)
        return sorted(together, key=lambda one: (-one.move.symbols, one.move.id))[:MARKETS]

    async def last_notice(self, chat: Chat, prefix: str, until_ms: int) -> int | None:
        """When the chat was last written a message whose key begins so, until then; None: never."""
        query = select(func.max(outbox.c.created_ms)).where(
            of(outbox, chat),
            outbox.c.key.startswith(prefix, autoescape=True),
            outbox.c.created_ms <= until_ms,
        )

        async def work(connection: AsyncConnection) -> int | None:
            found: int | None = await connection.scalar(query)
            return found

        return await self._database.read(work)


def _readable(rows: Iterable[RowMapping]) -> Iterator[tuple[str, StoredAlert]]:
    """The alerts by id, without those that cannot be read: they count, but nothing is told of them.
    Nobody has to do without the others because of one."""
    for row in rows:
        try:
            yield row["id"], alert_from(row)
        except msgspec.DecodeError as error:
            log.error("alert %s cannot be read, and is left out of digests: %s", row["id"], error)


def _moves(rows: Iterable[Any]) -> list[Any]:
    """The largest alert of each move; ``rows`` in the order of time."""
    found: list[Any] = []
    newest: dict[tuple[str, str], tuple[int, int]] = {}  # where it stands in found, its last time
    for row in rows:
        place, last_ms = newest.get((row.symbol, row.kind), (-1, 0))
        if place < 0 or row.at_ms - last_ms > MOVE_MS:
            place = len(found)
            found.append(row)
        elif row.score > found[place].score:
            found[place] = row
        newest[row.symbol, row.kind] = place, row.at_ms
    return found
