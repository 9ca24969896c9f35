"""/summary: every figure with its period, nothing that is not known, the mood with its reasons."""

import msgspec
import pytest
from fakes import CHAT, DAY_MS, NOW_MS, Bot, FakeHealth, large_trade
from pictures import GreyCharts

from bot.coin_names import moves_itself
from bot.commands.summary import MOST_LINES, edition
from bot.drawings import Drawing, SummaryChart
from bot.errors import DrawError, UserError
from bot.model import Draft, Minute, Picture, StoredAlert
from bot.occasions import Occasion, upcoming
from bot.readings import After, Coin, Mood, SpreadReading, Survey, WhaleFlow
from bot.surveyor import KEPT_S
from bot.wiring.wants import edition_of
from pipeline.model import (
    Book,
    BookImbalance,
    Candle,
    LargeTrade,
    PriceJump,
    Side,
    Spread,
    SymbolInfo,
    Ticker,
)

OPEN_MS = NOW_MS // DAY_MS * DAY_MS
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
MORNING = Occasion("summary", "", "09:00", 0, (), "Asia/Seoul")


def candle(symbol: str, interval: str, open_ms: int, open_: float, **changed: float) -> Candle:
    values: dict[str, float] = {"quote_volume": 1_000.0, "taker_buy_quote_volume": 400.0} | changed
    return Candle(
        symbol, interval, open_ms, open_ms + 59_999, open_, open_, open_, open_,
        volume=1.0, trades=1, taker_buy_volume=0.5, closed=True, at_ms=open_ms, **values,
    )  # fmt: skip


def day(symbol: str, last: float, before: float, turnover: float = 5e6) -> Ticker:
    return Ticker(symbol, NOW_MS, last, before, last, before, 1.0, turnover)


@pytest.fixture
def bot() -> Bot:
    bot = Bot()
    for symbol, last, before, opened in (
        ("BTCUSDT", 99_000.0, 100_000.0, 98_500.0),
        ("ETHUSDT", 3_060.0, 3_000.0, 3_060.0),
        ("XRPUSDT", 2.0, 2.0, 2.1),
    ):
        bot.exchange.days[symbol] = day(symbol, last, before)
        bot.exchange.bars[symbol] = [
            *(candle(symbol, "1m", NOW_MS - n * MINUTE_MS, last) for n in range(60, 0, -1)),
            candle(symbol, "1d", OPEN_MS, opened),
        ]
        bot.exchange.books[symbol] = Book(
            symbol, ((last * 0.9999, 1.0),), ((last * 1.0001, 3.0),), at_ms=NOW_MS
        )
    for symbol, last, before in (
        ("BTCUSDT", 99_000.0, 100_000.0),
        ("ETHUSDT", 3_060.0, 3_000.0),
        ("SOLUSDT", 120.0, 100.0),
        ("DOGEUSDT", 0.05, 0.1),
        ("PEPEUSDT", 0.2, 0.1),
    ):
        turnover = 1e3 if symbol == "PEPEUSDT" else 5e6
        bot.market[symbol].day = day(symbol, last, before, turnover)
    return bot


