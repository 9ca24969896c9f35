"""Walls and one-sided books: told when they stay, once, and never for what merely flickers."""

import itertools
import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import watch
from pipeline.detectors.book_imbalance import Settings
from pipeline.market import Market
from pipeline.model import Book, BookImbalance, Event, Gap, Quote, SymbolInfo, Trade
from pipeline.sources.recording import Tally, read
from pipeline.watch import Watch

START_MS = 1_760_000_000_000
BID, ASK = 100.00, 100.01
"""Best prices of an ordinary book, on a tick of 0.01; each of its levels holds 5,000 dollars."""

LEVEL = 5_000.0
WALL = 60.0
"""A level of so many ordinary ones, 300,000 dollars, is a wall."""

Sizes = Mapping[float, float]
"""Price → times an ordinary level; 0 leaves the level out."""
ORDINARY: Sizes = MappingProxyType({})


def book(
    at_s: float, sizes: Sizes = ORDINARY, *, up: float = 0.0, scale: tuple[float, float] = (1, 1)
):
    """Twenty levels a side with these exceptions, all of it ``up`` ticks higher."""
    sides = []
    for sign, best, times in ((-1, BID, scale[0]), (1, ASK, scale[1])):
        prices = (round(best + up / 100 + sign * n / 100, 2) for n in range(60))
        there = [price for price in prices if sizes.get(price, 1.0) > 0][:20]
        sides.append(tuple((p, LEVEL * times * sizes.get(p, 1.0) / p) for p in there))
    at_ms = START_MS + round(at_s * 1_000)
    return Book("XYZUSDT", sides[0], sides[1], at_ms, at_ms)


def books(
    from_s: float, to_s: float, sizes: Sizes = ORDINARY, every_s: float = 0.5, **more
) -> list[Book]:
    count = round((to_s - from_s) / every_s)
    return [book(from_s + n * every_s, sizes, **more) for n in range(count)]


def trade(at_s: float, price: float) -> Trade:
    at_ms = START_MS + round(at_s * 1_000)
    return Trade("XYZUSDT", at_ms, price, 1.0, at_ms, True)


def loop_with(**settings) -> Watch:
    detectors = {kind: entry.settings() for kind, entry in watch.KINDS.items()}
    detectors["book_imbalance"] = Settings(**settings)
    return Watch(Market(), watch.Settings(detectors=detectors), kinds={"book_imbalance"}, raw=True)


def said(events: Iterable[Event], **settings) -> list[BookImbalance]:
    loop = loop_with(**settings)
    alerts = [alert for event in events for alert in loop.on(event)]
    assert loop.failed == 0
    return alerts


def told(events: Iterable[Event], **settings) -> list[tuple[str, str, float]]:
    """What, on which side, and after how many seconds."""
    return [(a.what, a.side, (a.at_ms - START_MS) / 1_000) for a in said(events, **settings)]


CALM = books(0, 320, every_s=1.0)
AT = 99.95
"""Where the tests build their wall of bids: the sixth level."""


# --- walls that appear ---------------------------------------------------------------------------


def test_an_ordinary_book_is_silent():
    assert said([*CALM, *books(320, 620)]) == []


def test_a_wall_that_stands_is_told_of_once_after_the_hold_time():
    (alert,) = said([*CALM, *books(320, 400, {AT: WALL})])
    assert (alert.what, alert.side, alert.price) == ("wall_appeared", "bid", AT)
    assert alert.at_ms == START_MS + 330_000
    assert alert.notional == pytest.approx(300_000.0)
    assert alert.times_usual == pytest.approx(60.0)
    assert alert.share_pct == pytest.approx(60 / 79 * 100)
    assert alert.held_s == 10.0
    assert alert.distance_bp == pytest.approx(5.5, rel=0.01)
    assert alert.excess == pytest.approx(1.5)
    assert alert.id == f"book_imbalance:XYZUSDT:wall_appeared:bid:{alert.at_ms}:99.95"


def test_a_wall_of_asks_is_one_too():
    (alert,) = said([*CALM, *books(320, 400, {100.04: WALL})])
    assert (alert.what, alert.side, alert.price) == ("wall_appeared", "ask", 100.04)


@pytest.mark.parametrize("hold_s", [1.0, 5.0, 30.0])
def test_the_hold_time_is_a_setting(hold_s):
    events = [*CALM, *books(320, 400, {AT: WALL})]
    assert told(events, wall_hold_s=hold_s) == [("wall_appeared", "bid", 320 + hold_s)]


