"""How long starting takes: ``goraebot --help``, and ``goraebot run`` to its first frame handled."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from measure import told

from pipeline.sources.simulator import Simulator

ROUNDS = 7
FIRST_FRAME = b"market data is flowing"
DEADLINE_S = 60.0


def helped() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "bot", "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def bare_python() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - began


async def first_frame(folder: Path, sim: Simulator) -> float:
    """From the start of the process; its exchange is in this one."""
    environment = {
        **os.environ,
        "GORAEBOT_BINANCE_WS_URL": sim.ws_url,
        "GORAEBOT_BINANCE_REST_URL": sim.rest_url,
        "GORAEBOT_WEB_PORT": "0",
        "GORAEBOT_BINANCE_FUTURES_ENABLED": "false",
    }
    began = time.perf_counter()
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        cwd=folder,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert program.stderr is not None
    try:
        async with asyncio.timeout(DEADLINE_S):
            async for line in program.stderr:
                if FIRST_FRAME in line:
                    return time.perf_counter() - began
        raise AssertionError("the program ended before its first frame")
    finally:
        program.send_signal(signal.SIGTERM)
        await program.communicate()


async def starts(folder: Path) -> list[float]:
    async with Simulator(seed=1, plan=()) as sim:
        return [await first_frame(folder, sim) for _ in range(1 + ROUNDS)]


def test_starting(tmp_path: Path) -> None:
    first, *again = asyncio.run(starts(tmp_path))
    print(f"\nseconds, {ROUNDS} rounds (median, range)")
    for what, values in {
        "python -c pass": [bare_python() for _ in range(ROUNDS)],
        "goraebot --help": [helped() for _ in range(ROUNDS)],
        "goraebot run to first frame": again,
        "the same, with a new database": [first],
    }.items():
        print(f"  {what:32}{told(values, '.3f')}")
