"""What keeps alerts from flowing, or soon will: what the alarm, /healthz and the metrics tell."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from bot import won_health
from bot.alarm import Trouble
from bot.explain.ai_state import AiState
from bot.health_words import database_trouble, platform_trouble, problem_text
from bot.ports import FeedHealth, Platform
from bot.trouble_words import (
    BROKEN_OFF,
    DISK,
    LOST,
    ai_budget_trouble,
    ai_key_trouble,
    late_trouble,
    mistake_trouble,
    refused_trouble,
    slow_trouble,
    stuck_trouble,
)
from bot.won_health import WonState

LOST_MS: Final = 60_000
"""So long after an alert was lost, or a message refused, that is a trouble still."""
STUCK_MS: Final = 300_000
"""Messages that wait while nothing is sent for so long are stuck; floods last less, and alerts are
given up after twice as long."""
LATE_MS: Final = 5_000
"""So far behind or ahead of the exchange's clock, for as long as makes a feed stale."""
SLOW_MS: Final = 60_000
"""A program that does not keep up for less may be starting, or catching up."""
BACKLOG: Final = 50_000
"""Events of the market that wait to be watched."""
DISK_EVERY_MS: Final = 30_000
GONE_EVERY_MS: Final = 5_000

NAMES: Final = (
    "feed", "late", "slow", "futures", "database", "disk", "lost", "telegram", "discord", "refused",
    "stuck", "mistake", "crashed", "recording", "ai_key", "ai_budget", "upbit", "exchange_rate",
)  # fmt: skip
"""Every trouble there is; the README's runbook says what to do about each."""


class Outcomes(Protocol):
    """What has become of one platform's deliveries, and how many wait."""

    sent: int
    edited: int
    flooded: int
    refused: int
    gone: int

    @property
    def queued(self) -> int: ...


class _Count:
    """What only grows, and whether it has lately."""

    def __init__(self) -> None:
        self._count = self._grew_ms = 0

    def grew_lately(self, count: int, now_ms: int) -> bool:
        """``count`` is what it is now; within ``LOST_MS``."""
        if count > self._count:
            self._count, self._grew_ms = count, now_ms
        return self._grew_ms > 0 and abs(now_ms - self._grew_ms) < LOST_MS


