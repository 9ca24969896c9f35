"""Frames of combined streams, made up but well-formed, for the benches' servers."""

import random
import time
from collections.abc import Iterator

LEVELS = 20


def trades(symbols: int, count: int, apart_ms: float = 0.3) -> Iterator[str]:
    """aggTrade frames: random walks, heavy-tailed sizes, orders of one to five fills, on average
    so many milliseconds apart."""
    rng = random.Random(1)
    names = [f"S{n:03}USDT" for n in range(symbols)]
    prices = {name: 10 ** rng.uniform(-2, 4) for name in names}
    ids = dict.fromkeys(names, 0)
    at_ms = int(time.time() * 1000)
    made = 0
    while made < count:
        name = rng.choice(names)
        maker = "true" if rng.random() < 0.5 else "false"
        at_ms += int(apart_ms) + (rng.random() < apart_ms % 1)
        for _ in range(min(count - made, rng.choice((1, 1, 1, 2, 3, 5)))):
            prices[name] *= 1 + rng.gauss(0, 1e-4)
            ids[name] += 1
            dollars = rng.lognormvariate(4, 1.5) if rng.random() < 0.999 else 80_000.0
            yield trade(name, ids[name], prices[name], dollars / prices[name], at_ms, maker)
            made += 1


def trade(name: str, number: int, price: float, quantity: float, at_ms: int, maker: str) -> str:
    """One aggTrade frame of a single match."""
    return (
        f'{{"stream":"{name.lower()}@aggTrade","data":{{"e":"aggTrade","E":{at_ms + 1},'
        f'"s":"{name}","a":{number},"p":"{price:.8f}","q":"{quantity:.8f}",'
        f'"f":{number},"l":{number},"T":{at_ms},"m":{maker},"M":true}}}}'
    )


def books(symbols: int, rounds: int) -> Iterator[str]:
    """In every round a depth20 frame of each symbol, and a trade that says that 100 ms have passed:
    depth20 carries no time, so without it a second's books would count as a few milliseconds'."""
    rng = random.Random(1)
    names = [f"s{n:03}usdt" for n in range(symbols)]
    middles = [10 ** rng.uniform(2, 5) for _ in names]
    at_ms = int(time.time() * 1000)
    for number in range(1, rounds + 1):
        at_ms += 100
        yield trade("S000USDT", number, middles[0], 0.01, at_ms, "true")
        for place, name in enumerate(names):
            middles[place] *= 1 + rng.gauss(0, 1e-6)
            bids, asks = _sides(rng, middles[place])
            yield (
                f'{{"stream":"{name}@depth20@100ms","data":{{"lastUpdateId":{number},'
                f'"bids":{bids},"asks":{asks}}}}}'
            )


def _sides(rng: random.Random, middle: float) -> list[str]:
    """Bids and asks on a fine tick: most levels small, few large, the best one larger, as
    recorded."""
    rows = []
    for sign in (-1, 1):
        price = middle
        levels = []
        for place in range(LEVELS):
            price += sign * middle * 1e-7 * rng.choice((1, 1, 2, 5, 20))
            dollars = rng.lognormvariate(8, 1.8) * (20 if place == 0 else 1)
            levels.append(f'["{price:.8f}","{dollars / middle:.8f}"]')
        rows.append(f"[{','.join(levels)}]")
    return rows
