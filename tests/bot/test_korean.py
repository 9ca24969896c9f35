"""Tables a Korean reader can check, and properties that hold for every number."""

import math
import re
from collections import Counter
from datetime import UTC, datetime
from typing import get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.korean import (
    DAY_MS,
    FOREVER_MS,
    KIND_NAMES,
    KIND_WORDS,
    NAMES,
    SEVERITY_NAMES,
    Josa,
    amount,
    as_told,
    bp,
    display_name,
    dollars,
    duration,
    fine_share,
    josa,
    kind_of,
    kst,
    kst_time,
    money,
    number,
    parse_amount,
    parse_duration_ms,
    percent,
    price,
    quantity,
    share,
    times,
    unify,
    window,
    won,
    worldwide,
)
from pipeline.model import (
    SEVERITIES,
    AnyAlert,
    SymbolInfo,
)

NOON = 1_768_186_800_000  # 1월 12일(월) 12:00:00 KST
steady = settings(deadline=None, derandomize=True)
finite = st.floats(allow_nan=False, allow_infinity=False)


# --- the rules of formats, each with its examples ----------------------------------------------


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        # money: at most two of 조, 억 and 만; below 1만 plain; never M, B or K
        (dollars(12_340_000), "1,234만 달러"),
        (dollars(141_810_000), "1억 4,181만 달러"),
        (won(188_300_000_000), "1,883억 원"),
        (won(2_700_000_000_000), "2조 7,000억 원"),
        (dollars(8_500), "8,500달러"),
        (won(1_392), "1,392원"),
        # prices: the exchange's decimals, never an exponent
        (price(0.00000921, 1e-8), "0.00000921달러"),
        (price(104_402.5, 0.01), "104,402.50달러"),
        # changes: colour, arrow and sign; a minus is a minus sign, no hyphen
        (percent(5.2), "🔴 ▲ +5.20%"),
        (percent(-3.1, 1), "🔵 ▼ −3.1%"),
        (worldwide(percent(5.2)), "🟢 ▲ +5.20%"),
        (worldwide(percent(-3.1, 1)), "🔴 ▼ −3.1%"),
        # Korean time over 24 hours, with the weekday
        (kst(1_768_176_201_000), "1월 12일(월) 09:03:21 KST"),
        (kst_time(1_768_176_201_000), "09:03:21 KST"),
        (kst(1_798_729_199_000), "12월 31일(목) 23:59:59 KST"),
        # names with particles by how they are read
        (josa("비트코인(BTC)", "이/가"), "비트코인(BTC)이"),
        (josa("솔라나", "이/가"), "솔라나가"),
        (josa("BTC", "이/가"), "BTC가"),
        (josa("에어로드롬파이낸스(AEROUSDT)", "은/는"), "에어로드롬파이낸스(AEROUSDT)는"),
        (josa("BNB", "을/를"), "BNB를"),
        (josa("1억 4,181만 달러", "으로/로"), "1억 4,181만 달러로"),
        (josa("2조 7,000억 원", "으로/로"), "2조 7,000억 원으로"),
        (josa("1.20%", "으로/로"), "1.20%로"),
        (josa("3건", "이/가"), "3건이"),
        (josa("2시간 5분", "이/가"), "2시간 5분이"),
        # sizes beside each other
        (quantity(118.2, 0.00001, "BTC"), "118.2 BTC"),
        (quantity(5_428_880_000, 1, "PEPE"), "54억 2,888만 PEPE"),
        (bp(3.1), "3.1bp"),
        (times(8.2), "8.2배"),
        (duration(192_000), "3분 12초"),
        (duration(800), "0.8초"),
    ],
)
def test_what_is_shown_reads_as_koreans_write_it(shown: str, text: str) -> None:
    assert shown == text


