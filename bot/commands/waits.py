"""The prices that a chat waits for, in words and buttons: for /target and /alerts."""

from collections.abc import Sequence

import msgspec

from bot.command import Context
from bot.commands.layout import at, symbol_name
from bot.errors import UserError
from bot.korean import display_name, percent, price, quote_unit
from bot.model import Button, Target
from pipeline.model import SymbolInfo

FRESH_MS = 60_000
SHOWN = 10
BUTTONS = 3

WAYS = {"up": "이상", "down": "이하"}


class Wait(msgspec.Struct, frozen=True):
    """A target, and how far it is from the price now in percent (None: that is not known)."""

    target: Target
    distance_pct: float | None


def streamed_price(context: Context, symbol: str) -> float | None:
    """The newest price that came by itself, None if there is none of this minute."""
    state = context.market.symbols.get(symbol)
    if state is None or context.now_ms() - context.market.newest_ms > FRESH_MS:
        return None
    trade, day = state.trade, state.day
    if trade is not None and (day is None or trade.at_ms >= day.at_ms or trade.price == day.last):
        return trade.price
    return day.last if day is not None and day.last > 0 else None


async def price_now(context: Context, info: SymbolInfo) -> float:
    """The price now. Raises UserError when nobody knows it."""
    known = streamed_price(context, info.symbol)
    if known is None:
        known = (await context.exchange.day(info.symbol)).last
    if known <= 0:
        raise UserError(f"{display_name(info)}: 아직 체결된 적이 없어 가격이 없습니다.")
    return known


def by_closeness(context: Context, targets: Sequence[Target]) -> list[Wait]:
    """The nearest first, those of unknown distance last."""
    waits = []
    for target in targets:
        now = streamed_price(context, target.symbol)
        distance = (target.price / now - 1) * 100 if now else None
        waits.append(Wait(target, distance))
    return sorted(
        waits,
        key=lambda w: (
            w.distance_pct is None,
            abs(w.distance_pct) if w.distance_pct is not None else 0.0,
            w.target.id,
        ),
    )


def level_text(context: Context, target: Target) -> str:
    """ "105,000달러"."""
    info = context.market.info(target.symbol)
    return price(target.price, info.tick, quote_unit(info.quote))


def line(context: Context, wait: Wait) -> str:
    """ "🎯 비트코인(BTCUSDT) 105,000달러 이상 · 지금부터 🔴 ▲ +0.57% · 2월 11일(수) … KST까지"."""
    target = wait.target
    name, level = symbol_name(context, target.symbol), level_text(context, target)
    parts = [f"🎯 {name} {level} {WAYS[target.way]}"]
    if wait.distance_pct is not None:
        parts.append(f"지금부터 {percent(wait.distance_pct)}")
    parts.append(f"{at(target.until_ms, context.now_ms())}까지")
    return " · ".join(parts)


def lines(context: Context, waits: Sequence[Wait], most: int = SHOWN) -> list[str]:
    """A line for each of the nearest, and how many more there are; a number, and what to type with
    it, for those that have no buttons."""
    found = [line(context, wait) for wait in waits[:BUTTONS]]
    typed = waits[BUTTONS:most]
    found += [f"{line(context, wait)} · {wait.target.id}번" for wait in typed]
    if typed:
        number = typed[0].target.id
        found.append(f"버튼에 없는 것은 번호로: /target 삭제 {number}, /target 수정 {number}")
    more = len(waits) - most
    return [*found, f"🎯 그 밖의 목표가 {more}개: /target"] if more > 0 else found


def buttons(context: Context, waits: Sequence[Wait]) -> list[tuple[Button, ...]]:
    """To edit and to take away each of the nearest."""
    found: list[tuple[Button, ...]] = []
    for wait in waits[:BUTTONS]:
        info = context.market.info(wait.target.symbol)
        label = f"{info.base or info.symbol} {price(wait.target.price, info.tick, '')}"
        found.append(
            (
                Button(f"✏️ {label}", f"/target 수정 {wait.target.id}"),
                Button(f"✖ {label}", f"/target 삭제 {wait.target.id}"),
            )
        )
    return found
