"""The whole program on a disk that is full, and beside another one on the same database."""

import asyncio
import random
import resource
import sys
from pathlib import Path
from typing import Any

from contracts.telegram_server import TelegramServer
from contracts.telegram_spec import load_spec
from hurried import SECOND_S
from leaking import leaks, secrets_in
from program import DEADLINE_S, Hurried, Program
from test_asked_prices import rows
from test_flow import key_of, positions_saved

from pipeline.sources.simulator import Simulator


async def test_a_full_disk_stops_no_alert_and_the_operator_is_told(
    tmp_path: Path, sim: Simulator
) -> None:
    async with (
        TelegramServer(load_spec(), second_s=SECOND_S) as telegram,
        asyncio.timeout(3 * DEADLINE_S),
    ):
        person, operator = telegram.chat(77), telegram.chat(78)

        def said(chat: Any, words: str) -> int:
            return sum(words in m["text"] for m in chat.shown())

        environment = {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "GORAEBOT_TELEGRAM_API_URL": telegram.url,
            "GORAEBOT_BOT_OPERATORS": "telegram:78",
        }
        async with Hurried(tmp_path, sim, **environment) as program:
            await telegram.until(lambda: telegram.polled)
            telegram.say(person, "/subscribe all 대량")
            await telegram.until(lambda: bool(person.shown()))
            await sim.until(lambda: "ethusdt@aggTrade" in sim.streams)
            first = await sim.sweep("BTCUSDT", "sell", 5_000_000)
            await telegram.until(lambda: said(person, "대량 매도 체결 · 500") == 1)
            await positions_saved(program.database, first.at_ms)
            size = (tmp_path / "flow.db-wal").stat().st_size
            pid = program._process.pid
            limits = resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, -1))
            second = await sim.sweep("ETHUSDT", "buy", 6_000_000)
            await telegram.until(lambda: said(person, "대량 매수 체결 · 600") == 1)
            await telegram.until(lambda: said(operator, "데이터베이스에 기록할 수 없습니다") == 1)
            assert said(person, "데이터베이스") == 0
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
            written = f"select count(*) from alerts where id = '{key_of(second)}'"
            while not rows(program.database, written):
                await asyncio.sleep(0.1)
        assert program.code == 0
        unsent = "select count(*) from outbox where sent_version = 0"
        assert rows(program.database, unsent) == 0
        assert said(person, "대량 매수 체결 · 600") == 1
        assert telegram.problems == []
        assert not [line for line in program.log if "Traceback" in line]


async def test_a_second_program_on_the_same_database_ends_with_one_line(
    tmp_path: Path, sim: Simulator
) -> None:
    async with Program(tmp_path, sim) as first:
        said, last = await refused(first, tmp_path)
        assert last.startswith(f"멈췄습니다: 다른 고래봇(프로세스 {first._process.pid})이 ")
        assert "flow.db" in last
        assert "http" not in said


async def test_a_damaged_file_is_named_in_the_last_line(tmp_path: Path, sim: Simulator) -> None:
    async with Program(tmp_path, sim) as first:
        pass
    with first.database.open("r+b") as file:  # it can be opened still
        file.seek(3 * 4096)
        file.write(random.Random(1).randbytes(20 * 4096))
    _, last = await refused(first, tmp_path)
    assert last.startswith("멈췄습니다: the database sqlite")
    assert "flow.db cannot be used: " in last
    assert "malformed" in last


async def refused(program: Program, folder: Path) -> tuple[str, str]:
    """Start another one so; what it says to its reader, and its last line to its operator."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, "-m", "bot", "run"]
    second = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=program._environment, stdout=pipe, stderr=pipe
    )
    async with asyncio.timeout(DEADLINE_S):
        said, logged = await second.communicate()
    assert second.returncode == 1
    assert leaks(secrets_in(program._environment), said, logged) == []
    return said.decode(), logged.decode().splitlines()[-1]
