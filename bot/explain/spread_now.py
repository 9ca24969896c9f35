"""Whether a comment on a pair's spread says only what the reading says.

Strict on purpose, as for alerts: the plain sentence stays where a text is refused. Every word that
says something has to belong to a statement, and every statement to be true of the reading. A spread
is measured at one time, so nothing widens or narrows here. Pure.
"""

import re
from typing import Final, Literal

from bot.explain.naming import units_in
from bot.explain.shape import plain_dashes, sentences, wrong_shape
from bot.explain.signs import BREAKS, COIN, COORDINATE, Sign, read_signs, row, same
from bot.explain.spread_words import LEXICON
from bot.explain.statements import LISTED, Grammar, Statement
from bot.korean import fine_share
from bot.readings import EVEN, Band, SpreadReading

Side = Literal["bids", "asks"]
Topic = Literal["spread", "sides"]

MOST_SENTENCES: Final = 3

_SLIGHTLY: Final = 0.95, 1.05  # "somewhat narrower" and "somewhat wider" than usual
_MUCH: Final = 200 / 3  # "far more": twice the other side
_LITTLE: Final = 50.5


def objections(text: str, reading: SpreadReading) -> list[str]:
    """Objections to the text as a comment on the reading; none means that it may be shown.

    Every number with its unit, side and distance, what is compared with what, and which side has
    more has to be measured; changes over time, causes, advice and forecasts are refused.
    """
    if wrong := wrong_shape(text, signs="±"):
        return wrong
    parts = sentences(plain_dashes(text))
    if len(parts) > MOST_SENTENCES:
        return [f"more than {MOST_SENTENCES} sentences"]
    found: list[str] = []
    for sentence in parts:
        signs, unread = read_signs(sentence, LEXICON, [reading.info], units_in(reading.info.quote))
        settled = _settled(signs)
        found += unread
        if not re.search("[SUBAXYDN]", row(settled)):
            found.append("a sentence about nothing that was measured")
        if not unread:
            found += _GRAMMAR.objections(_Sentence(reading), settled)
    return found


