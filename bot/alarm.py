"""Tells operators of what keeps alerts from flowing, and when it is over: log and chats."""

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from bot.errors import ChatMoved, PlatformError, RetryLater, StoreError
from bot.korean import kst_from
from bot.model import Chat, Message
from bot.ports import Platform

log = logging.getLogger("goraebot.alarm")

LOOK_S = 1.0
CALM_MS = 30_000
"""A trouble is over when it has not been seen for so long: a disk at its limit comes and goes."""
CALMEST_MS, AGAIN_MS = 600_000, 3_600_000
"""One that is back within ``AGAIN_MS`` of its end has to be away twice as long to be over, at most
``CALMEST_MS``: what comes and goes every minute is not told every minute."""
RECALLED_MS = 360_000
"""What an earlier run told is over when it has not been seen for so long: longer than anything
takes to be noticed."""
RECALL_S, KEEP_AGAIN_S = 5.0, 5.0
CHANGED_MS = 10_000
"""So long at least another reason must last before it is told."""
SEND_S = 20.0
RETRY_S = (1.0, 5.0, 15.0, 60.0)
"""Pauses before a chat out of reach is told again; the last one as often as it takes."""
WAITING = 50
"""Words for each chat that wait to be handed over; beyond that the oldest is dropped, the log has
it."""


class Trouble(msgspec.Struct, frozen=True):
    """One thing that is wrong. ``text`` is Korean, for operators: a sentence on what is wrong, then
    what to do. It is told when it has lasted ``after_ms``. ``stops``: alerts do not reach everybody
    while it lasts. Another ``reason`` needs something else to be done. ``over`` is told at its end
    instead of that it is solved."""

    text: str
    after_ms: int = 0
    stops: bool = False
    reason: str = ""
    over: str = ""


class _Kept(msgspec.Struct):
    """What the next run has to know of a trouble that was told."""

    began_ms: int
    told: tuple[Trouble, ...]


class _Incident:
    """A trouble from when it is first seen until it is over. ``recalled``: by an earlier run, and
    not yet by this one. ``heard``: a chat has the word that it has begun."""

    def __init__(self, trouble: Trouble, now_ms: int, calm_ms: int) -> None:
        self.now = trouble
        self.began_ms = self.seen_ms = now_ms
        self.calm_ms = calm_ms
        self.recalled = self.heard = False
        self.told: dict[str, Trouble] = {}  # by reason
        self._since_ms = now_ms  # for the present reason

    def see(self, trouble: Trouble, now_ms: int) -> None:
        """It is there still."""
        # Of a clock that was set back meanwhile: as if it had begun now.
        self.began_ms, self._since_ms = min(self.began_ms, now_ms), min(self._since_ms, now_ms)
        if trouble.reason != self.now.reason:
            self._since_ms = now_ms
        if self.recalled:
            self.recalled, self.calm_ms = False, CALM_MS
            self._since_ms -= CHANGED_MS  # it may be started anew before that has passed
        self.now, self.seen_ms = trouble, now_ms

    def is_due(self) -> bool:
        """Whether it is to be told, or told again for a reason that was not told yet."""
        if not self.told:
            return self.seen_ms - self.began_ms >= self.now.after_ms
        lasted_ms = self.seen_ms - self._since_ms
        return self.now.reason not in self.told and lasted_ms >= max(self.now.after_ms, CHANGED_MS)


