"""One market move is one thing, whatever notices it and however many symbols it takes along."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import (
    ALL,
    AnyAlert,
    Direction,
    Funding,
    LargeTrade,
    Liquidated,
    Move,
    Position,
    PriceJump,
    Pump,
    Side,
    Spread,
)
from pipeline.moves import (
    EDIT_MS,
    JOIN_MS,
    LASTS_MS,
    LOUD_AGAIN_MS,
    MARKET_EDIT_MS,
    QUIET_MS,
    TOGETHER_MS,
    Moves,
    messages,
)

START_MS = 1_760_000_000_000


def jump(
    symbol: str, at_s: float, pct: float, excess: float = 1.0, before: float = 100.0
) -> PriceJump:
    direction: Direction = "up" if pct > 0 else "down"
    at_ms = START_MS + int(at_s * 1000)
    return PriceJump(
        id=f"price_jump:{symbol}:{at_ms}", symbol=symbol, at_ms=at_ms, excess=excess,
        direction=direction, change_pct=pct, window_s=60, price=before * (1 + pct / 100),
        from_price=before, zscore=9.0, usual_pct=0.1,
    )  # fmt: skip


def whale(symbol: str, at_s: float, side: Side, excess: float = 1.0) -> LargeTrade:
    at_ms = START_MS + int(at_s * 1000)
    return LargeTrade(
        id=f"large_trade:{symbol}:{side}:{at_ms}", symbol=symbol, at_ms=at_ms, excess=excess,
        side=side, quantity=1.0, price=100.0, notional=100.0, fills=1, first_ms=at_ms,
        last_ms=at_ms, slippage_bp=None, percentile=None, per_day=None, change_1m_pct=None,
        rare=True,
    )  # fmt: skip


def spread(symbol: str, at_s: float) -> Spread:
    at_ms = START_MS + int(at_s * 1000)
    return Spread(
        id=f"spread:{symbol}:{at_ms}", symbol=symbol, at_ms=at_ms, excess=1.0, spread_bp=50.0,
        usual_bp=1.0, times_usual=50.0, bid=99.0, ask=101.0,
    )  # fmt: skip


def pump(symbol: str, at_s: float) -> Pump:
    at_ms = START_MS + int(at_s * 1000)
    return Pump(
        id=f"pump:{symbol}:{at_ms}", symbol=symbol, at_ms=at_ms, excess=1.0, window_s=15, buys=900,
        usual_buys=10.0, times_usual=90.0, rush_orders=300, notional=1e6, change_pct=9.0,
        from_price=100.0, price=109.0,
    )  # fmt: skip


def liquidated(symbol: str, at_s: float, position: Position, excess: float = 1.0) -> Liquidated:
    at_ms = START_MS + int(at_s * 1000)
    return Liquidated(
        id=f"liquidation:{symbol}:{at_ms}:{position}:1", symbol=symbol, at_ms=at_ms, excess=excess,
        position=position, notional=1e6, quantity=1e4, price=100.0, count=3, largest=5e5,
        window_s=2, first_ms=at_ms, last_ms=at_ms, per_day=None, rare=True,
    )  # fmt: skip


def funding(symbol: str, at_s: float) -> Funding:
    at_ms = START_MS + int(at_s * 1000)
    return Funding(
        id=f"funding:{symbol}:{at_ms}:extreme", symbol=symbol, at_ms=at_ms, excess=1.0,
        what="extreme", rate_pct=0.6, payer="long", usual_pct=None, times_usual=0.0,
        before_pct=None, next_ms=at_ms, interval_h=None, price=100.0, premium_pct=None,
    )  # fmt: skip


def told(moves: Moves, *alerts: AnyAlert) -> list[str]:
    return [move.stage for alert in alerts for move in moves.take(alert)]


def at(second: float) -> int:
    return START_MS + int(second * 1000)


def priced(**prices: float) -> Callable[[str], float | None]:
    return prices.get


# --- one symbol ----------------------------------------------------------------------------------


def test_alerts_of_one_symbol_and_direction_are_one_move() -> None:
    moves = Moves()
    found = [
        *moves.take(whale("A", 0, "sell")),
        *moves.take(jump("A", 20, -2.0)),
        *moves.take(spread("A", 30)),
        *moves.take(whale("A", 40, "sell")),
    ]
    assert [move.stage for move in found] == ["opened", "grew", "grew", "grew"]
    assert {move.id for move in found} == {whale("A", 0, "sell").id}
    assert found[-1].counts == {"large_trade": 2, "price_jump": 1, "spread": 1}


def test_other_symbols_and_the_other_direction_are_other_moves() -> None:
    moves = Moves()
    alerts = (whale("A", 0, "sell"), whale("A", 1, "buy"), whale("B", 2, "sell"), spread("C", 3))
    assert told(moves, *alerts) == ["opened"] * 4


def test_a_higher_severity_is_worth_a_message_again_and_the_same_one_is_not() -> None:
    moves = Moves()
    assert told(
        moves,
        jump("A", 0, -2.0, excess=1.0),
        jump("A", 30, -3.0, excess=1.9),
        jump("A", 60, -4.0, excess=2.0),
        whale("A", 61, "sell", excess=4.0),
        whale("A", 62, "sell", excess=5.0),
        jump("A", 63, -9.0, excess=9.0),
    ) == ["opened", "grew", "escalated", "grew", "escalated", "grew"]


def test_a_move_is_edited_as_its_price_goes_farther_and_not_for_less() -> None:
    moves = Moves()
    moves.take(jump("A", 0, -2.0))
    assert moves.tick(at(EDIT_MS / 1000), priced(A=97.6)) == []  # −2.4 %: not 1.25 times as far
    (grown,) = moves.tick(at(EDIT_MS / 1000), priced(A=97.0))
    assert (grown.stage, grown.alert) == ("grew", None)
    assert grown.parts[0].extreme_pct == pytest.approx(-3.0)
    assert moves.tick(at(12), priced(A=90.0)) == []  # edited a moment ago
    (grown,) = moves.tick(at(30), priced(A=95.0))
    assert grown.parts[0].change_pct == pytest.approx(-5.0)
    assert grown.parts[0].extreme_pct == pytest.approx(-10.0)


def test_a_pump_goes_on_from_the_price_before_it() -> None:
    moves = Moves()
    (opened,) = moves.take(pump("A", 0))
    assert opened.starts == {opened.id: pytest.approx(9.0)}
    (joined,) = moves.take(
        msgspec.structs.replace(jump("A", 5, 3.0), from_price=106.0, price=109.2)
    )
    assert joined.parts[0].extreme_pct == pytest.approx(9.2), "not three: it is the same move"
    (grown,) = moves.tick(at(20), priced(A=113.0))
    assert grown.parts[0].extreme_pct == pytest.approx(13.0)
    (closed,) = moves.tick(at(320), priced(A=101.0))
    assert closed.edit and closed.parts[0].change_pct == pytest.approx(1.0)


def test_a_price_that_comes_back_is_no_growth() -> None:
    moves = Moves()
    moves.take(jump("A", 0, 2.0))
    assert moves.tick(at(60), priced(A=80.0)) == []


def test_a_move_calms_down_after_five_quiet_minutes_and_the_next_one_is_new() -> None:
    moves = Moves()
    moves.take(jump("A", 0, -2.0))
    moves.take(whale("A", 100, "sell"))
    assert moves.tick(at(399), priced(A=98.0)) == []
    (closed,) = moves.tick(at(400), priced(A=98.0))
    assert (closed.stage, closed.counts) == ("closed", {"price_jump": 1, "large_trade": 1})
    assert closed.edit
    assert len(moves) == 0
    assert told(moves, jump("A", 401, -2.0)) == ["opened"]


def test_half_a_minute_after_an_order_its_price_is_looked_at_once() -> None:
    moves = Moves()
    moves.take(whale("A", 0, "buy"))
    assert moves.tick(at(29.9), priced(A=101.0)) == []
    (looked,) = moves.tick(at(30), priced(A=101.0))
    assert (looked.stage, looked.held_pct) == ("grew", pytest.approx(1.0))
    assert moves.tick(at(31), priced(A=102.0)) == []
    (joined,) = moves.take(whale("A", 40, "buy"))
    assert joined.held_pct == pytest.approx(1.0)
    # A message of its own is about its own order, of which nothing is known yet.
    (louder,) = moves.take(whale("A", 50, "buy", excess=9.0))
    assert (louder.stage, louder.held_pct) == ("escalated", None)
    assert moves.tick(at(79.9), priced(A=99.0)) == []
    (looked,) = moves.tick(at(80), priced(A=99.0))
    assert (looked.stage, looked.held_pct) == ("grew", pytest.approx(-1.0))


def test_a_price_that_nobody_knew_in_time_is_not_said_to_have_held() -> None:
    moves = Moves()
    moves.take(whale("A", 0, "buy"))
    moves.take(whale("B", 0, "buy"))
    assert moves.tick(at(30), priced(B=None)) == []  # type: ignore[arg-type]
    moves = Moves()
    moves.take(whale("A", 0, "buy"))
    assert moves.tick(at(61), priced(A=101.0)) == []


def test_a_larger_fall_from_higher_up_is_told_from_there() -> None:
    moves = Moves()
    (first,) = moves.take(jump("A", 0, -3.8))
    moves.tick(at(60), priced(A=108.0))  # a pump, and then the dump
    (fall,) = moves.take(jump("A", 200, -13.85, excess=4.0, before=108.0))
    price = 108.0 * 0.8615
    assert (fall.id, fall.stage) == (first.id, "escalated")
    assert fall.parts[0].extreme_pct == pytest.approx(-13.85)
    assert fall.parts[0].change_pct == pytest.approx(-13.85)
    assert fall.alert is not None
    assert fall.starts == {fall.alert.id: pytest.approx(-13.85)}
    (farther,) = moves.tick(at(211), priced(A=price * 0.9))
    assert farther.parts[0].extreme_pct == pytest.approx((0.8615 * 0.9 - 1) * 100)
    (closed,) = moves.tick(at(900), priced(A=108.0))
    assert closed.parts[0].change_pct == pytest.approx(0.0)


def test_a_smaller_jump_of_a_move_begins_it_nowhere_else() -> None:
    moves = Moves()
    moves.take(jump("A", 0, -10.0))
    (again,) = moves.take(jump("A", 60, -5.2, before=100.2))
    assert again.parts[0].extreme_pct == pytest.approx(-10.0)
    assert again.parts[0].change_pct == pytest.approx((100.2 * 0.948 / 100 - 1) * 100)
    (on,) = moves.take(jump("A", 90, -12.0, before=99.0))  # farther, but not from its own start
    assert on.parts[0].extreme_pct == pytest.approx((99.0 * 0.88 / 100 - 1) * 100)


def test_the_end_of_what_moved_no_price_is_not_worth_an_edit() -> None:
    moves = Moves()
    moves.take(whale("A", 0, "buy"))
    (closed,) = moves.tick(at(400), priced(A=101.0))
    assert (closed.stage, closed.edit) == ("closed", False)


def test_growth_keeps_a_move_open() -> None:
    moves = Moves()
    moves.take(jump("A", 0, -2.0))
    stages = [
        move.stage
        for minute in range(1, 10)
        for move in moves.tick(at(minute * 60), priced(A=100 - 2.0 * 1.3**minute))
    ]
    assert stages == ["grew"] * 9


def test_what_has_no_direction_keeps_no_move_open() -> None:
    """An order of the same size, eleven minutes after the last one, is news, whatever the book did
    in between."""
    moves = Moves()
    restless = [spread("A", second) for second in range(100, 600, 100)]
    stages = told(moves, whale("A", 0, "buy"), *restless, whale("A", 660, "buy"))
    assert (stages[0], stages[-1]) == ("opened", "opened")


def test_an_order_is_told_anew_five_minutes_after_the_last_one_though_prices_went_on() -> None:
    moves = Moves()
    first = whale("A", 0, "buy")
    jumps = [jump("A", second, 2.0 + second / 1e3) for second in (50, 330)]
    assert told(moves, first, *jumps) == ["opened", "grew", "grew"]
    closed, opened = moves.take(whale("A", 620, "buy"))
    assert (closed.id, closed.stage, closed.alert, closed.edit) == (first.id, "closed", None, True)
    assert opened.alert is not None and opened.stage == "opened"
    assert opened.id == opened.alert.id != first.id
    assert told(moves, whale("A", 900, "buy"), whale("A", 1190, "buy")) == ["grew", "grew"]
    assert told(moves, jump("A", 1400, 3.0)) == ["grew"]
    assert told(moves, whale("A", 1480, "sell")) == ["opened"]


def test_what_has_no_direction_keeps_its_like_open() -> None:
    moves = Moves()
    assert told(moves, *(spread("A", second) for second in range(0, 900, 200))) == [
        "opened",
        *["grew"] * 4,
    ]


def test_without_ticks_an_alert_after_the_quiet_time_is_a_new_move() -> None:
    moves = Moves()
    assert told(moves, jump("A", 0, -2.0), jump("A", QUIET_MS / 1000, -2.0)) == ["opened"] * 2


# --- many symbols --------------------------------------------------------------------------------


def test_two_symbols_that_jump_together_are_a_market_move_that_all_others_join() -> None:
    moves = Moves()
    first, second = jump("A", 0, -2.0), jump("B", 10, -3.0)
    (alone,) = moves.take(first)
    (market,) = moves.take(second)
    assert (alone.symbol, market.symbol, market.stage) == ("A", ALL, "opened")
    assert market.absorbed == (alone.id,)
    assert [part.symbol for part in market.parts] == ["B", "A"]  # the strongest first
    joined = [
        *moves.take(jump("C", 12, -4.0)),
        *moves.take(whale("C", 13, "sell")),
        *moves.take(spread("A", 14)),
    ]
    assert [(move.id, move.stage, move.edit) for move in joined] == [(market.id, "grew", False)] * 3
    assert joined[-1].symbols == 3
    assert joined[-1].counts == {"price_jump": 3, "large_trade": 1, "spread": 1}
    # What others do, or the same ones the other way, is another thing.
    others = (whale("D", 15, "sell"), whale("A", 15, "buy"), spread("E", 16))
    assert told(moves, *others) == ["opened"] * 3


def test_a_market_move_ends_though_its_symbols_go_on_trading() -> None:
    moves = Moves()
    moves.take(jump("A", 0, -2.0))
    moves.take(jump("B", 1, -2.0))
    stages = []
    for minute in range(1, 10):
        stages += [move.stage for move in moves.tick(at(minute * 60), priced(A=98.0, B=98.0))]
        moves.take(whale("A", minute * 60, "sell"))
    assert stages.count("closed") == 1
    moves = Moves()
    moves.take(jump("A", 0, -2.0))
    moves.take(jump("B", 1, -2.0))
    (later,) = moves.take(jump("C", LASTS_MS / 1000 - 100, -2.0))
    assert later.stage == "opened"  # quiet for too long
    for second in range(0, LASTS_MS // 1000, 200):
        (last,) = moves.take(jump("C", LASTS_MS / 1000 + second, -2.0))
    assert last.symbol == "C"


def test_what_gets_worse_in_the_first_minute_is_told_after_it() -> None:
    moves = Moves()
    moves.take(jump("A", 0, -2.0))
    moves.take(jump("B", 1, -2.0))
    assert told(moves, jump("C", 20, -3.0, excess=3.0)) == ["grew"]
    assert [m.stage for m in moves.tick(at(60), priced())] == ["grew"]
    (worse,) = moves.tick(at(61), priced())
    assert (worse.stage, worse.severity, worse.alert) == ("escalated", "warning", None)
    assert moves.tick(at(70), priced()) == []


def test_what_becomes_critical_in_the_first_minute_is_told_at_once() -> None:
    moves = Moves()
    alerts = (jump("A", 0, 3.2, 1.2), jump("B", 5, 3.3, 1.2), jump("C", 6, 14.3, 6.5))
    found = [move for alert in alerts for move in moves.take(alert)]
    assert [move.stage for move in found] == ["opened", "opened", "escalated"]
    assert found[-1].severity == "critical"
    assert told(moves, jump("D", 7, 30.0, 14.0)) == ["grew"]  # twice as much has to wait


def crashed(moves: Moves) -> None:
    """A critical fall of three, and one of them that keeps it open for 13 minutes."""
    moves.take(jump("A", 0, -5.0, 2.5))
    moves.take(jump("B", 3, -5.0, 2.5))
    moves.take(jump("C", 70, -14.0, 5.8))
    for second in range(100, 900, 100):
        moves.take(jump("B", second, -2.0, 1.1))


def test_a_second_crash_sounds_whatever_one_coin_did_before() -> None:
    moves = Moves()
    crashed(moves)
    falls = [jump(f"S{number}", 900 + number / 10, -12.0, 9.9) for number in range(35)]
    assert told(moves, *falls)[:2] == ["opened", "opened"]
    assert told(moves, jump("S35", 904, -12.0, 9.9)) == ["grew"]
    found = moves.tick(at(905), priced())
    assert [(move.stage, move.symbols) for move in found] == [("grew", 36), ("closed", 3)]
    assert found[0].id != found[1].id


def test_as_many_critical_jumps_again_sound_and_fewer_do_not() -> None:
    moves = Moves()
    crowd = [jump(f"S{number}", number / 10, -5.0, 5.0) for number in range(10)]
    assert set(told(moves, *crowd)[2:]) == {"grew"}
    again = [jump(f"S{number}", 125 + number / 10, -9.0, 6.0) for number in range(10)]
    # The market told of two, and eight more fell just as far until it could be told again.
    assert [m.stage for m in moves.tick(at(61), priced())] == ["escalated"]
    assert told(moves, *again[:9]) == ["grew"] * 9
    assert [m.stage for m in moves.tick(at(126), priced())] == ["grew"]
    assert told(moves, again[9]) == ["escalated"]
    assert [m.stage for m in moves.tick(at(200), priced())] == ["grew"]


def test_a_middle_change_twice_as_large_sounds_and_one_large_change_does_not() -> None:
    moves = Moves()
    for number in range(5):
        moves.take(jump(f"S{number}", number, -5.0, 5.0 if number == 0 else 1.5))
    one = {f"S{number}": 95.0 for number in range(5)} | {"S1": 50.0}
    assert [move.stage for move in moves.tick(at(100), priced(**one))] == ["grew"]
    all_of_them = {f"S{number}": 89.0 for number in range(5)}
    (worse,) = moves.tick(at(110), priced(**all_of_them))
    assert (worse.stage, worse.severity) == ("escalated", "critical")


def test_beyond_critical_twice_as_much_is_worth_a_message_again() -> None:
    moves = Moves()
    assert told(
        moves,
        whale("A", 0, "sell", excess=6.0),
        whale("A", 60, "sell", excess=11.9),
        whale("A", 120, "sell", excess=12.0),
        whale("A", 130, "sell", excess=23.0),
        whale("A", 140, "sell", excess=24.0),
    ) == ["opened", "grew", "escalated", "grew", "escalated"]


def test_both_messages_that_went_before_a_market_move_go_on_in_it() -> None:
    moves = Moves()
    (first,) = moves.take(whale("A", 0, "sell"))
    (second,) = moves.take(jump("B", 1, -2.0))
    (market,) = moves.take(jump("A", 2, -2.0))
    assert market.absorbed == (second.id, first.id)


def test_a_members_fall_does_not_begin_anew_while_the_market_move_lasts() -> None:
    moves = Moves()
    moves.take(jump("A", 0, -9.0))
    moves.take(jump("B", 1, -2.0))
    for second in (100, 200, 300, 400):
        moves.take(jump("B", second, -2.0))
    (move,) = moves.take(jump("A", 450, -1.1))
    assert move.parts[0].symbol == "A"
    assert move.parts[0].extreme_pct == pytest.approx(-9.0)


def test_a_crash_of_three_hundred_symbols_is_two_messages_in_its_first_minute() -> None:
    moves = Moves()
    loud: list[Move] = []
    edits: list[Move] = []
    for number in range(300):
        second = number * 0.19
        alerts = (
            jump(f"S{number}", second, -2.0 - number % 7, excess=1.0 + number / 40),
            whale(f"S{number}", second, "sell", excess=9.0),
            spread(f"S{number}", second),
        )
        for alert in alerts[: 1 if number < 2 else 3]:
            for move in moves.take(alert):
                (loud if move.stage in ("opened", "escalated") else edits).append(move)
        edits += moves.tick(at(second), priced())
    # Who has the message of the first symbol reads of the market in it, and gets the second one.
    assert [move.stage for move in loud] == ["opened", "opened", "escalated"]
    assert [move.severity for move in loud] == ["notice", "notice", "critical"]
    assert loud[-1].symbol == ALL
    shown = [move for move in edits if move.edit]
    assert 10 <= len(shown) <= 57 / (MARKET_EDIT_MS / 1000) + 1
    assert shown[-1].symbols > 280
    assert len(shown[-1].parts) == 30


def test_a_market_move_is_told_again_when_it_gets_worse_after_its_first_minute() -> None:
    moves = Moves()
    stages = told(
        moves,
        jump("A", 0, -2.0),
        jump("B", 5, -2.0),
        jump("C", 30, -9.0, excess=6.0),
        jump("D", 5 + LOUD_AGAIN_MS / 1000, -9.0, excess=6.0),
        jump("E", 70, -9.0, excess=9.0),
    )
    assert stages == ["opened", "opened", "escalated", "grew", "grew"]


def test_a_coin_joins_a_market_move_only_soon_after_the_last_one() -> None:
    moves = Moves()
    for symbol, second in (("A", 0), ("B", 1), ("C", 120), ("D", 230)):
        moves.take(jump(symbol, second, 3.0))
    (late,) = moves.take(jump("E", 230 + JOIN_MS / 1000 + 1, 30.0, 9.0))
    assert (late.symbol, late.stage) == ("E", "opened")
    (member,) = moves.take(jump("A", 352, 4.0))
    assert (member.symbol, member.symbols) == (ALL, 4)
    assert member.joined_ms - member.opened_ms == 230_000
    (other,) = moves.take(jump("F", 355, 3.0))  # with E it is another market move
    assert (other.stage, other.symbols) == ("opened", 2)
    found = moves.tick(at(356), priced())
    assert [(move.id, move.stage) for move in found] == [(member.id, "closed")]


def test_a_pumped_coin_stays_alone_whichever_way_it_goes() -> None:
    moves = Moves()
    moves.take(pump("P", 0))
    moves.take(pump("Q", 1))
    assert [m.symbol for a in (jump("P", 2, 9.0), jump("Q", 3, 9.0)) for m in moves.take(a)] == [
        "P",
        "Q",
    ]
    moves.take(jump("A", 4, -2.0))
    moves.take(jump("B", 5, -2.0))
    (dump,) = moves.take(jump("P", 6, -9.0))
    assert (dump.symbol, dump.stage) == ("P", "opened")


def test_a_member_that_turns_out_to_be_pumped_leaves_the_market_move() -> None:
    moves = Moves()
    for symbol in "ABC":
        moves.take(jump(symbol, 0, 3.0))
    (pumped,) = moves.take(pump("C", 5))
    assert (pumped.symbol, pumped.stage) == ("C", "opened")
    assert told(moves, pump("C", 5.5)) == ["grew"]
    (market,) = moves.take(jump("D", 6, 3.0))
    assert [part.symbol for part in market.parts] == ["A", "B", "D"]


@pytest.mark.parametrize("symbol", ["A", "B"])
def test_a_pump_of_one_of_two_that_jumped_together_is_worth_a_message(symbol: str) -> None:
    """The first one's message goes on as the market's, the second one never had its own."""
    moves = Moves()
    assert told(moves, jump("A", 0, 3.0), jump("B", 1, 3.0)) == ["opened", "opened"]
    pumped = pump(symbol, 5)
    assert list(messages(moves.take(pumped))) == [pumped]


def test_a_pump_of_one_of_two_is_edited_and_closed_by_itself() -> None:
    """Fewer than two are no market move, so it stays a member of that one too."""
    moves = Moves()
    assert told(moves, jump("A", 0, 3.0), jump("B", 1, 3.0)) == ["opened", "opened"]
    (pumped,) = moves.take(pump("B", 5))
    (grown,) = moves.tick(at(20), priced(A=103.0, B=140.0))
    assert (grown.id, grown.stage) == (pumped.id, "grew")
    ends = moves.tick(at(400), priced(A=103.0, B=140.0))
    assert {(m.id, m.stage) for m in ends} >= {(pumped.id, "closed")}
    assert len(moves) == 0


def test_a_pump_long_over_keeps_nobody_out_of_a_market_move_where_nobody_ticks() -> None:
    """A second one would have the first one's id."""
    moves = Moves()
    assert told(moves, pump("C", 0), jump("A", 400, 3.0), jump("B", 401, 3.0)) == ["opened"] * 3
    (joined,) = moves.take(jump("C", 402, 3.0))
    assert (joined.symbol, joined.stage) == (ALL, "grew")
    assert [part.symbol for part in joined.parts] == ["A", "B", "C"]


