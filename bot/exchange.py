"""Books, bars and the day of any pair for commands: from memory when fresh, else from REST."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bot.errors import UserError
from pipeline.errors import PipelineError, Refused, TooFast
from pipeline.market import Market
from pipeline.model import Book, Candle, Ticker
from pipeline.sources.binance_rest import BinanceRest
from pipeline.venues import foreign

T = TypeVar("T")

ANSWER_S = 3.0
FRESH_MS = 3_000
KEEP_S = 2.0
KEPT = 100
STREAMED_LEVELS = 20
LOOKS = 30
NOTHING_YET = (
    "아직 이 종목의 시세를 받지 못했습니다. 이름이 맞는지 확인하고 잠시 뒤 다시 시도해 주세요."
)
NO_PAST = "다른 거래소 종목의 차트와 지난 시세는 아직 볼 수 없습니다."


class LiveExchange:
    """Implements ports.Exchange. ``rest_of`` gives whom to ask about a symbol, ``ask_book`` lets
    the source stream one that was asked for.

    ``flowing`` says whether market data arrives at the moment; ``follow`` has a pair of another
    exchange followed for a while, and says whether data of that exchange arrive.

    Answers from REST are kept for two seconds, so that many people asking the same cost one
    request; the least recent of more than a hundred goes.
    """

    def __init__(
        self,
        market: Market,
        rest_of: Callable[[str], BinanceRest],
        ask_book: Callable[[str], None],
        *,
        flowing: Callable[[], bool] = lambda: True,
        follow: Callable[[str], bool] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._market = market
        self._rest_of = rest_of
        self._ask_book = ask_book
        self._flowing = flowing
        self._follow = follow
        self._monotonic = monotonic
        self._kept: OrderedDict[tuple[str, int], tuple[float, Book]] = OrderedDict()

    async def ready(self, symbol: str) -> None:
        """See ports.Exchange."""
        if foreign(symbol):
            for _ in range(LOOKS):
                if self._flows(symbol) and self._known(symbol):
                    return
                await asyncio.sleep(ANSWER_S / LOOKS)

    def _flows(self, symbol: str) -> bool:
        return self._follow is not None and self._follow(symbol)

    def _known(self, symbol: str) -> bool:
        state = self._market.symbols.get(symbol)
        return state is not None and (state.trade is not None or state.book is not None)

    async def book(self, symbol: str, levels: int = STREAMED_LEVELS) -> Book:
        """See ports.Exchange."""
        if foreign(symbol):
            await self.ready(symbol)
            state = self._market.symbols.get(symbol)
            if state is None or state.book is None or not self._flows(symbol):
                raise UserError(NOTHING_YET)
            return state.book
        self._ask_book(symbol)
        streamed = self._streamed(symbol)
        if streamed is not None and levels <= STREAMED_LEVELS:
            return streamed
        now_s = self._monotonic()
        wanted = symbol, max(100, min(levels, 1_000))
        kept = self._kept.get(wanted)
        if kept is not None and now_s - kept[0] <= KEEP_S:
            return kept[1]
        try:
            book = await _answer(self._rest_of(symbol).book(*wanted))
        except UserError:
            if streamed is None:
                raise
            return streamed  # less deep, but fresh
        self._kept[wanted] = (now_s, book)
        self._kept.move_to_end(wanted)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return book

    def _streamed(self, symbol: str) -> Book | None:
        """The streamed book while data flows: when it does not, both clocks stand still."""
        state = self._market.symbols.get(symbol)
        if state is None or state.book is None or not self._flowing():
            return None
        fresh = self._market.newest_ms - state.book.at_ms <= FRESH_MS
        return state.book if fresh else None

    async def candles(self, symbol: str, interval: str, limit: int) -> Sequence[Candle]:
        """See ports.Exchange."""
        if foreign(symbol):
            raise UserError(NO_PAST)
        return await _answer(self._rest_of(symbol).candles(symbol, interval, limit))

    async def day(self, symbol: str) -> Ticker:
        """See ports.Exchange."""
        if foreign(symbol):
            raise UserError(NOTHING_YET)
        return await _answer(self._rest_of(symbol).day(symbol))


async def _answer(call: Awaitable[T]) -> T:
    """Wait a moment for the exchange. Raises UserError with what a person should know."""
    try:
        async with asyncio.timeout(ANSWER_S):
            return await call
    except TooFast as error:
        raise UserError(
            "바이낸스 요청 한도에 걸려 지금은 조회할 수 없습니다. "
            f"{max(1, round(error.retry_after_s))}초 뒤에 다시 시도하세요."
        ) from error
    except Refused as error:
        if error.status == 451:
            raise UserError("이 지역에서는 바이낸스를 조회할 수 없습니다(451).") from error
        raise UserError("바이낸스가 이 조회를 거절했습니다. 심볼을 확인하세요.") from error
    except (TimeoutError, PipelineError) as error:
        raise UserError(
            "바이낸스가 응답하지 않아 조회하지 못했습니다. 잠시 뒤 다시 시도하세요."
        ) from error
