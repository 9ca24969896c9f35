"""Answers whose plain sentence a model's comment replaces, once there is one that may be shown."""

import logging

import msgspec

from bot.command import Context
from bot.compose import AUTHORS
from bot.errors import ExplainError
from bot.model import Draft, Message
from bot.readings import SpreadReading, Survey
from bot.situation import Situation

log = logging.getLogger("goraebot.commands")


def commented(
    context: Context, message: Message, reading: SpreadReading | Survey | Situation
) -> Message:
    """The answer as it can be given now; with a model to ask, a Draft of the commented one."""
    commentator = context.commentator
    plain = signed(message, message.note, "template")
    if commentator is None:
        return plain

    async def later() -> Message | None:
        try:
            return signed(message, await commentator.comment(reading), "ai")
        except ExplainError as error:
            log.info("an answer keeps its plain sentence: %s", error)
            return None

    fields = {name: getattr(plain, name) for name in Message.__struct_fields__}
    return Draft(**fields, later=later)


def signed(message: Message, note: str, by: str) -> Message:
    """The message with this note, and who wrote it in the small print."""
    foot = f"{message.foot} · {AUTHORS[by]}" if note else message.foot
    return msgspec.structs.replace(message, note=note, foot=foot)
