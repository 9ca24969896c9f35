"""Where people are, wired: the web chat, and the messengers whose tokens are there."""

from collections.abc import Collection
from typing import Final

from bot.album import Album
from bot.answer import catalog
from bot.command import Context
from bot.commands import COMMANDS
from bot.commands.receives import lines
from bot.compose_welcome import description, short_description
from bot.korean import KIND_NAMES, display_name
from bot.lobby import StoreLobby
from bot.model import Chat, Message, Unreal
from bot.platforms.web import CommandInfo
from bot.ports import Platform
from bot.settings import Settings
from bot.store import Store
from bot.symbols import Symbols
from bot.typed import is_command
from bot.unreal import marked

HISTORY: Final = 100


def messengers(
    settings: Settings,
    store: Store,
    *,
    symbols: Symbols,
    lobby: StoreLobby,
    album: Album,
    kinds: Collection[str],
    unreal: Unreal | None,
) -> list[Platform]:
    """The platforms whose tokens are there; their libraries are loaded for nobody else."""
    found: list[Platform] = []
    if settings.telegram_token:
        from bot.platforms.telegram import TelegramPlatform

        found.append(
            TelegramPlatform(
                settings.telegram_token,
                catalog=catalog(),
                is_command=is_command,
                lobby=lobby,
                album=album,
                description=description(unreal),
                short_description=short_description(unreal),
                api_url=settings.telegram.api_url,
            )
        )
    if settings.discord_token:
        from bot.platforms.discord import DiscordPlatform

        found.append(
            DiscordPlatform(
                settings.discord_token,
                catalog=catalog(),
                directory=symbols,
                lobby=lobby,
                album=album,
                get_meta=store.get_meta,
                set_meta=store.set_meta,
                api_url=settings.discord.api_url,
                kinds=[(kind, KIND_NAMES[kind]) for kind in kinds],
                name_of=display_name,
            )
        )
    return found


def menu() -> list[CommandInfo]:
    """What the page offers; as on Telegram, commands of operators are listed nowhere."""
    return [
        CommandInfo(
            name=command.name,
            korean=command.korean,
            description=command.description,
            example=command.example,
            parameters=tuple(parameter.kind for parameter in command.parameters),
        )
        for command in COMMANDS.values()
        if command.who != "operators"
    ]


async def watching(context: Context, chat: Chat) -> list[str]:
    """What a chat is subscribed to and what of it does not come, for the page: as /alerts says it,
    nothing for a chat that has asked for nothing."""
    state = await context.subscriptions.chat(chat)
    if not state.subscriptions:
        return []
    return [line.removeprefix("• ") for line in lines(state, context)]


async def history(store: Store, unreal: Unreal | None, chat: Chat) -> list[tuple[str, Message]]:
    """What a chat has been sent lately, as it was handed over."""
    sent = await store.delivered(chat, HISTORY)
    return [(ref, marked(message, unreal)) for ref, message in sent]
