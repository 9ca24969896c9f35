"""Prices that chats waited for while trades were missing, since the program was away too long to
fetch every one or a gap of a run could not be filled: looked up in the minute candles of that time.

How far each symbol had been seen is kept until every candle since has been looked at, so that a
crash meanwhile begins this anew; that it is told once is the business of bot.targets.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from bot.compose_targets import unseen_message
from bot.errors import StoreError
from bot.model import Target
from bot.store import Notice, Store
from bot.targets import TargetWatch, level_of
from pipeline.errors import FrameError, Refused, SourceError
from pipeline.levels import Crossing
from pipeline.model import ALL, Candle

log = logging.getLogger("goraebot.targets")

Fetch = Callable[[str, int, int], Awaitable[Sequence[Candle]]]
"""Candles of a minute: symbol, the first opening (ms), and how many at most (≤ 1,000)."""

META: Final = "targets:seen"
MINUTE_MS: Final = 60_000
BACK_MS: Final = 2 * 86_400_000
"""How far back candles are looked at: three requests a symbol. What was missed before that is not
looked up; the chats that waited then are told so."""
MOST: Final = 1_000
"""Minutes of one request."""
TRY_FOR_MS: Final = 3_600_000
"""After so long without an answer from the exchange the rest is given up, and said to be."""
PAUSES_S: Final = (2.0, 5.0, 15.0, 60.0)
EXPIRES_MS: Final = 24 * 3_600_000


class LateTargets:
    """Looks at the candles of a long stop once, after the start, and at those of each gap.

    ``fetch`` brings them.
    """

    def __init__(
        self,
        store: Store,
        targets: TargetWatch,
        fetch: Fetch,
        *,
        now_ms: Callable[[], int],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._targets = targets
        self._fetch = fetch
        self._now_ms = now_ms
        self._wake = wake
        self._seen: dict[str, int] = {}
        self._began_ms = 0
        self._gaps = 0
        self._gap_ends: dict[str, int] = {}  # where only a gap is to be looked at
        self._kept_gaps = 0
        self._woken = asyncio.Event()
        targets.missed = self._missed

    async def begin(self, seen: Mapping[str, int]) -> None:
        """Hold what is to be looked at; before the first trade, after targets are followed.

        ``seen`` is until when each symbol's trades had been seen at the last stop, ALL for those
        not named; nothing if the trades since are fetched one by one. Raises StoreError.
        """
        before = await self._kept()
        if seen and before:  # stopped again before all was looked at
            default_ms = min(seen[ALL], before[ALL])
            names = seen.keys() | before.keys()
            self._seen = {
                name: min(seen.get(name, default_ms), before.get(name, default_ms))
                for name in names
            }
        else:
            self._seen = dict(seen or before)
        if not self._seen:
            return
        waited = self._targets.symbols
        self._seen = {name: ms for name, ms in self._seen.items() if name in waited or name == ALL}
        await self._store.set_meta(META, msgspec.json.encode(self._seen).decode())
        self._began_ms = self._now_ms()
        self._targets.hold(waited)
        self._woken.set()

    def _missed(self, symbol: str, from_ms: int, to_ms: int) -> None:
        """Trades of a symbol that is waited for are missing."""
        if not self._seen:
            self._began_ms = self._now_ms()
            self._seen = {ALL: to_ms}
        if symbol in self._gap_ends or symbol not in self._targets.held:
            self._gap_ends[symbol] = max(to_ms, self._gap_ends.get(symbol, 0))
        self._seen[symbol] = min(from_ms, self._seen.get(symbol, from_ms))
        self._gaps += 1
        self._targets.hold((symbol,))
        self._woken.set()

    async def run(self) -> None:
        """Look at what is to be looked at, until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            await self.catch_up()

    async def catch_up(self) -> None:
        """Look until all is looked at or given up."""
        tries = 0
        while self._seen:
            try:
                await self.look()
            except (StoreError, SourceError, FrameError) as error:
                log.warning("candles of missed trades are looked at later: %s", error)
                if self._now_ms() - self._began_ms >= TRY_FOR_MS:
                    log.error("candles of missed trades are given up")
                    try:
                        await self._end(self._now_ms(), self._targets.held)
                    except StoreError as refused:
                        log.warning("it cannot be told that candles are given up: %s", refused)
                pause_s = PAUSES_S[min(tries, len(PAUSES_S) - 1)]
                tries += 1
                await asyncio.sleep(random.uniform(pause_s / 2, pause_s))

    async def look(self) -> None:
        """Look at what is left. Raises StoreError, SourceError and FrameError, and goes on there
        the next time."""
        if not self._seen:
            return
        gaps = self._gaps
        if gaps != self._kept_gaps:
            await self._store.set_meta(META, msgspec.json.encode(self._seen).decode())
            self._kept_gaps = gaps
        earliest_ms = self._now_ms() - BACK_MS
        for symbol in sorted(self._targets.held):
            waiting = self._targets.waiting_for(symbol)
            if waiting:
                seen_ms = self._seen.get(symbol, self._seen[ALL])
                since_ms = max(earliest_ms, seen_ms, min(target.since_ms for target in waiting))
                try:
                    bars = await self._minutes(symbol, since_ms)
                except Refused as error:
                    if error.status != 400:
                        raise
                    log.info("no candles of %s: %s", symbol, error)  # no longer listed
                    bars = []
                end_ms = self._gap_ends.get(symbol, self._now_ms())
                bars = [bar for bar in bars if bar.open_ms <= end_ms]
                for target in waiting:
                    crossing = crossing_in(target, bars)
                    if crossing is not None:
                        self._targets.found(crossing)
            if gaps != self._gaps:
                return  # another one meanwhile, perhaps of this symbol: it is looked at again
            self._targets.release(symbol)
            self._gap_ends.pop(symbol, None)
        await self._end(earliest_ms, self._targets.symbols)

    async def _minutes(self, symbol: str, since_ms: int) -> list[Candle]:
        since_ms -= since_ms % MINUTE_MS
        bars: list[Candle] = []
        while since_ms <= self._now_ms():
            fetched = await self._fetch(symbol, since_ms, MOST)
            new = [bar for bar in fetched if bar.open_ms >= since_ms]
            if not new:
                break
            bars += new
            since_ms = new[-1].open_ms + MINUTE_MS
        return bars

    async def _end(self, looked_ms: int, symbols: Iterable[str]) -> None:
        """All that can be looked at is; tell the chats that waited for one of the symbols longer
        than was looked back (to ``looked_ms``). Raises StoreError, and nothing has ended then."""
        gaps = self._gaps
        now_ms = self._now_ms()
        first_ms = min(self._seen.values())
        notices = {}
        for symbol in symbols:
            seen_ms = self._seen.get(symbol, self._seen[ALL])
            for target in self._targets.waiting_for(symbol):
                if self._targets.is_reached(target.id):
                    continue
                if max(seen_ms, target.since_ms) < looked_ms - MINUTE_MS:
                    message = unseen_message(seen_ms, looked_ms, f"targets_unseen:{first_ms}")
                    notices[target.chat] = Notice(
                        target.chat, message.key, message, "notice", now_ms, now_ms + EXPIRES_MS
                    )
        if notices:
            await self._store.enqueue(list(notices.values()))
            self._wake()
        await self._store.set_meta(META, "")
        if gaps != self._gaps:  # another one meanwhile is still to be looked at, and kept
            self._kept_gaps = -1
            return
        self._seen = {}
        self._gap_ends = {}
        for symbol in list(self._targets.held):
            self._targets.release(symbol)

    async def _kept(self) -> dict[str, int]:
        kept = await self._store.get_meta(META)
        if not kept:
            return {}
        try:
            found = msgspec.json.decode(kept, type=dict[str, int])
        except msgspec.MsgspecError as error:
            log.warning("how far targets were seen is unreadable and left alone: %s", error)
            return {}
        return found if ALL in found else {}


def crossing_in(target: Target, bars: Iterable[Candle]) -> Crossing | None:
    """The first minute in which the target's price was traded at or passed, as far as a candle
    tells: of one in which the target began to wait only the close counts, of one in which it ended
    only the opening. Its price is the farthest of the minute, its time when that began."""
    for bar in bars:
        if bar.close_ms < target.since_ms or bar.open_ms >= target.until_ms:
            continue
        if bar.open_ms < target.since_ms:
            price = bar.close
        elif bar.close_ms >= target.until_ms:
            price = bar.open
        else:
            price = bar.high if target.way == "up" else bar.low
        if price >= target.price if target.way == "up" else 0 < price <= target.price:
            at_ms = max(bar.open_ms, target.since_ms)
            return Crossing(level_of(target), price, at_ms, recovered=True, minute=True)
    return None
