"""Kimchi premiums: Bitcoin's by the banks' rate, other coins' beyond the market's."""

import csv
import gzip
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from test_every_detector import size, watching

from pipeline.bus import LocalBus
from pipeline.model import Event, Kimchi, Premium
from pipeline.moves import Moves
from pipeline.ports import Measuring

START_MS = 1_760_000_400_000
RATE, TETHER = 1_385.0, 1_400.0
SOON = {"warmup_s": 0.0, "hold_s": 2.0}


def premiums(
    levels: Iterable[float],
    symbol: str = "BTCUSDT",
    *,
    at_s: float = 0,
    every_s: float = 1,
    rate: float | None = RATE,
    tether: float | None = TETHER,
) -> list[Event]:
    """Bitcoin's are over RATE, others' over TETHER, in percent."""
    base = RATE if symbol == "BTCUSDT" else TETHER
    return [
        Premium(
            symbol, START_MS + round((at_s + n * every_s) * 1_000), 100 * base * (1 + pct / 100),
            100.0, tether, rate,
        )
        for n, pct in enumerate(levels)
    ]  # fmt: skip


def said(events: Iterable[Event], **settings: float) -> list[Kimchi]:
    """What everybody is told; the steps between are for thresholds of somebody's own."""
    loop = watching("kimchi", **{**SOON, **settings})
    return [alert for event in events for alert in loop.on(event) if alert.notable]


def test_bitcoin_is_judged_by_the_banks_rate_and_says_both() -> None:
    (alert,) = said([*premiums([4.9] * 5), *premiums([5.1] * 5, at_s=5)])
    assert (alert.what, alert.basis, alert.aspect) == ("level", "bank", "level:up")
    assert alert.premium_pct == alert.bank_pct == pytest.approx(5.1)
    assert alert.tether_pct == pytest.approx((RATE * 1.051 / TETHER - 1) * 100)
    assert (alert.severity, alert.change_points, alert.window_s) == ("notice", None, None)


def test_without_a_fresh_rate_no_level_is_told() -> None:
    assert said(premiums([4.9] * 5 + [5.4] * 5, rate=None)) == []


def test_another_coin_is_judged_by_what_goes_beyond_the_market() -> None:
    """All coins stand five percent above the dollar: that is Bitcoin's alert, not each one's."""
    assert said(premiums([0.2] * 5 + [0.9] * 60, "ETHUSDT", rate=TETHER / 1.06)) == []
    (alert,) = said(premiums([4.0] * 5 + [5.2] * 5, "ETHUSDT", rate=None))
    assert (alert.basis, alert.bank_pct) == ("tether", None)
    assert said(premiums([0.0] * 5 + [9.0] * 5, "ETHUSDT", tether=None)) == []


def test_a_level_reached_by_a_fast_change_is_told_with_it() -> None:
    (alert,) = said(premiums([2.0] * 30 + [6.8] * 20))
    assert (alert.what, alert.premium_pct) == ("change", pytest.approx(6.8))
    assert said(premiums([2.0] * 30 + [6.8] * 20), change_points=9.0)[0].what == "level"


def test_a_new_exchange_rate_is_no_change() -> None:
    """Two percent at once, though nobody paid another price."""
    before = premiums([2.0] * 60)
    after = premiums([2.0] * 60, at_s=60, rate=RATE * 1.02)
    assert said([*before, *after]) == []


def test_a_fast_change_is_told_either_way_and_one_odd_print_is_none() -> None:
    up, down = said(premiums([2.0] * 30 + [3.2] * 20 + [1.9] * 20))
    assert (up.what, up.aspect, down.aspect) == ("change", "change:up", "change:down")
    assert up.change_points == pytest.approx(1.2, abs=0.001)
    assert up.window_s is not None
    assert up.window_s <= 5
    assert said(premiums([2.0] * 30 + [3.5] + [2.0] * 30)) == []


def test_what_was_so_before_anybody_looked_is_no_news_until_it_was_otherwise() -> None:
    loop = watching("kimchi", warmup_s=10.0, hold_s=2.0)

    def told(events: Iterable[Event]) -> list[str]:
        return [alert.id for event in events for alert in loop.on(event) if alert.notable]

    assert told(premiums([5.5] * 60)) == []
    slowly = [5.5 - 2 * n / 600 for n in range(600)]
    assert told(premiums(slowly, at_s=60)) == []
    assert len(told(premiums(reversed(slowly), at_s=660))) == 1