# --- amounts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0달러"),
        (-0.0, "0달러"),
        (0.53, "0.53달러"),
        (0.001234, "0.00123달러"),
        (0.00000921, "0.00000921달러"),
        (0.9996, "1달러"),
        (1.5, "1.5달러"),
        (104.402, "104.4달러"),
        (999.996, "1,000달러"),
        (8_500, "8,500달러"),
        (8_500.37, "8,500달러"),
        (9_999.4, "9,999달러"),
        (9_999.5, "1만 달러"),
        (12_345, "1만 2,345달러"),
        (50_021.7, "5만 22달러"),
        (100_000, "10만 달러"),
        (1_234_567, "123만 4,567달러"),
        (9_999_999.6, "1,000만 달러"),
        (12_340_000, "1,234만 달러"),
        (12_344_999, "1,234만 달러"),
        (12_345_000, "1,235만 달러"),
        (99_996_000, "1억 달러"),
        (99_994_999, "9,999만 달러"),
        (99_999_999, "1억 달러"),
        (141_810_000, "1억 4,181만 달러"),
        (141_814_999, "1억 4,181만 달러"),
        (1_000_000_000, "10억 달러"),
        (99_999_999_999, "1,000억 달러"),
        (188_349_999_999, "1,883억 달러"),
        (2_700_000_000_000, "2조 7,000억 달러"),
        (999_999_999_999_999, "1,000조 달러"),
        (12_345_600_000_000_000, "12,346조 달러"),
        (-12_340_000, "−1,234만 달러"),
        (-0.5, "−0.5달러"),
    ],
)
def test_dollars_are_grouped_by_man_eok_jo(value: float, text: str) -> None:
    assert dollars(value) == text


def test_won_and_other_units_follow_the_same_rules() -> None:
    assert won(188_300_000_000) == "1,883억 원"
    assert won(2_700_000_000_000) == "2조 7,000억 원"
    assert won(1_392) == "1,392원"
    assert amount(0.53, "BTC") == "0.53 BTC"
    assert amount(12_340_000, "TRY") == "1,234만 TRY"
    assert amount(5, "") == "5"


@given(finite)
def test_an_amount_as_it_is_told_is_told_the_same(value: float) -> None:
    assert dollars(as_told(value)) == dollars(value)


def test_a_difference_of_amounts_as_they_are_told_is_the_one_that_readers_find() -> None:
    assert dollars(as_told(7_020_063.4) - as_told(6_092_374.6)) == "92만 7,688달러"
    assert dollars(as_told(141_814_999.0) - as_told(141_800_000.0)) == "1만 달러"


def test_dollar_coins_are_dollars_and_other_quotes_keep_their_name() -> None:
    assert [money(1_500, quote) for quote in ("USDT", "USDC", "FDUSD")] == ["1,500달러"] * 3
    assert money(0.53, "BTC") == "0.53 BTC"
    assert money(1_500, "TRY") == "1,500 TRY"


@pytest.mark.parametrize("broken", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused_by_every_formatter(broken: float) -> None:
    for show in (dollars, won, price, percent, share, bp, times, duration, fine_share):
        with pytest.raises(ValueError):
            show(broken)
    with pytest.raises(ValueError):
        quantity(broken, 0.1, "BTC")


@steady
@given(finite)
def test_no_number_is_ever_shown_with_an_exponent_or_as_m_b_k(value: float) -> None:
    for shown in (dollars(value), won(value), price(value), percent(value), share(value)):
        assert not re.search("[a-zA-Z]", shown)
    assert not re.search("[eEMBK]", quantity(value, 0.0, ""))
    assert re.fullmatch(r"−?[0-9][0-9,]*(\.[0-9]+)?bp", bp(value))


@steady
@given(st.floats(min_value=0, max_value=9e15))
def test_an_amount_read_back_differs_by_at_most_half_of_its_last_digit(value: float) -> None:
    back = parse_amount(dollars(value))
    if value < 1:
        allowed = max(value * 0.005, 5.1e-13)
    else:
        steps = ((1e3, 0.005), (1e7, 0.5), (1e11, 5e3), (1e15, 5e7))
        allowed = next((step for limit, step in steps if value < limit), 5e11)
    assert abs(back - value) <= allowed * (1 + 1e-9)


@steady
@given(finite, finite)
def test_a_larger_amount_is_never_shown_as_a_smaller_one(one: float, other: float) -> None:
    def shown(value: float) -> float:
        text = dollars(value)
        size = sum(
            float(count.replace(",", "")) * {"조": 1e12, "억": 1e8, "만": 1e4, "": 1}[unit]
            for count, unit in re.findall(r"([0-9][0-9,]*(?:\.[0-9]+)?)([조억만]?)", text)
        )
        return -size if text.startswith("−") else size

    low, high = sorted((one, other))
    assert shown(low) <= shown(high)


@steady
@given(finite)
def test_an_amount_has_at_most_two_units_and_its_sign(value: float) -> None:
    text = dollars(value)
    assert 1 <= len(re.findall(r"[0-9.,]+", text)) <= 2
    assert dollars(-value) == (text if text == "0달러" else f"−{text}".replace("−−", ""))


# --- prices, quantities, ratios ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "tick", "text"),
    [
        (104_402.0, 0.01, "104,402달러"),
        (104_402.5, 0.01, "104,402.50달러"),
        (104_402.126, 0.01, "104,402.13달러"),
        (0.00000921, 1e-8, "0.00000921달러"),
        (0.0000092, 1e-8, "0.00000920달러"),
        (0.00000921, 0.0, "0.00000921달러"),
        (1e-8, 0.0, "0.00000001달러"),
        (1.2e-10, 0.0, "0.00000000012달러"),
        (0.1, 0.0, "0.1달러"),
        (1234567.0, 0.0, "1,234,567달러"),
        (3.0, 0.1, "3달러"),
        (95_000.0, 10.0, "95,000달러"),
        (0.004, 0.01, "0.004달러"),
        (0.0, 0.01, "0달러"),
        (-2.5, 0.01, "−2.50달러"),
    ],
)
def test_prices_keep_the_decimals_of_the_exchange(value: float, tick: float, text: str) -> None:
    assert price(value, tick) == text


