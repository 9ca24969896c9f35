"""/price: what is said about a price, and from where it is taken."""

import pytest
from fakes import CHAT, DOWN, HOUR_MS, MINUTE_MS, NOW_MS, Bot, minute_bars

from bot.errors import StoreError
from bot.model import Button, Chat, ChatState
from bot.symbols import Symbols
from pipeline.model import SymbolInfo, Ticker

DAY = Ticker("BTCUSDT", NOW_MS - 1_000, 104_402.5, 100_000.0, 105_000.0, 99_000.0, 9.0, 1.2345e9)


@pytest.fixture
def bot() -> Bot:
    """BTCUSDT was traded every second for over an hour, the last time 0.4 s ago."""
    bot = Bot()
    last_ms = NOW_MS - 400
    bot.tick("BTCUSDT", 100_000.0, last_ms - HOUR_MS - MINUTE_MS)
    bot.tick("BTCUSDT", 103_000.0, last_ms - HOUR_MS + MINUTE_MS)
    bot.tick("BTCUSDT", 104_000.0, last_ms - 90_000)
    bot.tick("BTCUSDT", 104_402.5, last_ms)
    bot.market.saw(NOW_MS)
    bot.market["BTCUSDT"].day = DAY
    return bot


async def test_a_watched_pair_is_answered_from_what_was_streamed(bot: Bot) -> None:
    bot.exchange.down = True
    message = await bot.ask("/price 비트")
    assert message.head == "📊 비트코인(BTCUSDT) 104,402.50달러 · 24시간 대비 🔴 ▲ +4.40%"
    assert message.lines == (
        "1분 🔴 ▲ +0.39% · 1시간 🔴 ▲ +4.40%",
        "24시간 고가 105,000달러 · 저가 99,000달러",
        "24시간 거래대금 12억 3,450만 달러",
        "0.4초 전 체결 · 09:03:20 KST",
    )
    assert message.foot == "※ 정보 제공용이며 투자 조언이 아닙니다."
    assert message.tone == "up"
    assert message.buttons[0][0] == Button("🔄 새로고침", "/price BTCUSDT")
    assert not message.private


@pytest.mark.parametrize(
    "typed", ["/price btc eth", "시세 비트, 이더", "비트 이더 시세", "/price btc,eth", "btc eth"]
)
async def test_two_coins_are_answered_with_both(bot: Bot, typed: str) -> None:
    bot.exchange.days["ETHUSDT"] = Ticker(
        "ETHUSDT", NOW_MS - 2_000, 3_380.0, 3_400.0, 3_450.0, 3_300.0, 1000.0, 3e6
    )
    message = await bot.ask(typed)
    assert message.head == "📊 BTC·ETH 시세"
    assert message.lines == (
        "비트코인(BTCUSDT) 104,402.50달러 · 24시간 대비 🔴 ▲ +4.40% · 0.4초 전",
        "이더리움(ETHUSDT) 3,380달러 · 24시간 대비 🔵 ▼ −0.59% · 2초 전",
    )
    assert [b.command for row in message.buttons for b in row] == [
        "/price BTCUSDT",
        "/price ETHUSDT",
        "/price BTCUSDT ETHUSDT",
    ]


@pytest.mark.parametrize("typed", ["eth/btc", "ethbtc", "ETH-BTC", "이더/비트", "btc/eth"])
async def test_a_pair_of_two_coins_is_written_as_one(bot: Bot, typed: str) -> None:
    bot.exchange.days["ETHBTC"] = Ticker(
        "ETHBTC", NOW_MS, 0.0312, 0.0310, 0.0315, 0.0309, 1000.0, 31.2
    )
    assert (await bot.ask(f"/price {typed}")).head.startswith("📊 이더리움(ETHBTC)")


@pytest.mark.parametrize(
    "typed", ["btc usdt", "usdt btc", "비트 코인", "비트코인 원화", "btc 테더"]
)
async def test_two_words_of_one_coin_are_one(bot: Bot, typed: str) -> None:
    assert (await bot.ask(f"/price {typed}")).head.startswith("📊 비트코인(BTCUSDT)")


async def test_a_coin_of_two_words_is_no_two_coins(bot: Bot) -> None:
    listing = {
        symbol: SymbolInfo(symbol, symbol.removesuffix("USDT"), "USDT", tick=0.01)
        for symbol in ("BTCUSDT", "BCHUSDT", "CASHUSDT")
    }
    bot.directory = Symbols(listing)
    bot.exchange.days["BCHUSDT"] = Ticker("BCHUSDT", NOW_MS, 400.0, 400.0, 400.0, 400.0, 1.0, 1.0)
    assert (await bot.ask("/price 비트코인 캐시")).head.startswith("📊 비트코인캐시(BCHUSDT)")


