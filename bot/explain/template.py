"""Alerts in plain Korean sentences without a model: what was measured and what it came with.

A sentence states measurements only. It names no cause, since none is known here, and gives no
advice.
"""

from collections.abc import Callable
from typing import assert_never

from bot.korean import (
    POSITION_NAMES,
    SECOND_MS,
    SIDE_NAMES,
    bp,
    display_name,
    duration,
    josa,
    money,
    number,
    portion,
    premium_word,
    price,
    quote_unit,
    share,
    signed,
    times,
    window,
)
from bot.symbols import read_symbol
from pipeline.model import (
    AnyAlert,
    BookImbalance,
    Funding,
    Kimchi,
    LargeTrade,
    Liquidated,
    PriceJump,
    Pump,
    Spread,
    SymbolInfo,
    VolumeSurge,
)

_UNKNOWN_CAUSE = "배경은 확인되지 않았습니다."
_RECOVERED = "연결이 끊긴 동안의 일로, 데이터를 복구해 뒤늦게 알려 드립니다."


class TemplateExplainer:
    """Implements bot.ports.Explainer; ``lookup`` finds the pair of a symbol."""

    def __init__(self, lookup: Callable[[str], SymbolInfo | None]) -> None:
        self._lookup = lookup

    async def explain(self, alert: AnyAlert) -> str:
        """See ``sentence``; never fails."""
        return sentence(alert, self._lookup(alert.symbol))


def sentence(alert: AnyAlert, info: SymbolInfo | None) -> str:
    """Two plain sentences about the alert, and a third if it was recovered after a gap."""
    pair = info or read_symbol(alert.symbol)
    match alert:
        case LargeTrade():
            text = _large_trade(alert, pair)
        case PriceJump():
            text = _price_jump(alert, pair)
        case Pump():
            text = _pump(alert, pair)
        case Spread():
            text = _spread(alert, pair)
        case VolumeSurge():
            text = _volume_surge(alert, pair)
        case BookImbalance():
            text = _book_imbalance(alert, pair)
        case Kimchi():
            text = _kimchi(alert, pair)
        case Liquidated():
            text = _liquidation(alert, pair)
        case Funding():
            text = _funding(alert, pair)
        case _:
            assert_never(alert)
    return f"{text} {_RECOVERED}" if alert.recovered else text


def _large_trade(alert: LargeTrade, pair: SymbolInfo) -> str:
    action = "시장가 매수" if alert.side == "buy" else "시장가 매도"
    fills = f"{alert.fills:,}건에 걸쳐 한꺼번에" if alert.fills > 1 else "한 건으로"
    size = money(alert.notional, pair.quote)
    what = f"{display_name(pair)}에서 {size} 규모의 {action}가 {fills} 체결되었습니다."
    change = alert.change_1m_pct
    if change is None:
        return f"{what} {_UNKNOWN_CAUSE}"
    moved = share(change)
    if moved == share(0):
        return f"{what} 직전 1분 동안 가격은 거의 그대로였고, {_UNKNOWN_CAUSE}"
    direction = "상승" if change > 0 else "하락"
    return f"{what} 직전 1분간의 {moved} {direction}과 함께 나타났고, {_UNKNOWN_CAUSE}"


def _price_jump(alert: PriceJump, pair: SymbolInfo) -> str:
    unit = quote_unit(pair.quote)
    verb = "올랐습니다" if alert.change_pct >= 0 else "내렸습니다"
    before, after = (price(p, pair.tick, unit) for p in (alert.from_price, alert.price))
    name = josa(display_name(pair), "이/가")
    moved = f"{window(alert.window_s)} 동안 {share(alert.change_pct)} {verb}"
    what = f"{name} {moved}({before} → {after})."
    usual = share(alert.usual_pct)
    if usual == share(0):
        return f"{what} {_UNKNOWN_CAUSE}"
    return f"{what} 같은 시간의 평소 변동은 {usual} 수준이며, {_UNKNOWN_CAUSE}"


def _pump(alert: Pump, pair: SymbolInfo) -> str:
    unit = quote_unit(pair.quote)
    before, after = (price(p, pair.tick, unit) for p in (alert.from_price, alert.price))
    name = display_name(pair)
    rushed = f"{window(alert.window_s)} 동안 시장가 매수 {alert.buys:,}건이 몰리며"
    what = f"{name}에 {rushed} 가격이 {share(alert.change_pct)} 올랐습니다({before} → {after})."
    usual = f"매수 건수는 평소의 약 {times(alert.times_usual)}이며"
    return f"{what} {usual}, {_UNKNOWN_CAUSE}"


