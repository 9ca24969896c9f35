"""The whole program with Telegram, Discord, the web chat and an AI gateway, across a kill between
send and edit."""

import asyncio
import contextlib
import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from contracts import discord_spec
from contracts.ai_server import AiServer, completion
from contracts.discord_server import FakeDiscord, Interaction
from contracts.discord_things import POSTING
from contracts.telegram_server import TelegramServer
from contracts.telegram_spec import load_spec
from program import DEADLINE_S, Program, Visitor

from pipeline.sources.simulator import Simulator

MANAGE_GUILD = 1 << 5

TEXT = (
    "비트코인에서 대량 시장가 매수가 한꺼번에 체결되었습니다. 배경은 확인되지 않았습니다.\n"
    "위험도 높음: 기준을 크게 넘는 규모입니다."
)


async def test_the_alert_is_there_at_once_and_the_explanation_is_edited_in_after_a_restart(
    tmp_path: Path, sim: Simulator
) -> None:
    gateway = AiServer()
    discord = FakeDiscord(discord_spec.load_spec())
    visitor = Visitor()
    async with (
        contextlib.aclosing(visitor),
        gateway.running(),
        discord.running(),
        TelegramServer(load_spec()) as telegram,
        asyncio.timeout(3 * DEADLINE_S),
    ):
        for model in gateway.models:
            gateway.answers[model] = gateway.silent()
        environment = {
            "TELEGRAM_BOT_TOKEN": telegram.token,
            "GORAEBOT_TELEGRAM_API_URL": telegram.url,
            "DISCORD_BOT_TOKEN": discord.token,
            "GORAEBOT_DISCORD_API_URL": discord.url,
            "HOLYSHEEP_API_KEY": gateway.key,
            "GORAEBOT_AI_BASE_URL": gateway.base_url,
        }
        person = telegram.chat(77)

        def alerts() -> list[str]:
            return [m["text"] for m in person.shown() if "매수 체결 · 500" in m["text"]]

        def posted() -> list[str]:
            texts = [f"{m['content']} {m['embeds']}" for m in discord.in_channel()]
            return [text for text in texts if "매수 체결 · 500" in text]

        def bubbles() -> list[dict[str, Any]]:
            shown = [b["message"] for b in visitor.bubbles.values() if b.get("message")]
            return [m for m in shown if "매수 체결 · 500만" in m["head"]]

        async with (
            Program(tmp_path, sim, **environment) as program,
            visitor.open(program),
        ):
            await visitor.say("/subscribe BTC 대량")
            await discord.until(lambda: bool(discord.commands), DEADLINE_S)
            await discord.slash(
                "subscribe", {"symbols": "BTC", "kinds": "대량"}, permissions=POSTING | MANAGE_GUILD
            )
            await telegram.until(lambda: telegram.polled)
            await telegram.until(lambda: telegram.menu_button == {"type": "commands"})
            await telegram.until(lambda: len(telegram.descriptions) == 4)
            assert all("고래봇" in text for text in telegram.descriptions.values())
            telegram.say(person, "/subscribe BTC 대량")
            await telegram.until(lambda: any("구독" in m["text"] for m in person.shown()))
            crowd = telegram.chat(-88, "supergroup")
            crowd.bot = "left"
            telegram.standing(crowd, "member")
            await telegram.until(lambda: bool(crowd.shown()))
            (greeting,) = crowd.shown()
            assert len(greeting["reply_markup"]["inline_keyboard"]) == 1
            await sim.until(lambda: "btcusdt@aggTrade" in sim.streams)
            await sim.sweep("BTCUSDT", "buy", 5_000_000)
            await telegram.until(lambda: len(alerts()) == 1)
            assert "자동 설명" in alerts()[0]
            await discord.until(lambda: len(posted()) == 1, DEADLINE_S)
            assert "자동 설명" in posted()[0]
            assert re.search(r"<t:\d+:T>", posted()[0])
            await visitor.until(lambda: len(bubbles()) == 1)
            await gateway.until_asked(1)  # the alert was on the screen before
            await sent_and_recorded(program.database)
            await program.kill()
        assert len(alerts()) == 1
        for model in gateway.models:
            gateway.answers[model] = gateway.says(TEXT)
        async with (
            Program(tmp_path, sim, **environment) as program,
            visitor.open(program),
        ):
            await telegram.until(lambda: any("AI 설명" in text for text in alerts()))
            (text,) = alerts()
            assert "위험도 높음" in text
            await discord.until(lambda: any("위험도 높음" in text for text in posted()), DEADLINE_S)
            assert len(posted()) == 1
            await visitor.until(lambda: any("위험도 높음" in m["note"] for m in bubbles()))
            assert len(bubbles()) == 1
            # Answers get their comments in the same way: first the figures, then the sentence.
            for model in gateway.models:
                gateway.answers[model] = reads_out
            telegram.say(person, "/spread BTC")
            await telegram.until(lambda: commented(person.shown(), "호가 차이는"))
            # Right after a start too little may be known for a summary: asked again then.
            while True:
                asked = await discord.slash("summary", permissions=POSTING)
                with contextlib.suppress(TimeoutError):
                    await discord.until(summarised(asked), DEADLINE_S / 4)
                    break
            assert "시장 심리는" in str(asked.original)
            assert discord.violations == []
            assert not discord.limited
            assert telegram.floods == 0
            assert telegram.problems == []
            assert telegram.token not in "\n".join(program.log)
            assert gateway.key not in "\n".join(program.log)
            assert discord.token not in "\n".join(program.log)


async def reads_out(request: web.Request) -> web.StreamResponse:
    """A model that reads out of the facts what it was asked to comment on."""
    question = (await request.json())["messages"][-1]["content"]
    facts = json.loads(question[question.index("{") :])
    if "시장 심리" in facts:
        rising = facts["시장 심리의 근거"]["24시간 전보다 오른 종목"]
        text = f"24시간 전보다 오른 종목은 {rising}로 시장 심리는 {facts['시장 심리']}입니다."
    else:
        text = f"{facts['종목']}의 매수·매도 호가 차이는 {facts['스프레드']['bp']}입니다."
    return completion(text, usage={"prompt_tokens": 500, "completion_tokens": 30})


def summarised(asked: Interaction) -> Callable[[], bool]:
    """Whether the answer has a model's comment."""
    return lambda: "AI 설명" in str(asked.original)


def commented(shown: list[dict[str, Any]], words: str) -> bool:
    """Whether a message with these words has a model's comment."""
    return any(words in m["text"] and "AI 설명" in m["text"] for m in shown)


async def sent_and_recorded(database: Path) -> None:
    """Wait until no send is in flight: one cut off there would rightly be made again."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
                (waiting,) = db.execute(
                    "select count(*) from outbox where sent_version = 0"
                ).fetchone()
            if not waiting:
                return
            await asyncio.sleep(0.02)
