"""Explanations are edited into every copy; where none comes, the plain sentence stays."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from fakes import ashore
from orders import order

from bot import elaborate
from bot.compose import alert_message
from bot.compose_moves import progressing
from bot.elaborate import Elaborator
from bot.errors import ExplainError
from bot.model import Chat
from bot.store import Recorded, Store, open_store
from bot.symbols import read_symbol
from pipeline.model import AnyAlert, LargeTrade

NOW = 1_760_000_000_000
CHATS = [Chat("web", "a"), Chat("telegram", "1")]

ALERT = order(NOW, id="one")


class Writer:
    """An explainer that says something about every alert but those it has no words for."""

    def __init__(self, *, wordless: tuple[str, ...] = (), broken: tuple[str, ...] = ()) -> None:
        self.wordless = wordless
        self.broken = broken
        self.go = asyncio.Event()
        self.go.set()

    async def explain(self, alert: AnyAlert) -> str:
        await self.go.wait()
        if alert.id in self.wordless:
            raise ExplainError("no words")
        if alert.id in self.broken:
            raise OverflowError("a mistake of ours")
        return f"{alert.id}의 설명입니다."


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite:///:memory:", clock=lambda: NOW) as opened:
        yield opened


async def record(store: Store, name: str, *, recorded_ms: int = NOW) -> LargeTrade:
    alert = msgspec.structs.replace(ALERT, id=name)
    message = alert_message(alert, read_symbol("BTCUSDT"), note="평범한 문장", by="template")
    messages = [(chat, message, NOW + 600_000) for chat in CHATS]
    await store.record([Recorded(alert, (), messages)], recorded_ms)
    return alert


@asynccontextmanager
async def working(store: Store, writer: Writer) -> AsyncIterator[Elaborator]:
    it = Elaborator(store, writer, now_ms=lambda: NOW, wake=lambda: None, unrecorded=ashore(store))
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        running = tasks.create_task(it.run())
        yield it
        running.cancel()


async def notes(store: Store) -> dict[tuple[str, str], str]:
    found = {}
    for chat in CHATS:
        for delivery in await store.pending(chat.platform, 100):
            found[chat.platform, delivery.key] = delivery.message.note
    return found


async def test_the_text_is_put_into_every_copy(store: Store) -> None:
    async with working(store, Writer()) as it:
        it.put(await record(store, "one"))
        while not it.edited:
            await asyncio.sleep(0)
    assert await notes(store) == {
        ("web", "one"): "one의 설명입니다.",
        ("telegram", "one"): "one의 설명입니다.",
    }
    (delivery,) = await store.pending("web", 10)
    assert "AI 설명" in delivery.message.foot
    assert delivery.version == 2


async def test_without_words_the_plain_sentence_stays_and_others_are_explained(
    store: Store,
) -> None:
    async with working(store, Writer(wordless=("one",))) as it:
        it.put(await record(store, "one"))
        it.put(await record(store, "two"))
        while it.edited + it.plain < 2:
            await asyncio.sleep(0)
    found = await notes(store)
    assert found["web", "one"] == "평범한 문장"
    assert found["web", "two"] == "two의 설명입니다."


async def test_a_mistake_in_explaining_costs_one_explanation_and_is_told(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async with working(store, Writer(broken=("one",))) as it:
        it.put(await record(store, "one"))
        it.put(await record(store, "two"))
        # Whoever starts again does not stumble over it again.
        while it.edited + it.plain < 2 or await store.unexplained(0, 10):
            await asyncio.sleep(0)
    found = await notes(store)
    assert found["web", "one"] == "평범한 문장"
    assert found["web", "two"] == "two의 설명입니다."
    told = [record for record in caplog.records if record.levelname == "ERROR"]
    assert told and all(record.exc_info for record in told)
    assert {record.getMessage() for record in told} == {
        "one keeps its plain sentence: an error that nobody expected"
    }


async def test_what_a_run_before_did_not_come_to_is_explained_after_a_restart(
    store: Store,
) -> None:
    await record(store, "fresh")
    await record(store, "old", recorded_ms=NOW - elaborate.RESUME_MS - 1)
    explained = await record(store, "explained")
    again = alert_message(explained, read_symbol("BTCUSDT"), note="이미 설명됨", by="ai")
    await store.revise("explained", again, NOW + 1_000)
    await store.mark_explained("explained")
    await record(store, "grown")  # edited since, but not explained
    await store.amend(["grown"], progressing(("⏱ 진행",)), NOW + 1_000)
    async with working(store, Writer()) as it:
        while it.edited < 2:
            await asyncio.sleep(0)
    found = await notes(store)
    assert found["web", "grown"] == "grown의 설명입니다."
    assert found["web", "fresh"] == "fresh의 설명입니다."
    assert found["web", "old"] == "평범한 문장"
    assert found["web", "explained"] == "이미 설명됨"
    assert it.edited == 2
    assert await store.unexplained(NOW - elaborate.RESUME_MS, 10) == []


async def test_in_a_burst_the_least_severe_keep_their_plain_sentence(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elaborate, "WAITING", 2)
    writer = Writer()
    it = Elaborator(store, writer, now_ms=lambda: NOW, wake=lambda: None, unrecorded=ashore(store))
    mild = await record(store, "mild")
    it.put(msgspec.structs.replace(mild, excess=1.0))
    for name in ("hard", "harder"):
        it.put(msgspec.structs.replace(await record(store, name), excess=9.0))
    assert it.plain == 1
    assert [alert.id for alert in it._waiting] == ["hard", "harder"]
