"""The forms of sentences in the prompt files, and how one is filled with what a JSON block says.

"2: [A{x}, ]B{y}. / C{z}." are three sentences for the second place: with A, without it, and C.
"""

import itertools
import re
from collections.abc import Iterable, Mapping

_STEP = re.compile(r"(\d): (.+)")
_FACT = re.compile(r"\{([^}]+)\}")
_OPTION = re.compile(r"(\[[^\]]*\])")
_REMARK = re.compile(r" ?\([^)]*\)")

Forms = dict[int, list[str]]


def forms_of(prompt: str) -> Forms:
    """The forms by their place; each option of a form is one of its own."""
    found: Forms = {}
    for step in map(_STEP.fullmatch, prompt.splitlines()):
        if step:
            forms = found.setdefault(int(step[1]), [])
            forms += [one for form in step[2].split(" / ") for one in _options(form)]
    return found


def _options(form: str) -> list[str]:
    parts = _OPTION.split(form)
    ways = [(part[1:-1], "") if part.startswith("[") else (part,) for part in parts]
    return ["".join(way) for way in itertools.product(*ways)]


def items(words: Mapping[str, object]) -> dict[str, str]:
    """The facts by name, without remarks in brackets; those of a block within as "block name"."""
    found: dict[str, str] = {}
    for key, value in words.items():
        name = _REMARK.sub("", key)
        inside = items(value) if isinstance(value, Mapping) else {"": str(value)}
        for within, text in inside.items():
            called = f"{name} {within}".strip()
            assert called not in found, f"two facts are called {called}"
            found[called] = text
    return found


def names(form: str) -> set[str]:
    """The facts that a form names."""
    return set(_FACT.findall(form))


def _still(sentence: str) -> str:
    """What is no change has another ending, as the prompts say."""
    return sentence.replace("거의 그대로했", "거의 그대로였").replace("보합했", "보합이었")


def filled(forms: Iterable[str], known: Mapping[str, str]) -> list[str]:
    """The forms whose facts are all known, with those in their places."""
    return [
        _still(_FACT.sub(lambda fact: known[fact[1]], form))
        for form in forms
        if names(form) <= known.keys()
    ]
