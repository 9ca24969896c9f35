"""One market move is one thing: alerts of the same coin and direction, spot and futures, or of a
whole market, that belong together. Pure.

Alerts that passed the gate come in, moves go out: opened (worth a message), grew (worth an edit),
escalated (worth a message again: the severity rose), closed (it has calmed down).

Two symbols whose prices jump in the same direction within ``TOGETHER_MS`` make a market move.
Further jumps in that direction join it while the last one that joined is no longer ago than
``JOIN_MS``, and whatever else is noticed of its symbols. Nobody needs to be told three times within
its first minute: what gets worse then is told after it, but what becomes critical at once.
"""

import statistics
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from pipeline.model import (
    ALL,
    SEVERITIES,
    Alert,
    AnyAlert,
    Direction,
    LargeTrade,
    Liquidated,
    Move,
    Part,
    PriceJump,
    Pump,
    Severity,
    Stage,
)
from pipeline.venues import coin_of, foreign

QUIET_MS: Final = 300_000
"""Without growth or another alert in its direction for so long, a move has calmed down."""

TOGETHER_MS: Final = 60_000
JOIN_MS: Final = 120_000
"""So long after the last one that joined, what another symbol does is another thing."""

CALM_MS: Final = 120_000
"""A market move that nobody joins any more lasts while a symbol of it went farther so lately."""

LOUD_AGAIN_MS: Final = 60_000
EDIT_MS: Final = 10_000
"""At most one edit in so long because a price went farther; alerts of one symbol edit at once."""

MARKET_EDIT_MS: Final = 3_000
FARTHER: Final = 1.25
"""A move has grown when its price went so many times as far as was last told, ..."""

FARTHER_PCT: Final = 0.3
"""... and at least so many percentage points farther."""

HELD_MS: Final = 30_000
"""So long after an order one can say whether the price held."""

LASTS_MS: Final = 1_800_000
"""After so long a further jump begins a new market move: one that never ends tells nothing."""

DOUBLED: Final = 2.0
"""Severity ends at critical; beyond, so many times the largest so far is worth a message again. Of
a market move also so many times the middle change, or as many critical jumps since as before."""

SEVERAL: Final = 3
"""Fewer symbols do not make a market move worse that is critical already."""

MOST_PARTS: Final = 30
ALONE: Final = frozenset({"pump"})
"""Kinds that are about one symbol alone, whatever the market does, as is what follows of it."""

APART: Final = frozenset({"funding", "kimchi"})
"""Kinds that are no move: each of them is a thing of its own."""

ENDED: Final = 8

LEADER: Final = "BTCUSDT"


