"""Whether a chat that was told of a move is told again, and how severe it is for it. Pure."""

from typing import Final

from bot.model import ChatState
from bot.route import Reason
from bot.thresholds import severity_for, severity_of_move
from pipeline.model import ALL, SEVERITIES, AnyAlert, Move, PriceJump, Severity

GOES_ON: Final[tuple[Reason, ...]] = ("not_subscribed", "below_threshold", "quiet", "chat_cooldown")
"""What would keep an alert back does not where it takes over a message that the chat has: that one
says that it goes on in another. (In quiet hours, without a sound.)"""


def key_of(move: Move, alert: AnyAlert) -> str:
    """The key of the messages that the alert brings: the market's if it tells of the market."""
    if move.symbol != ALL or not isinstance(alert, PriceJump):
        return alert.id
    return f"{move.id}:{alert.id}" if move.stage == "escalated" else move.id


def severity_in(move: Move, alert: AnyAlert, key: str, state: ChatState) -> Severity:
    """By the chat's threshold: of the alert, or of the market if the message tells of that."""
    if key == alert.id:
        return severity_for(alert, state.settings)
    return severity_of_move(move, state.settings)


def told_again(
    move: Move, state: ChatState, kind: str, severity: Severity, before: Severity
) -> bool:
    """Whether a chat that was told of the move as ``before`` is told once more."""
    if kind not in state.settings.thresholds:
        return move.stage != "grew"
    rises = SEVERITIES.index(severity) > SEVERITIES.index(before)
    return rises or (move.stage == "escalated" and severity == "critical")
