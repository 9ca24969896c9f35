"""The whole program as a user starts it: simulated exchange → `goraebot run` → web chat."""

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from chromium import chromium
from playwright.async_api import expect
from program import DEADLINE_S, Hurried, Program, Visitor

from pipeline.sources.simulator import Simulator


@pytest.fixture
async def visitors() -> AsyncIterator[list[Visitor]]:
    people = [Visitor() for _ in range(3)]
    yield people
    for person in people:
        await person.aclose()


def key_of(planted: Any) -> str:
    return f"large_trade:{planted.symbol}:{planted.at_ms}:{planted.side}"


async def test_a_planted_sweep_reaches_each_subscribed_chat_once_across_kill_9_and_restart(
    tmp_path: Path, sim: Simulator, visitors: list[Visitor]
) -> None:
    everything, bitcoin, nothing = visitors
    async with Program(tmp_path, sim) as program:
        async with (
            everything.open(program),
            bitcoin.open(program),
            nothing.open(program),
        ):
            await everything.until(lambda: everything.health["feed"]["ok"])
            await everything.say("/subscribe all")
            await bitcoin.say("/구독 비트코인 대량")
            await sim.until(lambda: "btcusdt@aggTrade" in sim.streams)
            first = await sim.sweep("BTCUSDT", "sell", 5_000_000)
            await everything.until(lambda: bool(everything.alerts(key_of(first))))
            await bitcoin.until(lambda: bool(bitcoin.alerts(key_of(first))))
            (message,) = bitcoin.alerts(key_of(first))
            assert message["head"].startswith("🐳 비트코인(BTCUSDT) 대량 매도 체결 · ")
            assert "시장가 매도" in message["note"]
            assert message["tone"] == "down"
            await positions_saved(program.database, first.at_ms)
        await program.kill()
    down = await sim.sweep("BTCUSDT", "buy", 12_000_000)  # twice the size breaks the cooldown
    async with (
        Program(tmp_path, sim) as program,
        everything.open(program),
        bitcoin.open(program),
        nothing.open(program),
    ):
        await bitcoin.until(lambda: bool(bitcoin.alerts(key_of(down))))
        await everything.until(lambda: bool(everything.alerts(key_of(down))))
        (late,) = bitcoin.alerts(key_of(down))
        assert "복구" in late["lines"][-1]
        last = await sim.sweep("ETHUSDT", "buy", 4_000_000)
        await everything.until(lambda: bool(everything.alerts(key_of(last))))
        for planted in (first, down, last):
            assert len(everything.alerts(key_of(planted))) == 1
            assert nothing.alerts(key_of(planted)) == []
        assert [len(bitcoin.alerts(key_of(p))) for p in (first, down, last)] == [1, 1, 0]
    assert program.code == 0
    assert not [line for line in program.log if "Traceback" in line]


async def positions_saved(database: Path, after_ms: int) -> None:
    """Wait until the program has written down that it read past a time."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
                rows = db.execute("select value from meta where key = 'positions:binance'")
                kept = rows.fetchone()
            if kept and json.loads(kept[0]).get("BTCUSDT", (0, 0))[1] >= after_ms:
                return
            await asyncio.sleep(0.05)


async def test_a_command_is_answered_for_watched_and_unwatched_pairs(
    tmp_path: Path, sim: Simulator, visitors: list[Visitor]
) -> None:
    async with Program(tmp_path, sim) as program, visitors[0].open(program) as visitor:
        await visitor.until(lambda: visitor.health["feed"]["ok"])
        watched = await visitor.say("/spread btcusdt")
        assert "비트코인(BTCUSDT)" in watched["head"]
        unwatched = await visitor.say("/spread ETHBTC")
        assert "ETHBTC" in unwatched["head"]
        wrong = await visitor.say("/spread btcusd")
        assert wrong["tone"] == "error"
        assert "BTCUSDT" in wrong["head"]


async def test_health_and_metrics_are_served(tmp_path: Path, sim: Simulator) -> None:
    async with Program(tmp_path, sim) as program, aiohttp.ClientSession() as session:
        async with asyncio.timeout(DEADLINE_S):
            while True:
                async with session.get(f"{program.url}/healthz") as response:
                    body = await response.json()
                    if response.status == 200:
                        break
                    assert response.status == 503
                    assert body["status"] == "problem"
                await asyncio.sleep(0.05)
        assert body["status"] == "ok"
        async with session.get(f"{program.url}/metrics") as response:
            text = await response.text()
        assert "goraebot_frames_total" in text
        assert 'goraebot_deliveries_total{outcome="sent",platform="web"} 0.0' in text


async def test_an_exchange_out_of_reach_is_told_and_tried_again(tmp_path: Path) -> None:
    async with Simulator(seed=3, plan=()) as sim:
        sim.refuse(451, times=2)
        soon = {"GORAEBOT_BINANCE_BACKOFF_FLOOR_S": "0.3"}
        async with Hurried(tmp_path, sim, **soon) as program, aiohttp.ClientSession() as session:
            problems = set()
            async with asyncio.timeout(DEADLINE_S):
                while True:
                    async with session.get(f"{program.url}/healthz") as response:
                        body = await response.json()
                    if response.status == 200:
                        break
                    problems.add(str(body))
                    await asyncio.sleep(0.02)
            assert any("451" in problem for problem in problems)
        lines = [line for line in program.log if "451" in line]
        assert 1 <= len(lines) <= 2  # the listing and the streams, not one an attempt


async def test_a_newcomer_sees_an_alert_and_types_a_command_in_the_browser(
    tmp_path: Path, sim: Simulator
) -> None:
    expect.set_options(timeout=20_000)
    async with Program(tmp_path, sim) as program, chromium() as browser:
        page = await browser.new_page(viewport={"width": 390, "height": 844}, locale="ko-KR")
        await page.goto(program.url)
        bubble = page.locator("#log .bubble")
        await expect(bubble.filter(has_text="고래봇입니다")).to_be_visible()
        await page.get_by_role("button", name="모든 알림 받기").first.click()
        await expect(bubble.filter(has_text="모든 종목").first).to_be_visible()
        await sim.until(lambda: "btcusdt@aggTrade" in sim.streams)
        planted = await sim.sweep("BTCUSDT", "buy", 5_000_000)
        assert planted.notional > 0
        await expect(bubble.filter(has_text="비트코인(BTCUSDT) 대량 매수 체결")).to_be_visible()
        box = page.get_by_role("combobox")
        await box.press_sequentially("/spr")
        await box.press("Tab")
        await box.press_sequentially("btcu")
        await expect(page.get_by_role("option", name="BTCUSDT")).to_be_visible()
        await box.press("Tab")
        await box.press("Enter")
        await expect(bubble.filter(has_text="비트코인(BTCUSDT) 스프레드")).to_be_visible()
