"""/book: five levels each side, the best ones in the middle."""

import pytest
from fakes import DOWN, NOW_MS, Bot
from pictures import GreyCharts

from bot.drawings import DepthChart
from pipeline.model import Book, Levels

BIDS = tuple((99_990.0 - i * 10, 0.5 + i) for i in range(20))
ASKS = tuple((100_010.0 + i * 10, 0.25) for i in range(20))


@pytest.fixture
def bot() -> Bot:
    bot = Bot()
    bot.exchange.books["BTCUSDT"] = Book("BTCUSDT", BIDS, ASKS, at_ms=NOW_MS - 100)
    return bot


async def test_the_whole_answer(bot: Bot) -> None:
    message = await bot.ask("/book btc")
    assert message.head == "📖 비트코인(BTCUSDT) 호가"
    assert message.lines == (
        "가격(달러) · 잔량(BTC) · 금액(달러)",
        "🔵 매도5 100,050 · 0.25 · 2만 5,013",
        "🔵 매도4 100,040 · 0.25 · 2만 5,010",
        "🔵 매도3 100,030 · 0.25 · 2만 5,008",
        "🔵 매도2 100,020 · 0.25 · 2만 5,005",
        "🔵 매도1 100,010 · 0.25 · 2만 5,003",
        "── 차이 20달러 (2bp) ──",
        "🔴 매수1 99,990 · 0.5 · 4만 9,995",
        "🔴 매수2 99,980 · 1.5 · 14만 9,970",
        "🔴 매수3 99,970 · 2.5 · 24만 9,925",
        "🔴 매수4 99,960 · 3.5 · 34만 9,860",
        "🔴 매수5 99,950 · 4.5 · 44만 9,775",
        "0.1초 전 호가 · 09:03:20 KST",
    )
    assert message.foot == "※ 정보 제공용이며 투자 조언이 아닙니다."


async def test_other_quote_currencies_and_large_quantities(bot: Bot) -> None:
    bot.exchange.books["ETHBTC"] = Book("ETHBTC", ((0.0312, 10.0),), ((0.03121, 20.0),))
    lines = (await bot.ask("/book ETHBTC")).lines
    assert lines == (
        "가격(BTC) · 잔량(ETH) · 금액(BTC)",
        "🔵 매도1 0.03121 · 20 · 0.624",
        "── 차이 0.00001 BTC (3.2bp) ──",
        "🔴 매수1 0.03120 · 10 · 0.312",
    )
    bot.exchange.books["PEPEUSDT"] = Book("PEPEUSDT", ((9.21e-06, 5.42888e9),), ((9.22e-06, 1.0),))
    lines = (await bot.ask("/book pepe")).lines
    assert lines[-1] == "🔴 매수1 0.00000921 · 54억 · 5만"


@pytest.mark.parametrize(
    ("book", "line"),
    [
        (Book("BTCUSDT", BIDS, ()), "⚠️ 매도 호가가 비어 있어 스프레드를 계산할 수 없습니다."),
        (Book("BTCUSDT", (), ASKS), "⚠️ 매수 호가가 비어 있어 스프레드를 계산할 수 없습니다."),
    ],
)
async def test_a_one_sided_book_shows_the_side_there_is(bot: Bot, book: Book, line: str) -> None:
    bot.exchange.books["BTCUSDT"] = book
    lines = (await bot.ask("/book BTC")).lines
    assert line in lines
    assert sum(row.startswith(("🔵", "🔴")) for row in lines) == 5


async def test_a_crossed_book_is_said_to_be_so(bot: Bot) -> None:
    bot.exchange.books["BTCUSDT"] = Book("BTCUSDT", ASKS, BIDS)
    assert any("낮지 않게 관측되어" in line for line in (await bot.ask("/book BTC")).lines)


async def test_an_empty_book_a_silent_exchange_and_no_symbol_are_said_so(bot: Bot) -> None:
    assert "호가창이 지금 비어 있습니다" in (await bot.ask("/book ADA")).head
    assert (await bot.ask("/book")).head == "심볼을 함께 입력해 주세요. 예: /book BTC"
    bot.exchange.down = True
    assert (await bot.ask("/book BTC")).head == DOWN


async def test_the_picture_shows_every_level_that_the_exchange_tells(bot: Bot) -> None:
    bot.charts = charts = GreyCharts()
    message = await bot.ask("/book btc")
    assert message.picture is not None
    assert message.picture.alt == (
        "비트코인(BTCUSDT) 호가 잔량 그림: 매수 1,997만 달러, 매도 50만 525달러, 매수 비중 98%"
    )
    (drawn,) = charts.drawn
    assert isinstance(drawn, DepthChart)
    assert (drawn.bids, drawn.asks, drawn.at_ms) == (BIDS, ASKS, NOW_MS - 100)


@pytest.mark.parametrize("sides", [((), ASKS), (BIDS, ()), (ASKS, BIDS)])
async def test_a_book_without_a_spread_has_no_picture(
    bot: Bot, sides: tuple[Levels, Levels]
) -> None:
    bot.charts = charts = GreyCharts()
    bot.exchange.books["BTCUSDT"] = Book("BTCUSDT", *sides, at_ms=NOW_MS)
    message = await bot.ask("/book btc")
    assert message.picture is None and charts.drawn == [] and message.tone != "error"
