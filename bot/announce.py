"""One alert: record → route → enqueue → explain.

The sender is woken with the facts and a plain sentence; an explanation follows by edit. Alerts of
one move are one message for each chat, edited while the move goes on.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Collection

import msgspec

from bot.compose import alert_message
from bot.compose_moves import (
    CONTINUED,
    LEFT_BEHIND,
    MERGED,
    market_message,
    progressing,
    told,
    with_leader,
)
from bot.errors import StoreError
from bot.korean import kst_time
from bot.model import Chat, ChatState, Decision, Message
from bot.noise import Noise
from bot.ports import Explainer
from bot.route import Reason, route
from bot.store import Recorded, Store
from pipeline.model import ALL, AnyAlert, Move, SymbolInfo
from pipeline.ports import Bus

log = logging.getLogger("goraebot.announce")

META = "moves"
LIVING = 500
EDIT_MS = 10 * 60_000
"""An edit that cannot be made for so long is not worth making."""

RETRY_S = (0.5, 2.0, 5.0, 10.0)
"""Pauses before an alert that the database refuses is given up (and counted). Meanwhile further
alerts wait in the bus, which is bounded."""


class _Living:
    """A move whose messages are still edited: their keys, and the chats that have one."""

    def __init__(self) -> None:
        self.keys: dict[str, None] = {}
        self.chats: set[Chat] = set()


class Announcer:
    """Takes moves from the bus and puts their messages into the outbox.

    Alerts are written first, with a decision and its reason for every chat that subscribes to
    them, in the same transaction as the messages. Chats without a matching subscription get no
    row: that reason can be told without one, and would be most of the database.

    A chat gets one message of a move, by the first alert of it that it subscribes to, and another
    one when the severity rises. What else happens is edited in, at most ``LIVING`` moves at a time:
    beyond that the one opened first is left as it is.

    ``newest_ms`` gives the exchange's time, against which the age of an alert is measured.
    ``recorded``, ``repeated`` and ``lost`` count alerts, ``done`` everything taken from the bus.
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
        elaborate: Callable[[AnyAlert], None] = lambda alert: None,
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
        self._living: dict[str, _Living] = {}
        self._noise = Noise(store)
        self.recorded = 0
        self.repeated = 0
        self.lost = 0
        self.done = 0

    async def run(self, bus: Bus) -> None:
        """Announce until cancelled."""
        async with bus.subscribe() as moves:
            await self._leave_behind()
            async for move in moves:
                await self.announce(move)

    async def announce(self, move: Move) -> None:
        """Record what a move's alert is and enqueue messages and edits, or give up loudly."""
        for pause_s in (*RETRY_S, None):
            try:
                await self._announce(move)
                break
            except StoreError as error:
                if pause_s is None:
                    self._give_up(move, error)
                    break
                log.warning("%s of move %s waits for the database: %s", move.stage, move.id, error)
            await asyncio.sleep(pause_s)
        self.done += 1

    def _give_up(self, move: Move, error: StoreError) -> None:
        if move.alert is None:
            log.error("an edit of move %s is lost: %s", move.id, error)
            return
        self.lost += 1
        log.error("alert %s is lost, %d so far: %s", move.alert.id, self.lost, error)

    async def _announce(self, move: Move) -> None:
        if move.alert is not None:
            await self._record(move, move.alert)
        for absorbed in move.absorbed:
            former = self._living.pop(absorbed, None)
            if former is not None:
                await self._amend(former, progressing((MERGED,)))
        living = self._living.get(move.id)
        if living is not None and move.stage != "opened" and move.edit:
            await self._amend(living, told(move, self._lookup))
        if move.stage == "closed":
            self._living.pop(move.id, None)
        if move.stage in ("opened", "closed") or move.absorbed:
            await self._remember()

    async def _record(self, move: Move, alert: AnyAlert) -> None:
        """Record the alert, and enqueue its message to every chat that is to have a new one."""
        now_ms = self._now_ms()
        age_ms = max(0, self._newest_ms() - alert.at_ms)
        expires_ms = now_ms + self._expires_ms - age_ms
        living = self._living.get(move.id)
        have = living.chats if living is not None and move.stage == "grew" else set()
        decisions = []
        receivers = []
        reason: Reason
        for state in await self._chats():
            bar = await self._noise.bar(state, now_ms)
            send, reason = route(alert, state, now_ms, expires_ms, bar)
            if reason == "not_subscribed":
                continue
            if send and state.chat in have:
                send, reason = False, "same_move"
            decisions.append(Decision(alert.id, state.chat, send, reason))
            if send:
                receivers.append(state.chat)
        received_ms = alert.at_ms + age_ms if alert.recovered else None
        key = key_of(move, alert)
        messages = []
        if receivers:
            message = await self._compose(move, alert, key, received_ms)
            messages = [(chat, message, expires_ms) for chat in receivers]
        new = await self._store.record([Recorded(alert, decisions, messages, key)], now_ms)
        if not new:  # after a restart the same events raise the same alert
            self.repeated += 1
            receivers = list(await self._store.having([key]))
        else:
            self.recorded += 1
        if not receivers:
            return
        if living is None:
            living = self._living[move.id] = _Living()
            while len(self._living) > LIVING:
                del self._living[next(iter(self._living))]
        if move.stage == "escalated" and new:
            former = _Living()
            former.keys = {one: None for one in living.keys if one != key}
            await self._amend(former, progressing((f"{CONTINUED} · {kst_time(alert.at_ms)}",)))
            living.keys = {}
        living.keys[key] = None
        living.chats.update(receivers)
        if new:
            for chat in receivers:
                self._noise.sent(chat, now_ms)
            self._wake()
            if move.symbol != ALL:
                self._elaborate(alert)

    async def _compose(
        self, move: Move, alert: AnyAlert, key: str, received_ms: int | None
    ) -> Message:
        if move.symbol == ALL:
            return market_message(move, self._lookup, key=key)
        message = alert_message(
            alert,
            self._lookup(alert.symbol),
            note=await self._explainer.explain(alert),
            by="template",
            received_ms=received_ms,
        )
        return with_leader(message, move)

    async def _amend(self, living: _Living, change: Callable[[Message], Message]) -> None:
        if not living.keys:
            return
        until_ms = self._now_ms() + EDIT_MS
        if await self._store.amend(list(living.keys), change, until_ms):
            self._wake()

    async def _remember(self) -> None:
        """Write down which messages are edited still: a restart cannot go on with them."""
        keys = [key for living in self._living.values() for key in living.keys]
        await self._store.set_meta(META, json.dumps(keys))

    async def _leave_behind(self) -> None:
        """Say in the messages of the last run's moves that nobody follows them any more."""
        try:
            kept = await self._store.get_meta(META)
            keys = msgspec.json.decode(kept, type=list[str]) if kept else []
            former = _Living()
            former.keys = dict.fromkeys(keys)
            await self._amend(former, progressing((LEFT_BEHIND,)))
            await self._store.set_meta(META, "")
        except (StoreError, msgspec.MsgspecError) as error:
            log.warning("messages of the last run's moves stay as they are: %s", error)

    async def _chats(self) -> list[ChatState]:
        revision = self._store.revision
        if revision != self._revision:
            audience = await self._store.audience()
            self._audience = [s for s in audience if s.chat.platform in self._platforms]
            self._revision = revision
        return self._audience


def key_of(move: Move, alert: AnyAlert) -> str:
    """The key of the messages that the alert brings."""
    if move.symbol != ALL:
        return alert.id
    return f"{move.id}:{alert.id}" if move.stage == "escalated" else move.id
