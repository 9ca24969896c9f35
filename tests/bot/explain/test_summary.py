"""A paragraph about the market may say what was surveyed, each figure of its own subject.

How the labelled sentences were made, and what happened when each was first tried, is told in the
first line of their file.
"""

import itertools
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from explain_alerts import large_trade, price_jump, spread
from explain_readings import AT, SURVEYS
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.explain.shape import tidy
from bot.explain.summary import objections
from bot.explain.summary_words import pairs_of, words_of
from bot.korean import NAMES, kst_time
from bot.readings import After, Coin, Mood, Survey, WhaleFlow
from bot.survey_words import plain_survey
from pipeline.model import SymbolInfo

ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "summary_sentences.jsonl").read_text("utf-8").splitlines()
][1:]
GOOD = [row for row in ROWS if row["good"]]
BAD = [row for row in ROWS if not row["good"]]
MIXED = SURVEYS["mixed"]


# --- the labelled sentences --------------------------------------------------------------------


@pytest.mark.parametrize("row", BAD, ids=range(len(BAD)))
def test_no_bad_sentence_passes(row: dict[str, Any]) -> None:
    assert objections(row["text"], SURVEYS[row["reading"]]), row["why"]


def test_at_most_three_good_sentences_in_a_hundred_are_refused() -> None:
    refused = [
        (row["text"], found)
        for row in GOOD
        if (found := objections(row["text"], SURVEYS[row["reading"]]))
    ]
    assert len(refused) <= 0.03 * len(GOOD), refused


def test_the_labelled_set_is_large_and_has_both_of_every_survey() -> None:
    assert len(GOOD) >= 60
    assert len(BAD) >= 120
    assert {row["reading"] for row in GOOD} == {row["reading"] for row in BAD} == set(SURVEYS)
    assert len({(row["reading"], row["text"]) for row in ROWS}) == len(ROWS)


def test_a_good_sentence_is_bad_for_another_survey() -> None:
    for row in GOOD:
        for name, other in SURVEYS.items():
            assert name == row["reading"] or objections(row["text"], other), (name, row["text"])


# --- exchanged words and numbers ---------------------------------------------------------------


@cache
def passing() -> list[tuple[str, Survey]]:
    """The good sentences that pass, with their surveys."""
    made = ((row["text"], SURVEYS[row["reading"]]) for row in GOOD)
    return [(text, survey) for text, survey in made if not objections(text, survey)]


@pytest.mark.parametrize(
    ("words", "others"),
    [
        (r"상승|(?<!상위에 )올랐|오른|올라", ("하락", "내렸", "내린", "내려")),
        (r"하락|내렸|내린|내려", ("상승", "올랐", "오른", "올라")),
        (r"순매수", ("순매도",)),
        (r"순매도", ("순매수",)),
        (r"시장가 매수", ("시장가 매도",)),
        (r"긍정", ("부정", "중립")),
        (r"중립", ("긍정", "부정")),
        (r"09시 이후", ("24시간 동안", "최근 1시간 동안")),
        (r"최근 1시간", ("최근 24시간", "최근 12시간")),
        (r"(?:알림 )?1시간 뒤", ("알림 뒤 지금까지", "2시간 뒤", "5분 뒤")),
        (r"알림 뒤 지금까지|그 뒤 지금까지", ("1시간 뒤", "24시간 동안")),
        (r"비트코인", ("이더리움", "체인링크", "비트코인캐시")),
    ],
)
def test_a_good_sentence_with_one_word_exchanged_is_refused(
    words: str, others: tuple[str, ...]
) -> None:
    for text, survey in passing():
        for found in re.finditer(words, text):
            for other in others:
                wrong = text[: found.start()] + other + text[found.end() :]
                assert objections(wrong, survey), wrong


