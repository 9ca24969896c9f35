"""Holds requests and answers to the Bot API's own tables (methods, parameters, types, required)."""

import json
import os
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[2].parent / "shared" / "specs" / "telegram_api.json"


class TelegramSpec:
    """The tables. Every check returns what is wrong, nothing if all is well."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._methods: dict[str, Any] = tables["methods"]
        self._types: dict[str, Any] = tables["types"]

    def request(
        self, method: str, given: Mapping[str, str], files: Collection[str] = ()
    ) -> list[str]:
        """A request's form values: known, complete and of the right types.

        ``files`` are the names of parts that are files: parameters that take one, or those that
        another parameter attaches by name.
        """
        table = self._methods.get(method)
        if table is None:
            return [f"{method}: no such method"]
        fields = {field["name"]: field for field in table.get("fields", [])}
        wrong = [f"{method}: no parameter {name}" for name in given if name not in fields]
        for name in files:
            takes = name in fields and "InputFile" in fields[name]["types"]
            attached = any(f"attach://{name}" in value for value in given.values())
            if not takes and not attached:
                wrong.append(f"{method}: no file {name}")
        for name, field in fields.items():
            if name in files:
                continue
            if name in given:
                wrong += self._any(f"{method}.{name}", field["types"], _read(given[name], field))
            elif field["required"]:
                wrong.append(f"{method}: {name} is missing")
        return wrong

    def answer(self, method: str, result: object) -> list[str]:
        """What a fake gives back."""
        return self._any(f"{method} →", self._methods[method]["returns"], result)

    def update(self, update: object) -> list[str]:
        """An update that a fake delivers."""
        return self._of("Update", "Update", update)

    def _any(self, where: str, types: list[str], value: object) -> list[str]:
        """The value is of one of the types; what is wrong with the one that fits best."""
        tried = [self._of(where, kind, value) for kind in types]
        return min(tried, key=len)

    def _of(self, where: str, kind: str, value: object) -> list[str]:
        if kind.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{where}: {value!r} is no array"]
            inner = kind.removeprefix("Array of ")
            return [w for i, one in enumerate(value) for w in self._of(f"{where}[{i}]", inner, one)]
        basic = _BASIC.get(kind)
        if basic is not None:
            return [] if basic(value) else [f"{where}: {value!r} is no {kind}"]
        table = self._types[kind]
        if "subtypes" in table:
            return self._any(where, table["subtypes"], value)
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no {kind}"]
        fields = {field["name"]: field for field in table.get("fields", [])}
        wrong = [f"{where}: {kind} has no {name}" for name in value if name not in fields]
        for name, field in fields.items():
            if name in value:
                wrong += self._any(f"{where}.{name}", field["types"], value[name])
                wrong += _fixed(f"{where}.{name}", field, value[name])
            elif field["required"]:
                wrong.append(f"{where}: {kind} without {name}")
        return wrong


def _fixed(where: str, field: Mapping[str, Any], value: object) -> list[str]:
    """A type's own name, which its description fixes: 'Scope type, must be all_group_chats'."""
    for words in ("must be ", 'always "'):
        _, found, rest = field["description"].partition(words)
        if found and field["name"] in ("type", "status") and field["required"]:
            meant = rest.split()[0].strip("“”\"'.,*")
            return [] if value == meant else [f"{where}: {value!r} is not {meant}"]
    return []


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_BASIC = {
    "Integer": _is_integer,
    "String": lambda value: isinstance(value, str),
    "Boolean": lambda value: isinstance(value, bool),
    "True": lambda value: value is True,
    "Float": lambda value: _is_integer(value) or isinstance(value, float),
}


def _read(text: str, field: Mapping[str, Any]) -> object:
    """A form value as JSON has it; the tables say whether a number is text."""
    if field["types"] == ["String"]:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


@cache
def load_spec() -> TelegramSpec | None:
    """The tables, which are not part of the project; None if they are not there.

    Fails where nothing may be skipped.
    """
    if not FILE.is_file():
        if os.environ.get("TESTS_NO_SKIP") == "1":
            pytest.fail(f"no Bot API tables at {FILE}")
        return None
    return TelegramSpec(json.loads(FILE.read_text()))
