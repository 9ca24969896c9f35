"""The event loop that the program runs on (uvloop where it is installed and wanted), and what looks
after it."""

import asyncio
import faulthandler
import gc
import itertools
import logging
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any, Final, Self

from pipeline.sources.sockets import Engine

log = logging.getLogger("goraebot")

TIDY_S: Final = 10.0
YOUNG, MIDDLE, ALL = 0, 1, 2
"""Python's generations of objects."""
_MINUTE, _HOUR = 6, 360  # in ``TIDY_S``
HUNG_S: Final = 120.0
GRACE_S: Final = 15.0


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
    let go of, and doing it every 700 costs a book a fifth more. In a market of 150,000 trades a
    second some 40,000 orders wait at a time, and are no garbage; what is, ``tidy`` lets go of."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(100_000, 20, 20)


async def tidy(every_s: float = TIDY_S) -> None:
    """Let go of garbage by the clock, until cancelled: what comes together in a minute or two stops
    the loop for 40 ms, a tenth of a minute's for 3, and ``settle``'s threshold would wait for more;
    and the less of it lies about, the less memory is broken up by it."""
    for number in itertools.count(1):
        await asyncio.sleep(every_s)
        generation = YOUNG if number % _MINUTE else MIDDLE if number % _HOUR else ALL
        gc.collect(generation)


class Guard:
    """Ends the process when its loop has hung for ``hung_s``, or what is left to do after ``last``
    takes longer: nobody hears of one that hangs, while one that has ended is started anew.

    What each thread was doing goes to standard error first. The watching thread is not Python's,
    which may be what hangs; and where it hangs itself, because nobody reads standard error, the
    kernel ends the process ``GRACE_S`` later.
    """

    def __init__(self, hung_s: float = HUNG_S) -> None:
        self._hung_s = hung_s
        self._renewing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._renewing = asyncio.create_task(self._renew(), name="guard")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.last()
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_REAL, 0)

    def last(self) -> None:
        """Give time once more, and then no more, however often this is called."""
        if self._renewing is not None:
            self._renewing.cancel()
            self._renewing = None
            self._give_time()

    async def _renew(self) -> None:
        while True:
            self._give_time()
            await asyncio.sleep(self._hung_s / 10)

    def _give_time(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, self._hung_s + GRACE_S)
        if sys.__stderr__ is not None:
            try:
                faulthandler.dump_traceback_later(self._hung_s, exit=True, file=sys.__stderr__)
            except (RuntimeError, OSError) as error:  # no thread can be started now
                log.warning("the guard against hanging: %s", error)


def heed_signals(stop: Callable[[], object], stack: AsyncExitStack) -> None:
    """Have Ctrl+C, an end that is asked for and a closed terminal call ``stop``."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue  # nohup
        loop.add_signal_handler(number, stop)
        stack.callback(loop.remove_signal_handler, number)
