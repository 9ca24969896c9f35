"""The store keeps what it was told, whatever happens: to the caller, the process or the disk."""

import asyncio
import os
import re
import resource
import shutil
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Dialect, Engine, create_engine, event, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import CacheStats
from sqlalchemy.ext.asyncio import AsyncConnection

import bot.database
import bot.migrations.upgrade
import bot.outbox
import bot.rows
import bot.store
from bot.errors import SettingsError, StoreError
from bot.migrations.upgrade import revise, upgrade
from bot.model import Button, Chat, ChatState, Decision, Delivery, Message, Subscription
from bot.packed import insert_packed
from bot.ports import Spend
from bot.store import Kept, Mark, Notice, Recorded, Store, open_store
from bot.tables import (
    DECISION_COLUMNS,
    OUTBOX_COLUMNS,
    decisions,
    insert_into,
    metadata,
    outbox,
)
from pipeline.model import ALL, AnyAlert, LargeTrade, PriceJump, Severity, Spread

NOW = 1_700_000_000_000
LATER = NOW + 60_000
# There is one such database, so that several test workers would be in each other's way.
ALONE = "PYTEST_XDIST_WORKER" not in os.environ
POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "") if ALONE else ""
ALICE = Chat("web", "alice")
BOB = Chat("web", "bob")
TOPIC = Chat("telegram", "-100", "7")
GROUP = Chat("telegram", "-5")
GROUP_TOPIC = Chat("telegram", "-5", "7")
SUPERGROUP = Chat("telegram", "-1005")
SUPERGROUP_TOPIC = Chat("telegram", "-1005", "7")


def large_trade(
    id: str, symbol: str = "BTCUSDT", at_ms: int = NOW, excess: float = 1.5
) -> AnyAlert:
    return LargeTrade(
        id=id,
        symbol=symbol,
        at_ms=at_ms,
        excess=excess,
        side="buy",
        quantity=118.2,
        price=104_402.0,
        notional=12_340_316.4,
        fills=37,
        first_ms=at_ms,
        last_ms=at_ms,
        slippage_bp=None,
        percentile=99.98,
        per_day=None,
        change_1m_pct=0.41,
        rare=True,
    )


def price_jump(id: str, symbol: str = "BTCUSDT", at_ms: int = NOW) -> AnyAlert:
    return PriceJump(
        id=id,
        symbol=symbol,
        at_ms=at_ms,
        excess=7.0,
        recovered=True,
        direction="down",
        change_pct=-4.2,
        window_s=60,
        price=100.0,
        from_price=104.4,
        zscore=-9.0,
        usual_pct=0.1,
    )


def spread(id: str) -> AnyAlert:
    return Spread(
        id=id,
        symbol="ETHUSDT",
        at_ms=NOW,
        excess=2.0,
        spread_bp=50.0,
        usual_bp=1.0,
        times_usual=50.0,
        bid=99.0,
        ask=101.0,
    )


def recorded(alert: AnyAlert, *chats: Chat, words: str = "🐳 대량 매수") -> Recorded:
    """The alert, sent to these chats with the same words."""
    return Recorded(
        alert,
        [Decision(alert.id, chat, True, "wanted") for chat in chats],
        [(chat, Message(words), LATER) for chat in chats],
    )


def notice(
    chat: Chat,
    key: str,
    words: str = "알림",
    severity: Severity = "notice",
    expires_ms: int = LATER,
) -> Notice:
    return Notice(chat, key, Message(words), severity, NOW, expires_ms)


async def send_all(store: Store, platform: str = "web") -> list[Delivery]:
    """Send what is due, as the messages m<id>."""
    due = await store.pending(platform, 1000)
    await store.mark_many([Mark(one.id, one.version, f"m{one.id}", NOW) for one in due])
    return due


def heads(due: list[Delivery]) -> list[str]:
    return [one.message.head for one in due]


