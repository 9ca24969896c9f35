"""Which thing a number in a Korean sentence is told of.

The words that may be used are a closed list (see vocabulary.py), so the names of what has a size
are known too: prices, amounts, ranks, what is usual. Of each unit there are tables of them, those
of what is never measured included. Every figure carries the concepts that it may be told of (see
figures.py); a true number beside the name of another thing is refused, without a list of all that
must not stand near it.

A number is of what is named right behind it ("3.1bp 슬리피지", "1,240건의 시장가 매수 주문"), else
of what was named last in its clause, else of what it is said to be ("42bp는 평소 스프레드입니다"),
else of what was named since the last number; a verb behind may tell more of it ("…달러에 체결").
Of two numbers that are told of two things ("각각") each is of its own. Pure.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec

from bot.explain.figures import THRESHOLD, USUAL

Table = Mapping[str, str]
"""Concept → the words for it, as a regular expression; of two at one place the first counts."""

_PRICES: Final = r"(?:의? ?(?:원화|§+)? ?(?:가격|시세))?"
_GAP: Final = r"스프레드|(?:호가|가격)(?:의)? ?(?:차이|격차|간격|사이)"
_RESTS: Final = (
    "걸[려렸린]|놓|쌓|나타|등장|출현|생[기겼긴]|있|머[무물]|형성|대기|남|모[이여인]|매[수도]벽"
)
_SPLIT: Final = "(?:나뉜|나뉘|나누|쪼개|여러|그중|이 중|가운데)(?:[^,.]{0,14}주문)?"
_VOLUME: Final = "거래대금|거래량|금액|대금|규모|물량|총액|합계|액수|잔량"
_FUNDING: Final = "펀딩비|요율"
_PREMIUM: Final = "김프|역프|프리미엄"
_MOVE: Final = "낙폭|오름폭|내림폭|상승|하락|변동|움직임|변화|급등|급락"
_PRICE: Final = "가격(?!이 닿|이? 도달)|시세"

_MONEY: Final[Table] = {
    "mid": "중간 ?(?:가격|값)",
    "each": "[건회]당|평균 (?:(?:청산|체결|매수|매도|거래|주문) ?)?(?:금액|규모|액)",
    "other": "건수|횟수|수량|비중|거리(?=[는가])|슬리피지|테더 ?환율"
    "|(?:바이낸스|해외) ?(?:테더|원화)(?: ?(?:가격|시세))?",
    "quote": "(?:최우선 |(?<!매수 )(?<!매도 )(?<!최우선 ))"
    "호가(?!창|보다|의? ?(?:차이|격차|간격|사이))"
    "(?: ?(?:체결가|가격))?",
    "average": "평균(?: ?(?:체결|청산))?(?: ?(?:단가|가격|가))?|단가"
    "|(?:체결|청산) ?가(?:격|(?!운데))|[개인]당",
    "tether": f"(?:업비트 )?테더{_PRICES}",
    "bank": f"(?:은행 ?)?환율{_PRICES}|은행",
    "abroad": f"(?:바이낸스|해외){_PRICES}",
    "won": f"(?:업비트|국내){_PRICES}|원화(?: ?(?:가격|시세))?",
    "index": "지수",
    "spread": f"{_GAP}|차이|격차|간격|호가보다",
    "bid": "매수(?=[와과·] ?(?:최우선 )?매도)"
    "|(?:최우선 )?매수(?: ?쪽)?(?: ?최우선)? ?(?:호가|쪽)(?! ?잔량|보다)|최우선 매수",
    "ask": "매도(?=[와과·] ?(?:최우선 )?매수)"
    "|(?:최우선 )?매도(?: ?쪽)?(?: ?최우선)? ?(?:호가|쪽)(?! ?잔량|보다)|최우선 매도",
    "largest": "가장 [큰컸크]|최대",
    "move": f"(?:{_MOVE}) ?(?:폭|액)|폭",
    "whole": "전체 (?:매수 |매도 )?(?:호가|잔량|물량|주문)",
    "amount": f"{_VOLUME}|(?:매수|매도|체결|청산|거래)액|어치|짜리|상당"
    "|(?:매수|매도|체결|청산|주문|포지션|벽) (?:약 |총 |최소 |적어도 )*$"
    r"|^\((?:약 )?$",
    "past": "(?<!직)전의? (?:가격|시세)(?!보다|에 비| 대비)",
    "now": "(?:지금|현재)의? ?(?:가격|시세)",
    "price": "가격|시세|값|위치(?=[는가])",
}
_SHARE: Final[Table] = {
    "other": f"평균(?: ?(?:{_FUNDING}|{_PREMIUM}|스프레드|비중|{_MOVE}))?"
    "|호가(?:[와과]의?|까지의?|의)? 거리"
    "|(?:환율|테더)(?: ?(?:가격|시세))?[은는이가] |알림 기준[은이가][^,.]*$"
    f"|(?:{_PRICE}|{_MOVE}|슬리피지)[은는이가] 상위"
    f"|직전[^,.]*?(?:{_PRICE})[은는이가] [^,.]*최우선 호가 ?(?:대비|보다)",
    "quoted": "(?:최우선|매수|매도) 호가(?:에서|로부터)? ?(?:약 )?$",
    "whole": "전체 (?:호가|잔량|주문|물량)(?:의| 가운데| 중)",
    "rank": "상위|백분위",
    "slippage": "슬리피지|미끄|최우선 호가 ?(?:대비|보다)",
    "distance": "중간 ?가격(?:과의? ?(?:차이|격차|거리))?|거리|범위",
    "index": "지수(?:[와의]+ ?(?:차이|격차))?",
    "spread": f"{_GAP}|간격|차이|격차",
    "share": "비중|비율|(?:호가|잔량|물량|주문|전체)(?:의| 가운데| 중)(?! (?:차이|격차|간격|사이))",
    "fund": _FUNDING,
    "amount": f"{_VOLUME}|건수|수량|횟수|거래 (?=[^,.]*늘)",
    "price": _PRICE,
    "move": _MOVE,
    "premium": _PREMIUM,
}
_BASIS: Final[Table] = {
    "other": "(?:업비트|원화|바이낸스)(?: (?:가격|시세))? ?기준|바이낸스 테더",
    "tether": "테더",
    "bank": "은행|환율",
}
_TIMES: Final[Table] = {
    "slippage": "슬리피지",
    "index": "지수",
    "other": "평균(?: ?(?:체결가|청산가|가격))?|단가|빈도|횟수|수량|거리(?!에 있)"
    "|(?<!같은 )시간(?!대|[^.]*크기[는가] )|주기|(?:매수|매도|최우선) (?:최우선 )?호가[은는이가]"
    "|최우선 호가(?!의? ?(?:차이|격차|간격|사이))",
    "split": "(?:나뉜|여러 체결)(?:[^,.]{0,8}주문)?",
    "fills": "(?:체결|거래) ?건수",
    "counted": "주문 ?(?:건수|수(?=[가는와 ]))|(?:매수|매도) ?건수",
    "orders": "주문",
    "amount": f"{_VOLUME}|벽|거래",
    "spread": f"{_GAP}|간격|차이|격차|벌어",
    "share": "비중|비율",
    "fund": _FUNDING,
    "premium": _PREMIUM,
    "price": _PRICE,
    "move": _MOVE,
    "deals": "체결(?!되|됐|돼)",
    "taken": "(?:매수|매도)(?! ?(?:체결|벽|호가|쪽|포지션))",
}
_BASE: Final[Table] = {
    "usual": USUAL,
    "threshold": THRESHOLD,
    "other": "직전|지난|이전|(?:지금|현재)(?:[과와보대](?!의)|의 ?(?:약 )?$)",
}
_COUNT: Final[Table] = {
    "split": _SPLIT,
    "fills": "체결(?!되|됐|돼)|거래(?!되|됐|돼|소)",
    "orders": "주문|(?:매수|매도)(?! ?(?:체결|벽|호가|금액))",
    "closed": "청산|포지션",
    "other": "벽|잔량|호가",
}
_TIME: Final[Table] = {
    "left": "정산[^,.]{0,12}까지|기까지|남[은았]|다음 정산",
    "interval": "간격|주기",
    "before": "(?:체결|매수|매도)(?:되기)? 전(?:의)? (?:약 )?$|앞[서선] ?$",
    "recent": "직전",
    "ahead": "(?<!직)전(?:의)? (?:약 )?$",
}
_COIN: Final[Table] = {
    "price": "(?:가격|단가|시세|체결가|평균가)(?!으?로 $|에 $)|평균(?! ?(?:체결)?가)|금액|대금",
    "amount": "수량|규모|물량",
}


_DEALT: Final = "매수|매도|체결|거래|청산|사들|팔"
# Numbers are read as wholes (++): each of their signs by itself, and it would take for ever.
_SIZED: Final = "(?:시장가|대량|대규모|큰|보이는|강제|매수|매도|§++) ?"
_BEHIND: Final = (
    r"\s?(?:(?:대|가량|정도)?의|인|이나 되는|에 (?:이르|달하)는|대)? ?"
    rf"(?:{_SIZED}(?!호가|최우선))*?"
)
"""Between a number and the noun that it belongs to."""


class _Words(msgspec.Struct, frozen=True):
    """Of one unit: ``tables`` of nouns before a number, each of which tells something of it.

    Behind it, ``tied`` words and a ``noun`` take the place of the first table's, a ``verb`` tells
    more, and ``weak`` words count where the clause has no noun.
    """

    tables: tuple["re.Pattern[str]", ...]
    noun: "re.Pattern[str]"
    tied: "re.Pattern[str]"
    verb: "re.Pattern[str]"
    weak: "re.Pattern[str]"


_NOTHING: Final[Table] = {}


def _any(table: Table) -> str:
    # "거래대금 변동" is of the turnover.
    moved = f"(?: ?(?:{_MOVE}))?" if _MOVE in table.values() else ""
    named = (f"(?P<{name}>(?:{words}){moved})" for name, words in table.items())
    return "|".join(named) or "(?!)"


def _words(
    *tables: Table, tied: Table = _NOTHING, verb: Table = _NOTHING, weak: Table = _NOTHING
) -> _Words:
    nouns = _any({name: words for name, words in tables[0].items() if name != "move"})
    if tables[0] is _TIME:
        nouns = _any(_NOTHING)
    return _Words(
        tuple(re.compile(_any(table)) for table in tables),
        re.compile(rf"{_BEHIND}(?!가운데|그중|이 중|§|차이|격차|간격|사이|\()(?:{nouns})"),
        re.compile(_any(tied)),
        re.compile(_any(verb)),
        re.compile(_any(weak)),
    )


_UNITS: Final[Mapping[str, _Words]] = {
    "money": _words(
        _MONEY,
        tied={"amount": "(?:의 (?:매[수도] )?(?:대기 )?주문)?[가이] (?:몰|쌓|걸)"},
        verb={
            "price": rf"\s?(?:에|대에) (?:시장가로 |한꺼번에 |한 번에 )*(?:거래|체결|{_RESTS})"
            r"|\s?선(?=[에까을이])"
        },
        weak={
            "amount": rf"{_BEHIND}(?:[를을이가]? ?(?:조금 |훌쩍 |크게 )?"
            rf"(?:이상|넘는|웃도는|가까운|수준|정도)?의? ?)(?:{_SIZED})*"
            r"(?:매수|매도|주문|거래|체결|롱|숏)(?! ?(?:호가|벽|쪽))"
            r"|의 (?:[가-힣]+ ){0,2}(?:매[수도])?벽"
            rf"|[를을이가] (?:넘게 |시장가로 |[가-힣§]+ 동안 )*(?:{_DEALT})"
        },
    ),
    "%": _words(
        _SHARE,
        _BASIS,
        tied={"amount": r"\s?(?:더 )?(?:늘|증가|급증|많)", "other": "[가이] (?:사라|없어|남)"},
        weak={
            "move": rf"\s?(?:의 )?(?:{_MOVE}|오[르른릅]|올[라랐]|내[려렸리린립]|떨어)",
            "share": r"[를가을] 차지",
        },
    ),
    "배": _words(_TIMES, _BASE),
    "건": _words(
        _COUNT,
        tied={
            "fills": "(?:에|으로)? ?(?:나누|나뉘|나뉜|나눠|걸쳐|걸친)|으로 (?:체결|이루어)",
            "split": "[은이가] ?(?:모두 |전부 |여러 [가-힣]+로 )*(?:나뉘|나뉜|쪼개)",
        },
    ),
    "초": _words(
        _TIME,
        tied={"interval": r"\s?(?:마다|간격)", "left": r"\s?남"},
        verb={"span": r"\s?(?:동안|간|사이|새|만에|째)", "ago": r"\s?전"},
    ),
    "coin": _words(_COIN),
}
_SAME: Final = {"원": "money", "bp": "%", "pp": "%"}
_CLAUSE: Final = re.compile(
    r".*(?:,|[가-힣](?:고|며|지만|으나|는데|면서|[어아]서|해서|여서|져서|하여)(?=[ ,])"
    r"|(?:해|돼|되어|올라|내려|떨어져|벌어져|커져|높아져|낮아져|몰려|걸려)(?= )"
    r"|(?:던|[한된른린진인]|않은) (?=§|$)|[은는른린한된] 가운데(?= ))",
    re.DOTALL,
)
"""Up to the end of a clause; one may end before a name: "가격이 오른 비트코인에서"."""
_BRACKET: Final = re.compile(r"[^(,.]{0,24}\(([^)]*)\)")
"""What it is measured by may follow: "−2.10%의 역프가 나타났습니다(테더 기준)"."""
_PREDICATE: Final = re.compile("[은는이가] ([^,.]*?)(?:입니다|이며|이고|이었|였|에 해당)")
"""A number may be what is told of: "42bp는 평소 스프레드입니다"."""
_IS_USUAL: Final = re.compile(rf"(?P<usual>{USUAL})(?!보다|의|와|에 비| 대비)")
EACH: Final = re.compile(
    "(?:각각|매[수도][와과·] ?(?:최우선 )?매[수도] ?(?:최우선 )?호가[가는]) (?:약 )?$"
)
"""The first of two numbers is of the last but one: "매수 호가와 매도 호가는 각각 1달러, 2달러"."""
MEASURES: Final = frozenset({"usual", "tether", "bank"})
"""By which something else may be told right behind their number: "평소 0.3%의 14배"."""
CONCEPTS: Final = frozenset(
    name
    for words in _UNITS.values()
    for pattern in (*words.tables, words.tied, words.verb, words.weak)
    for name in pattern.groupindex
)


@lru_cache(maxsize=4096)
def governing(unit: str, left: str, right: str) -> frozenset[str]:
    """The concepts that govern a number between these words, of one sentence, in which names and
    numbers are masked; none where they name nothing."""
    words = _UNITS.get(_SAME.get(unit, unit))
    if words is None:
        return frozenset()
    first, *others = words.tables
    bracket = _BRACKET.match(right) if others else None
    noun = _last(first, left, -2 if EACH.search(left) else -1)
    more = [_last(one, left) or (_last(one, bracket[1]) if bracket else None) for one in others]
    clause = _CLAUSE.match(left) if noun else None
    begins = clause.end() if clause else 0
    here = noun is not None and noun.start() >= begins
    multiple = unit == "배"
    if behind := words.tied.match(right) or words.noun.match(right):
        # "가격의 14배 규모" is of both.
        more.append(noun if multiple and here else None)
        noun = behind
    elif not here and (predicate := _PREDICATE.match(right)):
        noun = _last(first, predicate[1]) or noun
        more = [_last(one, predicate[1]) or found for one, found in zip(others, more, strict=True)]
        more.append(_IS_USUAL.search(predicate[1]))
    else:
        told = not multiple and any(found and found.start() >= begins for found in more)
        weak = None if here else words.weak.match(right)
        if not here and (noun is None or weak or told):
            noun = weak
        more.append(words.verb.match(right))
    return frozenset(str(found.lastgroup) for found in (noun, *more) if found)


def _last(pattern: "re.Pattern[str]", text: str, index: int = -1) -> "re.Match[str] | None":
    found = [*pattern.finditer(text)]
    return found[index] if len(found) >= -index else None
