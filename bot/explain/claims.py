"""Reads the numbers of a Korean text: digits, 만/억/조, mixed and spelled-out amounts, with units.

Pure. A claim keeps how precisely it was written, so that a correct rounding can be told from a
wrong number.
"""

import re
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Final, Literal

import msgspec

Mode = Literal["near", "at least", "at most"]

MASK: Final = "§"
"""Stands for a name that was taken out of the text, letter by letter."""

_DIGITS: Final = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_NUMBER: Final = re.compile(rf"({_DIGITS})?([십백천]?)")
_GOES_ON: Final = re.compile(rf"(?:{_DIGITS})|[백십천]")
_FURTHER: Final = re.compile(
    rf"\s?(?=(?:{_DIGITS})[십백천]*여?(?:[만억]|\s?(?:달러|원|불|건|회|번|개|[A-Z])))"
)
_SMALL: Final = {"십": 10, "백": 100, "천": 1_000}
_BIG: Final = {"만": 10**4, "억": 10**8, "조": 10**12}
_SINO: Final = {c: i for i, c in enumerate("영일이삼사오육칠팔구")}
_NATIVE_ONES: Final = {
    "한": 1, "두": 2, "세": 3, "석": 3, "네": 4, "넉": 4, "다섯": 5, "여섯": 6, "일곱": 7,
    "여덟": 8, "아홉": 9,
}  # fmt: skip
_NATIVE_TENS: Final = {
    "열": 10, "스무": 20, "스물": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70,
    "여든": 80, "아흔": 90,
}  # fmt: skip

UNITS: Final[Mapping[str, str]] = {
    "%p": "pp", "%포인트": "pp", "% 포인트": "pp", "퍼센트포인트": "pp", "퍼센트 포인트": "pp",
    "%": "%", "퍼센트": "%", "프로": "%", "bps": "bp", "bp": "bp", "비피": "bp",
    "베이시스 포인트": "bp", "베이시스포인트": "bp", "배": "배", "건": "건", "회": "회", "번": "회",
    "차례": "회", "시간": "시간", "분": "분", "초": "초", "달러": "달러", "불": "달러",
    "원": "원", "엔": "엔", "유로": "유로", "위안": "위안", "개": "개", "코인": "개",
}  # fmt: skip
"""Spelling → unit; currencies and coins of the alert's pair are added by the reader's caller."""

_DIGIT: Final = re.compile(r"\d")
_TWO_DIGITS: Final = re.compile(r"[일이삼사오육칠팔구]{2}")

_SECONDS: Final = {"시간": 3600, "분": 60, "초": 1}

# A unit is not the beginning of another word: "배경", "회복", "분석", "원인", "건은".
_NOT_UNIT: Final = (
    r"(?!(?<=배)[경분정열]|(?<=회)[복사피의]|(?<=분)(?:[석포기명]|의\s?[\d일이삼사오])|(?<=원)[인래활칙]|(?<=건)[전강수물]"
    r"|(?<=번)째|(?<=개)[월인별장요선]|(?<=초)[반기과]|(?<=프로)[그젝토필세]|(?<=불)[리확분안]"
    r"|(?<=엔)[진드]|(?<=시간)[외])"
)

_SPELLED: Final = re.compile(r"(?<![가-힣A-Za-z0-9§])[일이삼사오육칠팔구십백천만억조]+(?=\s?(\S+))")
_NATIVE: Final = re.compile(
    rf"(?<![가-힣A-Za-z0-9§])((?:{'|'.join(_NATIVE_TENS)})?(?:{'|'.join(_NATIVE_ONES)})?)"
    r"\s?(배|건|번|차례|회|분|시간|초|달러|개|퍼센트)"
)

_AT_LEAST: Final = re.compile(
    r"\s?(?:[가이를을은는]\s?)?(?:조금 |훌쩍 |크게 )?"
    r"(?:이상|(?P<strict>넘|초과|웃도|웃돌|상회)|남짓|대(?![비량금]))"
)
_AT_LEAST_BEFORE: Final = re.compile(r"(?:최소|적어도)(?: 약)? $")
_AT_MOST: Final = re.compile(
    r"\s?(?:[에을를]\s?)?(?:이하|이내|(?P<nearly>가까|육박)|"
    r"(?P<strict>미만|못 미|미치지 못|밑도|밑돌))"
)
"""The words of ``strict`` say that it is not the number itself."""

_EXACT: Final = Context(prec=400)


