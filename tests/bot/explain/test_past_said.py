"""A text may tell the past of such alerts in one sentence, rightly, and foretells nothing of it."""

import msgspec
import pytest
from explain_alerts import PAIRS, price_jump

from bot.explain.facts import facts_of
from bot.explain.grounding import verify_facts
from bot.explain.past_said import past_sentence
from bot.explain.template import sentence
from bot.hindsight import Group, Quartiles, Standing
from pipeline.model import PriceJump

MIDDLE = Quartiles(0.4, -0.3, 1.1)
PAST = Standing(
    Group("price_jump", "up"), 1, 1_240, 894, 1_238, 893, 60, 53.0, 14.4, (6.0, 22.8), True,
    MIDDLE, MIDDLE,
)  # fmt: skip
ALERT = price_jump()
TOLD = sentence(ALERT, PAIRS[ALERT.symbol])


def objections(text: str, past: Standing | None = PAST, alert: PriceJump = ALERT) -> list[str]:
    return verify_facts(text, facts_of(alert, PAIRS[alert.symbol], past))


def test_what_the_facts_say_of_the_past_may_be_copied_behind_what_happened() -> None:
    words = facts_of(ALERT, PAIRS[ALERT.symbol], PAST).words
    assert words["지난 기록"] == past_sentence(PAST)
    assert past_sentence(PAST) == (
        "비슷한 알림 1,238건 중 1시간 뒤 상승 893건으로, 무작위 대비 14%p 높았습니다"
    )
    assert objections(TOLD) == []
    assert objections(f"{TOLD} {past_sentence(PAST)}.") == []
    risk = f"위험도는 {words['위험도']}입니다({words['위험도 근거']})."
    assert objections(f"{TOLD} {risk} {past_sentence(PAST)}.") == []
    lower = msgspec.structs.replace(PAST, difference=-9.0)
    assert objections(f"{TOLD} {past_sentence(lower)}.", lower) == []


@pytest.mark.parametrize(
    "said",
    [
        "지난 기록으로는 비슷한 알림 1,238건 중 1시간 뒤 상승 893건이며, "
        "무작위 대비 +14%p였습니다.",
        "지난 기록에서 비슷한 알림 1238건 가운데 1시간 뒤 상승한 것은 893건으로, "
        "무작위보다 14%p 높았습니다.",
    ],
)
def test_it_may_be_said_in_a_few_ways(said: str) -> None:
    assert objections(f"{TOLD} {said}") == []


@pytest.mark.parametrize(
    "said",
    [
        "비슷한 알림 1,238건 중 1시간 뒤 상승 894건으로, 무작위 대비 14%p 높았습니다.",
        "비슷한 알림 1,239건 중 1시간 뒤 상승 893건으로, 무작위 대비 14%p 높았습니다.",
        "비슷한 알림 1,238건 중 1시간 뒤 상승 893건으로, 무작위 대비 41%p 높았습니다.",
        "비슷한 알림 1,238건 중 1시간 뒤 상승 893건으로, 무작위 대비 14%p 낮았습니다.",
        "비슷한 알림 1,238건 중 1시간 뒤 상승 893건으로, 무작위 대비 -14%p였습니다.",
        "비슷한 알림 1,238건 중 1시간 뒤 하락 893건으로, 무작위 대비 14%p 높았습니다.",
        "비슷한 알림 1,238건 중 1시간 뒤 상승 893건으로, 무작위 대비 14%p 높습니다.",
        "비슷한 알림 1,238건 중 24시간 뒤 상승 893건으로, 무작위 대비 14%p 높았습니다.",
        "비슷한 알림 1,238건 중 1시간 뒤 상승 893건으로, 무작위 대비 14%p 높았으니 오를 것입니다.",
        "비슷한 알림 뒤에는 1시간 뒤 오르는 일이 많습니다.",
        "지난 기록으로는 1시간 뒤 상승할 확률이 72%입니다.",
        "지난 기록을 보면 더 오를 수 있습니다.",
        "1시간 뒤 상승이 예상됩니다.",
        "이런 알림은 무작위보다 14%p 높습니다.",
        f"{past_sentence(PAST)}. 지금 매수가 유리합니다.",
        f"{past_sentence(PAST)}. 이번에도 그렇습니다.",
    ],
)  # fmt: skip
def test_wrong_figures_forecasts_and_advice_are_refused(said: str) -> None:
    assert objections(f"{TOLD} {said}")


def test_without_a_clear_past_nothing_is_said_of_it_and_alone_it_is_no_explanation() -> None:
    assert objections(f"{TOLD} {past_sentence(PAST)}.", None)
    assert "지난 기록" not in facts_of(ALERT, PAIRS[ALERT.symbol]).words
    assert objections(f"{past_sentence(PAST)}.")
