"""/settings: how many alerts a day a chat wants."""

import pytest
from fakes import CHAT, Bot


@pytest.mark.parametrize(
    ("typed", "limit"),
    [
        ("/settings 하루 20건", 20),
        ("/settings 20", 20),
        ("/settings 하루 5개 이하", 5),
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


@pytest.mark.parametrize("typed", ["0", "많이", "하루 1001건", "-5", "하루"])
async def test_anything_else_gets_one_line_with_an_example(typed: str) -> None:
    bot = Bot()
    message = await bot.ask(f"/settings {typed}")
    assert message.tone == "error"
    assert "예: /settings 하루 20건" in message.head
    assert (await bot.subscriptions.chat(CHAT)).daily_limit == 0
