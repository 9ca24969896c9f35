"""What detectors have learnt reaches their successors, and nothing unreadable does."""

import logging

import pytest

from pipeline.baselines import Baselines
from pipeline.market import Market
from pipeline.model import Trade
from pipeline.notes import Baseline
from pipeline.watch import Watch

START_MS = 1_760_054_400_000


def trades(symbol: str, count: int, from_ms: int = START_MS) -> list[Trade]:
    return [
        Trade(symbol, n, 100.0, 1.0 + n % 50, from_ms + n * 1_000, n % 2 == 0) for n in range(count)
    ]


def watched(baselines: Baselines, *symbols: str, count: int = 4_000) -> Watch:
    loop = Watch(Market(), made=baselines.restore)
    for symbol in symbols:
        for trade in trades(symbol, count):
            loop.on(trade)
    return loop


def test_a_detector_begins_with_what_its_predecessor_knew() -> None:
    before = watched(Baselines(), "BTCUSDT", "ETHUSDT")
    kept = list(Baselines().collect(before))
    assert {(one.detector, one.symbol) for one in kept} >= {
        (detector, symbol)
        for detector in ("LargeTrades", "VolumeSurges")
        for symbol in ("BTCUSDT", "ETHUSDT")
    }
    baselines = Baselines(kept)
    after = Watch(Market(), made=baselines.restore)
    assert baselines.restored == 0, "not before the symbol is watched"
    order = Trade("BTCUSDT", 9_000, 100.0, 3_000.0, START_MS + 5_000_000, False)
    said = [*after.on(order), *after.finish()]
    assert [alert.facts()["percentile"] for alert in said] == [pytest.approx(100.0)]
    assert baselines.restored == sum(one.symbol == "BTCUSDT" for one in kept)
    assert watched(Baselines(), "BTCUSDT", count=1).finish() == []


def test_it_is_handed_out_once() -> None:
    """A symbol that is listed again begins anew."""
    kept = list(Baselines().collect(watched(Baselines(), "BTCUSDT")))
    baselines = Baselines(kept)
    loop = Watch(Market(), made=baselines.restore)
    loop.detectors("BTCUSDT")
    restored = baselines.restored
    loop.forget("BTCUSDT")
    loop.detectors("BTCUSDT")
    assert baselines.restored == restored > 0


def test_what_cannot_be_read_is_told_once_and_the_detector_begins_anew(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = [Baseline("VolumeSurges", f"{n}USDT", b"from the future") for n in range(20)]
    kept.append(Baseline("NoSuchDetector", "1USDT", b""))
    baselines = Baselines(kept)
    loop = Watch(Market(), made=baselines.restore)
    for n in range(20):
        loop.on(Trade(f"{n}USDT", 1, 1.0, 1.0, START_MS, False))
    assert (baselines.restored, loop.failed) == (0, 0)
    told = [r for r in caplog.records if r.levelno >= logging.WARNING]
    assert len(told) == 1
    assert "VolumeSurges of 0USDT" in told[0].getMessage()


def test_symbols_that_go_while_it_is_collected_do_not_come_back() -> None:
    loop = watched(Baselines(), "BTCUSDT", "ETHUSDT", "XRPUSDT")
    collected = Baselines().collect(loop)
    first = next(collected)
    assert first.symbol == "BTCUSDT"
    loop.forget("XRPUSDT")
    assert {one.symbol for one in collected} == {"BTCUSDT", "ETHUSDT"}
    assert "XRPUSDT" not in loop.symbols
