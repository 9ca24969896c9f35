"""/settings: what people type and press, what is stored then, and what they are told."""

from typing import Any

import msgspec
import pytest
from fakes import CHAT, KINDS, Bot

from bot.commands.layout import LONGEST_COMMAND
from bot.model import ChatSettings, Message, Quiet, Threshold

WEEKDAYS = (0, 1, 2, 3, 4)
EVERY_DAY = tuple(range(7))


async def stored(bot: Bot) -> ChatSettings:
    return (await bot.subscriptions.chat(CHAT)).settings


def buttons(message: Message) -> dict[str, str]:
    return {button.label: button.command for row in message.buttons for button in row}


@pytest.mark.parametrize(
    ("typed", "limit"),
    [
        ("/settings 하루 20건", 20),
        ("/settings 20", 20),
        ("/settings 하루 5개 이하", 5),
        ("/settings 한도 30", 30),
        ("설정 하루 50건까지", 50),
        ("/settings 1000", 1_000),
    ],
)
async def test_a_number_a_day_can_be_said_in_many_ways(typed: str, limit: int) -> None:
    bot = Bot()
    message = await bot.ask(typed)
    assert message.head == f"⚙️ 하루 {limit:,}건까지 받습니다"
    assert (await bot.subscriptions.chat(CHAT)).daily_limit == limit


async def test_it_is_taken_back_by_word_and_by_button() -> None:
    bot = Bot()
    panel = await bot.ask("/settings 하루 20건")
    back = panel.buttons[1][0].command
    for typed in (back, "/settings 무제한"):
        await bot.ask("/settings 20")
        assert (await bot.ask(typed)).head == "⚙️ 하루 알림 수를 제한하지 않습니다"
        assert (await bot.subscriptions.chat(CHAT)).daily_limit == 0


@pytest.mark.parametrize(
    ("typed", "kind", "threshold"),
    [
        ("대량체결 10만달러", "large_trade", Threshold(2.0, "size")),
        ("대량 체결 10만 달러 이상", "large_trade", Threshold(2.0, "size")),
        ("고래 $250,000", "large_trade", Threshold(5.0, "size")),
        ("고래 5만달러", "large_trade", Threshold(1.0, "size")),
        ("고래 3배", "large_trade", Threshold(3.0)),
        ("기준 고래 큰것만", "large_trade", Threshold(3.0)),
        ("고래 큰 것만", "large_trade", Threshold(3.0)),
        ("대량체결 전부", "large_trade", Threshold(0.0)),
        ("급등 5%", "price_jump", Threshold(5.0, "percent")),
        ("급락 5퍼센트 이상", "price_jump", Threshold(5.0, "percent")),
        ("급등락 7.5프로", "price_jump", Threshold(7.5, "percent")),
        ("스프레드 50bp", "spread", Threshold(50.0, "bp")),
        ("기준 large_trade 표준", "large_trade", None),
    ],
)
async def test_a_threshold_is_a_word_a_multiple_or_what_its_kind_measures(
    typed: str, kind: str, threshold: Threshold | None
) -> None:
    bot = Bot()
    await bot.ask(f"/settings {kind} 2배")
    message = await bot.ask(f"/settings {typed}")
    assert message.tone != "error", message.head
    assert (await stored(bot)).thresholds.get(kind) == threshold


async def test_what_a_threshold_means_is_shown_in_its_own_unit() -> None:
    bot = Bot()
    await bot.ask("/settings 급등 5%")
    assert (await bot.ask("/settings 고래 10만달러")).head == "📏 대량 체결 기준: 10만 달러 이상"
    assert (await bot.ask("/settings 고래 큰것만")).lines[0] == "지금: 큰 것만(15만 달러 이상)"
    assert (
        "📏 기준: 대량 체결 큰 것만(15만 달러 이상), 급등·급락 5% 이상"
        in (await bot.ask("/settings")).lines
    )


async def test_the_standard_is_shown_with_what_it_takes_at_least() -> None:
    bot = Bot()
    assert (await bot.ask("/settings 고래 표준")).head == "📏 대량 체결 기준: 표준(5만 달러부터)"
    assert "스프레드 확대: 표준(10bp부터)" in (await bot.ask("/settings 기준")).lines


async def test_a_named_sum_says_that_it_brings_what_is_usual_and_a_multiple_that_it_does_not() -> (
    None
):
    bot = Bot()
    named = await bot.ask("/settings 고래 5만")
    assert named.head == "📏 대량 체결 기준: 5만 달러 이상"
    assert named.lines[1].startswith("그 종목에서 흔한 크기여도 옵니다.")
    assert named.lines[2] == "흔한 크기는 긴급이어도 방해금지와 하루 한도를 지킵니다."
    for typed in ("3배", "표준", "큰것만"):
        panel = await bot.ask(f"/settings 고래 {typed}")
        assert "흔하지 않은 것만" in panel.lines[1], typed
    assert (await bot.ask("/settings 고래 2배")).head.endswith("표준의 2배 이상(10만 달러 이상)")


