"""Discord: slash commands, embeds and buttons, as a platform like Telegram and the web page."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import discord

from bot.answer import CatalogEntry
from bot.errors import BotError, ChatGone, PlatformError, RetryLater, SettingsError
from bot.model import Chat, Limits, Message, Sent
from bot.platforms.discord_client import Connection, Memory, use_api
from bot.platforms.discord_commands import Completions
from bot.platforms.discord_dress import plain
from bot.platforms.discord_errors import (
    NOT_TO_BE_EDITED,
    PASSING,
    describe,
    is_bad_form,
    is_refusal,
    translated,
)
from bot.platforms.discord_pace import Pace
from bot.platforms.discord_pictures import Pictures
from bot.platforms.discord_places import (
    Place,
    elsewhere,
    greeting_channel,
    may_write,
    paused,
)
from bot.platforms.discord_posts import Posts, nonce_of
from bot.platforms.discord_talk import Talk
from bot.ports import Album, Answer, Directory, Lobby
from pipeline.model import SymbolInfo
from pipeline.proxy import proxy_of

API_URL: Final = "https://discord.com/api/v10"

_CONNECT_S = 300.0
_CLOSE_S = 5.0
_ANSWERS_S = 3.0
BACKOFF_S: Final = (1.0, 2.0, 5.0, 15.0, 60.0)
_STEADY_S = 300.0
_GREETING_TRIES = 3
_LONGEST_PAUSE_S = 30.0

_REFUSED = (
    "디스코드가 봇 토큰을 거부했습니다. 개발자 포털(https://discord.com/developers)의 Bot 화면에서 "
    "토큰을 다시 발급받아 DISCORD_BOT_TOKEN에 넣어 주세요."
)

log = logging.getLogger("goraebot.discord")


class DiscordPlatform:
    """The Platform of Discord servers and direct messages.

    A chat is a channel, a thread a topic of it. ``api_url`` is the REST base; the gateway is where
    that says. ``catalog`` are the commands to offer, ``kinds`` ((name, Korean) of alert kinds) and
    ``name_of`` what completions show. ``get_meta`` and ``set_meta`` keep small state across
    restarts. ``lobby`` learns of joins and removals, ``album`` has the pictures of messages.
    ``problem`` is "" while all is well, else "connecting", "unreachable" or "refused".
    """

    name = "discord"
    # Discord: 50/s in all, for which the adapter's pace answers, and 5 in 5 s per channel.
    limits = Limits(per_second=48.5, per_chat_s=1.0)

    def __init__(
        self,
        token: str,
        *,
        catalog: Sequence[CatalogEntry],
        directory: Directory,
        lobby: Lobby,
        album: Album | None = None,
        get_meta: Callable[[str], Awaitable[str | None]],
        set_meta: Callable[[str, str], Awaitable[None]],
        api_url: str = API_URL,
        kinds: Sequence[tuple[str, str]] = (),
        name_of: Callable[[SymbolInfo], str] = lambda info: f"{info.base}/{info.quote}",
        backoff_s: Sequence[float] = BACKOFF_S,
        identify_pause_s: float = 5.0,
        settle_s: float = 2.0,
        pace: Pace | None = None,
    ) -> None:
        self._token = token.strip()
        self._api_url = api_url
        self._catalog = tuple(catalog)
        self._completions = Completions(directory, name_of, kinds, self._catalog)
        self._lobby = lobby
        self._pictures = Pictures(album)
        self._memory = Memory(get_meta, set_meta)
        self._posts = Posts(self._pictures, self._memory)
        self._backoff_s = tuple(backoff_s)
        self._identify_pause_s = identify_pause_s
        self._settle_s = settle_s
        self._pace = pace or Pace()
        self._connection: Connection | None = None
        self._trouble = "connecting"
        self.ready = asyncio.Event()
        """Set while the gateway is connected."""

    @property
    def problem(self) -> str:
        """What keeps us from listening, as a code; see the class."""
        return "" if self.ready.is_set() else self._trouble

    @property
    def waiting(self) -> int:
        """See ports.Platform."""
        return self._pace.waiting

    # --- Platform --------------------------------------------------------------------------------

    async def listen(self, answer: Answer) -> None:
        """Stay connected until cancelled. Raises SettingsError when Discord refuses the token."""
        if not self._token.isascii() or len(self._token.split()) != 1:
            self._trouble = "refused"
            raise SettingsError(_REFUSED)  # it would not even fit into a request
        use_api(self._api_url)
        _quieten()
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            started_s = loop.time()
            error = await self._session(answer)
            if is_refusal(error):
                self._trouble = "refused"
                raise SettingsError(_REFUSED) from error
            if not isinstance(error, PASSING):  # a mistake of ours or the library's: start anew
                log.error("the connection to Discord broke", exc_info=error)
            self._trouble = "unreachable"
            failures = 1 if loop.time() - started_s > _STEADY_S else failures + 1
            longest_s = self._backoff_s[min(failures, len(self._backoff_s)) - 1]
            pause_s = random.uniform(longest_s / 2, longest_s)
            # Word for word the same each time, so that the log holds it back.
            log.warning("no connection to Discord (%s), trying again", describe(error))
            await asyncio.sleep(pause_s)

    def is_group(self, chat: Chat) -> bool:
        """Discord knows no limits of groups."""
        return False

    async def send(self, chat: Chat, message: Message) -> Sent:
        """Post the message. Raises RetryLater, MessageRefused or ChatGone.

        Posted again within minutes (after a crash before it was written down, or a timeout that
        hid success) it stays one message: Discord knows it by its nonce.
        """
        channel = self._channel(chat)
        nonce = nonce_of(chat, message)
        try:
            try:
                posted = await self._posts.post(channel, self._place(chat), message, nonce)
            except discord.HTTPException as error:
                if not is_bad_form(error):
                    raise
                posted = await channel.send(plain(message), silent=message.silent, nonce=nonce)
        except PASSING as error:
            trouble = translated(error)
            if isinstance(trouble, ChatGone):
                await self._report(chat)
            raise trouble from error
        return Sent(chat, str(posted.id))

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace the message. Raises RetryLater, MessageRefused or ChatGone.

        A message that somebody deleted stays deleted, and one that the bot of another application
        has written (with the token before this one) stays as it is.
        """
        channel = self._channel(sent.chat)
        if not sent.ref.isdecimal():
            return
        posted = channel.get_partial_message(int(sent.ref))
        try:
            try:
                await self._posts.replace(posted, self._place(sent.chat), message)
            except discord.HTTPException as error:
                if not is_bad_form(error):
                    raise
                await posted.edit(content=plain(message), embed=None, view=None)
        except PASSING as error:
            if isinstance(error, discord.HTTPException) and error.code in NOT_TO_BE_EDITED:
                return
            raise translated(error) from error

    def _channel(self, chat: Chat) -> discord.PartialMessageable:
        number = chat.topic or chat.id
        if not number.isdecimal():
            raise ChatGone(f"{chat} is no channel of Discord")
        if self._connection is None or not self._connection.signed_in.is_set():
            raise RetryLater(None, "not signed in to Discord")
        return self._connection.get_partial_messageable(int(number))

    def _place(self, chat: Chat) -> Place | None:
        """What the gateway has told of the chat; None for direct messages and the unknown."""
        number = int(chat.topic or chat.id)
        if self._connection is None:
            return None
        return next(
            (
                place
                for guild in self._connection.guilds
                if (place := guild.get_channel_or_thread(number)) is not None
            ),
            None,
        )

    async def _report(self, chat: Chat) -> None:
        """A chat is about to be paused: tell those who can be told, where the bot may write."""
        thread = int(chat.topic) if chat.topic else None
        parent = self._place(Chat(chat.platform, chat.id))
        if parent is None:
            return
        other = elsewhere(parent.guild, int(chat.id), thread)
        if other is None:
            return
        word = paused(self._place(chat), thread=thread is not None)
        try:
            await other.send(plain(word), suppress_embeds=True)
        except PASSING as error:
            log.info("nobody is told that %s is paused: %s", chat, describe(error))

    # --- the connection --------------------------------------------------------------------------

    async def _session(self, answer: Answer) -> Exception:
        """One connection from beginning to end; why it ended."""
        talk = Talk(answer, self._catalog, self.name, self._pictures, self._reachable)
        connection = self._connection = Connection(
            talk=talk,
            catalog=self._catalog,
            completions=self._completions,
            memory=self._memory,
            joined=self._joined,
            left=self._left,
            changed=self._go_on,
            connected=self.ready,
            pace=self._pace,
            proxy=proxy_of(self._api_url),
            identify_pause_s=self._identify_pause_s,
            settle_s=self._settle_s,
        )
        # Not in a TaskGroup: while it reconnects, discord.py swallows the cancelling of start().
        starting = asyncio.create_task(connection.start(self._token), name="discord connection")
        registering = asyncio.create_task(connection.register(), name="discord commands")
        welcomed = asyncio.create_task(self.ready.wait(), name="discord welcome")
        try:
            await asyncio.wait(
                {starting, welcomed}, timeout=_CONNECT_S, return_when=asyncio.FIRST_COMPLETED
            )
            if not welcomed.done() and not starting.done():
                return TimeoutError(f"not connected within {_CONNECT_S:g} s")
            # What it is from now on if the gateway is lost: discord.py may try for hours to get
            # back by itself.
            self._trouble = "unreachable"
            await asyncio.wait({starting})
            error = starting.exception()
            return error if isinstance(error, Exception) else ConnectionError("it was ended")
        finally:
            self._connection = None
            welcomed.cancel()
            registering.cancel()
            await asyncio.wait({welcomed, registering})
            if not registering.cancelled() and registering.exception() is not None:
                log.error("registering commands failed", exc_info=registering.exception())
            await talk.finish(_ANSWERS_S)
            await _close(connection, starting)
            self.ready.clear()

    # --- servers and channels --------------------------------------------------------------------

    async def _joined(self, guild: discord.Guild) -> None:
        """Greet once ever, and go on in the channels that were served before."""
        await self._go_on(guild)
        try:
            channel = greeting_channel(guild)
            if channel is None:
                return
            chat = Chat(self.name, str(channel.id))
            greeting = await self._lobby.joined(chat)
            if greeting is not None and not await self._memory.get(_greeted_key(guild.id)):
                await self._memory.put(_greeted_key(guild.id), "greeted")
                await self._greet(chat, greeting)
        except BotError as error:
            log.warning("joining a Discord server is not written down: %s", error)

    async def _go_on(self, guild: discord.Guild) -> None:
        """Rights or channels have changed: where the bot may write again, alerts go on."""
        try:
            for chat in await self._lobby.paused(self.name):
                number = chat.topic or chat.id
                place = guild.get_channel_or_thread(int(number)) if number.isdecimal() else None
                if place is not None and may_write(place):
                    await self._reachable(chat)
        except BotError as error:
            log.warning("paused channels of a Discord server stay so for now: %s", error)

    async def _reachable(self, chat: Chat) -> None:
        try:
            back = await self._lobby.reachable(chat)
        except BotError as error:
            log.warning("%s may be paused still: %s", chat, error)
            return
        if back is not None:
            await self._greet(chat, back)

    async def _left(self, chats: Sequence[Chat]) -> None:
        """Pause the chats; they go on when the bot may write there again."""
        for chat in chats:
            try:
                await self._lobby.left(chat)
            except BotError as error:  # found gone with the next message to it
                log.warning("%s cannot be paused: %s", chat, error)

    async def _greet(self, chat: Chat, greeting: Message) -> None:
        for attempt in range(1, _GREETING_TRIES + 1):
            try:
                await self.send(chat, greeting)
                return
            except RetryLater as error:
                await asyncio.sleep(min(error.after_s or 2.0 * attempt, _LONGEST_PAUSE_S))
            except PlatformError as error:
                log.info("no greeting in %s: %s", chat, error)
                return


