"""Continuity: every trade once and in order, or a gap that says what is missing."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiolimiter import AsyncLimiter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import FrameError, Refused, TooFast, Unreachable
from pipeline.model import Event, Gap, Trade
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.continuity import AT_ONCE, LONGEST_S, NO_ID, PAGES, Continuity
from pipeline.sources.rest_api import SPOT

START_MS = 1_760_000_000_000


def trade(number: int, symbol="BTCUSDT", at_ms: int | None = None) -> Trade:
    at_ms = START_MS + number * 1_000 if at_ms is None else at_ms
    return Trade(symbol, number, 100.0 + number, 1.0, at_ms, False)


class Rest:
    """An exchange's archive: trades by symbol and id, and troubles that it has on the way."""

    def __init__(self) -> None:
        self.trades: dict[str, dict[int, Trade]] = {}
        self.troubles: list[Exception] = []  # one for each of the next calls
        self.down: Exception | None = None
        self.latency_s = 0.0
        self.page = 1_000
        self.asked: list[tuple[str, int]] = []  # symbol, and from which id or time on

    def has(self, *numbers: int, symbol="BTCUSDT") -> None:
        known = self.trades.setdefault(symbol, {})
        known.update({number: trade(number, symbol) for number in numbers})

    async def agg_trades(self, symbol: str, from_id: int, limit: int = 1_000) -> list[Trade]:
        self.asked.append((symbol, from_id))
        return await self._answer(symbol, limit, lambda one: one.id >= from_id)

    async def agg_trades_since(self, symbol: str, at_ms: int) -> list[Trade]:
        self.asked.append((symbol, at_ms))
        return await self._answer(symbol, 1_000, lambda one: one.at_ms >= at_ms)

    async def _answer(
        self, symbol: str, limit: int, wanted: Callable[[Trade], bool]
    ) -> list[Trade]:
        await asyncio.sleep(self.latency_s)
        if self.down is not None:
            raise self.down
        if self.troubles:
            raise self.troubles.pop(0)
        known = sorted(self.trades.get(symbol, {}).items())
        return [
            Trade(t.symbol, t.id, t.price, 1.0, t.at_ms, False, recovered=True)
            for _, t in known
            if wanted(t)
        ][: min(limit, self.page)]


class Rig:
    def __init__(self, **options: float) -> None:
        self.rest = Rest()
        self.out: list[Event] = []
        clock = asyncio.get_running_loop().time
        self.line = Continuity(self.rest, self.out.extend, monotonic=clock, **options)  # type: ignore[arg-type]

    def live(self, *numbers: int, symbol="BTCUSDT") -> None:
        """These trades arrive over the socket; the exchange knows them as well."""
        for number in numbers:
            self.rest.has(number, symbol=symbol)
            self.line.on([trade(number, symbol)])

    def ids(self, symbol="BTCUSDT") -> list[int]:
        return [e.id for e in self.out if isinstance(e, Trade) and e.symbol == symbol]

    def gaps(self) -> list[Gap]:
        return [e for e in self.out if isinstance(e, Gap)]


Play = Callable[[Rig], Awaitable[None]]


@pytest.fixture
def played(instantly: Callable) -> Callable[..., Rig]:
    """Runs what happens, then lets all back-filling come to its end."""

    def play(happens: Play, **options: Any) -> Rig:
        async def main() -> Rig:
            rig = Rig(**options)
            async with asyncio.TaskGroup() as tasks:
                working = tasks.create_task(rig.line.run())
                await happens(rig)
                await asyncio.sleep(3_600)
                working.cancel()
            return rig

        return instantly(main())

    return play


# --- without a hole ------------------------------------------------------------------------------


def test_trades_in_order_pass_at_once(played):
    async def happens(rig: Rig) -> None:
        rig.live(5, 6, 7)
        rig.live(100, 101, symbol="ETHUSDT")
        assert rig.ids() == [5, 6, 7]
        assert rig.ids("ETHUSDT") == [100, 101]

    assert played(happens).rest.asked == []


def test_repeats_are_dropped_and_counted(played):
    async def happens(rig: Rig) -> None:
        rig.live(5, 6, 6, 5, 7, 6)

    rig = played(happens)
    assert (rig.ids(), rig.line.repeated, rig.gaps()) == ([5, 6, 7], 3, [])


def test_a_relisted_symbol_may_count_afresh(played):
    async def happens(rig: Rig) -> None:
        rig.live(5_000)
        rig.line.on([trade(1, at_ms=START_MS + 5_000_000 + 60_000)])  # not yet
        rig.line.on([trade(1, at_ms=START_MS + 5_000_000 + 60_001)])

    rig = played(happens)
    assert (rig.ids(), rig.line.repeated) == ([5_000, 1], 1)


