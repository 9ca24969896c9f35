"""Holds requests and answers to Discord's own OpenAPI document, so that no fake drifts from it."""

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[3] / "shared" / "specs" / "discord_openapi.json"

# What discord.py sends although the document does not name it, and Discord lets pass.
_TOLERATED = frozenset({"nsfw", "tts", "flags"})

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


class Spec:
    """Discord's OpenAPI document; each check gives every problem in words, none if all is well."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas: Mapping[str, Any] = document["components"]["schemas"]
        self._responses: Mapping[str, Any] = document["components"]["responses"]
        self._paths = [
            (re.compile("/".join(_segment(part) for part in path.split("/"))), path, item)
            for path, item in document["paths"].items()
        ]
        # "/messages/@original" before "/messages/{message_id}".
        self._paths.sort(key=lambda entry: entry[1].count("{"))

    def request(self, method: str, path: str, body: Any, files: Collection[str] = ()) -> list[str]:
        """Problems of a request; ``body`` None for none.

        ``files`` are the names of its parts that are files; ``body`` is then its ``payload_json``.
        """
        found = self._operation(method, path)
        if found is None:
            return [f"{method} {path} is no operation of Discord"]
        name, operation = found
        taken = operation.get("requestBody", {}).get("content", {})
        content = taken.get("application/json")
        if files and "multipart/form-data" not in taken:
            return [f"{name}: takes no files"]
        for part in files:
            about = {str(each.get("id")) for each in body.get("attachments") or ()}
            number = re.fullmatch(r"files\[([0-9])\]", part)
            if number is None or number[1] not in about:
                return [f"{name}: a file called {part}, which no attachment is about"]
        if body is None:
            return [f"{name}: no body"] if operation.get("requestBody", {}).get("required") else []
        if content is None:
            return [f"{name}: takes no body"]
        return [f"{name}: {p}" for p in self._problems(content["schema"], body, "", strict=True)]

    def answer(self, method: str, path: str, status: int, body: Any) -> list[str]:
        """Problems of an answer; ``body`` None for none."""
        found = self._operation(method, path)
        if found is None:
            return []  # said by the request already
        name, operation = found
        answers = operation["responses"]
        answer = answers.get(str(status)) or answers.get(f"{status // 100}XX")
        if answer is None:
            return [] if status >= 500 else [f"{name}: never answers {status}"]
        if "$ref" in answer:
            answer = self._responses[answer["$ref"].rsplit("/", 1)[1]]
        content = answer.get("content", {}).get("application/json")
        if content is None or body is None:
            return [] if content is None and body is None else [f"{name}: {status} without a body"]
        return [
            f"{name} → {status}: {p}"
            for p in self._problems(content["schema"], body, "", strict=False)
        ]

    def _operation(self, method: str, path: str) -> tuple[str, Mapping[str, Any]] | None:
        for pattern, name, item in self._paths:
            if pattern.fullmatch(path) and method.lower() in item:
                return f"{method} {name}", item[method.lower()]
        return None

    def _problems(self, schema: Any, value: Any, at: str, *, strict: bool) -> Iterator[str]:
        """``strict`` also objects to members that the schema does not name."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            yield from self._problems(self._schemas[name], value, at, strict=strict)
            return
        for union in ("oneOf", "anyOf"):
            if union in schema:
                yield from self._best(schema[union], value, at, strict)
        for part in schema.get("allOf", ()):
            yield from self._problems(part, value, at, strict=False)
        if "const" in schema and value != schema["const"]:
            yield f"{at or '.'} is {value!r}, not {schema['const']!r}"
        if "enum" in schema and value not in schema["enum"]:
            yield f"{at or '.'} is {value!r}, not one of {schema['enum']}"
        wanted = schema.get("type")
        if wanted is None:
            return
        if schema.get("format") == "snowflake" and type(value) is int:
            return  # discord.py sends some ids as numbers, and Discord takes them
        names = [wanted] if isinstance(wanted, str) else wanted
        if not any(_is(value, name) for name in names):
            yield f"{at or '.'} is {value!r}, not {' or '.join(names)}"
        elif isinstance(value, dict):
            yield from self._members(schema, value, at, strict)
        elif isinstance(value, list):
            yield from _within(len(value), schema, "Items", at)
            if "items" in schema:
                for number, item in enumerate(value):
                    yield from self._problems(
                        schema["items"], item, f"{at}[{number}]", strict=strict
                    )
        elif isinstance(value, str):
            yield from _within(len(value), schema, "Length", at)
            if "pattern" in schema and not re.search(schema["pattern"], value):
                yield f"{at or '.'} is {value!r}, not like {schema['pattern']}"
        elif isinstance(value, int | float) and not (
            schema.get("minimum", value) <= value <= schema.get("maximum", value)
        ):
            yield f"{at or '.'} is {value}, out of range"

    def _members(
        self, schema: Mapping[str, Any], value: dict[str, Any], at: str, strict: bool
    ) -> Iterator[str]:
        known = schema.get("properties", {})
        more = schema.get("additionalProperties")
        yield from _within(len(value), schema, "Properties", at)
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{at}.{name} is missing"
        for name, member in value.items():
            if name in known:
                yield from self._problems(known[name], member, f"{at}.{name}", strict=strict)
            elif isinstance(more, dict):
                yield from self._problems(more, member, f"{at}.{name}", strict=strict)
            elif more is False or (strict and known and name not in _TOLERATED):
                yield f"{at}.{name} is unknown"

    def _best(self, schemas: list[Any], value: Any, at: str, strict: bool) -> Iterator[str]:
        """Nothing if one of the schemas fits, else the problems with the one that nearly does."""
        tried = [list(self._problems(schema, value, at, strict=strict)) for schema in schemas]
        yield from min(tried, key=lambda problems: (len(problems), str(problems)))


@cache
def load_spec() -> Spec | None:
    """The document, which lies beside the project and is not part of it; None where it is not."""
    return Spec(json.loads(FILE.read_bytes())) if FILE.is_file() else None


def require_spec() -> Spec:
    """The document, or a skip that says what is missing (a failure where nothing may skip)."""
    spec = load_spec()
    if spec is None:
        why = f"Discord's OpenAPI document is not at {FILE}"
        if os.environ.get("TESTS_NO_SKIP") == "1":
            pytest.fail(why)
        pytest.skip(why)
    return spec


def _segment(part: str) -> str:
    return r"[^/]+" if part.startswith("{") else re.escape(part)


def _is(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name])


def _within(size: int, schema: Mapping[str, Any], unit: str, at: str) -> Iterator[str]:
    least, most = schema.get(f"min{unit}", 0), schema.get(f"max{unit}", size)
    if not least <= size <= most:
        yield f"{at or '.'} has {size} {unit.lower()}, allowed are {least} to {most}"
