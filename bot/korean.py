"""Korean by construction: numbers in 만/억/조, particles (조사), Korean time, names, typed input.

Pure: no clock, no I/O. Numbers are rounded half up from the shortest decimal that is the float,
which is what the exchange sent, so a shown number is always a correct rounding of the fact.
"""

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final, Literal, get_args

from bot.coin_names import NAMES as NAMES  # also imported from here
from pipeline.model import BookSide, Position, Severity, SymbolInfo
from pipeline.venues import coin_of

Josa = Literal[
    "은/는", "이/가", "을/를", "과/와", "으로/로", "이나/나", "이며/며", "이고/고", "이라/라"
]

SECOND_MS: Final = 1_000
MINUTE_MS: Final = 60 * SECOND_MS
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS
FOREVER_MS: Final = 100 * 365 * DAY_MS
"""What "계속" lasts: far beyond any process, yet added to a time still a valid date."""

_EXACT = Context(prec=400, rounding=ROUND_HALF_UP)  # any float, 12 decimals included
_FULLWIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def unify(text: str) -> str:
    """Composed Hangul, half-width Latin, lower case, no spaces around: what can be compared."""
    return unicodedata.normalize("NFC", text).translate(_FULLWIDTH).strip().casefold()


# --- numbers -----------------------------------------------------------------------------------

# Rounded so that at most two units and at least four significant digits remain: below 1,000 two
# decimals, then whole ones up to 1,000만, then 만 up to 1,000억, then 억 up to 1,000조, then 조.
_PLACES = ((10**3, 2), (10**7, 0), (10**11, -4), (10**15, -8))
_MAX_PLACES = 12
_DOLLARS = frozenset({"USDT", "USDC", "FDUSD"})


def dollars(x: float) -> str:
    """``141_810_000`` → "1억 4,181만 달러". Raises ValueError for NaN and infinities."""
    return amount(x, "달러")


def as_told(x: float) -> float:
    """An amount as ``dollars`` rounds it: with parts that are told their difference agrees."""
    return math.copysign(float(_rounded(abs(_decimal(x)))), x)


def won(x: float) -> str:
    """``188_300_000_000`` → "1,883억 원". Raises ValueError for NaN and infinities."""
    return amount(x, "원")


def money(x: float, quote: str) -> str:
    """An amount of a quote currency: "1,234만 달러" for dollar coins, "0.53 BTC" for others."""
    return amount(x, quote_unit(quote))


def signed(pct: float, digits: int) -> str:
    """A percentage that is no change of a price, so without colours: "+0.01%"."""
    text = number(abs(pct), digits)
    if text == "0":
        return "0%"
    return f"{'+' if pct > 0 else '−'}{text}%"


def payer(rate: float) -> str:
    """Who pays whom a funding rate."""
    if rate > 0:
        return "롱(매수) 포지션이 숏(매도) 포지션에 냅니다."
    if rate < 0:
        return "숏(매도) 포지션이 롱(매수) 포지션에 냅니다."
    return "롱과 숏이 주고받는 것이 없습니다."


def quote_unit(quote: str) -> str:
    """달러 for the dollar coins, any other currency by its own name."""
    return "달러" if quote in _DOLLARS else quote


def amount(x: float, unit: str) -> str:
    """``x`` of any unit in at most two of 조/억/만; three significant digits below 1."""
    value = _decimal(x)
    return _worded(value, _grouped(abs(value)), unit)


def price(x: float, tick: float = 0.0, unit: str = "달러") -> str:
    """A price with the exchange's decimals: "104,402.50달러", "0.00000921달러".

    Without a tick size every digit of the number is shown. A fraction of zeros is left out.
    """
    value = _decimal(x)
    rounded = _round(value, _places_of(tick)) if tick > 0 else value
    if not rounded:  # finer than the tick size says: the number itself is the better answer
        rounded = value
    if rounded == rounded.to_integral_value():
        rounded = rounded.to_integral_value()
    digits = f"{abs(rounded):,f}" if tick > 0 else _trimmed(abs(rounded))
    return _worded(rounded, digits, unit)


def quantity(x: float, step: float, base: str) -> str:
    """An amount of a coin: "118.2 BTC"; from a million on grouped: "54억 2,888만 PEPE"."""
    if abs(x) >= 1_000_000:
        return amount(x, base)
    value = _decimal(x)
    value = _round(value, _places_of(step) if step > 0 else 8) or value
    return _worded(value, _trimmed(abs(value)), base)


UP: Final = "🔴"
DOWN: Final = "🔵"
_WORLDWIDE = str.maketrans({UP: "🟢", DOWN: UP})


