"""What a statement says of coins, and whether it is true of each of them. Pure."""

import re
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from bot.explain.signs import Sign, same
from bot.explain.statements import Statement
from bot.explain.summary_facts import (
    DAY_S,
    HOUR_S,
    LITTLE_PCT,
    STILL_PCT,
    Direction,
    Facts,
    Period,
)
from bot.readings import After

When = Period | int | None
"""Since 09:00, over 24 hours, or within another length in seconds; None: it was not told."""

BOTH_WAYS: Final = "it moved both ways, or it is not said which"

_UPS: Final = "uar"
_DOWNS: Final = "dvf"
_STILL_SHOWN_PCT: Final = 0.1  # "0.05%로 보합"


class Item(msgspec.Struct):
    """One coin, its figures each with its period, where it went, and when if there is no figure."""

    coin: Sign
    figures: list[tuple[Sign, When]]
    way: Direction | Literal["both"] | None
    when: When

    @property
    def shares(self) -> bool:
        """Whether a change in percent is among the figures."""
        return any(sign.kind == "p" for sign, _ in self.figures)

    @property
    def told_when(self) -> When:
        """The period that its description is of: that of the last change, if there is one."""
        changes = [when for sign, when in self.figures if sign.kind == "p"]
        return changes[-1] if changes else self.when


def when_of(sign: Sign) -> When:
    """What a period is."""
    if sign.kind == "P":
        return "open"
    return "day" if sign.seconds == DAY_S else sign.seconds or None


def way_of(letters: str) -> Direction | Literal["both"] | None:
    """Where the letters say that something went."""
    plain = re.sub("(?<=p)>$", "u", re.sub("(?<=p)<$", "d", letters))
    up = any(letter in plain for letter in _UPS)
    down = any(letter in plain for letter in _DOWNS)
    return "both" if up and down else "up" if up else "down" if down else None


def items_of(said: Statement, named: Sequence[Sign], when: When) -> list[Item]:
    """Each coin with the figures behind its name, or before the first one; ``when`` so far.

    A period counts from where it stands on; one that comes last counts for all.
    """
    way = way_of(said.letters)
    last = _last_period(said)
    items = [Item(coin, [], way, when) for coin in named]
    order = -1
    for sign in said.signs:
        order += sign.kind == "C"
        if sign.kind in "Pt":
            when = when_of(sign)
        elif sign.kind in "pm":
            items[max(order, 0)].figures.append((sign, last or when))
    return [msgspec.structs.replace(item, when=when) for item in items]


def each_of(said: Statement, named: Sequence[Sign], when: When) -> list[Item]:
    """ "각각 1.23%, 0.45% 올랐", "각각 0.12% 상승, 0.08% 하락": none if that does not come out."""
    values = list(re.finditer("p([ud]?)", said.letters))
    periods = said.of("Pt")
    if len(values) != len(named) or len(periods) > 1:
        return []
    when = when_of(periods[0]) if periods else when
    way = way_of(said.letters)
    return [
        Item(
            coin,
            [(said.signs[value.start()], when)],
            way_of(value[1]) if way == "both" else way,
            when,
        )
        for coin, value in zip(named, values, strict=True)
    ]


def _last_period(said: Statement) -> When:
    """The statement's period where it comes last: "페페는 12.34%로 24시간 상승률 1위"."""
    periods = list(re.finditer("[Pt]", said.letters))
    if len(periods) == 1 and 0 <= said.letters.rfind("p") < periods[0].start():
        return when_of(said.signs[periods[0].start()])
    return None


