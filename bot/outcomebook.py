"""What became of prices after alerts, in the store's database; the rules are bot.hindsight's."""

import asyncio
from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    bindparam,
    case,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import Database
from bot.hindsight import EPISODE_MS, HORIZONS, Group, Outcome, Standing, group_of, standing
from bot.packed import packed
from bot.tables import outcomes
from pipeline.model import AnyAlert

NAMES: Final = ("5m", "1h", "24h")
"""Of the horizons, in columns."""

PRUNED_AT_ONCE: Final = 1_000

# Made once: to put them together takes several times as long as to run them.
_told_ms: Final = bindparam("at_ms", type_=BigInteger)
_PROLONG: Final = (
    update(outcomes)
    .where(
        outcomes.c.symbol == bindparam("its_symbol"),
        outcomes.c.kind == bindparam("its_kind"),
        outcomes.c.way == bindparam("its_way"),
        outcomes.c.last_ms >= _told_ms - EPISODE_MS,
    )
    .values(last_ms=case((outcomes.c.last_ms < _told_ms, _told_ms), else_=outcomes.c.last_ms))
)
_BEGIN: Final = insert(outcomes)


class Pending(msgspec.Struct, frozen=True):
    """An alert of which something is to be found out; ``moves`` in percent by horizon."""

    alert_id: str
    group: Group
    symbol: str
    told_ms: int
    price: float
    matched: bool | None
    moves: tuple[float | None, ...]


class Finding(msgspec.Struct, frozen=True):
    """What is known of it now, by horizon, and when to look again (None: that was all)."""

    alert_id: str
    matched: bool | None
    due_ms: int | None
    moves: tuple[float | None, ...]
    bases: tuple[float | None, ...] = (None, None, None)
    likes: tuple[float | None, ...] = (None, None, None)


def note(connection: Connection, alert: AnyAlert, told_ms: int, price: float) -> None:
    """Wait for what becomes of the alert, told at this price, within the caller's transaction; one
    that goes on with a move that is waited for only prolongs it."""
    group = group_of(alert)
    same = {"its_symbol": alert.symbol, "its_kind": group.kind, "its_way": group.way}
    if not connection.execute(_PROLONG, {**same, "at_ms": told_ms}).rowcount:
        row = {
            "alert_id": alert.id,
            "kind": group.kind,
            "way": group.way,
            "symbol": alert.symbol,
            "told_ms": told_ms,
            "last_ms": told_ms,
            "price": price,
            "due_ms": told_ms + HORIZONS[0],
        }
        connection.execute(_BEGIN, row)


class Outcomebook:
    """Implements ports.Hindsight but for what is remembered of it; see bot.reckoner."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self, now_ms: int, limit: int) -> list[Pending]:
        """What there is to find out by now, what has waited longest first."""
        query = select(outcomes).where(outcomes.c.due_ms <= now_ms)
        query = query.order_by(outcomes.c.due_ms, outcomes.c.alert_id).limit(limit)

        async def work(connection: AsyncConnection) -> list[Pending]:
            found = await connection.execute(query)
            return [
                Pending(
                    row["alert_id"],
                    Group(row["kind"], row["way"]),
                    row["symbol"],
                    row["told_ms"],
                    row["price"],
                    row["matched"],
                    tuple(row[f"move_{name}"] for name in NAMES),
                )
                for row in found.mappings()
            ]

        return await self._database.read(work)

    async def settle(self, finding: Finding) -> None:
        """Keep what was found out; a baseline that is kept stays as it is."""
        row: dict[str, Any] = {"matched": finding.matched, "due_ms": finding.due_ms}
        row |= {f"move_{name}": move for name, move in zip(NAMES, finding.moves, strict=True)}
        if None not in finding.bases:
            row |= {f"base_{name}": base for name, base in zip(NAMES, finding.bases, strict=True)}
            row |= {f"like_{name}": like for name, like in zip(NAMES, finding.likes, strict=True)}
        statement = update(outcomes).where(outcomes.c.alert_id == bindparam("of_id")).values(row)

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(statement, {"of_id": finding.alert_id})

        await self._database.write(work)

    async def since(self) -> int | None:
        """When the first alert was told that is counted here; None if there is none."""

        async def work(connection: AsyncConnection) -> int | None:
            first: int | None = await connection.scalar(select(func.min(outcomes.c.told_ms)))
            return first

        return await self._database.read(work)

    async def standings(self, symbol: str | None = None) -> list[Standing]:
        """Every group of which something is known (of the symbol), at each horizon.

        A group at a time, and reckoned beside the event loop: a year may be a hundred thousand
        alerts.
        """
        found: list[Standing] = []
        for group in await self._groups(symbol):
            columns = await self._columns(group, symbol)
            found += await asyncio.to_thread(_standings, group, columns)
        return found

    async def _groups(self, symbol: str | None) -> list[Group]:
        query = select(outcomes.c.kind, outcomes.c.way).where(*_of(symbol)).distinct()

        async def work(connection: AsyncConnection) -> list[Group]:
            rows = await connection.execute(query)
            return sorted(Group(kind, way) for kind, way in rows)

        return await self._database.read(work)

    async def _columns(self, group: Group, symbol: str | None) -> Sequence[str | None]:
        """``told_ms`` and then move, base and like of each horizon, each as one JSON array."""
        wanted = [outcomes.c.kind == group.kind, outcomes.c.way == group.way, *_of(symbol)]
        names = [f"{what}_{name}" for name in NAMES for what in ("move", "base", "like")]
        columns = outcomes.c.told_ms, *(outcomes.c[name] for name in names)
        rows = select(*columns).where(*wanted).order_by(outcomes.c.told_ms).subquery()
        query = select(*(packed(column, self._database.dialect) for column in rows.c))

        async def work(connection: AsyncConnection) -> Sequence[str | None]:
            return (await connection.execute(query)).one()

        return await self._database.read(work)

    async def prune(self, before_ms: int) -> int:
        """Forget what was told before this time; says how many. A part at a time, so that nobody
        waits long for the database meanwhile."""
        old = select(outcomes.c.alert_id).where(outcomes.c.told_ms < before_ms)
        some = delete(outcomes).where(outcomes.c.alert_id.in_(old.limit(PRUNED_AT_ONCE)))

        async def work(connection: AsyncConnection) -> int:
            return (await connection.execute(some)).rowcount

        pruned = 0
        while (removed := await self._database.write(work)) > 0:
            pruned += removed
        return pruned


def _of(symbol: str | None) -> list[ColumnElement[bool]]:
    return [] if symbol is None else [outcomes.c.symbol == symbol]


def _standings(group: Group, columns: Sequence[str | None]) -> list[Standing]:
    told = msgspec.json.decode(columns[0] or "[]", type=list[int])
    read = partial(msgspec.json.decode, type=list[float | None])
    figures = [read(column or "[]") for column in columns[1:]]
    return [
        standing(group, horizon, _known(told, figures[3 * horizon : 3 * horizon + 3]))
        for horizon in range(len(HORIZONS))
    ]


def _known(told: Sequence[int], figures: Collection[Sequence[float | None]]) -> list[Outcome]:
    return [
        Outcome(told_ms, move, base, like)
        for told_ms, move, base, like in zip(told, *figures, strict=True)
        if move is not None
    ]
