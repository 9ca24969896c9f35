"""What is remembered of futures: valuations that are current, and liquidations as bursts."""

import pytest

from pipeline.bursts import LONGEST_MS, TOGETHER_MS
from pipeline.futures import BURSTS, KEPT_MS, Futures
from pipeline.model import Gap, Liquidation, Mark, Position

NOW = 1_760_000_000_000


def mark(symbol: str = "BTCUSDT", at_ms: int = NOW, rate: float = 0.0001) -> Mark:
    return Mark(f"binance-futures:{symbol}", 65_000.0, 65_130.0, rate, NOW + 3_600_000, at_ms)


def closed(
    at_ms: int, dollars: float = 1_000.0, symbol: str = "BTCUSDT", position: Position = "long"
) -> Liquidation:
    return Liquidation(f"binance-futures:{symbol}", position, dollars, 1.0, at_ms)


@pytest.fixture
def futures() -> Futures:
    return Futures()


def test_a_contract_goes_by_its_own_name_and_the_newest_value_counts(futures: Futures) -> None:
    futures.on(mark(rate=0.0002, at_ms=NOW + 3_000))
    futures.on(mark(rate=0.0001, at_ms=NOW))  # a repeat after a reconnect
    known = futures.mark("BTCUSDT")
    assert known is not None
    assert (known.symbol, known.rate, known.at_ms) == ("BTCUSDT", 0.0002, NOW + 3_000)
    assert known.premium_pct == pytest.approx(-0.19960, abs=1e-5)
    assert futures.since_ms == NOW + 3_000


def test_one_that_is_no_longer_valued_is_no_longer_told(futures: Futures) -> None:
    futures.on(mark("OLDUSDT"))
    futures.on(mark("BTCUSDT", at_ms=NOW + 60_001))
    assert futures.mark("OLDUSDT") is None
    assert [m.symbol for m in futures.marks()] == ["BTCUSDT"]


def test_the_highest_rate_comes_first(futures: Futures) -> None:
    for symbol, rate in (("AUSDT", 0.0), ("BUSDT", -0.01), ("CUSDT", 0.02)):
        futures.on(mark(symbol, rate=rate))
    assert [m.symbol for m in futures.marks()] == ["CUSDT", "AUSDT", "BUSDT"]


def test_liquidations_that_follow_one_another_are_one_burst(futures: Futures) -> None:
    for at_ms in (NOW, NOW + 1_000, NOW + 1_000 + TOGETHER_MS):
        futures.on(closed(at_ms))
    futures.on(closed(NOW + 2_000, position="short"))
    futures.on(closed(NOW + 2_000, symbol="ETHUSDT"))
    futures.on(closed(NOW + 1_001 + 2 * TOGETHER_MS))
    bursts = [(b.symbol, b.position, b.count, b.notional) for b in futures.bursts(NOW)]
    assert bursts == [
        ("BTCUSDT", "long", 3, 3_000.0),
        ("BTCUSDT", "short", 1, 1_000.0),
        ("ETHUSDT", "long", 1, 1_000.0),
        ("BTCUSDT", "long", 1, 1_000.0),
    ]
    total = futures.closed(NOW, "BTCUSDT")
    assert (total.long, total.longs, total.short, total.shorts) == (4_000.0, 4, 1_000.0, 1)


def test_a_burst_does_not_go_on_for_ever(futures: Futures) -> None:
    for at_ms in range(NOW, NOW + 2 * LONGEST_MS, 30_000):
        futures.on(closed(at_ms))
    spans = [b.to_ms - b.from_ms for b in futures.bursts(NOW)]
    assert len(spans) == 2
    assert max(spans) <= LONGEST_MS


def test_a_sum_is_of_the_bursts_since_then(futures: Futures) -> None:
    futures.on(closed(NOW, 5_000.0))
    futures.on(closed(NOW + 3_600_000, 7_000.0))
    assert futures.closed(NOW + 1).long == 7_000.0
    assert futures.closed(NOW).long == 12_000.0


def test_what_is_older_than_a_day_or_too_much_is_forgotten(futures: Futures) -> None:
    futures.on(closed(NOW))
    futures.on(closed(NOW + KEPT_MS + 1))
    assert len(list(futures.bursts(0))) == 1
    for number in range(BURSTS + 10):
        futures.on(closed(NOW + KEPT_MS + 2, symbol=f"C{number}USDT"))
    assert len(list(futures.bursts(0))) == BURSTS


def test_contracts_that_are_not_paid_in_dollars_are_left_out(futures: Futures) -> None:
    futures.on(mark("ETHBTC"))
    futures.on(closed(NOW, symbol="ETHBTC"))
    futures.on(Gap(("*",), NOW, NOW, "test"))
    assert futures.marks() == []
    assert list(futures.bursts(0)) == []
    assert futures.since_ms == 0


def test_what_two_connections_tell_is_counted_once(futures: Futures) -> None:
    for event in (closed(NOW), closed(NOW), closed(NOW + 1_000), closed(NOW + 1_000)):
        futures.on(event)
    assert futures.closed(NOW).longs == 2
    assert futures.liquidated_ms == NOW + 1_000
