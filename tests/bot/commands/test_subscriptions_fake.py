"""The fake that the commands are tested with does what the real store does."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from fakes import CHAT, DAY_MS, NOW_MS, Bot, FakeJournal, FakeSubscriptions, large_trade

from bot.model import Chat
from bot.ports import Journal, Preferences, Subscriptions
from bot.store import Recorded, Store, open_store
from pipeline.model import ALL

OTHER = Chat("telegram", "-100", "7")


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite:///:memory:", clock=lambda: NOW_MS) as opened:
        yield opened


async def told(subscriptions: Subscriptions) -> list[object]:
    """Everything that a series of changes lets one see."""
    seen: list[object] = [await subscriptions.chat(CHAT)]
    await subscriptions.subscribe(CHAT, ("BTCUSDT", "ETHUSDT"), ("spread", ALL))
    await subscriptions.subscribe(CHAT, ("BTCUSDT",), ("spread",))
    await subscriptions.subscribe(CHAT, (ALL,), ("large_trade",))
    await subscriptions.subscribe(OTHER, (ALL,), (ALL,))
    seen += [await subscriptions.chat(CHAT), await subscriptions.chat(OTHER)]
    await subscriptions.keep(CHAT, [("BTCUSDT", ALL), ("ETHUSDT", "spread"), (ALL, "price_jump")])
    seen.append(await subscriptions.chat(CHAT))
    await subscriptions.keep(CHAT, [("BTCUSDT", ALL)])
    seen.append(await subscriptions.chat(CHAT))
    await subscriptions.mute(CHAT, "BTCUSDT", NOW_MS + 5)
    await subscriptions.mute(CHAT, ALL, NOW_MS + 6)
    await subscriptions.mute(CHAT, ALL, NOW_MS + 7)
    await subscriptions.mute(CHAT, "SOLUSDT", 0)
    seen.append(await subscriptions.chat(CHAT))
    await subscriptions.mute(CHAT, "BTCUSDT", 0)
    await subscriptions.keep(CHAT, [])
    seen += [await subscriptions.chat(CHAT), await subscriptions.chat(OTHER)]
    return seen


async def test_subscriptions_are_kept_and_told_alike(store: Store) -> None:
    assert await told(FakeSubscriptions()) == await told(store)


async def changed(preferences: Preferences, subscriptions: Subscriptions) -> list[object]:
    """Everything that changes of the settings let one see."""
    seen: list[object] = []
    for colours, ai in (("global", True), ("global", False), ("korean", True)):
        seen.append(
            await preferences.change(
                CHAT,
                lambda had, c=colours, a=ai: msgspec.structs.replace(had, colours=c, ai=a),  # type: ignore[misc]
            )
        )
        seen += [await subscriptions.chat(CHAT), await subscriptions.chat(OTHER)]
    return seen


async def test_settings_are_kept_and_told_alike(store: Store) -> None:
    fake = FakeSubscriptions()
    assert await changed(fake, fake) == await changed(store.preferences, store)


async def test_the_journal_is_read_alike(store: Store) -> None:
    rows = [
        large_trade(symbol, "buy", 60_000.0, NOW_MS - i * 3_600_000)
        for i, symbol in enumerate(("BTCUSDT", "ETHUSDT", "BTCUSDT", "SOLUSDT", "BTCUSDT"))
    ]
    await store.record([Recorded(row.alert) for row in rows], NOW_MS)
    journals: tuple[Journal, ...] = (FakeJournal(rows), store)
    for asked in (
        ("large_trade", None, NOW_MS - DAY_MS, 10),
        ("large_trade", "BTCUSDT", NOW_MS - DAY_MS, 10),
        (ALL, None, NOW_MS - 3_600_000, 10),
        ("large_trade", None, NOW_MS - DAY_MS, 2),
        ("spread", None, NOW_MS - DAY_MS, 10),
    ):
        fake, real = [[row.alert for row in await j.recent(*asked)] for j in journals]
        assert fake == real, asked


async def test_all_kinds_become_the_others_in_the_real_store_too(store: Store) -> None:
    bot = Bot()
    bot.subscriptions = store  # type: ignore[assignment]
    await bot.ask("/subscribe all")
    await bot.ask("/subscribe BTC 고래")
    message = await bot.ask("/unsubscribe 스프레드")
    assert message.lines[1] == "• 모든 종목: 대량 체결, 급등·급락"
    await bot.ask("/unsubscribe 고래 급등락")
    assert (await store.chat(CHAT)).subscriptions == ()
