"""Reading what people type, rights, and that everything is answered in time."""

import asyncio
import logging
import unicodedata

import msgspec
import pytest
from fakes import CHAT, NOW_MS, Bot, request
from hypothesis import given
from hypothesis import strategies as st

import bot.answer as bot_answer
from bot.answer import MAX_TYPED, Answerer, catalog
from bot.command import Command, Context
from bot.commands import COMMANDS
from bot.errors import StoreError, UserError
from bot.model import Chat, ChatSettings, ChatState, Draft, Message, Request
from bot.typed import is_command, read
from pipeline.model import Ticker

KNOWN = tuple(COMMANDS.values())


@pytest.fixture
def bot() -> Bot:
    bot = Bot()
    for symbol in ("BTCUSDT", "ETHUSDT", "BCHUSDT"):
        bot.market[symbol].day = Ticker(symbol, NOW_MS, 110.0, 100.0, 120.0, 90.0, 1.0, 5e6)
    return bot


def a_command(run: object, who: str = "all") -> dict[str, Command]:
    """A registry of one command, /test, that does what ``run`` does."""
    return {
        "test": msgspec.structs.replace(
            COMMANDS["status"], name="test", korean="시험", aliases=(), run=run, who=who
        )
    }


# --- reading -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "words"),
    [
        ("/spread btcusdt", "spread", ["btcusdt"]),
        ("/SPREAD BTCUSDT", "spread", ["btcusdt"]),
        ("/spread@goraebot btc", "spread", ["btc"]),
        ("/spread@goraebot", "spread", []),
        ("  /spread \t btc\n", "spread", ["btc"]),
        ("/ spread btc", "spread", ["btc"]),
        ("／ｓｐｒｅａｄ　ＢＴＣ", "spread", ["btc"]),
        ("/시세 비트", "price", ["비트"]),
        ("시세 비트", "price", ["비트"]),
        ("시세\u00a0비트", "price", ["비트"]),
        ("\u200b시세 \u2068비트\u2069", "price", ["비트"]),
        (unicodedata.normalize("NFD", "시세 비트"), "price", ["비트"]),
        ("price btc", "price", ["btc"]),
        ("비트 시세", "price", ["비트"]),
        ("비트코인 호가 보여줘", "book", ["비트코인"]),
        ("비트 시세 알려주세요!", "price", ["비트"]),
        ("비트코인 얼마야?", None, ["비트코인"]),
        ("구독 해지 BTC", "unsubscribe", ["btc"]),
        ("/구독 해지", "unsubscribe", []),
        ("내 알림", "alerts", []),
        ("비트코인얼마야", None, ["비트코인"]),
        ("리플 시세좀", "price", ["리플"]),
        ("비트시세", "price", ["비트"]),
        ("시세이더", "price", ["이더"]),
        ("이더 목표가 4000", "target", ["이더", "4000"]),
        ("비트 차트 1시간", "chart", ["비트", "1시간"]),
        ("비트 왜 올라", "why", ["비트", "올라"]),
        ("지금 비트 얼마야?", None, ["비트"]),
        ("비트 지금 얼마", None, ["비트"]),
        ("비트 현재 가격", "price", ["비트"]),
        ("비트 가격은?", "price", ["비트"]),
        ("비트코인 가격이 얼마야", "price", ["비트코인"]),
        ("비트 구독해줘", "subscribe", ["비트"]),
        ("비트 구독 취소", "unsubscribe", ["비트"]),
        ("조용히 해줘", "mute", []),
        ("내 데이터 삭제", "deletemydata", []),
        ("방해금지 23:00-07:00", "settings", ["방해금지", "23:00-07:00"]),
        ("쿨다운 30분", "settings", ["쿨다운", "30분"]),
        ("설명 비트", "explain", ["비트"]),
        ("ai", None, ["ai"]),
        ("지금", None, ["지금"]),
        ("알림 없애줘", "alerts", ["없애줘"]),
        ("알림 조용히", "alerts", ["조용히"]),
        ("안녕하세요", "start", []),
        ("알림 설정", "settings", []),
        ("알려줘", None, ["알려줘"]),
        ("오늘 상태", None, ["오늘", "상태"]),
        ("/오늘 상태", None, ["오늘", "상태"]),
        ("비트코인", None, ["비트코인"]),
        ("/unknown btc", None, ["unknown", "btc"]),
        ("/", None, []),
        ("", None, []),
        (" \u3000\u200b ", None, []),
    ],
)
def test_what_is_typed_is_read_as_it_is_meant(
    text: str, name: str | None, words: list[str]
) -> None:
    typed = read(text, KNOWN)
    assert (typed.command.name if typed.command else None, typed.words) == (name, words)


