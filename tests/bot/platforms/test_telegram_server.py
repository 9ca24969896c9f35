"""Our Telegram on loopback keeps what Telegram keeps, as the real library sees it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from contracts.telegram_server import TelegramServer
from contracts.telegram_spec import TelegramSpec, load_spec
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter

pytestmark = pytest.mark.filterwarnings("ignore:.*retry_after")


@pytest.fixture
def spec() -> TelegramSpec:
    found = load_spec()
    if found is None:
        pytest.skip("no Bot API tables at ../shared/specs")
    return found


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer(load_spec()) as opened:
        yield opened


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    async with Bot(server.token, base_url=f"{server.url}/bot") as opened:
        yield opened


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("<b>open", "can't find end tag"),
        ("<b><i>x</b></i>", "unmatched end tag"),
        ("<h1>x</h1>", "unsupported start tag"),
        ("1 < 2", "unsupported start tag"),
        ("x</b>", "unexpected end tag"),
        (" ", "text is empty"),
        ("가" * 4097, "too long"),
        ("🐳" * 2049, "too long"),
    ],
)
async def test_texts_that_telegram_refuses_are_refused(
    server: TelegramServer, bot: Bot, text: str, refusal: str
) -> None:
    server.chat(1)
    with pytest.raises(BadRequest) as raised:
        await bot.send_message(1, text, parse_mode="HTML")
    assert refusal in raised.value.message.lower()


async def test_limits_count_markup_out_and_escapes_once(server: TelegramServer, bot: Bot) -> None:
    chat = server.chat(1)
    shown = await bot.send_message(1, f"<b>{'&lt;' * 4096}</b>", parse_mode="HTML")
    assert shown.text == "<" * 4096 == chat.shown()[0]["text"]


@pytest.mark.parametrize(("chats", "messages"), [([1], 2), (range(1, 32), 31)])
async def test_too_many_messages_a_second_are_refused_and_counted(
    chats: Any, messages: int
) -> None:
    async with (
        TelegramServer(load_spec(), clock=lambda: 0.0) as server,  # however slow the machine is
        Bot(server.token, base_url=f"{server.url}/bot") as bot,
    ):
        for id in chats:
            server.chat(id)
        targets = list(chats) * (messages // len(chats))
        results = await asyncio.gather(
            *(bot.send_message(id, "x") for id in targets), return_exceptions=True
        )
        assert sum(isinstance(result, RetryAfter) for result in results) == server.floods == 1


async def test_a_group_gets_no_more_than_twenty_messages_a_minute() -> None:
    now_s = 0.0
    async with (
        TelegramServer(load_spec(), clock=lambda: now_s) as server,
        Bot(server.token, base_url=f"{server.url}/bot") as bot,
    ):
        server.chat(-1, "supergroup")
        for _ in range(20):
            await bot.send_message(-1, "x")
            now_s += 2.0
        with pytest.raises(RetryAfter):
            await bot.send_message(-1, "x")
        now_s = 60.0
        await bot.send_message(-1, "x")
        assert server.floods == 1


async def test_a_button_with_too_much_data_is_refused(server: TelegramServer, bot: Bot) -> None:
    server.chat(1)
    for data in ("가" * 22, ""):
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data=data)]])
        with pytest.raises(BadRequest):
            await bot.send_message(1, "x", reply_markup=markup)


async def test_polling_blocks_until_something_happens_and_a_second_poller_ends_the_first(
    server: TelegramServer, bot: Bot
) -> None:
    async with Bot(server.token, base_url=f"{server.url}/bot") as second:
        first = asyncio.create_task(second.get_updates(timeout=5))
        await server.until(lambda: server.polled)
        polling = asyncio.create_task(bot.get_updates(timeout=5))
        with pytest.raises(Conflict):
            await first
    assert not polling.done()
    server.say(server.chat(1), "/start")
    (update,) = await polling
    assert update.message is not None
    assert update.message.text == "/start"
    again = await bot.get_updates(timeout=0)
    assert [u.update_id for u in again] == [update.update_id]  # nobody confirmed it
    assert await bot.get_updates(offset=update.update_id + 1, timeout=0) == ()


async def test_wrong_and_revoked_tokens_are_refused(server: TelegramServer, bot: Bot) -> None:
    stranger = Bot("1:other", base_url=f"{server.url}/bot")
    with pytest.raises(InvalidToken):
        await stranger.initialize()
    for http in stranger._request:
        await http.shutdown()
    server.valid = False
    with pytest.raises(InvalidToken):
        await bot.get_me()


async def test_an_unknown_chat_and_one_that_blocked_the_bot_are_refused(
    server: TelegramServer, bot: Bot
) -> None:
    with pytest.raises(BadRequest, match="not found"):
        await bot.send_message(1, "x")
    server.chat(1).bot = "kicked"
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(1, "x")


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("sendMessage", {"chat_id": "1"}),
        ("sendMessage", {"text": "x"}),
        ("sendMessage", {"chat_id": "1", "text": "x", "colour": "red"}),
        ("sendMessage", {"chat_id": "1", "text": "x", "disable_notification": "perhaps"}),
        ("sendMessage", {"chat_id": "1", "text": "x", "reply_parameters": "{}"}),
        ("sendMessage", {"chat_id": "1", "text": "x", "reply_markup": '{"inline_keyboard": [1]}'}),
        ("setMyCommands", {"commands": '[{"command": "a"}]'}),
        ("setMyCommands", {"commands": "[]", "scope": '{"type": "everybody"}'}),
        ("getUpdates", {"timeout": "soon"}),
        ("sendTelegram", {}),
    ],
)
def test_the_tables_find_a_wrong_request(
    spec: TelegramSpec, method: str, given: dict[str, str]
) -> None:
    assert spec.request(method, given) != []


def test_the_tables_find_a_wrong_answer_and_accept_right_ones(spec: TelegramSpec) -> None:
    user = {"id": 1, "is_bot": True, "first_name": "x"}
    assert spec.answer("getMe", user) == []
    assert spec.answer("getMe", {**user, "id": "1"}) != []
    assert spec.answer("getMe", {"id": 1}) != []
    assert spec.answer("getChatMember", {"status": "member", "user": user}) == []
    assert spec.answer("getChatMember", {"status": "president", "user": user}) != []
    assert spec.request("sendMessage", {"chat_id": "@name", "text": "1"}) == []
