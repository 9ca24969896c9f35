"""What may be said of alerts that best prices and order books raise. Pure."""

from collections.abc import Mapping
from typing import Final

from bot.explain.claims import MASK
from bot.explain.figures import (
    BY_USUAL,
    HERE,
    MOVED,
    NOT_USUAL,
    OUTDONE,
    RISKS,
    USUAL,
    Facts,
    Figure,
)
from bot.korean import SECOND_MS, SIDE_NAMES, bp, duration, money, portion, price, quote_unit, times
from pipeline.model import BookImbalance, Spread, SymbolInfo


def spread(alert: Spread, pair: SymbolInfo) -> Facts:
    """See facts.facts_of."""
    unit = quote_unit(pair.quote)
    words = {
        "사건": "최우선 매수·매도 호가 차이(스프레드)가 벌어짐",
        "스프레드": bp(alert.spread_bp),
        "최우선 매수 호가": price(alert.bid, pair.tick, unit),
        "최우선 매도 호가": price(alert.ask, pair.tick, unit),
    }
    wide = rf"(?:{USUAL})(?!.*{OUTDONE})"
    figures = [
        Figure(alert.spread_bp, "bp", "spread", before_not=wide),
        Figure(alert.spread_bp / 100, "%", "spread", before_not=wide),
        Figure(alert.bid, "money", "bid", near="매수"),
        Figure(alert.ask, "money", "ask", near="매도"),
        Figure(
            float(f"{alert.ask - alert.bid:.12g}"),
            "money",
            "spread",
            near=rf"차이|격차|스프레드|간격|벌어|보다 ?(?:약 )?{HERE}",
            change=True,
        ),
    ]
    if alert.times_usual > 0:
        words["평소 스프레드"] = bp(alert.usual_bp)
        words["평소 대비"] = times(alert.times_usual)
        figures.append(
            Figure(alert.usual_bp, "bp", "spread usual", near=BY_USUAL, before_not=NOT_USUAL)
        )
        figures.append(
            Figure(alert.usual_bp / 100, "%", "spread usual", near=BY_USUAL, before_not=NOT_USUAL)
        )
        figures.append(Figure(alert.times_usual, "배", "spread usual"))
    return Facts(
        kind=alert.kind,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms,),
        risk=RISKS[alert.severity],
        subject="spread",
        usual=alert.times_usual > 0,
        rare=alert.times_usual > 0,
    )


_EVENTS: Final[Mapping[str, str]] = {
    "wall_appeared": "벽이 나타나 머물러 있음",
    "wall_vanished": "벽이 가격이 닿기 전에 사라짐",
    "imbalance": "쪽으로 호가 잔량이 쏠려 있음",
}


def book_imbalance(alert: BookImbalance, pair: SymbolInfo) -> Facts:
    """See facts.facts_of."""
    side = SIDE_NAMES[alert.side]
    lean, gone = alert.what == "imbalance", alert.what == "wall_vanished"
    level = price(alert.price, pair.tick, quote_unit(pair.quote))
    words = {
        "사건": f"{side}{' ' if lean else ''}{_EVENTS[alert.what]}",
        "매수/매도": side,
        "잔량": money(alert.notional, pair.quote),
        "최우선 호가" if lean else "벽 가격": level,
        "범위(중간 가격에서)" if lean else "거리(중간 가격에서)": bp(alert.distance_bp),
        "머문 시간(사라지기까지)" if gone else "유지된 시간": duration(alert.held_s * SECOND_MS),
        "잔량 비중" if lean else "비중(보이는 호가 가운데)": portion(alert.share_pct),
    }
    subject = "share" if lean else "amount"
    far = "거리|중간|이내|떨어|안에|까지" + ("|범위 안" if lean else "")
    figures = [
        Figure(
            alert.notional,
            "money",
            "amount whole" if lean else "amount",
            after_not=rf"선|구간|자리|지점|위치|부근|에 (?!이[르른릅]|달)|에서|으?로 (?:{MOVED})",
        ),
        Figure(
            alert.price,
            "money",
            f"price quote {alert.side}",
            near="호가|가격|위치|자리|에|선",
            before_not=rf"{MASK}의? ?(?:현재 |지금 )?(?:가격|시세)[은는이가] ?(?:약 )?$",
        ),
        # "3,450.50달러의 매도벽": a wall has its price as often as its size for a name.
        Figure(alert.price, "money", "amount", near=rf"{HERE}(?:대)?의? ?매[수도]벽"),
        Figure(
            alert.held_s,
            "초",
            "span",
            after_not="(?:동안|만에|간|사이|새|에 걸쳐)에? ?(?:사라|없어)",
        ),
        Figure(alert.distance_bp, "bp", "distance spread", near=far, change=True),
        Figure(alert.distance_bp / 100, "%", "distance spread", near=far, change=True),
        Figure(
            alert.share_pct, "%", "share amount whole" if lean else "share amount", before_not=USUAL
        ),
    ]
    if alert.usual_pct is not None:
        words["평소 비중"] = portion(alert.usual_pct)
        figures.append(
            Figure(
                alert.usual_pct,
                "%",
                "share amount usual",
                near=BY_USUAL,
                before_not=rf"{NOT_USUAL}|평소 매[수도] 잔량[은이] ?(?:약 )?$",
            )
        )
    if alert.times_usual > 0:
        words["평소 대비"] = times(alert.times_usual)
        of = f"{subject} usual" if lean else f"{subject} orders usual"
        figures.append(Figure(alert.times_usual, "배", of))
    return Facts(
        kind=alert.what,
        pair=pair,
        words=words,
        figures=tuple(figures),
        moments=(alert.at_ms,),
        risk=RISKS[alert.severity],
        subject=subject,
        book_side=alert.side,
        usual=alert.times_usual > 0,
    )
