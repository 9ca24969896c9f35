"""Log lines for operators: text or JSON, and never a secret."""

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime

HIDDEN = "[hidden]"
SHORTEST_SECRET = 4


class _Redacting(logging.Formatter):
    """Formats a record and takes out every secret, wherever it came from."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%Y-%m-%d %H:%M:%S")
        self._secrets = [s for s in secrets if len(s) >= SHORTEST_SECRET]

    def format(self, record: logging.LogRecord) -> str:
        return self.redact(super().format(record))

    def redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


class _Json(_Redacting):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return self.redact(json.dumps(line, ensure_ascii=False))


def set_up(form: str, level: str, secrets: Iterable[str] = ()) -> None:
    """Log to standard error in the form "text" or "json"."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json(secrets) if form == "json" else _Redacting(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for talkative in ("aiohttp.access", "alembic", "apscheduler", "picows", "websockets"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
