"""The bus: publishing never waits, a listener that stands still costs only the least of it."""

import asyncio

import pytest
from msgspec.structs import replace

from pipeline.bus import LocalBus
from pipeline.model import Move, Spread
from pipeline.moves import alone

EXCESS = {"notice": 1.0, "warning": 2.0, "critical": 5.0}


def alert(number: int, severity="notice") -> Move:
    noticed = Spread(
        id=f"spread:BTCUSDT:{number}",
        symbol="BTCUSDT",
        at_ms=number,
        excess=EXCESS[severity],
        spread_bp=20.0,
        usual_bp=2.0,
        times_usual=10.0,
        bid=99.9,
        ask=100.1,
    )
    return alone(noticed)


async def take(alerts, count: int) -> list[int]:
    async with asyncio.timeout(5):
        return [(await anext(alerts)).at_ms for _ in range(count)]


async def test_every_listener_gets_every_alert_in_order():
    bus = LocalBus()
    async with bus.subscribe() as one, bus.subscribe() as other:
        for number in range(5):
            bus.publish(alert(number))
        assert await take(one, 5) == await take(other, 5) == [0, 1, 2, 3, 4]
    assert (bus.published, bus.lost) == (5, 0)


async def test_a_listener_gets_what_is_published_from_now_on():
    bus = LocalBus()
    bus.publish(alert(0))
    async with bus.subscribe() as alerts:
        bus.publish(alert(1))
        assert await take(alerts, 1) == [1]


async def test_a_waiting_listener_is_woken():
    bus = LocalBus()
    async with bus.subscribe() as alerts, asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(take(alerts, 2))
        await asyncio.sleep(0)
        bus.publish(alert(1))
        await asyncio.sleep(0)
        bus.publish(alert(2))
    assert waiting.result() == [1, 2]


async def test_without_listeners_nothing_is_kept_and_nothing_is_lost():
    bus = LocalBus(size=1)
    for number in range(5):
        bus.publish(alert(number))
    async with bus.subscribe():
        pass
    bus.publish(alert(9))
    assert (bus.published, bus.lost) == (6, 0)


async def test_when_an_inbox_is_full_the_oldest_of_the_least_severe_gives_way():
    bus = LocalBus(size=3)
    async with bus.subscribe() as alerts:
        for number, severity in enumerate(("warning", "notice", "notice", "critical", "warning")):
            bus.publish(alert(number, severity))
        assert bus.lost == 2
        assert sorted(await take(alerts, 3)) == [0, 3, 4]


async def test_an_alert_less_severe_than_all_that_wait_gives_way_itself():
    bus = LocalBus(size=2)
    async with bus.subscribe() as alerts:
        for number, severity in enumerate(("critical", "warning", "notice")):
            bus.publish(alert(number, severity))
        assert bus.lost == 1
        assert await take(alerts, 2) == [0, 1]


async def test_among_equals_the_newest_are_kept():
    bus = LocalBus(size=2)
    async with bus.subscribe() as alerts:
        for number in range(5):
            bus.publish(alert(number))
        assert bus.lost == 3
        assert await take(alerts, 2) == [3, 4]


async def test_one_listener_that_stands_still_costs_the_others_nothing():
    bus = LocalBus(size=2)
    async with bus.subscribe(), bus.subscribe() as quick:
        for number in range(6):
            bus.publish(alert(number))
            assert await take(quick, 1) == [number]
    assert bus.lost == 4, "of the one that stood still"


async def test_a_listener_that_failed_is_gone():
    bus = LocalBus(size=1)
    with pytest.raises(ValueError, match="listener"):
        async with bus.subscribe():
            raise ValueError("listener")
    bus.publish(alert(1))
    bus.publish(alert(2))
    assert bus.lost == 0


async def test_what_is_critical_passes_what_waits_of_other_moves():
    bus = LocalBus()
    async with bus.subscribe() as alerts:
        for number, severity in enumerate(("notice", "warning", "critical", "notice", "critical")):
            bus.publish(alert(number, severity))
        assert await take(alerts, 5) == [2, 4, 0, 1, 3]


@pytest.mark.parametrize("related", [{"id": "first"}, {"absorbed": ("first",)}])
async def test_what_is_critical_waits_for_what_came_before_it_in_its_own_move(related):
    bus = LocalBus()
    async with bus.subscribe() as alerts:
        bus.publish(replace(alert(0), id="first"))
        bus.publish(alert(1))
        bus.publish(replace(alert(2, "critical"), **related))
        bus.publish(alert(3, "critical"))
        assert await take(alerts, 4) == [3, 0, 2, 1]


async def test_what_gave_way_is_no_longer_waited_for():
    bus = LocalBus(size=1)
    async with bus.subscribe() as alerts:
        for number in range(3):
            bus.publish(alert(number, "critical"))
        assert await take(alerts, 1) == [2]
        bus.publish(alert(3))
        assert await take(alerts, 1) == [3]
