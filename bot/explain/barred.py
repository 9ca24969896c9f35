"""What known words must not say together.

A list of what must not be said has no end; this one begins where the closed lists of vocabulary.py
and wording.py leave room, and every row stands for sentences that had passed (batches 19 to 21 of
the labelled set). Patterns are searched in single sentences, names and numbers masked. Pure.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from bot.explain.barred_anywhere import ANYWHERE
from bot.explain.barred_of_kinds import OF_KINDS


class Barred(msgspec.Struct, frozen=True):
    """What it would say, and the words; of alerts of the kinds ``of``, or all ``but`` these."""

    what: str
    words: "re.Pattern[str]"
    of: frozenset[str] = frozenset()
    but: frozenset[str] = frozenset()

    def concerns(self, kind: str) -> bool:
        """Whether alerts of the kind must not say it."""
        return kind not in self.but and (not self.of or kind in self.of)


BARRED: Final = (
    *(Barred(what, re.compile(words), but=frozenset(but.split())) for what, words, but in ANYWHERE),
    *(Barred(what, re.compile(words), of=frozenset(of.split())) for what, words, of in OF_KINDS),
)


def barred(sentence: str, kind: str) -> Iterator[str]:
    """What the sentence says that alerts of the kind cannot."""
    for one in BARRED:
        if one.concerns(kind) and (found := one.words.search(sentence)):
            yield f"{one.what}: {found[0].strip()}"
