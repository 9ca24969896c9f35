"""Answers what arrives from Telegram: requests, presses, comings and goings of the bot itself."""

import asyncio
import datetime as dtm
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar

from telegram import Bot, CallbackQuery, ChatMemberUpdated, MaybeInaccessibleMessage, Update
from telegram import Message as Heard
from telegram.constants import ChatAction, ChatType
from telegram.error import TelegramError

from bot.errors import ChatGone, ChatMoved, MessageRefused, RetryLater, StoreError
from bot.model import Chat, Draft, Message, Request, Sent
from bot.platforms.editions import Editions
from bot.platforms.in_time import answered
from bot.platforms.telegram_post import Post
from bot.platforms.telegram_presses import Acknowledged, toast
from bot.platforms.telegram_requests import (
    INVITED,
    PLATFORM,
    Rights,
    asked,
    asker,
    chat_of,
    edits_in_place,
    invitation,
    is_private,
    may_write,
    place_of,
    replied_to,
    speaks_for_chat,
)
from bot.ports import Answer, Lobby

log = logging.getLogger("goraebot.telegram")

T = TypeVar("T")

MAX_ANSWERS_PER_CHAT: Final = 4
"""Answers of one chat under way; the one beyond says so, further requests are dropped until then.
A group gets twenty messages a minute in all, so more would only be answered ever later."""
REPLY_S: Final = 90.0
"""How long an answer may wait for its turn and for floods to end, before it is given up."""
TYPING_AFTER_S: Final = 1.0
UPLOADING_AFTER_S: Final = 0.5
TYPING_EVERY_S: Final = 4.5
RETRY_S: Final = (0.5, 2.0, 5.0)
INVITED_WITHIN: Final = dtm.timedelta(minutes=1)
"""Between the two updates that tell of one adding by a link, by Telegram's clock."""
GREETED: Final = 100
"""Greetings remembered of groups, for the second of those updates."""

_GROUPS: Final = (ChatType.GROUP, ChatType.SUPERGROUP)
_BUSY: Final = "앞의 요청을 처리하고 있습니다. 답이 온 뒤에 다시 보내 주세요."
_FORWARDED: Final = "전달된 메시지는 명령으로 실행하지 않습니다. 직접 입력해 주세요. 예: /price BTC"
_OLD: Final = "오래된 버튼입니다. 명령을 다시 입력해 주세요. 예: /help"


