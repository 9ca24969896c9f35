"""A price that a chat waits for is told exactly once, whatever is killed meanwhile."""

from collections.abc import AsyncIterator

import msgspec
import pytest

from bot.database import T, Work
from bot.errors import StoreError, UserError
from bot.model import Chat, ChatSettings, Quiet, Target
from bot.store import Notice, Store, open_store
from bot.targetbook import MAX_PER_CHAT
from bot.targets import END_AFTER_MS, END_EVERY_MS, SETTLED_AT_ONCE, TargetWatch
from pipeline.levels import Levels
from pipeline.model import Trade

NOW = 1_768_176_201_000
DAY = 86_400_000
ALICE = Chat("web", "alice")
BOB = Chat("telegram", "-100", "7")


class World:
    """A store, levels and the watch over them; ``restart`` begins a new watch on the same store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now_ms = NOW
        self.woken = 0
        self.restart()

    def restart(self) -> None:
        self.levels = Levels()
        self.watch = TargetWatch(
            self.store,
            self.levels,
            lookup=lambda symbol: None,
            now_ms=lambda: self.now_ms,
            newest_ms=lambda: self.now_ms,
            wake=self.wake,
        )

    def wake(self) -> None:
        self.woken += 1

    def trade(self, price: float, at_ms: int = NOW + 1, *, recovered: bool = False) -> None:
        self.levels.trade(
            Trade("BTCUSDT", at_ms, price, 1.0, at_ms, buyer_is_maker=False, recovered=recovered)
        )

    async def crowd(self, count: int) -> list[str]:
        """So many chats wait for one price; the keys of what they will be told."""
        kept = [await self.watch.add(target(chat=Chat("web", str(n)))) for n in range(count)]
        return [one.key for one in kept]

    async def messages(self, platform: str = "web") -> list[tuple[str, str]]:
        return [(d.key, d.message.head) for d in await self.store.pending(platform, 1000)]


def target(price: float = 105_000.0, chat: Chat = ALICE, until_ms: int = NOW + DAY) -> Target:
    return Target(chat, "BTCUSDT", price, "up", NOW, until_ms)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with open_store("sqlite+aiosqlite://", clock=lambda: NOW) as store:
        yield World(store)


async def test_a_price_that_is_passed_is_told_once_and_waited_for_no_more(world: World) -> None:
    kept = await world.watch.add(target())
    assert world.watch.symbols == {"BTCUSDT"}
    world.trade(104_999.99)
    world.trade(106_000.0)
    world.trade(107_000.0)
    await world.watch.settle()
    await world.watch.settle()
    assert await world.messages() == [
        (kept.key, "🎯 비트코인(BTCUSDT) 🔴 ▲ 105,000달러 도달 · 106,000달러")
    ]
    assert await world.watch.targets(ALICE) == []
    assert world.watch.symbols == set()
    assert (world.watch.crossed, world.watch.settled, world.woken) == (1, 1, 1)


async def test_a_crash_before_it_was_written_down_tells_it_after_the_trades_come_again(
    world: World,
) -> None:
    await world.watch.add(target())
    world.trade(106_000.0)  # killed here
    world.restart()
    await world.watch.follow()
    world.now_ms += 12_000
    world.trade(106_000.0, recovered=True)
    await world.watch.settle()
    (delivery,) = await world.store.pending("web", 10)
    assert "지연 12초(복구)" in delivery.message.lines[0]


async def test_a_crash_after_it_was_written_down_tells_it_no_second_time(world: World) -> None:
    await world.watch.add(target())
    world.trade(106_000.0)
    await world.watch.settle()
    world.restart()
    await world.watch.follow()
    world.trade(106_000.0, recovered=True)
    await world.watch.settle()
    assert len(await world.messages()) == 1


async def test_a_database_that_refuses_loses_no_crossing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.watch.add(target())
    world.trade(106_000.0)

    async def refuse(notices: object) -> set[int]:
        raise StoreError("full")

    with monkeypatch.context() as refusing:
        refusing.setattr(world.store, "settle", refuse)
        with pytest.raises(StoreError):
            await world.watch.settle()
    assert world.watch.settled == 0
    await world.store.subscribe(BOB, ["BTCUSDT"], ["*"])  # what is wanted is read anew meanwhile
    await world.watch.follow()
    world.trade(106_500.0)
    await world.watch.settle()
    assert len(await world.messages()) == 1
    assert world.watch.crossed == world.watch.settled == 1


async def test_of_many_that_wait_for_one_price_the_first_are_told_before_the_last_are_prepared(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = await world.crowd(2 * SETTLED_AT_ONCE + 1)
    world.trade(106_000.0)
    read, reads = world.store._database.read, []

    async def counted(work: Work[T]) -> T:
        reads.append(world.woken)
        return await read(work)

    with monkeypatch.context() as counting:
        counting.setattr(world.store._database, "read", counted)
        await world.watch.settle()
    assert reads == [0, 1, 2]  # one for each transaction, after the one before has been told
    assert [key for key, _ in await world.messages()] == keys
    assert world.watch.settled == len(keys)


async def test_a_crash_among_many_tells_each_of_them_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = await world.crowd(SETTLED_AT_ONCE + 20)
    world.trade(106_000.0)
    settle = world.store.settle

    async def refuse_second(notices: dict[int, Notice]) -> set[int]:
        if world.woken:
            raise StoreError("killed")
        return await settle(notices)

    with monkeypatch.context() as killing:
        killing.setattr(world.store, "settle", refuse_second)
        with pytest.raises(StoreError):
            await world.watch.settle()
    assert [key for key, _ in await world.messages()] == keys[:SETTLED_AT_ONCE]
    world.restart()
    await world.watch.follow()
    world.trade(106_000.0, recovered=True)
    await world.watch.settle()
    assert [key for key, _ in await world.messages()] == keys
    assert world.watch.settled == 20


async def test_each_chat_is_told_as_it_wants_its_messages_also_one_out_of_reach(
    world: World,
) -> None:
    day = Quiet("00:00", "23:59")
    wanted = {
        "plain": ChatSettings(),
        "quiet": ChatSettings(quiet=day),
        "loud": ChatSettings(quiet=msgspec.structs.replace(day, loud=True), colours="global"),
        "gone": ChatSettings(colours="global"),
    }
    for name, settings in wanted.items():
        await world.store.preferences.change(Chat("web", name), lambda had, new=settings: new)
        await world.watch.add(target(chat=Chat("web", name)))
    world.trade(106_000.0)
    await world.store.gone(Chat("web", "gone"))
    await world.watch.settle()
    told = {
        d.chat.id: (d.message.silent, "🟢" in d.message.head)
        for d in await world.store.pending("web", 10)
    }
    assert told == {
        "plain": (False, False),
        "quiet": (True, False),
        "loud": (False, True),
        "gone": (False, True),
    }


async def test_one_removed_just_before_it_is_written_down_is_told_nobody(world: World) -> None:
    kept = await world.watch.add(target())
    world.trade(106_000.0)
    await world.watch.remove(ALICE, kept.id)
    await world.watch.settle()
    assert await world.messages() == []


async def test_nobody_removes_another_chats_target(world: World) -> None:
    kept = await world.watch.add(target())
    assert await world.watch.remove(BOB, kept.id) is None
    with pytest.raises(UserError, match="이미 없습니다"):
        await world.watch.add(target(chat=BOB), instead=kept.id)
    assert await world.watch.targets(ALICE) == [kept]


async def test_a_changed_target_is_told_at_its_new_price_only(world: World) -> None:
    first = await world.watch.add(target())
    second = await world.watch.add(target(110_000.0), instead=first.id)
    world.trade(106_000.0)
    world.trade(110_000.0)
    await world.watch.settle()
    assert [key for key, _ in await world.messages()] == [second.key]


async def test_what_is_over_is_told_with_one_quiet_line(world: World) -> None:
    kept = await world.watch.add(target(until_ms=NOW + 60_000))
    world.now_ms = NOW + 60_000 + END_AFTER_MS - 1
    await world.watch.end()
    assert await world.messages() == []
    world.now_ms += END_EVERY_MS
    await world.watch.end()
    (delivery,) = await world.store.pending("web", 10)
    assert delivery.key == kept.key
    assert delivery.message.silent
    assert delivery.message.lines == ()
    assert await world.watch.targets(ALICE) == []


async def test_a_chat_has_a_bounded_number_of_them(world: World) -> None:
    for i in range(MAX_PER_CHAT):
        await world.watch.add(target(105_000.0 + i))
    with pytest.raises(UserError, match="50개까지"):
        await world.watch.add(target(1.0))
    await world.watch.add(target(chat=BOB))


async def test_a_chat_out_of_reach_waits_again_when_it_is_back(world: World) -> None:
    await world.watch.add(target())
    await world.store.gone(ALICE)
    await world.watch.follow()
    assert len(world.levels) == 0
    await world.store.resume(ALICE)
    await world.watch.follow()
    assert len(world.levels) == 1


async def test_targets_move_with_their_chat(world: World) -> None:
    await world.watch.add(target(chat=BOB))
    await world.store.move(BOB, "-1009")
    moved = Chat("telegram", "-1009", "7")
    assert [one.chat for one in await world.watch.targets(moved)] == [moved]
    await world.watch.follow()
    world.trade(106_000.0)
    await world.watch.settle()
    assert [d.chat for d in await world.store.pending("telegram", 9)] == [moved]


async def test_targets_are_told_and_end_after_a_clock_that_was_ahead_is_set_back(
    world: World,
) -> None:
    await world.watch.follow()
    reached, over = await world.watch.add(target()), await world.watch.add(target(2e5, BOB, NOW))
    world.now_ms = NOW + 5 * DAY
    world.watch.hold({"BTCUSDT"})  # at a start, before the clock was set
    await world.watch.end()
    world.now_ms = NOW + END_AFTER_MS
    world.trade(106_000.0)
    await world.watch.settle()
    assert [key for key, _ in await world.messages()] == [reached.key]
    world.watch.release("BTCUSDT")
    await world.watch.end()
    assert [key for key, _ in await world.messages("telegram")] == [over.key]
