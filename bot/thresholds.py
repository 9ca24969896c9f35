"""An alert against the threshold of one chat. Pure."""

from collections.abc import Iterable
from typing import Final

from bot.model import ChatSettings, Threshold
from pipeline.gate import Bar
from pipeline.model import (
    SEVERITIES,
    Alert,
    AnyAlert,
    Kimchi,
    Move,
    PriceJump,
    Pump,
    Severity,
    Spread,
    severity_of,
)

_MULTIPLES: Final = frozenset(
    {"large_trade", "price_jump", "spread", "volume_surge", "liquidation", "kimchi"}
)


def excess_for(alert: Alert, settings: ChatSettings) -> float:
    """How many times the chat's threshold it is; below 1 the chat does not want it.

    What a chat sets only filters: nothing is more severe for it than against the standard.
    """
    threshold = settings.thresholds.get(alert.kind)
    if not alert.notable and (threshold is None or not _lets_through(threshold, alert.kind)):
        return 0.0
    return measure_of(alert, settings)


def _lets_through(threshold: Threshold, kind: str) -> bool:
    """Whether what is not notable may reach it: what is usual, or a step of a premium."""
    return threshold.usual or (kind == "kimchi" and threshold.unit == "percent")


def measure_of(alert: Alert, settings: ChatSettings) -> float:
    """How many times the chat's threshold it measures, be it usual for its symbol or not."""
    threshold = settings.thresholds.get(alert.kind)
    if threshold is None or threshold.value <= 0:
        return max(1.0, alert.excess)
    if threshold.unit in ("times", "size"):
        return alert.excess / max(1.0, threshold.value)
    return min(alert.excess, _measured(alert, threshold) / threshold.value)


def needed_for(needed: float, kind: str, settings: ChatSettings) -> float:
    """What the chat's alerts of the kind must measure where ``needed`` is the standard; that itself
    for kinds whose excess is no multiple of what is measured."""
    threshold = settings.thresholds.get(kind)
    if threshold is None or (threshold.unit == "times" and kind not in _MULTIPLES):
        return needed
    if threshold.unit in ("times", "size"):
        return needed * max(1.0, threshold.value)
    return max(needed, threshold.value)


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


def usual_wanted(chats: Iterable[ChatSettings]) -> dict[str, tuple[float, ...]]:
    """The kinds of which some chat wants also what is usual for its symbol, each with the excess
    over the standard from which it is wanted, ascending."""
    found: dict[str, set[float]] = {}
    for settings in chats:
        for kind, threshold in settings.thresholds.items():
            if threshold.usual and kind not in settings.off:
                found.setdefault(kind, set()).add(threshold.value)
    return {kind: tuple(sorted(levels)) for kind, levels in found.items()}


def own_bars(chats: Iterable[ChatSettings]) -> dict[str, tuple[Bar, ...]]:
    """Every threshold that some chat set, by kind, for the gate: 0 below it, then 1 to 3 by
    severity."""
    found: dict[str, set[Threshold]] = {}
    for settings in chats:
        for kind, threshold in settings.thresholds.items():
            if kind not in settings.off:
                found.setdefault(kind, set()).add(threshold)
    return {kind: tuple(map(_bar, thresholds)) for kind, thresholds in found.items()}


def _bar(threshold: Threshold) -> Bar:
    def severity(alert: Alert) -> int:
        excess = excess_for(alert, ChatSettings(thresholds={alert.kind: threshold}))
        return SEVERITIES.index(severity_of(excess)) + 1 if excess >= 1 else 0

    return severity


def _measured(alert: Alert, threshold: Threshold) -> float:
    match alert:
        case PriceJump() | Pump() if threshold.unit == "percent":
            return abs(alert.change_pct)
        case Kimchi() if threshold.unit == "percent":
            return abs(alert.premium_pct)
        case Spread() if threshold.unit == "bp":
            return alert.spread_bp
        case _:  # a unit that its kind does not have filters nothing
            return alert.excess * threshold.value
