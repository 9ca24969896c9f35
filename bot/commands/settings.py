"""/settings: how this chat wants its alerts: kinds, thresholds, cooldown, quiet hours, colours, a
limit a day, AI. Each topic is a panel of buttons, and each button a line that can be typed."""

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from bot.command import Command, Context, Parameter
from bot.commands import settings_panels as panels
from bot.commands.arguments import ALL_WORDS
from bot.commands.layout import kind_name
from bot.commands.settings_words import (
    TOPICS,
    NoQuietHours,
    Topic,
    kind_at,
    names_colours,
    read_colours,
    read_cooldown_s,
    read_level,
    read_quiet,
    read_threshold,
    switch,
)
from bot.errors import UserError
from bot.korean import josa, unify
from bot.model import ChatSettings, ChatState, Message, Request, Threshold

MOST: Final = 1_000
EXAMPLE: Final = "/settings 방해금지 23:00-07:00"

_LIMIT = re.compile(r"(?:하루|매일|일)?([0-9]{1,6})(?:건|개|번)?(?:이하|까지|만|이내)?")
_ONLY_NAMED = frozenset({"하루", "매일", "제한", "하루제한", "하루알림"})
_NONE = frozenset(
    {"하루제한없음", "제한없음", "무제한", "하루무제한", "하루끄기", "끄기", "off", "전부", "모두"}
)