class Troubles:
    """``now`` looks at the running parts. A clock that is set back puts nothing off.

    Data: ``feed``; ``waiting`` says how many events of the market wait, ``slow`` whether the event
    loop is late again and again; ``futures`` is the problem of their data (see FeedHealth), "" for
    none; ``won`` says how prices in won are, None where there are none.
    Storage: ``database`` says what it refused last ("" for nothing), ``removed`` whether its files
    are gone (likewise, looked at now and then); ``folder`` is where its file is, None where it is
    none; less than ``low_disk_bytes`` free there is a trouble.
    Deliveries: ``lost`` counts alerts that were lost, ``senders`` are deliveries by platform.
    Program: ``left_out`` counts detectors that failed, ``broke_off`` says whether the run before
    ended as it should not have, not long ago, ``recording`` why none can be written ("" if it is);
    ``ai`` is None without explanations.
    """

    def __init__(
        self,
        *,
        database: Callable[[], str],
        recording: Callable[[], str],
        feed: Callable[[], FeedHealth],
        lost: Callable[[], int],
        left_out: Callable[[], int],
        platforms: Sequence[Platform],
        senders: Mapping[str, Outcomes],
        ai: Callable[[], AiState] | None,
        removed: Callable[[], str],
        broke_off: Callable[[], bool],
        slow: Callable[[], bool],
        waiting: Callable[[], int],
        futures: Callable[[], str],
        won: Callable[[], WonState | None],
        stale_s: float,
        folder: Path | None,
        low_disk_bytes: float,
        now_ms: Callable[[], int],
    ) -> None:
        self._database = database
        self._removed = removed
        self._broke_off = broke_off
        self._gone, self._gone_ms = "", -GONE_EVERY_MS
        self._recording = recording
        self._feed = feed
        self._lost_count = lost
        self._left_out = left_out
        self._platforms = platforms
        self._senders = senders
        self._ai = ai
        self._slow = slow
        self._waiting = waiting
        self._futures = futures
        self._won = won
        self._stale_ms = int(stale_s * 1000)
        self._folder = folder
        self._low_disk_bytes = low_disk_bytes
        self._now_ms = now_ms
        self._lost = _Count()
        self._refused = {name: _Count() for name in senders}
        # What has become of a platform's messages, since when, and whether they are stuck.
        self._moved: dict[str, tuple[int, int, bool]] = {}
        self._free: int | None = None
        self._free_ms: int | None = None

    def now(self) -> dict[str, Trouble]:
        """What is wrong at this moment, by name (one of ``NAMES``)."""
        return dict(self._look())

    def free_bytes(self) -> int | None:
        """What is free where the database is; None if that is nowhere or cannot be said."""
        now_ms = self._now_ms()
        if self._folder is not None and (
            self._free_ms is None or abs(now_ms - self._free_ms) >= DISK_EVERY_MS
        ):
            self._free_ms = now_ms
            try:
                self._free = shutil.disk_usage(self._folder).free
            except OSError:
                self._free = None
        return self._free

    def _look(self) -> Iterator[tuple[str, Trouble]]:
        yield from self._with_data()
        yield from self._with_storage()
        yield from self._with_deliveries()
        yield from self._with_program()
        if self._ai is not None:
            state = self._ai()
            if state.account:
                yield "ai_key", ai_key_trouble(state.account)
            if state.used_up:
                yield "ai_budget", ai_budget_trouble(state)

    def _with_data(self) -> Iterator[tuple[str, Trouble]]:
        feed = self._feed()
        if feed.problem not in ("", "connecting", "over"):
            text = problem_text(feed.problem)
            yield "feed", Trouble(text, self._stale_ms, reason=feed.problem)
        elif feed.delay_ms is not None and abs(feed.delay_ms) >= LATE_MS:
            yield "late", late_trouble(feed.delay_ms, self._stale_ms)
        if (waiting := self._waiting()) > BACKLOG:
            yield "slow", slow_trouble(waiting, SLOW_MS)
        elif self._slow():
            yield "slow", slow_trouble(None, SLOW_MS)
        if (futures := self._futures()) not in ("", "connecting"):
            text = f"선물: {problem_text(futures)}"
            yield "futures", Trouble(text, self._stale_ms, reason=futures)
        if (won := self._won()) is not None:
            yield from won_health.troubles(won, self._stale_ms)

    def _with_storage(self) -> Iterator[tuple[str, Trouble]]:
        now_ms = self._now_ms()
        if abs(now_ms - self._gone_ms) >= GONE_EVERY_MS:
            self._gone, self._gone_ms = self._removed(), now_ms
        if refused := self._database() or self._gone:
            yield "database", database_trouble(refused)
        free = self.free_bytes()
        if free is not None and free < self._low_disk_bytes:
            yield "disk", Trouble(DISK.format(free // 1_000_000))

    def _with_deliveries(self) -> Iterator[tuple[str, Trouble]]:
        now_ms = self._now_ms()
        if self._lost.grew_lately(self._lost_count(), now_ms):
            yield "lost", LOST
        for platform in self._platforms:
            trouble = platform_trouble(platform.name, getattr(platform, "problem", ""))
            if trouble is not None:
                yield platform.name, trouble
        refused_by = [
            name
            for name, count in self._refused.items()
            if count.grew_lately(self._senders[name].refused, now_ms)
        ]
        if refused_by:
            yield "refused", refused_trouble(refused_by)
        stuck = [name for name, sender in self._senders.items() if self._is_stuck(name, sender)]
        if stuck:
            yield "stuck", stuck_trouble(stuck)

    def _with_program(self) -> Iterator[tuple[str, Trouble]]:
        if left_out := self._left_out():
            yield "mistake", mistake_trouble(left_out)
        if self._broke_off():
            yield "crashed", BROKEN_OFF
        if unwritten := self._recording():
            yield "recording", Trouble(unwritten)

    def _is_stuck(self, name: str, sender: Outcomes) -> bool:
        # A flood is waited out, but other tries may go on for hours without one that succeeds; and
        # when what waited has been given up as old, nothing has been mended.
        done = sender.sent + sender.edited + sender.flooded + sender.refused + sender.gone
        now_ms = self._now_ms()
        before, since_ms, stuck = self._moved.get(name, (-1, now_ms, False))
        since_ms = min(since_ms, now_ms)
        if done != before or not (sender.queued or stuck):
            since_ms, stuck = now_ms, False
        stuck = stuck or now_ms - since_ms >= STUCK_MS
        self._moved[name] = done, since_ms, stuck
        return stuck
