"""After the facts are out: ask for an explanation and edit it into every copy of the message,
whether or not the database takes changes."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial

from bot.compose import with_note
from bot.errors import ExplainError, StoreError
from bot.model import Message
from bot.ports import Editor, Explainer
from bot.store import Store
from pipeline.model import SEVERITIES, AnyAlert

log = logging.getLogger("goraebot.elaborate")

WAITING = 200
WORKERS = 4
RESUME_MS = 10 * 60_000
EDIT_MS = 10 * 60_000
"""An explanation that cannot be edited in for so long is not news any more either."""
WHAT = "explanations"


class Elaborator:
    """``put`` takes an alert whose message is on its way; the plain sentence stays where no
    verified text comes.

    At most ``WAITING`` alerts wait: in a burst the least severe, oldest ones keep their plain
    sentence. ``edited`` and ``plain`` count.
    """

    def __init__(
        self,
        store: Store,
        explainer: Explainer,
        *,
        now_ms: Callable[[], int],
        wake: Callable[[], None],
        unrecorded: Editor,
    ) -> None:
        self._store = store
        self._unrecorded = unrecorded
        self._explainer = explainer
        self._now_ms = now_ms
        self._wake = wake
        self._waiting: deque[AnyAlert] = deque()
        self._filled = asyncio.Event()
        self.edited = 0
        self.plain = 0

    def put(self, alert: AnyAlert) -> None:
        """Explain this alert."""
        if len(self._waiting) >= WAITING:
            least = min(self._waiting, key=lambda one: SEVERITIES.index(one.severity))
            self._waiting.remove(least)
            self.plain += 1
        self._waiting.append(alert)
        self._filled.set()

    async def run(self) -> None:
        """Explain until cancelled; begins with what an earlier run did not come to."""
        try:
            for stored in await self._store.unexplained(self._now_ms() - RESUME_MS, WAITING):
                self.put(stored.alert)
        except StoreError as error:
            log.warning("explanations of the last run are not resumed: %s", error)
        async with asyncio.TaskGroup() as workers:
            for number in range(WORKERS):
                workers.create_task(self._work(), name=f"explain {number}")

    async def _work(self) -> None:
        while True:
            while not self._waiting:
                self._filled.clear()
                await self._filled.wait()
            await self._explain(self._waiting.popleft())

    async def _explain(self, alert: AnyAlert) -> None:
        try:
            text = await self._explainer.explain(alert)
        except ExplainError as error:
            self.plain += 1
            log.info("%s keeps its plain sentence: %s", alert.id, error)
        except Exception:
            # A mistake of ours, met by what a model wrote: alerts go on, now and after a restart.
            self.plain += 1
            log.exception("%s keeps its plain sentence: an error that nobody expected", alert.id)
        else:
            await self._edit_in(alert.id, text)
            self.edited += 1
        explained = partial(self._store.mark_explained, alert.id)
        if not await self._unrecorded.taken(explained, WHAT):
            self._unrecorded.later(explained)

    async def _edit_in(self, key: str, text: str) -> None:
        def change(said: Message) -> Message:
            return with_note(said, text)

        until_ms = self._now_ms() + EDIT_MS
        amend = partial(self._store.amend, [key], change, until_ms)
        if await self._unrecorded.taken(amend, WHAT):
            self._wake()
        else:
            await self._unrecorded.amend([key], change, until_ms)
