"""The platform against a Discord that behaves: signing in, posting, editing, joining, leaving."""

import asyncio
import logging
from base64 import b64encode

import pytest
from contracts import forward_proxy as proxy_things
from contracts.discord_server import SILENT, TOKEN
from contracts.discord_things import (
    CHANNEL,
    EMBED,
    GUILD,
    POSTING,
    SEND,
    Refusal,
    channel,
    guild,
    limited,
    thread,
)
from contracts.forward_proxy import ForwardProxy
from discord_fakes import GREETING, labels, texts, world
from yarl import URL

from bot.compose_welcome import BACK
from bot.errors import ChatGone, MessageRefused, RetryLater, SettingsError
from bot.model import Button, Chat, Message, Sent
from bot.platforms import discord_client
from bot.platforms.discord_client import COMMANDS_KEY
from bot.platforms.unbroken import joined

CHAT = Chat("discord", str(CHANNEL))
ALERT = Message(
    head="🐳 비트코인(BTCUSDT) 대량 매수 체결 · 1,234만 달러",
    lines=("118.2 BTC · 평균 104,402달러",),
    note="자동 설명입니다.",
    foot="※ 정보 제공용이며 투자 조언이 아닙니다.",
    buttons=((Button("📊 현재가", "/price BTCUSDT"),),),
    tone="up",
    key="large_trade:BTCUSDT:1",
)
EXPLAINED = Message(
    head=ALERT.head,
    lines=ALERT.lines,
    note="AI 설명입니다.",
    foot=ALERT.foot,
    buttons=ALERT.buttons,
    tone="up",
    key=ALERT.key,
)


# --- signing in -----------------------------------------------------------------------------------


async def test_it_signs_in_with_the_intent_for_servers_and_no_other() -> None:
    async with world() as w, w.listening() as platform:
        assert platform.problem == ""
        assert [session.intents for session in w.discord.gateway.connected] == [1]


async def test_rest_and_gateway_are_behind_the_environment_s_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with world() as w, ForwardProxy().running() as proxy:
        proxy.port = URL(w.discord.url).port or 0
        w.discord.gateway.url = "ws://gateway.invalid:2/gateway"
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with w.listening(api_url="http://discord.invalid:1/api/v10") as platform:
            await platform.send(CHAT, ALERT)
        assert set(proxy.asked) == {"GET discord.invalid:1", "GET gateway.invalid:2"}
        assert len(w.discord.in_channel()) == 1
        login = b64encode(f"{proxy_things.USER}:{proxy_things.PASSWORD}".encode()).decode()
        assert proxy.logins == {f"Basic {login}"}


