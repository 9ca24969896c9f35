"""A chat's own cooldown: when it last had an alert of a symbol and kind, and how severe that was.

It outlasts a restart: what was sent is read from the decisions.
"""

from collections.abc import Sequence
from typing import Final

from bot.model import Chat, ChatState
from bot.store import Store
from bot.thresholds import severity_for
from pipeline.model import AnyAlert, Severity

READ: Final = 2_000
"""Alerts of a chat that are read at most; a chat that had more has no use for a cooldown then."""

KEPT: Final = 5_000
"""Symbols and kinds remembered per chat; beyond that the one told longest ago is forgotten."""


class _Had:
    """What one chat was sent, by symbol and kind, oldest first."""

    def __init__(self, cooldown_s: int) -> None:
        self.cooldown_s = cooldown_s
        self.last: dict[tuple[str, str], tuple[int, Severity]] = {}

    def add(self, alert: AnyAlert, at_ms: int, severity: Severity) -> None:
        """The chat got it."""
        self.last.pop((alert.symbol, alert.kind), None)
        self.last[alert.symbol, alert.kind] = at_ms, severity
        if len(self.last) > KEPT:
            del self.last[next(iter(self.last))]


class Cooldowns:
    """Knows what every chat that set a cooldown was sent."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._had: dict[Chat, _Had] = {}

    def knows(self, state: ChatState) -> bool:
        """Whether it has been read what the chat was sent, or no cooldown is wanted."""
        had = self._had.get(state.chat)
        wanted = state.settings.cooldown_s
        return not wanted or (had is not None and had.cooldown_s == wanted)

    async def read(self, state: ChatState, now_ms: int) -> None:
        """Find what the chat was sent. Raises StoreError."""
        cooldown_s = state.settings.cooldown_s
        if not cooldown_s:
            return
        had = _Had(cooldown_s)
        since_ms = now_ms - cooldown_s * 1000
        found = await self._store.decisions_for(state.chat, None, since_ms, READ)
        for stored, decision in reversed(found):
            if decision.send:
                severity = severity_for(stored.alert, state.settings)
                had.add(stored.alert, stored.recorded_ms, severity)
        self._had[state.chat] = had

    def last(self, state: ChatState, alert: AnyAlert, now_ms: int) -> Severity | None:
        """The severity of what the chat's cooldown counts from; None: there is none, it is over, or
        it has not been read."""
        had = self._had.get(state.chat)
        cooldown_s = state.settings.cooldown_s
        if had is None or not cooldown_s:
            return None
        at_ms, severity = had.last.get((alert.symbol, alert.kind), (0, None))
        # A clock that was set back by more than that makes the chat wait no longer either.
        return severity if abs(now_ms - at_ms) < cooldown_s * 1000 else None

    def keep_to(self, states: Sequence[ChatState]) -> None:
        """These are all chats there are now; of others, and without a cooldown, nothing is kept."""
        waiting = {state.chat for state in states if state.settings.cooldown_s}
        for chat in self._had.keys() - waiting:
            del self._had[chat]

    def sent(self, chat: Chat, alert: AnyAlert, now_ms: int, severity: Severity) -> None:
        """The chat got one."""
        had = self._had.get(chat)
        if had is not None:
            had.add(alert, now_ms, severity)
