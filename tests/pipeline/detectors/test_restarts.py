"""A restart costs a detector what was missed meanwhile, and no second warm-up."""

import csv
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from pipeline import watch
from pipeline.baselines import Baselines
from pipeline.detectors import KINDS
from pipeline.detectors.peaks import BLOCKS, UsualPeaks
from pipeline.market import Market
from pipeline.model import Alert, Book, Event, Premium, Quote, Trade
from pipeline.ports import Lasting
from pipeline.sources.recording import Tally, read
from pipeline.watch import Watch

START_MS = 1_760_000_400_000
DOWN_MS = 600_000


def watching(kind: str, before: Watch | None = None) -> Watch:
    """A watch of one kind that knows what ``before`` has learnt."""
    kept = Baselines(Baselines().collect(before) if before is not None else ())
    return Watch(Market(), watch.Settings(), kinds={kind}, raw=True, made=kept.restore)


def played(loop: Watch, events: Iterable[Event]) -> list[Alert]:
    return [alert for event in events for alert in loop.on(event)]


def bustle(until_s: int) -> list[Event]:
    """A small order on either side now and then."""
    return [
        Trade("NEWBTC", -1, 99.9 if n % 3 == 0 else 100.1, 1.0, START_MS + n * 20_000, n % 3 == 0)
        for n in range(until_s // 20)
    ]


def crowd(at_s: float) -> list[Event]:
    """Sixty buyers in six seconds take the price up by a tenth."""
    return [
        Trade("NEWBTC", -1, 100 + n / 6, 0.5, START_MS + round(at_s * 1_000) + n * 100, False)
        for n in range(60)
        for _ in range(2)
    ]


def quotes(from_s: float, to_s: float, spread_bp: float) -> list[Event]:
    return [
        Quote("XYZUSDT", 100 - spread_bp / 200, 1.0, 100 + spread_bp / 200, 1.0, at_ms, at_ms)
        for at_ms in range(START_MS + round(from_s * 1_000), START_MS + round(to_s * 1_000), 500)
    ]


def books(from_s: float, to_s: float, wall: float = 1.0) -> list[Event]:
    """Twenty levels of 5,000 dollars a side; the sixth of the bids is ``wall`` times as large."""
    asks = tuple((100.01 + n / 100, 50.0) for n in range(20))
    bids = tuple((100 - n / 100, 50.0 * (wall if n == 5 else 1)) for n in range(20))
    times = range(START_MS + round(from_s * 1_000), START_MS + round(to_s * 1_000), 500)
    return [Book("XYZUSDT", bids, asks, at_ms, at_ms) for at_ms in times]


def steady(from_s: float, to_s: float, price: float) -> list[Event]:
    times = range(START_MS + round(from_s * 1_000), START_MS + round(to_s * 1_000), 500)
    return [Trade("XYZUSDT", at_ms, price, 1.0, at_ms, False) for at_ms in times]


def premiums(from_s: float, to_s: float, pct: float) -> list[Event]:
    """Of a coin, beyond the market's."""
    times = range(START_MS + round(from_s * 1_000), START_MS + round(to_s * 1_000), 1_000)
    won = 1_400 * (1 + pct / 100)
    return [Premium("XYZUSDT", at_ms, won, 1.0, 1_400.0, 1_380.0) for at_ms in times]


SCENES: dict[str, tuple[list[Event], list[Event]]] = {
    "pump": (bustle(7_200), [*bustle(7_860)[-3:], *crowd(7_890)]),
    "spread": (quotes(0, 900, 2.0), [*quotes(1_500, 1_510, 2.0), *quotes(1_510, 1_520, 60.0)]),
    "book_imbalance": (books(0, 900), [*books(1_500, 1_510), *books(1_510, 1_530, 60.0)]),
    "kimchi": (premiums(0, 900, 0.2), [*premiums(1_500, 1_510, 0.2), *premiums(1_510, 1_530, 4)]),
    "price_jump": (
        steady(0, 1_800, 100.0),
        [*steady(2_400, 2_420, 100.0), *steady(2_420, 2_480, 110.0)],
    ),
}


@pytest.mark.parametrize("kind", SCENES)
def test_what_happens_soon_after_a_restart_is_told_by_whoever_knows_what_was_usual(kind: str):
    usual, event = SCENES[kind]
    before = watching(kind)
    assert played(before, usual) == []
    assert len(played(watching(kind, before), event)) == 1
    assert played(watching(kind), event) == [], "nobody else knows"


@pytest.mark.parametrize("kind", SCENES)
def test_a_restart_in_calm_times_says_nothing(kind: str):
    usual, _ = SCENES[kind]
    loop = watching(kind)
    for part in range(0, len(usual), 100):
        assert played(loop, usual[part : part + 100]) == []
        loop = watching(kind, loop)


def changed(state: bytes, change: Callable[[list], None]) -> bytes:
    parts = msgspec.msgpack.decode(state)
    change(parts)
    return msgspec.msgpack.encode(parts)


@pytest.mark.parametrize("kind", [k for k in SCENES if k != "price_jump"])
@pytest.mark.parametrize("impossible", [float("nan"), float("inf"), -1.0])
def test_impossible_numbers_are_refused_and_change_nothing(kind: str, impossible: float):
    usual, _ = SCENES[kind]
    loop = watching(kind)
    played(loop, usual)
    (detector,) = loop.detectors(usual[0].symbol)  # type: ignore[union-attr]
    assert isinstance(detector, Lasting)
    known = detector.state()

    def spoil(parts: list) -> None:
        place = next(n for n, part in enumerate(parts[1:], 1) if isinstance(part, list | float))
        parts[place] = [impossible, 1.0] if isinstance(parts[place], list) else impossible

    with pytest.raises(ValueError):
        detector.restore(changed(known, spoil))
    assert detector.state() == known


# --- pumps ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("blocks", [0, 1, BLOCKS - 1, BLOCKS, BLOCKS + 7])
def test_peaks_are_the_same_after_a_restart_whenever_it_comes(blocks: int):
    peaks = UsualPeaks(2)
    for n in range(blocks):
        peaks.turn(n * 300)
        peaks.note([n % 11, n / 7])
        peaks.orders += n
    peaks.lose()
    after = UsualPeaks(2)
    after.restore(peaks.state())
    assert (after.usual, after.known) == (peaks.usual, peaks.known)
    assert after.orders_within(60) == peaks.orders_within(60)
    for n in range(blocks + 100, blocks + 150):
        for one in (peaks, after):
            one.turn(n * 300)
            one.note([n % 13, 0.0])
        assert after.usual == peaks.usual, "they forget the same blocks"


def spoilt(place: int, part: object) -> Callable[[list], None]:
    def change(parts: list) -> None:
        parts[place] = part

    return change


@pytest.mark.parametrize(
    "change",
    [
        spoilt(0, 99),
        spoilt(1, 5),
        spoilt(1, -1),
        spoilt(2, [b"", b""]),
        spoilt(2, [b"\x00\x00\xc0\x7f" * 3] * 2),
        spoilt(2, [b"\x00\x00\x80\xbf" * 3] * 2),
        spoilt(2, [bytes(12)]),
        spoilt(3, [1, 2]),
        spoilt(3, [1, 2, -3]),
        spoilt(3, [1, 2, 2**60]),
    ],
)
def test_peaks_that_cannot_be_are_refused(change: Callable[[list], None]):
    peaks = UsualPeaks(2)
    for n in range(4):
        peaks.turn(n * 300)
        peaks.note([n, 0.0])
    known = peaks.state()
    with pytest.raises(ValueError):
        peaks.restore(changed(known, change))
    assert peaks.state() == known


PUMPED = ("APPC_2020-11-18_1800", "FIO_2021-02-04_1700", "GVT_2020-04-15_1557")


@pytest.mark.parametrize("name", PUMPED)
def test_a_recorded_pump_is_told_though_the_program_has_just_been_restarted(
    recordings: Path, name: str
):
    """Down from fifteen to five minutes before it."""
    with (recordings / "pumps" / "events.csv").open() as file:
        (row,) = [row for row in csv.DictReader(file) if row["file"] == f"{name}.csv.gz"]
    began = datetime.fromisoformat(f"{row['onset_25s_utc'] or row['announced_utc']}+00:00")
    began_ms = round(began.timestamp() * 1_000)
    trades = list(read([recordings / "pumps" / f"{name}.csv.gz"], Tally()))
    before, after = watching("pump"), [t for t in trades if t.at_ms >= began_ms - 300_000]
    played(before, (t for t in trades if t.at_ms < began_ms - 300_000 - DOWN_MS))
    for known in (before, None):
        alerts = played(watching("pump", known), after)
        told = [a for a in alerts if began_ms - 60_000 <= a.at_ms <= began_ms + 120_000]
        assert bool(told) is (known is not None)


def test_every_kind_that_learns_what_is_usual_keeps_it():
    for kind in KINDS:
        (detector,) = watching(kind).detectors("XYZUSDT")
        assert isinstance(detector, Lasting), kind
