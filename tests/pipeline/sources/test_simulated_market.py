"""The simulated market by itself: no sockets, no clock, and the same again for the same seed."""

import itertools
import math
import statistics
from collections import Counter, defaultdict

import pytest

from pipeline.sources.simulated.history import KEEP_AGGREGATES, KEEP_MATCHES, KEEP_MS, Tape
from pipeline.sources.simulated.market import Fill, Market, Order, Touch
from pipeline.sources.simulated.pairs import PAIRS, Pair
from pipeline.sources.simulated.plan import Step, demo_plan

START_MS = 1_760_000_000_000
MINUTE_MS = 60_000


def named(*symbols: str) -> list[Pair]:
    return [pair for pair in PAIRS if pair.symbol in symbols]


def market(*symbols: str, seed: int = 1) -> Market:
    pairs = named("BTCUSDT", *symbols) if symbols else PAIRS
    return Market(seed=seed, start_ms=START_MS, pairs=pairs)


def orders(events: list[Order | Touch]) -> list[Order]:
    return [event for event in events if isinstance(event, Order)]


def value(order: Order) -> float:
    units = sum(fill.price * sum(fill.parts) for fill in order.fills)
    return units * order.pair.tick * order.pair.step


def assert_sound(exchange: Market) -> None:
    for listing in exchange.listings.values():
        bids, asks = listing.book.bids, listing.book.asks
        assert len(bids.keys) >= 20
        assert len(asks.keys) >= 20
        assert -bids.keys[0] < asks.keys[0]
        for ladder in (bids, asks):
            assert all(a < b for a, b in itertools.pairwise(ladder.keys))
            assert min(ladder.lots) >= 1
            assert len(ladder.keys) == len(ladder.lots)


def test_the_same_seed_gives_the_same_events_however_time_is_cut() -> None:
    whole, stepped, other = market(), market(), market(seed=2)
    events = whole.advance(START_MS + 5_000)
    pieces = []
    for step in (1, 7, 100, 333, 1_000, 3_559):
        pieces += stepped.advance(stepped.now_ms + step)
    assert stepped.now_ms == START_MS + 5_000
    assert events == pieces
    assert len(events) > 500
    assert other.advance(START_MS + 5_000) != events


def test_a_pair_lives_the_same_life_whatever_else_is_listed() -> None:
    alone = market("ETHUSDT").advance(START_MS + 20_000)
    among = market().advance(START_MS + 20_000)
    assert [e for e in among if e.pair.symbol == "BTCUSDT"] == [
        e for e in alone if e.pair.symbol == "BTCUSDT"
    ]


def test_ids_are_consecutive_and_every_order_of_a_pair_has_its_own_time() -> None:
    exchange = market()
    next_ids = {
        symbol: (listing.tape.next_id, listing.tape.next_match_id)
        for symbol, listing in exchange.listings.items()
    }
    last_ms: dict[str, int] = {}
    for order in orders(exchange.advance(START_MS + 30_000)):
        symbol = order.pair.symbol
        assert order.at_ms > last_ms.get(symbol, 0)
        last_ms[symbol] = order.at_ms
        for fill in order.fills:
            assert (fill.id, fill.first) == next_ids[symbol]
            assert min(fill.parts) >= 1
            next_ids[symbol] = (fill.id + 1, fill.first + len(fill.parts))
    assert len(last_ms) > 45
    for symbol, listing in exchange.listings.items():
        assert (listing.tape.next_id, listing.tape.next_match_id) == next_ids[symbol]


def test_orders_at_the_same_moment_get_times_of_their_own() -> None:
    exchange = market("ETHUSDT")
    records = [exchange.sweep("ETHUSDT", "buy", 1_000) for _ in range(5)]
    assert [record.at_ms for record in records] == [START_MS + number for number in range(5)]
    later = [o for o in orders(exchange.advance(START_MS + 2_000)) if o.pair.symbol == "ETHUSDT"]
    assert len({order.at_ms for order in later}) == len(later)


def test_books_stay_sound_with_twenty_levels_through_everything_that_is_planted() -> None:
    exchange = market("ETHUSDT", "NKNUSDT", "PEPEUSDT", "ETHBTC")
    exchange.pump("NKNUSDT", 40)
    exchange.crash(3)
    exchange.widen("ETHUSDT", 30)
    for step in range(1_200):
        exchange.advance(exchange.now_ms + 100)
        if step % 50 == 0:
            exchange.sweep("PEPEUSDT", "sell" if step % 100 else "buy", 3_000_000)
        assert_sound(exchange)


