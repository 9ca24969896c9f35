"""Whether an alert goes to a chat, and why. Pure."""

from typing import Literal

from bot.model import ChatState, named_as
from bot.quiet import is_quiet
from bot.thresholds import excess_for
from pipeline.model import ALL, SEVERITIES, AnyAlert, Severity, severity_of

Reason = Literal[
    "subscribed",
    "not_subscribed",
    "kind_off",
    "inactive",
    "muted",
    "muted_symbol",
    "below_threshold",
    "stale",
    "quiet",
    "chat_cooldown",
    "same_move",
    "held",
]
"""``kind_off``: the chat switched the kind off. ``below_threshold``: less than the chat's own
threshold. ``stale``: the alert was older than its limit when it was recorded (found by a
back-fill). ``quiet``: in the chat's quiet hours, and not critical; a digest tells of it.
``chat_cooldown``: the chat had one of the symbol and kind lately, no less severe. ``held``: over
the chat's daily limit, and not among the largest (see noise.py); a digest tells of it.
``same_move``: the chat has a message of the move that the alert belongs to (see announce.py)."""


def route(
    alert: AnyAlert,
    state: ChatState,
    now_ms: int,
    expires_ms: int,
    bar: float = 0.0,
    last: Severity | None = None,
    shown: Severity | None = None,
) -> tuple[bool, Reason]:
    """(send, reason) for one chat. ``expires_ms`` is when the alert stops being news, ``bar`` the
    excess that its daily limit asks for; what is critical passes it, unless it is usual for its
    symbol. ``last`` is the severity of the alert that the chat's own cooldown counts from.
    ``shown`` is the severity that its message would say, which counts; that of the alert if it is
    not given."""
    settings, kind = state.settings, alert.kind
    if not any(s.wants(alert.symbol, kind) for s in state.subscriptions):
        return False, "not_subscribed"
    if kind in settings.off:
        return False, "kind_off"
    if not state.active:
        return False, "inactive"
    if state.muted.get(ALL, 0) > now_ms:
        return False, "muted"
    muted = (symbol for symbol, end_ms in state.muted.items() if end_ms > now_ms)
    if not named_as(alert.symbol, kind).isdisjoint(muted):
        return False, "muted_symbol"
    excess = excess_for(alert, settings)
    if excess < 1:
        return False, "below_threshold"
    if expires_ms <= now_ms:
        return False, "stale"
    severity = shown or severity_of(excess)
    urgent = severity == "critical" and alert.notable  # what is usual wakes nobody
    if not urgent and is_quiet(settings.quiet, now_ms):
        return False, "quiet"
    if last is not None and SEVERITIES.index(severity) <= SEVERITIES.index(last):
        return False, "chat_cooldown"
    if alert.excess < bar and not urgent:
        return False, "held"
    return True, "subscribed"
