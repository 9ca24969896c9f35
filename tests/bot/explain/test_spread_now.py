"""A comment on a spread may say what was measured, in the words for it, and nothing else.

How the labelled sentences were made, and what happened when each was first tried, is told in the
first line of their file.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from explain_readings import SPREADS
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.commands.spread import measure, sentence
from bot.explain.shape import tidy
from bot.explain.spread_now import objections
from bot.explain.spread_words import words_of
from bot.korean import NAMES, bp, display_name, fine_share
from bot.readings import EVEN, SpreadReading
from pipeline.model import Book, SymbolInfo

ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "spread_sentences.jsonl").read_text("utf-8").splitlines()
][1:]
GOOD = [row for row in ROWS if row["good"]]
BAD = [row for row in ROWS if not row["good"]]


# --- the labelled sentences --------------------------------------------------------------------


@pytest.mark.parametrize("row", BAD, ids=range(len(BAD)))
def test_no_bad_sentence_passes(row: dict[str, Any]) -> None:
    assert objections(row["text"], SPREADS[row["reading"]]), row["why"]


def test_at_most_three_good_sentences_in_a_hundred_are_refused() -> None:
    refused = [
        (row["text"], found)
        for row in GOOD
        if (found := objections(row["text"], SPREADS[row["reading"]]))
    ]
    assert len(refused) <= 0.03 * len(GOOD), refused


def test_the_labelled_set_is_large_and_has_both_of_every_reading() -> None:
    assert len(GOOD) >= 40
    assert len(BAD) >= 80
    assert {row["reading"] for row in GOOD} == {row["reading"] for row in BAD} == set(SPREADS)
    assert len({(row["reading"], row["text"]) for row in ROWS}) == len(ROWS)


def test_a_good_sentence_is_bad_for_another_reading() -> None:
    for row in GOOD:
        for name, other in SPREADS.items():
            assert name == row["reading"] or objections(row["text"], other), (name, row["text"])


# --- our own sentence --------------------------------------------------------------------------


class Usual(NamedTuple):
    """What is usual: basis points, over so many seconds."""

    bp: float
    seen_s: float


def reading(info: SymbolInfo, book: Book, usual: Usual | None) -> SpreadReading:
    """What /spread measures of a book."""
    return measure(info, book, *(usual or (None, 0.0)))


@st.composite
def books(draw: st.DrawFn) -> tuple[SymbolInfo, Book, Usual | None]:
    """A pair of any coin, a book of up to eight levels a side, and what is usual."""
    base = draw(st.sampled_from([*NAMES, "XYZ", "FOO1"]))
    quote = draw(st.sampled_from([q for q in ("USDT", "FDUSD", "BTC", "TRY") if q != base]))
    places = draw(st.integers(0, 8))
    info = SymbolInfo(base + quote, base, quote, tick=10.0**-places, step=1.0)

    def levels(first: int, step: int) -> tuple[tuple[float, float], ...]:
        ticks, found = first, []
        for apart, size in draw(sizes):
            if ticks > 0:
                found.append((round(ticks * 10.0**-places, places), size))
            ticks += step * apart
        return tuple(found)

    sizes = st.lists(st.tuples(st.integers(1, 50), st.floats(0.001, 1e6)), min_size=1, max_size=8)
    best = draw(st.integers(1, 10**6))
    book = Book(info.symbol, levels(best, -1), levels(best + draw(st.integers(1, 200)), 1))
    usual = draw(st.none() | st.builds(Usual, st.floats(0.001, 500), st.floats(600, 90_000)))
    return info, book, usual


@given(books())
def test_the_plain_sentence_says_only_what_was_measured(
    made: tuple[SymbolInfo, Book, Usual | None],
) -> None:
    assert objections(sentence(reading(*made)), reading(*made)) == []


@given(books(), books())
def test_the_plain_sentence_of_another_book_is_refused(
    made: tuple[SymbolInfo, Book, Usual | None], other: tuple[SymbolInfo, Book, Usual | None]
) -> None:
    text, mine = sentence(reading(*made)), reading(*made)
    theirs = reading(made[0], other[1], other[2])
    assume(theirs.more != mine.more or theirs.width != mine.width)
    assert objections(text, theirs), text


@given(books(), st.integers(1, 8), st.booleans())
def test_a_spread_in_the_wrong_unit_is_refused(
    made: tuple[SymbolInfo, Book, Usual | None], zeros: int, more: bool
) -> None:
    found = reading(*made)
    # A long ticker alone would be most of the letters, and the sentence no Korean.
    name = f"{display_name(found.info)}의 지금 스프레드는 {{}}입니다."
    assert objections(name.format(bp(found.spread_bp)), found) == []
    wrong = found.spread_bp * 10.0 ** (zeros if more else -zeros)
    for said, right in ((bp(wrong), bp(found.spread_bp)), (f"{found.spread_bp:.8f}%", "")):
        assert said == right or objections(name.format(said), found), said
    assert objections(name.format(fine_share(found.spread_bp / 100)), found) == []


@given(books())
def test_shares_of_the_wrong_side_are_refused(
    made: tuple[SymbolInfo, Book, Usual | None],
) -> None:
    found = reading(*made)
    low, high = EVEN
    assume(not low <= found.bid_share <= high)
    bids = min(99, max(1, round(found.bid_share)))
    assume(abs(bids - found.bid_share) <= 0.5)
    name = f"{found.info.symbol}의 가까운 호가의 잔량은"
    right, wrong = ("매수", "매도") if found.bid_share > high else ("매도", "매수")
    large = max(bids, 100 - bids)
    said = f"{name} {{0}} {large}%, {{1}} {100 - large}%로 {{0}}가 더 많습니다."
    assert objections(said.format(right, wrong), found) == []
    assert objections(said.format(wrong, right), found)
    assert objections(said.replace("많", "적").format(right, wrong), found)
    assert objections(f"{name} {wrong}가 더 많습니다.", found)
    assert objections(f"{name} 매수와 매도가 비슷합니다.", found)


# --- anything at all ---------------------------------------------------------------------------

KOREAN = st.text(
    alphabet="가나다매수매도호가잔량평소스프레드넓좁비슷많적이내±0123456789.,%배bp달러~-()§BTC \n",
    max_size=400,
)


@given(st.text(max_size=400) | KOREAN)
def test_no_text_whatever_breaks_the_check(text: str) -> None:
    for found in SPREADS.values():
        assert isinstance(objections(tidy(text), found), list)


@pytest.mark.parametrize("text", ["1" * 400, "매수" * 190, "평소" * 190, "이가" * 190, "±" * 400])
def test_endless_words_are_refused_at_once(text: str) -> None:
    assert objections(text, SPREADS["btc"])
    assert objections(f"{text}입니다.", SPREADS["btc"])


def test_what_is_long_or_spread_over_lines_is_refused() -> None:
    fine = "비트코인의 스프레드는 0.001bp입니다."
    assert objections(fine, SPREADS["btc"]) == []
    assert objections(" ".join([fine] * 4), SPREADS["btc"])
    assert objections("\n\n".join([fine, "", fine, fine, fine]), SPREADS["btc"])
    assert objections("", SPREADS["btc"])


# --- what the model is shown -------------------------------------------------------------------


@pytest.mark.parametrize("found", SPREADS.values(), ids=list(SPREADS))
def test_the_reading_is_in_words_that_a_reader_could_be_shown(found: SpreadReading) -> None:
    said = str(words_of(found))
    assert "None" not in said
    assert "nan" not in said
    assert ("비슷함" in said or "넓음" in said or "좁음" in said) or found.usual_bp is None


def test_a_book_that_ends_inside_a_band_is_told_as_at_least() -> None:
    words = words_of(SPREADS["sol"])
    assert words["±1% 이내 잔량"] == {"매수": "1,550만 달러", "매도": "1,420만 달러 이상"}
    assert "평소 스프레드" in words_of(SPREADS["xrp"])
