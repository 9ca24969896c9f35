"""What people type and press on Discord, and who sees the answer."""

import asyncio
from typing import Any

import pytest
from busy_bot import busy
from contracts.discord_server import CALLBACK_S, EPHEMERAL, FakeDiscord, Interaction
from contracts.discord_things import (
    CHANNEL,
    DM,
    EMBED,
    GUILD,
    MANAGE_GUILD,
    POSTING,
    USER,
    VIEW,
    Refusal,
    channel,
    thread,
)
from discord_fakes import World, labels, texts, world
from drafts import Commented
from fakes import NOW_MS, large_trade

from bot.errors import UserError
from bot.model import Button, Chat, Message, short_ref

CHAT = Chat("discord", str(CHANNEL))
ADMIN = {"permissions": POSTING | MANAGE_GUILD}
DIRECT: dict[str, Any] = {"guild": None}


async def answered(discord: FakeDiscord, asked: Interaction) -> dict[str, Any]:
    """The message that a person sees as the answer."""
    await discord.until(lambda: asked.follow_ups or (asked.edited and not asked.deleted))
    message = asked.follow_ups[-1] if asked.follow_ups else asked.original
    assert message is not None
    return message


def hidden(message: dict[str, Any]) -> bool:
    """Whether only the asker sees it."""
    return bool(message["flags"] & EPHEMERAL)


# --- slash commands -------------------------------------------------------------------------------


async def test_a_command_is_acknowledged_at_once_and_its_answer_edited_in() -> None:
    async with world() as w, w.listening():
        w.held = asyncio.Event()
        asked = await w.discord.slash("help")
        await w.discord.until(lambda: asked.waiting)
        assert asked.acknowledged == 5 and not asked.hidden
        w.held.set()
        assert "고래봇" in texts(await answered(w.discord, asked))
        assert not hidden(await answered(w.discord, asked))


async def test_options_become_the_words_after_the_command_in_its_own_order() -> None:
    async with world() as w, w.listening():
        asked = await w.discord.slash("mute", {"symbol": "비트코인", "duration": "2시간"}, **ADMIN)
        await answered(w.discord, asked)
        (request,) = w.asked
        assert request.text == "/mute 2시간 비트코인"
        assert (request.chat, request.user) == (CHAT, str(USER))
        assert request.admin and not request.private


@pytest.mark.parametrize(
    ("name", "korean", "own"), [("explain", "설명", False), ("why", "왜 왔나요?", True)]
)
async def test_a_command_in_the_menu_of_a_message_is_about_that_message(
    name: str, korean: str, own: bool
) -> None:
    async with world() as w, w.listening() as platform:
        (menu,) = (c for c in w.discord.commands if (c["type"], c["name"]) == (3, name))
        assert menu["name_localizations"] == {"ko": korean}
        assert not menu.get("default_member_permissions"), "whoever reads may ask"
        shown = await posted(w, platform)
        stored = large_trade("BTCUSDT", "buy", 150_000, NOW_MS)
        w.bot.journal.stored = [stored]
        w.bot.tick("BTCUSDT", 100.0, NOW_MS)
        w.bot.casebook.messages[CHAT, shown["id"]] = short_ref(stored.alert.id)
        asked = await w.discord.choose(shown, name)
        message = await answered(w.discord, asked)
        assert (w.asked[-1].text, w.asked[-1].reply_to) == (f"/{name}", shown["id"])
        assert asked.hidden is own and hidden(message) is own and not asked.deleted
        assert "비트코인(BTCUSDT)" in texts(message) and "150,000" not in texts(message)
        assert message["components"], "its buttons lead on"


async def test_a_menu_on_a_message_that_tells_of_no_alert_says_so_to_the_asker_alone() -> None:
    async with world() as w, w.listening():
        shown = await answered(w.discord, await w.discord.slash("price", {"symbol": "BTC"}))
        for name in ("explain", "why"):
            message = await answered(w.discord, await w.discord.choose(shown, name))
            assert hidden(message) and "/why BTC" in texts(message).replace("/explain", "/why")


