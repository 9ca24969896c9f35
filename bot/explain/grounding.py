"""Whether a text written by a model says only what was measured.

Pure. Strict on purpose: a text refused costs a plainer sentence, a wrong one costs trust. Anything
that cannot be found among the facts is an objection, not only what contradicts them. So is a number
that is right, but told of another thing than its own (see concepts.py).
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.explain import wording
from bot.explain.claims import MASK, mask, read_claims
from bot.explain.facts import facts_of
from bot.explain.figures import Facts
from bot.explain.naming import strange_names, units_of, without_coin, without_market
from bot.explain.next_said import without_next
from bot.explain.numbers_said import wrong_numbers
from bot.explain.past_said import without_past
from bot.explain.shape import plain_dashes, sentences, wrong_shape
from bot.explain.words_said import wrong_end, wrong_words
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
_TIME: Final = "\x01"
"""Stands for a time, letter by letter, until it is known that the sentence has one."""
_BEST: Final = re.compile("가장 (?:높은(?= 매수 ?호가)|낮은(?= 매도 ?호가))")
_BOTH: Final = re.compile(
    r"최우선 호가([는가]) 매수[가는]? (\d[\d,.]*(?:달러| ?[A-Z]{2,5}))(?:,|와|과|이고) "
    r"매도[가는]? (?=\d)"
)
"""Other words for the best bid and the best ask, read as those."""
_SETTLES: Final = re.compile(r"정산[^.]{0,24}$")


def verify(text: str, alert: AnyAlert, info: SymbolInfo | None) -> list[str]:
    """Objections to the text as an explanation of the alert; none means that it may be shown.

    Every number with its unit, every direction and side, and every name has to be among the facts;
    of the past one sentence may be told, and one of what to look at next (see past_said.py and
    next_said.py); advice, forecasts, causes, links and markup are refused, and so is anything but
    polite Korean of at most three lines.
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
    plain = without_next(plain, facts.following)
    yield from strange_names(plain, facts)
    yield from _content(plain, facts)


# --- what is said ------------------------------------------------------------------------------


def _content(text: str, facts: Facts) -> Iterator[str]:
    if facts.kind == "spread":
        text = _BOTH.sub(r"최우선 매수 호가\1 \2, 최우선 매도 호가\1 ", _BEST.sub("최우선", text))
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
    for found in _HALF.finditer(text):
        if not any(_right_half(found[0], at_ms) for at_ms in facts.moments):
            yield f"it was not {found[0]}"
        elif wording.LENGTH.match(text, found.end()) or wording.SINCE.match(text, found.end()):
            yield f"{found[0]} is no length of time"
    for sentence in sentences(text):
        timed = _TIME in sentence
        sentence = sentence.replace(_TIME, MASK)
        claims = read_claims(sentence, units_of(facts))
        raw = sentence
        for claim in claims:
            sentence = mask(sentence, claim.start, claim.end)
        coinless = without_coin(sentence, facts)
        yield from wrong_numbers(raw, coinless, claims, facts)
        nameless = without_market(coinless, facts)
        told = wording.EVENTS[facts.kind].search(nameless) and nameless != sentence
        pays = facts.kind == "funding" and wording.PAYS.search(nameless)
        counted = facts.kind == "liquidation" and wording.COUNTED.search(nameless)
        if not (claims or timed or told or pays or counted or wording.ANCHORS.search(nameless)):
            yield "a sentence about nothing that was measured"
        if not (claims or timed) and (wrong := wrong_end(nameless)):
            yield wrong
        yield from wrong_words(nameless, facts)


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
