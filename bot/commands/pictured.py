"""Answers that a picture is added to, where one can be drawn in time."""

import logging
from typing import Final

import msgspec

from bot.command import Context
from bot.drawings import Drawing
from bot.errors import DrawError
from bot.model import Chat, Message

log = logging.getLogger("goraebot.commands")

WITHOUT: Final = {
    "busy": "⚠️ 지금 그림 요청이 많아 글로만 보여 드립니다. 잠시 뒤 새로고침해 주세요.",
}
_FAILED: Final = "⚠️ 그림을 그리지 못해 글로만 보여 드립니다. 잠시 뒤 새로고침해 주세요."


async def pictured(
    context: Context, message: Message, drawing: Drawing, alt: str, chat: Chat | None = None
) -> Message:
    """The message with the picture; without it, one line says so. ``alt`` tells what it shows.

    The picture is in the colours of ``chat``; one for several chats is in Korean ones.
    """
    if context.charts is None:
        return message
    if chat is not None:
        colours = (await context.subscriptions.chat(chat)).settings.colours
        drawing = msgspec.structs.replace(drawing, colours=colours)
    try:
        picture = await context.charts.draw(drawing, alt)
    except DrawError as error:
        log.info("an answer goes without its picture: %s", error)
        line = WITHOUT.get(error.reason, _FAILED)
        return msgspec.structs.replace(message, lines=(*message.lines, line))
    return msgspec.structs.replace(message, picture=picture)


def source(context: Context) -> str:
    """Whose data a picture shows, as it says itself."""
    return "모의 시장(실제 시세가 아닙니다)" if context.simulated else "바이낸스 현물"
