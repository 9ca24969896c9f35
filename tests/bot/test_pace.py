"""How often one may ask: politely refused, allowed again when it was said, in bounded memory."""

import msgspec
import pytest
from fakes import CHAT, NOW_MS, Bot, request
from hypothesis import given
from hypothesis import strategies as st

from bot.answer import Answerer
from bot.model import Chat, Draft, Message
from bot.pace import Pace, Settings, told
from bot.ports import News
from bot.readings import SpreadReading, Survey
from bot.situation import Situation
from pipeline.model import Ticker

FEW = Settings(
    user_burst=2, user_per_minute=6.0, chat_burst=3, chat_per_minute=6.0, ai_user_burst=1
)
GROUP = Chat("telegram", "-100", "7")


def ask(pace: Pace, now_ms: int = NOW_MS, **who: object) -> int:
    """Milliseconds to wait, 0 if it was allowed."""
    refusal = pace.ask(request("/price BTC", **who), "reading", now_ms)  # type: ignore[arg-type]
    return refusal.wait_ms if refusal else 0


def test_after_the_burst_one_waits_for_as_long_as_is_said() -> None:
    pace = Pace(FEW)
    assert [ask(pace) for _ in range(4)] == [0, 0, 10_000, 10_000]
    assert ask(pace, NOW_MS + 9_999) > 0
    assert ask(pace, NOW_MS + 10_000) == 0
    assert ask(pace, NOW_MS + 10_000) > 0


def test_people_do_not_use_up_each_others_requests_but_a_group_has_a_limit_of_its_own() -> None:
    pace = Pace(FEW)
    who = {"private": False, "chat": GROUP}
    assert [ask(pace, user=name, **who) for name in ("a", "a", "b")] == [0, 0, 0]
    refusal = pace.ask(request("/price", user="b", private=False, chat=GROUP), "reading", NOW_MS)
    assert refusal is not None and refusal.whose == "chat"
    assert told(refusal) == "이 채팅방의 요청이 너무 잦습니다. 10초 뒤에 다시 시도해 주세요."
    assert ask(pace, user="b", chat=Chat("telegram", "5")) == 0, "a refused request counts nothing"


def test_topics_of_a_group_are_one_chat() -> None:
    pace = Pace(FEW)
    topics = [msgspec.structs.replace(GROUP, topic=str(i)) for i in range(4)]
    waits = [ask(pace, user=str(i), private=False, chat=chat) for i, chat in enumerate(topics)]
    assert waits[:3] == [0, 0, 0] and waits[3] > 0


def test_a_clock_that_goes_back_does_not_lock_anybody_out() -> None:
    pace = Pace(FEW)
    assert [ask(pace), ask(pace)] == [0, 0]
    assert ask(pace, NOW_MS - 86_400_000) == 0


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5_000)), max_size=200))
def test_memory_is_bounded_and_no_more_is_allowed_than_the_rate(
    asked: list[tuple[int, int]],
) -> None:
    pace = Pace(msgspec.structs.replace(FEW, most_keys=20))
    alone, now_ms, allowed = Pace(FEW), NOW_MS, 0
    for user, later_ms in asked:
        now_ms += later_ms
        ask(pace, now_ms, user=str(user))
        allowed += ask(alone, now_ms) == 0
        assert len(pace) <= 20
    assert allowed <= 2 + (now_ms - NOW_MS) / 10_000 + 1e-6


class Comments:
    """Implements bot.ports.Commentator."""

    async def comment(self, reading: SpreadReading | Survey | Situation) -> str:
        """Never the same as the plain sentence."""
        return "설명"


class Reader:
    """Implements bot.ports.NewsReader."""

    async def read(self, text: str) -> News:
        """Whatever it was."""
        return News("중립", "하나입니다.", "둘입니다.", "셋이어서 중립입니다.")


@pytest.fixture
def bot() -> Bot:
    bot = Bot()
    bot.market["BTCUSDT"].day = Ticker("BTCUSDT", NOW_MS, 110.0, 100.0, 120.0, 90.0, 1.0, 5e6)
    return bot


async def test_a_burst_is_answered_politely_and_to_the_asker_alone(bot: Bot) -> None:
    answer = Answerer(bot.context, pace=Pace(FEW))
    answers: list[Message] = [await answer(request("/price BTC")) for _ in range(5)]
    assert [one.tone for one in answers] == ["up", "up", "error", "error", "error"]
    assert answers[-1].head == "요청이 너무 잦습니다. 10초 뒤에 다시 시도해 주세요."
    assert answers[-1].private
    bot.now_ms += 10_000
    assert (await answer(request("/price BTC"))).tone == "up"


async def test_operators_ask_as_often_as_they_like(bot: Bot) -> None:
    answer = Answerer(bot.context, operators=("web:visitor",), pace=Pace(FEW))
    assert {(await answer(request("/price BTC"))).tone for _ in range(9)} == {"up"}


async def test_answers_that_cost_money_have_a_limit_of_their_own(bot: Bot) -> None:
    pace = Settings(ai_user_burst=1, ai_user_per_hour=20.0)
    bot.commentator = Comments()
    answer = Answerer(bot.context, pace=Pace(pace))
    first, second = [await answer(request("/explain BTC")) for _ in range(2)]
    assert first.tone != "error"
    assert second.head == (
        "AI 설명을 자주 요청하셔서 잠시 쉬어 갑니다. 3분 뒤에 다시 시도해 주세요."
    )
    assert (await answer(request("/price BTC"))).tone == "up"


async def test_only_what_a_model_is_asked_for_counts(bot: Bot) -> None:
    bot.commentator, bot.news = Comments(), Reader()
    answer = Answerer(bot.context, pace=Pace(Settings(ai_user_burst=1, ai_user_per_hour=20.0)))
    for text in ("/explain", "/explain 없는코인", "/news", "/news 짧다"):
        assert (await answer(request(text))).tone == "error"
    await bot.subscriptions.change(CHAT, lambda has: msgspec.structs.replace(has, ai=False))
    for text in ("/explain BTC", "/news 비트코인 현물 ETF에 자금이 유입됐다"):
        assert not isinstance(await answer(request(text)), Draft)
    await bot.subscriptions.change(CHAT, lambda has: msgspec.structs.replace(has, ai=True))
    assert isinstance(await answer(request("/news 비트코인 현물 ETF에 자금이 유입됐다")), Draft)
    refused = await answer(request("/news 비트코인 현물 ETF에 자금이 유입됐다"))
    assert "자주 요청하셔서" in refused.head


async def test_without_ai_explanations_cost_nothing_and_are_not_limited_as_such(bot: Bot) -> None:
    answer = Answerer(bot.context, pace=Pace(Settings(ai_user_burst=1)))
    assert {(await answer(request("/explain BTC"))).tone for _ in range(5)} == {"plain"}
