"""/subscribe, /unsubscribe and /alerts: what a chat asks for is what it gets told it receives."""

import pytest
from fakes import CHAT, NOW_MS, Bot, units
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.receives import MAX_SYMBOLS, covered, effective, without
from bot.model import Chat, Message
from bot.symbols import Symbols
from pipeline.model import ALL, SymbolInfo
from pipeline.sources.tardis_listing import Listing

EVERYTHING = "• 모든 종목: 모든 알림(대량 체결, 급등·급락, 스프레드 확대)"
NOTHING = "• 받는 알림이 없습니다."
RECEIVES = "이 채팅이 지금 받는 알림"


async def stored(bot: Bot) -> set[tuple[str, str]]:
    return {(s.symbol, s.kind) for s in (await bot.subscriptions.chat(CHAT)).subscriptions}


def commands(message: Message) -> list[str]:
    return [button.command for row in message.buttons for button in row]


# --- subscribe ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "pairs"),
    [
        ("/subscribe all", {(ALL, ALL)}),
        ("/subscribe 전체", {(ALL, ALL)}),
        ("/구독 모든 종목", {(ALL, ALL)}),
        ("구독 모든 종목 모든 종류", {(ALL, ALL)}),
        ("/subscribe BTC", {("BTCUSDT", ALL)}),
        ("/subscribe 비트 코인 알림", {("BTCUSDT", ALL)}),
        ("/subscribe btc usdt", {("BTCUSDT", ALL)}),
        ("/subscribe BTC all", {("BTCUSDT", ALL)}),
        ("/subscribe BTC ETH", {("BTCUSDT", ALL), ("ETHUSDT", ALL)}),
        ("/subscribe BTC,이더", {("BTCUSDT", ALL), ("ETHUSDT", ALL)}),
        ("/subscribe BTC, btcusdt 비트", {("BTCUSDT", ALL)}),
        ("/subscribe 고래", {(ALL, "large_trade")}),
        ("/subscribe all large_trade", {(ALL, "large_trade")}),
        ("/subscribe large_trade all", {(ALL, "large_trade")}),
        ("/subscribe 대량 체결 BTC", {("BTCUSDT", "large_trade")}),
        ("/subscribe 급등락 BTC 스프레드", {("BTCUSDT", "price_jump"), ("BTCUSDT", "spread")}),
        ("/subscribe BTC 고래 전체", {("BTCUSDT", ALL)}),
    ],
)
async def test_symbols_and_kinds_come_in_any_order_and_language(
    typed: str, pairs: set[tuple[str, str]]
) -> None:
    bot = Bot()
    message = await bot.ask(typed)
    assert message.head.startswith("🔔 구독했습니다: ")
    assert message.private
    assert await stored(bot) == pairs


async def test_the_answer_says_exactly_what_the_chat_now_receives() -> None:
    bot = Bot()
    message = await bot.ask("/subscribe BTC ETH 고래")
    assert message.head == "🔔 구독했습니다: 비트코인(BTCUSDT), 이더리움(ETHUSDT) · 대량 체결"
    assert message.lines == (RECEIVES, "• 비트코인(BTCUSDT), 이더리움(ETHUSDT): 대량 체결")
    assert commands(message) == ["/alerts", "/unsubscribe BTCUSDT ETHUSDT large_trade"]
    message = await bot.ask("/subscribe SOL")
    assert message.lines == (
        RECEIVES,
        "• 비트코인(BTCUSDT), 이더리움(ETHUSDT): 대량 체결",
        "• 솔라나(SOLUSDT): 모든 알림(대량 체결, 급등·급락, 스프레드 확대)",
    )
    message = await bot.ask("/subscribe all 고래")
    assert message.lines == (
        RECEIVES,
        "• 모든 종목: 대량 체결",
        "• 솔라나(SOLUSDT): 모든 알림(대량 체결, 급등·급락, 스프레드 확대)",
    )


async def test_a_mute_is_part_of_what_the_chat_receives() -> None:
    bot = Bot()
    await bot.subscriptions.mute(CHAT, ALL, NOW_MS + 3_600_000)
    message = await bot.ask("/subscribe all")
    assert message.lines == (RECEIVES, EVERYTHING, "🔕 음소거: 모든 종목 · 10:03:21 KST까지")