def percent(x: float, digits: int = 2) -> str:
    """A change in percent with colour, arrow and sign: "🔴 ▲ +5.20%"; "0.00%" for none."""
    value = _round(_decimal(x), digits)
    if not value:
        return f"{abs(value):f}%"
    mark = f"{UP} ▲ +" if value > 0 else f"{DOWN} ▼ −"
    return f"{mark}{abs(value):,f}%"


def worldwide(text: str) -> str:
    """The text, written in Korean colours, with a green rise and a red fall."""
    return text.translate(_WORLDWIDE)


def share(x: float, digits: int = 2) -> str:
    """The size of a percentage for running text, without sign or colour: "0.41%"."""
    return f"{abs(_round(_decimal(x), digits)):,f}%"


def signed_share(x: float) -> str:
    """A percentage that is no change of a price, with its sign and no colour: "+1.93%"."""
    text = share(x)
    if text == share(0):
        return text
    return f"{'+' if x > 0 else '−'}{text}"


def premium_word(x: float) -> str:
    """What a kimchi premium of so many percent is called: 역프 below zero, else 김프."""
    return "역프" if signed_share(x).startswith("−") else "김프"


def fine_share(x: float) -> str:
    """A percentage with two significant digits, since most spreads are tiny: "0.0000096%"."""
    value = _decimal(x)
    places = min(_MAX_PLACES, max(1, 1 - value.adjusted())) if value else 0
    return f"{_trimmed(abs(_round(value, places)))}%"


def portion(x: float) -> str:
    """A part of a whole, 0 to 100: "86%", near both ends "0.42%" and "99.9%"."""
    return f"{number(x, 0 if 1 <= x <= 99 else 2)}%"


def bp(x: float) -> str:
    """Basis points: "3.1bp", "1,234bp"; below 1 two significant digits, at most four decimals."""
    value = _decimal(x)
    size = abs(value)
    places = min(4, 1 - size.adjusted()) if size < 1 else 1 if size < 100 else 0
    return _worded(value, _trimmed(_round(size, places)), "bp", apart=False)


def times(x: float) -> str:
    """A multiple ≥ 0: "8.2배", from ten on whole: "12배"."""
    return f"{number(x, 0 if x >= 10 else 1)}배"


def number(x: float, digits: int) -> str:
    """A plain number with at most ``digits`` decimals: "1,234.5"."""
    value = _round(_decimal(x), digits)
    return _worded(value, _trimmed(abs(value)), "")


def _decimal(x: float) -> Decimal:
    if not math.isfinite(x):
        raise ValueError(f"not a number that can be shown: {x}")
    return Decimal(repr(x))


def _round(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), context=_EXACT)


def _places_of(increment: float) -> int:
    """Decimals that an increment such as 0.01 or 1e-08 needs."""
    _, digits, exponent = _decimal(increment).as_tuple()
    trailing = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return max(0, -int(exponent) - trailing)


def _trimmed(value: Decimal) -> str:
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _rounded(value: Decimal) -> Decimal:
    """A number ≥ 0 in the digits that _grouped shows of it."""
    if value < 1:
        places = min(_MAX_PLACES, 2 - value.adjusted())
    else:
        places = next((places for limit, places in _PLACES if value < limit), -12)
    return _round(value, places)


def _grouped(value: Decimal) -> str:
    """A number ≥ 0 in at most two of 조, 억, 만 and ones."""
    value = _rounded(value)
    if value < 10_000:
        return _trimmed(value)
    rest, parts = int(value), []
    for size, name in ((10**12, "조"), (10**8, "억"), (10**4, "만"), (1, "")):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count:,}{name}")
    return " ".join(parts)


def _worded(value: Decimal, digits: str, unit: str, *, apart: bool = True) -> str:
    """Sign, digits, unit. Korean units stick to digits ("8,500달러") but not to 만/억/조."""
    sign = "−" if value < 0 and digits != "0" else ""
    sticks = not unit or not apart or (digits[-1].isdigit() and "가" <= unit[0] <= "힣")
    return f"{sign}{digits}{unit}" if sticks else f"{sign}{digits} {unit}"


# --- time --------------------------------------------------------------------------------------

_KST = timezone(timedelta(hours=9), "KST")  # no daylight saving since 1988: no zone file needed
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def kst(ms: int) -> str:
    """Milliseconds since the epoch → "1월 12일(월) 09:03:21 KST"."""
    at = korean_time(ms)
    return f"{at.month}월 {at.day}일({'월화수목금토일'[at.weekday()]}) {at:%H:%M:%S} KST"


