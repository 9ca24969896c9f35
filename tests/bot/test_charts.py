"""Pictures as they are drawn: whole, legible, in Korean, from whatever the market is like."""

import io
import math
import warnings
from functools import cache
from itertools import pairwise
from typing import Any

import matplotlib.image
import msgspec
import pytest

from bot.charts import PAINTERS, candles, paint, style
from bot.drawings import (
    Bar,
    CandleChart,
    DepthChart,
    Drawing,
    MajorRow,
    Mark,
    MoverRow,
    SummaryChart,
)
from bot.korean import KIND_NAMES
from bot.model import Colours

NOW_MS = 1_768_176_201_000
MINUTE_MS = 60_000


def bars(count: int, price: float, step_ms: int = 15 * MINUTE_MS, swing: float = 0.01) -> Any:
    """Candles that go up and down like a wave."""
    opened = NOW_MS // step_ms * step_ms - (count - 1) * step_ms
    made: list[Bar] = []
    for i in range(count):
        begin, end = (price * (1 + swing * math.sin(x / 5)) for x in (i, i + 1))
        high, low = max(begin, end) * (1 + swing / 10), min(begin, end) * (1 - swing / 10)
        made.append((opened + i * step_ms, begin, high, low, end, 1e6 * (1 + i % 7)))
    return tuple(made)


def chart(**changed: Any) -> CandleChart:
    values = {
        "symbol": "BTCUSDT",
        "title": "비트코인(BTCUSDT)",
        "interval": "15분",
        "span": "18시간",
        "unit": "달러",
        "tick": 0.01,
        "bars": bars(97, 104_402.0),
        "shown": 72,
        "marks": tuple(
            Mark(kind, NOW_MS - i * 3_600_000, ("up", "down", "")[i % 3])
            for i, kind in enumerate(KIND_NAMES)
        ),
        "source": "바이낸스 현물",
        "at_ms": NOW_MS,
    }
    return CandleChart(**(values | changed))


def depth(**changed: Any) -> DepthChart:
    values = {
        "symbol": "BTCUSDT",
        "title": "비트코인(BTCUSDT)",
        "unit": "달러",
        "tick": 0.01,
        "bids": tuple((104_000.0 - i, 0.5 + i % 9) for i in range(200)),
        "asks": tuple((104_000.5 + i, 0.4 + i % 7) for i in range(300)),
        "source": "바이낸스 현물",
        "at_ms": NOW_MS,
    }
    return DepthChart(**(values | changed))


def summary(**changed: Any) -> SummaryChart:
    values = {
        "majors": (
            MajorRow("비트코인", "104,402.50달러", 0.42, 1.31),
            MajorRow("이더리움", "3,302.11달러", None, -0.5),
            MajorRow("리플", "2.3411달러", 0.0, 0.0),
        ),
        "movers": (MoverRow("PEPE", 34.1), MoverRow("1000CHEEMS", 3.0), MoverRow("DOGE", -12.1)),
        "mood": "긍정",
        "gauges": (("시장가 매수(1시간)", 52.0), ("매수 잔량(호가)", 0.0), ("오른 종목", 100.0)),
        "whales": "대량 체결 128건(12시간): 순매수 1,234만 달러",
        "source": "모의 시장(실제 시세가 아닙니다)",
        "at_ms": NOW_MS,
    }
    return SummaryChart(**(values | changed))


ODD: dict[str, Drawing] = {
    "an ordinary chart": chart(),
    "global colours": chart(colours="global"),
    "a coin of eight zeros": chart(bars=bars(97, 9.21e-6), tick=1e-8),
    "a coin of twelve zeros": chart(bars=bars(97, 3.1e-11), tick=0.0),
    "prices in hundreds of millions": chart(bars=bars(97, 153_000_000.0), tick=1000.0, unit="TRY"),
    "one candle": chart(bars=bars(1, 5.0)),
    "two candles of a day": chart(bars=bars(2, 5.0, 1_440 * MINUTE_MS), interval="1일"),
    "many days": chart(bars=bars(97, 5.0, 1_440 * MINUTE_MS), interval="1일"),
    "minutes": chart(bars=bars(97, 5.0, MINUTE_MS), interval="1분"),
    "four hours": chart(bars=bars(97, 5.0, 240 * MINUTE_MS), interval="4시간"),
    "a price that stands still": chart(bars=bars(97, 1.0, swing=0.0)),
    "nothing traded": chart(bars=tuple((*bar[:5], 0.0) for bar in bars(97, 1.0))),
    "a kind that is new": chart(marks=(Mark("price_target", NOW_MS, "up"),)),
    "alerts before and after the candles": chart(
        marks=(Mark("pump", 0, "up"), Mark("pump", NOW_MS + 10**9, "up"))
    ),
    "a name that could be a formula": chart(title="$x_1$ {BTC} \\frac (A_BUSDT)"),
    "a very long name": chart(title="비트코인" * 12),
    "an ordinary book": depth(),
    "one level each": depth(bids=((99.0, 1.0),), asks=((101.0, 2.0),)),
    "no money on a side": depth(bids=((99.0, 0.0),), asks=((101.0, 2.0),)),
    "a thin book of a small coin": depth(
        bids=((9.20e-6, 1e9), (9.1e-6, 1e8)), asks=((9.21e-6, 1e9),), tick=1e-8
    ),
    "an ordinary summary": summary(),
    "hardly anything known": summary(majors=(), movers=(), gauges=()),
    "global summary": summary(colours="global"),
}


