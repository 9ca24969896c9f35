"""What operators are told by the running program: metrics, rules, /healthz, log and chat."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import time
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from contracts import discord_spec
from contracts.ai_server import AiServer
from contracts.discord_server import FakeDiscord
from contracts.telegram_server import TelegramServer
from contracts.telegram_spec import load_spec
from hurried import SECOND_S
from program import DEADLINE_S, HURRY, RUN, Hurried, Program, Visitor
from test_asked_prices import rows as stored

from bot.troubles import NAMES
from pipeline.sources.simulated.upbit import UpbitServer
from pipeline.sources.simulator import Simulator

ROOT = Path(__file__).parents[2]
RULES = (ROOT / "config" / "deploy" / "alerts.yml").read_text(encoding="utf-8")
EXPRESSIONS = re.findall(r"expr: (.+)", RULES)
PROMETHEUS_OWN = {"up"}


def named(expression: str) -> set[str]:
    """The metrics in an expression."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:on|by) ?\([^)]*\)', "", expression)
    words = set(re.findall(r"\b[a-z_][a-z0-9_]*\b", bare))
    functions = {"increase", "sum", "rate", "histogram_quantile"}
    return words - functions - {"and", "or", "on", "by", "unless", "e"}


def runbook() -> str:
    """The README's section on what to do."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return readme.partition("## When something is wrong")[2].partition("\n## ")[0]


def rows() -> set[str]:
    """What the runbook has a row for."""
    return {
        name
        for row in re.findall(r"(?m)^\| (`[^|]+) \|", runbook())
        for name in re.findall(r"`(\w+)`", row)
    }


def test_every_rule_has_its_parts_and_leads_to_a_row_of_the_runbook() -> None:
    assert len(EXPRESSIONS) == RULES.count("- alert: ") >= 15
    assert RULES.count("severity:") == RULES.count("summary:") == len(EXPRESSIONS)
    named_rows = {name for name in re.findall(r"runbook: (\w+)", RULES)}
    assert named_rows and rows() >= named_rows | set(NAMES)
    assert "up" in named(EXPRESSIONS[0])


def test_a_trouble_is_as_severe_to_prometheus_as_to_healthz() -> None:
    """By what the program says of it, not by its name: those left out have rules of their own."""
    rules = {rule.partition("\n")[0]: rule for rule in RULES.split("- alert: ")}
    critical, other = rules["GoraebotTrouble"], rules["GoraebotTroubleSoon"]
    assert "expr: goraebot_trouble_stops == 1\n" in critical and "critical" in critical
    left_out = re.search(r'goraebot_trouble\{name!~"([\w|]+)"\} == 1 unless', other)
    assert left_out is not None and "warning" in other
    for name in left_out[1].split("|"):
        severity = "critical" if name == "feed" else "warning"  # without data /healthz says 503
        assert any(
            f"runbook: {name}\n" in rule and f"severity: {severity}" in rule
            for rule in rules.values()
        ), name
    assert set(left_out[1].split("|")) < set(NAMES)
    for rule in (critical, other):
        assert 'runbook: "{{ $labels.name }}"' in rule


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", ROOT / "config" / "deploy" / "alerts.yml"),
        ("test", Path(__file__).with_name("alert_rules.yml")),
    ],
)
def test_prometheus_itself_takes_the_rules_and_they_fire(arguments: tuple[str, Path]) -> None:
    if shutil.which("promtool") is None:
        why = "promtool (Debian's prometheus) is not installed"
        if os.environ.get("TESTS_NO_SKIP") == "1":
            pytest.fail(why)
        pytest.skip(why)
    what, file = arguments
    done = subprocess.run(
        ["promtool", what, "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def told(chat: Any, telegram: TelegramServer, words: str) -> None:
    """Wait until the chat has been told this."""
    await telegram.until(lambda: any(words in m["text"] for m in chat.shown()))


async def healthz(program: Program) -> tuple[int, dict[str, Any]]:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{program.url}/healthz") as answer,
    ):
        return answer.status, await answer.json()


async def metrics(program: Program) -> str:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{program.url}/metrics") as answer,
    ):
        return await answer.text()


async def test_the_program_tells_operators_of_each_trouble_in_every_way(tmp_path: Path) -> None:
    discord, gateway, visitor = FakeDiscord(discord_spec.load_spec()), AiServer(), Visitor()
    async with (
        AsyncExitStack() as others,
        AsyncExitStack() as exchange,
        aclosing(visitor),
        discord.running(),
        gateway.running(),
        TelegramServer(load_spec(), second_s=SECOND_S) as telegram,
        asyncio.timeout(3 * DEADLINE_S),
    ):
        sim = await exchange.enter_async_context(Simulator(seed=3, plan=()))
        upbit = await others.enter_async_context(
            UpbitServer(sim.prices, lambda: time.time_ns() // 1_000_000)
        )
        environment = {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "GORAEBOT_TELEGRAM_API_URL": telegram.url,
            "DISCORD_BOT_TOKEN": discord.token,
            "GORAEBOT_DISCORD_API_URL": discord.url,
            "HOLYSHEEP_API_KEY": gateway.key,
            "GORAEBOT_AI_BASE_URL": gateway.base_url,
            "GORAEBOT_AI_DAILY_BUDGET_USD": "0.000001",
            "GORAEBOT_BOT_OPERATORS": "telegram:78",
            "GORAEBOT_DELIVERY_STALE_S": "1",
            "GORAEBOT_LOG": "json",
            "GORAEBOT_UPBIT_ENABLED": "true",
            "GORAEBOT_UPBIT_WS_URL": upbit.ws_url,
            "GORAEBOT_UPBIT_REST_URL": upbit.rest_url,
            "GORAEBOT_FX_URL": upbit.fx_url,
        }
        operator = telegram.chat(78)
        async with Hurried(tmp_path, sim, **environment) as program, visitor.open(program):
            await visitor.until(lambda: visitor.health["feed"]["ok"])
            await discord.until(lambda: bool(discord.commands), DEADLINE_S)
            await telegram.until(lambda: telegram.polled)
            status, answer_now = await healthz(program)
            assert (status, answer_now["status"]) == (200, "ok")
            families: set[str] = set()
            while "goraebot_upbit_age_seconds" not in families:  # with the first price there
                families = set(re.findall(r"(?m)^([a-z_]+)(?:\{| )", await metrics(program)))
            for expression in EXPRESSIONS:
                assert named(expression) <= families | PROMETHEUS_OWN, expression
            await visitor.say("/subscribe BTC 대량")
            await sim.until(lambda: "btcusdt@aggTrade" in sim.streams)
            await sim.sweep("BTCUSDT", "buy", 5_000_000)
            await told(operator, telegram, "🚨 오늘 AI 예산")
            status, answer_now = await healthz(program)
            assert (status, answer_now["status"]) == (200, "degraded")
            assert list(answer_now["troubles"]) == ["ai_budget"]
            await discord.gateway.close(4004)
            await told(operator, telegram, "🚨 디스코드: 토큰을 거부했습니다")
            status, answer_now = await healthz(program)
            assert (status, answer_now["status"]) == (503, "problem")
            public = await visitor.say("/status")
            assert "디스코드 연결에 문제가 있습니다(" in public["lines"][0].replace("\xa0", " ")
            assert not any("토큰" in line for line in (public["head"], *public["lines"]))
            await exchange.aclose()  # the exchange is gone
            await told(operator, telegram, "🚨 바이낸스에 연결할 수 없습니다")
            text = await metrics(program)
            for name, known, stops in (
                ("discord", 1, 1), ("ai_budget", 1, 0), ("feed", 1, 0), ("disk", 0, 0),
            ):  # fmt: skip
                assert f'goraebot_trouble{{name="{name}"}} {known}.0' in text
                assert f'goraebot_trouble_stops{{name="{name}"}} {stops}.0' in text
            assert 'goraebot_platform_up{platform="discord"} 0.0' in text
            assert "goraebot_feed_ok 0.0" in text
        incidents = [json.loads(line) for line in program.log if '"incident"' in line]
        assert [(one["incident"]["name"], one["incident"]["state"]) for one in incidents] == [
            ("ai_budget", "begins"),
            ("discord", "begins"),
            ("feed", "begins"),
        ]
        assert telegram.problems == []


async def test_what_is_away_from_the_start_on_is_told_and_by_a_restart_not_again(
    tmp_path: Path,
) -> None:
    nobody = "127.0.0.1:9"
    async with Simulator(seed=3, plan=()) as sim, asyncio.timeout(2 * DEADLINE_S):
        environment = {
            "GORAEBOT_DELIVERY_STALE_S": "1",
            "GORAEBOT_UPBIT_ENABLED": "true",
            "GORAEBOT_UPBIT_WS_URL": f"ws://{nobody}",
            "GORAEBOT_UPBIT_REST_URL": f"http://{nobody}",
            "GORAEBOT_FX_URL": f"http://{nobody}",
        }
        async with Hurried(tmp_path, sim, **environment) as program:
            status, answer_now = await healthz(program)
            while "upbit" not in answer_now.get("troubles", {}):
                await asyncio.sleep(0.05)
                status, answer_now = await healthz(program)
            assert (status, answer_now["status"]) == (200, "degraded")
            assert answer_now["troubles"]["upbit"].startswith("업비트에 연결할 수 없습니다")
            while not stored(program.database, "select count(*) from meta where key = 'trouble'"):
                await asyncio.sleep(0.05)
        assert sum("trouble (upbit): " in line for line in program.log) == 1
        async with Hurried(tmp_path, sim, **environment) as program:
            while not any("trouble (upbit) goes on: " in line for line in program.log):
                await asyncio.sleep(0.05)
        assert not any("trouble (upbit): " in line for line in program.log)


HEEDING = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)"
"""As a terminal starts it: whoever runs these tests by nohup hands on that it is ignored."""


KEPT_AS_TOLD = "select count(*) from meta where key = 'trouble' and value like '%crashed%'"


async def test_a_run_that_broke_off_is_told_by_the_next_and_no_other(tmp_path: Path) -> None:
    async with (
        Simulator(seed=3, plan=()) as sim,
        TelegramServer(load_spec(), second_s=SECOND_S) as telegram,
        asyncio.timeout(3 * DEADLINE_S),
    ):
        environment = {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "GORAEBOT_TELEGRAM_API_URL": telegram.url,
            "GORAEBOT_BOT_OPERATORS": "telegram:78",
        }
        operator = telegram.chat(78)
        async with Hurried(tmp_path, sim, **environment) as program:
            status, answer_now = await healthz(program)
            assert "troubles" not in answer_now
            await program.kill()
        program = Hurried(tmp_path, sim, **environment)
        program.arguments = ["-c", f"{HURRY}\n{HEEDING}\n{RUN}", "run"]
        async with program:
            await told(operator, telegram, "🚨 프로그램이 예고 없이 끝나 다시 시작했습니다")
            status, answer_now = await healthz(program)
            while status == 503:  # market data may come a moment later
                await asyncio.sleep(0.05)
                status, answer_now = await healthz(program)
            assert (status, answer_now["status"]) == (200, "degraded")
            assert list(answer_now["troubles"]) == ["crashed"]
            while not stored(program.database, KEPT_AS_TOLD):
                await asyncio.sleep(0.05)
            await program.hang_up()
        assert program.code == 0 and any("stopping" in line for line in program.log)
        async with Hurried(tmp_path, sim, **environment) as program:  # the last one did not last
            while not any("trouble (crashed) goes on: " in line for line in program.log):
                await asyncio.sleep(0.05)
        assert sum("예고 없이" in m["text"] for m in operator.shown()) == 1


IMPATIENT = """
import bot.lag, bot.troubles
bot.lag._MINUTE_S = bot.lag._SLICE_S = 0.1
bot.lag.SLOW_S = 0.0  # no loop is ever in time
bot.troubles.SLOW_MS = 0
"""


async def test_a_program_that_is_always_late_says_so(tmp_path: Path) -> None:
    async with Simulator(seed=3, plan=()) as sim, asyncio.timeout(DEADLINE_S):
        program = Hurried(tmp_path, sim)
        program.arguments = ["-c", f"{HURRY}{IMPATIENT}{RUN}", "run"]
        async with program:
            status, answer_now = await healthz(program)
            while "slow" not in answer_now.get("troubles", {}) or status == 503:
                await asyncio.sleep(0.05)
                status, answer_now = await healthz(program)
            assert (status, answer_now["status"]) == (200, "degraded")
            assert 'goraebot_trouble{name="slow"} 1.0' in await metrics(program)
    assert sum("trouble (slow): 고래봇이 바빠서 " in line for line in program.log) == 1
