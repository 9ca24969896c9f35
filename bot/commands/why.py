"""/why: stage by stage, why an alert came, or why none came: for a symbol, or here at all."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from bot.command import Command, Context, Parameter
from bot.commands.arguments import leading_symbol
from bot.commands.layout import at, kind_name, market_foot, rows, symbol_name
from bot.commands.measured import detected, near_lines, turned_lines
from bot.commands.receives import lines as received
from bot.errors import UserError
from bot.health_words import feed_text
from bot.korean import HOUR_MS, SEVERITY_NAMES, duration
from bot.model import Button, Chat, ChatState, Decision, Handover, Message, Request, short_ref
from bot.thresholds import measure_of
from pipeline.model import ALL, FUTURES, AnyAlert, Kimchi, SymbolInfo, bare, severity_of

_EXAMPLE: Final = "/why BTC"
_TALK: Final = frozenset(
    re.split(
        " ",
        "안 와 와요 안와 안와요 왔어 왔어요 왔나요 알림 알림이 알림은 없어 없어요 조용해 조용해요 "
        "올라 올라요 올랐어 올랐어요 떨어져 떨어져요 떨어졌어 떨어졌어요 내려 내려요 내렸어 "
        "내렸어요 이래 이래요",
    )
)
"""What is said with 왜 and is no symbol: "왜 안와?", "비트 왜 올라"."""
_ABSENT: Final = frozenset(re.split(" ", "안 안와 안와요 없어 없어요 조용해 조용해요"))
"""Of these what asks why nothing comes."""
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
_BEFORE: Final = "그때는 구독 전이거나 이곳의 알림이 멈춰 있어 보내지 않았습니다"
_USUAL: Final = "이 종목에서는 흔한 크기라 보내지 않았습니다"
_PASSED: Final = "흔하지 않은 크기이고, 같은 종류를 방금 알리지 않아(쿨다운) 통과했습니다"
_PASSED_USUAL: Final = (
    "이 종목에서 흔한 크기라, 금액이나 ‘전부’를 기준으로 정한 채팅에만 알리도록 통과했습니다"
)
_GREW: Final = "이미 알린 김프가 조금 더 벌어진 것이라 보내지 않았습니다"
_PASSED_PREMIUM: Final = "같은 종류를 방금 알리지 않아(쿨다운) 통과했습니다"
_PASSED_GREW: Final = "이미 알린 김프가 더 벌어져, %를 기준으로 정한 채팅에만 알리도록 통과했습니다"
_STATES: Final = {
    "pending": "보내는 중이거나 고칠 내용을 전하는 중입니다",
    "sent": "보냈습니다",
    "expired": "제때 보낼 수 없어 그만두었습니다",
    "refused": "플랫폼이 메시지를 받지 않았습니다",
    "gone": "채팅에 닿을 수 없게 되었습니다",
}


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for an alert that is no longer known and a symbol that does not exist."""
    if words and words[0].startswith("#"):
        return await of_alert(context, request.chat, words[0].removeprefix("#"))
    said = [word.rstrip("?!.~") for word in words]
    words = [word for word, bare_word in zip(words, said, strict=True) if bare_word not in _TALK]
    if not words and not _ABSENT.isdisjoint(said):
        return await of_chat(context, request.chat)
    if words:
        return await of_symbol(context, request.chat, leading_symbol(words, context, _EXAMPLE))
    about = request.reply_to
    told = await context.casebook.told_by(request.chat, about) if about else None
    if told is not None:
        return await of_alert(context, request.chat, short_ref(told.alert.id))
    since_ms = context.now_ms() - _WEEK_MS
    for stored, decision in await context.casebook.decided(request.chat, None, since_ms, _READ):
        if decision.send:
            last = await of_alert(context, request.chat, short_ref(stored.alert.id))
            return msgspec.structs.replace(last, lines=(_LAST, *last.lines)) if about else last
    state = await context.subscriptions.chat(request.chat)
    more = "받는 알림 보기: /alerts" if state.subscriptions else "받으려면: /subscribe"
    raise UserError(f"이 채팅에 온 알림이 아직 없습니다. 종목을 물어보려면: {_EXAMPLE}, {more}")


