"""Keeps on one line what is read as one: a figure with its counter, a change with its arrow. Pure.

Phones break a line at any space, also in the middle of "1,234만 달러". The words themselves are
written and kept with plain spaces; only what goes out to a screen has no-break spaces (U+00A0) in
these places. Telegram, Discord and browsers keep them, and what somebody copies is read as typed:
every parser here takes them for spaces.

Between a figure and what it counts (만, 달러, 건, 배, 시간) there is no space, and messengers break
the line there all the same, as between any two syllables; a word joiner (U+2060), which is never
seen, keeps them from it. Whatever is typed here is read without it. A browser is told so once, by
the page's style.
"""

import re
from typing import Final

NBSP: Final = "\u00a0"
JOINER: Final = "\u2060"

_WITHIN = re.compile(
    "|".join(
        (
            r"(?<=\d[조억만]) (?=\d[\d,]*[억만]?)",  # 1억 4,181만
            r"(?<=\d[조억만]) (?=달러|원|[A-Z])",  # 4,181만 달러
            r"(?<=\d) (?=[A-Z0-9]*[A-Z][A-Z0-9]*(?![A-Za-z0-9]))",  # 118.2 BTC, 09:03:21 KST
            r"(?<=[🔴🔵🟢]) (?=[▲▼])|(?<=[▲▼]) (?=[+−\d])",  # 🔴 ▲ +5.2%
            r"(?<=\d월) (?=\d+일)|(?<=\d일) (?=\d+시간)",  # 1월 12일, 2일 3시간
            r"(?<=\d시간) (?=\d+분)|(?<=\d분) (?=\d+초)",  # 2시간 5분, 3분 12초
        )
    )
)


_LONG_COUNTERS = ("달러", "시간", "종목", "단계", "개월", "주일", "번째")
_SEAM = re.compile(
    "|".join(
        (
            r"(?<=\d)(?=[가-힣])",  # 340만, 229건
            *(rf"(?<=[\d{NBSP}]{c[0]})(?={c[1]})" for c in _LONG_COUNTERS),  # 340만 달러, 5단계
        )
    )
)


def joined(text: str) -> str:
    """The text, unbroken, with figures and their counters held together as well."""
    return _SEAM.sub(JOINER, unbroken(text))


def unbroken(text: str) -> str:
    """The text with no-break spaces within amounts, changes, dates and durations."""
    return _WITHIN.sub(NBSP, text)
