"""The connection to Discord: signing in, registering commands, joining and leaving servers."""

import asyncio
import hashlib
import json
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.answer import CatalogEntry
from bot.errors import BotError
from bot.model import Chat
from bot.platforms.discord_commands import Completions, KoreanNames, message_menu, slash_command
from bot.platforms.discord_dress import Press
from bot.platforms.discord_errors import PASSING, describe
from bot.platforms.discord_pace import LimitOver, Pace
from bot.platforms.discord_talk import Talk

PLATFORM: Final = "discord"
COMMANDS_KEY: Final = "discord:commands"
"""Where the fingerprint of the registered commands is kept."""
IN_MENU: Final = {"explain": "설명", "why": "왜 왔나요?"}
"""Commands that are also in the menu of each message, and their Korean names there, where a reply
to the message would be typed elsewhere. Discord allows five."""
REGISTER_S: Final = 60.0
SETUP_S: Final = 120.0
LONGEST_RATE_LIMIT_S: Final = 30.0
_REGISTER_AGAIN_S = (10.0, 60.0, 300.0, 1800.0)

log = logging.getLogger("goraebot.discord")


class Memory:
    """The little that outlives the program; see bot.store's meta."""

    def __init__(
        self,
        get: Callable[[str], Awaitable[str | None]],
        put: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._get = get
        self._put = put

    async def get(self, key: str) -> str | None:
        """What was kept; None if nothing was, or if the database does not answer."""
        try:
            return await self._get(key)
        except BotError as error:
            log.warning("%s cannot be read: %s", key, error)
            return None

    async def put(self, key: str, value: str) -> None:
        """Keep it; a database that does not take it costs no more than doing something again."""
        try:
            await self._put(key, value)
        except BotError as error:
            log.warning("%s cannot be kept: %s", key, error)


class Tree(app_commands.CommandTree["Connection"]):
    """The slash commands; what they do not know is answered as well."""

    async def on_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /
    ) -> None:
        """A command of an older or newer version, or our own mistake."""
        if not isinstance(error, app_commands.CommandNotFound):
            log.error("a Discord command failed", exc_info=error)
        connection = self.client
        if (
            interaction.type is discord.InteractionType.application_command
            and not interaction.response.is_done()
        ):
            await connection.talk.unknown(interaction)