Change = Callable[[ChatSettings], ChatSettings]


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for what is no setting."""
    if not words:
        return panels.main(context, await context.subscriptions.chat(request.chat))
    topic, rest = _topic(words)
    if topic is None or topic in ("kinds", "thresholds"):
        found = kind_at(rest, context)
        if found is not None:
            return await _kind(context, request, topic, *found)
    if topic is not None and not rest:
        state = await context.subscriptions.chat(request.chat)
        return panels.of_topic(topic, context, state)
    topic = topic or _topic_of_choice(rest)
    if topic is None or topic == "limit":
        return await _limit(context, request, rest)
    try:
        head, change = await _change(context, request, topic, rest)
    except NoQuietHours as error:  # a button of a panel from before they were ended
        state = await context.subscriptions.chat(request.chat)
        return panels.of_topic(topic, context, state, str(error))
    return panels.of_topic(topic, context, await _changed(context, request, change), head)


async def read_change(
    context: Context, request: Request, words: list[str]
) -> Callable[[ChatState], ChatState]:
    """What typed words would change in a chat; nothing is changed. Raises UserError for what is no
    setting."""
    replace = msgspec.structs.replace
    topic, rest = _topic(words)
    if topic is None or topic in ("kinds", "thresholds"):
        found = kind_at(rest, context)
        if found is not None:
            change = _kind_change(context, *found)
            return lambda state: replace(state, settings=change(state.settings))
    topic = topic or _topic_of_choice(rest)
    if topic is None or topic == "limit":
        count = _read_limit(rest)
        return lambda state: replace(state, daily_limit=count)
    _, change = await _change(context, request, topic, rest)
    return lambda state: replace(state, settings=change(state.settings))


def _kind_change(context: Context, kind: str, rest: Sequence[str]) -> Change:
    """One kind on, off, or with another threshold. Raises UserError."""
    on = switch(unify("".join(rest)))
    if on is not None:
        return lambda had: _switched(had, kind, on)
    own = read_threshold(rest, kind, context)
    return lambda had: _with_thresholds(had, {kind: own})


def _topic(words: list[str]) -> tuple[Topic | None, list[str]]:
    """The topic that the first word names, or two together ("방해 금지"), and the rest."""
    for taken in (2, 1):
        topic = TOPICS.get(unify("".join(words[:taken])))
        if len(words) >= taken and topic is not None:
            return topic, words[taken:]
    return None, words


def _topic_of_choice(words: Sequence[str]) -> Topic | None:
    """What is chosen among, where only the choice is named: "글로벌", "큰 것만"."""
    if names_colours(words):
        return "colours"
    typed = unify("".join(words))
    return "thresholds" if typed not in _NONE and read_level(typed) != "?" else None


async def _kind(
    context: Context, request: Request, topic: Topic | None, kind: str, rest: Sequence[str]
) -> Message:
    """One kind: on, off, or its threshold; only its name shows its panel."""
    name = kind_name(kind)
    if not rest:
        state = await context.subscriptions.chat(request.chat)
        return panels.threshold(context, state, kind)
    state = await _changed(context, request, _kind_change(context, kind, rest))
    on = switch(unify("".join(rest)))
    if on is not None:
        done = "켰습니다" if on else "껐습니다"
        return panels.kinds(context, state, f"🔔 {name} 알림을 {done}")
    now = panels.threshold_words(state.settings.thresholds.get(kind), kind, context)
    return panels.threshold(context, state, kind, f"📏 {name} 기준: {now}")


async def _change(
    context: Context, request: Request, topic: Topic, rest: Sequence[str]
) -> tuple[str, Change]:
    """What is said of the change, and the change. Raises UserError."""
    replace = msgspec.structs.replace
    match topic:
        case "kinds":
            on = switch(unify("".join(word for word in rest if unify(word) not in ALL_WORDS)))
            if on is None:
                raise _unknown_kind(context)
            off = () if on else tuple(context.kinds)
            done = "켰습니다" if on else "껐습니다"
            return f"🔔 모든 종류를 {done}", lambda had: replace(had, off=off)
        case "thresholds":
            level = read_level(unify("".join(rest)))
            if level == "?":
                raise _unknown_kind(context)
            own: dict[str, Threshold | None] = dict.fromkeys(context.kinds, level)
            return "📏 모든 종류의 기준을 바꿨습니다", lambda had: _with_thresholds(had, own)
        case "cooldown":
            cooldown_s = read_cooldown_s(rest, context)
            words = panels.cooldown_words(cooldown_s)
            return f"⏱ 쿨다운: {words}", lambda had: replace(had, cooldown_s=cooldown_s)
        case "quiet":
            before = (await context.subscriptions.chat(request.chat)).settings.quiet
            quiet = read_quiet(rest, before, context.zone)
            head = "🌙 방해금지를 껐습니다" if quiet is None else "🌙 방해금지 시간을 정했습니다"
            return head, lambda had: replace(had, quiet=quiet)
        case "colours":
            colours = read_colours(rest)
            name = "한국식" if colours == "korean" else "글로벌"
            head = f"🎨 색을 {josa(name, '으로/로')} 바꿨습니다"
            return head, lambda had: replace(had, colours=colours)
        case "ai":
            ai = switch(unify("".join(rest)))
            if ai is None:
                raise UserError("AI 설명은 켜거나 끌 수 있습니다. 예: /settings AI 끄기")
            head = f"🤖 AI 설명을 {'켰습니다' if ai else '껐습니다'}"
            return head, lambda had: replace(had, ai=ai)
        case "limit":
            raise AssertionError("the limit is no part of ChatSettings")


async def _limit(context: Context, request: Request, words: Sequence[str]) -> Message:
    if unify("".join(words)) in _ONLY_NAMED:
        return panels.limit(context, await context.subscriptions.chat(request.chat), "")
    count = _read_limit(words)
    head = f"⚙️ 하루 {count:,}건까지 받습니다" if count else "⚙️ 하루 알림 수를 제한하지 않습니다"
    await context.subscriptions.limit(request.chat, count)
    return panels.limit(context, await context.subscriptions.chat(request.chat), head)


def _read_limit(words: Sequence[str]) -> int:
    """Alerts a day, 0 for no limit. Raises UserError."""
    typed = unify("".join(words))
    found = _LIMIT.fullmatch(typed)
    if typed in _NONE:
        return 0
    if found is None:
        raise UserError(
            f"무엇을 바꿀지 알아보지 못했습니다. 예: {panels.LIMIT_EXAMPLE}, /settings 급등 5%, "
            "/settings 쿨다운 10분, 전체: /settings"
        )
    if not 1 <= int(found[1]) <= MOST:
        raise UserError(f"하루 한도는 1–{MOST:,}건입니다. 예: {panels.LIMIT_EXAMPLE}")
    return int(found[1])


async def _changed(context: Context, request: Request, change: Change) -> ChatState:
    await context.preferences.change(request.chat, change)
    return await context.subscriptions.chat(request.chat)


def _switched(had: ChatSettings, kind: str, on: bool) -> ChatSettings:
    others = tuple(one for one in had.off if one != kind)
    return msgspec.structs.replace(had, off=others if on else (*others, kind))


def _with_thresholds(had: ChatSettings, own: dict[str, Threshold | None]) -> ChatSettings:
    merged: dict[str, Threshold | None] = {**had.thresholds, **own}
    kept = {kind: value for kind, value in merged.items() if value is not None}
    return msgspec.structs.replace(had, thresholds=kept)


def _unknown_kind(context: Context) -> UserError:
    names = ", ".join(map(kind_name, context.kinds))
    return UserError(f"알림 종류를 함께 입력해 주세요: {names}. 예: /settings 급등 5%")


COMMAND = Command(
    name="settings",
    korean="설정",
    description="종류·기준·쿨다운·방해금지·색·하루 한도·AI 설명을 이 채팅에 맞게",
    example=EXAMPLE,
    run=run,
    parameters=(
        Parameter("change", "바꿀것", "급등 5% · 쿨다운 10분 · 방해금지 23:00-07:00", "setting"),
    ),
    details=(
        "비워 두면 버튼으로 고를 수 있습니다.",
        "종류: /settings 펌핑 끄기",
        "기준: /settings 대량체결 10만달러, /settings 급등 5%, /settings 기준 큰것만. "
        "표준, 큰것만(표준의 3배), 전부(거르지 않음), 숫자(3배)로 정합니다. "
        "대량 체결은 금액을 정하면 그 종목에서 흔한 크기여도 옵니다.",
        "심각도는 그 기준의 몇 배인지로 정해집니다: 주의 1–2배(소리 없이 옵니다), 경고 2–5배, "
        "긴급 5배 이상.",
        "쿨다운: /settings 쿨다운 10분 · 색: /settings 색 글로벌 · AI: /settings AI 끄기",
        "방해금지: /settings 방해금지 23:00-07:00 평일. 이 시간에는 소리가 나지 않습니다. "
        "긴급만 바로 오고, 나머지는 끝나는 시각에 한 메시지로 모아 알려 드립니다.",
        "긴급은 소리로 받으려면: /settings 방해금지 긴급 소리",
        "하루 한도: /settings 하루 20건. 긴급은 항상 오고, 보내지 않은 알림의 수는 하루에 한 번 "
        "알려 드립니다.",
    ),
    aliases=("하루알림", "환경설정", "알림설정"),
    who="admins",
)
