"""Levels are told once, by the first trade that reaches or passes them."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.levels import Crossing, Level, Levels, Way
from pipeline.market import Market
from pipeline.model import Trade
from pipeline.watch import Watch


def level(id: int, price: float, way: Way = "up", symbol: str = "BTCUSDT", since: int = 0) -> Level:
    return Level(id, symbol, price, way, since, 1_000)


def trade(price: float, at_ms: int = 1, symbol: str = "BTCUSDT", **more: bool) -> Trade:
    return Trade(symbol, at_ms, price, 1.0, at_ms, buyer_is_maker=False, **more)


def watched(*levels: Level) -> tuple[Levels, list[Crossing]]:
    told: list[Crossing] = []
    kept = Levels()
    kept.reached = told.append
    for one in levels:
        kept.put(one)
    return kept, told


def test_a_gap_through_several_levels_tells_each_of_them_once_the_nearest_first() -> None:
    levels, told = watched(level(1, 120), level(2, 110), level(3, 90, "down"), level(4, 200))
    for price in (100, 130, 131, 80, 125):
        levels.trade(trade(price, recovered=price == 130))
    assert [(c.level.id, c.price, c.recovered) for c in told] == [
        (2, 130, True),
        (1, 130, True),
        (3, 80, False),
    ]
    assert len(levels) == 1


def test_a_price_that_just_touches_the_level_counts_and_another_symbol_does_not() -> None:
    levels, told = watched(level(1, 110), level(2, 90, "down"))
    levels.trade(trade(110, symbol="ETHUSDT"))
    assert told == []
    levels.trade(trade(110))
    levels.trade(trade(90))
    assert [c.level.id for c in told] == [1, 2]


def test_trades_from_before_it_was_set_and_after_its_end_do_not_count() -> None:
    levels, told = watched(level(1, 110, since=500), level(2, 110))
    levels.trade(trade(115, at_ms=499))
    levels.trade(trade(115, at_ms=1_000))
    assert [c.level.id for c in told] == [2]
    levels.trade(trade(115, at_ms=999))
    assert [c.level.id for c in told] == [2, 1]


def test_what_is_dropped_or_no_longer_kept_is_not_told() -> None:
    levels, told = watched(level(1, 110), level(2, 110), level(3, 90, "down"))
    levels.drop(1)
    levels.drop(1)
    levels.keep([level(3, 95, "down"), level(4, 130)])
    levels.trade(trade(120))
    levels.trade(trade(95))
    assert [c.level.id for c in told] == [3]
    assert len(levels) == 1


@given(st.lists(st.integers(1, 50), max_size=20), st.lists(st.integers(1, 50), min_size=1))
def test_the_same_levels_are_told_as_by_asking_every_level_about_every_trade(
    prices: list[int], trades: list[int]
) -> None:
    begun = trades[0]
    wanted = [
        level(i, price, "up" if price > begun else "down")
        for i, price in enumerate(prices)
        if price != begun
    ]
    levels, told = watched(*wanted)
    expected = set()
    for at_ms, price in enumerate(trades):
        levels.trade(trade(price, at_ms))
        for one in wanted:
            if price >= one.price if one.way == "up" else price <= one.price:
                expected.add(one.id)
    assert sorted(c.level.id for c in told) == sorted(expected)


def test_the_watch_holds_every_new_trade_against_the_levels_and_a_repeated_one_not() -> None:
    watch = Watch(Market())
    told: list[Crossing] = []
    watch.levels.reached = told.append
    watch.levels.put(level(1, 110))
    watch.on(trade(100, at_ms=1))
    watch.on(trade(111, at_ms=2))
    watch.levels.put(level(2, 105))
    watch.on(trade(111, at_ms=2))
    assert [c.level.id for c in told] == [1]
