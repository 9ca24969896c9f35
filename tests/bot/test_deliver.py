"""Delivery: everything due arrives, in the right order and pace, whatever single chats do."""

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import msgspec
import pytest

import bot.sender
from bot.deliver import Deliverer
from bot.errors import ChatGone, MessageRefused, PlatformError, RetryLater, StoreError
from bot.model import Chat, Delivery, Limits, Message, Sent
from bot.ports import Answer
from bot.sender import LOADS
from bot.store import Notice, Recorded, Store, open_store
from pipeline.model import Severity, Spread

NOW = 1_760_000_000_000
FAR = NOW + 3_600_000
DEADLINE_S = 10.0


class Room:
    """A platform that keeps what each chat shows. ``failing`` chats raise what is queued there."""

    name = "room"

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.shown: dict[Chat, dict[str, str]] = defaultdict(dict)  # ref → head
        self.lines: dict[Chat, dict[str, tuple[str, ...]]] = defaultdict(dict)
        self.order: list[tuple[Chat, str]] = []
        self.times: list[float] = []
        self.failing: dict[Chat, list[PlatformError | Exception]] = defaultdict(list)
        self.holding: dict[Chat, asyncio.Event] = {}
        self.changed = asyncio.Event()

    async def listen(self, answer: Answer) -> None:
        """Nobody types here."""

    def is_group(self, chat: Chat) -> bool:
        return chat.id.startswith("-")

    async def send(self, chat: Chat, message: Message) -> Sent:
        await self._trouble(chat)
        ref = f"{chat.id}-{len(self.order) + 1}"
        self._show(chat, ref, message)
        return Sent(chat, ref)

    async def edit(self, sent: Sent, message: Message) -> None:
        await self._trouble(sent.chat)
        assert sent.ref in self.shown[sent.chat], "only what was sent can be edited"
        self._show(sent.chat, sent.ref, message)

    async def _trouble(self, chat: Chat) -> None:
        if chat in self.holding:
            await self.holding[chat].wait()
        if self.failing[chat]:
            raise self.failing[chat].pop(0)

    def _show(self, chat: Chat, ref: str, message: Message) -> None:
        self.shown[chat][ref] = message.head
        self.lines[chat][ref] = message.lines
        self.order.append((chat, message.head))
        self.times.append(asyncio.get_running_loop().time())
        self.changed.set()

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not true():
                self.changed.clear()
                await self.changed.wait()

    def heads(self, chat: Chat) -> list[str]:
        return list(self.shown[chat].values())


ALERT = Spread(
    id="a",
    symbol="BTCUSDT",
    at_ms=NOW,
    excess=1.5,
    spread_bp=50.0,
    usual_bp=5.0,
    times_usual=10.0,
    bid=99.0,
    ask=101.0,
)


def chat(number: int) -> Chat:
    return Chat("room", str(number))


def notice(to: Chat, head: str, severity: Severity = "notice", expires_ms: int = FAR) -> Notice:
    return Notice(to, head, Message(head, key=head), severity, NOW, expires_ms)


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite:///:memory:", clock=lambda: NOW) as opened:
        yield opened


@asynccontextmanager
async def delivering(store: Store, room: Room) -> AsyncIterator[Deliverer]:
    deliverer = Deliverer(store, [room], now_ms=lambda: NOW)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(deliverer.run())
        yield deliverer
        running.cancel()


async def test_what_was_enqueued_before_the_start_is_sent(store: Store) -> None:
    room = Room()
    await store.enqueue([notice(chat(n), "첫 소식") for n in range(20)])
    async with delivering(store, room):
        await room.until(lambda: len(room.order) == 20)
        async with asyncio.timeout(30.0):
            while await store.pending("room", 10):  # marks rest a little between transactions
                pass
    assert all(room.heads(chat(n)) == ["첫 소식"] for n in range(20))


async def test_a_new_message_is_sent_when_woken(store: Store) -> None:
    room = Room()
    async with delivering(store, room) as deliverer:
        await store.enqueue([notice(chat(1), "나중 소식")])
        deliverer.wake()
        await room.until(lambda: room.heads(chat(1)) == ["나중 소식"])


