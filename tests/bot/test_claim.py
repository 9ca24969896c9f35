"""Of two programs with the same database or the same bot, the second is told so and ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_store import POSTGRES_URL

from bot.claim import Claimed, claimed
from bot.errors import StoreError
from bot.store import open_store

HOLDER = """
import sys, time
from pathlib import Path
from bot.claim import claimed
with claimed(Path(sys.argv[1])):
    print("mine", flush=True)
    sys.stdin.read()
"""


def url(folder: Path, name: str = "store.db") -> str:
    return f"sqlite+aiosqlite:///{folder / name}"


def holder(file: Path) -> "subprocess.Popen[bytes]":
    """Another process that has claimed the file."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"mine\n"
    return child


async def test_a_second_program_is_refused_by_name_until_the_first_is_killed(
    tmp_path: Path,
) -> None:
    with holder((tmp_path / "store.db").resolve()) as first:
        with pytest.raises(Claimed, match=rf"프로세스 {first.pid}\).*store\.db.*먼저 끝내거나"):
            async with open_store(url(tmp_path), alone=True):
                pass
        async with open_store(url(tmp_path)):
            pass  # looking on is allowed: goraebot check beside goraebot run
        first.send_signal(signal.SIGKILL)
    async with open_store(url(tmp_path), alone=True):
        assert (tmp_path / "store.db.lock").read_text() == f"{os.getpid()}\n"


async def test_a_file_is_the_same_whatever_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "other.db").symlink_to(tmp_path / "store.db")
    async with open_store(url(tmp_path), alone=True):
        for same in (url(tmp_path, "other.db"), f"{url(tmp_path, 'x/../store.db')}"):
            (tmp_path / "x").mkdir(exist_ok=True)
            with pytest.raises(Claimed):
                async with open_store(same, alone=True):
                    pass


if POSTGRES_URL:

    async def test_a_database_of_postgresql_is_claimed_as_well() -> None:
        async with open_store(POSTGRES_URL, alone=True):
            with pytest.raises(Claimed):
                async with open_store(POSTGRES_URL, alone=True):
                    pass
        async with open_store(POSTGRES_URL, alone=True):
            pass


async def test_databases_in_memory_are_claimed_by_nobody() -> None:
    memory = "sqlite+aiosqlite:///:memory:"
    async with open_store(memory, alone=True), open_store(memory, alone=True):
        pass


def test_a_claim_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"), claimed(tmp_path / "no" / "store.db"):
        pass
