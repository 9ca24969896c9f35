"""Whether three lines about a pasted news text say only what stands in it.

The text is nobody's measurement and may be written to trick the reader: so figures must stand in
it, words of opposite meaning must be its own, and what lures, advises or promises is refused
whether it stands there or not. What talks to a model counts as not written. Pure.

Objections name a reason and never repeat a word of the text or the answer: they are logged.

What makes an answer one that nobody should read is here; what it says that the text does not is in
news_figures.py (numbers), news_deeds.py (what happened), news_roles.py (to whom and from whom),
news_bindings.py (whose it is) and news_language.py (everything else, word by word).
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from bot.explain.forms import Schema, json_of
from bot.explain.news_deeds import deeds_of_reporters, untold_deeds, untold_of_coins
from bot.explain.news_figures import dates_of_others, wrong_figures
from bot.explain.news_language import foreign_words, strange_deed, strange_names, strange_words
from bot.explain.news_named import Named, named
from bot.explain.news_plain import plain_source
from bot.explain.news_roles import moved, swapped, weekdays_misplaced
from bot.explain.news_words import INSTRUCTION, NEVER
from bot.explain.shape import plain_dashes, sentences, wrong_shape
from bot.ports import News
from bot.readings import MoodWord

_LONGEST_LINE: Final = 150
_ECHO: Final = 14
"""So many letters in a row that stand in the prompt, and not in the source, are an echo of it."""

_MACHINE: Final = re.compile(r"<!--.*?(?:-->|$)|\{[^{}]*\}|<[^<>]*>", re.DOTALL)
_SIGNED: Final = re.compile(r"(?<![\d가-힣A-Za-z.])([+−-])\d[\d,.]*\s?%(?!p|포인트)")
_PARTS: Final = re.compile(
    r"(?<=[a-z가-힣0-9%)\]}\"'’”][.!?;])\s+|(?<=[.!?][)\]\"'’”])\s+|\n+|\s?#{2,}\s?|[★☆■□◆◇▶▷●※]"
)
_MOODS: Final[tuple[MoodWord, ...]] = ("긍정", "중립", "부정")
_FIELDS: Final = ("what", "detail", "reason")

SCHEMA: Final = Schema(
    "news",
    {
        "type": "object",
        "properties": {
            "mood": {"type": "string", "enum": list(_MOODS)},
            **{name: {"type": "string"} for name in _FIELDS},
        },
        "required": ["mood", *_FIELDS],
        "additionalProperties": False,
    },
)


class _Given(msgspec.Struct):
    mood: str
    what: str
    detail: str
    reason: str


class _Pasted(NamedTuple):
    """What is trusted of a pasted text: as it stands there, and in Korean units."""

    text: str
    plain: str

    @property
    def both(self) -> str:
        return f"{self.text}\n{self.plain}"


def news_of(answer: str) -> News | None:
    """The answer of a model as news, None if it is none; what it looks like is not judged."""
    try:
        given = msgspec.json.decode(json_of(answer), type=_Given)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    what, detail, reason = (
        " ".join(unicodedata.normalize("NFKC", line).split())
        for line in (given.what, given.detail, given.reason)
    )
    mood = next((mood for mood in _MOODS if mood == given.mood.strip()), None)
    return News(mood, what, detail, reason) if mood else None


def objections(answer: str, source: str, prompt: str) -> list[str]:
    """Objections to a model's answer about the source; none means that it may be shown."""
    news = news_of(answer)
    if news is None:
        return ["not the JSON that was asked for"]
    read = _read(source)
    return _unsafe(news, read, prompt) or _untrue(news, read)


def first_lines(answer: str, source: str, prompt: str) -> News | None:
    """What may be shown of an answer to which there are objections: its first line and, if that
    holds with it, one of the others (the rest is blank). None where the first one does not hold, or
    where any of them lures, advises, looks wrong or is of another mood: then none is trusted."""
    news = news_of(answer)
    read = _read(source)
    if news is None or _unsafe(news, read, prompt) or any(_wrong_mood(news, read)):
        return None
    for detail, reason in ((news.detail, ""), ("", news.reason), ("", "")):
        left = News(news.mood, news.what, detail, reason)
        if not _untrue(left, read):
            return left
    return None


