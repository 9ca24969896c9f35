"""Trades that wait: whatever comes, everything is as if each had been told at once."""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import pytest

from pipeline import sweeps, watch
from pipeline.detectors import KINDS, book_imbalance, large_trade, price_jump, pump, volume_surge
from pipeline.lanes import Lane
from pipeline.levels import Crossing, Level, Levels
from pipeline.market import Market
from pipeline.model import (
    Alert,
    Book,
    BookImbalance,
    Candle,
    Event,
    Gap,
    LargeTrade,
    Quote,
    Ticker,
    Trade,
)
from pipeline.ports import Lasting
from pipeline.sources.recording import Tally, read
from pipeline.watch import MOVES_TICKS, Tell, Watch

START_MS = 1_760_000_000_000 - 1_760_000_000_000 % 300_000
TAPES = sorted((Path(__file__).parents[1] / "tapes").glob("*.jsonl"))
SHARED = Path(__file__).parents[3] / "shared" / "data"


class Impatient(Lane):
    """One in which no trade waits."""

    __slots__ = ()

    def may_wait(self, _trade: Trade, _levels: Levels) -> bool:
        return False


class Told(Watch):
    """A watch in which no trade waits."""

    def _lane(self, symbol: str) -> Lane:
        lane = super()._lane(symbol)
        lane.__class__ = Impatient
        return lane


def numbered(events: Iterable[Event]) -> list[Event]:
    """The same, where trades have ids of matches that follow one on another, as live ones do."""
    newest: dict[str, int] = {}
    found: list[Event] = []
    for event in events:
        if isinstance(event, Trade):
            number = newest[event.symbol] = newest.get(event.symbol, 0) + 1
            event = msgspec.structs.replace(event, first_id=number, last_id=number)
        found.append(event)
    return found


SOON = {
    "large_trade": large_trade.Settings(min_notional=5_000.0),
    "price_jump": price_jump.Settings(warmup_s=0.0, confirm_trades=2, confirm_s=0.0),
    "pump": pump.Settings(warmup_s=0.0, threshold=1.5),
    "volume_surge": volume_surge.Settings(
        warmup_s=0.0, min_notional=1_000.0, times_usual=3.0, day_percent=0.0
    ),
}
"""Settings under which a lively quarter of an hour raises every kind of alert."""


def watching(kind: type[Watch], *, raw: bool = True, **more: msgspec.Struct) -> Watch:
    chosen = SOON | more
    detectors = {name: chosen.get(name, entry.settings()) for name, entry in KINDS.items()}
    return kind(Market(), watch.Settings(detectors=detectors), raw=raw)


def lively(seed: int, count: int = 4_000) -> list[Event]:
    """Calm and wild minutes of a symbol, with everything that may go wrong on the way."""
    rng, parts = random.Random(seed), random.Random(seed)
    events: list[Event] = []
    at_ms, price, number, mood = START_MS + rng.randrange(300_000), 100.0, 0, "calm"
    pace_ms = rng.choice((20, 200, 1_500))
    while len(events) < count:
        at_ms += int(rng.expovariate(1 / pace_ms))
        if rng.random() < 0.01:
            mood = rng.choice(("calm", "calm", "calm", "pump", "crash", "busy"))
        what = rng.random()
        if what < 0.02:
            events.append(Quote("AUSDT", price * 0.9999, 1.0, price * 1.0001, 1.0, 0, at_ms))
        elif what < 0.06:
            events.append(book(rng, price, at_ms))
        elif what < 0.062:
            events.append(Ticker("AUSDT", at_ms, price, price, price, price, 1e4, 1e6))
        elif what < 0.064:
            start_ms = at_ms - at_ms % 60_000
            events.append(
                Candle(
                    "AUSDT",
                    "1m",
                    start_ms - 60_000,
                    start_ms - 1,
                    price,
                    price,
                    price,
                    price,
                    5.0,
                    500.0,
                    9,
                    2.0,
                    200.0,
                    True,
                    at_ms,
                )
            )
        elif what < 0.066:
            events.append(Gap(("AUSDT",), at_ms - 1_000, at_ms, "test"))
            at_ms += rng.choice((0, 5_000, 4_000_000))
        else:
            sold = rng.random() < {"pump": 0.1, "crash": 0.9}.get(mood, 0.5)
            micros = parts.choice((0, 0, 0, 250))
            for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
                drift = {"pump": 3e-3, "crash": -3e-3}.get(mood, 0.0)
                price *= 1 + drift * rng.random() + rng.gauss(0, 1e-4)
                price = max(price, 1e-3)
                told = round(price, rng.choice((2, 2, 2, 1)))
                dollars = rng.lognormvariate(4, 1.3) * (5 if mood == "busy" else 1)
                number += rng.choices((1, 0, 3), (200, 1, 1))[0]  # repeated, and missing ones
                late_ms = rng.choices((0, 300, 1_700, 70_000), (500, 2, 2, 1))[0]
                other = sold if rng.random() < 0.97 else not sold
                trade = Trade("AUSDT", number, told, dollars / told, at_ms - late_ms, other)
                matches = rng.choice((1, 1, 3))
                last = number + matches - 1
                at = micros if parts.random() < 0.97 else 500
                trade = msgspec.structs.replace(trade, first_id=number, last_id=last, micros=at)
                events.append(trade)
                number = last
    return events


