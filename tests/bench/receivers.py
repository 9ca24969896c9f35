"""Telegram, Discord, an AI gateway and a browser on loopback that tell when alerts reach them.

Run as a process of its own: ``python receivers.py CHATS`` prints its addresses as a line of JSON,
reads the web chat's address from a line of standard input, and then prints a line of JSON for each
message received. Times are of the monotonic clock, which all processes of a machine share.
"""

import asyncio
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[1]))

from contracts.ai_server import AiServer, completion
from contracts.discord_server import FakeDiscord
from contracts.discord_things import CHANNEL, GUILD, channel, guild
from contracts.telegram_server import TelegramServer

NUMBER = re.compile(r"([\d,]+)(?:\u2060|\\u2060)?건 체결")  # as it is, or as repr writes it
"""Every alert of the bench has its own number of fills."""
EXPLAINED = "AI 설명"
TEXT = (
    "15만 달러 규모의 시장가 매수가 한꺼번에 체결되었습니다. 배경은 확인되지 않았습니다. "
    "위험도는 보통입니다(알림 기준의 3배)."
)

THINKING_S = 0.5
"""A fast model's time; an answer at once would be there before the alert is sent."""


def tell(platform: str, text: object) -> None:
    """An alert has arrived, or its explanation, or both in one."""
    at_s = time.monotonic()
    if found := NUMBER.search(str(text)):
        number = int(found.group(1).replace(",", ""))
        whats = ("alert", "explanation") if EXPLAINED in str(text) else ("alert",)
        for what in whats:
            print(json.dumps([platform, what, number, at_s]), flush=True)


class Telegram(TelegramServer):
    """Tells of messages and edits as it takes them."""

    async def _send_message(self, given: dict[str, Any]) -> dict[str, Any]:
        tell("telegram", given["text"])
        return await super()._send_message(given)

    async def _edit_message_text(self, given: dict[str, Any]) -> dict[str, Any]:
        tell("telegram", given["text"])
        return await super()._edit_message_text(given)


class Discord(FakeDiscord):
    """Tells of messages and edits as it takes them."""

    async def _create(self, request: Any, body: Any) -> Any:
        tell("discord", body)
        return await super()._create(request, body)

    async def _edit(self, request: Any, body: Any) -> Any:
        tell("discord", body)
        return await super()._edit(request, body)


async def browse(url: str) -> None:
    """An open page of the web chat that has said one word."""
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
        session.get(url),
        session.ws_connect(f"{url}/ws", headers={"Origin": url}) as socket,
    ):
        await socket.send_json({"type": "hello", "epoch": "", "since": 0})
        await socket.send_json({"type": "say", "id": "1", "text": "안녕하세요"})
        async for received in socket:
            frame = received.json()
            if frame["type"] == "entry":
                tell("web", frame["entry"].get("message"))


async def think(request: web.Request) -> web.StreamResponse:
    """The gateway's answer."""
    await asyncio.sleep(THINKING_S)
    return completion(TEXT, usage={"prompt_tokens": 700, "completion_tokens": 120})


async def tick(late_ms: list[float]) -> None:
    """How late a timer is in this process, which has little to do: the machine's noise."""
    while True:
        due_s = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        late_ms.append((time.monotonic() - due_s) * 1000)


async def main() -> None:
    chats = int(sys.argv[1])
    gateway, discord = AiServer(), Discord()
    gateway.answers = dict.fromkeys(gateway.models, think)
    discord.guilds[GUILD] = guild(GUILD, [channel(CHANNEL + n) for n in range(chats)])
    async with gateway.running(), discord.running(), Telegram(None) as telegram:
        for number in range(chats):
            telegram.chat(1 + number)
        addresses = {
            "telegram": [telegram.token, telegram.url],
            "discord": [discord.token, discord.url],
            "ai": [gateway.key, gateway.base_url],
            "channels": [CHANNEL + n for n in range(chats)],
        }
        print(json.dumps(addresses), flush=True)
        url = (await asyncio.to_thread(sys.stdin.readline)).strip()
        late_ms: list[float] = []
        tasks = [asyncio.create_task(browse(url)), asyncio.create_task(tick(late_ms))]
        await asyncio.to_thread(sys.stdin.readline)  # the end of the bench
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        late_ms.sort()
        noise = [late_ms[int(len(late_ms) * share)] for share in (0.5, 0.99)]
        print(json.dumps([telegram.floods + sum(discord.limited.values()), noise]), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
