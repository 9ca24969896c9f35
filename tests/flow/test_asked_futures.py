"""Futures in the whole program: what comes over the routed address is told in the web chat."""

import asyncio
import contextlib
import time
from pathlib import Path

from contracts.futures_server import futures_rest, futures_server, liquidated, traded
from program import Program, Visitor

from pipeline import watch
from pipeline.detectors import KINDS
from pipeline.market import Market
from pipeline.model import Alert
from pipeline.notes import NOTES
from pipeline.sources.recording import Tally, read
from pipeline.sources.simulator import Simulator
from pipeline.watch import Watch


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def replayed(folder: Path) -> list[Alert]:
    """What a replay of the futures' recording raises, with the program's settings."""
    settings = {name: entry.settings() for name, entry in KINDS.items()}
    settings["liquidation"] = KINDS["liquidation"].settings(min_notional=300_000.0)
    loop = Watch(Market(), watch.Settings(detectors=settings))
    tally = Tally()
    alerts: list[Alert] = []
    for event in read(sorted(folder.glob("binance-futures-*.gz")), tally):
        alerts += loop.heed(event) if isinstance(event, NOTES) else loop.on(event)
    assert not tally.unreadable, tally.samples
    return [*alerts, *loop.finish()]


async def test_a_visitor_asks_for_futures_and_is_told_of_a_burst_and_a_large_trade(
    tmp_path: Path,
) -> None:
    visitor = Visitor()
    async with (
        contextlib.aclosing(visitor),
        Simulator(seed=3, plan=()) as sim,
        futures_server(now_ms) as (exchange, url),
        futures_rest(exchange) as rest_url,
        Program(
            tmp_path,
            sim,
            GORAEBOT_BINANCE_FUTURES_ENABLED="true",
            GORAEBOT_BINANCE_FUTURES_WS_URL=url,
            GORAEBOT_BINANCE_FUTURES_REST_URL=rest_url,
            GORAEBOT_LIQUIDATION_MIN_NOTIONAL="300000",
            GORAEBOT_RECORD_ENABLED="true",
            GORAEBOT_RECORD_FOLDER=str(tmp_path / "recordings"),
        ) as program,
        visitor.open(program),
    ):
        exchange.orders.append(liquidated("SELL", now_ms()))
        await visitor.until(lambda: visitor.health["feed"]["ok"])
        told: dict[str, str] = {}
        for text in ("/liquidations btc", "/funding btc", "/status"):
            answer = await visitor.say(text)
            while "아직" in answer["head"] or "없습니다" in answer["head"]:
                await asyncio.sleep(0.2)  # nobody may ask too often
                answer = await visitor.say(text)
            told[text] = " ".join((answer["head"], *answer["lines"])).replace("\xa0", " ")
        await visitor.say("/subscribe btc")
        exchange.orders += [liquidated("SELL", now_ms() + n * 1_000) for n in (1, 2)]
        await visitor.until(lambda: bool(visitor.of_kind("liquidation")))
        subscribed = await visitor.say("/subscribe binance-futures:btcusdt")
        while not {"btcusdt@aggTrade", "btcusdt@depth20@100ms"} <= exchange.subscribed:
            await asyncio.sleep(0.02)
        book = await visitor.say("/spread 선물:btc")
        while "5달러" not in " ".join((book["head"], *book["lines"])).replace("\xa0", " "):
            await asyncio.sleep(0.2)
            book = await visitor.say("/spread 선물:btc")
        exchange.trades += [traded(1, now_ms(), 0.01), traded(2, now_ms() + 50, 8.0)]
        await visitor.until(lambda: bool(visitor.of_kind("large_trade:binance-futures")))
    (burst,) = visitor.of_kind("liquidation")
    assert burst["head"].replace("\xa0", " ") == (
        "💥 비트코인(BTCUSDT) 선물 롱 청산 · 38만 4,060달러 이상"
    )
    assert burst["tone"] == "down"
    assert "비트코인(BTCUSDT) 선물" in subscribed["head"]
    (whale,) = visitor.of_kind("large_trade:binance-futures")
    assert whale["head"].replace("\xa0", " ") == (
        "🐳 비트코인(BTCUSDT) 선물 대량 매수 체결 · 52만 달러"
    )
    assert any("슬리피지 0bp" in line.replace("\xa0", " ") for line in whale["lines"])
    assert "비트코인(BTCUSDT) 선물 청산 12만 8,020달러 이상" in told["/liquidations btc"]
    assert "롱" in told["/liquidations btc"]
    assert "숏" not in told["/liquidations btc"]
    assert "비트코인(BTCUSDT) 선물 펀딩비 +0.01%" in told["/funding btc"]
    assert "현물 지수와의 차이 +0.1%" in told["/funding btc"]
    assert "선물 2개 종목의 데이터를 받습니다." in told["/status"]
    assert program.code == 0
    again = {alert.id: alert.severity for alert in replayed(tmp_path / "recordings")}
    assert {burst["key"], whale["key"]} <= again.keys(), "the recording tells it as well"
