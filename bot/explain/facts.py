"""What a text about an alert may say: each measured figure with what it means, in one place.

The same facts are shown to the model as words and held against what it wrote (see grounding.py).
Pure.
"""

from collections.abc import Mapping
from typing import Final, Literal, assert_never

import msgspec

from bot.explain.past_said import past_sentence
from bot.hindsight import Standing
from bot.korean import (
    NAMES,
    POSITION_NAMES,
    SECOND_MS,
    SIDE_NAMES,
    bp,
    display_name,
    duration,
    kst,
    kst_minute,
    money,
    number,
    portion,
    premium_word,
    price,
    quantity,
    quote_unit,
    share,
    signed,
    signed_share,
    times,
    window,
)
from bot.symbols import read_symbol
from pipeline.model import (
    AnyAlert,
    BookImbalance,
    BookSide,
    Funding,
    Kimchi,
    LargeTrade,
    Liquidated,
    Position,
    PriceJump,
    Pump,
    Severity,
    Side,
    Spread,
    SymbolInfo,
    VolumeSurge,
)
from pipeline.venues import coin_of

Unit = Literal["%", "pp", "bp", "배", "건", "회", "초", "원", "money", "coin"]
Direction = Literal["up", "down"]
Risk = Literal["낮음", "보통", "높음"]

RISKS: Final[Mapping[Severity, Risk]] = {"notice": "낮음", "warning": "보통", "critical": "높음"}
"""The level of risk that the excess over the threshold stands for."""

FLAT_PCT: Final = 0.005
"""A smaller change is shown as 0.00% and has no direction."""

_USUAL = "평소|통상|보통 때|평상시|일반적"
_THRESHOLD = "기준|임계|문턱|설정"
_AVERAGE = "평균|단가|체결가|가격|개당"
_OUTDONE = "(?:보다|대비|웃도|넘|수준을|폭을|변동을|의 [^,]{0,4})"


class Figure(msgspec.Struct, frozen=True):
    """One number that may appear: ``value`` in ``unit`` (money: quote currency, coin: base).

    The rest tells it from other figures of its unit, as regular expressions over the words between
    it and the numbers around it: ``near`` must occur before or after it, ``before_not`` must not
    occur before it, ``after_not`` not directly behind it. A ``signed`` one has a direction. A
    ``least`` one is a lower bound, and has to be told as one ("이상").
    """

    value: float
    unit: Unit
    near: str = ""
    before_not: str = ""
    after_not: str = ""
    signed: bool = False
    least: bool = False


class Facts(msgspec.Struct, frozen=True):
    """Everything that may be said about one alert.

    ``kind`` is the alert's, of a book imbalance its ``what``, of a premium below zero "reverse_…".
    ``words`` are the facts as people read them, for the model. ``side`` is the taker's, None where
    nobody is known to have bought or sold; ``direction`` is the price's (a premium's, of one), None
    where it did not move or that is not known; ``book_side`` is where orders rest, ``position`` the
    one that was closed by force or pays. ``moments`` are the times (ms) that may be named.
    ``usual`` says whether "than usual" has been measured, ``rare`` whether "seldom" has. ``past``:
    what came after alerts like it, None where that is not clear.
    """

    kind: str
    pair: SymbolInfo
    words: Mapping[str, str]
    figures: tuple[Figure, ...]
    moments: tuple[int, ...]
    risk: Risk
    side: Side | None = None
    direction: Direction | None = None
    book_side: BookSide | None = None
    position: Position | None = None
    usual: bool = True
    rare: bool = True
    recovered: bool = False
    past: Standing | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What the alert's coin and pair are called."""
        return (coin_of(self.pair.symbol), self.pair.base, *NAMES.get(self.pair.base, ()))


