"""Whether the words of a sentence say only what was measured: sides, directions, payers, risk.

Pure. See grounding.py; sentences come here with names and numbers masked.
"""

import re
from collections.abc import Iterator
from typing import Final

from bot.explain import wording
from bot.explain.barred import barred
from bot.explain.claims import MASK
from bot.explain.concepts import governing
from bot.explain.figures import Facts
from bot.explain.vocabulary import unknown_words
from bot.korean import POSITION_NAMES, SIDE_NAMES

_RISK_THAT: Final = re.compile(r"위험도?[이가은는]? ?(?:더 )?$")


def wrong_words(sentence: str, facts: Facts) -> Iterator[str]:
    """What is wrong with the words of one sentence, in which names and numbers are masked."""
    for word in unknown_words(sentence):
        yield f"a word that is not on the list: {word}"
    neutral = wording.NEUTRAL.sub(lambda found: MASK * len(found[0]), sentence)
    if facts.kind == "pump":
        neutral = wording.SOME_OF.sub(lambda found: found[0][:-1], neutral)
    yield from _never_said(neutral, facts)
    yield from _out_of_place(neutral, facts)
    yield from _markets(neutral, facts)
    yield from _compared(neutral, facts)
    yield from _causes(neutral, facts)
    yield from _risk(neutral, facts)
    yield from _sides(neutral, facts)
    yield from _positions(neutral, facts)
    yield from _directions(neutral, facts)
    yield from _not_known(neutral, facts)
    yield from _beside(neutral, facts)
    if facts.kind == "spread" and wording.NARROWER.search(wording.APART.sub(MASK, neutral)):
        yield "the spread became wider"


def _never_said(neutral: str, facts: Facts) -> Iterator[str]:
    """Words that tell of nothing measured: somebody who acts, advice, causes, judgements."""
    for name, pattern in (
        ("a number too vague to check", wording.VAGUE),
        ("somebody who acts", wording.ACTOR),
        ("others", wording.OTHERS),
        ("nothing but", wording.ONLY),
        ("going on", wording.GOING_ON),
        ("less than usual", wording.SMALLER),
        ("a condition", wording.CONDITION),
        ("compared with what was not measured", wording.THAN_NOW),
        ("not measured here", wording.STRANGE[facts.kind]),
        ("advice", wording.NEEDED),
        ("advice", wording.ADVICE),
        ("a cause", wording.CAUSED),
    ):
        if found := pattern.search(neutral):
            yield f"{name}: {found[0].strip()}"
    yield from barred(neutral, facts.kind)
    for thing in wording.IS.finditer(neutral):
        if not wording.THING.search(thing[1]):
            yield f"it is no such thing: {thing[0]}"
    if "위험" not in neutral and (judged := wording.JUDGED.search(neutral)):
        yield f"a judgement: {judged[0]}"


def _out_of_place(neutral: str, facts: Facts) -> Iterator[str]:
    """What may be said of alerts of other kinds, or of others of this kind."""
    if facts.kind not in wording.PREMIUMS and (found := wording.PREMIUM.search(neutral)):
        yield f"of premiums: {found[0]}"
    for denied in wording.DENIAL.finditer(neutral):
        if not wording.DENIABLE.search(neutral[: denied.start()]):
            yield f"denied: {neutral[max(0, denied.start() - 8) : denied.end()]}"
    trend = wording.TREND.search(neutral)
    lasted = facts.kind == "liquidation" and wording.LASTED.search(neutral)
    if facts.book_side is None and trend and not lasted:
        yield "a trend"
    if facts.kind != "funding":
        if wording.EACH.search(neutral):
            yield "again and again"
        if turned := wording.OTHERWISE.search(neutral):
            yield f"nothing has turned: {turned[0]}"
        if wording.DIRECTION.search(neutral):
            yield "a direction of nothing that was measured"
    most = wording.MOST.search(neutral)
    if most and (MASK not in neutral[most.end() :] or not _superlative(facts)):
        yield f"a superlative: {most[0]}"
    if facts.kind != "wall_vanished" and (gone := wording.GONE.search(neutral)):
        yield f"nothing is gone: {gone[0]}"
    if facts.kind == "pump" and wording.ALL_SPLIT.search(neutral):
        yield "not all of the orders were split"
    if least := wording.LEAST.search(neutral):
        yield f"a superlative: {least[0]}"


def _not_known(neutral: str, facts: Facts) -> Iterator[str]:
    """What could be true of such an alert, but is not known of this one."""
    if wording.RECOVERED.search(neutral) and not facts.recovered:
        yield "it was not recovered"
    if wording.USUAL.search(neutral) and not facts.usual:
        yield "what is usual is not known"
    if wording.SELDOM.search(neutral) and not facts.rare:
        yield "how seldom it is, is not known"
    kept = neutral if facts.book_side is None else wording.KEPT.sub(MASK, neutral)
    if still := wording.STILL.search(kept):
        if not _still(facts):
            yield "the price did move, or that is not known"
        elif not {"price", "move"}.issuperset(governing("%", neutral[: still.start()], "")):
            yield f"{still[0]} is told of something else than the price"
        elif facts.kind == "large_trade" and not wording.BEFORE.search(neutral):
            yield f"{still[0]} came before the trade, not of it"
    unchanged = facts.kind in wording.PREMIUMS and facts.direction is None
    if unchanged and (grew := wording.GREW.search(neutral)):
        yield f"how it changed is not known: {grew[0]}"