def test_a_good_sentence_with_two_of_its_numbers_exchanged_is_refused() -> None:
    number = re.compile(r"\d[\d,]*(?:\.\d+)?")
    for text, survey in passing():
        for one, two in itertools.combinations(number.finditer(text), 2):
            if float(one[0].replace(",", "")) == float(two[0].replace(",", "")):
                continue
            wrong = "".join(
                (
                    text[: one.start()],
                    two[0],
                    text[one.end() : two.start()],
                    one[0],
                    text[two.end() :],
                )
            )
            assert objections(wrong, survey), wrong


@pytest.mark.parametrize("wrong_unit", ["만", "억"])
def test_a_good_sentence_with_a_number_ten_thousand_times_larger_is_refused(
    wrong_unit: str,
) -> None:
    for text, survey in passing():
        for found in re.finditer(r"(?<=\d)(?=%|건|개|달러)", text):
            wrong = text[: found.start()] + wrong_unit + text[found.start() :]
            assert objections(wrong, survey), wrong


# --- our own paragraph -------------------------------------------------------------------------

changes = st.one_of(st.floats(-60, 400), st.floats(-2, 2)).map(lambda pct: round(pct, 4))
amounts = st.just(0.0) | st.floats(50_000, 1e10)
shares = st.none() | st.floats(1, 99)


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    """A sensible survey: risers and fallers in order, every coin with one change a period."""
    names = [name for name in NAMES if name != "USDT"]
    bases = draw(
        st.lists(st.sampled_from([*names, "XYZ", "FOO1"]), min_size=3, max_size=9, unique=True)
    )
    coins = []
    for base in bases:
        places = draw(st.integers(0, 8))
        info = SymbolInfo(f"{base}USDT", base, "USDT", tick=10.0**-places, step=1.0)
        price = draw(st.integers(1, 10**7)) * 10.0**-places
        coins.append(Coin(info, price, draw(st.none() | changes), draw(changes)))
    ranked = sorted(coins, key=lambda one: -one.day_pct)
    count = draw(st.integers(0, 900))
    since_ms = draw(st.sampled_from([0, 0, AT, AT - 700, AT - 159_000, AT - 3_599_999]))
    pairs = draw(st.integers(1, 900))
    return Survey(
        at_ms=AT,
        open_ms=AT - 201_000,
        majors=tuple(coins[: draw(st.integers(0, 4))]),
        risers=tuple(one for one in ranked if one.day_pct > 0)[:3],
        fallers=tuple(one for one in reversed(ranked) if one.day_pct < 0)[:3],
        whales=WhaleFlow(
            hours=1 if since_ms else draw(st.sampled_from([1, 12, 24])),
            count=count,
            bought=draw(amounts) if count else 0.0,
            sold=draw(amounts) if count else 0.0,
            since_ms=since_ms,
        ),
        mood=Mood(draw(shares), draw(shares), draw(st.integers(0, pairs)) / pairs * 100, pairs),
        alerts=(large_trade(f"{bases[0]}USDT"), price_jump(f"{bases[1]}USDT")),
        alert_hours=draw(st.sampled_from([12, 24])),
    )


@given(surveys())
def test_the_plain_paragraph_of_every_survey_says_only_what_was_measured(survey: Survey) -> None:
    text = plain_survey(survey)
    assert objections(text, survey) == []
    assert 1 <= text.count("다.") <= 3


@settings(max_examples=50)
@given(surveys())
def test_the_plain_paragraph_is_refused_once_one_of_its_figures_is_another(survey: Survey) -> None:
    text, flow, mood = plain_survey(survey), survey.whales, survey.mood
    others = []
    if survey.majors:
        first = survey.majors[0]
        moved = msgspec.structs.replace(
            first, open_pct=first.open_pct and first.open_pct + 1, day_pct=first.day_pct + 1
        )
        dearer = msgspec.structs.replace(first, price=first.price * 2)
        if first.open_pct != 0.0:
            others.append(
                {
                    group: tuple(
                        moved if coin == first else coin for coin in getattr(survey, group)
                    )
                    for group in ("majors", "risers", "fallers")
                }
            )
        others.append({"majors": (dearer, *survey.majors[1:])})
    if flow.net:
        turned = msgspec.structs.replace(flow, bought=flow.sold, sold=flow.bought)
        others.append({"whales": turned})
    more = msgspec.structs.replace(mood, rising=mood.rising + 12)  # 50% may be told of 51%
    others += [{"mood": more}, {"whales": msgspec.structs.replace(flow, count=flow.count + 1)}]
    for changed in others:
        assert objections(text, msgspec.structs.replace(survey, **changed)), changed


