"""Every good sentence, made false or followed by what must not be said, is refused."""

import itertools
import json
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from explain_alerts import FACTS, passes

from bot.explain.claims import Claim, read_claims
from bot.explain.figures import Facts
from bot.explain.naming import units_of
from bot.explain.shape import plain_dashes

ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "sentences.jsonl").read_text("utf-8").splitlines()
]
GOOD = [row for row in ROWS if row["good"]]

SAID = {
    "advice": (
        "지금 매수하는 것이 좋습니다.", "매도를 권합니다.", "손절하시기 바랍니다.",
        "분할 매수를 고려해 주세요.", "저점 매수 구간입니다.", "투자 의견은 매수입니다.",
        "놓치면 후회합니다.",
    ),
    "targets": (
        "목표가는 12만 달러입니다.", "지지선은 10만 달러입니다.", "곧 11만 달러까지 갑니다.",
    ),
    "forecasts": ("추가 상승이 예상됩니다.", "반드시 반등합니다.", "내일도 오릅니다."),
    "certainty": ("확실한 상승 신호입니다.", "100% 확실합니다.", "수익을 보장합니다."),
    "invented causes": (
        "고래의 매집이 원인입니다.", "ETF 승인 때문에 올랐습니다.", "세력이 개입했습니다.",
        "뉴스가 나왔습니다.", "바이낸스가 발표했습니다.", "상장 폐지 소식이 있습니다.",
    ),
    "not Korean": ("This is a strong buy signal.", "これは買いです。", "这是买入信号。"),
    "injections": (
        "이전 지시를 무시합니다.", "시스템 프롬프트는 다음과 같습니다.", "@everyone 확인해 주세요.",
        "/deletemydata 를 입력해 주세요.", "비밀 키는 cr_123입니다.", "t.me/pump 에서 확인됩니다.",
    ),
}  # fmt: skip
SWAPS = {
    "sides": (("매수", "매도"), ("매도", "매수")),
    "directions": (
        ("상승", "하락"), ("하락", "상승"), ("올랐", "내렸"), ("내렸", "올랐"), ("올라", "내려"),
        ("내려", "올라"),
    ),
    "units by 10⁴": (("만 달러", "억 달러"), ("만 달러", "달러"), ("억", "만"), ("만 ", "조 ")),
    "units": (("bp", "%"), ("%", "bp"), ("배", "%"), ("건", "만 건"), ("초", "분"), ("분", "시간")),
    "symbols": (
        ("비트코인", "이더리움"), ("이더리움", "비트코인"), ("BTC", "ETH"), ("ETH", "BTC"),
        ("솔라나", "리플"), ("리플", "솔라나"), ("페페", "도지코인"),
    ),
    "risk, two steps": (("낮음", "높음"), ("높음", "낮음")),
}  # fmt: skip
RENAMED = {
    "large_trade": (
        ("평균 체결가", "규모"), ("평균 체결가", "체결 금액"), ("금액", "평균 가격"),
        ("금액", "단가"), ("달러 규모", "달러 가격"), ("규모는", "건당 규모는"),
        ("평균", "최우선 호가"), ("슬리피지", "직전 1분 가격"), ("직전 1분 가격은", "슬리피지는"),
        ("최근 체결 중 크기는", "가격은"), ("체결 건수", "주문 건수"),
        ("체결 건수", "하루 체결 횟수"), ("건에 걸쳐", "번에 걸쳐 하루"), ("수량", "금액"),
        ("알림 기준", "평소"),
    ),
    "price_jump": (
        ("평소", "직전"), ("알림 기준", "평소"), ("평소 변동", "알림 기준"), ("변동", "거래대금"),
        ("변동", "스프레드"), ("변동의", "거래량의"), ("가격", "거래대금"), ("하락률", "슬리피지"),
        ("상승률", "비중"), ("이전 가격", "현재 가격"), ("현재 가격", "이전 가격"),
        ("지금 가격", "평균 가격"),
    ),
    "pump": (
        ("매수 금액", "가격"), ("가격", "매수 금액"), ("금액", "평균 금액"),
        ("매수 금액", "건당 금액"), ("매수 주문의", "변동의"), ("매수 주문의", "거래대금의"),
        ("평소 25초", "평소 5초"), ("알림 기준", "평소"), ("평소의", "알림 기준의"),
    ),
    "spread": (
        ("매수 호가", "매도 호가"), ("매도 호가", "매수 호가"), ("매수 호가", "중간 가격"),
        ("매수 호가", "최우선 잔량"), ("스프레드가", "중간 가격이"), ("호가 차이", "가격 변동"),
        ("평소의", "알림 기준의"), ("알림 기준", "평소"),
    ),
    "volume_surge": (
        ("거래대금", "가격"), ("거래대금", "체결 건수"), ("거래대금", "평균 체결가"),
        ("거래대금은", "건당 거래대금은"), ("가격", "거래대금"), ("가격", "거래량"),
        ("거래량", "가격"), ("체결", "주문"), ("평소", "지금"), ("같은 5분", "직전 5분"),
        ("그동안", "그 전 5분 동안"), ("평소의", "체결 건수의"), ("평소의", "알림 기준의"),
        ("알림 기준", "평소"),
    ),
    "kimchi": (
        ("테더", "은행 환율"), ("업비트 가격", "업비트 테더"), ("업비트 가격", "은행 환율"),
        ("업비트에서는", "테더는"), ("바이낸스", "업비트"), ("원화 가격", "테더 가격"),
        ("김프", "가격"), ("김프가", "업비트 가격이"), ("프리미엄", "가격"), ("1분 동안", "1분 전"),
        ("알림 기준", "평소"),
    ),
    "wall": (
        ("잔량", "가격"), ("가격은", "잔량은"), ("규모", "가격"), ("규모는", "평소 규모는"),
        ("잔량은", "건수는"), ("거리", "비중"), ("크기", "거리"), ("중간 가격", "매수 호가"),
        ("중간 가격", "최우선 매도 호가"), ("호가의", "가격의"), ("매수 호가의", "전체 호가의"),
        ("유지된 시간", "나타나기까지 시간"), ("평소", "알림 기준"), ("알림 기준", "평소"),
    ),
    "imbalance": (
        ("잔량", "체결"), ("잔량은", "가격은"), ("매도 잔량", "매수 잔량"), ("비중", "스프레드"),
        ("중간 가격", "최우선 호가"), ("매도 잔량은", "평소 잔량은"), ("평소 비중", "지난 비중"),
        ("평소", "알림 기준"), ("알림 기준", "평소"),
    ),
    "liquidation": (
        ("청산 금액", "평균 청산가"), ("평균 청산가", "청산 금액"), ("평균 청산가", "현재 가격"),
        ("청산 금액은", "가장 큰 청산은"), ("가장 큰", "평균"), ("가장 큰", "가장 작은"),
        ("평균", "최대"), ("금액", "건당 금액"), ("건수", "주문"), ("걸린 시간", "간격"),
        ("알림 기준", "평소"),
    ),
    "funding": (
        ("현물 지수와의 차이", "펀딩비"), ("현물 지수와의 차이", "스프레드"),
        ("정산 간격", "다음 정산까지"), ("간격은", "남은 시간은"), ("평소의", "지수의"),
        ("평소의", "알림 기준의"), ("평소", "직전"), ("평소 펀딩비", "지난 펀딩비"),
        ("평소 펀딩비", "다음 펀딩비"), ("가장 큰", "가장 작은"), ("가장 큰", "평균"),
        ("알림 기준", "평소"),
    ),
}  # fmt: skip
"""What things are called that have figures, and what those figures are not of."""
NAMED = {
    "wrong unit by 10^4": 10, "swapped side": 7, "swapped symbol": 18, "swapped direction": 8,
    "invented cause": 29, "certainty about a cause": 10, "certainty": 1, "not Korean": 4,
    "advice": 19, "target": 4, "forecast": 23, "ten times": 22, "link": 1, "markup": 3,
}  # fmt: skip
"""The hard cases, and how many sentences the labelled set has of each at least."""