def test_a_price_in_another_coin_names_it() -> None:
    assert price(0.03452, 0.00001, "BTC") == "0.03452 BTC"


@steady
@given(st.floats(min_value=1e-12, max_value=1e12))
def test_a_price_without_tick_size_keeps_every_digit(value: float) -> None:
    assert float(price(value, unit="").replace(",", "")) == value


@steady
@given(
    st.floats(min_value=1e-6, max_value=1e9),
    st.sampled_from([1e-8, 1e-7, 0.00001, 0.001, 0.01, 0.1, 1.0, 5e-5]),
)
def test_a_price_is_off_by_at_most_half_a_decimal_of_its_tick_size(
    value: float, tick: float
) -> None:
    back = float(price(value, tick, "").replace(",", ""))
    assert abs(back - value) <= tick / 2 + value * 1e-15


@pytest.mark.parametrize(
    ("value", "step", "base", "text"),
    [
        (118.2, 0.00001, "BTC", "118.2 BTC"),
        (118.19999999999999, 0.00001, "BTC", "118.2 BTC"),
        (25_177.0, 0.00001, "BTC", "25,177 BTC"),
        (0.00012, 0.00001, "BTC", "0.00012 BTC"),
        (1_234.5678, 0.0, "ETH", "1,234.5678 ETH"),
        (1e-9, 0.0, "X", "0.000000001 X"),
        (999_999.0, 1.0, "DOGE", "999,999 DOGE"),
        (12_345_678.0, 1.0, "DOGE", "1,235만 DOGE"),
        (5_428_881_650.0, 1.0, "PEPE", "54억 2,888만 PEPE"),
        (-1.5, 0.1, "BTC", "−1.5 BTC"),
    ],
)
def test_quantities_keep_the_decimals_of_the_exchange(
    value: float, step: float, base: str, text: str
) -> None:
    assert quantity(value, step, base) == text


@pytest.mark.parametrize(
    ("value", "digits", "korean", "world"),
    [
        (5.2, 1, "🔴 ▲ +5.2%", "🟢 ▲ +5.2%"),
        (-3.1, 1, "🔵 ▼ −3.1%", "🔴 ▼ −3.1%"),
        (0.41, 2, "🔴 ▲ +0.41%", "🟢 ▲ +0.41%"),
        (5.2, 2, "🔴 ▲ +5.20%", "🟢 ▲ +5.20%"),
        (0.0, 2, "0.00%", "0.00%"),
        (-0.0, 2, "0.00%", "0.00%"),
        (-0.004, 2, "0.00%", "0.00%"),
        (0.005, 2, "🔴 ▲ +0.01%", "🟢 ▲ +0.01%"),
        (1_234.567, 2, "🔴 ▲ +1,234.57%", "🟢 ▲ +1,234.57%"),
    ],
)
def test_changes_carry_colour_arrow_and_sign(
    value: float, digits: int, korean: str, world: str
) -> None:
    assert percent(value, digits) == korean
    assert worldwide(percent(value, digits)) == world


