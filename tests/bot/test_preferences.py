"""How chats want their alerts outlasts restarts, moves and migrations."""

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import create_engine, text

from bot.kept_settings import settings_from, settings_text
from bot.migrations.upgrade import upgrade
from bot.model import Chat, ChatSettings, Quiet, Threshold
from bot.store import open_store
from pipeline.model import ALL

GROUP = Chat("telegram", "-1", "7")
SETTINGS = ChatSettings(
    off=("pump",),
    thresholds={"price_jump": Threshold(5.0, "percent"), "large_trade": Threshold(2.0)},
    cooldown_s=600,
    quiet=Quiet("23:00", "07:00", (0, 4), "Asia/Tokyo", loud=True),
    colours="global",
    ai=False,
)


def url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'store.db'}"


async def test_settings_outlast_a_restart_and_a_change_is_seen_by_the_audience(
    tmp_path: Path,
) -> None:
    async with open_store(url(tmp_path)) as store:
        await store.subscribe(GROUP, [ALL], [ALL])
        revision = store.revision
        assert await store.preferences.change(GROUP, lambda had: SETTINGS) == SETTINGS
        assert store.revision > revision
    async with open_store(url(tmp_path)) as store:
        assert (await store.chat(GROUP)).settings == SETTINGS
        assert [state.settings for state in await store.audience()] == [SETTINGS]


async def test_a_chat_that_subscribed_to_nothing_can_have_settings(tmp_path: Path) -> None:
    async with open_store(url(tmp_path)) as store:
        await store.preferences.change(GROUP, lambda had: SETTINGS)
        assert (await store.chat(GROUP)).settings == SETTINGS


async def test_a_change_that_is_refused_changes_nothing(tmp_path: Path) -> None:
    def refuse(had: ChatSettings) -> ChatSettings:
        raise ZeroDivisionError

    async with open_store(url(tmp_path)) as store:
        await store.preferences.change(GROUP, lambda had: SETTINGS)
        with pytest.raises(ZeroDivisionError):
            await store.preferences.change(GROUP, refuse)
        assert (await store.chat(GROUP)).settings == SETTINGS


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        (SETTINGS, ChatSettings(), SETTINGS),
        (ChatSettings(), SETTINGS, SETTINGS),
        (SETTINGS, ChatSettings(ai=False), ChatSettings(ai=False)),
    ],
)
async def test_a_group_that_moves_takes_its_settings_along_unless_there_are_some(
    tmp_path: Path, old: ChatSettings, new: ChatSettings, kept: ChatSettings
) -> None:
    there = Chat("telegram", "-1002", "7")
    async with open_store(url(tmp_path)) as store:
        await store.preferences.change(GROUP, lambda had: old)
        await store.preferences.change(there, lambda had: new)
        await store.move(GROUP, there.id)
        assert (await store.chat(there)).settings == kept
        assert (await store.chat(GROUP)).settings == ChatSettings()


async def test_deleting_a_chat_deletes_its_settings(tmp_path: Path) -> None:
    async with open_store(url(tmp_path)) as store:
        await store.preferences.change(GROUP, lambda had: SETTINGS)
        await store.erase(GROUP)
        assert (await store.chat(GROUP)).settings == ChatSettings()


def test_what_is_stored_names_only_what_differs_and_reads_back() -> None:
    assert settings_text(ChatSettings()) == ""
    assert settings_text(ChatSettings(ai=False)) == '{"ai":false}'
    assert settings_from(settings_text(SETTINGS)) == SETTINGS


def test_settings_of_a_later_version_with_further_fields_can_be_read() -> None:
    written = msgspec.json.decode(settings_text(SETTINGS)) | {"version": 1, "language": "en"}
    assert settings_from(msgspec.json.encode(written).decode()) == SETTINGS


def test_settings_of_a_later_version_are_read_as_far_as_they_can_be(
    caplog: pytest.LogCaptureFixture,
) -> None:
    written = msgspec.json.decode(settings_text(SETTINGS))
    odd = written | {"colours": "rainbow", "cooldown_s": "often", "quiet": 7}
    for _ in range(2):
        read = settings_from(msgspec.json.encode(odd).decode())
        assert read == msgspec.structs.replace(SETTINGS, colours="korean", cooldown_s=0, quiet=None)
    assert settings_from("{") == settings_from("[]") == ChatSettings()
    assert caplog.text.count("rainbow") == 1


async def test_chats_of_the_released_version_are_migrated_with_what_they_had(
    tmp_path: Path,
) -> None:
    file = tmp_path / "store.db"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        upgrade(connection, "0004")
        connection.execute(text("INSERT INTO chats VALUES ('telegram', '-1', '7', 1, 5, 20)"))
        connection.execute(
            text("INSERT INTO subscriptions VALUES ('telegram', '-1', '7', '*', '*')")
        )
    engine.dispose()
    async with open_store(url(tmp_path)) as store:
        (state,) = await store.audience()
        assert (state.chat, state.daily_limit, len(state.subscriptions)) == (GROUP, 20, 1)
        assert state.settings == ChatSettings()
        await store.preferences.change(GROUP, lambda had: SETTINGS)