async def test_settings_are_hidden_from_the_start() -> None:
    async with world() as w, w.listening():
        asked = await w.discord.slash("subscribe", {"symbols": "BTC"}, **ADMIN)
        message = await answered(w.discord, asked)
        assert asked.hidden and hidden(message)
        state = await w.bot.subscriptions.chat(CHAT)
        assert [s.symbol for s in state.subscriptions] == ["BTCUSDT"]


async def test_bad_input_is_answered_to_the_asker_alone_and_leaves_nothing_behind() -> None:
    async with world() as w, w.listening():
        asked = await w.discord.slash("price", {"symbol": "없는코인"})
        message = await answered(w.discord, asked)
        assert hidden(message) and asked.deleted
        assert "예:" in texts(message)


async def test_what_is_for_the_asker_alone_is_hidden_from_the_start() -> None:
    async with world() as w, w.listening():
        asked = await w.discord.slash("alerts")
        message = await answered(w.discord, asked)
        assert asked.hidden and hidden(message) and not asked.deleted


async def test_who_may_not_manage_the_server_may_not_change_its_alerts() -> None:
    async with world() as w, w.listening():
        asked = await w.discord.slash("subscribe", {"symbols": "BTC"})
        message = await answered(w.discord, asked)
        assert "관리자" in texts(message) and hidden(message)
        assert (await w.bot.subscriptions.chat(CHAT)).subscriptions == ()


async def test_in_a_direct_message_everything_is_allowed_and_nothing_hidden() -> None:
    async with world() as w, w.listening():
        asked = await w.discord.slash("subscribe", {"symbols": "BTC"}, **DIRECT)
        assert not hidden(await answered(w.discord, asked))
        (request,) = w.asked
        assert request.chat == Chat("discord", str(DM)) and request.admin and request.private


async def test_in_a_thread_the_thread_is_the_topic_of_its_channel() -> None:
    async with world() as w:
        place = thread(CHANNEL + 3, CHANNEL)
        w.discord.guilds[GUILD]["threads"].append(place)
        async with w.listening():
            asked = await w.discord.slash("subscribe", {"symbols": "BTC"}, channel=place, **ADMIN)
            await answered(w.discord, asked)
            assert w.asked[0].chat == Chat("discord", str(CHANNEL), str(CHANNEL + 3))


async def test_a_thread_that_the_bot_has_not_seen_yet_is_known_by_what_discord_says_of_it() -> None:
    async with world() as w, w.listening():
        asked = await w.discord.slash("help", channel=thread(CHANNEL + 4, CHANNEL))
        await answered(w.discord, asked)
        assert w.asked[0].chat == Chat("discord", str(CHANNEL), str(CHANNEL + 4))


@pytest.mark.parametrize(
    "where",
    [
        {"guild": GUILD + 1, "channel": channel(CHANNEL + 9), "owners": {"1": str(USER)}, **ADMIN},
        {"guild": None, "channel": {"id": "1", "type": 3, "recipients": []}, "context": 2},
    ],
)
async def test_no_alerts_are_promised_where_the_bot_cannot_post(where: dict[str, Any]) -> None:
    """A server it was not invited to, or a conversation of others: it answers, and that is all."""
    async with world() as w, w.listening():
        asked = await w.discord.slash("subscribe", {"symbols": "BTC"}, **where)
        message = await answered(w.discord, asked)
        assert "알림을 보낼 수 없습니다" in texts(message) and hidden(message)
        assert w.asked == []
        asked = await w.discord.slash("help", **where)
        assert "고래봇" in texts(await answered(w.discord, asked))


async def test_missing_rights_are_named_when_alerts_are_subscribed() -> None:
    async with world() as w, w.listening():
        asked = await w.discord.slash(
            "subscribe", {"symbols": "BTC"}, app_permissions=VIEW, **ADMIN
        )
        said = texts(await answered(w.discord, asked))
        assert "메시지 보내기, 링크 첨부" in said and "스레드" not in said
        assert "알림을 보내지 못합니다" in said


async def test_without_the_right_to_embed_alone_a_subscriber_learns_that_text_comes() -> None:
    async with world() as w, w.listening():
        asked = await w.discord.slash(
            "subscribe", {"symbols": "BTC"}, app_permissions=POSTING & ~EMBED, **ADMIN
        )
        said = texts(await answered(w.discord, asked))
        assert "알림을 글로만 보냅니다" in said and "링크 첨부" in said


