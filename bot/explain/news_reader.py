"""Lets a model read a pasted news text, and shows of it only what stands in the text."""

from typing import Final

from bot.errors import ExplainError
from bot.explain import news
from bot.explain.ai import AiExplainer
from bot.ports import News

_HINTS: Final = 12
_LONGEST: Final = 12


class NewsReader:
    """Implements bot.ports.NewsReader; ``explainer`` has the models, limits and budget."""

    def __init__(self, explainer: AiExplainer) -> None:
        self._explainer = explainer

    async def read(self, text: str) -> News:
        """The text in three lines, or in those of them that hold. Raises ExplainError if not even
        the first one can be told reliably."""
        prompt = self._explainer.prompt("news")
        parts: list[News] = []

        def check(answer: str) -> list[str]:
            found = news.objections(answer, text, prompt)
            if found and (part := news.first_lines(answer, text, prompt)) is not None:
                parts.append(part)
            return found

        try:
            answer = await self._explainer.write(
                "news",
                {"뉴스": text},
                check,
                "news",  # what people paste is not kept
                schema=news.SCHEMA,
                hint=lambda answer: _hint(news.unknown_words(answer, text)),
            )
        except ExplainError:
            if parts:
                return max(parts, key=lambda part: bool(part.detail) + bool(part.reason))
            raise
        found = news.news_of(answer)
        if found is None:
            raise ExplainError("refused")
        return found


def _hint(words: list[str]) -> str:
    """What a model is told of the words that it must not use again."""
    short = [word for word in dict.fromkeys(words) if len(word) <= _LONGEST][:_HINTS]
    return f"글에 없어 쓸 수 없는 낱말: {', '.join(short)}." if short else ""
