"""A recording of the running program, which kill -9 ends, raises the same alerts as it did."""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import sys
import time
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
from contracts.futures_server import futures_rest, futures_server, traded
from program import DEADLINE_S, Program

from bot.replay import line_of
from pipeline.model import AnyAlert
from pipeline.sources.simulated.upbit import UpbitServer
from pipeline.sources.simulator import Simulator


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def recorded(database: Path) -> dict[str, AnyAlert]:
    """The alerts that the program wrote down."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as db:
        bodies = [row[0] for row in db.execute("select body from alerts")]
    alerts = [msgspec.json.decode(body, type=AnyAlert) for body in bodies]
    return {alert.id: alert for alert in alerts}


SOON = {"GORAEBOT_KIMCHI_WARMUP_S": "0", "GORAEBOT_KIMCHI_HOLD_S": "0"}


async def goraebot(folder: Path, *arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, cwd=folder, env={**os.environ, **SOON},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(DEADLINE_S):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def lines_until(process: asyncio.subprocess.Process, mark: str) -> AsyncIterator[str]:
    """What the program tells, up to the line with the mark."""
    assert process.stdout is not None
    async with asyncio.timeout(DEADLINE_S):
        line = ""
        while mark not in line:
            line = (await process.stdout.readline()).decode().rstrip()
            assert line, f"ended without {mark}"
            yield line


async def until_recorded(folder: Path, after_ns: int) -> None:
    """Wait until what came after a time can be read from the recording."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            newest = max((folder / "recordings").glob("*.gz"))
            lines = zlib.decompressobj(31).decompress(newest.read_bytes()).splitlines()
            if lines and int(lines[-1].partition(b" ")[0]) > after_ns:
                return
            await asyncio.sleep(0.05)