async def test_the_whole_answer(bot: Bot) -> None:
    sides: tuple[tuple[Side, float], ...] = (("buy", 2_000_000.0), ("sell", 500_000.0))
    for side, notional in sides:
        stored = large_trade("BTCUSDT", side, notional, NOW_MS - 60_000)
        assert isinstance(stored.alert, LargeTrade)
        bot.market.large_trade(stored.alert)
    jump = PriceJump(
        id="j", symbol="SOLUSDT", at_ms=NOW_MS - 3_600_000, excess=4.0, direction="up",
        change_pct=6.2, window_s=300, price=125.0, from_price=117.7, zscore=9.0, usual_pct=0.4,
    )  # fmt: skip
    bot.journal.stored.append(StoredAlert(jump, NOW_MS))
    message = await bot.ask("/summary")
    assert message.head == "📋 시장 요약 · 비트코인 🔵 ▼ −1.00%(24시간) · 심리 부정"
    assert message.lines == (
        "1월 12일(월) 09:03:21 KST 기준 · 09시 이후 / 24시간 변동",
        "비트코인 99,000달러 · 🔴 ▲ +0.51% / 🔵 ▼ −1.00%",
        "이더리움 3,060달러 · 0.00% / 🔴 ▲ +2.00%",
        "리플 2달러 · 🔵 ▼ −4.76% / 0.00%",
        "📈 24시간 상승 상위: SOL 🔴 ▲ +20.0%, ETH 🔴 ▲ +2.0%",
        "📉 24시간 하락 상위: DOGE 🔵 ▼ −50.0%, BTC 🔵 ▼ −1.0%",
        "🐳 09:03:21 KST부터 대량 체결 2건 · 🔴 순매수 150만 달러(매수 200만 달러, 매도 50만 달러)",
        "🧭 시장 심리 부정: 시장가 매수 40%(1시간) · 매수 잔량 25%(호가) · "
        "오른 종목 50%(4개 중, 24시간)",
        "🔔 12시간 동안 가장 컸던 알림",
        "08:03:21 📈 솔라나(SOLUSDT) 급등 · 5분 🔴 ▲ +6.20% → 지금까지 🔵 ▼ −4.00%",
    )
    assert "투자 판단과 책임은 본인에게" in message.foot


@pytest.mark.parametrize(("age_ms", "seen_ms"), [(299_999, 0), (3_600_000, 120_001)])
async def test_what_followed_is_left_out_while_too_soon_or_while_the_price_is_old(
    bot: Bot, age_ms: int, seen_ms: int
) -> None:
    jump = PriceJump(
        id="j", symbol="SOLUSDT", at_ms=NOW_MS - age_ms, excess=4.0, direction="up",
        change_pct=6.2, window_s=300, price=125.0, from_price=117.7, zscore=9.0, usual_pct=0.4,
    )  # fmt: skip
    bot.journal.stored.append(StoredAlert(jump, NOW_MS))
    bot.market["SOLUSDT"].day = Ticker(
        "SOLUSDT", NOW_MS - seen_ms, 120.0, 100.0, 120.0, 100.0, 1.0, 5e6
    )
    message = await bot.ask("/summary")
    assert "급등" in message.lines[-1]
    assert "→" not in message.lines[-1]


def solana(at_ms: int) -> PriceJump:
    return PriceJump(
        id=f"j{at_ms}", symbol="SOLUSDT", at_ms=at_ms, excess=4.0, direction="up",
        change_pct=6.2, window_s=300, price=125.0, from_price=117.7, zscore=9.0, usual_pct=0.4,
    )  # fmt: skip


def falls(at_ms: int, *bases: str) -> list[StoredAlert]:
    """One after the other, the later the farther."""
    return [
        StoredAlert(
            PriceJump(
                id=f"price_jump:{base}", symbol=f"{base}USDT", at_ms=at_ms + n * 1_000, excess=9.0,
                direction="down", change_pct=-5.0 - n, window_s=60, price=95.0 - n,
                from_price=100.0, zscore=9.0, usual_pct=0.4,
            ),
            NOW_MS,
        )
        for n, base in enumerate(bases)
    ]  # fmt: skip


async def test_a_market_that_fell_together_is_one_line_among_the_largest_alerts(bot: Bot) -> None:
    together = falls(NOW_MS - 2 * HOUR_MS, "BTC", "ETH", "XRP", "DOGE")
    bot.journal.stored += [*together, StoredAlert(solana(NOW_MS - HOUR_MS), NOW_MS)]
    lines = (await bot.ask("/summary")).lines
    first = lines.index("🔔 12시간 동안 가장 컸던 알림")
    # How far they fell in the end is not known of alerts, which came while they fell.
    assert lines[first + 1] == "07:03:21 📉 시장 동반 급락 · 4개 종목"
    assert [line.split(" · ")[0] for line in lines[first + 2 :]] == [
        "08:03:21 📈 솔라나(SOLUSDT) 급등"
    ]


