"""One alert: record → route → enqueue → explain.

The sender is woken with the facts and a plain sentence; an explanation follows by edit. Alerts of
one move are one message for each chat, edited while the move goes on.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Protocol

from bot.audience import Audience
from bot.compose import alert_message
from bot.compose_moves import market_message, with_leader
from bot.copies import copies
from bot.errors import StoreError
from bot.fitting import fitted
from bot.hindsight import Standing
from bot.limits import Limits
from bot.living import LivingMoves
from bot.model import Chat, ChatState, Decision, Delivery, Message, View
from bot.ports import Editor, Explainer
from bot.quiet import is_quiet
from bot.repeats import GOES_ON, WITHHELD, key_of, severity_in, told_again
from bot.route import Reason, route
from bot.store import Notice, Recorded, Store
from bot.thresholds import severity_of_move
from bot.views import lists, view_of
from pipeline.model import ALL, AnyAlert, Move, Severity, SymbolInfo
from pipeline.ports import Bus
from pipeline.won import Rate

log = logging.getLogger("goraebot.announce")

RETRY_S = (0.5, 2.0, 5.0, 10.0)
"""Pauses before an edit that the database refuses is given up, or an alert (and counted) while
nobody knows who is to have it. Meanwhile further alerts wait in the bus, which is bounded."""
RECORD_S = 3.0
"""A database that takes longer to record an alert is told of it later."""
REST_S = 0.05
"""As long as an alert took, but no longer, goes to whoever sends: of sixty alerts to a thousand
chats the first is under way while the rest is recorded, on the same core. Even a critical one that
comes meanwhile waits."""
LOOK_S = 1.0
"""Between two looks for chats of which it is to be read what their limits are counted from."""
ROUND = 100
"""Chats that are decided on, or noted anew, in one round of the event loop: a millisecond, so that
a thousand of them hold up neither the market nor whoever sends."""


class Unrecorded(Editor, Protocol):
    """Sends what the database does not take; see bot/unrecorded.py."""

    @property
    def owed(self) -> int:
        """Alerts that are not in the database yet."""
        ...

    async def send(self, entry: Recorded) -> bool:
        """Send the alert's messages; whether it is new, as far as can be told."""
        ...

    def tell(self, notices: Sequence[Notice]) -> None:
        """Send messages that are of no alert's own."""
        ...


