"""Whether three lines about a pasted news text say only what stands in it.

The text is nobody's measurement and may be written to trick the reader: so figures must stand in
it, words of opposite meaning must be its own, and what lures, advises or promises is refused
whether it stands there or not. Pure.
"""

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec

from bot.explain import wording
from bot.explain.claims import UNITS, Claim, read_claims
from bot.explain.forms import Schema, json_of
from bot.explain.grounding import plain_dashes, sentences, wrong_shape
from bot.explain.news_words import (
    ACTORS,
    CAUSE,
    CAUSE_SAID,
    CLOSE,
    DENIED_AFTER,
    DENIED_BEFORE,
    ENGLISH_COINS,
    MAYBE,
    MAYBE_SAID,
    NEVER,
    SUBJECTS,
    TERMS,
)
from bot.korean import NAMES
from bot.ports import News

LONGEST_LINE: Final = 150
ECHO: Final = 14
"""So many letters in a row that stand in the prompt, and not in the source, are an echo of it."""

_VAGUE: Final = re.compile(rf"{wording.VAGUE.pattern}|수[십백천만](?=[만억조\s])|몇[십백천만]")
_FIELDS: Final = ("what", "detail", "reason")
_NEAR: Final = 40  # letters around a number in which its direction is looked for

SCHEMA: Final = Schema(
    "news",
    {
        "type": "object",
        "properties": {
            "mood": {"type": "string", "enum": ["긍정", "중립", "부정"]},
            **{name: {"type": "string"} for name in _FIELDS},
        },
        "required": ["mood", *_FIELDS],
        "additionalProperties": False,
    },
)

_TOKENS: Final = {base: f"coin {base}" for base in NAMES if len(base) > 1}
_COINS: Final = {names[0]: f"coin {base}" for base, names in NAMES.items() if names}
_DATES: Final = (
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
_UNITS: Final = {
    **UNITS,
    **_TOKENS,
    **_COINS,
    **dict.fromkeys(("달러", "USD", "USDT", "USDC"), "달러"),
    **{word: word for word in _DATES},
}
_SCALES: Final = {
    "thousand": 10**3, "k": 10**3, "million": 10**6, "mn": 10**6, "m": 10**6, "billion": 10**9,
    "bn": 10**9, "b": 10**9, "trillion": 10**12, "tn": 10**12, "t": 10**12,
}  # fmt: skip
_MONTHS: Final = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
)  # fmt: skip
_SCALED: Final = re.compile(
    r"(?P<mark>(?:US)?\$|₩|€)?\s?(?P<n>\d[\d,]*(?:\.\d+)?)\s?"
    r"(?P<scale>thousand|million|billion|trillion|bn|mn|tn|[KMBT](?![A-Za-z]))?"
    r"(?P<unit>\s?(?:U\.?S\.? )?dollars?\b|\s?USD\b|\s?won\b|\s?KRW\b)?",
    re.IGNORECASE,
)
_DAY: Final = re.compile(rf"\b({'|'.join(_MONTHS)})[a-z]*\.?\s(\d{{1,2}})(?:,?\s(\d{{4}}))?", re.I)
_DAY_FIRST: Final = re.compile(
    rf"\b(\d{{1,2}})\s({'|'.join(_MONTHS)})[a-z]*\.?(?:\s(\d{{4}}))?", re.I
)
_WORDS: Final = (
    (r"(?<=\d)\s?(?:percentage points?)", "%p"),
    (r"(?<=\d)\s?(?:percent|per cent|pct)\b", "%"),
    (r"(?<=\d)\s?(?:basis points?|bps)\b", "bp"),
    (r"(?<=\d)[\s-]?(?:hours?|hrs?)\b", "시간"),
    (r"(?<=\d)[\s-]?(?:minutes?|mins?)\b", "분"),
    (r"(?<=\d)[\s-]?days?\b", "일"),
    (r"(?<=\d)[\s-]?months?\b", "개월"),
    (r"(?<=\d)[\s-]?years?\b", "년"),
    (r"(?<=\d)[\s-]?(?:x|times|fold)\b", "배"),
    (r"\b(?:q|quarter )([1-4])\b", r"\g<1>분기"),
)


class _Given(msgspec.Struct):
    mood: str
    what: str
    detail: str
    reason: str