@pytest.mark.parametrize(
    "text",
    [
        "왜 안 오나요?", "왜 안오지", "왜 안옴", "/why 안 와", "알림 왜 안 와", "알림이 왜 안오지?",
        "알림이 안 와요", "알림 안와", "알림이 하나도 안 와요", "왜 이렇게 조용해",
        "왜 아무것도 안 와", "왜 알림이 없어요?",
    ],
)  # fmt: skip
def test_many_ways_ask_why_nothing_comes(text: str) -> None:
    typed = read(text, KNOWN)
    assert (typed.command, typed.words) == (COMMANDS["why"], ["안", "와"])


@pytest.mark.parametrize(
    "text",
    [
        "/price btc", "/시세 비트", "/price@goraebot btc", "/help", "/start", "／시세 비트",
        "시세 비트", "비트 시세", "스프레드 btcusdt", "호가 BTC-USDT", "현재가 도지코인",
        "시세 비트 알려줘", "고래 btc", "/구독 해지",
    ],
)  # fmt: skip
def test_in_groups_commands_are_heard(text: str) -> None:
    assert is_command(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "/", "/otherbot", "/sprad btc", "상태", "시작", "고래", "시작 하자", "상태 어때",
        "시세 어때", "고래 봤어?", "비트코인", "안녕하세요", "price of bread", "spread the word",
        "book btc", "구독 좀 해줘", "비트 왜 올라", "비트시세", "비트 차트 볼까", "알림 왔어",
        "비트 이더 도지 솔라나 시세", "리플 가격이", "구독 링크 좀", "비트 조용히", "비트 해지",
        "시세 비트 " + "이더 " * 200,
    ],
)  # fmt: skip
def test_in_groups_talk_among_people_is_not_taken_for_commands(text: str) -> None:
    assert not is_command(text)


@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    typed = read(text, KNOWN)
    assert all(word == word.strip() and word for word in typed.words)
    if is_command(text):
        assert typed.command is not None


@given(st.text(max_size=60), st.booleans())
async def test_any_text_is_answered_with_words(text: str, slash: bool) -> None:
    message = await Bot().ask(f"/{text}" if slash else text)
    assert message.head.strip()
    assert "\n" not in message.head
    assert "처리하는 중에 문제가" not in message.head


# --- answering ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["/price btc", "시세 비트", "비트코인", "btc", "BTC usdt", "비트 시세", "비트코인 얼마야?"],
)
async def test_many_ways_ask_for_the_same_price(bot: Bot, text: str) -> None:
    message = await bot.ask(text)
    assert message.head == "📊 비트코인(BTCUSDT) 110달러 · 24시간 대비 🔴 ▲ +10.00%"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("/sprad btc", "‘sprad’ 대신 /spread(스프레드)를 쓰려고 하셨나요? 예: /spread btcusdt"),
        (
            "스프래드 비트",
            "‘스프래드’ 대신 /spread(스프레드)를 쓰려고 하셨나요? 예: /spread btcusdt",
        ),
        ("/zzzzzz", "‘zzzzzz’ 명령을 찾을 수 없습니다. 예: /price BTC, 전체 목록: /help"),
        (
            "오늘 점심 뭐 먹을까",
            "무슨 뜻인지 알아듣지 못했습니다. 예: /price BTC, 전체 목록: /help",
        ),
        ("", "명령이나 심볼을 입력해 주세요. 예: 시세 비트, /spread btcusdt"),
        ("/", "명령이나 심볼을 입력해 주세요. 예: 시세 비트, /spread btcusdt"),
        ("???", "명령이나 심볼을 입력해 주세요. 예: 시세 비트, /spread btcusdt"),
    ],
)
async def test_what_is_not_understood_gets_one_helpful_line(
    bot: Bot, text: str, answer: str
) -> None:
    message = await bot.ask(text)
    assert (message.head, message.lines) == (answer, ())
    assert (message.tone, message.private) == ("error", True)


