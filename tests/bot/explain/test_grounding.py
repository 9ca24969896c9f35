"""A text may say what was measured, in any correct rounding, and nothing else."""

import itertools
import json
import math
from pathlib import Path
from typing import Any

import pytest
from explain_alerts import (
    ALERTS,
    AT,
    PAIRS,
    book_imbalance,
    funding,
    kimchi,
    large_trade,
    liquidated,
    passes,
    price_jump,
    pump,
    spread,
    volume_surge,
)
from hypothesis import given
from hypothesis import strategies as st

from bot.explain.facts import facts_of
from bot.explain.grounding import verify
from bot.explain.shape import MOST_CHARACTERS, tidy
from bot.explain.template import sentence
from bot.explain.vocabulary import is_known
from bot.korean import dollars, kst, share
from pipeline.model import AnyAlert, LargeTrade, bare

# Rows with a batch were written by a judge who did not look at those without one. When each was
# first read: batch 1, 2 of 137 bad ones passed and 18 of 78 good ones were refused; batches 2 and
# 3, written to pass with the vocabulary in hand, 55 of 97 and 12 of 63 (all bad). After mending:
# batch 4, 0 of 30 bad and 11 of 30 good; batch 5, 1 and 7; batch 6, 2 and 3; batch 7, 4 and 2;
# batch 8, 1 of 15 and 2 of 15. Written without the word lists at hand, one change to a true
# sentence each: batch 9, 0 of 40 bad and 14 of 40 good; batch 10, 2 and 9. Aimed at gaps by who had
# read the rules: batch 11, 1 and 6; batch 12, 4 of 39 and 7 of 40; batch 13, 4 of 30 and 2 of 20.
# Fresh ones of every alert: batch 14, 4 of 120 bad and 19 of 120 good. True figures of another
# thing, by who had the tables of concepts in hand: batch 15, 24 of 203 bad (of good ones, six that
# had been refused). By the writer of batch 14 and kept back until those tables were made: batch 16,
# 0 of 120 bad and 6 of 120 good. By another one, blind: batch 17, 1 of 100 bad and 13 of 100 good;
# and once more: 2 of 90 bad and 3 of 64 good. By who had the vocabulary in hand: batch 19, 68 of 81
# bad, which is why a sentence may end in closed lists of words only; batch 20, by another
# one after that, 322 of 550 bad (the 309 of them that are plainly bad are here) and 20 of 101 good;
# batch 21, by a third one, 324 of 491 bad (305 are here) and 16 of 80 good. So whoever has the
# lists at hand always finds more; who writes as models do, without them, hardly does. Whole answers
# as four models write them, blind: batch 22, 0 of 80 bad and 40 of 155 good (five more of 160 said
# what the facts do not). After mending, by the same writer: batch 23, 14 of 68 good; batch 24, in
# looser words, 15 of 59 (17 before the mending); and one kept out of here, in the words of the
# prompt, 9 of 59 (12 before it). So each mending lets few more of the next ones pass, and models
# are told forms instead: of answers to the prompts as they are since (batch 25), as four models
# write them, 0 of 46 that keep to the forms, 3 of 23 that paraphrase and 6 of 12 in words of their
# own. The bad ones "next to what passes" are of the mending.
ROWS: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "sentences.jsonl").read_text("utf-8").splitlines()
]
GOOD = [row for row in ROWS if row["good"]]
BAD = [row for row in ROWS if not row["good"]]


def objections(text: str, alert: AnyAlert) -> list[str]:
    return verify(text, alert, PAIRS.get(alert.symbol))


# --- the labelled sentences --------------------------------------------------------------------


@pytest.mark.parametrize("row", BAD, ids=range(len(BAD)))
def test_no_bad_sentence_passes(row: dict[str, Any]) -> None:
    assert objections(row["text"], ALERTS[row["alert"]]), row["why"]


