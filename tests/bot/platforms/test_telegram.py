"""Telegram, through the real library, against a Telegram of our own on loopback."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import fakes
import pytest
from aiohttp import web
from contracts.telegram_server import (
    MAX_DESCRIPTION,
    MAX_SHORT_DESCRIPTION,
    FakeChat,
    Refusal,
    TelegramServer,
)
from contracts.telegram_spec import load_spec
from drafts import Commented

from bot.answer import Answerer, catalog
from bot.commands import COMMANDS
from bot.compose_welcome import BACK, description, greeting, group_greeting, short_description
from bot.deliver import Deliverer
from bot.errors import (
    ChatGone,
    ChatMoved,
    MessageRefused,
    PlatformError,
    RetryLater,
    SettingsError,
    StoreError,
    UserError,
)
from bot.lobby import StoreLobby
from bot.model import Button, Chat, Limits, Message, Request, Sent, Unreal
from bot.platforms import telegram_inbox, telegram_presses
from bot.platforms.telegram import CONFLICTS, TelegramPlatform, identify
from bot.platforms.telegram_pace import Pace, Pacing
from bot.platforms.unbroken import joined
from bot.ports import Answer
from bot.store import Notice, Store, open_store
from bot.typed import is_command
from bot.unreal import SIMULATED, replayed

NOW = 1_760_000_000_000
DEADLINE_S = 10.0
TICK_S = 0.02
"""A second of the impatient server and of the pace that is held to it."""
FAST = Pacing(second_s=1.2 * TICK_S, chat_gap_s=1.2 * TICK_S, minute_s=61 * TICK_S)
GREETING = group_greeting(None)
HELLO = greeting(None)
INVITE = "https://t.me/goraebot?startgroup=true"
ABOUT = {"description": description(None), "short_description": short_description(None)}
TIMER = {"message_auto_delete_time": 60}
ME = 7
ADMIN = 8


class Talker:
    """Answers as commands do; what it is asked can be awaited."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.go = asyncio.Event()

    async def __call__(self, request: Request) -> Message:
        self.requests.append(request)
        name, *words = request.text.lstrip("/").split() or ["nothing"]
        if name == "movers":
            times = sum(other.text == request.text for other in self.requests)
            return Message(
                f"급등락 {times}판",
                buttons=((Button("🔄", "/movers"), Button("📊", "/price BTC")),),
            )
        if name == "mute":
            if not request.admin:
                raise UserError("그룹의 알림 설정은 관리자만 바꿀 수 있습니다.")
            if words:
                return Message(f"{words[0]} 동안 끕니다", private=True)
            choices = (Button("30분", "/mute 30분"), Button("1시간", "/mute 1시간"))
            return Message("얼마 동안?", buttons=(choices,), private=True)
        if name == "slow":
            await self.go.wait()
            return Message("오래 걸린 답")
        if name == "crash":
            raise RuntimeError("secret detail")
        return Message(f"답: {request.text}", lines=("<b>&</b>",), note="설명")


class World:
    """The server, a bot on it and what it stores."""

    def __init__(self, server: TelegramServer, store: Store) -> None:
        self.server = server
        self.store = store
        self.lobby = StoreLobby(store, GREETING)
        self.talker = Talker()
        self.now_s = 0.0
        self._bots: list[TelegramPlatform] = []
        self.telegram = self.bot()

    def bot(self, **settings: Any) -> TelegramPlatform:
        """Another program of the same kind."""
        made = TelegramPlatform(
            settings.pop("token", self.server.token),
            api_url=settings.pop("api_url", self.server.url),
            catalog=catalog(),
            is_command=is_command,
            lobby=self.lobby,
            pace=settings.pop("pace", Pace(FAST)),
            poll_s=settings.pop("poll_s", 5.0),
            backoff_s=(0.01, 0.02),
            clock=lambda: self.now_s,
            **settings,
        )
        self._bots.append(made)
        return made

    async def close(self) -> None:
        """Every program ends."""
        for made in self._bots:
            await made.close()

    @asynccontextmanager
    async def listening(self, answer: Answer | None = None) -> AsyncIterator["World"]:
        """The bot polls for the time of the block."""
        async with asyncio.timeout(DEADLINE_S):
            listening = asyncio.create_task(self.telegram.listen(answer or self.talker))
            try:
                await self.server.until(lambda: self.server.polled or listening.done())
                yield self
            finally:
                listening.cancel()
                await asyncio.gather(listening, return_exceptions=True)

    async def answered(self, chat: FakeChat, number: int = 1) -> dict[str, Any]:
        """The newest of so many messages of the bot."""
        await self.server.until(lambda: len(chat.shown()) >= number)
        assert len(chat.shown()) == number
        return chat.shown()[-1]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    spec = load_spec()
    async with (
        TelegramServer(spec, second_s=TICK_S) as server,
        open_store("sqlite+aiosqlite://", clock=lambda: NOW) as store,
    ):
        made = World(server, store)
        yield made
        await made.close()
        assert server.problems == []
    if spec is None:
        pytest.skip("no Bot API tables at ../shared/specs: what was asked is not held to them")


def private(world: World) -> FakeChat:
    return world.server.chat(ME, "private", "사람")


def group(world: World, id: int = -100500, kind: str = "supergroup") -> FakeChat:
    chat = world.server.chat(id, kind, "그룹")
    chat.members = {ME: "member", ADMIN: "administrator"}
    return chat


def at(chat: FakeChat, topic: str = "") -> Chat:
    return Chat("telegram", str(chat.id), topic)


# --- sending -----------------------------------------------------------------------------------


async def test_a_message_reads_as_composed_with_its_values_escaped(world: World) -> None:
    chat = private(world)
    sent = await world.telegram.send(
        at(chat),
        Message(
            "🐳 <BTC> & 매수",
            lines=("1 < 2", "둘째 줄"),
            note="왜 그런지",
            foot="※ 안내",
            buttons=((Button("🔕 1시간", "/mute 1시간 BTC"),),),
        ),
    )
    (shown,) = chat.shown()
    assert sent == Sent(at(chat), str(shown["message_id"]))
    assert shown["text"] == "🐳 <BTC> & 매수\n1 < 2\n둘째 줄\n💬 왜 그런지\n※ 안내"
    assert [(e["type"], e["offset"]) for e in shown["entities"]] == [
        ("bold", 0),
        ("blockquote", 25),
        ("italic", 34),
    ]
    assert shown["reply_markup"]["inline_keyboard"] == [
        [{"text": "🔕 1시간", "callback_data": "/mute 1시간 BTC"}]
    ]
    (given,) = world.server.called("sendMessage")
    assert json.loads(given["link_preview_options"]) == {"is_disabled": True}
    assert "disable_notification" not in given