def test_a_premium_is_no_move_of_the_price() -> None:
    (alert,) = said(premiums([4.9] * 5 + [5.1] * 5))
    moves = Moves()
    (move,) = moves.take(alert)
    assert (move.stage, move.direction, move.alert) == ("opened", None, alert)
    assert moves.tick(alert.at_ms + 600_000, lambda symbol: None) == []


def test_a_premium_is_no_event_of_the_source() -> None:
    """By the number of its events a restart knows how far it was read."""
    loop, bus = watching("kimchi", **SOON), LocalBus()
    for premium in premiums([4.9] * 5 + [5.1] * 5):
        assert isinstance(premium, Premium)
        loop.compare(premium, bus)
    assert (loop.events, bus.published) == (0, 1)


def test_no_trade_is_told_to_it() -> None:
    """The loop over trades does not pay for premiums."""
    loop = watching("kimchi")
    loop.detectors("BTCUSDT")
    lane = loop._lanes["BTCUSDT"]
    assert lane.patient == ()


def test_what_it_remembers_is_bounded() -> None:
    loop = watching("kimchi", **SOON)
    sizes = []
    for n in range(9_000):
        for event in premiums([n % 7 + n % 300 / 300], at_s=n / 4):
            loop.on(event)
        if n in (2_999, 8_999):
            sizes.append(size(loop.detectors("BTCUSDT")))
    assert sizes[1] < 1.1 * sizes[0] + 50


def test_how_near_it_came_is_told_in_points() -> None:
    loop = watching("kimchi", warmup_s=300.0)
    (detector,) = loop.detectors("BTCUSDT")
    assert isinstance(detector, Measuring)
    assert detector.nearest(0).measured is None
    for event in premiums([2.0] * 10 + [2.4] * 10):
        loop.on(event)
    nearest = detector.nearest(START_MS)
    assert nearest.measured == pytest.approx(0.4, abs=1e-6)
    assert nearest.needed == 1.0
    assert nearest.wait_s == pytest.approx(281, abs=1)


# --- recorded -------------------------------------------------------------------------------------


def bars(path: Path) -> dict[str, float]:
    with gzip.open(path, "rt") as file:
        return {row["timestamp"]: float(row["close"]) for row in csv.DictReader(file)}


def test_the_recorded_premium_is_reproduced(recordings: Path) -> None:
    """5,200 common bars of five minutes of Upbit KRW-BTC and Binance BTCUSDT in 2025."""
    won = bars(recordings / "kimchi" / "upbit_krwbtc_5m.csv.gz")
    dollars = bars(recordings / "kimchi" / "binance_btcusdt_5m.csv.gz")
    common = sorted(won.keys() & dollars.keys())
    assert len(common) == 5_200
    supplied = 1_350.0
    events = [
        Premium("BTCUSDT", START_MS + n * 300_000, won[at], dollars[at], None, supplied)
        for n, at in enumerate(common)
    ]
    ratios = [event.won / event.price for event in events]
    assert (int(min(ratios)), int(max(ratios))) == (1_351, 1_418)
    levels = [event.bank_pct or 0.0 for event in events]
    assert (min(levels), max(levels)) == (
        pytest.approx((1_351.4738 / supplied - 1) * 100, abs=1e-4),
        pytest.approx((1_418.1608 / supplied - 1) * 100, abs=1e-4),
    )
    alerts = said(events, high_percent=4.5, warmup_s=0.0)
    assert alerts, "it was above 4.5 % for hours"
    assert {alert.what for alert in alerts} == {"level"}, "no change within five minutes reached 1"
    at = {event.at_ms: n for n, event in enumerate(events)}
    for alert in alerts:
        assert alert.premium_pct == levels[at[alert.at_ms]] >= 4.5
    for one, other in pairwise(alerts):  # in between it was clearly lower
        assert min(levels[at[one.at_ms] : at[other.at_ms]]) < 4.5 * 0.8
