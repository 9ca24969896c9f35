"""Keeps on one line what is read as one: an amount with its unit, a change with its arrow. Pure.

Phones break a line at any space, also in the middle of "1,234만 달러". The words themselves are
written and kept with plain spaces; only what goes out to a screen has no-break spaces (U+00A0) in
these places. Telegram, Discord and browsers keep them, and what somebody copies is read as typed:
every parser here takes them for spaces.

Between a figure and 만, 억, 조, 달러 or 원 there is no space, and messengers break the line there
all the same, as between any two syllables; a word joiner (U+2060), which is never seen, keeps them
from it. Whatever is typed here is read without it. A browser is told so once, by the page's style.
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


_SEAM = re.compile(
    r"(?<=\d)(?=[조억만원]|달러)"  # 340만, 1억, 5만 22달러
    rf"|(?<=[\d{NBSP}]달)(?=러)"  # 340만 달러
)


def joined(text: str) -> str:
    """The text, unbroken, with figures and the units of amounts held together as well."""
    return _SEAM.sub(JOINER, unbroken(text))


def unbroken(text: str) -> str:
    """The text with no-break spaces within amounts, changes, dates and durations."""
    return _WITHIN.sub(NBSP, text)
