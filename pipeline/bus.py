"""Alerts to listeners in this process. A message broker would take this file's place."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pipeline.model import SEVERITIES, Alert


class _Inbox:
    def __init__(self, size: int) -> None:
        self.alerts: deque[Alert] = deque()
        self.size = size
        self.filled = asyncio.Event()

    def put(self, alert: Alert) -> int:
        lost = 0
        if len(self.alerts) >= self.size:
            # Full means that the listener has stood still for thousands of alerts. The least
            # severe, oldest one gives way; what is lost is counted, never silent.
            least = min(self.alerts, key=lambda waiting: SEVERITIES.index(waiting.severity))
            if SEVERITIES.index(least.severity) > SEVERITIES.index(alert.severity):
                return 1
            self.alerts.remove(least)
            lost = 1
        self.alerts.append(alert)
        self.filled.set()
        return lost

    async def read(self) -> AsyncIterator[Alert]:
        while True:
            await self.filled.wait()
            while self.alerts:
                yield self.alerts.popleft()
            self.filled.clear()


class LocalBus:
    """A bounded inbox per listener; ``lost`` counts alerts that gave way in a full one."""

    def __init__(self, size: int = 10_000) -> None:
        self._size = size
        self._inboxes: list[_Inbox] = []
        self.lost = 0
        self.published = 0

    def publish(self, alert: Alert) -> None:
        """Hand over without ever waiting."""
        self.published += 1
        for inbox in self._inboxes:
            self.lost += inbox.put(alert)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[Alert]]:
        """Alerts published from now on."""
        inbox = _Inbox(self._size)
        self._inboxes.append(inbox)
        try:
            yield inbox.read()
        finally:
            self._inboxes.remove(inbox)
