"""What a day would have come to: the live rules over recorded alerts, and nothing is changed."""

import time

import msgspec
import pytest
from desk import NOW, Desk
from fakes import CHAT, MINUTE_MS, large_trade

from bot.model import ChatSettings, ChatState, Quiet, StoredAlert, Subscription, Threshold
from bot.preview import preview
from bot.store import Store, open_store
from pipeline.model import ALL, PriceJump

STATE = ChatState(CHAT, subscriptions=(Subscription(CHAT, ALL, ALL),))


def with_settings(**changes: object) -> ChatState:
    return msgspec.structs.replace(STATE, settings=ChatSettings(**changes))  # type: ignore[arg-type]


def trade(dollars: float, minute: float, symbol: str = "BTCUSDT", side: str = "buy") -> StoredAlert:
    return large_trade(symbol, side, dollars, NOW + int(minute * MINUTE_MS))  # type: ignore[arg-type]


def jump(symbol: str, change_pct: float, minute: float, excess: float = 1.0) -> StoredAlert:
    at_ms = NOW + int(minute * MINUTE_MS)
    alert = PriceJump(
        id=f"price_jump:{symbol}:{at_ms}", symbol=symbol, at_ms=at_ms, excess=excess,
        direction="up" if change_pct > 0 else "down", change_pct=change_pct, window_s=60,
        price=100.0 + change_pct, from_price=100.0, zscore=8.0, usual_pct=0.5,
    )  # fmt: skip
    return StoredAlert(alert, at_ms)


def sizes(stored: list[StoredAlert], state: ChatState) -> list[float]:
    return [round(one.alert.excess, 2) for one in preview(stored, state).sent]


def test_only_what_is_subscribed_to_counts() -> None:
    state = msgspec.structs.replace(
        STATE, subscriptions=(Subscription(CHAT, "ETHUSDT", "large_trade"),)
    )
    stored = [trade(60_000, 0), trade(70_000, 1, "ETHUSDT"), jump("ETHUSDT", 4.0, 60)]
    seen = preview(stored, state)
    assert [one.alert.symbol for one in seen.sent] == ["ETHUSDT"]
    assert seen.withheld == {"not_subscribed": 2}


def test_a_threshold_filters_and_decides_over_the_severity() -> None:
    stored = [trade(60_000, 0), trade(600_000, 90, "ETHUSDT"), trade(200_000, 180, "SOLUSDT")]
    seen = preview(stored, with_settings(thresholds={"large_trade": Threshold(3.0)}))
    assert [(one.alert.symbol, one.severity) for one in seen.sent] == [
        ("ETHUSDT", "warning"),
        ("SOLUSDT", "notice"),
    ]
    assert seen.withheld == {"below_threshold": 1}


def test_a_kind_that_is_off_quiet_hours_and_late_news_are_told_apart() -> None:
    late = msgspec.structs.replace(trade(90_000, 200, "SOLUSDT"), recorded_ms=NOW + 60 * 3_600_000)
    seen = preview(
        [jump("ETHUSDT", 4.0, 0), late],
        with_settings(off=("price_jump",)),
    )
    assert seen.withheld == {"kind_off": 1, "stale": 1}
    quiet = with_settings(quiet=Quiet("17:00", "19:00", tuple(range(7)), "Asia/Seoul"))
    seen = preview([trade(60_000, 1), trade(900_000, 2, "ETHUSDT")], quiet)
    assert [one.alert.symbol for one in seen.sent] == ["ETHUSDT"]  # what is critical comes
    assert seen.withheld == {"quiet": 1}


def test_alerts_of_one_move_are_one_message() -> None:
    stored = [jump("ETHUSDT", 2.0, 0), jump("ETHUSDT", 2.1, 0.5), trade(60_000, 0.6, "ETHUSDT")]
    seen = preview(stored, STATE)
    assert len(seen.sent) == 1
    assert seen.withheld == {"same_move": 2}


def test_a_move_that_has_calmed_down_is_no_longer_the_same() -> None:
    assert len(preview([jump("ETHUSDT", 2.0, 0), jump("ETHUSDT", 2.0, 120)], STATE).sent) == 2


def test_a_cooldown_counts_from_what_was_sent() -> None:
    stored = [trade(60_000, minute) for minute in (0, 20, 40, 60)]
    assert len(preview(stored, STATE).sent) == 4
    seen = preview(stored, with_settings(cooldown_s=30 * 60))
    assert [one.at_ms for one in seen.sent] == [NOW, NOW + 40 * MINUTE_MS]
    assert seen.withheld == {"chat_cooldown": 2}


