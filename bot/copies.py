"""One alert as many chats read it: its words are made once for all that read the same."""

from collections.abc import Awaitable, Callable, Iterable

import msgspec

from bot.fitting import fitted
from bot.model import Chat, ChatState, Colours, Message, Quiet, View
from bot.views import view_of
from pipeline.model import Severity


async def copies(
    compose: Callable[[Severity, View | None], Awaitable[Message]],
    receivers: Iterable[tuple[ChatState, Severity]],
    now_ms: int,
) -> list[tuple[Chat, Message]]:
    """What each of the receivers is to read, by what the alert is for it; ``compose`` is asked once
    for each severity and view. Raises what it raises."""
    composed: dict[tuple[Severity, View | None], Message] = {}
    made: dict[tuple[Severity, View | None, Colours, bool, Quiet | None], Message] = {}
    found = []
    for state, severity in receivers:
        settings = state.settings
        view = view_of(state)
        look = severity, view, settings.colours, settings.ai, settings.quiet
        if look not in made:
            if (severity, view) not in composed:
                message = await compose(severity, view)
                composed[severity, view] = msgspec.structs.replace(message, view=view)
            critical = severity == "critical"
            made[look] = fitted(composed[severity, view], settings, now_ms, critical=critical)
        found.append((state.chat, made[look]))
    return found