def kst_time(ms: int) -> str:
    """Milliseconds since the epoch → "09:03:21 KST"."""
    return f"{korean_time(ms):%H:%M:%S} KST"


def kst_from(ms: int, now_ms: int) -> str:
    """ "09:03:21 KST", with the date where it is not that of ``now_ms`` in Korea."""
    same_day = korean_time(ms).date() == korean_time(now_ms).date()
    return kst_time(ms) if same_day else kst(ms)


def kst_minute(ms: int) -> str:
    """Milliseconds since the epoch → "1월 12일(월) 21:00 KST"."""
    at = korean_time(ms)
    return f"{at.month}월 {at.day}일({'월화수목금토일'[at.weekday()]}) {at:%H:%M} KST"


def duration(ms: float) -> str:
    """Milliseconds → "0.8초", "3분 12초", "2시간 5분", "3일"; ValueError below zero or NaN."""
    if not (math.isfinite(ms) and ms >= 0):
        raise ValueError(f"not a duration: {ms}")
    value = _decimal(ms)
    seconds = value / SECOND_MS
    if value < 100:
        return f"{_trimmed(_round(seconds, 3))}초"
    seconds = _round(seconds, 1 if seconds < 10 else 0)
    if seconds < 60:
        return f"{_trimmed(seconds)}초"
    if seconds < 3_600:
        return _two(int(seconds), 60, "분", "초")
    minutes = int(_round(value / MINUTE_MS, 0))
    if minutes < 24 * 60:
        return _two(minutes, 60, "시간", "분")
    return _two(int(_round(value / HOUR_MS, 0)), 24, "일", "시간")


def bank_rate(won: float, age_ms: int) -> str:
    """What a dollar costs at the banks, and how old that is: "1달러 1,392.50원 (3시간 전 고시)"."""
    return f"1달러 {price(won, 0.01, '원')} ({duration(max(0, age_ms))} 전 고시)"


def window(seconds: int) -> str:
    """The length of a time window: "10초", "5분", "1초 미만" for 0."""
    return duration(seconds * SECOND_MS) if seconds else "1초 미만"


def _two(count: int, size: int, large: str, small: str) -> str:
    many, few = divmod(count, size)
    return f"{many}{large} {few}{small}" if few else f"{many}{large}"


def korean_time(ms: int) -> datetime:
    """Milliseconds since the epoch as a time in Korea."""
    return (_EPOCH + timedelta(milliseconds=ms)).astimezone(_KST)


def month_of(ms: int) -> tuple[int, int]:
    """When the month of this moment begins in Korea, and when the next one does (ms)."""
    first = korean_time(ms).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    following = (first + timedelta(days=32)).replace(day=1)
    return round(first.timestamp() * 1000), round(following.timestamp() * 1000)


# --- particles ---------------------------------------------------------------------------------

_FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_LETTERS = {"l": "엘", "m": "엠", "n": "엔", "r": "알"}  # every other letter's name is open
_WORD_ENDS = {"ng": "ㅇ", "le": "ㄹ", "me": "ㅁ", "ne": "ㄴ", "l": "ㄹ", "m": "ㅁ", "n": "ㄴ"}
_DIGITS = "영일이삼사오육칠팔구"
_SIGNS = {
    "%": "퍼센트", "$": "달러", "₩": "원", "€": "유로", "¥": "엔", "£": "파운드", "+": "플러스",
    "−": "마이너스", "×": "곱하기", "&": "앤드", "#": "샵", "@": "골뱅이", "°": "도", "‰": "퍼밀",
}  # fmt: skip
_OPENING = {")": "(", "]": "[", "}": "{"}


def josa(word: str, pair: Josa) -> str:
    """The word with the particle that its sound asks for: ("BTC", "이/가") → "BTC가".

    Latin letters, digits and signs count as they are read aloud in Korean; of "비트코인(BTC)" the
    part before the bracket counts. A word nobody can read here gets both forms: "은(는)", "(으)로".
    Raises ValueError for a pair it does not know.
    """
    if pair not in get_args(Josa):
        raise ValueError(f"unknown pair of particles: {pair}")
    closed, opened = pair.split("/")
    final = _final(word)
    if final is None:
        both = f"({closed.removesuffix(opened)}){opened}"
        return word + (both if closed.endswith(opened) else f"{closed}({opened})")
    if final == "" or (final == "ㄹ" and closed == "으로"):
        return word + opened
    return word + closed


