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
from bot.explain.news_language import (
    foreign_words,
    strange_deed,
    strange_subject,
    strange_words,
)
from bot.explain.news_plain import plain_source
from bot.explain.news_roles import (
    WEEKDAY,
    moved,
    role_misplaced,
    swapped,
    weekdays_misplaced,
    when_misplaced,
)
from bot.explain.news_words import (
    CAUSE,
    CAUSE_SAID,
    CLOSE,
    DENIED_AFTER,
    DENIED_BEFORE,
    DONE_AFTER,
    ENGLISH_COINS,
    FOLLOWS,
    INSTRUCTION,
    KINDS,
    MAYBE,
    MAYBE_SAID,
    NEVER,
    OPEN_AFTER,
    OPEN_BEFORE,
    PLANNED_AFTER,
    PLANNED_BEFORE,
    REPORTER,
    TELLS,
    TERMS,
    WHENS,
)
from bot.explain.shape import plain_dashes, sentences, wrong_shape
from bot.explain.transliteration import sounds_like
from bot.korean import NAMES
from bot.ports import News

LONGEST_LINE: Final = 150
ECHO: Final = 14
"""So many letters in a row that stand in the prompt, and not in the source, are an echo of it."""

_MACHINE: Final = re.compile(r"<!--.*?(?:-->|$)|\{[^{}]*\}|<[^<>]*>", re.DOTALL)
_SIGNED: Final = re.compile(r"(?<![\d가-힣A-Za-z.])([+−-])\d[\d,.]*\s?%(?!p|포인트)")
_PARTS: Final = re.compile(
    r"(?<=[a-z가-힣0-9%)\]}\"'’”][.!?;])\s+|(?<=[.!?][)\]\"'’”])\s+|\n+|\s?#{2,}\s?|[★☆■□◆◇▶▷●※]"
)
_VAGUE: Final = re.compile(rf"{wording.VAGUE.pattern}|수[십백천만](?=[만억조\s])|몇[십백천만]")
_DAY_SAID: Final = re.compile(r"\b(?:days?|daily)\b|요일|\d일", re.IGNORECASE)
_HEAD: Final = re.compile(r"(?:의)?\s(?!규모|상당|이상|이하|수준|가량|정도|어치)([가-힣]{3})")
_SUBJECT: Final = re.compile(r"(?<![가-힣])([가-힣]{2,}?)[은는이가](?= )")
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
_MONEY: Final = (
    *(
        f"{land}{apart}달러"
        for land in ("홍콩", "호주", "캐나다", "싱가포르", "대만")
        for apart in ("", " ")
    ),
    "파운드",
)
_COUNTERS: Final = ("개", "명", "곳", "건", "회")
"""Units that English does without: "the top 20 tokens"."""
_DAYS: Final = ("년", "월", "일", "")  # "" for a year alone: "by the end of 2027"
_UNITS: Final = {
    **UNITS,
    **_TOKENS,
    **_COINS,
    **dict.fromkeys(("달러", "USD", "USDT", "USDC"), "달러"),
    **{word: word for word in _DATES},
    **{word: word.replace(" ", "") for word in _MONEY},
}
_CLAUSE: Final = re.compile(r"[\n;]|[.](?!\d)|\b(?:while|whereas|but)\b")


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
    return _unsafe(news, source, prompt) or _untrue(news, source)


def first_lines(answer: str, source: str, prompt: str) -> News | None:
    """What may be shown of an answer to which there are objections: its first line and, if that
    holds with it, one of the others (the rest is blank). None where the first one does not hold, or
    where any of them lures, advises, looks wrong or is of another mood: then none is trusted."""
    news = news_of(answer)
    if news is None or _unsafe(news, source, prompt) or any(_mood(news, source)):
        return None
    for detail, reason in ((news.detail, ""), ("", news.reason), ("", "")):
        left = News(news.mood, news.what, detail, reason)
        if not _untrue(left, source):
            return left
    return None