def book(rng: random.Random, price: float, at_ms: int) -> Book:
    """Twenty levels a side, now and then one of them a wall."""
    sides = []
    for sign in (-1, 1):
        sizes = [rng.lognormvariate(3, 0.5) for _ in range(20)]
        if rng.random() < 0.7:
            sizes[rng.randrange(2, 8)] = 20_000.0
        levels = [(round(price + sign * 0.01 * (n + 1), 2), s) for n, s in enumerate(sizes)]
        sides.append(tuple(levels))
    return Book("AUSDT", sides[0], sides[1], 0, at_ms)


def compared(
    events: Sequence[Event], waits: Watch, told: Watch, look_every: int = 50
) -> tuple[list[Alert], float]:
    """Play to both; their alerts, which are the same at each event, and which share of the trades
    had to wait. After so many events what waits is told, as live the clock does it."""
    alerts: list[Alert] = []
    held = trades = 0
    for n, event in enumerate(events):
        said = list(waits.on(event))
        assert said == list(told.on(event)), f"at event {n}"
        alerts += said
        if isinstance(event, Trade):
            trades += 1
            held += bool(waits._lanes[event.symbol].held)
        if n % look_every == 0:
            look(waits)
        if n % 70 == 0:
            read_states(waits)
        if n % 50 == 0:
            assert seen(waits) == seen(told), f"after event {n}"
        if n % 400 == 0:
            assert known(waits) == known(told), f"after event {n}"
    last = waits.finish()
    assert last == told.finish()
    for symbol in told.symbols:
        pairs = zip(waits.detectors(symbol), told.detectors(symbol), strict=True)
        assert all(a.state() == b.state() for a, b in pairs if isinstance(a, Lasting))  # type: ignore[union-attr]
    assert seen(waits) == seen(told)
    assert known(waits) == known(told)
    return alerts + last, held / max(1, trades)


def read_states(loop: Watch) -> None:
    """As they are saved, which changes nothing."""
    for lane in loop._lanes.values():
        for detector in lane.detectors:
            if isinstance(detector, Lasting):
                detector.state()


def known(loop: Watch) -> list[tuple[str, str, object]]:
    """What those detectors know that begin no second before they are told of it."""
    return [
        (symbol, slot, value)
        for symbol in loop.symbols
        for detector in loop.detectors(symbol)
        if isinstance(detector, large_trade.LargeTrades | price_jump.PriceJumps)
        for slot in detector.__slots__
        if isinstance(value := getattr(detector, slot), bool | int | float | str | tuple | list)
        and slot != "_windows"
    ]


def look(loop: Watch) -> None:
    """As the clock does in a second."""
    for symbol in loop._lanes:
        loop.tell_what_waits(symbol)