def _final(word: str) -> str | None:
    """The final consonant of the word as read aloud, "" for a vowel, None when unreadable."""
    text = unicodedata.normalize("NFC", word).translate(_FULLWIDTH)
    while text:
        last = text[-1]
        if last in _OPENING:
            start = _bracket_start(text)
            text = text[:start].rstrip() or text[start + 1 : -1]
        elif "가" <= last <= "힣":
            return _FINALS[(ord(last) - ord("가")) % 28].strip()
        elif last in _SIGNS:
            return _final(_SIGNS[last])
        elif number := re.search(r"([0-9][0-9,]*)(\.[0-9]+)?$", text):
            return _final(_number_end(number[1].replace(",", ""), number[2] or ""))
        elif latin := re.search(r"[A-Za-z]+$", text):
            return _latin_final(latin[0])
        elif last.isalnum():
            return None
        else:
            text = text[:-1]  # quotes, stops, spaces, pictures: not read aloud
    return None


def _bracket_start(text: str) -> int:
    """Where the bracket that closes the text was opened (the end of the text if it never was)."""
    depth = 0
    for index in range(len(text) - 1, -1, -1):
        depth += (text[index] == text[-1]) - (text[index] == _OPENING[text[-1]])
        if depth == 0:
            return index
    return len(text) - 1