async def test_what_only_those_get_who_name_it_is_no_news_for_all(bot: Bot) -> None:
    future = large_trade("binance-futures:BTCUSDT", "buy", 9e9, NOW_MS - HOUR_MS)
    spot = large_trade("BTCUSDT", "buy", 1e6, NOW_MS - HOUR_MS)
    bot.journal.stored += [future, spot]
    lines = (await bot.ask("/summary")).lines
    assert len(lines[lines.index("🔔 12시간 동안 가장 컸던 알림") :]) == 2


async def test_two_coins_are_no_market_and_a_market_alone_is_told_with_its_largest(
    bot: Bot,
) -> None:
    bot.journal.stored += falls(NOW_MS - 2 * HOUR_MS, "BTC", "ETH")
    assert (await bot.context.surveyor.survey()).together is None
    bot.now_ms += 21_000
    bot.journal.stored = falls(NOW_MS - HOUR_MS, "BTC", "ETH", "XRP", "DOGE")
    lines = (await bot.ask("/summary")).lines
    first = lines.index("🔔 12시간 동안 가장 컸던 알림")
    assert "시장 동반 급락 · 4개 종목" in lines[first + 1]
    assert len(lines[first:]) == 4


def kept(open_ms: int, close: float, symbol: str = "SOLUSDT") -> Minute:
    return Minute(symbol, open_ms, close, close, close, close, 1.0, 0.5)


async def test_what_followed_is_the_hour_after_by_the_minutes_kept(bot: Bot) -> None:
    alert = solana(NOW_MS - 5 * HOUR_MS)
    first = alert.at_ms // MINUTE_MS * MINUTE_MS
    bot.journal.stored.append(StoredAlert(alert, NOW_MS))
    # The price is 120 now; an hour after the alert (at 125) it was 127.5.
    bot.history.kept = [kept(first + n * MINUTE_MS, 127.5 if n == 60 else 1.0) for n in range(90)]
    bot.exchange.down = True
    assert (await bot.ask("/summary")).lines[-1].endswith("→ 1시간 뒤 🔴 ▲ +2.00%")


async def test_the_exchange_tells_the_hour_after_while_its_minutes_are_not_kept_yet(
    bot: Bot,
) -> None:
    alert = solana(NOW_MS - 75 * MINUTE_MS)
    first = alert.at_ms // MINUTE_MS * MINUTE_MS
    bot.journal.stored.append(StoredAlert(alert, NOW_MS))
    bot.history.kept = [kept(first + n * MINUTE_MS, 1.0) for n in range(30)]
    bot.exchange.bars["SOLUSDT"] = [
        candle("SOLUSDT", "1m", first + n * MINUTE_MS, 122.5 if n == 60 else 1.0) for n in range(70)
    ]
    assert (await bot.ask("/summary")).lines[-1].endswith("→ 1시간 뒤 🔵 ▼ −2.00%")
    bot.now_ms += 21_000
    bot.exchange.bars["SOLUSDT"] = []
    assert (await bot.ask("/summary")).lines[-1].endswith("→ 지금까지 🔵 ▼ −4.00%")


async def test_an_alert_about_no_price_is_followed_from_the_end_of_its_minute(bot: Bot) -> None:
    at_ms = NOW_MS - 3 * HOUR_MS
    first = at_ms // MINUTE_MS * MINUTE_MS
    wide = Spread(
        id="s", symbol="SOLUSDT", at_ms=at_ms, excess=4.0, spread_bp=50.0, usual_bp=5.0,
        times_usual=10.0, bid=99.0, ask=101.0,
    )  # fmt: skip
    bot.journal.stored.append(StoredAlert(wide, NOW_MS))
    bot.history.kept = [kept(first, 100.0), kept(first + 60 * MINUTE_MS, 95.0)]
    assert (await bot.ask("/summary")).lines[-1].endswith("→ 1시간 뒤 🔵 ▼ −5.00%")


