"""/book: the five best levels on each side, to be read on a phone."""

from typing import Final

from bot.command import Command, Context, Parameter
from bot.commands import ladder
from bot.commands.arguments import one_symbol
from bot.commands.layout import market_foot, rows
from bot.commands.spread import WRONG, book_time, empty_book, gap
from bot.errors import UserError
from bot.korean import bp, display_name, money, price, quantity, quote_unit
from bot.model import Button, Message, Request
from pipeline.model import Book, SymbolInfo

LEVELS: Final = 5

_EXAMPLE = "/book BTC"


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError without a symbol, for an empty book, and when the exchange is silent."""
    info = one_symbol(words, context, _EXAMPLE)
    return render(context, info, await context.exchange.book(info.symbol))


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
    return Message(
        head=f"📖 {display_name(info)} 호가",
        lines=(
            f"가격({quote_unit(info.quote)}) · 잔량 · 금액",
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
            )
        ),
    )


def _level(side: str, rank: int, level: tuple[float, float], info: SymbolInfo) -> str:
    at, size = level
    parts = (
        f"{side}{rank} {price(at, info.tick, '')}",
        quantity(size, info.step, info.base),
        money(at * size, info.quote),
    )
    return " · ".join(parts)


COMMAND = Command(
    name="book",
    korean="호가",
    description="매수·매도 호가 다섯 단계씩",
    example=_EXAMPLE,
    run=run,
    parameters=(Parameter("symbol", "심볼", "BTC, btcusdt, 비트코인", "symbol", required=True),),
    aliases=("호가창",),
)