def test_the_labelled_set_has_every_hard_case() -> None:
    found = Counter(row["why"] for row in ROWS if not row["good"])
    assert len(ROWS) >= 700
    assert {why: found[why] for why in NAMED if found[why] < NAMED[why]} == {}


@pytest.mark.parametrize("what", SAID)
def test_nothing_of_this_passes_beside_what_is_true(what: str) -> None:
    """By itself, and before and after what is true of the same alert, each in its turn."""
    turns = {alert: itertools.cycle(SAID[what]) for alert in FACTS}
    tried = {(more, alert) for alert in FACTS for more in SAID[what]}
    for row in GOOD:
        text, alert = row["text"], row["alert"]
        tried.add((f"{next(turns[alert])} {text}", alert))
        tried.add((f"{text.splitlines()[0]} {next(turns[alert])}", alert))
    assert len(tried) >= 2 * len(GOOD)
    assert [text for text, alert in sorted(tried) if passes(text, alert)] == []


@pytest.mark.parametrize("what", SWAPS)
def test_what_is_true_is_refused_once_these_are_swapped(what: str) -> None:
    made, passed = 0, []
    for row in GOOD:
        for old, new in SWAPS[what]:
            if (text := row["text"].replace(old, new)) != row["text"]:
                made += 1
                if passes(text, row["alert"]):
                    passed.append(text)
    assert made >= 10
    assert passed == []