async def test_a_proxy_that_refuses_is_named_without_its_password(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with world() as w, ForwardProxy().running() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        platform = w.platform(api_url="https://discord.invalid/api/v10")
        listening = asyncio.create_task(platform.listen(w.answer))
        async with asyncio.timeout(20.0):
            while "no connection to Discord (ClientHttpProxyError)" not in caplog.text:
                await asyncio.sleep(0.01)
        assert platform.problem == "unreachable"
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        assert set(proxy.asked) == {"CONNECT discord.invalid:443"}
    assert proxy_things.PASSWORD not in caplog.text


async def test_commands_are_registered_with_korean_names_and_descriptions() -> None:
    async with world() as w, w.listening():
        slash = [command for command in w.discord.commands if command["type"] == 1]
        commands = {command["name"]: command for command in slash}
        assert set(commands) == set(w.bot.commands)
        menus = [command for command in w.discord.commands if command["type"] == 3]
        assert {menu["name"]: menu["name_localizations"]["ko"] for menu in menus} == {
            "explain": "설명",
            "why": "왜 왔나요?",
        }
        spread = commands["spread"]
        assert spread["name_localizations"] == {"ko": "스프레드"}
        assert spread["description_localizations"]["ko"] == spread["description"]
        (option,) = spread["options"]
        assert option["name"] == "symbol" and option["name_localizations"] == {"ko": "심볼"}
        assert option["required"] and option["autocomplete"] and option["type"] == 3
        assert option["description_localizations"]["ko"] == "BTC, btcusdt, 비트코인"
        assert spread["contexts"] == [0, 1, 2] and spread["integration_types"] == [0, 1]
        # Settings: offered to who manages the server, and only where the bot can post by itself.
        assert commands["subscribe"]["default_member_permissions"] == str(1 << 5)
        assert commands["subscribe"]["contexts"] == [0, 1]


async def test_commands_are_registered_once_and_again_only_when_they_change() -> None:
    async with world() as w:
        for _ in range(2):
            async with w.listening():
                pass
        assert w.discord.syncs == 1
        del w.bot.commands["whales"]
        before = w.meta[COMMANDS_KEY]
        async with w.listening():
            await w.discord.until(lambda: w.discord.syncs == 2)
        assert w.meta[COMMANDS_KEY] != before
        assert "whales" not in [command["name"] for command in w.discord.commands]


async def test_commands_that_discord_refuses_do_not_keep_the_bot_from_working() -> None:
    async with world() as w:
        w.discord.refuse("PUT", "/commands", Refusal(400, 50035, "Invalid Form Body"))
        platform = w.platform()
        task = asyncio.create_task(platform.listen(w.answer))
        await asyncio.wait_for(platform.ready.wait(), 10.0)
        assert (await platform.send(CHAT, ALERT)).ref
        assert COMMANDS_KEY not in w.meta
        await ended(task)


async def test_a_refused_token_is_told_in_korean_and_shown_nowhere(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with world() as w:
        wrong = "bm8tc3VjaC10b2tlbg.Gabcde.wrong-secret-of-the-test"
        platform = w.platform(wrong)
        with pytest.raises(SettingsError, match="DISCORD_BOT_TOKEN") as refused:
            await asyncio.wait_for(platform.listen(w.answer), 10.0)
        assert platform.problem == "refused"
        assert wrong not in caplog.text and wrong not in repr(refused.value)


@pytest.mark.parametrize("token", ["", "two words", "한글토큰", "line\nbreak"])
async def test_what_cannot_be_a_token_is_refused_without_asking_discord(token: str) -> None:
    async with world() as w:
        platform = w.platform(token or " ")
        with pytest.raises(SettingsError, match="DISCORD_BOT_TOKEN"):
            await platform.listen(w.answer)
        assert w.discord.requests == []


async def test_a_token_that_the_gateway_refuses_is_told_too() -> None:
    async with world() as w:
        w.discord.gateway.token = "renewed meanwhile"
        with pytest.raises(SettingsError, match="DISCORD_BOT_TOKEN"):
            await asyncio.wait_for(w.platform().listen(w.answer), 10.0)


async def test_a_token_that_is_revoked_while_running_is_told() -> None:
    async with world() as w:
        platform = w.platform()
        task = asyncio.create_task(platform.listen(w.answer))
        await asyncio.wait_for(platform.ready.wait(), 10.0)
        await w.discord.gateway.close(4004)
        with pytest.raises(SettingsError, match="DISCORD_BOT_TOKEN"):
            await asyncio.wait_for(task, 10.0)
        assert platform.problem == "refused"


async def test_a_discord_that_is_down_is_tried_again_until_it_is_back() -> None:
    async with world() as w:
        w.discord.refuse("GET", "/users/@me", Refusal(503, 0, "Service Unavailable"))
        w.discord.refuse("GET", "/gateway/bot", Refusal(503, 0, "Service Unavailable"))
        async with w.listening() as platform:
            assert platform.problem == ""


async def test_no_gateway_is_asked_for_when_no_sign_in_is_left() -> None:
    async with world() as w:
        w.discord.sign_ins_left = 0
        platform = w.platform()
        task = asyncio.create_task(platform.listen(w.answer))
        await w.discord.until(lambda: w.discord.requests.count(("GET", "/gateway/bot")) >= 2)
        assert platform.problem == "unreachable" and w.discord.gateway.identified == 0
        w.discord.sign_ins_left = 5
        await asyncio.wait_for(platform.ready.wait(), 10.0)
        await ended(task)


async def test_while_discord_is_away_every_try_says_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # So that the log holds it back (see bot.logs.Patience): it was four thousand lines a day.
    caplog.set_level(logging.INFO)
    async with world() as w:
        w.discord.sign_ins_left = 0
        task = asyncio.create_task(w.platform().listen(w.answer))
        await w.discord.until(lambda: w.discord.requests.count(("GET", "/gateway/bot")) >= 4)
        await ended(task)
    said = [record.getMessage() for record in caplog.records if "discord" in record.name]
    assert len(said) >= 3 and len(set(said)) == 1


async def test_everything_secret_stays_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with world() as w, w.listening() as platform:
        await platform.send(CHAT, ALERT)
        asked = await w.discord.slash("price", {"symbol": "btc"})
        await w.discord.until(lambda: asked.edited or asked.follow_ups)
    assert TOKEN not in caplog.text and "interaction-token" not in caplog.text


# --- the gateway ----------------------------------------------------------------------------------


async def test_after_a_reconnect_the_session_goes_on_and_nothing_is_missed() -> None:
    async with world() as w, w.listening():
        await w.discord.gateway.ask_to_reconnect()
        asked = await w.discord.slash("help")  # said while nobody listens
        await w.discord.until(lambda: asked.original is not None and asked.edited)
        assert w.discord.gateway.resumed == 1 and w.discord.gateway.identified == 1


async def test_an_invalidated_session_is_begun_anew_at_the_same_gateway() -> None:
    async with world() as w, w.listening():
        await w.discord.gateway.invalidate(resumable=False)
        await w.discord.until(lambda: w.discord.gateway.identified == 2)
        asked = await w.discord.slash("help")
        await w.discord.until(lambda: asked.edited)


async def test_a_session_that_cannot_be_resumed_is_begun_anew() -> None:
    async with world() as w, w.listening():
        w.discord.gateway.invalidate_next = False
        await w.discord.gateway.ask_to_reconnect()
        await w.discord.until(lambda: w.discord.gateway.identified == 2)


async def test_a_dropped_connection_is_resumed() -> None:
    async with world() as w, w.listening() as platform:
        await w.discord.gateway.close(4000)
        await w.discord.until(lambda: w.discord.gateway.resumed == 1)
        await asyncio.wait_for(platform.ready.wait(), 10.0)


async def test_a_gateway_that_is_lost_and_does_not_come_back_is_a_trouble(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with world() as w, w.listening() as platform:
        opened = w.discord.gateway.opened
        w.discord.gateway.refusing = True
        await w.discord.gateway.close(4000)
        await w.discord.until(lambda: w.discord.gateway.opened > opened + 1)
        assert platform.problem == "unreachable", "though discord.py goes on by itself"
        w.discord.gateway.refusing = False
        await asyncio.wait_for(platform.ready.wait(), 30.0)
        assert platform.problem == ""
    tries = [one for one in caplog.records if one.name == "discord.shard"]
    assert tries, "operators see that it is tried"
    for one in tries:
        assert (one.levelno, one.exc_info) == (logging.WARNING, None)
        assert one.getMessage().endswith(": WSServerHandshakeError")


async def test_it_works_on_several_shards() -> None:
    async with world(shards=2) as w:
        other = GUILD + (1 << 22)
        w.discord.guilds[other] = guild(other, [channel(CHANNEL + 5)])
        async with w.listening() as platform:
            await w.discord.until(lambda: len(w.discord.gateway.connected) == 2)
            place = channel(CHANNEL + 5)
            asked = await w.discord.slash("help", guild=other, channel=place)
            await w.discord.until(lambda: asked.edited)
            await platform.send(Chat("discord", str(CHANNEL + 5)), ALERT)
            assert len(w.discord.in_channel(CHANNEL + 5)) == 1


async def test_heartbeats_are_answered_from_the_first_moment() -> None:
    async with world() as w, w.listening():
        await w.discord.until(lambda: w.discord.gateway.heartbeats >= 1)


@pytest.mark.parametrize("silent", [True, False])
async def test_cancelling_ends_it_whatever_it_is_doing(silent: bool) -> None:
    """Also while the gateway says nothing: discord.py's close() would leave that running."""
    async with world() as w:
        w.discord.gateway.silent = silent
        platform = w.platform()
        task = asyncio.create_task(platform.listen(w.answer))
        await w.discord.until(lambda: w.discord.gateway.opened == 1)
        await ended(task)
        names = {each.get_name() for each in asyncio.all_tasks()}
        assert not {name for name in names if name.startswith("discord")}
        with pytest.raises(RetryLater):
            await platform.send(CHAT, ALERT)


# --- posting --------------------------------------------------------------------------------------


async def test_a_message_is_posted_and_its_next_edition_takes_its_place() -> None:
    async with world() as w, w.listening() as platform:
        sent = await platform.send(CHAT, ALERT)
        await platform.edit(sent, EXPLAINED)
        (message,) = w.discord.in_channel()
        assert sent == Sent(CHAT, message["id"])
        assert message["content"] == joined(ALERT.head)
        assert "💬 AI 설명입니다." in texts(message) and "자동 설명" not in texts(message)
        assert labels(message) == ["📊 현재가"]
        assert not message["flags"] & SILENT


async def test_an_edition_without_buttons_has_none() -> None:
    async with world() as w, w.listening() as platform:
        sent = await platform.send(CHAT, ALERT)
        await platform.edit(sent, Message("진정됨"))
        assert labels(w.discord.in_channel()[0]) == []


async def test_a_silent_message_makes_no_sound() -> None:
    async with world() as w, w.listening() as platform:
        await platform.send(CHAT, Message("조용히", silent=True))
        assert w.discord.in_channel()[0]["flags"] & SILENT


async def test_nobody_is_ever_mentioned() -> None:
    async with world() as w, w.listening() as platform:
        await platform.send(CHAT, Message("@everyone", lines=("<@1> @here",)))
        assert w.discord.bodies[-1]["allowed_mentions"] == {"parse": []}


async def test_sent_twice_a_message_is_there_once_in_its_newest_edition() -> None:
    """Between sending and writing it down the program died; then the explanation came."""
    async with world() as w, w.listening() as platform:
        first = await platform.send(CHAT, ALERT)
        assert await platform.send(CHAT, ALERT) == first
        assert await platform.send(CHAT, EXPLAINED) == first
        (message,) = w.discord.in_channel()
        assert "AI 설명" in texts(message)


@pytest.mark.parametrize("deny", [0, EMBED])
@pytest.mark.parametrize(
    ("former", "newest"),
    [
        (ALERT, EXPLAINED),
        (Message("시장 전체 · 3종목", lines=("줄",), key="m"), Message("시장 · 9종목", key="m")),
        (Message("알림", key="m"), Message("알림", progress=("진정",), key="m")),
    ],
)
async def test_what_was_there_already_is_brought_up_to_date_whatever_has_changed(
    former: Message, newest: Message, deny: int
) -> None:
    async with world() as w:
        w.discord.guilds[GUILD]["channels"] = [channel(CHANNEL, deny=deny)]
        async with w.listening() as platform:
            sent = await platform.send(CHAT, former)
            (posted,) = w.discord.in_channel()
            before = texts(posted)
            assert await platform.send(CHAT, former) == sent
            assert texts(posted) == before
            assert all(method != "PATCH" for method, _ in w.discord.requests)
            assert await platform.send(CHAT, newest) == sent
            shown = texts(posted)
            await platform.edit(sent, newest)
            assert texts(posted) == shown != before
            assert ("‘링크 첨부’" in shown) is bool(deny)


async def test_a_topic_is_a_thread() -> None:
    async with world() as w:
        number = CHANNEL + 3
        w.discord.guilds[GUILD]["threads"].append(thread(number, CHANNEL))
        async with w.listening() as platform:
            sent = await platform.send(Chat("discord", str(CHANNEL), str(number)), ALERT)
            await platform.edit(sent, EXPLAINED)
            assert "AI 설명" in texts(w.discord.in_channel(number)[0])
            assert w.discord.in_channel() == []


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal(403, 50001, "Missing Access"),
        Refusal(403, 50013, "Missing Permissions"),
        Refusal(403, 50007, "Cannot send messages to this user"),
        Refusal(404, 10003, "Unknown Channel"),
        Refusal(400, 160005, "Thread is locked"),
    ],
)
async def test_a_chat_that_takes_nothing_any_more_is_gone(refusal: Refusal) -> None:
    async with world() as w, w.listening() as platform:
        sent = await platform.send(CHAT, ALERT)
        w.discord.closed[CHANNEL] = refusal
        before = len(w.discord.requests)
        with pytest.raises(ChatGone):
            await platform.send(CHAT, ALERT)
        with pytest.raises(ChatGone):
            await platform.edit(sent, ALERT)
        assert len(w.discord.requests) == before + 2  # asked once each, never again and again


async def test_what_is_no_channel_of_discord_is_gone() -> None:
    async with world() as w, w.listening() as platform:
        with pytest.raises(ChatGone):
            await platform.send(Chat("discord", "somewhere"), ALERT)


async def test_a_message_that_somebody_deleted_is_not_edited_and_the_chat_lives_on() -> None:
    async with world() as w, w.listening() as platform:
        sent = await platform.send(CHAT, ALERT)
        w.discord.messages.clear()
        await platform.edit(sent, EXPLAINED)
        assert w.discord.in_channel() == []


async def test_a_long_rate_limit_comes_back_as_a_flood_with_its_length() -> None:
    async with world() as w, w.listening() as platform:
        w.discord.refuse("POST", "/messages", limited(42.0))
        with pytest.raises(RetryLater) as later:
            await platform.send(CHAT, ALERT)
        assert later.value.after_s == 42.0 and later.value.flood


async def test_a_short_rate_limit_is_waited_out() -> None:
    async with world() as w, w.listening() as platform:
        w.discord.refuse("POST", "/messages", limited(0.01))
        await platform.send(CHAT, ALERT)
        assert len(w.discord.in_channel()) == 1


async def test_a_limit_of_all_requests_ends_though_the_message_that_met_it_was_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(discord_client, "LONGEST_RATE_LIMIT_S", 0.01)
    async with world() as w, w.listening() as platform:
        w.discord.refuse("POST", "/messages", limited(25.0, everywhere=True))
        sending = asyncio.create_task(platform.send(CHAT, ALERT))
        async with asyncio.timeout(10.0):
            while "Global rate limit" not in caplog.text:
                await asyncio.sleep(0)
            sending.cancel()
            await platform.send(CHAT, ALERT)
        assert len(w.discord.in_channel()) == 1 and sending.cancelled()


async def test_cloudflare_in_front_of_discord_is_a_flood_as_well() -> None:
    async with world() as w, w.listening() as platform:
        w.discord.refuse("POST", "/messages", limited(7.0, via=False))
        with pytest.raises(RetryLater) as later:
            await platform.send(CHAT, ALERT)
        assert later.value.after_s == 7.0 and later.value.flood


async def test_a_refusal_from_in_between_says_nothing_of_the_chat() -> None:
    async with world() as w, w.listening() as platform:
        w.discord.refuse("POST", "/messages", Refusal(403, 0, "Forbidden"))
        with pytest.raises(RetryLater):
            await platform.send(CHAT, ALERT)


async def test_trouble_at_discord_means_later_and_is_no_flood() -> None:
    async with world() as w, w.listening() as platform:
        w.discord.refuse("POST", "/messages", Refusal(503, 0, "Service Unavailable"))
        with pytest.raises(RetryLater) as later:
            await platform.send(CHAT, ALERT)
        assert later.value.after_s is None and not later.value.flood
        assert (await platform.send(CHAT, ALERT)).ref


async def test_a_form_that_discord_dislikes_goes_out_as_plain_text() -> None:
    async with world() as w, w.listening() as platform:
        w.discord.refuse("POST", "/messages", Refusal(400, 50035, "Invalid Form Body"))
        sent = await platform.send(CHAT, ALERT)
        w.discord.refuse("PATCH", "/messages", Refusal(400, 50035, "Invalid Form Body"))
        await platform.edit(sent, EXPLAINED)
        (message,) = w.discord.in_channel()
        assert message["embeds"] == [] and "AI 설명" in message["content"]


async def test_what_discord_refuses_as_plain_text_too_is_never_tried_again() -> None:
    long = "Invalid Form Body: Must be 2000 or fewer in length."
    async with world() as w, w.listening() as platform:
        sent = await platform.send(CHAT, ALERT)
        for method in ("POST", "POST", "PATCH", "PATCH"):
            w.discord.refuse(method, "/messages", Refusal(400, 50035, long))
        before = len(w.discord.requests)
        with pytest.raises(MessageRefused, match=r"400 \(code 50035\): .*2000 or fewer"):
            await platform.send(CHAT, Message("다른 알림", lines=("둘째 줄",)))
        with pytest.raises(MessageRefused):
            await platform.edit(sent, EXPLAINED)
        assert len(w.discord.requests) == before + 4
        (message,) = w.discord.in_channel()
        assert "AI 설명" not in texts(message)
        assert (await platform.send(CHAT, Message("다른 알림", lines=("둘째 줄",)))).ref


async def test_a_bad_request_without_a_reason_is_tried_later() -> None:
    async with world() as w, w.listening() as platform:
        for _ in range(2):
            w.discord.refuse("POST", "/messages", Refusal(400, 0, "400: Bad Request"))
        with pytest.raises(RetryLater):
            await platform.send(CHAT, ALERT)


async def test_before_signing_in_messages_wait() -> None:
    async with world() as w:
        with pytest.raises(RetryLater):
            await w.platform().send(CHAT, ALERT)


async def test_in_normal_work_no_limit_is_hit() -> None:
    async with world() as w, w.listening() as platform:
        for number in range(4):
            await platform.send(CHAT, Message(f"{number}번째"))
        assert not w.discord.limited


# --- joining and leaving --------------------------------------------------------------------------


def new_guild(number: int = GUILD + (9 << 22)) -> dict[str, object]:
    """A server with a channel that nobody may write to before the others."""
    deny = channel(number + 1, "공지", deny=SEND)
    deny["permission_overwrites"][0]["id"] = str(number)
    return guild(number, [deny, *(channel(number + 2 + i) for i in range(2))])


async def test_added_to_a_server_it_greets_once_where_it_may_write() -> None:
    async with world() as w, w.listening():
        new = new_guild()
        number = int(str(new["id"]))
        await w.discord.add_guild(new)
        await w.discord.until(lambda: w.discord.in_channel(number + 2))
        (greeting,) = w.discord.in_channel(number + 2)
        assert GREETING.head in texts(greeting) and labels(greeting) == ["🔔 알림 받기"]
        chats = {Chat("discord", str(number + i)) for i in (1, 2, 3)}
        await w.discord.remove_guild(number)
        await w.lobby.until_paused(chats)
        w.discord.closed.clear()
        await w.discord.add_guild(new)
        await w.lobby.until_paused({Chat("discord", str(number + 1))})
        await w.discord.until(lambda: len(w.discord.in_channel(number + 2)) == 2)
        assert BACK.head in texts(w.discord.in_channel(number + 2)[1])


async def test_a_server_joined_while_the_others_are_still_listed_is_greeted_too() -> None:
    async with world() as w, w.listening(settle_s=0.5):
        new = new_guild()
        await w.discord.add_guild(new)
        await w.discord.until(lambda: w.discord.in_channel(int(str(new["id"])) + 2))


async def test_a_server_that_was_there_before_is_not_greeted() -> None:
    async with world() as w, w.listening():
        asked = await w.discord.slash("help")
        await w.discord.until(lambda: asked.edited)
        assert w.lobby.greeted == set() and w.discord.in_channel() == []


async def test_a_greeting_waits_out_a_flood() -> None:
    async with world() as w, w.listening():
        w.discord.refuse("POST", "/messages", limited(0.01, via=False))
        new = new_guild()
        await w.discord.add_guild(new)
        await w.discord.until(lambda: w.discord.in_channel(int(str(new["id"])) + 2))


async def test_a_server_without_a_place_to_write_is_not_greeted() -> None:
    async with world() as w, w.listening():
        mute = channel(GUILD + (7 << 22) + 1, deny=POSTING)
        mute["permission_overwrites"][0]["id"] = str(GUILD + (7 << 22))
        await w.discord.add_guild(guild(GUILD + (7 << 22), [mute]))
        asked = await w.discord.slash("help")
        await w.discord.until(lambda: asked.edited)
        assert w.lobby.greeted == set()


async def test_a_deleted_channel_is_paused_and_its_neighbours_are_not() -> None:
    async with world() as w:
        w.discord.guilds[GUILD]["channels"].append(channel(CHANNEL + 1))
        async with w.listening():
            await w.discord.delete_channel(GUILD, CHANNEL)
            await w.lobby.until_paused({CHAT})


async def test_an_outage_of_a_server_pauses_nothing_and_its_end_greets_nobody() -> None:
    async with world() as w, w.listening():
        await w.discord.lose_guild(GUILD)
        await w.discord.restore_guild(GUILD)
        asked = await w.discord.slash("help")
        await w.discord.until(lambda: asked.edited)
        assert w.lobby.away == set() and w.lobby.greeted == set()


async def test_a_database_in_trouble_costs_no_more_than_finding_out_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with world() as w, w.listening() as platform:
        w.lobby.broken = True
        await w.discord.remove_guild(GUILD)
        await w.discord.until(lambda: CHANNEL in w.discord.closed)
        with pytest.raises(ChatGone):
            await platform.send(CHAT, ALERT)


async def ended(task: asyncio.Task[None]) -> None:
    """Cancel it; it ends in time."""
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=10.0)
    assert done