@pytest.mark.parametrize("side", ["buy", "sell"])
def test_an_order_takes_exactly_what_the_book_offered_best_first(side: str) -> None:
    exchange = market()
    exchange.advance(START_MS + 3_000)
    book = exchange.listings["SOLUSDT"].book
    ladder = book.asks if side == "buy" else book.bids
    offered = ladder.levels(20)
    record = exchange.sweep("SOLUSDT", "buy" if side == "buy" else "sell", 200_000)
    touch, order = exchange.advance(exchange.now_ms)
    assert isinstance(order, Order)
    assert isinstance(touch, Touch), "as on the exchange, the new quote comes before the trades"
    assert order.buyer_is_maker is (side == "sell")
    taken = [(fill.price, sum(fill.parts)) for fill in order.fills]
    assert 3 <= len(taken) <= 20
    assert taken[:-1] == offered[: len(taken) - 1]
    last_price, last_lots = offered[len(taken) - 1]
    assert taken[-1][0] == last_price
    left = last_lots - taken[-1][1]
    assert left >= 0
    if left:
        assert ladder.levels(1) == [(last_price, left)]
    assert touch[3:5] == book.touch[0:2]
    assert touch[5:7] == book.touch[2:4]
    assert record.fills == sum(len(fill.parts) for fill in order.fills)
    assert record.prints == len(order.fills)
    assert record.notional == pytest.approx(value(order))
    assert record.at_ms == order.at_ms


@pytest.mark.parametrize("symbol", ["BTCUSDT", "PEPEUSDT", "NKNUSDT", "ETHBTC"])
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_a_sweep_is_never_smaller_than_asked_and_hardly_larger(symbol: str, side: str) -> None:
    exchange = market("PEPEUSDT", "NKNUSDT", "ETHUSDT", "ETHBTC")
    asked = 2.0 if symbol == "ETHBTC" else 20_000.0
    record = exchange.sweep(symbol, "buy" if side == "buy" else "sell", asked)
    pair = exchange.listings[symbol].pair
    assert asked <= record.notional + 1e-9
    assert record.notional <= asked + pair.step * record.last_price * 1.01


def test_what_cannot_be_traded_is_refused() -> None:
    exchange = market("WAVESUSDT")
    for symbol in ("NOSUCHUSDT", "WAVESUSDT"):
        with pytest.raises(ValueError, match="not trading"):
            exchange.sweep(symbol, "buy", 1_000)
    with pytest.raises(ValueError, match="above zero"):
        exchange.sweep("BTCUSDT", "buy", 0)
    exchange.crash(3)
    with pytest.raises(ValueError, match="already has a crash"):
        exchange.widen("BTCUSDT", 10)
    with pytest.raises(ValueError, match="BTCUSDT"):
        Market(start_ms=START_MS, pairs=named("ETHUSDT"))


def test_each_match_is_in_the_minute_bars() -> None:
    exchange = market("ETHUSDT")
    bars: dict[tuple[str, int], list[tuple[Order, Fill]]] = defaultdict(list)
    for order in orders(exchange.advance(START_MS + 150_000)):
        minute = order.at_ms - order.at_ms % MINUTE_MS
        bars[order.pair.symbol, minute] += [(order, fill) for fill in order.fills]
    for (symbol, minute), fills in bars.items():
        (bar,) = exchange.listings[symbol].bars.minutes(minute, minute, 1)
        prices = [fill.price for _, fill in fills]
        assert (bar.open, bar.close) == (prices[0], prices[-1])
        assert (bar.high, bar.low) == (max(prices), min(prices))
        assert bar.lots == sum(sum(fill.parts) for _, fill in fills)
        assert bar.matches == sum(len(fill.parts) for _, fill in fills)
        assert bar.taker_lots == sum(sum(f.parts) for o, f in fills if not o.buyer_is_maker)
        assert bar.first_id == fills[0][1].first


