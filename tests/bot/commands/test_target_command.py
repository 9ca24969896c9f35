"""/target reads prices as people type them, and waits for what can be meant."""

import pytest
from fakes import CHAT, DAY_MS, NOW_MS, Bot

from bot.model import Target
from pipeline.model import Ticker


@pytest.fixture
def bot() -> Bot:
    bot = Bot()
    for symbol, price in (("BTCUSDT", 100_000.0), ("PEPEUSDT", 0.0000095), ("ETHBTC", 0.03)):
        bot.tick(symbol, price, NOW_MS - 500)
    bot.exchange.days["SOLUSDT"] = Ticker("SOLUSDT", NOW_MS, 200.0, 190.0, 210.0, 180.0, 1.0, 1.0)
    return bot


async def only(bot: Bot) -> Target:
    (target,) = await bot.targets.targets(CHAT)
    return target


@pytest.mark.parametrize(
    ("typed", "symbol", "price", "way", "lasts_ms"),
    [
        ("BTC 10.5만", "BTCUSDT", 105_000, "up", 30 * DAY_MS),
        ("비트 9만 5천 3일", "BTCUSDT", 95_000, "down", 3 * DAY_MS),
        ("btc usdt 101k 1시간", "BTCUSDT", 101_000, "up", 3_600_000),
        ("BTC 100,234.5", "BTCUSDT", 100_234.5, "up", 30 * DAY_MS),
        ("BTC 99,000달러 이하", "BTCUSDT", 99_000, "down", 30 * DAY_MS),
        ("BTC +5%", "BTCUSDT", 105_000, "up", 30 * DAY_MS),
        ("BTC −5% 오늘", "BTCUSDT", 95_000, "down", DAY_MS - NOW_MS % DAY_MS),
        ("페페 0.00000921", "PEPEUSDT", 0.00000921, "down", 30 * DAY_MS),
        ("ETHBTC 0.031", "ETHBTC", 0.031, "up", 30 * DAY_MS),
        ("SOL 210", "SOLUSDT", 210, "up", 30 * DAY_MS),
        ("11만 비트", "BTCUSDT", 110_000, "up", 30 * DAY_MS),
    ],
)
async def test_a_price_is_read_as_typed(
    bot: Bot, typed: str, symbol: str, price: float, way: str, lasts_ms: int
) -> None:
    message = await bot.ask(f"/target {typed}")
    assert message.tone != "error", message.head
    target = await only(bot)
    assert (target.symbol, target.price, target.way) == (symbol, pytest.approx(price), way)
    assert target.until_ms - target.since_ms == lasts_ms


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("BTC 1억 4천만원", "원이 아니라 달러"),
        ("BTC 140000000", "너무 멉니다"),
        ("BTC 5%", "+나 −를"),
        ("BTC -100%", "비율"),
        ("BTC 100000", "지금 가격이 바로"),
        ("BTC 0", "0보다 큰"),
        ("BTC 3일", "가격을 함께"),
        ("BTC 105000 글쎄", "기한은"),
        ("BTC 105000 30초", "1분보다"),
        ("BTC 105000 99999일", "1분부터 1년까지"),
        ("없는코인 5", "비트코인. 쓰는 법: /target BTC +5%"),
        ("BTC -5", "지금 가격부터의 비율(%)입니다. 예: /target BTC -5%"),
        ("BTC −100", "지금 가격부터의 비율"),
        ("btc abc", "‘abc’에서 가격을 알아보지 못했습니다. 예: /target BTC +5%"),
        ("삭제", "목록: /target"),
    ],
)
async def test_what_cannot_be_meant_gets_one_line_and_keeps_nothing(
    bot: Bot, typed: str, said: str
) -> None:
    message = await bot.ask(f"/target {typed}")
    assert message.tone == "error"
    assert said in message.head
    assert message.lines == ()
    assert await bot.targets.targets(CHAT) == []


async def test_the_answer_tells_the_distance_the_end_and_that_a_mute_does_not_hold_it(
    bot: Bot,
) -> None:
    message = await bot.ask("/target BTC 105000")
    assert message.head == "🎯 비트코인(BTCUSDT) 105,000달러 이상이 되면 한 번 알립니다"
    assert message.lines == (
        "지금 100,000달러 · 거기까지 🔴 ▲ +5.00%",
        "2월 11일(수) 09:03:21 KST까지 기다립니다(30일). "
        "기한을 정하려면 끝에 3일, 1시간, 오늘처럼 쓰세요.",
    )
    below = await bot.ask("/target BTC 95000")
    assert below.head == "🎯 비트코인(BTCUSDT) 95,000달러 이하가 되면 한 번 알립니다"
    await bot.ask("/mute 1시간")
    assert "음소거 중이지만" in (await bot.ask("/target BTC 106000")).lines[-1]


