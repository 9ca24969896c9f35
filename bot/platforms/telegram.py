"""Telegram: polls inside our own loop, answers, and hands over what is pushed.

python-telegram-bot's ``Bot`` makes every request. Its ``Updater`` is not used: a token that is
revoked while it polls ends it without a word, its queue has no bound, and it cannot tell its owner
what is wrong.
"""

import asyncio
import datetime as dtm
import logging
import random
import re
import warnings
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

from telegram import Bot, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.warnings import PTBDeprecationWarning

from bot.errors import RetryLater, SettingsError
from bot.model import Chat, Limits, Message, Sent
from bot.platforms import telegram_errors, telegram_menu
from bot.platforms.telegram_http import Http, Polling
from bot.platforms.telegram_inbox import Inbox
from bot.platforms.telegram_menu import Entry
from bot.platforms.telegram_pace import Pace
from bot.platforms.telegram_post import Post, is_group
from bot.platforms.telegram_requests import PLATFORM, Rights
from bot.ports import Album, Answer, Lobby

log = logging.getLogger("goraebot.telegram")

DEFAULT_URL: Final = "https://api.telegram.org"
MAX_ANSWERS: Final = 100
"""Updates worked on at a time; meanwhile Telegram keeps the others, for a day."""
CONNECTIONS: Final = 384
"""At a time, at most: more than answers and pushed messages, those of silent chats among them, can
be under way. Whoever waited for one would keep a place of the second meanwhile."""
PUSH_PATIENCE_S: Final = 5.0
"""A push waits no longer for its turn: its sender asks again and serves other chats meanwhile."""
POLL_S: Final = 30.0
SILENCE_S: Final = 15.0
"""Beyond the long poll's own time: a connection that stays silent this long is dead."""
TIMEOUT_S: Final = 10.0
BACKOFF_S: Final = (1.0, 2.0, 5.0, 15.0, 30.0)
REFUSALS: Final = 3
"""A token that worked is given up after so many refusals in a row: one may be a proxy's mistake."""
CONFLICTS: Final = 5
CONFLICT_POLLS: Final = 3
"""A newcomer that met another program's polls so often, and for as long as so many polls may last,
leaves the bot to that one: what a program that was killed left behind is over by then."""
ALLOWED: Final = (
    Update.MESSAGE,
    Update.CHANNEL_POST,
    Update.CALLBACK_QUERY,
    Update.MY_CHAT_MEMBER,
)
"""Edited messages are not among them: a corrected typing error must not act a second time."""

_REFUSED: Final = (
    "TELEGRAM_BOT_TOKEN: 텔레그램이 토큰을 거부했습니다. "
    "@BotFather에서 받은 토큰을 그대로 넣었는지 확인해 주세요."
)
_TAKEN: Final = (
    "TELEGRAM_BOT_TOKEN: 다른 프로그램이 같은 토큰으로 실행 중이어서 텔레그램을 켜지 않습니다. "
    "그 프로그램을 끝내고 다시 시작하거나 @BotFather에서 봇을 하나 더 만들어 주세요."
)
_CONFLICT: Final = (
    "another program polls Telegram with the same token; only one can, so stop the other one"
)