def test_a_market_move_ends_when_nobody_joined_for_five_minutes() -> None:
    moves = Moves()
    moves.take(jump("A", 0, -2.0))
    moves.take(jump("B", 1, -2.0))
    moves.take(jump("A", 170, -2.0))
    assert [m.stage for m in moves.tick(at(300), priced())] == ["grew"]
    assert [m.stage for m in moves.tick(at(301), priced())] == ["closed"]


def test_jumps_far_apart_or_in_other_directions_are_no_market_move() -> None:
    moves = Moves()
    for alert in (
        jump("A", 0, -2.0),
        jump("B", 1, 2.0),
        jump("C", 1 + TOGETHER_MS / 1000, -2.0),
        whale("D", 62, "sell"),
    ):
        (move,) = moves.take(alert)
        assert (move.symbol, move.stage) == (alert.symbol, "opened")


def test_a_move_opened_by_a_whale_becomes_part_of_the_market_when_its_price_jumps() -> None:
    moves = Moves()
    (whales,) = moves.take(whale("A", 0, "sell"))
    moves.take(jump("B", 1, -2.0))
    (market,) = moves.take(jump("A", 2, -2.0))
    assert (market.stage, market.symbol) == ("opened", ALL)
    (late,) = moves.take(whale("C", 3, "buy"))
    assert late.symbol == "C" and whales.symbol == "A"
    moves.take(whale("E", 3, "buy"))
    (up,) = moves.take(jump("E", 4, 2.0))
    assert (up.stage, up.symbol) == ("grew", "E")


