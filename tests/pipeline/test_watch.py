"""The loop: events to alerts, the same ones live and replayed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence

import msgspec
import pytest

from pipeline import gate, watch
from pipeline.detectors import KINDS, Kind, large_trade, price_jump, pump, spread
from pipeline.market import Market
from pipeline.model import Alert, Book, BookDelta, Event, Gap, Move, Quote, Sweep, Ticker, Trade
from pipeline.watch import SWEEP_TICK_S, Watch

START_MS = 1_760_000_000_000


def fill(number: int, at_ms: int, quantity=600.0, price=100.0, symbol="BTCUSDT", **more) -> Trade:
    return Trade(symbol, number, price, quantity, START_MS + at_ms, False, **more)


def chosen(**detectors) -> watch.Settings:
    all_kinds = {kind: entry.settings() for kind, entry in KINDS.items()}
    return watch.Settings(detectors={**all_kinds, **detectors})


def said(loop: Watch, *events: Event) -> list[Alert]:
    return [alert for event in events for alert in loop.on(event)]


def kinds(alerts) -> list[str]:
    return [alert.kind for alert in alerts]


def market_of_everything() -> list[Event]:
    """A calm quarter of an hour, then a large order that moves price and spread."""
    events: list[Event] = []
    for n in range(900):
        price = 100.0 + (n % 3) / 100
        at_ms = START_MS + n * 1_000
        events.append(Quote("BTCUSDT", price - 0.01, 1.0, price + 0.01, 1.0, n, at_ms))
        events.append(fill(n, n * 1_000 + 1, 0.1, price))
    events.append(fill(2_000, 900_000, 1_000.0, 105.0))
    for n in range(10):
        at_ms = START_MS + 900_100 + n * 1_000
        events.append(Quote("BTCUSDT", 104.0, 1.0, 106.0, 1.0, 5_000 + n, at_ms))
        events.append(fill(2_001 + n, 900_200 + n * 1_000, 0.1, 105.0))
    return events


# --- which detectors, which alerts ---------------------------------------------------------------


def test_every_enabled_detector_is_asked():
    alerts = said(Watch(Market()), *market_of_everything())
    assert sorted(kinds(alerts)) == ["large_trade", "price_jump", "spread"]


def test_an_alert_is_told_before_anything_that_can_wait_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    did: list[str] = []
    on = pump.Pumps.on

    def noting(self: pump.Pumps, event: Event | Sweep) -> Iterable[Alert]:
        did.append("the next detector is asked")
        return on(self, event)

    monkeypatch.setattr(pump.Pumps, "on", noting)
    loop = Watch(Market())

    def tell(alerts: Sequence[Alert]) -> None:
        did.extend(kinds(alerts))
        assert (len(loop.market.large_trades), loop.market.symbols["BTCUSDT"].price) == (0, 100.0)

    loop.on_all([fill(1, 0), fill(2, 100, price=101.0)], tell)
    assert did == ["large_trade", "the next detector is asked"]
    assert len(loop.market.large_trades) == 1


@pytest.mark.parametrize("kind", ["large_trade", "price_jump", "spread"])
def test_kinds_leaves_only_those_detectors(kind):
    alerts = said(Watch(Market(), kinds={kind}), *market_of_everything())
    assert kinds(alerts) == [kind]
    assert said(Watch(Market(), kinds=()), *market_of_everything()) == []


def test_a_detector_switched_off_is_not_asked():
    off = chosen(
        large_trade=large_trade.Settings(enabled=False), spread=spread.Settings(enabled=False)
    )
    assert kinds(said(Watch(Market(), off), *market_of_everything())) == ["price_jump"]


def test_a_kind_asked_for_by_name_is_asked_even_if_it_is_switched_off():
    off = chosen(price_jump=price_jump.Settings(enabled=False))
    assert kinds(said(Watch(Market(), off, kinds={"price_jump"}), *market_of_everything()))


class Picky:
    """Wants trades and gaps, and breaks where a test says so."""

    WANTS = (Trade, Gap)

    def __init__(self, symbol, settings, view) -> None:
        self.asked: list[Event] = []
        self.breaks_at = 0

    def on(self, event):
        self.asked.append(event)
        if len(self.asked) == self.breaks_at:
            raise ZeroDivisionError
        return ()


def test_a_detector_is_asked_about_what_it_wants_and_about_nothing_else(monkeypatch):
    class Subtrade(Trade, frozen=True):
        """What sources deliver may be a kind of Trade."""

    monkeypatch.setitem(KINDS, "picky", Kind(large_trade.Settings, Picky))
    loop = Watch(Market(), chosen(), kinds={"picky"})
    trades = [fill(1, 0), Subtrade("BTCUSDT", 2, 100.0, 1.0, START_MS + 9, False)]
    gap = Gap(("BTCUSDT",), START_MS, START_MS + 1, "test")
    said(loop, trades[0], Quote("BTCUSDT", 99.0, 1.0, 101.0, 1.0), trades[1], gap)
    (picky,) = loop._lanes["BTCUSDT"].detectors
    assert picky.asked == [*trades, gap]


def test_a_detector_that_fails_is_left_out_and_the_others_go_on(monkeypatch):
    monkeypatch.setitem(KINDS, "picky", Kind(large_trade.Settings, Picky))
    loop = Watch(Market(), chosen(), raw=True)
    said(loop, fill(1, 0))
    (picky,) = (d for d in loop._lanes["BTCUSDT"].detectors if isinstance(d, Picky))
    picky.breaks_at = 2
    alerts = said(loop, *(fill(n, n * 1_000) for n in range(2, 6)))
    assert (len(picky.asked), loop.failed) == (2, 1)
    assert kinds(alerts) == ["large_trade"] * 4


def test_raw_is_what_the_detectors_say_before_the_gate():
    orders = [fill(n, n * 1_000) for n in range(10)]
    assert len(said(Watch(Market(), raw=True), *orders)) == 9, "the tenth is still open"
    gated = Watch(Market())
    assert len(said(gated, *orders)) == 1
    assert sum(gated.gate.verdicts.values()) == 9


def test_the_gate_s_settings_are_followed():
    settings = watch.Settings(gate=gate.Settings(cooldown_by_kind={"large_trade": 2.0}))
    loop = Watch(Market(), settings, kinds={"large_trade"})
    assert len(said(loop, *(fill(n, n * 1_000) for n in range(10)))) == 5


def test_the_end_of_the_input_ends_what_is_open():
    loop = Watch(Market(), raw=True)
    assert said(loop, fill(1, 0), fill(2, 0, symbol="ETHUSDT")) == []
    assert [(a.kind, a.symbol) for a in loop.finish()] == [
        ("large_trade", "BTCUSDT"),
        ("large_trade", "ETHUSDT"),
    ]
    assert loop.finish() == []


def test_the_same_events_give_the_same_alerts():
    events = market_of_everything()
    assert said(Watch(Market()), *events) == said(Watch(Market()), *events) != []


def test_symbols_are_watched_apart():
    events = market_of_everything()
    alone = said(Watch(Market()), *events)
    mixed = []
    for event in events:
        mixed += [msgspec.structs.replace(event, symbol="ETHUSDT"), event]
    both = said(Watch(Market()), *mixed)
    assert [a for a in both if a.symbol == "BTCUSDT"] == alone
    assert len(both) == 2 * len(alone)


def test_events_and_trades_are_counted():
    loop = Watch(Market())
    said(loop, fill(1, 0), fill(1, 0), fill(2, 1), Ticker("ETHUSDT", 1, 1, 1, 1, 1, 1, 1))
    assert (loop.events, loop.trades, loop.repeated) == (4, 2, 1)


def test_a_repeated_trade_changes_nothing_in_the_market():
    loop = Watch(Market(), kinds=())
    said(loop, fill(1, 0, price=100.0), fill(2, 1, price=101.0), fill(1, 0, price=100.0))
    assert loop.market["BTCUSDT"].price == 101.0


def test_rolling_days_of_symbols_not_watched_are_kept_without_a_detector():
    loop = Watch(Market())
    said(loop, Ticker("XYZUSDT", START_MS, 1, 1, 1, 1, 1, 1))
    assert loop.market["XYZUSDT"].day is not None
    assert "XYZUSDT" not in loop._lanes


def test_what_is_no_event_is_a_mistake_of_the_program():
    with pytest.raises(TypeError):
        Watch(Market()).on("trade")  # type: ignore[arg-type]


def test_differences_of_books_are_taken_without_a_word():
    assert said(Watch(Market()), BookDelta("BTCUSDT", 1, 2, (), (), START_MS)) == []


def test_a_gap_ends_open_sweeps_before_anything_is_forgotten():
    loop = Watch(Market(), raw=True)
    said(loop, Quote("BTCUSDT", 99.0, 1.0, 101.0, 1.0), fill(1, 0))
    (alert,) = said(loop, Gap(("BTCUSDT",), START_MS + 1, START_MS + 2, "test"))
    assert (alert.kind, alert.slippage_bp) == ("large_trade", 0.0)
    assert loop.finish() == []


def test_a_gap_of_all_symbols_ends_the_sweeps_of_each():
    loop = Watch(Market(), raw=True)
    said(loop, fill(1, 0), fill(1, 0, symbol="ETHUSDT"))
    alerts = said(loop, Gap(("*",), START_MS + 1, START_MS + 2, "test"))
    assert sorted(a.symbol for a in alerts) == ["BTCUSDT", "ETHUSDT"]


def test_a_symbol_forgotten_leaves_nothing_behind():
    loop = Watch(Market())
    said(loop, fill(5, 0), Book("BTCUSDT", (), (), 1, START_MS))
    loop.forget("BTCUSDT")
    assert loop.finish() == []
    assert "BTCUSDT" not in loop.market.symbols
    said(loop, fill(1, 1))
    assert loop.repeated == 0, "a symbol listed again counts its ids afresh"
    loop.forget("NEVERUSDT")


# --- live ----------------------------------------------------------------------------------------


def test_a_sweep_ends_at_the_second_tick_after_it_began():
    """Between 25 and 50 ms after its first fill, so that the last ones have come."""
    loop = Watch(Market(), raw=True)
    loop.tick()
    said(loop, fill(1, 0))
    assert loop.tick() == []
    assert kinds(loop.tick()) == ["large_trade"]
    assert loop.tick() == []


def test_each_sweep_has_its_own_two_ticks():
    loop = Watch(Market(), raw=True)
    said(loop, fill(1, 0))
    loop.tick()
    alerts = said(loop, fill(2, 40))
    assert kinds(alerts) == ["large_trade"], "the first one, ended by the next time"
    assert loop.tick() == []
    assert kinds(loop.tick()) == ["large_trade"]


def test_fills_that_keep_coming_at_one_time_do_not_keep_a_sweep_open():
    loop = Watch(Market(), raw=True)
    for n in range(4):
        said(loop, fill(n, 0))
        if loop.tick():
            break
    assert n == 1


class Script:
    """A source that delivers what it is given, and pauses where a number says so."""

    def __init__(self, *items: Event | float) -> None:
        self.items = items
        self.closed = False

    async def follow(self, wanted) -> None:
        raise NotImplementedError

    async def stream(self) -> AsyncIterator[Event]:
        try:
            for item in self.items:
                if isinstance(item, int | float):
                    await asyncio.sleep(item)
                else:
                    yield item
        finally:
            self.closed = True


class TimedBus:
    """A bus whose only listener wants to know when."""

    def __init__(self) -> None:
        self.told: list[tuple[float, Alert]] = []

    def publish(self, move: Move) -> None:
        if move.alert is not None:
            self.told.append((asyncio.get_running_loop().time(), move.alert))


async def heard(source: Script, loop: Watch) -> list[tuple[float, Alert]]:
    """What the loop publishes, and when, until the source ends."""
    bus = TimedBus()
    await loop.run(source, bus)  # type: ignore[arg-type]
    return bus.told


def test_live_an_order_is_told_within_fifty_milliseconds(instantly: Callable):
    source = Script(0.01, fill(1, 0), 10.0)
    ((at_s, alert),) = instantly(heard(source, Watch(Market(), raw=True)))
    assert alert.kind == "large_trade"
    assert 0.01 + SWEEP_TICK_S <= at_s <= 0.01 + 0.05 + 1e-9
    assert source.closed


def test_live_the_end_of_the_source_ends_what_is_open(instantly: Callable):
    ((at_s, alert),) = instantly(heard(Script(fill(1, 0)), Watch(Market(), raw=True)))
    assert (alert.kind, at_s) == ("large_trade", 0.0)


def test_live_and_replayed_the_alerts_are_the_same(instantly: Callable):
    events = market_of_everything()
    replay = Watch(Market(), raw=True)
    expected = [*said(replay, *events), *replay.finish()]
    paced = [item for event in events for item in (event, 0.06)]
    live = instantly(heard(Script(*paced), Watch(Market(), raw=True)))
    # A replay knows that an order is over only when the symbol's next trade comes.
    assert sorted(alert.id for _, alert in live) == sorted(alert.id for alert in expected)
    assert all(alert in expected for _, alert in live)


def test_a_source_that_fails_is_closed_and_its_error_is_told(instantly: Callable):
    class Failing(Script):
        async def stream(self):
            async for event in super().stream():
                yield event
            raise RuntimeError("out of data")

    source = Failing(fill(1, 0))
    with pytest.raises(ExceptionGroup) as caught:
        instantly(heard(source, Watch(Market())))
    assert "out of data" in repr(caught.value)
    assert source.closed


def test_what_is_usual_for_its_symbol_is_a_move_of_its_own():
    loop = Watch(Market(), chosen(large_trade=large_trade.Settings(per_day=0.5)))
    usual = [fill(n, n * 120_000, 600.0 + n) for n in range(300)]
    moves = list(loop.grouped(said(loop, *usual)))
    told = len(moves)
    loop.gate.wanted = {"large_trade": (0.0,)}
    more = [fill(1_000 + n, 40_000_000 + n * 120_000, 600.0) for n in range(3)]
    moves = list(loop.grouped(said(loop, *more)))
    common = [move for move in moves if move.alert is not None and not move.alert.notable]
    assert told > 0
    assert len(common) >= 2
    assert {(move.stage, move.id == move.alert.id) for move in common} == {("opened", True)}
