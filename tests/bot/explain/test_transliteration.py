"""A Korean word stands for a foreign name if it sounds like it, and for no other word."""

import time

import pytest

from bot.explain.transliteration import heard, sounds_like

SOURCE = (
    "The SEC sued Terraform Labs on Tuesday. House Democrats, BlackRock and Canary Capital of "
    "Manhattan opposed it. About SlowMist and the Winklevoss twins, Bankman-Fried said nothing."
)


@pytest.mark.parametrize(
    "word",
    ["테라폼랩스", "블랙록", "캐너리", "맨해튼", "슬로미스트", "윙클보스", "뱅크먼프리드"],
)
def test_names_are_recognised_by_their_sound(word: str) -> None:
    assert sounds_like(word, SOURCE)


@pytest.mark.parametrize(
    "word", ["삼성전자", "국민연금", "전쟁", "반감기", "업비트", "아", "가" * 40]
)
def test_other_words_are_not(word: str) -> None:
    assert not sounds_like(word, SOURCE)


def test_a_name_is_found_where_it_stands() -> None:
    [(start, end)] = heard("블랙록", SOURCE)
    assert SOURCE[start:end] == "BlackRock"


def test_no_text_makes_it_slow() -> None:
    began = time.monotonic()
    for word in ("이" * 10, "르" * 10, "으리" * 5, "스" * 10):
        sounds_like(word, " ".join(f"Lrlrhrlrhrlrywywyw{n}" for n in range(200)))
    assert time.monotonic() - began < 2