def seen(loop: Watch) -> tuple[object, ...]:
    """What commands and other parts may read at any time."""
    now_ms = loop.market.newest_ms
    changes = [
        (symbol, state.price, *(state.change_pct(s, now_ms) for s in (60, 300, 3_600)))
        for symbol, state in loop.market.symbols.items()
    ]
    return now_ms, loop.events, loop.trades, loop.repeated, loop.failed, changes


@pytest.mark.parametrize("seed", range(24))
def test_alerts_are_the_same_each_at_the_same_event_whether_trades_wait_or_not(seed, monkeypatch):
    look_every = (4, 50, 5_000)[seed % 3]
    monkeypatch.setattr(sweeps, "KEPT", (1, 7, sweeps.KEPT, sweeps.KEPT)[seed % 4])
    for where in (watch, sweeps):
        monkeypatch.setattr(where, "MOST", 10_000 if seed % 5 else 2)
    alerts, held = compared(lively(seed), watching(Watch), watching(Told), look_every)
    assert held > 0.01, "or nothing has been compared"
    assert alerts


def test_a_half_hour_is_learnt_with_the_first_bucket_behind_it():
    """The one of this market ends when its volume is about to surge."""
    soon = msgspec.structs.replace(SOON["volume_surge"], window_s=65)
    loops = [watching(kind, volume_surge=soon) for kind in (Watch, Told)]
    alerts, _ = compared(lively(1_032, 700), *loops)
    surges = [alert.at_ms - START_MS for alert in alerts if alert.kind == "volume_surge"]
    assert 611_134 in surges  # eleven seconds behind the half hour


def test_those_markets_raise_every_kind_that_looks_at_trades():
    kinds: set[str] = set()
    for seed in range(24):
        kinds |= {alert.kind for alert in played(watching(Watch), lively(seed))}
        if kinds >= set(SOON):
            return
    assert kinds >= set(SOON)


def played(loop: Watch, events: Sequence[Event]) -> list[Alert]:
    return [alert for event in events for alert in loop.on(event)] + loop.finish()


@pytest.mark.parametrize("path", TAPES, ids=lambda path: path.stem)
def test_the_tapes_are_told_the_same(path):
    from detectors.test_every_detector import Tape

    tape = Tape(path)
    told = tape.watch()
    told.__class__ = Told
    alerts, _ = compared(numbered(tape.events), tape.watch(), told)
    assert len(alerts) == len(tape.expected)


@pytest.mark.parametrize("seed", range(6))
def test_price_levels_are_reached_at_the_same_trade(seed):
    rng = random.Random(seed)
    reached: dict[type[Watch], list[tuple[int, Crossing]]] = {}
    for kind in (Watch, Told):
        rng.seed(seed)
        loop, found = watching(kind), []
        crossings: list[Crossing] = []
        loop.levels.reached = crossings.append
        for place, event in enumerate(lively(seed)):
            if place % 40 == 20:
                state = loop.market.symbols["AUSDT"]
                price, way = (state.price or 100.0) * rng.uniform(0.995, 1.005), "up"
                if price < (state.price or 100.0):
                    way = "down"
                loop.levels.put(Level(place, "AUSDT", price, way, 0, 2**60))  # type: ignore[arg-type]
            before = len(crossings)
            loop.on(event)
            found += [(place, crossing) for crossing in crossings[before:]]
        reached[kind] = found
    assert reached[Watch] == reached[Told]
    assert reached[Told]


@pytest.mark.parametrize("name", ["spot_ethusdt_20240808", "usdm_btcusdt_20240808"])
def test_recorded_minutes_are_told_the_same(recordings, name):
    events = numbered(read([recordings / "frames" / f"{name}.ndjson.gz"], Tally()))
    _, held = compared(events, watching(Watch, raw=False), watching(Told, raw=False))
    assert held > 0.1


@pytest.mark.parametrize("name", ["APPC_2020-11-18_1800"])
def test_a_recorded_pump_is_told_the_same(recordings, name):
    rate = Ticker("BTCUSDT", 0, 18_000.0, 18_000.0, 18_000.0, 18_000.0, 1.0, 1.0)
    events = [rate, *numbered(read([recordings / "pumps" / f"{name}.csv.gz"], Tally()))]
    alerts, held = compared(events, Watch(Market(), raw=True), Told(Market(), raw=True))
    assert any(alert.kind == "pump" for alert in alerts)
    assert held > 0.2


