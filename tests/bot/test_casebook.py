"""What became of an alert can be asked of the store, by the short name on its button."""

import msgspec
from orders import order

from bot.compose import alert_message, why_button
from bot.insight import LiveInsight
from bot.model import Chat, Decision, Handover, Message, short_ref
from bot.store import Notice, Recorded, open_store
from pipeline.gate import TURNED, Gate
from pipeline.gate import Settings as GateSettings
from pipeline.market import Market
from pipeline.model import Quote, Trade
from pipeline.watch import Watch

NOW = 1_768_176_201_000
ALICE = Chat("web", "alice")
ALERT = order(NOW, fills=1)


async def test_an_alert_is_found_by_its_button_and_by_the_message_that_told_it() -> None:
    async with open_store("sqlite+aiosqlite://", clock=lambda: NOW) as store:
        message = alert_message(ALERT, None, note="자동 설명입니다.", by="template")
        decision = Decision(ALERT.id, ALICE, True, "subscribed")
        await store.record([Recorded(ALERT, [decision], [(ALICE, message, NOW + 1)])], NOW)
        (delivery,) = await store.pending("web", 1)
        await store.mark_sent(delivery.id, 1, "77", NOW + 300)
        book = store.casebook
        (button,) = (b for row in message.buttons for b in row if b.command.startswith("/why"))
        assert len(button.command.encode()) <= 60
        assert button.command == f"/why #{short_ref(ALERT.id)}"
        told = await book.told_by(ALICE, "77")
        found = await book.alert(short_ref(ALERT.id))
        assert found is not None
        assert found.alert == ALERT
        assert told == found
        assert await book.alert("") is None
        for chat, ref in ((Chat("web", "bob"), "77"), (ALICE, ""), (ALICE, "7' OR 1=1")):
            assert await book.told_by(chat, ref) is None
        assert await book.decision(ALICE, ALERT.id) == decision
        handover = Handover("sent", NOW, NOW + 300, 0, NOW + 300)
        assert await book.handover(ALICE, ALERT.id) == handover
        await store.revise(ALERT.id, Message("고쳤습니다"), NOW + 90_000)
        await store.mark_sent(delivery.id, 2, "77", NOW + 60_000)
        edited = Handover("sent", NOW, NOW + 60_000, 0, NOW + 300)
        assert await book.handover(ALICE, ALERT.id) == edited, "an edit is no second sending"
        assert [d for _, d in await book.decided(ALICE, "BTCUSDT", NOW, 5)] == [decision]
        assert await book.decided(ALICE, "ETHUSDT", NOW, 5) == []


async def test_a_message_of_the_market_is_about_the_alert_on_its_button_a_notice_about_none() -> (
    None
):
    topic, elsewhere = Chat("telegram", "-100", "7"), Chat("telegram", "-100")
    async with open_store("sqlite+aiosqlite://", clock=lambda: NOW) as store:
        market = Message("📉 시장 동반 급락", buttons=((why_button(ALERT),),), key="market:1")
        told = Recorded(ALERT, (), [(topic, market, NOW + 1)], "market:1")
        await store.record([told], NOW)
        outage = Notice(topic, "outage:1", Message("⚠️"), "notice", NOW, NOW + 1)
        await store.enqueue([outage])
        for delivery in await store.pending("telegram", 9):
            await store.mark_sent(delivery.id, 1, f"ref of {delivery.key}", NOW)
        for chat in (topic, elsewhere):  # a reply may come without its forum's topic
            found = await store.casebook.told_by(chat, "ref of market:1")
            assert found is not None
            assert found.alert == ALERT
            assert await store.casebook.told_by(chat, "ref of outage:1") is None


def test_the_gate_remembers_a_bounded_number_of_what_it_did_not_let_pass() -> None:
    gate = Gate(GateSettings())
    assert gate.judge(ALERT) == "pass"
    for i in range(1, 4):
        gate.judge(msgspec.structs.replace(ALERT, at_ms=NOW + i, excess=3.0 + i / 10))
    (turned,) = gate.turned("BTCUSDT")
    assert (turned.verdict, turned.count, turned.alert.excess) == ("cooldown", 3, 3.3)
    for minute in range(1, 100):
        at_ms = NOW + minute * 60_000
        gate.judge(msgspec.structs.replace(ALERT, at_ms=at_ms, rare=False))
    assert len(gate.turned("BTCUSDT")) == TURNED
    gate.forget("BTCUSDT")
    assert gate.turned("BTCUSDT") == ()


def test_what_was_measured_is_the_largest_order_and_the_largest_move_of_the_hour() -> None:
    watch = Watch(Market())
    insight = LiveInsight(watch, lambda: {"BTCUSDT"})
    assert not insight.near("ETHUSDT", NOW).watched
    assert insight.near("BTCUSDT", NOW).last_ms is None
    for minute in range(12):
        at_ms = NOW + minute * 60_000
        price = 101.0 if minute == 6 else 100.0
        watch.on(Trade("BTCUSDT", minute, price, 20.0 + minute, at_ms, buyer_is_maker=False))
    near = insight.near("BTCUSDT", NOW)
    assert near.last_ms == NOW + 11 * 60_000
    assert near.order == 30.0 * 100.0  # the newest trade's order may still grow
    assert near.order_floor == 50_000.0
    assert near.move_pct is not None
    assert round(near.move_pct, 2) == 1.0
    assert near.move_needed_pct is not None
    assert near.move_needed_pct >= 3.0
    others = {one.kind: one for one in near.others}
    assert set(others) == {"pump", "volume_surge", "spread", "book_imbalance", "kimchi"}
    assert others["pump"].measured is not None
    assert round(others["pump"].measured, 2) == 1.0
    assert (others["pump"].needed, others["pump"].wait_s) == (3.0, 3_600.0 - 10 * 60)
    assert others["volume_surge"].wait_s == 21_600.0, "half hours count once they are over"
    assert others["volume_surge"].measured == 2_500 + 26 * 101 + 2_700 + 2_800 + 2_900
    assert others["spread"].measured is None
    assert others["spread"].wait_s == others["book_imbalance"].wait_s == 300.0
    for second in range(400):
        wide = 100.2 if second == 200 else 100.05
        quote_ms = NOW + 12 * 60_000 + second * 1_000
        watch.on(Quote("BTCUSDT", 100.0, 1.0, wide, 1.0, second + 1, quote_ms))
    (spread,) = (o for o in insight.near("BTCUSDT", NOW).others if o.kind == "spread")
    assert spread.wait_s == 0.0
    assert spread.measured is not None
    assert spread.needed is not None
    assert round(spread.measured) == 20 < round(spread.needed) == 25