# --- holes ---------------------------------------------------------------------------------------


def test_a_hole_is_filled_in_order_and_what_came_later_waits(played):
    async def happens(rig: Rig) -> None:
        rig.rest.latency_s = 0.5
        rig.rest.has(3, 4)
        rig.live(1, 2, 5)
        await asyncio.sleep(0.1)
        rig.live(6, 6, 7)
        assert rig.ids() == [1, 2], "until what is missing has come"

    rig = played(happens)
    assert rig.ids() == [1, 2, 3, 4, 5, 6, 7]
    assert [e.recovered for e in rig.out] == [False, False, True, True, False, False, False]
    assert (rig.line.recovered, rig.line.repeated, rig.gaps()) == (2, 1, [])
    assert rig.rest.asked == [("BTCUSDT", 3)]


def test_a_hole_in_one_symbol_holds_no_other_up(played):
    async def happens(rig: Rig) -> None:
        rig.rest.latency_s = 5.0
        rig.rest.has(2)
        rig.live(1, 3)
        rig.live(1, 2, symbol="ETHUSDT")
        assert rig.ids("ETHUSDT") == [1, 2]

    assert played(happens).ids() == [1, 2, 3]


def test_a_long_hole_is_filled_page_by_page(played):
    async def happens(rig: Rig) -> None:
        rig.rest.page = 10
        rig.rest.has(*range(2, 60))
        rig.live(1, 60)

    rig = played(happens)
    assert rig.ids() == list(range(1, 61))
    assert [number for _, number in rig.rest.asked] == [2, 12, 22, 32, 42, 52]


def test_a_hole_of_too_many_pages_ends_in_a_gap(played):
    async def happens(rig: Rig) -> None:
        rig.rest.page = 10
        rig.rest.has(*range(2, 1_000))
        rig.live(1, 1_000)
        rig.live(1_001)

    rig = played(happens)
    (gap,) = rig.gaps()
    assert len(rig.rest.asked) == PAGES
    last = 1 + 10 * PAGES
    assert rig.ids() == [*range(1, last + 1), 1_000, 1_001]
    assert (gap.symbols, gap.from_ms) == (("BTCUSDT",), START_MS + last * 1_000)
    assert (gap.to_ms, "pages" in gap.reason) == (START_MS + 1_000_000, True)
    assert rig.out.index(gap) == last, "it stands where the trades are missing"


def test_a_second_hole_within_the_held_trades_is_filled_too(played):
    async def happens(rig: Rig) -> None:
        rig.rest.latency_s = 0.5
        rig.rest.has(2, 3, 6, 7, 9)
        rig.live(1, 4)
        await asyncio.sleep(0.1)
        rig.live(5, 8, 10)

    rig = played(happens)
    assert rig.ids() == list(range(1, 11))
    assert (rig.gaps(), rig.line.recovered) == ([], 5)


def test_a_rest_that_is_a_moment_behind_the_stream_is_asked_again(played):
    async def happens(rig: Rig) -> None:
        rig.live(1, 4)
        rig.rest.trades["BTCUSDT"].pop(4)  # and 2, 3 are not there yet either
        await asyncio.sleep(1.5)
        rig.rest.has(2, 3, 4)

    rig = played(happens)
    assert (rig.ids(), rig.gaps()) == ([1, 2, 3, 4], [])


@pytest.mark.parametrize(
    "trouble",
    [
        Unreachable("no route"),
        TooFast(429, 0.5),
        Refused(403, "Request blocked"),
        Refused(500, "Internal Server Error"),
        Refused(503, "Service Unavailable"),
    ],
    ids=repr,
)
def test_a_rest_that_is_down_for_a_while_is_asked_until_it_is_up(played, trouble):
    async def happens(rig: Rig) -> None:
        rig.rest.has(2, 3)
        rig.rest.troubles = [trouble] * 5
        rig.live(1, 4)

    rig = played(happens)
    assert (rig.ids(), rig.gaps()) == ([1, 2, 3, 4], [])
    assert len(rig.rest.asked) == 6


@pytest.mark.parametrize(
    "trouble", [Unreachable("no route"), Refused(502, "Bad Gateway"), TooFast(429, 7.0)], ids=repr
)
def test_a_rest_that_stays_down_ends_in_a_gap_within_the_patience(played, trouble):
    async def happens(rig: Rig) -> None:
        rig.rest.has(2, 3)
        rig.rest.down = trouble
        rig.live(1, 4, 5)
        await asyncio.sleep(60.1)
        assert rig.ids() == [1, 4, 5]

    rig = played(happens)
    (gap,) = rig.gaps()
    assert (gap.from_ms, gap.to_ms) == (START_MS + 1_000, START_MS + 4_000)
    assert gap.reason == str(trouble)
    assert rig.line.gaps == 1
    assert 60 / 7 - 1 <= len(rig.rest.asked) <= 61


