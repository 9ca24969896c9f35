"""When something that chats want by the clock is due: its last time, its next time. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, time, timedelta
from typing import Final

import msgspec

from bot.korean import kst_minute
from bot.model import Schedule
from bot.zones import zone_named

LATE_S: Final = 1_800
"""A summary that could not be sent in time, because the program was down or the database refused
it, is still sent so late; a spread until its next one is due."""


class Occasion(msgspec.Struct, frozen=True, order=True):
    """When something is due that any number of chats may want: see bot.model.Schedule."""

    task: str
    symbol: str
    at: str
    every_s: int
    days: tuple[int, ...]
    zone: str

    @property
    def late_s(self) -> int:
        """How late it may be."""
        return min(self.every_s, LATE_S) if self.every_s else LATE_S

    def last(self, now_ms: int) -> int | None:
        """The latest time (ms) it was due, now or at most ``late_s`` ago; None: it was not."""
        due_ms = max((due for due in self._near(now_ms) if due <= now_ms), default=None)
        return due_ms if due_ms is not None and now_ms - due_ms <= self.late_s * 1000 else None

    def next(self, now_ms: int) -> int:
        """The first time (ms) after now that it is due."""
        return min(due for due in self._near(now_ms) if due > now_ms)

    def _near(self, now_ms: int) -> Iterator[int]:
        """When it is due around now, the next time included.

        A time of day that a change of the clocks repeats counts once, its first; one that it skips
        is an hour later. (APScheduler's CronTrigger stands still in the repeated hour.)
        """
        now = datetime.fromtimestamp(now_ms / 1000, zone_named(self.zone))
        if self.every_s:
            every_ms = self.every_s * 1000
            offset = now.utcoffset() or timedelta()
            off_ms = round(offset.total_seconds() * 1000)
            begun_ms = (now_ms + off_ms) // every_ms * every_ms - off_ms
            yield from (begun_ms, begun_ms + every_ms)
            return
        at = time.fromisoformat(self.at)
        for days in range(-1, 9):
            date = now.date() + timedelta(days=days)
            if date.weekday() in self.days:
                local = datetime.combine(date, at, now.tzinfo)
                yield round(local.timestamp() * 1000)


def occasion_of(wanted: Schedule) -> Occasion:
    """The occasion that a chat's wish belongs to."""
    return Occasion(wanted.task, wanted.symbol, wanted.at, wanted.every_s, wanted.days, wanted.zone)


def upcoming(wanted: Iterable[Schedule], now_ms: int) -> tuple[str, ...]:
    """The line that tells a chat's next summary, of what it wants; none if it wants none."""
    times = (occasion_of(one).next(now_ms) for one in wanted if one.task == "summary")
    next_ms = min(times, default=None)
    return () if next_ms is None else (f"⏰ 다음 요약: {kst_minute(next_ms)}",)
