"""Telegram's limits hold by construction, and answers go before pushes."""

import asyncio
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import RetryLater
from bot.platforms import telegram_pace
from bot.platforms.telegram_pace import Pace, Pacing, Window

SLOW = Pacing(second_s=1_000.0, chat_gap_s=1_000.0, minute_s=60_000.0)


def test_a_window_is_full_until_the_oldest_message_has_left_it() -> None:
    window = Window(2, 10.0)
    assert window.wait_s(0.0) == 0.0
    for end_s in (1.0, 4.0):
        window.begin()
        window.end(end_s)
    assert window.wait_s(5.0) == 6.0
    assert window.wait_s(5.0, spare=1) == 9.0
    assert window.wait_s(11.0) == 0.0
    assert not window.is_idle(11.0)
    assert window.is_idle(14.0)


def test_a_message_under_way_counts_and_nobody_knows_for_how_long() -> None:
    window = Window(1, 10.0)
    window.begin()
    assert window.wait_s(1_000.0) is None
    window.end(1_001.0)
    assert window.wait_s(1_002.0) == 9.0


@given(
    steps=st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 5.0)), max_size=60),
    share=st.floats(0.0, 1.0),
)
def test_no_window_of_telegrams_clock_ever_holds_too_many(
    steps: list[tuple[float, float]], share: float
) -> None:
    """Telegram counts a message at some moment between its leaving and its confirmation."""
    limit, length_s = 3, 10.0
    window = Window(limit, length_s)
    under_way: list[tuple[float, float]] = []  # (end, counted)
    counted: list[float] = []
    now_s = 0.0
    for pause_s, takes_s in steps:
        now_s += pause_s
        for end_s, at_s in sorted(pair for pair in under_way if pair[0] <= now_s):
            window.end(end_s)
            counted.append(at_s)
            under_way.remove((end_s, at_s))
        if window.wait_s(now_s) == 0.0:
            window.begin()
            under_way.append((now_s + takes_s, now_s + share * takes_s))
    counted += [at_s for _, at_s in under_way]
    counted.sort()
    for first, beyond in zip(counted, itertools.islice(counted, limit, None), strict=False):
        assert beyond - first >= length_s - 1e-9


async def test_a_second_message_to_a_chat_waits_and_another_chat_does_not() -> None:
    pace = Pace(SLOW)
    async with pace.turn("1", group=False, push=True, patience_s=0.01):
        pass
    with pytest.raises(RetryLater) as raised:
        async with pace.turn("1", group=False, push=False, patience_s=0.01):
            pytest.fail("two messages within a second")
    assert raised.value.after_s is not None
    assert 990 < raised.value.after_s <= 1_000
    assert not raised.value.flood
    async with pace.turn("2", group=False, push=True, patience_s=0.01):
        pass


async def test_pushes_leave_places_to_answers_in_all_and_in_a_group() -> None:
    pace = Pace(Pacing(second_s=1_000.0, chat_gap_s=0.0, minute_s=60_000.0))

    async def goes(chat: str, *, push: bool) -> bool:
        try:
            async with pace.turn(chat, group=chat.startswith("-"), push=push, patience_s=0.01):
                return True
        except RetryLater:
            return False

    pushed = [await goes("-1", push=True) for _ in range(17)]
    assert pushed == [True] * 16 + [False]
    assert [await goes("-1", push=False) for _ in range(5)] == [True] * 4 + [False]
    assert [await goes(f"{n}", push=True) for n in range(7)] == [True] * 6 + [False]
    assert [await goes(f"{n}", push=False) for n in range(5)] == [True] * 4 + [False]


async def test_whoever_waits_for_one_chat_goes_in_the_order_they_came() -> None:
    pace = Pace(Pacing(chat_gap_s=0.0))
    order: list[int] = []
    first_is_through = asyncio.Event()

    async def one(number: int) -> None:
        async with pace.turn("1", group=False, push=False, patience_s=5.0):
            if number == 0:
                await first_is_through.wait()
            order.append(number)

    async with asyncio.TaskGroup() as tasks:
        for number in range(5):
            tasks.create_task(one(number))
        first_is_through.set()
    assert order == [0, 1, 2, 3, 4]


async def test_a_failed_or_cancelled_message_gives_its_turn_back() -> None:
    pace = Pace(Pacing(chat_gap_s=0.0))
    with pytest.raises(ValueError, match="refused"):
        async with pace.turn("1", group=False, push=False, patience_s=1.0):
            raise ValueError("refused")
    started = asyncio.Event()

    async def hang() -> None:
        async with pace.turn("1", group=False, push=False, patience_s=1.0):
            started.set()
            await asyncio.Event().wait()

    hanging = asyncio.create_task(hang())
    await started.wait()
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)
    async with pace.turn("1", group=False, push=False, patience_s=1.0):
        pass


async def test_chats_without_recent_messages_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(telegram_pace, "MAX_IDLE_LANES", 10)
    now_s = 0.0
    pace = Pace(Pacing(), clock=lambda: now_s)
    for number in range(500):
        now_s += 10.0
        async with pace.turn(str(number), group=False, push=False, patience_s=1.0):
            pass
    assert len(pace._lanes) <= 10
