"""Every good sentence, made false or followed by what must not be said, is refused."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from explain_alerts import passes

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


def added(text: str, more: str) -> Iterator[str]:
    """The sentence before and after the text, and in its place."""
    yield f"{more} {text}"
    yield f"{text.splitlines()[0]} {more}"
    yield more


@pytest.mark.parametrize("what", SAID)
def test_nothing_of_this_passes_beside_what_is_true(what: str) -> None:
    passed = [
        text
        for row in GOOD
        for more in SAID[what]
        for text in added(row["text"], more)
        if passes(text, row["alert"])
    ]
    assert passed == []


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
