"""How long /record takes over a year of alerts of 300 symbols, and /preview over a restless day."""

import asyncio
import random
import sqlite3
import time
from pathlib import Path

from fakes import MINUTE_MS, Bot, large_trade

from bot.hindsight import DAY_MS, HORIZONS
from bot.model import StoredAlert
from bot.reckoner import Reckoner
from bot.store import open_store
from bot.tables import alert_row, outcomes
from pipeline.model import ALL, Candle, PriceJump

SYMBOLS, A_DAY, MOST_S = 300, 300, 2.0
"""Moves a day, of whatever kind: one a symbol."""

GROUPS = (
    ("large_trade", "up"), ("large_trade", "down"), ("price_jump", "up"), ("price_jump", "down"),
    ("pump", "up"), ("volume_surge", "up"), ("volume_surge", "down"), ("volume_surge", ""),
    ("spread", ""), ("book_imbalance", ""),
)  # fmt: skip


class Beat:
    """The longest that the event loop kept somebody waiting, in seconds."""

    def __init__(self) -> None:
        self.longest_s = 0.0

    async def run(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.001)
            self.longest_s = max(self.longest_s, time.perf_counter() - began - 0.001)


def a_year(file: Path, now_ms: int) -> int:
    """Fill the table; says how many bytes it takes."""
    rng = random.Random(1)
    names = [column.name for column in outcomes.columns]
    before = file.stat().st_size

    def row(number: int) -> tuple[object, ...]:
        kind, way = rng.choice(GROUPS)
        told = now_ms - 365 * DAY_MS + number * DAY_MS // A_DAY
        figures = [
            figure
            for _ in HORIZONS
            for figure in (rng.gauss(0, 1), rng.randrange(8) / 7, rng.gauss(0, 1))
        ]
        symbol = f"S{rng.randrange(SYMBOLS)}USDT"
        return (f"{kind}:{symbol}:{told}", kind, way, symbol, told, told, 1.0, True, None, *figures)

    with sqlite3.connect(file) as connection:
        connection.executemany(
            f"INSERT INTO outcomes ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
            (row(number) for number in range(365 * A_DAY)),
        )
    connection.close()
    return file.stat().st_size - before


async def timed(bot: Bot, beat: Beat, text: str) -> None:
    """By the clock and by the core: where the machine is shared, the latter is judged."""
    beat.longest_s = 0.0
    began, began_cpu = time.perf_counter(), time.process_time()
    message = await bot.ask(text)
    took, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    print(
        f"{text:<20}{took:7.3f} s, {cpu:.3f} s of a core; "
        f"the event loop was held for {beat.longest_s:.3f} s at most"
    )
    assert message.tone != "error"
    assert cpu < MOST_S


async def nothing(symbol: str, interval: str, since_ms: int, n: int) -> list[Candle]:
    return []


async def test_a_year_of_alerts_is_told_within_two_seconds(tmp_path: Path) -> None:
    bot, beat = Bot(), Beat()
    file = tmp_path / "store.db"
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        size = a_year(file, bot.now_ms)
        reckoner = Reckoner(store.outcomebook, nothing, keep_days=400, now_ms=lambda: bot.now_ms)
        bot.hindsight = reckoner  # type: ignore[assignment]
        beating = asyncio.create_task(beat.run())
        print(f"\n{365 * A_DAY:,} moves in {size / 1e6:.0f} MB")
        for text in ("/record", "/record", "/record 급등", "/record BTC"):
            await timed(bot, beat, text)
        beating.cancel()


async def test_a_restless_day_is_foreseen_within_two_seconds(tmp_path: Path) -> None:
    bot, beat, rng = Bot(), Beat(), random.Random(3)
    since_ms = bot.now_ms - DAY_MS
    found: dict[str, StoredAlert] = {}
    for _ in range(5_000):
        symbol, side = f"S{rng.randrange(450)}USDT", rng.choice(("buy", "sell"))
        at_ms = since_ms + rng.randrange(DAY_MS)
        one = large_trade(symbol, side, 60_000 * rng.uniform(1, 9), at_ms)
        found[one.alert.id] = one
    for _ in range(5):  # falls and rises of most of the market
        start, way = since_ms + rng.randrange(DAY_MS - 9 * MINUTE_MS), rng.choice((-1, 1))
        for number in rng.sample(range(450), 300):
            at_ms = start + rng.randrange(4 * MINUTE_MS)
            alert = PriceJump(
                id=f"price_jump:S{number}USDT:{at_ms}", symbol=f"S{number}USDT", at_ms=at_ms,
                excess=1 + 6 * rng.random(), direction="up" if way > 0 else "down",
                change_pct=way * 4.0, window_s=60, price=100.0 + 4 * way, from_price=100.0,
                zscore=8.0, usual_pct=0.5,
            )  # fmt: skip
            found[alert.id] = StoredAlert(alert, at_ms)
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as store:
        with sqlite3.connect(tmp_path / "store.db") as connection:
            rows = [alert_row(one.alert, one.recorded_ms) for one in found.values()]
            marks = ", ".join(f":{name}" for name in rows[0])
            connection.executemany(
                f"INSERT INTO alerts ({', '.join(rows[0])}) VALUES ({marks})", rows
            )
        connection.close()
        bot.journal = store  # type: ignore[assignment]
        await bot.ask("/subscribe all")
        beating = asyncio.create_task(beat.run())
        print(f"\n{len(await store.recent(ALL, None, 0, 99_999)):,} alerts of a day")
        for text in ("/preview", "/preview 급등 5%", "/preview 하루 20건"):
            await timed(bot, beat, text)
        beating.cancel()