async def test_a_silent_message_makes_no_sound(world: World) -> None:
    await world.telegram.send(at(private(world)), Message("조용히", silent=True))
    assert world.server.called("sendMessage")[0]["disable_notification"] == "true"


async def test_an_edit_replaces_the_message_and_the_same_words_again_are_no_error(
    world: World,
) -> None:
    chat = private(world)
    sent = await world.telegram.send(at(chat), Message("먼저"))
    for _ in range(2):
        await world.telegram.edit(sent, Message("나중", note="설명"))
    assert [message["text"] for message in chat.shown()] == ["나중\n💬 설명"]


async def test_an_edit_of_a_deleted_message_is_given_up(world: World) -> None:
    chat = private(world)
    await world.telegram.edit(Sent(at(chat), "99"), Message("나중"))
    assert chat.shown() == []


async def test_a_message_goes_to_its_topic(world: World) -> None:
    chat = group(world)
    chat.topics[5] = "open"
    await world.telegram.send(at(chat, "5"), Message("토픽"))
    assert chat.shown()[0]["message_thread_id"] == 5


@pytest.mark.parametrize("state", ["closed", "deleted"])
async def test_messages_of_a_lost_topic_go_to_the_general_one_and_the_first_says_so(
    world: World, state: str
) -> None:
    chat = group(world)
    if state == "closed":
        chat.topics[5] = "closed"
    for head in ("하나", "둘"):
        await world.telegram.send(at(chat, "5"), Message(head))
    first, second = chat.shown()
    assert "토픽이 닫히거나 삭제되어" in first["text"]
    assert second["text"] == "둘"
    assert "message_thread_id" not in first | second
    assert len(world.server.called("sendMessage")) == 3  # the topic was tried once


async def test_a_topic_that_is_opened_again_gets_its_messages(world: World) -> None:
    chat = group(world)
    chat.topics[5] = "closed"
    await world.telegram.send(at(chat, "5"), Message("하나"))
    async with world.listening():
        world.server.reopen(chat, 5)
        await world.server.until(lambda: world.server.unconfirmed == 0)
        await world.telegram.send(at(chat, "5"), Message("둘"))
    assert chat.shown()[-1]["message_thread_id"] == 5


async def test_markup_that_telegram_cannot_read_is_sent_as_plain_text(world: World) -> None:
    chat = private(world)
    cannot = Refusal(400, 'Bad Request: can\'t parse entities: Unsupported start tag "x"')
    world.server.trouble["sendMessage"].append(cannot)
    sent = await world.telegram.send(at(chat), Message("머리 <x>", note="설명"))
    world.server.trouble["editMessageText"].append(cannot)
    await world.telegram.edit(sent, Message("머리 <y>", note="설명"))
    (shown,) = chat.shown()
    assert (shown["text"], shown["entities"]) == ("머리 <y>\n💬 설명", [])


async def test_what_telegram_refuses_as_plain_text_too_is_never_tried_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    chat = private(world)
    cannot = Refusal(400, 'Bad Request: can\'t parse entities: Unsupported start tag "x"')
    long = Refusal(400, "Bad Request: message is too long")
    world.server.trouble["sendMessage"] += [cannot, long]
    with pytest.raises(MessageRefused, match="is too long"):
        await world.telegram.send(at(chat), Message("머리 <x>"))
    assert len(world.server.called("sendMessage")) == 2
    sent = await world.telegram.send(at(chat), Message("머리"))
    world.server.trouble["editMessageText"] += [cannot, long]
    with pytest.raises(MessageRefused, match="is too long"):
        await world.telegram.edit(sent, Message("나중 <y>"))
    assert [shown["text"] for shown in chat.shown()] == ["머리"]


async def test_an_answer_that_telegram_refuses_is_told_in_the_log_and_tried_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    chat = private(world)
    world.server.trouble["sendMessage"].append(Refusal(400, "Bad Request: message is too long"))
    async with world.listening():
        world.server.say(chat, "/price BTC")
        await world.server.until(lambda: bool(world.server.called("sendMessage")))
        world.server.say(chat, "/price ETH")
        await world.answered(chat)
    assert len(world.server.called("sendMessage")) == 2
    assert "refuses an answer: Message is too long" in caplog.text


@pytest.mark.parametrize("size", [10, 3_000, 20_000])
async def test_a_message_of_any_length_arrives_with_its_whole_head(world: World, size: int) -> None:
    chat = private(world)
    long = Message(
        "🐳 머리" * 20, lines=("줄 & <b>" * 4,) * (size // 30), note="🐳<" * size, foot="끝"
    )
    await world.telegram.send(at(chat), long)
    assert chat.shown()[0]["text"].startswith(long.head)
    assert chat.shown()[0]["text"].endswith("끝")


# --- what may go wrong --------------------------------------------------------------------------

FLOOD = Refusal(429, "Too Many Requests: retry after 7", retry_after=7)


def _text_answer(status: int, text: str) -> Callable[[], web.Response]:
    return lambda: web.Response(status=status, text=text)


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (FLOOD, RetryLater),
        (Refusal(403, "Forbidden: bot was blocked by the user"), ChatGone),
        (Refusal(403, "Forbidden: user is deactivated"), ChatGone),
        (Refusal(403, "Forbidden: bot was kicked from the supergroup chat"), ChatGone),
        (Refusal(403, "Forbidden: bot is not a member of the channel chat"), ChatGone),
        (Refusal(400, "Bad Request: chat not found"), ChatGone),
        (
            Refusal(400, "Bad Request: not enough rights to send text messages to the chat"),
            ChatGone,
        ),
        (Refusal(400, "Bad Request: need administrator rights in the channel chat"), ChatGone),
        (Refusal(400, "Bad Request: message is too long"), MessageRefused),
        (Refusal(400, "Bad Request: CHAT_WRITE_FORBIDDEN"), ChatGone),
        (Refusal(400, "Bad Request: CHAT_SEND_PLAIN_FORBIDDEN"), ChatGone),
        (Refusal(400, "Bad Request: SLOWMODE_WAIT_30"), RetryLater),
        (Refusal(400, "Bad Request: something new"), MessageRefused),
        (Refusal(401, "Unauthorized"), RetryLater),
        (Refusal(409, "Conflict: terminated by other getUpdates request"), RetryLater),
        (Refusal(500, "Internal Server Error"), RetryLater),
        (_text_answer(502, "<html>Bad Gateway</html>"), RetryLater),
        (_text_answer(200, "<html>proxy</html>"), RetryLater),
    ],
)
async def test_every_refusal_is_told_as_what_it_means(
    world: World, trouble: Any, expected: type[PlatformError]
) -> None:
    chat = private(world)
    world.server.trouble["sendMessage"].append(trouble)
    with pytest.raises(expected) as raised:
        await world.telegram.send(at(chat), Message("소식"))
    assert world.server.token not in str(raised.value)
    assert len(world.server.called("sendMessage")) <= 1
    assert chat.shown() == []
    if trouble is FLOOD:
        assert isinstance(raised.value, RetryLater)
        assert (raised.value.after_s, raised.value.flood) == (7, True)


