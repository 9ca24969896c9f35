"""/spread and the measuring of books: what stands where, and what is said when a book is odd."""

import pytest
from fakes import DOWN, NOW_MS, Bot
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import ladder
from bot.errors import ExplainError
from bot.korean import HOUR_MS
from bot.model import Draft
from bot.readings import SpreadReading, Survey
from pipeline.model import Book

FAIR = Book(
    "BTCUSDT",
    bids=((99_990.0, 1.0), (99_950.0, 2.0), (99_600.0, 3.0), (99_100.0, 4.0), (98_000.0, 9.0)),
    asks=((100_010.0, 1.0), (100_050.0, 2.0), (100_400.0, 1.0), (100_900.0, 1.0)),
    at_ms=NOW_MS - 300,
)


@pytest.fixture
def bot() -> Bot:
    bot = Bot()
    bot.exchange.books["BTCUSDT"] = FAIR
    return bot


def learn(bot: Bot, spread_bp: float, seconds: int) -> None:
    for _ in range(seconds):
        bot.market["BTCUSDT"].usual_spread.add(spread_bp, 1.0)


async def test_the_whole_answer(bot: Bot) -> None:
    learn(bot, 1.0, 1_500)
    message = await bot.ask("/spread btcusdt")
    assert message.head == "↔️ 비트코인(BTCUSDT) 스프레드 2bp · 20달러"
    assert message.lines == (
        "매수 호가 99,990달러 · 매도 호가 100,010달러",
        "차이 20달러 · 0.02% · 2bp",
        "최근 25분의 평소 1bp · 지금은 평소의 2배",
        "±0.1% 이내 잔량: 매수 29만 9,890달러 · 매도 30만 110달러",
        "±0.5% 이내 잔량: 매수 59만 8,690달러 · 매도 40만 510달러",
        "±1% 이내 잔량: 매수 99만 5,090달러 · 매도 50만 1,410달러 이상",
        "잔량 비중(±0.5%): 매수 60% · 매도 40%",
        "0.3초 전 호가 · 09:03:20 KST",
    )
    assert message.note == (
        "비트코인(BTCUSDT)의 매수·매도 호가 차이는 2bp로 최근 25분의 평소(1bp)보다 넓은 2배이고, "
        "가까운 호가에는 매수 잔량이 더 많이 쌓여 있습니다."
    )
    assert message.foot == "※ 정보 제공용이며 투자 조언이 아닙니다. · 자동 설명"
    assert [button.command for button in message.buttons[0]] == [
        "/spread BTCUSDT",
        "/book BTCUSDT",
        "/price BTCUSDT",
    ]


async def test_below_ten_minutes_of_data_nothing_is_called_usual(bot: Bot) -> None:
    learn(bot, 1.0, 599)
    message = await bot.ask("/spread BTC")
    assert not any("평소" in line for line in (*message.lines, message.note))
    assert message.note.startswith("비트코인(BTCUSDT)의 매수·매도 호가 차이는 2bp이고, ")
    learn(bot, 1.0, 1)
    assert "최근 10분의 평소 1bp · 지금은 평소의 2배" in (await bot.ask("/spread BTC")).lines


