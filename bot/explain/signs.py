"""A Korean sentence as a row of signs: one letter for each word that says something.

A reading such as "best bid and ask now" has few things to say, so the words it may be told in are a
closed list, and each has a letter: "매수 잔량이 63%로 더 많습니다" becomes ``BDp>``. What a row of
letters says can be written down as patterns and held against what was measured (see spread_now.py
and summary.py). A word that is not on the list is an objection. Pure.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from bot.explain.claims import MASK, Claim, mask, read_claims
from bot.korean import NAMES
from pipeline.model import SymbolInfo

COORDINATE: Final = "/"
"""An ending that only adds what comes next: "…이고", "…며", "…지만"."""
SEQUENT: Final = ";"
"""An ending after which the next thing may sound like a consequence: "…해", "…면서"."""
BECAUSE: Final = "∵"
"""An ending that gives a reason: "…여서", "…이므로"."""
THAN: Final = "T"
ONLY: Final = "O"
FROM_TO: Final = "F"
COIN: Final = "C"
SILENT: Final = "."
AROUND: Final = "±"
"""A percentage to either side: "±0.5%"."""
BREAKS: Final = COORDINATE + SEQUENT + BECAUSE

NOTHING: Final = 0.00005
"""What is smaller is shown as 0, whatever it is."""

_COARSE: Final = 0.1
"""How far from the fact a whole number may be."""

NUMBERS: Final[Mapping[str, str]] = {
    "%": "p", "bp": "n", "money": "m", "배": "x", "초": "t", "건": "k", "개": "i",
}  # fmt: skip
"""Unit → letter of a number in this unit; numbers in other units are objections."""

# Particles and endings by what they add to the words they follow.
_ENDINGS: Final[Mapping[str, str]] = {
    "": """
        이 가 은 는 을 를 의 에 에는 에서는 에도 와 과 로 으로 로는 으로는 도 인 씩 쯤 가량 정도 대
        이나 입니다 이었습니다 였습니다 이라는 이라 라는 습니다 합니다 했습니다 하였습니다 됩니다
        됐습니다 되었습니다 하는 한 된 되는 게 에요 예요 이에요 이었어요 였어요 했어요 됐어요
        어요 아요 었습니다 았습니다""",
    COORDINATE: """
        고 며 으며 이며 이고 였고 이었고 였으며 이었으며 였지만 이었지만 이지만 지만 으나 였으나
        이었으나 는데 은데 인데 였는데 하고 하며 하지만 했고 했으며 했지만 했으나 했는데 하였고
        하였으며 었고 았고 었으며 았으며 었지만 았지만 되고 되며 됐고 됐으며 되었고 되었으며
        됐지만 되었지만""",
    SEQUENT: "해 하여 되어 돼 면서 이면서 하면서 되면서 아 어",
    BECAUSE: "여서 이어서 이라서 라서 이므로 므로 해서 하여서 돼서 되어서 아서 어서 기에 이기에",
    THAN: "보다 보다는 보다도",
    ONLY: "만 만이 만은 만을",
    FROM_TO: "에서 까지 부터",
}
_MOST_STEMS: Final = 3
_MOST_ENDINGS: Final = 3

# What may follow a length of time without changing it into a moment.
_DURING: Final = re.compile(
    r"\s?(?:동안(?:에는|에|의|은)?|사이(?:에는|에|의)?|새(?![가-힣])|간(?:의|에|은)?(?![가-힣])"
    r"|기준(?:으로는|으로|은|의)?|전(?:보다는?|\s?가격보다|\s?대비|에 비해서?는?|\s?기준)"
    r"|전과 비교(?:해서?는?|하면|했을 때)|대비(?:로는|로)?"
    r"|변동(?:률|폭)?[은이]?(?![가-힣]))"
)
_ODD: Final = re.compile(r"[^\s가-힣.,·:()'\"‘’“”/%±+-]")
_STRAY: Final = re.compile(rf"[+±-](?!\s?{MASK})|(?<=[^\s(])[+±-]")
_RUN: Final = re.compile("[가-힣]*")
_TOKEN: Final = re.compile(r"[가-힣]+|[(),]")


class Sign(msgspec.Struct, frozen=True):
    """One word that says something: its letter, and for a number, coin or length of time what.

    ``coin`` is the base asset, ``symbol`` the pair if it was named; ``seconds`` a length of time.
    ``listed``: a comma stands before it. Brackets are signs of their own, which say nothing.
    """

    kind: str
    text: str
    claim: Claim | None = None
    coin: str = ""
    symbol: str = ""
    seconds: int = 0
    listed: bool = False


class Lexicon:
    """The words of one kind of reading.

    ``table`` has lines of letters and the stems they stand for, "." for stems that say nothing
    ("X: stem stem"); ``phrases`` are patterns of several words and their letters.
    """

    def __init__(self, table: str, phrases: Sequence[tuple[str, str]] = ()) -> None:
        self._stems: dict[str, list[tuple[str, str]]] = {}
        for line in table.strip().splitlines():
            letters, _, words = line.partition(": ")
            for word in words.split():
                said = letters.strip().replace(SILENT, "")
                self._stems.setdefault(word[0], []).append((word, said))
        self._ends: dict[str, list[tuple[str, str]]] = {}
        for letter, words in _ENDINGS.items():
            for word in words.split():
                self._ends.setdefault(word[0], []).append((word, letter))
        for known in (*self._stems.values(), *self._ends.values()):
            known.sort(key=lambda one: -len(one[0]))
        self.phrases = [(re.compile(pattern), letters) for pattern, letters in phrases]

    def letters(self, word: str, *, stuck: bool = False) -> str | None:
        """What a word says, "" for nothing; None if it is not on the list.

        ``stuck``: it follows a number or a name directly, so that endings may come first.
        """
        if stuck and (ending := self._after(word, 0, 0, _MOST_ENDINGS)) is not None:
            return ending
        for stems in range(1, _MOST_STEMS + 1):
            if (found := self._from(word, 0, stems, stems > 1)) is not None:
                return found
        return None

    def ends(self, run: "re.Match[str] | None") -> bool:
        """Whether a word may end before these letters: there are none, or they are endings."""
        return run is None or not run[0] or self._after(run[0], 0, 0, _MOST_ENDINGS) is not None

    def _from(self, word: str, at: int, stems: int, compound: bool) -> str | None:
        """The rest of the word as exactly so many stems with their endings.

        No stem of a ``compound`` is a single syllable: "폭등" is not 폭 and 등.
        """
        for stem, letters in self._stems.get(word[at], ()) if at < len(word) else ():
            if word.startswith(stem, at) and not (compound and len(stem) == 1):
                rest = self._after(word, at + len(stem), stems - 1, _MOST_ENDINGS)
                if rest is not None:
                    return letters + rest
        return None

    def _after(self, word: str, at: int, stems: int, endings: int) -> str | None:
        if at == len(word):
            return "" if not stems else None
        if stems and (found := self._from(word, at, stems, compound=True)) is not None:
            return found
        for ending, letter in self._ends.get(word[at], ()) if endings else ():
            if word.startswith(ending, at):
                rest = self._after(word, at + len(ending), stems, endings - 1)
                if rest is not None:
                    return letter + rest
        return None


def read_signs(
    sentence: str, lexicon: Lexicon, pairs: Iterable[SymbolInfo], units: Mapping[str, str]
) -> tuple[list[Sign], list[str]]:
    """The signs of a sentence in order, and what cannot be read in it.

    ``pairs`` are those that may be named, ``units`` spellings of units (see claims.py).
    """
    spans = list(_names(sentence, lexicon, pairs))
    masked = _masked(sentence, spans)
    for pattern, letters in lexicon.phrases:
        spans += [(f.start(), f.end(), _phrase(f[0], letters)) for f in pattern.finditer(masked)]
        masked = _masked(masked, spans)
    for claim in read_claims(masked, units):
        end = claim.end
        if claim.unit == "초" and (during := _DURING.match(masked, end)):
            end = during.end()
        number = _number(masked[claim.start : claim.end], claim)
        if masked[: claim.start].endswith("±") and number.kind == "p":
            number = msgspec.structs.replace(number, kind=AROUND)
        spans.append((claim.start, end, number))
    masked = _masked(masked, spans)
    wrong = [
        f"{sign.text} is in no unit that was measured" for *_, sign in spans if sign.kind == "?"
    ]
    wrong += [f"{char} cannot be read here" for char in _ODD.findall(masked.replace(MASK, ""))]
    # "+" and "-" are the signs of numbers, nothing else.
    wrong += [f"a stray {sign}" for sign in _STRAY.findall(masked)]
    for found in _TOKEN.finditer(masked):
        word = found[0]
        if word in "(),":
            spans.append((found.start(), found.end(), Sign(word, word)))
            continue
        before = next((s for s in spans if s[1] == found.start()), None)
        said = lexicon.letters(word, stuck=before is not None)
        if said is None:
            wrong.append(f"a word that is not on the list: {word}")
            continue
        if before is None or before[2].kind not in "pmnx±":
            said = said.replace(FROM_TO, "")
        spans += [(found.start(), found.end(), Sign(letter, word)) for letter in said]
    signs: list[Sign] = []
    listed = False
    for *_, sign in sorted(spans, key=lambda span: span[0]):
        if sign.kind == SILENT:
            continue
        if sign.kind != ",":
            signs.append(msgspec.structs.replace(sign, listed=True) if listed else sign)
        listed = sign.kind == ","
    return signs, wrong


def row(signs: Iterable[Sign]) -> str:
    """The letters in order."""
    return "".join(sign.kind for sign in signs)


def _phrase(text: str, letters: str) -> Sign:
    kind, _, seconds = letters.partition(":")
    return Sign(kind, text, seconds=int(seconds or 0))


def _number(text: str, claim: Claim) -> Sign:
    kind = NUMBERS.get(claim.unit, "?")
    seconds = int(claim.value) if kind == "t" and claim.value == int(claim.value) else 0
    return Sign(kind, text, claim=claim, seconds=seconds)


def _masked(text: str, spans: Iterable[tuple[int, int, Sign]]) -> str:
    for start, end, _ in spans:
        text = mask(text, start, end)
    return text


def _names(
    text: str, lexicon: Lexicon, pairs: Iterable[SymbolInfo]
) -> Iterator[tuple[int, int, Sign]]:
    """Where the pairs are named, the longest name first: 비트코인캐시 is not 비트코인."""
    found = [
        (match.start(), match.end(), Sign(COIN, match[0], coin=pair.base, symbol=symbol))
        for pair in pairs
        if _may_name(text, pair)
        for pattern, symbol in _spellings(pair)
        for match in pattern.finditer(text)
        if lexicon.ends(_RUN.match(text, match.end()))
    ]
    found.sort(key=lambda span: (span[0] - span[1], span[0], -len(span[2].symbol)))
    taken: list[tuple[int, int]] = []
    for start, end, sign in found:
        if all(end <= other or start >= last for other, last in taken):
            taken.append((start, end))
            yield start, end, sign


def _may_name(text: str, pair: SymbolInfo) -> bool:
    """Whether any of its spellings could be in the text; most pairs are not in most sentences."""
    return any(one in text for one in (pair.base, pair.symbol, *NAMES.get(pair.base, ())))


@lru_cache(maxsize=256)
def _spellings(pair: SymbolInfo) -> list[tuple["re.Pattern[str]", str]]:
    """How a pair is written, each with its symbol if that tells the pair and not just the coin."""
    base, quote = re.escape(pair.base), re.escape(pair.quote)
    full = rf"(?:{re.escape(pair.symbol)}|{base}\s?[/-]\s?{quote})"
    patterns = {
        rf"(?<![A-Za-z0-9]){full}(?![A-Za-z0-9])": pair.symbol,
        rf"(?<![A-Za-z0-9]){base}(?![A-Za-z0-9])": "",
    }
    for name in NAMES.get(pair.base, ()):
        own = rf"(?<![가-힣A-Za-z0-9]){re.escape(name)}"
        patterns |= {rf"{own}\s?\({full}\)": pair.symbol, rf"{own}\s?\({base}\)": "", own: ""}
    return [(re.compile(pattern), symbol) for pattern, symbol in patterns.items()]


def counted(claim: Claim | None, count: int) -> bool:
    """Whether the number is the count: nothing near it, unless it says "more than" or "under"."""
    if claim is None or claim.mode == "near":
        return claim is not None and claim.value == count
    return claim.agrees(count)


def same(claim: Claim | None, fact: float, *, at_least: bool = False, whole: bool = False) -> bool:
    """Whether the number states the fact. ``at_least``: the fact is a lower bound, so it must too.

    A measured figure is not rounded away to nothing, nor, unless ``whole`` numbers are what is
    shown, so far that half as much again would be the same.
    """
    if claim is None or (claim.value == 0 and abs(fact) >= NOTHING):
        return False
    if not whole and claim.mode == "near" and claim.place >= 1:
        error = abs(float(claim.value) - abs(fact))
        if error > _COARSE * abs(fact):
            return False
    if at_least:
        # "1,235만 달러 이상" is how 12,349,999 is shown.
        exactly = msgspec.structs.replace(claim, mode="near")
        return claim.mode == "at least" and (claim.agrees(fact) or exactly.agrees(fact))
    return claim.agrees(fact)
