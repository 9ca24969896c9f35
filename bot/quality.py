"""Alerts against labelled events: which were found, how soon, and what else was told. Pure.

Labels are CSV with a header: ``symbol,at[,kind][,direction]``, or a list of pumps with the columns
``symbol``, ``announced_utc`` and, where somebody has marked it, ``onset_25s_utc``. Times are ISO
8601 (UTC where no offset is given) or seconds, milliseconds, microseconds or nanoseconds since the
epoch. Other columns are passed over.
"""

import csv
import statistics
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

import msgspec

from pipeline.model import Alert

HIT_MS = (-60_000, 120_000)
"""An alert so long after the event (or before it) has found it."""

NEUTRAL_MS = (-300_000, 3_600_000)
"""An alert so near an event is never a false one."""

SOON_S = (10, 30, 60)

SILENT_MS = 6 * 3_600_000
"""A symbol without any event for so long was not recorded meanwhile."""

DAY_MS = 86_400_000
DIRECTIONS = ("up", "down")


class LabelError(ValueError):
    """A labels file that cannot be read; the text (Korean) names line and column."""


class Label(msgspec.Struct, frozen=True, order=True):
    """One event. ``kind`` and ``direction`` are empty where any will do."""

    symbol: str
    at_ms: int
    kind: str = ""
    direction: str = ""


class Score(msgspec.Struct, frozen=True):
    """How one kind did. ``delays_s`` are those of the first hit of each event found."""

    kind: str
    events: int
    false_alerts: int
    days: float
    delays_s: tuple[float, ...]

    @property
    def hits(self) -> int:
        """Events found."""
        return len(self.delays_s)

    @property
    def recall(self) -> float | None:
        """Share of the events that was found; None without events."""
        return self.hits / self.events if self.events else None

    @property
    def precision(self) -> float | None:
        """Events found among these and the false alerts; None without either."""
        told = self.hits + self.false_alerts
        return self.hits / told if told else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both; None where one of them is unknown."""
        if self.recall is None or self.precision is None:
            return None
        return 2 * self.hits / (self.events + self.hits + self.false_alerts)

    @property
    def false_per_day(self) -> float | None:
        """False alerts per symbol and day; None when nothing was recorded."""
        return self.false_alerts / self.days if self.days > 0 else None

    @property
    def median_delay_s(self) -> float | None:
        """Of the events found; None without any."""
        return statistics.median(self.delays_s) if self.delays_s else None

    def within(self, seconds: float) -> float | None:
        """Share of all events that was found at most so long after it; None without events."""
        if not self.events:
            return None
        return sum(delay <= seconds for delay in self.delays_s) / self.events


class Quality:
    """Takes the events' times and the alerts of a replay, in any order; remembers numbers only."""

    def __init__(self, labels: Iterable[Label]) -> None:
        self._labels: dict[str, list[Label]] = defaultdict(list)
        for label in sorted(set(labels)):
            self._labels[label.symbol].append(label)
        self._times = {name: [label.at_ms for label in of] for name, of in self._labels.items()}
        self._recorded: dict[str, list[list[int]]] = {}
        self._delays: dict[tuple[str, Label], int] = {}
        self._false: Counter[str] = Counter()

    def see(self, symbol: str, at_ms: int) -> None:
        """Something of the symbol was recorded then."""
        spans = self._recorded.get(symbol)
        if spans is None:
            self._recorded[symbol] = [[at_ms, at_ms]]
        elif at_ms - spans[-1][1] > SILENT_MS:
            spans.append([at_ms, at_ms])
        elif at_ms > spans[-1][1]:
            spans[-1][1] = at_ms

    def take(self, alert: Alert) -> None:
        """Count an alert: it finds an event, is near one, or false."""
        symbol = bare(alert.symbol)
        direction = getattr(alert, "direction", "")
        labels = self._labels.get(symbol, [])
        near = False
        # Labels are sorted by time, so those that the alert may belong to lie together.
        for label in labels[
            bisect_left(self._times.get(symbol, []), alert.at_ms - NEUTRAL_MS[1]) :
        ]:
            after_ms = alert.at_ms - label.at_ms
            if after_ms < NEUTRAL_MS[0]:
                break
            if label.kind not in ("", alert.kind):
                continue
            near = True
            matches = not (label.direction and direction) or label.direction == direction
            if matches and HIT_MS[0] <= after_ms <= HIT_MS[1]:
                found = (alert.kind, label)
                self._delays[found] = min(after_ms, self._delays.get(found, after_ms))
        if not near:
            self._false[alert.kind] += 1

    @property
    def days(self) -> float:
        """Symbol-days recorded."""
        spans = [span for of in self._recorded.values() for span in of]
        return sum(last - first for first, last in spans) / DAY_MS

    @property
    def unrecorded(self) -> int:
        """Labels of other symbols or times than were recorded; they do not count."""
        return sum(not self._covered(label) for of in self._labels.values() for label in of)

    def score(self, kind: str) -> Score:
        """How one kind did over the events that were recorded."""
        events = [
            label
            for of in self._labels.values()
            for label in of
            if label.kind in ("", kind) and self._covered(label)
        ]
        delays = [self._delays[kind, label] for label in events if (kind, label) in self._delays]
        told = tuple(sorted(delay / 1000 for delay in delays))
        return Score(kind, len(events), self._false[kind], self.days, told)

    def _covered(self, label: Label) -> bool:
        first_ms, last_ms = (label.at_ms + edge for edge in HIT_MS)
        spans = self._recorded.get(label.symbol, [])
        return any(first <= last_ms and first_ms <= last for first, last in spans)


