"""Tells subscribed chats once when market data stops and once when it is back."""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import msgspec

from bot.compose import feed_resumed, feed_stopped
from bot.errors import StoreError
from bot.fitting import fitted
from bot.health_words import problem_text
from bot.logs import utc
from bot.model import Chat, Message
from bot.ports import Editor, FeedHealth
from bot.store import Notice, Store
from pipeline.model import ALL, Severity

log = logging.getLogger("goraebot.outage")

LOOK_S = 1.0
META = "outage"
EXPIRES_MS = 6 * 3_600_000
CATCH_UP_MS = 60_000
SETTLE_MS = 2_000
"""Alerts of what was fetched last are recorded within."""


WHAT = "notices of an outage"


class Unrecorded(Editor, Protocol):
    """Sends what the database does not take; see bot/unrecorded.py."""

    def tell(self, notices: Sequence[Notice]) -> None:
        """Send messages that are of no alert's own."""
        ...


class OutageWatch:
    """``look`` compares the feed's health with what chats have been told.

    What was told is kept in the database, so a restart during an outage does not repeat it; one
    that takes no changes holds nothing up (``unrecorded``). The end is told when what was missed
    has been fetched (``catching_up``), or after a minute. ``resumed_ms``: when data last came to
    the run before, which this one goes on from, 0 for none. ``absent_since_ms``: the program itself
    was away since then, for too long to go on. A chat that has muted everything is told without a
    sound.
    """

    def __init__(
        self,
        store: Store,
        feed: Callable[[], FeedHealth],
        *,
        stale_s: float,
        now_ms: Callable[[], int],
        wake: Callable[[], None],
        unrecorded: Unrecorded,
        catching_up: Callable[[], bool] = lambda: False,
        resumed_ms: int = 0,
        absent_since_ms: int | None = None,
    ) -> None:
        self._store = store
        self._feed = feed
        self._stale_ms = stale_s * 1000
        self._now_ms = now_ms
        self._wake = wake
        self._unrecorded = unrecorded
        self._resumed_ms = resumed_ms
        self._catching_up = catching_up
        self._absent_since_ms = absent_since_ms
        self._busy_ms = 0  # when something missed was last being fetched
        self._back_ms = 0  # since when data flows again, 0 while it does not
        self._began_ms = now_ms()
        self._well: FeedHealth | None = None  # as it was when data last came
        self._well_ms = 0
        self._told: dict[str, int] | None = None

    async def load(self) -> None:
        """Remember what an earlier run told."""
        try:
            kept = await self._store.get_meta(META)
            self._told = msgspec.json.decode(kept, type=dict[str, int]) if kept else None
        except (StoreError, msgspec.MsgspecError) as error:
            log.warning("what was told of an outage cannot be read: %s", error)
        if self._told is None and self._absent_since_ms is not None:
            self._told = {"last_ms": self._absent_since_ms, "unknown": 1}

    async def run(self) -> None:
        """Look every second until cancelled."""
        await self.load()
        while True:
            try:
                await self.look()
            except StoreError as error:
                log.warning("an outage cannot be announced: %s", error)
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Announce a change, if there is one."""
        health = self._feed()
        now_ms = self._now_ms()
        flowing = health.age_ms is not None and health.age_ms < min(self._stale_ms, 10_000)
        if not flowing:
            self._back_ms = 0
            # As of a clock that was set back meanwhile, which must not put the word off.
            self._well_ms, self._began_ms = min(self._well_ms, now_ms), min(self._began_ms, now_ms)
            if self._told is None and now_ms - (self._well_ms or self._began_ms) >= self._stale_ms:
                last_ms = self._well_ms or self._resumed_ms or self._began_ms
                log.info("no market data since %s: %s", utc(last_ms), health.problem or "silence")
                base = self._well or health
                told = {"last_ms": last_ms, "recovered": base.recovered_trades, "gaps": base.gaps}
                stopped = feed_stopped(last_ms, problem_text(health.problem))
                await self._tell(lambda chat: stopped, "warning")
                await self._remember(told)
            return
        self._back_ms = self._back_ms or now_ms
        if self._told is not None:
            if self._catching_up():
                self._busy_ms = now_ms
            calm = now_ms - self._busy_ms >= SETTLE_MS
            if not calm and now_ms - self._back_ms < CATCH_UP_MS:
                return
            log.info("market data is back")
            late = await self._store.too_late(self._told["last_ms"])
            resumed = partial(self._resumed, self._told, health)
            await self._tell(lambda chat: resumed(late.get(chat, 0)), "notice")
            await self._remember(None)
        self._well, self._well_ms = health, now_ms - (health.age_ms or 0)

    def _resumed(self, told: dict[str, int], health: FeedHealth, late: int) -> Message:
        if told.get("unknown"):
            return feed_resumed(told["last_ms"], self._back_ms, None, 0, late)
        # Counters begin at zero with the process: less than before means a restart.
        recovered = health.recovered_trades - told["recovered"]
        gaps = health.gaps - told["gaps"]
        return feed_resumed(
            told["last_ms"],
            self._back_ms,
            recovered if recovered >= 0 else health.recovered_trades,
            gaps if gaps >= 0 else health.gaps,
            late,
        )

    async def _remember(self, told: dict[str, int] | None) -> None:
        change = partial(self._store.set_meta, META, json.dumps(told) if told else "")
        if not await self._unrecorded.taken(change, WHAT):
            self._unrecorded.later(change)
        self._told = told

    async def _tell(self, word: Callable[[Chat], Message], severity: Severity) -> None:
        now_ms, notices = self._now_ms(), []
        for state in await self._store.audience():
            if state.subscriptions:
                message = fitted(word(state.chat), state.settings, now_ms)
                if state.muted.get(ALL, 0) > now_ms:
                    message = msgspec.structs.replace(message, silent=True)
                expires_ms = now_ms + EXPIRES_MS
                notices.append(
                    Notice(state.chat, message.key, message, severity, now_ms, expires_ms)
                )
        if await self._unrecorded.taken(partial(self._store.enqueue, notices), WHAT):
            self._wake()
        else:
            self._unrecorded.tell(notices)
