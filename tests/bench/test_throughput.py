"""How many trades a second one core holds: the whole pipeline beside a bare websockets loop.

All sides take the same feed in the same run, alternately; the ratios are what counts, absolute
numbers belong to the machine. `make bench` prints the table.
"""

import statistics

from measure import alternately, compare, ratios
from sides import bare, serving, whole

SYMBOLS, FRAMES, ROUNDS = 400, 200_000, 7


def test_the_whole_pipeline_beside_a_bare_loop() -> None:
    with serving("trades", SYMBOLS, FRAMES) as port:
        measured = alternately(
            ROUNDS,
            {
                "bare websockets": lambda: bare(port, FRAMES),
                "pipeline, websockets": lambda: whole(port, FRAMES, "websockets"),
                "pipeline, picows + uvloop": lambda: whole(port, FRAMES, "picows"),
            },
        )
    plain = measured["bare websockets"]
    print(f"\n{SYMBOLS} symbols, {FRAMES:,} aggTrade frames, {ROUNDS} rounds (median, range)")
    compare(measured)
    for side, floor in (("pipeline, websockets", 0.2), ("pipeline, picows + uvloop", 0.3)):
        over = ratios([c.cpu_us for c in plain], [c.cpu_us for c in measured[side]])
        assert statistics.median(over) > floor
