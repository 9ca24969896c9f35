"""/mute and /unmute: for how long, of what, and that everything said is so."""

import pytest
from fakes import CHAT, HOUR_MS, MINUTE_MS, NOW_MS, Bot

from bot.commands.receives import MAX_SYMBOLS
from bot.korean import FOREVER_MS
from bot.wiring.platforms import watching
from pipeline.model import ALL, SymbolInfo


async def muted(bot: Bot) -> dict[str, int]:
    """Symbol → for how long from now."""
    state = await bot.subscriptions.chat(CHAT)
    return {symbol: end - NOW_MS for symbol, end in state.muted.items()}


@pytest.mark.parametrize(
    ("typed", "mutes"),
    [
        ("/mute 30분", {ALL: 30 * MINUTE_MS}),
        ("/mute 1시간", {ALL: HOUR_MS}),
        ("/mute 오늘", {ALL: 24 * HOUR_MS - 3 * MINUTE_MS - 21_000}),  # until 09:00 KST
        ("/mute 계속", {ALL: FOREVER_MS}),
        ("/mute 2시간 all", {ALL: 2 * HOUR_MS}),
        ("/mute 전체", {ALL: HOUR_MS}),
        ("/mute 1 시간 30 분", {ALL: 90 * MINUTE_MS}),
        ("/음소거 2h", {ALL: 2 * HOUR_MS}),
        ("음소거 1시간 비트", {"BTCUSDT": HOUR_MS}),
        ("/mute BTC", {"BTCUSDT": HOUR_MS}),
        ("/mute btc usdt 30분", {"BTCUSDT": 30 * MINUTE_MS}),
        ("/mute BTC ETH 계속", {"BTCUSDT": FOREVER_MS, "ETHUSDT": FOREVER_MS}),
    ],
)
async def test_duration_and_symbols_come_in_any_order(typed: str, mutes: dict[str, int]) -> None:
    bot = Bot()
    message = await bot.ask(typed)
    assert (message.tone, message.private) == ("plain", True)
    assert await muted(bot) == mutes


async def test_the_answer_says_what_until_when_and_how_it_ends() -> None:
    bot = Bot()
    message = await bot.ask("/mute 1시간 BTC")
    assert message.head == "🔕 비트코인(BTCUSDT) 알림을 1시간 동안 끕니다"
    assert message.lines == (
        "10:03:21 KST까지 이 채팅에 그 종목의 알림이 오지 않습니다.",
        "다시 켜려면: /unmute BTCUSDT",
    )
    assert [b.command for b in message.buttons[0]] == ["/unmute BTCUSDT", "/alerts"]
    message = await bot.ask("/mute 2일")
    assert message.head == "🔕 모든 알림을 2일 동안 끕니다"
    assert message.lines[0] == "1월 14일(수) 09:03:21 KST까지 이 채팅에 알림이 오지 않습니다."
    message = await bot.ask("/mute 360일")
    assert message.lines[0].startswith("2027년 1월 7일(목) 09:03:21 KST까지")
    message = await bot.ask("/mute 계속")
    assert message.head == "🔕 모든 알림을 계속 끕니다"
    assert message.lines == (
        "해제할 때까지 이 채팅에 알림이 오지 않습니다.",
        "시세 데이터가 멈추거나 복구되면 소리 없이 알려 드립니다.",
        "다시 켜려면: /unmute",
    )


async def test_without_words_it_asks_instead_of_muting() -> None:
    bot = Bot()
    message = await bot.ask("음소거")
    assert message.head == "🔕 얼마 동안 모든 알림을 끌까요?"
    assert [[b.command for b in row] for row in message.buttons] == [
        ["/mute 30분", "/mute 1시간"],
        ["/mute 오늘", "/mute 계속"],
    ]
    assert await muted(bot) == {}
    await bot.ask("/mute 1시간 ETH")
    message = await bot.ask("/mute")
    assert message.lines[0] == "🔕 음소거: 이더리움(ETHUSDT) · 10:03:21 KST까지"
    assert message.buttons[-1][0].command == "/unmute"


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/mute 3굴", "기간을 알아보지 못했습니다. 예: 30분, 1시간, 2일, 오늘, 계속"),
        ("/mute 한달", "기간을 알아보지 못했습니다."),
        ("/mute 0분", "기간을 알아보지 못했습니다."),
        ("/mute -5분", "기간을 알아보지 못했습니다."),
        ("/mute 9999일", "기간을 알아보지 못했습니다."),
        ("/mute 10 BTC", "기간을 알아보지 못했습니다."),
        ("/mute 30분 BTC 1시간", "기간은 하나만 입력해 주세요."),
        ("/mute 어제", "기간은 30분, 1시간, 오늘, 계속처럼 씁니다."),
        ("/mute 어제", "). 기간은"),
        ("/mute 끄기", "음소거를 끝내려면 /unmute, 알림을 잠시 끄려면 /mute 1시간"),
        ("/mute 비투코인", "비슷한 심볼: 비트코인(BTCUSDT)"),
        ("/mute 1시간 고래", "종류(대량 체결)로는 음소거할 수 없습니다. "),
        ("/mute 고래", "그 종류를 받지 않으려면: /unsubscribe large_trade"),
    ],
)
async def test_bad_words_change_nothing_and_get_one_helpful_line(typed: str, answer: str) -> None:
    bot = Bot()
    message = await bot.ask(typed)
    assert answer in message.head
    assert (message.tone, message.private) == ("error", True)
    assert await muted(bot) == {}


