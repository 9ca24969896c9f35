"""The calls of the Bot API that bring a dressed message, with its markup or as plain words."""

from typing import Final

from telegram import Bot, InputMediaPhoto, LinkPreviewOptions, ReplyParameters
from telegram import Message as Shown
from telegram.constants import ParseMode

from bot.model import Chat
from bot.platforms.telegram_dress import Dressed

# As it is sent: the library would make it of an object anew for every chat.
_NO_PREVIEW: Final = {"link_preview_options": LinkPreviewOptions(is_disabled=True).to_json()}
_FILE: Final = "goraebot.png"


class Calls:
    """One method a call. ``html``: with markup and buttons; else plain words, which always go.

    Whatever python-telegram-bot raises comes through.
    """

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(
        self, chat: Chat, topic: str, silent: bool, dressed: Dressed, html: bool, reply_to: str
    ) -> Shown:
        """Words, in answer to the message ``reply_to`` if one is named."""
        return await self._bot.send_message(
            int(chat.id),
            dressed.html if html else dressed.plain,
            parse_mode=_mode(html),
            message_thread_id=int(topic) if topic else None,
            disable_notification=silent or None,
            reply_parameters=_refers_to(reply_to),
            api_kwargs=_NO_PREVIEW | _markup(dressed, html),
        )

    async def send_photo(
        self,
        chat: Chat,
        topic: str,
        silent: bool,
        png: bytes,
        dressed: Dressed,
        html: bool,
        reply_to: str,
    ) -> Shown:
        """A picture with the words as its caption."""
        return await self._bot.send_photo(
            int(chat.id),
            png,
            caption=dressed.html if html else dressed.plain,
            parse_mode=_mode(html),
            message_thread_id=int(topic) if topic else None,
            api_kwargs=_markup(dressed, html),
            disable_notification=silent or None,
            reply_parameters=_refers_to(reply_to),
            filename=_FILE,
        )

    async def edit_text(self, chat: Chat, ref: str, dressed: Dressed, html: bool) -> None:
        """Other words."""
        await self._bot.edit_message_text(
            dressed.html if html else dressed.plain,
            chat_id=int(chat.id),
            message_id=int(ref),
            parse_mode=_mode(html),
            api_kwargs=_NO_PREVIEW | _markup(dressed, html),
        )

    async def edit_caption(self, chat: Chat, ref: str, dressed: Dressed, html: bool) -> None:
        """Other words under the same picture."""
        await self._bot.edit_message_caption(
            chat_id=int(chat.id),
            message_id=int(ref),
            caption=dressed.html if html else dressed.plain,
            parse_mode=_mode(html),
            api_kwargs=_markup(dressed, html),
        )

    async def edit_photo(
        self, chat: Chat, ref: str, png: bytes, dressed: Dressed, html: bool
    ) -> None:
        """Another picture with its words."""
        media = InputMediaPhoto(
            png,
            caption=dressed.html if html else dressed.plain,
            parse_mode=_mode(html),
            filename=_FILE,
        )
        await self._bot.edit_message_media(
            media,
            chat_id=int(chat.id),
            message_id=int(ref),
            api_kwargs=_markup(dressed, html),
        )


def _mode(html: bool) -> ParseMode | None:
    return ParseMode.HTML if html else None


def _refers_to(ref: str) -> ReplyParameters | None:
    return ReplyParameters(int(ref), allow_sending_without_reply=True) if ref else None


def _markup(dressed: Dressed, html: bool) -> dict[str, str]:
    return {"reply_markup": dressed.keyboard} if html and dressed.keyboard else {}
