"""Keeps on one line what is read as one: an amount with its unit, a change with its arrow. Pure.

Phones break a line at any space, also in the middle of "1,234만 달러". The words themselves are
written and kept with plain spaces; only what goes out to a screen has no-break spaces (U+00A0) in
these places. Telegram, Discord and browsers keep them, and what somebody copies is read as typed:
every parser here takes them for spaces.
"""

import re
from typing import Final

NBSP: Final = "\u00a0"

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


def unbroken(text: str) -> str:
    """The text with no-break spaces within amounts, changes, dates and durations."""
    return _WITHIN.sub(NBSP, text)