async def test_a_flooded_chat_rests_as_long_as_telegram_says_and_no_other_waits(
    world: World,
) -> None:
    flooded, other = private(world), group(world)
    world.server.trouble["sendMessage"].append(FLOOD)
    with pytest.raises(RetryLater):
        await world.telegram.send(at(flooded), Message("하나"))
    impatient = world.telegram._post.send(at(flooded), Message("둘"), push=True, patience_s=0.01)
    with pytest.raises(RetryLater) as raised:
        await impatient
    assert raised.value.after_s is not None
    assert 6 < raised.value.after_s <= 7
    await world.telegram.send(at(other), Message("셋"))
    assert len(world.server.called("sendMessage")) == 2


async def test_a_server_out_of_reach_is_tried_later(world: World) -> None:
    gone = world.bot(api_url="http://127.0.0.1:1")
    with pytest.raises(RetryLater):
        await gone.send(Chat("telegram", "1"), Message("소식"))


async def test_a_message_that_is_not_confirmed_in_time_is_tried_again(world: World) -> None:
    chat = private(world)
    hasty = world.bot(timeout_s=0.2)
    world.server.hold["sendMessage"] = asyncio.Event()
    with pytest.raises(RetryLater) as raised:
        await hasty.send(at(chat), Message("소식"))
    assert not raised.value.flood
    assert len(chat.shown()) == 1  # it may have arrived: a message twice is better than none


async def test_a_blocked_chat_is_paused_in_all_its_topics_at_once(world: World) -> None:
    chat = group(world)
    for topic in ("", "5"):
        await world.store.subscribe(at(chat, topic), ["BTCUSDT"], ["spread"])
    chat.bot = "kicked"
    with pytest.raises(ChatGone):
        await world.telegram.send(at(chat, "5"), Message("소식"))
    assert await world.store.audience() == []


async def test_a_chat_that_moved_takes_its_subscriptions_along(world: World) -> None:
    old = group(world, -5, "group")
    await world.store.subscribe(at(old), ["BTCUSDT"], ["spread"])
    new = world.server.migrate(old, -1005)
    with pytest.raises(ChatMoved) as raised:
        await world.telegram.send(at(old), Message("소식"))
    assert raised.value.new_id == "-1005"
    assert [state.chat for state in await world.store.audience()] == [at(new)]


async def test_a_database_that_fails_meanwhile_does_not_hide_what_happened(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(chat: Chat) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(world.lobby, "left", broken)
    chat = private(world)
    chat.bot = "kicked"
    with pytest.raises(ChatGone):
        await world.telegram.send(at(chat), Message("소식"))


# --- pace --------------------------------------------------------------------------------------


async def test_pushes_and_answers_together_never_exceed_a_limit(world: World) -> None:
    people = [world.server.chat(100 + n) for n in range(40)]
    crowd = group(world)
    async with world.listening(), asyncio.TaskGroup() as tasks:
        for _ in range(2):
            for person in people:
                tasks.create_task(_until_sent(world, at(person)))
        for _ in range(12):
            tasks.create_task(_until_sent(world, at(crowd)))
        for person in people[:10]:
            world.server.say(person, "/price BTC", user=person.id)
        for _ in range(4):
            world.server.say(crowd, "/price BTC")
        tasks.create_task(
            world.server.until(lambda: len(crowd.shown()) == 16), name="answers are there"
        )
    assert world.server.floods == 0
    assert sum(len(person.shown()) for person in people) == 90


async def test_a_flooded_group_delays_no_other_chat_and_gets_everything_in_the_end(
    world: World,
) -> None:
    """The sender of the outbox and the adapter together, more messages than a group may get."""
    crowd, people = group(world), [world.server.chat(100 + n) for n in range(10)]
    message = Message("알림")

    def notice(chat: FakeChat, number: int) -> Notice:
        return Notice(at(chat), f"n{number}", message, "notice", NOW, NOW + 60_000)

    await world.store.enqueue([notice(crowd, n) for n in range(30)])
    await world.store.enqueue([notice(person, n) for person in people for n in range(2)])
    world.telegram.limits = Limits(
        per_second=28.8 / TICK_S, per_chat_s=1.01 * TICK_S, per_group_minute=19
    )
    deliverer = Deliverer(world.store, [world.telegram], now_ms=lambda: NOW)
    async with asyncio.TaskGroup() as tasks:
        delivering = tasks.create_task(deliverer.run())
        await world.server.until(lambda: all(len(person.shown()) == 2 for person in people))
        assert len(crowd.shown()) < 30
        delivering.cancel()
    assert world.server.floods == 0
    assert deliverer.senders["telegram"].gone == 0


async def _until_sent(world: World, chat: Chat) -> None:
    while True:
        try:
            await world.telegram.send(chat, Message("알림"))
            return
        except RetryLater as error:
            await asyncio.sleep(error.after_s or TICK_S)


# --- requests ----------------------------------------------------------------------------------


async def test_a_command_in_a_private_chat_is_answered_as_a_reply(world: World) -> None:
    chat = private(world)
    async with world.listening():
        typed = world.server.say(chat, "/price BTC")
        shown = await world.answered(chat)
    assert world.talker.requests == [
        Request(at(chat), str(ME), "/price BTC", True, True, invite=INVITE)
    ]
    assert shown["text"].startswith("답: /price BTC\n<b>&</b>")
    assert shown["reply_to_message"]["message_id"] == typed["message_id"]


async def test_a_request_names_the_message_that_it_replies_to(world: World) -> None:
    chat = private(world)
    async with world.listening():
        first = world.server.say(chat, "/price BTC")
        await world.answered(chat)
        world.server.say(chat, "/explain", reply_to_message=first)
        await world.answered(chat, 2)
    assert [r.reply_to for r in world.talker.requests] == ["", str(first["message_id"])]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("/price BTC", "/price BTC"),
        ("/price@goraebot BTC", "/price BTC"),
        ("/PRICE@GoraeBot BTC", "/PRICE BTC"),
        ("/nonsense@goraebot", "/nonsense"),
        ("@goraebot 시세 비트", "시세 비트"),
        ("/시세 비트", "/시세 비트"),
        ("시세 비트", "시세 비트"),
        ("/start@goraebot payload_1", "/start payload_1"),
        ("/price@goraebot\nBTC", "/price BTC"),
    ],
)
async def test_what_is_meant_for_the_bot_in_a_group_is_asked(
    world: World, text: str, asked: str
) -> None:
    chat = group(world)
    async with world.listening():
        world.server.say(chat, text)
        await world.answered(chat)
    assert [request.text for request in world.talker.requests] == [asked]


