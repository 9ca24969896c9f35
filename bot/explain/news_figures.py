"""Whether the numbers of an answer stand in the news text, and say the same there. Pure.

A number that stands in the text may still be of another month, another thing or another direction
there; whose it is, news_bindings.py holds against the text.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Final

from bot.explain import wording
from bot.explain.claims import Claim
from bot.explain.news_bindings import misplaced
from bot.explain.news_language import strange_subject
from bot.explain.news_named import Named, named
from bot.explain.news_numbers import is_amount, numbers, states
from bot.explain.news_roles import WEEKDAY, role_misplaced, when_misplaced
from bot.explain.news_words import CLOSE, KINDS, TELLS, TERMS

_VAGUE: Final = re.compile(rf"{wording.VAGUE.pattern}|수[십백천만](?=[만억조\s])|몇[십백천만]")
_DAY_SAID: Final = re.compile(r"\b(?:days?|daily)\b|요일|\d일", re.IGNORECASE)
_NOUN_BEHIND: Final = re.compile(
    r"(?:의)?\s(?!규모|상당|이상|이하|수준|가량|정도|어치)([가-힣]{3})"
)
_COMPARED: Final = re.compile(r"(?:\s?\d+일)?(?:보다| ?대비|에 비해|의? 이후|부터|까지)")
"""Behind a date: it is not when the figure was, but what it is compared with."""
_CLAUSE: Final = re.compile(r"[\n;]|[.](?!\d)|\b(?:while|whereas|but)\b")
_DATES: Final = ("년", "월", "일", "")  # "" for a year alone: "by the end of 2027"
_NEAR: Final = 40  # letters around a number in which its direction is looked for


def wrong_figures(text: str, source: str) -> Iterator[str]:
    """Objections to the numbers of an answer; the source is one in Korean units."""
    for vague in _VAGUE.finditer(text):
        if vague[0] not in source and not (vague[0] == "하루" and _DAY_SAID.search(source)):
            yield "a number too vague to check"
    told = named(source)
    for line in text.split("\n"):
        pairs = []
        if not _whole_dates(line) <= _whole_dates(source):
            yield "a date does not stand in the text"
        for claim in numbers(line):
            same = [one for one in numbers(source) if states(claim, one)]
            if not same:
                yield "a number does not stand in the text"
                continue
            pairs.append((claim, same))
            yield from _of_something_else(line, claim, source, same)
            if is_amount(claim):
                yield from _told_otherwise(line, claim, source, same)
        mine = Named(line)
        yield from misplaced(mine, told, pairs)
        for claim, same in pairs:
            if not is_amount(claim):
                continue
            here = mine.sentence(mine.place(claim.start))
            around = [told.passage(told.place(one.start)) for one in same]
            if not TELLS.search(here) and strange_subject(here, source, around):
                yield "a figure of something else in the text"


def dates_of_others(what: str, detail: str, source: Named) -> bool:
    """Whether the second line, naming nobody, has a date of those whom the first does not name."""
    about, line = Named(what), Named(detail)
    whom = {one.name for one in about.everyone()}
    if not whom or list(line.everyone()):
        return False
    for claim in numbers(detail):
        same = [one for one in numbers(source.text) if states(claim, one)]
        others = [source.names(source.place(one.start)) for one in same]
        if claim.unit in _DATES and others and all(o and not o & whom for o in others):
            return True
    return False


def _of_something_else(
    line: str, claim: Claim, source: str, same: Sequence[Claim]
) -> Iterator[str]:
    """Objections to what the number is said to be."""
    nouns = _nouns_behind(source)
    noun = _noun_behind(line, claim)
    if noun in nouns and not any(one in nouns[noun] for one in same):
        yield "a number of something else"
    if is_amount(claim) and role_misplaced(line, claim, source, same):
        yield "a number from which it goes for one to which it does"
    if claim.unit in _DATES and when_misplaced(line, claim, source, same):
        yield "a day since which it is for one until which it is"
    kinds = _kinds(line)[claim.start]
    if kinds and not any(kinds <= _kinds(source)[one.start] for one in same):
        yield "a number is another figure in the text"


def _told_otherwise(line: str, claim: Claim, source: str, same: Sequence[Claim]) -> Iterator[str]:
    """Objections to when an amount was and where it went."""
    if not _in_its_month(line, claim, source, same):
        yield "a figure of another month"
    if not _on_its_weekday(line, claim, source, same):
        yield "a figure of another weekday"
    way = _direction(line, claim)
    kinds = _kinds(line)[claim.start]
    if way in ("buy", "sell", "in", "out") and all(
        "what is held" in _kinds(source)[one.start] - kinds for one in same
    ):
        yield "what is held for what was traded"
    if way and not any(_direction(source, one) in (way, "") for one in same):
        yield "a number goes the other way in the text"
    if claim.sign and not any(one.sign in ("", claim.sign) for one in same):
        yield "a number has the wrong sign"


# --- when it was -------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _whole_dates(text: str) -> frozenset[tuple[Decimal, Decimal, str]]:
    """Years with their months and months with their days, as they stand beside each other."""
    found = numbers(text)
    return frozenset(
        (one.value, other.value, other.unit)
        for one, other in pairwise(found)
        if (one.unit, other.unit) in (("년", "월"), ("월", "일"))
        and not text[one.end : other.start].strip()
    )


def _in_its_month(line: str, claim: Claim, source: str, same: Sequence[Claim]) -> bool:
    """Whether the figure is told of the month or quarter that is nearest to it in the source, where
    its sentence has several."""
    for unit in ("월", "분기"):
        mine = {
            one.value for one in _beside(line, claim, unit) if not _COMPARED.match(line, one.end)
        }
        if len(mine) != 1:
            continue
        theirs = [_beside(source, one, unit) for one in same]
        values = [{other.value for other in its} for its in theirs]
        if all(its and not mine & its for its in values):
            return False
        if all(len(its) > 1 for its in values):
            nearest = {
                min(its, key=lambda o: max(o.start - one.end, one.start - o.end)).value
                for one, its in zip(same, theirs, strict=True)
            }
            if not mine & nearest:
                return False
    return True


def _on_its_weekday(line: str, claim: Claim, source: str, same: Sequence[Claim]) -> bool:
    """Whether the weekday of the figure's sentence is one of its sentence in the source."""
    said = set(WEEKDAY.findall(_sentence(line, claim)))
    known = [set(WEEKDAY.findall(_sentence(source, one))) for one in same]
    return not said or not all(days and not said & days for days in known)


