"""What any test may ask for."""

import gc
import logging
import os
import sqlite3
import sys
import threading
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import aiosqlite
import pytest
import sqlalchemy
from hypothesis import settings
from sqlalchemy import Connection
from sqlalchemy.util import await_only

import bot.store
from bot.migrations.upgrade import upgrade

# The same examples every time, on however slow a machine.
settings.register_profile("goraebot", derandomize=True, deadline=None)
settings.load_profile("goraebot")

VARIABLE = "GORAEBOT_RECORDINGS"
_ANYTHING = sqlalchemy.text("SELECT count(*) FROM sqlite_master")


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What was imported and the thousands of tests stay to the end: without this every collection
    of garbage looks at their half a million objects again. It is collected less often, too: a test
    makes more than a program does in that time, and is over soon."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded market data, which is not part of the project.

    Without it the tests that need it are skipped, except where nothing may be skipped.
    """
    named = os.environ.get(VARIABLE)
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not (folder / "frames").is_dir():
        why = f"no recordings at {folder}; set {VARIABLE} to the folder that has frames/ and pumps/"
        if os.environ.get("TESTS_NO_SKIP") == "1":
            pytest.fail(why)
        pytest.skip(why)
    return folder


@cache
def migrated() -> tuple[str, ...]:
    """What the migrations make of an empty database, as statements."""
    engine = sqlalchemy.create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection)
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        made = tuple(s for s in driver.iterdump() if s not in ("BEGIN TRANSACTION;", "COMMIT;"))
    engine.dispose()
    return made


def upgrade_quickly(connection: Connection) -> None:
    """Copy what the migrations made before, if the database is empty."""
    if connection.dialect.name != "sqlite" or connection.scalar(_ANYTHING):
        upgrade(connection)
        return
    driver = connection.connection.driver_connection
    assert isinstance(driver, aiosqlite.Connection)
    # All in one visit of the driver's thread: one for each statement took half of a store's time.
    await_only(driver.executescript("\n".join(migrated())))


@pytest.fixture(scope="session", autouse=True)
def _databases_that_are_there_at_once() -> Iterator[None]:
    """The migrations take a third of a second, and more than a thousand tests open a store. Those
    that are about migrations, and every program that is started, run them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bot.store, "upgrade", upgrade_quickly)
        yield


@pytest.fixture
def own_logging() -> Iterator[None]:
    """Logging may be set up as the program does it, and is put back."""
    root, hooks = logging.getLogger(), (sys.excepthook, sys.unraisablehook, threading.excepthook)
    handlers, level = root.handlers[:], root.level
    with warnings.catch_warnings():
        yield
        logging.captureWarnings(False)
    root.handlers[:], root.level = handlers, level
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks
