"""Log lines for operators: text or JSON, and never a secret."""

import json
import logging
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from bot.hidden import Hider

log = logging.getLogger("goraebot")


class _Redacting(logging.Formatter):
    """Formats a record and takes out every secret, wherever it came from."""

    def __init__(self, hide: Callable[[str], str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
        self._hide = hide

    def format(self, record: logging.LogRecord) -> str:
        return self._hide(super().format(record))


class _Json(_Redacting):
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            # Before JSON escapes it: what is escaped already would be so twice.
            "message": self._hide(record.getMessage()),
        }
        incident = getattr(record, "incident", None)
        if incident is not None:
            line["incident"] = incident
        if record.exc_info:
            line["exception"] = self._hide(self.formatException(record.exc_info))
        return self._hide(json.dumps(line, ensure_ascii=False, default=str))


def set_up(form: str, level: str, secrets: Iterable[str] = ()) -> None:
    """Log to standard error in the form "text" or "json"; so do warnings, and errors that nobody
    caught, which Python would write there with whatever they hold.

    A record's ``incident`` (a dictionary of JSON values, by ``extra``) is a field of a JSON line.
    """
    hide = Hider(secrets)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json(hide) if form == "json" else _Redacting(hide))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for talkative in ("aiohttp.access", "alembic", "apscheduler", "picows", "websockets"):
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