def test_of_a_pair_in_another_currency_orders_are_told_at_once_while_its_rate_moves():
    rate = [
        Trade("BTCUSDT", n, 50_000.0 * (1 + n / 100), 1e-4, START_MS + n * 100, False)
        for n in range(40)
    ]
    orders = [
        Trade("ABTC", n, 1e-4, 950.0, START_MS + n * 100 + 7, False, first_id=n, last_id=n)
        for n in range(40)
    ]
    events = [event for pair in zip(numbered(rate), orders, strict=True) for event in pair]
    alerts, _ = compared(events, watching(Watch), watching(Told))
    assert any(alert.symbol == "ABTC" and alert.kind == "large_trade" for alert in alerts)


@pytest.mark.parametrize("touched", [True, False])
def test_a_trade_that_comes_to_a_wall_does_not_wait(touched):
    """A wall that was traded at has not vanished by itself."""
    events: list[Event] = []
    for n in range(900):
        at_ms = START_MS + n * 100
        hit = touched and n == 801
        trade = Trade("AUSDT", n, 99.9 if hit else 100.0, 0.1, at_ms, hit, first_id=n, last_id=n)
        sides = []
        for sign in (-1, 1):
            sizes = [50.0] * 20
            if sign == -1 and 50 <= n <= 800:
                sizes[9] = 20_000.0
            sides.append([(round(100 + sign * 0.01 * (m + 1), 2), s) for m, s in enumerate(sizes)])
        events += (trade, Book("AUSDT", sides[0], sides[1], n, at_ms + 50))
    soon = book_imbalance.Settings(warmup_s=0.0)
    loops = [watching(kind, book_imbalance=soon) for kind in (Watch, Told)]
    alerts, held = compared(events, *loops)
    assert held > 0.5
    whats = {alert.what for alert in alerts if isinstance(alert, BookImbalance)}
    assert whats >= {"wall_appeared"}
    assert ("wall_vanished" in whats) is not touched


# --- what a bound must not forget -----------------------------------------------------------------


def trade(symbol: str, number: int, price: float, quantity: float, at_ms: int) -> Trade:
    return Trade(symbol, number, price, quantity, START_MS + at_ms, False, 0, number, number)


def trades(symbol: str, *rows: tuple[float, float, int]) -> list[Event]:
    """(price, quantity, ms) each, one match behind the other."""
    return [trade(symbol, n, *row) for n, row in enumerate(rows)]


def both(events: Sequence[Event], **options) -> list[Alert]:
    """What both say of it."""
    loops = [kind(Market(), raw=True, **options) for kind in (Watch, Told)]
    return compared(events, *loops)[0]


def of(symbol: str, events: Iterable[Event]) -> Iterable[Event]:
    for event in events:
        if isinstance(event, Gap):
            yield Gap((symbol,), event.from_ms, event.to_ms, event.reason)
        else:
            yield msgspec.structs.replace(event, symbol=symbol)


@pytest.mark.parametrize("seed", range(6))
def test_pairs_of_several_currencies_are_told_the_same_side_by_side(seed):
    streams = [
        of(symbol, lively(3 * seed + n, 1_500))
        for n, symbol in enumerate(("AUSDT", "BTCUSDT", "AETH", "ETHUSDT", "ATRY"))
    ]
    events = sorted(
        (e for s in streams for e in s), key=lambda e: getattr(e, "at_ms", 0) or e.to_ms
    )  # type: ignore[union-attr]
    compared(events, watching(Watch), watching(Told))


def test_a_jump_in_the_first_seconds_of_five_minutes_is_told_at_once():
    """What is usual has changed with the minutes before, and is known a turn later."""
    rows = [(100.0, 0.01, s * 1_000) for s in range(0, 300, 30)]
    rows += [
        (100.0 + min(2.0, max(0.0, (s - 450) / 55)), 0.01, s * 1_000) for s in range(300, 600, 2)
    ]
    rows += [(102.0, 0.01, 600_000 + n * 100) for n in range(4)]
    rows += [(103.25, 0.01, ms) for ms in range(601_500, 607_000, 200)]
    (jump,) = both(trades("AUSDT", *rows))
    assert (jump.kind, jump.at_ms) == ("price_jump", START_MS + 602_500)