@pytest.mark.parametrize(
    "text",
    ["/price@otherbot BTC", "/nonsense", "안녕하세요", "시세가 어떤가요?", "/price@goraebot2 x"],
)
async def test_what_people_in_a_group_say_to_each_other_is_left_alone(
    world: World, text: str
) -> None:
    chat = group(world)
    async with world.listening():
        world.server.say(chat, text)
        world.server.say(chat, "/price BTC")
        await world.answered(chat)
    assert [request.text for request in world.talker.requests] == ["/price BTC"]


async def test_everything_said_in_a_private_chat_is_asked_but_no_service_message(
    world: World,
) -> None:
    chat = private(world)
    photo = {"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}
    async with world.listening():
        world.server.say(chat, None, message_auto_delete_timer_changed=TIMER)
        world.server.say(chat, "비트")
        world.server.say(chat, None, photo=[photo], caption="이더")
        await world.answered(chat, 2)
    assert {request.text for request in world.talker.requests} == {"비트", "이더"}


async def test_a_sticker_alone_with_the_bot_gets_a_word(world: World) -> None:
    chat = private(world)
    photo = {"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}
    async with world.listening():
        world.server.say(chat, None, photo=[photo])
        await world.answered(chat)
    assert [request.text for request in world.talker.requests] == [""]


async def test_a_channel_post_that_is_forwarded_to_the_channels_group_is_left_to_the_channel(
    world: World,
) -> None:
    chat = group(world)
    async with world.listening():
        world.server.say(chat, "/price ETH", is_automatic_forward=True)
        world.server.say(chat, "/price BTC")
        await world.answered(chat)
    assert [request.text for request in world.talker.requests] == ["/price BTC"]


async def test_other_bots_are_not_talked_to(world: World) -> None:
    chat = group(world)
    other = {"id": 99, "is_bot": True, "first_name": "다른 봇"}
    async with world.listening():
        world.server.say(chat, "/price ETH", **{"from": other})
        world.server.say(chat, "/price BTC")
        await world.answered(chat)
    assert [request.text for request in world.talker.requests] == ["/price BTC"]


async def test_a_corrected_message_is_not_asked_again(world: World) -> None:
    chat = private(world)
    async with world.listening():
        typed = world.server.say(chat, "/price BTC")
        world.server.correct(chat, typed, "/price ETH")
        await world.answered(chat)
        world.server.say(chat, "/price SOL")
        await world.answered(chat, 2)
    assert [request.text for request in world.talker.requests] == ["/price BTC", "/price SOL"]


async def test_a_topic_is_answered_in_the_topic(world: World) -> None:
    chat = group(world)
    chat.topics[5] = "open"
    async with world.listening():
        world.server.say(chat, "/price BTC", topic=5)
        shown = await world.answered(chat)
    assert world.talker.requests[0].chat == at(chat, "5")
    assert shown["message_thread_id"] == 5


async def test_a_channel_post_is_answered_and_whoever_posts_there_is_an_admin(
    world: World,
) -> None:
    chat = world.server.chat(-100900, "channel", "채널")
    async with world.listening():
        world.server.say(chat, "/price BTC")
        await world.answered(chat)
    (request,) = world.talker.requests
    assert (request.admin, request.private) == (True, False)


@pytest.mark.parametrize(
    ("status", "admin"),
    [("creator", True), ("administrator", True), ("member", False), ("left", False)],
)
async def test_owners_and_administrators_may_change_a_group(
    world: World, status: str, admin: bool
) -> None:
    chat = group(world)
    chat.members[ME] = status
    async with world.listening():
        world.server.say(chat, "/price BTC")
        await world.answered(chat)
    assert world.talker.requests[0].admin is admin


@pytest.mark.parametrize(
    ("status", "admin"), [("creator", True), ("administrator", True), ("member", False)]
)
async def test_administrators_of_a_group_that_hides_its_members_may_change_it(
    world: World, status: str, admin: bool
) -> None:
    """A bot that is no administrator there is refused what it asks of single members."""
    chat = group(world)
    chat.members[ME], chat.hidden = status, True
    async with world.listening():
        world.server.say(chat, "/mute 30분")
        await world.answered(chat)
    assert world.talker.requests[0].admin is admin


async def test_an_anonymous_administrator_is_one(world: World) -> None:
    chat = group(world)
    async with world.listening():
        world.server.say_anonymously(chat, "/price BTC")
        await world.answered(chat)
    assert world.talker.requests[0].admin
    assert world.server.called("getChatMember") == []


async def test_rights_are_asked_again_after_a_minute_and_whoever_had_none_at_once(
    world: World,
) -> None:
    chat = group(world)
    times = [(0.0, "member"), (1.0, "administrator"), (60.0, "member"), (62.0, "member")]
    async with world.listening():
        for number, (now_s, status) in enumerate(times, 1):
            world.now_s = now_s
            chat.members[ME] = status
            world.server.say(chat, "/price BTC")
            await world.answered(chat, number)
    assert [request.admin for request in world.talker.requests] == [False, True, True, False]


async def test_rights_are_asked_at_every_press(world: World) -> None:
    chat = group(world)
    chat.members[ME] = "administrator"
    async with world.listening():
        world.server.say(chat, "/mute")
        shown = await world.answered(chat)
        (button, *_), *_ = shown["reply_markup"]["inline_keyboard"]
        for status in ("administrator", "member"):
            chat.members[ME] = status
            press = world.server.press(chat, shown, button["callback_data"], ME, forged=True)
            await world.server.until(lambda press=press: press in world.server.acknowledged)
    assert [request.admin for request in world.talker.requests] == [True, True, False]


async def test_a_failure_is_answered_without_its_detail_and_the_next_request_works(
    world: World,
) -> None:
    chat = private(world)
    async with world.listening():
        world.server.say(chat, "/crash")
        assert "문제가 생겼습니다" in (await world.answered(chat, 1))["text"]
        world.server.say(chat, "/price BTC")
        await world.answered(chat, 2)
    assert "secret" not in str(chat.shown())


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("who", ["alone", "member", "administrator"])
async def test_every_command_is_answered_with_all_its_buttons(
    world: World, name: str, who: str
) -> None:
    chat = private(world) if who == "alone" else group(world)
    chat.members[ME] = who
    real = Answerer(fakes.Bot().context)
    answers: list[Message] = []

    async def answer(request: Request) -> Message:
        answers.append(await real(request))
        return answers[-1]

    async with world.listening(answer):
        world.server.say(chat, f"/{name}")
        shown = await world.answered(chat)
    (message,) = answers
    assert shown["text"].startswith(joined(message.head))
    rows = shown.get("reply_markup", {}).get("inline_keyboard", [])
    assert [b.get("callback_data") or b["url"] for row in rows for b in row] == [
        b.command or b.url for row in message.buttons for b in row
    ]
    refused = who == "member" and COMMANDS[name].who == "admins"
    assert ("관리자만" in message.head) is refused


async def test_a_slow_answer_delays_nobody_else_and_shows_that_work_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_inbox, "TYPING_AFTER_S", 0.0)
    one, other = private(world), group(world)
    async with world.listening():
        world.server.say(one, "/slow")
        await world.server.until(lambda: bool(world.server.called("sendChatAction")))
        world.server.say(other, "/price BTC")
        await world.answered(other)
        assert one.shown() == []
        world.talker.go.set()
        assert (await world.answered(one))["text"] == "오래 걸린 답"


async def test_a_chat_that_asks_too_much_at_once_is_told_so_once(world: World) -> None:
    chat = private(world)
    async with world.listening():
        for _ in range(8):
            world.server.say(chat, "/slow")
        await world.server.until(lambda: world.server.unconfirmed == 0)
        assert "앞의 요청을 처리하고" in (await world.answered(chat, 1))["text"]
        world.talker.go.set()
        await world.answered(chat, 5)
    assert len(world.talker.requests) == 4


async def test_an_answer_waits_for_a_flood_to_end(world: World) -> None:
    chat = private(world)
    world.server.trouble["sendMessage"].append(
        Refusal(429, "Too Many Requests: retry after 1", retry_after=1)
    )
    async with world.listening():
        world.server.say(chat, "/price BTC")
        await world.answered(chat)


# --- presses -----------------------------------------------------------------------------------


async def test_a_press_acts_as_the_command_and_refreshes_its_view_in_place(world: World) -> None:
    chat = private(world)
    async with world.listening():
        world.server.say(chat, "/movers")
        shown = await world.answered(chat)
        press = world.server.press(chat, shown, "/movers")
        await world.server.until(lambda: chat.shown()[0]["text"].startswith(joined("급등락 2판")))
        assert press in world.server.acknowledged
        world.server.press(chat, shown, "/price BTC")
        await world.answered(chat, 2)
    assert [request.text for request in world.talker.requests] == [
        "/movers",
        "/movers",
        "/price BTC",
    ]


async def test_a_press_in_a_panel_replaces_it(world: World) -> None:
    chat = private(world)
    async with world.listening():
        world.server.say(chat, "/mute")
        panel = await world.answered(chat)
        world.server.press(chat, panel, "/mute 1시간")
        await world.server.until(lambda: chat.shown()[0]["text"].startswith(joined("1시간 동안")))
    assert len(chat.shown()) == 1


async def test_an_alert_stays_when_one_of_its_buttons_is_pressed(world: World) -> None:
    chat = private(world)
    alert = Message("🐳 알림", buttons=((Button("🔕", "/mute 1시간"), Button("📊", "/movers")),))
    async with world.listening():
        await world.telegram.send(at(chat), alert)
        world.server.press(chat, chat.shown()[0], "/mute 1시간")
        reply = await world.answered(chat, 2)
    assert chat.shown()[0]["text"] == "🐳 알림"
    assert reply["reply_to_message"]["message_id"] == chat.shown()[0]["message_id"]


async def test_a_press_without_rights_is_told_to_whoever_pressed_and_to_nobody_else(
    world: World,
) -> None:
    chat = group(world)
    panel = Message("알림", buttons=((Button("🔕", "/mute 1시간"),),))
    async with world.listening():
        await world.telegram.send(at(chat), panel)
        press = world.server.press(chat, chat.shown()[0], "/mute 1시간", user=ME)
        await world.server.until(lambda: press in world.server.acknowledged)
        told = world.server.acknowledged[press]
        assert told["show_alert"] == "true"
        assert "관리자만" in told["text"]
        world.server.press(chat, chat.shown()[0], "/mute 1시간", user=ADMIN)
        await world.answered(chat, 2)
    assert [request.admin for request in world.talker.requests] == [False, True]


async def test_a_press_whose_answer_takes_long_is_acknowledged_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telegram_presses, "ACKNOWLEDGE_S", 0.0)
    chat = private(world)
    async with world.listening():
        await world.telegram.send(at(chat), Message("알림", buttons=((Button("느림", "/slow"),),)))
        press = world.server.press(chat, chat.shown()[0], "/slow")
        await world.server.until(lambda: press in world.server.acknowledged)
        assert len(chat.shown()) == 1
        world.talker.go.set()
        await world.answered(chat, 2)


