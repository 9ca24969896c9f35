"""/help and /start: everything there is, and one command explained."""

import msgspec
import pytest
from fakes import CHAT, Bot

from bot.command import Command
from bot.commands import COMMANDS
from bot.compose import FULL_DISCLAIMER
from bot.compose_welcome import greeting
from bot.model import Chat
from pipeline.model import ALL


async def test_start_greets_with_three_buttons_and_the_full_disclaimer() -> None:
    message = await Bot().ask("/start")
    assert message == greeting(None)
    assert [b.command for row in message.buttons for b in row] == [
        "/subscribe all",
        "/price BTC",
        "/help",
    ]
    assert message.foot == FULL_DISCLAIMER


async def test_start_offers_all_alerts_only_where_not_all_come_already() -> None:
    bot = Bot()
    for typed, first in (("/subscribe BTC", "/subscribe all"), ("/subscribe all", "/alerts")):
        await bot.ask(typed)
        assert (await bot.ask("/start")).buttons[0][0].command == first


async def test_start_takes_the_payload_of_a_deep_link_and_says_when_all_is_simulated() -> None:
    message = await Bot(simulated=True).ask("/start ref_42")
    assert message.lines[0] == "🧪 모의 시장입니다. 실제 시세가 아닙니다."


async def test_help_lists_every_command_with_its_korean_name() -> None:
    message = await Bot().ask("/help")
    assert message.head == "❓ 고래봇 명령"
    assert message.lines == (
        "■ 조회",
        "/start · 시작",
        "/help [명령] · 도움말",
        "/price <심볼> · 시세",
        "/spread <심볼> · 스프레드",
        "/book <심볼> · 호가",
        "/chart <심볼> [주기] · 차트",
        "/movers · 급등락",
        "/whales [심볼] · 고래",
        "/funding [심볼] · 펀딩비",
        "/liquidations [심볼] · 청산",
        "/kimp [심볼] · 김프",
        "/summary · 요약",
        "/record [종류…] [심볼] · 기록",
        "/explain [심볼] · 설명",
        "/news <글> · 뉴스",
        "/alerts · 알림",
        "/why [심볼] · 왜",
        "/status · 상태",
        "■ 알림 설정 (그룹에서는 관리자만)",
        "/subscribe [심볼…] [종류…] · 구독",
        "/unsubscribe [심볼…] [종류…] · 구독해지",
        "/target [심볼] [가격] [기한] · 목표가",
        "/schedule [시각] · 예약",
        "/settings [바꿀것] · 설정",
        "/preview [바꿀것] · 미리보기",
        "/mute [기간] [심볼] · 음소거",
        "/unmute [심볼] · 음소거해제",
        "/deletemydata [확인번호] · 내정보삭제",
        "■ 운영자",
        "/cost · 비용",
        "/help price처럼 물으면 한 명령을 자세히 알려 드립니다.",
        "‘시세 비트’처럼 한국어로 입력해도 됩니다.",
    )
    assert message.foot == FULL_DISCLAIMER


async def test_on_discord_help_names_the_right_and_promises_no_plain_words() -> None:
    there = Chat("discord", "1")
    lines = (await Bot().ask("/help", chat=there)).lines
    assert "■ 알림 설정 (서버에서는 ‘서버 관리하기’ 권한이 있는 사람만)" in lines
    assert lines[-1] == "디스코드를 한국어로 쓰면 /시세처럼 한국어 이름으로 나옵니다."
    assert (await Bot().ask("/help mute", chat=there)).lines[-2:] == (
        "한국어: /음소거",
        "서버에서는 ‘서버 관리하기’ 권한이 있는 사람만 쓸 수 있습니다.",
    )


async def test_in_telegram_s_groups_help_promises_no_more_than_reaches_the_bot() -> None:
    group = Chat("telegram", "-100500")
    assert (await Bot().ask("/help", chat=group, private=False)).lines[-1] == (
        "명령에 답이 없으면 명령 메뉴에서 골라 주세요. 봇의 메시지에 답장하면 ‘시세 비트’처럼 "
        "한국어로 입력해도 됩니다."
    )


