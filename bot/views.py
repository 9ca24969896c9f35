"""What of a move each chat reads: its own kinds, and price jumps from its threshold on. Pure."""

from collections.abc import Mapping, Sequence, Set
from functools import lru_cache
from typing import Final

from bot.korean import KIND_NAMES
from bot.model import BY_NAME, ChatState, Threshold, View, includes
from pipeline.model import Move, Part

USUAL: Final = View(kinds=tuple(sorted(KIND_NAMES.keys() - BY_NAME)))
"""Of chats that take all kinds by the standard; written as None."""


def view_of(state: ChatState) -> View | None:
    """What the chat reads, None for what most do."""
    settings = state.settings
    wanted = frozenset(subscription.kind for subscription in state.subscriptions)
    return _view(wanted, settings.off, settings.thresholds.get("price_jump"))


@lru_cache(maxsize=4096)
def _view(wanted: Set[str], off: tuple[str, ...], least: Threshold | None) -> View | None:
    kinds = (kind for kind in KIND_NAMES if kind not in off and includes(wanted, kind))
    view = View(kinds=tuple(sorted(kinds)), least=least)
    return None if view == USUAL else view


def counts_for(view: View | None, move: Move) -> Mapping[str, int]:
    """How many alerts of each kind that is read."""
    kinds = (view or USUAL).kinds
    return {kind: count for kind, count in move.counts.items() if kind in kinds}


def lists(view: View | None) -> bool:
    """Whether other symbols that jump are read of at all."""
    return "price_jump" in (view or USUAL).kinds


def parts_for(view: View | None, move: Move) -> Sequence[Part]:
    """Those that jumped, the strongest first; the strongest alone if none reaches the chat's own
    threshold."""
    jumped = [part for part in move.parts if part.extreme_pct is not None]
    if view is None or view.least is None:
        return jumped
    return [part for part in jumped if _reaches(part, view.least)] or jumped[:1]


def _reaches(part: Part, least: Threshold) -> bool:
    if least.unit == "percent":
        return abs(part.extreme_pct or 0.0) >= least.value
    return part.excess >= least.value
