"""Whether a summary of a news text has only words that the text has, or that say nothing. Pure.

A translated word cannot be looked up in the text, and a word that is no figure and no known name
may be a company, a cause or advice. So every Korean word must be harmless (news_glossary.py), name
what the text names, be the text's own, or sound like a name in it; and Latin words and coins must
stand in it.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final

from bot.explain.claims import MASK, mask
from bot.explain.news_endings import AFTER_VERBS, PARTICLES, UNITS, after_endings
from bot.explain.news_meanings import deed, harmless, meanings, short_verbs
from bot.explain.news_numbers import numbers
from bot.explain.news_words import ACTOR_OF, ACTORS, DONE_AFTER, ENGLISH_COINS
from bot.explain.transliteration import heard, sounds_like
from bot.korean import NAMES

_LONGEST_STEM: Final = 12
_MOST_STEMS: Final = 3
_WORD: Final = re.compile(r"""([§A-Za-z0-9)%'"’”]?)([가-힣]+)""")
_SUBJECT: Final = re.compile(r"(?<![가-힣])(?:([가-힣]{2,}) )?([가-힣]{2,}?)[은는이가](?= )")
"""The subject of a sentence, and the word before it: "예치 대기열은"."""
_RUN: Final = re.compile("[가-힣]+")
_NOT: Final = re.compile(
    r"(?:[하되]|이|히|리|시키|지)?지[는도]? (?:않|못)|[이가은는도]? ?(?:아니|없[는다었습])|"
    r"[을를] (?:부인|철회|취소)"
)
_NEAR_NOT: Final = re.compile(r"[^.,\n]{0,20}?(?:않|못|없|아니)")
_NO: Final = re.compile(r"(?:\bnot?|n't|\bnever|\bdenie[sd]|\bdeclin\w+ to)\s(?:\w+\s){0,2}$", re.I)
_ANY_NO: Final = re.compile(
    r"않|못|없|아니|[가-힣]지 말|부인|거부|미정|비공개|제외|"
    r"\b(?:no|not|never|none|nor|neither|without|den(?:y|ie)|refus|declin|fail|undisclosed|unchanged|little|lack|unaffected|deadlock|free)|n't\b",
    re.IGNORECASE,
)
_PURPOSE: Final = re.compile(r"\bto\s$", re.IGNORECASE)
_LACKS: Final = re.compile(r"글에[^.]{0,12}(?:있지 않|없)|(?:알|확인할|찾을) 수 없")
_DENIES: Final = re.compile(r"지[는도]? (?:않|못)|아니|없(?!어 (?:부정|중립|긍정))|못[하했]")


def foreign_words(text: str, source: str) -> Iterator[str]:
    """Objections to the Korean words of a summary."""
    known = _source(source)
    yield from ("a word that the text does not have" for _ in strange_words(text, source))
    for found in _WORD.finditer(text):
        for stem in _stems(found[2]):
            end = found.start(2) + len(stem)
            named = (*meanings(stem), *filter(None, (deed(stem),)))
            if not named or _NEAR_NOT.match(text, end):
                continue
            if any(map(known.denies, named)):
                yield "what the text denies"
            if DONE_AFTER.match(text, end) and any(map(known.plans, named)):
                yield "what the text only tells the purpose of"
    for line in text.split("\n"):
        if _DENIES.search(_LACKS.sub("", line)) and not _ANY_NO.search(source):
            yield "a denial that is not in the text"


def strange_words(text: str, source: str) -> list[str]:
    """The words of a summary that the text does not have, and that say something."""
    known = _source(source)
    return [
        found[2]
        for found in _WORD.finditer(_masked(text))
        if not known.has(found[2], stuck=bool(found[1]))
    ]


def _masked(text: str) -> str:
    """The text without its numbers."""
    for claim in numbers(text):
        text = mask(text, claim.start, claim.end)
    return text


def _stems(word: str) -> list[str]:
    """What it may be made of with endings, the longest first."""
    return [word[:n] for n in range(len(word), 1, -1) if len(word) in after_endings(word, n)]


def strange_names(text: str, source: str, plain: str) -> Iterator[str]:
    """Objections to Latin words and to Korean names of coins; ``plain`` is the source in Korean
    units."""
    lower = source.casefold()
    words = set(re.findall(r"[a-z0-9.]+", f"{lower} {plain.casefold()}"))
    words |= set(re.findall(r"[a-z]+", plain.casefold()))  # "25bp"
    words |= {word.removesuffix("s") for word in words}
    whole = {word.rstrip(".") for word in words}
    for word, korean in re.findall(r"([A-Za-z][A-Za-z0-9]*)([가-힣]?)", text):
        if word.isupper() and korean and re.search(rf"\b{word}[A-Z]", source):
            continue  # "JP모건" for "JPMorgan"
        if word.isupper() and _spelled_out(word, source):
            continue
        if word.casefold() not in whole:
            yield "a Latin word does not stand in the text"
    for base, names in NAMES.items():
        here = (name for name in names if len(name) > 2 and name in text)
        if any(re.search(rf"(?<![가-힣]){name}(?!캐시|클래식)", text) for name in here) and not (
            base.casefold() in words
            or any(name in lower for name in (*names, *ENGLISH_COINS.get(base, ())))
            or any(sounds_like(name, source) for name in names)
        ):
            yield "a coin is not in the text"


def _spelled_out(word: str, source: str) -> bool:
    """Whether the letters are the first ones of words with capitals: "SEC" for its full name."""
    capitals = "".join(one[0] for one in re.findall(r"\b[A-Z][A-Za-z]+\b", source))
    return len(word) > 2 and word in capitals


def strange_subject(sentence: str, source: str, around: Sequence[str]) -> bool:
    """Whether what a figure is told of stands in none of ``around``: for each place that the figure
    has in the text, the sentences in which that is looked for."""
    known = _source(source)
    words = [word for found in _SUBJECT.finditer(sentence) for word in found.groups() if word]
    named = [known.evidence(word) for word in words]
    return not any(all(one is None or one.search(here) for one in named) for here in around)


def strange_deed(sentence: str, source: str, passages: Sequence[str]) -> bool:
    """Whether the subject of a sentence and what it says last stand together in none of
    ``passages``, which are the text's."""
    found = _SUBJECT.search(sentence)
    if found is None:
        return False
    known = _source(source)
    words = _WORD.finditer(_masked(sentence), found.end())
    rest = [known.evidence(one[2]) for one in words if one[1] != MASK]
    said = [one for one in rest if one is not None][-1:]
    named = [one for one in (known.evidence(found[2]), *said) if one is not None]
    return len(named) > 1 and not any(all(one.search(here) for one in named) for here in passages)


class _Source:
    """A text with the words that may be used of it; each is looked for once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._close = re.sub(r"\s+", "", text)
        self._runs = set(_RUN.findall(text))
        self._denied: dict[re.Pattern[str], bool] = {}
        self._meant: dict[str, bool] = {}
        self._known: dict[tuple[str, bool], bool] = {}

    def has(self, word: str, *, stuck: bool) -> bool:
        """Whether the word may be used; ``stuck`` if a number stands right before it."""
        key = (word, stuck)
        if key not in self._known:
            self._known[key] = self._has(word, stuck)
        return self._known[key]

    def evidence(self, word: str) -> "re.Pattern[str] | None":
        """How the text names what the word says, None if that is nothing to be looked for."""
        stems = _stems(word)
        for stem in stems:
            if stem in harmless():
                return None
            if name := _name(stem):
                spans = heard(stem, self._text)
                spelled = (re.escape(self._text[slice(*span)]) for span in spans)
                return re.compile("|".join((name.pattern, *spelled)), re.IGNORECASE)
            if named := meanings(stem):
                return re.compile("|".join(one.pattern for one in named), re.IGNORECASE)
        for stem in stems:
            if stem in self._close:
                return re.compile(r"\s?".join(stem))
            if spans := heard(stem, self._text):
                return re.compile("|".join(re.escape(self._text[slice(*span)]) for span in spans))
        return None

    def denies(self, named: "re.Pattern[str]") -> bool:
        """Whether the text says of all that it names so that it is not."""
        if named not in self._denied:
            found = list(named.finditer(self._text))
            self._denied[named] = bool(found) and all(map(self._is_denied, found))
        return self._denied[named]

    def plans(self, named: "re.Pattern[str]") -> bool:
        """Whether the text has it only as what something is done for: "to recover"."""
        found = list(named.finditer(self._text))
        return bool(found) and all(
            one[0].isascii() and _PURPOSE.search(self._text[max(0, one.start() - 8) : one.start()])
            for one in found
        )

    def _is_denied(self, found: "re.Match[str]") -> bool:
        before = self._text[max(0, found.start() - 30) : found.start()]
        return bool(_NOT.match(self._text, found.end()) or _NO.search(before))

    def _may(self, word: str) -> bool:
        """Whether it is harmless, or means or names something that the text has."""
        if word in harmless():
            return True
        if word not in self._meant:
            named = (*meanings(word), *filter(None, (_name(word),)))
            self._meant[word] = any(one.search(self._text) for one in named)
        return self._meant[word]

    def _has(self, word: str, stuck: bool) -> bool:
        if stuck and self._behind_number(word):
            return True
        if len(word) == 1:
            return self._single(word)
        if word[1:] in PARTICLES and self._single(word[0]):
            return True
        if word[1:] in AFTER_VERBS and (word[0] in short_verbs() or self._may(word[0])):
            return True
        starts = {0}
        for _ in range(_MOST_STEMS):
            ends: set[int] = set()
            for at in starts:
                for end in range(at + 2, min(len(word), at + _LONGEST_STEM) + 1):
                    if self._stem(word, at, end):
                        ends |= after_endings(word, end)
            if len(word) in ends:
                return True
            starts = ends
        return False

    def _behind_number(self, word: str) -> bool:
        if len(word) in after_endings(word, 0):
            return True
        for end in range(1, len(word) + 1):
            if word[:end] in UNITS and (
                len(word) in after_endings(word, end) or self._has(word[end:], stuck=False)
            ):
                return True
        return False

    def _single(self, word: str) -> bool:
        if self._may(word) or word in self._runs:
            return True
        if any(word + particle in self._runs for particle in PARTICLES):
            return True
        return _may_be_heard(word) and sounds_like(word, self._text)

    def _stem(self, word: str, at: int, end: int) -> bool:
        stem = word[at:end]
        if self._may(stem):
            return True
        # Two words of the text that do not stand together there may name something new.
        if stem in self._close:
            return at == 0 or word[:end] in self._close
        return at == 0 and _may_be_heard(stem) and sounds_like(stem, self._text)


def _name(word: str) -> "re.Pattern[str] | None":
    """How texts name a coin, company or land of which this is the Korean name."""
    aliases = _aliases().get(word)
    return None if aliases is None else _any_of(aliases)


@lru_cache(maxsize=1)
def _aliases() -> dict[str, tuple[str, ...]]:
    """The Korean names of coins, companies and lands, each with all that they are called."""
    coins = tuple((*names, base, *ENGLISH_COINS.get(base, ())) for base, names in NAMES.items())
    return {
        word: aliases for aliases in (*coins, *ACTORS) for word in aliases if not word.isascii()
    }


@cache  # as many as there are names
def _any_of(aliases: tuple[str, ...]) -> "re.Pattern[str]":
    whole = (rf"\b{re.escape(one)}\b" if one.isascii() else re.escape(one) for one in aliases)
    return re.compile("|".join(whole), re.IGNORECASE)


def _may_be_heard(word: str) -> bool:
    """Whether a word is none of which it is known what it means."""
    return not meanings(word) and word not in ACTOR_OF


@lru_cache(maxsize=8)
def _source(text: str) -> _Source:
    return _Source(text)
