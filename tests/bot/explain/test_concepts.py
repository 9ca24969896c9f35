"""What a number is told of, by the words around it."""

import pytest
from explain_alerts import ALERTS, PAIRS

from bot.explain.concepts import CONCEPTS, governing
from bot.explain.facts import facts_of
from bot.explain.figures import concepts
from pipeline.model import AnyAlert


@pytest.mark.parametrize(
    ("unit", "left", "right", "told"),
    [
        # the nearest noun before it, of those that have a size in its unit
        ("money", "매수벽의 중간 가격은 ", "입니다", {"mid"}),
        ("money", "업비트 가격은 ", "입니다", {"won"}),
        ("원", "업비트 테더 가격은 ", "입니다", {"tether"}),
        ("money", "최우선 매수 호가와 최우선 매도 호가는 각각 ", ", ", {"bid"}),
        ("money", "§§§ 시장가 매수 ", "가 체결되었습니다", {"amount"}),
        ("%", "체결 건수는 §§건이고 슬리피지는 ", "입니다", {"slippage"}),
        ("%", "업비트 테더 기준 김프는 ", "입니다", {"premium", "tether"}),
        ("건", "나뉜 주문은 ", "입니다", {"split"}),
        ("초", "다음 정산까지 ", "입니다", {"left"}),
        ("초", "거래가 늘기 전 ", " 동안 가격은", {"ahead", "span"}),
        # what stands right behind it
        ("money", "", " 규모의 시장가 매수가", {"amount"}),
        ("money", "평균 ", "에 체결되었습니다", {"average", "price"}),
        ("money", "매도 호가의 ", " 잔량이", {"amount"}),
        ("bp", "", " 슬리피지가", {"slippage"}),
        ("건", "", "의 시장가 매수 주문이", {"orders"}),
        ("건", "매수 주문이 ", "에 걸쳐 체결", {"fills"}),
        ("건", "매수 주문 ", "이 모두 나뉘었습니다", {"split"}),
        ("%", "", "의 역프가 나타났습니다(테더 기준)", {"premium", "tether"}),
        # a clause of its own
        ("money", "가격이 그대로였던 §§§에서 ", "의 시장가 매수가", {"amount"}),
        ("%", " 상승했으며 업비트 테더 기준으로는 ", "입니다", {"tether"}),
        # of what, and by what
        ("배", "가격이 평소의 ", "인 ", {"price", "usual"}),
        ("배", "평소 5초 변동의 ", "입니다", {"move", "usual"}),
        ("배", "체결 건수는 알림 기준의 ", "입니다", {"fills", "threshold"}),
        ("배", "", "(알림 기준)", {"threshold"}),
        ("배", "최우선 호가 차이가 평소의 ", "인 ", {"spread", "usual"}),
        ("배", "매수벽의 주문 건수는 평소의 ", "입니다", {"counted", "usual"}),
        # of a price only where it is not at that price
        ("coin", "의 평균가로 ", "을 매수한", set()),
        ("coin", "평균 체결가는 ", "입니다", {"price"}),
        # nothing is named, or nothing with a size in this unit
        ("%", "", "입니다", set()),
        ("money", "위험도는 ", "입니다", set()),
        ("회", "하루 ", " 나타납니다", set()),
    ],
)
def test_the_words_around_a_number_tell_what_it_is_of(
    unit: str, left: str, right: str, told: set[str]
) -> None:
    assert set(governing(unit, left, right)) == told


@pytest.mark.parametrize("alert", ALERTS.values(), ids=list(ALERTS))
def test_every_figure_is_of_something_that_has_a_name(alert: AnyAlert) -> None:
    unnamed = {"frequency"}  # the only figure of its unit; its words are in its ``near``
    for figure in facts_of(alert, PAIRS[alert.symbol]).figures:
        assert concepts(figure.of)
        assert concepts(figure.of) <= CONCEPTS | unnamed
