"""Keeps track of the chats that the bot is in: greets once, pauses and resumes, follows moves."""

import asyncio
from typing import Protocol

import msgspec

from bot.model import Chat, ChatState, Message

KEY = "lobby:{platform}:{id}"


class ChatStore(Protocol):
    """What the lobby needs of the store; every call raises StoreError."""

    async def audience(self) -> list[ChatState]:
        """Every active chat."""
        ...

    async def gone(self, chat: Chat) -> None:
        """Pause one chat."""
        ...

    async def resume(self, chat: Chat) -> None:
        """Go on with one chat."""
        ...

    async def move(self, chat: Chat, new_id: str) -> None:
        """Give everything of a chat id to another id."""
        ...

    async def get_meta(self, key: str) -> str | None:
        """A small piece of state."""
        ...

    async def set_meta(self, key: str, value: str) -> None:
        """Keep a small piece of state."""
        ...


class _Known(msgspec.Struct, frozen=True):
    """What is remembered of a chat id. ``paused`` are the topics to go on with on return."""

    greeted: bool = False
    paused: tuple[str, ...] = ()


class StoreLobby:
    """Implements bot.ports.Lobby over the store: a chat is all topics of its id.

    Every call raises StoreError and may be repeated without harm. ``greeting`` is what a chat is
    told when the bot is added for the first time.
    """

    def __init__(self, store: ChatStore, greeting: Message) -> None:
        self._store = store
        self._greeting = greeting
        self._lock = asyncio.Lock()  # reading what is known and writing it are one step

    async def joined(self, chat: Chat) -> Message | None:
        """The bot was added, or is back: what had been paused goes on. The greeting to post, the
        first time only."""
        async with self._lock:
            known = await self._known(chat)
            await self._resume(chat, known)
            await self._keep(chat, _Known(greeted=True))
        return None if known.greeted else self._greeting

    async def left(self, chat: Chat) -> None:
        """The bot was removed, blocked or lost the right to write: pause the chat."""
        async with self._lock:
            known = await self._known(chat)
            active = await self._active_topics(chat)
            # Written first: a crash in between leaves topics active, which are found gone again.
            topics = tuple(sorted({*known.paused, *active}))
            if topics != known.paused:
                await self._keep(chat, msgspec.structs.replace(known, paused=topics))
            for topic in active:
                await self._store.gone(Chat(chat.platform, chat.id, topic))

    async def moved(self, chat: Chat, new_id: str) -> None:
        """The chat has another id now; everything stored goes along, and what was paused goes on:
        a group that becomes a supergroup takes its bots along."""
        if new_id == chat.id:
            return
        async with self._lock:
            new = Chat(chat.platform, new_id)
            before, after = await self._known(chat), await self._known(new)
            await self._store.move(chat, new_id)
            if before != _Known():
                await self._resume(new, before)
                greeted = before.greeted or after.greeted
                await self._keep(new, msgspec.structs.replace(after, greeted=greeted))
                await self._keep(chat, _Known())

    async def _active_topics(self, chat: Chat) -> list[str]:
        return [
            state.chat.topic
            for state in await self._store.audience()
            if (state.chat.platform, state.chat.id) == (chat.platform, chat.id)
        ]

    async def _resume(self, chat: Chat, known: _Known) -> None:
        for topic in {chat.topic, *known.paused}:
            await self._store.resume(Chat(chat.platform, chat.id, topic))

    async def _known(self, chat: Chat) -> _Known:
        kept = await self._store.get_meta(KEY.format(platform=chat.platform, id=chat.id))
        return msgspec.json.decode(kept, type=_Known) if kept else _Known()

    async def _keep(self, chat: Chat, known: _Known) -> None:
        key = KEY.format(platform=chat.platform, id=chat.id)
        await self._store.set_meta(key, msgspec.json.encode(known).decode())
