"""The day before the simulated market opened, as minute bars that end where it starts."""

import math
from functools import lru_cache
from random import Random

from pipeline.sources.simulated.history import DAY_MINUTES, MINUTE_MS, Bar
from pipeline.sources.simulated.pairs import Pair

MATCHES_PER_ORDER = 2.5
"""What the live market comes to; the past has to look like it."""


@lru_cache(maxsize=2)  # the leader's are needed again for each other pair
def _own_returns(seed: int, pair: Pair) -> tuple[list[float], list[float]]:
    """A pair's own log returns per minute and how hot each minute was, oldest first."""
    rng = Random(f"{seed}:{pair.symbol}:past")
    scale = pair.volatility * 1e-4 * math.sqrt(60)
    heat = rng.gauss(0.0, 0.5)
    returns, heats = [], []
    for _ in range(DAY_MINUTES):
        heat = 0.97 * heat + rng.gauss(0.0, 0.12)
        heats.append(heat)
        returns.append(scale * math.exp(heat) * rng.gauss(0.0, 1.0))
    return returns, heats


def past_bars(seed: int, pair: Pair, leader: Pair, start_ms: int, first_match_id: int) -> list[Bar]:
    """The minute bars of the day before ``start_ms``, oldest first.

    Their last close is the pair's starting price and their match ids end below
    ``first_match_id``.
    """
    returns, heats = _own_returns(seed, pair)
    if pair != leader:
        market, _ = _own_returns(seed, leader)
        # A cross has the beta of its base less the leader's own.
        beta = pair.beta - (1 if pair.quote == leader.base else 0)
        returns = [own + beta * common for own, common in zip(returns, market, strict=True)]
    if pair.beta == 0:
        # A peg: each minute's noise is gone with the next one.
        returns = [b - a for a, b in zip([0.0, *returns], returns, strict=False)]
    rng = Random(f"{seed}:{pair.symbol}:bars")
    matches = pair.orders_per_s * 60 * MATCHES_PER_ORDER
    lots_mean = pair.orders_per_s * 60 * pair.mean_order / (pair.price * pair.step)
    log_price = math.log(pair.price) - sum(returns)
    price = max(1, round(math.exp(log_price) / pair.tick))
    rows = []
    for move, heat in zip(returns, heats, strict=True):
        log_price += move
        opened, price = price, max(1, round(math.exp(log_price) / pair.tick))
        reach = abs(move) * 0.4 + pair.volatility * 3e-4 * math.exp(heat)
        high = max(opened, price) + int(opened * reach * rng.random())
        low = min(opened, price) - int(opened * reach * rng.random())
        activity = math.exp(0.7 * heat) * (0.6 + 0.8 * rng.random())
        lots = max(1, int(lots_mean * activity))
        bought = int(lots * (0.35 + 0.3 * rng.random()))
        middle = (opened + price) // 2
        count = max(1, int(matches * activity))
        rows.append((opened, high, max(1, low), price, lots, middle, count, bought))
    match_id = first_match_id - sum(row[6] for row in rows)
    open_ms = start_ms - start_ms % MINUTE_MS - len(rows) * MINUTE_MS
    bars = []
    for opened, high, low, close, lots, middle, count, bought in rows:
        bars.append(
            Bar(
                open_ms,
                opened,
                high,
                low,
                close,
                lots,
                lots * middle,
                count,
                bought,
                bought * middle,
                match_id,
            )
        )
        match_id += count
        open_ms += MINUTE_MS
    return bars