class _Open:
    """One coin's move while it lasts, on whichever markets. ``base`` is the price before it on the
    market of ``symbol``, 0 when not known. ``opened``: there is a message of its own that
    goes on, and not a market's."""

    __slots__ = (
        "base", "change", "coin", "counts", "direction", "edited_ms", "extreme", "held_pct", "id",
        "jump", "jumped_ms", "largest", "last_ms", "opened", "opened_ms", "ordered_ms", "paid",
        "paid_ms", "severity", "starts", "symbol", "told",
    )  # fmt: skip

    def __init__(self, alert: AnyAlert, direction: Direction | None) -> None:
        self.id = alert.id
        self.symbol = alert.symbol
        self.coin = coin_of(alert.symbol)
        self.direction = direction
        self.opened = False
        self.opened_ms = self.last_ms = self.edited_ms = alert.at_ms
        self.severity: Severity = alert.severity
        self.largest = alert.excess
        self.counts: dict[str, int] = {}
        self.base = 0.0
        self.change = self.extreme = self.told = 0.0  # percent
        self.jumped_ms: int | None = None  # when its price was first said to jump
        self.jump = 0.0  # the largest excess of that
        self.ordered_ms: int | None = None  # the newest order
        # What the order of the newest message paid on average, 0 if none or it was looked at.
        self.paid = 0.0
        self.paid_ms = 0
        self.held_pct: float | None = None
        self._order(alert)
        # By alert worth a message, percent; few, since a severity rises twice and then doubles.
        self.starts: dict[str, float] = {}

    def join(self, alert: AnyAlert) -> None:
        """Count an alert in."""
        self.counts[alert.kind] = self.counts.get(alert.kind, 0) + 1
        if alert.way is not None or self.direction is None:
            # Walls come and go all the time: what they kept open would swallow the next order.
            self.last_ms = max(self.last_ms, alert.at_ms)
        if isinstance(alert, LargeTrade):
            self.ordered_ms = max(self.ordered_ms or 0, alert.at_ms)
            return
        if isinstance(alert, PriceJump):
            self.jump = max(self.jump, alert.excess)
        if isinstance(alert, PriceJump) and self.jumped_ms is None:
            self.jumped_ms = alert.at_ms
            if alert.symbol != self.symbol:  # from now on this market's prices tell how it goes on
                self.symbol, self.paid = alert.symbol, 0.0
                self.base = self.change = self.extreme = 0.0
            self._from(alert.from_price, alert.price)
        elif isinstance(alert, Pump) and alert.symbol == self.symbol:
            self._from(alert.from_price, alert.price)
        elif isinstance(alert, PriceJump) and alert.symbol == self.symbol:
            self._begin_farther(alert)
            self.look(alert.price)

    def _from(self, base: float, price: float) -> None:
        """The price was and is this; where it was is known already if the move goes on."""
        self.base = self.base or base
        self.look(price)
        self.told = self.extreme

    def _begin_farther(self, jump: PriceJump) -> None:
        """A jump that went farther than all of the move so far began elsewhere, for instance a fall
        from where the price had risen to: from now on the move is told from there."""
        went = abs(jump.price / jump.from_price - 1) * 100 if jump.from_price > 0 else 0.0
        known = abs(jump.price / self.base - 1) * 100 if self.base > 0 else 0.0
        if went > max(known, abs(self.extreme)):
            self.base, self.extreme = jump.from_price, 0.0
            self.starts.clear()

    def begin(self, alert: AnyAlert) -> None:
        """The alert is worth a message, which begins with the price where it is."""
        self.opened = True
        if self.base > 0:
            self.starts[alert.id] = self.extreme
        self._order(alert)

    def ordered_long_ago(self, alert: AnyAlert) -> bool:
        """Whether the alert is an order and the move had one, but none lately, whatever kept it
        open: an edit of a message so old tells nobody of it."""
        if not isinstance(alert, LargeTrade) or self.ordered_ms is None:
            return False
        return alert.at_ms - self.ordered_ms >= QUIET_MS

    def _order(self, alert: AnyAlert) -> None:
        """From now on the message is about this order, or about none."""
        self.paid, self.paid_ms, self.held_pct = 0.0, alert.at_ms, None
        if isinstance(alert, LargeTrade) and alert.symbol == self.symbol:
            self.paid = alert.price

    def look(self, price: float) -> None:
        """The price is this now."""
        if self.base > 0:
            self.change = (price / self.base - 1) * 100
            if abs(self.change) > abs(self.extreme) and (self.change > 0) == (
                self.direction == "up"
            ):
                self.extreme = self.change

    def held(self, now_ms: int, price: float | None) -> bool:
        """Whether it is time to say how the price stands after the order; once, if not too late."""
        late_ms = now_ms - self.paid_ms - HELD_MS
        if not self.paid or late_ms < 0:
            return False
        if price is not None and late_ms < HELD_MS:
            self.held_pct = (price / self.paid - 1) * 100
        self.paid = 0.0
        return self.held_pct is not None

    @property
    def farther(self) -> bool:
        """Whether the price went notably farther than was told."""
        far, told = abs(self.extreme), abs(self.told)
        return self.base > 0 and far >= told * FARTHER and far >= told + FARTHER_PCT

    @property
    def part(self) -> Part:
        """The move as a part of a larger one."""
        known = self.base > 0
        return Part(
            self.symbol,
            self.opened_ms if self.jumped_ms is None else self.jumped_ms,
            self.change if known else None,
            self.extreme if known else None,
            self.jump,
        )


