"""Whose turn it is, by a clock that jumps: paces are kept and used, and nobody holds up others."""

import heapq
import random

import msgspec
import pytest

from bot.model import Chat, Delivery, Limits, Message
from bot.turns import AHEAD, LANE, LONGEST_S, Turn, Turns, urgency
from pipeline.model import Severity

EXPIRES_MS = 600_000


def row(
    id: int, chat: int, severity: Severity = "notice", expires_ms: int = EXPIRES_MS
) -> Delivery:
    key = f"k{id}"
    return Delivery(id, Chat("room", str(chat)), key, Message(key), severity, 0, expires_ms)


def turns(limits: Limits) -> Turns:
    return Turns(limits, lambda chat: chat.id.startswith("-"), lambda _: None)


class Flood:
    """Sends what waits as a sender does; each message takes ``takes_s``. Chats in ``silent`` do not
    answer for ten seconds, and have to be tried again later each time."""

    def __init__(self, limits: Limits, takes_s: float = 0.1, silent: frozenset[int] = frozenset()):
        self.turns = turns(limits)
        self.now_s = 0.0
        self.sent: list[tuple[float, int, int]] = []  # when, chat, id
        self.tried: list[float] = []
        self._limits, self._takes_s, self._silent = limits, takes_s, silent
        self._under_way: list[tuple[float, int, Turn]] = []

    def run(self, until_s: float) -> None:
        while self.now_s < until_s:
            turn = self.turns.next(self.now_s, int(self.now_s * 1000))
            if isinstance(turn, Turn):
                self.tried.append(self.now_s)
                chat, id = int(turn.delivery.chat.id), turn.delivery.id
                silent = chat in self._silent
                if not silent:
                    self.sent.append((self.now_s, chat, id))
                ends_s = self.now_s + (10.0 if silent else self._takes_s)
                heapq.heappush(self._under_way, (ends_s, id, turn))
                continue
            ends_s = self._under_way[0][0] if self._under_way else until_s
            self.now_s = min(self.now_s + turn, ends_s, until_s)
            while self._under_way and self._under_way[0][0] <= self.now_s:
                _, _, (lane, delivery) = heapq.heappop(self._under_way)
                silent = int(delivery.chat.id) in self._silent
                if silent:
                    self.turns.hold(delivery, self.now_s)
                else:
                    del self.turns.known[delivery.id]
                pause_s = 5.0 if silent else self._limits.per_chat_s
                self.turns.over(lane, self.now_s, self.now_s + pause_s, silent=silent)


def test_a_flood_uses_the_pace_that_there_is_and_the_last_chat_gets_the_first_alert_in_time() -> (
    None
):
    flood = Flood(Limits(per_second=30.0, per_chat_s=1.0))
    for alert in range(3):
        for chat in range(1_000):
            flood.turns.hold(row(alert * 1_000 + chat, chat), 0.0)
    flood.run(120.0)
    assert len(flood.sent) == 3_000
    first = max(at_s for at_s, _, id in flood.sent if id < 1_000)
    assert first <= 1_000 / 30
    assert flood.sent[-1][0] <= 3_000 / 30
    for second in range(100):
        within = sum(second <= at_s < second + 1 for at_s in flood.tried)
        assert within <= 30 + max(AHEAD, 0.25 * 30) + 1


def test_chats_that_do_not_answer_delay_no_other() -> None:
    flood = Flood(Limits(per_second=30.0, per_chat_s=1.0), silent=frozenset(range(0, 300, 30)))
    for alert in range(3):
        for chat in range(300):
            flood.turns.hold(row(alert * 1_000 + chat, chat), 0.0)
    flood.run(60.0)
    assert len(flood.sent) == 3 * 290
    # Each is tried twice in its turn, and then after everybody else.
    assert flood.sent[-1][0] <= (3 * 290 + 2 * 10) / 30 + 0.5


def test_urgent_ones_pass_all_that_wait() -> None:
    flood = Flood(Limits(per_second=30.0))
    for chat in range(300):
        flood.turns.hold(row(chat, chat), 0.0)
    flood.run(1.0)
    for chat in range(30):
        flood.turns.hold(row(1_000 + chat, chat, "critical"), 1.0)
    flood.run(2.05)
    assert {id for at_s, _, id in flood.sent if at_s > 1.0} >= set(range(1_000, 1_030))


def test_a_chat_keeps_its_own_pace_whatever_waits() -> None:
    flood = Flood(Limits(per_chat_s=1.0), takes_s=0.0)
    for id in range(10):
        flood.turns.hold(row(id, 1), 0.0)
    flood.run(9.5)
    assert [(at_s, id) for at_s, _, id in flood.sent] == [(float(id), id) for id in range(10)]