def _causes(sentence: str, facts: Facts) -> Iterator[str]:
    """Nothing here knows why; only a level of risk may have a reason."""
    for found in wording.CAUSE_WORD.finditer(sentence):
        if not wording.UNKNOWN.match(sentence, found.end()):
            yield f"a cause: {found[0]}"
    if level := wording.RISK_OF_IT.search(wording.RISK_OF_THRESHOLD.sub(MASK, sentence)):
        yield f"a cause of the risk: {level[0]}"
    if facts.kind != "pump" and (moved_so := wording.SO_MOVED.search(sentence)):
        yield f"a cause: {moved_so[0]}"
    if facts.kind in ("large_trade", "volume_surge"):
        for found in wording.MOVED_SO.finditer(sentence):
            yield f"a cause: {found[0]}"
    risky = "위험" in sentence
    moved = wording.UP.search(sentence) or wording.DOWN.search(sentence)
    because = wording.BECAUSE.search(wording.SO_MANY.sub(MASK, sentence))
    if because and (not risky or (moved and facts.kind == "large_trade")):
        yield f"a cause: {because[0]}"
    if wording.ABLE.search(wording.RISK_ABLE.sub("", sentence) if risky else sentence):
        yield "a possibility"


def _risk(sentence: str, facts: Facts) -> Iterator[str]:
    """The level is the one that was measured; how it changed was not."""
    said = {"낮": "낮음", "작": "낮음", "보통": "보통", "높": "높음", "크": "높음"}
    for found in (*wording.RISK.finditer(sentence), *wording.RISK_FAR.finditer(sentence)):
        if said[found[1]] != facts.risk:
            yield f"risk {found[1]} where it is {facts.risk}"
    if more := wording.RISK_MORE.search(sentence):
        yield f"not a level of risk: {more[0]}"


def _superlative(facts: Facts) -> bool:
    """Whether the largest of several has been measured."""
    return any(wording.MOST.search(figure.near) for figure in facts.figures)


def _markets(sentence: str, facts: Facts) -> Iterator[str]:
    """Spot and futures are not the same market."""
    exchange = facts.pair.symbol.rpartition(":")[0]
    future = facts.kind in ("funding", "liquidation") or bool(wording.DERIVED.search(exchange))
    if future and wording.SPOT.search(sentence):
        yield "it was not on the spot market"
    if not future and wording.FUTURE.search(sentence):
        yield "it was not on a futures market"


def _compared(sentence: str, facts: Facts) -> Iterator[str]:
    """Which of two prices is the higher one: "A가 B보다 높습니다"."""
    if facts.kind in wording.PREMIUMS:
        won_is_higher = facts.kind == "kimchi"
        if found := wording.BASES_COMPARED.search(sentence):
            yield f"not compared: {found[0]}"
        higher, lower = wording.IN_WON, wording.ABROAD
        if not won_is_higher:
            higher, lower = lower, higher
    elif facts.kind == "spread":
        higher, lower = "매도", "매수"
    elif facts.kind == "funding":
        dearer = any(f.of == "index" and f.value > 0 for f in facts.figures)
        for both in wording.THAN_INDEX.finditer(sentence):
            if ((both["than"] == "지수") == bool(both["more"])) != dearer:
                yield f"compared the wrong way round: {both[0]}"
        return
    else:
        return
    for both in re.finditer(
        rf"(?:(?P<high>{higher})|{lower})(?:(?!{higher}|{lower})[^,.]){{0,24}}?"
        rf"(?:보다|에 비해|대비)[^,.]*?(?:(?P<more>{wording.DEARER})|{wording.CHEAPER})",
        sentence,
    ):
        if bool(both["more"]) == bool(both["high"]):
            yield f"compared the wrong way round: {both[0]}"


def _beside(sentence: str, facts: Facts) -> Iterator[str]:
    """On which side of another price something is."""
    if facts.kind != "large_trade" and facts.book_side is None:
        return
    above = facts.side == "buy" if facts.kind == "large_trade" else facts.book_side == "ask"
    for found in wording.BESIDE.finditer(sentence):
        if (found[1] in ("높", "위")) != above:
            yield f"on the other side: {found[0]}"


