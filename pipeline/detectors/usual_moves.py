"""What moves are usual for a symbol, and so how far it must move for a price jump."""

import math
from collections.abc import Sequence
from itertools import dropwhile
from typing import TYPE_CHECKING, Final

import msgspec

from pipeline.detectors.rolling import KnownScale, RobustScale, possible
from pipeline.model import Candle

if TYPE_CHECKING:
    from pipeline.detectors.price_jump import Settings

BLOCK_S = 300
"""Moves are learnt from by the largest of each five minutes with trades: thin symbols stand still
most of the time, and an average over all of it would call any of their moves unusual."""

ASSUMED_S = 3_600.0
"""For so long a calm symbol is assumed to have been seen before, so that a jump in the first
minutes does not become the measure of the next."""

WINDOWS_S = (10, 60, 300)

LEAST = 2.0
"""However many percent it was, a move of less than twice the usual one is no jump."""

TICKS = 2.5
"""A step of bid and ask by one tick moves trades by up to two."""

TICK_SEEN = 5
"""How often the smallest step must have been seen to be taken for the symbol's tick."""

PAST_BLOCKS: Final = 1_000
"""Blocks of the past to learn from, as many as one request gives: three and a half days."""

LAPSED_MS: Final = 3_600_000
"""Of less than an hour that was missed there is little to learn."""

STALE_BLOCKS: Final = 12
"""A price that nobody has traded at for an hour says nothing about a move within minutes."""

RANGE_SHARE: Final = 0.91
"""From the lowest to the highest price of a block, that before it among them, is so much of the
largest move over 300 s that ends in it: in the middle of 23 recorded pairs, of which the usual
ones' share was 0.84 to 1.02."""

FILLS_PER_SECOND: Final = 1.6
"""Trades that fall into one second where few do; on 23 recorded small pairs 1.0 to 2.4."""

FEW_S, MANY_S = 17.5, 300.0
"""Seconds with a trade in five minutes, so few that moves are single steps, and so many that they
are random walks: ..."""

STEP_POWER, WALK_POWER = 1 / 8, 1 / 2
"""... to these powers of its length the usual move over a window grows. On recorded pairs that
over 10 s was 0.59 to 0.93 times that over 300 s where few trades came (assumed: 0.65), and that
over 60 s 0.49 to 0.54 times where many did (assumed: 0.45)."""

VERSION: Final = 1

Prices = tuple[float | None, ...]


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """What outlives the program."""

    version: int
    size: KnownScale
    usual: list[KnownScale]
    activity: float | None
    blocks: int
    tick: float
    tick_seen: int
    seen_s: int
    until_ms: int


