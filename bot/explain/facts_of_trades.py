"""What may be said of alerts that trades raise. Pure."""

from bot.explain.figures import (
    AVERAGE,
    BY_USUAL,
    FLAT_PCT,
    FROM_HERE,
    HERE,
    MOST,
    MOVED,
    NOT_USUAL,
    OTHER_THAN,
    OUTDONE,
    PRICED,
    RISKS,
    SIZE,
    THRESHOLD,
    TO_HERE,
    TRADED,
    USUAL,
    Direction,
    Facts,
    Figure,
    direction_word,
    from_to,
)
from bot.korean import (
    POSITION_NAMES,
    bp,
    money,
    number,
    price,
    quantity,
    quote_unit,
    share,
    times,
    window,
)
from pipeline.model import LargeTrade, Liquidated, PriceJump, Pump, SymbolInfo, VolumeSurge


def large_trade(alert: LargeTrade, pair: SymbolInfo) -> Facts:
    """See facts.facts_of."""
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
            before_not=rf"(?:{AVERAGE})[^,]{{0,8}}$",
            after_not=rf"까지|선|에서|에 (?:거래|체결|도달)|으?로 (?:{MOVED})",
        ),
        Figure(
            alert.price,
            "money",
            near=rf"{AVERAGE}|{HERE}에 (?:시장가로 )?(?:{TRADED})",
            before_not="(?:전|이후|지금|현재)[^,.]{0,8}$",
            after_not="규모|어치|상당",
        ),
        Figure(alert.quantity, "coin"),
        Figure(alert.fills, "건"),
        Figure(alert.fills, "회", near=rf"{HERE}(?:에|으로) ?(?:나누|나뉘|나뉜|나눠|걸쳐|걸친)"),
    ]
    if alert.slippage_bp is not None:
        words["슬리피지(체결 전 최우선 호가 대비)"] = bp(alert.slippage_bp)
        slipped = "슬리피지|미끄|불리|최우선"
        figures.append(Figure(alert.slippage_bp, "bp", near=slipped, change=True))
        figures.append(Figure(alert.slippage_bp / 100, "%", near=slipped, change=True))
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
        moved = "거의 그대로" if flat else f"{share(change)} {direction_word(direction)}"
        words["직전 1분 가격"] = moved
        figures.append(
            Figure(
                change,
                "%",
                near=PRICED,
                before_not=f"상위|슬리피지|호가|잔량|{OTHER_THAN}",
                after_not="의? ?슬리피지",
                signed=True,
                change=True,
            )
        )
        figures.append(Figure(60, "초", near=f"전 ?{HERE}|직전|앞"))
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


def price_jump(alert: PriceJump, pair: SymbolInfo) -> Facts:
    """See facts.facts_of."""
    unit = quote_unit(pair.quote)
    before, after = (price(p, pair.tick, unit) for p in (alert.from_price, alert.price))
    length = window(alert.window_s)
    direction: Direction = "up" if alert.change_pct >= 0 else "down"
    words = {
        "사건": f"{length} 동안 가격 {share(alert.change_pct)} {direction_word(direction)}",
        "이전 가격": before,
        "지금 가격": after,
    }
    figures = [
        Figure(
            alert.change_pct,
            "%",
            before_not=rf"(?:{USUAL})(?!.*{OUTDONE})",
            after_not="나? ?(?:더 )?(?:큰|크|높|많|넓)",
            signed=True,
            change=True,
        ),
        *from_to(alert.from_price, alert.price),
        Figure(alert.window_s, "초"),
    ]
    if share(alert.usual_pct) != share(0):
        words[f"평소 {length} 변동"] = share(alert.usual_pct)
        ratio = abs(alert.change_pct) / alert.usual_pct
        words["평소 변동 대비"] = times(ratio)
        figures.append(Figure(alert.usual_pct, "%", near=BY_USUAL, before_not=NOT_USUAL))
        compared = (
            rf"{USUAL}|변동|^\)?(?:의|보다|대비|(?:인 것|던 것)?[와과] (?:비교|견주))|그 {HERE}"
        )
        figures.append(
            Figure(ratio, "배", near=compared, before_not=THRESHOLD, after_not="가격|시세")
        )
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


def pump(alert: Pump, pair: SymbolInfo) -> Facts:
    """See facts.facts_of."""
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
        Figure(
            alert.buys,
            "건",
            before_not=rf"(?:{USUAL})(?!.*{OUTDONE})|{split}",
            after_not="[이은]? ?(?:여러 [가-힣]+로 )?(?:나뉘|나뉜|나눠|쪼개)",
        ),
        Figure(alert.rush_orders, "건", near=split),
        Figure(alert.times_usual, "배", near=USUAL, before_not=THRESHOLD),
        Figure(alert.change_pct, "%", before_not=USUAL, signed=True, change=True),
        Figure(
            alert.notional,
            "money",
            near="규모|금액|대금|어치|상당|매수",
            before_not=rf"(?:{AVERAGE})[^,]{{0,8}}$",
            after_not=rf"(?:{TO_HERE})(?! ?(?:집계|측정|나타|확인|기록))|{FROM_HERE}",
        ),
        *from_to(alert.from_price, alert.price),
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


def volume_surge(alert: VolumeSurge, pair: SymbolInfo) -> Facts:
    """See facts.facts_of."""
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
            before_not=rf"(?:{USUAL})(?!.*{outdone})|가격",
            after_not="에서|보다|선",
        ),
        Figure(alert.usual, "money", near=BY_USUAL, before_not=NOT_USUAL, after_not="로|까지"),
        Figure(alert.times_usual, "배", before_not=f"{THRESHOLD}|가격|건수"),
        Figure(alert.trades, "건"),
        Figure(alert.window_s, "초"),
    ]
    direction: Direction | None = None
    change = alert.change_pct
    if change is not None:
        flat = abs(change) < FLAT_PCT
        direction = None if flat else ("up" if change > 0 else "down")
        moved = "거의 그대로" if flat else f"{share(change)} {direction_word(direction)}"
        words[f"같은 {length} 동안의 가격"] = moved
        figures.append(
            Figure(
                change,
                "%",
                near="가격|시세",
                after_not="늘|증가|급증|더 (?:거래|체결)",
                signed=True,
                change=True,
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


def liquidation(alert: Liquidated, pair: SymbolInfo) -> Facts:
    """See facts.facts_of."""
    side = POSITION_NAMES[alert.position]
    average = float(f"{alert.price:.8g}")
    words = {
        "사건": f"{side} 포지션의 강제 청산(거래소가 알려 준 것만 더한 하한)",
        "청산 금액": f"{money(alert.notional, pair.quote)} 이상",
        "평균 청산가": price(average, pair.tick, quote_unit(pair.quote)),
        "걸린 시간": window(alert.window_s),
    }
    figures = [
        Figure(alert.notional, "money", before_not=rf"(?:{AVERAGE})[^,]{{0,8}}$", least=True),
        Figure(average, "money", near=AVERAGE, after_not=f"{SIZE}|이상"),
        Figure(alert.window_s, "초"),
    ]
    if alert.count > 1:
        words["건수"] = f"{alert.count:,}건 이상"
        words["가장 큰 한 건"] = f"{money(alert.largest, pair.quote)} 이상"
        figures.append(Figure(alert.count, "건", least=True))
        figures.append(Figure(alert.largest, "money", near=MOST, least=True))
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