@settings(max_examples=50)
@given(surveys(), st.sampled_from(["open_pct", "day_pct"]))
def test_changes_of_the_other_period_are_refused(survey: Survey, period: str) -> None:
    known = [c for c in survey.majors if c.open_pct and abs(c.open_pct) >= 0.1 <= abs(c.day_pct)]
    assume(known)
    coin = known[0]
    assume(abs(abs(coin.open_pct or 0.0) - abs(coin.day_pct)) > 0.2)
    said = getattr(coin, period)
    way = "상승" if said > 0 else "하락"
    text = f"{coin.info.symbol}은 {{}} {abs(said):.2f}% {way}했습니다."
    right, wrong = "09시 이후", "24시간 동안"
    if period == "day_pct":
        right, wrong = wrong, right
    assert objections(text.format(right), survey) == []
    assert objections(text.format(wrong), survey)


def test_what_hardly_moved_is_called_unchanged() -> None:
    still = msgspec.structs.replace(MIXED.majors[0], open_pct=0.004)
    survey = msgspec.structs.replace(MIXED, majors=(MIXED.majors[1], still))
    text = plain_survey(survey)
    assert "비트코인(BTCUSDT)은 104,402달러로 09시 이후 보합입니다." in text
    assert objections(text, survey) == []


def test_the_plain_paragraph_reads_as_people_write() -> None:
    assert plain_survey(SURVEYS["quiet"]) == (
        "비트코인(BTCUSDT)은 100,000달러로 24시간 동안 0.12% 상승, "
        "이더리움(ETHUSDT)은 3,300달러로 24시간 동안 0.08% 하락했습니다. "
        "24시간 동안 가장 많이 내린 종목은 트론(TRXUSDT)으로 1.20% 하락했습니다. "
        "최근 1시간 동안 대량 체결은 없었고, "
        "시장 심리는 24시간 전보다 오른 종목 비율 48%로 중립입니다."
    )


def test_a_run_younger_than_an_hour_tells_since_when_it_counted_large_trades() -> None:
    whales = msgspec.structs.replace(MIXED.whales, since_ms=AT - 159_000)
    young = msgspec.structs.replace(MIXED, whales=whales)
    since = kst_time(AT - 159_000)
    text = plain_survey(young)
    assert f"{since}부터 대량 체결은 37건으로" in text and "1시간" not in text
    assert f"{since}부터 대량 체결" in words_of(young)
    assert objections(text, young) == []
    for when in (f"{since}부터", f"{since.removesuffix(' KST')} 이후", "최근 2분 39초 동안"):
        assert objections(f"{when} 대량 체결은 37건입니다.", young) == []
    for when in ("최근 1시간", f"{kst_time(AT - 9_000)}부터", f"{since}까지", "최근 3분"):
        assert objections(f"{when} 대량 체결은 37건입니다.", young)
    assert objections(text, MIXED)


# --- anything at all ---------------------------------------------------------------------------

KOREAN = st.text(
    alphabet="비트코인오른내린종목시이후간동안순매수도대량체결긍정심리0123456789.,%달러건개()- \n",
    max_size=400,
)


@given(st.text(max_size=400) | KOREAN)
def test_no_text_whatever_breaks_the_check(text: str) -> None:
    for survey in SURVEYS.values():
        assert isinstance(objections(tidy(text), survey), list)


