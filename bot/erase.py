"""Forgets a chat: what the store has, what waits in memory, what its platform remembers."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.model import Chat
from bot.store import Store

CODE_MS: Final = 5 * 60_000
"""A code is good for so long at least, and for twice as long at most."""

Forget = Callable[[Chat], None]


class ChatEraser:
    """Implements ports.Eraser. ``forgets`` are told of a chat that is gone from the store.

    Codes are a digest of chat, user and time under a secret of this run: nothing is kept for them,
    and a restart makes them void.
    """

    def __init__(
        self, store: Store, forgets: Sequence[Forget], *, now_ms: Callable[[], int]
    ) -> None:
        self._store = store
        self._forgets = forgets
        self._now_ms = now_ms
        self._secret = secrets.token_bytes(32)

    def code(self, chat: Chat, user: str) -> str:
        """Six digits."""
        return self._code(chat, user, self._now_ms() // CODE_MS)

    def confirms(self, chat: Chat, user: str, code: str) -> bool:
        """See ports.Eraser."""
        now = self._now_ms() // CODE_MS
        given = code.encode()
        return any(
            hmac.compare_digest(given, self._code(chat, user, time).encode())
            for time in (now, now - 1)
        )

    async def held(self, chat: Chat) -> Mapping[str, int]:
        """See ports.Eraser."""
        return await self._store.held(chat)

    async def erase(self, chat: Chat) -> Mapping[str, int]:
        """See ports.Eraser. Raises StoreError, and has erased nothing then."""
        gone = await self._store.erase(chat)
        for forget in self._forgets:
            forget(chat)
        return gone

    def _code(self, chat: Chat, user: str, time: int) -> str:
        said = "\n".join((chat.platform, chat.id, chat.topic, user, str(time)))
        digest = hmac.new(self._secret, said.encode(), hashlib.sha256).digest()
        return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"
