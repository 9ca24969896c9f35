"""/kimp: premiums by both rates with their age, and a clear line where nothing true can be told."""

import pytest
from busy_bot import busy
from fakes import HOUR_MS, MINUTE_MS, NOW_MS, Bot

from pipeline.model import Ticker, WonTicker
from pipeline.won import Rate, Won


@pytest.fixture
def bot() -> Bot:
    """Bitcoin at 100,000 dollars and Ethereum at 3,500, a moment ago."""
    bot = Bot()
    bot.kinds = (*bot.kinds, "kimchi")
    bot.won = Won()
    bot.won.rate = Rate(1_385.2, NOW_MS - 9 * HOUR_MS, "open.er-api.com")
    for symbol, price in (("BTCUSDT", 100_000.0), ("ETHUSDT", 3_500.0)):
        bot.tick(symbol, price, NOW_MS - 500)
        day = Ticker(symbol, NOW_MS - 600, price, price, price, price, 1.0, price)
        bot.market[symbol].day = bot.exchange.days[symbol] = day
    tell(bot, "USDT", 1_402.0)
    tell(bot, "BTC", 141_200_000.0)
    tell(bot, "ETH", 4_890_000.0)
    return bot


def tell(bot: Bot, base: str, won: float, ago_ms: int = 300, **more: object) -> None:
    assert bot.won is not None
    at_ms = NOW_MS - ago_ms
    bot.won.on(WonTicker(f"upbit:KRW-{base}", won, at_ms, NOW_MS - 300, 1.2, 3e11, **more))  # type: ignore[arg-type]


async def test_a_coin_by_both_rates(bot: Bot) -> None:
    for asked in ("/kimp btc", "/김프 비트코인", "/역프 KRW-BTC", "김프 비트"):
        message = await bot.ask(asked)
        assert message.head == "🇰🇷 비트코인(BTC) 김프 +1.93% (은행 환율)"
        assert message.lines == (
            "업비트 141,200,000원 (0.3초 전 체결) · 바이낸스 100,000달러",
            "은행 환율 기준 김프 +1.93% · 1달러 1,385.20원 (9시간 전 고시)",
            "업비트 테더 기준 김프 +0.71% · 1 USDT 1,402원 (0.3초 전 체결)",
            "업비트 09시 이후 🔴 ▲ +1.20%",  # before nine that is yesterday's
            "환율 제공: https://www.exchangerate-api.com",
        )
        assert message.foot == "※ 정보 제공용이며 투자 조언이 아닙니다."
    assert [b.command for b in message.buttons[0]] == [
        "/kimp BTC", "/kimp", "/subscribe BTC kimchi",
    ]  # fmt: skip


async def test_rates_that_disagree_are_explained(bot: Bot) -> None:
    message = await bot.ask("/kimp 이더리움")
    assert message.head.endswith("김프 +0.86% (은행 환율)")
    assert "업비트 테더 기준 역프 −0.35%" in message.lines[2]
    assert "두 기준의 부호가 다릅니다" in message.lines[3]


async def test_a_rate_that_is_old_or_unknown_gives_no_figure(bot: Bot) -> None:
    assert bot.won is not None
    bot.won.rate = Rate(1_385.2, NOW_MS - 100 * HOUR_MS, "open.er-api.com")
    message = await bot.ask("/kimp btc")
    assert message.head == "🇰🇷 비트코인(BTC) 김프 +0.71% (업비트 테더 기준)"
    assert message.lines[1] == "⚠️ 은행 환율이 4일 4시간 전 것이라 쓰지 않습니다."
    assert "1,385" not in "".join(message.lines)
    bot.won.rate = None
    assert (await bot.ask("/kimp btc")).lines[1] == "⚠️ 은행 환율을 아직 받지 못했습니다."
    overview = await bot.ask("/kimp")
    assert overview.head == "🇰🇷 비트코인 김프 +0.71% (업비트 테더 기준)"
    assert "다른 코인 1개 (업비트 테더 기준)" in overview.lines


async def test_a_price_in_won_names_the_rate_of_its_premium_which_is_the_tether_s_at_need(
    bot: Bot,
) -> None:
    assert bot.won is not None
    bot.won.rate = Rate(1_385.2, NOW_MS - 100 * HOUR_MS, "open.er-api.com")
    lines = (await bot.ask("/price btc")).lines
    assert "업비트 테더 기준 김프 +0.71% · 1 USDT 1,402원 (0.3초 전 체결)" in lines
    assert not any("은행" in line for line in lines)
    bot.won._tickers["USDT"] = WonTicker("upbit:KRW-USDT", 1_402.0, NOW_MS - 120_000, NOW_MS)
    lines = (await bot.ask("/price btc")).lines
    assert "업비트 141,200,000원" in lines
    assert not any("김프" in line or "환율" in line for line in lines)


