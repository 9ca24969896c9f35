"""Dresses a Message for Telegram: HTML within the platform's limits, and an inline keyboard. Pure.

Every value is escaped, and text is cut before it is marked up, so that tags always balance.
"""

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import Final

import msgspec
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.model import Button, Message
from bot.platforms.harmless import harmless, shown

MAX_UNITS: Final = 4096
"""Telegram's limit of a text, in UTF-16 units after the entities are parsed."""
MAX_CAPTION: Final = 1024
"""The same of a picture's caption."""
NOTE_ROOM: Final = 600
"""Units that a caption has for its note: a longer one may replace it by an edit."""
MAX_DATA: Final = 64
MAX_PER_ROW: Final = 8
MAX_BUTTONS: Final = 100
FOLDED_UNITS: Final = 320
"""A longer note is folded: four to five lines on a phone."""

REMEMBERED: Final = 64
"""Messages: one alert goes to many chats."""

_NOTE_MARK: Final = "💬 "
_CUT: Final = "…"
_MORE: Final = "… (길어서 나머지는 줄였습니다)"


class Dressed(msgspec.Struct, frozen=True):
    """A message as Telegram takes it. ``plain`` is the same text without markup, ``keyboard`` JSON,
    "" for none: of an object the library would make it anew for every chat."""

    html: str
    plain: str
    keyboard: str


def dress(message: Message, limit: int = MAX_UNITS) -> Dressed:
    """The head is kept whole (up to the limit itself), then the foot, the lines and the note."""
    return _dress(message.head, message.body, message.note, message.foot, message.buttons, limit)


@lru_cache(REMEMBERED)
def _dress(
    head: str,
    lines: tuple[str, ...],
    note: str,
    foot: str,
    buttons: tuple[tuple[Button, ...], ...],
    limit: int,
) -> Dressed:
    head = cut(shown(head), limit)
    left = limit - units(head)
    foot = _fitting(shown(foot), left)
    left -= units(foot) + 1 if foot else 0
    body = "\n".join(shown(line) for line in lines)
    body = _fitting(body, left)
    left -= units(body) + 1 if body else 0
    note = _fitting(_NOTE_MARK + shown(note), left) if note else ""
    tag = "blockquote expandable" if units(note) > FOLDED_UNITS else "blockquote"
    parts = [
        (head, f"<b>{_safe(head)}</b>"),
        (body, _safe(body)),
        (note, f"<{tag}>{_safe(note)}</blockquote>"),
        (foot, f"<i>{_safe(foot)}</i>"),
    ]
    markup = keyboard(buttons)
    return Dressed(
        html="\n".join(marked for text, marked in parts if text),
        plain="\n".join(text for text, _ in parts if text),
        keyboard=markup.to_json() if markup is not None else "",
    )


def fits_caption(message: Message) -> bool:
    """Whether all of the message can stand under its picture, whatever its note becomes."""
    parts = [message.head, *message.body, message.foot]
    text = sum(units(shown(part)) + 1 for part in parts if part)
    note = max(units(shown(message.note)) + units(_NOTE_MARK), NOTE_ROOM) if message.note else 0
    return text + note <= MAX_CAPTION


def dress_parts(message: Message) -> tuple[Dressed, Dressed]:
    """A message too long for a caption in two: the head under the picture, and the rest."""
    caption = dress(Message(head=message.head), MAX_CAPTION)
    return caption, dress(msgspec.structs.replace(message, head=""))


def keyboard(rows: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup | None:
    """The buttons that Telegram takes, with an address or a command as its data; None if there are
    none."""
    taken = 0
    made = []
    for row in rows:
        fitting = [b for b in row if harmless(b.label) and (b.url or _is_data(b.command))]
        fitting = fitting[: min(MAX_PER_ROW, MAX_BUTTONS - taken)]
        taken += len(fitting)
        if fitting:
            made.append([_button(b) for b in fitting])
    return InlineKeyboardMarkup(made) if made else None


def _is_data(command: str) -> bool:
    return 0 < len(command.encode()) <= MAX_DATA


def _button(button: Button) -> InlineKeyboardButton:
    label = harmless(button.label)
    if button.url:
        return InlineKeyboardButton(label, url=button.url)
    return InlineKeyboardButton(label, callback_data=button.command)


def units(text: str) -> int:
    """Length as Telegram counts it: UTF-16 units, of which 🐳 takes two and 한 one."""
    return len(text) + sum(char > "\uffff" for char in text)


def cut(text: str, limit: int) -> str:
    """At most ``limit`` UTF-16 units of the text; a cut one ends with "…"."""
    if units(text) <= limit:
        return text
    room = limit - units(_CUT)
    for position, char in enumerate(text):
        room -= units(char)
        if room < 0:
            return text[:position].rstrip() + _CUT
    return text


def _fitting(text: str, left: int) -> str:
    """What of the text fits beside a line break; whole lines rather than the last one in part."""
    room = left - 1
    if units(text) <= room:
        return text
    if room < 2:
        return ""
    short = cut(text, room - units(_MORE)) if room > units(_MORE) else ""
    whole, line_break, _ = short.rpartition("\n")
    return f"{whole}\n{_MORE}" if line_break else cut(text, room)


def _safe(text: str) -> str:
    return escape(text, quote=False)
