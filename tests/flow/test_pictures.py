"""The whole program draws, and every platform shows it."""

import asyncio
import contextlib
from pathlib import Path

from contracts import discord_spec
from contracts.discord_server import FakeDiscord
from contracts.telegram_server import TelegramServer
from contracts.telegram_spec import load_spec
from program import DEADLINE_S, Program, Visitor

from bot.platforms.unbroken import joined
from pipeline.sources.simulator import Simulator


def drawn(png: bytes) -> bool:
    """Whether this is a picture of ours."""
    return png.startswith(b"\x89PNG") and int.from_bytes(png[16:20], "big") == 1200


async def test_a_chart_reaches_every_platform_as_a_picture(tmp_path: Path) -> None:
    discord = FakeDiscord(discord_spec.load_spec())
    visitor = Visitor()
    async with (
        contextlib.aclosing(visitor),
        Simulator(seed=3, plan=()) as sim,
        discord.running(),
        TelegramServer(load_spec()) as telegram,
        Program(
            tmp_path,
            sim,
            TELEGRAM_BOT_TOKEN=telegram.token,
            GORAEBOT_TELEGRAM_API_URL=telegram.url,
            DISCORD_BOT_TOKEN=discord.token,
            GORAEBOT_DISCORD_API_URL=discord.url,
        ) as program,
        visitor.open(program),
        asyncio.timeout(2 * DEADLINE_S),
    ):
        await visitor.until(lambda: visitor.health["feed"]["ok"])
        answer = await visitor.say("/chart btc 5분")
        assert answer["head"].startswith("📈 비트코인(BTCUSDT) 5분 차트")
        name = answer["picture"]["name"]
        async with visitor._session.get(f"{program.url}/pictures/{name}.png") as response:
            assert response.status == 200 and drawn(await response.read())

        person = telegram.chat(77)
        await telegram.until(lambda: telegram.polled)
        telegram.say(person, "차트 비트 1시간")
        await telegram.until(lambda: bool(person.shown()))
        (shown,) = person.shown()
        assert shown["caption"].startswith(joined("📈 비트코인(BTCUSDT) 1시간 차트"))
        assert drawn(telegram.files[shown["photo"][-1]["file_id"].split("-")[0]])

        await discord.until(lambda: bool(discord.commands), DEADLINE_S)
        asked = await discord.slash("book", {"symbol": "BTC"})
        await discord.until(lambda: asked.edited, DEADLINE_S)
        assert asked.original is not None
        assert drawn(discord.uploads[asked.original["embeds"][0]["image"]["url"]])

        assert discord.violations == []
        assert telegram.problems == [] and telegram.floods == 0
    assert program.code == 0
    assert not [line for line in program.log if "Traceback" in line], program.log
