"""Whether figures and deeds in an answer belong to whom they belong to in the news text. Pure.

A text tells of several coins and companies; an answer that swaps their figures has no invented
number in it. So what an answer says of a name must stand in a sentence of the text that has it.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple

from bot.explain.claims import Claim
from bot.explain.news_words import ACTORS, ENGLISH_COINS, PLACES, STOCK, TERMS
from bot.korean import NAMES

Sort = Literal["asset", "actor"]

_PARTICLE: Final = r"(?=[은는이가을를의에도와과로만 ,.·()\"'’”]|$)"
_SENTENCE: Final = re.compile(
    r"(?<=[a-z가-힣0-9%)\]}\"'’”][.!?])\s+|\n+|,\s(?:while|whereas)\s", re.IGNORECASE
)
_TICKER: Final = re.compile(r"\(([A-Z][A-Z0-9]{1,7})\)")
"""How texts name coins that we may not know."""
_EACH: Final = re.compile(r"각각|\brespectively\b", re.IGNORECASE)


class Entity(NamedTuple):
    """A coin, a share or a company, where the text names it."""

    start: int
    end: int
    sort: Sort
    name: str


class Named:
    """A text with its sentences and whom they name; each is read once."""

    def __init__(self, text: str) -> None:
        self.text = text
        breaks = list(_SENTENCE.finditer(text))
        self._starts = [0, *(found.end() for found in breaks)]
        self._ends = [*(found.start() for found in breaks), len(text)]
        self._entities: list[list[Entity]] = [[] for _ in self._starts]
        for one in _entities(text):
            self._entities[self.place(one.start)].append(one)
        spans = zip(self._starts, self._ends, strict=True)
        self._each = [bool(_EACH.search(text, start, end)) for start, end in spans]
        self._terms: dict[int, frozenset[str]] = {}
        self._around: list[frozenset[str]] = []
        self._last: list[str] = []  # the company that was named last before the sentence
        last = ""
        for number, here in enumerate(self._entities):
            actors = [one.name for one in here if one.sort == "actor"]
            known = self.names(number)
            before = self._entities[number - 1] if number else []
            known |= {o.name for o in before if o.sort not in {one.sort for one in here}}
            self._around.append(known if actors or not last else known | {last})
            self._last.append(last)
            last = actors[-1] if actors else last

    def __len__(self) -> int:
        """How many sentences there are."""
        return len(self._starts)

    def place(self, at: int) -> int:
        """The number of the sentence there."""
        return bisect_right(self._starts, at) - 1

    def names(self, sentence: int) -> frozenset[str]:
        """Whom a sentence names."""
        return frozenset(one.name for one in self._entities[sentence])

    def around(self, sentence: int) -> frozenset[str]:
        """Whom it names or may mean: those of the sentence before, and without a company of its own
        the last one before that ("the exchange")."""
        return self._around[sentence]

    def terms(self, sentence: int) -> frozenset[str]:
        """What it says happened, in words of news_words."""
        if sentence not in self._terms:
            start, end = self._starts[sentence], self._ends[sentence]
            self._terms[sentence] = frozenset(
                name for name, pattern in TERMS.items() if pattern.search(self.text, start, end)
            )
        return self._terms[sentence]

    def within(self, start: int, end: int) -> frozenset[str]:
        """The coins named there."""
        here = self._entities[self.place(start)]
        return frozenset(o.name for o in here if o.sort == "asset" and start <= o.start < end)

    def owners(self, at: int, sort: Sort) -> frozenset[str]:
        """Whose a figure there is: of the name before it in its sentence, else of the one behind;
        of all of them where each has one. In a sentence without names, of the company that was
        named last before ("the exchange"), nobody's if there was none."""
        number = self.place(at)
        here = [one for one in self._entities[number] if one.sort == sort]
        if self._each[number]:
            return frozenset(one.name for one in here)
        if sort == "actor" and not here and self._last[number]:
            return frozenset((self._last[number],))
        before = [one for one in here if one.start <= at]
        return frozenset([before[-1].name] if before else [one.name for one in here[:1]])


def misplaced(
    text: Named, source: Named, pairs: Sequence[tuple[Claim, Sequence[Claim]]]
) -> Iterator[str]:
    """Objections; ``pairs`` are the answer's figures, each with the source's that state it."""
    for claim, stated in pairs:
        for sort in ("asset", "actor"):
            mine = text.owners(claim.start, sort)
            if mine and sort == "asset":  # "트론에서 10억 USDT": also of what it is counted in
                mine |= text.within(claim.start, claim.end)
            theirs = [source.owners(one.start, sort) for one in stated]
            if mine and theirs and not any(not its or its & mine for its in theirs):
                yield "a figure of another name"
        said = text.terms(text.place(claim.start)) - _LOOSE
        if stated and not any(said <= source.terms(source.place(one.start)) for one in stated):
            yield "a figure of another deed"
    for number in range(len(text)):
        names = text.names(number) - PLACES
        for term in text.terms(number) - _LOOSE:
            told = [n for n in range(len(source)) if term in source.terms(n)]
            around = [source.around(n) for n in told]
            if names and told and not any(names <= known for known in around):
                yield "a deed of another name"


_LOOSE: Final = frozenset({"invest", "etf"})
"""Words that stand in a sentence as part of a name as often as for a deed."""


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple["re.Pattern[str]", Sort, Mapping[str, str]], ...]:
    korean = {name: base for base, names in NAMES.items() for name in names if name[0] >= "가"}
    latin = {base: base for base in NAMES if len(base) > 2}
    english = {word: base for base, word in ENGLISH_COINS.items()}
    long = sorted(korean, key=len, reverse=True)
    actors: dict[str, str] = {}
    for aliases in ACTORS:
        for word in aliases:
            actors.setdefault(word, aliases[0])
    hangul = sorted((w for w in actors if not w.isascii()), key=len, reverse=True)
    ascii_actors = sorted((w for w in actors if w.isascii()), key=len, reverse=True)
    return (
        (re.compile(rf"(?<![가-힣A-Za-z])(?:{'|'.join(long)}){_PARTICLE}"), "asset", korean),
        (re.compile(rf"(?<![A-Za-z])(?:{'|'.join(latin)})(?![A-Za-z])"), "asset", latin),
        (
            re.compile(
                rf"(?<![A-Za-z])(?:{'|'.join(english.keys() | {'ethereum'})})(?![A-Za-z])",
                re.IGNORECASE,
            ),
            "asset",
            {**english, "ethereum": "ETH"},
        ),
        (re.compile(rf"(?<![가-힣A-Za-z])(?:{'|'.join(hangul)})"), "actor", actors),
        (
            re.compile(rf"(?<![A-Za-z])(?:{'|'.join(ascii_actors)})(?![A-Za-z])", re.IGNORECASE),
            "actor",
            actors,
        ),
    )


def _entities(text: str) -> list[Entity]:
    found = [Entity(m.start(), m.end(), "asset", "a share") for m in STOCK.finditer(text)]
    found += [
        Entity(m.start(), m.end(), "asset", m[1])
        for m in _TICKER.finditer(text)
        if m[1] not in NAMES
    ]
    for pattern, sort, names in _patterns():
        for match in pattern.finditer(text):
            word = match[0]
            name = names.get(word) or names.get(word.casefold()) or names.get(word.upper(), word)
            if sort == "actor" and word[0].islower():  # "us", "strategy": no names
                continue
            found.append(Entity(match.start(), match.end(), sort, name))
    return sorted(found)