async def test_all_symbols_are_binances_and_those_of_other_exchanges_are_named() -> None:
    bot = Bot()
    bot.directory = Symbols(elsewhere=Listing("http://127.0.0.1:9", {}))
    await bot.ask("/subscribe all")
    message = await bot.ask("/subscribe okx:btc-usdt 고래")
    assert message.head == "🔔 구독했습니다: 비트코인(okex:BTC-USDT) · 대량 체결"
    assert message.lines[:3] == (RECEIVES, EVERYTHING, "• 비트코인(okex:BTC-USDT): 대량 체결")
    assert await stored(bot) == {(ALL, ALL), ("okex:BTC-USDT", "large_trade")}
    state = await bot.subscriptions.chat(CHAT)
    wanted = [
        any(s.wants(f"okex:{name}", "large_trade") for s in state.subscriptions)
        for name in ("BTC-USDT", "ETH-USDT")
    ]
    assert wanted == [True, False]


async def test_all_symbols_leave_out_trades_of_futures_but_not_their_liquidations() -> None:
    future = "binance-futures:BTCUSDT"
    info = SymbolInfo(future, "BTC", "USDT")
    bot = Bot()
    bot.directory = Symbols(contracts={future: info})
    await bot.ask("/subscribe all")
    message = await bot.ask("/subscribe 선물:btc 고래")
    assert message.head.startswith("🔔 구독했습니다: ")
    assert await stored(bot) == {(ALL, ALL), (future, "large_trade")}
    wished = {ALL: frozenset({ALL}), "ETHUSDT": frozenset({ALL})}
    assert covered(wished, future, "liquidation")
    assert not covered(wished, future, "price_jump")
    assert not any(covered(wished, "bybit:ETHUSDT", kind) for kind in ("liquidation", "price_jump"))


async def test_what_is_told_of_binance_alone_is_refused_of_other_exchanges() -> None:
    bot = Bot()
    bot.kinds = ("large_trade", "liquidation")
    bot.directory = Symbols(elsewhere=Listing("http://127.0.0.1:9", {}))
    message = await bot.ask("/subscribe bybit:btcusdt 청산")
    assert "강제 청산은 바이낸스 종목만" in message.head
    assert not await stored(bot)


async def test_what_comes_already_is_not_stored_twice() -> None:
    bot = Bot()
    await bot.ask("/subscribe all")
    message = await bot.ask("/subscribe BTC 고래")
    assert message.head == "🔔 이미 받고 있습니다: 비트코인(BTCUSDT) · 대량 체결"
    assert message.lines == (RECEIVES, EVERYTHING)
    assert await stored(bot) == {(ALL, ALL)}


async def test_whoever_gets_everything_is_offered_only_what_was_asked_for() -> None:
    bot = Bot()
    await bot.ask("/subscribe all")
    (offer,), _ = (await bot.ask("/subscribe BTC ETH 고래")).buttons
    assert (offer.label, offer.command) == (
        "🔔 이것만 받기", "/subscribe 만 BTCUSDT ETHUSDT large_trade",
    )  # fmt: skip
    message = await bot.ask(offer.command)
    assert message.head == (
        "🔔 이제 이것만 받습니다: 비트코인(BTCUSDT), 이더리움(ETHUSDT) · 대량 체결"
    )
    assert await stored(bot) == {("BTCUSDT", "large_trade"), ("ETHUSDT", "large_trade")}
    assert len(message.buttons) == 1  # no more than that comes
    assert len((await bot.ask("/subscribe all")).buttons) == 1
    assert (await bot.ask("/subscribe 만")).head == (
        "무엇만 받을지 함께 입력해 주세요. 예: /subscribe 만 BTC ETH"
    )
    assert await stored(bot) == {("BTCUSDT", "large_trade"), ("ETHUSDT", "large_trade"), (ALL, ALL)}


