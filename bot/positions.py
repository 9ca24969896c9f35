"""How far each symbol has been read, written down: a restart goes on from there."""

import asyncio
import json
import logging
import operator
from collections.abc import Callable, Mapping, Sequence

import msgspec

from bot.errors import StoreError
from bot.store import Store
from pipeline.model import ALL, Trade
from pipeline.sources.continuity import NO_ID
from pipeline.watch import Watch

log = logging.getLogger("goraebot.positions")

META = "positions:binance"
SAVE_S = 1.0
RESUME_WITHIN_MS = 10 * 60_000
"""After a longer stop back-filling every symbol would take more than it is worth: old trades are
no news, and baselines come back by themselves."""

Read = dict[str, tuple[int, int]]
"""The last trade of each symbol, as (id or NO_ID, exchange time in ms)."""


class Positions:
    """``look`` takes a snapshot of what has been read, and writes it down some looks later.

    Never further than the alerts that have been recorded. A snapshot waits until its trades have
    been watched (``watched`` are counted by source, ``waiting`` read and not watched), what they
    raised (``raised``) is settled with the database (``settled``), and nothing is ``owed`` to it.
    An order that may still go on is left out as a whole: of its fills alone no restart would make
    the order.
    Of symbols whose trades come another way than with ids of aggregates (``carried``) the time is
    all that is known.
    ``crossed`` and ``told`` count targets reached and those written down.
    """

    def __init__(
        self,
        store: Store,
        watch: Watch,
        *,
        read: Callable[[], Mapping[str, Trade]],
        carried: Callable[[], Mapping[str, int]] = dict,
        watched: Callable[[], Sequence[int]],
        waiting: Callable[[], Sequence[int]],
        raised: Callable[[], int],
        settled: Callable[[], int],
        owed: Callable[[], object],
        crossed: Callable[[], int],
        told: Callable[[], int],
    ) -> None:
        self._store = store
        self._watch = watch
        self._read = read
        self._carried = carried
        self._watched = watched
        self._waiting = waiting
        self._raised = raised
        self._settled = settled
        self._owed = owed
        self._crossed = crossed
        self._told = told
        self._snapshot: Read = {}
        self._to_watch: Sequence[int] = ()
        self._awaited: tuple[int, int] | None = None  # alerts, targets

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(SAVE_S)
            await self.look()

    async def look(self) -> None:
        """Take a snapshot, or bring it nearer to being written."""
        if not self._snapshot:
            read = self._read().items()
            self._snapshot = {symbol: (trade.id, trade.at_ms) for symbol, trade in read}
            self._snapshot |= {s: (NO_ID, at_ms) for s, at_ms in self._carried().items()}
            pairs = zip(self._watched(), self._waiting(), strict=True)
            self._to_watch = [watched + waiting for watched, waiting in pairs]
            self._awaited = None
            return
        if self._awaited is None:
            if any(map(operator.lt, self._watched(), self._to_watch)):
                return
            for symbol, first in self._watch.unfinished().items():
                if symbol in self._snapshot:
                    self._snapshot[symbol] = _before(first, *self._snapshot[symbol])
            # What those trades raised that are not left out has been published by now.
            self._awaited = self._raised(), self._crossed()
        alerts, targets = self._awaited
        if self._settled() < alerts or self._owed() or self._told() < targets:
            return
        try:
            await self._store.set_meta(META, json.dumps(self._snapshot))
        except StoreError as error:
            log.warning("positions are not saved: %s", error)
        self._snapshot = {}


def _before(first: Trade, last_id: int, at_ms: int) -> tuple[int, int]:
    """The position, or what precedes that trade where this is earlier."""
    if last_id == NO_ID or first.first_id < 0:  # the id of a match is none of an aggregate
        return (NO_ID, first.at_ms) if first.at_ms <= at_ms else (last_id, at_ms)
    return (first.id - 1, at_ms) if first.id <= last_id else (last_id, at_ms)


def by_time(positions: Read) -> dict[str, int]:
    """Of which symbols only the time is known."""
    return {symbol: at_ms for symbol, (id_, at_ms) in positions.items() if id_ == NO_ID}


async def last_run(store: Store, now_ms: int) -> tuple[Read, dict[str, int]]:
    """Where to go on, or until when each symbol (ALL: any) had been seen when the program has been
    away for too long to do so."""
    kept = await store.get_meta(META)
    if not kept:
        return {}, {}
    try:
        positions = msgspec.json.decode(kept, type=Read)
    except msgspec.MsgspecError as error:
        log.warning("positions of the last run are unreadable and left alone: %s", error)
        return {}, {}
    seen = {symbol: at_ms for symbol, (_, at_ms) in positions.items()}
    newest_ms = max(seen.values(), default=0)
    if now_ms - newest_ms > RESUME_WITHIN_MS:
        log.info("the last run is too long ago to go on from")
        return {}, {**seen, ALL: newest_ms}
    return positions, {}
