"""Send what is due, one sender for each platform, and give up what is no longer news."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence

import msgspec

from bot.compose import held_while_away
from bot.errors import StoreError
from bot.model import Chat, Delivery, Message
from bot.ports import Platform
from bot.sender import Place, Sender
from bot.store import Notice, Store

log = logging.getLogger("goraebot.deliver")

EXPIRE_EVERY_S = 5.0
HELD_MS = 12 * 3_600_000
CHATS_HELD = 10_000


class Deliverer:
    """Runs one sender per platform. ``wake`` says that the outbox has changed; ``marked`` gives a
    message as it is handed over."""

    def __init__(
        self,
        store: Store,
        platforms: Sequence[Platform],
        *,
        now_ms: Callable[[], int],
        marked: Callable[[Message], Message] = lambda message: message,
    ) -> None:
        self._store = store
        self._now_ms = now_ms
        self._held: dict[Chat, tuple[int, int]] = {}  # began_ms, how many
        self.senders = {p.name: Sender(store, p, now_ms=now_ms, marked=marked) for p in platforms}

    def wake(self, due: Sequence[Delivery] = ()) -> None:
        """The outbox has something new: ``due``, if that is all and known."""
        for name, sender in self.senders.items():
            if not due:
                sender.wake()
            elif own := [one for one in due if one.chat.platform == name]:
                sender.take(own)

    def send_unrecorded(self, due: Sequence[Delivery]) -> None:
        """Send what is not in the outbox, with ids below zero."""
        for one in due:
            sender = self.senders.get(one.chat.platform)
            if sender is not None:
                sender.drift(one)

    def edit_unrecorded(self, one: Delivery) -> None:
        """Edit a message that was sent, in place of earlier editions of the same id (below zero);
        the outbox will have the edit later, and have it made once more."""
        sender = self.senders.get(one.chat.platform)
        if sender is not None:
            sender.edit_adrift(one)

    def with_marks(self, rows: Sequence[Delivery]) -> list[Delivery]:
        """Those of the outbox's rows that were sent, with what it has not been told of that."""
        found = []
        for row in rows:
            sender = self.senders.get(row.chat.platform)
            ref = row.ref or (sender.sent_as(row) if sender is not None else "")
            if ref:
                found.append(msgspec.structs.replace(row, ref=ref))
        return found

    def reached(self, keys: Collection[str]) -> dict[Place, tuple[str, int]]:
        """Which unrecorded messages of the keys were handed over, as (reference, time)."""
        return {
            place: how
            for sender in self.senders.values()
            for place, how in sender.reached.items()
            if place[1] in keys
        }

    def adopt(self, due: Sequence[Delivery], marked: Collection[Place]) -> None:
        """These, unrecorded until now, are in the outbox; ``marked`` as sent already."""
        for sender in self.senders.values():
            sender.told(marked)
            for one in due:
                if one.chat.platform != sender.name or (one.chat, one.key) in marked:
                    continue
                if not sender.adopt(one):  # given up while nobody could write that down
                    sender.take([one])
            # Recording may have seemed to fail and succeeded: then they are in the outbox already.
            sender.wake()

    def forget(self, chat: Chat) -> None:
        """Nothing read before goes to the chat's id any more; the outbox has nothing for it."""
        for known in [k for k in self._held if (k.platform, k.id) == (chat.platform, chat.id)]:
            del self._held[known]
        sender = self.senders.get(chat.platform)
        if sender is not None:
            sender.forget(chat)

    @property
    def queued(self) -> int:
        """Messages in the windows of all platforms."""
        return sum(sender.queued for sender in self.senders.values())

    @property
    def dropped(self) -> int:
        """Messages that found no room anywhere while the database took none."""
        return sum(sender.dropped for sender in self.senders.values())

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._expire(), name="expire")
            for sender in self.senders.values():
                tasks.create_task(sender.run(), name=f"send to {sender.name}")

    async def _expire(self) -> None:
        """Old news is not sent; the chat learns how many there were once it can be reached."""
        while True:
            try:
                await self.expire()
            except StoreError as error:
                log.warning("old deliveries cannot be expired: %s", error)
            await asyncio.sleep(EXPIRE_EVERY_S)

    async def expire(self) -> None:
        """Give up what is no longer news. One line a chat counts all of a bad time, and nothing
        that it got: what was sent while the database took no marks is written down before."""
        for sender in self.senders.values():
            await sender.write_marks()
        under_way = [id for sender in self.senders.values() for id in sender.under_way]
        now_ms = self._now_ms()
        grown: list[tuple[str, Message]] = []
        held: dict[Chat, tuple[int, int]] = {}

        def tell(chat: Chat, count: int) -> Notice | None:
            began_ms, before = self._held.get(chat, (now_ms, 0))
            if now_ms - began_ms > HELD_MS:
                began_ms, before = now_ms, 0
            held[chat] = began_ms, before + count
            key = f"held:{chat}:{began_ms}"
            message = held_while_away(before + count, key)
            if before:
                grown.append((key, message))
                return None
            return Notice(chat, key, message, "notice", now_ms, now_ms + HELD_MS)

        if await self._store.expire(now_ms, tell, under_way):
            # Only now: what a failed transaction counted is counted again by the next one.
            for chat, kept in held.items():
                self._held.pop(chat, None)
                self._held[chat] = kept
            while len(self._held) > CHATS_HELD:
                del self._held[next(iter(self._held))]
            for key, message in grown:
                await self._store.revise(key, message, now_ms + HELD_MS)
            self.wake()
