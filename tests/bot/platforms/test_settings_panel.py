"""The settings panel on Telegram and Discord: edited in place, working after a restart, with rights
looked at on every press."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import fakes
import msgspec
import pytest
from contracts.discord_server import FakeDiscord, Interaction
from contracts.discord_things import CHANNEL, MANAGE_GUILD, POSTING
from contracts.telegram_server import TelegramServer
from contracts.telegram_spec import load_spec
from discord_fakes import labels, texts, world

from bot.answer import Answerer, catalog
from bot.compose_welcome import group_greeting
from bot.lobby import StoreLobby
from bot.model import Chat, ChatSettings
from bot.platforms.telegram import TelegramPlatform
from bot.platforms.telegram_pace import Pace, Pacing
from bot.store import Store, open_store
from bot.typed import is_command

DEADLINE_S = 10.0
FAST = Pacing(second_s=0.02, chat_gap_s=0.02, minute_s=1.0)
"""The server's seconds are a hundredth of a second long."""

MEMBER, ADMIN = 7, 8
DISCORD = Chat("discord", str(CHANNEL))
MANAGER = {"permissions": POSTING | MANAGE_GUILD}


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite://", clock=lambda: fakes.NOW_MS) as opened:
        yield opened


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(load_spec(), second_s=0.01) as opened:
        yield opened
        assert opened.problems == []


@asynccontextmanager
async def telegram(server: TelegramServer, store: Store) -> AsyncIterator[None]:
    """The bot on Telegram over this store, from its start to its end."""
    bot = fakes.Bot()
    bot.subscriptions = store  # type: ignore[assignment]
    answer = Answerer(msgspec.structs.replace(bot.context, preferences=store.preferences))
    platform = TelegramPlatform(
        server.token,
        api_url=server.url,
        catalog=catalog(),
        is_command=is_command,
        lobby=StoreLobby(store, group_greeting(None)),
        pace=Pace(FAST),
        poll_s=1.0,
        backoff_s=(0.01,),
    )
    async with asyncio.timeout(DEADLINE_S):
        listening = asyncio.create_task(platform.listen(answer))
        try:
            await server.until(lambda: server.polled or listening.done())
            yield
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


def data(shown: dict[str, Any]) -> list[str]:
    """The commands that a message's buttons carry."""
    rows = shown.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row]


async def test_on_telegram_one_message_is_every_panel_even_after_a_restart(
    server: TelegramServer, store: Store
) -> None:
    chat = server.chat(MEMBER, "private", "사람")
    me = Chat("telegram", str(MEMBER))
    async with telegram(server, store):
        server.say(chat, "/settings")
        await server.until(lambda: bool(chat.shown()))
        server.press(chat, chat.shown()[0], "/settings 방해금지")
        await server.until(lambda: chat.shown()[0]["text"].startswith("🌙 방해금지"))
    async with telegram(server, store):
        press = server.press(chat, chat.shown()[0], "/settings 방해금지 23:00-07:00")
        await server.until(lambda: "매일 23:00–07:00" in chat.shown()[0]["text"])
        assert press in server.acknowledged
        quiet = (await store.chat(me)).settings.quiet
        assert quiet is not None and (quiet.start, quiet.end) == ("23:00", "07:00")
        server.press(chat, chat.shown()[0], "/settings")
        await server.until(lambda: "⚙️ 이 채팅의 설정" in chat.shown()[0]["text"])
    assert len(chat.shown()) == 1
    assert "🌙 방해금지: 매일 23:00–07:00" in chat.shown()[0]["text"]
    assert all(len(command.encode()) <= 64 for command in data(chat.shown()[0]))


async def test_on_telegram_who_is_no_admin_any_more_changes_nothing(
    server: TelegramServer, store: Store
) -> None:
    chat = server.chat(-100500, "supergroup", "그룹")
    chat.members = {MEMBER: "member", ADMIN: "administrator"}
    group = Chat("telegram", "-100500")
    async with telegram(server, store):
        server.say(chat, "/settings 색", user=ADMIN)
        await server.until(lambda: bool(chat.shown()))
        press = server.press(chat, chat.shown()[0], "/settings 색 글로벌", user=MEMBER)
        await server.until(lambda: press in server.acknowledged)
        assert "관리자만" in server.acknowledged[press]["text"]
        assert (await store.chat(group)).settings == ChatSettings()
        server.press(chat, chat.shown()[0], "/settings 색 글로벌", user=ADMIN)
        await server.until(lambda: "글로벌로 바꿨습니다" in chat.shown()[0]["text"])
    assert (await store.chat(group)).settings == ChatSettings(colours="global")
    assert len(chat.shown()) == 1


async def seen(discord: FakeDiscord, asked: Interaction) -> dict[str, Any]:
    """The message that somebody sees as the answer."""
    await discord.until(lambda: asked.edited or bool(asked.follow_ups))
    message = asked.follow_ups[-1] if asked.follow_ups else asked.original
    assert message is not None
    return message


async def test_on_discord_the_panel_is_hidden_and_its_buttons_outlast_a_restart() -> None:
    async with world() as w:
        async with w.listening():
            panel = await seen(w.discord, await w.discord.slash("settings", **MANAGER))
            assert panel["flags"] & 64
            pressed = await w.discord.press(panel, "📏 기준", **MANAGER)
            thresholds = await seen(w.discord, pressed)
            assert thresholds["id"] == panel["id"]
        async with w.listening():
            pressed = await w.discord.press(thresholds, "급등·급락", **MANAGER)
            one = await seen(w.discord, pressed)
            pressed = await w.discord.press(one, "5% 이상", **MANAGER)
            done = await seen(w.discord, pressed)
            assert done["id"] == panel["id"]
            assert "급등·급락 기준: 5% 이상" in texts(done)
            back = await seen(w.discord, await w.discord.press(done, "⬅ 설정", **MANAGER))
            assert back["id"] == panel["id"] and labels(back) == labels(panel)


async def test_on_discord_rights_lost_since_are_noticed_at_the_press() -> None:
    async with world() as w, w.listening():
        panel = await seen(w.discord, await w.discord.slash("settings", **MANAGER))
        pressed = await w.discord.press(panel, "🤖 AI 설명 끄기", permissions=POSTING)
        await w.discord.until(lambda: pressed.edited or bool(pressed.follow_ups))
        assert (await w.bot.subscriptions.chat(DISCORD)).settings == ChatSettings()
        refused = pressed.follow_ups[-1] if pressed.follow_ups else pressed.original
        assert refused is not None and "관리자만" in texts(refused)


async def test_on_discord_settings_can_be_typed_with_completion() -> None:
    async with world() as w, w.listening():
        typing = await w.discord.typing("settings", "change", "방해")
        await w.discord.until(lambda: typing.choices is not None)
        assert "방해금지 23:00-07:00" in [choice["value"] for choice in typing.choices or ()]
        asked = await w.discord.slash("settings", {"change": "급등 5%"}, **MANAGER)
        assert "5% 이상" in texts(await seen(w.discord, asked))
