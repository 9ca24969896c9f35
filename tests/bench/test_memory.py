"""Peak memory of the whole program with as many symbols as Binance has USDT pairs."""

import asyncio
import os
import random
import signal
import sys
from pathlib import Path

import aiohttp

from pipeline.sources.simulated.pairs import PAIRS, Pair
from pipeline.sources.simulator import Simulator

SYMBOLS, WATCHED_S = 450, 60.0


def pairs() -> list[Pair]:
    """The simulated exchange's own, and made-up small ones."""
    rng = random.Random(1)
    made = [
        Pair(f"S{n:03}", "USDT", round(10 ** rng.uniform(-1, 2), 4), 4, 1, rng.uniform(0.5, 8.0))
        for n in range(SYMBOLS - len(PAIRS))
    ]
    return [*PAIRS, *made]


def test_peak_memory(tmp_path: Path) -> None:
    asyncio.run(measure(tmp_path))


async def measure(folder: Path) -> None:
    async with Simulator(seed=1, pairs=pairs(), plan=()) as sim:
        program = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            "run",
            cwd=folder,
            env={
                **os.environ,
                "GORAEBOT_BINANCE_WS_URL": sim.ws_url,
                "GORAEBOT_BINANCE_REST_URL": sim.rest_url,
                "GORAEBOT_WEB_PORT": "0",
                "GORAEBOT_BINANCE_FUTURES_ENABLED": "false",
                "GORAEBOT_UPBIT_ENABLED": "false",
            },
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert program.stdout is not None
        line = (await program.stdout.readline()).decode()
        url = next(word for word in line.split() if word.startswith("http://"))
        await asyncio.sleep(WATCHED_S)
        async with aiohttp.ClientSession() as session, session.get(f"{url}/metrics") as response:
            metrics = await response.text()
        status = await asyncio.to_thread(Path(f"/proc/{program.pid}/status").read_text)
        program.send_signal(signal.SIGTERM)
        await program.wait()
    peak = next(row for row in status.splitlines() if row.startswith("VmHWM"))
    print(f"\n{SYMBOLS} symbols, {WATCHED_S:g} s: {peak}")
    for name in ("goraebot_frames_total", "goraebot_streams", "goraebot_reconnects_total"):
        print("  " + next(row for row in metrics.splitlines() if row.startswith(f"{name} ")))