def facts_of(alert: AnyAlert, info: SymbolInfo | None, past: Standing | None = None) -> Facts:
    """The facts of an alert; ``info`` as listed, None if the pair is not. ``past`` is what came
    after alerts like it, where that is clear."""
    pair = info or read_symbol(alert.symbol)
    match alert:
        case LargeTrade():
            facts = _large_trade(alert, pair)
        case PriceJump():
            facts = _price_jump(alert, pair)
        case Pump():
            facts = _pump(alert, pair)
        case Spread():
            facts = _spread(alert, pair)
        case VolumeSurge():
            facts = _volume_surge(alert, pair)
        case BookImbalance():
            facts = _book_imbalance(alert, pair)
        case Kimchi():
            facts = _kimchi(alert, pair)
        case Liquidated():
            facts = _liquidation(alert, pair)
        case Funding():
            facts = _funding(alert, pair)
        case _:
            assert_never(alert)
    words = {
        "종목": display_name(pair),
        "시각": kst(alert.at_ms),
        **facts.words,
        "위험도": facts.risk,
        "위험도 근거": f"알림 기준의 {times(alert.excess)}",
    }
    if alert.recovered:
        words["참고"] = "연결이 끊긴 동안의 일로, 복구한 데이터에서 뒤늦게 확인"
    if past is not None:
        words["지난 기록"] = past_sentence(past)
    return msgspec.structs.replace(
        facts,
        words=words,
        past=past,
        recovered=alert.recovered,
        figures=(*facts.figures, Figure(alert.excess, "배", near=_THRESHOLD)),
    )


def _large_trade(alert: LargeTrade, pair: SymbolInfo) -> Facts:
    unit = quote_unit(pair.quote)
    average = alert.price if pair.tick > 0 else float(f"{alert.price:.8g}")
    words = {
        "사건": "시장가 매수 대량 체결" if alert.side == "buy" else "시장가 매도 대량 체결",
        "규모": money(alert.notional, pair.quote),
        "수량": quantity(alert.quantity, pair.step, pair.base),
        "평균 체결가": price(average, pair.tick, unit),
        "체결 건수": f"{alert.fills:,}건",
    }
    figures = [
        Figure(
            alert.notional,
            "money",
            before_not=rf"(?:{_AVERAGE})[^,]{{0,8}}$",
            after_not=rf"{_MOVED}|까지|선|에서|에 (?:거래|체결|도달)|으?로 {_MOVED}",
        ),
        Figure(alert.price, "money", near=_AVERAGE, after_not=f"{_MOVED}|규모|어치|상당"),
        Figure(alert.quantity, "coin"),
        Figure(alert.fills, "건"),
    ]
    if alert.slippage_bp is not None:
        words["슬리피지(체결 전 최우선 호가 대비)"] = bp(alert.slippage_bp)
        slipped = "슬리피지|미끄|불리|최우선"
        figures.append(Figure(alert.slippage_bp, "bp", near=slipped))
        figures.append(Figure(alert.slippage_bp / 100, "%", near=slipped))
    if alert.percentile is not None:
        top = round(100 - alert.percentile, 9)
        if alert.percentile >= 50:
            words["이 종목 최근 체결 중 크기"] = (
                "상위 0.01% 이내" if top < 0.01 else f"상위 {share(top)}"
            )
        figures.append(Figure(top, "%", near="상위"))
        if top < 0.01:  # it is told as "0.01% 이내"
            figures.append(Figure(0.01, "%", near="상위"))
        figures.append(Figure(alert.percentile, "%", near="보다 [큰크]|백분위|웃도|작았"))
    if alert.per_day:
        text = "0.1회 미만"
        if alert.per_day >= 0.1:
            text = f"약 {number(alert.per_day, 0 if alert.per_day >= 1 else 1)}회"
        words["이만한 체결의 빈도"] = f"하루 {text}"
        figures.append(Figure(alert.per_day, "회", near="하루|일평균"))
    direction: Direction | None = None
    change = alert.change_1m_pct
    if change is not None:
        flat = abs(change) < FLAT_PCT
        direction = None if flat else ("up" if change > 0 else "down")
        moved = "거의 그대로" if flat else f"{share(change)} {_direction_word(direction)}"
        words["직전 1분 가격"] = moved
        figures.append(Figure(change, "%", before_not="상위|슬리피지", signed=True))
        figures.append(Figure(60, "초", after_not="전|뒤|후"))
    known = alert.percentile is not None
    return Facts(
        kind=alert.kind,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms, alert.first_ms, alert.last_ms),
        risk=RISKS[alert.severity],
        side=alert.side,
        direction=direction,
        usual=known and alert.percentile is not None and alert.percentile >= 50,
        rare=known and alert.percentile is not None and alert.percentile >= 95,
    )


