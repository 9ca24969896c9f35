"""Price jumps beside the textbook's rules: false alarms where it is quiet, large moves in time.

`make bench` prints the table; recordings are needed (see tests/conftest.py).
"""

import csv
import statistics
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec
from episodes import Episode, delay_s, episodes

from pipeline import watch
from pipeline.detectors.price_jump import Settings
from pipeline.detectors.rolling import PriceGrid
from pipeline.market import Market
from pipeline.model import Candle, Event, PriceJump, Trade
from pipeline.sources.recording import Tally, read
from pipeline.watch import Watch

HOUR_MS, DAY_MS = 3_600_000, 86_400_000

Rule = Callable[[Iterable[Event]], list[PriceJump]]


def detector(**settings: object) -> Rule:
    """What `goraebot replay --raw --kinds price_jump` says with these settings."""

    def said(events: Iterable[Event]) -> list[PriceJump]:
        detectors = {kind: entry.settings() for kind, entry in watch.KINDS.items()}
        detectors["price_jump"] = Settings(**settings)  # type: ignore[arg-type]
        chosen = watch.Settings(detectors=detectors)
        loop = Watch(Market(), chosen, kinds={"price_jump"}, raw=True)
        return [a for e in events for a in loop.on(e) if isinstance(a, PriceJump)]

    return said


def naive(events: Iterable[Event]) -> list[PriceJump]:
    """20 trades (or closes), population standard deviation, |z| > 2.5, one alert per 30 s."""
    return detector(method="classic", classic_min_samples=20)(map(as_trade, events))


def fixed(percent: float) -> Rule:
    """So many percent from the price of five minutes ago, at most one alert per five minutes."""

    def said(events: Iterable[Event]) -> list[PriceJump]:
        grids: dict[str, PriceGrid] = {}
        quiet_ms: dict[str, int] = {}
        alerts: list[PriceJump] = []
        for trade in map(as_trade, events):
            if not isinstance(trade, Trade):
                continue
            grid = grids.setdefault(trade.symbol, PriceGrid(1_000, 320))
            grid.add(trade.at_ms, trade.price)
            old = grid.back(300, trade.at_ms)
            if not old or trade.at_ms < quiet_ms.get(trade.symbol, 0):
                continue
            change = (trade.price / old - 1) * 100
            if abs(change) >= percent:
                quiet_ms[trade.symbol] = trade.at_ms + 300_000
                alerts.append(jump(trade, change, old))
        return alerts

    return said


def as_trade(event: Event) -> Event:
    if not isinstance(event, Candle):
        return event
    return Trade(event.symbol, -1, event.close, 1.0, event.close_ms, False)


def jump(trade: Trade, change: float, old: float) -> PriceJump:
    direction: Literal["up", "down"] = "up" if change > 0 else "down"
    return PriceJump(
        id=f"{trade.at_ms}", symbol=trade.symbol, at_ms=trade.at_ms, excess=1.0,
        direction=direction, change_pct=change, window_s=300, price=trade.price, from_price=old,
        zscore=0.0, usual_pct=0.0,
    )  # fmt: skip


RULES: dict[str, Rule] = {
    "goraebot": detector(),
    "naive z > 2.5": naive,
    "1 % in 5 min": fixed(1),
    "3 % in 5 min": fixed(3),
    "5 % in 5 min": fixed(5),
}


class Recorded:
    """The recordings, read once."""

    def __init__(self, folder: Path) -> None:
        def of(path: Path) -> list[Event]:
            return [e for e in read([path], Tally()) if isinstance(e, Trade | Candle)]

        self.quiet = [of(path) for path in sorted((folder / "frames").glob("*.gz"))]
        months = {path.name: of(path) for path in sorted((folder / "klines").glob("*.gz"))}
        self.calm = months.pop("NEARUSDT-1m-2025-06.csv.gz")
        self.wild = [(rows, large_moves(rows)) for rows in months.values()]
        with (folder / "pumps" / "events.csv").open() as file:
            labels = [
                (r["file"], r["onset_25s_utc"] or r["announced_utc"]) for r in csv.DictReader(file)
            ]
        self.thin = [(of(folder / "pumps" / name), utc_ms(at)) for name, at in labels]


def large_moves(rows: Iterable[Event]) -> list[Episode]:
    return episodes(row for row in rows if isinstance(row, Candle))


def utc_ms(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp() * 1000)


def span_ms(rows: list[Event]) -> int:
    return rows[-1].at_ms - rows[0].at_ms


