"""Slash commands made from the catalog, in English and Korean, and what completes them."""

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Final

import discord
from discord import app_commands
from discord.app_commands import Choice, locale_str

from bot.answer import CatalogEntry
from bot.command import Parameter
from bot.korean import KIND_WORDS
from bot.ports import Directory
from pipeline.model import SymbolInfo

MAX_CHOICES: Final = 25
MAX_CHOICE: Final = 100
"""Characters of a choice's name and value."""
MAX_DESCRIPTION: Final = 100

DURATIONS: Final = ("30분", "1시간", "3시간", "오늘", "계속")
SCHEDULES: Final = (
    "09:00,21:00", "09:00", "21:00", "09:00 평일", "09:00,21:00 평일", "끄기",
    "스프레드 BTC 30분", "스프레드 BTC 1시간", "스프레드 BTC 끄기",
)  # fmt: skip
SETTINGS: Final = (
    "하루 20건",
    "제한 없음",
    "대량체결 10만달러",
    "급등 5%",
    "기준 큰것만",
    "기준 표준",
    "쿨다운 10분",
    "쿨다운 끄기",
    "방해금지 23:00-07:00",
    "방해금지 끄기",
    "방해금지 긴급 소리",
    "색 한국식",
    "색 글로벌",
    "AI 끄기",
    "AI 켜기",
)
PRICES: Final = ("+1%", "+5%", "+10%", "-1%", "-5%", "-10%")
INTERVALS: Final = ("1분", "5분", "15분", "1시간", "4시간", "1일")
_UNITS = ("분", "시간", "일")
_ALL = ("all", "전체", "모든", "모두")

Run = Callable[[discord.Interaction[Any], CatalogEntry, list[str]], Awaitable[None]]
_Complete = Callable[[discord.Interaction[Any], str], Coroutine[Any, Any, list[Choice[str]]]]