def _price_jump(alert: PriceJump, pair: SymbolInfo) -> Facts:
    unit = quote_unit(pair.quote)
    before, after = (price(p, pair.tick, unit) for p in (alert.from_price, alert.price))
    length = window(alert.window_s)
    direction: Direction = "up" if alert.change_pct >= 0 else "down"
    words = {
        "사건": f"{length} 동안 가격 {share(alert.change_pct)} {_direction_word(direction)}",
        "이전 가격": before,
        "지금 가격": after,
    }
    figures = [
        Figure(
            alert.change_pct,
            "%",
            before_not=rf"(?:{_USUAL})(?!.*{_OUTDONE})",
            after_not="나? ?(?:더 )?(?:큰|크|높|많|넓)",
            signed=True,
        ),
        *_from_to(alert.from_price, alert.price),
        Figure(alert.window_s, "초"),
    ]
    if share(alert.usual_pct) != share(0):
        words[f"평소 {length} 변동"] = share(alert.usual_pct)
        ratio = abs(alert.change_pct) / alert.usual_pct
        words["평소 변동 대비"] = times(ratio)
        figures.append(Figure(alert.usual_pct, "%", near=_USUAL))
        figures.append(Figure(ratio, "배", before_not=_THRESHOLD))
        if alert.zscore:
            deviation = "표준편차|표준 편차"
            figures.append(Figure(abs(alert.zscore), "배", near=deviation))
    return Facts(
        kind=alert.kind,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms,),
        risk=RISKS[alert.severity],
        direction=direction,
        usual=alert.usual_pct > 0,
    )


def _pump(alert: Pump, pair: SymbolInfo) -> Facts:
    unit = quote_unit(pair.quote)
    before, after = (price(p, pair.tick, unit) for p in (alert.from_price, alert.price))
    length = window(alert.window_s)
    words = {
        "사건": f"{length} 동안 시장가 매수가 몰리며 가격 {share(alert.change_pct)} 상승",
        "시장가 매수 주문": f"{alert.buys:,}건",
        f"평소 {length} 매수 주문 대비": times(alert.times_usual),
        "그중 여러 체결로 나뉜 주문": f"{alert.rush_orders:,}건",
        "매수 금액": money(alert.notional, pair.quote),
        "이전 가격": before,
        "지금 가격": after,
    }
    split = "나뉜|나뉘|나누|여러|그중|가운데"
    figures = (
        Figure(alert.buys, "건", before_not=rf"(?:{_USUAL})(?!.*{_OUTDONE})|{split}"),
        Figure(alert.rush_orders, "건", near=split),
        Figure(alert.times_usual, "배", near=_USUAL, before_not=_THRESHOLD),
        Figure(alert.change_pct, "%", before_not=_USUAL, signed=True),
        Figure(
            alert.notional,
            "money",
            near="규모|금액|대금|어치|상당|매수",
            before_not=rf"(?:{_AVERAGE})[^,]{{0,8}}$",
            after_not=f"{_MOVED}|{_TO_HERE}|{_FROM_HERE}",
        ),
        *_from_to(alert.from_price, alert.price),
        Figure(alert.window_s, "초"),
    )
    return Facts(
        kind=alert.kind,
        pair=pair,
        words=words,
        figures=figures,
        moments=(alert.at_ms,),
        risk=RISKS[alert.severity],
        side="buy",
        direction="up",
    )


