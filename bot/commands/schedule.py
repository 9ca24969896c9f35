"""/schedule: what this chat gets by the clock: summaries at times of day, and the spread of a pair
at an interval."""

from collections.abc import Sequence
from typing import Final

import msgspec

from bot.command import Command, Context, Parameter
from bot.commands.arguments import take_duration
from bot.commands.layout import rows, symbol_name
from bot.commands.times import EVERY_DAY, EXAMPLE, NoTime, When, days_name, read_when, zone_name
from bot.errors import UserError
from bot.korean import MINUTE_MS, duration, kind_of, unify
from bot.model import Button, Message, Request, Schedule
from pipeline.model import ALL

MAX_TIMES: Final = 6
MAX_SPREADS: Final = 5
INTERVALS_MIN: Final = (5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440)
"""Minutes; each divides a day, so that the times of day stay the same."""

_ON = frozenset({"on", "켜기", "켜", "시작", "기본", "받기"})
_OFF = frozenset({"off", "끄기", "꺼", "삭제", "해제", "중지", "끔", "none"})
_LIST = frozenset({"목록", "보기", "리스트", "확인", "list", "show"})
_SPREAD_EXAMPLE = "/schedule 스프레드 BTC 30분"


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError for what is neither time, weekday, zone nor a known word."""
    _refuse_in_the_past(context)
    rest = [unify(word) for word in words]
    if rest and kind_of(rest[0]) == "spread":
        return await panel(context, request, await _spread(context, request, words[1:]))
    if not rest:
        return await panel(context, request)
    if rest[0] in _LIST:
        return await panel(context, request)
    off = [word for word in rest if word in _OFF]
    on = [word for word in rest if word in _ON]
    try:
        when = read_when([w for w in words if unify(w) not in _OFF | _ON])
    except NoTime:
        raise
    except UserError:
        _meant_a_spread(context, words)
        raise
    if on and off:
        raise UserError(f"켤지 끌지 하나만 골라 주세요. 예: {EXAMPLE}, /schedule 끄기")
    had = [s for s in await context.schedules.schedules(request.chat) if s.task == "summary"]
    if off:
        missing = set(when.times) - {one.at for one in had}
        if missing:
            raise UserError(f"{', '.join(sorted(missing))}에는 예약이 없습니다. 목록: /schedule")
        kept = [left for one in had if (left := _without(one, when)) is not None]
        await context.schedules.schedule(request.chat, "summary", None, kept)
        head = "⏰ 예약된 정기 요약이 없습니다" if not had else "⏰ 정기 요약을 껐습니다"
        return await panel(context, request, head if not kept else "")
    if not when.times and not on and had:  # "평일": the times stay, the days change
        times: Sequence[str] = [one.at for one in had]
    else:
        times = when.times or context.summary_times
    if len(times) > MAX_TIMES:
        raise UserError(f"요약은 하루 {MAX_TIMES}번까지 예약할 수 있습니다. 예: {EXAMPLE}")
    zone = when.zone or (had[0].zone if had else context.zone)
    days, since_ms = when.days or EVERY_DAY, context.now_ms()
    wanted = [
        Schedule(request.chat, "summary", at=at, days=days, zone=zone, since_ms=since_ms)
        for at in times
    ]
    await context.schedules.schedule(request.chat, "summary", None, wanted)
    before, now = _summary_times(had), _summary_times(wanted)
    if not had or before == now:
        return await panel(context, request, "⏰ 정기 요약을 예약했습니다")
    told = [f"바꾸기 전: {line}" for line in before]
    return await panel(context, request, "⏰ 정기 요약을 바꿨습니다", told)


def _meant_a_spread(context: Context, words: Sequence[str]) -> None:
    """Raises UserError with the line that was meant by "btc 30분"."""
    every_ms, named = take_duration([w.removesuffix("마다") for w in words], context.now_ms())
    if every_ms is None or not named:
        return
    try:
        symbol = context.directory.find(" ".join(named)).symbol
    except UserError:
        return
    raise UserError(
        f"{symbol_name(context, symbol)}의 스프레드를 정기적으로 받으려면: "
        f"/schedule 스프레드 {symbol} {duration(every_ms)}"
    ) from None


def _summary_times(summaries: Sequence[Schedule]) -> list[str]:
    """ "매일 09:00, 21:00 (KST)", a line for each set of weekdays and each zone."""
    found = []
    for days, zone in dict.fromkeys((one.days, one.zone) for one in summaries):
        times = sorted(one.at for one in summaries if (one.days, one.zone) == (days, zone))
        found.append(f"{days_name(days)} {', '.join(times)} ({zone_name(zone)})")
    return found


def _without(one: Schedule, when: When) -> Schedule | None:
    """What is left of a summary when these times or weekdays (or, named none, all) go."""
    if when.times and one.at not in when.times:
        return one
    days = tuple(day for day in one.days if day not in when.days) if when.days else ()
    return msgspec.structs.replace(one, days=days) if days else None


def _refuse_in_the_past(context: Context) -> None:
    """A replay ends soon, and its clock is not the one on the wall."""
    if context.unreal is not None and context.unreal.past:
        raise UserError(
            "재생 중에는 예약할 수 없습니다. 그 시각의 요약은 /summary로 볼 수 있습니다."
        )


async def comment_on(context: Context, request: Request, symbol: str, every_ms: int | None) -> str:
    """Let the chat have the spread of the symbol at this interval, or (None) no more.

    Says what was done; raises UserError for an interval that is not offered and for too many
    symbols.
    """
    _refuse_in_the_past(context)
    if every_ms is None:
        await context.schedules.schedule(request.chat, "spread", symbol, [])
        return "⏰ 정기 스프레드를 껐습니다"
    minutes = every_ms // MINUTE_MS
    if every_ms % MINUTE_MS or minutes not in INTERVALS_MIN:
        offered = "5분, 10분, 15분, 30분, 1시간, 2시간, 3시간, 4시간, 6시간, 12시간, 하루"
        raise UserError(f"간격은 다음에서 골라 주세요: {offered}. 예: {_SPREAD_EXAMPLE}")
    had = await context.schedules.schedules(request.chat)
    others = [one for one in had if one.task == "spread" and one.symbol != symbol]
    if len(others) >= MAX_SPREADS:
        raise UserError(f"스프레드는 {MAX_SPREADS}종목까지 예약할 수 있습니다. 목록: /schedule")
    wanted = Schedule(
        request.chat,
        "spread",
        symbol=symbol,
        every_s=minutes * 60,
        zone=context.zone,
        since_ms=context.now_ms(),
    )
    await context.schedules.schedule(request.chat, "spread", symbol, [wanted])
    for one in had:
        if (one.task, one.symbol) == ("spread", symbol) and one.every_s != wanted.every_s:
            before = duration(one.every_s * 1000)
            return f"⏰ 스프레드 간격을 바꿨습니다(전에는 {before}마다)"
    return "⏰ 스프레드를 예약했습니다"


async def panel(
    context: Context, request: Request, head: str = "", replaced: Sequence[str] = ()
) -> Message:
    """What the chat gets by the clock, and buttons to change it; ``replaced`` is what it got."""
    had = await context.schedules.schedules(request.chat)
    summaries = [one for one in had if one.task == "summary"]
    spreads = [one for one in had if one.task == "spread"]
    usual = ",".join(context.summary_times)
    lines = [f"📋 시장 요약: {times}" for times in _summary_times(summaries)]
    lines += [
        f"↔️ {symbol_name(context, one.symbol)} 스프레드: {duration(one.every_s * 1000)}마다"
        for one in spreads
    ]
    if not lines:
        lines = ["예약된 것이 없습니다."]
    muted = (await context.subscriptions.chat(request.chat)).muted.get(ALL, 0)
    if had and muted > context.now_ms():
        lines.append("🔕 지금은 음소거 중이라 오지 않습니다. 풀려면: /unmute")
    lines += replaced
    lines.append(f"직접 정하기: {EXAMPLE} · {_SPREAD_EXAMPLE}")
    same = {one.at for one in summaries} == set(context.summary_times)
    return Message(
        head=head or "⏰ 이 채팅의 정기 메시지",
        lines=tuple(lines),
        buttons=rows(
            [] if same else [Button(f"☀️ 요약 {usual}", f"/schedule {usual}")],
            [Button("✖ 요약 끄기", "/schedule 끄기")] if summaries else [],
            *(
                [Button(f"✖ {one.symbol} 스프레드 끄기", f"/schedule 스프레드 {one.symbol} 끄기")]
                for one in spreads
            ),
            [Button("📋 지금 요약 보기", "/summary")],
        ),
        private=True,
    )


async def _spread(context: Context, request: Request, words: Sequence[str]) -> str:
    """Change it; what was done."""
    off = any(unify(word) in _OFF for word in words)
    rest = [word for word in words if unify(word) not in _OFF]
    every_ms, symbols = take_duration([w.removesuffix("마다") for w in rest], context.now_ms())
    if not symbols:
        raise UserError(f"심볼과 간격을 함께 입력해 주세요. 예: {_SPREAD_EXAMPLE}")
    if not off and every_ms is None:
        raise UserError(f"간격을 함께 입력해 주세요. 예: {_SPREAD_EXAMPLE}")
    stored = {one.symbol for one in await context.schedules.schedules(request.chat)}
    typed = "".join(symbols).upper()
    symbol = typed if typed in stored else context.directory.find(" ".join(symbols)).symbol
    return await comment_on(context, request, symbol, None if off else every_ms)


COMMAND = Command(
    name="schedule",
    korean="예약",
    description="정기 시장 요약과 스프레드 받기: 시각, 요일, 간격",
    example=EXAMPLE,
    run=run,
    parameters=(Parameter("when", "시각", "09:00 평일 · 끄기 · 스프레드 BTC 30분", "schedule"),),
    aliases=("정기요약", "요약예약", "스케줄"),
    who="admins",
)
