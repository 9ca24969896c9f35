"""What the benches share: sides of a ratio run alternately, told as median and range."""

import statistics
from collections.abc import Callable, Sequence


def alternately(rounds: int, sides: dict[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Measure every side once a round, so that whatever else the machine does hits all alike."""
    measured: dict[str, list[float]] = {side: [] for side in sides}
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
