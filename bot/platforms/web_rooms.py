"""What each web chat shows: a bounded log per chat, and a bounded number of logs. No I/O."""

import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

from bot.model import Chat, Message
from bot.platforms.web_frames import Entry

BACKLOG = 200
"""Bubbles kept per chat; when full, the oldest is forgotten."""
REMEMBERED_IDS = 100
"""Page ids per chat by which a repeated request is recognised; the oldest is forgotten."""


class Page(Protocol):
    """One open page."""

    def offer(self, frame: str) -> None:
        """Send the frame soon; never waits."""
        ...


class Stamps:
    """Microseconds since the epoch, made strictly increasing; they order bubbles and changes."""

    def __init__(self, now_us: Callable[[], int]) -> None:
        self._now_us = now_us
        self._last = 0

    def next(self) -> int:
        """A number above all former ones."""
        self._last = max(self._last + 1, self._now_us())
        return self._last

    def leave_behind(self, ref: int) -> None:
        """Go on above ``ref``, which is from before a restart, even if the clock was set back."""
        self._last = max(self._last, ref)


class Room:
    """The log of one chat.

    It starts empty; ``restore`` merges what was delivered before. ``epoch`` names this log: a page
    that knows another one gets everything and sorts out by ref and key what it already has.
    """

    def __init__(self, chat: Chat, stamps: Stamps, backlog: int = BACKLOG) -> None:
        self.chat = chat
        self.epoch = secrets.token_hex(8)
        self.restored = False
        self.forgotten = False
        """Whether the visitor wanted to be forgotten, and pages have to come back as new."""
        self.pages: set[Page] = set()
        self.holds = 0
        """Visitors about to open a page."""
        self.under_way: set[str] = set()
        """Page ids of what is being worked on."""
        self.visit_due_s = 0.0
        """When it is to be written down again that a page is open."""
        self.seq = 0
        """The number of the last change."""
        self._stamps = stamps
        self._backlog = backlog
        self._entries: dict[int, Entry] = {}  # by ref, ascending
        self._pushed: dict[str, int] = {}  # message key → ref
        self._replies: dict[str, int] = {}
        self._said: deque[str] = deque(maxlen=REMEMBERED_IDS)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def in_use(self) -> bool:
        """Whether somebody looks at it or waits for an answer."""
        return bool(self.pages or self.holds or self.under_way)

    def restore(self, history: Iterable[tuple[str, Message]]) -> None:
        """Merge what was delivered before (refs as ``push`` gave them); what is here is newer."""
        merged: dict[int, Entry] = {}
        for text, message in history:
            ref = int(text)
            if ref not in self._entries and message.key not in self._pushed:
                merged[ref] = Entry(ref, ref, "bot", message=message, pushed=True)
                if message.key:
                    self._pushed[message.key] = ref
                self._stamps.leave_behind(ref)
                self.seq = max(self.seq, ref)
        self._entries = dict(sorted((merged | self._entries).items()))
        self._trim()
        self.restored = True
        self.epoch = secrets.token_hex(8)

    def clear(self) -> None:
        """Forget every bubble; the visitor is a stranger from now on."""
        self._entries.clear()
        self._pushed.clear()
        self._replies.clear()
        self._said.clear()
        self.forgotten = True
        self.epoch = secrets.token_hex(8)

    def after(self, epoch: str, since: int) -> list[Entry]:
        """The bubbles that a page which has seen change ``since`` of log ``epoch`` lacks."""
        everything = epoch != self.epoch
        return [entry for entry in self._entries.values() if everything or entry.seq > since]

    def heard(self, say_id: str) -> bool:
        """Whether what was said with this id is worked on or answered already."""
        return say_id in self._said

    def hear(self, say_id: str) -> None:
        """Remember the id; it is worked on from now on."""
        self._said.append(say_id)
        self.under_way.add(say_id)

    def said(self, say_id: str, text: str) -> Entry:
        """The visitor's own bubble."""
        ref = self._stamps.next()
        return self._put(Entry(ref, ref, "you", id=say_id, text=text))

    def push(self, message: Message) -> Entry:
        """A message nobody asked for; one with a key already here becomes its new edition."""
        ref = self._pushed.get(message.key) if message.key else None
        if ref is not None:
            return self._replace(self._entries[ref], message)
        ref = self._stamps.next()
        if message.key:
            self._pushed[message.key] = ref
        return self._put(Entry(ref, ref, "bot", message=message, pushed=True))

    def reply(self, say_id: str, message: Message) -> Entry:
        """An answer below everything else."""
        ref = self._stamps.next()
        if message.key:
            self._replies[message.key] = ref
        return self._put(Entry(ref, ref, "bot", id=say_id, message=message))

    def reply_in_place(self, say_id: str, message: Message) -> Entry | None:
        """An answer as the new edition of the bubble with its key; None if there is none."""
        entry = self._find("", message.key)
        return entry and self._replace(entry, message, say_id)

    def improve(self, entry: Entry, message: Message) -> Entry | None:
        """A better edition of the bubble; None if it was forgotten or has a newer one by now."""
        if self._entries.get(entry.ref) is not entry:
            return None
        return self._replace(entry, message)

    def edit(self, ref: str, message: Message) -> tuple[Entry, bool] | None:
        """A new edition of the bubble with this ref, else of the one with the message's key.

        The flag says whether the log still has the bubble. None: neither is known.
        """
        entry = self._find(ref, message.key)
        if entry is not None:
            return self._replace(entry, message), True
        if not ref.isdecimal():
            return None
        self._stamps.leave_behind(int(ref))
        late = Entry(int(ref), self._count(), "bot", message=message, pushed=True)
        if self.restored:  # pushed out of the backlog, but a page may still show it
            return late, False
        if message.key:  # sent before the start or before the room was forgotten
            self._pushed[message.key] = late.ref
        self._entries = dict(sorted([*self._entries.items(), (late.ref, late)]))
        self._trim()
        return late, late.ref in self._entries

    def _find(self, ref: str, key: str) -> Entry | None:
        if ref.isdecimal() and int(ref) in self._entries:
            return self._entries[int(ref)]
        found = self._replies.get(key, self._pushed.get(key)) if key else None
        return None if found is None else self._entries[found]

    def _count(self) -> int:
        self.seq = self._stamps.next()
        return self.seq

    def _replace(self, entry: Entry, message: Message, say_id: str = "") -> Entry:
        changed = msgspec.structs.replace(
            entry, seq=self._count(), message=message, id=say_id or entry.id
        )
        self._entries[entry.ref] = changed
        return changed

    def _put(self, entry: Entry) -> Entry:
        self.seq = entry.seq
        self._entries[entry.ref] = entry
        self._trim()
        return entry

    def _trim(self) -> None:
        while len(self._entries) > self._backlog:
            ref = next(iter(self._entries))
            message = self._entries.pop(ref).message
            if message is not None and message.key:
                for keys in (self._pushed, self._replies):
                    if keys.get(message.key) == ref:
                        del keys[message.key]


class Rooms:
    """The rooms in memory, at most ``limit`` besides those in use.

    When it is full, the room unused for longest is forgotten: what was delivered to it comes back
    from the store at the next visit, typed commands and their answers do not.
    """

    def __init__(self, stamps: Stamps, limit: int, backlog: int = BACKLOG) -> None:
        self._stamps = stamps
        self._limit = limit
        self._backlog = backlog
        self._rooms: OrderedDict[Chat, Room] = OrderedDict()

    def __len__(self) -> int:
        return len(self._rooms)

    def get(self, chat: Chat) -> Room:
        """The chat's room; makes one, and space for it, when there is none."""
        room = self._rooms.get(chat)
        if room is None:
            while len(self._rooms) >= self._limit and self._forget_one():
                pass
            room = self._rooms[chat] = Room(chat, self._stamps, self._backlog)
        self._rooms.move_to_end(chat)
        return room

    def _forget_one(self) -> bool:
        for chat, room in self._rooms.items():
            if not room.in_use:
                del self._rooms[chat]
                return True
        return False
