"""A message in a chat leads back to the alert that it tells of."""

from collections.abc import AsyncIterator

import pytest
from fakes import large_trade

from bot.model import Chat, Message
from bot.store import Notice, Recorded, Store, open_store

NOW = 1_760_054_400_000
CHAT = Chat("telegram", "-100", "7")
ALERT = large_trade("BTCUSDT", "buy", 75_000.0, NOW).alert


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite://") as opened:
        notice = Notice(CHAT, ALERT.id, Message("🐳"), "notice", NOW, NOW + 60_000)
        other = Notice(CHAT, "outage:1", Message("⚠️"), "notice", NOW, NOW + 60_000)
        await opened.record([Recorded(ALERT)], NOW)
        await opened.enqueue([notice, other])
        for number, delivery in enumerate(await opened.pending("telegram", 10)):
            await opened.mark_sent(delivery.id, delivery.version, str(50 + number), NOW)
        yield opened


async def test_the_platforms_id_of_a_sent_alert_finds_the_alert(store: Store) -> None:
    found = [await store.replies.alert_of(CHAT, ref) for ref in ("50", "51")]
    assert [one and one.id for one in found].count(ALERT.id) == 1, "the notice tells of no alert"


async def test_other_chats_and_unknown_messages_find_nothing(store: Store) -> None:
    for chat in (Chat("telegram", "-200"), Chat("discord", "-100")):
        assert await store.replies.alert_of(chat, "50") is None
    for ref in ("", "99", "50' OR 1=1"):
        assert await store.replies.alert_of(CHAT, ref) is None
