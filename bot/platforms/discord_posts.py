"""What is posted in a channel, in the form that the rights there allow: embed, text, files."""

import hashlib
import secrets
from functools import lru_cache
from typing import Final

import discord
import msgspec

from bot.model import Chat, Message
from bot.platforms.discord_client import Memory
from bot.platforms.discord_dress import Dressed, dress, plain
from bot.platforms.discord_errors import MISSING_PERMISSIONS
from bot.platforms.discord_pictures import Pictures
from bot.platforms.discord_places import EMBEDS, Place, may_embed, may_write

_NO_EMBEDS: Final = (
    f"※ 봇에게 ‘{EMBEDS}’ 권한이 없어 글로만 보냅니다. 채널 설정에서 허용하면 색과 칸을 갖춘 "
    "모양으로 옵니다."
)

DRESSED: Final = 16
"""Messages of a flood that are ready to be sent: pictures included, at most some megabytes."""


class Posts:
    """Posts and replaces messages. Errors of discord.py go through as they are.

    ``place`` is what the gateway has told of the channel; None for direct messages and the unknown.
    What may not be embedded there is plain text, what may not be attached is left out; the first
    message that this happens to says so.
    """

    def __init__(self, pictures: Pictures, memory: Memory) -> None:
        self._pictures = pictures
        self._memory = memory
        # A flood brings the same words to every channel; embeds and views are sent any number of
        # times, and files are made anew for each.
        self._dressed = lru_cache(maxsize=DRESSED)(_dressed)

    async def post(
        self,
        channel: discord.PartialMessageable,
        place: Place | None,
        message: Message,
        nonce: str,
    ) -> discord.Message:
        """Post it; with a ``nonce`` that was posted within minutes it is that message."""
        only_text = _only_text(place)
        tell = only_text and not await self._memory.get(_told_key(channel.id))
        if tell:
            message = _telling(message)
        png = await self._pictures.png(message)
        try:
            posted = await self._post(channel, message, png, nonce, only_text=only_text)
        except discord.Forbidden as error:
            if png is None or error.code != MISSING_PERMISSIONS:
                raise
            # Perhaps only files are forbidden there: the words matter more.
            bare = self._pictures.without(str(channel.id), message)
            posted = await self._post(channel, bare, None, nonce, only_text=only_text)
        if tell:
            await self._memory.put(_told_key(channel.id), str(posted.id))
        return posted

    async def replace(
        self, posted: discord.PartialMessage, place: Place | None, message: Message
    ) -> None:
        """Make it the message's contents; the one that told of a missing right goes on telling."""
        only_text = _only_text(place)
        if only_text and await self._memory.get(_told_key(posted.channel.id)) == str(posted.id):
            message = _telling(message)
        png = await self._pictures.png(message)
        try:
            await _edit(posted, self._dressed(message, png, only_text=only_text))
        except discord.Forbidden as error:
            if png is None or error.code != MISSING_PERMISSIONS:
                raise
            await _edit(posted, self._dressed(message, None, only_text=only_text))

    async def _post(
        self,
        channel: discord.PartialMessageable,
        message: Message,
        png: bytes | None,
        nonce: str,
        *,
        only_text: bool,
    ) -> discord.Message:
        dressed = self._dressed(message, png, only_text=only_text)
        posted = await channel.send(
            dressed.content,
            embed=dressed.embed or discord.utils.MISSING,
            view=dressed.view or discord.utils.MISSING,
            files=dressed.files or discord.utils.MISSING,
            silent=message.silent,
            nonce=nonce,
        )
        await _bring_up_to_date(posted, dressed)
        return posted


def nonce_of(chat: Chat, message: Message) -> str:
    """At most 25 characters that name the message in its chat; random for one without a key."""
    if not message.key:
        return secrets.token_hex(12)
    return hashlib.blake2b(f"{chat}|{message.key}".encode(), digest_size=12).hexdigest()


def _only_text(place: Place | None) -> bool:
    """Discord refuses a whole message for an embed that the bot may not send."""
    return place is not None and may_write(place) and not may_embed(place)


def _telling(message: Message) -> Message:
    return msgspec.structs.replace(message, lines=(_NO_EMBEDS, *message.lines))


def _dressed(message: Message, png: bytes | None, *, only_text: bool) -> Dressed:
    dressed = dress(message, pushed=True, png=png)
    return dressed._replace(content=plain(message), embed=None) if only_text else dressed


async def _edit(posted: discord.PartialMessage | discord.Message, dressed: Dressed) -> None:
    await posted.edit(
        content=dressed.content,
        embed=dressed.embed,
        view=dressed.view,
        attachments=dressed.files or discord.utils.MISSING,
    )


async def _bring_up_to_date(posted: discord.Message, dressed: Dressed) -> None:
    """Where the nonce found a message posted before, it may be an earlier edition of ours."""
    if not posted.embeds or dressed.embed is None:
        return
    shown, wanted = posted.embeds[0].description or "", dressed.embed.description or ""
    if shown.split() != wanted.split():
        await _edit(posted, dressed)


def _told_key(channel_id: int) -> str:
    return f"discord:plain:{channel_id}"
