"""Whatever fails, nothing that the program writes holds a token, a key or a password."""

import asyncio
import contextlib
import json
import sqlite3
import sys
from pathlib import Path

import aiohttp
import pytest
from contracts import discord_spec, discord_things, telegram_server
from contracts.ai_server import AiServer, always, fault
from contracts.discord_server import FakeDiscord
from contracts.telegram_server import TelegramServer
from contracts.telegram_spec import load_spec
from hurried import SECOND_S
from leaking import GIVEN, PROXY, TARDIS, files_in, secrets_in
from leaking import leaks as leaks_of
from program import DEADLINE_S, HURRY, RUN, Program

from pipeline.sources.simulator import Simulator

TELEGRAM = "8123456789:AAHsecret-of-the-test_0123456789abcd"
DISCORD = "MTEwMDAwMDAwMDAwMDAwMDAwMQ.Gabcde.discord-secret-of-the-test"
KEY = "cr_secret_of_the_test_0123456789"
PASSWORD = '열려라 "참깨"/?<&pass\\word'
KNOWN = {
    **GIVEN,
    "TELEGRAM_BOT_TOKEN": TELEGRAM,
    "DISCORD_BOT_TOKEN": DISCORD,
    "HOLYSHEEP_API_KEY": KEY,
    "GORAEBOT_WEB_PASSWORD": PASSWORD,
}

ECHO = f"invalid {TELEGRAM} {DISCORD} {KEY} {PASSWORD} {PROXY} {TARDIS}"

# What somebody might do by mistake: an error that holds all there is to know.
MISTAKES = """
import asyncio, os, msgspec
from bot.commands import COMMANDS
NAMES = (
    "TELEGRAM_BOT_TOKEN", "DISCORD_BOT_TOKEN", "HOLYSHEEP_API_KEY", "GORAEBOT_WEB_PASSWORD",
    "TARDIS_API_KEY", "HTTPS_PROXY",
)
def everything():
    return " ".join(os.environ[name] for name in NAMES)
def fail():
    raise ValueError(everything())
async def run(context, request, words):
    asyncio.get_running_loop().call_soon(fail)  # nobody catches this one
    try:
        fail()
    except ValueError as error:
        raise RuntimeError(f"movers failed in {error.args!r}") from error
COMMANDS["movers"] = msgspec.structs.replace(COMMANDS["movers"], run=run)
"""
FATAL = """
from bot.outage import OutageWatch
async def run(self):
    await asyncio.sleep(0.2)
    fail()
OutageWatch.run = run
"""
# A database that is read-only while there is a file of that name, and locked soon.
FORBIDDEN = """
import bot.store
from sqlalchemy import Engine, event
connect = bot.store.connect
bot.store.connect = lambda place, busy_ms: connect(place, 200)
def forbid(connection, cursor, *_):
    cursor.execute(f"PRAGMA query_only = {int(os.path.exists('readonly'))}")
event.listen(Engine, "before_cursor_execute", forbid)
"""


class Written(Program):
    """The program with mistakes in it; everything that it writes is kept."""

    def __init__(self, folder: Path, sim: Simulator, code: str = "", **environment: str) -> None:
        environment = KNOWN | {"GORAEBOT_LOG_LEVEL": "DEBUG"} | environment
        super().__init__(folder, sim, **environment)
        self.arguments = ["-c", f"{HURRY}\n{MISTAKES}{code}{RUN}", "run"]

    def everything(self) -> str:
        """Log, output, pages and files (the database among them)."""
        assert self.database.is_file()
        kept = [content.decode("utf-8", "replace") for content in files_in(self._folder)]
        return "\n".join([*self.log, self.printed, self.pages, *kept])


def leaks(text: str) -> list[str]:
    """The secrets, or parts of them, in a text."""
    return leaks_of(secrets_in(KNOWN) | {"참깨", "pass\\word"}, text)


class Reader:
    """A visitor that knows the password and reads whatever the server says."""

    def __init__(self, program: Written) -> None:
        self.program = program
        self.read = ""

    async def look_around(self) -> None:
        url = self.program.url
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            await self._everywhere(http)
            origin = {"Origin": url}
            for password in ("wrong", PASSWORD[:-1], PASSWORD):
                form = {"password": password}
                async with http.post(f"{url}/login", data=form, headers=origin) as answer:
                    self.read += f"{answer.headers} {await answer.text()}"
            await self._everywhere(http)
            async with http.ws_connect(f"{url}/ws", headers=origin) as socket:
                await socket.send_json({"type": "hello"})
                for number, text in enumerate(("/movers", "/status", "/price btc", "/cost")):
                    await socket.send_json({"type": "say", "id": f"x{number}", "text": text})
                answered = 0
                while answered < 4:
                    frame = await socket.receive_json(timeout=DEADLINE_S)
                    self.read += json.dumps(frame, ensure_ascii=False)
                    entry = frame.get("entry") or {}
                    answered += entry.get("who") == "bot" and bool(entry.get("id"))

    async def _everywhere(self, http: aiohttp.ClientSession) -> None:
        for path in ("/", "/login", "/healthz", "/metrics", "/app.js", "/nowhere", "/ws"):
            async with http.get(f"{self.program.url}{path}") as answer:
                self.read += f"{answer.headers} {await answer.text()}"


