"""A run that broke off is found by the next one, and one that ended as it should is not."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.ending import PROVEN_S, Ending
from bot.errors import SettingsError, StoreError
from bot.store import Store, open_store


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite:///:memory:") as opened:
        yield opened


async def found(store: Store) -> bool:
    async with Ending(store) as ending:
        return ending.broke_off()


async def end_by(store: Store, error: BaseException | None) -> None:
    try:
        async with Ending(store):
            if error is not None:
                raise error
    except BaseException as raised:
        assert raised is error


async def test_the_first_run_and_one_after_a_good_end_find_nothing(store: Store) -> None:
    assert not await found(store)
    assert not await found(store)


async def test_a_run_that_was_killed_is_found_until_one_has_lasted(store: Store) -> None:
    await Ending(store).__aenter__()  # and never leaves
    assert await found(store)
    assert await found(store), "nobody may have been told by a run that soon ended"
    now_s = 0.0
    async with Ending(store, monotonic=lambda: now_s) as ending:
        now_s = PROVEN_S - 1
        assert ending.broke_off()
        now_s = PROVEN_S
        assert not ending.broke_off()
    assert not await found(store)


@pytest.mark.parametrize(
    "error",
    [
        StoreError("disk I/O error"),
        ZeroDivisionError(),
        ExceptionGroup("tasks", [SettingsError("token"), ZeroDivisionError()]),
        ExceptionGroup("tasks", [ExceptionGroup("of tasks", [StoreError("removed")])]),
    ],
)
async def test_a_run_that_failed_is_found(store: Store, error: Exception) -> None:
    await end_by(store, error)
    assert await found(store)


@pytest.mark.parametrize(
    "error",
    [
        SettingsError("token"),
        ExceptionGroup("tasks", [SettingsError("one"), SettingsError("two")]),
        asyncio.CancelledError(),
        KeyboardInterrupt(),
        BaseExceptionGroup("tasks", [KeyboardInterrupt()]),
    ],
)
async def test_what_an_operator_ends_or_has_to_mend_is_not(
    store: Store, error: BaseException
) -> None:
    await end_by(store, error)
    assert not await found(store)


async def test_a_database_that_does_not_answer_keeps_nothing_from_running(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        async def get_meta(self, key: str) -> str | None:
            raise StoreError("locked")

        async def set_meta(self, key: str, value: str) -> None:
            raise StoreError("full")

    async with Ending(Broken()) as ending:
        assert not ending.broke_off()
    assert "cannot be read: locked" in caplog.text
    assert caplog.text.count("cannot be kept: full") == 2