@pytest.mark.parametrize("away_s", [100.0, 290.0, 4_000.0])
def test_a_network_that_is_away_while_a_hole_is_filled_takes_no_patience(played, away_s):
    """Cut again before everything that the last cut had cost was fetched."""
    network = [True]

    async def happens(rig: Rig) -> None:
        rig.rest.has(2, 3)
        rig.live(1, 4)
        rig.rest.down = Unreachable("no route")
        network[0] = False
        await asyncio.sleep(away_s)
        network[0] = True
        await asyncio.sleep(2)
        rig.rest.down = None
        rig.live(5)

    rig = played(happens, connected=lambda: network[0])
    assert (rig.ids(), rig.gaps()) == ([1, 2, 3, 4, 5], [])


def test_what_waits_while_the_network_is_there_is_limited_however_often_it_goes(played):
    network = [True]

    async def happens(rig: Rig) -> None:
        rig.rest.has(2, 3)
        rig.live(1, 4)
        rig.rest.down = Unreachable("no route")
        for _ in range(9):
            network[0] = False
            await asyncio.sleep(50)
            network[0] = True
            await asyncio.sleep(32)
        assert rig.ids() == [1]
        network[0] = False
        await asyncio.sleep(50)
        network[0] = True
        await asyncio.sleep(32)
        assert rig.ids() == [1, 4]

    (gap,) = played(happens, connected=lambda: network[0]).gaps()
    assert gap.reason == "no route"


def test_a_network_that_is_back_takes_as_much_patience_as_ever(played):
    network = [False]

    async def happens(rig: Rig) -> None:
        rig.rest.has(2)
        rig.rest.down = Unreachable("no route")
        rig.live(1, 3)
        await asyncio.sleep(100)
        network[0] = True
        await asyncio.sleep(59)
        assert rig.ids() == [1]
        await asyncio.sleep(3)
        assert rig.ids() == [1, 3]

    assert len(played(happens, connected=lambda: network[0]).gaps()) == 1


def test_a_limit_is_waited_out_and_no_sooner_asked_again(played):
    async def happens(rig: Rig) -> None:
        rig.rest.has(2)
        rig.rest.troubles = [TooFast(429, 40.0)]
        rig.live(1, 3)
        await asyncio.sleep(39.9)
        assert len(rig.rest.asked) == 1

    rig = played(happens)
    assert (rig.ids(), rig.gaps(), len(rig.rest.asked)) == ([1, 2, 3], [], 2)


def test_a_ban_longer_than_the_patience_is_not_waited_for(played):
    async def happens(rig: Rig) -> None:
        rig.rest.has(2)
        rig.rest.troubles = [TooFast(418, 3_600.0)]
        rig.live(1, 3)
        await asyncio.sleep(0.01)
        assert rig.ids() == [1, 3]

    rig = played(happens)
    assert len(rig.gaps()) == len(rig.rest.asked) == 1


@pytest.mark.parametrize("trouble", [Refused(400, "Invalid symbol."), FrameError("html")], ids=repr)
def test_an_answer_that_will_not_change_is_not_asked_for_again(played, trouble):
    async def happens(rig: Rig) -> None:
        rig.rest.has(2)
        rig.rest.down = trouble
        rig.live(1, 3)

    rig = played(happens)
    assert (rig.ids(), len(rig.gaps()), len(rig.rest.asked)) == ([1, 3], 1, 1)


def test_what_the_exchange_no_longer_has_is_a_gap_between_its_neighbours(played):
    async def happens(rig: Rig) -> None:
        rig.rest.has(2, 6, 7)
        rig.live(1, 8)

    rig = played(happens)
    (gap,) = rig.gaps()
    assert rig.ids() == [1, 2, 6, 7, 8]
    assert (gap.from_ms, gap.to_ms) == (START_MS + 2_000, START_MS + 6_000)
    assert rig.out.index(gap) == 2


def test_where_everything_missing_is_lost_the_exchange_is_asked_once(played):
    """It answers with the next trade it has, which has long been here."""

    async def happens(rig: Rig) -> None:
        rig.live(1, 8, 9)

    rig = played(happens)
    (gap,) = rig.gaps()
    assert (gap.from_ms, gap.to_ms) == (START_MS + 1_000, START_MS + 8_000)
    assert rig.ids() == [1, 8, 9]
    assert len(rig.rest.asked) == 1


