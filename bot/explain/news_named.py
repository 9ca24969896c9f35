"""Whom a news text names, and in which of its sentences: coins, shares and companies. Pure."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final, Literal, NamedTuple

from bot.explain.news_words import ACTOR_OF, COIN_OF, STOCK, TERMS
from bot.explain.transliteration import heard, sounds_like
from bot.korean import NAMES

Sort = Literal["asset", "actor"]

COMPANY_COINS: Final = frozenset({"XRP"})
"""Coins named as their companies are: Ripple."""

_PARTICLE: Final = r"(?=[은는이가을를의에도와과로만 ,.·()\"'’”]|$)"
_SENTENCE: Final = re.compile(
    r"(?<=[a-z가-힣0-9%)\]}\"'’”][.!?])(?<!\bU\.[SKN]\.)(?<!\bInc\.)(?<!\bCorp\.)(?<!\bLtd\.)(?<!\bCo\.)"
    r"\s+|\n+|,\s(?:while|whereas)\s",
    re.IGNORECASE,
)
_TICKER: Final = re.compile(r"\(([A-Z][A-Z0-9]{1,7})\)")
"""How texts name coins that we may not know."""
_GOES_ON: Final = re.compile(r"\.[a-z]")  # "Pump.fun"
_SUBJECT: Final = re.compile(
    r"(?<![가-힣])(?!회사|거래소|업체|재단|이[는들]|해당|상품|기업|당국|그[는가]|법안|주가|가격)"
    r"[가-힣]{2,}[은는이가](?= )"
)
"""Who a sentence is about, unless that is how it speaks of the one before."""
_EACH: Final = re.compile(r"각각|\brespectively\b", re.IGNORECASE)
_TOLD_OF: Final = re.compile(
    r"(?:\([A-Z]+\))?(?:[은는이가을를](?= )|\s?(?:가격|시세)(?![가-힣]*에))"
)
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
        self._deeds: dict[int, frozenset[str]] = {}
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

    # --- sentences, by their numbers -----------------------------------------------------------

    def __len__(self) -> int:
        """How many there are."""
        return len(self._starts)

    def place(self, at: int) -> int:
        """The number of the one there."""
        return bisect_right(self._starts, at) - 1

    def sentence(self, number: int) -> str:
        """The text of one."""
        return self.text[self._starts[number] : self._ends[number]]

    def passage(self, number: int) -> str:
        """The text of one, with the one before it unless it has a Korean subject of its own."""
        first = number if _SUBJECT.search(self.sentence(number)) else max(0, number - 1)
        return self.text[self._starts[first] : self._ends[number]]

    def deeds(self, number: int) -> frozenset[str]:
        """What it says happened, by its name among news_words.TERMS."""
        if number not in self._deeds:
            start, end = self._starts[number], self._ends[number]
            self._deeds[number] = frozenset(
                name for name, pattern in TERMS.items() if pattern.search(self.text, start, end)
            )
        return self._deeds[number]

    # --- whom a sentence names -----------------------------------------------------------------

    def entities(self, number: int) -> Sequence[Entity]:
        """Whom it names, where it does."""
        return self._entities[number]

    def everyone(self) -> Iterator[Entity]:
        """Whom the whole text names."""
        return chain.from_iterable(self._entities)

    def names(self, number: int) -> frozenset[str]:
        """Whom it names."""
        return frozenset(one.name for one in self._entities[number])

    def around(self, number: int) -> frozenset[str]:
        """Whom it names or may mean: those of the sentence before, and without a company of its own
        the last one before that ("the exchange")."""
        return self._around[number]

    def not_describing(self, number: int) -> frozenset[str]:
        """Those that it does not only describe others by."""
        return frozenset(one.name for one in self._entities[number] if not one.of)

    def coins_told_of(self, number: int) -> frozenset[str]:
        """The coins among those that are its subject or object, in Korean."""
        here = (one for one in self._entities[number] if one.sort == "asset" and not one.of)
        return frozenset(one.name for one in here if self.is_told_of(one))

    def is_told_of(self, one: Entity) -> bool:
        """Whether it is the subject or object of its sentence, in Korean."""
        return bool(_TOLD_OF.match(self.text, one.end))

    # --- whose something is, by where it stands in the text ------------------------------------

    def coin_of(self, at: int) -> Entity | None:
        """The coin that a figure there is of: the one before it in its sentence, else the first."""
        here = [one for one in self._entities[self.place(at)] if one.sort == "asset"]
        before = [one for one in here if one.start <= at]
        return before[-1] if before else here[0] if here else None

    def coins_within(self, start: int, end: int) -> frozenset[str]:
        """The coins named there."""
        here = self._entities[self.place(start)]
        return frozenset(o.name for o in here if o.sort == "asset" and start <= o.start < end)

    def companies_by_coin(self, at: int) -> frozenset[str]:
        """The companies that the sentence there names by their coins: Ripple."""
        here = self._entities[self.place(at)]
        return frozenset(one.name for one in here if one.name in COMPANY_COINS)

    def companies(self, at: int) -> frozenset[str]:
        """Those that it names otherwise."""
        here = self._entities[self.place(at)]
        return frozenset(one.name for one in here if one.sort == "actor")

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


@lru_cache(maxsize=8)
def named(text: str) -> Named:
    """A text that is held against several answers, read once for all."""
    return Named(text)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple["re.Pattern[str]", Sort, Mapping[str, str]], ...]:
    """What finds names in a text, each with whom the words that it finds name."""
    korean = {name: base for base, names in NAMES.items() for name in names if name[0] >= "가"}
    latin = {base: base for base in NAMES if len(base) > 2}
    latin |= {
        base.title(): base
        for base, names in NAMES.items()
        if base.isalpha() and len(base) > 3 and any(sounds_like(n, base.title()) for n in names)
    }
    hangul_actors = [word for word in ACTOR_OF if not word.isascii()]
    latin_actors = [word for word in ACTOR_OF if word.isascii()]
    return (
        # "18톤" are no TON.
        (
            re.compile(rf"(?<![가-힣A-Za-z\d])(?<!\d )(?:{_longest(korean)}){_PARTICLE}"),
            "asset",
            korean,
        ),
        (re.compile(rf"(?<![A-Za-z])(?:{'|'.join(latin)})(?![A-Za-z]|\.[a-z])"), "asset", latin),
        # "bitcoin cash" before "bitcoin".
        (
            re.compile(rf"(?<![A-Za-z])(?:{_longest(COIN_OF)})(?![A-Za-z])", re.IGNORECASE),
            "asset",
            COIN_OF,
        ),
        (re.compile(rf"(?<![가-힣A-Za-z])(?:{_longest(hangul_actors)})"), "actor", ACTOR_OF),
        (
            re.compile(rf"(?<![A-Za-z])(?:{_longest(latin_actors)})(?![A-Za-z])", re.IGNORECASE),
            "actor",
            ACTOR_OF,
        ),
    )


def _longest(words: Iterable[str]) -> str:
    """Any of the words, the longest that fits."""
    return "|".join(sorted(words, key=len, reverse=True))


def _entities(text: str) -> list[Entity]:
    found = [Entity(*match.span(), "asset", "a share") for match in STOCK.finditer(text)]
    found += [
        Entity(*match.span(), "asset", match[1])
        for match in _TICKER.finditer(text)
        if match[1] not in NAMES and match[1].casefold() not in ACTOR_OF
    ]
    for pattern, sort, names in _patterns():
        for match in pattern.finditer(text):
            word = match[0]
            name = names.get(word) or names.get(word.casefold()) or names.get(word.upper(), word)
            if sort == "actor" and word[0].islower():  # "us", "strategy": no names
                continue
            of = _DESCRIBES.match(text, match.end()) if sort == "asset" else None
            kind = next(filter(None, of.groups()), "") if of else ""
            found.append(Entity(*match.span(), sort, name, kind))
    spoken = [
        Entity(*span, "asset", base)
        for base in {one.name for one in found if one.sort == "asset"} & NAMES.keys()
        for name in NAMES[base]
        for span in heard(name, text)
        if not _GOES_ON.match(text, span[1])
        and all(span[0] >= one.end or span[1] <= one.start for one in found)
    ]  # "Balancer" where the text has "BAL" too
    return sorted({*found, *spoken})