class Inbox:
    """Handles one update at a time or many; nothing it does raises but cancellation."""

    def __init__(
        self,
        bot: Bot,
        username: str,
        is_command: Callable[[str], bool],
        post: Post,
        lobby: Lobby,
        rights: Rights,
        answer: Answer,
    ) -> None:
        self._bot = bot
        self._username = username
        self._is_command = is_command
        self._post = post
        self._lobby = lobby
        self._rights = rights
        self._answer = answer
        self._under_way: Counter[str] = Counter()
        self._editions = Editions()
        self._standings = Editions()
        self._invite = invitation(bot)
        self._greeted: deque[tuple[str, dtm.datetime]] = deque(maxlen=GREETED)

    async def handle(self, update: Update) -> None:
        """Do what the update asks for."""
        try:
            if update.callback_query is not None:
                await self._pressed(update.callback_query)
            elif update.my_chat_member is not None:
                await self._standing(update.my_chat_member)
            elif (message := update.message or update.channel_post) is not None:
                await self._heard(message)
        except Exception:  # one update must not end the others
            log.exception("an update of Telegram could not be handled")

    # --- typed ---------------------------------------------------------------------------------

    async def _heard(self, message: Heard) -> None:
        chat = chat_of(message)
        if message.migrate_to_chat_id:
            await self._moved(chat, str(message.migrate_to_chat_id))
        elif message.migrate_from_chat_id:
            await self._moved(Chat(chat.platform, str(message.migrate_from_chat_id)), chat.id)
        elif message.forum_topic_reopened is not None:
            await self._post.topics.reopened(chat)
        if message.forward_origin is not None and not message.is_automatic_forward:
            await self._forwarded(chat, message)
            return
        text = asked(message, self._username, self._is_command)
        if text is None:
            return
        in_group = message.chat.type in _GROUPS
        if in_group and text == INVITED and await self._was_greeted(chat, message.date):
            return
        waiting = self._under_way[chat.id]
        if waiting > MAX_ANSWERS_PER_CHAT:
            log.info("%s: a request is dropped, too many are under way", chat)
            return
        self._under_way[chat.id] += 1
        try:
            if waiting == MAX_ANSWERS_PER_CHAT:
                await self._reply(chat, message, Message(_BUSY, tone="error"))
                return
            private = is_private(message)
            user = asker(message)
            admin = private or speaks_for_chat(message)
            if not admin and message.sender_chat is None:
                admin = await self._rights.is_admin(chat, user)
            request = Request(
                chat=chat,
                user=user,
                text=text,
                admin=admin,
                private=private,
                reply_to=replied_to(message),
                invite=self._invite if private else "",
            )
            typing = self._type(chat, ChatAction.TYPING, TYPING_AFTER_S)
            answered = await self._ask(request, typing)
            sent = await self._reply(chat, message, answered)
        finally:
            self._done(chat)
        is_newest = self._edition(sent)
        if sent is not None:
            await self._go_on(chat)
        await self._improve(sent, answered, is_newest)

    async def _forwarded(self, chat: Chat, message: Heard) -> None:
        """What somebody else once wrote is no command; one of many forwarded is told so."""
        if not is_private(message) or self._under_way[chat.id]:
            return
        self._under_way[chat.id] += 1
        try:
            await self._reply(chat, message, Message(_FORWARDED, tone="error"))
        finally:
            self._done(chat)

    async def _ask(self, request: Request, show: Coroutine[Any, Any, None]) -> Message:
        """The answer; ``show`` runs meanwhile."""
        return await _meanwhile(show, answered(self._answer, request))

    async def _type(self, chat: Chat, action: ChatAction, after_s: float) -> None:
        await asyncio.sleep(after_s)
        try:
            while True:
                await self._bot.send_chat_action(
                    int(chat.id),
                    action,
                    message_thread_id=int(chat.topic) if chat.topic else None,
                )
                await asyncio.sleep(TYPING_EVERY_S)
        except TelegramError as error:  # a courtesy; the answer itself tells of real trouble
            log.debug("%s: typing cannot be shown: %s", chat, error)

    def _done(self, chat: Chat) -> None:
        self._under_way[chat.id] -= 1
        if not self._under_way[chat.id]:
            del self._under_way[chat.id]

    # --- pressed -------------------------------------------------------------------------------

    async def _pressed(self, query: CallbackQuery) -> None:
        message = query.message
        if not query.data or message is None:
            await Acknowledged(query).say(_OLD)
            return
        chat = chat_of(message)
        shown = Acknowledged(query)
        user = str(query.from_user.id)
        if is_private(message) and user != chat.id:  # nobody else is shown what stands there
            await shown.say(_OLD)
            return
        if self._under_way[chat.id] >= MAX_ANSWERS_PER_CHAT:
            await shown.say(_BUSY)
            return
        self._under_way[chat.id] += 1
        try:
            private = is_private(message)
            admin = private or await self._rights.is_admin(chat, user, anew=True)
            request = Request(
                chat=chat,
                user=user,
                text=query.data,
                admin=admin,
                private=private,
                reply_to=str(message.message_id),
                invite=self._invite if private else "",
            )
            answered = await self._ask(request, shown.later())
            if answered.tone == "error" and await shown.say(toast(answered), alert=True):
                return  # only who pressed has to know
            sent: Sent | None
            place = place_of(query, answered) if edits_in_place(query, answered) else ""
            if place:
                await shown.say()
                sent = Sent(chat, place)
                is_newest = self._edition(sent)
                sent = await self._edit(sent, answered)
            else:
                replying = self._reply(chat, message, answered, mute=shown.mute)
                sent = await _meanwhile(shown.later(), replying)
                await shown.say()
                is_newest = self._edition(sent)
                if sent is not None:
                    await self._go_on(chat)
        finally:
            self._done(chat)
        await self._improve(sent, answered, is_newest)

    def _edition(self, sent: Sent | None) -> Callable[[], bool]:
        """A message gets a new edition: whether it still has it later on."""
        return self._editions.new((sent.chat.id, sent.ref)) if sent is not None else lambda: False

    async def _improve(
        self, sent: Sent | None, answered: Message, is_newest: Callable[[], bool]
    ) -> None:
        """Edit a better edition in when it comes, unless the message has a newer one by then."""
        if sent is None or not isinstance(answered, Draft):
            return
        better = await answered.later()
        if better is not None:
            await self._edit(sent, better, is_newest)

    async def _edit(
        self, sent: Sent, message: Message, still: Callable[[], bool] = lambda: True
    ) -> Sent | None:
        async def attempt(_: Chat) -> Sent:
            if still():  # asked before each attempt: a flood may last longer than an answer
                await self._post.edit(sent, message, push=False, patience_s=REPLY_S)
            return sent

        return await self._deliver(sent.chat, attempt)

    async def _reply(
        self,
        chat: Chat,
        to: MaybeInaccessibleMessage,
        message: Message,
        mute: Callable[[], Awaitable[object]] | None = None,
    ) -> Sent | None:
        ref = str(to.message_id)

        async def attempt(where: Chat) -> Sent:
            return await self._post.send(
                where, message, push=False, patience_s=REPLY_S, reply_to=ref
            )

        if message.picture is None:
            return await self._deliver(chat, attempt, mute)
        async with asyncio.TaskGroup() as both:
            uploading = self._type(chat, ChatAction.UPLOAD_PHOTO, UPLOADING_AFTER_S)
            showing = both.create_task(uploading, name="telegram shows an upload")
            try:
                return await self._deliver(chat, attempt, mute)
            finally:
                showing.cancel()

    async def _go_on(self, chat: Chat) -> None:
        """What the bot wrote arrived: a chat that had been paused goes on. Telegram tells of
        rights that the bot gets, but not of those that everybody in a group gets back."""
        back = await self._stored(lambda: self._lobby.reachable(chat))
        if back is not None:
            log.info("%s can be written to again", chat)
            await self._tell(chat, back)

    async def _tell(self, chat: Chat, message: Message) -> None:
        await self._deliver(
            chat, lambda where: self._post.send(where, message, push=False, patience_s=REPLY_S)
        )

    async def _deliver(
        self,
        chat: Chat,
        attempt: Callable[[Chat], Awaitable[Sent]],
        mute: Callable[[], Awaitable[object]] | None = None,
    ) -> Sent | None:
        """Try until it is there or too late (None); a reply that is never read is no reason to go
        on. ``mute`` is called where the bot may not write."""
        pauses = iter(RETRY_S)
        moved = False
        try:
            async with asyncio.timeout(REPLY_S):
                while True:
                    try:
                        return await attempt(chat)
                    except RetryLater as error:
                        pause_s = next(pauses, None)
                        if pause_s is None:
                            log.warning("%s: an answer is given up: %s", chat, error)
                            return None
                        await asyncio.sleep(pause_s if error.after_s is None else error.after_s)
                    except ChatMoved as error:
                        if moved:  # an edit: the message stays behind in the old chat
                            return None
                        moved = True
                        chat = Chat(chat.platform, error.new_id, chat.topic)
        except TimeoutError:
            log.warning("%s: an answer is given up after %g s", chat, REPLY_S)
        except MessageRefused as error:
            log.error("%s: Telegram refuses an answer: %s", chat, error)
        except ChatGone as error:
            log.info("%s cannot be answered: %s", chat, error)
            if mute is not None:
                await mute()
        return None

    # --- the bot itself ------------------------------------------------------------------------

    async def _standing(self, update: ChatMemberUpdated) -> None:
        kind = update.chat.type
        chat = Chat(PLATFORM, str(update.chat.id))
        could = may_write(update.old_chat_member, kind)
        can = may_write(update.new_chat_member, kind)
        self._rights.forget(chat)
        is_newest = self._standings.new(chat.id)
        if can and not could:
            log.info("%s: the bot was added", chat)
            # Alone, /start is answered at the same time; a channel's readers asked for nothing.
            if kind in _GROUPS:
                await self._greet(chat, update.date, is_newest)
            else:
                await self._stored(lambda: self._lobby.joined(chat), is_newest)
        elif not can:
            log.info("%s: the bot cannot write any more", chat)
            await self._stored(lambda: self._lobby.left(chat), is_newest)

    async def _greet(
        self, chat: Chat, at: dtm.datetime, still: Callable[[], bool] = lambda: True
    ) -> None:
        word = await self._stored(lambda: self._lobby.joined(chat), still)
        if word is not None:
            self._greeted.append((chat.id, at))
            await self._tell(chat, word)

    async def _was_greeted(self, chat: Chat, at: dtm.datetime) -> bool:
        """Whether a greeting has answered INVITED: Telegram says that beside telling that the bot
        was added, in any order, and a group gets one greeting for both."""
        await self._greet(Chat(chat.platform, chat.id), at)
        return any(id == chat.id and abs(at - then) <= INVITED_WITHIN for id, then in self._greeted)

    async def _moved(self, chat: Chat, new_id: str) -> None:
        log.info("%s is %s now", chat, new_id)
        await self._stored(lambda: self._lobby.moved(Chat(chat.platform, chat.id), new_id))

    async def _stored(
        self, change: Callable[[], Awaitable[T]], still: Callable[[], bool] = lambda: True
    ) -> T | None:
        """Telegram says it once: a database that is busy for a moment must not lose it; nor may it
        be said again after what came since."""
        for pause_s in (*RETRY_S, None):
            try:
                return await change()
            except StoreError as error:
                if pause_s is None:
                    log.error("a change of a chat is lost: %s", error)
                    return None
            await asyncio.sleep(pause_s)
            if not still():
                return None
        return None


async def _meanwhile(show: Coroutine[Any, Any, None], work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` gives; ``show`` runs for as long."""
    async with asyncio.TaskGroup() as both:
        showing = both.create_task(show, name="telegram shows work")
        try:
            return await work
        finally:
            showing.cancel()
