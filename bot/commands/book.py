"""/book: the five best levels on each side, to be read on a phone, and a picture of many more."""

from typing import Final

from bot.command import Command, Context, Parameter
from bot.commands import ladder
from bot.commands.arguments import one_symbol
from bot.commands.layout import market_foot, rows
from bot.commands.pictured import pictured, source
from bot.commands.spread import WRONG, book_time, empty_book, gap
from bot.drawings import FARTHEST_PCT, DepthChart
from bot.errors import UserError
from bot.korean import amount, bp, display_name, money, price, quantity, quote_unit, share
from bot.model import Button, Message, Request
from pipeline.model import Book, SymbolInfo

LEVELS: Final = 5
DEPTH: Final = 500
"""Levels that the picture is drawn from."""

_EXAMPLE = "/book BTC"

WHOLE: Final = 1e9
"""Quantities from here on are told in whole 억: a level is to be one line of a phone."""


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError without a symbol, for an empty book, and when the exchange is silent."""
    info = one_symbol(words, context, _EXAMPLE)
    book = await context.exchange.book(info.symbol, DEPTH)
    message = render(context, info, book)
    if ladder.condition(book) != "fine":
        return message
    return await pictured(
        context, message, draw(context, info, book), alt(info, book), request.chat
    )


def render(context: Context, info: SymbolInfo, book: Book) -> Message:
    """The answer in words: asks above bids, the best ones in the middle, as on Korean exchanges.

    Raises UserError for a book without any level.
    """
    condition = ladder.condition(book)
    if condition == "empty":
        raise UserError(empty_book(info))
    if condition == "fine":
        middle = f"── 차이 {gap(info, book)} ({bp(ladder.spread_bp(book))}) ──"
    else:
        middle = f"⚠️ {WRONG[condition]}"
    asks = [
        _level("🔵 매도", rank, level, info) for rank, level in enumerate(book.asks[:LEVELS], 1)
    ]
    bids = [
        _level("🔴 매수", rank, level, info) for rank, level in enumerate(book.bids[:LEVELS], 1)
    ]
    unit = quote_unit(info.quote)
    return Message(
        head=f"📖 {display_name(info)} 호가",
        lines=(
            # Units stand here once: with them a level of a small coin takes two lines of a phone.
            f"가격({unit}) · 잔량({info.base}) · 금액({unit})",
            *reversed(asks),
            middle,
            *bids,
            *book_time(context, book),
        ),
        foot=market_foot(context),
        buttons=rows(
            (
                Button("🔄 새로고침", f"/book {info.symbol}"),
                Button("↔️ 스프레드", f"/spread {info.symbol}"),
                Button("📈 차트", f"/chart {info.symbol}"),
            )
        ),
    )


def draw(context: Context, info: SymbolInfo, book: Book) -> DepthChart:
    """What the picture of a book that has a spread is drawn from."""
    return DepthChart(
        symbol=info.symbol,
        title=display_name(info),
        unit=quote_unit(info.quote),
        tick=info.tick,
        bids=tuple(book.bids),
        asks=tuple(book.asks),
        source=source(context),
        at_ms=book.at_ms or context.now_ms(),
    )


def alt(info: SymbolInfo, book: Book) -> str:
    """What the picture shows, in words."""
    near = ladder.balance(book, FARTHEST_PCT)
    return (
        f"{display_name(info)} 호가 잔량 그림: 매수 {money(near.bids, info.quote)}, "
        f"매도 {money(near.asks, info.quote)}, 매수 비중 {share(near.bid_share, 0)}"
    )


def _level(side: str, rank: int, level: tuple[float, float], info: SymbolInfo) -> str:
    at, size = level
    parts = (
        f"{side}{rank} {price(at, info.tick, '')}",
        quantity(round(size, -8) if size >= WHOLE else size, info.step, ""),
        amount(at * size, ""),
    )
    return " · ".join(parts)


COMMAND = Command(
    name="book",
    korean="호가",
    description="매수·매도 호가 다섯 단계씩과 잔량 그림",
    example=_EXAMPLE,
    run=run,
    parameters=(Parameter("symbol", "심볼", "BTC, btcusdt, 비트코인", "symbol", required=True),),
    aliases=("호가창",),
)
