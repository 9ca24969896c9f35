"""Which event loop the program runs on."""

import asyncio
import faulthandler
import gc
import subprocess
import sys
import weakref

import pytest

from bot import loops
from bot.__main__ import MISUSED, main
from pipeline.sources import sockets
from pipeline.sources.sockets import Engine


class Knot:
    """What only a collection of garbage lets go of."""

    itself: "Knot"


def loop_of(engine: Engine) -> str:
    names: list[str] = []

    async def look() -> None:
        names.append(loops.name())

    loops.run(look(), engine)
    return names[0]


def test_uvloop_is_taken_where_it_is_installed_unless_only_the_plain_engine_is_wanted() -> None:
    assert loop_of("auto") == loop_of("picows") == "uvloop"
    assert loop_of("websockets") == "asyncio"


def test_without_it_the_program_runs_on_pythons_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)  # what an import that fails looks like
    assert loop_of("auto") == loop_of("picows") == "asyncio"


def test_what_is_loaded_is_left_out_of_garbage_collection_and_what_comes_later_is_not() -> None:
    known = [[]]
    loops.settle()
    try:
        assert gc.get_freeze_count() > 10_000
        assert not any(one is known for one in gc.get_objects())
        later = [[]]
        assert any(one is later for one in gc.get_objects())
    finally:
        gc.unfreeze()


async def test_garbage_goes_by_the_clock_whatever_the_thresholds_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    collected: list[int] = []
    collect = gc.collect

    def counted(generation: int) -> int:
        collected.append(generation)
        return collect(generation)

    monkeypatch.setattr(gc, "collect", counted)
    gc.disable()
    try:
        knot = Knot()
        knot.itself = knot
        gone = weakref.ref(knot)
        del knot
        tidying = asyncio.create_task(loops.tidy(every_s=0))
        async with asyncio.timeout(20.0):
            while len(collected) < 360:
                await asyncio.sleep(0)
        tidying.cancel()
        assert gone() is None
    finally:
        gc.enable()
    assert collected[:6] == [0, 0, 0, 0, 0, 1]
    assert collected[359] == 2 and 2 not in collected[:359]


HANGING = """
import asyncio, time
from bot import loops

async def hang():
    guarding = asyncio.create_task(loops.guard({hung_s}))
    await asyncio.sleep(0)
    {does}
    print("there still")

loops.run(hang(), "{engine}")
"""


@pytest.mark.parametrize("engine", ["websockets", "picows"])
@pytest.mark.parametrize(
    "does",
    [
        "time.sleep(600)",
        "while True: pass",
        "__import__('re').match('(a+)+b', 'a' * 60)",  # holds on to the interpreter
    ],
)
def test_a_program_whose_loop_hangs_ends_and_says_where(does: str, engine: Engine) -> None:
    script = HANGING.format(hung_s=0.2, does=does, engine=engine)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert "Timeout (0:00:00.200000)!" in done.stderr and "in hang" in done.stderr
    assert done.stdout == ""


async def test_one_that_goes_on_is_given_time_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[tuple[float, bool]] = []
    taken_back: list[bool] = []
    monkeypatch.setattr(
        faulthandler,
        "dump_traceback_later",
        lambda after_s, *, exit, file: given.append((after_s, exit)),
    )
    monkeypatch.setattr(
        faulthandler, "cancel_dump_traceback_later", lambda: taken_back.append(True)
    )
    guarding = asyncio.create_task(loops.guard(0.001))
    async with asyncio.timeout(20.0):
        while len(given) < 3:
            await asyncio.sleep(0)
    assert set(given) == {(0.001, True)} and not taken_back
    guarding.cancel()
    await asyncio.gather(guarding, return_exceptions=True)
    assert taken_back == [True]


def test_an_engine_that_is_not_installed_is_a_setting_to_mend(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sockets, "find_spec", lambda name: None)
    monkeypatch.setattr("bot.__main__._log", lambda settings: None)
    monkeypatch.setenv("GORAEBOT_BINANCE_ENGINE", "picows")
    assert main(["demo"]) == MISUSED
    assert "[binance] engine" in (told := capsys.readouterr().err)
    assert "goraebot[fast]" in told
