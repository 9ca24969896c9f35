"""Every kind of message that the program writes fits Telegram and Discord whole, at its extremes:
nothing of it is cut, its head is never torn, and what is longer than a page is on further pages."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from contracts.discord_things import require_form
from contracts.telegram_text import MAX_CAPTION, MAX_TEXT, read_html, units
from fakes import CHAT, MINUTE_MS, NOW_MS, Bot, large_trade, minute_bars
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answer import Answerer
from bot.commands import COMMANDS
from bot.commands.summary import edition
from bot.compose import alert_message, feed_resumed, feed_stopped, held_while_away
from bot.compose_digest import digest_message
from bot.compose_moves import market_message, told, with_leader
from bot.compose_targets import ended_message, reached_message
from bot.compose_welcome import BACK, greeting, group_greeting
from bot.explain.shape import MOST_CHARACTERS
from bot.explain.template import TemplateExplainer
from bot.fitting import painted
from bot.korean import KIND_NAMES
from bot.model import Chat, Message, Picture, Request, Target
from bot.platforms import discord_dress, telegram_dress
from bot.platforms.harmless import shown
from bot.readings import After, Coin, Mood, Survey, WhaleFlow
from bot.unreal import SIMULATED
from pipeline.model import (
    ALL,
    SEVERITIES,
    AnyAlert,
    Book,
    BookImbalance,
    Funding,
    Kimchi,
    LargeTrade,
    Liquidated,
    Move,
    Part,
    PriceJump,
    Pump,
    Spread,
    SymbolInfo,
    Ticker,
    VolumeSurge,
)

TICKER = "1000000MOGXYZ"
LONGEST = SymbolInfo(f"{TICKER}FDUSD", TICKER, "FDUSD", tick=1e-12, step=1e-8)
NAMED = SymbolInfo("ENSFDUSD", "ENS", "FDUSD", tick=1e-8, step=1e-8)
"""이더리움네임서비스, the longest name of all."""
OTHERS = SymbolInfo("币安人生USDT", "币安人生", "USDT")
PAIRS = {info.symbol: info for info in (LONGEST, NAMED, OTHERS)}
NOTE = ("가격과 거래량이 함께 움직였습니다. " * 40)[:MOST_CHARACTERS]
CUT = ("줄였습니다", "…")
MODEST = settings(deadline=None, max_examples=60)

sizes = st.sampled_from([0.0, 1e-12, 0.000123456789, 1.0, 99_999.9999, 9.999e9, 9.99e15])
above = st.sampled_from([1e-12, 0.000123456789, 104_402.123456, 9.99e15])
pcts = st.sampled_from([-99.999, -0.004, 0.0, 0.4, 12_345.678, 9.99e7])
parts_of_100 = st.sampled_from([0.0, 0.001, 49.9, 50.0, 99.98, 99.9999, 100.0])
counts = st.sampled_from([0, 1, 999_999_999])
windows = st.sampled_from([0, 1, 59, 3_599, 86_400])
whose = st.fixed_dictionaries(
    {
        "id": st.just("large_trade:" + "x" * 60),
        "symbol": st.sampled_from(sorted(PAIRS)),
        "at_ms": st.just(NOW_MS),
        "excess": st.sampled_from([0.5, 1.0, 5e9]),
        "recovered": st.booleans(),
    }
)


def made(kind: type[AnyAlert], **facts: st.SearchStrategy[Any]) -> st.SearchStrategy[AnyAlert]:
    """Alerts of a kind with these facts."""
    both = st.tuples(whose, st.fixed_dictionaries(facts))
    return both.map(lambda said: kind(**said[0], **said[1]))


ALERTS: dict[str, st.SearchStrategy[AnyAlert]] = {
    "large_trade": made(
        LargeTrade, side=st.sampled_from(["buy", "sell"]), quantity=sizes, price=above,
        notional=sizes, fills=counts, first_ms=st.just(NOW_MS), last_ms=st.just(NOW_MS + 999),
        slippage_bp=st.none() | sizes, percentile=st.none() | parts_of_100,
        per_day=st.none() | sizes, change_1m_pct=st.none() | pcts, levels=st.none() | counts,
        day_share_pct=st.none() | pcts.map(abs), rare=st.booleans(),
    ),
    "price_jump": made(
        PriceJump, direction=st.sampled_from(["up", "down"]), change_pct=pcts, window_s=windows,
        price=above, from_price=above, zscore=pcts, usual_pct=pcts.map(abs),
    ),
    "pump": made(
        Pump, window_s=windows, buys=counts, usual_buys=sizes, times_usual=sizes,
        rush_orders=counts, notional=sizes, change_pct=pcts, from_price=above, price=above,
    ),
    "spread": made(
        Spread, spread_bp=sizes, usual_bp=sizes, times_usual=sizes, bid=above, ask=above
    ),
    "volume_surge": made(
        VolumeSurge, window_s=windows, notional=sizes, usual=sizes, times_usual=sizes,
        buy_share_pct=parts_of_100, change_pct=st.none() | pcts, trades=counts,
    ),
    "liquidation": made(
        Liquidated, position=st.sampled_from(["long", "short"]), notional=sizes, quantity=sizes,
        price=sizes, count=st.integers(1, 10**6), largest=sizes, window_s=windows,
        first_ms=st.just(0), last_ms=st.just(0), per_day=st.none() | sizes, rare=st.booleans(),
    ),
    "funding": made(
        Funding, what=st.sampled_from(["extreme", "turned"]), rate_pct=st.floats(-100, 100),
        payer=st.sampled_from(["long", "short"]), usual_pct=st.none() | st.floats(0, 100),
        times_usual=sizes, before_pct=st.none() | st.floats(-100, 100),
        next_ms=st.integers(0, 4 * 10**12), interval_h=st.none() | st.floats(0, 24), price=sizes,
        premium_pct=st.none() | st.floats(-100, 100),
    ),
    "book_imbalance": made(
        BookImbalance, what=st.sampled_from(["wall_appeared", "wall_vanished", "imbalance"]),
        side=st.sampled_from(["bid", "ask"]), price=above, notional=sizes, times_usual=sizes,
        share_pct=parts_of_100, held_s=sizes.map(lambda s: min(s, 1e9)), distance_bp=sizes,
    ),
    "kimchi": made(
        Kimchi, what=st.sampled_from(["level", "change"]),
        basis=st.sampled_from(["bank", "tether"]), premium_pct=pcts,
        bank_pct=st.none() | pcts, tether_pct=st.none() | pcts,
        change_points=st.none() | pcts, window_s=windows, won=above, price=above,
        rate=st.none() | above, tether=st.none() | above,
    ),
}  # fmt: skip
anything = st.one_of(*ALERTS.values())


def require_fit(message: Message, *, pushed: bool = True, whole: bool = True) -> None:
    """Both platforms take the message, with all that it says and all of its buttons.

    ``whole``: nothing of it was cut.
    """
    head = shown(message.head)
    says = [part for text in (*message.body, message.foot) for part in shown(text).split("\n")]
    for dressed, most in on_telegram(message):
        text, entities = read_html(dressed.html)  # refuses tags that do not balance
        assert text == dressed.plain and units(text) <= most and len(entities) <= 100
    (first, _), *_ = on_telegram(message)
    assert first.plain.startswith(head)
    plain = "\n".join(dressed.plain for dressed, _ in on_telegram(message))
    commands = [button.command for row in message.buttons for button in row]
    keyboard = first.keyboard or on_telegram(message)[-1][0].keyboard
    rows = json.loads(keyboard)["inline_keyboard"] if keyboard else []
    kept = [button["callback_data"] for row in rows for button in row]
    assert kept == commands
    if whole:
        assert CUT[0] not in plain and all(line in plain for line in says)
    embed = discord_dress.dress(message, pushed=pushed, png=b"x" if message.picture else None)
    body: dict[str, Any] = {
        "content": embed.content,
        "embeds": [embed.embed.to_dict()] if embed.embed else [],
        "components": embed.view.to_components() if embed.view else [],
    }
    require_form(body)
    title, text = (embed.embed.title, embed.embed.description) if embed.embed else ("", "")
    all_of_it = "\n".join(filter(None, (embed.content, title, text)))
    assert discord_dress.escape(message.head) in all_of_it
    if whole:
        assert CUT[0] not in all_of_it
        lines = [discord_dress.escape(line) for line in message.body]
        assert all(discord_dress.in_own_zone(line, message.moments) in all_of_it for line in lines)
    words = discord_dress.plain(message)
    assert words.startswith(f"**{discord_dress.escape(message.head)}**")
    assert discord_dress.length(words) <= 2000


def on_telegram(message: Message) -> Sequence[tuple[telegram_dress.Dressed, int]]:
    """The message as it goes to Telegram, each part with its limit."""
    if message.picture is None:
        return [(telegram_dress.dress(message), MAX_TEXT)]
    if telegram_dress.fits_caption(message):
        return [(telegram_dress.dress(message, MAX_CAPTION), MAX_CAPTION)]
    caption, rest = telegram_dress.dress_parts(message)
    return [(caption, MAX_CAPTION), (rest, MAX_TEXT)]


def test_every_kind_of_alert_is_among_them() -> None:
    assert set(ALERTS) == set(KIND_NAMES)


@pytest.mark.parametrize("kind", ALERTS)
async def test_an_alert_with_all_its_facts_at_their_extremes_fits(kind: str) -> None:
    @MODEST
    @given(ALERTS[kind], st.sampled_from(SEVERITIES), st.sampled_from(["", NOTE]))
    def check(alert: AnyAlert, severity: Any, note: str) -> None:
        message = alert_message(
            alert, PAIRS[alert.symbol], note=note, by="ai", received_ms=NOW_MS + 10**9,
            severity=severity,
        )  # fmt: skip
        message = with_leader(message, msgspec.structs.replace(MOVE, leader_pct=-99.99))
        message = msgspec.structs.replace(message, progress=("⏱ 23시간 59분째 진행",) * 3)
        require_fit(painted(message, "global"))
        assert units(message.head) <= 160  # three lines of a lock screen at the very most

    check()


MOVE = Move(
    id="m", symbol=ALL, direction="down", stage="grew", opened_ms=NOW_MS - 10**8, at_ms=NOW_MS,
    severity="critical", symbols=999, led=True, counts=dict.fromkeys(KIND_NAMES, 99_999_999),
    parts=tuple(Part(LONGEST.symbol, NOW_MS, -99.99, 12_345_678.91) for _ in range(64)),
)  # fmt: skip


@MODEST
@given(anything)
def test_a_market_move_of_a_thousand_symbols_fits_and_so_do_its_edits(alert: AnyAlert) -> None:
    move = msgspec.structs.replace(MOVE, alert=alert, held_pct=-99.99)
    message = market_message(move, PAIRS.get, key="market:1")
    require_fit(message)
    require_fit(told(msgspec.structs.replace(move, stage="closed"), PAIRS.get)(message))
    single = msgspec.structs.replace(move, symbol=alert.symbol)
    first = alert_message(alert, PAIRS[alert.symbol], note=NOTE, by="template")
    require_fit(told(single, PAIRS.get)(first))
    listing = told(move, PAIRS.get, {first.key})(first)
    assert any("999개 종목" in line for line in listing.progress)
    require_fit(listing)


@MODEST
@given(st.lists(anything, min_size=5, max_size=5))
def test_a_digest_fits(alerts: list[AnyAlert]) -> None:
    each = dict.fromkeys(KIND_NAMES, 99_999_999)
    largest = [(alert, -99.99) for alert in alerts]
    require_fit(
        digest_message(each, each, largest, since_ms=NOW_MS, key="digest:1", lookup=PAIRS.get)
    )


@MODEST
@given(anything)
async def test_the_plain_explanation_of_every_alert_is_no_longer_than_a_model_s(
    alert: AnyAlert,
) -> None:
    assert len(await TemplateExplainer(PAIRS.get).explain(alert)) <= MOST_CHARACTERS


@MODEST
@given(above, above)
def test_what_is_told_of_a_target_fits(level: float, trade: float) -> None:
    for info in PAIRS.values():
        target = Target(CHAT, info.symbol, level, "down", NOW_MS, NOW_MS + 10**10, id=10**9)
        require_fit(reached_message(target, info, trade, NOW_MS, 10**9))
        require_fit(ended_message(target, info))


def notices() -> Iterator[Message]:
    """What the system says of itself."""
    yield from (greeting(SIMULATED), group_greeting(SIMULATED), BACK, held_while_away(10**9, "k"))
    yield feed_stopped(NOW_MS, "바이낸스 서버가 응답하지 않습니다. " * 5)
    yield from (feed_resumed(NOW_MS, NOW_MS + 10**9, many, 10**9) for many in (None, 0, 10**9))


@pytest.mark.parametrize("message", [*notices()], ids=lambda message: message.head[:20])
def test_what_the_system_says_of_itself_fits(message: Message) -> None:
    require_fit(message)


async def test_the_longest_summary_fits_with_and_without_its_picture() -> None:
    bot = Bot(simulated=True)
    coin = Coin(NAMED, 1e-12, -99.99, 12_345_678.9)
    coins = tuple(msgspec.structs.replace(coin, day_pct=coin.day_pct + n) for n in range(6))
    jumps = tuple(
        PriceJump(
            id=f"{n}", symbol=LONGEST.symbol, at_ms=NOW_MS - 10**7, excess=9.0, direction="up",
            change_pct=12_345_678.9, window_s=3_599, price=1.0, from_price=1.0, zscore=1.0,
            usual_pct=0.0,
        )
        for n in range(3)
    )  # fmt: skip
    survey = Survey(
        at_ms=NOW_MS, open_ms=NOW_MS, majors=coins, risers=coins[:3], fallers=coins[:3],
        whales=WhaleFlow(12, 999_999, 9.99e15, 1e9), mood=Mood(51.2, 52.3, 53.4, 9_999),
        alerts=jumps, alert_hours=12, after=(After(1, -99.99),) * 3,
    )  # fmt: skip
    (message,) = (await edition(bot.context, survey, "09:00", ["korean"])).copies.values()
    picture = Picture("n" * 40, "시장 요약 그림" * 50, 1080, 1350)
    for note in (message.note, NOTE):
        long = msgspec.structs.replace(message, note=note)
        require_fit(long)
        require_fit(msgspec.structs.replace(long, picture=picture))


def crowded() -> Bot:
    """A bot in which there is as much of everything as there may be."""
    bot = Bot(simulated=True)
    pairs = [
        SymbolInfo(f"{base}USDT", base, "USDT", tick=1e-12, step=1e-8)
        for base in ("ENS", "1INCH", *(f"1000000COIN{n:03}" for n in range(60)))
    ]
    bot.list_also(*pairs)
    bot.kinds = tuple(KIND_NAMES)
    for n, info in enumerate([*bot.market.listing.values()]):
        price = 0.000000012345 * (n + 1)
        day = Ticker(info.symbol, NOW_MS, price, price / (n + 2), price * 9, price / 9, 9e12, 9e12)
        bot.market[info.symbol].day = bot.exchange.days[info.symbol] = day
        bot.exchange.bars[info.symbol] = [
            bar
            for interval in ("1m", "5m", "15m", "1h", "4h", "1d")
            for bar in minute_bars(info.symbol, [price] * 61, NOW_MS - NOW_MS % 60_000, interval)
        ]
        bot.exchange.books[info.symbol] = Book(
            info.symbol,
            tuple((price * (1 - k / 1e4), 1.23456789e12) for k in range(1, 40)),
            tuple((price * (1 + k / 1e4), 9.87654321e12) for k in range(1, 40)),
            at_ms=NOW_MS,
        )
        bot.tick(info.symbol, price, NOW_MS - 500)
    bot.journal.stored = [
        large_trade(pairs[n % len(pairs)].symbol, "sell", 9.9e11 + n, NOW_MS - n * MINUTE_MS)
        for n in range(200)
    ]
    return bot


async def fill(bot: Bot) -> None:
    """Subscriptions, mutes, targets and times as many as a chat may have."""
    symbols = [info.symbol for info in bot.market.listing.values() if info.trading][-50:]
    wishes = [
        (symbol, kind)
        for number, symbol in enumerate(symbols)  # no two alike: each is a line of its own
        for bit, kind in enumerate(KIND_NAMES)
        if (number + 1) >> bit & 1
    ]
    await bot.subscriptions.keep(CHAT, wishes)
    for number, symbol in enumerate(symbols):
        await bot.subscriptions.mute(CHAT, symbol, NOW_MS + 10**9)
        for n in range(2):
            await bot.targets.add(
                Target(
                    CHAT, symbol, 0.000000012345 * (number + n + 2), "up", NOW_MS, NOW_MS + 10**9
                )
            )
    await bot.ask("/schedule 06:00,07:00,08:00,09:00,10:00,21:00")
    for symbol in symbols[:5]:
        await bot.ask(f"/schedule spread {symbol} 30분")


MORE = (
    "/whales ENS", "/price ENS", "/spread ENS", "/book ENS", "/chart ENS", "/why ENS",
    "/target ENS", "/target ENS 5만", "/target 수정 1", "/mute", "/unmute", "/unsubscribe",
    "/settings 종류", "/settings 기준", "/settings 방해금지", "/settings 쿨다운", "/settings 색",
    "/settings 하루", "/settings AI", "/subscribe", "/alerts", "/summary", "없는명령어" * 7,
    "/news " + "비트코인 ETF에 12억 달러가 들어왔습니다. " * 90,
    *(f"/help {name}" for name in COMMANDS), *(f"/{name}" for name in COMMANDS),
)  # fmt: skip


async def test_every_answer_fits_however_much_there_is_page_by_page() -> None:
    bot = crowded()
    await fill(bot)
    answer = Answerer(bot.context, operators=("web:visitor",))
    paged = 0
    for text in dict.fromkeys(MORE):
        asked, seen = text, set[str]()
        for number in range(1, 40):
            chat = Chat(CHAT.platform, CHAT.id)
            message = await answer(Request(chat, "visitor", asked, admin=True, private=True))
            require_fit(message, pushed=False)
            following = f"{text} 쪽={number + 1}"
            if following not in [b.command for row in message.buttons for b in row]:
                break
            assert not seen & set(message.lines) and message.lines
            seen |= set(message.lines)
            asked, paged = following, paged + 1
    assert paged >= 1  # so much does not fit one page
