"""Answers what people type and press: finds the command, checks rights, runs it in time.

Everything is answered: bad input, missing rights, failures and slowness with one polite line.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import msgspec

from bot import pages
from bot.command import MAX_TYPED, Command, Context, Parameter, Who
from bot.commands import COMMANDS
from bot.commands.arguments import (
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
from bot.korean import display_name, josa
from bot.model import Button, ChatSettings, Draft, Message, Request
from bot.pace import Pace, Sort, told
from bot.symbols import MAX_SYMBOL
from bot.typed import SYMBOL_WORDS, longest, read, takes_symbol
from pipeline.model import SymbolInfo

log = logging.getLogger("goraebot.answer")

LATER_S: Final = 30.0
"""How long a better edition of an answer may take; explanations have a shorter deadline."""

MAX_LATER: Final = 50
"""Better editions under way; with more, answers stay as they are."""

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
        if length > longest(self._commands.values()):
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
        if len(words) > SYMBOL_WORDS or len(words[0]) > MAX_SYMBOL:
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
        if rest and takes_symbol(near):
            try:
                self._context.directory.find(" ".join(rest))
            except UserError:
                return ""
            return " ".join((f"/{near.name}", *rest))
        needs = any(parameter.required for parameter in near.parameters)
        return "" if rest or needs else f"/{near.name}"


def _name_of(request: Request) -> str:
    return f"{request.chat.platform}:{request.user}"


def _refused(text: str, buttons: Sequence[Button] = ()) -> Message:
    return Message(head=text, buttons=rows(buttons), tone="error", private=True)


def _about(pair: SymbolInfo) -> Sequence[Button]:
    """What is most often asked about a coin."""
    return (
        Button("📊 현재가", f"/price {pair.symbol}"),
        Button("💬 설명", f"/explain {pair.symbol}"),
    )
