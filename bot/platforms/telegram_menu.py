"""The command menus, in Korean: settings only where somebody may change them."""

from collections.abc import Sequence
from typing import Final, Protocol

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeDefault,
)

LANGUAGES: Final = (None, "ko")
"""None serves whoever has no menu in their own language; the bot speaks Korean to everybody."""

_LONGEST: Final = 256
_MOST: Final = 100


class Entry(Protocol):
    """A command as bot.answer.catalog lists it. ``who``: "all", "admins" or "operators"."""

    @property
    def name(self) -> str:
        """Its Latin name."""
        ...

    @property
    def korean(self) -> str:
        """Its Korean name."""
        ...

    @property
    def description(self) -> str:
        """What it does, in Korean."""
        ...

    @property
    def who(self) -> str:
        """Who may use it."""
        ...


def menus(
    catalog: Sequence[Entry],
) -> list[tuple[BotCommandScope, tuple[BotCommand, ...]]]:
    """What each scope lists; commands of operators are listed nowhere."""
    everything = [entry for entry in catalog if entry.who != "operators"]
    reading = [entry for entry in everything if entry.who == "all"]
    return [
        (BotCommandScopeDefault(), _listed(everything)),
        (BotCommandScopeAllGroupChats(), _listed(reading)),
        (BotCommandScopeAllChatAdministrators(), _listed(everything)),
    ]


async def publish(bot: Bot, catalog: Sequence[Entry]) -> int:
    """Set the menus that differ from Telegram's; says how many. Raises TelegramError."""
    changed = 0
    for scope, commands in menus(catalog):
        for language in LANGUAGES:
            if await bot.get_my_commands(scope, language) != commands:
                await bot.set_my_commands(commands, scope, language)
                changed += 1
    return changed


def _listed(entries: Sequence[Entry]) -> tuple[BotCommand, ...]:
    return tuple(
        BotCommand(entry.name, f"{entry.korean} · {entry.description}"[:_LONGEST])
        for entry in entries[:_MOST]
    )