async def test_a_press_while_too_much_is_under_way_is_told_so(world: World) -> None:
    chat = private(world)
    async with world.listening():
        await world.telegram.send(at(chat), Message("알림", buttons=((Button("느림", "/slow"),),)))
        presses = [world.server.press(chat, chat.shown()[0], "/slow") for _ in range(5)]
        await world.server.until(lambda: presses[-1] in world.server.acknowledged)
        assert "앞의 요청" in world.server.acknowledged[presses[-1]]["text"]
        world.talker.go.set()
        await world.answered(chat, 5)
        await world.server.until(lambda: set(presses) == set(world.server.acknowledged))


async def test_a_press_too_old_to_be_acknowledged_is_answered_all_the_same(world: World) -> None:
    chat = private(world)
    async with world.listening():
        await world.telegram.send(
            at(chat), Message("알림", buttons=((Button("📊", "/price BTC"),),))
        )
        world.server.trouble["answerCallbackQuery"].append(
            Refusal(400, "Bad Request: query is too old and response timeout expired")
        )
        world.server.press(chat, chat.shown()[0], "/price BTC")
        await world.answered(chat, 2)


# --- the bot itself ----------------------------------------------------------------------------


async def test_a_group_is_greeted_once_and_goes_on_when_the_bot_is_back(world: World) -> None:
    chat = group(world)
    chat.bot = "left"
    async with world.listening():
        world.server.standing(chat, "member")
        greeting = await world.answered(chat)
        assert greeting["text"] == "\n".join((GREETING.head, *GREETING.lines, GREETING.foot))
        (row,) = greeting["reply_markup"]["inline_keyboard"]
        assert [button["callback_data"] for button in row] == ["/subscribe all"]
        await world.store.subscribe(at(chat, "5"), ["BTCUSDT"], ["spread"])
        world.server.standing(chat, "kicked")
        await _until(world, lambda states: not states)
        world.server.standing(chat, "member")
        await _until(world, lambda states: [s.chat for s in states] == [at(chat, "5")])
        assert (await world.answered(chat, 2))["text"].startswith(BACK.head)
        world.server.say(chat, "/price BTC")
        await world.answered(chat, 3)