class KoreanNames(app_commands.Translator):
    """Knows the Korean of every string here, which brings it along as ``ko``."""

    async def translate(
        self,
        string: locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The Korean; None for every other language, which keeps what is the default."""
        korean = string.extras.get("ko")
        return str(korean) if korean and locale is discord.Locale.korean else None


def slash_command(
    entry: CatalogEntry, run: Run, completions: "Completions"
) -> app_commands.Command[Any, ..., None]:
    """The command as Discord knows it; ``run`` gets what was typed, parameter by parameter.

    Names are English with Korean ones beside them; descriptions exist in Korean only. Commands
    that change a chat's settings are offered to those who manage the server. That is no more than
    a hint which servers can override: rights are checked at use.
    """

    async def callback(interaction: discord.Interaction[Any], **values: str) -> None:
        typed = (values.get(parameter.name, "").strip() for parameter in entry.parameters)
        await run(interaction, entry, [value for value in typed if value])

    # discord.py reads the options off the signature, which here only the catalog knows.
    callback.__dict__["__signature__"] = _signature(entry.parameters)
    if entry.parameters:
        described = {p.name: _korean(p.description, p.description) for p in entry.parameters}
        named = {p.name: locale_str(p.name, ko=p.korean) for p in entry.parameters}
        completed = {p.name: completions.of(p) for p in entry.parameters if p.kind != "text"}
        app_commands.describe(**described)(callback)
        app_commands.rename(**named)(callback)
        if completed:
            app_commands.autocomplete(**completed)(callback)
    everybody = entry.who == "all"
    command: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=locale_str(entry.name, ko=entry.korean),
        description=_korean(entry.description, entry.description),
        callback=callback,
        # In group conversations between users the bot can answer but never post by itself.
        allowed_contexts=app_commands.AppCommandContext(
            guild=True, dm_channel=True, private_channel=everybody
        ),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
    )
    if not everybody:
        command.default_permissions = discord.Permissions(manage_guild=True)
    return command


def message_menu(
    entry: CatalogEntry,
    korean: str,
    run: Callable[[discord.Interaction[Any], CatalogEntry, str], Awaitable[None]],
) -> app_commands.ContextMenu:
    """The command in the menu of each message, ``korean`` there; ``run`` gets the message's id."""

    async def callback(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await run(interaction, entry, str(message.id))

    return app_commands.ContextMenu(
        name=locale_str(entry.name, ko=korean),
        callback=callback,
        allowed_contexts=app_commands.AppCommandContext(
            guild=True, dm_channel=True, private_channel=True
        ),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
    )


def _korean(default: str, korean: str) -> locale_str:
    return locale_str(default[:MAX_DESCRIPTION], ko=korean[:MAX_DESCRIPTION])


def _signature(parameters: Sequence[Parameter]) -> inspect.Signature:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature(
        [
            inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD),
            *(
                inspect.Parameter(
                    p.name,
                    kind,
                    annotation=str,
                    default=inspect.Parameter.empty if p.required else "",
                )
                for p in parameters
            ),
        ]
    )


class Completions:
    """What is offered while somebody types, out of memory: Discord waits three seconds.

    ``kinds`` are (name, Korean) of alert kinds. Whatever is typed instead is taken as it is.
    """

    def __init__(
        self,
        directory: Directory,
        name_of: Callable[[SymbolInfo], str],
        kinds: Sequence[tuple[str, str]],
        catalog: Sequence[CatalogEntry],
    ) -> None:
        self._directory = directory
        self._name_of = name_of
        self._kinds = tuple(kinds)
        self._catalog = tuple(catalog)

    def of(self, parameter: Parameter) -> _Complete:
        """What completes the parameter."""
        offer = {
            "symbol": self.symbols,
            "symbols": self.several_symbols,
            "kinds": self.several_kinds,
            "duration": self.durations,
            "command": self.commands,
            "schedule": self.schedules,
            "setting": self.settings,
            "price": self.prices,
            "code": self.nothing,
            "interval": self.intervals,
        }[parameter.kind]

        async def complete(
            interaction: discord.Interaction[Any], current: str
        ) -> list[Choice[str]]:
            if len(current) > MAX_CHOICE:  # nothing goes on so long; Discord lets 6000 be typed
                return []
            return [
                Choice(name=name[:MAX_CHOICE], value=value)
                for name, value in offer(current)
                if len(value) <= MAX_CHOICE
            ][:MAX_CHOICES]

        return complete

    def symbols(self, typed: str) -> list[tuple[str, str]]:
        """Pairs by ticker or Korean name: (shown, value)."""
        found = self._directory.suggest(typed.strip(), MAX_CHOICES)
        return [(self._name_of(info), info.symbol) for info in found]

    def several_symbols(self, typed: str) -> list[tuple[str, str]]:
        """The last of several pairs, the ones before it kept; "all" as the first."""
        before, last = _last_word(typed)
        offered = [(before + name, before + value) for name, value in self.symbols(last)]
        if not before and any(word.startswith(last.casefold()) for word in _ALL):
            offered.insert(0, ("전체 (모든 종목)", "all"))
        return offered

    def several_kinds(self, typed: str) -> list[tuple[str, str]]:
        """The last of several kinds of alerts, by any of its words, the ones before it kept."""
        before, last = _last_word(typed)
        wanted = last.casefold()
        called = {kind for word, kind in KIND_WORDS.items() if word.startswith(wanted)}
        return [
            (before + korean, before + name)
            for name, korean in self._kinds
            if name not in before.split() and (name in called or wanted in korean)
        ]

    def durations(self, typed: str) -> list[tuple[str, str]]:
        """Usual durations; a bare number with each unit."""
        start = typed.strip()
        if start.isdecimal() and 0 < int(start) < 1000:
            return [(f"{int(start)}{unit}", f"{int(start)}{unit}") for unit in _UNITS]
        return [(text, text) for text in DURATIONS if text.startswith(start)]

    def schedules(self, typed: str) -> list[tuple[str, str]]:
        """Usual times of summaries."""
        return [(text, text) for text in SCHEDULES if text.startswith(typed.strip())]

    def intervals(self, typed: str) -> list[tuple[str, str]]:
        """Intervals of charts; a bare number is of minutes, hours or days."""
        return [(text, text) for text in INTERVALS if text.startswith(typed.strip())]

    def prices(self, typed: str) -> list[tuple[str, str]]:
        """Distances from the price now; whatever is typed is the price itself."""
        return [(text, text) for text in PRICES if text.startswith(typed.strip())]

    def nothing(self, typed: str) -> list[tuple[str, str]]:
        """What only the asker knows."""
        return []

    def settings(self, typed: str) -> list[tuple[str, str]]:
        """Usual settings; a bare number is one of alerts a day."""
        start = typed.strip()
        if start.isdecimal() and 0 < int(start) <= 1_000:
            return [(f"하루 {int(start)}건", f"하루 {int(start)}건")]
        return [(text, text) for text in SETTINGS if text.casefold().startswith(start.casefold())]

    def commands(self, typed: str) -> list[tuple[str, str]]:
        """Commands by either name."""
        wanted = typed.strip().lstrip("/").casefold()
        return [
            (f"/{entry.name} · {entry.korean}", entry.name)
            for entry in self._catalog
            if entry.name.startswith(wanted) or entry.korean.startswith(wanted)
        ]


def _last_word(typed: str) -> tuple[str, str]:
    """("BTC ", "이") of "BTC, 이": all words but the one being typed, and that one."""
    words = typed.replace(",", " ").split()
    last = "" if not words or typed[-1:] in (" ", ",") else words.pop()
    return "".join(f"{word} " for word in words), last
