"""A run that broke off is found by the next one, and one that ended as it should is not."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.ending import META, PROVEN_MS, Ending
from bot.errors import SettingsError, StoreError
from bot.store import Store, open_store


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite:///:memory:") as opened:
        yield opened


class Clock:
    def __init__(self) -> None:
        self.now_ms = 1_000_000

    def __call__(self) -> int:
        return self.now_ms


async def found(store: Store) -> bool:
    async with Ending(store, now_ms=Clock()) as ending:
        return ending.broke_off()


async def end_by(store: Store, error: BaseException | None) -> None:
    try:
        async with Ending(store, now_ms=Clock()):
            if error is not None:
                raise error
    except BaseException as raised:
        assert raised is error


async def test_the_first_run_and_one_after_a_good_end_find_nothing(store: Store) -> None:
    assert not await found(store)
    assert not await found(store)


async def test_a_run_that_was_killed_is_found_once(store: Store) -> None:
    await Ending(store, now_ms=Clock()).__aenter__()  # and never leaves
    assert await found(store)
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


async def test_it_is_over_when_this_run_has_lasted_whatever_the_clock_does(store: Store) -> None:
    await store.set_meta(META, "5")
    clock = Clock()
    async with Ending(store, now_ms=clock) as ending:
        assert ending.broke_off()
        clock.now_ms += PROVEN_MS - 1
        assert ending.broke_off()
        clock.now_ms += 1
        assert not ending.broke_off()
        clock.now_ms -= 3 * PROVEN_MS  # set back
        assert not ending.broke_off()


async def test_a_database_that_does_not_answer_keeps_nothing_from_running(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        async def get_meta(self, key: str) -> str | None:
            raise StoreError("locked")

        async def set_meta(self, key: str, value: str) -> None:
            raise StoreError("full")

    async with Ending(Broken(), now_ms=Clock()) as ending:
        assert not ending.broke_off()
    assert "cannot be read: locked" in caplog.text
    assert caplog.text.count("cannot be kept: full") == 2