class Announcer:
    """Takes moves from the bus and puts their messages into the outbox.

    Alerts are written first, with a decision and its reason for every chat that subscribes to
    them, in the same transaction as the messages. Chats without a matching subscription get no
    row: that reason can be told without one, and would be most of the database.

    A chat gets one message of a move, by the first alert of it that it subscribes to, and another
    one when the severity rises (against its own threshold, where it set one). What else happens is
    edited in, see bot/living.py. The words are made once for all chats that read the same. Whoever
    has a message of a symbol that turns out to be the first of many gets another one only if that
    is critical, or worse after the first minute: no more than two in the minute it takes.

    Neither facts nor edits wait for a database that is full, locked or gone: ``unrecorded`` takes
    what it does not.

    ``wake`` is given the messages that are new in the outbox, nothing where they changed otherwise.
    ``newest_ms`` gives the exchange's time, against which the age of an alert is measured,
    ``price_of`` a symbol's last price: what follows is counted from the one known when it is told.
    ``past`` gives what came after alerts like this one, where that is worth a line.
    ``rate`` is the banks' exchange rate, None unless it is fresh.
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
        wake: Callable[[Sequence[Delivery]], None],
        unrecorded: Unrecorded,
        elaborate: Callable[[AnyAlert], None] = lambda alert: None,
        price_of: Callable[[str], float | None] = lambda symbol: None,
        past: Callable[[AnyAlert], Standing | None] = lambda alert: None,
        rate: Callable[[], Rate | None] = lambda: None,
    ) -> None:
        self._store = store
        self._explainer = explainer
        self._lookup = lookup
        self._platforms = platforms
        self._expires_ms = int(expires_s * 1000)
        self._now_ms = now_ms
        self._newest_ms = newest_ms
        self._wake = wake
        self._unrecorded = unrecorded
        self._elaborate = elaborate
        self._price_of = price_of
        self._past = past
        self._rate = rate
        self._audience = Audience()
        self._revision = -1
        self._handed = ""  # the alert that was handed over last
        self._moves = LivingMoves(store, unrecorded, lookup=lookup, now_ms=now_ms, wake=wake)
        self._limits = Limits(store)
        self.recorded = 0
        self.repeated = 0
        self.lost = 0
        self.done = 0

    async def run(self, bus: Bus) -> None:
        """Announce until cancelled."""
        loop = asyncio.get_running_loop()
        async with bus.subscribe() as moves:
            await self._moves.leave_behind()
            with suppress(StoreError):  # tried again, and told of, with the first alert
                await self._chats()  # a thousand take 20 ms, which that one need not wait for
                await self._store.rehearse()
            async for move in moves:
                began_s = loop.time()
                await self.announce(move)
                if move.alert is not None:
                    await asyncio.sleep(min(loop.time() - began_s, REST_S))

    async def keep_limits(self) -> None:
        """Look at the limits again and again, until cancelled."""
        while True:
            await self.look_at_limits()
            await asyncio.sleep(LOOK_S)

    async def look_at_limits(self) -> None:
        """Read what chats' limits are counted from before an alert needs it."""
        await self._limits.look(self._audience.states, self._now_ms)

    def forget(self, chat: Chat) -> None:
        """The chat, with all its topics, was erased: nothing that it had counts any more."""
        erased = chat.platform, chat.id
        self._limits.keep_to(
            [s for s in self._audience.states if (s.chat.platform, s.chat.id) != erased]
        )

    async def announce(self, move: Move) -> None:
        """Record what a move's alert is and enqueue messages and edits, or give up loudly."""
        for pause_s in (*RETRY_S, None):
            try:
                await self._announce(move)
                break
            except StoreError as error:
                if pause_s is None or self._unrecorded.owed:
                    self._give_up(move, error)
                    break
                log.warning("%s of move %s waits for the database: %s", move.stage, move.id, error)
            await asyncio.sleep(pause_s)
        self.done += 1

    def _give_up(self, move: Move, error: StoreError) -> None:
        if move.alert is None or move.alert.id == self._handed:
            log.error("an edit of move %s is lost: %s", move.id, error)
            return
        self.lost += 1
        log.error("alert %s is lost, %d so far: %s", move.alert.id, self.lost, error)

    async def _announce(self, move: Move) -> None:
        await self._chats()  # who has messages of which move, if chats have moved
        if move.alert is not None:
            await self._record(move, move.alert)
        elif move.stage == "escalated":
            await self._tell_again(move)
        for absorbed in move.absorbed:
            if absorbed != move.id and self._moves.get(absorbed) is not None:
                listing = {s.chat for s in await self._chats() if lists(view_of(s))}
                await self._moves.take_over(move, absorbed, listing)
        if move.stage != "opened" and move.edit:
            await self._moves.go_on(move)
        if move.stage == "closed":
            self._moves.end(move)
        await self._moves.remember()

    async def _record(self, move: Move, alert: AnyAlert) -> None:
        """Record the alert, and enqueue its message to every chat that is to have a new one."""
        now_ms = self._now_ms()
        age_ms = max(0, self._newest_ms() - alert.at_ms)
        told_ms = alert.at_ms + age_ms
        expires_ms = now_ms + self._expires_ms - age_ms
        key = key_of(move, alert)
        decisions, due = await self._decide(move, alert, key, now_ms, expires_ms)
        if not alert.notable and not due:
            return  # too usual for anybody who may have it now
        received_ms = told_ms if alert.recovered else None
        messages = await copies(
            lambda severity, view: self._compose(move, alert, key, received_ms, severity, view),
            due,
            now_ms,
        )
        counts = alert.notable and expires_ms > now_ms
        entry = Recorded(
            alert,
            decisions,
            [(chat, message, expires_ms) for chat, message in messages],
            key,
            told_ms=told_ms,
            price=self._price_of(alert.symbol) if counts else None,
        )
        new = await self._hand_over(entry, now_ms)
        self._handed = alert.id
        receivers = {state.chat: severity for state, severity in due}
        if new:
            self.recorded += 1
            for chat, severity in receivers.items():
                self._limits.sent(chat, alert, now_ms, severity)
            if receivers and key == alert.id:
                if alert.notable and any(state.settings.ai for state, _ in due):
                    self._elaborate(alert)
                elif not self._unrecorded.owed:
                    await self._store.mark_explained(alert.id)
        else:  # after a restart the same events raise the same alert
            self.repeated += 1
            having = await self._store.having([key])
            receivers = {chat: receivers.get(chat, move.severity) for chat in having}
            self._wake(())
        if receivers:
            await self._moves.follow(move, key, receivers)

    async def _decide(
        self, move: Move, alert: AnyAlert, key: str, now_ms: int, expires_ms: int
    ) -> tuple[list[Decision], list[tuple[ChatState, Severity]]]:
        """A decision for every chat that the alert concerns; and those that are to have its
        message, with its severity for them."""
        have, merged = self._having(move)
        decisions: list[Decision] = []
        due: list[tuple[ChatState, Severity]] = []
        reason: Reason
        concerned = self._audience.concerned(alert.symbol, alert.kind, merged)
        await self._limits.know(concerned, now_ms)
        for number, state in enumerate(concerned):
            if number % ROUND == ROUND - 1:
                await asyncio.sleep(0)
            bar, last = self._limits.of(state, alert, now_ms)
            shown = severity_in(move, alert, key, state)
            send, reason = route(alert, state, now_ms, expires_ms, bar, last, shown)
            if reason in GOES_ON and state.chat in merged:
                send, reason = True, "subscribed"
            if reason == "not_subscribed" or (reason == "below_threshold" and not alert.notable):
                continue
            before = have.get(state.chat)
            again = before is None or told_again(move, state, alert.kind, shown, before)
            if reason in WITHHELD and not again:
                send, reason = False, "same_move"
            decisions.append(Decision(alert.id, state.chat, send, reason))
            if send:
                due.append((state, shown))
        return decisions, due

    def _having(self, move: Move) -> tuple[dict[Chat, Severity], set[Chat]]:
        """Who has a message of the move, with its severity; and who has one of a move that goes on
        in this one, and is told how."""
        living = self._moves.get(move.id)
        have = dict(living.chats) if living is not None else {}
        merged: set[Chat] = set()
        for absorbed in move.absorbed:
            if (former := self._moves.get(absorbed)) is not None:
                merged.update(former.chats)
                have = {**former.chats, **have}
        return have, merged

    async def _hand_over(self, entry: Recorded, now_ms: int) -> bool:
        """Into the outbox, or past it; whether the alert is new."""
        if not self._unrecorded.owed:
            # With it: afterwards its first messages would be sent meanwhile.
            besides = self._moves.note({entry.key} if entry.messages else ())
            try:
                async with asyncio.timeout(RECORD_S):
                    kept = await self._store.record([entry], now_ms, besides=besides)
            except (StoreError, TimeoutError) as error:
                why = str(error) or f"no answer within {RECORD_S:g} s"
                log.error("alert %s goes out unrecorded: %s", entry.alert.id, why)
            else:
                self._moves.noted(besides)
                if kept.due:
                    # Before anything else that may fail: the sender looks only when it is woken.
                    self._wake(kept.due)
                return bool(kept.new)
        return await self._unrecorded.send(entry)

    async def _tell_again(self, move: Move) -> None:
        """A market move got worse in its first minute, and that minute is over."""
        living = self._moves.get(move.id)
        if living is None:
            return
        now_ms = self._now_ms()
        key = f"{move.id}:{move.at_ms}"
        notices = []
        for state in await self._chats():
            before = living.chats.get(state.chat)
            if before is None or not state.active or state.muted.get(ALL, 0) > now_ms:
                continue
            severity = severity_of_move(move, state.settings)
            critical = severity == "critical"
            if not critical and is_quiet(state.settings.quiet, now_ms):
                continue
            if not told_again(move, state, "price_jump", severity, before):
                continue
            view = view_of(state)
            message = market_message(move, self._lookup, key=key, severity=severity, view=view)
            fitting = fitted(message, state.settings, now_ms, critical=critical)
            expires_ms = now_ms + self._expires_ms
            notices.append(Notice(state.chat, key, fitting, severity, now_ms, expires_ms))
        if notices:
            if await self._unrecorded.taken(lambda: self._store.enqueue(notices), "notices"):
                self._wake(())
            else:
                self._unrecorded.tell(notices)
            told = {notice.chat: notice.severity for notice in notices}
            await self._moves.follow(move, key, told)

    async def _compose(
        self,
        move: Move,
        alert: AnyAlert,
        key: str,
        received_ms: int | None,
        severity: Severity,
        view: View | None,
    ) -> Message:
        if key != alert.id:
            return market_message(move, self._lookup, key=key, severity=severity, view=view)
        rate = self._rate()
        message = alert_message(
            alert,
            self._lookup(alert.symbol),
            note=await self._explainer.explain(alert),
            by="template",
            received_ms=received_ms,
            severity=severity,
            past=self._past(alert),
            rate=rate,
            rate_age_ms=0 if rate is None else self._now_ms() - rate.at_ms,
        )
        return with_leader(message, move)

    async def _chats(self) -> Sequence[ChatState]:
        revision = self._store.revision
        if revision != self._revision:
            try:
                audience = await self._store.audience()
            except StoreError as error:
                if self._revision < 0:
                    raise
                log.error("chats cannot be read, those known go on: %s", error)
                return self._audience.states
            reached = Audience()
            for number, state in enumerate(audience):
                if number % ROUND == ROUND - 1:
                    await asyncio.sleep(0)
                if state.chat.platform in self._platforms:
                    reached.add(state)
            self._audience = reached
            self._limits.keep_to(reached.states)
            try:
                await self._moves.keep_to({state.chat for state in reached.states})
            except StoreError as error:  # what is damaged may be the outbox alone
                log.error("who has messages of which move cannot be read: %s", error)
                return self._audience.states
            self._revision = revision
        return self._audience.states
