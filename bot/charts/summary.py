"""The market at one time: majors, movers, mood and large trades, as one picture."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from bot.charts import style
from bot.charts.candles import without_colour
from bot.drawings import SummaryChart
from bot.korean import kst, number

HEIGHT: Final = 960
SPLIT: Final = 546
"""Where movers begin."""
OPEN: Final = 370
DAY: Final = 522
"""Right edges of the changes since 09:00 and over 24 hours."""
ROW: Final = 74
TOP: Final = 770
"""The baseline of the first row."""


def paint(chart: SummaryChart) -> bytes:
    """The picture as PNG."""
    figure = style.sheet(HEIGHT)
    board = style.panel(figure, 0, 0, style.WIDTH, HEIGHT)
    board.set_xlim(0, style.WIDTH)
    board.set_ylim(0, HEIGHT)
    board.set_xticks([])
    board.set_yticks([])
    style.write(figure, 24, 894, "시장 요약", size=44, bold=True)
    style.write(
        figure, style.WIDTH - 24, 898, kst(chart.at_ms), size=style.SMALL, colour=style.MUTED,
        align="right",
    )  # fmt: skip
    _box(board, 12, 316, SPLIT - 6, 866)
    _box(board, SPLIT + 6, 316, style.WIDTH - 12, 866)
    _box(board, 12, 58, style.WIDTH - 12, 304)
    _majors(figure, chart)
    _movers(figure, board, chart)
    _mood(figure, board, chart)
    style.footer(figure, chart.source, chart.at_ms)
    return style.png(figure)


def _box(board: Axes, left: float, bottom: float, right: float, top: float) -> None:
    board.add_patch(
        FancyBboxPatch(
            (left + 16, bottom + 16), right - left - 32, top - bottom - 32,
            boxstyle="round,pad=16,rounding_size=18", facecolor=style.PANEL, edgecolor="none",
            zorder=0,
        )
    )  # fmt: skip


def _colour(chart: SummaryChart, change: float) -> str:
    rise, fall = style.rise_and_fall(chart.colours)
    return style.MUTED if round(change, 2) == 0 else rise if change > 0 else fall


def _majors(figure: Figure, chart: SummaryChart) -> None:
    y = TOP + 50
    style.write(figure, 30, y, "주요 코인", size=style.SMALL, colour=style.MUTED)
    if any(row.open_pct is not None for row in chart.majors):
        style.write(
            figure, OPEN, y, "09시 이후", size=style.SMALL, colour=style.MUTED, align="right"
        )
    style.write(figure, DAY, y, "24시간", size=style.SMALL, colour=style.MUTED, align="right")
    for i, row in enumerate(chart.majors[:6]):
        y = TOP - 10 - i * ROW
        style.write(figure, 30, y + 8, row.name, size=30, bold=True, within=194)
        style.write(figure, 30, y - 22, row.price, size=style.SMALL, colour=style.MUTED, within=194)
        if row.open_pct is not None:
            style.write(
                figure, OPEN, y - 6, without_colour(row.open_pct), size=style.TEXT,
                colour=_colour(chart, row.open_pct), align="right", within=140,
            )  # fmt: skip
        style.write(
            figure, DAY, y - 6, without_colour(row.day_pct), size=style.TEXT,
            colour=_colour(chart, row.day_pct), align="right", bold=True, within=140,
        )  # fmt: skip


def _movers(figure: Figure, board: Axes, chart: SummaryChart) -> None:
    left, right = SPLIT + 26, style.WIDTH - 32
    style.write(figure, left, TOP + 50, "24시간 상승·하락", size=style.SMALL, colour=style.MUTED)
    most = max((abs(row.day_pct) for row in chart.movers), default=1.0) or 1.0
    for i, row in enumerate(chart.movers[:6]):
        y = TOP - 10 - i * ROW
        colour = _colour(chart, row.day_pct)
        length = max(6.0, (right - left) * abs(row.day_pct) / most)
        board.barh([y - 22], [length], left=left, height=14, color=colour, alpha=0.85, zorder=2)
        style.write(figure, left, y + 2, row.name, size=30, bold=True, within=140)
        style.write(
            figure, right, y + 2, without_colour(row.day_pct), size=style.TEXT, colour=colour,
            align="right", within=150,
        )  # fmt: skip


def _mood(figure: Figure, board: Axes, chart: SummaryChart) -> None:
    rise, fall = style.rise_and_fall(chart.colours)
    tone = {"긍정": rise, "부정": fall}.get(chart.mood, style.INK)
    style.write(figure, 30, 256, "시장 심리", size=style.SMALL, colour=style.MUTED)
    style.write(figure, 30, 196, chart.mood, size=48, colour=tone, bold=True)
    left, right = 410.0, 790.0
    for i, (name, share) in enumerate(chart.gauges[:3]):
        y = 250 - i * 50
        style.write(figure, left - 24, y, name, size=style.SMALL, align="right", within=230)
        edge = left + (right - left) * min(100.0, max(0.0, share)) / 100
        board.barh([y + 9], [edge - left], left=left, height=22, color=rise, zorder=2)
        board.barh([y + 9], [right - edge], left=edge, height=22, color=fall, alpha=0.75, zorder=2)
        board.plot(
            [(left + right) / 2] * 2, [y - 6, y + 24], color=style.INK, linewidth=2, zorder=3
        )
        style.write(figure, right + 16, y, f"{number(share, 0)}%", size=style.TEXT)
    style.write(figure, 30, 84, chart.whales, size=style.TEXT, within=style.WIDTH - 60)
