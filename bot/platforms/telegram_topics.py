"""Which topics of Telegram's forums take messages, as far as has been found out."""

import logging
from collections import OrderedDict
from typing import Final

from bot.errors import StoreError
from bot.model import Chat
from bot.ports import Lobby

log = logging.getLogger("goraebot.telegram")

MAX_TOPICS: Final = 10_000
"""Topics whose state is remembered; the oldest is forgotten first and found out again."""


class Topics:
    """Remembers, and tells the lobby of what is new."""

    def __init__(self, lobby: Lobby) -> None:
        self._lobby = lobby
        self._takes: OrderedDict[Chat, bool] = OrderedDict()

    def open_one(self, chat: Chat) -> str:
        """The chat's topic, "" (the general one) where it takes nothing."""
        return chat.topic if self._takes.get(chat, True) else ""

    async def lost(self, chat: Chat) -> bool:
        """The topic takes nothing any more. Whether to tell it: once, not after each restart."""
        self._know(chat, False)
        try:
            return await self._lobby.lost_topic(chat)
        except StoreError as error:
            log.error("%s: a lost topic cannot be stored: %s", chat, error)
            return True

    async def found(self, chat: Chat) -> None:
        """The topic has taken a message."""
        if self._takes.get(chat, False):
            return
        self._know(chat, True)
        try:
            await self._lobby.found_topic(chat)
        except StoreError as error:  # told once too little, should it be lost again
            log.error("%s: a topic that is back cannot be stored: %s", chat, error)

    async def reopened(self, chat: Chat) -> None:
        """The topic was opened again."""
        self._takes.pop(chat, None)
        await self.found(chat)

    def _know(self, chat: Chat, takes: bool) -> None:
        self._takes[chat] = takes
        self._takes.move_to_end(chat)
        if len(self._takes) > MAX_TOPICS:
            self._takes.popitem(last=False)
