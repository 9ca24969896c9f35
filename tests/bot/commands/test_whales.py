"""/whales: which recorded trades are listed, and what is added up."""

import pytest
from fakes import DAY_MS, HOUR_MS, MINUTE_MS, NOW_MS, Bot, FakeJournal, large_trade

from bot.commands.whales import COUNTED
from bot.model import Button, StoredAlert
from bot.symbols import Symbols
from pipeline.model import LargeTrade, Spread, SymbolInfo


@pytest.fixture
def bot() -> Bot:
    bot = Bot()
    bot.journal.stored = [
        large_trade("BTCUSDT", "buy", 12_340_000, NOW_MS - 5_000),
        large_trade("ETHUSDT", "sell", 2_000_000, NOW_MS - 30 * MINUTE_MS),
        large_trade("BTCUSDT", "sell", 340_000, NOW_MS - 59 * MINUTE_MS),
        large_trade("BTCUSDT", "sell", 50_000_000, NOW_MS - 2 * HOUR_MS),
        large_trade("BTCUSDT", "buy", 70_000, NOW_MS - 23 * HOUR_MS),
        large_trade("BTCUSDT", "buy", 99_000_000, NOW_MS - DAY_MS - 1),
    ]
    return bot


async def test_the_whole_answer(bot: Bot) -> None:
    message = await bot.ask("/whales")
    assert message.head == "🐳 대량 체결 5건 (최근 24시간)"
    assert message.lines == (
        "최근 1시간 3건: 🔴 순매수 1,000만 달러",
        "시장가 매수 1,234만 달러 · 시장가 매도 234만 달러",
        "최근 5건",
        "09:03:16 KST · 비트코인(BTCUSDT) · 🔴 매수 1,234만 달러",
        "08:33:21 KST · 이더리움(ETHUSDT) · 🔵 매도 200만 달러",
        "08:04:21 KST · 비트코인(BTCUSDT) · 🔵 매도 34만 달러",
        "07:03:21 KST · 비트코인(BTCUSDT) · 🔵 매도 5,000만 달러",
        "1월 11일(일) 10:03:21 KST · 비트코인(BTCUSDT) · 🔴 매수 7만 달러",
    )
    assert message.foot == "※ 정보 제공용이며 투자 조언이 아닙니다."


async def test_what_an_earlier_run_did_not_keep_is_not_said_to_be_counted(bot: Bot) -> None:
    bot.market.large_trade(large_trade("BTCUSDT", "buy", 60_000, NOW_MS - 3 * MINUTE_MS).alert)
    lines = (await bot.ask("/whales")).lines
    assert lines[-1] == "09:00:21 KST 이전은 알림으로 남은 것만 셉니다."


async def test_the_sums_are_since_the_start_of_a_run_that_is_younger_than_an_hour(
    bot: Bot,
) -> None:
    bot.began_ms = NOW_MS - 3 * MINUTE_MS
    assert (await bot.ask("/whales")).lines[:2] == (
        "09:00:21 KST부터 1건: 🔴 순매수 1,234만 달러",
        "시장가 매수 1,234만 달러 · 시장가 매도 0달러",
    )
    bot.journal.stored = bot.journal.stored[1:]
    assert (await bot.ask("/whales")).lines[0] == "09:00:21 KST부터: 기록된 대량 체결 없음"


async def test_the_net_is_the_difference_of_the_sides_as_they_are_told(bot: Bot) -> None:
    bot.journal.stored = [
        large_trade("BTCUSDT", "buy", 7_020_063.4, NOW_MS),
        large_trade("BTCUSDT", "sell", 6_092_374.6, NOW_MS - 1),
    ]
    assert (await bot.ask("/whales")).lines[:2] == (
        "최근 1시간 2건: 🔴 순매수 92만 7,688달러",
        "시장가 매수 702만 63달러 · 시장가 매도 609만 2,375달러",
    )


async def test_one_symbol_alone(bot: Bot) -> None:
    message = await bot.ask("/whales 이더")
    assert message.head == "🐳 이더리움(ETHUSDT) 대량 체결 1건 (최근 24시간)"
    assert message.lines[:4] == (
        "최근 1시간 1건: 🔵 순매도 200만 달러",
        "시장가 매수 0달러 · 시장가 매도 200만 달러",
        "최근 1건",
        "08:33:21 KST · 🔵 매도 200만 달러",
    )
    assert [b.command for b in message.buttons[0]] == [
        "/whales ETHUSDT",
        "/subscribe ETHUSDT large_trade",
    ]


async def test_orders_of_a_future_are_told_where_it_is_named_and_nowhere_else(bot: Bot) -> None:
    future = "binance-futures:BTCUSDT"
    bot.journal.stored.append(large_trade(future, "buy", 900_000, NOW_MS - 1_000))
    assert (await bot.ask("/whales")).head == "🐳 대량 체결 5건 (최근 24시간)"
    bot.directory = Symbols(
        bot.directory._index.pairs, {}, {future: SymbolInfo(future, "BTC", "USDT")}
    )
    message = await bot.ask("/whales 선물:btc")
    assert message.head == "🐳 비트코인(BTCUSDT) 선물 대량 체결 1건 (최근 24시간)"


