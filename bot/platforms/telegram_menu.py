"""The command menus and what the bot says of itself, in Korean: settings only where somebody may
change them. The bot's name and picture are its operator's."""

from collections.abc import Sequence
from typing import Final, Protocol

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeDefault,
    MenuButtonCommands,
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


async def publish(
    bot: Bot, catalog: Sequence[Entry], description: str = "", short_description: str = ""
) -> int:
    """Set what differs from Telegram's: the menus, the button that opens them, and the
    descriptions but for one that is ""; says how many were set. Raises TelegramError."""
    changed = 0
    for scope, commands in menus(catalog):
        for language in LANGUAGES:
            if await bot.get_my_commands(scope, language) != commands:
                await bot.set_my_commands(commands, scope, language)
                changed += 1
    if await bot.get_chat_menu_button() != MenuButtonCommands():
        await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
        changed += 1
    for language in LANGUAGES:
        if short_description:
            short = await bot.get_my_short_description(language)
            if short.short_description != short_description:
                await bot.set_my_short_description(short_description, language)
                changed += 1
        if description and (await bot.get_my_description(language)).description != description:
            await bot.set_my_description(description, language)
            changed += 1
    return changed


def _listed(entries: Sequence[Entry]) -> tuple[BotCommand, ...]:
    return tuple(
        BotCommand(entry.name, f"{entry.korean} · {entry.description}"[:_LONGEST])
        for entry in entries[:_MOST]
    )