async def logged(program: Program, *words: str) -> None:
    """Wait until the log tells of all of these."""
    async with asyncio.timeout(DEADLINE_S):
        while not all(any(word in line for line in program.log) for word in words):
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("form", ["text", "json"])
async def test_services_that_echo_secrets_and_handlers_that_fail_with_them_leak_nothing(
    tmp_path: Path, sim: Simulator, form: str
) -> None:
    gateway, discord = AiServer(), FakeDiscord(discord_spec.load_spec(), token=DISCORD)
    async with (
        gateway.running(),
        discord.running(),
        TelegramServer(load_spec(), TELEGRAM, SECOND_S) as telegram,
        asyncio.timeout(3 * DEADLINE_S),
    ):
        for model in gateway.models:
            gateway.answers[model] = always(lambda: fault(401, ECHO, "invalid_api_key"))
        telegram.trouble["sendMessage"] += [telegram_server.Refusal(400, ECHO)] * 2
        telegram.trouble["getUpdates"] += [telegram_server.Refusal(500, ECHO)]
        environment = {
            "GORAEBOT_TELEGRAM_API_URL": telegram.url,
            "GORAEBOT_DISCORD_API_URL": discord.url,
            "GORAEBOT_AI_BASE_URL": gateway.base_url,
            "GORAEBOT_LOG": form,
        }
        async with Written(tmp_path, sim, **environment) as program:
            person = telegram.chat(77)
            await telegram.until(lambda: telegram.polled)
            for text in ("/subscribe BTC 대량", "/movers", "/subscribe BTC 대량", "/price btc"):
                telegram.say(person, text)
            await telegram.until(lambda: any("구독" in m["text"] for m in person.shown()))
            await discord.until(lambda: bool(discord.commands), DEADLINE_S)
            refusal = discord_things.Refusal(400, 50035, ECHO)
            discord.refuse("PATCH", "/messages/", refusal)
            for _ in range(2):
                asked = await discord.slash("movers", permissions=discord_things.POSTING)
                await discord.until(lambda asked=asked: asked.edited or asked.follow_ups)
            reader = Reader(program)
            await reader.look_around()
            await sim.until(lambda: "btcusdt@aggTrade" in sim.streams)
            await sim.sweep("BTCUSDT", "buy", 5_000_000)
            await telegram.until(lambda: any("대량 매수" in m["text"] for m in person.shown()))
            await gateway.until_asked(1)
            await logged(
                program, "refuses the key", "answering on", "Exception in callback", "an answer"
            )
        assert program.code == 0
        assert any("[hidden]" in line for line in program.log)
        assert leaks(program.everything()) == []
        assert leaks(reader.read) == []
        calls = [given for _, given in telegram.calls if "refused" not in given]
        said = json.dumps([calls, discord.bodies, gateway.asked], default=str)
        assert leaks(said) == []


