"""How many trades a second one core holds: the whole pipeline beside a bare websockets loop.

All sides take the same feed in the same run, alternately; the ratios are what counts, absolute
numbers belong to the machine. `make bench` prints the table.

The trades' own clock matters, since much is done once a second and symbol. In a market that sends
as many trades as a core holds it runs as fast as the clock on the wall; with it twenty times faster
the trades of a lively market are replayed as fast as they can be.
"""

import statistics

import pytest
from measure import alternately, compare, ratios
from sides import FILLS, bare, serving, whole

SYMBOLS, FRAMES, ROUNDS = 400, 240_000, 7
WARM = 40_000
"""A hundred trades a symbol: that it is made and first looked at is no part of the rate."""


@pytest.mark.parametrize("trades_a_second", [150_000, 7_000])
def test_the_whole_pipeline_beside_a_bare_loop(trades_a_second: int) -> None:
    apart_ms = 1_000 * FILLS / trades_a_second
    with serving("trades", SYMBOLS, FRAMES, apart_ms) as port:
        measured = alternately(
            ROUNDS,
            {
                "bare websockets": lambda: bare(port, FRAMES),
                "pipeline, websockets": lambda: whole(port, FRAMES, "websockets", warm=WARM),
                "pipeline, picows + uvloop": lambda: whole(port, FRAMES, "picows", warm=WARM),
            },
        )
    plain = measured["bare websockets"]
    print(
        f"\n{SYMBOLS} symbols, {FRAMES:,} aggTrade frames, {trades_a_second:,} of them a second of "
        f"the exchange's time, {ROUNDS} rounds (median, range)"
    )
    compare(measured)
    for side, floor in (("pipeline, websockets", 0.2), ("pipeline, picows + uvloop", 0.3)):
        over = ratios([c.cpu_us for c in plain], [c.cpu_us for c in measured[side]])
        assert statistics.median(over) > floor