def _greeted_key(guild_id: int) -> str:
    return f"discord:greeted:{guild_id}"


class _Briefly(logging.Filter):
    """discord.py writes a traceback for each attempt to come back to a Discord out of reach."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, PASSING):
            record.msg, record.args = f"{record.getMessage()}: {describe(error)}", ()
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info = record.exc_text = None
        return True


_BRIEFLY = _Briefly()


def _quieten() -> None:
    # At DEBUG discord.py writes whole frames, which hold the tokens of interactions; and it warns
    # at every start that it cannot speak. At INFO its client says each time that it logs in.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    for name in ("discord", "discord.gateway", "discord.http", "discord.webhook"):
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.getEffectiveLevel(), logging.INFO))
    client = logging.getLogger("discord.client")
    client.setLevel(max(client.getEffectiveLevel(), logging.WARNING))
    for name in ("discord.client", "discord.shard"):
        logging.getLogger(name).addFilter(_BRIEFLY)


async def _close(connection: Connection, starting: asyncio.Task[None]) -> None:
    """End the connection for certain: close() leaves a start() that is still launching running."""
    try:
        async with asyncio.timeout(_CLOSE_S):
            await connection.close()
    except PASSING as error:
        log.info("closing the connection to Discord: %s", describe(error))
        await connection.http.close()
    while not starting.done():
        starting.cancel()
        await asyncio.wait({starting}, timeout=_CLOSE_S)
