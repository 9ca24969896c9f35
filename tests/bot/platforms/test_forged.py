"""What a modified client can send, on every platform: it gets nobody more than their rights."""

import asyncio
from typing import Any

import msgspec
import pytest
from contracts.discord_things import MANAGE_GUILD, POSTING
from discord_fakes import texts
from discord_fakes import world as discord_world
from fakes import Bot, request
from hypothesis import given
from hypothesis import strategies as st
from test_discord_talk import CHAT, answered, posted
from test_telegram import ADMIN, ME, World, at, group, private, world  # noqa: F401 (the fixture)
from test_web import Visitor
from test_who_may_what import Asked
from web_fakes import World as WebWorld

from bot.answer import Answerer
from bot.commands import COMMANDS
from bot.model import Button, Chat, Message, Request

CHANGES = tuple(
    f"{prefix}{line}"
    for line in (
        "subscribe BTC",
        "unsubscribe all",
        "mute 1시간",
        "settings 급등 5%",
        "schedule 09:00",
        "target BTC +5%",
        "deletemydata",
        "cost",
    )
    for prefix in ("/", "/ ", "／", "/\u200b", "//")
)
"""What a member of a group may not do, and ways to write it that filters have overlooked."""
REFUSED = ("관리자만", "운영자만")


async def state(bot: Bot, chat: Chat) -> tuple[Any, ...]:
    """What of a chat can be changed."""
    kept = await bot.subscriptions.chat(chat)
    return kept, await bot.schedules.schedules(chat), await bot.targets.targets(chat)


# --- whatever the platform -----------------------------------------------------------------------


@given(
    st.sampled_from([name for name, command in COMMANDS.items() if command.who != "all"]),
    st.text(max_size=30),
    st.sampled_from(["/{} {}", "/{}@goraebot {}", "／{}　{}", "/ {} {}", "/{}\n{}", "{} {} 쪽=2"]),
    st.booleans(),
)
def test_no_words_or_signs_around_a_command_get_past_its_rights(
    name: str, words: str, form: str, korean: bool
) -> None:
    bot, command = Bot(), COMMANDS[name]
    called: list[Request] = []

    async def run(context: object, request: Request, words: object) -> Message:
        called.append(request)
        return Message("done")

    commands = {**COMMANDS, name: msgspec.structs.replace(command, run=run)}
    text = form.format(command.korean if korean else name, words)
    asked = request(text, admin=False, private=False, user="7", chat=Chat("telegram", "-100"))
    asyncio.run(Answerer(bot.context, commands, operators=["telegram:8"])(asked))
    assert called == []


# --- Telegram ------------------------------------------------------------------------------------


async def test_a_forged_press_of_a_member_changes_nothing_on_telegram(world: World) -> None:  # noqa: F811
    asked = Asked()
    chat = group(world)
    before = await state(asked.bot, at(chat))
    async with world.listening(asked):
        await world.telegram.send(at(chat), Message("알림", buttons=((Button("?", "/help"),),)))
        alert = chat.shown()[0]
        for data in (*CHANGES, "", "\0", "/" * 64, "가" * 21):
            press = world.server.press(chat, alert, data, user=ME, forged=True)
            await world.server.until(lambda press=press: press in world.server.acknowledged)  # type: ignore[misc]
            if data in CHANGES:
                assert any(word in asked.answers[-1].head for word in REFUSED), data
        assert await state(asked.bot, at(chat)) == before
        world.server.press(chat, alert, "/mute 1시간", user=ADMIN, forged=True)
        await world.server.until(lambda: asked.answers[-1].tone != "error")
    assert await state(asked.bot, at(chat)) != before


async def test_a_press_counts_for_the_chat_it_came_from_whatever_its_data_say(
    world: World,  # noqa: F811
) -> None:
    """Who administers one group forges a press there that was made for another."""
    asked = Asked()
    mine, other = group(world, -100500), group(world, -100600)
    mine.members = {ME: "creator"}
    before = await state(asked.bot, at(other))
    async with world.listening(asked):
        await world.telegram.send(at(mine), Message("알림", buttons=((Button("?", "/help"),),)))
        for data in (f"/mute 1시간 {other.id}", f"/subscribe BTC chat={other.id}", "/mute 1시간"):
            press = world.server.press(mine, mine.shown()[0], data, user=ME, forged=True)
            await world.server.until(lambda press=press: press in world.server.acknowledged)  # type: ignore[misc]
    assert await state(asked.bot, at(other)) == before
    assert await state(asked.bot, at(mine)) != before


async def test_nobody_presses_what_stands_in_somebody_elses_private_chat(
    world: World,  # noqa: F811
) -> None:
    asked = Asked()
    alone = private(world)
    before = await state(asked.bot, at(alone))
    async with world.listening(asked):
        await world.telegram.send(at(alone), Message("알림", buttons=((Button("?", "/help"),),)))
        press = world.server.press(alone, alone.shown()[0], "/mute 1시간", user=ADMIN, forged=True)
        await world.server.until(lambda: press in world.server.acknowledged)
        assert await state(asked.bot, at(alone)) == before
        world.server.press(alone, alone.shown()[0], "/mute 1시간", user=ME, forged=True)
        await world.server.until(lambda: bool(asked.answers))
    assert await state(asked.bot, at(alone)) != before


