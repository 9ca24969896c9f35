"""Whether everything works, wired: the alarm, the metrics, and what is told on standard output."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from bot import loops
from bot.alarm import Alarm
from bot.announce import Announcer
from bot.deliver import Deliverer
from bot.health import Operation, metrics_of
from bot.health_words import problem_text
from bot.lag import Lag
from bot.model import Chat
from bot.ports import Health, Platform
from bot.recording_words import state, trouble
from bot.settings import Settings
from bot.store import Store
from bot.troubles import Troubles
from bot.unrecorded import Unrecorded
from bot.wiring.markets import Markets, Work
from bot.wiring.past import PastMarkets
from pipeline.sources.recorder import Recorder

if TYPE_CHECKING:
    from bot.explain.ai import AiExplainer

Tell = Callable[[str], None]
"""Told in Korean lines what whoever started the program should know."""

LOOK_S: Final = 1.0
TOLD: Final = "trouble"
"""Under which name the database has what operators were told."""
_INSTEAD: Final = {"unreachable": " 네트워크 없이 보려면: make demo"}


class Supervision:
    """What looks at all other parts."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        markets: Markets | PastMarkets,
        health: Health,
        platforms: Sequence[Platform],
        announcer: Announcer,
        deliverer: Deliverer,
        unrecorded: Unrecorded,
        ai: "AiExplainer | None",
        *,
        broke_off: Callable[[], bool],
        version: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._markets = markets
        self._health = health
        self._platforms = platforms
        self._lag = Lag()
        self._troubles = Troubles(
            database=lambda: store.trouble,
            removed=store.removed,
            recording=self._unwritten,
            feed=health.feed,
            lost=lambda: announcer.lost + markets.bus.lost + deliverer.dropped,
            left_out=lambda: markets.watch.failed,
            broke_off=broke_off,
            platforms=platforms,
            senders=deliverer.senders,
            ai=None if ai is None else ai.state,
            slow=lambda: self._lag.slow,
            waiting=lambda: markets.source.status().waiting,
            futures=markets.futures_problem,
            won=markets.won_state,
            stale_s=settings.delivery.stale_s,
            folder=settings.database.folder,
            low_disk_bytes=settings.database.low_disk_mb * 1e6,
            now_ms=now_ms,
        )
        self.alarm = Alarm(
            self._troubles.now,
            platforms,
            [Chat(*name.split(":", 2)) for name in settings.bot.told],
            now_ms=now_ms,
            keep=partial(store.set_meta, TOLD),
            recall=partial(store.get_meta, TOLD),
        )
        self.metrics = metrics_of(
            markets.source,
            markets.watch,
            markets.bus,
            announcer,
            deliverer,
            Operation(
                platforms,
                self._troubles,
                standing=lambda: self.alarm.standing,
                unrecorded=lambda: unrecorded.owed,
                ai=None if ai is None else ai.state,
                lag=self._lag,
                version=version,
                won=markets.won_state,
            ),
            markets.recorder,
        )

    def away(self) -> Mapping[str, int]:
        """Platforms that operators have been told to be out of reach, by name, and since when."""
        since = self.alarm.since
        return {one.name: since[one.name] for one in self._platforms if one.name in since}

    def work(self, told: Tell) -> Work:
        """What runs side by side."""
        work: Work = [
            ("problems", self._tell_problems(told)),
            ("alarm", self.alarm.run()),
            ("lag", self._lag.run()),
            ("garbage", loops.tidy()),
        ]
        work += [("recording", _tell_recording(one, told)) for one in self._markets.recorders]
        return work

    async def _tell_problems(self, told: Tell) -> None:
        """One line when the market data's state changes, for whoever started the program."""
        known = "connecting"
        while True:
            problem = self._health.feed().problem
            if problem != known and problem != "connecting":
                if problem:
                    told(f"⚠️ {problem_text(problem)}{_INSTEAD.get(problem, '')}")
                elif known != "connecting":
                    told("✅ 시세가 다시 들어옵니다.")
                known = problem
            await asyncio.sleep(LOOK_S)

    def _unwritten(self) -> str:
        return next((trouble(one) for one in self._markets.recorders if one.problem), "")


async def _tell_recording(recorder: Recorder, told: Tell) -> None:
    """One line when the recording cannot be written, and one when it can again."""
    known = ""
    while True:
        if recorder.problem != known:
            known = recorder.problem
            told(state(recorder))
        await asyncio.sleep(LOOK_S)
