"""What a reading means in words follows from its figures."""

import msgspec
import pytest

from bot.readings import SpreadReading
from pipeline.model import SymbolInfo

READING = SpreadReading(
    info=SymbolInfo("BTCUSDT", "BTC", "USDT"),
    bid=99.9,
    ask=100.1,
    spread=0.2,
    spread_bp=20.0,
    usual_bp=10.0,
    usual_s=1_530.0,
    bands=(),
    bid_share=50.0,
    near_pct=0.5,
    at_ms=0,
)


@pytest.mark.parametrize(
    ("usual_bp", "width"),
    [(10.0, "wide"), (13.0, "wide"), (14.0, "usual"), (29.0, "usual"), (31.0, "narrow")],
)
def test_a_spread_is_wide_or_narrow_against_the_usual_one(usual_bp: float, width: str) -> None:
    assert msgspec.structs.replace(READING, usual_bp=usual_bp).width == width


def test_without_a_usual_spread_nothing_is_wide() -> None:
    unknown = msgspec.structs.replace(READING, usual_bp=None)
    assert (unknown.width, unknown.times_usual) == (None, None)


@pytest.mark.parametrize(
    ("bid_share", "more"),
    [(44.9, "asks"), (45.0, "even"), (55.0, "even"), (55.1, "bids")],
)
def test_the_side_with_more_has_clearly_more(bid_share: float, more: str) -> None:
    assert msgspec.structs.replace(READING, bid_share=bid_share).more == more


@pytest.mark.parametrize(("seen_s", "told_s"), [(659.0, 600), (1_530.0, 1_500), (90_000.0, 3_600)])
def test_the_time_of_what_is_usual_is_told_in_whole_minutes_up_to_an_hour(
    seen_s: float, told_s: int
) -> None:
    assert msgspec.structs.replace(READING, usual_s=seen_s).usual_over_s == told_s
