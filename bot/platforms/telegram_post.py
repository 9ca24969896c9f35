"""Hands messages to Telegram: one turn each, markup and topics that fail replaced, errors named."""

import logging
from collections import OrderedDict
from typing import Final

import msgspec
from telegram import Bot, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram import Message as Shown
from telegram.constants import ParseMode
from telegram.error import BadRequest, InvalidToken, RetryAfter, TelegramError

from bot.errors import ChatGone, ChatMoved, PlatformError, RetryLater, StoreError
from bot.model import Chat, Message, Sent
from bot.platforms import telegram_errors
from bot.platforms.telegram_dress import Dressed, dress
from bot.platforms.telegram_pace import Pace
from bot.ports import Lobby

log = logging.getLogger("goraebot.telegram")

MAX_TOPICS: Final = 10_000
"""Topics whose state is remembered; the oldest is forgotten first and found out again."""

_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
_MOVED_TOPIC: Final = (
    "※ 알림을 받던 토픽이 닫히거나 삭제되어 일반 토픽으로 보냅니다. "
    "다른 토픽에서 받으려면 그 토픽에서 /subscribe 를 입력해 주세요."
)


def is_group(chat: Chat) -> bool:
    """Groups, supergroups and channels have negative ids."""
    return chat.id.startswith("-")


class Post:
    """Sends and edits; tells the lobby of chats that are gone or have moved before it raises."""

    def __init__(self, bot: Bot, pace: Pace, lobby: Lobby) -> None:
        self._bot = bot
        self._pace = pace
        self._lobby = lobby
        self._topics: OrderedDict[Chat, bool] = OrderedDict()  # whether they take messages

    async def send(
        self, chat: Chat, message: Message, *, push: bool, patience_s: float, reply_to: str = ""
    ) -> Sent:
        """Hand one message over, in answer to the message ``reply_to`` if one is named.

        ``push``: nobody is waiting for it. ``patience_s``: how long its turn may take to come.
        Raises RetryLater, MessageRefused, ChatMoved or ChatGone.
        """
        dressed = dress(message)
        html = True
        topic = chat.topic if self._topics.get(chat, True) else ""
        while True:
            try:
                async with self._pace.turn(
                    chat.id, group=is_group(chat), push=push, patience_s=patience_s
                ):
                    # To answer a message of a topic would be to write into the topic.
                    answered = reply_to if topic == chat.topic else ""
                    shown = await self._send(chat, topic, message, dressed, html, answered)
                if topic:
                    await self._found_topic(chat)
                return Sent(chat, str(shown.message_id))
            except BadRequest as error:
                # Each case can occur once: the loop ends after three attempts at most.
                if topic and telegram_errors.is_topic_gone(error):
                    log.warning("%s: %s; its messages go to the general topic", chat, error)
                    topic = ""
                    if await self._lost_topic(chat):
                        dressed = dress(_with_line(message, _MOVED_TOPIC))
                elif html and telegram_errors.is_bad_markup(error):
                    log.error("Telegram cannot read a message, it goes as plain text: %s", error)
                    html = False
                else:
                    raise await self._trouble(chat, error) from error
            except TelegramError as error:
                raise await self._trouble(chat, error) from error

    async def edit(self, sent: Sent, message: Message, *, push: bool, patience_s: float) -> None:
        """Replace a message. One that was deleted meanwhile is left alone.

        Raises RetryLater, MessageRefused, ChatMoved or ChatGone.
        """
        dressed = dress(message)
        html = True
        while True:
            try:
                async with self._pace.turn(
                    sent.chat.id, group=is_group(sent.chat), push=push, patience_s=patience_s
                ):
                    await self._edit(sent, dressed, html)
                return
            except BadRequest as error:
                if telegram_errors.is_not_modified(error):
                    return
                if html and telegram_errors.is_bad_markup(error):
                    log.error("Telegram cannot read an edit, it goes as plain text: %s", error)
                    html = False
                    continue
                if telegram_errors.is_nothing_to_edit(error):
                    log.info("%s: an edit is given up: %s", sent.chat, error)
                    return
                raise await self._trouble(sent.chat, error) from error
            except TelegramError as error:
                raise await self._trouble(sent.chat, error) from error

    async def topic_is_back(self, chat: Chat) -> None:
        """The forum topic was opened again."""
        self._topics.pop(chat, None)
        await self._found_topic(chat)

    # --- parts of the above --------------------------------------------------------------------

    async def _send(
        self, chat: Chat, topic: str, message: Message, dressed: Dressed, html: bool, reply_to: str
    ) -> Shown:
        return await self._bot.send_message(
            int(chat.id),
            dressed.html if html else dressed.plain,
            parse_mode=ParseMode.HTML if html else None,
            message_thread_id=int(topic) if topic else None,
            reply_markup=_markup(dressed, html),
            disable_notification=message.silent or None,
            link_preview_options=_NO_PREVIEW,
            reply_parameters=ReplyParameters(int(reply_to), allow_sending_without_reply=True)
            if reply_to
            else None,
        )

    async def _edit(self, sent: Sent, dressed: Dressed, html: bool) -> None:
        await self._bot.edit_message_text(
            dressed.html if html else dressed.plain,
            chat_id=int(sent.chat.id),
            message_id=int(sent.ref),
            parse_mode=ParseMode.HTML if html else None,
            reply_markup=_markup(dressed, html),
            link_preview_options=_NO_PREVIEW,
        )

    async def _lost_topic(self, chat: Chat) -> bool:
        """Whether to tell that the topic takes nothing any more: once, not after each restart."""
        self._know(chat, False)
        try:
            return await self._lobby.lost_topic(chat)
        except StoreError as error:
            log.error("%s: a lost topic cannot be stored: %s", chat, error)
            return True

    async def _found_topic(self, chat: Chat) -> None:
        if self._topics.get(chat, False):
            return
        self._know(chat, True)
        try:
            await self._lobby.found_topic(chat)
        except StoreError as error:  # told once too little, should it be lost again
            log.error("%s: a topic that is back cannot be stored: %s", chat, error)

    def _know(self, chat: Chat, takes: bool) -> None:
        self._topics[chat] = takes
        self._topics.move_to_end(chat)
        if len(self._topics) > MAX_TOPICS:
            self._topics.popitem(last=False)

    async def _trouble(self, chat: Chat, error: TelegramError) -> PlatformError:
        """What to raise, after everybody who must know was told."""
        trouble = telegram_errors.translate(error)
        if isinstance(error, RetryAfter):
            self._pace.flooded(chat.id, telegram_errors.pause_s(error))
        if isinstance(error, InvalidToken):
            return RetryLater(telegram_errors.REFUSED_S, "the token is refused")
        whole = Chat(chat.platform, chat.id)
        try:
            # Every topic at once, while the lobby still finds them all active.
            if isinstance(trouble, ChatGone):
                await self._lobby.left(whole)
            elif isinstance(trouble, ChatMoved):
                await self._lobby.moved(whole, trouble.new_id)
        except StoreError as failed:  # found out again with the chat's next message
            log.error("%s: %s; that cannot be stored: %s", chat, trouble, failed)
        return trouble


def _markup(dressed: Dressed, html: bool) -> InlineKeyboardMarkup | None:
    return dressed.keyboard if html else None


def _with_line(message: Message, line: str) -> Message:
    return msgspec.structs.replace(message, lines=(*message.lines, line))
