"""Lets a model read a pasted news text, and shows of it only what stands in the text."""

from bot.errors import ExplainError
from bot.explain import news
from bot.explain.ai import AiExplainer
from bot.ports import News


class NewsReader:
    """Implements bot.ports.NewsReader; ``explainer`` has the models, limits and budget."""

    def __init__(self, explainer: AiExplainer) -> None:
        self._explainer = explainer

    async def read(self, text: str) -> News:
        """The text in three lines. Raises ExplainError if it cannot be told reliably."""
        prompt = self._explainer.prompt("news")
        answer = await self._explainer.write(
            "news",
            {"뉴스": text},
            lambda answer: news.objections(answer, text, prompt),
            "news",  # what people paste is not kept
            schema=news.SCHEMA,
        )
        found = news.news_of(answer)
        if found is None:
            raise ExplainError("refused")
        return found