async def test_floods_a_database_that_takes_nothing_and_a_kill_leak_nothing(
    tmp_path: Path, sim: Simulator
) -> None:
    gateway, discord = AiServer(), FakeDiscord(discord_spec.load_spec(), token=DISCORD)
    async with (
        gateway.running(),
        discord.running(),
        TelegramServer(load_spec(), TELEGRAM, SECOND_S) as telegram,
        asyncio.timeout(3 * DEADLINE_S),
    ):
        for model in gateway.models:
            gateway.answers[model] = always(lambda: fault(429, ECHO, "rate_limit_exceeded"))
        environment = {
            "GORAEBOT_TELEGRAM_API_URL": telegram.url,
            "GORAEBOT_DISCORD_API_URL": discord.url,
            "GORAEBOT_AI_BASE_URL": gateway.base_url,
        }
        person = telegram.chat(77)

        async def told(symbol: str, words: str) -> None:
            await sim.until(lambda: f"{symbol.lower()}@aggTrade" in sim.streams)
            await sim.sweep(symbol, "buy", 5_000_000)
            await telegram.until(lambda: any(words in m["text"] for m in person.shown()))

        async with Written(tmp_path, sim, code=FORBIDDEN, **environment) as program:
            await telegram.until(lambda: telegram.polled)
            telegram.say(person, "/subscribe all 대량")
            await telegram.until(lambda: any("구독" in m["text"] for m in person.shown()))
            await discord.until(lambda: bool(discord.commands), DEADLINE_S)
            asked = await discord.slash(
                "subscribe", {"symbols": "BTC", "kinds": "대량"},
                permissions=discord_things.POSTING | discord_things.MANAGE_GUILD,
            )  # fmt: skip
            await discord.until(lambda: asked.original and not asked.waiting, DEADLINE_S)
            telegram.trouble["sendMessage"] += [telegram_server.Refusal(429, ECHO, retry_after=1)]
            flood = discord_things.Refusal(429, 0, ECHO, {"Retry-After": "0.2"})
            discord.refuse("POST", "/messages", flood)
            await told("BTCUSDT", "비트코인(BTCUSDT) 대량 매수 체결")
            await discord.until(lambda: bool(discord.in_channel()), DEADLINE_S)
            with contextlib.closing(sqlite3.connect(program.database)) as other:
                other.execute("BEGIN IMMEDIATE")
                await told("ETHUSDT", "이더리움(ETHUSDT) 대량 매수 체결")
                await logged(program, "database is locked")
            (tmp_path / "readonly").touch()
            await told("SOLUSDT", "솔라나(SOLUSDT) 대량 매수 체결")
            await logged(program, "readonly database")
            (tmp_path / "readonly").unlink()
            reader = Reader(program)
            await reader.look_around()
            await program.kill()
        again = Written(tmp_path, sim, **environment)
        async with again:
            await telegram.until(lambda: telegram.polled)
        assert again.code == 0
        assert leaks(program.everything() + again.everything() + reader.read) == []
        calls = [given for _, given in telegram.calls if "refused" not in given]
        assert leaks(json.dumps([calls, discord.bodies, gateway.asked], default=str)) == []


async def test_refused_tokens_and_unreachable_services_leak_nothing(
    tmp_path: Path, sim: Simulator
) -> None:
    discord = FakeDiscord(token="another")
    nowhere = "http://127.0.0.1:1"
    async with (
        discord.running(),
        TelegramServer(load_spec(), "4242:another-token_x") as telegram,
        asyncio.timeout(3 * DEADLINE_S),
    ):
        refused = {
            "GORAEBOT_TELEGRAM_API_URL": telegram.url,
            "GORAEBOT_DISCORD_API_URL": discord.url,
            "GORAEBOT_AI_BASE_URL": f"{nowhere}/v1",
        }
        unreachable = {
            "GORAEBOT_TELEGRAM_API_URL": nowhere,
            "GORAEBOT_DISCORD_API_URL": f"{nowhere}/api/v10",
            "GORAEBOT_AI_BASE_URL": f"{nowhere}/v1",
            "GORAEBOT_BINANCE_WS_URL": "ws://127.0.0.1:1",
            "GORAEBOT_BINANCE_REST_URL": nowhere,
        }
        for number, (environment, words) in enumerate(
            (
                (refused, ("telegram is off", "discord is off", "does not list")),
                (unreachable, ("Telegram, unreachable", "does not list")),
            )
        ):
            folder = tmp_path / str(number)
            folder.mkdir()
            async with Written(folder, sim, **environment) as program:
                reader = Reader(program)
                await reader.look_around()
                await logged(program, *words)
            assert leaks(program.everything()) == []
            assert leaks(reader.read) == []
            checked = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "check",
                cwd=folder,
                env=program._environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            said, _ = await checked.communicate()
            assert "❌ 텔레그램" in said.decode()
            assert leaks(said.decode()) == []


async def test_an_error_that_ends_the_program_is_told_without_the_secrets_in_it(
    tmp_path: Path, sim: Simulator
) -> None:
    nowhere = {
        "GORAEBOT_TELEGRAM_API_URL": "http://127.0.0.1:1",
        "GORAEBOT_DISCORD_API_URL": "http://127.0.0.1:1",
        "GORAEBOT_AI_BASE_URL": "http://127.0.0.1:1/v1",
    }
    async with Written(tmp_path, sim, code=FATAL, **nowhere) as program:
        await program._process.wait()
    assert program.code == 1
    log = "\n".join(program.log)
    assert "an error that nobody expected" in log
    assert "ValueError: [hidden] [hidden] [hidden] [hidden] [hidden] http://[hidden]@" in log
    assert leaks(program.everything()) == []


async def test_a_database_out_of_reach_is_told_without_its_password(
    tmp_path: Path, sim: Simulator
) -> None:
    url = f"postgresql+asyncpg://bot:{PROXY}@127.0.0.1:1/bot"
    program = Written(tmp_path, sim, GORAEBOT_DATABASE_URL=url)
    for command in ("run", "check"):
        ended = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", command,
            cwd=tmp_path,
            env=program._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        async with asyncio.timeout(DEADLINE_S):
            said, _ = await ended.communicate()
        assert ended.returncode in (1, 2)
        assert said and leaks(said.decode()) == []
