"""Send what is due, then write down that it was sent.

At least once: a crash between the two repeats one message, the other order would lose one. Every
chat has its own queue and pace, so a flooded or dead chat delays no other; every platform has one
pace over all its chats. Urgent messages go first, and first editions before edits.
"""

import asyncio
import heapq
import logging
import random
from collections import deque
from collections.abc import Callable, Collection, Sequence

import msgspec

from bot.compose import held_while_away
from bot.errors import ChatGone, ChatMoved, MessageRefused, RetryLater, StoreError
from bot.model import Chat, Delivery, Message, Sent
from bot.ports import Platform
from bot.store import Mark, Notice, Store
from pipeline.model import SEVERITIES

log = logging.getLogger("goraebot.deliver")

WINDOW = 5_000
"""Deliveries of a platform held in memory; the rest waits in the outbox, most urgent first."""
IN_FLIGHT = 32
SEND_S = 20.0
LOADS, LOADS_S = 4, 0.2
"""The outbox is read so many times in so many seconds at most: a burst of alerts in few steps, a
single one at once even if an explanation came just before it."""
AHEAD = 4
"""Messages that may go before their evenly spaced turn; each platform's pace leaves room for
them."""
EXPIRE_EVERY_S = 5.0
HELD_MS = 12 * 3_600_000
CHATS_HELD = 10_000
AGAIN_S = 1.0
"""Between two tries while the database refuses to be read or written."""
BACKOFF_S = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0)

Place = tuple[Chat, str]
"""Where an unrecorded message belongs: a chat, and the message's key there."""


class Deliverer:
    """Runs one sender per platform. ``wake`` says that the outbox has changed."""

    def __init__(
        self,
        store: Store,
        platforms: Sequence[Platform],
        *,
        now_ms: Callable[[], int],
    ) -> None:
        self._store = store
        self._now_ms = now_ms
        self._held: dict[Chat, tuple[int, int]] = {}  # began_ms, how many
        self.senders = {p.name: Sender(store, p, now_ms=now_ms) for p in platforms}

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
            for place in marked:
                sender.reached.pop(place, None)
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
        """Give up what is no longer news. One line a chat counts all of a bad time."""
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

        if await self._store.expire(now_ms, tell):
            # Only now: what a failed transaction counted is counted again by the next one.
            for chat, kept in held.items():
                self._held.pop(chat, None)
                self._held[chat] = kept
            while len(self._held) > CHATS_HELD:
                del self._held[next(iter(self._held))]
            for key, message in grown:
                await self._store.revise(key, message, now_ms + HELD_MS)
            self.wake()


class _Lane:
    """What one chat is to get, and when it may get the next."""

    __slots__ = ("busy", "minute", "queue", "ready_s")

    def __init__(self, per_minute: int) -> None:
        self.minute: deque[float] | None = deque(maxlen=per_minute) if per_minute else None
        """When the last messages went to a group whose minutes are limited."""
        self.queue: list[tuple[tuple[bool, int, int], Delivery]] = []
        self.ready_s = 0.0
        self.busy = False


def _urgency(delivery: Delivery) -> tuple[bool, int, int]:
    return bool(delivery.ref), -SEVERITIES.index(delivery.severity), delivery.id