def test_the_day_before_the_start_is_there_and_joins_what_follows() -> None:
    for symbol in ("BTCUSDT", "PEPEUSDT", "ETHBTC", "USDCUSDT"):
        exchange = market("PEPEUSDT", "ETHUSDT", "ETHBTC", "USDCUSDT")
        listing = exchange.listings[symbol]
        first_live = listing.tape.next_match_id
        past = [bar for bar in listing.bars.minutes(0, None, 2_000) if bar.open_ms < START_MS]
        assert len(past) == 1_441  # the last is the minute in which the market starts
        assert all(b.open_ms - a.open_ms == MINUTE_MS for a, b in itertools.pairwise(past))
        assert past[-2].close == round(listing.pair.price / listing.pair.tick)
        assert past[-2].first_id + past[-2].matches == first_live
        for bar in past[:-1]:
            assert 0 < bar.low <= min(bar.open, bar.close)
            assert bar.high >= max(bar.open, bar.close)
            assert bar.lots > 0
            assert 0 < bar.taker_lots < bar.lots
        day = listing.bars.day()
        assert day.high == max(bar.high for bar in past[1:])
        assert day.low == min(bar.low for bar in past[1:])
        assert day.lots == sum(bar.lots for bar in past[1:])
        assert day.open == past[1].open


def test_asking_for_the_past_late_gives_the_same_past() -> None:
    early, late = market("ETHUSDT"), market("ETHUSDT")
    asked_early = early.listings["ETHUSDT"].bars.minutes(0, START_MS - MINUTE_MS, 2_000)
    early.advance(START_MS + 90_000)
    late.advance(START_MS + 90_000)
    asked_late = late.listings["ETHUSDT"].bars.minutes(0, START_MS - MINUTE_MS, 2_000)
    assert asked_early == asked_late
    assert early.listings["ETHUSDT"].bars.day() == late.listings["ETHUSDT"].bars.day()


def test_live_minutes_look_like_past_ones() -> None:
    """Baselines warmed from klines must not be surprised by the stream."""
    exchange = market("ADAUSDT")
    exchange.advance(START_MS + 12 * MINUTE_MS)
    for symbol in ("BTCUSDT", "ADAUSDT"):
        bars = exchange.listings[symbol].bars.minutes(None, None, 2_000)[:-1]
        past, live = bars[:1_400], bars[-11:]
        moves = [
            statistics.pstdev(math.log(bar.close / bar.open) for bar in some)
            for some in (past, live)
        ]
        assert 0.4 < moves[1] / moves[0] < 2.5
        volumes = [statistics.median(bar.lots for bar in some) for some in (past, live)]
        assert 0.2 < volumes[1] / volumes[0] < 3


def test_volatility_comes_in_clusters() -> None:
    """Sizes of one-second moves resemble those of the seconds around; for white noise it is 0."""
    exchange = market("BTCUSDT")
    logs = []
    for _ in range(1_200):
        exchange.advance(exchange.now_ms + 1_000)
        logs.append(exchange.listings["BTCUSDT"].log)
    moves = [abs(b - a) for a, b in itertools.pairwise(logs)]
    mean, variance = statistics.fmean(moves), statistics.pvariance(moves)
    likeness = statistics.fmean(
        (a - mean) * (b - mean) / variance
        for lag in range(1, 21)
        for a, b in zip(moves[:-lag], moves[lag:], strict=True)
    )
    assert likeness > 0.15


