"""/price: the price of a pair, how it changed, its day, and how old all that is."""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from bot.command import Command, Context, Parameter
from bot.commands.arguments import one_symbol, several_symbols
from bot.commands.layout import ago, at, market_foot, rows
from bot.commands.offered import receive
from bot.commands.won_words import won_line
from bot.errors import UserError
from bot.korean import MINUTE_MS, display_name, money, percent, price, quote_unit
from bot.model import Button, Message, Request, Tone
from pipeline.market import SymbolState
from pipeline.model import Candle, SymbolInfo, Ticker
from pipeline.venues import foreign

FRESH_MS: Final = 60_000
"""Older than this, the exchange is asked instead of what was streamed."""

MOST: Final = 5
"""Coins of which one answer tells."""

_EXAMPLE = "/price BTC"
_OFF_MS = 45_000  # a bar's edge this near to the wanted time stands for it
_HOUR_BARS = 61


class Reading(msgspec.Struct, frozen=True):
    """What is known of a pair: ``price`` at ``at_ms``, of a trade or (``traded`` false) of the day.

    Changes are in percent, None when unknown. ``roughly``: read from minute bars, so the one over
    a minute is of 60 ± 30 seconds.
    """

    price: float
    at_ms: int
    traded: bool
    day: Ticker | None
    minute_pct: float | None
    hour_pct: float | None
    roughly: bool

    @property
    def day_pct(self) -> float | None:
        """The change over the rolling 24 hours in percent."""
        if self.day is None or self.day.open <= 0:
            return None
        return (self.price / self.day.open - 1) * 100


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError without a symbol, or when nothing is known and the exchange is silent."""
    infos = several_symbols(words, context)
    if len(infos) > 1:
        return await _several(context, infos)
    info = infos[0] if infos else one_symbol(words, context, _EXAMPLE)
    offer = await receive(context, request.chat, info.symbol)
    return render(context, info, await read(context, info), offer)


def render(context: Context, info: SymbolInfo, reading: Reading, offer: Button) -> Message:
    """The answer in words; what is unknown is left out."""
    unit = quote_unit(info.quote)
    elsewhere = foreign(info.symbol)  # of other exchanges' pairs there are no candles
    now_ms = context.now_ms()
    day, day_pct = reading.day, reading.day_pct
    head = f"📊 {display_name(info)} {price(reading.price, info.tick, unit)}"
    about = "약 " if reading.roughly else ""
    changes = [
        f"{name} {percent(change)}"
        for name, change in (
            (f"{about}1분", reading.minute_pct),
            (f"{about}1시간", reading.hour_pct),
        )
        if change is not None
    ]
    lines = [" · ".join(changes)] if changes else []
    if day is not None and day.high > 0 and day.low > 0:
        high, low = max(day.high, reading.price), min(day.low, reading.price)
        edges = (price(edge, info.tick, unit) for edge in (high, low))
        lines.append("24시간 고가 {} · 저가 {}".format(*edges))
    if day is not None:
        lines.append(f"24시간 거래대금 {money(day.quote_volume, info.quote)}")
    lines += won_line(context, info, reading.price, reading.at_ms)
    what = "체결" if reading.traded else "시세"
    lines.append(f"{ago(reading.at_ms, now_ms)} {what} · {at(reading.at_ms, now_ms)}")
    if now_ms - reading.at_ms > FRESH_MS and not reading.traded:
        lines.append("⚠️ 새 시세를 받지 못해 마지막으로 받은 값을 보여 드립니다.")
    return Message(
        head=head if day_pct is None else f"{head} · 24시간 대비 {percent(day_pct)}",
        lines=tuple(lines),
        foot=market_foot(context),
        buttons=rows(
            (
                Button("🔄 새로고침", f"/price {info.symbol}"),
                Button("↔️ 스프레드", f"/spread {info.symbol}"),
                *(() if elsewhere else (Button("📈 차트", f"/chart {info.symbol}"),)),
                offer,
            ),
            () if elsewhere else (Button("💬 설명", f"/explain {info.symbol}"),),
        ),
        tone=_tone(day_pct),
    )


async def _several(context: Context, infos: Sequence[SymbolInfo]) -> Message:
    """A line on each pair, and a button for the rest of it."""
    if len(infos) > MOST:
        raise UserError(f"한 번에 {MOST}개까지 볼 수 있습니다. 예: /price BTC ETH")
    return Message(
        head=f"📊 {'·'.join(info.base for info in infos)} 시세",
        lines=tuple(await asyncio.gather(*(_line(context, info) for info in infos))),
        foot=market_foot(context),
        buttons=rows(
            [Button(f"📊 {info.base}", f"/price {info.symbol}") for info in infos],
            [Button("🔄 새로고침", f"/price {' '.join(info.symbol for info in infos)}")],
        ),
    )


async def _line(context: Context, info: SymbolInfo) -> str:
    try:
        reading = await read(context, info)
    except UserError as error:  # of this pair; the others are told all the same
        return str(error)
    parts = [f"{display_name(info)} {price(reading.price, info.tick, quote_unit(info.quote))}"]
    if reading.day_pct is not None:
        parts.append(f"24시간 대비 {percent(reading.day_pct)}")
    return " · ".join((*parts, ago(reading.at_ms, context.now_ms())))


def _tone(change: float | None) -> Tone:
    if not change:
        return "plain"
    return "up" if change > 0 else "down"


async def read(context: Context, info: SymbolInfo) -> Reading:
    """What is known now. Raises UserError when nothing is and the exchange is silent."""
    await context.exchange.ready(info.symbol)
    market = context.market
    state = market.symbols.get(info.symbol)
    now_ms = context.now_ms()
    trade = state.trade if state is not None else None
    live = trade is not None and now_ms - market.newest_ms <= FRESH_MS
    day = await _day(context, info, state, live)
    # A quote of the day that is newer than the last trade shows that trades are not watched.
    if trade is not None and (
        day is None or trade.at_ms >= day.at_ms or (live and trade.price == day.last)
    ):
        last, at_ms, traded = trade.price, trade.at_ms, True
    elif day is not None and day.last > 0:
        last, at_ms, traded = day.last, day.at_ms, False
    else:
        raise UserError(f"{display_name(info)}: 아직 체결된 적이 없어 가격이 없습니다.")
    minute_pct = hour_pct = None
    if state is not None and live and traded:
        minute_pct = state.change_pct(60, market.newest_ms)
        hour_pct = state.change_pct(3600, market.newest_ms)
    roughly = minute_pct is None or hour_pct is None
    if roughly:
        minute_pct, hour_pct = await _from_bars(context, info, last, now_ms)
    return Reading(last, at_ms, traded, day, minute_pct, hour_pct, roughly)


async def _day(
    context: Context, info: SymbolInfo, state: SymbolState | None, live: bool
) -> Ticker | None:
    """The rolling day: as streamed, or asked for when that is missing or old."""
    known = state.day if state is not None else None
    if known is not None and (live or context.now_ms() - known.at_ms <= FRESH_MS):
        return known
    try:
        return await context.exchange.day(info.symbol)
    except UserError:
        if known is None and (state is None or state.trade is None):
            raise
        return known  # old, and shown with its age


async def _from_bars(
    context: Context, info: SymbolInfo, last: float, now_ms: int
) -> tuple[float | None, float | None]:
    """Changes over about a minute and an hour; unknown when the exchange does not say."""
    try:
        bars = await context.exchange.candles(info.symbol, "1m", _HOUR_BARS)
    except UserError:
        return None, None  # the price itself is the answer; these are left out
    if not bars:
        return None, None
    # By the exchange's clock, which stands within the last bar, whatever ours says.
    opened_ms = bars[-1].open_ms
    exchange_ms = min(max(now_ms, opened_ms), opened_ms + MINUTE_MS)
    return (
        _change(bars, last, exchange_ms - MINUTE_MS),
        _change(bars, last, exchange_ms - 60 * MINUTE_MS),
    )


def _change(bars: Sequence[Candle], last: float, since_ms: int) -> float | None:
    nearest = min(bars, key=lambda bar: abs(bar.open_ms - since_ms))
    if abs(nearest.open_ms - since_ms) > _OFF_MS or nearest.open <= 0:
        return None
    return (last / nearest.open - 1) * 100


COMMAND = Command(
    name="price",
    korean="시세",
    description="현재가와 1분·1시간·24시간 변화, 고가·저가, 거래대금",
    example=_EXAMPLE,
    run=run,
    parameters=(Parameter("symbol", "심볼", "BTC, btcusdt, 비트코인", "symbol", required=True),),
    details=(
        "여러 코인은 띄어 쓰고, 두 코인의 페어는 붙여 씁니다. 예: /price BTC ETH, /price ETHBTC",
    ),
    aliases=("현재가", "가격"),
)
