"""The words about the whole market: those the model is told, and those it may use. Pure."""

from collections.abc import Iterable
from typing import Final

from bot.explain.signs import Lexicon
from bot.korean import (
    KIND_NAMES,
    bp,
    display_name,
    dollars,
    number,
    price,
    quote_unit,
    window,
)
from bot.readings import After, Coin, Survey
from bot.survey_words import counted_when, moved
from bot.symbols import read_symbol
from pipeline.model import AnyAlert, LargeTrade, PriceJump, Pump, Spread, SymbolInfo

OPEN: Final = "09시 이후"

LEXICON: Final = Lexicon(
    """
L: 종목 코인
u: 상승 상승세 오름세 강세 올랐 오르 뛰었
d: 하락 하락세 내림세 약세 내렸 내리 떨어졌
u;: 올라
d;: 내려 떨어져
a: 오른 상승한 뛴
v: 내린 하락한 떨어진
+u: 급등
+d: 급락
+a: 급등한
+v: 급락한
r: 상승률 상승폭 오름폭
f: 하락률 하락폭 낙폭
z: 보인 기록한 나타낸
=: 보합 보합권 보합세 제자리
~: 엇갈렸 엇갈린 엇갈리 혼조 혼조세
*: 가장 제일
+: 크게 많이 큰
-: 소폭 조금 약간 다소
>: 높 높은 높았 크 컸 큽니다 많 많은 많았 우세 우위 앞섰
<: 낮 낮은 낮았 작 작은 작았 적 적은 적었
>;: 많아 높아 커
<;: 적어 낮아 작아
l: 그쳤 그치 불과
l;: 그쳐
T: 비해 대비
A: 모두 전부 일제히
M: 대부분
E: 각각
o: 중 중에 중에서 가운데 가운데서
G: 고래 고래들 대량
K: 체결
c: 시장가 거래대금
b: 매수 매수세
s: 매도 매도세
e: 순매수
j: 순매도
H: 비중 비율 차지
D: 잔량 물량
Q: 호가 호가창
Y: 심리 분위기
1: 긍정 긍정적
0: 중립 중립적
9: 부정 부정적
#: 알림
^: 상위
V: 가격 현재가 시세
S: 스프레드
h: 절반 과반
Z: 없
R: 근거 바탕 따라 따른
!: 않 못 아니
.: 현재 지금 최근 지난 약 가량 거의 더 쪽 측 편 상태 모습 것 수준 정도 흐름 폭 동안 기준 시장 전체
.: 나타났 나타나 나타난 나타납니다 보입니다 보였 보이 기록 집계 확인 거래 주요 가까운 투자
.: 있습니다 있었습니다 있 입니다 이고 이며 이 그 등 규모 금액 어치 총
.: 이상 넘 넘는 넘게 웃도 웃도는 미만 남짓 달하 달했 이르 평가 분류 판단 이루어졌 나왔 발생
.: 또 또한 한편 반면 그리고 역시 다만
""",
    phrases=(
        (r"(?:알림\s?)?(?<![\d.,])1시간\s?(?:뒤|후)(?:에는|에도|에|의)?(?![가-힣])", "N:3600"),
        (
            r"(?:(?:알림|그)\s?(?:뒤|이후|후)\s?)?(?:지금|현재)까지(?:는|의)?(?![가-힣])",
            "N:0",
        ),
        (
            r"(?:오늘\s?)?(?:오전\s?)?(?:0?9시|0?9:00)\s?(?:이후|부터|대비|기준|보다)"
            r"(?:에는|에|로는|로|으로는|으로|의)?(?![가-힣])",
            "P",
        ),
        (r"하루\s?(?:동안|사이|전보다|전 대비)(?:에는|에|의)?(?![가-힣])", "t:86400"),
        (r"1위", "*"),
        (r"상위에\s?(?:올랐|들었)", "^"),
        (r"상승\s폭", "r"),
        (r"하락\s폭", "f"),
        (r"절반에(?:도|는)?\s?(?:못\s?미쳤|못\s?미치|미치지\s?못했)", "l"),
        (r"주요\s?(?:코인|종목)", "J"),
        (r"큰\s?(?:변동|변화|움직임)(?:이|은|가|는|도)?\s?없", "≈"),
        (r"(?:변동|변화|움직임)(?:이|은|가|는|도)?\s?(?:거의\s?)?(?:없|미미)", "="),
    ),
)
"""C coin, P since 09:00, N after an alert (until now without seconds), t a length of time, p %, m
money, k and i counts; u and d rose and fell, a and v those that did, r and f by how much, =
unchanged, ≈ hardly changed, ~ both ways, * most, + much, - little; J the majors, L pairs, A all,
M most of them, h half, "l" only, "o" of, E each, T than, > more, < less; G whales, K trades, c
at market, b and s bought and sold, e and j net; H share, D standing, Q quoted; Y mood and its
words 1, 0, 9; # alerts, ^ top, V price, S spread, R reason, Z none, ! not."""