def _spread(alert: Spread, pair: SymbolInfo) -> Facts:
    unit = quote_unit(pair.quote)
    words = {
        "사건": f"최우선 매수·매도 호가 차이(스프레드)가 {bp(alert.spread_bp)}로 벌어짐",
        "최우선 매수 호가": price(alert.bid, pair.tick, unit),
        "최우선 매도 호가": price(alert.ask, pair.tick, unit),
    }
    outdone = "(?:보다|대비|웃도|넘|수준을|의 [^,]{0,4})"
    wide = rf"(?:{_USUAL})(?!.*{outdone})|슬리피지"
    figures = [
        Figure(alert.spread_bp, "bp", before_not=wide),
        Figure(alert.spread_bp / 100, "%", before_not=wide),
        Figure(alert.bid, "money", near="매수", before_not=r"매도(?!.*매수)"),
        Figure(alert.ask, "money", near="매도", before_not=r"매수(?!.*매도)"),
        Figure(
            float(f"{alert.ask - alert.bid:.12g}"),
            "money",
            near="차이|스프레드|간격|벌어",
            before_not="호가[은는가]? ?$",
        ),
    ]
    if alert.times_usual > 0:
        words["평소 스프레드"] = bp(alert.usual_bp)
        words["평소 대비"] = times(alert.times_usual)
        figures.append(Figure(alert.usual_bp, "bp", near=_USUAL, before_not="슬리피지"))
        figures.append(Figure(alert.usual_bp / 100, "%", near=_USUAL))
        figures.append(Figure(alert.times_usual, "배", before_not=_THRESHOLD))
    return Facts(
        kind=alert.kind,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms,),
        risk=RISKS[alert.severity],
        usual=alert.times_usual > 0,
    )


def _volume_surge(alert: VolumeSurge, pair: SymbolInfo) -> Facts:
    length = window(alert.window_s)
    notional, usual = (money(amount, pair.quote) for amount in (alert.notional, alert.usual))
    words = {
        "사건": f"{length} 동안의 거래대금이 {notional}로 평소보다 크게 늘어남",
        f"이 시간대 평소 {length} 거래대금": usual,
        "평소 대비": times(alert.times_usual),
        "체결 건수": f"{alert.trades:,}건",
    }
    outdone = "(?:보다|대비|웃도|넘|수준을|의 [^,]{0,4})"
    figures = [
        Figure(
            alert.notional,
            "money",
            before_not=rf"(?:{_USUAL})(?!.*{outdone})|가격",
            after_not=rf"{_MOVED}|에서|보다|선",
        ),
        Figure(alert.usual, "money", near=_USUAL, after_not=f"{_MOVED}|로|까지"),
        Figure(alert.times_usual, "배", before_not=f"{_THRESHOLD}|가격"),
        Figure(alert.trades, "건"),
        Figure(alert.window_s, "초"),
    ]
    direction: Direction | None = None
    change = alert.change_pct
    if change is not None:
        flat = abs(change) < FLAT_PCT
        direction = None if flat else ("up" if change > 0 else "down")
        moved = "거의 그대로" if flat else f"{share(change)} {_direction_word(direction)}"
        words[f"같은 {length} 동안의 가격"] = moved
        figures.append(
            Figure(
                change,
                "%",
                near="가격|시세",
                after_not="늘|증가|급증|더 (?:거래|체결)",
                signed=True,
            )
        )
    return Facts(
        kind=alert.kind,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms,),
        risk=RISKS[alert.severity],
        direction=direction,
    )


_EVENTS: Final[Mapping[str, str]] = {
    "wall_appeared": "벽이 나타나 머물러 있음",
    "wall_vanished": "벽이 가격이 닿기 전에 사라짐",
    "imbalance": "쪽으로 호가 잔량이 쏠려 있음",
}


