"""Finds out what prices did after alerts, and what they do at random times that are alike."""

import asyncio
import logging
import time
from array import array
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from bot.errors import StoreError
from bot.hindsight import (
    DAY_MS,
    HORIZONS,
    MINUTE_MS,
    STEP_MS,
    Group,
    Standing,
    boundary,
    change,
    controls,
    group_of,
    in_direction,
    needed,
)
from bot.outcomebook import Finding, Outcomebook, Pending
from pipeline.errors import FrameError, Refused, SourceError
from pipeline.model import AnyAlert, Candle

log = logging.getLogger("goraebot.reckoner")

Fetch = Callable[[str, str, int, int], Awaitable[Sequence[Candle]]]
"""Candles: symbol, interval ("1m", "5m"), the first opening (ms), how many at most (≤ 1,000)."""

LOOK_S: Final = 30.0
AT_ONCE: Final = 20
"""Alerts of one look: each asks up to nine times, within the weight that is left to the past."""

SETTLED_MS: Final = 10_000
"""A minute is asked for so long after its end: exchange and clock may differ."""

LOOKBACK: Final = 60
"""Minutes that are asked for: the last one that was traded in counts."""

CHUNK: Final = 1_000
CHUNKS: Final = 200
"""Requests of five minutes each that are remembered: alerts of one symbol share them; 2 MB."""

RETRY_MS: Final = 3_600_000
GIVE_UP_MS: Final = 7 * DAY_MS
REFRESH_S: Final = 60.0
PATIENCE: Final = 20
"""Times as long as reckoning took is waited before it is done again."""


