"""A part of the fuzzing, in a process of its own, so that the next part begins afresh."""

import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "pipeline/sources")]

from fuzzers import inputs, targets
from measure import resident

SLOWEST_S = 1.0
WARM = 2_000
"""Inputs before memory is looked at: caches fill."""


class Chunk(NamedTuple):
    """What became of so many inputs of one parser. Bytes: kept after them, and the most that the
    process ever had."""

    inputs: int
    spent_s: float
    slowest_s: float
    grown: int
    peak: int


def fed(name: str, count: int, seed: int) -> Chunk:
    """Feed a parser. Raises AssertionError with the input that breaks it or takes a second."""
    with TemporaryDirectory() as folder:
        (target,) = (t for t in targets(Path(folder)) if t.name == name)
        for data in inputs(target, min(WARM, count), seed - 1):
            target.feed(data)
        before, slowest_s, spent_s = resident(), 0.0, 0.0
        for data in inputs(target, count, seed):
            began_s = time.thread_time()
            try:
                target.feed(data)
            except Exception as error:
                raise AssertionError(f"{name}: {data!r}: {error!r}") from error
            took_s = time.thread_time() - began_s
            spent_s += took_s
            if took_s > slowest_s:
                slowest_s = took_s
                assert took_s < SLOWEST_S, f"{name} is slow: {data!r}"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return Chunk(count, spent_s, slowest_s, resident() - before, peak)
