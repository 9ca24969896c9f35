"""What the simulated exchange remembers of one pair: trades by id, minute bars, the rolling day.

Everything is bounded: 50,000 aggregates and at most 30 minutes of them, 2,000 single matches, one
day and one hour of minute bars. The oldest go first, as they do on the exchange; what has gone is
not in REST answers any more.
"""

from array import array
from collections.abc import Callable, Iterable
from typing import NamedTuple

MINUTE_MS = 60_000
DAY_MINUTES = 1_440
KEEP_AGGREGATES = 50_000
KEEP_MS = 30 * MINUTE_MS
KEEP_MATCHES = 2_000
KEEP_BARS = DAY_MINUTES + 60


class Aggregate(NamedTuple):
    """Matches of one aggressive order at one price (ticks, lots); ``first``/``last`` match ids."""

    id: int
    price: int
    lots: int
    first: int
    last: int
    at_ms: int
    buyer_is_maker: bool


class Match(NamedTuple):
    """One single match (ticks, lots)."""

    id: int
    price: int
    lots: int
    at_ms: int
    buyer_is_maker: bool


class Bar(NamedTuple):
    """One bar: prices in ticks, volumes in lots, values in ticks times lots.

    ``first_id`` is the id of its first match, or of the next one to come if it has none.
    """

    open_ms: int
    open: int
    high: int
    low: int
    close: int
    lots: int
    value: int
    matches: int
    taker_lots: int
    taker_value: int
    first_id: int

    def joined(self, later: "Bar") -> "Bar":
        """This bar and a later one as one."""
        return Bar(
            self.open_ms,
            self.open,
            max(self.high, later.high),
            min(self.low, later.low),
            later.close,
            self.lots + later.lots,
            self.value + later.value,
            self.matches + later.matches,
            self.taker_lots + later.taker_lots,
            self.taker_value + later.taker_value,
            self.first_id,
        )


def _with(bar: Bar, trade: Aggregate) -> Bar:
    """The bar with one more trade, its last."""
    price, lots, value = trade.price, trade.lots, trade.price * trade.lots
    one = Bar(
        trade.at_ms, price, price, price, price, lots, value, trade.last - trade.first + 1,
        0 if trade.buyer_is_maker else lots, 0 if trade.buyer_is_maker else value, trade.first,
    )  # fmt: skip
    return bar.joined(one) if bar.matches else one._replace(open_ms=bar.open_ms)


