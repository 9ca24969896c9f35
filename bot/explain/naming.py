"""Whose name is in a text: the alert's own coin and pair, or another one. Pure."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from bot.explain.claims import MASK, UNITS, mask, read_claims
from bot.explain.figures import Facts
from bot.explain.vocabulary import is_form_of, is_known
from bot.korean import NAMES, quote_unit
from pipeline.model import SymbolInfo
from pipeline.venues import coin_of

COUSINS: Final = r"\s?(?:캐시|클래식|골드|다이아몬드|에스브이|이누|캣)"
"""What makes another coin of a coin's name."""

DOLLARS: Final = ("달러", "불", "USDT", "USDC", "FDUSD", "USD")
_PARTICLES: Final = "이|가|은|는|을|를|의|에|와|과|도|로|으로|만|보다|에서|처럼|까지|부터"
_END: Final = rf"(?:(?![가-힣])|(?=(?:{_PARTICLES})(?![가-힣])))"
_LATIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_HANGUL: Final = re.compile("[가-힣]+")
_HOMONYMS: Final = {name: base for base, names in NAMES.items() for name in names if is_known(name)}
"""Names that the vocabulary takes for words: 수이 is 수 with an ending, 바이낸스코인 a compound."""
_COUNT_IS: Final = re.compile("(?<=주문 )수이[며고]")
"""Their number, not the coin."""
_TETHER: Final = "USDT"
"""A coin that prices are told in: see wording.PREMIUM."""
_MARKET: Final = r"(?=\s?(?:마켓|기준|페어|시장(?!가)))"


def strange_names(text: str, facts: Facts) -> Iterator[str]:
    """Other coins, other pairs, and Latin words that are nobody's name.

    Most Korean names of other coins are simply not in the vocabulary.
    """
    bare = without_names(text, facts)
    for word in _HANGUL.findall(_COUNT_IS.sub("", bare)):
        for name, base in _HOMONYMS.items():
            if base not in (facts.pair.base, _TETHER) and is_form_of(word, name):
                yield f"{word} is another coin"
    if _LATIN.search(bare):  # few texts have any left, and reading their numbers takes a while
        for word in _LATIN.findall(_without_units(bare, facts)):
            yield f"{word} is not in the facts"
    for name in facts.names:
        if name not in text:  # as most are not, and compiling to look costs more
            continue
        market = "" if name == coin_of(facts.pair.symbol) else "|마켓"
        if re.search(rf"{re.escape(name)}\s?(?:기준{market})", text):
            yield f"{name} is not what its price is in"
        found = re.search(re.escape(name) + COUSINS, text)
        if found and found[0].replace(" ", "") not in facts.names:
            yield f"{found[0]} is another coin"


def without_names(text: str, facts: Facts) -> str:
    """The text with every name of the alert's own coin, pair and market masked."""
    return without_market(without_coin(text, facts), facts)


def without_coin(text: str, facts: Facts) -> str:
    """The text with every name of the alert's own coin and pair masked."""
    return _masked(text, _own_names(facts.pair))


def without_market(text: str, facts: Facts) -> str:
    """The text with the quote asset masked where it names a market: "테더 기준"."""
    return _masked(text, _market_names(facts.pair.quote))


def _masked(text: str, names: "list[re.Pattern[str]]") -> str:
    for name in names:
        text = name.sub(lambda found: MASK * len(found[0]), text)
    return text


@lru_cache(maxsize=256)
def _own_names(pair: SymbolInfo) -> list["re.Pattern[str]"]:
    """How the pair and its coin are written, in the order to look for them."""
    quote = re.escape(pair.quote) or "(?!)"
    base = re.escape(pair.base)
    own = [
        rf"(?<![A-Za-z0-9]){re.escape(coin_of(pair.symbol))}(?![A-Za-z0-9])",
        rf"(?<![A-Za-z0-9]){base}\s?[/-]\s?{quote}(?![A-Za-z0-9])",
        rf"(?<![A-Za-z0-9]){base}(?![A-Za-z0-9])",
    ]
    # Only where the name ends: 비트코인캐시 is not 비트코인.
    own += [
        rf"(?<![가-힣]){re.escape(name)}(?:{_END}|(?=[ (§]))"
        for name in sorted(NAMES.get(pair.base, ()), key=len, reverse=True)
    ]
    return [re.compile(pattern) for pattern in own]


@lru_cache(maxsize=256)
def _market_names(quote: str) -> list["re.Pattern[str]"]:
    """How the quote asset is written where it names a market."""
    if not quote:
        return []
    names = [rf"(?<![A-Za-z0-9]){re.escape(quote)}", *NAMES.get(quote, ())]
    return [re.compile(name + _MARKET) for name in names]


def units_of(facts: Facts) -> dict[str, str]:
    """Spellings of units, those of the alert's pair included."""
    pair = facts.pair
    units = units_in(pair.quote) if pair.quote else dict(UNITS)
    units |= {pair.base: "coin", "개": "coin", **dict.fromkeys(NAMES.get(pair.base, ()), "coin")}
    return units


def units_in(quote: str) -> dict[str, str]:
    """Spellings of units, those of the quote currency included."""
    spellings = DOLLARS if quote_unit(quote) == "달러" else (quote, *NAMES.get(quote, ()))
    return {**UNITS, **dict.fromkeys(spellings, "money")}


def _without_units(text: str, facts: Facts) -> str:
    for claim in read_claims(text, units_of(facts)):
        text = mask(text, claim.start, claim.end)
    return re.sub(r"KST", MASK * 3, text)