async def test_alerts_list_them_nearest_first_and_their_buttons_change_and_remove(
    bot: Bot,
) -> None:
    for price in ("120000", "101000", "95000"):
        await bot.ask(f"/target BTC {price}")
    message = await bot.ask("/alerts")
    shown = [line for line in message.lines if line.startswith("🎯")]
    assert ["101,000" in shown[0], "95,000" in shown[1], "120,000" in shown[2]] == [True] * 3
    (edit, remove) = message.buttons[1]
    assert (edit.command, remove.command) == ("/target 수정 2", "/target 삭제 2")
    offered = await bot.ask(edit.command)
    assert [b.command for b in offered.buttons[0]] == ["/target 수정 2 +1%", "/target 수정 2 +5%"]
    changed = await bot.ask("/target 수정 2 +2%")
    assert "전에는: 101,000달러 이상, 2월 11일(수)" in changed.lines[-1]
    assert {t.price for t in await bot.targets.targets(CHAT)} == {120_000, 102_000, 95_000}
    assert "지웠습니다" in (await bot.ask("/target 삭제 1")).head
    assert len(await bot.targets.targets(CHAT)) == 2


async def test_those_without_buttons_are_changed_and_removed_by_their_numbers(bot: Bot) -> None:
    for thousands in range(101, 113):
        await bot.ask(f"/target BTC {thousands}000")
    listed = await bot.ask("/alerts")
    goals = [line for line in listed.lines if line.startswith("🎯")]
    assert goals[-1] == "🎯 그 밖의 목표가 2개: /target"
    everything = (await bot.ask("/target")).lines
    goals = [line for line in everything if line.startswith("🎯")]
    assert ["번" in line for line in goals] == [False] * 3 + [True] * 9
    hint = next(line for line in everything if line.startswith("버튼에 없는 것은"))
    number = goals[3].rsplit(" · ", 1)[1].removesuffix("번")
    assert hint == f"버튼에 없는 것은 번호로: /target 삭제 {number}, /target 수정 {number}"
    number = goals[-1].rsplit(" · ", 1)[1].removesuffix("번")
    assert (await bot.ask(f"/target 삭제 {number}번")).head.endswith("112,000달러 이상")
    assert (await bot.ask("/target 삭제")).head == (
        "어느 목표가인지 목록의 버튼이나 번호로 골라 주세요. 목록: /target"
    )


async def test_a_price_may_be_cut_in_two_and_wait_for_a_week(bot: Bot) -> None:
    assert (await bot.ask("/target BTC 10 만 달러 1주일")).tone == "error"  # that is the price now
    message = await bot.ask("/target BTC 11 만 1주일")
    assert "110,000달러 이상" in message.head
    assert (await only(bot)).until_ms == NOW_MS + 7 * DAY_MS


async def test_the_same_price_asked_for_again_is_kept_once(bot: Bot) -> None:
    await bot.ask("/target BTC 105000")
    again = await bot.ask("/target BTC 105000 3일")
    assert again.lines[-1] == (
        "이미 기다리던 것을 바꿨습니다. 전에는: 2월 11일(수) 09:03:21 KST까지"
    )
    assert (await only(bot)).until_ms == NOW_MS + 3 * DAY_MS


async def test_only_admins_of_a_group_set_and_remove_them(bot: Bot) -> None:
    await bot.ask("/target BTC 105000")
    for text in ("/target BTC 106000", "/target 삭제 1", "/deletemydata"):
        assert (await bot.ask(text, admin=False, private=False)).tone == "error"
    assert (await only(bot)).price == 105_000


@pytest.mark.parametrize("text", ["/target 삭제 99", "/target 수정 99 +5%", "/target 수정 99"])
async def test_an_old_button_says_that_the_target_is_gone(bot: Bot, text: str) -> None:
    message = await bot.ask(text)
    assert message.head == "🎯 그 목표가는 이미 없습니다"
    assert message.buttons[0][0].command == "/alerts"


async def test_without_a_price_a_few_distances_are_offered(bot: Bot) -> None:
    message = await bot.ask("/target 비트")
    assert "지금 100,000달러" in message.head
    assert (await bot.ask(message.buttons[0][0].command)).tone != "error"
    assert (await only(bot)).price == 101_000
    assert [b.label for b in message.buttons[1]] == ["🎯 −1%", "🎯 −5%"]  # U+2212, as elsewhere


async def test_what_is_stored_goes_once_the_asker_confirms(bot: Bot) -> None:
    assert "저장한 것이 없습니다" in (await bot.ask("/내정보삭제")).head
    bot.eraser.stored[CHAT] = {"subscriptions": 3, "news_of_tomorrow": 1}
    message = await bot.ask("/deletemydata")
    assert "• 구독: 3건" in message.lines
    assert "• news_of_tomorrow: 1건" in message.lines
    assert (await bot.ask("/deletemydata 000000")).tone == "error"
    button = message.buttons[0][0]
    assert (await bot.ask(button.command, user="another")).tone == "error"
    assert (await bot.ask(button.command)).head == "🗑 모두 지웠습니다"
    assert bot.eraser.stored == {}