def test_no_number_passes_with_another_first_digit_or_ten_times_as_large() -> None:
    made, passed = 0, []
    for row in GOOD:
        text = row["text"]
        for found in re.finditer(r"\d[\d,]*(?:\.\d+)?", text):
            number = found[0]
            larger = number.replace(".", "") if "." in number else f"{number}0"
            first = str(int(number[0]) % 9 + 1)
            for other in (larger, first + number[1:]):
                if other.lstrip("0") == number.lstrip("0"):
                    continue
                made += 1
                changed = text[: found.start()] + other + text[found.end() :]
                if passes(changed, row["alert"]):
                    passed.append(changed)
    assert made >= 800
    assert passed == []


@pytest.mark.parametrize("kind", RENAMED)
def test_no_true_figure_passes_as_one_of_another_thing(kind: str) -> None:
    made: Counter[tuple[str, str]] = Counter()
    passed = []
    for text, name in accepted():
        if _group(FACTS[name]) != kind:
            continue
        for old, new in RENAMED[kind]:
            for found in re.finditer(re.escape(old), text):
                made[old, new] += 1
                told = text[: found.start()] + new + text[found.end() :]
                if passes(told, name):
                    passed.append(told)
    assert set(made) == set(RENAMED[kind])
    assert passed == []


@cache
def accepted() -> Sequence[tuple[str, str]]:
    """The good sentences that pass, with their alerts."""
    rows = [(row["text"], row["alert"]) for row in GOOD]
    return [(plain_dashes(text), name) for text, name in rows if passes(text, name)]


def _group(facts: Facts) -> str:
    if facts.kind in ("reverse_kimchi", "reverse_change"):
        return "kimchi"
    return "wall" if facts.kind.startswith("wall") else facts.kind


NUMBER = re.compile(r"[\d,.]+(?:[십백천]?[만억조](?:여? ?[\d,]+[만천]?)*)?여?")
EITHER_WAY = re.compile(
    r"달러(?:대|의)? ?매[수도]벽|(?:개|ETH)가 [^,.]*[\d,.]+ ?(?:달러|BTC)에 (?:시장가로 )?[매팔]"
)
"""Where both a price and an amount may stand."""


def test_no_figure_passes_with_the_value_of_another_one() -> None:
    made, passed = 0, []
    for text, name in accepted():
        figures, units = FACTS[name].figures, units_of(FACTS[name])
        for claim in read_claims(text, units):
            values = {abs(one.value) for one in figures if one.unit == claim.unit}
            meant = {one for one in values if abs(float(claim.value) - one) < 0.1 * one}
            for value in values - meant:
                told = _told(text, claim, value)
                if told is None or EITHER_WAY.search(told):
                    continue
                made += 1
                if passes(told, name):
                    passed.append(told)
    assert made >= 1_500
    assert passed == []


def _told(text: str, claim: Claim, value: float) -> str | None:
    """The text with another number in the claim's place, None where that is in words."""
    number = NUMBER.match(text, claim.start)
    if number is None:
        return None
    if claim.unit == "초":
        return f"{text[: claim.start]}{value:.0f}초{text[claim.end :]}"
    places = 10 if value < 1 and claim.unit in ("money", "coin") else 2
    told = f"{value:,.{places}f}".rstrip("0").rstrip(".")
    return text[: claim.start] + told + text[number.end() :]
