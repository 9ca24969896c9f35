"""Which symbols jumped together among alerts of the past, grouped as alerts are. Pure."""

from collections.abc import Iterable
from typing import Final

from pipeline.model import ALL, AnyAlert, Move, PriceJump, Pump
from pipeline.moves import Moves

SEVERAL: Final = 3
"""Fewer symbols are no event of a whole market."""


def most_together(alerts: Iterable[AnyAlert]) -> Move | None:
    """The move that took the most symbols along, as it stood at its last alert; None: there was
    none of at least ``SEVERAL``."""
    moves = Moves()
    found: dict[str, Move] = {}
    jumps = (alert for alert in alerts if isinstance(alert, PriceJump | Pump) and alert.notable)
    for alert in sorted(jumps, key=lambda alert: (alert.at_ms, alert.id)):
        found |= {move.id: move for move in moves.take(alert) if move.symbol == ALL}
    most = max(found.values(), key=lambda move: (move.symbols, move.excess, move.id), default=None)
    return most if most is not None and most.symbols >= SEVERAL else None


def is_of(alert: AnyAlert, move: Move) -> bool:
    """Whether the alert is a jump that is told of with the move."""
    return (
        isinstance(alert, PriceJump)
        and alert.way == move.direction
        and move.opened_ms <= alert.at_ms <= move.at_ms
        and any(part.symbol == alert.symbol for part in move.parts)
    )