def test_a_member_going_farther_edits_the_market_message_and_keeps_it_open() -> None:
    moves = Moves()
    moves.take(jump("A", 0, -2.0))
    moves.take(jump("B", 1, -2.0))
    (grown,) = moves.tick(at(250), priced(A=95.0, B=98.0))
    assert (grown.symbol, grown.stage) == (ALL, "grew")
    assert grown.parts[0].extreme_pct == pytest.approx(-5.0)
    assert moves.tick(at(369), priced(A=95.0, B=98.0)) == []
    (closed,) = moves.tick(at(370), priced(A=95.0, B=98.0))
    assert (closed.symbol, closed.stage) == (ALL, "closed")
    assert len(moves) == 0


def test_bitcoin_leads_only_if_it_went_among_the_first() -> None:
    def led(*order: str) -> bool:
        moves = Moves()
        for second, symbol in enumerate(order):
            (move,) = moves.take(jump(symbol, second, -2.0))
        return move.led

    assert led("BTCUSDT", "A", "B", "C", "D")
    assert led("A", "BTCUSDT", "B", "C", "D")
    assert not led("A", "BTCUSDT")
    assert not led("A", "B", "C", "D", "BTCUSDT")
    assert not led("A", "B", "C", "D")


def test_a_delisted_symbol_leaves_nothing_behind() -> None:
    moves = Moves()
    moves.take(jump("A", 0, -2.0))
    moves.take(jump("B", 1, -2.0))
    moves.forget("A")
    (move,) = moves.take(jump("C", 2, -2.0))
    assert [part.symbol for part in move.parts] == ["B", "C"]
    for symbol in "BC":
        moves.forget(symbol)
    (crash,) = moves.take(jump("D", 3, -9.0, excess=9.0))
    assert crash.stage == "escalated"
    moves.forget("D")
    assert [move.stage for move in moves.tick(at(400), priced())] == ["closed"]


