"""What goes wrong between us and Discord, and what it means for a message."""

import logging
from typing import Final

import aiohttp
import discord

from bot.errors import ChatGone, MessageRefused, PlatformError, RetryLater

# Discord's error codes, https://discord.com/developers/docs/topics/opcodes-and-status-codes
UNKNOWN_MESSAGE = 10008
MISSING_PERMISSIONS = 50013
ARCHIVED = 50083  # of edits alone: whoever posts in an archived thread opens it again
_GONE = frozenset(
    {
        10003,  # unknown channel
        10004,  # unknown server
        50001,  # missing access
        50007,  # this user takes no messages from us
        50013,  # missing permissions
        50024,  # not in this kind of channel
        160005,  # the thread is locked
    }
)
_REFUSED_CODES = frozenset({4004, 4013, 4014})  # bad token, bad or disallowed intents

_UNASKED_S = 300.0  # until a message is tried again that cannot be sent the way things are
_CLOUDFLARE_S = 60.0  # where a refusal does not say how long

log = logging.getLogger("goraebot.discord")

PASSING: Final = (
    discord.HTTPException,
    discord.RateLimited,
    discord.GatewayNotFound,
    discord.ConnectionClosed,
    aiohttp.ClientError,
    OSError,
)
"""Everything that Discord, or the way there, does to a request or a connection."""

ANSWERED: Final = 40060
ANOTHER: Final = ", answered already: is another program running with this token?"
"""No more than a question: Discord lets any number of programs in with one token, and gives the
same code for an interaction that it delivers twice."""


def is_refusal(error: Exception) -> bool:
    if isinstance(error, discord.ConnectionClosed):
        return error.code in _REFUSED_CODES
    return isinstance(error, discord.LoginFailure)


def is_bad_form(error: discord.HTTPException) -> bool:
    """Whether Discord objects to what the message looks like, which asking again will not mend."""
    if error.status != 400 or error.code in _GONE or error.code == ARCHIVED:
        return False
    log.warning("Discord refuses a message's form: %s", describe(error))
    return True


def translated(error: Exception) -> PlatformError:
    """What the error means: later, never this message, or never again in this chat."""
    if isinstance(error, discord.RateLimited):
        return RetryLater(error.retry_after, "rate limit of Discord", flood=True)
    if not isinstance(error, discord.HTTPException):
        return RetryLater(None, describe(error))
    if error.status == 429:  # from Cloudflare, in front of Discord
        return RetryLater(_retry_after(error), describe(error), flood=True)
    # A refusal without a code comes from something in between, and says nothing of the chat.
    if error.code == ARCHIVED:
        return MessageRefused(describe(error))
    if error.code in _GONE or (error.status in (403, 404) and error.code):
        return ChatGone(describe(error))
    if error.status in (400, 413) and error.code:  # as plain text, too: see is_bad_form
        return MessageRefused(f"{describe(error)}: {error.text}")
    if error.status in (400, 401):
        return RetryLater(_UNASKED_S, describe(error))
    return RetryLater(None, describe(error))


def _retry_after(error: discord.HTTPException) -> float:
    said = error.response.headers.get("Retry-After", "")
    return float(said) if said.replace(".", "", 1).isdecimal() else _CLOUDFLARE_S


def describe(error: Exception) -> str:
    """An error in a few words for operators; addresses stay out of it, they may hold secrets."""
    if isinstance(error, discord.HTTPException):
        asked = ANOTHER if error.code == ANSWERED else ""
        return f"Discord says {error.status} (code {error.code}){asked}"
    if isinstance(error, discord.ConnectionClosed):
        return f"Discord closed the connection with {error.code}"
    return type(error).__name__
