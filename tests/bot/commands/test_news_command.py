"""/news: three lines about a pasted text, or one honest line."""

import pytest
from fakes import Bot, request

from bot.answer import Answerer
from bot.commands.news import LONGEST, pasted, render
from bot.errors import ExplainError
from bot.model import Draft, Message
from bot.ports import News
from bot.typed import is_command

TEXT = "Bitcoin ETFs took in $1.2 Billion.\nSEC 승인은 연기됐다."
NEWS = News("긍정", "자금이 들어왔습니다.", "12억 달러입니다.", "유입 소식이어서 긍정입니다.")


class Reader:
    """Implements bot.ports.NewsReader: tells the same of any text, or fails for a reason."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason
        self.texts: list[str] = []

    async def read(self, text: str) -> News:
        """The news. Raises ExplainError for the reason."""
        self.texts.append(text)
        if self.reason:
            raise ExplainError(self.reason)
        return NEWS


async def told(reader: Reader, text: str) -> Message:
    """What the message says in the end."""
    bot = Bot()
    bot.news = reader
    draft = await Answerer(bot.context)(request(text))
    assert isinstance(draft, Draft), draft.head
    better = await draft.later()
    assert better is not None
    return better


async def test_three_lines_and_the_mood_replace_the_first_line() -> None:
    reader = Reader()
    message = await told(reader, f"/news {TEXT}")
    assert message.head == "📰 뉴스 풀이 · 🟢 긍정"
    assert message.lines == (NEWS.what, NEWS.detail, f"이유: {NEWS.reason}")
    assert "AI 설명" in message.foot and "사실인지 확인하지 않았습니다" in message.foot
    assert reader.texts == [TEXT], "as it was pasted, capitals and lines included"


def test_lines_that_do_not_hold_are_left_out_and_that_is_said() -> None:
    part = render(News("부정", "비트코인이 하락했습니다.", "", ""), "작은 글씨")
    assert part.lines == ("비트코인이 하락했습니다.",)
    assert part.foot.startswith("글에서 근거를 찾지 못한 문장은 뺐습니다. 붙여 넣은 글에")
    whole = render(News("부정", "하나.", "둘.", "셋."), "작은 글씨")
    assert whole.lines == ("하나.", "둘.", "이유: 셋.") and "뺐습니다" not in whole.foot


@pytest.mark.parametrize(
    "call", ["/news", "/news@goraebot", "뉴스", "/뉴스", "／news", "/ news", "기사"]
)
def test_the_text_begins_behind_the_command(call: str) -> None:
    assert pasted(f"{call} {TEXT}") == TEXT
    assert pasted(f"{call}\n{TEXT}\u200b\u202e") == TEXT


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        ("budget", "예산"),
        ("refused", "믿을 만하게"),
        ("limit", "요청이 많아"),
        ("failed", "응답하지"),
    ],
)
async def test_what_cannot_be_told_reliably_is_not_told(reason: str, says: str) -> None:
    message = await told(Reader(reason), f"/news {TEXT}")
    assert says in message.head and message.tone == "error" and message.lines == ()


async def test_without_ai_it_says_how_an_operator_switches_it_on() -> None:
    message = await Bot().ask(f"/news {TEXT}")
    assert not isinstance(message, Draft)
    assert "꺼져" in message.head and "HOLYSHEEP_API_KEY" in message.lines[0]


async def test_texts_too_short_and_too_long_get_a_line_with_an_example() -> None:
    for text in ("/news", "/news 비트", "/news " + "가" * (LONGEST + 1), "/news " + "가" * 9_000):
        message = await Bot().ask(text)
        assert message.tone == "error" and "예: /" in message.head
    assert (await Bot().ask("/news " + "가" * LONGEST)).tone == "plain"


def test_in_groups_a_long_pasted_text_is_heard_and_long_talk_is_not() -> None:
    assert is_command("/news " + "가 " * 1_900)
    assert not is_command("뉴스 " + "가 " * 1_900)
    assert not is_command("/price " + "가 " * 1_900)
