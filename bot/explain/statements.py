"""Statements within a row of signs: which there are, in what order, and whether each is true.

Read from left to right; the first rule that fits is taken, so that no text is bent until it agrees.
What fits no rule is an objection. Pure.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Generic, Protocol, TypeVar

from bot.explain.signs import BECAUSE, BREAKS, COORDINATE, SEQUENT, Sign, row

LISTED: Final = ","


class State(Protocol):
    """What reading a sentence leaves behind for its next statement.

    ``apart`` is what stands between the statement before and this one: "", a comma, an ending that
    adds ("/") or one that may sound like a reason (";"), the last if there are several.
    """

    apart: str


S = TypeVar("S", bound=State)


class Statement:
    """The signs that one rule fits; ``letters`` is their row, ``match`` has its groups."""

    def __init__(self, signs: Sequence[Sign], match: "re.Match[str]") -> None:
        self.signs = signs[match.start() : match.end()]
        self.letters = match[0]
        self.match = match

    def __str__(self) -> str:
        return " ".join(sign.text for sign in self.signs)

    def of(self, letters: str) -> list[Sign]:
        """Its signs of these letters."""
        return [sign for sign in self.signs if sign.kind in letters]

    def part(self, name: str) -> str:
        """The letters of a group of the rule, "" if it is not there."""
        return self.match.groupdict().get(name) or ""

    def signs_of(self, name: str) -> Sequence[Sign]:
        """The signs of a group of the rule."""
        start, end = self.match.span(name)
        if start < 0:
            return ()
        offset = self.match.start()
        return self.signs[start - offset : end - offset]


class Grammar(Generic[S]):
    """Rules: a pattern over a row of signs, and what is wrong with a statement of this form.

    The second part of a rule returns "" for a true statement.
    """

    def __init__(self, *rules: tuple[str, Callable[[S, Statement], str]]) -> None:
        self._rules = [(re.compile(pattern), say) for pattern, say in rules]

    def objections(self, state: S, signs: Sequence[Sign]) -> Iterator[str]:
        """What is wrong with a sentence: untrue statements, and the rest that is no statement."""
        letters = row(signs)
        at = 0
        while at < len(letters):
            letter = letters[at]
            if letter in BREAKS:
                state.apart = _stronger(state.apart, letter)
                at += 1
                continue
            if signs[at].listed:
                state.apart = _stronger(state.apart, LISTED)
            found = self._fitting(letters, at)
            if found is None:
                yield f"cannot be bound: {' '.join(sign.text for sign in signs[at:])}"
                return
            match, say = found
            at = match.end()
            if wrong := say(state, Statement(signs, match)):
                yield wrong

    def _fitting(
        self, letters: str, at: int
    ) -> tuple["re.Match[str]", Callable[[S, Statement], str]] | None:
        """The first rule that fits here."""
        for pattern, say in self._rules:
            match = pattern.match(letters, at)
            if match and match.end() > at:
                return match, say
        return None


def _stronger(before: str, after: str) -> str:
    order = ["", LISTED, COORDINATE, SEQUENT, BECAUSE]
    return max(before, after, key=order.index)
