"""/why: stage by stage, why an alert came, or why none came for a symbol in the last hour."""

from collections.abc import Sequence
from typing import Final

import msgspec

from bot.command import Command, Context, Parameter
from bot.commands.layout import ago, at, kind_name, market_foot, rows, symbol_name
from bot.errors import UserError
from bot.korean import (
    HOUR_MS,
    MINUTE_MS,
    SEVERITY_NAMES,
    bp,
    dollars,
    duration,
    money,
    percent,
    share,
    times,
    window,
)
from bot.model import (
    BY_NAME,
    Button,
    Chat,
    ChatState,
    Decision,
    Handover,
    Message,
    Near,
    Request,
    short_ref,
)
from pipeline.gate import Turned, Verdict
from pipeline.model import AnyAlert, LargeTrade, Nearest, PriceJump, SymbolInfo

_EXAMPLE: Final = "/why BTC"
_LAST: Final = "그 메시지에서 알림을 찾지 못해, 이 채팅에 온 마지막 알림을 보여 드립니다."
_WEEK_MS: Final = 7 * 24 * HOUR_MS
_SHOWN: Final = 5
_READ: Final = 200

_REASONS: Final = {
    "subscribed": "구독한 알림이라 보내기로 했습니다",
    "not_subscribed": "이 채팅이 구독하지 않은 알림이라 보내지 않았습니다",
    "kind_off": "이 채팅이 이 종류의 알림을 꺼 두어 보내지 않았습니다",
    "below_threshold": "이 채팅이 정한 기준보다 작아 보내지 않았습니다",
    "quiet": "방해금지 시간이라 나중에 한 번에 모아 알려 드립니다",
    "chat_cooldown": "이 채팅이 정한 쿨다운이 지나지 않아 보내지 않았습니다",
    "inactive": "그때 이 채팅에 보낼 수 없는 상태였습니다",
    "muted": "모든 알림이 음소거 중이라 보내지 않았습니다",
    "muted_symbol": "이 종목이 음소거 중이라 보내지 않았습니다",
    "stale": "뒤늦게 찾은 것이라 이미 지난 소식이었습니다",
    "same_move": "먼저 보낸 메시지와 같은 움직임이라 그 메시지에 덧붙였습니다",
    "held": "하루 알림 수에 맞추어, 더 큰 것만 보내려고 보내지 않았습니다",
}
_STATES: Final = {
    "pending": "보내는 중이거나 고칠 내용을 전하는 중입니다",
    "sent": "보냈습니다",
    "expired": "제때 보낼 수 없어 그만두었습니다",
    "refused": "플랫폼이 메시지를 받지 않았습니다",
    "gone": "채팅에 닿을 수 없게 되었습니다",
}
_VERDICTS: Final[dict[Verdict, str]] = {
    "common": "이 종목에서는 흔한 크기라서",
    "cooldown": "방금 알린 것과 같은 종류라서(쿨다운)",
}


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for an alert that is no longer known and a symbol that does not exist."""
    if words and words[0].startswith("#"):
        return await of_alert(context, request.chat, words[0].removeprefix("#"))
    if words:
        return await of_symbol(context, request.chat, context.directory.find(" ".join(words)))
    about = request.reply_to
    told = await context.casebook.told_by(request.chat, about) if about else None
    if told is not None:
        return await of_alert(context, request.chat, short_ref(told.alert.id))
    since_ms = context.now_ms() - _WEEK_MS
    for stored, decision in await context.casebook.decided(request.chat, None, since_ms, _READ):
        if decision.send:
            last = await of_alert(context, request.chat, short_ref(stored.alert.id))
            return msgspec.structs.replace(last, lines=(_LAST, *last.lines)) if about else last
    raise UserError(
        f"이 채팅에 온 알림이 아직 없습니다. 종목을 물어보려면: {_EXAMPLE}, 받으려면: /subscribe"
    )


async def of_alert(context: Context, chat: Chat, ref: str) -> Message:
    """One line per stage. Raises UserError if the alert is no longer kept."""
    stored = await context.casebook.alert(ref)
    if stored is None:
        raise UserError(f"오래되어 기록이 지워진 알림입니다. 종목을 물어보려면: {_EXAMPLE}")
    alert = stored.alert
    decision = await context.casebook.decision(chat, alert.id)
    handover = await context.casebook.handover(chat, alert.id)
    now_ms = context.now_ms()
    came = decision is not None and decision.send
    return Message(
        head=f"❔ {symbol_name(context, alert.symbol)} {kind_name(alert.kind)}: "
        f"{'왜 왔나요' if came else '왜 오지 않았나요'} · {at(alert.at_ms, now_ms)}",
        lines=(
            f"1. 감지: {detected(context, alert)}",
            "2. 판단: 흔하지 않은 크기이고, 같은 종류를 방금 알리지 않아(쿨다운) 통과했습니다",
            f"3. 이 채팅의 설정: {_REASONS.get(_reason(decision), _reason(decision))}",
            f"4. 전송: {_handed(handover, decision, stored.recorded_ms, now_ms)}",
        ),
        foot=market_foot(context),
        buttons=rows(
            (
                Button("💬 설명", f"/explain #{ref}"),
                Button("❔ 최근 1시간", f"/why {alert.symbol}"),
                Button("🔕 1시간", f"/mute 1시간 {alert.symbol}"),
                Button("⚙️ 설정", "/settings"),
            )
        ),
        private=True,
    )


def detected(context: Context, alert: AnyAlert) -> str:
    """What was measured, against the threshold, in plain words."""
    grade = SEVERITY_NAMES[alert.severity]
    info = context.market.info(alert.symbol)
    if isinstance(alert, LargeTrade):
        needed = alert.notional / alert.excess if alert.excess > 0 else 0.0
        parts = [f"한 주문 {money(alert.notional, info.quote)}, 기준 {money(needed, info.quote)}"]
        if alert.percentile is not None:
            top = share(max(0.01, 100 - alert.percentile))
            parts.append(f"이 종목의 최근 체결 가운데 상위 {top}에 드는 크기")
    elif isinstance(alert, PriceJump):
        needed = abs(alert.change_pct) / alert.excess if alert.excess > 0 else 0.0
        length = window(alert.window_s)
        parts = [f"{length} 동안 {percent(alert.change_pct)}, 기준 {share(needed)}"]
        if alert.usual_pct > 0:
            parts.append(f"평소 {length} 변동 {share(alert.usual_pct)}")
    else:
        usual = getattr(alert, "times_usual", 0.0)
        parts = [f"평소의 {times(usual)}"] if usual else []
    parts.append(f"기준의 {times(alert.excess)}라서 ‘{grade}’")
    if alert.recovered:
        parts.append("끊긴 동안의 체결을 되찾아 발견(복구)")
    return " · ".join(parts)


async def of_symbol(context: Context, chat: Chat, info: SymbolInfo) -> Message:
    """Every alert of the last hour and why it was or was not sent here; else what was measured."""
    now_ms = context.now_ms()
    since_ms = now_ms - HOUR_MS
    symbol = info.symbol
    state = await context.subscriptions.chat(chat)
    stored = await context.journal.recent("*", symbol, since_ms, _SHOWN + 1)
    decided = {
        decision.alert_id: decision
        for _, decision in await context.casebook.decided(chat, symbol, since_ms, _READ)
    }
    lines = []
    for one in stored[:_SHOWN]:
        alert = one.alert
        decision = decided.get(alert.id)
        reason = _REASONS.get(_reason(decision), _reason(decision))
        mark = "✅" if decision is not None and decision.send else "➖"
        what = f"{kind_name(alert.kind)}({SEVERITY_NAMES[alert.severity]})"
        lines.append(f"{mark} {at(alert.at_ms, now_ms)} {what}: {reason}")
    if len(stored) > _SHOWN:
        lines.append("그 밖에도 알림이 더 있었습니다.")
    turned = context.insight.turned_away(symbol, since_ms)
    lines += _turned_lines(context, turned)
    near = context.insight.near(symbol, since_ms)
    if not stored:
        lines += _near_lines(context, state, near)
    lines.append(_wish_line(context, state, symbol))
    count = sum(1 for d in decided.values() if d.send)
    name = symbol_name(context, symbol)
    head = (
        f"❔ {name}: 최근 1시간에 보낸 알림 {count}건"
        if count
        else f"❔ {name}: 최근 1시간 동안 왜 알림이 없었나요"
    )
    return Message(
        head=head,
        lines=tuple(lines),
        foot=market_foot(context),
        buttons=rows(
            (
                Button("🔄 새로고침", f"/why {symbol}"),
                Button("🔔 알림 받기", f"/subscribe {symbol}"),
                Button("📋 내 알림", "/alerts"),
            ),
            *(
                [Button("❔ 마지막 것 자세히", f"/why #{short_ref(stored[0].alert.id)}")]
                for _ in stored[:1]
            ),
        ),
        private=True,
    )


def _turned_lines(context: Context, turned: Sequence[Turned]) -> list[str]:
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
        f"➖ {kind_name(kind)} {count:,}건은 {_VERDICTS[verdict]} 알리지 않았습니다. "
        f"가장 큰 것: 기준의 {times(one.alert.excess)}, {at(one.alert.at_ms, now_ms)}"
        for (kind, verdict), (one, count) in best.items()
    ]


def _near_lines(context: Context, state: ChatState, near: Near) -> list[str]:
    """Why nothing was raised: no data, or less than it takes."""
    feed = context.health.feed()
    if not feed.ok:
        return ["⚠️ 지금 시세가 들어오지 않아 감지할 수 없습니다. 상태: /status"]
    if not near.watched:
        return ["이 종목은 지금 지켜보고 있지 않습니다. 구독하거나 목표가를 정하면 지켜봅니다."]
    if near.last_ms is None:
        return ["아직 이 종목의 체결을 받지 못했습니다. 거래가 드물거나 막 지켜보기 시작했습니다."]
    lines = []
    if near.order is not None and near.order_floor is not None:
        least = dollars(near.order_floor)
        lines.append(f"가장 큰 주문: {dollars(near.order)} (대량 체결 기준 {least})")
    if near.move_pct is not None and near.move_needed_pct is not None:
        lines.append(
            f"가장 큰 5분 변동(1분 단위): {percent(near.move_pct)} "
            f"(급등·급락 기준 {share(near.move_needed_pct)})"
        )
    elif near.move_needed_pct is not None:
        lines.append("가격 변동은 5분 넘게 지켜본 뒤에 판단합니다(지금은 준비 중).")
    lines += [
        _nearest_line(one)
        for one in near.others
        # Books are watched for those who ask for them.
        if one.kind not in BY_NAME or any(s.kind == one.kind for s in state.subscriptions)
    ]
    now_ms = context.now_ms()
    if now_ms - near.last_ms > MINUTE_MS:
        lines.append(f"마지막 체결: {ago(near.last_ms, now_ms)}")
    return lines or ["기준을 넘은 움직임이 없었습니다."]


def _nearest_line(one: Nearest) -> str:
    """A kind's largest of the last hour against what an alert takes, or what it lacks."""
    name = kind_name(one.kind)
    if one.wait_s > 0:
        left = duration(one.wait_s * 1000)
        return f"{name}: 준비 중입니다. {left}어치의 시세가 더 쌓이면 판단합니다."
    if one.measured is None:
        missing = "호가" if one.kind in ("spread", "book_imbalance") else "매수 체결"
        missing = "체결" if one.kind == "volume_surge" else missing
        return f"{name}: 최근 1시간에 판단할 {missing} 기록이 없습니다."
    if one.needed is None:
        return f"{name}: 평소 거래대금을 아직 몰라 판단하지 않습니다."
    return f"{name}: " + {
        "pump": f"짧은 사이 가장 큰 상승 {share(one.measured)}"
        f"(기준 {share(one.needed)}에 매수 주문 쏠림까지)",
        "volume_surge": f"한 구간의 가장 큰 거래대금 {dollars(one.measured)}"
        f"(기준 {dollars(one.needed)})",
        "spread": f"가장 큰 스프레드 {bp(one.measured)}(기준 {bp(one.needed)})",
        "book_imbalance": f"한쪽 호가 비중 최대 {share(one.measured)}(기준 {share(one.needed)})",
    }.get(one.kind, f"{one.measured:g}(기준 {one.needed:g})")