async def test_subscribing_again_resumes_a_paused_chat() -> None:
    bot = Bot()
    await bot.ask("/subscribe all")
    bot.subscriptions.pause(CHAT)
    assert any("보내지 않고 있습니다" in line for line in (await bot.ask("/alerts")).lines)
    message = await bot.ask("/subscribe all")
    assert message.lines == (RECEIVES, EVERYTHING)
    assert (await bot.subscriptions.chat(CHAT)).active


async def test_each_chat_has_its_own_subscriptions() -> None:
    bot = Bot()
    await bot.ask("/subscribe all")
    topic = Chat("telegram", "-100", "7")
    assert (await bot.ask("/alerts", chat=topic)).head == "📋 이 채팅은 구독한 알림이 없습니다"


async def test_without_words_there_is_a_panel_of_buttons() -> None:
    bot = Bot()
    message = await bot.ask("/subscribe")
    assert message.head == "🔔 어떤 알림을 받으시겠어요?"
    assert message.lines[:2] == (RECEIVES, NOTHING)
    assert commands(message) == [
        "/subscribe all",
        "/subscribe BTCUSDT ETHUSDT",
        "/subscribe all large_trade",
        "/subscribe all price_jump",
        "/subscribe all spread",
        "/subscribe BTCUSDT",
        "/subscribe ETHUSDT",
        "/subscribe XRPUSDT",
        "/subscribe SOLUSDT",
    ]
    assert await stored(bot) == set()


async def test_the_panel_offers_only_what_there_is() -> None:
    bot = Bot()
    bot.kinds = ("large_trade", "kimchi")
    bot.directory = Symbols()  # the listing has not arrived
    message = await bot.ask("/subscribe")
    assert commands(message) == [
        "/subscribe all",
        "/subscribe all large_trade",
        "/subscribe all kimchi",
    ]
    assert (await bot.ask("/subscribe all kimchi")).head == "🔔 구독했습니다: 모든 종목 · 김프"


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("/subscribe 급드락", "‘급드락’ 대신 ‘급등락’을 쓰려고 하셨나요? 알림 종류: 대량 체결,"),
        ("/subscribe BTC larg_trade", "‘larg_trade’ 대신 ‘large_trade’를 쓰려고 하셨나요?"),
        (
            "/subscribe 청산",
            "이 봇에는 강제 청산 알림이 없습니다. 알림 종류:",
        ),
        ("/subscribe BTC 비투코인", "비슷한 심볼: 비트코인(BTCUSDT)"),
        ("/subscribe all BTC", "모든 종목(all)과 한 종목을 함께 고를 수 없습니다."),
        ("/subscribe lunausdt", "지금 거래되지 않는 심볼입니다."),
    ],
)
async def test_bad_words_change_nothing_and_get_one_helpful_line(typed: str, answer: str) -> None:
    bot = Bot()
    message = await bot.ask(typed)
    assert answer in message.head
    assert (message.tone, message.private) == ("error", True)
    assert await stored(bot) == set()


def many(bot: Bot, count: int) -> list[str]:
    """So many more listed pairs with long names."""
    names = [f"COIN{i:02}USDT" for i in range(count)]
    bot.list_also(*(SymbolInfo(n, n.removesuffix("USDT"), "USDT") for n in names))
    return names


async def test_a_chat_may_name_fifty_symbols_and_is_told_so_politely() -> None:
    bot = Bot()
    names = many(bot, MAX_SYMBOLS + 1)
    await bot.ask("/subscribe all 스프레드")
    await bot.subscriptions.subscribe(CHAT, names[:48], ("large_trade",))
    message = await bot.ask(f"/subscribe {' '.join(names[48:51])}")
    assert message.head == (
        "한 채팅에서 종목을 50개까지 고를 수 있습니다(지금 48개). "
        "모든 종목을 받으려면: /subscribe all"
    )
    assert (await bot.ask(f"/subscribe {' '.join(names[46:50])}")).tone == "plain"
    assert len(await stored(bot)) == 1 + 48 + 4
    # Other kinds of symbols already named, and everything at once, need no more room.
    assert (await bot.ask(f"/subscribe {names[0]} 급등락")).tone == "plain"
    assert (await bot.ask("/subscribe all")).tone == "plain"
    assert (await bot.ask(f"/subscribe {names[50]}")).tone == "error"


