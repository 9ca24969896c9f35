"""Cooldown and escalation: which alerts are worth a message now. Pure.

The cooldown counts from the last alert that passed, so a condition that holds on cannot push the
next alert away for ever. A higher severity breaks it, and so does twice the excess: severity ends
at five times the threshold, moves do not.
"""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Literal

import msgspec

from pipeline.model import SEVERITIES, Alert, severity_of

Seconds = Annotated[float, msgspec.Meta(ge=0)]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``[gate]``"""

    cooldown_s: Seconds = 300.0
    cooldown_by_kind: dict[str, Seconds] = msgspec.field(
        default_factory=lambda: {
            "large_trade": 60.0,
            "pump": 1800.0,
            "spread": 1800.0,
            "volume_surge": 1800.0,
            "book_imbalance": 900.0,
            "kimchi": 3600.0,
            "liquidation": 600.0,
            "funding": 28_800.0,
        }
    )


Verdict = Literal["pass", "escalated", "common", "cooldown"]

TURNED = 32
"""What is remembered of each symbol's alerts that did not pass; the oldest goes."""

TOGETHER_MS = 60_000

Key = tuple[str, str, str, bool]
"""Kind, symbol, aspect, and whether notable."""

Told = tuple[int, float]
"""When in ms, and of which excess."""


class Turned(msgspec.Struct, frozen=True):
    """Alerts of one kind within a minute that did not pass: the strongest, and how many."""

    alert: Alert
    verdict: Verdict
    count: int = 1


class Gate:
    """One per pipeline. ``verdicts`` counts what became of the alerts.

    ``everything`` lets alerts pass that are not notable (see Alert.notable): only the cooldown
    counts, so that one kind can be judged alone. ``wanted`` are kinds of which somebody wants those
    that are not notable as well, each with the excesses from which on they are wanted. They wait
    for the cooldown of notable ones too, which they do not begin: that is nobody else's loss. What
    only those heard of who want smaller ones too does not hold back a larger one.
    """

    def __init__(self, settings: Settings, *, everything: bool = False) -> None:
        self._everything = everything
        self.wanted: Mapping[str, Collection[float]] = {}
        self._default_ms = settings.cooldown_s * 1000
        self._by_kind_ms: Mapping[str, float] = {
            kind: seconds * 1000 for kind, seconds in settings.cooldown_by_kind.items()
        }
        self._told: dict[Key, list[Told]] = {}  # what passed and is in its cooldown, oldest first
        self._turned: dict[str, deque[Turned]] = {}
        self.verdicts: dict[Verdict, int] = dict.fromkeys(
            ("pass", "escalated", "common", "cooldown"), 0
        )

    def judge(self, alert: Alert) -> Verdict:
        """Whether the alert passes ("pass", "escalated") or why not; remembers those that do."""
        verdict = self._verdict(alert)
        self.verdicts[verdict] += 1
        if verdict in ("common", "cooldown"):
            self._note(alert, verdict)
        return verdict

    def turned(self, symbol: str) -> Sequence[Turned]:
        """The symbol's latest alerts that did not pass, oldest first."""
        return tuple(self._turned.get(symbol, ()))

    def _note(self, alert: Alert, verdict: Verdict) -> None:
        noted = self._turned.get(alert.symbol)
        if noted is None:
            noted = self._turned[alert.symbol] = deque(maxlen=TURNED)
        for i in range(len(noted) - 1, -1, -1):
            last = noted[i]
            if alert.at_ms - last.alert.at_ms >= TOGETHER_MS:
                break
            if (last.alert.kind, last.verdict) == (alert.kind, verdict):
                strongest = alert if alert.excess > last.alert.excess else last.alert
                noted[i] = Turned(strongest, verdict, last.count + 1)
                return
        noted.append(Turned(alert, verdict))

    def forget(self, symbol: str) -> None:
        """Drop a symbol that is no longer listed."""
        self._turned.pop(symbol, None)
        for key in [key for key in self._told if key[1] == symbol]:
            del self._told[key]

    def remember(self, alert: Alert) -> None:
        """An earlier run let this alert pass."""
        told = sorted([*self._told.get(self._key(alert), ()), (alert.at_ms, alert.excess)])
        self._told[self._key(alert)] = self._lasting(told, alert.kind, told[-1][0])

    def _verdict(self, alert: Alert) -> Verdict:
        usual = not alert.notable and not self._everything
        levels = self.wanted.get(alert.kind, ()) if usual else (0.0,)
        # Those who want the largest ones only: whatever they heard of, all others did as well.
        level = max((level for level in levels if level <= alert.excess), default=None)
        if level is None:
            return "common"
        key = self._key(alert)
        told = self._lasting(self._told.get(key, []), alert.kind, alert.at_ms)
        rare = self._told.get((*key[:3], True), []) if usual else []  # these came to everybody
        all_told = sorted([*told, *self._lasting(rare, alert.kind, alert.at_ms)])
        heard = [excess for _, excess in all_told if excess >= level]
        if heard and not _escalates(alert.excess, heard[-1]):
            return "cooldown"
        self._told[key] = [*told, (alert.at_ms, alert.excess)]
        return "escalated" if heard else "pass"

    def _lasting(self, told: Collection[Told], kind: str, now_ms: int) -> list[Told]:
        cooldown_ms = self._by_kind_ms.get(kind, self._default_ms)
        return [one for one in told if now_ms - one[0] < cooldown_ms]

    def _key(self, alert: Alert) -> Key:
        return alert.kind, alert.symbol, alert.aspect, alert.notable or self._everything


def _escalates(excess: float, before: float) -> bool:
    higher = SEVERITIES.index(severity_of(excess)) > SEVERITIES.index(severity_of(before))
    return higher or excess >= 2 * before
