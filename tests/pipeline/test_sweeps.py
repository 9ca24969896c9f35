"""Sweeps: every fill of one order, counted once, whatever way the fills arrive."""

import gzip
import itertools
import json
import math
import random
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import watch
from pipeline.detectors import large_trade
from pipeline.market import Market
from pipeline.model import LargeTrade, Trade
from pipeline.sources.recording import Tally, read
from pipeline.sweeps import KEPT, Sweeps
from pipeline.watch import Watch

START_MS = 1_760_000_000_000


def trade(number: int, at_ms: int, price=100.0, quantity=1.0, *, sold=False, **more) -> Trade:
    return Trade("BTCUSDT", number, price, quantity, START_MS + at_ms, sold, **more)


def swept(trades) -> list:
    sweeps = Sweeps("BTCUSDT")
    ended = [sweep for trade in trades for sweep in sweeps.add(trade, True)]
    return ended + list(sweeps.close())


def large(events, min_notional=50_000.0) -> tuple[list[LargeTrade], Watch]:
    """What the whole loop says of these events, raw."""
    settings = watch.Settings(
        detectors={"large_trade": large_trade.Settings(min_notional=min_notional)}
        | {k: e.settings() for k, e in watch.KINDS.items() if k != "large_trade"}
    )
    watching = Watch(Market(), settings, kinds={"large_trade"}, raw=True)
    alerts = [alert for event in events for alert in watching.on(event)]
    return alerts + watching.finish(), watching


# --- one symbol's fills --------------------------------------------------------------------------

fills = st.lists(
    st.tuples(
        st.integers(0, 2),  # milliseconds since the fill before: many at the same time
        st.booleans(),
        st.floats(0.01, 1e6),
        st.floats(1e-6, 1e6),
        st.sampled_from((0, 0, 0, 250, 999)),
    ),
    max_size=60,
)


