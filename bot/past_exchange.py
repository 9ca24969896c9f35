"""Books, bars and the day in a replay: of what has been replayed, since nobody can be asked."""

from collections.abc import Sequence

from bot.errors import UserError
from pipeline.bars import Bars
from pipeline.market import Market
from pipeline.model import Book, Candle, Ticker

NO_BOOK = "재생한 데이터에 이 종목의 호가가 아직 없습니다."
NO_DAY = "재생한 데이터에 이 종목의 시세가 없습니다."


class PastExchange:
    """Implements ports.Exchange."""

    def __init__(self, market: Market, bars: Bars) -> None:
        self._market = market
        self._bars = bars

    async def ready(self, symbol: str) -> None:
        """See ports.Exchange."""

    async def book(self, symbol: str, levels: int = 20) -> Book:
        """See ports.Exchange."""
        state = self._market.symbols.get(symbol)
        if state is None or state.book is None:
            raise UserError(NO_BOOK)
        return state.book

    async def candles(self, symbol: str, interval: str, limit: int) -> Sequence[Candle]:
        """See ports.Exchange."""
        return self._bars.candles(symbol, interval, limit)

    async def day(self, symbol: str) -> Ticker:
        """See ports.Exchange."""
        state = self._market.symbols.get(symbol)
        if state is None or state.day is None:
            raise UserError(NO_DAY)
        return state.day
