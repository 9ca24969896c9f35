"""What a refusal of Discord's means: the channel is gone, or this message, or nothing for long."""

import pytest
from contracts.discord_things import CHANNEL, Refusal
from discord_fakes import texts, world

from bot.errors import ChatGone, MessageRefused, PlatformError, RetryLater
from bot.model import Chat, Message

CHAT = Chat("discord", str(CHANNEL))
ALERT = Message("🐳 대량 매수", lines=("118.2 BTC",), key="a:1")
EXPLAINED = Message("🐳 대량 매수", lines=("118.2 BTC", "설명"), key="a:1")
NEXT = Message("다음 소식", key="a:2")

BANNED = Refusal(403, 40007, "The user is banned from this guild")
STRANGER = Refusal(403, 50278, "Cannot send messages to this user due to having no mutual guilds")
OTHERS_MESSAGE = Refusal(403, 50005, "Cannot edit a message authored by another user")
BLOCKED = Refusal(403, 200000, "Message was blocked by automatic moderation")
OF_A_NEW_KIND = Refusal(403, 987654, "Something that nobody has heard of")
SWITCHED_OFF = Refusal(403, 40004, "Send messages has been temporarily disabled")
CLOUDFLARE = Refusal(403, 40333, "internal network error")

MEANT = [
    (BANNED, ChatGone),
    (STRANGER, ChatGone),
    (BLOCKED, MessageRefused),
    (OF_A_NEW_KIND, MessageRefused),
    (SWITCHED_OFF, RetryLater),
    (CLOUDFLARE, RetryLater),
]


@pytest.mark.parametrize("refusal, error", MEANT)
async def test_a_refusal_of_a_new_message_pauses_the_chat_only_if_that_is_gone(
    refusal: Refusal, error: type[PlatformError]
) -> None:
    async with world() as w, w.listening() as platform:
        w.discord.refuse("POST", "/messages", refusal)
        with pytest.raises(error):
            await platform.send(CHAT, ALERT)
        await platform.send(CHAT, NEXT)


@pytest.mark.parametrize("refusal, error", MEANT)
async def test_a_refusal_of_an_edit_pauses_the_chat_only_if_that_is_gone(
    refusal: Refusal, error: type[PlatformError]
) -> None:
    async with world() as w, w.listening() as platform:
        sent = await platform.send(CHAT, ALERT)
        w.discord.refuse("PATCH", "/messages/", refusal)
        with pytest.raises(error):
            await platform.edit(sent, EXPLAINED)


async def test_what_the_bot_of_another_token_wrote_stays_as_it_is_and_the_chat_lives_on() -> None:
    async with world() as w, w.listening() as platform:
        sent = await platform.send(CHAT, ALERT)
        w.discord.refuse("PATCH", "/messages/", OTHERS_MESSAGE)
        await platform.edit(sent, EXPLAINED)
        await platform.send(CHAT, NEXT)
        kept, followed = (texts(message) for message in w.discord.in_channel())
        assert "설명" not in kept and "다음 소식" in followed
