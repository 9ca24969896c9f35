"""The event loop that the program runs on: uvloop where it is installed and wanted."""

import asyncio
import faulthandler
import gc
import itertools
import sys
from collections.abc import Coroutine
from typing import Any, Final

from pipeline.sources.sockets import Engine

TIDY_S: Final = 10.0
YOUNG, MIDDLE, ALL = 0, 1, 2
"""Python's generations of objects."""
_MINUTE, _HOUR = 6, 360  # in ``TIDY_S``
HUNG_S: Final = 120.0


def run(work: Coroutine[Any, Any, None], engine: Engine) -> None:
    """Run to the end, like asyncio.run; the engine "websockets" means nothing but Python's own."""
    factory = None
    if engine != "websockets":
        try:
            import uvloop
        except ImportError:
            pass
        else:
            factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(work)


def name() -> str:
    """The library of the loop that runs."""
    return type(asyncio.get_running_loop()).__module__.partition(".")[0]


def settle() -> None:
    """Leave what is loaded by now out of garbage collection: modules do not go away, and looking
    through all of them stops the loop for 40 ms each time; for the one in sixty of these objects
    that is garbage, not even once. The rest is looked through seldom: market events go as they are
    let go of, and doing it every 700 costs a book a fifth more."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 20)


async def tidy(every_s: float = TIDY_S) -> None:
    """Let go of garbage by the clock, until cancelled: what comes together until ``settle``'s
    threshold is reached (in a minute or two) stops the loop for 40 ms, a tenth of a minute's for 3;
    and the less of it lies about, the less memory is broken up by it."""
    for number in itertools.count(1):
        await asyncio.sleep(every_s)
        generation = YOUNG if number % _MINUTE else MIDDLE if number % _HOUR else ALL
        gc.collect(generation)


async def guard(hung_s: float = HUNG_S) -> None:
    """End the process when its loop has hung for so long, until cancelled: nobody hears of one that
    hangs, while one that has ended is started anew. What each thread was doing goes to standard
    error; the watching thread is not Python's, which may be what hangs."""
    try:
        while sys.__stderr__ is not None:
            faulthandler.dump_traceback_later(hung_s, exit=True, file=sys.__stderr__)
            await asyncio.sleep(hung_s / 10)
    finally:
        faulthandler.cancel_dump_traceback_later()
