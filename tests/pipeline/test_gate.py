"""The gate: one message for what holds on, another when it gets worse or turns round."""

import pytest

from pipeline.gate import Gate, Settings
from pipeline.model import BookImbalance, LargeTrade, PriceJump, Spread

START_MS = 1_760_000_000_000


def spread(at_s: float, excess=1.0, symbol="BTCUSDT") -> Spread:
    return Spread(
        id=f"spread:{symbol}:{at_s}",
        symbol=symbol,
        at_ms=START_MS + round(at_s * 1_000),
        excess=excess,
        spread_bp=20.0,
        usual_bp=2.0,
        times_usual=10.0,
        bid=99.9,
        ask=100.1,
    )


def jump(at_s: float, direction="down", excess=1.0) -> PriceJump:
    return PriceJump(
        id=f"price_jump:BTCUSDT:{at_s}",
        symbol="BTCUSDT",
        at_ms=START_MS + round(at_s * 1_000),
        excess=excess,
        direction=direction,
        change_pct=-5.0 if direction == "down" else 5.0,
        window_s=60,
        price=95.0,
        from_price=100.0,
        zscore=-9.0,
        usual_pct=0.5,
    )


def order(at_s: float, *, rare: bool, excess: float = 1.0) -> LargeTrade:
    return LargeTrade(
        id=f"large_trade:BTCUSDT:{at_s}",
        symbol="BTCUSDT",
        at_ms=START_MS + round(at_s * 1_000),
        excess=excess,
        side="buy",
        quantity=1.0,
        price=60_000.0,
        notional=60_000.0,
        fills=1,
        first_ms=START_MS,
        last_ms=START_MS,
        slippage_bp=None,
        percentile=None,
        per_day=None,
        change_1m_pct=None,
        rare=rare,
    )


def judged(*alerts, **settings) -> list[str]:
    gate = Gate(Settings(cooldown_by_kind={}, **settings))
    return [gate.judge(alert) for alert in alerts]


def test_the_cooldown_counts_from_the_last_alert_that_passed():
    """A condition that holds on for an hour is told every five minutes, not once and never more."""
    verdicts = judged(*(spread(at_s) for at_s in range(0, 3_600, 10)))
    passed = [n * 10 for n, verdict in enumerate(verdicts) if verdict == "pass"]
    assert passed == list(range(0, 3_600, 300))
    assert set(verdicts) == {"pass", "cooldown"}


def test_exactly_at_its_end_the_cooldown_is_over():
    assert judged(spread(0), spread(299.999), spread(300)) == ["pass", "cooldown", "pass"]


def test_a_higher_severity_breaks_the_cooldown():
    verdicts = judged(spread(0, 1.9), spread(10, 2.0), spread(20, 3.9), spread(30, 5.0))
    assert verdicts == ["pass", "escalated", "cooldown", "escalated"]


def test_twice_the_excess_breaks_the_cooldown_where_severity_ends():
    """A 54 million dollar order must not hide behind one of 300 thousand."""
    verdicts = judged(spread(0, 6.0), spread(5, 11.9), spread(10, 12.0), spread(15, 1_080.0))
    assert verdicts == ["pass", "cooldown", "escalated", "escalated"]


def test_alerts_of_an_earlier_run_count():
    gate = Gate(Settings(cooldown_s=300.0, cooldown_by_kind={}))
    gate.remember(spread(10))
    gate.remember(spread(0, 5.0))
    assert [gate.judge(spread(at_s)) for at_s in (100, 310)] == ["cooldown", "pass"]


def test_after_an_escalation_the_lower_severities_wait():
    verdicts = judged(spread(0, 1.0), spread(10, 5.0), spread(300, 2.0), spread(310, 1.0))
    assert verdicts == ["pass", "escalated", "cooldown", "pass"]


def test_a_rebound_is_another_move_than_the_fall():
    verdicts = judged(jump(0), jump(30, "up"), jump(60), jump(90, "up"))
    assert verdicts == ["pass", "pass", "cooldown", "cooldown"]


def test_symbols_and_kinds_have_their_own_cooldowns():
    verdicts = judged(spread(0), spread(1, symbol="ETHUSDT"), jump(2), spread(3))
    assert verdicts == ["pass", "pass", "pass", "cooldown"]


def test_a_kind_may_have_a_cooldown_of_its_own():
    gate = Gate(Settings(cooldown_s=300.0, cooldown_by_kind={"spread": 5.0}))
    assert [gate.judge(spread(at_s)) for at_s in (0, 4, 5)] == ["pass", "cooldown", "pass"]
    assert [gate.judge(jump(at_s)) for at_s in (0, 5, 300)] == ["pass", "cooldown", "pass"]


def test_a_cooldown_of_zero_lets_everything_pass():
    assert judged(spread(0), spread(0), spread(1), cooldown_s=0.0) == ["pass"] * 3


def test_a_common_alert_neither_passes_nor_starts_a_cooldown():
    assert judged(order(0, rare=False), order(1, rare=True)) == ["common", "pass"]


def test_where_one_kind_is_judged_alone_common_alerts_pass():
    gate = Gate(Settings(), everything=True)
    assert gate.judge(order(0, rare=False)) == "pass"
    assert gate.judge(order(59, rare=False)) == "cooldown"


def test_an_alert_of_the_past_does_not_pass_as_news():
    assert judged(spread(1_000), spread(10)) == ["pass", "cooldown"]


def test_every_verdict_is_counted():
    gate = Gate(Settings())
    for alert in (spread(0), spread(1), spread(2, 5.0), order(3, rare=False)):
        gate.judge(alert)
    assert gate.verdicts == {"pass": 1, "escalated": 1, "common": 1, "cooldown": 1}