def test_ratios_in_running_text() -> None:
    assert [share(x) for x in (0.41, -4.2, 0.0, 12.345)] == ["0.41%", "4.20%", "0.00%", "12.35%"]
    assert [times(x) for x in (8.24, 1.0, 9.96, 12.4, 1234.5)] == [
        "8.2배", "1배", "10배", "12배", "1,235배",
    ]  # fmt: skip
    assert [fine_share(x) for x in (0.0000096123, 0.216, 0.5, 1.0, 42.03)] == [
        "0.0000096%", "0.22%", "0.5%", "1%", "42%",
    ]  # fmt: skip
    assert [fine_share(x) for x in (0.0, -0.0123, 1e-15)] == ["0%", "0.012%", "0%"]
    assert [number(x, 1) for x in (3.0, 0.25, 1_234.56)] == ["3", "0.3", "1,234.6"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.1, "3.1bp"),
        (3.04, "3bp"),
        (42.03, "42bp"),
        (99.96, "100bp"),
        (1_234.4, "1,234bp"),
        (0.996, "1bp"),
        (0.96, "0.96bp"),
        (0.00958, "0.0096bp"),
        (1e-12, "0bp"),
        (0.0, "0bp"),
        (-0.3, "−0.3bp"),
    ],
)
def test_basis_points_show_two_significant_digits_when_small(value: float, text: str) -> None:
    assert bp(value) == text


# --- time --------------------------------------------------------------------------------------


def test_times_are_korean_with_weekday_and_zone() -> None:
    assert kst(1_768_176_201_000) == "1월 12일(월) 09:03:21 KST"
    assert kst_time(1_768_176_201_999) == "09:03:21 KST"
    assert kst(1_735_657_199_000) == "12월 31일(화) 23:59:59 KST"
    assert kst(1_735_657_200_000) == "1월 1일(수) 00:00:00 KST"


@steady
@given(st.integers(min_value=600_000_000_000, max_value=4_000_000_000_000))
def test_korean_time_agrees_with_the_zone_database(ms: int) -> None:
    at = datetime.fromtimestamp(ms // 1000, UTC).astimezone(ZoneInfo("Asia/Seoul"))
    weekday = "월화수목금토일"[at.weekday()]
    assert kst(ms) == f"{at.month}월 {at.day}일({weekday}) {at:%H:%M:%S} KST"


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0초"),
        (3, "0.003초"),
        (40, "0.04초"),
        (800, "0.8초"),
        (950, "1초"),
        (5_000, "5초"),
        (9_960, "10초"),
        (12_400, "12초"),
        (59_600, "1분"),
        (60_000, "1분"),
        (192_000, "3분 12초"),
        (3_599_600, "1시간"),
        (7_500_000, "2시간 5분"),
        (86_399_000, "1일"),
        (3 * DAY_MS, "3일"),
        (DAY_MS + 3 * 3_600_000, "1일 3시간"),
    ],
)
def test_durations_have_at_most_two_units(ms: int, text: str) -> None:
    assert duration(ms) == text


@steady
@given(st.integers(min_value=1_000, max_value=300 * DAY_MS))
def test_a_duration_read_back_is_right_to_its_smaller_unit(ms: int) -> None:
    back = parse_duration_ms(duration(ms), NOON)
    limits = ((10_000, 50), (3_600_000, 500), (DAY_MS, 30_000))
    assert abs(back - ms) <= next((half for limit, half in limits if ms < limit), 1_800_000)


def test_a_negative_duration_is_refused() -> None:
    with pytest.raises(ValueError):
        duration(-1)


def test_a_window_below_a_second_says_so() -> None:
    assert [window(s) for s in (0, 10, 60, 300)] == ["1초 미만", "10초", "1분", "5분"]


# --- particles ---------------------------------------------------------------------------------


