"""Futures of the simulated exchange, read by the program's own client."""

import asyncio
from contextlib import aclosing

from pipeline import watch
from pipeline.detectors import KINDS, liquidation
from pipeline.futures import Futures
from pipeline.market import Market
from pipeline.model import ALL, Alert, Feed, Trade
from pipeline.sources import rest_api
from pipeline.sources.binance import FUTURES, FUTURES_BOOKS, BinanceSource, Settings
from pipeline.sources.binance_rest import BinanceRest
from pipeline.sources.simulated.pairs import PAIRS
from pipeline.sources.simulator import Simulator
from pipeline.watch import Watch

START_MS = 1_760_000_000_000
BTC = "binance-futures:BTCUSDT"
FEW = [pair for pair in PAIRS if pair.symbol in ("BTCUSDT", "ETHUSDT", "ETHBTC")]


async def test_contracts_are_valued_trade_as_their_pairs_and_lose_longs_in_a_fall() -> None:
    detectors = {kind: entry.settings() for kind, entry in KINDS.items()}
    detectors["liquidation"] = liquidation.Settings(min_notional=100_000.0)
    futures, loop = Futures(), Watch(Market(), watch.Settings(detectors=detectors))
    trades: list[Trade] = []
    alerts: list[Alert] = []
    async with (
        Simulator(seed=5, manual=True, start_ms=START_MS, pairs=FEW) as sim,
        BinanceRest(sim.rest_url, api=rest_api.FUTURES) as rest,
        asyncio.TaskGroup() as tasks,
    ):
        source = BinanceSource(Settings(ws_url=sim.ws_url, silence_s=60.0), rest, venue=FUTURES)
        books = BinanceSource(
            Settings(ws_url=sim.ws_url, silence_s=60.0), rest, venue=FUTURES_BOOKS
        )
        await source.follow([Feed(ALL, "liquidation"), Feed(BTC, "trade")])
        await books.follow([Feed(BTC, "book")])

        async def follow(source: BinanceSource) -> None:
            async with aclosing(source.stream()) as events:  # type: ignore[type-var]
                async for event in events:
                    futures.on(event)
                    alerts.extend(loop.on(event))
                    if isinstance(event, Trade):
                        trades.append(event)

        running = [tasks.create_task(follow(one)) for one in (source, books)]
        streams = {"btcusdt@aggTrade", "!forceOrder@arr", "btcusdt@depth20@100ms"}
        await sim.until(lambda: streams <= sim.futures_streams)
        await sim.advance(3_000)
        order = await sim.sweep("BTCUSDT", "buy", 300_000)
        await sim.crash(3.0, 20_000)
        await sim.advance(12_000)
        async with asyncio.timeout(10):
            while (
                not futures.closed(START_MS).longs
                or len(trades) < 40
                or loop.market[BTC].book is None
            ):
                await asyncio.sleep(0.01)
        listing = await rest.symbols()
        assert sorted(listing) == [BTC, "binance-futures:ETHUSDT"], "one against dollars each"
        assert await rest.newest_trade(BTC) is not None
        assert len(await rest.candles(BTC, "1m", 10)) == 10
        for task in running:
            task.cancel()
    book = loop.market[BTC].book
    assert book is not None
    assert book.bids[0][0] < book.asks[0][0]
    assert len(book.bids) == 20
    assert {mark.symbol for mark in futures.marks()} == {"BTCUSDT", "ETHUSDT"}
    assert all(0 < abs(mark.premium_pct or 0) < 0.5 for mark in futures.marks())
    assert futures.closed(START_MS).shorts == 0
    assert {trade.symbol for trade in trades} == {BTC}
    swept = [trade for trade in trades if trade.at_ms == order.at_ms]
    assert sum(trade.price * trade.quantity for trade in swept) >= 300_000
    told = {alert.kind for alert in alerts}
    assert {"large_trade", "liquidation"} <= told
