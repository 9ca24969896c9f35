"""One alert: record → route → enqueue → explain.

The sender is woken with the facts and a plain sentence; an explanation follows by edit. Alerts of
one move are one message for each chat, edited while the move goes on.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

import msgspec

from bot.compose import alert_message
from bot.compose_moves import (
    CONTINUED,
    LEFT_BEHIND,
    MERGED,
    market_message,
    progressing,
    told,
    unless_left,
    with_leader,
)
from bot.cooldown import Cooldowns
from bot.copies import copies
from bot.errors import StoreError
from bot.fitting import fitted
from bot.hindsight import Standing
from bot.korean import kst_time
from bot.model import Chat, ChatState, Decision, Delivery, Message, View
from bot.noise import Noise
from bot.ports import Explainer
from bot.quiet import is_quiet
from bot.repeats import GOES_ON, WITHHELD, key_of, severity_in, told_again
from bot.route import Reason, route
from bot.store import Notice, Recorded, Store
from bot.thresholds import severity_of_move
from bot.views import lists, view_of
from pipeline.model import ALL, SEVERITIES, AnyAlert, Move, Severity, SymbolInfo
from pipeline.ports import Bus

log = logging.getLogger("goraebot.announce")

META = "moves"
LIVING = 500
EDIT_MS = 10 * 60_000
"""An edit that cannot be made for so long is not worth making."""

RETRY_S = (0.5, 2.0, 5.0, 10.0)
"""Pauses before an edit that the database refuses is given up, or an alert (and counted) while
nobody knows who is to have it. Meanwhile further alerts wait in the bus, which is bounded."""
RECORD_S = 3.0
"""A database that takes longer to record an alert is told of it later."""
REST_S = 0.05
"""As long as an alert took, but no longer, goes to whoever sends: of sixty alerts to a thousand
chats the first is under way while the rest is recorded, on the same core. Even a critical one that
comes meanwhile waits."""
ROUND = 100
"""Chats that are decided on in one round of the event loop: a millisecond, so that a thousand
of them hold up neither the market nor whoever sends."""
EDITS = "edits"


class Unrecorded(Protocol):
    """Sends what the database does not take; see bot/unrecorded.py."""

    @property
    def owed(self) -> int:
        """Alerts that are not in the database yet."""
        ...

    async def taken(self, change: Callable[[], Awaitable[object]], what: str) -> bool:
        """Whether the database has made a change that lets ``what`` go out; if not, it may make
        it later."""
        ...

    async def send(self, entry: Recorded) -> bool:
        """Send the alert's messages; whether it is new, as far as can be told."""
        ...

    def tell(self, notices: Sequence[Notice]) -> None:
        """Send messages that are of no alert's own."""
        ...

    async def amend(
        self,
        keys: Collection[str],
        change: Callable[[Message], Message],
        edit_until_ms: int,
        besides: Collection[Chat] = (),
    ) -> None:
        """Edit what was sent, as Store.amend does."""
        ...


class _Living:
    """A move whose messages are still edited: their keys, and the chats that have one, with the
    severity that each was told. ``listing``: keys of messages about one symbol that tell of all."""

    def __init__(self) -> None:
        self.keys: dict[str, None] = {}
        self.chats: dict[Chat, Severity] = {}
        self.listing: set[str] = set()


