"""How strong alerts were, and the minutes around them: what it takes to judge them afterwards."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final

import msgspec
from sqlalchemy import Delete, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import Database
from bot.model import Minute
from bot.packed import packed
from bot.tables import alerts, candle_row, candles, insert_into, minute_from
from pipeline.model import ALL, Candle

Score = tuple[int, str, str, float]
"""When (exchange time), kind, symbol, and the excess over the default threshold."""

ROWS_AT_ONCE: Final = 250  # SQLAlchemy prepares a batch of rows on the event loop: about 2 ms


class Pursued(msgspec.Struct, frozen=True):
    """A symbol that alerted: its first and last alert of the time asked for, and the opening of
    the newest minute kept, None if there is none."""

    symbol: str
    first_ms: int
    last_ms: int
    newest_ms: int | None


class Scorebook:
    """Reads alerts by their scores, and keeps minutes; see bot.store.Store for what its calls
    promise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def scores(self, kind: str, symbol: str, since_ms: int) -> list[Score]:
        """Alerts of the kind and the symbol (or ALL) at or after ``since_ms``, oldest first; scores
        to 15 digits.

        One index has it all, and the database packs each column into one value: fifty thousand
        rows of their own would occupy the event loop three times as long.
        """
        wanted = [alerts.c.at_ms >= since_ms]
        wanted += [alerts.c.kind == kind] if kind != ALL else []
        wanted += [alerts.c.symbol == symbol] if symbol != ALL else []
        columns = alerts.c.at_ms, alerts.c.kind, alerts.c.symbol, alerts.c.score
        rows = select(*columns).where(*wanted).order_by(alerts.c.at_ms).subquery()
        query = select(*(packed(column, self._database.dialect) for column in rows.c))

        async def work(connection: AsyncConnection) -> Sequence[Any]:
            return (await connection.execute(query)).one()

        at_ms, kinds, symbols, scores = await self._database.read(work)
        return list(
            zip(
                msgspec.json.decode(at_ms or "[]", type=list[int]),
                msgspec.json.decode(kinds or "[]", type=list[str]),
                msgspec.json.decode(symbols or "[]", type=list[str]),
                msgspec.json.decode(scores or "[]", type=list[float]),
                strict=True,
            )
        )

    async def candles(self, symbol: str, since_ms: int, until_ms: int) -> list[Minute]:
        """The minutes kept that open from ``since_ms`` on and before ``until_ms``, oldest first."""
        when = candles.c.open_ms >= since_ms, candles.c.open_ms < until_ms
        query = select(candles).where(candles.c.symbol == symbol, *when)

        async def work(connection: AsyncConnection) -> list[Minute]:
            found = await connection.execute(query.order_by(candles.c.open_ms))
            return [minute_from(row) for row in found.mappings()]

        return await self._database.read(work)

    async def keep(self, minutes: Iterable[Candle]) -> None:
        """Keep closed candles of a minute; those kept already stay as they are."""
        insert = insert_into(candles, self._database.dialect).on_conflict_do_nothing()

        async def work(connection: AsyncConnection) -> None:
            for rows in _batches(candle_row(minute) for minute in minutes if minute.closed):
                await connection.execute(insert, rows)

        await self._database.write(work)

    async def pursued(self, since_ms: int) -> list[Pursued]:
        """The symbols that alerted at or after ``since_ms``, that of the newest alert first."""
        newest = (
            select(func.max(candles.c.open_ms))
            .where(candles.c.symbol == alerts.c.symbol)
            .scalar_subquery()
        )
        first, last = func.min(alerts.c.at_ms), func.max(alerts.c.at_ms)
        query = (
            select(alerts.c.symbol, first, last, newest)
            .where(alerts.c.at_ms >= since_ms)
            .group_by(alerts.c.symbol)
            .order_by(last.desc(), alerts.c.symbol)
        )

        async def work(connection: AsyncConnection) -> list[Pursued]:
            return [Pursued(*row) for row in await connection.execute(query)]

        return await self._database.read(work)

    async def prune(self, before_ms: int) -> int:
        """Forget minutes that opened before this time; says how many. Symbol by symbol, so that
        nobody waits long for the database meanwhile."""

        async def symbols(connection: AsyncConnection) -> Sequence[str]:
            return (await connection.scalars(select(candles.c.symbol).distinct())).all()

        pruned = 0
        for symbol in await self._database.read(symbols):
            old = delete(candles).where(candles.c.symbol == symbol, candles.c.open_ms < before_ms)
            pruned += await self._database.write(partial(_count, statement=old))
        return pruned


async def _count(connection: AsyncConnection, statement: Delete) -> int:
    return (await connection.execute(statement)).rowcount


def _batches(rows: Iterable[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    rest = iter(rows)
    while batch := list(islice(rest, ROWS_AT_ONCE)):
        yield batch
