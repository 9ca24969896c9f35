"""What the alerts of a day would have come to in a chat that was set up so. Pure.

The rules are the live ones (route.py, moves, repeats.py), over the alerts as they were recorded.
What was muted then counts as if it had not been. Of a daily limit the bar is found from this day
alone, not from the seven before it.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from bot.model import ChatState, StoredAlert
from bot.repeats import GOES_ON, key_of, severity_in, told_again
from bot.route import Reason, route
from pipeline.model import AnyAlert, Severity
from pipeline.moves import Moves

EXPIRES_MS: Final = 600_000
"""An alert that was found so late is no news: [delivery] expires_s as it comes."""


class Foreseen(msgspec.Struct, frozen=True):
    """A message that would have been sent."""

    alert: AnyAlert
    severity: Severity
    at_ms: int


class Preview(msgspec.Struct, frozen=True):
    """The messages in the order of their times, and why the other alerts would not have come."""

    sent: tuple[Foreseen, ...]
    withheld: dict[Reason, int]


def preview(stored: Sequence[StoredAlert], state: ChatState) -> Preview:
    """What a chat would have been sent of these alerts."""
    state = msgspec.structs.replace(state, active=True, muted={})
    rows = sorted(stored, key=lambda row: (row.recorded_ms, row.alert.id))
    free = _played(rows, msgspec.structs.replace(state, daily_limit=0))
    if not 0 < state.daily_limit < len(free.sent):
        return free
    sizes = sorted((one.alert.excess for one in free.sent), reverse=True)
    return _played(rows, state, sizes[state.daily_limit - 1])


def _played(rows: Sequence[StoredAlert], state: ChatState, bar: float = 0.0) -> Preview:
    moves = Moves()
    told: dict[str, Severity] = {}  # moves that the chat has a message of
    last: dict[tuple[str, str], tuple[int, Severity]] = {}
    sent: list[Foreseen] = []
    withheld: Counter[Reason] = Counter()
    cooldown_ms = state.settings.cooldown_s * 1000
    for row in rows:
        alert, now_ms = row.alert, row.recorded_ms
        for calmed in moves.tick(alert.at_ms, lambda symbol: None):
            if calmed.stage == "closed":
                told.pop(calmed.id, None)
        full = state.daily_limit and len(sent) >= state.daily_limit
        for move in moves.take(alert):
            before = told.get(move.id)
            merged = [told.pop(one) for one in move.absorbed if one != move.id and one in told]
            had_ms, had = last.get((alert.symbol, alert.kind), (-math.inf, None))
            send, reason = route(
                alert,
                state,
                now_ms,
                alert.at_ms + EXPIRES_MS,
                math.inf if full else bar,
                had if now_ms - had_ms < cooldown_ms else None,
            )
            if reason in GOES_ON and merged:
                send, reason = True, "subscribed"
            severity = severity_in(move, alert, key_of(move, alert), state)
            if (
                send
                and before is not None
                and not told_again(move, state, alert.kind, severity, before)
            ):
                send, reason = False, "same_move"
            if send:
                told[move.id] = severity
                last[alert.symbol, alert.kind] = now_ms, severity
                sent.append(Foreseen(alert, severity, alert.at_ms))
            else:
                withheld[reason] += 1
    return Preview(tuple(sent), dict(withheld))