def _sides(sentence: str, facts: Facts) -> Iterator[str]:
    """Who traded: the taker's side, and only where one is known; or where orders rest."""
    rest = sentence
    resting = [found[1] for found in wording.BOOK_SIDE.finditer(sentence)]
    if facts.kind == "spread" and len(resting) > 1 and len(set(resting)) == 1:
        yield f"the same side twice: {resting[0]}"
    if facts.kind == "large_trade":
        # A market order takes what rests on the other side.
        own = {"buy": "매수", "sell": "매도"}.get(facts.side or "")
        for taken in wording.BOOK_SIDE.finditer(sentence):
            if taken[1] == own:
                yield f"{taken[0]} is not what the order took"
    if facts.kind in ("spread", "large_trade"):
        other = {"buy": "매도", "sell": "매수"}.get(facts.side or "")
        quoted = wording.QUOTED_SIDE if facts.kind == "spread" else wording.BOOK_SIDE
        rest = quoted.sub(lambda found: MASK if other in (None, found[1]) else found[0], rest)
    if facts.book_side is not None:
        own = SIDE_NAMES[facts.book_side]
        rest = wording.RESTING_SIDE.sub(lambda found: MASK if found[1] == own else found[0], rest)
        if facts.kind == "imbalance":  # the other side has less
            if any(found[1] == own for found in wording.LESS_THAN.finditer(sentence)):
                yield f"more than {own} where that is the larger side"
            rest = wording.LESS_THAN.sub(lambda found: found[0].replace(found[1], MASK), rest)
    for side, pattern in (("buy", wording.BUY), ("sell", wording.SELL)):
        found = pattern.search(rest)
        if found and side != facts.side:
            yield f"{found[0]} where the side is {facts.side or 'not known'}"


def _positions(sentence: str, facts: Facts) -> Iterator[str]:
    """Which position was closed by force, or which one pays the other."""
    own = POSITION_NAMES[facts.position] if facts.position is not None else ""
    if facts.kind != "funding":
        for found in wording.POSITION.finditer(sentence):
            if found[0] != own:
                yield f"{found[0]} where the position is {own or 'not known'}"
        return
    if wording.POSITION.search(sentence) and not wording.PAYS.search(sentence):
        yield "of positions only who pays is known"
    if not facts.turned and (turned := wording.TURNED.search(sentence)):
        yield f"who pays has not changed: {turned[0]}"
    for found in wording.FROM_TO.finditer(sentence):
        other_way = (found["first"] == own) == bool(wording.TURNED.search(found[0]))
        if other_way or found["first"] == found["last"]:
            yield f"{found[0]} where {own} pays"
    rest = wording.FROM_TO.sub(MASK, sentence)
    if facts.turned:  # "롱이 내던 펀딩비를 이제는 숏이 냅니다"
        rest = wording.PAID_BEFORE.sub(lambda f: f[0] if f[1] == own else MASK * len(f[0]), rest)
    for found in wording.POSITION.finditer(rest):
        paid = wording.PAID.match(rest, found.end())
        if (found[0] == own) == bool(paid):
            yield f"{found[0]}{paid[0] if paid else ''} where {own} pays"


def _directions(sentence: str, facts: Facts) -> Iterator[str]:
    """Where the price went, and for a trade also that it went there before."""
    if facts.book_side is not None:
        sentence = wording.AWAY.sub(MASK, sentence)
    if facts.kind == "spread":
        sentence = wording.APART.sub(MASK, sentence)
    if facts.usual and (facts.kind == "imbalance" or facts.position == "long"):
        sentence = wording.ROSE.sub(MASK, sentence)
    now = next((f.value for f in facts.figures if f.signed), 0.0)
    for found in wording.SIGN.finditer(sentence):
        if now == 0 or (now < 0) != bool(found[1]):
            yield f"{found[0]} has the wrong sign"
    for direction, pattern in (("up", wording.UP), ("down", wording.DOWN)):
        for found in pattern.finditer(sentence):
            before = sentence[: found.start()]
            if _RISK_THAT.search(before):
                yield f"how risk changed is not known: {found[0]}"
            elif direction != facts.direction:
                yield f"{found[0]} where the direction is {facts.direction or 'not known'}"
            elif facts.kind != "large_trade":
                continue
            elif not wording.BEFORE.search(sentence) or wording.CONSEQUENCE.search(before):
                yield f"{found[0]} came before the trade, not of it"


def _still(facts: Facts) -> bool:
    """Whether the price is known to have hardly moved."""
    moves = [f.value for f in facts.figures if f.signed]
    return bool(moves) and all(abs(move) < 0.05 for move in moves)


def wrong_end(sentence: str) -> str:
    """What is wrong with the way that a sentence without a number ends, "" for nothing."""
    end = sentence.rstrip(" .)")
    if "위험" in end:
        right = wording.RISK.search(end) or wording.RISK_FAR.search(end)
        return "" if right else "risk, but no level of it"
    if any(
        known.search(end) for known in (wording.HAPPENED, wording.NEEDED_CARE, wording.COUNTED_ONLY)
    ):
        return ""
    found = wording.IS.search(end + " ")
    bare = found and found.end() > len(end) - 1 and wording.BARE_THING.search(found[1])
    return "" if bare else f"it does not say what happened: {end[-12:]}"