async def test_a_wall_is_no_news_to_those_who_did_not_ask_for_walls(bot: Bot) -> None:
    wall = BookImbalance(
        id="w", symbol="XRPUSDT", at_ms=NOW_MS - HOUR_MS, excess=99.0, what="wall_appeared",
        side="bid", price=2.0, notional=1e6, times_usual=9.0, share_pct=40.0, held_s=60.0,
        distance_bp=10.0,
    )  # fmt: skip
    bot.journal.stored += [StoredAlert(wall, NOW_MS), StoredAlert(solana(NOW_MS), NOW_MS)]
    survey = await bot.context.surveyor.survey()
    assert [alert.symbol for alert in survey.alerts] == ["SOLUSDT"]


async def test_the_longest_summary_has_twenty_lines(bot: Bot) -> None:
    """All majors, movers, measures and alerts, no picture, a next time, and the model's words."""
    bot.simulated = True
    bot.charts = BrokenCharts()
    bot.commentator = Commentator()
    await bot.ask("/schedule 09:00,21:00")
    base = await bot.context.surveyor.survey()
    coins = tuple(
        Coin(SymbolInfo(f"{name}USDT", name, "USDT", tick=1e-8), 0.00000921, 1234.56, -99.99)
        for name in ("BTC", "ETH", "XRP", "1000SATS", "POL", "FDUSD", "RENDER", "PUNDIX")
    )
    alerts = tuple(solana(NOW_MS - n * HOUR_MS) for n in range(1, 7))
    longest = msgspec.structs.replace(
        base, majors=coins, risers=coins, fallers=coins, mood=Mood(51.0, 52.0, 53.0, 1_234),
        whales=WhaleFlow(12, 9_999, 9.99e12, 1.23e12), alerts=alerts,
        after=tuple(After(1, -12.34) for _ in alerts),
    )  # fmt: skip
    made = await edition(bot.context, longest, "09:00", ["korean", "global"])
    wanted = await bot.schedules.schedules(CHAT)
    for message in made.copies.values():
        whole = (message.head, *message.lines, *upcoming(wanted, NOW_MS), message.note)
        assert sum(len(part.splitlines()) for part in (*whole, message.foot)) == MOST_LINES
        assert sum("→ 1시간 뒤" in line for line in message.lines) == 3
        assert sum("그림" in line for line in message.lines) == 1
    assert made.later is not None
    better = await made.later()
    assert better is not None and better.note == "AI 문단"


async def test_at_nine_no_change_since_nine_is_told(bot: Bot) -> None:
    bot.now_ms = OPEN_MS + 30_000
    lines = (await bot.ask("/summary")).lines
    assert lines[0] == "1월 12일(월) 09:00:30 KST 기준 · 24시간 변동"
    assert not any("/" in line for line in lines[1:5])


async def test_a_picture_of_a_summary_by_the_clock_is_tried_twice(bot: Bot) -> None:
    charts = bot.charts = BrokenCharts(once=True)
    survey = await bot.context.surveyor.survey()
    (copy,) = (await edition(bot.context, survey, "09:00", ["korean"])).copies.values()
    assert copy.picture == DRAWN and charts.asked == 2


async def test_an_hour_after_nine_the_head_tells_the_change_since_nine(bot: Bot) -> None:
    survey = await bot.context.surveyor.survey()
    later = msgspec.structs.replace(survey, at_ms=OPEN_MS + 3_600_000)
    head = (await edition(bot.context, later, "21:00", ["korean"])).copies["korean"].head
    assert head == "🌙 저녁 시황 · 비트코인 🔴 ▲ +0.51%(09:00부터) · 심리 부정"


@pytest.mark.parametrize(
    ("at", "title"),
    [("09:00", "🌅 아침 시황"), ("21:00", "🌙 저녁 시황"), ("13:30", "📋 시장 요약")],
)
async def test_an_edition_is_named_by_its_hour(bot: Bot, at: str, title: str) -> None:
    survey = await bot.context.surveyor.survey()
    message = (await edition(bot.context, survey, at, ["korean"])).copies["korean"]
    assert message.head.split(" · ")[0] == title


