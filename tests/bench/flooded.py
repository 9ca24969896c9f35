"""Telegram and Discord on loopback, in a process of their own, that count what reaches them.

``python flooded.py CHATS CHANNELS SECOND_S`` prints addresses and chats as a line of JSON; for each
line of standard input it prints what it has counted: "how many" messages arrived, or "all" of it.
Limits are the platforms' own, in seconds that last ``SECOND_S``. A few chats are flooded (429
whatever comes), gone (403), or never answer.
"""

import asyncio
import gc
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from contracts.discord_server import FakeDiscord
from contracts.discord_things import CHANNEL, GUILD, channel, guild
from contracts.discord_things import Refusal as DiscordRefusal
from contracts.discord_things import limited as discord_limited
from contracts.telegram_server import Refusal, TelegramServer

NUMBER = re.compile(r"([\d,]+)\u2060?건 체결")
FLOODED, GONE, SILENT = 4, 4, 12
RETRY_AFTER_S = 20
"""Discord's, too: less than the client would rather not wait for."""
HOUR_S = 3600.0


class Tally:
    """When each chat got each alert, and every request's moment."""

    def __init__(self) -> None:
        self.got: list[tuple[str, int, float]] = []  # chat, number, when
        self.asked: list[float] = []
        self.silent: set[int] = set()

    async def request(self, chat: int) -> None:
        """Somebody wants to write there."""
        self.asked.append(time.monotonic())
        if chat in self.silent:
            await asyncio.sleep(HOUR_S)

    def taken(self, chat: int, text: str) -> None:
        """The chat has it."""
        if found := NUMBER.search(text):
            self.got.append((str(chat), int(found[1].replace(",", "")), time.monotonic()))


class Telegram(TelegramServer):
    """Counts."""

    tally: Tally

    async def _send_message(self, given: dict[str, Any]) -> dict[str, Any]:
        chat = int(given["chat_id"])
        await self.tally.request(chat)
        answer = await super()._send_message(given)
        self.tally.taken(chat, given["text"])
        return answer


class Discord(FakeDiscord):
    """Counts."""

    tally: Tally

    async def _create(self, request: Any, body: Any) -> Any:
        chat = int(request.match_info["channel"])
        await self.tally.request(chat)
        answer = await super()._create(request, body)
        self.tally.taken(chat, json.dumps(body, ensure_ascii=False))
        return answer


async def main() -> None:
    chats, channels, second_s = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    bad = FLOODED + GONE + SILENT
    discord = Discord(second_s=second_s)
    # Four hundred channels a server is what Discord allows at the most, with some to spare.
    discord.guilds[GUILD] = guild(GUILD, [channel(CHANNEL + n) for n in range(channels + bad)])
    async with discord.running(), Telegram(None, second_s=second_s) as telegram:
        telegram.tally, discord.tally = Tally(), Tally()
        ids = [1 + n for n in range(chats + bad)], [CHANNEL + n for n in range(channels + bad)]
        well: list[list[int]] = []
        for server, mine in zip((telegram, discord), ids, strict=True):
            step = max(1, len(mine) // bad)
            ill = mine[::step][:bad]  # all over the place
            well.append([chat for chat in mine if chat not in ill])
            server.tally.silent = set(ill[FLOODED + GONE :])
            for chat in mine if server is telegram else ():
                telegram.chat(chat)
            for number, chat in enumerate(ill[: FLOODED + GONE]):
                flooded = number < FLOODED
                if server is telegram:
                    words = f"Too Many Requests: retry after {RETRY_AFTER_S}"
                    telegram.chats[chat].refusal = (
                        Refusal(429, words, retry_after=RETRY_AFTER_S)
                        if flooded
                        else Refusal(403, "Forbidden: bot was blocked by the user")
                    )
                else:
                    discord.closed[chat] = (
                        discord_limited(RETRY_AFTER_S)
                        if flooded
                        else DiscordRefusal(403, 50001, "Missing Access")
                    )
        told = {
            "telegram": [telegram.token, telegram.url, ids[0], well[0]],
            "discord": [discord.token, discord.url, ids[1], well[1]],
        }
        gc.freeze()  # the contracts are large: looking through them stops everything for 50 ms
        print(json.dumps(told), flush=True)
        while asked := (await asyncio.to_thread(sys.stdin.readline)).strip():
            if asked == "how many":  # the whole of it takes a tenth of a second to write
                counts = {"telegram": len(telegram.tally.got), "discord": len(discord.tally.got)}
                print(json.dumps(counts), flush=True)
                continue
            refused = sum(
                count
                for path, count in discord.limited.items()
                if not any(f"/{chat}/" in path for chat in discord.closed)
            )
            print(
                json.dumps(
                    {
                        "telegram": [telegram.tally.got, telegram.tally.asked, telegram.floods],
                        "discord": [discord.tally.got, discord.tally.asked, refused],
                    }
                ),
                flush=True,
            )


if __name__ == "__main__":
    asyncio.run(main())