def _sentence(text: str, claim: Claim) -> str:
    sides = named(text)
    return sides.sentence(sides.place(claim.start))


def _beside(text: str, claim: Claim, unit: str) -> list[Claim]:
    """The numbers in this unit that stand in the sentence of another one."""
    sides = named(text)
    place = sides.place(claim.start)
    return [one for one in numbers(text) if one.unit == unit and sides.place(one.start) == place]


# --- what it is of, and where it goes ----------------------------------------------------------


def _noun_behind(text: str, claim: Claim) -> str:
    """What the number is of, where the word stands behind it: "20% 단일세율"; "" if none does."""
    found = _NOUN_BEHIND.match(text, claim.end)
    return found[1] if found else ""


@lru_cache(maxsize=8)
def _nouns_behind(source: str) -> dict[str, tuple[Claim, ...]]:
    """Such words of the source, each with its numbers."""
    found: dict[str, tuple[Claim, ...]] = {}
    for claim in numbers(source):
        if noun := _noun_behind(source, claim):
            found[noun] = (*found.get(noun, ()), claim)
    return found


@lru_cache(maxsize=16)
def _kinds(text: str) -> dict[int, frozenset[str]]:
    """What the numbers are said to be, of KINDS, by where each begins."""
    claims = numbers(text)
    befores = (0, *(one.end for one in claims))
    afters = (*(one.start for one in claims[1:]), len(text))
    found: dict[int, frozenset[str]] = {}
    for before, one, after in zip(befores, claims, afters, strict=False):
        left, right = text[max(before, one.start - 60) : one.start], text[one.end : after][:30]
        around = f"{left}\0{right}"
        found[one.start] = frozenset(n for n, kind in KINDS.items() if kind.search(around))
    return found


@lru_cache(maxsize=4096)
def _direction(text: str, claim: Claim) -> str:
    """Which of CLOSE stands nearest to the number within its clause, "" if none does."""
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
