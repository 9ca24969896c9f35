"""Whether an alert goes to a chat, and the reason that is written down."""

import pytest

from bot.model import BY_NAME, Chat, ChatState, Subscription
from bot.route import route
from pipeline.detectors import KINDS
from pipeline.model import ALL, BookImbalance, Spread

NOW = 1_760_000_000_000
CHAT = Chat("web", "1")
ALERT = Spread(
    id="spread:BTCUSDT:1",
    symbol="BTCUSDT",
    at_ms=NOW,
    excess=2.0,
    spread_bp=50.0,
    usual_bp=5.0,
    times_usual=10.0,
    bid=99.0,
    ask=101.0,
)
WALL = BookImbalance(
    id="book_imbalance:BTCUSDT:1",
    symbol="BTCUSDT",
    at_ms=NOW,
    excess=2.0,
    what="wall_appeared",
    side="bid",
    price=99.0,
    notional=1e6,
    times_usual=20.0,
    share_pct=50.0,
    held_s=10.0,
    distance_bp=5.0,
)


def state(*subscriptions: tuple[str, str], **changes: object) -> ChatState:
    return ChatState(
        CHAT,
        subscriptions=tuple(Subscription(CHAT, s, k) for s, k in subscriptions),
        **changes,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("chat", "expected"),
    [
        (state(), (False, "not_subscribed")),
        (state((ALL, ALL)), (True, "subscribed")),
        (state(("BTCUSDT", ALL)), (True, "subscribed")),
        (state((ALL, "spread")), (True, "subscribed")),
        (state(("BTCUSDT", "spread")), (True, "subscribed")),
        (state(("ETHUSDT", ALL)), (False, "not_subscribed")),
        (state((ALL, "large_trade")), (False, "not_subscribed")),
        (state(("ETHUSDT", ALL), ("BTCUSDT", "spread")), (True, "subscribed")),
        (state((ALL, ALL), active=False), (False, "inactive")),
        (state((ALL, ALL), muted={ALL: NOW + 1}), (False, "muted")),
        (state((ALL, ALL), muted={ALL: NOW}), (True, "subscribed")),
        (state((ALL, ALL), muted={"BTCUSDT": NOW + 1}), (False, "muted_symbol")),
        (state((ALL, ALL), muted={"ETHUSDT": NOW + 1}), (True, "subscribed")),
        (state(muted={ALL: NOW + 1}), (False, "not_subscribed")),
    ],
)
def test_the_reason_is_the_first_stage_that_says_no(
    chat: ChatState, expected: tuple[bool, str]
) -> None:
    assert route(ALERT, chat, NOW, NOW + 1) == expected


@pytest.mark.parametrize(
    ("subscription", "sent"),
    [
        ((ALL, ALL), False),
        (("BTCUSDT", ALL), False),
        ((ALL, "book_imbalance"), True),
        (("BTCUSDT", "book_imbalance"), True),
        (("ETHUSDT", "book_imbalance"), False),
    ],
)
def test_walls_come_only_to_those_who_asked_for_them_by_name(
    subscription: tuple[str, str], sent: bool
) -> None:
    reason = "subscribed" if sent else "not_subscribed"
    assert route(WALL, state(subscription), NOW, NOW + 1) == (sent, reason)


def test_what_is_asked_for_by_name_exists() -> None:
    assert KINDS.keys() > BY_NAME


def test_an_alert_past_its_limit_is_not_news() -> None:
    assert route(ALERT, state((ALL, ALL)), NOW, NOW) == (False, "stale")
