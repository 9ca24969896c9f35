"""Keeps track of the chats that the bot is in: greets once, pauses and resumes, follows moves."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

import msgspec

from bot.compose_welcome import BACK
from bot.model import Chat, ChatState, Message

MAX_LOST = 100
"""Lost topics remembered of a chat; the one lost first is forgotten, and told of again."""

KEY = "lobby:{platform}:{id}"


class ChatStore(Protocol):
    """What the lobby needs of the store; every call raises StoreError."""

    async def active_topics(self, chat: Chat) -> Sequence[str]:
        """The topics of the chat's id that are active."""
        ...

    async def chat(self, chat: Chat) -> ChatState:
        """Everything stored about the chat."""
        ...

    async def paused(self, platform: str) -> Sequence[Chat]:
        """Every chat of the platform that is not active."""
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
    """What is remembered of a chat id. ``paused`` are the topics to go on with on return, ``lost``
    the ones that were found closed or deleted."""

    greeted: bool = False
    paused: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


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
        """The bot was added, or is back: what had been paused goes on. What to post there: the
        greeting, once ever, and later on that alerts come again, if any had been paused."""
        async with self._lock:
            known = await self._known(chat)
            resumed = await self._resume(chat, known)
            await self._keep(chat, msgspec.structs.replace(known, greeted=True, paused=()))
        if not known.greeted:
            return self._greeting
        return BACK if resumed else None

    async def reachable(self, chat: Chat) -> Message | None:
        """The bot has just written there: what had been paused goes on. What to post then."""
        async with self._lock:
            known = await self._known(chat)
            resumed = await self._resume(chat, known)
            if known.paused:
                await self._keep(chat, msgspec.structs.replace(known, paused=()))
        return BACK if resumed else None

    async def paused(self, platform: str) -> Sequence[Chat]:
        """The platform's chats that are paused, topics and all."""
        return await self._store.paused(platform)

    async def lost_topic(self, chat: Chat) -> bool:
        """The topic takes no messages any more, the chat does. Whether that is news."""
        async with self._lock:
            known = await self._known(chat)
            if chat.topic in known.lost:
                return False
            lost = (*known.lost, chat.topic)[-MAX_LOST:]
            await self._keep(chat, msgspec.structs.replace(known, lost=lost))
        return True

    async def found_topic(self, chat: Chat) -> None:
        """The topic takes messages (again)."""
        async with self._lock:
            known = await self._known(chat)
            if chat.topic in known.lost:
                lost = tuple(topic for topic in known.lost if topic != chat.topic)
                await self._keep(chat, msgspec.structs.replace(known, lost=lost))

    async def left(self, chat: Chat) -> None:
        """The bot was removed, blocked or lost the right to write: pause the chat."""
        async with self._lock:
            active = await self._store.active_topics(chat)
            if not active:  # like most channels of a server that removes the bot
                return
            known = await self._known(chat)
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
                lost = tuple(sorted({*before.lost, *after.lost}))
                await self._keep(new, msgspec.structs.replace(after, greeted=greeted, lost=lost))
                await self._keep(chat, _Known())

    async def _resume(self, chat: Chat, known: _Known) -> bool:
        """Whether there is anything that was paused and is wanted."""
        wanted = False
        for topic in {chat.topic, *known.paused}:
            one = Chat(chat.platform, chat.id, topic)
            state = await self._store.chat(one)
            if not state.active:
                await self._store.resume(one)
                wanted |= bool(state.subscriptions)
        return wanted

    async def _known(self, chat: Chat) -> _Known:
        kept = await self._store.get_meta(KEY.format(platform=chat.platform, id=chat.id))
        return msgspec.json.decode(kept, type=_Known) if kept else _Known()

    async def _keep(self, chat: Chat, known: _Known) -> None:
        key = KEY.format(platform=chat.platform, id=chat.id)
        await self._store.set_meta(key, msgspec.json.encode(known).decode())
