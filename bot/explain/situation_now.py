"""Whether a comment on a situation says only what was measured.

Strict on purpose, as for alerts: the plain sentence stays where a text is refused. A sentence is
either about the market as measured here, or about the alert itself, which is grounding.py's. Pure.
"""

import re
from typing import Final

from bot.explain.facts import facts_of
from bot.explain.grounding import verify_facts
from bot.explain.naming import units_in
from bot.explain.shape import plain_dashes, sentences, wrong_shape
from bot.explain.signs import COIN, Sign, counted, read_signs, row, same
from bot.explain.situation_words import LEXICON
from bot.explain.statements import Grammar, Statement
from bot.situation import Change, Situation, When, level

DAY_S: Final = 86_400
HOUR_S: Final = 3_600
STILL_PCT: Final = 0.05
"""A smaller change may be called none."""

_UNKNOWN: Final = re.compile(r"(?:그 |움직임의 |이 )?배경은 (?:확인되지|알려지지) 않았습니다\.?")


def objections(text: str, situation: Situation) -> list[str]:
    """Objections to the text as a comment on the situation; none means that it may be shown.

    Every price, change, period and comparison has to be measured and to have its direction; what
    is said of the alert has to be among its facts. Causes, advice and forecasts are refused.
    """
    if wrong := wrong_shape(text):
        return wrong
    rest, told, found = [], 0, []
    for sentence in sentences(plain_dashes(text)):
        if _UNKNOWN.fullmatch(sentence.strip()):
            rest.append(sentence.strip())
            continue
        wrong = _objections(sentence, situation)
        if not wrong:
            told += 1
        elif situation.alert is None:
            found += wrong
        else:
            rest.append(sentence.strip())
    if situation.alert is not None:
        about = [sentence for sentence in rest if not _UNKNOWN.fullmatch(sentence)]
        if about:
            joined = ". ".join(one.rstrip(".") for one in rest) + "."
            found += verify_facts(joined, facts_of(situation.alert, situation.info, fresh=False))
    if not told and not found:
        found.append("nothing about what was measured around it")
    return found


def _objections(sentence: str, situation: Situation) -> list[str]:
    signs, unread = read_signs(sentence, LEXICON, [situation.info], units_in(situation.info.quote))
    if unread:
        return unread
    settled: list[Sign] = []
    for sign in signs:
        again = settled and sign.kind == settled[-1].kind == "U"  # "평소(24시간 평균)"
        if sign.kind not in (COIN, "(", ")") and not again:
            settled.append(sign)
    if not re.search("[PSVAudz]", row(settled)):
        return ["a sentence about nothing that was measured"]
    return list(_GRAMMAR.objections(_Sentence(situation), settled))


