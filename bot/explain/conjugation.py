"""The forms of Korean verbs in a text about the past and the present, and endings. Pure."""

from functools import lru_cache
from typing import Final

_SYLLABLES: Final = 0xAC00
_N, _L, _B, _SS = 4, 8, 17, 20  # final consonants
_JOINED: Final = {8: 9, 10: 10, 11: 10, 13: 14, 18: 4, 20: 6}
"""Vowel of a stem → the one it becomes with "아" or "어": 오 → 와, 되 → 돼, 크 → 커, 리 → 려."""
_MOST_ENDINGS: Final = 3


def _with(syllable: str, final: int, vowel: int = -1) -> str:
    """A syllable with another final consonant, and another vowel unless that is -1."""
    own = (ord(syllable) - _SYLLABLES) // 28
    rhyme = own if vowel < 0 else own // 21 * 21 + vowel
    return chr(_SYLLABLES + rhyme * 28 + final)


def forms(stem: str) -> set[str]:
    """What the endings are added to in the present and the past and before a noun.

    Nothing that speaks of the future or asks for something is among them.
    """
    head, last = stem[:-1], stem[-1]
    vowel, final = divmod((ord(last) - _SYLLABLES) % (21 * 28), 28)
    if final:
        return {stem} | ({head + _with(last, one) for one in (0, _N, _B)} if final == _L else set())
    if last == "르" and stem != "이르":
        before = (ord(head[-1]) - _SYLLABLES) // 28 % 21
        joined = head[:-1] + _with(head[-1], _L) + ("라" if before in (0, 8) else "러")
    elif last == "르":
        joined = stem + "러"
    else:
        joined = head + _with(last, 0, _JOINED.get(vowel, -1))
    found = {stem, joined, *(head + _with(last, one) for one in (_N, _B))}
    if vowel == 16:  # 뛰 → 뛰어
        return found | {f"{stem}어", f"{stem}었"}
    return found | {joined[:-1] + _with(joined[-1], _SS)}


def intended(stem: str) -> str:
    """The form before "계획" and "예정": 내리 → 내릴."""
    return stem if (ord(stem[-1]) - _SYLLABLES) % 28 else stem[:-1] + _with(stem[-1], _L)


def after_endings(word: str, at: int, endings: frozenset[str]) -> set[int]:
    """Where up to three of the endings may end that begin here."""
    ends, last = {at}, {at}
    for _ in range(_MOST_ENDINGS):
        last = {
            end
            for start in last
            for end in range(start + 1, min(start + _longest(endings), len(word)) + 1)
            if word[start:end] in endings
        }
        ends |= last
    return ends


@lru_cache(maxsize=4)
def _longest(endings: frozenset[str]) -> int:
    return max(map(len, endings))