def test_at_most_three_good_sentences_in_a_hundred_are_refused() -> None:
    refused = [
        (row["text"], found)
        for row in GOOD
        if (found := objections(row["text"], ALERTS[row["alert"]]))
    ]
    assert len(refused) <= 0.03 * len(GOOD), refused


@pytest.mark.parametrize(
    "text",
    [
        "비트코인(BTCUSDT)에서 1,234만 달러 규모의 시장가 매수가 0.41% {}에 체결되었습니다.",
        "비트코인(BTCUSDT)에서 1,234만 달러 {} 체결되었습니다.",
        "비트코인(BTCUSDT) 0.41% {} {} 매수되었습니다.",
    ],
)
def test_numbers_one_after_the_other_are_read_as_quickly_as_others(text: str) -> None:
    """Each doubled the time, up to hours: then this test does not end."""
    for many in (
        "2026년 11월 29일 12:34:56 KST", "1,234만 " * 20, "9" * 200, "12:34:56 " * 20,
        "1% 2배 3건 " * 10,
    ):  # fmt: skip
        assert objections(text.replace("{}", many), ALERTS["btc_buy"])


def test_a_long_text_is_refused_for_its_length_alone() -> None:
    for letter in "a1-가":
        (wrong,) = objections(letter * 1_000_000, ALERTS["btc_buy"])
        assert "longer than" in wrong


def test_the_labelled_set_is_large_and_has_both_of_every_alert() -> None:
    assert len(GOOD) >= 150
    assert len(BAD) >= 150
    assert {row["alert"] for row in GOOD} == {row["alert"] for row in BAD} == set(ALERTS)
    assert len({(row["alert"], row["text"]) for row in ROWS}) == len(ROWS)


def test_a_good_sentence_is_bad_for_another_coin() -> None:
    """With each other coin once, and with every alert of its own kind."""
    coins: dict[str, list[str]] = {}
    for name, alert in ALERTS.items():
        coins.setdefault(alert.symbol[:3], []).append(name)
    turns = {coin: itertools.cycle(names) for coin, names in coins.items()}
    tried: set[tuple[str, str]] = set()
    for row in GOOD:
        mine = ALERTS[row["alert"]]
        others = {next(turns[coin]) for coin in coins if coin != mine.symbol[:3]}
        others |= {
            name
            for coin, names in coins.items()
            for name in names
            if coin != mine.symbol[:3] and ALERTS[name].kind == mine.kind
        }
        tried |= {(row["alert"], other) for other in others}
        assert not any(passes(row["text"], other) for other in others), row["text"]
    assert tried == {
        (mine, other)
        for mine, other in itertools.permutations(ALERTS, 2)
        if ALERTS[mine].symbol[:3] != ALERTS[other].symbol[:3]
    }


@pytest.mark.parametrize("other", ["수이", "바이낸스코인", "알고", "시아", "바나", "테더"])
def test_a_coin_whose_name_is_made_of_known_words_is_another_one(other: str) -> None:
    assert is_known(other)
    tried = 0
    for row in GOOD:
        alert = ALERTS[row["alert"]]
        name = next(
            (n for n in ("비트코인", "이더리움", "솔라나", "도지코인") if n in row["text"]), ""
        )
        if name and not (other == "테더" and alert.kind == "kimchi"):  # where it is a measure
            text = row["text"].replace(name, other)
            assert objections(text, alert), text
            tried += 1
    assert tried > 100


# --- our own sentences -------------------------------------------------------------------------

prices = st.floats(1e-7, 1e6, allow_nan=False).map(lambda x: float(f"{x:.6g}"))
shares = st.floats(-99, 900, allow_nan=False).map(lambda x: round(x, 3))


