"""A survey as what a sentence may say of it: coins by name and period, flows, measures. Pure."""

from collections.abc import Iterable
from typing import Final, Literal

from bot.explain.claims import UNITS, Claim
from bot.explain.naming import DOLLARS
from bot.explain.signs import Sign, same
from bot.explain.summary_words import rising_count
from bot.korean import quote_unit
from bot.readings import BID_SHARE, BUY_SHARE, RISING, After, Coin, Survey
from bot.symbols import read_symbol
from pipeline.model import LargeTrade, PriceJump, Pump, Side, Spread

Period = Literal["open", "day"]
Direction = Literal["up", "down"]
Measure = Literal["buy", "bid", "rising"]

DAY_S: Final = 86_400
HOUR_S: Final = 3_600
STILL_PCT: Final = 0.05
"""A smaller change counts as none."""
LITTLE_PCT: Final = 1.0
"""A larger change is not "a little"."""

SURVEY_UNITS: Final = {**UNITS, **dict.fromkeys(DOLLARS, "money")}


class Facts:
    """What is asked of a survey."""

    def __init__(self, survey: Survey) -> None:
        self.survey = survey
        self._coins = [*survey.majors, *survey.risers, *survey.fallers]

    # --- coins -----------------------------------------------------------------------------------

    def coins(self, sign: Sign) -> list[Coin]:
        """The coins that a name means, none if only an alert is known of it."""
        found = [coin for coin in self._coins if coin.info.base == sign.coin]
        return [coin for coin in found if sign.symbol in ("", coin.info.symbol)]

    def change(self, sign: Sign, period: Period | None) -> list[float]:
        """The coin's changes in percent, of the period or of both; none if one is not known."""
        for coin in self.coins(sign)[:1]:
            both = {"open": coin.open_pct, "day": coin.day_pct}
            found = [both[one] for one in both if period in (None, one)]
            return [change for change in found if change is not None] if None not in found else []
        return []

    def moved(self, sign: Sign, period: Period | None, direction: Direction) -> bool:
        """Whether the coin went there, in the period or in both."""
        changes = self.change(sign, period)
        up = direction == "up"
        return bool(changes) and all(pct > 0 if up else pct < 0 for pct in changes)

    def still(self, sign: Sign, period: Period | None) -> bool:
        """Whether the coin hardly moved."""
        changes = self.change(sign, period)
        return bool(changes) and all(abs(pct) < STILL_PCT for pct in changes)

    def little(self, sign: Sign, period: Period | None) -> bool:
        """Whether the coin moved a little at most."""
        changes = self.change(sign, period)
        return bool(changes) and all(abs(pct) <= LITTLE_PCT for pct in changes)

    def priced(self, sign: Sign, claim: Claim | None) -> bool:
        """Whether it is the coin's price."""
        return any(
            quote_unit(coin.info.quote) == "달러" and same(claim, coin.price)
            for coin in self.coins(sign)[:1]
        )

    def among(self, sign: Sign, direction: Direction) -> bool:
        """Whether the coin is one of those that rose or fell most over 24 hours."""
        best = self.survey.risers if direction == "up" else self.survey.fallers
        return any(coin in best for coin in self.coins(sign)) and self.moved(sign, "day", direction)

    def first(
        self, sign: Sign, period: Period | None, direction: Direction, *, majors: bool
    ) -> bool:
        """Whether no other coin rose or fell more: of the majors, or of all over 24 hours."""
        if period is None:
            return self.first(sign, "day", direction, majors=majors) and (
                not majors or self.first(sign, "open", direction, majors=True)
            )
        if not self.moved(sign, period, direction):
            return False
        if not majors and (period == "open" or not self.among(sign, direction)):
            return False
        peers = self.survey.majors if majors else self._coins
        changes = [c.open_pct if period == "open" else c.day_pct for c in peers]
        best = (max if direction == "up" else min)(pct for pct in changes if pct is not None)
        in_peers = any(coin in peers for coin in self.coins(sign))
        return in_peers and self.change(sign, period)[0] == best

    def majors(self, period: Period | None, direction: Direction) -> tuple[int, int]:
        """How many majors went there, of how many of which that is known."""
        signs = [Sign("C", "", coin=c.info.base, symbol=c.info.symbol) for c in self.survey.majors]
        known = [sign for sign in signs if self.change(sign, period)]
        return sum(self.moved(sign, period, direction) for sign in known), len(known)

    # --- flows and measures ----------------------------------------------------------------------

    @property
    def whales_s(self) -> int:
        """Over how many seconds large trades were counted."""
        whales = self.survey.whales
        if not whales.since_ms:
            return whales.hours * HOUR_S
        return max(1, self.survey.at_ms // 1_000 - whales.since_ms // 1_000)

    def flow(self, letter: str) -> float | None:
        """Dollars bought (b), sold (s), net bought (e), net sold (j); None: it is the other way."""
        whales = self.survey.whales
        if not whales.count:
            return None
        amounts = {"b": whales.bought, "s": whales.sold, "e": whales.net, "j": -whales.net}
        amount = amounts[letter]
        return amount if amount > 0 else None

    def measure(self, measure: Measure) -> float | None:
        """One of the three measures of the mood, in percent."""
        mood = self.survey.mood
        return {"buy": mood.buy_share, "bid": mood.bid_share, "rising": mood.rising}[measure]

    def supports(self, measures: Iterable[Measure]) -> bool:
        """Whether any of the measures is on the side of the mood's word."""
        word = self.survey.mood.word
        levels = {"buy": BUY_SHARE, "bid": BID_SHARE, "rising": RISING}
        for measure in measures:
            value, (low, high) = self.measure(measure), levels[measure]
            if value is not None and (
                word == "중립" or (value >= high if word == "긍정" else value <= low)
            ):
                return True
        return False

    @property
    def rising(self) -> int:
        """How many pairs are above their price 24 hours ago."""
        return rising_count(self.survey)

    # --- alerts ----------------------------------------------------------------------------------

    def traded(self, sign: Sign, side: Side, claim: Claim | None) -> bool:
        """Whether there was a large trade of the coin on this side, and of this amount if told."""
        return any(
            isinstance(alert, LargeTrade)
            and self._of(sign, alert.symbol)
            and alert.side == side
            and (claim is None or (_in_dollars(alert.symbol) and same(claim, alert.notional)))
            for alert in self.survey.alerts
        )

    def jumped(self, sign: Sign, seconds: int, claim: Claim | None, direction: Direction) -> bool:
        """Whether there was an alert of this change within so many seconds."""
        return any(
            isinstance(alert, PriceJump | Pump)
            and self._of(sign, alert.symbol)
            and alert.window_s == seconds
            and _direction(alert) == direction
            and same(claim, alert.change_pct)
            for alert in self.survey.alerts
        )

    def spread_of(self, sign: Sign, claim: Claim | None) -> bool:
        """Whether there was an alert of such a spread of the coin."""
        return any(
            isinstance(alert, Spread)
            and self._of(sign, alert.symbol)
            and (claim is None or same(claim, alert.spread_bp))
            for alert in self.survey.alerts
        )

    def after(self, sign: Sign) -> After | None:
        """What followed the coin's alert; None if that is not known, or if it had several."""
        found = [after for alert, after in self.survey.followed if self._of(sign, alert.symbol)]
        return found[0] if len(found) == 1 else None

    def _of(self, sign: Sign, symbol: str) -> bool:
        pair = read_symbol(symbol)
        return pair.base == sign.coin and sign.symbol in ("", symbol)


def _direction(alert: PriceJump | Pump) -> Direction:
    return alert.direction if isinstance(alert, PriceJump) else "up"


def _in_dollars(symbol: str) -> bool:
    return quote_unit(read_symbol(symbol).quote) == "달러"
