"""One program at a time works with a database, or as a bot: two would send every message twice."""

import fcntl
import os
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import gettempdir

from bot.errors import SettingsError, StoreError

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
            raise Claimed(str(file), _number_in(descriptor)) from None
        except OSError as error:
            raise StoreError(f"{file}.lock cannot be locked: {error.strerror}") from error
        with suppress(OSError):  # a full disk: the lock holds without a number in the file
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def holder_of(file: Path) -> str | None:
    """The process that has claimed the database file ("" if its number is unknown), None if nobody
    has."""
    try:
        descriptor = os.open(f"{file}.lock", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _number_in(descriptor)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return None


def _number_in(descriptor: int) -> str:
    return os.read(descriptor, 32).decode("ascii", "replace").strip()


@contextmanager
def claimed_bot(platform: str, token: str, api_url: str) -> Iterator[None]:
    """The bot of the token is this process's on this machine for the time of the block, or until it
    dies of whatever. Raises SettingsError at once if another process has it.

    What others on the machine can see is a keyed hash of 64 bits, from which no token can be
    found: Telegram's and Discord's hold more than 160 bits that nobody can guess. On Linux it is
    the name of an abstract socket, which needs no folder that all users share (systemd's PrivateTmp
    hides /tmp); elsewhere that of a file for temporary ones. Containers, each with a network and
    files of its own, do not see each other.
    """
    which = f"{platform}\0{api_url.rstrip('/')}\0{token}".encode()
    name = f"goraebot-{blake2b(which, digest_size=8, key=b'goraebot claim').hexdigest()}"
    if sys.platform != "linux":
        try:
            with claimed(Path(gettempdir(), name)):
                yield
        except Claimed:
            raise taken(platform, "") from None
        return
    address = f"\0{name}"
    with socket.socket(socket.AF_UNIX) as mine:
        try:
            mine.bind(address)
        except OSError:  # nothing else refuses an abstract name
            raise taken(platform, _listener(address)) from None
        mine.listen()  # nobody is answered: connecting tells whose it is
        yield


def taken(platform: str, holder: str) -> SettingsError:
    """Another program on this machine is the same bot."""
    who = f"다른 고래봇(프로세스 {holder})이" if holder else "다른 고래봇이"
    variable = f"{platform.upper()}_BOT_TOKEN"
    return SettingsError(
        f"{who} 이 컴퓨터에서 같은 {variable}으로 실행 중입니다. 둘이 함께 실행되면 알림이 두 번씩 "
        "갑니다. 그 프로그램을 먼저 끝내거나, 이 프로그램에는 다른 봇의 토큰을 정해 주세요."
    )


def _listener(address: str) -> str:
    """The process that has bound the address, "" if that cannot be said."""
    try:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(1.0)
            asking.connect(address)
            size = struct.calcsize("3i")  # pid, uid, gid: see unix(7)
            peer = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
            return str(struct.unpack("3i", peer)[0])
    except OSError:
        return ""