class _Market:
    """A move of several symbols while it lasts."""

    def __init__(self, first: _Open, second: _Open, at_ms: int) -> None:
        self.id = f"market:{first.id}"
        self.direction = first.direction
        self.members = {first.coin: first, second.coin: second}
        self.opened_ms = min(first.part.at_ms, second.part.at_ms)
        self.began_ms = self.last_ms = self.joined_ms = at_ms
        self.severity: Severity = "notice"
        self.largest = 0.0
        self.worse: tuple[float, Severity] = (0.0, "notice")  # than was told, and not told yet
        self.counts = Counter(first.counts) + Counter(second.counts)
        # By coin, the worst of what is no price jump.
        self.others: dict[str, tuple[float, Severity]] = {}
        for one in (first, second):
            self.brings(one)
        # Critical jumps since it was told last, by symbol; how many before; the middle change then.
        self.critical = {one.coin for one in (first, second) if one.severity == "critical"}
        self.criticals = 0
        self.middle_pct = 0.0
        severity = _higher(first.severity, second.severity)
        self.told(severity, max(first.largest, second.largest), at_ms)
        if _rank(first.severity) < _rank(severity) < _rank("critical"):
            # Whoever has a message of the first one reads of the others there: that is no sound.
            self.worse = self.largest, severity

    def brings(self, one: _Open) -> None:
        """What else than price jumps was told of a coin that joins."""
        if any(kind != "price_jump" for kind in one.counts):
            self.others[one.coin] = one.largest, one.severity

    def notes(self, alert: AnyAlert) -> bool:
        """Whether an alert that is no price jump is worth a message by itself."""
        coin = coin_of(alert.symbol)
        largest, severity = self.others.get(coin, (0.0, "notice"))
        worse = coin not in self.others or _rises(alert, severity, largest)
        largest = alert.excess if worse else largest
        self.others[coin] = largest, _higher(severity, alert.severity)
        return worse

    def told(self, severity: Severity, excess: float, at_ms: int) -> None:
        """It is told now that it is so bad."""
        self.severity, self.largest = severity, max(self.largest, excess)
        self.pending, self.edited_ms, self.worse = False, at_ms, (0.0, "notice")
        self.loud_ms = at_ms
        self.criticals += len(self.critical)
        self.critical = set()
        self.middle_pct = self._middle()

    def worsened(self) -> bool:
        """Whether it is much worse than when it was told to be critical, whatever its largest: as
        many critical jumps since as before, or twice as far in the middle."""
        if self.severity != "critical" or len(self.members) < SEVERAL:
            return False
        if len(self.critical) >= max(SEVERAL, self.criticals):
            return True
        return 0 < self.middle_pct * DOUBLED <= self._middle()

    def over(self, at_ms: int) -> bool:
        """Whether it has ended by then."""
        if at_ms - self.began_ms >= LASTS_MS:
            return True
        return at_ms - self.joined_ms >= QUIET_MS and at_ms - self.last_ms >= CALM_MS

    def _middle(self) -> float:
        changes = [abs(one.extreme) for one in self.members.values()]
        return statistics.median(changes) if changes else 0.0  # all delisted

    @property
    def led(self) -> bool:
        """Whether Bitcoin was among the first quarter of the members."""
        leader = self.members.get(LEADER)
        if leader is None or len(self.members) < 2:
            return False
        at_ms = leader.part.at_ms
        before = sum(one.part.at_ms < at_ms for one in self.members.values())
        return before <= (len(self.members) - 1) / 4


