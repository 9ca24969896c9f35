"""Tells each chat once what was held back: at the end of its quiet hours, and once a day what its
daily limit kept back."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bot.compose_digest import digest_message
from bot.errors import StoreError
from bot.fitting import fitted
from bot.followed import MINUTE_MS, hour_after, needed
from bot.model import Chat, ChatState
from bot.quiet import ended, is_quiet
from bot.store import Notice, Store
from pipeline.errors import FrameError, SourceError
from pipeline.model import ALL, AnyAlert, Candle, SymbolInfo

log = logging.getLogger("goraebot.digest")

Fetch = Callable[[str, int, int], Awaitable[Sequence[Candle]]]
"""Candles of a minute: symbol, the first opening (ms), and how many at most (≤ 1,000)."""

LOOK_S: Final = 15.0
FETCH_S: Final = 5.0
"""A digest that waits for what followed its alerts waits no longer for each."""
LATE_MS: Final = 30 * 60_000
"""A digest that could not be sent in time is still sent so late."""

DAY_MS: Final = 86_400_000
"""Days begin at midnight UTC, 09:00 in Korea, as the exchange's do."""
BACK_MS: Final = 36 * 3_600_000
"""Between two digests there may be more than a day: where clocks are put back, or quiet hours end
later from now on."""

PREFIX: Final = "digest:"
REASONS: Final = ("quiet", "held")
EVERY_DAY: Final = 7


class Digests:
    """Looks by the clock which chats are due.

    A digest's key names when it was due, and the outbox takes a key once for each chat; each begins
    where the chat's last one ended. So nothing is told twice, whatever a restart repeats. Quiet
    hours that somebody ends early are due at once. ``fetch`` brings the minutes after alerts whose
    hour is over that are not kept yet.
    """

    def __init__(
        self,
        store: Store,
        *,
        lookup: Callable[[str], SymbolInfo | None],
        now_ms: Callable[[], int],
        wake: Callable[[], None],
        fetch: Fetch,
    ) -> None:
        self._store = store
        self._lookup = lookup
        self._now_ms = now_ms
        self._wake = wake
        self._fetch = fetch
        self._followed: dict[str, float | None] = {}  # by alert, within one look
        self._done: dict[Chat, int] = {}
        self.sent = 0

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self.look()
            except StoreError as error:  # what is due stays so for half an hour
                log.warning("digests wait for the database: %s", error)
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Send what is due now; what fails for one chat keeps nobody else's back. Raises StoreError
        where it is not known what is due."""
        now_ms = self._now_ms()
        self._followed.clear()
        waiting: list[tuple[Chat, StoreError]] = []
        states = await self._store.audience()
        known = {state.chat for state in states}
        for chat in self._done.keys() - known:
            del self._done[chat]
        for state in states:
            due_ms = self._due(state, now_ms)
            # What was done at a later time than now was by a clock that has been set back since.
            if due_ms is None or due_ms <= self._done.get(state.chat, 0) <= now_ms:
                continue
            if state.muted.get(ALL, 0) <= now_ms:
                try:
                    await self._tell(state, due_ms, now_ms)
                except StoreError as error:
                    waiting.append((state.chat, error))
                    continue
                except Exception:  # one that cannot be made must not keep back the others
                    log.exception("the digest due at %d is not sent to %s", due_ms, state.chat)
            self._done[state.chat] = due_ms
        if waiting:  # one line: thousands may have one reason
            chat, reason = waiting[0]
            log.warning("%d digests wait, the first is of %s: %s", len(waiting), chat, reason)

    def _due(self, state: ChatState, now_ms: int) -> int | None:
        """The newest time that a digest was due, at most half an hour ago; None: none was."""
        quiet = state.settings.quiet
        if is_quiet(quiet, now_ms):
            return None
        due = [state.settings.woken_ms] if state.settings.woken_ms <= now_ms else []
        if quiet is not None and (last := ended(quiet, now_ms)) is not None:
            due.append(last[1])
        if state.daily_limit and (quiet is None or len(quiet.days) < EVERY_DAY):
            due.append(now_ms // DAY_MS * DAY_MS)
        newest_ms = max(due, default=0)
        return newest_ms if now_ms - newest_ms <= LATE_MS else None

    async def _tell(self, state: ChatState, due_ms: int, now_ms: int) -> None:
        told_ms = await self._store.preferences.last_notice(state.chat, PREFIX, due_ms) or 0
        since_ms = max(due_ms - BACK_MS, told_ms)
        held = await self._store.preferences.held(state.chat, REASONS, since_ms, due_ms)
        if not held.counts:
            return
        key = f"{PREFIX}{due_ms}"
        message = digest_message(
            held.by_kind("quiet"),
            held.by_kind("held"),
            [(stored.alert, await self._after(stored.alert)) for stored in held.largest],
            held.together,
            since_ms=held.first_ms,
            key=key,
            lookup=self._lookup,
        )
        fitting = fitted(message, state.settings, now_ms)
        # As of when it was due: the next one begins there.
        notice = Notice(state.chat, key, fitting, "notice", due_ms, due_ms + LATE_MS)
        await self._store.enqueue([notice])
        self.sent += 1
        self._wake()

    async def _after(self, alert: AnyAlert) -> float | None:
        """How the price changed in the hour after the alert, in percent; None: not known."""
        if alert.id not in self._followed:
            first_ms, end_ms = needed(alert)
            kept = await self._store.scorebook.candles(alert.symbol, first_ms, end_ms)
            after = hour_after(alert, kept)
            if after is None and self._now_ms() >= end_ms:
                minutes = (end_ms - first_ms) // MINUTE_MS
                after = hour_after(alert, await self._fetched(alert.symbol, first_ms, minutes))
            self._followed[alert.id] = after
        return self._followed[alert.id]

    async def _fetched(self, symbol: str, first_ms: int, minutes: int) -> Sequence[Candle]:
        """None at all where the exchange does not tell them in time."""
        try:
            async with asyncio.timeout(FETCH_S):
                return await self._fetch(symbol, first_ms, minutes)
        except (SourceError, FrameError, TimeoutError) as error:
            log.warning("a digest leaves out what followed of %s: %s", symbol, error)
            return ()
