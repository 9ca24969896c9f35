"""No window of a platform's clock ever holds too many, and nobody is waited for without need."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.windows import KEPT, LEARN, QUICKEST_KEPT, UNKNOWN_S, Way, Window


def known(quickest_s: float, slowest_s: float) -> Way:
    way = Way()
    way.quickest_s, way.slowest_s = quickest_s, slowest_s
    return way


def test_a_window_is_full_until_the_oldest_message_has_left_it() -> None:
    window = Window(2, 10.0, known(0.0, 0.0))
    assert window.wait_s(0.0) == 0.0
    for end_s in (1.0, 4.0):
        window.end(window.begin(end_s), end_s)
    assert window.wait_s(5.0) == 6.0
    assert window.wait_s(5.0, spare=1) == 9.0
    assert window.wait_s(11.0) == 0.0
    assert not window.is_idle(11.0)
    assert window.is_idle(14.0)


def test_what_the_way_always_takes_is_not_waited_for() -> None:
    window = Window(1, 10.0, known(0.5, 2.0))
    window.end(window.begin(0.0), 1.0)
    assert window.wait_s(2.0) == 8.5


def test_who_does_not_answer_takes_a_place_as_long_as_others_might() -> None:
    """Once one that left after it is answered: the platform reads, and has read it long ago."""
    window = Window(2, 10.0, known(0.5, 2.5))
    hanging = window.begin(0.0)
    window.end(window.begin(1.0), 2.0)
    assert window.wait_s(5.0) == 6.5
    assert window.wait_s(11.9) == 0.0
    window.end(hanging, 12.0)
    assert window.wait_s(13.0) == 0.0


def test_where_nothing_at_all_is_answered_places_are_kept_for_a_window_longer() -> None:
    """The platform, or the way to it, stands still: all of them may be counted any moment."""
    window = Window(2, 10.0, known(0.5, 2.5))
    tickets = [window.begin(0.0), window.begin(1.0)]
    assert window.wait_s(13.0) == 7.0
    window.end(tickets[1], 14.0, answered=False)  # given up: nothing is known of the other
    assert window.wait_s(14.0) == 6.0
    assert window.wait_s(20.0) == 0.0


@given(
    steps=st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 4.0)), max_size=60),
    ways_s=st.tuples(st.floats(0.0, 1.0), st.floats(0.0, 1.0)),
    share=st.floats(0.0, 1.0),
)
def test_no_window_of_the_platform_s_clock_ever_holds_too_many(
    steps: list[tuple[float, float]], ways_s: tuple[float, float], share: float
) -> None:
    """It counts a message at some moment after the way there and before the way back."""
    limit, length_s = 3, 10.0
    there_s, back_s = ways_s
    window = Window(limit, length_s, known(there_s + back_s, there_s + back_s + 4.0))
    under_way: list[tuple[float, float, int]] = []  # (end, counted, ticket)
    counted: list[float] = []
    now_s = 0.0
    for pause_s, extra_s in steps:
        now_s += pause_s
        for one in sorted(one for one in under_way if one[0] <= now_s):
            window.end(one[2], one[0])
            under_way.remove(one)
        if window.wait_s(now_s) == 0.0:
            counted.append(now_s + there_s + share * extra_s)
            ends_s = now_s + there_s + extra_s + back_s
            under_way.append((ends_s, counted[-1], window.begin(now_s)))
    counted.sort()
    for first, beyond in zip(counted, itertools.islice(counted, limit, None), strict=False):
        assert beyond - first >= length_s - 1e-9


@given(
    steps=st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 10.0), st.booleans()), max_size=60)
)
def test_a_platform_that_stands_still_as_never_before_is_not_told_too_many(
    steps: list[tuple[float, float, bool]],
) -> None:
    """It reads in the order of sending, up to a window late, and does not answer all of it."""
    limit, length_s = 3, 10.0
    window = Window(limit, length_s, known(0.0, 0.0))
    under_way: list[tuple[float, int]] = []  # (when it is read and answered, ticket)
    counted: list[float] = []
    now_s = read_s = 0.0
    for pause_s, late_s, silent in steps:
        now_s += pause_s
        for one in [one for one in under_way if one[0] <= now_s]:
            window.end(one[1], one[0])
            under_way.remove(one)
        if window.wait_s(now_s) == 0.0:
            read_s = max(read_s, now_s + late_s)
            counted.append(read_s)
            ticket = window.begin(now_s)
            if not silent:
                under_way.append((read_s, ticket))
    for first, beyond in zip(counted, itertools.islice(counted, limit, None), strict=False):
        assert beyond - first >= length_s - 1e-9


def test_the_way_is_known_by_its_last_answers() -> None:
    way = Way()
    assert way.slowest_s == UNKNOWN_S
    for took_s in (0.3, 0.1, 7.0, *[0.4] * (KEPT * LEARN - 4)):
        way.answered(took_s)
    assert (way.quickest_s, way.slowest_s) == (0.0, 7.0), "the least is unknown until then"
    way.answered(0.4)
    assert (way.quickest_s, way.slowest_s) == (0.1, 7.0)
    for _ in range(LEARN):
        way.answered(0.4)
    assert (way.quickest_s, way.slowest_s) == (0.1, 0.4), "they may be as quick again"
    for _ in range((QUICKEST_KEPT - 1) * LEARN):
        way.answered(0.4)
    assert (way.quickest_s, way.slowest_s) == (0.4, 0.4)
    for _ in range(QUICKEST_KEPT * LEARN):
        way.answered(0.5)
    assert way.spread_s == 0.0
    way.answered(0.2)
    assert way.spread_s == 0.3