@pytest.mark.parametrize("name", ODD)
def test_a_picture_is_drawn_without_a_missing_letter_or_any_other_warning(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pixels = pixels_of(paint(ODD[name]))
    height, width, _ = pixels.shape
    assert width == 1200 and 900 <= height <= 1300
    assert len({tuple(row) for row in pixels.reshape(-1, pixels.shape[2])[::97].tolist()}) > 10


def pixels_of(png: bytes) -> Any:
    return matplotlib.image.imread(io.BytesIO(png), format="png")


def test_a_letter_that_is_missing_would_be_noticed() -> None:
    with pytest.warns(UserWarning, match="missing from font"):
        paint(chart(title="🐳"))


def test_every_kind_of_drawing_has_its_painter() -> None:
    made = {type(drawing) for drawing in ODD.values()}
    assert made == set(PAINTERS)


def test_every_kind_of_alert_has_a_mark_of_its_own() -> None:
    assert set(candles.SHAPES) == set(KIND_NAMES)
    assert len(set(candles.SHAPES.values())) == len(candles.SHAPES)


@pytest.mark.parametrize(
    ("colours", "rise", "fall"),
    [("korean", style.RED, style.BLUE), ("global", style.GREEN, style.RED)],
)
def test_rises_have_the_colour_that_the_reader_expects(
    colours: Colours, rise: str, fall: str
) -> None:
    @cache
    def drawn(up: bool) -> Any:
        step = 1.002 if up else 0.998
        prices = [100.0 * step**i for i in range(41)]
        moving = tuple(
            (NOW_MS + i * MINUTE_MS, a, max(a, b), min(a, b), b, 1.0)
            for i, (a, b) in enumerate(pairwise(prices))
        )
        return pixels_of(paint(chart(bars=moving, colours=colours, marks=(), averages=())))

    def share(hexcolour: str, up: bool) -> int:
        wanted = [int(hexcolour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        pixels, near = drawn(up), True
        for channel, value in enumerate(wanted):
            near = near & (abs(pixels[:, :, channel] - value) < 0.01)
        return int(near.sum())

    assert share(rise, up=True) > 5_000 > share(fall, up=True)
    assert share(fall, up=False) > 5_000 > share(rise, up=False)


@pytest.mark.parametrize(
    ("value", "step", "shown"),
    [
        (104_500.0, 500.0, "104,500"),
        (2.35, 0.05, "2.35"),
        (0.2525, 0.0025, "0.2525"),
        (9.2e-06, 2e-07, "0.0000092"),
        (3.2e-11, 1e-12, "0.000000000032"),
        (156_000_000.0, 2_000_000.0, "1억 5,600만"),
        (156_000_500.0, 500.0, "156,000,500"),
    ],
)
def test_prices_on_the_axis_have_the_decimals_they_need_and_no_exponent(
    value: float, step: float, shown: str
) -> None:
    assert candles._tick(value, step) == shown


@pytest.mark.parametrize(
    ("count", "minutes", "labels"),
    [
        (1, 1_440, ["1/12 09:00"]),
        (2, 1_440, ["1/11"]),
        (3, 240, ["1/12 01:00"]),
        (72, 15, ["1/11 20:00", "1/12", "04:00", "08:00"]),
    ],
)
def test_few_candles_have_times_below_them_and_are_no_slabs(
    count: int, minutes: int, labels: list[str]
) -> None:
    made = bars(count, 5.0, minutes * MINUTE_MS)
    figure = style.sheet()
    above, below = (style.panel(figure, 0, 0, 1_000, 400) for _ in range(2))
    candles._candles(above, made, [style.RED] * count)
    candles._times(below, above, made)
    assert [label.get_text() for label in below.get_xticklabels()] == labels
    left, right = above.get_xlim()
    assert right - left >= candles.SLOTS
    assert left < 0 <= count - 1 < right


@pytest.mark.parametrize("name", ODD)
def test_a_drawing_is_the_same_on_the_other_side_of_a_pipe(name: str) -> None:
    drawing = ODD[name]
    there = msgspec.msgpack.decode(msgspec.msgpack.encode(drawing), type=Drawing)
    assert there == drawing
