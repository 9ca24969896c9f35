"""No parser breaks, hangs or hoards, whatever it is given (ten million inputs: tests/bench)."""

import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# Corpora and worlds are those of the parsers' own tests.
sys.path += [str(HERE / "pipeline" / "sources")]

from fuzzers import Target, inputs, targets  # noqa: E402

SHARE = 1_500
"""Inputs here are the share of ten million divided by this, but at least ``LEAST``."""
LEAST = 150
SLOWEST_S = 1.0


@pytest.mark.parametrize("number", range(14))
def test_no_mutated_input_breaks_a_parser(number: int, tmp_path: Path) -> None:
    target: Target = targets(tmp_path)[number]
    for data in inputs(target, max(LEAST, target.share // SHARE), seed=0):
        began_s = time.thread_time()
        try:
            target.feed(data)
        except Exception as error:
            raise AssertionError(f"{target.name}: {data!r}") from error
        assert time.thread_time() - began_s < SLOWEST_S, f"{target.name} is slow: {data!r}"


def test_there_are_ten_million_inputs_in_all(tmp_path: Path) -> None:
    every = targets(tmp_path)
    assert len(every) == 14
    assert sum(target.share for target in every) >= 10_000_000
