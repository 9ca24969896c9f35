"""Which symbols jumped together among alerts of the past, grouped as alerts are. Pure."""

from collections.abc import Iterable
from typing import Final

import msgspec

from pipeline.model import ALL, AnyAlert, Move, PriceJump, Pump
from pipeline.moves import Moves

SEVERAL: Final = 3
"""Fewer symbols are no event of a whole market."""


class Together(msgspec.Struct, frozen=True):
    """A move of many symbols as it stood at its last alert, and the ids of all its alerts."""

    move: Move
    ids: frozenset[str]


def all_together(alerts: Iterable[AnyAlert]) -> list[Together]:
    """The moves that took at least ``SEVERAL`` symbols along."""
    moves = Moves()
    markets: dict[str, Move] = {}
    ids: dict[str, frozenset[str]] = {}  # by move, those of single symbols as well
    jumps = (alert for alert in alerts if isinstance(alert, PriceJump | Pump) and alert.notable)
    for alert in sorted(jumps, key=lambda alert: (alert.at_ms, alert.id)):
        for move in moves.take(alert):
            taken = (ids.pop(one, frozenset()) for one in move.absorbed)
            ids[move.id] = ids.get(move.id, frozenset()).union([alert.id], *taken)
            if move.symbol == ALL:
                markets[move.id] = move
    return [Together(move, ids[move.id]) for move in markets.values() if move.symbols >= SEVERAL]


def most_together(alerts: Iterable[AnyAlert]) -> Together | None:
    """The one that took the most symbols along; None: there was none."""
    return max(
        all_together(alerts),
        key=lambda one: (one.move.symbols, one.move.excess, one.move.id),
        default=None,
    )