async def test_a_command_that_is_no_more_is_answered() -> None:
    async with world() as w, w.listening():
        asked = await w.discord.slash("oldone", stale=True)
        await w.discord.until(lambda: asked.acknowledged == 4)
        assert asked.original is not None and "/help" in texts(asked.original)
        assert asked.hidden


async def test_whatever_goes_wrong_the_asker_gets_a_line() -> None:
    async with world() as w, w.listening():
        w.answers["/help"] = RuntimeError("broken")
        asked = await w.discord.slash("help")
        message = await answered(w.discord, asked)
        assert "문제가 생겼습니다" in texts(message) and hidden(message)
        w.answers["/help"] = UserError("그런 명령은 없습니다. 예: /help")
        asked = await w.discord.slash("help")
        assert "예: /help" in texts(await answered(w.discord, asked))


async def test_who_asks_too_much_at_once_is_told_so() -> None:
    async with world() as w, w.listening():
        w.held = asyncio.Event()
        waiting = [await w.discord.slash("help") for _ in range(4)]
        refused = await w.discord.slash("help")
        await w.discord.until(lambda: refused.acknowledged == 4)
        other = await w.discord.slash("help", user=USER + 1)
        await w.discord.until(lambda: other.waiting)
        w.held.set()
        for asked in (*waiting, other):
            await answered(w.discord, asked)
        again = await w.discord.slash("help")
        await answered(w.discord, again)


async def test_an_acknowledgement_that_comes_too_late_harms_nobody_else() -> None:
    async with world() as w, w.listening():
        asked = await w.discord.slash("help")
        asked.at_s -= CALLBACK_S + 1
        await w.discord.until(lambda: "callback" in w.discord.requests[-1][1])
        assert asked.acknowledged is None
        again = await w.discord.slash("help")
        await answered(w.discord, again)


async def test_an_answer_whose_form_discord_dislikes_comes_as_plain_text() -> None:
    async with world() as w, w.listening():
        w.discord.refuse("PATCH", "@original", Refusal(400, 50035, "Invalid Form Body"))
        asked = await w.discord.slash("help")
        message = await answered(w.discord, asked)
        assert "고래봇" in message["content"] and message["embeds"] == []


async def test_answers_under_way_are_finished_before_the_end() -> None:
    async with world() as w:
        platform = w.platform()
        task = asyncio.create_task(platform.listen(w.answer))
        await w.discord.until(lambda: w.discord.commands)
        await asyncio.wait_for(platform.ready.wait(), 10.0)
        w.held = asyncio.Event()
        asked = await w.discord.slash("help")
        await w.discord.until(lambda: asked.waiting)
        task.cancel()
        for _ in range(50):  # let it begin to end
            await asyncio.sleep(0)
        w.held.set()
        await asyncio.wait({task}, timeout=10.0)
        assert task.cancelled() and asked.edited


# --- buttons --------------------------------------------------------------------------------------


async def posted(w: World, platform: Any, *buttons: Button) -> dict[str, Any]:
    """An alert in the channel."""
    await platform.send(CHAT, Message("🐳 큰 매수", buttons=(buttons,), key="alert"))
    return w.discord.in_channel()[-1]


async def test_a_button_under_an_alert_answers_who_pressed_it_and_leaves_the_alert_alone() -> None:
    async with world() as w, w.listening() as platform:
        alert = await posted(w, platform, Button("❓ 도움말", "/help"))
        pressed = await w.discord.press(alert, "❓ 도움말")
        message = await answered(w.discord, pressed)
        assert pressed.acknowledged == 6
        assert hidden(message) and "고래봇" in texts(message)
        assert w.asked[-1].text == "/help"
        assert texts(w.discord.in_channel()[-1]) == texts(alert)


async def test_rights_are_checked_when_a_button_is_pressed() -> None:
    async with world() as w, w.listening() as platform:
        alert = await posted(w, platform, Button("🔕 1시간", "/mute 1시간 BTCUSDT"))
        pressed = await w.discord.press(alert, "🔕 1시간")
        assert "관리자" in texts(await answered(w.discord, pressed))
        assert not (await w.bot.subscriptions.chat(CHAT)).muted
        pressed = await w.discord.press(alert, "🔕 1시간", **ADMIN)
        await answered(w.discord, pressed)
        assert "BTCUSDT" in (await w.bot.subscriptions.chat(CHAT)).muted


