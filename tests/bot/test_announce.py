"""One alert on its way into the outbox: recorded once, decided for each chat, enqueued."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from desk import NOW, Desk, fall
from orders import order

import bot.announce
from bot.compose import with_note
from bot.errors import StoreError
from bot.living import META
from bot.model import Chat, ChatState, Message, Threshold
from bot.store import Notice, Store, open_store
from pipeline.bus import LocalBus
from pipeline.model import ALL, AnyAlert
from pipeline.moves import alone
from pipeline.won import Rate

ALICE, BOB, CAROL = (Chat("web", name) for name in ("alice", "bob", "carol"))

ALERT = order(NOW, side="sell")


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite:///:memory:", clock=lambda: NOW) as opened:
        yield opened


async def test_every_subscribed_chat_gets_one_message_and_the_reason_is_kept(
    store: Store,
) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    await store.subscribe(BOB, ["BTCUSDT"], ["large_trade"])
    await store.subscribe(CAROL, ["BTCUSDT"], [ALL])
    await store.mute(CAROL, ALL, NOW + 60_000)
    desk = Desk(store)
    await desk.announcer.announce(alone(ALERT))
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


async def test_deciding_on_many_chats_lets_others_go_meanwhile(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand at once would hold up the market and whoever sends for ten milliseconds."""
    monkeypatch.setattr(bot.announce, "ROUND", 4)
    for number in range(20):
        await store.subscribe(Chat("web", str(number)), [ALL], [ALL])
    desk = Desk(store)
    await desk.announcer.announce(alone(ALERT))  # the chats are known from now on
    rounds, before_record = itertools.count(), []

    async def others() -> None:
        while True:
            next(rounds)
            await asyncio.sleep(0)

    record = store.record

    async def recorded(*arguments: Any, **named: Any) -> Any:
        before_record.append(next(rounds))
        return await record(*arguments, **named)

    monkeypatch.setattr(store, "record", recorded)
    busy = asyncio.create_task(others())
    await desk.announcer.announce(alone(msgspec.structs.replace(ALERT, id="another")))
    busy.cancel()
    assert before_record == [20 // 4]


async def test_alerts_go_on_though_it_cannot_be_read_who_has_messages_of_a_move(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with a file of which a page is damaged, from the moment on that a chat leaves."""
    monkeypatch.setattr(bot.announce, "RETRY_S", (0.0,))
    for one in (ALICE, BOB):
        await store.subscribe(one, [ALL], [ALL])
    desk = Desk(store)
    await desk.alert(fall("ETHUSDT", 0, -4.0, 3.0))

    async def damaged(keys: object) -> set[Chat]:
        raise StoreError("database disk image is malformed")

    monkeypatch.setattr(store, "having", damaged)
    await store.gone(BOB)
    await desk.announcer.announce(alone(ALERT))
    assert desk.announcer.lost == 0
    assert [(d.chat, d.send) for d in await store.decisions(ALERT.id)] == [(ALICE, True)]


async def test_an_alert_announced_twice_is_sent_once(store: Store) -> None:
    """After a restart the same events raise the same alert again."""
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    await desk.announcer.announce(alone(ALERT))
    await desk.announcer.announce(alone(ALERT))
    assert len(await store.pending("web", 10)) == 1
    assert (desk.announcer.recorded, desk.announcer.repeated) == (1, 1)


class Erasing:
    """Implements bot.ports.Explainer: a chat is erased while its alert is put into words."""

    def __init__(self, store: Store, chat: Chat) -> None:
        self._store = store
        self._chat = chat
        self.back = False

    async def explain(self, alert: AnyAlert) -> str:
        """A sentence, and a stranger."""
        await self._store.erase(self._chat)
        if self.back:
            await self._store.subscribe(self._chat, [ALL], [ALL])
        return "설명입니다."


@pytest.mark.parametrize("back", [False, True])
async def test_a_chat_erased_while_it_is_decided_about_leaves_nothing_behind(
    store: Store, back: bool
) -> None:
    for chat in (ALICE, BOB):
        await store.subscribe(chat, [ALL], [ALL])
    explainer = Erasing(store, ALICE)
    explainer.back = back
    desk = Desk(store, explainer=explainer)
    await desk.announcer.announce(alone(ALERT))
    told = {ALICE, BOB} if back else {BOB}
    assert {d.chat for d in await store.decisions(ALERT.id)} == told
    assert {d.chat for d in await store.pending("web", 10)} == told
    held = await store.held(ALICE)
    assert held == (
        {} if not back else {"chats": 1, "subscriptions": 1, "decisions": 1} | {"outbox": 1}
    )
    notice = Notice(ALICE, "outage:1", Message("⚠️"), "notice", NOW, NOW + 60_000)
    await store.enqueue([notice])
    assert (await store.held(ALICE) == {}) is not back


async def test_a_chat_that_subscribes_later_gets_the_next_alert(store: Store) -> None:
    desk = Desk(store)
    await desk.announcer.announce(alone(ALERT))
    await store.subscribe(ALICE, [ALL], [ALL])
    await desk.announcer.announce(alone(msgspec.structs.replace(ALERT, id="another")))
    assert [d.key for d in await store.pending("web", 10)] == ["another"]
    recorded = await store.recent("large_trade", None, 0, 10)
    assert {stored.alert.id for stored in recorded} == {ALERT.id, "another"}


async def test_an_alert_found_too_late_is_recorded_but_not_sent(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    desk.newest_ms = NOW + 601_000
    await desk.announcer.announce(alone(msgspec.structs.replace(ALERT, recovered=True)))
    assert await store.pending("web", 10) == []
    assert [d.reason for d in await store.decisions(ALERT.id)] == ["stale"]


async def test_a_recovered_alert_says_how_late_it_is_by_the_exchange_s_clock(
    store: Store,
) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    desk.now_ms = NOW - 3_600_000  # this machine's clock is an hour slow
    desk.newest_ms = NOW + 12_000
    await desk.announcer.announce(alone(msgspec.structs.replace(ALERT, recovered=True)))
    (delivery,) = await store.pending("web", 10)
    assert "지연 12초(복구)" in delivery.message.lines[-1]
    assert delivery.expires_ms == desk.now_ms + 600_000 - 12_000


async def test_chats_of_a_platform_that_is_off_get_nothing(store: Store) -> None:
    await store.subscribe(Chat("telegram", "1"), [ALL], [ALL])
    desk = Desk(store, platforms=["web"])
    await desk.announcer.announce(alone(ALERT))
    assert await store.pending("telegram", 10) == []


async def test_an_alert_that_nobody_knows_the_chats_of_waits_and_is_counted_as_lost_in_the_end(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.announce.RETRY_S", (0.0, 0.0))
    await store.subscribe(ALICE, [ALL], [ALL])
    refusals = [StoreError("gone")] * 5
    audience = store.audience

    async def flaky() -> list[ChatState]:
        if refusals:
            raise refusals.pop()
        return await audience()

    monkeypatch.setattr(store, "audience", flaky)
    desk = Desk(store)
    await desk.announcer.announce(alone(ALERT))
    assert desk.announcer.lost == 1
    assert f"alert {ALERT.id} is lost" in caplog.text
    await desk.announcer.announce(alone(ALERT))
    assert desk.announcer.lost == 1
    assert len(await store.pending("web", 10)) == 1


async def test_alerts_published_on_the_bus_are_announced(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk, bus = Desk(store), LocalBus()
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(desk.announcer.run(bus))
        await asyncio.sleep(0)
        bus.publish(alone(ALERT))
        while not desk.woken:
            await asyncio.sleep(0)
        running.cancel()
    assert [d.key for d in await store.pending("web", 10)] == [ALERT.id]


# --- moves ---------------------------------------------------------------------------------------


async def shown(store: Store) -> dict[str, Message]:
    return {d.key: d.message for d in await store.pending("web", 100)}


async def test_whoever_has_a_message_is_told_how_it_goes_on_in_a_move_of_several_symbols(
    store: Store,
) -> None:
    """Also by an alert of a symbol that the chat does not name."""
    await store.subscribe(ALICE, ["ETHUSDT"], [ALL])
    desk = Desk(store)
    await desk.alert(fall("ETHUSDT", 0, -2.0, excess=1.5))
    second = fall("BTCUSDT", 5, -9.0, excess=30.0)
    await desk.alert(second)
    decided = [(d.chat, d.send, d.reason) for d in await store.decisions(second.id)]
    assert decided == [(ALICE, True, "subscribed")]


async def test_a_move_is_one_message_that_is_edited_until_it_has_calmed_down(
    store: Store,
) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    await desk.alert(fall("ETHUSDT", 0, -2.0))
    whale = msgspec.structs.replace(ALERT, symbol="ETHUSDT", at_ms=NOW + 30_000, excess=1.0)
    await desk.alert(whale)
    await desk.look(180, ETHUSDT=93.0)
    (message,) = (await shown(store)).values()
    assert message.head == "📉 이더리움(ETHUSDT) 급락 · 1분 🔵 ▼ −2.00%"
    assert message.progress == (
        "⏱ 3분째 진행 · 🔵 ▼ −2.00% → −7.00%",
        "함께: 대량 체결 1건",
    )
    await desk.look(480, ETHUSDT=95.0)
    (message,) = (await shown(store)).values()
    assert message.progress == ("✅ 진정됨 · 3분 동안 · 최대 🔵 ▼ −7.00% · 지금 🔵 ▼ −5.00%",)
    assert [d.reason for d in await store.decisions(whale.id)] == ["same_move"]


async def test_each_message_of_a_move_tells_how_far_it_went_from_where_that_message_began(
    store: Store,
) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    first, worse = fall("ETHUSDT", 0, -2.0), fall("ETHUSDT", 60, -4.2, excess=6.0)
    await desk.alert(first)
    await desk.alert(worse)
    await desk.look(120, ETHUSDT=93.2)
    again = fall("ETHUSDT", 125, -6.0, excess=6.5)
    await desk.alert(again)
    found = await shown(store)
    assert "새 알림으로 이어집니다" in found[first.id].progress[0]
    assert found[worse.id].progress[0] == ("⏱ 2분째 진행 · 🔵 ▼ −4.20% → −6.80% · 지금 🔵 ▼ −6.00%")


async def test_whether_the_price_held_after_an_order_is_edited_in(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    await desk.alert(msgspec.structs.replace(ALERT, at_ms=NOW))
    await desk.look(31, BTCUSDT=100_500.0)
    (message,) = (await shown(store)).values()
    assert message.progress == ("30초 뒤 평균 체결가 대비 🔴 ▲ +0.50% · 가격 되돌림",)  # it sold
    desk = Desk(store)
    await desk.alert(
        msgspec.structs.replace(ALERT, id="large_trade:y", symbol="ETHUSDT", at_ms=NOW)
    )
    await desk.look(31, ETHUSDT=100_040.0)
    _, message = (await shown(store)).values()
    assert message.progress[0].endswith("🔴 ▲ +0.04% · 가격 유지")  # nobody calls that a return


async def test_only_an_order_s_own_message_tells_whether_the_price_held_after_it(
    store: Store,
) -> None:
    await store.subscribe(ALICE, [ALL], ["price_jump"])
    desk = Desk(store)
    await desk.alert(msgspec.structs.replace(ALERT, at_ms=NOW, excess=6.0))
    await desk.look(31, BTCUSDT=100_500.0)
    await desk.alert(fall("BTCUSDT", 60, -2.0))
    await desk.look(180, BTCUSDT=94_000.0)
    (message,) = (await shown(store)).values()
    assert "급락" in message.head
    assert message.progress and not any("체결가 대비" in line for line in message.progress)


async def test_the_rate_of_a_sum_in_won_stays_with_it_whatever_is_edited_in(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    desk.rate = Rate(1_392.0, NOW - 15 * 3_600_000, "open.er-api.com")
    await desk.alert(msgspec.structs.replace(ALERT, at_ms=NOW))
    desk.rate = Rate(1_400.0, NOW, "open.er-api.com")
    await desk.look(31, BTCUSDT=100_500.0)
    await store.amend([ALERT.id], lambda said: with_note(said, "AI가 썼습니다."), NOW + 600_000)
    (message,) = (await shown(store)).values()
    assert message.head.endswith("15만 달러(약 2억 900만 원)")
    assert message.progress and message.note == "AI가 썼습니다."
    assert message.foot.endswith("AI 설명 · 은행 환율 1달러 1,392원 (15시간 전 고시)")


async def test_an_explanation_and_the_progress_do_not_undo_each_other(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    first = fall("ETHUSDT", 0, -2.0)
    await desk.alert(first)
    await desk.look(60, ETHUSDT=93.0)
    await store.amend([first.id], lambda said: with_note(said, "AI가 썼습니다."), NOW + 600_000)
    await desk.look(120, ETHUSDT=90.0)
    (message,) = (await shown(store)).values()
    assert (message.note, message.progress[0].startswith("⏱ 2분째")) == ("AI가 썼습니다.", True)
    assert message.foot.endswith("AI 설명")


async def test_a_higher_severity_is_a_new_message_and_the_former_one_says_so(
    store: Store,
) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    mild, hard = fall("ETHUSDT", 0, -2.0), fall("ETHUSDT", 60, -9.0, excess=6.0)
    await desk.alert(mild, hard)
    await desk.look(120, ETHUSDT=80.0)
    found = await shown(store)
    assert found[mild.id].progress[0].startswith("↪ 더 커져 새 알림으로 이어집니다")
    assert found[hard.id].progress[0].startswith("⏱ 2분째 진행")
    assert not found[hard.id].silent


async def test_a_chat_gets_a_move_by_the_first_alert_that_it_asked_for(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], ["large_trade"])
    await store.subscribe(BOB, [ALL], ["price_jump"])
    desk = Desk(store)
    jump = fall("BTCUSDT", 0, -2.0)
    later = msgspec.structs.replace(ALERT, at_ms=NOW + 1_000, excess=1.0)
    again = msgspec.structs.replace(ALERT, id="large_trade:x", at_ms=NOW + 2_000, excess=1.0)
    await desk.alert(jump, later, again)
    assert {(d.chat, d.key) for d in await store.pending("web", 10)} == {
        (BOB, jump.id),
        (ALICE, later.id),
    }
    found = await shown(store)
    assert found[jump.id].progress[-1] == "함께: 대량 체결 2건"
    assert found[later.id].progress[-1] == "함께: 대량 체결 1건, 급등·급락 1건"


async def test_a_falling_market_is_one_message_for_each_chat_and_edits(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    await store.subscribe(BOB, ["S7USDT"], [ALL])
    desk = Desk(store)
    for number in range(30):
        await desk.alert(fall(f"S{number}USDT", number, -2.0 - number / 10))
        await desk.look(number)
    await desk.look(60, S29USDT=90.0)
    first, market = await store.pending("web", 10)
    head = "📉 시장 동반 급락 · 30개 종목 · S29 🔵 ▼ −10.0%, S28 🔵 ▼ −4.8%"
    # The message of the first one has become the list of all.
    assert (first.chat, first.message.head) == (
        ALICE,
        "📉 S0USDT 급락 · 1분 🔵 ▼ −2.00%",
    )
    assert first.message.progress[:3] == (head, "⏱ 1분째 진행", "S29USDT 🔵 ▼ −10.00%")
    assert "외 20개 종목" in first.message.progress
    assert (market.chat, market.message.head) == (BOB, head)
    assert market.message.lines[0] == "S29USDT 🔵 ▼ −10.00%"
    assert market.message.lines[10] == "외 20개 종목"
    assert market.message.note.startswith("29초 사이 30개 종목이 함께 내렸습니다.")
    # Orders go on, the fall does not: what it is said to have lasted never becomes less.
    sold = msgspec.structs.replace(ALERT, id="x", symbol="S29USDT", at_ms=NOW + 190_000, excess=1.0)
    await desk.alert(sold)
    await desk.look(200)
    assert (await shown(store))[first.key].progress[1] == "⏱ 1분째 진행"
    await desk.look(400)
    found = await shown(store)
    assert found[market.key].progress[0] == "✅ 진정됨 · 1분 동안"
    assert found[first.key].progress[1] == "✅ 진정됨 · 1분 동안"


async def test_a_crash_of_three_hundred_symbols_is_two_messages_for_each_chat_in_its_first_minute(
    store: Store,
) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    await store.subscribe(BOB, [ALL], ["price_jump"])
    desk = Desk(store)
    for number in range(300):
        second = number * 0.19
        await desk.alert(fall(f"S{number}USDT", second, -2.0 - number % 7, 1.0 + number / 40))
        await desk.look(second)
        if number == 170:  # critical since a moment
            loud = [d for d in await store.pending("web", 10) if d.severity == "critical"]
            assert {d.chat for d in loud} == {ALICE, BOB}
    due = await store.pending("web", 100)
    assert sorted(d.chat.id for d in due) == ["alice", "alice", "bob", "bob"]


async def test_a_market_that_is_worse_than_its_first_symbol_sounds_after_the_first_minute(
    store: Store,
) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    await store.subscribe(BOB, ["BUSDT"], [ALL])
    desk = Desk(store)
    await desk.alert(fall("AUSDT", 0, -2.0), fall("BUSDT", 1, -4.0, excess=2.5))
    await desk.look(61)
    due = [(d.chat, d.severity) for d in await store.pending("web", 10)]
    assert sorted(due) == [(ALICE, "notice"), (ALICE, "warning"), (BOB, "warning")]


async def test_bitcoin_going_first_is_said(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    for second, symbol in enumerate(("BTCUSDT", "ETHUSDT", "SOLUSDT")):
        await desk.alert(fall(symbol, second, -2.0))
    await desk.look(10)
    assert "비트코인이 먼저 움직였습니다" in list((await shown(store)).values())[-1].progress
    alone_ = msgspec.structs.replace(alone(fall("XRPUSDT", 0, -2.0)), leader_pct=-1.2)
    await desk.announcer.announce(alone_)
    message = (await shown(store))[alone_.id]
    assert message.lines[-1] == "같은 때 비트코인 5분 🔵 ▼ −1.20%"


async def test_that_a_message_is_followed_is_written_with_its_alert_and_not_after_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def later(_key: str, _value: str) -> None:
        pytest.fail("its first messages are sent meanwhile")

    await store.subscribe(ALICE, [ALL], [ALL])
    monkeypatch.setattr(store, "set_meta", later)
    first = fall("ETHUSDT", 0, -2.0)
    await Desk(store).alert(first)
    assert await store.get_meta(META) == json.dumps([first.id])


async def test_messages_of_a_run_before_say_that_nobody_follows_them(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    first = fall("ETHUSDT", 0, -2.0)
    await Desk(store).alert(first)
    bus, desk = LocalBus(), Desk(store)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(desk.announcer.run(bus))
        while not (await shown(store))[first.id].progress:
            await asyncio.sleep(0)
        running.cancel()
    assert (await shown(store))[first.id].progress == (
        "⏹ 봇이 다시 시작되어 이후 변화는 이 메시지에 이어지지 않습니다",
    )


async def test_an_alert_raised_again_after_a_restart_is_followed_and_not_sent_again(
    store: Store,
) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    first = fall("ETHUSDT", 0, -2.0)
    await Desk(store).alert(first)
    desk = Desk(store)
    await desk.alert(first)
    await desk.look(60, ETHUSDT=90.0)
    (message,) = (await shown(store)).values()
    assert message.progress[0].startswith("⏱ 1분째 진행")


async def test_within_a_market_move_each_chat_gets_what_it_asked_for(store: Store) -> None:
    await store.subscribe(ALICE, ["XRPUSDT"], ["large_trade"])
    await store.subscribe(BOB, ["ETHUSDT"], [ALL])
    desk = Desk(store)
    await desk.alert(fall("ETHUSDT", 0, -2.0), fall("XRPUSDT", 1, -2.0))
    whale = msgspec.structs.replace(
        ALERT, id="large_trade:XRPUSDT:1", symbol="XRPUSDT", at_ms=NOW + 2_000, excess=1.0
    )
    await desk.alert(whale)
    due = {(d.chat, d.message.head) for d in await store.pending("web", 10)}
    assert (ALICE, "🐳 리플(XRPUSDT) 대량 매도 체결 · 15만 달러") in due
    assert len([chat for chat, _ in due if chat == ALICE]) == 1
    (mine,) = [d.message for d in await store.pending("web", 10) if d.chat == BOB]
    assert mine.head.startswith("📉 이더리움(ETHUSDT)")
    assert mine.progress[0].startswith("📉 시장 동반 급락 · 2개 종목")


async def test_a_message_becomes_the_list_though_the_database_refuses_for_a_moment(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    first = fall("ETHUSDT", 0, -2.0)
    await desk.alert(first)
    amend, failures = store.amend, [StoreError("locked")]

    async def fails_once(*args: Any) -> int:
        if failures:
            raise failures.pop()
        return await amend(*args)

    monkeypatch.setattr(store, "amend", fails_once)
    await desk.alert(fall("XRPUSDT", 1, -3.0))
    await desk.alert(fall("SOLUSDT", 2, -3.0))
    await desk.look(10)
    assert desk.unrecorded.behind
    await desk.unrecorded.settle()
    (message,) = (await shown(store)).values()
    assert message.progress[0].startswith("📉 시장 동반 급락 · 3개 종목")
    assert not failures


async def test_a_chat_with_two_messages_of_what_moves_together_has_the_list_in_the_first(
    store: Store,
) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    await store.subscribe(BOB, [ALL], ["large_trade"])
    desk = Desk(store)
    first = fall("ETHUSDT", 0, -2.0)
    whale = msgspec.structs.replace(ALERT, symbol="XRPUSDT", at_ms=NOW, excess=1.0)
    await desk.alert(first, whale, fall("XRPUSDT", 2, -3.0))
    await desk.look(10)
    found = {(d.chat, d.key): d.message.progress for d in await store.pending("web", 10)}
    assert found.keys() == {(ALICE, first.id), (ALICE, whale.id), (BOB, whale.id)}
    assert found[ALICE, first.id][0].startswith("📉 시장 동반 급락 · 2개 종목")
    assert found[ALICE, whale.id] == ("↪ 여러 종목이 함께 움직여 시장 알림으로 이어집니다",)
    assert "이어집니다" not in str(found[BOB, whale.id])


async def test_a_former_message_lives_on_for_those_who_get_no_new_one(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    await store.subscribe(BOB, [ALL], ["large_trade"])
    desk = Desk(store)
    whale = msgspec.structs.replace(ALERT, symbol="ETHUSDT", at_ms=NOW, excess=1.0)
    await desk.alert(whale, fall("ETHUSDT", 1, -9.0, excess=6.0))
    await desk.look(120, ETHUSDT=80.0)
    (mine,) = [d.message for d in await store.pending("web", 10) if d.chat == BOB]
    assert "⏱ 2분째 진행" in "".join(mine.progress)


async def test_what_gets_critical_in_the_first_minute_sounds_at_once(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    await desk.alert(fall("AUSDT", 0, -2.0), fall("BUSDT", 1, -2.0))
    await desk.alert(fall("BTCUSDT", 25, -9.0, excess=9.0))
    first, loud = sorted(await store.pending("web", 10), key=lambda d: d.id)
    assert loud.severity == "critical" and not loud.message.silent
    assert "BTC" in loud.message.head
    assert first.message.progress[0].startswith("↪ 더 커져")
    await desk.look(90)
    assert len(await store.pending("web", 10)) == 2


async def test_each_chat_s_former_message_points_to_its_own_new_one(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    await store.subscribe(BOB, [ALL], [ALL])
    await store.preferences.change(
        BOB, lambda had: msgspec.structs.replace(had, thresholds={"price_jump": Threshold(4.0)})
    )
    desk = Desk(store)
    mild, hard = fall("ETHUSDT", 0, -3.0, excess=4.0), fall("ETHUSDT", 60, -6.0, excess=6.0)
    await desk.alert(mild, hard)
    await desk.look(120, ETHUSDT=80.0)
    found = {(d.chat, d.key): d.message.progress[0] for d in await store.pending("web", 10)}
    assert found.keys() == {(ALICE, mild.id), (ALICE, hard.id), (BOB, mild.id)}
    assert found[ALICE, mild.id].startswith("↪ 더 커져 새 알림으로 이어집니다")
    assert found[ALICE, hard.id].startswith("⏱ 2분째 진행")
    assert found[BOB, mild.id].startswith("⏱ 2분째 진행")  # for it, it is no worse
    await desk.look(420, ETHUSDT=80.0)
    found = {(d.chat, d.key): d.message.progress[0] for d in await store.pending("web", 10)}
    assert found[ALICE, mild.id].startswith("↪ 더 커져 새 알림으로 이어집니다")
    assert found[BOB, mild.id].startswith("✅ 진정됨")


async def test_a_failed_edit_does_not_keep_an_escalation_from_being_sent(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    desk = Desk(store)
    mild, hard = fall("ETHUSDT", 0, -2.0), fall("ETHUSDT", 60, -9.0, excess=6.0)
    await desk.alert(mild)
    amend, failures, woken = store.amend, [StoreError("locked")], desk.woken

    async def fails_once(*args: Any) -> int:
        if failures:
            raise failures.pop()
        return await amend(*args)

    monkeypatch.setattr(store, "amend", fails_once)
    await desk.alert(hard)
    assert desk.woken > woken
    await desk.unrecorded.settle()
    await desk.look(120, ETHUSDT=80.0)
    found = await shown(store)
    assert found[mild.id].progress[0].startswith("↪ 더 커져")
    assert found[hard.id].progress[0].startswith("⏱ 2분째")
