"""What was measured of alerts, and where there were none, against what a chat asks for."""

from collections.abc import Sequence
from typing import Final

from bot.command import Context
from bot.commands.layout import ago, at, kind_name
from bot.korean import (
    MINUTE_MS,
    SEVERITY_NAMES,
    bp,
    dollars,
    duration,
    money,
    percent,
    share,
    signed_share,
    times,
    window,
)
from bot.model import BY_NAME, OF_CONTRACTS, ChatSettings, ChatState, Near
from bot.thresholds import measure_of, needed_for
from pipeline.gate import Turned, Verdict
from pipeline.model import AnyAlert, Kimchi, LargeTrade, Nearest, PriceJump, severity_of

_VERDICTS: Final[dict[Verdict, str]] = {
    "common": "이 종목에서는 흔한 크기라서",
    "cooldown": "방금 알린 것과 같은 종류라서(쿨다운)",
}


def _because(kind: str, verdict: Verdict) -> str:
    if kind == "kimchi" and verdict == "common":
        return "이미 알린 뒤 조금 더 벌어진 것이라"
    return _VERDICTS[verdict]


def detected(context: Context, alert: AnyAlert, settings: ChatSettings) -> str:
    """What was measured, against the threshold of the chat, in plain words."""
    info = context.market.info(alert.symbol)
    excess = measure_of(alert, settings)
    named = "이 채팅의 지금 기준" if alert.kind in settings.thresholds else "기준"
    if isinstance(alert, LargeTrade):
        needed = money(alert.notional / excess if excess > 0 else 0.0, info.quote)
        parts = [f"한 주문 {money(alert.notional, info.quote)}, {named} {needed}"]
        if alert.rank is not None:
            top = share(max(0.01, 100 - alert.rank))
            parts.append(f"이 종목의 최근 체결 가운데 상위 {top}에 드는 크기")
    elif isinstance(alert, PriceJump):
        needed = share(abs(alert.change_pct) / excess if excess > 0 else 0.0)
        length = window(alert.window_s)
        parts = [f"{length} 동안 {percent(alert.change_pct)}, {named} {needed}"]
        if alert.usual_pct > 0:
            parts.append(f"평소 {length} 변동 {share(alert.usual_pct)}")
    elif isinstance(alert, Kimchi):
        basis = "은행 환율" if alert.basis == "bank" else "업비트 테더"
        parts = [f"{basis} 기준 {signed_share(alert.premium_pct)}"]
        if alert.change_points is not None and alert.window_s is not None:
            parts.insert(0, f"{window(alert.window_s)} 동안 {signed_share(alert.change_points)}p")
    else:
        usual = getattr(alert, "times_usual", 0.0)
        parts = [f"평소의 {times(usual)}"] if usual else []
    if excess >= 1:
        grade = SEVERITY_NAMES[severity_of(excess)]
        parts.append(f"기준의 {times(excess)}라서 ‘{grade}’")
    else:
        parts.append("기준보다 작음")
    if alert.recovered:
        parts.append("끊긴 동안의 체결을 되찾아 발견(복구)")
    return " · ".join(parts)


def turned_lines(context: Context, turned: Sequence[Turned], settings: ChatSettings) -> list[str]:
    """What was noticed but passed no further: a line for each kind and reason, the strongest."""
    best: dict[tuple[str, Verdict], tuple[Turned, int]] = {}
    for one in turned:
        key = one.alert.kind, one.verdict
        had = best.get(key)
        count = one.count + (had[1] if had else 0)
        strongest = one if had is None or one.alert.excess > had[0].alert.excess else had[0]
        best[key] = strongest, count
    now_ms = context.now_ms()
    return [
        f"➖ {kind_name(kind)} {count:,}건은 {_because(kind, verdict)} 알리지 않았습니다. "
        f"가장 큰 것: 기준의 {times(measure_of(one.alert, settings))}, "
        f"{at(one.alert.at_ms, now_ms)}"
        for (kind, verdict), (one, count) in best.items()
    ]


