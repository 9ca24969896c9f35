"""The one sentence that a text may say of the past: what came after alerts like this one.

It is taken as a whole or not at all, so that nothing in it can be turned into a forecast. Pure.
"""

import re
from typing import Final

from bot.explain.shape import BETWEEN
from bot.hindsight import Standing
from bot.korean import number
from bot.past_words import WENT, count_words

_SENTENCE: Final = re.compile(
    r"(?:지난 기록(?:으로는|에서는|에서|상)?,? )?비슷한 알림 ?(?P<count>[\d,]+)건 (?:중|가운데) "
    r"1시간 뒤 (?P<went>상승|하락)(?:한 것은|한 경우는|은|이)? (?P<hits>[\d,]+)건"
    r"(?:으로|이었고|이며|이고)?,? "
    r"무작위(?: 시점)?(?: ?대비|보다) (?P<sign>[+-]?)(?P<points>\d+)%p ?"
    r"(?P<more>높았습니다|많았습니다|낮았습니다|적었습니다|였습니다|이었습니다)\.?"
)
_BEGINS: Final = re.compile(r"(?:지난 기록[^.,]{0,5},? )?비슷한 알림")


def past_sentence(past: Standing) -> str:
    """What happened, in a sentence; ``past`` has to have a ``difference``."""
    difference = past.difference or 0.0
    more = "높았습니다" if difference > 0 else "낮았습니다"
    points = number(abs(difference), 0)
    return f"비슷한 알림 {count_words(past)}으로, 무작위 대비 {points}%p {more}"


def without_past(text: str, past: Standing | None) -> tuple[str, list[str]]:
    """The text without sentences that tell the past rightly, and objections to those that tell it
    wrongly. What speaks of it in other words stays, for the ordinary check to refuse."""
    kept: list[str] = []
    objections: list[str] = []
    for sentence in BETWEEN.split(text):
        found = _SENTENCE.fullmatch(sentence.strip())
        if found is None or past is None:
            kept.append(sentence)
            if _BEGINS.search(sentence):
                objections.append("the past in words of its own")
        elif not _right(found, past):
            objections.append(f"not what came after such alerts: {sentence.strip()}")
    return " ".join(kept), objections


def _right(found: "re.Match[str]", past: Standing) -> bool:
    difference = past.difference or 0.0
    said = tuple(int(found[name].replace(",", "") or 0) for name in ("count", "hits", "points"))
    if said != (past.compared, past.compared_hits, int(number(abs(difference), 0))):
        return False
    if found["went"] != WENT[past.group.counted]:
        return False
    signs = {"+": 1, "-": -1, "": 0}
    words = {"높": 1, "많": 1, "낮": -1, "적": -1}
    told = signs[found["sign"]], words.get(found["more"][0], 0)
    truth = 1 if difference > 0 else -1
    return any(told) and all(one in (0, truth) for one in told)