# --- what has to be asked for by name ------------------------------------------------------------


def bot_with_walls() -> Bot:
    bot = Bot()
    bot.kinds = (*bot.kinds, "book_imbalance")
    return bot


async def test_all_kinds_leaves_out_walls_and_the_panel_says_so() -> None:
    bot = bot_with_walls()
    message = await bot.ask("/subscribe all")
    assert message.lines == (RECEIVES, EVERYTHING)
    message = await bot.ask("/subscribe")
    assert "/subscribe all book_imbalance" in commands(message)
    assert message.lines[-2:] == (
        "알림 종류: 대량 체결, 급등·급락, 스프레드 확대, 호가벽·쏠림",
        "호가벽·쏠림은 ‘모든 알림’에 들어 있지 않습니다. 받으려면 따로 고르세요.",
    )


async def test_walls_are_subscribed_to_by_name_besides_everything_else() -> None:
    bot = bot_with_walls()
    await bot.ask("/subscribe all")
    message = await bot.ask("/subscribe BTC 호가벽")
    assert message.head == "🔔 구독했습니다: 비트코인(BTCUSDT) · 호가벽·쏠림"
    assert message.lines == (RECEIVES, EVERYTHING, "• 비트코인(BTCUSDT): 호가벽·쏠림")
    message = await bot.ask("/subscribe all 쏠림")
    assert message.lines == (RECEIVES, f"{EVERYTHING}, 호가벽·쏠림")
    assert "/unsubscribe all book_imbalance" in commands(await bot.ask("/alerts"))
    assert (await bot.ask("/subscribe ETH 호가벽")).head.startswith("🔔 이미 받고 있습니다")


async def test_unsubscribing_from_walls_leaves_all_kinds_as_they_are() -> None:
    bot = bot_with_walls()
    await bot.ask("/subscribe all")
    message = await bot.ask("/unsubscribe 호가벽")
    assert message.head.startswith("구독하지 않은 알림입니다")
    await bot.ask("/subscribe all 호가벽")
    message = await bot.ask("/unsubscribe 호가벽")
    assert message.head.startswith("🔕 해지했습니다")
    assert await stored(bot) == {(ALL, ALL)}
    await bot.ask("/subscribe all 호가벽")
    message = await bot.ask("/unsubscribe 스프레드")
    assert message.lines == (RECEIVES, "• 모든 종목: 대량 체결, 급등·급락, 호가벽·쏠림")
    await bot.ask("/unsubscribe all")
    assert await stored(bot) == set()


# --- unsubscribe -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "typed", "after"),
    [
        ({("BTCUSDT", ALL), ("ETHUSDT", ALL)}, "/unsubscribe BTC", {("ETHUSDT", ALL)}),
        ({("BTCUSDT", ALL), ("ETHUSDT", ALL)}, "구독 해지 비트 이더", set()),
        ({("BTCUSDT", ALL), (ALL, "spread")}, "/unsubscribe all", set()),
        ({("BTCUSDT", "spread"), (ALL, "spread")}, "/unsubscribe 스프레드", set()),
        ({("BTCUSDT", "spread"), (ALL, "spread")}, "/구독해지 전체 spread", set()),
        (
            {("BTCUSDT", ALL), ("ETHUSDT", "spread")},
            "/unsubscribe BTC 고래",
            {("BTCUSDT", "price_jump"), ("BTCUSDT", "spread"), ("ETHUSDT", "spread")},
        ),
        (
            {(ALL, ALL)},
            "/unsubscribe 스프레드",
            {(ALL, "large_trade"), (ALL, "price_jump")},
        ),
        (
            {(ALL, ALL), ("BTCUSDT", ALL), ("ETHUSDT", "large_trade"), ("SOLUSDT", "spread")},
            "/unsubscribe 스프레드",
            {
                (ALL, "large_trade"),
                (ALL, "price_jump"),
                ("BTCUSDT", "large_trade"),
                ("BTCUSDT", "price_jump"),
                ("ETHUSDT", "large_trade"),
            },
        ),
        ({("BTCUSDT", "spread")}, "/unsubscribe BTC 고래", {("BTCUSDT", "spread")}),
        ({(ALL, ALL)}, "/unsubscribe 고래 급등락 스프레드", set()),
    ],
)
async def test_what_was_asked_goes_and_everything_else_stays(
    before: set[tuple[str, str]], typed: str, after: set[tuple[str, str]]
) -> None:
    bot = Bot()
    for symbol, kind in before:
        await bot.subscriptions.subscribe(CHAT, (symbol,), (kind,))
    message = await bot.ask(typed)
    assert await stored(bot) == after
    assert message.private
    assert message.head.startswith("구독하지 않은" if before == after else "🔕 해지했습니다")
    assert (NOTHING in message.lines) == (not after)


