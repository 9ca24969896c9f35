"""About so many alerts a day, the largest: where the bar is for a chat with a daily limit.

The bar is the excess (measured value over threshold) that so many alerts a day reached in the last
seven days, of those that the chat subscribes to. What is critical always passes, and once the limit
is reached within 24 hours nothing else does.
"""

import math
from collections.abc import Sequence
from typing import Final

from bot.model import Chat, ChatState, Weighed
from bot.store import Store

DAY_MS: Final = 86_400_000
DAYS: Final = 7
ENOUGH_MS: Final = 6 * 3_600_000
"""With less history than this nobody knows what a day brings: the limit itself must do."""

REFRESH_MS: Final = 600_000
READ: Final = 50_000
MATCHED: Final = frozenset({"subscribed", "held"})
"""Decisions about alerts that the chat would get without a limit."""


def bar_of(weighed: Sequence[Weighed], per_day: int, now_ms: int) -> float:
    """The excess that ``per_day`` alerts a day reached, 0 if fewer came."""
    matched = [one for one in weighed if one.reason in MATCHED]
    began_ms = min((one.recorded_ms for one in matched), default=now_ms)
    if now_ms - began_ms < ENOUGH_MS:
        return 0.0
    wanted = round(per_day * min(DAYS, (now_ms - began_ms) / DAY_MS))
    sizes = sorted((one.excess for one in matched), reverse=True)
    return sizes[wanted] if wanted < len(sizes) else 0.0


class _Budget:
    """One chat's: its bar, when that was found, and when its alerts of the last day were sent."""

    def __init__(self, weighed: Sequence[Weighed], per_day: int, now_ms: int) -> None:
        self.per_day = per_day
        self.found_ms = now_ms
        self.bar = bar_of(weighed, per_day, now_ms)
        self.sent = [one.recorded_ms for one in weighed if one.send]


class Noise:
    """Knows the bar of every chat that set a limit; asks the store again every ten minutes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._budgets: dict[Chat, _Budget] = {}

    async def bar(self, state: ChatState, now_ms: int) -> float:
        """The excess that an alert needs now, 0 without a limit. Raises StoreError."""
        if not state.daily_limit:
            return 0.0
        budget = self._budgets.get(state.chat)
        if (
            budget is None
            or budget.per_day != state.daily_limit
            or now_ms - budget.found_ms >= REFRESH_MS
        ):
            weighed = await self._store.weighed(state.chat, now_ms - DAYS * DAY_MS, READ)
            budget = self._budgets[state.chat] = _Budget(weighed, state.daily_limit, now_ms)
        lately = sum(at_ms > now_ms - DAY_MS for at_ms in budget.sent)
        return math.inf if lately >= budget.per_day else budget.bar

    def keep_to(self, states: Sequence[ChatState]) -> None:
        """These are all chats there are now; of others, and without a limit, nothing is kept."""
        limited = {state.chat for state in states if state.daily_limit}
        for chat in self._budgets.keys() - limited:
            del self._budgets[chat]

    def sent(self, chat: Chat, now_ms: int) -> None:
        """The chat got one."""
        budget = self._budgets.get(chat)
        if budget is not None:
            budget.sent.append(now_ms)
