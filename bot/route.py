"""Whether an alert goes to a chat, and why. Pure."""

from typing import Literal

from bot.model import ChatState
from pipeline.model import ALL, AnyAlert

Reason = Literal[
    "subscribed",
    "not_subscribed",
    "inactive",
    "muted",
    "muted_symbol",
    "stale",
    "same_move",
    "held",
]
"""``stale``: the alert was older than its limit when it was recorded (found by a back-fill).
``held``: over the chat's daily limit, and not among the largest (see noise.py). ``same_move``: the
chat has a message of the move that the alert belongs to (see announce.py)."""


def route(
    alert: AnyAlert, state: ChatState, now_ms: int, expires_ms: int, bar: float = 0.0
) -> tuple[bool, Reason]:
    """(send, reason) for one chat. ``expires_ms`` is when the alert stops being news, ``bar`` the
    excess that its daily limit asks for; what is critical passes it."""
    if not any(s.wants(alert.symbol, alert.kind) for s in state.subscriptions):
        return False, "not_subscribed"
    if not state.active:
        return False, "inactive"
    if state.muted.get(ALL, 0) > now_ms:
        return False, "muted"
    if state.muted.get(alert.symbol, 0) > now_ms:
        return False, "muted_symbol"
    if expires_ms <= now_ms:
        return False, "stale"
    if alert.excess < bar and alert.severity != "critical":
        return False, "held"
    return True, "subscribed"
