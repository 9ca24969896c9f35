"""Comments by a model on what commands measured, each held against its reading."""

from typing import assert_never

from bot.explain import (
    situation_now,
    situation_words,
    spread_now,
    spread_words,
    summary,
    summary_words,
)
from bot.explain.ai import AiExplainer
from bot.explain.facts import facts_of
from bot.readings import SpreadReading, Survey
from bot.situation import Situation


class Commentator:
    """Implements bot.ports.Commentator; ``explainer`` has the models, limits and budget.

    Readings of the same pair, and surveys, within ``share_s`` seconds of the explainer's settings
    use one call, as far as its text is still true of the newer reading.
    """

    def __init__(self, explainer: AiExplainer) -> None:
        self._explainer = explainer

    async def comment(self, reading: SpreadReading | Survey | Situation) -> str:
        """One to four sentences that say only what was measured. Raises ExplainError."""
        match reading:
            case SpreadReading():
                return await self._spread(reading)
            case Survey():
                return await self._survey(reading)
            case Situation():
                return await self._situation(reading)
            case _:
                assert_never(reading)

    async def _spread(self, reading: SpreadReading) -> str:
        symbol = reading.info.symbol
        return await self._explainer.write(
            "spread",
            spread_words.words_of(reading),
            lambda text: spread_now.objections(text, reading),
            f"spread:{symbol}:{reading.at_ms}",
            share=("spread now", symbol, None),
        )

    async def _survey(self, survey: Survey) -> str:
        return await self._explainer.write(
            "summary",
            summary_words.words_of(survey),
            lambda text: summary.objections(text, survey),
            f"summary:{survey.at_ms}",
            share=("summary", "", None),
        )

    async def _situation(self, situation: Situation) -> str:
        symbol = situation.info.symbol
        alert = situation.alert
        return await self._explainer.write(
            "explain",
            situation_words.words_of(situation),
            lambda text: situation_now.objections(text, situation),
            f"explain:{symbol}:{situation.at_ms}",
            share=("explain", symbol, alert.id if alert is not None else ""),
            kind=facts_of(alert, situation.info).kind if alert is not None else "",
        )
