"""What the benches share: sides of a ratio run alternately, told as median and range."""

import ctypes
import gc
import os
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class Cost(NamedTuple):
    """What frames took: by the clock, and of the core that handled them."""

    frames: int
    wall_s: float
    cpu_s: float

    @property
    def rate(self) -> float:
        return self.frames / self.wall_s

    @property
    def cpu_us(self) -> float:
        return self.cpu_s / self.frames * 1e6


def resident() -> int:
    """Bytes of memory that the process has, once what is of no use has been let go of."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc keeps 15 MiB for later
    if trim is not None:
        trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def alternately(rounds: int, sides: dict[str, Callable[[], T]]) -> dict[str, list[T]]:
    """Measure every side once a round, so that whatever else the machine does hits all alike."""
    measured: dict[str, list[T]] = {side: [] for side in sides}
    for _ in range(rounds):
        for side, measure in sides.items():
            measured[side].append(measure())
    return measured


def ratios(over: Sequence[float], under: Sequence[float]) -> list[float]:
    """One ratio a round: what was measured side by side is compared."""
    return [a / b for a, b in zip(over, under, strict=True)]


def told(values: Sequence[float], form: str = ",.0f") -> str:
    """``median  (least to most)``"""
    middle, low, high = (
        format(v, form) for v in (statistics.median(values), min(values), max(values))
    )
    return f"{middle:>9}  ({low} to {high})"


def compare(measured: dict[str, list[Cost]]) -> None:
    """Print every side beside the first, by the clock and by what the core spent; the latter is
    the steadier one where the machine is shared."""
    plain = next(iter(measured.values()))
    heads = ("frames/s", "CPU us a frame", "of the first by clock", "by CPU")
    print(" " * 28 + "".join(f"{head:>28}" for head in heads))
    for side, costs in measured.items():
        cells = (
            told([c.rate for c in costs]),
            told([c.cpu_us for c in costs], ".2f"),
            told(ratios([c.rate for c in costs], [c.rate for c in plain]), ".2f"),
            told(ratios([c.cpu_us for c in plain], [c.cpu_us for c in costs]), ".2f"),
        )
        print(f"  {side:26}" + "".join(f"{cell:>28}" for cell in cells))