async def test_the_answer_says_what_remains() -> None:
    bot = Bot()
    await bot.ask("/subscribe all")
    message = await bot.ask("/unsubscribe 스프레드")
    assert message.head == "🔕 해지했습니다: 모든 종목 · 스프레드 확대"
    assert message.lines == (RECEIVES, "• 모든 종목: 대량 체결, 급등·급락")


async def test_one_symbol_out_of_all_is_not_promised_but_a_mute_is_offered() -> None:
    bot = Bot()
    await bot.ask("/subscribe all")
    message = await bot.ask("/unsubscribe BTC")
    assert message.head == "구독하지 않은 알림입니다: 비트코인(BTCUSDT) · 모든 알림"
    assert message.lines == (
        RECEIVES,
        EVERYTHING,
        "모든 종목을 구독 중이라 비트코인(BTCUSDT) 알림은 계속 올 수 있습니다. "
        "이 종목만 끄려면: /mute 계속 BTCUSDT",
    )
    assert commands(message)[0] == "/mute 계속 BTCUSDT"
    await bot.ask("/unsubscribe 스프레드")
    message = await bot.ask("/unsubscribe BTC 스프레드")  # does not come: nothing to warn of
    assert not any("계속 올 수 있습니다" in line for line in message.lines)


async def test_nothing_to_remove_is_answered_with_how_to_begin() -> None:
    message = await Bot().ask("/unsubscribe")
    assert message.head == "🔕 이 채팅은 구독한 알림이 없습니다"
    assert commands(message) == ["/subscribe"]


async def test_without_words_nothing_is_removed_but_buttons_are_shown() -> None:
    bot = Bot()
    await bot.ask("/subscribe BTC")
    message = await bot.ask("/unsubscribe")
    assert commands(message) == ["/unsubscribe all", "/unsubscribe BTCUSDT"]
    assert await stored(bot) == {("BTCUSDT", ALL)}


async def test_a_symbol_that_is_no_longer_listed_can_still_be_removed() -> None:
    bot = Bot()
    await bot.subscriptions.subscribe(CHAT, ("GONEUSDT", "LUNAUSDT"), (ALL,))
    await bot.subscriptions.subscribe(CHAT, (ALL,), ("spread",))
    await bot.subscriptions.mute(CHAT, "GONEUSDT", NOW_MS + 1)
    pressed = commands(await bot.ask("/alerts"))
    assert {"/unsubscribe GONEUSDT", "/unsubscribe LUNAUSDT", "/unmute GONEUSDT"} <= set(pressed)
    message = await bot.ask("/unsubscribe GONEUSDT")
    assert message.head.startswith("🔕 해지했습니다: GONEUSDT")
    assert not any("/mute" in command for command in commands(message))
    assert (await bot.ask("/unmute goneusdt")).head.startswith("🔔 음소거를 해제했습니다")
    await bot.ask("/unsubscribe lunausdt")
    assert await stored(bot) == {(ALL, "spread")}
    assert "맞는 심볼이 없습니다" in (await bot.ask("/unsubscribe GONEUSDT")).head


# --- alerts ------------------------------------------------------------------------------------


