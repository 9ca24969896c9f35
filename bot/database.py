"""Transactions on the database: each runs to its end, whatever becomes of who asked for it."""

import asyncio
import logging
import math
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import (
    AbstractAsyncContextManager,
    asynccontextmanager,
    closing,
    nullcontext,
    suppress,
)
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from sqlalchemy import URL, Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot import claim
from bot.errors import SettingsError, StoreError
from bot.tables import metadata

log = logging.getLogger("goraebot.database")

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]
Steps = Callable[[Connection], T]
"""A transaction that awaits nothing: see Database.write_steps."""

DEADLINE_S = 30.0
BUSY_MS = 5000
SLOW_S = 6.0
"""A change that takes longer waits for a disk that does not answer; a lock says so before that."""


class Database:
    """Transactions on one engine: each runs to its end, whatever becomes of who asked for it.

    A cancelled ``await`` would not stop a statement that SQLite is working on, only lose sight of
    it; so every transaction is a task that is never cancelled, and ``close`` waits for them. Their
    number is bounded by the callers, each of whom waits for its own.
    """

    def __init__(self, engine: AsyncEngine, *, in_memory: bool, pen: Engine | None = None) -> None:
        self.dialect = engine.dialect.name
        self._refused = ""
        self.lost = ""
        """Why no change would outlast the program, as far as is known: see ``removed``. Meanwhile
        every change is refused with it."""
        self._engine = engine
        self._writer = engine.execution_options(writes=True)
        # In SQLite every transaction sees the database as of one moment, here it has to be asked.
        self._reader = (
            engine.execution_options(isolation_level="REPEATABLE READ")
            if self.dialect == "postgresql"
            else engine
        )
        self.in_memory = in_memory
        self._pen = pen
        self._thread = ThreadPoolExecutor(1, "store") if pen is not None else None
        self._turn = asyncio.Lock()
        self._running: dict[asyncio.Task[Any], float] = {}  # since when: for reads that is never
        self._resting = 0  # of them; the others are at work or wait for their turn
        self._closed = False

    @property
    def trouble(self) -> str:
        """What was said to the last change that was refused, "" once one has been made since; or
        that one has no answer yet, for longer than changes take."""
        asked_s = min(self._running.values(), default=math.inf)
        if not self._refused and asyncio.get_running_loop().time() - asked_s > SLOW_S:
            return f"no answer within {SLOW_S:g} s"
        return self._refused

    @property
    def working(self) -> bool:
        """Whether there are transactions that neither are done nor rest before they begin."""
        return len(self._running) > self._resting

    async def read(self, work: Work[T]) -> T:
        """Run a transaction that changes nothing; it sees the database as of one moment."""
        return await self.outcome(self.start(work, writes=False))

    async def write(self, work: Work[T]) -> T:
        """Run a transaction that changes something; one at a time, in the order of asking."""
        return await self.outcome(self.start(work, writes=True))

    async def write_steps(self, work: Steps[T]) -> T:
        """``write`` for what awaits nothing. On a file of SQLite's the whole of it is one trip to a
        thread; aiosqlite makes one for each cursor, statement, fetch and commit, of which recording
        an alert has 25. So ``work`` may run beside the event loop: it only reads what others see.
        """
        return await self.outcome(self.start_steps(work))

    def start(self, work: Work[T], *, writes: bool) -> asyncio.Task[T]:
        """Begin a transaction; ``outcome`` waits for it."""
        return self._start(self._transaction(work, writes), writes)

    def start_steps(self, work: Steps[T], rest_s: float = 0.0) -> asyncio.Task[T]:
        """Begin one of ``write_steps``, after ``rest_s`` seconds in which others go first."""
        return self._start(self._steps(work, rest_s), writes=True)

    def _start(self, transaction: Coroutine[Any, Any, T], writes: bool) -> asyncio.Task[T]:
        if self._closed:
            transaction.close()
            raise StoreError("the store is closed")
        if writes and self.lost:
            transaction.close()
            raise StoreError(self.lost)
        task = asyncio.create_task(self._told(transaction, writes), name="store transaction")
        self._running[task] = asyncio.get_running_loop().time() if writes else math.inf
        task.add_done_callback(self._running.pop)
        return task

    async def outcome(self, task: asyncio.Task[T]) -> T:
        """The result of a transaction, within the deadline; cancelling leaves it running."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                try:
                    await asyncio.wait({task})  # shield() would complain of what is told below
                except asyncio.CancelledError:
                    task.remove_done_callback(_report_unseen)  # once, however many have left
                    task.add_done_callback(_report_unseen)
                    raise
                return task.result()
        except TimeoutError as error:
            self._refused = f"no answer within {DEADLINE_S:g} s"
            raise StoreError(
                f"the database has not answered for {DEADLINE_S:g} s; it may still do as asked"
            ) from error

    async def _transaction(self, work: Work[T], writes: bool) -> T:
        # The only connection of a database in memory can hold one transaction at a time.
        alone: AbstractAsyncContextManager[None] = (
            self._turn if writes or self.in_memory else nullcontext()
        )
        engine = self._writer if writes else self._reader
        async with alone, engine.begin() as connection:
            return await work(connection)

    async def _steps(self, work: Steps[T], rest_s: float) -> T:
        if rest_s > 0:
            self._resting += 1
            try:
                await asyncio.sleep(rest_s)
            finally:
                self._resting -= 1
        async with self._turn:
            if self._pen is not None:
                loop = asyncio.get_running_loop()
                return await loop.run_in_executor(self._thread, _written, self._pen, work)
            async with self._writer.begin() as connection:
                return await connection.run_sync(work)

    async def _told(self, transaction: Coroutine[Any, Any, T], writes: bool) -> T:
        """What a transaction returns, or why there is nothing."""
        try:
            done = await transaction
        except (SQLAlchemyError, OSError) as error:
            if not isinstance(error, IntegrityError):  # our own mistake, no trouble of the disk
                self._refused = _reason(error)
            raise StoreError(_reason(error)) from error
        except (OverflowError, UnicodeError) as error:  # what no column can hold, by the driver
            raise StoreError(f"the database cannot hold that: {error}") from error
        except msgspec.DecodeError as error:
            raise StoreError(f"the database holds something unreadable: {error}") from error
        if writes:
            self._refused = ""
        return done

    @asynccontextmanager
    async def claimed(self, place: str) -> AsyncIterator[None]:
        """PostgreSQL: no other program that claims the database has it meanwhile.

        Raises StoreError if one has. A session of its own keeps the lock.
        """
        async with self._engine.connect() as session:
            try:
                await session.execution_options(isolation_level="AUTOCOMMIT")
                free = await session.scalar(select(func.pg_try_advisory_lock(claim.KEY)))
            except (SQLAlchemyError, OSError) as error:
                raise StoreError(_reason(error)) from error
            if not free:
                raise claim.Claimed(place)
            yield

    async def close(self) -> None:
        """Let running transactions end, then close every connection, even when cancelled."""
        self._closed = True
        closing = asyncio.create_task(self._close(), name="store close")
        cancelled: asyncio.CancelledError | None = None
        while not closing.done():
            try:
                await asyncio.wait({closing})
            except asyncio.CancelledError as error:
                cancelled = error
        closing.result()
        if cancelled is not None:
            raise cancelled

    async def _close(self) -> None:
        if self._running:
            await asyncio.wait(self._running, timeout=DEADLINE_S)
        if self.lost:
            log.error("nothing since then outlasts this process: %s", self.lost)
        thread, self._thread = self._thread, None
        try:
            async with asyncio.timeout(DEADLINE_S):
                if self._pen is not None and thread is not None:
                    # There, as whoever is the last to close has SQLite's log to clear away.
                    loop = asyncio.get_running_loop()
                    await loop.run_in_executor(thread, self._pen.dispose)
                await self._engine.dispose()
        except TimeoutError as error:
            raise StoreError(f"the database did not close within {DEADLINE_S:g} s") from error
        finally:
            if thread is not None:
                thread.shutdown(wait=False)


def _written(pen: Engine, work: Steps[T]) -> T:
    with pen.begin() as connection:
        return work(connection)


def _report_unseen(task: "asyncio.Task[Any]") -> None:
    """A failure that nobody waits for any more is still told."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a database transaction failed after its caller had left: %s", error)