class TelegramPlatform:
    """The Platform of Telegram; ``token`` never appears in a log or an error.

    ``api_url`` is the Bot API server, ``/bot<token>/…`` is appended. ``catalog`` becomes the
    menus, ``is_command`` says whether a text in a group is meant for the bot, ``album`` has the
    pictures of messages. ``description`` is what an empty chat with the bot shows (at most 512
    characters), ``short_description`` its profile (120); "" leaves what is there. ``problem`` is ""
    while all is well, else "connecting", "unreachable", "conflict" (another program polls with the
    token) or "refused"; ``ready`` is set while polling works. Of two programs with one token, the
    one that came later sends nothing and gives up. Times are in seconds.
    Raises SettingsError for a token that cannot be one.
    """

    name = PLATFORM
    # Of Telegram's 30 a second, 1 a second to a chat and 20 a minute to a group; the pace in the
    # adapter keeps them for pushes and answers together.
    limits = Limits(per_second=29.85, per_chat_s=1.01, per_group_minute=19)

    def __init__(
        self,
        token: str,
        *,
        catalog: Sequence[Entry],
        is_command: Callable[[str], bool],
        lobby: Lobby,
        album: Album | None = None,
        description: str = "",
        short_description: str = "",
        api_url: str = DEFAULT_URL,
        pace: Pace | None = None,
        poll_s: float = POLL_S,
        timeout_s: float = TIMEOUT_S,
        backoff_s: Sequence[float] = BACKOFF_S,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._requests = (
            Http(api_url, CONNECTIONS, timeout_s),
            Polling(api_url, 1, timeout_s),
        )
        self._bot = _bot(token, api_url, *self._requests)
        self._catalog = catalog
        self._descriptions = description, short_description
        self._is_command = is_command
        self._lobby = lobby
        self._poll = dtm.timedelta(seconds=poll_s)
        self._backoff_s = backoff_s
        self._clock = clock
        self._pace = pace or Pace()
        self._post = Post(self._bot, self._pace, lobby, album)
        self._settled = False  # polled for a while, and nobody else did
        self.problem = "connecting"
        self.ready = asyncio.Event()

    @property
    def waiting(self) -> int:
        """See ports.Platform."""
        return self._pace.waiting

    def is_group(self, chat: Chat) -> bool:
        """Groups, supergroups and channels."""
        return is_group(chat)

    async def send(self, chat: Chat, message: Message) -> Sent:
        """Hand one message over. Raises RetryLater, MessageRefused, ChatMoved or ChatGone."""
        self._defer_to_another()
        return await self._post.send(chat, message, push=True, patience_s=PUSH_PATIENCE_S)

    async def edit(self, sent: Sent, message: Message) -> None:
        """Replace a message sent before. Raises what ``send`` does."""
        self._defer_to_another()
        await self._post.edit(sent, message, push=True, patience_s=PUSH_PATIENCE_S)

    async def listen(self, answer: Answer) -> None:
        """Poll until cancelled. Raises SettingsError when Telegram refuses the token, or another
        program was there first."""
        refused: SettingsError | None = None
        try:
            await self._enter()
            inbox = Inbox(
                self._bot,
                self._bot.username,
                self._is_command,
                self._post,
                self._lobby,
                Rights(self._bot, self._clock),
                answer,
            )
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._publish_menus(), name="telegram menus")
                    await self._keep_polling(inbox, tasks)
            except* SettingsError:  # told below, as itself and not as a group
                refused = SettingsError(_TAKEN if self.problem == "conflict" else _REFUSED)
            if refused is not None:
                raise refused
        finally:
            self.ready.clear()
            await self.close()

    async def close(self) -> None:
        """Let go of every connection, as ``listen`` does in the end."""
        await self._bot.shutdown()
        for http in self._requests:  # the bot itself forgets them when it never got in
            await http.shutdown()

    # --- parts of the above --------------------------------------------------------------------

    def _defer_to_another(self) -> None:
        """Two programs must not send the same alerts. Raises RetryLater."""
        if self.problem == "conflict" and not self._settled:
            raise RetryLater(None, _CONFLICT)

    async def _enter(self) -> None:
        """Learn who the bot is, however long the network is away."""
        failures = 0
        while True:
            try:
                await self._bot.initialize()
                # A webhook set by an earlier program would keep every update from us.
                await self._bot.delete_webhook()
                return
            except InvalidToken:
                self._tell("refused", "")
                raise SettingsError(_REFUSED) from None  # the library's own text has the token
            except TelegramError as error:
                await self._recover(error, failures)
                failures += 1

    async def _keep_polling(self, inbox: Inbox, tasks: asyncio.TaskGroup) -> None:
        room = asyncio.Semaphore(MAX_ANSWERS)
        offset: int | None = None
        failures = refusals = conflicts = 0
        began_s = self._clock()
        undisturbed_s: float | None = None  # since when nobody else has polled, while we did
        while True:
            if undisturbed_s is None:
                undisturbed_s = self._clock()
            try:
                updates = await self._updates(offset)
            except (TelegramError, TimeoutError) as error:
                refusals = refusals + 1 if isinstance(error, InvalidToken) else 0
                if refusals >= REFUSALS:
                    self._tell("refused", "")
                    raise SettingsError(_REFUSED) from None
                if isinstance(error, Conflict):
                    conflicts, undisturbed_s = conflicts + 1, None
                    self._tell("conflict", _CONFLICT)
                    lasted_s = self._clock() - began_s
                    patience_s = CONFLICT_POLLS * self._poll.total_seconds()
                    if conflicts >= CONFLICTS and lasted_s >= patience_s and not self._settled:
                        raise SettingsError(_TAKEN) from None
                await self._recover(error, failures)
                failures += 1
                continue
            failures = refusals = 0
            if self._clock() - undisturbed_s >= self._poll.total_seconds():
                self._settled, conflicts = True, 0
            # The polls of two end each other's, and one that brings something ends before that.
            self._tell("conflict" if conflicts else "", _CONFLICT)
            self.ready.set()
            for update in updates:
                await room.acquire()
                tasks.create_task(_handle(inbox, update, room), name="telegram update")
                offset = update.update_id + 1

    async def _updates(self, offset: int | None) -> Sequence[Update]:
        """The next updates, none after a quiet while; asking confirms those before ``offset``."""
        async with asyncio.timeout(self._poll.total_seconds() + SILENCE_S):
            return await self._bot.get_updates(
                offset=offset, timeout=self._poll, allowed_updates=ALLOWED
            )

    async def _recover(self, error: TelegramError | TimeoutError, failures: int) -> None:
        """Tell what is wrong, and wait: longer each time, as long as Telegram says if it does."""
        if not isinstance(error, Conflict | RetryAfter):
            self._tell("unreachable", f"{type(error).__name__}: {error}")
        if isinstance(error, RetryAfter):
            pause_s = telegram_errors.pause_s(error)
        else:
            longest = self._backoff_s[min(failures, len(self._backoff_s) - 1)]
            pause_s = random.uniform(longest / 2, longest)
        await asyncio.sleep(pause_s)

    def _tell(self, problem: str, text: str) -> None:
        """One line when the state changes, not one for every attempt."""
        if problem == self.problem:
            return
        if problem == "refused":
            log.error("Telegram refuses the token; nothing is sent or answered there")
        elif problem:
            text = text.replace(self._bot.token, "[hidden]")
            log.error("Telegram, %s: %.300s", problem, text)  # which may be a proxy's whole page
        elif self.problem == "connecting":
            log.info("Telegram is open as @%s", self._bot.username)
        else:
            log.warning("Telegram is back")
        self.problem = problem

    async def _publish_menus(self) -> None:
        for pause_s in (*self._backoff_s, None):
            try:
                changed = await telegram_menu.publish(self._bot, self._catalog, *self._descriptions)
            except TelegramError as error:
                if pause_s is None:
                    log.error(
                        "the menus or the description of the bot are not up to date: %s",
                        type(error).__name__,
                    )
                    return
                if isinstance(error, RetryAfter):
                    pause_s = max(pause_s, telegram_errors.pause_s(error))
                await asyncio.sleep(pause_s)
            else:
                log.info("menus and descriptions: %d changed", changed)
                return


