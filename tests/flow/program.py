"""The whole program in a process of its own, and a visitor of its web chat."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from leaking import GIVEN, files_in, leaks, secrets_in

from pipeline.sources.simulator import Simulator

DEADLINE_S = 40.0
HURRY = (
    f"import sys; sys.path.append({str(Path(__file__).parent)!r}); import hurried; hurried.hurry()"
)
RUN = "from bot.__main__ import main; sys.exit(main(sys.argv[1:]))"


class Program:
    """``goraebot run`` in a process of its own, started from an empty folder.

    Nothing that it has written, shown or kept at its end may hold a secret that it was given.
    """

    def __init__(self, folder: Path, sim: Simulator, **environment: str) -> None:
        self.database = folder / "flow.db"
        self._folder = folder
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("GORAEBOT_")},
            "GORAEBOT_BINANCE_WS_URL": sim.ws_url,
            "GORAEBOT_BINANCE_REST_URL": sim.rest_url,
            "GORAEBOT_DATABASE_URL": f"sqlite+aiosqlite:///{self.database}",
            "GORAEBOT_WEB_PORT": "0",
            "GORAEBOT_BINANCE_FUTURES_ENABLED": "false",
            "GORAEBOT_UPBIT_ENABLED": "false",
            **GIVEN,
            **environment,
        }
        self.arguments = ["-m", "bot", "run"]
        self.url = ""
        self.log: list[str] = []
        self.printed = ""
        self.pages = ""

    async def __aenter__(self) -> "Program":
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self.arguments,
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
                self.printed += line
                self.url = next((w for w in line.split() if w.startswith("http://")), "")
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        if self._process.returncode is None:
            await self._look()
            self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_S):
            self.code = await self._process.wait()
        await self._reading
        assert self._process.stdout is not None
        self.printed += (await self._process.stdout.read()).decode()
        if kind is None:
            secrets = secrets_in(self._environment)
            found = leaks(secrets, *self.log, self.printed, self.pages, *files_in(self._folder))
            assert not found, found

    async def _look(self) -> None:
        """Read what it shows whoever comes by."""
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            async with asyncio.timeout(DEADLINE_S / 4), aiohttp.ClientSession() as http:
                for path in ("/", "/healthz", "/metrics", "/nowhere"):
                    async with http.get(f"{self.url}{path}") as answer:
                        self.pages += f"{answer.headers} {await answer.text()}"

    async def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        await self._process.wait()

    async def hang_up(self) -> None:
        """The terminal that it was started in is closed."""
        self._process.send_signal(signal.SIGHUP)
        await self._process.wait()

    async def _read_log(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self.log.append(line.decode().rstrip())


class Hurried(Program):
    """The program without most of its pauses; see hurried.py."""

    def __init__(self, folder: Path, sim: Simulator, **environment: str) -> None:
        super().__init__(folder, sim, **environment)
        self.arguments = ["-c", f"{HURRY}\n{RUN}", "run"]


class Visitor:
    """A browser's side of the web chat: one cookie, and what the page would show."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self._number = 0
        self.bubbles: dict[int, dict[str, Any]] = {}
        self.health: dict[str, Any] = {}
        self._changed = asyncio.Event()

    async def aclose(self) -> None:
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

    def of_kind(self, kind: str) -> list[dict[str, Any]]:
        """The bubbles of alerts of a kind."""
        messages = (b["message"] for b in self.bubbles.values() if b.get("message"))
        return [m for m in messages if str(m.get("key", "")).startswith(f"{kind}:")]

    def alerts(self, key: str) -> list[dict[str, Any]]:
        """The bubbles of one alert."""
        messages = (b["message"] for b in self.bubbles.values() if b.get("message"))
        return [m for m in messages if m.get("key") == key]
