"""What part a number, a day or a company plays in a sentence of a news text. Pure.

An answer may have the text's own words and figures and still turn it round: the price at the end
told as the one at the start, "until" for "since", the buyer for the seller.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from bot.explain.claims import Claim
from bot.explain.news_meanings import meanings
from bot.explain.news_named import COMPANY_COINS, Entity, Named
from bot.explain.transliteration import heard
from bot.korean import NAMES

Role = Literal["start", "end", "than", ""]
When = Literal["since", "until", "before", ""]

_TO: Final = re.compile(r"(?:으로|로|까지)(?![가-힣])")
_FROM: Final = re.compile(
    r"(?:에서|부터)(?![가-힣]| (?:거래|움직|횡보|마감|형성|등락|머물|유지|보합|오[가르르]|기록))|"
    r"이?던(?= )|이었던|였던|짜리였"
)
_THAN: Final = re.compile(r"보다|대비|[에과와] ?비[해교]")
_BEHIND: Final = 8
_TO_BEFORE: Final = re.compile(r"\b(?:to|at|hit|hits|reached|now)\s+\$?$", re.IGNORECASE)
_FROM_BEFORE: Final = re.compile(r"\b(?:from\b[^.,;\d]{0,40}|between\s+\$?)$", re.IGNORECASE)
_THAN_BEFORE: Final = re.compile(
    r"\b(?:than|above|below|over|under|compared (?:with|to)|versus|vs|against|exceed\w*|beat\w*|"
    r"topp\w*|surpass\w*|miss\w*)\b[^.,;\d]{0,40}$",
    re.IGNORECASE,
)
_SPAN: Final = re.compile(r"\s?[-~]|\sto\s")

_DATE_BEFORE: Final = re.compile(r"(?:\d+년\s)?(?:\d+월\s)?$")
_UNTIL: Final = re.compile(r"(?:\s?\d+일)?\s?(?:말|초|중순)?\s?(?:까지|이내|안에)")
_SINCE: Final = re.compile(r"(?:\s?\d+일)?\s?(?:말|초|중순)?\s?(?:이후|부터|이래)")
_BEFORE: Final = re.compile(r"(?:\s?\d+일)?\s?(?:말|초|중순)?\s?이전|(?<=월) 전(?!보다| ?대비)")
_OF: Final = r"\s(?:the\s)?(?:(?:end|start|beginning|close|middle|late|early|mid)\s(?:of\s)?)?$"
_WHEN_BEFORE: Final = {
    "until": re.compile(
        rf"(?:\b(?:until|till|by|through|to|before|within|and)|-){_OF}", re.IGNORECASE
    ),
    "since": re.compile(
        r"\b(?:since|from|after|start\w*|beg[iau]n\w*|effective|as of|on|in|between|following)"
        rf"(?:\son|\sfrom|\sin)?{_OF}",
        re.IGNORECASE,
    ),
    "before": re.compile(rf"\b(?:before|prior to|ahead of|until|by){_OF}", re.IGNORECASE),
}
WEEKDAY: Final = re.compile("[월화수목금토일]요일")

_GIVEN: Final = re.compile(r"\b(?:to|for)\s(?:[\w'’]+\s){0,3}$", re.IGNORECASE)
_GIVES: Final = re.compile("냈|냅|지[급불]|납부|보[냈냅]|옮[겼깁]|배상|기부")
_TAKEN: Final = re.compile(r"\bfrom\s(?:its\s|the\s|their\s|all\s)?$", re.IGNORECASE)
_GOES: Final = re.compile(r"(?<![가-힣])([가-힣]{2,}?)(에게서|으?로부터|에게(?!서))")
_RECEIVES: Final = re.compile(
    r"로부터|에게서|에 의해|받[았은는아]|당[했한하]|피소|"
    r"에 (?:[^.]{0,24} )?(?:인수|합병|매각|편입|흡수)[되됐된]"
)
_BY: Final = re.compile(r"\bby\s(?:\w+\s){0,2}$", re.IGNORECASE)
_TURNED: Final = re.compile(r"\b(?:by|from|of|than|versus|between)\b", re.IGNORECASE)
_PART: Final = re.compile(
    r"(?<![가-힣A-Za-z0-9])([가-힣A-Za-z0-9]{2,}?)(?:\([^()]*\))?"
    r"(?: (?:대통령|의장|위원장|대표|총재|판사|장관|의원|회장|최고경영자))?"
    r"(?:(이|가|은|는|께서)|(에게서|에게|으로부터|로부터|에|을|를))(?= |$|[.,])"
)
"""Who or what does something, or has it done to it."""


def _roles(text: str, claim: Claim) -> frozenset[Role]:
    """Whether something goes to the number, from it, or is compared with it."""
    before = text[max(0, claim.start - 60) : claim.start]
    after = text[claim.end : claim.end + _BEHIND]
    span = bool(_SPAN.match(after))  # "to 3.75%-4.00%"
    found: set[Role] = set()
    if _TO.match(after) or (_TO_BEFORE.search(before) and not span):
        found.add("end")
    if _FROM.match(after) or _FROM_BEFORE.search(before) or span:
        found.add("start")
    if _THAN.match(after) or _THAN_BEFORE.search(before):
        found.add("than")
    return frozenset(found)


def role_misplaced(text: str, claim: Claim, source: str, same: Sequence[Claim]) -> bool:
    """Whether a number plays a part that it does not in the source."""
    said = _roles(text, claim)
    known = [_roles(source, one) for one in same]
    if "start" in said:
        return not any("start" in one or "than" in one for one in known)
    if "than" in said:
        return not any(one & {"than", "start"} for one in known)
    return "end" in said and all("end" not in one and one & {"start", "than"} for one in known)


def _when(text: str, start: int, end: int) -> frozenset[When]:
    """Whether something is told as since the day that stands there, until it, or before."""
    after = text[end : end + _BEHIND]
    date = _DATE_BEFORE.search(text[max(0, start - 14) : start])
    head = start - len(date[0]) if date else start
    before = text[max(0, head - 40) : head]
    found: set[When] = set()
    if _UNTIL.match(after) or _WHEN_BEFORE["until"].search(before):
        found.add("until")
    if _SINCE.match(after) or _WHEN_BEFORE["since"].search(before):
        found.add("since")
    if _BEFORE.match(after) or _WHEN_BEFORE["before"].search(before):
        found.add("before")
    return frozenset(found)


def when_misplaced(text: str, claim: Claim, source: str, same: Sequence[Claim]) -> bool:
    """Whether it is told as since a day, until or before it, and is not so in the source."""
    said = _when(text, claim.start, claim.end)
    return bool(said) and not any(said <= _when(source, one.start, one.end) for one in same)


def weekdays_misplaced(text: str, source: str) -> bool:
    """Whether a weekday is not in the source, or not as since when or until when."""
    for found in WEEKDAY.finditer(text):
        said = _when(text, found.start(), found.end())
        known = [one for one in WEEKDAY.finditer(source) if one[0] == found[0]]
        if not any(said <= _when(source, one.start(), one.end()) for one in known):
            return True
    return False


def swapped(text: Named, source: Named) -> Iterator[str]:
    """Objections to one who does to another what the other did to it."""
    known = [_parts(source.sentence(number)) for number in range(len(source))]
    passive = [bool(_RECEIVES.search(source.sentence(number))) for number in range(len(source))]
    for number in range(len(text)):
        sentence = text.sentence(number)
        receives = bool(_RECEIVES.search(sentence))
        does, done = _parts(sentence)
        for doer in does:
            for other in done - {doer}:
                active = [
                    passive[n] != (doer in subjects)
                    for n, (subjects, objects) in enumerate(known)
                    if (doer in subjects and other in objects)
                    or (doer in objects and other in subjects)
                ]
                active += _ways(source, _places(doer, source), _places(other, source))
                paid = _GIVES.search(sentence) and not receives and _is_given(doer, source)
                if paid or (active and all(one == receives for one in active)):
                    yield "who did it and to whom it was done are swapped"
        yield from _turned(sentence, source.text)


_OWNED: Final = re.compile(
    r"(?<![가-힣A-Za-z0-9])([가-힣A-Za-z0-9]{2,}?)의 "
    r"(?:[가-힣A-Za-z]+ ){0,2}[가-힣A-Za-z]+(?:을|를|에게|에)(?= )"
)
"""Whose thing it is that has something done to it."""

_COINS: Final = frozenset(name for names in NAMES.values() for name in names)
_MOVES: Final = re.compile("옮[겼긴겨]|이동|출금|인출|빠져|유출|보[냈낸내]|전송|송금|이체|입금")
_INTO: Final = re.compile(
    r"\b(?:to|into|onto)\s(?:the\s|exchange\s|crypto exchange\s)*$", re.IGNORECASE
)
_OUT_OF: Final = re.compile(r"\b(?:from|out of|at|leav\w+)\s(?:the\s|exchange\s)*$", re.IGNORECASE)
_FROM_NAME: Final = re.compile(r"(?:\([^()]*\))?(?:에서|으?로부터|에게서|은 |는 |이 |가 )")
_TO_NAME: Final = re.compile(r"(?:\([^()]*\))?(?:으?로(?!부터)|에게(?!서)|에 )")


def moved(text: Named, source: Named) -> Iterator[str]:
    """Objections to what is moved from where it is moved to in an English text, or the reverse."""
    for number in range(len(text)):
        if not _MOVES.search(text.sentence(number)):
            continue
        for one in _companies(text.entities(number)):
            before = [
                source.text[max(0, other.start - 24) : other.start]
                for other in source.everyone()
                if other.name == one.name
            ]
            into, out = any(map(_INTO.search, before)), any(map(_OUT_OF.search, before))
            if (into and not out and _FROM_NAME.match(text.text, one.end)) or (
                out and not into and _TO_NAME.match(text.text, one.end)
            ):
                yield "what it is moved from and to are swapped"


def _is_given(word: str, source: Named) -> bool:
    """Whether an English text names somebody only as whom something is given to."""
    places = [one.span() for named in meanings(word) for one in named.finditer(source.text)]
    places += _places(word, source)
    return bool(places) and all(
        _GIVEN.search(source.text[max(0, at - 48) : at]) for at, _ in places
    )


def _parts(sentence: str) -> tuple[frozenset[str], frozenset[str]]:
    """The words of a Korean sentence that are its subjects, and those that are its objects."""
    found = list(_PART.finditer(sentence))
    return (
        frozenset(one[1] for one in found if one[2]),
        frozenset(one[1] for one in found if one[3]) | {o[1] for o in _OWNED.finditer(sentence)},
    )


def _turned(sentence: str, source: str) -> Iterator[str]:
    """Objections to what comes from those to whom it goes in an English text, or the reverse."""
    for found in _GOES.finditer(sentence):
        for named in meanings(found[1].removesuffix("들")):
            english = [one for one in named.finditer(source) if one[0].isascii()]
            before = [source[max(0, one.start() - 24) : one.start()] for one in english]
            wrong, right = (_TAKEN, _GIVEN) if found[2] == "에게" else (_GIVEN, _TAKEN)
            if any(map(wrong.search, before)) and not any(map(right.search, before)):
                yield "from whom it comes and to whom it goes are swapped"


def _companies(entities: Iterable[Entity]) -> list[Entity]:
    """Those that can do something and have it done to them."""
    return [one for one in entities if one.sort == "actor" or one.name in COMPANY_COINS]


def _places(word: str, source: Named) -> list[tuple[int, int]]:
    """Where an English text names a company, person or court that a Korean word stands for."""
    names = {one.name for one in _companies(Named(word).everyone())}
    found = [] if word in _COINS else heard(word, source.text)
    found += [(o.start, o.end) for o in _companies(source.everyone()) if o.name in names]
    return [span for span in found if source.text[slice(*span)].isascii()]


def _ways(
    source: Named, doers: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]
) -> Iterator[bool]:
    """For each English sentence with both: whether the doer is who does it there."""
    for first in doers:
        for second in others:
            if source.place(first[0]) != source.place(second[0]):
                continue
            between = source.text[min(first[1], second[1]) : max(first[0], second[0])]
            if _BY.search(between):
                yield first[0] > second[0]
            elif not _TURNED.search(between) and between:
                yield first[0] < second[0]
