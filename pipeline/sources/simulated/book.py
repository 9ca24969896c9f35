"""The order book of one simulated pair: quotes around a fair price, orders walk its levels.

Prices are whole ticks and quantities whole lots, so nothing is ever rounded twice.
"""

import math
from bisect import bisect_left
from random import Random

from pipeline.sources.simulated.pairs import Pair

LEVELS_MIN = 24
LEVELS_MAX = 48
REFILL = 6
"""How many levels come back per quoting after an order has eaten a hole into the book."""

Level = tuple[int, int]


class Ladder:
    """One side of the book. Keys are prices times ``sign``, so the best level is always first."""

    __slots__ = ("_depth", "_gap", "_rng", "_unit", "keys", "lots", "sign")

    def __init__(self, sign: int, rng: Random, pair: Pair, best: int) -> None:
        self.sign = sign
        self._rng = rng
        self._gap = pair.gap_bp * 1e-4 * pair.price / pair.tick
        # Where a tick is wide, the orders of many prices meet at one.
        crowd = min(60.0, max(1.0, 1 / self._gap))
        self._unit = max(1.0, crowd * pair.depth / 20 / (pair.price * pair.step))
        self.keys: list[int] = [sign * best]
        self.lots: list[int] = [self._some_lots(0)]
        self._extend()

    def _some_lots(self, place: int) -> int:
        """A level's size: a little at the touch, more further out, seldom very much."""
        share = (0.25 + 0.075 * place) * self._rng.lognormvariate(-0.5, 1.0)
        return max(1, int(self._unit * share))

    def _some_gap(self, place: int) -> int:
        return 1 + int(self._rng.expovariate(1.0) * self._gap * (1 + place / 10))

    def _extend(self) -> None:
        """Keep at least the smallest number of levels; a price never falls below one tick."""
        keys = self.keys
        while len(keys) < LEVELS_MIN:
            key = keys[-1] + self._some_gap(len(keys))
            if self.sign < 0 and key > -1:
                break
            self.lots.append(self._some_lots(len(keys)))
            keys.append(key)

    def settle(self, best: int, limit: int) -> None:
        """Quote from ``best`` on and leave nothing better than ``limit`` (both are keys)."""
        keys, lots, rng = self.keys, self.lots, self._rng
        if keys[0] < limit:
            gone = bisect_left(keys, limit)
            del keys[:gone], lots[:gone]
        if not keys:
            keys.append(best)
            lots.append(self._some_lots(0))
        elif keys[0] > best:
            key, first = best, keys[0]
            place = 0
            while key < first and place < REFILL:
                keys.insert(place, key)
                lots.insert(place, self._some_lots(place))
                place += 1
                key += self._some_gap(place)
        place = int(rng.random() ** 2 * len(keys))  # what is near the touch changes most
        lots[place] = self._some_lots(place)
        if place + 1 < len(keys):
            hole = keys[place + 1] - keys[place]
            if hole > 2 + 3 * self._gap:
                keys.insert(place + 1, keys[place] + 1 + int(rng.random() * (hole - 1)))
                lots.insert(place + 1, self._some_lots(place + 1))
        if len(keys) > LEVELS_MIN and rng.random() < 0.2:
            place = 1 + int(rng.random() * (len(keys) - 1))
            del keys[place], lots[place]
        del keys[LEVELS_MAX:], lots[LEVELS_MAX:]
        self._extend()

    def take(self, value: int, worst: int) -> list[Level]:
        """Levels (price, lots) that an order of ``value`` (ticks times lots) takes.

        The last lot is rounded up, so the order is never smaller than asked; it stops behind the
        key ``worst``.
        """
        taken: list[Level] = []
        used = 0
        while value > 0:
            if used == len(self.keys):
                self.keys.append(self.keys[-1] + self._some_gap(used))
                self.lots.append(self._some_lots(used))
            key = self.keys[used]
            price = self.sign * key
            if key > worst or price < 1:
                break
            have = self.lots[used]
            want = -(-value // price)
            if have <= want:
                taken.append((price, have))
                value -= price * have
                used += 1
            else:
                taken.append((price, want))
                self.lots[used] = have - want
                value = 0
        if used == len(self.keys):
            self.keys.append(self.keys[-1] + self._some_gap(used))
            self.lots.append(self._some_lots(used))
        del self.keys[:used], self.lots[:used]
        self._extend()
        return taken

    def levels(self, count: int) -> list[Level]:
        """The best ``count`` levels as (price, lots), best first."""
        sign = self.sign
        return [(sign * k, q) for k, q in zip(self.keys[:count], self.lots[:count], strict=True)]


class Book:
    """Both sides; the best bid is below the best ask at all times."""

    __slots__ = ("_rng", "asks", "bids", "update_id")

    def __init__(self, rng: Random, pair: Pair, update_id: int) -> None:
        self._rng = rng
        middle = pair.price / pair.tick
        self.bids = Ladder(-1, rng, pair, math.ceil(middle) - 1)
        self.asks = Ladder(+1, rng, pair, math.floor(middle) + 1)
        self.update_id = update_id

    @property
    def touch(self) -> tuple[int, int, int, int]:
        """Best bid, its lots, best ask, its lots."""
        bids, asks = self.bids, self.asks
        return -bids.keys[0], bids.lots[0], asks.keys[0], asks.lots[0]

    def quote(self, fair: float, half: float, tight: bool) -> None:
        """Move the quotes to ``fair`` ± ``half`` ticks.

        Orders resting between are left, up to half of the way to ``fair``; ``tight`` pulls them
        too.
        """
        reach = max(0.0, half - 0.5)
        near = reach if tight else reach / 2
        self.asks.settle(math.floor(fair + reach) + 1, math.floor(fair + near) + 1)
        self.bids.settle(1 - math.ceil(fair - reach), 1 - math.ceil(fair - near))
        self.update_id += 1 + int(self._rng.random() * 6)

    def take(self, buy: bool, value: int) -> list[Level]:
        """Match an aggressive order of ``value`` (ticks times lots); see ``Ladder.take``.

        It reaches at most a tenth of the price away, as an exchange's price band has it.
        """
        ladder = self.asks if buy else self.bids
        best = ladder.keys[0]
        taken = ladder.take(value, best + abs(best) // 10)
        self.update_id += len(taken)
        return taken
