"""An alert against the threshold of one chat. Pure."""

from collections.abc import Iterable

from bot.model import ChatSettings, Threshold
from pipeline.model import (
    SEVERITIES,
    AnyAlert,
    Move,
    PriceJump,
    Pump,
    Severity,
    Spread,
    severity_of,
)


def excess_for(alert: AnyAlert, settings: ChatSettings) -> float:
    """How many times the chat's threshold it is; below 1 the chat does not want it.

    What a chat sets only filters: nothing is more severe for it than against the standard.
    """
    threshold = settings.thresholds.get(alert.kind)
    if threshold is None:
        return max(1.0, alert.excess) if alert.notable else 0.0
    if threshold.unit == "times":
        if threshold.value <= 0:
            return max(1.0, alert.excess)
        excess = alert.excess / max(1.0, threshold.value)
    else:
        excess = min(alert.excess, _measured(alert, threshold) / threshold.value)
    return excess if alert.notable else 0.0


def severity_for(alert: AnyAlert, settings: ChatSettings) -> Severity:
    """Severity by the excess over the chat's threshold."""
    return severity_of(excess_for(alert, settings))


def severity_of_move(move: Move, settings: ChatSettings) -> Severity:
    """Severity of what many symbols do together, by the chat's threshold of price jumps."""
    threshold = settings.thresholds.get("price_jump")
    if threshold is None:
        return move.severity
    if threshold.unit == "percent":
        farthest = max((abs(part.extreme_pct or 0.0) for part in move.parts), default=0.0)
        excess = min(move.excess, farthest / threshold.value)
    else:
        excess = move.excess / max(1.0, threshold.value)
    return min(move.severity, severity_of(excess), key=SEVERITIES.index)


def unfiltered(chats: Iterable[ChatSettings]) -> frozenset[str]:
    """The kinds of which some chat wants everything that is detected."""
    return frozenset(
        kind
        for settings in chats
        for kind, threshold in settings.thresholds.items()
        if threshold.unit == "times" and threshold.value <= 0
    )


def _measured(alert: AnyAlert, threshold: Threshold) -> float:
    match alert:
        case PriceJump() | Pump() if threshold.unit == "percent":
            return abs(alert.change_pct)
        case Spread() if threshold.unit == "bp":
            return alert.spread_bp
        case _:  # a unit that its kind does not have filters nothing
            return alert.excess * threshold.value
