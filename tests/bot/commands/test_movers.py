"""/movers: what counts as a mover, and how the two lists are told."""

import pytest
from fakes import HOUR_MS, NOW_MS, Bot

from pipeline.model import SymbolInfo, Ticker


def day(
    bot: Bot, symbol: str, change_pct: float, turnover: float = 5e6, at_ms: int = NOW_MS - 1_000
) -> None:
    last = 100.0 * (1 + change_pct / 100)
    bot.market[symbol].day = Ticker(
        symbol, at_ms, last, 100.0, max(last, 100.0), min(last, 100.0), 1.0, turnover
    )


@pytest.fixture
def bot() -> Bot:
    bot = Bot()
    for i, change in enumerate((12.3, 8.0, 7.0, 6.0, 5.5, 4.0)):
        bot.market.listing[f"UP{i}USDT"] = SymbolInfo(f"UP{i}USDT", f"UP{i}", "USDT", tick=0.01)
        day(bot, f"UP{i}USDT", change)
    day(bot, "SOLUSDT", -3.1)
    day(bot, "DOGEUSDT", -9.25)
    return bot


async def test_the_whole_answer(bot: Bot) -> None:
    message = await bot.ask("/movers")
    assert message.head == "🔥 급등·급락 상위 (24시간 대비)"
    assert message.lines == (
        "USDT 종목 중 거래대금 100만 달러 이상 8개 기준",
        "📈 급등",
        "1. UP0USDT 🔴 ▲ +12.30% · 112.30달러",
        "2. UP1USDT 🔴 ▲ +8.00% · 108달러",
        "3. UP2USDT 🔴 ▲ +7.00% · 107달러",
        "4. UP3USDT 🔴 ▲ +6.00% · 106달러",
        "5. UP4USDT 🔴 ▲ +5.50% · 105.50달러",
        "📉 급락",
        "1. 도지코인(DOGEUSDT) 🔵 ▼ −9.25% · 90.75000달러",
        "2. 솔라나(SOLUSDT) 🔵 ▼ −3.10% · 96.90달러",
        "09:03:20 KST 기준",
    )
    assert message.foot == "※ 정보 제공용이며 투자 조언이 아닙니다."
    assert [[b.command for b in row] for row in message.buttons] == [
        ["/movers"],
        ["/price UP0USDT", "/price DOGEUSDT"],
    ]


async def test_what_is_hardly_traded_or_not_in_dollars_is_no_mover(bot: Bot) -> None:
    day(bot, "ADAUSDT", 90.0, turnover=999_999.0)
    day(bot, "ETHBTC", 80.0)
    day(bot, "LUNAUSDT", 70.0)  # listed, but no longer trading
    day(bot, "XRPUSDT", 60.0, at_ms=NOW_MS - HOUR_MS)  # nothing new for an hour
    bot.market["BTCUSDT"].day = Ticker("BTCUSDT", NOW_MS, 5.0, 0.0, 5.0, 5.0, 1.0, 9e9)
    message = await bot.ask("/movers")
    assert message.lines[0].endswith("8개 기준")
    assert message.lines[2].startswith("1. UP0USDT")


async def test_a_market_that_only_rises_has_no_falls() -> None:
    bot = Bot()
    day(bot, "BTCUSDT", 1.0)
    day(bot, "ETHUSDT", 0.0)
    lines = (await bot.ask("/movers")).lines
    assert lines[1:5] == (
        "📈 급등",
        "1. 비트코인(BTCUSDT) 🔴 ▲ +1.00% · 101달러",
        "📉 급락",
        "내린 종목이 없습니다.",
    )


async def test_before_the_first_data_there_is_nothing_to_rank() -> None:
    message = await Bot().ask("/movers")
    assert message.head == ("아직 24시간 시세가 모이지 않았습니다. 잠시 뒤에 다시 시도해 주세요.")
    assert message.tone == "error"


async def test_old_data_is_given_with_its_date(bot: Bot) -> None:
    bot.now_ms += 24 * HOUR_MS
    assert (await bot.ask("/movers")).lines[-1] == "1월 12일(월) 09:03:20 KST 기준"


async def test_stable_coins_and_what_stood_still_neither_rose_nor_fell(bot: Bot) -> None:
    for symbol, base, change in (("USDCUSDT", "USDC", -0.5), ("QUIETUSDT", "QUIET", -0.004)):
        bot.market.listing[symbol] = SymbolInfo(symbol, base, "USDT", tick=0.01)
        day(bot, symbol, change)
    message = await bot.ask("/movers")
    assert not any("USDC" in line or "QUIET" in line for line in message.lines)
    assert message.lines[0].endswith("9개 기준")
