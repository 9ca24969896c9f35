"""Whether it is true what a statement says of the measures of the mood. Pure."""

from typing import Final

from bot.explain.signs import counted, same
from bot.explain.statements import Statement
from bot.explain.summary_facts import DAY_S, HOUR_S, Facts

HALF: Final = 50.0
MOST: Final = 200 / 3
"""Percentages from which on something is called half and most."""


def wrong_rising(facts: Facts, said: Statement) -> str:
    """How many pairs rose over 24 hours, in number or share; the total is told as such.

    ``said`` has a group "v" of the figures of those that rose.
    """
    if any(sign.kind == "P" or sign.seconds not in (0, DAY_S) for sign in said.of("Pt")):
        return "how many rose is known over 24 hours"
    mood = facts.survey.mood
    rose = said.signs_of("v")
    for at, sign in enumerate(said.signs):
        if sign.kind == "p" and not same(sign.claim, mood.rising):
            return f"{sign.text} is not the share of those that rose"
        total = said.letters[at + 1 : at + 2] == "o" or sign not in rose
        if sign.kind == "i" and not counted(sign.claim, mood.pairs if total else facts.rising):
            return f"{sign.text} is not how many there are, or rose"
    low = MOST if "M" in said.letters else HALF if set(">h") & set(said.letters) else 0.0
    high = HALF if "l" in said.letters else 100.0
    return "" if low <= mood.rising <= high else f"{mood.rising:.1f} % rose"


def wrong_share(facts: Facts, said: Statement) -> str:
    """The share of takers' buys or standing bids, or of the other side, which is the rest.

    ``said`` names the side in a group "side" or "of".
    """
    standing = bool(said.of("QD"))
    value = facts.measure("bid" if standing else "buy")
    if value is None:
        return f"not known: {said}"
    if said.of("c") if standing else not said.of("cH"):
        return f"cannot be bound: {said}"
    if any(standing or sign.seconds != HOUR_S for sign in said.of("t")):
        return "it was measured over the last hour"
    if "s" in (said.part("side"), said.part("of")):
        value = 100 - value
    if not all(same(sign.claim, value) for sign in said.of("p")):
        return f"not the share: {said}"
    if (">" in said.letters and value <= HALF) or (set("<l") & set(said.letters) and value >= HALF):
        return f"it is the other side: {said}"
    return ""
