"""Hands one platform's outbox over, then writes down that it was sent.

At least once: a crash between the two repeats one message, the other order would lose one. Whose
turn it is says turns.py; whoever does not answer holds up nobody else.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

import msgspec

from bot.compose import late
from bot.errors import ChatGone, ChatMoved, MessageRefused, RetryLater, StoreError
from bot.model import Chat, Delivery, Message, Sent
from bot.ports import Platform
from bot.store import Mark, Store
from bot.turns import LONGEST_S, Lane, Turn, Turns, place

log = logging.getLogger("goraebot.deliver")

WINDOW = 2_000
"""Deliveries of a platform held in memory; the rest waits in the outbox, most urgent first. Of what
is new and more urgent than that rest as many again."""
PAGE = 500
"""Rows read at a time: more of them stop the loop for too long."""
IN_FLIGHT, WAITING = 64, 3
"""Messages handed over and not answered, more than a platform takes in a second, and those among
them that only wait for their turn."""
UNMARKED = 500
"""Messages that were answered and wait to be marked: the disk may take a moment without anybody's
pace being lost."""
SLOW_S, SLOW = 6.0, 160
"""Whoever has not answered for so long counts as slow, and so many of them take no place in flight:
longer than a message may wait for its turn. With those in flight they are fewer than a platform's
connections."""
SEND_S = 20.0
LATE_MS = 60_000
"""A message that waited for so long says so: the platform was away, or many were before it."""
UNRECORDED = 5_000
"""Messages that wait without being in the outbox, at most, and half of those that were sent."""
LOADS, LOADS_S = 4, 0.2
"""The outbox is read so many times in so many seconds at most: a burst of alerts in few steps, a
single one at once even if an explanation came just before it."""
AGAIN_S = 1.0
"""Between two tries while the database refuses to be read or written."""
BACKOFF_S = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)

Place = tuple[Chat, str]
"""Where an unrecorded message belongs: a chat, and the message's key there."""