class Alarm:
    """``look`` tells what is wrong now, by name.

    Chats get the word directly, not over the outbox: that is what may be broken. One word when a
    trouble begins, one for each further reason of it, and one when it is over. ``keep`` and
    ``recall`` keep in the database what a chat has been told (or the log, where there is none), so
    that a restart neither repeats a beginning nor misses an end; both raise StoreError.

    A chat that has another id now is told there, from the first word on that finds it moved; the
    settings are the operator's to change, so each run finds it anew.
    """

    def __init__(
        self,
        look: Callable[[], Mapping[str, Trouble]],
        platforms: Sequence[Platform],
        chats: Sequence[Chat],
        *,
        now_ms: Callable[[], int],
        keep: Callable[[str], Awaitable[None]] | None = None,
        recall: Callable[[], Awaitable[str | None]] | None = None,
    ) -> None:
        self._look = look
        self._keep = keep
        self._recall = recall
        self._changed = asyncio.Event()
        self._platforms = {platform.name: platform for platform in platforms}
        self._chats = [chat for chat in chats if chat.platform in self._platforms]
        self._moved: dict[Chat, Chat] = {}  # where those are now that have another id
        self._now_ms = now_ms
        self._incidents: dict[str, _Incident] = {}
        self._over: dict[str, _Incident] = {}  # the last one that was told, by name
        self._boxes = {
            chat: asyncio.Queue[tuple[Message, _Incident]](WAITING) for chat in self._chats
        }

    @property
    def standing(self) -> Mapping[str, Trouble]:
        """The troubles that have been told and are not over, by name, each as it is now."""
        incidents = self._incidents.items()
        return {name: one.now for name, one in incidents if one.told and not one.recalled}

    @property
    def since(self) -> Mapping[str, int]:
        """When each of those began."""
        return {name: self._incidents[name].began_ms for name in self.standing}

    def told(self, chat: Chat) -> Sequence[str]:
        """What this chat has been told and is not over."""
        hears = chat in self._boxes or chat in self._moved.values()
        return [one.text for one in self.standing.values()] if hears else []

    async def run(self) -> None:
        """Look every second until cancelled."""
        await self._remember()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_told(), name="what the alarm told")
            for chat, box in self._boxes.items():
                tasks.create_task(self._hand_over(chat, box), name=f"alarm for {chat}")
            while True:
                self.look()
                await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Tell what is new."""
        now_ms = self._now_ms()
        for name, trouble in self._look().items():
            incident = self._incidents.get(name)
            if incident is None:
                incident = _Incident(trouble, now_ms, self._calm_ms(name, now_ms))
                self._incidents[name] = incident
            if incident.recalled:
                log.error("trouble (%s) goes on: %s", name, trouble.text)
            incident.see(trouble, now_ms)
            if incident.is_due():
                self._begins(name, incident)
        for name, incident in list(self._incidents.items()):
            if abs(now_ms - incident.seen_ms) >= incident.calm_ms:
                del self._incidents[name]
                if incident.told:
                    self._ends(name, incident)

    def _calm_ms(self, name: str, now_ms: int) -> int:
        """How long the trouble has to be away before it is over."""
        last = self._over.get(name)
        if last is None or now_ms - last.seen_ms - last.calm_ms >= AGAIN_MS:
            return CALM_MS
        return min(2 * last.calm_ms, CALMEST_MS)

    def _begins(self, name: str, incident: _Incident) -> None:
        """It has begun, or has another reason."""
        changed, trouble = bool(incident.told), incident.now
        incident.told[trouble.reason] = trouble
        self._changed.set()
        state = "changes" if changed else "begins"
        noted = {"name": name, "state": state, "began_ms": incident.began_ms}
        log.error("trouble (%s): %s", name, trouble.text, extra={"incident": noted})
        began = f"{kst_from(incident.began_ms, self._now_ms())}부터"
        lines = (f"{began} · 원인이 바뀌었습니다" if changed else began,)
        self._tell(Message(f"🚨 {trouble.text}", lines=lines, tone="error"), incident)

    def _ends(self, name: str, incident: _Incident) -> None:
        if incident.recalled:
            incident.calm_ms = CALM_MS
        self._over[name] = incident
        self._changed.set()
        began_ms, ended_ms = incident.began_ms, incident.seen_ms
        noted = {"name": name, "state": "ends", "began_ms": began_ms, "ended_ms": ended_ms}
        lasted_s = (ended_ms - began_ms) // 1000
        log.warning("trouble (%s) is over after %d s", name, lasted_s, extra={"incident": noted})
        now_ms = self._now_ms()
        span = f"{kst_from(began_ms, now_ms)}부터 {kst_from(ended_ms, now_ms)}까지"
        *_, last = incident.told.values()
        what = last.text.partition(". ")[0].rstrip(".")
        self._tell(Message(last.over or f"✅ 해결되었습니다: {what}.", lines=(span,)), incident)

    async def _remember(self) -> None:
        """What an earlier run told."""
        if self._recall is None:
            return
        try:
            async with asyncio.timeout(RECALL_S):
                kept = await self._recall()
            known = msgspec.json.decode(kept, type=dict[str, _Kept]) if kept else {}
        except (StoreError, TimeoutError, msgspec.MsgspecError) as error:
            log.warning("what was told of trouble cannot be read: %s", error or "no answer")
            return
        for name, one in known.items():
            if one.told:
                incident = _Incident(one.told[-1], self._now_ms(), RECALLED_MS)
                incident.began_ms, incident.recalled, incident.heard = one.began_ms, True, True
                incident.told = {trouble.reason: trouble for trouble in one.told}
                self._incidents[name] = incident

    async def _keep_told(self) -> None:
        """Keep what was told, as soon as the database takes it."""
        while self._keep is not None:
            await self._changed.wait()
            self._changed.clear()
            told = {
                name: _Kept(one.began_ms, tuple(one.told.values()))
                for name, one in self._incidents.items()
                if one.told and (one.heard or not self._boxes)
            }
            try:
                await self._keep(msgspec.json.encode(told).decode())
            except StoreError as error:
                log.warning("what was told of trouble is kept later: %s", error)
                self._changed.set()
                await asyncio.sleep(KEEP_AGAIN_S)

    def _tell(self, message: Message, incident: _Incident) -> None:
        for box in self._boxes.values():
            if box.full():
                box.get_nowait()
            box.put_nowait((message, incident))

    async def _hand_over(self, chat: Chat, box: "asyncio.Queue[tuple[Message, _Incident]]") -> None:
        while True:
            message, incident = await box.get()
            for tries in itertools.count():
                there = self._moved.get(chat, chat)
                if there != chat and there in self._boxes:
                    break  # told by its own name
                try:
                    async with asyncio.timeout(SEND_S):
                        await self._platforms[chat.platform].send(there, message)
                    if not incident.heard:
                        incident.heard = True
                        self._changed.set()
                    break
                except (RetryLater, TimeoutError) as error:
                    if tries == len(RETRY_S):
                        log.error("%s cannot be told for now: %s", chat, error or "no answer")
                    pause_s = RETRY_S[min(tries, len(RETRY_S) - 1)]
                    after_s = error.after_s if isinstance(error, RetryLater) else None
                    await asyncio.sleep(pause_s if after_s is None else after_s)
                except ChatMoved as error:
                    self._follow(chat, Chat(chat.platform, error.new_id, chat.topic))
                    if tries:  # moved again: perhaps round in a circle
                        await asyncio.sleep(RETRY_S[min(tries, len(RETRY_S) - 1)])
                except PlatformError as error:
                    log.error("%s was not told: %s", chat, error)
                    break
                except Exception:  # an adapter's own mistake must not silence the next word
                    log.exception("%s was not told", chat)
                    break

    def _follow(self, chat: Chat, there: Chat) -> None:
        self._moved[chat] = there
        log.warning("%s is %s now: [bot] alarm_chats needs the new id", chat, there)
