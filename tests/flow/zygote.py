"""Runs `goraebot run` again and again, each time in a fork of a process that has loaded everything.

Each line on standard input is a JSON object: ``environment``, ``log`` (a file), and when to die of
SIGKILL: ``at`` ("sql", "http" or "" for never) and ``step``, which counts what happens there, both
its beginning and its end. Standard output has a line for each: the process's number.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from hurried import hurry
from sqlalchemy import Engine, event

import bot.app
import bot.deliver
import bot.platforms.telegram  # noqa: F401 (loaded for the forks)
from bot.__main__ import main
from bot.explain import ai, gateway  # noqa: F401
from bot.platforms.telegram_http import Http
from pipeline.sources import sockets_websockets  # noqa: F401


def die_at(place: str, step: int) -> None:
    """kill -9 at the step."""
    left = [step]

    def count(*_: Any, **__: Any) -> None:
        left[0] -= 1
        if left[0] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    if place == "sql":
        for name in ("before_cursor_execute", "after_cursor_execute", "commit", "rollback"):
            event.listen(Engine, name, count)
    elif place == "http":
        do_request: Callable[..., Any] = Http.do_request

        async def counted(self: Http, url: str, method: str, **how: Any) -> Any:
            if "/getUpdates" in url:
                return await do_request(self, url, method, **how)
            count()
            answer = await do_request(self, url, method, **how)
            count()
            return answer

        Http.do_request = counted  # type: ignore[method-assign]


def run(order: dict[str, Any]) -> None:
    """In the fork: never returns."""
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    null = os.open(os.devnull, os.O_RDONLY)
    for mine, theirs in ((null, 0), (log, 1), (log, 2)):
        os.dup2(mine, theirs)
    os.environ.update(order["environment"])
    hurry(0.001)
    die_at(order["at"], order["step"])
    os._exit(main(["run"]))


if __name__ == "__main__":
    for line in sys.stdin:
        number = os.fork()
        if not number:
            run(json.loads(line))
        print(number, flush=True)
        _, status = os.waitpid(number, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
