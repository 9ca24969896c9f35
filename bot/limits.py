"""What chats' daily limits and cooldowns are counted from, read before an alert needs it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

from bot.cooldown import Cooldowns
from bot.errors import StoreError
from bot.model import Chat, ChatState
from bot.noise import Noise
from bot.store import Store
from pipeline.model import AnyAlert, Severity

log = logging.getLogger("goraebot.announce")

READS: Final = 5
"""Chats of which an alert waits for what is not known: a tenth of a second after busy weeks."""
KNOW_S: Final = 1.0
"""Longer no alert waits for them, whatever the database does."""
FAILURES: Final = 3
"""So many chats in a row cannot be read where it is the database itself."""
AT_ONCE: Final = 10
"""Chats in a look of which something is read anew: those that are not known come first in each."""
TRIES: Final = 3
"""Reads of a chat at most, while others go on changing what it reads."""
AGAIN_MS: Final = 10_000
"""A chat that could not be read is asked about again after so long."""
REST_S: Final = 0.05
"""Between two chats of which something is read anew, which can wait."""


class Limits:
    """Daily limits (noise.py) and cooldowns (cooldown.py) of all chats."""

    def __init__(self, store: Store) -> None:
        self._noise = Noise(store)
        self._cooldowns = Cooldowns(store)
        self._failed: dict[Chat, int] = {}  # when it could not be read
        self._changes = 0  # that a read which is under way may have missed

    def of(self, state: ChatState, alert: AnyAlert, now_ms: int) -> tuple[float, Severity | None]:
        """See Noise.bar and Cooldowns.last."""
        return self._noise.bar(state, now_ms), self._cooldowns.last(state, alert, now_ms)

    async def know(self, states: Sequence[ChatState], now_ms: int) -> None:
        """Read what is not known of these, of a few: the others have an alert all the same, rather
        one too many than all of them late."""
        with suppress(TimeoutError):
            async with asyncio.timeout(KNOW_S):
                for state in islice(self._unknown(states, now_ms), READS):
                    await self._read(state, now_ms)

    async def look(self, states: Sequence[ChatState], now_ms: Callable[[], int]) -> None:
        """Read what is not known of these, one after the other, and of some what was read long
        ago."""
        failures = 0
        for state in list(self._unknown(states, now_ms())):
            if not self._knows(state):  # an alert may have waited for it meanwhile
                failures = 0 if await self._read(state, now_ms()) else failures + 1
                if failures == FAILURES:
                    return
                await asyncio.sleep(0)
        due = (state for state in states if self._knows(state))
        due = (state for state in due if self._noise.is_due(state, now_ms()))
        for state in list(islice(due, AT_ONCE)):
            if not await self._read(state, now_ms()):
                return
            await asyncio.sleep(REST_S)

    def keep_to(self, states: Sequence[ChatState]) -> None:
        """What others than these had is neither held against a limit nor begins a cooldown."""
        self._changes += 1
        self._noise.keep_to(states)
        self._cooldowns.keep_to(states)
        chats = {state.chat for state in states}
        for chat in self._failed.keys() - chats:
            del self._failed[chat]

    def sent(self, chat: Chat, alert: AnyAlert, now_ms: int, severity: Severity) -> None:
        """The chat got one."""
        self._changes += 1
        self._noise.sent(chat, now_ms)
        self._cooldowns.sent(chat, alert, now_ms, severity)

    def _knows(self, state: ChatState) -> bool:
        return self._noise.knows(state) and self._cooldowns.knows(state)

    def _unknown(self, states: Sequence[ChatState], now_ms: int) -> Iterator[ChatState]:
        """Of these the chats to ask about, without those that could not be read lately."""
        for state in states:
            failed_ms = self._failed.get(state.chat)
            rests = failed_ms is not None and abs(now_ms - failed_ms) < AGAIN_MS
            if not rests and not self._knows(state):
                yield state

    async def _read(self, state: ChatState, now_ms: int) -> bool:
        """Whether it could be."""
        try:
            if self._noise.is_due(state, now_ms):
                await self._surely(self._noise.read, state, now_ms)
            if not self._cooldowns.knows(state):
                await self._surely(self._cooldowns.read, state, now_ms)
        except StoreError as error:
            # Perhaps of this chat alone: an alert that cannot be read.
            log.warning("limits of %s cannot be read: %s", state.chat, error)
            self._failed[state.chat] = now_ms
            return False
        self._failed.pop(state.chat, None)
        return True

    async def _surely(
        self, read: Callable[[ChatState, int], Awaitable[None]], state: ChatState, now_ms: int
    ) -> None:
        """What is sent or erased while it is read may be missing there."""
        for _ in range(TRIES):
            changes = self._changes
            await read(state, now_ms)
            if changes == self._changes:
                break
