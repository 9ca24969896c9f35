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
from pipeline.watch import Watch

log = logging.getLogger("goraebot.positions")

META = "positions:binance"
SAVE_S = 1.0
RESUME_WITHIN_MS = 10 * 60_000
"""After a longer stop back-filling every symbol would take more than it is worth: old trades are
no news, and baselines come back by themselves."""

Read = dict[str, tuple[int, int]]
"""The last trade of each symbol, as (id, exchange time in ms)."""


class Positions:
    """``look`` takes a snapshot of what has been read, and writes it down some looks later.

    Never further than the alerts that have been recorded. A snapshot waits until its trades have
    been watched (``watched`` are counted by source, ``waiting`` read and not watched), what they
    raised (``raised``) is settled with the database (``settled``), and nothing is ``owed`` to it.
    An order that may still go on is left out as a whole: of its fills alone no restart would make
    the order.
    ``crossed`` and ``told`` count targets reached and those written down.
    """

    def __init__(
        self,
        store: Store,
        watch: Watch,
        *,
        read: Callable[[], Mapping[str, Trade]],
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
            pairs = zip(self._watched(), self._waiting(), strict=True)
            self._to_watch = [watched + waiting for watched, waiting in pairs]
            self._awaited = None
            return
        if self._awaited is None:
            if any(map(operator.lt, self._watched(), self._to_watch)):
                return
            for symbol, first_id in self._watch.unfinished().items():
                last_id, at_ms = self._snapshot.get(symbol, (-1, 0))
                if first_id <= last_id:
                    self._snapshot[symbol] = first_id - 1, at_ms
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
