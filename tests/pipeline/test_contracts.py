"""Detectors of contracts: made for those that are told of, left out when they break."""

from collections.abc import Iterable

import msgspec
import pytest

from pipeline.detectors import KINDS
from pipeline.market import Market
from pipeline.model import ALL, Event, Gap, Liquidation, Mark, Sweep
from pipeline.notes import Dropped, Lull, by_market
from pipeline.watch import Watch

SYMBOL = "binance-futures:BTCUSDT"
MARK = Mark(SYMBOL, 100.0, 100.0, 0.0, 9, 1)
FORCED = Liquidation(SYMBOL, "long", 100.0, 1.0, 2)


class Listener:
    """Wants liquidations and gaps; breaks at the first gap."""

    WANTS = (Liquidation, Gap)

    def __init__(self) -> None:
        self.heard: list[Event | Sweep] = []

    def on(self, event: Event | Sweep) -> Iterable[None]:
        self.heard.append(event)
        if isinstance(event, Gap):
            raise ZeroDivisionError
        return ()


def test_a_detector_hears_what_it_wants_until_it_breaks_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made: list[Listener] = []

    def make(*_: object) -> Listener:
        made.append(Listener())
        return made[-1]

    for kind in ("liquidation", "funding"):
        entry = msgspec.structs.replace(KINDS[kind], make=make)
        monkeypatch.setitem(KINDS, kind, entry)
    loop = Watch(Market())
    gap = Gap((ALL,), 2, 3, "test")
    for event in (MARK, FORCED):
        loop.on(event)
    loop.on(Gap(("OTHER",), 2, 3, "test"))
    assert [one.heard for one in made] == [[FORCED], [FORCED]]
    loop.on(gap)
    loop.on(FORCED)
    assert [one.heard for one in made] == [[FORCED, gap], [FORCED, gap]]
    assert loop.failed == 2
    assert caplog.messages == [f"Listener of {SYMBOL} left out"] * 2


def test_hundreds_of_contracts_that_are_only_valued_take_no_lane() -> None:
    loop = Watch(Market())
    for number in range(300):
        loop.on(Mark(f"binance-futures:C{number}USDT", 1.0, 1.0, 0.0, 9, 1))
    assert len(loop.symbols) == 300
    assert not loop._lanes
    kinds = [kind for kind, entry in KINDS.items() if entry.of == "contracts"]
    assert len(loop.detectors("binance-futures:C7USDT")) == len(kinds) == 2
    for second in range(60):  # of another exchange nothing is told, whatever is closed there
        assert not loop.on(Liquidation("bybit:BTCUSDT", "long", 1e5, 1e3, second * 1_000))
    assert len(loop.symbols) == 300


def test_each_market_s_recording_is_told_of_its_own_symbols() -> None:
    assert list(by_market(Lull(("BTCUSDT", SYMBOL, "ETHUSDT")))) == [
        (False, Lull(("BTCUSDT", "ETHUSDT"))),
        (True, Lull((SYMBOL,))),
    ]
    assert list(by_market(Lull(("okex:BTC-USDT",)))) == [], "other exchanges are not recorded"
    assert list(by_market(Dropped("okex:BTC-USDT"))) == []
    assert list(by_market(Dropped(SYMBOL))) == [(True, Dropped(SYMBOL))]
    assert list(by_market(Dropped("BTCUSDT"))) == [(False, Dropped("BTCUSDT"))]
