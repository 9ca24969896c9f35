"""Answers what people type and press: finds the command, checks rights, runs it in time.

Everything is answered: bad input, missing rights, failures and slowness with one polite line.
"""

import asyncio
import logging
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import msgspec

from bot import pages
from bot.command import MAX_TYPED, Command, Context, Parameter, Who
from bot.commands import COMMANDS
from bot.commands.arguments import (
    command_of,
    echo,
    names_of,
    nearest_command,
    one_symbol,
    several_symbols,
)
from bot.commands.layout import rows
from bot.commands.offered import receive
from bot.commands.plain_wishes import wish
from bot.errors import StoreError, UserError
from bot.fitting import painted
from bot.korean import NAMES, display_name, josa, unify
from bot.model import Button, ChatSettings, Draft, Message, Request
from bot.pace import Pace, Sort, told
from bot.symbols import read_symbol
from pipeline.model import SymbolInfo

log = logging.getLogger("goraebot.answer")

LATER_S: Final = 30.0
"""How long a better edition of an answer may take; explanations have a shorter deadline."""

MAX_LATER: Final = 50
"""Better editions under way; with more, answers stay as they are."""

_SYMBOL_KINDS = ("symbol", "symbols")
_SYMBOL_LETTERS = 40  # a longer word is no symbol
_SYMBOL_WORDS = 3  # "비트 코인 usdt": more words than this are a sentence, not a symbol
_COURTESIES = frozenset(
    re.split(" ", "알려줘 알려주세요 보여줘 보여주세요 얼마 얼마야 얼마예요 얼마에요 얼마지 좀 요")
)
_TAILS = tuple(sorted(_COURTESIES - {"요"}, key=len, reverse=True))  # "비트코인얼마야"
_ASSETS = frozenset(unify(word) for base, names in NAMES.items() for word in (base, *names))

_ABOUT = "무슨 뜻인지 알아듣지 못했습니다. {}에 대해 볼 것을 골라 주세요."
_EMPTY = "명령이나 심볼을 입력해 주세요. 예: 시세 비트, /spread btcusdt"
_TOO_LONG = "입력이 너무 깁니다. {:,}자 안으로 줄여 주세요. 예: {}"
_EXAMPLE = "/spread btcusdt"
_ADMINS = "이 대화방의 알림 설정은 관리자만 바꿀 수 있습니다. 관리자에게 부탁해 주세요."
_MANAGERS = (
    "알림 설정은 ‘서버 관리하기’ 권한이 있는 관리자만 바꿀 수 있습니다. "
    "서버 관리자에게 부탁해 주세요."
)
_OPERATORS = "봇 운영자만 쓸 수 있는 명령입니다. 쓸 수 있는 명령: /help"
_SLOW = "답을 준비하는 데 시간이 너무 오래 걸려 멈췄습니다. 잠시 뒤에 다시 시도해 주세요."
_UNSAVED = (
    "데이터베이스에 문제가 있어 지금은 저장된 것을 읽거나 바꿀 수 없습니다. 알림은 계속 갑니다. "
    "잠시 뒤에 다시 시도해 주세요."
)
_FAILED = "죄송합니다. 처리하는 중에 문제가 생겼습니다. 잠시 뒤에 다시 시도해 주세요."


class CatalogEntry(msgspec.Struct, frozen=True):
    """A command as platforms list and complete it; see bot.command.Command."""

    name: str
    korean: str
    description: str
    example: str
    parameters: tuple[Parameter, ...]
    who: Who
    private: bool = False


def catalog(commands: Mapping[str, Command] = COMMANDS) -> tuple[CatalogEntry, ...]:
    """Every command in menu order, for the menus of platforms."""
    return tuple(
        CatalogEntry(c.name, c.korean, c.description, c.example, c.parameters, c.who, c.private)
        for c in commands.values()
    )


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
    found = command_of(words, known)
    if found is None and not slash and len(words) > 1:
        # "비트 시세": the order in which one says it.
        found = command_of([words[-1], *words[:-1]], known)
        if found is None and len(words) > 2 and _names_asset(words[0]):  # "이더 목표가 4000"
            found = command_of([words[1], words[0], *words[2:]], known)
        if found is not None and not _takes_symbol(found[0]):
            found = None
    if found is None and not slash and len(words) == 1:
        found = _written_as_one(words[0], known)
    command, rest = found if found is not None else (None, words)
    return Typed(command, rest, slash)


def is_command(text: str, commands: Mapping[str, Command] = COMMANDS) -> bool:
    """Whether a text in a group is meant for the bot: people there mostly talk to each other.

    With a slash: a known command, other bots may have theirs. Without: a Korean command word with
    symbols and nothing else ("시세 비트", "btc 스프레드"), since "상태" or "시작" is just a word.
    """
    if len(text) > _longest(commands.values()):
        return False
    typed = read(text, commands.values())
    if typed.command is None or typed.slash:
        return typed.command is not None and len(text) <= typed.command.longest
    if len(text) > MAX_TYPED:
        return False
    said = unify(text).split()
    korean = any(not word.isascii() and command_of([word], (typed.command,)) for word in said)
    if not (korean and _takes_symbol(typed.command)):
        return False
    return 0 < len(typed.words) <= _SYMBOL_WORDS and all(map(_names_asset, typed.words))