class Moves:
    """Groups alerts; ``take`` and ``tick`` give what became of moves."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, Direction | None], _Open] = {}
        self._markets: dict[Direction, _Market] = {}
        # Ended by an alert and not told yet; where nobody ticks, as in a replay, the oldest go.
        self._ended: deque[_Market] = deque(maxlen=ENDED)

    def __len__(self) -> int:
        return len(self._open) + len(self._markets) + len(self._ended)

    def forget(self, symbol: str) -> None:
        """Drop a symbol that is no longer listed."""
        for key in [key for key, move in self._open.items() if move.symbol == symbol]:
            del self._open[key]
        coin = coin_of(symbol)
        for market in self._markets.values():
            if coin in market.members and market.members[coin].symbol == symbol:
                del market.members[coin]

    def take(self, alert: AnyAlert) -> list[Move]:
        """What becomes of moves by an alert that passed the gate: one Move that carries it, and
        before that the one that ends by it."""
        if alert.kind in APART:
            return [alone(alert)]
        direction, coin = alert.way, coin_of(alert.symbol)
        if alert.kind in ALONE:
            self._leave(coin)
        market = self._market(coin, alert, direction) if self._markets else None
        move = self._find(coin, direction, alert.at_ms)  # one that a market took with it is over
        if market is not None:
            return [self._join_market(market, alert, move)]
        ended: list[Move] = []
        if move is not None and move.ordered_long_ago(alert):
            ended = [_told(move, "closed", move.last_ms, None, edit=move.base > 0)]
            move = None
        if move is None:
            move = _Open(alert, direction)
            self._open[move.coin, direction] = move
            move.join(alert)
            second = self._companion(move, alert)
            if second is not None:
                return [*ended, self._open_market(second, move, alert)]
            move.begin(alert)
            return [*ended, _told(move, "opened", alert.at_ms, alert)]
        goes_on, rises = move.opened, _rises(alert, move.severity, move.largest)
        was_jump = move.jumped_ms is not None
        move.join(alert)
        move.severity = _higher(move.severity, alert.severity)
        if rises:
            move.largest = alert.excess
        if not was_jump and (second := self._companion(move, alert)) is not None:
            return [self._open_market(second, move, alert, move.id)]
        move.told, move.edited_ms = move.extreme, alert.at_ms
        if rises or not goes_on:
            move.begin(alert)
        stage: Stage = "opened" if not goes_on else "escalated" if rises else "grew"
        return [_told(move, stage, alert.at_ms, alert)]

    def tick(self, now_ms: int, price: Callable[[str], float | None]) -> list[Move]:
        """Moves whose price went farther, and those that have calmed down, at the exchange's time;
        ``price`` gives a symbol's newest. To be called every second or so."""
        return [*self._tick_symbols(now_ms, price), *self._tick_markets(now_ms)]

    def _tick_symbols(self, now_ms: int, price: Callable[[str], float | None]) -> Iterator[Move]:
        members = (one for m in self._markets.values() for one in m.members.values())
        within = {id(one) for one in members if not one.opened}
        for key, move in list(self._open.items()):
            newest = price(move.symbol)
            if newest is not None:
                move.look(newest)
            if move.paid and move.held(now_ms, newest) and id(move) not in within:
                yield _told(move, "grew", now_ms, None)
            if move.extreme != move.told and move.farther:
                move.last_ms = now_ms
                if id(move) in within:
                    move.told = move.extreme
                    market = self._markets[_certain(move.direction)]
                    market.last_ms, market.pending = now_ms, True
                elif now_ms - move.edited_ms >= EDIT_MS:
                    move.told, move.edited_ms = move.extreme, now_ms
                    yield _told(move, "grew", now_ms, None)
            elif now_ms - move.last_ms >= QUIET_MS and id(move) not in within:
                del self._open[key]
                # Of a single order or spread there is nothing more to tell.
                yield _told(move, "closed", move.last_ms, None, edit=move.base > 0)

    def _tick_markets(self, now_ms: int) -> Iterator[Move]:
        for direction, market in list(self._markets.items()):
            if market.over(now_ms):
                self._end(direction)
            elif now_ms - market.loud_ms >= LOUD_AGAIN_MS and (
                market.worse[0] or market.worsened()
            ):
                excess, severity = market.worse
                market.told(_higher(severity, market.severity), excess, now_ms)
                yield _of_market(market, "escalated", now_ms, None)
            elif market.pending and now_ms - market.edited_ms >= MARKET_EDIT_MS:
                market.pending, market.edited_ms = False, now_ms
                yield _of_market(market, "grew", now_ms, None)
        while self._ended:
            market = self._ended.popleft()
            yield _of_market(market, "closed", market.last_ms, None)

    # --- one symbol ----------------------------------------------------------------------------

    def _find(self, coin: str, direction: Direction | None, at_ms: int) -> _Open | None:
        """The open move that an alert belongs to; what has no direction joins the latest."""
        found: _Open | None = None
        for way in ("up", "down", None) if direction is None else (direction,):
            move = self._lasting(coin, way, at_ms)
            if move is not None and (found is None or move.last_ms > found.last_ms):
                found = move
        return found

    def _lasting(self, coin: str, way: Direction | None, at_ms: int) -> _Open | None:
        """The move of a coin if it has not calmed down by then, whether or not that was told."""
        move = self._open.get((coin, way))
        return None if move is None or at_ms - move.last_ms >= QUIET_MS else move

    # --- many symbols --------------------------------------------------------------------------

    def _companion(self, move: _Open, alert: AnyAlert) -> _Open | None:
        """Another symbol's jump in the same direction a moment ago."""
        if move.jumped_ms is None or move.direction is None or not isinstance(alert, PriceJump):
            return None
        if self._is_alone(move.coin, alert.at_ms):
            return None
        others = [
            other
            for other in self._open.values()
            if other is not move
            and other.direction == move.direction
            and other.jumped_ms is not None
            and abs(alert.at_ms - other.jumped_ms) <= TOGETHER_MS
            and not self._is_alone(other.coin, alert.at_ms)
        ]
        return min(others, key=lambda other: (other.jumped_ms or 0, other.id), default=None)

    def _market(self, coin: str, alert: AnyAlert, direction: Direction | None) -> _Market | None:
        """The market move that the alert belongs to; what is about one symbol alone stays alone."""
        if alert.kind in ALONE or self._is_alone(coin, alert.at_ms):
            return None
        for way in ("up", "down") if direction is None else (direction,):
            market = self._markets.get(way)
            if market is None:
                continue
            if market.over(alert.at_ms):
                self._end(way)  # a replay has no ticks
            elif coin in market.members or (
                # A fall takes positions with it, whether or not the spot market's price jumps.
                isinstance(alert, PriceJump | Liquidated)
                and alert.at_ms - market.joined_ms <= JOIN_MS
            ):
                return market
        return None

    def _is_alone(self, coin: str, at_ms: int) -> bool:
        """Whether what goes on with the coin, either way, is its own. One on another exchange is no
        further coin of a market move."""
        if foreign(coin):
            return True
        moves = (self._lasting(coin, way, at_ms) for way in ("up", "down", None))
        return any(move is not None and not ALONE.isdisjoint(move.counts) for move in moves)

    def _leave(self, coin: str) -> None:
        """The coin is no part of market moves that go on without it."""
        for market in self._markets.values():
            if len(market.members) > 2:
                market.members.pop(coin, None)

    def _join_market(self, market: _Market, alert: AnyAlert, move: _Open | None) -> Move:
        market.counts[alert.kind] += 1
        absorbed: tuple[str, ...] = ()
        if isinstance(alert, PriceJump):
            coin = coin_of(alert.symbol)
            member = market.members.get(coin)
            if member is None:
                if move is not None:
                    absorbed = (move.id,)
                    market.brings(move)
                member = move or _Open(alert, market.direction)
                market.joined_ms = max(market.joined_ms, alert.at_ms)
            self._open[coin, market.direction] = member
            market.members[coin] = member
            member.opened = False
            member.join(alert)
            market.last_ms = max(market.last_ms, alert.at_ms)
            if alert.severity == "critical":
                market.critical.add(coin)
        jumps = isinstance(alert, PriceJump)
        apart = not jumps and market.notes(alert)
        long_ago = alert.at_ms - market.loud_ms >= LOUD_AGAIN_MS
        if _rises(alert, market.severity, market.largest):
            becomes = jumps and alert.severity == "critical" != market.severity
            if becomes or long_ago:
                market.told(alert.severity, alert.excess, alert.at_ms)
                return _of_market(market, "escalated", alert.at_ms, alert, absorbed, apart=apart)
            market.worse = max(market.worse, (alert.excess, alert.severity))
        elif jumps and long_ago and market.worsened():
            market.told(market.severity, alert.excess, alert.at_ms)
            return _of_market(market, "escalated", alert.at_ms, alert, absorbed)
        market.pending = True
        return _of_market(market, "grew", alert.at_ms, alert, absorbed, edit=False, apart=apart)

    def _open_market(self, first: _Open, second: _Open, alert: AnyAlert, *others: str) -> Move:
        """``others`` are ids of moves besides the first that go on as part of it."""
        direction = _certain(first.direction)
        if direction in self._markets:
            self._end(direction)
        self._open[first.coin, direction] = first
        self._open[second.coin, direction] = second
        first.opened = second.opened = False
        market = self._markets[direction] = _Market(first, second, alert.at_ms)
        return _of_market(market, "opened", alert.at_ms, alert, (first.id, *others))

    def _end(self, direction: Direction) -> None:
        """It is told to have closed when the time comes."""
        market = self._markets.pop(direction)
        self._ended.append(market)
        for member in market.members.values():
            if self._open.get((member.coin, direction)) is member and not member.opened:
                del self._open[member.coin, direction]


