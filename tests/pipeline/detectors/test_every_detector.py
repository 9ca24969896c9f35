"""What holds for every kind of alert: the registry and the tapes decide what is tested.

A tape, ``tests/tapes/<kind>.jsonl`` or ``<kind>.<variant>.jsonl``, is a line that says what is on
it and with which settings, then events in their order, each followed by the alerts it has to raise
(those of the last event include what the end of the input ends).
"""

import gc
import json
import math
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import watch
from pipeline.detectors import KINDS
from pipeline.market import Market
from pipeline.model import (
    SEVERITIES,
    Alert,
    Book,
    BookDelta,
    Candle,
    Gap,
    Liquidation,
    Mark,
    Premium,
    Quote,
    Ticker,
    Trade,
)
from pipeline.ports import Lasting
from pipeline.watch import Watch

TAPES = sorted((Path(__file__).parents[2] / "tapes").glob("*.jsonl"))
EVENTS = {
    "trade": Trade,
    "quote": Quote,
    "book": Book,
    "delta": BookDelta,
    "candle": Candle,
    "ticker": Ticker,
    "gap": Gap,
    "premium": Premium,
    "mark": Mark,
    "liquidation": Liquidation,
}
START_MS = 1_760_000_000_000


class Tape:
    """A tape read: its kind, settings, events, and what each of them has to raise."""

    def __init__(self, path: Path) -> None:
        self.kind = path.name.split(".")[0]
        head, *lines = [json.loads(line) for line in path.read_text().splitlines()]
        assert head["tape"], "the first line says what is on the tape"
        self.settings = head.get("settings", {})
        self.events: list = []
        self.expected: list[tuple[int, dict]] = []
        for line in lines:
            ((name, content),) = line.items()
            if name == "alert":
                self.expected.append((len(self.events) - 1, content))
            else:
                self.events.append(msgspec.convert(content, EVENTS[name]))

    def watch(self, **more) -> Watch:
        return watching(self.kind, **{**self.settings, **more})

    def played(self, events=None, loop: Watch | None = None) -> list[Alert]:
        return [alert for _, alert in self.played_in_places(events, loop)]

    def played_in_places(self, events=None, loop: Watch | None = None) -> list[tuple[int, Alert]]:
        events = self.events if events is None else events
        loop = loop or self.watch()
        said = [(n, alert) for n, event in enumerate(events) for alert in loop.on(event)]
        return said + [(len(events) - 1, alert) for alert in loop.finish()]


def watching(kind: str, **values) -> Watch:
    detectors = {name: entry.settings() for name, entry in KINDS.items()}
    detectors[kind] = msgspec.convert(values, KINDS[kind].settings)
    return Watch(Market(), watch.Settings(detectors=detectors), kinds={kind}, raw=True)


def named(path: Path) -> str:
    return path.stem


every_tape = pytest.mark.parametrize("path", TAPES, ids=named)
every_kind = pytest.mark.parametrize("kind", KINDS)


def test_every_kind_has_a_tape():
    assert {path.name.split(".")[0] for path in TAPES} == KINDS.keys()


@every_tape
def test_a_tape_raises_exactly_its_alerts_each_at_its_event(path):
    tape = Tape(path)
    assert tape.expected, "a tape of an alert has one"
    said = tape.played_in_places()
    assert [n for n, _ in said] == [n for n, _ in tape.expected]
    for (_, alert), (_, content) in zip(said, tape.expected, strict=True):
        for name, value in msgspec.to_builtins(alert).items():
            near = pytest.approx(content[name]) if isinstance(value, float) else content[name]
            assert value == near, name


@every_tape
def test_the_same_events_give_the_same_alerts(path):
    assert Tape(path).played() == Tape(path).played()