@given(fills, st.integers(-3_000, 3_000))
def test_what_is_kept_of_orders_is_what_their_sweeps_say(steps, began_ms):
    sweeps, at_ms = Sweeps("BTCUSDT"), 10_000
    sweeps.add(trade(0, at_ms + began_ms), True)  # told at once, perhaps of a later second
    sweeps.add(trade(1, at_ms), True)
    trades = list(sweeps.fills)
    for number, (wait_ms, sold, price, quantity, micros) in enumerate(steps, 2):
        at_ms += 300 * wait_ms
        ids = {"first_id": 3 * number, "last_id": 3 * number + number % 3}
        fill = trade(number, at_ms, price, quantity, sold=sold, micros=micros, **ids)
        trades.append(fill)
        if (fill.at_ms, fill.micros) == (trades[-2].at_ms, trades[-2].micros):
            sweeps.fills.append(fill)
        else:
            sweeps.keep(fill)
    kept = [second for second in sweeps.take(True, over=True) if second.sizes]
    by_second = defaultdict(list)
    for sweep in swept(trades):
        by_second[sweep.at_ms // 1_000].append(sweep)
    assert [second.at_s for second in kept] == list(by_second)
    closes = {one.at_ms // 1_000: one.price for one in trades}
    for second, orders in zip(kept, by_second.values(), strict=True):
        buys = [order for order in orders if order.side == "buy"]
        last, prices = orders[-1], [order.last_price for order in orders]
        steps_made = {abs(a - b) for a, b in itertools.pairwise(prices)} - {0.0}
        now = (last.at_ms, last.micros)
        earlier = [order.last_price for order in orders if (order.at_ms, order.micros) != now]
        assert second.sizes == [order.notional for order in orders]
        assert second.buys == [order.notional for order in buys]
        assert second.fills == sum(order.fills for order in orders)
        assert second.rush == sum(order.fills > 1 for order in buys)
        assert second.highest == max((order.last_price for order in buys), default=0.0)
        assert second.step == min(steps_made, default=math.inf)
        assert (second.first, second.last) == (prices[0], prices[-1])
        assert (second.last_ms, second.micros) == now
        assert second.before == (earlier[-1] if earlier else 0.0)
        assert second.close == closes[second.at_s]


@pytest.mark.parametrize("apart_ms", [1, 400, 3_000])
def test_so_many_orders_are_kept_and_no_more(apart_ms):
    sweeps = Sweeps("BTCUSDT")
    sweeps.add(trade(0, 0), True)
    full = [n for n in range(1, KEPT + 3) if sweeps.keep(trade(n, n * apart_ms))]
    assert full == [KEPT, KEPT + 1, KEPT + 2]
    assert sum(len(second.sizes) for second in sweeps.take(True)) == KEPT + 2
    assert not sweeps.keep(trade(KEPT + 3, (KEPT + 3) * apart_ms))


@given(fills)
def test_every_sweep_is_the_sum_of_the_fills_of_its_time_and_side(rows):
    at_ms, trades = 0, []
    for number, (passed, sold, price, quantity, micros) in enumerate(rows):
        at_ms += passed
        trades.append(trade(number, at_ms, price, quantity, sold=sold, micros=micros))
    trades.sort(key=lambda t: (t.at_ms, t.micros))

    orders = defaultdict(list)
    for one in trades:
        orders[one.at_ms, one.micros, one.side].append(one)
    sweeps = swept(trades)

    assert len(sweeps) == len(orders)
    for sweep in sweeps:
        order = orders.pop((sweep.at_ms, sweep.micros, sweep.side))
        assert sweep.fills == len(order)
        assert sweep.quantity == pytest.approx(math.fsum(t.quantity for t in order))
        assert sweep.notional == pytest.approx(math.fsum(t.price * t.quantity for t in order))
        assert sweep.price == pytest.approx(sweep.notional / sweep.quantity)
        assert (sweep.first_price, sweep.last_price) == (order[0].price, order[-1].price)
    assert not orders


@given(fills, st.data())
def test_what_is_kept_leaves_what_is_open_as_it_would_be(rows, data):
    """Told one by one, or kept and taken now and then."""
    told, kept = Sweeps("BTCUSDT"), Sweeps("BTCUSDT")
    at_ms = 0
    for number, (passed, sold, price, quantity, micros) in enumerate(rows):
        at_ms += passed
        one = trade(number, at_ms, price, quantity, sold=sold, micros=micros)
        told.add(one, True)
        if number == 0 or data.draw(st.booleans()):
            kept.add(one, True)
        else:
            if one.at_ms == kept.fills[0].at_ms and micros == kept.micros:
                kept.fills.append(one)
            else:
                kept.keep(one)
            kept.take(True)
        for name in ("fills", "micros", "notional", "lowest", "highest", "first_fill"):
            assert getattr(kept, name) == getattr(told, name), name


def test_ids_need_not_be_contiguous_and_both_sides_may_trade_at_one_time():
    sweeps = swept([trade(5, 0), trade(9, 0, sold=True), trade(70, 0), trade(71, 0, sold=True)])
    assert [(s.side, s.fills, s.quantity) for s in sweeps] == [("buy", 2, 2.0), ("sell", 2, 2.0)]


def test_neighbouring_milliseconds_are_two_orders():
    assert [s.at_ms - START_MS for s in swept([trade(1, 0), trade(2, 1)])] == [0, 1]


def test_microseconds_of_one_millisecond_are_two_orders():
    assert len(swept([trade(1, 0, micros=1), trade(2, 0, micros=2)])) == 2


def test_an_aggregate_counts_as_the_fills_it_stands_for():
    (sweep,) = swept([trade(1, 0, first_id=10, last_id=14), trade(2, 0, first_id=15, last_id=15)])
    assert sweep.fills == 6


def test_a_price_that_comes_back_within_one_time_is_no_further_level():
    for prices, levels in (((1, 1, 1), 1), ((1, 2, 1), 2), ((1, 2, 3), 3), ((1, 2, 3, 1, 2), 3)):
        (sweep,) = swept([trade(n, 0, 100.0 + price) for n, price in enumerate(prices)])
        assert sweep.levels == levels, prices


def test_a_sweep_with_one_recovered_fill_is_recovered():
    assert swept([trade(1, 0), trade(2, 0, recovered=True)])[0].recovered
    assert not swept([trade(1, 0)])[0].recovered


def test_a_sweep_is_open_until_another_time_or_the_end():
    sweeps = Sweeps("BTCUSDT")
    assert not sweeps.open
    assert sweeps.add(trade(1, 0), False) == ()
    assert sweeps.open
    (ended,) = sweeps.add(trade(2, 1), True)
    assert ended.quantity == 1.0
    assert not ended.book_known, "the book came after it"
    assert [s.book_known for s in sweeps.close()] == [True]
    assert not sweeps.open
    assert sweeps.close() == ()


# --- what arrives twice, late, or in both forms --------------------------------------------------


def order_of(trades) -> list[Trade]:
    """What @aggTrade sends for these trades: those of one order at one price are one print."""
    aggregates = []
    groups = itertools.groupby(trades, key=lambda t: (t.symbol, t.at_ms, t.side, t.price))
    for number, (_, group) in enumerate(groups, 1):
        one = list(group)
        first = one[0]
        aggregates.append(
            msgspec.structs.replace(
                first,
                id=number,
                quantity=math.fsum(t.quantity for t in one),
                first_id=first.id,
                last_id=one[-1].id,
            )
        )
    return aggregates


def some_trades(seed=7, count=400) -> list[Trade]:
    """Orders that walk through levels, a few of each size, several fills each."""
    chance = random.Random(seed)
    trades: list[Trade] = []
    at_ms = 0
    while len(trades) < count:
        at_ms += chance.randint(1, 90)
        price, sold = 100.0 + chance.randint(-5, 5), chance.random() < 0.5
        for _ in range(chance.randint(1, 8)):
            trades.append(trade(len(trades) + 1, at_ms, price, chance.randint(1, 300), sold=sold))
            price += chance.choice((0.0, 0.0, 0.01)) * (-1 if sold else 1)
    return trades


def told(alerts) -> list:
    return [(a.id, a.fills, pytest.approx(a.quantity), pytest.approx(a.notional)) for a in alerts]


def test_aggregates_give_the_same_sweeps_as_the_trades_behind_them():
    trades = some_trades()
    aggregates = order_of(trades)
    assert len(aggregates) < len(trades)
    expected, _ = large(trades)
    alerts, watching = large(aggregates)
    assert expected
    assert told(alerts) == told(expected)
    assert watching.repeated == 0


def test_repeated_frames_count_once():
    trades = some_trades()
    expected, _ = large(trades)
    alerts, watching = large([t for t in trades for _ in range(2)])
    assert told(alerts) == told(expected)
    assert (watching.trades, watching.repeated) == (len(trades), len(trades))


def test_a_trade_and_the_aggregate_that_contains_it_count_once():
    trades = some_trades()
    expected, _ = large(trades)
    both = sorted([*trades, *order_of(trades)], key=lambda t: t.at_ms)  # trades first
    alerts, watching = large(both)
    assert told(alerts) == told(expected)
    assert watching.repeated == len(order_of(trades))
    both = sorted([*order_of(trades), *trades], key=lambda t: t.at_ms)  # aggregates first
    alerts, watching = large(both)
    assert told(alerts) == told(expected)
    assert watching.repeated == len(trades)


@given(st.randoms(use_true_random=False), st.integers(1, 30))
def test_frames_out_of_order_count_once_each(chance, reach):
    trades = some_trades(count=80)
    shuffled = sorted(trades, key=lambda t: t.id + chance.random() * reach)
    repeated = [t for t in shuffled for _ in range(chance.randint(1, 2))]
    alerts, watching = large(repeated, min_notional=1e-9)
    assert watching.trades == len(trades)
    assert watching.repeated == len(repeated) - len(trades)
    assert sum(a.quantity for a in alerts) == pytest.approx(sum(t.quantity for t in trades))


def test_ids_that_were_skipped_count_when_they_come_after_all():
    late = [trade(1, 0), trade(4, 30), trade(2, 10), trade(3, 20), trade(3, 20), trade(5, 40)]
    _, watching = large(late)
    assert (watching.trades, watching.repeated) == (5, 1)


def test_an_aggregate_whose_matches_were_partly_counted_does_not_count_again():
    _, watching = large([trade(11, 0), trade(1, 1, first_id=10, last_id=12)])
    assert (watching.trades, watching.repeated) == (1, 1)


def test_an_exchange_that_counts_afresh_is_believed_after_a_minute():
    _, watching = large([trade(5_000, 0), trade(1, 59_000), trade(1, 61_000), trade(2, 61_001)])
    assert (watching.trades, watching.repeated) == (3, 1)


def test_trades_without_ids_all_count():
    _, watching = large([trade(-1, 0), trade(-1, 0), trade(-1, 5)])
    assert (watching.trades, watching.repeated) == (3, 0)


def test_the_memory_for_skipped_ids_is_bounded():
    """One that names an absurd range of ids costs neither time nor memory."""
    watching = Watch(Market(), kinds=())
    for number in range(50):
        watching.on(trade(number * 1_000_000, number))
    ids = watching._lanes["BTCUSDT"].ids
    assert len(ids._holes) <= ids.HOLES
    watching.on(trade(3, 50, first_id=48_999_990, last_id=10**18))
    assert watching.repeated == 1


def test_symbols_do_not_share_their_ids():
    other = msgspec.structs.replace(trade(1, 0), symbol="ETHUSDT")
    _, watching = large([trade(1, 0), other])
    assert watching.repeated == 0


# --- the recordings, against a recount written plainly -------------------------------------------


def recount(*paths: Path, least: float) -> dict[tuple[int, str], float]:
    """Notional by trade time and taker side, of the orders that reach ``least``."""
    totals: dict[tuple[int, str], float] = defaultdict(float)
    for path in paths:
        with gzip.open(path, "rt") as lines:
            for line in lines:
                if '"e":"trade"' not in line:
                    continue
                data = json.loads(line.partition(" ")[2])["data"]
                side = "sell" if data["m"] else "buy"
                totals[data["T"], side] += float(data["p"]) * float(data["q"])
    return {order: total for order, total in totals.items() if total >= least}


def found(paths, symbols=()) -> dict[tuple[int, str], float]:
    alerts, watching = large(read(paths, tally := Tally(), symbols))
    assert tally.unreadable == 0
    assert watching.repeated == 0
    assert len({alert.id for alert in alerts}) == len(alerts)
    return {(alert.at_ms, alert.side): alert.notional for alert in alerts}


def test_every_bitcoin_sweep_of_the_recordings_is_found_and_no_other(recordings):
    """DATA.md: 97 of at least 50,000 USDT, 36 of 100,000, the largest 846,954."""
    paths = [recordings / "frames" / f"spot_btcusdt_2024080{day}.ndjson.gz" for day in (8, 9)]
    sweeps = found(paths)
    assert len(sweeps) == 97
    assert sum(notional >= 100_000 for notional in sweeps.values()) == 36
    assert round(max(sweeps.values())) == 846_954
    assert sweeps == pytest.approx(recount(*paths, least=50_000))


def test_every_ether_sweep_of_the_recording_is_found_and_no_other(recordings):
    path = recordings / "frames" / "spot_ethusdt_20240808.ndjson.gz"
    sweeps = found([path])
    assert round(max(sweeps.values())) == 1_341_815
    assert sweeps == pytest.approx(recount(path, least=50_000))


def test_every_futures_sweep_of_the_recording_is_found_and_no_other(recordings):
    path = recordings / "frames" / "usdm_btcusdt_20240808.ndjson.gz"
    sweeps = found([path])
    assert sweeps
    assert sweeps == pytest.approx(recount(path, least=50_000))


def trade_lines(path: Path) -> list[bytes]:
    with gzip.open(path, "rb") as lines:
        return [line for line in lines if b'@trade"' in line]


def test_overlapping_parts_of_a_recording_count_once(recordings, tmp_path):
    """A rotated recorder's two files, a whole copy, and the same trades as aggregates."""
    path = recordings / "frames" / "spot_btcusdt_20240808.ndjson.gz"
    lines = trade_lines(path)
    first, second = tmp_path / "first.ndjson", tmp_path / "second.ndjson"
    first.write_bytes(b"".join(lines[:6_000]))
    second.write_bytes(b"".join(lines[4_000:]))
    aggregates = tmp_path / "aggregates.ndjson"
    events = list(read([path], Tally()))
    rows = order_of([e for e in events if isinstance(e, Trade)])
    aggregates.write_text("".join(f"{t.at_ms} {agg_frame(t)}\n" for t in rows))

    expected, watching = large(events)
    trades = watching.trades
    for paths in ([first, second], [first, second, path], [aggregates], [path, aggregates]):
        alerts, watching = large(read(paths, Tally()))
        assert told(alerts) == told(expected), paths
        if aggregates not in paths:
            assert watching.trades == trades


def agg_frame(t: Trade) -> str:
    data = {
        "e": "aggTrade",
        "E": t.at_ms,
        "s": t.symbol,
        "a": t.id,
        "p": str(t.price),
        "q": str(t.quantity),
        "f": t.first_id,
        "l": t.last_id,
        "T": t.at_ms,
        "m": t.buyer_is_maker,
        "M": True,
    }
    return json.dumps({"stream": "btcusdt@aggTrade", "data": data})


def test_frames_recorded_slightly_out_of_order_give_the_same_sweeps(recordings, tmp_path):
    path = recordings / "frames" / "spot_btcusdt_20240808.ndjson.gz"
    lines = trade_lines(path)
    chance = random.Random(3)
    places = sorted(range(len(lines)), key=lambda i: i + chance.random() * 30)
    shuffled = tmp_path / "shuffled.ndjson"
    shuffled.write_bytes(b"".join(lines[i] for i in places))
    assert found([shuffled]) == pytest.approx(recount(path, least=50_000))
