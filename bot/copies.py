"""One alert as many chats read it: its words are made once for all that read the same."""

from collections.abc import Awaitable, Callable, Iterable

from bot.fitting import fitted
from bot.model import Chat, ChatState, Colours, Message, Quiet
from pipeline.model import Severity


async def copies(
    compose: Callable[[Severity], Awaitable[Message]],
    receivers: Iterable[tuple[ChatState, Severity]],
    now_ms: int,
) -> list[tuple[Chat, Message]]:
    """What each of the receivers is to read, by what the alert is for it; ``compose`` is asked once
    for each severity. Raises what it raises."""
    composed: dict[Severity, Message] = {}
    made: dict[tuple[Severity, Colours, bool, Quiet | None], Message] = {}
    found = []
    for state, severity in receivers:
        settings = state.settings
        look = severity, settings.colours, settings.ai, settings.quiet
        if look not in made:
            if severity not in composed:
                composed[severity] = await compose(severity)
            critical = severity == "critical"
            made[look] = fitted(composed[severity], settings, now_ms, critical=critical)
        found.append((state.chat, made[look]))
    return found
