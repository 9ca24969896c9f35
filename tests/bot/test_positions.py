"""A restart goes on from positions behind which nothing is lost."""

import json
from collections.abc import AsyncIterator

import pytest

from bot.positions import META, NO_ID, Positions, by_time, last_run
from bot.store import Store, open_store
from pipeline.bus import LocalBus
from pipeline.market import Market
from pipeline.model import ALL, Trade
from pipeline.watch import Watch

AT = 1_760_000_000_000
BTC = "BTCUSDT"


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite:///:memory:") as opened:
        yield opened


class Run:
    """A running watch whose trades come when the test says so."""

    def __init__(self, store: Store) -> None:
        self.watch = Watch(Market())
        self.bus = LocalBus()
        self.last: dict[str, Trade] = {}
        self.waiting = 0
        self.by_machine: dict[str, int] = {}
        self.machine_waits = 0
        self.recorded = 0
        self.owed = 0
        self.store = store
        self.positions = Positions(
            store,
            self.watch,
            read=lambda: self.last,
            carried=lambda: self.by_machine,
            watched=lambda: (
                self.watch.events - self.watch.beside.total(),
                self.watch.beside["machine"],
            ),
            waiting=lambda: (self.waiting, self.machine_waits),
            raised=lambda: self.bus.published,
            settled=lambda: self.recorded,
            owed=lambda: self.owed,
            crossed=lambda: 0,
            told=lambda: 0,
        )

    def trade(self, id: int, dollars: float, at_ms: int, symbol: str = BTC) -> None:
        trade = Trade(symbol, id, 100.0, dollars / 100, at_ms, False, first_id=id, last_id=id)
        self.last[symbol] = trade
        self.publish(self.watch.on(trade))

    def match(self, id: int, dollars: float, at_ms: int, symbol: str = BTC) -> None:
        """A single match, through tardis-machine."""
        self.by_machine[symbol] = at_ms
        trade = Trade(symbol, id, 100.0, dollars / 100, at_ms, False)
        self.watch.tell(trade, self.bus, "machine")

    def publish(self, alerts: object) -> None:
        for move in self.watch.grouped(alerts):  # type: ignore[arg-type]
            self.bus.publish(move)

    async def saved(self) -> int | None:
        kept = await self.position()
        return kept[0] if kept else None

    async def position(self, symbol: str = BTC) -> list[int] | None:
        kept = await self.store.get_meta(META)
        return json.loads(kept).get(symbol) if kept else None


@pytest.mark.parametrize("size", [40_000.0, 5_000_000.0])
async def test_no_position_is_within_an_order_that_goes_on(store: Store, size: float) -> None:
    """Killed then, a restart sees the whole order once more: of its last fill it would make none
    that is worth an alert. The first fills of one size are told at once, those of the other wait
    (see pipeline/lanes.py)."""
    run = Run(store)
    for id in range(1, 200):
        run.trade(id, 100, AT + id * 10)
    run.trade(200, size, AT + 3_000)
    run.trade(201, size, AT + 3_000)
    await run.positions.look()  # a snapshot within the order
    run.trade(202, 10, AT + 3_000)
    await run.positions.look()
    await run.positions.look()
    assert await run.saved() == 199

    run.trade(203, 10, AT + 3_500)  # another order: that one is over
    for _ in range(4):
        await run.positions.look()
    assert await run.saved() == 199, "the alert is not recorded"
    run.recorded = run.bus.published
    assert run.recorded == 1
    await run.positions.look()
    assert await run.saved() == 202


async def test_positions_wait_for_what_is_to_be_watched_and_for_the_database(store: Store) -> None:
    run = Run(store)
    run.trade(1, 100, AT)
    run.trade(1, 100, AT, "ETHUSDT")
    run.waiting = 1
    await run.positions.look()
    await run.positions.look()
    assert await run.saved() is None, "a trade has not been watched"
    run.trade(2, 100, AT + 10)
    run.owed = 1
    await run.positions.look()
    assert await run.saved() is None, "an alert is not recorded"
    run.owed = 0
    await run.positions.look()
    assert await run.saved() == 1


async def test_an_order_is_over_when_its_symbol_has_been_quiet(store: Store) -> None:
    run = Run(store)
    run.trade(7, 100, AT)
    run.trade(1, 100, AT + 61_000, "ETHUSDT")
    for _ in range(2):
        await run.positions.look()
    assert await run.saved() == 7
    assert (await last_run(store, AT + 62_000))[0][BTC] == (7, AT)
    resumed, seen = await last_run(store, AT + 61_000 + 600_001)
    assert resumed == {}
    assert seen[ALL] == AT + 61_000


async def test_events_of_one_source_do_not_stand_for_those_of_another(store: Store) -> None:
    run = Run(store)
    run.trade(1, 100, AT)
    run.machine_waits = 1
    await run.positions.look()
    run.trade(2, 100, AT + 10)  # watched, while the one through tardis-machine still waits
    await run.positions.look()
    assert await run.saved() is None
    run.match(9, 100, AT + 20, "okex:BTC-USDT")
    await run.positions.look()
    assert await run.saved() == 1


async def test_of_trades_through_tardis_machine_the_time_is_kept(store: Store) -> None:
    """A restart asks for what came from then on, an order that may go on as a whole."""
    run = Run(store)
    run.match(7_001, 100, AT)
    run.match(7_002, 10, AT + 1_000)
    run.match(7_003, 10, AT + 1_000)
    run.last[BTC] = Trade(BTC, 500, 100.0, 1.0, AT - 9_000, False, first_id=500, last_id=500)
    await run.positions.look()
    run.by_machine[BTC] = AT + 1_001
    for _ in range(3):
        await run.positions.look()
    assert await run.position() == [NO_ID, AT + 1_000]
    resumed, _ = await last_run(store, AT + 2_000)
    assert by_time(resumed) == {BTC: AT + 1_000}


async def test_an_order_on_both_ways_is_asked_for_by_its_time(store: Store) -> None:
    """The machine fails within an order: its ids of matches are none of the aggregates that come
    directly from then on, and the larger ones."""
    run = Run(store)
    run.match(7_001, 100, AT)
    run.match(7_002, 10, AT + 1_000)
    run.by_machine.clear()
    run.last[BTC] = Trade(BTC, 500, 100.0, 1.0, AT + 1_000, False, first_id=7_003, last_id=7_003)
    for _ in range(3):
        await run.positions.look()
    assert await run.position() == [NO_ID, AT + 1_000]
