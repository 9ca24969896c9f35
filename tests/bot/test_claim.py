"""Of two programs with the same database or the same bot, the second is told so and ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_store import POSTGRES_URL

from bot import claim
from bot.claim import Claimed, claimed, claimed_bot
from bot.errors import SettingsError, StoreError
from bot.store import open_store

TOKEN = "123456789:AAH-abcdefghijklmnopqrstuvwxyz012345"
API = f"https://api.example/{os.getpid()}"

HOLDER = """
import sys, time
from pathlib import Path
from bot.claim import claimed, claimed_bot
mine = claimed(Path(sys.argv[1])) if len(sys.argv) == 2 else claimed_bot(*sys.argv[1:])
with mine:
    print("mine", flush=True)
    sys.stdin.read()
"""


def url(folder: Path, name: str = "store.db") -> str:
    return f"sqlite+aiosqlite:///{folder / name}"


def holder(*what: object) -> "subprocess.Popen[bytes]":
    """Another process that has claimed the file or the bot."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, *map(str, what)],
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


def test_a_second_program_with_a_bots_token_is_refused_until_the_first_is_killed() -> None:
    with holder("discord", TOKEN, API) as first:
        with (
            pytest.raises(
                SettingsError, match=rf"프로세스 {first.pid}\).*DISCORD_BOT_TOKEN.*두 번"
            ),
            claimed_bot("discord", TOKEN, API + "/"),
        ):
            pass
        for other in (("telegram", TOKEN, API), ("discord", TOKEN[:-1], API)):
            with claimed_bot(*other):
                pass
        first.send_signal(signal.SIGKILL)
    with claimed_bot("discord", TOKEN, API):
        pass


def test_what_others_see_of_a_claim_has_nothing_of_the_token() -> None:
    with claimed_bot("telegram", TOKEN, API):
        (seen,) = [
            line for line in Path("/proc/net/unix").read_text().splitlines() if "@goraebot-" in line
        ][-1:]
    assert len(seen.partition("@goraebot-")[2]) == 16
    assert not any(TOKEN[at : at + 4] in seen.partition("@")[2] for at in range(len(TOKEN) - 3))


def test_without_abstract_sockets_a_file_is_claimed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(claim.sys, "platform", "darwin")
    monkeypatch.setattr(claim, "gettempdir", lambda: str(tmp_path))
    with claimed_bot("telegram", TOKEN, API):
        assert [file.suffix for file in tmp_path.iterdir()] == [".lock"]
        with pytest.raises(SettingsError, match="TELEGRAM"), claimed_bot("telegram", TOKEN, API):
            pass