class _Sentence:
    """What one sentence has said so far; ``topic`` is what a figure without a name belongs to."""

    def __init__(self, situation: Situation) -> None:
        self.apart = ""
        self._situation = situation
        self._topic = ""

    def moved(self, said: Statement) -> str:
        """ "알림 이후 5분 동안 0.42% 상승", with the period before the figure."""
        changes = self._meant(said)
        if not changes:
            return f"no change of this time was measured: {said}"
        [change] = changes[:1]
        figures, letters = said.of("p"), said.letters
        if figures and not same(figures[0].claim, change.pct):
            return f"{figures[0].text} is not the change"
        if "z" in letters:
            return self._turn("price") if abs(change.pct) < STILL_PCT else "the price did move"
        if figures and _signed(figures[0]) not in ("", "+" if change.pct > 0 else "-"):
            return f"{figures[0].text} has the wrong sign"
        up = "u" in letters
        if up == ("d" in letters) or (change.pct > 0) != up or not change.pct:
            return f"the price went the other way: {said}"
        return self._turn("price")

    def price(self, said: Statement) -> str:
        """ "지금 가격은 104,402달러", "알림 때 가격은 104,100달러"."""
        [sign] = said.of("m")
        then = "A" in said.letters
        fact = self._situation.then if then else self._situation.price
        if fact is None or not same(sign.claim, fact):
            return f"{sign.text} is not the price"
        return self._turn("price")

    def turnover(self, said: Statement) -> str:
        """ "최근 1시간 거래대금은 1,230만 달러"; with "평소" the average hour's."""
        usual = "U" in said.letters
        fact = self._situation.usual_turnover if usual else self._situation.turnover
        for sign in said.of("t"):
            if sign.seconds != HOUR_S:
                return f"{sign.text} is not the time of the turnover"
        for sign in said.of("m"):
            if fact is None or not same(sign.claim, fact):
                return f"{sign.text} is not the turnover"
        return self._turn("turnover")

    def spread(self, said: Statement) -> str:
        """ "스프레드는 0.5bp"; with "평소" the usual one."""
        usual = "U" in said.letters
        fact = self._situation.usual_bp if usual else self._situation.spread_bp
        for sign in said.of("n"):
            if fact is None or not same(sign.claim, fact):
                return f"{sign.text} is not the spread"
        return self._turn("spread")

    def compared(self, said: Statement) -> str:
        """ "평소의 2배로 많", "평소와 비슷", of what was named last."""
        situation = self._situation
        ratios = {"turnover": situation.turnover_times, "spread": situation.spread_times}
        ratio = ratios.get(self._topic)
        if ratio is None:
            return f"compared with what is not known: {said}"
        usual = {"turnover": ("m", situation.usual_turnover), "spread": ("n", situation.usual_bp)}
        kind, fact = usual[self._topic]
        for sign in said.of("xmn"):
            right = ratio if sign.kind == "x" else fact if sign.kind == kind else None
            if right is None or not same(sign.claim, right):
                return f"{sign.text} is not the multiple or what is usual"
        more, less = (">", "<") if self._topic == "turnover" else ("W", "R")
        words = said.of("><WR=")
        truth = {"more": more, "less": less, "usual": "="}[level(ratio)]
        for sign in words:
            # With the multiple beside it, less than a whole step will do.
            told = "x" in said.letters
            exact = more if ratio > 1 else less
            if sign.kind != truth and not (told and sign.kind == exact):
                return f"compared wrongly: {said}"
        if not words and "x" not in said.letters and truth != "=":
            return f"compared wrongly: {said}"
        return self._turn(self._topic)

    def alerts(self, said: Statement) -> str:
        """ "최근 24시간 알림은 3건"."""
        [sign] = said.of("k")
        if any(one.seconds != DAY_S for one in said.of("t")):
            return "alerts were counted over 24 hours"
        count = self._situation.alerts
        if count is None or not counted(sign.claim, count):
            return f"{sign.text} is not the number of alerts"
        return self._turn("alerts")

    def _meant(self, said: Statement) -> list[Change]:
        """The change of the period that is named."""
        letters = said.letters
        seconds = [sign.seconds for sign in said.of("t")]
        when: When = "past"
        if "b" in letters:
            when = "before"
        elif "f" in letters or "A" in letters:
            when = "after" if seconds else "since"
        found = self._situation.of(when)
        if when == "since":
            return found
        return [change for change in found if seconds == [change.seconds]]

    def _turn(self, topic: str) -> str:
        """Go on: one thing must not sound like the consequence of another."""
        before, self._topic = self._topic, topic
        apart, self.apart = self.apart, ""
        if before and apart in (";", "∵"):
            return "a consequence"
        return ""


def _signed(sign: Sign) -> str:
    return sign.claim.sign if sign.claim else ""


_WHEN: Final = "(?:A?bN?t|A?tb|A?ft|A?tf|A?fN?|AP?T|A?N?f|t)"

_GRAMMAR: Final = Grammar[_Sentence](
    (r"t?A?(?:t)?k", _Sentence.alerts),
    (rf"P?{_WHEN}N?P?(?:p[ud]|p?z|[ud]p|[ud](?!p))", _Sentence.moved),
    (r"AP?m(?!T)", _Sentence.price),
    (r"(?:NP?|PN?)m", _Sentence.price),
    (r"t?VUt?m|Ut?Vm|t?Vt?m|t?Vt?(?=[U])", _Sentence.turnover),
    (r"USn|SUn|Sn|S(?=U)", _Sentence.spread),
    (r"Ut?[mn]?T?x?(?:[><WR=])|Ut?[mn]?x", _Sentence.compared),
)
"""See LEXICON for the letters."""