@every_tape
def test_when_the_future_is_cut_off_the_past_gives_the_same_alerts(path):
    """And what happens after an alert changes nothing about it."""
    tape = Tape(path)
    loop = tape.watch()
    whole = [(n, alert) for n, event in enumerate(tape.events) for alert in loop.on(event)]
    for cut in range(0, len(tape.events) + 1, max(1, len(tape.events) // 20)):
        loop = tape.watch()
        said = [a for event in tape.events[:cut] for a in loop.on(event)]
        assert said == [alert for n, alert in whole if n < cut]


@every_tape
def test_another_symbol_s_events_in_between_change_nothing(path):
    tape = Tape(path)
    mixed = []
    for event in tape.events:
        if isinstance(event, Gap):
            mixed.append(event)
            continue
        mixed += [event, msgspec.structs.replace(event, symbol="OTHERUSDT")]
    own = [alert for alert in tape.played(mixed) if alert.symbol != "OTHERUSDT"]
    assert sorted(own, key=lambda a: a.id) == sorted(tape.played(), key=lambda a: a.id)


class Curious:
    """A detector that is asked about everything."""

    def __init__(self, inner) -> None:
        self.on = inner.on


@every_tape
def test_a_detector_wants_all_that_it_judges(path, monkeypatch):
    """What it is not asked about would have changed nothing."""
    tape = Tape(path)
    entry = KINDS[tape.kind]
    curious = msgspec.structs.replace(entry, make=lambda *known: Curious(entry.make(*known)))
    said = tape.played()
    monkeypatch.setitem(KINDS, tape.kind, curious)
    assert tape.played() == said


@every_tape
def test_ids_are_unique_and_say_kind_and_symbol(path):
    tape = Tape(path)
    alerts = tape.played()
    assert len({alert.id for alert in alerts}) == len(alerts)
    for alert in alerts:
        assert alert.kind == tape.kind
        assert alert.id.startswith(f"{alert.kind}:{alert.symbol}:")


@every_tape
def test_an_alert_is_what_the_interfaces_say(path):
    tape = Tape(path)
    symbols = {event.symbol for event in tape.events if not isinstance(event, Gap)}
    times = {event.at_ms for event in tape.events}
    for alert in tape.played():
        well_formed(alert)
        assert alert.symbol in symbols
        assert alert.at_ms in times, "the exchange's time of the triggering event"


def well_formed(alert: Alert) -> None:
    assert alert.excess >= 1
    assert alert.severity in SEVERITIES
    assert isinstance(alert.at_ms, int)
    for name, value in alert.facts().items():
        assert value is None or isinstance(value, str | int | float), name
        assert not isinstance(value, float) or math.isfinite(value), name
    assert json.loads(msgspec.json.encode(alert.facts())) == alert.facts()
    assert msgspec.convert(msgspec.to_builtins(alert), type(alert)) == alert


@every_tape
def test_nothing_is_said_during_the_warm_up(path):
    """Kinds that need one have a setting; a warm-up longer than the tape silences it."""
    tape = Tape(path)
    names = [n for n in KINDS[tape.kind].settings.__struct_fields__ if n.startswith("warmup")]
    if tape.settings.get("method") == "classic":
        names = []  # counts trades instead: classic_min_samples
    for name in names:
        assert tape.played(loop=tape.watch(**{name: 86_400.0})) == []


@every_tape
def test_no_change_is_measured_across_a_gap(path):
    """A gap before any event leaves no window of which the beginning lies before it."""
    tape = Tape(path)
    places = [n for n, _ in tape.expected][:20]
    for place in places:
        at_ms = tape.events[place].at_ms
        gap = Gap(("*",), at_ms - 1, at_ms - 1, "test")
        events = [*tape.events[:place], gap, *tape.events[place:]]
        for alert in tape.played(events):
            window_s = alert.facts().get("window_s")
            if alert.at_ms >= at_ms and isinstance(window_s, int | float):
                assert alert.at_ms - window_s * 1_000 >= at_ms - 1_000


@every_tape
def test_a_gap_of_symbols_never_seen_is_harmless(path):
    tape = Tape(path)
    first = tape.events[0].at_ms
    before = [Gap(("*",), first - 9, first - 5, "test"), Gap(("NEVERUSDT",), first, first, "test")]
    assert tape.played([*before, *tape.events]) == tape.played()


@every_kind
def test_without_events_nothing_is_said(kind):
    assert watching(kind).finish() == []


@every_kind
def test_a_calm_market_is_silent(kind):
    """Twenty minutes of small trades and a narrow spread."""
    loop = watching(kind)
    said: list[Alert] = []
    for n in range(6_000):
        at_ms = START_MS + n * 200
        price = 100 + math.sin(n / 70) / 20
        for event in (
            Quote("BTCUSDT", price - 0.01, 5.0, price + 0.01, 5.0, n, at_ms),
            Book("BTCUSDT", ((price - 0.01, 5.0),), ((price + 0.01, 5.0),), n, at_ms),
            Trade("BTCUSDT", n, price, 0.5 + n % 5, at_ms, n % 2 == 0),
        ):
            said += loop.on(event)
    assert said + loop.finish() == []


ODD = [
    Quote("BTCUSDT", 0.0, 0.0, 0.0, 0.0),
    Quote("BTCUSDT", 0.0, 0.0, 100.0, 1.0, 1, START_MS),
    Quote("BTCUSDT", 100.0, 1.0, 0.0, 0.0, 2, START_MS),
    Quote("BTCUSDT", 100.0, 1.0, 1.0, 1.0, 3, START_MS),
    Quote("BTCUSDT", 100.0, 1.0, 100.0, 1.0, 3, START_MS),
    Book("BTCUSDT", (), ()),
    Book("BTCUSDT", ((100.0, 1.0),), (), 1, START_MS),
    Book("BTCUSDT", (), ((100.0, 1.0),), 1, START_MS),
    Book("BTCUSDT", ((100.0, 1.0),), ((1.0, 1.0),), 1, START_MS),
    Book("BTCUSDT", ((0.0, 0.0),), ((0.0, 0.0),), 1, START_MS),
    BookDelta("BTCUSDT", 1, 2, (), (), START_MS),
    Ticker("BTCUSDT", START_MS, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
]


@every_kind
def test_empty_one_sided_and_crossed_books_say_nothing(kind):
    loop = watching(kind)
    moved = [
        msgspec.structs.replace(event, at_ms=START_MS + n * 500)
        for n in range(2_000)
        for event in ODD
    ]
    assert [alert for event in moved for alert in loop.on(event)] == []


@every_tape
def test_odd_books_in_between_break_nothing(path):
    tape = Tape(path)
    mixed = []
    for n, event in enumerate(tape.events):
        symbol = event.symbols[0] if isinstance(event, Gap) else event.symbol
        odd = msgspec.structs.replace(ODD[n % len(ODD)], symbol=symbol, at_ms=event.at_ms)
        mixed += [odd, event]
    assert tape.played(mixed)


prices = st.one_of(st.floats(50.0, 200.0), st.floats(1e-10, 1e10), st.just(100.0))
quantities = st.one_of(st.floats(0.01, 10.0), st.floats(1e-10, 1e10))
waits_ms = st.one_of(st.just(0), st.integers(0, 2_000), st.integers(0, 10_000_000))
flags = st.booleans()


WHATS = (
    "trade", "trade", "quote", "book", "candle", "gap", "ticker", "mark", "liquidation", "premium"
)  # fmt: skip


@st.composite
def streams(draw):
    """Anything the exchange might send of one symbol, in order of time."""
    at_ms, events = START_MS, []
    for n in range(draw(st.integers(0, 40))):
        at_ms += draw(waits_ms)
        what = draw(st.sampled_from(WHATS))
        price, quantity, flag = draw(prices), draw(quantities), draw(flags)
        other = draw(prices)
        if what == "trade":
            event = Trade("BTCUSDT", n, price, quantity, at_ms, flag, recovered=draw(flags))
        elif what == "quote":
            event = Quote("BTCUSDT", price, quantity, other, quantity, n, at_ms)
        elif what == "book":
            event = Book("BTCUSDT", ((price, quantity),) * flag, ((other, quantity),), n, at_ms)
        elif what == "candle":
            event = Candle(
                "BTCUSDT",
                "1m",
                at_ms - 59_999,
                at_ms,
                price,
                max(price, other),
                min(price, other),
                other,
                quantity,
                quantity * price,
                1,
                quantity,
                quantity * price,
                flag,
                at_ms,
            )
        elif what == "mark":
            rate = draw(st.floats(-0.99, 0.99) | st.just(0.0))
            event = Mark("BTCUSDT", price, other * flag, rate, at_ms + draw(waits_ms), at_ms)
        elif what == "liquidation":
            event = Liquidation("BTCUSDT", "long" if flag else "short", price, quantity, at_ms)
        elif what == "premium":
            event = Premium("BTCUSDT", at_ms, price, other, quantity, quantity if flag else None)
        elif what == "gap":
            event = Gap(("BTCUSDT",), at_ms - 1, at_ms, "test")
        else:
            event = Ticker("BTCUSDT", at_ms, price, other, price, other, quantity, quantity)
        events.append(event)
    return events


def eager(kind: str) -> dict:
    """Settings under which a detector says something soon."""
    fields = msgspec.structs.fields(KINDS[kind].settings)
    soon = [f for f in fields if f.name.startswith(("warmup", "hold", "confirm"))]
    return {f.name: 1 if isinstance(f.default, int) else 0.0 for f in soon}


@every_kind
@settings(max_examples=60)
@given(streams())
def test_whatever_comes_the_alerts_are_well_formed_and_their_ids_unique(kind, events):
    loop = watching(kind, **eager(kind))
    alerts = [alert for event in events for alert in loop.on(event)] + loop.finish()
    for alert in alerts:
        well_formed(alert)
        assert alert.kind == kind
        assert START_MS <= alert.at_ms <= events[-1].at_ms
    assert len({alert.id for alert in alerts}) == len(alerts)
    again = watching(kind, **eager(kind))
    assert [a for event in events for a in again.on(event)] + again.finish() == alerts


def size(root: object) -> int:
    """How many objects hang on this one, the market apart, which it only looks at."""
    seen: dict[int, object] = {}
    waiting = [root]
    while waiting:
        one = waiting.pop()
        apart = isinstance(one, Market | type) or type(one).__name__ in ("module", "function")
        if apart or id(one) in seen:
            continue
        seen[id(one)] = one
        waiting += gc.get_referents(one)
    return len(seen)


@every_kind
def test_what_a_detector_remembers_is_bounded(kind):
    """Three times the events, no more memory."""
    loop = watching(kind, **eager(kind))
    sizes = []
    price = 100.0
    for n in range(12_000):
        at_ms = START_MS + n * 400
        price *= 1 + 0.004 * math.sin(n * n)
        loop.on(Quote("BTCUSDT", price * 0.999, 5.0, price * (1.001 + n % 7), 5.0, n, at_ms))
        loop.on(Trade("BTCUSDT", n, price, 10.0 ** (n % 50 / 10), at_ms, n % 3 == 0))
        loop.on(Mark("BTCUSDT", price, price, 0.01 * math.sin(n), at_ms + n % 7 * 3_600_000, at_ms))
        side = "long" if n % 3 else "short"
        loop.on(Liquidation("BTCUSDT", side, price, 10.0 ** (n % 50 / 5), at_ms + n // 50 * 60_000))
        if n in (3_999, 11_999):
            sizes.append(size(loop.detectors("BTCUSDT")))
    assert sizes[1] < 1.2 * sizes[0] + 200


# --- what outlives the program -------------------------------------------------------------------


@every_tape
def test_what_a_detector_learnt_can_be_given_to_its_successor(path):
    tape = Tape(path)
    loop, after = tape.watch(), tape.watch()
    tape.played(loop=loop)
    for symbol in list(loop.symbols):
        pairs = zip(loop.detectors(symbol), after.detectors(symbol), strict=True)
        for before, fresh in pairs:
            if isinstance(before, Lasting):
                known = before.state()
                assert len(known) < 20_000
                fresh.restore(known)
                assert fresh.state() == known


@every_tape
@pytest.mark.parametrize("state", [b"", b"nonsense", msgspec.msgpack.encode([99]), b"\xc1" * 40])
def test_a_state_that_cannot_be_read_is_refused_and_changes_nothing(path, state):
    tape = Tape(path)
    loop = tape.watch()
    tape.played(loop=loop)
    for symbol in list(loop.symbols):
        for detector in loop.detectors(symbol):
            if isinstance(detector, Lasting):
                known = detector.state()
                with pytest.raises(ValueError):
                    detector.restore(state)
                assert detector.state() == known