def test_an_order_after_a_market_move_has_ended_is_worth_a_message_where_nobody_ticks() -> None:
    """As in a replay; it was told to have grown a move that had ended and was never opened."""
    moves = Moves()
    assert told(moves, jump("A", 0, -5), jump("B", 0, -5)) == ["opened", "opened"]
    assert told(moves, jump("B", 150, -5.1)) == ["grew"]
    after = whale("B", 320, "sell")
    (alone,) = moves.take(after)
    assert (alone.stage, alone.id) == ("opened", after.id)
    assert list(messages([alone])) == [after]


# --- whatever comes ------------------------------------------------------------------------------

ALERTS = st.lists(
    st.one_of(
        st.builds(
            jump,
            st.sampled_from("ABC"),
            st.integers(0, 2_000),
            st.sampled_from([-5.0, -2.0, 2.0, 5.0]),
            st.sampled_from([1.0, 2.0, 5.0, 20.0]),
        ),
        st.builds(
            whale, st.sampled_from("ABC"), st.integers(0, 2_000), st.sampled_from(["buy", "sell"])
        ),
        st.builds(spread, st.sampled_from("ABC"), st.integers(0, 2_000)),
    ),
    max_size=40,
)


@given(ALERTS, st.booleans())
def test_every_alert_belongs_to_one_move_and_every_move_opens_before_anything_else(
    alerts: list[AnyAlert], in_order: bool
) -> None:
    moves = Moves()
    open_: set[str] = set()
    if in_order:
        alerts.sort(key=lambda alert: alert.at_ms)
    for alert in alerts:
        *ended, move = moves.take(alert)
        assert all(one.id in open_ and one.stage == "closed" for one in ended)
        assert move.alert is alert
        if move.stage == "opened":
            open_.add(move.id)
        assert move.id in open_
        for later in moves.tick(alert.at_ms, priced(A=97.0)):
            assert later.id in open_ and later.alert is None
    end = max((alert.at_ms for alert in alerts), default=START_MS) + QUIET_MS
    for turn in range(3):
        for later in moves.tick(end + turn * QUIET_MS, priced()):
            assert later.id in open_
            assert later.stage == "closed" or turn < 2
    assert len(moves) == 0


