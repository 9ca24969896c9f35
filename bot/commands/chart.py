"""/chart: candles of any pair with turnover, averages and the alerts of that time, as a picture."""

import re
from collections.abc import Sequence
from typing import Final

from bot.command import Command, Context, Parameter
from bot.commands.arguments import one_symbol
from bot.commands.layout import at, kind_name, market_foot, rows
from bot.commands.offered import receive
from bot.commands.pictured import pictured, source
from bot.drawings import CandleChart, Mark
from bot.errors import UserError
from bot.korean import display_name, duration, in_figures, money, percent, price, quote_unit, unify
from bot.model import Button, Message, Request, StoredAlert
from pipeline.model import (
    ALL,
    AnyAlert,
    Candle,
    LargeTrade,
    Liquidated,
    PriceJump,
    Pump,
    SymbolInfo,
    VolumeSurge,
)

INTERVALS: Final = {
    "1m": "1분",
    "5m": "5분",
    "15m": "15분",
    "1h": "1시간",
    "4h": "4시간",
    "1d": "1일",
}
"""Binance's name of each → the Korean one."""

DEFAULT: Final = "15m"
SHOWN: Final = 72
BEFORE: Final = 24
"""Further bars, so that the longer average begins with the first candle shown."""

MAX_ALERTS: Final = 200
MARKED: Final = 24
"""The largest of the alerts that came meanwhile."""

