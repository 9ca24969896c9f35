"""What a text of a model looks like, whatever it says: short, whole Korean sentences. Pure."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from bot.explain import wording
from bot.explain.claims import MASK

MOST_LINES: Final = 3
MOST_SENTENCES: Final = 4
MOST_CHARACTERS: Final = 400

BETWEEN: Final = re.compile(r"(?<=다\.)\s+|(?<=\)\.)\s+|\n+")
"""Between two whole sentences, the ends of which stay."""

_KOREAN_SHARE: Final = 0.4  # of the letters; names and units are Latin
_SIGNS: Final = frozenset(" \n.,·:;()%+-→~/'\"‘’“”…$₩×▲▼📈📉🔺🔻⬆⬇↑↓🔴🔵💬⚠⚠️\ufe0f" + MASK)
_DASHES: Final = {ord(dash): "-" for dash in "−–—‐‑‒﹣"}
_IN_BRACKETS: Final = re.compile(r"(?:\s*\([^()]*\))+$")
_HANGUL: Final = re.compile("[가-힣]")
_PERCENT: Final = re.compile(r"(?<!\d)\s?%")
_SHOUTED: Final = re.compile(r"[!?]")
_SENTENCE_END: Final = re.compile(r"(?<!\d)[.!?…]+(?=\s|$|[가-힣‘“(])|(?<=\d)\.(?=\s|$)|\n+")


def tidy(text: str) -> str:
    """What models wrap around a text taken off: fences, quotes, bold marks, compatibility letters.

    Lines are joined to one paragraph unless there are more than three, which is for the check to
    refuse.
    """
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"^```[a-z]*\n|\n?```$", "", plain.strip()).replace("**", "")
    plain = re.sub(r"^[\"'“‘](.*)[\"'”’]$", r"\1", plain.strip(), flags=re.DOTALL)
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    return " ".join(lines) if len(lines) <= 3 else "\n".join(lines)


def wrong_shape(text: str, signs: str = "") -> list[str]:
    """Objections to what the text looks like, whatever it says; ``signs`` may occur as well."""
    if unicodedata.normalize("NFKC", text) != text:
        return ["characters that stand for others"]
    return list(_shape(plain_dashes(text), signs))


def plain_dashes(text: str) -> str:
    """The text with every kind of dash and minus as the plain one."""
    return text.translate(_DASHES).strip()


def _shape(text: str, signs: str) -> Iterator[str]:
    if not text:
        yield "empty"
        return
    if len(text) > MOST_CHARACTERS:
        yield f"longer than {MOST_CHARACTERS} characters"
        return  # looking for the rest of it would take as long as the text is
    if sum(1 for line in text.split("\n") if line.strip()) > MOST_LINES:
        yield f"more than {MOST_LINES} lines"
    if wording.LINKS.search(text):
        yield "a link"
    if wording.MARKUP.search(text):
        yield "markup"
    odd = {char for char in set(text) if not _plain(char) and char not in signs}
    if odd:
        yield f"characters outside Korean text: {sorted(odd)!r}"
    hangul = len(_HANGUL.findall(text))
    letters = sum(map(str.isalpha, text))
    if not letters or hangul / letters < _KOREAN_SHARE:
        yield "not Korean"
    parts = sentences(text)
    if len(parts) > MOST_SENTENCES:
        yield f"more than {MOST_SENTENCES} sentences"
    for sentence in parts:
        bare = _IN_BRACKETS.sub("", sentence.strip(" .'\"’”…")).strip(" .'\"’”…")
        if not wording.ENDING.search(bare):
            yield f"not a complete polite sentence: …{bare[-12:]}"
    if _PERCENT.search(text):
        yield "a percent sign without a number"
    if _SHOUTED.search(text):
        yield "an exclamation or a question"


def _plain(char: str) -> bool:
    return char in _SIGNS or "가" <= char <= "힣" or (char.isascii() and char.isalnum())


def sentences(text: str) -> list[str]:
    """The sentences of a text; a decimal point ends none."""
    return [part for part in _SENTENCE_END.split(text) if part.strip(" .'\"’”…")]