def test_few_orders_carry_most_of_the_money_and_btc_is_busiest() -> None:
    exchange = market()
    sizes: dict[str, list[float]] = defaultdict(list)
    prints = 0
    for order in orders(exchange.advance(START_MS + MINUTE_MS)):
        sizes[order.pair.symbol].append(value(order))
        prints += len(order.fills)
    assert 150 <= prints / 60 <= 300
    assert max(sizes, key=lambda symbol: len(sizes[symbol])) == "BTCUSDT"
    every = sorted(itertools.chain.from_iterable(sizes.values()))
    assert sum(every[-len(every) // 20 :]) > 0.5 * sum(every)
    assert statistics.median(every) < statistics.fmean(every) / 4


def test_a_crash_drags_the_others_down_after_a_lag() -> None:
    exchange = market("ETHUSDT", "AVAXUSDT", "ETHBTC")
    exchange.advance(START_MS + 2_000)
    before = {symbol: listing.log for symbol, listing in exchange.listings.items()}
    record = exchange.crash(3)
    exchange.advance(exchange.now_ms + 20_000)
    fallen = {s: exchange.listings[s].log - before[s] for s in before}
    lag = fallen["AVAXUSDT"] / exchange.listings["AVAXUSDT"].pair.beta
    assert lag > fallen["BTCUSDT"], "what follows has not fallen as far yet"
    exchange.advance(record.at_ms + 110_000)
    fallen = {s: math.expm1(exchange.listings[s].log - before[s]) * 100 for s in before}
    assert -3.4 < fallen["BTCUSDT"] < -2.6
    assert -5.5 < fallen["ETHUSDT"] < -2.2
    assert -6.0 < fallen["AVAXUSDT"] < -2.2
    exchange.advance(record.until_ms)
    (done,) = exchange.planted
    assert (done.kind, done.symbol, done.side, done.done) == ("crash", "BTCUSDT", "sell", True)
    assert -3.5 < done.change_pct < -2.6
    assert done.last_price > done.first_price * 0.97, "a part of the fall is regained"


def test_a_pump_rises_as_told_and_is_dumped() -> None:
    exchange = market("NKNUSDT")
    exchange.advance(START_MS + 2_000)
    pair = exchange.listings["NKNUSDT"].pair
    record = exchange.pump("NKNUSDT", 25)
    assert (record.done, record.until_ms) == (False, record.at_ms + 105_000)
    rush = orders(exchange.advance(record.at_ms + 60_000))
    rush = [order for order in rush if order.pair is pair]
    bought = sum(value(order) for order in rush if not order.buyer_is_maker)
    assert bought > 4 * sum(value(order) for order in rush if order.buyer_is_maker)
    dump = [o for o in orders(exchange.advance(record.until_ms)) if o.pair is pair]
    (done,) = exchange.planted
    assert done.done
    prices = [pair.price_of(fill.price) for order in rush + dump for fill in order.fills]
    assert done.change_pct == pytest.approx((max(prices) / done.first_price - 1) * 100)
    assert 20 < done.change_pct < 35
    assert done.last_price < done.first_price * 1.15
    assert done.fills > 300
    calm = [o for o in orders(exchange.advance(done.until_ms + 60_000)) if o.pair is pair]
    assert len(calm) < len(rush) / 4


def test_a_spread_event_pulls_the_quotes_and_lets_them_come_back() -> None:
    exchange = market("AAVEUSDT")
    exchange.advance(START_MS + 2_000)
    listing = exchange.listings["AAVEUSDT"]

    def spreads(for_ms: int) -> list[int]:
        seen = []
        for _ in range(for_ms // 500):
            exchange.advance(exchange.now_ms + 500)
            bid, _, ask, _ = listing.book.touch
            seen.append(ask - bid)
        return seen

    usual = statistics.median(spreads(20_000))
    record = exchange.widen("AAVEUSDT", 20)
    assert statistics.median(spreads(30_000)[2:]) >= 10 * usual
    assert statistics.median(spreads(20_000)[2:]) <= 3 * usual
    (done,) = exchange.planted
    assert done.done
    assert done.until_ms == record.at_ms + 30_000
    assert done.times >= 10


def test_a_halted_pair_falls_silent_and_goes_on_where_it_stopped() -> None:
    exchange = market("ETHUSDT")
    (pair,) = named("ETHUSDT")
    before = [e for e in exchange.advance(START_MS + 10_000) if e.pair is pair]
    exchange.halt("ETHUSDT")
    next_id = exchange.listings["ETHUSDT"].tape.next_id
    quiet = exchange.advance(exchange.now_ms + 5_000)
    assert {event.pair.symbol for event in quiet} == {"BTCUSDT"}
    for _ in range(10):  # what was scheduled before a halt is void and does not run as well
        exchange.list_pair(pair)
        exchange.halt("ETHUSDT")
    exchange.list_pair(pair)
    after = [e for e in exchange.advance(exchange.now_ms + 10_000) if e.pair is pair]
    assert orders(after)[0].fills[0].id == next_id
    for some in (orders, list[Order | Touch]):
        assert 0.5 < len(some(after)) / len(some(before)) < 2
    with pytest.raises(ValueError, match="already"):
        exchange.list_pair(pair)


def test_a_new_listing_has_no_past() -> None:
    exchange = market("ETHUSDT")
    exchange.list_pair(Pair("NEW", "USDT", 1.5, 4, 1, 20))
    exchange.advance(START_MS + 30_000)
    assert len(exchange.listings["NEWUSDT"].bars.minutes(None, None, 1_000)) <= 2
    assert exchange.listings["NEWUSDT"].bars.day().matches > 0


def test_nothing_trades_in_time_that_is_skipped() -> None:
    exchange = market("ETHUSDT")
    exchange.advance(START_MS + 1_000)
    exchange.skip(10 * MINUTE_MS)
    assert exchange.now_ms == START_MS + 1_000 + 10 * MINUTE_MS
    events = exchange.advance(exchange.now_ms + 5_000)
    assert 50 < len(events) < 1_500
    assert min(event.at_ms for event in events) > START_MS + 1_000 + 10 * MINUTE_MS
    bars = exchange.listings["BTCUSDT"].bars.minutes(None, None, 6)[:-1]
    assert {bar.matches for bar in bars} == {0}


def test_the_tape_is_bounded_in_number_and_in_time() -> None:
    tape = Tape(next_id=100, next_match_id=1_000)
    for number in range(KEEP_AGGREGATES + 5_000):
        tape.add(10, [1, 2], START_MS + number, number % 2 == 0)
    kept = tape.since(0, 10**9)
    assert KEEP_AGGREGATES <= len(kept) <= KEEP_AGGREGATES + 1_000
    assert kept[-1].id == tape.next_id - 1
    assert KEEP_MATCHES <= len(tape.matches(10**9)) <= KEEP_MATCHES + 2_000
    for number in range(1_000):
        tape.add(10, [1], START_MS + KEEP_MS + 50_000 + number, False)
    assert len(tape.since(0, 10**9)) < 7_000, "half an hour later, what is older has gone"


def test_the_tape_answers_by_id_and_by_time() -> None:
    tape = Tape(next_id=7, next_match_id=70)
    for number in range(10):
        tape.add(100 + number, [1, 1], START_MS + number * 10, False)
    assert [row.id for row in tape.since(9, 3)] == [9, 10, 11]
    assert [row.id for row in tape.since(0, 2)] == [7, 8]
    assert tape.since(17, 5) == []
    assert [(row.first, row.last) for row in tape.since(15, 9)] == [(86, 87), (88, 89)]
    assert [row.id for row in tape.between(None, None, 2)] == [15, 16]
    assert [row.id for row in tape.between(START_MS + 10, None, 2)] == [8, 9]
    assert [row.id for row in tape.between(START_MS + 10, START_MS + 29, 9)] == [8, 9]
    assert [row.id for row in tape.between(None, START_MS + 30, 2)] == [9, 10]
    tape.forget()
    assert tape.since(0, 100) == []
    tape.add(100, [1], START_MS + 1_000, True)
    assert [(row.id, row.first, row.buyer_is_maker) for row in tape.since(9, 9)] == [(17, 90, True)]


def test_the_demo_plan_is_varied_endless_and_reproducible() -> None:
    listed = [pair.symbol for pair in PAIRS]
    steps = list(itertools.islice(demo_plan(1, listed), 200))
    assert steps == list(itertools.islice(demo_plan(1, listed), 200))
    assert steps != list(itertools.islice(demo_plan(2, listed), 200))
    times = list(itertools.accumulate(step.after_ms for step in steps))
    assert (steps[0].kind, steps[0].symbol, times[0]) == ("sweep", "BTCUSDT", 8_000)
    assert max(step.after_ms for step in steps) < 50_000
    first: dict[str, int] = {}
    for step, at_ms in zip(steps, times, strict=True):
        first.setdefault(step.kind, at_ms)
    assert 150_000 < first["disconnect"] < 210_000
    counts = Counter(step.kind for step in steps)
    assert set(counts) == {"sweep", "pump", "crash", "spread", "disconnect", "shutdown"}
    assert counts["sweep"] > 5 * counts["disconnect"]
    assert len({step.symbol for step in steps}) > 12


def test_the_demo_plan_leaves_alone_what_is_not_listed() -> None:
    steps = itertools.islice(demo_plan(1, ["BTCUSDT", "AVAXUSDT"]), 100)
    by_kind: dict[str, set[str]] = defaultdict(set)
    for step in steps:
        by_kind[step.kind].add(step.symbol)
    assert by_kind["sweep"] == {"BTCUSDT"}
    assert by_kind["spread"] == {"AVAXUSDT"}
    assert "pump" not in by_kind


def test_events_of_the_demo_plan_never_get_in_each_others_way() -> None:
    """The plan is endless; an event that could not be planted would end the demo."""
    busy_until: dict[str, int] = {}
    at_ms = 0
    lengths = {"pump": 105_000, "crash": 220_000, "spread": 30_000}
    steps: list[Step] = list(itertools.islice(demo_plan(3, [pair.symbol for pair in PAIRS]), 2_000))
    for step in steps:
        at_ms += step.after_ms
        if step.kind in lengths:
            assert at_ms > busy_until.get(step.symbol, -1)
            busy_until[step.symbol] = at_ms + lengths[step.kind]
