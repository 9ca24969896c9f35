"""/preview: what the last 24 hours would have sent to this chat, as it is set up or changed so."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from bot.command import Command, Context, Parameter
from bot.commands.layout import at, market_foot, rows
from bot.commands.settings import read_change
from bot.compose import alert_message
from bot.errors import UserError
from bot.korean import HOUR_MS, SEVERITY_NAMES, josa, korean_time
from bot.model import Button, ChatState, Message, Request, StoredAlert, Subscription
from bot.preview import Foreseen, Preview, course_of, foresee
from bot.route import Reason
from pipeline.model import ALL, SEVERITIES

DAY_MS: Final = 24 * HOUR_MS
MOST: Final = 20_000
"""Alerts that are looked at, the newest ones."""
EXAMPLES: Final = 3
_WITHHELD: Final[dict[Reason, str]] = {
    "below_threshold": "기준보다 작음",
    "kind_off": "꺼 둔 종류",
    "same_move": "먼저 온 메시지에 덧붙임",
    "chat_cooldown": "쿨다운",
    "quiet": "방해금지(끝날 때 한 번에)",
    "held": "하루 한도",
    "stale": "뒤늦게 찾음",
}


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for what is no setting."""
    state = await context.subscriptions.chat(request.chat)
    change = await _change(context, request, words) if words else None
    since_ms = context.now_ms() - DAY_MS
    stored = await context.journal.recent(ALL, None, since_ms, MOST)
    subscribed = bool(state.subscriptions)
    if not subscribed:
        state = msgspec.structs.replace(
            state, subscriptions=(Subscription(request.chat, ALL, ALL),)
        )
    # Beside the event loop: of a restless day that is a second's work, and alerts do not wait.
    now, changed = await asyncio.to_thread(
        _foreseen, stored, state, None if change is None else change(state)
    )
    notes = [] if subscribed else ["구독이 없어 모든 종목의 모든 알림으로 셌습니다."]
    if changed is not None and _wants_usual(change(state) if change else state):
        notes.append("표준보다 작거나 그 종목에서 흔한 것은 기록되지 않아 세지 못했습니다.")
    shown = now if changed is None else changed
    limit = (state if change is None else change(state)).daily_limit
    if 0 < limit < len(shown.sent):
        notes.append("긴급은 하루 한도와 상관없이 옵니다.")
    if len(stored) >= MOST:
        notes.append(f"최근 알림 {MOST:,}건까지만 셌습니다.")
    return render(context, " ".join(words), now, changed, notes)


async def _change(
    context: Context, request: Request, words: list[str]
) -> Callable[[ChatState], ChatState]:
    """What /settings would change, or its word on what is wrong, with examples for /preview: those
    of /settings would change the chat."""
    try:
        return await read_change(context, request, words)
    except UserError as error:
        raise UserError(str(error).replace("/settings ", "/preview "), error.near) from error


def _foreseen(
    stored: Sequence[StoredAlert], state: ChatState, other: ChatState | None
) -> tuple[Preview, Preview | None]:
    course = course_of(stored)
    return foresee(course, state), None if other is None else foresee(course, other)


def _wants_usual(state: ChatState) -> bool:
    return any(one.usual for one in state.settings.thresholds.values())


def render(
    context: Context, typed: str, now: Preview, changed: Preview | None, notes: list[str]
) -> Message:
    """The answer in words."""
    shown = now if changed is None else changed
    count = f"{len(shown.sent):,}건"
    if changed is None:
        head = f"🔎 지금 설정이면 최근 24시간에 {count}"
    else:
        head = (
            f"🔎 ‘{typed}’{josa(typed, '으로/로').removeprefix(typed)} 바꾸면 최근 24시간에 {count}"
        )
    lines = [] if changed is None else [f"지금 설정이면 {len(now.sent):,}건"]
    if shown.sent:
        severities = Counter(one.severity for one in shown.sent)
        lines.append(
            " · ".join(
                f"{SEVERITY_NAMES[s]} {severities[s]:,}건"
                for s in reversed(SEVERITIES)
                if severities[s]
            )
        )
        lines.append(_busiest(shown))
        largest = sorted(shown.sent, key=lambda one: (-one.alert.excess, one.at_ms))
        lines += ["큰 것부터", *(_example(context, one) for one in largest[:EXAMPLES])]
    withheld = [
        f"{name} {shown.withheld[reason]:,}건"
        for reason, name in _WITHHELD.items()
        if shown.withheld.get(reason)
    ]
    if withheld:
        lines.append(f"보내지 않았을 것: {' · '.join(withheld)}")
    lines += [*notes, "고래봇이 켜져 있던 동안의 기록으로 세었고, 음소거는 빼고 보았습니다."]
    apply = [Button("✅ 이대로 바꾸기", f"/settings {typed}")] if changed is not None else []
    return Message(
        head=head,
        lines=tuple(lines),
        foot=market_foot(context),
        buttons=rows(apply, (Button("⚙️ 설정", "/settings"),)),
        private=True,
    )


def _busiest(shown: Preview) -> str:
    hours = Counter(one.at_ms // HOUR_MS for one in shown.sent)
    hour, count = min(hours.items(), key=lambda item: (-item[1], item[0]))
    began = korean_time(hour * HOUR_MS)
    return f"가장 많았던 때: {began.month}월 {began.day}일 {began.hour}시대 {count:,}건"


def _example(context: Context, one: Foreseen) -> str:
    info = context.market.info(one.alert.symbol)
    head = alert_message(one.alert, info, note="", by="template", severity=one.severity).head
    return f"{at(one.at_ms, context.now_ms())} · {head}"


COMMAND = Command(
    name="preview",
    korean="미리보기",
    description="이 설정이면 최근 24시간에 무엇이 왔을지",
    example="/preview 급등 5%",
    run=run,
    parameters=(Parameter("change", "바꿀것", "급등 5% · 쿨다운 10분 · 하루 20건", "setting"),),
    details=(
        "설정은 바꾸지 않습니다. 비워 두면 지금 설정으로 셉니다.",
        "/settings 뒤에 쓰는 말을 그대로 쓸 수 있습니다: /preview 기준 큰것만, /preview 펌핑 끄기",
    ),
    aliases=("미리", "시뮬레이션"),
    who="admins",
)
