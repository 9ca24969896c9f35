"""Whether each number of a sentence is a measured one, told of the thing that it was measured of.

Pure. See grounding.py; what the words around a number name is found in concepts.py.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from bot.explain import wording
from bot.explain.claims import MASK, Claim
from bot.explain.concepts import EACH, MEASURES, governing
from bot.explain.figures import BY_USUAL, HERE, MOVED, PRICED, Facts, Figure, compiled, concepts
from bot.explain.signs import same
from pipeline.venues import DOLLARS

_PRICED: Final = re.compile(PRICED)
_MOVED: Final = re.compile(rf"\s?(?:{MOVED})")
_AS_LEVEL: Final = re.compile(r"(?:로|으로|까지|의|인|이|에)")
_AMOUNT: Final = frozenset({"amount"})
_DEALT: Final = re.compile(r"[가를이을] ?(?:시장가로 |한꺼번에 )?(?:매[수도]|사들|팔)")
_APART: Final = re.compile("(?:만큼|정도) (?:떨어져|벌어져) 있")
_OF_MONEY: Final = re.compile(r"(?:의|어치)? ?(?:시장가 )?매[수도][는가] ")
"""Behind an amount: a multiple that follows is of that, not of the number of orders."""


def wrong_numbers(sentence: str, coinless: str, claims: list[Claim], facts: Facts) -> Iterator[str]:
    """What is wrong with the numbers of a sentence; ``coinless`` is the sentence with numbers and
    the coin's names masked."""
    said: frozenset[str] = frozenset()  # what the number before is of
    before = ""  # and the words before that
    for index, claim in enumerate(claims):
        # A length of time belongs to the words: "평소 5분 변동 0.31%".
        left_end = max((c.end for c in claims[:index] if c.unit != "초"), default=0)
        right_end = min((c.start for c in claims[index + 1 :] if c.unit != "초"), default=None)
        left, right = coinless[left_end : claim.start], coinless[claim.end : right_end]
        later = wording.LATER.match(sentence, claim.end)
        if later and claim.unit == "초" and facts.kind != "funding":
            yield f"{sentence[claim.start : later.end()]} is another time"
        if (
            claim.unit == "초"
            and facts.kind == "large_trade"
            and not (index + 1 < len(claims) and claims[index + 1].unit == "%")
            and not _PRICED.search(left + right)
        ):
            yield f"{sentence[claim.start : claim.end]} is no time that the trade took"
        if wording.NEXT.fullmatch(left) and EACH.search(before):
            left = before + MASK
        told = governing(claim.unit, left, right)
        if wording.OF_LAST.match(left):
            told |= said & MEASURES
            left = before + left
        about: frozenset[str] = frozenset()
        if claim.unit == "배" and told <= {"usual"}:
            # A multiple of nothing named is of what was told before it, or is told next.
            amount = any(one.unit == "money" for one in claims[index + 1 : index + 2])
            about = (_AMOUNT if amount else about) if wording.OF_NEXT.match(right) else said
            if "distance" in about and wording.SIZED.match(right):
                about = _AMOUNT
        if claim.unit == "money" and _DEALT.match(right) and facts.pair.quote not in DOLLARS:
            yield f"{sentence[claim.start : claim.end]} is what was paid, not what was traded"
        if claim.unit == "배" and index and _OF_MONEY.match(left):
            about = _AMOUNT if claims[index - 1].unit in ("money", "coin") else about
        meant = [
            figure
            for figure in facts.figures
            if figure.unit == claim.unit
            and told <= concepts(figure.of)
            and _agrees(claim, figure)
            and not (about and about.isdisjoint(concepts(figure.of)))
            and _means(claim, figure, left, right)
        ]
        if claim.unit != "초":
            before = left
            said = frozenset().union(*(concepts(figure.of) for figure in meant))
        if not meant:
            told_of = f" of {', '.join(sorted(told))}" if told else ""
            yield f"{sentence[claim.start : claim.end]} is not in the facts{told_of}"
        elif not _right_sign(claim, left, right, facts, meant):
            yield f"{claim.sign}{claim.value} has the wrong sign"


def _agrees(claim: Claim, figure: Figure) -> bool:
    """Whether the number is the figure's, or a correct rounding of it."""
    if figure.least:
        return same(claim, figure.value, at_least=True)
    if claim.mode == "at least" and figure.near == BY_USUAL:  # "평소 0.42%를 넘는": not the usual
        claim = msgspec.structs.replace(claim, strict=False)
    return claim.agrees(figure.value)


def _means(claim: Claim, figure: Figure, left: str, right: str) -> bool:
    """Whether the words around the claim are right for the figure."""
    if figure.near and not compiled(figure.near).search(left + HERE + right):
        return False
    if wording.MOST.search(left) and not wording.MOST.search(figure.near):
        return False
    multiple = figure.unit == "배"
    usual = "usual" in concepts(figure.of)
    if (multiple or not usual) and wording.USUAL_IS.search(left):
        return False
    if not (usual or figure.unit == "초") and wording.OF_USUAL.search(left):
        return False
    if (wording.NOT_USUAL_OF if multiple else wording.THE_THRESHOLD).search(left):
        return False
    if wording.PER_DAY.search(left) and figure.unit != "회":
        return False
    if not figure.change and claim.unit not in ("배", "초") and _difference(left, right):
        return False
    if figure.change and (wording.THAN_USUAL.search(left) or wording.FROM_IT.match(right)):
        return False
    if figure.before_not and compiled(figure.before_not).search(left):
        return False
    return not (figure.after_not and compiled(figure.after_not).match(right.lstrip()))


def _difference(left: str, right: str) -> bool:
    """Whether the number between is told as a change, or as how much more than something else."""
    if _APART.match(right):
        return False
    than = wording.THAN.search(left) and not _AS_LEVEL.match(right)
    return bool(than or _MOVED.match(right))


def _right_sign(claim: Claim, left: str, right: str, facts: Facts, meant: Sequence[Figure]) -> bool:
    """Whether it has the figure's sign, or is called by the name that goes with that; a funding
    rate below zero needs it."""
    called = wording.PREMIUM_CALLED.match(right)
    sign = claim.sign or ({"김프": "+", "역프": "-"}[called[1]] if called else "")
    if not sign and facts.kind in wording.PREMIUMS and not wording.COMPARES.search(left):
        higher = claim.unit == "%" and wording.HIGHER.match(right)
        sign = ("+" if higher[1] else "-") if higher else ""
    if not sign:
        return _sign_understood(left, right, facts, meant)
    signed = [
        f for f in facts.figures if f.signed and f.unit == claim.unit and claim.agrees(f.value)
    ]
    return any((f.value > 0) == (sign == "+") for f in signed)


def _sign_understood(left: str, right: str, facts: Facts, meant: Sequence[Figure]) -> bool:
    """Whether a number without a sign, called by no name, is not taken for one of the other."""
    if not all(figure.signed for figure in meant):
        return True
    below = all(figure.value < 0 for figure in meant)
    if facts.kind == "funding":
        return not below or any(found[1] for found in wording.SIGN.finditer(left + right))
    if facts.kind in wording.PREMIUMS and meant[0].unit == "%":
        main = next(figure.value for figure in facts.figures if figure.signed)
        if below != (main < 0):  # what the whole is called by is the other one
            return bool(wording.SIGN_NAMED.search(right))
    return True