def unknown_words(answer: str, source: str) -> list[str]:
    """The Korean words of an answer that nothing in the source stands behind."""
    news = news_of(answer)
    if news is None:
        return []
    source, plain = _readings(source)
    text = "\n".join((news.what, news.detail, news.reason))
    return strange_words(text, f"{source}\n{plain}", _UNITS)


@lru_cache(maxsize=8)
def _readings(source: str) -> tuple[str, str]:
    """What is trusted of the source, and the same in Korean units: each answer is held against both
    several times."""
    known = trusted(unicodedata.normalize("NFKC", source))
    return known, plain_source(known)


def _unsafe(news: News, source: str, prompt: str) -> list[str]:
    """What makes all of an answer one that nobody should read."""
    lines = (news.what, news.detail, news.reason)
    found = [wrong for line in lines for wrong in _shape(line)]
    if found:
        return found
    text = plain_dashes("\n".join(lines))
    source, _ = _readings(source)
    found += [name for name, bad in NEVER if bad.search(text)]
    found += _echoes(text, source, prompt)
    return found


def _untrue(news: News, source: str) -> list[str]:
    """What the lines that are not blank say and the source does not."""
    lines = [line for line in (news.what, news.detail, news.reason) if line]
    text = plain_dashes("\n".join(lines))
    source, plain = _readings(source)
    found: list[str] = []
    found += _numbers(text, plain)
    found += _terms(text, source)
    found += _told_by(text, source)
    found += swapped(Named(text), named(source))
    found += _denied_of(Named(text), named(source))
    found += moved(Named(text), named(source))
    told = named(plain)
    places = [told.subjects(told.start(number)) for number in range(len(told))]
    if any(
        strange_deed(one, source, places, _UNITS)
        for line in (news.what, news.detail)
        for one in sentences(line)
    ):
        found.append("a deed of something else in the text")
    if _dates_of_others(news, told):
        found.append("a date of something else in the text")
    if weekdays_misplaced(text, plain):
        found.append("a weekday of which the text does not tell so")
    found += _names(text, source, plain)
    found += foreign_words(text, f"{source}\n{plain}", _UNITS)
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


def _numbers(text: str, source: str) -> Iterator[str]:
    known = _claims(source)
    for vague in _VAGUE.finditer(text):
        if vague[0] not in source and not (vague[0] == "하루" and _DAY_SAID.search(source)):
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
            if claim.unit not in ("초", *_DATES) and role_misplaced(line, claim, source, same):
                yield "a number from which it goes for one to which it does"
            if claim.unit in _DAYS and when_misplaced(line, claim, source, same):
                yield "a day since which it is for one until which it is"
            kinds = _kinds(line)[claim.start]
            if kinds and not any(kinds <= _kinds(source)[one.start] for one in same):
                yield "a number is another figure in the text"
            if claim.unit in ("초", *_DATES):
                continue
            if not _dated(line, claim, source, same):
                yield "a figure of another month"
            if not _on_its_day(line, claim, source, same):
                yield "a figure of another weekday"
            way = _way(line, claim)
            if way in ("buy", "sell", "in", "out") and all(
                "what is held" in _kinds(source)[one.start] - kinds for one in same
            ):
                yield "what is held for what was traded"
            if way and not any(_way(source, one) in (way, "") for one in same):
                yield "a number goes the other way in the text"
            if claim.sign and not any(one.sign in ("", claim.sign) for one in same):
                yield "a number has the wrong sign"
        yield from misplaced(Named(line), told, pairs)
        mine = Named(line)
        for claim, same in pairs:
            if claim.unit in ("초", *_DATES):
                continue
            here = mine.sentence(mine.place(claim.start))
            around = [told.subjects(one.start) for one in same]
            if not TELLS.search(here) and strange_subject(here, source, around):
                yield "a figure of something else in the text"


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


_COMPARED: Final = re.compile(r"(?:\s?\d+일)?(?:보다| ?대비|에 비해|의? 이후|부터|까지)")
"""Behind a date: it is not when the figure was, but what it is compared with."""


