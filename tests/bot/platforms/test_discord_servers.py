"""What channels and threads of Discord go through: rights lost and given back, locks, deletion."""

import pytest
from contracts.discord_server import FakeDiscord
from contracts.discord_things import (
    CHANNEL,
    EMBED,
    GUILD,
    POSTING,
    SEND,
    VIEW,
    Refusal,
    channel,
    thread,
)
from discord_fakes import World, labels, texts, world
from pictures import png

from bot.album import Album
from bot.compose_welcome import BACK
from bot.errors import ChatGone, MessageRefused
from bot.model import Button, Chat, Message, Sent
from bot.platforms.discord import DiscordPlatform

CHAT = Chat("discord", str(CHANNEL))
OTHER = CHANNEL + 1
THREAD = CHANNEL + 3
IN_THREAD = Chat("discord", str(CHANNEL), str(THREAD))
ALERT = Message(
    "🐳 대량 매수", lines=("118.2 BTC",), buttons=((Button("📊", "/price BTCUSDT"),),), key="a:1"
)


async def gone(w: World, platform: DiscordPlatform, chat: Chat) -> None:
    """A message cannot be sent, and the sender pauses the chat."""
    with pytest.raises(ChatGone):
        await platform.send(chat, ALERT)
    await w.lobby.left(chat)


def heads(discord: FakeDiscord, number: int) -> list[str]:
    return [texts(message) for message in discord.in_channel(number)]


async def test_without_the_right_to_embed_words_come_as_text_and_the_first_tells_why() -> None:
    async with world() as w:
        w.discord.guilds[GUILD]["channels"] = [channel(CHANNEL, deny=EMBED)]
        async with w.listening() as platform:
            sent = await platform.send(CHAT, ALERT)
            await platform.send(CHAT, Message("둘", lines=("줄",)))
            await platform.edit(sent, Message("🐳 대량 매수", lines=("진정됨",)))
            first, second = w.discord.in_channel()
            assert first["embeds"] == second["embeds"] == []
            assert "진정됨" in first["content"] and "줄" in second["content"]
            assert "‘링크 첨부’" in first["content"]  # an edit does not take the reason away
            assert "‘링크 첨부’" not in second["content"]
            posts = [b for b in w.discord.bodies if b and "nonce" in b]
            assert "‘링크 첨부’" in posts[0]["content"] and "118.2\u00a0BTC" in posts[0]["content"]
            assert labels(second) == [] and posts[0]["components"]
            await w.discord.permit(GUILD, CHANNEL)
            asked = await w.discord.slash("help")  # what was told before is known by now
            await w.discord.until(lambda: asked.edited)
            await platform.send(CHAT, Message("셋", lines=("줄",)))
            assert w.discord.in_channel()[-1]["embeds"]


@pytest.mark.parametrize(
    ("deny", "missing"), [(SEND, "메시지 보내기"), (VIEW, "채널 보기"), (SEND | EMBED, "링크 첨부")]
)
async def test_lost_rights_are_named_once_where_the_bot_may_write(deny: int, missing: str) -> None:
    async with world() as w:
        w.discord.guilds[GUILD]["channels"] += [channel(OTHER)]
        async with w.listening() as platform:
            await w.discord.permit(GUILD, CHANNEL, deny=deny)
            await gone(w, platform, CHAT)
            (told,) = heads(w.discord, OTHER)
            assert "글을 쓸 수 없어" in told and missing in told
            assert ("시세" in told) is not (deny == VIEW)  # a hidden channel's name stays hidden
            await w.discord.permit(GUILD, CHANNEL)
            await w.lobby.until_paused(set())
            await w.discord.until(lambda: heads(w.discord, CHANNEL))
            assert BACK.head in heads(w.discord, CHANNEL)[0]


async def test_without_the_right_to_embed_a_picture_is_attached_to_the_words() -> None:
    album = Album(now_ms=lambda: 0)
    chart = Message("📈 차트", lines=("줄",), picture=album.add(png(shade=1), "그림"))
    async with world() as w:
        w.discord.guilds[GUILD]["channels"] = [channel(CHANNEL, deny=EMBED)]
        async with w.listening(album=album) as platform:
            await platform.send(CHAT, chart)
            (posted,) = w.discord.in_channel()
            assert posted["embeds"] == [] and "줄" in posted["content"]
            assert w.discord.uploads[posted["attachments"][0]["url"]] == png(shade=1)


async def test_without_the_rights_to_embed_and_to_attach_the_words_tell_of_both() -> None:
    album = Album(now_ms=lambda: 0)
    chart = Message("📈 차트", lines=("줄",), picture=album.add(png(shade=1), "그림"))
    async with world() as w:
        w.discord.guilds[GUILD]["channels"] = [channel(CHANNEL, deny=EMBED)]
        w.discord.no_files.add(CHANNEL)
        async with w.listening(album=album) as platform:
            await platform.send(CHAT, chart)
            await platform.send(CHAT, chart)
            first, second = (message["content"] for message in w.discord.in_channel())
            assert "링크 첨부" in first and "파일 첨부" in first and "줄" in first
            assert "링크 첨부" not in second and "파일 첨부" not in second and "줄" in second


