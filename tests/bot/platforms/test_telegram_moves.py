"""A move that goes on while its group becomes a supergroup, from the alert to Telegram's screen."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from contracts.telegram_server import FakeChat
from desk import NOW, Desk
from test_telegram import World, at, group, world  # noqa: F401 (the fixture)

from bot.deliver import Deliverer
from bot.model import Limits
from bot.platforms.unbroken import joined
from pipeline.model import ALL, PriceJump


def fall(at_s: int, pct: float, excess: float) -> PriceJump:
    at_ms = NOW + at_s * 1000
    return PriceJump(
        id=f"price_jump:ETHUSDT:{at_ms}", symbol="ETHUSDT", at_ms=at_ms, excess=excess,
        direction="down", change_pct=pct, window_s=60, price=100.0 + pct, from_price=100.0,
        zscore=9.0, usual_pct=0.1,
    )  # fmt: skip


@pytest.fixture
async def desk(world: World) -> AsyncIterator[Desk]:  # noqa: F811
    """An announcer whose messages go to Telegram."""
    world.telegram.limits = Limits()
    made = Desk(world.store, platforms=["telegram"])
    deliverer = Deliverer(world.store, [world.telegram], now_ms=lambda: made.now_ms)
    made.told = deliverer.wake
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        delivering = tasks.create_task(deliverer.run())
        yield made
        delivering.cancel()


def sounds(world: World, chat: FakeChat) -> list[bool]:  # noqa: F811
    """Of each message to the chat that arrived, in turn, whether it came with a sound."""
    sent = world.server.called("sendMessage")
    arrived = len(chat.shown())
    return ["disable_notification" not in s for s in sent if s["chat_id"] == str(chat.id)][:arrived]


async def settled(world: World) -> None:  # noqa: F811
    """Everything has been sent and written down."""
    while await world.store.pending("telegram", 1):
        await asyncio.sleep(0)


async def test_a_move_goes_on_in_the_supergroup_in_one_message_without_a_sound(
    world: World,  # noqa: F811
    desk: Desk,
) -> None:
    """Telegram refuses to edit what the group got, and numbers the supergroup's messages anew."""
    old = group(world, -5, "group")
    await world.store.subscribe(at(old), [ALL], [ALL])
    await desk.alert(fall(0, -4.0, 3.0))
    await settled(world)
    new = world.server.migrate(old, -1005)
    await desk.look(60, ETHUSDT=94.0)  # the edit is how the bot learns of it
    await world.server.until(lambda: len(new.shown()) == 1)
    (first,) = new.shown()
    assert "급락" in first["text"] and joined("⏱ 1분째 진행") in first["text"]
    assert sounds(world, old) == [True] and sounds(world, new) == [False]
    assert "진행" not in old.shown()[0]["text"]
    await desk.look(120, ETHUSDT=88.0)
    await world.server.until(lambda: joined("⏱ 2분째 진행") in new.shown()[0]["text"])
    await desk.alert(fall(125, -2.5, 1.0))  # no news for whoever has the message
    await desk.look(500, ETHUSDT=90.0)
    await world.server.until(lambda: "✅ 진정됨" in new.shown()[0]["text"])
    assert len(new.shown()) == len(old.shown()) == 1


async def test_in_the_supergroup_what_gets_worse_is_told_aloud(
    world: World,  # noqa: F811
    desk: Desk,
) -> None:
    old = group(world, -5, "group")
    await world.store.subscribe(at(old), [ALL], [ALL])
    await desk.alert(fall(0, -4.0, 3.0))
    await settled(world)
    new = world.server.migrate(old, -1005)
    await world.lobby.moved(at(old), str(new.id))  # told by Telegram, before any edit
    await desk.alert(fall(30, -2.5, 1.0))
    assert [d.reason for d in await world.store.decisions(fall(30, -2.5, 1.0).id)] == ["same_move"]
    await world.server.until(
        lambda: any(joined("⏱ 30초째") in shown["text"] for shown in new.shown())
    )
    await desk.alert(fall(60, -9.0, 6.0))
    await world.server.until(
        lambda: any("↪ 더 커져 새 알림으로 이어집니다" in shown["text"] for shown in new.shown())
    )
    await world.server.until(lambda: len(new.shown()) == 2)
    assert "−9.00%" in new.shown()[-1]["text"]
    assert sounds(world, new) == [False, True]
