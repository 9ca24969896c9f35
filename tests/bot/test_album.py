"""Pictures by name: a bounded memory, and a database for those that must outlast the program."""

import asyncio
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


async def test_a_picture_that_many_ask_for_at_once_counts_once() -> None:
    """As the scheduled summary of many chats does after a restart."""
    size = len(png())
    async with open_store("sqlite+aiosqlite://") as store:
        album = Album(store.picturebook, now_ms=lambda: NOW_MS)
        summary = album.add(png(), "요약")
        await album.keep(summary)
        album = Album(store.picturebook, now_ms=lambda: NOW_MS, max_bytes=3 * size)
        asked = await asyncio.gather(*(album.png(summary.name) for _ in range(20)))
        assert asked == [png()] * 20
        charts = [album.add(png(), "차트") for _ in range(2)]
    assert [await album.png(chart.name) for chart in charts] == [png()] * 2
    assert await album.png(summary.name) == png()


class SlowBook:
    """A database that answers when it may; ``asked`` counts."""

    def __init__(self, *answers: bytes | StoreError | None) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.may_answer = asyncio.Event()

    async def find(self, name: str) -> bytes | None:
        self.asked += 1
        await self.may_answer.wait()
        answer = self.answers.pop(0)
        if isinstance(answer, StoreError):
            raise answer
        return answer

    async def all_ask(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.mark.parametrize("answer", [png(), None, StoreError("gone")])
async def test_a_picture_is_read_once_for_all_who_ask_meanwhile(answer: object) -> None:
    book = SlowBook(answer)  # type: ignore[arg-type]
    album = Album(book, now_ms=lambda: NOW_MS)  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(album.png("summary")) for _ in range(20)]
        await book.all_ask()
        book.may_answer.set()
    expected = answer if isinstance(answer, bytes) else None
    assert [each.result() for each in asking] == [expected] * 20
    assert book.asked == 1


async def test_who_gives_up_takes_the_picture_from_nobody() -> None:
    book = SlowBook(png())
    album = Album(book, now_ms=lambda: NOW_MS)  # type: ignore[arg-type]
    async with asyncio.TaskGroup() as group:
        first, *others = [group.create_task(album.png("summary")) for _ in range(3)]
        await book.all_ask()
        first.cancel()
        await book.all_ask()
        book.may_answer.set()
    assert [each.result() for each in others] == [png()] * 2
    assert book.asked == 2, "by one of the others, for both"


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
