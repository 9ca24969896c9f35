"""Prices that chats wait for: follows them in the pipeline, and tells each chat once."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Final

from bot.compose_targets import ended_message, missed_message, reached_message
from bot.errors import StoreError
from bot.fitting import fitted
from bot.model import Chat, ChatSettings, Message, Target
from bot.store import Notice, Store
from pipeline.levels import Crossing, Level, Levels
from pipeline.model import Severity, SymbolInfo

log = logging.getLogger("goraebot.targets")

LOOK_S: Final = 1.0
RETRY_S: Final = 2.0
END_EVERY_MS: Final = 60_000
MINUTE_MS: Final = 60_000
END_AFTER_MS: Final = 120_000
"""A target is given up so long after its end: trades of before may still be back-filled."""
ENDED_AT_ONCE: Final = 200
SETTLED_AT_ONCE: Final = 100
"""Thousands may wait for one round price: the first are told before the last are written down."""
HOLD_MS: Final = 60_000
"""A price that is reached now waits no longer for candles of the past than this."""
EXPIRES_MS: Final = 24 * 3_600_000
"""A price that was asked for is told late rather than never."""


class TargetWatch:
    """Implements ports.Targets. ``levels`` is where the pipeline looks at each trade.

    A target and its message change places in one transaction, and the message's key is the
    target's number: a crash before it repeats the crossing when the trades are back-filled, a crash
    after it leaves nothing to repeat. ``crossed`` and ``settled`` count crossings.
    """

    def __init__(
        self,
        store: Store,
        levels: Levels,
        *,
        lookup: Callable[[str], SymbolInfo | None],
        now_ms: Callable[[], int],
        newest_ms: Callable[[], int],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._levels = levels
        self._lookup = lookup
        self._now_ms = now_ms
        self._newest_ms = newest_ms
        self._wake = wake
        self._known: dict[int, Target] = {}
        self._waiting: dict[int, Crossing] = {}  # reached, but the store does not know yet
        self._held: dict[str, int] = {}  # symbol → until when
        self._revision = -1
        self._woken = asyncio.Event()
        self._next_end_ms = now_ms() + END_EVERY_MS
        self.crossed = 0
        self.settled = 0
        self.missed: Callable[[str, int, int], None] = lambda symbol, from_ms, to_ms: None
        levels.reached = self._reached
        levels.missed = lambda symbol, from_ms, to_ms: self.missed(symbol, from_ms, to_ms)

    @property
    def symbols(self) -> set[str]:
        """Those that have to be watched."""
        return {target.symbol for target in self._known.values()}

    # --- what is looked at later: see bot.late_targets -------------------------------------------

    @property
    def held(self) -> frozenset[str]:
        """Symbols whose candles of a stop or gap have not been looked at yet."""
        return frozenset(self._held)

    def hold(self, symbols: Collection[str]) -> None:
        """What trades reach of these symbols is told ``HOLD_MS`` later, unless they are released
        before: their prices may have been reached earlier than by the first trade after a stop or
        gap. A symbol that is held already is not held for longer."""
        until_ms = self._now_ms() + HOLD_MS
        for symbol in symbols:
            self._held.setdefault(symbol, until_ms)

    def release(self, symbol: str) -> None:
        """The symbol has been looked at."""
        self._held.pop(symbol, None)
        self._woken.set()

    def waiting_for(self, symbol: str) -> list[Target]:
        """Every target of the symbol that has not been told."""
        return [target for target in self._known.values() if target.symbol == symbol]

    def is_reached(self, number: int) -> bool:
        """Whether it is only to be told."""
        return number in self._waiting

    def found(self, crossing: Crossing) -> None:
        """A price was reached earlier than any trade that was seen tells. One of the same minute
        tells more than the minute does."""
        number = crossing.level.id
        seen = self._waiting.get(number)
        if seen is not None and not seen.minute and seen.at_ms - crossing.at_ms < MINUTE_MS:
            return
        if number in self._known and seen is None:
            self.crossed += 1
        if number in self._known:
            self._levels.drop(number)
            self._waiting[number] = crossing
            self._woken.set()

    # --- what commands ask for -------------------------------------------------------------------

    async def targets(self, chat: Chat) -> Sequence[Target]:
        """See ports.Targets."""
        return await self._store.targetbook.targets(chat)

    async def add(self, target: Target, instead: int | None = None) -> Target:
        """See ports.Targets."""
        kept = await self._store.targetbook.add(target, instead)
        if instead is not None:
            self._forget(instead)
        self._known[kept.id] = kept
        self._levels.put(level_of(kept))
        return kept

    async def remove(self, chat: Chat, number: int) -> Target | None:
        """See ports.Targets."""
        removed = await self._store.targetbook.remove(chat, number)
        if removed is not None:
            self._forget(number)
        return removed

    def forget(self, chat: Chat) -> None:
        """The chat's id waits for nothing any more, and the store knows."""
        for target in list(self._known.values()):
            if (target.chat.platform, target.chat.id) == (chat.platform, chat.id):
                self._forget(target.id)

    # --- what the market does --------------------------------------------------------------------

    async def run(self) -> None:
        """Follow what chats wait for, and tell them, until cancelled."""
        while True:
            try:
                await self.follow()
                await self.settle()
                await self.end()
            except StoreError as error:
                log.warning("targets wait for the database: %s", error)
                await asyncio.sleep(RETRY_S)
                continue
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def follow(self) -> None:
        """Wait for what active chats want; once before the first trade. Raises StoreError."""
        revision = self._store.revision
        if revision == self._revision:
            return
        wanted = {target.id: target for target in await self._store.targetbook.active()}
        if self._store.revision != revision:
            return  # it changed meanwhile: asked again at the next look
        self._known = wanted
        self._levels.keep(level_of(t) for t in wanted.values() if t.id not in self._waiting)
        self._revision = revision

    async def settle(self) -> None:
        """Tell those whose prices have been reached, in the order of that. Raises StoreError, and
        forgets none that is not told."""
        self._woken.clear()
        now_ms = self._now_ms()
        reached = [
            number
            for number, one in self._waiting.items()
            if not 0 < self._held.get(one.level.symbol, 0) - now_ms <= HOLD_MS
        ]
        for first in range(0, len(reached), SETTLED_AT_ONCE):
            await self._settle(reached[first : first + SETTLED_AT_ONCE])

    async def _settle(self, reached: Collection[int]) -> None:
        """Tell these, all or none of them."""
        now_ms = self._now_ms()
        chosen = await self._store.targetbook.settings(reached)
        notices = {}
        for number in reached:
            crossing, target = self._waiting[number], self._known.get(number)
            if target is not None and number in chosen:
                at_ms = now_ms if crossing.minute else self._newest_ms()
                late_ms = max(0, at_ms - crossing.at_ms) if crossing.recovered else None
                told = missed_message if crossing.minute else reached_message
                message = told(
                    target, self._lookup(target.symbol), crossing.price, crossing.at_ms, late_ms
                )
                notices[number] = _notice(target, message, chosen[number], now_ms)
        if notices and await self._store.settle(notices):
            self._wake()
        for number in reached:
            del self._waiting[number]
            self._known.pop(number, None)
        self.settled += len(reached)

    async def end(self) -> None:
        """Tell, now and then, whose time is over without the price. Raises StoreError."""
        now_ms = self._now_ms()
        if 0 < self._next_end_ms - now_ms <= END_EVERY_MS:  # more: the clock was set back
            return
        self._next_end_ms = now_ms + END_EVERY_MS
        old = await self._store.targetbook.ended(now_ms - END_AFTER_MS, ENDED_AT_ONCE)
        over = [
            target
            for target in old
            if target.id not in self._waiting and target.symbol not in self._held
        ]
        if not over:
            return
        chosen = await self._store.targetbook.settings([one.id for one in over])
        notices = {
            one.id: _notice(
                one, ended_message(one, self._lookup(one.symbol)), chosen[one.id], now_ms
            )
            for one in over
            if one.id in chosen
        }
        if notices and await self._store.settle(notices):
            self._wake()
        for number in notices:
            self._forget(number)

    def _reached(self, crossing: Crossing) -> None:
        self._waiting[crossing.level.id] = crossing
        self.crossed += 1
        self._woken.set()

    def _forget(self, number: int) -> None:
        self._levels.drop(number)
        self._known.pop(number, None)


def level_of(target: Target) -> Level:
    """The target as the pipeline waits for it."""
    return Level(
        target.id, target.symbol, target.price, target.way, target.since_ms, target.until_ms
    )


def _notice(target: Target, message: Message, settings: ChatSettings, now_ms: int) -> Notice:
    """As the chat wants its messages: it asked for this one, so it may be loud where it lets
    anything be."""
    severity: Severity = "notice" if message.silent else "warning"
    message = fitted(message, settings, now_ms, critical=True)
    return Notice(target.chat, target.key, message, severity, now_ms, now_ms + EXPIRES_MS)
