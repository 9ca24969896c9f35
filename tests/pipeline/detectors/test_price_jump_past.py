"""Price jumps that know the past: from candles of before, or from a predecessor."""

from collections.abc import Iterable
from itertools import groupby, pairwise
from pathlib import Path

import msgspec
import pytest
from episodes import delay_s, episodes
from jumps import AT_ONCE, START_MS, calm, candle, ramp, trades, watching

from pipeline.detectors.price_jump import PriceJumps, Settings
from pipeline.detectors.usual_moves import PAST_BLOCKS
from pipeline.model import Candle, Event, Gap, Trade
from pipeline.sources.recording import Tally, read
from pipeline.watch import Watch

BLOCK_MS = 300_000


def candles(prices: Iterable[Trade]) -> list[Candle]:
    """The candles that the exchange would give of these trades; those without any as well."""
    bars: list[Candle] = []
    for block, some in groupby(prices, key=lambda trade: trade.at_ms // BLOCK_MS):
        while bars and bars[-1].open_ms < (block - 1) * BLOCK_MS:
            bars.append(bar(bars[-1].open_ms // BLOCK_MS + 1, [bars[-1].close], 0))
        path = [trade.price for trade in some]
        bars.append(bar(block, path, len(path)))
    return bars


def bar(block: int, path: list[float], prints: int) -> Candle:
    open_ms = block * BLOCK_MS
    return Candle(
        "BTCUSDT", "5m", open_ms, open_ms + BLOCK_MS - 1, path[0], max(path), min(path), path[-1],
        float(prints), prints * path[-1], prints, prints / 2, prints * path[-1] / 2, True,
        open_ms + BLOCK_MS - 1,
    )  # fmt: skip


def detector_of(loop: Watch) -> PriceJumps:
    (detector,) = loop.detectors("BTCUSDT")
    assert isinstance(detector, PriceJumps)
    return detector


def sizes(detector: PriceJumps) -> tuple[float, ...]:
    """The usual move over any window, and over each, in percent."""
    moves = detector._moves
    return moves._size.scale, *(scale.scale for scale in moves._usual)


def past(count: int, later: int = 0, move: float = 0.001) -> list[Candle]:
    """Candles up to START_MS that go to and fro."""
    first = START_MS // BLOCK_MS + later - count
    return [
        bar(first + n, [100.0, 100 * (1 + move), 100 * (1 - move), 100.0], 100)
        for n in range(count)
    ]


# --- what candles tell ----------------------------------------------------------------------------

PAIRS = ("BNT_2020-04-24_1559", "FIO_2021-02-04_1700", "MTH_2021-03-01_1700", "ONG_2021-01-11_1600")


@pytest.mark.parametrize("name", PAIRS)
def test_candles_of_the_past_teach_about_what_its_trades_would_have_taught(recordings, name: str):
    """Three and a half days of recorded pairs that trade in a few seconds of five minutes."""
    rows = read([recordings / "pumps" / f"{name}.csv.gz"], Tally())
    played = [row for row in rows if isinstance(row, Trade)]
    played = [t for t in played if t.at_ms < played[0].at_ms + (PAST_BLOCKS - 1) * BLOCK_MS]
    live = PriceJumps("A", Settings())
    for trade in played:
        live.on(trade)
    warmed = PriceJumps("A", Settings())
    warmed.warm(candles(played))
    for learnt, true in zip(sizes(warmed), sizes(live), strict=True):
        assert 0.75 < learnt / true < 1.3
    assert 0.9 < sizes(warmed)[0] / sizes(live)[0] < 1.15, "what is judged by"
    assert 0.6 < warmed._moves._activity / live._moves._activity < 1.6
    assert 0 < warmed._moves.step <= live._moves.step * 1.1


@pytest.mark.parametrize("name", ["spot_btcusdt_20240808", "spot_btcusdt_20240809"])
def test_so_they_do_of_a_liquid_pair(recordings: Path, name: str):
    """Of a few minutes, so most of it is what is assumed at first."""
    rows = read([recordings / "frames" / f"{name}.ndjson.gz"], Tally())
    played = [row for row in rows if isinstance(row, Trade)]
    live, warmed = PriceJumps("A", Settings()), PriceJumps("A", Settings())
    for trade in [*played, msgspec.structs.replace(played[-1], at_ms=played[-1].at_ms + BLOCK_MS)]:
        live.on(trade)
    warmed.warm(candles(played))
    assert sizes(warmed)[0] == pytest.approx(sizes(live)[0], rel=0.15)


def month(recordings: Path, name: str) -> list[Candle]:
    rows = read([recordings / "klines" / f"{name}.csv.gz"], Tally())
    return [row for row in rows if isinstance(row, Candle)]


def five_minutes(rows: list[Candle]) -> list[Candle]:
    """Those of one minute put together."""
    grouped = groupby(rows, key=lambda row: row.open_ms // BLOCK_MS)
    return [
        msgspec.structs.replace(
            some[0],
            interval="5m",
            close_ms=some[0].open_ms + BLOCK_MS - 1,
            high=max(one.high for one in some),
            low=min(one.low for one in some),
            close=some[-1].close,
            volume=sum(one.volume for one in some),
            trades=sum(one.trades for one in some),
        )
        for some in (list(rows) for _, rows in grouped)
        if len(some) == 5
    ]


MONTHS = ("ALGOUSDT-1m-2025-02", "AVAXUSDT-1m-2025-02", "FILUSDT-1m-2025-02", "NEARUSDT-1m-2025-02")


@pytest.mark.parametrize("name", [*MONTHS, "NEARUSDT-1m-2025-06"])
def test_they_teach_a_little_more_than_closes_of_minutes_do(recordings: Path, name: str):
    """A close is not the highest price of its minute."""
    rows = month(recordings, name)[: 5 * PAST_BLOCKS]
    live, warmed = PriceJumps("A", Settings()), PriceJumps("A", Settings())
    for row in rows:
        live.on(row)
    warmed.warm(five_minutes(rows))
    assert 1.0 < sizes(warmed)[0] / sizes(live)[0] < 1.4
    for learnt, true in zip(sizes(warmed)[2:], sizes(live)[2:], strict=True):  # no ten seconds
        assert 0.9 < learnt / true < 1.5


def path(row: Candle) -> list[Trade]:
    """A trade a second by which the price may have gone: what moves in it came about as told."""
    ends = [row.low, row.high] if row.close > row.open else [row.high, row.low]
    corners = [row.open, *ends, row.close]
    prices = [a + (b - a) * n / 20 for a, b in pairwise(corners) for n in range(1, 21)]
    return [
        Trade(row.symbol, -1, price, 1.0, row.open_ms + n * 1_000, False)
        for n, price in enumerate(prices)
    ]


@pytest.mark.parametrize("name", MONTHS)
def test_one_that_has_just_begun_tells_every_large_move_if_it_knows_the_past(recordings, name):
    """Of each of the seventeen ten minutes before it, and what was before that as the past."""
    rows = month(recordings, name)
    for episode in episodes(rows):
        first_ms = min(episode.began_ms, episode.due_ms)
        at = next(n for n, row in enumerate(rows) if row.close_ms >= first_ms) - 10
        loop = watching()
        (detector,) = loop.detectors(rows[0].symbol)
        detector.warm(five_minutes(rows[:at])[-PAST_BLOCKS:])
        alerts = [a for row in rows[at : at + 60] for t in path(row) for a in loop.on(t)]
        assert delay_s(episode, alerts) is not None, episode


def test_a_calm_month_stays_calm_however_often_it_begins_with_the_past(recordings: Path):
    rows = month(recordings, "NEARUSDT-1m-2025-06")
    alerts = 0
    days = range(3 * 1_440, len(rows), 1_440)
    for at in days:
        loop = watching()
        (detector,) = loop.detectors(rows[0].symbol)
        detector.warm(five_minutes(rows[:at])[-PAST_BLOCKS:])
        alerts += sum(len(loop.on(row)) for row in rows[at : at + 1_440])
    assert alerts / len(days) <= 0.1


# --- and how it counts ----------------------------------------------------------------------------


def test_whoever_knows_the_past_need_not_wait_for_the_warm_up():
    path = [*calm(20), *[106.0] * 60]
    assert [a for t in trades(path) for a in watching(**AT_ONCE).on(t)] == []
    loop = watching(**AT_ONCE)
    detector_of(loop).warm(past(PAST_BLOCKS))
    assert [a.direction for t in trades(path) for a in loop.on(t)] == ["up"]


@pytest.mark.parametrize("known", [0, 1, 2])
def test_a_few_candles_of_a_new_listing_shorten_it_by_as_much(known: int):
    said = {}
    for silent_s in (690, 710):
        loop = watching(**AT_ONCE, warmup_s=700.0)
        detector_of(loop).warm(past(known))
        began_s = silent_s - 300 * known
        path = [*calm(began_s), *[110.0] * 5]
        said[silent_s] = [a for t in trades(path) for a in loop.on(t)]
    assert said[690] == []
    assert len(said[710]) == 1


def test_what_is_usual_is_told_from_the_first_jump_on():
    loop = watching(**AT_ONCE)
    detector_of(loop).warm(past(PAST_BLOCKS, move=0.002))
    (alert,) = [a for t in trades([*calm(30), *[110.0] * 60]) for a in loop.on(t)]
    assert alert.window_s == 10
    assert 0.05 < alert.usual_pct < 0.5
    assert alert.zscore == pytest.approx(alert.change_pct / alert.usual_pct)


def test_a_symbol_that_usually_moves_by_percents_is_silent_about_them_at_once():
    wild = watching(**AT_ONCE)
    detector_of(wild).warm(past(PAST_BLOCKS, move=0.03))
    ten_up = trades([*calm(30), *[105.0] * 60])
    assert [a for t in ten_up for a in wild.on(t)] == []


def test_warmed_while_it_watches_it_learns_nothing_twice_and_says_nothing():
    loop = watching()
    detector = detector_of(loop)
    for trade in trades(calm(400)):
        loop.on(trade)
    lacked = detector.lacks(START_MS + 400_000)
    assert lacked == {"5m": PAST_BLOCKS}
    before = sizes(detector)
    own = [candle(5 * n, 200.0, minutes=5) for n in range(2)]
    detector.warm(own)
    assert sizes(detector) == before, "those five minutes were watched"
    detector.warm([*past(PAST_BLOCKS - 2, move=0.004), *own])
    learnt = sizes(detector)
    assert learnt[0] > before[0]
    assert detector.lacks(START_MS + 400_000) == {}
    detector.warm([*past(PAST_BLOCKS, move=0.01), *own])
    assert sizes(detector) == learnt
    assert [a for t in trades(calm(600), start_s=400) for a in loop.on(t)] == []


def test_the_candle_under_way_and_those_without_trades_teach_nothing():
    detector = PriceJumps("A", Settings())
    fresh = sizes(detector)
    quiet = [msgspec.structs.replace(one, volume=0.0, trades=0) for one in past(30)]
    detector.warm([candle(0, 100.0, minutes=5, closed=False)])
    detector.warm(quiet)
    detector.warm([])
    assert sizes(detector) == fresh
    mixed = [
        bar(n, [100.0, 101.0, 100.0] if n % 7 == 0 else [100.0], n % 7 == 0) for n in range(99)
    ]
    assert usual(mixed) == pytest.approx(usual([one for one in mixed if one.trades]))


def test_a_move_from_one_candle_to_the_next_is_one_but_none_after_an_hour_of_silence():
    low, high = [100.0, 100.0], [100.3, 100.3]
    still = [bar(n, low, 2) for n in range(30)]
    moved = [bar(n, high, 2) for n in range(30, 60)]
    quiet = [bar(n, high, 2) for n in range(43, 73)]
    nothing = usual([*still, *[bar(n, low, 2) for n in range(30, 60)]])
    assert usual([*still, *moved]) > 1.02 * nothing
    assert usual([*still, *quiet]) == pytest.approx(nothing, rel=1e-6)


def usual(rows: list[Candle]) -> float:
    detector = PriceJumps("A", Settings())
    detector.warm(rows)
    return sizes(detector)[0]


@pytest.mark.parametrize("price", [0.0, float("inf"), float("nan"), -1.0])
def test_impossible_prices_of_the_past_teach_nothing(price: float):
    rows = past(200)
    odd = [msgspec.structs.replace(r, high=price, low=price, close=price) for r in rows[::7]]
    mixed = sorted([*[r for n, r in enumerate(rows) if n % 7], *odd], key=lambda r: r.open_ms)
    detector = PriceJumps("A", Settings())
    detector.warm(mixed)
    assert 0 < sizes(detector)[0] < 1


def test_a_successor_goes_on_with_what_was_usual_and_asks_for_what_was_missed():
    loop = watching()
    for event in trades(calm(2_000)):
        loop.on(event)
    loop.on(Gap(("*",), START_MS + 2_000_000, START_MS + 2_000_000, "end"))
    before = detector_of(loop)
    after = watching(**AT_ONCE)
    detector_of(after).restore(before.state())
    assert sizes(detector_of(after)) == sizes(before)
    assert detector_of(after).lacks(START_MS + 3_000_000) == {"1s": 320}
    ten_hours_later = START_MS + 2_000_000 + 36_000_000
    asked = detector_of(after).lacks(ten_hours_later)
    assert 119 <= asked["5m"] <= 122
    jump: list[Event] = list(trades([*calm(20), *[110.0] * 40], start_s=2_500))
    assert [a.direction for t in jump for a in after.on(t)] == ["up"], "no warm-up"


def test_after_a_first_time_that_was_wrong_the_warm_up_begins_anew():
    loop = watching(**AT_ONCE)
    wrong = Trade("BTCUSDT", 1, 100.0, 1.0, START_MS + 86_400_000, False)
    path = trades([*calm(400), *[110.0] * 20])
    assert [a.direction for t in [wrong, *path] for a in loop.on(t)] == ["up"]


# --- the windows of a start -----------------------------------------------------------------------


def seconds(path: Iterable[Trade]) -> list[Candle]:
    """The candles of a second each that the exchange would give of these trades."""
    bars: list[Candle] = []
    for at_s, some in groupby(path, key=lambda trade: trade.at_ms // 1_000):
        prices = [trade.price for trade in some]
        while bars and bars[-1].open_ms // 1_000 < at_s - 1:
            bars.append(second(bars[-1].open_ms // 1_000 + 1, bars[-1].close, 0))
        bars.append(second(at_s, prices[-1], len(prices)))
    return bars


def second(at_s: int, price: float, prints: int) -> Candle:
    return Candle(
        "BTCUSDT", "1s", at_s * 1_000, at_s * 1_000 + 999, price, price, price, price,
        float(prints), prints * price, prints, prints / 2, prints * price / 2, True, at_s * 1_000,
    )  # fmt: skip


def restarted(before: PriceJumps) -> Watch:
    loop = watching()
    detector_of(loop).restore(before.state())
    return loop


@pytest.mark.parametrize("heard", [1, 2, 30])
def test_a_restart_within_a_move_is_no_later_for_it(heard: int):
    """``heard``: seconds of trades before the exchange has told those of before."""
    path = trades([*calm(2_000), *ramp(100.0, 112.0, 120), *[112.0] * 60])
    whole = watching()
    alerts = [alert for trade in path for alert in whole.on(trade)]
    at = next(n for n, trade in enumerate(path) if trade.at_ms == alerts[0].at_ms) - 5 - heard
    before = watching()
    assert [alert for trade in path[:at] for alert in before.on(trade)] == []
    after = restarted(detector_of(before))
    assert [alert for trade in path[at : at + heard] for alert in after.on(trade)] == []
    now_ms = path[at + heard].at_ms
    assert detector_of(after).lacks(now_ms) == {"1s": heard + 320}
    after.warm("BTCUSDT", "1s", seconds(path[: at + heard])[-heard - 320 :], now_ms)
    told = [alert for trade in path[at + heard :] for alert in after.on(trade)]
    assert told[0].at_ms == alerts[0].at_ms
    assert [(a.at_ms, a.window_s, a.from_price) for a in told] == [
        (a.at_ms, a.window_s, a.from_price) for a in alerts
    ]
    for window_s in (1, 60, 299):
        changes = [
            loop.market["BTCUSDT"].change_pct(window_s, path[-1].at_ms) for loop in (after, whole)
        ]
        assert changes[0] == changes[1] is not None


def test_without_them_the_same_move_is_told_later():
    path = trades([*calm(2_000), *ramp(100.0, 112.0, 120)])
    whole = watching()
    alerts = [alert for trade in path for alert in whole.on(trade)]
    at = next(n for n, trade in enumerate(path) if trade.at_ms == alerts[0].at_ms) - 5
    before = watching()
    for trade in path[:at]:
        before.on(trade)
    after = restarted(detector_of(before))
    late = [alert for trade in path[at:] for alert in after.on(trade)]
    assert not late or late[0].at_ms > alerts[0].at_ms
    assert detector_of(after).lacks(path[at].at_ms + 400_000) == {}, "the windows have passed"


def test_before_the_first_trade_they_say_nothing():
    """Recovered ones, which are older than the candles, may come first."""
    path = trades([*calm(2_000), *ramp(100.0, 112.0, 120)])
    before = watching()
    for trade in path[:2_000]:
        before.on(trade)
    after = restarted(detector_of(before))
    after.warm("BTCUSDT", "1s", seconds(path)[-320:], path[-1].at_ms)
    assert detector_of(after).lacks(path[-1].at_ms) == {"1s": 320}
    recovered = [msgspec.structs.replace(trade, recovered=True) for trade in path[1_900:1_950]]
    assert [alert for trade in recovered for alert in after.on(trade)] == []
    assert after.market["BTCUSDT"].change_pct(10, recovered[-1].at_ms) == pytest.approx(0, abs=0.1)


def test_futures_have_no_candles_of_a_second():
    before = watching()
    for trade in trades(calm(2_000)):
        before.on(trade)
    contract = PriceJumps("binance-futures:BTCUSDT", Settings())
    contract.restore(detector_of(before).state())
    assert contract.lacks(START_MS + 2_100_000) == {}
