"""The event loop's latenesses are counted as Prometheus wants them."""

from bot.lag import BOUNDS_S, Lag


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
