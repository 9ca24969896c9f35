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
SOON_MS: Final = 60_000
"""What is later than now by less has come while something was read or weighed; what is later by
more is of a clock that has been put back, and would count until that time comes."""
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
        past = [one for one in weighed if one.recorded_ms <= now_ms + SOON_MS]
        self.per_day = per_day
        self.found_ms = now_ms
        self.bar = bar_of(past, per_day, now_ms)
        self.sent = [one.recorded_ms for one in past if one.send]


class Noise:
    """Knows the bar of every chat that set a limit, once that has been read, which takes long: ten
    thousand decisions of a week are read in a tenth of a second."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._budgets: dict[Chat, _Budget] = {}

    def knows(self, state: ChatState) -> bool:
        """Whether the bar is known, however old, or none is wanted."""
        budget = self._budgets.get(state.chat)
        wanted = state.daily_limit
        return not wanted or (budget is not None and budget.per_day == wanted)

    def is_due(self, state: ChatState, now_ms: int) -> bool:
        """Whether the bar is to be read, or read anew. A clock that was put back makes it so."""
        if not self.knows(state):
            return True
        budget = self._budgets.get(state.chat)
        return budget is not None and abs(now_ms - budget.found_ms) >= REFRESH_MS

    async def read(self, state: ChatState, now_ms: int) -> None:
        """Find the bar. Raises StoreError."""
        if state.daily_limit:
            weighed = await self._store.weighed(state.chat, now_ms - DAYS * DAY_MS, READ)
            self._budgets[state.chat] = _Budget(weighed, state.daily_limit, now_ms)

    def bar(self, state: ChatState, now_ms: int) -> float:
        """The excess that an alert needs now, 0 without a limit or where the bar is not known."""
        budget = self._budgets.get(state.chat)
        if budget is None or not state.daily_limit:
            return 0.0
        lately = sum(now_ms - DAY_MS < at_ms <= now_ms + SOON_MS for at_ms in budget.sent)
        return math.inf if lately >= state.daily_limit else budget.bar

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