async def test_a_misspelt_coin_is_answered_with_the_coin_and_where_commands_are(bot: Bot) -> None:
    message = await bot.ask("비투코인")
    assert message.head.startswith("‘비투코인’에 맞는 심볼이 없습니다. 비슷한 심볼: 비트코인")
    assert message.head.endswith("(명령 목록: /help)")


async def test_a_misspelt_coin_is_offered_for_the_command_that_was_typed(bot: Bot) -> None:
    async def offered(text: str) -> list[str]:
        message = await bot.ask(text)
        assert message.tone == "error"
        return [button.command for row in message.buttons for button in row]

    assert (await offered("비투코인"))[0] == "/price BTCUSDT"
    assert (await offered("/spread 비투코인"))[0] == "/spread BTCUSDT"
    assert await offered("/price btc 솔라냐") == ["/price SOLUSDT"]
    famous = ["BTCUSDT", "ETHUSDT", "XRPUSDT", "SOLUSDT"]
    assert await offered("/book") == [f"/book {symbol}" for symbol in famous]
    assert await offered("/mute 비투코인 1시간") == []  # the rest of the line would be lost
    assert await offered("/subscribe 비투코인 고래") == []


@pytest.mark.parametrize(
    ("typed", "head", "commands"),
    [
        (
            "비트코인 팔까 말까",
            "무슨 뜻인지 알아듣지 못했습니다. 비트코인(BTCUSDT)에 대해 볼 것을 골라 주세요.",
            ["/price BTCUSDT", "/explain BTCUSDT", "/subscribe BTCUSDT", "/help"],
        ),
        (
            "지금 급등하는 코인 뭐야",
            "/movers(급등락)를 쓰려고 하셨나요? 예: /movers",
            ["/movers", "/help"],
        ),
        (
            "코인 시세가 궁금해 정말",
            "/price(시세)를 쓰려고 하셨나요? 예: /price BTC",
            ["/help"],
        ),
        ("ㅋ" * 60, "무슨 뜻인지 알아듣지 못했습니다. 예: /price BTC, 전체 목록: /help", ["/help"]),
    ],
)
async def test_talk_is_answered_with_what_it_may_be_about(
    bot: Bot, typed: str, head: str, commands: list[str]
) -> None:
    message = await bot.ask(typed)
    assert (message.head, message.tone) == (head, "error")
    assert [button.command for row in message.buttons for button in row] == commands


async def test_talk_about_a_coin_that_comes_already_offers_no_more_of_it(bot: Bot) -> None:
    await bot.ask("/subscribe BTC")
    message = await bot.ask("비트코인 팔까 말까")
    commands = [button.command for row in message.buttons for button in row]
    assert commands == ["/price BTCUSDT", "/explain BTCUSDT", "/alerts", "/help"]


async def test_the_line_that_was_meant_is_offered_where_it_would_work(bot: Bot) -> None:
    def offered(message: Message) -> list[str]:
        return [button.command for row in message.buttons for button in row]

    assert offered(await bot.ask("/pirce btc")) == ["/price btc", "/help"]
    assert offered(await bot.ask("/pirce 없는코인이름")) == ["/help"]
    assert offered(await bot.ask("/pirce")) == ["/help"]
    assert offered(await bot.ask("/statu")) == ["/status", "/help"]


async def test_too_long_a_text_is_refused_politely_and_the_longest_is_read(bot: Bot) -> None:
    message = await bot.ask("/price " + "b" * MAX_TYPED)
    assert message.head == "입력이 너무 깁니다. 500자 안으로 줄여 주세요. 예: /price BTC"
    assert message.tone == "error"
    assert (await bot.ask("/price btc".ljust(MAX_TYPED))).tone == "up"


