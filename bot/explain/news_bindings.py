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
from bot.explain.transliteration import heard, sounds_like
from bot.korean import NAMES

Sort = Literal["asset", "actor"]

_PARTICLE: Final = r"(?=[은는이가을를의에도와과로만 ,.·()\"'’”]|$)"
_SENTENCE: Final = re.compile(
    r"(?<=[a-z가-힣0-9%)\]}\"'’”][.!?])(?<!\bU\.[SKN]\.)(?<!\bInc\.)(?<!\bCorp\.)(?<!\bLtd\.)(?<!\bCo\.)"
    r"\s+|\n+|,\s(?:while|whereas)\s",
    re.IGNORECASE,
)
_TICKER: Final = re.compile(r"\(([A-Z][A-Z0-9]{1,7})\)")
"""How texts name coins that we may not know."""
COMPANY_COINS: Final = frozenset({"XRP"})
"""Coins named as their companies are: Ripple."""
_SUBJECT: Final = re.compile(
    r"(?<![가-힣])(?!회사|거래소|업체|재단|이[는들]|해당|상품|기업|당국|그[는가]|법안|주가|가격)"
    r"[가-힣]{2,}[은는이가](?= )"
)
"""Who a sentence is about, unless that is how it speaks of the one before."""
_EACH: Final = re.compile(r"각각|\brespectively\b", re.IGNORECASE)


class Entity(NamedTuple):
    """A coin, a share or a company, where the text names it; ``of``: what it only describes."""

    start: int
    end: int
    sort: Sort
    name: str
    of: str = ""


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

    def sentence(self, number: int) -> str:
        """The text of a sentence."""
        return self.text[self._starts[number] : self._ends[number]]

    def told(self, number: int) -> frozenset[str]:
        """The coins that a sentence names and does not only describe others by."""
        return frozenset(one.name for one in self._entities[number] if not one.of)

    def told_of(self, number: int) -> frozenset[str]:
        """Those of them that are its subject or object, in Korean."""
        here = (one for one in self._entities[number] if one.sort == "asset" and not one.of)
        return frozenset(one.name for one in here if _TOLD_OF.match(self.text, one.end))

    def start(self, number: int) -> int:
        """Where a sentence begins."""
        return self._starts[number]

    def subjects(self, at: int) -> str:
        """The sentence there, with the one before it unless it has a Korean subject of its own."""
        number = self.place(at)
        first = number if _SUBJECT.search(self.sentence(number)) else max(0, number - 1)
        return self.text[self._starts[first] : self._ends[number]]

    def entities(self, number: int) -> Sequence[Entity]:
        """Whom a sentence names, where it does."""
        return self._entities[number]

    def company(self, at: int) -> frozenset[str]:
        """The companies that the sentence there names by their coins: Ripple, Tether."""
        here = self._entities[self.place(at)]
        return frozenset(one.name for one in here if one.name in COMPANY_COINS)

    def companies(self, at: int) -> frozenset[str]:
        """Those that it names otherwise."""
        here = self._entities[self.place(at)]
        return frozenset(one.name for one in here if one.sort == "actor")

    def owner(self, at: int) -> Entity | None:
        """The coin that a figure there is of: as in owners, one of them."""
        here = [one for one in self._entities[self.place(at)] if one.sort == "asset"]
        before = [one for one in here if one.start <= at]
        return before[-1] if before else here[0] if here else None

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
    # A coin whose name the source only sounds like has no place in it.
    everyone = {one.name for n in range(len(source)) for one in source.entities(n)}
    for claim, stated in pairs:
        for sort in ("asset", "actor"):
            mine = text.owners(claim.start, sort) & everyone
            if mine and sort == "asset":  # "트론에서 10억 USDT": also of what it is counted in
                mine |= text.within(claim.start, claim.end)
            theirs = [source.owners(one.start, sort) for one in stated]
            if sort == "actor" and mine:  # "Ripple will pay": not the agency of the sentence before
                lent = [source.company(one.start) for one in stated]
                alone = [not source.companies(one.start) for one in stated]
                theirs = [
                    coins if coins and none else its
                    for coins, none, its in zip(lent, alone, theirs, strict=True)
                ]
                mine |= text.company(claim.start)
            if mine and theirs and not any(not its or its & mine for its in theirs):
                yield "a figure of another name"
        owner = text.owner(claim.start)
        if owner and claim.unit not in _DATES and _TOLD_OF.match(text.text, owner.end):
            theirs_too = [source.owner(one.start) for one in stated]
            if stated and all(
                one is None
                and (
                    _UNNAMED.search(source.sentence(source.place(o.start)))
                    or source.companies(o.start)
                )
                for one, o in zip(theirs_too, stated, strict=True)
            ):
                yield "a figure of coins without a name"
        if owner and (claim.unit == "%" or _TOLD_OF.match(text.text, owner.end)):
            its = [one for one in map(source.owner, (o.start for o in stated)) if one]
            same = [one for one in its if one.name == owner.name]
            if same and all(bool(one.of) != bool(owner.of) for one in same):
                yield "a figure of what is only named after it"
        said = text.terms(text.place(claim.start)) - _LOOSE
        if stated and not any(said <= source.terms(source.place(one.start)) for one in stated):
            yield "a figure of another deed"
    itself = {one.name for n in range(len(source)) for one in source.entities(n) if not one.of}
    described = {one.name for n in range(len(source)) for one in source.entities(n)} - itself
    for number in range(len(text)):
        for one in text.entities(number):
            if one.name in described and not one.of and _TOLD_OF.match(text.text, one.end):
                yield "a coin for what is only named after it"
        names = (text.names(number) & everyone) - PLACES
        for term in text.terms(number) - _LOOSE:
            told = [n for n in range(len(source)) if term in source.terms(n)]
            around = [source.around(n) for n in told]
            if names and told and not any(names <= known for known in around):
                yield "a deed of another name"


