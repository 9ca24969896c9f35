"""What detectors have learnt is found again after a crash, and after not too long a time."""

import asyncio
import logging
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import learnt
from bot.learnt import KEPT_MS
from bot.store import Store, open_store
from pipeline.baselines import Baselines
from pipeline.market import Market
from pipeline.model import Candle
from pipeline.notes import Baseline
from pipeline.watch import Watch

NOW = 1_760_054_400_000
ROWS = [Baseline("VolumeSurges", f"{n}USDT", bytes([n % 256]) * 900) for n in range(450)]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


def by_symbol(row: Baseline) -> str:
    return row.symbol


async def test_what_is_saved_is_loaded_as_it_was_and_saving_again_replaces_it(store: Store) -> None:
    await store.learnt.save(ROWS, NOW)
    assert sorted(await store.learnt.load(NOW), key=by_symbol) == sorted(ROWS, key=by_symbol)
    newer = Baseline("VolumeSurges", "7USDT", b"\x00\xff newer")
    await store.learnt.save([newer, Baseline("LargeTrades", "7USDT", b"")], NOW + 1)
    loaded = await store.learnt.load(NOW)
    assert len(loaded) == 451
    assert newer in loaded
    await store.learnt.save([], NOW + 2)
    assert len(await store.learnt.load(NOW)) == 451


async def test_what_is_two_days_old_is_forgotten(store: Store) -> None:
    await store.learnt.save(ROWS[:3], NOW)
    await store.learnt.save(ROWS[3:5], NOW + 1)
    assert await learnt.load(store.learnt, NOW + KEPT_MS + 1) == ROWS[3:5]
    assert await store.learnt.load(0) == ROWS[3:5]


async def test_a_database_that_cannot_be_read_means_beginning_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_store("sqlite+aiosqlite://") as store:
        pass  # closed: every call fails
    assert await learnt.load(store.learnt, NOW) == []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await learnt.keep(store.learnt, lambda: ROWS, lambda: NOW)
    told = [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]
    assert [text.split(",")[0].split(":")[0] for text in told] == [
        "what was learnt before cannot be read",
        "what was learnt is not saved",
    ]


async def test_it_is_saved_every_few_minutes_and_when_the_program_ends(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learnt, "SAVE_S", 0.01)
    count = 1
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        task = tasks.create_task(
            learnt.keep(store.learnt, lambda: ROWS[:count], lambda: NOW + count)
        )
        while not await store.learnt.load(NOW):
            await asyncio.sleep(0)
        monkeypatch.setattr(learnt, "SAVE_S", 3_600.0)
        count = 250
        await asyncio.sleep(0.03)
        count = 450
        task.cancel()
    assert len(await store.learnt.load(NOW)) == 450


def candles(count: int) -> list[Candle]:
    first_ms = NOW - count * 1_800_000
    return [
        Candle(
            "BTCUSDT", "30m", open_ms, open_ms + 1_799_999, 1.0, 1.0, 1.0, 1.0, 1e6, 1e6, 999, 5e5,
            5e5, True, open_ms + 1_799_999,
        )
        for open_ms in range(first_ms, NOW, 1_800_000)
    ]  # fmt: skip


async def test_after_kill_9_detectors_know_what_was_saved_last(tmp_path: Path) -> None:
    """The files are copied while the program runs, as a machine that loses it would leave them."""
    first = Watch(Market(), kinds={"volume_surge"})
    (detector,) = first.detectors("BTCUSDT")
    detector.warm(candles(480))  # type: ignore[attr-defined]
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as store:
        await store.learnt.save(list(Baselines().collect(first)), NOW)
        left = tmp_path / "left"
        shutil.copytree(tmp_path, left)
    async with open_store(f"sqlite+aiosqlite:///{left / 'store.db'}") as store:
        baselines = Baselines(await learnt.load(store.learnt, NOW + 60_000))
    second = Watch(Market(), kinds={"volume_surge"}, made=baselines.restore)
    (again,) = second.detectors("BTCUSDT")
    assert again.state() == detector.state()  # type: ignore[attr-defined]
    assert again.lacks(NOW + 60_000) == {}  # type: ignore[attr-defined]