async def greeted_by(world: World) -> tuple[FakeChat, str]:
    """Somebody alone with the bot asks for its greeting; the address that stands under it."""
    chat = private(world)
    world.server.say(chat, "/start")
    shown = await world.answered(chat)
    rows = shown["reply_markup"]["inline_keyboard"]
    (url,) = (b["url"] for row in rows for b in row if b["text"] == "➕ 그룹에 추가")
    return chat, url


@pytest.mark.parametrize("said_first", [False, True])
async def test_the_greeting_has_a_link_by_which_a_group_is_greeted_once(
    world: World, said_first: bool
) -> None:
    crowd = group(world)
    crowd.bot = "left"
    async with world.listening(Answerer(fakes.Bot().context)):
        chat, url = await greeted_by(world)
        assert url == INVITE
        world.server.add_by_link(crowd, url, said_first=said_first)
        world.server.say(crowd, "/help@goraebot")
        await world.answered(crowd, 2)
        heads = sorted(message["text"].splitlines()[0] for message in crowd.shown())
        assert heads == ["❓ 고래봇 명령", GREETING.head]
        assert any(GREETING.lines[0] in message["text"] for message in crowd.shown())
        # Where the bot is already, and later on, it answers like any other /start: without a link.
        later = 1_760_000_000 + 3_600
        world.server.say(crowd, "/start@goraebot true", date=later)
        again = await world.answered(crowd, 3)
        assert HELLO.lines[0] in again["text"]
        assert "url" not in json.dumps(again["reply_markup"])
        # Pressed in place of typed, alone with the bot.
        world.server.press(chat, chat.shown()[0], "/start", forged=True)
        assert "startgroup" in json.dumps((await world.answered(chat, 2))["reply_markup"])


async def test_a_group_that_was_greeted_long_ago_is_answered_when_it_is_added_again(
    world: World,
) -> None:
    crowd = group(world)
    await world.lobby.joined(at(crowd))
    crowd.bot = "left"
    async with world.listening(Answerer(fakes.Bot().context)):
        world.server.add_by_link(crowd, INVITE)
        assert HELLO.lines[0] in (await world.answered(crowd))["text"]


async def test_a_channel_is_not_greeted_for_what_a_link_to_groups_says(world: World) -> None:
    channel = world.server.chat(-1009, "channel", "채널")
    async with world.listening():
        world.server.say(channel, "/start true")
        assert (await world.answered(channel))["text"].startswith("답: /start true")


@pytest.mark.parametrize("text", ["/start", "/start abc_1-2", "/start true", "시작"])
async def test_a_start_is_greeted_whatever_a_link_appends(world: World, text: str) -> None:
    chat = private(world)
    async with world.listening(Answerer(fakes.Bot().context)):
        world.server.say(chat, text)
        shown = await world.answered(chat)
    assert shown["text"].startswith(GREETING.head)
    rows = shown["reply_markup"]["inline_keyboard"]
    assert [button["text"] for button in rows[-1]] == ["➕ 그룹에 추가"]


async def test_a_bot_that_groups_are_closed_to_offers_no_link(world: World) -> None:
    world.server.can_join_groups = False
    chat = private(world)
    async with world.listening(Answerer(fakes.Bot().context)):
        world.server.say(chat, "/start")
        assert "url" not in json.dumps((await world.answered(chat))["reply_markup"])


async def test_whoever_blocks_the_bot_is_paused_and_goes_on_without_a_greeting(
    world: World,
) -> None:
    chat = private(world)
    await world.store.subscribe(at(chat), ["BTCUSDT"], ["spread"])
    async with world.listening():
        world.server.standing(chat, "kicked")
        await _until(world, lambda states: not states)
        world.server.standing(chat, "member")
        await _until(world, lambda states: [s.chat for s in states] == [at(chat)])
        world.server.say(chat, "/price BTC")
        assert (await world.answered(chat))["text"].startswith("답:")


async def test_lost_rights_pause_a_chat_until_they_are_given_back(world: World) -> None:
    chat = group(world)
    await world.store.subscribe(at(chat), ["BTCUSDT"], ["spread"])
    async with world.listening():
        world.server.standing(chat, "restricted")
        await _until(world, lambda states: not states)
        world.server.standing(chat, "restricted", can_send_messages=True)
        world.server.standing(chat, "member")
        await _until(world, lambda states: [s.chat for s in states] == [at(chat)])


async def test_a_channel_is_not_greeted(world: World) -> None:
    chat = world.server.chat(-100900, "channel", "채널")
    chat.bot = "left"
    async with world.listening():
        world.server.standing(chat, "administrator", can_post_messages=True)
        world.server.say(chat, "/price BTC")
        assert (await world.answered(chat))["text"].startswith("답:")


async def test_a_migration_that_is_announced_moves_everything(world: World) -> None:
    old = group(world, -5, "group")
    await world.store.subscribe(at(old), ["BTCUSDT"], ["spread"])
    new = world.server.migrate(old, -1005)
    async with world.listening():
        world.server.announce_migration(old, new)
        await _until(world, lambda states: [s.chat for s in states] == [at(new)])


