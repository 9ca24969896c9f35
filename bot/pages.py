"""Divides an answer that is longer than one message into pages, with buttons that turn them. Pure.

A page is the same command with the page's number behind it, so the buttons need no memory and work
after a restart. The head and the small print are on every page, every line is on one.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import chain
from typing import Final, TypeVar

import msgspec

from bot.commands.layout import LONGEST_COMMAND
from bot.model import Button, Message

PAGE: Final = 3_000
"""Weight of a page: three screens of a phone, and well within every platform's limit."""
SHORTEST: Final = 500
"""What lines have at least, whatever the head and the small print take."""
NOTE: Final = 1_000
"""A note of more weight is divided like lines, behind them."""

_NUMBERED = re.compile(r"\s쪽=(\d{1,3})\s*$")
_HEAVY = re.compile(r"[:#]")
_MARKUP = re.compile(r"[!-/;-@\[-`{-~＠＃]")
_ZWJ = "\u200d"
_CLINGING = frozenset({"Mn", "Me", "Mc", "Sk", "Cf"})

AnyMessage = TypeVar("AnyMessage", bound=Message)


def asked(text: str) -> tuple[str, int]:
    """ "/help 쪽=2" → ("/help", 2); a text without a page asks for the first."""
    found = _NUMBERED.search(text)
    return (text[: found.start()], int(found[1])) if found else (text, 1)


def page(message: AnyMessage, number: int, text: str) -> AnyMessage:
    """The page of the answer to ``text``; the last one for a number beyond it.

    What fits a page stays as it is, and so does what no button could turn the pages of.
    """
    if weight("\n".join((message.head, *message.body, message.note, message.foot))) <= PAGE:
        return message
    if len(_turned(text, 999).encode()) > LONGEST_COMMAND:
        return message
    short_note = weight(message.note) <= NOTE
    room = PAGE - weight(message.head) - weight(message.foot)
    room = max(SHORTEST, room - (weight(message.note) if short_note else 0))
    lines = (*message.body, *(() if short_note else (f"💬 {message.note}",)))
    pages = list(_pages(lines, room))
    number = max(1, min(number, len(pages)))
    turning = (
        *([Button(f"◀ {number - 1}쪽", _turned(text, number - 1))] if number > 1 else []),
        *([Button(f"{number + 1}쪽 더 보기 ▶", _turned(text, number + 1))] * (number < len(pages))),
    )
    return msgspec.structs.replace(
        message,
        head=f"{message.head} ({number}/{len(pages)}쪽)",
        progress=(),
        lines=tuple(pages[number - 1]),
        note=message.note if short_note and number == 1 else "",
        # First, because platforms drop the last ones of too many.
        buttons=(turning, *message.buttons),
    )


def weight(text: str) -> int:
    """UTF-16 units that the text takes at most, with what platforms put before its signs."""
    units = len(text.encode("utf-16-le", "replace")) // 2
    return units + len(_MARKUP.findall(text)) + 2 * len(_HEAVY.findall(text))


def _turned(text: str, number: int) -> str:
    return f"{text.strip()} 쪽={number}"


def _pages(lines: tuple[str, ...], room: int) -> Iterator[list[str]]:
    kept: list[str] = []
    left = room
    for line in chain.from_iterable(_pieces(line, room) for line in lines):
        needed = weight(line) + 1
        if kept and needed > left:
            yield kept
            kept, left = [], room
        kept.append(line)
        left -= needed
    if kept:
        yield kept


def _pieces(line: str, room: int) -> Iterator[str]:
    """The line, or parts of it that fit: torn at spaces where there are any, never in an emoji."""
    while weight(line) >= room:
        end = _longest(line, room)
        space = line.rfind(" ", end // 2, end)
        if space > 0:
            yield line[:space]
            line = line[space + 1 :]
        else:
            yield line[:end]
            line = line[end:]
    yield line


def _longest(line: str, room: int) -> int:
    """How many characters weigh less than ``room`` and end where a sign does."""
    low, high = 1, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if weight(line[:middle]) < room else (low, middle - 1)
    end = low
    while end > 1 and end < len(line) and not _parts(line[end - 1], line[end]):
        end -= 1
    return end if end > 1 else low  # a sign without an end is torn after all


def _parts(before: str, after: str) -> bool:
    """Whether two neighbours may be shown apart."""
    flags = "\U0001f1e6" <= before <= "\U0001f1ff" and "\U0001f1e6" <= after <= "\U0001f1ff"
    clings = after == _ZWJ or unicodedata.category(after) in _CLINGING
    return not flags and before != _ZWJ and not clings