def unknown_words(answer: str, source: str) -> list[str]:
    """The Korean words of an answer that nothing in the source stands behind."""
    news = news_of(answer)
    return [] if news is None else strange_words("\n".join(_lines(news)), _read(source).both)


@lru_cache(maxsize=8)
def _read(source: str) -> _Pasted:
    """A pasted text, which each answer is held against several times."""
    text = _trusted(unicodedata.normalize("NFKC", source))
    return _Pasted(text, plain_source(text))


def _trusted(source: str) -> str:
    """The source without what is no news (comments, JSON, sentences that give orders to a model or
    court customers), and with words beside signed percentages: "+1.2% 상승"."""
    bare = _SIGNED.sub(lambda f: f"{f[0]} {'상승' if f[1] == '+' else '하락'}", source)
    bare = _MACHINE.sub(" ", bare)
    return " ".join(part for part in _PARTS.split(bare) if not INSTRUCTION.search(part))


def _lines(news: News) -> tuple[str, str, str]:
    return news.what, news.detail, news.reason


# --- what nobody should read -------------------------------------------------------------------


def _unsafe(news: News, source: _Pasted, prompt: str) -> list[str]:
    """What makes all of an answer one that nobody should read."""
    found = [wrong for line in _lines(news) for wrong in _shape(line)]
    if found:
        return found
    text = plain_dashes("\n".join(_lines(news)))
    found += [name for name, bad in NEVER if bad.search(text)]
    found += _echoes(text, source.text, prompt)
    return found


def _shape(line: str) -> Iterator[str]:
    yield from (wrong.partition(":")[0] for wrong in wrong_shape(line))
    if len(line) > _LONGEST_LINE:
        yield f"a line longer than {_LONGEST_LINE} characters"
    if len(sentences(line)) > 2:
        yield "more than two sentences in a line"


def _echoes(text: str, source: str, prompt: str) -> Iterator[str]:
    prompt = re.sub(r"꼴:.*", "", prompt)  # what is given as a pattern may be used
    bare, told, known = (re.sub(r"[^가-힣A-Za-z0-9]", "", one) for one in (text, prompt, source))
    for at in range(max(0, len(bare) - _ECHO + 1)):
        piece = bare[at : at + _ECHO]
        if piece in told and piece not in known:
            yield "an echo of the prompt"
            return


# --- what the text does not say ----------------------------------------------------------------


def _untrue(news: News, source: _Pasted) -> list[str]:
    """What the lines that are not blank say and the source does not."""
    text = plain_dashes("\n".join(line for line in _lines(news) if line))
    said, told, told_plain = Named(text), named(source.text), named(source.plain)
    found = [
        *wrong_figures(text, source.plain),
        *untold_deeds(text, source.text),
        *deeds_of_reporters(text, source.text),
        *swapped(said, told),
        *untold_of_coins(said, told),
        *moved(said, told),
    ]
    passages = [told_plain.passage(number) for number in range(len(told_plain))]
    if any(
        strange_deed(one, source.text, passages)
        for line in (news.what, news.detail)
        for one in sentences(line)
    ):
        found.append("a deed of something else in the text")
    if dates_of_others(news.what, news.detail, told_plain):
        found.append("a date of something else in the text")
    if weekdays_misplaced(text, source.plain):
        found.append("a weekday of which the text does not tell so")
    found += strange_names(text, source.text, source.plain)
    found += foreign_words(text, source.both)
    found += _wrong_mood(news, source)
    return found


def _wrong_mood(news: News, source: _Pasted) -> Iterator[str]:
    others = {"긍정", "부정"} - {news.mood}
    if any(word in news.reason for word in others) and news.mood not in news.reason:
        yield "the reason is of another mood"
    for word in ("호재", "악재"):
        if any(word in line for line in _lines(news)) and word not in source.text:
            yield "a judgement does not stand in the text"
