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
    side = "매수" if alert.side == "buy" else "매도"
    average = alert.price if pair.tick > 0 else float(f"{alert.price:.8g}")
    words = {
        "사건": f"시장가 {side} 대량 체결",
        "매수/매도": side,
        "규모": money(alert.notional, pair.quote),
        "수량": quantity(alert.quantity, pair.step, pair.base),
        "평균 체결가": price(average, pair.tick, unit),
        "체결 건수": f"{alert.fills:,}건",
    }
    figures = [
        Figure(
            alert.notional,
            "money",
            "amount",
            after_not=rf"까지|선|에서|에 (?:거래|체결|도달)|으?로 (?:{MOVED})",
        ),
        Figure(
            alert.price,
            "money",
            "average price",
            near=rf"{AVERAGE}|{HERE}에 (?:시장가로 )?(?:{TRADED})",
            before_not="(?:전|이후|지금|현재)[^,.]{0,8}$",
            after_not="까지",
        ),
        Figure(alert.quantity, "coin", "amount"),
        Figure(alert.fills, "건", "fills" if alert.fills > 1 else "fills orders"),
        Figure(
            alert.fills,
            "회",
            "fills",
            near=rf"{HERE}(?:에|으로) ?(?:나누|나뉘|나뉜|나눠|걸쳐|걸친)",
        ),
    ]
    if alert.slippage_bp is not None:
        words["슬리피지(체결 전 최우선 호가 대비)"] = bp(alert.slippage_bp)
        slipped = "슬리피지|미끄|불리|최우선"
        figures.append(
            Figure(alert.slippage_bp, "bp", "slippage quoted", near=slipped, change=True)
        )
        figures.append(
            Figure(alert.slippage_bp / 100, "%", "slippage quoted", near=slipped, change=True)
        )
    if alert.rank is not None:
        top = round(100 - alert.rank, 9)
        if alert.rank >= 50:
            words["크기(이 종목 최근 체결 가운데)"] = (
                "상위 0.01% 이내" if top < 0.01 else f"상위 {share(top)}"
            )
        figures.append(Figure(top, "%", "rank amount", near="상위"))
        if top < 0.01:  # it is told as "0.01% 이내"
            figures.append(Figure(0.01, "%", "rank amount", near="상위"))
        figures.append(Figure(alert.rank, "%", "rank amount", near="보다 [큰크]|백분위|웃도|작았"))
    if alert.daily:
        text = "0.1회 미만"
        if alert.daily >= 0.1:
            text = f"약 {number(alert.daily, 0 if alert.daily >= 1 else 1)}회"
        words["빈도(이만한 체결)"] = f"하루 {text}"
        figures.append(
            Figure(
                alert.daily,
                "회",
                "frequency",
                near=r"(?:이만한|이 ?정도|이런|이러한|크기|규모|빈도|비슷한|이와 같은)(?=.*하루|"
                r".*일평균)"
                r"|(?:하루|일평균)(?=.*(?:규모|크기|빈도|이만한|수준|체결입|체결이))",
            )
        )
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
                "price move",
                near=PRICED,
                before_not=OTHER_THAN,
                signed=True,
                change=True,
            )
        )
        figures.append(Figure(60, "초", "before recent ahead span", near=f"전 ?{HERE}|직전|앞"))
    known = alert.rank is not None
    return Facts(
        kind=alert.kind,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms, alert.first_ms, alert.last_ms),
        risk=RISKS[alert.severity],
        subject="amount deals taken orders",
        side=alert.side,
        direction=direction,
        usual=known and alert.rank is not None and alert.rank >= 50,
        rare=known and alert.rank is not None and alert.rank >= 95,
    )


def price_jump(alert: PriceJump, pair: SymbolInfo) -> Facts:
    """See facts.facts_of."""
    unit = quote_unit(pair.quote)
    before, after = (price(p, pair.tick, unit) for p in (alert.from_price, alert.price))
    direction: Direction = "up" if alert.change_pct >= 0 else "down"
    words = {
        "사건": f"가격 급{'등' if direction == 'up' else '락'}",
        "걸린 시간": window(alert.window_s),
        "가격 변화": f"{share(alert.change_pct)} {direction_word(direction)}",
        "이전 가격": before,
        "지금 가격": after,
    }
    figures = [
        Figure(
            alert.change_pct,
            "%",
            "price move",
            before_not=rf"(?:{USUAL})(?!.*{OUTDONE})",
            after_not="나? ?(?:더 )?(?:큰|크|높|많|넓)",
            signed=True,
            change=True,
        ),
        *from_to(alert.from_price, alert.price),
        Figure(alert.window_s, "초", "span ago recent"),
    ]
    if share(alert.usual_pct) != share(0):
        words["평소 변동(같은 시간)"] = share(alert.usual_pct)
        ratio = abs(alert.change_pct) / alert.usual_pct
        words["평소 대비"] = times(ratio)
        figures.append(
            Figure(alert.usual_pct, "%", "price move usual", near=BY_USUAL, before_not=NOT_USUAL)
        )
        compared = (
            rf"{USUAL}|변동|^\)?(?:의|보다|대비|(?:인 것|던 것)?[와과] (?:비교|견주))|그 {HERE}"
        )
        figures.append(
            Figure(ratio, "배", "price move usual", near=compared, after_not="가격|시세")
        )
        if alert.zscore:
            deviation = "표준편차|표준 편차"
            figures.append(Figure(abs(alert.zscore), "배", "price move", near=deviation))
    return Facts(
        kind=alert.kind,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms,),
        risk=RISKS[alert.severity],
        subject="price move",
        direction=direction,
        usual=alert.usual_pct > 0,
    )


