"""A book kept from a snapshot and differences is the exchange's own, or it is not known."""

import bisect
import itertools
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.books import HELD, KEPT, LEVELS, PACE_MS, LocalBook
from pipeline.market import Market
from pipeline.model import Book, BookDelta, Event, Gap, Quote, Snapshot
from pipeline.sources.recording import Tally, read
from pipeline.watch import Watch

START_MS = 1_760_000_000_000
BIDS = tuple((100.0 - n, 1.0 + n) for n in range(30))
ASKS = tuple((101.0 + n, 2.0 + n) for n in range(30))

Levels = tuple[tuple[float, float], ...]


def snapshot(last_id: int, bids: Levels = BIDS, asks: Levels = ASKS, at_ms: int = 0) -> Snapshot:
    return Snapshot("BTCUSDT", bids, asks, last_id, START_MS + at_ms)


def delta(
    first_id: int,
    last_id: int,
    bids: Levels = (),
    asks: Levels = (),
    at_ms: int | None = None,
    previous_id: int = -1,
) -> BookDelta:
    """A difference, 100 ms after the one whose last id is one less unless told otherwise."""
    at_ms = START_MS + (last_id * 100 if at_ms is None else at_ms)
    return BookDelta("BTCUSDT", first_id, last_id, bids, asks, at_ms, previous_id)


def given_by(local: LocalBook, *events: Snapshot | BookDelta) -> list[Book]:
    books = [local.snapshot(e) if isinstance(e, Snapshot) else local.delta(e) for e in events]
    return [book for book in books if book is not None]


# --- what a difference does ----------------------------------------------------------------------


def test_a_snapshot_alone_gives_its_best_twenty_levels():
    (book,) = given_by(LocalBook("BTCUSDT"), snapshot(10, at_ms=7))
    assert book == Book("BTCUSDT", BIDS[:LEVELS], ASKS[:LEVELS], 10, START_MS + 7)


def test_levels_are_set_added_and_removed():
    changed = delta(11, 12, ((100.0, 0.0), (99.5, 7.0), (98.0, 9.0)), ((101.0, 4.0), (103.0, 0.0)))
    book = given_by(LocalBook("BTCUSDT"), snapshot(10), changed)[-1]
    assert book.bids[:4] == ((99.5, 7.0), (99.0, 2.0), (98.0, 9.0), (97.0, 4.0))
    assert book.asks[:3] == ((101.0, 4.0), (102.0, 3.0), (104.0, 5.0))
    assert (len(book.bids), len(book.asks)) == (LEVELS, LEVELS)
    assert (book.update_id, book.at_ms) == (12, START_MS + 1_200)


def test_removing_a_level_that_is_not_there_changes_nothing():
    before, after = given_by(LocalBook("BTCUSDT"), snapshot(10), delta(11, 12, ((55.5, 0.0),)))
    assert (before.bids, before.asks) == (after.bids, after.asks)


def test_a_side_may_become_empty():
    gone = tuple((price, 0.0) for price, _ in BIDS)
    assert given_by(LocalBook("BTCUSDT"), snapshot(10), delta(11, 12, gone))[-1].bids == ()


# --- order and continuity ------------------------------------------------------------------------


@pytest.mark.parametrize(("first_id", "last_id"), [(11, 11), (11, 20), (5, 11), (10, 12)], ids=str)
def test_the_first_difference_has_to_contain_the_snapshot_s_next_id(first_id, last_id):
    local = LocalBook("BTCUSDT")
    book = given_by(local, snapshot(10), delta(first_id, last_id, ((99.5, 7.0),)))[-1]
    assert (99.5, 7.0) in book.bids
    assert local.breaks == 0


def test_differences_that_came_before_their_snapshot_are_applied_after_it():
    early = [
        delta(8, 9, ((99.5, 1.0),)),
        delta(10, 11, ((99.6, 2.0),)),
        delta(12, 13, ((99.7, 3.0),)),
    ]
    local = LocalBook("BTCUSDT")
    assert given_by(local, *early) == [], "nothing is known yet"
    (book,) = given_by(local, snapshot(10))
    assert book.bids[:3] == ((100.0, 1.0), (99.7, 3.0), (99.6, 2.0)), "9 is in the snapshot"
    assert (book.update_id, book.at_ms) == (13, START_MS + 1_300)


def test_a_hole_makes_the_book_unknown_until_the_next_snapshot():
    local = LocalBook("BTCUSDT")
    books = given_by(local, snapshot(10), delta(11, 12), delta(14, 15), delta(16, 17))
    assert [book.update_id for book in books] == [10, 12]
    assert (local.known, local.breaks) == (False, 1)
    (book,) = given_by(local, snapshot(15))
    assert (book.update_id, local.known) == (17, True)


def test_a_snapshot_older_than_what_followed_it_is_of_no_use():
    local = LocalBook("BTCUSDT")
    assert given_by(local, delta(14, 15), delta(16, 17), snapshot(10)) == []
    assert not local.known
    assert [book.update_id for book in given_by(local, snapshot(16))] == [17]


