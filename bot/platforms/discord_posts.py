"""What is posted in a channel, in the form that the rights there allow: embed, text, files."""

import hashlib
import secrets
from collections.abc import Sequence
from functools import lru_cache, partial
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
        told = await self._memory.get(_told_key(channel.id)) if only_text else None
        first = _telling(message) if only_text and not told else message
        png = await self._pictures.png(message)
        bare = False
        try:
            posted = await self._post(channel, first, png, nonce, only_text=only_text)
        except discord.Forbidden as error:
            if png is None or error.code != MISSING_PERMISSIONS:
                raise
            # Perhaps only files are forbidden there: the words matter more.
            bare, png = True, None
            first = self._pictures.without(str(channel.id), first)
            posted = await self._post(channel, first, None, nonce, only_text=only_text)
            self._pictures.told(str(channel.id), str(posted.id))
        if only_text and not told:
            told = str(posted.id)
            await self._memory.put(_told_key(channel.id), told)
        # Where the nonce found a message posted before, it may be an earlier edition of ours.
        dressed = self._again(posted, message, png, told=told, only_text=only_text, bare=bare)
        if _words(posted.content, posted.embeds) != _words(dressed.content, [dressed.embed]):
            await self.replace(posted, place, message)
        return posted

    async def replace(
        self,
        posted: discord.PartialMessage | discord.Message,
        place: Place | None,
        message: Message,
    ) -> None:
        """Make it the message's contents; the one that told of a missing right goes on telling."""
        only_text = _only_text(place)
        told = await self._memory.get(_told_key(posted.channel.id)) if only_text else None
        again = partial(self._again, posted, message, told=told, only_text=only_text)
        png = await self._pictures.png(message)
        try:
            await _edit(posted, again(png, bare=False))
        except discord.Forbidden as error:
            if png is None or error.code != MISSING_PERMISSIONS:
                raise
            await _edit(posted, again(None, bare=True))

    def _again(
        self,
        posted: discord.PartialMessage | discord.Message,
        message: Message,
        png: bytes | None,
        *,
        told: str | None,
        only_text: bool,
        bare: bool,
    ) -> Dressed:
        """What the message that was posted shows; ``bare``: no files may be attached."""
        ref = str(posted.id)
        if told == ref:
            message = _telling(message)
        if bare:
            message = self._pictures.bare(str(posted.channel.id), ref, message)
        return self._dressed(message, png, only_text=only_text)

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
        return await channel.send(
            dressed.content,
            embed=dressed.embed or discord.utils.MISSING,
            view=dressed.view or discord.utils.MISSING,
            files=dressed.files or discord.utils.MISSING,
            silent=message.silent,
            nonce=nonce,
        )


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


def _words(content: str | None, embeds: Sequence[discord.Embed | None]) -> list[str]:
    """What is read, whatever Discord has made of the spaces."""
    described = [embed.description or "" for embed in embeds if embed is not None]
    return " ".join((content or "", *described)).split()


def _told_key(channel_id: int) -> str:
    return f"discord:plain:{channel_id}"
