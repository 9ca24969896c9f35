"""/explain: the alert replied to or a pair, told as measured, whoever else can be asked."""

import pytest
from fakes import CHAT, MINUTE_MS, NOW_MS, Bot, large_trade, minute_bars

from bot.answer import Answerer
from bot.errors import ExplainError
from bot.model import Chat, Draft, Message, Request, short_ref
from bot.readings import SpreadReading, Survey
from bot.situation import Situation
from pipeline.model import Book, Ticker

AT = NOW_MS - 20 * MINUTE_MS


class Comments:
    """Implements bot.ports.Commentator: remembers what it was asked, and has a text or none."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.asked: list[object] = []

    async def comment(self, reading: SpreadReading | Survey | Situation) -> str:
        """The text. Raises ExplainError without one."""
        self.asked.append(reading)
        if not self.text:
            raise ExplainError("budget")
        return self.text


@pytest.fixture
def bot() -> Bot:
    bot = Bot()
    opened_ms = NOW_MS - NOW_MS % MINUTE_MS
    prices = [100.0 + i * 0.1 for i in range(120)]
    bot.exchange.bars["BTCUSDT"] = minute_bars("BTCUSDT", prices, opened_ms)
    bot.exchange.books["BTCUSDT"] = Book("BTCUSDT", ((111.9, 5.0),), ((112.1, 5.0),), at_ms=NOW_MS)
    bot.market["BTCUSDT"].day = Ticker("BTCUSDT", NOW_MS, 112.0, 100.0, 120.0, 90.0, 1.0, 24_000.0)
    alert = large_trade("BTCUSDT", "buy", 75_000.0, AT, price=110.0)
    bot.journal.stored = [alert]
    bot.casebook.messages[CHAT, "55"] = short_ref(alert.alert.id)
    return bot


async def explain(bot: Bot, text: str = "/explain", reply_to: str = "") -> Message:
    return await Answerer(bot.context)(Request(CHAT, "visitor", text, True, True, reply_to))


async def test_the_alert_replied_to_is_told_with_what_followed(bot: Bot) -> None:
    message = await explain(bot, reply_to="55")
    assert message.head.startswith("💬 알림 설명 · 🐳")
    text = "\n".join(message.lines)
    assert "20분 전 알림" in text
    assert "알림 이후 지금까지 🔴 ▲ +1.82%" in text
    assert "알림 전 5분 동안" in text and "알림 이후 5분 동안" in text
    assert "알림 이후 1시간" not in text, "an hour has not passed"
    assert "비트코인(BTCUSDT)은 알림 이후 지금까지 1.82% 상승했습니다." in message.note
    assert "자동 설명" in message.foot


async def test_a_symbol_is_told_by_its_price_turnover_spread_and_alerts(bot: Bot) -> None:
    message = await explain(bot, "/explain 비트")
    text = "\n".join(message.lines)
    assert message.head == "💬 비트코인(BTCUSDT) 설명"
    for part in ("지금 112", "최근 24시간 동안", "최근 1시간 거래대금", "스프레드", "알림 1건"):
        assert part in text
    assert "알림 이후" not in text


async def test_what_is_asked_of_a_symbol_in_a_sentence_is_about_that_symbol(bot: Bot) -> None:
    assert await explain(bot, "/explain 비트 왜 떨어져") == await explain(bot, "/explain btc")
    for several in ("/explain btc sol xrp", "/explain 비트 리플 도지"):
        assert "심볼이 없습니다" in (await explain(bot, several)).head


async def test_the_alert_of_a_button_is_told_like_the_one_replied_to(bot: Bot) -> None:
    ref = short_ref(bot.journal.stored[0].alert.id)
    assert await explain(bot, f"/explain #{ref}") == await explain(bot, reply_to="55")
    old = await explain(bot, "/explain #0123456789abcdef")
    assert old.tone == "error" and "예: /explain BTC" in old.head


async def test_a_symbol_beside_a_reply_counts(bot: Bot) -> None:
    bot.market["ETHUSDT"].day = Ticker("ETHUSDT", NOW_MS, 10.0, 9.0, 12.0, 9.0, 1.0, 24_000.0)
    assert "이더리움" in (await explain(bot, "/explain eth", "55")).head
    assert "알림 설명" in (await explain(bot, "/explain btc", "55")).head


@pytest.mark.parametrize(("text", "reply"), [("/explain", ""), ("/explain", "56")])
async def test_without_alert_and_symbol_one_line_says_how(bot: Bot, text: str, reply: str) -> None:
    message = await explain(bot, text, reply)
    assert message.tone == "error" and "예: /explain BTC" in message.head


async def test_the_verified_text_is_edited_in_and_signed(bot: Bot) -> None:
    comments = bot.commentator = Comments("최근 1시간 동안 상승했습니다.")
    draft = await explain(bot, reply_to="55")
    assert isinstance(draft, Draft)
    better = await draft.later()
    assert better is not None
    assert better.note == comments.text and "AI 설명" in better.foot
    [situation] = comments.asked
    assert isinstance(situation, Situation) and situation.then == 110.0


async def test_how_an_alert_is_named_depends_on_the_platform(bot: Bot) -> None:
    for platform, how in (("telegram", "답장으로"), ("discord", "앱 → ‘설명’"), ("web", "버튼")):
        assert how in (await bot.ask("/explain", chat=Chat(platform, "1"))).head


async def test_without_a_text_the_plain_sentence_stays(bot: Bot) -> None:
    bot.commentator = Comments("")
    draft = await explain(bot, reply_to="55")
    assert isinstance(draft, Draft) and await draft.later() is None
    assert "자동 설명" in draft.foot


async def test_when_the_exchange_is_silent_what_is_known_is_told(bot: Bot) -> None:
    bot.tick("BTCUSDT", 112.0, NOW_MS)
    bot.exchange.down = True
    message = await explain(bot, reply_to="55")
    assert message.tone != "error" and "알림 이후 지금까지" in "\n".join(message.lines)