def test_repeated_and_late_differences_change_nothing():
    changes = [delta(11, 12, ((99.5, 7.0),)), delta(13, 14, ((99.5, 8.0),))]
    local = LocalBook("BTCUSDT")
    books = given_by(local, snapshot(10), *changes, *changes, snapshot(11))
    assert [book.bids[1] for book in books] == [(99.0, 2.0), (99.5, 7.0), (99.5, 8.0)]
    assert local.breaks == 0


def test_on_futures_each_difference_names_the_one_before():
    """There all symbols share the ids, so a symbol's own have holes."""
    chain = [
        delta(7, 90, previous_id=5),
        delta(120, 150, ((99.5, 7.0),), previous_id=90),
        delta(300, 310, ((99.6, 7.0),), previous_id=150),
    ]
    local = LocalBook("BTCUSDT")
    assert [book.update_id for book in given_by(local, snapshot(50), *chain)] == [50, 90, 150, 310]
    assert given_by(local, delta(400, 410, previous_id=320)) == []
    assert (local.known, local.breaks) == (False, 1)


def test_an_exchange_that_counts_afresh_breaks_the_book_instead_of_freezing_it():
    local = LocalBook("BTCUSDT")
    assert len(given_by(local, snapshot(1_000), delta(1, 2, at_ms=59_000))) == 1, "merely late"
    assert local.known
    assert given_by(local, delta(3, 4, at_ms=61_000), delta(5, 6, at_ms=61_100)) == []
    assert not local.known
    assert [book.update_id for book in given_by(local, snapshot(4, at_ms=61_200))] == [6]


def test_a_crossed_book_is_no_book():
    local = LocalBook("BTCUSDT")
    assert len(given_by(local, snapshot(10), delta(11, 12, ((101.0, 1.0),)))) == 1
    assert (local.known, local.breaks) == (False, 1)


# --- pace and bounds -----------------------------------------------------------------------------


def test_books_come_at_the_pace_of_depth20_and_no_difference_is_lost_in_between():
    fast = [delta(11 + n, 11 + n, ((50.0, 1.0 + n),), at_ms=n * 20) for n in range(100)]
    books = given_by(LocalBook("BTCUSDT"), snapshot(10, BIDS[:5], at_ms=-100), *fast)
    times = [book.at_ms for book in books]
    assert all(later - sooner >= PACE_MS for sooner, later in itertools.pairwise(times))
    assert 18 <= len(books) <= 22
    last = books[-1]
    assert last.bids[-1] == (50.0, 1.0 + (last.at_ms - START_MS) / 20)


def test_a_side_keeps_its_best_levels_only():
    local = LocalBook("BTCUSDT")
    deep = tuple((90.0 - n / 1_000, 1.0) for n in range(KEPT + 500))
    given_by(local, snapshot(10), delta(11, 11, deep))
    assert len(local._bids._keys) == len(local._bids._quantities) == KEPT
    assert given_by(local, delta(12, 12, ((100.5, 3.0),)))[-1].bids[0] == (100.5, 3.0)
    assert len(local._bids._keys) == KEPT


def test_without_a_snapshot_a_bounded_number_of_differences_waits():
    local = LocalBook("BTCUSDT")
    given_by(local, *(delta(n, n) for n in range(1, 3 * HELD)))
    assert len(local._held) == HELD
    assert given_by(local, snapshot(HELD)) == [], "what came after it has been dropped"
    assert given_by(local, snapshot(3 * HELD - 5))[-1].update_id == 3 * HELD - 1


levels = st.lists(st.tuples(st.integers(1, 60), st.sampled_from((0.0, 1.0, 2.5))), max_size=8).map(
    lambda some: tuple((float(place), quantity) for place, quantity in some)
)


@given(st.lists(st.tuples(levels, levels), max_size=30), st.integers(0, 30))
def test_whenever_the_snapshot_is_taken_the_book_is_that_of_plain_dictionaries(changes, taken):
    """The reference: every change applied to two dictionaries, sorted in the end."""
    bids, asks = dict(BIDS), dict(ASKS)
    local = LocalBook("BTCUSDT")
    if taken >= len(changes):
        taken = 0
    books = []
    for number, (down, up) in enumerate(changes):
        if number == taken:
            whole = sorted(bids.items(), reverse=True), sorted(asks.items())
            books += given_by(local, snapshot(number, tuple(whole[0]), tuple(whole[1])))
        down = tuple((price, quantity) for price, quantity in down)
        up = tuple((price + 100.5, quantity) for price, quantity in up)
        for side, side_changes in ((bids, down), (asks, up)):
            for price, quantity in side_changes:
                side[price] = quantity
                if quantity == 0.0:
                    del side[price]
        books += given_by(local, delta(number + 1, number + 1, down, up))
    if changes:
        assert books[-1].bids == tuple(sorted(bids.items(), reverse=True)[:LEVELS])
        assert books[-1].asks == tuple(sorted(asks.items())[:LEVELS])


