"""What happens by the clock: summaries, spreads at an interval, housekeeping; by APScheduler."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from bot.errors import StoreError, UserError
from bot.fitting import fitted, painted
from bot.logs import utc
from bot.model import Chat, ChatState, Colours, Edition, Message, Picture, Schedule
from bot.occasions import Occasion, occasion_of, upcoming
from bot.store import Notice, Store
from pipeline.model import ALL

log = logging.getLogger("goraebot.schedule")

Scheduler = AsyncIOScheduler

SEOUL = ZoneInfo("Asia/Seoul")
DAY_MS = 86_400_000
LOOK_S: Final = 1.0
PLAN_LOOKS: Final = 60
"""In every so many looks a job that is gone, or at another time since the clock was set, is planned
anew."""
RETRY_S: Final = 30.0
AT_ONCE: Final = 50
"""Copies of a message that are made before the event loop goes on."""
PRUNED: Final = "pruned"
"""Where the store keeps when housekeeping was last done."""
MISSED_S: Final = 600.0
"""So long after a start it is made up for."""
EDIT_MS: Final = 600_000


@asynccontextmanager
async def scheduled(
    store: Store, *, keep_days: float, now_ms: Callable[[], int]
) -> AsyncIterator[AsyncIOScheduler]:
    """Run the schedule for the time of the block.

    Housekeeping is at night. What a night has missed, because the program was not running or the
    machine slept, is made up for by day: who switches off every evening keeps no more than others.
    """
    scheduler = AsyncIOScheduler(timezone=SEOUL)

    async def prune() -> None:
        before_ms = now_ms() - int(keep_days * DAY_MS)
        try:
            # Whatever such a page were sent would be gone before it is opened. A page that is open
            # is written down twice a day.
            if rests := await store.rest("web", min(before_ms, now_ms() - DAY_MS)):
                log.info("housekeeping: %d web chats rest until their page is opened", rests)
            pruned = await store.prune(before_ms)
            await store.set_meta(PRUNED, str(now_ms()))
            log.info("housekeeping: %d old rows removed", pruned)
        except StoreError as error:
            log.error("housekeeping failed: %s", error)

    scheduler.add_job(
        prune,
        # A trigger made by hand would take the machine's zone, not the scheduler's (FACTS F.5).
        CronTrigger(hour=4, minute=30, timezone=SEOUL),
        id="prune",
        misfire_grace_time=None,
        coalesce=True,
    )
    kept = await store.get_meta(PRUNED) or ""
    if now_ms() - (int(kept) if kept.isdecimal() else 0) > DAY_MS:
        # Not while what was missed is being fetched.
        soon = datetime.now(UTC) + timedelta(seconds=MISSED_S)
        scheduler.add_job(
            prune, DateTrigger(soon, timezone=UTC), id="prune soon", misfire_grace_time=None
        )
    scheduler.start()
    try:
        yield scheduler
    finally:
        scheduler.shutdown(wait=False)


class Agenda:
    """Keeps a job for every occasion that some chat wants, and sends what is due.

    What is late is decided here, never by the scheduler: a job that it leaves out, because an
    earlier one is still at work or the machine slept, would not plan the one after.

    A message's key names the occasion and the time it was due, and the outbox takes a key once for
    each chat: whatever a restart or a second look does again is not sent again. ``make`` makes the
    message of an occasion for chats of these colours; its better edition is edited into every
    copy. ``keep`` lets its pictures outlast the program, as the outbox does.
    """

    def __init__(
        self,
        store: Store,
        scheduler: AsyncIOScheduler,
        make: Callable[[Occasion, Collection[Colours]], Awaitable[Edition]],
        *,
        now_ms: Callable[[], int],
        wake: Callable[[], None],
        keep: Callable[[Picture], Awaitable[None]],
    ) -> None:
        self._store = store
        self._scheduler = scheduler
        self._make = make
        self._now_ms = now_ms
        self._wake = wake
        self._keep = keep
        self._wanted: dict[Occasion, list[Schedule]] = {}
        self._of_chats: dict[Chat, list[Schedule]] = {}
        self._done: dict[Occasion, int] = {}  # the time that was done last,
        self._farthest: dict[Occasion, int] = {}  # and the latest, if the clock was set back since
        self._revision: tuple[int, int] | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._sending: set[Occasion] = set()
        self.sent = 0

    async def run(self) -> None:
        """Follow what chats want until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            try:
                for look in itertools.count():
                    try:
                        await self.follow(tasks)
                    except StoreError as error:
                        log.warning("schedules cannot be read: %s", error)
                    if look % PLAN_LOOKS == 0:
                        self.plan()
                    await asyncio.sleep(LOOK_S)
            finally:
                self._tasks = None

    async def follow(self, tasks: asyncio.TaskGroup) -> None:
        """Have a job for each occasion; new ones may have been due just now. Raises StoreError."""
        self._tasks = tasks
        revision = self._store.revision, self._store.timetable.revision
        if revision == self._revision:
            return
        wanted: dict[Occasion, list[Schedule]] = {}
        of_chats: dict[Chat, list[Schedule]] = {}
        for one in await self._store.timetable.all():
            wanted.setdefault(occasion_of(one), []).append(one)
            of_chats.setdefault(one.chat, []).append(one)
        for occasion in self._wanted.keys() - wanted.keys():
            if self._scheduler.get_job(_job(occasion)) is not None:
                self._scheduler.remove_job(_job(occasion))
            self._done.pop(occasion, None)
            self._farthest.pop(occasion, None)
        new = wanted.keys() - self._wanted.keys()
        self._wanted, self._of_chats = wanted, of_chats
        self._revision = revision
        for occasion in sorted(new):
            self._plan(occasion)
            self._begin(occasion)

    def plan(self) -> None:
        """Have each job at its time: whatever became of the one before, or of the clock."""
        now_ms = self._now_ms()
        for occasion in self._wanted:
            job = self._scheduler.get_job(_job(occasion))
            if job is None or _runs_ms(job) != occasion.next(now_ms):
                self._plan(occasion)
                self._begin(occasion)

    def _begin(self, occasion: Occasion) -> None:
        """Send what is due, unless that is being tried already."""
        if self._tasks is not None and occasion not in self._sending:
            self._sending.add(occasion)
            self._tasks.create_task(self._sent(occasion), name="scheduled")

    async def _sent(self, occasion: Occasion) -> None:
        try:
            await self.send(occasion)
        finally:
            self._sending.discard(occasion)

    def _plan(self, occasion: Occasion) -> None:
        """Have a job for the next time; it plans the one after."""
        next_ms = occasion.next(self._now_ms())
        self._scheduler.add_job(
            self._strike,
            DateTrigger(datetime.fromtimestamp(next_ms / 1000, UTC), timezone=UTC),
            args=[occasion],
            id=_job(occasion),
            misfire_grace_time=None,
            max_instances=2,  # the one before may not have been seen to be over
            replace_existing=True,
        )

    async def _strike(self, occasion: Occasion) -> None:
        """Waits for nothing: see APScheduler's ``max_instances``."""
        if occasion in self._wanted:
            self._plan(occasion)
            self._begin(occasion)

    async def send(self, occasion: Occasion) -> None:
        """Send the occasion's message if it is due and not sent yet; tries until it is too late."""
        while (due_ms := occasion.last(now_ms := self._now_ms())) is not None:
            # What was done at a later time than now was by a clock that has been set back since.
            if due_ms <= self._done.get(occasion, 0) <= now_ms or occasion not in self._wanted:
                return
            try:
                await self._send(occasion, due_ms)
                continue  # the next one may have become due meanwhile
            except (StoreError, UserError) as error:
                log.warning("%s due at %s waits: %s", occasion.task, utc(due_ms), error)
            except Exception:  # one message that cannot be made must not end the others
                log.exception("%s due at %s is not sent", occasion.task, utc(due_ms))
                return
            await asyncio.sleep(RETRY_S)

    async def _send(self, occasion: Occasion, due_ms: int) -> None:
        """Raises StoreError and UserError while it cannot be sent."""
        # No alert has such an id: its first part would be a kind.
        name = ":".join(filter(None, ("due", occasion.task, occasion.symbol, str(due_ms))))
        receivers = await self._receivers(self._wanted[occasion], due_ms)
        if due_ms <= self._farthest.get(occasion, 0):  # the clock may come by it once more
            had = await self._store.having([name])
            receivers = [state for state in receivers if state.chat not in had]
        if not receivers:
            self._note(occasion, due_ms)
            return
        made = await self._make(occasion, {state.settings.colours for state in receivers})
        copies = {
            colours: _keyed(message, name, occasion) for colours, message in made.copies.items()
        }
        for message in copies.values():
            if message.picture is not None:  # before the message that names it
                await self._keep(message.picture)
        now_ms = self._now_ms()
        expires_ms = due_ms + occasion.late_s * 1000
        notices = []
        for number, state in enumerate(receivers, 1):
            message = self._fuller(copies[state.settings.colours], occasion, state.chat)
            message = fitted(message, state.settings, now_ms)
            notices.append(Notice(state.chat, name, message, "notice", now_ms, expires_ms))
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)  # alerts do not wait for all of them
        await self._store.enqueue(notices)
        self._note(occasion, due_ms)
        self.sent += 1
        self._wake()
        log.info("%s goes to %d chats", name, len(receivers))
        if made.later is None or not any(state.settings.ai for state in receivers):
            return
        if (better := await made.later()) is None:
            return
        try:
            change = _improving(_keyed(better, name, occasion))
            if await self._store.amend([name], change, self._now_ms() + EDIT_MS):
                self._wake()
        except StoreError as error:
            log.warning("%s keeps its plain sentence: %s", name, error)

    def _note(self, occasion: Occasion, due_ms: int) -> None:
        self._done[occasion] = due_ms
        self._farthest[occasion] = max(self._farthest.get(occasion, 0), due_ms)

    def _fuller(self, message: Message, occasion: Occasion, chat: Chat) -> Message:
        """A summary with the line that says when this chat gets its next one."""
        if occasion.task != "summary":
            return message
        lines = message.lines + upcoming(self._of_chats.get(chat, ()), self._now_ms())
        return msgspec.structs.replace(message, lines=lines)

    async def _receivers(self, wanted: Sequence[Schedule], due_ms: int) -> list[ChatState]:
        """Chats that asked for it before it was due, and have not muted everything."""
        now_ms = self._now_ms()
        audible = {
            state.chat: state
            for state in await self._store.audience()
            if state.muted.get(ALL, 0) <= now_ms
        }
        return [audible[o.chat] for o in wanted if o.since_ms <= due_ms and o.chat in audible]


def _job(occasion: Occasion) -> str:
    return msgspec.json.encode(occasion).decode()


def _runs_ms(job: Job) -> int:
    at: datetime = job.trigger.run_date
    return round(at.timestamp() * 1000)


def _keyed(message: Message, key: str, occasion: Occasion) -> Message:
    """What comes many times a day comes without a sound."""
    return msgspec.structs.replace(message, key=key, silent=occasion.every_s > 0)


def _improving(better: Message) -> Callable[[Message], Message]:
    """Edit the better edition into a copy, which keeps its chat's colours, silence and next time.

    Only the words of the model and who signed them are new: lines and picture are the copy's own.
    """

    def change(message: Message) -> Message:
        if message.own_words:
            return message
        new = painted(better, message.colours)
        return msgspec.structs.replace(
            new, silent=message.silent, lines=message.lines, picture=message.picture
        )

    return change