async def test_without_tether_only_the_banks_rate_counts(bot: Bot) -> None:
    tell(bot, "USDT", 1_402.0, ago_ms=2 * MINUTE_MS)
    assert bot.won is not None
    bot.won._tickers["USDT"] = WonTicker("upbit:KRW-USDT", 1_402.0, NOW_MS - 120_000, NOW_MS)
    lines = (await bot.ask("/kimp btc")).lines
    assert lines[2].startswith("⚠️ 업비트 테더(KRW-USDT) 시세가 없어")
    bot.won.rate = None
    assert (await bot.ask("/kimp")).head == "🇰🇷 비트코인 김프를 지금은 알 수 없습니다"


async def test_prices_that_have_stopped_are_not_told(bot: Bot) -> None:
    bot.now_ms += 2 * MINUTE_MS
    for asked in ("/kimp", "/kimp btc", "/kimp usdt"):
        message = await bot.ask(asked)
        assert message.head == (
            "업비트 원화 시세가 멈춰 김프를 알 수 없습니다. 마지막 시세는 2분 전입니다."
        )
        assert message.tone == "error"


async def test_a_coin_that_nobody_trades_is_compared_with_nothing(bot: Bot) -> None:
    bot.won = Won()
    tell(bot, "ETH", 4_890_000.0, ago_ms=6 * MINUTE_MS)
    lines = (await bot.ask("/kimp eth")).lines
    assert lines[0].startswith("업비트 4,890,000원 (6분 전 체결)")
    assert lines[1] == "⚠️ 최근 체결이 없어 김프를 계산하지 않았습니다."
    assert not any("기준 김프" in line for line in lines)


async def test_what_cannot_be_the_same_coin_or_is_halted_is_warned_of(bot: Bot) -> None:
    tell(bot, "ETH", 9_890_000.0, ago_ms=0, halted=True)
    lines = " ".join((await bot.ask("/kimp eth")).lines)
    assert "이름만 같은 코인일 수 있습니다" in lines
    assert "거래가 멈춘 코인" in lines
    assert "이더리움" not in " ".join((await bot.ask("/kimp")).lines)


async def test_tether_itself_stands_against_the_banks_rate(bot: Bot) -> None:
    for asked in ("/kimp usdt", "/김프 테더", "/환율 달러"):
        message = await bot.ask(asked)
        assert message.head == "🇰🇷 테더(USDT) 김프 +1.21% (은행 환율)"
        assert "바이낸스" not in message.lines[0]


async def test_the_highest_and_the_lowest() -> None:
    message = await busy().ask("/kimp")
    assert message.head == "🇰🇷 비트코인 김프 +1.00% (은행 환율)"
    assert message.lines[0].startswith("은행 환율 기준 김프 +1.00% · 1달러 1,400원 (3시간 전 고시)")
    high, low = message.lines.index("높은 쪽"), message.lines.index("낮은 쪽")
    assert 0 < high < low
    ranked = message.lines[high + 1 : low]
    assert len(ranked) == 5
    assert message.lines[low + 1].startswith("1. ")


@pytest.mark.parametrize("asked", ["/kimp", "/kimp btc"])
async def test_without_data_the_answer_says_why(asked: str) -> None:
    bot = Bot()
    assert "이 봇에는 원화 시세가 없습니다" in (await bot.ask(asked)).head
    bot.won = Won()
    assert "아직 받지 못했습니다" in (await bot.ask(asked)).head


async def test_a_coin_that_upbit_does_not_have(bot: Bot) -> None:
    assert "업비트 원화 시세가 없습니다" in (await bot.ask("/kimp 리플")).head
    assert "심볼이 없습니다" in (await bot.ask("/kimp 없는코인")).head


async def test_a_price_is_told_in_won_too_and_status_tells_of_it(bot: Bot) -> None:
    lines = (await bot.ask("/price btc")).lines
    at = lines.index("업비트 141,200,000원")
    assert lines[at + 1] == "은행 환율 기준 김프 +1.93% · 1달러 1,385.20원 (9시간 전 고시)"
    assert "업비트 원화 시세 3개 · 은행 환율 9시간 전 고시" in (await bot.ask("/status")).lines
    bot.now_ms += 2 * MINUTE_MS
    assert not any("업비트" in line for line in (await bot.ask("/price btc")).lines)
    status = " ".join((await bot.ask("/status")).lines)
    assert "⚠️ 업비트 원화 시세가 멈췄습니다(2분 전)" in status
    bot.now_ms += 90 * HOUR_MS
    assert "⚠️ 은행 환율 4일 3시간 전 고시" in " ".join((await bot.ask("/status")).lines)
