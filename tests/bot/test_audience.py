"""Who may be concerned by an alert: nobody is missed, and nobody else is asked."""

from hypothesis import given
from hypothesis import strategies as st

from bot.audience import Audience
from bot.model import Chat, ChatState, Subscription, named_as
from pipeline.model import ALL

SYMBOLS = ["BTCUSDT", "ETHUSDT", "binance-futures:BTCUSDT", "okex:BTC-USDT", ALL]
KINDS = ["large_trade", "liquidation", "funding", "book_imbalance", ALL]
CHATS = [Chat("telegram", str(number), topic) for number in range(4) for topic in ("", "7")]


@st.composite
def audiences(draw: st.DrawFn) -> list[ChatState]:
    states = []
    for chat in draw(st.permutations(CHATS)):
        wishes = st.builds(
            Subscription, st.just(chat), st.sampled_from(SYMBOLS), st.sampled_from(KINDS)
        )
        states.append(ChatState(chat, subscriptions=tuple(draw(st.lists(wishes, max_size=4)))))
    return states


@given(
    audiences(),
    st.sampled_from(SYMBOLS[:-1]),
    st.sampled_from(KINDS[:-1]),
    st.sets(st.sampled_from(CHATS), max_size=2),
)
def test_whoever_wants_an_alert_is_concerned_and_only_who_names_its_symbol(
    states, symbol, kind, also
):
    audience = Audience()
    for state in states:
        audience.add(state)
    found = audience.concerned(symbol, kind, also)
    names = named_as(symbol, kind)
    assert found == [
        state
        for state in states
        if state.chat in also or any(one.symbol in names for one in state.subscriptions)
    ]
    wanting = [s for s in states if any(one.wants(symbol, kind) for one in s.subscriptions)]
    assert all(state in found for state in wanting)


def test_nobody_is_concerned_where_there_is_nobody():
    assert Audience().concerned("BTCUSDT", "large_trade", CHATS) == []