async def test_a_recorded_message_is_sent_without_reading_the_outbox(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room()
    async with delivering(store, room) as deliverer:
        await store.enqueue([notice(chat(1), "앞선 소식")])
        deliverer.wake()
        await room.until(lambda: bool(room.heads(chat(1))))

        async def unreadable(platform: str, limit: int) -> list[Delivery]:
            raise StoreError("locked")

        monkeypatch.setattr(store, "pending", unreadable)
        message = Message("새 소식", key=ALERT.id)
        kept = await store.record([Recorded(ALERT, (), [(chat(2), message, FAR)])], NOW)
        deliverer.wake(kept.due)
        deliverer.wake(kept.due)
        await room.until(lambda: bool(room.heads(chat(2))))
    assert [head for _, head in room.order] == ["앞선 소식", "새 소식"]


async def test_what_there_is_no_room_for_is_read_when_there_is(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.sender, "WINDOW", 2)
    room = Room()
    async with delivering(store, room) as deliverer:
        messages = [(chat(n), Message("새 소식", key=ALERT.id), FAR) for n in range(9)]
        kept = await store.record([Recorded(ALERT, (), messages)], NOW)
        deliverer.wake(kept.due)
        await room.until(lambda: len(room.order) == 9)
    assert all(room.heads(chat(n)) == ["새 소식"] for n in range(9))


async def test_what_comes_while_the_last_of_a_full_outbox_is_read_is_read_as_well(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.sender, "WINDOW", 4)
    room = Room()
    holding = [room.holding.setdefault(chat(number), asyncio.Event()) for number in range(4)]
    pending, read, release = store.pending, asyncio.Event(), asyncio.Event()

    async def slow(*arguments: Any) -> list[Delivery]:
        rows = await pending(*arguments)
        if rows:
            read.set()
            await release.wait()
        return rows

    async def alert(id: str, chats: range) -> None:
        messages = [(chat(number), Message(id, key=id), FAR) for number in chats]
        entry = Recorded(msgspec.structs.replace(ALERT, id=id), (), messages)
        deliverer.wake((await store.record([entry], NOW)).due)

    async with delivering(store, room) as deliverer:
        async with asyncio.timeout(DEADLINE_S):
            while deliverer.senders["room"]._reload:
                await asyncio.sleep(0)
            monkeypatch.setattr(store, "pending", slow)
            await alert("하나", range(5))  # of which memory takes four
            for held in holding[:2]:
                held.set()
            await read.wait()
            await alert("둘", range(5, 6))
            release.set()
        await room.until(lambda: room.heads(chat(5)) == ["둘"])


async def test_what_was_sent_is_not_remembered_without_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.sender, "WINDOW", 4)
    room = Room()
    async with delivering(store, room) as deliverer:
        for number in range(20):
            alert = msgspec.structs.replace(ALERT, id=str(number))
            message = Message(alert.id, key=alert.id)
            kept = await store.record([Recorded(alert, (), [(chat(number), message, FAR)])], NOW)
            deliverer.wake(kept.due)
            await room.until(lambda sent=number + 1: len(room.order) == sent)
        async with asyncio.timeout(DEADLINE_S):
            while len(deliverer.senders["room"]._finished) > 4:
                await asyncio.sleep(0)
    assert len(room.order) == 20


async def test_urgent_messages_pass_queued_low_ones(store: Store) -> None:
    room = Room()
    one = chat(1)
    await store.enqueue(
        [
            notice(one, "주의", "notice"),
            notice(one, "긴급", "critical"),
            notice(one, "경고", "warning"),
        ]
    )
    async with delivering(store, room):
        await room.until(lambda: len(room.order) == 3)
    assert [head for _, head in room.order] == ["긴급", "경고", "주의"]


async def test_a_flooded_chat_delays_no_other_and_gets_its_message_in_the_end(
    store: Store,
) -> None:
    room = Room()
    room.failing[chat(1)] = [RetryLater(0.05, "flood", flood=True)]
    await store.enqueue([notice(chat(n), "소식") for n in (1, 2, 3)])
    async with delivering(store, room) as deliverer:
        await room.until(lambda: len(room.order) == 3)
    assert [c for c, _ in room.order][-1] == chat(1)
    assert room.heads(chat(1)) == ["소식"]
    sender = deliverer.senders["room"]
    assert (sender.flooded, sender.retried) == (1, 0)