def pump(alert: Pump, pair: SymbolInfo) -> Facts:
    """See facts.facts_of."""
    unit = quote_unit(pair.quote)
    before, after = (price(p, pair.tick, unit) for p in (alert.from_price, alert.price))
    words = {
        "사건": "시장가 매수가 몰리며 가격 상승",
        "걸린 시간": window(alert.window_s),
        "가격 변화": f"{share(alert.change_pct)} 상승",
        "시장가 매수 주문": f"{alert.buys:,}건",
        "평소 대비(같은 시간의 매수 주문)": times(alert.times_usual),
        "나뉜 주문(그중 여러 체결로)": f"{alert.rush_orders:,}건",
        "매수 금액": money(alert.notional, pair.quote),
        "이전 가격": before,
        "지금 가격": after,
    }
    split = "나뉜|나뉘|나누|여러|그중|가운데"
    figures = (
        Figure(alert.buys, "건", "orders", before_not=rf"(?:{USUAL})(?!.*{OUTDONE})"),
        Figure(alert.rush_orders, "건", "split", near=split),
        Figure(alert.times_usual, "배", "orders counted taken usual", near=USUAL),
        Figure(alert.change_pct, "%", "price move", before_not=USUAL, signed=True, change=True),
        Figure(
            alert.notional,
            "money",
            "amount",
            near=rf"규모|금액|대금|어치|상당|매수|\({HERE}|{HERE} 몰",
            after_not=rf"(?:{TO_HERE})(?!,? ?(?:평소|집계|측정|나타|확인|기록))|{FROM_HERE}",
        ),
        Figure(
            alert.notional,
            "money",
            "amount",
            near=rf"(?:금액|규모)[은는이가] (?:총 |약 )?{HERE}에 이",
        ),
        *from_to(alert.from_price, alert.price),
        Figure(alert.window_s, "초", "span ago recent"),
    )
    return Facts(
        kind=alert.kind,
        pair=pair,
        words=words,
        figures=figures,
        moments=(alert.at_ms,),
        risk=RISKS[alert.severity],
        subject="orders counted taken price move",
        side="buy",
        direction="up",
    )


def volume_surge(alert: VolumeSurge, pair: SymbolInfo) -> Facts:
    """See facts.facts_of."""
    words = {
        "사건": "거래대금이 평소보다 크게 늘어남",
        "걸린 시간": window(alert.window_s),
        "거래대금": money(alert.notional, pair.quote),
        "평소 거래대금(이 시간대)": money(alert.usual, pair.quote),
        "평소 대비": times(alert.times_usual),
        "체결 건수": f"{alert.trades:,}건",
    }
    figures = [
        Figure(
            alert.notional,
            "money",
            "amount",
            before_not=rf"(?:{USUAL})(?!.*{OUTDONE})",
            after_not="에서|보다|선",
        ),
        Figure(
            alert.usual,
            "money",
            "amount usual",
            near=BY_USUAL,
            before_not=NOT_USUAL,
            after_not="(?:로|까지) [^,.]*(?:늘|급증|증가|커)",
        ),
        Figure(alert.times_usual, "배", "amount deals usual"),
        Figure(alert.trades, "건", "fills"),
        Figure(alert.window_s, "초", "span"),
    ]
    direction: Direction | None = None
    change = alert.change_pct
    if change is not None:
        flat = abs(change) < FLAT_PCT
        direction = None if flat else ("up" if change > 0 else "down")
        moved = "거의 그대로" if flat else f"{share(change)} {direction_word(direction)}"
        words["그동안의 가격"] = moved
        figures.append(Figure(change, "%", "price move", near=PRICED, signed=True, change=True))
    return Facts(
        kind=alert.kind,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms,),
        risk=RISKS[alert.severity],
        subject="amount",
        direction=direction,
    )


def liquidation(alert: Liquidated, pair: SymbolInfo) -> Facts:
    """See facts.facts_of."""
    side = POSITION_NAMES[alert.position]
    average = float(f"{alert.price:.8g}")
    words = {
        "사건": f"{side} 포지션의 강제 청산(거래소가 알려 준 것만 더한 하한)",
        "롱/숏": side,
        "청산 금액": f"{money(alert.notional, pair.quote)} 이상",
        "평균 청산가": price(average, pair.tick, quote_unit(pair.quote)),
        "걸린 시간": window(alert.window_s),
    }
    figures = [
        Figure(alert.notional, "money", "amount", least=True),
        Figure(
            average, "money", "average price", near=rf"{AVERAGE}|{HERE} ?부근", after_not="이상"
        ),
        Figure(alert.window_s, "초", "span"),
    ]
    if alert.count > 1:
        words["건수"] = f"{alert.count:,}건 이상"
        words["가장 큰 한 건"] = f"{money(alert.largest, pair.quote)} 이상"
        figures.append(Figure(alert.count, "건", "closed", least=True))
        most = rf"(?:{MOST}).*{HERE}|{HERE} ?이상[이가은는] ?(?:{MOST})"
        figures.append(Figure(alert.largest, "money", "largest", near=most, least=True))
    return Facts(
        kind=alert.kind,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms, alert.first_ms, alert.last_ms),
        risk=RISKS[alert.severity],
        subject="amount",
        position=alert.position,
        usual=False,
        rare=False,
    )