# --- rights ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["subscribe", "unsubscribe", "mute", "unmute"])
async def test_only_admins_change_a_groups_settings(bot: Bot, name: str) -> None:
    message = await bot.ask(f"/{name} btc", admin=False, private=False)
    assert message.head == (
        "이 대화방의 알림 설정은 관리자만 바꿀 수 있습니다. 관리자에게 부탁해 주세요."
    )
    assert (message.tone, message.private) == ("error", True)
    discord = Chat("discord", "1")
    message = await bot.ask(f"/{name} btc", admin=False, private=False, chat=discord)
    assert "‘서버 관리하기’ 권한" in message.head
    assert (await bot.ask(f"/{name} btc", admin=True, private=False)).tone == "plain"


@pytest.mark.parametrize(
    "text", ["/start", "/help", "/price btc", "/movers", "/whales", "/alerts", "/status"]
)
async def test_everybody_may_ask(bot: Bot, text: str) -> None:
    assert (await bot.ask(text, admin=False, private=False)).tone != "error"


async def test_operators_are_known_by_platform_and_user(bot: Bot) -> None:
    async def run(context: Context, request: Request, words: list[str]) -> Message:
        return Message("secret")

    answer = Answerer(bot.context, a_command(run, "operators"), operators=("telegram:123",))
    telegram, discord = Chat("telegram", "-1"), Chat("discord", "-1")
    assert (await answer(request("/test", user="123", chat=telegram))).head == "secret"
    for user, chat in (("124", telegram), ("123", discord)):
        message = await answer(request("/test", user=user, chat=chat))
        assert message.head == "봇 운영자만 쓸 수 있는 명령입니다. 쓸 수 있는 명령: /help"


# --- failures ----------------------------------------------------------------------------------