def test_a_pair_whose_rate_is_not_known_yet_is_told_at_once():
    events = trades("ABTC", *((1e-4, 10.0, n * 100) for n in range(5)))
    events.append(Ticker("BTCUSDT", START_MS + 600, 5e4, 5e4, 5e4, 5e4, 1.0, 1.0))
    events += [trade("ABTC", 5, 1e-4, 1e6, 700), trade("ABTC", 6, 1e-4, 1.0, 800)]
    assert [alert.kind for alert in both(events)] == ["large_trade"]
    assert [alert.kind for alert in both(events, kinds=["large_trade"])] == ["large_trade"]


def test_a_rate_of_nothing_ends_nothing():
    events: list[Event] = [Ticker("ETHUSDT", START_MS, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)]
    assert both(events + trades("AETH", *((1e-4, 10.0, n * 100) for n in range(5)))) == []


def test_an_order_that_began_before_the_first_quote_has_no_slippage():
    rows = [(100.0, 0.1, n * 100) for n in range(5)]
    events = trades("AUSDT", *rows, (100.0, 1.0, 2_100))
    events.append(Quote("AUSDT", 99.9, 1.0, 100.1, 1.0, 0, START_MS + 2_100))
    late = ((1.0, 2_100), (1.0, 2_100), (1_000.0, 2_100), (0.1, 2_200))
    events += [trade("AUSDT", 6 + n, 100.0, *row) for n, row in enumerate(late)]
    (alert,) = both(events)
    assert isinstance(alert, LargeTrade)
    assert (alert.slippage_bp, alert.levels) == (None, None)


def test_matches_that_end_before_they_begin_are_one_match():
    events = trades("AUSDT", *((100.0, 0.1, n * 100) for n in range(10)))
    events.append(msgspec.structs.replace(trade("AUSDT", 10, 100.0, 0.1, 1_100), last_id=-1))
    events += [trade("AUSDT", n, 100.0, 0.1, 1_200) for n in (11, 9, 8)]
    loops = [watching(Watch), watching(Told)]
    compared(events, *loops)
    assert [(loop.trades, loop.repeated) for loop in loops] == [(12, 2)] * 2


def test_what_is_learnt_from_the_past_counts_for_the_next_trade():
    warm_from = START_MS - 500 * 300_000
    bars = [
        Candle(
            "AUSDT", "5m", warm_from + n * 300_000, warm_from + (n + 1) * 300_000 - 1,
            100.0, 100.1, 99.9, 100.0, 1e3, 1e5, 3_000, 5e2, 5e4, True, START_MS,
        )
        for n in range(500)
    ]  # fmt: skip
    said, knew = [], []
    for kind in (Watch, Told):
        loop = kind(Market(), raw=True)
        rows = [(100.0, 0.01, s * 1_000) for s in range(0, 300, 30)]
        rows += [(102.0 if s > 560 else 100.0, 0.01, s * 1_000) for s in range(300, 660, 25)]
        rows += [(102.0, 0.01, 661_000 + n * 100) for n in range(5)]
        played_to = trades("AUSDT", *rows)
        for event in played_to:
            loop.on(event)
        for detector in loop.detectors("AUSDT"):
            if isinstance(detector, price_jump.PriceJumps):
                detector.warm(bars)
        number = len(played_to)
        for n in range(2):  # of the same second as the newest one
            loop.on(trade("AUSDT", number + n, 102.0, 0.01, 661_500 + n * 100))
        number += 2
        knew.append(known(loop))
        jump = [trade("AUSDT", number + n, 103.25, 0.01, 662_100 + n * 200) for n in range(20)]
        said.append([(n, alert) for n, event in enumerate(jump) for alert in loop.on(event)])
    assert knew[0] == knew[1]
    assert said[0] == said[1]
    assert said[0]


