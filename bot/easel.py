"""Has pictures drawn in another process, so that the event loop is never held; keeps them a while.

The process is no fork and no pool of multiprocessing: those hand on the environment, which holds
the tokens, import the main module with all of the program, and cannot be rid of a worker that
hangs. It is started when the first picture is wanted, with an environment of its own and nothing
open but its two pipes, and ends after a while without work.
"""

import asyncio
import logging
import os
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from bot.album import Album
from bot.drawings import Drawing
from bot.errors import DrawError
from bot.model import Picture

log = logging.getLogger("goraebot.easel")

MAX_WAITING: Final = 32
"""Drawings that wait for their turn; one more is refused, and its answer goes without a picture."""
START_S: Final = 15.0
DRAW_S: Final = 5.0
WAIT_S: Final = 10.0
"""How long somebody waits for a picture in all: less than an answer may take."""
KEPT_S: Final = 10.0
"""The same question within so many seconds is answered with the same picture."""
KEPT: Final = 64
IDLE_S: Final = 600.0
"""After so long without work the process ends and gives its memory back."""
MAX_PNG: Final = 4 * 1024 * 1024

READY, PICTURE = b"R", b"P"  # see bot.charts.worker, which the main process must not import

_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT")


class Easel:
    """Implements bot.ports.Charts. ``run`` has to run for anything to be drawn.

    ``command`` starts the drawing process, ``monotonic`` is any clock in seconds.
    """

    def __init__(
        self,
        album: Album,
        *,
        command: Sequence[str] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        draw_s: float = DRAW_S,
        wait_s: float = WAIT_S,
        idle_s: float = IDLE_S,
    ) -> None:
        self._album = album
        self._command = tuple(command or drawing_process())
        self._monotonic = monotonic
        self._draw_s = draw_s
        self._wait_s = wait_s
        self._idle_s = idle_s
        self._waiting: asyncio.Queue[_Job] = asyncio.Queue(MAX_WAITING)
        self._under_way: dict[str, asyncio.Future[Picture]] = {}
        self._kept: OrderedDict[str, tuple[float, Picture]] = OrderedDict()
        self._process: Process | None = None
        self.drawn = 0
        self.started = 0

    @property
    def process_id(self) -> int | None:
        """The drawing process, while there is one."""
        return self._process.pid if self._process is not None else None

    async def draw(self, drawing: Drawing, alt: str) -> Picture:
        """See bot.ports.Charts."""
        question = drawing.question
        kept = self._kept.get(question)
        if kept is not None and self._monotonic() - kept[0] <= KEPT_S:
            return kept[1]
        made = self._under_way.get(question)
        if made is None:
            made = asyncio.get_running_loop().create_future()
            try:
                self._waiting.put_nowait(_Job(drawing, alt, made))
            except asyncio.QueueFull:
                raise DrawError("busy") from None
            self._under_way[question] = made
        try:
            async with asyncio.timeout(self._wait_s):
                await asyncio.wait({made})  # shield() would complain of what fails later
                return made.result()
        except TimeoutError:
            raise DrawError("deadline") from None

    async def run(self) -> None:
        """Draw what is asked for, one after the other, until cancelled."""
        with tempfile.TemporaryDirectory(prefix="goraebot-") as folder:
            try:
                while True:
                    try:
                        async with asyncio.timeout(self._idle_s):
                            job = await self._waiting.get()
                    except TimeoutError:
                        await self._end()
                        continue
                    await self._work(job, folder)
            finally:
                await self._end()

    # --- parts of the above --------------------------------------------------------------------

    async def _work(self, job: "_Job", folder: str) -> None:
        question = job.drawing.question
        try:
            png = await self._draw(job.drawing, folder)
        except DrawError as error:
            log.warning("no picture of %s: %s", question, error)
            job.made.set_exception(error)
            job.made.exception()  # nobody may be waiting any more
        else:
            self.drawn += 1
            picture = self._album.add(png, job.alt)
            self._kept[question] = self._monotonic(), picture
            self._kept.move_to_end(question)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            job.made.set_result(picture)
        finally:
            del self._under_way[question]
            if not job.made.done():
                job.made.cancel()

    async def _draw(self, drawing: Drawing, folder: str) -> bytes:
        """The PNG. A process that dies, hangs or says nonsense is replaced for the next one."""
        body = msgspec.msgpack.encode(drawing)
        try:
            process = self._process or await self._start(folder)
            async with asyncio.timeout(self._draw_s):
                answer = await _ask(process, body)
        except TimeoutError:
            await self._end()
            raise DrawError("deadline", "the drawing process takes too long") from None
        except (OSError, EOFError) as error:
            await self._end()
            raise DrawError("broken", f"the drawing process: {error!r}") from None
        except BaseException:  # cancelled in between: what it would say next is not for us
            await self._end()
            raise
        if answer[:1] == PICTURE:
            return answer[1:]
        raise DrawError("broken", answer[1:200].decode(errors="replace"))

    async def _start(self, folder: str) -> Process:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment |= {
            "HOME": folder,
            "MPLCONFIGDIR": folder,
            "OPENBLAS_NUM_THREADS": "1",  # a thread per core would only cost memory
        }
        process = self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE,
            stdout=PIPE,
            cwd=folder,
            env=environment,
            start_new_session=True,  # a Ctrl-C in the terminal is for the program, which ends it
        )
        self.started += 1
        async with asyncio.timeout(START_S):
            if await _answer(process) != READY:
                raise EOFError("it did not start")
        return process

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()


class _Job(msgspec.Struct):
    drawing: Drawing
    alt: str
    made: "asyncio.Future[Picture]"


def drawing_process() -> list[str]:
    """How the drawing process is started: this Python, isolated from its user's settings."""
    root = str(Path(__file__).parents[1])
    begin = f"import sys; sys.path.append({root!r}); from bot.charts.worker import main; main()"
    return [sys.executable, "-I", "-c", begin]


async def _ask(process: Process, body: bytes) -> bytes:
    assert process.stdin is not None  # noqa: S101 (it was started with pipes)
    process.stdin.write(len(body).to_bytes(4, "big") + body)
    await process.stdin.drain()
    return await _answer(process)


async def _answer(process: Process) -> bytes:
    assert process.stdout is not None  # noqa: S101
    size = int.from_bytes(await process.stdout.readexactly(4), "big")
    if size > MAX_PNG:
        raise EOFError(f"an answer of {size} bytes")
    return await process.stdout.readexactly(size)
