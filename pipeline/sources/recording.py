"""Events from files: frame recordings and exchange CSV files.

Every file may be plain, ``.gz`` or ``.zip``. Events come in the order of their times, several files
merged: what was recorded a little out of order is put right, so that no order is torn apart. What
cannot be read is skipped and counted; a file of which nothing can be read is an error.

- Frame recordings: ``<receive time> <frame>`` or ``<receive time>: <frame>`` a line, the time in
  seconds (with decimals), milliseconds, microseconds or nanoseconds. A REST depth snapshot (it has
  no ``stream``) belongs to the file's only symbol. USDⓈ-M recordings are told by fields that spot
  frames do not have; their symbols are qualified (``binance-futures:BTCUSDT``).
- Recordings of a run (`goraebot record`): such frames, and the recorder's own lines between them.
  All files of a run are one recording, told as recorded_run.py says.
- Exchange CSV files, with or without a header: trades, aggTrades, klines (data.binance.vision).
  The symbol is the file name's first part, ``BTCUSDT-aggTrades-2024-08-08.zip``.
- Trade CSV files with a header naming symbol, timestamp, side (the taker's), price and amount.
  They may overlap.

Times in CSV files are in any of these units as well. Where trades are missing by their ids a Gap
stands (see holes.Holes).
"""

import csv
import gzip
import heapq
import itertools
import re
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from pipeline.course import Began, unpacked
from pipeline.errors import FrameError, RecordingError
from pipeline.model import (
    FUTURES,
    Book,
    BookDelta,
    Candle,
    Event,
    Liquidation,
    Mark,
    Quote,
    Ticker,
    Trade,
)
from pipeline.notes import Note
from pipeline.sources.binance_frames import FrameParser
from pipeline.sources.binance_wire import MICROSECONDS
from pipeline.sources.holes import Holes
from pipeline.sources.recorded_run import began, told

_LINE = re.compile(rb"\s*(\d{1,20}(?:\.\d+)?)(?::\s*|\s+)(\S.*)", re.DOTALL)
_FUTURES = re.compile(rb'"(?:pu|ps|nq)":|"X": *"|"e": *"(?:bookTicker|markPriceUpdate|forceOrder)"')
_STREAM = re.compile(rb'"stream": *"([^"@!]+)@')
_MILLISECONDS, _NANOSECONDS = 10**11, 10**17  # below the one seconds, above the other these
_REORDERED = 1_000
_PEEK = 400  # lines looked at to tell what a file is
_EVENTS = (Trade, Quote, Book, BookDelta, Ticker, Candle, Mark, Liquidation)
_BOM = b"\xef\xbb\xbf"
_NO_DATA = (".checksum", ".txt", ".md", ".json", ".xml")
_MAX_LINE = 16 * 1024 * 1024


class Tally:
    """What reading a file came to: ``lines`` seen, ``unreadable`` ones (the first few kept in
    ``samples``), exact ``duplicates`` dropped, ``gaps`` where trades are missing by their ids."""

    def __init__(self) -> None:
        self.lines = 0
        self.unreadable = 0
        self.duplicates = 0
        self.gaps = 0
        self.samples: list[str] = []

    def skip(self, where: str, why: object) -> None:
        """Count a line that cannot be read."""
        self.unreadable += 1
        if len(self.samples) < 5:
            self.samples.append(f"{where}: {why}")


def read(
    paths: Sequence[Path], tally: Tally, symbols: Collection[str] = ()
) -> Iterator[Event | Note]:
    """The events of all files, merged by event time; ``symbols`` (bare names) limits them. Those
    of a run keep their order, with what was noted between them.

    Raises RecordingError for a file that is missing, damaged beyond its readable part, or of no
    known kind.
    """
    inputs: list[Iterator[Event]] = []
    named: list[Iterator[Event]] = []
    runs: dict[tuple[str, str], dict[int, tuple[str, Iterator[bytes]]]] = {}
    useless: RecordingError | None = None
    for name, lines in [opened for path in paths for opened in _open(path)]:
        try:
            head = list(itertools.islice(lines, _PEEK))
            first = _began(head)
            if first is None:
                events = _events(name, head, lines, tally)
                (named if _is_named(_first(head)) else inputs).append(events)
            else:
                files = runs.setdefault((first.venue, first.run), {})
                files[first.number] = name, itertools.chain(head, lines)
        except RecordingError as error:  # beside good files, one of another kind is left out
            tally.skip(name, error)
            useless = error
    if named:
        inputs.append(_once(named, tally))
    own = [_run_events([files[n] for n in sorted(files)], tally) for files in runs.values()]
    if not inputs and not own:
        raise useless or RecordingError("no recording given")
    wanted = {bare(symbol) for symbol in symbols}
    others = _only(heapq.merge(*inputs, key=_time), wanted)
    # A run has noted itself what it missed. Its notes come behind events that may be left out.
    yield from _only(heapq.merge(_with_gaps(others, tally), *own, key=_time), wanted)


