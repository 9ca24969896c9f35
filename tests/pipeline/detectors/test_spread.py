"""Spreads: unusually wide ones that stay, reported once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import watch
from pipeline.detectors.spread import Settings
from pipeline.market import Market
from pipeline.model import Book, Gap, Quote, Spread
from pipeline.watch import Watch

START_MS = 1_760_000_000_000
MIDDLE = 100.0


def said(events, **settings) -> list[Spread]:
    detectors = {kind: entry.settings() for kind, entry in watch.KINDS.items()}
    detectors["spread"] = Settings(**settings)
    loop = Watch(Market(), watch.Settings(detectors=detectors), kinds={"spread"}, raw=True)
    return [alert for event in events for alert in loop.on(event)]


def quote(at_s: float, spread_bp: float) -> Quote:
    half = MIDDLE * spread_bp / 20_000
    at_ms = START_MS + round(at_s * 1000)
    return Quote("XYZUSDT", MIDDLE - half, 1.0, MIDDLE + half, 1.0, at_ms, at_ms)


def quotes(from_s: float, to_s: float, spread_bp: float, every_s: float = 0.5) -> list[Quote]:
    count = round((to_s - from_s) / every_s)
    return [quote(from_s + n * every_s, spread_bp) for n in range(count)]


CALM = quotes(0, 600, 2.0)


def test_a_usual_spread_is_silent():
    assert said(CALM) == []


def test_a_spread_that_is_always_wide_is_silent():
    """50 bp are nothing for a coin that always has them."""
    assert said(quotes(0, 900, 50.0)) == []


def test_a_wide_spread_that_stays_is_reported_once_after_the_hold_time():
    (alert,) = said([*CALM, *quotes(600, 620, 30.0)])
    assert alert.at_ms == START_MS + 603_000
    assert alert.spread_bp == pytest.approx(30.0)
    assert alert.usual_bp == pytest.approx(2.0, rel=0.03)
    assert alert.times_usual == pytest.approx(15.0, rel=0.03)
    assert alert.excess == pytest.approx(3.0, rel=0.03)
    assert (alert.ask - alert.bid) / MIDDLE * 10_000 == pytest.approx(30.0)
    assert alert.id == f"spread:XYZUSDT:{alert.at_ms}"


@pytest.mark.parametrize("hold_s", [0.0, 1.0, 10.0])
def test_the_hold_time_is_a_setting(hold_s):
    (alert,) = said([*CALM, *quotes(600, 620, 30.0)], hold_s=hold_s)
    assert alert.at_ms == START_MS + 600_000 + hold_s * 1_000


def test_a_wide_spread_that_does_not_stay_is_silent():
    blinks = [
        q
        for n in range(20)
        for q in (
            *quotes(600 + 4 * n, 602.5 + 4 * n, 30.0),
            *quotes(602.5 + 4 * n, 604 + 4 * n, 2.0),
        )
    ]
    assert said([*CALM, *blinks]) == []


def test_both_the_floor_and_the_usual_spread_have_to_be_exceeded():
    assert said([*CALM, *quotes(600, 620, 9.9)]) == [], "below 10 bp"
    assert said([*quotes(0, 600, 8.0), *quotes(600, 620, 38.0)]) == [], "below five times 8 bp"
    assert said([*quotes(0, 600, 8.0), *quotes(600, 620, 42.0)])


def test_nothing_is_reported_before_the_warm_up():
    assert said([*quotes(0, 290, 2.0), *quotes(290, 299.5, 30.0)]) == []
    assert said([*quotes(0, 310, 2.0), *quotes(310, 320, 30.0)])


def test_a_spread_around_the_threshold_is_reported_once():
    """Below it and above it again, but never below half of it."""
    swing = [
        q
        for n in range(15)
        for q in (*quotes(600 + 8 * n, 604 + 8 * n, 11.0), *quotes(604 + 8 * n, 608 + 8 * n, 7.0))
    ]
    assert len(said([*CALM, *swing])) == 1


def test_it_is_reported_again_after_it_had_gone():
    """It has gone when it has been below half of what is needed for as long as it has to hold."""
    again = [*quotes(600, 610, 30.0), *quotes(610, 615, 2.0), *quotes(615, 625, 30.0)]
    assert [a.at_ms - START_MS for a in said([*CALM, *again])] == [603_000, 618_000]
    short = [*quotes(600, 610, 30.0), *quotes(610, 612.5, 2.0), *quotes(612.5, 625, 30.0)]
    assert [a.at_ms - START_MS for a in said([*CALM, *short])] == [603_000]


def test_it_is_reported_again_when_it_has_doubled():
    growing = [*quotes(600, 610, 20.0), *quotes(610, 620, 38.0), *quotes(620, 630, 44.0)]
    alerts = said([*CALM, *growing], times_usual=1.5)
    assert [a.at_ms - START_MS for a in alerts] == [603_000, 623_000]


def test_one_message_is_a_blink_whatever_it_says():
    """Neither a wider one doubles a spread that was reported, nor does a narrow one end it."""
    wide = quotes(600, 640, 20.0)
    wider, narrow = quote(611.1, 500.0), quote(621.1, 1.0)
    blinking = sorted([*wide, wider, narrow], key=lambda q: q.at_ms)
    assert [a.at_ms - START_MS for a in said([*CALM, *blinking])] == [603_000]


def test_on_a_coarse_tick_one_tick_more_is_ordinary():
    """A tick of 10 bp: two, three and four ticks are no news, twelve are."""
    ticking = [
        quote(n * 0.5, 10.0 * ticks)
        for n, ticks in enumerate((1, 1, 1, 2, 1, 1, 3, 1, 1, 1, 2, 2, 1, 4) * 300)
    ]
    end_s = len(ticking) * 0.5
    assert said(ticking) == []
    for ticks in (2, 3, 4):
        assert said([*ticking, *quotes(end_s, end_s + 60, 10.0 * ticks)]) == []
    assert said([*ticking, *quotes(end_s, end_s + 10, 120.0)])


def test_late_quotes_change_nothing_and_a_clock_put_back_starts_the_hold_time_again():
    wide = quotes(600, 610, 30.0)
    late = [quote(599.0 + n / 100, 2.0) for n in range(100)]
    assert said([*CALM, *wide[:4], *late, *wide[4:]]) == said([*CALM, *wide])
    back = quotes(400, 410, 30.0)
    alerts = said([*CALM, *wide[:4], *back])
    assert [a.at_ms - START_MS for a in alerts] == [403_000]


def test_what_spread_says_is_usual_is_what_the_detector_goes_by():
    """/spread and the detector read one measure, learnt once."""
    loop = Watch(Market(), kinds={"spread"}, raw=True)
    (alert,) = [a for event in [*CALM, *quotes(600, 603.5, 30.0)] for a in loop.on(event)]
    assert alert.usual_bp == loop.market["XYZUSDT"].usual_spread.scale


def test_books_are_judged_like_quotes():
    books = [
        Book(q.symbol, ((q.bid, 1.0), (q.bid - 5, 9.0)), ((q.ask, 1.0),), q.update_id, q.at_ms)
        for q in [*CALM, *quotes(600, 620, 30.0)]
    ]
    assert [a.at_ms for a in said(books)] == [START_MS + 603_000]


def test_crossed_one_sided_and_empty_books_are_passed_over():
    odd = []
    for n in range(40):
        at_ms = START_MS + 600_000 + n * 500
        odd += [
            Quote("XYZUSDT", 101.0, 1.0, 99.0, 1.0, 0, at_ms),
            Quote("XYZUSDT", 0.0, 0.0, 100.0, 1.0, 0, at_ms),
            Quote("XYZUSDT", 100.0, 1.0, 0.0, 0.0, 0, at_ms),
            Quote("XYZUSDT", 100.0, 1.0, 100.0, 0.0, 0, at_ms),
            Book("XYZUSDT", (), ((100.0, 1.0),), 0, at_ms),
            Book("XYZUSDT", ((100.0, 1.0),), (), 0, at_ms),
            Book("XYZUSDT", (), (), 0, at_ms),
        ]
    assert said([*CALM, *odd]) == []
    wide = quotes(620, 640, 30.0)
    # They neither end nor begin a wide spread.
    assert said([*CALM, *odd, *wide]) == said([*CALM, *wide])


def test_the_hold_time_starts_again_after_a_gap():
    gap = Gap(("XYZUSDT",), START_MS + 602_000, START_MS + 602_400, "test")
    events = [*CALM, *quotes(600, 602.5, 30.0), gap, *quotes(602.5, 620, 30.0)]
    assert [a.at_ms - START_MS for a in said(events)] == [605_500]


def test_a_quote_counts_for_as_long_as_it_stands():
    """A blink of a wide spread every five seconds is not the symbol's usual spread."""
    blinking = [q for n in range(150) for q in (quote(5 * n, 40.0), quote(5 * n + 0.05, 2.0))]
    (alert,) = said([*blinking, *quotes(750, 760, 40.0)])
    assert alert.usual_bp == pytest.approx(2.0, rel=0.05)