async def test_a_chat_that_hangs_delays_no_other(store: Store) -> None:
    room = Room()
    room.holding[chat(1)] = asyncio.Event()
    await store.enqueue([notice(chat(n), "소식") for n in range(1, 30)])
    async with delivering(store, room):
        await room.until(lambda: len(room.order) == 28)
        assert room.heads(chat(1)) == []
        room.holding[chat(1)].set()
        await room.until(lambda: room.heads(chat(1)) == ["소식"])


async def test_more_chats_that_hang_than_may_be_under_way_delay_no_other(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.sender, "IN_FLIGHT", 2)
    monkeypatch.setattr(bot.sender, "SLOW_S", 0.0)
    room = Room()
    for number in range(5):
        room.holding[chat(number)] = asyncio.Event()
    await store.enqueue([notice(chat(n), "소식") for n in range(20)])
    async with delivering(store, room):
        await room.until(lambda: len(room.order) == 15)
        for number in range(5):
            room.holding[chat(number)].set()
        await room.until(lambda: len(room.order) == 20)


@pytest.mark.parametrize(("unmarked", "sent"), [(20, 20), (5, 5)])
async def test_a_disk_that_takes_a_moment_holds_up_only_so_many(
    store: Store, monkeypatch: pytest.MonkeyPatch, unmarked: int, sent: int
) -> None:
    """What was answered waits to be marked; the rest goes on, but for what is too much to lose."""
    monkeypatch.setattr(bot.sender, "IN_FLIGHT", 2)
    monkeypatch.setattr(bot.sender, "UNMARKED", unmarked)
    writes, mark_sent = asyncio.Event(), store.mark_sent

    async def slow_mark(*arguments: Any) -> None:
        await writes.wait()
        await mark_sent(*arguments)

    monkeypatch.setattr(store, "mark_sent", slow_mark)
    room = Room()
    await store.enqueue([notice(chat(n), "소식") for n in range(20)])
    async with delivering(store, room):
        await room.until(lambda: len(room.order) >= sent)
        for _ in range(50):  # whatever goes without a mark has gone
            await asyncio.sleep(0)
        assert len(room.order) == sent
        writes.set()
        await room.until(lambda: len(room.order) == 20)
    assert {at for at, _ in room.order} == {chat(n) for n in range(20)}


async def test_what_comes_in_is_seen_between_the_messages_of_a_burst(store: Store) -> None:
    """A platform's limit counts from answers: those of a burst must not be found after its last."""

    class Distant(Room):
        left = 0
        left_by_first = 0

        async def send(self, chat: Chat, message: Message) -> Sent:
            self.left += 1
            answered = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(answered.set_result, None)
            await answered
            self.left_by_first = self.left_by_first or self.left
            return await super().send(chat, message)

    room = Distant()
    await store.enqueue([notice(chat(n), "소식") for n in range(20)])
    async with delivering(store, room):
        await room.until(lambda: len(room.order) == 20)
    assert room.left_by_first <= 3


async def test_urgent_ones_pass_though_memory_is_full(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.sender, "WINDOW", 4)
    monkeypatch.setattr(bot.sender, "IN_FLIGHT", 1)
    room = Room()
    room.holding[chat(0)] = asyncio.Event()
    async with delivering(store, room) as deliverer:
        for key, urgency in (("a", 1.5), ("b", 20.0)):
            alert = msgspec.structs.replace(ALERT, id=key, excess=urgency)
            messages = [(chat(n), Message(key, key=key), FAR) for n in range(9)]
            kept = await store.record([Recorded(alert, (), messages)], NOW)
            deliverer.wake(kept.due)
            while deliverer.senders["room"]._in_flight == 0:
                await asyncio.sleep(0)
        room.holding[chat(0)].set()
        await room.until(lambda: len(room.order) == 18)
    heads = [head for _, head in room.order]
    assert heads == ["a", *["b"] * 9, *["a"] * 8]
    assert {at for at, head in room.order if head == "b"} == {chat(n) for n in range(9)}