async def test_buttons_work_after_a_restart() -> None:
    async with world() as w:
        async with w.listening() as platform:
            alert = await posted(w, platform, Button("❓ 도움말", "/help"))
        async with w.listening():
            pressed = await w.discord.press(alert, "❓ 도움말")
            await answered(w.discord, pressed)


async def test_a_refresh_button_edits_the_answer_that_it_stands_under() -> None:
    async with world() as w, w.listening():
        w.answers["/movers"] = Message("첫째", buttons=((Button("🔄", "/movers"),),))
        asked = await w.discord.slash("movers")
        shown = await answered(w.discord, asked)
        w.answers["/movers"] = Message("둘째", buttons=((Button("🔄", "/movers"),),))
        pressed = await w.discord.press(shown, "🔄")
        await w.discord.until(lambda: pressed.edited)
        assert pressed.follow_ups == [] and pressed.original is not None
        assert pressed.original["id"] == shown["id"]
        assert texts(pressed.original) == "둘째" and labels(pressed.original) == ["🔄"]


async def test_what_everybody_sees_is_never_replaced_by_an_answer_for_one() -> None:
    async with world() as w, w.listening():
        w.answers["/movers"] = Message("첫째", buttons=((Button("🔄", "/movers"),),))
        shown = await answered(w.discord, await w.discord.slash("movers"))
        w.answers["/movers"] = Message("지금은 안 됩니다.", tone="error", private=True)
        pressed = await w.discord.press(shown, "🔄")
        assert hidden(await answered(w.discord, pressed))
        assert not pressed.edited


async def test_a_panel_of_ones_own_is_replaced_by_what_comes_of_a_choice() -> None:
    async with world() as w, w.listening():
        panel = await answered(w.discord, await w.discord.slash("mute", **ADMIN))
        assert "🔕 1시간" in labels(panel)
        pressed = await w.discord.press(panel, "🔕 1시간", **ADMIN)
        await w.discord.until(lambda: pressed.edited)
        assert pressed.original is not None and pressed.original["id"] == panel["id"]
        assert "🔕 1시간" not in labels(pressed.original)


async def test_in_a_direct_message_a_button_is_answered_openly() -> None:
    async with world() as w, w.listening() as platform:
        await platform.send(
            Chat("discord", str(DM)), Message("알림", buttons=((Button("❓", "/help"),),))
        )
        alert = w.discord.in_channel(DM)[-1]
        pressed = await w.discord.press(alert, "❓", **DIRECT)
        assert not hidden(await answered(w.discord, pressed))


# --- completion -----------------------------------------------------------------------------------


async def offered(w: World, name: str, option: str, text: str) -> list[tuple[str, str]]:
    """What Discord offers, (shown, value)."""
    typing = await w.discord.typing(name, option, text)
    await w.discord.until(lambda: typing.choices is not None)
    return [(choice["name"], choice["value"]) for choice in typing.choices or ()]


@pytest.mark.parametrize(
    ("typed", "first"),
    [("비트", "BTCUSDT"), ("btc", "BTCUSDT"), ("ㅇㄷㄹㅇ", "ETHUSDT"), ("이더", "ETHUSDT")],
)
async def test_symbols_are_completed_from_tickers_and_korean_names(typed: str, first: str) -> None:
    async with world() as w, w.listening():
        choices = await offered(w, "price", "symbol", typed)
        assert choices[0][1] == first and first in choices[0][0] and "(" in choices[0][0]


@pytest.mark.parametrize(
    ("name", "option"), [("mute", "duration"), ("settings", "change"), ("price", "symbol")]
)
async def test_the_longest_that_can_be_typed_is_completed_with_nothing(
    name: str, option: str
) -> None:
    async with world() as w, w.listening():
        assert await offered(w, name, option, "9" * 6_000) == []


async def test_nothing_typed_offers_the_most_traded_and_never_more_than_25() -> None:
    async with world() as w, w.listening():
        assert 0 < len(await offered(w, "price", "symbol", "")) <= 25
        assert await offered(w, "price", "symbol", "zzzzzz") == []


