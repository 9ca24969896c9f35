"""Funding rates: a contract is compared with what it pays an hour, however far apart it settles."""

from collections.abc import Iterable, Iterator

import msgspec
import pytest

from pipeline.detectors.funding import ENOUGH, FundingWatch, Settings
from pipeline.market import Market
from pipeline.model import Funding, Mark

SYMBOL = "binance-futures:XUSDT"
HOUR_MS = 3_600_000
START_MS = 1_760_000_000_000 // (24 * HOUR_MS) * 24 * HOUR_MS
EVERY_MS = 60_000


def detector() -> FundingWatch:
    return FundingWatch(SYMBOL, Settings(), Market()[SYMBOL])


def marks(
    from_h: float, to_h: float, every_h: int, pct: float, *, next_h: float | None = None
) -> Iterator[Mark]:
    """One a minute; settlements are ``every_h`` hours apart, or ``next_h`` is the next one."""
    for at_ms in range(round(from_h * HOUR_MS), round(to_h * HOUR_MS), EVERY_MS):
        apart_ms = every_h * HOUR_MS
        next_ms = (at_ms // apart_ms + 1) * apart_ms if next_h is None else round(next_h * HOUR_MS)
        yield Mark(SYMBOL, 100.0, 100.0, pct / 100, START_MS + next_ms, START_MS + at_ms)


def said(watch: FundingWatch, *parts: Iterable[Mark]) -> list[Funding]:
    return [alert for part in parts for mark in part for alert in watch.on(mark)]


def test_the_same_price_an_hour_is_usual_when_settlements_become_rarer() -> None:
    watch = detector()
    assert said(watch, marks(0, 48, 1, 0.02), marks(48, 96, 8, 0.16)) == []


def test_a_dearer_hour_is_told_when_settlements_become_more_frequent() -> None:
    watch = detector()
    (alert,) = said(watch, marks(0, 168, 8, 0.02), marks(168, 188, 1, 0.09))
    assert (alert.what, alert.rate_pct, alert.interval_h) == ("extreme", 0.09, 1.0)
    assert alert.usual_pct == 0.0025, "of one hour, as the rate is"
    assert alert.times_usual == pytest.approx(36)
    assert alert.excess == pytest.approx(0.09 / 0.05)


@pytest.mark.parametrize(("first_h", "then_h"), [(1, 8), (8, 1), (4, 8), (8, 4)])
def test_what_was_told_is_told_again_when_an_hour_has_doubled(first_h: int, then_h: int) -> None:
    watch = detector()
    settled = (marks(0, 96, first_h, 0.01 * first_h), marks(96, 100, first_h, 0.1 * first_h))
    assert len(said(watch, *settled, marks(100, 104, first_h, 0.1 * first_h))) == 1
    assert said(watch, marks(104, 112, then_h, 0.1 * then_h)) == [], "the same price an hour"
    (alert,) = said(watch, marks(112, 113, then_h, 0.2 * then_h))
    assert alert.times_usual == pytest.approx(20, rel=0.1)


def test_a_settlement_that_is_moved_nearer_shows_how_far_apart_they_are() -> None:
    """At 02:00 the next one is no longer at 08:00 but at 04:00."""
    watch = detector()
    assert said(watch, marks(0, 74, 8, 0.04), marks(74, 75, 4, 0.02)) == []
    (alert,) = said(watch, marks(75, 75.1, 4, 0.11))
    assert (alert.interval_h, alert.usual_pct) == (4.0, 0.02)
    assert alert.times_usual == pytest.approx(5.5)


def test_a_late_word_of_the_last_settlement_moves_nothing() -> None:
    watch = detector()
    said(watch, marks(0, 72.1, 8, 0.02), marks(72.1, 72.2, 8, 0.02, next_h=72))
    (alert,) = said(watch, marks(72.2, 72.3, 8, 0.16))
    assert (alert.interval_h, alert.usual_pct) == (8.0, 0.02)


def test_the_first_settlement_is_taken_to_be_as_far_from_the_last_as_from_the_next() -> None:
    """Of the first one nobody has seen the one before."""
    watch = detector()
    assert said(watch, marks(7.9, 8 * ENOUGH, 8, 0.04)) == [], "five lie behind"
    (alert,) = said(watch, marks(8 * ENOUGH, 8 * ENOUGH + 0.1, 8, 0.4))
    assert alert.usual_pct == 0.04


@pytest.mark.parametrize("down_h", [0.1, 3, 9, 50])
@pytest.mark.parametrize("restarted", [False, True])
def test_after_missed_settlements_they_are_as_far_apart_as_before(
    down_h: float, restarted: bool
) -> None:
    watch = detector()
    said(watch, marks(0, 87.95, 8, 0.02))
    if restarted:
        watch, before = detector(), watch
        watch.restore(before.state())
    (alert,) = said(watch, marks(87.95 + down_h, 88 + down_h, 8, 0.16))
    assert (alert.interval_h, alert.usual_pct) == (8.0, 0.02)


def test_what_does_not_fit_after_missed_settlements_is_unknown_until_the_next() -> None:
    watch = detector()
    said(watch, marks(0, 90, 8, 0.02))
    (alert,) = said(watch, marks(97, 100, 4, 0.49), marks(100, 100.1, 4, 0.49))
    assert alert.at_ms == START_MS + 100 * HOUR_MS + EVERY_MS
    assert (alert.interval_h, alert.usual_pct) == (4.0, 0.01)


@pytest.mark.parametrize("minutes", [-1, 0, 1])
def test_a_restart_keeps_what_is_usual_an_hour(minutes: int) -> None:
    """Just when settlements become more frequent."""
    before, after = detector(), detector()
    events = [*marks(0, 168, 8, 0.02), *marks(168, 188, 1, 0.09)]
    cut = 168 * 60 + minutes
    assert said(before, events[:cut]) == []
    after.restore(before.state())
    (alert,) = said(after, events[cut:])
    assert (alert.interval_h, alert.usual_pct) == (1.0, 0.0025)
    assert alert.at_ms <= START_MS + 168 * HOUR_MS + 2 * EVERY_MS


def test_a_settlement_during_a_restart_has_the_last_rate_seen() -> None:
    watch = detector()
    for day in range(3):  # restarted over each settlement
        for hour in (0, 8, 16):
            said(watch, marks(24 * day + hour + 0.1, 24 * day + hour + 7.9, 8, 0.02))
            watch, before = detector(), watch
            watch.restore(before.state())
    (alert,) = said(watch, marks(72.1, 72.2, 8, 0.16))
    assert alert.usual_pct == 0.02


def test_a_state_of_the_former_version_is_refused_and_changes_nothing() -> None:
    """Its rates were a settlement, of whatever length that was."""
    watch = detector()
    said(watch, marks(0, 72, 8, 0.02))
    known = watch.state()
    former = [1, [0.02] * 9, START_MS, 8 * HOUR_MS, 0.0, "long", START_MS, 0.02]
    with pytest.raises(ValueError, match="funding rate"):
        watch.restore(msgspec.msgpack.encode(former))
    assert watch.state() == known


@pytest.mark.parametrize("impossible", [float("nan"), float("inf"), 101.0, -101.0])
@pytest.mark.parametrize("place", [1, 2, 6, 9])
def test_impossible_rates_are_refused_and_change_nothing(place: int, impossible: float) -> None:
    refused(place, [impossible] if place == 1 else impossible)


@pytest.mark.parametrize("impossible", [-1, 25 * HOUR_MS])
def test_settlements_that_are_impossibly_far_apart_are_refused(impossible: int) -> None:
    refused(5, impossible)


def refused(place: int, impossible: object) -> None:
    watch = detector()
    said(watch, marks(0, 72, 8, 0.02))
    known = watch.state()
    parts = msgspec.msgpack.decode(known)
    parts[place] = impossible
    with pytest.raises(ValueError, match="funding rate"):
        watch.restore(msgspec.msgpack.encode(parts))
    assert watch.state() == known