class Answerer:
    """Implements bot.ports.Answer.

    ``deadline_s`` is how long one answer may take; ``operators`` are "platform:user" names, who
    may ask as often as they like; ``pace`` bounds the others.
    """

    def __init__(
        self,
        context: Context,
        commands: Mapping[str, Command] = COMMANDS,
        deadline_s: float = 15.0,
        operators: Collection[str] = (),
        pace: Pace | None = None,
    ) -> None:
        self._context = context
        self._commands = dict(commands)
        self._deadline_s = deadline_s
        self._operators = frozenset(operators)
        self._pace = pace
        self._later = 0

    async def __call__(self, request: Request) -> Message:
        """The answer; never raises for anything that was typed or that failed."""
        deadline = asyncio.timeout(self._deadline_s)
        text, number = pages.asked(request.text)
        try:
            async with deadline:
                answer, asks_ai = await self._answer(msgspec.structs.replace(request, text=text))
                settings = await self._settings(request)

            def finish(message: Message) -> Message:
                return painted(pages.page(message, number, text), settings.colours)

            finished = finish(answer)
            if not isinstance(finished, Draft):
                return finished
            if not settings.ai:
                return finished.first
            if asks_ai:  # now that what was typed is found good, and a model will be asked
                self._admit(request, "ai")
            return self._bounded(finished, request, finish)
        except UserError as error:
            return _refused(str(error) or _FAILED)
        except StoreError as error:  # the alarm tells of it, once
            log.error("answering on %s failed: %s", request.chat.platform, error)
            return _refused(_UNSAVED)
        except Exception as error:
            if isinstance(error, TimeoutError) and deadline.expired():
                log.warning("no answer on %s within %g s", request.chat.platform, self._deadline_s)
                return _refused(_SLOW)
            # What was typed stays out of the log: it is the person's, not the operator's.
            log.exception("answering on %s failed", request.chat.platform)
            return _refused(_FAILED)

    async def _settings(self, request: Request) -> ChatSettings:
        """The chat's; an answer is worth more than its colours while they cannot be read."""
        try:
            return (await self._context.subscriptions.chat(request.chat)).settings
        except StoreError as error:
            log.warning("an answer goes without its chat's settings: %s", error)
            return ChatSettings()

    def _bounded(
        self, draft: Draft, request: Request, finish: Callable[[Message], Message]
    ) -> Message:
        """The draft with an end to its ``later``, whatever that does, finished like the answer."""

        async def later() -> Message | None:
            if self._later >= MAX_LATER:
                log.info("an answer stays as it is: %d wait for comments", self._later)
                return None
            self._later += 1
            try:
                async with asyncio.timeout(LATER_S):
                    better = await draft.later()
                    return None if better is None else finish(better)
            except TimeoutError:
                log.warning("no better answer on %s in %g s", request.chat.platform, LATER_S)
            except Exception:  # the answer itself is out; what went wrong is the operator's
                log.exception("a better answer on %s failed", request.chat.platform)
            finally:
                self._later -= 1
            return None

        return msgspec.structs.replace(draft, later=later)

    async def _answer(self, request: Request) -> tuple[Message, bool]:
        """The answer, and whether its better edition is one of those that are counted as "ai"."""
        self._admit(request, "reading")
        length = len(request.text)
        if length > _longest(self._commands.values()):
            raise UserError(_TOO_LONG.format(MAX_TYPED, _EXAMPLE))
        typed = read(request.text, self._commands.values())
        known = typed.command
        if length > (known.longest if known is not None else MAX_TYPED):
            wanted = (known.longest, known.example) if known else (MAX_TYPED, _EXAMPLE)
            raise UserError(_TOO_LONG.format(*wanted))
        if not typed.slash and (typed.command is None or typed.words):  # "알림 끄기" is a command
            asked = wish(request.text.split(), self._context)
            if asked is not None:
                return asked, False
        if typed.command is not None:
            self._check_rights(typed.command, request)
            try:
                message = await typed.command.run(self._context, request, typed.words)
            except UserError as error:
                return self._unmet(error, typed.command), False
            return message, typed.command.asks_ai
        if not typed.words:
            raise UserError(_EMPTY)
        if typed.slash or "price" not in self._commands:
            return await self._unknown(request, typed.words, slash=True), False
        return await self._bare(request, typed.words), False

    def _admit(self, request: Request, sort: Sort) -> None:
        """Raises UserError for whoever asks too often."""
        if self._pace is None or _name_of(request) in self._operators:
            return
        if (refusal := self._pace.ask(request, sort, self._context.now_ms())) is not None:
            raise UserError(told(refusal))

    def _check_rights(self, command: Command, request: Request) -> None:
        if command.who == "admins" and not request.admin:
            raise UserError(_MANAGERS if request.chat.platform == "discord" else _ADMINS)
        if command.who == "operators" and _name_of(request) not in self._operators:
            raise UserError(_OPERATORS)

    async def _bare(self, request: Request, words: list[str]) -> Message:
        """Text without a command: a symbol alone asks for its price."""
        if len(words) > _SYMBOL_WORDS or len(words[0]) > _SYMBOL_LETTERS:
            return await self._unknown(request, words, slash=False)
        price = self._commands["price"]
        try:
            if not several_symbols(words, self._context):
                one_symbol(words, self._context, price.example)
        except UserError as error:
            near = nearest_command(words[0], tuple(self._commands.values()))
            if near is not None or (len(words) > 1 and self._pair(words[0]) is not None):
                return await self._unknown(request, words, slash=False)
            return self._unmet(UserError(f"{error} (명령 목록: /help)", error.near), price)
        return await price.run(self._context, request, words)

    def _unmet(self, error: UserError, command: Command) -> Message:
        """What is wrong, with the symbols that may have been meant where one of them is all that
        the command needs."""
        asks = command.who == "all" and [p.kind for p in command.parameters][:1] == ["symbol"]
        pairs = [pair for symbol in error.near if asks and (pair := self._pair(symbol))]
        buttons = [Button(display_name(pair), f"/{command.name} {pair.symbol}") for pair in pairs]
        return _refused(str(error) or _FAILED, buttons)

    def _pair(self, text: str) -> SymbolInfo | None:
        try:
            return self._context.directory.find(text)
        except UserError:
            return None

    async def _unknown(self, request: Request, words: Sequence[str], *, slash: bool) -> Message:
        near = nearest_command(words[0], tuple(self._commands.values()))
        help_button = Button("❓ 도움말", "/help")
        if near is None and not slash and len(words) > 1:
            if (pair := self._pair(words[0])) is not None:
                offer = await receive(self._context, request.chat, pair.symbol)
                about = (*_about(pair), offer, help_button)
                return _refused(_ABOUT.format(display_name(pair)), about)
            if (mentioned := self._mentioned(words)) is not None:
                name = josa(f"/{mentioned.name}({mentioned.korean})", "을/를")
                meant = self._meant(mentioned, ())
                return _refused(
                    f"{name} 쓰려고 하셨나요? 예: {mentioned.example}",
                    (*([Button(meant, meant)] if meant else []), help_button),
                )
        if near is None:
            said = (
                f"‘{echo(words[0])}’ 명령을 찾을 수 없습니다."
                if slash
                else "무슨 뜻인지 알아듣지 못했습니다."
            )
            return _refused(f"{said} 예: /price BTC, 전체 목록: /help", (help_button,))
        name = josa(f"/{near.name}({near.korean})", "을/를")
        text = f"‘{echo(words[0])}’ 대신 {name} 쓰려고 하셨나요? 예: {near.example}"
        meant = self._meant(near, words[1:])
        return _refused(text, (*([Button(meant, meant)] if meant else []), help_button))

    def _mentioned(self, words: Sequence[str]) -> Command | None:
        """The command whose Korean name a word begins with: "지금 급등하는 코인 뭐야"."""
        for word in words:
            for command in self._commands.values():
                names = [name for name in names_of(command) if len(name) > 1 and not name.isascii()]
                if command.who != "operators" and word.startswith(tuple(names)):
                    return command
        return None

    def _meant(self, near: Command, rest: Sequence[str]) -> str:
        """The line that was probably meant, "" where it would not work either."""
        if rest and _takes_symbol(near):
            try:
                self._context.directory.find(" ".join(rest))
            except UserError:
                return ""
            return " ".join((f"/{near.name}", *rest))
        needs = any(parameter.required for parameter in near.parameters)
        return "" if rest or needs else f"/{near.name}"


def _name_of(request: Request) -> str:
    return f"{request.chat.platform}:{request.user}"


def _longest(commands: Collection[Command]) -> int:
    return max((command.longest for command in commands), default=MAX_TYPED)


def _refused(text: str, buttons: Sequence[Button] = ()) -> Message:
    return Message(head=text, buttons=rows(buttons), tone="error", private=True)


def _about(pair: SymbolInfo) -> Sequence[Button]:
    """What is most often asked about a coin."""
    return (
        Button("📊 현재가", f"/price {pair.symbol}"),
        Button("💬 설명", f"/explain {pair.symbol}"),
    )


def _takes_symbol(command: Command) -> bool:
    return any(parameter.kind in _SYMBOL_KINDS for parameter in command.parameters)


def _names_asset(word: str) -> bool:
    """Whether the word can hardly be anything but a coin or a pair."""
    bare = word.strip("$#?!.,")
    return bare in _ASSETS or bool(read_symbol(bare.upper().replace("-", "")).quote)


def _written_as_one(word: str, commands: Collection[Command]) -> tuple[Command, list[str]] | None:
    """ "비트시세", "시세이더": the command and the coin."""
    for command in filter(_takes_symbol, commands):
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
    return [word for word in kept if word]
