"""The event loop that the program runs on: uvloop where it is installed and wanted."""

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any

from pipeline.sources.sockets import Engine


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
