"""Which symbols are watched, as the exchange lists them and chats ask for them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager

import pytest

from pipeline.market import Market
from pipeline.model import ALL, Event, Feed, Ticker
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.simulator import Simulator
from pipeline.universe import Settings, Universe
from pipeline.watch import Watch

START_MS = 1_760_000_000_000


class Follower:
    """A source that only knows what it is to deliver."""

    def __init__(self) -> None:
        self.feeds: set[Feed] = set()
        self.changed = asyncio.Event()

    async def follow(self, wanted: Collection[Feed]) -> None:
        self.feeds = set(wanted)
        self.changed.set()

    async def stream(self) -> AsyncIterator[Event]:
        raise NotImplementedError
        yield

    def symbols(self, channel: str) -> set[str]:
        return {feed.symbol for feed in self.feeds if feed.channel == channel}

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not true():
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=1, manual=True, start_ms=START_MS) as market:
        yield market


@asynccontextmanager
async def running(
    sim: Simulator, settings: Settings | None = None
) -> AsyncIterator[tuple[Universe, Follower]]:
    source = Follower()
    async with BinanceRest(sim.rest_url) as rest, asyncio.TaskGroup() as tasks:
        universe = Universe(settings or Settings(), rest, source, Watch(Market()))
        task = tasks.create_task(universe.run())
        yield universe, source
        task.cancel()


async def test_every_trading_usdt_pair_is_watched_and_no_other(sim: Simulator) -> None:
    async with running(sim) as (universe, source):
        await source.until(lambda: len(source.symbols("trade")) > 0)
        trades = source.symbols("trade")
        assert "BTCUSDT" in trades
        assert all(symbol.endswith("USDT") for symbol in trades)
        assert "ETHBTC" not in trades
        assert "WAVESUSDT" not in trades  # listed, but on a break
        assert Feed(ALL, "ticker") in source.feeds
        assert source.symbols("book") == set()
        assert set(universe.watched) == trades


async def test_a_list_of_symbols_is_watched_even_before_the_listing_is_known(
    sim: Simulator,
) -> None:
    sim.refuse(451, times=10, doors=["rest"])
    async with running(sim, Settings(symbols=("btcusdt", "ETHBTC"))) as (universe, source):
        await source.until(lambda: source.symbols("trade") == {"BTCUSDT", "ETHBTC"})
        async with asyncio.timeout(5):
            while universe.problem != "region":
                await asyncio.sleep(0)


async def test_each_name_that_is_not_listed_is_told_once(
    sim: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(sim, Settings(symbols=("BTCUSDT", "NOPEUSDT"))) as (universe, source):
        for symbol in ("ETHUSDT", "XRPUSDT"):
            universe.want([symbol])
            await source.until(lambda symbol=symbol: symbol in source.symbols("trade"))
    told = [(r.levelname, r.getMessage()) for r in caplog.records if "not listed" in r.message]
    assert told == [("WARNING", "[market] symbols: not listed: NOPEUSDT")]


@pytest.mark.parametrize("symbols", ["all", ("BTC-USDT", "NOPEUSDT")])
async def test_names_of_which_none_is_listed_are_a_problem_until_a_chat_names_a_pair(
    sim: Simulator, symbols: str | tuple[str, ...]
) -> None:
    async with running(sim, Settings(symbols=symbols)) as (universe, source):
        async with asyncio.timeout(10):
            while universe.problem != "unlisted":
                await asyncio.sleep(0)
        assert universe.watched == set()
        universe.want(["ETHUSDT"])
        await source.until(lambda: source.symbols("trade") == {"ETHUSDT"})
        assert universe.problem == ""


async def test_symbols_that_chats_name_are_watched_with_their_books(sim: Simulator) -> None:
    async with running(sim) as (universe, source):
        await source.until(lambda: len(source.symbols("trade")) > 0)
        universe.want(["ETHBTC", "NOSUCHUSDT"])
        await source.until(lambda: "ETHBTC" in source.symbols("trade"))
        assert source.symbols("book") == {"ETHBTC"}
        universe.want([])
        await source.until(lambda: "ETHBTC" not in source.symbols("trade"))


async def test_a_symbol_asked_for_is_streamed_until_others_take_its_place(sim: Simulator) -> None:
    async with running(sim) as (universe, source):
        await source.until(lambda: len(source.symbols("trade")) > 0)
        asked = sorted(source.symbols("trade"))[:41]
        for symbol in asked:
            universe.ask_book(symbol)
        await source.until(lambda: source.symbols("book") == set(asked[1:]))


async def test_the_most_traded_books_are_streamed_for_those_who_want_all(sim: Simulator) -> None:
    async with running(sim, Settings(top_books=2)) as (universe, source):
        await source.until(lambda: len(source.symbols("trade")) > 0)
        market = universe._watch.market
        for symbol, turnover in (("BTCUSDT", 9.0), ("ETHUSDT", 8.0), ("XRPUSDT", 7.0)):
            market[symbol].day = Ticker(symbol, START_MS, 1, 1, 1, 1, 1, turnover)
        universe.want([], top=True)
        await source.until(lambda: source.symbols("book") == {"BTCUSDT", "ETHUSDT"})


async def test_listings_and_delistings_are_picked_up_while_running(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.universe.LOOK_S", 0.02)
    async with running(sim) as (universe, source):
        await source.until(lambda: len(source.symbols("trade")) > 0)
        sim.list_symbol("NEWUSDT")
        sim.delist_symbol("XRPUSDT")
        # The array of rolling days names the new pair first.
        market = universe._watch.market
        market["NEWUSDT"].day = Ticker("NEWUSDT", START_MS, 1, 1, 1, 1, 1, 1)
        await source.until(lambda: "NEWUSDT" in source.symbols("trade"))
        assert "XRPUSDT" in source.symbols("trade")  # for a day: see test_absent.py
        assert not market.info("XRPUSDT").trading


async def test_a_pair_that_the_listing_never_has_is_not_asked_about_for_ever(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.universe.LOOK_S", 0.01)
    async with running(sim) as (universe, source):
        await source.until(lambda: len(source.symbols("trade")) > 0)
        market = universe._watch.market
        odd = Ticker("ODDUSDT", START_MS, 1, 1, 1, 1, 1, 1)
        before = universe._rest.requests
        for _ in range(20):
            market["ODDUSDT"].day = odd
            await asyncio.sleep(0.01)
        assert universe._rest.requests - before <= 2


async def test_a_listing_that_cannot_be_read_is_tried_again(
    sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.universe.RETRY_S", (0.01,))
    sim.refuse(503, times=2, doors=["rest"])
    async with running(sim) as (universe, source):
        await source.until(lambda: len(source.symbols("trade")) > 0)
        assert universe.problem == ""
