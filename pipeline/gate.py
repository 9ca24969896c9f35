"""Cooldown and escalation: which alerts are worth a message now. Pure.

The cooldown counts from the last alert that passed, so a condition that holds on cannot push the
next alert away for ever. A higher severity breaks it, and so does twice the excess: severity ends
at five times the threshold, moves do not.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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

Bar = Callable[[Alert], int]
"""How severe an alert is for somebody with a threshold of their own, 0 where it is below that."""


class Told(msgspec.Struct, frozen=True):
    """An alert that passed; ``by_bar``: only since it passes a bar that none before it did."""

    alert: Alert
    by_bar: bool = False


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
    ``bars`` are the own thresholds of somebody, by kind: what would wait for its cooldown passes
    all the same where it is more severe by one of them than whatever passed since, for whoever has
    that bar heard less of it. It begins no cooldown either. Nor does what is not notable and passes
    such a bar.
    """

    def __init__(self, settings: Settings, *, everything: bool = False) -> None:
        self._everything = everything
        self.wanted: Mapping[str, Collection[float]] = {}
        self.bars: Mapping[str, Collection[Bar]] = {}
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
        told = _in_order([*self._told.get(self._key(alert), ()), Told(alert)])
        self._told[self._key(alert)] = self._lasting(told, alert.kind, told[-1].alert.at_ms)

    def _verdict(self, alert: Alert) -> Verdict:
        usual = not alert.notable and not self._everything
        levels = self.wanted.get(alert.kind, ()) if usual else (0.0,)
        # Those who want the largest ones only: whatever they heard of, all others did as well.
        level = max([level for level in levels if level <= alert.excess], default=None)
        if level is None:
            return self._by_bar(alert)
        key = self._key(alert)
        told = self._lasting(self._told.get(key, ()), alert.kind, alert.at_ms)
        if not told and not usual:  # most of what passes: nothing to weigh it against
            self._told[key] = [Told(alert)]
            return "pass"
        rare = self._told.get((*key[:3], True), []) if usual else []  # these came to everybody
        all_told = _in_order([*told, *self._lasting(rare, alert.kind, alert.at_ms)])
        heard = [
            one.alert.excess
            for one in all_told
            if one.alert.excess >= level and (usual or not one.by_bar)
        ]
        by_bar = bool(heard) and not _escalates(alert.excess, heard[-1])
        if by_bar and (usual or not self._passes_a_bar(alert, told)):
            return "cooldown"
        self._told[key] = [*told, Told(alert, by_bar)]
        return "escalated" if heard and not by_bar else "pass"

    def _by_bar(self, alert: Alert) -> Verdict:
        """What is not notable passes where it reaches an own threshold that nothing reached since
        its cooldown began."""
        kind, symbol, aspect, _ = key = self._key(alert)
        told = self._lasting(self._told.get(key, []), alert.kind, alert.at_ms)
        rare = self._told.get((kind, symbol, aspect, True), [])
        heard = [*told, *self._lasting(rare, alert.kind, alert.at_ms)]
        if not self._passes_a_bar(alert, heard):
            return "common"
        self._told[key] = [*told, Told(alert, by_bar=True)]
        return "pass"

    def _passes_a_bar(self, alert: Alert, told: Collection[Told]) -> bool:
        return any(
            bar(alert) > max((bar(one.alert) for one in told), default=0)
            for bar in self.bars.get(alert.kind, ())
        )

    def _lasting(self, told: Collection[Told], kind: str, now_ms: int) -> list[Told]:
        if not told:
            return []
        cooldown_ms = self._by_kind_ms.get(kind, self._default_ms)
        return [one for one in told if now_ms - one.alert.at_ms < cooldown_ms]

    def _key(self, alert: Alert) -> Key:
        return alert.kind, alert.symbol, alert.aspect, alert.notable or self._everything


def _in_order(told: Iterable[Told]) -> list[Told]:
    return sorted(told, key=lambda one: (one.alert.at_ms, one.alert.excess))


def _escalates(excess: float, before: float) -> bool:
    higher = SEVERITIES.index(severity_of(excess)) > SEVERITIES.index(severity_of(before))
    return higher or excess >= 2 * before