def _book_imbalance(alert: BookImbalance, pair: SymbolInfo) -> Facts:
    side = SIDE_NAMES[alert.side]
    lean = alert.what == "imbalance"
    level = price(alert.price, pair.tick, quote_unit(pair.quote))
    words = {
        "사건": f"{side}{' ' if lean else ''}{_EVENTS[alert.what]}",
        f"{side} 잔량": money(alert.notional, pair.quote),
        f"{side} 최우선 호가" if lean else f"{side}벽 가격": level,
        "중간 가격에서 잰 범위" if lean else "중간 가격과의 거리": bp(alert.distance_bp),
        "유지된 시간": duration(alert.held_s * SECOND_MS),
        f"{side} 잔량 비중" if lean else f"보이는 {side} 호가 가운데 비중": portion(
            alert.share_pct
        ),
    }
    far = "거리|중간|이내|떨어|안에|까지"
    figures = [
        Figure(
            alert.notional, "money", after_not=rf"선|에 (?!이르|달)|에서|으?로 {_MOVED}|{_MOVED}"
        ),
        Figure(alert.price, "money", near="호가|가격|에|선", after_not=_SIZE),
        Figure(alert.held_s, "초", after_not="전|뒤|후"),
        Figure(alert.distance_bp, "bp", near=far),
        Figure(alert.distance_bp / 100, "%", near=far),
        Figure(alert.share_pct, "%", before_not=_USUAL, after_not=_MOVED),
    ]
    if alert.usual_pct is not None:
        words["평소 비중"] = portion(alert.usual_pct)
        figures.append(Figure(alert.usual_pct, "%", near=_USUAL))
    if alert.times_usual > 0:
        words["평소 대비"] = times(alert.times_usual)
        figures.append(Figure(alert.times_usual, "배", before_not=_THRESHOLD))
    return Facts(
        kind=alert.what,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms,),
        risk=RISKS[alert.severity],
        book_side=alert.side,
        usual=alert.times_usual > 0,
    )


_BY: Final[Mapping[str, str]] = {"bank": "은행|환율", "tether": "테더"}


def _kimchi(alert: Kimchi, pair: SymbolInfo) -> Facts:
    other = _BY["tether" if alert.basis == "bank" else "bank"]
    reverse = premium_word(alert.premium_pct) == "역프"
    now = f"{premium_word(alert.premium_pct)} {signed_share(alert.premium_pct)}"
    words = {
        "사건": f"{now}({'은행 환율' if alert.basis == 'bank' else '업비트 테더'} 기준)",
        "업비트 원화 가격": price(alert.won, unit="원"),
        "바이낸스 가격": price(alert.price, pair.tick, quote_unit(pair.quote)),
    }
    moved = "상승|하락|움직|변[했하]|올랐|내렸"
    figures = [
        Figure(
            alert.premium_pct,
            "%",
            before_not=other,
            after_not=rf"p|포인트|{_MOVED}",
            signed=True,
        ),
        Figure(alert.won, "원", near="업비트|원화"),
        Figure(alert.price, "money", near="바이낸스|가격|시세"),
        Figure(1.0, "money", near="환율"),
    ]
    for basis, value, rate, called in (
        ("bank", alert.bank_pct, alert.rate, "은행 환율"),
        ("tether", alert.tether_pct, alert.tether, "업비트 테더"),
    ):
        if value is not None and rate is not None:
            words[f"{called} 기준"] = f"{signed_share(value)}({price(rate, 0.01, '원')})"
            figures.append(Figure(value, "%", near=_BY[basis], after_not=_MOVED, signed=True))
            figures.append(Figure(rate, "원", near=_BY[basis]))
    direction: Direction | None = None
    if alert.change_points is not None and alert.window_s is not None:
        direction = "up" if alert.change_points >= 0 else "down"
        words["프리미엄 변화"] = (
            f"{window(alert.window_s)} 동안 {signed_share(alert.change_points)}p"
        )
        figures.append(Figure(alert.change_points, "pp", near=moved, signed=True))
        figures.append(Figure(alert.window_s, "초"))
    below = "reverse_kimchi" if direction is None else "reverse_change"
    return Facts(
        kind=below if reverse else alert.kind,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms,),
        risk=RISKS[alert.severity],
        direction=direction,
        usual=False,
        rare=False,
    )


