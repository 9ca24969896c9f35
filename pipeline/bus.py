"""Moves to listeners in this process. A message broker would take this file's place."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pipeline.model import SEVERITIES, Move


class _Inbox:
    """What waits for one listener: oldest first, but for what is critical."""

    def __init__(self, size: int) -> None:
        self.moves: deque[Move] = deque()
        self.critical = 0
        self.size = size
        self.filled = asyncio.Event()

    def put(self, move: Move) -> int:
        lost = 0
        if len(self.moves) >= self.size:
            # Full means that the listener has stood still for thousands of moves. The least
            # severe, oldest one gives way; what is lost is counted, never silent.
            least = min(self.moves, key=lambda waiting: SEVERITIES.index(waiting.severity))
            if SEVERITIES.index(least.severity) > SEVERITIES.index(move.severity):
                return 1
            self.moves.remove(least)
            self.critical -= least.severity == "critical"
            lost = 1
        self.moves.append(move)
        self.critical += move.severity == "critical"
        self.filled.set()
        return lost

    def take(self) -> Move:
        """The oldest that is critical and of no move that something waits of before it, else the
        oldest: what is told of one move stays in order, and so does what it has absorbed."""
        before: set[str] = set()
        for at, move in enumerate(self.moves if self.critical else ()):
            if move.severity == "critical" and before.isdisjoint((move.id, *move.absorbed)):
                self.critical -= 1
                del self.moves[at]
                return move
            before.update((move.id, *move.absorbed))
        move = self.moves.popleft()
        self.critical -= move.severity == "critical"
        return move

    async def read(self) -> AsyncIterator[Move]:
        while True:
            await self.filled.wait()
            while self.moves:
                yield self.take()
            self.filled.clear()


class LocalBus:
    """A bounded inbox per listener; ``lost`` counts those that gave way in a full one."""

    def __init__(self, size: int = 10_000) -> None:
        self._size = size
        self._inboxes: list[_Inbox] = []
        self.lost = 0
        self.published = 0

    def publish(self, move: Move) -> None:
        """Hand over without ever waiting."""
        self.published += 1
        for inbox in self._inboxes:
            self.lost += inbox.put(move)

    @asynccontextmanager
    async def subscribe(self) -> AsyncIterator[AsyncIterator[Move]]:
        """Moves published from now on."""
        inbox = _Inbox(self._size)
        self._inboxes.append(inbox)
        try:
            yield inbox.read()
        finally:
            self._inboxes.remove(inbox)