async def test_of_several_coins_one_without_a_price_does_not_end_the_others(bot: Bot) -> None:
    first, second, third = (await bot.ask("/price 솔라나 비트 btc 도지")).lines
    assert second.startswith("비트코인(BTCUSDT) 104,402.50달러")
    assert "솔라나" in first and "도지" in third


async def test_more_than_five_coins_are_too_many(bot: Bot) -> None:
    message = await bot.ask("/price btc eth xrp sol doge pepe")
    assert message.head == "한 번에 5개까지 볼 수 있습니다. 예: /price BTC ETH"


@pytest.mark.parametrize(
    ("subscribed", "offered"),
    [
        ("", "/subscribe BTCUSDT"),
        ("/subscribe ETH", "/subscribe BTCUSDT"),
        ("/subscribe BTC 고래", "/subscribe BTCUSDT"),
        ("/subscribe BTC", "/alerts"),
        ("/subscribe all", "/alerts"),
    ],
)
async def test_whoever_receives_a_symbol_is_not_offered_it_again(
    bot: Bot, subscribed: str, offered: str
) -> None:
    if subscribed:
        await bot.ask(subscribed)
    (_, _, _, button), _ = (await bot.ask("/price BTC")).buttons
    assert button.command == offered


async def test_a_chat_that_is_paused_is_offered_to_go_on(bot: Bot) -> None:
    await bot.ask("/subscribe all")
    bot.subscriptions.pause(CHAT)
    (_, _, _, button), _ = (await bot.ask("/price BTC")).buttons
    assert button == Button("🔔 알림 받기", "/subscribe BTCUSDT")