def test_what_waits_is_told_within_about_a_second_of_the_clock():
    loop = watching(Watch)
    for event in trades(
        "AUSDT",
        *((100.0, 0.01, n * 100) for n in range(10)),
        (100.5, 0.01, 6_000),
        (100.5, 0.01, 6_100),
    ):
        loop.on(event)
    assert loop._lanes["AUSDT"].held
    for _ in range(MOVES_TICKS):
        assert loop.tick() == []
        for symbol in loop.waiting():
            loop.tell_what_waits(symbol)
    assert not loop._lanes["AUSDT"].held
    state = loop.market.symbols["AUSDT"]
    assert state.seconds.back(0, START_MS + 60_000) == 100.5
    assert state.minutes.back(0, START_MS + 60_000) == 100.5


def test_bounds_are_renewed_by_the_clock_not_by_the_first_trade_behind_them():
    """Those of all symbols end with the same second: each would hold up the others' trades."""
    at_once: list[int] = []

    class Noted(Watch):
        def _at_once(self, lane: Lane, trade: Trade, tell: Tell) -> None:
            at_once.append(trade.at_ms - START_MS)
            super()._at_once(lane, trade, tell)

    loop = watching(Noted, volume_surge=volume_surge.Settings(), pump=pump.Settings())
    number = 0
    for at_ms in range(0, 60_000, 100):
        for symbol in ("AUSDT", "BUSDT", "CUSDT"):
            loop.on(trade(symbol, number, 100.0, 0.01, at_ms))
        number += 1
        if at_ms % 1_000 == 700:
            look(loop)
    assert loop.trades == 3 * number
    assert [at_ms for at_ms in at_once if at_ms > 1_000] == []


def test_alerts_go_before_bounds_are_set_anew():
    loop = watching(Watch)
    rows = [(100.0, 0.01, n * 100) for n in range(20)]
    events = trades("AUSDT", *rows, (100.0, 1e3, 2_100), (100.0, 0.01, 2_200))
    lane = loop._lane("AUSDT")
    told: list[float] = []
    loop.on_all(events, lambda alerts: told.append(lane.until_ms))
    assert told == [0]
    assert lane.until_ms > 0


def test_a_detector_that_cannot_say_what_is_calm_is_left_out_alone(monkeypatch):
    def broken(self: object, at_ms: int) -> None:
        raise RuntimeError("test")

    monkeypatch.setattr(pump.Pumps, "calm", broken)
    loop = watching(Watch)
    events = trades("AUSDT", *((100.0, 0.01, n * 100) for n in range(20)), (100.0, 1e4, 2_100))
    alerts = played(loop, events)
    assert [alert.kind for alert in alerts] == ["large_trade"]
    assert loop.failed == 1
    assert not any(isinstance(d, pump.Pumps) for d in loop.detectors("AUSDT"))


def test_of_a_symbol_no_longer_listed_the_time_is_remembered():
    loop = watching(Watch)
    for event in trades("AUSDT", *((100.0, 0.01, n * 100) for n in range(60))):
        loop.on(event)
    loop.forget("AUSDT")
    assert (loop.market.newest_ms, loop.trades) == (START_MS + 5_900, 60)


def at_once(loop: Watch, events: Iterable[Event]) -> int:
    """How many trades have to be told at once, each by itself."""
    told: list[Trade] = []
    tell = loop._at_once

    def note(lane: Lane, trade: Trade, to: Tell) -> None:
        told.append(trade)
        tell(lane, trade, to)

    loop._at_once = note  # type: ignore[method-assign]
    for event in events:
        loop.on(event)
    return len(told)


def test_an_order_that_began_behind_a_quote_has_a_slippage():
    """Its first fill waits; the quote came in the midst of the order before it."""
    events = trades("AUSDT", *((100.0, 0.1, n * 100) for n in range(5)), (100.0, 0.1, 1_100))
    events.append(Quote("AUSDT", 99.9, 1.0, 100.1, 1.0, 0, START_MS + 1_100))
    rows = [(100.0, 0.1, 1_100), (100.0, 0.1, 1_300), (100.0, 1.0, 1_400), (101.0, 1e3, 1_400)]
    events += [trade("AUSDT", 6 + n, *row) for n, row in enumerate(rows)]
    (alert,) = both(events)
    assert isinstance(alert, LargeTrade)
    assert (alert.fills, alert.levels) == (2, 2)


