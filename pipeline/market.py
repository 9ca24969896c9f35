"""The newest state of every symbol: what detectors may look at and what commands read."""

import contextlib
from collections import deque
from collections.abc import Sequence

import msgspec

from pipeline import venues
from pipeline.detectors.rolling import PriceGrid, RobustScale
from pipeline.model import (
    Book,
    Candle,
    Gap,
    LargeTrade,
    Quote,
    Side,
    SymbolInfo,
    Ticker,
    Trade,
    bare,
)
from pipeline.seconds import Second

DOLLARS = venues.DOLLARS
QUOTES = venues.QUOTES

CLOCK_BACK_MS = 60_000
"""What is older than the newest by less is late, by more a clock that was put back."""


class SymbolState:
    """One symbol: last trade, quote, book, rolling day, prices of the last minutes and hours."""

    __slots__ = (
        "_learnt_ms",
        "_market",
        "_spread_bp",
        "_spread_ms",
        "book",
        "book_known",
        "candle",
        "day",
        "minutes",
        "quote",
        "seconds",
        "symbol",
        "trade",
        "usual_spread",
    )

    def __init__(self, symbol: str, market: "Market") -> None:
        self.symbol = symbol
        self._market = market
        self.trade: Trade | None = None
        self.quote: Quote | None = None
        self.book: Book | None = None
        self.book_known = False
        """Whether a quote or a book has been seen since data were last missing."""
        self.day: Ticker | None = None
        self.candle: Candle | None = None
        self.seconds = PriceGrid(1_000, 320)
        self.minutes = PriceGrid(60_000, 64)
        self.usual_spread = RobustScale(3_600.0)
        """Basis points, over the last hour; ``usual_spread.seen_s`` says how much stands behind."""
        self._spread_bp = 0.0  # of the newest quote
        self._spread_ms = 0
        self._learnt_ms = 0

    @property
    def price(self) -> float | None:
        """The newest price: of the last trade, else of the rolling day, else of a candle."""
        if self.trade is not None:
            return self.trade.price
        if self.day is not None:
            return self.day.last
        return self.candle.close if self.candle is not None else None

    @property
    def dollars(self) -> float | None:
        """US dollars per unit of the quote currency; None when no rate is known."""
        market = self._market
        quote = (market.listing.get(self.symbol) or market.info(self.symbol)).quote
        return 1.0 if quote in DOLLARS else market.dollars(quote)

    def note_spread(self, bid: float, ask: float, at_ms: int) -> None:
        """Learn the usual spread; crossed, one-sided and late books teach nothing.

        Once a second the spread before this one is learnt, so that none is its own measure.
        """
        if not 0 < bid < ask:
            return
        if at_ms < self._spread_ms:
            if at_ms > self._spread_ms - CLOCK_BACK_MS:
                return
            self.forget_spread()
        self._spread_ms = at_ms
        passed_ms = at_ms - self._learnt_ms
        if passed_ms >= 1_000:
            if self._learnt_ms:  # a quote stands until the next, but a long silence says nothing
                self.usual_spread.add(self._spread_bp, min(passed_ms / 1000, 5.0))
            self._learnt_ms = at_ms
        self._spread_bp = (ask - bid) / (ask + bid) * 20_000

    def forget_spread(self) -> None:
        """The last spread no longer stands: data is missing after it."""
        self._spread_ms = self._learnt_ms = 0

    def precede(self, candles: Sequence[Candle]) -> None:
        """Note the prices of candles of a second each from before those that are known. Where none
        is: recovered trades, which are older than the candles, may come first."""
        if self.seconds.last >= 0:
            self.seconds.precede(candles, self.seconds.first)

    def catch_up(self, stretch: Sequence[Second]) -> None:
        """Note seconds with trades that were not noted when they came; ``trade`` was."""
        seconds, minutes = self.seconds, self.minutes
        for second in stretch:
            at_s, close = second.at_s, second.close
            seconds.add(at_s * 1_000, close)
            if at_s // 60 == minutes.last:
                minutes.newest = close
            else:
                minutes.add(at_s * 1_000, close)

    def change_pct(self, window_s: int, at_ms: int) -> float | None:
        """Price change over the last ``window_s`` seconds in percent, None if unknown.

        Windows up to 300 s are measured by the second, longer ones (≤ 1 h) by the minute.
        """
        grid, step_s = (self.seconds, 1) if window_s <= 300 else (self.minutes, 60)
        before = grid.back(window_s // step_s, at_ms)
        now, trade = grid.newest, self.trade
        if before is None or now is None or before <= 0:
            return None
        if trade is not None and trade.at_ms // 1_000 >= self.seconds.last:
            now = trade.price  # the grids may hear of it later (see lanes.py)
        return (now / before - 1.0) * 100.0


def rates_of(quote: str) -> tuple[str, str]:
    """Whose price is what a quote asset is in dollars, or (USDTTRY: Turkish lira per dollar) what a
    dollar is in it."""
    return f"{quote}USDT", venues.WON if quote == "KRW" else f"USDT{quote}"


class Flow(msgspec.Struct):
    """Large trades by the taker's side, in dollars. ``unpriced`` ones had no dollar rate."""

    bought: float = 0.0
    sold: float = 0.0
    count: int = 0
    unpriced: int = 0

    def add(self, side: Side, dollars: float | None) -> None:
        """Count one."""
        self.count += 1
        if dollars is None:
            self.unpriced += 1
        elif side == "buy":
            self.bought += dollars
        else:
            self.sold += dollars

    def merge(self, other: "Flow") -> None:
        """Count what another one counted."""
        self.bought += other.bought
        self.sold += other.sold
        self.count += other.count
        self.unpriced += other.unpriced


FLOW_MS = 600_000
FLOWS = 145
"""Ten minutes each: a day and the one under way."""


class Market:
    """All symbols. ``listing`` is what the exchange lists (empty in a replay)."""

    def __init__(self) -> None:
        self.listing: dict[str, SymbolInfo] = {}
        self.contracts: dict[str, SymbolInfo] = {}
        """The futures that are listed, by their qualified names."""
        self.symbols: dict[str, SymbolState] = {}
        self._newest_ms = 0
        self.large_trades: deque[LargeTrade] = deque(maxlen=5_000)
        """Every large trade lately, oldest first, whether or not it became a message."""
        self._guessed: dict[str, SymbolInfo] = {}
        self._flows: dict[int, Flow] = {}  # by the ten minutes since the epoch

    def __getitem__(self, symbol: str) -> SymbolState:
        state = self.symbols.get(symbol)
        if state is None:
            state = self.symbols[symbol] = SymbolState(symbol, self)
        return state

    @property
    def newest_ms(self) -> int:
        """Exchange time of the newest event."""
        trades = (state.trade for state in self.symbols.values())
        return max(self._newest_ms, max((t.at_ms for t in trades if t is not None), default=0))

    def price(self, symbol: str) -> float | None:
        """The last price of a symbol; None if none is known."""
        state = self.symbols.get(symbol)
        return state.price if state is not None else None

    def saw(self, at_ms: int) -> None:
        """The exchange's clock has come to this."""
        self._newest_ms = max(self._newest_ms, at_ms)

    def info(self, symbol: str) -> SymbolInfo:
        """The listed pair, or what its name says (``binance-futures:BTCUSDT`` is BTC in USDT)."""
        known = self.listing.get(symbol) or self.contracts.get(symbol) or self._guessed.get(symbol)
        if known is None and venues.foreign(symbol):
            # For others what the name ends with is all there is to go by.
            with contextlib.suppress(ValueError):
                known = self._guessed[symbol] = venues.pair_of(symbol).info
        if known is None:
            name = symbol.rpartition(":")[2]
            quote = next((q for q in QUOTES if name.endswith(q) and name != q), "")
            known = SymbolInfo(symbol, name.removesuffix(quote), quote)
            self._guessed[symbol] = known
        return known

    def dollars(self, quote: str) -> float | None:
        """US dollars per unit of a quote asset; None when no rate is known."""
        if quote in DOLLARS:
            return 1.0
        direct, inverted = rates_of(quote)
        state = self.symbols.get(direct)
        if state is not None:
            return state.price
        inverse = self.symbols.get(inverted)
        price = inverse.price if inverse is not None else None
        return 1.0 / price if price else None

    def large_trade(self, trade: LargeTrade) -> None:
        """Note a large trade, message or not; what flows is that of the spot market."""
        self.large_trades.append(trade)
        if trade.symbol != bare(trade.symbol):
            return
        number = trade.at_ms // FLOW_MS
        flow = self._flows.get(number)
        if flow is None:
            flow = self._flows[number] = Flow()
            for old in [one for one in self._flows if one <= number - FLOWS]:
                del self._flows[old]
        rate = self.dollars(self.info(trade.symbol).quote)
        flow.add(trade.side, None if rate is None else trade.notional * rate)

    def flow(self, since_ms: int) -> Flow:
        """Large trades on Binance since then (at most a day), to ten minutes."""
        total = Flow()
        for number, flow in self._flows.items():
            if number >= since_ms // FLOW_MS:
                total.merge(flow)
        return total

    def forget(self, symbol: str) -> None:
        """Drop a symbol that is no longer listed."""
        self.symbols.pop(symbol, None)
        self._guessed.pop(symbol, None)

    def trade(self, state: SymbolState, trade: Trade) -> None:
        """Note a trade."""
        state.trade = trade
        at_ms, price = trade.at_ms, trade.price
        seconds = state.seconds
        if at_ms // 1_000 == seconds.last:  # then the minute is the same as well
            seconds.newest = state.minutes.newest = price
        else:
            seconds.add(at_ms, price)
            state.minutes.add(at_ms, price)
        if at_ms > self._newest_ms:
            self._newest_ms = at_ms

    def candle(self, state: SymbolState, candle: Candle) -> None:
        """Note a candle; its close counts as a price where there are no trades."""
        state.candle = candle
        if state.trade is None and candle.closed:
            state.seconds.add(candle.close_ms, candle.close)
            state.minutes.add(candle.close_ms, candle.close)
        self.saw(candle.at_ms)

    def gap(self, state: SymbolState, _gap: Gap) -> None:
        """Data is missing: nothing may be computed across the hole."""
        state.seconds.reset()
        state.minutes.reset()
        state.book = None
        state.quote = None
        state.book_known = False
        state.forget_spread()