async def _until(world: World, true: Callable[[list[Any]], bool]) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while not true(await world.store.audience()):
            await asyncio.sleep(0)


# --- polling -----------------------------------------------------------------------------------


async def test_the_menus_are_korean_and_settings_are_listed_where_they_can_be_changed(
    world: World,
) -> None:
    async with world.listening():
        await world.server.until(lambda: len(world.server.menus) == 6)
    menus = {key: [entry["command"] for entry in menu] for key, menu in world.server.menus.items()}
    for language in ("", "ko"):
        assert "subscribe" in menus["default", language]
        assert "subscribe" in menus["all_chat_administrators", language]
        assert "subscribe" not in menus["all_group_chats", language]
        assert "price" in menus["all_group_chats", language]
    price = next(e for e in world.server.menus["default", "ko"] if e["command"] == "price")
    assert price["description"].startswith("시세")


async def test_menus_that_are_right_already_are_not_set_again(world: World) -> None:
    async with world.listening():
        await world.server.until(lambda: len(world.server.menus) == 6)
    again = len(world.server.called("getMyCommands")) + 6
    world.telegram = world.bot()
    async with world.listening():
        await world.server.until(lambda: len(world.server.called("getMyCommands")) == again)
    assert len(world.server.called("setMyCommands")) == 6


def introduced(server: TelegramServer) -> bool:
    return len(server.descriptions) == 4 and server.menu_button == {"type": "commands"}


async def test_the_bot_says_what_it_is_before_anybody_writes_to_it(world: World) -> None:
    world.server.descriptions["description", "ko"] = "예전 설명"
    world.telegram = world.bot(**ABOUT)
    async with world.listening():
        await world.server.until(lambda: introduced(world.server) and described(world.server))
    assert world.server.called("setMyName") == []  # that is its operator's


async def test_what_the_bot_says_of_itself_is_set_only_where_it_differs(world: World) -> None:
    for _ in range(2):
        world.telegram = world.bot(**ABOUT)
        asked = len(world.server.called("getMyDescription")) + 2
        async with world.listening():
            await world.server.until(
                lambda asked=asked: (
                    len(world.server.called("getMyDescription")) == asked
                    and introduced(world.server)
                )
            )
    for method in ("setMyDescription", "setMyShortDescription"):
        given = [call.get("language_code", "") for call in world.server.called(method)]
        assert given == ["", "ko"]
    assert len(world.server.called("setChatMenuButton")) == 1


async def test_a_bot_without_words_for_it_keeps_the_description_that_is_there(
    world: World,
) -> None:
    async with world.listening():
        await world.server.until(lambda: world.server.menu_button == {"type": "commands"})
        chat = private(world)
        world.server.say(chat, "/price BTC")
        await world.answered(chat)
    assert world.server.descriptions == {}


async def test_descriptions_that_cannot_be_set_are_one_line_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    refusal = Refusal(400, "Bad Request: something about descriptions")
    world.server.trouble["setMyDescription"] = [refusal] * 3
    world.telegram = world.bot(**ABOUT)
    chat = private(world)
    async with world.listening():
        await world.server.until(lambda: len(world.server.menus) == 6)
        while "not up to date" not in caplog.text:
            await asyncio.sleep(0)
        world.server.say(chat, "/price BTC")
        await world.answered(chat)
    assert len(world.server.called("setMyDescription")) == 3
    assert len(world.server.menus) == 6 and world.server.menu_button == {"type": "commands"}


@pytest.mark.parametrize("unreal", [None, SIMULATED, replayed(NOW)], ids=lambda u: u and u.name)
def test_the_descriptions_fit_and_say_what_market_it_is(unreal: Unreal | None) -> None:
    long, short = description(unreal), short_description(unreal)
    assert len(long) <= MAX_DESCRIPTION and len(short) <= MAX_SHORT_DESCRIPTION
    assert "투자 조언이 아닙니다" in long and "투자 조언이 아닙니다" in short
    assert unreal is None or (unreal.sentence in long and unreal.sentence in short)


def described(server: TelegramServer) -> bool:
    return server.descriptions == {
        (what, language): text for what, text in ABOUT.items() for language in ("", "ko")
    }


