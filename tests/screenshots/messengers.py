"""What Telegram and Discord show of one alert: the real program against the tests' own servers."""

import asyncio
import contextlib
import datetime as dtm
import json
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "flow"))

from contracts import discord_spec
from contracts.ai_server import AiServer, completion
from contracts.discord_server import FakeDiscord
from contracts.discord_things import MANAGE_GUILD, POSTING
from contracts.telegram_server import BOT_ID, TelegramServer
from contracts.telegram_spec import load_spec
from program import DEADLINE_S, Program

from pipeline.model import Side
from pipeline.sources.simulator import Simulator

NAME = "고래봇"
CHANNEL = "고래-알림"
LEAST_DOLLARS = 1_000_000.0
"""The threshold of the pictured program, so that only what is planted becomes an alert."""
PLANTED: tuple[tuple[str, Side, float], ...] = (
    ("BTCUSDT", "buy", 12_300_000.0),
    ("ETHUSDT", "sell", 3_400_000.0),
)
WATCHED_S = 75.0
"""Before the orders: their size is told against the symbol's others, prices against a minute."""

APART_S = 3.0
"""A chat gets one message a second; an alert that waits for its turn may have its text by then."""


def explained(messages: Callable[[], list[dict[str, Any]]], count: int) -> bool:
    """Whether so many alerts have the gateway's text."""
    return sum("AI 설명" in str(message) for message in messages()) == count


async def write(request: web.Request) -> web.StreamResponse:
    """The gateway's text: sentences made of the facts that the program sent."""
    body = await request.json()
    facts = json.loads(body["messages"][1]["content"].partition("\n")[2])
    text = (
        f"{facts['종목']}에서 {facts['규모']} 규모의 {facts['사건'].removesuffix(' 대량 체결')}가 "
        f"{facts['체결 건수']}에 걸쳐 체결되었습니다. 평균 체결가는 {facts['평균 체결가']}였고, "
        "배경은 확인되지 않았습니다. "
        f"위험도는 {facts['위험도']}입니다({facts['위험도 근거']})."
    )
    return completion(text, usage={"prompt_tokens": 700, "completion_tokens": 120})


async def conversations() -> tuple[dict[str, Any], dict[str, Any]]:
    """What the pages ``telegram.html`` and ``discord.html`` are to show."""
    gateway = AiServer()
    gateway.answers = dict.fromkeys(gateway.models, write)
    discord = FakeDiscord(discord_spec.load_spec())
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(gateway.running())
        await stack.enter_async_context(discord.running())
        telegram = await stack.enter_async_context(TelegramServer(load_spec()))
        sim = await stack.enter_async_context(Simulator(seed=3, plan=()))
        environment = {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "GORAEBOT_TELEGRAM_API_URL": telegram.url,
            "DISCORD_BOT_TOKEN": discord.token,
            "GORAEBOT_DISCORD_API_URL": discord.url,
            "HOLYSHEEP_API_KEY": gateway.key,
            "GORAEBOT_AI_BASE_URL": gateway.base_url,
            "GORAEBOT_LARGE_TRADE_MIN_NOTIONAL": str(LEAST_DOLLARS),
        }
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        await stack.enter_async_context(Program(folder, sim, **environment))
        person = telegram.chat(77)

        def chatted() -> list[dict[str, Any]]:
            return [m for m in person.messages.values() if "text" in m]

        await telegram.until(lambda: telegram.polled)
        telegram.say(person, "/subscribe BTC ETH")
        await telegram.until(lambda: len(chatted()) == 2)
        await discord.until(lambda: bool(discord.commands), DEADLINE_S)
        await discord.slash("subscribe", {"symbols": "BTC ETH"}, permissions=POSTING | MANAGE_GUILD)
        await asyncio.sleep(WATCHED_S)
        for count, (symbol, side, dollars) in enumerate(PLANTED, 1):
            await asyncio.sleep(APART_S)
            await sim.sweep(symbol, side, dollars)
            await telegram.until(partial(explained, chatted, count))
            await discord.until(partial(explained, discord.in_channel, count), DEADLINE_S)
        wrong = [*telegram.problems, *discord.violations, *gateway.violations]
        assert not wrong, wrong
        at = dtm.datetime.now(ZoneInfo("Asia/Seoul")).strftime("%H:%M")
        return (
            {"messages": chatted(), "bot": {"id": BOT_ID, "name": NAME}, "at": at},
            {"messages": discord.in_channel(), "name": NAME, "channel": CHANNEL, "at": at},
        )
