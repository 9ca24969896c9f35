"""Alerts and edits that the database does not take go to their chats all the same, and are written
down once it does again."""

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial

import msgspec

from bot.deliver import Deliverer
from bot.errors import StoreError
from bot.model import Chat, Delivery, Message
from bot.sender import Place
from bot.store import Notice, Recorded, Store

log = logging.getLogger("goraebot.unrecorded")

ALERTS = 500
"""Alerts kept to be written down. Beyond that they are still sent, and the oldest is forgotten."""
CHANGES = 500
"""Other changes kept to be made later; beyond that the oldest is forgotten."""
EDITED = 5_000
"""Messages whose latest words are remembered meanwhile."""
FIRST_ID = -(2**62)
"""Below zero, where no row of the outbox is, and growing: what is older goes first."""
AT_ONCE = 20
TRY_S = 2.0
READ_S = 1.0
CHANGE_S = 3.0
"""A database that takes longer to change something is told of it later."""


class Unrecorded:
    """``send``, ``tell`` and ``amend`` hand messages and edits over without the outbox; ``run``
    makes good for it.

    While anything is owed to the database it is not asked for each alert: one that is locked takes
    seconds to say no, and alerts would be late. A kill before it is back repeats these messages,
    once, for nothing tells the next run that they were sent. ``sent`` and ``forgotten`` count
    alerts.
    """

    def __init__(
        self, store: Store, deliverer: Deliverer, *, now_ms: Callable[[], int], try_s: float = TRY_S
    ) -> None:
        self._store = store
        self._deliverer = deliverer
        self._now_ms = now_ms
        self._try_s = try_s
        self._owed: deque[Recorded] = deque()
        self._changes: deque[Callable[[], Awaitable[object]]] = deque()
        self._edited: dict[Place, Delivery] = {}  # the latest edition of what was edited meanwhile
        self._ids = itertools.count(FIRST_ID)
        self._filled = asyncio.Event()
        self.sent = 0
        self.forgotten = 0

    @property
    def owed(self) -> int:
        """Alerts that are not in the database yet."""
        return len(self._owed)

    @property
    def behind(self) -> bool:
        """Whether the database does not know all yet; it is not asked to change anything then."""
        return bool(self._owed or self._changes)

    def owes(self, alert_id: str) -> bool:
        """Whether this alert is among them."""
        return any(entry.alert.id == alert_id for entry in self._owed)

    async def send(self, entry: Recorded) -> bool:
        """Send the alert's messages; whether it is new, as far as can be told."""
        if self.owes(entry.alert.id):
            return False
        key = entry.key or entry.alert.id
        try:
            async with asyncio.timeout(READ_S):
                have = await self._store.having([key])  # a full or locked database can be read
        except (StoreError, TimeoutError):
            have = set()
        now_ms = self._now_ms()
        severity = entry.alert.severity
        self._deliverer.send_unrecorded(
            [
                Delivery(next(self._ids), chat, key, message, severity, now_ms, expires_ms)
                for chat, message, expires_ms in entry.messages
                if chat not in have
            ]
        )
        self.sent += 1
        self._owed.append(entry)
        if len(self._owed) > ALERTS:
            forgotten = self._owed.popleft()
            self.forgotten += 1
            log.error("alert %s is sent, but will not be recorded", forgotten.alert.id)
        self._filled.set()
        return True

    def tell(self, notices: Sequence[Notice]) -> None:
        """Send messages that are of no alert's own."""
        self.later(partial(self._store.enqueue, notices))
        self._deliverer.send_unrecorded(
            [
                Delivery(
                    next(self._ids), one.chat, one.key, one.message, one.severity, one.created_ms,
                    one.expires_ms,
                )
                for one in notices
            ]
        )  # fmt: skip

    async def amend(
        self,
        keys: Collection[str],
        change: Callable[[Message], Message],
        edit_until_ms: int,
        besides: Collection[Chat] = (),
    ) -> None:
        """See Store.amend. Copies that have been sent are edited at once as far as they can be
        found; those on their way carry the old words and are edited later."""
        amend = partial(self._store.amend, list(keys), change, edit_until_ms, list(besides))
        self.later(amend)
        copies = await self._copies(keys)
        if amend not in self._changes:
            return  # made meanwhile, of newer words perhaps than those read: the outbox has it
        for copy in copies:
            place = copy.chat, copy.key
            before = self._edited.get(place, copy)
            message = change(before.message)
            if copy.chat in besides or message == before.message:
                continue
            self._edited[place] = edition = msgspec.structs.replace(
                before,
                id=before.id if place in self._edited else next(self._ids),
                message=message,
                version=before.version + 1,
                expires_ms=edit_until_ms,
                attempts=0,
            )
            self._deliverer.edit_unrecorded(edition)
        while len(self._edited) > EDITED:
            del self._edited[next(iter(self._edited))]

    async def _copies(self, keys: Collection[str]) -> list[Delivery]:
        """The sent copies of the keys, in the database (which may be readable) or owed to it."""
        try:
            async with asyncio.timeout(READ_S):
                found = self._deliverer.with_marks(await self._store.copies(keys))
        except (StoreError, TimeoutError):
            found = [one for (_, key), one in self._edited.items() if key in keys]
        reached = self._deliverer.reached(keys)
        for entry in self._owed:
            key = entry.key or entry.alert.id
            for chat, message, expires_ms in entry.messages if key in keys else ():
                if (chat, key) in reached:
                    ref, at_ms = reached[chat, key]
                    severity = entry.alert.severity
                    copy = Delivery(0, chat, key, message, severity, at_ms, expires_ms, ref=ref)
                    found.append(copy)
        return found

    async def taken(self, change: Callable[[], Awaitable[object]], what: str) -> bool:
        """Whether the database has made a change; if not, it may make it later, and ``what``
        (edits, say) go out without. Not asked while it does not know all that was before."""
        if self.behind:
            return False
        try:
            async with asyncio.timeout(CHANGE_S):
                await change()
        except (StoreError, TimeoutError) as error:
            why = str(error) or f"no answer within {CHANGE_S:g} s"
            log.error("%s go out unrecorded: %s", what, why)
            return False
        return True

    def later(self, change: Callable[[], Awaitable[object]]) -> None:
        """Make the change once the database takes some, after those before it."""
        self._changes.append(change)
        if len(self._changes) > CHANGES:
            self._changes.popleft()
            log.error("too many changes wait for the database: the oldest is forgotten")
        self._filled.set()

    async def run(self) -> None:
        """Write down what is owed until cancelled, and then once more."""
        try:
            while True:
                await self._filled.wait()
                await asyncio.sleep(self._try_s)
                try:
                    await self.settle()
                except StoreError:
                    continue  # ``send``'s caller has told of it, as does the database's trouble
                self._filled.clear()
                log.warning("all that the database had refused is written down now")
        finally:
            try:
                await self.settle()
            except StoreError as error:
                log.error(
                    "%d alerts may be sent again, %d other changes are lost: %s",
                    len(self._owed),
                    len(self._changes),
                    error,
                )

    async def settle(self) -> None:
        """Write down what is owed, with what has been sent of it. Raises StoreError."""
        while self.behind:
            if self._owed:  # also those that have come since: changes may be of their messages
                await self._record()
                continue
            change = self._changes[0]
            try:
                await change()
            except StoreError as error:
                if self._store.trouble:
                    raise
                log.error("a change is given up, the database refuses nothing else: %s", error)
            if self._changes and self._changes[0] is change:  # else forgotten
                self._changes.popleft()
            self._deliverer.wake()
        self._edited.clear()

    async def _record(self) -> None:
        """The alerts that have been owed for longest."""
        some = list(itertools.islice(self._owed, AT_ONCE))
        sent = self._deliverer.reached({entry.key or entry.alert.id for entry in some})
        kept = await self._store.record(some, self._now_ms(), sent)
        self._deliverer.adopt(kept.due, sent.keys())
        for entry in some:
            if self._owed and self._owed[0].alert.id == entry.alert.id:  # else forgotten
                self._owed.popleft()

    def forget(self, chat: Chat) -> None:
        """Nothing of the chat's id is written down any more."""
        self._owed = deque(_without(entry, chat) for entry in self._owed)
        for place in [
            p for p in self._edited if (p[0].platform, p[0].id) == (chat.platform, chat.id)
        ]:
            del self._edited[place]


def _without(entry: Recorded, chat: Chat) -> Recorded:
    def others(one: Chat) -> bool:
        return (one.platform, one.id) != (chat.platform, chat.id)

    return msgspec.structs.replace(
        entry,
        decisions=[one for one in entry.decisions if others(one.chat)],
        messages=[one for one in entry.messages if others(one[0])],
    )
