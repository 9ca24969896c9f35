"""What AI explanations cost is remembered to the nanodollar and summed by day, task and model."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.migrations.upgrade import upgrade
from bot.ports import Ledger, Spend, SpendSum
from bot.store import SPENDINGS_KEPT_MS, Store, open_store

DAY_MS = 86_400_000
MIDNIGHT = 1_768_143_600_000
"""1월 12일 00:00 KST (2026)."""


def spending(id: str, at_ms: int = MIDNIGHT, **changes: object) -> Spend:
    known: dict[str, object] = {
        "id": id, "at_ms": at_ms, "day_ms": MIDNIGHT + (at_ms - MIDNIGHT) // DAY_MS * DAY_MS,
        "task": "alert", "model": "small", "subject": "a", "outcome": "shown", "tokens_in": 700,
        "tokens_out": 120, "usd": 0.00295, "estimated": False,
    }  # fmt: skip
    return Spend(**(known | changes))  # type: ignore[arg-type]


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite://", clock=lambda: MIDNIGHT) as opened:
        yield opened


async def test_spendings_are_summed_by_korean_day_task_and_model(store: Store) -> None:
    ledger: Ledger = store
    for entry in (
        spending("1"),
        spending("2", MIDNIGHT + 5, outcome="refused", estimated=True, usd=0.1),
        spending("3", MIDNIGHT + 6, model="large", usd=0.5),
        spending("4", MIDNIGHT + 7, task="summary", outcome="cut"),
        spending("5", MIDNIGHT + DAY_MS),
        spending("6", MIDNIGHT - 1),
    ):
        await ledger.spend(entry)
    assert await ledger.spent(MIDNIGHT, MIDNIGHT + DAY_MS) == [
        SpendSum(MIDNIGHT, "alert", "large", 1, 1, 0, 700, 120, 0.5),
        SpendSum(MIDNIGHT, "alert", "small", 2, 1, 1, 1_400, 240, 0.10295),
        SpendSum(MIDNIGHT, "summary", "small", 1, 0, 0, 700, 120, 0.00295),
    ]
    days = [one.day_ms for one in await ledger.spent(0, 2**60)]
    assert days == [MIDNIGHT - DAY_MS, *[MIDNIGHT] * 3, MIDNIGHT + DAY_MS]
    assert await ledger.spent(MIDNIGHT + 2 * DAY_MS, 2**60) == []


async def test_the_same_call_is_written_down_once(store: Store) -> None:
    for _ in range(3):
        await store.spend(spending("1"))
    assert [one.calls for one in await store.spent(0, 2**60)] == [1]


async def test_many_small_amounts_add_up_exactly(store: Store) -> None:
    for number in range(300):
        await store.spend(spending(str(number), usd=1e-9))
    assert [one.usd for one in await store.spent(0, 2**60)] == [3e-7]


async def test_spendings_outlive_alerts_by_two_months(store: Store) -> None:
    await store.spend(spending("1"))
    await store.prune(MIDNIGHT + SPENDINGS_KEPT_MS)
    assert len(await store.spent(0, 2**60)) == 1
    await store.prune(MIDNIGHT + SPENDINGS_KEPT_MS + 1)
    assert await store.spent(0, 2**60) == []


async def test_a_database_of_the_first_version_is_migrated_with_everything_in_it(
    tmp_path: Path,
) -> None:
    file = tmp_path / "store.db"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        upgrade(connection, "0001")
        connection.execute(text("INSERT INTO meta VALUES ('a', 'kept')"))
    engine.dispose()
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        await store.spend(spending("1"))
        assert await store.get_meta("a") == "kept"
    connection = sqlite3.connect(file)
    assert connection.execute("SELECT id FROM spendings").fetchall() == [("1",)]
    connection.close()
