"""Episodes of a large move in one-minute candles: what price jumps are measured against."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipeline.model import Candle, PriceJump

PERCENT, WITHIN = 5.0, 5
"""A move of so many percent within so many minutes, from close to close, of the old price."""

DUE_PERCENT, DUE_MS = 3.0, 120_000
"""It is due at the first close so far from that of five minutes before, and late after so long."""


class Episode(NamedTuple):
    """Minutes of one direction, merged while fewer than five lie between two of them."""

    direction: str
    began_ms: int
    ended_ms: int
    due_ms: int


def episodes(candles: Iterable[Candle]) -> list[Episode]:
    """Those in complete, consecutive one-minute candles, in order of their beginning."""
    rows = [(candle.close_ms, candle.close) for candle in candles]
    found = [e for sign in (1, -1) for e in _of_sign(rows, sign)]
    return sorted(found, key=lambda episode: episode.began_ms)


def _of_sign(rows: Sequence[tuple[int, float]], sign: int) -> list[Episode]:
    def move(now: int, minutes: int) -> float:
        return sign * (rows[now][1] / rows[now - minutes][1] - 1) * 100

    groups: list[list[int]] = []
    for now in range(WITHIN, len(rows)):
        if max(move(now, minutes) for minutes in range(1, WITHIN + 1)) >= PERCENT:
            if groups and now - groups[-1][-1] <= WITHIN:
                groups[-1].append(now)
            else:
                groups.append([now])
    found = []
    for first, *_, last in ([*group, group[-1]] for group in groups):
        minutes = range(max(WITHIN, first - WITHIN), min(len(rows), last + WITHIN + 1))
        due = next((now for now in minutes if move(now, WITHIN) >= DUE_PERCENT), first)
        direction = "up" if sign > 0 else "down"
        found.append(Episode(direction, rows[first][0], rows[last][0], rows[due][0]))
    return found


def delay_s(episode: Episode, alerts: Iterable[PriceJump]) -> float | None:
    """Seconds from when it was due to the first alert of its sign; None if that is missing or
    late. Not earlier than the five minutes of the first move of three percent."""
    earliest_ms, latest_ms = episode.due_ms - WITHIN * 60_000, episode.due_ms + DUE_MS
    times = [
        alert.at_ms
        for alert in alerts
        if alert.direction == episode.direction and earliest_ms <= alert.at_ms <= latest_ms
    ]
    return (min(times) - episode.due_ms) / 1000 if times else None