def test_an_exchange_that_never_has_anything_is_asked_three_times(played):
    async def happens(rig: Rig) -> None:
        rig.line.on([trade(1)])
        rig.line.on([trade(4)])

    rig = played(happens)
    assert (rig.ids(), len(rig.gaps()), len(rig.rest.asked)) == ([1, 4], 1, 3)


def test_when_too_many_trades_wait_the_hole_that_most_wait_behind_is_given_up(played):
    """Full: what waits there goes on, and a gap says what does not come."""

    async def happens(rig: Rig) -> None:
        rig.rest.latency_s = 30.0
        rig.rest.has(2)
        rig.rest.has(2, symbol="ETHUSDT")
        rig.live(1, *range(3, 43))
        rig.live(1, *range(3, 13), symbol="ETHUSDT")
        await asyncio.sleep(1)
        assert (rig.ids(), rig.ids("ETHUSDT")) == ([1], [1])
        rig.live(13, symbol="ETHUSDT")
        assert (rig.ids(), rig.ids("ETHUSDT")) == ([1, *range(3, 43)], [1])

    rig = played(happens, held=50)
    (gap,) = rig.gaps()
    assert (gap.symbols, gap.from_ms) == (("BTCUSDT",), START_MS + 1_000)
    assert (gap.to_ms, "too many" in gap.reason) == (START_MS + 3_000, True)
    assert rig.ids() == [1, *range(3, 43)], "the late answer changes nothing"
    assert rig.ids("ETHUSDT") == list(range(1, 14))


def test_a_hole_given_up_may_be_followed_by_another(played):
    async def happens(rig: Rig) -> None:
        rig.rest.latency_s = 30.0
        rig.live(1, *range(3, 54))
        await asyncio.sleep(1)
        rig.rest.latency_s = 0.1
        rig.rest.has(54)
        rig.live(55)

    rig = played(happens, held=50)
    assert rig.ids() == [1, *range(3, 56)]
    assert len(rig.gaps()) == 1


class Budgeted(Rest):
    """Answers after 1 to 3 s, and asks within the weight that back-filling may use."""

    def __init__(self) -> None:
        super().__init__()
        self.limit = AsyncLimiter(SPOT.budgets["backfill"], 60)
        self.at: list[float] = []
        self.asking = self.most = 0
        self.luck = random.Random(6)

    async def agg_trades(self, symbol: str, from_id: int, limit: int = 1_000) -> list[Trade]:
        self.asking += 1
        self.most = max(self.most, self.asking)
        try:
            await self.limit.acquire(SPOT.agg_trades)
            self.at.append(asyncio.get_running_loop().time())
            self.latency_s = self.luck.uniform(1, 3)
            return await super().agg_trades(symbol, from_id, limit)
        finally:
            self.asking -= 1


