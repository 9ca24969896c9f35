"""A pair that the exchange does not list as trading for a while is watched on."""

from collections.abc import Callable, Collection

import pytest

from pipeline.absent import PATIENCE_S, Absent
from pipeline.futures_universe import FuturesUniverse
from pipeline.market import Market
from pipeline.model import Alert, Feed, PriceJump, SymbolInfo, Trade
from pipeline.universe import Settings, Universe
from pipeline.watch import Watch

NAMES = ("BTCUSDT", "ETHUSDT", "SOLUSDT")


def listed(trading: Collection[str], halted: Collection[str] = ()) -> dict[str, SymbolInfo]:
    return {
        name: SymbolInfo(name, name.rpartition(":")[2][:-4], "USDT", trading=name in trading)
        for name in (*trading, *halted)
    }


class Rest:
    """An exchange whose listing is what a test says."""

    def __init__(self, listing: dict[str, SymbolInfo]) -> None:
        self.listing = listing

    async def symbols(self) -> dict[str, SymbolInfo]:
        return self.listing

    async def server_ms(self) -> int:
        return 1_760_000_000_000


class Follower:
    """Knows what it is to deliver."""

    def __init__(self) -> None:
        self.feeds: set[Feed] = set()

    async def follow(self, wanted: Collection[Feed]) -> None:
        self.feeds = set(wanted)

    def trades(self) -> set[str]:
        return {feed.symbol for feed in self.feeds if feed.channel == "trade"}


class World:
    """A universe whose clock is turned by hand."""

    def __init__(self, make: Callable[..., Universe | FuturesUniverse], prefix: str = "") -> None:
        self.names = tuple(prefix + name for name in NAMES)
        self.now_s = 0.0
        self.rest, self.source = Rest(listed(self.names)), Follower()
        self.watch = Watch(Market())
        self.universe = make(self.rest, self.source, self.watch, clock=lambda: self.now_s)

    async def refresh(self, listing: dict[str, SymbolInfo], after_s: float = 600.0) -> None:
        self.now_s += after_s
        self.rest.listing = listing
        await self.universe._refresh()

    def detectors(self) -> list[object]:
        return [self.watch.detectors(name) for name in self.names]


def spot(*given: object, **options: object) -> Universe:
    return Universe(Settings(), *given, **options)  # type: ignore[arg-type]


def futures(*given: object, **options: object) -> FuturesUniverse:
    universe = FuturesUniverse(*given, **options)  # type: ignore[arg-type]
    universe.want([f"binance-futures:{name}" for name in NAMES])
    return universe


@pytest.fixture(params=[(spot, ""), (futures, "binance-futures:")])
async def world(request: pytest.FixtureRequest) -> World:
    made = World(*request.param)
    await made.refresh(listed(made.names))
    return made


@pytest.mark.parametrize("halted", [True, False])
async def test_a_halt_of_everything_and_a_short_answer_cost_nothing_that_was_learnt(
    world: World, halted: bool
) -> None:
    before, one = world.detectors(), world.names[:1]
    for _ in range(int(PATIENCE_S / 600) - 1):  # for nearly a day
        await world.refresh(listed((), world.names) if halted else listed(one))
        assert world.source.trades() == set(world.names) == set(world.universe.watched)
    await world.refresh(listed(world.names))
    assert world.detectors() == before
    await world.refresh(listed(one))
    await world.refresh(listed(one), PATIENCE_S - 1)
    assert world.source.trades() == set(world.names), "the day begins when it goes missing again"


async def test_nothing_is_measured_across_a_halt(world: World) -> None:
    symbol, start_ms = world.names[0], 1_760_000_000_000

    def trade(at_s: int, price: float) -> list[Alert]:
        at_ms = start_ms + at_s * 1_000
        return world.watch.on(Trade(symbol, at_s + 1, price, 10.0, at_ms, False))

    for at_s in range(4_000):
        trade(at_s, 100.0 + 0.01 * (at_s % 3))
    await world.refresh(listed(world.names[1:], world.names[:1]))
    await world.refresh(listed(world.names))
    back = [alert for at_s in range(7_000, 7_060) for alert in trade(at_s, 112.0)]
    assert [alert for alert in back if isinstance(alert, PriceJump)] == []
    assert world.watch.market[symbol].change_pct(60, start_ms + 7_010_000) is None


async def test_what_a_halt_ends_is_told_by_the_clock() -> None:
    made = World(spot)
    await made.refresh(listed(NAMES))
    order = Trade(NAMES[0], 1, 100.0, 100_000.0, 1_760_000_000_000, False)
    assert made.watch.on(order) == []
    await made.refresh(listed(NAMES[1:], NAMES[:1]))
    (alert,) = made.watch.tick()
    assert (alert.kind, alert.symbol) == ("large_trade", NAMES[0])


async def test_an_answer_that_leaves_a_pair_out_costs_it_no_window(world: World) -> None:
    symbol, at_ms = world.names[0], 1_760_000_000_000
    for n in range(400):
        world.watch.on(Trade(symbol, n + 1, 100.0 + n / 100, 10.0, at_ms + n * 1_000, False))
    await world.refresh(listed(world.names[1:]))
    assert world.watch.market[symbol].change_pct(60, at_ms + 399_000) is not None


async def test_a_name_that_no_listing_has_had_is_not_away() -> None:
    rest, source, watch = Rest({}), Follower(), Watch(Market())
    settings = Settings(symbols=("BTCUSDT", "TYPOUSDT"))
    universe = Universe(settings, rest, source, watch)  # type: ignore[arg-type]
    await universe._follow()
    assert source.trades() == {"BTCUSDT", "TYPOUSDT"}, "nothing is known yet"
    rest.listing = listed(NAMES)
    for _ in range(2):
        await universe._refresh()
        assert source.trades() == {"BTCUSDT"} == set(universe.watched)


async def test_what_is_gone_for_a_day_is_forgotten(world: World) -> None:
    before, one = world.detectors(), world.names[:1]
    await world.refresh(listed(one))
    await world.refresh(listed(one), PATIENCE_S)
    assert world.source.trades() == set(one)
    await world.refresh(listed(world.names))
    after = world.detectors()
    assert (after[0] == before[0], after[1] == before[1]) == (True, False)


def test_who_has_just_gone_missing_is_told_once() -> None:
    absent = Absent()
    assert absent.note(NAMES, NAMES, 0.0) == set()
    assert absent.note(NAMES, NAMES[:1], 1.0) == set(NAMES[1:]) == absent.symbols
    assert absent.note(NAMES, NAMES[:1], 2.0) == set()
    assert absent.note(NAMES, NAMES[:2], 3.0) == set()
    assert absent.symbols == {NAMES[2]}
    assert absent.note(NAMES, NAMES[:1], 4.0) == {NAMES[1]}