async def test_a_coin_whose_name_begins_with_a_digit_is_no_duration() -> None:
    bot = Bot()
    bot.list_also(SymbolInfo("1INCHUSDT", "1INCH", "USDT"))
    await bot.ask("/mute 1inch")
    assert await muted(bot) == {"1INCHUSDT": HOUR_MS}


async def test_a_new_mute_replaces_the_former_one() -> None:
    bot = Bot()
    await bot.ask("/mute 계속 BTC")
    await bot.ask("/mute 30분 BTC")
    assert await muted(bot) == {"BTCUSDT": 30 * MINUTE_MS}


async def test_a_chat_may_mute_fifty_symbols() -> None:
    bot = Bot()
    for i in range(MAX_SYMBOLS):
        await bot.subscriptions.mute(CHAT, f"COIN{i}USDT", NOW_MS + 1)
    message = await bot.ask("/mute 1시간 BTC")
    assert message.head == ("종목별 음소거는 50개까지입니다. 모든 알림을 끄려면: /mute 1시간")
    bot.now_ms += 1  # they have ended
    assert (await bot.ask("/mute 1시간 BTC")).tone == "plain"


async def test_everything_can_be_muted_however_many_symbols_are() -> None:
    bot = Bot()
    for i in range(MAX_SYMBOLS):
        await bot.subscriptions.mute(CHAT, f"COIN{i}USDT", NOW_MS + 1)
    assert (await bot.ask("/mute 1시간")).tone == "plain"
    assert (await bot.ask("/mute 2시간")).tone == "plain"


# --- unmute ------------------------------------------------------------------------------------


async def test_unmute_without_words_ends_every_mute() -> None:
    bot = Bot()
    await bot.ask("/mute 1시간")
    await bot.ask("/mute 1시간 BTC ETH")
    message = await bot.ask("음소거 해제")
    assert message.head == (
        "🔔 음소거를 해제했습니다: 모든 종목, 비트코인(BTCUSDT), 이더리움(ETHUSDT)"
    )
    assert message.lines == ()
    assert await muted(bot) == {}


async def test_unmuting_one_symbol_leaves_the_others_and_says_what_still_holds() -> None:
    bot = Bot()
    await bot.ask("/mute 계속")
    await bot.ask("/mute 1시간 BTC")
    message = await bot.ask("/unmute 비트")
    assert message.head == "🔔 음소거를 해제했습니다: 비트코인(BTCUSDT)"
    assert message.lines == (
        "🔕 음소거: 모든 종목 · 해제할 때까지",
        "모든 알림이 음소거되어 있어 이 종목의 알림도 오지 않습니다. 해제: /unmute",
    )
    assert await muted(bot) == {ALL: FOREVER_MS}


async def test_nothing_muted_is_said_without_an_error() -> None:
    bot = Bot()
    assert (await bot.ask("/unmute")).head == "음소거한 알림이 없습니다"
    message = await bot.ask("/unmute BTC")
    assert message.head == "음소거하지 않은 종목입니다: 비트코인(BTCUSDT)"
    assert message.tone == "plain"
    assert (await bot.ask("/unmute 없는코인이름")).tone == "error"


async def test_a_mute_that_has_ended_counts_no_more() -> None:
    bot = Bot()
    await bot.ask("/mute 30분")
    bot.now_ms += 30 * MINUTE_MS
    assert (await bot.ask("/unmute")).head == "음소거한 알림이 없습니다"
    assert not any("음소거" in line for line in (await bot.ask("/alerts")).lines)


async def test_the_pages_panel_says_what_alerts_says() -> None:
    bot = Bot()
    assert await watching(bot.context, CHAT) == []
    await bot.ask("/subscribe all")
    await bot.ask("/mute 1시간")
    shown = await watching(bot.context, CHAT)
    assert len(shown) == 2
    assert shown[0].startswith("모든 종목: ")
    assert shown[1].startswith("🔕 음소거: 모든 종목 · ")
    assert set(shown) <= {line.removeprefix("• ") for line in (await bot.ask("/alerts")).lines}