async def test_the_next_summary_is_told_to_a_chat_that_ordered_some(bot: Bot) -> None:
    assert not any("다음 요약" in line for line in (await bot.ask("/summary")).lines)
    await bot.ask("/schedule 09:00,21:00")
    assert (await bot.ask("/summary")).lines[-1] == "⏰ 다음 요약: 1월 12일(월) 21:00 KST"


async def test_stable_coins_and_leveraged_tokens_are_no_movers(bot: Bot) -> None:
    for base in ("USDC", "BTCUP", "ETHDOWN"):
        bot.market[f"{base}USDT"].day = day(f"{base}USDT", 9.0, 1.0)
    survey = await bot.context.surveyor.survey()
    assert [coin.info.base for coin in survey.risers] == ["SOL", "ETH"]
    assert [base for base in ("JUP", "SUP", "TRUMP", "BTCUP", "USDC") if moves_itself(base)] == [
        "JUP", "SUP", "TRUMP",
    ]  # fmt: skip


async def test_what_the_exchange_does_not_say_is_left_out(bot: Bot) -> None:
    bot.exchange.down = True
    message = await bot.ask("/summary")
    assert message.head == "📋 시장 요약 · 심리 중립"
    assert message.lines[0] == "1월 12일(월) 09:03:21 KST 기준"
    assert message.lines[-1] == "🧭 시장 심리 중립: 오른 종목 50%(4개 중, 24시간)"
    assert not any("09시 이후" in line for line in message.lines)


async def test_a_day_bar_of_yesterday_is_not_since_nine(bot: Bot) -> None:
    bot.exchange.bars["BTCUSDT"] = [candle("BTCUSDT", "1d", OPEN_MS - DAY_MS, 50_000.0)]
    message = await bot.ask("/summary")
    assert message.lines[1] == "비트코인 99,000달러 · 모름 / 🔵 ▼ −1.00%"
    for symbol in ("ETHUSDT", "XRPUSDT"):
        bot.exchange.bars[symbol] = []
    bot.now_ms += 21_000
    message = await bot.ask("/summary")
    assert message.lines[0].endswith("기준 · 24시간 변동")
    assert message.lines[1] == "비트코인 99,000달러 · 🔵 ▼ −1.00%"


async def test_before_the_first_days_there_is_one_line(bot: Bot) -> None:
    bot.market.symbols.clear()
    message = await bot.ask("/summary")
    assert (message.tone, message.head) == (
        "error",
        "아직 24시간 시세가 모이지 않았습니다. 잠시 뒤에 다시 시도해 주세요.",
    )


async def test_what_came_hours_ago_is_not_told_as_of_now(bot: Bot) -> None:
    health = bot.health.feed()
    bot.health = FakeHealth(msgspec.structs.replace(health, ok=False, age_ms=120_001))
    assert (await bot.ask("/summary")).head.startswith("📋 시장 요약"), "others are still fresh"
    bot.now_ms += 120_001
    message = await bot.ask("/summary")
    assert (message.head, message.lines) == (
        "지금 시세가 들어오지 않아 시장을 요약할 수 없습니다. 상태: /status",
        (),
    )
    with pytest.raises(UserError, match="들어오지 않아"):
        await edition_of(bot.context, MORNING, {"korean"})
    bot.health = FakeHealth(msgspec.structs.replace(health, age_ms=120_000))
    bot.now_ms += round(KEPT_S * 1000) + 1
    assert (await bot.ask("/summary")).head.startswith("📋 시장 요약")


async def test_whoever_asks_at_once_gets_the_same_survey(bot: Bot) -> None:
    surveyor = bot.context.surveyor
    first = await surveyor.survey()
    bot.exchange.down = True
    bot.now_ms += int(KEPT_S * 1000)
    assert await surveyor.survey() is first
    bot.now_ms += 1
    assert (await surveyor.survey()).majors == ()


