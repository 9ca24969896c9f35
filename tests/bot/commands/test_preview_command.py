"""/preview: what would have come, as the chat is or would be set up; nothing is changed by it."""

import pytest
from fakes import CHAT, DAY_MS, HOUR_MS, MINUTE_MS, NOW_MS, Bot, large_trade

from bot.model import ChatSettings


@pytest.fixture
def bot() -> Bot:
    bot = Bot()
    bot.journal.stored = [
        large_trade("BTCUSDT", "buy", 400_000, NOW_MS - 5 * HOUR_MS),
        large_trade("ETHUSDT", "sell", 120_000, NOW_MS - 5 * HOUR_MS + 40 * MINUTE_MS),
        large_trade("SOLUSDT", "buy", 60_000, NOW_MS - 2 * HOUR_MS),
        large_trade("SOLUSDT", "buy", 9_000_000, NOW_MS - DAY_MS - 1),
    ]
    return bot


async def test_as_the_chat_is_set_up(bot: Bot) -> None:
    await bot.ask("/subscribe all 고래")
    message = await bot.ask("/preview")
    assert message.head == "🔎 지금 설정이면 최근 24시간에 3건"
    assert message.lines == (
        "긴급 1건 · 경고 1건 · 주의 1건",
        "가장 많았던 때: 1월 12일 4시대 2건",
        "큰 것부터",
        "04:03:21 KST · 🐳 비트코인(BTCUSDT) 대량 매수 체결 · 40만 달러",
        "04:43:21 KST · 🐳 이더리움(ETHUSDT) 대량 매도 체결 · 12만 달러",
        "07:03:21 KST · 🐳 솔라나(SOLUSDT) 대량 매수 체결 · 6만 달러",
        "고래봇이 켜져 있던 동안의 기록으로 세었고, 음소거는 빼고 보았습니다.",
    )
    assert message.private
    assert "투자 조언이 아닙니다" in message.foot


@pytest.mark.parametrize(
    ("typed", "count", "withheld"),
    [
        ("대량체결 10만달러", 2, "기준보다 작음 1건"),
        ("기준 큰것만", 1, "기준보다 작음 2건"),
        ("고래 끄기", 0, "꺼 둔 종류 3건"),
        ("하루 1건", 1, "하루 한도 2건"),
        ("방해금지 04:00-08:00", 1, "방해금지(끝날 때 한 번에) 2건"),
    ],
)
async def test_as_it_would_be_and_the_chat_stays_as_it_is(
    bot: Bot, typed: str, count: int, withheld: str
) -> None:
    await bot.ask("/subscribe all")
    message = await bot.ask(f"/preview {typed}")
    assert message.head.startswith(f"🔎 ‘{typed}’")
    assert message.head.endswith(f"바꾸면 최근 24시간에 {count}건")
    assert message.lines[0] == "지금 설정이면 3건"
    assert f"보내지 않았을 것: {withheld}" in message.lines
    assert message.buttons[0][0].command == f"/settings {typed}"
    state = await bot.context.subscriptions.chat(CHAT)
    assert state.settings == ChatSettings()
    assert state.daily_limit == 0


async def test_a_chat_without_a_subscription_is_shown_what_there_is(bot: Bot) -> None:
    message = await bot.ask("/미리보기")
    assert message.head.endswith("3건")
    assert "구독이 없어 모든 종목의 모든 알림으로 셌습니다." in message.lines


@pytest.mark.parametrize("typed", ["기준 전부", "고래 10만"])
async def test_what_was_never_recorded_is_not_passed_off_as_nothing(bot: Bot, typed: str) -> None:
    message = await bot.ask(f"/preview {typed}")
    assert "표준보다 작거나 그 종목에서 흔한 것은 기록되지 않아 세지 못했습니다." in message.lines


async def test_more_than_the_limit_is_explained(bot: Bot) -> None:
    bot.journal.stored.append(large_trade("XRPUSDT", "buy", 700_000, NOW_MS - HOUR_MS))
    message = await bot.ask("/preview 하루 1건")
    assert message.head.endswith("2건")
    assert "긴급은 하루 한도와 상관없이 옵니다." in message.lines


async def test_a_day_without_alerts(bot: Bot) -> None:
    bot.journal.stored.clear()
    message = await bot.ask("/preview")
    assert message.head.endswith("0건")
    assert "켜져 있던 동안" in message.lines[-1]


@pytest.mark.parametrize("typed", ["급등", "쿨다운", "쿨다운 3초", "아무말", "방해금지 언제"])
async def test_what_is_no_setting_gets_one_line_with_an_example(bot: Bot, typed: str) -> None:
    message = await bot.ask(f"/preview {typed}")
    assert message.tone == "error"
    assert "예: " in message.head
    assert message.lines == ()
