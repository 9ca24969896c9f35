"""The event loop's latenesses are counted as Prometheus wants them."""

from bot.lag import BOUNDS_S, EVERY_S, SLOW_S, Lag


def test_latenesses_are_counted_in_buckets_that_hold_the_smaller_ones_too() -> None:
    lag = Lag()
    for late_s in (-0.001, 0.005, 0.006, 0.2, 60.0):
        lag.note(late_s)
    buckets, sum_s = lag.histogram()
    counts = dict(buckets)
    assert [bound for bound, _ in buckets] == [*map(str, BOUNDS_S), "+Inf"]
    assert (counts["0.005"], counts["0.01"], counts["0.1"]) == (2, 3, 3)
    assert (counts["0.25"], counts["10.0"], counts["+Inf"]) == (4, 4, 5)
    assert round(sum_s, 3) == 60.211


def pass_time(lag: Lag, seconds: float, *, stall_s: float = 0.0, every_s: float = 1.0) -> None:
    """Let time pass with a stall now and then."""
    at_s, stalled_s = 0.0, 0.0
    while at_s < seconds:
        late_s = stall_s if stall_s and at_s - stalled_s >= every_s else 0.001
        lag.note(late_s)
        at_s += EVERY_S + late_s
        stalled_s = at_s if late_s == stall_s else stalled_s


def test_a_loop_that_stalls_every_few_seconds_is_slow_until_a_minute_without() -> None:
    lag = Lag()
    pass_time(lag, 55.0, stall_s=0.6, every_s=2.0)
    assert not lag.slow, "it may be starting"
    pass_time(lag, 10.0, stall_s=0.6, every_s=2.0)
    assert lag.slow
    pass_time(lag, 65.0)
    assert not lag.slow
    pass_time(lag, 70.0, stall_s=30.0, every_s=1.0)  # hardly ever woken
    assert lag.slow


def test_single_charts_and_collections_of_garbage_are_not_slow() -> None:
    lag = Lag()
    for stall_s, every_s in ((SLOW_S, 1.0), (3.0, 20.0), (45.0, 50.0)):
        pass_time(lag, 130.0, stall_s=stall_s, every_s=every_s)
        assert not lag.slow, stall_s