def _only(events: Iterator[Any], wanted: Collection[str]) -> Iterator[Any]:
    """Those of these symbols, and of none; all if no symbol is named."""
    if not wanted:
        yield from events
        return
    for event in events:
        symbol = getattr(event, "symbol", None)
        if symbol is None or symbol.rpartition(":")[2] in wanted:
            yield event


def _with_gaps(events: Iterator[Event], tally: Tally) -> Iterator[Event]:
    """Nothing is measured across what was not recorded, as nothing is across what live is lost."""
    holes = Holes()
    for event in events:
        if isinstance(event, Trade) and (gap := holes.before(event)) is not None:
            tally.gaps += 1
            yield gap
        yield event


def bare(symbol: str) -> str:
    """``APPC/BTC`` and ``appc-btc`` are APPCBTC."""
    return re.sub(r"[/_-]", "", symbol).upper()


def _time(event: Event | Note) -> int:
    """A note without a time comes right behind the event before it."""
    at_ms: int = getattr(event, "at_ms", 0)
    return at_ms


def _row_order(event: Event) -> tuple[int, int, int]:
    """Nothing but ids tells which fill of one time was first."""
    micros, number = getattr(event, "micros", 0), getattr(event, "id", -1)
    return event.at_ms, micros, number


_Key = Callable[[Event], Any]


class InOrder:
    """Events by time, or another ``key``, as far as a thousand of them allow; equals keep their
    order.

    Quotes run ahead of the trades that caused them, so even an untouched recording is not quite in
    order, and merged with another it would end sweeps of which fills are still to come.
    """

    def __init__(self, key: _Key = _time) -> None:
        self._key = key
        self._waiting: list[tuple[Any, int, Event]] = []
        self._count = itertools.count()

    def add(self, event: Event) -> Event | None:
        """What is certain to come next, now that this event is known."""
        item = (self._key(event), next(self._count), event)
        if len(self._waiting) < _REORDERED:
            heapq.heappush(self._waiting, item)
            return None
        return heapq.heappushpop(self._waiting, item)[2]

    def rest(self) -> Iterator[Event]:
        """What waits: nothing comes between."""
        waiting, self._waiting = sorted(self._waiting), []
        yield from (event for _, _, event in waiting)


def _in_order(events: Iterator[Event], key: _Key = _time) -> Iterator[Event]:
    order = InOrder(key)
    try:
        for event in events:
            if (certain := order.add(event)) is not None:
                yield certain
    except RecordingError:
        yield from order.rest()
        raise
    yield from order.rest()


def _open(path: Path) -> list[tuple[str, Iterator[bytes]]]:
    """The named line iterators of a file: one, or as many as a zip has members."""
    if path.is_dir():
        raise RecordingError(f"{path}: a folder; name the files in it, for instance {path}/*")
    if not path.is_file():
        why = "not a file" if path.exists() else "no such file"
        raise RecordingError(f"{path}: {why}")
    kind = path.suffix.lower()
    if kind == ".zip":
        try:
            with zipfile.ZipFile(path) as archive:
                members = [member for member in archive.infolist() if _holds_data(member)]
        except (OSError, zipfile.BadZipFile) as error:
            raise RecordingError(f"{path}: {error}") from error
        if not members:
            raise RecordingError(f"{path}: an archive without a recording")
        return [(_inner_name(m.filename), _zip_lines(path, m)) for m in members]
    if kind == ".gz":
        return [(path.stem, _lines(str(path), lambda: gzip.open(path, "rb")))]
    return [(path.name, _lines(str(path), lambda: path.open("rb")))]


