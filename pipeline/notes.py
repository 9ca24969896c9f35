"""What decides over alerts beside market events: a recording of a run tells it again.

The clock of the live loop, what was fetched of the past, what an earlier run had learnt or told:
none of it is in the frames. ``Watch`` says what it did of it, and a replay heeds that at the same
place between the same events.
"""

from collections.abc import Iterator, Sequence

import msgspec

from pipeline.model import AnyAlert, Candle, Premium, bare
from pipeline.venues import foreign


class Lull(msgspec.Struct, frozen=True, tag_field="note", tag="lull"):
    """Nothing followed the last trades of these symbols, so their open sweeps ended."""

    symbols: tuple[str, ...]


class Past(msgspec.Struct, frozen=True, tag_field="note", tag="past"):
    """Detectors of a symbol learnt from these bars when the exchange's time was ``at_ms``."""

    symbol: str
    interval: str
    at_ms: int
    candles: Sequence[Candle]


class Dropped(msgspec.Struct, frozen=True, tag_field="note", tag="dropped"):
    """A symbol that is no longer listed was forgotten."""

    symbol: str


class Halted(msgspec.Struct, frozen=True, tag_field="note", tag="halted"):
    """A symbol did not trade any more, for now."""

    symbol: str


class Baseline(msgspec.Struct, frozen=True, tag_field="note", tag="baseline"):
    """What a detector (its class's name) has learnt of a symbol, in words of its own."""

    detector: str
    symbol: str
    state: bytes


class Told(msgspec.Struct, frozen=True, tag_field="note", tag="told"):
    """An alert of an earlier run that the gate remembered."""

    alert: AnyAlert


class Compared(msgspec.Struct, frozen=True, tag_field="note", tag="compared"):
    """A price in won was compared with the one in dollars. Upbit's own frames and the exchange rate
    are in no recording: what was made of them is."""

    premium: Premium


Note = Lull | Past | Dropped | Halted | Baseline | Told | Compared
NOTES = (Lull, Past, Dropped, Halted, Baseline, Told, Compared)


def by_market(note: Note) -> Iterator[tuple[bool, Note]]:
    """A note as what concerns futures (True) and what does not: each market's recording tells what
    happened to its own symbols. There is none of other exchanges."""
    if not isinstance(note, Lull):
        symbol = _symbol(note)
        if not foreign(symbol):
            yield symbol != bare(symbol), note
        return
    ours = [symbol for symbol in note.symbols if not foreign(symbol)]
    for of_futures in (False, True):
        symbols = tuple(s for s in ours if (s != bare(s)) is of_futures)
        if symbols:
            yield of_futures, Lull(symbols)


def _symbol(note: Past | Dropped | Halted | Baseline | Told | Compared) -> str:
    match note:
        case Told(alert):
            return alert.symbol
        case Compared(premium):
            return premium.symbol
        case _:
            return note.symbol
