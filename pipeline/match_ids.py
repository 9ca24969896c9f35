"""Which trades have been counted: by the ids of the matches behind them. Pure."""

from pipeline.model import Trade


class MatchIds:
    """Which matches of a symbol have been counted, in the space of single match ids.

    Repeated frames, overlapping files, and trade beside aggTrade of the same matches count once;
    frames out of order count. At most ``HOLES`` skipped ids are remembered: beyond that the oldest
    are taken as never coming.
    """

    HOLES = 256
    BEFORE = 64
    """Ids before the first one seen that may still come."""

    __slots__ = ("_holes", "_newest_ms", "next")

    def __init__(self) -> None:
        self.next = -1
        """The id that follows on what has been counted; negative before the first."""
        self._newest_ms = 0
        self._holes: dict[int, None] = {}

    def new(self, trade: Trade) -> bool:
        first, last = trade.first_id, trade.last_id
        if first < 0:
            first = trade.id
            if first < 0:  # the source has no ids
                return True
        if last < first:
            last = first
        at_ms = trade.at_ms
        if first != self.next:
            if self.next < 0:
                self.next = max(0, first - self.BEFORE)
            if first < self.next:
                # A time well past the newest with an old id: the exchange counts afresh.
                if at_ms <= self._newest_ms + 60_000:
                    return self._fills_holes(first, last)
                self._holes.clear()
            else:
                self._skip_to(first)
        self.next = last + 1
        if at_ms > self._newest_ms:
            self._newest_ms = at_ms
        return True

    def _fills_holes(self, first: int, last: int) -> bool:
        if not all(i in self._holes for i in range(first, last + 1)):
            return False
        for i in range(first, last + 1):
            del self._holes[i]
        return True

    def _skip_to(self, first: int) -> None:
        for skipped in range(max(self.next, first - self.HOLES), first):
            self._holes[skipped] = None
        while len(self._holes) > self.HOLES:
            del self._holes[next(iter(self._holes))]

    def follow(self, trade: Trade) -> None:
        """Trades that followed one on another have been counted, up to this one."""
        self.next = trade.last_id + 1
        if trade.at_ms > self._newest_ms:
            self._newest_ms = trade.at_ms
