"""What Discord needs to know of pictures: their PNGs, and who was told that none may be posted."""

from collections import OrderedDict
from typing import Final

import msgspec

from bot.model import Message
from bot.ports import Album

MAX_TOLD: Final = 5_000
"""Channels that were told; the oldest is forgotten first, and told again."""

_FORBIDDEN: Final = (
    "※ 봇에게 이 채널의 ‘파일 첨부’ 권한이 없어 그림 없이 보냅니다. "
    "서버 설정에서 허용하면 그림도 함께 옵니다."
)


class Pictures:
    """The pictures of messages, from the album; None has none."""

    def __init__(self, album: Album | None) -> None:
        self._album = album
        self._told: OrderedDict[str, str] = OrderedDict()  # channel → message that told

    async def png(self, message: Message) -> bytes | None:
        """The message's picture, if it has one that is still kept."""
        if message.picture is None or self._album is None:
            return None
        return await self._album.png(message.picture.name)

    def without(self, channel: str, message: Message) -> Message:
        """The message for a channel where no files may be attached: says so until it was told."""
        message = msgspec.structs.replace(message, picture=None)
        return message if channel in self._told else _telling(message)

    def told(self, channel: str, ref: str = "") -> None:
        """A message came there without its picture; the first one says so, and its edits do."""
        if self._told.setdefault(channel, ref) == ref and len(self._told) > MAX_TOLD:
            self._told.popitem(last=False)

    def bare(self, channel: str, ref: str, message: Message) -> Message:
        """The message ``ref`` of the channel, as ``without``."""
        message = msgspec.structs.replace(message, picture=None)
        return _telling(message) if self._told.get(channel) == ref else message


def _telling(message: Message) -> Message:
    return msgspec.structs.replace(message, lines=(*message.lines, _FORBIDDEN))
