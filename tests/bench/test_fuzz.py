"""Ten million mutated inputs for the parsers: none breaks one, takes a second or stays in memory.

``FUZZ_PART=0.1`` runs a tenth, ``FUZZ_SEED=7`` other inputs.
"""

import os
import sys
import time
from pathlib import Path

sys.path += [str(Path(__file__).parents[1] / "pipeline" / "sources")]

from fuzzers import inputs, targets
from measure import resident

PART = float(os.environ.get("FUZZ_PART", "1"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
SLOWEST_S = 1.0
MOST_GROWTH = 30 << 20
WARM = 2_000
"""Inputs before memory is looked at: caches fill."""


def test_ten_million_inputs_break_nothing(tmp_path: Path) -> None:
    every, total, whole_s = targets(tmp_path), 0, 0.0
    print(f"\n{'parser':26}{'inputs':>12}{'a second':>12}{'slowest, ms':>14}{'memory, MiB':>14}")
    for target in every:
        count = round(target.share * PART)
        for data in inputs(target, WARM, SEED - 1):
            target.feed(data)
        before, slowest_s, spent_s = resident(), 0.0, 0.0
        for data in inputs(target, count, SEED):
            began_s = time.thread_time()
            try:
                target.feed(data)
            except Exception as error:
                raise AssertionError(f"{target.name}: {data!r}") from error
            took_s = time.thread_time() - began_s
            spent_s += took_s
            if took_s > slowest_s:
                slowest_s = took_s
                assert took_s < SLOWEST_S, f"{target.name} is slow: {data!r}"
        grown = resident() - before
        rate = count / spent_s if spent_s else 0.0
        print(
            f"{target.name:26}{count:12,}{rate:12,.0f}{slowest_s * 1e3:14.1f}{grown / 2**20:+14.1f}"
        )
        assert grown < MOST_GROWTH, f"{target.name} keeps {grown / 2**20:.0f} MiB"
        total, whole_s = total + count, whole_s + spent_s
    print(f"{'all':26}{total:12,}{total / whole_s:12,.0f}")