@pytest.fixture(params=["memory", "file", *(["postgres"] if POSTGRES_URL else [])])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store in memory, in a file and, where one is offered, on a PostgreSQL server."""
    url = {"memory": "sqlite+aiosqlite://", "file": file_url(tmp_path), "postgres": POSTGRES_URL}
    if request.param == "postgres":
        async with open_store(url["postgres"]) as former:
            await forget_everything(former)
    async with open_store(url[request.param], clock=lambda: NOW) as opened:
        yield opened


async def forget_everything(store: Store) -> None:
    for one in await store.audience():
        await store.erase(one.chat)
    for chat in (ALICE, BOB, TOPIC, GROUP, GROUP_TOPIC, SUPERGROUP, SUPERGROUP_TOPIC):
        await store.erase(chat)
    await store.expire(2**60)
    await store.prune(2**60)


def file_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'store.db'}"


def look(folder: Path, query: str) -> list[Any]:
    """Ask the file directly, as another program would."""
    connection = sqlite3.connect(folder / "store.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Another program is writing to the file."""
    connection = sqlite3.connect(folder / "store.db", isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
    finally:
        connection.close()


@contextmanager
def calling(hook: Callable[..., None], name: str) -> Iterator[None]:
    """Call the hook whenever SQLAlchemy is at the named point, on any engine."""
    event.listen(Engine, name, hook)
    try:
        yield
    finally:
        event.remove(Engine, name, hook)


@contextmanager
def listening(name: str) -> Iterator[list[tuple[Any, ...]]]:
    """What SQLAlchemy does meanwhile at the named point."""
    heard: list[tuple[Any, ...]] = []

    def hear(*arguments: Any) -> None:
        heard.append(arguments)

    with calling(hear, name):
        yield heard


# --- what each chat asked for ------------------------------------------------------------------


async def test_a_chat_gets_every_pairing_it_asked_for_and_asking_again_changes_nothing(
    store: Store,
) -> None:
    for _ in range(2):
        await store.subscribe(TOPIC, ["BTCUSDT", "ETHUSDT"], ["large_trade", "spread"])
    await store.subscribe(TOPIC, [ALL], ["price_jump"])
    state = await store.chat(TOPIC)
    assert state.active
    assert set(state.subscriptions) == {
        Subscription(TOPIC, "BTCUSDT", "large_trade"),
        Subscription(TOPIC, "BTCUSDT", "spread"),
        Subscription(TOPIC, "ETHUSDT", "large_trade"),
        Subscription(TOPIC, "ETHUSDT", "spread"),
        Subscription(TOPIC, ALL, "price_jump"),
    }
    assert len(state.subscriptions) == 5


async def test_nothing_is_known_of_an_unknown_chat(store: Store) -> None:
    assert await store.chat(ALICE) == ChatState(ALICE, new=True)
    assert await store.audience() == []


async def test_chats_that_differ_only_in_the_topic_are_different_chats(store: Store) -> None:
    await store.subscribe(TOPIC, ["BTCUSDT"], [ALL])
    assert (await store.chat(Chat("telegram", "-100"))).subscriptions == ()


async def test_exactly_the_kept_subscriptions_remain(store: Store) -> None:
    await store.subscribe(ALICE, ["BTCUSDT", "ETHUSDT", ALL], ["large_trade", "spread"])
    await store.subscribe(BOB, ["BTCUSDT"], ["spread"])
    await store.keep(ALICE, [("BTCUSDT", "spread"), (ALL, "price_jump")])
    assert (await store.chat(ALICE)).subscriptions == (
        Subscription(ALICE, ALL, "price_jump"),
        Subscription(ALICE, "BTCUSDT", "spread"),
    )
    await store.keep(ALICE, [])
    assert (await store.chat(ALICE)).subscriptions == ()
    assert (await store.chat(BOB)).subscriptions == (Subscription(BOB, "BTCUSDT", "spread"),)


async def test_a_mute_is_kept_replaced_and_ended(store: Store) -> None:
    await store.mute(ALICE, "BTCUSDT", NOW)
    await store.mute(ALICE, "BTCUSDT", LATER)
    await store.mute(ALICE, ALL, NOW)
    assert (await store.chat(ALICE)).muted == {"BTCUSDT": LATER, ALL: NOW}
    await store.mute(ALICE, ALL, 0)
    await store.mute(BOB, ALL, 0)
    assert (await store.chat(ALICE)).muted == {"BTCUSDT": LATER}


async def test_the_audience_is_every_active_chat_with_its_wishes(store: Store) -> None:
    await store.subscribe(ALICE, ["BTCUSDT"], [ALL])
    await store.mute(ALICE, ALL, LATER)
    await store.subscribe(TOPIC, [ALL], ["spread"])
    await store.subscribe(BOB, [ALL], [ALL])
    await store.gone(BOB)
    assert await store.audience() == [
        ChatState(TOPIC, True, (Subscription(TOPIC, ALL, "spread"),)),
        ChatState(ALICE, True, (Subscription(ALICE, "BTCUSDT", ALL),), {ALL: LATER}),
    ]


async def test_the_active_topics_of_a_chat_are_those_of_its_id_and_platform(store: Store) -> None:
    general, resting = (msgspec.structs.replace(TOPIC, topic=topic) for topic in ("", "99"))
    elsewhere = Chat("discord", TOPIC.id)
    for chat in (TOPIC, general, resting, elsewhere, ALICE):
        await store.subscribe(chat, [ALL], [ALL])
    await store.gone(resting)
    assert await store.active_topics(general) == ["", TOPIC.topic]
    assert await store.active_topics(BOB) == []


async def test_the_wishes_of_a_chat_out_of_reach_rest_until_it_is_back(store: Store) -> None:
    wishes = (Subscription(ALICE, "BTCUSDT", ALL),)
    await store.subscribe(ALICE, ["BTCUSDT"], [ALL])
    await store.gone(ALICE)
    assert await store.chat(ALICE) == ChatState(ALICE, False, wishes)
    await store.resume(ALICE)
    assert await store.audience() == [ChatState(ALICE, True, wishes)]
    await store.gone(ALICE)
    await store.subscribe(ALICE, ["BTCUSDT"], [ALL])
    assert await store.audience() == [ChatState(ALICE, True, wishes)]


async def test_a_web_chat_that_nobody_opens_rests_until_somebody_does() -> None:
    day, now = 86_400_000, [NOW]
    async with open_store("sqlite+aiosqlite://", clock=lambda: now[0]) as store:
        for chat in (ALICE, BOB, TOPIC):
            await store.subscribe(chat, ["BTCUSDT"], [ALL])
        now[0] += 20 * day
        revision = store.revision
        assert not await store.visited(ALICE)
        assert store.revision == revision, "nobody has to be read again"
        now[0] += 20 * day
        assert await store.rest("web", now[0] - 30 * day) == 1
        assert [state.chat for state in await store.audience()] == [TOPIC, ALICE]
        assert await store.rest("web", now[0] - 30 * day) == 0
        revision = store.revision
        assert await store.visited(BOB)
        assert store.revision > revision
        assert await store.rest("web", now[0] - 30 * day) == 0
        assert {state.chat for state in await store.audience()} == {TOPIC, ALICE, BOB}
        assert not await store.visited(Chat("web", "never subscribed"))


@pytest.mark.parametrize(
    "change",
    [
        lambda store: store.subscribe(ALICE, [ALL], [ALL]),
        lambda store: store.keep(ALICE, []),
        lambda store: store.mute(ALICE, ALL, LATER),
        lambda store: store.gone(ALICE),
        lambda store: store.resume(ALICE),
        lambda store: store.erase(ALICE),
    ],
)
async def test_the_revision_grows_when_the_audience_changes(
    store: Store, change: Callable[[Store], Awaitable[object]]
) -> None:
    before = store.revision
    await change(store)
    assert store.revision > before
    changed = store.revision
    await store.enqueue([notice(ALICE, "hello")])
    await store.audience()
    assert store.revision == changed


async def test_the_revision_grows_even_if_the_subscriber_did_not_wait(store: Store) -> None:
    before = store.revision
    task = asyncio.create_task(store.subscribe(ALICE, [ALL], [ALL]))
    await asyncio.sleep(0)
    task.cancel()
    await store.set_meta("writes", "in turn")
    assert (await store.chat(ALICE)).subscriptions != ()
    assert store.revision > before


# --- alerts and what was decided about them ----------------------------------------------------


async def test_an_alert_comes_back_as_it_was_whatever_its_kind(store: Store) -> None:
    kinds = [large_trade("a"), price_jump("b"), spread("c")]
    kept = await store.record([Recorded(alert) for alert in kinds], NOW + 5)
    assert (kept.new, kept.due) == ({"a", "b", "c"}, ())
    found = await store.recent(ALL, None, 0, 10)
    assert [one.alert for one in found] == kinds
    assert {one.recorded_ms for one in found} == {NOW + 5}


async def test_recent_alerts_are_chosen_by_kind_symbol_and_time_newest_first(store: Store) -> None:
    await store.record(
        [
            Recorded(large_trade("1", at_ms=NOW + 1)),
            Recorded(large_trade("2", "ETHUSDT", at_ms=NOW + 2)),
            Recorded(price_jump("3", at_ms=NOW + 3)),
            Recorded(large_trade("4", at_ms=NOW + 4)),
        ],
        NOW,
    )

    async def ids(kind: str, symbol: str | None, since_ms: int, limit: int = 10) -> list[str]:
        return [one.alert.id for one in await store.recent(kind, symbol, since_ms, limit)]

    assert await ids(ALL, None, 0) == ["4", "3", "2", "1"]
    assert await ids("large_trade", None, 0) == ["4", "2", "1"]
    assert await ids("large_trade", "BTCUSDT", 0) == ["4", "1"]
    assert await ids(ALL, "BTCUSDT", NOW + 3) == ["4", "3"]
    assert await ids(ALL, None, 0, limit=2) == ["4", "3"]


async def test_an_alert_recorded_before_is_not_new_and_sends_nothing(store: Store) -> None:
    first = recorded(large_trade("a"), ALICE)
    kept = await store.record([first, recorded(large_trade("a"), BOB)], NOW)
    assert (kept.new, [one.chat for one in kept.due]) == ({"a"}, [ALICE])
    again = [recorded(large_trade("a", excess=9.0), ALICE, BOB), recorded(large_trade("b"), BOB)]
    kept = await store.record(again, NOW + 1)
    assert kept.new == {"b"}
    due = await store.pending("web", 10)
    assert list(kept.due) == due[1:]
    assert [(one.key, one.chat) for one in due] == [("a", ALICE), ("b", BOB)]
    assert await store.decisions("a") == [Decision("a", ALICE, True, "wanted")]
    assert (await store.recent(ALL, None, 0, 10))[0].alert == large_trade("a")
    assert await store.record([], NOW) == Kept()


async def test_a_batch_is_recorded_as_a_whole_or_not_at_all(store: Store) -> None:
    broken = Recorded(large_trade("b"), [Decision("of another alert", ALICE, True, "wanted")])
    with pytest.raises(StoreError):
        await store.record([recorded(large_trade("a"), ALICE), broken], NOW)
    assert await store.recent(ALL, None, 0, 10) == []
    assert await store.pending("web", 10) == []
    assert (await store.record([recorded(large_trade("a"), ALICE)], NOW)).new == {"a"}


async def test_what_was_sent_before_it_could_be_recorded_is_recorded_as_sent(store: Store) -> None:
    alert = large_trade("a")
    sent = {(ALICE, "a"): ("m1", NOW), (BOB, "other"): ("m2", NOW)}
    kept = await store.record([recorded(alert, ALICE, BOB)], NOW, sent)
    assert [due.chat for due in kept.due] == [ALICE, BOB]
    assert [due.chat for due in await store.pending("web", 9)] == [BOB]
    assert [ref for ref, _ in await store.delivered(ALICE, 9)] == ["m1"]
    # The transaction that seemed to fail may have been made: then only the mark is missing.
    again = await store.record([recorded(alert, ALICE, BOB)], NOW, {(BOB, "a"): ("m3", NOW)})
    assert again == Kept()
    assert await store.pending("web", 9) == []
    assert [ref for ref, _ in await store.delivered(BOB, 9)] == ["m3"]


async def test_trouble_is_what_the_last_refused_change_came_to(tmp_path: Path) -> None:
    async with open_store(file_url(tmp_path), busy_ms=1) as store:
        assert store.trouble == ""
        with locked(tmp_path):
            with pytest.raises(StoreError):
                await store.set_meta("a", "1")
            assert store.trouble == "database is locked"
            await store.get_meta("a")  # that it can be read is no relief
            assert store.trouble == "database is locked"
        await store.set_meta("a", "1")
        assert store.trouble == ""


async def test_a_change_that_the_disk_does_not_answer_is_trouble_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    loop = asyncio.get_running_loop()
    async with open_store(file_url(tmp_path)) as store:
        change = store._database.start_steps(lambda _: answered.wait(20.0))
        try:
            assert store.trouble == ""
            with monkeypatch.context() as later:
                later.setattr(loop, "time", lambda: time.monotonic() + 6.1)
                assert store.trouble == "no answer within 6 s"
        finally:
            answered.set()
        assert await change
        assert store.trouble == ""


async def test_a_change_that_fails_when_nobody_waits_for_it_any_more_is_one_line_in_the_log(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    answered = threading.Event()

    def change(_: Connection) -> None:
        answered.wait(20.0)
        raise OSError("disk I/O error")

    database = store._database
    task = database.start_steps(change)
    waiting = [asyncio.create_task(database.outcome(task)) for _ in range(3)]
    await asyncio.sleep(0)
    for one in waiting:
        one.cancel()
    await asyncio.wait(waiting)
    answered.set()
    await asyncio.wait([task])
    await asyncio.sleep(0)
    assert [r.getMessage() for r in caplog.records if r.levelname == "ERROR"] == [
        "a database transaction failed after its caller had left: disk I/O error"
    ]


async def test_decisions_are_found_by_alert_and_by_chat(store: Store) -> None:
    yes = Decision("a", ALICE, True, "wanted")
    muted = Decision("a", BOB, False, "muted")
    small = Decision("b", BOB, False, "too_small")
    await store.record(
        [
            Recorded(large_trade("a", at_ms=NOW), [muted, yes]),
            Recorded(large_trade("b", "ETHUSDT", at_ms=NOW + 1), [small]),
        ],
        NOW,
    )
    assert await store.decisions("a") == [yes, muted]
    assert await store.decisions("unheard of") == []

    async def seen(symbol: str | None, since_ms: int, limit: int = 9) -> list[Decision]:
        pairs = await store.decisions_for(BOB, symbol, since_ms, limit)
        assert all(stored.alert.id == decision.alert_id for stored, decision in pairs)
        return [decision for _, decision in pairs]

    assert await seen(None, 0) == [small, muted]
    assert await seen(None, 0, limit=1) == [small]
    assert await seen("BTCUSDT", 0) == [muted]
    assert await seen(None, NOW + 1) == [small]


# --- messages on their way ---------------------------------------------------------------------


async def test_a_message_comes_back_as_it_was(store: Store) -> None:
    message = Message(
        head="🐳 비트코인(BTCUSDT) 대량 매수 체결 · 1,234만 달러",
        lines=("118.2 BTC", "09:03:21 KST"),
        note="설명",
        foot="※ 투자 조언이 아닙니다.",
        buttons=((Button("🔕 1시간", "/mute 1h"), Button("왜?", "/why")), (Button("차트", "/x"),)),
        tone="up",
        key="a",
        silent=True,
        private=True,
    )
    await store.enqueue([Notice(TOPIC, "k", message, "warning", NOW, LATER)])
    [due] = await store.pending("telegram", 10)
    assert due == Delivery(due.id, TOPIC, "k", message, "warning", NOW, LATER)


async def test_a_notice_of_the_same_key_is_sent_once_per_chat(store: Store) -> None:
    await store.enqueue([notice(ALICE, "stale", "first"), notice(BOB, "stale", "first")])
    await store.enqueue([notice(ALICE, "stale", "second"), notice(ALICE, "other", "third")])
    assert heads(await send_all(store)) == ["first", "first", "third"]
    await store.enqueue([notice(ALICE, "stale", "fourth")])
    assert await store.pending("web", 10) == []


async def test_the_most_severe_goes_first_and_then_the_oldest(store: Store) -> None:
    await store.enqueue(
        [
            notice(ALICE, "1", "small"),
            notice(ALICE, "2", "big", "warning"),
            notice(ALICE, "3", "huge", "critical"),
            notice(ALICE, "4", "another big", "warning"),
            notice(TOPIC, "5", "elsewhere", "critical"),
        ]
    )
    assert heads(await store.pending("web", 10)) == ["huge", "big", "another big", "small"]
    assert heads(await store.pending("web", 2)) == ["huge", "big"]
    assert heads(await store.pending("telegram", 10)) == ["elsewhere"]


async def test_paging_through_twenty_thousand_rows_meets_each_once(store: Store) -> None:
    chats = [Chat("web", str(number)) for number in range(400)]
    excesses = [1.0, 2.0, 5.0]
    await store.record(
        [recorded(large_trade(str(n), excess=excesses[n % 3]), *chats) for n in range(50)], NOW
    )
    met: list[Delivery] = []
    while page := await store.pending("web", 777, met[-1] if met else None):
        met += page
        # What is added or sent meanwhile neither repeats nor hides a row.
        await store.mark_sent(page[0].id, 1, "m", NOW)
        await store.enqueue([notice(Chat("web", f"new{len(met)}"), "k", severity="critical")])
    ranks = {"critical": 0, "warning": 1, "notice": 2}
    order = [(ranks[one.severity], one.id) for one in met]
    assert order == sorted(order)
    assert len({one.id for one in met}) == len(met)
    first = {(one.key, one.chat) for one in met if one.key != "k"}
    assert first == {(str(n), chat) for n in range(50) for chat in chats}


async def test_a_sent_message_is_due_no_more(store: Store) -> None:
    await store.enqueue([notice(ALICE, "a"), notice(ALICE, "b")])
    first, second = await store.pending("web", 10)
    await store.mark_sent(first.id, first.version, "m1", NOW)
    assert await store.pending("web", 10) == [second]
    await store.mark_many([Mark(second.id, second.version, "m2", NOW)])
    assert await store.pending("web", 10) == []


async def test_failed_attempts_are_counted_until_one_succeeds(store: Store) -> None:
    await store.enqueue([notice(ALICE, "a", "old")])
    [due] = await store.pending("web", 10)
    await store.mark_attempt(due.id)
    await store.mark_attempt(due.id)
    assert [one.attempts for one in await store.pending("web", 10)] == [2]
    await store.mark_sent(due.id, 1, "m", NOW)
    await store.revise("a", Message("new"), LATER)
    assert [one.attempts for one in await store.pending("web", 10)] == [0]


async def test_a_revised_message_not_yet_sent_carries_the_new_words_in_one_send(
    store: Store,
) -> None:
    await store.record([recorded(large_trade("a"), ALICE, BOB, words="자동 설명")], NOW)
    assert await store.revise("a", Message("AI 설명"), LATER + 1) == 2
    sent = await send_all(store)
    assert [(one.message.head, one.version, one.ref) for one in sent] == [("AI 설명", 2, "")] * 2
    assert {one.expires_ms for one in sent} == {LATER}
    assert await store.pending("web", 10) == []


async def test_a_revised_message_sent_before_is_due_as_an_edit_of_it(store: Store) -> None:
    await store.record([recorded(large_trade("a"), ALICE), recorded(large_trade("b"), ALICE)], NOW)
    first, _ = await send_all(store)
    assert await store.revise("a", Message("AI 설명"), LATER + 1) == 1
    [edit] = await store.pending("web", 10)
    assert edit.id == first.id
    assert (edit.ref, edit.version, edit.sent_version) == (f"m{first.id}", 2, 1)
    assert (edit.message.head, edit.expires_ms) == ("AI 설명", LATER + 1)
    await store.mark_sent(edit.id, edit.version, edit.ref, NOW)
    assert await store.pending("web", 10) == []


async def test_revising_with_the_same_words_changes_nothing(store: Store) -> None:
    await store.enqueue([notice(ALICE, "a", "old")])
    await send_all(store)
    assert await store.revise("a", Message("old"), LATER) == 0
    assert await store.revise("a", Message("new"), LATER) == 1
    assert await store.revise("a", Message("new"), LATER) == 0
    assert await store.revise("unheard of", Message("new"), LATER) == 0
    assert [one.version for one in await store.pending("web", 10)] == [2]


async def test_an_edition_that_comes_while_the_former_is_being_sent_is_still_due(
    store: Store,
) -> None:
    await store.enqueue([notice(ALICE, "a", "old")])
    [sending] = await store.pending("web", 10)
    await store.revise("a", Message("new"), LATER)
    await store.mark_sent(sending.id, sending.version, "m", NOW)
    [edit] = await store.pending("web", 10)
    assert (edit.message.head, edit.ref, edit.sent_version) == ("new", "m", 1)


async def test_a_mark_that_comes_late_or_twice_changes_nothing(store: Store) -> None:
    await store.enqueue([notice(ALICE, "a", "old")])
    [due] = await store.pending("web", 10)
    await store.revise("a", Message("new"), LATER)
    for version, ref in ((2, "second"), (1, "first"), (2, "again")):
        await store.mark_sent(due.id, version, ref, NOW)
    assert await store.pending("web", 10) == []
    assert await store.delivered(ALICE, 10) == [("second", Message("new"))]


async def test_what_is_no_longer_news_is_given_up_and_missed_alerts_are_counted(
    store: Store,
) -> None:
    await store.record(
        [recorded(large_trade("a"), ALICE, BOB), recorded(large_trade("b"), ALICE)], NOW
    )
    await store.enqueue([notice(ALICE, "not an alert"), notice(BOB, "x", expires_ms=LATER + 1)])
    assert await store.expire(LATER - 1) == {}
    assert await store.expire(LATER) == {ALICE: 2, BOB: 1}
    assert await store.expire(LATER) == {}
    assert [one.key for one in await store.pending("web", 10)] == ["x"]


async def test_the_word_about_missed_alerts_is_kept_together_with_their_expiry(
    store: Store,
) -> None:
    await store.record([recorded(large_trade("a"), ALICE, BOB)], NOW)

    def tell(chat: Chat, missed: int) -> Notice | None:
        return notice(chat, "away", f"{missed}건", expires_ms=LATER + 1) if chat == ALICE else None

    def fail(chat: Chat, missed: int) -> Notice | None:
        raise RuntimeError("killed in the middle")

    with pytest.raises(RuntimeError):
        await store.expire(LATER, fail)
    assert len(await store.pending("web", 10)) == 2
    assert await store.expire(LATER, tell) == {ALICE: 1, BOB: 1}
    assert heads(await store.pending("web", 10)) == ["1건"]


async def test_what_a_platform_never_takes_is_given_up_and_never_revived(store: Store) -> None:
    await store.record([recorded(large_trade("a"), ALICE, BOB)], NOW)
    hers, his = await store.pending("web", 10)
    await store.give_up(hers.id, hers.version)
    assert [row.chat for row in await store.pending("web", 10)] == [his.chat]
    assert await store.revise("a", Message("새 글"), LATER) == 1
    assert [row.chat for row in await store.pending("web", 10)] == [his.chat]
    await store.give_up(his.id, his.version)  # the edition before
    (revised,) = await store.pending("web", 10)
    assert revised.message.head == "새 글"
    assert await store.expire(LATER) == {his.chat: 1}


async def test_an_edit_that_comes_too_late_is_given_up_but_the_message_was_delivered(
    store: Store,
) -> None:
    await store.record([recorded(large_trade("a"), ALICE)], NOW)
    await send_all(store)
    await store.revise("a", Message("진행"), LATER)
    assert await store.expire(LATER) == {}
    assert await store.pending("web", 10) == []
    assert len(await store.delivered(ALICE, 10)) == 1
    assert await store.revise("a", Message("진정됨"), LATER + 1) == 1
    assert [one.sent_version for one in await store.pending("web", 10)] == [1]


async def test_a_chat_out_of_reach_gets_nothing_more(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    await store.enqueue([notice(ALICE, "sent")])
    await send_all(store)
    await store.enqueue([notice(ALICE, "waiting"), notice(BOB, "waiting")])
    await store.gone(ALICE)
    assert [one.chat for one in await store.pending("web", 10)] == [BOB]
    assert await store.revise("sent", Message("new"), LATER) == 0
    assert await store.revise("waiting", Message("new"), LATER) == 1
    assert await store.expire(LATER) == {}


async def test_everything_of_a_chat_that_moves_goes_along_in_all_its_topics(store: Store) -> None:
    for one in (GROUP, GROUP_TOPIC):
        await store.subscribe(one, ["BTCUSDT"], ["spread"])
    await store.mute(GROUP_TOPIC, ALL, LATER)
    await store.subscribe(ALICE, ["BTCUSDT"], ["spread"])
    await store.record([recorded(large_trade("a"), GROUP_TOPIC, ALICE)], NOW)
    before = store.revision
    for _ in range(2):  # both the adapter and the sender may find out
        await store.move(GROUP_TOPIC, SUPERGROUP.id)
    assert store.revision > before
    assert [state.chat for state in await store.audience()] == [
        SUPERGROUP,
        SUPERGROUP_TOPIC,
        ALICE,
    ]
    assert await store.chat(SUPERGROUP_TOPIC) == ChatState(
        SUPERGROUP_TOPIC,
        True,
        (Subscription(SUPERGROUP_TOPIC, "BTCUSDT", "spread"),),
        {ALL: LATER},
    )
    assert await store.chat(GROUP) == ChatState(GROUP, new=True)
    assert await store.chat(GROUP_TOPIC) == ChatState(GROUP_TOPIC, new=True)
    assert {one.chat for one in await store.decisions("a")} == {SUPERGROUP_TOPIC, ALICE}
    assert [(one.chat, one.key) for one in await store.pending("telegram", 9)] == [
        (SUPERGROUP_TOPIC, "a")
    ]


async def test_what_two_chats_had_that_become_one_is_merged(store: Store) -> None:
    await store.subscribe(GROUP, ["BTCUSDT"], ["spread"])
    await store.subscribe(GROUP, ["ETHUSDT"], ["spread"])
    await store.mute(GROUP, ALL, LATER)
    await store.mute(GROUP, "BTCUSDT", NOW)
    await store.subscribe(SUPERGROUP, ["BTCUSDT"], ["spread"])
    await store.mute(SUPERGROUP, ALL, NOW)
    await store.mute(SUPERGROUP, "BTCUSDT", LATER)
    await store.gone(SUPERGROUP)
    await store.record([recorded(large_trade("a"), GROUP, SUPERGROUP)], NOW)
    await store.enqueue([notice(GROUP, "b")])
    await store.move(GROUP, SUPERGROUP.id)
    state = await store.chat(SUPERGROUP)
    assert state.active
    assert {wish.symbol for wish in state.subscriptions} == {"BTCUSDT", "ETHUSDT"}
    assert len(state.subscriptions) == 2
    assert state.muted == {ALL: LATER, "BTCUSDT": LATER}
    assert len(await store.decisions("a")) == 1
    due = await store.pending("telegram", 9)
    assert [(one.chat, one.key) for one in due] == [(SUPERGROUP, "a"), (SUPERGROUP, "b")]


async def test_a_paused_chat_that_moves_stays_paused(store: Store) -> None:
    await store.subscribe(GROUP, ["BTCUSDT"], ["spread"])
    await store.gone(GROUP)
    await store.move(GROUP, SUPERGROUP.id)
    assert not (await store.chat(SUPERGROUP)).active


async def test_messages_sent_before_a_move_are_never_edited_in_the_new_chat(store: Store) -> None:
    for key in ("a", "b"):
        await store.enqueue([notice(GROUP, key, "old")])
    await send_all(store, "telegram")
    await store.revise("a", Message("new"), LATER)  # an edit is due when the chat moves
    await store.move(GROUP, SUPERGROUP.id)
    assert await store.revise("b", Message("new"), LATER) == 0
    assert await store.pending("telegram", 9) == []


async def test_only_what_a_move_has_become_is_sent_anew_where_a_chat_went(store: Store) -> None:
    for key in ("a", "b"):
        await store.enqueue([notice(GROUP, key, "old")])
    await send_all(store, "telegram")
    grown = Message("old", progress=("1분째",))
    await store.revise("a", grown, LATER)  # an edit is due when the chat moves
    await store.move(GROUP, SUPERGROUP.id)
    (first,) = await store.pending("telegram", 9)
    assert (first.chat, first.key, first.ref) == (SUPERGROUP, "a", "")
    assert first.message == msgspec.structs.replace(grown, silent=True)
    assert await store.revise("b", msgspec.structs.replace(grown, progress=()), LATER) == 0
    assert await store.revise("b", grown, LATER) == 1
    await store.mark_sent(first.id, first.version, "7", NOW)
    assert [(d.key, d.ref) for d in await store.pending("telegram", 9)] == [("b", "")]
    await store.revise("a", Message("old", progress=("2분째",)), LATER)
    assert {(d.key, d.ref) for d in await store.pending("telegram", 9)} == {("a", "7"), ("b", "")}


async def test_a_mark_that_comes_after_the_move_is_of_the_former_chat_only(store: Store) -> None:
    """Else the next edit would go to whatever has that number in the new chat."""
    await store.enqueue([notice(GROUP, "a", "old")])
    (sent,) = await store.pending("telegram", 9)
    await store.move(GROUP, SUPERGROUP.id)
    await store.mark_sent(sent.id, sent.version, "7", NOW)
    (again,) = await store.pending("telegram", 9)
    assert (again.chat, again.ref) == (SUPERGROUP, "")


async def test_a_chat_that_moves_to_where_it_is_keeps_everything(store: Store) -> None:
    await store.subscribe(GROUP, ["BTCUSDT"], ["spread"])
    await store.move(GROUP, GROUP.id)
    assert (await store.chat(GROUP)).subscriptions != ()


async def test_delivered_messages_are_the_newest_ones_oldest_first(store: Store) -> None:
    for number in range(4):
        await store.enqueue([notice(ALICE, str(number), f"{number}"), notice(BOB, str(number))])
    sent = await send_all(store)
    await store.enqueue([notice(ALICE, "waiting")])
    await store.revise("3", Message("3, edited"), LATER)
    refs = [f"m{one.id}" for one in sent if one.chat == ALICE]
    assert await store.delivered(ALICE, 3) == [
        (refs[1], Message("1")),
        (refs[2], Message("2")),
        (refs[3], Message("3, edited")),
    ]
    assert await store.delivered(TOPIC, 3) == []


async def test_counts_say_how_much_is_stored_and_waiting(store: Store) -> None:
    await store.subscribe(ALICE, ["BTCUSDT", "ETHUSDT"], [ALL])
    await store.subscribe(BOB, [ALL], [ALL])
    await store.gone(BOB)
    empty = await store.counts()
    assert empty.pending == {}
    assert (empty.chats, empty.subscriptions, empty.alerts) == (1, 3, 0)
    await store.record([recorded(large_trade("a"), ALICE, BOB, TOPIC)], NOW - 1)
    await store.enqueue([notice(ALICE, "k")])
    full = await store.counts()
    assert full.pending == {"telegram": 1, "web": 3}
    assert full.alerts == 1


async def test_small_state_is_kept_by_name(store: Store) -> None:
    name = "position of a test"
    await store.set_meta(name, "1")
    await store.set_meta(name, "2")
    assert await store.get_meta(name) == "2"
    assert await store.get_meta("unheard of") is None


# --- housekeeping ------------------------------------------------------------------------------


async def test_pruning_removes_what_is_old_and_done_and_nothing_else(store: Store) -> None:
    await store.subscribe(ALICE, [ALL], [ALL])
    await store.mute(ALICE, "BTCUSDT", NOW - 1)
    await store.mute(ALICE, "ETHUSDT", NOW)
    old = [recorded(large_trade(f"old{n}", at_ms=NOW - 1), ALICE, BOB) for n in range(25)]
    await store.record(old, NOW - 1)
    await send_all(store)
    await store.enqueue([Notice(ALICE, "waits", Message("old"), "notice", NOW - 1, LATER)])
    await store.record([recorded(large_trade("new", at_ms=NOW), ALICE)], NOW)
    # 25 alerts, 50 messages, a mute; the body of the old ones is the new one's as well
    assert await store.prune(NOW) == 76
    assert [one.alert.id for one in await store.recent(ALL, None, 0, 99)] == ["new"]
    assert await store.decisions("old3") == []
    assert await store.decisions("new") != []
    assert [one.key for one in await store.pending("web", 10)] == ["waits", "new"]
    assert (await store.chat(ALICE)).muted == {"ETHUSDT": NOW}
    assert (await store.chat(ALICE)).subscriptions != ()
    assert await store.prune(NOW) == 0
    await send_all(store)
    assert await store.prune(NOW + 1) == 6  # an alert, two messages, two bodies, a mute
    assert await store.counts() == bot.store.Counts({}, 1, 1, 0)


async def test_what_a_store_holds_lasts_only_outside_of_memory(tmp_path: Path) -> None:
    async with (
        open_store("sqlite+aiosqlite:///:memory:") as demo,
        open_store(file_url(tmp_path)) as run,
    ):
        assert (demo.lasting, run.lasting) == (False, True)


async def test_nothing_of_a_deleted_chat_stays_in_the_file(tmp_path: Path) -> None:
    async with open_store(file_url(tmp_path), clock=lambda: NOW) as store:
        for chat in (TOPIC, BOB):
            await store.subscribe(chat, ["BTCUSDT"], [ALL])
            await store.mute(chat, "ETHUSDT", LATER)
        await store.record([recorded(large_trade("a"), TOPIC, BOB, words="to both")], NOW)
        await store.enqueue([notice(TOPIC, "k", "to one alone")])
        [due] = [one for one in await store.pending("telegram", 9) if one.key == "a"]
        await store.erase(TOPIC)
        await store.mark_sent(due.id, 1, "a send that was under way", NOW)
        assert await store.chat(TOPIC) == ChatState(TOPIC, new=True)
        assert heads(await store.pending("web", 9)) == ["to both"]
        assert (await store.chat(BOB)).muted == {"ETHUSDT": LATER}
    for table in metadata.tables.values():
        if "chat_id" in table.c:
            [(count,)] = look(tmp_path, f"SELECT count(*) FROM {table} WHERE chat_id = '-100'")
            assert count == 0, table
    assert look(tmp_path, "SELECT body LIKE '%to both%' FROM bodies") == [(1,)]


async def test_the_row_of_a_deleted_message_is_never_given_to_another(store: Store) -> None:
    await store.enqueue([notice(ALICE, "k")])
    [due] = await store.pending("web", 9)
    await store.erase(ALICE)
    await store.enqueue([notice(BOB, "k")])
    await store.mark_sent(due.id, 1, "a send that was under way", NOW)
    assert [one.chat for one in await store.pending("web", 9)] == [BOB]


async def test_a_thousand_chats_share_one_body(tmp_path: Path) -> None:
    async with open_store(file_url(tmp_path)) as store:
        chats = [Chat("web", str(number)) for number in range(1000)]
        await store.record([recorded(large_trade("a"), *chats)], NOW)
        due = await store.pending("web", 1000)
        assert len(due) == 1000
        assert len({id(one.message) for one in due}) == 1
        await store.revise("a", Message("new"), LATER)
        await store.prune(0)
    assert look(tmp_path, "SELECT count(*) FROM bodies") == [(1,)]


# --- many at the same time ---------------------------------------------------------------------


async def test_of_many_who_record_the_same_alert_one_is_told_that_it_is_new(store: Store) -> None:
    entry = recorded(large_trade("a"), ALICE, BOB)
    news = await asyncio.gather(*(store.record([entry], NOW) for _ in range(20)))
    assert sorted(len(kept.new) for kept in news) == [0] * 19 + [1]
    assert len(await store.pending("web", 10)) == 2


async def test_readers_and_writers_do_not_disturb_each_other(store: Store) -> None:
    chats = [Chat("web", str(number)) for number in range(20)]

    async def write(number: int) -> None:
        await store.subscribe(chats[number], [ALL], [ALL])
        await store.record([recorded(large_trade(f"a{number}"), *chats)], NOW)
        await store.revise(f"a{number}", Message("new"), LATER)

    async def read() -> None:
        for one in await store.pending("web", 1000):
            assert one.key.startswith("a")
        for state in await store.audience():
            assert len(state.subscriptions) == 1

    await asyncio.gather(*(write(number) for number in range(20)), *(read() for _ in range(50)))
    assert [one.version for one in await store.pending("web", 1000)] == [2] * 400
    assert len(await store.audience()) == 20


async def test_marks_made_at_the_same_time_share_transactions(store: Store) -> None:
    await store.enqueue([notice(ALICE, str(number)) for number in range(300)])
    due = await store.pending("web", 1000)
    with listening("commit") as commits:
        await asyncio.gather(*(store.mark_sent(one.id, 1, f"m{one.id}", NOW) for one in due))
    assert await store.pending("web", 1000) == []
    assert [ref for ref, _ in await store.delivered(ALICE, 300)] == [f"m{one.id}" for one in due]
    assert len(commits) <= 2


async def test_marks_that_come_one_after_the_other_share_transactions(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.outbox, "MARKS_S", 0.5)
    await store.enqueue([notice(ALICE, str(number)) for number in range(10)])
    first, *others = await store.pending("web", 10)
    with listening("commit") as commits:
        await store.mark_sent(first.id, 1, "m", NOW)
        assert len(commits) == 1, "the first one waits for nobody"
        async with asyncio.TaskGroup() as tasks:
            for one in others:
                tasks.create_task(store.mark_sent(one.id, 1, "m", NOW))
                await asyncio.sleep(0)
    assert len(commits) == 2
    assert await store.pending("web", 10) == []


async def test_a_mark_made_while_others_are_being_written_is_written_after_them(
    store: Store,
) -> None:
    await store.enqueue([notice(ALICE, "a"), notice(ALICE, "b")])
    first, second = await store.pending("web", 10)
    late: list[asyncio.Task[None]] = []
    loop = asyncio.get_running_loop()

    async def begin() -> None:
        late.append(asyncio.create_task(store.mark_sent(second.id, 1, "m", NOW)))
        await asyncio.sleep(0)  # it has asked for its turn

    def mark_another(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("UPDATE outbox") or late:
            return
        if threading.current_thread() is threading.main_thread():
            late.append(asyncio.create_task(store.mark_sent(second.id, 1, "m", NOW)))
        else:  # a file is written by another thread
            asyncio.run_coroutine_threadsafe(begin(), loop).result(10.0)

    with calling(mark_another, "before_cursor_execute"):
        await store.mark_sent(first.id, 1, "m", NOW)
        await late[0]
    assert await store.pending("web", 10) == []


async def test_nobody_writes_between_the_reading_and_the_writing_of_one_change(
    tmp_path: Path,
) -> None:
    outcomes: list[str] = []

    def write_as_another(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE outbox"):
            connection = sqlite3.connect(tmp_path / "store.db", timeout=0)
            try:
                connection.execute("INSERT INTO meta VALUES ('of another', 'program')")
                connection.commit()
                outcomes.append("written")
            except sqlite3.OperationalError as error:
                outcomes.append(str(error))
            finally:
                connection.close()

    async with open_store(file_url(tmp_path)) as store:
        await store.record([recorded(large_trade("a"), ALICE)], NOW)
        with calling(write_as_another, "before_cursor_execute"):
            assert await store.expire(LATER) == {ALICE: 1}
    assert outcomes == ["database is locked"]


async def test_two_programs_may_write_to_one_file(tmp_path: Path) -> None:
    async with open_store(file_url(tmp_path)) as one, open_store(file_url(tmp_path)) as other:
        await asyncio.gather(
            *(
                store.record([recorded(large_trade(str(n)), ALICE)], NOW)
                for n in range(50)
                for store in (one, other)
            )
        )
        assert len(await one.pending("web", 100)) == 50


# --- cancelled callers, crashes, broken disks --------------------------------------------------


async def test_a_caller_cancelled_at_any_moment_leaves_all_or_nothing_and_may_repeat(
    store: Store,
) -> None:
    for number in range(60):
        name = f"a{number}"
        entry = recorded(large_trade(name), ALICE, BOB)
        task = asyncio.create_task(store.record([entry], NOW))
        for _ in range(number * number // 4):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await store.set_meta("writes", "in turn")
        before = [one for one in await store.pending("web", 1000) if one.key == name]
        stored = any(one.alert.id == name for one in await store.recent(ALL, None, 0, 1000))
        assert len(before) == (2 if stored else 0)
        kept = await store.record([entry], NOW)
        assert kept.new == (set() if stored else {name})
    assert len(await store.pending("web", 1000)) == 120


async def test_a_cancelled_group_of_marks_is_written_all_the_same(store: Store) -> None:
    await store.enqueue([notice(ALICE, str(number)) for number in range(10)])
    due = await store.pending("web", 10)
    tasks = [asyncio.create_task(store.mark_sent(one.id, 1, "m", NOW)) for one in due]
    await asyncio.sleep(0)
    for task in tasks[:-1]:
        task.cancel()
    await tasks[-1]
    assert await store.pending("web", 10) == []


async def test_closing_waits_for_what_is_being_written_and_ends_every_thread(
    tmp_path: Path,
) -> None:
    threads = set(threading.enumerate())
    async with open_store(file_url(tmp_path)) as store:
        await asyncio.gather(*(store.counts() for _ in range(20)))
        writing = asyncio.create_task(store.record([recorded(large_trade("a"), ALICE)], NOW))
        await asyncio.sleep(0)
        writing.cancel()
    for thread in set(threading.enumerate()) - threads:
        thread.join(5)
        assert not thread.is_alive()
    assert look(tmp_path, "SELECT id FROM alerts") == [("a",)]
    assert not (tmp_path / "store.db-wal").exists()
    with pytest.raises(StoreError, match="closed"):
        await store.counts()


async def test_a_cancelled_closing_closes_all_the_same(tmp_path: Path) -> None:
    threads = set(threading.enumerate())
    leaving = asyncio.Event()

    async def use() -> None:
        async with open_store(file_url(tmp_path)) as store:
            await store.record([recorded(large_trade("a"), ALICE)], NOW)
            leaving.set()

    task = asyncio.create_task(use())
    await leaving.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    for thread in set(threading.enumerate()) - threads:
        thread.join(5)
        assert not thread.is_alive()


CHILD = """
import asyncio, sys
from bot.store import Mark, open_store
from tests.bot.test_store import NOW, Chat, large_trade, recorded

async def main():
    chats = [Chat("web", str(number)) for number in range(300)]
    async with open_store(sys.argv[1]) as store:
        for number in range(1_000_000):
            await store.record([recorded(large_trade(str(number)), *chats)], NOW)
            due = await store.pending("web", 3)
            await store.mark_many([Mark(one.id, 1, "m", NOW) for one in due])
            print(number, *(one.id for one in due), flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("lines", [1, 2, 5, 9])
async def test_kill_9_in_the_middle_of_writing_loses_nothing_that_was_written(
    tmp_path: Path, lines: int
) -> None:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        CHILD,
        file_url(tmp_path),
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    told = [await child.stdout.readline() for _ in range(lines)]
    child.kill()
    told += (await child.stdout.read()).splitlines(keepends=True)
    assert await child.wait() == -signal.SIGKILL
    if not told[-1].endswith(b"\n"):
        told.pop()
    assert len(told) >= lines
    async with open_store(file_url(tmp_path)) as store:
        alerts = {one.alert.id for one in await store.recent(ALL, None, 0, 100_000)}
        due = await store.pending("web", 1_000_000)
    sent = {row[0] for row in look(tmp_path, "SELECT id FROM outbox WHERE state = 'sent'")}
    for line in told:
        number, *ids = line.decode().split()
        assert number in alerts
        assert sent >= {int(id) for id in ids}
    # The transaction under way is there as a whole or not at all.
    assert len(told) <= len(alerts) <= len(told) + 1
    assert len(due) + len(sent) == 300 * len(alerts)
    assert look(tmp_path, "SELECT count(*) FROM decisions") == [(300 * len(alerts),)]
    assert look(tmp_path, "PRAGMA integrity_check") == [("ok",)]
    assert look(tmp_path, "PRAGMA foreign_key_check") == []


async def test_what_was_told_to_be_kept_is_on_the_disk_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    """A power cut takes along what has not been synced: every connection syncs each transaction."""
    async with open_store(file_url(tmp_path)) as store:
        asked = "PRAGMA synchronous", "PRAGMA journal_mode", "PRAGMA foreign_keys"

        async def look(connection: AsyncConnection) -> list[Any]:
            return [(await connection.exec_driver_sql(one)).scalar_one() for one in asked]

        found = await asyncio.gather(*(store._database.read(look) for _ in range(5)))
        assert found == [[2, "wal", 1]] * 5  # 2 is FULL
        assert await store._database.write(look) == [2, "wal", 1]


async def test_recording_an_alert_is_one_trip_to_one_thread_and_nine_statements(
    tmp_path: Path,
) -> None:
    """Each trip costs as much as a statement, and messages wait for all of them."""
    threads: list[int] = []

    def hear(*_: object) -> None:
        threads.append(threading.get_ident())

    async with open_store(file_url(tmp_path)) as store:
        entry = recorded(large_trade("a"), ALICE, BOB, TOPIC)
        with calling(hear, "before_cursor_execute"):
            await store.record([msgspec.structs.replace(entry, price=1.0)], NOW)
    assert len(threads) == 9  # the transaction's beginning is one
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()


async def test_a_rehearsal_leaves_nothing_and_spares_the_first_alert_the_longest_statements(
    tmp_path: Path,
) -> None:
    async with open_store(file_url(tmp_path)) as store:
        await store.rehearse()
        assert await store.pending("web", 10) == []
        assert look(tmp_path, "SELECT count(*) FROM decisions") == [(0,)]
        with listening("before_cursor_execute") as heard:
            await store.record([recorded(large_trade("a"), ALICE, BOB)], NOW)
        assert [one.chat for one in await store.pending("web", 10)] == [ALICE, BOB]
    ran = [(text, context.cache_hit) for _, _, text, _, context, _ in heard if context.compiled]
    made = [text for text, hit in ran if hit is CacheStats.CACHE_MISS]
    assert made
    assert not [one for one in made if "INTO decisions" in one or "INTO outbox" in one]


async def test_a_full_disk_is_told_and_nothing_stored_before_is_harmed(tmp_path: Path) -> None:
    async with open_store(file_url(tmp_path)) as store:
        await store.record([recorded(large_trade("a"), ALICE)], NOW)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        size = (tmp_path / "store.db-wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
        try:
            with pytest.raises(StoreError, match=r"full|I/O"):
                await store.record([recorded(large_trade("b"), ALICE)], NOW)
            assert [one.key for one in await store.pending("web", 10)] == ["a"]
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        kept = await store.record([recorded(large_trade("b"), ALICE)], NOW)
        assert kept.new == {"b"}
        assert [one.key for one in await store.pending("web", 10)] == ["a", "b"]


@pytest.mark.parametrize("text", ["\ud800", "a"])
async def test_what_no_column_can_hold_is_refused_like_anything_else(
    store: Store, text: str
) -> None:
    tokens = 1 if text == "\ud800" else 10**30
    spend = Spend("x", NOW, NOW, "alert", text, "s", "shown", tokens, 1, 0.1, False)
    with pytest.raises(StoreError, match="cannot hold"):
        await store.spend(spend)
    assert store.trouble == ""  # it is no trouble of the disk


async def test_a_database_locked_by_another_is_told_and_reading_goes_on(tmp_path: Path) -> None:
    async with open_store(file_url(tmp_path), busy_ms=1) as store:
        await store.enqueue([notice(ALICE, "a"), notice(ALICE, "b")])
        due = await store.pending("web", 10)
        with locked(tmp_path):
            with pytest.raises(StoreError, match="locked"):
                await store.subscribe(ALICE, [ALL], [ALL])
            marks = [store.mark_sent(one.id, 1, "m", NOW) for one in due]
            failures = await asyncio.gather(*marks, return_exceptions=True)
            assert [type(failure) for failure in failures] == [StoreError, StoreError]
            assert await store.pending("web", 10) == due
        await asyncio.gather(*(store.mark_sent(one.id, 1, "m", NOW) for one in due))
        assert await store.pending("web", 10) == []


async def test_a_failure_that_nobody_waited_for_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_store(file_url(tmp_path), busy_ms=1) as store:
        with locked(tmp_path):
            task = asyncio.create_task(store.set_meta("a", "1"))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(StoreError):
                await store.set_meta("b", "1")
    assert "locked" in caplog.text


async def test_a_database_that_does_not_answer_is_told_and_may_still_do_as_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_store(file_url(tmp_path)) as store:
        with monkeypatch.context() as patch:
            patch.setattr(bot.database, "DEADLINE_S", 0.0)
            with pytest.raises(StoreError, match="may still"):
                await store.set_meta("a", "1")
        await store.set_meta("writes", "in turn")
        assert await store.get_meta("a") == "1"


async def test_an_error_names_neither_words_nor_chats(store: Store) -> None:
    secret = Recorded(large_trade("a"), [Decision("secret", Chat("web", "secret"), True, "x")])
    with pytest.raises(StoreError) as caught:
        await store.record([secret], NOW)
    assert "secret" not in str(caught.value)
    assert "secret" not in str(caught.value.__cause__)


async def test_a_file_that_cannot_be_used_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_text("something else " * 100)
    with pytest.raises(StoreError, match=r"store\.db.*not a database"):
        async with open_store(file_url(tmp_path)):
            pass
    with pytest.raises(StoreError, match=r"no/such/folder.*unable to open"):
        async with open_store("sqlite+aiosqlite:///no/such/folder/store.db"):
            pass


@pytest.mark.parametrize(
    ("place", "why"),
    [("nowhere/bot.db", "there is no folder {}/nowhere"), ("", "{} is a folder")],
)
async def test_a_place_where_no_file_can_be_is_named(tmp_path: Path, place: str, why: str) -> None:
    with pytest.raises(StoreError) as refused:
        async with open_store(f"sqlite+aiosqlite:///{tmp_path / place}"):
            pass
    assert str(refused.value).endswith(f"unable to open database file ({why.format(tmp_path)})")


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux tells")
@pytest.mark.parametrize("end", ["", "-wal", "-shm"])
async def test_a_file_that_is_removed_while_it_is_in_use_is_noticed(
    tmp_path: Path, end: str
) -> None:
    file = tmp_path / "bot.db"
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        assert store.removed() == ""
        await asyncio.to_thread(Path(f"{file}{end}").unlink)
        await store.set_meta("key", "value")  # SQLite notices nothing
        assert store.trouble == ""
        assert store.removed() == f"removed while in use: {file}{end}"
        with pytest.raises(StoreError, match="removed while in use"):
            await store.set_meta("key", "lost")
        assert await store.get_meta("key") == "value"


@pytest.mark.parametrize("replaced", [False, True])
async def test_changes_are_refused_while_the_file_has_another_name_or_another_has_its(
    tmp_path: Path, replaced: bool
) -> None:
    """Its log keeps its name: whoever opens another database there throws that away."""
    file, backup = tmp_path / "bot.db", tmp_path / "backup.db"
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        await store.set_meta("key", "before")
        await asyncio.to_thread(file.rename, backup)
        if replaced:
            await asyncio.to_thread(file.write_bytes, b"")
        assert store.removed().startswith(f"removed while in use: {file} (moved")
        with pytest.raises(StoreError, match="removed while in use"):
            await store.subscribe(Chat("web", "1"), [ALL], [ALL])
        await asyncio.to_thread(backup.rename, file)
        assert store.removed() == ""
        await store.set_meta("key", "after")
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        assert await store.get_meta("key") == "after"


async def test_what_cannot_outlast_the_program_is_told_at_its_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "bot.db"
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        await asyncio.to_thread(file.rename, tmp_path / "backup.db")
        assert store.removed()
    assert f"nothing since then outlasts this process: removed while in use: {file}" in caplog.text


async def test_a_new_file_is_its_owners_alone_and_an_old_one_stays_as_it_is(tmp_path: Path) -> None:
    names = ("store.db", "store.db-wal", "store.db-shm")
    async with open_store(file_url(tmp_path)):
        assert {(tmp_path / name).stat().st_mode & 0o777 for name in names} == {0o600}
    (tmp_path / "store.db").chmod(0o640)
    async with open_store(file_url(tmp_path)):
        assert (tmp_path / "store.db").stat().st_mode & 0o777 == 0o640


async def test_a_read_only_file_is_refused_at_once(tmp_path: Path) -> None:
    async with open_store(file_url(tmp_path)):
        pass
    with pytest.raises(StoreError, match="readonly"):
        async with open_store(f"sqlite+aiosqlite:///file:{tmp_path}/store.db?mode=ro&uri=true"):
            pass


@pytest.mark.parametrize(
    "url", ["goraebot.db", "sqlite:///goraebot.db", "mysql+aiomysql://u:secret@localhost/x"]
)
async def test_a_wrong_url_names_the_setting_and_shows_a_right_one(url: str) -> None:
    with pytest.raises(
        SettingsError, match=r"GORAEBOT_DATABASE_URL.*sqlite\+aiosqlite:///"
    ) as caught:
        async with open_store(url):
            pass
    assert "secret" not in str(caught.value)


# --- versions and dialects ---------------------------------------------------------------------


async def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    async with open_store(file_url(tmp_path)) as store:
        await store.subscribe(ALICE, ["BTCUSDT"], [ALL])
        await store.record([recorded(large_trade("a"), ALICE)], NOW)
        audience, due = await store.audience(), await store.pending("web", 10)
    async with open_store(file_url(tmp_path)) as store:
        assert await store.audience() == audience
        assert await store.pending("web", 10) == due


async def test_a_database_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    async with open_store(file_url(tmp_path)):
        pass
    connection = sqlite3.connect(tmp_path / "store.db")
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = (tmp_path / "store.db").read_bytes()
    with pytest.raises(SettingsError, match=r"newer version.*9999"):
        async with open_store(file_url(tmp_path)):
            pass
    assert (tmp_path / "store.db").read_bytes() == before


@pytest.mark.parametrize("tables", [("users",), ("users", "alembic_version", "posts", "tags")])
async def test_a_database_of_another_program_is_refused_untouched(
    tables: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "store.db"
    with closing(sqlite3.connect(file)) as theirs:
        for name in tables:
            theirs.execute(f"CREATE TABLE {name} (version_num TEXT)")
            theirs.execute(f"INSERT INTO {name} VALUES ('5f2b')")
        theirs.commit()
    before = file.read_bytes()
    with pytest.raises(SettingsError, match=r"store\.db, is another .* has .*users"):
        async with open_store(file_url(tmp_path), alone=True):
            pass
    assert file.read_bytes() == before


async def test_a_start_that_was_killed_before_its_first_table_goes_on(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "store.db")) as ours:
        ours.execute("CREATE TABLE alembic_version (version_num TEXT)")
        ours.commit()
    async with open_store(file_url(tmp_path), alone=True) as store:
        assert await store.audience() == []


def test_another_programs_revision_is_not_taken_for_a_newer_one_of_ours() -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num TEXT)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('5f2b')")
        with pytest.raises(SettingsError, match=r"another program's.*5f2b"):
            upgrade(connection)


def test_a_drafted_migration_follows_the_last_one_and_an_older_program_refuses_its_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection)
        with monkeypatch.context() as patch:
            here = tmp_path / "100% other folder"
            shutil.copytree(bot.migrations.upgrade.HERE, here)
            patch.setattr(bot.migrations.upgrade, "HERE", here)
            revise(connection, "more", "0012")
            draft = (here / "versions" / "0012_more.py").read_text()
            assert "Follows: 0011" in draft
            assert "    pass\n" in draft
            assert "op." not in draft
            upgrade(connection)
            assert MigrationContext.configure(connection).get_current_revision() == "0012"
        with pytest.raises(SettingsError, match=r"0012.*0011"):
            upgrade(connection)
    engine.dispose()


async def test_a_row_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    async with open_store(file_url(tmp_path)) as store:
        await store.record([recorded(large_trade("a"), ALICE)], NOW)
        connection = sqlite3.connect(tmp_path / "store.db")
        connection.execute("UPDATE alerts SET body = '{}'")
        connection.execute("UPDATE bodies SET body = 'x'")
        connection.commit()
        connection.close()
        with pytest.raises(StoreError, match="unreadable"):
            await store.recent(ALL, None, 0, 9)
        with pytest.raises(StoreError, match="unreadable"):
            await store.pending("web", 9)


async def test_migrating_leaves_logging_alone(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    bot.database.log.error("still here")
    assert "still here" in caplog.text


def test_the_migrations_lead_to_the_tables_of_the_program() -> None:
    schema = "SELECT name, sql FROM sqlite_schema"
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection)
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, metadata) == []
        made = {row[0]: row[1] for row in connection.execute(text(schema))}
        created = create_engine("sqlite://")
        with created.begin() as other:
            metadata.create_all(other)
            meant = {row[0]: row[1] for row in other.execute(text(schema))}
    engine.dispose()
    created.dispose()

    def shape(sql: str | None) -> list[str]:
        """The parts of a CREATE statement, in whatever order."""
        return sorted(part.strip() for part in re.split(r"[(),]", sql or ""))

    assert made.keys() - meant.keys() == {"alembic_version", "sqlite_autoindex_alembic_version_1"}
    for name, sql in meant.items():
        assert shape(made[name]) == shape(sql)


async def everything(store: Store) -> None:
    """Use every method at least once."""
    await store.subscribe(ALICE, ["BTCUSDT"], ["spread"])
    await store.keep(ALICE, [("BTCUSDT", "spread")])
    await store.mute(ALICE, ALL, LATER)
    await store.mute(ALICE, ALL, 0)
    await store.record([recorded(large_trade("a"), ALICE, BOB)], NOW)
    await store.record([recorded(large_trade("s"), ALICE)], NOW, {(ALICE, "s"): ("m", NOW)})
    await store.enqueue([notice(ALICE, "k")])
    page = await store.pending("web", 1)
    await store.pending("web", 9, page[-1])
    await store.revise("a", Message("new"), LATER)
    await store.mark_attempt(page[0].id)
    await store.mark_sent(page[0].id, 2, "m", NOW)
    await store.expire(LATER, lambda chat, missed: notice(chat, "away"))
    await store.delivered(ALICE, 9)
    await store.recent("large_trade", "BTCUSDT", 0, 9)
    await store.decisions("a")
    await store.decisions_for(ALICE, "BTCUSDT", 0, 9)
    await store.chat(ALICE)
    await store.audience()
    await store.active_topics(ALICE)
    await store.counts()
    await store.set_meta("a", "1")
    await store.get_meta("a")
    await store.spend(Spend("1", NOW, NOW, "alert", "m", "a", "shown", 700, 120, 0.003, False))
    await store.spent(0, LATER)
    await store.gone(ALICE)
    await store.resume(ALICE)
    await store.move(ALICE, "alice2")
    await store.prune(LATER)
    await store.erase(ALICE)


async def test_every_statement_is_also_one_of_postgresql(monkeypatch: pytest.MonkeyPatch) -> None:
    # SQLite's compiler understands PostgreSQL's INSERT … ON CONFLICT as well.
    monkeypatch.setattr(bot.rows, "insert_into", lambda table, _: insert_into(table, "postgresql"))
    async with open_store("sqlite+aiosqlite://") as store:
        with listening("before_execute") as heard:
            await everything(store)
    dialect: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    said = {str(one[1].compile(dialect=dialect)) for one in heard}
    assert len(said) > 30
    for table, names in ((outbox, OUTBOX_COLUMNS), (decisions, DECISION_COLUMNS)):
        insert = insert_into(table, "postgresql")
        packed = str(insert_packed(insert, names, "postgresql").compile(dialect=dialect))
        assert "json_array_elements" in packed


async def test_the_ways_that_run_often_never_walk_the_whole_outbox(tmp_path: Path) -> None:
    async with open_store(file_url(tmp_path)) as store:
        with listening("before_cursor_execute") as heard:
            await everything(store)
    walks = {plan for plan in plans(tmp_path, heard) if plan.startswith("SCAN outbox")}
    # counts: walks what is pending, not what was ever sent
    assert walks == {"SCAN outbox USING INDEX outbox_due"}


async def test_what_was_decided_lately_is_found_without_walking_all_decisions(
    tmp_path: Path,
) -> None:
    # A few hundred chats have a million of them after a month, and alerts wait for ``weighed``.
    async with open_store(file_url(tmp_path)) as store:
        with listening("before_cursor_execute") as heard:
            await store.weighed(ALICE, NOW, 9)
            await store.decisions_for(ALICE, "BTCUSDT", NOW, 9)
            await store.casebook.decided(ALICE, None, NOW, 9)
            await store.unexplained(NOW, 9)
    found = plans(tmp_path, heard)
    assert sum("alerts_by" in plan for plan in found) == 4
    assert [plan for plan in found if plan.startswith("SCAN")] == []


def plans(folder: Path, heard: list[Any]) -> list[str]:
    """How SQLite goes about each statement that it was given."""
    connection = sqlite3.connect(folder / "store.db")
    found = [
        plan[3]
        for _, _, statement, parameters, _, many in heard
        if statement.startswith(("SELECT", "UPDATE", "DELETE"))
        for plan in connection.execute(
            f"EXPLAIN QUERY PLAN {statement}", parameters[0] if many else parameters
        )
    ]
    connection.close()
    return found


async def test_copies_of_chats_that_are_left_out_stay_as_they_are(store: Store) -> None:
    keys = ("one", "two")
    await store.enqueue([notice(chat, key) for chat in (ALICE, BOB, TOPIC) for key in keys])

    def marked(message: Message) -> Message:
        return msgspec.structs.replace(message, progress=("↪",))

    assert await store.amend(keys, marked, LATER, [BOB, Chat("telegram", "-100")]) == 4
    found = [d for name in ("web", "telegram") for d in await store.pending(name, 10)]
    assert {(d.chat, d.message.progress) for d in found} == {
        (ALICE, ("↪",)),
        (BOB, ()),
        (TOPIC, ("↪",)),
    }