def _liquidation(alert: Liquidated, pair: SymbolInfo) -> Facts:
    side = POSITION_NAMES[alert.position]
    average = float(f"{alert.price:.8g}")
    words = {
        "사건": f"{side} 포지션의 강제 청산(거래소가 알려 준 것만 더한 하한)",
        "청산 금액": f"{money(alert.notional, pair.quote)} 이상",
        "평균 청산가": price(average, pair.tick, quote_unit(pair.quote)),
        "걸린 시간": window(alert.window_s),
    }
    figures = [
        Figure(alert.notional, "money", before_not=rf"(?:{_AVERAGE})[^,]{{0,8}}$", least=True),
        Figure(average, "money", near=_AVERAGE, after_not=f"{_MOVED}|{_SIZE}|이상"),
        Figure(alert.window_s, "초", after_not="전|뒤|후"),
    ]
    if alert.count > 1:
        words["건수"] = f"{alert.count:,}건 이상"
        words["가장 큰 한 건"] = f"{money(alert.largest, pair.quote)} 이상"
        figures.append(Figure(alert.count, "건", least=True))
        figures.append(Figure(alert.largest, "money", near="가장|최대", least=True))
    return Facts(
        kind=alert.kind,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms, alert.first_ms, alert.last_ms),
        risk=RISKS[alert.severity],
        position=alert.position,
        usual=False,
        rare=False,
    )


def _funding(alert: Funding, pair: SymbolInfo) -> Facts:
    payer = POSITION_NAMES[alert.payer]
    words = {
        "사건": f"펀딩비를 내는 쪽이 {payer}으로 바뀜" if alert.what == "turned" else "큰 펀딩비",
        "펀딩비": signed(alert.rate_pct, 4),
        "내는 쪽": payer,
        "다음 정산": kst_minute(alert.next_ms),
    }
    others = f"{_USUAL}|차이|지수"
    figures = [Figure(alert.rate_pct, "%", before_not=f"(?:{others})[^,]*$", signed=True)]
    if alert.interval_h is not None:
        words["정산 간격"] = f"{number(alert.interval_h, 1)}시간"
        figures.append(Figure(alert.interval_h * 3_600, "초", near="마다|간격|정산"))
    if alert.usual_pct is not None and alert.times_usual:
        words["평소 펀딩비"] = f"{number(alert.usual_pct, 4)}%"
        words["평소 대비"] = times(alert.times_usual)
        figures.append(Figure(alert.usual_pct, "%", near=_USUAL))
        figures.append(Figure(alert.times_usual, "배", before_not=_THRESHOLD))
    if alert.before_pct is not None:
        words["전에 낸 가장 큰 펀딩비"] = signed(alert.before_pct, 4)
        figures.append(Figure(alert.before_pct, "%", near="전|앞서|가장", signed=True))
    if alert.premium_pct is not None:
        words["현물 지수와의 차이"] = signed(alert.premium_pct, 3)
        figures.append(Figure(alert.premium_pct, "%", near="차이|지수", signed=True))
    return Facts(
        kind=alert.kind,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms, alert.next_ms),
        risk=RISKS[alert.severity],
        position=alert.payer,
        usual=bool(alert.times_usual),
        rare=False,
    )


_SIZE = "규모|어치|상당|의? ?(?:물량|잔량|주문|벽)|짜리"
_MOVED = r"만큼|(?:가량 |정도 )?(?:상승|하락|오른|올랐|올라|내린|내렸|급등|급락|떨어|뛰)"
_TO_HERE = r"로|으로|까지|선까지|선으로|에 도달|에 이르"
_FROM_HERE = r"에서(?! 거래| 체결| 형성| 머)|부터| ?→| ?->"


def _from_to(before: float, after: float) -> tuple[Figure, ...]:
    """Two prices, one after the other, and what lies between them."""
    return (
        Figure(
            before,
            "money",
            near=r"(?<!직)전|에서|→|->|부터|보다",
            after_not=f"{_MOVED}|{_TO_HERE}",
        ),
        Figure(
            after,
            "money",
            before_not=r"전[은에]? ?(?:가격[은는이]? ?)?$",
            after_not=f"{_MOVED}|{_FROM_HERE}",
        ),
        Figure(
            abs(after - before),
            "money",
            near="차이|만큼|오른|내린|상승|하락|올랐|내렸|떨어",
            after_not=f"{_TO_HERE}|{_FROM_HERE}",
        ),
    )


def _direction_word(direction: Direction | None) -> str:
    return "상승" if direction == "up" else "하락"
