"""What Binance's markets charge for REST requests. Pure.

Sources: binance-spot-api-docs rest-api.md; for USDⓈ-M the connector's market_data_api.py and
developers.binance.com. What may be spent a minute on futures is not certain (FACTS B.3), so less is
spent when exchangeInfo says that less is allowed.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from pipeline.model import FUTURES as FUTURES_NAME

Budget = Literal["ask", "backfill", "warm"]
Steps = Sequence[tuple[int, int]]
"""Rows asked for at most and what they weigh, ascending."""


class Api(msgspec.Struct, frozen=True):
    """A market: what its symbols are qualified with, the path, the weight allowed a minute and what
    of it may be spent on what, and what each request weighs. ``depths``: how many levels a book can
    be asked for with (the next larger number is), any at all where it is None."""

    venue: str
    path: str
    allowed: int
    budgets: Mapping[Budget, int]
    listing: int
    agg_trades: int
    day: int
    days: int
    book: Steps
    candles: Steps
    depths: Sequence[int] | None = None

    def levels(self, wanted: int) -> int:
        """How many levels to ask for."""
        if self.depths is None:
            return wanted
        return next((levels for levels in self.depths if levels >= wanted), self.depths[-1])


def weight(steps: Steps, rows: int) -> int:
    """What so many rows weigh."""
    return next((weight for most, weight in steps if rows <= most), steps[-1][1])


SPOT = Api(
    venue="",
    path="api/v3",
    allowed=6_000,
    # Half of it in all: a leaky bucket may pass twice its rate in the first minute.
    budgets={"ask": 1_200, "backfill": 1_500, "warm": 300},
    listing=20,
    agg_trades=4,
    day=2,
    days=80,
    book=((100, 5), (500, 25), (1_000, 50), (5_000, 250)),
    candles=((1_000, 2),),
)
FUTURES = Api(
    venue=FUTURES_NAME,
    path="fapi/v1",
    allowed=2_400,
    budgets={"ask": 400, "backfill": 600, "warm": 200},
    listing=1,
    agg_trades=20,
    day=1,
    days=40,
    book=((50, 2), (100, 5), (500, 10), (1_000, 20)),
    candles=((99, 1), (499, 2), (1_000, 5), (1_500, 10)),
    depths=(5, 10, 20, 50, 100, 500, 1_000),
)