@pytest.mark.parametrize("pair", ["okex:BTC-USDT", "bybit:BTCUSDT"])
def test_a_coin_on_another_exchange_is_no_further_coin_of_a_market_move(pair: str) -> None:
    moves = Moves()
    alerts = [jump("BTCUSDT", 0, -2.0), jump(pair, 1, -2.0), jump("binance-futures:BTCUSDT", 2, -2)]
    stages = [(move.symbol, move.stage) for alert in alerts for move in moves.take(alert)]
    assert stages == [("BTCUSDT", "opened"), (pair, "opened"), ("BTCUSDT", "grew")]
    (alone,) = moves.take(jump(pair, 3, -2.1))
    assert (alone.symbol, alone.stage) == (pair, "grew")


# --- spot and futures ----------------------------------------------------------------------------

BTC, BTC_FUTURE = "BTCUSDT", "binance-futures:BTCUSDT"


def test_liquidations_of_longs_are_part_of_their_coin_s_fall_on_whichever_market() -> None:
    moves = Moves()
    assert told(moves, jump(BTC, 0, -3), liquidated(BTC_FUTURE, 5, "long")) == ["opened", "grew"]
    assert told(moves, liquidated(BTC_FUTURE, 6, "short")) == ["opened"], "not those of shorts"
    assert told(moves, jump(BTC_FUTURE, 7, -3.2)) == ["grew"]
    (grew,) = moves.take(liquidated(BTC_FUTURE, 8, "long"))
    assert (grew.symbol, grew.symbols, grew.parts[0].change_pct) == (BTC, 1, pytest.approx(-3))
    assert grew.counts == {"price_jump": 2, "liquidation": 2}


