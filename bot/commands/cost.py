"""/cost: what the AI explanations cost today and this month, and what the month will come to."""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from bot.command import Command, Context
from bot.commands.layout import rows
from bot.korean import DAY_MS, dollars, korean_time, month_of, number
from bot.model import Button, Message, Request
from bot.ports import SpendSum

_TASKS: Final = {
    "alert": "체결·스프레드 설명",
    "anomaly": "급등락 설명",
    "spread": "스프레드 설명",
    "summary": "시장 요약",
    "explain": "/explain 설명",
    "news": "뉴스 풀이",
    "bulk": "묶음 작업",
}


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Sums from the ledger, by the Korean calendar."""
    if context.ledger is None:
        return Message(
            head="💸 AI 설명이 꺼져 있어 비용이 없습니다.",
            lines=("켜는 방법은 설명서의 AI 설명 항목에 있습니다.",),
            private=True,
        )
    now_ms = context.now_ms()
    first_ms, next_ms = month_of(now_ms)
    sums = await context.ledger.spent(first_ms, next_ms)
    return render(sums, now_ms, context.daily_budget_usd, context.monthly_budget_usd)


def forecast_usd(sums: Sequence[SpendSum], now_ms: int) -> float | None:
    """What this month will have cost if it goes on as since its first spending.

    None until there is a whole day to judge by.
    """
    if not sums:
        return None
    _, next_ms = month_of(now_ms)
    elapsed_ms = now_ms - min(one.day_ms for one in sums)
    if elapsed_ms < DAY_MS:
        return None
    spent = sum(one.usd for one in sums)
    return spent + spent / elapsed_ms * max(0, next_ms - now_ms)


def runs_out_ms(sums: Sequence[SpendSum], now_ms: int, budget_usd: float) -> int | None:
    """When this month's budget will be used up if it goes on as ``forecast_usd`` says; None if not
    within the month, or if it is already."""
    expected = forecast_usd(sums, now_ms)
    spent = sum(one.usd for one in sums)
    if expected is None or not spent < budget_usd < expected:
        return None
    _, next_ms = month_of(now_ms)
    return now_ms + round((next_ms - now_ms) * (budget_usd - spent) / (expected - spent))


def render(
    sums: Sequence[SpendSum],
    now_ms: int,
    daily_budget_usd: float | None,
    monthly_budget_usd: float | None = None,
) -> Message:
    """The answer in words; ``sums`` are those of this month. A monthly budget of 0 is none."""
    first_ms, next_ms = month_of(now_ms)
    today_ms = first_ms + (now_ms - first_ms) // DAY_MS * DAY_MS
    today = [one for one in sums if one.day_ms == today_ms]
    spent_today, spent = (sum(one.usd for one in some) for some in (today, sums))
    lines = []
    if daily_budget_usd is not None:
        left = max(0.0, daily_budget_usd - spent_today)
        lines.append(f"오늘 예산 {dollars(daily_budget_usd)} · 남은 금액 {dollars(left)}")
        if left <= 0:
            lines.append("예산을 다 써서 자정(한국 시간)까지 자동 설명만 나갑니다.")
    if monthly_budget_usd:
        left = max(0.0, monthly_budget_usd - spent)
        lines.append(f"이번 달 예산 {dollars(monthly_budget_usd)} · 남은 금액 {dollars(left)}")
        if left <= 0:
            lines.append("이번 달 예산을 다 써서 다음 달 1일(한국 시간)까지 자동 설명만 나갑니다.")
    expected = forecast_usd(sums, now_ms)
    if expected is not None:
        lines.append(f"이번 달 예상: 약 {dollars(expected)} (지금까지의 하루 평균으로 계산)")
        out_ms = runs_out_ms(sums, now_ms, monthly_budget_usd) if monthly_budget_usd else None
        if out_ms is not None:
            day = korean_time(out_ms)
            lines.append(f"⚠️ 이대로면 {day.month}월 {day.day}일에 이번 달 예산을 다 씁니다.")
    if daily_budget_usd:
        days = (next_ms - first_ms) // DAY_MS
        lines.append(_at_most(daily_budget_usd, days, monthly_budget_usd or math.inf))
    lines += _section("■ 오늘", today)
    lines += _section("■ 이번 달", sums)
    estimated = sum(one.estimated for one in sums)
    return Message(
        head=f"💸 AI 비용 · 오늘 {dollars(spent_today)} · 이번 달 {dollars(spent)}",
        lines=tuple(lines),
        foot="설정의 모델 요금으로 계산한 값이며 실제 청구액과 다를 수 있습니다."
        + (f" 토큰 수를 어림한 호출 {estimated:,}건." if estimated else ""),
        buttons=rows((Button("🔄 새로고침", "/cost"),)),
        private=True,
    )


def _at_most(daily_usd: float, days: int, monthly_usd: float) -> str:
    """What the two budgets mean together in a month of so many days."""
    if daily_usd * days <= monthly_usd:
        return f"하루 예산을 매일 다 써도 이번 달은 {dollars(daily_usd * days)}까지입니다."
    lasts = math.floor(monthly_usd / daily_usd + 1e-9)
    return f"하루 예산을 매일 다 쓰면 이번 달 예산은 {lasts}일이면 끝납니다."


def _section(title: str, sums: Sequence[SpendSum]) -> list[str]:
    if not sums:
        return [f"{title}: 쓴 비용이 없습니다."]
    shown, calls = (sum(getattr(one, name) for one in sums) for name in ("shown", "calls"))
    return [
        f"{title}: 호출 {calls:,}회, 알림에 실린 설명 {shown:,}건",
        *_grouped(sums, lambda one: one.model),
        *_grouped(sums, lambda one: _TASKS.get(one.task, one.task)),
    ]


def _grouped(sums: Iterable[SpendSum], name_of: Callable[[SpendSum], str]) -> list[str]:
    """One line for each name, the dearest first."""
    groups: dict[str, list[SpendSum]] = {}
    for one in sums:
        groups.setdefault(name_of(one), []).append(one)
    costs = {name: sum(one.usd for one in some) for name, some in groups.items()}
    return [
        f"• {name}: {dollars(costs[name])} · {sum(one.calls for one in groups[name]):,}회"
        f" · 토큰 입력 {number(sum(one.tokens_in for one in groups[name]), 0)}"
        f" / 출력 {number(sum(one.tokens_out for one in groups[name]), 0)}"
        for name in sorted(groups, key=lambda name: (-costs[name], name))
    ]


COMMAND = Command(
    name="cost",
    korean="비용",
    description="AI 설명에 쓴 비용과 이번 달 예상",
    example="/cost",
    run=run,
    aliases=("요금",),
    who="operators",
)
