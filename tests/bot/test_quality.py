"""Alerts against labelled events: every figure as computed by hand."""

import pytest

from bot.quality import Label, LabelError, Quality, read_labels
from pipeline.model import LargeTrade, PriceJump

T0 = 1_738_547_700_000
KINDS = ("large_trade", "price_jump")
DAY_MS = 86_400_000


def jump(
    after_s: float, symbol: str = "BTCUSDT", direction: str = "down", at: int = T0
) -> PriceJump:
    at_ms = at + round(after_s * 1000)
    return PriceJump(
        id=f"price_jump:{symbol}:{at_ms}", symbol=symbol, at_ms=at_ms, excess=1.0,
        direction=direction, change_pct=-3.0, window_s=60, price=97.0, from_price=100.0,  # type: ignore[arg-type]
        zscore=-9.0, usual_pct=0.3,
    )  # fmt: skip


def whale(after_s: float) -> LargeTrade:
    at_ms = T0 + round(after_s * 1000)
    return LargeTrade(
        id=f"large_trade:BTCUSDT:{at_ms}:buy", symbol="BTCUSDT", at_ms=at_ms, excess=1.0,
        side="buy", quantity=1.0, price=1e5, notional=1e5, fills=1, first_ms=at_ms, last_ms=at_ms,
        slippage_bp=None, percentile=None, per_day=None, change_1m_pct=None, rare=True,
    )  # fmt: skip


def measured(labels: list[Label], alerts: list[PriceJump], days: int = 2) -> Quality:
    """Two days of BTCUSDT around T0, an hour between two things recorded."""
    quality = Quality(labels)
    for hour in range(24 * days + 1):
        quality.see("BTCUSDT", T0 - DAY_MS + hour * 3_600_000)
    for alert in alerts:
        quality.take(alert)
    return quality


def test_every_figure_is_what_a_hand_computes() -> None:
    """Four events, three found; two false alerts in two days."""
    labels = [Label("BTCUSDT", T0 + hours * 3_600_000) for hours in (0, 4, 8, 12)]
    alerts = [
        jump(8), jump(70),  # the first: 8 s, and again
        jump(4 * 3600 - 20),  # the second: 20 s before it
        jump(8 * 3600 + 50),  # the third: 50 s
        jump(12 * 3600 + 121), jump(12 * 3600 - 61),  # the fourth: too late, too early; near it
        jump(-3600), jump(12 * 3600 + 3601),  # false
    ]  # fmt: skip
    score = measured(labels, alerts).score("price_jump")
    assert (score.events, score.hits, score.false_alerts, score.days) == (4, 3, 2, 2.0)
    assert score.recall == 3 / 4
    assert score.precision == 3 / 5
    assert score.f1 == pytest.approx(2 * (3 / 4) * (3 / 5) / (3 / 4 + 3 / 5))
    assert score.false_per_day == 1.0
    assert score.delays_s == (-20.0, 8.0, 50.0)
    assert score.median_delay_s == 8.0
    assert [score.within(s) for s in (10, 30, 60)] == [2 / 4, 2 / 4, 3 / 4]


@pytest.mark.parametrize(
    ("after_s", "hits", "false"),
    [
        (-300.001, 0, 1), (-300, 0, 0), (-60.001, 0, 0), (-60, 1, 0), (0, 1, 0), (120, 1, 0),
        (120.001, 0, 0), (3600, 0, 0), (3600.001, 0, 1),
    ],
)  # fmt: skip
def test_the_edges_of_hits_and_of_false_alerts(after_s: float, hits: int, false: int) -> None:
    score = measured([Label("BTCUSDT", T0)], [jump(after_s)]).score("price_jump")
    assert (score.hits, score.false_alerts) == (hits, false)


def test_an_alert_of_the_other_direction_finds_nothing_and_is_not_false() -> None:
    label = Label("BTCUSDT", T0, direction="up")
    score = measured([label], [jump(5, direction="down")]).score("price_jump")
    assert (score.hits, score.false_alerts) == (0, 0)
    assert measured([label], [jump(5, direction="up")]).score("price_jump").hits == 1


def test_a_label_of_one_kind_concerns_no_other() -> None:
    quality = measured([Label("BTCUSDT", T0, kind="price_jump")], [jump(5)])
    quality.take(whale(5))
    assert (quality.score("price_jump").events, quality.score("price_jump").hits) == (1, 1)
    other = quality.score("large_trade")
    assert (other.events, other.hits, other.false_alerts) == (0, 0, 1)
    assert (other.recall, other.precision, other.f1, other.within(10)) == (None, 0.0, None, None)


def test_one_alert_finds_every_event_that_it_is_near() -> None:
    labels = [Label("BTCUSDT", T0, direction=d) for d in ("up", "down")]
    labels.append(Label("BTCUSDT", T0 + 60_000))
    score = measured(labels, [jump(60)]).score("price_jump")
    assert (score.events, score.hits, score.delays_s) == (3, 2, (0.0, 60.0))


