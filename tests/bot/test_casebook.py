"""What became of an alert can be asked of the store, by the short name on its button."""

import msgspec

from bot.compose import alert_message
from bot.insight import LiveInsight
from bot.model import Chat, Decision, Handover, short_ref
from bot.store import Recorded, open_store
from pipeline.gate import TURNED, Gate
from pipeline.gate import Settings as GateSettings
from pipeline.market import Market
from pipeline.model import LargeTrade, Trade
from pipeline.watch import Watch

NOW = 1_768_176_201_000
ALICE = Chat("web", "alice")
ALERT = LargeTrade(
    id=f"large_trade:BTCUSDT:{NOW}:buy",
    symbol="BTCUSDT",
    at_ms=NOW,
    excess=3.0,
    side="buy",
    quantity=1.5,
    price=100_000.0,
    notional=150_000.0,
    fills=1,
    first_ms=NOW,
    last_ms=NOW,
    slippage_bp=None,
    percentile=None,
    per_day=None,
    change_1m_pct=None,
    rare=True,
)


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
        ref = await book.named(ALICE, "77")
        assert button.command == f"/why #{ref}" == f"/why #{short_ref(ALERT.id)}"
        found = await book.alert(ref)
        assert found is not None
        assert found.alert == ALERT
        assert await book.alert("") is None
        assert await book.named(Chat("web", "bob"), "77") == ""
        assert await book.decision(ALICE, ALERT.id) == decision
        assert await book.handover(ALICE, ALERT.id) == Handover("sent", NOW, NOW + 300, 0)
        assert [d for _, d in await book.decided(ALICE, "BTCUSDT", NOW, 5)] == [decision]
        assert await book.decided(ALICE, "ETHUSDT", NOW, 5) == []


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