class Claim(msgspec.Struct, frozen=True):
    """A number as written: ``value`` ≥ 0, a multiple of ``place``, in ``unit`` ("" for none).

    ``start`` and ``end`` are its place in the text, unit included; ``rest`` begins behind it.
    ``sign`` is "+" or "-" if one was written. ``mode``: "이상" says at least, "이하" at most;
    ``strict`` that it is not the number itself: "넘는", "미만"; ``nearly`` that it is close:
    "가까이".
    """

    value: Decimal
    place: Decimal
    unit: str
    start: int
    end: int
    sign: str = ""
    mode: Mode = "near"
    strict: bool = False
    nearly: bool = False

    def agrees(self, fact: float) -> bool:
        """Whether it is the fact or a correct rounding of it (of its size, without the sign)."""
        exact = abs(Decimal(repr(fact)))
        if self.value == 0:
            return exact < Decimal("0.005")
        if self.value == exact:
            return not self.strict
        error = abs(self.value - exact) / exact if exact else Decimal(1)
        if self.nearly and error > Decimal("0.05"):
            return False
        # Amounts have digits to spare: "1천만" for 1,234만 is a rounding nobody would call right.
        coarse = error > Decimal("0.03")
        if coarse and self.unit in ("money", "coin"):
            return False
        if self._rounds(exact, self.place):
            return True
        # Zeros at the end of a whole number are of its size; behind a point they were meant.
        zeros = _last_place(self.value)
        return zeros > self.place >= 1 and not coarse and self._rounds(exact, zeros)

    def _rounds(self, exact: Decimal, place: Decimal) -> bool:
        ways = {
            "near": (ROUND_HALF_UP, ROUND_HALF_DOWN),
            "at least": (ROUND_FLOOR,),
            "at most": (ROUND_CEILING,),
        }
        units = _EXACT.divide(exact, place)
        return any(
            units.quantize(Decimal(1), rounding=way, context=_EXACT) * place == self.value
            for way in ways[self.mode]
        )


def read_claims(text: str, units: Mapping[str, str]) -> list[Claim]:
    """Every number of the text, in order; ``units`` maps spellings to units, longest match wins.

    Durations are in seconds, whatever they were written in ("1분 30초" is one claim).
    """
    unit_of = _unit_of(tuple(units))
    claims: list[Claim] = []
    at = 0
    spelled = _spelled(text, at, unit_of, units)
    while True:
        digit = _DIGIT.search(text, at)
        if spelled is not None and spelled.start < at:
            spelled = _spelled(text, at, unit_of, units)
        if digit and (spelled is None or digit.start() <= spelled.start):
            claim = _written(text, digit.start(), unit_of, units)
        elif spelled:
            claim = spelled
        else:
            return _joined_durations(claims, text)
        claims.append(claim)
        at = claim.end


def mask(text: str, start: int, end: int) -> str:
    """The text with this part hidden, letter by letter."""
    return text[:start] + MASK * (end - start) + text[end:]


@lru_cache(maxsize=256)
def _unit_of(spellings: tuple[str, ...]) -> "re.Pattern[str]":
    """Finds one of the units behind a number."""
    longest = sorted(spellings, key=len, reverse=True)
    units = "|".join(re.escape(one) + _end_of(one) for one in longest)
    return re.compile(rf"\s?(?P<unit>{units}){_NOT_UNIT}")


def _end_of(spelling: str) -> str:
    """A Latin unit ends where no further letter follows."""
    return r"(?![A-Za-z0-9])" if spelling[-1].isascii() and spelling[-1].isalnum() else ""


def _written(text: str, start: int, unit_of: "re.Pattern[str]", units: Mapping[str, str]) -> Claim:
    """The claim that begins with the digit at ``start``."""
    value, place, end = _amount(text, start)
    return _claim(text, start, end, value, place, unit_of, units)


def _amount(text: str, start: int) -> tuple[Decimal, Decimal, int]:
    """Value, place of the last digit written, and end of "1억 4,181만", "1천234만", "12.3" …"""
    total, section = Decimal(0), Decimal(0)
    place, last_big = Decimal(1), 10**16
    at = start
    while True:
        found = _NUMBER.match(text, at)
        if found is None or not (found[1] or (found[2] and at > start)):
            break
        digits = Decimal((found[1] or "1").replace(",", ""))
        decimals = -int(digits.as_tuple().exponent)
        multiple = _SMALL.get(found[2], 1)
        section += digits * multiple
        place = Decimal(multiple).scaleb(-decimals)
        at = found.end()
        if found[2] and _GOES_ON.match(text, at):
            continue
        big = re.match(r"여?([만억조])", text[at:])
        if big is None or _BIG[big[1]] >= last_big:
            break
        last_big = _BIG[big[1]]
        total += section * last_big
        place *= last_big
        section = Decimal(0)
        at += big.end()
        # "1억 4,181만": what follows is smaller and, apart from a space, stands right behind.
        further = _FURTHER.match(text, at)
        if further is None:
            break
        at = further.end()
    return total + section, place, at


