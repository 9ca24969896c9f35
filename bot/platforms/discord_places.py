"""Channels and threads: what the bot may do there, and where else its people can be told. Pure."""

from typing import Final

import discord

from bot.model import Message

Place = discord.abc.GuildChannel | discord.Thread

EMBEDS: Final = "링크 첨부"
"""The one right without which messages do come, as plain text."""
RIGHTS: Final = (  # in the words of Discord's Korean client
    ("view_channel", "채널 보기"),
    ("send_messages", "메시지 보내기"),
    ("send_messages_in_threads", "스레드에서 메시지 보내기"),
    ("embed_links", EMBEDS),
)


def lacking(rights: discord.Permissions, *, thread: bool) -> tuple[str, ...]:
    """The Korean names of the rights that posting needs and that are not among these."""
    if rights.administrator:
        return ()
    unneeded = "send_messages" if thread else "send_messages_in_threads"
    return tuple(
        korean for name, korean in RIGHTS if name != unneeded and not getattr(rights, name)
    )


def may_write(place: Place) -> bool:
    """Whether the bot can post there, if only as plain text."""
    rights = place.permissions_for(place.guild.me)
    if isinstance(place, discord.Thread):
        open_to_us = not place.locked or rights.manage_threads
        return open_to_us and rights.view_channel and rights.send_messages_in_threads
    return rights.view_channel and rights.send_messages


def may_embed(place: Place) -> bool:
    """Whether what it posts there may be an embed."""
    return place.permissions_for(place.guild.me).embed_links


def greeting_channel(guild: discord.Guild) -> discord.TextChannel | None:
    """Where Discord greets people itself, else the first channel that the bot may write to."""
    channels = sorted(guild.text_channels, key=lambda channel: (channel.position, channel.id))
    if guild.system_channel is not None:
        channels.insert(0, guild.system_channel)
    return next((channel for channel in channels if may_write(channel)), None)


def elsewhere(
    guild: discord.Guild, channel_id: int, thread_id: int | None
) -> discord.TextChannel | None:
    """Where to say that a channel, or a thread of it, cannot be written to any more."""
    parent = guild.get_channel(channel_id)
    if thread_id is not None and isinstance(parent, discord.TextChannel) and may_write(parent):
        return parent
    other = greeting_channel(guild)
    return other if other is not None and other.id != channel_id else None


def _is_public(place: Place) -> bool:
    if isinstance(place, discord.Thread) and place.is_private():
        return False
    return place.permissions_for(place.guild.default_role).view_channel


def paused(place: Place | None, *, thread: bool) -> Message:
    """What is said there: which right is missing, or that the place is closed."""
    kind = "스레드" if thread else "채널"
    lines = ["다시 받으려면 받을 곳에서 /subscribe 명령을 입력해 주세요. 예: /subscribe BTC"]
    if place is not None:
        missing = lacking(place.permissions_for(place.guild.me), thread=thread)
        if missing:
            lines = [f"없는 권한: {', '.join(missing)}", "허용하면 알림이 저절로 이어집니다."]
    # The name of a channel that not everybody sees stays among those who do.
    name = f" ‘{place.name}’" if place is not None and _is_public(place) else ""
    return Message(
        head=f"⚠️ 알림을 받던 {kind}{name}에 글을 쓸 수 없어 알림을 멈췄습니다",
        lines=tuple(lines),
        tone="error",
    )
