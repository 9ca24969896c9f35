"""/news: a pasted news text in three Korean lines, with what it is inclined to and why."""

import logging
import re
import unicodedata
from typing import Final

from bot.command import Command, Context, Parameter
from bot.commands.layout import market_foot
from bot.compose import AUTHORS
from bot.errors import ExplainError, UserError
from bot.model import Draft, Message, Request, Tone
from bot.ports import News, NewsReader

log = logging.getLogger("goraebot.commands")

LONGEST: Final = 4_000
"""Characters of a news text; Telegram takes 4,096 in one message."""
SHORTEST: Final = 10

_CALL: Final = re.compile(r"\s*[/／]?\s*\S+\s*")
_EXAMPLE = "/news 비트코인 ETF에 하루 12억 달러 유입"

_EMPTY = f"명령 뒤에 뉴스 글을 붙여 넣어 주세요. 예: {_EXAMPLE}"
_TOO_LONG = f"뉴스 글은 {LONGEST:,}자까지 읽습니다. 중요한 부분만 붙여 넣어 주세요. 예: {_EXAMPLE}"
_OFF = Message(
    head="📰 AI 설명이 꺼져 있어 뉴스를 풀이하지 못합니다.",
    lines=(
        "운영자가 환경 변수 HOLYSHEEP_API_KEY에 AI 게이트웨이의 키를 넣고 다시 시작하면 켜집니다.",
    ),
    private=True,
)
_OFF_HERE = Message(
    head="📰 이 채팅은 AI 설명을 꺼 두어 뉴스를 풀이하지 않습니다. 켜려면: /settings AI 켜기",
    private=True,
)
_READING = "📰 뉴스 글을 읽고 있습니다."
_STAYS = "30초 안에 결과로 바뀌지 않으면 다시 보내 주세요."
_FAILED: Final = {
    "budget": "오늘의 AI 예산을 다 써서 뉴스를 풀이하지 못했습니다. 내일 다시 시도해 주세요.",
    "limit": "지금 AI 요청이 많아 뉴스를 풀이하지 못했습니다. 잠시 뒤에 다시 시도해 주세요.",
    "refused": "이 글은 믿을 만하게 설명하지 못했습니다. 기사 본문만 붙여 넣어 주세요.",
}
_ELSE = "AI가 응답하지 않아 뉴스를 풀이하지 못했습니다. 잠시 뒤에 다시 시도해 주세요."
_UNCHECKED = "붙여 넣은 글에 적힌 내용이며 사실인지 확인하지 않았습니다."
_LEFT_OUT = "글에서 근거를 찾지 못한 문장은 뺐습니다."
_LINES: Final = 3
_MARKS: Final = {"긍정": "🟢", "중립": "⚪", "부정": "🔴"}


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for a text that is missing, too short or too long."""
    text = pasted(request.text)
    if len(text) < SHORTEST:
        raise UserError(_EMPTY)
    if len(text) > LONGEST:
        raise UserError(_TOO_LONG)
    reader = context.news
    if reader is None:
        return _OFF
    if not (await context.subscriptions.chat(request.chat)).settings.ai:
        return _OFF_HERE
    foot = market_foot(context)

    async def later() -> Message:
        return await _told(reader, text, foot)

    return Draft(head=_READING, lines=(_STAYS,), foot=foot, later=later)


def pasted(typed: str) -> str:
    """What stands behind the command, without characters that nobody sees."""
    called = _CALL.match(typed)
    text = typed[called.end() :] if called else ""
    seen = (char for char in text if char in "\n\t" or unicodedata.category(char)[0] != "C")
    return "".join(seen).strip()


async def _told(reader: NewsReader, text: str, foot: str) -> Message:
    try:
        news = await reader.read(text)
    except ExplainError as error:
        log.info("a news text is not told: %s", error)
        return Message(head=_FAILED.get(error.reason, _ELSE), foot=foot, tone="error")
    return render(news, foot)


def render(news: News, foot: str) -> Message:
    """The three lines, and what the text is inclined to."""
    tones: dict[str, Tone] = {"긍정": "up", "부정": "down"}
    lines = [line for line in (news.what, news.detail) if line]
    lines += [f"이유: {news.reason}"] if news.reason else []
    left_out = "" if len(lines) == _LINES else f"{_LEFT_OUT} "
    return Message(
        head=f"📰 뉴스 풀이 · {_MARKS[news.mood]} {news.mood}",
        lines=tuple(lines),
        foot=f"{left_out}{_UNCHECKED} · {foot} · {AUTHORS['ai']}",
        tone=tones.get(news.mood, "plain"),
    )


COMMAND = Command(
    name="news",
    korean="뉴스",
    description="붙여 넣은 뉴스 글을 세 줄과 긍정·중립·부정으로 풀이합니다",
    example=_EXAMPLE,
    run=run,
    parameters=(Parameter("text", "글", f"뉴스 글, {LONGEST:,}자까지", "text", required=True),),
    aliases=("기사",),
    longest=LONGEST + 96,
    asks_ai=True,
)
