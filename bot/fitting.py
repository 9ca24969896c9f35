"""A message as one chat is to have it: in its colours, without a sound in its quiet hours. Pure."""

import msgspec

from bot.korean import worldwide
from bot.model import Button, ChatSettings, Colours, Message
from bot.quiet import is_quiet


def fitted(
    message: Message, settings: ChatSettings, now_ms: int, *, critical: bool = False
) -> Message:
    """The message for a chat with these settings, as one that nobody asked for just now.

    ``critical``: a chat that wants so hears it in its quiet hours.
    """
    quiet = settings.quiet
    hushed = is_quiet(quiet, now_ms) and not (critical and quiet is not None and quiet.loud)
    silent = message.silent or hushed
    changed = msgspec.structs.replace(message, silent=silent, own_words=not settings.ai)
    return painted(changed, settings.colours)


def painted(message: Message, colours: Colours) -> Message:
    """The message in these colours; one that is in other than Korean colours stays as it is."""
    if message.colours == colours or message.colours != "korean":
        return message
    return msgspec.structs.replace(
        message,
        head=in_colours(message.head, colours),
        lines=tuple(in_colours(line, colours) for line in message.lines),
        note=in_colours(message.note, colours),
        progress=tuple(in_colours(line, colours) for line in message.progress),
        buttons=tuple(
            tuple(Button(in_colours(b.label, colours), b.command, b.url) for b in row)
            for row in message.buttons
        ),
        colours=colours,
    )


def in_colours(text: str, colours: Colours) -> str:
    """A text that was written in Korean colours."""
    return worldwide(text) if colours == "global" else text
