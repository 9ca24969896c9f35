"""Whether an alert goes to a chat, and the reason that is written down."""

import pytest

from bot.model import Chat, ChatState, Subscription
from bot.route import route
from pipeline.model import ALL, Spread

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


def test_an_alert_past_its_limit_is_not_news() -> None:
    assert route(ALERT, state((ALL, ALL)), NOW, NOW) == (False, "stale")
