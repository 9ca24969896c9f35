"""The bot on a Discord that behaves, for the tests of the platform."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

from contracts.discord_server import FakeDiscord
from contracts.discord_spec import load_spec
from drafts import Commented
from fakes import Bot

from bot.answer import Answerer, catalog
from bot.compose_welcome import BACK, group_greeting
from bot.errors import BotError
from bot.korean import KIND_NAMES, display_name
from bot.model import Chat, Message, Request
from bot.platforms.discord import DiscordPlatform

GREETING = group_greeting(None)


class FakeLobby:
    """Implements bot.ports.Lobby as the store's does: greets a chat once, knows who is paused."""

    def __init__(self) -> None:
        self.greeted: set[Chat] = set()
        self.away: set[Chat] = set()
        self.changed = asyncio.Condition()
        self.broken = False

    async def joined(self, chat: Chat) -> Message | None:
        """The greeting, the first time."""
        first = chat not in self.greeted
        self.greeted.add(chat)
        self.away.discard(chat)
        await self._change()
        return GREETING if first else None

    async def left(self, chat: Chat) -> None:
        """Paused."""
        if self.broken:
            raise BotError("the database is locked")
        self.away.add(chat)
        await self._change()

    async def reachable(self, chat: Chat) -> Message | None:
        """Goes on; told if it had been paused."""
        back = chat in self.away
        self.away.discard(chat)
        await self._change()
        return BACK if back else None

    async def paused(self, platform: str) -> list[Chat]:
        """Who is paused."""
        return sorted(self.away)

    async def lost_topic(self, chat: Chat) -> bool:
        """Discord's threads are not replaced by their channel."""
        raise AssertionError("no topic is lost on Discord")

    async def found_topic(self, chat: Chat) -> None:
        """See above."""
        raise AssertionError("no topic is found on Discord")

    async def moved(self, chat: Chat, new_id: str) -> None:
        """Discord's channels keep their ids."""
        raise AssertionError("no chat moves on Discord")

    async def until_paused(self, chats: set[Chat]) -> None:
        """Wait until exactly these are paused."""
        async with asyncio.timeout(10.0), self.changed:
            await self.changed.wait_for(lambda: self.away == chats)

    async def _change(self) -> None:
        async with self.changed:
            self.changed.notify_all()


class World:
    """A fake Discord, the bot's commands over a small market, and what the platform remembers."""

    def __init__(self, *, shards: int = 1, second_s: float = 1.0) -> None:
        self.discord = FakeDiscord(load_spec(), shards=shards, second_s=second_s)
        self.bot = Bot()
        self.lobby = FakeLobby()
        self.meta: dict[str, str] = {}
        self.asked: list[Request] = []
        self.held: asyncio.Event | None = None
        """While it is not set, no answer comes."""
        self.answers: dict[str, Message | Exception] = {}
        """What is answered instead of what the bot would say, by text."""
        self.commented: Commented | None = None
        """Who answers instead, if anybody."""

    async def answer(self, request: Request) -> Message:
        """As the bot does."""
        self.asked.append(request)
        if self.held is not None:
            await self.held.wait()
        if self.commented is not None:
            return await self.commented(request)
        said = self.answers.get(request.text)
        if isinstance(said, Exception):
            raise said
        if said is not None:
            return said
        return await Answerer(self.bot.context, self.bot.commands)(request)

    def platform(self, token: str | None = None, **settings: Any) -> DiscordPlatform:
        """The platform, not listening yet."""

        async def get(key: str) -> str | None:
            return self.meta.get(key)

        async def put(key: str, value: str) -> None:
            self.meta[key] = value
            self.discord.tell()

        return DiscordPlatform(
            token or self.discord.token,
            **{
                "catalog": catalog(self.bot.commands),
                "directory": self.bot.directory,
                "lobby": self.lobby,
                "get_meta": get,
                "set_meta": put,
                "api_url": self.discord.url,
                "kinds": [(kind, KIND_NAMES[kind]) for kind in self.bot.kinds],
                "name_of": display_name,
                "backoff_s": (0.01,),
                "identify_pause_s": 0.0,
                "settle_s": 0.0,
                **settings,
            },
        )

    @contextlib.asynccontextmanager
    async def listening(self, **settings: Any) -> AsyncIterator[DiscordPlatform]:
        """The platform, connected and registered, until the end of the block."""
        platform = self.platform(**settings)
        task = asyncio.create_task(platform.listen(self.answer))
        ready = asyncio.create_task(platform.ready.wait())
        try:
            await asyncio.wait({task, ready}, timeout=10.0, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                await task
            assert ready.done(), "not connected in time"
            await self.discord.until(lambda: "discord:commands" in self.meta)
            yield platform
        finally:
            ready.cancel()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait_for(task, 10.0)


@contextlib.asynccontextmanager
async def world(*, shards: int = 1, second_s: float = 1.0) -> AsyncIterator[World]:
    """A world whose every request and answer must be as Discord's document says."""
    made = World(shards=shards, second_s=second_s)
    async with made.discord.running():
        yield made
    assert made.discord.violations == []


def texts(message: dict[str, Any]) -> str:
    """Everything that can be read in a message."""
    parts: Sequence[str] = [
        message["content"],
        *(embed.get("title", "") for embed in message["embeds"]),
        *(embed.get("description", "") for embed in message["embeds"]),
        *(embed.get("footer", {}).get("text", "") for embed in message["embeds"]),
    ]
    return "\n".join(part for part in parts if part)


def labels(message: dict[str, Any]) -> list[str]:
    """The buttons of a message."""
    return [button["label"] for row in message["components"] for button in row["components"]]