def _wish_line(context: Context, state: ChatState, symbol: str) -> str:
    """What the chat's settings would do with an alert of the symbol right now."""
    wanted = [
        kind for kind in context.kinds if any(s.wants(symbol, kind) for s in state.subscriptions)
    ]
    now_ms = context.now_ms()
    if not wanted:
        return f"이 채팅의 설정: 이 종목을 구독하지 않았습니다. 받으려면: /subscribe {symbol}"
    if not state.active:
        return "이 채팅의 설정: 지금은 보내지 않고 있습니다. 다시 구독하면 이어집니다."
    if max(state.muted.get("*", 0), state.muted.get(symbol, 0)) > now_ms:
        return f"이 채팅의 설정: 지금 음소거 중입니다. 풀려면: /unmute {symbol}"
    return f"이 채팅의 설정: 받습니다({', '.join(map(kind_name, wanted))})"


def _reason(decision: Decision | None) -> str:
    return decision.reason if decision is not None else "not_subscribed"


def _handed(
    handover: Handover | None, decision: Decision | None, recorded_ms: int, now_ms: int
) -> str:
    if decision is None or not decision.send:
        return "보낼 것이 없었습니다"
    if handover is None:
        return "여러 종목의 움직임을 모은 메시지에 담았습니다"
    said = _STATES.get(handover.state, handover.state)
    if handover.first_ms is not None:
        took = duration(max(0, handover.first_ms - recorded_ms))
        said = f"{at(handover.first_ms, now_ms)}에 보냈습니다(기록하고 {took} 뒤)"
    elif handover.sent_ms is not None:
        said = "보냈습니다"  # before it was written down when
    if handover.sent_ms is not None and handover.sent_ms != handover.first_ms:
        said += f" · 마지막 수정 {at(handover.sent_ms, now_ms)}"
    if handover.attempts:
        said += f" · 다시 시도 {handover.attempts}번"
    return said


COMMAND = Command(
    name="why",
    korean="왜",
    description="알림이 왜 왔는지, 최근 1시간에 왜 오지 않았는지 단계별로",
    example=_EXAMPLE,
    run=run,
    parameters=(
        Parameter("symbol", "심볼", "비우면 마지막 알림. 알림에 답장으로 써도 됩니다", "symbol"),
    ),
    aliases=("왜왔나요", "왜안왔나요", "이유"),
    private=True,
)
