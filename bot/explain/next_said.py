"""The one sentence that a text may say of what comes: where to look next, as the facts have it.

It is taken word for word or not at all, so that it can become no forecast and no advice. Pure.
"""

import re
from collections.abc import Mapping
from typing import Final

from bot.explain.shape import BETWEEN

NEXT: Final[Mapping[str, str]] = {
    "large_trade": "30초 뒤에도 가격이 유지되는지",
    "price_jump": "움직인 가격이 유지되는지, 거래대금이 함께 느는지",
    "pump": "시장가 매수가 계속 몰리는지, 오른 가격이 유지되는지",
    "spread": "스프레드가 평소 수준으로 돌아오는지",
    "volume_surge": "늘어난 거래대금이 이어지는지",
    "wall_appeared": "가격이 닿을 때까지 벽이 남아 있는지",
    "wall_vanished": "벽이 다시 나타나는지",
    "imbalance": "쏠림이 이어지는지",
    "kimchi": "두 거래소의 가격 차이가 벌어지는지 좁혀지는지",
    "reverse_kimchi": "두 거래소의 가격 차이가 벌어지는지 좁혀지는지",
    "reverse_change": "두 거래소의 가격 차이가 벌어지는지 좁혀지는지",
    "liquidation": "강제 청산이 이어지는지",
    "funding": "다음 정산까지 이 펀딩비가 이어지는지",
}
"""By the kind of facts (see figures.Facts): what shows whether it goes on, in measured things."""

_SENTENCE: Final = re.compile(r"이어서 볼 점은 (?P<what>[^.]+)입니다\.?")


def without_next(text: str, what: str) -> str:
    """The text without the one sentence that says ``what`` is to be looked at next; everything else
    is for the ordinary check to judge."""
    kept = BETWEEN.split(text)
    for place, sentence in enumerate(kept):
        found = _SENTENCE.fullmatch(sentence.strip())
        if found and what and found["what"] == what:
            del kept[place]
            break
    return " ".join(kept)
