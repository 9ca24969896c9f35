"""What a chat is told of a price that it waited for. Pure."""

from typing import Final

import msgspec

from bot.compose import DISCLAIMER
from bot.korean import (
    DAY_MS,
    display_name,
    duration,
    josa,
    kst,
    kst_minute,
    kst_time,
    price,
    quote_unit,
)
from bot.model import Button, Message, Target
from bot.symbols import read_symbol
from pipeline.model import SymbolInfo

WAYS: Final = {"up": "이상", "down": "이하"}


def reached_message(
    target: Target, info: SymbolInfo | None, now: float, at_ms: int, late_ms: int | None
) -> Message:
    """The price was reached by a trade at ``now``; ``late_ms`` is how long ago, for one that was
    found afterwards."""
    pair = info or read_symbol(target.symbol)
    unit = quote_unit(pair.quote)
    level, trade = (price(p, pair.tick, unit) for p in (target.price, now))
    arrow = "🔴 ▲" if target.way == "up" else "🔵 ▼"
    at = [f"{trade}에 체결", kst_time(at_ms)]
    if late_ms is not None:
        at.append(f"지연 {duration(late_ms)}(복구)")
    waited_ms = max(0, at_ms - target.since_ms)
    return Message(
        head=f"🎯 {display_name(pair)} {arrow} {level} 도달 · {trade}",
        lines=(
            " · ".join(at),
            f"{kst(target.since_ms)}에 설정한 지 {duration(waited_ms)} 만입니다. 한 번만 알립니다.",
        ),
        foot=DISCLAIMER,
        buttons=(
            (
                Button("🎯 다시 설정", f"/target {target.symbol}"),
                Button("📊 현재가", f"/price {target.symbol}"),
            ),
        ),
        tone="up" if target.way == "up" else "down",
        key=target.key,
        moments=(at_ms,),
    )


def missed_message(
    target: Target, info: SymbolInfo | None, farthest: float, at_ms: int, late_ms: int | None
) -> Message:
    """The price was reached within the minute from ``at_ms``, while no trades came; ``farthest`` is
    that minute's high or low, ``late_ms`` how long ago it was."""
    pair = info or read_symbol(target.symbol)
    unit = quote_unit(pair.quote)
    level, edge = (price(p, pair.tick, unit) for p in (target.price, farthest))
    arrow, name = ("🔴 ▲", "고가") if target.way == "up" else ("🔵 ▼", "저가")
    late = f" · 지연 {duration(late_ms)}(복구)" if late_ms is not None else ""
    reached = reached_message(target, info, farthest, at_ms, late_ms)
    return msgspec.structs.replace(
        reached,
        head=f"🎯 {display_name(pair)} {arrow} {level} 도달 · 늦은 알림, {kst_minute(at_ms)}",
        lines=(
            f"그때 1분 {name} {edge}{late}",
            "시세를 받지 못한 동안의 일이라 1분봉에서 찾았습니다. 지금 가격은 다를 수 있습니다.",
            f"{kst(target.since_ms)}에 설정하셨습니다. 한 번만 알립니다.",
        ),
    )


def unseen_message(seen_ms: int, looked_ms: int, key: str) -> Message:
    """A stop was longer than is looked back, or candles cannot be had: from ``seen_ms`` to
    ``looked_ms`` nothing is known."""
    return Message(
        head="🎯 시세를 받지 못한 동안 목표가에 닿았는지 다 확인하지 못했습니다",
        lines=(
            f"확인하지 못한 때: {kst_minute(seen_ms)} ~ {kst_minute(looked_ms)}",
            "그사이에 닿았다가 돌아온 목표가는 알 수 없습니다. 남은 목표가는 계속 기다립니다.",
        ),
        buttons=((Button("📋 내 알림", "/alerts"),),),
        key=key,
    )


def ended_message(target: Target, info: SymbolInfo | None) -> Message:
    """Its time is over, and the price was not reached."""
    pair = info or read_symbol(target.symbol)
    level = price(target.price, pair.tick, quote_unit(pair.quote))
    days = duration(max(DAY_MS // 1440, target.until_ms - target.since_ms))
    return Message(
        head=(
            f"🎯 {display_name(pair)} {level} {WAYS[target.way]}: {josa(days, '이/가')} 지나 "
            "기다리기를 끝냈습니다"
        ),
        buttons=((Button("🎯 다시 설정", f"/target {target.symbol}"),),),
        key=target.key,
        silent=True,
    )
