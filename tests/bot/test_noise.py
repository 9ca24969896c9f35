"""A daily limit lets the largest through, and always what is critical."""

import itertools
import math
from collections.abc import AsyncIterator

import pytest
from desk import NOW, Desk

from bot.erase import ChatEraser
from bot.model import Chat, Weighed
from bot.noise import DAY_MS, ENOUGH_MS, REFRESH_MS, Noise, bar_of
from bot.store import Store, open_store
from pipeline.model import ALL, Spread
from pipeline.moves import alone

READER = Chat("web", "reader")


def weighed(*sizes: float, days: float = 7.0, reason: str = "subscribed") -> list[Weighed]:
    step = days * DAY_MS / max(1, len(sizes))
    return [
        Weighed(NOW - round(days * DAY_MS - n * step), size, True, reason)
        for n, size in enumerate(sizes)
    ]


def test_the_bar_lets_the_wanted_number_a_day_through() -> None:
    sizes = [1 + n / 100 for n in range(700)]  # a hundred a day
    bar = bar_of(weighed(*sizes), 20, NOW)
    assert sum(size > bar for size in sizes) == 140


def test_without_that_many_alerts_there_is_no_bar() -> None:
    assert bar_of(weighed(*[2.0] * 100), 20, NOW) == 0.0
    assert bar_of([], 20, NOW) == 0.0


def test_of_a_new_chat_nothing_is_known_at_first_and_its_first_days_count_as_they_are() -> None:
    sizes = [1 + n / 100 for n in range(100)]
    assert bar_of(weighed(*sizes, days=ENOUGH_MS / DAY_MS * 0.9), 5, NOW) == 0.0
    bar = bar_of(weighed(*sizes, days=2), 5, NOW)
    assert sum(size > bar for size in sizes) == 10


def test_what_the_chat_would_not_have_got_anyway_does_not_count() -> None:
    rows = [*weighed(*[9.0] * 700, reason="muted"), *weighed(*[1.0] * 10)]
    assert bar_of(rows, 20, NOW) == 0.0


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite:///:memory:", clock=lambda: NOW) as opened:
        await opened.subscribe(READER, [ALL], [ALL])
        yield opened


class Judged:
    """What is decided for the only reader about one alert after the other."""

    def __init__(self, store: Store) -> None:
        self.desk = Desk(store)
        self._store = store
        self._numbers = itertools.count(1)

    async def get(self, excess: float) -> str:
        """What was decided about an alert of this size."""
        number = next(self._numbers)
        alert = Spread(
            id=f"spread:S:{number}", symbol=f"S{number}USDT", at_ms=self.desk.now_ms,
            excess=excess, spread_bp=20.0, usual_bp=2.0, times_usual=10.0, bid=99.9, ask=100.1,
        )  # fmt: skip
        await self.desk.announcer.announce(alone(alert))
        (decision,) = await self._store.decisions(alert.id)
        return decision.reason


async def test_once_the_limit_is_reached_only_what_is_critical_comes(store: Store) -> None:
    await store.limit(READER, 2)
    judged = Judged(store)
    assert [await judged.get(1.5) for _ in range(3)] == ["subscribed", "subscribed", "held"]
    assert await judged.get(4.9) == "held"
    assert await judged.get(5.0) == "subscribed"
    judged.desk.now_ms += DAY_MS + 1
    assert await judged.get(1.5) == "subscribed"
    await store.limit(READER, 0)
    assert [await judged.get(1.5) for _ in range(5)] == ["subscribed"] * 5


async def test_what_was_erased_uses_up_no_limit(store: Store) -> None:
    await store.limit(READER, 2)
    judged = Judged(store)
    assert [await judged.get(1.5) for _ in range(3)] == ["subscribed", "subscribed", "held"]
    await ChatEraser(store, [judged.desk.announcer.forget], now_ms=lambda: NOW).erase(READER)
    await store.subscribe(READER, [ALL], [ALL])
    await store.limit(READER, 2)
    assert [await judged.get(1.5) for _ in range(3)] == ["subscribed", "subscribed", "held"]


async def test_the_bar_rises_with_what_the_last_days_brought(store: Store) -> None:
    judged = Judged(store)
    for n in range(96):  # a day of them, before the limit was set
        judged.desk.now_ms = NOW - DAY_MS + n * DAY_MS // 96
        await judged.get(1.0 + n % 4)
    judged.desk.now_ms = NOW + DAY_MS
    await store.limit(READER, 10)
    assert await judged.get(3.0) == "held"
    assert await judged.get(4.1) == "subscribed"


async def test_a_chat_without_a_limit_costs_no_question(store: Store) -> None:
    noise = Noise(store)
    (state,) = await store.audience()
    assert await noise.bar(state, NOW) == 0.0
    await store.limit(READER, 1)
    (state,) = await store.audience()
    assert await noise.bar(state, NOW) == 0.0
    noise.sent(READER, NOW)
    assert await noise.bar(state, NOW + REFRESH_MS - 1) == math.inf
    assert await noise.bar(state, NOW + REFRESH_MS) == 0.0  # asked again: nothing was stored


async def test_a_moved_chat_keeps_its_limit(store: Store) -> None:
    await store.limit(READER, 7)
    await store.move(READER, "new")
    assert [state.daily_limit for state in await store.audience()] == [7]