class Reckoner:
    """Settles what is due, keeps it for ``keep_days``, and remembers what all of it comes to.

    What is due follows from the database alone, so a restart goes on where the last run was, and
    what came due meanwhile is asked for late: the exchange keeps its minutes. Of a pair that is not
    traded or listed any more the last price known counts: who disappears is not left out.
    ``now_ms`` is the exchange's time, 0 before it is known.
    """

    def __init__(
        self, book: Outcomebook, fetch: Fetch, *, keep_days: float, now_ms: Callable[[], int]
    ) -> None:
        self._book = book
        self._fetch = fetch
        self._keep_ms = int(keep_days * DAY_MS)
        self._now_ms = now_ms
        self._chunks: OrderedDict[tuple[str, int], array[float]] = OrderedDict()
        self._known: tuple[Standing, ...] | None = None
        self._since: int | None = None
        self._at: Mapping[tuple[Group, int], Standing] = {}

    async def run(self) -> None:
        """Go on until cancelled."""
        again = 0.0
        stale, failing = True, False
        while True:
            try:
                stale |= await self.look()
                failing = False
            except (StoreError, SourceError) as error:
                level = logging.DEBUG if failing else logging.WARNING
                log.log(level, "what became of prices after alerts is asked later: %s", error)
                failing = True
            began = time.monotonic()
            if stale and began >= again:
                try:
                    await self.reckon()
                    stale = False
                except StoreError as error:
                    log.warning("the record of alerts cannot be read: %s", error)
                took = time.monotonic() - began
                again = began + max(REFRESH_S, took * PATIENCE)
            await asyncio.sleep(LOOK_S)

    # --- what is known ---------------------------------------------------------------------------

    async def reckon(self) -> None:
        """Bring what is remembered up to date. Raises StoreError."""
        known = tuple(await self._book.standings())
        self._since = await self._book.since()
        self._at = {(one.group, one.horizon): one for one in known}
        self._known = known

    async def standings(self, symbol: str | None = None) -> Sequence[Standing]:
        """See ports.Hindsight."""
        if symbol is not None:
            return await self._book.standings(symbol)
        if self._known is None:
            await self.reckon()
        return self._known or ()

    async def since(self) -> int | None:
        """See ports.Hindsight."""
        if self._since is None:
            self._since = await self._book.since()
        return self._since

    def before(self, alert: AnyAlert) -> Standing | None:
        """What an hour came to after alerts like this one, where that is clear; else None."""
        known = self._at.get((group_of(alert), 1))
        return known if known is not None and known.clear else None

    # --- what is found out -----------------------------------------------------------------------

    async def look(self) -> bool:
        """Find out what is due; whether anything was. Raises StoreError and SourceError."""
        now_ms = self._now_ms()
        gone = await self._book.prune(now_ms - self._keep_ms)
        due = await self._book.due(now_ms - SETTLED_MS - MINUTE_MS, AT_ONCE)
        for one in due:
            try:
                finding = await self._find(one, now_ms)
            except FrameError as error:
                log.warning("%s is asked about again in an hour: %s", one.symbol, error)
                finding = _postponed(one, now_ms)
            await self._book.settle(finding)
        return bool(due or gone)

    async def _find(self, one: Pending, now_ms: int) -> Finding:
        moves: list[float | None] = list(one.moves)
        last = 0.0
        for number, horizon in enumerate(HORIZONS):
            end_ms = boundary(one.told_ms, horizon)
            known = moves[number]
            if known is None and end_ms + SETTLED_MS <= now_ms:
                price = await self._price(one, end_ms)
                known = last if price is None else change(one.price, price)
                moves[number] = known
            last = last if known is None else known
        matched = one.matched
        bases: tuple[float | None, ...] = (None,) * len(HORIZONS)
        likes = bases
        if matched is None:
            found = await self._controls(one)
            matched = found is not None
            if found is not None:
                way = one.group.counted
                likes = found[0]
                bases = tuple(
                    sum(in_direction(moved[number], way) for moved in found) / len(found)
                    for number in range(len(HORIZONS))
                )
        waits = [h for h, move in zip(HORIZONS, moves, strict=True) if move is None]
        due_ms = one.told_ms + waits[0] if waits else None
        return Finding(one.alert_id, matched, due_ms, tuple(moves), bases, likes)

    async def _price(self, one: Pending, end_ms: int) -> float | None:
        """The last price of a minute that ended by then and began after the alert was told."""
        first_ms = max(end_ms - LOOKBACK * MINUTE_MS, one.told_ms // MINUTE_MS * MINUTE_MS)
        limit = (end_ms - first_ms) // MINUTE_MS
        minutes = await self._asked(one.symbol, "1m", first_ms, limit)
        closes = [m.close for m in minutes if first_ms <= m.open_ms <= end_ms - MINUTE_MS]
        return closes[-1] if closes and closes[-1] > 0 else None

    async def _controls(self, one: Pending) -> list[tuple[float, ...]] | None:
        first_ms, last_ms = needed(one.told_ms)
        span = CHUNK * STEP_MS
        numbers = range((first_ms - STEP_MS) // span, (last_ms - STEP_MS) // span + 1)
        chunks = {number: await self._chunk(one.symbol, number) for number in numbers}

        def close(end_ms: int) -> float | None:
            number, place = divmod((end_ms - STEP_MS) // STEP_MS, CHUNK)
            return chunks[number][place] or None

        return controls(close, one.told_ms)

    async def _chunk(self, symbol: str, number: int) -> "array[float]":
        """The last prices of so many times five minutes in a row, 0 where there is none."""
        kept = self._chunks.get((symbol, number))
        if kept is not None:
            self._chunks.move_to_end((symbol, number))
            return kept
        first_ms = number * CHUNK * STEP_MS
        prices = array("d", bytes(8 * CHUNK))
        for candle in await self._asked(symbol, "5m", first_ms, CHUNK):
            place, odd = divmod(candle.open_ms - first_ms, STEP_MS)
            if not odd and 0 <= place < CHUNK and candle.close > 0:
                prices[place] = candle.close
        if first_ms + CHUNK * STEP_MS <= self._now_ms() - SETTLED_MS:  # else it grows still
            self._chunks[symbol, number] = prices
            while len(self._chunks) > CHUNKS:
                self._chunks.popitem(last=False)
        return prices

    async def _asked(self, symbol: str, interval: str, since_ms: int, n: int) -> Sequence[Candle]:
        """Candles, none of a pair that the exchange does not know any more."""
        try:
            return await self._fetch(symbol, interval, since_ms, n)
        except Refused as error:
            if error.status != 400:
                raise
            log.info("no candles of %s: %s", symbol, error)
            return ()


def _postponed(one: Pending, now_ms: int) -> Finding:
    """Ask again later, but not for ever: then it stays unknown."""
    over = now_ms - one.told_ms > GIVE_UP_MS
    return Finding(one.alert_id, one.matched, None if over else now_ms + RETRY_MS, one.moves)
