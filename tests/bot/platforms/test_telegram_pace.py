"""Telegram's limits hold by construction, and answers go before pushes."""

import asyncio

import pytest

from bot import sender
from bot.errors import RetryLater
from bot.platforms import telegram_pace
from bot.platforms.telegram import CONNECTIONS, MAX_ANSWERS
from bot.platforms.telegram_pace import Pace, Pacing

SLOW = Pacing(second_s=1_000.0, chat_gap_s=1_000.0, minute_s=60_000.0)


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


async def goes(pace: Pace, chat: str, *, push: bool) -> bool:
    try:
        async with pace.turn(chat, group=chat.startswith("-"), push=push, patience_s=0.01):
            return True
    except RetryLater:
        return False


async def test_pushes_use_what_there_is_and_leave_a_group_a_place_for_an_answer() -> None:
    pace = Pace(Pacing(second_s=1_000.0, chat_gap_s=0.0, minute_s=60_000.0))
    pushed = [await goes(pace, "-1", push=True) for _ in range(20)]
    assert pushed == [True] * 19 + [False]
    assert [await goes(pace, "-1", push=False) for _ in range(2)] == [True, False]
    pushed = [await goes(pace, f"{n}", push=True) for n in range(11)]
    assert pushed == [True] * 10 + [False]


async def test_a_group_where_somebody_asks_keeps_more_places_for_answers() -> None:
    pace = Pace(Pacing(second_s=1_000.0, chat_gap_s=0.0, minute_s=60_000.0))
    assert await goes(pace, "-1", push=False)
    pushed = [await goes(pace, "-1", push=True) for _ in range(16)]
    assert pushed == [True] * 15 + [False]


async def test_an_answer_goes_before_the_pushes_that_wait_already() -> None:
    pace = Pace(Pacing(per_second=1, second_s=0.02, chat_gap_s=0.0))
    order: list[str] = []

    async def one(name: str, *, push: bool) -> None:
        async with pace.turn(name, group=False, push=push, patience_s=5.0):
            order.append(name)

    async with asyncio.TaskGroup() as tasks:
        for name in ("first", "push", "another push"):
            tasks.create_task(one(name, push=True))
            await asyncio.sleep(0)
        tasks.create_task(one("answer", push=False))
    assert order[:2] == ["first", "answer"]


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


def test_there_are_connections_for_all_that_may_be_under_way() -> None:
    """A message that waited for one would keep its place of the second meanwhile."""
    assert CONNECTIONS > sender.IN_FLIGHT + sender.SLOW + MAX_ANSWERS
