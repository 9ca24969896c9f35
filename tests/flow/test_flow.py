"""The whole program as a user starts it: simulated exchange → `goraebot run` → web chat."""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from pipeline.sources.simulator import Simulator

DEADLINE_S = 40.0


class Program:
    """``goraebot run`` in a process of its own, started from an empty folder."""

    def __init__(self, folder: Path, sim: Simulator, **environment: str) -> None:
        self.database = folder / "flow.db"
        self._folder = folder
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("GORAEBOT_")},
            "GORAEBOT_BINANCE_WS_URL": sim.ws_url,
            "GORAEBOT_BINANCE_REST_URL": sim.rest_url,
            "GORAEBOT_DATABASE_URL": f"sqlite+aiosqlite:///{self.database}",
            "GORAEBOT_WEB_PORT": "0",
            **environment,
        }
        self.url = ""
        self.log: list[str] = []

    async def __aenter__(self) -> "Program":
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            cwd=self._folder,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read_log(), name="log of the program")
        assert self._process.stdout is not None
        async with asyncio.timeout(DEADLINE_S):
            while not self.url:
                line = (await self._process.stdout.readline()).decode()
                assert line, "\n".join(self.log)
                self.url = next((w for w in line.split() if w.startswith("http://")), "")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_S):
            self.code = await self._process.wait()
        await self._reading

    async def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        await self._process.wait()

    async def _read_log(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self.log.append(line.decode().rstrip())


class Visitor:
    """A browser's side of the web chat: one cookie, and what the page would show."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._number = 0
        self.bubbles: dict[int, dict[str, Any]] = {}
        self.health: dict[str, Any] = {}
        self._changed = asyncio.Event()

    async def close(self) -> None:
        await self._session.close()

    @asynccontextmanager
    async def open(self, program: Program) -> AsyncIterator["Visitor"]:
        """The page is open for the time of the block; it begins with what the server says."""
        self.bubbles.clear()
        self.health = {}
        async with self._session.get(program.url) as page:
            assert page.status == 200
        async with self._session.ws_connect(
            f"{program.url}/ws", headers={"Origin": program.url}
        ) as socket:
            self._socket = socket
            await socket.send_json({"type": "hello", "epoch": "", "since": 0})
            reading = asyncio.create_task(self._read(), name="page")
            try:
                await self.until(lambda: bool(self.health))
                yield self
            finally:
                reading.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await reading

    async def _read(self) -> None:
        async for received in self._socket:
            frame = received.json()
            if frame["type"] == "hello":
                for entry in frame["entries"]:
                    self.bubbles[entry["ref"]] = entry
                self.health = frame["health"]
            elif frame["type"] == "entry":
                self.bubbles[frame["entry"]["ref"]] = frame["entry"]
            elif frame["type"] == "health":
                self.health = frame["health"]
            self._changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not true():
                self._changed.clear()
                await self._changed.wait()

    async def say(self, text: str) -> dict[str, Any]:
        """Type something; returns the answer."""
        self._number += 1
        mine = f"{id(self)}-{self._number}"
        await self._socket.send_json({"type": "say", "id": mine, "text": text})

        def answer() -> dict[str, Any] | None:
            found = [b for b in self.bubbles.values() if b["who"] == "bot" and b.get("id") == mine]
            return found[0]["message"] if found else None

        await self.until(lambda: answer() is not None)
        return answer() or {}

    def alerts(self, key: str) -> list[dict[str, Any]]:
        """The bubbles of one alert."""
        messages = (b["message"] for b in self.bubbles.values() if b.get("message"))
        return [m for m in messages if m.get("key") == key]


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=3, plan=()) as market:
        yield market


@pytest.fixture
async def visitors() -> AsyncIterator[list[Visitor]]:
    people = [Visitor() for _ in range(3)]
    yield people
    for person in people:
        await person.close()


def key_of(planted: Any) -> str:
    return f"large_trade:{planted.symbol}:{planted.at_ms}:{planted.side}"


async def test_a_planted_sweep_reaches_each_subscribed_chat_once_across_kill_9_and_restart(
    tmp_path: Path, sim: Simulator, visitors: list[Visitor]
) -> None:
    everything, bitcoin, nothing = visitors
    async with Program(tmp_path, sim) as program:
        async with (
            everything.open(program),
            bitcoin.open(program),
            nothing.open(program),
        ):
            await everything.until(lambda: everything.health["feed"]["ok"])
            await everything.say("/subscribe all")
            await bitcoin.say("/구독 비트코인 대량")
            await sim.until(lambda: "btcusdt@aggTrade" in sim.streams)
            first = await sim.sweep("BTCUSDT", "sell", 5_000_000)
            await everything.until(lambda: bool(everything.alerts(key_of(first))))
            await bitcoin.until(lambda: bool(bitcoin.alerts(key_of(first))))
            (message,) = bitcoin.alerts(key_of(first))
            assert message["head"].startswith("🐳 비트코인(BTCUSDT) 대량 매도 체결 · ")
            assert "시장가 매도" in message["note"]
            assert message["tone"] == "down"
            await positions_saved(program.database, first.at_ms)
        await program.kill()
    down = await sim.sweep("BTCUSDT", "buy", 6_000_000)
    async with (
        Program(tmp_path, sim) as program,
        everything.open(program),
        bitcoin.open(program),
        nothing.open(program),
    ):
        await bitcoin.until(lambda: bool(bitcoin.alerts(key_of(down))))
        await everything.until(lambda: bool(everything.alerts(key_of(down))))
        (late,) = bitcoin.alerts(key_of(down))
        assert "복구" in late["lines"][-1]
        last = await sim.sweep("ETHUSDT", "buy", 4_000_000)
        await everything.until(lambda: bool(everything.alerts(key_of(last))))
        for planted in (first, down, last):
            assert len(everything.alerts(key_of(planted))) == 1
            assert nothing.alerts(key_of(planted)) == []
        assert [len(bitcoin.alerts(key_of(p))) for p in (first, down, last)] == [1, 1, 0]
    assert program.code == 0
    assert not [line for line in program.log if "Traceback" in line]


async def positions_saved(database: Path, after_ms: int) -> None:
    """Wait until the program has written down that it read past a time."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
                rows = db.execute("select value from meta where key = 'positions:binance'")
                kept = rows.fetchone()
            if kept and json.loads(kept[0]).get("BTCUSDT", (0, 0))[1] >= after_ms:
                return
            await asyncio.sleep(0.05)


async def test_a_command_is_answered_for_watched_and_unwatched_pairs(
    tmp_path: Path, sim: Simulator, visitors: list[Visitor]
) -> None:
    async with Program(tmp_path, sim) as program, visitors[0].open(program) as visitor:
        await visitor.until(lambda: visitor.health["feed"]["ok"])
        watched = await visitor.say("/spread btcusdt")
        assert "비트코인(BTCUSDT)" in watched["head"]
        unwatched = await visitor.say("/spread ETHBTC")
        assert "ETHBTC" in unwatched["head"]
        wrong = await visitor.say("/spread btcusd")
        assert wrong["tone"] == "error"
        assert "BTCUSDT" in wrong["head"]


async def test_health_and_metrics_are_served(tmp_path: Path, sim: Simulator) -> None:
    async with Program(tmp_path, sim) as program, aiohttp.ClientSession() as session:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                async with session.get(f"{program.url}/healthz") as response:
                    body = await response.json()
                    if response.status == 200:
                        break
                    assert response.status == 503
                    assert body["status"] == "problem"
                await asyncio.sleep(0.05)
        assert body["status"] == "ok"
        async with session.get(f"{program.url}/metrics") as response:
            text = await response.text()
        assert "goraebot_frames_total" in text
        assert 'goraebot_deliveries_total{outcome="sent",platform="web"} 0.0' in text


async def test_an_exchange_out_of_reach_is_told_and_tried_again(tmp_path: Path) -> None:
    async with Simulator(seed=3, plan=()) as sim:
        sim.refuse(451, times=2)
        async with Program(tmp_path, sim) as program, aiohttp.ClientSession() as session:
            problems = set()
            async with asyncio.timeout(DEADLINE_S):
                while True:
                    async with session.get(f"{program.url}/healthz") as response:
                        body = await response.json()
                    if response.status == 200:
                        break
                    problems.add(str(body))
                    await asyncio.sleep(0.02)
            assert any("451" in problem for problem in problems)
        lines = [line for line in program.log if "451" in line]
        assert 1 <= len(lines) <= 2  # the listing and the streams, not one an attempt
