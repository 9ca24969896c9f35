"""One alert on its way into the outbox: recorded once, decided for each chat, enqueued."""

import asyncio
from collections.abc import AsyncIterator, Collection

import msgspec
import pytest

from bot.announce import Announcer
from bot.errors import StoreError
from bot.explain.template import TemplateExplainer
from bot.model import Chat
from bot.store import Recorded, Store, open_store
from bot.symbols import read_symbol
from pipeline.bus import LocalBus
from pipeline.model import ALL, LargeTrade

NOW = 1_760_000_000_000
ALICE, BOB, CAROL = (Chat("web", name) for name in ("alice", "bob", "carol"))

ALERT = LargeTrade(
    id=f"large_trade:BTCUSDT:{NOW}:sell",
    symbol="BTCUSDT",
    at_ms=NOW,
    excess=3.0,
    side="sell",
    quantity=1.5,
    price=100_000.0,
    notional=150_000.0,
    fills=12,
    first_ms=NOW,
    last_ms=NOW,
    slippage_bp=None,
    percentile=None,
    per_day=None,
    change_1m_pct=None,
    rare=True,
)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite:///:memory:", clock=lambda: NOW) as opened:
        yield opened


class Desk:
    """An announcer over a store, with the time in one place."""

    def __init__(self, store: Store, platforms: Collection[str] = ("web",)) -> None:
        self.now_ms = NOW + 200
        self.newest_ms = NOW
        self.woken = 0
        self.announcer = Announcer(
            store,
            TemplateExplainer(read_symbol),
            lookup=read_symbol,
            platforms=platforms,
            expires_s=600,
            now_ms=lambda: self.now_ms,
            newest_ms=lambda: self.newest_ms,
            wake=self.wake,
        )

    def wake(self) -> None:
        self.woken += 1


async def test_every_subscribed_chat_gets_one_message_and_the_reason_is_kept(
    store: Store,
) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    await store.subscribe(BOB, ["BTCUSDT"], ["large_trade"])
    await store.subscribe(CAROL, ["BTCUSDT"], [ALL])
    await store.mute(CAROL, ALL, NOW + 60_000)
    desk = Desk(store)
    await desk.announcer.announce(ALERT)
    due = await store.pending("web", 10)
    assert {d.chat for d in due} == {ALICE, BOB}
    assert {d.message.head for d in due} == {"🐳 비트코인(BTCUSDT) 대량 매도 체결 · 15만 달러"}
    assert all("시장가 매도" in d.message.note for d in due)
    assert {(d.chat, d.send, d.reason) for d in await store.decisions(ALERT.id)} == {
        (ALICE, True, "subscribed"),
        (BOB, True, "subscribed"),
        (CAROL, False, "muted"),
    }
    assert desk.woken == 1


async def test_an_alert_announced_twice_is_sent_once(store: Store) -> None:
    """After a restart the same events raise the same alert again."""
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    await desk.announcer.announce(ALERT)
    await desk.announcer.announce(ALERT)
    assert len(await store.pending("web", 10)) == 1
    assert (desk.announcer.recorded, desk.announcer.repeated) == (1, 1)


async def test_a_chat_that_subscribes_later_gets_the_next_alert(store: Store) -> None:
    desk = Desk(store)
    await desk.announcer.announce(ALERT)
    await store.subscribe(ALICE, [ALL], [ALL])
    await desk.announcer.announce(msgspec.structs.replace(ALERT, id="another"))
    assert [d.key for d in await store.pending("web", 10)] == ["another"]
    recorded = await store.recent("large_trade", None, 0, 10)
    assert {stored.alert.id for stored in recorded} == {ALERT.id, "another"}


async def test_an_alert_found_too_late_is_recorded_but_not_sent(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    desk.newest_ms = NOW + 601_000
    await desk.announcer.announce(msgspec.structs.replace(ALERT, recovered=True))
    assert await store.pending("web", 10) == []
    assert [d.reason for d in await store.decisions(ALERT.id)] == ["stale"]


async def test_a_recovered_alert_says_how_late_it_is_by_the_exchange_s_clock(
    store: Store,
) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    desk.now_ms = NOW - 3_600_000  # this machine's clock is an hour slow
    desk.newest_ms = NOW + 12_000
    await desk.announcer.announce(msgspec.structs.replace(ALERT, recovered=True))
    (delivery,) = await store.pending("web", 10)
    assert "지연 12초(복구)" in delivery.message.lines[-1]
    assert delivery.expires_ms == desk.now_ms + 600_000 - 12_000


async def test_chats_of_a_platform_that_is_off_get_nothing(store: Store) -> None:
    await store.subscribe(Chat("telegram", "1"), [ALL], [ALL])
    desk = Desk(store, platforms=["web"])
    await desk.announcer.announce(ALERT)
    assert await store.pending("telegram", 10) == []


async def test_a_database_that_refuses_for_a_moment_costs_no_alert(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.announce.RETRY_S", (0.0, 0.0))
    await store.subscribe(ALICE, [ALL], [ALL])
    refusals = [StoreError("locked"), StoreError("locked")]
    record = store.record

    async def flaky(entries: list[Recorded], now_ms: int) -> set[str]:
        if refusals:
            raise refusals.pop()
        return await record(entries, now_ms)

    monkeypatch.setattr(store, "record", flaky)
    desk = Desk(store)
    await desk.announcer.announce(ALERT)
    assert len(await store.pending("web", 10)) == 1
    assert desk.announcer.lost == 0


async def test_an_alert_that_cannot_be_recorded_is_counted_as_lost(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.announce.RETRY_S", (0.0,))

    async def full(_entries: list[Recorded], _now_ms: int) -> set[str]:
        raise StoreError("disk full")

    monkeypatch.setattr(store, "record", full)
    desk = Desk(store)
    await desk.announcer.announce(ALERT)
    assert desk.announcer.lost == 1
    assert f"alert {ALERT.id} is lost" in caplog.text


async def test_alerts_published_on_the_bus_are_announced(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk, bus = Desk(store), LocalBus()
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(desk.announcer.run(bus))
        await asyncio.sleep(0)
        bus.publish(ALERT)
        while not desk.woken:
            await asyncio.sleep(0)
        running.cancel()
    assert [d.key for d in await store.pending("web", 10)] == [ALERT.id]
