"""What pictures are drawn from: plain data, so that drawing can happen in another process."""

from typing import Final

import msgspec

from bot.model import Colours

FARTHEST_PCT: Final = 2.0
"""How far from the middle price a picture of a book reaches, or as far as both sides do."""

Bar = tuple[int, float, float, float, float, float]
"""Opening time (ms), open, high, low, close, turnover in the quote currency."""

Level = tuple[float, float]
"""Price and quantity."""


class Mark(msgspec.Struct, frozen=True):
    """An alert on a chart: its kind, when it came, and whether it was of a rise ("up"), of a fall
    ("down") or of neither ("")."""

    kind: str
    at_ms: int
    way: str = ""


class CandleChart(msgspec.Struct, frozen=True, tag="candles"):
    """Candles with turnover, moving averages and alerts.

    ``bars`` are oldest first, the last one still open; the last ``shown`` are drawn, those before
    only feed the averages (each over so many bars). ``interval`` is that of one and ``span`` that
    of all shown, in Korean. ``unit`` is the quote currency's, ``tick`` the
    exchange's price step (0: unknown). ``source`` says whose data it is, ``at_ms`` when it was so.
    """

    symbol: str
    title: str
    interval: str
    span: str
    unit: str
    tick: float
    bars: tuple[Bar, ...]
    shown: int
    marks: tuple[Mark, ...]
    source: str
    at_ms: int
    averages: tuple[int, ...] = (7, 25)
    colours: Colours = "korean"

    @property
    def question(self) -> str:
        """The same for everything that may be answered with the same picture."""
        return f"candles {self.symbol} {self.interval} {self.colours}"


class DepthChart(msgspec.Struct, frozen=True, tag="depth"):
    """What stands on both sides of an order book, best levels first; both sides have some."""

    symbol: str
    title: str
    unit: str
    tick: float
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    source: str
    at_ms: int
    colours: Colours = "korean"

    @property
    def question(self) -> str:
        """See CandleChart."""
        return f"depth {self.symbol} {self.colours}"


class MajorRow(msgspec.Struct, frozen=True):
    """A coin's price in words and its changes in percent; since 09:00 in Korea None if unknown."""

    name: str
    price: str
    open_pct: float | None
    day_pct: float


class MoverRow(msgspec.Struct, frozen=True):
    """A coin and its change over 24 hours in percent."""

    name: str
    day_pct: float


class SummaryChart(msgspec.Struct, frozen=True, tag="summary"):
    """The market at one time. ``gauges`` are the mood's measures: what it is, percent."""

    majors: tuple[MajorRow, ...]
    movers: tuple[MoverRow, ...]
    mood: str
    gauges: tuple[tuple[str, float], ...]
    whales: str
    source: str
    at_ms: int
    colours: Colours = "korean"

    @property
    def question(self) -> str:
        """See CandleChart; what stands in it is asked anew after a while by itself."""
        return f"summary {self.at_ms} {self.colours}"


Drawing = CandleChart | DepthChart | SummaryChart
