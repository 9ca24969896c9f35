"""Whether a Korean word is how a foreign name sounds: "팰리세이드" for "Palisade". Pure.

Korean writes names by their sound, which their spelling gives away only roughly. So consonants
must fit one by one, and where there is a vowel there must be one.
"""

import re
from functools import lru_cache
from typing import Final

_FIRST: Final = (
    "[gkc]", "[gkcq]", "[nk]", "[dt]", "[dt]", "[lr]", "m", "[bv]", "[bp]", "[sctz]", "[sct]",
    "[ywhu]?", "[jzgsx]", "[tzc]", "[ctq]", "[kcqx]", "t", "[pf]", "[hwf]",
)  # fmt: skip
"""What may stand for each first consonant, in the order of Unicode."""
_FINAL: Final = {
    1: "[gkcqx]", 4: "n", 8: "[lr]", 16: "[mn]", 17: "[bpv]", 19: "[stdcz]", 21: "(?:ng|n)",
}  # fmt: skip
"""And for the last ones that names are written with."""
_SILENT, _SIBILANTS = 11, (9, 12, 14)  # ㅇ; ㅅ, ㅈ and ㅊ
_ONCE: Final = {8: (5,), 16: (6,), 4: (2,), 1: (9, 15), 17: (7, 17)}
"""Final consonants with the first ones that may be one letter with them: "ll", "mm", "x"."""
_EU, _I, _L = 18, 20, 8
_MOST_WORDS: Final = 3
_LONGEST: Final = 10  # syllables
_FEWEST: Final = 2  # consonants
_LONGEST_NAME: Final = 24  # letters
_SENTENCE_STARTS: Final = """
a about above according after again against all also although among an and another any as at
back because before below between both but by data down during each even every few first for
from he her his how however if in into is it its just last like many more most much new no not
now of on once one only or other our out over own re said same she since so some such than that
the their them then there these they this those through to total trading two under until up us
was we were what when where which while who why will with without would you
"""
_NO_NAMES: Final = frozenset(_SENTENCE_STARTS.split())
"""Words that begin a sentence and name nothing."""
_DOUBLE: Final = re.compile(r"(.)\1+", re.IGNORECASE)
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")


@lru_cache(maxsize=1024)
def sound(word: str) -> "re.Pattern[str] | None":
    """How a name may be spelled that is written so in Korean, None if no name is."""
    if not 0 < len(word) <= _LONGEST:
        return None
    pattern, before, consonants = "", 0, 0
    for char in word:
        first, rest = divmod(ord(char) - 0xAC00, 21 * 28)
        if not 0 <= first < len(_FIRST):
            return None
        vowel, final = divmod(rest, 28)
        if final and final not in _FINAL:
            return None
        consonants += (first != _SILENT) + (final > 0)
        doubled = first in _ONCE.get(before, ())
        consonant = _FIRST[first] if first == _SILENT else f"{_FIRST[first]}{{1,2}}h?"
        pattern += f"(?:{consonant})?" if doubled else consonant
        faint = vowel == _EU or (vowel == _I and first in _SIBILANTS)
        faint = faint or (first == _SILENT and pattern != consonant)
        # Possessive: a vowel takes all letters that are vowels, so there is one way to match.
        pattern += f"[aeiouyw]{'*' if faint else '+'}+[rh]?"
        pattern += f"{_FINAL[final]}{{1,2}}h?{'e?' * (final == _L)}" if final else ""
        before = final
    if consonants < _FEWEST:
        return None
    return re.compile(f"{pattern}(?:e|s|es|h)?", re.IGNORECASE)


def _within(source: str, at: int) -> bool:
    """Whether a word goes on there behind a point: "Pump.fun"."""
    return at > 1 and source[at - 1] == "." and source[at - 2].isalpha()


@lru_cache(maxsize=8)
def names(source: str) -> dict[str, list[tuple[int, int]]]:
    """Where the names of a foreign text stand: words with a capital letter, and up to three of them
    joined, each letter of a double once."""
    found: dict[str, list[tuple[int, int]]] = {}
    words = [(one[0], one.start(), one.end()) for one in _NAME.finditer(source)]
    for at, (_, begin, _) in enumerate(words):
        joined = ""
        for number, (word, start, end) in enumerate(words[at : at + _MOST_WORDS]):
            apart = number and source[words[at + number - 1][2] : start] not in (" ", "-", "'", ".")
            if word.lower() in _NO_NAMES and not number:
                break
            if apart or (word == word.lower() and not _within(source, start)):
                break
            joined += word
            single = _DOUBLE.sub(r"\1", joined)
            if (end - start > 2 or number) and len(single) <= _LONGEST_NAME:
                found.setdefault(single, []).append((begin, end))
    return found


def heard(word: str, source: str) -> list[tuple[int, int]]:
    """Where the source has a name that sounds like the word."""
    pattern = sound(word)
    if pattern is None:
        return []
    return [
        span for name, spans in names(source).items() if pattern.fullmatch(name) for span in spans
    ]


def sounds_like(word: str, source: str) -> bool:
    """Whether the word is how a name of the source sounds."""
    return bool(heard(word, source))