def measured(rule: Rule, on: Recorded, quiet_rule: Rule) -> dict[str, float]:
    """One row of the table."""
    delays, large = [], 0
    for rows, moves in on.wild:
        alerts = rule(rows)
        large += len(moves)
        delays += [d for move in moves if (d := delay_s(move, alerts)) is not None]
    others, days, pumps = 0, 0.0, 0
    for rows, at_ms in on.thin:
        alerts = rule(rows)
        others += sum(not at_ms - 300_000 <= a.at_ms <= at_ms + HOUR_MS for a in alerts)
        pumps += any(at_ms - 60_000 <= a.at_ms <= at_ms + 120_000 for a in alerts)
        days += span_ms(rows) / DAY_MS
    quiet = sum(len(quiet_rule(rows)) for rows in on.quiet)
    return {
        "quiet": quiet / (sum(map(span_ms, on.quiet)) / HOUR_MS),
        "calm": len(rule(on.calm)) / (span_ms(on.calm) / DAY_MS),
        "found": len(delays),
        "of": large,
        "delay": statistics.median(delays) if delays else float("nan"),
        "thin": others / days if days else float("nan"),
        "pumps": pumps,
    }


def test_price_jumps_beside_the_textbook_rules(recordings: Path) -> None:
    on = Recorded(recordings)
    # The quiet recordings are shorter than the warm-up, which would be too easy.
    rows = {
        name: measured(rule, on, detector(warmup_s=0.0) if name == "goraebot" else rule)
        for name, rule in RULES.items()
    }
    minutes = sum(map(span_ms, on.quiet)) / 60_000
    print(f"\nfalse alarms and large moves, {minutes:.0f} quiet minutes, a calm month of NEARUSDT,")
    print("four symbols in February 2025, 23 pumped thin pairs; every alert before any cooldown")
    print("                 quiet   calm month  5 % episodes  median   thin pairs   pumps")
    print("                 per h  per sym-day  found in time delay s  per sym-day  found")
    for name, row in rows.items():
        found = f"{row['found']:.0f} of {row['of']:.0f}"
        print(
            f"  {name:14} {row['quiet']:6.1f} {row['calm']:12.3f} {found:>14}"
            f" {row['delay']:8.0f} {row['thin']:12.2f} {row['pumps']:7.0f}"
        )
    ours = rows["goraebot"]
    assert ours["quiet"] == 0
    assert ours["calm"] <= 0.1
    assert ours["found"] == ours["of"] == 17


def test_a_tenth_more_or_less_of_a_setting_breaks_nothing(recordings: Path) -> None:
    on, usual = Recorded(recordings), Settings()
    on.thin = []
    print("\n                        quiet per h  calm per sym-day  5 % episodes in time")
    for name in ("threshold", "min_percent", "always_percent", "halflife_s", "confirm_stay_s"):
        value = getattr(usual, name)
        for times in (0.8, 0.9, 1.1, 1.2):
            if isinstance(value, tuple):
                varied: object = tuple(part * times for part in value)
            else:
                varied = value * times
            row = measured(
                detector(**{name: varied}), on, detector(**{name: varied, "warmup_s": 0.0})
            )
            print(
                f"  {name:14} × {times} {row['quiet']:13.1f} {row['calm']:17.3f}"
                f" {row['found']:10.0f} of {row['of']:.0f}"
            )
            if times in (0.9, 1.1):
                assert row["quiet"] == 0
                assert row["calm"] <= 0.1
                # Moves are due at three percent: whoever waits for more is late by definition.
                assert row["found"] == row["of"] or (name, times) == ("min_percent", 1.1)


def scaled(rows: Iterable[Event], times: float) -> list[Event]:
    """Candles whose moves are so many times as large; below zero they go the other way."""
    first = next(row.open for row in rows if isinstance(row, Candle))

    def moved(price: float) -> float:
        return first * (price / first) ** times

    found: list[Event] = []
    for row in rows:
        assert isinstance(row, Candle)
        low, high = sorted((moved(row.low), moved(row.high)))
        close = moved(row.close)
        found.append(
            msgspec.structs.replace(row, open=moved(row.open), high=high, low=low, close=close)
        )
    return found


def test_months_that_are_calmer_wilder_and_upside_down(recordings: Path) -> None:
    on, rule = Recorded(recordings), detector()
    print("\n  moves × 5 % episodes in time   calm per sym-day")
    for times in (0.7, 0.85, 1.0, -1.0, 1.2, 1.5):
        found = large = 0
        for rows, _ in on.wild:
            varied = scaled(rows, times)
            moves, alerts = large_moves(varied), rule(varied)
            large += len(moves)
            found += sum(delay_s(move, alerts) is not None for move in moves)
        calm = len(rule(scaled(on.calm, times))) / (span_ms(on.calm) / DAY_MS)
        print(f"  {times:7} {found:13} of {large} {calm:16.3f}")
        if times <= 1.2:
            assert found == large
            assert calm <= 0.1
