"""/movers: what rose and fell most over 24 hours among pairs that are really traded."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from bot.coin_names import moves_itself
from bot.command import Command, Context
from bot.commands.layout import at, market_foot, rows
from bot.errors import UserError
from bot.korean import display_name, money, percent, price, quote_unit
from bot.model import Button, Message, Request
from pipeline.market import Market
from pipeline.model import SymbolInfo, Ticker

FLOOR: Final = 1_000_000.0
"""Dollars of turnover in 24 hours, below which a few orders make a top mover."""

TOP: Final = 5
QUOTE: Final = "USDT"

SEEN_PCT: Final = 0.005
"""Less is 0.00 % in words, and no rise or fall."""

_OLD_MS = 600_000  # behind the newest: no longer traded, or no longer delivered


class Mover(msgspec.Struct, frozen=True):
    """A pair and its rolling day; ``change_pct`` against the price 24 hours ago."""

    info: SymbolInfo
    day: Ticker
    change_pct: float


async def run(context: Context, request: Request, words: list[str]) -> Message:
    """Raises UserError before the first rolling days have arrived."""
    return render(context, movers(context.market))


def movers(market: Market) -> list[Mover]:
    """Every USDT pair with enough turnover, a current day and a price of its own (no stable or
    wrapped coin), the largest rise first."""
    days = [(market.info(symbol), state.day) for symbol, state in market.symbols.items()]
    newest_ms = max((day.at_ms for _, day in days if day is not None), default=0)
    found = [
        Mover(info, day, (day.last / day.open - 1) * 100)
        for info, day in days
        if day is not None
        and info.trading
        and moves_itself(info.base)
        and info.quote == QUOTE
        and day.open > 0
        and day.quote_volume >= FLOOR
        and newest_ms - day.at_ms <= _OLD_MS
    ]
    return sorted(found, key=lambda mover: (-mover.change_pct, mover.info.symbol))


def render(context: Context, found: Sequence[Mover]) -> Message:
    """The answer in words. Raises UserError when there is nothing to rank."""
    if not found:
        raise UserError("아직 24시간 시세가 모이지 않았습니다. 잠시 뒤에 다시 시도해 주세요.")
    up = [mover for mover in found[:TOP] if mover.change_pct >= SEEN_PCT]
    down = [mover for mover in reversed(found[-TOP:]) if mover.change_pct <= -SEEN_PCT]
    lines = [f"{QUOTE} 종목 중 거래대금 {money(FLOOR, QUOTE)} 이상 {len(found):,}개 기준"]
    lines += ["📈 급등", *(_ranked(up) or ["오른 종목이 없습니다."])]
    lines += ["📉 급락", *(_ranked(down) or ["내린 종목이 없습니다."])]
    lines.append(f"{at(max(mover.day.at_ms for mover in found), context.now_ms())} 기준")
    top = [mover.info.symbol for mover in (*up[:1], *down[:1])]
    return Message(
        head="🔥 급등·급락 상위 (24시간 대비)",
        lines=tuple(lines),
        foot=market_foot(context),
        buttons=rows(
            (Button("🔄 새로고침", "/movers"),),
            [Button(f"📊 {symbol}", f"/price {symbol}") for symbol in top],
        ),
    )


def _ranked(found: Iterable[Mover]) -> list[str]:
    return [
        f"{rank}. {display_name(m.info)} {percent(m.change_pct)}"
        f" · {price(m.day.last, m.info.tick, quote_unit(m.info.quote))}"
        for rank, m in enumerate(found, 1)
    ]


COMMAND = Command(
    name="movers",
    korean="급등락",
    description="24시간 동안 가장 많이 오르고 내린 종목",
    example="/movers",
    run=run,
    aliases=("급등", "급락", "상승률", "하락률"),
)
