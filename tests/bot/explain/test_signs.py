"""A sentence becomes a row of signs: every word that says something, and nothing else."""

import pytest
from explain_alerts import PAIRS
from explain_readings import SURVEYS
from hypothesis import given
from hypothesis import strategies as st

from bot.explain import spread_words, summary_words
from bot.explain.signs import Lexicon, read_signs, row
from bot.explain.summary_facts import SURVEY_UNITS
from bot.korean import NAMES
from pipeline.model import SymbolInfo

LEXICONS = {"spread": spread_words.LEXICON, "summary": summary_words.LEXICON}
BCH = SymbolInfo("BCHUSDT", "BCH", "USDT")


def signs(sentence: str, *pairs: SymbolInfo) -> tuple[str, list[str]]:
    """The row of a sentence about the market, and what cannot be read in it."""
    known = pairs or summary_words.pairs_of(SURVEYS["mixed"])
    found, unread = read_signs(sentence, summary_words.LEXICON, known, SURVEY_UNITS)
    return row(found), unread


@pytest.mark.parametrize(
    ("sentence", "letters"),
    [
        ("비트코인은 09시 이후 1.23% 상승했고 이더리움은 0.45% 올랐습니다.", "CPpu/Cpu"),
        ("24시간 동안 12.34% 오른 페페(PEPEUSDT)가 상승률 1위입니다.", "tpaCr*"),
        ("최근 1시간 대량 체결은 37건으로 순매수 1,230만 달러입니다.", "tGKkem"),
        ("오른 종목이 63.1%여서 시장 심리는 긍정입니다.", "aLp∵Y1"),
        ("비트코인이 올라 이더리움보다 높습니다.", "Cu;CT>"),
        ("현재 시장의 모습입니다.", ""),
    ],
)
def test_a_sentence_is_a_row_of_what_it_says(sentence: str, letters: str) -> None:
    assert signs(sentence) == (letters, [])


def test_the_longest_name_is_meant() -> None:
    sentence = "비트코인캐시는 비트코인보다 1% 올랐습니다."
    both, unread = read_signs(
        sentence, summary_words.LEXICON, [PAIRS["BTCUSDT"], BCH], SURVEY_UNITS
    )
    assert [sign.coin for sign in both if sign.kind == "C"] == ["BCH", "BTC"]
    assert unread == []
    assert signs(sentence, PAIRS["BTCUSDT"])[1] == [
        "a word that is not on the list: 비트코인캐시는"
    ]


@pytest.mark.parametrize(
    "word",
    [
        "이더가",
        "이더",
        "솔라나는",
        "폭등",
        "매수하세요",
        "오를",
        "오르면",
        "오르겠",
        "상승할",
        "전망",
    ],
)
def test_a_word_that_is_not_on_the_list_is_told(word: str) -> None:
    assert signs(f"{word} 1% 올랐습니다.", PAIRS["BTCUSDT"])[1]


@pytest.mark.parametrize("stray", ["3~5%", "1.2-3%", "a+b", "→", "1.2%+0.4%", "±"])
def test_a_sign_that_is_not_of_one_number_is_told(stray: str) -> None:
    assert signs(f"비트코인은 {stray} 올랐습니다.")[1]


@pytest.mark.parametrize("lexicon", LEXICONS.values(), ids=list(LEXICONS))
def test_no_word_of_a_list_is_the_name_of_a_coin(lexicon: Lexicon) -> None:
    particles = ("", "이", "가", "은", "는", "을", "도", "로", "이고", "보다")
    words = [name + end for names in NAMES.values() for name in names for end in particles]
    assert [word for word in words if lexicon.letters(word) is not None] == []


@given(st.text(max_size=200))
def test_no_sentence_whatever_breaks_the_reading(sentence: str) -> None:
    letters, unread = signs(sentence)
    assert isinstance(letters, str)
    assert isinstance(unread, list)