class _Sentence:
    """What one sentence has said so far of the reading.

    ``band`` is the part of the book that is meant; ``told`` are the sides whose figures were given.
    """

    def __init__(self, reading: SpreadReading) -> None:
        self.apart = ""
        self._reading = reading
        self._band: Band | None = None
        self._topic: Topic | None = None
        self._side: Side | None = None
        self._told: set[Side] = set()

    # --- what may be said, each with what is wrong about it -------------------------------------

    def quotes(self, said: Statement) -> str:
        """ "매수 호가는 104,402달러", both sides, or both in a row."""
        order, values = _sides(said), said.of("m")
        if len(order) != len(values):
            return _unbound(said)
        facts = {"bids": self._reading.bid, "asks": self._reading.ask}
        for side, sign in zip(order, values, strict=True):
            other = facts["asks" if side == "bids" else "bids"]
            if not same(sign.claim, facts[side]) or _nearer(sign, other, facts[side]):
                return f"{sign.text} is not the best quote of the {side}"
        return self._turn("spread", said)

    def spread(self, said: Statement) -> str:
        """ "스프레드는 0.01달러(0.001bp)": without its name only where it was the last named."""
        if "S" not in said.letters and self._topic != "spread":
            return _unbound(said)
        reading = self._reading
        facts = {"n": reading.spread_bp, "p": reading.spread_bp / 100, "m": reading.spread}
        for sign in said.of("npm"):
            if not same(sign.claim, facts[sign.kind]):
                return f"{sign.text} is not the spread"
        return self._turn("spread", said)

    def usual(self, said: Statement) -> str:
        """ "평소(1bp)보다 2배 넓", "평소의 2배", "평소와 비슷"."""
        reading = self._reading
        ratio = reading.times_usual
        if reading.usual_bp is None or ratio is None:
            return "what is usual is not known"
        facts = {"n": reading.usual_bp, "p": reading.usual_bp / 100, "x": ratio}
        for sign in said.signs:
            if sign.kind in facts and not same(sign.claim, facts[sign.kind]):
                return f"{sign.text} is not the usual spread or its multiple"
            if sign.kind == "t" and sign.seconds != reading.usual_over_s:
                return f"{sign.text} is not the time of what is usual"
            if sign.kind == "h" and not 0.45 <= ratio < 0.55:
                return "the spread is not half the usual one"
        return self._compared(said) or self._turn("spread", said)

    def plainly(self, said: Statement) -> str:
        """ "스프레드는 좁습니다": nothing is wide or narrow but against what is usual."""
        if self._topic != "spread" and "S" not in said.letters:
            return _unbound(said)
        if self._reading.width is None:
            return "what is usual is not known"
        return self._compared(said) or self._turn("spread", said)

    def within(self, said: Statement) -> str:
        """ "±0.5% 이내", "가까운 호가": which part of the book is meant from here on."""
        self._told.clear()
        self._band = None
        for sign in said.of("p±"):
            shown = f"{sign.claim.value:f}%" if sign.claim else ""
            bands = {fine_share(band.within_pct): band for band in self._reading.bands}
            self._band = bands.get(shown)
            if self._band is None and shown != fine_share(self._reading.near_pct):
                return f"{sign.text} is no distance that was measured"
        return ""

    def amounts(self, said: Statement) -> str:
        """ "±0.5% 이내 매수 잔량은 3,120만 달러", shares in percent likewise."""
        return self._figures(said) or self._turn("sides", said)

    def more(self, said: Statement) -> str:
        """ "매수 잔량이 63%로 매도보다 많", with the winner and its figures first or last."""
        winner, other = _side(said.part("one")), _side(said.part("two"))
        if winner is None and other is not None and self._side != other:
            winner = self._side  # "매수 비중은 63%로 높고 매도보다 많습니다"
        if winner is None or winner == other:
            return _unbound(said)
        side: Side = winner
        for sign in said.signs:
            side = _side(sign.kind) or side
            if sign.kind in "mp" and (wrong := self._stands(side, sign)):
                return wrong
        self._side = winner
        if said.part("how") == "<":
            winner = "asks" if winner == "bids" else "bids"
        return self._ahead(winner, said) or self._turn("sides", said)

    def even(self, said: Statement) -> str:
        """ "매수와 매도 잔량은 비슷"."""
        if self._topic != "sides" and not re.search("[BAXYD]", said.letters):
            return _unbound(said)
        if wrong := self._figures(said):
            return wrong
        low, high = EVEN
        share = self._bid_share()
        if share is None or not low <= share <= high:
            return "the sides are not even, or that is not known"
        return self._turn("sides", said)

    # --- what they have in common ----------------------------------------------------------------

    def _compared(self, said: Statement) -> str:
        """Whether wide, narrow or even is true of the spread, which is known to have a usual."""
        width, ratio = self._reading.width, self._reading.times_usual or 1.0
        letters = said.letters.replace("+>", "W").replace("+<", "R")
        wide, narrow = "W" in letters, "R" in letters
        if wide or narrow:
            # With the multiple beside it, or "somewhat", less than a whole step will do.
            slightly = re.search("[xh-]", letters)
            low, high = _SLIGHTLY
            right = width == ("wide" if wide else "narrow")
            right = right or bool(slightly and (ratio > high if wide else ratio < low))
            return "" if right else f"the spread is {width}"
        level = "=" in letters or not re.search("[xhnp]", letters)
        return f"the spread is {width}" if level and width != "usual" else ""

    def _figures(self, said: Statement) -> str:
        order, values = _sides(said), said.of("mp")
        if len(values) == 1:  # "매수와 매도는 각각 50%"
            values = values * len(order)
        if values and len(order) != len(values):
            return _unbound(said)
        for side, sign in zip(order, values, strict=False):
            if wrong := self._stands(side, sign):
                return wrong
        self._side = order[-1] if order else self._side
        return ""

    def _stands(self, side: Side, sign: Sign) -> str:
        """Whether the number is what stands on the side, in money or as a share."""
        self._told.add(side)
        if sign.kind == "p":
            share = self._reading.bid_share
            if self._near() and same(
                sign.claim, share if side == "bids" else 100 - share, whole=True
            ):
                return ""
            return f"{sign.text} is not the share of the {side}"
        if self._band is None:
            return f"{sign.text} stands within no distance that was named"
        fact, more = self._band.bids, self._band.more_bids
        if side == "asks":
            fact, more = self._band.asks, self._band.more_asks
        if same(sign.claim, fact, at_least=more):
            return ""
        return f"{sign.text} is not what the {side} are within {self._band.within_pct} %"

    def _near(self) -> bool:
        """Whether what is meant is the part of the book whose shares were measured."""
        return self._band is None or self._band.within_pct == self._reading.near_pct

    def _bid_share(self) -> float | None:
        """The bids' share of what is meant; None where the book ends before."""
        if self._near() or self._band is None:
            return self._reading.bid_share
        both = self._band.bids + self._band.asks
        if self._band.more_bids or self._band.more_asks or not both:
            return None
        return self._band.bids / both * 100

    def _ahead(self, winner: Side, said: Statement) -> str:
        share = self._bid_share()
        if share is None:
            return "which side has more there is not known"
        ahead = share if winner == "bids" else 100 - share
        enough = EVEN[1]
        if "+" in said.letters:
            enough = _MUCH
        elif "-" in said.letters or len(self._told) == 2:  # the figures are there to see
            enough = _LITTLE
        return "" if ahead > enough else f"the {winner} do not have so much more"

    def _turn(self, topic: Topic, said: Statement) -> str:
        """Go on to a topic: one must not sound like the consequence of the other."""
        before, self._topic = self._topic, topic
        apart, self.apart = self.apart, ""
        if before in (None, topic) or apart == COORDINATE:
            return ""
        return "" if apart == LISTED and topic == "sides" else f"a consequence: {said}"


