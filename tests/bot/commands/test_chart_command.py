"""/chart: which intervals there are, what the words tell, what the picture is drawn from."""

import pytest
from fakes import DOWN, HOUR_MS, MINUTE_MS, NOW_MS, Bot, large_trade, minute_bars
from pictures import GreyCharts

from bot.commands import chart
from bot.drawings import CandleChart, Mark
from bot.model import Button


@pytest.fixture
def charts() -> GreyCharts:
    return GreyCharts()


@pytest.fixture
def bot(charts: GreyCharts) -> Bot:
    """BTCUSDT rose from 100,000 by 10 with each bar, of whatever interval."""
    bot = Bot()
    bot.charts = charts
    opens = [100_000.0 + 10 * i for i in range(100)]
    bot.exchange.bars["BTCUSDT"] = [
        bar
        for interval in chart.INTERVALS
        for bar in minute_bars("BTCUSDT", opens, NOW_MS // MINUTE_MS * MINUTE_MS, interval)
    ]
    return bot


async def test_whoever_receives_the_symbol_is_not_offered_it_again(
    bot: Bot, charts: GreyCharts
) -> None:
    await bot.ask("/subscribe BTC")
    assert (await bot.ask("/chart 비트")).buttons[2][1] == Button("📋 내 알림", "/alerts")


async def test_the_whole_answer(bot: Bot, charts: GreyCharts) -> None:
    bot.journal.stored = [
        large_trade("BTCUSDT", "buy", 90_000.0, NOW_MS - HOUR_MS),
        large_trade("BTCUSDT", "sell", 70_000.0, NOW_MS - 2 * HOUR_MS),
        large_trade("ETHUSDT", "buy", 90_000.0, NOW_MS - HOUR_MS),
        large_trade("BTCUSDT", "buy", 90_000.0, NOW_MS - 90 * HOUR_MS),
    ]
    message = await bot.ask("/chart 비트")
    assert message.head == "📈 비트코인(BTCUSDT) 15분 차트 · 100,990달러"
    assert message.lines == (
        "최근 18시간 🔴 ▲ +0.71%",
        "고가 100,990달러 · 저가 100,280달러",
        "거래대금 724만 5,720달러",
        "🔔 이 기간의 알림: 대량 체결 2건 · 마지막 08:03:21 KST",
    )
    assert message.tone == "up" and not message.private
    assert message.buttons[0] == (Button("🔄 새로고침", "/chart BTCUSDT 15분"),)
    assert [b.label for b in message.buttons[1]] == ["1분", "1시간", "1일"]
    assert message.buttons[2][1] == Button("🔔 알림 받기", "/subscribe BTCUSDT")
    assert message.picture is not None
    assert message.picture.alt == (
        "비트코인(BTCUSDT) 15분 차트 · 100,990달러 · 최근 18시간 🔴 ▲ +0.71% · "
        "고가 100,990달러 · 저가 100,280달러"
    )
    (drawn,) = charts.drawn
    assert isinstance(drawn, CandleChart)
    assert (drawn.title, drawn.interval, drawn.span) == ("비트코인(BTCUSDT)", "15분", "18시간")
    assert (len(drawn.bars), drawn.shown) == (96, 72)  # the longer average begins with the first
    assert drawn.shown + max(drawn.averages) - 1 <= len(drawn.bars)
    assert drawn.marks == (
        Mark("large_trade", NOW_MS - 2 * HOUR_MS, "down"),
        Mark("large_trade", NOW_MS - HOUR_MS, "up"),
    )
    assert (drawn.source, drawn.at_ms) == ("바이낸스 현물", NOW_MS)


@pytest.mark.parametrize(
    ("asked", "interval"),
    [
        ("/chart btc", "15분"),
        ("/chart btc 1m", "1분"),
        ("/chart btcusdt 5분", "5분"),
        ("차트 비트 15분봉", "15분"),
        ("차트 비트코인 1시간", "1시간"),
        ("비트 차트", "15분"),
        ("/차트 비트 1 시간", "1시간"),
        ("/chart BTC 1H", "1시간"),
        ("/chart 비트 한시간", "1시간"),
        ("/chart 비트 네 시간", "4시간"),
        ("차트 비트 하루", "1일"),
        ("/chart btc 60분", "1시간"),
        ("/chart btc 4h", "4시간"),
        ("/chart btc 일봉", "1일"),
        ("/chart btc 24시간", "1일"),
        ("/chart btc 1d", "1일"),
        ("/chart btc 5", "5분"),
        ("캔들 btc 1분", "1분"),
    ],
)
async def test_intervals_are_understood_in_both_languages(
    bot: Bot, asked: str, interval: str
) -> None:
    assert (await bot.ask(asked)).head.startswith(f"📈 비트코인(BTCUSDT) {interval} 차트")


@pytest.mark.parametrize("wrong", ["7분", "2h", "30m", "1주", "10초", "1개월", "0", "99999일"])
async def test_an_interval_that_there_is_none_of_is_answered_with_those_that_there_are(
    bot: Bot, wrong: str
) -> None:
    message = await bot.ask(f"/chart btc {wrong}")
    assert message.tone == "error"
    assert message.head == (
        f"‘{wrong}’ 차트는 없습니다. 주기는 1분·5분·15분·1시간·4시간·1일 중에서 골라 주세요. "
        "예: /chart BTC 15분"
    )


async def test_a_coin_whose_name_begins_with_a_number_is_no_interval() -> None:
    assert chart.take_interval(["1inch"]) == (["1inch"], "15m")
    assert chart.take_interval(["1000sats", "1h"]) == (["1000sats"], "1h")
    assert chart.take_interval(["btc", "usdt"]) == (["btc", "usdt"], "15m")


async def test_without_a_symbol_an_example_is_given(bot: Bot) -> None:
    assert "예: /chart BTC 15분" in (await bot.ask("/chart")).head


async def test_a_pair_that_was_never_traded_and_an_exchange_that_is_silent_are_told(
    bot: Bot,
) -> None:
    assert "차트가 없습니다" in (await bot.ask("/chart ada")).head
    bot.exchange.down = True
    assert (await bot.ask("/chart btc")).head == DOWN


@pytest.mark.parametrize(
    ("reason", "said"), [("busy", "요청이 많아"), ("deadline", "못해"), ("broken", "못해")]
)
async def test_without_its_picture_an_answer_says_so_in_one_line(
    bot: Bot, charts: GreyCharts, reason: str, said: str
) -> None:
    charts.reason = reason
    message = await bot.ask("/chart btc")
    assert message.picture is None and message.tone != "error"
    assert said in message.lines[-1] and "글로만" in message.lines[-1]


async def test_a_simulated_market_is_called_so_in_the_picture(charts: GreyCharts) -> None:
    bot = Bot(simulated=True)
    bot.charts = charts
    bot.exchange.bars["BTCUSDT"] = minute_bars("BTCUSDT", [1.0, 2.0], NOW_MS, "15m")
    await bot.ask("/chart btc")
    assert isinstance(drawn := charts.drawn[0], CandleChart)
    assert drawn.source == "모의 시장(실제 시세가 아닙니다)"