def _dated(line: str, claim: Claim, source: str, same: list[Claim]) -> bool:
    """Whether the figure is told of the month or quarter that is nearest to it in the source, where
    its sentence has several."""
    for unit in ("월", "분기"):
        mine = {
            one.value for one in _beside(line, claim, unit) if not _COMPARED.match(line, one.end)
        }
        theirs = [_beside(source, one, unit) for one in same]
        if len(mine) == 1 and all(its and not mine & {o.value for o in its} for its in theirs):
            return False
        if len(mine) == 1 and all(len({o.value for o in its}) > 1 for its in theirs):
            nearest = [
                min(its, key=lambda o: max(o.start - one.end, one.start - o.end))
                for one, its in zip(same, theirs, strict=True)
            ]
            if not mine & {one.value for one in nearest}:
                return False
    return True


def _dates_of_others(news: News, source: Named) -> bool:
    """Whether the second line, naming nobody, has a date of those whom the first does not name."""
    about, line = Named(news.what), Named(news.detail)
    whom = frozenset().union(*(about.names(number) for number in range(len(about))))
    if not whom or any(line.names(number) for number in range(len(line))):
        return False
    for claim in read_claims(news.detail, _UNITS):
        same = [one for one in _claims(source.text) if _states(claim, one)]
        others = [source.names(source.place(one.start)) for one in same]
        if claim.unit in _DAYS and others and all(o and not o & whom for o in others):
            return True
    return False


def _on_its_day(line: str, claim: Claim, source: str, same: list[Claim]) -> bool:
    """Whether the weekday of the figure's sentence is one of its sentence in the source."""
    said = set(WEEKDAY.findall(_sentence(line, claim)))
    known = [set(WEEKDAY.findall(_sentence(source, one))) for one in same]
    return not said or not all(days and not said & days for days in known)


def _sentence(text: str, claim: Claim) -> str:
    sides = named(text)
    return sides.sentence(sides.place(claim.start))


def _beside(text: str, claim: Claim, unit: str) -> list[Claim]:
    """The claims in this unit that stand in the sentence of another one."""
    sides = named(text)
    place = sides.place(claim.start)
    return [one for one in _claims(text) if one.unit == unit and sides.place(one.start) == place]


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
    alike = alike or (claim.unit in _COUNTERS and not known.unit)
    alike = alike or (units == ("년", "") and 1900 <= known.value <= 2100)
    if not alike or known.value > 10**18:
        return False
    if claim.value == known.value and claim.mode == known.mode:
        return True
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
            # Korean verbs follow their figures, and English ones stand before them; what is on the
            # other side belongs to something else.
            gap = found.start() - claim.end if after else claim.start - found.end()
            gap *= 2 if after == found[0].isascii() else 1
            near.append((gap, name))
    return min(near)[1] if near else ""


def _terms(text: str, source: str) -> Iterator[str]:
    for name, pattern in TERMS.items():
        said = {_state(text, found) for found in pattern.finditer(text)}
        known = {_state(source, found) for found in pattern.finditer(source)}
        if said - known:
            yield f"{name} is not what the text says"
        for one in pattern.finditer(text):
            told = list(pattern.finditer(source))
            told = [other for other in told if other[0] == one[0]] or told
            if DONE_AFTER.match(text, one.end()) and all(_is_planned(source, o) for o in told):
                yield f"{name} is only planned in the text"
    for name, pattern in WHENS.items():
        if pattern.search(text) and not pattern.search(source):
            yield f"{name} is not what the text says"
    if MAYBE.search(text) and not MAYBE_SAID.search(source):
        yield "a possibility"
    for sentence in sentences(text):
        if _causes(sentence) and not any(
            CAUSE_SAID.search(one) and _deeds(sentence) <= _deeds(one) for one in sentences(source)
        ):
            yield "a cause"


def _causes(sentence: str) -> bool:
    """Whether it says why something happened; what only goes "by" something does so of prices."""
    moved = TERMS["up"].search(sentence) or TERMS["down"].search(sentence)
    return bool(CAUSE.search(sentence) or (moved and FOLLOWS.search(sentence)))


@lru_cache(maxsize=256)
def _deeds(sentence: str) -> frozenset[str]:
    return frozenset(name for name, pattern in TERMS.items() if pattern.search(sentence))