def bare(symbol: str) -> str:
    """``binance-futures:BTCUSDT`` and ``btc/usdt`` are BTCUSDT."""
    name = symbol.rpartition(":")[2]
    return "".join(letter for letter in name if letter not in "/_-").upper()


def read_labels(lines: Iterable[str], kinds: Collection[str]) -> list[Label]:
    """The labels of a file. Raises LabelError."""
    rows = csv.reader(lines, strict=True)
    columns: list[str] = []
    labels: list[Label] = []
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            if not columns:
                columns = [cell.strip().lower() for cell in row]
                _check(columns, rows.line_num)
                continue
            cells = dict(zip(columns, (cell.strip() for cell in row), strict=False))
            labels.append(_label(cells, rows.line_num, kinds))
    except csv.Error as error:
        raise LabelError(f"{rows.line_num}번째 줄: CSV로 읽을 수 없습니다({error})") from error
    if not columns:
        raise LabelError("1번째 줄: 빈 파일입니다. 첫 줄은 symbol,at 같은 열 이름이어야 합니다")
    return labels


def _check(columns: Sequence[str], line: int) -> None:
    if "symbol" not in columns:
        raise LabelError(f"{line}번째 줄: 열 이름 symbol이 없습니다")
    if "at" not in columns and "announced_utc" not in columns:
        raise LabelError(f"{line}번째 줄: 열 이름 at(또는 announced_utc)이 없습니다")


def _label(cells: dict[str, str], line: int, kinds: Collection[str]) -> Label:
    def wrong(column: str, why: str) -> LabelError:
        return LabelError(f"{line}번째 줄 {column} 열: {why}")

    symbol = bare(cells.get("symbol", ""))
    if not symbol:
        raise wrong("symbol", "비어 있습니다")
    column = "at" if "at" in cells or "announced_utc" not in cells else "announced_utc"
    if column == "announced_utc" and cells.get("onset_25s_utc"):
        column = "onset_25s_utc"
    at_ms = _time(cells.get(column, ""))
    if at_ms is None:
        given = cells.get(column, "")
        example = "2025-02-03T01:55:00Z 또는 1738547700"
        raise wrong(column, f"시각으로 읽을 수 없습니다: {given[:40]!r} (예: {example})")
    kind = cells.get("kind", "")
    if kind and kind not in kinds:
        raise wrong("kind", f"알 수 없는 종류입니다: {kind[:40]!r} ({', '.join(kinds)})")
    direction = cells.get("direction", "").lower()
    if direction and direction not in DIRECTIONS:
        raise wrong("direction", f"up이나 down이어야 합니다: {direction[:40]!r}")
    return Label(symbol, at_ms, kind, direction)


def _time(text: str) -> int | None:
    """Milliseconds since the epoch; None for what is no time."""
    try:
        value = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1000)
    for least, per_ms in ((1e17, 1e6), (1e14, 1e3), (1e11, 1.0), (1e8, 1e-3)):
        if value >= least:
            return round(value / per_ms) if value < 1e20 else None
    return None
