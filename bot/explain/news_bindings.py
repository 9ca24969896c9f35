"""Whether figures and deeds in an answer belong to whom they belong to in the news text. Pure.

A text tells of several coins and companies; an answer that swaps their figures has no invented
number in it. So what an answer says of a name must stand in a sentence of the text that has it.
"""

import re
from collections.abc import Iterator, Sequence, Set
from typing import Final

from bot.explain.claims import Claim
from bot.explain.news_named import Named, Sort
from bot.explain.news_words import PLACES

_DATES: Final = frozenset(("년", "월", "일", "시", "분기", "주", "차", "위", "개월"))
_UNNAMED: Final = re.compile(
    r"\b(?:[Tt]he|[Tt]hese|[Tt]hose|[Ii]ts|[Aa]ll|[Bb]oth|\d+) (?:\w+ )?"
    r"(?:tokens?|coins?|assets|shares?|stocks?)\b|"
    r"(?:토큰|코인|종목|주가|주식)[들]?[은는이가]"
)
"""Who a sentence is about that names no coin."""
_LOOSE: Final = frozenset({"invest", "bankrupt"})
"""Words that stand in a sentence as part of a name as often as for a deed."""


def misplaced(
    text: Named, source: Named, pairs: Sequence[tuple[Claim, Sequence[Claim]]]
) -> Iterator[str]:
    """Objections; ``pairs`` are the answer's figures, each with the source's that state it."""
    # A coin whose name the source only sounds like has no place in it.
    everyone = {one.name for one in source.everyone()}
    for claim, stated in pairs:
        for sort in ("asset", "actor"):
            if _of_another(text, claim, source, stated, sort, everyone):
                yield "a figure of another name"
        yield from _of_another_coin(text, claim, source, stated)
        said = text.deeds(text.place(claim.start)) - _LOOSE
        if stated and not any(said <= source.deeds(source.place(one.start)) for one in stated):
            yield "a figure of another deed"
    yield from _deeds_of_others(text, source, everyone)


def _of_another(
    text: Named,
    claim: Claim,
    source: Named,
    stated: Sequence[Claim],
    sort: Sort,
    everyone: Set[str],
) -> bool:
    """Whether the figure is none of those to whom the source gives it."""
    mine = text.owners(claim.start, sort) & everyone
    theirs = [source.owners(one.start, sort) for one in stated]
    if mine and sort == "asset":  # "트론에서 10억 USDT": also of what it is counted in
        mine |= text.coins_within(claim.start, claim.end)
    if mine and sort == "actor":  # "Ripple will pay": not the agency of the sentence before
        lent = [source.companies_by_coin(one.start) for one in stated]
        alone = [not source.companies(one.start) for one in stated]
        theirs = [
            coins if coins and none else its
            for coins, none, its in zip(lent, alone, theirs, strict=True)
        ]
        mine |= text.companies_by_coin(claim.start)
    return bool(mine and theirs) and not any(not its or its & mine for its in theirs)


def _of_another_coin(
    text: Named, claim: Claim, source: Named, stated: Sequence[Claim]
) -> Iterator[str]:
    """Objections to the coin of a figure: the source has it of coins that it does not name, or of
    what is only named after the coin."""
    coin = text.coin_of(claim.start)
    if coin is None:
        return
    theirs = [source.coin_of(one.start) for one in stated]
    if stated and claim.unit not in _DATES and text.is_told_of(coin):
        places = [source.sentence(source.place(one.start)) for one in stated]
        if all(
            other is None and (_UNNAMED.search(place) or source.companies(one.start))
            for other, place, one in zip(theirs, places, stated, strict=True)
        ):
            yield "a figure of coins without a name"
    if claim.unit == "%" or text.is_told_of(coin):
        same = [one for one in theirs if one and one.name == coin.name]
        if same and all(bool(one.of) != bool(coin.of) for one in same):
            yield "a figure of what is only named after it"


def _deeds_of_others(text: Named, source: Named, everyone: Set[str]) -> Iterator[str]:
    """Objections to what is told of others than those of whom the source tells it."""
    described = everyone - {one.name for one in source.everyone() if not one.of}
    for number in range(len(text)):
        for one in text.entities(number):
            if one.name in described and not one.of and text.is_told_of(one):
                yield "a coin for what is only named after it"
        names = (text.names(number) & everyone) - PLACES
        for deed in text.deeds(number) - _LOOSE:
            told = [n for n in range(len(source)) if deed in source.deeds(n)]
            around = [source.around(n) for n in told]
            if names and told and not any(names <= known for known in around):
                yield "a deed of another name"
