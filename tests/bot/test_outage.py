"""When market data stops, subscribed chats are told once, and once when it is back."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from test_store import large_trade

from bot.deliver import Deliverer
from bot.korean import FOREVER_MS
from bot.model import Chat, ChatSettings, Decision, Quiet
from bot.outage import META, OutageWatch
from bot.ports import FeedHealth
from bot.store import Recorded, Store, open_store
from bot.unrecorded import Unrecorded
from pipeline.model import ALL

NOW = 1_760_000_000_000
READER, STRANGER = Chat("web", "reader"), Chat("web", "stranger")
WELL = FeedHealth(
    ok=True,
    unreal=None,
    age_ms=100,
    delay_ms=50,
    symbols=400,
    connections=2,
    reconnects=0,
    gaps=0,
    recovered_trades=0,
    bad_frames=0,
)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite:///:memory:", clock=lambda: NOW) as opened:
        await opened.subscribe(READER, [ALL], [ALL])
        await opened.subscribe(STRANGER, ["BTCUSDT"], [ALL])
        await opened.keep(STRANGER, [])
        yield opened


class Feed:
    """A feed whose data can stop and come back, and the time."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now_ms = NOW
        self.health = WELL
        self.stopped_ms: int | None = None
        self.outage = self.watch()

    def watch(self, **options: Any) -> OutageWatch:
        def now_ms() -> int:
            return self.now_ms

        deliverer = Deliverer(self.store, [], now_ms=now_ms)
        return OutageWatch(
            self.store,
            self.feed,
            stale_s=60,
            now_ms=now_ms,
            wake=lambda: None,
            unrecorded=Unrecorded(self.store, deliverer, now_ms=now_ms),
            **options,
        )

    def feed(self) -> FeedHealth:
        if self.stopped_ms is None:
            return self.health
        age_ms = self.now_ms - self.stopped_ms
        return msgspec.structs.replace(self.health, ok=False, age_ms=age_ms, problem="unreachable")

    async def pass_s(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now_ms += 1_000
            await self.outage.look()

    async def told(self) -> list[tuple[Chat, str]]:
        return [(d.chat, d.message.head) for d in await self.store.pending("web", 100)]


async def test_a_short_silence_is_not_announced(store: Store) -> None:
    feed = Feed(store)
    await feed.pass_s(5)
    feed.stopped_ms = feed.now_ms
    await feed.pass_s(55)
    feed.stopped_ms = None
    await feed.pass_s(60)
    assert await feed.told() == []


async def test_an_outage_is_announced_once_with_its_reason_and_once_when_over(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "goraebot.outage")
    feed = Feed(store)
    await feed.pass_s(5)
    feed.stopped_ms = feed.now_ms
    await feed.pass_s(600)
    (stop,) = await store.pending("web", 10)
    assert stop.chat == READER
    assert stop.message.head == "⚠️ 데이터가 멈췄습니다"
    assert "no market data since 2025-10-09T08:53:25+00:00: unreachable" in caplog.messages
    assert any("연결할 수 없습니다" in line for line in stop.message.lines)
    feed.stopped_ms = None
    feed.health = msgspec.structs.replace(WELL, recovered_trades=1_234, gaps=2)
    await feed.pass_s(60)
    assert [head for _, head in await feed.told()] == [
        "⚠️ 데이터가 멈췄습니다",
        "✅ 데이터가 복구되었습니다",
    ]
    _, back = await store.pending("web", 10)
    assert "놓친 체결 1,234건을 다시 받아 확인했습니다." in back.message.lines


async def test_a_second_outage_is_announced_again(store: Store) -> None:
    feed = Feed(store)
    for _ in range(2):
        await feed.pass_s(5)
        feed.stopped_ms = feed.now_ms
        await feed.pass_s(100)
        feed.stopped_ms = None
        await feed.pass_s(5)
    assert len(await feed.told()) == 4


async def test_a_start_without_data_is_announced_after_a_minute(store: Store) -> None:
    feed = Feed(store)
    feed.health = msgspec.structs.replace(WELL, age_ms=None, ok=False, problem="connecting")
    await feed.pass_s(59)
    assert await feed.told() == []
    await feed.pass_s(2)
    assert await feed.told() == [(READER, "⚠️ 데이터가 멈췄습니다")]


@pytest.mark.parametrize("well_s", [0, 5])
async def test_a_clock_that_is_set_back_does_not_put_the_word_off(
    store: Store, well_s: int
) -> None:
    feed = Feed(store)
    await feed.pass_s(well_s)
    feed.health = msgspec.structs.replace(WELL, age_ms=None, ok=False, problem="connecting")
    await feed.pass_s(5)
    feed.now_ms -= 9 * 3_600_000
    await feed.pass_s(62)
    assert await feed.told() == [(READER, "⚠️ 데이터가 멈췄습니다")]


async def test_a_restart_during_an_outage_does_not_repeat_it(store: Store) -> None:
    feed = Feed(store)
    await feed.pass_s(5)
    feed.stopped_ms = feed.now_ms
    await feed.pass_s(100)
    assert await store.get_meta(META)
    feed.outage = feed.watch()
    await feed.outage.load()
    await feed.pass_s(100)
    assert len(await feed.told()) == 1
    feed.stopped_ms = None
    await feed.pass_s(5)
    assert len(await feed.told()) == 2


async def test_a_restart_before_an_outage_is_told_tells_since_when_it_is(store: Store) -> None:
    feed = Feed(store)
    feed.stopped_ms = NOW - 50_000
    feed.outage = feed.watch(resumed_ms=NOW - 50_000)
    await feed.pass_s(55)
    assert await feed.told() == []  # it has not had its time yet to connect
    await feed.pass_s(10)
    (stopped,) = await store.pending("web", 10)
    assert stopped.message.key == f"feed_stopped:{NOW - 50_000}"


async def test_the_end_is_told_when_what_was_missed_has_been_fetched(store: Store) -> None:
    feed = Feed(store)
    busy = True
    feed.outage = feed.watch(catching_up=lambda: busy)
    await feed.pass_s(5)
    feed.stopped_ms = feed.now_ms
    await feed.pass_s(100)
    feed.stopped_ms = None
    await feed.pass_s(20)
    assert len(await feed.told()) == 1
    feed.health = msgspec.structs.replace(WELL, recovered_trades=4_730)
    busy = False
    await feed.pass_s(1)
    assert len(await feed.told()) == 1  # the last alerts of it are still being recorded
    await feed.pass_s(1)
    _, back = await store.pending("web", 10)
    assert "놓친 체결 4,730건을 다시 받아 확인했습니다." in back.message.lines


async def test_what_a_restarted_program_fetched_counts_from_zero(store: Store) -> None:
    feed = Feed(store)
    feed.health = msgspec.structs.replace(WELL, recovered_trades=500)
    await feed.pass_s(5)
    feed.stopped_ms = feed.now_ms
    await feed.pass_s(100)
    feed.outage = feed.watch()
    await feed.outage.load()
    feed.stopped_ms = None
    feed.health = msgspec.structs.replace(WELL, recovered_trades=300)
    await feed.pass_s(1)
    _, back = await store.pending("web", 10)
    assert "놓친 체결 300건을 다시 받아 확인했습니다." in back.message.lines


async def test_alerts_that_were_found_too_late_are_counted_for_who_would_have_had_them(
    store: Store,
) -> None:
    feed = Feed(store)
    other = Chat("web", "other")
    await store.subscribe(other, [ALL], [ALL])
    await feed.pass_s(5)
    feed.stopped_ms = feed.now_ms
    await feed.pass_s(1_200)
    for number in range(3):
        alert = large_trade(str(number), at_ms=feed.stopped_ms + number)
        stale = Decision(alert.id, READER, False, "stale")
        unwanted = Decision(alert.id, other, False, "below_threshold")
        await store.record([Recorded(alert, [stale, unwanted])], feed.now_ms)
    before = large_trade("before", at_ms=feed.stopped_ms - 1)
    early = Decision(before.id, other, False, "stale")
    await store.record([Recorded(before, [early])], feed.now_ms)
    feed.stopped_ms = None
    await feed.pass_s(1)
    lines = {
        delivery.chat: delivery.message.lines
        for delivery in await store.pending("web", 10)
        if delivery.message.key.startswith("feed_resumed")
    }
    told = "그 사이의 알림 3건은 이미 지난 소식이라 따로 보내지 않았습니다."
    assert any(line.startswith(told) for line in lines[READER])
    assert not any("지난 소식" in line for line in lines[other])


async def test_a_program_that_was_away_for_long_says_that_nobody_looked(store: Store) -> None:
    feed = Feed(store)
    feed.outage = feed.watch(absent_since_ms=NOW - 3_600_000)
    await feed.outage.load()
    await feed.pass_s(3)
    (back,) = await store.pending("web", 10)
    assert back.message.lines[-1] == "그동안의 체결은 확인하지 못해 알림이 빠졌을 수 있습니다."


async def test_in_quiet_hours_an_outage_is_told_without_a_sound(store: Store) -> None:
    night = Chat("web", "night")
    await store.subscribe(night, [ALL], [ALL])
    all_day = ChatSettings(quiet=Quiet("00:00", "23:59"))
    await store.preferences.change(night, lambda had: all_day)
    feed = Feed(store)
    await feed.pass_s(5)
    feed.stopped_ms = feed.now_ms
    await feed.pass_s(100)
    silent = {d.chat: d.message.silent for d in await store.pending("web", 10)}
    assert silent == {READER: False, night: True}


async def test_whoever_muted_everything_hears_neither_the_outage_nor_its_end(store: Store) -> None:
    muted, partly, before = (Chat("web", name) for name in ("muted", "partly", "before"))
    for chat, symbol, end_ms in (
        (muted, ALL, NOW + FOREVER_MS),
        (partly, "BTCUSDT", NOW + FOREVER_MS),
        (before, ALL, NOW + 60_000),
    ):
        await store.subscribe(chat, [ALL], [ALL])
        await store.mute(chat, symbol, end_ms)
    feed = Feed(store)
    await feed.pass_s(5)
    feed.stopped_ms = feed.now_ms
    await feed.pass_s(100)
    feed.stopped_ms = None
    await feed.pass_s(5)
    silent = [(d.chat, d.message.silent) for d in await store.pending("web", 10)]
    assert sorted(silent, key=str) == sorted(
        [(READER, False), (muted, True), (partly, False), (before, False)] * 2, key=str
    )