async def test_alerts_shows_everything_with_buttons_that_end_it() -> None:
    bot = Bot()
    await bot.ask("/subscribe all 고래")
    await bot.ask("/subscribe BTC 급등락")
    await bot.ask("/mute 계속 ETH")
    message = await bot.ask("/alerts")
    assert message.head == "📋 이 채팅이 받는 알림"
    assert message.lines == (
        "• 모든 종목: 대량 체결",
        "• 비트코인(BTCUSDT): 급등·급락",
        "🔕 음소거: 이더리움(ETHUSDT) · 해제할 때까지",
    )
    assert commands(message) == [
        "/unmute ETHUSDT",
        "/unsubscribe all",
        "/unsubscribe all large_trade",
        "/unsubscribe BTCUSDT",
    ]
    assert message.private


async def test_anybody_may_read_them() -> None:
    bot = Bot()
    await bot.ask("/subscribe BTC")
    assert (await bot.ask("/alerts", admin=False, private=False)).tone == "plain"


async def test_more_than_eight_buttons_are_left_to_typing_and_the_message_still_fits() -> None:
    bot = Bot()
    names = many(bot, MAX_SYMBOLS)
    for i, name in enumerate(names):
        await bot.subscriptions.subscribe(CHAT, (name,), bot.kinds[: i % 3 + 1])
        await bot.subscriptions.mute(CHAT, name, NOW_MS + 86_400_000 + i * 1_000)
    await bot.subscriptions.mute(CHAT, ALL, NOW_MS + 86_400_000)
    message = await bot.ask("/alerts")
    assert len(commands(message)) == 8
    assert commands(message)[:2] == ["/unmute", "/unmute COIN00USDT"]
    assert message.lines[-2:] == (
        "🔕 그 밖에 음소거한 종목 41개",
        "버튼에 없는 것은 직접 입력하세요. 예: /unsubscribe BTC, /unmute BTC",
    )
    for name in names:
        assert any(name in line for line in message.lines)
    assert sum(units(line) + 1 for line in (message.head, *message.lines)) < 3_000


# --- reckoning ---------------------------------------------------------------------------------

EVERY = ("a", "b", "book_imbalance")
kinds = st.frozensets(st.sampled_from(EVERY), min_size=1)
kinds_or_all = st.one_of(kinds, kinds.map(lambda some: some | {ALL}))
wished = st.dictionaries(st.sampled_from([ALL, "X", "Y"]), kinds_or_all)
places = [(symbol, kind) for symbol in ("X", "Y", "Z") for kind in EVERY]


@given(wished)
def test_leaving_out_what_is_covered_changes_nothing_that_comes(
    wishes: dict[str, frozenset[str]],
) -> None:
    short = effective(wishes)
    assert all(covered(short, s, k) == covered(wishes, s, k) for s, k in places)


@given(wished, st.sets(st.sampled_from([ALL, "X", "Y"]), min_size=1), kinds_or_all)
def test_removing_ends_what_was_asked_where_a_row_can_say_it(
    wishes: dict[str, frozenset[str]], symbols: set[str], gone: frozenset[str]
) -> None:
    left = without(wishes, symbols, gone, EVERY)
    for symbol, kind in places:
        asked = (ALL in symbols or symbol in symbols) and (ALL in gone or kind in gone)
        everywhere = covered({ALL: wishes.get(ALL, frozenset())}, ALL, kind)
        if asked and ALL not in symbols:
            assert covered(left, symbol, kind) == everywhere
        elif asked:
            assert not covered(left, symbol, kind)
        else:
            assert covered(left, symbol, kind) == covered(wishes, symbol, kind)


@pytest.mark.parametrize(
    ("typed", "example"),
    [
        ("/subscribe 고래 10만", "/settings 대량체결 10만달러"),
        ("/subscribe BTC 대량체결 $100,000", "/settings 대량체결 10만달러"),
        ("/subscribe 급등 5%", "/settings 급등 5%"),
    ],
)
async def test_from_which_size_on_is_set_elsewhere_and_nothing_is_subscribed(
    typed: str, example: str
) -> None:
    bot = Bot()
    message = await bot.ask(typed)
    assert (message.tone, f"예: {example}" in message.head) == ("error", True)
    assert (await bot.subscriptions.chat(CHAT)).subscriptions == ()
    assert (await bot.ask(example)).tone != "error"
