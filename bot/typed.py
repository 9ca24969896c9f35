"""What people type, read: which command is meant, and with what words."""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

import msgspec

from bot.command import MAX_TYPED, Command
from bot.commands import COMMANDS
from bot.commands.arguments import command_of, names_of
from bot.commands.settings_words import TOPICS
from bot.korean import NAMES, unify
from bot.symbols import read_symbol

SYMBOL_WORDS: Final = 3
"""Of "비트 코인 usdt": more words than this are a sentence, not a symbol."""
_SYMBOL_KINDS = ("symbol", "symbols")
_COURTESIES = frozenset(
    re.split(
        " ",
        "알려줘 알려줘요 알려주세요 알려줄래 보여줘 보여줘요 보여주세요 보여줄래 해줘 해줘요 "
        "해주세요 해 얼마 얼마야 얼마예요 얼마에요 얼마지 얼마임 얼마냐 얼만데 좀 요",
    )
)
_TAILS = tuple(sorted(_COURTESIES - {"요", "해"}, key=len, reverse=True))  # "비트코인얼마야"
_NOW = frozenset({"지금", "현재"})
_PARTICLE = re.compile("[은는이가을를]$")  # "비트 가격은"
_WHY: Final = "왜"
_NONE_COMES: Final = re.compile(
    r"(?:(?:왜|why|알림|알람)[이은도]? ?)+(?:(?:이렇게|하나도|전혀|아무것도) ?)?"
    r"(?:안 ?(?:와|왔|옴|오[나냐네니는죠지])|없(?:어|네|나|냐|지|는)|조용(?:하|해))[^ ]*"
)
"""What asks why no alert comes: "알림이 왜 안 오나요", "알림 안 와요", "왜 이렇게 조용해"."""
_SETTINGS = frozenset(word for word in TOPICS if not word.isascii())  # "ai" is a coin as well
_ASSETS = frozenset(unify(word) for base, names in NAMES.items() for word in (base, *names))


class Typed(msgspec.Struct, frozen=True):
    """What was typed, read: the command if one was meant, and the words that belong to it.

    ``slash`` tells whether it was called with a slash. Without a command, ``words`` is everything.
    """

    command: Command | None
    words: list[str]
    slash: bool


def read(text: str, commands: Collection[Command]) -> Typed:
    """ "/spread@goraebot btc", "／시세　비트", "시세 비트", "비트 시세", "구독 해지 BTC" …

    Full-width and composed letters, invisible characters and spaces are made uniform; words come
    out in lower case.
    """
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf")
    words = unify(seen).split()
    slash = bool(words) and words[0].startswith("/")
    known = tuple(commands)
    if slash:
        first = words[0].lstrip("/").partition("@")[0]
        words = [first, *words[1:]] if first else words[1:]  # "/ spread btc"
    else:
        words = _without_courtesies(words)
    asked = [_WHY, "안", "와"] if _NONE_COMES.fullmatch(" ".join(words)) else words
    found = command_of(asked, known)
    if found is None and not slash and len(words) > 1:
        # "비트 구독 취소", "비트 시세", "비트 가격은": the order in which one says it.
        for word, rest in (
            ("".join(words[-2:]), words[:-2]),
            (words[-1], words[:-1]),
            (_PARTICLE.sub("", words[-1]), words[:-1]),
        ):
            found = found or command_of([word, *rest], known)
        if found is None and len(words) > 2 and _names_asset(words[0]):  # "이더 목표가 4000"
            found = command_of([words[1], words[0], *words[2:]], known)
        if found is None and _WHY in words[1:]:  # "알림이 왜 안 와요"
            found = command_of([_WHY, *(word for word in words if word != _WHY)], known)
        if found is not None and not takes_symbol(found[0]):
            found = None
    if found is None and not slash and words and words[0] in _SETTINGS:  # "쿨다운 30분"
        found = command_of(["settings", *words], known)
    if found is None and not slash and len(words) == 1:
        found = _written_as_one(words[0], known)
    command, rest = found if found is not None else (None, words)
    return Typed(command, rest, slash)


def is_command(text: str) -> bool:
    """Whether a text in a group is meant for the bot: people there mostly talk to each other.

    With a slash: a known command, other bots may have theirs. Without: a Korean command word with
    symbols and nothing else ("시세 비트", "btc 스프레드"), since "상태" or "시작" is just a word;
    and a command that changes nothing: "구독 링크 좀" asks for a channel's address.
    """
    if len(text) > longest(COMMANDS.values()):
        return False
    typed = read(text, COMMANDS.values())
    if typed.command is None or typed.slash:
        return typed.command is not None and len(text) <= typed.command.longest
    if len(text) > MAX_TYPED or typed.command.who != "all":
        return False
    said = unify(text).split()
    korean = any(not word.isascii() and command_of([word], (typed.command,)) for word in said)
    if not (korean and takes_symbol(typed.command)):
        return False
    return 0 < len(typed.words) <= SYMBOL_WORDS and all(map(_names_asset, typed.words))


def longest(commands: Collection[Command]) -> int:
    """How many letters any of them takes."""
    return max((command.longest for command in commands), default=MAX_TYPED)


def takes_symbol(command: Command) -> bool:
    """Whether it is about a symbol, or several."""
    return any(parameter.kind in _SYMBOL_KINDS for parameter in command.parameters)


def _names_asset(word: str) -> bool:
    """Whether the word can hardly be anything but a coin or a pair."""
    bare = word.strip("$#?!.,")
    return bare in _ASSETS or bool(read_symbol(bare.upper().replace("-", "")).quote)


def _written_as_one(word: str, commands: Collection[Command]) -> tuple[Command, list[str]] | None:
    """ "비트시세", "시세이더": the command and the coin."""
    for command in filter(takes_symbol, commands):
        for name in names_of(command):
            for coin in (word.removesuffix(name), word.removeprefix(name)):
                if not name.isascii() and coin != word and coin in _ASSETS:
                    return command, [coin]
    return None


def _without_courtesies(words: list[str]) -> list[str]:
    """ "비트코인 얼마야?" → 비트코인."""
    kept = [word.rstrip("?!.~") for word in words]
    while len(kept) > 1 and kept[-1] in _COURTESIES:
        kept.pop()
    for tail in _TAILS if kept else ():
        if kept[-1] != tail and kept[-1].endswith(tail):
            kept[-1] = kept[-1].removesuffix(tail)
            break
    if 1 < len(kept) <= SYMBOL_WORDS:  # "지금 비트 얼마야", "비트 현재 가격"
        kept = [word for word in kept if word not in _NOW]
    return [word for word in kept if word]