class Sender:
    """Delivers one platform's outbox.

    ``sent``, ``edited``, ``retried``, ``refused`` (messages that the platform does not take),
    ``dropped`` (that found no room while the database took none) and ``gone`` (chats) count.
    """

    def __init__(self, store: Store, platform: Platform, *, now_ms: Callable[[], int]) -> None:
        self._store = store
        self._platform = platform
        self._now_ms = now_ms
        self._lanes: dict[Chat, _Lane] = {}
        self._known: dict[int, int] = {}  # deliveries in memory → version
        self._unwritten: dict[int, Mark] = {}  # sent, but the database refused to write it down
        self._adrift: dict[Place, int] = {}  # unrecorded ones that wait or are under way → id
        self._adopted: dict[int, Delivery] = {}  # recorded while they were under way, by that id
        self.reached: dict[Place, tuple[str, int]] = {}  # handed over, but not recorded
        self._sending: dict[int, int] = {}  # deliveries under way → version
        self._after: dict[int, Delivery] = {}  # newer unrecorded editions of those
        self._finished: dict[
            int, int
        ] = {}  # since the last load began: its rows may be out of date
        self._in_flight = 0
        self._slot_s = 0.0
        self._changed = asyncio.Event()
        self._to_write = asyncio.Event()
        self._reload = True
        self._rest_s = 0.0  # no reading before, since the database refused it
        self._full = False
        self.sent = self.edited = self.retried = self.refused = self.dropped = self.gone = 0

    @property
    def name(self) -> str:
        """The platform's."""
        return self._platform.name

    def drift(self, one: Delivery) -> None:
        """Send what the outbox does not have; at most a window of them waits."""
        place = one.chat, one.key
        if len(self._adrift) >= WINDOW:
            log.error("%s: unrecorded %s is dropped, too many wait", one.chat, one.key)
            self.dropped += 1
        elif place not in self._adrift and place not in self.reached:
            self._adrift[place] = one.id
            self._hold(one)
            self._changed.set()

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
            self._changed.set()

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
            lane = self._lanes.get(row.chat)
            if lane is not None:
                lane.queue = [item for item in lane.queue if item[1].id != id]
                heapq.heapify(lane.queue)
            self._known.pop(id, None)
            self._hold(row)
        self._reload |= row.version > 1
        self._changed.set()
        return True

    def forget(self, chat: Chat) -> None:
        """Drop what waits for the chat's id in memory."""
        for place in [p for p in (*self._adrift, *self.reached) if p[0].id == chat.id]:
            self._adrift.pop(place, None)
            self.reached.pop(place, None)
        self._after = {id: one for id, one in self._after.items() if one.chat.id != chat.id}
        for known, lane in self._lanes.items():
            if known.id == chat.id:
                for _, waiting in lane.queue:
                    self._known.pop(waiting.id, None)
                lane.queue.clear()

    @property
    def queued(self) -> int:
        """Messages in memory that wait."""
        return len(self._known)

    def wake(self) -> None:
        """The outbox has something new."""
        self._reload = True
        self._changed.set()

    def take(self, due: Sequence[Delivery]) -> None:
        """These are new in the outbox; where the window has no room they are read when it has."""
        if self._full or len(self._known) + len(due) > WINDOW:
            self.wake()
            return
        for one in due:
            seen = one.id in self._known or one.id in self._sending or one.id in self._finished
            if not seen:
                self._hold(one)
        self._changed.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        loop = asyncio.get_running_loop()
        loads: deque[float] = deque([-LOADS_S] * LOADS, maxlen=LOADS)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_marks(), name=f"marks of {self.name}")
            while True:
                now_s = loop.time()
                if self._outdated and max(loads[0] + LOADS_S, self._rest_s) <= now_s:
                    self._reload = False
                    loads.append(now_s)
                    await self._load()
                    now_s = loop.time()
                lane, delivery, wait_s = self._next(now_s)
                if lane is not None and delivery is not None:
                    lane.busy = True
                    self._in_flight += 1
                    self._sending[delivery.id] = delivery.version
                    tasks.create_task(self._deliver(lane, delivery), name=f"send {delivery.id}")
                    continue
                if self._outdated:
                    wait_s = min(wait_s, max(loads[0] + LOADS_S, self._rest_s) - now_s)
                self._changed.clear()
                try:
                    async with asyncio.timeout(wait_s):
                        await self._changed.wait()
                except TimeoutError:
                    continue

    @property
    def _outdated(self) -> bool:
        """Whether to read the outbox: a full window waits for half of it to be gone."""
        return self._reload and (not self._full or len(self._known) < WINDOW // 2)

    async def _load(self) -> None:
        """Take what is due into memory, most urgent first."""
        self._finished.clear()
        try:
            rows = await self._store.pending(self.name, WINDOW)
        except StoreError as error:
            log.error("the outbox of %s cannot be read: %s", self.name, error)
            self._reload = True
            self._rest_s = asyncio.get_running_loop().time() + AGAIN_S
            return
        self._full = len(rows) >= WINDOW
        self._reload |= self._full  # the rest is read when there is room
        for row in rows:
            if self._known.get(row.id, 0) >= row.version or (not row.ref and self.adopt(row)):
                continue
            mark = self._unwritten.get(row.id)
            if mark is not None:
                if row.version <= mark.version:
                    continue
                row = msgspec.structs.replace(row, ref=mark.ref)
            on_its_way = self._sending.get(row.id) or self._finished.get(row.id)
            if on_its_way is not None:
                # Read before its mark was there. A newer edition comes back as an edit.
                self._reload |= row.version > on_its_way
                continue
            self._hold(row)

    def _hold(self, row: Delivery) -> None:
        """Have it wait for its turn, in place of an older edition."""
        lane = self._lanes.get(row.chat) or self._new_lane(row.chat)
        if self._known.get(row.id):
            lane.queue = [item for item in lane.queue if item[1].id != row.id]
            heapq.heapify(lane.queue)
        self._known[row.id] = row.version
        heapq.heappush(lane.queue, (_urgency(row), row))

    def _new_lane(self, chat: Chat) -> _Lane:
        group = self._platform.is_group(chat)
        lane = _Lane(self._platform.limits.per_group_minute if group else 0)
        self._lanes[chat] = lane
        return lane

    def _next(self, now_s: float) -> tuple[_Lane | None, Delivery | None, float]:
        """The most urgent delivery that may go now, or how long nothing may."""
        wait_s = 60.0
        if self._in_flight >= IN_FLIGHT:
            return None, None, wait_s
        best: _Lane | None = None
        now_ms = self._now_ms()
        for chat, lane in list(self._lanes.items()):
            while lane.queue and lane.queue[0][1].expires_ms <= now_ms:
                late = heapq.heappop(lane.queue)[1]
                del self._known[late.id]
                if late.id < 0:
                    self._adrift.pop((late.chat, late.key), None)
            if not lane.queue:
                rested = not lane.minute or lane.minute[-1] + 60.0 <= now_s
                if not lane.busy and lane.ready_s <= now_s and rested:
                    del self._lanes[chat]
            elif lane.busy:
                continue
            elif lane.ready_s > now_s:
                wait_s = min(wait_s, lane.ready_s - now_s)
            elif best is None or lane.queue[0][0] < best.queue[0][0]:
                best = lane
        if best is None:
            return None, None, wait_s
        if self._platform.limits.per_second:
            # Evenly spaced but for a few, so that no second has many more than it may.
            slot_s = 1 / self._platform.limits.per_second
            early_s = self._slot_s - now_s - AHEAD * slot_s
            if early_s > 0:
                return None, None, early_s
            self._slot_s = max(now_s, self._slot_s) + slot_s
        return best, heapq.heappop(best.queue)[1], 0.0

    async def _deliver(self, lane: _Lane, delivery: Delivery) -> None:
        loop = asyncio.get_running_loop()
        pause_s = self._platform.limits.per_chat_s
        try:
            try:
                ref = await self._hand_over(delivery)
            finally:
                own = self._by_now(delivery)
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
            self.retried += 1
            pause_s = self._backoff_s(delivery, error)
            log.info("%s waits %.1f s: %s", delivery.chat, pause_s, error)
            await self._try_again(lane, own)
        else:
            if delivery.ref:
                self.edited += 1
            else:
                self.sent += 1
            self._known.pop(own.id, None)  # gone already if its chat was forgotten meanwhile
            await self._write_down(own, ref)
        finally:
            now_s = loop.time()
            lane.ready_s = now_s + pause_s
            if lane.minute is not None:
                lane.minute.append(now_s)
                if len(lane.minute) == lane.minute.maxlen:
                    lane.ready_s = max(lane.ready_s, lane.minute[0] + 60.0)
            lane.busy = False
            self._in_flight -= 1
            for id in {delivery.id, own.id}:
                del self._sending[id]
                self._finished[id] = delivery.version
            if (newer := self._after.pop(delivery.id, None)) is not None:
                self._hold(newer)
            if len(self._finished) >= WINDOW:
                self._reload = True  # a load forgets them
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
            return  # the outbox makes this edit again when it has it
        if delivery.id < 0:
            self._adrift.pop((delivery.chat, delivery.key), None)
            self.reached[delivery.chat, delivery.key] = ref, at_ms
            while len(self.reached) > 2 * WINDOW:
                del self.reached[next(iter(self.reached))]
            return
        mark = Mark(delivery.id, delivery.version, ref, at_ms)
        if self._unwritten:  # a locked database takes seconds to refuse: nobody else waits for it
            self._write_later(mark)
            return
        try:
            await self._store.mark_sent(mark.delivery_id, mark.version, mark.ref, mark.at_ms)
        except StoreError as error:
            log.error("delivery %d is sent but not recorded: %s", delivery.id, error)
            self._write_later(mark)

    def _write_later(self, mark: Mark) -> None:
        self._unwritten[mark.delivery_id] = mark
        self._to_write.set()

    async def _hand_over(self, delivery: Delivery) -> str:
        """The platform's reference. Whatever goes wrong is raised as one of the four errors."""
        try:
            async with asyncio.timeout(SEND_S):
                if delivery.ref:
                    await self._platform.edit(Sent(delivery.chat, delivery.ref), delivery.message)
                    return delivery.ref
                return (await self._platform.send(delivery.chat, delivery.message)).ref
        except TimeoutError as error:
            raise RetryLater(None, f"no answer within {SEND_S:g} s") from error
        except (RetryLater, MessageRefused, ChatGone, ChatMoved):
            raise
        except Exception as error:
            # An adapter's own mistake must cost neither the message nor the other chats.
            log.exception("sending to %s failed", self.name)
            raise RetryLater(None, type(error).__name__) from error

    def _backoff_s(self, delivery: Delivery, error: RetryLater) -> float:
        if error.after_s is not None:
            return error.after_s
        longest = BACKOFF_S[min(delivery.attempts, len(BACKOFF_S) - 1)]
        return random.uniform(longest / 2, longest)

    async def _try_again(self, lane: _Lane, delivery: Delivery) -> None:
        again = msgspec.structs.replace(delivery, attempts=delivery.attempts + 1)
        if self._known.get(delivery.id) == delivery.version:  # no newer edition meanwhile
            heapq.heappush(lane.queue, (_urgency(again), again))
        if delivery.id < 0:
            return
        try:
            await self._store.mark_attempt(delivery.id)
        except StoreError as error:
            log.warning("an attempt is not recorded: %s", error)

    async def _give_up(self, delivery: Delivery) -> None:
        self._known.pop(delivery.id, None)
        self._adrift.pop((delivery.chat, delivery.key), None)
        try:
            await self._store.give_up(delivery.id, delivery.version)
        except StoreError as error:  # refused again with the next reading
            log.error("%s cannot be dropped: %s", delivery.key, error)

    async def _forget_chat(self, lane: _Lane, delivery: Delivery) -> None:
        self._empty(lane, delivery)
        try:
            await self._store.gone(delivery.chat)
        except StoreError as error:  # it is found unreachable again with its next message
            log.error("%s cannot be paused: %s", delivery.chat, error)

    async def _move_chat(self, lane: _Lane, delivery: Delivery, new_id: str) -> None:
        """What waits goes to the new id; it is read again from there."""
        self._empty(lane, delivery)
        try:
            await self._store.move(delivery.chat, new_id)
        except StoreError as error:  # found again with the next message
            log.error("%s cannot be moved: %s", delivery.chat, error)
        self._reload = True

    def _empty(self, lane: _Lane, delivery: Delivery) -> None:
        """Neither this one nor what waits behind it goes to the chat as it is."""
        for one in (delivery, *(waiting for _, waiting in lane.queue)):
            self._known.pop(one.id, None)
            if one.id < 0:
                self._adrift.pop((one.chat, one.key), None)
        lane.queue.clear()

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
                await self._write_marks()
                if self.reached:  # some may have been recorded since the outbox was last read
                    await self._store.mark_reached(self.reached)
            except StoreError as error:
                count = len(self._unwritten) + len(self.reached)
                log.error("%d messages may be sent again: %s", count, error)

    async def _write_marks(self) -> None:
        marks = list(self._unwritten.values())
        if not marks:
            return
        await self._store.mark_many(marks)
        for mark in marks:
            if self._unwritten.get(mark.delivery_id) is mark:
                del self._unwritten[mark.delivery_id]
            self._finished[mark.delivery_id] = mark.version
        self._reload = True  # editions that came meanwhile
        self._changed.set()