@st.composite
def alerts(draw: st.DrawFn) -> AnyAlert:
    """Any alert on one of the pairs that has a Korean name or none."""
    symbol = draw(st.sampled_from([*PAIRS, "XYZUSDT", "API3USDT"]))
    excess = draw(st.floats(1, 500))
    common: dict[str, Any] = {"excess": excess, "recovered": draw(st.booleans())}
    kind = draw(
        st.sampled_from(["trade", "jump", "pump", "spread", "volume", "book", "forced", "funding"])
    )
    if kind == "trade":
        return large_trade(
            symbol,
            side=draw(st.sampled_from(["buy", "sell"])),
            notional=draw(st.floats(50_000, 1e10).map(lambda x: float(f"{x:.12g}"))),
            quantity=draw(prices),
            price=draw(prices),
            fills=draw(st.integers(1, 5_000)),
            change_1m_pct=draw(st.none() | shares),
            percentile=draw(st.none() | st.floats(0, 100)),
            per_day=draw(st.none() | st.floats(0, 1_000)),
            **common,
        )
    if kind == "jump":
        change = draw(shares.filter(lambda x: abs(x) >= 1))
        return price_jump(
            symbol,
            direction="up" if change > 0 else "down",
            change_pct=change,
            window_s=draw(st.sampled_from([10, 60, 300])),
            price=draw(prices),
            from_price=draw(prices),
            usual_pct=draw(st.just(0.0) | st.floats(0.001, 5)),
            **common,
        )
    if kind == "volume":
        usual = draw(st.floats(1, 1e9))
        ratio = draw(st.floats(2, 500))
        return volume_surge(
            symbol,
            window_s=draw(st.integers(1, 1_800)),
            notional=usual * ratio,
            usual=usual,
            times_usual=ratio,
            buy_share_pct=draw(st.floats(0, 100)),
            change_pct=draw(st.none() | shares),
            trades=draw(st.integers(1, 1_000_000)),
            **common,
        )
    if kind == "book":
        return book_imbalance(
            symbol,
            what=draw(st.sampled_from(["wall_appeared", "wall_vanished", "imbalance"])),
            side=draw(st.sampled_from(["bid", "ask"])),
            price=draw(prices),
            notional=draw(st.floats(10_000, 1e9).map(lambda x: float(f"{x:.12g}"))),
            times_usual=draw(st.just(0.0) | st.floats(1.1, 500)),
            share_pct=draw(st.floats(60, 99.9)),
            held_s=draw(st.floats(1, 5_000)),
            distance_bp=draw(st.floats(0.01, 500)),
            **common,
        )
    if kind == "pump":
        usual = draw(st.floats(1, 5_000))
        buys = draw(st.integers(math.ceil(usual), 100_000))
        return pump(
            symbol,
            window_s=draw(st.sampled_from([5, 25])),
            buys=buys,
            usual_buys=usual,
            times_usual=buys / usual,
            change_pct=draw(shares.filter(lambda x: x >= 1)),
            price=draw(prices),
            from_price=draw(prices),
            **common,
        )
    if kind == "forced":
        return liquidated(
            symbol,
            position=draw(st.sampled_from(["long", "short"])),
            notional=draw(st.floats(50_000, 1e10).map(lambda x: float(f"{x:.12g}"))),
            window_s=draw(st.integers(1, 600)),
            count=draw(st.integers(1, 600)),
            **common,
        )
    if kind == "funding":
        rate = draw(st.floats(0.01, 3)) * draw(st.sampled_from([-1, 1]))
        usual = draw(st.none() | st.floats(0.0001, 0.5))
        return funding(
            symbol,
            what=draw(st.sampled_from(["extreme", "turned"])),
            rate_pct=rate,
            payer="long" if rate > 0 else "short",
            usual_pct=usual,
            times_usual=abs(rate) / usual if usual else 0.0,
            **common,
        )
    bid = draw(prices)
    return spread(
        symbol,
        spread_bp=draw(st.floats(10, 5_000)),
        usual_bp=draw(st.floats(0.1, 100)),
        times_usual=draw(st.just(0.0) | st.floats(1.1, 500)),
        bid=bid,
        ask=bid * 1.01,
        **common,
    )