def _number_end(whole: str, fraction: str) -> str:
    """The last syllable of a number: 20 → 십, 300 → 백, 1.20 → 영."""
    zeros = len(whole) - len(whole.rstrip("0"))
    if fraction or zeros in (0, len(whole)):
        return _DIGITS[int((whole + fraction)[-1])]
    return "십백천"[zeros - 1] if zeros < 4 else "만억조경"[min(zeros // 4, 4) - 1]


def _latin_final(word: str) -> str:
    """Capitals and words without a vowel are spelt out, other words are read as English."""
    lower = word.lower()
    if word.isupper() or not re.search("[aeiouy]", lower):
        return _final(_LETTERS.get(lower[-1], "아")) or ""
    return next((final for end, final in _WORD_ENDS.items() if lower.endswith(end)), "")


# --- names -------------------------------------------------------------------------------------


KIND_NAMES: Final[Mapping[str, str]] = {
    "large_trade": "대량 체결",
    "price_jump": "급등·급락",
    "pump": "펌핑 의심",
    "spread": "스프레드 확대",
    "volume_surge": "거래량 급등",
    "book_imbalance": "호가벽·쏠림",
    "kimchi": "김프",
    "liquidation": "강제 청산",
    "funding": "펀딩비",
}
KIND_WORDS: Final[Mapping[str, str]] = {
    word: kind
    for kind, words in {
        "large_trade": "large_trade 대량체결 대량 체결 고래 큰손 대량매수 대량매도 whale whales",
        "price_jump": "price_jump 급등·급락 급등급락 급등락 급등 급락 급변 가격 변동 jump",
        "pump": "pump 펌핑의심 펌핑 의심 매수폭주 폭주",
        "spread": "spread 스프레드확대 스프레드 호가차 호가차이 호가",
        "volume_surge": "volume_surge 거래량급증 거래량 급증 거래량급등 거래대금 volume",
        "book_imbalance": "book_imbalance 호가벽·쏠림 호가벽 호가쏠림 매수벽 매도벽 벽 쏠림 불균형 "
        "호가불균형 imbalance wall walls",
        "kimchi": "kimchi kimp 김프 역프 김치프리미엄 김치 프리미엄 원화프리미엄",
        "liquidation": "liquidation liquidations 강제청산 강제 청산 롱청산 숏청산 선물청산 liq",
        "funding": "funding 펀딩비 펀딩 펀비 펀딩레이트 fundingrate",
    }.items()
    for word in words.split()
}
"""What people type → the alert kind; compare with ``kind_of``."""

SIDE_NAMES: Final[Mapping[BookSide, str]] = {"bid": "매수", "ask": "매도"}

POSITION_NAMES: Final[Mapping[Position, str]] = {"long": "롱", "short": "숏"}

SEVERITY_NAMES: Final[Mapping[Severity, str]] = {
    "notice": "주의",
    "warning": "경고",
    "critical": "긴급",
}


def display_name(info: SymbolInfo) -> str:
    """ "비트코인(BTCUSDT)", or just "XYZUSDT" for a coin without a Korean name here,
    "비트코인(BTCUSDT) 선물" of the future, "비트코인(okex:BTC-USDT)" elsewhere."""
    names = NAMES.get(info.base)
    symbol = coin_of(info.symbol)
    name = f"{names[0]}({symbol})" if names else symbol
    return name if symbol == info.symbol else f"{name} 선물"


def kind_of(word: str) -> str | None:
    """The alert kind that a typed word means, if any: "고래" → "large_trade"."""
    return KIND_WORDS.get(unify(word).replace(" ", ""))


# --- typed input -------------------------------------------------------------------------------

_MAX_TYPED = 40
_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
_BELOW_MAN = rf"(?:(?:{_NUMBER})?천)?(?:(?:{_NUMBER})?백)?(?:(?:{_NUMBER})?십)?(?:{_NUMBER})?"
_AMOUNT = re.compile(
    rf"(?:({_BELOW_MAN})조)?(?:({_BELOW_MAN})억)?(?:({_BELOW_MAN})만)?({_BELOW_MAN})"
)
_LATIN_AMOUNT = re.compile(rf"({_NUMBER})([kmb])")
_MULTIPLES = {"천": 1_000, "백": 100, "십": 10, "": 1, "k": 10**3, "m": 10**6, "b": 10**9}
_WON = re.compile(r"^₩|(?:원|krw)$")
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(초|분|시간|일|주일|주|[smhdw])")
_DURATION_UNITS = {
    "초": SECOND_MS, "s": SECOND_MS, "분": MINUTE_MS, "m": MINUTE_MS, "시간": HOUR_MS, "h": HOUR_MS,
    "일": DAY_MS, "d": DAY_MS, "주": 7 * DAY_MS, "주일": 7 * DAY_MS, "w": 7 * DAY_MS,
}  # fmt: skip
_DURATION_WORDS = {
    "한시간": "1시간", "두시간": "2시간", "세시간": "3시간", "네시간": "4시간", "반시간": "30분",
    "하루": "1일", "이틀": "2일", "사흘": "3일", "일주": "1주", "일주일": "1주", "한주": "1주",
    "이주일": "2주",
}  # fmt: skip


def parse_amount(text: str) -> float:
    """ "10만", "1.5k", "1,234.5", "2억", "1억 5천만 달러" → a number ≥ 0.

    Raises ValueError with a Korean line that can be shown to whoever typed it.
    """
    typed = re.sub(r"\s", "", unify(text)) if len(text) <= _MAX_TYPED else ""
    typed = re.sub(r"^[$₩]|(?:달러|불|원|usdt|usdc|fdusd|usd|krw)$", "", typed)
    if latin := _LATIN_AMOUNT.fullmatch(typed):
        return float(_below_man(latin[1]) * _MULTIPLES[latin[2]])
    found = _AMOUNT.fullmatch(typed)
    if not typed or not found:
        raise ValueError("숫자를 알아보지 못했습니다. 예: 50000, 10만, 1.5k, 2억")
    jo, eok, man, ones = found.groups()
    total = Decimal(0)
    for size, part in ((10**12, jo), (10**8, eok), (10**4, man)):
        if part is not None:
            total += (_below_man(part) if part else 1) * size  # "만" alone is one of them
    return float(total + _below_man(ones))


def in_won(text: str) -> bool:
    """Whether a typed amount is of Korea's money: "1억원", "₩50000"."""
    return bool(_WON.search(re.sub(r"\s", "", unify(text))))


def _below_man(text: str) -> Decimal:
    total = Decimal(0)
    for number, multiple in re.findall(rf"({_NUMBER})?([천백십]?)", text):
        if number or multiple:
            total += Decimal(number.replace(",", "") or 1) * _MULTIPLES[multiple]
    return total


def in_figures(word: str) -> str:
    """ "한시간" → "1시간", "하루" → "1일"; anything else as it is."""
    return _DURATION_WORDS.get(word, word)


def parse_duration_ms(text: str, now_ms: int) -> int:
    """ "30분", "1시간 30분", "1h", "2일", "오늘" (until the next 09:00 KST), "계속" → milliseconds.

    "계속" is ``FOREVER_MS``; anything else is at least a second and at most a year. Raises
    ValueError with a Korean line that can be shown to whoever typed it.
    """
    typed = re.sub(r"\s", "", unify(text)) if len(text) <= _MAX_TYPED else ""
    typed = typed.removesuffix("동안").removesuffix("까지")
    typed = in_figures(typed)
    if typed in ("계속", "무기한", "영구", "forever"):
        return FOREVER_MS
    if typed in ("오늘", "today"):
        return DAY_MS - now_ms % DAY_MS  # 09:00 KST is midnight UTC
    parts = _DURATION.findall(typed)
    total = sum(Decimal(count) * _DURATION_UNITS[unit] for count, unit in parts)
    complete = "".join(count + unit for count, unit in parts) == typed
    if not complete or not SECOND_MS <= total <= 365 * DAY_MS:
        raise ValueError("기간을 알아보지 못했습니다. 예: 30분, 1시간, 2일, 오늘, 계속")
    return int(total)