class Sender:
    """Delivers one platform's outbox. Times of turns are the event loop's.

    ``sent``, ``edited``, ``flooded`` (tries that met a limit), ``retried`` (others that failed and
    are made again), ``refused`` (messages that the platform does not take),
    ``dropped`` (that found no room while the database took none) and ``gone`` (chats) count.
    ``marked`` gives a message as it is handed over.
    """

    def __init__(
        self,
        store: Store,
        platform: Platform,
        *,
        now_ms: Callable[[], int],
        marked: Callable[[Message], Message],
    ) -> None:
        self._store = store
        self._marked = marked
        self._platform = platform
        self._now_ms = now_ms
        self._turns = Turns(platform.limits, platform.is_group, self._expired)
        self._known = self._turns.known
        self._unwritten: dict[int, Mark] = {}  # sent, but the database refused to write it down
        self._adrift: dict[Place, int] = {}  # unrecorded ones that wait or are under way → id
        self._edits: dict[int, Chat] = {}  # unrecorded edits that wait or are under way
        self._adopted: dict[int, Delivery] = {}  # recorded while they were under way, by that id
        self.reached: dict[Place, tuple[str, int]] = {}  # handed over, but not recorded
        self._sending: dict[int, int] = {}  # deliveries under way → version
        self._after: dict[int, Delivery] = {}  # newer unrecorded editions of those
        # Since the last load began, whose rows may be out of date:
        self._finished: dict[int, int] = {}
        self._told: set[Place] = set()  # handed over, and marked by others
        self._erased: set[str] = set()  # ids of chats
        self._in_flight = self._slow = self._unmarked = 0
        self._changed = asyncio.Event()
        self._to_write = asyncio.Event()
        self._to_read = asyncio.Event()
        self._reload = True
        self._behind = False  # whether the outbox has more than was read,
        self._edge: Delivery | None = None  # behind this one, if any
        self._left: tuple[int, int] | None = None  # the first place left to it during a read
        self.sent = self.edited = self.refused = self.dropped = self.gone = 0
        self.flooded = self.retried = 0

    @property
    def name(self) -> str:
        """The platform's."""
        return self._platform.name

    def drift(self, one: Delivery) -> None:
        """Send what the outbox does not have; at most ``UNRECORDED`` of them wait."""
        place = one.chat, one.key
        if len(self._adrift) >= UNRECORDED:
            log.error("%s: unrecorded %s is dropped, too many wait", one.chat, one.key)
            self.dropped += 1
        elif place not in self._adrift and place not in self.reached:
            self._adrift[place] = one.id
            self._hold(one)

    def sent_as(self, row: Delivery) -> str:
        """The reference of a row that was sent, if the outbox has not been told; else ""."""
        mark = self._unwritten.get(row.id)
        if mark is not None:
            return mark.ref
        return self.reached.get((row.chat, row.key), ("", 0))[0]

    def edit_adrift(self, one: Delivery) -> None:
        """An edit that the outbox does not have."""
        if one.id in self._sending:
            self._after[one.id] = one
        else:
            self._hold(one)

    def adopt(self, row: Delivery) -> bool:
        """The outbox has what was unrecorded; whether it was. Never sent a second time."""
        place = row.chat, row.key
        if place in self.reached:
            ref, at_ms = self.reached.pop(place)
            self._write_later(Mark(row.id, 1, ref, at_ms))
        elif place not in self._adrift:
            return False
        elif (id := self._adrift.pop(place)) in self._sending:
            self._adopted[id] = row
            self._sending[row.id] = 1
        else:
            self._turns.drop(id, row.chat)
            self._hold(row)
        if row.version > 1:
            self.wake()
        return True

    def told(self, places: Collection[Place]) -> None:
        """The outbox has been told that these were handed over; what is being read may say else."""
        known = self.reached.keys() & places
        self._told |= known
        for one in known:
            del self.reached[one]

    def forget(self, chat: Chat) -> None:
        """Drop what waits for the chat's id in memory, and what is being read for it."""
        self._erased.add(chat.id)
        for known in [p for p in (*self._adrift, *self.reached) if p[0].id == chat.id]:
            self._adrift.pop(known, None)
            self.reached.pop(known, None)
        self._after = {id: one for id, one in self._after.items() if one.chat.id != chat.id}
        self._edits = {id: one for id, one in self._edits.items() if one.id != chat.id}
        self._turns.forget(chat.id)

    @property
    def under_way(self) -> Collection[int]:
        """Rows of the outbox that are being sent, or written down."""
        return {id for id in self._sending if id > 0}

    @property
    def queued(self) -> int:
        """Messages in memory that wait."""
        return len(self._known)

    def wake(self) -> None:
        """The outbox has something new."""
        self._reload = True
        self._to_read.set()

    def take(self, due: Sequence[Delivery]) -> None:
        """These are new in the outbox; where there is no room they are read when there is."""
        for one in sorted(due, key=place):
            if one.id in self._known or one.id in self._sending or one.id in self._finished:
                continue
            self._make_room()
            if not self._within(one):
                self._leave(one)
                return  # read when its turn has come
            self._hold(one, newest=True)

    async def run(self) -> None:
        """Deliver until cancelled."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_marks(), name=f"marks of {self.name}")
            tasks.create_task(self._keep_read(), name=f"outbox of {self.name}")
            while True:
                self._changed.clear()
                wait_s = LONGEST_S
                waiting: int = getattr(self._platform, "waiting", 0)
                free = self._in_flight < IN_FLIGHT and self._unmarked < UNMARKED
                if free and waiting < WAITING:
                    turn = self._turns.next(loop.time(), self._now_ms())
                    if self._outdated:
                        self._to_read.set()
                    if isinstance(turn, Turn):
                        self._in_flight += 1
                        one = turn.delivery
                        self._sending[one.id] = one.version
                        tasks.create_task(self._deliver(turn.lane, one), name=f"send {one.id}")
                        # So that what is sent is sent, and what is answered is seen, before the
                        # next one: a burst of fifty would find its first answer after the last.
                        await asyncio.sleep(0)
                        continue
                    wait_s = turn
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait_s):
                        await self._changed.wait()

    # --- reading the outbox ----------------------------------------------------------------------

    @property
    def _outdated(self) -> bool:
        """Whether to read the outbox: of the rest behind the edge when there is room for some."""
        room = self._behind and self._held <= WINDOW - min(PAGE, WINDOW) // 2
        return self._reload or self._turns.cut or room

    async def _keep_read(self) -> None:
        """Have in memory what is due, until cancelled."""
        loop = asyncio.get_running_loop()
        loads: deque[float] = deque([-LOADS_S] * LOADS, maxlen=LOADS)
        rest_s = 0.0
        while True:
            if not self._outdated:
                self._to_read.clear()
                await self._to_read.wait()
                continue
            now_s = loop.time()
            if (early_s := max(loads[0] + LOADS_S, rest_s) - now_s) > 0:
                await asyncio.sleep(early_s)
                continue
            loads.append(now_s)
            anew = self._reload or self._turns.cut
            self._reload = False
            try:
                await self._read(anew)
            except StoreError as error:
                log.error("the outbox of %s cannot be read: %s", self.name, error)
                self._reload = True
                rest_s = loop.time() + AGAIN_S

    async def _read(self, anew: bool) -> None:
        """Take what is due into memory, most urgent first: from the top, or from the edge on; once
        more if it went past what was left to it meanwhile, or may have been read before that."""
        await self._read_pages(anew)
        if self._left is not None and not self._behind:
            self._reload = True
        elif self._left is not None and self._edge is not None:
            self._reload |= self._left < place(self._edge)

    async def _read_pages(self, anew: bool) -> None:
        self._finished.clear()
        self._told.clear()
        self._erased.clear()
        self._make_room()
        self._left = None
        after = None if anew else self._edge
        if anew:
            self._turns.read_anew()
        while True:
            rows = await self._store.pending(self.name, PAGE, after)
            for row in rows:
                self._make_room()
                if self._held >= WINDOW and not self._within(row):
                    return
                self._consider(row)
                after = row
                if not self._within(row):
                    self._edge = row
            if len(rows) < PAGE:
                self._behind, self._edge = False, None
                return
            if not self._behind:
                self._behind, self._edge = True, after

    @property
    def _held(self) -> int:
        """Rows of the outbox in memory."""
        return len(self._known) - len(self._adrift) - len(self._edits)

    def _make_room(self) -> None:
        """A full window begins to leave the rest in the outbox, and what is not so urgent."""
        if self._held >= (2 * WINDOW if self._behind else WINDOW):
            self._behind, self._edge = True, self._turns.shed(WINDOW)
            if self._edge is not None:
                self._leave(self._edge)

    def _leave(self, one: Delivery) -> None:
        """This one, or what comes behind it, is left in the outbox."""
        self._left = min(place(one), self._left or place(one))

    def _within(self, one: Delivery) -> bool:
        """Whether it comes before what is left in the outbox."""
        if not self._behind:
            return True
        return self._edge is not None and place(one) <= place(self._edge)

    def _consider(self, row: Delivery) -> None:
        """Hold a row that was read, unless it is here already, sent or under way."""
        if self._known.get(row.id, 0) >= row.version or (not row.ref and self.adopt(row)):
            return
        if row.chat.id in self._erased:
            self._reload = True  # it may be of after that
            return
        if not row.ref and (row.chat, row.key) in self._told:
            self._reload |= row.version > 1  # comes back as an edit
            return
        mark = self._unwritten.get(row.id)
        if mark is not None:
            if row.version <= mark.version:
                return
            row = msgspec.structs.replace(row, ref=mark.ref, first_ms=row.first_ms or mark.at_ms)
        on_its_way = self._sending.get(row.id) or self._finished.get(row.id)
        if on_its_way is not None:
            # Read before its mark was there. A newer edition comes back as an edit.
            self._reload |= row.version > on_its_way
            return
        self._hold(row)

    def _hold(self, row: Delivery, *, newest: bool = False) -> None:
        if row.id < 0 and row.ref:
            self._edits[row.id] = row.chat
        self._turns.hold(row, asyncio.get_running_loop().time(), newest=newest)
        self._changed.set()

    def _expired(self, late: Delivery) -> None:
        if late.id < 0:
            self._adrift.pop((late.chat, late.key), None)
            self._edits.pop(late.id, None)

    # --- handing over ----------------------------------------------------------------------------

    async def _deliver(self, lane: Lane, delivery: Delivery) -> None:
        loop = asyncio.get_running_loop()
        ready_s = loop.time() + self._platform.limits.per_chat_s
        silent = False
        slow: list[None] = []
        patience = loop.call_later(SLOW_S, self._is_slow, slow)
        try:
            try:
                ref = await self._hand_over(delivery)
            finally:
                own = self._by_now(delivery)
                patience.cancel()
                if slow:
                    self._slow -= 1
                else:
                    self._in_flight -= 1
                self._unmarked += 1
                self._changed.set()
        except ChatGone as error:
            log.info("%s cannot be reached any more: %s", delivery.chat, error)
            self.gone += 1
            await self._forget_chat(lane, own)
        except ChatMoved as error:
            log.info("%s: %s", delivery.chat, error)
            await self._move_chat(lane, own, error.new_id)
        except MessageRefused as error:
            log.error("%s: %s is dropped: %s", delivery.chat, delivery.key, error)
            self.refused += 1
            await self._give_up(own)
        except RetryLater as error:
            self.flooded += error.flood
            self.retried += not error.flood
            silent = error.after_s is None
            pause_s = self._backoff_s(delivery, error)
            ready_s = loop.time() + pause_s
            # While the platform is away it is that which is told, and not each try of each chat.
            away = delivery.attempts > 0 or bool(getattr(self._platform, "problem", ""))
            level = logging.DEBUG if away else logging.INFO
            log.log(level, "%s waits %.1f s: %s", delivery.chat, pause_s, error)
            await self._try_again(own)
        else:
            if delivery.ref:
                self.edited += 1
            else:
                self.sent += 1
            self._known.pop(own.id, None)  # gone already if its chat was forgotten meanwhile
            await self._write_down(own, ref)
        finally:
            self._turns.over(lane, loop.time(), ready_s, silent=silent)
            self._unmarked -= 1
            for id in {delivery.id, own.id}:
                del self._sending[id]
                self._finished[id] = delivery.version
            if (newer := self._after.pop(delivery.id, None)) is not None:
                self._hold(newer)
            if len(self._finished) >= WINDOW:
                self.wake()  # reading forgets them
            self._changed.set()

    def _is_slow(self, slow: list[None]) -> None:
        """Somebody else may go meanwhile."""
        if self._slow < SLOW:
            slow.append(None)
            self._slow += 1
            self._in_flight -= 1
            self._changed.set()

    def _by_now(self, delivery: Delivery) -> Delivery:
        """The delivery as the outbox has it, if it has been recorded while it was under way."""
        row = self._adopted.pop(delivery.id, None)
        if row is None:
            return delivery
        if self._known.pop(delivery.id, None) is not None:
            self._known[row.id] = delivery.version
        return msgspec.structs.replace(delivery, id=row.id)

    async def _write_down(self, delivery: Delivery, ref: str) -> None:
        at_ms = self._now_ms()
        if delivery.id < 0 and delivery.ref:
            self._edits.pop(delivery.id, None)
            return  # the outbox makes this edit again when it has it
        if delivery.id < 0:
            self._adrift.pop((delivery.chat, delivery.key), None)
            self.reached[delivery.chat, delivery.key] = ref, at_ms
            while len(self.reached) > 2 * UNRECORDED:
                del self.reached[next(iter(self.reached))]
            return
        mark = Mark(delivery.id, delivery.version, ref, at_ms)
        if self._unwritten:  # a locked database takes seconds to refuse: nobody else waits for it
            self._write_later(mark)
            return
        try:
            await self._store.mark_sent(mark.delivery_id, mark.version, mark.ref, mark.at_ms)
        except StoreError as error:
            if not self._unwritten:
                log.error("%s is sent but not recorded: %s", delivery.key, error)
            self._write_later(mark)

    def _write_later(self, mark: Mark) -> None:
        self._unwritten[mark.delivery_id] = mark
        self._to_write.set()

    async def _hand_over(self, delivery: Delivery) -> str:
        """The platform's reference. Whatever goes wrong is raised as one of the four errors."""
        try:
            async with asyncio.timeout(SEND_S):
                message = self._words(delivery)
                if delivery.ref:
                    await self._platform.edit(Sent(delivery.chat, delivery.ref), message)
                    return delivery.ref
                return (await self._platform.send(delivery.chat, message)).ref
        except TimeoutError as error:
            raise RetryLater(None, f"no answer within {SEND_S:g} s") from error
        except (RetryLater, MessageRefused, ChatGone, ChatMoved):
            raise
        except Exception as error:
            # An adapter's own mistake must cost neither the message nor the other chats.
            log.exception("sending to %s failed", self.name)
            raise RetryLater(None, type(error).__name__) from error

    def _words(self, delivery: Delivery) -> Message:
        """The message as it is handed over; each edition says how late the first one came."""
        message = self._marked(delivery.message)
        first_ms = delivery.first_ms or (0 if delivery.ref else self._now_ms())
        late_ms = first_ms - delivery.created_ms
        return late(message, late_ms) if late_ms >= LATE_MS else message

    def _backoff_s(self, delivery: Delivery, error: RetryLater) -> float:
        if error.after_s is not None:
            return error.after_s
        longest = BACKOFF_S[min(delivery.attempts, len(BACKOFF_S) - 1)]
        return random.uniform(longest / 2, longest)

    async def _try_again(self, delivery: Delivery) -> None:
        again = msgspec.structs.replace(delivery, attempts=delivery.attempts + 1)
        if self._known.get(delivery.id) == delivery.version:  # no newer edition meanwhile
            self._hold(again)
        if delivery.id < 0:
            return
        try:
            await self._store.mark_attempt(delivery.id)
        except StoreError as error:
            log.warning("an attempt is not recorded: %s", error)

    async def _give_up(self, delivery: Delivery) -> None:
        self._known.pop(delivery.id, None)
        self._adrift.pop((delivery.chat, delivery.key), None)
        self._edits.pop(delivery.id, None)
        try:
            await self._store.give_up(delivery.id, delivery.version)
        except StoreError as error:  # refused again with the next reading
            log.error("%s cannot be dropped: %s", delivery.key, error)

    async def _forget_chat(self, lane: Lane, delivery: Delivery) -> None:
        self._empty(lane, delivery)
        try:
            await self._store.gone(delivery.chat)
        except StoreError as error:  # it is found unreachable again with its next message
            log.error("%s cannot be paused: %s", delivery.chat, error)

    async def _move_chat(self, lane: Lane, delivery: Delivery, new_id: str) -> None:
        """What waits goes to the new id; it is read again from there."""
        self._empty(lane, delivery)
        try:
            await self._store.move(delivery.chat, new_id)
        except StoreError as error:  # found again with the next message
            log.error("%s cannot be moved: %s", delivery.chat, error)
        self.wake()

    def _empty(self, lane: Lane, delivery: Delivery) -> None:
        """Neither this one nor what waits behind it goes to the chat as it is."""
        self._known.pop(delivery.id, None)
        for one in (delivery, *self._turns.clear(lane)):
            self._expired(one)

    async def _keep_marks(self) -> None:
        """Write down what was sent while the database refused to hear of it, until cancelled and
        then once more: the next run would send it again."""
        told = False
        try:
            while True:
                await self._to_write.wait()
                self._to_write.clear()
                try:
                    await self._write_marks()
                except StoreError as error:
                    if not told:
                        log.warning("marks of what was sent to %s wait: %s", self.name, error)
                    told = True
                    self._to_write.set()
                    await asyncio.sleep(AGAIN_S)
                else:
                    told = False
        finally:
            try:
                await self.write_marks()
            except StoreError as error:
                count = len(self._unwritten) + len(self.reached)
                log.error("%d messages may be sent again: %s", count, error)

    async def write_marks(self) -> None:
        """Write down all that was sent. Raises StoreError."""
        await self._write_marks()
        if self.reached:  # some may have been recorded since the outbox was last read
            await self._store.mark_reached(self.reached)

    async def _write_marks(self) -> None:
        marks = list(self._unwritten.values())
        if not marks:
            return
        await self._store.mark_many(marks)
        for mark in marks:
            if self._unwritten.get(mark.delivery_id) is mark:
                del self._unwritten[mark.delivery_id]
            self._finished[mark.delivery_id] = mark.version
        self.wake()  # editions that came meanwhile