async def test_several_symbols_are_completed_one_after_another() -> None:
    async with world() as w, w.listening():
        assert (await offered(w, "subscribe", "symbols", ""))[0] == ("전체 (모든 종목)", "all")
        choices = await offered(w, "subscribe", "symbols", "BTC, 이더")
        assert choices[0] == ("BTC 이더리움(ETHUSDT)", "BTC ETHUSDT")


async def test_kinds_are_completed_in_korean() -> None:
    async with world() as w, w.listening():
        for typed in ("대량", "고래", "whale"):
            assert await offered(w, "subscribe", "kinds", typed) == [("대량 체결", "large_trade")]
        rest = await offered(w, "subscribe", "kinds", "large_trade ")
        assert [value for _, value in rest] == ["large_trade price_jump", "large_trade spread"]


async def test_durations_and_commands_are_completed() -> None:
    async with world() as w, w.listening():
        assert ("1시간", "1시간") in await offered(w, "mute", "duration", "")
        numbered = await offered(w, "mute", "duration", "45")
        assert [value for _, value in numbered] == ["45분", "45시간", "45일"]
        assert await offered(w, "help", "command", "스프") == [("/spread · 스프레드", "spread")]


async def test_completions_that_are_taken_are_understood() -> None:
    async with world() as w, w.listening():
        for text in ("BTC, 이더", "all"):
            choice = (await offered(w, "subscribe", "symbols", text))[0][1]
            asked = await w.discord.slash("subscribe", {"symbols": choice}, **ADMIN)
            message = await answered(w.discord, asked)
            assert message["embeds"][0]["color"] != 0xF5A623, texts(message)


@pytest.mark.parametrize(
    ("name", "option", "beside"),
    [
        ("chart", "interval", {"symbol": "BTC"}),
        ("schedule", "when", {}),
        ("settings", "change", {}),
        ("mute", "duration", {}),
        ("target", "price", {"symbol": "BTC"}),
        ("target", "duration", {"symbol": "BTC", "price": "+5%"}),
        ("help", "command", {}),
        ("explain", "symbol", {}),
    ],
)
async def test_all_that_is_offered_works_when_taken(
    name: str, option: str, beside: dict[str, str]
) -> None:
    async with world() as w:
        w.bot = busy()
        async with w.listening():
            choices = await offered(w, name, option, "")
            assert choices
            for shown, value in choices:
                asked = await w.discord.slash(name, {**beside, option: value}, **ADMIN)
                message = await answered(w.discord, asked)
                colour = message["embeds"][0].get("color")
                assert colour != 0xF5A623, (shown, texts(message))


# --- answers that a comment follows ---------------------------------------------------------------


async def test_a_comment_is_edited_into_the_answer_when_it_comes() -> None:
    async with world() as w, w.listening():
        w.commented = Commented()
        asked = await w.discord.slash("movers")
        shown = await answered(w.discord, asked)
        assert "plain 1" in texts(shown)
        w.commented.release(1)
        await w.discord.until(lambda: asked.original and "AI 1" in texts(asked.original))
        assert asked.follow_ups == []


async def test_a_comment_reaches_the_hidden_answer_to_a_press_too() -> None:
    async with world() as w, w.listening() as platform:
        await platform.send(CHAT, Message("알림", buttons=((Button("↔️", "/spread BTC"),),)))
        alert = w.discord.in_channel(CHANNEL)[-1]
        w.commented = Commented()
        pressed = await w.discord.press(alert, "↔️")
        assert "plain 1" in texts(await answered(w.discord, pressed))
        w.commented.release(1)
        await w.discord.until(lambda: "AI 1" in texts(pressed.follow_ups[-1]))


async def test_a_comment_never_replaces_a_newer_answer() -> None:
    async with world() as w, w.listening():
        w.commented = Commented()
        asked = await w.discord.slash("movers")
        shown = await answered(w.discord, asked)
        pressed = await w.discord.press(shown, "🔄")
        await w.discord.until(lambda: pressed.edited)
        w.commented.release(1)
        w.commented.release(2)
        await w.discord.until(lambda: pressed.original and "AI 2" in texts(pressed.original))
        again = await w.discord.slash("whales")
        await answered(w.discord, again)
        assert asked.original is not None and "AI 2" in texts(asked.original)
        w.commented.release(3)