def news_of(answer: str) -> News | None:
    """The answer of a model as news, None if it is none; what it looks like is not judged."""
    try:
        given = msgspec.json.decode(json_of(answer), type=_Given)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    what, detail, reason = (
        " ".join(unicodedata.normalize("NFKC", line).split())
        for line in (given.what, given.detail, given.reason)
    )
    moods: dict[str, Any] = {"긍정": "긍정", "중립": "중립", "부정": "부정"}
    mood = moods.get(given.mood.strip())
    return News(mood, what, detail, reason) if mood else None


def objections(answer: str, source: str, prompt: str) -> list[str]:
    """Objections to a model's answer about the source; none means that it may be shown."""
    news = news_of(answer)
    if news is None:
        return ["not the JSON that was asked for"]
    lines = (news.what, news.detail, news.reason)
    found = [wrong for line in lines for wrong in _shape(line)]
    if found:
        return found
    text = plain_dashes("\n".join(lines))
    source = unicodedata.normalize("NFKC", source)
    found += [f"{name}: {match[0]}" for name, bad in NEVER if (match := bad.search(text))]
    found += _echoes(text, source, prompt)
    plain = plain_source(source)
    found += _numbers(text, plain)
    found += _terms(text, source)
    found += _names(text, source)
    found += _mood(news, source)
    return found


def _shape(line: str) -> Iterator[str]:
    yield from wrong_shape(line)
    if len(line) > LONGEST_LINE:
        yield f"a line longer than {LONGEST_LINE} characters"
    if len(sentences(line)) > 2:
        yield "more than two sentences in a line"


def _echoes(text: str, source: str, prompt: str) -> Iterator[str]:
    prompt = re.sub(r"꼴:.*", "", prompt)  # what is given as a pattern may be used
    bare, told, known = (re.sub(r"[^가-힣A-Za-z0-9]", "", one) for one in (text, prompt, source))
    for at in range(max(0, len(bare) - ECHO + 1)):
        piece = bare[at : at + ECHO]
        if piece in told and piece not in known:
            yield "an echo of the prompt"
            return


def plain_source(source: str) -> str:
    """The source with English amounts, units and dates as Korean ones ("$1.2 billion")."""

    def amount(found: "re.Match[str]") -> str:
        scale, mark, unit = found["scale"], found["mark"] or "", (found["unit"] or "").lower()
        if not (scale or mark or unit):
            return found[0]
        value = Decimal(found["n"].replace(",", "")) * _SCALES.get((scale or "").lower(), 1)
        money = "달러" if "$" in mark or "dollar" in unit or "usd" in unit else ""
        money = money or ("원" if mark == "₩" or "won" in unit or "krw" in unit else "")
        money = money or ("유로" if mark == "€" else "")
        korean = re.match(r"\s?[십백천만억조]", source[found.end() :])
        if korean and not scale:
            return found[0]  # "$12억": read as it stands
        return f" {value.normalize():f}{money}"

    plain = plain_dashes(source)
    plain = _DAY.sub(lambda f: _date(f[1], f[2], f[3]), plain)
    plain = _DAY_FIRST.sub(lambda f: _date(f[2], f[1], f[3]), plain)
    for pattern, said in _WORDS:
        plain = re.sub(pattern, said, plain, flags=re.IGNORECASE)
    source = plain
    return _SCALED.sub(amount, plain)


def _date(month: str, day: str, year: str | None) -> str:
    said = f"{_MONTHS.index(month[:3].lower()) + 1}월 {day}일"
    return f"{year}년 {said}" if year else said


def _numbers(text: str, source: str) -> Iterator[str]:
    known = _claims(source)
    for vague in _VAGUE.finditer(text):
        if vague[0] not in source:
            yield f"a number too vague to check: {vague[0]}"
    for line in text.split("\n"):
        claims = read_claims(line, _UNITS)
        for claim in claims:
            said = line[claim.start : claim.end]
            same = [one for one in known if _states(claim, one)]
            if not same:
                yield f"{said} does not stand in the text"
                continue
            if claim.unit in ("초", *_DATES):
                continue
            way = _way(line, claim)
            ways = [_way(source, one) for one in same]
            if way and not any(other in (way, "") for other in ways):
                yield f"{said} goes the other way in the text"
            if claim.sign and not any(one.sign in ("", claim.sign) for one in same):
                yield f"{said} has the wrong sign"


@lru_cache(maxsize=8)
def _claims(source: str) -> tuple[Claim, ...]:
    return tuple(read_claims(source, _UNITS))


