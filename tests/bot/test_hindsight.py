"""What followed alerts is counted by the rules that bot.hindsight states, and claims no more."""

import math
import random
import statistics
from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.hindsight import (
    CLUSTERS_MS,
    CONTROLS,
    DAY_MS,
    DAYS,
    ENOUGH,
    HORIZONS,
    HOUR_MS,
    MINUTE_MS,
    STEP_MS,
    Group,
    Outcome,
    boundary,
    controls,
    effective_clusters,
    needed,
    quartiles,
    standing,
    student_quantile,
    volatility,
)

UP, DOWN = Group("price_jump", "up"), Group("price_jump", "down")
TOLD = 20_000 * DAY_MS + 7 * HOUR_MS + 123_456


def walk(seed: int, holes: float = 0.0) -> dict[int, float]:
    """Prices by the end of five minutes over all that a baseline may ask for, and a day more."""
    rng = random.Random(seed)
    first, last = needed(TOLD)
    price, prices = 100.0, {}
    for when in range(first, last + DAY_MS, STEP_MS):
        price *= math.exp(rng.gauss(0, 0.001 * (1 + when // DAY_MS % 5)))
        if rng.random() >= holes:
            prices[when] = price
    return prices


def slow_volatility(prices: dict[int, float], at_ms: int) -> float | None:
    window = [at_ms - HOUR_MS - 60_000 * 5 * back for back in range(288, -1, -1)]
    steps = [
        math.log(prices[b] / prices[a]) for a, b in pairwise(window) if a in prices and b in prices
    ]
    return math.sqrt(statistics.fmean(s * s for s in steps)) if len(steps) >= 144 else None


@pytest.mark.parametrize(("seed", "holes"), [(1, 0.0), (2, 0.0), (3, 0.2), (4, 0.5)])
def test_controls_are_those_days_at_the_same_time_that_were_as_restless(
    seed: int, holes: float
) -> None:
    prices = walk(seed, holes)
    told = TOLD - TOLD % STEP_MS
    own = slow_volatility(prices, told)
    days = []
    for day in range(1, 15):
        at = told - day * DAY_MS
        known = [prices.get(at + later) for later in (0, STEP_MS, HOUR_MS, DAY_MS)]
        alike = slow_volatility(prices, at)
        if None not in known and alike is not None:
            moves = tuple(100 * (one / known[0] - 1) for one in known[1:])  # type: ignore[operator]
            days.append((abs(alike - own) if own is not None else 0.0, day, moves))
    expected = [moves for _, _, moves in sorted(days)[:7]] if len(days) >= 4 else None
    found = controls(prices.get, TOLD)
    assert (found is None) == (expected is None)
    for mine, theirs in zip(found or (), expected or (), strict=True):
        assert mine == pytest.approx(theirs, rel=1e-9)
    assert seed == 4 or found


def test_nothing_that_was_not_known_when_the_alert_was_told_is_asked_for() -> None:
    prices, asked = walk(5), set()

    def close(when: int) -> float | None:
        asked.add(when)
        return prices.get(when)

    assert len(controls(close, TOLD) or ()) == CONTROLS
    assert max(asked) <= TOLD
    first, last = needed(TOLD)
    assert (min(asked), max(asked)) == (first, last)


def test_a_pair_with_too_few_days_or_hours_behind_it_has_no_baseline() -> None:
    prices = walk(6)
    young = {when: p for when, p in prices.items() if when > TOLD - 4 * DAY_MS}
    assert controls(young.get, TOLD) is None
    older = {when: p for when, p in prices.items() if when > TOLD - 5 * DAY_MS}
    assert len(controls(older.get, TOLD) or ()) == 4
    assert volatility({}.get, TOLD) is None
    assert DAYS == 14


@given(told_ms=st.integers(0, 2 * 10**12), horizon=st.sampled_from(HORIZONS))
def test_a_horizon_ends_with_the_minute_that_is_nearest(told_ms: int, horizon: int) -> None:
    end_ms = boundary(told_ms, horizon)
    assert end_ms % MINUTE_MS == 0
    assert abs(end_ms - told_ms - horizon) <= MINUTE_MS // 2


@given(st.lists(st.floats(-90, 900), min_size=2, max_size=60))
def test_quartiles_are_the_library_s(moves: list[float]) -> None:
    found = quartiles(moves)
    expected = statistics.quantiles(moves, n=4, method="inclusive")
    assert [found.low, found.median, found.high] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("freedom", "at_975", "at_9975"),
    [(9, 2.262157, 3.689662), (20, 2.085963, 3.153401), (100, 1.983972, 2.870652)],
)  # from a table of Student's t
def test_quantiles_of_student_s_t(freedom: int, at_975: float, at_9975: float) -> None:
    assert student_quantile(0.975, freedom) == pytest.approx(at_975, abs=2e-3)
    assert student_quantile(0.9975, freedom) == pytest.approx(at_9975, abs=2e-2)


def outcomes(rng: random.Random, count: int, days: int, horizon: int) -> list[Outcome]:
    return [
        Outcome(
            TOLD + rng.randrange(days) * DAY_MS + rng.randrange(DAY_MS),
            rng.gauss(0.1, 1) if rng.random() < 0.95 else 0.0,
            rng.randrange(8) / 7,
            rng.gauss(0, 1),
        )
        for _ in range(count)
    ]


@given(st.integers(0, 10**6), st.sampled_from([0, 1, 2]), st.sampled_from([UP, DOWN]))
def test_a_standing_is_what_a_straightforward_computation_says(
    seed: int, horizon: int, group: Group
) -> None:
    rng = random.Random(seed)
    some = outcomes(rng, rng.randrange(30, 120), rng.randrange(40, 90), horizon)
    bare = [Outcome(TOLD, 1.0, None, None)] * rng.randrange(3)
    found = standing(group, horizon, some + bare)
    hit = (lambda m: m > 0) if group is UP else (lambda m: m < 0)
    assert found.count == len(some) + len(bare)
    assert found.hits == sum(hit(one.move) for one in some + bare)
    assert (found.compared, found.compared_hits) == (len(some), sum(hit(o.move) for o in some))
    paired = [hit(one.move) - one.base for one in some]  # type: ignore[operator]
    clusters = defaultdict(list)
    for one, value in zip(some, paired, strict=True):
        clusters[one.told_ms // CLUSTERS_MS[horizon]].append(value - statistics.fmean(paired))
    sizes = [len(values) for values in clusters.values()]
    kish = sum(sizes) ** 2 / sum(size**2 for size in sizes)
    assert effective_clusters(sizes) == pytest.approx(kish)
    if kish < 10:
        assert found.difference is found.interval is found.base is None
        return
    assert found.difference == pytest.approx(100 * statistics.fmean(paired))
    assert found.base == pytest.approx(100 * statistics.fmean(o.base for o in some))  # type: ignore[misc]
    low, high = found.interval or (0, 0)
    squares = sum(sum(values) ** 2 for values in clusters.values())
    error = math.sqrt(squares * len(sizes) / (len(sizes) - 1)) / len(some)
    reach = 100 * student_quantile(0.975, kish - 1) * error
    assert (high - low) / 2 >= reach - 1e-9  # the independent one is the least
    assert 1 <= found.effective <= found.compared
    assert found.usual == quartiles(o.like for o in some)  # type: ignore[misc]


def test_few_alerts_and_alerts_of_few_days_are_only_counted() -> None:
    rng = random.Random(1)
    few = standing(UP, 1, outcomes(rng, ENOUGH - 1, 60, 1))
    assert (few.count, few.moves, few.difference, few.interval) == (ENOUGH - 1, None, None, None)
    crash = [Outcome(TOLD + n, 3.0, 0.5, 0.1) for n in range(300)]
    crowd = standing(UP, 1, crash)
    assert (crowd.count, crowd.hits) == (300, 300)
    assert (crowd.difference, crowd.interval, crowd.clear) == (None, None, False)


def test_what_happened_at_once_weighs_little() -> None:
    """Three hundred alerts of one day beside one a day on sixty days are no 360 draws."""
    rng = random.Random(2)
    apart = [Outcome(TOLD + n * DAY_MS, rng.choice((-1.0, 1.0)), 0.5, 0.0) for n in range(60)]
    alone = standing(UP, 1, apart)
    assert alone.effective > 40
    crowd = standing(
        UP, 1, apart + [Outcome(TOLD + 7 * DAY_MS + n, 1.0, 0.5, 0.0) for n in range(300)]
    )
    assert crowd.difference is None or crowd.effective < 20


def simulated(
    rng: np.random.Generator, horizon: int, edge: float, days: int = 120
) -> list[Outcome]:
    """Alerts of twelve symbols in a market that moves them together, and their controls: hours,
    half of what moves a symbol is the market's. ``edge`` is a drift after an alert, in units of
    the standard deviation of what follows."""
    hours, length = 24 * (days + 16), max(1, HORIZONS[horizon] // HOUR_MS)
    steps = rng.normal(size=(13, hours + 25))
    paths = np.cumsum(steps[:1] + steps[1:], axis=1)
    symbol = rng.integers(12, size=160)
    bursts = rng.choice(rng.integers(0, days * 24, size=40), size=160)
    hour = np.where(rng.random(160) < 0.5, bursts, rng.integers(0, days * 24, size=160))
    at = 15 * 24 + hour
    back = at[:, None] - 24 * (rng.random((160, 14)).argsort()[:, :7] + 1)
    likes = paths[symbol[:, None], back + length] - paths[symbol[:, None], back]
    moves = paths[symbol, at + length] - paths[symbol, at] + edge * math.sqrt(2 * length)
    rows = zip(at * HOUR_MS, moves, (likes > 0).mean(axis=1), likes[:, 0], strict=True)
    return [Outcome(int(t), float(m), float(b), float(n)) for t, m, b, n in rows]


@pytest.mark.parametrize("horizon", [1, 2])
@pytest.mark.parametrize("edge", [0.0, 0.5])
def test_intervals_cover_the_truth_as_often_as_they_say(horizon: int, edge: float) -> None:
    """And where there is no edge, an alert hardly ever says that there is one."""
    rng = np.random.default_rng(7)
    truth = 100 * (statistics.NormalDist().cdf(edge) - 0.5)
    known = [standing(UP, horizon, simulated(rng, horizon, edge)) for _ in range(200)]
    intervals = [one.interval for one in known if one.interval is not None]
    assert len(intervals) > 150
    covered = sum(low <= truth <= high for low, high in intervals) / len(intervals)
    assert 0.92 <= covered <= 0.995, covered
    clear = sum(one.clear for one in known) / len(known)
    assert clear <= 0.02 if edge == 0 else clear > 0.5, clear