async def until_written(folder: Path, marks: list[bytes], path: str = "recordings") -> None:
    """Wait until the recording has these bytes, as a reader of the file sees them."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            texts = [
                zlib.decompressobj(31).decompress(file.read_bytes())
                for file in (folder / path).glob("*.gz")
            ]
            if all(any(mark in text for text in texts) for mark in marks):
                return
            await asyncio.sleep(0.05)


async def test_a_killed_program_left_a_recording_that_raises_the_same_alerts_every_time(
    tmp_path: Path,
) -> None:
    async with Simulator(seed=3, plan=()) as sim, UpbitServer(sim.prices, now_ms) as upbit:
        upbit.premiums["BTC"] = 1.55
        async with Program(
            tmp_path,
            sim,
            **SOON,
            GORAEBOT_RECORD_ENABLED="true",
            GORAEBOT_UPBIT_ENABLED="true",
            GORAEBOT_UPBIT_WS_URL=upbit.ws_url,
            GORAEBOT_UPBIT_REST_URL=upbit.rest_url,
            GORAEBOT_FX_URL=upbit.fx_url,
        ) as program:
            await sim.until(lambda: {"btcusdt@aggTrade", "ethusdt@aggTrade"} <= sim.streams)
            await until_written(tmp_path, [b'"note":"compared"'])
            upbit.premiums["BTC"] = 6.5
            planted = [await sim.sweep("BTCUSDT", "sell", 5_000_000)]
            await until_written(tmp_path, [b":%d," % planted[0].at_ms, b'"ethusdt@aggTrade"'])
            sim.cut()
            await sim.until(lambda: not sim.streams)
            planted.append(await sim.sweep("ETHUSDT", "buy", 4_000_000))  # nobody is connected
            again = {"btcusdt@aggTrade", "ethusdt@aggTrade", "solusdt@aggTrade"}
            await sim.until(lambda: again <= sim.streams)
            planted.append(await sim.sweep("SOLUSDT", "buy", 2_000_000))
            wanted = {f"large_trade:{p.symbol}:{p.at_ms}:{p.side}" for p in planted}
            async with asyncio.timeout(DEADLINE_S):
                while not (
                    program.database.exists()
                    and wanted <= (known := recorded(program.database)).keys()
                    and any(alert.kind == "kimchi" for alert in known.values())
                ):
                    await asyncio.sleep(0.05)
            await until_recorded(tmp_path, time.time_ns())
            await program.kill()
        alerts = recorded(program.database)
    files = [str(path) for path in sorted((tmp_path / "recordings").glob("*.gz"))]
    runs = [await goraebot(tmp_path, "replay", "--json", *files) for _ in range(2)]
    assert [code for code, _, _ in runs] == [0, 0], runs
    assert runs[0][1] == runs[1][1]
    told: dict[str, Any] = {line["id"]: line for line in map(json.loads, runs[0][1].splitlines())}
    assert wanted <= told.keys()
    assert any(alert.recovered for alert in alerts.values())
    for name in wanted:
        assert told[name] == json.loads(json.dumps(line_of(alerts[name])))
    assert told.keys() == alerts.keys()
    assert "kimchi" in {line["kind"] for line in told.values()}


async def test_record_writes_until_it_is_told_to_end_and_says_how_to_replay(
    tmp_path: Path,
) -> None:
    async with (
        Simulator(seed=3, plan=()) as sim,
        futures_server(now_ms) as (exchange, url),
        futures_rest(exchange) as rest_url,
    ):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "record", "--folder", "market",
            "--symbols", "btcusdt,btcustd,binance-futures:btcusdt",
            cwd=tmp_path,
            env={
                "PATH": "",
                "GORAEBOT_UPBIT_ENABLED": "false",
                "GORAEBOT_BINANCE_FUTURES_WS_URL": url,
                "GORAEBOT_BINANCE_FUTURES_REST_URL": rest_url,
                "GORAEBOT_BINANCE_WS_URL": sim.ws_url,
                "GORAEBOT_BINANCE_REST_URL": sim.rest_url,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        await sim.until(lambda: "btcusdt@aggTrade" in sim.streams, DEADLINE_S)
        planted = await sim.sweep("BTCUSDT", "sell", 5_000_000)
        async with asyncio.timeout(DEADLINE_S):
            while "btcusdt@aggTrade" not in exchange.subscribed:
                await asyncio.sleep(0.02)
        at_ms = now_ms()
        exchange.trades += [traded(1, at_ms, 0.01), traded(2, at_ms + 50, 8.0)]
        await until_written(tmp_path, [b"%d" % at for at in (planted.at_ms, at_ms + 50)], "market")
        assert "ethusdt@aggTrade" not in sim.streams
        said = [line async for line in lines_until(process, "바이낸스에 없는")]
        assert "녹화를 시작합니다: market" in said[0]
        assert said[-1].startswith("⚠️ BTCUSTD: ")
        assert said[-1].endswith("비슷한 심볼: BTCUSDT")
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(DEADLINE_S):
            out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    last = out.decode().splitlines()[-1]
    assert "다시 보려면: goraebot replay market/*" in last
    files = [str(path) for path in (tmp_path / "market").glob("*.gz")]
    code, lines, _ = await goraebot(tmp_path, "replay", "--json", "--kinds", "large_trade", *files)
    assert code == 0
    assert f"large_trade:BTCUSDT:{planted.at_ms}:sell" in lines
    assert f"large_trade:binance-futures:BTCUSDT:{at_ms + 50}:buy" in lines


async def test_record_without_an_exchange_fails_and_says_so(tmp_path: Path) -> None:
    async with Simulator(seed=3, plan=()) as sim:
        sim.refuse(451, times=1_000)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "record", "--minutes", "0.005",
            cwd=tmp_path,
            env={
                "PATH": "",
                "GORAEBOT_BINANCE_WS_URL": sim.ws_url,
                "GORAEBOT_BINANCE_REST_URL": sim.rest_url,
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        async with asyncio.timeout(DEADLINE_S):
            out, _ = await process.communicate()
    assert process.returncode == 1
    assert "녹화한 것이 없습니다" in out.decode()


async def test_a_recording_that_cannot_be_written_is_told_and_alerts_go_on(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("in the way")
    async with (
        Simulator(seed=3, plan=()) as sim,
        Program(tmp_path, sim, GORAEBOT_RECORD_ENABLED="true") as program,
    ):
        await sim.until(lambda: "btcusdt@aggTrade" in sim.streams)
        planted = await sim.sweep("BTCUSDT", "sell", 5_000_000)
        wanted = f"large_trade:{planted.symbol}:{planted.at_ms}:{planted.side}"
        async with asyncio.timeout(DEADLINE_S):
            while wanted not in recorded(program.database):
                await asyncio.sleep(0.05)
            while not any("녹화를 쓰지 못하고 있습니다" in line for line in program.log):
                await asyncio.sleep(0.05)
    assert program.code == 0