def test_a_move_that_began_in_futures_goes_by_the_price_of_the_market_that_jumped() -> None:
    moves = Moves()
    assert told(moves, liquidated(BTC_FUTURE, 0, "long"), jump(BTC, 5, -3)) == ["opened", "grew"]
    (farther,) = moves.tick(START_MS + 20_000, {BTC: 95.0, BTC_FUTURE: 50.0}.get)
    assert farther.symbol == BTC
    assert farther.parts[0].extreme_pct == pytest.approx(-5)


def test_liquidations_during_a_market_s_fall_are_told_within_it() -> None:
    moves = Moves()
    told(moves, jump("ETHUSDT", 0, -3), jump("SOLUSDT", 10, -4))
    (move,) = moves.take(liquidated(BTC_FUTURE, 20, "long"))
    assert (move.symbol, move.stage, move.symbols) == (ALL, "grew", 2)
    assert told(moves, liquidated(BTC_FUTURE, 20 + JOIN_MS / 1000, "long")) == ["opened"]


def test_spot_and_future_of_one_coin_are_no_market_and_funding_is_no_move() -> None:
    moves = Moves()
    assert told(moves, jump(BTC_FUTURE, 0, -3), jump(BTC, 1, -3)) == ["opened", "grew"]
    assert told(moves, funding(BTC_FUTURE, 2), funding(BTC_FUTURE, 3)) == ["opened", "opened"]
    moves.forget(BTC)
    assert told(moves, jump(BTC, 4, -3)) == ["grew"], "it is the future's move"