@pytest.mark.parametrize("asked", ["spread", "/spread", "스프레드", "/help 호가차이", "SPREAD"])
async def test_help_explains_a_command_called_by_any_of_its_names(asked: str) -> None:
    text = asked if asked.startswith("/help") else f"/help {asked}"
    message = await Bot().ask(text)
    assert message.head == "❓ /spread · 스프레드"
    assert message.lines == (
        "매수·매도 호가 차이와 주변 잔량, 평소와의 비교",
        "쓰는 법: /spread <심볼>",
        "• 심볼: BTC, btcusdt, 비트코인",
        "예: /spread btcusdt",
        "한국어: 스프레드, 호가차이, 호가차",
    )
    assert message.buttons[0][0].command == "/spread btcusdt"


async def test_help_finds_names_of_two_words() -> None:
    assert (await Bot().ask("도움말 구독 해지")).head == "❓ /unsubscribe · 구독해지"


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
async def test_every_command_is_explained_and_only_questions_can_be_pressed(
    command: Command,
) -> None:
    message = await Bot().ask(f"/help {command.name}")
    assert message.head == f"❓ /{command.name} · {command.korean}"
    assert command.description in message.lines
    assert f"예: {command.example}" in message.lines
    pressed = [button.command for row in message.buttons for button in row]
    assert (command.example in pressed) == (command.who == "all")
    assert ("그룹에서는 관리자만 쓸 수 있습니다." in message.lines) == (command.who == "admins")


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("spred", "‘spred’ 명령은 없습니다. /spread를 찾으셨나요? 전체 목록: /help"),
        ("구둑", "‘구둑’ 명령은 없습니다. /subscribe를 찾으셨나요? 전체 목록: /help"),
        ("zzzzzz", "‘zzzzzz’ 명령은 없습니다. 전체 목록: /help"),
        ("<script>", "‘script’ 명령은 없습니다. 전체 목록: /help"),
    ],
)
async def test_a_command_that_does_not_exist_is_answered_with_the_nearest(
    asked: str, answer: str
) -> None:
    message = await Bot().ask(f"/help {asked}")
    assert (message.head, message.tone, message.private) == (answer, "error", True)


async def test_a_new_command_appears_by_itself_and_buttons_to_others_do_not() -> None:
    bot = Bot()
    cost = msgspec.structs.replace(
        COMMANDS["status"], name="cost", korean="비용", aliases=(), who="operators"
    )
    bot.commands = {"help": COMMANDS["help"], "cost": cost}
    message = await bot.ask("/help")
    assert message.lines[:4] == (
        "■ 조회",
        "/help [명령] · 도움말",
        "■ 운영자",
        "/cost · 비용",
    )
    assert message.buttons == ()
    assert "운영자만 쓸 수 있습니다." in (await bot.ask("/help 비용")).lines


async def test_a_simulated_market_s_visitor_gets_every_alert_and_is_told_so() -> None:
    bot = Bot(simulated=True)
    message = await bot.ask("/start")
    assert "지금 모든 종목의 알림을 받고 있습니다" in message.lines[-2]
    commands = [button.command for row in message.buttons for button in row]
    assert commands == ["/subscribe", "/unsubscribe all", "/price BTC", "/help"]
    state = await bot.subscriptions.chat(CHAT)
    assert [(s.symbol, s.kind) for s in state.subscriptions] == [(ALL, ALL)]
    await bot.ask("/subscribe BTC")
    assert "미리 켜" not in "".join((await bot.ask("/start")).lines)


async def test_whoever_turned_them_off_is_not_subscribed_by_starting_again() -> None:
    bot = Bot(simulated=True)
    for typed in ("/start", "/unsubscribe all", "/start"):
        message = await bot.ask(typed)
    assert (await bot.subscriptions.chat(CHAT)).subscriptions == ()
    assert message.buttons[0][0].command == "/subscribe all"


async def test_nobody_else_is_subscribed_by_starting() -> None:
    bot = Bot()
    await bot.ask("/start")
    assert (await bot.subscriptions.chat(CHAT)).subscriptions == ()
