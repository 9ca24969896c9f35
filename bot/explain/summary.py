"""Whether a paragraph about the market says only what the survey says.

Every word that says something has to belong to a statement, and each statement has to be true of
its own subject: a coin in a period, a flow, a measure, the mood. A number that cannot be bound to
one is refused, for the plain paragraph stays then. Pure.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from bot.explain.shape import plain_dashes, sentences, wrong_shape
from bot.explain.signs import BECAUSE, COORDINATE, SEQUENT, Sign, counted, read_signs, row, same
from bot.explain.statements import LISTED, Grammar, Statement
from bot.explain.summary_coins import (
    Item,
    each_of,
    items_of,
    when_of,
    wrong_after,
    wrong_items,
)
from bot.explain.summary_facts import HOUR_S, SURVEY_UNITS, Facts, Measure, Period
from bot.explain.summary_measures import wrong_rising, wrong_share
from bot.explain.summary_words import LEXICON, pairs_of
from bot.korean import kst_time
from bot.readings import Survey

Topic = Literal["coin", "majors", "flow", "measure", "mood", "alerts"]


def objections(text: str, survey: Survey) -> list[str]:
    """Objections to the text as a summary of the survey; none means that it may be shown.

    Every number has to be that of the coin and period, or of the flow or measure, that it is said
    of; so has every direction, rank, "all" and "most". Sums, causes, advice, forecasts and coins
    that are not in the survey are refused.
    """
    if wrong := wrong_shape(text):
        return wrong
    facts, pairs = Facts(survey), pairs_of(survey)
    told = _Text()
    found: list[str] = []
    for sentence in sentences(_as_length(plain_dashes(text), facts)):
        signs, unread = read_signs(sentence, LEXICON, pairs, SURVEY_UNITS)
        settled = _settled(signs)
        if not settled:
            found.append("a sentence about nothing that was measured")
        if unread:
            return [*found, *unread]
        reader = _Sentence(facts, told, of_mood="Y" in row(settled))
        found += _GRAMMAR.objections(reader, settled)
        found += reader.left_open()
    if told.mood and not facts.supports(told.measures):
        found.append("the mood without a measured reason")
    return found


def _as_length(text: str, facts: Facts) -> str:
    """With the time since which large trades were counted as the length that it is."""
    since_ms = facts.survey.whales.since_ms
    if not since_ms:
        return text
    since = re.escape(kst_time(since_ms)).replace(r"\ KST", "(?: KST)?")
    return re.sub(rf"(?<![\d:]){since}(?:부터|\s이후)(?![가-힣])", f"최근 {facts.whales_s}초", text)


class _Text(msgspec.Struct):
    """What a text has said so far: the last coins and their period, the coin whose alert was told
    last, the measures of the mood."""

    topic: Topic | None = None
    coins: tuple[Sign, ...] = ()
    period: Period | None = None
    hours: bool = False
    mood: bool = False
    alerted: Sign | None = None
    measures: set[Measure] = msgspec.field(default_factory=set)


class _Sentence:
    """Reads one sentence, statement by statement; ``of_mood``: it names the mood somewhere."""

    def __init__(self, facts: Facts, told: _Text, *, of_mood: bool) -> None:
        self.apart = ""
        self._of_mood = of_mood
        self._facts = facts
        self._told = told
        self._topic: Topic | None = None
        self._mood_open = False
        self._of_majors = self._begins = self._alerts = False
        self._named: list[Sign] = []

    def left_open(self) -> list[str]:
        """What the sentence began and did not say."""
        wrong = ["the mood is named and not told"] if self._mood_open else []
        return [*wrong, "a cause"] if self.apart == BECAUSE else wrong

    # --- coins -----------------------------------------------------------------------------------

    def coins(self, said: Statement) -> str:
        """ "비트코인은 09시 이후 1.23%, 이더리움은 0.45% 올랐", with or without figures."""
        named = said.of("C")
        wrong = self._turn("coin", said, named)
        return wrong or self._say(said, items_of(said, named, self._told.period))

    def each(self, said: Statement) -> str:
        """ "비트코인과 이더리움은 각각 1.23%, 0.45% 올랐"."""
        named = said.of("C")
        wrong = self._turn("coin", said, named)
        return wrong or self._say(said, each_of(said, named, self._told.period))

    def same_coin(self, said: Statement) -> str:
        """ "24시간 동안에는 0.52% 내렸", of the coin named last."""
        named = self._told.coins
        if self._told.topic != "coin" or not named:
            return _unbound(said)
        if said.letters in ("=", "≈"):  # "…으로 큰 변화가 없었습니다": of all in the sentence
            named = tuple(self._named) or named
        if said.of("pm") and len(named) > 1:
            return _unbound(said)
        wrong = self._turn("coin", said, named)
        return wrong or self._say(said, items_of(said, named, self._told.period))

    def _say(self, said: Statement, items: Sequence[Item]) -> str:
        """Hold what is said against the facts, and go on from these coins and their period."""
        majors = "J" in said.letters or self._of_majors
        wrong = wrong_items(self._facts, items, said.letters, majors=majors, alerts=self._alerts)
        if wrong and self._begins and "L" in said.letters and "J" not in said.letters:
            # A new sentence on "the pair that rose most" need not be of the majors told before.
            wrong = wrong_items(self._facts, items, said.letters, majors=False, alerts=self._alerts)
        if wrong:
            return f"{wrong}: {said}"
        self._told.coins = tuple(item.coin for item in items)
        for item in items:
            if any(isinstance(when, int) for _, when in item.figures):
                self._told.alerted = item.coin
        self._named += self._told.coins
        if isinstance(when := items[-1].told_when, str):
            self._told.period = when
        return ""

    def majors(self, said: Statement) -> str:
        """ "주요 코인은 24시간 동안 모두 하락", "대부분 상승", "엇갈렸"."""
        if wrong := self._turn("majors", said, ()):
            return wrong
        period = self._told.period
        for sign in said.of("Pt"):
            if when_of(sign) not in ("open", "day"):
                return f"{sign.text} is no period that was measured"
            period = "open" if sign.kind == "P" else "day"
        periods: list[Period] = [period] if period else ["open", "day"]
        for one in periods:
            ups, known = self._facts.majors(one, "up")
            downs, _ = self._facts.majors(one, "down")
            if not known and period is None:
                continue
            went = {"u": ups, "d": downs, "a": ups, "v": downs}.get(said.letters[-1], 0)
            if "~" in said.letters:
                right = ups > 0 and downs > 0
            elif "=" in said.letters:
                right = ups == downs == 0
            elif "M" in said.letters:
                right = went * 3 > known * 2
            else:
                right = went == known
            if not right or not known:
                return f"not so: {said}"
        self._told.period, self._told.coins = period, ()
        return ""

    # --- how many rose, and the other measures ---------------------------------------------------

    def rising(self, said: Statement) -> str:
        """ "오른 종목은 412개 중 260개(63.1%)", "종목의 63.1%가 올랐"."""
        since_open = self._told.period == "open" and bool(self._named) and not said.of("t")
        if wrong := self._turn("measure", said, ()):
            return wrong
        self._told.measures.add("rising")
        return "how many rose since 09:00" if since_open else wrong_rising(self._facts, said)

    def share(self, said: Statement) -> str:
        """ "시장가 매수 비중은 54.2%", "매수 호가 잔량 비중은 51%", or of the other side."""
        inside = self._topic in ("measure", "mood") or not self._named
        if not said.of("J") and not (self._of_mood and inside):
            return f"not said of the majors: {said}"
        if wrong := self._turn("measure", said, ()):
            return wrong
        self._told.measures.add("bid" if said.of("QD") else "buy")
        return wrong_share(self._facts, said)

    # --- large trades ----------------------------------------------------------------------------

    def whales(self, said: Statement) -> str:
        """ "최근 1시간 대량 체결은": what follows is said of them, not of a coin named before."""
        if self._named and self._topic == "coin":
            return f"large trades of one coin: {said}"
        if wrong := self._turn("flow", said, ()):
            return wrong
        if any(sign.seconds != self._facts.whales_s for sign in said.of("t")):
            return f"large trades were counted over {self._facts.whales_s} seconds"
        if not all(counted(sign.claim, self._facts.survey.whales.count) for sign in said.of("k")):
            return "another number of large trades"
        self._told.hours = self._told.hours or bool(said.of("t"))
        if not self._told.hours:
            return "large trades of no time"
        return ""

    def traded(self, said: Statement) -> str:
        """ "37건", "순매수 1,230만 달러", "시장가 매도 920만 달러"."""
        if self._topic != "flow":
            return _unbound(said)
        if wrong := self._turn("flow", said, ()):
            return wrong
        letter = ""
        if sides := said.of("bsej"):
            letter = sides[0].kind
        for sign in said.signs:
            if sign.kind == "k" and not counted(sign.claim, self._facts.survey.whales.count):
                return f"{sign.text} is not how many there were"
            if sign.kind == "m" and not self._amount(letter, sign):
                return f"{sign.text} is not what was traded"
        return "" if not letter or self._facts.flow(letter) is not None else "the other way"

    def _amount(self, letter: str, sign: Sign) -> bool:
        amount = self._facts.flow(letter) if letter else None
        return amount is not None and same(sign.claim, amount)

    def more_traded(self, said: Statement) -> str:
        """ "매수가 2,150만 달러로 매도보다 많", "매수 우위"."""
        if self._topic != "flow":
            return _unbound(said)
        if wrong := self._turn("flow", said, ()):
            return wrong
        one, two = said.part("one"), said.part("two") or ""
        letter = one
        for sign in said.signs:
            letter = sign.kind if sign.kind in "bs" else letter
            if sign.kind == "m" and not self._amount(letter, sign):
                return f"{sign.text} is not what was traded"
        bought, sold = self._facts.survey.whales.bought, self._facts.survey.whales.sold
        ahead, behind = (bought, sold) if one == "b" else (sold, bought)
        if said.part("how") == "<":
            ahead, behind = behind, ahead
        enough = 2.0 if "+" in said.letters else 1.0
        return "" if one != two and ahead > behind * enough else "it is the other side"

    def no_trades(self, said: Statement) -> str:
        """ "대량 체결은 없습니다"."""
        return self.whales(said) or ("there were some" if self._facts.survey.whales.count else "")

    # --- the mood --------------------------------------------------------------------------------

    def mood(self, said: Statement) -> str:
        """ "시장 심리는 긍정", with the measures that make it before, between or after."""
        if wrong := self._turn("mood", said, ()):
            return wrong
        self._mood_open = self._mood_open or "Y" in said.letters
        words = {"1": "긍정", "0": "중립", "9": "부정"}
        for sign in said.of("109"):
            if not self._mood_open:
                return _unbound(said)
            if words[sign.kind] != self._facts.survey.mood.word:
                return f"{sign.text} is not the mood"
            self._mood_open = False
            self._told.mood = True
        return ""

    def reason(self, said: Statement) -> str:
        """ "…를 바탕으로", "근거는 …": only the mood has reasons that were measured."""
        return "" if self._topic in ("measure", "mood") else f"a cause: {said}"

    # --- alerts ----------------------------------------------------------------------------------

    def alerts(self, said: Statement) -> str:
        """ "최근 12시간의 주요 알림은": what follows was one."""
        if wrong := self._turn("alerts", said, ()):
            return wrong
        survey = self._facts.survey
        self._alerts = True
        if any(sign.seconds != survey.alert_hours * HOUR_S for sign in said.of("t")):
            return f"alerts of {survey.alert_hours} hours are known"
        return "" if ("Z" in said.letters) != bool(survey.alerts) else "alerts, or none"

    def alert(self, said: Statement) -> str:
        """ "비트코인에서 1,840만 달러의 대량 매수 체결"."""
        coin = said.of("C")[0]
        if wrong := self._turn("alerts", said, (coin,)):
            return wrong
        hours = self._facts.survey.alert_hours
        if any(sign.seconds != hours * HOUR_S for sign in said.of("t")):
            return f"alerts of {hours} hours are known"
        if not self._alerts and not said.of("t"):
            return "an alert of no time"
        self._alerts = True
        self._told.alerted = coin
        if "S" in said.letters:
            claim = next((sign.claim for sign in said.of("n")), None)
            return "" if self._facts.spread_of(coin, claim) else "no such alert"
        if not re.search("[GKc]", said.letters):
            return _unbound(said)
        side: Literal["buy", "sell"] = "buy" if "b" in said.letters else "sell"
        claim = next((sign.claim for sign in said.of("m")), None)
        return "" if self._facts.traded(coin, side, claim) else f"no such trade of {coin.coin}"

    def followed(self, said: Statement) -> str:
        """ "1시간 뒤 0.37% 상승", "알림 뒤 지금까지 0.64% 하락", of the coin of the alert."""
        named, alerted = said.of("C"), self._told.alerted
        coin = named[0] if named else alerted
        of_alert = self._alerts or any("알림" in sign.text for sign in said.of("N"))
        known = coin is not None and alerted is not None and coin.coin == alerted.coin
        if coin is None or not (known or (of_alert and alerted is None)):
            return _unbound(said)
        if self._topic is not None and not self.apart:  # "…대량 체결로 1시간 뒤 상승"
            return f"a cause: {said}"
        topic = self._topic if known and self._topic else "alerts"
        if wrong := self._turn(topic, said, () if known else named):
            return wrong
        self._told.coins, self._told.alerted, self._told.period = (coin,), coin, None
        wrong = wrong_after(said, self._facts.after(coin))
        return f"{wrong}: {said}" if wrong else ""

    # --- from one subject to another -------------------------------------------------------------

    def _turn(self, topic: Topic, said: Statement, coins: Sequence[Sign]) -> str:
        """Go on to a subject: nothing must sound like the consequence of another."""
        before, self._topic = self._topic, topic
        apart, self.apart = self.apart, ""
        names = [coin.coin for coin in self._told.coins]
        changed = bool(coins) and [coin.coin for coin in coins] != names
        told, self._told.topic = self._told.topic, topic
        self._of_majors, self._begins = told == "majors", before is None
        # A period is taken over from coin to coin, and from the majors to each of them.
        if topic not in ("coin", told) or (before is None and told not in ("coin", "majors")):
            self._told.period = None
        if before == "measure" and topic == "mood":
            return ""  # what is measured makes the mood
        if apart == BECAUSE:
            return f"a cause: {said}"
        if before is None or apart == COORDINATE or (before == topic and not changed):
            return ""
        if apart != SEQUENT and (before == topic or {before, topic} == {"measure", "mood"}):
            return ""
        if apart == LISTED and topic != "coin":
            return ""
        if before == "alerts" and topic == "coin" and "t" in said.letters:
            return ""  # "알림 가운데 비트코인은 5분 동안": an alert as well
        return f"a consequence: {said}"


_PER: Final = "[Pt]"
_NEXT: Final = "(?![rfud]?[*+-]*[avz]L?C)"  # "12.34% 오른 페페": a figure of the coin behind it
_FIGURE: Final = f"(?:{_PER}?[Vrf]?-?(?:p{_NEXT}|m(?![GKc]*[bsej])))"
_ITEM: Final = f"(?:{_PER}?C[Vrf]*{_FIGURE}*)"
_SCOPE: Final = f"(?:{_PER}?J[oA]?{_PER}?)"
_HEAD: Final = rf"(?:{_SCOPE}?{_PER}?(?:[*+-]*[avud]\^?L{_PER}?|[rf][*+]*[\^>]?L?{_PER}?)|{_SCOPE})"
_WAY: Final = "(?:[udz=≈]|[av](?!L?C))"
_TAIL: Final = rf"(?:{_PER}(?=[rfA*+udav=-]))?(?:[rf][*+-]*[>z]?|A?[*+-]*{_WAY}|(?<=p)[<>]|\^)?"
_SEVERAL: Final = rf"(?:{_PER}?C{{2,}}{_PER}?|C{_PER}?C+)E{_PER}?(?:pp+|(?:p[ud]){{2,}})"
_COUNTED: Final = "(?:L?io?L?o?|Lo?)"
_AMONG: Final = "(?:iL?o?|Lio?|Lo?)"
_BY: Final = "[cK]*"

_GRAMMAR: Final = Grammar[_Sentence](
    # what followed an alert
    (
        rf"(?:C?N|NC)V?(?:[rf]?-*p-*(?:[<>]|{_WAY})?|-*[ud=≈])",
        _Sentence.followed,
    ),
    # alerts
    (rf"{_PER}?J?#o?Z?", _Sentence.alerts),
    (r"t?CG*(?:m[GKc]*[bs][GKc]*|[GKc]*[bs][GKc]*m?)(?![HQDTp<>])", _Sentence.alert),
    (r"CSn?|CnS", _Sentence.alert),
    # large trades
    (r"t?J?GK?t?Z", _Sentence.no_trades),
    (r"t?J?GK?L?t?K?o?(?=[kmbsejc])|t?kJ?GK?", _Sentence.whales),
    # how many rose
    (rf"{_COUNTED}?{_PER}?[au]LH?{_PER}?o?(?P<v>(?:io|i|p)+)[lh]?>?", _Sentence.rising),
    (r"[au]L(?P<v>)(?:[vd]LT)?[+-]*>", _Sentence.rising),
    (rf"{_AMONG}(?P<v>[ip]+h?|h|M)O?L?{_PER}?[u]", _Sentence.rising),
    (rf"M(?P<v>)L{_PER}?u|(?P<w>p)L{_PER}?u", _Sentence.rising),
    # the other measures
    (r"t?J?o?(?:[QD]+(?P<side>[bs])[QD]*|(?P<of>[bs])[QD]+)H?p(?:l|[<>])?", _Sentence.share),
    (rf"t?J?o?t?c*o?K?(?P<side>[bs]){_BY}H?o?p(?:l|(?:[bs]T)?[<>])?", _Sentence.share),
    (rf"t?J?o?t?c+o?p{_BY}(?P<side>[bs])(?![QD])", _Sentence.share),
    # flows
    (rf"{_BY}(?P<one>[bs])K?m?c?(?P<two>[bs])K?m?T[+-]*(?P<how>[<>])", _Sentence.more_traded),
    (rf"{_BY}(?P<two>[bs])K?m?Tc?(?P<one>[bs])K?m?[+-]*(?P<how>[<>])", _Sentence.more_traded),
    (rf"{_BY}(?P<one>[bs])m?[+-]*(?P<how>[<>])", _Sentence.more_traded),
    (rf"kK?|{_BY}[bsej]{_BY}m|m{_BY}[bsej]K?|{_BY}[ej]", _Sentence.traded),
    # the mood
    (r"Y[109]?|[109]Y?", _Sentence.mood),
    (r"R", _Sentence.reason),
    # majors
    (rf"{_PER}?Jo?{_PER}?[AM]?{_PER}?[ud=~]", _Sentence.majors),
    # coins
    (rf"{_SEVERAL}{_TAIL}", _Sentence.each),
    (
        rf"{_PER}?(?:[pm]+)[rfud]?[*+-]*[avz]L?C(?:{_PER}?[rf][*+]*>?)?",
        _Sentence.coins,
    ),
    (rf"{_HEAD}?{_ITEM}+{_TAIL}", _Sentence.coins),
    (rf"{_FIGURE}+{_TAIL}|(?:Jo)?{_PER}?(?:[rf][*+]*[>*^]|A?[*+-]*[ud=≈])", _Sentence.same_coin),
)
"""See LEXICON for the letters."""


def _unbound(said: Statement) -> str:
    return f"cannot be bound: {said}"


def _again(sign: Sign, before: Sign) -> bool:
    """ "페페(PEPEUSDT, 12.34%)": the same coin by its other name."""
    return sign.kind == "C" and sign.coin == before.coin and not before.symbol


def _settled(signs: Sequence[Sign]) -> list[Sign]:
    """The signs without brackets; "1.23%(09시 이후)" has its period before the figure."""
    settled: list[Sign] = []
    letters = row(signs)
    for found in re.finditer(r"\(([Pt])\)|.", letters):
        sign = signs[found.start()]
        # "…페페(12.34%), 많이 내린 종목은 …": a new list, not figures of what follows
        if sign.listed and re.match(r"[*+-]*[av]L", letters[found.start() :]):
            settled.append(Sign(COORDINATE, ","))
        if found[1]:
            figures = row(settled)
            at = figures.rfind("p")
            if at >= 0 and not re.search(f"[{COORDINATE}{SEQUENT}C]", figures[at:]):
                settled.insert(at, signs[found.start() + 1])
                continue
            settled.append(signs[found.start() + 1])
        elif letters[: found.start()].endswith("C(") and _again(sign, settled[-1]):
            settled[-1] = msgspec.structs.replace(settled[-1], symbol=sign.symbol)
        elif sign.kind not in "()":
            settled.append(sign)
    return settled
