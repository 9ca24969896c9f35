"""What prices did after alerts is found out on time, once a move, of pairs that disappear too."""

import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from desk import NOW, Desk
from fakes import CHAT, large_trade

from bot.hindsight import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    STEP_MS,
    Group,
    Quartiles,
    Standing,
    boundary,
    in_direction,
)
from bot.outcomebook import Outcomebook, Pending
from bot.reckoner import AT_ONCE, CHUNK, GIVE_UP_MS, RETRY_MS, Reckoner
from bot.store import Recorded, Store, open_store
from pipeline.errors import FrameError, Refused, Unreachable
from pipeline.model import ALL, AnyAlert, Candle, PriceJump

BUYS = Group("large_trade", "up")
SOON = MINUTE_MS + 10_000
"""After something came due until it is looked at."""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


def price_at(ms: int) -> float:
    """Of every symbol: restless by the hour."""
    return 100 + 5 * math.sin(ms / 9e6) + math.sin(ms / 7e5)


class Exchange:
    """Answers as GET klines does, for a pair listed ``since_ms`` and traded ``until_ms``."""

    def __init__(self) -> None:
        self.now_ms = NOW
        self.since_ms = 0
        self.until_ms = NOW * 2
        self.asked: list[tuple[str, str, int, int]] = []
        self.error: Exception | None = None

    async def __call__(self, symbol: str, interval: str, since_ms: int, n: int) -> list[Candle]:
        self.asked.append((symbol, interval, since_ms, n))
        assert 1 <= n <= 1000
        if self.error is not None:
            raise self.error
        length = {"1m": MINUTE_MS, "5m": STEP_MS}[interval]
        first = -(-max(since_ms, self.since_ms) // length) * length
        rows = []
        for open_ms in range(first, min(self.now_ms, self.until_ms), length)[:n]:
            price = price_at(min(open_ms + length, self.now_ms))
            end_ms = open_ms + length - 1
            bar = (price, price, price, price, 1, price, 1, 1, price)
            rows.append(Candle(symbol, interval, open_ms, end_ms, *bar, True, end_ms))
        return rows


def reckoner(store: Store, exchange: Exchange) -> Reckoner:
    return Reckoner(store.outcomebook, exchange, keep_days=400, now_ms=lambda: exchange.now_ms)


async def told(store: Store, alert: AnyAlert, at_ms: int, price: float | None = 100.0) -> None:
    await store.record([Recorded(alert, told_ms=at_ms, price=price)], at_ms)


def buy(at_ms: int, symbol: str = "BTCUSDT", side: str = "buy") -> AnyAlert:
    return large_trade(symbol, side, 60_000, at_ms).alert  # type: ignore[arg-type]


async def waiting(book: Outcomebook) -> list[Pending]:
    return await book.due(NOW * 2, 99)


async def counts(book: Outcomebook, symbol: str | None = None) -> list[tuple[int, int, int]]:
    return [(one.count, one.hits, one.compared) for one in await book.standings(symbol)]


async def test_each_horizon_is_known_when_its_time_has_come_and_not_before(store: Store) -> None:
    exchange, book = Exchange(), store.outcomebook
    at = reckoner(store, exchange)
    await told(store, buy(NOW), NOW, price_at(NOW))
    found = []
    for later in (STEP_MS, HOUR_MS, DAY_MS):
        exchange.now_ms = NOW + later + SOON - 11_000
        await at.look()
        before = await counts(book)
        exchange.now_ms = NOW + later + SOON
        assert await at.look()
        found.append((before, await counts(book)))
        assert all(since <= exchange.now_ms for _, _, since, _ in exchange.asked)
    up = [
        int(price_at(boundary(NOW, later)) > price_at(NOW)) for later in (STEP_MS, HOUR_MS, DAY_MS)
    ]
    first, second, third = ((1, hits, 1) for hits in up)
    none = (0, 0, 0)
    assert found == [
        ([none] * 3, [first, none, none]),
        ([first, none, none], [first, second, none]),
        ([first, second, none], [first, second, third]),
    ]
    assert await waiting(book) == []
    assert not await at.look()
    fives = [asked for asked in exchange.asked if asked[1] == "5m"]
    assert len(fives) <= 6, "the baseline is asked for once"


async def test_moves_and_baselines_are_those_of_the_exchange(store: Store) -> None:
    exchange = Exchange()
    await told(store, buy(NOW, side="sell"), NOW, 101.5)
    exchange.now_ms = NOW + DAY_MS + SOON
    await reckoner(store, exchange).look()

    async def read(connection: object) -> dict[str, float]:
        from sqlalchemy import select

        from bot.tables import outcomes

        rows = await connection.execute(select(outcomes))  # type: ignore[attr-defined]
        return dict(rows.mappings().one())

    row = await store._database.read(read)  # type: ignore[arg-type]
    grid = NOW - NOW % STEP_MS
    for name, later in (("5m", STEP_MS), ("1h", HOUR_MS), ("24h", DAY_MS)):
        expected = (price_at(boundary(NOW, later)) / 101.5 - 1) * 100
        assert row[f"move_{name}"] == pytest.approx(expected)
        moves = [
            (price_at(grid - day * DAY_MS + later) / price_at(grid - day * DAY_MS) - 1) * 100
            for day in range(1, 15)
        ]
        assert any(row[f"like_{name}"] == pytest.approx(move) for move in moves)
        share = row[f"base_{name}"] * 7
        assert share == pytest.approx(round(share))
        assert 0 <= share <= min(7, sum(in_direction(move, "down") for move in moves))


async def test_alerts_of_one_move_count_once_however_long_it_goes_on(store: Store) -> None:
    book = store.outcomebook
    for minutes in (0, 20, 70, 125):  # each within an hour of the one before
        await told(store, buy(NOW + minutes * MINUTE_MS), NOW + minutes * MINUTE_MS)
    await told(store, buy(NOW + 60_000, side="sell"), NOW + 60_000)  # another direction
    await told(store, buy(NOW + 60_000, "ETHUSDT"), NOW + 60_000)
    await told(store, buy(NOW + 186 * MINUTE_MS), NOW + 186 * MINUTE_MS)  # after an hour's rest
    await told(store, buy(NOW), NOW)  # the same events again, as after a restart
    assert [(one.symbol, one.group.way, one.told_ms - NOW) for one in await waiting(book)] == [
        ("BTCUSDT", "up", 0),
        ("BTCUSDT", "down", 60_000),
        ("ETHUSDT", "up", 60_000),
        ("BTCUSDT", "up", 186 * MINUTE_MS),
    ]
    assert await book.since() == NOW


async def test_what_came_due_while_the_program_was_down_is_found_out_later(store: Store) -> None:
    exchange = Exchange()
    for n in range(AT_ONCE + 3):
        await told(store, buy(NOW, f"S{n}USDT"), NOW, price_at(NOW))
    exchange.now_ms = NOW + 3 * DAY_MS
    exchange.error = Unreachable("no network")
    with pytest.raises(Unreachable):
        await reckoner(store, exchange).look()
    exchange.error = None
    at = reckoner(store, exchange)
    assert await at.look()
    assert len(await waiting(store.outcomebook)) == 3
    assert await at.look()
    assert await waiting(store.outcomebook) == []
    ups = int(price_at(boundary(NOW, DAY_MS)) > price_at(NOW)) * (AT_ONCE + 3)
    assert (await counts(store.outcomebook))[2] == (AT_ONCE + 3, ups, AT_ONCE + 3)


@pytest.mark.parametrize("refused", [False, True])
async def test_a_pair_that_stops_trading_counts_with_its_last_price(
    store: Store, refused: bool
) -> None:
    exchange = Exchange()
    await told(store, buy(NOW), NOW, price_at(NOW))
    exchange.until_ms = NOW + 4 * MINUTE_MS
    exchange.now_ms = NOW + STEP_MS + SOON
    at = reckoner(store, exchange)
    await at.look()
    if refused:
        exchange.error = Refused(400, "Invalid symbol.")
    exchange.now_ms = NOW + 2 * DAY_MS
    await at.look()
    hits = int(price_at(NOW // MINUTE_MS * MINUTE_MS + 4 * MINUTE_MS) > price_at(NOW))
    assert await counts(store.outcomebook) == [(1, hits, 1)] * 3
    assert await waiting(store.outcomebook) == []


async def test_a_new_listing_counts_without_a_baseline(store: Store) -> None:
    exchange = Exchange()
    exchange.since_ms = NOW - 2 * DAY_MS
    await told(store, buy(NOW), NOW, 1.0)
    exchange.now_ms = NOW + 2 * DAY_MS
    await reckoner(store, exchange).look()
    assert await counts(store.outcomebook) == [(1, 1, 0)] * 3


async def test_an_unreadable_answer_holds_up_nobody_and_not_for_ever(store: Store) -> None:
    exchange = Exchange()
    at = reckoner(store, exchange)
    await told(store, buy(NOW), NOW)
    exchange.now_ms = NOW + STEP_MS + SOON
    exchange.error = FrameError("klines of BTCUSDT: no number")
    await at.look()
    assert await store.outcomebook.due(exchange.now_ms + RETRY_MS - 1, 9) == []
    assert len(await store.outcomebook.due(exchange.now_ms + RETRY_MS, 9)) == 1
    exchange.now_ms = NOW + GIVE_UP_MS + HOUR_MS
    await at.look()
    assert await waiting(store.outcomebook) == []
    assert await counts(store.outcomebook) == [(0, 0, 0)] * 3


async def test_what_is_older_than_it_is_kept_goes_and_outlasts_its_alert(store: Store) -> None:
    exchange = Exchange()
    at = reckoner(store, exchange)
    await told(store, buy(NOW), NOW)
    await told(store, buy(NOW + DAY_MS), NOW + DAY_MS)
    await store.prune(NOW + 9 * DAY_MS)
    assert await store.recent(ALL, None, 0, 9) == []
    exchange.now_ms = NOW + DAY_MS + SOON
    await at.look()
    assert (await counts(store.outcomebook))[0][0] == 1  # the second is not due yet
    exchange.now_ms = NOW + 400 * DAY_MS + 1
    await at.look()
    assert await store.outcomebook.since() == NOW + DAY_MS


async def test_requests_of_one_symbol_are_shared(store: Store) -> None:
    exchange = Exchange()
    for hours in range(0, 20, 2):
        await told(store, buy(NOW + hours * HOUR_MS), NOW + hours * HOUR_MS)
    exchange.now_ms = NOW + 9 * DAY_MS
    await reckoner(store, exchange).look()
    fives = [asked for asked in exchange.asked if asked[1] == "5m"]
    assert len(fives) <= 6
    assert {n for *_, n in fives} == {CHUNK}


# --- with the announcer --------------------------------------------------------------------------


def jump(at_ms: int = NOW, **changes: object) -> PriceJump:
    given = {
        "id": f"price_jump:BTCUSDT:{at_ms}", "symbol": "BTCUSDT", "at_ms": at_ms, "excess": 3.0,
        "direction": "up", "change_pct": 4.0, "window_s": 60, "price": 104.0, "from_price": 100.0,
        "zscore": 8.0, "usual_pct": 0.5,
    }  # fmt: skip
    return PriceJump(**(given | changes))  # type: ignore[arg-type]


def clear(difference: float = 14.4, way: str = "up", kind: str = "price_jump") -> Standing:
    middle = Quartiles(0.4, -0.3, 1.1)
    return Standing(
        Group(kind, way), 1, 140, 94, 138, 93, 60, 53.0, difference, (6.0, 22.8), True, middle,
        middle,
    )  # fmt: skip


async def test_the_price_that_counts_is_the_one_known_when_the_alert_is_told(store: Store) -> None:
    desk = Desk(store)
    await store.subscribe(CHAT, [ALL], [ALL])
    desk.prices["BTCUSDT"] = 104.25
    desk.newest_ms = NOW + 1_500
    await desk.alert(jump())
    (one,) = await waiting(store.outcomebook)
    assert (one.price, one.told_ms, one.group) == (104.25, NOW + 1_500, Group("price_jump", "up"))


async def test_what_was_told_to_nobody_because_it_was_old_or_usual_does_not_count(
    store: Store,
) -> None:
    desk = Desk(store)
    await store.subscribe(CHAT, [ALL], [ALL])
    desk.prices = {"BTCUSDT": 104.0, "ETHUSDT": 9.0}
    desk.newest_ms = NOW + HOUR_MS
    await desk.alert(jump())
    desk.newest_ms = None
    await desk.alert(jump(symbol="XRPUSDT", id="x"))  # of a price that nobody knows
    assert await waiting(store.outcomebook) == []


async def test_an_alert_carries_a_line_of_the_past_only_where_it_is_clear(store: Store) -> None:
    desk = Desk(store)
    await store.subscribe(CHAT, [ALL], [ALL])
    await desk.alert(jump())
    desk.past = clear()
    await desk.alert(jump(NOW + DAY_MS))
    first, second = [row.message for row in await store.pending("web", 9)]
    line = "지난 기록: 비슷한 알림 138건 중 1시간 뒤 상승 93건, 무작위 대비 +14%p · 예측 아님"
    assert line not in first.lines
    assert second.lines[-1] == line


async def test_only_a_clear_hour_of_the_same_kind_and_direction_is_told(store: Store) -> None:
    at = reckoner(store, Exchange())
    assert at.before(jump()) is None
    at._at = {(one.group, one.horizon): one for one in (clear(), clear(way="down"))}
    assert at.before(jump()) == clear()
    assert at.before(jump(direction="down", change_pct=-4.0)) == clear(way="down")
    assert at.before(buy(NOW)) is None
