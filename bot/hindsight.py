"""How prices moved after alerts, against what they do at random times that are alike. Pure.

Every rule and its reason:

- A move is counted from the last price that was known when the alert was told, to the minute's end
  nearest to 5 minutes, an hour and 24 hours later.
- Alerts of one symbol, kind and direction that follow one another within ``EPISODE_MS`` are one
  move, counted at the first of them.
- The baseline is matched one alert at a time: the same symbol at the same time of day on each of
  the ``DAYS`` days before, of which the ``CONTROLS`` count whose volatility over the 24 hours until
  an hour before was nearest to the alert's. What is compared was over before the alert was told,
  and the alert's own hour is no part of the volatility that is matched.
- Outcomes of one day move together and overlap, so they are no independent draws: the interval of
  the difference is from the standard error of paired differences clustered by time (a day; three
  days for 24 hours), Liang and Zeger 1986, and Student's t with one degree of freedom less than the
  effective number of clusters (Kish; Carter, Schnepel and Steigerwald 2017). It is never narrower
  than Agresti and Caffo's (2000) for independent draws.
- Fewer than ``ENOUGH`` alerts or ``ENOUGH_CLUSTERS`` effective clusters get no percentage.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from statistics import NormalDist
from typing import Final

import msgspec

from pipeline.model import AnyAlert, Direction

MINUTE_MS: Final = 60_000
STEP_MS: Final = 5 * MINUTE_MS
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS

HORIZONS: Final = (STEP_MS, HOUR_MS, DAY_MS)
CLUSTERS_MS: Final = (DAY_MS, DAY_MS, 3 * DAY_MS)
"""How long a cluster is, by horizon."""

EPISODE_MS: Final = HOUR_MS
DAYS: Final = 14
CONTROLS: Final = 7
LEAST_CONTROLS: Final = 4
"""With fewer days to compare (a new listing) an alert has no baseline."""

ENOUGH: Final = 30
ENOUGH_CLUSTERS: Final = 10.0
LEVEL: Final = 0.95
CLEAR_LEVEL: Final = 0.995
"""Ten kinds and directions are looked at day after day: what alerts say of the past themselves has
to hold at 95 % for all of them together (Bonferroni)."""

LEAST_DIFFERENCE: Final = 0.01
"""A smaller one is nothing to tell, however sure it is."""

Close = Callable[[int], float | None]
"""The last price of the five minutes that end at this time (a multiple of STEP_MS), None if there
is none."""


class Group(msgspec.Struct, frozen=True, order=True):
    """Alerts that are alike: their kind and stated direction ("" for none)."""

    kind: str
    way: str

    @property
    def counted(self) -> Direction:
        """The direction whose share is told: the stated one, else up."""
        return "down" if self.way == "down" else "up"


class Outcome(msgspec.Struct, frozen=True):
    """One alert after a horizon: the ``move`` in percent; of its controls the share that went in
    the direction of its group (``base``, 0 to 1) and the move of the one most like it (``like``);
    None for both: nothing to compare with."""

    told_ms: int
    move: float
    base: float | None
    like: float | None


class Quartiles(msgspec.Struct, frozen=True):
    """The middle half of some moves, in percent."""

    median: float
    low: float
    high: float


class Standing(msgspec.Struct, frozen=True):
    """What came of a group's alerts after a horizon (its number in HORIZONS).

    ``hits`` of ``count`` went in the direction of the group. ``compared`` of them have a baseline
    (``compared_hits`` went that way): ``difference`` is their share less its, within ``interval``,
    all in percentage points, and None where there is too little; ``clear``: it is worth telling,
    and zero is outside the interval at CLEAR_LEVEL as well. ``effective`` is how many independent
    alerts would tell as much; ``base`` the baseline's share in percent, ``moves`` and ``usual`` the
    spread of the alerts' and the baseline's moves.
    """

    group: Group
    horizon: int
    count: int
    hits: int
    compared: int = 0
    compared_hits: int = 0
    effective: int = 0
    base: float | None = None
    difference: float | None = None
    interval: tuple[float, float] | None = None
    clear: bool = False
    moves: Quartiles | None = None
    usual: Quartiles | None = None

    @property
    def share(self) -> float:
        """Of those compared, in percent; meant to be told with an interval only."""
        return 100 * self.compared_hits / self.compared if self.compared else 0.0


def group_of(alert: AnyAlert) -> Group:
    """Which alerts are like this one."""
    return Group(alert.kind, alert.way or "")


def boundary(told_ms: int, horizon_ms: int) -> int:
    """The end of the minute that is nearest to so long after the alert."""
    return (told_ms + horizon_ms + MINUTE_MS // 2) // MINUTE_MS * MINUTE_MS


def change(before: float, after: float) -> float:
    """In percent."""
    return (after / before - 1) * 100


def in_direction(move: float, way: Direction) -> bool:
    """Whether the price went that way; one that stands still goes no way."""
    return move > 0 if way == "up" else move < 0


# --- the baseline of one alert -------------------------------------------------------------------


def needed(told_ms: int) -> tuple[int, int]:
    """The first and the last time whose price the baseline may ask for."""
    last = told_ms // STEP_MS * STEP_MS
    return last - (DAYS + 1) * DAY_MS - HOUR_MS, last


def controls(close: Close, told_ms: int) -> list[tuple[float, ...]] | None:
    """The moves in percent, one for each horizon, after the times that are compared with an alert,
    the one most like it first; None if there are too few."""
    told = told_ms // STEP_MS * STEP_MS
    own = volatility(close, told)
    found: list[tuple[float, int, tuple[float, ...]]] = []
    for days in range(1, DAYS + 1):
        at_ms = told - days * DAY_MS
        moves = _moves(close, at_ms)
        alike = volatility(close, at_ms)
        if moves is not None and alike is not None:
            found.append((abs(alike - own) if own is not None else 0.0, days, moves))
    if len(found) < LEAST_CONTROLS:
        return None
    return [moves for _, _, moves in sorted(found)[:CONTROLS]]


def volatility(close: Close, at_ms: int) -> float | None:
    """The root mean square of five-minute log returns over the 24 hours that end an hour before;
    None with fewer than half of them."""
    total, count = 0.0, 0
    before: float | None = None
    for when in range(at_ms - HOUR_MS - DAY_MS, at_ms - HOUR_MS + 1, STEP_MS):
        price = close(when)
        if price is not None and before is not None:
            total += math.log(price / before) ** 2
            count += 1
        before = price
    return math.sqrt(total / count) if count >= DAY_MS // STEP_MS // 2 else None


def _moves(close: Close, at_ms: int) -> tuple[float, ...] | None:
    before = close(at_ms)
    later = [close(at_ms + horizon) for horizon in HORIZONS]
    if before is None or None in later:
        return None
    return tuple(change(before, price) for price in later if price is not None)


# --- many alerts ---------------------------------------------------------------------------------


def standing(group: Group, horizon: int, outcomes: Sequence[Outcome]) -> Standing:
    """What the outcomes of a group's alerts come to."""
    way = group.counted
    hits = sum(in_direction(one.move, way) for one in outcomes)
    compared = [one for one in outcomes if one.base is not None and one.like is not None]
    n, ours = len(compared), sum(in_direction(one.move, way) for one in compared)
    told = Standing(group, horizon, len(outcomes), hits, n, ours)
    if len(outcomes) < ENOUGH:
        return told
    told = msgspec.structs.replace(told, moves=quartiles(one.move for one in outcomes))
    sizes = Counter(one.told_ms // CLUSTERS_MS[horizon] for one in compared)
    clusters = effective_clusters(sizes.values())
    if n < ENOUGH or clusters < ENOUGH_CLUSTERS:
        return told
    base = sum(one.base or 0.0 for one in compared) / n
    difference = ours / n - base
    sums: defaultdict[int, float] = defaultdict(float)
    for one in compared:
        own = in_direction(one.move, way) - (one.base or 0.0)
        sums[one.told_ms // CLUSTERS_MS[horizon]] += own - difference
    clustered = len(sums) / (len(sums) - 1) * sum(s * s for s in sums.values()) / n**2
    independent = _independent(ours, n) + _independent(base * n * CONTROLS, n * CONTROLS)
    variance = max(clustered, independent)
    low, high = (_around(difference, variance, clusters, side * LEVEL) for side in (-1, 1))
    clear_low, clear_high = (
        _around(difference, variance, clusters, side * CLEAR_LEVEL) for side in (-1, 1)
    )
    return msgspec.structs.replace(
        told,
        effective=max(1, round(n * independent / variance)),
        base=100 * base,
        difference=100 * difference,
        interval=(100 * max(-1.0, low), 100 * min(1.0, high)),
        clear=not clear_low <= 0 <= clear_high and abs(difference) >= LEAST_DIFFERENCE,
        usual=quartiles(one.like for one in compared if one.like is not None),
    )


def effective_clusters(sizes: Iterable[int]) -> float:
    """How many equal clusters would weigh as these do (Kish): fewer where one of them is most."""
    known = list(sizes)
    squares = sum(size * size for size in known)
    return sum(known) ** 2 / squares if squares else 0.0


def quartiles(moves: Iterable[float]) -> Quartiles:
    """Quartiles, interpolated between neighbours (Hyndman and Fan's seventh)."""
    ordered = sorted(moves)
    low, median, high = (_quantile(ordered, share) for share in (0.25, 0.5, 0.75))
    return Quartiles(median, low, high)


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _independent(hits: float, n: int) -> float:
    """The variance of a share with one hit and one miss added (Agresti and Caffo)."""
    share = (hits + 1) / (n + 2)
    return share * (1 - share) / (n + 2)


def _around(middle: float, variance: float, clusters: float, level: float) -> float:
    """The end of an interval; a negative level is its lower end."""
    end = student_quantile((1 + abs(level)) / 2, clusters - 1) * math.sqrt(variance)
    return middle + math.copysign(end, level)


def student_quantile(probability: float, freedom: float) -> float:
    """The quantile of Student's t (Abramowitz and Stegun 26.7.5): to three digits from eight
    degrees of freedom on."""
    z = NormalDist().inv_cdf(probability)
    z3, z5, z7, z9 = z**3, z**5, z**7, z**9
    return (
        z
        + (z3 + z) / (4 * freedom)
        + (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom**2)
        + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom**3)
        + (79 * z9 + 776 * z7 + 1482 * z5 - 1920 * z3 - 945 * z) / (92160 * freedom**4)
    )
