"""An alert against what one chat set."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model import ChatSettings, Threshold
from bot.thresholds import excess_for, measure_of, needed_for, own_bars, severity_for, usual_wanted
from pipeline.detectors.kimchi import KimchiWatch
from pipeline.detectors.kimchi import Settings as KimchiSettings
from pipeline.gate import Gate
from pipeline.gate import Settings as GateSettings
from pipeline.market import Market
from pipeline.model import AnyAlert, Kimchi, LargeTrade, Premium, PriceJump, Spread


def jump(change_pct: float, excess: float) -> PriceJump:
    return PriceJump(
        id="j", symbol="BTCUSDT", at_ms=0, excess=excess, direction="down", change_pct=change_pct,
        window_s=60, price=1.0, from_price=1.0, zscore=9.0, usual_pct=0.1,
    )  # fmt: skip


def whale(excess: float, *, rare: bool = True) -> LargeTrade:
    return LargeTrade(
        id="w", symbol="BTCUSDT", at_ms=0, excess=excess, side="buy", quantity=1.0, price=1.0,
        notional=1.0, fills=1, first_ms=0, last_ms=0, slippage_bp=None, percentile=None,
        per_day=None, change_1m_pct=None, rare=rare,
    )  # fmt: skip


SPREAD = Spread(
    id="s", symbol="BTCUSDT", at_ms=0, excess=5.0, spread_bp=60.0, usual_bp=5.0, times_usual=12.0,
    bid=1.0, ask=1.0,
)  # fmt: skip


def wants(value: float, unit: str = "times") -> ChatSettings:
    threshold = Threshold(value, unit)  # type: ignore[arg-type]
    return ChatSettings(
        thresholds=dict.fromkeys(("large_trade", "price_jump", "spread"), threshold)
    )


@pytest.mark.parametrize(
    ("alert", "settings", "excess", "severity"),
    [
        (whale(6.0), ChatSettings(), 6.0, "critical"),
        (whale(6.0), wants(3.0), 2.0, "warning"),
        (whale(2.9), wants(3.0), 2.9 / 3, "notice"),
        (whale(6.0), wants(0.0), 6.0, "critical"),
        (whale(6.0, rare=False), ChatSettings(), 0.0, "notice"),
        (whale(6.0, rare=False), wants(3.0), 0.0, "notice"),
        (whale(6.0, rare=False), wants(0.0), 6.0, "critical"),
        (whale(6.0, rare=False), wants(2.0, "size"), 3.0, "warning"),
        (whale(1.9, rare=False), wants(2.0, "size"), 0.95, "notice"),
        (whale(1.0, rare=False), wants(1.0, "size"), 1.0, "notice"),
        (jump(-6.0, 4.0), wants(3.0, "percent"), 2.0, "warning"),
        (jump(-2.9, 4.0), wants(3.0, "percent"), 2.9 / 3, "notice"),
        (jump(-6.0, 1.2), wants(3.0, "percent"), 1.2, "notice"),
        (SPREAD, wants(50.0, "bp"), 1.2, "notice"),
        (SPREAD, wants(61.0, "bp"), 60 / 61, "notice"),
    ],
)
def test_excess_and_severity_are_against_the_chat_s_threshold(
    alert: AnyAlert, settings: ChatSettings, excess: float, severity: str
) -> None:
    assert excess_for(alert, settings) == pytest.approx(excess)
    assert severity_for(alert, settings) == severity


@given(
    st.floats(1.0, 1e6), st.floats(0.1, 1e4), st.sampled_from(["times", "percent", "size"]),
    st.floats(0.1, 1e4),
)  # fmt: skip
def test_a_chat_s_own_threshold_never_makes_an_alert_more_severe(
    excess: float, value: float, unit: str, change_pct: float
) -> None:
    alert = jump(change_pct, excess)
    assert excess_for(alert, wants(value, unit)) <= excess


def test_a_unit_that_a_kind_does_not_have_filters_nothing() -> None:
    assert excess_for(whale(6.0), wants(50.0, "percent")) == 6.0


def test_kinds_of_which_some_chat_wants_what_is_usual_are_known_with_what_it_takes() -> None:
    everything = ChatSettings(thresholds={"large_trade": Threshold(0.0), "pump": Threshold(3.0)})
    sums = [ChatSettings(thresholds={"large_trade": Threshold(n, "size")}) for n in (4.0, 2.0, 4.0)]
    without = ChatSettings(off=("large_trade",), thresholds={"large_trade": Threshold(1.0, "size")})
    assert usual_wanted([ChatSettings(), everything]) == {"large_trade": (0.0,)}
    assert usual_wanted([*sums, without]) == {"large_trade": (2.0, 4.0)}
    assert usual_wanted([ChatSettings(), without]) == {}


def test_each_threshold_that_some_chat_set_is_a_bar_of_the_gate_once() -> None:
    ten, off = wants(10.0, "percent"), ChatSettings(off=("price_jump",), thresholds={})
    bars = own_bars([ten, ten, ChatSettings(), off])
    (bar,) = bars["price_jump"]
    measured = [bar(jump(pct, abs(pct) / 3)) for pct in (9.0, -10.0, 20.0, 50.0)]
    assert measured == [0, 1, 2, 3]


def test_what_a_chat_s_alerts_must_measure_is_known_be_they_usual_or_not() -> None:
    assert measure_of(whale(6.0, rare=False), wants(3.0)) == 2.0
    assert needed_for(50_000, "large_trade", wants(2.0, "size")) == 100_000
    assert needed_for(50_000, "large_trade", wants(0.0)) == 50_000
    assert needed_for(2.0, "price_jump", wants(5.0, "percent")) == 5.0
    assert needed_for(7.0, "price_jump", wants(5.0, "percent")) == 7.0
    assert needed_for(2.0, "pump", wants(5.0, "percent")) == 2.0


def premium(at_s: float, pct: float) -> Premium:
    return Premium("BTCUSDT", round(at_s * 1000), 14.0 * 100 * (100 + pct), 100.0, 1_410.0, 1_400.0)


def test_a_chat_waits_for_a_premium_of_its_own_and_others_hear_of_the_first_alone() -> None:
    """Six percent within the cooldown of the five that everybody heard of, and again two hours
    later, after it had gone back to less than five."""
    rise = [4.9] * 5 + [n / 100 for n in range(500, 640)] + [4.5] * 7_200
    times = 1_760_000_400 + len(rise)
    watch = KimchiWatch(
        "BTCUSDT",
        KimchiSettings(warmup_s=0.0, hold_s=2.0, change_points=50.0),
        Market()["BTCUSDT"],
    )
    events = [premium(1_760_000_400 + n, pct) for n, pct in enumerate(rise)]
    events += [premium(times + n, 6.4) for n in range(10)]
    raised = [alert for event in events for alert in watch.on(event)]
    six = ChatSettings(thresholds={"kimchi": Threshold(6.0, "percent")})

    def passed(*chats: ChatSettings) -> list[Kimchi]:
        gate = Gate(GateSettings())
        gate.bars = own_bars(chats)
        return [alert for alert in raised if gate.judge(alert) in ("pass", "escalated")]

    assert [alert.premium_pct for alert in passed()] == pytest.approx([5.02], abs=0.01)
    everybody, *own = passed(ChatSettings(), six)
    assert everybody.notable
    assert excess_for(everybody, six) < 1
    assert [alert.premium_pct for alert in own] == pytest.approx([6.06, 6.4], abs=0.07)
    assert all(excess_for(alert, ChatSettings()) == 0 for alert in own)
    assert all(severity_for(alert, six) == "notice" for alert in own)