class Tape:
    """The newest trades of one pair; ids are consecutive and go on even when trades are forgotten.

    Rows are packed into 64-bit integers because a day of demo would otherwise fill the memory.
    """

    _ROW = 4  # price, lots, id of the first match, time * 2 + buyer is maker
    _MATCH = 3  # price, lots, time * 2 + buyer is maker

    def __init__(self, next_id: int, next_match_id: int) -> None:
        self.next_id = next_id
        self.next_match_id = next_match_id
        self._rows = array("q")
        self._matches = array("q")
        self._check_in = 1_000

    def add(
        self, price: int, parts: list[int], at_ms: int, buyer_is_maker: bool
    ) -> tuple[int, int]:
        """Record an aggregate made of single matches of ``parts`` lots; returns both first ids."""
        ids = self.next_id, self.next_match_id
        stamp = at_ms * 2 + buyer_is_maker
        self._rows.extend((price, sum(parts), self.next_match_id, stamp))
        for lots in parts:
            self._matches.extend((price, lots, stamp))
        self.next_id += 1
        self.next_match_id += len(parts)
        self._check_in -= 1
        if self._check_in <= 0:
            self._trim(at_ms)
        return ids

    def _trim(self, now_ms: int) -> None:
        self._check_in = 1_000
        count = len(self._rows) // self._ROW
        oldest = self._first_at_or_after(now_ms - KEEP_MS)
        drop = max(oldest, count - KEEP_AGGREGATES)
        del self._rows[: drop * self._ROW]
        spare = len(self._matches) // self._MATCH - KEEP_MATCHES
        if spare > 0:
            del self._matches[: spare * self._MATCH]

    def _first_at_or_after(self, at_ms: int) -> int:
        """The row number of the first aggregate at or after a time."""
        low, high = 0, len(self._rows) // self._ROW
        while low < high:
            middle = (low + high) // 2
            if self._rows[middle * self._ROW + 3] // 2 < at_ms:
                low = middle + 1
            else:
                high = middle
        return low

    def _rows_between(self, low: int, high: int) -> list[Aggregate]:
        rows, width = self._rows, self._ROW
        count = len(rows) // width
        first_id = self.next_id - count
        found = []
        for number in range(max(0, low), min(high, count)):
            at = number * width
            last = (rows[at + 6] if number + 1 < count else self.next_match_id) - 1
            price, lots, first, stamp = rows[at : at + 4]
            found.append(
                Aggregate(first_id + number, price, lots, first, last, stamp // 2, bool(stamp & 1))
            )
        return found

    def since(self, from_id: int, limit: int) -> list[Aggregate]:
        """Up to ``limit`` aggregates from an id on, oldest first."""
        low = max(0, from_id - (self.next_id - len(self._rows) // self._ROW))
        return self._rows_between(low, low + limit)

    def between(self, start_ms: int | None, end_ms: int | None, limit: int) -> list[Aggregate]:
        """Aggregates within both times (inclusive): the oldest with a start, else the newest."""
        count = len(self._rows) // self._ROW
        high = count if end_ms is None else self._first_at_or_after(end_ms + 1)
        if start_ms is None:
            return self._rows_between(high - limit, high)
        low = self._first_at_or_after(start_ms)
        return self._rows_between(low, min(high, low + limit))

    def seconds(self, start_ms: int | None, end_ms: int, limit: int) -> list[Bar]:
        """Bars of a second each, from the first trade that is remembered on: the oldest with a
        start, else the newest. One without a trade stands where the one before it ended."""
        rows = self.between(None, end_ms, KEEP_AGGREGATES)
        if not rows:
            return []
        first_s, end_s = rows[0].at_ms // 1_000, end_ms // 1_000 + 1
        if start_ms is None:
            begin_s = max(first_s, end_s - limit)
        else:
            begin_s = max(first_s, -(-start_ms // 1_000))
            end_s = min(end_s, begin_s + limit)
        bars: list[Bar] = []
        row, close, next_id = 0, rows[0].price, rows[0].first
        for at_s in range(first_s, end_s):
            bar = Bar(at_s * 1_000, close, close, close, close, 0, 0, 0, 0, 0, next_id)
            while row < len(rows) and rows[row].at_ms // 1_000 == at_s:
                bar = _with(bar, rows[row])
                next_id, row = rows[row].last + 1, row + 1
            close = bar.close
            if at_s >= begin_s:
                bars.append(bar)
        return bars

    def matches(self, limit: int) -> list[Match]:
        """The newest single matches, oldest first."""
        rows, width = self._matches, self._MATCH
        count = len(rows) // width
        first_id = self.next_match_id - count
        found = []
        for number in range(max(0, count - limit), count):
            price, lots, stamp = rows[number * width : number * width + 3]
            found.append(Match(first_id + number, price, lots, stamp // 2, bool(stamp & 1)))
        return found

    def forget(self) -> None:
        """Lose every trade so far; ids go on."""
        del self._rows[:], self._matches[:]


class Bars:
    """Minute bars of one pair and its rolling day.

    ``past`` makes the bars before the start when somebody first asks for them, the last one being
    the minute in which the market started: most pairs are never asked for more than their trades.
    """

    _WIDTH = 10  # the fields of Bar after open_ms

    def __init__(self, start_ms: int, past: Callable[[], Iterable[Bar]], newest: Bar) -> None:
        self._past: Callable[[], Iterable[Bar]] | None = past
        self._open_ms = start_ms - start_ms % MINUTE_MS
        self._rows = array("q", newest[1:])
        self._day: Bar | None = None

    def _make_past(self) -> None:
        if self._past is None:
            return
        rows = array("q")
        count = 0
        for bar in self._past():
            rows.extend(bar[1:])
            count += 1
        self._past = None
        self._rows = rows + self._rows
        self._open_ms -= count * MINUTE_MS
        self._day = None

    @property
    def newest_open_ms(self) -> int:
        """When the running minute began."""
        return self._open_ms + (len(self._rows) // self._WIDTH - 1) * MINUTE_MS

    @property
    def last_price(self) -> int:
        """The newest trade's price, ticks."""
        return self._rows[-self._WIDTH + 3]

    def roll(self, now_ms: int, next_match_id: int) -> None:
        """Begin the minute of ``now_ms`` where it has not begun; those without trades are flat."""
        while now_ms >= self.newest_open_ms + MINUTE_MS:
            close = self.last_price
            self._rows.extend((close, close, close, close, 0, 0, 0, 0, 0, next_match_id))
            self._day = None
        spare = len(self._rows) // self._WIDTH - KEEP_BARS
        if spare > 0:
            del self._rows[: spare * self._WIDTH]
            self._open_ms += spare * MINUTE_MS

    def add(self, price: int, lots: int, matches: int, taker_bought: bool) -> None:
        """Count an aggregate into the running minute; ``roll`` first."""
        rows = self._rows
        at = len(rows) - self._WIDTH
        if rows[at + 6] == 0:
            rows[at] = rows[at + 1] = rows[at + 2] = price
        elif price > rows[at + 1]:
            rows[at + 1] = price
        elif price < rows[at + 2]:
            rows[at + 2] = price
        value = price * lots
        rows[at + 3] = price
        rows[at + 4] += lots
        rows[at + 5] += value
        rows[at + 6] += matches
        if taker_bought:
            rows[at + 7] += lots
            rows[at + 8] += value

    def _bar(self, number: int) -> Bar:
        at = number * self._WIDTH
        return Bar(self._open_ms + number * MINUTE_MS, *self._rows[at : at + self._WIDTH])

    def newest(self, count: int) -> list[Bar]:
        """The last minutes that are at hand, oldest first; the last one is running."""
        have = len(self._rows) // self._WIDTH
        return [self._bar(number) for number in range(max(0, have - count), have)]

    def grouped(self, minutes: int, offset_ms: int = 0) -> list[Bar]:
        """Every bar of ``minutes`` minutes that is remembered, oldest first, the last one running.

        ``offset_ms`` is the time zone's distance from UTC.
        """
        self._make_past()
        size = minutes * MINUTE_MS
        found: list[Bar] = []
        for number in range(len(self._rows) // self._WIDTH):
            bar = self._bar(number)
            open_ms = bar.open_ms - (bar.open_ms + offset_ms) % size
            if found and found[-1].open_ms == open_ms:
                found[-1] = found[-1].joined(bar)
            else:
                found.append(bar._replace(open_ms=open_ms))
        return found

    def minutes(self, start_ms: int | None, end_ms: int | None, limit: int) -> list[Bar]:
        """Minute bars that open within both times: the oldest with a start, else the newest."""
        self._make_past()
        count = len(self._rows) // self._WIDTH
        low = 0
        if start_ms is not None:
            low = max(0, -(-(start_ms - self._open_ms) // MINUTE_MS))
        high = count
        if end_ms is not None:
            high = max(0, min(count, (end_ms - self._open_ms) // MINUTE_MS + 1))
        if start_ms is None:
            low = max(0, high - limit)
        return [self._bar(number) for number in range(low, min(high, low + limit))]

    def day(self) -> Bar:
        """The last 1,440 minutes, the running one included, as one bar."""
        self._make_past()
        width = self._WIDTH
        count = len(self._rows) // width
        if self._day is None and count > 1:
            low = max(0, count - DAY_MINUTES) * width
            rows = self._rows[low:-width]
            self._day = Bar(
                self._open_ms + low // width * MINUTE_MS,
                rows[0],
                max(rows[1::width]),
                min(rows[2::width]),
                rows[-width + 3],
                sum(rows[4::width]),
                sum(rows[5::width]),
                sum(rows[6::width]),
                sum(rows[7::width]),
                sum(rows[8::width]),
                rows[9],
            )
        (newest,) = self.newest(1)
        return newest if self._day is None else self._day.joined(newest)
