"""What came after alerts of the past, in words; never a forecast. Pure."""

from typing import Final

from bot.hindsight import Standing
from bot.korean import number

AFTER: Final = ("5분", "1시간", "24시간")
"""The horizons of bot.hindsight."""

WENT: Final = {"up": "상승", "down": "하락"}


def points(x: float) -> str:
    """A difference of two percentages: "+9%p", "−3%p", "0%p"."""
    text = number(abs(x), 0)
    return f"{'' if text == '0' else '+' if x > 0 else '−'}{text}%p"


def count_words(standing: Standing) -> str:
    """ "138건 중 1시간 뒤 상승 93건", of those that are compared with something."""
    went = WENT[standing.group.counted]
    return (
        f"{standing.compared:,}건 중 {AFTER[standing.horizon]} 뒤 {went} "
        f"{standing.compared_hits:,}건"
    )


def past_line(standing: Standing) -> str:
    """One line for a new alert; the standing has to have a ``difference``."""
    more = points(standing.difference or 0.0)
    return f"지난 기록: 비슷한 알림 {count_words(standing)}, 무작위 대비 {more} · 예측 아님"
