"""What one WebSocket client of the simulated exchange has asked for, and the answers it gets.

Pure: a session reads control messages and says what changed; sockets are elsewhere. Wording and
codes are those of Binance's web-socket-streams.md; codes 1 to 3 come without the request's id.
"""

import json
import re
from typing import NamedTuple

STREAMS_MAX = 1024
METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
_NAME = re.compile(r"[A-Za-z0-9]{1,36}")


class Reply(NamedTuple):
    """The answer to a control message and the streams that came and went by it."""

    text: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class _Invalid(Exception):
    """A control message that is refused."""

    def __init__(self, code: int, message: str, **more: object) -> None:
        super().__init__(message)
        self.text = _json({"code": code, "msg": message, **more})


class Session:
    """Streams in the order of subscription, and whether payloads are wrapped."""

    def __init__(self, streams: tuple[str, ...], combined: bool) -> None:
        self.streams: dict[str, None] = dict.fromkeys(streams)
        self.combined = combined

    def handle(self, text: str) -> Reply:
        """Answer one control message; the session has changed when this returns."""
        try:
            return self._handle(text)
        except _Invalid as refusal:
            return Reply(refusal.text)

    def _handle(self, text: str) -> Reply:
        try:
            message = json.loads(text)
        except json.JSONDecodeError as error:
            where = f"at line {error.lineno} column {error.colno}"
            raise _Invalid(3, f"Invalid JSON: expected value {where}") from None
        end = f"at line 1 column {len(text)}"
        if not isinstance(message, dict):
            raise _Invalid(2, f"Invalid request: invalid type, expected an object {end}")
        if "method" not in message:
            raise _Invalid(2, f"Invalid request: missing field `method` {end}")
        method = message["method"]
        if method not in METHODS:
            expected = ", ".join(f"`{name}`" for name in METHODS)
            raise _Invalid(
                2, f"Invalid request: unknown variant `{method}`, expected one of {expected} {end}"
            )
        if not set(message) <= {"method", "params", "id"}:
            raise _Invalid(2, "Invalid request: too many parameters")
        if "id" not in message or not _is_id(message["id"]):
            raise _Invalid(2, "Invalid request: request ID must be an unsigned integer")
        params = message.get("params", [])
        if not isinstance(params, list):
            raise _Invalid(2, f"Invalid request: params must be an array {end}")
        result, added, removed = self._do(method, params, message["id"])
        return Reply(_json({"result": result, "id": message["id"]}), added, removed)

    def _do(
        self, method: str, params: list[object], request: object
    ) -> tuple[object, tuple[str, ...], tuple[str, ...]]:
        if method == "LIST_SUBSCRIPTIONS":
            if params:
                raise _Invalid(2, "Invalid request: too many parameters")
            return list(self.streams), (), ()
        if method in ("SET_PROPERTY", "GET_PROPERTY"):
            return self._property(method, params, request), (), ()
        names = tuple(name for name in params if isinstance(name, str))
        if len(names) != len(params):
            raise _Invalid(2, "Invalid request: stream names must be strings")
        if method == "SUBSCRIBE":
            added = tuple(name for name in dict.fromkeys(names) if name not in self.streams)
            if len(self.streams) + len(added) > STREAMS_MAX:
                raise _Invalid(2, "Invalid request: too many parameters")
            self.streams.update(dict.fromkeys(added))
            return None, added, ()
        removed = tuple(name for name in dict.fromkeys(names) if name in self.streams)
        for name in removed:
            del self.streams[name]
        return None, (), removed

    def _property(self, method: str, params: list[object], request: object) -> object:
        wanted = 2 if method == "SET_PROPERTY" else 1
        if len(params) > wanted:
            raise _Invalid(2, "Invalid request: too many parameters")
        if not params or not isinstance(params[0], str):
            raise _Invalid(2, "Invalid request: property name must be a string")
        if params[0] != "combined":
            raise _Invalid(0, "Unknown property", id=request)
        if method == "GET_PROPERTY":
            return self.combined
        if len(params) < wanted or not isinstance(params[1], bool):
            raise _Invalid(1, "Invalid value type: expected Boolean")
        self.combined = params[1]
        return None


def _is_id(value: object) -> bool:
    """A signed 64-bit integer, an alphanumeric string up to 36 characters, or null."""
    if value is None:
        return True
    if isinstance(value, str):
        return _NAME.fullmatch(value) is not None
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
