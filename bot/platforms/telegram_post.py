"""Hands messages to Telegram: one turn each, markup and topics that fail replaced, errors named."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, NamedTuple

import msgspec
from telegram import Bot
from telegram import Message as Shown
from telegram.error import BadRequest, InvalidToken, RetryAfter, TelegramError

from bot.errors import ChatGone, ChatMoved, PlatformError, RetryLater, StoreError
from bot.model import Chat, Message, Sent
from bot.platforms import telegram_errors
from bot.platforms.telegram_calls import Calls
from bot.platforms.telegram_dress import (
    MAX_CAPTION,
    Dressed,
    dress,
    dress_parts,
    fits_caption,
)
from bot.platforms.telegram_http import NotNow, taking
from bot.platforms.telegram_pace import Pace
from bot.platforms.telegram_topics import Topics
from bot.ports import Album, Lobby

log = logging.getLogger("goraebot.telegram")

MAX_REMEMBERED: Final = 5_000
"""Small facts of messages and chats; the oldest is forgotten first, which costs an upload or a
repeated line."""

_PHOTOS_FORBIDDEN: Final = (
    "※ 이 그룹에서는 봇이 사진을 보낼 수 없어 그림 없이 보냅니다. "
    "그룹 관리자가 봇에게 사진 보내기를 허용하면 그림도 함께 옵니다."
)
_MOVED_TOPIC: Final = (
    "※ 알림을 받던 토픽이 닫히거나 삭제되어 일반 토픽으로 보냅니다. "
    "다른 토픽에서 받으려면 그 토픽에서 /subscribe 명령을 입력해 주세요."
)


def is_group(chat: Chat) -> bool:
    """Groups, supergroups and channels have negative ids."""
    return chat.id.startswith("-")


class Post:
    """Sends and edits; tells the lobby of chats that are gone or have moved before it raises."""

    def __init__(self, bot: Bot, pace: Pace, lobby: Lobby, album: Album | None = None) -> None:
        self.topics = Topics(lobby)
        """Which topics take messages."""
        self._calls = Calls(bot)
        self._pace = pace
        self._lobby = lobby
        self._album = album
        self._halves: OrderedDict[tuple[Chat, str], str] = OrderedDict()
        self._pictures: OrderedDict[tuple[Chat, str], str] = OrderedDict()
        self._captions: OrderedDict[tuple[Chat, str], Dressed] = OrderedDict()
        """Of pictures whose words are in a message of their own: few of these change."""
        self._told: OrderedDict[str, None] = OrderedDict()
        self._lines: OrderedDict[tuple[str, str], str] = OrderedDict()
        """What messages say besides, for their people to mend: their edits say it as well."""
        self._general: OrderedDict[_There, str] = OrderedDict()
        """What stands in general topics: lost topics of one group are told the same there once."""

    async def send(
        self, chat: Chat, message: Message, *, push: bool, patience_s: float, reply_to: str = ""
    ) -> Sent:
        """Hand one message over, in answer to the message ``reply_to`` if one is named.

        ``push``: nobody is waiting for it. ``patience_s``: how long its turn may take to come.
        A picture that there is goes along, with the words as its caption or, where they are too
        long for one, in a silent message that refers to it: the reference is then of both.
        Raises RetryLater, MessageRefused, ChatMoved or ChatGone.
        """
        turn = _Turn(push, patience_s)
        png = await self._png(message)
        line = ""
        if png is not None:
            try:
                return await self._send_pictured(chat, message, png, turn, reply_to)
            except _NoPictures as error:
                line = self._once(chat, error.line)
                message = _with_line(msgspec.structs.replace(message, picture=None), line)

        async def send(topic: str, dressed: Dressed, html: bool) -> Shown:
            answered = _within(chat, topic, reply_to)
            return await self._calls.send(chat, topic, message.silent, dressed, html, answered)

        ref = await self._hand_over(chat, message, dress, send, turn)
        if line:
            self._keep_line(chat, ref, line)
        return Sent(chat, ref)

    async def _send_pictured(
        self, chat: Chat, message: Message, png: bytes, turn: "_Turn", reply_to: str
    ) -> Sent:
        """Raises _NoPictures when none is taken there, else what ``send`` does."""
        whole = fits_caption(message)

        async def send_photo(topic: str, dressed: Dressed, html: bool) -> Shown:
            answered = _within(chat, topic, reply_to)
            return await self._calls.send_photo(
                chat, topic, message.silent, png, dressed, html, answered
            )

        async def send_rest(topic: str, dressed: Dressed, html: bool) -> Shown:
            return await self._calls.send(chat, topic, True, dressed, html, photo)

        half = (chat, message.key)
        photo = self._halves.pop(half, "") if message.key and not whole else ""
        if not photo:
            photo = await self._hand_over(
                chat, message, _caption if whole else _first_part, send_photo, turn
            )
        self._remember(chat, photo, message)
        if whole:
            return Sent(chat, photo)
        self._captions[chat, photo] = _first_part(message)
        _forget_oldest(self._captions)
        try:
            rest = await self._hand_over(chat, message, _second_part, send_rest, turn)
        except (RetryLater, asyncio.CancelledError):  # the latter: it took its sender too long
            if message.key:  # the next attempt goes on here instead of repeating the picture
                self._halves[half] = photo
                _forget_oldest(self._halves)
            raise
        return Sent(chat, f"{photo},{rest}")

    async def _hand_over(
        self,
        chat: Chat,
        message: Message,
        dresser: Callable[[Message], Dressed],
        send: Callable[[str, Dressed, bool], Awaitable[Shown]],
        turn: "_Turn",
    ) -> str:
        """Send until it is there, and its number; markup and topics that fail are replaced."""
        dressed = dresser(message)
        html = True
        line = ""
        topic = self.topics.open_one(chat)
        there = None
        if turn.push and message.key and is_group(chat):
            there = _There(chat.id, message.key, message.head, dresser)
        while True:
            try:
                if topic or there is None:
                    with taking(self._turn(chat, turn)):
                        ref = str((await send(topic, dressed, html)).message_id)
                else:  # one at a time: what stands there already is not told again
                    async with self._turn(chat, turn):
                        ref = self._general.get(there, "")
                        if not ref:
                            ref = str((await send(topic, dressed, html)).message_id)
                        self._general[there] = ref
                        _forget_oldest(self._general)
                if topic:
                    await self.topics.found(chat)
                if line:
                    self._keep_line(chat, ref, line)
                return ref
            except NotNow as error:
                raise error.later from None
            except BadRequest as error:
                # Each case can occur once: the loop ends after three attempts at most.
                if topic and telegram_errors.is_topic_gone(error):
                    log.warning("%s: %s; its messages go to the general topic", chat, error)
                    topic = ""
                    # Told where it is to be seen: what stands there already says nothing besides.
                    if there not in self._general and await self.topics.lost(chat):
                        line = _MOVED_TOPIC
                        dressed = dresser(_with_line(message, line))
                elif html and telegram_errors.is_bad_markup(error):
                    log.error("Telegram cannot read a message, it goes as plain text: %s", error)
                    html = False
                elif telegram_errors.is_photo_forbidden(error):
                    raise _NoPictures(_PHOTOS_FORBIDDEN) from error
                elif telegram_errors.is_bad_photo(error):
                    log.error("Telegram does not take a picture: %s", error)
                    raise _NoPictures("") from error
                else:
                    raise await self._trouble(chat, error) from error
            except TelegramError as error:
                raise await self._trouble(chat, error) from error

    async def edit(self, sent: Sent, message: Message, *, push: bool, patience_s: float) -> None:
        """Replace a message. One that was deleted meanwhile is left alone.

        Raises RetryLater, MessageRefused, ChatMoved or ChatGone.
        """
        turn = _Turn(push, patience_s)
        first, _, second = sent.ref.partition(",")
        message = _with_line(message, self._lines.get((sent.chat.id, first), ""))
        if second:
            await self._edit_picture(sent.chat, first, message, _first_part, turn)
            await self._edit_text(sent.chat, second, _second_part(message), turn)
        elif message.picture is None or not fits_caption(message):
            if not await self._edit_text(sent.chat, first, dress(message), turn):
                await self._edit_picture(sent.chat, first, message, _caption, turn)
        elif not await self._edit_picture(sent.chat, first, message, _caption, turn):
            await self._edit_text(sent.chat, first, dress(message), turn)

    async def _edit_text(self, chat: Chat, ref: str, dressed: Dressed, turn: "_Turn") -> bool:
        async def edit(html: bool) -> None:
            await self._calls.edit_text(chat, ref, dressed, html)

        return await self._change(chat, edit, turn)

    async def _edit_picture(
        self,
        chat: Chat,
        ref: str,
        message: Message,
        dresser: Callable[[Message], Dressed],
        turn: "_Turn",
    ) -> bool:
        """The caption, and the picture as well if it is another one."""
        dressed = dresser(message)
        shown = self._pictures.get((chat, ref))
        other = message.picture is not None and shown != message.picture.name
        png = await self._png(message) if other else None
        if png is None and self._captions.get((chat, ref)) == dressed:
            return True

        async def edit_words(html: bool) -> None:
            await self._calls.edit_caption(chat, ref, dressed, html)

        async def edit(html: bool) -> None:
            if png is None:
                await edit_words(html)
            else:
                await self._calls.edit_photo(chat, ref, png, dressed, html)

        changed = await self._change(chat, edit, turn)
        if not changed and png is not None and shown is None:  # it may well show that picture
            changed, png = await self._change(chat, edit_words, turn), None
        if changed and (chat, ref) in self._captions:
            self._captions[chat, ref] = dressed
        if changed and png is not None:
            self._remember(chat, ref, message)
        return changed

    async def _change(
        self, chat: Chat, edit: Callable[[bool], Awaitable[None]], turn: "_Turn"
    ) -> bool:
        """Whether there was something to edit."""
        html = True
        while True:
            try:
                with taking(self._turn(chat, turn)):
                    await edit(html)
                return True
            except NotNow as error:
                raise error.later from None
            except BadRequest as error:
                if telegram_errors.is_not_modified(error):
                    return True
                if html and telegram_errors.is_bad_markup(error):
                    log.error("Telegram cannot read an edit, it goes as plain text: %s", error)
                    html = False
                    continue
                if telegram_errors.is_photo_forbidden(error) or telegram_errors.is_bad_photo(error):
                    log.warning("%s: a picture is not edited in: %s", chat, error)
                    return False
                if telegram_errors.is_nothing_to_edit(error):
                    log.info("%s: there is nothing to edit: %s", chat, error)
                    return False
                raise await self._trouble(chat, error) from error
            except TelegramError as error:
                raise await self._trouble(chat, error) from error

    # --- parts of the above --------------------------------------------------------------------

    def _turn(self, chat: Chat, turn: "_Turn") -> AbstractAsyncContextManager[None]:
        """The chat's next turn."""
        return self._pace.turn(
            chat.id, group=is_group(chat), push=turn.push, patience_s=turn.patience_s
        )

    async def _png(self, message: Message) -> bytes | None:
        if message.picture is None or self._album is None:
            return None
        return await self._album.png(message.picture.name)

    def _remember(self, chat: Chat, ref: str, message: Message) -> None:
        """Which picture the message shows: an edit that keeps it need not send it again."""
        if message.picture is not None:
            self._pictures[chat, ref] = message.picture.name
            _forget_oldest(self._pictures)

    def _once(self, chat: Chat, line: str) -> str:
        """Why a picture is missing, if somebody can mend it, once for each chat."""
        if not line or chat.id in self._told:
            return ""
        self._told[chat.id] = None
        _forget_oldest(self._told)
        return line

    def _keep_line(self, chat: Chat, ref: str, line: str) -> None:
        self._lines[chat.id, ref] = line
        _forget_oldest(self._lines)

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


class _Turn(NamedTuple):
    push: bool
    patience_s: float


class _There(NamedTuple):
    """A message, or the part of one that the dresser makes, in a group's general topic."""

    group: str
    key: str
    head: str
    dresser: Callable[[Message], Dressed]


class _NoPictures(Exception):
    """A chat takes no picture; ``line`` tells its people what they can do about it."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


def _caption(message: Message) -> Dressed:
    return dress(message, MAX_CAPTION)


def _first_part(message: Message) -> Dressed:
    return dress_parts(message)[0]


def _second_part(message: Message) -> Dressed:
    return dress_parts(message)[1]


def _forget_oldest(known: "OrderedDict[Any, Any]") -> None:
    if len(known) > MAX_REMEMBERED:
        known.popitem(last=False)


def _within(chat: Chat, topic: str, reply_to: str) -> str:
    """What is answered, nothing outside of its topic: to answer a message of a topic would be to
    write into the topic."""
    return reply_to if topic == chat.topic else ""


def _with_line(message: Message, line: str) -> Message:
    return msgspec.structs.replace(message, lines=(*message.lines, line)) if line else message