def test_after_two_reconnects_in_a_row_with_a_slow_rest_all_of_450_symbols_is_filled(played):
    """Within the weight budget (FACTS A.8): the first one finds a minute's weight unused, the
    second one waits for each of it. The longest holes are of some pages."""
    symbols = [f"S{n}USDT" for n in range(450)]
    missed = [[max(1, 4_500 // rank) for rank in range(1, 451)], [1] * 450]
    filled_s: list[float] = []

    async def happens(rig: Rig) -> None:
        rest = rig.rest = rig.line._rest = Budgeted()
        loop = asyncio.get_running_loop()
        for symbol in symbols:
            rig.live(1, symbol=symbol)
        last = dict.fromkeys(symbols, 1)
        for holes in missed:
            began_s = loop.time()
            rig.line.check(symbols)
            for symbol, hole in zip(symbols, holes, strict=True):
                rest.has(*range(last[symbol] + 1, last[symbol] + hole + 1), symbol=symbol)
                last[symbol] += hole + 1
                rig.live(last[symbol], symbol=symbol)
            while rig.line.busy:
                await asyncio.sleep(1)
            filled_s.append(loop.time() - began_s)

    # Each answer may take 10 s: see BinanceRest.
    rig = played(happens, at_once=BinanceRest("").backfills)
    rest = rig.rest
    assert isinstance(rest, Budgeted)
    assert rig.gaps() == []
    assert rig.line.recovered == sum(map(sum, missed))
    assert filled_s[0] < 45, "a burst of what the budget had left"
    assert filled_s[1] < 450 * 4 / 1_500 * 60 + 10, "as fast as the budget allows"
    at = rest.at
    most = max(sum(1 for other in at if one <= other < one + 60) for one in at)
    assert most * SPOT.agg_trades <= 2 * SPOT.budgets["backfill"]
    assert rest.most == 63
    first = [symbol for symbol, _ in rest.asked[:AT_ONCE]]
    assert first == symbols[:AT_ONCE], "the longest holes first"


def test_a_rest_in_trouble_is_asked_by_one_at_a_time_and_every_hole_ends_within_the_patience(
    played,
):
    symbols = [f"S{n}USDT" for n in range(40)]

    async def happens(rig: Rig) -> None:
        rig.rest.latency_s = 0.2
        for symbol in symbols:
            rig.rest.has(2, symbol=symbol)
            rig.live(1, 3, symbol=symbol)
        rig.rest.down = Unreachable("no route")
        await asyncio.sleep(10)
        rig.rest.asked.clear()
        await asyncio.sleep(10)
        assert 8 <= len(rig.rest.asked) <= 10
        await asyncio.sleep(42)
        assert len(rig.gaps()) == 40
        assert {gap.reason for gap in rig.gaps()} == {"no route"}

    assert not played(happens, at_once=30).line.busy


def test_a_symbol_whose_questions_fail_holds_up_no_other_and_waits_no_longer_than_the_patience(
    played,
):
    async def happens(rig: Rig) -> None:
        answer = rig.rest.agg_trades

        async def picky(symbol: str, from_id: int, limit: int = 1_000) -> list[Trade]:
            if symbol == "BTCUSDT":
                rig.rest.asked.append((symbol, from_id))
                raise Refused(503, "Service Unavailable")
            return await answer(symbol, from_id, limit)

        rig.rest.agg_trades = picky  # type: ignore[method-assign]
        rig.live(1, 900)
        for number in range(2, 130, 2):
            rig.rest.has(number, symbol="ETHUSDT")
            rig.live(number - 1, number + 1, symbol="ETHUSDT")
            await asyncio.sleep(1)
        assert rig.ids() == [1, 900]

    rig = played(happens)
    assert rig.ids("ETHUSDT") == list(range(1, 130))
    assert [gap.symbols for gap in rig.gaps()] == [("BTCUSDT",)]


def test_a_hole_that_is_not_filled_in_five_minutes_is_given_up_however_much_is_answered(played):
    async def happens(rig: Rig) -> None:
        rig.rest.page, rig.rest.latency_s = 1, 20.0
        rig.rest.has(*range(2, 40))
        rig.live(1, 40)
        await asyncio.sleep(LONGEST_S - 1)
        assert rig.gaps() == []
        await asyncio.sleep(3)
        assert rig.ids()[-1] == 40

    (gap,) = played(happens).gaps()
    assert gap.reason == "the answers take too long"


# --- after an outage -----------------------------------------------------------------------------


def test_a_quiet_symbol_is_asked_for_after_an_outage(played):
    async def happens(rig: Rig) -> None:
        rig.live(1)
        rig.rest.has(2, 3)
        rig.line.check(["BTCUSDT", "NEVERUSDT"])

    rig = played(happens)
    assert (rig.ids(), rig.gaps()) == ([1, 2, 3], [])
    assert rig.rest.asked == [("BTCUSDT", 2)]


def test_a_symbol_that_did_not_trade_during_an_outage_has_no_gap(played):
    async def happens(rig: Rig) -> None:
        rig.live(1)
        rig.line.check(["BTCUSDT"])
        await asyncio.sleep(10)
        rig.live(2)
        assert rig.ids() == [1, 2]

    rig = played(happens)
    assert (rig.gaps(), len(rig.rest.asked)) == ([], 1)


def test_trades_that_show_a_hole_during_the_check_wait_until_it_is_filled(played):
    async def happens(rig: Rig) -> None:
        rig.rest.latency_s = 1.0
        rig.live(1)
        rig.rest.has(2, 3)
        rig.line.check(["BTCUSDT"])
        await asyncio.sleep(0.5)
        rig.live(4, 4, 5)
        assert rig.ids() == [1]
        await asyncio.sleep(2)
        rig.live(6)

    rig = played(happens)
    assert (rig.ids(), rig.line.repeated, rig.gaps()) == ([1, 2, 3, 4, 5, 6], 1, [])


def test_a_symbol_whose_next_trade_comes_before_it_is_asked_for_missed_nothing(played):
    async def happens(rig: Rig) -> None:
        rig.live(1)
        rig.line.check(["BTCUSDT"])
        rig.live(2)

    rig = played(happens)
    assert (rig.ids(), rig.rest.asked, rig.line.busy) == ([1, 2], [], False)


def test_trades_that_show_no_hole_do_not_wait_for_a_check(played):
    async def happens(rig: Rig) -> None:
        rig.rest.latency_s = 1.0
        rig.live(1)
        rig.line.check(["BTCUSDT"])
        await asyncio.sleep(0.5)
        assert rig.line.busy
        rig.live(2, 3)
        assert rig.ids() == [1, 2, 3]
        await asyncio.sleep(2)
        assert not rig.line.busy

    rig = played(happens)
    assert (rig.ids(), rig.gaps(), rig.line.recovered) == ([1, 2, 3], [], 0)


def test_a_known_hole_is_filled_before_quiet_symbols_are_asked_for(played):
    quiet = [f"Q{n}USDT" for n in range(20)]

    async def happens(rig: Rig) -> None:
        rig.rest.latency_s = 1.0
        for symbol in quiet:
            rig.live(1, symbol=symbol)
        rig.line.check(quiet)
        rig.rest.has(2)
        rig.live(1, 3)

    rig = played(happens)
    assert [symbol for symbol, _ in rig.rest.asked].index("BTCUSDT") < AT_ONCE + 1
    assert rig.ids() == [1, 2, 3]
    assert len(rig.rest.asked) == 21


def test_a_hole_found_while_its_symbol_waits_to_be_checked_is_filled_once(played):
    async def happens(rig: Rig) -> None:
        rig.rest.has(2)
        rig.live(1)
        rig.line.check(["BTCUSDT"])
        rig.live(3)

    rig = played(happens)
    assert (rig.ids(), rig.rest.asked) == ([1, 2, 3], [("BTCUSDT", 2)])


def test_a_symbol_is_not_checked_while_its_hole_is_filled(played):
    async def happens(rig: Rig) -> None:
        rig.rest.latency_s = 5.0
        rig.rest.has(2)
        rig.live(1, 3)
        await asyncio.sleep(1)
        rig.line.check(["BTCUSDT"])
        await asyncio.sleep(1)
        rig.live(4)

    rig = played(happens)
    assert (rig.ids(), rig.gaps(), rig.line.recovered) == ([1, 2, 3, 4], [], 1)


def test_what_an_outage_cost_while_a_hole_was_filled_is_asked_for_after_that(played):
    """What waited behind the hole came before the outage, and says nothing of it."""

    async def happens(rig: Rig) -> None:
        rig.rest.latency_s = 5.0
        rig.rest.has(2)
        rig.live(1, 3, 4)
        await asyncio.sleep(1)
        rig.rest.has(5, 6)
        rig.line.check(["BTCUSDT"])

    rig = played(happens)
    assert (rig.ids(), rig.gaps(), rig.line.busy) == ([1, 2, 3, 4, 5, 6], [], False)


def test_what_an_outage_cost_while_a_hole_was_given_up_is_asked_for_after_that(played):
    async def happens(rig: Rig) -> None:
        rig.rest.down = Unreachable("no route")
        rig.live(1, 3)
        rig.live(1, symbol="ETHUSDT")
        await asyncio.sleep(1)
        rig.rest.has(4)
        rig.line.check(["BTCUSDT"])
        rig.live(*range(3, 8), symbol="ETHUSDT")
        rig.live(5, symbol="ETHUSDT")
        await asyncio.sleep(70)
        rig.rest.down = None

    rig = played(happens, held=4)
    assert (rig.ids(), rig.line.busy) == ([1, 3, 4], False)
    assert [(gap.symbols, gap.to_ms) for gap in rig.gaps()] == [
        (("ETHUSDT",), START_MS + 3_000),
        (("BTCUSDT",), START_MS + 3_000),
    ]


@pytest.mark.parametrize("last", [(1, START_MS + 1_000), (NO_ID, START_MS + 2_000)])
def test_what_a_second_outage_cost_while_the_first_is_asked_for_is_asked_for_as_well(played, last):
    """The answer that is under way then does not have it."""

    async def happens(rig: Rig) -> None:
        rig.rest.latency_s, rig.rest.page = 5.0, 1
        rig.line.resume({"BTCUSDT": last})
        rig.rest.has(2)
        rig.line.check(["BTCUSDT"])
        await asyncio.sleep(4)
        rig.rest.has(3)
        rig.line.check(["BTCUSDT"])

    rig = played(happens, at_once=1)
    assert (rig.ids(), rig.gaps(), rig.line.busy) == ([2, 3], [], False)


def test_a_check_that_cannot_be_made_now_is_made_later_and_holds_nothing_up(played):
    async def happens(rig: Rig) -> None:
        rig.live(1)
        rig.live(1, symbol="ETHUSDT")
        rig.rest.down = Unreachable("no route")
        rig.line.check(["BTCUSDT", "ETHUSDT"])
        await asyncio.sleep(70)
        rig.live(2)
        assert rig.ids() == [1, 2]
        rig.rest.down = None
        rig.rest.has(2, 3, symbol="ETHUSDT")
        await asyncio.sleep(5)

    rig = played(happens)
    assert (rig.ids("ETHUSDT"), rig.gaps()) == ([1, 2, 3], [])


def test_a_restart_goes_on_where_the_run_before_stopped(played):
    async def happens(rig: Rig) -> None:
        rig.rest.has(*range(1, 14))
        rig.line.resume({"BTCUSDT": (9, START_MS + 9_000)})
        rig.live(9, 14)

    rig = played(happens)
    assert (rig.ids(), rig.line.repeated, rig.gaps()) == ([10, 11, 12, 13, 14], 1, [])


def test_a_restart_after_which_everything_is_lost_names_the_whole_outage(played):
    async def happens(rig: Rig) -> None:
        rig.line.resume({"BTCUSDT": (9, START_MS + 9_000)})
        rig.live(50)

    (gap,) = played(happens).gaps()
    assert (gap.from_ms, gap.to_ms) == (START_MS + 9_000, START_MS + 50_000)


# --- where only the time of the last trade is known ----------------------------------------------


def test_trades_wait_until_it_is_known_from_which_one_on_they_are_missing(played):
    async def happens(rig: Rig) -> None:
        rig.rest.latency_s = 2.0
        rig.rest.has(*range(1, 12))
        rig.line.resume({"BTCUSDT": (NO_ID, START_MS + 9_000)})
        rig.live(12, 13)
        rig.live(5, symbol="ETHUSDT")
        assert (rig.ids(), rig.ids("ETHUSDT")) == ([], [5])

    rig = played(happens)
    assert (rig.ids(), rig.gaps()) == ([9, 10, 11, 12, 13], [])
    assert rig.rest.asked == [("BTCUSDT", START_MS + 9_000)]


def test_a_trade_that_is_the_first_since_that_time_misses_nothing(played):
    async def happens(rig: Rig) -> None:
        rig.line.resume({"BTCUSDT": (NO_ID, START_MS + 9_000)})
        rig.live(9, 10)

    rig = played(happens)
    assert (rig.ids(), rig.gaps()) == ([9, 10], [])


def test_a_quiet_symbol_is_asked_for_by_that_time(played):
    async def happens(rig: Rig) -> None:
        rig.rest.has(8, 9, 10)
        rig.line.resume({"BTCUSDT": (NO_ID, START_MS + 9_000)})
        rig.line.check(["BTCUSDT"])
        await asyncio.sleep(5)
        rig.live(11)

    rig = played(happens)
    assert (rig.ids(), rig.gaps()) == ([9, 10, 11], [])


def test_where_it_cannot_be_found_out_all_since_that_time_is_a_gap(played):
    async def happens(rig: Rig) -> None:
        rig.rest.down = Unreachable("no route")
        rig.line.resume({"BTCUSDT": (NO_ID, START_MS + 9_000)})
        rig.live(12, 13)

    rig = played(happens)
    (gap,) = rig.gaps()
    assert (gap.from_ms, gap.to_ms) == (START_MS + 9_000, START_MS + 12_000)
    assert rig.out == [gap, trade(12), trade(13)]


def test_when_another_source_goes_on_nothing_waits_and_what_is_missing_is_a_gap(played):
    async def happens(rig: Rig) -> None:
        rig.rest.down = Unreachable("no route")
        rig.line.resume({s: (NO_ID, START_MS) for s in ("BTCUSDT", "ETHUSDT")})
        rig.line.check(["BTCUSDT", "ETHUSDT"])
        rig.live(12, 14)  # two holes
        rig.live(1, symbol="XRPUSDT")
        await asyncio.sleep(5)
        rig.line.settle(START_MS + 20_000)
        assert not rig.line.positions.keys() - {"BTCUSDT", "XRPUSDT"}

    rig = played(happens)
    assert rig.ids() == [12, 14]
    assert [(gap.symbols, gap.to_ms - START_MS) for gap in rig.gaps()] == [
        (("BTCUSDT",), 12_000),
        (("BTCUSDT",), 14_000),
        (("ETHUSDT",), 20_000),
    ]


def test_when_another_source_goes_on_what_nobody_has_answered_yet_is_a_gap_and_nothing_else(played):
    """Of one pair an answer is under way, and two wait for their turn, one behind a hole."""

    async def happens(rig: Rig) -> None:
        rig.rest.latency_s = 5.0
        rig.line.resume({"ANSWERED": (NO_ID, START_MS)})
        rig.line.check(["ANSWERED"])
        rig.live(1, symbol="KNOWN")
        await asyncio.sleep(6)
        for symbol in ("ASKED", "WAITS", "BEHIND"):
            rig.live(1, symbol=symbol)
        rig.live(3, symbol="BEHIND")
        await asyncio.sleep(1)
        rig.line.check(["ASKED"])
        await asyncio.sleep(1)
        rig.line.check(["WAITS", "BEHIND"])
        rig.line.settle(START_MS + 20_000)
        assert set(rig.line.positions) == {"KNOWN"}

    rig = played(happens, at_once=2)
    assert [(g.symbols[0], g.from_ms - START_MS, g.to_ms - START_MS) for g in rig.gaps()] == [
        ("BEHIND", 1_000, 3_000),
        ("ASKED", 1_000, 20_000),
        ("BEHIND", 3_000, 20_000),
        ("WAITS", 1_000, 20_000),
    ]
    assert not rig.line.busy


# --- symbols no longer followed ------------------------------------------------------------------


def test_a_symbol_forgotten_starts_afresh(played):
    async def happens(rig: Rig) -> None:
        rig.live(1, 2)
        rig.line.check(["BTCUSDT"])
        rig.line.forget(["BTCUSDT", "NEVERUSDT"])
        rig.live(90)

    rig = played(happens)
    assert (rig.ids(), rig.gaps(), rig.rest.asked) == ([1, 2, 90], [], [])


@pytest.mark.parametrize("passed_s", [0.0, 0.5, 1.5])
def test_a_symbol_forgotten_while_its_hole_is_filled_breaks_nothing(played, passed_s):
    async def happens(rig: Rig) -> None:
        rig.rest.latency_s = 1.0
        rig.rest.troubles = [Unreachable("no route")]
        rig.rest.has(2)
        rig.live(1, 3)
        await asyncio.sleep(passed_s)
        rig.line.forget(["BTCUSDT"])
        rig.live(90, 91)
        rig.rest.has(2, symbol="ETHUSDT")
        rig.live(1, 3, symbol="ETHUSDT")

    rig = played(happens)
    assert rig.ids() == [1, 90, 91]
    assert rig.ids("ETHUSDT") == [1, 2, 3], "the workers are alive"


# --- whatever happens ----------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(st.integers(1, 40), st.sampled_from((0.0, 0.0, 0.05, 2.0))),
        min_size=1,
        max_size=60,
    ),
    st.lists(
        st.sampled_from((None, Unreachable("x"), TooFast(429, 1.5), Refused(503, "x"))),
        max_size=20,
    ),
    st.sampled_from((0.0, 0.3)),
    st.integers(3, 7),
    st.sampled_from((0, NO_ID)),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_trade_comes_once_and_in_order_whatever_arrives(
    played, arrivals, troubles, latency_s, page, last_id
):
    """Losses, repeats, two connections out of step: REST has what the sockets did not bring."""

    async def happens(rig: Rig) -> None:
        rig.rest.has(*range(1, 41))
        rig.rest.troubles = [trouble for trouble in troubles if trouble]
        rig.rest.latency_s = latency_s
        rig.rest.page = page
        rig.line.resume({"BTCUSDT": (last_id, START_MS)})
        for number, pause_s in arrivals:
            rig.line.on([trade(number)])
            await asyncio.sleep(pause_s)

    rig = played(happens)
    newest = max(number for number, _ in arrivals)
    assert rig.ids() == list(range(1, newest + 1))
    assert rig.gaps() == []
    # Nothing is counted twice or not at all.
    assert len(rig.ids()) == rig.line.recovered + sum(not e.recovered for e in rig.out)


@given(
    st.lists(st.tuples(st.integers(1, 40), st.sampled_from((0.0, 0.05, 5.0))), max_size=60),
    st.sets(st.integers(1, 40)),
    st.integers(1, 7),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_missing_in_the_end_lies_within_a_gap(played, arrivals, archived, page):
    async def happens(rig: Rig) -> None:
        rig.rest.has(*archived)
        rig.rest.page = page
        rig.line.resume({"BTCUSDT": (0, START_MS)})
        for number, pause_s in arrivals:
            rig.line.on([trade(number)])
            await asyncio.sleep(pause_s)

    rig = played(happens)
    ids = rig.ids()
    assert ids == sorted(set(ids))
    assert {number for number, _ in arrivals} - set(ids) <= missing(rig)
    for number in set(range(1, max(ids, default=0) + 1)) - set(ids):
        assert number in missing(rig)
    times = [event.at_ms for event in rig.out]
    assert times == sorted(times), "gaps stand where the trades are missing"


def missing(rig: Rig) -> set[int]:
    """The trades whose times lie within gaps."""
    return {
        number
        for number in range(1, 41)
        for gap in rig.gaps()
        if gap.from_ms < START_MS + number * 1_000 < gap.to_ms
    }