async def test_whoever_receives_large_trades_is_not_offered_them_again(bot: Bot) -> None:
    offers = []
    for text in ("/subscribe BTC 고래", "/subscribe all 고래"):
        await bot.ask(text)
        offers += [(await bot.ask(asked)).buttons[0][1] for asked in ("/whales BTC", "/whales")]
    everything = Button("🔔 대량 체결 알림 받기", "/subscribe all large_trade")
    mine = Button("📋 내 알림", "/alerts")
    assert offers == [mine, everything, mine, mine]


async def test_only_the_newest_eight_are_listed(bot: Bot) -> None:
    bot.journal.stored = [
        large_trade("BTCUSDT", "buy", 60_000 + i, NOW_MS - i * 1_000) for i in range(20)
    ]
    message = await bot.ask("/whales")
    assert message.head == "🐳 대량 체결 20건 (최근 24시간)"
    assert sum("BTCUSDT" in line for line in message.lines) == 8
    assert message.lines[3].endswith("매수 6만 달러")


async def test_other_currencies_are_added_in_dollars_where_a_rate_is_known(bot: Bot) -> None:
    bot.journal.stored = [
        large_trade("ETHBTC", "buy", 30.5, NOW_MS - 1_000),
        large_trade("SOLTRY", "sell", 9_000_000.0, NOW_MS - 2_000),
    ]
    assert (await bot.ask("/whales")).lines[0] == "최근 1시간 2건"
    bot.tick("BTCUSDT", 100_000.0, NOW_MS)
    assert (await bot.ask("/whales")).lines[:6] == (
        "최근 1시간 2건: 🔴 순매수 305만 달러",
        "시장가 매수 305만 달러 · 시장가 매도 0달러",
        "달러로 바꿀 시세가 없는 1건은 합계에서 뺐습니다.",
        "최근 2건",
        "09:03:20 KST · 이더리움(ETHBTC) · 🔴 매수 30.5 BTC",
        "09:03:19 KST · 솔라나(SOLTRY) · 🔵 매도 900만 TRY",
    )


async def test_equal_sides_are_neither(bot: Bot) -> None:
    bot.journal.stored = [
        large_trade("BTCUSDT", "buy", 70_000, NOW_MS),
        large_trade("BTCUSDT", "sell", 70_000, NOW_MS - 1),
    ]
    assert (await bot.ask("/whales")).lines[0] == "최근 1시간 2건: 순매수 0달러"


async def test_an_hour_without_large_trades_says_so(bot: Bot) -> None:
    bot.journal.stored = bot.journal.stored[3:]
    assert (await bot.ask("/whales")).lines[0] == "최근 1시간: 기록된 대량 체결 없음"


async def test_a_flood_is_counted_as_at_least(bot: Bot) -> None:
    bot.journal.stored = [
        large_trade("BTCUSDT", "buy", 100_000, NOW_MS - i) for i in range(COUNTED + 5)
    ]
    message = await bot.ask("/whales")
    assert message.head == "🐳 대량 체결 1,000건 이상 (최근 24시간)"
    assert message.lines[0] == "최근 1,000건(1시간 이내): 🔴 순매수 1억 달러"


async def test_nothing_recorded_is_said_without_an_error(bot: Bot) -> None:
    bot.journal.stored = []
    message = await bot.ask("/whales BTC")
    assert message.head == ("🐳 비트코인(BTCUSDT) 최근 24시간 동안 기록된 대량 체결이 없습니다")
    assert message.tone == "plain"


async def test_other_kinds_of_alerts_are_not_whales(bot: Bot) -> None:
    alert = Spread(
        id="spread:1", symbol="BTCUSDT", at_ms=NOW_MS, excess=2.0,
        spread_bp=9.0, usual_bp=1.0, times_usual=9.0, bid=1.0, ask=1.1,
    )  # fmt: skip
    bot.journal.stored = [StoredAlert(alert, NOW_MS)]
    assert "없습니다" in (await bot.ask("/whales")).head


async def test_an_unknown_symbol_is_answered_with_help(bot: Bot) -> None:
    message = await bot.ask("/whales 없는코인이름")
    assert "맞는 심볼이 없습니다" in message.head
    assert message.tone == "error"


async def test_every_large_trade_of_this_run_counts_whether_or_not_it_became_a_message() -> None:
    bot = Bot()
    told = large_trade("BTCUSDT", "buy", 200_000.0, NOW_MS - 60_000)
    untold = large_trade("BTCUSDT", "sell", 500_000.0, NOW_MS - 30_000)
    bot.journal = FakeJournal([told])
    for stored in (told, untold):
        assert isinstance(stored.alert, LargeTrade)
        bot.market.large_trades.append(stored.alert)
    message = await bot.ask("/whales btc")
    assert message.head == "🐳 비트코인(BTCUSDT) 대량 체결 2건 (최근 24시간)"
    assert message.lines[0] == "최근 1시간 2건: 🔵 순매도 30만 달러"
    assert "2건" not in (await bot.ask("/whales eth")).head