def test_a_group_has_its_minute() -> None:
    flood = Flood(Limits(per_group_minute=3), takes_s=0.0)
    for id in range(5):
        flood.turns.hold(row(id, -1), 0.0)
        flood.turns.hold(row(10 + id, 1), 0.0)
    flood.run(59.0)
    assert sorted(id for _, _, id in flood.sent) == [0, 1, 2, 10, 11, 12, 13, 14]
    flood.run(61.0)
    assert sorted(id for _, _, id in flood.sent)[:5] == [0, 1, 2, 3, 4]


def test_a_chat_holds_so_many_messages_and_asks_for_the_rest_when_there_is_room() -> None:
    waiting = turns(Limits())
    for id in range(1, LANE + 6):
        waiting.hold(row(id, 1), 0.0)
    assert sorted(waiting.known) == list(range(1, LANE + 1))
    waiting.hold(row(100, 1, "critical"), 0.0, newest=True)
    assert LANE not in waiting.known
    assert 100 in waiting.known
    waiting.hold(row(101, 1), 0.0, newest=True)
    assert 101 not in waiting.known, "older ones are not here yet"
    for _ in range(LANE // 2):
        assert not waiting.cut
        turn = waiting.next(0.0, 0)
        assert isinstance(turn, Turn)
        del waiting.known[turn.delivery.id]
        waiting.over(turn.lane, 0.0, 0.0)
    assert waiting.cut
    waiting.read_anew()
    waiting.hold(row(LANE, 1), 0.0)
    assert LANE in waiting.known


def test_edits_that_the_outbox_does_not_have_keep_no_new_message_out() -> None:
    waiting = turns(Limits())
    for id in range(-3 * LANE, 0):  # nobody else has these: they must stay
        waiting.hold(msgspec.structs.replace(row(id, 1), ref="m"), 0.0)
    for id in range(1, LANE + 6):
        waiting.hold(row(id, 1), 0.0)
    went = []
    for _ in range(LANE):
        asked_for_the_rest = waiting.cut
        turn = waiting.next(0.0, 0)
        assert isinstance(turn, Turn)
        went.append(turn.delivery.id)
        del waiting.known[turn.delivery.id]
        waiting.over(turn.lane, 0.0, 0.0)
    assert went == list(range(1, LANE + 1))
    assert asked_for_the_rest, "before the edits have gone"
    assert set(waiting.known) == set(range(-3 * LANE, 0))


def test_what_has_expired_is_let_go_though_its_chat_may_not_be_written_to() -> None:
    late: list[int] = []
    waiting = Turns(Limits(), lambda _: False, lambda row: late.append(row.id))
    waiting.hold(row(1, 1), 0.0)
    turn = waiting.next(0.0, 0)
    assert isinstance(turn, Turn)
    waiting.hold(row(2, 1, expires_ms=9_000), 0.0)
    waiting.over(turn.lane, 0.0, 3_600.0)
    for now_s in (5.0, 10.0):
        assert waiting.next(now_s, int(now_s * 1000)) == LONGEST_S
    assert late == [2]
    assert list(waiting.known) == [1], "whoever sent it says when it is over"


@pytest.mark.parametrize("seed", range(20))
def test_the_heaps_say_what_looking_at_every_chat_would(seed: int) -> None:
    rng = random.Random(seed)
    waiting = turns(Limits())
    model: dict[int, list[Delivery]] = {chat: [] for chat in range(6)}
    ready_s = dict.fromkeys(model, 0.0)
    under_way: dict[int, Turn] = {}
    now_s = 0.0
    for id in range(1, 400):
        now_s += rng.choice((0.0, 0.1, 1.0))
        chat = rng.randrange(6)
        severity: Severity = rng.choice(("notice", "warning", "critical"))
        if len(model[chat]) < LANE:
            new = row(id, chat, severity, expires_ms=10**9)
            waiting.hold(new, now_s)
            model[chat].append(new)
        for busy in [c for c in under_way if rng.random() < 0.5]:
            turn = under_way.pop(busy)
            ready_s[busy] = now_s + rng.choice((0.0, 0.5, 2.0))
            del waiting.known[turn.delivery.id]
            waiting.over(turn.lane, now_s, ready_s[busy])
        free = [
            one
            for c, rows in model.items()
            if c not in under_way and ready_s[c] <= now_s
            for one in rows
        ]
        best = min(free, key=urgency, default=None)
        turn = waiting.next(now_s, 0)
        if best is None:
            assert not isinstance(turn, Turn)
            continue
        assert isinstance(turn, Turn)
        assert turn.delivery == best
        model[int(best.chat.id)].remove(best)
        under_way[int(best.chat.id)] = turn
