"""Which event loop the program runs on."""

import asyncio
import faulthandler
import gc
import signal
import sys
import weakref
from subprocess import PIPE, Popen
from typing import Any

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
import asyncio, signal, sys, threading, time
from bot import loops

async def hang():
    async with loops.Guard({hung_s}) as guard:
        await asyncio.sleep(0)
        {does}
    print("there still", signal.getitimer(signal.ITIMER_REAL))

loops.run(hang(), "{engine}")
"""


def hanging(does: str, engine: Engine, hung_s: float = 0.2, **options: Any) -> Popen[str]:
    script = HANGING.format(hung_s=hung_s, does=does, engine=engine)
    return Popen([sys.executable, "-c", script], text=True, **options)


@pytest.mark.parametrize("engine", ["websockets", "picows"])
@pytest.mark.parametrize(
    "does",
    [
        "time.sleep(600)",
        "while True: pass",
        "__import__('re').match('(a+)+b', 'a' * 60)",  # holds on to the interpreter
        "guard.last(); await asyncio.sleep(600)",  # an end that does not come to one
    ],
)
def test_a_program_that_hangs_ends_and_says_where(does: str, engine: Engine) -> None:
    with hanging(does, engine, stdout=PIPE, stderr=PIPE) as program:
        out, err = program.communicate(timeout=60)
    assert program.returncode == 1
    assert "Timeout (0:00:00.200000)!" in err and "most recent call first" in err
    assert out == ""


def test_it_ends_also_if_nobody_reads_what_it_says() -> None:
    fill = "loops.GRACE_S = 0.2; guard._give_time(); sys.stderr.write('x' * 1_000_000)"
    with hanging(fill, "websockets", stderr=PIPE) as program:
        assert program.wait(timeout=60) == -signal.SIGALRM


def test_one_that_ends_by_itself_leaves_no_alarm_behind() -> None:
    with hanging("pass", "websockets", 60.0, stdout=PIPE) as program:
        out, _ = program.communicate(timeout=60)
    assert (program.returncode, out) == (0, "there still (0.0, 0.0)\n")


async def test_one_that_goes_on_is_given_time_again_and_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    given: list[tuple[float, bool]] = []

    def give(after_s: float, *, exit: bool, file: object) -> None:
        given.append((after_s, exit))
        if len(given) == 2:
            raise RuntimeError("unable to start watchdog thread")

    monkeypatch.setattr(faulthandler, "dump_traceback_later", give)
    monkeypatch.setattr(loops, "GRACE_S", 600.0)
    async with loops.Guard(0.001) as guard, asyncio.timeout(20.0):
        while len(given) < 4:
            await asyncio.sleep(0)
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 500
        guard.last()
        many = len(given)
        guard.last()  # as each task that ends says so
        await asyncio.sleep(0)
        assert set(given) == {(0.001, True)} and len(given) == many
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert caplog.text.count("unable to start watchdog thread") == 1


def test_an_engine_that_is_not_installed_is_a_setting_to_mend(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sockets, "find_spec", lambda name: None)
    monkeypatch.setattr("bot.__main__._log", lambda settings: None)
    monkeypatch.setenv("GORAEBOT_BINANCE_ENGINE", "picows")
    assert main(["demo"]) == MISUSED
    assert "[binance] engine" in (told := capsys.readouterr().err)
    assert "goraebot[fast]" in told