async def test_rights_given_back_while_the_bot_was_away_are_found() -> None:
    async with world() as w:
        await w.lobby.left(CHAT)
        # With no time at all to settle, discord.py tells nothing of servers listed at the start.
        async with w.listening(settle_s=0.05):
            await w.lobby.until_paused(set())
            await w.discord.until(w.discord.in_channel)
            assert BACK.head in heads(w.discord, CHANNEL)[0]


@pytest.mark.parametrize("rights", [POSTING, POSTING & ~EMBED])
async def test_a_command_in_a_channel_lets_its_alerts_go_on_though_only_as_text(
    rights: int,
) -> None:
    async with world() as w, w.listening():
        await w.lobby.left(CHAT)
        await w.discord.slash("help", app_permissions=rights)
        await w.lobby.until_paused(set())


@pytest.mark.parametrize("how", ["everybody", "a role of its own"])
async def test_rights_that_come_with_a_role_let_alerts_go_on(how: str) -> None:
    async with world() as w:
        w.discord.guilds[GUILD]["roles"][0]["permissions"] = str(POSTING & ~SEND)
        async with w.listening() as platform:
            await gone(w, platform, CHAT)
            if how == "everybody":
                await w.discord.change_role(GUILD, POSTING)
            else:
                await w.discord.give_role(GUILD, SEND)
            await w.lobby.until_paused(set())
            await w.discord.until(w.discord.in_channel)
            assert BACK.head in heads(w.discord, CHANNEL)[0]


async def test_a_command_where_the_bot_may_write_lets_alerts_go_on() -> None:
    async with world() as w, w.listening():
        dm = Chat("discord", str(int(CHANNEL) + 67))
        await w.lobby.left(dm)
        await w.discord.slash("help", guild=None, channel={"id": dm.id})
        await w.lobby.until_paused(set())


@pytest.mark.parametrize("archived", [False, True])
async def test_a_locked_thread_is_told_of_in_its_channel_and_goes_on_when_unlocked(
    archived: bool,
) -> None:
    async with world() as w:
        w.discord.guilds[GUILD]["threads"].append(thread(THREAD, CHANNEL))
        async with w.listening() as platform:
            await w.discord.lock(GUILD, THREAD, archived=archived)
            await gone(w, platform, IN_THREAD)
            (told,) = heads(w.discord, CHANNEL)
            assert "스레드" in told and "글을 쓸 수 없어" in told
            assert w.lobby.away == {IN_THREAD}
            await w.discord.lock(GUILD, THREAD, locked=False)
            await w.lobby.until_paused(set())
            await platform.send(IN_THREAD, ALERT)


async def test_the_name_of_a_private_thread_stays_in_it() -> None:
    async with world() as w:
        secret = {**thread(THREAD, CHANNEL), "type": 12, "name": "비밀회의"}
        w.discord.guilds[GUILD]["threads"].append(secret)
        async with w.listening() as platform:
            await w.discord.lock(GUILD, THREAD)
            await gone(w, platform, IN_THREAD)
            (told,) = heads(w.discord, CHANNEL)
            assert "스레드" in told and "비밀회의" not in told


async def test_a_deleted_thread_is_told_of_in_its_channel() -> None:
    async with world() as w:
        w.discord.guilds[GUILD]["threads"].append(thread(THREAD, CHANNEL))
        async with w.listening() as platform:
            await w.discord.delete_thread(GUILD, THREAD)
            await gone(w, platform, IN_THREAD)
            assert "/subscribe" in heads(w.discord, CHANNEL)[0]


async def test_an_edit_in_an_archived_thread_is_given_up_and_the_thread_lives_on() -> None:
    async with world() as w:
        w.discord.guilds[GUILD]["threads"].append(thread(THREAD, CHANNEL))
        async with w.listening() as platform:
            sent = await platform.send(IN_THREAD, ALERT)
            archived = Refusal(400, 50083, "Thread is archived")
            w.discord.refuse("PATCH", "/messages/", archived)
            with pytest.raises(MessageRefused):
                await platform.edit(sent, ALERT)
            assert (await platform.send(IN_THREAD, Message("소식"))).chat == IN_THREAD


async def test_an_announcement_channel_is_a_channel() -> None:
    async with world() as w:
        w.discord.guilds[GUILD]["channels"] = [{**channel(CHANNEL), "type": 5}]
        async with w.listening() as platform:
            sent = await platform.send(CHAT, ALERT)
            assert sent == Sent(CHAT, w.discord.in_channel()[0]["id"])
