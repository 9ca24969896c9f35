"""What a text about an alert may say: each measured figure with what it means, in one place.

The same facts are shown to the model as words and held against what it wrote (see grounding.py).
Pure.
"""

from typing import Final, assert_never

import msgspec

from bot.explain.facts_of_books import book_imbalance, spread
from bot.explain.facts_of_premiums import funding, kimchi
from bot.explain.facts_of_trades import large_trade, liquidation, price_jump, pump, volume_surge
from bot.explain.figures import THRESHOLD, Facts, Figure
from bot.explain.next_said import NEXT
from bot.explain.past_said import past_sentence
from bot.hindsight import Standing
from bot.korean import display_name, kst, times
from bot.symbols import read_symbol
from pipeline.model import (
    AnyAlert,
    BookImbalance,
    Funding,
    Kimchi,
    LargeTrade,
    Liquidated,
    PriceJump,
    Pump,
    Spread,
    SymbolInfo,
    VolumeSurge,
)

_MEASURE: Final = rf"(?:{THRESHOLD})[치값선]?[이가은는] [^,.]*$"
"""The threshold is what is multiplied, not the multiple."""


def facts_of(
    alert: AnyAlert,
    info: SymbolInfo | None,
    past: Standing | None = None,
    *,
    fresh: bool = True,
) -> Facts:
    """The facts of an alert; ``info`` as listed, None if the pair is not. ``past`` is what came
    after alerts like it, where that is clear. What is told as it happens (``fresh``) may say where
    to look next."""
    pair = info or read_symbol(alert.symbol)
    match alert:
        case LargeTrade():
            facts = large_trade(alert, pair)
        case PriceJump():
            facts = price_jump(alert, pair)
        case Pump():
            facts = pump(alert, pair)
        case Spread():
            facts = spread(alert, pair)
        case VolumeSurge():
            facts = volume_surge(alert, pair)
        case BookImbalance():
            facts = book_imbalance(alert, pair)
        case Kimchi():
            facts = kimchi(alert, pair)
        case Liquidated():
            facts = liquidation(alert, pair)
        case Funding():
            facts = funding(alert, pair)
        case _:
            assert_never(alert)
    words = {
        "종목": display_name(pair),
        "시각": kst(alert.at_ms),
        **facts.words,
        "위험도": facts.risk,
        "위험도 근거": f"알림 기준의 {times(alert.excess)}",
    }
    if alert.recovered:
        words["참고"] = "연결이 끊긴 동안의 일로, 데이터를 복구해 뒤늦게 알려 드립니다"
    if past is not None:
        words["지난 기록"] = past_sentence(past)
    following = NEXT[facts.kind] if fresh and not alert.recovered else ""
    if following:
        words["이어서 볼 점"] = following
    return msgspec.structs.replace(
        facts,
        words=words,
        past=past,
        following=following,
        recovered=alert.recovered,
        figures=(
            *facts.figures,
            Figure(
                alert.excess,
                "배",
                f"{facts.subject} threshold",
                near=THRESHOLD,
                before_not=_MEASURE,
            ),
        ),
    )
