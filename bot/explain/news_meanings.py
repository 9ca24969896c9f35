"""What the Korean words of a summary mean, and how news texts name it. Pure.

The patterns of the whole glossary take half a second to make, and a summary needs a handful: each
is made when its word is first asked for.
"""

import re
from functools import cache, lru_cache
from typing import Final

from bot.explain.conjugation import forms, intended
from bot.explain.news_glossary import HARMLESS, MEANINGS

_END: Final = r"\b"


@lru_cache(maxsize=1)
def harmless() -> frozenset[str]:
    """What may stand in any summary, in the forms that endings follow."""
    return frozenset(form for word in _harmless_words() for form in _forms(word))


@lru_cache(maxsize=1)
def short_verbs() -> frozenset[str]:
    """Forms of harmless verbs that are one syllable long."""
    return frozenset(form for verb in _harmless_verbs() for form in _forms(verb) if len(form) == 1)


def deed(word: str) -> "re.Pattern[str] | None":
    """How texts name a harmless verb in one of its forms: what a text denies is not to be told as
    done."""
    verb = _verb_of().get(word)
    return None if verb is None else _pattern(verb)


def meanings(word: str) -> tuple["re.Pattern[str]", ...]:
    """How texts name what a word means, in a form that endings follow: a summary may say it where
    the text does. Nothing if it is not in the glossary."""
    return tuple(_pattern(row) for row in _rows_of().get(word, ()))


@lru_cache(maxsize=1)
def _verb_of() -> dict[str, str]:
    """The harmless verbs by their forms."""
    return {form: verb for verb in _harmless_verbs() if len(verb) > 2 for form in _forms(verb)}


@lru_cache(maxsize=1)
def _rows_of() -> dict[str, tuple[str, ...]]:
    """The rows of the glossary by the forms of their Korean words."""
    found: dict[str, tuple[str, ...]] = {}
    for row in _rows(MEANINGS):
        korean, _, _ = row.partition(" : ")
        for form in {form for word in korean.split() for form in _forms(word)}:
            found[form] = (*found.get(form, ()), row)
    return found


@cache  # as many as the glossary has
def _pattern(row: str) -> "re.Pattern[str]":
    """How texts name what a row is of, or a single word."""
    korean, _, english = row.partition(" : ")
    latin = [rf"\b{re.escape(one).replace(re.escape('$'), _END)}" for one in english.split()]
    nouns = {word.removesuffix("하다").removesuffix("되다") for word in korean.split()}
    own = {noun for noun in nouns if len(noun) > 1}
    own |= {form for word in korean.split() for form in _forms(word)}
    whole = [one if len(one) > 1 else rf"(?<![가-힣]){one}(?![가-힣]{{2}})" for one in sorted(own)]
    return re.compile("|".join((*whole, *latin)).replace("_", r"[\s-]+"), re.IGNORECASE)


def _rows(table: str) -> list[str]:
    return [row for row in table.strip().splitlines() if not row.startswith("#")]


def _harmless_words() -> list[str]:
    return [word for row in _rows(HARMLESS) for word in row.split()]


def _harmless_verbs() -> list[str]:
    return [word for word in _harmless_words() if word.endswith("다")]


def _forms(word: str) -> set[str]:
    """The forms of a verb, or the word itself."""
    if len(word) > 1 and word.endswith("다"):
        stem = word[:-1]
        does = {f"{stem[:-1]}{one}" for one in ("해", "했")} if stem[-1] == "하" else set()
        return forms(stem) | {intended(stem)} | does
    return {word}
