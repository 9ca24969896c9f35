"""/spread: how far best bid and ask are apart, what stands around them, and what is usual."""

from typing import Final

from bot.command import Command, Context, Parameter
from bot.commands import ladder
from bot.commands.arguments import one_symbol
from bot.commands.commented import commented
from bot.commands.layout import ago, at, market_foot, rows
from bot.errors import UserError
from bot.korean import bp, display_name, fine_share, money, number, price, quote_unit, times, window
from bot.model import Button, Message, Request
from bot.readings import Band, SpreadReading
from pipeline.model import Book, SymbolInfo

LEVELS: Final = 1_000
BANDS: Final = (0.1, 0.5, 1.0)
"""Distances from the middle price in percent."""

USUAL_S: Final = 600.0
"""Below so many seconds of data, nothing is called usual."""

_BALANCE_PCT = 0.5
_EXAMPLE = "/spread btcusdt"

WRONG: Final = {
    "no_bids": "매수 호가가 비어 있어 스프레드를 계산할 수 없습니다.",
    "no_asks": "매도 호가가 비어 있어 스프레드를 계산할 수 없습니다.",
    "crossed": "매수 호가가 매도 호가보다 낮지 않게 관측되어 스프레드를 계산할 수 없습니다. "
    "호가가 바뀌는 순간이었을 수 있으니 잠시 뒤에 다시 확인해 주세요.",
}
"""What is wrong with a book, as one line."""


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError without a symbol, for an empty book, and when the exchange is silent."""
    info = one_symbol(words, context, _EXAMPLE)
    return answer(context, info, await context.exchange.book(info.symbol, LEVELS))


def answer(context: Context, info: SymbolInfo, book: Book) -> Message:
    """The answer, with a model's comment to follow if there is one to ask.

    Raises UserError for a book without any level.
    """
    reading = read(context, info, book)
    message = render(context, info, book, reading)
    return message if reading is None else commented(context, message, reading)


def read(context: Context, info: SymbolInfo, book: Book) -> SpreadReading | None:
    """The book measured; None if there is no spread to measure."""
    if ladder.condition(book) != "fine":
        return None
    state = context.market.symbols.get(info.symbol)
    learnt = state.usual_spread if state is not None else None
    if learnt is None or learnt.seen_s < USUAL_S or learnt.scale <= 0:
        return measure(info, book, None, 0.0)
    return measure(info, book, learnt.scale, learnt.seen_s)


def measure(info: SymbolInfo, book: Book, usual_bp: float | None, usual_s: float) -> SpreadReading:
    """A book that has a spread, measured; what is usual is known from elsewhere."""
    bands = []
    for within_pct in BANDS:
        found = ladder.depth(book, within_pct)
        bands.append(Band(within_pct, found.bids, found.asks, found.more_bids, found.more_asks))
        if found.more_bids and found.more_asks:
            break  # wider bands would only repeat what this one says
    near = ladder.balance(book, _BALANCE_PCT)
    return SpreadReading(
        info=info,
        bid=book.bids[0][0],
        ask=book.asks[0][0],
        spread=ladder.spread(book),
        spread_bp=ladder.spread_bp(book),
        usual_bp=usual_bp,
        usual_s=usual_s,
        bands=tuple(bands),
        bid_share=near.bid_share,
        near_pct=near.within_pct,
        at_ms=book.at_ms,
    )


def render(
    context: Context, info: SymbolInfo, book: Book, reading: SpreadReading | None
) -> Message:
    """The answer in words. Raises UserError for a book without any level."""
    condition = ladder.condition(book)
    if condition == "empty":
        raise UserError(empty_book(info))
    unit = quote_unit(info.quote)
    best = [
        f"{name} 호가 {price(levels[0][0], info.tick, unit)}"
        for name, levels in (("매수", book.bids), ("매도", book.asks))
        if levels
    ]
    lines = [" · ".join(best)]
    note = ""
    head = f"↔️ {display_name(info)} 스프레드"
    if reading is not None:
        head += f" {bp(reading.spread_bp)} · {gap(info, book)}"
        lines += _measured(reading)
        note = sentence(reading)
    else:
        head += " 계산 불가"
        lines.append(f"⚠️ {WRONG[condition]}")
    lines += book_time(context, book)
    return Message(
        head=head,
        lines=tuple(lines),
        note=note,
        foot=market_foot(context),
        buttons=rows(
            (
                Button("🔄 새로고침", f"/spread {info.symbol}"),
                Button("📖 호가", f"/book {info.symbol}"),
                Button("📊 현재가", f"/price {info.symbol}"),
            )
        ),
    )


def sentence(reading: SpreadReading) -> str:
    """One plain sentence on the spread and on which side more stands nearby; no advice."""
    what = f"{display_name(reading.info)}의 매수·매도 호가 차이는 {bp(reading.spread_bp)}"
    ratio = reading.times_usual
    if reading.usual_bp is None or ratio is None:
        what += "이고"
    else:
        compared = {"narrow": "보다 좁고", "usual": "와 비슷하고"}
        what += f"로 {over(reading)}의 평소({bp(reading.usual_bp)})"
        what += compared.get(reading.width or "", f"보다 넓은 {times(ratio)}이고")
    if reading.more == "even":
        return f"{what}, 가까운 호가의 매수·매도 잔량은 비슷합니다."
    side = "매수" if reading.more == "bids" else "매도"
    return f"{what}, 가까운 호가에는 {side} 잔량이 더 많이 쌓여 있습니다."


def over(reading: SpreadReading) -> str:
    """The time that the usual spread was measured over: "최근 25분"."""
    return f"최근 {window(min(3_600, int(reading.usual_s) // 60 * 60))}"


def gap(info: SymbolInfo, book: Book) -> str:
    """Best ask minus best bid as a price."""
    return price(ladder.spread(book), info.tick, quote_unit(info.quote))


def book_time(context: Context, book: Book) -> list[str]:
    """A line on how old the book is; none when the exchange did not say."""
    if not book.at_ms:
        return []
    now_ms = context.now_ms()
    return [f"{ago(book.at_ms, now_ms)} 호가 · {at(book.at_ms, now_ms)}"]


def empty_book(info: SymbolInfo) -> str:
    """What is said when there is nothing in the book."""
    name = display_name(info)
    return f"{name}의 호가창이 지금 비어 있습니다. 잠시 뒤에 다시 시도해 주세요."


def _measured(reading: SpreadReading) -> list[str]:
    quote = reading.info.quote
    gap = price(reading.spread, reading.info.tick, quote_unit(quote))
    lines = [f"차이 {gap} · {fine_share(reading.spread_bp / 100)} · {bp(reading.spread_bp)}"]
    if reading.usual_bp is not None and reading.times_usual is not None:
        ratio = times(reading.times_usual)
        lines.append(f"{over(reading)}의 평소 {bp(reading.usual_bp)} · 지금은 평소의 {ratio}")
    for band in reading.bands:
        bids = _at_least(money(band.bids, quote), band.more_bids)
        asks = _at_least(money(band.asks, quote), band.more_asks)
        lines.append(f"±{fine_share(band.within_pct)} 이내 잔량: 매수 {bids} · 매도 {asks}")
    bid_share = number(reading.bid_share, 0)
    ask_share = number(100 - float(bid_share), 0)
    near = fine_share(reading.near_pct)
    lines.append(f"잔량 비중(±{near}): 매수 {bid_share}% · 매도 {ask_share}%")
    return lines


def _at_least(text: str, more: bool) -> str:
    return f"{text} 이상" if more else text


COMMAND = Command(
    name="spread",
    korean="스프레드",
    description="매수·매도 호가 차이와 주변 잔량, 평소와의 비교",
    example=_EXAMPLE,
    run=run,
    parameters=(Parameter("symbol", "심볼", "BTC, btcusdt, 비트코인", "symbol", required=True),),
    aliases=("호가차이", "호가차"),
)
