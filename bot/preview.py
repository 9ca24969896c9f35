"""What the alerts of a day would have come to in a chat that was set up so. Pure.

The rules are the live ones (route.py, moves, repeats.py), over the alerts as they were recorded.
What was muted then counts as if it had not been. Of a daily limit the bar is found from this day
alone, not from the seven before it.

What becomes of moves depends on no chat, so the alerts go through them once, however many settings
are looked at.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from bot.model import ChatState, StoredAlert
from bot.quiet import is_quiet
from bot.repeats import GOES_ON, WITHHELD, key_of, severity_in, told_again
from bot.route import Reason, route
from bot.thresholds import severity_of_move
from pipeline.model import ALL, AnyAlert, Move, Severity
from pipeline.moves import Moves

TICK_MS: Final = 1_000
"""As often as the watch loop looks how moves stand."""

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


class Step(msgspec.Struct, frozen=True, gc=False):
    """An alert, what became of moves by the time that it came, and what it makes of them."""

    row: StoredAlert
    before: tuple[Move, ...]
    moves: tuple[Move, ...]


def course_of(stored: Iterable[StoredAlert]) -> list[Step]:
    """The alerts in the order in which they were recorded, grouped into moves."""
    moves = Moves()
    steps = []
    ticked_ms = -math.inf
    for row in sorted(stored, key=lambda row: (row.recorded_ms, row.alert.id)):
        alert = row.alert
        before: Sequence[Move] = ()
        if alert.at_ms - ticked_ms >= TICK_MS:
            ticked_ms = alert.at_ms
            before = moves.tick(alert.at_ms, lambda symbol: None)
        told = [one for one in before if one.stage in ("closed", "escalated")]
        made = moves.take(alert)
        told += [one for one in made if one.alert is None]
        rest = tuple(one for one in made if one.alert is not None)
        steps.append(Step(row, tuple(told), rest))
    return steps


def preview(stored: Sequence[StoredAlert], state: ChatState) -> Preview:
    """What a chat would have been sent of these alerts."""
    return foresee(course_of(stored), state)


def foresee(course: Sequence[Step], state: ChatState) -> Preview:
    """What a chat would have been sent in this course of things."""
    state = msgspec.structs.replace(state, active=True, muted={})
    free = _played(course, msgspec.structs.replace(state, daily_limit=0))
    if not 0 < state.daily_limit < len(free.sent):
        return free
    sizes = sorted((one.alert.excess for one in free.sent), reverse=True)
    return _played(course, state, sizes[state.daily_limit - 1])


def _played(course: Sequence[Step], state: ChatState, bar: float = 0.0) -> Preview:
    told: dict[str, Severity] = {}  # moves that the chat has a message of
    newest: dict[str, AnyAlert] = {}  # of moves of many
    last: dict[tuple[str, str], tuple[int, Severity]] = {}
    sent: list[Foreseen] = []
    withheld: Counter[Reason] = Counter()
    cooldown_ms = state.settings.cooldown_s * 1000
    for step in course:
        alert, now_ms = step.row.alert, step.row.recorded_ms
        for move in step.before:
            if move.stage == "closed":
                told.pop(move.id, None)
                newest.pop(move.id, None)
            elif (again := _told_again(move, state, told)) is not None and move.id in newest:
                told[move.id] = again
                sent.append(Foreseen(newest[move.id], again, move.at_ms))
        full = state.daily_limit and len(sent) >= state.daily_limit
        for move in step.moves:
            if move.symbol == ALL:
                newest[move.id] = alert
            merged = [told.pop(one) for one in move.absorbed if one != move.id and one in told]
            before = told.get(move.id, merged[0] if merged else None)
            if before is not None:
                told[move.id] = before  # in the message that it has
            had_ms, had = last.get((alert.symbol, alert.kind), (-math.inf, None))
            severity = severity_in(move, alert, key_of(move, alert), state)
            send, reason = route(
                alert,
                state,
                now_ms,
                alert.at_ms + EXPIRES_MS,
                math.inf if full else bar,
                had if now_ms - had_ms < cooldown_ms else None,
                severity,
            )
            if reason in GOES_ON and merged:
                send, reason = True, "subscribed"
            if (
                reason in WITHHELD
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


def _told_again(move: Move, state: ChatState, told: dict[str, Severity]) -> Severity | None:
    """How severe the chat is told anew that a market move got, None if it is not."""
    before = told.get(move.id)
    severity = severity_of_move(move, state.settings)
    if before is None or not told_again(move, state, "price_jump", severity, before):
        return None
    if severity != "critical" and is_quiet(state.settings.quiet, move.at_ms):
        return None
    return severity