async def test_new_messages_pass_edits_that_fill_the_memory_without_being_in_the_outbox(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.sender, "WINDOW", 4)
    monkeypatch.setattr(bot.sender, "IN_FLIGHT", 1)
    room = Room()
    async with delivering(store, room) as deliverer:
        await store.enqueue([notice(chat(n), "앞선 소식") for n in range(9)])
        deliverer.wake()
        await room.until(lambda: len(room.order) == 9)
        room.holding[chat(0)] = asyncio.Event()
        for n in range(9):
            (ref,) = room.shown[chat(n)]
            edit = Delivery(
                n - 9, chat(n), "앞선 소식", Message("고친 소식"), "notice", NOW, FAR, ref=ref
            )
            deliverer.edit_unrecorded(edit)
        while deliverer.senders["room"]._in_flight == 0:
            await asyncio.sleep(0)
        messages = [(chat(n), Message("새 소식", key=ALERT.id), FAR) for n in range(1, 3)]
        kept = await store.record([Recorded(ALERT, (), messages)], NOW)
        deliverer.wake(kept.due)
        room.holding[chat(0)].set()
        await room.until(lambda: len(room.order) == 20)
        assert deliverer.senders["room"]._edits == {}
    heads = [head for _, head in room.order[9:]]
    assert heads == ["고친 소식", *["새 소식"] * 2, *["고친 소식"] * 8]


async def test_a_chat_that_is_gone_is_paused_and_gets_nothing_more(store: Store) -> None:
    room = Room()
    await store.subscribe(chat(1), ["*"], ["*"])
    room.failing[chat(1)] = [ChatGone("blocked")]
    await store.enqueue([notice(chat(1), "하나"), notice(chat(1), "둘"), notice(chat(2), "셋")])
    async with delivering(store, room) as deliverer:
        await room.until(lambda: room.heads(chat(2)) == ["셋"])
        while deliverer.senders["room"].gone == 0:
            await asyncio.sleep(0)
        while await store.pending("room", 10):
            await asyncio.sleep(0)
    assert room.heads(chat(1)) == []
    assert not (await store.chat(chat(1))).active


