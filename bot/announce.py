"""One alert: record → route → enqueue → explain.

The sender is woken with the facts and a plain sentence; an explanation follows by edit.
"""

import asyncio
import logging
from collections.abc import Callable, Collection

from bot.compose import alert_message
from bot.errors import StoreError
from bot.model import ChatState, Decision
from bot.ports import Explainer
from bot.route import route
from bot.store import Recorded, Store
from pipeline.model import Alert, AnyAlert, SymbolInfo
from pipeline.ports import Bus

log = logging.getLogger("goraebot.announce")

RETRY_S = (0.5, 2.0, 5.0, 10.0)
"""Pauses before an alert that the database refuses is given up (and counted). Meanwhile further
alerts wait in the bus, which is bounded."""


class Announcer:
    """Takes alerts from the bus and puts their messages into the outbox.

    Alerts are written first, with a decision and its reason for every chat that subscribes to
    them, in the same transaction as the messages. Chats without a matching subscription get no
    row: that reason can be told without one, and would be most of the database.

    ``newest_ms`` gives the exchange's time, against which the age of an alert is measured.
    ``recorded``, ``repeated`` and ``lost`` count; ``idle`` is set while nothing waits.
    """

    def __init__(
        self,
        store: Store,
        explainer: Explainer,
        *,
        lookup: Callable[[str], SymbolInfo | None],
        platforms: Collection[str],
        expires_s: float,
        now_ms: Callable[[], int],
        newest_ms: Callable[[], int],
        wake: Callable[[], None],
        elaborate: Callable[[AnyAlert, int | None], None] = lambda alert, received_ms: None,
    ) -> None:
        self._store = store
        self._explainer = explainer
        self._lookup = lookup
        self._platforms = platforms
        self._expires_ms = int(expires_s * 1000)
        self._now_ms = now_ms
        self._newest_ms = newest_ms
        self._wake = wake
        self._elaborate = elaborate
        self._audience: list[ChatState] = []
        self._revision = -1
        self.recorded = 0
        self.repeated = 0
        self.lost = 0

    @property
    def done(self) -> int:
        """Alerts taken from the bus and dealt with."""
        return self.recorded + self.repeated + self.lost

    async def run(self, bus: Bus) -> None:
        """Announce until cancelled."""
        async with bus.subscribe() as alerts:
            async for alert in alerts:
                await self.announce(alert)

    async def announce(self, alert: Alert) -> None:
        """Record one alert and enqueue its messages, or give up loudly."""
        for pause_s in (*RETRY_S, None):
            try:
                await self._announce(alert)  # type: ignore[arg-type]
                return
            except StoreError as error:
                if pause_s is None:
                    self.lost += 1
                    log.error("alert %s is lost, %d so far: %s", alert.id, self.lost, error)
                    return
                log.warning("alert %s waits for the database: %s", alert.id, error)
            await asyncio.sleep(pause_s)

    async def _announce(self, alert: AnyAlert) -> None:
        now_ms = self._now_ms()
        age_ms = max(0, self._newest_ms() - alert.at_ms)
        expires_ms = now_ms + self._expires_ms - age_ms
        decisions = []
        receivers = []
        for state in await self._chats():
            send, reason = route(alert, state, now_ms, expires_ms)
            if reason == "not_subscribed":
                continue
            decisions.append(Decision(alert.id, state.chat, send, reason))
            if send:
                receivers.append(state.chat)
        messages = []
        received_ms = alert.at_ms + age_ms if alert.recovered else None
        if receivers:
            message = alert_message(
                alert,
                self._lookup(alert.symbol),
                note=await self._explainer.explain(alert),
                by="template",
                received_ms=received_ms,
            )
            messages = [(chat, message, expires_ms) for chat in receivers]
        entry = Recorded(alert, decisions, messages)
        if not await self._store.record([entry], now_ms):
            self.repeated += 1
            return
        self.recorded += 1
        if receivers:
            self._wake()
            self._elaborate(alert, received_ms)

    async def _chats(self) -> list[ChatState]:
        revision = self._store.revision
        if revision != self._revision:
            audience = await self._store.audience()
            self._audience = [s for s in audience if s.chat.platform in self._platforms]
            self._revision = revision
        return self._audience