def test_both_the_floor_and_the_usual_level_have_to_be_exceeded():
    assert said([*CALM, *books(320, 400, {AT: 39.0})]) == [], "195,000 dollars"
    assert said([*CALM, *books(320, 400, {AT: 41.0})])
    thick = {"scale": (5, 5)}
    calm = books(0, 320, every_s=1.0, **thick)
    assert said([*calm, *books(320, 400, {AT: 9.0}, **thick)]) == [], "225,000, nine times"
    assert said([*calm, *books(320, 400, {AT: 11.0}, **thick)])


def test_where_all_levels_have_become_large_none_is_a_wall():
    """Fifty times as much on one side at once: a lean, and not twenty walls."""
    thick = books(320, 420, scale=(50, 1))
    assert [what for what, *_ in told([*CALM, *thick])] == ["imbalance"]


def test_a_level_that_flickers_is_silent():
    """There at half of the books, never for ten seconds in a row."""
    by_second = [book(320 + n, {AT: WALL} if n % 2 else {}) for n in range(300)]
    assert said([*CALM, *by_second]) == []
    by_nine = [book(320 + n, {AT: WALL} if n % 10 else {}) for n in range(300)]
    assert said([*CALM, *by_nine]) == []


def test_a_size_that_hovers_at_the_threshold_is_told_of_once():
    """Between 0.6 and 1.4 times what is needed, up and down for ten minutes."""
    hovering = [book(320 + n, {AT: 40 * (1 + 0.4 * math.sin(n / 3))}) for n in range(600)]
    assert [what for what, *_ in told([*CALM, *hovering])] == ["wall_appeared"]


def test_the_best_price_gathers_orders_by_nature():
    assert said([*CALM, *books(320, 400, {BID: WALL, ASK: WALL})]) == []


