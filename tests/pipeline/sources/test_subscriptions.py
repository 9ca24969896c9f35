"""What is asked of a connection, and what becomes of refusals."""

from collections.abc import Callable, Iterable

from pipeline.sources.binance import PACE_S
from pipeline.sources.subscriptions import ASK_AGAIN_S, BATCH, LONGEST_S, Subscriptions

CERTAIN = "btcusdt@miniTicker"
DAY_S = 86_400.0


class Exchange:
    """The other side of one connection: it carries what it accepts, and counts on a clock of its
    own. ``refuses`` looks at the names of a message."""

    def __init__(
        self, refuses: Callable[[list[str]], bool], refused: set[str] | None = None
    ) -> None:
        self.refuses = refuses
        self.refused = set() if refused is None else refused
        self.subscriptions = Subscriptions([CERTAIN], CERTAIN, self.refused)
        self.carried = {CERTAIN}
        self.now_s = 1_000.0
        self.asked: list[tuple[float, list[str]]] = []

    def run(self, streams: Iterable[str], seconds: float, *, without_id: bool = False) -> bool:
        """Ask, then answer in order, for so long; whether all is complete."""
        wanted = {*streams, CERTAIN}
        until_s = self.now_s + seconds
        while self.now_s < until_s and not self.subscriptions.complete(wanted):
            under_way = []
            for method, names in self.subscriptions.due(wanted, self.now_s):
                assert len(names) <= BATCH
                self.asked.append((self.now_s, names))
                under_way.append((len(self.asked), method, names))
                self.subscriptions.ask(*under_way[-1], self.now_s)
                assert not self.subscriptions.complete(wanted)
                self.now_s += PACE_S
            for number, method, names in under_way:
                if self.refuses(names):
                    answered = None if without_id else number
                    self.subscriptions.heed(answered, "2 Invalid request", self.now_s)
                    continue
                if method == "SUBSCRIBE":
                    self.carried.update(names)
                else:
                    self.carried.difference_update(names)
                self.subscriptions.heed(number, "", self.now_s)
            self.now_s += 0.1
        return self.subscriptions.complete(wanted)


def streams(count: int) -> set[str]:
    return {f"s{number:03}usdt@aggTrade" for number in range(count)}


def refusing(bad: Iterable[str]) -> Callable[[list[str]], bool]:
    return lambda names: not set(bad).isdisjoint(names)


def test_one_refused_stream_is_found_within_ten_seconds_and_all_others_are_carried() -> None:
    for place in (0, 77, 148, 149, 150, 189):
        bad = f"s{place:03}usdt@aggTrade"
        exchange = Exchange(refusing([bad]))
        assert exchange.run(streams(190), 10.0), bad
        assert exchange.carried == streams(190) - {bad} | {CERTAIN}
        assert exchange.refused == {bad}
        assert len(exchange.asked) < 30


def test_refusals_without_an_id_are_of_the_message_that_has_waited_longest() -> None:
    exchange = Exchange(refusing(["s005usdt@aggTrade"]))
    assert exchange.run(streams(400), 30.0, without_id=True)
    assert exchange.refused == {"s005usdt@aggTrade"}


def test_several_refused_streams_are_found() -> None:
    bad = {f"s{number:03}usdt@aggTrade" for number in (0, 1, 2, 40, 149)}
    exchange = Exchange(refusing(bad))
    assert exchange.run(streams(190), 60.0)
    assert exchange.carried == streams(190) - bad | {CERTAIN}
    assert exchange.refused == bad


def test_of_a_message_of_one_stream_nothing_else_is_needed_to_set_it_aside() -> None:
    exchange = Exchange(refusing(streams(1)))
    assert exchange.run(streams(1), 10.0)
    assert exchange.refused == streams(1)


def test_where_everything_is_refused_nothing_is_split_and_less_and_less_is_asked() -> None:
    exchange = Exchange(lambda names: True)
    assert not exchange.run(streams(400), DAY_S)
    assert exchange.refused == set()
    assert [len(names) for _, names in exchange.asked[:3]] == [150, 150, 100]
    later = exchange.asked[3:]
    assert all(names == [CERTAIN] for _, names in later)
    assert len(later) < DAY_S / LONGEST_S + 10
    assert later[0][0] >= 1_000.0 + ASK_AGAIN_S * 2**2

    exchange.refuses = refusing(["s007usdt@aggTrade"])
    assert exchange.run(streams(400), LONGEST_S + 60.0)
    assert exchange.refused == {"s007usdt@aggTrade"}


def test_a_stream_that_was_refused_while_everything_was_is_not_set_aside() -> None:
    exchange = Exchange(lambda names: True)
    exchange.run(streams(1), 60.0)
    exchange.refuses = lambda names: False
    assert exchange.run(streams(1), LONGEST_S)
    assert exchange.carried == {CERTAIN, *streams(1)}
    assert exchange.refused == set()


def test_the_next_connection_asks_for_what_was_refused_once_and_by_itself() -> None:
    bad = "s003usdt@aggTrade"
    first = Exchange(refusing([bad]))
    assert first.run(streams(60), 30.0)
    second = Exchange(refusing([bad]), first.refused)
    assert second.run(streams(60), 5.0)
    assert [names for _, names in second.asked] == [sorted(streams(60) - {bad}), [bad], [CERTAIN]]
    third = Exchange(refusing([]), second.refused)
    assert third.run(streams(60), 5.0)
    assert third.carried == streams(60) | {CERTAIN}
    assert third.refused == set()


def test_what_is_no_longer_wanted_is_given_up_and_may_be_wanted_again() -> None:
    bad = "s003usdt@aggTrade"
    exchange = Exchange(refusing([bad]))
    assert exchange.run(streams(60), 30.0)
    assert exchange.run({"s001usdt@aggTrade"}, 5.0)
    assert exchange.carried == {CERTAIN, "s001usdt@aggTrade"}
    exchange.refused.discard(bad)  # as it is not followed
    exchange.refuses = refusing([])
    assert exchange.run(streams(60), 5.0)
    assert exchange.carried == streams(60) | {CERTAIN}
