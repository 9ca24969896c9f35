"""A database of any earlier version goes on with all that it knew."""

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine, create_engine, event
from test_store import ALICE, BOB, LATER, NOW, TOPIC, file_url, large_trade, notice, recorded

from bot.errors import StoreError
from bot.migrations.upgrade import HERE, upgrade
from bot.model import ChatSettings, Schedule
from bot.ports import Spend
from bot.store import Store, open_store
from pipeline.model import ALL

REVISIONS = sorted(path.name.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*.py"))


async def fill(store: Store) -> None:
    """Something of everything that a program remembers."""
    await store.subscribe(ALICE, ["BTCUSDT"], ["large_trade"])
    await store.subscribe(BOB, [ALL], [ALL])
    await store.mute(BOB, "ETHUSDT", LATER)
    await store.limit(BOB, 20)
    await store.preferences.change(BOB, lambda own: ChatSettings(colours="global"))
    await store.record([recorded(large_trade("a"), ALICE, BOB)], NOW)
    await store.enqueue([notice(ALICE, "waits"), notice(TOPIC, "waits")])
    first, *_ = await store.pending("web", 1)
    await store.mark_sent(first.id, 1, "ref", NOW)
    await store.spend(Spend("1", NOW, NOW, "alert", "m", "a", "shown", 7, 1, 0.003, False))
    wish = Schedule(ALICE, "spread", "BTCUSDT", every_s=600, since_ms=NOW)
    await store.timetable.schedule(ALICE, "spread", "BTCUSDT", [wish])
    await store.set_meta("positions:binance", "{}")


def columns(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Of each table."""
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return {
        name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
        for (name,) in tables.fetchall()
        if name not in ("alembic_version", "sqlite_sequence")
    }


def of_version(revision: str, file: Path) -> None:
    """Make an empty database as the program of this revision did."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        upgrade(connection, revision)
    engine.dispose()


def take_back(revision: str, newest: Path, file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """A database of the revision with what the newest one has, as far as it had a place for it."""
    of_version(revision, file)
    rows: dict[str, list[tuple[Any, ...]]] = {}
    with (
        contextlib.closing(sqlite3.connect(newest)) as source,
        contextlib.closing(sqlite3.connect(file)) as old,
    ):
        for table, names in columns(old).items():
            some = ", ".join(f'"{name}"' for name in names)
            rows[table] = source.execute(f"SELECT {some} FROM {table}").fetchall()
            marks = ", ".join("?" * len(names))
            old.executemany(f"INSERT INTO {table} ({some}) VALUES ({marks})", rows[table])
        old.commit()
    return rows


@pytest.fixture
async def newest(tmp_path: Path) -> Path:
    """A database of this version, with something in it."""
    async with open_store(file_url(tmp_path)) as store:
        await fill(store)
    return tmp_path / "store.db"


@pytest.mark.parametrize("revision", REVISIONS)
async def test_nothing_that_a_database_knew_is_lost_by_an_upgrade(
    revision: str, newest: Path, tmp_path: Path
) -> None:
    file = tmp_path / "old.db"
    rows = take_back(revision, newest, file)
    with contextlib.closing(sqlite3.connect(file)) as old:
        known = columns(old)
    async with open_store(f"sqlite+aiosqlite:///{file}") as store, open_store(
        file_url(tmp_path)
    ) as other:  # fmt: skip
        assert await store.pending("web", 9) == await other.pending("web", 9)
        assert await store.pending("telegram", 9) == await other.pending("telegram", 9)
        assert await store.recent(ALL, None, 0, 9) == await other.recent(ALL, None, 0, 9)
        ours, theirs = await store.audience(), await other.audience()
        if "settings" not in known["chats"]:
            theirs = [msgspec.structs.replace(one, settings=ChatSettings()) for one in theirs]
        if "daily_limit" not in known["chats"]:
            theirs = [msgspec.structs.replace(one, daily_limit=0) for one in theirs]
        assert ours == theirs
        assert (await store.timetable.all() == await other.timetable.all()) is (
            "schedules" in known
        )
        await store.record([recorded(large_trade("b"), ALICE)], NOW)  # and it goes on
        assert (await store.recent(ALL, None, 0, 1))[0].alert.id in ("a", "b")
    with contextlib.closing(sqlite3.connect(file)) as new:
        for table, names in known.items():
            some = ", ".join(f'"{name}"' for name in names)
            assert set(rows[table]) <= set(new.execute(f"SELECT {some} FROM {table}"))
        scores = dict(new.execute("SELECT id, score FROM alerts").fetchall())
        assert scores == {"a": 1.5, "b": 1.5}
        assert new.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert new.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.parametrize("revision", ["0003", "0009"])
async def test_a_limit_that_an_early_schema_had_no_place_for_has_one(
    revision: str, newest: Path, tmp_path: Path
) -> None:
    file = tmp_path / "old.db"
    take_back(revision, newest, file)
    with contextlib.closing(sqlite3.connect(file)) as old:
        old.execute("ALTER TABLE chats DROP COLUMN daily_limit")
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        assert [chat.daily_limit for chat in await store.audience()] == [0, 0]
        await store.limit(BOB, 20)
        assert sorted(chat.daily_limit for chat in await store.audience()) == [0, 20]


@pytest.mark.parametrize(
    ("change", "missing"),
    [("ALTER TABLE chats DROP COLUMN settings", r"chats\.settings"),
     ("DROP TABLE outbox", r"outbox\.\w+, outbox\.\w+, outbox\.\w+ and more")],
)  # fmt: skip
async def test_what_is_missing_of_a_database_is_named_at_once(
    change: str, missing: str, newest: Path
) -> None:
    with contextlib.closing(sqlite3.connect(newest)) as damaged:
        damaged.execute(change)
    with pytest.raises(StoreError, match=rf"store\.db cannot be used: it lacks {missing}, which"):
        async with open_store(f"sqlite+aiosqlite:///{newest}"):
            pass


async def test_an_upgrade_that_is_cut_off_anywhere_has_not_happened(
    newest: Path, tmp_path: Path
) -> None:
    """And is made by the next start."""
    file = tmp_path / "old.db"
    take_back(REVISIONS[0], newest, file)
    with contextlib.closing(sqlite3.connect(file)) as old:
        before = sorted(columns(old).items())
    with contextlib.closing(sqlite3.connect(newest)) as new:
        after = sorted(columns(new).items())
    step = unchanged = 0
    while True:
        step += 4
        left = [step]

        def cut(*_: object, left: list[int] = left) -> None:
            left[0] -= 1
            if not left[0]:
                raise sqlite3.OperationalError("database or disk is full")

        event.listen(Engine, "after_cursor_execute", cut)
        try:
            async with open_store(f"sqlite+aiosqlite:///{file}") as store:
                assert len(await store.audience()) == 2
        except (StoreError, sqlite3.OperationalError):
            with contextlib.closing(sqlite3.connect(file)) as old:
                found = sorted(columns(old).items())
                assert found in (before, after)  # it may be the first statement after it
                unchanged += found == before
        else:
            break
        finally:
            event.remove(Engine, "after_cursor_execute", cut)
    assert unchanged > 5
