"""Whether a chat that was told of a move is told again, and how severe it is for it. Pure."""

from typing import Final

from bot.model import ChatState
from bot.route import Reason
from bot.thresholds import severity_for, severity_of_move
from bot.views import lists, view_of
from pipeline.model import ALL, SEVERITIES, AnyAlert, Move, PriceJump, Severity

GOES_ON: Final[tuple[Reason, ...]] = ("not_subscribed", "below_threshold", "chat_cooldown")
"""What would keep an alert back does not where a message that the chat has goes on in it."""

WITHHELD: Final[tuple[Reason, ...]] = ("subscribed", "quiet", "chat_cooldown", "held")
"""What is edited into a message that the chat has, nothing else has kept back."""


def key_of(move: Move, alert: AnyAlert) -> str:
    """The key of the messages that the alert brings: the market's if it tells of the market."""
    if move.symbol != ALL or not isinstance(alert, PriceJump):
        return alert.id
    return f"{move.id}:{alert.id}" if move.stage == "escalated" else move.id


def severity_in(move: Move, alert: AnyAlert, key: str, state: ChatState) -> Severity:
    """By the chat's threshold: of the alert, and of the market if the message tells of that."""
    severity = severity_for(alert, state.settings)
    if key == alert.id:
        return severity
    return max(severity, severity_of_move(move, state.settings), key=SEVERITIES.index)


def told_again(
    move: Move, state: ChatState, kind: str, severity: Severity, before: Severity
) -> bool:
    """Whether a chat that was told of the move as ``before`` is told once more. One that takes no
    price jumps is told of nothing else than what it takes, coin by coin, whatever the market does.
    """
    if move.symbol == ALL and not lists(view_of(state)):
        return kind != "price_jump" and move.apart
    rises = SEVERITIES.index(severity) > SEVERITIES.index(before)
    if move.stage == "escalated":
        return rises or severity == "critical"
    if move.absorbed:  # its message of that goes on as one of all
        return rises and severity == "critical"
    return rises and kind in state.settings.thresholds