# word, 은/는, 이/가, 을/를, 과/와, 으로/로
JOSA = """
비트코인 은 이 을 과 으로
솔라나 는 가 를 와 로
리플 은 이 을 과 로
도지 는 가 를 와 로
이더리움 은 이 을 과 으로
테더 는 가 를 와 로
서울 은 이 을 과 로
거래량 은 이 을 과 으로
스프레드 는 가 를 와 로
체결 은 이 을 과 로
고래 는 가 를 와 로
값 은 이 을 과 으로
여덟 은 이 을 과 으로
팔 은 이 을 과 로
BTC 는 가 를 와 로
SOL 은 이 을 과 로
XRP 는 가 를 와 로
ATOM 은 이 을 과 으로
XLM 은 이 을 과 으로
BTT 는 가 를 와 로
ICP 는 가 를 와 로
FIL 은 이 을 과 로
AR 은 이 을 과 로
BNB 는 가 를 와 로
UNI 는 가 를 와 로
DOGE 는 가 를 와 로
TON 은 이 을 과 으로
SHIB 는 가 를 와 로
ETH 는 가 를 와 로
AVAX 는 가 를 와 로
W 는 가 를 와 로
Z 는 가 를 와 로
BTCUSDT 는 가 를 와 로
btc 는 가 를 와 로
xlm 은 이 을 과 으로
Telegram 은 이 을 과 으로
Discord 는 가 를 와 로
Binance 는 가 를 와 로
Google 은 이 을 과 로
Chrome 은 이 을 과 으로
phone 은 이 을 과 으로
trading 은 이 을 과 으로
0 은 이 을 과 으로
1 은 이 을 과 로
2 는 가 를 와 로
3 은 이 을 과 으로
4 는 가 를 와 로
5 는 가 를 와 로
6 은 이 을 과 으로
7 은 이 을 과 로
8 은 이 을 과 로
9 는 가 를 와 로
10 은 이 을 과 으로
300 은 이 을 과 으로
1,000 은 이 을 과 으로
25,177 은 이 을 과 로
100000000 은 이 을 과 으로
1000000000000 는 가 를 와 로
1.20 은 이 을 과 으로
0.5 는 가 를 와 로
C98 은 이 을 과 로
API3 은 이 을 과 으로
5% 는 가 를 와 로
₩ 은 이 을 과 으로
$ 는 가 를 와 로
C+ 는 가 를 와 로
3.1bp 는 가 를 와 로
8,500달러 는 가 를 와 로
1,883원 은 이 을 과 으로
비트코인(BTC) 은 이 을 과 으로
솔라나(SOL) 는 가 를 와 로
이더리움[ETH] 은 이 을 과 으로
(SOL) 은 이 을 과 로
가(나(달)) 는 가 를 와 로
“비트” 는 가 를 와 로
도지🐳 는 가 를 와 로
ＳＯＬ 은 이 을 과 로
"""
PAIRS: tuple[Josa, ...] = ("은/는", "이/가", "을/를", "과/와", "으로/로")


@pytest.mark.parametrize("row", JOSA.split("\n")[1:-1])
def test_particles_follow_how_the_word_is_read(row: str) -> None:
    word, *particles = row.split(" ")
    assert [josa(word, pair) for pair in PAIRS] == [word + particle for particle in particles]


def test_a_word_that_nobody_can_read_here_gets_both_forms() -> None:
    assert josa("币安人生", "은/는") == "币安人生은(는)"
    assert josa("币安人生", "으로/로") == "币安人生(으)로"
    assert josa("币安人生", "이나/나") == "币安人生(이)나"
    assert josa("", "이/가") == "이(가)"


def test_decomposed_hangul_is_read_like_composed() -> None:
    assert josa("비트코인", "이/가").endswith("이")


def test_an_unknown_pair_of_particles_is_refused() -> None:
    with pytest.raises(ValueError):
        josa("비트코인", "는/은")  # type: ignore[arg-type]


@steady
@given(st.text(max_size=30))
def test_any_text_takes_a_particle(text: str) -> None:
    assert josa(text, "을/를").removeprefix(text) in ("을", "를", "을(를)")


# --- names -------------------------------------------------------------------------------------


def test_the_hundred_best_known_coins_and_more_have_korean_names() -> None:
    assert len(NAMES) >= 150
    for base, names in NAMES.items():
        assert base == base.upper() and names
        assert re.search("[가-힣]", names[0])


def test_no_two_coins_share_a_name() -> None:
    counts = Counter(unify(name) for names in NAMES.values() for name in names)
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(
    ("base", "name"),
    [("BTC", "비트코인"), ("ETH", "이더리움"), ("XRP", "리플"), ("SOL", "솔라나"),
     ("DOGE", "도지코인"), ("ADA", "에이다"), ("TRX", "트론"), ("AVAX", "아발란체"),
     ("LINK", "체인링크"), ("SHIB", "시바이누"), ("PEPE", "페페"), ("BCH", "비트코인캐시")],
)  # fmt: skip
def test_well_known_coins_carry_the_names_of_korean_exchanges(base: str, name: str) -> None:
    assert display_name(SymbolInfo(f"{base}USDT", base, "USDT")) == f"{name}({base}USDT)"


def test_a_coin_without_a_korean_name_is_its_ticker() -> None:
    assert display_name(SymbolInfo("XYZUSDT", "XYZ", "USDT")) == "XYZUSDT"


def test_every_kind_and_severity_has_a_korean_word() -> None:
    tags = {kind.__struct_config__.tag for kind in get_args(AnyAlert)}
    assert set(KIND_NAMES) == tags == set(KIND_WORDS.values())
    for kind, name in KIND_NAMES.items():  # as one word, as the page completes it
        assert KIND_WORDS[name.replace(" ", "")] == kind
    assert [SEVERITY_NAMES[severity] for severity in SEVERITIES] == ["주의", "경고", "긴급"]


