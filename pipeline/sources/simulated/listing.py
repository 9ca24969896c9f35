"""One pair of the simulated market: its book, its history, its volatility and its fair price."""

import math
from collections.abc import Callable
from functools import partial
from random import Random

from pipeline.sources.simulated.book import Book
from pipeline.sources.simulated.campaign import Campaign
from pipeline.sources.simulated.history import Bar, Bars, Tape
from pipeline.sources.simulated.pairs import Pair, Status


class Listing:
    """One pair on the exchange and the state of its market."""

    def __init__(
        self, pair: Pair, seed: int, now_ms: int, past: Callable[[int], list[Bar]]
    ) -> None:
        self.pair = pair
        self.status: Status = pair.status
        self.rng = Random(f"{seed}:{pair.symbol}")
        matches = int(pair.size * 2e6 * self.rng.uniform(0.9, 1.1)) + 1_000_000
        self.tape = Tape(int(matches * 0.69), matches)
        price = round(pair.price / pair.tick)
        newest = Bar(now_ms, price, price, price, price, 0, 0, 0, 0, 0, matches)
        self.bars = Bars(now_ms, partial(past, matches), newest)
        self.book = Book(self.rng, pair, int(matches * 9.3))
        self.log = math.log(pair.price)
        self.anchor = self.log
        self.seen = 0.0  # how much of the leader's log price has arrived here
        self.heat = self.rng.gauss(0.0, 0.5)  # log of the volatility against the usual one
        self.pace = self.heat
        self.quoted_ms = now_ms
        self.last_ms = 0
        self.last_sign = 1
        self.last_lots = 1
        self.told = self.book.touch
        self.quote_every_ms = 200 if pair.orders_per_s > 2 else 500
        self.campaign: Campaign | None = None
        self.session = 0  # counts the times trading began; what an earlier one scheduled is void

    @property
    def trading(self) -> bool:
        """Whether orders are accepted."""
        return self.status == "TRADING"

    @property
    def fair(self) -> float:
        """The price that quotes surround, in ticks."""
        return max(2.0, math.exp(self.log) / self.pair.tick)

    def drift(self, dt_s: float, leader: "Listing", base: "Listing | None") -> None:
        """Let volatility and fair price live ``dt_s`` seconds.

        ``leader`` is BTCUSDT, which others follow; ``base`` is the pair of the same base against
        USDT, with which a cross is kept in line.
        """
        pair, rng = self.pair, self.rng
        self.heat += -self.heat * dt_s / 120 + rng.gauss(0.0, 0.5) * math.sqrt(dt_s / 60)
        if rng.random() < dt_s / 900:
            self.heat = min(2.5, self.heat + 1.2)
        self.pace = self.heat if self is leader else 0.6 * self.heat + 0.5 * leader.heat
        move = rng.gauss(0.0, pair.volatility * 1e-4) * math.sqrt(dt_s) * math.exp(self.pace)
        if pair.quote == leader.pair.base and base is not None:
            self.log = base.log - leader.log + 0.2 * move
            return
        if self is not leader:
            arrived = (leader.log - self.seen) * (1 - math.exp(-dt_s / max(0.05, pair.lag_s)))
            self.seen += arrived
            move += pair.beta * arrived
        if pair.beta == 0:  # a stable coin returns to its peg
            move += (self.anchor - self.log) * min(1.0, dt_s / 60)
        self.log += move
