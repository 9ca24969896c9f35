"""Alerts and the minutes around them are kept so that somebody can judge them later."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import bot.aftermath
from bot.aftermath import AFTER_MS, BEFORE_MS, LATE_MS, MINUTE_MS, MOST, Aftermath
from bot.errors import StoreError
from bot.migrations.upgrade import upgrade
from bot.model import Minute
from bot.scorebook import Pursued
from bot.store import Recorded, Store, open_store
from bot.tables import alert_row
from pipeline.errors import Refused, Unreachable
from pipeline.model import ALL, Candle, Spread, VolumeSurge

NOW = 1_760_054_400_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


def spread(symbol: str, at_ms: int, excess: float = 1.25) -> Spread:
    return Spread(
        id=f"spread:{symbol}:{at_ms}", symbol=symbol, at_ms=at_ms, excess=excess, spread_bp=20.0,
        usual_bp=2.0, times_usual=10.0, bid=99.9, ask=100.1,
    )  # fmt: skip


def surge(symbol: str, at_ms: int, excess: float = 2.5) -> VolumeSurge:
    return VolumeSurge(
        id=f"volume_surge:{symbol}:{at_ms}", symbol=symbol, at_ms=at_ms, excess=excess,
        window_s=300, notional=1e6, usual=1e4, times_usual=100.0, buy_share_pct=50.0,
        change_pct=None, trades=99,
    )  # fmt: skip


def candle(symbol: str, open_ms: int, *, volume: float = 10.0, closed: bool = True) -> Candle:
    return Candle(
        symbol, "1m", open_ms, open_ms + MINUTE_MS - 1, 1.0, 1.5, 0.5, 1.25, volume, 4 * volume, 7,
        volume / 4, volume, closed, open_ms + MINUTE_MS - 1,
    )  # fmt: skip


async def record(store: Store, *alerts: Spread | VolumeSurge) -> None:
    await store.record([Recorded(alert) for alert in alerts], NOW)


# --- scores --------------------------------------------------------------------------------------


async def test_scores_are_those_of_the_alerts_by_kind_symbol_and_time(store: Store) -> None:
    await record(
        store,
        surge("BTCUSDT", NOW + 2, 4.75),
        spread("ETHUSDT", NOW),
        spread("BTCUSDT", NOW + 1, 1 / 3),
        spread("BTCUSDT", NOW - 1),
    )
    everything = [
        (NOW, "spread", "ETHUSDT", 1.25),
        (NOW + 1, "spread", "BTCUSDT", pytest.approx(1 / 3, rel=1e-14)),
        (NOW + 2, "volume_surge", "BTCUSDT", 4.75),
    ]
    scores = store.scorebook.scores
    assert await scores(ALL, ALL, NOW) == everything
    assert await scores("spread", ALL, NOW) == everything[:2]
    assert await scores(ALL, "BTCUSDT", NOW) == everything[1:]
    assert await scores("spread", "BTCUSDT", NOW) == [everything[1]]
    assert await scores("pump", ALL, 0) == await scores(ALL, ALL, NOW + 3) == []


async def test_a_week_of_fifty_thousand_alerts_is_read_from_one_index(
    store: Store, tmp_path: Path
) -> None:
    rng = random.Random(1)
    rows = [
        alert_row(spread(f"S{rng.randrange(450)}USDT", NOW + n * 12_000, rng.random() * 9), NOW)
        for n in range(50_000)
    ]
    connection = sqlite3.connect(tmp_path / "store.db")
    names = ", ".join(rows[0])
    marks = ", ".join(f":{name}" for name in rows[0])
    connection.executemany(f"INSERT INTO alerts ({names}) VALUES ({marks})", rows)
    connection.commit()
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT at_ms, kind, symbol, score FROM alerts WHERE at_ms >= 0"
    ).fetchall()
    connection.close()
    assert "COVERING INDEX alerts_scores" in str(plan)
    scores = await store.scorebook.scores(ALL, ALL, NOW)
    expected = [(r["at_ms"], r["kind"], r["symbol"], pytest.approx(r["score"])) for r in rows]
    assert scores == expected


def test_alerts_stored_before_are_scored_by_what_their_bodies_say(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'store.db'}")
    with engine.begin() as connection:
        upgrade(connection, "0003")
        for n in range(1_001):
            row = alert_row(surge("BTCUSDT", NOW + n, 1 + n / 8), NOW)
            del row["score"], row["ref"]
            names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
            connection.execute(text(f"INSERT INTO alerts ({names}) VALUES ({marks})"), row)
        upgrade(connection)
        found = connection.execute(text("SELECT score FROM alerts ORDER BY at_ms")).scalars().all()
        assert found == [1 + n / 8 for n in range(1_001)]
    engine.dispose()


# --- minutes -------------------------------------------------------------------------------------


async def test_minutes_are_kept_once_and_read_by_symbol_and_time(store: Store) -> None:
    book = store.scorebook
    await book.keep(candle("BTCUSDT", NOW + n * MINUTE_MS) for n in range(600))
    await book.keep([candle("BTCUSDT", NOW, volume=99.0), candle("ETHUSDT", NOW, volume=0.0)])
    await book.keep([candle("BTCUSDT", NOW + 600 * MINUTE_MS, closed=False)])
    await book.keep([])
    found = await book.candles("BTCUSDT", NOW, NOW + DAY_MS)
    assert len(found) == 600
    assert found[0] == Minute("BTCUSDT", NOW, 1.0, 1.5, 0.5, 1.25, 40.0, 0.25)
    assert [m.open_ms for m in found] == [NOW + n * MINUTE_MS for n in range(600)]
    within = await book.candles("BTCUSDT", NOW + MINUTE_MS, NOW + 3 * MINUTE_MS)
    assert within == found[1:3]
    (empty,) = await book.candles("ETHUSDT", 0, NOW + 1)
    assert (empty.quote_volume, empty.buy_share) == (0.0, None)
    assert await book.candles("XRPUSDT", 0, NOW + DAY_MS) == []


async def test_old_minutes_are_forgotten(store: Store) -> None:
    book = store.scorebook
    for symbol in ("BTCUSDT", "ETHUSDT"):
        await book.keep(candle(symbol, NOW + n * MINUTE_MS) for n in range(100))
    assert await book.prune(NOW + 40 * MINUTE_MS) == 80
    assert len(await book.candles("ETHUSDT", 0, NOW + DAY_MS)) == 60
    assert await book.prune(NOW) == 0


async def test_what_is_pursued_is_what_alerted_newest_first(store: Store) -> None:
    await record(
        store,
        spread("BTCUSDT", NOW),
        surge("BTCUSDT", NOW + 5),
        spread("ETHUSDT", NOW + 9),
        spread("XRPUSDT", NOW - 1),
    )
    await store.scorebook.keep([candle("BTCUSDT", NOW - n * MINUTE_MS) for n in range(3)])
    assert await store.scorebook.pursued(NOW) == [
        Pursued("ETHUSDT", NOW + 9, NOW + 9, None),
        Pursued("BTCUSDT", NOW, NOW + 5, NOW),
    ]


# --- fetching them -------------------------------------------------------------------------------


class Exchange:
    """Minutes of every symbol up to now; the last one is open."""

    def __init__(self) -> None:
        self.now_ms = NOW
        self.asked: list[tuple[str, int]] = []
        self.refused: set[str] = set()
        self.down = False

    async def __call__(self, symbol: str, since_ms: int, limit: int) -> Sequence[Candle]:
        assert 0 < limit <= MOST
        self.asked.append((symbol, limit))
        if self.down:
            raise Unreachable("no route")
        if symbol in self.refused:
            raise Refused(400, "Invalid symbol.")
        first_ms = since_ms + -since_ms % MINUTE_MS
        opens = [first_ms + n * MINUTE_MS for n in range(limit)]
        found = [o for o in opens if o <= self.now_ms]
        return [candle(symbol, o, closed=n < len(found)) for n, o in enumerate(found, 1)]


def following(store: Store, exchange: Exchange) -> Aftermath:
    return Aftermath(store.scorebook, exchange, keep_days=7, now_ms=lambda: exchange.now_ms)


async def test_a_day_after_an_alert_is_kept_with_half_an_hour_before_it(store: Store) -> None:
    exchange = Exchange()
    aftermath = following(store, exchange)
    await record(store, spread("BTCUSDT", NOW))
    for minute in range(0, 26 * 60, 10):
        exchange.now_ms = NOW + minute * MINUTE_MS
        await aftermath.look()
    kept = await store.scorebook.candles("BTCUSDT", 0, NOW + 9 * DAY_MS)
    assert kept[0].open_ms == NOW - BEFORE_MS
    assert kept[-1].open_ms == NOW + AFTER_MS - MINUTE_MS
    assert len(kept) == (BEFORE_MS + AFTER_MS) // MINUTE_MS, "no minute is missing"
    assert len(exchange.asked) <= 26, "about one request an hour"
    exchange.now_ms = NOW + 8 * DAY_MS
    await aftermath.look()
    assert await store.scorebook.candles("BTCUSDT", 0, NOW + 9 * DAY_MS) == []


async def test_after_a_day_without_the_program_nothing_is_missing(store: Store) -> None:
    exchange = Exchange()
    await record(store, spread("BTCUSDT", NOW))
    exchange.now_ms = NOW + AFTER_MS + LATE_MS - HOUR_MS
    await following(store, exchange).look()
    assert [limit for _, limit in exchange.asked] == [MOST, 472]
    kept = await store.scorebook.candles("BTCUSDT", 0, NOW + 9 * DAY_MS)
    assert len(kept) == (BEFORE_MS + AFTER_MS) // MINUTE_MS


async def test_further_alerts_make_it_longer_and_are_not_fetched_twice(store: Store) -> None:
    exchange = Exchange()
    aftermath = following(store, exchange)
    await record(store, spread("BTCUSDT", NOW))
    exchange.now_ms = NOW + 20 * HOUR_MS
    await aftermath.look()
    before = sum(limit for _, limit in exchange.asked)
    await record(store, surge("BTCUSDT", NOW + 20 * HOUR_MS))
    exchange.now_ms = NOW + 44 * HOUR_MS
    await aftermath.look()
    kept = await store.scorebook.candles("BTCUSDT", 0, NOW + 9 * DAY_MS)
    assert kept[-1].open_ms == NOW + 44 * HOUR_MS - MINUTE_MS
    assert len(kept) == len({m.open_ms for m in kept}) == 44 * 60 + 30
    assert sum(limit for _, limit in exchange.asked) - before <= 24 * 60 + 70


async def test_only_so_many_symbols_are_followed_those_that_alerted_last(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bot.aftermath, "SYMBOLS", 3)
    exchange = Exchange()
    await record(store, *(spread(f"{n}USDT", NOW + n) for n in range(9)))
    exchange.now_ms = NOW + 2 * HOUR_MS
    aftermath = following(store, exchange)
    await aftermath.look()
    await aftermath.look()
    assert {symbol for symbol, _ in exchange.asked} == {"6USDT", "7USDT", "8USDT"}
    assert [r.getMessage() for r in caplog.records if r.name.endswith("aftermath")] == [
        "too many symbols alerted: the minutes of 6 are not kept"
    ]


async def test_a_symbol_that_is_gone_does_not_keep_the_others_from_being_followed(
    store: Store,
) -> None:
    exchange = Exchange()
    exchange.refused = {"GONEUSDT"}
    await record(store, spread("GONEUSDT", NOW + 1), spread("BTCUSDT", NOW))
    exchange.now_ms = NOW + 2 * HOUR_MS
    await following(store, exchange).look()
    assert await store.scorebook.candles("BTCUSDT", 0, NOW + DAY_MS)


async def test_when_the_exchange_or_the_database_is_down_it_goes_on_later(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(bot.aftermath, "LOOK_S", 0.001)
    exchange = Exchange()
    exchange.down = True
    await record(store, spread("BTCUSDT", NOW))
    exchange.now_ms = NOW + 2 * HOUR_MS
    aftermath = following(store, exchange)
    pursued = store.scorebook.pursued
    fails = 2

    async def failing(since_ms: int) -> list[Pursued]:
        nonlocal fails
        if fails:
            fails -= 1
            raise StoreError("disk is full")
        return await pursued(since_ms)

    monkeypatch.setattr(store.scorebook, "pursued", failing)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        task = tasks.create_task(aftermath.run())
        while not exchange.asked:
            await asyncio.sleep(0)
        exchange.down = False
        while not await store.scorebook.candles("BTCUSDT", 0, NOW + DAY_MS):
            await asyncio.sleep(0)
        task.cancel()
    told = [r.getMessage() for r in caplog.records if r.name.endswith("aftermath")]
    assert len(told) >= 3
    assert "disk is full" in told[0] and "no route" in told[2]
