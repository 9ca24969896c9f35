"""The numbers of news texts and of what is said of them, each in its unit. Pure."""

from functools import lru_cache
from typing import Final

import msgspec

from bot.explain.claims import UNITS as UNITS_OF_ALERTS
from bot.explain.claims import Claim, read_claims
from bot.korean import NAMES

_COUNTED: Final = (
    "년",
    "월",
    "일",
    "시",
    "명",
    "주",
    "위",
    "차",
    "곳",
    "개월",
    "분기",
    "개국",
    "포인트",
)
"""What comes in whole numbers that nobody rounds: dates, ranks, people."""
_MONEY: Final = (
    *(
        f"{land}{apart}달러"
        for land in ("홍콩", "호주", "캐나다", "싱가포르", "대만")
        for apart in ("", " ")
    ),
    "파운드",
)
_WITHOUT_UNIT: Final = ("개", "명", "곳", "건", "회")
"""Units that English does without: "the top 20 tokens"."""
_COIN: Final = "coin "
_UNITS: Final = {
    **UNITS_OF_ALERTS,
    **{base: f"{_COIN}{base}" for base in NAMES if len(base) > 1},
    **{names[0]: f"{_COIN}{base}" for base, names in NAMES.items() if names},
    **dict.fromkeys(("달러", "USD", "USDT", "USDC"), "달러"),
    **{word: word for word in _COUNTED},
    **{word: word.replace(" ", "") for word in _MONEY},
}


@lru_cache(maxsize=32)
def numbers(text: str) -> tuple[Claim, ...]:
    """Every number of the text, in order."""
    return tuple(read_claims(text, _UNITS))


def is_amount(number: Claim) -> bool:
    """Whether it is an amount, a price or a share, and no date, rank, time or count of people."""
    return number.unit not in ("초", *_COUNTED)


def states(said: Claim, known: Claim) -> bool:
    """Whether the number is the known one or a correct rounding of it, in its unit."""
    if not _alike(said, known) or known.value > 10**18:
        return False
    if said.value == known.value and said.mode == known.mode:
        return True
    if said.mode != "near" and (known.mode == said.mode) != (said.value == known.value):
        return False  # "50% 이상" is no rounding of "51% 이상"
    if said.unit in _COUNTED or not said.unit:
        return said.value == known.value
    money = said.unit in ("달러", "원")
    exactly = msgspec.structs.replace(said, unit="money") if money else said
    return exactly.agrees(float(known.value))


def _alike(said: Claim, known: Claim) -> bool:
    """Whether both may be of the same thing, by their units."""
    units = said.unit, known.unit
    return (
        said.unit == known.unit
        or ("개" in units and any(unit.startswith(_COIN) for unit in units))
        or (said.unit in _WITHOUT_UNIT and not known.unit)
        or (units == ("년", "") and 1900 <= known.value <= 2100)
    )
