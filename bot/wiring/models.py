"""Who writes explanations, wired: nobody without a key, and then no library of theirs is loaded."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.hindsight import Standing
from bot.settings import Settings
from bot.store import Store
from bot.symbols import Symbols
from pipeline.model import AnyAlert

if TYPE_CHECKING:
    from bot.explain.ai import AiExplainer
    from bot.explain.comment import Commentator
    from bot.explain.news_reader import NewsReader


def explainer(
    settings: Settings,
    store: Store,
    symbols: Symbols,
    *,
    past: Callable[[AnyAlert], Standing | None],
    now_ms: Callable[[], int],
) -> "AiExplainer | None":
    """The explainer, if there is a key."""
    if not settings.ai_key or not settings.ai.enabled:
        return None
    from bot.explain.ai import AiExplainer
    from bot.explain.gateway import Gateway
    from bot.explain.prompts import load_prompts

    return AiExplainer(
        settings.ai,
        Gateway(settings.ai.base_url, settings.ai_key),
        prompts=load_prompts(),
        ledger=store,
        lookup=symbols.get,
        now_ms=now_ms,
        past=past,
    )


def commentator(ai: "AiExplainer | None") -> "Commentator | None":
    """Who comments on answers, if there is a model to ask."""
    if ai is None:
        return None
    from bot.explain.comment import Commentator

    return Commentator(ai)


def news_reader(ai: "AiExplainer | None") -> "NewsReader | None":
    """Who reads pasted news, if there is a model to ask."""
    if ai is None:
        return None
    from bot.explain.news_reader import NewsReader

    return NewsReader(ai)
