"""Which way Binance's trades come, and that nothing is missing between."""

import asyncio
import contextlib
from collections.abc import Collection, Coroutine, Set
from typing import Any, cast

from pipeline.errors import Unreachable
from pipeline.model import ALL, Event, Feed, Gap, Trade
from pipeline.sources.binance import BinanceSource
from pipeline.sources.continuity import Continuity
from pipeline.sources.handover import Handover
from pipeline.sources.tardis_machine import MachineSource

BTC, ETH, DAYS = Feed("BTCUSDT", "trade"), Feed("ETHUSDT", "trade"), Feed(ALL, "ticker")
NOW_MS = 1_795_359_000_000


def aggregate(number: int, at_ms: int, symbol: str = "BTCUSDT") -> Trade:
    return Trade(symbol, number, 1.0, 1.0, at_ms, False)


class Rest:
    """Of each symbol two aggregate trades follow from any time on, 500 and 501, none while it is
    ``quiet``. ``down``: it does not answer, which takes ten seconds."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []
        self.down = self.quiet = False

    async def agg_trades_since(self, symbol: str, at_ms: int) -> list[Trade]:
        self.asked.append((symbol, at_ms))
        await asyncio.sleep(10.0 if self.down else 0.5)
        if self.down:
            raise Unreachable("no answer within 10 s")
        if self.quiet:
            return []
        return [aggregate(500, at_ms, symbol), aggregate(501, at_ms + 1, symbol)]

    async def agg_trades(self, symbol: str, from_id: int) -> list[Trade]:
        raise AssertionError("nothing is missing but what is known by its time")


class Direct:
    """Says what it follows; what it delivers is in ``out``. Asks for trades before those that it
    begins to follow, as a BinanceSource does."""

    def __init__(self, rest: Rest) -> None:
        self.follows: frozenset[Feed] = frozenset()
        self.out: list[Event] = []
        self.continuity = Continuity(
            rest, self.out.extend, monotonic=lambda: asyncio.get_running_loop().time()
        )

    async def follow(self, wanted: Set[Feed]) -> None:
        new, self.follows = wanted - self.follows, frozenset(wanted)
        self.continuity.check(feed.symbol for feed in new if feed.channel == "trade")

    def settle(self, now_ms: int) -> None:
        self.continuity.settle(now_ms)


class Machine:
    """Is as well as it is told to be."""

    def __init__(self) -> None:
        self.follows: frozenset[Feed] = frozenset()
        self.newest: dict[str, int] = {}
        self.spot = True
        self.well = 0.0
        self.bad = self.gaps = 0

    async def follow(self, wanted: Collection[Feed]) -> None:
        self.follows = frozenset(wanted)

    def well_s(self, exchange: str) -> float:
        return self.well

    def status(self) -> list[Any]:
        return []


class Parts:
    def __init__(self, **options: Any) -> None:
        self.rest, self.machine = Rest(), Machine()
        self.direct = Direct(self.rest)
        self.now_ms = NOW_MS
        self.handover = Handover(
            cast(BinanceSource, self.direct),
            cast(MachineSource, self.machine),
            now_ms=lambda: self.now_ms,
            **options,
        )


async def during(parts: Parts, happens: Coroutine[Any, Any, None]) -> None:
    work = parts.handover.run(), parts.direct.continuity.run()
    running = asyncio.gather(*work)
    await happens
    assert not running.done()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def carried_by_machine(parts: Parts, *symbols: str) -> None:
    """Their trades come through the machine, the last ones just now, and no other way."""
    await parts.handover.follow({Feed(symbol, "trade") for symbol in symbols})
    parts.machine.well = 61.0
    parts.machine.newest = {symbol: NOW_MS - 5 for symbol in symbols}
    await asyncio.sleep(20)
    assert parts.handover.state().by_machine
    assert not parts.direct.follows


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
        assert handover.carried == {"BTCUSDT": NOW_MS - 5, "ETHUSDT": NOW_MS}  # none came yet
        assert handover.state().by_machine
        machine.well = 0.0
        await asyncio.sleep(2)
        assert not machine.spot
        assert direct.follows == {BTC, ETH, DAYS}
        assert handover.state().by_machine is False
        assert handover.state().since_ms == NOW_MS

    instantly(during(parts, happens()))
    assert sorted(parts.rest.asked) == [("BTCUSDT", NOW_MS - 5), ("ETHUSDT", NOW_MS)]
    # From the last trade's time on; the ids of matches tell which of them have been counted.
    btc = [event for event in direct.out if isinstance(event, Trade) and event.symbol == "BTCUSDT"]
    assert btc == [aggregate(500, NOW_MS - 5), aggregate(501, NOW_MS - 4)]
    # One that has not traded since the machine carries it could have as well when that failed.
    assert aggregate(501, NOW_MS + 1, "ETHUSDT") in direct.out


def test_trades_that_come_directly_wait_for_those_before_them(instantly: Any) -> None:
    parts = Parts()

    async def happens() -> None:
        await carried_by_machine(parts, "BTCUSDT")
        parts.machine.well = 0.0
        await asyncio.sleep(1.1)
        parts.direct.continuity.on([aggregate(502, NOW_MS)])
        await asyncio.sleep(5)

    instantly(during(parts, happens()))
    assert [event.id for event in parts.direct.out if isinstance(event, Trade)] == [500, 501, 502]


def test_trades_are_received_directly_at_once_though_nobody_tells_what_is_missing(
    instantly: Any,
) -> None:
    """They wait for a minute, and what is missing then is a gap."""
    parts = Parts()
    symbols = [f"C{number}USDT" for number in range(100)]

    async def happens() -> None:
        await carried_by_machine(parts, *symbols)
        parts.machine.well, parts.rest.down = 0.0, True
        await asyncio.sleep(2)
        assert {feed.symbol for feed in parts.direct.follows} == set(symbols)
        parts.direct.continuity.on([aggregate(502, NOW_MS, symbol) for symbol in symbols])
        await asyncio.sleep(65)

    instantly(during(parts, happens()))
    out = parts.direct.out
    assert len(out) == 2 * len(symbols)
    for gap, trade in zip(out[::2], out[1::2], strict=True):
        assert isinstance(gap, Gap)
        assert isinstance(trade, Trade)
        assert (gap.symbols, gap.from_ms, gap.to_ms) == ((trade.symbol,), NOW_MS - 5, NOW_MS)
        assert trade.id == 502


def test_what_is_not_known_when_the_machine_carries_them_again_is_a_gap(instantly: Any) -> None:
    parts = Parts()

    async def happens() -> None:
        await carried_by_machine(parts, "BTCUSDT", "ETHUSDT")
        parts.machine.well, parts.rest.down = 0.0, True
        await asyncio.sleep(30)
        parts.direct.continuity.on([aggregate(502, NOW_MS - 2)])
        parts.machine.well = 61.0
        await asyncio.sleep(2)
        assert parts.machine.spot

    instantly(during(parts, happens()))
    gap, trade, other = parts.direct.out
    assert isinstance(gap, Gap)
    assert isinstance(other, Gap)
    assert trade == aggregate(502, NOW_MS - 2)
    assert (gap.symbols, gap.from_ms, gap.to_ms) == (("BTCUSDT",), NOW_MS - 5, NOW_MS - 2)
    assert (other.symbols, other.from_ms, other.to_ms) == (("ETHUSDT",), NOW_MS - 5, NOW_MS)


def test_a_pair_that_was_named_later_is_asked_for_since_then(instantly: Any) -> None:
    parts = Parts()

    async def happens() -> None:
        await carried_by_machine(parts, "BTCUSDT")
        parts.now_ms += 3_600_000
        await parts.handover.follow({BTC, ETH})
        await asyncio.sleep(2)
        assert parts.handover.carried["ETHUSDT"] == NOW_MS + 3_600_000
        parts.machine.well = 0.0
        await asyncio.sleep(2)

    instantly(during(parts, happens()))
    assert ("ETHUSDT", NOW_MS + 3_600_000) in parts.rest.asked


def test_a_quiet_pair_has_no_gap_when_the_machine_carries_them_again(instantly: Any) -> None:
    """It has been asked for, and nothing was missing."""
    parts = Parts()

    async def happens() -> None:
        await carried_by_machine(parts, "BTCUSDT")
        parts.machine.well, parts.rest.quiet = 0.0, True
        await asyncio.sleep(30)
        parts.machine.well = 61.0
        await asyncio.sleep(2)
        assert parts.machine.spot

    instantly(during(parts, happens()))
    assert parts.rest.asked == [("BTCUSDT", NOW_MS - 5)]
    assert parts.direct.out == []


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
    assert parts.direct.out == [aggregate(500, NOW_MS - 9), aggregate(501, NOW_MS - 8)]


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