def test_a_symbol_forgotten_starts_afresh():
    gate = Gate(Settings())
    for alert in (spread(0), jump(0), spread(0, symbol="ETHUSDT")):
        gate.judge(alert)
    gate.forget("BTCUSDT")
    later = (spread(1), jump(1), spread(1, symbol="ETHUSDT"))
    assert [gate.judge(alert) for alert in later] == ["pass", "pass", "cooldown"]


@pytest.mark.parametrize(
    ("excess", "severity"),
    [(1.0, "notice"), (1.99, "notice"), (2.0, "warning"), (4.99, "warning"), (5.0, "critical")],
)
def test_severity_is_the_excess_over_the_threshold(excess, severity):
    assert spread(0, excess).severity == severity


def wall(at_s: float, what: str, side: str) -> BookImbalance:
    return BookImbalance(
        id=f"book_imbalance:BTCUSDT:{what}:{side}:{at_s}",
        symbol="BTCUSDT",
        at_ms=START_MS + round(at_s * 1_000),
        excess=1.2,
        what=what,
        side=side,
        price=99.0,
        notional=300_000.0,
        times_usual=12.0,
        share_pct=60.0,
        held_s=10.0,
        distance_bp=9.0,
    )


def test_that_a_wall_vanishes_is_no_repetition_of_its_appearing():
    """Nor is a wall on the other side; another one on the same side is, for fifteen minutes."""
    gate = Gate(Settings())
    assert gate.judge(wall(0, "wall_appeared", "bid")) == "pass"
    assert gate.judge(wall(1, "wall_appeared", "ask")) == "pass"
    assert gate.judge(wall(2, "wall_vanished", "bid")) == "pass"
    assert gate.judge(wall(3, "imbalance", "bid")) == "pass"
    assert gate.judge(wall(899, "wall_appeared", "bid")) == "cooldown"
    assert gate.judge(wall(900, "wall_appeared", "bid")) == "pass"


def test_usual_orders_pass_where_somebody_wants_them_and_break_nobody_else_s_cooldown():
    gate = Gate(Settings(cooldown_by_kind={"large_trade": 60.0}))
    assert gate.judge(order(0, rare=False)) == "common"
    gate.wanted = {"large_trade": (0.0,)}
    assert gate.judge(order(1, rare=False)) == "pass"
    assert gate.judge(order(2, rare=False)) == "cooldown"
    assert gate.judge(order(3, rare=True)) == "pass"
    assert gate.judge(order(62, rare=False)) == "cooldown"  # a rare one was told 59 s ago
    assert gate.judge(order(64, rare=False)) == "pass"
    assert gate.judge(order(65, rare=True)) == "pass"
    gate.wanted = {}
    assert gate.judge(order(200, rare=False)) == "common"


def test_usual_orders_pass_from_the_size_on_that_somebody_named():
    gate = Gate(Settings(cooldown_by_kind={"large_trade": 60.0}))
    gate.wanted = {"large_trade": (2.0,)}
    assert gate.judge(order(0, rare=False, excess=1.9)) == "common"
    assert gate.judge(order(1, rare=False, excess=2.0)) == "pass"
    assert gate.judge(order(2, rare=False, excess=1.9)) == "common"


def test_smaller_orders_that_others_want_do_not_hold_back_the_size_that_somebody_named():
    """Nor does a restart forget which ones were told."""
    gate = Gate(Settings(cooldown_by_kind={"large_trade": 60.0}))
    gate.wanted = {"large_trade": (0.0, 7.0)}
    assert gate.judge(order(0, rare=False, excess=6.0)) == "pass"
    assert gate.judge(order(1, rare=False, excess=6.5)) == "cooldown"
    larger = order(2, rare=False, excess=7.5)
    assert gate.judge(larger) == "pass"
    assert gate.judge(order(3, rare=False, excess=8.0)) == "cooldown"
    assert gate.judge(order(4, rare=False, excess=1.0)) == "cooldown"
    assert gate.judge(order(5, rare=False, excess=16.0)) == "escalated"
    after = Gate(Settings(cooldown_by_kind={"large_trade": 60.0}))
    after.wanted = gate.wanted
    after.remember(larger)
    after.remember(order(0, rare=False, excess=6.0))
    assert after.judge(order(3, rare=False, excess=8.0)) == "cooldown"
    assert after.judge(order(62, rare=False, excess=8.0)) == "pass"


def test_an_order_between_what_was_told_and_an_own_threshold_passes_for_whoever_has_that():
    """It neither repeats for that chat nor makes anybody else wait longer."""
    gate = Gate(Settings(cooldown_by_kind={"large_trade": 60.0}))
    gate.bars = {"large_trade": (lambda alert: int(alert.excess >= 1.5),)}
    passed = [
        gate.judge(order(at_s, rare=True, excess=excess))
        for at_s, excess in ((0, 1.0), (10, 1.4), (20, 1.6), (30, 1.9), (59, 1.0), (60, 1.0))
    ]
    assert passed == ["pass", "cooldown", "pass", "cooldown", "cooldown", "pass"]


def test_a_severity_that_rises_by_an_own_threshold_passes():
    """15 % is five times the standard, and half as much for whoever asked for 10 %."""
    gate = Gate(Settings())
    gate.bars = {"price_jump": (lambda alert: 1 + (alert.excess >= 8.0),)}
    assert gate.judge(jump(0, excess=5.0)) == "pass"
    assert gate.judge(jump(1, excess=7.9)) == "cooldown"
    assert gate.judge(jump(2, excess=8.1)) == "pass"
