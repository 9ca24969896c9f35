"""The registry of pictures: which function draws which data. Loaded by the drawing process alone:
matplotlib costs a second and fifty megabytes."""

from collections.abc import Callable
from typing import Any, Final

from bot.charts import candles, depth, summary
from bot.drawings import CandleChart, DepthChart, Drawing, SummaryChart

PAINTERS: Final[dict[type, Callable[[Any], bytes]]] = {
    CandleChart: candles.paint,
    DepthChart: depth.paint,
    SummaryChart: summary.paint,
}


def paint(drawing: Drawing) -> bytes:
    """The picture as PNG."""
    return PAINTERS[type(drawing)](drawing)
