"""The lobby greets once, and what pauses when the bot leaves goes on when it is back."""

from collections.abc import AsyncIterator

import pytest

from bot.errors import StoreError
from bot.lobby import StoreLobby
from bot.model import Chat, ChatState, Message
from bot.store import Store, open_store

NOW = 1_760_000_000_000
GREETING = Message("고래봇입니다")
GROUP = Chat("telegram", "-5")
TOPIC = Chat("telegram", "-5", "7")
OTHER = Chat("telegram", "-6")
NEW = Chat("telegram", "-1005")
NEW_TOPIC = Chat("telegram", "-1005", "7")


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    async with open_store("sqlite+aiosqlite://", clock=lambda: NOW) as opened:
        yield opened


async def active(store: Store) -> list[Chat]:
    return [state.chat for state in await store.audience()]


async def test_a_chat_is_greeted_the_first_time_only_even_after_a_restart(store: Store) -> None:
    assert await StoreLobby(store, GREETING).joined(GROUP) == GREETING
    assert await StoreLobby(store, GREETING).joined(GROUP) is None
    assert await StoreLobby(store, GREETING).joined(OTHER) == GREETING


async def test_leaving_pauses_every_topic_and_returning_goes_on_with_them(store: Store) -> None:
    for chat in (GROUP, TOPIC, OTHER):
        await store.subscribe(chat, ["BTCUSDT"], ["spread"])
    lobby = StoreLobby(store, GREETING)
    await lobby.left(GROUP)
    assert await active(store) == [OTHER]
    await lobby.joined(GROUP)
    assert await active(store) == [GROUP, TOPIC, OTHER]


async def test_leaving_reads_the_topics_of_its_chat_and_no_other_chat(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Discord server that removes the bot is hundreds of channels, each of them left."""
    for chat in (GROUP, TOPIC, OTHER):
        await store.subscribe(chat, ["BTCUSDT"], ["spread"])

    async def everybody() -> list[ChatState]:
        raise AssertionError("every chat is read to find one")

    monkeypatch.setattr(store, "audience", everybody)
    lobby = StoreLobby(store, GREETING)
    for chat in (GROUP, NEW):
        await lobby.left(chat)
    monkeypatch.undo()
    assert await active(store) == [OTHER]


async def test_a_chat_found_unreachable_twice_still_goes_on_in_all_topics(store: Store) -> None:
    for chat in (GROUP, TOPIC):
        await store.subscribe(chat, ["BTCUSDT"], ["spread"])
    lobby = StoreLobby(store, GREETING)
    await lobby.left(GROUP)  # the message to one topic found it
    await store.gone(TOPIC)  # which the sender writes down, too
    await lobby.left(GROUP)  # and Telegram says it
    await lobby.joined(GROUP)
    assert await active(store) == [GROUP, TOPIC]


async def test_a_crash_between_the_steps_of_leaving_loses_no_topic(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for chat in (GROUP, TOPIC):
        await store.subscribe(chat, ["BTCUSDT"], ["spread"])
    gone = store.gone

    async def breaks(chat: Chat) -> None:
        await gone(chat)
        raise StoreError("out of reach")

    monkeypatch.setattr(store, "gone", breaks)
    with pytest.raises(StoreError):
        await StoreLobby(store, GREETING).left(GROUP)
    monkeypatch.undo()
    assert len(await active(store)) == 1
    await StoreLobby(store, GREETING).left(GROUP)
    await StoreLobby(store, GREETING).joined(GROUP)
    assert await active(store) == [GROUP, TOPIC]


async def test_a_chat_that_moves_takes_everything_along_and_is_not_greeted_again(
    store: Store,
) -> None:
    lobby = StoreLobby(store, GREETING)
    await lobby.joined(GROUP)
    for chat in (GROUP, TOPIC):
        await store.subscribe(chat, ["BTCUSDT"], ["spread"])
    await lobby.left(GROUP)  # Telegram may tell of the leaving first
    for _ in range(2):
        await lobby.moved(GROUP, NEW.id)
    assert await active(store) == [NEW, NEW_TOPIC]
    assert await lobby.joined(NEW) is None


async def test_a_chat_that_moves_after_it_was_joined_anew_stays_as_it_is(store: Store) -> None:
    lobby = StoreLobby(store, GREETING)
    await store.subscribe(GROUP, ["BTCUSDT"], ["spread"])
    await lobby.joined(NEW)
    await lobby.moved(GROUP, NEW.id)
    await lobby.moved(NEW, NEW.id)
    assert await active(store) == [NEW]
    assert await lobby.joined(NEW) is None