@given(alerts())
def test_the_template_of_every_alert_says_only_what_was_measured(alert: AnyAlert) -> None:
    text = sentence(alert, PAIRS.get(alert.symbol))
    assert objections(text, alert) == []


@given(alerts(), st.integers(1, 12))
def test_an_amount_in_the_wrong_unit_is_refused(alert: AnyAlert, zeros: int) -> None:
    if not isinstance(alert, LargeTrade) or alert.symbol.endswith("BTC"):
        return
    side = "매수" if alert.side == "buy" else "매도"
    name = f"{bare(alert.symbol)}에서 {{}}의 시장가 {side}가 체결되었습니다."
    right = alert.notional
    assert objections(name.format(dollars(right)), alert) == []
    for wrong in (right * 10**zeros, right / 10**zeros):
        text = name.format(dollars(wrong))
        if dollars(wrong) != dollars(right):
            assert objections(text, alert), text


# --- numbers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "amount",
    [
        "1,234만 달러", "1234만 달러", "1,234만달러", "약 1,234만 달러", "1,230만 달러",
        "1,200만 달러", "12,340,316달러", "1천234만 달러", "천이백삼십사만 달러",
        "1.234천만 달러", "0.1234억 달러", "1,234만 316달러", "$12,340,316", "1,234만 USDT",
        "1,230여만 달러", "1,240만 달러 미만", "1,234만 달러 이상",
    ],
)  # fmt: skip
def test_every_way_to_write_an_amount_and_every_correct_rounding_passes(amount: str) -> None:
    text = f"비트코인에서 {amount} 규모의 시장가 매수가 체결되었습니다."
    assert objections(text, large_trade()) == []


@pytest.mark.parametrize(
    "amount",
    [
        "1,235만 달러", "1,240만 달러", "1,300만 달러", "1,000만 달러", "1천만 달러",
        "1,234억 달러", "1,234달러", "1,234원", "1,234만 원", "1,234만 유로", "1,234만 BTC",
        "1,234만 개", "천만 달러", "천이백삼십사억 달러", "1.234만 달러", "12.34억 달러",
        "$12.34M", "12.34M 달러", "1,240만 달러 이상", "1,230만 달러 미만", "1,234만",
        "수천만 달러", "1234만~1235만 달러", "1,234만5천만 달러",
    ],
)  # fmt: skip
def test_every_other_amount_is_refused(amount: str) -> None:
    text = f"비트코인에서 {amount} 규모의 시장가 매수가 체결되었습니다."
    assert objections(text, large_trade()), text


@pytest.mark.parametrize(
    ("change", "said", "right"),
    [
        (0.41, "0.41%", True), (0.41, "0.4%", True), (0.41, "0.410%", True),
        (0.41, "0.5%", False), (0.41, "0%", False), (0.46, "0.5%", True), (0.46, "0.4%", False),
        (0.345, "0.35%", True), (0.345, "0.34%", True), (0.345, "0.36%", False),
        (1.2, "1%", True), (1.6, "2%", True), (1.6, "1%", False), (1.6, "1%대", True),
        (4.2, "42%", False), (4.2, "0.042%", False), (4.2, "4.2퍼센트", True),
        (4.2, "4.2%포인트", False), (4.2, "4.2bp", False), (4.2, "사 퍼센트", True),
        (4.2, "+4.2%", True), (4.2, "-4.2%", False), (4.2, "3~5%", False),
    ],
)  # fmt: skip
def test_a_percentage_passes_if_it_is_a_correct_rounding(
    change: float, said: str, right: bool
) -> None:
    text = f"비트코인에서 시장가 매수가 체결되었고 직전 1분 가격은 {said} 상승했습니다."
    assert (objections(text, large_trade(change_1m_pct=change)) == []) is right


