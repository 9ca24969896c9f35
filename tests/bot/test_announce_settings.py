"""Alerts on their way to chats that have settings of their own."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from desk import NOW, Desk, fall

from bot.elaborate import Elaborator
from bot.erase import ChatEraser
from bot.model import Chat, ChatSettings, Delivery, Quiet, Threshold
from bot.store import Store, open_store
from pipeline.model import ALL, AnyAlert, BookImbalance, LargeTrade
from pipeline.moves import alone

QUIET = Quiet("17:00", "18:00")
PLAIN, OWN, OTHER = (Chat("web", name) for name in ("plain", "own", "other"))


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite:///:memory:", clock=lambda: NOW) as opened:
        for chat in (PLAIN, OWN):
            await opened.subscribe(chat, [ALL], [ALL])
        yield opened


async def prefer(store: Store, chat: Chat = OWN, **changed: Any) -> None:
    await store.preferences.change(chat, lambda had: msgspec.structs.replace(had, **changed))


def whale(excess: float, at_s: float = 0, *, rare: bool = True) -> LargeTrade:
    at_ms = NOW + int(at_s * 1000)
    return LargeTrade(
        id=f"large_trade:BTCUSDT:{at_ms}", symbol="BTCUSDT", at_ms=at_ms, excess=excess,
        side="sell", quantity=1.0, price=1e5, notional=1e5, fills=1, first_ms=at_ms,
        last_ms=at_ms, slippage_bp=None, percentile=None, per_day=None, change_1m_pct=None,
        rare=rare,
    )  # fmt: skip


def wall(symbol: str, at_s: float) -> BookImbalance:
    at_ms = NOW + int(at_s * 1000)
    return BookImbalance(
        id=f"book_imbalance:{symbol}:{at_ms}", symbol=symbol, at_ms=at_ms, excess=1.0,
        what="wall_appeared", side="bid", price=99.0, notional=1e6, times_usual=20.0,
        share_pct=50.0, held_s=10.0, distance_bp=5.0,
    )  # fmt: skip


async def got(store: Store, chat: Chat) -> list[Delivery]:
    return [d for d in await store.pending("web", 100) if d.chat == chat]


async def reasons(store: Store, alert: AnyAlert) -> dict[Chat, str]:
    return {d.chat: d.reason for d in await store.decisions(alert.id)}


async def test_severity_and_sound_are_by_the_threshold_of_each_chat(store: Store) -> None:
    await prefer(store, thresholds={"price_jump": Threshold(3.0)})
    await Desk(store).alert(fall("ETHUSDT", 0, -9.0, excess=5.4))
    ((plain,), (own,)) = await got(store, PLAIN), await got(store, OWN)
    assert "· 긴급 ·" in plain.message.foot and not plain.message.silent
    assert "· 주의 ·" in own.message.foot and own.message.silent


async def test_a_market_move_is_as_severe_as_the_threshold_of_each_chat_makes_it(
    store: Store,
) -> None:
    await prefer(store, thresholds={"price_jump": Threshold(3.0)})
    desk = Desk(store)
    for number in range(6):
        await desk.alert(fall(f"S{number}USDT", number, -5.0, excess=3.3))
        await desk.look(number)
    plain, own = await got(store, PLAIN), await got(store, OWN)
    assert [("· 경고 ·" in d.message.foot, d.message.silent) for d in plain] == [(True, False)]
    assert [("· 주의 ·" in d.message.foot, d.message.silent) for d in own] == [(True, True)]
    await desk.alert(fall("S9USDT", 8, -9.0, excess=5.5))
    for second in range(9, 200):
        await desk.look(second)
    plain, own = await got(store, PLAIN), await got(store, OWN)
    assert sorted("· 긴급 ·" in d.message.foot for d in plain) == [False, True]
    (one,) = own  # for this chat it is no worse: its message is edited, and nothing rings
    assert "· 주의 ·" in one.message.foot and "7개 종목" in one.message.progress[0]


async def test_below_its_threshold_a_chat_gets_nothing_and_the_reason_is_kept(
    store: Store,
) -> None:
    await prefer(store, thresholds={"price_jump": Threshold(5.0, "percent")})
    small, large = fall("ETHUSDT", 0, -4.9, 3.0), fall("XRPUSDT", 400, -5.1, 3.0)
    desk = Desk(store)
    await desk.alert(small)
    assert await reasons(store, small) == {PLAIN: "subscribed", OWN: "below_threshold"}
    await desk.alert(large)
    assert await reasons(store, large) == {PLAIN: "subscribed", OWN: "subscribed"}


async def test_a_move_that_grows_above_a_chat_s_threshold_reaches_it_then_and_lives_on(
    store: Store,
) -> None:
    await prefer(store, thresholds={"price_jump": Threshold(6.0)})
    desk = Desk(store)
    await desk.alert(fall("ETHUSDT", 0, -3.0, excess=5.0), fall("ETHUSDT", 60, -6.0, excess=6.5))
    assert len(await got(store, PLAIN)) == 1  # critical before and after: edited
    (own,) = await got(store, OWN)
    assert "−6.00%" in own.message.head
    await desk.look(130, ETHUSDT=88.0)
    (own,) = await got(store, OWN)
    assert own.message.progress[0].startswith("⏱ 2분")


async def test_a_chat_is_told_again_when_the_severity_rises_against_its_own_threshold(
    store: Store,
) -> None:
    await prefer(store, thresholds={"price_jump": Threshold(3.0)})
    desk = Desk(store)
    await desk.alert(fall("ETHUSDT", 0, -5.0, excess=5.2))
    (before,) = await got(store, OWN)
    assert before.message.silent
    await desk.alert(fall("ETHUSDT", 70, -8.0, excess=8.0))
    assert len(await got(store, PLAIN)) == 1  # no doubling, critical before: no second message
    _, after = await got(store, OWN)
    assert "· 경고 ·" in after.message.foot and not after.message.silent
    await desk.alert(fall("ETHUSDT", 140, -12.0, excess=11.0))
    assert len(await got(store, PLAIN)) == 2  # twice the largest
    assert len(await got(store, OWN)) == 2  # still 경고 for it: edited


async def test_of_a_market_move_a_chat_reads_what_reaches_its_threshold_and_the_kinds_it_takes(
    store: Store,
) -> None:
    await store.subscribe(OTHER, [ALL], [ALL, "book_imbalance"])
    await prefer(store, thresholds={"price_jump": Threshold(3.0, "percent")}, off=("large_trade",))
    desk = Desk(store)
    sold = msgspec.structs.replace(whale(1.0, 2), symbol="XRPUSDT")
    await desk.alert(fall("SUIUSDT", 0, -2.0), fall("XRPUSDT", 1, -4.0), sold, wall("XRPUSDT", 3))
    await desk.look(10)
    (plain,), (own,), (other,) = [await got(store, chat) for chat in (PLAIN, OWN, OTHER)]
    assert own.message.head == "📉 시장 동반 급락 · 2개 종목 · XRP 🔵 ▼ −4.0%"
    assert own.message.lines[:2] == (
        "리플(XRPUSDT) 🔵 ▼ −4.00%",
        "외 1개 종목(이 채팅의 기준보다 작은 종목 포함)",
    )
    assert "함께" not in str(own.message.lines)
    assert "함께: 대량 체결 1건" in plain.message.progress
    assert "수이(SUIUSDT) 🔵 ▼ −2.00%" in plain.message.progress
    assert "함께: 호가벽·쏠림 1건, 대량 체결 1건" in other.message.progress
    await desk.alert(fall("BTCUSDT", 40, -9.0, 6.0))  # and so it is in the next one, and its edits
    await desk.look(50)
    (market,) = [d.message for d in await got(store, OWN) if d.severity == "critical"]
    assert market.head.endswith("3개 종목 · BTC 🔵 ▼ −9.0%, XRP 🔵 ▼ −4.0%")
    assert "SUI" not in str(market.body) and "함께:" not in str(market.body)


async def test_a_chat_that_takes_no_price_jumps_reads_of_no_other_symbols(store: Store) -> None:
    await prefer(store, off=("price_jump",))
    desk = Desk(store)
    sold = msgspec.structs.replace(whale(1.0, 0), symbol="XRPUSDT")
    await desk.alert(sold, *(fall(f"{base}USDT", n, -2.0) for n, base in enumerate(("SUI", "XRP"))))
    await desk.alert(fall("BTCUSDT", 2, -2.0))
    await desk.look(9)
    (own,) = await got(store, OWN)
    assert own.message.head.startswith("🐳 리플(XRPUSDT)")
    assert own.message.progress == ("⏱ 시장 동반 급락 2초째 진행",)
    # Another coin's order is another thing, a far larger one as well; no list of the market comes.
    for n, excess in enumerate((1.2, 1.4, 6.0)):
        await desk.alert(msgspec.structs.replace(whale(excess, 10), id=f"{n}", symbol="SUIUSDT"))
    await desk.look(70)
    assert any("시장 동반" in d.message.head for d in await got(store, PLAIN))
    heads = [d.message.head.split("(")[0] for d in await got(store, OWN)]
    assert sorted(heads) == ["🐳 리플", "🐳 수이", "🐳 수이"]
    # Nor does a message say that it goes on in one that does not come.
    await desk.alert(msgspec.structs.replace(whale(9.0, 80), id="eth", symbol="ETHUSDT"))
    await desk.alert(fall("ETHUSDT", 81, -3.0))
    assert not any("시장 알림" in str(d.message.progress) for d in await got(store, OWN))
    assert any("시장 알림" in str(d.message.progress) for d in await got(store, PLAIN))


async def test_words_are_made_once_for_chats_that_read_the_same(store: Store) -> None:
    await store.subscribe(OTHER, [ALL], [ALL])
    await prefer(store, OWN, colours="global")
    await prefer(store, OTHER, colours="global")
    await Desk(store).alert(fall("ETHUSDT", 0, -5.0))
    heads = {chat: (await got(store, chat))[0].message.head for chat in (PLAIN, OWN, OTHER)}
    assert heads[PLAIN].endswith("🔵 ▼ −5.00%")
    assert heads[OWN] == heads[OTHER]
    assert heads[OWN].endswith("🔴 ▼ −5.00%")


async def test_edits_keep_the_colours_and_the_silence_of_each_copy(store: Store) -> None:
    await prefer(store, colours="global")
    desk = Desk(store)
    await desk.alert(fall("ETHUSDT", 0, -2.0))
    await desk.look(130, ETHUSDT=90.0)
    ((plain,), (own,)) = await got(store, PLAIN), await got(store, OWN)
    assert "🔵 ▼ −2.00% → −10.00%" in plain.message.progress[0]
    assert "🔴 ▼ −2.00% → −10.00%" in own.message.progress[0]
    await desk.look(500, ETHUSDT=90.0)
    (own,) = await got(store, OWN)
    assert own.message.progress[0].startswith("✅ 진정됨")
    assert "🔵" not in str(own.message)


async def test_a_market_move_keeps_the_colours_of_each_copy_through_its_edits(
    store: Store,
) -> None:
    await prefer(store, colours="global", ai=False)
    desk = Desk(store)
    await desk.alert(*(fall(f"{base}USDT", n, -3.0) for n, base in enumerate(("ETH", "XRP"))))
    await desk.alert(fall("SOLUSDT", 20, -4.0))
    await desk.look(30, SOLUSDT=95.0)
    (own,) = await got(store, OWN)
    assert "3개 종목 · SOL 🔴 ▼ −5.0%" in own.message.progress[0]
    assert (own.message.colours, own.message.own_words) == ("global", True)
    await desk.alert(fall("BTCUSDT", 31, -9.0, excess=6.0))
    await desk.look(40, SOLUSDT=93.0)
    (market,) = [d for d in await got(store, OWN) if d.key.startswith("market:")]
    assert "4개 종목 · BTC 🔴 ▼ −9.0%, SOL 🔴 ▼ −7.0%" in market.message.head
    assert (market.message.colours, market.message.own_words) == ("global", True)
    assert all("🔵" not in str(d.message) for d in await got(store, OWN))


@pytest.mark.parametrize(("loud", "silent"), [(False, True), (True, False)])
async def test_in_quiet_hours_only_what_is_critical_comes_and_sounds_only_where_it_may(
    store: Store, loud: bool, silent: bool
) -> None:
    await prefer(store, quiet=msgspec.structs.replace(QUIET, loud=loud))
    mild, hard = fall("ETHUSDT", 0, -3.0, 3.0), fall("XRPUSDT", 100, -9.0, 6.0)
    desk = Desk(store)
    await desk.alert(mild)
    assert await reasons(store, mild) == {PLAIN: "subscribed", OWN: "quiet"}
    await desk.alert(hard)
    (own,) = await got(store, OWN)
    assert own.message.silent is silent
    assert not (await got(store, PLAIN))[-1].message.silent


async def test_a_market_move_that_gets_critical_at_night_comes_without_a_sound(
    store: Store,
) -> None:
    await prefer(store, quiet=QUIET)
    desk = Desk(store)
    await desk.alert(
        fall("ETHUSDT", 0, -9.0, 6.0),
        fall("XRPUSDT", 1, -9.0, 6.0),
        fall("BTCUSDT", 30, -9.0, 13.0),
    )
    await desk.look(95)
    assert any(not d.message.silent for d in await got(store, PLAIN))
    own = await got(store, OWN)
    assert own and all(d.message.silent for d in own)


async def test_a_message_that_merges_into_a_market_move_tells_of_that_even_in_quiet_hours(
    store: Store,
) -> None:
    await prefer(store, quiet=QUIET)
    desk = Desk(store)
    hard, mild = fall("ETHUSDT", 0, -9.0, 6.0), fall("XRPUSDT", 5, -3.0, 1.0)
    await desk.alert(hard, mild)
    for chat in (PLAIN, OWN):
        (message,) = [d.message for d in await got(store, chat)]
        assert message.progress[0].startswith("📉 시장 동반 급락 · 2개 종목 · ETH 🔵 ▼ −9.0%")
        assert message.silent is (chat == OWN)


async def test_in_quiet_hours_no_market_move_comes_that_is_not_said_to_be_critical(
    store: Store,
) -> None:
    await prefer(store, quiet=QUIET)
    desk = Desk(store)
    sold = msgspec.structs.replace(whale(1.0, 3), symbol="XRPUSDT")
    mild, other = fall("ETHUSDT", 0, -3.0, 1.0), fall("XRPUSDT", 5, -3.0, 1.0)
    await desk.alert(mild, sold, other, fall("SOLUSDT", 8, -3.0, 4.0))
    assert await got(store, OWN) == []
    await desk.alert(fall("BTCUSDT", 9, -9.0, 6.0))
    (own,) = await got(store, OWN)
    assert "· 긴급 ·" in own.message.foot


async def test_what_came_within_a_message_is_not_told_at_the_end_of_quiet_hours_as_well(
    store: Store,
) -> None:
    await prefer(store, quiet=QUIET)
    desk = Desk(store)
    later = fall("SOLUSDT", 8, -3.0, 1.5)
    await desk.alert(fall("ETHUSDT", 0, -9.0, 6.0), fall("XRPUSDT", 5, -3.0, 1.0), later)
    assert (await reasons(store, later))[OWN] == "same_move"
    elsewhere = whale(1.0, 9)
    await desk.alert(elsewhere)
    assert (await reasons(store, elsewhere))[OWN] == "quiet"


async def test_what_was_erased_begins_no_cooldown(store: Store) -> None:
    desk = Desk(store)
    eraser = ChatEraser(store, [desk.announcer.forget], now_ms=lambda: NOW)
    await prefer(store, cooldown_s=3_600)
    await desk.announcer.announce(alone(whale(1.0)))
    await eraser.erase(OWN)
    await store.subscribe(OWN, ["BTCUSDT"], [ALL])
    await prefer(store, cooldown_s=3_600)
    again = whale(1.0, 20)
    await desk.announcer.announce(alone(again))
    assert (await reasons(store, again))[OWN] == "subscribed"


async def test_nothing_is_remembered_of_a_chat_that_has_no_cooldown_any_more(store: Store) -> None:
    """Also where the alert between does not concern it."""
    desk = Desk(store)
    await prefer(store, cooldown_s=3_600)
    await desk.announcer.announce(alone(whale(1.0)))
    await store.erase(OWN)
    await store.subscribe(OWN, ["BTCUSDT"], [ALL])
    elsewhere = msgspec.structs.replace(whale(1.0, 10), id="eth", symbol="ETHUSDT")
    await desk.announcer.announce(alone(elsewhere))
    await prefer(store, cooldown_s=3_600)
    again = whale(1.0, 20)
    await desk.announcer.announce(alone(again))
    assert (await reasons(store, again))[OWN] == "subscribed"


async def test_a_chat_s_own_cooldown_counts_by_symbol_and_kind_and_outlasts_a_restart(
    store: Store,
) -> None:
    await prefer(store, cooldown_s=600)
    first, again, worse = whale(1.0), whale(1.5, 120), whale(2.5, 200)
    await Desk(store).announcer.announce(alone(first))
    desk = Desk(store)  # another run
    desk.now_ms = again.at_ms
    await desk.announcer.announce(alone(again))
    assert await reasons(store, again) == {PLAIN: "subscribed", OWN: "chat_cooldown"}
    desk.now_ms = worse.at_ms
    await desk.announcer.announce(alone(worse))
    assert (await reasons(store, worse))[OWN] == "subscribed"
    elsewhere = msgspec.structs.replace(first, id="eth", symbol="ETHUSDT")
    await desk.announcer.announce(alone(elsewhere))
    assert (await reasons(store, elsewhere))[OWN] == "subscribed"
    late = whale(1.0, 900)
    desk.now_ms = late.at_ms
    await desk.announcer.announce(alone(late))
    assert (await reasons(store, late))[OWN] == "subscribed"
    soon, later = whale(1.0, 910), whale(1.0, 920)
    desk.now_ms = late.at_ms - 5_000  # the clock is set back a little,
    await desk.announcer.announce(alone(soon))
    assert (await reasons(store, soon))[OWN] == "chat_cooldown"
    desk.now_ms = late.at_ms - 9 * 3_600_000  # and by hours
    await desk.announcer.announce(alone(later))
    assert (await reasons(store, later))[OWN] == "subscribed"


async def test_what_is_usual_for_its_symbol_comes_only_to_chats_that_want_everything(
    store: Store,
) -> None:
    usual = whale(1.5, rare=False)
    desk = Desk(store)
    await desk.announcer.announce(alone(usual))
    assert await store.recent(ALL, None, 0, 10) == []
    await prefer(store, thresholds={"large_trade": Threshold(0.0)})
    await desk.announcer.announce(alone(usual))
    assert await reasons(store, usual) == {OWN: "subscribed"}
    assert desk.explained == []


async def test_an_own_sum_means_that_sum_for_its_chat_and_for_no_other(store: Store) -> None:
    await prefer(store, thresholds={"large_trade": Threshold(2.0, "size")})
    desk = Desk(store)
    smaller, larger = whale(1.9, rare=False), whale(2.0, 1, rare=False)
    for usual in (smaller, larger):
        await desk.announcer.announce(alone(usual))
    assert await reasons(store, smaller) == {}
    assert await reasons(store, larger) == {OWN: "subscribed"}
    assert (len(await got(store, PLAIN)), len(await got(store, OWN))) == (0, 1)


class Writer:
    """A model that always finds words."""

    async def explain(self, alert: AnyAlert) -> str:
        """The same for every alert."""
        return "🔴 ▲ 오른 뒤의 설명입니다."


async def test_a_chat_without_ai_keeps_the_plain_sentence_in_its_copy(store: Store) -> None:
    await prefer(store, ai=False)
    await prefer(store, PLAIN, colours="global")
    desk = Desk(store)
    alert = whale(3.0)
    await desk.alert(alert)
    assert desk.explained == [alert.id]
    elaborator = Elaborator(
        store, Writer(), now_ms=lambda: NOW, wake=lambda: None, unrecorded=desk.unrecorded
    )
    elaborator.put(alert)
    running = asyncio.create_task(elaborator.run())
    while not elaborator.edited:
        await asyncio.sleep(0)
    running.cancel()
    ((plain,), (own,)) = await got(store, PLAIN), await got(store, OWN)
    assert plain.message.note == "🟢 ▲ 오른 뒤의 설명입니다."
    assert "AI 설명" in plain.message.foot
    assert "설명입니다" not in own.message.note
    assert "자동 설명" in own.message.foot


async def test_no_model_is_asked_when_no_chat_wants_its_words(store: Store) -> None:
    for chat in (PLAIN, OWN):
        await prefer(store, chat, ai=False)
    desk = Desk(store)
    await desk.alert(whale(3.0))
    assert desk.explained == []
    assert await store.unexplained(0, 10) == []


async def test_settings_that_are_the_defaults_again_are_as_if_never_set(store: Store) -> None:
    await prefer(store, colours="global", quiet=Quiet("01:00", "02:00"), off=("pump",))
    await prefer(store, colours="korean", quiet=None, off=())
    assert (await store.chat(OWN)).settings == ChatSettings()
