"""Time zones as chats' settings and schedules name them."""

import logging
from functools import lru_cache
from zoneinfo import ZoneInfo

log = logging.getLogger("goraebot.zones")

INSTEAD = "Asia/Seoul"


@lru_cache(maxsize=1024)  # each is looked for, and complained of, once
def zone_named(name: str) -> ZoneInfo:
    """The zone of the name, or Seoul's where this machine has none: an older zone database than the
    one it was chosen by, or a row that was changed by hand, is no reason to serve nobody."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown, no name at all, a folder
        log.error("no time zone %r here, %s counts instead: %s", name, INSTEAD, error)
        return ZoneInfo(INSTEAD)