class Announcer:
    """Takes moves from the bus and puts their messages into the outbox.

    Alerts are written first, with a decision and its reason for every chat that subscribes to
    them, in the same transaction as the messages. Chats without a matching subscription get no
    row: that reason can be told without one, and would be most of the database.

    A chat gets one message of a move, by the first alert of it that it subscribes to, and another
    one when the severity rises (against its own threshold, where it set one). What else happens is
    edited in, at most ``LIVING`` moves at a time: beyond that the one opened first is left as it
    is. The words are made once for all chats that read the same. Whoever has a message of a symbol
    that turns out to be the first of many reads of the others in it, and gets another one only if
    that is critical, or worse after the first minute: no more than two in the minute it takes.

    Neither facts nor edits wait for a database that is full, locked or gone: ``unrecorded`` takes
    what it does not.

    ``wake`` is given the messages that are new in the outbox, nothing where they changed otherwise.
    ``newest_ms`` gives the exchange's time, against which the age of an alert is measured,
    ``price_of`` a symbol's last price: what follows is counted from the one known when it is told.
    ``past`` gives what came after alerts like this one, where that is worth a line.
    ``won_per_dollar`` is the banks' exchange rate, None unless it is fresh.
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
        won_per_dollar: Callable[[], float | None] = lambda: None,
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
        self._won_per_dollar = won_per_dollar
        self._audience: list[ChatState] = []
        self._revision = -1
        self._handed = ""  # the alert that was handed over last
        self._living: dict[str, _Living] = {}
        self._remembered: set[str] = set()
        self._noise = Noise(store)
        self._cooldowns = Cooldowns(store)
        self.recorded = 0
        self.repeated = 0
        self.lost = 0
        self.done = 0

    async def run(self, bus: Bus) -> None:
        """Announce until cancelled."""
        loop = asyncio.get_running_loop()
        async with bus.subscribe() as moves:
            await self._leave_behind()
            with suppress(StoreError):  # read again, and told of, with the first alert
                await self._chats()  # a thousand take 20 ms, which that one need not wait for
            async for move in moves:
                began_s = loop.time()
                await self.announce(move)
                if move.alert is not None:
                    await asyncio.sleep(min(loop.time() - began_s, REST_S))

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
            if absorbed in self._living and absorbed != move.id:
                await self._take_over(move, absorbed)
        living = self._living.get(move.id)
        if living is not None and move.stage != "opened" and move.edit:
            await self._amend(living, told(move, self._lookup, living.listing))
        if move.stage == "closed":
            self._living.pop(move.id, None)
        if self._keys() != self._remembered:
            await self._remember()

    def _keys(self) -> set[str]:
        """The keys of all messages that are edited still."""
        return {key for living in self._living.values() for key in living.keys}

    async def _record(self, move: Move, alert: AnyAlert) -> None:
        """Record the alert, and enqueue its message to every chat that is to have a new one."""
        now_ms = self._now_ms()
        age_ms = max(0, self._newest_ms() - alert.at_ms)
        expires_ms = now_ms + self._expires_ms - age_ms
        living = self._living.get(move.id)
        have = dict(living.chats) if living is not None else {}
        # Whoever has a message of a move that goes on in this one is told how it goes on.
        merged: set[Chat] = set()
        for absorbed in move.absorbed:
            if (former := self._living.get(absorbed)) is not None:
                merged.update(former.chats)
                for chat, severity in former.chats.items():
                    have.setdefault(chat, severity)
        key = key_of(move, alert)
        decisions = []
        receivers: dict[Chat, Severity] = {}
        states: list[ChatState] = []
        reason: Reason
        for number, state in enumerate(await self._chats()):
            if number % ROUND == ROUND - 1:
                await asyncio.sleep(0)
            try:
                bar = await self._noise.bar(state, now_ms)
                last = await self._cooldowns.last(state, alert, now_ms)
            except StoreError as error:  # rather one too many than none
                log.warning("limits of %s cannot be read: %s", state.chat, error)
                bar, last = 0.0, None
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
                receivers[state.chat] = shown
                states.append(state)
        if not alert.notable and not receivers:
            return  # too usual for anybody who may have it now
        received_ms = alert.at_ms + age_ms if alert.recovered else None
        messages = await copies(
            lambda severity, view: self._compose(move, alert, key, received_ms, severity, view),
            [(state, receivers[state.chat]) for state in states],
            now_ms,
        )
        counts = alert.notable and expires_ms > now_ms
        entry = Recorded(
            alert,
            decisions,
            [(chat, message, expires_ms) for chat, message in messages],
            key,
            told_ms=alert.at_ms + age_ms,
            price=self._price_of(alert.symbol) if counts else None,
        )
        new = await self._hand_over(entry, now_ms)
        self._handed = alert.id
        if new:
            self.recorded += 1
            for chat, severity in receivers.items():
                self._noise.sent(chat, now_ms)
                self._cooldowns.sent(chat, alert, now_ms, severity)
            if receivers and key == alert.id:
                if alert.notable and any(state.settings.ai for state in states):
                    self._elaborate(alert)
                elif not self._unrecorded.owed:
                    await self._store.mark_explained(alert.id)
        else:  # after a restart the same events raise the same alert
            self.repeated += 1
            having = await self._store.having([key])
            receivers = {chat: receivers.get(chat, move.severity) for chat in having}
            self._wake(())
        if receivers:
            await self._follow(move, key, receivers)

    async def _hand_over(self, entry: Recorded, now_ms: int) -> bool:
        """Into the outbox, or past it; whether the alert is new."""
        if not self._unrecorded.owed:
            keys = self._keys() | ({entry.key} if entry.messages else set())
            # With it: afterwards its first messages would be sent meanwhile.
            besides = {META: json.dumps(sorted(keys))} if keys != self._remembered else {}
            try:
                async with asyncio.timeout(RECORD_S):
                    kept = await self._store.record([entry], now_ms, besides=besides)
            except (StoreError, TimeoutError) as error:
                why = str(error) or f"no answer within {RECORD_S:g} s"
                log.error("alert %s goes out unrecorded: %s", entry.alert.id, why)
            else:
                self._remembered = keys
                if kept.due:
                    # Before anything else that may fail: the sender looks only when it is woken.
                    self._wake(kept.due)
                return bool(kept.new)
        return await self._unrecorded.send(entry)

    async def _tell_again(self, move: Move) -> None:
        """A market move got worse in its first minute, and that minute is over."""
        living = self._living.get(move.id)
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
            await self._follow(move, key, {notice.chat: notice.severity for notice in notices})

    async def _follow(self, move: Move, key: str, receivers: Mapping[Chat, Severity]) -> None:
        """These chats have a message of the move from now on."""
        living = self._followed(move)
        if move.stage == "escalated" and key not in living.keys:
            # The others have nothing but the former message, which goes on.
            others = living.chats.keys() - receivers.keys()
            continued = progressing((f"{CONTINUED} · {kst_time(move.at_ms)}",))
            await self._amend(living, continued, others)
            if not others:
                living.keys = {}
        living.keys[key] = None
        living.chats.update(receivers)

    def _followed(self, move: Move) -> _Living:
        living = self._living.get(move.id)
        if living is None:
            living = self._living[move.id] = _Living()
            while len(self._living) > LIVING:
                del self._living[next(iter(self._living))]
        return living

    async def _take_over(self, move: Move, absorbed: str) -> None:
        """A symbol's move goes on in that of many: in a message that its chat has of that and that
        lists them, else in its own. May be tried again."""
        former = self._living[absorbed]
        living = self._living.get(move.id)
        reading = {state.chat for state in await self._chats() if lists(view_of(state))}
        others = former.chats.keys() - ((living.chats.keys() if living else set()) & reading)
        await self._amend(former, progressing((MERGED,)), others)
        del self._living[absorbed]
        if not others:
            return
        living = self._followed(move)
        living.keys |= former.keys
        living.listing |= former.keys.keys()
        living.chats = {chat: former.chats[chat] for chat in others} | living.chats
        await self._amend(living, told(move, self._lookup, living.listing))

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
        message = alert_message(
            alert,
            self._lookup(alert.symbol),
            note=await self._explainer.explain(alert),
            by="template",
            received_ms=received_ms,
            severity=severity,
            past=self._past(alert),
            won_per_dollar=self._won_per_dollar(),
        )
        return with_leader(message, move)

    async def _amend(
        self,
        living: _Living,
        change: Callable[[Message], Message],
        besides: Collection[Chat] = (),
    ) -> None:
        """What goes on in another message is no longer edited."""
        if not living.keys:
            return
        until_ms = self._now_ms() + EDIT_MS
        change = unless_left(change)
        keys = list(living.keys)
        if await self._unrecorded.taken(
            lambda: self._store.amend(keys, change, until_ms, besides), EDITS
        ):
            self._wake(())
        else:
            await self._unrecorded.amend(keys, change, until_ms, besides)

    async def _remember(self) -> None:
        """Write down which messages are edited still: a restart cannot go on with them."""
        keys = self._keys()
        if await self._unrecorded.taken(
            lambda: self._store.set_meta(META, json.dumps(sorted(keys))), EDITS
        ):
            self._remembered = keys

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
            try:
                audience = await self._store.audience()
            except StoreError as error:
                if self._revision < 0:
                    raise
                log.error("chats cannot be read, those known go on: %s", error)
                return self._audience
            self._audience = [s for s in audience if s.chat.platform in self._platforms]
            await self._follow_chats({state.chat for state in self._audience})
            self._revision = revision
        return self._audience

    async def _follow_chats(self, known: Collection[Chat]) -> None:
        """Chats that left have no part in moves any more; one that moved goes on under its new id,
        where its messages are found, with the severity that it was told before."""
        for living in self._living.values():
            lost = living.chats.keys() - known
            if not lost:
                continue
            having = await self._store.having(list(living.keys))
            severities = [living.chats[chat] for chat in lost]
            for chat in having & set(known) - living.chats.keys():
                living.chats[chat] = max(severities, key=SEVERITIES.index)
            for chat in lost:
                del living.chats[chat]