def _states(claim: Claim, known: Claim) -> bool:
    """Whether the number is the known one or a correct rounding of it, in its unit."""
    units = claim.unit, known.unit
    alike = claim.unit == known.unit
    alike = alike or ("개" in units and any(unit.startswith("coin ") for unit in units))
    alike = alike or (units == ("년", "") and 1900 <= known.value <= 2100)
    if not alike or known.value > 10**18:
        return False
    if claim.mode != "near" and known.mode != claim.mode and claim.value == known.value:
        return False
    if claim.unit in _DATES or not claim.unit:
        return claim.value == known.value
    exactly = (
        claim if claim.unit not in ("달러", "원") else msgspec.structs.replace(claim, unit="money")
    )
    return exactly.agrees(float(known.value))


def _way(text: str, claim: Claim) -> str:
    """Which of CLOSE stands nearest to the number within its sentence, "" if none does."""
    start = max(claim.start - _NEAR, *(text.rfind(end, 0, claim.start) for end in "\n;"), 0)
    stop = re.search(r"[\n;]|[.](?!\d)", text[claim.end :])
    end = min(claim.end + _NEAR, claim.end + stop.start() if stop else len(text))
    near: list[tuple[int, str]] = []
    for name in CLOSE:
        for found in TERMS[name].finditer(text, start, end):
            after = found.start() >= claim.end
            # Korean verbs follow their figures; what stands before belongs to something else.
            gap = found.start() - claim.end if after else (claim.start - found.end()) * 2
            near.append((gap, name))
    return min(near)[1] if near else ""


def _terms(text: str, source: str) -> Iterator[str]:
    for name, pattern in TERMS.items():
        said = {_denied(text, found) for found in pattern.finditer(text)}
        known = {_denied(source, found) for found in pattern.finditer(source)}
        if said - known:
            yield f"{name} is not what the text says"
    if (maybe := MAYBE.search(text)) and not MAYBE_SAID.search(source):
        yield f"a possibility: {maybe[0]}"
    if (cause := CAUSE.search(text)) and not CAUSE_SAID.search(source):
        yield f"a cause: {cause[0]}"


def _denied(text: str, found: "re.Match[str]") -> bool:
    before = text[max(0, found.start() - 30) : found.start()]
    return bool(DENIED_AFTER.match(text, found.end()) or DENIED_BEFORE.search(before))


def _names(text: str, source: str) -> Iterator[str]:
    lower = source.casefold()
    words = set(re.findall(r"[a-z0-9.]+", lower))
    for word in re.findall(r"[A-Za-z][A-Za-z0-9]*", text):
        if word.casefold() not in words and not any(
            word.casefold() == one.rstrip(".") for one in words
        ):
            yield f"{word} does not stand in the text"
    for base, names in NAMES.items():
        long = [name for name in names if len(name) > 2]
        if any(re.search(rf"(?<![가-힣]){name}(?!캐시|클래식)", text) for name in long):
            known = (*names, *([ENGLISH_COINS[base]] if base in ENGLISH_COINS else []))
            if base.casefold() not in words and not any(name in lower for name in known):
                yield f"{base} is not in the text"
    for aliases in ACTORS:
        korean = [one for one in aliases if not one.isascii()]
        here = any(re.search(rf"(?<![가-힣]){one}", text) for one in korean)
        latin = [one for one in aliases if one.isascii()]
        if here and not (any(one in lower for one in korean) or words & set(latin)):
            yield f"{aliases[0]} is not in the text"
    hangul = sum("가" <= char <= "힣" for char in source)
    if hangul * 2 < sum(char.isalpha() for char in source):
        return  # translated words cannot be looked up
    for line in text.split("\n")[:2]:
        for found in re.finditer(r"(?<![가-힣])([가-힣]{2,})(?:은|는|이|가|께서)(?= )", line):
            if found[1][:2] not in source and found[1][:2] not in SUBJECTS:
                yield f"{found[1]} is not in the text"


def _mood(news: News, source: str) -> Iterator[str]:
    others = {"긍정", "부정"} - {news.mood}
    if any(word in news.reason for word in others) and news.mood not in news.reason:
        yield "the reason is of another mood"
    for word in ("호재", "악재"):
        if any(word in line for line in (news.what, news.detail, news.reason)) and (
            word not in source
        ):
            yield f"{word} does not stand in the text"