def _spelled(
    text: str, start: int, unit_of: "re.Pattern[str]", units: Mapping[str, str]
) -> Claim | None:
    """The next number written in words that is followed by a unit: "천이백만 달러", "세 배"."""
    best: Claim | None = None
    for found in _SPELLED.finditer(text, start):
        word = found[0]
        if _TWO_DIGITS.search(word):
            continue  # "5분 사이 비트코인": two digits side by side are no number
        unit = unit_of.match(text, found.end())
        if unit is None:
            continue
        alone = len(word) == 1 and word in _SINO
        if alone and units[unit["unit"]] not in ("%", "bp", "달러", "money"):
            continue  # "이 건", "이번": not numbers
        value, place = _sino(word)
        best = _claim(text, found.start(), found.end(), value, place, unit_of, units)
        break
    for found in _NATIVE.finditer(text, start):
        if not found[1] or unit_of.match(text, found.end(1)) is None:
            continue
        if found[1] == "한" and (
            re.match(r"한 ?(?:번|차례|건의)", found[0] + text[found.end() :])
            or re.search(r"(?:가장 큰|최대)(?: [가-힣]+)? $", text[: found.start()])
        ):
            continue  # "한 번에", "한 건의 주문", "가장 큰 한 건": not a count
        if best is None or found.start() < best.start:
            count = Decimal(_native(found[1]))
            best = _claim(text, found.start(), found.end(1), count, Decimal(1), unit_of, units)
        break
    return best


def _sino(word: str) -> tuple[Decimal, Decimal]:
    total = section = digit = 0
    place = 1
    for char in word:
        if char in _SINO:
            digit, place = _SINO[char], 1
        elif char in _SMALL:
            section, digit, place = section + (digit or 1) * _SMALL[char], 0, _SMALL[char]
        else:
            total += ((section + digit) or 1) * _BIG[char]
            section, digit, place = 0, 0, place * _BIG[char] if section + digit else _BIG[char]
    return Decimal(total + section + digit), Decimal(place)


def _native(word: str) -> int:
    for tens, value in _NATIVE_TENS.items():
        if word.startswith(tens):
            return value + _NATIVE_ONES.get(word.removeprefix(tens), 0)
    return _NATIVE_ONES[word]


def _claim(
    text: str,
    start: int,
    end: int,
    value: Decimal,
    place: Decimal,
    unit_of: "re.Pattern[str]",
    units: Mapping[str, str],
) -> Claim:
    """Add the unit, the sign and the way of rounding around a number."""
    over = text[end : end + 1] == "여"  # "37여 건"
    end += over
    found = unit_of.match(text, end)
    unit = units[found["unit"]] if found else ""
    if found:
        end = found.end()
    if unit in _SECONDS:
        value, place, unit = value * _SECONDS[unit], place * _SECONDS[unit], "초"
    before = text[:start]
    sign = re.search(r"(?:^|[\s(▲▼])([+-])\s?$", before)
    dollar = re.search(r"[$₩×xX]\s?$", before)
    if dollar and not found:
        mark = dollar[0].strip()
        unit = {"$": units.get("달러", "달러"), "₩": "원"}.get(mark, "배")
    mode: Mode = "near"
    found = _AT_LEAST.match(text, end)
    if over or found or _AT_LEAST_BEFORE.search(before):
        mode = "at least"
    elif found := _AT_MOST.match(text, end):
        mode = "at most"
    said = found.groupdict() if found else {}
    strict, nearly = bool(said.get("strict")), bool(said.get("nearly"))
    return Claim(value, place, unit, start, end, sign[1] if sign else "", mode, strict, nearly)


def _joined_durations(claims: list[Claim], text: str) -> list[Claim]:
    """ "1분 30초" is one length of time, not two."""
    joined: list[Claim] = []
    for claim in claims:
        last = joined[-1] if joined else None
        if (
            last is not None
            and claim.unit == last.unit == "초"
            and claim.place < last.place
            and not text[last.end : claim.start].strip()
        ):
            joined[-1] = msgspec.structs.replace(
                last, value=last.value + claim.value, place=claim.place, end=claim.end
            )
        else:
            joined.append(claim)
    return joined


def _last_place(value: Decimal) -> Decimal:
    """The place of the last digit that is not zero: 12,000,000 → 1,000,000."""
    _, digits, exponent = value.normalize(_EXACT).as_tuple()
    del digits
    return Decimal(1).scaleb(int(exponent))