async def test_all_thresholds_change_at_once() -> None:
    bot = Bot()
    await bot.ask("/settings 기준 큰것만")
    assert set((await stored(bot)).thresholds.values()) == {Threshold(3.0)}
    assert len((await stored(bot)).thresholds) == len(bot.kinds)
    await bot.ask("/settings 기준 표준")
    assert await stored(bot) == ChatSettings()


@pytest.mark.parametrize(
    ("typed", "quiet"),
    [
        ("23:00-07:00", Quiet("23:00", "07:00")),
        ("23:00~07:00 평일", Quiet("23:00", "07:00", WEEKDAYS)),
        ("밤 11시부터 아침 7시까지", Quiet("23:00", "07:00")),
        ("23시 - 7시", Quiet("23:00", "07:00")),
        ("23-7", Quiet("23:00", "07:00")),
        ("금토 0시반-9:30", Quiet("00:30", "09:30", (4, 5))),
        ("22:00-06:00 뉴욕", Quiet("22:00", "06:00", EVERY_DAY, "America/New_York")),
        ("23:00-07:00 긴급 소리", Quiet("23:00", "07:00", loud=True)),
        ("23:00-07:00 긴급은 소리로", Quiet("23:00", "07:00", loud=True)),
    ],
)
async def test_quiet_hours_can_be_said_in_many_ways(typed: str, quiet: Quiet) -> None:
    bot = Bot()
    message = await bot.ask(f"/settings 방해금지 {typed}")
    assert message.tone != "error", message.head
    assert (await stored(bot)).quiet == quiet


async def test_critical_alerts_may_be_heard_in_quiet_hours_and_the_hours_end_by_word() -> None:
    bot = Bot()
    panel = await bot.ask("/settings 방해금지 긴급 소리")
    assert panel.head.startswith("먼저 방해금지 시간을 정해 주세요")
    assert (await stored(bot)).quiet is None
    panel = await bot.ask("/settings 방해 금지 23:00-07:00")
    assert panel.lines[0] == "지금: 매일 23:00–07:00 (KST) · 긴급은 소리 없이"
    panel = await bot.ask(buttons(panel)["긴급은 소리로"])
    assert panel.lines[0].endswith("긴급은 소리로")
    await bot.ask("/settings 방해금지 22:00-07:00")
    assert (await stored(bot)).quiet == Quiet("22:00", "07:00", loud=True)
    panel = await bot.ask(buttons(panel)["긴급도 소리 없이"])
    assert (await stored(bot)).quiet == Quiet("22:00", "07:00")
    assert panel.lines[1].startswith("이 시간에는 긴급만")
    panel = await bot.ask(buttons(panel)["방해금지 끄기"])
    assert (await stored(bot)).quiet is None
    assert panel.lines[1].startswith("정해 두면 그 시간에는 긴급만")


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ("쿨다운 10분", {"cooldown_s": 600}),
        ("쿨다운 1시간 30분", {"cooldown_s": 5_400}),
        ("쿨다운 끄기", {}),
        ("색 글로벌", {"colours": "global"}),
        ("글로벌", {"colours": "global"}),
        ("색깔 한국식", {}),
        ("AI 끄기", {"ai": False}),
        ("ai off", {"ai": False}),
        ("설명 꺼", {"ai": False}),
        ("스프레드 끄기", {"off": ("spread",)}),
        ("종류 대량 체결 끄기", {"off": ("large_trade",)}),
        ("종류 모두 끄기", {"off": ("large_trade", "price_jump", "spread")}),
    ],
)
async def test_the_other_settings_are_stored_as_typed(typed: str, changed: dict[str, Any]) -> None:
    bot = Bot()
    message = await bot.ask(f"/settings {typed}")
    assert message.tone != "error", message.head
    assert await stored(bot) == msgspec.structs.replace(ChatSettings(), **changed)


async def test_only_a_daily_limit_that_is_out_of_bounds_hears_of_its_bounds() -> None:
    bot = Bot()
    too_many = "하루 한도는 1–1,000건입니다. 예: /settings 하루 20건"
    assert (await bot.ask("/settings 하루 1001건")).head == too_many
    assert "하루 한도는" not in (await bot.ask("/settings 대기 10분")).head


