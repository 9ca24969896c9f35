"""/cost: sums by the Korean calendar, for operators alone."""

from collections.abc import Sequence

import msgspec
import pytest
from fakes import DAY_MS, NOW_MS, Bot, request

from bot.answer import Answerer
from bot.commands.cost import COMMAND, forecast_usd, render, runs_out_ms
from bot.explain.pricing import Settings
from bot.korean import month_of
from bot.model import Message
from bot.ports import Spend, SpendSum

MONTH = 1_767_193_200_000
"""1월 1일 00:00 KST (2026)."""
TODAY = MONTH + 11 * DAY_MS


class FakeLedger:
    """Implements bot.ports.Ledger over sums."""

    def __init__(self, sums: Sequence[SpendSum]) -> None:
        self.sums = sums

    async def spend(self, entry: Spend) -> None:
        """Not used by commands."""
        raise AssertionError(entry)

    async def spent(self, since_ms: int, before_ms: int) -> Sequence[SpendSum]:
        """The sums of these days."""
        return [one for one in self.sums if since_ms <= one.day_ms < before_ms]


SUMS = (
    SpendSum(MONTH - DAY_MS, "alert", "small", 9, 9, 0, 9, 9, 99.0),
    SpendSum(MONTH + 5 * DAY_MS, "summary", "large", 10, 10, 0, 20_000, 3_000, 2.0),
    SpendSum(TODAY, "alert", "small", 120, 112, 3, 84_000, 14_400, 0.354),
    SpendSum(TODAY, "anomaly", "large", 4, 3, 0, 2_800, 480, 0.0492),
)


async def ask(
    sums: Sequence[SpendSum] | None, budget: float | None = 3.0, month: float | None = 100.0
) -> Message:
    """The answer to an operator."""
    ledger = None if sums is None else FakeLedger(sums)
    context = msgspec.structs.replace(Bot().context, ledger=ledger)
    context = msgspec.structs.replace(context, daily_budget_usd=budget, monthly_budget_usd=month)
    return await Answerer(context, {"cost": COMMAND}, operators=["web:visitor"])(request("/cost"))


async def test_the_whole_answer() -> None:
    message = await ask(SUMS)
    assert message.head == "💸 AI 비용 · 오늘 0.403달러 · 이번 달 2.4달러"
    assert message.lines == (
        "오늘 예산 3달러 · 남은 금액 2.6달러",
        "이번 달 예산 100달러 · 남은 금액 97.6달러",
        "이번 달 예상: 약 9.8달러 (지금까지의 하루 평균으로 계산)",
        "하루 예산을 매일 다 써도 이번 달은 93달러까지입니다.",
        "■ 오늘: 호출 124회, 알림에 실린 설명 115건",
        "• small: 0.354달러 · 120회 · 토큰 입력 84,000 / 출력 14,400",
        "• large: 0.0492달러 · 4회 · 토큰 입력 2,800 / 출력 480",
        "• 체결·스프레드 설명: 0.354달러 · 120회 · 토큰 입력 84,000 / 출력 14,400",
        "• 급등락 설명: 0.0492달러 · 4회 · 토큰 입력 2,800 / 출력 480",
        "■ 이번 달: 호출 134회, 알림에 실린 설명 125건",
        "• large: 2.05달러 · 14회 · 토큰 입력 22,800 / 출력 3,480",
        "• small: 0.354달러 · 120회 · 토큰 입력 84,000 / 출력 14,400",
        "• 시장 요약: 2달러 · 10회 · 토큰 입력 20,000 / 출력 3,000",
        "• 체결·스프레드 설명: 0.354달러 · 120회 · 토큰 입력 84,000 / 출력 14,400",
        "• 급등락 설명: 0.0492달러 · 4회 · 토큰 입력 2,800 / 출력 480",
    )
    assert message.foot.endswith("토큰 수를 어림한 호출 3건.")
    assert message.private


async def test_a_budget_that_is_used_up_is_told() -> None:
    message = await ask(SUMS, budget=0.4)
    assert "오늘 예산 0.4달러 · 남은 금액 0달러" in message.lines
    assert any("자동 설명만" in line for line in message.lines)


async def test_a_months_budget_that_will_not_do_is_told_with_the_day() -> None:
    message = await ask(SUMS, month=4.0)
    assert "이번 달 예산 4달러 · 남은 금액 1.6달러" in message.lines
    (line,) = [line for line in message.lines if line.startswith("⚠️")]
    assert line == "⚠️ 이대로면 1월 16일에 이번 달 예산을 다 씁니다."
    out_ms = runs_out_ms([one for one in SUMS if one.day_ms >= MONTH], NOW_MS, 4.0)
    assert out_ms is not None and NOW_MS < out_ms < month_of(NOW_MS)[1]
    used_up = await ask(SUMS, month=2.0)
    assert (
        "이번 달 예산을 다 써서 다음 달 1일(한국 시간)까지 자동 설명만 나갑니다." in used_up.lines
    )
    assert not any("이대로면" in line for line in used_up.lines)


async def test_budgets_that_do_not_fit_together_are_told_and_the_defaults_do() -> None:
    short = await ask(SUMS, budget=5.0)
    assert "하루 예산을 매일 다 쓰면 이번 달 예산은 20일이면 끝납니다." in short.lines
    assert 31 * Settings().daily_budget_usd <= Settings().monthly_budget_usd


async def test_without_a_months_budget_none_is_told() -> None:
    assert not any("이번 달 예산" in line for line in (await ask(SUMS, month=0.0)).lines)


async def test_before_anything_was_spent_nothing_is_forecast() -> None:
    message = await ask(())
    assert message.head == "💸 AI 비용 · 오늘 0달러 · 이번 달 0달러"
    assert "■ 오늘: 쓴 비용이 없습니다." in message.lines
    assert not any("예상" in line for line in message.lines)


async def test_without_ai_the_answer_says_so() -> None:
    assert "꺼져 있어" in (await ask(None)).head


async def test_only_operators_are_told() -> None:
    context = msgspec.structs.replace(Bot().context, ledger=FakeLedger(SUMS))
    message = await Answerer(context, {"cost": COMMAND}, operators=["web:other"])(request("/cost"))
    assert message.tone == "error"
    assert "달러" not in message.head


@pytest.mark.parametrize(
    ("at_ms", "first_ms", "days"),
    [
        (NOW_MS, MONTH, 31),
        (MONTH, MONTH, 31),
        (MONTH - 1, MONTH - 31 * DAY_MS, 31),
        (MONTH + 31 * DAY_MS, MONTH + 31 * DAY_MS, 28),
    ],
)
def test_a_month_is_one_of_the_korean_calendar(at_ms: int, first_ms: int, days: int) -> None:
    assert month_of(at_ms) == (first_ms, first_ms + days * DAY_MS)


def test_the_forecast_goes_on_as_since_the_first_spending_of_the_month() -> None:
    ten_days = [SpendSum(MONTH + 10 * DAY_MS, "alert", "small", 1, 1, 0, 1, 1, 10.0)]
    assert forecast_usd(ten_days, MONTH + 20 * DAY_MS) == pytest.approx(21.0)
    assert forecast_usd(ten_days, MONTH + 11 * DAY_MS - 1) is None
    assert forecast_usd([], NOW_MS) is None
    assert render(ten_days, MONTH + 11 * DAY_MS - 1, None).lines[0].startswith("■ 오늘")
