"""What each fault of network and exchange costs, as the README has it: see tests/flow."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "flow"))

from endured import measure
from faults import FAULTS, HEADS, line, row
from skipping import SkippingLoop


def test_faults() -> None:
    print(f"\n{line(HEADS)}\n{line(['---'] * len(HEADS))}")
    for fault in FAULTS:
        with asyncio.Runner(loop_factory=SkippingLoop) as runner:
            print(line(row(fault, runner.run(measure(fault)))))
