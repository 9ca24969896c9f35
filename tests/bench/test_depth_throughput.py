"""How many depth20 frames one core holds with both detectors of books, beside a bare loop.

All sides take the same feed in the same run, alternately; the ratio is what counts, absolute
numbers belong to the machine. Event time goes on by 100 ms from book to book of a symbol, as live,
whatever the speed: what detectors do once a second is done once in ten books. `make bench` prints
the table.
"""

import statistics

from measure import alternately, compare, ratios
from sides import bare, serving, whole

from pipeline.detectors import KINDS, book_imbalance, spread
from pipeline.watch import Watch

SYMBOLS, BOOKS_EACH, ROUNDS = 50, 1_000, 7
FRAMES = (SYMBOLS + 1) * BOOKS_EACH
WARM_S = 10.0
"""Of the hundred seconds; after that the detectors judge."""


def every_book_is_known(watch: Watch) -> None:
    assert all(len(state.book.bids) == 20 for state in watch.market.symbols.values())


def test_books_with_both_detectors_beside_a_bare_loop() -> None:
    detectors = {kind: entry.settings() for kind, entry in KINDS.items()}
    detectors["spread"] = spread.Settings(warmup_s=WARM_S)
    detectors["book_imbalance"] = book_imbalance.Settings(warmup_s=WARM_S)
    options = {"detectors": detectors, "check": every_book_is_known}
    with serving("books", SYMBOLS, BOOKS_EACH) as port:
        measured = alternately(
            ROUNDS,
            {
                "bare websockets": lambda: bare(port, FRAMES),
                "pipeline, websockets": lambda: whole(port, FRAMES, "websockets", **options),
                "pipeline, picows + uvloop": lambda: whole(port, FRAMES, "picows", **options),
            },
        )
    plain = measured["bare websockets"]
    print(f"\n{SYMBOLS} symbols, {FRAMES:,} frames of depth20, {ROUNDS} rounds (median, range)")
    compare(measured)
    costs = measured["pipeline, websockets"]
    over = ratios([c.cpu_us for c in plain], [c.cpu_us for c in costs])
    assert statistics.median(over) > 0.2