@pytest.mark.parametrize(
    ("word", "kind"),
    [("대량", "large_trade"), ("고래", "large_trade"), ("대량 체결", "large_trade"),
     ("급등", "price_jump"), ("급락", "price_jump"), ("급등·급락", "price_jump"), ("펌핑", "pump"),
     ("스프레드", "spread"), ("Spread", "spread"), ("large_trade", "large_trade"),
     ("거래량", "volume_surge"), ("거래량 급등", "volume_surge"), ("날씨", None)],
)  # fmt: skip
def test_kinds_are_known_by_what_people_type(word: str, kind: str | None) -> None:
    assert kind_of(word) == kind


# --- typed input -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("10만", 100_000),
        ("1.5k", 1_500),
        ("2M", 2_000_000),
        ("1,234.5", 1_234.5),
        ("2억", 200_000_000),
        ("1억 5천만", 150_000_000),
        ("1억5천만 달러", 150_000_000),
        ("1조 2,345억", 1_234_500_000_000),
        ("3백만원", 3_000_000),
        ("만", 10_000),
        ("천만", 10_000_000),
        ("1만 2천", 12_000),
        ("0.00000921", 0.00000921),
        ("$50,000", 50_000),
        ("50000 USDT", 50_000),
        ("１０만", 100_000),
        ("0", 0),
    ],
)
def test_amounts_are_read_as_people_type_them(typed: str, value: float) -> None:
    assert parse_amount(typed) == value


@pytest.mark.parametrize(
    "typed",
    ["", " ", "abc", "1,5", "1,23,456", "-5", "−5", "1e5", "만억", "10만만", "5만2억", "٣", ".",
     "달러", "nan", "inf", "9" * 41, "1.2.3"],
)  # fmt: skip
def test_what_is_no_amount_gets_one_helpful_line(typed: str) -> None:
    with pytest.raises(ValueError, match="예: 50000, 10만"):
        parse_amount(typed)


@pytest.mark.parametrize(
    ("typed", "ms"),
    [
        ("30분", 1_800_000),
        ("30m", 1_800_000),
        ("1시간", 3_600_000),
        ("1h", 3_600_000),
        ("1 H", 3_600_000),
        ("한 시간", 3_600_000),
        ("1시간 30분", 5_400_000),
        ("1h30m", 5_400_000),
        ("1.5시간", 5_400_000),
        ("30분 동안", 1_800_000),
        ("2일", 2 * DAY_MS),
        ("하루", DAY_MS),
        ("1주", 7 * DAY_MS),
        ("1주일", 7 * DAY_MS),
        ("2주일", 14 * DAY_MS),
        ("일주일 동안", 7 * DAY_MS),
        ("이틀", 2 * DAY_MS),
        ("두 시간", 7_200_000),
        ("90초", 90_000),
        ("계속", FOREVER_MS),
        ("forever", FOREVER_MS),
    ],
)
def test_durations_are_read_as_people_type_them(typed: str, ms: int) -> None:
    assert parse_duration_ms(typed, NOON) == ms


def test_today_lasts_until_the_next_nine_in_the_morning() -> None:
    assert kst(NOON + parse_duration_ms("오늘", NOON)) == "1월 13일(화) 09:00:00 KST"
    night = NOON - 5 * 3_600_000  # 07:00
    assert kst(night + parse_duration_ms("today", night)) == "1월 12일(월) 09:00:00 KST"
    nine = NOON - 3 * 3_600_000
    assert parse_duration_ms("오늘까지", nine) == DAY_MS


def test_forever_added_to_now_is_still_a_date() -> None:
    assert kst(NOON + FOREVER_MS).endswith("KST")


@pytest.mark.parametrize(
    "typed", ["", "30", "0분", "0.1초", "1년", "9999일", "abc", "1시간x", "x1시간", "-1시간", "분"]
)
def test_what_is_no_duration_gets_one_helpful_line(typed: str) -> None:
    with pytest.raises(ValueError, match="예: 30분, 1시간"):
        parse_duration_ms(typed, NOON)


@steady
@given(st.text(max_size=60))
def test_any_typed_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_amount, lambda typed: parse_duration_ms(typed, NOON)):
        try:
            assert parse(text) >= 0
        except ValueError as refusal:
            assert "예:" in str(refusal)