def test_what_comes_into_sight_with_the_price_has_not_appeared():
    """The wall stands 25 ticks below the best price, and the market falls towards it."""
    far = round(BID - 0.25, 2)
    falling = [book(320 + n, {far: WALL}, up=-min(n // 10, 15)) for n in range(300)]
    assert far in dict(falling[-1].bids)
    assert said([*CALM, *falling]) == []


def test_what_stood_when_the_watch_began_has_not_appeared():
    assert said(books(0, 600, {AT: WALL}, every_s=1.0)) == []


def test_nothing_is_said_before_the_warm_up():
    events = [*books(0, 280, every_s=1.0), *books(280, 299, {AT: WALL})]
    assert said(events) == []
    assert said(events, warmup_s=60.0)


# --- walls that vanish ---------------------------------------------------------------------------


def test_a_wall_that_is_pulled_is_told_of():
    events = [*CALM, *books(320, 350, {AT: WALL}), *books(350, 380)]
    assert told(events) == [("wall_appeared", "bid", 330.0), ("wall_vanished", "bid", 351.0)]
    gone = said(events)[-1]
    assert (gone.price, gone.held_s) == (AT, 29.0), "it was last seen whole at 349 s"
    assert gone.notional == pytest.approx(300_000.0)
    assert gone.share_pct == pytest.approx(60 / 79 * 100)
    assert gone.times_usual == pytest.approx(60.0, rel=0.01)


def test_a_wall_that_did_not_stand_long_enough_does_not_vanish():
    assert said([*CALM, *books(320, 329, {AT: WALL}), *books(329, 380)]) == []


def test_a_wall_that_is_back_at_the_next_look_was_never_gone():
    blinks = [book(350 + n, {} if n % 5 == 0 else {AT: WALL}) for n in range(100)]
    events = [*CALM, *books(320, 350, {AT: WALL}), *blinks]
    assert told(events) == [("wall_appeared", "bid", 330.0)]


def test_a_wall_that_shrank_has_not_vanished():
    shrunk = books(350, 380, {AT: WALL / 3})
    assert told([*CALM, *books(320, 350, {AT: WALL}), *shrunk]) == [("wall_appeared", "bid", 330.0)]


@pytest.mark.parametrize("price", [AT, AT - 0.01], ids=["at it", "through it"])
def test_a_wall_that_was_traded_has_not_vanished(price):
    """Orders ate through it between two books, and better bids came back."""
    events = [*CALM, *books(320, 350, {AT: WALL}), trade(349.7, price), *books(350, 380)]
    assert told(events) == [("wall_appeared", "bid", 330.0)]


def test_trades_that_do_not_come_to_a_wall_do_not_excuse_it():
    trades = [trade(340 + n / 5, AT + 0.01) for n in range(60)]
    events = sorted(
        [*CALM, *books(320, 350, {AT: WALL}), *trades, *books(350, 380)], key=lambda e: e.at_ms
    )
    assert told(events)[-1] == ("wall_vanished", "bid", 351.0)


def test_a_trade_at_a_wall_excuses_it_only_then():
    """It survived being traded at; half a minute later it is pulled."""
    events = [*CALM, *books(320, 340, {AT: WALL}), trade(339.9, AT), *books(340, 370, {AT: WALL})]
    assert told([*events, *books(370, 380)])[-1] == ("wall_vanished", "bid", 371.0)


def test_a_wall_that_the_best_price_came_to_has_not_vanished():
    """Nobody tells trades here: that the best bid was at or below it for a moment is enough."""
    reached = book(350.2, {AT: 0}, up=-6)
    events = [*CALM, *books(320, 350.1, {AT: WALL}), reached, *books(350.5, 380)]
    assert told(events) == [("wall_appeared", "bid", 330.0)]


def test_a_wall_that_goes_out_of_sight_has_not_vanished_and_does_not_appear_when_it_is_back():
    away = books(350, 400, {AT: WALL}, up=30)
    back = books(400, 450, {AT: WALL})
    events = [*CALM, *books(320, 350, {AT: WALL}), *away, *back]
    assert told(events) == [("wall_appeared", "bid", 330.0)]
    assert told([*events, *books(450, 480)])[-1] == ("wall_vanished", "bid", 451.0)


def test_a_wall_that_moves_to_another_price_is_the_same():
    moved = [*books(350, 380, {99.93: WALL}), *books(380, 400, {99.96: WALL})]
    events = [*CALM, *books(320, 350, {AT: WALL}), *moved]
    assert told(events) == [("wall_appeared", "bid", 330.0)]


def test_one_price_is_told_of_once_in_ten_minutes():
    """Put up for half a minute, pulled for half a minute, again and again."""
    spoofing = [
        b
        for n in range(19)
        for b in (
            *books(320 + 60 * n, 350 + 60 * n, {AT: WALL}),
            *books(350 + 60 * n, 380 + 60 * n),
        )
    ]
    whats = told([*CALM, *spoofing])
    assert [what for what, *_ in whats] == ["wall_appeared", "wall_vanished"] * 2
    assert whats[2][2] - whats[1][2] >= 600


# --- imbalance -----------------------------------------------------------------------------------


def leaning(from_s: float, to_s: float, bids_pct: float, scale: float = 3.0) -> list[Book]:
    """Books of which so many percent are bids; 3 times ordinary levels make 300,000 dollars a side
    on average."""
    shares = scale * bids_pct / 50, scale * (100 - bids_pct) / 50
    return books(from_s, to_s, every_s=1.0, scale=shares)


EVEN = leaning(0, 320, 50)


def test_a_book_that_leans_to_one_side_and_stays_so_is_told_of_once():
    (alert,) = said([*EVEN, *leaning(320, 420, 90)])
    assert (alert.what, alert.side, alert.price) == ("imbalance", "bid", BID)
    began_ms = alert.at_ms - alert.held_s * 1_000
    assert alert.held_s >= 30.0
    assert 5.0 <= (began_ms - START_MS) / 1_000 - 320 <= 15.0, "smoothed over five seconds"
    assert alert.share_pct == pytest.approx(90, abs=0.5)
    assert alert.usual_pct == pytest.approx(55, abs=1)
    assert alert.times_usual == pytest.approx(90 / 55, rel=0.02)
    assert alert.notional == pytest.approx(20 * LEVEL * 3 * 1.8)
    assert alert.distance_bp == pytest.approx(19.5, abs=0.1)
    assert 1.5 < alert.excess <= 9 / 4, "90:10 over 80:20"


def test_it_may_lean_to_the_asks():
    (alert,) = said([*EVEN, *leaning(320, 420, 10)])
    assert (alert.what, alert.side, alert.price) == ("imbalance", "ask", ASK)
    assert alert.share_pct == pytest.approx(90, abs=0.5)


def test_a_lean_that_does_not_stay_is_silent():
    tilting = [b for n in range(20) for b in leaning(320 + n, 321 + n, 95 if n % 2 else 5)]
    assert said([*EVEN, *tilting]) == []
    short = [
        b
        for n in range(10)
        for b in (
            *leaning(320 + 60 * n, 345 + 60 * n, 90),
            *leaning(345 + 60 * n, 380 + 60 * n, 50),
        )
    ]
    assert said([*EVEN, *short]) == []


def test_a_share_that_hovers_at_the_threshold_is_told_of_once():
    hovering = [b for n in range(900) for b in leaning(320 + n, 321 + n, 81 + 4 * math.sin(n / 9))]
    assert [a.what for a in said([*EVEN, *hovering], above_usual_pct=0.0)] == ["imbalance"]


def test_it_is_told_of_again_after_it_had_gone():
    again = [*leaning(320, 400, 90), *leaning(400, 460, 50), *leaning(460, 540, 90)]
    alerts = said([*EVEN, *again])
    assert [a.side for a in alerts] == ["bid", "bid"]
    assert alerts[1].at_ms - START_MS > 490_000


def test_a_book_that_always_leans_has_to_lean_more():
    always = leaning(0, 320, 75)
    assert said([*always, *leaning(320, 500, 90)]) == [], "less than twenty points more"
    assert [a.side for a in said([*always, *leaning(320, 500, 98)])] == ["bid"]
    assert [a.side for a in said([*always, *leaning(320, 500, 15)])] == ["ask"]


def test_little_money_is_no_imbalance():
    small = [*leaning(0, 320, 50, 1.0), *leaning(320, 500, 95, 1.0)]
    assert said(small) == [], "190,000 dollars of bids"
    assert said(small, min_notional=150_000.0)


def test_only_what_stands_near_the_middle_counts():
    """Both sides are compared as far as the nearer one is known: a wall of bids at 30 bp says
    nothing while the asks are known for 20."""
    wide = [
        Book(b.symbol, (*b.bids[:19], (99.70, 90_000.0)), b.asks, b.update_id, b.at_ms)
        for b in leaning(0, 700, 50)
    ]
    assert said(wide) == []


def test_a_spread_wider_than_the_distance_compares_the_best_prices():
    gaping = [
        Book("XYZUSDT", ((90.0, 9_000.0 + n),), ((110.0, 500.0),), n, START_MS + n * 1_000)
        for n in range(700)
    ]
    (alert,) = said(gaping, above_usual_pct=0.0, warmup_s=60.0)
    assert alert.distance_bp == pytest.approx(1_000)


# --- when nothing is known -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "hole",
    [[Gap(("XYZUSDT",), START_MS + 324_000, START_MS + 325_000, "test")], []],
    ids=["a gap", "eleven seconds of silence"],
)
def test_nothing_stands_across_missing_data(hole):
    """What is there afterwards has not appeared since."""
    end_s = 325 if hole else 336
    for thing in ({"sizes": {AT: WALL}}, {"scale": (5.4, 0.6)}):
        before, after = books(320, 325, **thing), books(end_s, end_s + 27, **thing)
        assert said([*CALM, *before, *hole, *after]) == []


def test_what_is_usual_survives_a_gap():
    gap = Gap(("XYZUSDT",), START_MS + 319_000, START_MS + 320_000, "test")
    events = [*CALM, gap, *books(320, 330), *books(330, 360, {AT: WALL})]
    assert told(events) == [("wall_appeared", "bid", 340.0)]


def test_odd_books_in_between_change_nothing():
    whole = [*CALM, *books(320, 350, {AT: WALL}), *books(350, 380)]
    mixed: list[Event] = []
    for one in whole:
        mixed += [
            Book(one.symbol, (), one.asks, one.update_id, one.at_ms),
            Book(one.symbol, one.bids, (), one.update_id, one.at_ms),
            Book(one.symbol, one.asks, one.bids, one.update_id, one.at_ms),
            Quote(one.symbol, BID, 1.0, ASK, 1.0, one.update_id, one.at_ms),
            one,
        ]
    assert said(mixed) == said(whole) != []


def test_repeated_and_late_books_change_nothing():
    whole = [*CALM, *books(320, 350, {AT: WALL}), *books(350, 380)]
    mixed = []
    for n, one in enumerate(whole):
        mixed += [one, one, whole[max(0, n - 3)]]
    assert said(mixed) == said(whole) != []


def test_a_clock_put_back_starts_anew_instead_of_ending_the_watch():
    ahead = [Book(b.symbol, b.bids, b.asks, b.update_id, b.at_ms + 3_600_000) for b in books(0, 30)]
    events = [*ahead, *CALM, *books(320, 350, {AT: WALL})]
    assert told(events) == [("wall_appeared", "bid", 330.0)]


def test_levels_of_no_size_are_nothing():
    empty = [
        Book("XYZUSDT", ((BID, 0.0),), ((ASK, 0.0),), n, START_MS + n * 1_000) for n in range(400)
    ]
    assert said(empty, warmup_s=0.0) == []


def test_dollars_are_reckoned_from_the_quote_currency_or_nothing_is_said():
    """3 BTC are a wall once a bitcoin is known to be worth 100,000 dollars."""
    loop = loop_with()
    loop.market.listing["XYZUSDT"] = SymbolInfo("XYZUSDT", "XYZ", "BTC")

    def small(events):
        sides = [
            (tuple((p, q / 1e5) for p, q in b.bids), tuple((p, q / 1e5) for p, q in b.asks))
            for b in events
        ]
        return [
            Book(b.symbol, bids, asks, b.update_id, b.at_ms)
            for b, (bids, asks) in zip(events, sides, strict=True)
        ]

    walls = [*books(320, 350, {AT: WALL}), *books(350, 370)]
    assert not [a for event in small([*CALM, *walls]) for a in loop.on(event)]
    loop.on(Trade("BTCUSDT", 1, 100_000.0, 0.001, START_MS + 370_000, False))
    later = [*books(370, 380), *books(380, 400, {AT: WALL})]
    (alert,) = [a for event in small(later) for a in loop.on(event)]
    assert alert.notional == pytest.approx(3.0)


def test_what_is_remembered_is_bounded_however_many_walls_come():
    loop = loop_with(warmup_s=0.0, wall_hold_s=1.0, wall_times=1.5, min_notional=1.0)
    for n in range(3_000):
        at = {round(BID - (n * 7 + k) % 20 / 100, 2): WALL for k in range(4)}
        loop.on(book(n, at, up=n % 50))
    (detector,) = loop._lanes["XYZUSDT"].detectors
    for walls in (detector._bids, detector._asks):
        assert len(walls._walls) <= 20
        assert len(walls._been) <= 20


sizes = st.sampled_from((0.0, 1.0, 15.0, 30.0, 45.0, 90.0))
steps = st.lists(st.tuples(st.integers(1, 25), sizes, sizes, st.integers(-12, 12)), max_size=25)


@settings(max_examples=50)
@given(steps)
def test_whatever_the_book_does_alerts_are_true_and_rare(script):
    """Walls stood, at a look each second, as long as is said; a price is not told of again within
    ten minutes but for its end."""
    at_s, events = 320, CALM[290:]
    for seconds, low, high, up in script:
        wall = {AT: low, 100.03: high}
        events += books(at_s, at_s + seconds, wall, every_s=1.0, up=up)
        at_s += seconds
    alerts = [a for a in said(events, warmup_s=20.0) if a.what != "imbalance"]
    by_ms = {b.at_ms: dict((*b.bids, *b.asks)) for b in events}
    for alert in alerts:
        assert alert.notional >= 100_000
        if alert.what == "wall_appeared":
            for at_ms in range(alert.at_ms - 10_000, alert.at_ms + 1, 1_000):
                assert by_ms[at_ms][alert.price] * alert.price >= 99_999
        else:
            assert by_ms[alert.at_ms].get(alert.price, 0.0) * alert.price < 99_999
    for key in {(a.aspect, a.price) for a in alerts}:
        times = [a.at_ms for a in alerts if (a.aspect, a.price) == key]
        assert all(later - sooner >= 590_000 for sooner, later in itertools.pairwise(times))


# --- the recordings ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "most"),
    [
        (("spot_btcusdt_20240808", "spot_btcusdt_20240809"), 0),
        (("spot_ethusdt_20240808",), 0),
        (("usdm_btcusdt_20240808",), 1),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_on_busy_books_the_defaults_are_quiet(recordings, names, most):
    """Eleven and six minutes: less than one alert in five minutes even without the cooldown."""
    paths = [recordings / "frames" / f"{name}.ndjson.gz" for name in names]
    events = [e for e in read(paths, Tally()) if not isinstance(e, Quote)]
    assert len(said(events, warmup_s=60.0)) <= most
