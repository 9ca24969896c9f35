"""Whether an alert goes to a chat, and why. Pure."""

from typing import Literal

from bot.model import ChatState
from pipeline.model import ALL, AnyAlert

Reason = Literal["subscribed", "not_subscribed", "inactive", "muted", "muted_symbol", "stale"]
"""``stale``: the alert was older than its limit when it was recorded (found by a back-fill)."""


def route(alert: AnyAlert, state: ChatState, now_ms: int, expires_ms: int) -> tuple[bool, Reason]:
    """(send, reason) for one chat. ``expires_ms`` is when the alert stops being news."""
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
    return True, "subscribed"
