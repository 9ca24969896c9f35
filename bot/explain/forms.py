"""How a model is asked for JSON: the strictest way that it takes, learnt by trying and remembered.

Some gateways refuse ``json_schema``, some every ``response_format``, and some drop it silently; so
whatever comes back is read leniently here and judged by whoever asked. Whether a model takes
``reasoning_effort`` is learnt in the same way. Pure.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

Form = Literal["json_schema", "json_object", "text"]
FORMS: Final[tuple[Form, ...]] = ("json_schema", "json_object", "text")

REFUSING: Final = frozenset({400, 415, 422})
"""Statuses by which a gateway says that it does not take a ``response_format`` or an effort."""

_FENCE: Final = re.compile(r"^\s*```[A-Za-z]*\s*\n?|\n?\s*```\s*$")


class Schema(msgspec.Struct, frozen=True):
    """What an answer must look like; ``body`` is a JSON schema in the strict form."""

    name: str
    body: Mapping[str, Any]

    def format(self, form: Form) -> dict[str, Any] | None:
        """The request's ``response_format``, None to leave it out."""
        if form == "json_schema":
            schema = {"name": self.name, "strict": True, "schema": dict(self.body)}
            return {"type": form, "json_schema": schema}
        return {"type": form} if form == "json_object" else None


class Forms:
    """The form that each model is asked in; a few bytes for each model of the settings."""

    def __init__(self) -> None:
        self._learnt: dict[str, Form] = {}
        self._effortless: set[str] = set()

    def of(self, model: str) -> Form:
        """The strictest form that the model is not known to refuse."""
        return self._learnt.get(model, FORMS[0])

    def answered(self, model: str, form: Form) -> None:
        """The model took the form: it is asked so from now on."""
        self._learnt[model] = form

    def takes_effort(self, model: str) -> bool:
        """Whether the model is not known to refuse one."""
        return model not in self._effortless

    def answered_without_effort(self, model: str) -> None:
        """The model refused one, and answered without: it is asked so from now on."""
        self._effortless.add(model)


def plainer(form: Form) -> Form | None:
    """The next form to try, None after the last."""
    return None if form == FORMS[-1] else FORMS[FORMS.index(form) + 1]


def json_of(text: str) -> str:
    """The outermost ``{…}`` of an answer without what is wrapped around it, "" if there is none."""
    bare = _FENCE.sub("", text)
    start, end = bare.find("{"), bare.rfind("}")
    return bare[start : end + 1] if 0 <= start < end else ""