def test_a_daily_limit_lets_the_largest_through() -> None:
    stored = [
        trade(dollars, 90 * number, f"C{number}USDT")
        for number, dollars in enumerate((60_000, 70_000, 65_000, 80_000, 62_000))
    ]
    limited = msgspec.structs.replace(STATE, daily_limit=2)
    assert sizes(stored, limited) == [1.4, 1.6]
    assert preview(stored, limited).withheld == {"held": 3}


def test_what_was_muted_counts_as_if_it_had_not_been() -> None:
    muted = msgspec.structs.replace(STATE, active=False, muted={ALL: NOW * 2})
    assert len(preview([trade(60_000, 0)], muted).sent) == 1


def test_alerts_may_be_given_in_any_order_and_nothing_of_them_is_changed() -> None:
    stored = [trade(60_000 + 1_000 * n, 90 * n, f"C{n}USDT") for n in range(6)]
    assert preview(stored, STATE) == preview(stored[::-1], STATE)


def test_a_day_of_thousands_of_alerts_is_counted_in_less_than_two_seconds() -> None:
    stored = [trade(60_000 + n, n / 4, f"C{n % 400}USDT") for n in range(5_760)]
    began_s = time.process_time()
    assert preview(stored, STATE).sent
    assert time.process_time() - began_s < 2


@pytest.fixture
async def store() -> "Store":
    async with open_store("sqlite+aiosqlite:///:memory:") as opened:
        yield opened


@pytest.mark.parametrize(
    "settings",
    [
        ChatSettings(),
        ChatSettings(thresholds={"large_trade": Threshold(2.0)}),
        ChatSettings(cooldown_s=1_800),
    ],
)
async def test_it_says_what_the_announcer_really_sends(
    store: Store, settings: ChatSettings
) -> None:
    """The same alerts, once through the live stages and once foreseen from what they recorded."""
    desk = Desk(store, platforms=(CHAT.platform,))
    await store.subscribe(CHAT, (ALL,), (ALL,))
    await store.preferences.change(CHAT, lambda had: settings)
    stored = [
        trade(60_000, 0),
        trade(300_000, 0.1),
        jump("ETHUSDT", 2.0, 3),
        jump("ETHUSDT", 3.0, 3.5, 2.5),
        trade(90_000, 20),
        trade(120_000, 30),
        jump("SOLUSDT", -3.0, 45),
        trade(70_000, 45.2, "SOLUSDT", "sell"),
        trade(800_000, 70, "XRPUSDT"),
        jump("BTCUSDT", -2.0, 90),
        jump("ETHUSDT", -3.0, 90.1),
        trade(70_000, 90.2, "DOGEUSDT", "sell"),
        jump("DOGEUSDT", -3.0, 90.3),
        jump("XRPUSDT", -9.0, 90.4, 6.0),
        jump("SOLUSDT", -9.0, 90.5, 6.0),
    ]
    for row in stored:
        await desk.look((row.alert.at_ms - NOW) / 1000)
        await desk.alert(row.alert)
    found = await store.recent(ALL, None, 0, 100)
    state = await store.chat(CHAT)
    foreseen = preview(found, state)
    sent = {
        decision.alert_id
        for row in found
        for decision in await store.decisions(row.alert.id)
        if decision.send
    }
    assert {one.alert.id for one in foreseen.sent} == sent
    assert len(sent) > 3


async def test_a_market_move_that_gets_worse_is_foreseen_as_often_as_it_is_told(
    store: Store,
) -> None:
    """Also where no alert tells it again, but the end of its first minute."""
    desk = Desk(store, platforms=(CHAT.platform,))
    await store.subscribe(CHAT, (ALL,), ("price_jump",))
    stored = [
        jump("ETHUSDT", -2.0, 0),
        jump("SOLUSDT", -2.0, 0.05),
        jump("XRPUSDT", -3.0, 0.2, 2.5),
        jump("DOGEUSDT", -3.0, 0.3, 2.6),
        jump("ADAUSDT", -3.0, 1.5, 1.0),
        jump("ADAUSDT", -3.0, 30, 1.0),
    ]
    looked_s = 0
    for row in stored:
        while NOW + looked_s * 1000 <= row.alert.at_ms:
            await desk.look(looked_s)
            looked_s += 1
        await desk.alert(row.alert)
    foreseen = preview(await store.recent(ALL, None, 0, 100), await store.chat(CHAT))
    sent = await store.pending(CHAT.platform, 99)
    assert len(foreseen.sent) == len(sent)
    assert sorted(one.severity for one in foreseen.sent) == sorted(d.severity for d in sent)
    told_again = {delivery.key for delivery in sent} - {row.alert.id for row in stored}
    assert any(key.rpartition(":")[2].isdigit() for key in told_again), told_again
