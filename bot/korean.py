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

from pipeline.model import BookSide, Severity, SymbolInfo

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


def won(x: float) -> str:
    """``188_300_000_000`` → "1,883억 원". Raises ValueError for NaN and infinities."""
    return amount(x, "원")


def money(x: float, quote: str) -> str:
    """An amount of a quote currency: "1,234만 달러" for dollar coins, "0.53 BTC" for others."""
    return amount(x, quote_unit(quote))


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


def _grouped(value: Decimal) -> str:
    """A number ≥ 0 in at most two of 조, 억, 만 and ones."""
    if value < 1:
        places = min(_MAX_PLACES, 2 - value.adjusted())
    else:
        places = next((places for limit, places in _PLACES if value < limit), -12)
    value = _round(value, places)
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
    at = _korean_time(ms)
    return f"{at.month}월 {at.day}일({'월화수목금토일'[at.weekday()]}) {at:%H:%M:%S} KST"


def kst_time(ms: int) -> str:
    """Milliseconds since the epoch → "09:03:21 KST"."""
    return f"{_korean_time(ms):%H:%M:%S} KST"


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


def window(seconds: int) -> str:
    """The length of a time window: "10초", "5분", "1초 미만" for 0."""
    return duration(seconds * SECOND_MS) if seconds else "1초 미만"


def _two(count: int, size: int, large: str, small: str) -> str:
    many, few = divmod(count, size)
    return f"{many}{large} {few}{small}" if few else f"{many}{large}"


def _korean_time(ms: int) -> datetime:
    return (_EPOCH + timedelta(milliseconds=ms)).astimezone(_KST)


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


def _table(text: str) -> dict[str, tuple[str, ...]]:
    rows = (entry.split() for entry in text.replace("\n", "|").split("|"))
    return {row[0]: tuple(row[1:]) for row in rows if row}


NAMES: Final[Mapping[str, tuple[str, ...]]] = _table("""
BTC 비트코인 비트 비코 | ETH 이더리움 이더 | XRP 리플 엑스알피 | BNB 비앤비 바이낸스코인 바낸코인
SOL 솔라나 솔 | DOGE 도지코인 도지 | ADA 에이다 카르다노 | TRX 트론 | AVAX 아발란체 아발
LINK 체인링크 체링 링크 | SHIB 시바이누 시바 | PEPE 페페 | SUI 수이 | TON 톤코인 톤
DOT 폴카닷 폴카 | BCH 비트코인캐시 비캐 비트캐시 | LTC 라이트코인 라코 | HBAR 헤데라
XLM 스텔라루멘 스텔라 루멘 | UNI 유니스왑 유니 | NEAR 니어프로토콜 니어 | APT 앱토스 앱토
ICP 인터넷컴퓨터 | ETC 이더리움클래식 이클 | POL 폴리곤 폴리곤에코시스템토큰 매틱 | VET 비체인
FIL 파일코인 파일 | ATOM 코스모스 아톰 | ALGO 알고랜드 알고 | ARB 아비트럼 아비 | OP 옵티미즘 옵티
XTZ 테조스 | INJ 인젝티브 | IMX 이뮤터블엑스 이뮤터블 | STX 스택스 | SEI 세이 | TIA 셀레스티아
GRT 더그래프 그래프 | AAVE 에이브 아베 | LDO 리도다오 리도 | CRV 커브 커브다오 | MKR 메이커
SKY 스카이프로토콜 스카이 | COMP 컴파운드 | SNX 신세틱스 | YFI 연파이낸스
1INCH 1인치네트워크 1인치 | ENS 이더리움네임서비스 | DYDX 디와이디엑스 | GMX 지엠엑스
BLUR 블러 | APE 에이프코인 에이프
GMT 스테픈 | GALA 갈라 | SAND 샌드박스 더샌드박스 샌박 | MANA 디센트럴랜드 디센 | FLOW 플로우
AXS 엑시인피니티 엑시 | CHZ 칠리즈 | THETA 쎄타토큰 쎄타 세타토큰 세타 | TFUEL 쎄타퓨엘 세타퓨엘
EGLD 멀티버스엑스 엘론드 | MASK 마스크네트워크 마스크 | ENJ 엔진코인 엔진 | XEC 이캐시
BAT 베이직어텐션토큰 | ZIL 질리카 | ZRX 제로엑스 | QTUM 퀀텀 | NEO 네오 | GAS 가스 | ICX 아이콘
IOTA 아이오타 | IOST 아이오에스티 이오스트 | ONT 온톨로지 | ONG 온톨로지가스 | STORJ 스토리지
KNC 카이버네트워크 카이버 | SC 시아코인 시아 | RVN 레이븐코인 레이븐 | CKB 너보스 | ANKR 앵커
MTL 메탈 | POWR 파워렛저 | WAXP 왁스 | JST 저스트 | SUN 썬 | SXP 솔라 | GLM 골렘 | HIVE 하이브
STEEM 스팀 | KAVA 카바 | CELO 셀로 | CELR 셀러네트워크 | CTSI 카르테시 | COTI 코티 | ASTR 아스타
MINA 미나 | T 쓰레스홀드 | ID 스페이스아이디 | PYTH 피스네트워크 피스 | BEAMX 빔 | MNT 맨틀
STG 스타게이트파이낸스 스타게이트 | ONDO 온도파이낸스 온도 | ZRO 레이어제로 | JUP 주피터 | JTO 지토
STRK 스타크넷 | BONK 봉크 | WIF 도그위프햇 위프 | FLOKI 플로키 | BOME 북오브밈 | ORDI 오르디
NOT 낫코인 | NEIRO 네이로 | TURBO 터보 | TRUMP 오피셜트럼프 트럼프 | PENGU 펏지펭귄 펭구
W 웜홀 | ALT 알트레이어 | ZK 지케이싱크 | ENA 에테나 | ETHFI 이더파이 | EIGEN 아이겐레이어 아이겐
PENDLE 펜들 | WLD 월드코인 월코 | FET 페치 페치에이아이 | RENDER 렌더토큰 렌더 | AR 알위브
TAO 비트텐서 | KAITO 카이토 | VIRTUAL 버추얼프로토콜 버추얼 | MOVE 무브먼트 | ME 매직에덴
BERA 베라체인 베라 | LAYER 솔레이어 | IO 아이오넷 | BB 바운스빗 | REZ 렌조 | OMNI 옴니네트워크
LISTA 리스타다오 | SCR 스크롤 | RAY 레이디움 | KAIA 카이아 클레이튼 | S 소닉 팬텀 | A 볼타 이오스
G 그래비티 | XAI 자이 | MANTA 만타네트워크 만타 | ACE 퓨저니스트 | YGG 일드길드게임즈 | MAGIC 매직
API3 에이피아이쓰리 | AUCTION 바운스토큰 | AUDIO 오디우스 | AGLD 어드벤처골드 | BICO 바이코노미
ARKM 아캄 | CYBER 사이버 | CFX 콘플럭스 | HOOK 훅트프로토콜 | HIGH 하이스트리트 | RPL 로켓풀
METIS 메티스다오 메티스 | RSR 리저브라이트 | UMA 우마 | BAL 밸런서 | BNT 뱅코르 | XVS 비너스
CAKE 팬케이크스왑 팬케이크 | SUSHI 스시스왑 스시 | PUNDIX 펀디엑스 | ALICE 마이네이버앨리스
OGN 오리진프로토콜 | LPT 라이브피어 | OXT 오키드 | NMR 뉴메레르 | RLC 아이젝 | LRC 루프링
CVC 시빅 | IOTX 아이오텍스 | SKL 스케일 | IQ 아이큐 | LSK 리스크 | ARK 아크 | STRAX 스트라티스
ARDR 아더 | QKC 쿼크체인 | MBL 무비블록 | RAD 래드웍스 | GTC 깃코인 | POLYX 폴리매쉬
SFP 세이프팔 | C98 코인98 | KSM 쿠사마 | RUNE 토르체인 | DASH 대시 | ZEC 지캐시 | DCR 디크레드
QNT 퀀트 | JASMY 재스미코인 재스미 | ROSE 오아시스네트워크 | LUNA 루나 테라 | LUNC 루나클래식
HYPER 하이퍼레인 | PUMP 펌프 | WAL 월러스 | NXPC 넥스페이스 | INIT 이니시아 | LA 라그랑주
SAHARA 사하라에이아이 | SOPH 소폰 | OM 만트라 | ANIME 애니메코인 | RED 레드스톤 | WCT 월렛커넥트
BIO 바이오프로토콜 | COOKIE 쿠키다오 | ORCA 오르카 | SOLV 솔브프로토콜 | VANA 바나 | VTHO 비토르토큰
COW 카우프로토콜 | WBTC 랩트비트코인 | PAXG 팍스골드 | USDT 테더 | USDC 유에스디코인
""")
"""Base asset → the Korean name shown (as on Upbit or Bithumb), then what else people call it.

Ordered from the best known on, which ranks suggestions while no volumes are known yet."""