@pytest.mark.parametrize(
    ("typed", "example"),
    [
        ("0", "/settings 하루 20건"),
        ("많이", "/settings 하루 20건"),
        ("하루 1001건", "/settings 하루 20건"),
        ("-5", "/settings 하루 20건"),
        ("고래 많이", "/settings 대량체결 10만달러"),
        ("고래 3만달러", "/settings 대량체결 10만달러"),
        ("고래 1억원", "/settings 대량체결 10만달러"),
        ("대량 체결 10만 원 이상", "/settings 대량체결 10만달러"),
        ("고래 ₩50000", "/settings 대량체결 10만달러"),
        ("고래 5%", "/settings 대량체결 10만달러"),
        ("급등 1%", "/settings 급등 5%"),
        ("급등 0.5배", "/settings 급등 5%"),
        ("급등 101%", "/settings 급등 5%"),
        ("스프레드 10001bp", "/settings 스프레드확대 50bp"),
        ("스프레드 5%", "/settings 스프레드확대 50bp"),
        ("쿨다운 3일", "/settings 쿨다운 10분"),
        ("쿨다운 몇분", "/settings 쿨다운 10분"),
        ("방해금지 밤", "/settings 방해금지 23:00-07:00 평일"),
        ("방해금지 25:00-07:00", "/settings 방해금지 23:00-07:00 평일"),
        ("방해금지 07:00-07:00", "/settings 방해금지 23:00-07:00 평일"),
        ("방해금지 23:00-07:00 긴급 크게", "/settings 방해금지 23:00-07:00 긴급 소리"),
        ("색 보라", "/settings 색 글로벌"),
        ("AI 조금", "/settings AI 끄기"),
        ("기준 BTC", "/settings 급등 5%"),
        ("종류 BTC", "/settings 급등 5%"),
    ],
)
async def test_anything_else_gets_one_line_with_an_example_that_works(
    typed: str, example: str
) -> None:
    bot = Bot()
    message = await bot.ask(f"/settings {typed}")
    assert message.tone == "error"
    assert f"예: {example}" in message.head
    state = await bot.subscriptions.chat(CHAT)
    assert (state.daily_limit, state.settings) == (0, ChatSettings())
    assert (await bot.ask(example)).tone != "error"


async def test_every_topic_is_a_panel_with_a_way_back_and_all_are_one_message() -> None:
    bot = Bot()
    main = await bot.ask("/settings")
    assert len(buttons(main)) == 8
    for label, command in buttons(main).items():
        if label == "📋 내 알림":
            continue
        panel = await bot.ask(command)
        assert (panel.key, panel.private) == (main.key, True)
        assert "/settings" in buttons(panel).values() or panel.head.startswith("🤖")
        assert len(buttons(panel)) <= 12
        for pressed in buttons(panel).values():
            assert len(pressed.encode()) <= LONGEST_COMMAND
            assert (await bot.ask(pressed)).tone != "error", pressed


async def test_the_name_of_the_limit_alone_shows_its_panel() -> None:
    bot = Bot()
    await bot.ask("/settings 하루 20건")
    message = await bot.ask("/settings 하루")
    assert message == await bot.ask("/settings 한도")
    assert (await bot.subscriptions.chat(CHAT)).daily_limit == 20


async def test_a_kind_switched_off_is_told_among_what_the_chat_receives() -> None:
    bot = Bot()
    await bot.ask("/subscribe all")
    panel = await bot.ask("/settings 종류")
    panel = await bot.ask(buttons(panel)["스프레드 확대 끄기"])
    assert "🔕 스프레드 확대: 꺼짐" in panel.lines
    assert any("꺼 둔 종류: 스프레드 확대" in line for line in (await bot.ask("/alerts")).lines)
    await bot.ask(buttons(panel)["스프레드 확대 켜기"])
    assert await stored(bot) == ChatSettings()


async def test_in_a_group_only_admins_change_anything_by_word_or_by_button() -> None:
    bot = Bot()
    for command in buttons(await bot.ask("/settings 쿨다운")).values():
        assert (await bot.ask(command, admin=False, private=False)).tone == "error"
    assert await stored(bot) == ChatSettings()


async def test_answers_come_in_the_chat_s_colours() -> None:
    bot = Bot()
    bot.exchange.days["BTCUSDT"] = msgspec.structs.replace(
        await bot.exchange.day("BTCUSDT"), last=110.0, open=100.0, high=120.0, low=90.0
    )
    assert "🔴 ▲ +10.00%" in (await bot.ask("/price BTC")).head
    await bot.ask("/settings 색 글로벌")
    message = await bot.ask("/price BTC")
    assert "🟢 ▲ +10.00%" in message.head
    assert (message.colours, message.tone) == ("global", "up")


async def test_help_tells_what_happens_in_quiet_hours() -> None:
    lines = " ".join((await Bot().ask("/help settings")).lines)
    assert "방해금지 23:00-07:00" in lines
    assert "긴급만 바로 오고" in lines
    assert "긴급은 소리로" in lines


@pytest.mark.parametrize(
    ("typed", "marked"),
    [
        ("기준 대량체결 50만달러", "✓ 50만 달러 이상"),
        ("급등 5%", "✓ 5% 이상"),
        ("급등 큰것만", "✓ 큰 것만"),
        ("스프레드 50bp", "✓ 50bp 이상"),
        ("펌핑 10%", "✓ 10% 이상"),
        ("쿨다운 15분", "✓ 15분"),
        ("방해금지 23:00-07:00", "✓ 23:00-07:00"),
        ("하루 20건", "✓ 하루 20건"),
        ("색 글로벌", "✓ 글로벌"),
        ("큰 것만", "✓ 모두 큰 것만"),
        ("표준", "✓ 모두 표준"),
    ],
)
async def test_each_panel_marks_what_is_set_and_nothing_else(typed: str, marked: str) -> None:
    bot = Bot()
    bot.kinds = (*KINDS, "pump")
    panel = await bot.ask(f"/settings {typed}")
    assert panel.tone != "error"
    assert [label for label in buttons(panel) if label.startswith("✓")] == [marked]