def _reason(error: Exception) -> str:
    """What the database itself said, without the statement and its data."""
    return str(error.orig if isinstance(error, DBAPIError) and error.orig else error)


def connect(place: URL, busy_ms: int) -> Database:
    """An engine for the URL. Raises SQLAlchemyError or ImportError for one that cannot work."""
    backend = place.get_backend_name()
    in_memory = backend == "sqlite" and place.database in (None, "", ":memory:")
    options: dict[str, Any] = {}
    if backend == "sqlite":
        # No driver may begin a transaction by itself: see _begin_sqlite.
        options["connect_args"] = {"isolation_level": None, "timeout": busy_ms / 1000}
    elif backend == "postgresql":
        options["pool_pre_ping"] = True
    else:
        raise ArgumentError(f"{backend} is neither sqlite nor postgresql")
    if not in_memory:
        options |= {"pool_size": 5, "max_overflow": 0, "pool_timeout": DEADLINE_S / 2}
    # Parameters are what people wrote and read: not for logs.
    engine = create_async_engine(place, hide_parameters=True, **options)
    pen = None
    if backend == "sqlite":
        _prepare(engine.sync_engine)
        if not in_memory:
            options |= {"pool_size": 1, "execution_options": {"writes": True}}
            pen = create_engine(place.set(drivername=backend), hide_parameters=True, **options)
            _prepare(pen)
    return Database(engine, in_memory=in_memory, pen=pen)


