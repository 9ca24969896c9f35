"""A chat's settings as the database keeps them."""

import logging
from functools import lru_cache

import msgspec

from bot.model import ChatSettings

log = logging.getLogger("goraebot.preferences")


def settings_text(settings: ChatSettings) -> str:
    """What is kept of settings: what differs from the defaults."""
    return "" if settings == ChatSettings() else msgspec.json.encode(settings).decode()


def settings_from(text: str) -> ChatSettings:
    """The opposite of ``settings_text``. What a later version may have written is left out: one
    chat's row is no reason to serve nobody."""
    if not text:
        return ChatSettings()
    try:
        return msgspec.json.decode(text, type=ChatSettings)
    except msgspec.MsgspecError as error:
        return _readable(text, str(error))


@lru_cache(maxsize=1024)  # each is complained of once
def _readable(text: str, problem: str) -> ChatSettings:
    """Of settings those that can be read, one by one."""
    log.error("settings of a chat are read in part: %s: %s", problem, text[:500])
    settings = ChatSettings()
    try:
        kept = msgspec.json.decode(text, type=dict[str, object])
    except msgspec.MsgspecError:
        return settings
    for name, value in kept.items():
        try:
            one = msgspec.convert({name: value}, ChatSettings)
        except msgspec.ValidationError:
            continue
        if name in ChatSettings.__struct_fields__:
            settings = msgspec.structs.replace(settings, **{name: getattr(one, name)})
    return settings