async def test_a_user_error_is_shown_as_it_is_and_not_logged(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    async def run(context: Context, request: Request, words: list[str]) -> Message:
        raise UserError("이렇게 해 보세요. 예: /test")

    message = await Answerer(bot.context, a_command(run))(request("/test"))
    assert message == Message("이렇게 해 보세요. 예: /test", tone="error", private=True)
    assert caplog.records == []


@pytest.mark.parametrize("error", [KeyError("BTCUSDT"), TimeoutError(), RuntimeError("broken")])
async def test_a_failure_is_logged_with_its_traceback_and_answered_with_an_apology(
    bot: Bot, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    async def run(context: Context, request: Request, words: list[str]) -> Message:
        raise error

    message = await Answerer(bot.context, a_command(run))(request("/test my private words"))
    assert message.head == (
        "죄송합니다. 처리하는 중에 문제가 생겼습니다. 잠시 뒤에 다시 시도해 주세요."
    )
    assert (message.tone, message.private) == ("error", True)
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("goraebot.answer", logging.ERROR)
    assert record.exc_info is not None and record.exc_info[1] is error
    assert "private words" not in caplog.text


async def test_what_the_database_refuses_is_said_so_and_is_one_line_in_the_log(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    async def run(context: Context, request: Request, words: list[str]) -> Message:
        raise StoreError("database or disk is full")

    message = await Answerer(bot.context, a_command(run))(request("/test"))
    assert message.head.startswith("데이터베이스에 문제가 있어 지금은 저장된 것을 읽거나 바꿀 수 ")
    (record,) = caplog.records
    assert (record.levelno, record.exc_info) == (logging.ERROR, None)
    assert record.getMessage() == "answering on web failed: database or disk is full"


async def test_an_answer_that_takes_too_long_is_given_up_politely(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    ended = asyncio.Event()

    async def run(context: Context, request: Request, words: list[str]) -> Message:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        raise AssertionError

    message = await Answerer(bot.context, a_command(run), deadline_s=0)(request("/test"))
    assert message.head == (
        "답을 준비하는 데 시간이 너무 오래 걸려 멈췄습니다. 잠시 뒤에 다시 시도해 주세요."
    )
    assert ended.is_set()
    (record,) = caplog.records
    assert record.levelno == logging.WARNING


async def test_whoever_cancels_an_answer_is_obeyed(bot: Bot) -> None:
    begun = asyncio.Event()

    async def run(context: Context, request: Request, words: list[str]) -> Message:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    answering = asyncio.ensure_future(Answerer(bot.context, a_command(run))(request("/test")))
    await begun.wait()
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering


async def test_a_registry_without_prices_does_not_guess_at_symbols(bot: Bot) -> None:
    async def run(context: Context, request: Request, words: list[str]) -> Message:
        return Message("done")

    answer = Answerer(bot.context, a_command(run))
    assert (await answer(request("시험"))).head == "done"
    assert (await answer(request("비트코인"))).tone == "error"


# --- the catalog -------------------------------------------------------------------------------


def test_the_catalog_is_the_menu_in_its_order() -> None:
    entries = catalog()
    assert [entry.name for entry in entries] == [
        "start", "help", "price", "spread", "book", "chart", "movers", "whales", "funding",
        "liquidations", "kimp", "summary", "record", "explain", "news", "subscribe", "unsubscribe",
        "alerts", "target", "schedule", "settings", "preview",
        "mute", "unmute", "why", "status", "deletemydata", "cost",
    ]  # fmt: skip
    spread = entries[3]
    assert (spread.korean, spread.example, spread.who) == ("스프레드", "/spread btcusdt", "all")
    assert [p.kind for p in entries[15].parameters] == ["symbols", "kinds"]
    assert msgspec.json.decode(msgspec.json.encode(spread))["description"] == spread.description


# --- answers that a comment follows --------------------------------------------------------------


def drafting(later: object) -> dict[str, Command]:
    async def run(context: Context, asked: Request, words: list[str]) -> Message:
        return Draft("plain", later=later)  # type: ignore[arg-type]

    return a_command(run)


async def test_a_better_edition_is_handed_on(bot: Bot) -> None:
    async def later() -> Message | None:
        return Message("better")

    draft = await Answerer(bot.context, drafting(later))(request("/test"))
    assert isinstance(draft, Draft)
    assert (draft.first, await draft.later()) == (Message("plain"), Message("better"))


async def test_a_better_edition_that_fails_or_never_comes_is_none(
    bot: Bot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails() -> Message | None:
        raise ZeroDivisionError

    async def hangs() -> Message | None:
        await asyncio.Event().wait()
        return None

    monkeypatch.setattr(bot_answer, "LATER_S", 0.001)
    for later, said in ((fails, "a better answer on web failed"), (hangs, "no better answer")):
        draft = await Answerer(bot.context, drafting(later))(request("/test"))
        assert isinstance(draft, Draft)
        assert await draft.later() is None
        assert said in caplog.text


async def test_so_many_may_wait_for_a_better_edition_and_no_more(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot_answer, "MAX_LATER", 1)
    go = asyncio.Event()

    async def later() -> Message | None:
        await go.wait()
        return Message("better")

    answerer = Answerer(bot.context, drafting(later))
    first, second = [await answerer(request("/test")) for _ in range(2)]
    assert isinstance(first, Draft) and isinstance(second, Draft)
    waiting = asyncio.create_task(first.later())
    await asyncio.sleep(0)
    assert await second.later() is None
    go.set()
    assert await waiting == Message("better")
    assert await second.later() == Message("better")


async def answer_of(bot: Bot, message: Message) -> Message:
    """What a chat is told by a command that answers this."""

    async def run(context: Context, asked: Request, words: list[str]) -> Message:
        return message

    return await Answerer(bot.context, a_command(run))(request("/test"))


async def test_answers_come_in_the_chat_s_colours_comments_included(bot: Bot) -> None:
    async def later() -> Message | None:
        return Message("🔵 ▼ 뒤", tone="down")

    await bot.subscriptions.change(CHAT, lambda had: ChatSettings(colours="global"))
    draft = await answer_of(bot, Draft("🔴 ▲ 앞", lines=("🔵 ▼ 줄",), later=later))
    assert isinstance(draft, Draft)
    assert (draft.head, draft.lines) == ("🟢 ▲ 앞", ("🔴 ▼ 줄",))
    better = await draft.later()
    assert better is not None and better.head == "🔴 ▼ 뒤"


async def test_a_chat_without_ai_gets_the_plain_answer_and_no_model_is_asked(bot: Bot) -> None:
    async def later() -> Message | None:
        raise AssertionError("nobody wants this")

    await bot.subscriptions.change(CHAT, lambda had: ChatSettings(ai=False))
    answer = await answer_of(bot, Draft("앞", later=later))
    assert answer == Message("앞")


async def test_an_answer_comes_without_its_colours_while_the_database_is_away(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(chat: Chat) -> ChatState:
        raise StoreError("locked")

    monkeypatch.setattr(bot.subscriptions, "chat", refuse)
    assert (await answer_of(bot, Message("🔴 ▲ 앞"))).head == "🔴 ▲ 앞"


@pytest.mark.parametrize(
    ("typed", "commands"),
    [
        ("고래 알림 켜줘", ["/subscribe 대량체결", "/settings 대량체결 켜기"]),
        ("스프레드 꺼줘", ["/settings 스프레드확대 끄기"]),
        ("알림 꺼줘!", ["/mute 1시간", "/unsubscribe all"]),
        ("알림 켜주세요", ["/subscribe all", "/unmute"]),
        ("비트 알림 켜줘", ["/subscribe BTCUSDT", "/unmute BTCUSDT"]),
        ("비트코인 알림 그만", ["/mute 1시간 BTCUSDT"]),
        ("그만", ["/mute 1시간", "/unsubscribe all"]),
        ("stop", ["/mute 1시간", "/unsubscribe all"]),
        ("모든 알림 꺼줘", ["/mute 1시간", "/unsubscribe all"]),
        ("알림 다 꺼줘", ["/mute 1시간", "/unsubscribe all"]),
        ("전체 알림 켜줘", ["/subscribe all", "/unmute"]),
        ("알림 다시 켜줘", ["/subscribe all", "/unmute"]),
        ("알림 좀 꺼줘", ["/mute 1시간", "/unsubscribe all"]),
        ("비트 알림 받고 싶어요", ["/subscribe BTCUSDT", "/unmute BTCUSDT"]),
        ("비트 120달러 되면 알려줘", ["/target BTCUSDT 120달러"]),
        ("이더가 100.5 달러까지 내려가면 알려줘요", ["/target ETHUSDT 100.5달러"]),
        ("비트 급등하면 알려줘", ["/subscribe BTCUSDT 급등"]),
        ("비트코인이 떨어지면 알려주세요", ["/subscribe BTCUSDT 급등"]),
        ("고래 나타나면 바로 알려줘", ["/subscribe 대량체결"]),
        ("이더 고래 뜨면 알려줘", ["/subscribe ETHUSDT 대량체결"]),
        ("모든 코인 급락 나오면 말해줘", ["/subscribe 급등"]),
    ],
)
async def test_a_sentence_that_asks_to_switch_alerts_is_told_the_commands_that_do_it(
    bot: Bot, typed: str, commands: list[str]
) -> None:
    message = await bot.ask(typed)
    assert [button.command for row in message.buttons for button in row] == commands
    assert message.head.endswith(f"예: {', '.join(commands)}")
    assert (await bot.subscriptions.chat(CHAT)).subscriptions == ()
    for command in commands:
        assert (await bot.ask(command)).tone != "error", command


@pytest.mark.parametrize(
    ("typed", "head"),
    [
        ("알림 끄기", "🔕 얼마 동안"),
        ("음소거 해제", "음소거"),
        ("설정 고래 끄기", "🔔 대량 체결 알림을 껐습니다"),
    ],
)
async def test_a_korean_command_stays_one_though_it_ends_like_such_a_sentence(
    bot: Bot, typed: str, head: str
) -> None:
    assert head in (await bot.ask(typed)).head