async def test_a_refused_token_is_told_without_the_token(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = world.bot(token="1:WRONG-token-of-somebody")
    with pytest.raises(SettingsError, match="TELEGRAM_BOT_TOKEN"):
        await wrong.listen(world.talker)
    assert wrong.problem == "refused"
    assert "WRONG" not in caplog.text


@pytest.mark.parametrize("token", ["", "a b", "1:x/../y", "1:한글"])
async def test_a_token_that_cannot_be_one_is_refused_at_once(world: World, token: str) -> None:
    with pytest.raises(SettingsError, match="TELEGRAM_BOT_TOKEN"):
        world.bot(token=token)


async def test_a_token_tells_whose_it_is(world: World) -> None:
    assert await identify(world.server.token, api_url=world.server.url) == "@goraebot"
    with pytest.raises(SettingsError, match="TELEGRAM_BOT_TOKEN"):
        await identify("1:WRONG", api_url=world.server.url)
    with pytest.raises(RetryLater):
        await identify("1:WRONG", api_url="http://127.0.0.1:1")


async def test_a_token_revoked_while_polling_ends_it_loudly(world: World) -> None:
    chat = private(world)
    listening = asyncio.create_task(world.telegram.listen(world.talker))
    await world.server.until(lambda: world.server.polled)
    world.server.valid = False
    world.server.say(chat, "/price BTC")
    with pytest.raises(SettingsError, match="TELEGRAM_BOT_TOKEN"):
        async with asyncio.timeout(DEADLINE_S):
            await listening
    assert world.telegram.problem == "refused"


async def test_a_single_refusal_while_polling_is_survived(world: World) -> None:
    chat = private(world)
    async with world.listening():
        world.server.trouble["getUpdates"].append(Refusal(404, "Not Found"))
        world.server.say(chat, "/price BTC")
        await world.answered(chat)
        world.server.say(chat, "/price BTC")
        await world.answered(chat, 2)


async def test_of_two_programs_with_one_token_the_second_sends_nothing_and_gives_up(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    chat = private(world)
    async with world.listening():
        await established(world, chat)
        second = world.bot()
        competing = asyncio.create_task(second.listen(world.talker))
        await world.server.until(lambda: second.problem == "conflict")
        with pytest.raises(RetryLater, match="same token"):
            await second.send(at(chat), Message("두 번째"))
        await world.server.until(lambda: world.server.conflicts > 2 * CONFLICTS + 2)
        assert not competing.done()  # what it meets may be what a killed program left behind
        world.now_s += 15.0
        with pytest.raises(SettingsError, match=r"TELEGRAM_BOT_TOKEN: 다른 프로그램이 같은 토큰"):
            await competing
        await world.server.until(lambda: world.server.polled)
        world.now_s += 5.0
        world.server.say(chat, "/price BTC")
        await world.answered(chat, 2)
        assert world.telegram.problem == ""
    reports = [r for r in caplog.records if "polls Telegram with the same token" in r.message]
    assert len(reports) == 2  # one of each: the polls of each end the other's
    assert sum("Telegram is back" in r.message for r in caplog.records) == 1


async def test_a_newcomer_that_gets_what_was_said_between_two_conflicts_still_sends_nothing(
    world: World,
) -> None:
    chat = private(world)
    conflict = Refusal(409, "Conflict: terminated by other getUpdates request")
    world.server.trouble["getUpdates"].append(conflict)
    async with world.listening():
        await world.server.until(lambda: world.server.polled)
        world.server.say(chat, "/price BTC")
        await world.answered(chat)
        assert world.telegram.problem == "conflict"
        with pytest.raises(RetryLater, match="same token"):
            await world.telegram.send(at(chat), Message("알림"))
        await world.server.until(lambda: world.server.polled)
        world.now_s += 5.0  # for longer than the other would have waited
        world.server.say(chat, "/price BTC")
        await world.answered(chat, 2)
        assert world.telegram.problem == ""
        await world.telegram.send(at(chat), Message("알림"))


async def test_a_program_that_was_there_first_stays_and_goes_on_sending(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    chat = private(world)
    async with world.listening():
        await established(world, chat)
        conflict = Refusal(409, "Conflict: terminated by other getUpdates request")
        world.server.trouble["getUpdates"] += [conflict] * (3 * CONFLICTS)
        world.server.say(chat, "/price BTC")
        await world.server.until(lambda: world.telegram.problem == "conflict")
        await world.telegram.send(at(chat), Message("알림"))
        await world.server.until(lambda: len(chat.shown()) == 3)
        await world.server.until(lambda: world.server.polled)
        assert not world.server.trouble["getUpdates"]


async def established(world: World, chat: FakeChat) -> None:
    """The program has polled for longer than one poll may take."""
    world.now_s += 10.0
    world.server.say(chat, "/price BTC")
    await world.answered(chat)


async def test_trouble_at_the_start_and_while_polling_is_outlasted(world: World) -> None:
    chat = private(world)
    world.server.trouble["getMe"] += [Refusal(500, "Internal Server Error")] * 2
    world.server.trouble["getUpdates"] += [
        Refusal(502, "Bad Gateway"),
        Refusal(429, "Too Many Requests: retry after 1", retry_after=1),
        _text_answer(200, "<html>"),
    ]
    async with world.listening():
        world.server.say(chat, "/price BTC")
        await world.answered(chat)
        assert world.telegram.problem == ""


async def test_an_update_that_nobody_can_read_is_passed_over(world: World) -> None:
    chat = private(world)
    async with world.listening():
        world.server.garble()
        world.server.say(chat, "/price BTC")
        await world.answered(chat)
        await world.server.until(lambda: world.server.unconfirmed == 0)


async def test_what_was_said_while_the_bot_was_away_is_answered_once(world: World) -> None:
    chat = private(world)
    world.server.say(chat, "/price BTC")
    async with world.listening():
        await world.answered(chat)
        await world.server.until(lambda: world.server.unconfirmed == 0)
    world.telegram = world.bot()
    async with world.listening():
        world.server.say(chat, "/price ETH")
        await world.answered(chat, 2)
    assert [request.text for request in world.talker.requests] == ["/price BTC", "/price ETH"]


async def test_the_token_is_in_no_log_line_whatever_happens(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    chat = private(world)
    world.server.trouble["sendMessage"] += [
        Refusal(400, "Bad Request: something new"),
        FLOOD,
        _text_answer(200, "<html>"),
    ]
    for _ in range(2):
        with pytest.raises(PlatformError):
            await world.telegram._post.send(at(chat), Message("x"), push=True, patience_s=0.1)
    async with world.listening():
        world.server.say(chat, "/crash")
        world.server.trouble["getUpdates"].append(Refusal(500, "Internal Server Error"))
        await world.server.until(lambda: bool(world.talker.requests))
    unreachable = world.bot(api_url="http://127.0.0.1:1")
    trying = asyncio.create_task(unreachable.listen(world.talker))
    while unreachable.problem != "unreachable":
        await asyncio.sleep(0)
    trying.cancel()
    await asyncio.gather(trying, return_exceptions=True)
    assert "Telegram" in caplog.text
    assert world.server.token not in caplog.text
    assert world.server.token.partition(":")[2] not in caplog.text


# --- answers that a comment follows ------------------------------------------------------------


async def test_a_comment_is_edited_into_the_answer_when_it_comes(world: World) -> None:
    chat = private(world)
    commented = Commented()
    async with world.listening(commented):
        world.server.say(chat, "/spread BTC")
        assert "plain 1" in (await world.answered(chat))["text"]
        commented.release(1)
        await world.server.until(lambda: "AI 1" in chat.shown()[0]["text"])
    assert len(chat.shown()) == 1


async def test_a_comment_never_replaces_a_newer_answer(world: World) -> None:
    chat = private(world)
    commented = Commented()
    async with world.listening(commented):
        world.server.say(chat, "/movers")
        shown = await world.answered(chat)
        world.server.press(chat, shown, "/movers")
        await world.server.until(lambda: "plain 2" in chat.shown()[0]["text"])
        commented.release(1)
        commented.release(2)
        await world.server.until(lambda: "AI" in chat.shown()[0]["text"])
        assert "AI 2" in chat.shown()[0]["text"]
        world.server.say(chat, "/price")
        await world.answered(chat, 2)
    assert "AI 2" in chat.shown()[0]["text"]


async def test_whoever_waits_for_comments_may_ask_on(world: World) -> None:
    chat = private(world)
    commented = Commented()
    async with world.listening(commented):
        for number in range(1, 8):
            world.server.say(chat, "/spread BTC")
            assert f"plain {number}" in (await world.answered(chat, number))["text"]
