"""Quiet hours by the clock: whether it is one, and when the last ones ended. Pure."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Final

from bot.model import Quiet
from bot.zones import zone_named

Span = tuple[int, int]
"""From when until when, ms; the end is outside."""

QUARTER_MS: Final = 900_000
"""Every zone's days begin with a quarter of an hour."""


def is_quiet(quiet: Quiet | None, now_ms: int) -> bool:
    """Whether nothing may make a sound now."""
    return current(quiet, now_ms) is not None


def current(quiet: Quiet | None, now_ms: int) -> Span | None:
    """The quiet hours that now is within, None outside of any."""
    if quiet is None:
        return None
    within = [span for span in _near(quiet, now_ms) if span[0] <= now_ms < span[1]]
    return max(within, key=lambda span: span[1], default=None)


def ended(quiet: Quiet, now_ms: int) -> Span | None:
    """The quiet hours that ended last, at most a week ago."""
    past = [span for span in _near(quiet, now_ms) if span[1] <= now_ms]
    return max(past, key=lambda span: span[1], default=None)


def woken(before: Quiet | None, after: Quiet | None, now_ms: int) -> bool:
    """Whether a change of the quiet hours ends them now, before their time."""
    return is_quiet(before, now_ms) and not is_quiet(after, now_ms)


def _near(quiet: Quiet, now_ms: int) -> Sequence[Span]:
    return _of_week(quiet, now_ms // QUARTER_MS)


@lru_cache(maxsize=1024)
def _of_week(quiet: Quiet, quarter: int) -> Sequence[Span]:
    """All quiet hours of the week before, and those of today. Time zones change their clocks, so
    each is reckoned by its own day's. A thousand chats that want the same cost one reckoning."""
    zone = zone_named(quiet.zone)
    today = datetime.fromtimestamp(quarter * QUARTER_MS / 1000, zone).date()
    start, end = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end)
    found = []
    for back in range(9):
        day = today - timedelta(days=back)
        if day.weekday() in quiet.days:
            last = day if end > start else day + timedelta(days=1)
            begins, ends = (
                round(datetime.combine(date, at, zone).timestamp() * 1000)
                for date, at in ((day, start), (last, end))
            )
            found.append((begins, ends))
    return found