def _of_market(
    market: _Market,
    stage: Stage,
    at_ms: int,
    alert: AnyAlert | None,
    absorbed: tuple[str, ...] = (),
    *,
    edit: bool = True,
    apart: bool = False,
) -> Move:
    members = sorted(
        (one.part for one in market.members.values()),
        key=lambda part: (-abs(part.extreme_pct or 0.0), part.symbol),
    )
    return Move(
        id=market.id,
        symbol=ALL,
        direction=market.direction,
        stage=stage,
        opened_ms=market.opened_ms,
        joined_ms=market.joined_ms,
        moved_ms=market.last_ms,
        at_ms=at_ms,
        severity=market.severity,
        excess=market.largest,
        parts=tuple(members[:MOST_PARTS]),
        symbols=len(members),
        counts=dict(market.counts),
        led=market.led,
        edit=edit,
        apart=apart,
        alert=alert,
        absorbed=absorbed,
    )


def alone(alert: AnyAlert) -> Move:
    """An alert as a move of its own."""
    move = _Open(alert, alert.way)
    move.join(alert)
    return _told(move, "opened", alert.at_ms, alert)


def messages(moves: Iterable[Move]) -> Iterator[Alert]:
    """The alerts that are worth a message."""
    for move in moves:
        if move.alert is not None and move.stage in ("opened", "escalated"):
            yield move.alert


def _told(
    move: _Open, stage: Stage, at_ms: int, alert: AnyAlert | None, *, edit: bool = True
) -> Move:
    return Move(
        id=move.id,
        symbol=move.symbol,
        direction=move.direction,
        stage=stage,
        opened_ms=move.opened_ms,
        at_ms=at_ms,
        severity=move.severity,
        excess=move.largest,
        parts=(move.part,),
        symbols=1,
        counts=dict(move.counts),
        held_pct=move.held_pct,
        starts=dict(move.starts),
        edit=edit,
        alert=alert,
    )


def _rises(alert: AnyAlert, severity: Severity, largest: float) -> bool:
    """Whether the alert is worth a message again."""
    if _rank(alert.severity) > _rank(severity):
        return True
    return alert.severity == "critical" and alert.excess >= DOUBLED * largest


def _rank(severity: Severity) -> int:
    return SEVERITIES.index(severity)


def _higher(one: Severity, other: Severity) -> Severity:
    return max(one, other, key=_rank)


def _certain(direction: Direction | None) -> Direction:
    if direction is None:
        raise ValueError("a market move has a direction")
    return direction
