"""Whether an answer tells what happened as the news text does. Pure.

The words of a text may be used to say that something was done which it denies, plans, only thinks
about or tells of somebody else; or that one thing was the cause of another.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, Literal

from bot.explain.news_named import Named
from bot.explain.news_words import (
    CAUSE,
    CAUSE_SAID,
    DENIED_AFTER,
    DENIED_BEFORE,
    DONE_AFTER,
    FOLLOWS,
    MAYBE,
    MAYBE_SAID,
    OPEN_AFTER,
    OPEN_BEFORE,
    PLANNED_AFTER,
    PLANNED_BEFORE,
    REPORTER,
    TELLS,
    TERMS,
    WHENS,
)
from bot.explain.shape import sentences
from bot.explain.transliteration import sounds_like

State = Literal["done", "denied", "open"]

_SUBJECT: Final = re.compile(r"(?<![가-힣])([가-힣]{2,}?)[은는이가](?= )")
_OF_COINS: Final = ("buy", "sell", "list", "delist", "burn", "issue", "launch")
"""Deeds that are done to coins."""


def untold_deeds(text: str, source: str) -> Iterator[str]:
    """Objections to what an answer says happened, when, whether surely, and why."""
    for name, pattern in TERMS.items():
        said, known = list(pattern.finditer(text)), list(pattern.finditer(source))
        if {_state(text, one) for one in said} - {_state(source, one) for one in known}:
            yield f"{name} is not what the text says"
        for one in said:
            told = [other for other in known if other[0] == one[0]] or known
            if DONE_AFTER.match(text, one.end()) and all(_is_planned(source, o) for o in told):
                yield f"{name} is only planned in the text"
    for name, pattern in WHENS.items():
        if pattern.search(text) and not pattern.search(source):
            yield f"{name} is not what the text says"
    if MAYBE.search(text) and not MAYBE_SAID.search(source):
        yield "a possibility"
    for sentence in sentences(text):
        if _tells_why(sentence) and not any(
            CAUSE_SAID.search(one) and _deeds(sentence) <= _deeds(one) for one in sentences(source)
        ):
            yield "a cause"


def deeds_of_reporters(text: str, source: str) -> Iterator[str]:
    """Objections to what is told of who only tells of something in the source."""
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


def untold_of_coins(text: Named, source: Named) -> Iterator[str]:
    """Objections to what is told of a coin and is so of another one, or not at all."""
    for number in range(len(text)):
        for coin in text.coins_told_of(number):
            places = [n for n in range(len(source)) if coin in source.not_describing(n)]
            for name in _OF_COINS:
                said = _states_of(text.sentence(number), name)
                known = [of for n in places if (of := _states_of(source.sentence(n), name))]
                if said and known and not any(said <= of for of in known):
                    yield f"{name} is not what the text says of the coin"


def _state(text: str, found: "re.Match[str]") -> State:
    """Whether it happened, was denied, or is open."""
    before = text[max(0, found.start() - 30) : found.start()]
    if OPEN_AFTER.match(text, found.end()) or OPEN_BEFORE.search(before):
        return "open"
    if DENIED_AFTER.match(text, found.end()) or DENIED_BEFORE.search(before):
        return "denied"
    return "done"


def _states_of(sentence: str, name: str) -> frozenset[State]:
    return frozenset(_state(sentence, one) for one in TERMS[name].finditer(sentence))


def _is_planned(text: str, found: "re.Match[str]") -> bool:
    """Whether it has not happened yet."""
    before = text[max(0, found.start() - 40) : found.start()]
    return bool(PLANNED_AFTER.match(text, found.end()) or PLANNED_BEFORE.search(before))


def _tells_why(sentence: str) -> bool:
    """Whether it says why something happened; what only goes "by" something does so of prices."""
    moved = TERMS["up"].search(sentence) or TERMS["down"].search(sentence)
    return bool(CAUSE.search(sentence) or (moved and FOLLOWS.search(sentence)))


@lru_cache(maxsize=256)
def _deeds(sentence: str) -> frozenset[str]:
    return frozenset(name for name, pattern in TERMS.items() if pattern.search(sentence))
