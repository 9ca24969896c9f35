"""The whole program on what Tardis recorded: nothing of the past is told as if it were now."""

import asyncio
import contextlib
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from contracts.tardis_server import tardis_server
from leaking import TARDIS, files_in, leaks, secrets_in
from program import DEADLINE_S, Program, Visitor

pytest.importorskip("tardis_dev", reason="the extra tardis is not installed (make tardis)")

BEGIN = datetime(2024, 3, 1, 0, 12, tzinfo=UTC)
NOWHERE = SimpleNamespace(ws_url="ws://127.0.0.1:1", rest_url="http://127.0.0.1:1")


def traded(number: int, at: datetime, quantity: str) -> dict[str, Any]:
    at_ms = int(at.timestamp() * 1000)
    data = {
        "e": "aggTrade", "E": at_ms, "s": "BTCUSDT", "a": number, "p": "62000.5", "q": quantity,
        "f": number, "l": number, "T": at_ms, "m": False, "M": True,
    }  # fmt: skip
    return {"stream": "btcusdt@aggTrade", "data": data}


def plain(message: dict[str, Any]) -> dict[str, Any]:
    """Without the spaces at which no line is broken."""
    known: dict[str, Any] = json.loads(json.dumps(message, ensure_ascii=False).replace("\xa0", " "))
    return known


async def test_a_visitor_follows_a_morning_of_the_past_and_every_message_says_so(
    tmp_path: Path,
) -> None:
    visitor = Visitor()
    async with contextlib.aclosing(visitor), tardis_server(TARDIS) as tardis:
        for number, quantity in enumerate(("0.01", "0.02", "200", "0.01")):
            at = BEGIN + timedelta(seconds=0.2 * number)
            tardis.line(at, traded(number, at, quantity))
        tardis.open.clear()
        program = Program(
            tmp_path,
            NOWHERE,  # type: ignore[arg-type]
            GORAEBOT_TARDIS_API_URL=tardis.url,
            GORAEBOT_TARDIS_CACHE_DIR=str(tmp_path / "cache"),
            GORAEBOT_UPBIT_ENABLED="true",
        )
        begin, end = (f"{time:%Y-%m-%dT%H:%M}" for time in (BEGIN, BEGIN + timedelta(minutes=2)))
        program.arguments += ["--tardis", "Binance", "--symbols", "btc/usdt"]
        program.arguments += ["--from", begin, "--to", end]
        async with program, visitor.open(program):
            welcome = plain(await visitor.say("/start"))
            tardis.open.set()
            await visitor.until(lambda: bool(visitor.of_kind("large_trade")))
            told = plain(visitor.of_kind("large_trade")[0])
            price = plain(await visitor.say("/price btc"))
            refused = await visitor.say("/schedule 09:00")
            await visitor.until(lambda: visitor.health["feed"]["problem"] == "over")
            status = plain(await visitor.say("/status"))
    assert "⏪ 2024년 3월 1일 시세 재생입니다. 지금 시세가 아닙니다." in welcome["lines"]
    assert told["head"].startswith("⏪ 재생 · 🐳 비트코인(BTCUSDT) 대량 매수 체결")
    assert any("09:12:00 KST" in line for line in told["lines"])
    for message in (told, price):
        assert message["foot"].startswith("⏪ 2024년 3월 1일 시세 재생 · ")
    assert "62,000.5" in price["head"]
    assert any(line.endswith("체결 · 09:12:00 KST") for line in price["lines"])
    assert any("재생 시각 3월 1일(금) 09:1" in line for line in status["lines"])
    assert refused["tone"] == "error"
    assert visitor.health["feed"]["unreal"]["name"] == "2024년 3월 1일 시세 재생"
    assert program.code == 0
    assert not program.database.exists()


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ({}, "Tardis 키가 없으면 매월 1일(UTC)만"),
        ({"TARDIS_API_KEY": TARDIS, "GORAEBOT_LOG_LEVEL": "DEBUG"}, "TARDIS_API_KEY"),
    ],
)
async def test_a_day_that_needs_a_key_or_another_one_is_told_in_one_line(
    tmp_path: Path, key: dict[str, str], words: str
) -> None:
    async with tardis_server("TD.another") as tardis:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", "--tardis", "binance", "--symbols", "BTCUSDT",
            "--from", "2024-03-02", "--to", "2024-03-02T00:02", cwd=tmp_path,
            env={
                "GORAEBOT_TARDIS_API_URL": tardis.url,
                "GORAEBOT_TARDIS_CACHE_DIR": str(tmp_path / "cache"),
                "GORAEBOT_WEB_PORT": "0",
                **key,
            },
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(DEADLINE_S):
            out, err = await process.communicate()
    assert process.returncode == 2
    assert words in err.decode().splitlines()[-1]
    assert "Traceback" not in err.decode()
    assert leaks(secrets_in(key), out, err, *files_in(tmp_path)) == []