_DESCRIBES: Final = re.compile(
    r"\s?(?:\([A-Z]+\)\s?)?(?:(?:현물|선물|레버리지)\s?)?"
    r"(ETF|ETP|ETN|펀드|신탁|트러스트|상품|기반|계열|공동|창업자|창립자|개발자|생태계|관련|채굴|재단|"
    r"네트워크|체인|재무|고래|보유자|투자자|선물|옵션|밈코인|테마)|"
    r"[\s-](?:(?:spot|futures?|exchange-traded|treasury|mining) )?"
    r"(ETFs?|ETPs?|ETNs?|funds?|trusts?|products?|(?:co-)?founders?|developers?|based|linked|related|"
    r"ecosystem|miners?|mining|foundation|network|chain|treasury|whales?|holders?|investors?|futures|"
    r"options)\b",
    re.IGNORECASE,
)
"""Behind a coin: what is told is told of this, and not of the coin."""
_DATES: Final = frozenset(("년", "월", "일", "시", "분기", "주", "차", "위", "개월"))
_GOES_ON: Final = re.compile(r"\.[a-z]")  # "Pump.fun"
_UNNAMED: Final = re.compile(
    r"\b(?:[Tt]he|[Tt]hese|[Tt]hose|[Ii]ts|[Aa]ll|[Bb]oth|\d+) (?:\w+ )?"
    r"(?:tokens?|coins?|assets|shares?|stocks?)\b|"
    r"(?:토큰|코인|종목|주가|주식)[들]?[은는이가]"
)
"""Who a sentence is about that names no coin."""
_TOLD_OF: Final = re.compile(
    r"(?:\([A-Z]+\))?(?:[은는이가을를](?= )|\s?(?:가격|시세)(?![가-힣]*에))"
)

_LOOSE: Final = frozenset({"invest", "bankrupt"})
"""Words that stand in a sentence as part of a name as often as for a deed."""


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple["re.Pattern[str]", Sort, Mapping[str, str]], ...]:
    korean = {name: base for base, names in NAMES.items() for name in names if name[0] >= "가"}
    latin = {base: base for base in NAMES if len(base) > 2}
    latin |= {
        base.title(): base
        for base, names in NAMES.items()
        if base.isalpha() and len(base) > 3 and any(sounds_like(n, base.title()) for n in names)
    }
    english = {word: base for base, word in ENGLISH_COINS.items()} | {"ethereum": "ETH"}
    long_english = sorted(english, key=len, reverse=True)  # "bitcoin cash" before "bitcoin"
    long = sorted(korean, key=len, reverse=True)
    actors: dict[str, str] = {}
    for aliases in ACTORS:
        for word in aliases:
            actors.setdefault(word, aliases[0])
    hangul = sorted((w for w in actors if not w.isascii()), key=len, reverse=True)
    ascii_actors = sorted((w for w in actors if w.isascii()), key=len, reverse=True)
    return (
        (
            re.compile(rf"(?<![가-힣A-Za-z\d])(?<!\d )(?:{'|'.join(long)}){_PARTICLE}"),
            "asset",
            korean,
        ),  # "18톤" are no TON
        (re.compile(rf"(?<![A-Za-z])(?:{'|'.join(latin)})(?![A-Za-z]|\.[a-z])"), "asset", latin),
        (
            re.compile(rf"(?<![A-Za-z])(?:{'|'.join(long_english)})(?![A-Za-z])", re.IGNORECASE),
            "asset",
            english,
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
        if m[1] not in NAMES and m[1].casefold() not in _patterns()[-1][2]
    ]
    for pattern, sort, names in _patterns():
        for match in pattern.finditer(text):
            word = match[0]
            name = names.get(word) or names.get(word.casefold()) or names.get(word.upper(), word)
            if sort == "actor" and word[0].islower():  # "us", "strategy": no names
                continue
            of = _DESCRIBES.match(text, match.end()) if sort == "asset" else None
            kind = next(filter(None, of.groups()), "") if of else ""
            found.append(Entity(match.start(), match.end(), sort, name, kind))
    spoken = [
        Entity(*span, "asset", base)
        for base in {one.name for one in found if one.sort == "asset"} & NAMES.keys()
        for name in NAMES[base]
        for span in heard(name, text)
        if not _GOES_ON.match(text, span[1])
        and all(span[0] >= one.end or span[1] <= one.start for one in found)
    ]  # "Balancer" where the text has "BAL" too
    return sorted({*found, *spoken})
