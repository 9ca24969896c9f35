"""Planted events: what is to happen in the simulated market and when, and what then happened."""

from collections.abc import Collection, Iterator
from random import Random
from typing import Literal

import msgspec

from pipeline.model import Side

PlantedKind = Literal["sweep", "pump", "crash", "spread", "disconnect", "shutdown"]


class Planted(msgspec.Struct, frozen=True, kw_only=True):
    """A planted event as it really happened; what does not apply to its kind stays 0.

    ``notional`` (quote currency), ``quantity``, ``fills`` (single matches) and ``prints``
    (aggregates) sum the orders of the event. ``change_pct`` is the furthest change from
    ``first_price``; ``times`` the widest spread over the one before. An event that lasts is
    recorded when it begins, with ``until_ms`` as planned and ``done`` false, and replaced by its
    measured self when it is over. ``connections`` counts the sockets cut or warned.
    """

    kind: PlantedKind
    symbol: str
    at_ms: int
    until_ms: int
    done: bool = True
    side: Side | None = None
    notional: float = 0.0
    quantity: float = 0.0
    fills: int = 0
    prints: int = 0
    first_price: float = 0.0
    last_price: float = 0.0
    change_pct: float = 0.0
    times: float = 0.0
    connections: int = 0


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a plan, ``after_ms`` after the one before it.

    ``size``: notional in the quote currency (sweep), percent (pump, crash) or times the usual
    spread (spread).
    """

    after_ms: int
    kind: PlantedKind
    symbol: str = ""
    side: Side = "buy"
    size: float = 0.0


_ROUND: tuple[tuple[PlantedKind, float], ...] = (
    # The kind and the seconds since the one before it. The first round's first event comes sooner.
    ("sweep", 27),
    ("spread", 17),
    ("sweep", 25),
    ("pump", 28),
    ("sweep", 32),
    ("crash", 26),
    ("sweep", 38),
    ("disconnect", 8),
    ("sweep", 24),
    ("spread", 30),
    ("sweep", 33),
    ("sweep", 27),
    ("pump", 24),
    ("sweep", 36),
    ("spread", 28),
    ("sweep", 31),
    ("shutdown", 22),
    ("sweep", 29),
)
_FIRST_MS = 8_000

_SWEPT = {
    # symbol: the largest order in dollars; the smallest is two fifths of it
    "BTCUSDT": 1_400_000.0,
    "ETHUSDT": 1_000_000.0,
    "SOLUSDT": 500_000.0,
    "XRPUSDT": 450_000.0,
    "DOGEUSDT": 320_000.0,
    "BNBUSDT": 300_000.0,
    "SUIUSDT": 200_000.0,
    "ADAUSDT": 180_000.0,
    "LINKUSDT": 160_000.0,
    "BCHUSDT": 150_000.0,
}
_PUMPED = ("NKNUSDT", "DEGOUSDT", "ONGUSDT", "QUICKUSDT", "BELUSDT", "CHZUSDT")
_WIDENED = ("AVAXUSDT", "UNIUSDT", "AAVEUSDT", "LTCUSDT", "NEARUSDT", "ARBUSDT")


def demo_plan(seed: int, listed: Collection[str]) -> Iterator[Step]:
    """Something worth an alert every half minute, without end, reproducible by ``seed``.

    Only pairs in ``listed`` are touched; a kind that has none of its pairs is left out.
    """
    rng = Random(f"{seed}:plan")
    swept = [symbol for symbol in _SWEPT if symbol in listed]
    pumped = [symbol for symbol in _PUMPED if symbol in listed]
    widened = [symbol for symbol in _WIDENED if symbol in listed]
    pending_ms = 0
    turns = {"sweep": 0, "pump": rng.randrange(6), "spread": rng.randrange(6)}
    first = True
    while True:
        for kind, seconds in _ROUND:
            wait = _FIRST_MS if first else int(seconds * 1000 * rng.uniform(0.85, 1.15))
            first = False
            pending_ms += wait
            step = Step(after_ms=pending_ms, kind=kind)
            if kind == "sweep":
                if not swept:
                    continue
                # Mostly the large pairs, and BTC first of all.
                place = int(rng.random() ** 2 * len(swept)) if turns["sweep"] else 0
                symbol = swept[place]
                step = msgspec.structs.replace(
                    step,
                    symbol=symbol,
                    side="buy" if rng.random() < 0.5 else "sell",
                    size=_SWEPT[symbol] * rng.uniform(0.4, 1.0),
                )
                turns["sweep"] += 1
            elif kind == "pump":
                if not pumped:
                    continue
                turns["pump"] += 1
                step = msgspec.structs.replace(
                    step, symbol=pumped[turns["pump"] % len(pumped)], size=rng.uniform(15, 40)
                )
            elif kind == "spread":
                if not widened:
                    continue
                turns["spread"] += 1
                step = msgspec.structs.replace(
                    step, symbol=widened[turns["spread"] % len(widened)], size=rng.uniform(12, 30)
                )
            elif kind == "crash":
                step = msgspec.structs.replace(step, symbol="BTCUSDT", size=rng.uniform(2.6, 3.4))
            pending_ms = 0
            yield step