async def test_an_adapter_s_mistake_costs_neither_the_message_nor_other_chats(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sender.BACKOFF_S", (0.02,))
    room = Room()
    room.failing[chat(1)] = [ValueError("a bug")]
    await store.enqueue([notice(chat(1), "하나"), notice(chat(2), "둘")])
    async with delivering(store, room):
        await room.until(lambda: len(room.order) == 2)
    assert room.heads(chat(1)) == ["하나"]


async def test_a_message_that_the_platform_never_takes_is_dropped_and_the_chat_goes_on(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    room = Room()
    await store.subscribe(chat(1), ["*"], ["*"])
    room.failing[chat(1)] = [MessageRefused("message is too long")]
    await store.enqueue([notice(chat(1), "긴 소식", "critical"), notice(chat(1), "소식")])
    async with delivering(store, room) as deliverer:
        await room.until(lambda: room.heads(chat(1)) == ["소식"])
        async with asyncio.timeout(DEADLINE_S):
            while await store.pending("room", 10):
                await asyncio.sleep(0)
        sender = deliverer.senders["room"]
        assert (sender.refused, sender.retried, sender.sent, sender.queued) == (1, 0, 1, 0)
    assert (await store.chat(chat(1))).active
    assert "room:1: 긴 소식 is dropped: message is too long" in caplog.text


async def test_an_edition_that_the_platform_never_takes_leaves_the_one_before(
    store: Store,
) -> None:
    room = Room()
    async with delivering(store, room) as deliverer:
        await store.enqueue([notice(chat(1), "k")])
        deliverer.wake()
        await room.until(lambda: room.heads(chat(1)) == ["k"])
        async with asyncio.timeout(DEADLINE_S):
            while await store.pending("room", 1):
                await asyncio.sleep(0)
            room.failing[chat(1)] = [MessageRefused("message is too long")]
            await store.revise("k", Message("긴 글", key="k"), FAR)
            deliverer.wake()
            while await store.pending("room", 1):
                await asyncio.sleep(0)
            await store.revise("k", Message("고친 글", key="k"), FAR)
            deliverer.wake()
            await room.until(lambda: room.heads(chat(1)) == ["고친 글"])
    assert [head for _, head in room.order] == ["k", "고친 글"]


async def test_a_message_dropped_while_a_new_edition_was_written_goes_out_as_that(
    store: Store,
) -> None:
    room = Room()
    room.holding[chat(1)] = asyncio.Event()
    room.failing[chat(1)] = [MessageRefused("message is too long")]
    async with delivering(store, room) as deliverer:
        await store.enqueue([notice(chat(1), "k")])
        deliverer.wake()
        while deliverer.senders["room"]._in_flight == 0:
            await asyncio.sleep(0)
        await store.revise("k", Message("고친 글", key="k"), FAR)
        deliverer.wake()
        room.holding[chat(1)].set()
        await room.until(lambda: room.heads(chat(1)) == ["고친 글"])


async def test_a_new_edition_edits_the_message_in_place(store: Store) -> None:
    room = Room()
    async with delivering(store, room) as deliverer:
        await store.enqueue([notice(chat(1), "k")])
        deliverer.wake()
        await room.until(lambda: room.heads(chat(1)) == ["k"])
        while await store.pending("room", 1):
            await asyncio.sleep(0)
        await store.revise("k", Message("고친 글", key="k"), FAR)
        deliverer.wake()
        await room.until(lambda: room.heads(chat(1)) == ["고친 글"])


async def test_an_edition_made_while_the_first_is_on_its_way_becomes_an_edit(
    store: Store,
) -> None:
    """Never a second message: the copy in flight is edited once it has arrived."""
    room = Room()
    room.holding[chat(1)] = asyncio.Event()
    async with delivering(store, room) as deliverer:
        await store.enqueue([notice(chat(1), "k")])
        deliverer.wake()
        while deliverer.senders["room"]._in_flight == 0:
            await asyncio.sleep(0)
        await store.revise("k", Message("고친 글", key="k"), FAR)
        deliverer.wake()
        room.holding[chat(1)].set()
        await room.until(lambda: room.heads(chat(1)) == ["고친 글"])
    assert len(room.shown[chat(1)]) == 1


async def test_an_edition_made_while_the_first_is_written_down_becomes_an_edit(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outbox is read while the first edition's mark is on its way to the database."""
    room = Room()
    read, marking, marked = asyncio.Event(), asyncio.Event(), asyncio.Event()
    pending, mark_sent = store.pending, store.mark_sent

    async def slow_pending(*page: Any) -> list[Delivery]:
        rows = await pending(*page)
        if any(row.version == 2 for row in rows) and not marked.is_set():
            read.set()
            await marking.wait()
        return rows

    async def slow_mark(*arguments: Any) -> None:
        marking.set()
        await marked.wait()
        await mark_sent(*arguments)

    monkeypatch.setattr(store, "pending", slow_pending)
    monkeypatch.setattr(store, "mark_sent", slow_mark)
    room.holding[chat(1)] = asyncio.Event()
    async with asyncio.timeout(DEADLINE_S), delivering(store, room) as deliverer:
        await store.enqueue([notice(chat(1), "k")])
        deliverer.wake()
        while deliverer.senders["room"]._in_flight == 0:
            await asyncio.sleep(0)
        await store.revise("k", Message("고친 글", key="k"), FAR)
        deliverer.wake()
        await read.wait()
        room.holding[chat(1)].set()
        await marking.wait()
        for _ in range(10):  # the outbox that was read goes into memory
            await asyncio.sleep(0)
        marked.set()
        await room.until(lambda: room.heads(chat(1)) == ["고친 글"])
    assert len(room.shown[chat(1)]) == 1


async def test_old_news_is_not_sent_and_its_number_is_told(store: Store) -> None:
    room = Room()
    await store.enqueue(
        [notice(chat(1), "낡은 소식", expires_ms=NOW - 1), notice(chat(1), "새 소식")]
    )
    async with delivering(store, room):
        await room.until(lambda: "새 소식" in room.heads(chat(1)))
    assert "낡은 소식" not in room.heads(chat(1))


async def test_a_message_that_waited_says_how_late_it_is_in_every_edition(store: Store) -> None:
    room = Room()
    told: list[tuple[str, ...]] = []
    show = room._show

    def listen(chat: Chat, ref: str, message: Message) -> None:
        told.append(message.lines)
        show(chat, ref, message)

    room._show = listen  # type: ignore[method-assign]
    for key, waited_ms in (("늦은", 328_000), ("제때", 59_000)):
        await store.enqueue([Notice(chat(1), key, Message(key), "notice", NOW - waited_ms, FAR)])
    async with delivering(store, room) as deliverer:
        await room.until(lambda: len(room.order) == 2)
        await store.revise("늦은", Message("늦은", lines=("설명",)), FAR)
        deliverer.wake()
        await room.until(lambda: len(room.order) == 3)
    assert told == [("⏳ 5분 28초 늦게 보냅니다",), (), ("설명", "⏳ 5분 28초 늦게 보냅니다")]


async def test_one_line_counts_all_that_a_chat_missed_in_a_bad_time(store: Store) -> None:
    now_ms = NOW
    deliverer = Deliverer(store, [Room()], now_ms=lambda: now_ms)
    for number in range(3):
        alert = msgspec.structs.replace(ALERT, id=f"a{number}")
        message = (chat(1), Message("낡은 알림", key=alert.id), now_ms + 1_000)
        await store.record([Recorded(alert, (), [message])], now_ms)
        now_ms += 60_000
        await deliverer.expire()
    (line,) = await store.pending("room", 10)
    assert line.message.head == "📭 전하지 못한 알림 3건"


async def test_a_database_that_fails_while_expiring_loses_no_count(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliverer = Deliverer(store, [Room()], now_ms=lambda: NOW + 60_000)
    message = (chat(1), Message("낡은 알림", key="a"), NOW + 1_000)
    await store.record([Recorded(ALERT, (), [message])], NOW)
    expire = store.expire

    async def full(
        now_ms: int, tell: Callable[[Chat, int], Notice | None], under_way: object
    ) -> dict[Chat, int]:
        tell(chat(1), 1)
        raise StoreError("disk full")

    monkeypatch.setattr(store, "expire", full)
    with pytest.raises(StoreError):
        await deliverer.expire()
    monkeypatch.setattr(store, "expire", expire)
    await deliverer.expire()
    (line,) = await store.pending("room", 10)
    assert line.message.head == "📭 전하지 못한 알림 1건"


async def test_what_was_sent_or_is_under_way_when_its_time_is_over_counts_as_missed_by_nobody(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that took no marks for longer than news last takes those first."""
    now_ms = NOW
    room = Room()
    holding = room.holding[chat(2)] = asyncio.Event()
    deliverer = Deliverer(store, [room], now_ms=lambda: now_ms)
    mark_sent, mark_many = store.mark_sent, store.mark_many
    refused = asyncio.Event()

    async def full(*_: object) -> None:
        refused.set()
        raise StoreError("disk full")

    monkeypatch.setattr(store, "mark_sent", full)
    monkeypatch.setattr(store, "mark_many", full)
    messages = [(chat(number), Message("알림", key="a"), NOW + 600_000) for number in (1, 2)]
    kept = await store.record([Recorded(ALERT, (), messages)], NOW)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(deliverer.run())
        deliverer.wake(kept.due)
        async with asyncio.timeout(DEADLINE_S):
            await refused.wait()
        assert room.heads(chat(1)) == ["알림"] and room.heads(chat(2)) == []
        now_ms += 601_000
        monkeypatch.setattr(store, "mark_sent", mark_sent)
        monkeypatch.setattr(store, "mark_many", mark_many)
        await deliverer.expire()
        holding.set()
        async with asyncio.timeout(DEADLINE_S):
            while await store.pending("room", 1):
                await asyncio.sleep(0)
        running.cancel()
    assert [room.heads(chat(number)) for number in (1, 2)] == [["알림"], ["알림"]]


async def test_what_is_under_way_to_a_chat_that_is_erased_is_not_tried_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.sender, "BACKOFF_S", (0.0,))
    room = Room()
    holding = room.holding[chat(1)] = asyncio.Event()
    room.failing[chat(1)] = [RetryLater(None, "no answer")]
    await store.enqueue([notice(chat(1), "하나")])
    async with delivering(store, room) as deliverer:
        sender = deliverer.senders["room"]
        async with asyncio.timeout(DEADLINE_S):
            while not sender.under_way:
                await asyncio.sleep(0)
        await store.erase(chat(1))
        deliverer.forget(chat(1))
        holding.set()
        async with asyncio.timeout(DEADLINE_S):
            while sender.under_way:
                await asyncio.sleep(0)
        assert deliverer.queued == 0
    assert room.order == []


async def test_what_is_being_read_for_a_chat_that_is_erased_is_not_sent(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = Room()
    pending, read, release = store.pending, asyncio.Event(), asyncio.Event()

    async def slow(*arguments: Any) -> list[Delivery]:
        rows = await pending(*arguments)
        read.set()
        await release.wait()
        return rows

    monkeypatch.setattr(store, "pending", slow)
    await store.enqueue([notice(chat(1), "하나"), notice(chat(2), "하나")])
    async with delivering(store, room) as deliverer:
        async with asyncio.timeout(DEADLINE_S):
            await read.wait()
        await store.erase(chat(1))
        deliverer.forget(chat(1))
        await store.subscribe(chat(1), ["BTCUSDT"], ["spread"])
        await store.enqueue([notice(chat(1), "그 뒤에")])
        release.set()
        await room.until(lambda: len(room.order) == 2)
    assert room.heads(chat(1)) == ["그 뒤에"] and room.heads(chat(2)) == ["하나"]


async def test_the_outbox_is_read_at_once_a_few_times_and_then_in_steps(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sender.LOADS_S", 3_600.0)
    room = Room()
    read = 0
    pending = store.pending

    async def counting(*page: Any) -> list[Delivery]:
        nonlocal read
        read += 1
        return await pending(*page)

    def shows(count: int) -> bool:
        return len(room.order) == count

    monkeypatch.setattr(store, "pending", counting)
    await store.enqueue([notice(chat(1), "소식")])
    async with delivering(store, room) as deliverer:
        for number in range(1, LOADS + 1):
            await room.until(partial(shows, number))
            await store.enqueue([notice(chat(1 + number), "소식")])
            deliverer.wake()
        for _ in range(100):
            deliverer.wake()
            await asyncio.sleep(0)
    assert read == LOADS
    assert len(room.order) == LOADS


async def test_the_pace_of_one_chat_does_not_slow_the_others(store: Store) -> None:
    room = Room(Limits(per_chat_s=0.1))
    await store.enqueue([notice(chat(1), f"소식 {n}") for n in range(3)])
    await store.enqueue([notice(chat(n), "소식") for n in range(2, 12)])
    async with delivering(store, room):
        await room.until(lambda: len(room.order) == 13)
    first = {c: t for (c, _), t in reversed(list(zip(room.order, room.times, strict=True)))}
    own = [t for (c, _), t in zip(room.order, room.times, strict=True) if c == chat(1)]
    assert max(first.values()) < own[1]
    assert all(b - a >= 0.095 for a, b in itertools.pairwise(own))


async def test_a_group_gets_only_so_many_messages_a_minute_and_nobody_else_waits(
    store: Store,
) -> None:
    room = Room(Limits(per_group_minute=3))
    group, person = Chat("room", "-1"), chat(1)
    await store.enqueue([notice(group, f"소식 {n}") for n in range(5)])
    await store.enqueue([notice(person, f"소식 {n}") for n in range(5)])
    async with delivering(store, room):
        await room.until(lambda: len(room.order) == 8)
        assert len(room.heads(group)) == 3
        assert len(room.heads(person)) == 5


async def test_a_message_sent_while_the_database_failed_is_not_sent_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.sender, "AGAIN_S", 0.0)
    room = Room()
    refusals = [StoreError("disk full")] * 2
    mark_sent, mark_many = store.mark_sent, store.mark_many

    async def flaky_sent(*arguments: object) -> None:
        if refusals:
            raise refusals.pop()
        await mark_sent(*arguments)  # type: ignore[arg-type]

    async def flaky_many(marks: object) -> None:
        if refusals:
            raise refusals.pop()
        await mark_many(marks)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "mark_sent", flaky_sent)
    monkeypatch.setattr(store, "mark_many", flaky_many)
    await store.enqueue([notice(chat(1), "한 번만")])
    async with delivering(store, room) as deliverer:
        await room.until(lambda: bool(room.order))
        async with asyncio.timeout(DEADLINE_S):
            while await store.pending("room", 1):
                deliverer.wake()
                await asyncio.sleep(0)
    assert [head for _, head in room.order] == ["한 번만"]