async def of_alert(context: Context, chat: Chat, ref: str) -> Message:
    """One line per stage. Raises UserError if the alert is no longer kept."""
    stored = await context.casebook.alert(ref)
    if stored is None:
        raise UserError(
            f"기록에 없는 알림입니다(오래되면 지워집니다). 종목을 물어보려면: {_EXAMPLE}"
        )
    alert = stored.alert
    decision = await context.casebook.decision(chat, alert.id)
    state = await context.subscriptions.chat(chat)
    handover = await context.casebook.handover(chat, alert.id)
    now_ms = context.now_ms()
    came = decision is not None and decision.send
    return Message(
        head=f"❔ {symbol_name(context, alert.symbol)} {kind_name(alert.kind)}: "
        f"{'왜 왔나요' if came else '왜 오지 않았나요'} · {at(alert.at_ms, now_ms)}",
        lines=(
            f"1. 감지: {detected(context, alert, state.settings)}",
            f"2. 판단: {_passed(alert)}",
            f"3. 이 채팅의 설정: {_why(alert, decision, state)}",
            f"4. 전송: {_handed(handover, decision, stored.recorded_ms, now_ms)}",
        ),
        foot=market_foot(context),
        buttons=rows(
            (
                Button("💬 설명", f"/explain #{ref}"),
                Button("❔ 최근 1시간", f"/why {alert.symbol}"),
                Button("🔕 1시간", f"/mute 1시간 {alert.symbol}"),
                Button("⚙️ 설정", "/settings"),
            ),
            [Button("📒 이런 알림 뒤의 가격", f"/record {alert.kind}")],
        ),
        private=True,
    )


async def of_symbol(context: Context, chat: Chat, info: SymbolInfo) -> Message:
    """Every alert of the last hour and why it was or was not sent here; else what was measured."""
    now_ms = context.now_ms()
    since_ms = now_ms - HOUR_MS
    symbol = info.symbol
    state = await context.subscriptions.chat(chat)
    stored = await context.journal.recent("*", symbol, since_ms, _SHOWN + 1)
    weighed = await context.casebook.decided(chat, symbol, since_ms, _READ)
    decided = {decision.alert_id: decision for _, decision in weighed}
    sent = {one.alert.id: one for one, decision in weighed if decision.send}
    shown = [*sent.values(), *(one for one in stored if one.alert.id not in sent)]
    lines = []
    for one in shown[:_SHOWN]:
        alert = one.alert
        decision = decided.get(alert.id)
        mark = "✅" if decision is not None and decision.send else "➖"
        grade = SEVERITY_NAMES[severity_of(measure_of(alert, state.settings))]
        lines.append(
            f"{mark} {at(alert.at_ms, now_ms)} {kind_name(alert.kind)}({grade}): "
            f"{_why(alert, decision, state)}"
        )
    if len(shown) > _SHOWN:
        lines.append("그 밖에도 알림이 더 있었습니다.")
    turned = context.insight.turned_away(symbol, since_ms)
    lines += turned_lines(context, turned, state.settings)
    near = context.insight.near(symbol, since_ms)
    if not stored:
        lines += near_lines(context, state, near)
    future = await _future(context, chat, symbol, since_ms)
    lines += future.lines
    wish, offered = _wish(context, state, symbol)
    lines.append(wish)
    added = sum(decision.reason == "same_move" for decision in decided.values())
    if sent:
        told = f"최근 1시간에 보낸 알림 {len(sent)}건"
    elif future.sent:
        told = f"최근 1시간에 보낸 알림은 선물 {future.sent}건"
    elif added:
        told = f"최근 1시간의 알림 {added}건은 보낸 메시지에 덧붙였습니다"
    else:
        told = "최근 1시간 동안 왜 알림이 없었나요"
    return Message(
        head=f"❔ {symbol_name(context, symbol)}: {told}",
        lines=tuple(lines),
        foot=market_foot(context),
        buttons=rows(
            (
                Button("🔄 새로고침", f"/why {symbol}"),
                *offered,
                Button("📋 내 알림", "/alerts"),
            ),
            future.buttons,
            *(
                [Button("❔ 마지막 것 자세히", f"/why #{short_ref(stored[0].alert.id)}")]
                for _ in stored[:1]
            ),
        ),
        private=True,
    )


