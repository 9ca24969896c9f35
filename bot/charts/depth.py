"""What stands on both sides of an order book: cumulated, and level by level, as one picture."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from bot.charts import style
from bot.drawings import FARTHEST_PCT, DepthChart, Level
from bot.korean import amount, price, share

BINS: Final = 36


def paint(chart: DepthChart) -> bytes:
    """The picture as PNG."""
    figure = style.sheet()
    bid_colour, ask_colour = style.rise_and_fall(chart.colours)
    middle = (chart.bids[0][0] + chart.asks[0][0]) / 2
    reach = min(middle - chart.bids[-1][0], chart.asks[-1][0] - middle, middle * FARTHEST_PCT / 100)
    reach = max(reach, chart.asks[0][0] - middle)
    bids, asks = _within(chart.bids, middle, reach), _within(chart.asks, middle, reach)
    axes = style.panel(figure, 24, 142, style.WIDTH - 140, style.HEIGHT - 190)
    single = axes.twinx()
    for side in single.spines.values():
        side.set_visible(False)
    single.set_yticks([])
    axes.set_zorder(single.get_zorder() + 1)  # sums before single levels
    axes.patch.set_visible(False)
    totals = []
    highest = 0.0
    largest: list[tuple[float, float, str, str]] = []
    for levels, sign, colour, name in (
        (bids, -1, bid_colour, "매수"),
        (asks, 1, ask_colour, "매도"),
    ):
        distance = np.array([abs(at - middle) for at, _ in levels])
        money = np.array([at * size for at, size in levels])
        totals.append(float(money.sum()))
        _cumulated(axes, middle, reach, sign, distance, money, colour)
        edges = np.linspace(0, reach, BINS + 1)
        held = np.histogram(distance, edges, weights=money)[0]
        width = reach / BINS
        single.bar(
            middle + sign * (edges[:-1] + width / 2),
            held,
            width=width * 0.78,
            color=colour,
            alpha=0.7,
        )
        highest = max(highest, float(held.max()))
        best = int(np.argmax(money))
        largest.append((levels[best][0], float(money[best]), name, colour))
    single.set_ylim(0, highest * 2.1 or 1.0)
    axes.set_xlim(middle - reach, middle + reach)
    axes.set_ylim(0, max(totals) * 1.12 or 1.0)
    axes.axvline(middle, color=style.INK, linewidth=1.4, linestyle=(0, (4, 3)))
    _axes(axes, chart, middle, reach)
    style.write(
        figure,
        24,
        style.HEIGHT - 62,
        f"{chart.title} 호가 잔량",
        size=style.TITLE,
        bold=True,
        within=520,
    )
    style.write(
        figure, style.WIDTH - 24, style.HEIGHT - 60, price(middle, chart.tick, chart.unit),
        size=style.TEXT, align="right", within=300,
    )  # fmt: skip
    for (at, size, name, colour), y, total in zip(
        largest, (style.HEIGHT - 116, style.HEIGHT - 158), totals, strict=True
    ):
        part = total / sum(totals) * 100 if sum(totals) > 0 else 50.0
        text = (
            f"{name} {amount(_round(total), chart.unit)}({share(part, 0)}) · 최대 "
            f"{price(at, chart.tick, chart.unit)}에 {amount(_round(size), chart.unit)}"
        )
        style.write(figure, 24, y, text, size=style.TEXT, colour=colour, within=style.WIDTH - 48)
    style.footer(figure, chart.source, chart.at_ms)
    return style.png(figure)


def _within(levels: Sequence[Level], middle: float, reach: float) -> list[Level]:
    near = [level for level in levels if abs(level[0] - middle) <= reach * (1 + 1e-9)]
    return near or [levels[0]]


def _cumulated(
    axes: Axes, middle: float, reach: float, sign: int, distance: np.ndarray, money: np.ndarray,
    colour: str,
) -> None:  # fmt: skip
    x = middle + sign * np.concatenate(([0.0], distance, [reach]))
    summed = np.cumsum(money)
    y = np.concatenate(([0.0], summed, [summed[-1]]))
    axes.fill_between(x, y, step="post", color=colour, alpha=0.22, linewidth=0)
    axes.step(x, y, where="post", color=colour, linewidth=2.6)


def _axes(axes: Axes, chart: DepthChart, middle: float, reach: float) -> None:
    axes.yaxis.tick_right()
    axes.yaxis.set_major_locator(MaxNLocator(4, prune="lower"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: amount(_round(y), "")))
    axes.grid(axis="y", color=style.GRID, linewidth=1.2)
    at = [middle - reach * 0.7, middle, middle + reach * 0.7]
    axes.xaxis.set_major_locator(FixedLocator(at))
    axes.set_xticklabels(
        [f"{price(x, chart.tick, '')}\n{_away(x, middle)}" for x in at], linespacing=1.3
    )


def _away(at: float, middle: float) -> str:
    away = (at / middle - 1) * 100
    if abs(away) < 1e-9:
        return "중간값"
    places = 2 if abs(away) >= 0.1 else 4
    return f"{away:+.{places}f}%"


def _round(value: float) -> float:
    """Three significant digits: a picture is no table."""
    return float(f"{value:.3g}")
