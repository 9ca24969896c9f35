"""Holes in a recording: trades that, by the ids of those around them, were not recorded. Pure."""

from typing import Final

from pipeline.model import Gap, Trade

LEAST_MS: Final = 10_000
"""A shorter hole is within the shortest window that anything is measured over, ..."""
LEAST_MATCHES: Final = 10
"""... and so many ids may be of matches that no stream tells of, such as those of the exchange's
insurance fund on USDⓈ-M."""
FOLLOWING: Final = 50
"""Ids that leave some out more often than once in so many trades say nothing: a recording may be of
every second trade, or of an exchange that counts those of all its pairs together."""


class _Ids:
    __slots__ = ("at_ms", "followed", "next", "skipped")

    def __init__(self, next_id: int, at_ms: int) -> None:
        self.next = next_id
        self.at_ms = at_ms
        self.followed = self.skipped = 0


class Holes:
    """Looks at all trades of a recording in the order of their times."""

    def __init__(self) -> None:
        self._ids: dict[str, _Ids] = {}

    def before(self, trade: Trade) -> Gap | None:
        """What is missing before this trade, if much is."""
        first = trade.first_id if trade.first_id >= 0 else trade.id
        if first < 0:
            return None
        following = max(first, trade.last_id) + 1
        ids = self._ids.get(trade.symbol)
        if ids is None:
            self._ids[trade.symbol] = _Ids(following, trade.at_ms)
            return None
        missing, since_ms = first - ids.next, ids.at_ms
        if following > ids.next:
            ids.next = following
        if trade.at_ms > ids.at_ms:
            ids.at_ms = trade.at_ms
        if missing == 0:
            ids.followed += 1
        if missing <= 0:
            return None
        ids.skipped += 1
        follow = ids.followed >= FOLLOWING * ids.skipped
        if not follow or missing < LEAST_MATCHES or trade.at_ms - since_ms < LEAST_MS:
            return None
        return Gap((trade.symbol,), since_ms, trade.at_ms, f"{missing} trades were not recorded")
