"""Tells operators of what keeps alerts from flowing, and when it is over: log and chats."""

import asyncio
import itertools
import logging
from collections.abc import Callable, Mapping, Sequence

import msgspec

from bot.errors import PlatformError, RetryLater
from bot.korean import kst_time
from bot.model import Chat, Message
from bot.ports import Platform

log = logging.getLogger("goraebot.alarm")

LOOK_S = 1.0
CALM_MS = 30_000
"""A trouble is over when it has not been seen for so long: a disk at its limit comes and goes."""
SEND_S = 20.0
RETRY_S = (1.0, 5.0, 15.0, 60.0)
"""Pauses before a chat out of reach is told again; the last one as often as it takes."""
WAITING = 50
"""Words for each chat that wait to be handed over; beyond that the oldest is dropped, the log has
it."""


class Trouble(msgspec.Struct, frozen=True):
    """One thing that is wrong. ``text`` is Korean, for operators: a sentence on what is wrong, then
    what to do. It is told when it has lasted ``after_ms``. ``stops``: alerts do not reach everybody
    while it lasts."""

    text: str
    after_ms: int = 0
    stops: bool = False


class Alarm:
    """``look`` tells what is wrong now, by name.

    Chats get the word directly, not over the outbox: that is what may be broken. One word when a
    trouble begins and one when it is over.
    """

    def __init__(
        self,
        look: Callable[[], Mapping[str, Trouble]],
        platforms: Sequence[Platform],
        chats: Sequence[Chat],
        *,
        now_ms: Callable[[], int],
    ) -> None:
        self._look = look
        self._platforms = {platform.name: platform for platform in platforms}
        self._chats = [chat for chat in chats if chat.platform in self._platforms]
        self._now_ms = now_ms
        self._since: dict[str, int] = {}  # troubles, by when they began
        self._seen: dict[str, int] = {}  # when they were seen last
        self._known: dict[str, Trouble] = {}  # those that were told
        self._boxes = {chat: asyncio.Queue[Message](WAITING) for chat in self._chats}

    @property
    def standing(self) -> Mapping[str, Trouble]:
        """The troubles that have been told and are not over, by name."""
        return self._known

    def told(self, chat: Chat) -> Sequence[str]:
        """What this chat has been told and is not over."""
        return [one.text for one in self._known.values()] if chat in self._boxes else []

    async def run(self) -> None:
        """Look every second until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for chat, box in self._boxes.items():
                tasks.create_task(self._hand_over(chat, box), name=f"alarm for {chat}")
            while True:
                self.look()
                await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Tell what is new."""
        now_ms = self._now_ms()
        found = self._look()
        for name, trouble in found.items():
            self._seen[name] = now_ms
            began_ms = self._since.setdefault(name, now_ms)
            if name not in self._known and now_ms - began_ms >= trouble.after_ms:
                self._known[name] = trouble
                incident = {"name": name, "state": "begins", "began_ms": began_ms}
                log.error("trouble (%s): %s", name, trouble.text, extra={"incident": incident})
                began = f"{kst_time(began_ms)}부터"
                self._tell(Message(f"🚨 {trouble.text}", lines=(began,), tone="error"))
        for name in [n for n in self._since if now_ms - self._seen[n] >= CALM_MS]:
            began_ms, ended_ms = self._since.pop(name), self._seen.pop(name)
            told = self._known.pop(name, None)
            if told is not None:
                incident = {"name": name, "state": "ends", "began_ms": began_ms}
                log.warning(
                    "trouble (%s) is over after %d s",
                    name,
                    (ended_ms - began_ms) // 1000,
                    extra={"incident": incident | {"ended_ms": ended_ms}},
                )
                span = f"{kst_time(began_ms)}부터 {kst_time(ended_ms)}까지"
                what = told.text.partition(". ")[0].rstrip(".")
                self._tell(Message(f"✅ 해결되었습니다: {what}.", lines=(span,)))

    def _tell(self, message: Message) -> None:
        for box in self._boxes.values():
            if box.full():
                box.get_nowait()
            box.put_nowait(message)

    async def _hand_over(self, chat: Chat, box: "asyncio.Queue[Message]") -> None:
        while True:
            message = await box.get()
            for tries in itertools.count():
                try:
                    async with asyncio.timeout(SEND_S):
                        await self._platforms[chat.platform].send(chat, message)
                    break
                except (RetryLater, TimeoutError) as error:
                    if tries == len(RETRY_S):
                        log.error("%s cannot be told for now: %s", chat, error or "no answer")
                    pause_s = RETRY_S[min(tries, len(RETRY_S) - 1)]
                    after_s = error.after_s if isinstance(error, RetryLater) else None
                    await asyncio.sleep(pause_s if after_s is None else after_s)
                except PlatformError as error:
                    log.error("%s was not told: %s", chat, error)
                    break
                except Exception:  # an adapter's own mistake must not silence the next word
                    log.exception("%s was not told", chat)
                    break