# --- in the loop ---------------------------------------------------------------------------------


class Asked:
    """A detector that keeps what it is asked about."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def on(self, event):
        self.events.append(event)
        return ()


def asking() -> tuple[Watch, Asked]:
    """A loop whose only detector, of whatever symbol, keeps what it is asked about."""
    loop, asked = Watch(Market(), kinds=()), Asked()
    loop._makers = [(lambda symbol, settings, view: asked, None)]
    return loop, asked


def watched(*events: Event) -> tuple[Watch, list[Book]]:
    loop, asked = asking()
    for event in events:
        assert not loop.on(event)
    return loop, [event for event in asked.events if isinstance(event, Book)]


def test_detectors_are_asked_with_derived_books_and_the_market_knows_the_newest():
    loop, books = watched(snapshot(10), delta(11, 12, ((99.5, 7.0),)))
    assert [len(book.bids) for book in books] == [LEVELS, LEVELS]
    assert type(books[0]) is Book, "not the snapshot with all its levels"
    assert loop.market["BTCUSDT"].book == books[-1]
    assert loop.market["BTCUSDT"].book_known


def test_after_a_break_the_market_knows_no_book():
    loop, books = watched(snapshot(10), delta(11, 12), delta(14, 15), delta(16, 17))
    assert len(books) == 2
    assert loop.market["BTCUSDT"].book is None


def test_streamed_books_are_left_alone_by_differences_without_a_snapshot():
    streamed = Book("BTCUSDT", BIDS[:20], ASKS[:20], 11, START_MS)
    loop, books = watched(delta(9, 10), streamed, delta(11, 12))
    assert books == [streamed]
    assert loop.market["BTCUSDT"].book == streamed


def test_a_gap_among_trades_leaves_a_book_whose_ids_go_on():
    """That nothing is missing from the book is proven by its own ids."""
    gap = Gap(("BTCUSDT",), START_MS, START_MS + 1, "test")
    _, books = watched(snapshot(10), gap, delta(11, 12))
    assert [book.update_id for book in books] == [10, 12]


# --- the recordings ------------------------------------------------------------------------------

RECORDED = {
    "spot BTCUSDT": ("spot_btcusdt_20240808", "spot_btcusdt_20240809"),
    "spot ETHUSDT": ("spot_ethusdt_20240808",),
    "USDM BTCUSDT": ("usdm_btcusdt_20240808",),
}


class Replayed:
    """The derived books of a recording, its quotes, and the range that its snapshot showed."""

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        paths = [folder / "frames" / f"{name}.ndjson.gz" for name in names]
        loop, asked = asking()
        self.quotes: dict[int, Quote] = {}
        for event in read(paths, Tally()):
            if isinstance(event, Quote):
                self.quotes[event.update_id] = event
            elif isinstance(event, Snapshot | BookDelta):
                loop.on(event)
            if isinstance(event, Snapshot):
                self.low, self.high = event.bids[-1][0], event.asks[-1][0]
        (lane,) = loop._lanes.values()
        self.local = lane.book
        self.books = [event for event in asked.events if isinstance(event, Book)]


@pytest.fixture(scope="module", params=RECORDED)
def replayed(request, recordings) -> Replayed:
    return Replayed(recordings, RECORDED[request.param])


def test_the_derived_best_prices_are_those_that_the_exchange_streamed(replayed):
    """bookTicker tells every change of the best prices, so at any update of the book its newest one
    not after it must say the same. Where the price has left the range that the snapshot showed,
    only updates that bookTicker told as well are comparable: a level out there is not known before
    it changes."""
    ids = sorted(replayed.quotes)
    compared = exact = 0
    for book in replayed.books:
        newest = bisect.bisect_right(ids, book.update_id) - 1
        if newest < 0 or newest + 1 == len(ids):
            continue
        quote = replayed.quotes[ids[newest]]
        same = quote.update_id == book.update_id
        if same or replayed.low < quote.bid < quote.ask < replayed.high:
            best = (*book.bids[0], *book.asks[0])
            assert best == (quote.bid, quote.bid_quantity, quote.ask, quote.ask_quantity)
            compared += 1
            exact += same
    assert compared >= 2_500
    assert exact >= 250


def test_derived_books_are_whole_uncrossed_in_order_and_come_ten_times_a_second(replayed):
    books = replayed.books
    assert (replayed.local.known, replayed.local.breaks) == (True, 0)
    assert all(len(book.bids) == len(book.asks) == LEVELS for book in books)
    assert all(book.bids[0][0] < book.asks[0][0] for book in books)
    ids, times = [book.update_id for book in books], [book.at_ms for book in books]
    assert ids == sorted(set(ids))
    assert times == sorted(set(times))
    assert 9.0 <= len(books) / ((times[-1] - times[0]) / 1_000) <= 10.5