def _spread(alert: Spread, pair: SymbolInfo) -> str:
    gap = f"{display_name(pair)}의 매수·매도 호가 차이가 {bp(alert.spread_bp)}로"
    if alert.times_usual > 0:
        usual = f"평소({bp(alert.usual_bp)})의 약 {times(alert.times_usual)}입니다."
        return f"{gap} 벌어져 {usual} {_UNKNOWN_CAUSE}"
    return f"{gap} 벌어졌습니다. {_UNKNOWN_CAUSE}"


def _volume_surge(alert: VolumeSurge, pair: SymbolInfo) -> str:
    length = window(alert.window_s)
    traded = josa(money(alert.notional, pair.quote), "이/가")
    usual = f"이 시간대 평소({money(alert.usual, pair.quote)})의 약 {times(alert.times_usual)}"
    what = f"{display_name(pair)}에서 {length} 동안 {traded} 거래되어 {usual}입니다."
    if alert.change_pct is None:
        return f"{what} {_UNKNOWN_CAUSE}"
    moved = share(alert.change_pct)
    if moved == share(0):
        return f"{what} 그동안 가격은 거의 그대로였고, {_UNKNOWN_CAUSE}"
    verb = "올랐고" if alert.change_pct > 0 else "내렸고"
    return f"{what} 그동안 가격은 {moved} {verb}, {_UNKNOWN_CAUSE}"


def _book_imbalance(alert: BookImbalance, pair: SymbolInfo) -> str:
    name, side = display_name(pair), SIDE_NAMES[alert.side]
    size = money(alert.notional, pair.quote)
    held = duration(alert.held_s * SECOND_MS)
    if alert.what == "imbalance":
        share_of = f"{side} 잔량 비중이 {portion(alert.share_pct)}로"
        what = f"{name}의 가까운 호가에서 {share_of} {held} 동안 쏠려 있습니다."
        if alert.usual_pct is None:
            return f"{what} {_UNKNOWN_CAUSE}"
        return f"{what} 평소 비중은 {portion(alert.usual_pct)}이며, {_UNKNOWN_CAUSE}"
    where = f"{name}의 {side} 호가 {price(alert.price, pair.tick, quote_unit(pair.quote))}에"
    usual_size = ""
    if alert.times_usual > 0:
        usual_size = f"평소 호가의 약 {times(alert.times_usual)}인 "
    if alert.what == "wall_appeared":
        return f"{where} {usual_size}{size}의 잔량이 {held} 동안 머물러 있습니다. {_UNKNOWN_CAUSE}"
    return (
        f"{where} {held} 동안 머물던 {usual_size}{size}의 잔량이, "
        f"가격이 닿기 전에 사라졌습니다. {_UNKNOWN_CAUSE}"
    )


def _kimchi(alert: Kimchi, pair: SymbolInfo) -> str:
    name = display_name(pair)
    word = premium_word(alert.premium_pct)
    basis = "은행 환율" if alert.basis == "bank" else "업비트 테더"
    if alert.change_points is None or alert.window_s is None:
        level = f"{basis} 기준 {word}가 {share(alert.premium_pct)}입니다."
        return f"{name}의 {level} {_UNKNOWN_CAUSE}"
    verb = "올랐습니다" if alert.change_points >= 0 else "내렸습니다"
    moved = f"{window(alert.window_s)} 동안 {share(alert.change_points)}p {verb}."
    level = f"지금은 {basis} 기준 {word} {share(alert.premium_pct)}이며, {_UNKNOWN_CAUSE}"
    return f"{name}의 김치 프리미엄이 {moved} {level}"


def _liquidation(alert: Liquidated, pair: SymbolInfo) -> str:
    side = POSITION_NAMES[alert.position]
    size = money(alert.notional, pair.quote)
    length = window(alert.window_s)
    what = (
        f"{display_name(pair)}에서 {length} 동안 {side} 포지션이 {size} 이상 강제 청산되었습니다."
    )
    return f"{what} 거래소가 알려 준 것만 더한 최소 금액이며, {_UNKNOWN_CAUSE}"


def _funding(alert: Funding, pair: SymbolInfo) -> str:
    name, rate = display_name(pair), signed(alert.rate_pct, 4)
    payer = POSITION_NAMES[alert.payer]
    other = POSITION_NAMES["short" if alert.payer == "long" else "long"]
    if alert.what == "turned":
        what = f"{name}의 펀딩비를 내던 쪽이 {other}에서 {payer}으로 바뀌어"
        return f"{what} 지금은 {rate}입니다. {_UNKNOWN_CAUSE}"
    what = f"{name}의 펀딩비가 {rate}로, {payer} 포지션이 {other} 포지션에 냅니다."
    if alert.usual_pct is None or not alert.times_usual:
        return f"{what} {_UNKNOWN_CAUSE}"
    usual = f"평소({number(alert.usual_pct, 4)}%)의 약 {times(alert.times_usual)}"
    return f"{what} {usual}이며, {_UNKNOWN_CAUSE}"