@pytest.mark.parametrize(
    "text", ["1" * 390, "비트코인 " * 78, "오른 종목 " * 65, "1.2% 오른 페페 " * 39, "이가" * 190]
)
def test_endless_words_are_refused_at_once(text: str) -> None:
    assert objections(f"{text}입니다.", MIXED)


# --- what the model is shown -------------------------------------------------------------------


@pytest.mark.parametrize("survey", SURVEYS.values(), ids=list(SURVEYS))
def test_the_survey_is_in_words_that_a_reader_could_be_shown(survey: Survey) -> None:
    said = str(words_of(survey))
    assert "None" not in said
    assert "nan" not in said
    assert survey.mood.word in said


def test_what_followed_is_told_with_its_alert() -> None:
    assert words_of(MIXED)["최근 12시간 주요 알림"] == [
        "비트코인(BTCUSDT) 시장가 매수 대량 체결 1,840만 달러, 알림 1시간 뒤 0.37% 상승",
        "도지코인(DOGEUSDT) 5분 동안 2.10% 하락, 알림 뒤 지금까지 0.64% 상승",
    ]


def test_of_two_alerts_of_one_coin_nothing_is_said_to_have_followed() -> None:
    alerts = (large_trade("BTCUSDT"), large_trade("BTCFDUSD"))
    survey = msgspec.structs.replace(MIXED, alerts=alerts, after=(After(1, 0.4), After(1, 0.5)))
    text = "최근 12시간 알림 가운데 {} 대량 매수 체결이 있었고 1시간 뒤 0.50% 상승했습니다."
    assert objections(text.format("비트코인에서"), survey)
    assert objections(text.format("BTCUSDT에서"), survey)
    assert objections(text.format("BTCFDUSD에서"), survey) == []


@given(st.floats(-60, 400).map(lambda pct: round(pct, 2)), st.booleans())
def test_what_followed_may_be_told_and_nothing_else_instead(pct: float, rise: bool) -> None:
    assume(abs(pct) >= 0.1)
    survey = msgspec.structs.replace(MIXED, after=(After(1, pct), None))
    text = (
        "최근 12시간 알림 가운데 비트코인에서 대량 매수 체결이 있었고 1시간 뒤 {:.2f}% {}했습니다."
    )
    right = text.format(abs(pct), "상승" if rise else "하락")
    assert bool(objections(right, survey)) == (rise != (pct > 0))
    assert objections(text.format(abs(pct) * 1.5, "상승" if rise else "하락"), survey)
    unknown = msgspec.structs.replace(survey, after=(None, None))
    assert objections(right, unknown)


def test_what_is_not_known_is_not_among_the_words() -> None:
    words = words_of(SURVEYS["quiet"])
    assert "09시 이후" not in str(words)
    assert words["최근 1시간 대량 체결"] == "없음"
    assert not [title for title in words if "알림" in title or "오른" in title]


def test_an_alert_of_a_pair_that_is_not_quoted_in_dollars_has_no_amount_in_dollars() -> None:
    alerts = (large_trade("ETHBTC", notional=12.35), spread("XRPUSDT"))
    survey = msgspec.structs.replace(MIXED, alerts=alerts, after=())
    assert words_of(survey)["최근 12시간 주요 알림"] == [
        "이더리움(ETHBTC) 시장가 매수 대량 체결",
        "리플(XRPUSDT) 스프레드 42bp",
    ]
    assert {"ETHBTC", "ETHUSDT"} <= {pair.symbol for pair in pairs_of(survey)}
    text = "최근 12시간 알림은 ETHBTC의 {}대량 매수 체결입니다."
    assert objections(text.format(""), survey) == []
    assert objections(text.format("12달러 "), survey)
    assert objections("최근 12시간 알림은 리플의 스프레드 42bp입니다.", survey) == []
    assert objections("최근 12시간 알림은 리플의 스프레드 420bp입니다.", survey)
