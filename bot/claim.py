"""One program at a time works with a database: two would send every message twice."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bot.errors import StoreError

KEY = 4_715_213_020
"""The advisory lock's on PostgreSQL, one per database."""


class Claimed(StoreError):
    """Another program has the database; ``holder`` is its process, "" if that is unknown."""

    def __init__(self, place: str, holder: str = "") -> None:
        who = f"다른 고래봇(프로세스 {holder})이" if holder else "다른 고래봇이"
        super().__init__(
            f"{who} {place} 데이터베이스를 쓰고 있습니다. 그 프로그램을 먼저 끝내거나 다른 "
            "데이터베이스를 정해 주세요. 예: GORAEBOT_DATABASE_URL=sqlite+aiosqlite:///second.db"
        )


@contextmanager
def claimed(file: Path) -> Iterator[None]:
    """The database file is this process's for the time of the block, or until it dies of whatever.

    Raises StoreError at once if another process has it. The lock is on a file beside it, since
    SQLite's own locks come and go with transactions; the file stays, with the last holder's number.
    """
    try:
        descriptor = os.open(f"{file}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"{file}.lock cannot be opened: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip()
            raise Claimed(str(file), holder) from None
        except OSError as error:
            raise StoreError(f"{file}.lock cannot be locked: {error.strerror}") from error
        with suppress(OSError):  # a full disk: the lock holds without a number in the file
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
