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
        }
    )


Verdict = Literal["pass", "escalated", "common", "cooldown"]

TURNED = 32
"""What is remembered of each symbol's alerts that did not pass; the oldest goes."""

TOGETHER_MS = 60_000


class Turned(msgspec.Struct, frozen=True):
    """Alerts of one kind within a minute that did not pass: the strongest, and how many."""

    alert: Alert
    verdict: Verdict
    count: int = 1


class Gate:
    """One per pipeline. ``verdicts`` counts what became of the alerts.

    ``everything`` lets alerts pass that are not notable (see Alert.notable): only the cooldown
    counts, so that one kind can be judged alone. ``wanted`` are kinds of which somebody wants those
    that are not notable as well; they have a cooldown of their own and break nobody else's.
    """

    def __init__(self, settings: Settings, *, everything: bool = False) -> None:
        self._everything = everything
        self.wanted: Collection[str] = ()
        self._default_ms = settings.cooldown_s * 1000
        self._by_kind_ms: Mapping[str, float] = {
            kind: seconds * 1000 for kind, seconds in settings.cooldown_by_kind.items()
        }
        self._last: dict[tuple[str, str, str, bool], tuple[int, float]] = {}  # at_ms, excess
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
        for key in [key for key in self._last if key[1] == symbol]:
            del self._last[key]

    def remember(self, alert: Alert) -> None:
        """An earlier run let this alert pass."""
        last = self._last.get(self._key(alert))
        if last is None or last[0] < alert.at_ms:
            self._last[self._key(alert)] = alert.at_ms, alert.excess

    def _verdict(self, alert: Alert) -> Verdict:
        if not alert.notable and not self._everything and alert.kind not in self.wanted:
            return "common"
        last = self._last.get(self._key(alert))
        verdict: Verdict = "pass"
        if last is not None:
            last_ms, last_excess = last
            cooldown_ms = self._by_kind_ms.get(alert.kind, self._default_ms)
            if alert.at_ms - last_ms < cooldown_ms:
                if not _escalates(alert.excess, last_excess):
                    return "cooldown"
                verdict = "escalated"
        self._last[self._key(alert)] = alert.at_ms, alert.excess
        return verdict

    def _key(self, alert: Alert) -> tuple[str, str, str, bool]:
        return alert.kind, alert.symbol, alert.aspect, alert.notable or self._everything


def _escalates(excess: float, before: float) -> bool:
    higher = SEVERITIES.index(severity_of(excess)) > SEVERITIES.index(severity_of(before))
    return higher or excess >= 2 * before
