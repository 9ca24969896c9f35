"""/funding and /liquidations: what is told of futures, and when that cannot be told."""

import pytest
from fakes import DAY_MS, HOUR_MS, MINUTE_MS, NOW_MS, Bot

from pipeline.futures import Futures
from pipeline.model import Liquidation, Mark, Position


@pytest.fixture
def bot() -> Bot:
    bot = Bot()
    bot.futures = Futures()
    return bot


def value(bot: Bot, symbol: str, rate: float, **changes: float) -> None:
    assert bot.futures is not None
    known = {"price": 65_065.0, "index": 65_000.0, "at_ms": NOW_MS - 1_000, **changes}
    bot.futures.on(
        Mark(
            f"binance-futures:{symbol}",
            known["price"],
            known["index"],
            rate,
            NOW_MS + 2 * HOUR_MS + 5 * MINUTE_MS,
            int(known["at_ms"]),
        )
    )


def close(bot: Bot, symbol: str, position: Position, dollars: float, at_ms: int) -> None:
    assert bot.futures is not None
    bot.futures.on(Liquidation(f"binance-futures:{symbol}", position, dollars, 1.0, at_ms))


async def test_the_funding_of_one_contract(bot: Bot) -> None:
    value(bot, "BTCUSDT", 0.000125)
    for asked in ("/funding btc", "/펀딩비 비트코인", "/funding binance-futures:btcusdt"):
        message = await bot.ask(asked)
        assert message.head == "💸 비트코인(BTCUSDT) 선물 펀딩비 +0.0125%"
        assert message.lines == (
            "롱(매수) 포지션이 숏(매도) 포지션에 냅니다.",
            "다음 정산 1월 12일(월) 11:08 KST (2시간 5분 뒤)",
            "선물 기준가 65,065달러 · 현물 지수 65,000달러",
            "현물 지수와의 차이 +0.1%",
            "바이낸스 USDⓈ-M 무기한 선물 · 09:03:20 KST 기준",
        )
        assert message.foot == "※ 정보 제공용이며 투자 조언이 아닙니다."


async def test_a_negative_rate_is_paid_by_shorts_and_nothing_is_paid_at_zero(bot: Bot) -> None:
    value(bot, "BTCUSDT", -0.02)
    message = await bot.ask("/funding btc")
    assert message.head.endswith("−2%")
    assert message.lines[0].startswith("숏(매도) 포지션이")
    value(bot, "BTCUSDT", 0.0, at_ms=NOW_MS)
    message = await bot.ask("/funding btc")
    assert message.head.endswith(" 0%")
    assert "주고받는 것이 없습니다" in message.lines[0]


async def test_a_contract_that_spot_does_not_have_goes_by_its_own_name(bot: Bot) -> None:
    value(bot, "1000PEPEUSDT", 0.0001)
    assert "1000PEPEUSDT" in (await bot.ask("/funding 1000pepeusdt")).head