_AT: Final = "[DHQl]*"
_BOTH: Final = f"(?:[XY]|B{_AT}A|A{_AT}B)"
_GAP: Final = "(?:(?:[XY]|BQ?AQ?|AQ?BQ?)?Q?S)"
_DEGREE: Final = "[+-]*"
_WIDE: Final = r"(?:[WR]|\+[<>])"
_ONE, _TWO = rf"(?P<one>[BA]){_AT}[mp]*{_AT}", rf"(?P<two>[BA]){_AT}[mp]*{_AT}"
_HOW: Final = f"(?P<how>[<>]){_AT}"
_COMPARED: Final = "|".join(
    (
        rf"T{_DEGREE}{_WIDE}x?",  # 보다 훨씬 넓은 2배
        rf"T?[xh]{_DEGREE}(?:=|{_WIDE})?",  # 보다 2배 넓, 의 2배
        rf"l?{_DEGREE}=",  # 수준과 비슷
        r"(?<=[np])",  # 평소는 1bp
        r"l(?=$|/)",  # 평소 수준
    )
)

_GRAMMAR: Final = Grammar[_Sentence](
    (r"(?:NQ?)?±w*|pw+", _Sentence.within),
    (rf"NQ(?={_AT}[BAXY]|[DH])|N", _Sentence.within),
    (r"(?:[XY]Q|Q[XY]|[BA]Q[BA]Q)E?mm(?![DH])", _Sentence.quotes),
    (r"Q[BA]m[BA]m|Q?[BA]Qm(?![BA]D)", _Sentence.quotes),
    (rf"{_GAP}[nmp]+(?!w)l?", _Sentence.spread),
    (rf"t?Ut?S?l?[np]*(?:{_COMPARED})l?", _Sentence.usual),
    (rf"{_GAP}?{_DEGREE}[WR]", _Sentence.plainly),
    (rf"{_GAP}(?=t?U|{_DEGREE}[WR=x])", _Sentence.spread),
    (rf"{_AT}{_ONE}{_TWO}T{_DEGREE}{_AT}{_HOW}", _Sentence.more),
    (rf"{_AT}{_TWO}T{_AT}{_ONE}{_DEGREE}{_HOW}", _Sentence.more),
    (rf"{_AT}{_ONE}{_DEGREE}{_HOW}", _Sentence.more),
    (rf"{_AT}{_TWO}T{_DEGREE}{_HOW}", _Sentence.more),
    (rf"{_AT}{_BOTH}{_AT}(?:E[mp]|E?mm|E?pp)?{_AT}{_DEGREE}={_AT}", _Sentence.even),
    (rf"{_AT}{_BOTH}{_AT}(?:E[mp]|E?mm|E?pp){_AT}", _Sentence.amounts),
    (rf"{_AT}(?:pBpA|pApB|mBmA|mAmB){_AT}", _Sentence.amounts),
    (rf"{_AT}[BA]{_AT}[mp]{_AT}", _Sentence.amounts),
    (rf"{_AT}[mp]{_AT}[BA][DHQ]*(?![mp<>])", _Sentence.amounts),
    (rf"[DH]*={_AT}", _Sentence.even),
    (rf"[nmp]+{_GAP}?(?!w)", _Sentence.spread),
)
"""See LEXICON for the letters."""


def _nearer(sign: Sign, other: float, fact: float) -> bool:
    """Whether a rounded price could be the other one just as well."""
    said = float(sign.claim.value) if sign.claim else 0.0
    return abs(said - other) <= abs(said - fact)


def _side(kind: str) -> Side | None:
    return "bids" if kind == "B" else "asks" if kind == "A" else None


def _sides(said: Statement) -> list[Side]:
    """The sides in the order in which they are named."""
    order: list[Side] = []
    for sign in said.of("BAXY"):
        first: Side = "bids" if sign.kind in "BX" else "asks"
        second: Side = "asks" if first == "bids" else "bids"
        order += [first, second] if sign.kind in "XY" else [first]
    return order


def _unbound(said: Statement) -> str:
    return f"cannot be bound: {said}"


def _settled(signs: list[Sign]) -> list[Sign]:
    """The signs without the pair's own name and brackets; a single distance leads its clause."""
    clauses: list[list[Sign]] = [[]]
    for sign in signs:
        if sign.kind not in (COIN, "(", ")"):
            clauses[-1].append(sign)
        if sign.kind in BREAKS:
            clauses.append([])
    for clause in clauses:
        distances = list(re.finditer(r"(?:NQ?)?±w*|pw+|N(?!Q)|NQ(?=[^mS]*[BAXYD])", row(clause)))
        if len(distances) == 1:
            start, end = distances[0].span()
            clause[:] = clause[start:end] + clause[:start] + clause[end:]
    return [sign for clause in clauses for sign in clause]