def test_so_has_one_that_began_a_second_after_the_order_before_it():
    """Of its second no order has ended when it is to be told."""
    events = trades("AUSDT", *((100.0, 0.1, n * 100) for n in range(5)), (100.0, 0.1, 1_100))
    events.append(Quote("AUSDT", 99.9, 1.0, 100.1, 1.0, 0, START_MS + 1_100))
    rows = [(100.0, 0.1, 1_100), (100.0, 1.0, 2_400), (101.0, 1e3, 2_400)]
    events += [trade("AUSDT", 6 + n, *row) for n, row in enumerate(rows)]
    (alert,) = both(events)
    assert isinstance(alert, LargeTrade)
    assert (alert.fills, alert.levels) == (2, 2)


def test_what_stands_after_an_unsure_price_waits_for_no_other():
    """A new price has come to stand and told nothing: the newest trade is outside the bounds that
    it set, and so may be the next, whatever the prices before it allow."""
    rows = [
        (47, 99.4, 0.94, 1759999907625, 0, 47, 49),
        (191, 102.1, 0.31, 1760000076621, 999, 191, 193),
        (195, 101.91, 1.53, 1760000143862, 0, 195, 195),
        (196, 102.26, 22.2, 1760000143862, 0, 196, 196),
        (203, 102.19, 1.28, 1760000144393, 0, 203, 203),
        (204, 102.28, 3.63, 1760000165028, 0, 204, 204),
    ]
    events: list[Event] = [
        Trade("AUSDT", number, price, quantity, at_ms, False, micros, first, last)
        for number, price, quantity, at_ms, micros, first, last in rows
    ]
    assert both(events) == []


def test_a_buy_that_is_a_pump_is_judged_whatever_is_sold_in_the_same_moment():
    """At a price at which nothing could come of the sell alone."""
    rows = [(100.0, 0.1, s * 1_000) for s in range(0, 4_200, 10)]
    start_ms = 4_200_000
    rows += [(100.0 + 2.9 * (n // 2 + 1) / 40, 1.0, start_ms + n // 2 * 50) for n in range(80)]
    rows.append((103.2, 1.0, start_ms + 2_100))
    events = trades("AUSDT", *rows)
    after = [(102.99, 2_100), *((102.5, 2_150 + 100 * n) for n in range(50))]
    for price, ms in after:
        sell = trade("AUSDT", len(events), price, 1.0, start_ms + ms)
        events.append(msgspec.structs.replace(sell, buyer_is_maker=True))
    (alert,) = both(events, kinds=["pump"])
    assert alert.at_ms == START_MS + start_ms + 2_100


@pytest.mark.parametrize("kinds", [("large_trade",), ("spread",), None])
def test_orders_that_are_large_only_together_wait(kinds):
    """Each less than a large trade; and any number of them where nobody minds."""
    rows = [(100.0, 20.0, n * 20) for n in range(500)]
    loop = Watch(Market(), kinds=kinds, raw=True)
    assert at_once(loop, trades("AUSDT", *rows)) < 10
    assert loop.trades == 500


def test_fills_that_are_a_large_trade_together_do_not_wait():
    rows = [(100.0, 20.0, n * 20) for n in range(10)] + [(100.0, 20.0, 200)] * 300
    loop = Watch(Market(), kinds=["large_trade"], raw=True)
    assert 270 < at_once(loop, trades("AUSDT", *rows)) < 290, "a large trade is 25 of them"
    (alert,) = loop.finish()
    assert isinstance(alert, LargeTrade)
    assert alert.notional == 600_000.0


def test_more_fills_of_one_time_than_a_sweep_has_wait_as_the_next_one(monkeypatch):
    for where in (watch, sweeps):
        monkeypatch.setattr(where, "MOST", 7)
    rng = random.Random(1)
    rows = [(100.0, rng.random() * 100, n // 10 * 30) for n in range(2_000)]
    assert len(both(trades("AUSDT", *rows))) > 1