async def test_the_usual_is_never_said_to_be_of_more_than_an_hour(bot: Bot) -> None:
    learn(bot, 2.0, 2 * HOUR_MS // 1000)
    assert "최근 1시간의 평소 2bp · 지금은 평소의 1배" in (await bot.ask("/spread BTC")).lines


@pytest.mark.parametrize(
    ("usual_bp", "words"),
    [
        (4.0, "2bp로 최근 15분의 평소(4bp)보다 좁고,"),
        (2.2, "2bp로 최근 15분의 평소(2.2bp)와 비슷하고,"),
        (1.0, "2bp로 최근 15분의 평소(1bp)보다 넓은 2배이고,"),
    ],
)
async def test_the_sentence_compares_with_the_usual(bot: Bot, usual_bp: float, words: str) -> None:
    learn(bot, usual_bp, 900)
    assert words in (await bot.ask("/spread BTC")).note


@pytest.mark.parametrize(
    ("bid_size", "ask_size", "words"),
    [
        (3.0, 1.0, "매수 잔량이 더 많이 쌓여 있습니다."),
        (1.0, 3.0, "매도 잔량이 더 많이 쌓여 있습니다."),
        (1.0, 1.0, "매수·매도 잔량은 비슷합니다."),
    ],
)
async def test_the_sentence_says_on_which_side_more_stands(
    bot: Bot, bid_size: float, ask_size: float, words: str
) -> None:
    bot.exchange.books["BTCUSDT"] = Book(
        "BTCUSDT", ((99_990.0, bid_size),), ((100_010.0, ask_size),)
    )
    assert (await bot.ask("/spread BTC")).note.endswith(words)


async def test_sides_are_compared_only_as_far_as_both_reach(bot: Bot) -> None:
    bot.exchange.books["BTCUSDT"] = Book(
        "BTCUSDT",
        bids=((99_990.0, 1.0), (99_900.0, 1.0), (99_800.0, 100.0)),
        asks=((100_010.0, 1.0), (100_100.0, 1.0)),
    )
    message = await bot.ask("/spread BTC")
    assert "잔량 비중(±0.1%): 매수 50% · 매도 50%" in message.lines
    assert "±0.5% 이내 잔량: 매수 1,018만 달러 이상 · 매도 20만 110달러 이상" in message.lines


async def test_a_book_without_a_time_is_given_none(bot: Bot) -> None:
    bot.exchange.books["BTCUSDT"] = Book("BTCUSDT", FAIR.bids, FAIR.asks)
    assert not any("전 호가" in line for line in (await bot.ask("/spread BTC")).lines)


async def test_tiny_spreads_and_prices_have_no_exponent(bot: Bot) -> None:
    bot.exchange.books["PEPEUSDT"] = Book(
        "PEPEUSDT", ((0.00000921, 5e9),), ((0.00000922, 4e9),), at_ms=NOW_MS
    )
    message = await bot.ask("/spread 페페")
    assert message.head == "↔️ 페페(PEPEUSDT) 스프레드 10.9bp · 0.00000001달러"
    assert "차이 0.00000001달러 · 0.11% · 10.9bp" in message.lines
    bot.exchange.books["BTCUSDT"] = Book(
        "BTCUSDT", ((104_402.49, 1.0),), ((104_402.5, 1.0),), at_ms=NOW_MS
    )
    message = await bot.ask("/spread BTC")
    assert "차이 0.01달러 · 0.0000096% · 0.001bp" in message.lines


async def test_other_quote_currencies_keep_their_name(bot: Bot) -> None:
    bot.exchange.books["ETHBTC"] = Book("ETHBTC", ((0.0312, 10.0),), ((0.03121, 20.0),))
    message = await bot.ask("/spread ETHBTC")
    assert message.head == "↔️ 이더리움(ETHBTC) 스프레드 3.2bp · 0.00001 BTC"
    assert "±0.1% 이내 잔량: 매수 0.312 BTC 이상 · 매도 0.624 BTC 이상" in message.lines


@pytest.mark.parametrize(
    ("book", "lines"),
    [
        (
            Book("BTCUSDT", (), ((100_010.0, 1.0),)),
            (
                "매도 호가 100,010달러",
                "⚠️ 매수 호가가 비어 있어 스프레드를 계산할 수 없습니다.",
            ),
        ),
        (
            Book("BTCUSDT", ((99_990.0, 1.0),), ()),
            (
                "매수 호가 99,990달러",
                "⚠️ 매도 호가가 비어 있어 스프레드를 계산할 수 없습니다.",
            ),
        ),
        (
            Book("BTCUSDT", ((100_010.0, 1.0),), ((100_010.0, 1.0),)),
            (
                "매수 호가 100,010달러 · 매도 호가 100,010달러",
                "⚠️ 매수 호가가 매도 호가보다 낮지 않게 관측되어 스프레드를 계산할 수 없습니다. "
                "호가가 바뀌는 순간이었을 수 있으니 잠시 뒤에 다시 확인해 주세요.",
            ),
        ),
    ],
)
async def test_a_book_without_a_spread_gets_an_honest_line(
    bot: Bot, book: Book, lines: tuple[str, ...]
) -> None:
    bot.exchange.books["BTCUSDT"] = book
    message = await bot.ask("/spread BTC")
    assert message.head == "↔️ 비트코인(BTCUSDT) 스프레드 계산 불가"
    assert message.lines == lines
    assert message.note == ""


async def test_an_empty_book_and_a_silent_exchange_are_said_so(bot: Bot) -> None:
    message = await bot.ask("/spread ADA")
    assert message.head == (
        "에이다(ADAUSDT)의 호가창이 지금 비어 있습니다. 잠시 뒤에 다시 시도해 주세요."
    )
    assert message.tone == "error"
    bot.exchange.down = True
    assert (await bot.ask("/spread BTC")).head == DOWN


async def test_without_a_symbol_there_is_an_example(bot: Bot) -> None:
    message = await bot.ask("/spread")
    assert message.head == "심볼을 함께 입력해 주세요. 예: /spread btcusdt"


# --- measuring ---------------------------------------------------------------------------------

sizes = st.floats(0.001, 1e6)
steps = st.lists(st.tuples(st.integers(1, 50), sizes), min_size=1, max_size=30)


def a_book(bids: list[tuple[int, float]], asks: list[tuple[int, float]]) -> Book:
    def levels(steps: list[tuple[int, float]], sign: int) -> tuple[tuple[float, float], ...]:
        at = 10_000
        found = []
        for step, size in steps:
            at += sign * step
            found.append((at / 100, size))
        return tuple(found)

    return Book("XUSDT", levels(bids, -1), levels(asks, 1))


@given(steps, steps)
def test_depth_is_what_a_plain_recount_finds(
    bids: list[tuple[int, float]], asks: list[tuple[int, float]]
) -> None:
    book = a_book(bids, asks)
    middle = (book.bids[0][0] + book.asks[0][0]) / 2
    for percent in (0.1, 0.5, 1.0, 50.0):
        found = ladder.depth(book, percent)
        low, high = middle * (1 - percent / 100) - 1e-6, middle * (1 + percent / 100) + 1e-6
        assert found.bids == pytest.approx(sum(p * q for p, q in book.bids if p >= low))
        assert found.asks == pytest.approx(sum(p * q for p, q in book.asks if p <= high))
        assert found.more_bids == (book.bids[-1][0] >= low)
        assert found.more_asks == (book.asks[-1][0] <= high)


@given(steps, steps)
def test_the_balance_is_a_share_over_the_same_distance_on_both_sides(
    bids: list[tuple[int, float]], asks: list[tuple[int, float]]
) -> None:
    book = a_book(bids, asks)
    found = ladder.balance(book, 0.5)
    assert 0 < found.bid_share < 100
    assert 0 < found.within_pct <= 0.5
    other = ladder.balance(Book("XUSDT", book.bids, book.asks), found.within_pct)
    assert other.bid_share == pytest.approx(found.bid_share)


def test_the_spread_is_exact_in_the_exchanges_decimals() -> None:
    book = Book("XUSDT", ((104_402.49, 1.0),), ((104_402.5, 1.0),))
    assert ladder.spread(book) == 0.01
    assert ladder.spread_bp(book) == pytest.approx(0.01 / 104_402.495 * 1e4)


@pytest.mark.parametrize(
    ("book", "condition"),
    [
        (Book("X", (), ()), "empty"),
        (Book("X", ((1.0, 1.0),), ()), "no_asks"),
        (Book("X", (), ((1.0, 1.0),)), "no_bids"),
        (Book("X", ((1.0, 1.0),), ((1.0, 1.0),)), "crossed"),
        (Book("X", ((1.1, 1.0),), ((1.0, 1.0),)), "crossed"),
        (Book("X", ((1.0, 1.0),), ((1.1, 1.0),)), "fine"),
    ],
)
def test_the_condition_of_a_book(book: Book, condition: str) -> None:
    assert ladder.condition(book) == condition


class Comments:
    """Implements bot.ports.Commentator."""

    def __init__(self, text: str | None) -> None:
        self.text = text

    async def comment(self, reading: SpreadReading | Survey) -> str:
        assert isinstance(reading, SpreadReading) and reading.info.symbol == "BTCUSDT"
        if self.text is None:
            raise ExplainError("deadline")
        return self.text


async def test_a_models_comment_follows_and_says_whose_it_is(bot: Bot) -> None:
    bot.commentator = Comments("스프레드는 2bp입니다.")
    message = await bot.ask("/spread BTC")
    assert isinstance(message, Draft) and message.foot.endswith("자동 설명")
    better = await message.later()
    assert better is not None
    assert (better.head, better.lines, better.buttons) == (
        message.head,
        message.lines,
        message.buttons,
    )
    assert better.note == "스프레드는 2bp입니다." and better.foot.endswith("AI 설명")


async def test_without_a_comment_that_may_be_shown_the_plain_sentence_stays(bot: Bot) -> None:
    bot.commentator = Comments(None)
    message = await bot.ask("/spread BTC")
    assert isinstance(message, Draft) and await message.later() is None


async def test_a_book_without_a_spread_is_not_commented(bot: Bot) -> None:
    bot.commentator = Comments("x")
    bot.exchange.books["BTCUSDT"] = Book("BTCUSDT", ((2.0, 1.0),), ())
    assert not isinstance(await bot.ask("/spread BTC"), Draft)