async def test_the_highest_and_the_lowest(bot: Bot) -> None:
    for number, symbol in enumerate(("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "ADAUSDT")):
        value(bot, symbol, (number - 2) / 10_000)
    message = await bot.ask("/funding")
    assert message.head == "💸 선물 펀딩비 상위·하위"
    assert message.lines[1:8] == (
        "높은 쪽",
        "1. 에이다(ADAUSDT) +0.02%",
        "2. 리플(XRPUSDT) +0.01%",
        "3. 솔라나(SOLUSDT) 0%",
        "낮은 쪽",
        "1. 비트코인(BTCUSDT) −0.02%",
        "2. 이더리움(ETHUSDT) −0.01%",
    )


async def test_the_lowest_are_told_where_no_rate_is_below_zero(bot: Bot) -> None:
    for number in range(12):
        value(bot, f"A{number}USDT", number / 10_000)
    lines = (await bot.ask("/funding")).lines
    high, low = lines.index("높은 쪽"), lines.index("낮은 쪽")
    assert [line.split()[-1] for line in lines[high + 1 : low]] == [
        "+0.11%", "+0.1%", "+0.09%", "+0.08%", "+0.07%",
    ]  # fmt: skip
    assert [line.split()[-1] for line in lines[low + 1 : low + 6]] == [
        "0%", "+0.01%", "+0.02%", "+0.03%", "+0.04%",
    ]  # fmt: skip


async def test_one_contract_alone_is_not_the_lowest_as_well(bot: Bot) -> None:
    value(bot, "BTCUSDT", 0.0001)
    lines = (await bot.ask("/funding")).lines
    assert "높은 쪽" in lines
    assert "낮은 쪽" not in lines


async def test_liquidations_of_both_sides_are_lower_bounds(bot: Bot) -> None:
    value(bot, "BTCUSDT", 0.0001, at_ms=NOW_MS - DAY_MS + 1)
    value(bot, "BTCUSDT", 0.0001)
    close(bot, "BTCUSDT", "long", 4_000_000, NOW_MS - 3 * HOUR_MS)
    close(bot, "BTCUSDT", "long", 1_000_000, NOW_MS - 3 * HOUR_MS + 12_000)
    close(bot, "ETHUSDT", "short", 200_000, NOW_MS - 10 * MINUTE_MS)
    message = await bot.ask("/liquidations")
    assert message.head == "💥 선물 청산 520만 달러 이상 (최근 24시간)"
    assert message.lines == (
        "최근 24시간: 롱 500만 달러 이상(2건) · 숏 20만 달러 이상(1건)",
        "최근 1시간: 숏 20만 달러 이상(1건)",
        "큰 청산",
        "06:03:21 KST · 비트코인(BTCUSDT) · 롱 청산 500만 달러 이상 (12초 동안 2건)",
        "08:53:21 KST · 이더리움(ETHUSDT) · 숏 청산 20만 달러 이상",
        "거래소가 종목마다 1초에 한 건만 알려 주어 실제로는 더 클 수 있습니다.",
        "바이낸스 USDⓈ-M 선물 · 09:03:20 KST 기준",
    )
    one = await bot.ask("/청산 비트")
    assert one.head == "💥 비트코인(BTCUSDT) 선물 청산 500만 달러 이상 (최근 24시간)"
    assert [b.command for b in one.buttons[0]] == ["/liquidations BTCUSDT", "/funding BTCUSDT"]


async def test_what_has_not_been_seen_is_not_called_nothing(bot: Bot) -> None:
    """A bot that has run for two minutes says so."""
    value(bot, "BTCUSDT", 0.0001, at_ms=NOW_MS - 2 * MINUTE_MS)
    value(bot, "BTCUSDT", 0.0001)
    message = await bot.ask("/liquidations")
    assert message.head == "💥 최근 2분 동안 알려진 선물 청산이 없습니다"
    assert "켜져 있던 동안" in message.lines[0]


async def test_figures_that_have_stopped_say_how_old_they_are(bot: Bot) -> None:
    value(bot, "BTCUSDT", 0.0001, at_ms=NOW_MS - 3 * MINUTE_MS)
    for asked in ("/funding", "/funding btc", "/liquidations"):
        assert (await bot.ask(asked)).lines[0] == "⚠️ 선물 데이터가 멈췄습니다. 3분 전 값입니다."


@pytest.mark.parametrize("asked", ["/funding", "/funding btc", "/liquidations"])
async def test_without_data_the_answer_says_why(asked: str) -> None:
    bot = Bot()
    assert "이 봇에는 선물 데이터가 없습니다" in (await bot.ask(asked)).head
    bot.futures = Futures()
    assert "아직 받지 못했습니다" in (await bot.ask(asked)).head


async def test_a_coin_without_a_future_is_told_apart_from_one_that_does_not_exist(bot: Bot) -> None:
    value(bot, "BTCUSDT", 0.0001)
    assert "무기한 선물이 없습니다" in (await bot.ask("/funding 이더리움")).head
    assert "심볼이 없습니다" in (await bot.ask("/liquidations 없는코인")).head


async def test_status_tells_of_futures_where_they_are_followed(bot: Bot) -> None:
    assert "선물 데이터를 아직 받지 못했습니다" in " ".join((await bot.ask("/status")).lines)
    value(bot, "BTCUSDT", 0.0001)
    assert "선물 1개 종목의 데이터를 받습니다." in (await bot.ask("/status")).lines
    bot.now_ms += MINUTE_MS
    assert "⚠️ 선물 데이터가 멈췄습니다." in " ".join((await bot.ask("/status")).lines)
    assert "선물" not in " ".join((await Bot().ask("/status")).lines)
