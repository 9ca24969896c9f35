"""What chats' daily limits and cooldowns are counted from, read before an alert needs it."""

import asyncio
import logging
from collections.abc import Callable, Sequence
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
REST_S: Final = 0.05
"""Between two chats of which something is read anew, which can wait."""


class Limits:
    """Daily limits (noise.py) and cooldowns (cooldown.py) of all chats."""

    def __init__(self, store: Store) -> None:
        self._noise = Noise(store)
        self._cooldowns = Cooldowns(store)

    def of(self, state: ChatState, alert: AnyAlert, now_ms: int) -> tuple[float, Severity | None]:
        """See Noise.bar and Cooldowns.last."""
        return self._noise.bar(state, now_ms), self._cooldowns.last(state, alert, now_ms)

    async def know(self, states: Sequence[ChatState], now_ms: int) -> None:
        """Read what is not known of these, of a few: the others have an alert all the same, rather
        one too many than all of them late."""
        unknown = (state for state in states if not self._knows(state))
        for state in islice(unknown, READS):
            if not await self._read(state, now_ms):
                break

    async def look(self, states: Sequence[ChatState], now_ms: Callable[[], int]) -> None:
        """Read what is not known of these, or not lately, one after the other."""
        for state in states:
            known = self._knows(state)
            if known and not self._noise.is_due(state, now_ms()):
                continue
            if not await self._read(state, now_ms()):
                break
            await asyncio.sleep(REST_S if known else 0)

    def keep_to(self, states: Sequence[ChatState]) -> None:
        """What others than these had is neither held against a limit nor begins a cooldown."""
        self._noise.keep_to(states)
        self._cooldowns.keep_to(states)

    def sent(self, chat: Chat, alert: AnyAlert, now_ms: int, severity: Severity) -> None:
        """The chat got one."""
        self._noise.sent(chat, now_ms)
        self._cooldowns.sent(chat, alert, now_ms, severity)

    def _knows(self, state: ChatState) -> bool:
        return self._noise.knows(state) and self._cooldowns.knows(state)

    async def _read(self, state: ChatState, now_ms: int) -> bool:
        try:
            if self._noise.is_due(state, now_ms):
                await self._noise.read(state, now_ms)
            if not self._cooldowns.knows(state):
                await self._cooldowns.read(state, now_ms)
        except StoreError as error:
            log.warning("limits of %s cannot be read: %s", state.chat, error)
            return False
        return True
