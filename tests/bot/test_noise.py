"""A daily limit lets the largest through, and always what is critical."""

import asyncio
import itertools
import math
from collections import Counter
from collections.abc import AsyncIterator

import msgspec
import pytest
from desk import NOW, Desk
from sqlalchemy import update

from bot.erase import ChatEraser
from bot.limits import AT_ONCE, READS, Limits
from bot.model import Chat, Weighed
from bot.noise import DAY_MS, ENOUGH_MS, REFRESH_MS, Noise, bar_of
from bot.store import Store, open_store
from bot.tables import alerts
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


def spread(number: int, excess: float, at_ms: int) -> Spread:
    return Spread(
        id=f"spread:S:{number}", symbol=f"S{number}USDT", at_ms=at_ms,
        excess=excess, spread_bp=20.0, usual_bp=2.0, times_usual=10.0, bid=99.9, ask=100.1,
    )  # fmt: skip


class Judged:
    """What is decided about one alert after the other."""

    def __init__(self, store: Store) -> None:
        self.desk = Desk(store)
        self._store = store
        self._numbers = itertools.count(1)

    async def get(self, excess: float) -> str:
        """What was decided for the reader about an alert of this size."""
        return (await self.get_all(excess))[READER]

    async def get_all(self, excess: float) -> dict[Chat, str]:
        """What was decided for each chat."""
        alert = spread(next(self._numbers), excess, self.desk.now_ms)
        await self.desk.announcer.announce(alone(alert))
        return {one.chat: one.reason for one in await self._store.decisions(alert.id)}


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


async def test_what_was_sent_counts_until_it_is_read_again(store: Store) -> None:
    noise = Noise(store)
    (state,) = await store.audience()
    assert noise.knows(state)
    assert not noise.is_due(state, NOW)
    await store.limit(READER, 1)
    (state,) = await store.audience()
    assert not noise.knows(state)
    assert noise.bar(state, NOW) == 0.0
    await noise.read(state, NOW)
    assert noise.bar(state, NOW) == 0.0
    noise.sent(READER, NOW)
    assert not noise.is_due(state, NOW + REFRESH_MS - 1)
    assert noise.is_due(state, NOW + REFRESH_MS)
    assert noise.bar(state, NOW + REFRESH_MS) == math.inf
    await noise.read(state, NOW + REFRESH_MS)
    assert noise.bar(state, NOW + REFRESH_MS) == 0.0, "nothing was stored"


@pytest.mark.parametrize("later_ms", [0, 30])
async def test_what_is_sent_while_the_bar_is_read_is_not_missed(
    store: Store, later_ms: int
) -> None:
    await store.limit(READER, 1)
    judged, states = Judged(store), await store.audience()
    limits = Limits(store)
    reading = asyncio.create_task(limits.know(states, NOW))
    judged.desk.now_ms = NOW + later_ms
    assert await judged.get(1.5) == "subscribed"
    sent = spread(1, 1.5, NOW + later_ms)
    limits.sent(READER, sent, NOW + later_ms, "notice")
    await reading
    await limits.know(states, NOW)
    bar, _ = limits.of(states[0], sent, NOW + later_ms + 1)
    assert bar == math.inf


@pytest.mark.parametrize("ahead_ms", [9 * 3_600_000, 30 * DAY_MS])
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_clock_that_was_ahead_keeps_no_chat_silent(
    store: Store, ahead_ms: int, restarted: bool
) -> None:
    await store.limit(READER, 2)
    judged = Judged(store)
    judged.desk.now_ms = NOW + ahead_ms
    assert [await judged.get(1.5) for _ in range(3)] == ["subscribed", "subscribed", "held"]
    if restarted:
        judged.desk = Desk(store)
    judged.desk.now_ms = NOW
    assert [await judged.get(1.5) for _ in range(3)] == ["subscribed", "subscribed", "held"]


async def test_an_alert_does_not_wait_until_the_limits_of_many_chats_are_known(
    store: Store,
) -> None:
    chats = [Chat("web", f"{number:02}") for number in range(2 * READS + 3)]
    for chat in chats:
        await store.subscribe(chat, [ALL], [ALL])
        await store.limit(chat, 1)
    judged = Judged(store)
    await judged.get_all(1.5)
    judged.desk = Desk(store)  # a restart
    reasons = await judged.get_all(1.5)
    assert Counter(reasons[chat] for chat in chats) == {"held": READS, "subscribed": READS + 3}
    await judged.desk.announcer.look_at_limits()
    reasons = await judged.get_all(1.5)
    assert {reasons[chat] for chat in chats} == {"held"}


async def test_a_chat_that_cannot_be_read_costs_no_other_its_limit(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    odd = Chat("web", "a")  # before the reader
    await store.subscribe(odd, [ALL], [ALL])
    await store.preferences.change(odd, lambda had: msgspec.structs.replace(had, cooldown_s=3_600))
    await store.limit(READER, 1)
    judged = Judged(store)
    assert await judged.get(1.5) == "subscribed"
    await store._change(update(alerts).values(body='{"kind":"of_tomorrow","excess":1.5}'))
    judged.desk = Desk(store)  # a restart
    for _ in range(3):
        assert await judged.get(1.5) == "held"
        await judged.desk.announcer.look_at_limits()
    assert caplog.text.count("cannot be read") == 1, "asked again after a while"


async def test_a_chat_that_has_just_set_a_limit_comes_before_those_that_are_due(
    store: Store,
) -> None:
    limits, chats = Limits(store), [Chat("web", f"{number:02}") for number in range(AT_ONCE + 5)]
    for chat in chats:
        await store.subscribe(chat, [ALL], [ALL])
        await store.limit(chat, 1)
    await limits.look(await store.audience(), lambda: NOW)
    await store.limit(READER, 1)
    later_ms, states = NOW + REFRESH_MS, await store.audience()
    assert sum(limits._noise.is_due(state, later_ms) for state in states) == AT_ONCE + 6
    await limits.look(states, lambda: later_ms)
    due = [state.chat for state in states if limits._noise.is_due(state, later_ms)]
    assert len(due) == 5
    assert READER not in due


async def test_a_limit_is_read_anew_after_a_while_without_an_alert_that_waits(store: Store) -> None:
    await store.limit(READER, 1)
    judged = Judged(store)
    assert [await judged.get(1.5) for _ in range(2)] == ["subscribed", "held"]
    judged.desk.now_ms += DAY_MS - 1
    await judged.desk.announcer.look_at_limits()
    assert await judged.get(1.5) == "held"
    judged.desk.now_ms += 1
    assert await judged.get(1.5) == "subscribed", "the day is over, whenever it was looked"


async def test_a_moved_chat_keeps_its_limit(store: Store) -> None:
    await store.limit(READER, 7)
    await store.move(READER, "new")
    assert [state.daily_limit for state in await store.audience()] == [7]
