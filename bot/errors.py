"""What can go wrong between an alert and a reader.

BotError
├── UserError           one helpful Korean line for the person who asked; not an operator's matter
├── StoreError          the database did not do what was asked; the text says why
├── SettingsError       configuration is wrong: names the key; exit code 2
├── ExplainError        no AI text this time; ``reason`` is a code. The template stays
├── DrawError           no picture this time; ``reason`` is a code. The words go without it
└── PlatformError       a message could not be handed over
    ├── ChatMoved       the chat has another id now (``new``): same words, there
    ├── RetryLater      not now; ``after_s`` says when, ``flood`` that a limit was hit
    ├── MessageRefused  never this message, whatever is tried; the chat gets the next ones
    └── ChatGone        never again: blocked, kicked, deleted; the chat's subscriptions pause
"""

from collections.abc import Iterator, Sequence


class BotError(Exception):
    """Any error of this package."""


class UserError(BotError):
    """Shown to the person who asked, as it is: one Korean line with an example that works.

    ``near`` are symbols that may have been meant.
    """

    def __init__(self, text: str = "", near: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.near = tuple(near)


class SettingsError(BotError):
    """Configuration is wrong; the text names the key and, for a typo, the nearest known one."""


class StoreError(BotError):
    """The database did not do what was asked: full, locked, read-only, damaged, out of reach.

    The text says which. The change was not made, unless the text says that it may still be.
    """


class ExplainError(BotError):
    """No AI text this time: the template stays. The text never holds the key or a server's words.

    ``reason``: "off", "budget" (nothing left for today), "limit" (too many requests), "resting"
    (the gateway or every model keeps failing), "account" (key or balance refused), "failed" (no
    usable answer), "deadline", "refused" (the text did not match the facts).
    """

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(f"{reason}: {text}" if text else reason)
        self.reason = reason


class DrawError(BotError):
    """There is no picture: "busy" (too many wait), "deadline", "broken" (the drawing failed)."""

    def __init__(self, reason: str, text: str = "") -> None:
        super().__init__(f"{reason}: {text}" if text else reason)
        self.reason = reason


class PlatformError(BotError):
    """A message could not be handed over."""


class RetryLater(PlatformError):
    """Try again in ``after_s`` seconds; None leaves the pause to the sender's own backoff."""

    def __init__(
        self, after_s: float | None = None, text: str = "", *, flood: bool = False
    ) -> None:
        super().__init__(text or "retry later")
        self.after_s = after_s
        self.flood = flood


class MessageRefused(PlatformError):
    """The platform will not take this message, however often it is asked; the text says why."""


class ChatMoved(PlatformError):
    """The chat lives on under another id, for instance as a Telegram supergroup."""

    def __init__(self, new_id: str) -> None:
        super().__init__(f"the chat is {new_id} now")
        self.new_id = new_id


class ChatGone(PlatformError):
    """The chat cannot be reached any more (blocked, kicked, deleted)."""


def single(error: BaseException) -> Iterator[BaseException]:
    """The errors of a group and of the groups in it; an error that is no group by itself."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from single(one)
    else:
        yield error