def pairs_of(survey: Survey) -> list[SymbolInfo]:
    """Every pair that may be named."""
    coins = [*survey.majors, *survey.risers, *survey.fallers]
    known = {coin.info.symbol: coin.info for coin in coins}
    for alert in survey.alerts:
        known.setdefault(alert.symbol, read_symbol(alert.symbol))
    return list(known.values())


def words_of(survey: Survey) -> dict[str, object]:
    """The survey as people read it, for the model."""
    words: dict[str, object] = {"주요 코인": {name(c): _coin(c) for c in survey.majors}}
    for title, coins in (("오른", survey.risers), ("내린", survey.fallers)):
        if coins:
            words[f"24시간 동안 많이 {title} 종목"] = {name(c): moved(c.day_pct) for c in coins}
    when = counted_when(survey.whales.hours, survey.whales.since_ms)
    words[f"{when} 대량 체결"] = _whales(survey)
    words["시장 심리"] = survey.mood.word
    words["시장 심리의 근거"] = _mood(survey)
    if survey.alerts:
        known = {pair.symbol: pair for pair in pairs_of(survey)}
        words[f"최근 {survey.alert_hours}시간 주요 알림"] = [
            _alert(alert, known[alert.symbol]) + _after(after) for alert, after in survey.followed
        ]
    return words


def name(coin: Coin) -> str:
    """What a coin is called."""
    return display_name(coin.info)


def _coin(coin: Coin) -> dict[str, str]:
    words = {"가격": price(coin.price, coin.info.tick, quote_unit(coin.info.quote))}
    if coin.open_pct is not None:
        words[OPEN] = moved(coin.open_pct)
    return words | {"24시간": moved(coin.day_pct)}


def _whales(survey: Survey) -> object:
    flow = survey.whales
    if not flow.count:
        return "없음"
    words = {
        "건수": f"{flow.count:,}건",
        "시장가 매수": dollars(flow.bought),
        "시장가 매도": dollars(flow.sold),
    }
    if flow.net:
        words["순매수" if flow.net > 0 else "순매도"] = dollars(abs(flow.net))
    return words


def _mood(survey: Survey) -> dict[str, str]:
    mood = survey.mood
    measured = (
        ("주요 코인의 최근 1시간 시장가 매수 비중", mood.buy_share),
        ("주요 코인의 가까운 호가 매수 잔량 비중", mood.bid_share),
    )
    words = {title: f"{number(value, 1)}%" for title, value in measured if value is not None}
    rising = f"{mood.pairs:,}개 중 {rising_count(survey):,}개({number(mood.rising, 1)}%)"
    return words | {"24시간 전보다 오른 종목": rising}


def rising_count(survey: Survey) -> int:
    """How many pairs are above their price 24 hours ago."""
    return round(survey.mood.rising * survey.mood.pairs / 100)


def _alert(alert: AnyAlert, pair: SymbolInfo) -> str:
    called = display_name(pair)
    if isinstance(alert, LargeTrade):
        side = "매수" if alert.side == "buy" else "매도"
        amount = f" {dollars(alert.notional)}" if quote_unit(pair.quote) == "달러" else ""
        return f"{called} 시장가 {side} 대량 체결{amount}"
    if isinstance(alert, PriceJump | Pump):
        return f"{called} {window(alert.window_s)} 동안 {moved(alert.change_pct)}"
    if isinstance(alert, Spread):
        return f"{called} 스프레드 {bp(alert.spread_bp)}"
    return f"{called} {KIND_NAMES[alert.kind]}"


def _after(after: After | None) -> str:
    if after is None:
        return ""
    when = f"알림 {after.hours}시간 뒤" if after.hours else "알림 뒤 지금까지"
    return f", {when} {moved(after.pct)}"


def listed(coins: Iterable[Coin]) -> set[str]:
    """The symbols of some coins."""
    return {coin.info.symbol for coin in coins}