def near_lines(context: Context, state: ChatState, near: Near) -> list[str]:
    """Why nothing was raised: no data, or less than it takes."""
    feed = context.health.feed()
    if not feed.ok:
        return ["⚠️ 지금 시세가 들어오지 않아 감지할 수 없습니다. 상태: /status"]
    if not near.watched:
        what = "이 종목의 체결은" if near.others else "이 종목은"
        return [
            f"{what} 지금 지켜보고 있지 않습니다. 구독하거나 목표가를 정하면 지켜봅니다.",
            *_others(near, state),
        ]
    if near.last_ms is None:
        return ["아직 이 종목의 체결을 받지 못했습니다. 거래가 드물거나 막 지켜보기 시작했습니다."]
    lines = []
    settings = state.settings
    if near.order is not None and near.order_floor is not None:
        least = dollars(needed_for(near.order_floor, "large_trade", settings))
        lines.append(f"가장 큰 주문: {dollars(near.order)} (대량 체결 기준 {least})")
    if near.move_pct is not None and near.move_needed_pct is not None:
        lines.append(
            f"가장 큰 5분 변동(1분 단위): {percent(near.move_pct)} "
            f"(급등·급락 기준 {share(needed_for(near.move_needed_pct, 'price_jump', settings))})"
        )
    elif near.move_needed_pct is not None:
        lines.append("가격 변동은 5분 넘게 지켜본 뒤에 판단합니다(지금은 준비 중).")
    lines += _others(near, state)
    now_ms = context.now_ms()
    if now_ms - near.last_ms > MINUTE_MS:
        lines.append(f"마지막 체결: {ago(near.last_ms, now_ms)}")
    return lines or ["기준을 넘은 움직임이 없었습니다."]


def _others(near: Near, state: ChatState) -> list[str]:
    """A line for each kind; of those asked for by name where they are."""
    return [
        _nearest_line(one, state.settings)
        for one in near.others
        if one.kind not in BY_NAME or any(s.kind == one.kind for s in state.subscriptions)
    ]


def _nearest_line(one: Nearest, settings: ChatSettings) -> str:
    """A kind's largest of the last hour against what an alert takes, or what it lacks."""
    name = kind_name(one.kind)
    if one.wait_s > 0:
        left = duration(one.wait_s * 1000)
        return f"{name}: 준비 중입니다. {left}어치의 시세가 더 쌓이면 판단합니다."
    if one.measured is None:
        missing = "호가" if one.kind in ("spread", "book_imbalance") else "매수 체결"
        missing = "체결" if one.kind == "volume_surge" else missing
        missing = "업비트 원화 시세" if one.kind == "kimchi" else missing
        missing = "선물" if one.kind in OF_CONTRACTS else missing
        return f"{name}: 최근 1시간에 판단할 {missing} 기록이 없습니다."
    if one.kind == "liquidation" and one.measured <= 0:
        return f"{name}: 최근 1시간에 알려진 청산이 없습니다."
    if one.needed is None:
        return f"{name}: 평소 거래대금을 아직 몰라 판단하지 않습니다."
    needed = needed_for(one.needed, one.kind, settings)
    return f"{name}: " + {
        "pump": f"짧은 사이 가장 큰 상승 {share(one.measured)}"
        f"(기준 {share(needed)}에 매수 주문 쏠림까지)",
        "volume_surge": f"한 구간의 가장 큰 거래대금 {dollars(one.measured)}"
        f"(기준 {dollars(needed)})",
        "spread": f"가장 큰 스프레드 {bp(one.measured)}(기준 {bp(needed)})",
        "kimchi": f"김프의 가장 빠른 변화 {share(one.measured)}p(기준 {share(needed)}p)",
        "liquidation": f"이어진 청산 최대 {dollars(one.measured)} 이상(기준 {dollars(needed)})",
        "funding": f"최대 {share(one.measured)}(기준 {share(needed)})",
        "book_imbalance": f"한쪽 호가 비중 최대 {share(one.measured)}(기준 {share(needed)})",
    }.get(one.kind, f"{one.measured:g}(기준 {needed:g})")
