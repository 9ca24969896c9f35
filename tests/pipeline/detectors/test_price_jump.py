"""Price jumps: moves far outside the usual ones, reported once, with the right sign."""

import itertools

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jumps import AT_ONCE, FLOORS_ONLY, START_MS, calm, ramp, said, trades

from pipeline.detectors import price_jump
from pipeline.detectors.classic_jump import ClassicJump
from pipeline.detectors.price_jump import PriceJumps, Settings
from pipeline.market import Market
from pipeline.model import Gap, Trade


def test_a_calm_market_is_silent():
    assert said(trades(calm(7_200))) == []


def test_a_slow_drift_is_silent():
    """Ten percent within an hour is no jump."""
    prices = calm(1_200) + [p * w for p, w in zip(calm(3_600), ramp(1, 1.1, 3_600), strict=True)]
    assert said(trades(prices)) == []


@pytest.mark.parametrize(("percent", "direction"), [(-5, "down"), (5, "up")])
def test_five_percent_within_two_minutes_are_told_with_their_sign(percent, direction):
    prices = calm(1_200) + ramp(100, 100 + percent, 120) + calm(600, 100 + percent)
    alerts = said(trades(prices))
    assert alerts
    assert {alert.direction for alert in alerts} == {direction}
    for alert in alerts:
        assert (alert.change_pct > 0) == (alert.zscore > 0) == (direction == "up")
        assert alert.change_pct == pytest.approx((alert.price / alert.from_price - 1) * 100)
        assert alert.zscore == pytest.approx(alert.change_pct / alert.usual_pct)
        assert abs(alert.zscore) >= 7
        assert alert.window_s in (10, 60, 300)
        assert START_MS + 1_200_000 < alert.at_ms <= START_MS + 1_325_000
    assert alerts[0].at_ms <= START_MS + 1_265_000, "half of the fall is enough"
    assert len(alerts) <= 3, "one move is not a dozen alerts"


def test_the_change_is_measured_against_the_price_before():
    """A price that halves fell by 50 %, not by 100 %."""
    (first, *_) = said(trades([*calm(1_200, 100.0), *[50.0] * 5]))
    assert first.change_pct == pytest.approx(-50, abs=0.1)


@pytest.mark.parametrize("warmup_s", [60.0, 600.0])
def test_nothing_is_reported_before_the_warm_up(warmup_s):
    """The first change of a window can be known only after that window."""
    jump = [*calm(int(warmup_s) - 5), 50.0, 150.0, 50.0]
    assert said(trades(jump), **AT_ONCE, warmup_s=warmup_s) == []
    assert said(trades([*calm(int(warmup_s) + 15), 50.0]), **AT_ONCE, warmup_s=warmup_s)


def test_a_move_usual_for_the_symbol_is_silent():
    """A market that swings by 3 % all the time has other jumps than a calm one."""
    swing = list(itertools.islice(itertools.cycle(ramp(100, 103, 10) + ramp(103, 100, 10)), 2_400))
    assert said(trades(swing)) == []
    assert said(trades([*calm(2_400), *ramp(100, 103, 10)]))


def test_a_detector_does_not_learn_from_its_own_outlier():
    """The second fall of the same size is reported like the first."""
    prices = [
        *calm(3_600),
        *ramp(100, 95, 60),
        *calm(900, 95),
        *ramp(95, 90.25, 60),
        *calm(60, 90.25),
    ]
    alerts = said(trades(prices))
    first = [a for a in alerts if a.at_ms < START_MS + 3_700_000]
    second = [a for a in alerts if a.at_ms > START_MS + 4_500_000]
    assert first
    assert second
    usual = {(a.window_s): a.usual_pct for a in first}
    for alert in second:
        assert alert.usual_pct < 2 * usual.get(alert.window_s, 1.0)


