"""Log lines for operators: text or JSON, and never a secret."""

import json
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from bot.hidden import Hider

log = logging.getLogger("goraebot")

TALKATIVE = (
    "aiohttp.access", "alembic", "apscheduler", "httpx", "httpx2", "picows", "websockets",
)  # fmt: skip
"""Libraries that write a line for each request."""
AGAIN_S, LONGEST_S = 60.0, 3600.0
"""How long a complaint is not repeated at first, and at most."""
COMPLAINTS = 500
"""Complaints that are remembered; the one heard first is forgotten."""


def utc(ms: int) -> str:
    """A moment as it stands in a log line: milliseconds since the epoch, in ISO 8601."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="seconds")


class Patience(logging.Filter):
    """Holds back a complaint that is word for word the one before: what is tried again every second
    while the disk is full says so once, then at doubling intervals, with how often it was held back
    (``held``). The beginning and the end of an incident always pass, as does what has a traceback.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        # When it may be heard again, after how long that was, and how often it was held back.
        self._heard: dict[tuple[str, str], tuple[float, float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.WARNING or record.exc_info or hasattr(record, "incident"):
            return True
        complaint, now_s = (record.name, record.getMessage()), self._clock()
        again_s, pause_s, held = self._heard.pop(complaint, (now_s, 0.0, 0))
        passes = now_s >= again_s
        if passes:
            goes_on = pause_s and now_s < again_s + pause_s
            pause_s = min(2 * pause_s, LONGEST_S) if goes_on else AGAIN_S
            again_s = now_s + pause_s
            record.held, held = held, 0
        else:
            held += 1
        self._heard[complaint] = again_s, pause_s, held
        if len(self._heard) > COMPLAINTS:
            del self._heard[next(iter(self._heard))]
        return passes


class _Redacting(logging.Formatter):
    """Formats a record and takes out every secret, wherever it came from."""

    def __init__(self, hide: Callable[[str], str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        return self._hide(super().format(record) + _held(record))


class _Json(_Redacting):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            # Before JSON escapes it: what is escaped already would be so twice.
            "message": self._hide(record.getMessage() + _held(record)),
        }
        incident = getattr(record, "incident", None)
        if incident is not None:
            line["incident"] = incident
        if record.exc_info:
            line["exception"] = self._hide(self.formatException(record.exc_info))
        return self._hide(json.dumps(line, ensure_ascii=False, default=str))


def _held(record: logging.LogRecord) -> str:
    held = getattr(record, "held", 0)
    return f" (said {held} times more since)" if held else ""


def set_up(form: str, level: str, secrets: Iterable[str] = ()) -> None:
    """Log to standard error in the form "text" or "json"; so do warnings, and errors that nobody
    caught, which Python would write there with whatever they hold.

    A record's ``incident`` (a dictionary of JSON values, by ``extra``) is a field of a JSON line.
    """
    hide = Hider(secrets)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json(hide) if form == "json" else _Redacting(hide))
    handler.addFilter(Patience())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for talkative in TALKATIVE:
        logging.getLogger(talkative).setLevel(logging.WARNING)
    logging.captureWarnings(True)
    sys.excepthook = _uncaught
    sys.unraisablehook = _unraisable
    threading.excepthook = _in_thread


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("an error that nobody expected", exc_info=(kind, error, trace))


def _unraisable(found: "sys.UnraisableHookArgs") -> None:
    error = found.exc_value
    given = (type(error), error, found.exc_traceback) if error is not None else None
    log.error("an error where nobody can be told: %s", found.err_msg or "", exc_info=given)


def _in_thread(found: threading.ExceptHookArgs) -> None:
    error = found.exc_value
    given = (type(error), error, found.exc_traceback) if error is not None else None
    log.error("a thread ended with an error", exc_info=given)