class UsualMoves:
    """Learns once a second with a trade, from the newest price and those of each window ago.

    Or from candles of the past, one for each block: their range tells the largest move over 300 s
    (see RANGE_SHARE), their number of trades how many seconds have one. Moves over shorter windows
    are not in them. Only told, never judged by, they are assumed to grow with the window as the
    moves of such a pair do (see WALK_POWER), and as if seen for an hour, so that own data soon
    replace them.

    ``needed`` is the move in percent that is a jump, per window; ``step`` the least difference of
    prices that is more than two ticks, 0 while the tick is unknown.
    """

    __slots__ = (
        "_activity",
        "_block",
        "_blocks",
        "_known_to_ms",
        "_largest",
        "_seconds",
        "_settings",
        "_size",
        "_tick",
        "_tick_seen",
        "_usual",
        "needed",
        "past_s",
        "step",
    )

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings
        windows = len(WINDOWS_S)
        calm = min(settings.min_percent) / max(settings.threshold, LEAST)
        self._size = RobustScale(settings.halflife_s, assumed=calm, assumed_s=ASSUMED_S)
        self._usual = tuple(  # what is told is measured; the assumption only clips a first jump
            RobustScale(settings.halflife_s, assumed=calm, assumed_s=1.0) for _ in range(windows)
        )
        self._activity = math.inf  # seconds with a trade in five minutes
        self._blocks = 0
        self._tick = 0.0  # the smallest step seen
        self._tick_seen = 0
        self.needed = settings.min_percent
        self.step = 0.0
        self.past_s = 0
        """Seconds of data that were learnt of the past, or by a predecessor."""
        self._known_to_ms = 0  # their end
        self._block = -1  # the five minutes under way,
        self._seconds = 0  # with a trade in them,
        self._largest = [-1.0] * windows  # and their largest moves, as a share of the price

    def stands_until(self, second: int) -> int:
        """Until when ``needed`` does not change: a block ends with the first second behind it that
        has been learnt from."""
        block = second // BLOCK_S
        return (block + 1) * BLOCK_S if block == self._block else second + 1

    def usual(self, window: int) -> float:
        """The usual size, percent, of the largest move over a window in five minutes; 0 if not
        known."""
        scale = self._usual[window]
        return scale.scale if scale.seen_s > BLOCK_S else 0.0

    def lacks(self, from_ms: int, now_ms: int) -> int:
        """How many of the newest blocks it could learn from, where own data begin at
        ``from_ms``."""
        if from_ms - self._known_to_ms < LAPSED_MS:
            return 0
        return min(PAST_BLOCKS, (now_ms - self._known_to_ms) // (BLOCK_S * 1000) + 1)

    def learn_past(self, bars: Sequence[Candle]) -> None:
        """Learn from closed candles of five minutes, oldest first, those that are not known yet."""
        bars = [bar for bar in bars if bar.open_ms >= self._known_to_ms]
        if bars:
            self._known_to_ms = bars[-1].close_ms + 1
        bars = list(dropwhile(lambda bar: not _traded(bar), bars))
        if not bars:
            return
        self.past_s += BLOCK_S * len(bars)
        last: Candle | None = None  # the one before with a trade
        for bar in bars:
            if not _traded(bar) or not 0 < bar.low <= bar.high < math.inf:
                continue
            if last is None or bar.open_ms - last.open_ms > STALE_BLOCKS * BLOCK_S * 1000:
                before = bar.open
            else:
                before = last.close
            self._learn_block(bar, before)
            last = bar
        self._assume_shorter()
        if self._blocks:
            self._set_needed()

    def _learn_block(self, bar: Candle, before: float) -> None:
        """``before`` is the price that stood when it began."""
        move = (max(bar.high, before) / min(bar.low, before) - 1) / RANGE_SHARE
        self._size.add(move * 100, BLOCK_S)
        self._usual[-1].add(move * 100, BLOCK_S)
        orders = (bar.trades or BLOCK_S) / FILLS_PER_SECOND  # a file may leave out the count
        self._note_activity(BLOCK_S * (1 - math.exp(-orders / BLOCK_S)))
        for step in (bar.open - before, bar.close - bar.open, bar.high - bar.low):
            if step:
                self._learn_tick(abs(step))

    def _assume_shorter(self) -> None:
        """The usual moves over shorter windows, of that over the longest."""
        many = math.log(max(1.0, self._activity / FEW_S)) / math.log(MANY_S / FEW_S)
        power = STEP_POWER + min(1.0, many) * (WALK_POWER - STEP_POWER)
        for window_s, own in zip(WINDOWS_S[:-1], self._usual[:-1], strict=True):
            if own.seen_s < ASSUMED_S and self._usual[-1].seen_s > BLOCK_S:
                assumed = self._usual[-1].scale * (window_s / WINDOWS_S[-1]) ** power
                own.assume(assumed, ASSUMED_S - own.seen_s)

    def forget_block(self) -> None:
        """Data is missing: the five minutes under way teach nothing."""
        self._block = -1
        self._seconds = 0
        self._largest = [-1.0] * len(self._largest)

    def learn(
        self, second: int, active_s: int, price: float, stood: float | None, ago: Prices
    ) -> None:
        """The price at the end of a second, the one that stood before it, and those of each window
        ago; ``active_s`` seconds with a trade are behind it (a candle has more than one)."""
        block = second // BLOCK_S
        if block != self._block:
            if self._block >= 0:
                self._end_block()
            self._block = block
        self._seconds += active_s
        largest = self._largest
        for i, old in enumerate(ago):
            if old:
                move = price / old - 1
                if move > largest[i]:
                    largest[i] = move
                elif -move > largest[i]:
                    largest[i] = -move
        if stood and price != stood:
            self._learn_tick(abs(price - stood))

    def _learn_tick(self, step: float) -> None:
        if step < 0.9 * self._tick or not self._tick:
            self._tick, self._tick_seen = step, 1
        elif step < 1.1 * self._tick:
            self._tick_seen += 1
        self.step = TICKS * self._tick if self._tick_seen >= TICK_SEEN else 0.0

    def _end_block(self) -> None:
        largest = max(self._largest)
        if largest >= 0:
            self._size.add(largest * 100, BLOCK_S)
        for i, move in enumerate(self._largest):
            if move >= 0:
                self._usual[i].add(move * 100, BLOCK_S)
            self._largest[i] = -1.0
        self._note_activity(self._seconds)
        self._seconds = 0
        self._set_needed()

    def _note_activity(self, seconds: float) -> None:
        """So many seconds of a block had a trade."""
        self._blocks += 1
        weight = max(1 / self._blocks, math.log(2) * BLOCK_S / self._settings.halflife_s)
        known = self._activity if self._blocks > 1 else 0.0
        self._activity = known + weight * (seconds - known)

    def _set_needed(self) -> None:
        settings = self._settings
        usual = self._size.scale
        far = settings.threshold * usual
        if self._activity < settings.thin_per_minute * BLOCK_S / 60:
            needed = max(settings.always_percent, far)
        else:
            needed = max(min(settings.always_percent, far), LEAST * usual)
        first, second, third = settings.min_percent
        self.needed = max(first, needed), max(second, needed), max(third, needed)

    def state(self, own_s: int, until_ms: int) -> bytes:
        """What is known, for ``restore``; own data are of ``own_s`` seconds, until ``until_ms``."""
        known = None if math.isinf(self._activity) else self._activity
        kept = _Kept(
            VERSION,
            self._size.kept,
            [scale.kept for scale in self._usual],
            known,
            self._blocks,
            self._tick,
            self._tick_seen,
            self.past_s + own_s,
            max(self._known_to_ms, until_ms),
        )
        return msgspec.msgpack.encode(kept)

    def restore(self, state: bytes) -> None:
        """Know what was known then, and nothing else. Raises ValueError for what is no state."""
        try:
            kept = msgspec.msgpack.decode(state, type=_Kept)
        except msgspec.MsgspecError as error:
            raise ValueError(f"no state of usual moves: {error}") from error
        if kept.version != VERSION or len(kept.usual) != len(self._usual):
            raise ValueError(f"the state of usual moves in version {kept.version}")
        scales = [kept.size, *kept.usual]
        if not possible([*scales, (kept.activity or 0.0, kept.tick)]):
            raise ValueError("the state of usual moves with impossible numbers")
        if min(kept.blocks, kept.tick_seen, kept.seen_s, kept.until_ms) < 0:
            raise ValueError("the state of usual moves with impossible counts")
        for scale, known in zip((self._size, *self._usual), scales, strict=True):
            scale.kept = known
        self._activity = math.inf if kept.activity is None else kept.activity
        self._blocks = kept.blocks
        self._tick, self._tick_seen = kept.tick, kept.tick_seen
        self.past_s, self._known_to_ms = kept.seen_s, kept.until_ms
        self.step = TICKS * self._tick if self._tick_seen >= TICK_SEEN else 0.0
        self.forget_block()
        if self._blocks:
            self._set_needed()


def _traded(bar: Candle) -> bool:
    return bar.trades > 0 or bar.volume > 0
