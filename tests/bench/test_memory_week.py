"""What the watch over 600 symbols remembers after each day of a week, and the process with it.

A trade a minute of each symbol, thirty within a second of three of them, books and quotes of three
dozen every minute, the array of rolling days of 3,000 pairs every hour; a connection lost and
a few pairs delisted and others listed every day. `make bench` prints the table.
"""

import gc
import json
import math
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.watch import Watch

FORK = get_context("fork")

SYMBOLS, BOOKS, LISTED, DAYS = 600, 36, 3_000, 7
BURSTS, BURST = 3, 30
RELISTED = 5
START_MS = 1_760_054_400_000
MINUTE_MS = 60_000
MIB = 1024 * 1024

MOST_MIB = 300
"""For the whole process after a day, as promised in the README."""


def test_memory_is_flat_over_a_week_and_the_process_stays_small() -> None:
    project = Path(__file__).parents[2]
    ran = subprocess.run(
        [sys.executable, __file__],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    days = [json.loads(line) for line in ran.stdout.splitlines()]
    print(f"\n{SYMBOLS} symbols, a trade a minute and bursts, {BOOKS} with books, all detectors")
    print("        watch MiB   KiB a symbol   large orders KiB   process MiB   its peak   kept KiB")
    for number, day in enumerate(days, 1):
        print(
            f"  day {number} {day['watch'] / MIB:10.1f} {day['watch'] / 1024 / SYMBOLS:14.1f}"
            f" {day['orders'] / 1024:18.0f} {day['rss'] / MIB:13.0f} {day['peak'] / MIB:10.0f}"
            f" {day['kept'] / 1024:10.0f}"
        )
    assert len(days) == DAYS
    assert all(day["failed"] == 0 for day in days)
    second, last = days[1], days[-1]
    assert last["watch"] <= 1.05 * second["watch"]
    assert last["orders"] <= 8 * MIB
    assert last["rss"] <= 1.1 * second["rss"]
    assert days[0]["peak"] <= MOST_MIB * MIB


def week() -> None:
    """Run it, and print a line of figures after each day."""
    import bot.__main__
    import bot.app  # noqa: F401  the whole program, of which this is a part
    from pipeline.market import Market
    from pipeline.watch import Watch

    rng = random.Random(1)
    loop, names = Watch(Market()), [f"S{n:04}USDT" for n in range(SYMBOLS)]
    ids: Counter[str] = Counter()
    alerts = 0
    for day in range(DAYS):
        for minute in range(day * 1_440, (day + 1) * 1_440):
            for event in events_of(minute, names, rng, ids):
                alerts += sum(1 for _ in loop.grouped(loop.on(event)))
            loop.tick()
            alerts += sum(1 for _ in loop.grouped(loop.tick()))
            loop.moves.tick(loop.market.newest_ms, loop._price)
        for place in rng.sample(range(SYMBOLS), RELISTED):
            loop.forget(names[place])
            names[place] = f"N{day}{place:04}USDT"
        gc.collect()
        told = {
            "rss": status("VmRSS"),
            "peak": status("VmHWM"),
            "alerts": alerts,
            "failed": loop.failed,
        }
        print(json.dumps(told | apart(partial(sizes, loop))), flush=True)


def sizes(loop: "Watch") -> dict[str, int]:
    """What it holds, in bytes."""
    from pipeline.baselines import Baselines

    orders = bytes_of(loop.market.large_trades)  # fills up to its bound within days
    kept = sum(len(one.state) for one in Baselines().collect(loop))
    return {"watch": bytes_of(loop) - orders, "orders": orders, "kept": kept}


def apart(measure: Callable[[], dict[str, int]]) -> dict[str, int]:
    """What it finds, in a copy of this process: the ruler itself takes up to 20 MiB."""
    reading, writing = FORK.Pipe(duplex=False)
    child = FORK.Process(target=lambda: writing.send(measure()))
    child.start()
    writing.close()  # a child that fails leaves nothing to wait for
    found: dict[str, int] = reading.recv()
    child.join()
    return found


def events_of(
    minute: int, names: list[str], rng: random.Random, ids: Counter[str]
) -> Iterator[object]:
    from pipeline.model import Gap, Ticker, Trade

    at_ms = START_MS + minute * MINUTE_MS
    drift = 1 + 0.02 * math.sin(minute / 300)
    for number, name in enumerate(names):
        price = round((1 + number) * drift * (1 + rng.gauss(0, 0.001)), 4)
        quantity = rng.lognormvariate(4, 2) / price
        ids[name] += 1
        yield Trade(name, ids[name], price, quantity, at_ms + number * 97, rng.random() < 0.5)
        if number < BOOKS:
            yield from books_of(name, price, at_ms + number * 97, minute, rng)
    for number in rng.sample(range(len(names)), BURSTS):
        jump = drift * (1 + rng.gauss(0, 0.03))
        for n in range(BURST):
            price = round((1 + number) * (1 + (jump - 1) * n / 30), 4)
            ids[names[number]] += 1
            burst_ms = at_ms + 59_000 + n * 30
            yield Trade(names[number], ids[names[number]], price, 5_000 / price, burst_ms, False)
    if minute % 60 == 0:
        for number in range(LISTED):
            name = names[number] if number < len(names) else f"L{number}BTC"
            yield Ticker(name, at_ms, 1.0, 1.0, 1.0, 1.0, 1e6, 1e6)
    if minute % 1_440 == 700:
        yield Gap(("*",), at_ms, at_ms + 1_000, "the connection was lost")


def books_of(
    name: str, price: float, at_ms: int, book_id: int, rng: random.Random
) -> Iterator[object]:
    """Now and then one that leans to a side, and a wide spread."""
    from pipeline.model import Book, Quote

    lean, wide = rng.choice((1.0, 1.0, 1.0, 20.0)), rng.choice((1, 1, 1, 30))
    bids = tuple((price * (1 - n / 5_000), lean * 5_000 / price) for n in range(1, 21))
    asks = tuple((price * (1 + n / 5_000), 5_000 / price) for n in range(1, 21))
    yield Book(name, bids, asks, book_id, at_ms)
    ask = price * (1 + wide / 5_000)
    yield Quote(name, bids[0][0], 1.0, ask, 1.0, book_id, at_ms + 1)


def bytes_of(root: object) -> int:
    """How much hangs on an object, code apart."""
    seen: set[int] = set()
    waiting, total = [root], 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type) or type(one).__name__ in ("module", "function"):
            continue
        seen.add(id(one))
        total += sys.getsizeof(one)
        waiting += gc.get_referents(one)
    return total


def status(name: str) -> int:
    """A figure of this process, in bytes."""
    rows = Path("/proc/self/status").read_text().splitlines()
    (row,) = [row for row in rows if row.startswith(f"{name}:")]
    return int(row.split()[1]) * 1024


if __name__ == "__main__":
    week()
