"""What goes wrong between us and Discord, and what it means for a message."""

import logging
from typing import Final

import aiohttp
import discord

from bot.errors import ChatGone, MessageRefused, PlatformError, RetryLater

# Discord's error codes, https://discord.com/developers/docs/topics/opcodes-and-status-codes
MISSING_PERMISSIONS = 50013
ARCHIVED = 50083  # of edits alone: whoever posts in an archived thread opens it again
NOT_TO_BE_EDITED = frozenset(
    {
        10008,  # unknown message
        50005,  # written by another application, whose token was here before
    }
)
_GONE = frozenset(
    {
        10003,  # unknown channel
        10004,  # unknown server
        40007,  # banned from the server
        50001,  # missing access
        50007,  # this user takes no messages from us
        50009,  # not verified as far as the server demands
        50013,  # missing permissions
        50024,  # not in this kind of channel
        50278,  # no server in common with this user
        160005,  # the thread is locked
    }
)
_NOT_NOW = frozenset(  # of the bot or of Discord, whatever the channel and the message
    {
        40001,  # unauthorized
        40002,  # an account that has to be verified first
        40004,  # sending is switched off for a while
        40006,  # as is something else
        40333,  # Cloudflare blocks us
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
    if error.status != 400 or error.code in _GONE | _NOT_NOW | {ARCHIVED}:
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
    if error.code == ARCHIVED:
        return MessageRefused(describe(error))
    if error.code in _GONE:
        return ChatGone(describe(error))
    if error.code in _NOT_NOW:
        return RetryLater(_UNASKED_S, describe(error))
    # A refusal without a code comes from something in between. Any other code is of this message
    # (400 as plain text, too: see is_bad_form): a chat is paused only where it is known to be gone.
    if error.status in (400, 403, 404, 413) and error.code:
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