class Connection(discord.AutoShardedClient):
    """One session with Discord, from signing in to closing; a new one is made after a failure.

    ``connected`` is set while the gateway listens to us. ``joined`` is told of servers, ``left`` of
    channels that are gone, ``changed`` of servers where the bot may do other things than before.
    ``identify_pause_s`` is what Discord wants between two sign-ins at the gateway, ``settle_s`` how
    long the list of servers may pause before it is complete. ``pace`` holds requests back.
    ``proxy`` is gone through to REST and gateway alike: discord.py knows one for both.
    """

    def __init__(
        self,
        *,
        talk: Talk,
        catalog: Sequence[CatalogEntry],
        completions: Completions,
        memory: Memory,
        joined: Callable[[discord.Guild], Awaitable[None]],
        left: Callable[[Sequence[Chat]], Awaitable[None]],
        changed: Callable[[discord.Guild], Awaitable[None]],
        connected: asyncio.Event,
        pace: Pace,
        proxy: str | None,
        identify_pause_s: float,
        settle_s: float,
    ) -> None:
        super().__init__(
            # The least that notices joins, removals and deleted channels.
            intents=discord.Intents(guilds=True),
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=LONGEST_RATE_LIMIT_S,
            guild_ready_timeout=settle_s,
            http_trace=pace.trace,
            proxy=proxy,
        )
        self.talk = talk
        self._connected = connected
        self.signed_in = asyncio.Event()
        self._memory = memory
        self._joined = joined
        self._left = left
        self._changed = changed
        self._identify_pause_s = identify_pause_s
        self._known: set[int] = set()  # servers, by id
        self._translator = KoreanNames()
        self.tree = Tree(self)
        for entry in catalog:
            self.tree.add_command(slash_command(entry, talk.slash, completions))
            if entry.name in IN_MENU:
                self.tree.add_command(message_menu(entry, IN_MENU[entry.name], self._about))

    # --- signing in ------------------------------------------------------------------------------

    async def setup_hook(self) -> None:
        """After the token was accepted, before the gateway."""
        # discord.py sleeps through no limit that is longer.
        self.http._global_over = LimitOver(LONGEST_RATE_LIMIT_S)
        await self.tree.set_translator(self._translator)
        self.add_dynamic_items(Press)
        # Asked here and not by the library, which would come back to Discord's own address after
        # an invalidated session, wherever the REST base says the gateway is.
        async with asyncio.timeout(SETUP_S):
            self.shard_count, gateway, limit = await self.http.get_bot_gateway()
        if limit["remaining"] < 1:
            raise ConnectionError("Discord allows no more sign-ins for now")
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
        self.signed_in.set()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """One sign-in per pause: Discord closes faster ones."""
        if not initial:
            await asyncio.sleep(self._identify_pause_s)

    async def register(self) -> None:
        """Tell Discord our commands, unless it knows exactly these; tries again until it does."""
        await self.signed_in.wait()
        for pause_s in (*_REGISTER_AGAIN_S, None):
            try:
                async with asyncio.timeout(REGISTER_S):
                    await self._register()
                return
            except (app_commands.CommandSyncFailure, app_commands.TranslationError) as error:
                log.error("Discord refuses our commands: %s", error)
                return
            except PASSING as error:
                log.warning("commands are not registered at Discord: %s", describe(error))
            if pause_s is not None:
                await asyncio.sleep(random.uniform(pause_s / 2, pause_s))

    async def _register(self) -> None:
        commands = self.tree.get_commands()
        payload = [await c.get_translated_payload(self.tree, self._translator) for c in commands]
        # Another token is another application, which knows nothing yet.
        text = json.dumps([self.application_id, payload], sort_keys=True)
        fingerprint = hashlib.sha256(text.encode()).hexdigest()
        if await self._memory.get(COMMANDS_KEY) == fingerprint:
            return
        await self.tree.sync()
        await self._memory.put(COMMANDS_KEY, fingerprint)
        log.info("%d commands registered at Discord", len(commands))

    # --- what Discord tells ----------------------------------------------------------------------

    async def on_connect(self) -> None:
        """The gateway has welcomed us, and named the servers that we are in."""
        self._known |= {guild.id for guild in self.guilds}
        self._connected.set()

    async def on_shard_resumed(self, shard_id: int) -> None:
        """The gateway goes on where it was."""
        self._connected.set()

    async def on_disconnect(self) -> None:
        """The gateway is lost; discord.py comes back to it by itself."""
        self._connected.clear()

    async def pressed(
        self, interaction: discord.Interaction[Any], origin: str, command: str
    ) -> None:
        """A button."""
        await self.talk.press(interaction, origin, command)

    async def _about(
        self, interaction: discord.Interaction[Any], entry: CatalogEntry, ref: str
    ) -> None:
        """A command chosen in the menu of a message."""
        await self.talk.slash(interaction, entry, [], ref)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Added to a server."""
        self._known.add(guild.id)
        await self._joined(guild)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """A server is back after an outage; or we were added while the others were still listed,
        which discord.py does not tell apart."""
        if guild.id not in self._known:
            await self.on_guild_join(guild)
        else:
            await self._changed(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Removed from a server, or the server is no more."""
        self._known.discard(guild.id)
        await self._left([Chat(PLATFORM, str(channel.id)) for channel in guild.channels])

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel is no more. (A thread is found gone with the next message to it, which is
        when people are told.)"""
        await self._left([Chat(PLATFORM, str(channel.id))])

    async def on_guild_channel_update(
        self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        """Rights in a channel."""
        if before.overwrites != after.overwrites:
            await self._changed(after.guild)

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """Rights of a role."""
        if before.permissions != after.permissions:
            await self._changed(after.guild)

    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """The bot's own roles: of others nothing is told to us."""
        if before.roles != after.roles:
            await self._changed(after.guild)

    async def on_thread_update(self, before: discord.Thread, after: discord.Thread) -> None:
        """A thread was locked or unlocked."""
        if before.locked and not after.locked:
            await self._changed(after.guild)

    async def on_thread_join(self, thread: discord.Thread) -> None:
        """A thread is open that was archived before, perhaps locked as well."""
        await self._changed(thread.guild)


def use_api(url: str) -> None:
    """Let every request of discord.py go to this REST base; the gateway's address comes from it."""
    Route.BASE = url.rstrip("/")