def test_a_price_that_hovers_at_the_threshold_is_reported_once():
    """2 % a minute, a little less and a little more, for ten minutes."""
    climbing = [100 * 1.02 ** (n / 60) * (1.0005 if n // 7 % 2 else 0.9995) for n in range(600)]
    alerts = said(trades(calm(900) + climbing), **FLOORS_ONLY, min_percent=(90.0, 2.0, 90.0))
    assert len(alerts) == 1


def test_a_jump_is_reported_again_each_time_it_has_grown_by_half():
    levels = (102.1, 103.0, 103.3, 104.5, 104.8, 105.2)
    prices = [*calm(900), *(level for level in levels for _ in range(10))]
    alerts = said(trades(prices), **FLOORS_ONLY, min_percent=(90.0, 2.0, 90.0))
    assert [alert.price for alert in alerts] == [102.1, 103.3, 105.2]


def test_a_second_jump_is_reported_once_the_first_has_died_down():
    once = [*calm(900), *calm(70, 102.5)]
    settings = {**FLOORS_ONLY, "min_percent": (90.0, 2.0, 90.0)}
    assert len(said(trades([*once, *calm(70, 105.1)]), **settings)) == 2
    # Within the first minute the move has not died down: half as much again is nothing new.
    soon = [*calm(900), *calm(30, 102.5), *calm(29, 103.0)]
    assert len(said(trades(soon), **settings)) == 1


def test_a_rebound_is_a_jump_of_its_own():
    prices = [*calm(900), *calm(20, 97.0), *calm(20, 100.0)]
    alerts = said(trades(prices), **FLOORS_ONLY, min_percent=(2.0, 90.0, 90.0))
    assert [alert.direction for alert in alerts] == ["down", "up"]


def test_no_percentage_is_computed_across_a_gap():
    gap = Gap(("BTCUSDT",), START_MS + 1_200_000, START_MS + 1_260_000, "test")
    before, after = trades(calm(1_200)), trades(calm(290, 50.0), start_s=1_260)
    assert said([*before, gap, *after]) == []
    assert said([*before, *after]), "without the gap it is a crash"


def test_the_usual_moves_survive_a_gap():
    """A fall within the new data is told at once, without another warm-up."""
    gap = Gap(("*",), START_MS + 1_200_000, START_MS + 1_260_000, "test")
    after = trades([*calm(30, 50.0), *calm(5, 47.5)], start_s=1_260)
    alerts = said([*trades(calm(1_200)), gap, *after])
    assert [(a.direction, a.window_s) for a in alerts] == [("down", 10)]


def test_a_jump_among_recovered_trades_is_marked_as_recovered():
    late = [Trade("BTCUSDT", 9_000_000_000, 90.0, 1.0, START_MS + 1_200_000, True, recovered=True)]
    assert [a.recovered for a in said(trades(calm(1_200)) + late, **AT_ONCE)] == [True]


def test_fills_of_one_millisecond_never_share_an_id():
    """An order that sweeps a thin book: each fill is half as far away again."""
    sweep = [
        Trade("BTCUSDT", 10_000_000_000 + n, price, 1.0, START_MS + 1_200_000 + n // 3, True)
        for n, price in enumerate([95.0, 90.0, 80.0, 60.0, 30.0, 10.0])
    ]
    alerts = said(trades(calm(1_200)) + sweep, **AT_ONCE)
    assert len({alert.id for alert in alerts}) == len(alerts) == 2
    assert alerts[-1].price == 60.0, "the next millisecond tells how far it went"


@pytest.mark.parametrize(
    ("beyond", "told"),
    [
        ([(0, 95.0)], False),
        ([(0, 95.0), (250, 95.0), (500, 95.0), (999, 95.0)], False),
        ([(0, 95.0), (250, 95.0), (500, 95.0), (750, 95.0), (1_000, 95.0)], True),
        ([(0, 95.0), (250, 95.0), (500, 95.0), (750, 95.0), (999, 95.0)], False),  # not a second
        ([(0, 95.0), (500, 95.0), (500, 95.0), (500, 95.0), (1_500, 95.0)], False),  # one order
        ([(0, 95.0), (500, 95.0), (600, 100.0), (700, 95.0), (1_500, 95.0)], False),  # came back
        ([(0, 95.0), (400, 105.0), (800, 95.0), (1_200, 105.0), (1_600, 95.0)], False),  # bid, ask
    ],
)
def test_a_jump_is_told_when_five_trade_times_in_a_row_and_a_second_lie_out_there(beyond, told):
    """On thin markets single prints jump between a wide bid and ask all day."""
    late = [
        Trade("BTCUSDT", 9_000_000_000 + n, price, 1.0, START_MS + 1_200_000 + ms, True)
        for n, (ms, price) in enumerate(beyond)
    ]
    assert bool(said(trades(calm(1_200)) + late)) == told


def test_trades_before_a_gap_confirm_nothing_after_it():
    gap = Gap(("BTCUSDT",), START_MS + 1_203_500, START_MS + 1_204_000, "test")
    settings = {**FLOORS_ONLY, "min_percent": (90.0, 2.0, 90.0), "confirm_trades": 5}
    before = trades([*calm(1_200), *[95.0] * 4])
    after = trades([*calm(61, 50.0), *[47.0] * 5], start_s=1_204)
    assert said([*before, gap, *after[:-1]], **settings) == []
    assert len(said([*before, gap, *after], **settings)) == 1


def test_a_fall_its_rebound_and_the_next_of_each_are_all_told():
    """What has been told of one direction keeps the other from nothing."""
    prices = [
        *calm(3_600),
        *ramp(100, 92, 120),
        *ramp(92, 98, 120),
        *calm(240, 98),
        *ramp(98, 91, 120),
        *ramp(91, 98, 120),
    ]
    signs = [sign for sign, _ in itertools.groupby(a.direction for a in said(trades(prices)))]
    assert signs == ["down", "up", "down", "up"]


def swinging(seconds: int, percent: float) -> list[float]:
    """Up and down by so much, each within 400 seconds."""
    legs = ramp(100, 100 + percent, 400) + ramp(100 + percent, 100, 400)
    return list(itertools.islice(itertools.cycle(legs), seconds))


def test_always_percent_are_told_in_a_restless_market_too():
    """Two percent in five minutes are usual here: four times that would be eight."""
    restless = swinging(24_400, 2.7)
    top = restless[-1]
    nearly, enough = top * 0.955, top * 0.944
    assert said(trades([*restless, *ramp(top, nearly, 50), *calm(30, nearly)])) == []
    (first, *_) = said(trades([*restless, *ramp(top, enough, 50), *calm(30, enough)]))
    assert first.direction == "down"
    assert -5.6 < first.change_pct <= -5


def test_always_percent_are_no_jump_where_they_are_less_than_twice_the_usual():
    wild = swinging(24_400, 5.5)
    end = wild[-1] * 0.935
    alerts = said(trades([*wild, *ramp(wild[-1], end, 50), *calm(30, end)]))
    assert [a for a in alerts if a.at_ms > START_MS + 20_000_000] == []


@pytest.mark.parametrize(
    ("every_s", "percent", "told"), [(1, 4, True), (20, 4, False), (20, 6, True)]
)
def test_a_symbol_that_trades_rarely_must_move_farther(every_s, percent, told):
    path = [*calm(3_600), *ramp(100, 100 + percent, 120), *calm(60, 100 + percent)]
    assert bool(said(trades(path[::every_s], every_ms=every_s * 1_000))) == told


def test_a_jump_in_the_first_minutes_hides_neither_its_rebound_nor_the_next():
    prices = [*calm(630), *ramp(100, 94, 60), *calm(10, 94), *ramp(94, 99, 60), *calm(400, 99)]
    early = said(trades([*prices, *ramp(99, 94, 60), *calm(9, 94)]))
    signs = [sign for sign, _ in itertools.groupby(alert.direction for alert in early)]
    assert signs == ["down", "up", "down"]


def test_a_jump_during_the_warm_up_does_not_become_the_measure_of_the_next():
    """Six percent in the first minutes, told when they are over, then four the other way."""
    prices = [*calm(150), *ramp(100, 94, 60), *calm(120, 94), *ramp(94, 97.8, 60), *calm(9, 97.8)]
    alerts = said(trades(prices))
    assert [a.direction for a in alerts] == ["down", "up", "up"]
    assert START_MS + 300_000 <= alerts[0].at_ms <= START_MS + 310_000
    assert (alerts[0].window_s, alerts[0].change_pct) == (300, pytest.approx(-6, abs=0.05))


def test_a_jump_after_a_gap_is_not_told_again_when_the_longer_windows_are_known():
    gap = Gap(("BTCUSDT",), START_MS + 1_200_000, START_MS + 1_260_000, "test")
    after = trades([*calm(30, 50.0), *ramp(50, 47, 5), *calm(600, 47.0)], start_s=1_260)
    assert len(said([*trades(calm(1_200)), gap, *after])) == 1


def test_what_is_told_to_be_usual_has_been_measured():
    """The largest moves within ten seconds, of each five minutes, are 0.04 percent."""
    (alert, *_) = said(trades([*calm(7_200), *ramp(100, 95, 9), *calm(9, 95)]))
    assert (alert.window_s, alert.usual_pct) == (10, pytest.approx(0.04, rel=0.01))


class Slow:
    """The rule with fixed percentages, where every price stands at once: straight from its words,
    remembering every trade."""

    def __init__(self, percent) -> None:
        self.percent = percent
        self.seen: list[tuple[int, float]] = []
        self.bars = {"up": 1.0, "down": 1.0}
        self.close = False  # was anything so near a threshold that rounding decides?

    def excess(self, price: float, second: int, direction: str) -> float:
        """How far from the prices ten, sixty, three hundred seconds ago, against the need."""
        far = []
        for window_s, percent in zip((10, 60, 300), self.percent, strict=True):
            old = [p for s, p in self.seen if s <= second - window_s]
            if old:
                change = (price / old[-1] - 1) * 100
                far.append((change if direction == "up" else -change) / percent)
        return max(far, default=0.0)

    def told(self, at_ms: int, price: float) -> list[tuple[int, str]]:
        second = at_ms // 1_000
        if self.seen and self.seen[0][0] <= second - 300 and self.seen[-1][0] < second:
            for direction in self.bars:
                left = self.excess(self.seen[-1][1], second, direction)
                self.close |= abs(left - 0.5) < 1e-9
                if left < 0.5:
                    self.bars[direction] = 1.0
        excesses = {direction: self.excess(price, second, direction) for direction in self.bars}
        self.seen.append((second, price))
        self.close |= any(abs(excesses[d] - bar) < 1e-9 for d, bar in self.bars.items())
        far = [direction for direction, bar in self.bars.items() if excesses[direction] >= bar]
        if not far:
            return []
        direction = max(far, key=excesses.__getitem__)  # the other has its turn with the next
        self.bars[direction] = 1.5 * excesses[direction]
        return [(at_ms, direction)]


class Fixed:
    """Nothing is learnt: so many percent are a jump, whatever the price does."""

    step = 0.0
    past_s = 0

    def __init__(self, percent) -> None:
        self.needed = percent

    def learn(self, *_) -> None:
        pass

    def usual(self, _window: int) -> float:
        return 1.0


@given(
    st.lists(st.tuples(st.integers(1, 9_000), st.floats(-0.02, 0.02)), min_size=30, max_size=150),
    st.integers(0, 999),
)
def test_looking_at_few_prices_only_changes_nothing(steps, offset_ms):
    """Once a second bounds are set, and prices within them are passed over."""
    percent = (1.5, 2.0, 3.0)
    detector = PriceJumps("BTCUSDT", Settings(warmup_s=0.0, **AT_ONCE))
    detector._moves = Fixed(percent)
    slow = Slow(percent)
    price, at_ms = 100.0, START_MS + offset_ms
    for number, (passed, step) in enumerate(steps):
        at_ms += passed
        price *= 1 + step
        alerts = detector.on(Trade("BTCUSDT", number, price, 1.0, at_ms, False))
        told = slow.told(at_ms, price)
        assume(not slow.close)
        assert [(a.at_ms, a.direction) for a in alerts] == told


def test_each_method_is_made_by_its_name():
    state = Market()["BTCUSDT"]
    assert isinstance(price_jump.make("BTCUSDT", Settings(), state), PriceJumps)
    classic = price_jump.make("BTCUSDT", Settings(method="classic"), state)
    assert isinstance(classic, ClassicJump)