def test_a_silence_of_minutes_teaches_no_more_than_five_seconds():
    rare = [quote(300 * n, 2.0) for n in range(20)]
    assert said([*rare, *quotes(6_000, 6_010, 30.0)]) == [], "19 silences are 95 s of data"
    often = [quote(300 * n, 2.0) for n in range(70)]
    assert said([*often, *quotes(21_000, 21_010, 30.0)])


def test_quotes_of_one_millisecond_never_share_an_id():
    first = quote(600, 12.0)
    burst = [
        Quote("XYZUSDT", first.bid - n, 1.0, first.ask + n, 1.0, 0, first.at_ms)
        for n in range(1, 30)
    ]
    alerts = said([*CALM, first, *burst, quote(604, 6_000.0)], hold_s=0.0)
    assert len({a.id for a in alerts}) == len(alerts) == 2
    assert alerts[-1].spread_bp == pytest.approx(6_000.0)


@given(
    st.lists(
        st.tuples(st.integers(0, 1_500), st.sampled_from((2.0, 6.0, 11.0, 25.0, 60.0))),
        max_size=60,
    )
)
def test_an_alert_is_never_about_less_than_the_thresholds(steps):
    at_s, events = 600.0, list(CALM)
    for passed_ms, spread_bp in steps:
        at_s += passed_ms / 1000
        events.append(quote(at_s, spread_bp))
    for alert in said(events):
        assert alert.spread_bp >= 10.0 - 1e-9
        assert alert.spread_bp >= 5 * alert.usual_bp - 1e-9
        began_ms = max(
            (q.at_ms for q in events if q.at_ms < alert.at_ms and q.ask - q.bid < 0.0999),
            default=0,
        )
        assert alert.at_ms - began_ms >= 3_000
