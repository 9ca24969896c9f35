"""Ten million mutated inputs for the parsers: none breaks one, takes a second or stays in memory.

They are fed in parts, each by a process of its own, ``FUZZ_CORES=2`` at a time. ``FUZZ_PART=0.1``
runs a tenth, ``FUZZ_SEED=7`` other inputs.
"""

import math
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from fuzz_chunks import fed
from fuzzers import targets

PART = float(os.environ.get("FUZZ_PART", "1"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
CORES = int(os.environ.get("FUZZ_CORES", "1"))
AT_ONCE = 500_000
MOST_GROWTH, MOST_AT_ALL = 30 << 20, 400 << 20


def test_ten_million_inputs_break_nothing(tmp_path: Path) -> None:
    total, whole_s, peak = 0, 0.0, 0
    heads = f"{'inputs':>12}{'a second':>12}{'slowest, ms':>14}{'kept, MiB':>12}{'peak, MiB':>12}"
    print(f"\n{'parser':26}{heads}")
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(CORES, mp_context=spawned, max_tasks_per_child=1) as pool:
        for target in targets(tmp_path):
            count = round(target.share * PART)
            parts = max(1, math.ceil(count / AT_ONCE))
            sizes = [count * (n + 1) // parts - count * n // parts for n in range(parts)]
            seeds = [SEED * 1_000_000 + n * 2 + 1 for n in range(parts)]  # one before is to warm up
            chunks = list(pool.map(fed, [target.name] * parts, sizes, seeds))
            spent_s = sum(chunk.spent_s for chunk in chunks)
            grown, most = max(c.grown for c in chunks), max(c.peak for c in chunks)
            print(
                f"{target.name:26}{count:12,}{count / spent_s:12,.0f}"
                f"{max(c.slowest_s for c in chunks) * 1e3:14.1f}"
                f"{grown / 2**20:+12.1f}{most / 2**20:12.0f}",
                flush=True,
            )
            assert sum(chunk.inputs for chunk in chunks) == count
            assert grown < MOST_GROWTH, f"{target.name} keeps {grown / 2**20:.0f} MiB"
            assert most < MOST_AT_ALL, f"{target.name} takes {most / 2**20:.0f} MiB"
            total, whole_s, peak = total + count, whole_s + spent_s, max(peak, most)
    print(f"{'all':26}{total:12,}{total / whole_s:12,.0f}{'':26}{peak / 2**20:12.0f}")