async def test_a_price_is_told_though_the_store_fails(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(chat: Chat) -> ChatState:
        raise StoreError("locked")

    monkeypatch.setattr(bot.subscriptions, "chat", locked)
    message = await bot.ask("/price BTC")
    assert message.tone == "up"
    assert Button("🔔 알림 받기", "/subscribe BTCUSDT") in message.buttons[0]


async def test_a_simulated_market_is_called_so() -> None:
    bot = Bot(simulated=True)
    bot.market["BTCUSDT"].day = DAY
    foot = (await bot.ask("/price BTC")).foot
    assert foot == "🧪 모의 시장 · ※ 정보 제공용이며 투자 조언이 아닙니다."


async def test_a_fall_is_blue_and_has_the_tone_of_a_fall(bot: Bot) -> None:
    bot.tick("BTCUSDT", 95_000.0, NOW_MS)
    message = await bot.ask("/price BTC")
    assert message.head.endswith("95,000달러 · 24시간 대비 🔵 ▼ −5.00%")
    assert message.tone == "down"


async def test_a_price_beyond_the_days_edge_is_the_edge(bot: Bot) -> None:
    bot.tick("BTCUSDT", 106_000.0, NOW_MS)
    assert "24시간 고가 106,000달러 · 저가 99,000달러" in (await bot.ask("/price BTC")).lines


async def test_a_pair_that_is_not_watched_is_asked_for() -> None:
    bot = Bot()
    bot.exchange.days["ETHBTC"] = Ticker(
        "ETHBTC", NOW_MS - 2_000, 0.0312, 0.0310, 0.0315, 0.0309, 1000.0, 31.2
    )
    opened_ms = NOW_MS - NOW_MS % MINUTE_MS
    bot.exchange.bars["ETHBTC"] = minute_bars("ETHBTC", [0.0300] * 59 + [0.0320, 0.0312], opened_ms)
    message = await bot.ask("/price eth/btc")
    assert message.head == "📊 이더리움(ETHBTC) 0.03120 BTC · 24시간 대비 🔴 ▲ +0.65%"
    assert message.lines == (
        "약 1분 🔵 ▼ −2.50% · 약 1시간 🔴 ▲ +4.00%",
        "24시간 고가 0.03150 BTC · 저가 0.03090 BTC",
        "24시간 거래대금 31.2 BTC",
        "2초 전 시세 · 09:03:19 KST",
    )


async def test_changes_are_left_out_when_there_are_too_few_bars() -> None:
    bot = Bot()
    bot.exchange.days["ETHBTC"] = Ticker("ETHBTC", NOW_MS, 0.03, 0.03, 0.03, 0.03, 1.0, 1.0)
    opened_ms = NOW_MS - NOW_MS % MINUTE_MS
    bot.exchange.bars["ETHBTC"] = minute_bars("ETHBTC", [0.03, 0.03, 0.03], opened_ms)
    message = await bot.ask("/price ETHBTC")
    assert message.lines[0] == "약 1분 0.00%"
    assert message.tone == "plain"


@pytest.mark.parametrize("off_ms", [2 * HOUR_MS, -2 * HOUR_MS])
async def test_bars_are_read_by_the_exchanges_clock_when_ours_is_wrong(off_ms: int) -> None:
    bot = Bot()
    bot.exchange.days["ETHBTC"] = Ticker("ETHBTC", NOW_MS, 0.03, 0.03, 0.03, 0.03, 1.0, 1.0)
    opened_ms = NOW_MS - NOW_MS % MINUTE_MS
    bars = minute_bars("ETHBTC", [0.02] * 59 + [0.025, 0.03], opened_ms)
    bot.exchange.bars["ETHBTC"] = bars
    bot.now_ms += off_ms
    assert "약 1시간 🔴 ▲ +50.00%" in (await bot.ask("/price ETHBTC")).lines[0]


async def test_old_prices_of_a_feed_that_stands_still_are_not_shown_as_current(bot: Bot) -> None:
    bot.now_ms += 10 * MINUTE_MS
    bot.exchange.days["BTCUSDT"] = Ticker(
        "BTCUSDT", bot.now_ms, 98_000.0, 100_000.0, 105_000.0, 97_000.0, 9.0, 1.0e9
    )
    message = await bot.ask("/price BTC")
    assert message.head == "📊 비트코인(BTCUSDT) 98,000달러 · 24시간 대비 🔵 ▼ −2.00%"
    assert message.lines[-1] == "0초 전 시세 · 09:13:21 KST"
    assert not any("1분" in line for line in message.lines)


async def test_old_prices_are_shown_with_their_age_when_nobody_knows_better(bot: Bot) -> None:
    bot.now_ms += 10 * MINUTE_MS
    bot.exchange.down = True
    message = await bot.ask("/price BTC")
    assert message.head.startswith("📊 비트코인(BTCUSDT) 104,402.50달러")
    assert message.lines[-1] == "10분 전 체결 · 09:03:20 KST"
    del bot.market.symbols["BTCUSDT"]
    bot.market["BTCUSDT"].day = DAY
    message = await bot.ask("/price BTC")
    assert message.lines[-2:] == (
        "10분 1초 전 시세 · 09:03:20 KST",
        "⚠️ 새 시세를 받지 못해 마지막으로 받은 값을 보여 드립니다.",
    )


async def test_without_any_price_the_exchanges_silence_is_the_answer() -> None:
    bot = Bot()
    bot.exchange.down = True
    message = await bot.ask("/price XRP")
    assert (message.head, message.tone, message.private) == (DOWN, "error", True)


async def test_a_watched_pair_without_a_day_is_answered_without_it() -> None:
    bot = Bot()
    bot.exchange.down = True
    bot.tick("XRPUSDT", 2.5, NOW_MS - 5_000)
    message = await bot.ask("/price 리플")
    assert message.head == "📊 리플(XRPUSDT) 2.5000달러"
    assert message.lines == ("5초 전 체결 · 09:03:16 KST",)


async def test_a_pair_that_was_never_traded_has_no_price() -> None:
    message = await Bot().ask("/price ADA")
    assert message.head == "에이다(ADAUSDT): 아직 체결된 적이 없어 가격이 없습니다."
    assert message.tone == "error"


async def test_a_newer_quote_of_the_day_beats_an_older_trade(bot: Bot) -> None:
    bot.market["BTCUSDT"].day = Ticker(
        "BTCUSDT", NOW_MS - 100, 99_999.0, 100_000.0, 105_000.0, 99_000.0, 9.0, 1.0e9
    )
    bot.exchange.down = True
    message = await bot.ask("/price BTC")
    assert message.head.startswith("📊 비트코인(BTCUSDT) 99,999달러")
    assert message.lines[-1].startswith("0.1초 전 시세")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/price", "심볼을 함께 입력해 주세요. 예: /price BTC"),
        ("/price ㅋㅋㅋ", "‘ㅋㅋㅋ’에 맞는 심볼이 없습니다."),
        ("/price 비투코인", "비슷한 심볼: 비트코인(BTCUSDT)"),
        ("/price lunausdt", "지금 거래되지 않는 심볼입니다."),
        ("/price " + "x" * 60, "심볼이 너무 깁니다."),
        ("/price <b>", "‘B’에 맞는 심볼이 없습니다."),
    ],
)
async def test_bad_symbols_get_one_helpful_line(typed: str, answer: str) -> None:
    message = await Bot().ask(typed)
    assert answer in message.head
    assert "\n" not in message.head
    assert (message.lines, message.tone, message.private) == ((), "error", True)
