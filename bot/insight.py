"""What the pipeline measured lately of a symbol, and what it would have taken."""

from collections.abc import Callable, Collection, Sequence

from bot.model import Near
from pipeline.detectors.large_trade import LargeTrades
from pipeline.detectors.price_jump import PriceJumps
from pipeline.gate import Turned
from pipeline.model import Nearest
from pipeline.ports import Measuring
from pipeline.venues import coin_of
from pipeline.watch import Watch


class LiveInsight:
    """Implements ports.Insight over the running watch."""

    def __init__(self, watch: Watch, watched: Callable[[], Collection[str]]) -> None:
        self._watch = watch
        self._watched = watched

    def turned_away(self, symbol: str, since_ms: int) -> Sequence[Turned]:
        """See ports.Insight."""
        return [one for one in self._watch.gate.turned(symbol) if one.alert.at_ms >= since_ms]

    def near(self, symbol: str, since_ms: int) -> Near:
        """See ports.Insight."""
        state = self._watch.market.symbols.get(symbol)
        contract = symbol != coin_of(symbol) and symbol in self._watch.symbols
        if contract and symbol not in self._watched():
            # Its trades were not named by anybody; it is valued all the same.
            known = [d for d in self._watch.detectors(symbol) if isinstance(d, Measuring)]
            return Near(watched=False, others=tuple(d.nearest(since_ms) for d in known))
        if symbol not in self._watched() or symbol not in self._watch.symbols or state is None:
            return Near(watched=symbol in self._watched())
        detectors = self._watch.detectors(symbol)  # first: what waits is told by that
        newest_ms = self._watch.market.newest_ms
        largest_pct = None
        for minute in range(max(0, (newest_ms - since_ms) // 60_000) + 1):
            then_ms = newest_ms - minute * 60_000
            now, before = state.minutes.back(0, then_ms), state.minutes.back(5, then_ms)
            if now and before:
                pct = (now / before - 1) * 100
                if largest_pct is None or abs(pct) > abs(largest_pct):
                    largest_pct = pct
        order = floor = needed = None
        others: list[Nearest] = []
        for detector in detectors:
            if isinstance(detector, LargeTrades):
                order, floor = detector.largest(since_ms), detector.floor
            elif isinstance(detector, PriceJumps):
                needed = detector.needed_pct
            elif isinstance(detector, Measuring):
                others.append(detector.nearest(since_ms))
        return Near(
            watched=True,
            last_ms=state.trade.at_ms if state.trade is not None else None,
            order=order,
            order_floor=floor,
            move_pct=largest_pct,
            move_needed_pct=needed,
            others=tuple(others),
        )