KIND_NAMES: Final[Mapping[str, str]] = {
    "large_trade": "대량 체결",
    "price_jump": "급등·급락",
    "pump": "펌핑 의심",
    "spread": "스프레드 확대",
    "volume_surge": "거래량 급증",
    "book_imbalance": "호가벽·쏠림",
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
    }.items()
    for word in words.split()
}
"""What people type → the alert kind; compare with ``kind_of``."""

SIDE_NAMES: Final[Mapping[BookSide, str]] = {"bid": "매수", "ask": "매도"}

SEVERITY_NAMES: Final[Mapping[Severity, str]] = {
    "notice": "주의",
    "warning": "경고",
    "critical": "긴급",
}


def display_name(info: SymbolInfo) -> str:
    """ "비트코인(BTCUSDT)", or just "XYZUSDT" for a coin without a Korean name here."""
    names = NAMES.get(info.base)
    return f"{names[0]}({info.symbol})" if names else info.symbol


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
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(초|분|시간|일|주|[smhdw])")
_DURATION_UNITS = {
    "초": SECOND_MS, "s": SECOND_MS, "분": MINUTE_MS, "m": MINUTE_MS, "시간": HOUR_MS, "h": HOUR_MS,
    "일": DAY_MS, "d": DAY_MS, "주": 7 * DAY_MS, "w": 7 * DAY_MS,
}  # fmt: skip
_DURATION_WORDS = {"한시간": "1시간", "반시간": "30분", "하루": "1일", "일주일": "1주"}


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


def _below_man(text: str) -> Decimal:
    total = Decimal(0)
    for number, multiple in re.findall(rf"({_NUMBER})?([천백십]?)", text):
        if number or multiple:
            total += Decimal(number.replace(",", "") or 1) * _MULTIPLES[multiple]
    return total


def parse_duration_ms(text: str, now_ms: int) -> int:
    """ "30분", "1시간 30분", "1h", "2일", "오늘" (until the next 09:00 KST), "계속" → milliseconds.

    "계속" is ``FOREVER_MS``; anything else is at least a second and at most a year. Raises
    ValueError with a Korean line that can be shown to whoever typed it.
    """
    typed = re.sub(r"\s", "", unify(text)) if len(text) <= _MAX_TYPED else ""
    typed = typed.removesuffix("동안").removesuffix("까지")
    typed = _DURATION_WORDS.get(typed, typed)
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