def wrong_items(
    facts: Facts, items: Sequence[Item], letters: str, *, majors: bool, alerts: bool
) -> str:
    """What is wrong with a statement of these letters, "" if it is true of every coin.

    ``majors``: ranks are among the majors. ``alerts``: changes of other lengths may be alerts.
    """
    shares = [item.shares for item in items]
    if not items or (any(shares) and not all(shares)):
        return "not every coin has its figure"
    if any(item.way == "both" for item in items):
        return BOTH_WAYS
    if not any(item.figures for item in items) and not re.search("[udavz=≈]|[rf].*[*>^]", letters):
        return "nothing is said of it"
    for item in items:
        for sign, when in item.figures:
            if wrong := _figure(facts, item, sign, when, letters, alerts=alerts):
                return wrong
        if wrong := _description(facts, item, letters, majors=majors):
            return wrong
    return ""


def _figure(facts: Facts, item: Item, sign: Sign, when: When, letters: str, *, alerts: bool) -> str:
    coin, claim, way = item.coin, sign.claim, item.way
    if sign.kind == "m":
        return "" if facts.priced(coin, claim) else f"{sign.text} is not the price of {coin.coin}"
    if claim is None or when is None:
        return f"{sign.text} in no period"
    said: Direction | None = way if way in ("up", "down") else None
    if claim.sign:
        signed: Direction = "up" if claim.sign == "+" else "down"
        if said not in (None, signed):
            return f"{sign.text} has another sign"
        said = signed
    if isinstance(when, int):
        known = alerts and said is not None and facts.jumped(coin, when, claim, said)
        return "" if known else f"{sign.text} is no alert of {coin.coin}"
    changes = facts.change(coin, when)
    for change in changes:
        right = same(claim, change) and said == ("up" if change > 0 else "down")
        if "=" in letters and said is None:
            right = claim.agrees(change) and abs(change) < _STILL_SHOWN_PCT
        if not right:
            return f"{sign.text} is not what {coin.coin} did"
    return "" if changes else f"what {coin.coin} did then is not known"


def _description(facts: Facts, item: Item, letters: str, *, majors: bool) -> str:
    """Whether it went there, and whether it is first, among the first, or little, as told."""
    coin, when = item.coin, item.told_when
    way: Direction | None = item.way if item.way in ("up", "down") else None
    ranked = re.search(r"[*^+]|[rf][+-]*>", letters)
    if isinstance(when, int):  # an alert of this length, whose figure was found
        plain = item.shares and not re.search(r"[*^]|[rf]>", letters)
        return "" if plain else "no such alert"
    if way and not facts.moved(coin, when, way):
        return f"{coin.coin} did not go {way}"
    if "=" in letters and not facts.still(coin, when):
        return f"{coin.coin} did move"
    if re.search("[-≈]", letters) and not facts.little(coin, when):
        return f"{coin.coin} did not move a little"
    if not ranked:
        return ""
    if way is None:
        return BOTH_WAYS
    if "*" in letters:
        right = facts.first(coin, when, way, majors=majors)
    else:
        right = when != "open" and facts.among(coin, way)
    return "" if right else f"{coin.coin} is not among those that went {way} most"


def wrong_after(said: Statement, after: After | None) -> str:
    """What is wrong with what is said to have followed an alert, "" if nothing is.

    ``said`` names the time, and a change, a direction or both.
    """
    when = said.of("N")[0].seconds
    if after is None or after.hours * HOUR_S != when:
        return "what followed then is not known"
    letters, way = said.letters, way_of(said.letters)
    went: Direction | None = "up" if after.pct > 0 else "down" if after.pct < 0 else None
    for sign in said.of("p"):
        signed = {"+": "up", "-": "down"}.get(sign.claim.sign if sign.claim else "")
        if signed not in (None, way or signed) or not (signed or way):
            return f"{sign.text} has another sign, or none"
        if (signed or way) != went or not same(sign.claim, after.pct):
            return f"{sign.text} is not what followed"
    if way is not None and (way != went or abs(after.pct) < STILL_PCT):
        return "it went another way"
    if "=" in letters and abs(after.pct) >= STILL_PCT:
        return "it did move"
    if re.search("[-≈]", letters) and abs(after.pct) > LITTLE_PCT:
        return "it did not move a little"
    return ""
