"""The cost of a frame beside the number of symbols: it grows with events, not with symbols."""

import statistics
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from measure import alternately, ratios, told
from sides import Cost, serving, whole

SYMBOLS, FRAMES, WARM, ROUNDS = (1, 100, 1_000), 300_000, 100_000, 5
ORDERS_A_SECOND = 10
"""Of each symbol, however many there are: what is done once a second is done as often."""
MOST = 1.3


def test_the_cost_of_a_frame_does_not_grow_with_the_symbols() -> None:
    with ExitStack() as stack:
        sides: dict[str, Callable[[], Cost]] = {}
        for symbols in SYMBOLS:
            apart_ms = 1_000 / ORDERS_A_SECOND / symbols
            port = stack.enter_context(serving("trades", symbols, FRAMES, apart_ms))
            sides[f"{symbols:,} symbols"] = partial(whole, port, FRAMES, "picows", warm=WARM)
        measured = alternately(ROUNDS, sides)
    cpus = {side: [cost.cpu_us for cost in costs] for side, costs in measured.items()}
    first = next(iter(cpus.values()))
    counted = FRAMES - WARM
    print(f"\nCPU us a frame, picows + uvloop, {counted:,} frames, {ROUNDS} rounds (median, range)")
    for side, values in cpus.items():
        over = ratios(values, first)
        print(f"  {side:15}{told(values, '.2f'):>28}  {told(over, '.2f'):>26} of one symbol's")
    medians = [statistics.median(values) for values in cpus.values()]
    print(f"  dearest over cheapest: {max(medians) / min(medians):.2f} (at most {MOST})")
