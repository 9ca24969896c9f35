"""What is asked of a connection, and which streams the exchange refuses.

A message is refused as a whole, whichever of its streams is the reason. So what was refused is
asked for in halves, until the culprit is alone and is refused once more: then it is set aside, and
all is complete without it. A refusal may have another reason, too many messages for instance, and
then says nothing of streams: nothing follows from one before something else has been accepted after
it, if need be a stream that certainly exists.
"""

import logging
from collections.abc import Iterable, Set
from typing import Final, Literal, NamedTuple

log = logging.getLogger("goraebot.binance")

BATCH: Final = 150
"""Streams per message."""
ASK_AGAIN_S = 1.0
"""Doubled with each refusal in a row. After a first one, which is about a stream as a rule, nothing
has to be waited for."""
LONGEST_S: Final = 300.0

Method = Literal["SUBSCRIBE", "UNSUBSCRIBE"]


class Asked(NamedTuple):
    """A message under way."""

    at_s: float
    method: Method
    names: list[str]


class Subscriptions:
    """Of one connection, which was opened with the streams ``carried``, ``certain`` among them.

    ``refused`` are the streams known to be refused, whatever connection found that out. They are
    asked for by themselves, once by each.
    """

    def __init__(self, carried: Iterable[str], certain: str, refused: set[str]) -> None:
        self.carried = set(carried)  # or asked for
        self.unanswered: dict[int, Asked] = {}
        self._certain = certain
        self._refused = refused
        self._aside: set[str] = set()  # those of them that this connection has asked for
        self._suspects = set(refused)  # refused by themselves before
        self._parts = [[name] for name in sorted(refused)]  # not to be asked for with others
        self._doubted: list[tuple[list[str], str]] = []  # refused, and why
        self._refusals = 0
        self._again_s = 0.0

    def complete(self, wanted: Set[str]) -> bool:
        """Whether the connection carries what is wanted as far as it can be had, and the exchange
        has said so."""
        under_way = self.unanswered or self._doubted
        return not (under_way or self._missing(wanted) or self.carried - wanted)

    def due(self, wanted: Set[str], now_s: float) -> list[tuple[Method, list[str]]]:
        """The messages to send now, each of which has to be told to ``ask``."""
        if now_s < self._again_s:
            return []
        if self._doubted:
            return [] if self.unanswered else [("SUBSCRIBE", [self._certain])]
        missing = self._missing(wanted)
        parts = [[name for name in part if name in missing] for part in self._parts]
        self._parts = []
        messages: list[tuple[Method, list[str]]] = []
        messages += (("SUBSCRIBE", batch) for batch in _batches(missing.difference(*parts)))
        messages += (("SUBSCRIBE", part) for part in parts if part)
        messages += (("UNSUBSCRIBE", batch) for batch in _batches(self.carried - wanted))
        return messages

    def ask(self, number: int, method: Method, names: list[str], now_s: float) -> None:
        """A message is sent."""
        self.unanswered[number] = Asked(now_s, method, names)
        if method == "SUBSCRIBE":
            self.carried.update(names)
        else:
            self.carried.difference_update(names)

    def heed(self, number: int | str | None, refusal: str, now_s: float) -> None:
        """A message is answered; ``refusal`` says why it is refused, "" if it is not."""
        if number is None:  # refusals may come without an id, and answers come in order
            number = next(iter(self.unanswered), None)
        asked = self.unanswered.pop(number, None) if isinstance(number, int) else None
        if refusal:
            self._refusals += 1
            if self._refusals > 1:
                pause_s = ASK_AGAIN_S * 2.0 ** min(self._refusals - 1, 10)
                self._again_s = now_s + min(pause_s, LONGEST_S)
            log.warning("refused (%s): %s", refusal, ", ".join(asked.names[:5] if asked else ()))
        if asked is None or asked.method == "UNSUBSCRIBE":
            return
        if not refusal:
            self._accept(asked.names)
        elif asked.names != [self._certain]:
            self.carried.difference_update(asked.names)
            self._doubted.append((asked.names, refusal))

    def _missing(self, wanted: Set[str]) -> set[str]:
        return set(wanted) - self.carried - (self._aside & self._refused)

    def _accept(self, names: list[str]) -> None:
        """So what was refused before was refused for its streams."""
        self._refusals, self._again_s = 0, 0.0
        self._suspects.difference_update(names)
        self._refused.difference_update(names)
        doubted, self._doubted = self._doubted, []
        for refused, why in doubted:
            middle = len(refused) // 2
            if middle:
                self._parts += [refused[:middle], refused[middle:]]
            elif refused[0] in self._suspects:
                self._set_aside(refused[0], why)
            else:  # it may have been refused while everything was
                self._suspects.add(refused[0])
                self._parts.append(refused)

    def _set_aside(self, name: str, why: str) -> None:
        if name not in self._refused:
            log.error("%s is refused (%s) and left out until the next connection", name, why)
        self._refused.add(name)
        self._aside.add(name)


def _batches(names: Set[str]) -> Iterable[list[str]]:
    ordered = sorted(names)
    return (ordered[at : at + BATCH] for at in range(0, len(ordered), BATCH))