async def of_chat(context: Context, chat: Chat) -> Message:
    """How many alerts of the last day came here, why the others did not, and what would come."""
    now_ms = context.now_ms()
    since_ms = now_ms - 24 * HOUR_MS
    state = await context.subscriptions.chat(chat)
    weighed = await context.casebook.decided(chat, None, since_ms, _READ)
    came = [stored.alert for stored, decision in weighed if decision.send]
    reasons = Counter(decision.reason for _, decision in weighed if not decision.send)
    span = "최근 24시간"
    if len(weighed) == _READ:  # there were more
        span = f"최근 {duration(now_ms - weighed[-1][0].alert.at_ms)}"
    feed = context.health.feed()
    lines = [f"{'✅' if feed.ok else '⚠️'} 시세 데이터: {feed_text(feed)}"]
    if came:
        last = came[0]
        told = f"{symbol_name(context, last.symbol)} {kind_name(last.kind)}"
        handover = await context.casebook.handover(chat, last.id)
        if handover is not None and handover.sent_ms is None:
            told += f" · {_STATES.get(handover.state, handover.state)}"
        lines.append(f"마지막 알림: {at(last.at_ms, now_ms)} · {told}")
    lines += [f"➖ {count:,}건: {_REASONS.get(why, why)}" for why, count in reasons.most_common()]
    if state.subscriptions and not weighed:
        lines.append(
            "구독한 뒤로 이 채팅이 받는 종목과 종류에서 알릴 만큼 큰 움직임을 찾지 못했습니다."
        )
    lines += ["이 채팅의 설정", *received(state, context)]
    choose = (
        [] if state.subscriptions and state.active else [Button("🔔 알림 고르기", "/subscribe")]
    )
    return Message(
        head=f"❔ {span}에 온 알림 {len(came)}건" if came else f"❔ {span}에 온 알림이 없습니다",
        lines=(*lines, f"한 종목을 물어보려면: {_EXAMPLE}"),
        foot=market_foot(context),
        buttons=rows(
            [*choose, Button("📋 내 알림", "/alerts"), Button("🩺 상태", "/status")],
            [Button("❔ 마지막 것 자세히", f"/why #{short_ref(alert.id)}") for alert in came[:1]],
        ),
        private=True,
    )


class _Future(msgspec.Struct, frozen=True):
    """What a pair's contract adds to the answer; ``sent``: how many of its alerts came here."""

    sent: int = 0
    lines: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()


async def _future(context: Context, chat: Chat, symbol: str, since_ms: int) -> _Future:
    """Whoever receives a pair receives liquidations of its contract too, and asks for it by the
    pair's name."""
    if symbol != bare(symbol):
        return _Future()
    contract = f"{FUTURES}:{symbol}"
    stored = await context.journal.recent(ALL, contract, since_ms, _READ)
    if not stored:
        return _Future()
    weighed = await context.casebook.decided(chat, contract, since_ms, _READ)
    sent = sum(decision.send for _, decision in weighed)
    here = f"이 채팅에 보낸 것은 {sent}건입니다" if sent else "이 채팅에 보낸 것은 없습니다"
    again = f"/why {contract}"
    return _Future(
        sent,
        (f"선물 알림은 최근 1시간에 {len(stored)}건 있었고 {here}. 자세히: {again}",),
        (Button("❔ 선물 알림", again),),
    )


def _wish(context: Context, state: ChatState, symbol: str) -> tuple[str, Sequence[Button]]:
    """What the chat's settings would do with an alert of the symbol right now, and a button where
    none would come."""
    wanted = [
        kind for kind in context.kinds if any(s.wants(symbol, kind) for s in state.subscriptions)
    ]
    now_ms = context.now_ms()
    if not wanted:
        line = f"이 채팅의 설정: 이 종목을 구독하지 않았습니다. 받으려면: /subscribe {symbol}"
        return line, [Button("🔔 알림 받기", f"/subscribe {symbol}")]
    if not state.active:
        return "이 채팅의 설정: 지금은 보내지 않고 있습니다. 다시 구독하면 이어집니다.", ()
    for muted, command in ((ALL, "/unmute"), (symbol, f"/unmute {symbol}")):
        if state.muted.get(muted, 0) > now_ms:
            line = f"이 채팅의 설정: 지금 음소거 중입니다. 풀려면: {command}"
            return line, [Button("🔔 다시 켜기", command)]
    return f"이 채팅의 설정: 받습니다({', '.join(map(kind_name, wanted))})", ()


def _why(alert: AnyAlert, decision: Decision | None, state: ChatState) -> str:
    """Why it was or was not sent here; without a decision the chat had not asked for
    it then, or could not be written to."""
    if decision is not None:
        return _REASONS.get(decision.reason, decision.reason)
    if not any(s.wants(alert.symbol, alert.kind) for s in state.subscriptions):
        return _REASONS["not_subscribed"]
    if measure_of(alert, state.settings) < 1:
        return _REASONS["below_threshold"]
    if alert.notable:
        return _BEFORE
    return _GREW if isinstance(alert, Kimchi) else _USUAL


def _passed(alert: AnyAlert) -> str:
    """Why it is worth a message, to everybody or to those who named less."""
    if isinstance(alert, Kimchi):
        return _PASSED_PREMIUM if alert.notable else _PASSED_GREW
    return _PASSED if alert.notable else _PASSED_USUAL


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
