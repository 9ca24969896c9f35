"""A news text with its English amounts, units and dates as Korean ones ("$1.2 billion"). Pure.

What is read here is only looked up: nothing of it is shown.
"""

import re
from decimal import Decimal
from typing import Final

from bot.explain.news_words import COIN_OF
from bot.explain.shape import plain_dashes

_SCALES: Final = {
    "thousand": 10**3, "k": 10**3, "million": 10**6, "mn": 10**6, "m": 10**6, "billion": 10**9,
    "bn": 10**9, "b": 10**9, "trillion": 10**12, "tn": 10**12, "t": 10**12,
}  # fmt: skip
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_NAMED_MONTH: Final = (
    "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    "sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY: Final = re.compile(
    rf"\b{_NAMED_MONTH}\b\.?\s(\d{{1,2}})(?![\d,.]*\d)(?:,?\s(\d{{4}}))?", re.IGNORECASE
)
_DAY_FIRST: Final = re.compile(
    rf"\b(\d{{1,2}})\s{_NAMED_MONTH}\b\.?(?:\s(\d{{4}}))?", re.IGNORECASE
)
_MONTH: Final = re.compile(
    r"(?:(?<=\bin )|(?<=\bby )|(?<=\bof )|(?<=since )|(?<=until )|(?<=from )|(?<=early )|"
    r"(?<=late )|(?<=mid-)|(?<=last )|(?<=this )|(?<=next )|(?<=and )|(?<=for )|"
    r"(?=(?-i:Jan|Feb|Apr|June|July|Aug|Sep|Oct|Nov|Dec)))"
    rf"{_NAMED_MONTH}\b(?!\.?\s\d{{1,2}}\b)(?:\.(?=\s(?-i:[a-z\d])))?(?:\s(\d{{4}})\b)?",
    re.IGNORECASE,
)
"""A month that stands for itself: "may" and "march" are words as well."""
_WEEKDAY: Final = re.compile(r"\b(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?:'s)?\b")
_WEEKDAYS: Final = dict(
    zip(("Mon", "Tues", "Wednes", "Thurs", "Fri", "Satur", "Sun"), "월화수목금토일", strict=True)
)
_WEEKDAY_IN_BRACKETS: Final = re.compile(r"\(([월화수목금토일])\)")
_ONES: Final = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip
_TIMES: Final = r"[\s-](?=(?:hour|minute|day|week|month|year)s?\b)"
_WORDS: Final = (
    *((rf"\b{word}{_TIMES}", f"{number} ") for number, word in enumerate(_ONES, 1)),
    *(
        (rf"\b{word} (?=(?:[a-z-]+ )?[a-z-]+s\b)", f"{number} ")
        for number, word in enumerate(_ONES[1:], 2)
    ),
    *(
        (rf"\b(rank\w*|placed) {word}\b", rf"\g<1> {number}위")
        for number, word in enumerate(("first", "second", "third", "fourth", "fifth"), 1)
    ),
    (r"\ban?[\s-](?=(?:hour|day|week|month|year)s? (?:ago|earlier|before|later)\b)", "1 "),
    (r"(?<=\d)\s?(?:percentage points?)", "%p"),
    (r"(?<=\d)\s?(?:percent|per cent|pct)\b", "%"),
    (r"\b(?:more than|over|above|at least) \d[\d,.]*%", r"\g<0> 이상"),
    (r"\b(?:less than|under|below|up to|as much as) \d[\d,.]*%", r"\g<0> 이하"),
    (r"(?<=\d)\s?(?:basis points?|bps)\b", "bp"),
    (r"(?<=\d)[\s-]?(?:hours?|hrs?)\b", "시간"),
    (r"(?<=\d)[\s-]?(?:minutes?|mins?)\b", "분"),
    (r"(?<=\d)[\s-]?days?\b", "일"),
    (r"(?<=\d)[\s-]?weeks?\b", "주"),
    (r"(?<=\d)[\s-]?months?\b", "개월"),
    (r"(?<=\d)[\s-]?years?\b", "년"),
    (r"(?<=\d)[\s-]?(?:x|times|fold)\b", "배"),
    (r"(?<=\d) shares?\b", "주"),
    (r"(?<=\d) (?:people|users|customers|clients|employees|workers|victims|creditors)\b", "명"),
    (r"(?<=\d) countries\b", "개국"),
    (r"(?<=\d) (?:companies|firms|banks|exchanges)\b", "곳"),
    *(
        (rf"\b{word}[- ]quarter\b", f"{number}분기")
        for number, word in enumerate(("first", "second", "third", "fourth"), 1)
    ),
    (r"\b(?:q|quarter )([1-4])\b", r"\g<1>분기"),
    (r"\b([1-4])Q\b", r"\g<1>분기"),
    (r"\b(\d{1,3})-(\d{1,3})(?= vote\b)", r"\g<1>대 \g<2>"),
    (r"(\b(?:pass|vote)\w*\b[^.\d]{0,40})\b(\d{1,3})-(\d{1,3})\b", r"\g<1>\g<2>대 \g<3>"),
)
_MONEY: Final = {
    "$": "달러", "US$": "달러", "HK$": "홍콩달러", "NT$": "대만달러", "A$": "호주달러",
    "C$": "캐나다달러", "S$": "싱가포르달러", "₩": "원", "€": "유로", "£": "파운드", "¥": "엔",
    "dollar": "달러", "usd": "달러", "won": "원", "krw": "원", "euro": "유로", "yen": "엔",
    "yuan": "위안", "pound": "파운드",
}  # fmt: skip
_SCALED: Final = re.compile(
    r"(?P<mark>(?:US|HK|NT|[ACS])?\$|₩|€|£|¥)?\s?(?P<n>\d[\d,]*(?:\.\d+)?)[\s-]?"
    r"(?P<scale>thousand|million|billion|trillion|bn|mn|tn|[KMBT](?![A-Za-z]))?"
    r"(?P<unit>\s?(?:U\.?S\.? )?dollars?\b|\s?USD\b|\s?won\b|\s?KRW\b|\s?euros?\b|\s?yen\b|"
    r"\s?yuan\b|\s?pounds?\b)?"
    rf"(?P<coin>\s?(?:{'|'.join(sorted(COIN_OF, key=len, reverse=True))})s?\b(?! (?:ETF|fund)))?",
    re.IGNORECASE,
)


_BOUNDS: Final = (
    (
        re.compile(
            r"\b(?:more than|over|above|at least|exceed\w*|topp\w+|surpass\w*|pass(?:ed|es))\s$",
            re.I,
        ),
        " 이상",
    ),
    (re.compile(r"\b(?:less than|under|below|at most|up to|as much as)\s$", re.I), " 이하"),
)


def plain_source(source: str) -> str:
    """The source with English amounts, units, dates and weekdays as Korean ones."""
    plain = plain_dashes(source)
    plain = _DAY.sub(lambda f: _date(f[1], f[2], f[3]), plain)
    plain = _MONTH.sub(lambda f: f"{f[2]}년 {_month(f[1])}" if f[2] else _month(f[1]), plain)
    plain = _DAY_FIRST.sub(lambda f: _date(f[2], f[1], f[3]), plain)
    plain = _WEEKDAY.sub(lambda f: f"{_WEEKDAYS[f[1]]}요일", plain)
    plain = _WEEKDAY_IN_BRACKETS.sub(r" \g<1>요일 ", plain)
    for pattern, said in _WORDS:
        plain = re.sub(pattern, said, plain, flags=re.IGNORECASE)
    return _SCALED.sub(_amount, plain)


def _amount(found: "re.Match[str]") -> str:
    scale, unit = found["scale"], (found["unit"] or "").lower()
    mark, coin = (found["mark"] or "").upper(), (found["coin"] or "").strip().lower()
    if not (scale or mark or unit or coin):
        return found[0]
    korean = re.match(r"\s?[십백천만억조]", found.string[found.end() :])
    if korean and not scale:
        return found[0]  # "$12억": read as it stands
    value = Decimal(found["n"].replace(",", "")) * _SCALES.get((scale or "").lower(), 1)
    money = next((word for name, word in _MONEY.items() if name in unit), _MONEY.get(mark, ""))
    base = COIN_OF.get(coin, COIN_OF.get(coin.removesuffix("s"), ""))
    apart = " " if found[0][-1].isspace() else ""
    before = found.string[max(0, found.start() - 24) : found.start()]
    bound = next((word for pattern, word in _BOUNDS if pattern.search(before)), "")
    return f" {value.normalize():f}{money}{f' {base}' if base else ''}{bound}{apart}"


def _month(named: str) -> str:
    return f"{next(n for n, m in enumerate(_MONTHS, 1) if m.startswith(named[:3].lower()))}월"


def _date(month: str, day: str, year: str | None) -> str:
    said = f"{_month(month)} {day}일"
    return f"{year}년 {said}" if year else said
