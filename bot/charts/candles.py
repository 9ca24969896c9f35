"""Candles with turnover, averages, the last price and alerts, as one picture."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from bot.charts import style
from bot.drawings import Bar, CandleChart, Mark
from bot.korean import KIND_NAMES, amount, korean_time, percent, price

PLOT: Final = (24, style.WIDTH - 176)
"""Left and right edge of the drawing; prices stand to the right of it."""
LABEL: Final = 38
"""Height of the last price on the axis."""
HEAD: Final = style.HEIGHT - 62
"""The baseline of the title."""

SHAPES: Final = {
    "large_trade": ("o", "#f6c453"),
    "price_jump": ("^", "#ff9ff3"),
    "pump": ("*", "#ff9f43"),
    "volume_surge": ("s", "#7dd3c0"),
    "spread": ("D", "#c8d6e5"),
    "book_imbalance": ("P", "#a29bfe"),
    "kimchi": ("h", "#ff7675"),
    "liquidation": ("p", "#ff6b6b"),
    "funding": ("h", "#54a0ff"),
}
"""How alerts of each kind are marked; of any other kind as below."""
OTHER: Final = ("X", "#eef2fa")

SLOTS: Final = 24
"""Room for so many candles at least: two alone would be slabs."""

TICKS: Final = (1, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1_440, 2_880, 10_080, 20_160, 43_200)
"""Distances of times on the axis that people like, in minutes."""


def paint(chart: CandleChart) -> bytes:
    """The picture as PNG."""
    figure = style.sheet()
    bars = chart.bars[-chart.shown :]
    rise, fall = style.rise_and_fall(chart.colours)
    colours = [rise if bar[4] >= bar[1] else fall for bar in bars]
    top = _legend(figure, _kinds(chart.marks), style.HEIGHT - 158)
    prices = style.panel(figure, PLOT[0], 206, PLOT[1], top)
    turnover = style.panel(figure, PLOT[0], 104, PLOT[1], 192)
    _candles(prices, bars, colours)
    _averages(figure, prices, chart)
    _marks(prices, chart, bars)
    _price_axis(prices, chart)
    _last_price(prices, chart, colours[-1])
    _turnover(turnover, chart, bars, colours)
    _times(turnover, prices, bars)
    _head(figure, chart, bars)
    style.footer(figure, chart.source, chart.at_ms)
    return style.png(figure)


def _candles(axes: Axes, bars: Sequence[Bar], colours: list[str]) -> None:
    wicks = [[(i, bar[3]), (i, bar[2])] for i, bar in enumerate(bars)]
    axes.add_collection(LineCollection(wicks, colors=colours, linewidths=2.0, zorder=3))
    low, high = min(bar[3] for bar in bars), max(bar[2] for bar in bars)
    room = (high - low) or abs(high) * 0.001 or 1.0
    least = room * 0.004  # a candle that did not move is still seen
    axes.bar(
        range(len(bars)),
        [max(abs(bar[4] - bar[1]), least) for bar in bars],
        bottom=[min(bar[1], bar[4]) for bar in bars],
        width=0.66,
        color=colours,
        zorder=4,
    )
    axes.set_ylim(low - room * 0.10, high + room * 0.12)
    axes.set_xlim(len(bars) - max(SLOTS, len(bars)) - 0.8, len(bars) - 0.2)


def _averages(figure: Figure, axes: Axes, chart: CandleChart) -> None:
    closes = np.array([bar[4] for bar in chart.bars])
    left = style.WIDTH - 24.0
    averages = zip(chart.averages, (style.ACCENT, style.SECOND), strict=False)
    for over, colour in reversed(list(averages)):
        if len(closes) < over:
            continue
        means = np.convolve(closes, np.ones(over) / over, "valid")[-chart.shown :]
        shown = min(chart.shown, len(closes))
        axes.plot(range(shown - len(means), shown), means, color=colour, linewidth=2.4, zorder=5)
        left -= style.write(
            figure,
            left,
            HEAD - 56,
            f"이동평균 {over}",
            size=style.SMALL,
            colour=colour,
            align="right",
        )
        left -= 20


def _marks(axes: Axes, chart: CandleChart, bars: Sequence[Bar]) -> None:
    """Buys and rises below the candle, falls above it: where the arrow of each would begin."""
    bottom, top = axes.get_ylim()
    step = (top - bottom) * 0.05
    placed: list[tuple[int, bool]] = []
    opens = [bar[0] for bar in bars]
    for mark in chart.marks:
        i = int(np.searchsorted(opens, mark.at_ms, side="right")) - 1
        if i < 0:
            continue
        above = mark.way == "down"
        many = 1 + sum(side is above and abs(i - j) <= 1 for j, side in placed)
        if many > 3:
            continue  # the legend counts them all
        placed.append((i, above))
        y = bars[i][2] + step * many if above else bars[i][3] - step * many
        shape, colour = SHAPES.get(mark.kind, OTHER)
        shape = "v" if shape == "^" and above else shape
        axes.scatter(
            [i],
            [y],
            marker=shape,
            s=230 if shape == "*" else 150,
            color=colour,
            edgecolors=style.BACK,
            linewidths=1.2,
            zorder=7,
            clip_on=False,
        )


def _price_axis(axes: Axes, chart: CandleChart) -> None:
    axes.yaxis.tick_right()
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    bottom, top = axes.get_ylim()
    ticks = [t for t in axes.get_yticks() if bottom <= t <= top]
    step = ticks[1] - ticks[0] if len(ticks) > 1 else 0.0
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    last = chart.bars[-1][4]
    for tick, label in zip(ticks, axes.get_yticklabels(), strict=True):
        # Else it stands under the last price.
        label.set_visible(abs(tick - last) > (top - bottom) * LABEL / style.height_of(axes))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: _tick(y, step)))
    axes.grid(axis="y", color=style.GRID, linewidth=1.2)
    axes.set_axisbelow(True)


def _tick(value: float, step: float) -> str:
    """A price on the axis, with the decimals that its steps need; large ones in 만 and 억."""
    if abs(value) >= 1_000_000 and step >= 10_000:
        return amount(float(value), "")
    places = 0 if step <= 0 else max(0, min(12, int(np.ceil(-np.log10(step) - 1e-9))))
    if step > 0 and abs(step * 10**places - round(step * 10**places)) > 1e-6:
        places += 1  # steps of 2.5
    return f"{value:,.{places}f}"


def _last_price(axes: Axes, chart: CandleChart, colour: str) -> None:
    last = chart.bars[-1][4]
    axes.axhline(last, color=colour, linewidth=1.6, linestyle=(0, (4, 3)), zorder=6)
    axes.annotate(
        price(last, chart.tick, ""),
        (1, last),
        xycoords=("axes fraction", "data"),
        xytext=(style.points(6), 0),
        textcoords="offset points",
        va="center",
        fontsize=style.points(style.SMALL),
        color="#ffffff",
        bbox={"boxstyle": "round,pad=0.3", "facecolor": colour, "edgecolor": style.BACK},
        zorder=9,
        annotation_clip=False,
    )


def _turnover(axes: Axes, chart: CandleChart, bars: Sequence[Bar], colours: list[str]) -> None:
    traded = [bar[5] for bar in bars]
    axes.bar(range(len(bars)), traded, width=0.66, color=colours, alpha=0.55)
    most = max(traded) or 1.0
    axes.set_ylim(0, most * 1.15)
    axes.yaxis.tick_right()
    axes.yaxis.set_major_locator(FixedLocator([most] if max(traded) else []))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: amount(_round(y), "")))
    axes.text(
        0.0, 0.97, f"거래대금({chart.unit})", transform=axes.transAxes, va="top",
        fontsize=style.points(style.SMALL), color=style.MUTED,
        bbox={"facecolor": style.BACK, "edgecolor": "none", "alpha": 0.6, "pad": 2},
    )  # fmt: skip


def _round(value: float) -> float:
    """Three significant digits: an axis is no table."""
    return float(f"{value:.3g}")


def _times(below: Axes, above: Axes, bars: Sequence[Bar]) -> None:
    """About five round Korean times, or any where none is round, with the date where it changes."""
    opens = [bar[0] for bar in bars]
    minutes = max(1, (opens[-1] - opens[0]) // 60_000)
    apart = next((tick for tick in TICKS if minutes / tick <= 5), TICKS[-1])
    round_ones = [
        i
        for i, opened in enumerate(opens)
        if not (opened + 9 * 3_600_000) // 60_000 % apart
        or (apart >= 1_440 and _begins(opens, i, apart))
    ]
    positions = _fitting(round_ones, len(opens)) or _fitting(range(len(opens)), len(opens))
    daily = len(opens) > 1 and opens[1] - opens[0] >= 86_400_000
    apart = max(apart, 1_440) if daily else apart
    labels: list[str] = []
    day = None
    for i in positions:
        at = korean_time(opens[i])
        date = f"{at.month}/{at.day}"
        label = date if apart >= 1_440 else f"{at:%H:%M}"
        if apart < 1_440 and day != date:
            label = f"{date} {at:%H:%M}" if day is None else date if not at.hour else label
        day = date
        labels.append(label)
    above.xaxis.set_major_locator(FixedLocator(positions))
    above.set_xticklabels([""] * len(positions))
    above.grid(axis="x", color=style.GRID, linewidth=0.8, alpha=0.6)
    below.set_xlim(above.get_xlim())
    below.xaxis.set_major_locator(FixedLocator(positions))
    below.set_xticklabels(labels)


def _fitting(wanted: Sequence[int], count: int) -> list[int]:
    """Those of the bars that have room for a text below them, of so many bars in all."""
    slots = max(SLOTS, count)
    kept: list[int] = []
    for i in wanted:
        if i + slots - count >= slots / 14 and (not kept or i - kept[-1] >= slots / 6):
            kept.append(i)
    return kept


def _begins(opens: Sequence[int], i: int, apart: int) -> bool:
    """Whether the bar is the first of its stretch of so many minutes: days open at 09:00."""
    return i == 0 or opens[i] // (apart * 60_000) != opens[i - 1] // (apart * 60_000)


def _head(figure: Figure, chart: CandleChart, bars: Sequence[Bar]) -> None:
    first, last = bars[0][1], bars[-1][4]
    change = (last / first - 1) * 100 if first > 0 else 0.0
    rise, fall = style.rise_and_fall(chart.colours)
    way = style.MUTED if round(change, 2) == 0 else rise if change > 0 else fall
    cost = style.write(
        figure, style.WIDTH - 24, HEAD, price(last, chart.tick, chart.unit), size=style.TITLE,
        colour=way, align="right", bold=True,
    )  # fmt: skip
    style.write(
        figure, 24, HEAD, f"{chart.title} · {chart.interval}", size=style.TITLE, bold=True,
        within=style.WIDTH - 48 - cost - 32,
    )  # fmt: skip
    text = f"최근 {chart.span} {without_colour(change)}"
    style.write(figure, 24, HEAD - 56, text, size=style.SMALL, colour=way)


def without_colour(change: float) -> str:
    """A change with arrow and sign; the circle of messages is no letter of the font."""
    return percent(change).lstrip("🔴🔵 ").replace("−", "-")


def _kinds(marks: Sequence[Mark]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for mark in marks:
        counted[mark.kind] = counted.get(mark.kind, 0) + 1
    return counted


def _legend(figure: Figure, kinds: dict[str, int], top: float) -> float:
    """What the marks mean, in as many lines as that takes below ``top``; what is left below."""
    if not kinds:
        return top
    board = style.panel(figure, 0, 0, style.WIDTH, style.HEIGHT)
    board.set_axis_off()
    board.set_xlim(0, style.WIDTH)
    board.set_ylim(0, style.HEIGHT)
    y = top - 8
    x = 24.0 + style.write(figure, 24, y, "알림", size=style.SMALL, colour=style.MUTED) + 18
    for kind, count in kinds.items():
        shape, colour = SHAPES.get(kind, OTHER)
        text = f"{KIND_NAMES.get(kind, kind)} {count}"
        wide = style.write(figure, x + 24, y, text, size=style.SMALL)
        if x + 24 + wide > style.WIDTH - 24 and x > 100:
            figure.texts[-1].remove()
            x, y = 24.0, y - 36
            wide = style.write(figure, x + 24, y, text, size=style.SMALL)
        board.scatter([x + 9], [y + 9], marker=shape, s=150, color=colour, linewidths=0)
        x += 24 + wide + 22
    return y - 12
