"""Reads Telegram's refusals: what each means for the message and its chat. Pure.

The texts are the Bot API's own descriptions; python-telegram-bot keeps them in the message.
"""

import datetime as dtm
import re
from typing import Final

from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from bot.errors import ChatGone, ChatMoved, MessageRefused, PlatformError, RetryLater

REFUSED_S: Final = 60.0
"""Pause after a refused token: only an operator can mend that."""

CLOSED_S: Final = 60.0

_GONE: Final = (
    "chat not found",
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_send_plain_forbidden",
    "chat_guest_send_forbidden",
    "user_banned_in_channel",
    "chat_restricted",
    "chat_admin_required",
    "peer_id_invalid",
    "user_is_blocked",
    "user is deactivated",
    "user not found",
    "group chat was deactivated",
    "chat was deleted",
    "bot is not a member",
    "bot was kicked",
    "channel_private",
)
_NO_TOPIC: Final = ("message thread not found", "topic_closed", "topic_deleted", "topic_id_invalid")
_NOT_THERE: Final = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "message identifier is not specified",
    "there is no text in the message to edit",
    "there is no caption in the message to edit",
    "there is no media in the message to edit",
)


_NO_PHOTO: Final = ("rights to send photos", "send_photos_forbidden", "send_media_forbidden")
_BAD_PHOTO: Final = ("image_process_failed", "photo_", "file is too big", "wrong type of")
_SLOW_MODE: Final = re.compile(r"(?i)slowmode_wait_(\d+)")


def translate(error: TelegramError) -> PlatformError:
    """What the sender is told. ``text`` never names the chat or the token."""
    match error:
        case RetryAfter():
            return RetryLater(pause_s(error), "flood control", flood=True)
        case ChatMigrated():
            return ChatMoved(str(error.new_chat_id))
        case Forbidden():
            return ChatGone(error.message)
        # The server waits and counts for bots itself, and says 429; should it not:
        case BadRequest() if slow := _SLOW_MODE.search(error.message):
            return RetryLater(float(slow[1]), "slow mode", flood=True)
        case BadRequest() if _says(error, _GONE):
            return ChatGone(error.message)
        case BadRequest() if _says(error, _NO_TOPIC):  # the General topic itself is closed
            return RetryLater(CLOSED_S, error.message)
        # A NetworkError to the library, but the same words are refused again.
        case BadRequest():
            return MessageRefused(error.message)
        case _:  # TimedOut may have arrived all the same; a message twice is better than none
            return RetryLater(None, type(error).__name__)


def pause_s(error: RetryAfter) -> float:
    """The seconds to wait."""
    # The property is a number or a timedelta and warns about it; its source is a timedelta.
    pause: dtm.timedelta = error._retry_after
    return pause.total_seconds()


def is_not_modified(error: BadRequest) -> bool:
    """The message reads so already."""
    return _says(error, ("message is not modified",))


def is_bad_markup(error: BadRequest) -> bool:
    """Telegram cannot read the HTML or does not take the keyboard."""
    return _says(error, ("can't parse entities", "button_", "reply markup", "keyboard"))


def is_photo_forbidden(error: BadRequest) -> bool:
    """The bot may write there, but post no pictures."""
    return _says(error, _NO_PHOTO)


def is_bad_photo(error: BadRequest) -> bool:
    """Telegram does not take the picture itself."""
    return _says(error, _BAD_PHOTO)


def is_topic_gone(error: BadRequest) -> bool:
    """The forum topic was deleted or closed."""
    return _says(error, _NO_TOPIC)


def is_nothing_to_edit(error: BadRequest) -> bool:
    """The message was deleted meanwhile, or is not ours to edit."""
    return _says(error, _NOT_THERE)


def _says(error: TelegramError, texts: tuple[str, ...]) -> bool:
    said = error.message.lower()
    return any(text in said for text in texts)