def _told_by(text: str, source: str) -> Iterator[str]:
    """Who only tells of something in the source did nothing else."""
    for found in REPORTER.finditer(source):
        name = next(filter(None, found.groups()))
        if source.count(name) > 1:
            continue
        for sentence in sentences(text):
            here = re.search(rf"{re.escape(name)}[은는이가](?= )", sentence) or any(
                sounds_like(word, name) for word in _SUBJECT.findall(sentence)
            )
            if here and not TELLS.search(sentence):
                yield "a deed of who told of it"


def _state(text: str, found: "re.Match[str]") -> str:
    """Whether it happened, was denied, or is open."""
    before = text[max(0, found.start() - 30) : found.start()]
    if OPEN_AFTER.match(text, found.end()) or OPEN_BEFORE.search(before):
        return "open"
    if DENIED_AFTER.match(text, found.end()) or DENIED_BEFORE.search(before):
        return "denied"
    return "done"


_TRADES: Final = ("buy", "sell", "list", "delist", "burn", "issue", "launch")


def _denied_of(text: Named, source: Named) -> Iterator[str]:
    """What is told of a coin is what the source says of this coin, and not of another one."""
    for number in range(len(text)):
        for coin in text.told_of(number):
            places = [n for n in range(len(source)) if coin in source.told(n)]
            for name in _TRADES:
                said = _states_in(text.sentence(number), name)
                known = [of for n in places if (of := _states_in(source.sentence(n), name))]
                if said and known and not any(said <= of for of in known):
                    yield f"{name} is not what the text says of the coin"


def _states_in(sentence: str, term: str) -> frozenset[str]:
    return frozenset(_state(sentence, one) for one in TERMS[term].finditer(sentence))


def _is_planned(text: str, found: "re.Match[str]") -> bool:
    """Whether it has not happened yet."""
    before = text[max(0, found.start() - 40) : found.start()]
    return bool(PLANNED_AFTER.match(text, found.end()) or PLANNED_BEFORE.search(before))


def _names(text: str, source: str, plain: str) -> Iterator[str]:
    lower = source.casefold()
    words = set(re.findall(r"[a-z0-9.]+", f"{lower} {plain.casefold()}"))
    words |= set(re.findall(r"[a-z]+", plain.casefold()))  # "25bp"
    words |= {word.removesuffix("s") for word in words}
    for word, korean in re.findall(r"([A-Za-z][A-Za-z0-9]*)([가-힣]?)", text):
        if word.isupper() and korean and re.search(rf"\b{word}[A-Z]", source):
            continue  # "JP모건" for "JPMorgan"
        if word.isupper() and _spelled_out(word, source):
            continue
        if word.casefold() not in words and not any(
            word.casefold() == one.rstrip(".") for one in words
        ):
            yield "a Latin word does not stand in the text"
    for base, names in NAMES.items():
        long = [name for name in names if len(name) > 2]
        here = (name for name in long if name in text)
        if any(re.search(rf"(?<![가-힣]){name}(?!캐시|클래식)", text) for name in here):
            known = (*names, *([ENGLISH_COINS[base]] if base in ENGLISH_COINS else []))
            if (
                base.casefold() not in words
                and not any(name in lower for name in known)
                and not any(sounds_like(name, source) for name in names)
            ):
                yield "a coin is not in the text"


def _spelled_out(word: str, source: str) -> bool:
    """Whether the letters are the first ones of words with capitals: "SEC" for its full name."""
    words = re.findall(r"\b(?:[A-Z][A-Za-z]+|and|of|the|for)\b", source)
    named = "".join(one[0] if one[0].isupper() else " " for one in words)
    return len(word) > 2 and word in named.replace(" ", "")


def _mood(news: News, source: str) -> Iterator[str]:
    others = {"긍정", "부정"} - {news.mood}
    if any(word in news.reason for word in others) and news.mood not in news.reason:
        yield "the reason is of another mood"
    for word in ("호재", "악재"):
        if any(word in line for line in (news.what, news.detail, news.reason)) and (
            word not in source
        ):
            yield "a judgement does not stand in the text"
