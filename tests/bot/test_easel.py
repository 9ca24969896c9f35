"""Drawing in another process: what it is given, what it costs the event loop, how it fails."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from bot import easel as module
from bot.album import Album
from bot.drawings import DepthChart
from bot.easel import Easel
from bot.errors import DrawError

BOOK = DepthChart(
    symbol="BTCUSDT",
    title="비트코인(BTCUSDT)",
    unit="달러",
    tick=0.01,
    bids=((99.0, 1.0), (98.0, 2.0)),
    asks=((101.0, 1.0), (102.0, 3.0)),
    source="바이낸스 현물",
    at_ms=1_768_176_201_000,
)

# Drawing processes that misbehave, in the words of bot.charts.worker.
_SCRIPT = """
import os, sys, time
def say(body):
    sys.stdout.buffer.write(len(body).to_bytes(4, "big") + body); sys.stdout.buffer.flush()
say(b"R")
def asked():
    size = sys.stdin.buffer.read(4)
    return sys.stdin.buffer.read(int.from_bytes(size, "big")) if size else sys.exit()
"""
PNG = "b'P' + b'\\x89PNG' + bytes(12) + bytes([0, 0, 0, 9, 0, 0, 0, 8])"


def misbehaving(then: str) -> list[str]:
    return [sys.executable, "-c", f"{_SCRIPT}\nwhile True:\n    body = asked()\n    {then}"]


def other(number: int) -> DepthChart:
    return msgspec.structs.replace(BOOK, symbol=f"COIN{number}USDT")


class World:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.album = Album(now_ms=lambda: 0)

    @asynccontextmanager
    async def easel(self, **settings: object) -> AsyncIterator[Easel]:
        """An easel that works until the end of the block."""
        made = Easel(self.album, monotonic=lambda: self.now_s, **settings)  # type: ignore[arg-type]
        running = asyncio.create_task(made.run())
        try:
            yield made
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            assert made.process_id is None


@pytest.fixture
def world() -> World:
    return World()


async def test_a_picture_is_drawn_in_another_process_and_found_in_the_album(world: World) -> None:
    async with world.easel(wait_s=30.0, draw_s=20.0) as easel:
        assert easel.process_id is None  # nothing is started for nobody
        picture = await easel.draw(BOOK, "호가 그림")
        png = await world.album.png(picture.name)
        assert png is not None and png.startswith(b"\x89PNG")
        assert (picture.alt, picture.width, picture.height) == ("호가 그림", 1200, 920)
        assert easel.process_id not in (None, os.getpid())


async def test_the_process_gets_no_secret_and_no_socket(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "4242:canary")
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    async with server, world.easel(wait_s=30.0, draw_s=20.0) as easel:
        await easel.draw(BOOK, "")
        its = Path(f"/proc/{easel.process_id}")
        assert b"canary" not in (its / "environ").read_bytes()
        assert b"canary" not in (its / "cmdline").read_bytes()
        opened = [str(each.readlink()) for each in (its / "fd").iterdir()]
        assert not [each for each in opened if each.startswith("socket:")]


async def test_the_same_question_within_seconds_is_answered_with_the_same_picture(
    world: World,
) -> None:
    async with world.easel(command=misbehaving(f"say({PNG})")) as easel:
        first, twin = await asyncio.gather(easel.draw(BOOK, ""), easel.draw(BOOK, ""))
        again = msgspec.structs.replace(BOOK, at_ms=BOOK.at_ms + 5_000)
        assert first == twin == await easel.draw(again, "")
        assert easel.drawn == 1
        assert await easel.draw(other(1), "") != first
        world.now_s = module.KEPT_S + 1
        assert await easel.draw(again, "") != first
        assert easel.drawn == 3


async def test_a_process_that_dies_is_replaced(world: World) -> None:
    dies = misbehaving(f"os._exit(1) if b'COIN0' in body else say({PNG})")
    async with world.easel(command=dies) as easel:
        with pytest.raises(DrawError, match="broken"):
            await easel.draw(other(0), "")
        assert easel.process_id is None
        await easel.draw(other(1), "")
        assert easel.started == 2


async def test_a_process_that_hangs_is_replaced(world: World) -> None:
    hangs = misbehaving(f"time.sleep(600) if b'COIN0' in body else say({PNG})")
    async with world.easel(command=hangs, draw_s=0.3) as easel:
        with pytest.raises(DrawError, match="deadline"):
            await easel.draw(other(0), "")
        await easel.draw(other(1), "")
        assert easel.started == 2


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-c", "raise SystemExit(3)"],
        [sys.executable, "-c", "print('Traceback: no module, and more words than that')"],
        ["/no/such/python"],
        misbehaving("sys.stdout.buffer.write(b'\\xff' * 9); sys.stdout.buffer.flush()"),
    ],
)
async def test_a_process_that_never_works_costs_the_picture_and_nothing_else(
    world: World, command: list[str]
) -> None:
    async with world.easel(command=command) as easel:
        for number in range(3):
            with pytest.raises(DrawError, match="broken"):
                await easel.draw(other(number), "")


async def test_a_drawing_that_fails_ends_no_other(world: World) -> None:
    fails = misbehaving(f"say(b'Fno such colour' if b'COIN0' in body else {PNG})")
    async with world.easel(command=fails) as easel:
        with pytest.raises(DrawError, match="no such colour"):
            await easel.draw(other(0), "")
        await easel.draw(other(1), "")
        assert easel.started == 1


async def test_with_too_many_waiting_one_more_is_refused_at_once(world: World) -> None:
    easel = Easel(world.album, wait_s=0.05)  # nobody draws
    waiting = [
        asyncio.create_task(easel.draw(other(number), "")) for number in range(module.MAX_WAITING)
    ]
    await asyncio.sleep(0)
    with pytest.raises(DrawError, match="busy"):
        await easel.draw(other(99), "")
    for task in waiting:
        with pytest.raises(DrawError, match="deadline"):
            await task


async def test_whoever_stops_waiting_does_not_spoil_the_next_picture(
    world: World, tmp_path: Path
) -> None:
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    os.mkfifo(gate)
    opened = os.open(gate, os.O_RDWR)  # neither side waits for the other to open it
    draws = f"open({str(begun)!r}, 'w'); open({str(gate)!r}, 'rb', 0).read(1); say({PNG})"
    try:
        async with world.easel(command=misbehaving(draws)) as easel, asyncio.timeout(20.0):
            gone = asyncio.create_task(easel.draw(other(0), ""))
            while not begun.exists():
                await asyncio.sleep(0.01)
            gone.cancel()
            os.write(opened, b"12")
            await easel.draw(other(1), "")
            assert easel.drawn == 2
    finally:
        os.close(opened)


async def test_without_work_the_process_ends_and_comes_back_when_wanted(world: World) -> None:
    async with world.easel(command=misbehaving(f"say({PNG})"), idle_s=0.05) as easel:
        await easel.draw(other(0), "")
        async with asyncio.timeout(5.0):
            while easel.process_id is not None:
                await asyncio.sleep(0.01)
        await easel.draw(other(1), "")
        assert easel.started == 2


def test_the_program_itself_never_loads_what_draws() -> None:
    heavy = "[name for name in ('matplotlib', 'numpy', 'PIL', 'bot.charts') if name in sys.modules]"
    code = (
        "import sys, bot.__main__, bot.app, bot.platforms.telegram, bot.platforms.discord, "
        f"bot.explain.ai; print({heavy})"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert found.stdout.strip() == "[]"
