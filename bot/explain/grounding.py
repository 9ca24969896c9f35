"""Whether a text written by a model says only what was measured.

Pure. Strict on purpose: a text refused costs a plainer sentence, a wrong one costs trust. Anything
that cannot be found among the facts is an objection, not only what contradicts them. So is a number
that is right, but told of another thing than its own (see concepts.py).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from bot.explain import wording
from bot.explain.claims import MASK, Claim, mask, read_claims
from bot.explain.concepts import EACH, MEASURES, governing
from bot.explain.facts import facts_of
from bot.explain.figures import BY_USUAL, HERE, MOVED, PRICED, Facts, Figure, compiled, concepts
from bot.explain.naming import strange_names, units_of, without_coin, without_market
from bot.explain.past_said import without_past
from bot.explain.shape import plain_dashes, sentences, wrong_shape
from bot.explain.signs import same
from bot.explain.vocabulary import unknown_words
from bot.korean import POSITION_NAMES, SIDE_NAMES
from pipeline.model import AnyAlert, SymbolInfo

_KST: Final = timedelta(hours=9)
_CLOCK: Final = re.compile(
    r"(?P<half>오전|오후)?\s?(?P<h>\d{1,2})(?::|시(?!간)\s?)(?:(?P<m>\d{1,2})(?::|분(?!간)\s?|(?=[^\d시]|$))"
    r"(?:(?P<s>\d{1,2})초?)?)?(?:\s?KST)?"
)
_HALF: Final = re.compile("오전|오후")
"""By itself: with an hour behind it, it belongs to that."""
_DATE: Final = re.compile(
    r"(?:(?P<y>\d{4})년\s?)?(?P<mo>\d{1,2})월\s?(?P<d>\d{1,2})일(?:\s?\(?(?P<w>[월화수목금토일])(?:요일)?\)?)?"
)
_PRICED: Final = re.compile(PRICED)
_MOVED: Final = re.compile(rf"\s?(?:{MOVED})")
_AS_LEVEL: Final = re.compile(r"(?:로|으로|까지|의|인|이|에)")
_RISK_THAT: Final = re.compile(r"위험도?[이가은는]? ?(?:더 )?$")
_AMOUNT: Final = frozenset({"amount"})
_TIME: Final = "\x01"
"""Stands for a time, letter by letter, until it is known that the sentence has one."""
_SETTLES: Final = re.compile(r"정산[^.]{0,24}$")


def verify(text: str, alert: AnyAlert, info: SymbolInfo | None) -> list[str]:
    """Objections to the text as an explanation of the alert; none means that it may be shown.

    Every number with its unit, every direction and side, and every name has to be among the facts;
    of the past one sentence may be told (see past_said.py); advice, forecasts, causes, links and
    markup are refused, and so is anything but polite Korean of at most three lines.
    """
    return verify_facts(text, facts_of(alert, info))


def verify_facts(text: str, facts: Facts) -> list[str]:
    """``verify`` against facts that were put together before."""
    return list(objections(text, facts))


def objections(text: str, facts: Facts) -> Iterator[str]:
    """The objections of ``verify_facts``, looked for one after the other."""
    shape = wrong_shape(text)
    if shape:
        yield from shape
        return
    plain, wrong = without_past(plain_dashes(text), facts.past)
    yield from wrong
    yield from strange_names(plain, facts)
    yield from _content(plain, facts)


# --- what is said ------------------------------------------------------------------------------


def _content(text: str, facts: Facts) -> Iterator[str]:
    if not wording.EVENTS[facts.kind].search(text):
        yield "it does not say what happened"
    # Names that hold digits would be read as numbers; other names may be units ("118.2 BTC").
    for name in sorted(facts.names, key=len, reverse=True):
        if name in text and any(map(str.isdigit, name)):
            text = re.sub(
                rf"(?<![A-Za-z0-9가-힣]){re.escape(name)}(?![A-Za-z0-9])", MASK * len(name), text
            )
    for pattern, right in ((_DATE, _right_date), (_CLOCK, _right_clock)):
        for found in pattern.finditer(text):
            if pattern is _CLOCK and not found["m"] and "시" not in found[0]:
                continue
            moments: tuple[int, ...] = facts.moments
            if facts.settles_ms is not None and _SETTLES.search(text[: found.start()]):
                moments = (facts.settles_ms,)
            if not any(right(found, at_ms) for at_ms in moments):
                yield f"{found[0].strip()} is not the time"
            elif wording.LENGTH.match(text, found.end()):
                yield f"{found[0].strip()} is no length of time"
            elif wording.SINCE.match(text, found.end()) and len(set(moments)) == 1:
                yield f"{found[0].strip()} is when it ended"
            text = text[: found.start()] + _TIME * len(found[0]) + text[found.end() :]
    for half in _HALF.findall(text):
        if not any(_right_half(half, at_ms) for at_ms in facts.moments):
            yield f"it was not {half}"
    for sentence in sentences(text):
        timed = _TIME in sentence
        sentence = sentence.replace(_TIME, MASK)
        claims = read_claims(sentence, units_of(facts))
        raw = sentence
        for claim in claims:
            sentence = mask(sentence, claim.start, claim.end)
        coinless = without_coin(sentence, facts)
        yield from _numbers(raw, coinless, claims, facts)
        nameless = without_market(coinless, facts)
        told = wording.EVENTS[facts.kind].search(nameless) and nameless != sentence
        pays = facts.kind == "funding" and wording.PAYS.search(nameless)
        counted = facts.kind == "liquidation" and wording.COUNTED.search(nameless)
        if not (claims or timed or told or pays or counted or wording.ANCHORS.search(nameless)):
            yield "a sentence about nothing that was measured"
        if not (claims or timed) and (wrong := _bare(nameless)):
            yield wrong
        yield from _words(nameless, facts)


def _bare(sentence: str) -> str:
    """What is wrong with the way that a sentence without a number ends, "" for nothing."""
    end = sentence.rstrip(" .)")
    if "위험" in end:
        right = wording.RISK.search(end) or wording.RISK_FAR.search(end)
        return "" if right else "risk, but no level of it"
    if wording.HAPPENED.search(end) or wording.NEEDED_CARE.search(end):
        return ""
    found = wording.IS.search(end + " ")
    bare = found and found.end() > len(end) - 1 and wording.BARE_THING.search(found[1])
    return "" if bare else f"it does not say what happened: {end[-12:]}"


def _right_clock(found: "re.Match[str]", at_ms: int) -> bool:
    at = datetime.fromtimestamp(at_ms / 1000, UTC) + _KST
    hour = int(found["h"])
    if found["half"] and not 1 <= hour <= 12:
        return False
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] == "오후" else 0)
    parts = ((hour, at.hour), (found["m"], at.minute), (found["s"], at.second))
    return all(said is None or int(said) == true for said, true in parts)


def _right_half(half: str, at_ms: int) -> bool:
    at = datetime.fromtimestamp(at_ms / 1000, UTC) + _KST
    return (at.hour >= 12) == (half == "오후")


def _right_date(found: "re.Match[str]", at_ms: int) -> bool:
    at = datetime.fromtimestamp(at_ms / 1000, UTC) + _KST
    day = found["w"]
    parts = ((found["y"], at.year), (found["mo"], at.month), (found["d"], at.day))
    return all(said is None or int(said) == true for said, true in parts) and (
        day is None or "월화수목금토일"[at.weekday()] == day
    )


def _numbers(sentence: str, coinless: str, claims: list[Claim], facts: Facts) -> Iterator[str]:
    """``coinless`` is the sentence with numbers and the coin's names masked."""
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
    than = wording.THAN.search(left) and not _AS_LEVEL.match(right)
    return bool(than or _MOVED.match(right))