async def test_what_is_forwarded_edited_or_said_through_another_bot_is_no_command(
    world: World,  # noqa: F811
) -> None:
    asked = Asked()
    chat, alone = group(world), private(world)
    before = await state(asked.bot, at(chat)), await state(asked.bot, at(alone))
    async with world.listening(asked):
        said = world.server.say(chat, "안녕하세요", ADMIN)
        world.server.correct(chat, said, "/mute 1시간")  # by whoever may
        world.server.forward(chat, "/mute 1시간", ADMIN)
        world.server.forward(alone, "/mute 1시간")
        bot = {"id": 99, "is_bot": True, "first_name": "다른 봇", "username": "otherbot"}
        world.server.say(chat, "/mute 1시간", **{"from": bot})
        world.server.say(chat, "/mute@otherbot 1시간", ADMIN)
        channel = {"id": -100900, "type": "channel", "title": "다른 채널"}
        world.server.say(chat, "/mute 1시간", sender_chat=channel)
        world.server.say(chat, "/price BTC")
        await world.server.until(lambda: any("BTC" in (m.get("text") or "") for m in chat.shown()))
    after = await state(asked.bot, at(chat)), await state(asked.bot, at(alone))
    assert after == before
    heads = [answer.head for answer in asked.answers]
    assert len(heads) == 2 and "관리자만" in heads[0]  # the other channel's word, and the price


# --- Discord -------------------------------------------------------------------------------------


async def test_a_forged_press_of_a_member_changes_nothing_on_discord() -> None:
    asked = Asked()
    async with discord_world() as w:
        w.bot = asked.bot
        w.answer = asked  # type: ignore[method-assign, assignment]
        async with w.listening() as platform:
            alert = await posted(w, platform, Button("❓ 도움말", "/help"))
            before = await state(asked.bot, CHAT)
            for command in CHANGES:
                for origin in ("", "help", command.strip("/ ").split()[0]):
                    forged = await w.discord.forge(alert, f"gb:{origin}:{command}")
                    said = texts(await answered(w.discord, forged))
                    assert any(word in said for word in (*REFUSED, "알림을 보낼 수 없습니다")), said
            assert await state(asked.bot, CHAT) == before
            for custom_id in ("gb::", "gb:help", "gb:a:b:c", "xx:help:/mute 1시간", "가" * 100):
                await w.discord.forge(alert, custom_id)
            admin = {"permissions": POSTING | MANAGE_GUILD}
            await answered(w.discord, await w.discord.forge(alert, "gb::/mute 1시간", **admin))
            assert await state(asked.bot, CHAT) != before


async def test_a_replayed_interaction_is_acted_upon_once(caplog: pytest.LogCaptureFixture) -> None:
    async with discord_world() as w, w.listening():
        admin: dict[str, Any] = {"permissions": POSTING | MANAGE_GUILD}
        first = await w.discord.slash("subscribe", {"symbols": "BTC"}, **admin)
        await answered(w.discord, first)
        undone = await w.discord.slash("unsubscribe", {"symbols": "BTC"}, **admin)
        await answered(w.discord, undone)
        before = await w.bot.subscriptions.chat(CHAT)
        requests = len(w.asked)
        await w.discord.replay(first)
        await answered(w.discord, await w.discord.slash("help"))
        assert await w.bot.subscriptions.chat(CHAT) == before
        assert [request.text for request in w.asked[requests:]] == ["/help"]
    assert "40060), answered already: is another program running with this token?" in caplog.text


# --- the web page --------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["typed", "pressed", "quiet"])
async def test_on_the_web_page_a_visitor_changes_the_own_chat_alone(how: str) -> None:
    made, asked = WebWorld(), Asked()
    made.bot = asked  # type: ignore[assignment]
    async with (
        made.serving(made.platform()) as platform,
        Visitor(platform) as visitor,
        Visitor(platform) as other,
        other.page() as others_page,
    ):
        await others_page.ask("/subscribe BTC")
        victim = asked.requests[-1].chat
        before = await state(asked.bot, victim)
        async with visitor.page() as page:
            for text in ("/cost", "／cost", "/ cost", "비용", f"/unsubscribe all {victim.id}"):
                made.clock.now_s += 10.0
                bubble = await page.ask(text, how=how, label="❓")
                if "all" not in text:
                    assert "운영자만" in bubble["message"]["head"]
            made.clock.now_s += 10.0
            await page.ask("/mute 1시간", how=how, label="❓")
        assert asked.requests[-1].chat != victim
        assert await state(asked.bot, victim) == before


async def test_what_a_page_says_again_is_acted_upon_once() -> None:
    made, asked = WebWorld(), Asked()
    made.bot = asked  # type: ignore[assignment]
    async with (
        made.serving(made.platform()) as platform,
        Visitor(platform) as visitor,
        visitor.page() as page,
    ):
        await page.say("/subscribe BTC", "same-id")
        await page.say("/subscribe ETH", "same-id")
        await page.ask("/help")
        texts_asked = [request.text for request in asked.requests]
        assert texts_asked.count("/subscribe BTC") == 1 and "/subscribe ETH" not in texts_asked