_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'"


def probe_sqlite(place: URL) -> Path | None:
    """Open the file once in plain Python: where that fails, aiosqlite leaves a thread behind.

    One that is made by this is its owner's alone: who gets which alerts is nobody else's business.
    Returns the file as SQLite itself names it, whatever the URL says; None in memory. Raises
    SettingsError, before anything in it is changed, if it is another program's.
    """
    arguments, options = place.get_dialect()().create_connect_args(place)
    tables: list[tuple[str]] = []
    uri = options.get("uri", False)
    try:
        with closing(sqlite3.connect(arguments[0], uri=uri, timeout=0)) as connection:
            _, _, file = connection.execute("PRAGMA database_list").fetchone()
            with suppress(sqlite3.Error):  # locked or damaged: whoever works with it next says so
                tables = connection.execute(_TABLES).fetchall()
    except sqlite3.Error as error:
        raise StoreError(f"{error}{_why_not(Path(arguments[0]))}") from error
    if not file:
        return None
    path = Path(file).resolve()
    _refuse_foreign(path, sorted(name for (name,) in tables))
    with suppress(OSError):  # of a file system without permissions; SQLite opens it all the same
        if path.stat().st_size == 0:
            path.chmod(0o600)
    return path


def _refuse_foreign(file: Path, tables: Sequence[str]) -> None:
    strange = [name for name in tables if name != "alembic_version"]  # our first, before a kill
    if strange and metadata.tables.keys().isdisjoint(tables):
        raise SettingsError(
            f"the database at GORAEBOT_DATABASE_URL, {file}, is another program's: it has "
            f"{', '.join(strange[:3])}{' and more' * (len(strange) > 3)}, and no table of "
            "goraebot; choose another file"
        )


def _why_not(file: Path) -> str:
    """What is wrong with the place of the file, as far as can be seen; SQLite does not say."""
    if file.is_dir():
        return f" ({file} is a folder)"
    if not file.parent.is_dir():
        return f" (there is no folder {file.parent})"
    if not os.access(file.parent, os.W_OK | os.X_OK):
        return f" (this user may not write into {file.parent})"
    return ""


def identity(file: Path) -> tuple[int, int] | None:
    """Which file it is, whatever its name; None if there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def removed(file: Path, was: tuple[int, int] | None) -> str:
    """Which of the database's open files are not in their folder any more, in words; "" if all are,
    as far as the system tells. ``was`` is which file it was when it was opened. SQLite goes on in
    them, and all of it is lost with the process: also in one that was moved, whose log has kept its
    name and is thrown away by whoever opens another database there."""
    opened = set()
    with suppress(OSError):  # another system than Linux
        for one in Path("/proc/self/fd").iterdir():
            with suppress(OSError):  # closed just now
                opened.add(str(one.readlink()))
    names = str(file), f"{file}-wal", f"{file}-shm"
    gone = [name for name in names if f"{name} (deleted)" in opened]
    if not gone and identity(file) != was:
        gone = [f"{file} (moved, or another file has its name)"]
    return f"removed while in use: {', '.join(gone)}" if gone else ""


def _prepare(engine: Engine) -> None:
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    try:
        _set_pragmas(connection.cursor())
    except BaseException:
        connection.close()  # the pool would drop it with its thread still running
        raise


def _set_pragmas(cursor: DBAPICursor) -> None:
    # Readers go on while somebody writes.
    cursor.execute("PRAGMA journal_mode=WAL")
    # NORMAL survives kill -9 as well, but a power cut takes the last seconds along: a subscription
    # that was confirmed, or the mark of a message that was sent. FULL costs one fsync per
    # transaction (0.16 ms against 0.01 ms where this was measured), which batches share.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # After a burst the log shrinks again.
    cursor.execute("PRAGMA journal_size_limit=67108864")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once and waits for it; a reader that turns writer half-way would be
    # refused without waiting.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
