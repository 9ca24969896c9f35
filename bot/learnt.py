"""What detectors have learnt, kept in the store's database, so that a restart forgets little."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.database import Database
from bot.errors import StoreError
from bot.tables import baselines, insert_into
from pipeline.notes import Baseline

log = logging.getLogger("goraebot.learnt")

SAVE_S: Final = 300.0
KEPT_MS: Final = 2 * 86_400_000
"""What was learnt longer ago is begun anew: the market is another one."""

AT_ONCE: Final = 100
"""Rows that share a transaction: nobody waits for the database, or the event loop, for long."""


class Learnt:
    """Rows of Baseline; see bot.store.Store for what its calls promise."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, rows: Sequence[Baseline], at_ms: int) -> None:
        """Keep these, in place of what was kept of the same detectors and symbols."""
        insert = insert_into(baselines, self._database.dialect)
        replace = insert.on_conflict_do_update(
            index_elements=list(baselines.primary_key),
            set_={"at_ms": insert.excluded.at_ms, "state": insert.excluded.state},
        )
        made = [
            {"detector": r.detector, "symbol": r.symbol, "at_ms": at_ms, "state": r.state}
            for r in rows
        ]

        async def work(connection: AsyncConnection) -> None:
            if made:
                await connection.execute(replace, made)

        await self._database.write(work)

    async def load(self, since_ms: int) -> list[Baseline]:
        """What was saved at or after this time."""
        query = select(baselines).where(baselines.c.at_ms >= since_ms)

        async def work(connection: AsyncConnection) -> list[Baseline]:
            found = await connection.execute(query)
            return [
                Baseline(row["detector"], row["symbol"], row["state"]) for row in found.mappings()
            ]

        return await self._database.read(work)

    async def prune(self, before_ms: int) -> int:
        """Forget what was saved before this time; says how many rows."""
        old = delete(baselines).where(baselines.c.at_ms < before_ms)

        async def work(connection: AsyncConnection) -> int:
            return (await connection.execute(old)).rowcount

        return await self._database.write(work)


async def load(learnt: Learnt, now_ms: int) -> list[Baseline]:
    """What is recent enough to go on with; nothing, and a word in the log, if it cannot be read."""
    try:
        await learnt.prune(now_ms - KEPT_MS)
        return await learnt.load(now_ms - KEPT_MS)
    except StoreError as error:
        log.warning("what was learnt before cannot be read, detectors begin anew: %s", error)
        return []


async def keep(
    learnt: Learnt, collect: Callable[[], Iterable[Baseline]], now_ms: Callable[[], int]
) -> None:
    """Save what ``collect`` gives every few minutes, and once more when cancelled."""
    try:
        while True:
            await asyncio.sleep(SAVE_S)
            await _save(learnt, collect, now_ms)
    finally:
        await _save(learnt, collect, now_ms)


async def _save(
    learnt: Learnt, collect: Callable[[], Iterable[Baseline]], now_ms: Callable[[], int]
) -> None:
    try:
        for some in _batches(iter(collect())):
            await learnt.save(some, now_ms())
    except StoreError as error:
        log.warning("what was learnt is not saved: %s", error)


def _batches(rows: Iterator[Baseline]) -> Iterator[list[Baseline]]:
    while batch := list(islice(rows, AT_ONCE)):
        yield batch