def test_alerts_of_other_symbols_are_false() -> None:
    score = measured([Label("BTCUSDT", T0)], [jump(5, symbol="ETHUSDT")]).score("price_jump")
    assert (score.hits, score.false_alerts) == (0, 1)


def test_a_futures_symbol_is_the_same_symbol() -> None:
    score = measured([Label("BTCUSDT", T0)], [jump(5, symbol="binance-futures:BTCUSDT")])
    assert score.score("price_jump").hits == 1


def test_events_that_were_not_recorded_do_not_count() -> None:
    """Another symbol, a time before the recording, and the months between two of its files."""
    labels = [
        Label("BTCUSDT", T0),
        Label("ETHUSDT", T0),
        Label("BTCUSDT", T0 - 3 * DAY_MS),
        Label("BTCUSDT", T0 + 50 * DAY_MS),
    ]
    quality = measured(labels, [jump(5)])
    for hour in range(25):
        quality.see("BTCUSDT", T0 + 100 * DAY_MS + hour * 3_600_000)
    score = quality.score("price_jump")
    assert (score.events, score.hits, quality.unrecorded) == (1, 1, 3)
    assert score.days == 3.0, "two days around the event and one much later"


def test_without_events_and_alerts_nothing_is_known() -> None:
    score = Quality([]).score("price_jump")
    known = (score.recall, score.precision, score.f1, score.false_per_day, score.median_delay_s)
    assert known == (None,) * 5


# --- the labels' file ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "at",
    [
        "2025-02-03T01:55:00Z", "2025-02-03 01:55:00", "2025-02-03T10:55+09:00", "1738547700",
        "1738547700.0", "1738547700000", "1738547700000000", "1738547700000000000",
    ],
)  # fmt: skip
def test_a_time_may_be_iso_or_an_epoch(at: str) -> None:
    assert read_labels(["symbol,at\n", f"BTCUSDT,{at}\n"], KINDS) == [Label("BTCUSDT", T0)]


def test_kind_and_direction_may_be_given_or_left_out() -> None:
    lines = [
        "Symbol, AT ,direction,note,kind\n",
        "btc/usdt,1738547700,UP,x,price_jump\n",
        "\n",
        '"ETHUSDT",1738547700\n',
    ]
    assert read_labels(lines, KINDS) == [
        Label("BTCUSDT", T0, "price_jump", "up"),
        Label("ETHUSDT", T0),
    ]


def test_a_list_of_pumps_counts_from_the_onset_where_it_is_known() -> None:
    lines = [
        "file,symbol,announced_utc,onset_5s_utc,onset_25s_utc,trades\n",
        "a.csv.gz,BNTBTC,2020-04-24 15:59:00,2020-04-24 15:59:05,2020-04-24 15:58:45,9\n",
        "b.csv.gz,BRDBTC,2021-02-24 17:00:00,,,9\n",
    ]
    assert [label.at_ms for label in read_labels(lines, KINDS)] == [1587743925000, 1614186000000]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], ["1번째 줄", "빈 파일"]),
        (["at,kind\n"], ["1번째 줄", "symbol"]),
        (["symbol,when\n", "BTCUSDT,1738547700\n"], ["1번째 줄", "at"]),
        (["symbol,at\n", "BTCUSDT,1738547700\n", ",1738547700\n"], ["3번째 줄 symbol 열"]),
        (["symbol,at\n", "\n", "BTCUSDT,gestern\n"], ["3번째 줄 at 열", "gestern"]),
        (["symbol,at\n", "BTCUSDT\n"], ["2번째 줄 at 열"]),
        (["symbol,at\n", "BTCUSDT,-5\n"], ["2번째 줄 at 열"]),
        (["symbol,at\n", "BTCUSDT,nan\n"], ["2번째 줄 at 열"]),
        (["symbol,at,kind\n", "BTCUSDT,1738547700,jump\n"], ["2번째 줄 kind 열", "price_jump"]),
        (["symbol,at,direction\n", "BTCUSDT,1738547700,sideways\n"], ["2번째 줄 direction 열"]),
        (["symbol,announced_utc\n", "BTCUSDT,\n"], ["2번째 줄 announced_utc 열"]),
        (["symbol,announced_utc,onset_25s_utc\n", "A,2020-01-01,x\n"], ["onset_25s_utc 열"]),
        (["symbol,at\n", 'BTCUSDT,"17385\n'], ["2번째 줄", "CSV"]),
    ],
)
def test_a_file_that_cannot_be_read_names_line_and_column(
    lines: list[str], told: list[str]
) -> None:
    with pytest.raises(LabelError) as error:
        read_labels(lines, KINDS)
    for part in told:
        assert part in str(error.value)
    assert "\n" not in str(error.value)