async def _handle(inbox: Inbox, update: Update, room: asyncio.Semaphore) -> None:
    try:
        await inbox.handle(update)
    finally:
        room.release()


async def identify(token: str, *, api_url: str = DEFAULT_URL, timeout_s: float = TIMEOUT_S) -> str:
    """The name of the bot that the token belongs to, "@goraebot".

    Raises SettingsError for a refused token, RetryLater when Telegram cannot be asked.
    """
    requests = Http(api_url, 1, timeout_s), Http(api_url, 1, timeout_s)
    bot = _bot(token, api_url, *requests)
    try:
        async with asyncio.timeout(2 * timeout_s):
            return f"@{(await bot.get_me()).username}"
    except InvalidToken:
        raise SettingsError(_REFUSED) from None
    except (TelegramError, TimeoutError) as error:
        raise RetryLater(None, type(error).__name__) from error
    finally:
        for http in requests:
            await http.shutdown()


def _bot(token: str, api_url: str, request: Http, polling: Http) -> Bot:
    if not re.fullmatch(r"[A-Za-z0-9:_-]+", token):
        raise SettingsError(_REFUSED)
    _quieten_libraries()
    base = api_url.rstrip("/")
    return Bot(
        token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=request,
        get_updates_request=polling,
    )


def _quieten_libraries() -> None:
    """Nothing of Telegram's addresses, which hold the token, goes to a log."""
    logging.getLogger("telegram").setLevel(logging.WARNING)
    # Floods and some service messages would warn of properties that change their type one day.
    warnings.filterwarnings("ignore", ".*datetime.timedelta", PTBDeprecationWarning)
