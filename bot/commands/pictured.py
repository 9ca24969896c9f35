"""Answers that a picture is added to, where one can be drawn in time."""

import logging
from typing import Final

import msgspec

from bot.command import Context
from bot.drawings import Drawing
from bot.errors import DrawError
from bot.fitting import in_colours
from bot.model import Chat, Colours, Message

log = logging.getLogger("goraebot.commands")

WITHOUT: Final = {
    "busy": "⚠️ 지금 그림 요청이 많아 글로만 보여 드립니다. 잠시 뒤 새로고침해 주세요.",
}
_FAILED: Final = "⚠️ 그림을 그리지 못해 글로만 보여 드립니다. 잠시 뒤 새로고침해 주세요."


async def pictured(
    context: Context, message: Message, drawing: Drawing, alt: str, chat: Chat
) -> Message:
    """The message with the picture in the chat's colours; without it, one line says so. ``alt``
    tells what it shows."""
    if context.charts is None:
        return message
    colours = (await context.subscriptions.chat(chat)).settings.colours
    return await pictured_in(context, message, drawing, alt, colours)


async def pictured_in(
    context: Context,
    message: Message,
    drawing: Drawing,
    alt: str,
    colours: Colours,
    *,
    tries: int = 1,
) -> Message:
    """The same in colours that are known."""
    if context.charts is None:
        return message
    alt = in_colours(alt, colours)
    try:
        picture = await context.charts.draw(msgspec.structs.replace(drawing, colours=colours), alt)
    except DrawError as error:
        if tries > 1:
            log.info("a picture is tried again: %s", error)
            return await pictured_in(context, message, drawing, alt, colours, tries=tries - 1)
        log.info("an answer goes without its picture: %s", error)
        line = WITHOUT.get(error.reason, _FAILED)
        return msgspec.structs.replace(message, lines=(*message.lines, line))
    return msgspec.structs.replace(message, picture=picture)


def source(context: Context) -> str:
    """Whose data a picture shows, as it says itself."""
    unreal = context.unreal
    return "바이낸스 현물" if unreal is None else f"{unreal.name}({unreal.warning.rstrip('.')})"
