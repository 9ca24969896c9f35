"""Whether an alert goes to a chat, and the reason that is written down."""

import msgspec
import pytest

from bot.model import BY_NAME, Chat, ChatSettings, ChatState, Quiet, Subscription, Threshold
from bot.route import route
from pipeline.detectors import KINDS
from pipeline.model import ALL, BookImbalance, LargeTrade, Liquidated, Severity, Spread

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


FORCED = Liquidated(
    id="liquidation:binance-futures:BTCUSDT:1:long:1", symbol="binance-futures:BTCUSDT", at_ms=NOW,
    excess=2.0, position="long", notional=2e6, quantity=20.0, price=1e5, count=3, largest=1e6,
    window_s=5, first_ms=NOW - 5_000, last_ms=NOW, per_day=None, rare=True,
)  # fmt: skip


@pytest.mark.parametrize(
    ("subscription", "muted", "reason"),
    [
        ((ALL, ALL), "", "subscribed"),
        (("BTCUSDT", ALL), "", "subscribed"),
        (("BTCUSDT", "liquidation"), "", "subscribed"),
        (("binance-futures:BTCUSDT", ALL), "", "subscribed"),
        (("binance-futures:ETHUSDT", ALL), "", "not_subscribed"),
        (("BTCUSDT", "price_jump"), "", "not_subscribed"),
        ((ALL, ALL), "BTCUSDT", "muted_symbol"),
        ((ALL, ALL), "binance-futures:BTCUSDT", "muted_symbol"),
        (("BTCUSDT", ALL), "ETHUSDT", "subscribed"),
    ],
)
def test_whoever_names_a_coin_s_pair_means_what_there_is_of_its_future_alone(
    subscription: tuple[str, str], muted: str, reason: str
) -> None:
    chat = state(subscription, muted={muted: NOW + 1} if muted else {})
    assert route(FORCED, chat, NOW, NOW + 1) == (reason == "subscribed", reason)


@pytest.mark.parametrize("named", [ALL, "BTCUSDT"])
def test_of_kinds_that_spot_has_as_well_a_future_has_to_be_named(named: str) -> None:
    traded = msgspec.structs.replace(ALERT, symbol="binance-futures:BTCUSDT")
    assert route(traded, state((named, ALL)), NOW, NOW + 1) == (False, "not_subscribed")
    own = state(("binance-futures:BTCUSDT", ALL), muted={"BTCUSDT": NOW + 1})
    assert route(traded, own, NOW, NOW + 1) == (True, "subscribed"), "only spot is muted"


def test_what_is_asked_for_by_name_exists() -> None:
    assert KINDS.keys() > BY_NAME


def test_an_alert_past_its_limit_is_not_news() -> None:
    assert route(ALERT, state((ALL, ALL)), NOW, NOW) == (False, "stale")


# NOW is 17:53:20 in Korea.
QUIET = ChatSettings(quiet=Quiet("17:00", "18:00"))


@pytest.mark.parametrize(
    ("settings", "excess", "expected"),
    [
        (ChatSettings(off=("spread",)), 9.0, (False, "kind_off")),
        (ChatSettings(off=("pump",)), 2.0, (True, "subscribed")),
        (ChatSettings(thresholds={"spread": Threshold(3.0)}), 2.0, (False, "below_threshold")),
        (ChatSettings(thresholds={"spread": Threshold(3.0)}), 3.0, (True, "subscribed")),
        (ChatSettings(thresholds={"pump": Threshold(3.0)}), 2.0, (True, "subscribed")),
        (QUIET, 4.9, (False, "quiet")),
        (QUIET, 5.0, (True, "subscribed")),
        (
            ChatSettings(quiet=QUIET.quiet, thresholds={"spread": Threshold(3.0)}),
            9.0,  # three times the chat's threshold: no 긴급 for it
            (False, "quiet"),
        ),
        (ChatSettings(quiet=Quiet("18:00", "19:00")), 2.0, (True, "subscribed")),
    ],
)
def test_what_the_chat_has_set_decides_and_is_the_reason(
    settings: ChatSettings, excess: float, expected: tuple[bool, str]
) -> None:
    alert = msgspec.structs.replace(ALERT, excess=excess)
    assert route(alert, state((ALL, ALL), settings=settings), NOW, NOW + 1) == expected


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("notice", (True, "subscribed")),
        ("warning", (False, "chat_cooldown")),
        ("critical", (False, "chat_cooldown")),
    ],
)
def test_the_chat_s_cooldown_is_broken_only_by_something_more_severe(
    last: Severity, expected: tuple[bool, str]
) -> None:
    assert route(ALERT, state((ALL, ALL)), NOW, NOW + 1, last=last) == expected


def test_what_is_critical_for_the_chat_passes_its_daily_limit_and_nothing_else_does() -> None:
    alert = msgspec.structs.replace(ALERT, excess=6.0)
    own = ChatSettings(thresholds={"spread": Threshold(3.0)})
    assert route(alert, state((ALL, ALL)), NOW, NOW + 1, 9.0) == (True, "subscribed")
    assert route(alert, state((ALL, ALL), settings=own), NOW, NOW + 1, 9.0) == (False, "held")


def test_what_is_usual_for_its_symbol_passes_neither_quiet_hours_nor_the_daily_limit() -> None:
    """However large: who named a sum would be woken by it all night."""
    usual = LargeTrade(
        id="w", symbol="BTCUSDT", at_ms=NOW, excess=40.0, side="buy", quantity=1.0, price=1.0,
        notional=2e6, fills=1, first_ms=NOW, last_ms=NOW, slippage_bp=None, percentile=None,
        per_day=None, change_1m_pct=None, rare=False,
    )  # fmt: skip
    rare = msgspec.structs.replace(usual, rare=True)
    named = ChatSettings(thresholds={"large_trade": Threshold(2.0, "size")})
    asleep = msgspec.structs.replace(named, quiet=QUIET.quiet)

    def reason(alert: LargeTrade, settings: ChatSettings, bar: float = 0.0) -> str:
        return route(alert, state((ALL, ALL), settings=settings), NOW, NOW + 1, bar)[1]

    assert reason(usual, named) == reason(rare, named) == "subscribed"
    assert (reason(usual, asleep), reason(rare, asleep)) == ("quiet", "subscribed")
    assert (reason(usual, named, 50.0), reason(rare, named, 50.0)) == ("held", "subscribed")