def _right_sign(claim: Claim, left: str, right: str, facts: Facts, meant: Sequence[Figure]) -> bool:
    """Whether it has the figure's sign, or is called by the name that goes with that; a funding
    rate below zero needs it."""
    called = wording.PREMIUM_CALLED.match(right)
    sign = claim.sign or ({"김프": "+", "역프": "-"}[called[1]] if called else "")
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


def _words(sentence: str, facts: Facts) -> Iterator[str]:
    """Words of one sentence, in which names and numbers are masked."""
    for word in unknown_words(sentence):
        yield f"a word that is not on the list: {word}"
    neutral = wording.NEUTRAL.sub(lambda found: MASK * len(found[0]), sentence)
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
    for thing in wording.IS.finditer(neutral):
        if not wording.THING.search(thing[1]):
            yield f"it is no such thing: {thing[0]}"
    if "위험" not in neutral and (judged := wording.JUDGED.search(neutral)):
        yield f"a judgement: {judged[0]}"
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
        if "방향" in neutral:
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
    yield from _markets(neutral, facts)
    yield from _compared(neutral, facts)
    yield from _causes(neutral, facts)
    yield from _risk(neutral, facts)
    yield from _sides(neutral, facts)
    yield from _positions(neutral, facts)
    yield from _directions(neutral, facts)
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
    if facts.kind == "spread" and wording.NARROWER.search(neutral):
        yield "the spread became wider"


def _causes(sentence: str, facts: Facts) -> Iterator[str]:
    """Nothing here knows why; only a level of risk may have a reason."""
    for found in wording.CAUSE_WORD.finditer(sentence):
        if not wording.UNKNOWN.match(sentence, found.end()):
            yield f"a cause: {found[0]}"
    if level := wording.RISK_OF_IT.search(sentence):
        yield f"a cause of the risk: {level[0]}"
    if facts.kind != "pump" and (moved_so := wording.SO_MOVED.search(sentence)):
        yield f"a cause: {moved_so[0]}"
    if facts.kind in ("large_trade", "volume_surge"):
        for found in wording.MOVED_SO.finditer(sentence):
            yield f"a cause: {found[0]}"
    risky = "위험" in sentence
    moved = wording.UP.search(sentence) or wording.DOWN.search(sentence)
    because = wording.BECAUSE.search(sentence)
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
        if (found["first"] == own) == bool(wording.TURNED.search(found[0])):
            yield f"{found[0]} where {own} pays"
    rest = wording.FROM_TO.sub(MASK, sentence)
    for found in wording.POSITION.finditer(rest):
        paid = wording.PAID.match(rest, found.end())
        if (found[0] == own) == bool(paid):
            yield f"{found[0]}{paid[0] if paid else ''} where {own} pays"


def _directions(sentence: str, facts: Facts) -> Iterator[str]:
    """Where the price went, and for a trade also that it went there before."""
    if facts.book_side is not None:
        sentence = wording.AWAY.sub(MASK, sentence)
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
