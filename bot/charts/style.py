"""How pictures look: dark, large letters for a phone, Korean type that comes along as a package.

A picture is laid out on a sheet 900 units wide and shown on a phone at a third of that, so no
letter is smaller than 24 units. It has four pixels for three units, for those who look closer.
"""

import io
from functools import cache
from typing import Final

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from pylopdf_fonts_ko import sans_path

from bot.korean import kst
from bot.model import Colours

WIDTH: Final = 900
HEIGHT: Final = 690
PIXELS: Final = 4 / 3
"""Of one unit."""
_INCH: Final = 100.0
"""Units to an inch; matplotlib counts in inches and in points of them."""

BACK: Final = "#0f1420"
PANEL: Final = "#171e2e"
GRID: Final = "#263047"
INK: Final = "#eef2fa"
MUTED: Final = "#93a0b8"
ACCENT: Final = "#f6c453"
SECOND: Final = "#7dd3c0"

RED: Final = "#ff5a65"
BLUE: Final = "#4d8dff"
GREEN: Final = "#2fc98c"

TITLE: Final = 40
TEXT: Final = 28
SMALL: Final = 24


def rise_and_fall(colours: Colours) -> tuple[str, str]:
    """The colours of a rise and of a fall: red and blue in Korea, green and red elsewhere."""
    return (RED, BLUE) if colours == "korean" else (GREEN, RED)


def points(size: float) -> float:
    """Units as the points that matplotlib counts letters and lines in."""
    return size * 72 / _INCH


@cache
def _family() -> str:
    path = str(sans_path())
    font_manager.fontManager.addfont(path)
    return font_manager.FontProperties(fname=path).get_name()


def sheet(height: int = HEIGHT) -> Figure:
    """An empty picture, whatever style the machine's user has set for matplotlib."""
    mpl.rcdefaults()
    mpl.rcParams.update(
        {
            "font.family": [_family()],
            "font.size": points(TEXT),
            "axes.unicode_minus": False,
            "axes.facecolor": BACK,
            "axes.edgecolor": GRID,
            "text.color": INK,
            "text.parse_math": False,  # a symbol's name is no formula
            "path.simplify": True,
        }
    )
    figure = Figure(figsize=(WIDTH / _INCH, height / _INCH), dpi=_INCH * PIXELS, facecolor=BACK)
    FigureCanvasAgg(figure)  # text is measured before all is drawn
    return figure


def panel(figure: Figure, left: float, bottom: float, right: float, top: float) -> Axes:
    """Axes between these edges, in units from the lower left, without frame and ticks."""
    width, height = figure.get_size_inches() * _INCH
    box = (left / width, bottom / height, (right - left) / width, (top - bottom) / height)
    axes = figure.add_axes(box)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0, colors=MUTED, labelsize=points(SMALL), pad=8)
    return axes


def height_of(axes: Axes) -> float:
    """The height of axes in units."""
    return float(axes.get_window_extent().height) / PIXELS


def write(
    figure: Figure,
    x: float,
    y: float,
    text: str,
    *,
    size: float = TEXT,
    colour: str = INK,
    align: str = "left",
    bold: bool = False,
    within: float = 0.0,
) -> float:
    """A line of text with its baseline at these units from the lower left; gives its width.

    Only one weight comes along, so bold letters are drawn with an outline. A line wider than
    ``within`` units is made smaller until it fits.
    """
    width, height = figure.get_size_inches() * _INCH
    made = figure.text(
        x / width, y / height, text, fontsize=points(size), color=colour, ha=align, va="baseline"
    )
    if bold:
        from matplotlib.patheffects import withStroke

        made.set_path_effects([withStroke(linewidth=points(size) / 22, foreground=colour)])
    shown = float(made.get_window_extent().width) / PIXELS
    if within and shown > within:
        made.set_fontsize(points(size) * within / shown)
        shown = within
    return shown


def footer(figure: Figure, source: str, at_ms: int) -> None:
    """Whose data it is and when it was so."""
    text = f"{source} · {kst(at_ms)}"
    write(figure, 24, 20, text, size=SMALL, colour=MUTED, within=WIDTH - 150)
    write(figure, WIDTH - 24, 20, "고래봇", size=SMALL, colour=ACCENT, align="right", bold=True)


def png(figure: Figure) -> bytes:
    """The finished picture, in 256 colours: few are used, and half the bytes are half the wait."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call]
    pixels = np.asarray(canvas.buffer_rgba())  # type: ignore[no-untyped-call]
    image = Image.fromarray(pixels).convert("RGB").quantize(256)
    out = io.BytesIO()
    image.save(out, format="png")
    return out.getvalue()
