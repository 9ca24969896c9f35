"""What is measured about a pair, or around one alert of it, when somebody asks for an explanation.

A comment by a model is held against the same situation that the answer was made from. Pure.
"""

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from bot.korean import HOUR_MS, MINUTE_MS, share, window
from pipeline.model import AnyAlert, Candle, SymbolInfo

When = Literal["past", "before", "after", "since"]

FLAT_PCT: Final = 0.005
"""A smaller change is shown as 0.00% and has no direction."""

AROUND_S: Final = 300
LATER_S: Final = 3_600
_DAY_S: Final = 86_400
_NEAR_MS: Final = 45_000  # a bar's edge this near to the wanted time stands for it

_ABOUT: Final = 0.67, 1.5
"""Multiples of what is usual between which it counts as usual."""


class Change(msgspec.Struct, frozen=True):
    """A change of the price in percent.

    ``when``: over the last ``seconds`` ("past"); over so many before or after the alert; or from
    the alert until now ("since", where ``seconds`` is how long that is).
    """

    when: When
    seconds: int
    pct: float


class Situation(msgspec.Struct, frozen=True):
    """A pair at ``at_ms``, and the alert that is to be explained if there is one.

    ``price`` is now's, ``then`` the alert's (None if not known). ``turnover`` is the last hour's in
    the quote currency, ``usual_turnover`` the average hour's of the 24 hours. ``spread_bp`` and
    what is usual of it are in basis points. ``alerts`` are the pair's of the last 24 hours, None if
    not known or too many to count.
    """

    info: SymbolInfo
    at_ms: int
    price: float
    changes: tuple[Change, ...] = ()
    alert: AnyAlert | None = None
    then: float | None = None
    turnover: float | None = None
    usual_turnover: float | None = None
    spread_bp: float | None = None
    usual_bp: float | None = None
    alerts: int | None = None

    @property
    def turnover_times(self) -> float | None:
        """The last hour's turnover as a multiple of the average hour's."""
        if self.turnover is None or not self.usual_turnover:
            return None
        return self.turnover / self.usual_turnover

    @property
    def spread_times(self) -> float | None:
        """The spread as a multiple of the usual one."""
        if self.spread_bp is None or not self.usual_bp:
            return None
        return self.spread_bp / self.usual_bp

    def of(self, when: When) -> list[Change]:
        """The changes of one kind, in order."""
        return [change for change in self.changes if change.when == when]


def level(times: float) -> Literal["less", "usual", "more"]:
    """What a multiple of the usual counts as."""
    low, high = _ABOUT
    return "less" if times < low else "more" if times > high else "usual"


def changes_around(
    bars: Sequence[Candle], alert: AnyAlert, then: float, price: float, now_ms: int
) -> list[Change]:
    """How the price moved around the alert, from bars of a minute, and since then.

    What the bars do not reach, and what has not passed yet, is left out.
    """
    found = []
    before = price_at(bars, alert.at_ms - AROUND_S * 1000)
    if before:
        found.append(Change("before", AROUND_S, (then / before - 1) * 100))
    for seconds in (AROUND_S, LATER_S):
        after_ms = alert.at_ms + seconds * 1000
        after = price_at(bars, after_ms) if after_ms <= now_ms else None
        if after:
            found.append(Change("after", seconds, (after / then - 1) * 100))
    since_s = max(0, now_ms - alert.at_ms) // 1000
    return [*found, Change("since", since_s, (price / then - 1) * 100)]


def price_at(bars: Sequence[Candle], at_ms: int) -> float | None:
    """The price at about this time by bars of a minute, None where there is none near it."""
    nearest = min(bars, key=lambda bar: abs(bar.open_ms - at_ms), default=None)
    if nearest is None or abs(nearest.open_ms - at_ms) > _NEAR_MS or nearest.open <= 0:
        return None
    return nearest.open


def turnover_of_hour(bars: Sequence[Candle], at_ms: int) -> float | None:
    """What was traded in the sixty whole minutes before ``at_ms``, None unless all are there."""
    until_ms = at_ms // MINUTE_MS * MINUTE_MS
    hour = [bar for bar in bars if until_ms - HOUR_MS <= bar.open_ms < until_ms]
    return sum(bar.quote_volume for bar in hour) if len(hour) == HOUR_MS // MINUTE_MS else None


def price_of(alert: AnyAlert) -> float | None:
    """The price that the alert itself has, if it has one."""
    price = getattr(alert, "price", None)
    # A book's level is where orders rest, not where the market trades.
    return price if alert.kind in ("large_trade", "price_jump", "pump") else None


def label(change: Change) -> str:
    """What the change is of: "알림 이후 5분 동안"."""
    if change.when == "since":
        return "알림 이후 지금까지"
    before = {"past": "최근 ", "before": "알림 전 ", "after": "알림 이후 "}[change.when]
    length = "24시간" if change.seconds == _DAY_S else window(change.seconds)
    return f"{before}{length} 동안"


def moved(change: Change) -> str:
    """ "0.42% 상승"; a change too small to be shown has no direction."""
    if abs(change.pct) < FLAT_PCT:
        return "거의 그대로"
    return f"{share(change.pct)} {'상승' if change.pct > 0 else '하락'}"
