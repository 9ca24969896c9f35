"""Makes words harmless: nothing in them calls people, links anywhere or hides. Pure.

Names of coins, news, what a model wrote and what somebody typed are shown as they are read, and do
nothing. Clients turn bare text into links by themselves ("foo.io", "t.me/x", "#word"), so it is
not enough to escape markup: a word joiner, which is never seen, keeps the parts from being one.
Telegram's search for links and Discord's end at it; it takes no room and breaks no line.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from bot.platforms.unbroken import JOINER, joined

REMEMBERED: Final = 256
"""Texts: one alert goes to many chats, and making it harmless costs more than sending it."""

_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Letters and marks that show nothing, beside those that Unicode calls format characters."""
_ZWJ = "\u200d"
_LINES = re.compile("\r\n?|[\u0085\u2028\u2029\v\f]")
_CALLS = re.compile(
    r"(?<=[@＠])(?=\S)"  # @name, @everyone, <@1>, a@b.example
    r"|(?<=[#＃])(?=\w)|(?<=\$)(?=[A-Za-z])"  # hashtags and cashtags
    r"|(?<=:)(?=//)"  # any scheme
    r"|(?<=\S)(?=\.[^\W\d_])"  # foo.io: the last label of a domain begins with a letter
    r"|(?<=\d)(?=\.\d+\.\d+\.\d)"  # 1.2.3.4
)


@lru_cache(REMEMBERED)
def harmless(text: str) -> str:
    """The text without what cannot be seen or sent, and with every call and link disarmed.

    Control characters go, line breaks stay; so do the joints of an emoji that is made of several.
    """
    sound = _LINES.sub("\n", text.encode("utf-8", "replace").decode())
    kept: list[str] = []
    for position, char in enumerate(sound):
        if char == _ZWJ:
            after = sound[position + 1 : position + 2]
            if kept and _joins(kept[-1]) and unicodedata.category(after or " ") == "So":
                kept.append(char)
        elif char == "\n" or (
            char not in _UNSEEN and unicodedata.category(char) not in ("Cc", "Cf", "Cs")
        ):
            kept.append(char)
    return _CALLS.sub(JOINER, "".join(kept)).strip()


@lru_cache(REMEMBERED)
def shown(text: str) -> str:
    """The text as a messenger shows it: harmless, with what is read as one on one line."""
    return joined(harmless(text))


def _joins(char: str) -> bool:
    """Whether an emoji may go on after it: a picture, a skin's colour, or "as a picture"."""
    return char == "\ufe0f" or unicodedata.category(char) in ("So", "Sk")
