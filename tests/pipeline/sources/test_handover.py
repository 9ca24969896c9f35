"""Which way Binance's trades come, and that nothing is missing between."""

import asyncio
from collections.abc import Collection, Coroutine
from typing import Any, cast

from pipeline.errors import Unreachable
from pipeline.model import ALL, Event, Feed, Gap, Trade
from pipeline.sources.binance import BinanceSource
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.continuity import Continuity
from pipeline.sources.handover import Handover
from pipeline.sources.tardis_machine import MachineSource

BTC, ETH, DAYS = Feed("BTCUSDT", "trade"), Feed("ETHUSDT", "trade"), Feed(ALL, "ticker")
NOW_MS = 1_795_359_000_000


class Rest:
    """Knows the first aggregate trade of each symbol from any time on; ``down`` says nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.down = False

    async def agg_trade_at(self, symbol: str, at_ms: int) -> Trade | None:
        self.asked.append((symbol, at_ms))
        if self.down:
            raise Unreachable("no network")
        return Trade(symbol, 500, 1.0, 1.0, at_ms, False)


class Direct:
    """Says what it follows."""

    def __init__(self, rest: Rest) -> None:
        self.follows: frozenset[Feed] = frozenset()
        self.continuity = Continuity(cast(BinanceRest, rest), lambda events: None)

    async def follow(self, wanted: Collection[Feed]) -> None:
        self.follows = frozenset(wanted)


class Machine:
    """Is as well as it is told to be."""

    def __init__(self) -> None:
        self.follows: frozenset[Feed] = frozenset()
        self.newest: dict[str, int] = {}
        self.spot = True
        self.well = 0.0
        self.bad = self.gaps = 0
        self.emitted: list[Event] = []

    async def follow(self, wanted: Collection[Feed]) -> None:
        self.follows = frozenset(wanted)

    def well_s(self, exchange: str) -> float:
        return self.well

    def status(self) -> list[Any]:
        return []

    def emit(self, event: Event) -> None:
        self.emitted.append(event)


class Parts:
    def __init__(self, **options: Any) -> None:
        self.rest, self.machine = Rest(), Machine()
        self.direct = Direct(self.rest)
        self.handover = Handover(
            cast(BinanceSource, self.direct),
            cast(MachineSource, self.machine),
            cast(BinanceRest, self.rest),
            now_ms=lambda: NOW_MS,
            **options,
        )


async def during(parts: Parts, happens: Coroutine[Any, Any, None]) -> None:
    running = asyncio.create_task(parts.handover.run())
    await happens
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_trades_go_over_to_the_machine_and_come_back_without_a_hole(instantly: Any) -> None:
    parts = Parts(always=["upbit:KRW-USDT"])
    direct, machine, handover = parts.direct, parts.machine, parts.handover

    async def happens() -> None:
        await handover.follow({BTC, ETH, DAYS})
        assert direct.follows == {BTC, ETH, DAYS}  # at once
        handover.want({"okex:BTC-USDT", "BTCUSDT"})
        await asyncio.sleep(2)
        assert {feed.symbol for feed in machine.follows} == {
            "upbit:KRW-USDT", "okex:BTC-USDT", "BTCUSDT", "ETHUSDT",
        }  # fmt: skip
        assert not machine.spot
        machine.well = 59.0
        await asyncio.sleep(2)
        assert not machine.spot
        machine.well = 61.0
        machine.newest = {"BTCUSDT": NOW_MS - 5, "okex:BTC-USDT": NOW_MS}
        await asyncio.sleep(5)
        assert machine.spot
        assert direct.follows == {BTC, ETH, DAYS}  # both, for a while
        await asyncio.sleep(10)
        assert direct.follows == {DAYS}
        assert handover.carried == {"BTCUSDT": NOW_MS - 5}
        assert handover.state().by_machine
        machine.well = 0.0
        await asyncio.sleep(2)
        assert not machine.spot
        assert direct.follows == {BTC, ETH, DAYS}
        assert handover.state().by_machine is False
        assert handover.state().since_ms == NOW_MS

    instantly(during(parts, happens()))
    assert parts.rest.asked == [("BTCUSDT", NOW_MS - 5)]
    # The next aggregate that it takes is the first one from the last trade's time on.
    assert direct.continuity.positions["BTCUSDT"].id == 499
    assert not machine.emitted


def test_what_cannot_be_fetched_is_a_gap(instantly: Any) -> None:
    parts = Parts()

    async def happens() -> None:
        await parts.handover.follow({BTC})
        parts.machine.well, parts.machine.newest = 61.0, {"BTCUSDT": NOW_MS - 5}
        await asyncio.sleep(20)
        parts.machine.well, parts.rest.down = 0.0, True
        await asyncio.sleep(10)
        assert parts.direct.follows == {BTC}

    instantly(during(parts, happens()))
    (gap,) = parts.machine.emitted
    assert isinstance(gap, Gap)
    assert (gap.symbols, gap.from_ms, gap.to_ms) == (("BTCUSDT",), NOW_MS - 5, NOW_MS)
    assert parts.handover.state().gaps == 1


def test_a_restart_goes_on_from_the_time_of_the_last_trade_that_came_that_way(
    instantly: Any,
) -> None:
    parts = Parts(since={"BTCUSDT": NOW_MS - 9, "GONEUSDT": NOW_MS - 9})

    async def happens() -> None:
        await parts.handover.follow({BTC, DAYS})
        await asyncio.sleep(2)
        assert parts.direct.follows == {BTC, DAYS}

    instantly(during(parts, happens()))
    assert parts.rest.asked == [("BTCUSDT", NOW_MS - 9)]
    assert parts.direct.continuity.positions["BTCUSDT"].id == 499


def test_binance_stays_direct_where_it_is_to(instantly: Any) -> None:
    parts = Parts(spot=False)

    async def happens() -> None:
        await parts.handover.follow({BTC})
        parts.machine.well = 1_000.0
        await asyncio.sleep(20)

    instantly(during(parts, happens()))
    assert (parts.machine.follows, parts.machine.spot) == (frozenset(), False)
    assert parts.handover.state().by_machine is None


def test_pairs_that_were_asked_for_are_followed_the_newest_forty(instantly: Any) -> None:
    parts = Parts(spot=False)

    async def happens() -> None:
        for number in range(41):
            assert not parts.handover.ask(f"okex:C{number}-USDT")
        parts.machine.well = 1.0
        assert parts.handover.ask("okex:C40-USDT")
        await asyncio.sleep(2)

    instantly(during(parts, happens()))
    assert len(parts.machine.follows) == 40
    assert Feed("okex:C0-USDT", "trade") not in parts.machine.follows