@given(st.floats(0.01, 500).map(lambda x: round(x, 4)))
def test_what_the_program_itself_shows_always_passes(change: float) -> None:
    text = f"비트코인이 5분 동안 {share(change)} 올랐습니다."
    alert = price_jump(direction="up", change_pct=change, usual_pct=0.0)
    assert objections(text, alert) == []


@pytest.mark.parametrize(
    ("when", "right"),
    [
        (kst(AT), True), ("09:03:21", True), ("09:03", True), ("9시 3분", True),
        ("오전 9시 3분 21초", True), ("1월 12일", True), ("1월 12일 월요일 9시", True),
        ("2026년 1월 12일(월)", True), ("오후 9시 3분", False), ("21:03", False),
        ("09:03:22", False), ("9시 4분", False), ("1월 13일", False), ("2025년 1월 12일", False),
        ("1월 12일(화)", False), ("오전 21시", False),
    ],
)  # fmt: skip
def test_a_time_has_to_be_that_of_the_alert_in_korea(when: str, right: bool) -> None:
    text = f"{when}에 비트코인 시장가 매수가 체결되었습니다."
    assert (objections(text, large_trade()) == []) is right


def test_digits_in_a_name_are_no_numbers() -> None:
    alert = large_trade("1INCHUSDT", change_1m_pct=None)
    named = "1인치네트워크(1INCHUSDT)에서 1,234만 달러 규모의 시장가 매수가 체결되었습니다."
    assert objections(named, alert) == []
    assert objections(named.replace("1INCHUSDT", "2INCHUSDT"), alert)
    assert objections("1INCH 시장가 매수 1건이 체결되었습니다.", alert)


# --- anything at all ---------------------------------------------------------------------------

KOREAN = st.text(
    alphabet="가나다매수매도상승하락일이삼십백천만억조 0123456789.,%배건원달러~-()§BTC\n",
    max_size=500,
)


@given(st.text(max_size=500) | KOREAN)
def test_no_text_whatever_breaks_the_check(text: str) -> None:
    for alert in (
        large_trade(),
        price_jump(),
        pump(),
        spread(),
        book_imbalance(),
        volume_surge(),
        kimchi(),
    ):
        assert isinstance(objections(tidy(text), alert), list)


@pytest.mark.parametrize(
    "text", ["1" * 5_000, "1," * 190, "억" * 350, "1억" * 190, "천" * 350, "0." + "0" * 380]
)
def test_endless_numerals_are_refused_at_once(text: str) -> None:
    assert objections(text, large_trade())


def test_what_is_long_or_spread_over_lines_is_refused() -> None:
    fine = "비트코인에서 시장가 매수가 체결되었습니다."
    assert objections(fine, large_trade()) == []
    assert objections(" ".join([fine] * 5), large_trade())
    assert objections("\n".join([fine, "위험도는 보통입니다."] * 2), large_trade())
    assert objections(fine + " " * MOST_CHARACTERS + "위험도는 보통입니다.", large_trade())
    assert objections("", large_trade())


# --- what the model is shown -------------------------------------------------------------------


@pytest.mark.parametrize("alert", ALERTS.values(), ids=list(ALERTS))
def test_the_facts_are_words_that_a_reader_could_be_shown(alert: AnyAlert) -> None:
    words = facts_of(alert, PAIRS[alert.symbol]).words
    assert words["위험도"] in ("낮음", "보통", "높음")
    assert all(value and "None" not in value and "nan" not in value for value in words.values())


def test_what_is_not_known_is_not_among_the_facts() -> None:
    known = facts_of(large_trade(), PAIRS["BTCUSDT"]).words
    unknown = facts_of(
        large_trade(slippage_bp=None, percentile=None, per_day=None, change_1m_pct=None), None
    ).words
    assert len(known) - len(unknown) == 4
    assert "직전 1분 가격" not in unknown