def _holds_data(member: zipfile.ZipInfo) -> bool:
    """Not a folder, checksum, note or what macOS adds."""
    name = Path(member.filename)
    hidden = name.name.startswith(".") or name.parts[0] == "__MACOSX"
    return not member.is_dir() and not hidden and name.suffix.lower() not in _NO_DATA


def _inner_name(name: str) -> str:
    return name[:-3] if name.lower().endswith(".gz") else name


def _zip_lines(path: Path, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:

        def opener() -> IO[bytes] | gzip.GzipFile:
            packed = archive.open(member)
            return gzip.open(packed) if member.filename.lower().endswith(".gz") else packed

        yield from _lines(f"{path}({member.filename})", opener)


def _lines(where: str, opener: Callable[[], IO[bytes] | gzip.GzipFile]) -> Iterator[bytes]:
    try:
        with opener() as file:
            yield file.readline(_MAX_LINE).removeprefix(_BOM)
            while line := file.readline(_MAX_LINE):
                yield line
    except EOFError:
        return  # a recording cut off by a crash: everything before it counts
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        # RuntimeError: a member with a password, or compressed in a way Python does not know
        raise RecordingError(f"{where}: {error}") from error


def _first(head: list[bytes]) -> bytes:
    """The first line with anything in it."""
    return next((line for line in head if line.strip()), b"")


def _events(name: str, head: list[bytes], lines: Iterator[bytes], tally: Tally) -> Iterator[Event]:
    first = _first(head)
    if not first:
        raise RecordingError(f"{name}: an empty file")
    rest = itertools.chain(head, lines)
    # A recording may begin in the middle of a line, so all of the head is looked at.
    frames = any(_LINE.match(line) and b"{" in line for line in head)
    if name.lower().endswith(".csv") or (not frames and b"," in first):
        second = next((line for line in head[head.index(first) + 1 :] if line.strip()), b"")
        return _in_order(_csv_events(name, first, second, rest, tally), _row_order)
    if not frames:
        raise RecordingError(
            f"{name}: neither a frame recording nor a CSV file of trades, aggTrades or klines"
        )
    return _in_order(_frame_events(name, head, rest, tally))


# --- recordings of a run ---------------------------------------------------------------------


def _began(head: list[bytes]) -> Began | None:
    """How a run's file begins; None for all others."""
    match = _LINE.match(head[0]) if head else None
    try:
        return began(match.group(2).rstrip()) if match else None
    except FrameError as error:
        raise RecordingError(str(error)) from error


def _run_events(files: list[tuple[str, Iterator[bytes]]], tally: Tally) -> Iterator[Event | Note]:
    where = ""

    def frames() -> Iterator[tuple[bytes, float]]:
        nonlocal where
        for name, lines in files:
            for number, line in enumerate(lines, 1):
                where = f"{name}:{number}"
                match = _LINE.match(line)
                if match is None:
                    tally.skip(where, line[:80])
                    continue
                tally.lines += 1
                yield unpacked(match.group(2).rstrip()), _received_ms(match.group(1))

    return told(frames(), lambda error: tally.skip(where, error))


# --- frame recordings ------------------------------------------------------------------------


def _frame_events(
    name: str, head: list[bytes], lines: Iterable[bytes], tally: Tally
) -> Iterator[Event]:
    symbols = {m.group(1).upper() for line in head if (m := _STREAM.search(line))}
    only = symbols.pop().decode("utf-8", "replace") if len(symbols) == 1 else ""
    futures = any(_FUTURES.search(line) for line in head)
    parser = FrameParser(only, FUTURES if futures else "")
    read_any = False
    for number, line in enumerate(lines, 1):
        match = _LINE.match(line)
        if match is None:
            if line.strip() and b" <-" not in line:  # a capture's own head lines: <url> <-> <time>
                tally.skip(f"{name}:{number}", line[:80])
            continue
        tally.lines += 1
        try:
            parsed = parser.parse(match.group(2).rstrip(), _received_ms(match.group(1)))
        except FrameError as error:
            tally.skip(f"{name}:{number}", error)
            continue
        read_any = True
        if isinstance(parsed, list):
            yield from parsed
        elif isinstance(parsed, _EVENTS):
            yield parsed
    if not read_any:
        raise RecordingError(f"{name}: no line holds a frame ({'; '.join(tally.samples[:1])})")


def _received_ms(stamp: bytes) -> float:
    value = float(stamp)
    if value > _NANOSECONDS:
        return value / 1e6
    if value > MICROSECONDS:
        return value / 1e3
    return value if value > _MILLISECONDS else value * 1e3


# --- CSV files ---------------------------------------------------------------------------------

_Row = Callable[[str, list[str]], Event]
_NAMED = {"symbol", "timestamp", "side", "price", "amount"}


def _csv_events(
    name: str, first: bytes, second: bytes, lines: Iterable[bytes], tally: Tally
) -> Iterator[Event]:
    text = (line.decode("utf-8-sig", "replace") for line in lines if line.strip())
    columns = _columns(first.decode("utf-8-sig", "replace"))
    names = _names(columns)
    if names.keys() >= _NAMED:
        return _some(name, _named_trades(name, names, text, tally), tally)
    # Headers are written in several ways; what stands below them is not.
    parse = _named_kind(names) or _kind_of(columns)
    if parse is None and second:
        parse = _kind_of(_columns(second.decode("utf-8", "replace")))
    if parse is None:
        raise RecordingError(
            f"{name}: a CSV file of {len(columns)} columns that is neither trades, aggTrades, "
            "klines nor has the columns symbol, timestamp, side, price, amount"
        )
    return _some(name, _exchange_rows(name, parse, text, tally), tally)


def _is_named(first: bytes) -> bool:
    """Whether a file begins as one of trades by column name."""
    try:
        return _names(_columns(first.decode("utf-8-sig", "replace"))).keys() >= _NAMED
    except ValueError:
        return False


def _names(columns: Sequence[str]) -> dict[str, int]:
    return {column.strip().lower(): index for index, column in enumerate(columns)}


def _once(files: Sequence[Iterator[Event]], tally: Tally) -> Iterator[Event]:
    """The rows of all files: of those without an id one that another file has as well is the same
    trade."""
    if len(files) == 1:
        yield from files[0]
        return
    numbered = [zip(itertools.repeat(number), events) for number, events in enumerate(files)]
    same_time: dict[Event, int] = {}
    newest_ms = -1
    for number, event in heapq.merge(*numbered, key=lambda told: _time(told[1])):
        if event.at_ms != newest_ms:
            newest_ms = event.at_ms
            same_time.clear()
        if same_time.setdefault(event, number) != number:
            tally.duplicates += 1
            continue
        yield event


def _some(name: str, events: Iterator[Event], tally: Tally) -> Iterator[Event]:
    """The events; a file whose every row is unreadable is an error, not an empty market."""
    before = tally.unreadable
    first = next(events, None)
    if first is not None:
        yield first
        yield from events
    elif tally.unreadable > before:
        raise RecordingError(f"{name}: no row can be read ({'; '.join(tally.samples[:1])})")


def _columns(line: str) -> list[str]:
    """One line's columns. Line by line, so that a stray quote costs its line and not the rest."""
    try:
        return next(csv.reader([line])) if '"' in line else line.rstrip("\r\n").split(",")
    except csv.Error as error:
        raise ValueError(f"{error}: {line[:80]!r}") from error


def _named_kind(names: dict[str, int]) -> _Row | None:
    if "open_time" in names:
        return _kline
    if "agg_trade_id" in names:
        return _agg_trade
    return _trade if names.keys() >= {"id", "is_buyer_maker"} else None


def _kind_of(columns: list[str]) -> _Row | None:
    """What a row of an exchange's file is, by its shape."""
    if not _is_number(columns[0]):
        return None
    if len(columns) == 12:
        return _kline
    if len(columns) in (6, 7) and _is_flag(columns[5]):
        return _trade
    if len(columns) in (7, 8) and _is_flag(columns[6]):
        return _agg_trade
    return None


def _exchange_rows(name: str, parse: _Row, text: Iterator[str], tally: Tally) -> Iterator[Event]:
    symbol = re.split(r"[-_.]", Path(name).name)[0].upper()
    for number, line in enumerate(text, 1):
        if number == 1 and not _is_number(line.partition(",")[0].strip('"')):
            continue  # the header
        tally.lines += 1
        try:
            yield parse(symbol, _columns(line))
        except (ValueError, IndexError) as error:
            tally.skip(f"{name}:{number}", error)


def _trade(symbol: str, row: list[str]) -> Trade:
    at_ms, micros = _stamp(row[4])
    price, quantity = _amount(row[1]), _amount(row[2])
    return Trade(symbol, int(row[0]), price, quantity, at_ms, _flag(row[5]), micros)


def _agg_trade(symbol: str, row: list[str]) -> Trade:
    at_ms, micros = _stamp(row[5])
    price, quantity = _amount(row[1]), _amount(row[2])
    first, last = int(row[3]), int(row[4])
    return Trade(symbol, int(row[0]), price, quantity, at_ms, _flag(row[6]), micros, first, last)


def _kline(symbol: str, row: list[str]) -> Candle:
    open_ms, close_ms = _stamp(row[0])[0], _stamp(row[6])[0]
    return Candle(
        symbol=symbol,
        interval=_interval(close_ms - open_ms + 1),
        open_ms=open_ms,
        close_ms=close_ms,
        open=_amount(row[1]),
        high=_amount(row[2]),
        low=_amount(row[3]),
        close=_amount(row[4]),
        volume=_quantity(row[5]),
        quote_volume=_quantity(row[7]),
        trades=int(row[8]),
        taker_buy_volume=_quantity(row[9]),
        taker_buy_quote_volume=_quantity(row[10]),
        closed=True,
        at_ms=close_ms,
    )


def _named_trades(
    name: str, names: dict[str, int], text: Iterator[str], tally: Tally
) -> Iterator[Event]:
    """Trades by column name. Rows without an id that repeat one of the same time are dropped."""
    symbol_at, time_at, side_at = names["symbol"], names["timestamp"], names["side"]
    price_at, amount_at, id_at = names["price"], names["amount"], names.get("id")
    same_time: set[tuple[str, ...]] = set()
    newest = ""
    for number, line in enumerate(text, 1):
        if number == 1:
            continue  # the header
        tally.lines += 1
        try:
            row = _columns(line)
            if id_at is None:
                if row[time_at] != newest:
                    newest = row[time_at]
                    same_time.clear()
                key = tuple(row)
                if key in same_time:
                    tally.duplicates += 1
                    continue
                same_time.add(key)
            side = row[side_at].strip().lower()
            if side not in ("buy", "sell"):
                raise ValueError(f"side {side[:20]!r} is neither buy nor sell")
            at_ms, micros = _stamp(row[time_at])
            yield Trade(
                symbol=bare(row[symbol_at].strip()),
                id=int(row[id_at]) if id_at is not None and row[id_at].isdigit() else -1,
                price=_amount(row[price_at]),
                quantity=_amount(row[amount_at]),
                at_ms=at_ms,
                buyer_is_maker=side == "sell",
                micros=micros,
            )
        except (ValueError, IndexError) as error:
            tally.skip(f"{name}:{number}", error)


def _stamp(text: str) -> tuple[int, int]:
    """Milliseconds, and the microseconds below them, of a time in any unit."""
    whole, _, fraction = text.strip().partition(".")
    value = int(whole)
    if not 0 < value < 10**19:
        raise ValueError(f"time {text!r} is out of range")
    if value < _MILLISECONDS:
        value = value * 1_000_000 + int(f"{fraction:0<6.6}")
    elif fraction.strip("0"):
        raise ValueError(f"time {text!r} is no whole number")
    elif value <= MICROSECONDS:
        return value, 0
    elif value > _NANOSECONDS:
        value //= 1000
    return value // 1000, value % 1000


def _amount(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e18:
        raise ValueError(f"{text!r} is not a positive amount")
    return value


def _quantity(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1e18:
        raise ValueError(f"{text!r} is not an amount")
    return value


def _flag(text: str) -> bool:
    if not _is_flag(text):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.strip().lower() == "true"


def _is_flag(text: str) -> bool:
    return text.strip().lower() in ("true", "false")


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\s*\d+(\.\d+)?\s*", text) is not None


def _interval(length_ms: int) -> str:
    minutes = length_ms // 60_000
    for unit, size in (("d", 1440), ("h", 60)):
        if minutes >= size and minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m" if minutes else f"{length_ms // 1000}s"
