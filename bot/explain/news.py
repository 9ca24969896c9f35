"""Whether three lines about a pasted news text say only what stands in it.

The text is nobody's measurement and may be written to trick the reader: so figures must stand in
it, words of opposite meaning must be its own, and what lures, advises or promises is refused
whether it stands there or not. What talks to a model counts as not written. Pure.

Objections name a reason and never repeat a word of the text or the answer: they are logged.
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
from bot.explain.news_bindings import Named, misplaced
from bot.explain.news_words import (
    ACTORS,
    CAUSE,
    CAUSE_SAID,
    CLOSE,
    DENIED_AFTER,
    DENIED_BEFORE,
    ENGLISH_COINS,
    INSTRUCTION,
    KINDS,
    MAYBE,
    MAYBE_SAID,
    NEVER,
    OPEN_AFTER,
    OPEN_BEFORE,
    REPORTER,
    SUBJECTS,
    TELLS,
    TERMS,
    WHENS,
)
from bot.explain.shape import plain_dashes, sentences, wrong_shape
from bot.korean import NAMES
from bot.ports import News

LONGEST_LINE: Final = 150
ECHO: Final = 14
"""So many letters in a row that stand in the prompt, and not in the source, are an echo of it."""

_MACHINE: Final = re.compile(r"<!--.*?(?:-->|$)|\{[^{}]*\}|<[^<>]*>", re.DOTALL)
_SIGNED: Final = re.compile(r"(?<![\d가-힣A-Za-z.])([+−-])\d[\d,.]*\s?%(?!p|포인트)")
_PARTS: Final = re.compile(r"(?<=[a-z가-힣0-9%)\]}\"'’”][.!?;])\s+|\n+|\s?#{2,}\s?|[★☆■□◆◇▶▷●※]")
_VAGUE: Final = re.compile(rf"{wording.VAGUE.pattern}|수[십백천만](?=[만억조\s])|몇[십백천만]")
_HEAD: Final = re.compile(r"(?:의)?\s(?!규모|상당|이상|이하|수준|가량|정도|어치)([가-힣]{3})")
_ROLES: Final = re.compile(
    r"(?<![가-힣0-9])([가-힣]{2,})(?:은|는|이|가|을|를|께서|에게|으로부터)(?= )"
)
"""Who does something, to what, to whom."""
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
_CLAUSE: Final = re.compile(r"[\n;]|[.](?!\d)|\b(?:while|whereas|but)\b")
_MONTH: Final = re.compile(
    r"(?:(?<=\bin )|(?<=\bby )|(?<=\bof )|(?<=since )|(?<=until )|(?<=from ))"
    rf"({'|'.join(_MONTHS)})[a-z]*\b(?!\.?\s\d)",
    re.I,
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
    *(
        (rf"\b{word}[- ]quarter\b", f"{number}분기")
        for number, word in enumerate(("first", "second", "third", "fourth"), 1)
    ),
    (r"\b(?:q|quarter )([1-4])\b", r"\g<1>분기"),
    (r"\b(\d{1,2})-(\d{1,2})(?= vote\b)", r"\g<1>대 \g<2>"),
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
    source = trusted(unicodedata.normalize("NFKC", source))
    found += [name for name, bad in NEVER if bad.search(text)]
    found += _echoes(text, source, prompt)
    plain = plain_source(source)
    found += _numbers(text, plain)
    found += _terms(text, source)
    found += _told_by(text, source)
    found += _names(text, source, plain)
    found += _mood(news, source)
    return found


def trusted(source: str) -> str:
    """The source without what is no news (comments, JSON, sentences that give orders to a model or
    court customers), and with words beside signed percentages: "+1.2% 상승"."""
    bare = _SIGNED.sub(lambda f: f"{f[0]} {'상승' if f[1] == '+' else '하락'}", source)
    bare = _MACHINE.sub(" ", bare)
    return " ".join(part for part in _PARTS.split(bare) if not INSTRUCTION.search(part))


def _shape(line: str) -> Iterator[str]:
    yield from (wrong.partition(":")[0] for wrong in wrong_shape(line))
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
        apart = " " if found[0][-1].isspace() else ""
        return f" {value.normalize():f}{money}{apart}"

    plain = plain_dashes(source)
    plain = _DAY.sub(lambda f: _date(f[1], f[2], f[3]), plain)
    plain = _MONTH.sub(lambda f: f"{_MONTHS.index(f[1][:3].lower()) + 1}월", plain)
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
            yield "a number too vague to check"
    told = named(source)
    heads = _heads(source)
    for line in text.split("\n"):
        pairs = []
        if not _dates(line) <= _dates(source):
            yield "a date does not stand in the text"
        for claim in read_claims(line, _UNITS):
            same = [one for one in known if _states(claim, one)]
            if not same:
                yield "a number does not stand in the text"
                continue
            pairs.append((claim, same))
            if (head := _head(line, claim)) in heads and not any(o in heads[head] for o in same):
                yield "a number of something else"
            role = _role(line, claim)
            if role and all(_role(source, one) == -role for one in same):
                yield "a number from which it goes for one to which it does"
            kinds = _kinds(line)[claim.start]
            if kinds and not any(kinds <= _kinds(source)[one.start] for one in same):
                yield "a number is another figure in the text"
            if claim.unit in ("초", *_DATES):
                continue
            way = _way(line, claim)
            if way and not any(_way(source, one) in (way, "") for one in same):
                yield "a number goes the other way in the text"
            if claim.sign and not any(one.sign in ("", claim.sign) for one in same):
                yield "a number has the wrong sign"
        yield from misplaced(Named(line), told, pairs)


@lru_cache(maxsize=16)
def _dates(text: str) -> frozenset[tuple[Decimal, Decimal, str]]:
    """Years with their months and months with their days, as they stand beside each other."""
    parts = list(zip(_claims(text), _claims(text)[1:], strict=False))
    return frozenset(
        (one.value, other.value, other.unit)
        for one, other in parts
        if (one.unit, other.unit) in (("년", "월"), ("월", "일"))
        and not text[one.end : other.start].strip()
    )


def _role(text: str, claim: Claim) -> int:
    """1 for a number to which something goes, -1 for one from which it does, 0 for others."""
    if re.match(r"(?:으로|로|까지)(?![가-힣])", text[claim.end : claim.end + 3]):
        return 1
    if re.match(r"(?:에서|부터)(?![가-힣])", text[claim.end : claim.end + 3]):
        return -1
    before = re.search(r"\b(from|to)\s\$?$", text[max(0, claim.start - 8) : claim.start])
    spans = text[claim.end : claim.end + 1] in ("-", "~")  # "to 3.75%-4.00%"
    return 0 if before is None or spans else 1 if before[1] == "to" else -1


def _head(text: str, claim: Claim) -> str:
    """What the number is of, where the word stands behind it: "20% 단일세율"; "" if none does."""
    found = _HEAD.match(text, claim.end)
    return found[1] if found else ""


@lru_cache(maxsize=8)
def _heads(source: str) -> dict[str, tuple[Claim, ...]]:
    """Such words of the source, each with its numbers."""
    found: dict[str, tuple[Claim, ...]] = {}
    for claim in _claims(source):
        if head := _head(source, claim):
            found[head] = (*found.get(head, ()), claim)
    return found


@lru_cache(maxsize=16)
def _kinds(text: str) -> dict[int, frozenset[str]]:
    """What the numbers are said to be, of KINDS, by where each begins."""
    claims = _claims(text)
    befores = (0, *(one.end for one in claims))
    afters = (*(one.start for one in claims[1:]), len(text))
    found: dict[int, frozenset[str]] = {}
    for before, one, after in zip(befores, claims, afters, strict=False):
        left, right = text[max(before, one.start - 60) : one.start], text[one.end : after][:30]
        around = f"{left}\0{right}"
        found[one.start] = frozenset(n for n, kind in KINDS.items() if kind.search(around))
    return found


@lru_cache(maxsize=8)
def named(source: str) -> Named:
    """The source with whom it names."""
    return Named(source)


@lru_cache(maxsize=16)
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
    if claim.mode != "near" and (known.mode == claim.mode) != (claim.value == known.value):
        return False  # "50% 이상" is no rounding of "51% 이상"
    if claim.unit in _DATES or not claim.unit:
        return claim.value == known.value
    exactly = (
        claim if claim.unit not in ("달러", "원") else msgspec.structs.replace(claim, unit="money")
    )
    return exactly.agrees(float(known.value))


@lru_cache(maxsize=4096)
def _way(text: str, claim: Claim) -> str:
    """Which of CLOSE stands nearest to the number within its sentence, "" if none does."""
    start = max(claim.start - _NEAR, 0)
    start = max([start, *(one.end() for one in _CLAUSE.finditer(text, start, claim.start))])
    stop = _CLAUSE.search(text, claim.end, min(len(text), claim.end + _NEAR + 1))
    end = min(claim.end + _NEAR, stop.start() if stop else len(text))
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
        said = {_state(text, found) for found in pattern.finditer(text)}
        known = {_state(source, found) for found in pattern.finditer(source)}
        if said - known:
            yield f"{name} is not what the text says"
    for name, pattern in WHENS.items():
        if pattern.search(text) and not pattern.search(source):
            yield f"{name} is not what the text says"
    if MAYBE.search(text) and not MAYBE_SAID.search(source):
        yield "a possibility"
    if CAUSE.search(text) and not CAUSE_SAID.search(source):
        yield "a cause"


def _told_by(text: str, source: str) -> Iterator[str]:
    """Who only tells of something in the source did nothing else."""
    for found in REPORTER.finditer(source):
        name = next(filter(None, found.groups()))
        if source.count(name) > 1:
            continue
        for sentence in sentences(text):
            if re.search(rf"{re.escape(name)}[은는이가]", sentence) and not TELLS.search(sentence):
                yield "a deed of who told of it"


def _state(text: str, found: "re.Match[str]") -> str:
    """Whether it happened, was denied, or is open."""
    before = text[max(0, found.start() - 30) : found.start()]
    if OPEN_AFTER.match(text, found.end()) or OPEN_BEFORE.search(before):
        return "open"
    if DENIED_AFTER.match(text, found.end()) or DENIED_BEFORE.search(before):
        return "denied"
    return "done"


def _names(text: str, source: str, plain: str) -> Iterator[str]:
    lower = source.casefold()
    words = set(re.findall(r"[a-z0-9.]+", f"{lower} {plain.casefold()}"))
    words |= set(re.findall(r"[a-z]+", plain.casefold()))  # "25bp"
    words |= {word.removesuffix("s") for word in words}
    for word in re.findall(r"[A-Za-z][A-Za-z0-9]*", text):
        if word.casefold() not in words and not any(
            word.casefold() == one.rstrip(".") for one in words
        ):
            yield "a Latin word does not stand in the text"
    for base, names in NAMES.items():
        long = [name for name in names if len(name) > 2]
        if any(re.search(rf"(?<![가-힣]){name}(?!캐시|클래식)", text) for name in long):
            known = (*names, *([ENGLISH_COINS[base]] if base in ENGLISH_COINS else []))
            if base.casefold() not in words and not any(name in lower for name in known):
                yield "a coin is not in the text"
    for aliases in ACTORS:
        korean = [one for one in aliases if not one.isascii()]
        here = any(re.search(rf"(?<![가-힣]){one}", text) for one in korean)
        latin = [one for one in aliases if one.isascii()]
        if here and not (any(one in lower for one in korean) or words & set(latin)):
            yield "a name is not in the text"
    hangul = sum("가" <= char <= "힣" for char in source)
    if hangul * 2 < sum(char.isalpha() for char in source):
        return  # translated words cannot be looked up
    for line in text.split("\n")[:2]:
        for found in _ROLES.finditer(line):
            if found[1][:2] not in source and found[1][:2] not in SUBJECTS:
                yield "somebody or something is not in the text"


def _mood(news: News, source: str) -> Iterator[str]:
    others = {"긍정", "부정"} - {news.mood}
    if any(word in news.reason for word in others) and news.mood not in news.reason:
        yield "the reason is of another mood"
    for word in ("호재", "악재"):
        if any(word in line for line in (news.what, news.detail, news.reason)) and (
            word not in source
        ):
            yield "a judgement does not stand in the text"