async def test_large_trades_are_counted_over_whole_hours_that_were_watched(bot: Bot) -> None:
    surveyor = bot.context.surveyor
    began_ms, told = bot.now_ms, []
    for minutes in (59, 60, 119, 120, 13 * 60):
        bot.now_ms = began_ms + minutes * MINUTE_MS
        flow = (await surveyor.survey()).whales
        told.append((flow.hours, flow.since_ms))
    assert told == [(1, began_ms), (1, 0), (1, 0), (2, 0), (12, 0)]


async def test_the_paragraph_and_the_line_agree_on_when_and_how_much(bot: Bot) -> None:
    for number, (side, notional) in enumerate((("buy", 7_020_063.4), ("sell", 6_092_374.6))):
        bot.market.large_trade(large_trade("BTCUSDT", side, notional, NOW_MS - number).alert)
    message = await bot.ask("/summary")
    (line,) = [line for line in message.lines if line.startswith("🐳")]
    assert line == (
        "🐳 09:03:21 KST부터 대량 체결 2건 · 🔴 순매수 92만 7,688달러"
        "(매수 702만 63달러, 매도 609만 2,375달러)"
    )
    assert "09:03:21 KST부터 대량 체결은 2건으로 순매수 92만 7,688달러" in message.note


async def test_a_simulated_market_is_called_so(bot: Bot) -> None:
    bot.simulated = True
    assert (await bot.ask("/summary")).foot.startswith("🧪 모의 시장")


@pytest.mark.parametrize(
    ("buy", "bids", "rising", "word"),
    [
        (53.0, 55.0, 50.0, "긍정"),
        (53.0, 50.0, 50.0, "중립"),
        (53.0, 55.0, 40.0, "중립"),
        (60.0, 60.0, 60.0, "긍정"),
        (47.0, 45.0, 50.0, "부정"),
        (None, None, 90.0, "중립"),
        (None, 20.0, 10.0, "부정"),
    ],
)
def test_two_measures_more_on_one_side_make_a_mood(
    buy: float | None, bids: float | None, rising: float, word: str
) -> None:
    assert Mood(buy, bids, rising, 100).word == word


async def test_the_picture_shows_what_the_words_say_and_stays_when_a_comment_comes(
    bot: Bot,
) -> None:
    bot.charts = charts = GreyCharts()
    bot.commentator = Commentator()
    message = await bot.ask("/summary")
    assert isinstance(message, Draft) and message.picture is not None
    assert message.picture.alt.startswith("시장 요약 그림: 심리 ")
    (drawn,) = charts.drawn
    assert isinstance(drawn, SummaryChart)
    assert [(row.name, row.price, row.open_pct is None) for row in drawn.majors][:2] == [
        ("비트코인", "99,000달러", False),
        ("이더리움", "3,060달러", False),
    ]
    assert [row.name for row in drawn.movers] == ["SOL", "ETH", "BTC", "DOGE"]
    assert dict(drawn.gauges)["오른 종목(24시간)"] == 50.0
    assert drawn.whales.startswith("09:03:21 KST부터 대량 체결 0건")
    better = await message.later()
    assert better is not None and (better.note, better.picture) == ("AI 문단", message.picture)


DRAWN = Picture("drawn", "그림", 1200, 960)


class BrokenCharts:
    """Implements bot.ports.Charts without drawing anything, ``once`` or ever."""

    def __init__(self, *, once: bool = False) -> None:
        self.asked = 0
        self._once = once

    async def draw(self, drawing: Drawing, alt: str) -> Picture:
        """Never the first time."""
        self.asked += 1
        if self._once and self.asked > 1:
            return DRAWN
        raise DrawError("broken", "no process")


class Commentator:
    """Implements bot.ports.Commentator."""

    async def comment(self, reading: SpreadReading | Survey) -> str:
        """The same each time."""
        return "AI 문단"
