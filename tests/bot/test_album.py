"""Pictures by name: a bounded memory, and a database for those that must outlast the program."""

from pathlib import Path

import pytest
from pictures import png

from bot import picturebook
from bot.album import Album
from bot.errors import StoreError
from bot.store import open_store

NOW_MS = 1_768_176_201_000


async def test_a_picture_is_found_by_its_name_which_nobody_can_guess() -> None:
    album = Album(now_ms=lambda: NOW_MS)
    first, second = album.add(png(), "하나"), album.add(png(), "둘")
    assert (first.width, first.height, first.alt) == (120, 80, "하나")
    assert len(first.name) == 32 and first.name != second.name
    assert await album.png(first.name) == png()
    assert await album.png("0" * 32) is None


async def test_when_the_memory_is_full_the_picture_unused_for_longest_goes() -> None:
    size = len(png())
    album = Album(now_ms=lambda: NOW_MS, max_bytes=3 * size)
    names = [album.add(png(shade=10), "").name for _ in range(3)]
    await album.png(names[0])
    names.append(album.add(png(shade=10), "").name)
    kept = [await album.png(name) is not None for name in names]
    assert kept == [True, False, True, True]


async def test_what_is_kept_outlasts_the_program_and_goes_with_the_messages(
    tmp_path: Path,
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'store.db'}"
    async with open_store(url) as store:
        album = Album(store.picturebook, now_ms=lambda: NOW_MS)
        kept, lost = album.add(png(), "요약"), album.add(png(), "시세")
        await album.keep(kept)
        await album.keep(kept)  # twice is once
    async with open_store(url) as store:
        album = Album(store.picturebook, now_ms=lambda: NOW_MS)
        assert await album.png(kept.name) == png()
        assert await album.png(lost.name) is None
        await store.prune(NOW_MS)
        assert await Album(store.picturebook, now_ms=lambda: NOW_MS).png(kept.name) == png()
        await store.prune(NOW_MS + 1)
        assert await Album(store.picturebook, now_ms=lambda: NOW_MS).png(kept.name) is None


async def test_the_database_keeps_so_many_pictures_and_lets_the_oldest_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(picturebook, "MAX_KEPT", 3)
    async with open_store("sqlite+aiosqlite://") as store:
        for number in range(5):
            await store.picturebook.keep(f"picture {number}", png(), NOW_MS + number)
        found = [await store.picturebook.find(f"picture {number}") for number in range(5)]
        assert [each is not None for each in found] == [False, False, True, True, True]


async def test_a_database_that_does_not_answer_costs_the_picture_only() -> None:
    async with open_store("sqlite+aiosqlite://") as store:
        album = Album(store.picturebook, now_ms=lambda: NOW_MS)
        picture = album.add(png(), "")
    assert await album.png("1" * 32) is None
    with pytest.raises(StoreError):
        await album.keep(picture)
