"""How long starting takes: ``goraebot --help``, ``goraebot run`` to its first frame handled, and to
its first message with a full outbox."""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

from contracts.telegram_server import TelegramServer
from measure import told

from bot.model import Chat, Decision, Message
from bot.store import Mark, Recorded, open_store
from pipeline.model import Spread
from pipeline.sources.simulator import Simulator

ROUNDS = 7
FIRST_FRAME = b"market data is flowing"
DEADLINE_S = 60.0
MESSAGES, CHATS = 100_000, 1_000
LONGEST_S = 2.0
"""To the first frame, and to the first message, of the median start."""


def helped() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "bot", "--help"], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def bare_python() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return time.perf_counter() - began


def spent_s(pid: int) -> float:
    """What cores have worked for the process: the steadier figure where the machine is shared."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def as_installed(folder: Path) -> str:
    """A path that hides what only developers have, which httpx loads where it finds it."""
    hidden = folder / "hidden"
    hidden.mkdir(exist_ok=True)
    (hidden / "click.py").write_text("raise ImportError\n")
    return str(hidden)


async def first_frame(
    folder: Path,
    sim: Simulator,
    also: "asyncio.Task[float] | None" = None,
    spent: list[float] | None = None,
    **more: str,
) -> float:
    """From the start of the process, which runs until ``also`` is done; its exchange is here."""
    environment = {
        **os.environ,
        "PYTHONPATH": as_installed(folder),
        "GORAEBOT_BINANCE_WS_URL": sim.ws_url,
        "GORAEBOT_BINANCE_REST_URL": sim.rest_url,
        "GORAEBOT_WEB_PORT": "0",
        "GORAEBOT_BINANCE_FUTURES_ENABLED": "false",
        "GORAEBOT_UPBIT_ENABLED": "false",
        **more,
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
                    took_s = time.perf_counter() - began
                    if also is not None:
                        await also
                    if spent is not None:
                        spent.append(spent_s(program.pid))
                    return took_s
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
    assert statistics.median(again) < LONGEST_S


async def leave_behind(folder: Path) -> None:
    """What a crash in a flood leaves: 100,000 messages, one in three of which was sent."""
    now_ms = int(time.time() * 1000)
    chats = [Chat("telegram", str(number)) for number in range(1, 1 + CHATS)]
    async with open_store(f"sqlite+aiosqlite:///{folder / 'goraebot.db'}") as store:
        for one in chats:
            await store.subscribe(one, ["*"], ["*"])
        for number in range(MESSAGES // CHATS):
            alert = Spread(
                id=f"spread:{number}", symbol="BTCUSDT", at_ms=now_ms, excess=2.0,
                spread_bp=50.0, usual_bp=1.0, times_usual=50.0, bid=99.0, ask=101.0,
            )  # fmt: skip
            words = Message(f"알림 {number}", key=alert.id)
            decisions = [Decision(alert.id, one, True, "subscribed") for one in chats]
            messages = [(one, words, now_ms + 600_000) for one in chats]
            kept = await store.record([Recorded(alert, decisions, messages)], now_ms)
            if number % 3 == 0:
                await store.mark_many([Mark(due.id, 1, "1", now_ms) for due in kept.due])


async def starts_after_a_crash(folder: Path) -> tuple[list[float], list[float], list[float]]:
    """To the first frame, to the first message that reaches Telegram's server, and what cores
    worked until both."""
    await leave_behind(folder)
    frames: list[float] = []
    sends: list[float] = []
    spent: list[float] = []
    async with Simulator(seed=1, plan=()) as sim:
        for _ in range(ROUNDS):
            async with TelegramServer(None) as telegram:
                for number in range(1, 1 + CHATS):
                    telegram.chat(number)
                began = time.perf_counter()

                async def sent(server: TelegramServer = telegram, began: float = began) -> float:
                    await server.until(lambda: bool(server.called("sendMessage")))
                    return time.perf_counter() - began

                sending = asyncio.create_task(sent())
                environment = {
                    "TELEGRAM_BOT_TOKEN": telegram.token, "GORAEBOT_TELEGRAM_API_URL": telegram.url,
                }  # fmt: skip
                frames.append(await first_frame(folder, sim, sending, spent, **environment))
                sends.append(await sending)
    return frames, sends, spent


def test_starting_with_a_full_outbox(tmp_path: Path) -> None:
    frames, sends, spent = asyncio.run(starts_after_a_crash(tmp_path))
    print(f"\nseconds with {MESSAGES:,} messages in the outbox, {ROUNDS} rounds (median, range)")
    print(f"  {'goraebot run to first frame':32}{told(frames, '.3f')}")
    print(f"  {'goraebot run to first message':32}{told(sends, '.3f')}")
    print(f"  {'work of cores until both':32}{told(spent, '.2f')}")
    assert statistics.median(frames) < LONGEST_S
    assert statistics.median(sends) < LONGEST_S