_EXAMPLE = "/chart BTC 15분"
_UNITS = {
    "m": "m", "min": "m", "분": "m", "h": "h", "hour": "h", "시간": "h", "d": "d", "day": "d",
    "일": "d",
}  # fmt: skip
_INTERVAL = re.compile(r"([0-9]+)\s*(m|min|분|h|hour|시간|d|day|일|s|초|w|주|달|개월|월|년|y)?봉?")
_ALONE = {"일봉": "1d", "시간봉": "1h", "분봉": "1m"}
_BUTTONS = ("1m", "15m", "1h", "1d")


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError without a symbol, for an interval there is none of, for a pair that was
    never traded, and when the exchange is silent."""
    wanted, interval = take_interval(words)
    info = one_symbol(wanted, context, _EXAMPLE)
    bars = await context.exchange.candles(info.symbol, interval, SHOWN + BEFORE)
    bars = [bar for bar in bars if bar.open > 0]
    if not bars:
        raise UserError(f"{display_name(info)}: 아직 체결된 적이 없어 차트가 없습니다.")
    shown = bars[-SHOWN:]
    stored = await context.journal.recent(ALL, info.symbol, shown[0].open_ms, MAX_ALERTS)
    offer = await receive(context, request.chat, info.symbol)
    message = render(context, info, interval, shown, stored, offer)
    return await pictured(
        context,
        message,
        draw(context, info, interval, bars, stored),
        _alt(message),
        request.chat,
    )


def take_interval(words: Sequence[str]) -> tuple[list[str], str]:
    """The other words, and Binance's name of the interval that the last ones mean.

    Raises UserError for an interval that there are no charts of.
    """
    kept = [in_figures(unify(word)) for word in words]
    if in_figures("".join(kept[-2:])) != "".join(kept[-2:]):
        kept[-2:] = [in_figures("".join(kept[-2:]))]  # "한 시간"
    if len(kept) > 1 and kept[-2].isdecimal() and kept[-1].removesuffix("봉") in _UNITS:
        kept[-2:] = [kept[-2] + kept[-1]]  # "1 시간"
    if len(kept) < 2:
        return kept, DEFAULT
    last = kept[-1]
    if last in _ALONE:
        return kept[:-1], _ALONE[last]
    found = _INTERVAL.fullmatch(last)
    if found is None:
        return kept, DEFAULT
    count, unit = found.groups()
    interval = f"{int(count)}{_UNITS.get(unit or 'm', '?')}"
    interval = {"60m": "1h", "240m": "4h", "24h": "1d"}.get(interval, interval)
    if interval not in INTERVALS:
        raise UserError(
            f"‘{last[:12]}’ 차트는 없습니다. 주기는 {'·'.join(INTERVALS.values())} 중에서 "
            f"골라 주세요. 예: {_EXAMPLE}"
        )
    return kept[:-1], interval


def render(
    context: Context,
    info: SymbolInfo,
    interval: str,
    bars: Sequence[Candle],
    stored: Sequence[StoredAlert],
    offer: Button,
) -> Message:
    """The answer in words: what the picture of these bars shows."""
    unit = quote_unit(info.quote)
    first, last = bars[0], bars[-1]
    change = (last.close / first.open - 1) * 100
    high, low = max(bar.high for bar in bars), min(bar.low for bar in bars)
    cost = price(last.close, info.tick, unit)
    edges = (price(edge, info.tick, unit) for edge in (high, low))
    return Message(
        head=f"📈 {display_name(info)} {INTERVALS[interval]} 차트 · {cost}",
        lines=(
            f"최근 {_span(bars)} {percent(change)}",
            "고가 {} · 저가 {}".format(*edges),
            f"거래대금 {money(sum(bar.quote_volume for bar in bars), info.quote)}",
            *_alerts(stored, context.now_ms()),
        ),
        foot=market_foot(context),
        buttons=rows(
            (Button("🔄 새로고침", f"/chart {info.symbol} {INTERVALS[interval]}"),),
            [
                Button(INTERVALS[other], f"/chart {info.symbol} {INTERVALS[other]}")
                for other in _BUTTONS
                if other != interval
            ],
            (
                Button("📊 현재가", f"/price {info.symbol}"),
                offer,
            ),
        ),
        tone="plain" if not round(change, 2) else "up" if change > 0 else "down",
    )


def draw(
    context: Context,
    info: SymbolInfo,
    interval: str,
    bars: Sequence[Candle],
    stored: Sequence[StoredAlert],
) -> CandleChart:
    """What the picture is drawn from."""
    largest = sorted((row.alert for row in stored), key=lambda alert: (-alert.excess, alert.id))
    return CandleChart(
        symbol=info.symbol,
        title=display_name(info),
        interval=INTERVALS[interval],
        span=_span(bars[-SHOWN:]),
        unit=quote_unit(info.quote),
        tick=info.tick,
        bars=tuple(
            (bar.open_ms, bar.open, bar.high, bar.low, bar.close, bar.quote_volume) for bar in bars
        ),
        shown=min(SHOWN, len(bars)),
        marks=tuple(
            sorted(
                (Mark(alert.kind, alert.at_ms, _way(alert)) for alert in largest[:MARKED]),
                key=lambda mark: mark.at_ms,
            )
        ),
        source=source(context),
        at_ms=context.now_ms(),
    )


def _span(bars: Sequence[Candle]) -> str:
    """How long all of the bars take."""
    return duration(len(bars) * (bars[0].close_ms + 1 - bars[0].open_ms))


def _way(alert: AnyAlert) -> str:
    match alert:
        case LargeTrade():
            return "up" if alert.side == "buy" else "down"
        case PriceJump():
            return alert.direction
        case Pump():
            return "up"
        case VolumeSurge() | Liquidated():
            return alert.way or ""
        case _:
            return ""


def _alerts(stored: Sequence[StoredAlert], now_ms: int) -> list[str]:
    if not stored:
        return ["이 기간에 기록된 알림이 없습니다."]
    counted: dict[str, int] = {}
    for row in stored:
        counted[row.alert.kind] = counted.get(row.alert.kind, 0) + 1
    kinds = ", ".join(f"{kind_name(kind)} {count}건" for kind, count in counted.items())
    newest = max(row.alert.at_ms for row in stored)
    return [f"🔔 이 기간의 알림: {kinds} · 마지막 {at(newest, now_ms)}"]


def _alt(message: Message) -> str:
    return " · ".join((message.head.removeprefix("📈 "), *message.lines[:2]))


COMMAND = Command(
    name="chart",
    korean="차트",
    description="캔들 차트 그림: 거래대금, 이동평균, 그동안의 알림",
    example=_EXAMPLE,
    run=run,
    parameters=(
        Parameter("symbol", "심볼", "BTC, btcusdt, 비트코인", "symbol", required=True),
        Parameter("interval", "주기", "1분, 5분, 15분, 1시간, 4시간, 1일", "interval"),
    ),
    aliases=("캔들", "봉차트", "차트보기"),
)
